//! What the lists of a family's things have in common: a head with the name to be typed, the fields below, the way back to a
//! variant's base, findings, a button that adds one.

use eframe::egui::{self, Sense, Ui, accesskit::Role, vec2};

use super::field::{self, Field, Wrote};
use crate::app::{
    author::{Change, Fault, Inspected, typed},
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
};
use crate::family::{Bound, Layer, Role as Part, Scope, Severity, variant::OwnKind};

/// Width of the labels.
pub const LABEL: f32 = 96.0;

/// Asks for a change; what has one gesture is one step of undo.
pub fn send(out: &mut Outbox, change: Change, gesture: Option<u64>) {
    out.send(Message::Change { change: Box::new(change), gesture });
}

/// Scrolls here once, when the thing called `name` is opened, wherever that was done.
pub fn follow(ui: &mut Ui, opened: Option<&str>, name: &str) {
    let id = egui::Id::unique("the opened thing that was scrolled to");
    let before: Option<String> = ui.data(|data| data.get_temp(id));
    if opened == Some(name) && before.as_deref() != opened {
        ui.data_mut(|data| data.insert_temp(id, name.to_owned()));
        ui.scroll_to_cursor(Some(egui::Align::Min));
    } else if opened.is_none() && before.is_some() {
        ui.data_mut(|data| data.remove::<String>(id));
    }
}

/// A thing in its list.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The list of the family's file.
    pub list: &'static str,
    /// What one is called (`"Place"`).
    pub noun: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it is now, at the right.
    pub value: &'a str,
}

/// What the person did to a thing as a whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Another name, which can be taken.
    Rename(Wrote),
    /// Away with it.
    Remove,
}

/// An icon with its margins.
const BUTTON: f32 = 32.0;

/// The head of a thing: a line above, its name, its value, the way back to the base and the way out.
pub fn head(
    ui: &mut Ui,
    inspected: &Inspected,
    head: &Head<'_>,
    check: impl Fn(&str) -> Result<(), String>,
    out: &mut Outbox,
) -> Option<Act> {
    let theme = Theme::of(ui);
    ui.add_space(10.0);
    ui.painter().hline(ui.max_rect().x_range(), ui.cursor().top(), theme.separator());
    ui.add_space(6.0);
    let (mut act, mut fault) = (None, None);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let value_wide = if head.value.is_empty() { 0.0 } else { 96.0 };
        let own_wide = if inspected.inherited.is_some() { BUTTON + 4.0 } else { 0.0 };
        let room = ui.available_width() - value_wide - own_wide - BUTTON - 8.0;
        let name = format!("{} {}", head.noun, head.name);
        let field = Field {
            name: &name,
            text: head.name,
            hint: "name",
            size: vec2(room.max(72.0), theme::ROW),
            live: false,
            words: true,
        };
        let check = |text: &str| if text == head.name { Ok(()) } else { check(text).map_err(Fault::whole) };
        let shown = field::field(ui, ui.scope_id().with("name"), &field, check);
        fault = shown.fault;
        act = shown.wrote.map(Act::Rename);
        if value_wide > 0.0 {
            let (rect, response) = ui.allocate_exact_size(vec2(value_wide, theme::ROW), Sense::hover());
            super::cell_right(ui, rect, head.value, theme::mono(theme::size::SMALL), theme.weak);
            super::named(&response, Role::Label, &format!("{} is {}", head.name, head.value));
            let _ = response.on_hover_text("In the shown draw");
        }
        own(ui, inspected, (head.list, head.name), out);
        if super::icon_button(ui, icon::X, &format!("Remove {}", head.name)).clicked() {
            act = Some(Act::Remove);
        }
    });
    field::told(ui, fault.as_ref());
    act
}

