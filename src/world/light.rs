//! The light of a scene and how events change it over time.

use glam::DVec3;

use super::snapshot::Light;

/// Angular radius of the main light: a window or a ceiling lamp, so shadows are soft.
const SUN_RADIUS_RAD: f32 = 0.06;

/// A change of all light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LightChange {
    /// Start in seconds.
    pub(super) at_s: f64,
    /// Length of the change; 0 is a step.
    pub(super) over_s: f64,
    /// Factor after it.
    pub(super) to: f64,
}

impl LightChange {
    /// The factor at `time_s`: 1 before, linear in time while it changes.
    fn level(&self, time_s: f64) -> f64 {
        if time_s < self.at_s {
            return 1.0;
        }
        let since_s = time_s - self.at_s;
        if since_s >= self.over_s { self.to } else { 1.0 + (self.to - 1.0) * (since_s / self.over_s) }
    }
}

/// The product of all changes at `time_s`.
pub(super) fn level(changes: &[LightChange], time_s: f64) -> f64 {
    changes.iter().map(|change| change.level(time_s)).product()
}

/// When the first change to less light starts within `duration_s`; −1 where none does.
pub(super) fn drop_s(changes: &[LightChange], duration_s: f64) -> f64 {
    let starts = changes.iter().filter(|change| change.to < 1.0 && change.at_s <= duration_s);
    starts.map(|change| change.at_s).reduce(f64::min).unwrap_or(-1.0)
}

/// Light from a window: direction from elevation and azimuth (0 ahead, 90 left), a warm sun and a cool sky.
pub(super) fn window(elevation_deg: f64, azimuth_deg: f64, sun: f64, sky: f64, exposure_ev: f64) -> Light {
    let (up, across) = libm::sincos(elevation_deg.to_radians());
    let (left, ahead) = libm::sincos(azimuth_deg.to_radians());
    let tint = |colour: [f64; 3], strength: f64| colour.map(|channel| (channel * strength) as f32);
    Light {
        sun_direction: DVec3::new(across * ahead, across * left, up),
        sun: tint([1.04, 1.0, 0.93], sun),
        sun_radius_rad: SUN_RADIUS_RAD,
        sky: tint([0.95, 1.0, 1.06], sky),
        horizon: tint([0.80, 0.80, 0.78], sky),
        ground: tint([0.30, 0.26, 0.22], sky),
        exposure: libm::exp2(exposure_ev) as f32,
    }
}

/// `light` with every radiance multiplied by `factor`.
pub(super) fn scaled(light: &Light, factor: f64) -> Light {
    let scale = |colour: [f32; 3]| colour.map(|channel| (f64::from(channel) * factor) as f32);
    Light {
        sun: scale(light.sun),
        sky: scale(light.sky),
        horizon: scale(light.horizon),
        ground: scale(light.ground),
        ..*light
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_exact_at_given_times() {
        let changes =
            [LightChange { at_s: 1.0, over_s: 0.5, to: 0.2 }, LightChange { at_s: 2.0, over_s: 0.0, to: 0.5 }];
        for (time_s, expected) in [(0.0, 1.0), (1.0, 1.0), (1.25, 0.6), (1.5, 0.2), (1.999, 0.2), (2.0, 0.1)] {
            let got = level(&changes, time_s);
            assert!((got - expected).abs() < 1e-12, "{time_s} s: {got}, expected {expected}");
        }
        assert_eq!(drop_s(&changes, 2.5), 1.0);
        assert_eq!(drop_s(&changes, 0.5), -1.0);
    }

    #[test]
    fn the_main_light_stands_where_it_is_told() {
        let light = window(30.0, 90.0, 1.0, 0.0, 1.0);
        let expected = DVec3::new(0.0, libm::cos(30_f64.to_radians()), 0.5);
        assert!((light.sun_direction - expected).length() < 1e-12, "{}", light.sun_direction);
        assert_eq!(light.exposure, 2.0, "one stop doubles");
        assert_eq!(scaled(&light, 0.5).sun[1], 0.5);
    }
}
