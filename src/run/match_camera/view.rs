//! A moment of a draw as a tried camera sees it, in the size of a real picture.
//!
//! Through the family's lens, glass, exposure, balance and tone curve, but of one instant, without noise and without coding: what
//! is matched is what the camera would see on average. Nothing is fitted here.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::{DVec2, DVec3};

use super::{Pair, Trial};
use crate::base::{Linear, Pose, Rgb, StreamKey};
use crate::family::Family;
use crate::family::validate::PICTURE_SIDE_PX;
use crate::render::Renderer;
use crate::run::RunError;
use crate::run::generator::Lit;
use crate::run::preview::Preview;
use crate::sense::camera::lens::Lens;
use crate::sense::camera::{self, CameraError, Finish, Taking, exposure, toned};
use crate::world::sensor_model::Balance;
use crate::world::{self, Camera, SensorModel, Snapshot};

/// A moment of a draw that is looked at.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The family whose camera is matched.
    pub family: Arc<Family>,
    /// The draw's index.
    pub draw: u64,
    /// The values behind it.
    pub values: BTreeMap<String, f64>,
    /// The moment, in the size of the real picture, and what an automatic exposure saw before it.
    states: Vec<Snapshot>,
    /// The camera beside its pose.
    model: SensorModel,
    lens: Lens,
    /// The family's own camera, in the frame of what it rides on.
    own: Camera,
    /// Of what it rides on.
    world_from_mount: Pose,
}

/// What a tried camera sees.
#[derive(Clone, Debug)]
pub struct Synthetic {
    /// The trial.
    pub trial: Trial,
    /// Its picture.
    pub colour: Arc<Rgb>,
    /// The light behind the picture, before the tone curve.
    pub(super) light: Arc<Linear>,
    /// Along the optical axis in metres; 0 for the sky.
    depth_m: Arc<[f32]>,
    /// In the world.
    camera: Camera,
    lens: Lens,
}

impl Scene {
    /// The moment `time_s` of a draw of `family`, in a picture of `size_px`.
    ///
    /// # Errors
    /// When the size does not suit the camera, or its lens cannot make the picture.
    pub fn new(family: &Arc<Family>, preview: &Preview, time_s: f64, size_px: [u32; 2]) -> Result<Self, RunError> {
        let (draw, family) = (preview.draw.index, Arc::clone(family));
        let (spec, _) = world::camera_of(&family, &preview.draw)?;
        let own = resized(&family, spec, size_px).map_err(RunError::Request)?;
        let states = &preview.episode.snapshots;
        let n_states = states.partition_point(|state| state.time_s <= time_s + 1e-6).max(1);
        let states: Vec<Snapshot> = states.iter().take(n_states).cloned().collect();
        let seen = states.last().map(|state| state.camera.world_from_camera);
        let seen = seen.ok_or_else(|| RunError::Request("the episode has no states".to_owned()))?;
        let model = preview.episode.sensor.as_deref().cloned().unwrap_or_default();
        let model = SensorModel { noise: None, shutter: None, coding: None, ..model };
        let lens = Lens::of(&model);
        lens.check(&own).map_err(|folds| RunError::Request(format!("draw {draw}: {folds}")))?;
        let world_from_mount = seen.then(&own.world_from_camera.inverse());
        let values = preview.draw.values.clone();
        Ok(Self { family, draw, values, states, model, lens, own, world_from_mount })
    }

    /// The family's own camera as a trial.
    pub fn own(&self) -> Trial {
        Trial::of(&self.own)
    }

    /// Pixels in a row, and rows.
    pub fn size_px(&self) -> [u32; 2] {
        [self.own.width_px, self.own.height_px]
    }

    /// Whether the focal length is calibrated, so that no angle of view is tried.
    pub fn is_calibrated(&self) -> bool {
        self.family.camera.sensor.as_ref().is_some_and(|sensor| sensor.intrinsics.is_some())
    }

