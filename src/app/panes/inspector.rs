//! The right side of Author: everything that a family says, face by face.
//!
//! Findings stand on the face that they belong to; those that belong to none stand above all.

use eframe::egui::{self, Frame, Margin, Panel, Ui, vec2};

use super::parameter;
use crate::app::{
    author::{Change, Face, Fault, Inspected, InspectorState, List},
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::AuthorView,
    widgets::{
        self, columns, correlation, events, field, goals, places, quantity, requirement, scene, sensor, table,
        thing::{self, Label},
        tree, variant, words,
    },
};
use crate::family::{Finding, Severity};

/// The right side.
pub fn inspector(ui: &mut Ui, view: &AuthorView, state: &mut InspectorState, out: &mut Outbox) {
    tabs(ui, view, state, out);
    for finding in &view.findings {
        Frame::new().inner_margin(Margin::symmetric(12, 4)).show(ui, |ui| {
            super::noted(ui, icon::WARNING, Theme::of(ui).rare, Theme::of(ui).body(finding));
        });
    }
    let Some(inspected) = &view.inspected else {
        widgets::empty::empty(ui, icon::SLIDERS, "Parameters of the family stand here", None, out);
        return;
    };
    match state.face {
        Face::Parameters => parameters(ui, view, inspected, state, out),
        Face::Places => super::padded(ui, |ui| places::places(ui, inspected, state, out)),
        Face::Quantities => super::padded(ui, |ui| quantity::quantities(ui, inspected, out)),
        Face::Correlation => super::padded(ui, |ui| correlation::correlations(ui, inspected, state, out)),
        Face::Requirements => super::padded(ui, |ui| requirement::requirements(ui, inspected, out)),
        Face::Scene => super::padded(ui, |ui| scene::scene(ui, inspected, state, out)),
        Face::Sensor => super::padded(ui, |ui| sensor::sensor(ui, inspected, out)),
        Face::Events => super::padded(ui, |ui| events::events(ui, inspected, state, out)),
        Face::Goals => super::padded(ui, |ui| goals::goals(ui, inspected, out)),
        Face::Columns => super::padded(ui, |ui| columns::columns(ui, inspected, out)),
        Face::Card => super::padded(ui, |ui| card(ui, inspected, state, out)),
        Face::Variant => super::padded(ui, |ui| variant::parts(ui, inspected, state, out)),
    }
}

/// The faces by their words, in as many rows as they need; above them, whose variant the family is.
fn tabs(ui: &mut Ui, view: &AuthorView, state: &mut InspectorState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let inspected = view.inspected.as_ref();
    let findings = inspected.map_or(&[][..], |inspected| &inspected.findings[..]);
    let inherited = inspected.and_then(|inspected| inspected.inherited.as_deref());
    let frame = Frame::new().fill(theme.panel).inner_margin(Margin::symmetric(8, 4));
    Panel::top("faces").frame(frame).resizable(false).show(ui, |ui| {
        if let Some(inherited) = inherited {
            variant::line(ui, inherited, state, out);
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
            ui.spacing_mut().button_padding.x = 6.0;
            let shown = Face::ALL.into_iter().filter(|(face, _)| *face != Face::Variant || inherited.is_some());
            for (face, word) in shown {
                let mine = || findings.iter().filter(move |finding| Face::of_field(&finding.field) == Some(face));
                let errors = mine().filter(|finding| finding.severity == Severity::Error).count();
                let mark = if errors > 0 { icon::WARNING } else { "" };
                let response = widgets::choice(ui, state.face == face, format!("{word} {mark}").trim_end());
                let told = if errors > 0 { format!("{word}, {errors} to mend") } else { word.to_owned() };
                widgets::named(&response, egui::accesskit::Role::Tab, &told);
                if response.on_hover_text(told).clicked() {
                    state.face = face;
                }
            }
        });
    });
}

fn parameters(ui: &mut Ui, view: &AuthorView, inspected: &Inspected, state: &mut InspectorState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let selected = inspected.selected.as_deref();
    let shown = selected.and_then(|selected| view.parameters.get(selected.at));
    if let (Some(selected), Some(shown)) = (selected, shown) {
        let full = ui.available_height();
        let frame = Frame::new().fill(theme.panel).inner_margin(Margin { left: 12, right: 4, top: 6, bottom: 0 });
        let default = (full * 0.62).min(460.0);
        Panel::bottom("editor").frame(frame).resizable(true).default_size(default).min_size(160.0).show(ui, |ui| {
            widgets::contained(ui, |ui| parameter::parameter(ui, (inspected, selected, shown), state, out));
        });
    }
    tools(ui, inspected, state, out);
    if view.parameters.is_empty() {
        widgets::empty::empty(ui, icon::SLIDERS, "Add the first parameter: what varies from draw to draw", None, out);
    } else if state.list == List::Table {
        table::parameters(ui, inspected, &state.search, out);
    } else {
        tree::parameters(ui, (inspected, &view.parameters), view.selected.as_deref(), state, out);
    }
}

