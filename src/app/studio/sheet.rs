//! The contact sheet's worker: tiles are simulated and drawn a few at a time into one texture, those in sight first.
//!
//! The window shows the texture while it fills: a tile keeps its old picture until the new one is drawn over it, and a
//! request that replaces another goes on with the tiles whose pictures are oldest. So while a slider is dragged every tile
//! in sight has its turn. Between turns the preview has the renderer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use eframe::wgpu::TextureView;
use rayon::prelude::*;

use crate::app::jobs::Wake;
use crate::app::latest::Latest;
use crate::app::many::Deviation;
use crate::family::Family;
use crate::render::{PictureTarget, TileRect};
use crate::run::RunError;
use crate::run::preview::Preview;
use crate::sample::Sampler;

use super::fill_author::outcome_line;
use super::live::{Scene, SharedRenderer, around, shrunk};

/// Tiles simulated and drawn before the preview has its turn again.
const TILES_A_TURN: usize = 4;
/// The same where they are only drawn: together, which costs little more than their pixels.
const DRAWN_A_TURN: usize = 16;
/// Episodes are kept, so that another time only renders, where the sheet has at most this many tiles (1.1 MiB each).
const KEPT_EPISODES: usize = 64;
/// Parameters on a tile's card.
const DEVIATIONS: usize = 6;

/// Draws at one time.
#[derive(Clone, Debug)]
pub(super) struct SheetAsk {
    /// What is drawn.
    pub(super) scene: Scene,
    /// The draws, in any order.
    pub(super) draws: Arc<[u64]>,
    /// Those in sight, first come first; empty means all.
    pub(super) in_sight: Arc<[u64]>,
    /// The time in seconds.
    pub(super) time_s: f64,
    /// Width of a tile in pixels.
    pub(super) tile_px: u32,
    /// Also what is out of sight. False while a slider is dragged.
    pub(super) whole: bool,
}

impl SheetAsk {
    /// Whether both show the same draws, at whatever time.
    pub(super) fn same_draws(&self, other: &Self) -> bool {
        self.scene.same(&other.scene) && self.draws == other.draws && self.tile_px == other.tile_px
    }

    /// Whether `self` asks for nothing that `other` did not.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.same_draws(other) && self.time_s == other.time_s && (other.whole || !self.whole)
    }
}

/// What came of a draw.
pub(super) struct Made {
    /// Natural logarithm of the importance weight.
    pub(super) ln_weight: f64,
    /// Parameters and measures.
    pub(super) values: Arc<BTreeMap<String, f64>>,
    /// Whether the rare event happened.
    pub(super) rare: bool,
    /// In a few words.
    pub(super) outcome: String,
    /// The parameters farthest from their nominal mean, farthest first.
    pub(super) deviations: Arc<[Deviation]>,
}

/// A tile as the window may show it now.
#[derive(Clone)]
pub(super) struct BoardTile {
    /// Its place in the atlas, row by row.
    pub(super) slot: usize,
    /// What came of the draw, or why nothing did; `None` before it was simulated.
    pub(super) made: Option<Result<Arc<Made>, String>>,
    /// A picture is in its place.
    pub(super) pictured: bool,
}

/// The sheet as the window may show it now.
#[derive(Default)]
pub(super) struct Board {
    /// The atlas and the key that tells it from its predecessors.
    pub(super) atlas: Option<(TextureView, u64)>,
    /// Columns and rows of the atlas.
    pub(super) grid: [u32; 2],
    /// The family that the tiles are of.
    pub(super) family: String,
    /// By draw.
    pub(super) tiles: BTreeMap<u64, BoardTile>,
}

/// The worker and what it has finished so far.
pub(super) struct LiveSheet {
    worker: Latest<SheetAsk, Result<(), String>>,
    board: Shelf,
}

/// The newest board, whole: the window never waits for the worker.
type Shelf = Arc<Mutex<Arc<Board>>>;

