//! How somebody on a bicycle looks, and how its wheels, cranks and legs turn with the way gone and all of it leans.
//!
//! What is touched is a narrow body under a wider one: who loses the balance falls over. Handlebars that turn are left out.

use std::sync::{Arc, OnceLock};

use glam::{DQuat, DVec2, DVec3};

use super::looks::{clothes, rubber, skin};
use super::points;
use super::walker::about_y;
use crate::base::{Pose, Stream};
use crate::world::body::{Part, boxed, cylinder, metal, plain};
use crate::world::engine::Engine;
use crate::world::skeleton::{Knot, On};
use crate::world::snapshot::{Mesh, Shape};

/// Radius of a wheel with its tyre (28 inch), and where the axles are.
const WHEEL_M: f64 = 0.345;
const AXLES_M: [f64; 2] = [0.52, -0.52];
/// Spokes that are seen of a wheel: bars from rim to rim.
const BARS: u32 = 5;
/// Where the cranks turn, how long they are, how far either pedal stands off the middle and half its width, and the way of one turn
/// of the cranks.
const CRANKS_AT_M: DVec2 = DVec2::new(-0.06, 0.29);
const CRANK_M: f64 = 0.17;
const PEDAL_Y_M: f64 = 0.11;
const PEDAL_HALF_M: f64 = 0.045;
const TURN_M: f64 = 5.2;
/// Half the width of a hub.
const HUB_HALF_M: f64 = 0.045;
/// Middle and half the width of the handlebar, middle and half the length of the saddle, and of the lamp behind.
const BAR_AT_M: DVec3 = DVec3::new(0.42, 0.0, 1.03);
const BAR_HALF_M: f64 = 0.27;
const SADDLE_AT_M: DVec3 = DVec3::new(-0.20, 0.0, 0.935);
const SADDLE_HALF_M: f64 = 0.12;
const LAMP_AT_M: DVec3 = DVec3::new(-0.68, 0.0, 0.70);
const LAMP_HALF_M: f64 = 0.015;
/// Where the hips are, and how long thigh and shank.
const HIP_M: DVec2 = DVec2::new(-0.20, 0.98);
const THIGH_M: f64 = 0.44;
const SHANK_M: f64 = 0.44;
/// From pedal to ankle.
const ANKLE_M: f64 = 0.08;

/// How a part moves.
#[derive(Clone, Copy, Debug)]
enum Moves {
    Rests(Pose),
    /// Part of the wheel with its axle at `x`, turned by `angle` about it; `lies` where its shape stands along z.
    Rolls {
        x: f64,
        angle: f64,
        lies: bool,
    },
    /// A crank or a pedal, on the left (1) or right (−1).
    Crank(f64),
    Pedal(f64),
    Thigh(f64),
    Shank(f64),
    Shoe(f64),
}

/// The parts of a bicycle with its rider, and how they move.
#[derive(Debug)]
pub(super) struct Bicycle {
    moves: Vec<(usize, Moves)>,
}

/// Collects parts with their movements.
struct Making {
    parts: Vec<Part>,
    moves: Vec<(usize, Moves)>,
}

impl Making {
    fn add(&mut self, part: Part, moves: Moves) {
        self.moves.push((self.parts.len(), moves));
        self.parts.push(Part { at: pose(moves, 0.0), ..part.ghost() });
    }

    /// A part that rests where it is.
    fn rests(&mut self, part: Part) {
        let at = part.at;
        self.add(part, Moves::Rests(at));
    }
}

/// Somebody on a bicycle: parts in the body's frame, and how they move.
pub(super) fn made(stream: &mut Stream) -> (Vec<Part>, Bicycle) {
    let clothes = clothes(stream);
    let mut making = Making { parts: solid(), moves: Vec::new() };
    wheels(&mut making);
    frame(&mut making);
    person(&mut making, clothes);
    let Making { parts, moves } = making;
    (parts, Bicycle { moves })
}

