//! Lamps that a family adds: a glowing ball on a body, which may stand, fall or be pushed.

use std::sync::Arc;

use glam::DVec3;
use rapier3d_f64::prelude as rp;

use super::engine::Engine;
use super::entity::Numbers;
use super::snapshot::{Body, Lamp, Material};

/// Brighter than this, a ball is white in every picture; more would not fit where the renderer keeps it.
pub(super) const BRIGHTEST: f64 = 60_000.0;

/// A lamp on its body.
#[derive(Debug)]
pub(super) struct OwnLamp {
    name: Arc<str>,
    body: rp::RigidBodyHandle,
    radius_m: f64,
    at_1_m: [f64; 3],
    /// Half angles in radians: within which it shines fully, beyond which not at all.
    cone_rad: [f64; 2],
    flicker_hz: f64,
    flicker: f64,
}

/// What the ball of a lamp glows with, as a multiple of its colour: a ball of radiance L and radius r has an irradiance of
/// L r² / d² at the distance d, in units in which white paper under an irradiance of 1 has the radiance 1.
pub(super) fn glow(numbers: &Numbers, material: &Material) -> f32 {
    let radius_m = numbers.get("shape.radius_m").max(1e-3);
    let lamp = numbers.get("shape.strength") / (radius_m * radius_m);
    (lamp + f64::from(material.glow)).min(BRIGHTEST) as f32
}

impl OwnLamp {
    /// The lamp of these numbers on `body`.
    pub(super) fn new(name: &str, body: rp::RigidBodyHandle, numbers: &Numbers, colour: [f32; 3]) -> Self {
        let strength = numbers.get("shape.strength");
        let outer = numbers.get("shape.cone_deg").to_radians();
        // what shines all round has no edge that could be soft
        let soft = if outer < core::f64::consts::PI { numbers.get("shape.soft") } else { 0.0 };
        Self {
            name: Arc::from(name),
            body,
            radius_m: numbers.get("shape.radius_m"),
            at_1_m: colour.map(|part| f64::from(part) * strength),
            cone_rad: [outer * (1.0 - soft), outer],
            flicker_hz: numbers.get("shape.flicker_hz"),
            flicker: numbers.get("shape.flicker"),
        }
    }

    /// The share of its light at `time_s`: it starts full and swings down and back.
    fn share_at(&self, time_s: f64) -> f64 {
        let phase = core::f64::consts::TAU * self.flicker_hz * time_s;
        1.0 - self.flicker * 0.5 * (1.0 - libm::cos(phase))
    }

    /// What it is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Lets its ball among `bodies` glow as its light shines now.
    pub(super) fn glow(&self, engine: &Engine, level: f64, bodies: &mut [Body]) {
        let share = level * self.share_at(engine.time_s());
        for body in bodies.iter_mut().filter(|body| body.name == self.name) {
            body.material.glow = (f64::from(body.material.glow) * share) as f32;
        }
    }

    /// As it shines now, at `level` of its light.
    pub(super) fn now(&self, engine: &Engine, level: f64) -> Lamp {
        let pose = engine.pose(self.body);
        let share = level * self.share_at(engine.time_s());
        Lamp {
            name: Arc::clone(&self.name),
            position: pose.position,
            direction: pose.rotation * -DVec3::Z,
            inner_rad: self.cone_rad[0] as f32,
            outer_rad: self.cone_rad[1] as f32,
            radius_m: self.radius_m as f32,
            at_1_m: self.at_1_m.map(|part| (part * share) as f32),
            casts: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flicker_starts_full_and_goes_as_low_as_it_is_told() {
        let (name, body) = (Arc::from("lamp"), rp::RigidBodyHandle::invalid());
        let lamp = OwnLamp {
            name,
            body,
            radius_m: 0.1,
            at_1_m: [1.0; 3],
            cone_rad: [1.0, 2.0],
            flicker_hz: 5.0,
            flicker: 0.8,
        };
        for (time_s, share) in [(0.0, 1.0), (0.1, 0.2), (0.2, 1.0), (0.05, 0.6)] {
            assert!((lamp.share_at(time_s) - share).abs() < 1e-12, "at {time_s} s: {}", lamp.share_at(time_s));
        }
    }
}
