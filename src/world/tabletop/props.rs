//! The things of the tabletop stage and what they look like: table, canister, other things, room.

use glam::{DQuat, DVec3};
use rapier3d_f64::prelude as rp;

use super::arm::Path;
use super::scene::{Canister, Scene};
use crate::base::{Pose, StreamKey};
use crate::world::body::{Part, boxed, cylinder, metal, pattern, plain, turn};
use crate::world::clutter::{self, Clutter};
use crate::world::skeleton::{Knot, On};
use crate::world::snapshot::{Material, Shape, Surface};

/// Half the table's extent along x, y, z in metres.
const TABLE_HALF: DVec3 = DVec3::new(0.36, 0.70, 0.018);
/// Height of the floor.
pub(super) const FLOOR_Z_M: f64 = -0.74;

/// The table top from above: its low and its high corner.
pub(super) const FOOTPRINT: [[f64; 2]; 2] = [[0.0, -TABLE_HALF.y], [2.0 * TABLE_HALF.x, TABLE_HALF.y]];

/// The table, in the world's frame: its colour from light to dark, its varnish from satin to a mirror.
pub(super) fn table(tone: f64, gloss: f64) -> Vec<Part> {
    let mix = |light: [f32; 3], dark: [f32; 3]| {
        let mut out = light;
        out.iter_mut().zip(dark).for_each(|(channel, end)| *channel += (end - *channel) * tone as f32);
        out
    };
    let boards = [mix([0.73, 0.59, 0.47], [0.13, 0.065, 0.035]), mix([0.50, 0.35, 0.25], [0.06, 0.03, 0.016])];
    let wood = Material { roughness: (0.45 - 0.38 * gloss) as f32, ..pattern(Surface::Wood, boards, 0.12, 11) };
    let leg = plain([0.05, 0.05, 0.055], 0.5);
    let top = DVec3::new(TABLE_HALF.x, 0.0, -TABLE_HALF.z);
    let mut parts = vec![Part::new(Shape::Box { half: TABLE_HALF, round: 0.002 }, wood, top)];
    for (x, y) in [(0.05, 0.64), (0.05, -0.64), (0.67, 0.64), (0.67, -0.64)] {
        let half = 0.5 * (-2.0 * TABLE_HALF.z - FLOOR_Z_M);
        parts.push(Part::new(boxed(0.025, 0.025, half, 0.0), leg, DVec3::new(x, y, FLOOR_Z_M + half)).ghost());
    }
    parts
}

/// The canister in its own frame: the origin is its middle. Only one cylinder of its full height is solid.
pub(super) fn canister(canister: &Canister) -> Vec<Part> {
    let (radius, half) = (canister.radius_m, 0.5 * canister.height_m);
    let label = [[0.94, 0.46, 0.035], [0.56, 0.03, 0.02]];
    let paper = Material { roughness: 0.35, ..pattern(Surface::Label, label, 0.05, 5) };
    let rim = metal([0.70, 0.70, 0.70], 0.3);
    let lid = plain([0.91, 0.70, 0.06], 0.45);
    let paint = plain(label[0], 0.35);
    let (base, shoulder, cap) = (0.005, 0.010, 0.016);
    let up = |z: f64| DVec3::new(0.0, 0.0, z);
    let body = 0.5 * (canister.height_m - base - shoulder - cap);
    vec![
        Part::new(cylinder(radius, half, 0.0), paper, DVec3::ZERO).hidden(),
        Part::new(cylinder(radius * 0.985, body, 0.0), paper, up(-half + base + body)).ghost(),
        Part::new(cylinder(radius, 0.5 * base, 0.001), rim, up(-half + 0.5 * base)).ghost(),
        Part::new(
            Shape::Cone { bottom: radius * 0.985, top: radius * 0.95, half_height: 0.5 * shoulder },
            paint,
            up(half - cap - 0.5 * shoulder),
        )
        .ghost(),
        Part::new(cylinder(radius, 0.5 * cap, 0.003), lid, up(half - 0.5 * cap)).ghost(),
    ]
}

