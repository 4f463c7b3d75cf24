//! Unit meshes, and which mesh a shape needs. A vertex is a point of a core plus a unit normal: `core * extent + normal * radius` gives a box, ball,
//! cylinder or capsule of any size whose roundings keep their radius.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use glam::Vec3;

use crate::world::snapshot::{self as world, Shape};

/// Twin of `Vertex` in `body.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(super) struct Vertex {
    pub(super) core: [f32; 3],
    pub(super) normal: [f32; 3],
}

/// Which unit mesh a shape uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MeshKind {
    Box = 0,
    Ball = 1,
    Cylinder = 2,
    Capsule = 3,
    Cone = 4,
}

impl MeshKind {
    pub(super) const ALL: [Self; 5] = [Self::Box, Self::Ball, Self::Cylinder, Self::Capsule, Self::Cone];
}

/// Facets round the axis of the meshes of each kind but boxes, coarse to fine.
const AROUND: [u16; 10] = [8, 12, 16, 20, 24, 32, 40, 48, 64, 96];
/// Steps of a box's rounding between a face and the edge's diagonal; 0 is a sharp box.
const ROUNDING: [u16; 3] = [0, 1, 2];
/// How far a facet may lie inside the true outline in a map of shadows, in texels: the penumbra hides as much.
pub(super) const SHADOW_SLACK_TEXELS: f64 = 0.5;

/// As what a pixel's ray meets a shape in the picture; twin of `MET` in `meet.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// Its facets.
    Facets = 0,
    Ball = 1,
    /// Whatever lies within a distance of a box or of a line.
    Rounded = 2,
    Cylinder = 3,
    Cone = 4,
}

impl Met {
    pub(super) const ALL: [Self; 5] = [Self::Facets, Self::Ball, Self::Rounded, Self::Cylinder, Self::Cone];

    /// How `shape` is met.
    pub(super) fn of(shape: &Shape) -> Self {
        match *shape {
            Shape::Box { round, .. } if round <= 0.0 => Self::Facets,
            Shape::Mesh(_) => Self::Facets,
            Shape::Box { .. } | Shape::Capsule { .. } => Self::Rounded,
            Shape::Sphere { .. } => Self::Ball,
            Shape::Cylinder { .. } => Self::Cylinder,
            Shape::Cone { .. } => Self::Cone,
        }
    }
}

/// What is drawn for a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MeshId {
    /// A unit mesh: its kind and how fine it is.
    Unit(MeshKind, usize),
    /// The mesh that the shape brings.
    Own(MeshKey),
}

/// Says which of the meshes that shapes bring; see [`super::meshes`].
pub(super) type MeshKey = usize;

impl MeshId {
    /// What pictures of `shape` are drawn by: its own mesh, or the box that it is or that is round it.
    pub(super) fn in_picture(shape: &Shape) -> Self {
        match shape {
            Shape::Mesh(mesh) => Self::Own(key(mesh)),
            _ => Self::Unit(MeshKind::Box, 0),
        }
    }

    /// What casts the shadow of `shape`: the coarsest mesh whose facets leave its outline by at most [`SHADOW_SLACK_TEXELS`].
    pub(super) fn in_shadow(shape: &Shape, texels_per_m: f64) -> Self {
        let slack = SHADOW_SLACK_TEXELS;
        let around = |radius: f64| {
            // a chord of n in a circle of radius r lies r (1 - cos(pi / n)) inside, about r (pi / n)^2 / 2
            let needed = core::f64::consts::PI * libm::sqrt(0.5 * radius * texels_per_m / slack);
            AROUND.iter().position(|facets| f64::from(*facets) >= needed).unwrap_or(AROUND.len() - 1)
        };
        match *shape {
            Shape::Box { round, .. } if round <= 0.0 => Self::Unit(MeshKind::Box, 0),
            Shape::Box { round, .. } => Self::Unit(MeshKind::Box, 1 + usize::from(round * texels_per_m > 10.0 * slack)),
            Shape::Sphere { radius } => Self::Unit(MeshKind::Ball, around(radius)),
            Shape::Cylinder { radius, .. } => Self::Unit(MeshKind::Cylinder, around(radius)),
            Shape::Capsule { radius, .. } => Self::Unit(MeshKind::Capsule, around(radius)),
            Shape::Cone { bottom, top, .. } => Self::Unit(MeshKind::Cone, around(bottom.max(top))),
            Shape::Mesh(ref mesh) => Self::Own(key(mesh)),
        }
    }
}

/// Two shapes that share a mesh have the same key, for as long as it lives.
pub(super) fn key(mesh: &Arc<world::Mesh>) -> MeshKey {
    Arc::as_ptr(mesh).addr()
}