/// A button that takes a part from the base again, where a variant has its own; its tooltip says what is there.
pub fn own(ui: &mut Ui, inspected: &Inspected, (list, key): (&'static str, &str), out: &mut Outbox) {
    let Some(inherited) = &inspected.inherited else { return };
    let Some(own) = inherited.own(list, key) else {
        let (rect, response) = ui.allocate_exact_size(vec2(theme::ROW, theme::ROW), Sense::hover());
        super::chip::paint_icon(ui, rect.center(), icon::ARROW_DOWN, theme::size::SMALL, Theme::of(ui).faint);
        let told = format!("Inherited from {}", inherited.base.id);
        super::named(&response, Role::Label, &format!("{key}, inherited"));
        let _ = response.on_hover_text(told);
        return;
    };
    if own.kind == OwnKind::Added {
        let (rect, response) = ui.allocate_exact_size(vec2(theme::ROW, theme::ROW), Sense::hover());
        super::chip::paint_icon(ui, rect.center(), icon::PLUS, theme::size::SMALL, Theme::of(ui).weak);
        super::named(&response, Role::Label, &format!("{key}, only here"));
        let _ = response.on_hover_text(format!("{} has none of this name", inherited.base.id));
        return;
    }
    let name = if key.is_empty() { list } else { key };
    let told = format!("Take {name} from {} again", inherited.base.id);
    if super::icon_button(ui, icon::ARROW_U_UP_LEFT, &told).clicked() {
        out.send(Message::Inherit { list, key: key.to_owned() });
    }
}

/// A button that adds one.
pub fn add(ui: &mut Ui, words: &str) -> bool {
    ui.add_space(8.0);
    let response = ui.add(egui::Button::new(format!("{}  {words}", icon::PLUS)).min_size(vec2(0.0, theme::INPUT)));
    super::named(&response, Role::Button, words);
    response.clicked()
}

/// The sentences on fields that begin with `prefix`, each with the part that it is about.
pub fn told(ui: &mut Ui, inspected: &Inspected, prefix: &str) {
    told_but(ui, inspected, prefix, "nothing");
}

/// As [`told()`], without what is about the part `but`, which is told elsewhere.
pub fn told_but(ui: &mut Ui, inspected: &Inspected, prefix: &str, but: &str) {
    told_where(ui, inspected, prefix, |part| part != but);
}

/// As [`told()`], of the parts that are `wanted`.
pub fn told_where(ui: &mut Ui, inspected: &Inspected, prefix: &str, wanted: impl Fn(&str) -> bool) {
    for finding in inspected.findings.iter().filter(|finding| finding.field.starts_with(prefix)) {
        let part = finding.field.strip_prefix(prefix).unwrap_or_default().trim_start_matches('.');
        if !wanted(part) {
            continue;
        }
        let text = if part.is_empty() { finding.text.clone() } else { format!("{part}: {}", finding.text) };
        match finding.severity {
            Severity::Error => field::told(ui, Some(&Fault::whole(text))),
            Severity::BlocksExport => drop(ui.add(quiet(ui, format!("Blocks export: {text}")))),
            Severity::Advice => drop(ui.add(quiet(ui, format!("Advice: {text}")))),
        }
    }
}

fn quiet(ui: &Ui, text: String) -> egui::Label {
    egui::Label::new(Theme::of(ui).caption(text)).wrap()
}

/// What a field is, in a sheet of them.
#[derive(Clone, Copy, Debug)]
pub struct Label<'a> {
    /// Accessible name, of which there is one on the screen.
    pub name: &'a str,
    /// Before the field.
    pub words: &'a str,
    /// Behind it.
    pub unit: &'a str,
    /// Shown while it is empty.
    pub hint: &'a str,
}

/// A text that `read` turns into a value; the value and its gesture once it is written.
pub fn typed<T>(
    ui: &mut Ui,
    label: &Label<'_>,
    (text, words): (&str, bool),
    read: impl Fn(&str) -> Result<T, Fault>,
) -> Option<(T, u64)> {
    let field = Field { name: label.name, text, hint: label.hint, size: vec2(0.0, 0.0), live: false, words };
    let wrote = field::labelled(ui, (label.words, label.unit, LABEL), &field, |text| read(text).map(drop))?;
    Some((read(&wrote.text).ok()?, wrote.gesture))
}

/// As [`typed()`], without words before the field: over the whole width, for what is long.
pub fn wide<T>(
    ui: &mut Ui,
    label: &Label<'_>,
    text: &str,
    read: impl Fn(&str) -> Result<T, Fault>,
) -> Option<(T, u64)> {
    let field = Field { name: label.name, text, hint: label.hint, size: vec2(0.0, 0.0), live: false, words: false };
    let wrote = field::labelled(ui, ("", label.unit, 0.0), &field, |text| read(text).map(drop))?;
    Some((read(&wrote.text).ok()?, wrote.gesture))
}

