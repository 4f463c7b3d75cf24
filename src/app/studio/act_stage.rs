//! What the person does with the stage in the preview: the free camera, slow motion, the live run, and a family of it.

use std::collections::BTreeMap;

use glam::DVec3;

use crate::app::Command;
use crate::app::stage::labels::LabelLayer;
use crate::app::stage::{LiveRun, Orbit, StageAct, record};
use crate::family::{Clock, Family, Finding, Plan, Severity};
use crate::render::Channel;
use crate::run::ranging;
use crate::world::{Act, Camera, Layer, next_step, strongest_push_ns};

use super::Studio;
use super::document::Document;
use super::live::LiveShown;

/// How far away the free camera's target lies where nothing is seen in the middle of the picture, in metres.
const NOTHING_M: f64 = 2.0;

impl Studio {
    /// Does a command about the stage.
    pub(super) fn stage_command(&mut self, command: Command) {
        let Some(document) = &mut self.document else { return };
        let act = match command {
            Command::FreeCamera => StageAct::Free(document.stage.orbit.is_none()),
            Command::ThroughSensor => {
                let has_one = document.shown_family().is_some_and(|family| family.camera.sensor.is_some());
                document.stage.through_sensor ^= has_one;
                if !has_one {
                    "The family's camera is ideal: give it a sensor in the inspector first"
                        .clone_into(&mut self.status);
                }
                return;
            }
            Command::Sweeps if !document.shown_family().is_some_and(|family| ranging::is_asked(family)) => {
                "The family has no lidar and no radar: write one under `sensors`".clone_into(&mut self.status);
                return;
            }
            Command::Sweeps => StageAct::Clouds(!self.settings.stage.clouds),
            Command::LiveRun => StageAct::Live(document.stage.live.is_none()),
            Command::TakeBackDeed => StageAct::TakeBack,
            Command::RecordFamily => StageAct::Record,
            Command::NextChannel => {
                let after = Channel::ALL.into_iter().skip_while(|channel| *channel != document.channel).nth(1);
                document.channel = after.unwrap_or_default();
                return;
            }
            Command::Slower | Command::Faster => {
                document.stage.turn_pace(if command == Command::Slower { -1 } else { 1 });
                self.status = format!("{} times the speed of life", document.stage.pace);
                return;
            }
            _ => return,
        };
        self.stage(act);
    }

    /// Does what the person asked for.
    pub(super) fn stage(&mut self, act: StageAct) {
        let shown = self.document.as_ref().and_then(|document| self.live.acted_on(document));
        let camera = shown.map(|shown| shown.now.camera);
        let Some(document) = &mut self.document else { return };
        match act {
            StageAct::Free(true) => {
                let ahead = shown.map(|shown| ahead_m(&shown.now));
                document.stage.orbit = camera.zip(ahead).map(|(camera, ahead)| Orbit::of(&camera, ahead));
            }
            StageAct::Free(false) => document.stage.orbit = None,
            StageAct::Turn(_) | StageAct::Shift(_) | StageAct::Near(_) | StageAct::Frame(..) => {
                let Some(shown) = shown else { return };
                let orbit = document.stage.orbit.unwrap_or_else(|| Orbit::of(&shown.now.camera, ahead_m(&shown.now)));
                document.stage.orbit = Some(moved(&orbit, &act, &shown.now.camera));
            }
            StageAct::Show(layer, on) => self.show_layer(layer, on),
            StageAct::Label(layer, on) => self.show_labels(layer, on),
            StageAct::Clouds(on) => self.settings.stage.clouds = on,
            StageAct::CloudsBy(by) => self.settings.stage.clouds_by = by,
            StageAct::Look(look) => self.settings.stage.look = look,
            StageAct::Second(channel) => document.second = channel,
            StageAct::Plot(signal, on) => {
                let family = document.family().to_owned();
                let plotted = self.settings.stage.signals.entry(family).or_default();
                plotted.retain(|known| *known != signal);
                if on {
                    plotted.push(signal);
                }
            }
            StageAct::Pace(pace) => document.stage.pace = pace,
            StageAct::Live(on) => {
                document.stage.live =
                    on.then(|| LiveRun { of: (document.family().to_owned(), document.draw), ..LiveRun::default() });
                document.stage.aiming = false;
                if on {
                    (document.time_s, document.speed) = (0.0, 1.0);
                    self.status = LIVE.to_owned();
                } else if self.status == LIVE {
                    self.status.clear();
                }
            }
            StageAct::Aim(on) => document.stage.aiming = on,
            StageAct::Act(act) => self.deed(act),
            StageAct::Appear(kind, at) => self.appear(kind, at),
            StageAct::TakeBack => {
                let taken = document.stage.live.as_mut().is_some_and(LiveRun::take_back);
                let said = if taken { "Took the last deed back" } else { "Nothing was done in a live run yet" };
                said.clone_into(&mut self.status);
            }
            StageAct::Record => match record_family(document) {
                Ok(id) => {
                    self.status = format!(
                        "Recorded as {id}, with the live run's values set by hand: Shift+Backspace lets draws vary"
                    );
                }
                Err(why) => self.status = why,
            },
        }
    }

