//! Values of many draws for the views that need no picture: parameters at once, measures as their episodes are simulated.
//!
//! It is the last in line for the processor: while the preview or the contact sheet draws, it waits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::app::jobs::Wake;
use crate::app::latest::Latest;
use crate::app::many::{Column, ColumnKind, Pool};
use crate::base::Silent;
use crate::family::Family;
use crate::sample::Draw;
use crate::world::Episode;

use super::fill_author::role_view;
use super::live::Scene;

/// Draws whose parameters are known.
pub(super) const POOL_DRAWS: u64 = 2_000;
/// Draws whose episodes are simulated, 10 ms each.
const POOL_EPISODES: usize = 512;
/// How often what is there is shown.
const SHOW_EVERY: Duration = Duration::from_millis(300);
/// Default columns are chosen again at this many episodes, and at the last: not at every glance.
const CHOOSE_AT: usize = 64;
/// The longest wait for others before an episode.
const PATIENCE: Duration = Duration::from_millis(200);

/// The newest pool and the scene that it is of.
type Shelf = Arc<Mutex<Option<(Scene, Arc<Pool>)>>>;

/// The worker and its newest answer.
pub(super) struct LivePool {
    worker: Latest<Scene, ()>,
    shelf: Shelf,
    busy: Arc<AtomicBool>,
}

impl LivePool {
    /// Starts the worker.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn new(wake: Wake) -> Result<Self, String> {
        let (shelf, busy): (Shelf, Arc<AtomicBool>) = (Arc::default(), Arc::default());
        let line = Line { shelf: Arc::clone(&shelf), busy: Arc::clone(&busy), wake: Arc::clone(&wake) };
        let work = move |scene: Scene, stop: &AtomicBool| line.work(&scene, stop);
        let worker = Latest::new("draw values", wake, work)
            .map_err(|err| format!("the system gave no thread for the values of draws: {err}"))?;
        Ok(Self { worker, shelf, busy })
    }

    /// Asks for the values of another scene.
    pub(super) fn ask(&mut self, scene: Scene) {
        self.worker.ask(scene);
    }

    /// Says whether others need the processor. Takes in that the worker is through.
    pub(super) fn give_way(&mut self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
        self.worker.poll();
    }

    /// The newest values, where they are of `family`: of a moment ago while a slider is dragged.
    pub(super) fn shown(&self, family: &str) -> Option<Arc<Pool>> {
        let shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.as_ref().filter(|(scene, _)| scene.family.id == family).map(|(_, pool)| Arc::clone(pool))
    }
}

/// What the worker's thread owns.
struct Line {
    shelf: Shelf,
    busy: Arc<AtomicBool>,
    wake: Wake,
}

impl Line {
    fn work(&self, scene: &Scene, stop: &AtomicBool) -> Option<()> {
        let stopped = || stop.load(Ordering::Relaxed);
        let (draws, error) = drawn(scene, &stopped)?;
        let simulator = scene.previewer.simulator().ok();
        let mut pool = table(&scene.family, &draws, error);
        // Where values of this family are shown, they stay until measures can take their place.
        if draws.is_empty() || !self.shows(&scene.family.id) {
            self.show(scene, &mut pool, &[]);
        }
        let mut episodes = Vec::with_capacity(pool.wanted);
        let mut shown = Instant::now();
        for draw in draws.iter().take(pool.wanted) {
            let since = Instant::now();
            while self.busy.load(Ordering::Relaxed) && since.elapsed() < PATIENCE && !stopped() {
                std::thread::sleep(Duration::from_millis(4));
            }
            if stopped() {
                return None;
            }
            // An episode that cannot be simulated leaves its row without measures; the sheet says why.
            episodes.push(simulator.and_then(|simulator| simulator.measured(draw, &Silent).ok()));
            if let Some(Some(last)) = episodes.last_mut() {
                // Only its measures are read.
                last.signals = BTreeMap::new();
            }
            if shown.elapsed() > SHOW_EVERY && episodes.len() > CHOOSE_AT || episodes.len() == CHOOSE_AT {
                self.show(scene, &mut pool, &episodes);
                shown = Instant::now();
            }
        }
        self.show(scene, &mut pool, &episodes);
        Some(())
    }

    fn shows(&self, family: &str) -> bool {
        let shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.as_ref().is_some_and(|(scene, pool)| scene.family.id == family && !pool.is_empty())
    }

    fn show(&self, scene: &Scene, pool: &mut Pool, episodes: &[Option<Episode>]) {
        measure(&scene.family, pool, episodes);
        if [0, CHOOSE_AT, pool.wanted].contains(&episodes.len()) {
            pool.telling = pool.find_telling(&scene.family.rare_event);
        }
        *self.shelf.lock().unwrap_or_else(PoisonError::into_inner) = Some((scene.clone(), Arc::new(pool.clone())));
        (self.wake)();
    }
}

