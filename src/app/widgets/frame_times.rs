//! What the last pictures took, as stacked bars against the time that a display gives.

use eframe::egui::{Align2, Rect, Stroke, Ui, pos2, vec2};

use crate::app::theme;

/// What one picture took, in milliseconds of the wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Took {
    /// The world was stepped to its time.
    pub simulate_ms: f32,
    /// The device drew it, and channels were read back where they were wanted.
    pub render_ms: f32,
    /// Values became colours and labels.
    pub colour_ms: f32,
}

impl Took {
    /// All of it.
    pub fn sum_ms(&self) -> f32 {
        self.simulate_ms + self.render_ms + self.colour_ms
    }
}

/// Pictures that are kept.
pub const KEPT: usize = 120;
/// A display of 60 pictures a second gives each this long.
const BUDGET_MS: f32 = 1000.0 / 60.0;
const SIZE: eframe::egui::Vec2 = vec2(300.0, 112.0);
const PAD: f32 = 8.0;

/// Median and worst of `all`, in milliseconds.
pub fn median_and_worst_ms(all: &[Took]) -> Option<[f32; 2]> {
    let mut sums: Vec<f32> = all.iter().map(Took::sum_ms).collect();
    sums.sort_by(f32::total_cmp);
    Some([*sums.get(sums.len() / 2)?, *sums.last()?])
}

/// Draws the graph with its upper left corner at `min`; `head` says what draws.
pub fn graph(ui: &Ui, min: eframe::egui::Pos2, head: &str, all: &[Took]) {
    let plate = Rect::from_min_size(min, SIZE);
    let painter = ui.painter_at(plate);
    painter.rect_filled(plate, theme::CORNER, theme::CARD_ON_PICTURE);
    let inner = plate.shrink(PAD);
    let line = |row: f32, text: &str| {
        let text = super::cut(ui, text, theme::sans(theme::size::SMALL), theme::WHITE, inner.width());
        painter.galley(inner.left_top() + vec2(0.0, 16.0 * row - 2.0), text, theme::WHITE);
    };
    line(0.0, head);
    let Some([median, worst]) = median_and_worst_ms(all) else {
        line(1.0, "No picture was drawn yet");
        return;
    };
    line(1.0, &format!("median {median:.1} ms · worst {worst:.1} ms of {}", all.len()));
    let bars = Rect::from_min_max(inner.left_top() + vec2(0.0, 32.0), inner.max - vec2(0.0, 16.0));
    // At least two budgets high, so that quick pictures look quick; the first one, which compiles shaders, is cut.
    let top_ms = worst.min(2.0 * median).max(2.0 * BUDGET_MS);
    let each = bars.width() / KEPT as f32;
    for (at, took) in all.iter().enumerate() {
        let x = bars.right() - (all.len() - at) as f32 * each;
        let mut y = bars.bottom();
        for (ms, ink) in parts(took) {
            let high = (bars.height() * ms / top_ms).min(y - bars.top());
            painter.rect_filled(Rect::from_min_max(pos2(x, y - high), pos2(x + each * 0.8, y)), 0, ink);
            y -= high;
        }
    }
    let budget = bars.bottom() - bars.height() * BUDGET_MS / top_ms;
    painter.hline(bars.x_range(), budget, Stroke::new(1.0, theme::WHITE));
    let font = theme::sans(theme::size::SMALL);
    painter.text(
        pos2(bars.left(), budget - 1.0),
        Align2::LEFT_BOTTOM,
        format!("{BUDGET_MS:.1} ms"),
        font,
        theme::WHITE,
    );
    let mut x = inner.left();
    for (name, (_, ink)) in ["simulate", "render", "colours, labels"].into_iter().zip(parts(&Took::default())) {
        painter.rect_filled(Rect::from_min_size(pos2(x, inner.bottom() - 9.0), vec2(9.0, 9.0)), 1, ink);
        let at = pos2(x + 13.0, inner.bottom() - 4.5);
        let font = theme::sans(theme::size::SMALL);
        x = painter.text(at, Align2::LEFT_CENTER, name, font, theme::WHITE).right() + 12.0;
    }
}

fn parts(took: &Took) -> [(f32, eframe::egui::Color32); 3] {
    let [dark, middle, light] = theme::STEPS_ON_PICTURE;
    [(took.simulate_ms, dark), (took.render_ms, middle), (took.colour_ms, light)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_worst_are_of_whole_pictures() {
        let took = |render_ms: f32| Took { simulate_ms: 1.0, render_ms, colour_ms: 0.5 };
        let all: Vec<Took> = [4.0, 30.0, 5.0, 6.0, 3.0].map(took).into();
        assert_eq!(median_and_worst_ms(&all), Some([6.5, 31.5]));
        assert_eq!(median_and_worst_ms(&[]), None);
    }
}
