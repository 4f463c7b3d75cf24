//! Rays against a [`Snapshot`](crate::world::Snapshot)'s shapes: what lies first along a direction, how far, and which way
//! its surface looks there.
//!
//! Boxes, balls, cylinders, capsules and cones are met as what they are, as pictures meet them, but in f64; the roundings
//! of boxes and cylinders by Newton's method on a convex distance, to 1e-12 of their size. Meshes are met triangle by
//! triangle, their normals interpolated as the renderer's are. Trees over triangles and bodies are parry's, in f64. A surface
//! is met from outside only, as pictures show it: a ray that begins in a body leaves it unseen. Of several
//! surfaces at the very same distance one is told, the same every time.
//!
//! Deliberately not here: what a sensor makes of a hit, patterns and textures of materials, glass.

mod mesh;
#[cfg(test)]
mod picture_tests;
mod scene;
mod shape;
#[cfg(test)]
pub(crate) mod tests;

pub use mesh::Meshes;
pub(in crate::sense) use scene::moved;
pub use scene::{Hit, Moment, Scene, between, holder};

use glam::DVec3;

/// A half-line in some frame. Its direction has unit length, so that what it is asked for are metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it begins.
    pub origin: DVec3,
    /// Where it goes.
    pub direction: DVec3,
}

impl Ray {
    /// The point `distance_m` along it.
    pub fn at(&self, distance_m: f64) -> DVec3 {
        self.origin + self.direction * distance_m
    }
}

/// Where a ray enters a surface: distance in metres and the unit normal there, outwards, in the ray's frame.
pub(super) type Entry = (f64, DVec3);
