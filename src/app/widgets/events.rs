//! What happens during the episode: the events in a list, the selected one with everything that can be said about it.

use eframe::egui::{self, Sense, Ui, accesskit::Role, vec2};

use super::thing::{self, Label, send};
use crate::app::{
    author::{Change, Fault, Inspected, InspectorState, typed},
    icon,
    message::Outbox,
    theme::{self, Theme},
};
use crate::family::validate::is_identifier;
use crate::family::{Action, Bound, Easing, Event, Family, Scope};
use crate::world;

/// Draws the events of the inspected family.
pub fn events(ui: &mut Ui, inspected: &Inspected, state: &mut InspectorState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let all = &inspected.family.events;
    if all.is_empty() {
        ui.label(theme.quiet("Nothing happens by itself during the episode"));
    }
    for (at, event) in all.iter().enumerate() {
        let selected = state.event == Some(at);
        row(ui, (at, event), selected, state);
        if selected {
            ui.push_id(("event", at), |ui| {
                egui::Frame::new().inner_margin(egui::Margin { left: 8, right: 0, top: 4, bottom: 8 }).show(ui, |ui| {
                    one(ui, inspected, (at, event), out);
                });
            });
        }
        thing::told(ui, inspected, &format!("events[{at}]."));
    }
    if thing::add(ui, "Add event") {
        let taken = |name: &str| all.iter().any(|one| one.name == name);
        let name =
            (1..=all.len() + 1).map(|number| format!("event_{number}")).find(|name| !taken(name)).unwrap_or_default();
        let half = Bound::Number(crate::app::author::nice(0.5 * inspected.family.clock.duration_s, 1.0));
        let new = Event::at(&name, half, Action::ScaleLight { to: Bound::Number(0.5) });
        send(out, Change::PutEvent(all.len(), Box::new(new)), None);
        state.event = Some(all.len());
    }
}

fn row(ui: &mut Ui, (at, event): (usize, &Event), selected: bool, state: &mut InspectorState) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    super::named(&response, Role::Row, &format!("Event {}", event.name));
    if selected || response.hovered() {
        ui.painter().rect_filled(rect, theme::CORNER, if selected { theme.hover } else { theme.raised });
    }
    let words = format!("{} · {}", event.name, event.action.words());
    let when = match (&event.at_s, &event.when) {
        (_, Some(when)) => format!("when {when}"),
        (Some(Bound::Number(at_s)), None) => format!("at {at_s}{}s", theme::THIN_SPACE),
        (Some(at_s), None) => format!("at {}", typed::written(at_s)),
        (None, None) => "never".to_owned(),
    };
    let split = rect.left() + rect.width() * 0.6;
    super::cell(
        ui,
        rect.with_min_x(rect.left() + 8.0).with_max_x(split),
        &words,
        theme::sans(theme::size::BODY),
        theme.text,
    );
    let place = rect.with_min_x(split + 4.0).with_max_x(rect.right() - 8.0);
    super::cell_right(ui, place, &when, theme::mono(11.0), theme.weak);
    super::focus_ring(ui, &response, rect);
    if response.clicked() {
        state.event = (!selected).then_some(at);
    }
}

/// An event that is being looked at, and where its changes go.
struct Sheet<'a, 'b> {
    inspected: &'a Inspected,
    at: usize,
    event: &'a Event,
    out: &'b mut Outbox,
}

impl Sheet<'_, '_> {
    fn put(&mut self, gesture: Option<u64>, change: impl FnOnce(&mut Event)) {
        let mut new = self.event.clone();
        change(&mut new);
        send(self.out, Change::PutEvent(self.at, Box::new(new)), gesture);
    }

    /// A number with a unit, or an expression over the draw.
    fn bound(&mut self, ui: &mut Ui, (words, unit): (&str, &str), bound: &Bound, set: impl FnOnce(&mut Event, Bound)) {
        let label = Label { name: words, words, unit, hint: "a number, or an expression" };
        if let Some((bound, gesture)) = thing::bound(ui, &label, bound, &self.inspected.scope) {
            self.put(Some(gesture), |event| set(event, bound));
        }
    }