/// The middles of the canister's ends.
pub(super) fn canister_points(canister: &Canister, body: rp::RigidBodyHandle) -> Vec<Knot> {
    let end = |name, side: f64, joined| {
        let local = DVec3::new(0.0, 0.0, 0.5 * side * canister.height_m);
        Knot::new(name, (On::Body(body), local), 0.0, joined)
    };
    vec![end("bottom", -1.0, None), end("top", 1.0, Some(0))]
}

/// Mass, centre of mass and inertia of the canister: a thin tube and, standing in it, a solid filling. The filling of a
/// full canister has three times the tube's mass; all is scaled to the mass that the scene asks for.
pub(super) fn canister_mass(canister: &Canister) -> rp::MassProperties {
    let (r, h) = (canister.radius_m, canister.height_m);
    let filling = canister.mass_kg * 3.0 * canister.fill / (1.0 + 3.0 * canister.fill);
    let tube = canister.mass_kg - filling;
    let depth = canister.fill * h;
    // Heights over the middle of the canister.
    let filling_z = 0.5 * (depth - h);
    let centre = filling * filling_z / canister.mass_kg;
    let upright = tube * r * r + 0.5 * filling * r * r;
    let across = tube * ((6.0 * r * r + h * h) / 12.0 + centre * centre)
        + filling * ((3.0 * r * r + depth * depth) / 12.0 + (filling_z - centre) * (filling_z - centre));
    rp::MassProperties::new(DVec3::new(0.0, 0.0, centre), canister.mass_kg, DVec3::new(across, across, upright))
}

/// A thing beside the canister.
#[derive(Clone, Debug)]
pub(super) struct Distractor {
    pub(super) name: &'static str,
    pub(super) parts: Vec<Part>,
    pub(super) pose: Pose,
    pub(super) mass_kg: f64,
}

/// The distractors of `scene`: each has its own random stream, so that one more changes none of the others. They keep
/// clear of the canister, of the hand's way, of the left arm and of each other; where no place is left there are fewer.
pub(super) fn distractors(scene: &Scene, path: &Path) -> Vec<Distractor> {
    let key = StreamKey::new(scene.distractor_seed, "tabletop");
    let mut placed: Vec<(DVec3, f64)> = vec![(scene.canister_at, scene.canister.radius_m)];
    let mut out = Vec::new();
    for at in 0..scene.distractor_count {
        let mut stream = key.stream("distractor", u64::from(at));
        let kind = stream.next_below(4);
        let Clutter { name, parts, middle_m, radius_m, mass_kg } = clutter::of(kind, &mut stream);
        let yaw = (stream.next_unit() - 0.5) * core::f64::consts::TAU;
        for _ in 0..200 {
            let spot = DVec3::new(0.12 + 0.54 * stream.next_unit(), -0.45 + 0.90 * stream.next_unit(), 0.0);
            if !is_free(spot, radius_m, &placed, (path, scene.distractors_m)) {
                continue;
            }
            placed.push((spot, radius_m));
            let rotation = DQuat::from_mat3(&turn(2, yaw)).normalize();
            let pose = Pose { position: spot + DVec3::Z * middle_m, rotation };
            out.push(Distractor { name, parts, pose, mass_kg });
            break;
        }
    }
    out
}

fn is_free(spot: DVec3, size_m: f64, placed: &[(DVec3, f64)], (path, [gap_m, spread_m]): (&Path, [f64; 2])) -> bool {
    let (from, to) = path.ends();
    let flat = |point: DVec3| DVec3::new(point.x, point.y, 0.0);
    let (from, to) = (flat(from), flat(to));
    let way = to - from;
    let share = ((spot - from).dot(way) / way.length_squared().max(1e-12)).clamp(0.0, 1.0);
    let off_m = spot.distance(from + way * share);
    let left_arm = spot.x < 0.39 + size_m && spot.y > 0.16 - size_m && spot.y < 0.40 + size_m;
    let right_arm = spot.x < from.x + size_m && spot.y < -0.02;
    !left_arm
        && !right_arm
        && off_m > gap_m + size_m
        && off_m <= spread_m
        && placed.iter().all(|(other, radius)| spot.distance(*other) > radius + size_m + 0.025)
}

