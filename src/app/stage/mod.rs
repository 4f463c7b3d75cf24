//! The stage in the preview as plain values and pure logic: which camera looks, what is drawn over the picture, what a
//! person's hand does to the world, and how that becomes a family.
//!
//! Nothing here draws, steps a world or knows the study; a free camera never enters a family or a file.

pub mod clouds;
pub mod eye;
pub mod labels;
mod orbit;
pub mod record;
pub mod thresholds;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use glam::DVec3;

pub use clouds::{By, CloudView};
pub use eye::Eye;
pub use orbit::Orbit;

use labels::{LabelLayer, Stroke};

use crate::app::author::Inspected;
use crate::app::channel::{Exact, Key, Look};
use crate::app::theme;
use crate::app::view::Picture;
use crate::app::widgets::frame_times::Took;
use crate::base::{Pose, Rgb};
use crate::render::Channel;
use crate::sense::camera::lens::Lens;
use crate::world::{Act, Deed, Layer, Mark, SPAWNED_KINDS, Snapshot};

/// How fast an episode can be shown, as factors on its time.
pub const PACES: [f64; 5] = [0.1, 0.25, 0.5, 1.0, 2.0];

/// What the window remembers of the stage; nothing of it is an edit.
#[derive(Clone, Debug)]
pub struct StageState {
    /// The family that it looks at, by id: another one is seen by its own camera first.
    pub of: String,
    /// The free camera, where it looks instead of the family's own.
    pub orbit: Option<Orbit>,
    /// Factor on the episode's time.
    pub pace: f64,
    /// What was done in the live run, where one is on.
    pub live: Option<LiveRun>,
    /// A push is aimed: time stands still.
    pub aiming: bool,
    /// While time stands, the picture is shown as the camera's sensor makes it.
    pub through_sensor: bool,
}

impl Default for StageState {
    fn default() -> Self {
        Self { of: String::new(), orbit: None, pace: 1.0, live: None, aiming: false, through_sensor: false }
    }
}

impl StageState {
    /// Aims no more unless the person still holds a button down over the stage: who turned to another workspace, or let go where
    /// nobody saw it, must not leave time standing.
    pub fn settle_aim(&mut self, holds_over_the_stage: bool) {
        self.aiming &= holds_over_the_stage;
    }

    /// The pace `by` places further in [`PACES`].
    pub fn turn_pace(&mut self, by: isize) {
        let at = PACES.iter().position(|pace| *pace == self.pace).unwrap_or(3);
        self.pace = PACES.get(at.saturating_add_signed(by)).or(PACES.last()).copied().unwrap_or(1.0);
    }
}

/// What a person did to a draw while it ran.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveRun {
    /// The family's id and the draw.
    pub of: (String, u64),
    /// In the order of their steps.
    pub deeds: Arc<[Deed]>,
}

impl LiveRun {
    /// Does `act` in physics step `step`. What was done later before is forgotten: it belonged to another course of things.
    pub fn act(&mut self, step: u64, act: Act) {
        let kept = self.deeds.iter().filter(|deed| deed.step <= step).cloned();
        self.deeds = kept.chain([Deed { step, act }]).collect();
    }

    /// Takes the last deed back; whether there was one.
    pub fn take_back(&mut self) -> bool {
        let Some((_, before)) = self.deeds.split_last() else { return false };
        self.deeds = before.into();
        true
    }
}

/// Something that a person can push.
#[derive(Clone, Debug, PartialEq)]
pub struct Handle {
    /// Its name.
    pub thing: String,
    /// `world_from_thing`; `None` for a robot, which is struck at its torso.
    pub pose: Option<Pose>,
    /// What it weighs in kilograms.
    pub mass_kg: f64,
}

/// What the preview's pane shows of the stage.
#[derive(Clone, Debug, Default)]
pub struct StageView {
    /// What the picture shows, with the camera that it was drawn with; `None` before the first picture.
    pub snapshot: Option<Arc<Snapshot>>,
    /// What can be drawn over it.
    pub marks: Arc<[Mark]>,
    /// The layers that are.
    pub layers: BTreeSet<Layer>,
    /// Whether the free camera looks.
    pub free: bool,
    /// Whether the picture is shown as the camera's sensor makes it while time stands; `None` where the camera is ideal.
    pub through_sensor: Option<bool>,
    /// Factor on the episode's time.
    pub pace: f64,
    /// What was done in the live run, where one is on, each with its time in seconds.
    pub live: Option<Vec<(f64, String)>>,
    /// What can be pushed.
    pub handles: Arc<[Handle]>,
    /// The strongest push on any axis, in N s.
    pub strongest_ns: f64,
    /// All signals of the shown draw, by name with unit symbol.
    pub signals: Arc<[(String, &'static str)]>,
    /// Those that are plotted.
    pub plots: Arc<[Plot]>,
    /// The values of the shown draw that were set by hand.
    pub by_hand: BTreeMap<String, f64>,
    /// What the channels of the picture are, and how they are looked at.
    pub reading: Reading,
    /// What lidars and radars met; `None` where the family has neither.
    pub clouds: Option<CloudView>,
}

/// What is read off the picture beside the picture itself.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What the colours of the picture mean, and those of the second one.
    pub keys: [Arc<Key>; 2],
    /// The second picture, where there is one.
    pub second: Option<Picture>,
    /// What a second picture shows, or would.
    pub second_channel: Channel,
    /// How channels are coloured.
    pub look: Look,
    /// The values of all pixels, where they were asked for.
    pub exact: Option<Arc<Exact>>,
    /// The kinds of labels that are drawn.
    pub layers: BTreeSet<LabelLayer>,
    /// What is drawn of them.
    pub strokes: Arc<[Stroke]>,
    /// The events of this moment, in words.
    pub events: Arc<[String]>,
    /// The picture as the camera's sensor makes it, where that one is shown; all else here is of the pinhole's.
    pub developed: Option<Developed>,
    /// What the last pictures took, the newest last; empty where nobody looks.
    pub took: Vec<Took>,
    /// What draws them.
    pub adapter: String,
}

impl Reading {
    /// What bends the picture that is shown.
    pub fn lens(&self) -> Lens {
        self.developed.as_ref().map_or(Lens::PINHOLE, |developed| developed.lens)
    }
}

/// A picture that the camera's sensor has made.
#[derive(Clone, Debug)]
pub struct Developed {
    /// Its pixels.
    pub pixels: Arc<Rgb>,
    /// What it was made through.
    pub lens: Lens,
}

/// A signal over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    /// Its name.
    pub name: String,
    /// Its unit symbol.
    pub unit: &'static str,
    /// Time in seconds and value.
    pub points: Arc<[[f64; 2]]>,
    /// Limits that measures hold it against: value and measure.
    pub thresholds: Vec<(f64, String)>,
}