    fn choice(&mut self, ui: &mut Ui, words: &str, now: &str, all: &[&str], set: impl FnOnce(&mut Event, &str)) {
        if let Some(word) = thing::choice(ui, (words, words), now, all) {
            self.put(None, |event| set(event, &word));
        }
    }
}

fn one(ui: &mut Ui, inspected: &Inspected, (at, event): (usize, &Event), out: &mut Outbox) {
    let mut sheet = Sheet { inspected, at, event, out };
    name(ui, &mut sheet);
    start(ui, &mut sheet);
    sheet.bound(ui, ("Delay", "s"), &event.delay_s, |event, bound| event.delay_s = bound);
    sheet.bound(ui, ("Over", "s"), &event.over_s, |event, bound| event.over_s = bound);
    let easings = Easing::ALL.map(|easing| format!("{easing:?}"));
    let words: Vec<&str> = easings.iter().map(String::as_str).collect();
    sheet.choice(ui, "Easing", &format!("{:?}", event.easing), &words, |event, word| {
        event.easing = Easing::ALL.into_iter().find(|easing| format!("{easing:?}") == word).unwrap_or_default();
    });
    lasts(ui, &mut sheet);
    action(ui, &mut sheet);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        if ui.button(format!("{}  Remove {}", icon::X, event.name)).clicked() {
            send(sheet.out, Change::RemoveEvent(at), None);
        }
        thing::own(ui, inspected, ("events", &event.name), sheet.out);
    });
}

fn name(ui: &mut Ui, sheet: &mut Sheet<'_, '_>) {
    let (inspected, event) = (sheet.inspected, sheet.event);
    let label = Label { name: "Event name", words: "Name", unit: "", hint: "name" };
    let read = |text: &str| match is_identifier(text) {
        true if inspected.family.events.iter().any(|other| other.name == text && other.name != event.name) => {
            Err(Fault::whole("the name is taken"))
        }
        true => Ok(text.to_owned()),
        false => Err(Fault::whole("write lower-case letters, digits and _")),
    };
    if let Some((name, gesture)) = thing::typed(ui, &label, (&event.name, true), read) {
        sheet.put(Some(gesture), |event| event.name = name);
    }
}

/// At a time, or when a condition comes true.
fn start(ui: &mut Ui, sheet: &mut Sheet<'_, '_>) {
    let event = sheet.event;
    let waits = event.when.is_some();
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(thing::LABEL - 8.0, theme::INPUT), Sense::hover());
        super::cell(ui, rect, "Starts", theme::sans(theme::size::SMALL), Theme::of(ui).weak);
        ui.spacing_mut().item_spacing.x = 0.0;
        if super::choice(ui, !waits, "At a time").clicked() && waits {
            // Where it began in this draw, if it did.
            let at_s = sheet.inspected.begun.get(&event.name).copied().flatten().unwrap_or(1.0);
            let at_s = Bound::Number(crate::app::author::nice(at_s, 1.0));
            sheet.put(None, |event| (event.at_s, event.when) = (Some(at_s), None));
        }
        if super::choice(ui, waits, "When").clicked() && !waits {
            sheet.put(None, |event| (event.at_s, event.when) = (None, Some("time_s > 1".to_owned())));
        }
    });
    if let Some(at_s) = &event.at_s {
        sheet.bound(ui, ("At", "s"), at_s, |event, bound| event.at_s = Some(bound));
    }
    let Some(when) = &event.when else { return };
    let label = Label { name: "When", words: "When", unit: "", hint: "hand_canister_distance_m < 0.1" };
    let live: &Scope = &sheet.inspected.live;
    let read = |text: &str| typed::condition(text, live).map(|_| text.trim().to_owned());
    if let Some((when, gesture)) = thing::typed(ui, &label, (when, false), read) {
        sheet.put(Some(gesture), |event| event.when = Some(when));
    }
    let theme = Theme::of(ui);
    let told = match sheet.inspected.begun.get(&event.name) {
        Some(Some(at_s)) => format!("Began at {} in this draw", theme::with_unit(*at_s, 2, "s")),
        Some(None) => "Did not begin in this draw".to_owned(),
        None => return,
    };
    ui.label(theme.caption(told));
}