/// Words, whatever they are.
pub fn words(ui: &mut Ui, label: &Label<'_>, text: &str) -> Option<(String, u64)> {
    typed(ui, label, (text, true), |text| Ok(text.to_owned()))
}

/// A number in the label's unit, or an expression over `scope`.
pub fn bound(ui: &mut Ui, label: &Label<'_>, bound: &Bound, scope: &Scope) -> Option<(Bound, u64)> {
    typed(ui, label, (&typed::written(bound), false), |text| typed::bound(text, label.unit, scope))
}

/// One of some words behind its label; the new choice.
pub fn choice(ui: &mut Ui, (name, words): (&str, &str), now: &str, all: &[&str]) -> Option<String> {
    let theme = Theme::of(ui);
    let mut chosen = None;
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(LABEL - 8.0, theme::INPUT), Sense::hover());
        super::cell(ui, rect, words, theme::sans(theme::size::SMALL), theme.weak);
        chosen = choose(ui, name, now, all);
    });
    chosen
}

/// A list to choose from; the new choice.
pub fn choose(ui: &mut Ui, name: &str, now: &str, all: &[&str]) -> Option<String> {
    let width = (ui.available_width() - 8.0).max(48.0);
    choose_in(ui, name, now, all, (width, theme::size::SMALL))
}

/// The same, so wide and with words of this size.
pub fn choose_in(ui: &mut Ui, name: &str, now: &str, all: &[&str], place: (f32, f32)) -> Option<String> {
    let told: Vec<(&str, &str)> = all.iter().map(|word| (*word, "")).collect();
    list(ui, name, now, &told, place)
}

/// A list of words to choose from, each with what is told on hover; the new choice.
pub fn choose_told(ui: &mut Ui, name: &str, now: &str, all: &[(&str, &str)]) -> Option<String> {
    let width = (ui.available_width() - 8.0).max(48.0);
    list(ui, name, now, all, (width, theme::size::SMALL))
}

fn list(ui: &mut Ui, name: &str, now: &str, all: &[(&str, &str)], (width, size): (f32, f32)) -> Option<String> {
    let mut chosen = None;
    let sized = |text: &str| egui::RichText::new(text).size(size);
    let combo = egui::ComboBox::from_id_salt(name).width(width).truncate().height(360.0).selected_text(sized(now));
    let shown = combo.show_ui(ui, |ui| {
        for (word, about) in all {
            let mut response = ui.selectable_label(*word == now, sized(word));
            if !about.is_empty() {
                response = response.on_hover_text(*about);
            }
            if response.clicked() && *word != now {
                chosen = Some((*word).to_owned());
            }
        }
    });
    super::named(&shown.response, Role::ComboBox, name);
    chosen
}

/// What a change of a thing means, and where it belongs among the six layers; the new ones.
pub fn meaning(ui: &mut Ui, of: &str, (role, layer): (Part, Option<Layer>)) -> Option<(Part, Option<Layer>)> {
    let known = [Part::Cause, Part::Nuisance, Part::Sensor];
    let words = known.map(|role| format!("{role:?}"));
    let all: Vec<&str> = words.iter().map(String::as_str).collect();
    if let Some(word) = choice(ui, (&format!("Role{of}"), "Role"), &format!("{role:?}"), &all) {
        let role = known.into_iter().find(|role| format!("{role:?}") == word).unwrap_or(role);
        return Some((role, layer));
    }
    let word = |layer: Option<Layer>| {
        layer.map_or_else(|| "No layer".to_owned(), |layer| format!("{layer:?} · {}", layer.words()))
    };
    let layers: Vec<Option<Layer>> = Layer::ALL.into_iter().map(Some).chain([None]).collect();
    let words: Vec<String> = layers.iter().map(|layer| word(*layer)).collect();
    let all: Vec<&str> = words.iter().map(String::as_str).collect();
    let chosen = choice(ui, (&format!("Layer{of}"), "Layer"), &word(layer), &all)?;
    Some((role, layers.iter().find(|layer| word(**layer) == chosen).copied().flatten()))
}
