//! The live preview and the contact sheet: two latest-wins workers over the device that the window draws with.
//!
//! Each draws into one of two textures of its own while the window shows the other, and waits for the device before it
//! answers, so the window never waits for it. They take turns with one renderer (a tile at a time), which halves the
//! memory that a software driver needs for its compiled shaders. Simulated episodes are kept, so that moving the play head only renders.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eframe::wgpu::TextureView;
use rayon::prelude::*;

use crate::app::jobs::Wake;
use crate::app::latest::Latest;
use crate::base::Silent;
use crate::family::Family;
use crate::render::{Channel, Gpu, PictureTarget, Renderer, TileRect};
use crate::run::RunError;
use crate::run::preview::{Preview, PreviewRequest, preview};
use crate::world::{Camera, Snapshot};

/// Tiles in a row of the contact sheet.
pub(super) const SHEET_COLUMNS: u32 = 6;
/// Rows of the contact sheet.
pub(super) const SHEET_ROWS: u32 = 4;
/// Draws on the contact sheet.
pub(super) const SHEET_TILES: u64 = (SHEET_COLUMNS * SHEET_ROWS) as u64;
/// Tiles drawn before the preview has its turn again.
const TILES_A_TURN: usize = 4;
/// Width of a tile in pixels.
const TILE_WIDTH_PX: u32 = 192;

/// What both workers start from: a family as it is now, and the values that the person pinned.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// The family; a changed one is another `Arc`.
    pub(super) family: Arc<Family>,
    /// The study's seed.
    pub(super) seed: u64,
    /// Values set by hand.
    pub(super) pinned: BTreeMap<String, f64>,
}

impl Scene {
    /// Whether the same episodes come out of both.
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.family, &other.family) && self.seed == other.seed && self.pinned == other.pinned
    }

    fn simulate(&self, index: u64) -> Result<Preview, RunError> {
        let request = PreviewRequest { study_seed: self.seed, index, pinned: self.pinned.clone() };
        preview(&self.family, &request, &Silent)
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
    /// What the picture shows.
    pub(super) channel: Channel,
}

impl LiveAsk {
    /// Whether both have the same answer.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.scene.same(&other.scene)
            && self.index == other.index
            && self.time_s == other.time_s
            && self.channel == other.channel
    }
}

/// A finished picture.
#[derive(Clone)]
pub(super) struct LiveShown {
    /// The question it answers.
    pub(super) ask: LiveAsk,
    /// The draw and its episode.
    pub(super) preview: Arc<Preview>,
    /// The texture.
    pub(super) view: TextureView,
    /// Its size in pixels.
    pub(super) size: [u32; 2],
    /// Tells the two textures (and their successors) apart.
    pub(super) texture_key: u64,
}

/// Many draws at one time.
#[derive(Clone, Debug)]
pub(super) struct SheetAsk {
    /// What is drawn.
    pub(super) scene: Scene,
    /// The first draw; [`SHEET_TILES`] follow.
    pub(super) from: u64,
    /// The time in seconds.
    pub(super) time_s: f64,
}

impl SheetAsk {
    /// Whether both have the same answer.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.same_draws(other) && self.time_s == other.time_s
    }

    /// Whether both show the same draws, at whatever time.
    pub(super) fn same_draws(&self, other: &Self) -> bool {
        self.scene.same(&other.scene) && self.from == other.from
    }
}

/// A finished contact sheet.
pub(super) struct SheetShown {
    /// The question it answers.
    pub(super) ask: SheetAsk,
    /// One a tile: the draw with its outcome, or why there is none.
    pub(super) tiles: Tiles,
    /// The atlas.
    pub(super) view: TextureView,
    /// Tells the two textures apart.
    pub(super) texture_key: u64,
}

/// One a tile: the draw with its outcome, or why there is none.
type Tiles = Vec<Result<Arc<Preview>, String>>;

/// The preview's worker.
pub(super) type LivePreview = Latest<LiveAsk, Result<LiveShown, String>>;
/// The contact sheet's worker.
pub(super) type LiveSheet = Latest<SheetAsk, Result<SheetShown, String>>;

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

