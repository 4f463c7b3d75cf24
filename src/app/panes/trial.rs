//! Trial: the plan, the four arms, the curves against synthetic share, the slices.

use eframe::egui::{self, Frame, Rect, Sense, Shape, Ui, accesskit::Role, pos2, vec2};

use super::{padded, page, title};
use crate::app::{
    icon,
    theme::{self, Theme},
    view::{Arm, TrialView},
    widgets::{self, cell, cell_right, chip, interval, underline},
};

/// The centre.
pub fn trial(ui: &mut Ui, view: &TrialView) {
    if view.arms.is_empty() {
        nothing(ui);
        return;
    }
    page(ui, |ui| {
        title(ui, &view.score, None, "Same learner, same budget, same seeds; only the training data differs");
        ui.spacing_mut().item_spacing.y = 0.0;
        let range = range_of(&view.arms);
        for arm in &view.arms {
            arm_row(ui, arm, range);
        }
        axis(ui, range);
        ui.add_space(16.0);
        ui.label(Theme::of(ui).body("Score against synthetic share of the training data"));
        ui.add_space(8.0);
        curves(ui, view, range);
        ui.add_space(16.0);
        slices(ui, view);
    });
}

/// No plan: what that means and what a trial is. Nothing to press, because nothing here could be run.
fn nothing(ui: &mut Ui) {
    let theme = Theme::of(ui);
    page(ui, |ui| {
        let side = ((ui.available_width() - 600.0) / 2.0).max(0.0);
        ui.add_space((ui.clip_rect().height() / 2.0 - 130.0).max(24.0));
        Frame::new().inner_margin(egui::Margin::symmetric(side as i8, 0)).show(ui, |ui| {
        ui.label(theme.quiet(icon::FLASK).size(theme::size::HERO));
        ui.add_space(8.0);
        ui.label(theme.title("No trial is registered: the gate can only say INCONCLUSIVE"));
        ui.add_space(8.0);
        let what = "A trial trains the same learner on four sets (real only, real resampled, synthetic only, mixed) and \
                    scores each once on the sealed half. Its plan is registered before any result is seen, so that the \
                    answer cannot choose the question.";
        ui.label(theme.quiet(what));
        });
    });
}

fn range_of(arms: &[Arm]) -> [f64; 2] {
    let ends = arms.iter().flat_map(|arm| arm.interval.into_iter().chain(arm.curve.iter().flat_map(|p| [p[2], p[3]])));
    let [low, high] = ends.fold([f64::MAX, f64::MIN], |[low, high], end| [low.min(end), high.max(end)]);
    let margin = (high - low).max(1e-3) * 0.08;
    [low - margin, high + margin]
}

fn columns(rect: Rect) -> [Rect; 4] {
    let at = |from: f32, to: f32| Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom()));
    let (left, right) = (rect.left(), rect.right());
    [at(left, left + 150.0), at(left + 154.0, left + 230.0), at(left + 246.0, right - 204.0), at(right - 196.0, right)]
}

fn arm_row(ui: &mut Ui, arm: &Arm, range: [f64; 2]) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    let (color, name) = chip::arm(&theme, arm.kind);
    let [label, items, plot, number] = columns(rect);
    ui.painter().circle_filled(label.left_center() + vec2(6.0, 0.0), 4.0, color);
    cell(ui, label.with_min_x(label.left() + 18.0), name, theme::sans(theme::size::BODY), theme.text);
    cell_right(ui, items, &theme::count(arm.items), theme::mono(theme::size::SMALL), theme.weak);
    if let Some(score) = arm.score {
        interval::interval(ui, plot.shrink2(vec2(0.0, 6.0)), range, None, (score, arm.interval), color);
        let text = format!("{score:.3}  [{:.3}, {:.3}]", arm.interval[0], arm.interval[1]);
        cell_right(ui, number, &text, theme::mono(theme::size::SMALL), theme.text);
    } else {
        cell(ui, plot, "Not run", theme::sans(theme::size::SMALL), theme.weak);
    }
    underline(ui, rect);
}

fn axis(ui: &mut Ui, range: [f64; 2]) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let [_, items, plot, number] = columns(rect);
    let font = theme::mono(10.0);
    cell(ui, plot, &format!("{:.2}", range[0]), font.clone(), theme.weak);
    cell_right(ui, plot, &format!("{:.2}", range[1]), font, theme.weak);
    cell_right(ui, items, "items", theme::sans(theme::size::SMALL), theme.weak);
    cell_right(ui, number, "score [95 %]", theme::sans(theme::size::SMALL), theme.weak);
}

