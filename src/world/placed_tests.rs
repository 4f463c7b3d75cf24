//! The tables of what a hand can move, held against the worlds that come of their slots.

use std::collections::BTreeMap;

use glam::{DQuat, DVec3};

use super::{Placed, Snapshot, World, placed, slots, stage};
use crate::family::{Bound, Family};
use crate::sample::Sampler;

/// What has to be said so that every thing of the tables is there.
const THERE: &[(&str, &[(&str, f64)])] = &[
    ("tabletop", &[("occluder_height_m", 0.2), ("occluder_bottom_m", 0.1), ("human_hand", 1.0)]),
    ("balance", &[("patch_half_m", 0.2)]),
    (
        "road",
        &[
            ("lead", 1.0),
            ("cutter", 1.0),
            ("pedestrian", 1.0),
            ("cyclist", 1.0),
            ("parked_count", 3.0),
            ("crossing_width_m", 3.0),
            ("tunnel_length_m", 40.0),
            ("tunnel_exit_m", 120.0),
        ],
    ),
    ("inspection", &[]),
];

fn start(stage: &str, there: &[(&str, f64)], raised: Option<(&str, f64)>) -> Snapshot {
    let mut family = Family::new("placed", "Placed", stage);
    let all = there.iter().copied().chain(raised);
    family.scene = all.map(|(slot, value)| (slot.to_owned(), Bound::Number(value))).collect();
    let draw = Sampler::new(&family, 1).unwrap().draw_with(0, &BTreeMap::new()).unwrap();
    World::build(&family, &draw).unwrap().snapshot()
}

/// The bodies of a thing: where they are and how they are turned.
fn bodies(seen: &Snapshot, placed: &Placed) -> Vec<(DVec3, DQuat)> {
    let own = seen.bodies.iter().filter(|body| placed.is_called(&body.name));
    own.map(|body| (body.pose.position, body.pose.rotation)).collect()
}

#[test]
fn a_raised_slot_moves_its_thing_by_as_much_along_its_axis() {
    for kind in stage::ALL {
        let there = THERE.iter().find(|(stage, _)| *stage == kind.name).unwrap().1;
        let before = start(kind.name, there, None);
        assert!(!placed(kind.name).is_empty(), "{}", kind.name);
        for thing in placed(kind.name) {
            let from = bodies(&before, thing);
            assert!(!from.is_empty(), "{} is not there", thing.thing);
            let about_z = thing.about_z.map(|slot| (slot, None));
            let along = thing.along.into_iter().zip(DVec3::AXES);
            for (name, axis) in along.filter_map(|(slot, axis)| Some((slot?, Some(axis)))).chain(about_z) {
                let slot = slots(kind.name).iter().find(|slot| slot.name == name).unwrap();
                let was = there.iter().find(|(known, _)| *known == name).map_or(slot.default, |(_, value)| *value);
                let by = match slot.unit {
                    "m" => 0.02,
                    "mm" => 20.0,
                    unit => {
                        assert!(unit == "deg" && axis.is_none(), "{name}: a place in {unit}");
                        15.0
                    }
                };
                let to = bodies(&start(kind.name, there, Some((name, was + by))), thing);
                assert_eq!(from.len(), to.len(), "{name}");
                for ((a, turned_a), (b, turned_b)) in from.iter().zip(&to) {
                    if let Some(axis) = axis {
                        assert!((*b - *a - axis * 0.02).length() < 1e-6, "{name}: {a} {b}");
                        continue;
                    }
                    let turned = *turned_b * turned_a.inverse();
                    let wanted = DQuat::from_rotation_z(15_f64.to_radians());
                    assert!(turned.angle_between(wanted) < 1e-6, "{name}: {turned}");
                }
            }
        }
    }
}

#[test]
fn numbered_things_are_one_and_others_are_not() {
    let parked = placed("road").iter().find(|thing| thing.thing == "parked").unwrap();
    assert!(parked.is_called("parked_2") && parked.is_called("parked"));
    assert!(!parked.is_called("parked_van") && !parked.is_called("park") && !parked.is_called("traffic_1"));
}
