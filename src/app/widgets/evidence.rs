//! What the domain probe sees in a picture, cell by cell over it: the reference's colour where it looks like the reference, the other's
//! where it looks like the other set.

use eframe::egui::{Align2, Color32, Painter, Pos2, Rect, Response, Ui, vec2};

use super::{mesh, picture};
use crate::app::{
    theme,
    view::{CellLook, EvidenceView},
};
use crate::drift::probe::{COLUMNS, ROWS};

/// Log-odds at which a cell has its full colour: 20 to 1.
const FULL: f64 = 3.0;
/// How much of the picture a full colour hides.
const OPACITY: f32 = 0.5;
/// Less than this share of the full colour is not drawn.
const LEAST: f64 = 0.04;

/// What value has the full colour: a fixed one for evidence, so that pictures can be held against one another; of what is lost
/// by hiding, the largest of both pictures.
pub fn scale(view: &EvidenceView, hidden: bool) -> f64 {
    if !hidden {
        return FULL;
    }
    let all = view.cells.iter().flatten().flatten().map(|cell| cell.value.abs());
    all.fold(0.0, f64::max).max(1e-9)
}

/// Paints the cells of a side over its picture, which lies at `area`; hovering tells a cell in words.
pub fn cells(
    ui: &Ui,
    (painter, area): (&Painter, Rect),
    (view, side): (&EvidenceView, usize),
    (colors, hidden): ([Color32; 2], bool),
    response: &Response,
) {
    let Some(looks) = view.cells.as_ref().and_then(|cells| cells.get(side)) else { return };
    let full = scale(view, hidden);
    for (at, look) in looks.iter().enumerate() {
        let share = (look.value.abs() / full).min(1.0);
        if share >= LEAST {
            let color = colors[usize::from(look.value > 0.0)];
            painter.rect_filled(cell_rect(area, at), 0, theme::faded(color, OPACITY * share as f32));
        }
    }
    let hovered = response.hover_pos().and_then(|at| Some((at, cell_at(area, at)?)));
    if let Some((_, cell)) = hovered
        && let Some(look) = looks.get(cell)
    {
        painter.rect_stroke(cell_rect(area, cell), 0, (1.5, theme::WHITE), eframe::egui::StrokeKind::Inside);
        // Below the badges, and below the key where that is.
        let below = if is_narrow(response.rect.width()) { 84.0 } else { 36.0 };
        let (at, text) = (response.rect.min + vec2(8.0, below), told(view, look, hidden));
        picture::on_picture(&ui.painter_at(response.rect), at, Align2::LEFT_TOP, &text, false);
    }
}

/// Whether a picture's place is too narrow for the key beside its badges.
fn is_narrow(width: f32) -> bool {
    width < 400.0
}

/// The colours and what they mean, in the upper right corner of `rect`, which holds both pictures.
pub fn key(painter: &Painter, rect: Rect, view: &EvidenceView, (colors, hidden): ([Color32; 2], bool)) {
    const WIDTH: f32 = 160.0;
    let below = if is_narrow(rect.width() / 2.0) { 42.0 } else { 14.0 };
    let bar = Rect::from_min_size(rect.right_top() + vec2(-WIDTH - 16.0, below), vec2(WIDTH, 8.0));
    painter.rect_filled(bar, 0, theme::INK);
    mesh::strip(painter, bar, |share| {
        let way = 2.0 * share - 1.0;
        theme::faded(colors[usize::from(way > 0.0)], way.abs())
    });
    let ends = if hidden {
        let most = theme::figures(scale(view, true));
        [format!("−{most}"), format!("+{most}")]
    } else {
        view.words.clone()
    };
    let [one, other] = ends;
    picture::on_picture(painter, bar.left_bottom() + vec2(0.0, 4.0), Align2::LEFT_TOP, &one, false);
    picture::on_picture(painter, bar.right_bottom() + vec2(0.0, 4.0), Align2::RIGHT_TOP, &other, false);
}

/// A cell in words.
fn told(view: &EvidenceView, look: &CellLook, hidden: bool) -> String {
    let word = &view.words[usize::from(look.value > 0.0)];
    if hidden {
        let less = theme::figures(look.value.abs());
        return format!("hidden, the frame looks {less} less like {word} (log-odds)");
    }
    let odds = look.value.abs().exp();
    if odds < 1.2 {
        return "looks like either".to_owned();
    }
    if odds > 100.0 {
        return format!("looks like {word}, more than 100 to 1, most by {}", look.strongest);
    }
    let odds = if odds < 2.95 { format!("{odds:.1}") } else { format!("{odds:.0}") };
    format!("looks like {word}, {odds} to 1, most by {}", look.strongest)
}

/// Where a cell lies on the picture at `area`; row by row from the top left.
fn cell_rect(area: Rect, at: usize) -> Rect {
    let size = vec2(area.width() / COLUMNS as f32, area.height() / ROWS as f32);
    let corner = vec2((at % COLUMNS) as f32 * size.x, (at / COLUMNS) as f32 * size.y);
    Rect::from_min_size(area.min + corner, size)
}

/// The cell under a place.
fn cell_at(area: Rect, at: Pos2) -> Option<usize> {
    let share = (at - area.min) / area.size();
    let inside = (0.0..1.0).contains(&share.x) && (0.0..1.0).contains(&share.y);
    inside.then(|| (share.y * ROWS as f32) as usize * COLUMNS + (share.x * COLUMNS as f32) as usize)
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;

    #[test]
    fn cells_lie_row_by_row_and_are_found_again() {
        let area = Rect::from_min_size(pos2(10.0, 20.0), vec2(160.0, 60.0));
        for at in 0..COLUMNS * ROWS {
            assert_eq!(cell_at(area, cell_rect(area, at).center()), Some(at));
        }
        assert_eq!((cell_at(area, pos2(9.0, 30.0)), cell_at(area, pos2(170.5, 30.0))), (None, None), "beside it");
    }

    #[test]
    fn a_cell_is_told_for_the_side_that_it_looks_like() {
        let words = ["real".to_owned(), "synthetic".to_owned()];
        let view = EvidenceView { words, about: String::new(), cells: None };
        let look = |value: f64| CellLook { value, strongest: "noise floor" };
        assert_eq!(told(&view, &look(1.386_3), false), "looks like synthetic, 4 to 1, most by noise floor");
        assert!(told(&view, &look(-2.3), false).starts_with("looks like real"));
        assert_eq!(told(&view, &look(0.1), false), "looks like either");
        assert_eq!(told(&view, &look(-0.5), true), "hidden, the frame looks 0.500 less like real (log-odds)");
        assert_eq!((scale(&view, false), scale(&view, true)), (FULL, 1e-9));
    }
}
