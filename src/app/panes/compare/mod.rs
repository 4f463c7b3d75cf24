//! Compare: the two sets and how they are matched, the pair large, signals, time and all pairs below, drift and remarks at the
//! right.

mod choices;
mod remarks;
mod signals;
mod twins;

use eframe::egui::{
    Align, Button, CentralPanel, Color32, ComboBox, Frame, Label, Layout, Margin, Panel, Rect, Sense, Ui,
    accesskit::Role, pos2, vec2,
};

use super::{noted, padded, strip};
use crate::app::{
    command::Command,
    icon,
    message::{CompareAct, Message, Outbox},
    theme::{self, Theme},
    view::{AuditView, Beside, CompareView, Metric, Told},
    widgets::{
        self, cell, cell_right,
        compare::{self, CompareState, Pair},
        contact_sheet, frames_map, histogram, interval, timeline, underline,
    },
};

/// The centre.
pub fn compare(ui: &mut Ui, view: &CompareView, state: &mut CompareState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    choices::choices(ui, view, out);
    let is_map = !view.scatter.dots.is_empty();
    let offered = compare::Offered { map: is_map, labels: view.labels.is_some() };
    strip(ui, "compare strip", |ui| compare::bar(ui, state, offered), |_| {});
    let sheet = (ui.available_height() * 0.24).clamp(112.0, 220.0);
    let frame = Frame::new().fill(theme.panel).inner_margin(Margin::symmetric(12, 4));
    Panel::bottom("pairs").frame(frame).resizable(true).default_size(sheet).min_size(96.0).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(theme.quiet("Pairs"));
            let text = &view.pairs.summary;
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                choices::pages(ui, &view.matching, out);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(theme.caption(text)).truncate());
                });
            });
        });
        if view.pairs.tiles.is_empty() {
            let text = match view.matching.failed.as_str() {
                "" if view.scatter.lasso.is_some() => "No pair has an episode within the lasso",
                "" => "Pairs appear once both sets are chosen",
                failed => failed,
            };
            widgets::empty::empty(ui, icon::IMAGES, text, None, out);
        } else {
            pair_tiles(ui, view, out);
        }
    });
    if view.timeline.length_s > 0.0 {
        let height = timeline::height_of(&view.timeline);
        Panel::bottom("compare timeline").frame(Frame::new().fill(theme.panel)).exact_size(height).show(ui, |ui| {
            timeline::timeline(ui, &view.timeline, out);
        });
    }
    if signals::are_there(view) {
        let frame = Frame::new().fill(theme.panel);
        Panel::bottom("compare signals").frame(frame).exact_size(signals::HEIGHT).show(ui, |ui| {
            signals::signals(ui, view, out);
        });
    }
    if state.frames.large && is_map {
        large_map(ui, view, state, out);
        return;
    }
    let pair = Pair {
        reference: &view.reference,
        other: &view.other,
        difference: view.difference,
        labels: view.labels.as_ref(),
        evidence: view.evidence.as_ref(),
        colors: side_colors(ui, view),
    };
    let rect = ui.available_rect_before_wrap();
    compare::compare(ui, rect, pair, state, out);
}

/// The reference's color and the other's.
fn side_colors(ui: &Ui, view: &CompareView) -> [Color32; 2] {
    let theme = Theme::of(ui);
    [0, 1].map(|side| choices::side_color(&theme, &view.sides, side))
}

/// The map of frames in the middle of the window.
fn large_map(ui: &mut Ui, view: &CompareView, state: &mut CompareState, out: &mut Outbox) {
    let frame = Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::symmetric(12, 4));
    CentralPanel::default().frame(frame).show(ui, |ui| {
        // Tools, key, two lines of axes and the lasso's.
        let height = (ui.available_height() - 136.0).max(80.0);
        let colors = side_colors(ui, view);
        widgets::contained(ui, |ui| {
            frames_map::frames_map(ui, (&view.scatter, colors), height, &mut state.frames, out);
        });
    });
}

/// The pairs as tiles: a click selects the pair, not a draw.
fn pair_tiles(ui: &mut Ui, view: &CompareView, out: &mut Outbox) {
    let mut own = Outbox::default();
    contact_sheet::contact_sheet(ui, &view.pairs, Some(96.0), &mut own);
    for message in own.messages {
        out.send(match message {
            Message::SelectDraw(pair) => Message::SelectPair(pair as usize),
            other => other,
        });
    }
}

