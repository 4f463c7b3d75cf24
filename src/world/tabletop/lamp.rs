//! What the light does to the table: how bright it is, the largest step, and how near the lamp's mirror image is to the canister.
//!
//! Brightness is the radiance of white paper that lies on the table, in the units of the light's slots (1 is white at exposure 1);
//! shadows are left out. The step is in stops, log2 of the ratio of two levels a quarter of a second apart at most. Glare is told
//! by its geometry alone: the angle at which the table mirrors the main light past the camera; how blinding it is depends on the
//! lamp's strength, the varnish and the sensor, and is the picture's matter.

use std::collections::VecDeque;

use glam::DVec3;

use crate::world::light::Window;

/// Levels so many steps apart are compared: a quarter of a second.
const APART_STEPS: usize = 60;
/// Darker than this is dark: a step into the dark has a size.
const DARK: f64 = 1e-4;

/// The light on the table at some time.
#[derive(Clone, Debug)]
pub(super) struct Lamp {
    eye: DVec3,
    levels: VecDeque<f64>,
    pub(super) table_light: f64,
    pub(super) glare_deg: f64,
    pub(super) glare_min_deg: f64,
    pub(super) step_ev: f64,
}

impl Lamp {
    pub(super) fn new(eye: DVec3) -> Self {
        let levels = VecDeque::with_capacity(APART_STEPS + 1);
        Self { eye, levels, table_light: 0.0, glare_deg: 180.0, glare_min_deg: 180.0, step_ev: 0.0 }
    }

    /// Takes in the light of a step, `level` being what events leave of it, and the foot of the canister.
    pub(super) fn follow(&mut self, window: &Window, level: f64, foot: DVec3) {
        let light = window.light();
        self.table_light = level * (window.sun * light.sun_direction.z.max(0.0) + window.sky);
        let now = self.table_light.max(DARK);
        // The largest step up and down is to the darkest and the brightest level; light mostly stands still.
        let (dark, bright) =
            self.levels.iter().fold((now, now), |(low, high), level| (low.min(*level), high.max(*level)));
        for before in [dark, bright].into_iter().filter(|before| *before != now) {
            self.step_ev = self.step_ev.max(libm::fabs(libm::log2(now / before)));
        }
        self.levels.push_back(now);
        if self.levels.len() > APART_STEPS {
            self.levels.pop_front();
        }
        let look = (foot - self.eye).normalize_or(DVec3::NEG_Z);
        let mirrored = DVec3::new(look.x, look.y, -look.z);
        let turned = mirrored.cross(light.sun_direction).length();
        self.glare_deg = libm::atan2(turned, mirrored.dot(light.sun_direction)).to_degrees();
        self.glare_min_deg = self.glare_min_deg.min(self.glare_deg);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_light_is_a_stop_and_a_slow_fall_is_a_small_step() {
        let window = Window { elevation_deg: 30.0, azimuth_deg: 0.0, sun: 0.6, sky: 0.3, exposure_ev: 0.0 };
        let step_ev = |steps: u32| {
            let mut lamp = Lamp::new(DVec3::Z);
            for step in 0..1000 {
                let done = (f64::from(step) - 200.0).max(0.0) / f64::from(steps);
                lamp.follow(&window, 1.0 - 0.75 * done.min(1.0), DVec3::ZERO);
            }
            assert!((lamp.table_light - 0.25 * 0.6).abs() < 1e-12, "0.6 sin 30° + 0.3: {}", lamp.table_light);
            lamp.step_ev
        };
        assert!((step_ev(1) - 2.0).abs() < 1e-12, "to a quarter at once");
        let slow = step_ev(600);
        assert!(slow > 0.2 && slow < 0.6, "over 2.5 s: {slow}");
    }

    #[test]
    fn a_lamp_in_the_mirror_direction_glares() {
        // The camera looks down by 45 degrees along x: the table mirrors a lamp at 45 degrees ahead.
        let glare = |elevation_deg: f64, azimuth_deg: f64| {
            let mut lamp = Lamp::new(DVec3::new(0.0, 0.0, 0.5));
            let window = Window { elevation_deg, azimuth_deg, sun: 1.0, sky: 0.3, exposure_ev: 0.0 };
            lamp.follow(&window, 1.0, DVec3::new(0.5, 0.0, 0.0));
            lamp.glare_deg
        };
        assert!(glare(45.0, 0.0) < 1e-6 && (glare(25.0, 0.0) - 20.0).abs() < 1e-9 && glare(45.0, 180.0) > 80.0);
    }
}
