//! The newest sweeps of the shown draw's lidars and radars, worked out by a thread of their own.
//!
//! They are those that `simulate` and `generate` write: worked out on the finished episode, so that a live run has none.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use eframe::egui;

use crate::app::jobs::Wake;
use crate::app::lab::Page;
use crate::app::latest::Latest;
use crate::app::shell::Workspace;
use crate::app::stage::CloudView;
use crate::app::stage::clouds::{Cloud, Clouds};
use crate::run::RunError;
use crate::run::preview::Preview;
use crate::run::ranging::{self, Watch, Which};

use super::Studio;
use super::live::Scene;

/// The moment whose newest sweeps are wanted.
#[derive(Clone)]
pub(super) struct SweepAsk {
    scene: Scene,
    index: u64,
    time_s: f64,
}

impl SweepAsk {
    fn same_draw(&self, other: &Self) -> bool {
        self.scene.same(&other.scene) && self.index == other.index
    }
}

/// What came of it.
type Answer = (SweepAsk, Result<Arc<Clouds>, String>);
/// A sweep, and when it begins and ends.
type Swept = (Which, [f64; 2]);

/// The worker with what it was asked last; its thread begins when it is first needed.
#[derive(Default)]
pub(super) struct LiveSweeps {
    worker: Option<Result<Latest<SweepAsk, Answer>, String>>,
    asked: Option<SweepAsk>,
}

/// Keeps the last episode and its last sweeps.
#[derive(Default)]
struct Sweeper {
    episode: Option<(SweepAsk, Preview)>,
    shown: Option<(Vec<Swept>, Arc<Clouds>)>,
}

impl Sweeper {
    /// The newest sweeps of the asked moment: those of before where no newer one has ended.
    fn answer(&mut self, ask: &SweepAsk) -> Result<Arc<Clouds>, RunError> {
        let known = self.episode.take().filter(|(of, _)| of.same_draw(ask));
        if known.is_none() {
            self.shown = None;
        }
        let (_, preview) = match known {
            Some(known) => self.episode.insert(known),
            None => self.episode.insert((ask.clone(), ask.scene.simulate(ask.index)?)),
        };
        let (family, episode) = (&*ask.scene.family, &preview.episode);
        let newest = ranging::newest(family, episode, ask.time_s);
        if let Some((of, clouds)) = &self.shown
            && *of == newest
        {
            return Ok(Arc::clone(clouds));
        }
        let times_s = newest.iter().map(|(_, times_s)| *times_s);
        let span_s = times_s.reduce(|one, other| [one[0].min(other[0]), one[1].max(other[1])]).unwrap_or_default();
        let watch = Watch::within(family, episode, span_s);
        let of = |(which, _): &Swept| Some(Cloud::of(&watch, *which, &watch.sweep(*which)?));
        let clouds = Arc::new(Clouds::new(newest.iter().filter_map(of).collect()));
        self.shown = Some((newest, Arc::clone(&clouds)));
        Ok(clouds)
    }
}

fn worker(wake: Wake) -> Result<Latest<SweepAsk, Answer>, String> {
    let mut sweeper = Sweeper::default();
    let work = move |ask: SweepAsk, _: &AtomicBool| {
        let clouds = sweeper.answer(&ask).map_err(|error| error.to_string());
        Some((ask, clouds))
    };
    Latest::new("sweeps", wake, work).map_err(|error| format!("the system gave no thread for lidar and radar: {error}"))
}

impl Studio {
    /// Whose sweeps are wanted now.
    fn to_sweep(&self) -> Option<SweepAsk> {
        let document = self.document.as_ref().filter(|document| document.stage.live.is_none())?;
        let is_seen = self.shell.workspace == Workspace::Author && self.shell.lab.page == Page::Preview;
        let is_asked = document.shown_family().is_some_and(|family| ranging::is_asked(family));
        let scene = document.scene().filter(|_| self.settings.stage.clouds && is_seen && is_asked)?;
        Some(SweepAsk { scene, index: document.draw, time_s: document.time_s })
    }

    /// Asks for the sweeps of the shown moment, while they are shown.
    pub(super) fn settle_sweeps(&mut self, ctx: &egui::Context) {
        let Some(ask) = self.to_sweep() else { return };
        let (live, repaint) = (&mut self.live.sweeps, ctx.clone());
        let worker = live.worker.get_or_insert_with(|| worker(Arc::new(move || repaint.request_repaint())));
        let Ok(worker) = worker else { return };
        if live.asked.as_ref().is_none_or(|before| !before.same_draw(&ask) || before.time_s != ask.time_s) {
            worker.ask(ask.clone());
            live.asked = Some(ask);
        }
        worker.poll();
    }

    /// Shows what is known of them; nothing where the family has neither lidar nor radar.
    pub(super) fn fill_sweeps(&mut self) {
        let Some(document) = &self.document else { return };
        if !document.shown_family().is_some_and(|family| ranging::is_asked(family)) {
            return;
        }
        let look = &self.settings.stage;
        let mut view = CloudView { on: look.clouds, by: look.clouds_by, ..CloudView::default() };
        let said = |text: &str| vec![text.to_owned()];
        match (self.to_sweep(), &self.live.sweeps.worker) {
            (None, _) if document.stage.live.is_some() => view.said = said("Lidar and radar: not in a live run"),
            (None, _) => {}
            (Some(_), Some(Err(why))) => view.said = said(why),
            (Some(ask), worker) => {
                let last = worker.as_ref().and_then(|worker| worker.as_ref().ok()?.last());
                // While time runs, the sweeps of a moment ago stay.
                match last.filter(|(of, _)| of.same_draw(&ask)).map(|(_, clouds)| clouds) {
                    None => view.said = said("Lidar and radar: on their way"),
                    Some(Err(why)) => view.said = said(why),
                    Some(Ok(clouds)) => {
                        view.said = if clouds.all.is_empty() {
                            said("Lidar and radar: no whole sweep yet")
                        } else {
                            clouds.all.iter().map(Cloud::words).collect()
                        };
                        view.shown = Some(Arc::clone(clouds));
                    }
                }
            }
        }
        self.view.author.stage.clouds = Some(view);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::run::new;
    use crate::run::preview::Previewer;

    #[test]
    fn sweeps_are_those_that_are_written_and_kept_until_newer_ones_end() {
        let mut family = new::example("road_tunnel_glare").expect("ships");
        family.clock.duration_s = 0.5;
        let scene = Scene::new(Arc::new(Previewer::new(Arc::new(family), 7)), BTreeMap::new());
        let ask = |time_s| SweepAsk { scene: scene.clone(), index: 2, time_s };
        let mut sweeper = Sweeper::default();
        let first = sweeper.answer(&ask(0.31)).expect("simulates");
        let same = sweeper.answer(&ask(0.311)).expect("simulates");
        assert!(Arc::ptr_eq(&first, &same), "no sweep has ended since");
        let later = sweeper.answer(&ask(0.42)).expect("simulates");
        assert!(!Arc::ptr_eq(&first, &later));
        let preview = scene.simulate(2).expect("simulates");
        let watch = Watch::new(&scene.family, &preview.episode);
        let newest = ranging::newest(&scene.family, &preview.episode, 0.42);
        assert_eq!((newest.len(), later.all.len()), (2, 2));
        for ((which, _), cloud) in newest.into_iter().zip(&later.all) {
            let sweep = watch.sweep(which).expect("there");
            assert_eq!(*cloud, Cloud::of(&watch, which, &sweep), "of a part of the episode or of all of it");
        }
        assert_eq!(*sweeper.answer(&ask(0.31)).expect("simulates"), *first, "and back");
    }
}