/// Triangles of one unit mesh.
#[derive(Clone, Debug, Default)]
pub(super) struct Mesh {
    pub(super) vertices: Vec<Vertex>,
    pub(super) indices: Vec<u16>,
}

impl Mesh {
    /// All meshes of `kind`, coarse to fine.
    pub(super) fn levels(kind: MeshKind) -> Vec<Self> {
        match kind {
            MeshKind::Box => ROUNDING.map(rounded_box).into(),
            _ => AROUND.map(|around| Self::turned(kind, around)).into(),
        }
    }

    fn turned(kind: MeshKind, around: u16) -> Self {
        let steps = u32::from(around);
        let profile = match kind {
            MeshKind::Ball => arc(0.0, 0.0, -1.0, 1.0, steps / 2),
            MeshKind::Capsule => {
                let mut profile = arc(0.0, -1.0, -1.0, 0.0, (steps * 3 / 16).max(3));
                profile.extend(arc(0.0, 1.0, 0.0, 1.0, (steps * 3 / 16).max(3)));
                profile
            }
            MeshKind::Cone => vec![
                [0.0, -1.0, 0.0, -1.0],
                [1.0, -1.0, 0.0, -1.0],
                [1.0, -1.0, 1.0, 0.0],
                [1.0, 1.0, 1.0, 0.0],
                [1.0, 1.0, 0.0, 1.0],
                [0.0, 1.0, 0.0, 1.0],
            ],
            MeshKind::Cylinder | MeshKind::Box => {
                let rim = match around {
                    ..12 => 1,
                    12..32 => 2,
                    _ => 3,
                };
                let mut profile = vec![[0.0, -1.0, 0.0, -1.0]];
                profile.extend(arc(1.0, -1.0, -1.0, 0.0, rim));
                profile.extend(arc(1.0, 1.0, 0.0, 1.0, rim));
                profile.push([0.0, 1.0, 0.0, 1.0]);
                profile
            }
        };
        revolve(&profile, around)
    }

    /// Adds a triangle so that it faces outwards; a triangle with no area at any size is left out.
    fn triangle(&mut self, corners: [u16; 3]) {
        let point = |index: u16| {
            self.vertices
                .get(usize::from(index))
                .map_or((Vec3::ZERO, Vec3::ZERO), |v| (Vec3::from(v.core), Vec3::from(v.normal)))
        };
        let [a, b, c] = corners.map(point);
        let place = |(core, normal): (Vec3, Vec3)| core + normal * 0.5;
        let face = (place(b) - place(a)).cross(place(c) - place(a));
        if face.length() < 1e-7 {
            return;
        }
        let outwards = face.dot(a.1 + b.1 + c.1) > 0.0;
        self.indices.extend(if outwards { corners } else { [corners[0], corners[2], corners[1]] });
    }
}

/// Profile points `[core radius, core z, normal radius, normal z]` along an arc from `from` to `to` quarter turns.
fn arc(core_radius: f64, core_z: f64, from: f64, to: f64, steps: u32) -> Vec<[f64; 4]> {
    (0..=steps)
        .map(|step| {
            let angle = (from + (to - from) * f64::from(step) / f64::from(steps)) * core::f64::consts::FRAC_PI_2;
            [core_radius, core_z, libm::cos(angle), libm::sin(angle)]
        })
        .collect()
}

fn revolve(profile: &[[f64; 4]], around: u16) -> Mesh {
    let mut mesh = Mesh::default();
    for turn in 0..=around {
        // the last column repeats the first exactly, so that no gap opens
        let angle = f64::from(turn % around) / f64::from(around) * core::f64::consts::TAU;
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        for [core_radius, core_z, normal_radius, normal_z] in profile {
            mesh.vertices.push(Vertex {
                core: [(core_radius * cos) as f32, (core_radius * sin) as f32, *core_z as f32],
                normal: [(normal_radius * cos) as f32, (normal_radius * sin) as f32, *normal_z as f32],
            });
        }
    }
    let rows = profile.len() as u16;
    for turn in 0..around {
        for row in 0..rows - 1 {
            let low = turn * rows + row;
            quad(&mut mesh, low, low + rows, 1);
        }
    }
    mesh
}

fn quad(mesh: &mut Mesh, first: u16, second: u16, step: u16) {
    mesh.triangle([first, second, first + step]);
    mesh.triangle([second, second + step, first + step]);
}