impl LiveSheet {
    /// Starts a worker called `name`. `group` tells its textures from those of others.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn new(name: &str, group: u64, shared: &SharedRenderer, wake: Wake) -> Result<Self, String> {
        let board: Shelf = Arc::default();
        let mut bench = Bench::new(shared.clone(), Arc::clone(&board), group);
        let tell = Arc::clone(&wake);
        let work = move |ask: SheetAsk, stop: &AtomicBool| bench.work(&ask, stop, &tell);
        let worker =
            Latest::new(name, wake, work).map_err(|err| format!("the system gave no thread for the {name}: {err}"))?;
        Ok(Self { worker, board })
    }

    /// Asks for `ask` unless what was `asked` gives the same. Where time does not hold, another time is no reason.
    pub(super) fn ask_if_due(&mut self, asked: &mut Option<SheetAsk>, ask: SheetAsk, holds: bool) {
        let due = asked.as_ref().is_none_or(|before| {
            // Someone who scrolls while tiles are on their way wants others first.
            let looks_elsewhere = self.is_stale() && before.in_sight != ask.in_sight;
            !ask.same_draws(before) || holds && !ask.same(before) || looks_elsewhere
        });
        if due {
            *asked = Some(ask.clone());
            self.worker.ask(ask);
        }
    }

    /// Takes in that the worker is through.
    pub(super) fn poll(&mut self) -> bool {
        self.worker.poll()
    }

    /// True while tiles are on their way.
    pub(super) fn is_stale(&self) -> bool {
        self.worker.is_stale()
    }

    /// Why the last sheet could not be drawn.
    pub(super) fn error(&self) -> Option<&str> {
        self.worker.last().and_then(|answer| answer.as_ref().err()).map(String::as_str)
    }

    /// The tiles so far.
    pub(super) fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A place in the atlas.
#[derive(Clone, Default)]
struct Slot {
    draw: u64,
    /// What the picture is of; `None` where there is none yet or it is no longer there.
    of: Option<(Scene, f64)>,
    /// When it was drawn, by the count of turns: the oldest comes first.
    turn: u64,
    episode: Option<(Scene, Arc<Preview>)>,
    made: Option<Result<Arc<Made>, String>>,
    pictured: bool,
}

impl Slot {
    fn is_current(&self, ask: &SheetAsk) -> bool {
        self.of.as_ref().is_some_and(|(scene, time_s)| *time_s == ask.time_s && scene.same(&ask.scene))
    }
}

/// What the worker's thread owns.
struct Bench {
    shared: SharedRenderer,
    board: Shelf,
    target: Option<PictureTarget>,
    key: u64,
    family: String,
    slots: Vec<Slot>,
    turn: u64,
}

impl Bench {
    fn new(shared: SharedRenderer, board: Shelf, group: u64) -> Self {
        Self { shared, board, target: None, key: group << 32, family: String::new(), slots: Vec::new(), turn: 0 }
    }

    fn work(&mut self, ask: &SheetAsk, stop: &AtomicBool, tell: &Wake) -> Option<Result<(), String>> {
        if let Err(error) = self.lay_out(ask) {
            return Some(Err(error.to_string()));
        }
        self.publish(ask);
        loop {
            let turn = due(&self.slots, ask);
            if turn.is_empty() {
                return Some(Ok(()));
            }
            if let Err(error) = self.draw(ask, &turn) {
                return Some(Err(error.to_string()));
            }
            self.publish(ask);
            tell();
            // At least one turn a request: otherwise a quick slider would stop every tile.
            if stop.load(Ordering::Relaxed) {
                return None;
            }
        }
    }

    /// Gives every draw its place; those that have one keep it, and their picture, while the atlas is the same.
    fn lay_out(&mut self, ask: &SheetAsk) -> Result<(), RunError> {
        let grid = grid_of(ask.draws.len());
        let tile = tile_size(&ask.scene.family, ask.tile_px);
        let size = [grid[0] * tile[0], grid[1] * tile[1]];
        let same_atlas = self.target.as_ref().is_some_and(|target| target.size() == size);
        if !same_atlas {
            self.target = Some(PictureTarget::new(self.shared.gpu(), size[0], size[1])?);
            self.key += 1;
        }
        if self.family != ask.scene.family.id {
            self.family.clone_from(&ask.scene.family.id);
            self.slots.clear();
        }
        self.slots = placed(std::mem::take(&mut self.slots), &ask.draws, same_atlas);
        Ok(())
    }

