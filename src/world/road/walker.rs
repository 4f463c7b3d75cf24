//! Those who walk and ride: upright bodies that are steered to a speed until something hits them.
//!
//! The body's frame lies on the ground between the feet (or the wheels): x ahead, y left, z up. Whoever is upright keeps upright and is pushed
//! by no more than feet (or a tyre) can push; whoever was hit falls and slides freely. Limbs swing for the eye alone: they touch nothing.
//! Stumbling, falling without being hit and getting up are deliberately left out.

use glam::{DQuat, DVec2, DVec3};
use rapier3d_f64::prelude as rp;

use crate::base::special::normal_quantile;
use crate::base::{Pose, Stream};
use crate::world::engine::Engine;
use crate::world::physics::STEP_S;

/// The strongest acceleration of somebody on foot, and what a bicycle's tyres hold whatever its rider wants, in m/s².
const FOOT_M_S2: f64 = 4.0;
const TYRE_M_S2: f64 = 8.0;
/// Slower than this in m/s a bicycle keeps its heading.
const TURNS_FROM_M_S: f64 = 0.5;
/// Friction of clothes on asphalt once somebody slides on it.
const SLIDES: f64 = 0.6;
/// How long a deviation of pace holds, in seconds.
const SWAY_HOLDS_S: f64 = 0.5;

/// Somebody on foot or on a bicycle.
#[derive(Debug)]
pub(super) struct Walker {
    pub(super) thing: usize,
    handle: rp::RigidBodyHandle,
    collider: Option<rp::ColliderHandle>,
    mass_kg: f64,
    most_m_s2: f64,
    /// Half length and width in metres, for gaps and sight.
    pub(super) half: DVec2,
    /// Where it walks: a unit vector.
    pub(super) ahead: DVec2,
    pub(super) at: DVec3,
    pub(super) velocity: DVec2,
    pub(super) upright: bool,
    /// How far it has gone, in metres: what its limbs follow.
    pub(super) gone_m: f64,
    /// Standard deviation of its pace in m/s, where the noise comes from, and the deviation until when.
    sway_m_s: f64,
    noise: Stream,
    deviates: (f64, f64),
}

/// What somebody is like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gait {
    pub(super) mass_kg: f64,
    pub(super) rides: bool,
    pub(super) half: DVec2,
    pub(super) sway_m_s: f64,
}

impl Walker {
    /// Takes charge of the body `handle`, which stands at `at` and looks along `ahead`.
    pub(super) fn new(
        engine_part: (usize, rp::RigidBodyHandle, Option<rp::ColliderHandle>),
        gait: &Gait,
        (at, ahead): (DVec2, DVec2),
        noise: Stream,
    ) -> Self {
        let (thing, handle, collider) = engine_part;
        Self {
            thing,
            handle,
            collider,
            mass_kg: gait.mass_kg,
            most_m_s2: if gait.rides { TYRE_M_S2 } else { FOOT_M_S2 },
            half: gait.half,
            ahead,
            at: at.extend(0.0),
            velocity: DVec2::ZERO,
            upright: true,
            gone_m: 0.0,
            sway_m_s: gait.sway_m_s,
            noise,
            deviates: (0.0, 0.0),
        }
    }

    /// Its body in the physics.
    pub(super) fn handle(&self) -> rp::RigidBodyHandle {
        self.handle
    }

    /// Reads how it moves after a step; `hit` says that something has struck it.
    pub(super) fn sense(&mut self, engine: &Engine, hit: bool) {
        let Some(body) = engine.physics.bodies.get(self.handle) else { return };
        self.at = body.translation();
        self.velocity = body.linvel().truncate();
        self.gone_m += self.velocity.dot(self.ahead) * STEP_S;
        self.upright &= !hit;
    }

