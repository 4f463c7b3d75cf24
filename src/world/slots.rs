//! The named things that a family may set on a stage, their units, defaults and ranges, and the check of a family
//! against them.

use crate::family::distribution::full_turn;
use crate::family::{Bound, Family, Finding, Law, Parameter, Severity};

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

/// Holds the scene of `family` against its stage: the stage exists, the slots exist, constants and the ends of
/// parameters' distributions lie within the slots' ranges.
pub fn check(family: &Family) -> Vec<Finding> {
    if family.stage != TABLETOP {
        let text = format!("stage \"{}\" does not exist; the stages are: {TABLETOP}", family.stage);
        return vec![finding("stage".to_owned(), text)];
    }
    let mut findings = Vec::new();
    for (name, bound) in &family.scene {
        let field = format!("scene.{name}");
        match SLOTS.iter().find(|slot| slot.name == name) {
            None => findings.push(finding(field, format!("not a slot of the stage; {}", cure(name)))),
            Some(slot) => findings.extend(outside(family, slot, bound).map(|text| finding(field, text))),
        }
    }
    findings
}

/// The one place that makes a finding.
fn finding(field: String, text: String) -> Finding {
    Finding { severity: Severity::Error, field, text }
}

fn outside(family: &Family, slot: &Slot, bound: &Bound) -> Option<String> {
    let (low, high, whose) = match bound {
        Bound::Number(number) => (*number, *number, String::new()),
        Bound::Parameter(name) => {
            // An unknown parameter is the family module's finding, not ours.
            let (low, high) = ends(family.parameter(name)?)?;
            (low, high, format!("parameter \"{name}\" goes "))
        }
    };
    if low >= slot.low && high <= slot.high {
        return None;
    }
    if low.is_infinite() || high.is_infinite() {
        return Some(format!(
            "{whose}without a limit, but {name} must lie between {} and {} {unit}; draw it from TruncatedNormal, or \
             write Truncated(of: …, low: …, high: …)",
            slot.low,
            slot.high,
            unit = slot.unit,
            name = slot.name
        ));
    }
    let is = if low == high { format!("is {low}") } else { format!("from {low} to {high}") };
    Some(format!(
        "{whose}{is} {unit}, but {name} must lie between {} and {} {unit}",
        slot.low,
        slot.high,
        unit = slot.unit,
        name = slot.name
    ))
}

/// The smallest and largest value that can come; a distribution that makes no sense is the family module's finding.
fn ends(parameter: &Parameter) -> Option<(f64, f64)> {
    Law::new(parameter.drawn_from(), full_turn(&parameter.unit)).ok().map(|law| law.support())
}

/// What to write instead of an unknown slot.
pub(super) fn cure(name: &str) -> String {
    let nearest = SLOTS.iter().map(|slot| (distance(name, slot.name), slot.name)).min();
    match nearest {
        Some((away, near)) if away <= 2 + name.len() / 4 => format!("did you mean \"{near}\"?"),
        _ => "see the list of the stage's slots".to_owned(),
    }
}

/// Levenshtein's edit distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let best = (diagonal + usize::from(x != y)).min(*cell + 1).min(left + 1);
            diagonal = *cell;
            *cell = best;
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distance_meets_the_textbook() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(cure("canister_mass"), "did you mean \"canister_mass_kg\"?");
        assert_eq!(cure("zzzzzzzzzz"), "see the list of the stage's slots");
    }

    #[test]
    fn every_default_lies_in_its_range_and_every_name_is_new() {
        for (at, slot) in SLOTS.iter().enumerate() {
            assert!(slot.low <= slot.default && slot.default <= slot.high, "{}", slot.name);
            assert!(SLOTS[..at].iter().all(|other| other.name != slot.name), "{} twice", slot.name);
        }
        assert!(slots("moon").is_empty());
    }
}
