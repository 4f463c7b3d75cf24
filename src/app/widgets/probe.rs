//! What the pixel under the pointer holds, as a card beside it with the pixels round it magnified.

use eframe::egui::{Align2, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};

use crate::app::{channel::Probe, theme};

/// Pixels to either side of the middle one.
const AROUND: i32 = 5;
/// Points that a magnified pixel is wide.
const EACH: f32 = 11.0;
const ROW: f32 = 16.0;
const NAME: f32 = 62.0;
const WIDTH: f32 = 236.0;
const PAD: f32 = 8.0;
/// What lies along the picture's upper edge, in points.
const BAR: f32 = 42.0;

/// Draws the card of `probe` beside `at`, within `rect`; `shown` is the colour on screen of a column and row of the picture, where
/// it has them.
pub fn card(ui: &Ui, rect: Rect, at: Pos2, probe: &Probe, shown: impl Fn(i64, i64) -> Option<[u8; 3]>) {
    let rows = probe.rows();
    let side = EACH * (2 * AROUND + 1) as f32;
    let size = vec2(WIDTH + 2.0 * PAD, side + 6.0 + ROW * rows.len() as f32 + 2.0 * PAD);
    let plate = placed(rect.with_min_y((rect.top() + BAR).min(rect.bottom())), at, size);
    let painter = ui.painter_at(rect);
    painter.rect_filled(plate, theme::CORNER, theme::CARD_ON_PICTURE);
    let lens = Rect::from_min_size(plate.min + Vec2::splat(PAD), Vec2::splat(side));
    magnified(ui, lens, probe.pixel, &shown);
    let swatch = Rect::from_min_max(pos2(lens.right() + 8.0, lens.top()), pos2(plate.right() - PAD, lens.top() + 28.0));
    painter.rect_filled(swatch, 2, theme::exact(probe.colour));
    let [x, y] = probe.pixel.map(i64::from);
    if let Some(shown) = shown(x, y) {
        painter.rect_filled(swatch.translate(vec2(0.0, 32.0)), 2, theme::exact(shown));
    }
    for (row, (name, value)) in rows.iter().enumerate() {
        let y = lens.bottom() + 6.0 + ROW * (row as f32 + 0.5);
        let left = plate.left() + PAD;
        painter.text(
            pos2(left, y),
            Align2::LEFT_CENTER,
            name,
            theme::sans(theme::size::SMALL),
            theme::QUIET_ON_PICTURE,
        );
        let value = super::cut(ui, value, theme::mono(theme::size::SMALL), theme::WHITE, WIDTH - NAME);
        painter.galley(pos2(left + NAME, y - 0.5 * value.size().y), value, theme::WHITE);
    }
}

/// Where a card of `size` beside `at` lies: below and to the right where there is room, and never outside `rect` where it fits.
fn placed(rect: Rect, at: Pos2, size: Vec2) -> Rect {
    const AWAY: f32 = 16.0;
    let side = |at: f32, size: f32, low: f32, high: f32| {
        let after = at + AWAY;
        let before = at - AWAY - size;
        let chosen = if after + size <= high { after } else { before };
        chosen.min(high - size).max(low)
    };
    let x = side(at.x, size.x, rect.left(), rect.right());
    let y = side(at.y, size.y, rect.top(), rect.bottom());
    Rect::from_min_size(pos2(x, y), size)
}

/// The pixels round `pixel` as squares, with a frame round the middle one.
fn magnified(ui: &Ui, rect: Rect, pixel: [u32; 2], shown: &impl Fn(i64, i64) -> Option<[u8; 3]>) {
    let painter = ui.painter_at(rect.expand(2.0));
    for (row, column) in (-AROUND..=AROUND).flat_map(|row| (-AROUND..=AROUND).map(move |column| (row, column))) {
        let [x, y] = [i64::from(pixel[0]) + i64::from(column), i64::from(pixel[1]) + i64::from(row)];
        if let Some(colour) = shown(x, y) {
            let at = rect.min + vec2((column + AROUND) as f32, (row + AROUND) as f32) * EACH;
            let square = Rect::from_min_size(at, Vec2::splat(EACH));
            painter.rect_filled(square, 0, theme::exact(colour));
        }
    }
    let middle = Rect::from_min_size(rect.min + Vec2::splat(AROUND as f32 * EACH), Vec2::splat(EACH));
    for (grow, ink) in [(1.0, theme::INK), (0.0, theme::WHITE)] {
        painter.rect_stroke(middle.expand(grow), 0, Stroke::new(1.0, ink), eframe::egui::StrokeKind::Outside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_stays_in_its_picture_and_off_its_pixel() {
        let rect = Rect::from_min_size(pos2(100.0, 50.0), vec2(700.0, 500.0));
        let size = vec2(250.0, 300.0);
        for at in [pos2(110.0, 60.0), pos2(790.0, 60.0), pos2(110.0, 545.0), pos2(790.0, 545.0), pos2(450.0, 300.0)] {
            let card = placed(rect, at, size);
            assert!(rect.contains_rect(card) && !card.contains(at), "{at} {card}");
        }
        let low = Rect::from_min_size(pos2(0.0, 0.0), vec2(300.0, 100.0));
        assert_eq!(placed(low, pos2(10.0, 90.0), size).top(), 0.0, "it begins where it can be read");
    }
}
