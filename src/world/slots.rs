//! The named things that a family may set on a stage, their units, defaults and ranges, and the check of a family
//! against them.

use super::fields::Range;
use super::stage::{self, Kind, kind};
use crate::base::text::did_you_mean;
use crate::family::validate::{self, Prepared, Ranges, trigger};
use crate::family::{Action, Bound, Event, Family, Finding, Form, Severity};

/// A quantity of a stage that a family may set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// Identifier with its unit.
    pub name: &'static str,
    /// Unit symbol; empty for a pure number.
    pub unit: &'static str,
    /// What holds where the family leaves it out.
    pub default: f64,
    /// Smallest allowed value.
    pub low: f64,
    /// Largest allowed value.
    pub high: f64,
    /// One sentence for people.
    pub about: &'static str,
}

/// Range as low, default, high.
pub(super) const fn slot(name: &'static str, unit: &'static str, range: [f64; 3], about: &'static str) -> Slot {
    Slot { name, unit, default: range[1], low: range[0], high: range[2], about }
}

/// The slots of `stage`, in the order to show them; empty where there is no such stage.
pub fn slots(stage: &str) -> &'static [Slot] {
    kind(stage).map_or(&[], |kind| kind.slots)
}

/// What there is to stand on from above, `[[x, y] of the low corner, [x, y] of the high one]` in metres; `None` where there
/// is no such stage.
pub fn footprint(stage: &str) -> Option<[[f64; 2]; 2]> {
    kind(stage).map(|kind| kind.footprint)
}

/// What of `stage` itself a hand can move, and by which slots; empty where there is no such stage.
pub fn placed(stage: &str) -> &'static [stage::Placed] {
    kind(stage).map_or(&[], |kind| kind.placed)
}

/// The strongest push on any axis that an event may give on `stage`, in N s; `None` where there is no such stage.
pub fn strongest_push_ns(stage: &str) -> Option<f64> {
    kind(stage).map(|kind| kind.events_reach.1)
}

/// How far from the origin along any axis an event may let something appear on `stage`, in metres; `None` where there is no such
/// stage.
pub fn farthest_m(stage: &str) -> Option<f64> {
    kind(stage).map(|kind| kind.events_reach.0)
}

/// The slots that an event may set on `stage`; empty where there is no such stage.
pub fn live_slots(stage: &str) -> &'static [Slot] {
    kind(stage).map_or(&[], |kind| kind.live)
}

/// Holds `family` against its stage: the stage exists, slots, things and live quantities exist, every number that can come
/// lies within its slot's range.
pub fn check(family: &Family, prepared: &Prepared) -> Vec<Finding> {
    let Some(kind) = kind(&family.stage) else {
        return vec![finding("stage".to_owned(), stage::unknown(&family.stage))];
    };
    let mut findings = Vec::new();
    let mount = family.camera.on.as_deref().and_then(|name| no_mount(kind, name));
    findings.extend(mount.map(|text| finding("camera.on".to_owned(), text)));
    // What stands in the way of preparing the family is the family module's finding, not ours.
    let Some(Ok(ranges)) = &prepared.ranges else { return findings };
    for (name, bound) in &family.scene {
        let field = format!("scene.{name}");
        match kind.slots.iter().find(|slot| slot.name == name) {
            None => findings.push(finding(field, format!("not a slot of the stage; {}", cure(kind, name)))),
            Some(slot) => findings.extend(outside(ranges, slot, bound).map(|text| finding(field, text))),
        }
    }
    findings.extend(super::entity::check(family, ranges));
    findings.extend(super::sensor::check(kind, family, ranges));
    for (at, event) in family.events.iter().enumerate() {
        findings.extend(check_event(kind, family, ranges, (at, event)));
    }
    findings
}

fn check_event(kind: &Kind, family: &Family, ranges: &Ranges, (at, event): (usize, &Event)) -> Vec<Finding> {
    let field = |part: &str| format!("events[{at}].{part}");
    let mut findings = Vec::new();
    if let Some(text) = &event.when
        && let Err(error) = trigger(family, &super::vocabulary(family), text)
    {
        findings.push(finding(field("when"), error));
    }
    match &event.action {
        Action::Set { slot, to } => match kind.live.iter().find(|live| live.name == slot) {
            None => findings.push(finding(field("action.slot"), no_live_slot(kind, slot))),
            Some(slot) => findings.extend(outside(ranges, slot, to).map(|text| finding(field("action.to"), text))),
        },
        Action::Spawn { kind, .. } if !super::event::KINDS.contains(&kind.as_str()) => {
            findings.push(finding(field("action.kind"), super::event::no_kind(kind)));
        }
        Action::ScaleLight { .. } | Action::Spawn { .. } => {}
        Action::ScaleLamp { lamp, .. } => {
            findings.extend(no_lamp(lamp, family).map(|text| finding(field("action.lamp"), text)));
        }
        Action::Move { entity, .. } | Action::Push { entity, .. } => {
            let things = acted_on(family, &event.action);
            if !things.contains(&entity.as_str()) {
                let text = no_thing(entity, &things);
                findings.push(finding(field("action.entity"), text));
            }
        }
    }
    findings
}