/// Floor, back wall, a shelf and a bin beyond the table's far edge, in the world's frame.
pub(super) fn room() -> [(&'static str, Vec<Part>); 4] {
    let tiles = pattern(Surface::Tile, [[0.34, 0.34, 0.33], [0.18, 0.18, 0.18]], 0.45, 3);
    let plaster =
        Material { roughness: 0.9, ..pattern(Surface::Concrete, [[0.62, 0.62, 0.59], [0.54, 0.54, 0.52]], 0.5, 7) };
    let white = plain([0.55, 0.55, 0.54], 0.5);
    let floor = Part::new(boxed(3.0, 3.0, 0.02, 0.0), tiles, DVec3::new(1.0, 0.0, FLOOR_Z_M - 0.02));
    let wall = Part::new(boxed(0.03, 3.0, 1.6, 0.0), plaster, DVec3::new(2.1, 0.0, FLOOR_Z_M + 1.6));
    let mut shelf = vec![
        Part::new(boxed(0.18, 0.75, 0.015, 0.002), white, DVec3::new(1.75, 0.25, -0.42)).ghost(),
        Part::new(boxed(0.18, 0.75, 0.015, 0.002), white, DVec3::new(1.75, 0.25, -0.02)).ghost(),
        Part::new(boxed(0.18, 0.015, 0.36, 0.002), white, DVec3::new(1.75, -0.50, -0.38)).ghost(),
        Part::new(boxed(0.18, 0.015, 0.36, 0.002), white, DVec3::new(1.75, 1.00, -0.38)).ghost(),
    ];
    let boxes = [
        (0.05, 0.12, 0.10, [0.16, 0.24, 0.36]),
        (0.42, 0.14, 0.13, [0.42, 0.30, 0.17]),
        (0.74, 0.10, 0.09, [0.16, 0.30, 0.20]),
        (-0.28, 0.09, 0.11, [0.40, 0.38, 0.34]),
    ];
    for (y, half_y, half_z, colour) in boxes {
        let place = DVec3::new(1.72, y, -0.405 + half_z);
        shelf.push(Part::new(boxed(0.12, half_y, half_z, 0.008), plain(colour, 0.7), place).ghost());
    }
    [("floor", vec![floor]), ("wall", vec![wall]), ("shelf", shelf), ("bin", bin())]
}

/// An open bin of blue-grey plastic on the floor.
fn bin() -> Vec<Part> {
    let plastic = plain([0.22, 0.30, 0.40], 0.4);
    let middle = DVec3::new(1.12, 0.42, FLOOR_Z_M + 0.2);
    let side = |x: f64, y: f64, half_x: f64, half_y: f64| {
        Part::new(boxed(half_x, half_y, 0.2, 0.006), plastic, middle + DVec3::new(x, y, 0.0)).ghost()
    };
    let floor = Part::new(boxed(0.19, 0.27, 0.008, 0.0), plastic, middle - DVec3::Z * 0.19).ghost();
    vec![
        side(0.2, 0.0, 0.01, 0.28),
        side(-0.2, 0.0, 0.01, 0.28),
        side(0.0, 0.28, 0.2, 0.01),
        side(0.0, -0.28, 0.2, 0.01),
        floor,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fill_moves_the_centre_of_mass_as_computed_by_hand() {
        let mut shape = Canister { mass_kg: 0.4, radius_m: 0.04, height_m: 0.2, fill: 1.0, friction: 0.4 };
        assert!(canister_mass(&shape).local_com.length() < 1e-15, "full: the middle");
        shape.fill = 0.0;
        let empty = canister_mass(&shape);
        assert!(empty.local_com.length() < 1e-15, "empty: the middle");
        // A thin tube: m (6 r² + h²) / 12.
        let expected = 0.4 * (6.0 * 0.0016 + 0.04) / 12.0;
        assert!((1.0 / empty.inv_principal_inertia.x - expected).abs() < 1e-12);
        shape.fill = 0.5;
        // Filling 0.24 kg at −0.05 m, tube 0.16 kg at 0.
        assert!((canister_mass(&shape).local_com.z + 0.03).abs() < 1e-12);
    }
}
