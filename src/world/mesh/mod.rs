//! Triangles that are seen: what no simple shape describes, from files or made by a stage.
//!
//! A [`Mesh`] is made once and shared: bodies hold it by reference, the renderer uploads it once. What is touched of it is
//! its convex hull, which a part holds beside it. Levels of detail are deliberately left out so far.

pub(super) mod file;
pub(super) mod gltf;
pub(super) mod picture;

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::{DVec3, Vec3};

pub use self::picture::{Holds, Picture, Pictures, Texture, Wrap};

/// A corner of a [`Mesh`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeshVertex {
    /// In the body's frame, in metres.
    pub position: [f32; 3],
    /// Unit vector, outwards.
    pub normal: [f32; 3],
}

/// Triangles with normals, in metres. Only the side is seen from which a triangle's corners run counter-clockwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mesh {
    vertices: Vec<MeshVertex>,
    triangles: Vec<[u32; 3]>,
    half: DVec3,
    textured: Option<Textured>,
}

/// How pictures lie on a [`Mesh`].
#[derive(Clone, Debug, PartialEq)]
pub struct Textured {
    /// Where on the pictures each vertex lies: 0 to 1 along their width and, from the top, their height.
    pub uv: Vec<[f32; 2]>,
    /// What lies there.
    pub pictures: Arc<Pictures>,
}

impl Mesh {
    /// The mesh of `triangles`, three indices into `vertices` each.
    ///
    /// # Errors
    /// An index beyond the vertices, a number that is not finite.
    pub fn new(vertices: Vec<MeshVertex>, triangles: Vec<[u32; 3]>) -> Result<Self, String> {
        let count = vertices.len();
        if let Some(at) = triangles.iter().position(|corners| corners.iter().any(|corner| *corner as usize >= count)) {
            return Err(format!("triangle {at} of a mesh names a corner beyond its {count}"));
        }
        let finite =
            |vertex: &MeshVertex| vertex.position.iter().chain(&vertex.normal).all(|number| number.is_finite());
        if let Some(at) = vertices.iter().position(|vertex| !finite(vertex)) {
            return Err(format!("corner {at} of a mesh is not a number"));
        }
        let places = vertices.iter().map(|vertex| Vec3::from(vertex.position).as_dvec3().abs());
        let half = places.fold(DVec3::ZERO, DVec3::max);
        Ok(Self { vertices, triangles, half, textured: None })
    }

    /// The mesh of `triangles` over `corners` in metres, which share a normal wherever they meet at less than `crease_rad`
    /// and are sharp elsewhere. Triangles without area are left out.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn creased(corners: &[DVec3], triangles: &[[u32; 3]], crease_rad: f64) -> Result<Self, String> {
        let made = Making::creased((corners, &[]), triangles, crease_rad)?;
        Self::new(made.vertices, made.triangles)
    }

    /// As [`Self::creased`], with pictures on it: `uv` says where on them each corner lies.
    ///
    /// # Errors
    /// As [`Self::new`]; other than one place for each corner, a place that is not finite.
    pub fn textured(
        (corners, uv): (&[DVec3], &[[f32; 2]]),
        triangles: &[[u32; 3]],
        crease_rad: f64,
        pictures: Arc<Pictures>,
    ) -> Result<Self, String> {
        if uv.len() != corners.len() {
            return Err(format!("there are {} places on pictures for {} corners of a mesh", uv.len(), corners.len()));
        }
        if let Some(at) = uv.iter().position(|place| place.iter().any(|part| !part.is_finite())) {
            return Err(format!("corner {at} of a mesh lies on its pictures at what is not a number"));
        }
        let made = Making::creased((corners, uv), triangles, crease_rad)?;
        let textured = Some(Textured { uv: made.uv, pictures });
        Ok(Self { textured, ..Self::new(made.vertices, made.triangles)? })
    }

    /// The pictures on it.
    pub fn pictures(&self) -> Option<&Textured> {
        self.textured.as_ref()
    }

    /// The same, `factor` times as large.
    pub(super) fn scaled(&self, factor: f64) -> Self {
        let grown = |vertex: &MeshVertex| {
            let position = (Vec3::from(vertex.position).as_dvec3() * factor).as_vec3().to_array();
            MeshVertex { position, ..*vertex }
        };
        let vertices = self.vertices.iter().map(grown).collect();
        Self { vertices, half: self.half * factor, ..self.clone() }
    }

    /// Its corners.
    pub fn vertices(&self) -> &[MeshVertex] {
        &self.vertices
    }

    /// Three indices into [`Self::vertices`] each.
    pub fn triangles(&self) -> &[[u32; 3]] {
        &self.triangles
    }

    /// Its corners' places in metres.
    pub(super) fn corners_m(&self) -> Vec<DVec3> {
        self.vertices.iter().map(|vertex| Vec3::from(vertex.position).as_dvec3()).collect()
    }

    /// How far it reaches from the origin of its frame along x, y and z, in metres.
    pub fn half_extents_m(&self) -> DVec3 {
        self.half
    }
}

