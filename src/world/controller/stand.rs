//! Standing on two legs: what a humanoid does with its ankles, its hips and a step so as not to fall.
//!
//! The body is taken for a linear inverted pendulum. Its capture point is held by moving the centre of pressure within
//! the feet (ankle strategy); where they are too small for that, the trunk turns towards the fall and the ground pushes
//! back (hip strategy); where that is not enough, the freer foot is put where the capture point will be (capture step).
//! Stephens, "Humanoid push recovery" (2007, doi 10.1109/ICHR.2007.4813931); Pratt et al., "Capture point" (2006, doi
//! 10.1109/ICHR.2006.321385). The ground force that follows is shared between the feet and turned into joint torques
//! through the transposed Jacobian.

mod balance;
mod step;

use std::collections::VecDeque;
use std::sync::Arc;

use glam::{DQuat, DVec2, DVec3};

use super::ControllerError;
use super::leg::Leg;
use crate::base::special::normal_quantile;
use crate::base::{Pose, Stream};
use crate::world::body::turn;
use crate::world::criticality::balance::GRAVITY_M_S2;
use crate::world::rig::{Drive, Link, Moving, Rig, Sensed, Whole};
use balance::{Balance, turned};
use step::Swing;

/// What the humanoid may do against a fall. Each may also do what those before it do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// Holds all joints.
    Held,
    /// Moves the pressure under its feet.
    Ankles,
    /// Turns its trunk.
    Hips,
    /// Steps.
    Steps,
}

/// How the humanoid stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandSettings {
    /// What it may do.
    pub strategy: Strategy,
    /// How often the controller acts, in Hz: 100 to 2000.
    pub rate_hz: f64,
    /// How late its balance reacts: age in seconds of the centre of mass that it acts on, 0 to 0.3. Its joints' own loops
    /// have no delay, like a robot's.
    pub delay_s: f64,
    /// Standard deviation in metres of the noise on every axis of that centre, drawn anew whenever it acts: 0 to 0.1.
    pub centre_noise_m: f64,
    /// Standard deviation in m/s of the noise on every axis of its velocity, drawn anew whenever it acts: 0 to 1.
    pub velocity_noise_m_s: f64,
    /// How long a step takes, in seconds: 0.15 to 0.6.
    pub step_s: f64,
}

impl Default for StandSettings {
    fn default() -> Self {
        Self {
            strategy: Strategy::Steps,
            rate_hz: 240.0,
            delay_s: 0.0,
            centre_noise_m: 0.0,
            velocity_noise_m_s: 0.0,
            step_s: 0.28,
        }
    }
}

impl StandSettings {
    fn check(&self) -> Result<(), ControllerError> {
        let settings = [
            ("rate_hz", self.rate_hz, 100.0, 2000.0),
            ("delay_s", self.delay_s, 0.0, 0.3),
            ("centre_noise_m", self.centre_noise_m, 0.0, 0.1),
            ("velocity_noise_m_s", self.velocity_noise_m_s, 0.0, 1.0),
            ("step_s", self.step_s, 0.15, 0.6),
        ];
        match settings.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some((setting, value, low, high)) => Err(ControllerError::Setting { setting, value, low, high }),
            None => Ok(()),
        }
    }
}

/// The controller of one humanoid.
#[derive(Clone, Debug)]
pub struct Stand {
    rig: Arc<Rig>,
    legs: [Leg; 2],
    /// The posture that it holds, by joint.
    posture: Vec<f64>,
    settings: StandSettings,
    noise: Stream,
    /// Centres of mass sensed and not yet acted on, the oldest first.
    seen: VecDeque<Whole>,
    /// Height of its centre of mass over the ground and its heading in rad when it first acted.
    began: Option<(f64, f64)>,
    /// How far the trunk leans forwards, in rad.
    lean_rad: f64,
    swing: Option<Swing>,
    /// How long each foot that should carry has hung in the air, in seconds.
    idle_s: [f64; 2],
    steps: u32,
    fallen: bool,
}

