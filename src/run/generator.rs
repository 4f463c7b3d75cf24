//! What turns a draw into pictures. Today the procedural renderer; a learned world model would be another [`Generator`].

use serde::{Deserialize, Serialize};

use crate::base::{Linear, Rgb, StreamKey};
use crate::family::Family;
use crate::family::sensor_model::{Noise, Optics, Video};
use crate::render::{Cover, Extra, Frame, Gpu, RenderError, Renderer, Wanted};
use crate::sample::Draw;
use crate::sense::camera::lens::Lens;
use crate::sense::camera::video::{Clip, key_every};
use crate::sense::camera::view::{View, ViewError};
use crate::sense::camera::{self, CameraError, Pinhole, Shot, Taking};
use crate::world::{Episode, SensorModel, Snapshot};

use super::RunError;

/// Makes the frames of one episode. Nothing above it knows which kind it is.
pub trait Generator {
    /// Kind, adapter and driver: what goes into the lineage.
    fn describe(&self) -> GeneratorInfo;

    /// All channels at recorded state `at` of `episode`.
    ///
    /// # Errors
    /// When the device fails.
    fn frame(&mut self, family: &Family, draw: &Draw, episode: &Episode, at: usize) -> Result<Frame, RunError> {
        self.frame_with(family, draw, (episode, at), Wanted::default()).map(|(frame, _)| frame)
    }

    /// As [`Self::frame`], with what else is wanted; what the generator cannot tell is left out.
    ///
    /// # Errors
    /// When the device fails.
    fn frame_with(
        &mut self,
        family: &Family,
        draw: &Draw,
        picture: (&Episode, usize),
        wanted: Wanted,
    ) -> Result<(Frame, Extra), RunError>;

    /// Begins with [`Self::frame_with`]; what cannot be begun is done at once. Its bytes do not hang on what is begun meanwhile.
    ///
    /// # Errors
    /// When the device fails.
    fn start(
        &mut self,
        family: &Family,
        draw: &Draw,
        picture: (&Episode, usize),
        wanted: Wanted,
    ) -> Result<Pending<(Frame, Extra)>, RunError> {
        self.frame_with(family, draw, picture, wanted).map(Pending::done)
    }

    /// What each thing covers in the picture of recorded state `at` of `episode`, whatever stands before it; `None` where this cannot
    /// be known. With a shutter, it is that at the state's time.
    ///
    /// # Errors
    /// When the device fails.
    fn covers(&mut self, _episode: &Episode, _at: usize) -> Result<Option<Vec<Cover>>, RunError> {
        Ok(None)
    }

    /// Begins with [`Self::covers`]; what cannot be begun is done at once.
    ///
    /// # Errors
    /// When the device fails.
    fn start_covers(&mut self, episode: &Episode, at: usize) -> Result<Pending<Option<Vec<Cover>>>, RunError> {
        self.covers(episode, at).map(Pending::done)
    }
}

/// What was asked of a generator and may still be under way.
pub struct Pending<T>(Box<dyn FnOnce() -> Result<T, RunError> + Send>);

impl<T: Send + 'static> Pending<T> {
    /// What `wait` gives once it is there.
    pub fn new(wait: impl FnOnce() -> Result<T, RunError> + Send + 'static) -> Self {
        Self(Box::new(wait))
    }

    /// What is there already.
    pub fn done(value: T) -> Self {
        Self::new(|| Ok(value))
    }

    /// Waits for it, on whatever thread.
    ///
    /// # Errors
    /// When the device failed.
    pub fn read(self) -> Result<T, RunError> {
        (self.0)()
    }
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
    filming: Filming,
}

/// How recorded states become pictures through a family's camera, whoever draws: what generated sets are made of.
pub struct Filming {
    look: Look,
    study_seed: u64,
    /// The lens of the last picture.
    taking: Taking,
    /// What the automatic exposure of the last episode came to.
    followed: Option<Followed>,
    /// The video that is being made.
    film: Option<Film>,
}

/// A video of one episode, from its last key picture on.
struct Film {
    family: Family,
    draw: Draw,
    video: Video<f64>,
    clip: Clip,
    /// The recorded state that comes next.
    next: usize,
}

/// An automatic exposure over one episode.
struct Followed {
    family: Family,
    draw: Draw,
    /// In stops, one a recorded state.
    ev: Vec<f64>,
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
        Ok(Self { renderer: Renderer::new(gpu)?, info, filming: Filming::new(look, study_seed) })
    }
}

