//! Where the named points of things come from: joints of robots and people, corners of boxes, ends of cylinders.
//!
//! A point is fixed to a body or to a part of one, so that it goes where the picture goes. Surfaces that bend have none.

use std::sync::Arc;

use glam::DVec3;
use rapier3d_f64::prelude as rp;

use super::body::Part;
use super::facts::Bones;
use super::rig::{Link, Rig};
use super::snapshot::Shape;
use crate::base::Pose;

/// A named point in the making.
#[derive(Clone, Debug)]
pub(super) struct Knot {
    pub(super) name: String,
    pub(super) on: On,
    /// In the frame of what it is on, in metres.
    pub(super) local: DVec3,
    /// How far below the surface it lies.
    pub(super) inside_m: f64,
    /// The earlier points that it is joined to.
    pub(super) joined: Vec<usize>,
}

/// What a point is fixed to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum On {
    /// A body of its thing.
    Body(rp::RigidBodyHandle),
    /// A part of its thing's first body, by number.
    Part(usize),
    /// The world.
    World,
}

/// A thing's points, made ready.
#[derive(Debug)]
pub(super) struct Knotted {
    pub(super) thing: usize,
    pub(super) bones: Arc<Bones>,
    pub(super) places: Vec<(On, DVec3)>,
}

impl Knot {
    /// A point on `on`, joined to the earlier point `joined`.
    pub(super) fn new(name: &str, (on, local): (On, DVec3), inside_m: f64, joined: Option<usize>) -> Self {
        Self { name: name.to_owned(), on, local, inside_m, joined: joined.into_iter().collect() }
    }
}

/// `knots` as the points of `thing`.
pub(super) fn knotted(thing: usize, knots: Vec<Knot>) -> Knotted {
    let mut bones = Bones::default();
    let mut places = Vec::with_capacity(knots.len());
    for (at, knot) in knots.into_iter().enumerate() {
        bones.edges.extend(knot.joined.iter().map(|other| [*other, at]));
        bones.names.push(knot.name);
        bones.inside_m.push(knot.inside_m);
        places.push((knot.on, knot.local));
    }
    Knotted { thing, bones: Arc::new(bones), places }
}

/// The points of a rig: its root, every joint (where the link that it carries begins), and every frame that is welded to a
/// link, which is how files name tips and tools. `body` tells a link's body.
pub(super) fn of_rig(rig: &Rig, body: impl Fn(usize) -> Option<rp::RigidBodyHandle>) -> Vec<Knot> {
    let mut knots: Vec<Knot> = Vec::with_capacity(rig.links.len());
    for (at, link) in rig.links.iter().enumerate() {
        let Some(handle) = body(at) else { return Vec::new() };
        let joint = at.checked_sub(1).and_then(|joint| rig.joints.get(joint));
        let (name, parent) = joint.map_or((&link.name, None), |joint| (&joint.name, Some(joint.parent)));
        knots.push(Knot::new(name, (On::Body(handle), DVec3::ZERO), inside_m(link, DVec3::ZERO), parent));
    }
    for (at, link) in rig.links.iter().enumerate() {
        let Some(handle) = body(at) else { continue };
        for (name, pose) in &link.welded {
            if knots.iter().all(|known| known.name != *name) {
                let inside_m = inside_m(link, pose.position);
                knots.push(Knot::new(name, (On::Body(handle), pose.position), inside_m, Some(at)));
            }
        }
    }
    knots
}

/// How far below the surface of `link` the point `at` lies: as far as the thickest part that holds it is thin; 0 where none
/// holds it.
fn inside_m(link: &Link, at: DVec3) -> f64 {
    let holds = |part: &&Part| {
        part.seen && (part.at.inverse().point(at).abs() - part.shape.half_extents_m()).max_element() < 0.01
    };
    link.parts.iter().filter(holds).map(|part| part.shape.half_extents_m().min_element()).fold(0.0, f64::max)
}

/// How much farther than a box's own faces what is fixed to it may reach for its corners to be the thing's, in metres.
const TRIM_M: f64 = 0.02;

/// The corners of a thing that is a box, or the middles of the ends of one that is a cylinder or a cone; nothing of others.
pub(super) fn of_shape(parts: &[Part], on: On) -> Vec<Knot> {
    let mut seen = parts.iter().filter(|part| part.seen);
    let Some(first) = seen.next() else { return Vec::new() };
    match first.shape {
        Shape::Box { half, round } if seen.all(|part| within(part, first, half + TRIM_M)) => {
            corners((on, &first.at), half, round)
        }
        Shape::Cylinder { half_height, .. } | Shape::Cone { half_height, .. } if seen.next().is_none() => {
            let end = |name, z: f64, joined| Knot::new(name, (on, first.at.point(DVec3::Z * z)), 0.0, joined);
            vec![end("bottom", -half_height, None), end("top", half_height, Some(0))]
        }
        _ => Vec::new(),
    }
}

/// Whether all of `part` lies within a box of half extents `half` in the frame of `of`.
fn within(part: &Part, of: &Part, half: DVec3) -> bool {
    let relative = of.at.inverse().then(&part.at);
    let own = part.shape.half_extents_m();
    let reach = |axis: DVec3| (relative.rotation.conjugate() * axis).abs().dot(own);
    let reaches = DVec3::new(reach(DVec3::X), reach(DVec3::Y), reach(DVec3::Z)) + relative.position.abs();
    reaches.cmple(half).all()
}

/// The eight corners of a box, where they are rounded the middles of the roundings, each joined to those beside it: x is front, y
/// left, z top.
pub(super) fn corners((on, at): (On, &Pose), half: DVec3, round: f64) -> Vec<Knot> {
    let tip = half - round * (1.0 - 1.0 / libm::sqrt(3.0));
    let corner = |number: usize| {
        let side = |bit: usize, names: [&'static str; 2]| {
            let far = number >> bit & 1;
            (names.get(far).copied().unwrap_or_default(), 2.0 * far as f64 - 1.0)
        };
        let ((x_name, x), (y_name, y), (z_name, z)) =
            (side(0, ["back", "front"]), side(1, ["right", "left"]), side(2, ["bottom", "top"]));
        let joined = (0..3).filter(|bit| number >> bit & 1 == 1).map(|bit| number & !(1 << bit)).collect();
        let local = at.point(tip * DVec3::new(x, y, z));
        Knot { name: format!("{x_name}_{y_name}_{z_name}"), on, local, inside_m: 0.0, joined }
    };
    (0..8).map(corner).collect()
}