const HELD: Drive = Drive { target: 0.0, rate: 0.0, stiffness: 3000.0, damping: 60.0, torque: 0.0 };
const ARM: Drive = Drive { stiffness: 60.0, damping: 4.0, ..HELD };
const WAIST: Drive = Drive { stiffness: 400.0, damping: 20.0, ..HELD };
/// The motors of a fallen robot give way as in an emergency stop.
const LIMP: Drive = Drive { stiffness: 0.0, damping: 2.0, ..HELD };
/// The carrying leg's hip turns the body to its heading; its other joints are only damped, from the hip down.
const YAW: Drive = Drive { stiffness: 100.0, damping: 5.0, ..HELD };
/// On one foot, which turns on its spot under a larger torque.
const YAW_ALONE: Drive = Drive { stiffness: 80.0, damping: 8.0, ..HELD };
/// Arms swing against the legs: rad of each shoulder a metre that one foot is ahead of the other.
const ARM_SWING_RAD_M: f64 = 2.5;
const LOOSE_NM_S: [f64; 6] = [0.0, 3.0, 3.0, 3.0, 1.0, 1.0];
/// How strongly the pressure leads the capture point: 1 lets an error die away in one time constant of the pendulum.
const LEAD: f64 = 2.0;
/// Where it wants its capture point, ahead of the ankles, in metres.
const REST_M: f64 = 0.02;
/// How far the pressure stays from the edges of the sole where it may step, in metres.
const EDGE_M: f64 = 0.012;
/// Holds the trunk upright: N m/rad and N m s/rad.
const UPRIGHT: [f64; 2] = [400.0, 40.0];
/// Radians of lean a metre that the pressure lacks, and the most of it backwards and forwards; less where it may step.
const LEAN_RAD_M: f64 = 10.0;
const LEAN_MOST_RAD: [f64; 2] = [-0.4, 0.8];
const LEAN_STEPPING: f64 = 0.3;
/// The part of a lean that the waist does; the hips do the rest.
const WAIST_SHARE: f64 = 0.4;
/// Below this share of its height it has fallen and lets go.
const FALLEN: f64 = 0.6;

impl Stand {
    /// The controller for `rig`, which it holds in `posture` (rad, by joint); `noise` gives the errors of its senses.
    ///
    /// # Errors
    /// A rig without two legs that can be solved, or a setting outside its range.
    pub fn new(
        rig: &Arc<Rig>,
        posture: Vec<f64>,
        settings: StandSettings,
        noise: Stream,
    ) -> Result<Self, ControllerError> {
        settings.check()?;
        let leg = |prefix, side| {
            Leg::of(rig, prefix, side).map_err(|lacks| ControllerError::WrongRig { rig: rig.name.clone(), lacks })
        };
        Ok(Self {
            rig: Arc::clone(rig),
            legs: [leg("left_", 1.0)?, leg("right_", -1.0)?],
            posture,
            settings,
            noise,
            seen: VecDeque::new(),
            began: None,
            lean_rad: 0.0,
            swing: None,
            idle_s: [0.0; 2],
            steps: 0,
            fallen: false,
        })
    }

    /// Steps that it has begun.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Whether it has given up: its centre of mass is below 0.6 of the height at which it began to stand.
    pub fn has_fallen(&self) -> bool {
        self.fallen
    }

    /// Its posture with knees a little bent and arms hanging: the root over the point of the ground between the feet, and
    /// the joints. `hips_m` is the height of the root over the ground.
    pub fn posture(rig: &Rig, hips_m: f64) -> Result<(Pose, Vec<f64>), ControllerError> {
        let root = Pose::at(DVec3::new(0.0, 0.0, hips_m));
        let mut posture = vec![0.0; rig.joints.len()];
        for (prefix, side) in [("left_", 1.0), ("right_", -1.0)] {
            let leg = Leg::of(rig, prefix, side)
                .map_err(|lacks| ControllerError::WrongRig { rig: rig.name.clone(), lacks })?;
            let foot = Pose::at(DVec3::new(leg.hip.x, leg.hip.y, leg.sole.below));
            let arm = [("shoulder_pitch", 0.1), ("shoulder_roll", 0.15 * side), ("elbow", -0.4)];
            let arm = arm.iter().filter_map(|(name, angle)| Some((rig.joint(&format!("{prefix}{name}"))?, *angle)));
            for (joint, angle) in leg.joints.into_iter().zip(leg.solve(&root, &foot)).chain(arm) {
                if let Some(slot) = posture.get_mut(joint) {
                    *slot = angle;
                }
            }
        }
        Ok((root, posture))
    }

