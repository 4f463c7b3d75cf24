//! Meshes from files: glTF, STL (text and binary) and OBJ, from bytes that the caller has read.
//!
//! What is touched of a mesh is its convex hull. Materials and their pictures are read of glTF alone; normals are passed over.

use std::io;
use std::path::Path;
use std::sync::Arc;

use glam::DVec3;
use rapier3d_f64::prelude as rp;

use super::{Mesh, Pictures, gltf};
use crate::family::files::MODELS;
use crate::world::snapshot::Material;

/// The most triangles of a mesh: more cost memory and time in every picture and show no more.
pub(in crate::world) const TRIANGLES_MAX: usize = 200_000;

/// Faces that meet at less than this look rounded: 30°, as most modellers have it.
const CREASE_RAD: f64 = core::f64::consts::FRAC_PI_6;

/// Gives the bytes of a file by the name that the rig has for it (`"package://arm/hand.stl"`), or none where it is missing.
pub type Fetch<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// What a file holds: corners without normals.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::world) struct Triangles {
    /// Corners in metres.
    pub(in crate::world) corners: Vec<DVec3>,
    /// Three indices into the corners each, counter-clockwise from outside.
    pub(in crate::world) triangles: Vec<[u32; 3]>,
}

/// Triangles of one material.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct Painted {
    pub(in crate::world) triangles: Triangles,
    /// None where the file gives none.
    pub(in crate::world) material: Option<Material>,
    /// The material's pictures, and where on them each corner lies.
    pub(in crate::world) pictures: Option<(Arc<Pictures>, Vec<[f32; 2]>)>,
}

impl Painted {
    /// What is seen of it: edges sharper than [`CREASE_RAD`] stay sharp.
    pub(in crate::world) fn seen(&self, file: &str) -> Result<Mesh, String> {
        let Some((pictures, uv)) = &self.pictures else { return self.triangles.seen(file) };
        let Triangles { corners, triangles } = &self.triangles;
        Mesh::textured((corners, uv), triangles, CREASE_RAD, Arc::clone(pictures))
            .map_err(|text| format!("the mesh {file}: {text}"))
    }
}

impl Triangles {
    /// The mesh in `bytes`, which come from `file` and are stretched by `scale` along its axes; or what is wrong with them
    /// and what to do.
    pub(in crate::world) fn read(file: &str, bytes: &[u8], scale: DVec3) -> Result<Self, String> {
        let mut mesh = Self::default();
        for part in painted(file, bytes, None)? {
            mesh.add(&part.triangles);
        }
        mesh.corners.iter_mut().for_each(|corner| *corner *= scale);
        mesh.checked(file)
    }

    /// Adds the triangles of `other`.
    pub(in crate::world) fn add(&mut self, other: &Self) {
        let first = self.corners.len() as u32;
        self.corners.extend(&other.corners);
        self.triangles.extend(other.triangles.iter().map(|triangle| triangle.map(|corner| first + corner)));
    }

    /// What an STL or OBJ file has, all in one.
    fn plain(file: &str, scene: io::Result<mesh_loader::Scene>) -> Result<Self, String> {
        let scene = scene.map_err(|error| format!("the mesh {file} cannot be read: {error}; export it again"))?;
        let mut mesh = Self::default();
        for part in scene.meshes {
            let corners = part.vertices.iter().map(|at| DVec3::from_array(at.map(f64::from))).collect();
            mesh.add(&Self { corners, triangles: part.faces });
        }
        Ok(mesh)
    }

    /// Itself where it can be drawn and touched.
    pub(in crate::world) fn checked(self, file: &str) -> Result<Self, String> {
        let (count, corners) = (self.triangles.len(), self.corners.len());
        if count == 0 {
            return Err(format!("the mesh {file} has no triangle; export it again or leave it out"));
        }
        if count > TRIANGLES_MAX {
            return Err(format!("the mesh {file} has {count} triangles; simplify it to at most {TRIANGLES_MAX}"));
        }
        if self.corners.iter().any(|vertex| !vertex.is_finite()) {
            return Err(format!("the mesh {file} has a corner that is not a number; export it again"));
        }
        if self.triangles.iter().flatten().any(|corner| *corner as usize >= corners) {
            return Err(format!("the mesh {file} names a corner that it does not have; export it again"));
        }
        Ok(self)
    }

    /// What is seen of it: edges sharper than [`CREASE_RAD`] stay sharp.
    pub(in crate::world) fn seen(&self, file: &str) -> Result<Mesh, String> {
        Mesh::creased(&self.corners, &self.triangles, CREASE_RAD).map_err(|text| format!("the mesh {file}: {text}"))
    }

    /// Its convex hull for the physics, or what is wrong with it and what to do.
    pub(in crate::world) fn hull(&self, file: &str) -> Result<rp::SharedShape, String> {
        let flat = || format!("the mesh {file} is flat and cannot be touched; put a thin box in its place");
        let spread = |axis: DVec3| {
            let along = self.corners.iter().map(|vertex| vertex.dot(axis));
            along.clone().fold(f64::NEG_INFINITY, f64::max) - along.fold(f64::INFINITY, f64::min)
        };
        let normals = self.triangles.iter().filter_map(|triangle| {
            let [a, b, c] = triangle.map(|corner| self.corners.get(corner as usize).copied().unwrap_or_default());
            (b - a).cross(c - a).try_normalize()
        });
        // A flat mesh has no extent along its normal; one triangle with a direction is enough to see it.
        let Some(normal) = normals.into_iter().next() else { return Err(flat()) };
        if spread(normal) < 1e-6 {
            return Err(flat());
        }
        rp::SharedShape::convex_hull(&self.corners).ok_or_else(flat)
    }
}

