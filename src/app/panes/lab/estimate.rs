//! How probable the rare event is in reality: which methods are asked, at what cost, and what each answers or refuses.

use eframe::egui::{self, Ui, accesskit::Role, vec2};

use super::{Part, ask, copy, is_there, label, room, split, stale};
use crate::app::{
    author::Fault,
    icon,
    lab::{
        Answer, EstimateAct, EstimateView, LabAct,
        estimate::{BUDGETS, CONFIDENCES, Estimates, Row},
    },
    message::{Message, Outbox},
    theme::{self, Theme},
    widgets::{
        self,
        chance::{Chance, chances},
        field,
    },
};
use crate::base::text::in_sentence_case;
use crate::run::estimate::{BUDGET_COMPUTED, BUDGET_SIMULATED, Estimator};

/// Width of the choices.
const CHOICES: f32 = 232.0;

fn send(out: &mut Outbox, act: EstimateAct) {
    out.send(Message::Lab(LabAct::Estimate(act)));
}

pub(super) fn estimate(ui: &mut Ui, view: &EstimateView, out: &mut Outbox) {
    if view.family.is_none() {
        widgets::empty::empty(ui, icon::SCALES, "Choose a family: how probable is its rare event", None, out);
        return;
    }
    split(ui, CHOICES, |ui, part| match part {
        Part::Choices => choices(ui, view, out),
        Part::Found => found(ui, view, out),
    });
}

fn choices(ui: &mut Ui, view: &EstimateView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    label(ui, "Event");
    event(ui, view, out);
    label(ui, "Methods");
    for method in Estimator::ALL {
        let mut on = view.choice.methods.contains(&method);
        let response = ui.checkbox(&mut on, theme.body(in_sentence_case(method.words())));
        if response.on_hover_text(about(method)).changed() {
            send(out, EstimateAct::Toggle(method));
        }
    }
    label(ui, "Most evaluations of each");
    budget(ui, view, out);
    label(ui, "Confidence of the intervals");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for confidence in CONFIDENCES {
            let word = theme::with_unit(100.0 * confidence, 0, "%");
            if widgets::choice(ui, view.choice.confidence == confidence, &word).clicked() {
                send(out, EstimateAct::Confidence(confidence));
            }
        }
    });
    ui.add_space(3.0 * theme::GRID);
    let why_not = match &view.answer {
        Answer::Running(_) => Some("Estimating"),
        _ if view.event().is_empty() => Some("This family names no rare event yet: write one"),
        _ if view.choice.methods.is_empty() => Some("Choose a method"),
        _ => None,
    };
    if ask(ui, "Estimate", why_not) {
        send(out, EstimateAct::Run);
    }
    ui.add_space(2.0 * theme::GRID);
    let words = "Asked is how often it happens under the nominal distributions, given the requirements. Proposals only make \
                 it frequent enough to count; weights take that back.";
    ui.add(egui::Label::new(theme.caption(words)).wrap());
}

/// What is asked about: the family's own rare event, or any other over its parameters and measures.
fn event(ui: &mut Ui, view: &EstimateView, out: &mut Outbox) {
    let Some(family) = &view.family else { return };
    let hint = if family.rare_event.is_empty() { "such as tilt_deg > 60" } else { &family.rare_event };
    let (name, text, size) = ("Event", view.other_event(), vec2(room(ui), theme::ROW));
    let field = field::Field { name, text, hint, size, live: false, words: false };
    let id = ui.scope_id().with(("event", &family.id));
    let shown = field::field(ui, id, &field, |text| view.check(text));
    let otherwise = "Any condition over parameters and measures. Left empty: the family's own rare event";
    let _ = shown.response.on_hover_text(otherwise);
    field::told(ui, shown.fault.as_ref());
    if let Some(wrote) = shown.wrote {
        send(out, EstimateAct::Event(family.id.clone(), wrote.text));
    }
}

/// What a method does, in one sentence.
fn about(method: Estimator) -> &'static str {
    match method {
        Estimator::Crude => "Counts draws of the nominal: sure, and blind to what is rarer than one in the budget.",
        Estimator::Importance => "Weighs draws of the family's proposals, with a tenth of the nominal among them.",
        Estimator::CrossEntropy => "Learns a proposal that leads to the event, then weighs fresh draws of it.",
        Estimator::Subset => "Climbs towards the event level by level, each level not rare given the one before.",
    }
}

fn budget(ui: &mut Ui, view: &EstimateView, out: &mut Outbox) {
    let text = view.choice.budget.map_or_else(String::new, |budget| budget.to_string());
    let hint = format!("{BUDGET_SIMULATED} episodes");
    let size = vec2(room(ui), theme::ROW);
    let field = field::Field { name: "Most evaluations", text: &text, hint: &hint, size, live: false, words: false };
    let [least, most] = BUDGETS;
    let read = |text: &str| match text.trim().replace([' ', theme::THIN_SPACE], "").parse::<u64>() {
        _ if text.trim().is_empty() => Ok(None),
        Ok(budget) if (least..=most).contains(&budget) => Ok(Some(budget)),
        _ => Err(Fault::whole(format!("write a whole number from {least} to {most}, or nothing"))),
    };
    let id = ui.scope_id().with("budget");
    let shown = field::field(ui, id, &field, |text| read(text).map(drop));
    let otherwise =
        format!("Left empty: {BUDGET_SIMULATED} episodes, or {BUDGET_COMPUTED} draws where nothing is simulated");
    let _ = shown.response.on_hover_text(otherwise);
    field::told(ui, shown.fault.as_ref());
    if let Some(Ok(budget)) = shown.wrote.map(|wrote| read(&wrote.text)) {
        send(out, EstimateAct::Budget(budget));
    }
}