    /// What the joints are told until it acts again, 1 / `rate_hz` later.
    pub fn act(&mut self, sensed: &Sensed) -> Vec<Drive> {
        let mut drives: Vec<Drive> = self.posture.iter().map(|angle| Drive { target: *angle, ..HELD }).collect();
        let now = self.balance(sensed);
        let (stand_m, heading) = *self.began.get_or_insert((now.height_m, now.heading));
        self.fallen |= now.height_m < FALLEN * stand_m;
        if self.settings.strategy == Strategy::Held {
            return drives;
        }
        if self.fallen {
            drives.fill(LIMP);
            return drives;
        }
        let wanted = now.capture + LEAD * (now.capture - now.rest());
        let edge_m = self.edge_m();
        let pressure = now.hold(wanted, edge_m);
        self.turn_trunk(turned(wanted - pressure, -now.heading).x);
        self.lean(&mut drives);
        if self.settings.strategy == Strategy::Steps {
            self.hold_upper_body(&mut drives, &now);
            let force = self.ground_force(&now, pressure, (stand_m, heading));
            self.carry(&mut drives, &now, pressure, (force, 0));
            self.yaw(&mut drives, &now, heading);
            self.step(&mut drives, &now, pressure, heading);
        } else {
            let up = now.mass_kg * GRAVITY_M_S2;
            let arm = now.centre.truncate() - pressure;
            self.carry(&mut drives, &now, pressure, ((arm / now.height_m * up).extend(up), 4));
        }
        drives
    }

    /// The balance as it is sensed, which is late and noisy.
    fn balance(&mut self, sensed: &Sensed) -> Balance {
        let motion = self.rig.motion(sensed);
        let mut whole = self.rig.whole(&motion);
        let mut noise = |deviation: f64| {
            let mut normal = || if deviation > 0.0 { deviation * normal_quantile(self.noise.next_unit()) } else { 0.0 };
            DVec3::new(normal(), normal(), normal())
        };
        whole.centre_m += noise(self.settings.centre_noise_m);
        whole.velocity_m_s += noise(self.settings.velocity_noise_m_s);
        self.seen.push_back(whole);
        let late = (self.settings.delay_s * self.settings.rate_hz + 0.5) as usize;
        while self.seen.len() > late + 1 {
            self.seen.pop_front();
        }
        let whole = self.seen.front().copied().unwrap_or(whole);
        let carrying = [0, 1].map(|leg| self.swing.is_none_or(|swing| swing.leg != leg));
        Balance::new((motion, &sensed.loads_n), whole, &self.legs, carrying)
    }

    /// The trunk turns fast into the fall and slowly back; `lacking_m` is how far ahead of the feet the pressure should be.
    fn turn_trunk(&mut self, lacking_m: f64) {
        let most = match self.settings.strategy {
            Strategy::Held | Strategy::Ankles => return,
            Strategy::Hips => 1.0,
            Strategy::Steps => LEAN_STEPPING,
        };
        let [back, forth] = LEAN_MOST_RAD;
        let goal = most * (LEAN_RAD_M * lacking_m).clamp(back, forth);
        let rate_hz = if goal.abs() > self.lean_rad.abs() { 30.0 } else { 4.0 };
        self.lean_rad += (goal - self.lean_rad) * (rate_hz / self.settings.rate_hz).min(1.0);
    }

    /// How far the pressure stays from the edges of the sole, in metres: whoever steps must not turn on the spot, and who
    /// does not step needs the whole foot.
    fn edge_m(&self) -> f64 {
        if self.settings.strategy == Strategy::Steps { EDGE_M } else { 0.0 }
    }

    /// Hips and waist share the lean.
    fn lean(&self, drives: &mut [Drive]) {
        let hips = self.legs.each_ref().map(|leg| leg.joints[2]);
        for (at, (joint, drive)) in self.rig.joints.iter().zip(drives).enumerate() {
            if hips.contains(&at) {
                drive.target -= self.lean_rad;
            } else if joint.parent == 0 && joint.axis.y.abs() > 0.9 {
                drive.target += WAIST_SHARE * self.lean_rad;
            }
        }
    }

    /// The trunk is held; the arms swing against the legs, so that the feet need not take up their turning.
    fn hold_upper_body(&self, drives: &mut [Drive], now: &Balance) {
        let [left, right] = now.ankles.map(|ankle| ankle.position.truncate());
        let swing = ARM_SWING_RAD_M * turned(left - right, -now.heading).x;
        for (joint, drive) in self.rig.joints.iter().zip(drives) {
            let gains = if joint.parent == 0 { WAIST } else { ARM };
            *drive = Drive { target: drive.target, ..gains };
            if joint.name.ends_with("shoulder_pitch") {
                drive.target += if joint.name.starts_with("left") { swing } else { -swing };
            }
        }
    }

