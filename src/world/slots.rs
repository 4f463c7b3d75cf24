//! The named things that a family may set on a stage, their units, defaults and ranges, and the check of a family
//! against them.

use crate::base::text::did_you_mean;
use crate::family::validate::{self, Prepared, Ranges, trigger};
use crate::family::{Action, Bound, Event, Family, Finding, Severity};

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

/// The only stage so far.
pub(super) const TABLETOP: &str = "tabletop";

const fn slot(name: &'static str, unit: &'static str, range: [f64; 3], about: &'static str) -> Slot {
    Slot { name, unit, default: range[1], low: range[0], high: range[2], about }
}

/// Range as low, default, high.
const SLOTS: &[Slot] = &[
    slot("canister_x_m", "m", [0.24, 0.34, 0.44], "How far the canister stands from the near table edge."),
    slot("canister_y_m", "m", [-0.04, 0.03, 0.10], "How far left of the robot's middle the canister stands."),
    slot("canister_yaw_deg", "deg", [-180.0, 0.0, 180.0], "How far the canister's label is turned about the vertical."),
    slot("canister_mass_kg", "kg", [0.02, 0.25, 2.0], "Mass of the canister with what is in it."),
    slot("canister_radius_m", "m", [0.020, 0.037, 0.048], "Radius of the canister."),
    slot("canister_height_m", "m", [0.08, 0.23, 0.30], "Height of the canister with its cap."),
    slot(
        "canister_fill",
        "",
        [0.0, 0.8, 1.0],
        "How full it is: about a third has the lowest centre of mass, 1 and 0 the highest.",
    ),
    slot("canister_friction", "", [0.0, 0.45, 1.5], "Friction coefficient of the canister against its own material."),
    slot("table_friction", "", [0.0, 0.45, 1.5], "Friction coefficient of the table top against its own material."),
    slot(
        "reach_speed_m_s",
        "m/s",
        [0.05, 0.5, 1.5],
        "Mean speed of the hand along its path; the peak is 1.875 times that.",
    ),
    slot("reach_offset_y_m", "m", [-0.12, 0.0, 0.12], "How far left of the right place the hand ends its path."),
    slot("reach_height_m", "m", [0.05, 0.12, 0.28], "Height of the middle of the hand when it arrives."),
    slot("grip_close", "", [0.0, 0.0, 1.0], "1 closes the fingers after the hand has arrived, 0 leaves them open."),
    slot("distractor_count", "", [0.0, 2.0, 4.0], "Number of other things on the table."),
    slot("distractor_seed", "", [0.0, 1.0, 4_294_967_295.0], "Which other things, and where they stand."),
    slot("sun_elevation_deg", "deg", [5.0, 52.0, 90.0], "Height of the main light above the horizon."),
    slot(
        "sun_azimuth_deg",
        "deg",
        [-180.0, 60.0, 180.0],
        "Direction of the main light: 0 ahead, 90 left of the robot.",
    ),
    slot("sun_strength", "", [0.0, 0.55, 3.0], "Irradiance of the main light; 1 alone makes white paper white."),
    slot(
        "sky_strength",
        "",
        [0.0, 0.45, 3.0],
        "Radiance of the soft light from above; 1 alone makes white paper white.",
    ),
    slot("table_tone", "", [0.0, 0.3, 1.0], "Colour of the table from light maple to dark walnut."),
];

/// The slots of `stage`, in the order to show them; empty where there is no such stage.
pub fn slots(stage: &str) -> &'static [Slot] {
    if stage == TABLETOP { SLOTS } else { &[] }
}

/// What an event may set while the world steps; `exposure_ev` is the camera's.
pub(super) const LIVE_SLOTS: [Slot; 11] = [
    slot("canister_friction", "", [0.0, 0.45, 1.5], "Friction coefficient of the canister against its own material."),
    slot("table_friction", "", [0.0, 0.45, 1.5], "Friction coefficient of the table top against its own material."),
    slot("reach_speed_m_s", "m/s", [0.0, 0.5, 1.5], "Set-point of the hand's mean speed along its path."),
    slot(
        "reach_offset_y_m",
        "m",
        [-0.12, 0.0, 0.12],
        "Set-point of where the hand ends its path, left of the right place; the hand follows within half a second.",
    ),
    slot(
        "reach_height_m",
        "m",
        [0.05, 0.12, 0.28],
        "Set-point of the hand's height when it arrives; the hand follows within half a second.",
    ),
    slot("grip_close", "", [0.0, 0.0, 1.0], "Set-point of the hand: 1 closes the fingers after it has arrived."),
    slot("sun_elevation_deg", "deg", [5.0, 52.0, 90.0], "Height of the main light above the horizon."),
    slot("sun_azimuth_deg", "deg", [-360.0, 60.0, 360.0], "Direction of the main light."),
    slot("sun_strength", "", [0.0, 0.55, 3.0], "Irradiance of the main light."),
    slot("sky_strength", "", [0.0, 0.45, 3.0], "Radiance of the soft light from above."),
    slot("exposure_ev", "EV", [-10.0, 0.0, 10.0], "Exposure compensation of the camera, in stops."),
];

/// The slots that an event may set on `stage`; empty where there is no such stage.
pub fn live_slots(stage: &str) -> &'static [Slot] {
    if stage == TABLETOP { &LIVE_SLOTS } else { &[] }
}