impl Generator for Procedural {
    fn describe(&self) -> GeneratorInfo {
        self.info.clone()
    }

    fn covers(&mut self, episode: &Episode, at: usize) -> Result<Option<Vec<Cover>>, RunError> {
        self.filming.covers(&mut self.renderer, episode, at)
    }

    fn frame_with(
        &mut self,
        family: &Family,
        draw: &Draw,
        picture: (&Episode, usize),
        wanted: Wanted,
    ) -> Result<(Frame, Extra), RunError> {
        self.filming.frame_with(&mut self.renderer, (family, draw), picture, wanted)
    }

    fn start(
        &mut self,
        family: &Family,
        draw: &Draw,
        (episode, at): (&Episode, usize),
        wanted: Wanted,
    ) -> Result<Pending<(Frame, Extra)>, RunError> {
        if self.filming.look.sensor(episode.sensor.as_deref()).is_some() {
            // a camera puts its picture together from several
            return self.frame_with(family, draw, (episode, at), wanted).map(Pending::done);
        }
        let now = episode.snapshots.get(at).ok_or_else(|| no_state(at, episode))?;
        let underway = self.renderer.start(now, episode.snapshots.get(at + 1), wanted)?;
        Ok(Pending::new(move || {
            let mut frame = Frame::empty();
            let extra = underway.read(&mut frame)?;
            Ok((frame, extra))
        }))
    }

    fn start_covers(&mut self, episode: &Episode, at: usize) -> Result<Pending<Option<Vec<Cover>>>, RunError> {
        let has_lens = episode.sensor.as_deref().is_some_and(|model| !Lens::of(model).is_pinhole());
        if has_lens || !self.renderer.can_cover() {
            return self.covers(episode, at).map(Pending::done);
        }
        let now = episode.snapshots.get(at).ok_or_else(|| no_state(at, episode))?;
        let underway = self.renderer.start_covers(now)?;
        Ok(Pending::new(move || Ok(Some(underway.read()?))))
    }
}

impl Filming {
    /// Films for a study with `study_seed`.
    pub fn new(look: Look, study_seed: u64) -> Self {
        Self { look, study_seed, taking: Taking::default(), followed: None, film: None }
    }

    /// What the automatic exposure has come to at recorded state `at`, whichever pictures were taken before.
    fn auto_ev(
        &mut self,
        renderer: &mut Renderer,
        (family, draw): (&Family, &Draw),
        (episode, at): (&Episode, usize),
        model: &SensorModel,
    ) -> Result<f64, RunError> {
        if model.auto.is_none() {
            return Ok(0.0);
        }
        // An episode is a function of its family and its draw.
        let is_known = |known: &Followed| known.draw == *draw && known.family == *family;
        let known = if let Some(known) = self.followed.take().filter(is_known) {
            known
        } else {
            let states: Vec<Snapshot> = episode.snapshots.iter().map(|state| self.look.scene(state)).collect();
            let ev = camera::follow(&mut Lit(renderer), &states, model)?;
            Followed { family: family.clone(), draw: draw.clone(), ev }
        };
        let ev = known.ev.get(at).copied().unwrap_or(0.0);
        self.followed = Some(known);
        Ok(ev)
    }

    /// What each thing covers, as [`Generator::covers`] says. Neither look changes where anything is.
    fn covers(
        &mut self,
        renderer: &mut Renderer,
        episode: &Episode,
        at: usize,
    ) -> Result<Option<Vec<Cover>>, RunError> {
        if !renderer.can_cover() {
            return Ok(None);
        }
        let now = episode.snapshots.get(at).ok_or_else(|| no_state(at, episode))?;
        let lens = episode.sensor.as_deref().map_or(Lens::PINHOLE, |model| self.taking.lens(model));
        if lens.is_pinhole() {
            return Ok(Some(renderer.covers(now)?));
        }
        let folds = |error: ViewError| RunError::Request(format!("draw {}: {error}", episode.draw));
        let plan = self.taking.plan(lens, &now.camera).map_err(folds)?;
        let seen = |view: &View| Snapshot { camera: view.camera(&now.camera.world_from_camera), ..now.clone() };
        let covers = plan.views().iter().map(|view| renderer.covers(&seen(view)));
        Ok(Some(plan.covers(&covers.collect::<Result<Vec<_>, _>>()?)))
    }

