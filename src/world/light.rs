//! The light of a scene.

use glam::DVec3;

use super::WorldError;
use super::engine::Engine;
use super::fields::Binder;
use super::slots::{Slot, slot};
use super::snapshot::{Dome, Light};
use crate::family::Family;

// What every stage lets a family say of its light.
pub(super) const SUN_ELEVATION: Slot =
    slot("sun_elevation_deg", "deg", [5.0, 52.0, 90.0], "Height of the main light above the horizon.");
pub(super) const SUN_AZIMUTH: Slot = slot(
    "sun_azimuth_deg",
    "deg",
    [-180.0, 60.0, 180.0],
    "Direction of the main light: 0 ahead, 90 left of the robot.",
);
pub(super) const SUN_STRENGTH: Slot =
    slot("sun_strength", "", [0.0, 0.55, 3.0], "Irradiance of the main light; 1 alone makes white paper white.");
pub(super) const SKY_STRENGTH: Slot = slot(
    "sky_strength",
    "",
    [0.0, 0.45, 3.0],
    "Radiance of the soft light from above; 1 alone makes white paper white.",
);
// What an event may set of it; the exposure is the camera's.
pub(super) const SUN_ELEVATION_LIVE: Slot =
    slot("sun_elevation_deg", "deg", [5.0, 52.0, 90.0], "Height of the main light above the horizon.");
pub(super) const SUN_AZIMUTH_LIVE: Slot =
    slot("sun_azimuth_deg", "deg", [-360.0, 60.0, 360.0], "Direction of the main light.");
pub(super) const SUN_STRENGTH_LIVE: Slot = slot("sun_strength", "", [0.0, 0.55, 3.0], "Irradiance of the main light.");
pub(super) const SKY_STRENGTH_LIVE: Slot =
    slot("sky_strength", "", [0.0, 0.45, 3.0], "Radiance of the soft light from above.");
pub(super) const EXPOSURE_LIVE: Slot =
    slot("exposure_ev", "EV", [-10.0, 0.0, 10.0], "Exposure compensation of the camera, in stops.");

/// Angular radius of the main light: a window or a ceiling lamp, so shadows are soft.
const SUN_RADIUS_RAD: f32 = 0.06;

/// The light from the window and the camera's exposure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    pub(super) elevation_deg: f64,
    pub(super) azimuth_deg: f64,
    pub(super) sun: f64,
    pub(super) sky: f64,
    pub(super) exposure_ev: f64,
}

impl Window {
    /// As the scene of `binder`'s draw has it.
    ///
    /// # Errors
    /// A value outside its range.
    pub(super) fn of(family: &Family, binder: &Binder<'_>) -> Result<Self, WorldError> {
        Ok(Self {
            elevation_deg: binder.slot("sun_elevation_deg")?,
            azimuth_deg: binder.slot("sun_azimuth_deg")?,
            sun: binder.slot("sun_strength")?,
            sky: binder.slot("sky_strength")?,
            exposure_ev: binder.value("camera.exposure_ev", &family.camera.exposure_ev, (-10.0, 10.0, "EV"))?,
        })
    }

    /// The light that it gives.
    pub(super) fn light(&self) -> Light {
        window(self.elevation_deg, self.azimuth_deg, self.sun, self.sky, self.exposure_ev)
    }

    /// As events have set it by now.
    pub(super) fn now(&self, engine: &Engine) -> Self {
        Self {
            elevation_deg: engine.slot("sun_elevation_deg", self.elevation_deg),
            azimuth_deg: engine.slot("sun_azimuth_deg", self.azimuth_deg),
            sun: engine.slot("sun_strength", self.sun),
            sky: engine.slot("sky_strength", self.sky),
            exposure_ev: engine.slot("exposure_ev", self.exposure_ev),
        }
    }
}

/// Light from a window: direction from elevation and azimuth (0 ahead, 90 left), a warm sun and a cool sky.
fn window(elevation_deg: f64, azimuth_deg: f64, sun: f64, sky: f64, exposure_ev: f64) -> Light {
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

/// `light` where `dome` is all round instead of the stage's sky.
pub(super) fn under(dome: Option<&Dome>, light: Light) -> Light {
    let Some([sky, horizon, ground]) = dome.map(Dome::means) else { return light };
    Light { sky, horizon, ground, ..light }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_light_stands_where_it_is_told() {
        let light = window(30.0, 90.0, 1.0, 0.0, 1.0);
        let expected = DVec3::new(0.0, libm::cos(30_f64.to_radians()), 0.5);
        assert!((light.sun_direction - expected).length() < 1e-12, "{}", light.sun_direction);
        assert_eq!(light.exposure, 2.0, "one stop doubles");
        assert_eq!(scaled(&light, 0.5).sun[1], 0.5);
    }
}
