//! Boxes round the shapes of an instance: oriented ones in space, upright ones in the picture that may reach beyond it.
//!
//! Both are those of the geometry itself, whatever hides it, and exact for every shape (`world::shape`).

use glam::{DVec2, DVec3};

use super::super::camera::lens::Eye;
use crate::base::Pose;
use crate::world::Body;

/// An oriented box round all shapes of an instance, along the axes of the largest of them (the first of several): the one whose
/// half extents have the largest product.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solid {
    /// `world_from_box`: its middle, and its axes.
    pub world: Pose,
    /// `camera_from_box`.
    pub camera: Pose,
    /// Its whole extent along its own x, y and z, in metres.
    pub size_m: DVec3,
    /// Its corners in pixels. Bits 0, 1 and 2 of a corner's number say whether it is on the far side along x, y and z. `None`
    /// where it is behind the camera; others may lie outside the picture.
    pub corners_px: [Option<DVec2>; 8],
}

/// The rectangle that an instance's shapes span in the picture and beyond it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// x, y, width and height in pixels, not rounded.
    pub bbox_px: [f64; 4],
    /// The share of that rectangle that lies outside the picture, 0 to 1.
    pub outside: f64,
}

/// The oriented box round `bodies` in the picture of `camera`; `None` where there are none.
pub(super) fn solid(bodies: &[&Body], eye: &Eye<'_>) -> Option<Solid> {
    let volume = |body: &Body| body.shape.half_extents_m().to_array().iter().product::<f64>();
    let largest = bodies.iter().copied().reduce(|best, body| if volume(body) > volume(best) { body } else { best })?;
    let rotation = largest.pose.rotation;
    let (mut low, mut high) = (DVec3::INFINITY, DVec3::NEG_INFINITY);
    let axes = [DVec3::X, DVec3::Y, DVec3::Z].map(|axis| rotation * axis);
    for body in bodies {
        let most = axes.map(|axis| body.reach_m(axis));
        let least = axes.map(|axis| -body.reach_m(-axis));
        (low, high) = (low.min(DVec3::from_array(least)), high.max(DVec3::from_array(most)));
    }
    let world = Pose { position: rotation * (0.5 * (low + high)), rotation };
    let half = 0.5 * (high - low);
    let corners_px = core::array::from_fn(|corner| {
        let side = |bit: usize| if corner >> bit & 1 == 1 { 1.0 } else { -1.0 };
        let (pixel, depth_m) = eye.project(world.point(half * DVec3::new(side(0), side(1), side(2))));
        (depth_m > 0.0 && pixel.is_finite()).then_some(pixel)
    });
    Some(Solid { world, camera: eye.camera.world_from_camera.inverse().then(&world), size_m: 2.0 * half, corners_px })
}

/// The rectangle round `bodies`; `None` where there are none, or where some of them reach behind the camera.
pub(super) fn extent(bodies: &[&Body], eye: &Eye<'_>) -> Option<Extent> {
    let (mut low, mut high) = (DVec2::INFINITY, DVec2::NEG_INFINITY);
    for body in bodies {
        let [from, to] = eye.rectangle(body.extent_px(eye.camera)?)?;
        (low, high) = (low.min(from), high.max(to));
    }
    if !(low.is_finite() && high.is_finite()) {
        return None;
    }
    let picture = DVec2::new(f64::from(eye.camera.width_px), f64::from(eye.camera.height_px));
    let area = |size: DVec2| size.max(DVec2::ZERO).element_product();
    let inside = area(high.min(picture) - low.max(DVec2::ZERO));
    let (size, whole) = (high - low, area(high - low));
    let outside = if whole > 0.0 { 1.0 - inside / whole } else { 0.0 };
    Some(Extent { bbox_px: [low.x, low.y, size.x, size.y], outside })
}
