//! The live preview: a latest-wins worker over the device that the window draws with, and the renderer that it shares with
//! the contact sheet (`sheet`).
//!
//! It draws into one of two textures of its own while the window shows the other, and waits for the device before it
//! answers, so the window never waits for it. All workers take turns with one renderer, which halves the memory that a
//! software driver needs for its compiled shaders. The simulated episode is kept, so that moving the play head only renders.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use eframe::wgpu::TextureView;

use crate::app::channel::{Exact, Shows};
use crate::app::jobs::Wake;
use crate::app::latest::Latest;
use crate::app::stage::labels::Stroke;
use crate::app::stage::{Handle, Orbit};
use crate::app::widgets::frame_times::Took;
use crate::base::Silent;
use crate::family::{Action, Bound, Family};
use crate::render::{Gpu, PictureTarget, Renderer};
use crate::run::RunError;
use crate::run::inside;
use crate::run::preview::{Preview, Previewer};
use crate::sense::ray;
use crate::world::{self, Act, Camera, Deed, Drive, Mark, Seen, Snapshot};

use super::exact::{Coloured, Kept};

/// What all workers start from: a family as it is now, and the values that the person pinned.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// The family; a changed one is another `Arc`.
    pub(super) family: Arc<Family>,
    /// The family prepared under the study's seed, shared by all workers.
    pub(super) previewer: Arc<Previewer>,
    /// Values set by hand.
    pub(super) pinned: BTreeMap<String, f64>,
}

impl Scene {
    /// What `previewer` looks at, with some values set by hand.
    pub(super) fn new(previewer: Arc<Previewer>, pinned: BTreeMap<String, f64>) -> Self {
        Self { family: Arc::clone(previewer.family()), previewer, pinned }
    }

    /// Whether the same episodes come out of both.
    pub(super) fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.family, &other.family)
            && self.previewer.study_seed() == other.previewer.study_seed()
            && self.pinned == other.pinned
    }

    /// Draws and simulates.
    ///
    /// # Errors
    /// When the family cannot be drawn from or a value does not fit the stage.
    pub(super) fn simulate(&self, index: u64) -> Result<Preview, RunError> {
        self.previewer.preview(index, &self.pinned, &Silent)
    }
}

/// A picture of one draw at one time.
#[derive(Clone, Debug)]
pub(super) struct LiveAsk {
    /// What is drawn.
    pub(super) scene: Scene,
    /// The draw.
    pub(super) index: u64,
    /// The time in seconds.
    pub(super) time_s: f64,
    /// What is shown of it, and what else is wanted.
    pub(super) shows: Shows,
    /// The free camera, where it looks instead of the family's own.
    pub(super) orbit: Option<Orbit>,
    /// What was done in the live run; `None` where none is on, and the whole episode is wanted.
    pub(super) deeds: Option<Arc<[Deed]>>,
}

impl LiveAsk {
    /// Whether both have the same answer.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.shows == other.shows && self.same_picture(other)
    }

    /// Whether both see the same, however it is shown.
    pub(super) fn same_picture(&self, other: &Self) -> bool {
        self.scene.same(&other.scene)
            && self.index == other.index
            && self.time_s == other.time_s
            && self.orbit == other.orbit
            && self.deeds == other.deeds
    }
}

/// A finished picture.
#[derive(Clone)]
pub(super) struct LiveShown {
    /// The question it answers.
    pub(super) ask: LiveAsk,
    /// The draw and its episode, as far as it has come, without its snapshots.
    pub(super) preview: Arc<Preview>,
    /// What the picture shows, through the camera that it was drawn with.
    pub(super) now: Arc<Snapshot>,
    /// What can be drawn over it.
    pub(super) marks: Arc<[Mark]>,
    /// What can be pushed.
    pub(super) handles: Arc<[Handle]>,
    /// The body that the family's camera is in, where one holds it.
    pub(super) inside: Option<Arc<str>>,
    /// Its size in pixels.
    pub(super) size: [u32; 2],
    /// What is on screen.
    pub(super) image: Image,
    /// The values of all pixels, where they were read back.
    pub(super) exact: Option<Arc<Exact>>,
    /// What is drawn of the labels.
    pub(super) strokes: Arc<[Stroke]>,
    /// The events of this moment in words, where they are wanted.
    pub(super) events: Arc<[String]>,
    /// What it took.
    pub(super) took: Took,
}

/// The pictures of an answer.
#[derive(Clone)]
pub(super) enum Image {
    /// A texture on the window's device, and what tells the two textures (and their successors) apart.
    Drawn(TextureView, u64),
    /// One or two channels from memory.
    Coloured(Arc<[Coloured]>),
}

impl LiveShown {
    /// Whether it shows this draw of the family called so.
    pub(super) fn is_of(&self, family: &str, draw: u64) -> bool {
        self.ask.scene.family.id == family && self.ask.index == draw
    }

    /// The first or the second of its pictures from memory, where they are.
    pub(super) fn coloured(&self, at: usize) -> Option<&Coloured> {
        match &self.image {
            Image::Drawn(..) => None,
            Image::Coloured(all) => all.get(at),
        }
    }

