//! A camera that is a camera: pinhole pictures in linear light become what a lens, a shutter, a chip and a file make of them.
//!
//! One file a stage, in the order of light: which pinhole pictures a lens needs (`lens`, `view`), when (`shutter`), what the
//! glass does (`optics`), how bright it comes out (`exposure`), what the chip adds (`noise`) behind its colour filters ([`crate::base::bayer`]), what a
//! file leaves (`codec`), and what a video leaves of many (`video`: whoever has the pictures in their order takes them through it).
//! Everything is a pure function of its arguments; chance comes from one stream a pixel and picture. Who renders comes in as a
//! [`Pinhole`]. Defocus is done once on the finished exposure, by the depth in the middle of each row's time, and fringes move
//! colour but not ids: labels are those of green light. An ideal camera needs none of this and its pictures never come here.

pub mod codec;
pub mod exposure;
pub mod lens;
pub mod noise;
pub mod optics;
pub mod shutter;
pub mod video;
pub mod view;

#[cfg(test)]
mod tests;

use glam::DVec2;
use rayon::prelude::*;

use crate::base::bayer::Array;
use crate::base::{Linear, Purpose, Rgb};
use crate::render::{Extra, Frame, Wanted};
use crate::world::sensor_model::{BrownConrady, KannalaBrandt, Mosaic};
use crate::world::{Camera, SensorModel, Snapshot};

use codec::CodecError;
use lens::Lens;
use noise::Chip;
use shutter::{Exposed, Timing, fastest_px, moment};
use view::{Plan, ViewError};

/// Pixels in a row of the pictures that are metered.
const METERED_PX: u32 = 48;

/// Whoever makes pinhole pictures.
pub trait Pinhole {
    /// Why there is none.
    type Error: std::error::Error;

    /// The frame of `now`, with flow to `next`, and its linear radiance before exposure and tone curve, in the same size.
    ///
    /// # Errors
    /// When the device fails.
    fn linear_frame(&mut self, now: &Snapshot, next: Option<&Snapshot>) -> Result<(Frame, Linear), Self::Error>;

    /// As [`Self::linear_frame`], and with it the matter's own colour as [`Extra::albedo`] has it; `None` where it is not known.
    ///
    /// # Errors
    /// When the device fails.
    fn matter_frame(
        &mut self,
        now: &Snapshot,
        next: Option<&Snapshot>,
    ) -> Result<(Frame, Linear, Option<Rgb>), Self::Error> {
        let (frame, light) = self.linear_frame(now, next)?;
        Ok((frame, light, None))
    }
}

/// One instant: all channels but colour, light as it reaches the glass, and the matter's own colour where it is wanted.
#[derive(Clone, Debug)]
struct Instant {
    frame: Frame,
    light: Linear,
    albedo: Option<Rgb>,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum CameraError<E: std::error::Error> {
    /// No pinhole picture.
    #[error(transparent)]
    Pinhole(E),
    /// A lens that cannot make it.
    #[error(transparent)]
    View(#[from] ViewError),
    /// It cannot be compressed.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A state that was not recorded.
    #[error("the episode has {count} recorded states, but number {at} was asked for")]
    State {
        /// From 0.
        at: usize,
        /// How many there are.
        count: usize,
    },
}

/// What a picture is taken of.
#[derive(Clone, Copy, Debug)]
pub struct Shot<'a> {
    /// All recorded states of the episode.
    pub snapshots: &'a [Snapshot],
    /// At which of them the first row begins.
    pub at: usize,
    /// The camera beside its pose.
    pub model: &'a SensorModel,
    /// What an automatic exposure has come to, in stops.
    pub auto_ev: f64,
    /// The picture's own chance.
    pub chance: Purpose,
}

/// A lens in use: what is told of it once holds for many pictures.
#[derive(Clone, Debug, Default)]
pub struct Taking {
    /// The distortions of the last lens, and the lens that they make: finding how far it reaches takes thousands of steps.
    lens: Option<(Distortions, Lens)>,
    plan: Option<Plan>,
}

/// What of a model makes its lens.
type Distortions = (Option<BrownConrady<f64>>, Option<KannalaBrandt<f64>>);

impl Taking {
    /// The lens of `model`, worked out anew only where it is another.
    pub fn lens(&mut self, model: &SensorModel) -> Lens {
        let now = (model.brown_conrady, model.kannala_brandt);
        let known = self.lens.filter(|(known, _)| *known == now);
        self.lens.insert(known.unwrap_or_else(|| (now, Lens::of(model)))).1
    }

