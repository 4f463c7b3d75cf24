//! What stands beside the road: verges, kerbs, rails, houses, trees, hills, and the sun where it is low.
//!
//! Nothing here is perceived by the ego; rails and kerbs may be touched.

use std::sync::Arc;

use glam::{DQuat, DVec3};

use super::foliage;
use super::layout::{FROM_M, Place, TO_M, slab};
use crate::base::{Pose, Stream, StreamKey};
use crate::world::body::{Part, boxed, cylinder, metal, pattern, plain};
use crate::world::snapshot::{Material, Shape, Surface};

/// A name, whether it may be touched, and its parts.
type Thing = (&'static str, bool, Vec<Part>);

/// The sun shows as a disc below this height above the horizon, in degrees; its distance in metres.
const LOW_SUN_DEG: f64 = 30.0;
const SUN_M: f64 = 20_000.0;
/// Half the angle of the sun with the air's glow close round it, which no camera tells apart, in rad.
const SUN_RAD: f64 = 0.014;
/// How bright its disc is, as a multiple of a white surface in full sun.
const SUN_GLOW: f32 = 60.0;

/// Everything beside the road of `place`.
pub(super) fn all(place: &Place) -> Vec<Thing> {
    let mut stream = StreamKey::new(place.seed, "road").stream("scenery", 0);
    let mut things = vec![("verge", false, verge(place)), ("hills", false, hills(place, &mut stream))];
    if place.motorway {
        things.push(("rails", true, rails(place)));
        things.push(("trees", false, motorway_trees(place, &mut stream)));
        let mut apart = StreamKey::new(place.seed, "road").stream("growth", 0);
        things.push(("bushes", false, bushes(place, &mut apart)));
        things.push(("signs", false, signs(place, &mut apart)));
    } else {
        things.push(("pavement", false, pavement(place)));
        things.push(("houses", false, houses(place, &mut stream)));
        things.push(("trees", false, street_trees(place, &mut stream).0));
    }
    if let Some(crossing) = place.crossing_m {
        things.push(("crossing_signs", false, crossing_signs(place, crossing)));
    }
    if place.sun.z < libm::sin(LOW_SUN_DEG.to_radians()) {
        let disc = Shape::Sphere { radius: SUN_M * SUN_RAD };
        let shining = Material { glow: SUN_GLOW, ..plain([1.0, 0.87, 0.63], 1.0) };
        things.push(("sun", false, vec![Part::new(disc, shining, place.sun * SUN_M)]));
    }
    things
}

fn grass(dry: f32) -> Material {
    let mix = |green: f32, straw: f32| green + (straw - green) * dry;
    let colour = [mix(0.07, 0.34), mix(0.11, 0.25), mix(0.03, 0.11)];
    let second = [mix(0.13, 0.24), mix(0.16, 0.17), mix(0.05, 0.07)];
    Material { roughness: 1.0, ..pattern(Surface::Concrete, [colour, second], 1.6, 21) }
}

fn verge(place: &Place) -> Vec<Part> {
    let earth = grass(if place.motorway { 0.85 } else { 0.2 });
    let gravel =
        Material { roughness: 1.0, ..pattern(Surface::Concrete, [[0.30, 0.27, 0.22], [0.22, 0.20, 0.17]], 0.5, 22) };
    let mut parts = vec![slab([FROM_M, 2400.0], [-500.0, 500.0], -0.06, earth)];
    if place.motorway {
        let [right, left] = place.edges_m;
        parts.push(slab([FROM_M, TO_M], [right - 1.6, right], -0.02, gravel));
        parts.push(slab([FROM_M, TO_M], [left, left + 1.0], -0.02, gravel));
    }
    parts
}

/// Hills: the tops of balls, larger and paler the farther they are.
fn hills(place: &Place, stream: &mut Stream) -> Vec<Part> {
    let mut parts = Vec::new();
    let count = if place.motorway { 15 } else { 7 };
    for at in 0..count {
        let side = if at % 2 == 0 { 1.0 } else { -1.0 };
        let far = 500.0 + 130.0 * f64::from(at) + 120.0 * stream.next_unit();
        let radius = 500.0 + 700.0 * stream.next_unit();
        let rises = 22.0 + 0.026 * far * (0.5 + stream.next_unit());
        let beside = side * (60.0 + 0.5 * far * stream.next_unit());
        // Air between makes what is far bluer and paler.
        let haze = ((far - 250.0) / 2400.0).clamp(0.0, 0.85) as f32;
        let toward = |near: f32, sky: f32| near + (sky - near) * haze;
        let dry = stream.next_unit() as f32;
        let colour =
            [toward(0.10 + 0.14 * dry, 0.30), toward(0.12 + 0.07 * dry, 0.42), toward(0.05 + 0.02 * dry, 0.56)];
        let second = colour.map(|channel| channel * 0.8);
        let material =
            Material { roughness: 1.0, ..pattern(Surface::Concrete, [colour, second], 14.0, 30 + at as u32) };
        let middle = DVec3::new(far, beside, rises - radius);
        parts.push(Part::new(Shape::Sphere { radius }, material, middle));
    }
    parts
}

/// A guard rail right of the road, a wall in the middle, a bank on the right.
fn rails(place: &Place) -> Vec<Part> {
    let [right, left] = place.edges_m;
    let steel = Material { roughness: 0.5, ..metal([0.42, 0.43, 0.43], 0.5) };
    let concrete =
        Material { roughness: 0.95, ..pattern(Surface::Concrete, [[0.44, 0.43, 0.40], [0.34, 0.33, 0.31]], 0.7, 9) };
    let middle_x = 0.5 * (FROM_M + TO_M);
    let half_x = 0.5 * (TO_M - FROM_M);
    let mut parts = Vec::new();
    for stretch in place.stretches(FROM_M, TO_M) {
        let (x, half) = (0.5 * (stretch[0] + stretch[1]), 0.5 * (stretch[1] - stretch[0]));
        let at = |material: Material| place.shaded(material, x);
        parts.push(Part::new(boxed(half, 0.04, 0.15, 0.03), at(steel), DVec3::new(x, right - 0.35, 0.62)));
    }
    for (y, high) in [(left + 1.7, 0.40), (left + 1.7, 0.20)] {
        let wide = if high > 0.3 { 0.11 } else { 0.26 };
        parts.push(Part::new(boxed(half_x, wide, high, 0.0), concrete, DVec3::new(middle_x, y, high)));
    }
    for post in 0..60 {
        let x = FROM_M + 6.0 * f64::from(post);
        let material = place.shaded(steel, x);
        parts.push(Part::new(boxed(0.05, 0.05, 0.36, 0.0), material, DVec3::new(x, right - 0.45, 0.36)).ghost());
    }
    // A bank that rises from the road: a slab turned about x.
    let (sine, cosine) = libm::sincos(-0.5 * 0.30);
    let turned = DQuat::from_xyzw(sine, 0.0, 0.0, cosine);
    let middle = DVec3::new(middle_x + 40.0, right - 4.0 - 13.0 * 0.955, 13.0 * 0.2955 - 0.3);
    let bank = Part::new(boxed(half_x, 13.0, 0.3, 0.0), grass(0.95), DVec3::ZERO).ghost();
    parts.push(Part { at: Pose { position: middle, rotation: turned }, ..bank });
    parts
}

/// A tree: a trunk under a crown of its own kind.
fn tree((x, y, z): (f64, f64, f64), stream: &mut Stream) -> Vec<Part> {
    let bark = plain([0.10, 0.075, 0.05], 0.95);
    let (top, high_m) = leaves((x, y, z), stream);
    let trunk = Shape::Cone { bottom: 0.035 * high_m, top: 0.015 * high_m, half_height: 0.25 * high_m };
    vec![Part::new(trunk, bark, DVec3::new(x, y, z + 0.25 * high_m)), top]
}

/// A bush on the ground at `at`: a crown of which the share `sunk` is below it.
fn bush(at: (f64, f64, f64), sunk: f64, stream: &mut Stream) -> Part {
    let (top, high_m) = leaves(at, stream);
    top.shifted(DVec3::NEG_Z * (sunk * high_m))
}

/// The leaves of a tree whose foot is at (x, y, z), and how high it is in metres.
fn leaves((x, y, z): (f64, f64, f64), stream: &mut Stream) -> (Part, f64) {
    let tone = 0.75 + 0.5 * stream.next_unit() as f32;
    let leaves = [0.066 * tone, 0.088 * tone, 0.030 * tone];
    let seed = stream.next_below(1000) as u32;
    let dark = leaves.map(|channel| 0.4 * channel);
    let leaves = Material { roughness: 1.0, ..pattern(Surface::Concrete, [leaves, dark], 0.35, seed) };
    let crown = foliage::crown(stream.next_below(foliage::KINDS as u64) as usize);
    // Turned, so that two of a kind do not look alike.
    let (sine, cosine) = libm::sincos(core::f64::consts::PI * stream.next_unit());
    let turned = Pose { position: DVec3::new(x, y, z), rotation: DQuat::from_xyzw(0.0, 0.0, sine, cosine) };
    let top = Part { at: turned, ..Part::new(Shape::Mesh(Arc::clone(&crown.mesh)), leaves, DVec3::ZERO) };
    (top, crown.high_m)
}

fn motorway_trees(place: &Place, stream: &mut Stream) -> Vec<Part> {
    let mut parts = Vec::new();
    let [right, _] = place.edges_m;
    for at in 0..60 {
        let x = 30.0 + 9.5 * f64::from(at) + 16.0 * stream.next_unit();
        if at % 2 == 0 {
            let up = 10.0 + 14.0 * stream.next_unit();
            parts.extend(tree((x, right - 4.0 - up, up * 0.29 - 0.4), stream));
        } else {
            let y = place.opposite_m() + 3.0 * place.lane_m + 8.0 + 22.0 * stream.next_unit();
            parts.extend(tree((x, y, -0.2), stream));
        }
    }
    parts
}

/// Bushes on the bank and in the median, and a belt of trees beyond the other carriageway.
fn bushes(place: &Place, stream: &mut Stream) -> Vec<Part> {
    let mut parts = Vec::new();
    let [right, left] = place.edges_m;
    for at in 0..36 {
        let x = 18.0 + 15.0 * f64::from(at) + 20.0 * stream.next_unit();
        let up = 7.0 + 17.0 * stream.next_unit();
        let sunk = 0.5 + 0.25 * stream.next_unit();
        parts.push(bush((x, right - 4.0 - up, up * 0.29 - 0.4), sunk, stream));
        if at % 4 == 0 {
            parts.push(bush((x + 40.0, left + 2.6, 0.0), 0.78, stream));
        }
    }
    for at in 0..44 {
        let x = 90.0 + 11.0 * f64::from(at) + 9.0 * stream.next_unit();
        let y = place.opposite_m() + 3.0 * place.lane_m + 26.0 + 26.0 * stream.next_unit();
        parts.push(bush((x, y, 0.0), 0.25, stream));
    }
    parts
}

/// Signs on posts right of the road: green boards, white plates and a yellow lozenge. They mean nothing to anybody here.
fn signs(place: &Place, stream: &mut Stream) -> Vec<Part> {
    let post = metal([0.34, 0.35, 0.35], 0.5);
    let [green, white, yellow] =
        [[0.008, 0.13, 0.065], [0.62, 0.62, 0.60], [0.75, 0.42, 0.01]].map(|colour| plain(colour, 0.45));
    let y = place.edges_m[0] - 2.2;
    let mut parts = Vec::new();
    for at in 0..5 {
        let x = 45.0 + 85.0 * f64::from(at) + 50.0 * stream.next_unit();
        let plate = |half: [f64; 2], z: f64, material| {
            Part::new(boxed(0.012, half[0], half[1], 0.02), material, DVec3::new(x - 0.06, y, z))
        };
        parts.push(Part::new(cylinder(0.045, 1.5, 0.0), post, DVec3::new(x, y, 1.5)));
        match stream.next_below(3) {
            0 => parts
                .extend([plate([1.1, 0.6], 2.9, white), plate([1.06, 0.56], 2.9, green).shifted(DVec3::NEG_X * 0.01)]),
            1 => parts.push(plate([0.32, 0.40], 2.5, white)),
            _ => {
                let (sine, cosine) = libm::sincos(core::f64::consts::FRAC_PI_8);
                let mut lozenge = plate([0.45, 0.45], 2.6, yellow);
                lozenge.at.rotation = DQuat::from_xyzw(sine, 0.0, 0.0, cosine);
                parts.push(lozenge);
            }
        }
    }
    parts
}

/// Kerbs and pavements on both sides.
fn pavement(place: &Place) -> Vec<Part> {
    let flags =
        Material { roughness: 0.9, ..pattern(Surface::Tile, [[0.36, 0.35, 0.33], [0.22, 0.22, 0.21]], 0.5, 12) };
    let kerb =
        Material { roughness: 0.9, ..pattern(Surface::Concrete, [[0.42, 0.42, 0.40], [0.32, 0.32, 0.31]], 0.5, 13) };
    let [right, left] = place.edges_m;
    let along = [FROM_M, 420.0];
    vec![
        slab(along, [right - 0.15, right], 0.035, kerb),
        slab(along, [left, left + 0.15], 0.035, kerb),
        slab(along, [right - 3.0, right - 0.15], 0.03, flags).ghost(),
        slab(along, [left + 0.15, left + 3.0], 0.03, flags).ghost(),
    ]
}

/// A post with a blue sign on either kerb before the crossing between `from` and `to`.
fn crossing_signs(place: &Place, [from, to]: [f64; 2]) -> Vec<Part> {
    let post = metal([0.30, 0.31, 0.31], 0.5);
    let [blue, white] = [[0.010, 0.060, 0.30], [0.70, 0.70, 0.68]].map(|colour| plain(colour, 0.5));
    let [right, left] = place.edges_m;
    // The left one is read from the other side.
    let mut parts = Vec::new();
    for (y, x, toward) in [(right - 0.5, from - 0.4, -1.0), (left + 0.5, to + 0.4, 1.0)] {
        let plate = |half_m: f64, thick_m: f64, material: Material| {
            Part::new(boxed(thick_m, half_m, half_m, 0.0), material, DVec3::new(x + toward * 0.05, y, 2.45))
        };
        parts.push(Part::new(cylinder(0.035, 1.4, 0.0), post, DVec3::new(x, y, 1.4)));
        parts.extend([plate(0.32, 0.012, blue), plate(0.16, 0.016, white)]);
    }
    parts
}

/// A row of houses on either side.
fn houses(place: &Place, stream: &mut Stream) -> Vec<Part> {
    const WALLS: [[f32; 3]; 5] =
        [[0.55, 0.46, 0.33], [0.58, 0.56, 0.52], [0.34, 0.17, 0.12], [0.46, 0.43, 0.40], [0.60, 0.52, 0.42]];
    let mut parts = Vec::new();
    for side in [1.0, -1.0] {
        let edge = if side > 0.0 { place.edges_m[1] + 3.0 } else { place.edges_m[0] - 3.0 };
        let mut x = -40.0;
        while x < 230.0 {
            let (wide, floors) = (9.0 + 7.0 * stream.next_unit(), 2 + stream.next_below(3));
            let wall = WALLS.get(stream.next_below(5) as usize).copied().unwrap_or([0.5; 3]);
            let set_back = if stream.next_below(4) == 0 { 2.5 } else { 0.0 };
            house(&mut parts, (x + 0.5 * wide, edge + side * set_back, side), (wide, floors as f64), wall);
            x += wide + if stream.next_below(5) == 0 { 7.0 } else { 0.0 };
        }
    }
    parts
}

/// A house whose front, towards the road, stands at `y`.
fn house(parts: &mut Vec<Part>, (x, y, side): (f64, f64, f64), (wide, floors): (f64, f64), wall: [f32; 3]) {
    let high = 3.1 * floors + 0.6;
    let deep = 9.0;
    let plaster =
        Material { roughness: 0.95, ..pattern(Surface::Concrete, [wall, wall.map(|channel| 0.8 * channel)], 1.2, 14) };
    let glass = Material { metallic: 0.3, ..plain([0.03, 0.036, 0.045], 0.08) };
    let tiles =
        Material { roughness: 0.9, ..pattern(Surface::Concrete, [[0.20, 0.09, 0.06], [0.13, 0.07, 0.05]], 0.4, 15) };
    let middle = |z: f64| DVec3::new(x, y + side * 0.5 * deep, z);
    parts.push(Part::new(boxed(0.5 * wide - 0.02, 0.5 * deep, 0.5 * high, 0.0), plaster, middle(0.5 * high)));
    parts.push(Part::new(boxed(0.5 * wide + 0.1, 0.5 * deep + 0.35, 0.15, 0.0), tiles, middle(high + 0.1)));
    let columns = (wide / 2.6) as usize;
    for floor in 0..floors as usize {
        for column in 0..columns {
            let along = x + ((column as f64 + 0.5) / columns as f64 - 0.5) * (wide - 0.8);
            let pane = boxed(0.5, 0.03, if floor == 0 { 0.95 } else { 0.72 }, 0.0);
            parts.push(Part::new(pane, glass, DVec3::new(along, y - side * 0.01, 1.6 + 3.1 * floor as f64)));
        }
    }
}

/// The rows of trees and posts on both sides, and where the heads of the posts are.
fn street_trees(place: &Place, stream: &mut Stream) -> (Vec<Part>, Vec<DVec3>) {
    let (mut parts, mut heads) = (Vec::new(), Vec::new());
    for (y, from) in [(place.edges_m[0] - 0.9, 4.0), (place.edges_m[1] + 0.9, 14.0)] {
        for at in 0..9 {
            let x = from + 24.0 * f64::from(at) + 5.0 * stream.next_unit();
            parts.extend(tree((x, y, 0.1), stream));
            let (post, head) = (metal([0.16, 0.17, 0.17], 0.5), DVec3::new(x + 11.0, y, 6.0));
            parts.push(Part::new(cylinder(0.06, 3.0, 0.0), post, head - DVec3::Z * 3.0));
            parts.push(Part::new(boxed(0.12, 0.30, 0.05, 0.03), post, head));
            heads.push(head);
        }
    }
    (parts, heads)
}

/// Where the heads of the street's lamp posts are; a motorway has none.
pub(super) fn street_lamps(place: &Place) -> Vec<DVec3> {
    if place.motorway {
        return Vec::new();
    }
    // The same chance as in `all`, in which hills and houses come first.
    let mut stream = StreamKey::new(place.seed, "road").stream("scenery", 0);
    let _before = (hills(place, &mut stream), houses(place, &mut stream));
    street_trees(place, &mut stream).1
}
