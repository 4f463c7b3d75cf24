//! The bodies of a snapshot, or of the time between two, ready for rays.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::{DMat3, DQuat, DVec3};
use rapier3d_f64::parry::bounding_volume::Aabb;
use rapier3d_f64::parry::partitioning::{Bvh, BvhBuildStrategy, BvhNode};
use rapier3d_f64::parry::query;

use super::mesh::{Meshes, Tree};
use super::shape::{enter, holds};
use super::{Entry, Ray};
use crate::base::Pose;
use crate::world::{Body, Shape, Snapshot};

/// What a ray meets first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// From the ray's origin, in metres.
    pub distance_m: f64,
    /// Unit normal of the surface, outwards, in the world's frame.
    pub normal: DVec3,
    /// Which of the snapshot's bodies.
    pub body: usize,
}

/// The bodies of the time between two snapshots. Bodies go straight and turn evenly from one to the next; one that the
/// next lacks stands still until it is gone, one that only the next has is not there yet.
#[derive(Debug)]
pub struct Scene<'a> {
    bodies: &'a [Body],
    /// Where each body is in the second snapshot, where that is not where it is in the first.
    moved: Vec<(usize, Pose)>,
    meshes: Vec<Option<Arc<Tree>>>,
    still: Vec<Pose>,
    tree: Bvh,
    /// From the first snapshot to the second, in seconds; 0 where there is no second.
    lasts_s: f64,
}

/// The scene at one time.
#[derive(Debug)]
pub struct Moment<'a> {
    scene: &'a Scene<'a>,
    body_from_world: Vec<Pose>,
}

/// The pose at `share` of the way from `from` to `to`: straight, and evenly round the shorter way. Below 0 and beyond 1 it goes on.
pub fn between(from: &Pose, to: &Pose, share: f64) -> Pose {
    let turn = from.rotation.conjugate() * to.rotation;
    let turn = if turn.w < 0.0 { -turn } else { turn };
    // glam's own slerp takes the platform's functions.
    let sine = libm::sqrt(turn.x * turn.x + turn.y * turn.y + turn.z * turn.z);
    let rotation = if sine > 1e-15 {
        let (part, cosine) = libm::sincos(share * libm::atan2(sine, turn.w));
        let scale = part / sine;
        from.rotation * DQuat::from_xyzw(turn.x * scale, turn.y * scale, turn.z * scale, cosine)
    } else {
        from.rotation
    };
    Pose { position: from.position + (to.position - from.position) * share, rotation: rotation.normalize() }
}

impl<'a> Scene<'a> {
    /// The bodies of `now`, on their way to where they are in `next`.
    pub fn new(now: &'a Snapshot, next: Option<&Snapshot>, meshes: &mut Meshes) -> Self {
        let bodies = now.bodies.as_slice();
        let trees: Vec<Option<Arc<Tree>>> = bodies
            .iter()
            .map(|body| match &body.shape {
                Shape::Mesh(mesh) => Some(meshes.tree(mesh)),
                _ => None,
            })
            .collect();
        let moved = next.map_or_else(Vec::new, |next| moved(bodies, &next.bodies));
        let mut boxes: Vec<Aabb> =
            bodies.iter().zip(&trees).map(|(body, tree)| around(body, tree.as_deref(), &body.pose, 0.0)).collect();
        for (at, to) in &moved {
            let (Some(body), Some(known)) = (bodies.get(*at), boxes.get_mut(*at)) else { continue };
            let tree = trees.get(*at).and_then(Option::as_deref);
            // Half-way round, what turns reaches beyond where it begins and ends by at most this share of its reach.
            let cosine = body.pose.rotation.dot(to.rotation).abs().min(1.0);
            let bulge = 1.0 - cosine;
            let (from, to) = (around(body, tree, &body.pose, bulge), around(body, tree, to, bulge));
            *known = Aabb::new(from.mins.min(to.mins), from.maxs.max(to.maxs));
        }
        let still = bodies.iter().map(|body| body.pose.inverse()).collect();
        let lasts_s = next.map_or(0.0, |next| next.time_s - now.time_s);
        Self { bodies, moved, meshes: trees, still, tree: Bvh::from_leaves(BvhBuildStrategy::Binned, &boxes), lasts_s }
    }

    /// The scene at `share` of the way from the first snapshot to the second, 0 to 1.
    pub fn at(&self, share: f64) -> Moment<'_> {
        let mut body_from_world = self.still.clone();
        for (at, to) in &self.moved {
            if let (Some(place), Some(body)) = (body_from_world.get_mut(*at), self.bodies.get(*at)) {
                *place = between(&body.pose, to, share).inverse();
            }
        }
        Moment { scene: self, body_from_world }
    }
}

