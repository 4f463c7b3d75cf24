//! Standing on two legs: what a humanoid does with its ankles, its hips and a step so as not to fall.
//!
//! The body is taken for a linear inverted pendulum. Its capture point is held by moving the centre of pressure within
//! the feet (ankle strategy); where they are too small for that, the trunk turns towards the fall and the ground pushes
//! back (hip strategy); where that is not enough, the freer foot is put where the capture point will be (capture step).
//! Stephens, "Humanoid push recovery" (2007, doi 10.1109/ICHR.2007.4813931); Pratt et al., "Capture point" (2006, doi
//! 10.1109/ICHR.2006.321385). The ground force that follows is shared between the feet and turned into joint torques
//! through the transposed Jacobian.

use std::collections::VecDeque;

use glam::{DQuat, DVec2, DVec3};
use rapier3d_f64::prelude as rp;

use super::leg::{Leg, Sole};
use crate::base::Pose;
use crate::world::criticality::balance::GRAVITY_M_S2;
use crate::world::rig::Rig;
use crate::world::rig::robot::{Gains, Robot};

/// What the humanoid may do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::world) struct Skill {
    /// Moves the pressure under its feet. Without it all joints are held stiff.
    pub(in crate::world) ankles: bool,
    /// Turns its trunk.
    pub(in crate::world) hips: bool,
    /// Steps.
    pub(in crate::world) steps: bool,
    /// How old what it senses is, in seconds.
    pub(in crate::world) delay_s: f64,
    /// How long a step takes, in seconds.
    pub(in crate::world) step_s: f64,
}

impl Skill {
    /// All joints held.
    pub(in crate::world) const STIFF: Self =
        Self { ankles: false, hips: false, steps: false, delay_s: 0.0, step_s: 0.28 };
    /// Ankles, hips and steps, sensed without delay.
    pub(in crate::world) const ALL: Self = Self { ankles: true, hips: true, steps: true, ..Self::STIFF };
}

/// A foot on its way.
#[derive(Clone, Copy, Debug)]
struct Swing {
    leg: usize,
    from: DVec3,
    to: DVec2,
    since_s: f64,
    takes_s: f64,
}

/// What is sensed of the balance: flat positions in metres.
#[derive(Clone, Copy, Debug)]
struct Sensed {
    centre: DVec3,
    velocity: DVec3,
}

/// The controller of one humanoid.
#[derive(Clone, Debug)]
pub(in crate::world) struct Stand {
    skill: Skill,
    legs: [Leg; 2],
    /// The posture that it began in, by joint.
    posture: Vec<f64>,
    /// Height of its centre of mass over the ground when it began, in metres; none before the first step.
    height_m: Option<f64>,
    seen: VecDeque<Sensed>,
    /// How far the trunk turns, about y and x of the heading, in rad.
    lean: DVec2,
    swing: Option<Swing>,
    /// Steps taken.
    pub(in crate::world) steps: u32,
}

/// Everything of one moment that the parts of the controller share.
struct Moment {
    mass_kg: f64,
    sensed: Sensed,
    rate_hz: f64,
    heading: f64,
    ground_z: f64,
    height_m: f64,
    ankles: [Pose; 2],
    pelvis: Pose,
    /// Which legs carry.
    stance: [bool; 2],
    /// The middle of the carrying feet, flat.
    middle: DVec2,
    /// Support seen from the middle along the heading: rear right and front left corner.
    support: [DVec2; 2],
    /// The capture point seen from the middle along the heading.
    capture: DVec2,
}

