//! Named points of cars and vans, on the surface of what is seen of them.
//!
//! Names and order of the 24 are those of `OpenPifPaf`'s `CAR_KEYPOINTS_24` (Kreiss, Bertoni, Alahi 2021), places of its choice from
//! the 66 of `ApolloCar3D` (Song et al. 2019), and what joins them a part of its skeleton. Where ours differ, since our vehicles have
//! no fog lamps and no seams, `docs/FORMATS.md` says so.

use glam::DVec3;

use super::looks::{BODY_PART, RIM_HALF_M, rim_part};
use super::shell;
use super::trim;
use super::vehicle::Build;
use crate::world::skeleton::{Knot, On};

/// The names, in order.
const NAMES: [&str; 24] = [
    "front_up_right",
    "front_up_left",
    "front_light_right",
    "front_light_left",
    "front_low_right",
    "front_low_left",
    "central_up_left",
    "front_wheel_left",
    "rear_wheel_left",
    "rear_corner_left",
    "rear_up_left",
    "rear_up_right",
    "rear_light_left",
    "rear_light_right",
    "rear_low_left",
    "rear_low_right",
    "central_up_right",
    "rear_corner_right",
    "rear_wheel_right",
    "front_wheel_right",
    "rear_plate_left",
    "rear_plate_right",
    "mirror_edge_left",
    "mirror_edge_right",
];

/// What is joined along either side (`*` stands for it), and across.
const ALONG: [[&str; 2]; 12] = [
    ["front_low_*", "front_light_*"],
    ["front_light_*", "front_up_*"],
    ["front_up_*", "mirror_edge_*"],
    ["front_up_*", "central_up_*"],
    ["central_up_*", "rear_up_*"],
    ["rear_up_*", "rear_light_*"],
    ["rear_light_*", "rear_corner_*"],
    ["rear_corner_*", "rear_wheel_*"],
    ["rear_wheel_*", "rear_low_*"],
    ["rear_low_*", "rear_plate_*"],
    ["front_wheel_*", "rear_wheel_*"],
    ["front_low_*", "front_wheel_*"],
];
const ACROSS: [&str; 7] =
    ["front_up_*", "front_light_*", "front_low_*", "rear_up_*", "rear_light_*", "rear_low_*", "rear_plate_*"];

/// The points of a vehicle whose parts are those of [`super::looks::vehicle`].
pub(super) fn vehicle(build: &Build) -> Vec<Knot> {
    let mut edges: Vec<[usize; 2]> = Vec::new();
    let mut join = |[from, to]: [String; 2]| {
        let at = |name: &str| NAMES.iter().position(|known| *known == name);
        edges.extend(at(&from).zip(at(&to)).map(|(from, to)| [from.min(to), from.max(to)]));
    };
    for side in ["left", "right"] {
        for ends in ALONG {
            join(ends.map(|name| name.replace('*', side)));
        }
    }
    for name in ACROSS {
        join(["left", "right"].map(|side| name.replace('*', side)));
    }
    let knot = |(at, name): (usize, &&str)| {
        let (on, local) = place(build, name);
        let joined = edges.iter().filter(|[_, later]| *later == at).map(|[earlier, _]| *earlier).collect();
        Knot { name: (*name).to_owned(), on, local, inside_m: 0.0, joined }
    };
    NAMES.iter().enumerate().map(knot).collect()
}