/// Whether a mesh can be in a file of this name.
///
/// # Errors
/// One sentence that says what to make of it.
pub(in crate::world) fn check_ending(file: &str) -> Result<(), String> {
    match ending(file).as_str() {
        known if MODELS.contains(&known) => Ok(()),
        "dae" => Err(format!(
            "the mesh {file} is COLLADA, which is not read; convert it to .glb, .gltf, .stl or .obj and name that"
        )),
        _ => Err(format!("the mesh {file} is neither .glb, .gltf, .stl nor .obj; export it as one of them")),
    }
}

fn ending(file: &str) -> String {
    file.rsplit('.').next().unwrap_or_default().to_ascii_lowercase()
}

/// The triangles in `bytes`, which come from `file`, by material; `fetch` gives further files that it names, and without it pictures
/// are passed over. Or what is wrong with them and what to do. They are not [`Triangles::checked`] yet.
pub(in crate::world) fn painted(file: &str, bytes: &[u8], fetch: Option<Fetch<'_>>) -> Result<Vec<Painted>, String> {
    check_ending(file)?;
    let scene = match ending(file).as_str() {
        "glb" | "gltf" => return gltf::read(file, bytes, fetch),
        "stl" => mesh_loader::stl::from_slice(bytes),
        _ => mesh_loader::obj::from_slice(bytes, Some(Path::new(file)), |_| -> io::Result<&[u8]> {
            // Material libraries are other files.
            Err(io::ErrorKind::NotFound.into())
        }),
    };
    let triangles = Triangles::plain(file, scene)?;
    Ok(vec![Painted { triangles, ..Painted::default() }])
}

#[cfg(test)]
mod tests {
    use super::*;

    const TETRAHEDRON: &str = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n";

    /// Binary STL with `count` triangles, of which each is another one.
    fn binary(count: u32) -> Vec<u8> {
        let mut bytes = vec![0_u8; 80];
        bytes.extend(count.to_le_bytes());
        for triangle in 0..count {
            let z = triangle as f32;
            for number in [0.0, 0.0, 1.0, 0.0, 0.0, z, 1.0, 0.0, z, 0.0, 1.0, z] {
                bytes.extend(f32::to_le_bytes(number));
            }
            bytes.extend([0, 0]);
        }
        bytes
    }

    #[test]
    fn text_and_binary_are_read_and_scaled() {
        let mesh = Triangles::read("hand.OBJ", TETRAHEDRON.as_bytes(), DVec3::splat(0.001)).expect("reads");
        assert_eq!((mesh.triangles.len(), mesh.corners[1]), (4, DVec3::Y * 0.001));
        let text = "solid s\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 2 0 0\nvertex 0 3 0\nendloop\nendfacet\nendsolid s\n";
        let mesh = Triangles::read("a.stl", text.as_bytes(), DVec3::ONE).expect("reads");
        assert_eq!((mesh.triangles.len(), mesh.corners[2]), (1, DVec3::Y * 3.0));
        assert_eq!(Triangles::read("b.stl", &binary(7), DVec3::ONE).expect("reads").triangles.len(), 7);
    }

    #[test]
    fn what_cannot_be_used_is_refused_in_a_sentence() {
        let refused = |file: &str, bytes: &[u8]| Triangles::read(file, bytes, DVec3::ONE).expect_err("refused");
        let many = refused("head.stl", &binary(1_000_000));
        assert_eq!(many, "the mesh head.stl has 1000000 triangles; simplify it to at most 200000");
        assert_eq!(
            refused("none.stl", &binary(0)),
            "the mesh none.stl has no triangle; export it again or leave it out"
        );
        assert!(refused("none.obj", b"v 0 0 0\n").contains("has no triangle"));
        assert!(refused("hand.fbx", b"").contains("is neither .glb, .gltf, .stl nor .obj"));
        assert_eq!(
            refused("hand.DAE", b"<COLLADA/>"),
            "the mesh hand.DAE is COLLADA, which is not read; convert it to .glb, .gltf, .stl or .obj and name that"
        );
        assert!(
            refused("cut.stl", &binary(9)[..200]).contains("cannot be read"),
            "{}",
            refused("cut.stl", &binary(9)[..200])
        );
        assert!(refused("far.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n").starts_with("the mesh far.obj"));
        assert!(refused("huge.obj", b"v 1e99 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n").starts_with("the mesh huge.obj"));
        let flat = Triangles::read("leaf.stl", &binary(1), DVec3::ONE).and_then(|mesh| mesh.hull("leaf.stl")).err();
        assert!(flat.is_some_and(|text| text.contains("leaf.stl is flat")));
    }

    #[test]
    fn a_hull_fills_the_mesh() {
        let mesh = Triangles::read("t.obj", TETRAHEDRON.as_bytes(), DVec3::ONE).expect("reads");
        let hull = mesh.hull("t.obj").expect("a hull");
        assert!((hull.mass_properties(6.0).mass() - 1.0).abs() < 1e-9, "a sixth of a cubic metre");
    }
}
