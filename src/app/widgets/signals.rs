//! Signals of the shown draw over time, one lane each under the time line: the same axis, the same cursor; a click or a drag
//! goes there.

use eframe::egui::{self, Rangef, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::distribution::Axis;
use crate::app::{
    icon,
    message::{Message, Outbox},
    stage::{Plot, StageAct},
    theme::{self, Theme},
    view::Timeline,
};

/// Height of a lane.
const LANE: f32 = 56.0;
/// Lanes that are seen at once.
const MOST: usize = 4;

/// Height that [`signals`] takes, in points.
pub fn height_of(plots: &[Plot]) -> f32 {
    LANE * plots.len().min(MOST) as f32
}

/// Draws `plots` over the width of `ui`.
pub fn signals(ui: &mut Ui, plots: &[Plot], timeline: &Timeline, out: &mut Outbox) {
    egui::ScrollArea::vertical().id_salt("signals").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for plot in plots {
            ui.push_id(&plot.name, |ui| lane(ui, plot, timeline, out));
        }
    });
}

fn lane(ui: &mut Ui, plot: &Plot, timeline: &Timeline, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), LANE), Sense::hover());
    let lane = Rect::from_min_max(pos2(rect.left() + 120.0, rect.top() + 4.0), rect.max - vec2(12.0, 4.0));
    words(ui, rect.with_max_x(lane.left() - 8.0), plot, timeline.now_s, out);
    let axis = Axis::new(lane, [0.0, timeline.length_s.max(0.001)]);
    let response = ui.interact(lane, ui.scope_id().with("lane"), Sense::click_and_drag());
    super::named(&response, Role::Slider, &format!("{} over time", plot.name));
    if let Some(pointer) = response.interact_pointer_pos() {
        out.send(Message::Seek(super::timeline::on_frame(axis.value(pointer.x), timeline)));
    }
    let painter = ui.painter_at(lane.expand(1.0));
    let Some([low, high]) = range(plot) else { return };
    let y = |value: f64| lane.bottom() - ((value - low) / (high - low)) as f32 * lane.height();
    painter.hline(lane.x_range(), lane.bottom(), theme.separator());
    for (limit, measure) in &plot.thresholds {
        let ends = [pos2(lane.left(), y(*limit)), pos2(lane.right(), y(*limit))];
        painter.extend(egui::Shape::dashed_line(&ends, (1.0, theme.rare), 4.0, 3.0));
        let text = format!("{measure} {}", theme::shown(*limit, plot.unit));
        let above = y(*limit) - lane.top() > 14.0;
        let anchor = if above { egui::Align2::RIGHT_BOTTOM } else { egui::Align2::RIGHT_TOP };
        painter.text(ends[1], anchor, text, theme::sans(10.0), theme.rare);
    }
    let points = plot.points.iter().map(|[time_s, value]| pos2(axis.x(*time_s), y(*value))).collect();
    painter.add(egui::Shape::line(points, egui::Stroke::new(1.5, theme.text)));
    let x = axis.x(timeline.now_s);
    painter.vline(x, Rangef::new(lane.top(), lane.bottom()), (1.0, theme.weak));
    if let Some(value) = at(plot, timeline.now_s) {
        painter.circle_filled(pos2(x, y(value)), 3.0, theme.text);
    }
    super::underline(ui, rect);
}

/// Name, number at the cursor, and the way out.
fn words(ui: &mut Ui, rect: Rect, plot: &Plot, now_s: f64, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let name = Rect::from_min_max(rect.min + vec2(8.0, 8.0), pos2(rect.right() - 16.0, rect.top() + 26.0));
    super::cell(ui, name, &plot.name.replace('_', " "), theme::sans(theme::size::SMALL), theme.weak);
    let value = at(plot, now_s).map_or_else(String::new, |value| theme::shown(value, plot.unit));
    let place = Rect::from_min_max(pos2(rect.left() + 8.0, rect.top() + 28.0), rect.max - vec2(0.0, 8.0));
    super::cell(ui, place, &value, theme::mono(theme::size::SMALL), theme.text);
    let close = Rect::from_min_size(pos2(rect.right() - 16.0, rect.top() + 8.0), vec2(16.0, 16.0));
    if super::icon_button_in(ui, close, icon::X, &format!("Plot {} no longer", plot.name)).clicked() {
        out.send(Message::Stage(StageAct::Plot(plot.name.clone(), false)));
    }
}

/// The value of the state at `time_s`; `None` where it is not known yet.
fn at(plot: &Plot, time_s: f64) -> Option<f64> {
    let after = plot.points.partition_point(|[at_s, _]| *at_s <= time_s + 1e-6);
    let known = plot.points.last().is_some_and(|[last_s, _]| time_s <= last_s + 0.5);
    plot.points.get(after.checked_sub(1)?).filter(|_| known).map(|[_, value]| *value)
}

/// Low and high of what is shown, thresholds near the values included.
fn range(plot: &Plot) -> Option<[f64; 2]> {
    let values = plot.points.iter().map(|[_, value]| *value).filter(|value| value.is_finite());
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return None;
    }
    let wide = (high - low).max(1e-6 * high.abs()).max(1e-9);
    let near = plot.thresholds.iter().map(|(limit, _)| *limit);
    let near = near.filter(|limit| *limit > low - 4.0 * wide && *limit < high + 4.0 * wide);
    let (low, high) = near.fold((low, high), |(low, high), limit| (low.min(limit), high.max(limit)));
    let edge = 0.05 * (high - low).max(wide);
    Some([low - edge, high + edge])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(values: &[f64], thresholds: &[f64]) -> Plot {
        let points = values.iter().enumerate().map(|(at, value)| [at as f64, *value]).collect();
        let thresholds = thresholds.iter().map(|limit| (*limit, "m".to_owned())).collect();
        Plot { name: "x".to_owned(), unit: "m", points, thresholds }
    }

    #[test]
    fn the_cursor_reads_the_state_that_is_shown() {
        let plot = plot(&[1.0, 2.0, 5.0], &[]);
        assert_eq!([at(&plot, 0.0), at(&plot, 1.9), at(&plot, 2.0)], [Some(1.0), Some(2.0), Some(5.0)]);
        assert_eq!(at(&plot, 9.0), None, "a live run has not come there yet");
    }

    #[test]
    fn a_threshold_is_in_sight_where_it_is_near() {
        let [low, high] = range(&plot(&[0.0, 1.0], &[3.0])).unwrap();
        assert!(low < 0.0 && high > 3.0, "{low} {high}");
        assert!(range(&plot(&[0.0, 1.0], &[300.0])).unwrap()[1] < 2.0, "one far away would flatten the signal");
        assert!(range(&plot(&[2.0, 2.0], &[])).is_some_and(|[low, high]| low < 2.0 && high > 2.0));
        assert_eq!(range(&plot(&[], &[1.0])), None);
    }
}