/// What is touched, unseen: the rider, who has the mass, above the bicycle.
fn solid() -> Vec<Part> {
    let at = |x: f64, z: f64| DVec3::new(x, 0.0, z);
    let any = plain([0.1; 3], 0.5);
    vec![
        Part::new(boxed(0.30, 0.22, 0.36, 0.0), any, at(0.02, 1.34)).hidden(),
        Part::new(boxed(0.86, 0.04, 0.47, 0.0), any, at(0.0, 0.48)).hidden(),
        Part::new(boxed(0.03, 0.28, 0.04, 0.0), any, at(0.40, 1.02)).hidden(),
    ]
}

fn wheels(making: &mut Making) {
    let at = DVec3::ZERO;
    let steel = metal([0.45, 0.46, 0.47], 0.35);
    for x in AXLES_M {
        let rolls = |angle: f64, lies: bool| Moves::Rolls { x, angle, lies };
        making.add(Part::new(Shape::Mesh(Arc::clone(ring())), rubber(), at), rolls(0.0, false));
        making.add(Part::new(cylinder(0.03, HUB_HALF_M, 0.0), steel, at), rolls(0.0, true));
        for bar in 0..BARS {
            let angle = core::f64::consts::PI * f64::from(bar) / f64::from(BARS);
            // One of them with reflectors: the wheel's turning is seen by it.
            let (half_m, material) = if bar == 0 { (0.008, plain([0.75, 0.45, 0.08], 0.3)) } else { (0.0035, steel) };
            making.add(Part::new(boxed(half_m, half_m, 0.93 * WHEEL_M, 0.0), material, at), rolls(angle, false));
        }
    }
}

fn frame(making: &mut Making) {
    let paint = plain([0.05, 0.16, 0.22], 0.3);
    let steel = metal([0.45, 0.46, 0.47], 0.35);
    let cranks = CRANKS_AT_M.to_array();
    let tubes = [
        ([0.52, WHEEL_M], [0.40, 0.98], 0.016),
        ([0.405, 0.88], [-0.17, 0.80], 0.019),
        ([0.415, 0.76], cranks, 0.021),
        ([-0.21, 0.92], cranks, 0.018),
        ([-0.52, WHEEL_M], cranks, 0.014),
        ([-0.52, WHEEL_M], [-0.18, 0.80], 0.012),
    ];
    for (from, to, radius) in tubes {
        making.rests(tube((from, to), 0.0, radius, paint));
    }
    making.rests(Part::new(boxed(0.02, BAR_HALF_M, 0.015, 0.01), rubber(), BAR_AT_M));
    making.rests(Part::new(boxed(SADDLE_HALF_M, 0.07, 0.03, 0.02), rubber(), SADDLE_AT_M));
    // A carrier with a lamp behind.
    making.rests(Part::new(boxed(0.17, 0.06, 0.008, 0.0), steel, DVec3::new(-0.50, 0.0, 0.73)));
    let red = plain([0.50, 0.02, 0.015], 0.3);
    making.rests(Part::new(boxed(LAMP_HALF_M, 0.03, 0.025, 0.01), red, LAMP_AT_M));
    for side in [1.0, -1.0] {
        making.add(Part::new(boxed(0.012, 0.012, 0.5 * CRANK_M, 0.0), steel, DVec3::ZERO), Moves::Crank(side));
        making.add(Part::new(boxed(0.045, PEDAL_HALF_M, 0.012, 0.0), rubber(), DVec3::ZERO), Moves::Pedal(side));
    }
}

