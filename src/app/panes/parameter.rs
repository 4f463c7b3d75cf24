//! The selected parameter: both distributions with handles, fields for every number, quantiles far out, and the share of draws
//! that lie in the rare region.

use eframe::egui::{self, Sense, Ui, accesskit::Role, vec2};

use crate::app::{
    author::{Change, Fault, Inspected, InspectorState, RareShare, Selected, TAILS, check_name, like, typed},
    command::Command,
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view,
    widgets::{
        self, density, field,
        thing::{self, Label},
    },
};
use crate::base::Unit;
use crate::family::distribution::Kind;
use crate::family::{Bound, Distribution, Parameter};

/// Draws the editor of the selected parameter.
pub(super) fn parameter(
    ui: &mut Ui,
    (inspected, selected, shown): (&Inspected, &Selected, &view::Parameter),
    state: &mut InspectorState,
    out: &mut Outbox,
) {
    let Some(parameter) = inspected.family.parameters.get(selected.at) else { return };
    head(ui, inspected, parameter, out);
    let has_proposal = parameter.proposal.is_some();
    egui::ScrollArea::vertical().id_salt("distribution").auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width() - 8.0);
        let of = format!("parameters[{}].", selected.at);
        super::inspector::told(ui, inspected, |finding| finding.field.starts_with(&of));
        sides(ui, selected, parameter, state, out);
        if !state.on_proposal {
            reality(ui, parameter, out);
        }
        let locked = state.on_proposal && !has_proposal;
        let (unit, value, marks) = (&parameter.unit, shown.value, &inspected.marks);
        let picture = density::Picture { selected, marks, unit, value, has_proposal, locked };
        let reshaped = density::editor(ui, &picture, state, 176.0);
        if locked {
            ui.label(
                Theme::of(ui).caption("Draws come from the nominal. Give it a proposal of its own to change that."),
            );
        } else {
            let reshaped = reshaped.or(numbers(ui, (inspected, selected, parameter), state.on_proposal));
            if let Some((distribution, gesture)) = reshaped {
                put(parameter, state.on_proposal, Some(distribution), gesture, out);
            }
        }
        quantiles(ui, selected, parameter, has_proposal);
        shares(ui, inspected.rare, selected, out);
        words(ui, inspected, parameter, out);
    });
}

/// The numbers of one side as fields and as text, with what stands in their way.
fn numbers(
    ui: &mut Ui,
    (inspected, selected, parameter): (&Inspected, &Selected, &Parameter),
    on_proposal: bool,
) -> Option<density::Reshaped> {
    let side = &selected.sides[usize::from(on_proposal)];
    if let Err(why) = &side.numbers {
        field::told(ui, Some(&Fault::whole(why)));
    }
    if !side.chosen.is_empty() {
        ui.label(Theme::of(ui).caption(format!("Shown: {}, which holds in this draw", side.chosen)));
    }
    let typed = density::numbers(ui, side, &parameter.unit, &inspected.scope);
    typed.or(as_text(ui, (inspected, parameter), on_proposal))
}

/// Exchanges one of the two distributions.
fn put(
    parameter: &Parameter,
    on_proposal: bool,
    distribution: Option<Distribution<Bound>>,
    gesture: Option<u64>,
    out: &mut Outbox,
) {
    let mut new = parameter.clone();
    match (on_proposal, distribution) {
        (true, distribution) => new.proposal = distribution,
        (false, Some(distribution)) => new.nominal = distribution,
        (false, None) => return,
    }
    send(parameter, new, gesture, out);
}

fn send(parameter: &Parameter, new: Parameter, gesture: Option<u64>, out: &mut Outbox) {
    let change = Box::new(Change::PutParameter(parameter.name.clone(), Box::new(new)));
    out.send(Message::Change { change, gesture });
}

