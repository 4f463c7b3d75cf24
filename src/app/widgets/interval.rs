//! A value with its interval on a shared axis, over the null band or against a margin.

use eframe::egui::{Color32, Rect, Ui, pos2, vec2};

use super::distribution::Axis;
use crate::app::theme::Theme;

/// Half the value's dot, in points.
const DOT: f32 = 4.0;

/// Paints `value` and `interval` in `rect` on `range`; `band` is drawn as a grey ribbon behind.
pub fn interval(
    ui: &Ui,
    rect: Rect,
    range: [f64; 2],
    band: Option<[f64; 2]>,
    (value, ends): (f64, [f64; 2]),
    color: Color32,
) {
    let theme = Theme::of(ui);
    let axis = Axis::new(rect, range);
    // a value at the end of the axis shows its whole dot
    let painter = ui.painter_at(rect.expand2(vec2(DOT, 0.0)));
    if let Some(band) = band {
        let ribbon = Rect::from_min_max(pos2(axis.x(band[0]), rect.top()), pos2(axis.x(band[1]), rect.bottom()));
        painter.rect_filled(ribbon, 0, theme.null_band);
    }
    let y = rect.center().y;
    painter.line_segment([pos2(axis.x(ends[0]), y), pos2(axis.x(ends[1]), y)], (2.0, color));
    painter.circle_filled(pos2(axis.x(value), y), DOT, color);
}