/// The right side: drift, the selected metric, the map, small multiples.
pub fn inspector(ui: &mut Ui, view: &CompareView, state: &mut CompareState, out: &mut Outbox) {
    if view.metrics.is_empty() && view.histograms.is_empty() && view.remark.is_none() {
        let text = "Drift appears after a comparison";
        widgets::empty::empty(ui, icon::CHART_SCATTER, text, Some(Command::RunCompare), out);
        return;
    }
    padded(ui, |ui| {
        remarks::remarks(ui, view, out);
        drift(ui, view, out);
        if !view.scatter.dots.is_empty() && !state.frames.large {
            ui.add_space(12.0);
            let colors = side_colors(ui, view);
            frames_map::frames_map(ui, (&view.scatter, colors), 200.0, &mut state.frames, out);
        }
        multiples(ui, view);
        shortcuts(ui, view, out);
        twins::twins(ui, view, out);
    });
}

fn drift(ui: &mut Ui, view: &CompareView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.label(theme.body("Drift"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let how = Command::CompareHow.info();
            if widgets::icon_button(ui, how.icon, how.label).clicked() {
                out.command(Command::CompareHow);
            }
        });
    });
    if !view.measured.is_empty() {
        ui.add(Label::new(theme.caption(&view.measured)).wrap());
    }
    if view.metrics.is_empty() {
        ui.label(theme.caption("How the two sets differ is not measured yet"));
        ui.add_space(theme::GRID);
        widgets::command_button(ui, Command::RunCompare, out);
        return;
    }
    sentences(ui, &view.told, out);
    ui.add_space(theme::GRID);
    let all = std::iter::once(("Distances", &view.metrics)).chain(view.features.iter().map(|(kind, of)| (*kind, of)));
    for (at, (kind, metrics)) in all.filter(|(_, metrics)| !metrics.is_empty()).enumerate() {
        let caption = match at {
            0 => format!("{kind} · grey: what chance alone gives"),
            1 => format!("{kind} · Cliff's delta, −1 to 1"),
            _ => kind.to_owned(),
        };
        ui.label(theme.caption(caption));
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for metric in metrics {
                let is_selected = view.selected.as_ref() == Some(&metric.id);
                row(ui, metric, is_selected, out);
                if is_selected {
                    about(ui, metric);
                }
            }
        });
        ui.add_space(theme::GRID);
    }
    if !view.note.is_empty() {
        ui.add_space(8.0);
        noted(ui, icon::INFO, theme.weak, theme.caption(&view.note));
    }
}

/// Sentences, each with the way to the parameter that it speaks of.
fn sentences(ui: &mut Ui, all: &[Told], out: &mut Outbox) {
    let theme = Theme::of(ui);
    for told in all {
        ui.add_space(theme::GRID);
        ui.add(Label::new(theme.body(&told.text)).wrap());
        if let Some((family, parameter)) = &told.parameter {
            let words = theme.body(format!("{} Open {parameter}", icon::SLIDERS));
            let response = ui.add(Button::new(words).truncate());
            widgets::named(&response, Role::Button, &format!("Open {parameter}"));
            if response.clicked() {
                let (family, parameter) = (family.clone(), parameter.clone());
                out.send(Message::OpenParameter { family, parameter });
            }
        }
    }
}

/// What gives an outcome away without being its cause.
fn shortcuts(ui: &mut Ui, view: &CompareView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    if view.sides[1].set.is_empty() {
        return;
    }
    ui.add_space(16.0);
    let Some(audit) = &view.audit else {
        ui.label(theme.body("Shortcuts"));
        ui.label(theme.caption("Whether something gives an outcome away without being its cause is not looked at yet"));
        ui.add_space(theme::GRID);
        widgets::command_button(ui, Command::AuditSet, out);
        return;
    };
    ui.horizontal(|ui| {
        if audit.accuses {
            ui.label(theme.body(icon::WARNING));
        }
        ui.add(Label::new(theme.body(format!("Shortcuts in {}", audit.set))).truncate());
    });
    sentences(ui, &audit.told, out);
    ui.add_space(theme::GRID);
    ui.add(Label::new(theme.caption(&audit.about)).wrap());
    swaps(ui, audit, out);
}

