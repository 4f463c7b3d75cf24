//! Compare: the pair large, all pairs below, drift at the right.

use eframe::egui::{Frame, Margin, Panel, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::{padded, strip};
use crate::app::{
    command::Command,
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::{CompareView, Metric},
    widgets::{
        self, cell, cell_right,
        compare::{self, CompareState, Pair},
        contact_sheet, histogram, interval, underline,
    },
};

/// The centre.
pub fn compare(ui: &mut Ui, view: &CompareView, state: &mut CompareState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let wide = ui.available_width() > 760.0;
    strip(
        ui,
        "compare strip",
        |ui| compare::bar(ui, state),
        |ui| {
            if wide {
                ui.label(theme.caption(&view.synthetic_set).color(theme.synthetic));
                ui.label(theme.caption("beside"));
                ui.label(theme.caption(&view.real_set).color(theme.real));
            }
        },
    );
    let sheet = (ui.available_height() * 0.22).clamp(112.0, 180.0);
    let frame = Frame::new().fill(theme.panel).inner_margin(Margin::symmetric(12, 4));
    Panel::bottom("pairs").frame(frame).resizable(true).default_size(sheet).min_size(96.0).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(theme.quiet("Pairs"));
            ui.label(theme.caption(&view.pairs.summary));
        });
        if view.pairs.tiles.is_empty() {
            widgets::empty::empty(
                ui,
                icon::IMAGES,
                "Pairs appear once both sets are chosen",
                Some(Command::OpenRealDataset),
                out,
            );
        } else {
            contact_sheet::contact_sheet(ui, &view.pairs, 116.0, out);
        }
    });
    let pair = Pair { real: &view.real, synthetic: &view.synthetic, difference: view.difference };
    let rect = ui.available_rect_before_wrap();
    compare::compare(ui, rect, pair, state, out);
}

/// The right side: drift.
pub fn inspector(ui: &mut Ui, view: &CompareView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    if view.metrics.is_empty() {
        widgets::empty::empty(
            ui,
            icon::CHART_SCATTER,
            "Drift appears after a comparison",
            Some(Command::RunCompare),
            out,
        );
        return;
    }
    padded(ui, |ui| {
        ui.label(theme.body("Drift"));
        ui.label(theme.caption("Grey: where the value lies if both sets have one source"));
        ui.add_space(theme::GRID);
        ui.spacing_mut().item_spacing.y = 0.0;
        for metric in &view.metrics {
            row(ui, metric, view.selected.as_deref() == Some(metric.name.as_str()), out);
        }
        ui.spacing_mut().item_spacing.y = 4.0;
        let selected = view.metrics.iter().find(|metric| view.selected.as_deref() == Some(metric.name.as_str()));
        if let Some(metric) = selected {
            widgets::heading(ui, &metric.name);
            ui.label(theme.quiet(&metric.about));
            ui.add_space(8.0);
            histogram::histogram(ui, &metric.histogram, 132.0);
        }
        if !view.scatter.is_empty() {
            widgets::heading(ui, "Features");
            scatter(ui, &view.scatter);
        }
    });
}

fn row(ui: &mut Ui, metric: &Metric, selected: bool, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::INPUT), Sense::click());
    widgets::named(&response, Role::Row, &format!("Metric {}", metric.name));
    if selected || response.hovered() {
        let fill = if selected { theme.hover } else { theme.raised };
        ui.painter().rect_filled(rect.expand2(vec2(8.0, 0.0)), theme::CORNER, fill);
    }
    let at = |from: f32, to: f32| Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom()));
    let width = rect.width();
    let outside = metric.value > metric.null[1];
    if outside {
        let middle = pos2(rect.left() + 7.0, rect.center().y);
        widgets::chip::paint_icon(ui, middle, icon::WARNING, theme::size::BODY, theme.text);
    }
    cell(
        ui,
        at(rect.left() + 20.0, rect.left() + width * 0.46),
        &metric.name,
        theme::sans(theme::size::BODY),
        theme.text,
    );
    let top = metric.interval[1].max(metric.null[1]) * 1.1;
    let plot = at(rect.left() + width * 0.48, rect.right() - 60.0).shrink2(vec2(0.0, 5.0));
    interval::interval(ui, plot, [0.0, top], Some(metric.null), (metric.value, metric.interval), theme.synthetic);
    cell_right(
        ui,
        at(rect.right() - 56.0, rect.right()),
        &format!("{:.3}", metric.value),
        theme::mono(theme::size::SMALL),
        theme.text,
    );
    underline(ui, rect);
    if response.clicked() {
        out.send(Message::SelectMetric(metric.name.clone()));
    }
    let [low, high] = metric.null;
    let _ =
        response.on_hover_text(format!("{}\n{} groups · null band {low:.3} to {high:.3}", metric.about, metric.groups));
}

fn scatter(ui: &mut Ui, points: &[(f64, f64, bool)]) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 150.0), Sense::hover());
    ui.painter().rect_filled(rect, theme::CORNER, theme.canvas);
    let bounds = points.iter().fold([f64::MAX, f64::MIN, f64::MAX, f64::MIN], |b, (x, y, _)| {
        [b[0].min(*x), b[1].max(*x), b[2].min(*y), b[3].max(*y)]
    });
    let inner = rect.shrink(10.0);
    let share = |value: f64, low: f64, high: f64| ((value - low) / (high - low).max(1e-12)) as f32;
    for (x, y, synthetic) in points {
        let color = if *synthetic { theme.synthetic } else { theme.real };
        let at = pos2(
            inner.left() + share(*x, bounds[0], bounds[1]) * inner.width(),
            inner.bottom() - share(*y, bounds[2], bounds[3]) * inner.height(),
        );
        ui.painter().circle_filled(at, 2.5, theme::faded(color, 0.75));
    }
}
