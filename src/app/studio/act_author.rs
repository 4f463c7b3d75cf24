//! What the inspector asks for, done: changes of the family, events moved, and the way to the boundary of the rare event, a job
//! whose answer is values set by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::author::{Boundary, Change, boundary, check_kept, nice};
use crate::app::message::EventPart;
use crate::family::variant::is_id;
use crate::family::{Bound, Variant};
use crate::sample::Draw;
use crate::study::Edit;

use super::Studio;
use super::document::Document;
use super::tasks::{self, Outcome};

/// Draws that are tried where no outcome is known yet.
const BLIND: u64 = 12;

impl Studio {
    /// Starts the search from the shown draw.
    pub(super) fn seek_boundary(&mut self) {
        let Some(document) = &self.document else {
            self.status = "Open a study first".to_owned();
            return;
        };
        let Some(scene) = document.scene() else { return };
        let pool = self.live.pool.as_ref().ok().and_then(|pool| pool.shown(document.family()));
        let index = document.draw;
        let known: Vec<(u64, bool)> = pool.map_or_else(Vec::new, |pool| {
            let rows = pool.rare.iter().enumerate();
            rows.filter_map(|(row, rare)| Some((row as u64, (*rare)?))).collect()
        });
        self.jobs.start("boundary", "Searching the boundary", move |monitor| {
            let sampler = scene.previewer.sampler().map_err(|err| err.to_string())?;
            let draw = |index| sampler.draw_with(index, &scene.pinned).map_err(|err| err.to_string());
            let here = draw(index)?;
            let own = known.iter().find(|(row, _)| *row == index).map(|(_, rare)| *rare);
            // The other outcome where outcomes are known, else the first draws there are.
            let others: Result<Vec<Draw>, String> = match own {
                Some(own) => known.iter().filter(|(_, rare)| *rare != own).map(|(row, _)| draw(*row)).collect(),
                None => (0..BLIND).filter(|row| *row != index).map(draw).collect(),
            };
            let found = boundary(&scene.family, &here, &others?, monitor)?;
            Ok(Outcome::Bounded(scene.family.id.clone(), Arc::new(found)))
        });
    }

    /// Reads the names of a real set's columns for the shown family.
    pub(super) fn take_columns(&mut self, set: String) {
        let Some(document) = &self.document else { return };
        let (bench, family) = (self.bench(document), document.family().to_owned());
        tasks::take_columns(&mut self.jobs, bench, set, family);
    }

    /// Shows the side of the last boundary that is not shown.
    pub(super) fn other_side(&mut self) {
        let Some(document) = &mut self.document else { return };
        let found = document.boundary.clone().filter(|(family, _)| family == document.family());
        let Some((_, found)) = found else {
            self.status = "No boundary was found yet: take the shown draw to it first".to_owned();
            return;
        };
        let rare_event = document.shown_family().map_or_else(String::new, |family| family.rare_event.clone());
        let value = |at: usize| found.sides.get(at).and_then(|side| side.values.get(&found.parameter));
        let at = usize::from(document.pinned().get(&found.parameter) == value(0));
        let Some(side) = found.sides.get(at) else { return };
        document.pin_all(&label(&found), &side.values);
        self.status = found.sentence(&rare_event);
    }
}

/// What the history calls going there.
pub(super) fn label(found: &Boundary) -> String {
    format!("Go to the boundary in {}", found.parameter)
}

/// Changes the shown family; what selects a renamed or removed parameter goes with it.
pub(super) fn change_family(document: &mut Document, change: &Change, gesture: Option<u64>) -> Result<(), String> {
    let Some(family) = document.shown_family() else { return Ok(()) };
    let (changed, label) = (change.apply(family)?, change.label(family));
    document.edit_as(label, Edit::PutFamily(Arc::new(changed)), gesture).map_err(|err| err.to_string())?;
    if matches!(change, Change::PutEntity(..) | Change::RemoveEntity(_)) {
        document.refused = None;
    }
    match change {
        Change::PutParameter(name, new) if *name != new.name => document.rename(name, &new.name),
        Change::RemoveParameter(name) if document.parameter.as_ref() == Some(name) => document.parameter = None,
        _ => {}
    }
    Ok(())
}

