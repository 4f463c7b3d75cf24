//! What the ego's camera can make out: brightness it has adapted to, the tunnel, and the low sun.
//!
//! Simple laws with stated shapes, meant to make glare something that delays detection by a plausible amount, not a model of one camera.

use crate::world::light::Window;
use crate::world::physics::STEP_S;

/// How far daylight reaches into a tunnel, and how near its end fills the picture, in metres (e-folding).
const DAYLIGHT_REACHES_M: f64 = 7.0;
const END_FILLS_M: f64 = 14.0;
/// Each stop between what is looked at and what the camera has adapted to costs this share of the range's stops.
const RANGE_PER_STOP: f64 = 0.5;
/// Veiling light falls with the square of the angle to its source (Stiles & Holladay; CIE 146:2002); at this angle in degrees a sun of
/// strength 1 halves the range. Nearer than the second angle it is in the picture's middle.
const HALVES_AT_DEG: f64 = 10.0;
const MIDDLE_DEG: f64 = 2.0;

/// A tunnel over the road.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tunnel {
    pub(super) from_m: f64,
    pub(super) to_m: f64,
    /// Its light as a share of the light outside.
    pub(super) light: f64,
}

impl Tunnel {
    /// How deep `x_m` lies in it, in metres from the nearer end; negative outside.
    fn depth_m(&self, x_m: f64) -> f64 {
        (x_m - self.from_m).min(self.to_m - x_m)
    }

    /// The share of the light outside that there is at `x_m`.
    pub(super) fn share(&self, x_m: f64) -> f64 {
        match self.depth_m(x_m) {
            outside if outside <= 0.0 => 1.0,
            depth_m => self.light + (1.0 - self.light) * libm::exp(-depth_m / DAYLIGHT_REACHES_M),
        }
    }

    /// The brightness in stops that fills the picture at `x_m`: of the tunnel, more and more of what lies behind its end.
    fn pictured_ev(&self, x_m: f64) -> f64 {
        let to_end_m = self.to_m - x_m;
        let ahead = if to_end_m > 0.0 { libm::exp(-to_end_m / END_FILLS_M) } else { 1.0 };
        let inside = if x_m < self.from_m { 1.0 } else { self.light };
        libm::log2(inside + (1.0 - inside) * ahead)
    }
}

/// The camera's adaptation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Eyes {
    pub(super) tunnel: Option<Tunnel>,
    range_m: f64,
    adapt_s: f64,
    /// The brightness that it has adapted to, in stops over the light outside.
    pub(super) adapted_ev: f64,
}

impl Eyes {
    /// A camera that has adapted to what it sees at `x_m`.
    pub(super) fn new(tunnel: Option<Tunnel>, (range_m, adapt_s): (f64, f64), x_m: f64) -> Self {
        let adapted_ev = tunnel.map_or(0.0, |tunnel| tunnel.pictured_ev(x_m));
        Self { tunnel, range_m, adapt_s, adapted_ev }
    }

    /// Adapts for one step at `x_m`.
    pub(super) fn adapt(&mut self, x_m: f64) {
        let wanted_ev = self.tunnel.map_or(0.0, |tunnel| tunnel.pictured_ev(x_m));
        let share = if self.adapt_s > 0.0 { (STEP_S / self.adapt_s).min(1.0) } else { 1.0 };
        self.adapted_ev += (wanted_ev - self.adapted_ev) * share;
    }

    /// The share of the light outside at `x_m`.
    pub(super) fn share(&self, x_m: f64) -> f64 {
        self.tunnel.map_or(1.0, |tunnel| tunnel.share(x_m))
    }

    /// How far it makes out something at `x_m` from `eye_m` (both along the road) under the light of `window`, in metres.
    pub(super) fn range_m(&self, eye_m: f64, x_m: f64, window: &Window) -> f64 {
        let stops = (libm::log2(self.share(x_m)) - self.adapted_ev).abs();
        let glare = window.sun * self.share(eye_m) * veil(window);
        self.range_m * libm::exp2(-RANGE_PER_STOP * stops) / (1.0 + glare)
    }
}

/// Veiling light of a sun of strength 1, seen along the road, in units of what halves the range.
fn veil(window: &Window) -> f64 {
    let (elevation, azimuth) = (window.elevation_deg.to_radians(), window.azimuth_deg.to_radians());
    let ahead = libm::cos(elevation) * libm::cos(azimuth);
    if ahead <= 0.0 {
        return 0.0;
    }
    let angle_deg = libm::acos(ahead.min(1.0)).to_degrees().max(MIDDLE_DEG);
    // Nothing is left of it at right angles, where the windscreen is in the shade.
    ahead * (HALVES_AT_DEG / angle_deg) * (HALVES_AT_DEG / angle_deg)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(elevation_deg: f64, azimuth_deg: f64) -> Window {
        Window { elevation_deg, azimuth_deg, sun: 1.0, sky: 0.4, exposure_ev: 0.0 }
    }

    #[test]
    fn a_low_sun_ahead_shortens_the_range_and_one_behind_does_not() {
        let eyes = Eyes::new(None, (150.0, 0.5), 0.0);
        assert_eq!(eyes.range_m(0.0, 50.0, &window(10.0, 180.0)), 150.0);
        let (low, lower) = (eyes.range_m(0.0, 50.0, &window(10.0, 0.0)), eyes.range_m(0.0, 50.0, &window(5.0, 0.0)));
        assert!((low - 75.0).abs() < 1.0 && lower < 0.4 * low, "{low} {lower}");
    }

    #[test]
    fn what_lies_behind_a_tunnels_end_is_seen_once_the_camera_has_adapted() {
        let tunnel = Tunnel { from_m: -100.0, to_m: 100.0, light: 1.0 / 64.0 };
        let mut eyes = Eyes::new(Some(tunnel), (160.0, 0.5), 0.0);
        assert!((eyes.adapted_ev + 6.0).abs() < 0.1, "{}", eyes.adapted_ev);
        let noon = window(60.0, 90.0);
        let inside = eyes.range_m(0.0, 20.0, &noon);
        let outside = eyes.range_m(0.0, 130.0, &noon);
        assert!(inside > 150.0 && (outside - 20.0).abs() < 1.5, "six stops are an eighth: {inside} {outside}");
        (0..2400).for_each(|_| eyes.adapt(120.0));
        assert!((eyes.range_m(120.0, 150.0, &noon) - 160.0).abs() < 0.1, "ten seconds later");
        assert_eq!(eyes.share(120.0), 1.0);
    }
}
