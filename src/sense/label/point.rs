//! Points in the picture: named points of things, and where things touch.
//!
//! Whether a point is seen is read off the depth that was drawn: the surface at one of the nine pixels round it, carried on along
//! its tangent plane to where the point is, lies before the point by no more than the point is deep below its own surface (a joint
//! is inside its limb), 5 mm, and what the depth of a surface at 45° changes over a pixel.

use std::sync::Arc;

use glam::{DVec2, DVec3};

use super::super::camera::lens::Eye;
use crate::render::Frame;
use crate::world::facts::{Bones, Pressing, Skeleton};

/// Slack of every comparison of depths, in metres; and the pixels over which a surface at 45° may change.
const SLACK_M: f64 = 0.005;
const SLACK_PX: f64 = 1.0;
/// A tangent plane that is seen flatter than this (the cosine of its normal with the ray) is not carried on.
const FLAT: f64 = 0.02;

/// Whether a point is seen, as COCO numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// It is not in the picture.
    Outside = 0,
    /// It is in the picture, behind something.
    Hidden = 1,
    /// It is seen.
    Visible = 2,
}

/// A point of the world in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// In metres in the world.
    pub at: DVec3,
    /// In pixels, wherever that is; `None` behind the camera.
    pub px: Option<DVec2>,
    /// Along the optical axis in metres.
    pub depth_m: f64,
    /// Whether it is seen.
    pub sight: Sight,
}

/// The named points of an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// Their names, and which are joined.
    pub bones: Arc<Bones>,
    /// In the order of the names.
    pub points: Vec<Point>,
}

/// Two things that press on each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// Names, instances, forces and points in the world.
    pub pressing: Pressing,
    /// Where the normal force acts.
    pub at: Point,
    /// The points, in the order of [`Pressing::points`].
    pub points: Vec<Point>,
}

/// The points of `skeleton` in `frame`.
pub(super) fn points(frame: &Frame, eye: &Eye<'_>, skeleton: &Skeleton) -> Points {
    let own = |instance: u16| instance == skeleton.instance;
    let deep = skeleton.bones.inside_m.iter().copied().chain(core::iter::repeat(0.0));
    let points = skeleton.at.iter().zip(deep).map(|(at, inside_m)| point(frame, eye, (*at, inside_m), &own)).collect();
    Points { bones: Arc::clone(&skeleton.bones), points }
}

/// Where `pressing` is in `frame`. A contact is seen where one of the two is.
pub(super) fn contact(frame: &Frame, eye: &Eye<'_>, pressing: &Pressing) -> Contact {
    let either = |instance: u16| instance == pressing.a.1 || instance == pressing.b.1;
    let shown = |at: DVec3| point(frame, eye, (at, 0.0), &either);
    let points = pressing.points.iter().map(|(at, _)| shown(*at)).collect();
    Contact { pressing: pressing.clone(), at: shown(pressing.at), points }
}

/// The point `at`, `inside_m` below the surface of the instances that `own` names. The nine pixels round it are looked at: at a
/// corner, the one that holds it may show what is behind.
fn point(frame: &Frame, eye: &Eye<'_>, (at, inside_m): (DVec3, f64), own: &dyn Fn(u16) -> bool) -> Point {
    let camera = eye.camera;
    let (px, depth_m) = eye.project(at);
    let size = DVec2::new(f64::from(frame.width), f64::from(frame.height));
    if depth_m <= 0.0 || !px.is_finite() {
        return Point { at, px: None, depth_m, sight: Sight::Outside };
    }
    if px.cmplt(DVec2::ZERO).any() || px.cmpge(size).any() {
        return Point { at, px: Some(px), depth_m, sight: Sight::Outside };
    }
    let slack_m = inside_m + SLACK_M + SLACK_PX * depth_m / camera.focal_px.min_element();
    let ray = camera.world_from_camera.rotation * eye.ray(px);
    let shows = |x: u32, y: u32| {
        let pixel = y as usize * frame.width as usize + x as usize;
        frame.instance.get(pixel).is_some_and(|instance| *instance != 0 && own(*instance))
            && carried_on_m(frame, eye, [x, y], ray) > depth_m - slack_m
    };
    let (column, row) = (px.x as u32, px.y as u32);
    let around = |middle: u32, end: u32| middle.saturating_sub(1)..(middle + 2).min(end);
    let is_seen = around(row, frame.height).any(|y| around(column, frame.width).any(|x| shows(x, y)));
    Point { at, px: Some(px), depth_m, sight: if is_seen { Sight::Visible } else { Sight::Hidden } }
}

/// The depth at which `ray` (of depth 1) meets the tangent plane of what is drawn at a pixel: that of the pixel itself where the
/// plane is seen too flatly.
fn carried_on_m(frame: &Frame, eye: &Eye<'_>, [x, y]: [u32; 2], ray: DVec3) -> f64 {
    let pixel = y as usize * frame.width as usize + x as usize;
    let drawn_m = frame.depth_m.get(pixel).copied().map_or(0.0, f64::from);
    let normal =
        DVec3::from_array(frame.normal.get(pixel).copied().unwrap_or_default().map(f64::from)).normalize_or_zero();
    let centre = DVec2::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
    let own_ray = eye.camera.world_from_camera.rotation * eye.ray(centre);
    let (here, there) = (normal.dot(own_ray), normal.dot(ray));
    let flat = FLAT * ray.length();
    if here > -flat || there > -flat { drawn_m } else { drawn_m * here / there }
}