fn rounded_box(rounding: u16) -> Mesh {
    // along one tangent axis: core side and tangent of the normal's lean, up to the diagonal of the edge
    let lean = |step: u16| libm::tan(core::f64::consts::FRAC_PI_4 * f64::from(step) / f64::from(rounding.max(1)));
    let mut samples: Vec<(f64, f64)> = (0..=rounding).rev().map(|step| (-1.0, -lean(step))).collect();
    samples.extend((0..=rounding).map(|step| (1.0, lean(step))));
    let count = samples.len() as u16;
    let mut mesh = Mesh::default();
    for axis in 0..3 {
        for side in [-1.0, 1.0] {
            let base = mesh.vertices.len() as u16;
            for (core_u, lean_u) in &samples {
                for (core_v, lean_v) in &samples {
                    let place = |main: f64, u: f64, v: f64| {
                        let mut out = Vec3::ZERO;
                        out[axis] = main as f32;
                        out[(axis + 1) % 3] = u as f32;
                        out[(axis + 2) % 3] = v as f32;
                        out
                    };
                    let core = place(side, *core_u, *core_v);
                    let normal = place(side, *lean_u, *lean_v).normalize();
                    mesh.vertices.push(Vertex { core: core.to_array(), normal: normal.to_array() });
                }
            }
            for u in 0..count - 1 {
                for v in 0..count - 1 {
                    quad(&mut mesh, base + u * count + v, base + (u + 1) * count + v, 1);
                }
            }
        }
    }
    mesh
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::DVec3;

    #[test]
    fn every_mesh_is_closed_and_faces_outwards() {
        for kind in MeshKind::ALL {
            for (level, mesh) in Mesh::levels(kind).iter().enumerate() {
                assert!(mesh.vertices.len() < usize::from(u16::MAX), "{kind:?}: indices fit 16 bits");
                // a sharp box has no rounding
                let radius = if kind == MeshKind::Box && level == 0 { 0.0 } else { 0.5 };
                let place = |index: u16| {
                    let vertex = mesh.vertices[usize::from(index)];
                    Vec3::from(vertex.core) + Vec3::from(vertex.normal) * radius
                };
                // the signed volume of a closed, outward mesh is what its shape holds
                let volume: f32 = mesh
                    .indices
                    .as_chunks::<3>()
                    .0
                    .iter()
                    .map(|[a, b, c]| place(*a).dot(place(*b).cross(place(*c))) / 6.0)
                    .sum();
                let pi = core::f32::consts::PI;
                let expected = match kind {
                    MeshKind::Box if level == 0 => 8.0,
                    // a box of 2 with rounding 0.5: core, slabs, quarter cylinders, ball
                    MeshKind::Box => 8.0 + 6.0 * 4.0 * 0.5 + 3.0 * pi * 0.25 * 2.0 + 4.0 / 3.0 * pi * 0.125,
                    MeshKind::Ball => 4.0 / 3.0 * pi * 0.125,
                    MeshKind::Capsule => 4.0 / 3.0 * pi * 0.125 + pi * 0.25 * 2.0,
                    // core, side ring (Pappus), caps
                    MeshKind::Cylinder => {
                        pi * 2.0 + pi * 1.0 + pi * (1.5 * 1.5 - 1.0) * 2.0 + pi * pi * 0.25 + 4.0 / 3.0 * pi * 0.125
                    }
                    MeshKind::Cone => continue,
                };
                // an inscribed polygon of n sides holds 1 - (2/3) (pi / n)^2 of its circle; balls lose about three times that
                let facets = if kind == MeshKind::Box { 16.0 } else { f32::from(AROUND[level]) };
                let slack = 2.5 * (pi / facets) * (pi / facets);
                let ratio = volume / expected;
                assert!(ratio < 1.001 && ratio > 1.0 - slack.max(0.01), "{kind:?} {level}: {volume} for {expected}");
            }
        }
    }

    #[test]
    fn facets_keep_to_the_outline() {
        for radius in [0.001, 0.01, 0.05, 0.3] {
            for texels_per_m in [30.0, 400.0, 2000.0] {
                let chosen = MeshId::in_shadow(&Shape::Sphere { radius }, texels_per_m);
                let MeshId::Unit(MeshKind::Ball, level) = chosen else { panic!("{chosen:?}") };
                let facets = f64::from(AROUND[level]);
                let sag = radius * texels_per_m * (1.0 - libm::cos(core::f64::consts::PI / facets));
                assert!(sag <= SHADOW_SLACK_TEXELS || level + 1 == AROUND.len(), "{radius} m: {sag} px");
            }
        }
        let level = |round: f64| MeshId::in_shadow(&Shape::Box { half: DVec3::ONE, round }, 500.0);
        assert_eq!([0.0, 0.001, 0.02].map(level), [0, 1, 2].map(|level| MeshId::Unit(MeshKind::Box, level)));
    }
}