/// How long the change holds; empty is for good.
fn lasts(ui: &mut Ui, sheet: &mut Sheet<'_, '_>) {
    let scope = &sheet.inspected.scope;
    let text = sheet.event.for_s.as_ref().map_or_else(String::new, typed::written);
    let label = Label { name: "For", words: "For", unit: "s", hint: "for good" };
    let read = |text: &str| if text.trim().is_empty() { Ok(None) } else { typed::bound(text, "s", scope).map(Some) };
    if let Some((for_s, gesture)) = thing::typed(ui, &label, (&text, false), read) {
        sheet.put(Some(gesture), |event| event.for_s = for_s);
    }
}

/// The kinds of action, by their words.
const ACTIONS: [&str; 6] =
    ["Scale the light", "Set a slot", "Move a thing", "Let a thing appear", "Push a thing", "Scale a lamp"];

fn kind_of(action: &Action) -> usize {
    match action {
        Action::ScaleLight { .. } => 0,
        Action::Set { .. } => 1,
        Action::Move { .. } => 2,
        Action::Spawn { .. } => 3,
        Action::Push { .. } => 4,
        Action::ScaleLamp { .. } => 5,
    }
}

fn three(numbers: [f64; 3]) -> [Bound; 3] {
    numbers.map(Bound::Number)
}

/// An action of a kind that does little until it is told what.
fn plain(kind: &str, family: &Family) -> Action {
    let first = |action: Action| {
        let things = world::acted_on(family, &action);
        things.first().map_or_else(String::new, |name| (*name).to_owned())
    };
    let three_0 = || three([0.0; 3]);
    match ACTIONS.iter().position(|word| *word == kind) {
        Some(1) => {
            let slot = world::live_slots(&family.stage).first();
            let (name, default) = slot.map_or((String::new(), 0.0), |slot| (slot.name.to_owned(), slot.default));
            Action::Set { slot: name, to: Bound::Number(default) }
        }
        Some(2) => {
            let entity = first(Action::Move { entity: String::new(), by_m: three_0() });
            Action::Move { entity, by_m: three([0.0, 0.05, 0.0]) }
        }
        Some(3) => {
            let kind = world::SPAWNED_KINDS.first().copied().unwrap_or_default().to_owned();
            Action::Spawn { kind, at_m: three([0.3, -0.2, 0.1]), velocity_m_s: three([0.0; 3]) }
        }
        Some(4) => {
            let entity = first(Action::Push { entity: String::new(), impulse_ns: three_0(), at_m: None });
            Action::Push { entity, impulse_ns: three([0.0, 0.1, 0.0]), at_m: None }
        }
        Some(5) => {
            let lamp = world::lamps(family).first().map_or_else(String::new, |name| (*name).to_owned());
            Action::ScaleLamp { lamp, to: Bound::Number(0.5), flicker_hz: Bound::Number(0.0) }
        }
        _ => Action::ScaleLight { to: Bound::Number(0.5) },
    }
}

fn action(ui: &mut Ui, sheet: &mut Sheet<'_, '_>) {
    let (inspected, event) = (sheet.inspected, sheet.event);
    let now = ACTIONS.get(kind_of(&event.action)).copied().unwrap_or_default();
    sheet.choice(ui, "Action", now, &ACTIONS, |event, word| event.action = plain(word, &inspected.family));
    let things = world::acted_on(&inspected.family, &event.action);
    match &event.action {
        Action::ScaleLight { to } => {
            sheet.bound(ui, ("Factor", ""), to, |event, bound| event.action = Action::ScaleLight { to: bound });
        }
        Action::ScaleLamp { .. } => lamp(ui, sheet),
        Action::Set { slot, to } => {
            let slots = world::live_slots(&inspected.family.stage);
            let names: Vec<&str> = slots.iter().map(|slot| slot.name).collect();
            sheet.choice(ui, "Slot", slot, &names, |event, word| {
                let default = slots.iter().find(|slot| slot.name == word).map_or(0.0, |slot| slot.default);
                event.action = Action::Set { slot: word.to_owned(), to: Bound::Number(default) };
            });
            let known = slots.iter().find(|known| known.name == slot);
            let slot = slot.clone();
            sheet.bound(ui, ("To", known.map_or("", |known| known.unit)), to, |event, to| {
                event.action = Action::Set { slot, to }
            });
            if let Some(known) = known {
                ui.label(
                    Theme::of(ui).caption(format!("{} to {} {}. {}", known.low, known.high, known.unit, known.about)),
                );
            }
        }
        Action::Move { entity, .. } | Action::Push { entity, .. } => {
            sheet.choice(ui, "Thing", entity, &things, |event, word| match &mut event.action {
                Action::Move { entity, .. } | Action::Push { entity, .. } => word.clone_into(entity),
                _ => {}
            });
        }
        Action::Spawn { kind, .. } => sheet.choice(ui, "Thing", kind, &world::SPAWNED_KINDS, |event, word| {
            if let Action::Spawn { kind, .. } = &mut event.action {
                word.clone_into(kind);
            }
        }),
    }
    vectors(ui, sheet);
}