    /// What the lens of `model` shows of one instant, sharp and as if through an open shutter of no duration: the channels, and the
    /// light multiplied by the scene's own exposure.
    ///
    /// # Errors
    /// [`CameraError`].
    pub fn instant<P: Pinhole>(
        &mut self,
        source: &mut P,
        model: &SensorModel,
        now: &Snapshot,
    ) -> Result<(Frame, Linear), CameraError<P::Error>> {
        let lens = self.lens(model);
        let plan = self.plan(lens, &now.camera)?;
        let Instant { frame, mut light, .. } = through(source, plan, (now, None), false)?;
        exposure::scale(&mut light, f64::from(now.light.exposure));
        Ok((frame, light))
    }

    /// How the picture that `camera` takes through `lens` is made, told anew only where it is another.
    ///
    /// # Errors
    /// [`ViewError`].
    pub fn plan(&mut self, lens: Lens, camera: &Camera) -> Result<&Plan, ViewError> {
        let plan = match self.plan.take().filter(|plan| plan.fits(&lens, camera)) {
            Some(plan) => plan,
            None => Plan::of(&lens, camera)?,
        };
        Ok(self.plan.insert(plan))
    }

    /// Takes a picture.
    ///
    /// # Errors
    /// [`CameraError`].
    pub fn take<P: Pinhole>(&mut self, source: &mut P, shot: &Shot<'_>) -> Result<Frame, CameraError<P::Error>> {
        self.take_with(source, shot, Wanted::default()).map(|(frame, _)| frame)
    }