/// What the point called `name` is on, and where.
fn place(build: &Build, name: &str) -> (On, DVec3) {
    let (what, side) = name
        .strip_suffix("_left")
        .map_or_else(|| (name.strip_suffix("_right").unwrap_or(name), -1.0), |what| (what, 1.0));
    // A wheel stands along z and lies along the axle; the end of its rim that looks outwards is the left one at −z.
    let hub = |wheel: usize| (On::Part(rim_part(wheel)), DVec3::new(0.0, 0.0, -side * RIM_HALF_M));
    let right = usize::from(side < 0.0);
    let outline = shell::outline_of(build.is_van());
    let mirrored = |at: DVec3| DVec3::new(at.x, side * at.y, at.z);
    let way = |x: f64, y: f64, z: f64| DVec3::new(x, side * y, z);
    let at = match what {
        "front_wheel" => return hub(right),
        "rear_wheel" => return hub(2 + right),
        "front_up" => mirrored(outline.front_up),
        "front_low" => mirrored(outline.front_low),
        "central_up" => mirrored(outline.central_up),
        "rear_up" => mirrored(outline.rear_up),
        "rear_low" => mirrored(outline.rear_low),
        "front_light" => trim::headlamp(build, side).tip(way(1.0, 1.0, 1.0)),
        "rear_corner" => trim::tail_lamp(build, side).tip(way(-1.0, 1.0, -1.0)),
        "rear_light" => trim::tail_lamp(build, side).tip(way(-1.0, -1.0, 1.0)),
        "rear_plate" => trim::plate(build).tip(way(-1.0, 1.0, -1.0)),
        _mirror_edge => trim::mirror(build, side).tip(way(0.0, 1.0, 0.0)),
    };
    (On::Part(BODY_PART), at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::body::Part;
    use crate::world::road::looks::{self, Paint};
    use crate::world::road::vehicle::{CAR, VAN};
    use crate::world::snapshot::{Mesh, Shape};
    use glam::DVec2;

    /// How far `at` lies off the triangle `a b c`.
    fn apart_m(at: DVec3, [a, b, c]: [DVec3; 3]) -> f64 {
        let normal = (b - a).cross(c - a);
        let foot = at - normal * ((at - a).dot(normal) / normal.length_squared());
        let within = |from: DVec3, to: DVec3| (to - from).cross(foot - from).dot(normal) >= 0.0;
        if within(a, b) && within(b, c) && within(c, a) {
            return at.distance(foot);
        }
        let edge = |from: DVec3, to: DVec3| {
            let along = ((at - from).dot(to - from) / from.distance_squared(to)).clamp(0.0, 1.0);
            at.distance(from.lerp(to, along))
        };
        edge(a, b).min(edge(b, c)).min(edge(c, a))
    }

    /// How far `at` lies outside a closed mesh, less than 0 inside: where it is by the solid angle that the mesh fills.
    fn off_mesh_m(mesh: &Mesh, at: DVec3) -> f64 {
        let corner = |corner: u32| DVec3::from(mesh.vertices()[corner as usize].position.map(f64::from));
        let faces = || mesh.triangles().iter().map(|face| face.map(corner));
        let nearest = faces().map(|face| apart_m(at, face)).fold(f64::INFINITY, f64::min);
        let angle = |[a, b, c]: [DVec3; 3]| {
            let [a, b, c] = [a - at, b - at, c - at];
            let (x, y, z) = (a.length(), b.length(), c.length());
            2.0 * libm::atan2(a.dot(b.cross(c)), x * y * z + a.dot(b) * z + b.dot(c) * x + c.dot(a) * y)
        };
        let filled: f64 = faces().map(angle).sum();
        if filled > core::f64::consts::TAU { -nearest } else { nearest }
    }

    /// How far `at`, in the vehicle's frame, lies outside what is seen of `part`.
    fn off_m(part: &Part, at: DVec3) -> f64 {
        let local = part.at.inverse().point(at);
        let flat = |out: DVec2, round: f64| out.max(DVec2::ZERO).length() + out.max_element().min(0.0) - round;
        match &part.shape {
            Shape::Box { half, round } => {
                let out = local.abs() - *half + *round;
                out.max(DVec3::ZERO).length() + out.max_element().min(0.0) - round
            }
            Shape::Cylinder { radius, half_height, round } => {
                let core = DVec2::new(radius - round, half_height - round);
                flat(DVec2::new(local.truncate().length(), local.z.abs()) - core, *round)
            }
            Shape::Mesh(mesh) => off_mesh_m(mesh, local),
            other => panic!("{other:?} on a vehicle"),
        }
    }

    #[test]
    fn every_point_lies_on_the_outermost_surface_and_mirrors_its_twin() {
        for build in [CAR, VAN] {
            let parts = looks::vehicle(&build, &Paint::EGO);
            assert!(matches!(parts[BODY_PART].shape, Shape::Mesh(_)), "the body's part");
            let knots = vehicle(&build);
            let at = |knot: &Knot| match knot.on {
                On::Part(part) => parts[part].at.point(knot.local),
                _ => panic!("{} is on a part", knot.name),
            };
            for knot in &knots {
                let nearest = parts.iter().filter(|part| part.seen).map(|part| off_m(part, at(knot)));
                // Nearer than any to one surface, and beneath none.
                let nearest = nearest.fold(f64::INFINITY, f64::min);
                assert!(nearest.abs() < 1e-3, "{} of {build:?} lies {nearest} m off what is seen", knot.name);
                let name = knot.name.replace("left", "%").replace("right", "left").replace('%', "right");
                let twin = knots.iter().find(|other| other.name == name).map(at).unwrap();
                let (y, middle_m) =
                    (at(knot).y, if name.contains("plate") { 0.5 * (at(knot).y + twin.y) } else { 0.0 });
                assert_eq!(y > middle_m, knot.name.ends_with("left"), "{} is on its side", knot.name);
                assert!((twin - at(knot)).truncate().x.abs() < 1e-12 && (twin.z - at(knot).z).abs() < 1e-12);
                assert!((y + twin.y - 2.0 * middle_m).abs() < 1e-12, "{}", knot.name);
            }
            let find = |name: &str| knots.iter().find(|knot| knot.name == name).map(at).unwrap();
            let ahead_m = |front: &str, rear: &str| find(front).x - find(rear).x;
            assert!((ahead_m("front_wheel_left", "rear_wheel_left") - build.wheelbase_m).abs() < 1e-12);
            assert!(ahead_m("front_light_left", "rear_light_left") > 1.9 * build.half.x);
            assert!(find("central_up_right").z > find("front_light_right").z + 0.5);
        }
    }

    #[test]
    fn the_skeleton_joins_every_point_as_the_published_one_does() {
        let knots = vehicle(&CAR);
        assert_eq!(knots.iter().map(|knot| knot.joined.len()).sum::<usize>(), 2 * ALONG.len() + ACROSS.len());
        let at = |name: &str| NAMES.iter().position(|known| *known == name).unwrap();
        let joined = |one: &str, other: &str| {
            let (low, high) = (at(one).min(at(other)), at(one).max(at(other)));
            knots[high].joined.contains(&low)
        };
        assert!(joined("front_wheel_right", "rear_wheel_right") && joined("rear_plate_left", "rear_plate_right"));
        assert!(!joined("front_wheel_right", "rear_wheel_left"));
        for (number, knot) in knots.iter().enumerate() {
            let touches = |other: &Knot| other.joined.contains(&number);
            assert!(!knot.joined.is_empty() || knots.iter().any(touches), "{} stands alone", knot.name);
        }
    }
}