    /// Simulates and draws the slots of `turn`.
    fn draw(&mut self, ask: &SheetAsk, turn: &[usize]) -> Result<(), RunError> {
        self.turn += 1;
        let of: Vec<(usize, &Slot)> = turn.iter().filter_map(|at| Some((*at, self.slots.get(*at)?))).collect();
        let episodes: Vec<(usize, Result<Arc<Preview>, String>)> =
            of.into_par_iter().map(|(at, slot)| (at, episode(slot, ask))).collect();
        let tile = tile_size(&ask.scene.family, ask.tile_px);
        let columns = grid_of(ask.draws.len())[0];
        let Some(target) = self.target.as_mut() else { return Err(RunError::Stopped) };
        let snapshot = |(at, episode): &(usize, Result<Arc<Preview>, String>)| {
            let (now, _) = around(&episode.as_ref().ok()?.episode.snapshots, ask.time_s);
            Some((tile_rect(*at as u32, columns, tile), shrunk(now?, tile)))
        };
        let shown: Vec<_> = episodes.iter().filter_map(snapshot).collect();
        let tiles: Vec<_> = shown.iter().map(|(place, now)| (*place, now)).collect();
        self.shared.with(|renderer| Ok(renderer.draw_tiles(target, &tiles)?))?;
        let keeps = self.slots.len() <= KEPT_EPISODES;
        for (at, episode) in episodes {
            let Some(slot) = self.slots.get_mut(at) else { continue };
            slot.turn = self.turn;
            slot.of = Some((ask.scene.clone(), ask.time_s));
            slot.pictured |= episode.is_ok();
            slot.made = Some(episode.as_ref().map(|preview| Arc::new(made(&ask.scene, preview))).map_err(Clone::clone));
            slot.episode = episode.ok().filter(|_| keeps).map(|preview| (ask.scene.clone(), preview));
        }
        Ok(())
    }

    fn publish(&self, ask: &SheetAsk) {
        let tiles =
            self.slots.iter().enumerate().map(|(at, slot)| {
                (slot.draw, BoardTile { slot: at, made: slot.made.clone(), pictured: slot.pictured })
            });
        let board = Board {
            atlas: self.target.as_ref().map(|target| (target.view().clone(), self.key)),
            grid: grid_of(ask.draws.len()),
            family: self.family.clone(),
            tiles: tiles.collect(),
        };
        *self.board.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(board);
    }
}

/// The slots that come next: those in sight first, and of them the oldest.
fn due(slots: &[Slot], ask: &SheetAsk) -> Vec<usize> {
    let place = |slot: &Slot| ask.in_sight.iter().position(|draw| *draw == slot.draw);
    let mut late: Vec<(Option<usize>, u64, usize)> = slots
        .iter()
        .enumerate()
        .filter(|(_, slot)| !slot.is_current(ask))
        .map(|(at, slot)| (place(slot), slot.turn, at))
        .filter(|(place, ..)| ask.whole || ask.in_sight.is_empty() || place.is_some())
        .collect();
    late.sort_by_key(|(place, turn, at)| (place.is_none(), *turn, place.unwrap_or_default(), *at));
    let is_simulated = |at: usize| {
        let episode = slots.get(at).and_then(|slot| slot.episode.as_ref());
        episode.is_some_and(|(scene, _)| scene.same(&ask.scene))
    };
    let drawn_only = late.iter().take_while(|(.., at)| is_simulated(*at)).count();
    late.into_iter().take(drawn_only.clamp(TILES_A_TURN, DRAWN_A_TURN)).map(|(.., at)| at).collect()
}

/// One slot a draw. A draw that had a slot keeps it where it can; the others take what is free.
fn placed(old: Vec<Slot>, draws: &[u64], same_atlas: bool) -> Vec<Slot> {
    let mut slots: Vec<Option<Slot>> = vec![None; draws.len()];
    let mut moved: BTreeMap<u64, Slot> = BTreeMap::new();
    for (at, slot) in old.into_iter().enumerate().filter(|(_, slot)| draws.contains(&slot.draw)) {
        match slots.get_mut(at) {
            Some(place) if same_atlas => *place = Some(slot),
            // Its picture lies elsewhere; what came of it still holds.
            _ => drop(moved.insert(slot.draw, Slot { of: None, turn: 0, pictured: false, ..slot })),
        }
    }
    let seated: Vec<u64> = slots.iter().flatten().map(|slot| slot.draw).collect();
    let mut rest = draws.iter().filter(|draw| !seated.contains(draw));
    let fill = |slot: Option<Slot>| {
        slot.or_else(|| {
            let draw = rest.next()?;
            Some(moved.remove(draw).unwrap_or_else(|| Slot { draw: *draw, ..Slot::default() }))
        })
    };
    slots.into_iter().filter_map(fill).collect()
}