fn head(ui: &mut Ui, inspected: &Inspected, parameter: &Parameter, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let buttons = if inspected.inherited.is_some() { 5.0 } else { 4.0 };
        let room = (ui.available_width() - buttons * 32.0 - 8.0).max(48.0);
        let (rect, response) = ui.allocate_exact_size(vec2(room, theme::ROW), Sense::hover());
        widgets::cell(ui, rect, &parameter.name, theme::sans(theme::size::BODY), theme.text);
        let _ = response.on_hover_text(format!("{}\n{}", parameter.name, parameter.about));
        thing::own(ui, inspected, ("parameters", &parameter.name), out);
        if widgets::icon_button(ui, icon::RESET, "Let the draw choose again").clicked() {
            out.send(Message::ResetValue { parameter: parameter.name.clone() });
        }
        let change = |change| Message::Change { change: Box::new(change), gesture: None };
        if widgets::icon_button(ui, icon::COPY, "Duplicate parameter").clicked() {
            out.send(change(Change::AddParameter(Some(parameter.name.clone()), Box::new(parameter.clone()))));
        }
        if widgets::icon_button(ui, icon::MINUS, "Remove parameter").clicked() {
            out.send(change(Change::RemoveParameter(parameter.name.clone())));
        }
        if widgets::icon_button(ui, icon::X, "Close the editor").clicked() {
            out.send(Message::SelectParameter(String::new()));
        }
    });
}

/// Which side is edited, its kind, and how it is drawn.
fn sides(ui: &mut Ui, selected: &Selected, parameter: &Parameter, state: &mut InspectorState, out: &mut Outbox) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (on_proposal, word) in [(false, "Nominal"), (true, "Proposal")] {
            if widgets::choice(ui, state.on_proposal == on_proposal, word).clicked() {
                state.on_proposal = on_proposal;
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let told = "Draw the density with the pointer";
            if widgets::choice(ui, state.drawing, "Draw").on_hover_text(told).clicked() {
                state.drawing = !state.drawing;
            }
            let told = "Show densities on a logarithmic scale, so that tails are seen";
            if widgets::choice(ui, state.logarithmic, "Log").on_hover_text(told).clicked() {
                state.logarithmic = !state.logarithmic;
            }
        });
    });
    if state.on_proposal {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let own = parameter.proposal.is_some();
            if widgets::choice(ui, !own, "Same as nominal").clicked() && own {
                put(parameter, true, None, None, out);
            }
            if widgets::choice(ui, own, "Own").clicked() && !own {
                put(parameter, true, Some(parameter.nominal.clone()), None, out);
            }
        });
    }
    if state.on_proposal && parameter.proposal.is_none() {
        return;
    }
    let side = &selected.sides[usize::from(state.on_proposal)];
    let now = Kind::of(&side.written);
    let is_angle = selected.full_turn.is_some();
    let kinds: Vec<(&str, &str)> = Kind::ALL
        .iter()
        .filter(|kind| is_angle || **kind != Kind::VonMises)
        .map(|kind| (kind.name(), kind.about()))
        .collect();
    let name = if state.on_proposal { "Kind of proposal" } else { "Kind of nominal" };
    let chosen = thing::choose_told(ui, name, now.name(), &kinds);
    let kind = chosen.and_then(|word| Kind::named(&word));
    if let (Some(kind), Some(law)) = (kind, &side.law) {
        let made = like(kind, &side.written, law, selected.full_turn);
        put(parameter, state.on_proposal, Some(made), None, out);
    }
}

/// Where the nominal comes from, and the way to reality.
fn reality(ui: &mut Ui, parameter: &Parameter, out: &mut Outbox) {
    if let Some(fitted) = &parameter.fitted {
        let words = format!("Taken from {} · {}: {}", fitted.set, fitted.column, fitted.judged);
        ui.add(egui::Label::new(Theme::of(ui).caption(words)).wrap());
    }
    widgets::command_button(ui, Command::FitToReality, out);
}

/// The whole distribution as a family's file writes it.
fn as_text(
    ui: &mut Ui,
    (inspected, parameter): (&Inspected, &Parameter),
    on_proposal: bool,
) -> Option<density::Reshaped> {
    let distribution = if on_proposal { parameter.drawn_from() } else { &parameter.nominal };
    let text = typed::line(distribution);
    let name = if on_proposal { "Proposal as text" } else { "Nominal as text" };
    let label = Label { name, words: "As text", unit: "", hint: "Normal(mean: 3, sd: 1)" };
    let read = |text: &str| typed::distribution(text, &parameter.unit, &inspected.scope);
    thing::typed(ui, &label, (&text, false), read).map(|(new, gesture)| (new, Some(gesture)))
}