    /// When it is, in seconds.
    pub fn time_s(&self) -> f64 {
        self.states.last().map_or(0.0, |state| state.time_s)
    }

    /// The tried camera in the world.
    pub fn camera(&self, trial: &Trial) -> Camera {
        let pose = self.world_from_mount.then(&trial.pose());
        let [width, height] = self.size_px();
        if self.is_calibrated() || trial.view_deg == self.own().view_deg {
            return Camera { world_from_camera: pose, ..self.own };
        }
        Camera::with_vertical_fov(width, height, trial.view_deg, pose)
    }

    /// `trial` with its camera at a pose in the world.
    pub(super) fn at(&self, trial: &Trial, world_from_camera: &Pose) -> Trial {
        trial.at(&self.world_from_mount.inverse().then(world_from_camera))
    }

    /// The lens.
    pub(super) fn lens(&self) -> &Lens {
        &self.lens
    }

    /// The tone curve, backwards.
    pub(super) fn light_of(&self, code: [f32; 3]) -> [f32; 3] {
        exposure::light(&self.model.tone, code)
    }

    /// Where the tried camera shows a point of the world, in pixels; `None` where it does not.
    pub fn project(&self, trial: &Trial, point_m: DVec3) -> Option<DVec2> {
        let camera = self.camera(trial);
        self.lens.project(&camera, camera.world_from_camera.inverse().point(point_m))
    }

    /// How many pixels lie between each pair's point and its pixel; infinitely many where the point is not seen.
    pub fn residuals_px(&self, trial: &Trial, pairs: &[Pair]) -> Vec<f64> {
        let off = |pair: &Pair| self.project(trial, pair.point_m).map_or(f64::INFINITY, |at| at.distance(pair.pixel));
        pairs.iter().map(off).collect()
    }
}

/// `camera` in another size. An angle of view holds; a calibrated focal length goes with the size, and the shape must be the same.
fn resized(family: &Family, camera: Camera, size_px: [u32; 2]) -> Result<Camera, String> {
    let [width, height] = size_px;
    if let Some(side) = size_px.into_iter().find(|side| !PICTURE_SIDE_PX.contains(side)) {
        let (least, most) = (PICTURE_SIDE_PX.start(), PICTURE_SIDE_PX.end());
        return Err(format!(
            "the real picture is {width} x {height} px; {side} is not within {least} to {most}, resize the picture"
        ));
    }
    let (was_width, was_height) = (camera.width_px, camera.height_px);
    if [was_width, was_height] == size_px {
        return Ok(camera);
    }
    let is_calibrated = family.camera.sensor.as_ref().is_some_and(|sensor| sensor.intrinsics.is_some());
    let scale = f64::from(height) / f64::from(was_height);
    if is_calibrated && !same_shape([was_width, was_height], size_px) {
        return Err(format!(
            "the camera is calibrated for {was_width} x {was_height} px, but the real picture is {width} x {height} px, which is \
             another shape; take in the calibration of this picture"
        ));
    }
    let centre_px =
        if is_calibrated { camera.centre_px * scale } else { DVec2::new(f64::from(width), f64::from(height)) * 0.5 };
    Ok(Camera { width_px: width, height_px: height, focal_px: camera.focal_px * scale, centre_px, ..camera })
}

/// Whether two sizes have one shape to half a pixel.
pub(in crate::run) fn same_shape(one: [u32; 2], other: [u32; 2]) -> bool {
    let [[w, h], [width, height]] = [one.map(f64::from), other.map(f64::from)];
    (w * height / h - width).abs() <= 0.5
}

/// A moment, the camera that saw it, its light through the lens and its depth in metres.
type Kept = (Arc<Scene>, Camera, Linear, Arc<[f32]>);

/// Makes a tried camera's pictures; keeps what the next one may need.
#[derive(Default)]
pub struct Viewer {
    taking: Taking,
    /// What an automatic exposure had come to at the moment of the last scene, in stops.
    auto_ev: Option<(Arc<Scene>, f64)>,
    /// The last camera's light through the lens, and its depth: an exposure needs no new picture.
    kept: Option<Kept>,
}

