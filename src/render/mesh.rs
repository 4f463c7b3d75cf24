//! Unit meshes. A vertex is a point of a core plus a unit normal: `core * extent + normal * radius` gives a box, ball,
//! cylinder or capsule of any size whose roundings keep their radius.

use bytemuck::{Pod, Zeroable};
use glam::Vec3;

use crate::world::snapshot::Shape;

/// Twin of `Vertex` in `body.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(super) struct Vertex {
    pub(super) core: [f32; 3],
    pub(super) normal: [f32; 3],
}

/// Which unit mesh a shape uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MeshKind {
    Box = 0,
    Ball = 1,
    Cylinder = 2,
    Capsule = 3,
    Cone = 4,
}

impl MeshKind {
    pub(super) const ALL: [Self; 5] = [Self::Box, Self::Ball, Self::Cylinder, Self::Capsule, Self::Cone];

    pub(super) fn of(shape: &Shape) -> Self {
        match shape {
            Shape::Box { .. } => Self::Box,
            Shape::Sphere { .. } => Self::Ball,
            Shape::Cylinder { .. } => Self::Cylinder,
            Shape::Capsule { .. } => Self::Capsule,
            Shape::Cone { .. } => Self::Cone,
        }
    }
}

/// Triangles of one mesh.
#[derive(Clone, Debug, Default)]
pub(super) struct Mesh {
    pub(super) vertices: Vec<Vertex>,
    pub(super) indices: Vec<u16>,
}

/// Facets round the axis: at a radius of 100 px a facet lies at most 0.12 px inside the true outline.
const AROUND: u16 = 64;

impl Mesh {
    pub(super) fn new(kind: MeshKind) -> Self {
        match kind {
            MeshKind::Box => rounded_box(),
            MeshKind::Ball => revolve(&arc(0.0, 0.0, -1.0, 1.0, 24)),
            MeshKind::Cylinder => {
                let mut profile = vec![[0.0, -1.0, 0.0, -1.0]];
                profile.extend(arc(1.0, -1.0, -1.0, 0.0, 3));
                profile.extend(arc(1.0, 1.0, 0.0, 1.0, 3));
                profile.push([0.0, 1.0, 0.0, 1.0]);
                revolve(&profile)
            }
            MeshKind::Capsule => {
                let mut profile = arc(0.0, -1.0, -1.0, 0.0, 10);
                profile.extend(arc(0.0, 1.0, 0.0, 1.0, 10));
                revolve(&profile)
            }
            MeshKind::Cone => revolve(&[
                [0.0, -1.0, 0.0, -1.0],
                [1.0, -1.0, 0.0, -1.0],
                [1.0, -1.0, 1.0, 0.0],
                [1.0, 1.0, 1.0, 0.0],
                [1.0, 1.0, 0.0, 1.0],
                [0.0, 1.0, 0.0, 1.0],
            ]),
        }
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

fn revolve(profile: &[[f64; 4]]) -> Mesh {
    let mut mesh = Mesh::default();
    for turn in 0..=AROUND {
        // the last column repeats the first exactly, so that no gap opens
        let angle = f64::from(turn % AROUND) / f64::from(AROUND) * core::f64::consts::TAU;
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        for [core_radius, core_z, normal_radius, normal_z] in profile {
            mesh.vertices.push(Vertex {
                core: [(core_radius * cos) as f32, (core_radius * sin) as f32, *core_z as f32],
                normal: [(normal_radius * cos) as f32, (normal_radius * sin) as f32, *normal_z as f32],
            });
        }
    }
    let rows = profile.len() as u16;
    for turn in 0..AROUND {
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

fn rounded_box() -> Mesh {
    // along one tangent axis: core side and tangent of the normal's lean, up to the diagonal of the edge
    let samples: Vec<(f64, f64)> = [(-1.0, -45.0), (-1.0, -22.5), (-1.0, 0.0), (1.0, 0.0), (1.0, 22.5), (1.0, 45.0)]
        .map(|(core, degrees): (f64, f64)| (core, libm::tan(degrees.to_radians())))
        .to_vec();
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

    #[test]
    fn every_mesh_is_closed_and_faces_outwards() {
        for kind in MeshKind::ALL {
            let mesh = Mesh::new(kind);
            assert!(mesh.vertices.len() < usize::from(u16::MAX), "{kind:?}: indices fit 16 bits");
            let place = |index: u16| {
                let vertex = mesh.vertices[usize::from(index)];
                Vec3::from(vertex.core) + Vec3::from(vertex.normal) * 0.5
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
            assert!((volume / expected - 1.0).abs() < 0.03, "{kind:?}: volume {volume}, expected {expected}");
        }
    }
}