/// Columns and rows of an atlas of `tiles` tiles.
fn grid_of(tiles: usize) -> [u32; 2] {
    let columns = (1..=tiles as u32).find(|side| (side * side) as usize >= tiles).unwrap_or(1);
    [columns, (tiles as u32).div_ceil(columns).max(1)]
}

/// Pixels of a tile of `width` pixels.
fn tile_size(family: &Family, width: u32) -> [u32; 2] {
    let camera = &family.camera;
    [width, (width * camera.height_px / camera.width_px.max(1)).clamp(16, 1024)]
}

/// Where a tile lies in the atlas.
fn tile_rect(at: u32, columns: u32, tile: [u32; 2]) -> TileRect {
    TileRect { x: at % columns * tile[0], y: at / columns * tile[1], width: tile[0], height: tile[1] }
}

fn episode(slot: &Slot, ask: &SheetAsk) -> Result<Arc<Preview>, String> {
    match &slot.episode {
        Some((scene, preview)) if scene.same(&ask.scene) => Ok(Arc::clone(preview)),
        _ => ask.scene.simulate(slot.draw).map(Arc::new).map_err(|err| err.to_string()),
    }
}

fn made(scene: &Scene, preview: &Preview) -> Made {
    let mut values = preview.draw.values.clone();
    values.extend(preview.episode.measures.iter().map(|(name, value)| (name.clone(), *value)));
    Made {
        ln_weight: preview.draw.ln_weight,
        rare: preview.episode.rare,
        outcome: outcome_line(&scene.family, preview, scene.pinned.len()),
        deviations: deviations(scene, &values).into(),
        values: Arc::new(values),
    }
}