/// Holds `family` against its stage: the stage exists, slots, things and live quantities exist, every number that can come
/// lies within its slot's range.
pub fn check(family: &Family, prepared: &Prepared) -> Vec<Finding> {
    if family.stage != TABLETOP {
        let text = format!("stage \"{}\" does not exist; the stages are: {TABLETOP}", family.stage);
        return vec![finding("stage".to_owned(), text)];
    }
    let mut findings = Vec::new();
    // What stands in the way of preparing the family is the family module's finding, not ours.
    let Some(Ok(ranges)) = &prepared.ranges else { return findings };
    for (name, bound) in &family.scene {
        let field = format!("scene.{name}");
        match SLOTS.iter().find(|slot| slot.name == name) {
            None => findings.push(finding(field, format!("not a slot of the stage; {}", cure(name)))),
            Some(slot) => findings.extend(outside(ranges, slot, bound).map(|text| finding(field, text))),
        }
    }
    for (at, event) in family.events.iter().enumerate() {
        findings.extend(check_event(family, ranges, at, event));
    }
    findings
}

fn check_event(family: &Family, ranges: &Ranges, at: usize, event: &Event) -> Vec<Finding> {
    let field = |part: &str| format!("events[{at}].{part}");
    let mut findings = Vec::new();
    if let Some(text) = &event.when
        && let Err(error) = trigger(family, &super::vocabulary(&family.stage), text)
    {
        findings.push(finding(field("when"), error));
    }
    match &event.action {
        Action::Set { slot, to } => match LIVE_SLOTS.iter().find(|live| live.name == slot) {
            None => findings.push(finding(field("action.slot"), no_live_slot(slot))),
            Some(slot) => findings.extend(outside(ranges, slot, to).map(|text| finding(field("action.to"), text))),
        },
        Action::Spawn { kind, .. } if !super::event::KINDS.contains(&kind.as_str()) => {
            findings.push(finding(field("action.kind"), super::event::no_kind(kind)));
        }
        Action::ScaleLight { .. } | Action::Spawn { .. } => {}
        Action::Move { entity, .. } | Action::Push { entity, .. } => {
            let things = movable(family);
            if !things.contains(&entity.as_str()) {
                let text = no_thing(entity, &things);
                findings.push(finding(field("action.entity"), text));
            }
        }
    }
    findings
}

/// The things that an event can move or push: the canister, and what events let appear, by the event's name.
pub fn movable(family: &Family) -> Vec<&str> {
    let spawned = family.events.iter().filter(|event| matches!(event.action, Action::Spawn { .. }));
    std::iter::once("canister").chain(spawned.map(|event| event.name.as_str())).collect()
}

/// The sentence on a thing that is not there.
pub(super) fn no_thing(entity: &str, things: &[&str]) -> String {
    let hint = did_you_mean(entity, things.iter().copied());
    format!("no thing called `{entity}` can be moved{hint}; there are {}", things.join(", "))
}

/// The sentence on a slot that cannot change.
pub(super) fn no_live_slot(name: &str) -> String {
    let all = LIVE_SLOTS.map(|slot| slot.name);
    let why = if SLOTS.iter().any(|slot| slot.name == name) {
        "cannot change during an episode"
    } else {
        "is no slot of the stage"
    };
    format!("`{name}` {why}{}; these can: {}", did_you_mean(name, all), all.join(", "))
}

/// The one place that makes a finding.
fn finding(field: String, text: String) -> Finding {
    Finding { severity: Severity::Error, field, text }
}

fn outside(ranges: &Ranges, slot: &Slot, bound: &Bound) -> Option<String> {
    let (low, high) = match ranges.range(bound, slot.unit) {
        Ok(range) => range,
        Err(text) => return Some(text),
    };
    if low >= slot.low && high <= slot.high {
        return None;
    }
    let what =
        bound.name().map_or_else(|| slot.name.to_owned(), |name| format!("parameter \"{name}\" for {}", slot.name));
    Some(validate::outside((low, high), (slot.low, slot.high), slot.unit, &what))
}

/// What to write instead of an unknown slot.
pub(super) fn cure(name: &str) -> String {
    match did_you_mean(name, SLOTS.iter().map(|slot| slot.name)) {
        hint if hint.is_empty() => "see the list of the stage's slots".to_owned(),
        hint => hint.trim_start_matches([' ', '(']).trim_end_matches(')').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_slot_is_guessed() {
        assert_eq!(cure("canister_mass"), "did you mean `canister_mass_kg`?");
        assert_eq!(cure("zzzzzzzzzz"), "see the list of the stage's slots");
    }

    #[test]
    fn every_default_lies_in_its_range_and_every_name_is_new() {
        for slot in LIVE_SLOTS {
            assert!(slot.low <= slot.default && slot.default <= slot.high, "{}", slot.name);
        }
        for (at, slot) in SLOTS.iter().enumerate() {
            assert!(slot.low <= slot.default && slot.default <= slot.high, "{}", slot.name);
            assert!(SLOTS[..at].iter().all(|other| other.name != slot.name), "{} twice", slot.name);
        }
        assert!(slots("moon").is_empty());
    }
}