/// What a person does with the stage.
#[derive(Clone, Debug, PartialEq)]
pub enum StageAct {
    /// Turns the free camera about its target, in shares of the picture's height.
    Turn([f32; 2]),
    /// Moves the free camera across what it sees, in shares of the picture's height.
    Shift([f32; 2]),
    /// Brings the free camera nearer by this factor.
    Near(f32),
    /// Makes the free camera look at a point from a distance, in metres.
    Frame(DVec3, f64),
    /// Looks freely, or through the family's camera again.
    Free(bool),
    /// Shows or hides marks.
    Show(Layer, bool),
    /// Shows or hides labels.
    Label(LabelLayer, bool),
    /// Shows or hides what lidars and radars met.
    Clouds(bool),
    /// Colours it otherwise.
    CloudsBy(By),
    /// Colours channels otherwise.
    Look(Look),
    /// Shows a channel in the second picture.
    Second(Channel),
    /// Plots a signal, or no longer.
    Plot(String, bool),
    /// Factor on the episode's time.
    Pace(f64),
    /// Begins a live run, or ends it.
    Live(bool),
    /// A push is being aimed: time stands still meanwhile.
    Aim(bool),
    /// Does something to the world now.
    Act(Act),
    /// Lets a thing of this kind appear now, above a point of the world; above what is in the middle of the picture where left out.
    Appear(&'static str, Option<DVec3>),
    /// Takes the last deed of the live run back.
    TakeBack,
    /// Makes a family of the live run.
    Record,
}

/// What the number keys of a live run do, in their order from 1: the family's events, then things that appear.
pub fn live_keys(family: Option<&Inspected>) -> Vec<(String, StageAct)> {
    let events = family.into_iter().flat_map(|inspected| &inspected.family.events).enumerate();
    let begin = events.map(|(at, event)| (event.name.replace('_', " "), StageAct::Act(Act::Begin(at))));
    let appear = SPAWNED_KINDS.into_iter().map(|kind| (format!("a new {kind}"), StageAct::Appear(kind, None)));
    begin.chain(appear).take(KEYS).collect()
}

/// The digits from 1 on.
const KEYS: usize = 9;

/// The impulse in N s of a drag across `share` of the picture's height on something of `mass_kg`: gentle at first, then
/// stronger than in proportion, so that a nudge and a shove both fit on a screen.
pub fn impulse_ns(mass_kg: f64, share: f64) -> f64 {
    mass_kg * share * (2.0 + 12.0 * share)
}

/// A deed in a few words for people; `event` names the family's events.
pub fn words<'a>(act: &Act, event: impl Fn(usize) -> Option<&'a str>) -> String {
    match act {
        Act::Push { thing, impulse_ns, .. } => {
            format!("push {} {}", thing.replace('_', " "), theme::shown(impulse_ns.length(), "N s"))
        }
        Act::Spawn { name, .. } => format!("{} appears", name.replace('_', " ")),
        Act::Begin(at) => event(*at).map_or_else(|| "an event".to_owned(), |name| name.replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_in_the_past_forgets_what_came_after() {
        let mut run = LiveRun::default();
        run.act(100, Act::Begin(0));
        run.act(200, Act::Begin(1));
        run.act(150, Act::Begin(2));
        assert_eq!(run.deeds.iter().map(|deed| deed.step).collect::<Vec<_>>(), [100, 150]);
        assert!(run.take_back() && run.take_back() && !run.take_back());
    }

    #[test]
    fn time_stands_only_while_a_hand_aims_at_the_stage() {
        for holds in [true, false] {
            let mut state = StageState { aiming: true, ..StageState::default() };
            state.settle_aim(holds);
            assert_eq!(state.aiming, holds);
        }
        let mut state = StageState::default();
        state.settle_aim(true);
        assert!(!state.aiming, "holding a button alone aims at nothing");
    }

    #[test]
    fn paces_go_up_and_down_and_end() {
        let mut state = StageState::default();
        state.turn_pace(-2);
        assert_eq!(state.pace, 0.25);
        state.turn_pace(-9);
        assert_eq!(state.pace, 0.1);
        state.turn_pace(9);
        assert_eq!(state.pace, 2.0);
    }

    #[test]
    fn a_stronger_drag_is_a_stronger_push() {
        let all: Vec<f64> = (1..9).map(|share| impulse_ns(40.0, f64::from(share) / 10.0)).collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]) && impulse_ns(40.0, 0.0) == 0.0);
        // A tenth of the picture nudges a humanoid of 40 kg with about 13 N s.
        assert!((all[0] - 12.8).abs() < 1e-9, "{all:?}");
    }
}