    /// As [`Self::take`], with what else is wanted: linear light is the radiance behind lens and shutter, before the scene's own
    /// exposure and all that follows; the matter's colour lies where ids do.
    ///
    /// # Errors
    /// [`CameraError`].
    pub fn take_with<P: Pinhole>(
        &mut self,
        source: &mut P,
        shot: &Shot<'_>,
        wanted: Wanted,
    ) -> Result<(Frame, Extra), CameraError<P::Error>> {
        let (at, count) = (shot.at, shot.snapshots.len());
        let now = shot.snapshots.get(at).ok_or(CameraError::State { at, count })?;
        let lens = self.lens(shot.model);
        let plan = self.plan(lens, &now.camera)?;
        let (Instant { mut frame, light, albedo }, linear) = expose(source, plan, (shot, now), wanted)?;
        let finish = Finish { model: shot.model, camera: now.camera, auto_ev: shot.auto_ev, chance: shot.chance };
        frame.colour = finish.develop(light, &frame.depth_m, plan)?;
        Ok((frame, Extra { linear, albedo }))
    }
}

/// All slices of the exposure: their light multiplied by the scene's own exposure and the other channels, and, where it is
/// wanted, the light without that factor.
fn expose<P: Pinhole>(
    source: &mut P,
    plan: &Plan,
    (shot, now): (&Shot<'_>, &Snapshot),
    wanted: Wanted,
) -> Result<(Instant, Option<Linear>), CameraError<P::Error>> {
    let next = shot.snapshots.get(shot.at + 1);
    let Some(shutter) = &shot.model.shutter else {
        let mut instant = through(source, plan, (now, next), wanted.albedo)?;
        let linear = wanted.linear.then(|| instant.light.clone());
        exposure::scale(&mut instant.light, f64::from(now.light.exposure));
        return Ok((instant, linear));
    };
    let period_s = period_s(shot.snapshots, shot.at);
    let ahead = |at_s: f64| moment(shot.snapshots, shot.at, at_s / period_s);
    let first = through(source, plan, (now, ahead(period_s).as_ref()), false)?.frame;
    let time_s = shot.model.exposure.unwrap_or_default().time_s;
    let timing = Timing::new(shutter, time_s, now.camera.height_px, fastest_px(&first) / period_s);
    let empty = Exposed::new(timing, now.camera.width_px, now.camera.height_px);
    let mut plain = wanted.linear.then(|| empty.clone());
    let mut exposed = empty;
    for (slice, at_s) in (0_u32..).zip(timing.instants_s()) {
        let Some(state) = ahead(at_s) else { continue };
        // The last state has no motion in its channel, as without a shutter.
        let later = next.and_then(|_| ahead(at_s + period_s)).filter(|_| timing.is_exact(slice));
        let Instant { frame, light, albedo } = through(source, plan, (&state, later.as_ref()), wanted.albedo)?;
        exposed.add(slice, &light, f64::from(state.light.exposure));
        exposed.put(slice, &frame, albedo.as_ref());
        if let Some(plain) = &mut plain {
            plain.add(slice, &light, 1.0);
        }
    }
    let (light, frame, albedo) = exposed.finish();
    Ok((Instant { frame, light, albedo }, plain.map(|plain| plain.finish().0)))
}

/// Seconds between the states round `at`; any positive number where there is only one.
fn period_s(snapshots: &[Snapshot], at: usize) -> f64 {
    let first = at.min(snapshots.len().saturating_sub(2));
    let both = snapshots.get(first).zip(snapshots.get(first + 1));
    both.map(|(now, next)| next.time_s - now.time_s).filter(|period_s| *period_s > 0.0).unwrap_or(1.0)
}

/// The lens's picture of one instant.
fn through<P: Pinhole>(
    source: &mut P,
    plan: &Plan,
    (now, next): (&Snapshot, Option<&Snapshot>),
    with_albedo: bool,
) -> Result<Instant, CameraError<P::Error>> {
    let mut pinhole = |now: &Snapshot, next: Option<&Snapshot>| {
        let made = if with_albedo {
            source.matter_frame(now, next)
        } else {
            source.linear_frame(now, next).map(|(frame, light)| (frame, light, None))
        };
        made.map_err(CameraError::Pinhole)
    };
    if plan.views().is_empty() {
        let (frame, light, albedo) = pinhole(now, next)?;
        return Ok(Instant { frame, light, albedo });
    }
    let (mut frames, mut lights, mut albedos) = (Vec::new(), Vec::new(), Vec::new());
    for view in plan.views() {
        let seen =
            |state: &Snapshot| Snapshot { camera: view.camera(&state.camera.world_from_camera), ..state.clone() };
        let (frame, light, albedo) = pinhole(&seen(now), next.map(seen).as_ref())?;
        frames.push(frame);
        lights.push(light);
        albedos.extend(albedo);
    }
    let albedo = (albedos.len() == frames.len()).then(|| plan.albedo(&albedos));
    Ok(Instant { frame: plan.exact(&frames), light: plan.colour(&lights), albedo })
}

/// Everything behind the shutter.
#[derive(Clone, Copy, Debug)]
pub struct Finish<'a> {
    /// The camera beside its pose.
    pub model: &'a SensorModel,
    /// Its size and pinhole.
    pub camera: Camera,
    /// What an automatic exposure has come to, in stops.
    pub auto_ev: f64,
    /// The picture's own chance.
    pub chance: Purpose,
}

impl Finish<'_> {
    /// The picture that linear light becomes; `depth_m` is along the optical axis, 0 for the sky.
    ///
    /// # Errors
    /// A picture that cannot be compressed.
    pub fn develop(&self, light: Linear, depth_m: &[f32], plan: &Plan) -> Result<Rgb, CodecError> {
        let picture = toned(&self.exposed(light, depth_m, plan), self.model);
        match &self.model.coding {
            Some(coding) => codec::coded(picture, coding),
            None => Ok(picture),
        }
    }

