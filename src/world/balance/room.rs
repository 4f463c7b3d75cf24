//! The floor of the balance stage with its patch, and what stands round it.

use glam::{DVec2, DVec3};

use crate::world::body::{Part, boxed, pattern, plain};
use crate::world::snapshot::{Material, Surface};

/// Half the floor's side and its thickness, in metres.
const FLOOR_HALF_M: f64 = 6.0;
const FLOOR_THICK_M: f64 = 0.4;

/// A square that differs from the floor.
#[expect(clippy::struct_field_names, reason = "units stand in names")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Patch {
    /// Its middle.
    pub(super) at_m: DVec2,
    /// Half its side; 0 where there is none.
    pub(super) half_m: f64,
    /// How far it lies below the floor.
    pub(super) drop_m: f64,
}

/// The floor without the patch: one slab, or four round it.
pub(super) fn floor(patch: &Patch) -> Vec<Part> {
    let tiles = pattern(Surface::Tile, [[0.42, 0.41, 0.39], [0.24, 0.24, 0.24]], 0.6, 5);
    let end = FLOOR_HALF_M;
    let Patch { at_m: DVec2 { x: x_m, y: y_m }, half_m, .. } = *patch;
    if half_m <= 0.0 {
        return vec![slab([-end, end], [-end, end], 0.0, tiles)];
    }
    let ([near, far], [right, left]) = ([x_m - half_m, x_m + half_m], [y_m - half_m, y_m + half_m]);
    vec![
        slab([-end, near], [-end, end], 0.0, tiles),
        slab([far, end], [-end, end], 0.0, tiles),
        slab([near, far], [-end, right], 0.0, tiles),
        slab([near, far], [left, end], 0.0, tiles),
    ]
}

/// The patch: wet where it is level, bare where it lies deeper.
pub(super) fn patch(patch: &Patch) -> Vec<Part> {
    let Patch { at_m: DVec2 { x: x_m, y: y_m }, half_m, drop_m } = *patch;
    let wet = Material { roughness: 0.05, ..plain([0.10, 0.11, 0.12], 0.05) };
    let bare = pattern(Surface::Concrete, [[0.30, 0.30, 0.29], [0.22, 0.22, 0.22]], 0.4, 9);
    let material = if drop_m > 0.0 { bare } else { wet };
    vec![slab([x_m - half_m, x_m + half_m], [y_m - half_m, y_m + half_m], -drop_m, material)]
}

/// A box whose top lies at `top_m`.
fn slab([x0, x1]: [f64; 2], [y0, y1]: [f64; 2], top_m: f64, material: Material) -> Part {
    let half = 0.5 * FLOOR_THICK_M;
    let middle = DVec3::new(0.5 * (x0 + x1), 0.5 * (y0 + y1), top_m - half);
    Part::new(boxed(0.5 * (x1 - x0), 0.5 * (y1 - y0), half, 0.0), material, middle)
}

/// Walls and a rail behind the robot, which nothing touches.
pub(super) fn surroundings() -> [(&'static str, Vec<Part>); 2] {
    let plaster =
        Material { roughness: 0.9, ..pattern(Surface::Concrete, [[0.62, 0.62, 0.59], [0.54, 0.54, 0.52]], 0.5, 7) };
    let wall = vec![
        Part::new(boxed(0.05, 4.0, 1.5, 0.0), plaster, DVec3::new(-2.6, 0.0, 1.5)).ghost(),
        Part::new(boxed(4.0, 0.05, 1.5, 0.0), plaster, DVec3::new(1.0, 3.2, 1.5)).ghost(),
    ];
    let yellow = plain([0.60, 0.42, 0.04], 0.4);
    let mut rail = vec![Part::new(boxed(0.03, 2.4, 0.03, 0.01), yellow, DVec3::new(-2.2, 0.0, 0.9)).ghost()];
    for y in [-2.2, -0.8, 0.8, 2.2] {
        rail.push(Part::new(boxed(0.03, 0.03, 0.45, 0.01), yellow, DVec3::new(-2.2, y, 0.45)).ghost());
    }
    [("wall", wall), ("rail", rail)]
}