/// Which lamp changes, by how much, and how often it swings.
fn lamp(ui: &mut Ui, sheet: &mut Sheet<'_, '_>) {
    let (inspected, event) = (sheet.inspected, sheet.event);
    let Action::ScaleLamp { lamp, to, flicker_hz } = &event.action else { return };
    let known = world::lamps(&inspected.family);
    sheet.choice(ui, "Lamp", lamp, &known, |event, word| {
        if let Action::ScaleLamp { lamp, .. } = &mut event.action {
            word.clone_into(lamp);
        }
    });
    sheet.bound(ui, ("Factor", ""), to, |event, bound| {
        if let Action::ScaleLamp { to, .. } = &mut event.action {
            *to = bound;
        }
    });
    sheet.bound(ui, ("Flicker", "Hz"), flicker_hz, |event, bound| {
        if let Action::ScaleLamp { flicker_hz, .. } = &mut event.action {
            *flicker_hz = bound;
        }
    });
}

/// The three numbers of a movement, an impulse, a place, a velocity.
fn vectors(ui: &mut Ui, sheet: &mut Sheet<'_, '_>) {
    let event = sheet.event;
    let all: Vec<(&str, &str, usize, &[Bound; 3])> = match &event.action {
        Action::Move { by_m, .. } => vec![("By", "m", 0, by_m)],
        Action::Push { impulse_ns, .. } => vec![("Impulse", "Ns", 0, impulse_ns)],
        Action::Spawn { at_m, velocity_m_s, .. } => vec![("Place", "m", 0, at_m), ("Velocity", "m/s", 1, velocity_m_s)],
        Action::ScaleLight { .. } | Action::ScaleLamp { .. } | Action::Set { .. } => Vec::new(),
    };
    for (word, unit, which, bounds) in all {
        for (axis, (letter, bound)) in ["x", "y", "z"].iter().zip(bounds).enumerate() {
            sheet.bound(ui, (&format!("{word} {letter}"), unit), bound, |event, bound| {
                let numbers = match &mut event.action {
                    Action::Move { by_m: three, .. } | Action::Push { impulse_ns: three, .. } => three,
                    Action::Spawn { at_m, velocity_m_s, .. } => {
                        if which == 0 {
                            at_m
                        } else {
                            velocity_m_s
                        }
                    }
                    Action::ScaleLight { .. } | Action::ScaleLamp { .. } | Action::Set { .. } => return,
                };
                if let Some(slot) = numbers.get_mut(axis) {
                    *slot = bound;
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_action_begins_sound() {
        let mut family = crate::run::new::example(crate::run::new::EXAMPLES[0].0).expect("ships with the program");
        family.entities.push(crate::family::Entity::new("lantern", crate::family::Form::lamp(0.8), [0.5, 0.5, 1.0]));
        for (at, word) in ACTIONS.iter().enumerate() {
            let action = plain(word, &family);
            assert_eq!(kind_of(&action), at);
            family.events.push(Event::at(&format!("event_{at}"), Bound::Number(0.5), action));
        }
        let errors: Vec<_> = crate::run::check::findings(&family).into_iter().map(|finding| finding.text).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}