    /// All channels at recorded state `at` of an episode, and what else is wanted, as [`Generator::frame_with`] says.
    ///
    /// # Errors
    /// When the device fails, there is no such state, or the lens cannot make the picture.
    pub fn frame_with(
        &mut self,
        renderer: &mut Renderer,
        of: (&Family, &Draw),
        (episode, at): (&Episode, usize),
        wanted: Wanted,
    ) -> Result<(Frame, Extra), RunError> {
        let now = episode.snapshots.get(at).ok_or_else(|| no_state(at, episode))?;
        let Some(model) = self.look.sensor(episode.sensor.as_deref()) else {
            let mut frame = Frame::empty();
            let extra = renderer.frame_with(&mut frame, now, episode.snapshots.get(at + 1), wanted)?;
            return Ok((frame, extra));
        };
        match &model.video {
            Some(video) => self.filmed(renderer, of, (episode, at), (&model, wanted, video)),
            None => self.still(renderer, of, (episode, at), (&model, wanted)),
        }
    }

    /// The picture of one state as the camera takes it, before any video.
    fn still(
        &mut self,
        renderer: &mut Renderer,
        (family, draw): (&Family, &Draw),
        (episode, at): (&Episode, usize),
        (model, wanted): (&SensorModel, Wanted),
    ) -> Result<(Frame, Extra), RunError> {
        let now = episode.snapshots.get(at).ok_or_else(|| no_state(at, episode))?;
        let auto_ev = self.auto_ev(renderer, (family, draw), (episode, at), model)?;
        // What an exposure may need: the state before the last tells how things go on behind it.
        let ahead = 3 + periods_open(model, now, &episode.snapshots);
        let (first, end) = (at.saturating_sub(1), at.saturating_add(ahead).min(episode.snapshots.len()));
        let states = episode.snapshots.get(first..end).ok_or_else(|| no_state(at, episode))?;
        let states: Vec<Snapshot> = states.iter().map(|state| self.look.scene(state)).collect();
        let chance = StreamKey::new(self.study_seed, &family.id).purpose(&format!("camera {} {at}", draw.index));
        let shot = Shot { snapshots: &states, at: at - first, model, auto_ev, chance };
        self.taking.take_with(&mut Lit(renderer), &shot, wanted).map_err(|error| match error {
            CameraError::Pinhole(error) => error.into(),
            other => RunError::Request(format!("draw {}: {other}", draw.index)),
        })
    }

    /// The picture of one state as it comes out of the camera's video, whose pictures are all recorded states: those since its key
    /// picture are taken, too, unless the last picture was one of them.
    fn filmed(
        &mut self,
        renderer: &mut Renderer,
        (family, draw): (&Family, &Draw),
        (episode, at): (&Episode, usize),
        (model, wanted, video): (&SensorModel, Wanted, &Video<f64>),
    ) -> Result<(Frame, Extra), RunError> {
        let key = at - at % key_every(video);
        let wrong = |error| RunError::Request(format!("draw {}: {error}", draw.index));
        let goes_on = |film: &Film| {
            let is_same = film.draw == *draw && film.video == *video && film.family == *family;
            is_same && key < film.next && film.next <= at
        };
        let mut film = match self.film.take().filter(goes_on) {
            Some(film) => film,
            None => Film {
                family: family.clone(),
                draw: draw.clone(),
                video: *video,
                clip: Clip::start(video).map_err(wrong)?,
                next: key,
            },
        };
        loop {
            let is_last = film.next == at;
            let wanted = if is_last { wanted } else { Wanted::default() };
            let (mut frame, extra) = self.still(renderer, (family, draw), (episode, film.next), (model, wanted))?;
            frame.colour = film.clip.next(&frame.colour).map_err(wrong)?;
            film.next += 1;
            if is_last {
                self.film = Some(film);
                return Ok((frame, extra));
            }
        }
    }
}

/// How many periods of the recorded states an exposure with a shutter takes from its first row to its last, rounded up.
fn periods_open(model: &SensorModel, now: &Snapshot, states: &[Snapshot]) -> usize {
    let Some(shutter) = &model.shutter else { return 0 };
    let rows = f64::from(now.camera.height_px.saturating_sub(1));
    let open_s = model.exposure.unwrap_or_default().time_s + shutter.row_s * rows;
    let period_s = states.first().zip(states.get(1)).map_or(0.0, |(one, next)| next.time_s - one.time_s);
    if period_s > 0.0 { libm::ceil(open_s / period_s) as usize } else { 0 }
}

