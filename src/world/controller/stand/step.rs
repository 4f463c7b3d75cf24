//! Steps: when a foot leaves the ground, where it goes and when it carries again.

use glam::{DVec2, DVec3};

use super::balance::{Balance, turn_z, turned, wrapped};
use super::{REST_M, Stand};
use crate::base::Pose;
use crate::world::rig::Drive;

/// A foot on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Swing {
    pub(super) leg: usize,
    pub(super) from: DVec3,
    pub(super) to: DVec2,
    pub(super) since_s: f64,
    pub(super) takes_s: f64,
    /// The set-points last given, in rad.
    given: Option<[f64; 6]>,
}

/// Set-point control of the swinging leg's joints from the hip down: N m/rad and N m s/rad. Damped well: a leg that
/// overshoots comes down late and beside its place.
const GAINS: [[f64; 2]; 6] = [[150.0, 5.0], [900.0, 40.0], [900.0, 40.0], [900.0, 40.0], [80.0, 2.0], [60.0, 2.0]];
/// It steps when the capture point is this near the edge of its support, in metres.
const INSET_M: f64 = 0.02;
/// A swinging foot under this load in N has landed. One that should carry and yet hangs so high over the ground in metres,
/// for so long in seconds, steps; one that only waits for its load does not.
const LANDED_N: f64 = 15.0;
const IDLE_M: f64 = 0.01;
const IDLE_S: f64 = 0.06;
/// How high the foot is lifted, how near and far from the other foot it may come down aside, and how far ahead, in metres.
const LIFT_M: f64 = 0.05;
const ASIDE_M: [f64; 2] = [0.15, 0.5];
const AHEAD_M: f64 = 0.5;
/// How far outside the capture point the foot comes down, in metres.
const OUTSIDE_M: f64 = 0.05;
/// How far a foot may be turned from the other, in rad.
const TURN_RAD: f64 = 0.4;
/// A step aside takes this share of the time.
const ASIDE_TIME: f64 = 0.7;

impl Stand {
    /// Begins, carries on and ends a step.
    pub(super) fn step(&mut self, drives: &mut [Drive], now: &Balance, pressure: DVec2, heading: f64) {
        let dt_s = 1.0 / self.settings.rate_hz;
        for (idle_s, (lifted_m, carries)) in self.idle_s.iter_mut().zip(now.lifted_m.into_iter().zip(now.carrying)) {
            *idle_s = if carries && lifted_m > IDLE_M { *idle_s + dt_s } else { 0.0 };
        }
        let Some(mut swing) = self.swing else {
            self.swing = self.begin(now, pressure);
            self.steps += u32::from(self.swing.is_some());
            return;
        };
        let Some(leg) = self.legs.get(swing.leg) else { return };
        swing.since_s += dt_s;
        swing.to = now.landing(swing.leg, leg.side, pressure, (swing.takes_s - swing.since_s).max(0.0));
        let phase = swing.since_s / swing.takes_s;
        let early = phase.min(1.0);
        let flat = swing.from.truncate().lerp(swing.to, early * early * (3.0 - 2.0 * early));
        // After its time it feels for the ground.
        let lift = LIFT_M * libm::sin(core::f64::consts::PI * early) - 0.15 * (phase - early);
        let position = flat.extend(now.ground_z + leg.sole.below + lift);
        let off = wrapped(heading - now.heading).clamp(-TURN_RAD, TURN_RAD);
        let angles = leg.solve(&now.root, &Pose { position, rotation: turn_z(now.heading + off) });
        let before = swing.given.replace(angles).unwrap_or(angles);
        for (number, (joint, [stiffness, damping])) in leg.joints.iter().zip(GAINS).enumerate() {
            let (target, last) = (angles[number], before[number]);
            let (origin, axis) = self.axis(now, *joint);
            let torque = -axis.dot(self.weight_about(now, origin, leg.joints.get(number..).unwrap_or_default()));
            if let Some(drive) = drives.get_mut(*joint) {
                let rate = ((target - last) / dt_s).clamp(-10.0, 10.0);
                *drive = Drive { target, rate, stiffness, damping, torque };
            }
        }
        let down = phase > 0.5 && now.loads_n.get(swing.leg).is_some_and(|load_n| *load_n > LANDED_N);
        self.swing = (!down && phase < 1.6).then_some(swing);
    }

    /// The step that must begin now, if one must.
    fn begin(&self, now: &Balance, pressure: DVec2) -> Option<Swing> {
        let beyond = now.beyond(INSET_M);
        let leg = if beyond == DVec2::ZERO {
            self.idle_s.iter().position(|idle_s| *idle_s > IDLE_S)?
        } else {
            now.freer_leg(beyond, pressure)
        };
        let takes = if beyond.y.abs() > beyond.x.abs() { ASIDE_TIME } else { 1.0 };
        let from = now.ankles.get(leg)?.position;
        Some(Swing { leg, from, to: from.truncate(), since_s: 0.0, takes_s: takes * self.settings.step_s, given: None })
    }
}

impl Balance {
    /// The leg to step with when the capture point is `beyond` the support, along the heading and to its left.
    fn freer_leg(&self, beyond: DVec2, pressure: DVec2) -> usize {
        if beyond.y.abs() > beyond.x.abs() {
            return usize::from(beyond.y < 0.0);
        }
        let [left, right] = self.ankles.map(|ankle| ankle.position.truncate());
        let behind = turned(left - right, -self.heading).x * beyond.x.signum();
        // The foot that is behind in the fall; side by side, the one that carries less.
        if behind.abs() > 0.03 { usize::from(behind > 0.0) } else { usize::from(self.shares(pressure)[0] >= 0.5) }
    }

    /// Where the swinging foot comes down: where the capture point will be, within reach and not across the other foot.
    fn landing(&self, leg: usize, side: f64, pressure: DVec2, left_s: f64) -> DVec2 {
        let then = pressure + (self.capture - pressure) * libm::exp(self.rate_hz * left_s);
        let other = self.ankles.get(1 - leg).map_or(DVec2::ZERO, |ankle| ankle.position.truncate());
        let wanted = turned(then - other, -self.heading) + DVec2::new(-REST_M, side * OUTSIDE_M);
        let [near, far] = ASIDE_M;
        let within = DVec2::new(wanted.x.clamp(-AHEAD_M, AHEAD_M), side * (wanted.y * side).clamp(near, far));
        other + turned(within, self.heading)
    }
}
