//! Models of users' own: read once from the files beside a family, then put into every draw at its size.
//!
//! What is seen has the colours and pictures of the file's materials; what is touched is the convex hull of the whole, so a cup
//! is closed to what would fall into it. Several bodies, joints and animations in one model are deliberately not read.

use std::sync::Arc;

use glam::DVec3;
use rapier3d_f64::prelude as rp;

use super::body::Part;
use super::mesh::file::{Painted, Triangles, painted};
use super::snapshot::{Material, Mesh, Shape};
use crate::family::Files;

/// The least and the most that a model may measure in a draw, in metres, along the axis that it is longest on.
const SIZE_M: [f64; 2] = [0.001, 100.0];

/// A model as its file has it.
#[derive(Debug)]
pub(super) struct Model {
    /// What is seen, with the material of the file where it has one.
    seen: Vec<(Arc<Mesh>, Option<Material>)>,
    /// Corners of the convex hull.
    hull: Vec<DVec3>,
    /// Longest extent in metres.
    size_m: f64,
}

impl Model {
    /// The model in `file`, read at the first call; or what is wrong with it and what to do.
    pub(super) fn of(files: &Files, file: &str) -> Result<Arc<Self>, String> {
        let read = files.kept(&format!("model {file}"), || Self::read(files, file).map(Arc::new));
        (*read).clone()
    }

    fn read(files: &Files, file: &str) -> Result<Self, String> {
        let fetch = |reference: &str| files.referenced(file, reference).map(<[u8]>::to_vec);
        let mut parts = painted(file, files.bytes(file)?, Some(&fetch))?;
        parts.retain(|part| !part.triangles.triangles.is_empty());
        let mut whole = Triangles::default();
        for part in &parts {
            whole.add(&part.triangles);
        }
        let whole = whole.checked(file)?;
        let hull = whole.hull(file)?;
        let points = hull.as_convex_polyhedron().map(|hull| hull.points().to_vec()).unwrap_or_default();
        let seen = |part: &Painted| Ok((Arc::new(part.seen(file)?), part.material));
        let seen = parts.iter().map(seen).collect::<Result<_, String>>()?;
        let mut model = Self { seen, hull: points, size_m: 0.0 };
        let [low, high] = model.extent_m();
        model.size_m = (high - low).max_element();
        Ok(model)
    }

    /// The lowest and the highest of its corners, as in its file.
    pub(super) fn extent_m(&self) -> [DVec3; 2] {
        let grown = |[low, high]: [DVec3; 2], point: &DVec3| [low.min(*point), high.max(*point)];
        self.hull.iter().fold([DVec3::INFINITY, DVec3::NEG_INFINITY], grown)
    }

    /// Why it cannot stand in a draw `scale` times as large as in its file.
    pub(super) fn misfit(&self, scale: f64) -> Option<String> {
        let (size_m, [low, high]) = (self.size_m * scale, SIZE_M);
        let unit = if size_m > high { "; a file in millimetres needs scale 0.001" } else { "" };
        (!(low..=high).contains(&size_m)).then(|| {
            format!("it is {size_m} m long at scale {scale}; choose a scale at which it is {low} to {high} m{unit}")
        })
    }

    /// Its parts at `scale`, in the file's colours or all in `paint`; `plain` is what has no colour in the file.
    pub(super) fn parts(&self, scale: f64, paint: Option<Material>, plain: Material) -> Result<Vec<Part>, String> {
        let hull: Vec<DVec3> = self.hull.iter().map(|point| *point * scale).collect();
        let flat = || "it is flat and cannot be touched; put a thin box in its place".to_owned();
        let hull = rp::SharedShape::convex_hull(&hull).ok_or_else(flat)?;
        let mut all = Vec::with_capacity(self.seen.len());
        for (mesh, material) in &self.seen {
            let mesh = if scale == 1.0 { Arc::clone(mesh) } else { Arc::new(mesh.scaled(scale)) };
            let material = paint.or(*material).unwrap_or(plain);
            all.push(Part::new(Shape::Mesh(mesh), material, DVec3::ZERO).ghost());
        }
        // The hull is of them all, and the first carries it.
        if let Some(first) = all.first_mut() {
            first.solid = true;
            first.hull = Some(hull);
        }
        Ok(all)
    }
}
