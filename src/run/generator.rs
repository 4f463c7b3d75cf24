//! What turns a draw into pictures. Today the procedural renderer; a learned world model would be another [`Generator`].

use serde::{Deserialize, Serialize};

use crate::base::{Rgb, StreamKey};
use crate::family::Family;
use crate::render::{Frame, Gpu, Renderer};
use crate::sample::Draw;
use crate::world::{Episode, Snapshot};

use super::RunError;

/// Makes the frames of one episode. Nothing above it knows which kind it is.
pub trait Generator {
    /// Kind, adapter and driver: what goes into the lineage.
    fn describe(&self) -> GeneratorInfo;

    /// All channels at recorded state `at` of `episode`.
    ///
    /// # Errors
    /// When the device fails.
    fn frame(&mut self, family: &Family, draw: &Draw, episode: &Episode, at: usize) -> Result<Frame, RunError>;
}

/// What made the frames: enough to know whether another machine gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratorInfo {
    /// `procedural renderer`; a learned one would name its weights' digest.
    pub kind: String,
    /// The graphics adapter.
    pub adapter: String,
    /// Its driver with version.
    pub driver: String,
    /// The graphics interface.
    pub backend: String,
}

/// The appearance of generated frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// As the family says.
    Family,
    /// Another table, lamp and camera: plays the part of reality in a demonstration.
    StandIn,
}

/// The wgpu renderer.
pub struct Procedural {
    renderer: Renderer,
    info: GeneratorInfo,
    look: Look,
    study_seed: u64,
}

impl Procedural {
    /// A generator on `gpu` for a study with `study_seed`.
    ///
    /// # Errors
    /// When the device refuses the pipelines.
    pub fn new(gpu: &Gpu, look: Look, study_seed: u64) -> Result<Self, RunError> {
        let info = GeneratorInfo {
            kind: "procedural renderer".to_owned(),
            adapter: gpu.adapter_name(),
            driver: gpu.driver_text(),
            backend: gpu.backend_name(),
        };
        Ok(Self { renderer: Renderer::new(gpu)?, info, look, study_seed })
    }
}

impl Generator for Procedural {
    fn describe(&self) -> GeneratorInfo {
        self.info.clone()
    }

    fn frame(&mut self, family: &Family, draw: &Draw, episode: &Episode, at: usize) -> Result<Frame, RunError> {
        let now = &episode.snapshots[at];
        let next = episode.snapshots.get(at + 1);
        match self.look {
            Look::Family => Ok(self.renderer.frame(now, next)?),
            Look::StandIn => {
                let mut frame = self.renderer.frame(&stand_in_scene(now), next.map(stand_in_scene).as_ref())?;
                let key = StreamKey::new(self.study_seed, &family.id);
                let mut noise = key.stream("stand-in noise", draw.index << 20 | at as u64);
                frame.colour = stand_in_camera(&frame.colour, &mut || noise.next_unit());
                Ok(frame)
            }
        }
    }
}

/// A greyer table, a warmer and lower lamp, harder shadows.
fn stand_in_scene(snapshot: &Snapshot) -> Snapshot {
    let mut scene = snapshot.clone();
    for body in &mut scene.bodies {
        if body.class == crate::world::Class::Table {
            body.material.surface = crate::world::Surface::Concrete;
            body.material.colour = [0.42, 0.40, 0.38];
            body.material.second = [0.30, 0.29, 0.28];
        }
    }
    let tint = |colour: [f32; 3]| [colour[0] * 1.15, colour[1] * 0.95, colour[2] * 0.72];
    scene.light.sun = tint(scene.light.sun);
    scene.light.sky = tint(scene.light.sky);
    scene.light.horizon = tint(scene.light.horizon);
    scene.light.sun_radius_rad = 0.01;
    scene
}

/// A cheap camera: soft lens, dark corners, noise that grows with brightness.
fn stand_in_camera(image: &Rgb, unit: &mut dyn FnMut() -> f64) -> Rgb {
    let mut out = image.clone();
    let (width, height) = (image.width, image.height);
    let centre = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    for y in 0..height {
        for x in 0..width {
            let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
            let (up, down) = (y.saturating_sub(1), (y + 1).min(height - 1));
            let around = [image.pixel(left, y), image.pixel(right, y), image.pixel(x, up), image.pixel(x, down)];
            let here = image.pixel(x, y);
            let (dx, dy) = ((f64::from(x) - centre.0) / centre.0, (f64::from(y) - centre.1) / centre.1);
            let vignette = 1.0 - 0.22 * (dx * dx + dy * dy);
            // The sum of two uniforms is near enough to a bell for a stand-in.
            let noise = (unit() + unit() - 1.0) * 9.0;
            let at = (y as usize * width as usize + x as usize) * 3;
            for channel in 0..3 {
                let sum: f64 = around.iter().map(|pixel| f64::from(pixel[channel])).sum();
                let soft = f64::from(here[channel]) * 0.4 + sum * 0.15;
                out.bytes[at + channel] = (soft * vignette + noise).clamp(0.0, 255.0) as u8;
            }
        }
    }
    out
}
