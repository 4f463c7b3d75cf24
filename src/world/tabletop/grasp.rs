//! The grasp: fingers that press with a force, the lift, and the reflex against slip.
//!
//! Fingers and thumb close until they touch. Then the thumb and the palm are the stop, and the fingers' pads press with a motor of
//! limited force (`pad`), so that half the sum of all normal forces of the hand on the canister, which for two fingers face to
//! face is the force of each, is what it is told to be. By Coulomb's law the hand then carries 2 μ N, and the canister slips out
//! where its mass times (g + acceleration of the lift) is more.
//!
//! A reflex, where there is one, does what people do (Johansson and Westling, Exp. Brain Res. 66, 1987): what is felt to slip is
//! gripped harder a reaction time later. A hand that is told to open lets go and stays where it is lifted to. Fingers that give
//! way, and what the force does to the canister, are deliberately left out.

use std::collections::VecDeque;

use glam::DVec3;

use super::arm::{FINGERS, Grip, LINKS, THUMB};
use crate::base::special::normal_quantile;
use crate::base::{Pose, Stream};
use crate::world::criticality::balance::GRAVITY_M_S2;
use crate::world::physics::STEP_S;

/// How long fingers take from open to closed.
const CLOSE_S: f64 = 0.5;
/// The force at which a finger has found the canister.
const TOUCH_N: f64 = 2.0;
/// In what time the pads' force is corrected for what thumb and palm give back.
const CORRECT_S: f64 = 0.15;
/// In what time the felt force forgets: the solver's chatter is no force.
const FEEL_S: f64 = 0.02;
/// The share of its force at which the hand takes the canister for grasped, and how long it has to keep it.
const GRASPED: f64 = 0.9;
const GRASPED_S: f64 = 0.1;
/// After so long the hand goes on with what it has got.
const PATIENCE_S: f64 = 1.2;

/// What the scene says of the grasp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    /// What the hand is told to press with in newtons; 0 only touches.
    pub(super) force_n: f64,
    /// What the reflex may raise it to.
    pub(super) force_max_n: f64,
    /// Reaction time of the hand, from its arrival until it closes.
    pub(super) delay_s: f64,
    /// Newtons more for each metre of slip; 0 is no reflex.
    pub(super) slip_gain_n_m: f64,
    /// Standard deviation of the slip that is felt.
    pub(super) slip_noise_m: f64,
    /// Reaction time of the reflex.
    pub(super) reaction_s: f64,
    pub(super) lift_height_m: f64,
    pub(super) lift_speed_m_s: f64,
    pub(super) canister_mass_kg: f64,
}

/// The grasp at some time.
#[derive(Debug)]
pub(super) struct Grasp {
    settings: Settings,
    noise: Stream,
    pub(super) grip: Grip,
    /// How long the hand has been closing, and how long it has had the canister, in seconds.
    closing_s: f64,
    grasped_s: f64,
    /// How long the lift has lasted; `None` before it.
    lift_s: Option<f64>,
    /// What the pads press with; `None` until they have found the canister, and while the hand is open.
    press_n: Option<f64>,
    /// Whether the pads had the canister and let it go: where it is they know no more, so that they close on what comes.
    let_go: bool,
    /// The pads' part in the force that the hand is told to press with.
    share: f64,
    /// Half the sum of the normal forces, felt: without the solver's chatter.
    pub(super) felt_n: f64,
    /// What the reflex adds to the force.
    more_n: f64,
    /// What was felt to slip and is not reacted to yet, in metres; the oldest first.
    felt_slips_m: VecDeque<f64>,
    /// Where the canister's middle was in the hand's frame when the hand had it.
    had_at: Option<DVec3>,
    pub(super) tally: Tally,
}

/// What is followed of a grasp at every physics step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) slip_m: f64,
    pub(super) slip_max_m: f64,
    pub(super) friction_use_max: f64,
    /// Whether the canister has hung in the hand.
    pub(super) hung: bool,
    /// Whether the table had it back after that.
    pub(super) dropped: bool,
}

/// What there is to know of the canister after a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) canister: Pose,
    pub(super) hand: Pose,
    /// How far the canister's middle is above where it stood.
    pub(super) rise_m: f64,
    pub(super) on_table: bool,
    /// Friction coefficient of hand and canister.
    pub(super) friction: f64,
}

impl Grasp {
    pub(super) fn new(settings: Settings, noise: Stream) -> Self {
        Self {
            settings,
            noise,
            grip: Grip::OPEN,
            closing_s: 0.0,
            grasped_s: 0.0,
            lift_s: None,
            press_n: None,
            let_go: false,
            share: 0.9,
            felt_n: 0.0,
            more_n: 0.0,
            felt_slips_m: VecDeque::new(),
            had_at: None,
            tally: Tally::default(),
        }
    }

    /// How long after its arrival the hand begins to close.
    pub(super) fn delay_s(&self) -> f64 {
        self.settings.delay_s
    }

    /// What the pads press with in newtons; `None` until they have found the canister, and while the hand is open.
    pub(super) fn press_n(&self) -> Option<f64> {
        self.press_n
    }

    /// What the hand is told to press with at the set-point `set_n`: with what the reflex adds, in newtons.
    pub(super) fn told_n(&self, set_n: f64) -> f64 {
        if set_n > 0.0 { (set_n + self.more_n).min(self.settings.force_max_n.max(set_n)) } else { 0.0 }
    }