fn person(making: &mut Making, [top, legs]: [crate::world::snapshot::Material; 2]) {
    let capsule = |radius: f64, half_height: f64| Shape::Capsule { radius, half_height };
    let ghost = |shape: Shape, material, x: f64, z: f64| Part::new(shape, material, DVec3::new(x, 0.0, z));
    // Hips, and a back that is wider than deep.
    making.rests(ghost(boxed(0.11, 0.165, 0.10, 0.09), legs, HIP_M.x + 0.01, HIP_M.y + 0.03));
    let back = boxed(0.105, 0.185, 0.28, 0.10);
    making.rests(Part { at: between([-0.17, 1.06], [0.15, 1.46], 0.0), ..Part::new(back, top, DVec3::ZERO) });
    making.rests(tube(([0.15, 1.46], [0.22, 1.58]), 0.0, 0.05, skin()));
    making.rests(ghost(capsule(0.088, 0.035), skin(), 0.27, 1.645));
    let helmet = plain([0.55, 0.55, 0.54], 0.3);
    making.rests(ghost(boxed(0.135, 0.10, 0.065, 0.06), helmet, 0.25, 1.735));
    for side in [1.0, -1.0] {
        making.rests(tube(([0.13, 1.43], [0.26, 1.20]), 0.22 * side, 0.048, top));
        making.rests(tube(([0.26, 1.20], [0.41, 1.07]), 0.23 * side, 0.040, skin()));
        making.rests(Part::new(Shape::Sphere { radius: 0.045 }, skin(), DVec3::new(0.42, 0.23 * side, 1.06)));
        making.add(Part::new(capsule(0.075, 0.5 * THIGH_M - 0.03), legs, DVec3::ZERO), Moves::Thigh(side));
        making.add(Part::new(capsule(0.052, 0.5 * SHANK_M - 0.02), legs, DVec3::ZERO), Moves::Shank(side));
        let shoe = plain([0.03, 0.03, 0.032], 0.5);
        making.add(Part::new(boxed(0.13, 0.045, 0.035, 0.03), shoe, DVec3::ZERO), Moves::Shoe(side));
    }
}

impl Bicycle {
    /// The part that moves as `is` says; the first of several.
    fn part(&self, is: impl Fn(Moves) -> bool) -> usize {
        self.moves.iter().find(|(_, moves)| is(*moves)).map_or(0, |(part, _)| *part)
    }

    /// The joints of its rider, then the bicycle's own points: all but the hubs on its surface.
    pub(super) fn points(&self) -> Vec<Knot> {
        let find = |is: &dyn Fn(Moves) -> bool| self.part(is);
        let leg = |side: f64| {
            [
                find(&|moves| matches!(moves, Moves::Thigh(of) if of == side)),
                find(&|moves| matches!(moves, Moves::Shank(of) if of == side)),
            ]
        };
        let rests = self.moves.iter().find_map(|(part, moves)| match moves {
            Moves::Rests(pose) => Some((*part, pose.inverse())),
            _ => None,
        });
        let Some((part, rests_from_body)) = rests else { return Vec::new() };
        let mut all = points::cyclist((part, &rests_from_body), [leg(1.0), leg(-1.0)], [THIGH_M, SHANK_M]);
        self.own_points(&mut all, |at| (On::Part(part), rests_from_body.point(at)));
        all
    }

    /// Adds the points of the bicycle itself to those of its rider; `still` tells a place in its frame that rests.
    fn own_points(&self, all: &mut Vec<Knot>, still: impl Fn(DVec3) -> (On, DVec3)) {
        let hub = |axle_m: f64| {
            let is = |moves| matches!(moves, Moves::Rolls { x, lies: true, .. } if x == axle_m);
            (On::Part(self.part(is)), DVec3::ZERO)
        };
        let pedal = |side: f64| {
            let is = |moves| matches!(moves, Moves::Pedal(of) if of == side);
            (On::Part(self.part(is)), DVec3::Y * (side * PEDAL_HALF_M))
        };
        let grip = |side: f64| still(BAR_AT_M + DVec3::Y * (side * BAR_HALF_M));
        let [front_m, rear_m] = AXLES_M;
        let first = all.len();
        for (name, place, inside_m, joined) in [
            ("rear_wheel", hub(rear_m), HUB_HALF_M, None),
            ("front_wheel", hub(front_m), HUB_HALF_M, Some(0)),
            ("saddle", still(SADDLE_AT_M - DVec3::X * SADDLE_HALF_M), 0.0, Some(0)),
            ("left_handlebar", grip(1.0), 0.0, Some(1)),
            ("right_handlebar", grip(-1.0), 0.0, Some(1)),
            ("left_pedal", pedal(1.0), 0.0, Some(0)),
            ("right_pedal", pedal(-1.0), 0.0, Some(0)),
            ("rear_light", still(LAMP_AT_M - DVec3::X * LAMP_HALF_M), 0.0, Some(2)),
        ] {
            all.push(Knot::new(name, place, inside_m, joined.map(|at: usize| first + at)));
        }
    }