/// The draws up to the first that does not come, and why it does not; `None` where it was stopped.
fn drawn(scene: &Scene, stopped: &impl Fn() -> bool) -> Option<(Vec<Draw>, Option<String>)> {
    const CHUNK: u64 = 250;
    let sampler = match scene.previewer.sampler() {
        Ok(sampler) => sampler,
        Err(err) => return Some((Vec::new(), Some(err.to_string()))),
    };
    let mut draws = Vec::with_capacity(POOL_DRAWS as usize);
    for from in (0..POOL_DRAWS).step_by(CHUNK as usize) {
        if stopped() {
            return None;
        }
        let chunk: Vec<_> = (from..(from + CHUNK).min(POOL_DRAWS))
            .into_par_iter()
            .map(|index| sampler.draw_with(index, &scene.pinned))
            .collect();
        for draw in chunk {
            match draw {
                Ok(draw) => draws.push(draw),
                Err(err) => return Some((draws, Some(err.to_string()))),
            }
        }
    }
    Some((draws, None))
}

/// The parameters as columns; the measures are not known yet.
fn table(family: &Family, draws: &[Draw], error: Option<String>) -> Pool {
    let unknown: Arc<[f64]> = vec![f64::NAN; draws.len()].into();
    let parameter = |parameter: &crate::family::Parameter| {
        let value = |draw: &Draw| draw.values.get(&parameter.name).copied().unwrap_or(f64::NAN);
        let kind = ColumnKind::Parameter(role_view(parameter.role));
        Column::new(&parameter.name, &parameter.unit, kind, draws.iter().map(value).collect())
    };
    let measure = |measure: &crate::family::Measure| {
        Column::new(&measure.name, &measure.unit, ColumnKind::Measure, Arc::clone(&unknown))
    };
    Pool {
        columns: family.parameters.iter().map(parameter).chain(family.measures.iter().map(measure)).collect(),
        rare: vec![None; draws.len()].into(),
        simulated: 0,
        wanted: POOL_EPISODES.min(draws.len()),
        telling: Vec::new(),
        error,
    }
}

/// Fills in the measures of the first rows.
fn measure(family: &Family, pool: &mut Pool, episodes: &[Option<Episode>]) {
    let of = |row: usize| episodes.get(row).and_then(Option::as_ref);
    let rows = pool.len();
    for measure in &family.measures {
        let value = |row: usize| of(row).and_then(|e| e.measures.get(&measure.name).copied()).unwrap_or(f64::NAN);
        let column = Column::new(&measure.name, &measure.unit, ColumnKind::Measure, (0..rows).map(value).collect());
        if let Some(place) = pool.columns.iter_mut().find(|place| place.name == measure.name) {
            *place = column;
        }
    }
    pool.rare = (0..rows).map(|row| of(row).map(|episode| episode.rare)).collect();
    pool.simulated = episodes.len();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::new;
    use crate::run::preview::Previewer;

    #[test]
    fn a_row_is_the_draw_that_the_preview_shows() {
        let family = Arc::new(new::example(new::EXAMPLES[0].0).expect("ships with the program"));
        let pinned = BTreeMap::from([("canister_fill".to_owned(), 0.9)]);
        let scene = Scene::new(Arc::new(Previewer::new(Arc::clone(&family), 7)), pinned);
        let (draws, error) = drawn(&scene, &|| false).expect("not stopped");
        assert_eq!((draws.len() as u64, &error), (POOL_DRAWS, &None));
        let mut pool = table(&family, &draws, error);
        assert!(pool.columns.iter().all(|c| (c.kind == ColumnKind::Measure) == c.value(5).is_none()), "not measured");
        let episode = |draw: &Draw| crate::world::simulate(&family, draw, &Silent).ok();
        measure(&family, &mut pool, &draws.iter().take(6).map(episode).collect::<Vec<_>>());
        let shown = scene.simulate(5).expect("simulates");
        for column in &pool.columns {
            let there = shown.draw.values.get(&column.name).or_else(|| shown.episode.measures.get(&column.name));
            assert_eq!(column.value(5), there.copied(), "{}", column.name);
        }
        assert_eq!((pool.rare[5], pool.rare[6], pool.simulated), (Some(shown.episode.rare), None, 6));
    }

    #[test]
    fn a_pin_that_no_draw_can_have_is_said() {
        let family = Arc::new(new::example(new::EXAMPLES[0].0).expect("ships with the program"));
        let pinned = BTreeMap::from([("reach_height_m".to_owned(), 0.2), ("canister_height_m".to_owned(), 0.12)]);
        let scene = Scene::new(Arc::new(Previewer::new(family, 7)), pinned);
        let (draws, error) = drawn(&scene, &|| false).expect("not stopped");
        assert!(draws.is_empty() && error.is_some_and(|text| text.contains("meets_the_side")), "names it");
    }
}