    fn show_layer(&mut self, layer: Layer, on: bool) {
        let Some((_, words)) = Layer::ALL.into_iter().find(|(known, _)| *known == layer) else { return };
        if on {
            self.settings.stage.layers.insert(words.to_owned());
        } else {
            self.settings.stage.layers.remove(words);
        }
    }

    fn show_labels(&mut self, layer: LabelLayer, on: bool) {
        let Some((_, words)) = LabelLayer::ALL.into_iter().find(|(known, _)| *known == layer) else { return };
        if on {
            self.settings.stage.labels.insert(words.to_owned());
        } else {
            self.settings.stage.labels.remove(words);
        }
    }

    /// Lets a thing of a kind appear above `at`, or above what is in the middle of the picture.
    fn appear(&mut self, kind: &'static str, at: Option<DVec3>) {
        let Some(document) = &self.document else { return };
        let (Some(family), Some(live)) = (document.shown_family(), &document.stage.live) else { return };
        let middle = |shown: &LiveShown| {
            let (camera, away_m) = (&shown.now.camera, ahead_m(&shown.now));
            camera.world_from_camera.position + camera.ray(camera.centre_px) * away_m
        };
        let Some(at) = at.or_else(|| self.live.acted_on(document).map(middle)) else { return };
        match record::appear(family, &live.deeds, kind, at) {
            Ok(act) => self.deed(act),
            Err(why) => self.status = why,
        }
    }

    /// Does something to the world in the step after what is seen.
    fn deed(&mut self, act: Act) {
        let shown = self.document.as_ref().and_then(|document| self.live.acted_on(document));
        let Some(document) = &mut self.document else { return };
        let begun = shown.map(|shown| &shown.preview.episode.events);
        let Some(live) = &mut document.stage.live else { return };
        // What is seen is what the person acts on, not what the play head has come to meanwhile.
        let time_s = shown.map_or(document.time_s, |shown| shown.now.time_s);
        if let Act::Begin(at) = act {
            let Some(event) = begun.and_then(|begun| begun.get(at)) else { return };
            // What was asked for and is not seen yet has begun too.
            let asked = live.deeds.iter().any(|deed| deed.step <= next_step(time_s) && deed.act == act);
            if asked || event.at_s.is_some_and(|at_s| at_s <= time_s) {
                self.status = format!("{} has begun already", event.name.replace('_', " "));
                return;
            }
        }
        live.act(next_step(time_s), act);
        document.time_s = document.time_s.max(time_s);
    }
}

/// What a live run is, for the status line.
const LIVE: &str =
    "Live: drag a thing to push it, press a number to let an event begin or a thing appear, Shift+R to record";