    /// The time that is seen, in seconds.
    pub(super) fn time_s(&self) -> f64 {
        self.now.time_s
    }
}

/// The names under which the pictures from memory are uploaded.
pub(super) const FACES: [&str; 2] = ["preview", "second preview"];

/// The preview's worker.
pub(super) type LivePreview = Latest<LiveAsk, Result<LiveShown, String>>;

/// Two textures that are drawn in turn.
struct Pair {
    targets: [PictureTarget; 2],
    turn: usize,
    key: u64,
}

impl Pair {
    fn new(gpu: &Gpu, size: [u32; 2], key: u64) -> Result<Self, RunError> {
        let make = || PictureTarget::new(gpu, size[0], size[1]);
        Ok(Self { targets: [make()?, make()?], turn: 0, key })
    }

    /// The one that is not shown, with its key.
    fn next(&mut self) -> (&mut PictureTarget, u64) {
        self.turn = 1 - self.turn;
        (&mut self.targets[self.turn], self.key * 2 + self.turn as u64)
    }
}

/// A draw that is driven, and what is known of it so far.
struct Driven {
    scene: Scene,
    index: u64,
    drive: Drive,
    /// Of the first so many seconds.
    preview: Arc<Preview>,
    until_s: f64,
}

impl Driven {
    /// As `ask` wants it: `before` goes on where it can, else the draw begins anew.
    fn at(before: Option<Self>, ask: &LiveAsk) -> Result<Self, RunError> {
        let deeds = ask.deeds.as_deref().unwrap_or_default();
        let simulator = ask.scene.previewer.simulator()?;
        let goes_on =
            |before: &mut Self| before.index == ask.index && before.scene.same(&ask.scene) && before.drive.take(deeds);
        let before = before.and_then(|mut before| goes_on(&mut before).then_some(before));
        let (scene, mut drive, known) = if let Some(Self { scene, drive, preview, until_s, .. }) = before {
            (scene, drive, Some((preview, until_s)))
        } else {
            let draw = ask.scene.previewer.sampler()?.draw_with(ask.index, &ask.scene.pinned)?;
            (ask.scene.clone(), simulator.drive(&draw, deeds)?, None)
        };
        match ask.deeds {
            Some(_) => drive.go_to(ask.time_s)?,
            None => drive.go_to_end()?,
        }
        let until_s = drive.until_s();
        let preview = match known {
            Some((preview, then_s)) if then_s == until_s => preview,
            _ => Arc::new(Preview { draw: drive.draw().clone(), episode: simulator.so_far(&drive)? }),
        };
        Ok(Self { scene, index: ask.index, drive, preview, until_s })
    }

    /// What is seen at the asked time, through the asked camera.
    fn seen(&self, ask: &LiveAsk) -> Result<Seen, RunError> {
        let none = || RunError::Request("the episode has no states".to_owned());
        let (now, next, marks) = self.drive.seen(ask.time_s).ok_or_else(none)?;
        let Some(orbit) = ask.orbit else { return Ok((now, next, marks)) };
        let freely =
            |snapshot: &Snapshot| Arc::new(Snapshot { camera: orbit.camera(&snapshot.camera), ..snapshot.clone() });
        Ok((freely(&now), next.map(|next| freely(&next)), marks))
    }

    /// What can be pushed where it is at the asked time.
    fn handles(&self, ask: &LiveAsk) -> Arc<[Handle]> {
        let push = Action::Push { entity: String::new(), impulse_ns: [0.0; 3].map(Bound::Number), at_m: None };
        let mut things = world::acted_on(&ask.scene.family, &push);
        things.extend(ask.deeds.iter().flat_map(|deeds| &**deeds).filter_map(|deed| match &deed.act {
            Act::Spawn { name, .. } => Some(name.as_str()),
            Act::Push { .. } | Act::Begin(_) => None,
        }));
        let all = self.drive.handles(&things, ask.time_s).into_iter();
        all.map(|(thing, pose, mass_kg)| Handle { thing, pose, mass_kg }).collect()
    }
}

/// What the worker keeps from one answer to the next.
#[derive(Default)]
struct Desk {
    pair: Option<Pair>,
    driven: Option<Driven>,
    exact: Kept,
    meshes: ray::Meshes,
    keys: u64,
}

