//! The camera of a frame in `labels.json`, whole: with these numbers alone a reader projects what the file tells in the world.

use glam::{DQuat, DVec2, DVec3};
use serde::{Deserialize, Serialize};

use super::{PointEntry, PoseEntry};
use crate::base::Pose;
use crate::sense::camera::lens::{Eye, Kind, Lens};
use crate::world::Camera;

/// How far a place in the file may lie from where its own camera shows it, in pixels, beyond what rounding makes up.
const SLACK_PX: f64 = 0.01;
/// By how much rounding moves a point in the camera's frame, in metres.
const ROUNDED_M: f64 = 4e-6;

/// A camera at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraEntry {
    /// Width and height of the picture in pixels; absent in files from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_px: Option<[u32; 2]>,
    /// Focal lengths in pixels.
    pub focal_px: [f64; 2],
    /// Principal point in pixels.
    pub centre_px: [f64; 2],
    /// What bends the picture; absent in files from before it was kept, whose lens is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lens: Option<LensEntry>,
    /// `world_from_camera`.
    pub world: PoseEntry,
}

/// A lens with all its coefficients, named as OpenCV's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the coefficients are the models' own")]
pub enum LensEntry {
    /// None.
    Pinhole,
    /// Radial, rational and tangential.
    BrownConrady { k1: f64, k2: f64, p1: f64, p2: f64, k3: f64, k4: f64, k5: f64, k6: f64 },
    /// A fisheye.
    KannalaBrandt { k1: f64, k2: f64, k3: f64, k4: f64 },
}

impl LensEntry {
    fn of(lens: &Lens) -> Self {
        match *lens.kind() {
            Kind::Pinhole => Self::Pinhole,
            Kind::BrownConrady([k1, k2, k3, k4, k5, k6], [p1, p2]) => {
                Self::BrownConrady { k1, k2, p1, p2, k3, k4, k5, k6 }
            }
            Kind::KannalaBrandt([k1, k2, k3, k4]) => Self::KannalaBrandt { k1, k2, k3, k4 },
        }
    }

    /// The lens that it tells of.
    pub fn lens(&self) -> Lens {
        match *self {
            Self::Pinhole => Lens::PINHOLE,
            Self::BrownConrady { k1, k2, p1, p2, k3, k4, k5, k6 } => {
                Lens::brown_conrady([k1, k2, k3, k4, k5, k6], [p1, p2])
            }
            Self::KannalaBrandt { k1, k2, k3, k4 } => Lens::kannala_brandt([k1, k2, k3, k4]),
        }
    }
}

impl CameraEntry {
    pub(super) fn of(eye: &Eye<'_>) -> Self {
        let camera = eye.camera;
        Self {
            size_px: Some([camera.width_px, camera.height_px]),
            focal_px: camera.focal_px.to_array(),
            centre_px: camera.centre_px.to_array(),
            lens: Some(LensEntry::of(&eye.lens)),
            world: PoseEntry::of(&camera.world_from_camera),
        }
    }

    /// The camera and its lens as told; `None` where the file is too old to tell all of it.
    pub fn read(&self) -> Option<(Camera, Lens)> {
        let ([width_px, height_px], lens) = (self.size_px?, self.lens?);
        let world_from_camera = Pose {
            position: DVec3::from_array(self.world.at_m),
            rotation: DQuat::from_array(self.world.turn_xyzw).normalize(),
        };
        let (focal_px, centre_px) = (DVec2::from_array(self.focal_px), DVec2::from_array(self.centre_px));
        Some((Camera { width_px, height_px, focal_px, centre_px, world_from_camera }, lens.lens()))
    }

    /// What is wrong with it and with `points`, which are places in the world and in a picture of `size`; `None` where nothing is, or
    /// where the file is too old to tell.
    pub(super) fn fault<'a>(&self, size: [u32; 2], mut points: impl Iterator<Item = &'a PointEntry>) -> Option<String> {
        let (camera, lens) = self.read()?;
        if [camera.width_px, camera.height_px] != size {
            let [width, height] = size;
            let [own_width, own_height] = [camera.width_px, camera.height_px];
            return Some(format!("its camera's picture is {own_width} x {own_height} pixels, not {width} x {height}"));
        }
        let numbers = [camera.focal_px, camera.centre_px];
        if !numbers.iter().all(|pair| pair.is_finite()) || camera.focal_px.min_element() <= 0.0 {
            return Some("its camera's focal lengths are not numbers over 0".to_owned());
        }
        let eye = Eye { camera: &camera, lens };
        let wrong = points.find_map(|point| off(&eye, point));
        wrong.map(|(told, shown)| format!("a point is told at {told} px, where its camera shows {shown} px"))
    }
}

/// Where `point` is told to be in the picture and where `eye` shows it, where these differ.
fn off(eye: &Eye<'_>, point: &PointEntry) -> Option<(DVec2, DVec2)> {
    let told = DVec2::from_array(point.px?);
    let (shown, depth_m) = eye.project(DVec3::from_array(point.at_m));
    // A lens has a rim, and rounding may move a point over it.
    let is_told = depth_m > 0.0 && shown.is_finite();
    let slack_px = SLACK_PX + eye.camera.focal_px.max_element() * ROUNDED_M / depth_m.max(ROUNDED_M);
    (is_told && told.distance(shown) > slack_px).then_some((told, shown))
}