/// How far ahead of the camera the first thing in the middle of its picture lies, in metres.
fn ahead_m(seen: &crate::world::Snapshot) -> f64 {
    let camera = &seen.camera;
    let along = camera.ray(camera.centre_px);
    seen.struck(camera.world_from_camera.position, along).map_or(NOTHING_M, |(_, distance_m)| distance_m)
}

fn moved(orbit: &Orbit, act: &StageAct, like: &Camera) -> Orbit {
    match act {
        StageAct::Turn(by) => orbit.turned(*by),
        StageAct::Shift(by) => orbit.shifted(*by, like),
        StageAct::Near(factor) => orbit.nearer(*factor),
        StageAct::Frame(target, distance_m) => orbit.framing(*target, *distance_m),
        _ => *orbit,
    }
}

/// A free camera belongs to its family, a live run to its draw: another draw begins one of its own. The play head stays within
/// the episode where a shorter one is shown.
pub(super) fn settle(document: &mut Document) {
    let now = (document.family().to_owned(), document.draw);
    if document.stage.of != now.0 {
        document.stage.of.clone_from(&now.0);
        document.stage.orbit = None;
    }
    if let Some(live) = &mut document.stage.live
        && live.of != now
    {
        *live = LiveRun { of: now, ..LiveRun::default() };
        document.time_s = 0.0;
    }
    if let Some(family) = document.shown_family() {
        document.time_s = document.time_s.min(family.clock.duration_s.max(0.0));
    }
}

/// How far a live run's time may be ahead of its picture, in seconds.
const AHEAD_S: f64 = 0.1;

/// Lets `passed` seconds go by: an episode that is looked at begins again behind its end, a live run holds there. It also
/// waits for its picture, `shown_s` being the time that is seen: what is not seen yet cannot be answered.
pub(super) fn pass(document: &mut Document, passed: f64, clock: &Clock, shown_s: Option<f64>) {
    let to_s = document.time_s + passed;
    if document.stage.live.is_none() {
        document.time_s = to_s.rem_euclid(clock.duration_s + 1.0 / clock.frame_rate_hz).min(clock.duration_s);
        return;
    }
    let soonest = shown_s.map_or(to_s, |shown_s| to_s.min((shown_s + AHEAD_S).max(document.time_s)));
    document.time_s = soonest.clamp(0.0, clock.duration_s);
    if document.time_s >= clock.duration_s || to_s <= 0.0 {
        document.speed = 0.0;
    }
}

/// Makes a variant of the shown family in which what was done live are events, and shows it with the values of the live run:
/// one step of the history. Its id.
fn record_family(document: &mut Document) -> Result<String, String> {
    let nothing = || "Drive live first: nothing was done yet".to_owned();
    let (base, live) = document.shown_family().cloned().zip(document.stage.live.clone()).ok_or_else(nothing)?;
    let study = document.study();
    let id = crate::app::author::free(&format!("{}_live_1", base.id), |id| study.family(id).is_none());
    let title = format!("{}, driven by hand", base.title);
    let strongest_ns = strongest_push_ns(&base.stage).unwrap_or(f64::INFINITY);
    let (family, done) = record::recorded(&base, &live.deeds, (&id, &title), strongest_ns)?;
    let ready = crate::family::validate::Prepared::of(&family);
    let findings = crate::run::check::findings_of(&family, &ready);
    if let Some(Finding { field, text, .. }) = findings.iter().find(|finding| finding.severity == Severity::Error) {
        return Err(format!("The live run makes no sound family: {field}: {text}"));
    }
    let prepared = document.prepared().ok_or_else(nothing)?;
    let sampler = prepared.previewer.sampler().map_err(|error| error.to_string())?;
    let draw = sampler.draw_with(document.draw, document.pinned()).map_err(|error| error.to_string())?;
    let values: BTreeMap<String, f64> = draw.values.into_iter().chain(done).collect();
    let pinned = pinned(&family, &values)?;
    document.add_recorded(family, pinned).map_err(|error| error.to_string())?;
    (document.stage.live, document.stage.aiming) = (None, false);
    (document.time_s, document.speed) = (0.0, 1.0);
    Ok(id)
}