const STIFF: Gains = Gains { stiffness: 3000.0, damping: 60.0 };
const ARM: Gains = Gains { stiffness: 40.0, damping: 3.0 };
const WAIST: Gains = Gains { stiffness: 400.0, damping: 20.0 };
const YAW: Gains = Gains { stiffness: 20.0, damping: 2.0 };
/// Damping of the carrying leg's joints from the hip down, in N m s/rad.
const LOOSE: [f64; 6] = [2.0, 3.0, 3.0, 3.0, 1.0, 1.0];
/// Set-point control of the swinging leg's joints from the hip down.
const SWING: [Gains; 6] = [
    Gains { stiffness: 150.0, damping: 5.0 },
    Gains { stiffness: 900.0, damping: 20.0 },
    Gains { stiffness: 900.0, damping: 20.0 },
    Gains { stiffness: 900.0, damping: 18.0 },
    Gains { stiffness: 80.0, damping: 2.0 },
    Gains { stiffness: 60.0, damping: 2.0 },
];
/// How strongly the pressure leads the capture point: 1 lets an error die away in one time constant of the pendulum.
const LEAD: f64 = 2.0;
/// Where it wants its capture point, ahead of the ankles, in metres.
const REST: DVec2 = DVec2::new(0.02, 0.0);
/// How far the pressure stays from the edges of the sole, in metres.
const EDGE_M: f64 = 0.006;
/// Holds the trunk upright: N m/rad and N m s/rad.
const UPRIGHT: Gains = Gains { stiffness: 250.0, damping: 30.0 };
/// Radians of lean a metre that the pressure lacks, and the most of it forwards, backwards and sideways.
const LEAN_RAD_M: f64 = 10.0;
const LEAN_MOST: [f64; 3] = [0.8, 0.4, 0.3];
/// It steps when the capture point is this near the edge of its support, in metres ahead and aside.
const STEP_INSET: DVec2 = DVec2::new(0.02, 0.02);
/// How high the foot is lifted, how near and far from the other foot it may come down aside, and how far ahead, in metres.
const LIFT_M: f64 = 0.05;
const ASIDE_M: [f64; 2] = [0.15, 0.5];
const AHEAD_M: f64 = 0.5;
/// Below this share of its height it has fallen and lets go.
const FALLEN: f64 = 0.6;

impl Stand {
    /// The controller for `rig`, or what the rig lacks in words.
    pub(in crate::world) fn new(rig: &Rig, skill: Skill, posture: Vec<f64>) -> Result<Self, String> {
        Ok(Self {
            skill,
            legs: [Leg::of(rig, "left_", 1.0)?, Leg::of(rig, "right_", -1.0)?],
            posture,
            height_m: None,
            seen: VecDeque::new(),
            lean: DVec2::ZERO,
            swing: None,
            steps: 0,
        })
    }

    /// Acts for the step of `dt_s` seconds that follows.
    pub(in crate::world) fn act(&mut self, physics: &mut rp::PhysicsWorld, robot: &Robot, dt_s: f64) {
        robot.relax(physics);
        if !self.skill.ankles {
            for (joint, angle) in self.posture.iter().enumerate() {
                robot.hold(physics, joint, *angle, STIFF);
            }
            return;
        }
        let now = self.sense(physics, robot, dt_s);
        let stand_m = *self.height_m.get_or_insert(now.height_m);
        if now.height_m < FALLEN * stand_m {
            self.go_limp(physics, robot);
            return;
        }
        self.hold_upper_body(physics, robot);
        let (pressure, lacking) = self.pressure(&now);
        self.turn_trunk(lacking, dt_s);
        let (force, moment_z) = self.ground_force(physics, robot, &now, pressure, lacking);
        self.carry(physics, robot, &now, pressure, (force, moment_z));
        self.swing(physics, robot, &now, pressure, dt_s);
    }
}

impl Stand {
    /// The moment as it was sensed, which is late by the delay.
    fn sense(&mut self, physics: &rp::PhysicsWorld, robot: &Robot, dt_s: f64) -> Moment {
        let whole = robot.whole(physics);
        self.seen.push_back(Sensed { centre: whole.centre, velocity: whole.velocity });
        let late = (self.skill.delay_s / dt_s + 0.5) as usize;
        while self.seen.len() > late + 1 {
            self.seen.pop_front();
        }
        let sensed = self.seen.front().copied().unwrap_or(Sensed { centre: whole.centre, velocity: whole.velocity });
        let ankles = [0, 1].map(|leg| self.legs.get(leg).map_or(Pose::IDENTITY, |leg| robot.pose(physics, leg.foot())));
        let stance = [0, 1].map(|leg| self.swing.is_none_or(|swing| swing.leg != leg));
        let pelvis = robot.pose(physics, 0);
        let ahead: DVec3 = ankles.iter().zip(stance).filter(|(_, on)| *on).map(|(at, _)| at.rotation * DVec3::X).sum();
        let heading = libm::atan2(ahead.y, ahead.x);
        let carrying =
            || ankles.iter().zip(stance).zip(&self.legs).filter(|((_, on), _)| *on).map(|((at, _), leg)| (at, leg));
        let count = carrying().count() as f64;
        let middle = carrying().map(|(at, _)| at.position.truncate()).sum::<DVec2>() / count;
        let ground_z = carrying().map(|(at, leg)| leg.sole.lowest(at)).fold(f64::INFINITY, f64::min);
        let corners = carrying().flat_map(|(at, leg)| {
            let own = turned(at.position.truncate() - middle, -heading);
            leg.sole.corners().map(|corner| own + corner)
        });
        let support = corners
            .fold([DVec2::INFINITY, DVec2::NEG_INFINITY], |[low, high], corner| [low.min(corner), high.max(corner)]);
        let height_m = (sensed.centre.z - ground_z).max(0.1);
        let rate_hz = libm::sqrt(GRAVITY_M_S2 / height_m);
        let capture = sensed.centre.truncate() + sensed.velocity.truncate() / rate_hz;
        Moment {
            mass_kg: whole.mass_kg,
            sensed,
            rate_hz,
            heading,
            ground_z,
            height_m,
            ankles,
            pelvis,
            stance,
            middle,
            support,
            capture: turned(capture - middle, -heading),
        }
    }