/// The parameters farthest from their nominal mean, in its standard deviations, farthest first.
fn deviations(scene: &Scene, values: &BTreeMap<String, f64>) -> Vec<Deviation> {
    let plan = scene.previewer.sampler().ok().map(Sampler::plan);
    let of = |(at, parameter): (usize, &crate::family::Parameter)| {
        let nominal = plan?.nominal(at)?;
        let (mean, sd) = (nominal.mean(), nominal.sd());
        let value = *values.get(&parameter.name)?;
        let (name, unit) = (parameter.name.clone(), parameter.unit.clone());
        (sd > 0.0).then(|| Deviation { name, unit, value, sds: (value - mean) / sd })
    };
    let mut all: Vec<Deviation> = scene.family.parameters.iter().enumerate().filter_map(of).collect();
    all.sort_by(|a, b| b.sds.abs().total_cmp(&a.sds.abs()));
    all.truncate(DEVIATIONS);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::new;
    use crate::run::preview::Previewer;

    fn ask(draws: &[u64], in_sight: &[u64], whole: bool) -> SheetAsk {
        let family = Arc::new(new::example(new::EXAMPLES[0].0).expect("ships with the program"));
        let scene = Scene::new(Arc::new(Previewer::new(family, 1)), BTreeMap::new());
        SheetAsk { scene, draws: draws.into(), in_sight: in_sight.into(), time_s: 0.5, tile_px: 96, whole }
    }

    #[test]
    fn what_is_in_sight_comes_first_and_the_oldest_of_it() {
        let ask = ask(&[0, 1, 2, 3, 4, 5, 6], &[6, 2, 4], true);
        let mut slots = placed(Vec::new(), &ask.draws, false);
        assert_eq!(due(&slots, &ask), [6, 2, 4, 0], "in the order of the screen, then the rest");
        slots[6].turn = 3;
        assert_eq!(due(&slots, &ask), [2, 4, 6, 0], "one that had its turn waits");
        slots[2].of = Some((ask.scene.clone(), ask.time_s));
        assert_eq!(due(&slots, &ask), [4, 6, 0, 1], "one that is current is left");
        let dragging = SheetAsk { whole: false, ..ask.clone() };
        assert_eq!(due(&slots, &dragging), [4, 6], "while a slider moves, nothing out of sight");
        let later = SheetAsk { time_s: 0.6, ..dragging };
        assert_eq!(due(&slots, &later).len(), 3, "another time makes all of them late");
    }

    #[test]
    fn a_draw_keeps_its_place_and_its_picture() {
        let first = placed(Vec::new(), &[10, 11, 12, 13], false);
        let drawn: Vec<Slot> = first.into_iter().map(|slot| Slot { pictured: true, turn: 5, ..slot }).collect();
        let next = placed(drawn.clone(), &[12, 40, 13, 41], true);
        let seen: Vec<(u64, bool)> = next.iter().map(|slot| (slot.draw, slot.pictured)).collect();
        assert_eq!(seen, [(40, false), (41, false), (12, true), (13, true)], "the new ones take what is free");
        let smaller = placed(drawn, &[13, 10], false);
        assert!(smaller.iter().all(|slot| !slot.pictured) && smaller.len() == 2, "another atlas is empty");
    }

    #[test]
    fn a_sheet_shows_what_the_preview_shows() {
        if std::env::var_os("WORLDPROOF_NO_GPU").is_some() {
            return;
        }
        let gpu = crate::render::Gpu::headless().expect("a graphics driver; set WORLDPROOF_NO_GPU=1 to skip");
        let shared = SharedRenderer::new(&gpu);
        let mut sheet = LiveSheet::new("test sheet", 1, &shared, Arc::new(|| ())).expect("a thread");
        let first = ask(&[0, 1, 2, 3, 4, 5], &[4], true);
        let mut asked = None;
        sheet.ask_if_due(&mut asked, first.clone(), true);
        let until = std::time::Instant::now() + std::time::Duration::from_mins(1);
        while sheet.is_stale() && std::time::Instant::now() < until {
            sheet.poll();
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(sheet.error(), None);
        let board = sheet.board();
        assert_eq!(board.tiles.len(), 6);
        for (draw, tile) in &board.tiles {
            let preview = first.scene.simulate(*draw).expect("simulates");
            let Some(Ok(made)) = &tile.made else { panic!("draw {draw} was not simulated") };
            assert_eq!(made.ln_weight, preview.draw.ln_weight, "draw {draw}");
            assert_eq!((made.rare, tile.pictured), (preview.episode.rare, true), "draw {draw}");
            assert!(
                preview.draw.values.iter().all(|(name, value)| made.values.get(name) == Some(value)),
                "draw {draw}"
            );
        }
        sheet.ask_if_due(&mut asked, first.clone(), true);
        assert!(!sheet.is_stale(), "the same question is not asked again");
        sheet.ask_if_due(&mut asked, SheetAsk { time_s: 1.0, ..first }, false);
        assert!(!sheet.is_stale(), "nor another time while it plays");
    }

    #[test]
    fn an_atlas_has_room_for_all_and_stays_small() {
        for tiles in [1, 2, 16, 24, 36, 64, 100, 144, 196, 256] {
            let [columns, rows] = grid_of(tiles);
            assert!((columns * rows) as usize >= tiles && columns <= 16 && rows <= 16, "{tiles}: {columns} x {rows}");
        }
        let family = new::example(new::EXAMPLES[0].0).expect("ships with the program");
        assert_eq!(tile_size(&family, 128), [128, 96]);
        assert_eq!(tile_rect(17, 16, [128, 96]), TileRect { x: 128, y: 96, width: 128, height: 96 });
    }

    #[test]
    fn the_farthest_parameters_are_told_in_nominal_sds() {
        let family = new::example(new::EXAMPLES[0].0).expect("ships with the program");
        let family = Arc::new(family);
        let scene = Scene::new(Arc::new(Previewer::new(Arc::clone(&family), 1)), BTreeMap::new());
        let plan = scene.previewer.sampler().expect("sound").plan();
        let law = |at: usize| plan.nominal(at).expect("fixed");
        let mut values: BTreeMap<String, f64> =
            family.parameters.iter().enumerate().map(|(at, one)| (one.name.clone(), law(at).mean())).collect();
        let nominal = law(plan.columns().position("reach_speed_m_s").expect("a parameter"));
        values.insert("reach_speed_m_s".to_owned(), nominal.mean() - 2.5 * nominal.sd());
        let found = deviations(&scene, &values);
        assert_eq!(found.len(), DEVIATIONS);
        assert_eq!(found[0].name, "reach_speed_m_s");
        assert!((found[0].sds + 2.5).abs() < 1e-9 && found[1].sds.abs() < 1e-9, "{found:?}");
    }
}