    /// Turns its parts to where they are after `gone_m` metres, leaning `lean_rad` to the left.
    pub(super) fn show(&self, engine: &mut Engine, thing: usize, (gone_m, lean_rad): (f64, f64)) {
        let (sine, cosine) = libm::sincos(-0.5 * lean_rad);
        let leans = Pose { position: DVec3::ZERO, rotation: DQuat::from_xyzw(sine, 0.0, 0.0, cosine) };
        for (part, moves) in &self.moves {
            if let Some(part) = engine.part_mut(thing, *part) {
                part.at = leans.then(&pose(*moves, gone_m));
            }
        }
    }
}

/// Where a part is after `gone_m` metres, upright.
fn pose(moves: Moves, gone_m: f64) -> Pose {
    let in_plane = |at: DVec2, y: f64| DVec3::new(at.x, y, at.y);
    match moves {
        Moves::Rests(pose) => pose,
        Moves::Rolls { x, angle, lies } => {
            // What stands along z lies along y.
            const LYING: DQuat =
                DQuat::from_xyzw(core::f64::consts::FRAC_1_SQRT_2, 0.0, 0.0, core::f64::consts::FRAC_1_SQRT_2);
            let rolled = about_y(gone_m / WHEEL_M + angle);
            let rotation = if lies { rolled * LYING } else { rolled };
            Pose { position: DVec3::new(x, 0.0, WHEEL_M), rotation }
        }
        Moves::Crank(side) => {
            let pedal = pedal(side, gone_m);
            between(CRANKS_AT_M.to_array(), pedal.to_array(), 0.7 * PEDAL_Y_M * side)
        }
        Moves::Pedal(side) => Pose::at(in_plane(pedal(side, gone_m), PEDAL_Y_M * side)),
        Moves::Thigh(side) => between(HIP_M.to_array(), leg(side, gone_m).0.to_array(), 0.095 * side),
        Moves::Shank(side) => {
            let (knee, ankle) = leg(side, gone_m);
            between(knee.to_array(), ankle.to_array(), 0.10 * side)
        }
        Moves::Shoe(side) => Pose::at(in_plane(pedal(side, gone_m) + DVec2::new(0.03, 0.045), PEDAL_Y_M * side)),
    }
}

/// Where a pedal is in the plane of the wheels.
fn pedal(side: f64, gone_m: f64) -> DVec2 {
    // Clockwise as seen from the right: forward over the top.
    let (sine, cosine) = libm::sincos(core::f64::consts::TAU * gone_m / TURN_M);
    CRANKS_AT_M + side * CRANK_M * DVec2::new(sine, cosine)
}

/// Knee and ankle of a leg whose foot is on its pedal: the two circles' crossing that is ahead.
fn leg(side: f64, gone_m: f64) -> (DVec2, DVec2) {
    let ankle = pedal(side, gone_m) + DVec2::new(-0.03, ANKLE_M);
    let down = ankle - HIP_M;
    let long_m = down.length().clamp(0.05, THIGH_M + SHANK_M - 1e-3);
    let along_m = (THIGH_M * THIGH_M - SHANK_M * SHANK_M + long_m * long_m) / (2.0 * long_m);
    let out_m = libm::sqrt((THIGH_M * THIGH_M - along_m * along_m).max(0.0));
    let unit = down.normalize_or(DVec2::NEG_Y);
    (HIP_M + unit * along_m + unit.perp() * out_m, ankle)
}

/// The pose of what stands along z so that it lies from one point (x, z) to another, `y` off the middle.
fn between(from: [f64; 2], to: [f64; 2], y: f64) -> Pose {
    let (from, to) = (DVec2::from_array(from), DVec2::from_array(to));
    let (middle, along) = (0.5 * (from + to), to - from);
    Pose { position: DVec3::new(middle.x, y, middle.y), rotation: about_y(libm::atan2(along.x, along.y)) }
}