/// Vertices without repetition, in order of their first use.
#[derive(Default)]
struct Making {
    vertices: Vec<MeshVertex>,
    /// Places on pictures, where corners have them.
    uv: Vec<[f32; 2]>,
    triangles: Vec<[u32; 3]>,
    known: BTreeMap<[u32; 8], u32>,
}

impl Making {
    /// See [`Mesh::creased`]; `uv` is empty or has a place for each corner.
    fn creased(
        (corners, uv): (&[DVec3], &[[f32; 2]]),
        triangles: &[[u32; 3]],
        crease_rad: f64,
    ) -> Result<Self, String> {
        let mut faces = Vec::with_capacity(triangles.len());
        for (at, triangle) in triangles.iter().enumerate() {
            let place = |corner: u32| corners.get(corner as usize).copied();
            let [Some(a), Some(b), Some(c)] = triangle.map(place) else {
                return Err(format!("triangle {at} of a mesh names a corner beyond its {}", corners.len()));
            };
            // Twice the area long: large faces bend a shared normal more.
            let across = (b - a).cross(c - a);
            if across.length() > 0.0 {
                faces.push((*triangle, across));
            }
        }
        let mut around: BTreeMap<[u64; 3], Vec<DVec3>> = BTreeMap::new();
        let key = |corner: u32| {
            corners.get(corner as usize).map_or([0; 3], |at| (*at + DVec3::ZERO).to_array().map(f64::to_bits))
        };
        for (triangle, across) in &faces {
            for corner in triangle {
                around.entry(key(*corner)).or_default().push(*across);
            }
        }
        let least = libm::cos(crease_rad);
        let mut made = Making::default();
        for (triangle, across) in &faces {
            let own = across.normalize();
            let indices = triangle.map(|corner| {
                let meeting = around.get(&key(corner)).into_iter().flatten();
                let sum: DVec3 = meeting.filter(|other| own.dot(other.normalize()) >= least).sum();
                let at = corners.get(corner as usize).copied().unwrap_or_default();
                made.vertex(at, sum.normalize_or(own), uv.get(corner as usize).copied())
            });
            made.triangles.push(indices);
        }
        Ok(made)
    }

    fn vertex(&mut self, at: DVec3, normal: DVec3, uv: Option<[f32; 2]>) -> u32 {
        let vertex = MeshVertex { position: at.as_vec3().to_array(), normal: normal.as_vec3().to_array() };
        let ([x, y, z], [i, j, k]) = (vertex.position.map(f32::to_bits), vertex.normal.map(f32::to_bits));
        let next = self.vertices.len() as u32;
        let [u, v] = uv.unwrap_or_default().map(f32::to_bits);
        let index = *self.known.entry([x, y, z, i, j, k, u, v]).or_insert(next);
        if index == next {
            self.vertices.push(vertex);
            self.uv.extend(uv);
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cube of side 2 whose faces share their corners.
    fn cube() -> (Vec<DVec3>, Vec<[u32; 3]>) {
        let corner = |bits: u32| DVec3::new(sign(bits & 1), sign(bits >> 1 & 1), sign(bits >> 2 & 1));
        let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
        let triangles = quads.iter().flat_map(|[a, b, c, d]| [[*a, *b, *c], [*a, *c, *d]]).collect();
        ((0..8).map(corner).collect(), triangles)
    }

    fn sign(bit: u32) -> f64 {
        if bit == 1 { 1.0 } else { -1.0 }
    }

    #[test]
    fn a_crease_keeps_edges_sharp_or_rounds_them() {
        let (corners, triangles) = cube();
        let sharp = Mesh::creased(&corners, &triangles, 0.5).expect("a mesh");
        assert_eq!((sharp.vertices().len(), sharp.triangles().len()), (24, 12));
        assert!(sharp.vertices().iter().all(|vertex| vertex.normal.iter().map(|n| n.abs()).sum::<f32>() == 1.0));
        let soft = Mesh::creased(&corners, &triangles, 2.0).expect("a mesh");
        assert_eq!(soft.vertices().len(), 8);
        for vertex in soft.vertices() {
            assert!(Vec3::from(vertex.normal).dot(Vec3::from(vertex.position)) > 1.6, "outwards: {vertex:?}");
        }
        assert_eq!(soft.half_extents_m(), DVec3::ONE);
    }

    #[test]
    fn nonsense_is_refused_and_nothing_is_divided_by_zero() {
        let (mut corners, mut triangles) = cube();
        triangles.push([0, 0, 1]);
        assert_eq!(Mesh::creased(&corners, &triangles, 0.5).map(|mesh| mesh.triangles().len()), Ok(12));
        triangles.push([0, 1, 99]);
        assert!(Mesh::creased(&corners, &triangles, 0.5).is_err_and(|text| text.contains("beyond its 8")));
        triangles.pop();
        corners[0] = DVec3::splat(f64::NAN);
        assert!(Mesh::creased(&corners, &triangles, 0.5).is_ok(), "a face without an area that counts is no face");
    }
}