    /// Fallen: the motors give way like a robot's in an emergency stop.
    fn go_limp(&self, physics: &mut rp::PhysicsWorld, robot: &Robot) {
        for joint in 0..self.posture.len() {
            robot.hold(physics, joint, 0.0, Gains { stiffness: 0.0, damping: 2.0 });
        }
    }

    fn hold_upper_body(&self, physics: &mut rp::PhysicsWorld, robot: &Robot) {
        let legs = self.legs.each_ref().map(|leg| leg.joints);
        for (joint, angle) in
            self.posture.iter().enumerate().filter(|(joint, _)| !legs.iter().flatten().any(|leg| leg == joint))
        {
            let waist = robot.rig.joints.get(joint).is_some_and(|joint| joint.parent == 0);
            let (gains, more) = if waist { (WAIST, 0.4 * self.lean.x) } else { (ARM, 0.0) };
            robot.hold(physics, joint, angle + more, gains);
        }
    }

    /// Where the pressure is put, from the middle along the heading, and how far that falls short of what is wanted.
    fn pressure(&self, now: &Moment) -> (DVec2, DVec2) {
        let wanted = now.capture + LEAD * (now.capture - REST);
        let [low, high] = now.support;
        let given = wanted.clamp(low + EDGE_M, high - EDGE_M);
        (given, wanted - given)
    }

    /// The trunk turns fast into the fall and slowly back.
    fn turn_trunk(&mut self, lacking: DVec2, dt_s: f64) {
        if !self.skill.hips {
            return;
        }
        let [ahead, behind, aside] = LEAN_MOST;
        let most = if self.skill.steps { 0.3 } else { 1.0 };
        let goal =
            (most * LEAN_RAD_M * lacking).clamp(most * DVec2::new(-behind, -aside), most * DVec2::new(ahead, aside));
        let rate = if goal.length() > self.lean.length() { 30.0 } else { 4.0 };
        self.lean += (goal - self.lean) * (rate * dt_s).min(1.0);
    }

    /// The ground's force on the whole robot in N, and the moment about the vertical in N m: what holds the height, brings
    /// the centre of mass over the rest and turns the trunk.
    fn ground_force(
        &self,
        physics: &rp::PhysicsWorld,
        robot: &Robot,
        now: &Moment,
        pressure: DVec2,
        lacking: DVec2,
    ) -> (DVec3, f64) {
        let heading = turn_z(now.heading);
        let lean =
            DQuat::from_mat3(&(crate::world::body::turn(1, self.lean.x) * crate::world::body::turn(0, -self.lean.y)));
        let mut error = heading * lean * now.pelvis.rotation.conjugate();
        if error.w < 0.0 {
            error = -error;
        }
        let turning = robot.turning_rad_s(physics, 0);
        let mut moment = UPRIGHT.stiffness * 2.0 * error.xyz() - UPRIGHT.damping * turning;
        // Where the feet can give no more, the trunk must not cost balance.
        let helps = turned(DVec2::new(-lacking.y, lacking.x), now.heading);
        for axis in 0..2 {
            if !self.skill.steps && moment[axis] * helps[axis] < 0.0 {
                moment[axis] *= 1.0 - (helps[axis].abs() / 0.04).min(1.0);
            }
        }
        let stand_m = self.height_m.unwrap_or(now.height_m);
        let lift = 60.0 * (stand_m - now.height_m) - 12.0 * now.sensed.velocity.z;
        let up = now.mass_kg * (GRAVITY_M_S2 + lift).clamp(0.3 * GRAVITY_M_S2, 1.8 * GRAVITY_M_S2);
        let arm = now.world(pressure) - now.sensed.centre;
        let along = DVec2::new(-(moment.y + arm.x * up), moment.x - arm.y * up) / now.height_m;
        (along.clamp_length_max(0.7 * up).extend(up), moment.z)
    }