/// Starts the preview's worker on `gpu`.
///
/// # Errors
/// When the device refuses the pipelines or the system gives no thread.
pub(super) fn live_preview(shared: &SharedRenderer, wake: Wake) -> Result<LivePreview, String> {
    let shared = shared.clone();
    let mut pair: Option<Pair> = None;
    let mut kept: Option<(LiveAsk, Arc<Preview>)> = None;
    let mut keys = 0;
    let work = move |ask: LiveAsk, _: &AtomicBool| {
        let mut answer = || -> Result<LiveShown, RunError> {
            let preview = match &kept {
                Some((before, preview)) if before.index == ask.index && before.scene.same(&ask.scene) => {
                    Arc::clone(preview)
                }
                _ => Arc::new(ask.scene.simulate(ask.index)?),
            };
            kept = Some((ask.clone(), Arc::clone(&preview)));
            let size = [ask.scene.family.camera.width_px, ask.scene.family.camera.height_px];
            if pair.as_ref().is_none_or(|pair| pair.targets[0].size() != size) {
                keys += 1;
                pair = Some(Pair::new(&shared.gpu, size, keys)?);
            }
            let Some(pair) = pair.as_mut() else { return Err(RunError::Stopped) };
            let (target, texture_key) = pair.next();
            let (now, next) = around(&preview.episode.snapshots, ask.time_s);
            let Some(now) = now else { return Err(RunError::Request("the episode has no states".to_owned())) };
            shared.with(|renderer| Ok(renderer.draw_pair_to(target, now, next, ask.channel)?))?;
            Ok(LiveShown { view: target.view().clone(), size, texture_key, preview, ask: ask.clone() })
        };
        Some(answer().map_err(|err| err.to_string()))
    };
    Latest::new("preview", wake, work).map_err(|err| format!("the system gave no thread for the preview: {err}"))
}

/// Starts the contact sheet's worker on `gpu`.
///
/// # Errors
/// When the device refuses the pipelines or the system gives no thread.
pub(super) fn live_sheet(shared: &SharedRenderer, wake: Wake) -> Result<LiveSheet, String> {
    let shared = shared.clone();
    let mut pair: Option<Pair> = None;
    let mut kept: Option<(SheetAsk, Tiles)> = None;
    let mut keys = 0;
    let work = move |ask: SheetAsk, _: &AtomicBool| {
        let tiles = match &kept {
            Some((before, tiles)) if before.from == ask.from && before.scene.same(&ask.scene) => tiles.clone(),
            _ => simulate_tiles(&ask),
        };
        kept = Some((ask.clone(), tiles.clone()));
        let camera = &ask.scene.family.camera;
        let tile = [TILE_WIDTH_PX, (TILE_WIDTH_PX * camera.height_px / camera.width_px.max(1)).clamp(16, 1024)];
        let size = [tile[0] * SHEET_COLUMNS, tile[1] * SHEET_ROWS];
        // Once begun, a sheet is finished: while a slider moves, a whole older one is worth more than none.
        let mut answer = || -> Result<SheetShown, RunError> {
            if pair.as_ref().is_none_or(|pair| pair.targets[0].size() != size) {
                keys += 1;
                pair = Some(Pair::new(&shared.gpu, size, 1 << 32 | keys)?);
            }
            let Some(pair) = pair.as_mut() else { return Err(RunError::Stopped) };
            let (target, texture_key) = pair.next();
            let at_time = |preview: &Result<Arc<Preview>, String>| {
                let preview = preview.as_ref().ok()?;
                Some(shrunk(around(&preview.episode.snapshots, ask.time_s).0?, tile))
            };
            let pictures: Vec<Option<Snapshot>> = tiles.iter().map(at_time).collect();
            for (turn, few) in pictures.chunks(TILES_A_TURN).enumerate() {
                shared.with(|renderer| {
                    for (at, picture) in few.iter().enumerate() {
                        let place = tile_rect((turn * TILES_A_TURN + at) as u32, tile);
                        if let Some(picture) = picture {
                            renderer.draw_tile(target, place, picture, Channel::Colour)?;
                        }
                    }
                    Ok(())
                })?;
            }
            Ok(SheetShown { view: target.view().clone(), texture_key, tiles: tiles.clone(), ask: ask.clone() })
        };
        Some(answer().map_err(|err| err.to_string()))
    };
    Latest::new("contact sheet", wake, work)
        .map_err(|err| format!("the system gave no thread for the contact sheet: {err}"))
}

fn simulate_tiles(ask: &SheetAsk) -> Tiles {
    let simulate = |index| ask.scene.simulate(index).map(Arc::new).map_err(|err| err.to_string());
    (ask.from..ask.from.saturating_add(SHEET_TILES)).into_par_iter().map(simulate).collect()
}

/// Where a tile lies in the atlas.
pub(super) fn tile_rect(at: u32, tile: [u32; 2]) -> TileRect {
    TileRect { x: at % SHEET_COLUMNS * tile[0], y: at / SHEET_COLUMNS * tile[1], width: tile[0], height: tile[1] }
}

/// One renderer that both workers draw with, made at its first use.
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

    /// Draws one picture and waits until the device has finished it.
    fn with(&self, draw: impl FnOnce(&mut Renderer) -> Result<(), RunError>) -> Result<(), RunError> {
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
fn around(snapshots: &[Snapshot], time_s: f64) -> (Option<&Snapshot>, Option<&Snapshot>) {
    let after = snapshots.partition_point(|snapshot| snapshot.time_s <= time_s + 1e-6);
    let at = after.saturating_sub(1);
    (snapshots.get(at), snapshots.get(at + 1))
}

/// The same view in fewer pixels.
fn shrunk(snapshot: &Snapshot, size: [u32; 2]) -> Snapshot {
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
