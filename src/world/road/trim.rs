//! Rounded boxes on vehicles whose places both looks and named points ask for: lamps, mirrors, number plates, the strip on a side.
//!
//! All lengths are in metres in the vehicle's frame; `side` is 1 on the left and −1 on the right. Colours are the looks'.

use glam::DVec3;

use super::vehicle::Build;
use crate::world::body::{Part, boxed};
use crate::world::snapshot::Material;

/// A box with rounded edges, along the vehicle's axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trim {
    half: DVec3,
    round: f64,
    at: DVec3,
}

impl Trim {
    const fn new(half: [f64; 3], round: f64, at: [f64; 3]) -> Self {
        Self { half: DVec3::from_array(half), round, at: DVec3::from_array(at) }
    }

    /// The part that is seen of it.
    pub(super) fn part(&self, material: Material) -> Part {
        let DVec3 { x, y, z } = self.half;
        Part::new(boxed(x, y, z, self.round), material, self.at).ghost()
    }

    /// The place on its surface that is farthest `way`, whose coordinates are −1, 0 or 1: the middle of a face, of a rounded edge or
    /// of a rounded corner.
    pub(super) fn tip(&self, way: DVec3) -> DVec3 {
        self.at + (self.half - self.round) * way + self.round * way.normalize()
    }
}

/// A headlamp.
pub(super) fn headlamp(build: &Build, side: f64) -> Trim {
    let x = build.half.x;
    if build.is_van() {
        Trim::new([0.10, 0.13, 0.09], 0.04, [x - 0.14, side * 0.72, 0.78])
    } else {
        Trim::new([0.09, 0.15, 0.05], 0.03, [x - 0.12, side * 0.58, 0.615])
    }
}

/// A tail lamp.
pub(super) fn tail_lamp(build: &Build, side: f64) -> Trim {
    let DVec3 { x, y, .. } = build.half;
    if build.is_van() {
        Trim::new([0.03, 0.06, 0.2], 0.01, [-x + 0.005, side * (y - 0.10), 1.0])
    } else {
        Trim::new([0.03, 0.16, 0.06], 0.01, [-x + 0.005, side * (y - 0.22), 0.80])
    }
}

/// An outside mirror.
pub(super) fn mirror(build: &Build, side: f64) -> Trim {
    if build.is_van() {
        Trim::new([0.04, 0.10, 0.17], 0.03, [1.55, side * 1.10, 1.45])
    } else {
        Trim::new([0.06, 0.10, 0.065], 0.03, [0.70, side * 0.93, 0.99])
    }
}

/// The number plate at the rear, which a van has on its left door.
pub(super) fn plate(build: &Build) -> Trim {
    let x = build.half.x;
    if build.is_van() {
        Trim::new([0.02, 0.26, 0.06], 0.005, [-x - 0.01, 0.3, 0.75])
    } else {
        Trim::new([0.02, 0.26, 0.055], 0.005, [-x, 0.0, 0.60])
    }
}