/// How far out both reach.
fn quantiles(ui: &mut Ui, selected: &Selected, parameter: &Parameter, has_proposal: bool) {
    let theme = Theme::of(ui);
    let unit = if parameter.unit.is_empty() { String::new() } else { format!(" in {}", parameter.unit) };
    widgets::heading(ui, &format!("Quantiles{unit}"));
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut line = |text: [&str; 3], ink: [egui::Color32; 3]| {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
        let wide = rect.width() / 3.0;
        for (at, (text, ink)) in text.into_iter().zip(ink).enumerate() {
            let right = rect.left() + wide * (at + 1) as f32;
            let place = rect.with_min_x(right - wide).with_max_x(right);
            widgets::cell_right(ui, place, text, theme::mono(theme::size::SMALL), ink);
        }
        widgets::named(&response, Role::Row, &text.join(" "));
    };
    let second = if has_proposal { "Proposal" } else { "" };
    line(["", "Nominal", second], [theme.weak, theme.nominal, theme.synthetic]);
    let [nominal, drawn] = &selected.sides;
    for ((p, a), b) in TAILS.into_iter().zip(nominal.quantiles).zip(drawn.quantiles) {
        let share = format!("{}\u{2009}%", typed::plain((1e6 * p).round() / 1e4));
        let [a, b] = [a, b].map(|value| if value.is_nan() { "–".to_owned() } else { theme::figures(value) });
        line([&share, &a, if has_proposal { &b } else { "" }], [theme.weak, theme.text, theme.text]);
    }
}

/// How many draws lie where reality seldom does, and how often the rare event happens.
fn shares(ui: &mut Ui, rare: Option<RareShare>, selected: &Selected, out: &mut Outbox) {
    let percent = |share: f64| {
        if share.is_nan() { "–".to_owned() } else { format!("{}\u{2009}%", theme::figures(100.0 * share)) }
    };
    widgets::heading(ui, "Share of draws");
    let [low, high] = selected.beyond;
    widgets::fact(ui, "Below the nominal's 1 %", &percent(low));
    widgets::fact(ui, "Above the nominal's 99 %", &percent(high));
    match rare {
        Some(rare) => {
            let of = format!("{} of {}", percent(rare.of_draws), rare.n);
            widgets::fact(ui, "Rare event", &of);
            let weighted = rare.of_reality.map_or_else(|| "–".to_owned(), percent);
            widgets::fact(ui, "Rare event, weighted to reality", &weighted);
        }
        None => {
            widgets::fact(ui, "Rare event", "no draw simulated yet");
        }
    }
    ui.add_space(theme::GRID);
    widgets::command_button(ui, Command::EstimateRare, out);
}

/// What it is and means: name, unit, role, layer, words.
fn words(ui: &mut Ui, inspected: &Inspected, parameter: &Parameter, out: &mut Outbox) {
    widgets::heading(ui, "Meaning");
    let label = Label { name: "Parameter name", words: "Name", unit: "", hint: "name" };
    let read = |text: &str| {
        let checked = if text == parameter.name { Ok(()) } else { check_name(&inspected.family, text) };
        checked.map(|()| text.to_owned()).map_err(Fault::whole)
    };
    if let Some((name, gesture)) = thing::typed(ui, &label, (&parameter.name, true), read) {
        send(parameter, Parameter { name, ..parameter.clone() }, Some(gesture), out);
    }
    let label = Label { name: "Unit", words: "Unit", unit: "", hint: "a pure number" };
    let read = |text: &str| Unit::parse(text.trim()).map(|_| text.trim().to_owned()).map_err(Fault::whole);
    if let Some((unit, gesture)) = thing::typed(ui, &label, (&parameter.unit, false), read) {
        send(parameter, Parameter { unit, ..parameter.clone() }, Some(gesture), out);
    }
    if let Some((role, layer)) = thing::meaning(ui, "", (parameter.role, parameter.layer)) {
        send(parameter, Parameter { role, layer, ..parameter.clone() }, None, out);
    }
    let label = Label { name: "About", words: "About", unit: "", hint: "One sentence" };
    if let Some((about, gesture)) = thing::words(ui, &label, &parameter.about) {
        send(parameter, Parameter { about, ..parameter.clone() }, Some(gesture), out);
    }
    ui.add_space(8.0);
}