fn no_state(at: usize, episode: &Episode) -> RunError {
    let count = episode.snapshots.len();
    RunError::Request(format!("draw {} has {count} recorded states, but number {at} was asked for", episode.draw))
}

/// The renderer as who makes pinhole pictures.
pub(super) struct Lit<'a>(pub(super) &'a mut Renderer);

impl Pinhole for Lit<'_> {
    type Error = RenderError;

    fn linear_frame(&mut self, now: &Snapshot, next: Option<&Snapshot>) -> Result<(Frame, Linear), RenderError> {
        self.0.linear_frame(now, next)
    }

    fn matter_frame(
        &mut self,
        now: &Snapshot,
        next: Option<&Snapshot>,
    ) -> Result<(Frame, Linear, Option<Rgb>), RenderError> {
        let mut frame = Frame::empty();
        let Extra { linear, albedo } =
            self.0.frame_with(&mut frame, now, next, Wanted { linear: true, albedo: true })?;
        Ok((frame, linear.unwrap_or(Linear { width: 0, height: 0, pixels: Vec::new() }), albedo))
    }
}

impl Look {
    /// What is in front of the camera.
    fn scene(self, snapshot: &Snapshot) -> Snapshot {
        match self {
            Self::Family => snapshot.clone(),
            Self::StandIn => stand_in_scene(snapshot),
        }
    }

