//! A real camera matched by hand and by fits: what is tried, which points belong to which pixels, and how to go back.
//!
//! Pure: pictures and fits are made by `run`, on a worker and in jobs.

use std::sync::Arc;

use eframe::egui::TextureId;
use glam::{DVec2, DVec3};

use super::SetChoice;
use crate::app::view::Origin;
use crate::app::widgets::picture::ViewState;
use crate::run::match_camera::{Pair, RealPicture, Trial};

/// How the synthetic picture lies over the real one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Laid {
    /// Half transparent.
    #[default]
    Overlay,
    /// Beside a divider.
    Wipe,
    /// The absolute difference.
    Difference,
    /// The edges of both, each in its colour.
    Edges,
}

impl Laid {
    /// All, with their words.
    pub const ALL: [(Self, &str); 4] =
        [(Self::Overlay, "Overlay"), (Self::Wipe, "Wipe"), (Self::Difference, "Difference"), (Self::Edges, "Edges")];
}

/// What the window remembers of the page; a look is no edit.
#[derive(Clone, Debug)]
pub struct MatchLook {
    /// How both pictures lie.
    pub laid: Laid,
    /// How opaque the synthetic picture is, 0 to 1.
    pub opacity: f32,
    /// The divider, 0 (all synthetic) to 1 (all real).
    pub divider: f32,
    /// True until the divider has taken the keyboard's focus.
    pub take_divider: bool,
    /// Zoom and pan.
    pub view: ViewState,
    /// The episode and the frame that are asked for.
    pub frame: (u64, u32),
    /// The camera of a set with several; its first where none was chosen.
    pub camera: Option<String>,
}

impl Default for MatchLook {
    fn default() -> Self {
        let view = ViewState::default();
        Self { laid: Laid::Overlay, opacity: 0.5, divider: 0.5, take_divider: false, view, frame: (0, 0), camera: None }
    }
}

impl MatchLook {
    /// Lays the pictures so; a divider takes the keyboard.
    pub fn lay(&mut self, laid: Laid) {
        self.laid = laid;
        self.take_divider = laid == Laid::Wipe;
    }
}

/// Where a pair is being added.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Adding {
    /// None is.
    #[default]
    No,
    /// A point of the scene comes next.
    Point,
    /// Its pixel in the real picture comes next.
    Pixel(DVec3),
}

/// What the person does on the page.
#[derive(Clone, Debug, PartialEq)]
pub enum MatchAct {
    /// Chooses a picture's file.
    Choose,
    /// Takes this frame of this real set, of one of its cameras.
    Frame(String, u64, u32, Option<String>),
    /// Tries other numbers; what has one gesture is one step.
    Try(Trial, u64),
    /// Begins or stops adding a pair.
    Add(bool),
    /// Clicked at a place in the picture, in pixels.
    At(DVec2),
    /// Removes a pair.
    Remove(usize),
    /// Fits the pose to the pairs.
    FitPose,
    /// Fits exposure and white balance.
    FitLight,
    /// Back to the family's own camera.
    Reset,
    /// Puts the tried camera into the family.
    Save,
    /// Leaves everything as it was.
    Cancel,
}

/// What can be gone back to.
#[derive(Clone, Debug, Default, PartialEq)]
struct Moment {
    trial: Option<Trial>,
    pairs: Vec<Pair>,
}

/// A match in the making.
#[derive(Clone, Debug, Default)]
pub struct MatchState {
    now: Moment,
    past: Vec<(Moment, Option<u64>)>,
    future: Vec<Moment>,
    /// Where a pair is being added.
    pub adding: Adding,
    /// What the last fit found.
    pub said: Vec<String>,
    /// Why something was not done.
    pub refused: Option<String>,
}

impl MatchState {
    /// What is tried; `None` is the family's own camera.
    pub fn trial(&self) -> Option<Trial> {
        self.now.trial
    }

    /// Points and their pixels.
    pub fn pairs(&self) -> &[Pair] {
        &self.now.pairs
    }

    /// Tries other numbers.
    pub fn attempt(&mut self, trial: Option<Trial>, gesture: Option<u64>) {
        self.step(gesture, |now| now.trial = trial);
    }

    /// Adds a pair.
    pub fn add(&mut self, pair: Pair) {
        self.step(None, |now| now.pairs.push(pair));
    }

