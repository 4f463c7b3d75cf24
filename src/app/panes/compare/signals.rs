//! A signal of each side under the pictures: one axis, one cursor, which are the time line's.

use eframe::egui::{self, ComboBox, Rangef, Rect, Sense, Shape, Stroke, Ui, accesskit::Role, pos2, vec2};

use super::choices::side_color;
use crate::app::{
    message::{CompareAct, Message, Outbox},
    theme::{self, Theme},
    view::{CompareView, SignalLine},
    widgets::{self, distribution::Axis, timeline},
};

/// Height of the lane, in points.
pub(super) const HEIGHT: f32 = 84.0;
/// Where the lane begins: above the time line's own.
const LANE_LEFT: f32 = 288.0;

/// Whether either set has signals.
pub(super) fn are_there(view: &CompareView) -> bool {
    view.timeline.length_s > 0.0 && view.signals.iter().any(|line| !line.offered.is_empty())
}

/// Draws them over the width of `ui`.
pub(super) fn signals(ui: &mut Ui, view: &CompareView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    for (side, line) in view.signals.iter().enumerate() {
        let top = rect.top() + 8.0 + 36.0 * side as f32;
        let row = Rect::from_min_max(pos2(rect.left() + 12.0, top), pos2(rect.left() + LANE_LEFT - 12.0, top + 28.0));
        choose(ui, view, (side, line), row, out);
    }
    let lane = Rect::from_min_max(pos2(rect.left() + LANE_LEFT, rect.top() + 8.0), rect.max - vec2(12.0, 8.0));
    let axis = Axis::new(lane, [0.0, view.timeline.length_s.max(0.001)]);
    let response = ui.interact(lane, ui.scope_id().with("lane"), Sense::click_and_drag());
    widgets::named(&response, Role::Slider, "Signals of both over time");
    if let Some(pointer) = response.interact_pointer_pos() {
        out.send(Message::Seek(timeline::on_frame(axis.value(pointer.x), &view.timeline)));
    }
    let painter = ui.painter_at(lane.expand(2.0));
    painter.hline(lane.x_range(), lane.bottom(), theme.separator());
    let ranges = ranges(&view.signals);
    for (side, (line, range)) in view.signals.iter().zip(ranges).enumerate() {
        let Some([low, high]) = range else { continue };
        let y = |value: f64| lane.bottom() - ((value - low) / (high - low)) as f32 * lane.height();
        let color = side_color(&theme, &view.sides, side);
        let points: Vec<_> = line.points.iter().map(|[time_s, value]| pos2(axis.x(*time_s), y(*value))).collect();
        if line.dots {
            painter.extend(points.into_iter().map(|at| Shape::circle_filled(at, 2.5, color)));
        } else {
            painter.add(Shape::line(points, Stroke::new(1.5, color)));
        }
        // One scale for both where they are the same quantity; else each says its own ends.
        let own = side == 0 || ranges[0] != ranges[1];
        if own && lane.width() > 200.0 {
            let x = if side == 0 { lane.left() + 2.0 } else { lane.right() - 2.0 };
            let [top, bottom] = if side == 0 {
                [egui::Align2::LEFT_TOP, egui::Align2::LEFT_BOTTOM]
            } else {
                [egui::Align2::RIGHT_TOP, egui::Align2::RIGHT_BOTTOM]
            };
            painter.text(pos2(x, lane.top()), top, theme::figures(high), theme::mono(10.0), theme.weak);
            painter.text(pos2(x, lane.bottom()), bottom, theme::figures(low), theme::mono(10.0), theme.weak);
        }
    }
    let missing = view.signals.iter().enumerate().filter(|(_, line)| !line.why.is_empty());
    for (row, (side, line)) in missing.enumerate() {
        let color = side_color(&theme, &view.sides, side);
        let text = widgets::cut(ui, &line.why, theme::sans(theme::size::SMALL), color, lane.width() - 24.0);
        let at = pos2(lane.center().x - text.size().x / 2.0, lane.top() + 12.0 + 22.0 * row as f32);
        painter.galley(at, text, color);
    }
    painter.vline(axis.x(view.timeline.now_s), Rangef::new(lane.top(), lane.bottom()), (1.5, theme.text));
}

/// Which signal of a side, and its value at the cursor.
fn choose(ui: &mut Ui, view: &CompareView, (side, line): (usize, &SignalLine), row: Rect, out: &mut Outbox) {
    const VALUE: f32 = 68.0;
    let theme = Theme::of(ui);
    let color = side_color(&theme, &view.sides, side);
    let role = ["Signal of the reference", "Signal of the other"][side];
    ui.scope_builder(egui::UiBuilder::new().max_rect(row.with_max_x(row.right() - VALUE)).id_salt(role), |ui| {
        ui.horizontal_centered(|ui| {
            let shown = if line.name.is_empty() { "No signal" } else { &line.name };
            let text = egui::RichText::new(shown).size(theme::size::SMALL).color(color);
            let width = ui.available_width();
            let chosen = ComboBox::from_id_salt(role).selected_text(text).width(width).truncate().show_ui(ui, |ui| {
                for name in std::iter::once("").chain(line.offered.iter().map(String::as_str)) {
                    let text = if name.is_empty() { "No signal" } else { name };
                    if ui.selectable_label(name == line.name, text).clicked() {
                        out.send(Message::Compare(CompareAct::Signal(side, name.to_owned())));
                    }
                }
            });
            widgets::named(&chosen.response, Role::ComboBox, role);
            let why = if line.why.is_empty() { shown } else { &line.why };
            chosen.response.on_hover_text(format!("{role}: {why}"));
        });
    });
    let value = line.now.map_or_else(String::new, theme::figures);
    widgets::cell_right(ui, row, &value, theme::mono(theme::size::SMALL), theme.text);
}

/// Lowest and highest value of each side: of both where the two signals have one name, for they are one quantity then.
fn ranges(lines: &[SignalLine; 2]) -> [Option<[f64; 2]>; 2] {
    let own = lines.each_ref().map(|line| range(&line.points));
    match own {
        [Some([a, b]), Some([c, d])] if lines[0].name == lines[1].name => [Some([a.min(c), b.max(d)]); 2],
        other => other,
    }
}

/// Of what is finite; a constant gets room on both sides.
fn range(points: &[[f64; 2]]) -> Option<[f64; 2]> {
    let values = points.iter().map(|point| point[1]).filter(|value| value.is_finite());
    let [low, high] = values.fold([f64::INFINITY, f64::NEG_INFINITY], |[l, h], value| [l.min(value), h.max(value)]);
    if low > high {
        return None;
    }
    let room = if high > low { 0.0 } else { low.abs().max(1.0) * 0.5 };
    Some([low - room, high + room])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, values: &[f64]) -> SignalLine {
        let points = values.iter().enumerate().map(|(at, value)| [at as f64, *value]).collect();
        SignalLine { name: name.to_owned(), points, ..SignalLine::default() }
    }

    #[test]
    fn one_quantity_has_one_scale() {
        let both = [line("x", &[0.0, 2.0]), line("x", &[-1.0, 1.0])];
        assert_eq!(ranges(&both), [Some([-1.0, 2.0]); 2]);
        let two = [line("x", &[0.0, 2.0]), line("y", &[100.0, 300.0])];
        assert_eq!(ranges(&two), [Some([0.0, 2.0]), Some([100.0, 300.0])]);
        let odd = [line("x", &[f64::NAN]), line("x", &[3.0, 3.0])];
        assert_eq!(ranges(&odd), [None, Some([1.5, 4.5])], "nothing finite has no scale, a constant has room");
    }
}
