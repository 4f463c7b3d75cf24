//! What is drawn over a picture for who looks on: forces, points, lines and areas in the world that no camera sees.
//!
//! Only a [`super::Drive`] makes marks, at every recorded state, and they go nowhere but onto the screen: no frame, label or
//! table depends on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::DVec3;
use rapier3d_f64::prelude as rp;

use super::force;
use super::touch::thing_of;

/// Kinds of marks that are shown or hidden together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Forces between things that touch.
    Contacts,
    /// The area that a robot's soles span.
    Support,
    /// Centre of mass and capture point.
    Balance,
    /// Time to collision with the nearest conflict.
    Conflict,
    /// How far a thing leans.
    Tilt,
    /// From an eye to what it measures the sight of.
    Sight,
    /// What inertial units read.
    Inertial,
    /// Where satellite receivers say that they are, and where they are.
    Satellites,
}

impl Layer {
    /// All of them with their words.
    pub const ALL: [(Self, &str); 8] = [
        (Self::Contacts, "Contact forces"),
        (Self::Support, "Support polygon"),
        (Self::Balance, "Centre of mass and capture point"),
        (Self::Conflict, "Time to collision"),
        (Self::Tilt, "Tilt"),
        (Self::Sight, "Line of sight"),
        (Self::Inertial, "IMU: specific force, turning rate"),
        (Self::Satellites, "GNSS: told and true way"),
    ];
}

/// Something to draw over a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// What it is shown with.
    pub layer: Layer,
    /// What it is (`"left_foot on floor"`).
    pub name: String,
    /// Its number with its unit symbol.
    pub value: Option<(f64, &'static str)>,
    /// What is drawn.
    pub drawn: Drawn,
}

/// What is drawn of a mark, in metres in the stage's frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Drawn {
    /// An arrow from a point, as long as its value asks for.
    Arrow {
        /// Where it begins.
        from: DVec3,
        /// Where it points, of length 1.
        along: DVec3,
    },
    /// A convex area.
    Polygon(Vec<DVec3>),
    /// A point.
    Point(DVec3),
    /// A line.
    Line([DVec3; 2]),
    /// A line through points.
    Way(Vec<DVec3>),
    /// Points on their own.
    Dots(Vec<DVec3>),
    /// A circle that lies flat.
    Circle {
        /// Its middle.
        at: DVec3,
        /// Its radius.
        radius_m: f64,
    },
}

impl Mark {
    /// The line from `eye` to the thing called `name` at `at`, of which `share` is in sight.
    pub(super) fn sight(name: &str, eye: DVec3, at: DVec3, share: f64) -> Self {
        let name = format!("{}, share in sight", name.replace('_', " "));
        Self { layer: Layer::Sight, name, value: Some((share, "")), drawn: Drawn::Line([eye, at]) }
    }
}

/// Less than this is no force to draw, in newtons.
const FAINT_N: f64 = 0.01;