    /// Opens the hand by a step: nothing presses any more, and fingers and thumb go back as fast as they close.
    pub(super) fn open(&mut self) {
        if self.press_n.take().is_some() {
            // What it lets go on purpose does not slip, and is not gripped the harder for it the next time.
            (self.let_go, self.had_at, self.more_n) = (true, None, 0.0);
            self.felt_slips_m.clear();
        }
        (self.closing_s, self.grasped_s) = (0.0, 0.0);
        let back = |now: f64| (now - STEP_S / CLOSE_S).max(0.0);
        self.grip = Grip { fingers: back(self.grip.fingers), thumb: back(self.grip.thumb) };
    }

    /// Closes the hand by a step: `forces_n` are the normal forces of the links on the canister, `told_n` is what it is told to
    /// press with ([`Self::told_n`]).
    pub(super) fn close(&mut self, forces_n: &[f64; LINKS], told_n: f64) {
        self.closing_s += STEP_S;
        let on = |links: [usize; 2]| links.iter().filter_map(|link| forces_n.get(*link)).sum::<f64>();
        let bend = |now: f64, links| if on(links) < TOUCH_N { (now + STEP_S / CLOSE_S).min(1.0) } else { now };
        if self.press_n.is_none() {
            self.grip = Grip { fingers: bend(self.grip.fingers, FINGERS), thumb: bend(self.grip.thumb, THUMB) };
            let opposed = on(THUMB) >= TOUCH_N || self.grip.thumb >= 1.0;
            if told_n > 0.0 && (self.let_go || opposed && on(FINGERS) >= TOUCH_N) {
                self.press_n = Some(0.0);
            }
        }
        if let Some(press_n) = &mut self.press_n {
            let felt_share = self.felt_n / told_n.max(1e-3);
            if felt_share > 0.3 {
                self.share = (self.share + (1.0 - felt_share) * STEP_S / CORRECT_S).clamp(0.4, 1.2);
            }
            *press_n = told_n * self.share;
        }
        let has = if told_n > 0.0 { self.felt_n >= GRASPED * told_n } else { on(FINGERS) > 0.0 && on(THUMB) > 0.0 };
        self.grasped_s = if has { self.grasped_s + STEP_S } else { 0.0 };
    }

    /// Goes on with the lift by `step_s`, once the hand has the canister or has lost its patience.
    pub(super) fn lift(&mut self, step_s: f64) {
        if self.settings.lift_height_m <= 0.0 {
            return;
        }
        match &mut self.lift_s {
            Some(lift_s) => *lift_s += step_s,
            None if self.grasped_s >= GRASPED_S || self.closing_s >= PATIENCE_S => self.lift_s = Some(0.0),
            None => {}
        }
    }

    /// How far the hand is lifted in metres, and its acceleration upwards in m/s²: minimum jerk.
    pub(super) fn lifted(&self) -> (f64, f64) {
        let Some(lift_s) = self.lift_s else { return (0.0, 0.0) };
        let over_s = self.lift_over_s();
        let u = (lift_s / over_s).min(1.0);
        let height = self.settings.lift_height_m;
        let way = height * u * u * u * (10.0 + u * (6.0 * u - 15.0));
        (way, height / (over_s * over_s) * u * (60.0 + u * (120.0 * u - 180.0)))
    }

    fn lift_over_s(&self) -> f64 {
        self.settings.lift_height_m / self.settings.lift_speed_m_s
    }

    /// Whether the canister was brought up: the lift is over, and it rose by more than half of it and does not touch the table.
    pub(super) fn has_lifted(&self, held: &Held) -> bool {
        let over = self.lift_s.is_some_and(|lift_s| lift_s >= self.lift_over_s());
        over && held.rise_m > 0.5 * self.settings.lift_height_m && !held.on_table
    }

    /// Takes in what a step has done: `sum_n` is the sum of the normal forces of the hand on the canister.
    pub(super) fn follow(&mut self, sum_n: f64, held: &Held) {
        self.felt_n += (0.5 * sum_n - self.felt_n) * (STEP_S / FEEL_S).min(1.0);
        let in_hand = held.hand.inverse().point(held.canister.position);
        let closes = self.closing_s > 0.0;
        if self.had_at.is_none() && closes && (self.grasped_s >= GRASPED_S || self.lift_s.is_some()) {
            self.had_at = Some(in_hand);
        }
        let hangs = !held.on_table && sum_n > 0.0 && held.rise_m > 0.002;
        match self.had_at {
            Some(had_at) => {
                self.tally.slip_m = in_hand.distance(had_at);
                self.tally.slip_max_m = self.tally.slip_max_m.max(self.tally.slip_m);
                self.feel();
            }
            None if !self.tally.hung => return,
            // What it has let go is still followed down.
            None => {}
        }
        if self.had_at.is_some() && hangs && self.felt_n > 0.1 {
            let load_n = self.settings.canister_mass_kg * (GRAVITY_M_S2 + self.lifted().1);
            let carries_n = 2.0 * held.friction * self.felt_n;
            self.tally.friction_use_max = self.tally.friction_use_max.max(load_n / carries_n.max(1e-3));
        }
        self.tally.hung |= hangs && held.rise_m > 0.01;
        self.tally.dropped |= self.tally.hung && (held.on_table || held.rise_m < -0.05);
    }

    /// What slips is felt with noise, and after the reaction time the grip is raised; it is not loosened again.
    fn feel(&mut self) {
        if self.settings.slip_gain_n_m <= 0.0 {
            return;
        }
        let felt_m = self.tally.slip_m + self.settings.slip_noise_m * normal_quantile(self.noise.next_unit());
        self.felt_slips_m.push_back(felt_m);
        if self.felt_slips_m.len() as f64 * STEP_S > self.settings.reaction_s
            && let Some(then_m) = self.felt_slips_m.pop_front()
        {
            self.more_n = self.more_n.max(self.settings.slip_gain_n_m * then_m);
        }
    }
}