fn found(ui: &mut Ui, view: &EstimateView, out: &mut Outbox) {
    let nothing = "Each method gives a probability with its interval, or says why it gives none";
    let event = view.answer.shown().map_or(view.event(), |found| found.event.as_str());
    head(ui, view, event);
    if !is_there(ui, &view.answer, (icon::SCALES, nothing), out) {
        return;
    }
    let Answer::Found { shown, stale: what } = &view.answer else { return };
    stale(ui, what);
    egui::ScrollArea::vertical().id_salt("estimates").auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width() - 8.0);
        if !what.is_empty() {
            ui.multiply_opacity(0.5);
        }
        rows(ui, view, shown);
        notes(ui, shown);
    });
}

fn head(ui: &mut Ui, view: &EstimateView, event: &str) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        let wide = ui.available_width() - 160.0;
        let title = widgets::cut(ui, &format!("P({event})"), theme::sans(theme::size::TITLE), theme.text, wide);
        let family = view.family.as_ref().map_or("", |family| family.title.as_str());
        ui.label(title).on_hover_text(format!("{event}\nin {family}"));
        if let Some(found) = view.answer.shown() {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                copy(ui, ("JSON", "Copy estimates as JSON"), || found.json.clone());
                copy(ui, ("CSV", "Copy estimates as CSV"), || found.csv());
            });
        }
    });
    if let Some(found) = view.answer.shown() {
        let interval = theme::with_unit(100.0 * found.confidence, 0, "%");
        let words = format!("Under the nominal, given the requirements · {} · {interval} intervals", found.head);
        ui.add(egui::Label::new(theme.caption(words)).wrap());
        ui.add_space(theme::GRID);
    }
}

/// All methods over one axis; draws of the proposals below them, where they are known.
fn rows(ui: &mut Ui, view: &EstimateView, found: &Estimates) {
    let theme = Theme::of(ui);
    let names: Vec<String> = found.rows.iter().map(|row| in_sentence_case(row.method)).collect();
    let costs: Vec<[String; 2]> = found.rows.iter().map(cost).collect();
    let told: Vec<String> = found.rows.iter().map(|row| hover(row, found.confidence)).collect();
    let refused = |row: &Row| row.refused.as_deref().map_or_else(String::new, in_sentence_case);
    let refusals: Vec<String> = found.rows.iter().map(refused).collect();
    // Draws were asked about the family's own event.
    let of_draws = view.of_draws.filter(|_| view.has_proposals && found.event == view.rare_event());
    let share = of_draws.map(|(hits, n)| hits as f64 / n as f64);
    let under = of_draws
        .map_or_else(String::new, |(hits, n)| format!("{} of {} simulated draws", theme::count(hits), theme::count(n)));
    let mut all: Vec<Chance<'_>> = Vec::new();
    let words = names.iter().zip(&costs).zip(told.iter().zip(&refusals));
    for (row, ((name, under), (told, refused))) in found.rows.iter().zip(words) {
        let under = [under[0].as_str(), under[1].as_str()];
        all.push(Chance { name, under, numbers: row.answer, refused, told, color: theme.text });
    }
    if let Some(share) = share {
        all.push(Chance {
            name: "Draws of the proposals",
            under: [&under, "no probability in reality"],
            numbers: Some([share; 3]).filter(|_| share > 0.0),
            refused: "No simulated draw holds the event: a generated set would not either. Move the proposals towards it.",
            told: "How often generated sets hold the event. No probability in reality: proposals make it frequent.",
            color: theme.synthetic,
        });
    }
    chances(ui, &all, found.decades(share));
}

/// What was spent, and the hits that it found.
fn cost(row: &Row) -> [String; 2] {
    let Some((hits, worth)) = row.hits else { return Default::default() };
    let n = if hits == 1 { "1 hit".to_owned() } else { format!("{} hits", theme::count(hits)) };
    let rests = worth > 0.0 && worth.is_finite() && (worth - hits as f64).abs() >= 0.5;
    let n = if rests { format!("{n}, worth {worth:.0}") } else { n };
    [format!("{} spent", theme::count(row.evaluations)), n]
}

fn hover(row: &Row, confidence: f64) -> String {
    let mut lines = Vec::new();
    if row.answer.is_some() {
        lines.push(format!("{} interval: {}", theme::with_unit(100.0 * confidence, 0, "%"), row.interval));
    }
    if let Some((hits, worth)) = row.hits {
        lines.push(format!("{hits} hits, worth {worth:.1} equal ones: the effective sample size among failures"));
    }
    lines.extend(row.refused.clone());
    lines.join("\n")
}

/// What is to be known about each number.
fn notes(ui: &mut Ui, found: &Estimates) {
    let theme = Theme::of(ui);
    ui.add_space(2.0 * theme::GRID);
    for row in &found.rows {
        for note in &row.notes {
            let text = format!("{}: {note}", in_sentence_case(row.method));
            let response = ui.add(egui::Label::new(theme.caption(&text)).wrap());
            widgets::named(&response, Role::Note, &text);
        }
    }
}