/// Exchanges a parameter among draws: what it alone moves tells whether it is a cause.
fn swaps(ui: &mut Ui, audit: &AuditView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    if audit.parameters.is_empty() {
        return;
    }
    ui.add_space(theme::GRID);
    let text = theme.body(format!("{}  Swap a parameter", icon::ARROWS_LEFT_RIGHT));
    let chosen = ComboBox::from_id_salt("swap").selected_text(text).width(196.0).height(320.0).show_ui(ui, |ui| {
        for name in &audit.parameters {
            if ui.selectable_label(false, name).clicked() {
                out.send(Message::Compare(CompareAct::Swap(name.clone())));
            }
        }
    });
    widgets::named(&chosen.response, Role::ComboBox, "Swap a parameter");
    let _ = chosen.response.on_hover_text(
        "Render draws again with its values exchanged among them: a cause moves the outcome, a shortcut only pictures",
    );
    for sentence in &audit.swapped {
        ui.add_space(theme::GRID);
        ui.add(Label::new(theme.body(sentence)).wrap());
    }
}

/// The selected metric in figures and words, below its row.
fn about(ui: &mut Ui, metric: &Metric) {
    let theme = Theme::of(ui);
    ui.add_space(theme::GRID);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let value = theme::figures(metric.value);
        match metric.interval {
            Some(interval) => {
                let [low, high] = interval.map(theme::figures);
                widgets::fact(ui, "Value [95 %]", &format!("{value} [{low}, {high}]"));
            }
            None => widgets::fact(ui, "Value", &value),
        }
        if let Some(null) = metric.null {
            let [low, high] = null.map(theme::figures);
            widgets::fact(ui, "Null band", &format!("{low} to {high}"));
        }
        if let Some(halves) = metric.halves {
            let [low, high] = halves.map(theme::figures);
            widgets::fact(ui, "Halves of the reference", &format!("{low} to {high}"));
        }
        if let Some(p) = metric.p {
            widgets::fact(ui, "p if both had one source", &chance(p));
        }
        widgets::fact(ui, "Groups", &theme::count(metric.groups));
        metric.beside.iter().for_each(|one| beside(ui, one));
    });
    ui.add_space(theme::GRID);
    if let Some(caveat) = &metric.caveat {
        noted(ui, icon::WARNING, theme.text, theme.body(caveat));
    }
    ui.label(theme.quiet(&metric.about));
    ui.add_space(12.0);
}

/// A number beside the metric, and what chance alone gives of it.
fn beside(ui: &mut Ui, one: &Beside) {
    let two = |value: f64| format!("{value:.2}").replace('-', "−");
    let between = |ends: [f64; 2]| ends.map(two).join(" to ");
    let value = format!("{}  by chance {}", two(one.value), between(one.null));
    let found = ui.scope(|ui| widgets::fact(ui, one.name, &value));
    if let Some(halves) = one.halves {
        let _ = found.response.on_hover_text(format!("Between halves of the reference {}", between(halves)));
    }
}