/// Lets a part of the shown variant be its base's again, unless something of its own needs what it had.
pub(super) fn inherit(document: &mut Document, list: &'static str, key: String) -> Result<(), String> {
    let Some(before) = document.shown_family().cloned() else { return Ok(()) };
    let edit = Edit::Inherit(before.id.clone(), list, key);
    let mut study = (**document.study()).clone();
    study.apply(edit.clone()).map_err(|err| err.to_string())?;
    if let Some(after) = study.family(&before.id) {
        check_kept(&before, after)?;
    }
    document.edit(edit, None).map_err(|err| err.to_string())?;
    let family = document.shown_family().cloned();
    let selected = document.parameter.clone();
    if let (Some(family), Some(name)) = (family, selected)
        && family.parameter(&name).is_none()
    {
        document.parameter = None;
    }
    Ok(())
}

/// Makes a variant of the family called `base` that says nothing of its own yet, and shows it.
pub(super) fn new_variant(document: &mut Document, base: &str, id: &str, title: &str) -> Result<(), String> {
    if !is_id(id) {
        return Err("Id: write 1 to 100 lower-case letters, digits, - or _".to_owned());
    }
    if document.study().family(id).is_some() {
        return Err(format!("Id: the study has a family `{id}` already; choose another"));
    }
    if title.trim().is_empty() {
        return Err("Title: write what it is about in a few words".to_owned());
    }
    let study = Arc::clone(document.study());
    let Some(of) = study.family(base) else { return Err(format!("the study has no family `{base}` any more")) };
    let merged = Variant::new(id, title.trim(), base).over(of);
    let family = merged.map_err(|(field, text)| format!("in `{field}`: {text}"))?;
    document.add_family(family).map_err(|err| err.to_string())
}

/// Moves an event, or its end, to a time: the number where it is written, this draw's value where it is a parameter.
pub(super) fn move_event(
    document: &mut Document,
    (at, part): (usize, EventPart),
    to_s: f64,
    gesture: u64,
) -> Result<(), String> {
    let Some(family) = document.shown_family() else { return Ok(()) };
    let Some(event) = family.events.get(at).cloned() else { return Ok(()) };
    // The start that is shown lies behind the delay.
    let delay_s = if part == EventPart::Start { event.delay_s.shown(&BTreeMap::new()).unwrap_or(0.0) } else { 0.0 };
    let to_s = nice((to_s - delay_s).max(0.0), 1.0);
    let bound = match part {
        EventPart::Start => event.at_s.clone(),
        EventPart::Length => Some(event.over_s.clone()),
    };
    let Some(bound) = bound else { return Ok(()) };
    if let Some(name) = bound.name().filter(|name| family.parameter(name).is_some()) {
        // The time is a parameter: this draw's value is set by hand.
        document.pin(name, Some(to_s), gesture);
        return Ok(());
    }
    if !bound.is_constant() {
        return Err(format!("the time of `{}` is computed; move what it is computed from", event.name));
    }
    let mut new = event;
    match part {
        EventPart::Start => new.at_s = Some(Bound::Number(to_s)),
        EventPart::Length => new.over_s = Bound::Number(to_s),
    }
    change_family(document, &Change::PutEvent(at, Box::new(new)), Some(gesture))
}

#[cfg(test)]
mod tests {
    use super::super::act::apply;
    use super::*;
    use crate::app::Message;
    use crate::family::{self, Family};

    fn family(document: &Document) -> &Family {
        document.shown_family().expect("a family")
    }