    /// Goes on towards `wanted` (m/s) for one step, as far as its feet can push; it falls once it was hit.
    pub(super) fn go(&mut self, engine: &mut Engine, time_s: f64, wanted: DVec2) {
        if !self.upright {
            if let Some(collider) = self.collider {
                engine.set_friction(collider, SLIDES);
            }
            if let Some(body) = engine.physics.bodies.get_mut(self.handle)
                && body.locked_axes() != rp::LockedAxes::empty()
            {
                body.set_locked_axes(rp::LockedAxes::empty(), true);
            }
            return;
        }
        if self.sway_m_s > 0.0 && time_s >= self.deviates.1 {
            self.deviates = (self.sway_m_s * normal_quantile(self.noise.next_unit()), time_s + SWAY_HOLDS_S);
        }
        let pace = wanted.length();
        // Who stands, stands.
        let wanted = if pace > 0.05 { wanted * ((pace + self.deviates.0).max(0.0) / pace) } else { wanted };
        let Some(body) = engine.physics.bodies.get_mut(self.handle) else { return };
        let lacks = (wanted - body.linvel().truncate()).clamp_length_max(self.most_m_s2 * STEP_S);
        body.apply_impulse((lacks * self.mass_kg).extend(0.0), true);
    }

    /// Turns it to where it moves.
    pub(super) fn face(&mut self, engine: &mut Engine) {
        if !self.upright || self.velocity.length() < TURNS_FROM_M_S {
            return;
        }
        self.ahead = self.velocity.normalize_or(self.ahead);
        let (sine, cosine) = libm::sincos(0.5 * libm::atan2(self.ahead.y, self.ahead.x));
        if let Some(body) = engine.physics.bodies.get_mut(self.handle) {
            body.set_rotation(DQuat::from_xyzw(0.0, 0.0, sine, cosine), true);
        }
    }

    /// Moves its limbs to where they are after the way that it has gone; `limbs` are the parts that swing.
    pub(super) fn swing(&self, engine: &mut Engine, limbs: &[Limb]) {
        let speed_m_s = self.velocity.dot(self.ahead).abs();
        for limb in limbs {
            let pose = limb.pose(self.gone_m, speed_m_s, self.upright);
            if let Some(part) = engine.part_mut(self.thing, limb.part) {
                part.at = pose;
            }
        }
    }
}

/// How a leg or an arm swings with the way gone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Swing {
    /// How far it swings from its joint, in rad, and with which half of the stride.
    pub(super) reach_rad: f64,
    pub(super) phase: f64,
    /// The lower part of it hangs so far below the joint, in metres, and bends at the knee or elbow by so much at most, in rad.
    pub(super) upper_m: Option<f64>,
    pub(super) bends_rad: f64,
}

/// A part that swings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Limb {
    /// Its number among the body's parts.
    pub(super) part: usize,
    /// Hip or shoulder in the body's frame.
    pub(super) joint: DVec3,
    /// The part's middle below the joint that it hangs from, in metres.
    pub(super) below_m: f64,
    pub(super) swing: Swing,
}

/// Metres of one stride (two steps) at walking pace.
const STRIDE_M: f64 = 1.45;

/// The rotation about y by `angle` rad: positive swings what hangs backwards.
pub(super) fn about_y(angle: f64) -> DQuat {
    let (sine, cosine) = libm::sincos(0.5 * angle);
    DQuat::from_xyzw(0.0, sine, 0.0, cosine)
}

impl Limb {
    fn pose(&self, gone_m: f64, speed_m_s: f64, upright: bool) -> Pose {
        let Swing { reach_rad, phase, upper_m, bends_rad } = self.swing;
        let turn = core::f64::consts::TAU * (gone_m / STRIDE_M + phase);
        // Slow steps are short ones; who stands, stands straight.
        let much = if upright { (speed_m_s / 1.3).min(1.3) } else { 0.4 };
        let (sine, cosine) = libm::sincos(turn);
        let upper = about_y(-reach_rad * much * sine);
        let bend = about_y(bends_rad * much.min(1.0) * (0.25 + 0.75 * cosine.max(0.0)));
        let down = |metres: f64| DVec3::new(0.0, 0.0, -metres);
        match upper_m {
            None => Pose { position: self.joint + upper * down(self.below_m), rotation: upper },
            Some(upper_m) => {
                let rotation = upper * bend;
                Pose { position: self.joint + upper * down(upper_m) + rotation * down(self.below_m), rotation }
            }
        }
    }
}