/// A p-value in words that do not pretend to more than it has.
fn chance(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

fn multiples(ui: &mut Ui, view: &CompareView) {
    if view.histograms.is_empty() {
        return;
    }
    ui.add_space(16.0);
    let (theme, colors) = (Theme::of(ui), side_colors(ui, view));
    ui.horizontal(|ui| {
        ui.label(theme.body("Levels"));
        for (word, color) in view.histograms.iter().take(1).flat_map(|first| &first.words).zip(colors) {
            ui.label(theme.caption(word).color(color));
        }
    });
    let columns = if ui.available_width() >= 260.0 { 2 } else { 1 };
    ui.spacing_mut().item_spacing.x = 12.0;
    for pair in view.histograms.chunks(columns) {
        ui.columns(columns, |uis| {
            for (ui, shown) in uis.iter_mut().zip(pair) {
                histogram::histogram(ui, shown, colors, 72.0);
            }
        });
    }
}

/// Both ends of a metric's axis: zero is one of them unless the values lie on both sides of it.
fn ends(metric: &Metric) -> [f64; 2] {
    if let Some(axis) = metric.axis {
        return axis;
    }
    let known = metric.interval.into_iter().chain(metric.null).flatten();
    let all = known.chain([metric.value, 0.0]);
    let [low, high] = all.filter(|end| end.is_finite()).fold([0.0_f64; 2], |[l, h], end| [l.min(end), h.max(end)]);
    let room = (high - low).max(f64::MIN_POSITIVE) * 0.08;
    [if low < 0.0 { low - room } else { 0.0 }, if high > 0.0 { high + room } else { 0.0 }]
}

fn row(ui: &mut Ui, metric: &Metric, selected: bool, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::INPUT), Sense::click());
    widgets::named(&response, Role::Row, &format!("Metric {}", metric.name));
    let wide = rect.expand2(vec2(8.0, 0.0));
    if selected || response.hovered() {
        let fill = if selected { theme.hover } else { theme.raised };
        ui.painter().rect_filled(wide, theme::CORNER, fill);
    }
    let at = |from: f32, to: f32| Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom()));
    let width = rect.width();
    // Chance decides where it is known; else the band.
    let beyond = metric.p.map_or(metric.null.is_some_and(|null| metric.value > null[1]), |p| p < 0.05);
    let sign = if beyond {
        icon::WARNING
    } else if metric.caveat.is_some() {
        icon::INFO
    } else {
        ""
    };
    widgets::chip::paint_icon(ui, pos2(rect.left() + 7.0, rect.center().y), sign, theme::size::BODY, theme.text);
    let name = at(rect.left() + 20.0, rect.left() + width * 0.46);
    cell(ui, name, &metric.name, theme::sans(theme::size::BODY), theme.text);
    let plot = at(rect.left() + width * 0.48, rect.right() - 60.0).shrink2(vec2(0.0, 5.0));
    let range = ends(metric);
    if range[0] < 0.0 && range[1] > 0.0 {
        let zero = plot.left() + (-range[0] / (range[1] - range[0])) as f32 * plot.width();
        ui.painter().vline(zero, plot.y_range(), theme.separator());
    }
    let ends = metric.interval.unwrap_or([metric.value; 2]);
    interval::interval(ui, plot, range, metric.null, (metric.value, ends), theme.synthetic);
    let number = at(rect.right() - 56.0, rect.right());
    cell_right(ui, number, &theme::figures(metric.value), theme::mono(theme::size::SMALL), theme.text);
    underline(ui, rect);
    widgets::focus_ring(ui, &response, wide);
    if response.clicked() {
        out.send(Message::SelectMetric(metric.id.clone()));
    }
    let _ = response.on_hover_text(told(metric));
}

/// What hovering says: what it is, on how many groups, its null band, how likely, how far to trust it.
fn told(metric: &Metric) -> String {
    let null = metric.null.map_or_else(String::new, |null| {
        let [low, high] = null.map(theme::figures);
        format!(" · null band {low} to {high}")
    });
    let p = metric.p.map_or_else(String::new, |p| format!(" · p {}", chance(p)));
    let caveat = metric.caveat.as_ref().map_or_else(String::new, |caveat| format!("\n{} {caveat}", icon::WARNING));
    format!("{}\n{} groups{null}{p}{caveat}", metric.about, metric.groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(value: f64, null: [f64; 2]) -> Metric {
        Metric {
            id: "KID".into(),
            name: "KID".into(),
            value,
            null: Some(null),
            halves: Some([0.05, 0.15]),
            axis: None,
            interval: Some([value - 0.1, value + 0.1]),
            groups: 4,
            about: "Distance".into(),
            p: Some(0.0004),
            beside: Vec::new(),
            caveat: Some("Few frames.".into()),
        }
    }

    #[test]
    fn an_axis_holds_negative_values() {
        let [low, high] = ends(&metric(-0.2, [-0.1, 0.1]));
        assert!(low < -0.3 && high > 0.1, "{low} {high}");
        let [low, high] = ends(&metric(0.5, [0.1, 0.2]));
        assert!(low == 0.0 && high > 0.6, "zero is the end where nothing lies below it: {low} {high}");
    }

    #[test]
    fn hovering_tells_chance_and_caveat() {
        let text = told(&metric(0.5, [0.1, 0.2]));
        assert!(text.contains("p < 0.001") && text.ends_with("Few frames.") && text.contains("4 groups"), "{text}");
    }
}