impl Moment<'_> {
    /// What `ray` meets first within `reach_m`.
    pub fn cast(&self, ray: &Ray, reach_m: f64) -> Option<Hit> {
        let whole = query::Ray::new(ray.origin, ray.direction);
        let cost = |node: &BvhNode, best: f64| node.cast_ray(&whole, best);
        let met = |at: u32, best: f64| self.enter(at as usize, ray, best);
        let (at, (distance_m, normal)) = self.scene.tree.find_best(reach_m, cost, met)?;
        let body = at as usize;
        let turn = self.body_from_world.get(body)?.rotation.conjugate();
        Some(Hit { distance_m, normal: turn * normal, body })
    }

    /// How fast the point of the body number `body` that is at `point` now goes, in m/s along the world's axes: the mean on its
    /// way to the second snapshot, 0 where nothing moves.
    pub fn velocity_m_s(&self, body: usize, point: DVec3) -> DVec3 {
        let scene = self.scene;
        let to = scene.moved.iter().find(|(at, _)| *at == body);
        match (to, scene.bodies.get(body), self.body_from_world.get(body)) {
            (Some((_, to)), Some(known), Some(pose)) if scene.lasts_s > 0.0 => {
                let own = pose.point(point);
                (to.point(own) - known.pose.point(own)) / scene.lasts_s
            }
            _ => DVec3::ZERO,
        }
    }

    /// The body number `body`.
    pub fn body(&self, body: usize) -> Option<&Body> {
        self.scene.bodies.get(body)
    }

    /// Where `ray` enters the body number `at`, the normal in the body's frame.
    fn enter(&self, at: usize, ray: &Ray, reach_m: f64) -> Option<Entry> {
        let (pose, body) = (self.body_from_world.get(at)?, self.scene.bodies.get(at)?);
        let own = Ray { origin: pose.point(ray.origin), direction: pose.rotation * ray.direction };
        match self.scene.meshes.get(at).and_then(Option::as_ref) {
            Some(tree) => tree.enter(&own, reach_m),
            None => enter(&body.shape, &own).filter(|(distance_m, _)| *distance_m < reach_m),
        }
    }
}

/// Which of `bodies` holds `point`, the first where several do. Of meshes only those get a tree whose box holds it.
pub fn holder<'a>(mut bodies: impl Iterator<Item = &'a Body>, point: DVec3, meshes: &mut Meshes) -> Option<&'a Body> {
    bodies.find(|body| {
        let own = body.pose.inverse().point(point);
        match &body.shape {
            Shape::Mesh(mesh) => own.abs().cmple(body.shape.half_extents_m()).all() && meshes.tree(mesh).holds(own),
            shape => holds(shape, own),
        }
    })
}

/// The bodies that are elsewhere in `next`. Shapes of one instance are told apart by their order.
pub(in crate::sense) fn moved(now: &[Body], next: &[Body]) -> Vec<(usize, Pose)> {
    let mut seen: BTreeMap<u16, Vec<&Body>> = BTreeMap::new();
    for body in next {
        seen.entry(body.instance).or_default().push(body);
    }
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for (at, body) in now.iter().enumerate() {
        let count = counts.entry(body.instance).or_default();
        let there = seen.get(&body.instance).and_then(|same| same.get(*count));
        *count += 1;
        if let Some(there) = there.filter(|there| there.pose != body.pose && is_same(body, there)) {
            all.push((at, there.pose));
        }
    }
    all
}

/// Whether two bodies of one instance and place are one: where a part has come or gone, those behind it are not.
fn is_same(one: &Body, other: &Body) -> bool {
    let same = match (&one.shape, &other.shape) {
        (Shape::Mesh(one), Shape::Mesh(other)) => Arc::ptr_eq(one, other),
        (one, other) => one == other,
    };
    same && one.name == other.name
}

/// The box round a body at `pose`, larger by the share `bulge` of its reach.
fn around(body: &Body, tree: Option<&Tree>, pose: &Pose, bulge: f64) -> Aabb {
    let half = body.shape.half_extents_m();
    let [low, high] = tree.map_or([-half, half], Tree::bounds);
    let turn = DMat3::from_quat(pose.rotation);
    let (middle, half) = (pose.point(0.5 * (low + high)), 0.5 * (high - low));
    let wide = turn.x_axis.abs() * half.x + turn.y_axis.abs() * half.y + turn.z_axis.abs() * half.z;
    let slack = 1e-9 * (1.0 + middle.abs().max_element()) + bulge * low.abs().max(high.abs()).length();
    Aabb::new(middle - wide - slack, middle + wide + slack)
}