/// Search, tree or table, a new parameter.
fn tools(ui: &mut Ui, inspected: &Inspected, state: &mut InspectorState, out: &mut Outbox) {
    let frame = Frame::new().inner_margin(Margin::symmetric(8, 0));
    Panel::top("parameter tools").frame(frame).exact_size(32.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let wide = ui.available_width() - 3.0 * (theme::ROW + 4.0) - 8.0;
            let search = egui::TextEdit::singleline(&mut state.search)
                .hint_text(format!("{}  Find a parameter", icon::MAGNIFYING_GLASS))
                .desired_width(wide)
                .min_size(vec2(wide, theme::ROW));
            let _named = ui.add(search).accessible_name("Find a parameter");
            for (list, sign, name) in
                [(List::Tree, icon::TREE_STRUCTURE, "Show as tree"), (List::Table, icon::GRID_NINE, "Show as table")]
            {
                let response = widgets::icon_button(ui, sign, name);
                if state.list == list {
                    ui.painter().hline(response.rect.x_range(), response.rect.bottom(), (2.0, Theme::of(ui).text));
                }
                if response.clicked() {
                    state.list = list;
                }
            }
            if widgets::icon_button(ui, icon::PLUS, "Add parameter").clicked() {
                let flat = crate::family::Distribution::Uniform { low: 0.0, high: 1.0 };
                let name = crate::app::author::free_name(&inspected.family, "parameter");
                let new = crate::family::Parameter::new(&name, "", &flat);
                let change = Change::AddParameter(None, Box::new(new));
                out.send(Message::Change { change: Box::new(change), gesture: None });
                out.send(Message::SelectParameter(name));
            }
        });
    });
}

/// The policy card's questions, what is asked, and the fields of their answers.
const QUESTIONS: [(&str, &str, &str); 4] = [
    ("Rare event", "What happens rarely and matters", "rare_event"),
    ("Dangerous artefact", "What in the generated data could teach something wrong", "artefact"),
    ("Real probe", "Which real measurement would show it", "real_probe"),
    ("Discard when", "What makes us throw the data away", "discard_rule"),
];

/// What the family is called and answers for, and the words that sort it.
fn card(ui: &mut Ui, inspected: &Inspected, state: &mut InspectorState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let family = &inspected.family;
    ui.label(theme.body(format!("Family {}", family.id)));
    let label = Label { name: "Title", words: "Title", unit: "", hint: "What it is about, in a few words" };
    let read = |text: &str| match text.trim() {
        "" => Err(Fault::whole("write what the family is about in a few words")),
        title => Ok(title.to_owned()),
    };
    if let Some((title, gesture)) = thing::typed(ui, &label, (&family.title, true), read) {
        thing::send(out, Change::Entitle(title, family.version), Some(gesture));
    }
    let label = Label { name: "Version", words: "Version", unit: "", hint: "raise it when the meaning changes" };
    let read = |text: &str| crate::app::author::typed::whole::<u32>(text, 0, 1_000_000);
    if let Some((version, gesture)) = thing::typed(ui, &label, (&family.version.to_string(), false), read) {
        thing::send(out, Change::Entitle(family.title.clone(), version), Some(gesture));
    }
    ui.add_space(20.0);
    ui.label(theme.body("Policy card"));
    let card = &family.card;
    let answers = [&card.rare_event, &card.artefact, &card.real_probe, &card.discard_rule];
    for (at, ((question, hint, key), answer)) in QUESTIONS.into_iter().zip(answers).enumerate() {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            ui.label(theme.caption(question));
            thing::own(ui, inspected, ("card", key), out);
        });
        if let Some(text) = paragraph(ui, question, hint, answer) {
            thing::send(out, Change::Answer(at, text), None);
        }
    }
    let is_mine = |finding: &Finding| ["card", "title", "version"].iter().any(|field| finding.field.starts_with(field));
    told(ui, inspected, is_mine);
    words::words(ui, inspected, state, out);
}

/// A text of several lines; what was written when it is left.
fn paragraph(ui: &mut Ui, name: &str, hint: &str, text: &str) -> Option<String> {
    let id = ui.scope_id().with(("paragraph", name));
    let draft: Option<String> = ui.data(|data| data.get_temp(id));
    let mut shown = draft.unwrap_or_else(|| text.to_owned());
    let edit =
        egui::TextEdit::multiline(&mut shown).hint_text(hint.to_owned()).desired_rows(2).desired_width(f32::INFINITY);
    let response = ui.add(edit).accessible_name(name);
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(id, shown.clone()));
    }
    if !response.lost_focus() {
        return None;
    }
    ui.data_mut(|data| data.remove::<String>(id));
    (shown != text && !ui.input(|input| input.key_pressed(egui::Key::Escape))).then_some(shown)
}

/// The findings that `mine` picks, each as a sentence.
pub(super) fn told(ui: &mut Ui, inspected: &Inspected, mine: impl Fn(&Finding) -> bool) {
    for finding in inspected.findings.iter().filter(|finding| mine(finding)) {
        match finding.severity {
            Severity::Error => field::told(ui, Some(&Fault::whole(&finding.text))),
            Severity::BlocksExport | Severity::Advice => {
                let before = if finding.severity == Severity::Advice { "Advice" } else { "Blocks export" };
                ui.add(egui::Label::new(Theme::of(ui).caption(format!("{before}: {}", finding.text))).wrap());
            }
        }
    }
}