impl Desk {
    fn answer(&mut self, shared: &SharedRenderer, ask: &LiveAsk) -> Result<LiveShown, RunError> {
        let begun = Instant::now();
        if self.driven.as_ref().is_none_or(|driven| !driven.scene.same(&ask.scene)) {
            // Another family has other meshes.
            self.meshes = ray::Meshes::default();
        }
        let driven = Driven::at(self.driven.take(), ask)?;
        let (now, next, marks) = driven.seen(ask)?;
        let (preview, handles) = (Arc::clone(&driven.preview), driven.handles(ask));
        let facts = driven.drive.facts(ask.time_s);
        self.driven = Some(driven);
        let simulated = Instant::now();
        let camera = &ask.scene.family.camera;
        let size = [camera.width_px, camera.height_px];
        let mut shown = LiveShown {
            image: Image::Coloured(Arc::default()),
            exact: None,
            strokes: Arc::default(),
            events: Arc::default(),
            took: Took::default(),
            ask: ask.clone(),
            now: Arc::clone(&now),
            preview,
            marks,
            handles,
            inside: self.inside(ask, &now),
            size,
        };
        let rendered = if ask.shows.is_plain() {
            let (view, key) = self.draw(shared, size, &now)?;
            shown.image = Image::Drawn(view, key);
            Instant::now()
        } else {
            let exact = self.exact.exact(shared, ask, (&now, next.as_deref()))?;
            let rendered = Instant::now();
            shown.image = Image::Coloured(ask.shows.channels().map(|one| Coloured::new(one, &exact, ask)).collect());
            let facts = facts.unwrap_or_default();
            (shown.strokes, shown.events) = self.exact.labels(shared, ask, (&exact, &facts))?;
            shown.exact = Some(exact);
            rendered
        };
        shown.took = Took {
            simulate_ms: ms(begun, simulated),
            render_ms: ms(simulated, rendered),
            colour_ms: ms(rendered, Instant::now()),
        };
        Ok(shown)
    }

    /// The body that the family's camera is in; a free camera may fly through anything.
    fn inside(&mut self, ask: &LiveAsk, now: &Snapshot) -> Option<Arc<str>> {
        let meshes = ask.orbit.is_none().then_some(&mut self.meshes)?;
        inside::camera_holder(&ask.scene.family, now, meshes).map(|body| Arc::clone(&body.name))
    }

    /// The device's own picture, in a texture that is not shown.
    fn draw(
        &mut self,
        shared: &SharedRenderer,
        size: [u32; 2],
        now: &Snapshot,
    ) -> Result<(TextureView, u64), RunError> {
        if self.pair.as_ref().is_none_or(|pair| pair.targets[0].size() != size) {
            self.keys += 1;
            self.pair = Some(Pair::new(&shared.gpu, size, self.keys)?);
        }
        let Some(pair) = self.pair.as_mut() else { return Err(RunError::Stopped) };
        let (target, key) = pair.next();
        shared.with(|renderer| Ok(renderer.draw_to(target, now)?))?;
        Ok((target.view().clone(), key))
    }
}

fn ms(from: Instant, to: Instant) -> f32 {
    to.saturating_duration_since(from).as_secs_f32() * 1000.0
}

/// Starts the preview's worker on `gpu`.
///
/// # Errors
/// When the device refuses the pipelines or the system gives no thread.
pub(super) fn live_preview(shared: &SharedRenderer, wake: Wake) -> Result<LivePreview, String> {
    let shared = shared.clone();
    let mut desk = Desk::default();
    let work = move |ask: LiveAsk, _: &AtomicBool| Some(desk.answer(&shared, &ask).map_err(|err| err.to_string()));
    Latest::new("preview", wake, work).map_err(|err| format!("the system gave no thread for the preview: {err}"))
}

/// One renderer that all workers draw with, made at its first use.
#[derive(Clone)]
pub(super) struct SharedRenderer {
    gpu: Gpu,
    renderer: Arc<Mutex<Option<Renderer>>>,
    /// Who waits for the renderer: a mutex alone would let the busier worker have it again and again.
    waiting: Arc<AtomicUsize>,
}

impl SharedRenderer {
    /// None yet.
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self { gpu: gpu.clone(), renderer: Arc::default(), waiting: Arc::default() }
    }

    /// The device.
    pub(super) fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Draws one picture and waits until the device has finished it.
    pub(super) fn with(&self, draw: impl FnOnce(&mut Renderer) -> Result<(), RunError>) -> Result<(), RunError> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let mut slot = self.renderer.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        let renderer = match &mut *slot {
            Some(renderer) => renderer,
            empty => empty.insert(Renderer::new(&self.gpu)?),
        };
        let drawn = draw(renderer).and_then(|()| Ok(self.gpu.finish()?));
        drop(slot);
        if self.waiting.load(Ordering::Relaxed) > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        drawn
    }
}

/// The recorded state at `time_s` and the one after it.
pub(super) fn around(snapshots: &[Snapshot], time_s: f64) -> (Option<&Snapshot>, Option<&Snapshot>) {
    let after = snapshots.partition_point(|snapshot| snapshot.time_s <= time_s + 1e-6);
    let at = after.saturating_sub(1);
    (snapshots.get(at), snapshots.get(at + 1))
}

/// The same view in fewer pixels.
pub(super) fn shrunk(snapshot: &Snapshot, size: [u32; 2]) -> Snapshot {
    let camera = &snapshot.camera;
    let scale = f64::from(size[0]) / f64::from(camera.width_px.max(1));
    let camera = Camera {
        width_px: size[0],
        height_px: size[1],
        focal_px: camera.focal_px * scale,
        centre_px: camera.centre_px * scale,
        world_from_camera: camera.world_from_camera,
    };
    Snapshot { camera, ..snapshot.clone() }
}