    /// Removes pair `at`.
    pub fn remove(&mut self, at: usize) {
        if at < self.now.pairs.len() {
            self.step(None, |now| {
                now.pairs.remove(at);
            });
        }
    }

    /// Forgets what belongs to another real picture: its pixels. The tried camera stays.
    pub fn turn_to_picture(&mut self) {
        let trial = self.now.trial;
        *self = Self { now: Moment { trial, pairs: Vec::new() }, ..Self::default() };
    }

    fn step(&mut self, gesture: Option<u64>, change: impl FnOnce(&mut Moment)) {
        let before = self.now.clone();
        change(&mut self.now);
        (self.refused, self.said) = (None, Vec::new());
        if self.now == before {
            return;
        }
        self.future.clear();
        let goes_on = gesture.is_some() && self.past.last().is_some_and(|(_, last)| *last == gesture);
        if !goes_on {
            self.past.push((before, gesture));
        }
    }

    /// Goes a step back; whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some((before, _)) = self.past.pop() else { return false };
        self.future.push(std::mem::replace(&mut self.now, before));
        (self.refused, self.said, self.adding) = (None, Vec::new(), Adding::No);
        true
    }

    /// Goes a step forth again; whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(after) = self.future.pop() else { return false };
        self.past.push((std::mem::replace(&mut self.now, after), None));
        (self.refused, self.said) = (None, Vec::new());
        true
    }
}

/// A pair as it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairShown {
    /// Where the tried camera shows the point, in pixels; `None` where it does not.
    pub point: Option<DVec2>,
    /// Where the real picture shows it.
    pub pixel: DVec2,
    /// How many pixels lie between them.
    pub off_px: f64,
}

/// A real set whose frames can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameSet {
    /// The set.
    pub set: SetChoice,
    /// The visible episodes: id and number of frames.
    pub episodes: Arc<[(u64, u32)]>,
    /// Its cameras.
    pub cameras: Arc<[String]>,
}

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct MatchView {
    /// The real picture and its size in pixels.
    pub real: Option<(TextureId, [u32; 2])>,
    /// Where it comes from.
    pub source: Option<RealPicture>,
    /// Whether a camera recorded it, or it only plays the part of what one did.
    pub origin: Origin,
    /// The synthetic picture.
    pub synthetic: Option<TextureId>,
    /// Difference or edges of both.
    pub laid: Option<TextureId>,
    /// What is tried, and the family's own camera.
    pub trial: Option<(Trial, Trial)>,
    /// How far away the middle of the picture is, in metres.
    pub ahead_m: f64,
    /// Pixels of a focal length.
    pub focal_px: f64,
    /// Whether the focal length is calibrated.
    pub is_calibrated: bool,
    /// Why no exposure can be put into the family.
    pub no_light: Option<String>,
    /// Pairs.
    pub pairs: Vec<PairShown>,
    /// Where a pair is being added.
    pub adding: Adding,
    /// What the last fit found.
    pub said: Vec<String>,
    /// Why something was not done.
    pub refused: Option<String>,
    /// What is on its way.
    pub busy: Option<&'static str>,
    /// The real set whose frames can be chosen.
    pub frames: Option<FrameSet>,
    /// The shown draw and time, in words.
    pub moment: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Pose;
    use crate::world::Camera;

    #[test]
    fn a_gesture_is_one_step_and_pairs_come_back() {
        let mut state = MatchState::default();
        let own = Trial::of(&Camera::with_vertical_fov(640, 480, 50.0, Pose::IDENTITY));
        for ev in [0.1, 0.2, 0.3] {
            state.attempt(Some(Trial { ev, ..own }), Some(7));
        }
        let pair = Pair { point_m: DVec3::X, pixel: DVec2::ONE };
        state.add(pair);
        state.remove(5);
        state.remove(0);
        assert!(state.pairs().is_empty());
        assert!(state.undo() && state.pairs() == [pair], "the pair is back");
        assert!(state.undo() && state.undo() && state.trial().is_none() && !state.undo(), "the drag is one step");
        assert!(state.redo() && state.trial().is_some_and(|trial| trial.ev == 0.3));
        state.attempt(None, None);
        assert!(!state.redo(), "another way was taken");
        state.turn_to_picture();
        assert!(!state.undo(), "pixels of another picture say nothing");
    }
}