    /// The ground's force on the whole robot in N: what holds the height, brings the centre of mass over the rest and
    /// turns the trunk upright.
    fn ground_force(&self, now: &Balance, pressure: DVec2, (stand_m, heading): (f64, f64)) -> DVec3 {
        let upright = DQuat::from_mat3(&(turn(2, heading) * turn(1, self.lean_rad)));
        let mut error = upright * now.root.rotation.conjugate();
        if error.w < 0.0 {
            error = -error;
        }
        let [stiffness, damping] = UPRIGHT;
        let moment = stiffness * 2.0 * error.xyz() - damping * now.turning_rad_s;
        // Legs that are apart reach less far up.
        let [left, right] = now.ankles.map(|ankle| ankle.position.truncate());
        let apart = (left - right).length() - 0.2;
        let goal_m = stand_m - 0.4 * apart.clamp(0.0, 0.6) * apart.clamp(0.0, 0.6);
        let lift = 60.0 * (goal_m - now.height_m) - 12.0 * now.velocity.z;
        let up = now.mass_kg * (GRAVITY_M_S2 + lift).clamp(0.3 * GRAVITY_M_S2, 1.8 * GRAVITY_M_S2);
        let arm = pressure - now.centre.truncate();
        let along = DVec2::new(-(moment.y + arm.x * up), moment.x - arm.y * up) / now.height_m;
        along.clamp_length_max(0.7 * up).extend(up)
    }

    /// The carrying legs press on the ground with `force`, by their joints from number `first` on.
    fn carry(&self, drives: &mut [Drive], now: &Balance, pressure: DVec2, (force, first): (DVec3, usize)) {
        let shares = now.shares(pressure);
        let carried = now.ankles.iter().zip(shares).map(|(at, share)| at.position.truncate() * share).sum::<DVec2>();
        for (at, leg) in self.legs.iter().enumerate().filter(|(at, _)| now.carrying.get(*at) == Some(&true)) {
            let (Some(share), Some(ankle)) = (shares.get(at), now.ankles.get(at)) else { continue };
            let heading = balance::heading(ankle);
            let within = leg.sole.within(turned(pressure - carried, -heading), self.edge_m());
            let point = ankle.position + turned(within, heading).extend(-leg.sole.below);
            for (number, joint) in leg.joints.iter().enumerate().skip(first) {
                let (origin, axis) = self.axis(now, *joint);
                let weight = self.weight_about(now, origin, leg.joints.get(number..).unwrap_or_default());
                let torque = -axis.dot((point - origin).cross(force * *share) + weight);
                let damping = LOOSE_NM_S.get(number).copied().unwrap_or(1.0);
                if let Some(drive) = drives.get_mut(*joint) {
                    *drive = Drive { stiffness: 0.0, damping, torque, ..*drive };
                }
            }
        }
    }

    /// The hips of carrying legs turn the body to its heading, wherever the feet point.
    fn yaw(&self, drives: &mut [Drive], now: &Balance, heading: f64) {
        for (at, leg) in self.legs.iter().enumerate().filter(|(at, _)| now.carrying.get(*at) == Some(&true)) {
            let foot = now.ankles.get(at).map_or(heading, balance::heading);
            if let Some(drive) = drives.get_mut(leg.joints[0]) {
                let gains = if now.carrying == [true, true] { YAW } else { YAW_ALONE };
                *drive = Drive { target: balance::wrapped(foot - heading), torque: drive.torque, ..gains };
            }
        }
    }

    /// Where a joint lies and its unit axis, in the world.
    fn axis(&self, now: &Balance, joint: usize) -> (DVec3, DVec3) {
        let axis = self.rig.joints.get(joint).map_or(DVec3::X, |joint| joint.axis);
        now.motion.get(joint + 1).map_or((DVec3::ZERO, axis), |link| (link.pose.position, link.pose.rotation * axis))
    }

    /// The moment in N m about `origin` of the weight of what `joints` carry.
    fn weight_about(&self, now: &Balance, origin: DVec3, joints: &[usize]) -> DVec3 {
        let links = joints.iter().filter_map(|joint| self.rig.links.get(joint + 1).zip(now.motion.get(joint + 1)));
        let moment = |(link, moving): (&Link, &Moving)| {
            let weight = DVec3::new(0.0, 0.0, -GRAVITY_M_S2 * link.mass_kg);
            (moving.pose.point(link.centre_m) - origin).cross(weight)
        };
        links.map(moment).sum()
    }
}

#[cfg(test)]
mod tests;