fn curves(ui: &mut Ui, view: &TrialView, range: [f64; 2]) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 220.0), Sense::hover());
    widgets::named(&response, Role::Figure, "Score against synthetic share");
    let plot = Rect::from_min_max(rect.min + vec2(44.0, 4.0), rect.max - vec2(130.0, 20.0));
    let y = |value: f64| plot.bottom() - ((value - range[0]) / (range[1] - range[0])) as f32 * plot.height();
    let x = |share: f64| plot.left() + share as f32 * plot.width();
    let painter = ui.painter_at(rect);
    let small = theme::mono(10.0);
    for step in 0..=4 {
        let value = range[0] + (range[1] - range[0]) * f64::from(step) / 4.0;
        painter.hline(plot.x_range(), y(value), theme.separator());
        let at = pos2(plot.left() - 6.0, y(value));
        painter.text(at, egui::Align2::RIGHT_CENTER, format!("{value:.2}"), small.clone(), theme.weak);
        let share = f64::from(step) / 4.0;
        let text = theme::with_unit(share * 100.0, 0, "%");
        painter.text(pos2(x(share), plot.bottom() + 6.0), egui::Align2::CENTER_TOP, text, small.clone(), theme.weak);
    }
    let mut label_y = f32::MIN;
    let mut arms: Vec<&Arm> = view.arms.iter().filter(|arm| !arm.curve.is_empty()).collect();
    arms.sort_by(|a, b| last(b).total_cmp(&last(a)));
    for arm in arms {
        let (color, name) = chip::arm(&theme, arm.kind);
        for pair in arm.curve.windows(2) {
            let [a, b] = [pair[0], pair[1]];
            let corners = [(a[0], a[3]), (b[0], b[3]), (b[0], b[2]), (a[0], a[2])].map(|(s, v)| pos2(x(s), y(v)));
            painter.add(Shape::convex_polygon(corners.to_vec(), theme::faded(color, 0.14), egui::Stroke::NONE));
        }
        let line = arm.curve.iter().map(|point| pos2(x(point[0]), y(point[1]))).collect();
        painter.add(Shape::line(line, egui::Stroke::new(2.0, color)));
        // Direct labels keep 16 points between them, from the top.
        label_y = y(last(arm)).max(label_y + 16.0);
        let at = pos2(plot.right() + 8.0, label_y);
        painter.text(at, egui::Align2::LEFT_CENTER, name, theme::sans(theme::size::SMALL), color);
    }
}

fn last(arm: &Arm) -> f64 {
    arm.curve.last().map_or(0.0, |point| point[1])
}

fn slices(ui: &mut Ui, view: &TrialView) {
    let theme = Theme::of(ui);
    ui.label(theme.body("Mixed minus real-resampled, per slice"));
    ui.label(theme.caption(format!("Grey: differences below {:.3} do not matter", view.margin)));
    ui.add_space(theme::GRID);
    let far =
        view.slices.iter().flat_map(|slice| slice.interval).fold(view.margin, |far, end| far.max(end.abs())) * 1.1;
    for slice in &view.slices {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::INPUT), Sense::hover());
        let [name, groups, plot, number] = columns(rect);
        cell(ui, name, &slice.name, theme::sans(theme::size::BODY), theme.text);
        cell_right(ui, groups, &format!("{} groups", slice.groups), theme::mono(theme::size::SMALL), theme.weak);
        let color = if slice.interval[1] < 0.0 { theme.rare } else { theme.mixed };
        let band = Some([-view.margin, view.margin]);
        interval::interval(
            ui,
            plot.shrink2(vec2(0.0, 4.0)),
            [-far, far],
            band,
            (slice.difference, slice.interval),
            color,
        );
        let text = format!("{:+.3}  [{:+.3}, {:+.3}]", slice.difference, slice.interval[0], slice.interval[1]);
        cell_right(ui, number, &text, theme::mono(theme::size::SMALL), theme.text);
        underline(ui, rect);
    }
}

/// The right side: the registered plan.
pub fn inspector(ui: &mut Ui, view: &TrialView) {
    let theme = Theme::of(ui);
    padded(ui, |ui| {
        ui.label(theme.body("Plan"));
        if view.arms.is_empty() && view.plan.is_empty() {
            ui.label(theme.caption("None is registered"));
            return;
        }
        let state = view.registered.as_ref().map_or_else(
            || "Not registered: it can still be changed".to_owned(),
            |digest| format!("{} Registered before any result · {digest}", icon::LOCK),
        );
        ui.label(theme.caption(state));
        ui.add_space(8.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        for (name, value) in &view.plan {
            widgets::fact(ui, name, value);
        }
    });
}
