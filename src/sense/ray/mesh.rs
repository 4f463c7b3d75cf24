//! Where a ray enters a mesh: a tree over its triangles, made once and kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::{DVec3, Vec3};
use rapier3d_f64::parry::bounding_volume::Aabb;
use rapier3d_f64::parry::partitioning::{Bvh, BvhBuildStrategy};
use rapier3d_f64::parry::query;

use super::{Entry, Ray};
use crate::world::{Mesh, MeshVertex};

/// How far beyond its edges a triangle still counts as met, as a share of its size: so that no ray slips between two.
const SLACK: f64 = 1e-10;

/// The trees of meshes that have been met, by where the mesh lies in memory; it is held, so that nothing else comes there.
#[derive(Clone, Debug, Default)]
pub struct Meshes(BTreeMap<usize, Arc<Tree>>);

impl Meshes {
    /// The tree of `mesh`.
    pub(super) fn tree(&mut self, mesh: &Arc<Mesh>) -> Arc<Tree> {
        let key = Arc::as_ptr(mesh).addr();
        Arc::clone(self.0.entry(key).or_insert_with(|| Arc::new(Tree::of(mesh))))
    }
}

/// A mesh with a tree over its triangles.
#[derive(Debug)]
pub(super) struct Tree {
    mesh: Arc<Mesh>,
    tree: Bvh,
}

impl Tree {
    fn of(mesh: &Arc<Mesh>) -> Self {
        let boxes: Vec<Aabb> = (0..mesh.triangles().len())
            .map(|at| {
                let [a, b, c] = corners(mesh, at).map(|(place, _)| place);
                let slack = SLACK * (a - b).length().max((a - c).length());
                Aabb::new(a.min(b).min(c) - slack, a.max(b).max(c) + slack)
            })
            .collect();
        Self { mesh: Arc::clone(mesh), tree: Bvh::from_leaves(BvhBuildStrategy::Binned, &boxes) }
    }

    /// The box round its triangles: the low and the high corner.
    pub(super) fn bounds(&self) -> [DVec3; 2] {
        let all = self.tree.root_aabb();
        [all.mins, all.maxs]
    }

    /// Where `ray` enters it within `reach_m`.
    pub(super) fn enter(&self, ray: &Ray, reach_m: f64) -> Option<Entry> {
        let met =
            |at: u32, _: f64| triangle(&corners(&self.mesh, at as usize), ray).map(|(t, ..)| t).filter(|t| *t > 0.0);
        let (at, t) = self.tree.cast_ray(&query::Ray::new(ray.origin, ray.direction), reach_m, met)?;
        let corners = corners(&self.mesh, at as usize);
        let (_, u, v) = triangle(&corners, ray)?;
        let [a, b, c] = corners.map(|(_, normal)| normal);
        Some((t, (a * (1.0 - u - v) + b * u + c * v).normalize_or_zero()))
    }

    /// Whether `point` lies within it: whether what lies above it first is seen from its back.
    pub(super) fn holds(&self, point: DVec3) -> bool {
        // Slightly aslant, so that no edge of a model that stands straight lies above the point.
        let up = Ray { origin: point, direction: DVec3::new(0.003, 0.007, 1.0).normalize() };
        let first = |turned: bool| {
            let met = |at: u32, _: f64| {
                let [a, b, c] = corners(&self.mesh, at as usize);
                triangle(&if turned { [a, c, b] } else { [a, b, c] }, &up).map(|(t, ..)| t).filter(|t| *t > 0.0)
            };
            self.tree.cast_ray(&query::Ray::new(up.origin, up.direction), f64::MAX, met).map(|(_, t)| t)
        };
        first(true).is_some_and(|back| first(false).is_none_or(|front| back < front))
    }
}

/// Places and normals of the corners of triangle `at`.
fn corners(mesh: &Mesh, at: usize) -> [(DVec3, DVec3); 3] {
    let corner = |index: u32| {
        let known = mesh.vertices().get(index as usize);
        known.map_or((DVec3::ZERO, DVec3::ZERO), |MeshVertex { position, normal }| {
            (Vec3::from(*position).as_dvec3(), Vec3::from(*normal).as_dvec3())
        })
    };
    mesh.triangles().get(at).copied().unwrap_or_default().map(corner)
}

/// Where `ray` meets the front of a triangle: distance, and the shares of the second and third corner. Möller and Trumbore,
/// "Fast, minimum storage ray/triangle intersection", Journal of Graphics Tools 2 (1997).
fn triangle(corners: &[(DVec3, DVec3); 3], ray: &Ray) -> Option<(f64, f64, f64)> {
    let [a, b, c] = corners.map(|(place, _)| place);
    let (ab, ac) = (b - a, c - a);
    let across = ray.direction.cross(ac);
    let facing = ab.dot(across);
    // Seen from the side from which its corners run counter-clockwise.
    if facing <= 0.0 {
        return None;
    }
    let from = ray.origin - a;
    let u = from.dot(across) / facing;
    let along = from.cross(ab);
    let v = ray.direction.dot(along) / facing;
    let inside = u >= -SLACK && v >= -SLACK && u + v <= 1.0 + SLACK;
    inside.then(|| (ac.dot(along) / facing, u, v))
}