/// The values of everything that `family` draws.
fn pinned(family: &Family, values: &BTreeMap<String, f64>) -> Result<BTreeMap<String, f64>, String> {
    let plan = Plan::new(family).map_err(|findings| {
        findings.first().map_or_else(String::new, |finding| format!("{}: {}", finding.field, finding.text))
    })?;
    let drawn = plan.columns().names().take(plan.n_drawn());
    Ok(drawn.filter_map(|name| Some((name.to_owned(), *values.get(name)?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::stage::record::push;
    use crate::world::Deed;

    #[test]
    fn a_recorded_run_is_one_step_and_its_preview_repeats_it() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let base = document.family().to_owned();
        assert!(record_family(&mut document).unwrap_err().contains("Drive live first"));
        let mut live = LiveRun { of: (base.clone(), 0), ..LiveRun::default() };
        live.act(next_step(0.3), push("canister", None, DVec3::new(0.0, 0.21, 0.0)));
        live.act(next_step(0.5), Act::Begin(0));
        let scene = document.scene().expect("a family");
        let simulator = scene.previewer.simulator().expect("sound");
        let draw = scene.previewer.sampler().and_then(|sampler| sampler.draw(0)).expect("a draw");
        let mut drive = simulator.drive(&draw, &live.deeds).expect("builds");
        drive.go_to_end().expect("stable");
        let done = simulator.so_far(&drive).expect("measured");
        document.stage.live = Some(live);
        let id = record_family(&mut document).expect("sound");
        assert_eq!((document.family(), document.stage.live.is_none()), (id.as_str(), true));
        let again = document.scene().expect("a family").simulate(0).expect("simulates");
        assert_eq!((&again.episode.summary, &again.episode.tracks), (&done.summary, &done.tracks));
        assert_eq!(document.undo(), Some(format!("Record family {id}")));
        assert!(document.family() == base && document.pinned().is_empty() && document.undo().is_none(), "one step");
    }

    #[test]
    fn a_live_run_waits_for_its_picture_and_holds_at_its_end() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let clock = document.shown_family().expect("a family").clock;
        document.speed = 1.0;
        document.stage.live = Some(LiveRun::default());
        pass(&mut document, 0.5, &clock, Some(0.0));
        assert_eq!(document.time_s, AHEAD_S, "not farther than that ahead");
        document.time_s = clock.duration_s - 0.01;
        pass(&mut document, 0.5, &clock, Some(clock.duration_s - 0.02));
        assert_eq!((document.time_s, document.speed), (clock.duration_s, 0.0), "the end");
        document.stage.live = None;
        pass(&mut document, 0.5, &clock, None);
        assert!(document.time_s < clock.duration_s, "what is looked at begins again");
    }

    #[test]
    fn the_play_head_stays_within_a_shorter_episode() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let duration_s = document.shown_family().expect("a family").clock.duration_s;
        document.time_s = duration_s + 2.0;
        settle(&mut document);
        assert_eq!(document.time_s, duration_s, "what is told is what is seen");
        document.time_s = 0.4;
        settle(&mut document);
        assert_eq!(document.time_s, 0.4);
    }

    #[test]
    fn another_draw_begins_a_run_of_its_own() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let of = (document.family().to_owned(), 0);
        let deeds = [Deed { step: 9, act: Act::Begin(0) }].into();
        document.stage.live = Some(LiveRun { of, deeds });
        settle(&mut document);
        assert!(document.stage.live.as_ref().is_some_and(|live| live.deeds.len() == 1), "the same draw");
        document.draw = 3;
        settle(&mut document);
        assert!(document.stage.live.as_ref().is_some_and(|live| live.deeds.is_empty() && live.of.1 == 3));
    }
}
