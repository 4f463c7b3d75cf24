//! What the history calls a change: what is done to which thing, in a few words.

use super::Change;
use crate::family::Family;

impl Change {
    /// A few words for undo, in sentence case; `family` is as it was before.
    pub fn label(&self, family: &Family) -> String {
        let questions = ["rare event", "artefact", "real probe", "discard rule"];
        match self {
            Self::PutParameter(name, new) => put("parameter", Some(name), &new.name),
            Self::AddParameter(_, new) => put("parameter", None, &new.name),
            Self::RemoveParameter(name) => removed("parameter", Some(name)),
            Self::Correlate([a, b], Some(_)) => format!("Correlate {a} and {b}"),
            Self::Correlate([a, b], None) => format!("Correlate {a} and {b} no longer"),
            Self::PutRequirement(at, _) => numbered("requirement", *at, family.requirements.len()),
            Self::RemoveRequirement(at) => format!("Remove requirement {}", at + 1),
            Self::PutEvent(at, new) => put("event", name(&family.events, *at, |event| &event.name), &new.name),
            Self::RemoveEvent(at) => removed("event", name(&family.events, *at, |event| &event.name)),
            Self::PutEntity(at, new) => put("thing", name(&family.entities, *at, |thing| &thing.name), &new.name),
            Self::RemoveEntity(at) => removed("thing", name(&family.entities, *at, |thing| &thing.name)),
            Self::PutRegion(before, name, _) => put("region", before.as_deref(), name),
            Self::RemoveRegion(name) => removed("region", Some(name)),
            Self::PutPlace(at, new) => put("place", name(&family.places, *at, |place| &place.name), &new.name),
            Self::RemovePlace(at) => removed("place", name(&family.places, *at, |place| &place.name)),
            Self::PutDerived(at, new) => put("quantity", name(&family.derived, *at, |own| &own.name), &new.name),
            Self::RemoveDerived(at) => removed("quantity", name(&family.derived, *at, |own| &own.name)),
            Self::PutMeasure(at, new) => put("measure", name(&family.measures, *at, |own| &own.name), &new.name),
            Self::RemoveMeasure(at) => removed("measure", name(&family.measures, *at, |own| &own.name)),
            Self::RareEvent(_) => "Edit the rare event".to_owned(),
            Self::PutGoal(at, _) => numbered("goal", *at, family.coverage.len()),
            Self::RemoveGoal(at) => format!("Remove goal {}", at + 1),
            Self::SetSlot(slot, Some(_)) => format!("Set {slot}"),
            Self::SetSlot(slot, None) => format!("Leave {slot} at its default"),
            Self::SetCamera(_) => "Edit the camera".to_owned(),
            Self::SetClock(_) => "Edit the clock".to_owned(),
            Self::Entitle(..) => "Edit title or version".to_owned(),
            Self::Answer(at, _) => format!("Answer the card's {}", questions.get(*at).unwrap_or(&"question")),
            Self::Sort(_) => "Edit the words that sort the family".to_owned(),
            Self::Tag(_) => "Edit tags".to_owned(),
            Self::SetMapping(Some(_)) => "Edit columns".to_owned(),
            Self::SetMapping(None) => "Remove columns".to_owned(),
        }
    }
}

fn name<T>(all: &[T], at: usize, of: impl Fn(&T) -> &String) -> Option<&str> {
    all.get(at).map(|one| of(one).as_str())
}

fn put(what: &str, before: Option<&str>, now: &str) -> String {
    match before {
        None => format!("Add {what} {now}"),
        Some(before) if before == now => format!("Edit {what} {now}"),
        Some(before) => format!("Rename {what} {before} to {now}"),
    }
}

fn removed(what: &str, name: Option<&str>) -> String {
    format!("Remove {what} {}", name.unwrap_or_default()).trim_end().to_owned()
}

fn numbered(what: &str, at: usize, count: usize) -> String {
    format!("{} {what} {}", if at < count { "Edit" } else { "Add" }, at.min(count) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Bound, Entity, Form};

    #[test]
    fn a_step_says_what_was_done_to_which_thing() {
        let family = crate::run::new::example(crate::run::new::EXAMPLES[0].0).expect("ships with the program");
        let ball = Entity::new("ball", Form::Sphere { radius_m: Bound::Number(0.1) }, [0.0; 3]);
        let add = Change::PutEntity(0, Box::new(ball.clone()));
        assert_eq!(add.label(&family), "Add thing ball");
        let family = add.apply(&family).expect("a new thing");
        let moved = Entity { at_m: [1.0, 0.0, 0.0].map(Bound::Number), ..ball.clone() };
        assert_eq!(Change::PutEntity(0, Box::new(moved)).label(&family), "Edit thing ball");
        let named = Entity { name: "globe".to_owned(), ..ball };
        assert_eq!(Change::PutEntity(0, Box::new(named)).label(&family), "Rename thing ball to globe");
        assert_eq!(Change::RemoveEntity(0).label(&family), "Remove thing ball");
        assert_eq!(Change::RemoveEvent(0).label(&family), "Remove event light_drop");
        let slot = |bound| Change::SetSlot("canister_x_m".to_owned(), bound).label(&family);
        assert_eq!(slot(Some(Bound::Number(0.3))), "Set canister_x_m");
        assert_eq!(slot(None), "Leave canister_x_m at its default");
    }
}