    /// The light that comes out of the camera, as far as before its tone curve.
    pub fn exposed(&self, mut light: Linear, depth_m: &[f32], plan: &Plan) -> Linear {
        let Self { model, camera, .. } = self;
        let DVec2 { x: focal_px, .. } = camera.focal_px;
        let own = model.exposure.unwrap_or_default();
        if let Some(focus) = &model.focus {
            optics::defocus(&mut light, depth_m, focus, own.f_number, focal_px);
        }
        if let Some(glass) = &model.optics {
            let centre_px = camera.centre_px.to_array();
            optics::blur(&mut light, glass.blur_px);
            optics::fringe(&mut light, glass, centre_px);
            let width_px = focal_px * libm::tan(glass.glare_deg.to_radians());
            optics::glare(&mut light, glass.glare_share, width_px);
            optics::vignette(&mut light, glass, || plan.cosines(), centre_px);
        }
        exposure::scale(&mut light, exposure::factor(model) * libm::exp2(self.auto_ev));
        let iso = exposure::gained_iso(own.iso, self.auto_ev);
        let chip = model.noise.as_ref().map(|noise| Chip::new(noise, iso, own.time_s));
        match (model.mosaic.as_ref().map(filters), chip) {
            (Some(array), Some(chip)) => light = array.demosaiced(&chip.read_sites(&light, &array, &self.chance)),
            (Some(array), None) => light = array.demosaiced(&array.sites(&light)),
            (None, Some(chip)) => chip.read(&mut light, &self.chance),
            (None, None) => {}
        }
        if let Some(matrix) = model.balance.as_ref().and_then(exposure::balance) {
            exposure::balanced(&mut light, &matrix);
        }
        light
    }
}

/// The colour filters of `mosaic`, whose numbers count as the whole ones nearest to them. The chip's noise is drawn behind them, one
/// well a photosite; colours are interpolated in linear light, before the white balance.
fn filters(mosaic: &Mosaic<f64>) -> Array {
    Array::new(libm::round(mosaic.pattern) as usize, libm::round(mosaic.demosaic) >= 1.0)
}

/// The picture that the camera's tone curve makes of the light that comes out of it.
pub fn toned(light: &Linear, model: &SensorModel) -> Rgb {
    let mut out = Rgb::black(light.width, light.height);
    out.bytes.par_chunks_mut(3).zip(&light.pixels).for_each(|(bytes, pixel)| {
        let code = exposure::code(&model.tone, *pixel).map(|code| (code * 255.0 + 0.5) as u8);
        bytes.copy_from_slice(&code);
    });
    out
}

/// What an automatic exposure comes to at every state of an episode, in stops; none of them where there is none. It meters
/// small pinhole pictures of all states in order, so that it is the same whichever pictures are taken.
///
/// # Errors
/// When there is no picture.
pub fn follow<P: Pinhole>(source: &mut P, snapshots: &[Snapshot], model: &SensorModel) -> Result<Vec<f64>, P::Error> {
    let Some(auto) = &model.auto else { return Ok(vec![0.0; snapshots.len()]) };
    let factor = exposure::factor(model);
    let mut metered = Vec::with_capacity(snapshots.len());
    for state in snapshots {
        let small = Snapshot { camera: shrunk(&state.camera), ..state.clone() };
        let (_, light) = source.linear_frame(&small, None)?;
        let by = factor * f64::from(state.light.exposure);
        metered.push(exposure::metered_ev(&light, auto.centre) + libm::log2(by));
    }
    Ok(exposure::compensations(auto, &metered, period_s(snapshots, 0)))
}

/// The same view in few pixels.
fn shrunk(camera: &Camera) -> Camera {
    let scale = (f64::from(METERED_PX) / f64::from(camera.width_px.max(1))).min(1.0);
    let side = |pixels: u32| (libm::round(f64::from(pixels) * scale) as u32).max(1);
    Camera {
        width_px: side(camera.width_px),
        height_px: side(camera.height_px),
        focal_px: camera.focal_px * scale,
        centre_px: camera.centre_px * scale,
        world_from_camera: camera.world_from_camera,
    }
}