    #[test]
    fn a_drag_of_changes_is_one_step_and_a_new_name_takes_its_pin_along() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let before = family(&document).clone();
        let old = before.parameter("canister_fill").expect("there").clone();
        for (count, high) in [0.9, 0.8, 0.7].into_iter().enumerate() {
            let nominal = family::written(&family::Distribution::Uniform { low: 0.0, high });
            let change = Change::PutParameter(old.name.clone(), Box::new(family::Parameter { nominal, ..old.clone() }));
            apply(&mut document, Message::Change { change: Box::new(change), gesture: Some(5) }, count as u64)
                .expect("fits");
        }
        document.undo().expect("one step");
        assert_eq!(document.undo(), None, "the whole drag");
        assert_eq!(*family(&document), before);
        document.pin("canister_fill", Some(0.5), 9);
        document.parameter = Some("canister_fill".to_owned());
        let renamed = family::Parameter { name: "fill".to_owned(), ..old };
        let change = Change::PutParameter("canister_fill".to_owned(), Box::new(renamed));
        apply(&mut document, Message::Change { change: Box::new(change), gesture: None }, 0).expect("fits");
        assert_eq!((document.parameter.as_deref(), document.pinned().get("fill")), (Some("fill"), Some(&0.5)));
        document.undo().expect("the name");
        assert_eq!(document.pinned().get("canister_fill"), Some(&0.5), "and back");
        let refused = apply(
            &mut document,
            Message::Change { change: Box::new(Change::RemoveParameter("drop_time_s".to_owned())), gesture: None },
            0,
        );
        assert!(refused.is_err_and(|text| text.contains("light_drop")), "it says by what it is used");
    }

    #[test]
    fn a_variant_is_made_edited_and_taken_back_to_its_base_in_single_steps() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let base = document.family().to_owned();
        for (id, title, part) in [("No", "x", "lower-case"), (base.as_str(), "x", "already"), ("dusk", " ", "Title")] {
            assert!(new_variant(&mut document, &base, id, title).unwrap_err().contains(part), "{id}");
        }
        new_variant(&mut document, &base, "dusk", "At dusk").expect("fits");
        assert_eq!((document.family(), family(&document).extends.as_deref()), ("dusk", Some(base.as_str())));
        let own =
            |document: &Document| document.study().variants["dusk"].own(document.study().family(&base).expect("base"));
        assert!(own(&document).is_empty(), "it says nothing yet");
        for (slot, value) in [("sun_strength", 0.1), ("table_tone", 0.9)] {
            let change = Change::SetSlot(slot.to_owned(), Some(Bound::Number(value)));
            change_family(&mut document, &change, None).expect("fits");
        }
        let both: Vec<String> = own(&document).iter().map(family::variant::Own::path).collect();
        assert_eq!(both, ["scene.sun_strength", "scene.table_tone"]);
        inherit(&mut document, "scene", "sun_strength".to_owned()).expect("the base has one");
        document.save().expect("saved");
        let file = document.place.folder.join("families/dusk.ron");
        let text = std::fs::read_to_string(&file).expect("written");
        assert!(text.contains("table_tone") && !text.contains("sun_strength"), "{text}");
        let read = Document::open(&document.place.folder, dir.path().join("keys")).expect("opens");
        assert_eq!(read.study().family("dusk"), document.study().family("dusk"), "reload equal");
        // What is only here cannot go while something reads it.
        let wind = family::Parameter::new("wind_m_s", "m/s", &family::Distribution::Constant(1.0));
        for change in [
            Change::AddParameter(None, Box::new(wind)),
            Change::SetSlot("sky_strength".to_owned(), Some(Bound::Expression("0.1 * wind_m_s / 1".to_owned()))),
        ] {
            change_family(&mut document, &change, None).expect("fits");
        }
        let refused = inherit(&mut document, "parameters", "wind_m_s".to_owned()).unwrap_err();
        assert!(refused.contains("`wind_m_s` is used by the scene's `sky_strength`"), "{refused}");
        for label in ["Set sky_strength", "Add parameter wind_m_s", "Take scene sun_strength of dusk from its base"] {
            assert_eq!(document.undo().as_deref(), Some(label));
        }
        assert_eq!(family(&document).scene["sun_strength"], Bound::Number(0.1), "its own again");
        (0..3).for_each(|_| drop(document.undo()));
        let left = (document.family(), document.study().families.len());
        assert_eq!(left, (base.as_str(), crate::run::new::EXAMPLES.len()), "the variant is gone");
    }

    #[test]
    fn an_event_is_moved_as_its_time_is_written() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let to = |part, to_s| Message::MoveEvent { event: 0, part, to_s, gesture: 3 };
        apply(&mut document, to(EventPart::Start, 1.2), 0).expect("moves");
        apply(&mut document, to(EventPart::Length, 0.4), 0).expect("stretches");
        let pins = document.pinned();
        assert_eq!((pins["drop_time_s"], pins["drop_duration_s"]), (1.2, 0.4), "its times are parameters");
        let mut event = family(&document).events[0].clone();
        (event.at_s, event.delay_s) = (Some(Bound::Number(0.5)), Bound::Number(0.2));
        change_family(&mut document, &Change::PutEvent(0, Box::new(event)), None).expect("fits");
        apply(&mut document, to(EventPart::Start, 1.0), 0).expect("moves");
        assert_eq!(family(&document).events[0].at_s, Some(Bound::Number(0.8)), "the shown start lies behind the delay");
    }
}