    /// The camera beside its pose; none where the renderer's own picture is it.
    fn sensor(self, own: Option<&SensorModel>) -> Option<SensorModel> {
        match self {
            Self::Family => own.cloned(),
            Self::StandIn => Some(stand_in_camera(own)),
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

/// A cheap camera: soft lens, dark corners, a small chip whose noise grows with brightness. Everything else is as the family
/// has it.
fn stand_in_camera(own: Option<&SensorModel>) -> SensorModel {
    let own = own.cloned().unwrap_or_default();
    let optics = Optics { blur_px: 0.8, vignette_k2: -0.45, ..own.optics.unwrap_or_default() };
    let noise = Noise { full_well_e: 1500.0, read_e: 5.0, bits: 10.0, ..own.noise.unwrap_or_default() };
    SensorModel { optics: Some(optics), noise: Some(noise), ..own }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::Silent;
    use crate::family::sensor_model::{Auto, BrownConrady, Exposure, Shutter};
    use crate::sample::Sampler;
    use crate::world::Simulator;

    fn filmed() -> (Family, Draw, Episode) {
        let mut family = super::super::new::example("tabletop_light_step").unwrap();
        (family.camera.width_px, family.camera.height_px) = (192, 144);
        family.clock.duration_s = 0.6;
        let draw = Sampler::new(&family, 7).unwrap().draw(1).unwrap();
        let episode = Simulator::new(&family).unwrap().episode(&draw, &Silent).unwrap();
        (family, draw, episode)
    }

    fn with(episode: &Episode, model: SensorModel) -> Episode {
        Episode { sensor: Some(Arc::new(model)), ..episode.clone() }
    }

    fn generator() -> Procedural {
        Procedural::new(&Gpu::headless().expect("a graphics driver"), Look::Family, 7).unwrap()
    }

    #[test]
    fn a_low_sun_in_the_picture_is_as_bright_as_it_is() {
        let mut family = super::super::new::example("road_tunnel_glare").unwrap();
        (family.camera.width_px, family.camera.height_px) = (240, 135);
        let sampler = Sampler::new(&family, 7).unwrap();
        let simulator = Simulator::new(&family).unwrap();
        let mut renderer = Renderer::new(&Gpu::headless().expect("a graphics driver")).unwrap();
        let mut n_seen = 0;
        for index in 0..8 {
            let episode = simulator.episode(&sampler.draw(index).unwrap(), &Silent).unwrap();
            let Some(last) = episode.snapshots.last() else { continue };
            let Some(sun) = last.bodies.iter().find(|body| &*body.name == "sun") else { continue };
            let (frame, linear) = renderer.linear_frame(last, None).unwrap();
            let seen = std::iter::zip(&frame.instance, &linear.pixels).filter(|(id, _)| **id == sun.instance);
            // its edge is blended with the sky
            let Some(brightest) = seen.map(|(_, pixel)| pixel[0]).reduce(f32::max) else { continue };
            n_seen += 1;
            assert!(brightest > 30.0, "draw {index}: the disc's radiance is at most {brightest}");
        }
        assert!(n_seen > 0, "no draw of eight looks at the sun");
    }

    #[test]
    fn a_sensor_that_changes_nothing_gives_the_renderers_picture() {
        let (family, draw, episode) = filmed();
        let mut generator = generator();
        let plain = generator.frame(&family, &draw, &episode, 3).unwrap();
        let same = SensorModel { exposure: Some(Exposure::default()), ..SensorModel::default() };
        let through = generator.frame(&family, &draw, &with(&episode, same), 3).unwrap();
        assert_eq!(through.instance, plain.instance);
        assert_eq!((through.depth_m, through.flow_px), (plain.depth_m, plain.flow_px));
        // Edges are smoothed in linear light there and in code values here; everything else is the same to a rounding.
        let apart = |(a, b): (&u8, &u8)| a.abs_diff(*b);
        let all: Vec<u8> = through.colour.bytes.iter().zip(&plain.colour.bytes).map(apart).collect();
        let share = all.iter().filter(|apart| **apart <= 1).count() as f64 / all.len() as f64;
        let mean = all.iter().map(|apart| f64::from(*apart)).sum::<f64>() / all.len() as f64;
        println!("{:.2} % within one code value, {mean:.3} on average", 100.0 * share);
        assert!(share > 0.9 && mean < 1.0, "{share}, {mean}");
    }

    #[test]
    fn a_film_is_the_same_in_order_and_alone_and_what_is_wanted_changes_no_picture() {
        let (family, draw, episode) = filmed();
        let video = Some(Video { qp: 36.0, key_every: 4.0 });
        let lens = Some(BrownConrady { k1: -0.1, ..BrownConrady::default() });
        let film = with(&episode, SensorModel { video, brown_conrady: lens, ..SensorModel::default() });
        let still = with(&episode, SensorModel { brown_conrady: lens, ..SensorModel::default() });
        let mut one = generator();
        let all: Vec<Frame> = (0..7).map(|at| one.frame(&family, &draw, &film, at).unwrap()).collect();
        let mut other = generator();
        let wanted = Wanted { linear: true, albedo: true };
        for at in [6, 3, 3, 5] {
            let (alone, extra) = other.frame_with(&family, &draw, (&film, at), wanted).unwrap();
            assert!(alone == all[at], "picture {at} alone and in order");
            let size = (alone.width, alone.height);
            let (linear, albedo) = (extra.linear.unwrap(), extra.albedo.unwrap());
            assert_eq!([(linear.width, linear.height), (albedo.width, albedo.height)], [size; 2]);
            let plain = other.frame(&family, &draw, &still, at).unwrap();
            assert_eq!(plain.depth_m, alone.depth_m, "only colour goes through the video");
            let apart = |(a, b): (&u8, &u8)| u64::from(a.abs_diff(*b));
            let sum: u64 = plain.colour.bytes.iter().zip(&alone.colour.bytes).map(apart).sum();
            let mean = sum as f64 / alone.colour.bytes.len() as f64;
            assert!((0.3..12.0).contains(&mean), "picture {at} is off by {mean} levels on average");
        }
    }

    #[test]
    fn pictures_are_the_same_whichever_were_taken_before() {
        let (family, draw, episode) = filmed();
        let model = SensorModel {
            brown_conrady: Some(BrownConrady { k1: -0.2, ..BrownConrady::default() }),
            auto: Some(Auto::default()),
            noise: Some(Noise::default()),
            shutter: Some(Shutter { row_s: 5e-5, step_px: 1.0, most: 8.0 }),
            ..SensorModel::default()
        };
        let episode = with(&episode, model);
        let mut one = generator();
        let all: Vec<Frame> = (0..3).map(|at| one.frame(&family, &draw, &episode, at).unwrap()).collect();
        let alone = generator().frame(&family, &draw, &episode, 2).unwrap();
        assert!(all[2] == alone, "alone and after others");
        assert_ne!(all[1].colour, all[2].colour);
        let last = episode.snapshots.len() - 1;
        assert!(one.frame(&family, &draw, &episode, last).is_ok(), "nothing comes after the last");
        let beyond = one.frame(&family, &draw, &episode, last + 1).unwrap_err().to_string();
        let expected = format!("has {} recorded states, but number {} was asked for", last + 1, last + 1);
        assert!(beyond.contains(&expected), "{beyond}");
    }
}