/// The things that an event can move or push: the stage's, the family's own that have a mass, and what events let appear, by
/// the event's name.
pub fn movable(family: &Family) -> Vec<&str> {
    let own = kind(&family.stage).map_or(&[][..], |kind| kind.movable);
    let spawned = family.events.iter().filter(|event| matches!(event.action, Action::Spawn { .. }));
    let entities = family.entities.iter().filter(|entity| entity.mass_kg.is_some()).map(|entity| entity.name.as_str());
    own.iter().copied().chain(entities).chain(spawned.map(|event| event.name.as_str())).collect()
}

/// The things that an event can push: those that it can move, and robots, the stage's and the family's own.
fn pushable(family: &Family) -> Vec<&str> {
    let robots = kind(&family.stage).map_or(&[][..], |kind| kind.pushable);
    let own = family.entities.iter().filter(|entity| matches!(entity.shape, Form::Rig { .. }));
    robots.iter().copied().chain(own.map(|entity| entity.name.as_str())).chain(movable(family)).collect()
}

/// The lamps that an event can dim: the stage's, where one name is all of them and a number behind it one, and the family's own.
pub fn lamps(family: &Family) -> Vec<&str> {
    super::fixture::addressable(kind(&family.stage).map_or(&[][..], |kind| kind.lamps), family)
}

/// The sentence on a lamp that no event of `family` can dim; `None` where it can.
pub(super) fn no_lamp(name: &str, family: &Family) -> Option<String> {
    super::fixture::no_lamp(name, kind(&family.stage).map_or(&[][..], |kind| kind.lamps), family)
}

/// The things that an action of its kind can act on, where it acts on one.
pub fn acted_on<'a>(family: &'a Family, action: &Action) -> Vec<&'a str> {
    if matches!(action, Action::Push { .. }) { pushable(family) } else { movable(family) }
}

/// The sentence on a thing that is not there.
pub(super) fn no_thing(entity: &str, things: &[&str]) -> String {
    let hint = did_you_mean(entity, things.iter().copied());
    if things.is_empty() {
        return format!(
            "no thing called `{entity}` can be moved: nothing on this stage can, only what events let appear"
        );
    }
    format!("no thing called `{entity}` can be moved{hint}; there are {}", things.join(", "))
}

/// The sentence on a thing that no camera can ride on; `None` where one can.
pub(super) fn no_mount(kind: &Kind, name: &str) -> Option<String> {
    if kind.mounts.contains(&name) {
        return None;
    }
    if kind.mounts.is_empty() {
        return Some(format!("a camera cannot ride on anything of the stage \"{}\"; leave `on` out", kind.name));
    }
    let hint = did_you_mean(name, kind.mounts.iter().copied());
    Some(format!(
        "a camera cannot ride on `{name}`{hint}; it can on {}, or stand still without `on`",
        kind.mounts.join(", ")
    ))
}

/// The sentence on a slot that cannot change.
pub(super) fn no_live_slot(kind: &Kind, name: &str) -> String {
    let all: Vec<&str> = kind.live.iter().map(|slot| slot.name).collect();
    let why = if kind.slots.iter().any(|slot| slot.name == name) {
        "cannot change during an episode"
    } else {
        "is no slot of the stage"
    };
    format!("`{name}` {why}{}; these can: {}", did_you_mean(name, all.iter().copied()), all.join(", "))
}

/// The one place that makes a finding.
pub(super) fn finding(field: String, text: String) -> Finding {
    Finding { severity: Severity::Error, field, text }
}

fn outside(ranges: &Ranges, slot: &Slot, bound: &Bound) -> Option<String> {
    beyond(ranges, slot.name, (slot.low, slot.high, slot.unit), bound)
}

/// What is wrong where a number that `bound` can give lies outside `low` to `high`.
pub(super) fn beyond(ranges: &Ranges, name: &str, (low, high, unit): Range, bound: &Bound) -> Option<String> {
    let (from, to) = match ranges.range(bound, unit) {
        Ok(range) => range,
        Err(text) => return Some(text),
    };
    if from >= low && to <= high {
        return None;
    }
    let what =
        bound.name().map_or_else(|| name.to_owned(), |parameter| format!("parameter \"{parameter}\" for {name}"));
    Some(validate::outside((from, to), (low, high), unit, &what))
}

/// What to write instead of an unknown slot.
pub(super) fn cure(kind: &Kind, name: &str) -> String {
    match did_you_mean(name, kind.slots.iter().map(|slot| slot.name)) {
        hint if hint.is_empty() => "see the list of the stage's slots".to_owned(),
        hint => hint.trim_start_matches([' ', '(']).trim_end_matches(')').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_slot_is_guessed() {
        let kind = kind("tabletop").unwrap();
        assert_eq!(cure(kind, "canister_mass"), "did you mean `canister_mass_kg`?");
        assert_eq!(cure(kind, "zzzzzzzzzz"), "see the list of the stage's slots");
    }

    #[test]
    fn every_default_lies_in_its_range_and_every_name_is_new() {
        for kind in stage::ALL {
            for all in [kind.slots, kind.live] {
                for (at, slot) in all.iter().enumerate() {
                    assert!(slot.low <= slot.default && slot.default <= slot.high, "{}", slot.name);
                    assert!(all[..at].iter().all(|other| other.name != slot.name), "{} twice", slot.name);
                }
            }
        }
        assert!(slots("moon").is_empty());
    }
}