    /// The carrying legs press on the ground with the force they owe.
    fn carry(
        &self,
        physics: &mut rp::PhysicsWorld,
        robot: &Robot,
        now: &Moment,
        pressure: DVec2,
        (force, moment_z): (DVec3, f64),
    ) {
        let shares = now.shares(pressure);
        let carried = now.ankles.iter().zip(shares).map(|(at, share)| at.position.truncate() * share).sum::<DVec2>();
        let off = turned(now.middle + turned(pressure, now.heading) - carried, -now.heading);
        for (at, leg) in self.legs.iter().enumerate().filter(|(at, _)| now.stance.get(*at) == Some(&true)) {
            let (Some(share), Some(ankle)) = (shares.get(at), now.ankles.get(at)) else { continue };
            let within = leg.sole.within(off);
            let point = ankle.position + turned(within, now.heading).extend(-leg.sole.below);
            let twist = DVec3::Z * (moment_z * share).clamp(-8.0, 8.0);
            let links: Vec<usize> = leg.joints.iter().map(|joint| joint + 1).collect();
            for (number, joint) in leg.joints.iter().enumerate() {
                let origin = robot.pose(physics, joint + 1).position;
                let weight = weight_about(physics, robot, origin, links.get(number..).unwrap_or_default());
                let moment = (point - origin).cross(force * *share) + twist + weight;
                let torque = -robot.axis(physics, *joint).dot(moment);
                robot.turn(physics, *joint, torque);
                let loose = Gains { stiffness: 0.0, damping: LOOSE.get(number).copied().unwrap_or(1.0) };
                let gains = if number == 0 { YAW } else { loose };
                let angle = self.posture.get(*joint).copied().unwrap_or(0.0);
                robot.hold(physics, *joint, angle, gains);
            }
        }
    }

    /// Begins, carries on and ends a step.
    fn swing(&mut self, physics: &mut rp::PhysicsWorld, robot: &Robot, now: &Moment, pressure: DVec2, dt_s: f64) {
        if !self.skill.steps {
            return;
        }
        let Some(mut swing) = self.swing else {
            if let Some(leg) = now.needs_step(pressure) {
                let from = now.ankles.get(leg).map_or(DVec3::ZERO, |ankle| ankle.position);
                let aside = now.beyond().y != 0.0;
                let takes_s = if aside { 0.7 * self.skill.step_s } else { self.skill.step_s };
                self.swing = Some(Swing { leg, from, to: from.truncate(), since_s: 0.0, takes_s });
                self.steps += 1;
            }
            return;
        };
        let Some(leg) = self.legs.get(swing.leg) else { return };
        swing.since_s += dt_s;
        swing.to = now.landing(swing.leg, leg.side, pressure, (swing.takes_s - swing.since_s).max(0.0));
        let phase = swing.since_s / swing.takes_s;
        let eased = phase.min(1.0) * phase.min(1.0) * (3.0 - 2.0 * phase.min(1.0));
        let flat = swing.from.truncate().lerp(swing.to, eased);
        // After its time it feels for the ground.
        let lift = LIFT_M * libm::sin(core::f64::consts::PI * phase.min(1.0)) - 0.15 * (phase - 1.0).max(0.0);
        let foot = Pose { position: flat.extend(now.ground_z + leg.sole.below + lift), rotation: turn_z(now.heading) };
        let links: Vec<usize> = leg.joints.iter().map(|joint| joint + 1).collect();
        for (number, ((joint, angle), gains)) in
            leg.joints.iter().zip(leg.solve(&now.pelvis, &foot)).zip(SWING).enumerate()
        {
            robot.hold(physics, *joint, angle, gains);
            let weight = weight_about(
                physics,
                robot,
                robot.pose(physics, joint + 1).position,
                links.get(number..).unwrap_or_default(),
            );
            robot.turn(physics, *joint, -robot.axis(physics, *joint).dot(weight));
        }
        let down =
            phase > 0.5 && now.ankles.get(swing.leg).is_some_and(|at| leg.sole.lowest(at) < now.ground_z + 0.004);
        self.swing = (!down && phase < 1.6).then_some(swing);
    }
}

impl Moment {
    /// A point of the ground, given from the middle along the heading.
    fn world(&self, point: DVec2) -> DVec3 {
        (self.middle + turned(point, self.heading)).extend(self.ground_z)
    }