/// The normal forces between things that touch in the step that has just ended, one for each two things: it begins in the
/// middle of where they press, and points to the thing that moves (of two that do, to the second).
pub(super) fn forces(physics: &rp::PhysicsWorld, names: &[Arc<str>]) -> Vec<Mark> {
    let mut all: BTreeMap<(usize, usize), (DVec3, DVec3, f64)> = BTreeMap::new();
    for pair in physics.narrow_phase.contact_pairs() {
        let colliders = (physics.colliders.get(pair.collider1), physics.colliders.get(pair.collider2));
        let (Some(one), Some(two)) = colliders else { continue };
        let (a, b) = (thing_of(one.user_data), thing_of(two.user_data));
        if a == b {
            continue;
        }
        let moves = |collider: &rp::Collider| {
            collider.parent().and_then(|body| physics.bodies.get(body)).is_some_and(rp::RigidBody::is_dynamic)
        };
        // From the first collider to the second: what the first gives the second.
        let (key, sign) = if moves(two) { ((a, b), 1.0) } else { ((b, a), -1.0) };
        force::forces(physics, pair, &mut |force| {
            if force.normal_n > 0.0 {
                let sum = all.entry(key).or_default();
                sum.0 += force.at * force.normal_n;
                sum.1 += force.normal * (sign * force.normal_n);
                sum.2 += force.normal_n;
            }
        });
    }
    let name = |thing: usize| names.get(thing).map_or("", |name| name).replace('_', " ");
    let strong = all.into_iter().filter(|(_, (_, force, pressing_n))| force.length() > FAINT_N && *pressing_n > 0.0);
    strong
        .map(|((from, on), (weighted, force, pressing_n))| Mark {
            layer: Layer::Contacts,
            name: format!("{} on {}", name(from), name(on)),
            value: Some((force.length(), "N")),
            drawn: Drawn::Arrow { from: weighted / pressing_n, along: force.normalize_or_zero() },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sampler;
    use crate::world::Simulator;

    fn marks(name: &str, time_s: f64) -> Arc<[Mark]> {
        let path = format!("{}/scenarios/{name}.ron", env!("CARGO_MANIFEST_DIR"));
        let family = crate::family::parse(&std::fs::read_to_string(&path).unwrap(), name).unwrap();
        let draw = Sampler::new(&family, 7).unwrap().draw_with(0, &BTreeMap::new()).unwrap();
        let mut drive = Simulator::new(&family).unwrap().drive(&draw, &[]).unwrap();
        drive.go_to(time_s).unwrap();
        drive.seen(time_s).unwrap().2
    }

    fn arrows<'a>(marks: &'a [Mark], on: &str) -> Vec<(&'a str, DVec3, DVec3)> {
        let of = |mark: &'a Mark| match &mark.drawn {
            Drawn::Arrow { from, along } => Some((mark.name.as_str(), *from, *along * mark.value?.0)),
            _ => None,
        };
        marks.iter().filter_map(of).filter(|(name, ..)| name.ends_with(on)).collect()
    }

    #[test]
    fn what_stands_is_carried_by_the_floor_and_balances_within_its_soles() {
        let marks = marks("balance_push", 0.3);
        let feet = arrows(&marks, "foot");
        assert_eq!(feet.len(), 2, "{marks:?}");
        // Its rig weighs about 40 kg: both soles together carry that, from below, near the floor.
        let carried: DVec3 = feet.iter().map(|(_, _, force)| *force).sum();
        assert!(carried.z > 150.0 && carried.z < 800.0 && carried.z > 20.0 * carried.x.abs(), "{carried}");
        assert!(feet.iter().all(|(_, from, _)| from.z.abs() < 0.02), "{feet:?}");
        let polygon = marks.iter().find_map(|mark| match &mark.drawn {
            Drawn::Polygon(corners) => Some((corners, mark.value)),
            _ => None,
        });
        let (corners, _) = polygon.unwrap();
        assert!(corners.len() >= 4 && corners.iter().all(|corner| corner.z.abs() < 0.02), "{corners:?}");
        let points = marks.iter().filter(|mark| matches!(mark.drawn, Drawn::Point(_))).count();
        assert_eq!(points, 2, "centre of mass and capture point");
    }

    #[test]
    fn a_conflict_on_the_road_has_its_time() {
        let found = [0.5, 1.0, 1.5, 2.0].into_iter().find_map(|time_s| {
            marks("road_lead_brakes", time_s).iter().find(|mark| mark.layer == Layer::Conflict).cloned()
        });
        let mark = found.unwrap();
        assert!(mark.value.is_some_and(|(ttc_s, unit)| ttc_s > 0.0 && ttc_s < 100.0 && unit == "s"), "{mark:?}");
    }

    #[test]
    fn a_line_of_sight_says_what_the_signal_says() {
        let of = |stage: &str, there: &[(&str, f64)], time_s: f64| {
            let mut family = crate::family::Family::new("sight", "Sight", stage);
            let bound = |value: &f64| crate::family::Bound::Number(*value);
            family.scene = there.iter().map(|(slot, value)| ((*slot).to_owned(), bound(value))).collect();
            let draw = Sampler::new(&family, 1).unwrap().draw_with(0, &BTreeMap::new()).unwrap();
            let simulator = Simulator::new(&family).unwrap();
            let mut drive = simulator.drive(&draw, &[]).unwrap();
            drive.go_to(time_s).unwrap();
            let marks = drive.seen(time_s).unwrap().2;
            (marks, simulator.so_far(&drive).unwrap().signals)
        };
        let hidden = [("occluder_height_m", 0.45), ("occluder_width_m", 0.5), ("occluder_x_m", 0.16)];
        let walks = [("pedestrian", 1.0), ("pedestrian_x_m", 25.0), ("parked_count", 3.0), ("parked_x_m", 20.0)];
        let cases = [
            ("tabletop", &hidden[..], "canister", 0.0..0.1),
            ("tabletop", &[], "canister", 0.9..1.1),
            ("road", &walks, "pedestrian", 0.0..1.1),
        ];
        for (stage, there, thing, shares) in cases {
            let (marks, signals) = of(stage, there, 0.2);
            let mark = marks.iter().find(|mark| mark.layer == Layer::Sight && mark.name.starts_with(thing)).unwrap();
            let share = mark.value.unwrap().0;
            assert!(shares.contains(&share), "{stage} {share}");
            assert_eq!(signals[&format!("{thing}_visible")].last(), Some(&share), "{stage}");
            assert!(matches!(mark.drawn, Drawn::Line([eye, at]) if eye.distance(at) > 0.2), "{mark:?}");
        }
    }
}