/// A capsule from one point (x, z) to another, `y` off the middle.
fn tube((from, to): ([f64; 2], [f64; 2]), y: f64, radius: f64, material: crate::world::snapshot::Material) -> Part {
    let half_height = 0.5 * DVec2::from_array(from).distance(DVec2::from_array(to));
    let shape = Shape::Capsule { radius, half_height };
    Part { at: between(from, to, y), ..Part::new(shape, material, DVec3::ZERO) }
}

/// A tyre on its rim, about y.
fn ring() -> &'static Arc<Mesh> {
    static RING: OnceLock<Arc<Mesh>> = OnceLock::new();
    RING.get_or_init(|| {
        const AROUND: u32 = 32;
        // Its cross-section: how far out, and how far to the left.
        const SECTION: [[f64; 2]; 5] =
            [[0.0, 0.0], [-0.012, 0.018], [-0.042, 0.012], [-0.042, -0.012], [-0.012, -0.018]];
        let corner = |step: u32| {
            let (sine, cosine) = libm::sincos(core::f64::consts::TAU * f64::from(step) / f64::from(AROUND));
            SECTION.map(|[out, y]| DVec3::new((WHEEL_M + out) * sine, y, (WHEEL_M + out) * cosine))
        };
        let corners: Vec<DVec3> = (0..AROUND).flat_map(corner).collect();
        let sides = SECTION.len() as u32;
        let faces = |step: u32| {
            let next = (step + 1) % AROUND;
            (0..sides).flat_map(move |side| {
                let (a, b) = (step * sides + side, step * sides + (side + 1) % sides);
                let (c, d) = (next * sides + side, next * sides + (side + 1) % sides);
                [[a, d, b], [a, c, d]]
            })
        };
        let triangles: Vec<[u32; 3]> = (0..AROUND).flat_map(faces).collect();
        Arc::new(Mesh::creased(&corners, &triangles, 0.9).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    #[test]
    fn wheels_roll_and_feet_stay_on_their_pedals() {
        for at in 0..60 {
            let gone_m = 0.11 * f64::from(at);
            for side in [1.0, -1.0] {
                let (knee, ankle) = leg(side, gone_m);
                assert!((knee.distance(HIP_M) - THIGH_M).abs() < 1e-9 && (knee.distance(ankle) - SHANK_M).abs() < 1e-9);
                assert!(knee.x > HIP_M.x + 0.1 && ankle.distance(pedal(side, gone_m)) < 0.1, "{gone_m}: {knee}");
            }
            assert!((pedal(1.0, gone_m).distance(pedal(-1.0, gone_m)) - 2.0 * CRANK_M).abs() < 1e-12);
        }
        // Rolling without sliding: after a quarter of its way round, what was on top is in front.
        let quarter_m = 0.25 * core::f64::consts::TAU * WHEEL_M;
        let Pose { rotation, .. } = pose(Moves::Rolls { x: 0.52, angle: 0.0, lies: false }, quarter_m);
        assert!((rotation * DVec3::Z).distance(DVec3::X) < 1e-12);
    }

    #[test]
    fn a_tyre_is_closed_and_faces_outwards() {
        let corner = |at: u32| DVec3::from(ring().vertices()[at as usize].position.map(f64::from));
        let volume: f64 =
            ring().triangles().iter().map(|face| face.map(corner)).map(|[a, b, c]| a.dot(b.cross(c)) / 6.0).sum();
        // Pappus: the area of the cross-section times the way of its middle.
        assert!((0.0018..0.0032).contains(&volume), "{volume} m³");
        assert!(ring().vertices().iter().all(|vertex| vertex.normal.iter().all(|n| n.is_finite())));
    }

    #[test]
    fn every_part_that_is_seen_moves_or_rests() {
        let (parts, bicycle) = made(&mut StreamKey::new(1, "road").stream("test", 0));
        let seen = parts.iter().filter(|part| part.seen).count();
        assert_eq!(seen, bicycle.moves.len());
        assert!(parts.iter().all(|part| part.seen != part.solid));
    }
}