    /// How the weight is shared between the feet so that its middle lies at `pressure`.
    fn shares(&self, pressure: DVec2) -> [f64; 2] {
        match self.stance {
            [true, true] => {
                let [left, right] = self.ankles.map(|ankle| ankle.position.truncate());
                let apart = left - right;
                let at = self.middle + turned(pressure, self.heading) - right;
                let share = (at.dot(apart) / apart.length_squared().max(1e-6)).clamp(0.02, 0.98);
                [share, 1.0 - share]
            }
            [left, right] => [f64::from(u8::from(left)), f64::from(u8::from(right))],
        }
    }

    /// How far the capture point has left what the feet can hold without a step.
    fn beyond(&self) -> DVec2 {
        let [low, high] = self.support;
        self.capture - self.capture.clamp(low + STEP_INSET, (high - STEP_INSET).max(low + STEP_INSET))
    }

    /// The leg to step with, where the capture point leaves the support.
    fn needs_step(&self, pressure: DVec2) -> Option<usize> {
        let beyond = self.beyond();
        if beyond == DVec2::ZERO {
            return None;
        }
        if beyond.y.abs() > beyond.x.abs() {
            return Some(usize::from(self.capture.y < 0.0));
        }
        let [left, right] = self.ankles.map(|ankle| ankle.position.truncate());
        let behind = turned(left - right, -self.heading).x * beyond.x.signum();
        // The foot that is behind in the fall; side by side, the one that carries less.
        Some(if behind.abs() > 0.03 { usize::from(behind > 0.0) } else { usize::from(self.shares(pressure)[0] >= 0.5) })
    }

    /// Where the swinging foot comes down: where the capture point will be, within reach and not across the other foot.
    fn landing(&self, leg: usize, side: f64, pressure: DVec2, left_s: f64) -> DVec2 {
        let pivot = self.middle + turned(pressure, self.heading);
        let capture = self.middle + turned(self.capture, self.heading);
        let then = pivot + (capture - pivot) * libm::exp(self.rate_hz * left_s);
        let other = self.ankles.get(1 - leg).map_or(DVec2::ZERO, |ankle| ankle.position.truncate());
        let wanted = turned(then - other, -self.heading) + DVec2::new(-REST.x, side * 0.05);
        let [near, far] = ASIDE_M;
        let within = DVec2::new(wanted.x.clamp(-AHEAD_M, AHEAD_M), side * (wanted.y * side).clamp(near, far));
        other + turned(within, self.heading)
    }
}

impl Leg {
    /// The link of the foot.
    fn foot(&self) -> usize {
        self.joints[5] + 1
    }
}

impl Sole {
    fn corners(&self) -> [DVec2; 4] {
        let corner = |x: f64, y: f64| DVec2::new(x, y);
        let (heel, toe, half) = (self.heel, self.toe, self.half_width);
        [corner(heel, -half), corner(toe, -half), corner(toe, half), corner(heel, half)]
    }

    /// The point of the sole nearest to `point`.
    fn within(&self, point: DVec2) -> DVec2 {
        let (low, high) = (DVec2::new(self.heel, -self.half_width), DVec2::new(self.toe, self.half_width));
        point.clamp(low + EDGE_M, high - EDGE_M)
    }

    /// Height of its lowest corner in the world, in metres.
    fn lowest(&self, ankle: &Pose) -> f64 {
        let height = |corner: DVec2| ankle.point(corner.extend(-self.below)).z;
        self.corners().into_iter().map(height).fold(f64::INFINITY, f64::min)
    }
}

/// The moment of the weight of `links` about `origin`, in N m.
fn weight_about(physics: &rp::PhysicsWorld, robot: &Robot, origin: DVec3, links: &[usize]) -> DVec3 {
    let weight = |mass_kg: f64| DVec3::new(0.0, 0.0, -GRAVITY_M_S2 * mass_kg);
    robot.masses(physics, links).map(|(mass_kg, centre)| (centre - origin).cross(weight(mass_kg))).sum()
}

/// `vector` turned by `angle_rad`.
fn turned(vector: DVec2, angle_rad: f64) -> DVec2 {
    let (sine, cosine) = libm::sincos(angle_rad);
    DVec2::new(cosine * vector.x - sine * vector.y, sine * vector.x + cosine * vector.y)
}

/// The rotation about the vertical.
fn turn_z(angle_rad: f64) -> DQuat {
    let (sine, cosine) = libm::sincos(0.5 * angle_rad);
    DQuat::from_xyzw(0.0, 0.0, sine, cosine)
}

#[cfg(test)]
mod tests;