impl Viewer {
    /// What `scene` looks like through the tried camera.
    ///
    /// # Errors
    /// When the device fails, or the lens cannot make the picture.
    pub fn see(&mut self, renderer: &mut Renderer, scene: &Arc<Scene>, trial: &Trial) -> Result<Synthetic, RunError> {
        let auto_ev = self.auto_ev(renderer, scene)?;
        let camera = scene.camera(trial);
        let told = |error: CameraError<_>| match error {
            CameraError::Pinhole(error) => RunError::from(error),
            other => RunError::Request(format!("draw {}: {other}", scene.draw)),
        };
        let known = self.kept.take().filter(|kept| Arc::ptr_eq(&kept.0, scene) && kept.1 == camera);
        let (light, depth_m) = if let Some((.., light, depth_m)) = known {
            (light, depth_m)
        } else {
            let now = scene.states.last().cloned().map(|state| Snapshot { camera, ..state });
            let now = now.ok_or(RunError::Stopped)?;
            let (frame, light) = self.taking.instant(&mut Lit(renderer), &scene.model, &now).map_err(told)?;
            (light, frame.depth_m.into())
        };
        let model = nudged(&scene.model, trial);
        let plan = self.taking.plan(scene.lens, &camera).map_err(|error| RunError::Request(error.to_string()))?;
        let chance = StreamKey::new(0, &scene.family.id).purpose("match");
        let finish = Finish { model: &model, camera, auto_ev: auto_ev + trial.ev, chance };
        let out = finish.exposed(light.clone(), &depth_m, plan);
        let colour = Arc::new(toned(&out, &model));
        let synthetic = Synthetic {
            trial: *trial,
            colour,
            light: Arc::new(out),
            depth_m: Arc::clone(&depth_m),
            camera,
            lens: scene.lens,
        };
        self.kept = Some((Arc::clone(scene), camera, light, depth_m));
        Ok(synthetic)
    }

    fn auto_ev(&mut self, renderer: &mut Renderer, scene: &Arc<Scene>) -> Result<f64, RunError> {
        if let Some((known, ev)) = &self.auto_ev
            && Arc::ptr_eq(known, scene)
        {
            return Ok(*ev);
        }
        let all = camera::follow(&mut Lit(renderer), &scene.states, &scene.model)?;
        let ev = all.last().copied().unwrap_or(0.0);
        self.auto_ev = Some((Arc::clone(scene), ev));
        Ok(ev)
    }
}

/// The model with the trial's gains on top of its own.
fn nudged(model: &SensorModel, trial: &Trial) -> SensorModel {
    let own = model.balance.unwrap_or_default();
    let [red, green, blue] = trial.gains;
    let balance = Balance { red: own.red * red, green: own.green * green, blue: own.blue * blue, ..own };
    SensorModel { balance: Some(balance), ..model.clone() }
}

impl Synthetic {
    /// The point of the world that a place in the picture shows, in metres; `None` for the sky and outside the lens.
    pub fn point_m(&self, pixel: DVec2) -> Option<DVec3> {
        let [width, height] = [self.camera.width_px, self.camera.height_px];
        let is_in = pixel.x >= 0.0 && pixel.y >= 0.0 && pixel.x < f64::from(width) && pixel.y < f64::from(height);
        if !is_in {
            return None;
        }
        // The depth is that of the pixel's centre: near a slanted edge another place in it is not as far away.
        let centre = pixel.floor() + 0.5;
        let at = pixel.y as usize * width as usize + pixel.x as usize;
        let depth_m = f64::from(*self.depth_m.get(at)?);
        let ray = self.lens.ray(&self.camera, centre)?;
        let is_seen = depth_m > 0.0 && ray.z > 1e-6;
        is_seen.then(|| self.camera.world_from_camera.point(ray * (depth_m / ray.z)))
    }
}
