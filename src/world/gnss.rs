//! What a satellite receiver tells: where its antenna was a little while ago, and how fast it went, with errors of two kinds.
//!
//! White noise, new at every fix, and a slow error of first order (Gauss and Markov) that stands for clocks, orbits and
//! the atmosphere. Twelve satellites stand still, evenly over the sky above the mask; each whose line of sight meets a collider
//! of the physics that is not the antenna's own body is lost, and with fewer than four there is no fix: the last position stays. What is
//! only seen, such as leaves, covers nothing.
//!
//! The stage's frame is the local tangent plane at its origin. Latitude, longitude and height are those of WGS 84, by way of Earth-centred
//! coordinates, back by Bowring's formula (Survey Review 23, 1976). Left out: geometry of the satellites in the errors (dilution of
//! precision), reflected signals, cycle slips, the turning of the Earth.

use std::collections::VecDeque;

use glam::DVec3;
use rapier3d_f64::parry::query::Ray;
use rapier3d_f64::prelude as rp;

use super::imu::{is_due, normal};
use super::physics::STEP_S;
use crate::base::{Stream, StreamKey};

/// What is told: position in the stage's frame, on the Earth, velocity in the stage's frame, satellites, whether there is a fix, age.
pub(super) const TOLD: [(&str, &str); 12] = [
    ("x_m", "m"),
    ("y_m", "m"),
    ("z_m", "m"),
    ("latitude_deg", "deg"),
    ("longitude_deg", "deg"),
    ("height_m", "m"),
    ("vx_m_s", "m/s"),
    ("vy_m_s", "m/s"),
    ("vz_m_s", "m/s"),
    ("satellites", ""),
    ("fix", ""),
    ("age_s", "s"),
];

const SATELLITES: usize = 12;
const NEEDED: usize = 4;
/// What is farther covers nothing, in metres.
const COVER_M: f64 = 1000.0;

/// WGS 84: half the axis at the equator in metres, and the square of the first eccentricity.
const AXIS_M: f64 = 6_378_137.0;
const ECCENTRIC2: f64 = 6.694_379_990_141_316e-3;

/// Where a stage lies on the Earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Origin {
    latitude_rad: f64,
    longitude_rad: f64,
    height_m: f64,
    /// Where x points: from north by east.
    heading_rad: f64,
}

/// Radius of curvature across the meridian in metres.
fn across_m(latitude_rad: f64) -> f64 {
    let sin = libm::sin(latitude_rad);
    AXIS_M / libm::sqrt(1.0 - ECCENTRIC2 * sin * sin)
}

fn earth_centred(latitude_rad: f64, longitude_rad: f64, height_m: f64) -> DVec3 {
    let ((sin_b, cos_b), (sin_l, cos_l)) = (libm::sincos(latitude_rad), libm::sincos(longitude_rad));
    let across = across_m(latitude_rad);
    let level = (across + height_m) * cos_b;
    DVec3::new(level * cos_l, level * sin_l, (across * (1.0 - ECCENTRIC2) + height_m) * sin_b)
}

impl Origin {
    /// Latitude and longitude in degrees and height in metres of the point `at` of the stage.
    pub(super) fn on_earth(&self, at: DVec3) -> [f64; 3] {
        let (sin_h, cos_h) = libm::sincos(self.heading_rad);
        // x points along the heading, y to its left.
        let (east, north) = (at.x * sin_h - at.y * cos_h, at.x * cos_h + at.y * sin_h);
        let ((sin_b, cos_b), (sin_l, cos_l)) = (libm::sincos(self.latitude_rad), libm::sincos(self.longitude_rad));
        let to_east = DVec3::new(-sin_l, cos_l, 0.0);
        let to_north = DVec3::new(-sin_b * cos_l, -sin_b * sin_l, cos_b);
        let up = DVec3::new(cos_b * cos_l, cos_b * sin_l, sin_b);
        let origin = earth_centred(self.latitude_rad, self.longitude_rad, self.height_m);
        let there = origin + to_east * east + to_north * north + up * at.z;
        let level = libm::hypot(there.x, there.y);
        let polar = AXIS_M * libm::sqrt(1.0 - ECCENTRIC2);
        let (sin_u, cos_u) = libm::sincos(libm::atan2(there.z * AXIS_M, level * polar));
        let second2 = ECCENTRIC2 / (1.0 - ECCENTRIC2);
        let latitude = libm::atan2(
            there.z + second2 * polar * sin_u * sin_u * sin_u,
            level - ECCENTRIC2 * AXIS_M * cos_u * cos_u * cos_u,
        );
        let (sin, cos) = libm::sincos(latitude);
        let height = level * cos + there.z * sin - AXIS_M * libm::sqrt(1.0 - ECCENTRIC2 * sin * sin);
        [latitude.to_degrees(), libm::atan2(there.y, there.x).to_degrees(), height]
    }
}

/// A fix on its way.
#[derive(Debug)]
struct Fix {
    time_s: f64,
    told: [f64; 11],
}

/// A receiver on its body.
#[derive(Debug)]
pub(super) struct Gnss {
    rate_hz: f64,
    latency_s: f64,
    noise: DVec3,
    drift: DVec3,
    /// What of the slow error is left after a fix's time.
    keeps: f64,
    speed_noise: f64,
    origin: Origin,
    satellites: Vec<DVec3>,
    chance: Stream,
    /// The slow error now.
    off: DVec3,
    waiting: VecDeque<Fix>,
    now: Fix,
    /// When the last fix was.
    fixed_s: f64,
}

impl Gnss {
    /// With the numbers of a family in the order of its file; `key` is its noise's.
    pub(super) fn new(numbers: &[f64], key: &StreamKey) -> Self {
        let number = |at: usize| numbers.get(at).copied().unwrap_or(0.0);
        let level_and_up = |level: f64, up: f64| DVec3::new(level, level, up);
        let rate_hz = number(0);
        let mut sky = key.stream("satellites", 0);
        let lowest = libm::sin(number(8).to_radians());
        let satellite = |at: usize| {
            let up = lowest + (1.0 - lowest) * (at as f64 + sky.next_unit()) / SATELLITES as f64;
            let (sin, cos) = libm::sincos(core::f64::consts::TAU * sky.next_unit());
            let level = libm::sqrt(1.0 - up * up);
            DVec3::new(level * cos, level * sin, up)
        };
        let satellites = (0..SATELLITES).map(satellite).collect();
        let drift = level_and_up(number(4), number(5));
        let mut chance = key.stream("sensor noise", 0);
        let off = drift * normal(&mut chance, 1.0);
        Self {
            rate_hz,
            latency_s: number(1),
            noise: level_and_up(number(2), number(3)),
            drift,
            keeps: libm::exp(-1.0 / (rate_hz * number(6))),
            speed_noise: number(7),
            origin: Origin {
                latitude_rad: number(9).to_radians(),
                longitude_rad: number(10).to_radians(),
                height_m: number(11),
                heading_rad: number(12).to_radians(),
            },
            satellites,
            chance,
            off,
            waiting: VecDeque::new(),
            now: Fix { time_s: 0.0, told: [0.0; 11] },
            fixed_s: 0.0,
        }
    }

    /// The standard deviation of a fix along either level axis, white and slow errors together, in metres.
    pub(super) fn stated_level_m(&self) -> f64 {
        libm::hypot(self.noise.x, self.drift.x)
    }

    /// Goes on to step number `step`, at whose end the antenna is at `at` and goes at `velocity`; `sky` says whether a
    /// direction is open.
    pub(super) fn take(&mut self, step: u64, [at, velocity]: [DVec3; 2], sky: &dyn Fn(DVec3) -> bool) -> [f64; 12] {
        let time_s = step as f64 * STEP_S;
        if is_due(step, self.rate_hz) {
            let open = self.satellites.iter().filter(|direction| sky(**direction)).count();
            let fix = self.fix(time_s, [at, velocity], open);
            if step == 0 {
                // It was on before the episode began, and stood where it begins.
                self.now = fix;
            } else {
                self.waiting.push_back(fix);
            }
        }
        while let Some(fix) = self.waiting.pop_front_if(|fix| fix.time_s + self.latency_s <= time_s + 1e-9) {
            self.arrive(fix);
        }
        let mut told = [0.0; 12];
        told.iter_mut().zip(self.now.told).for_each(|(place, value)| *place = value);
        told[11] = time_s - self.fixed_s;
        told
    }

    /// What is measured at `time_s`; the errors go on where there is no fix, too.
    fn fix(&mut self, time_s: f64, [at, velocity]: [DVec3; 2], open: usize) -> Fix {
        let left = libm::sqrt(1.0 - self.keeps * self.keeps);
        if time_s > 0.0 {
            self.off = self.off * self.keeps + self.drift * normal(&mut self.chance, 1.0) * left;
        }
        let place = at + self.off + self.noise * normal(&mut self.chance, 1.0);
        let speed = velocity + normal(&mut self.chance, 1.0) * self.speed_noise;
        let [latitude, longitude, height] = self.origin.on_earth(place);
        let fix = if open >= NEEDED { 1.0 } else { 0.0 };
        let (p, v) = (place, speed);
        Fix { time_s, told: [p.x, p.y, p.z, latitude, longitude, height, v.x, v.y, v.z, open as f64, fix] }
    }

    fn arrive(&mut self, fix: Fix) {
        let [.., open, is_fix] = fix.told;
        if is_fix > 0.5 {
            self.fixed_s = fix.time_s;
            self.now = fix;
        } else {
            self.now.told[9] = open;
            self.now.told[10] = 0.0;
        }
    }
}

/// Whether no collider of `physics` but those of `own` lies in `direction` from `from`.
pub(super) fn is_open(physics: &rp::PhysicsWorld, own: rp::RigidBodyHandle, from: DVec3, direction: DVec3) -> bool {
    let ray = Ray::new(from, direction);
    physics.colliders.iter().all(|(_, collider)| {
        let covers = collider.is_enabled() && !collider.is_sensor() && collider.parent() != Some(own);
        !(covers && collider.shape().intersects_ray(collider.position(), &ray, COVER_M))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rate, latency, white and slow errors, speed, mask, origin, heading.
    const NUMBERS: [f64; 13] = [10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 30.0, 0.0, 10.0, 48.0, 11.0, 500.0, 90.0];

    fn receiver(change: impl Fn(&mut [f64; 13])) -> Gnss {
        let mut numbers = NUMBERS;
        change(&mut numbers);
        Gnss::new(&numbers, &StreamKey::new(4, "gnss"))
    }

    #[test]
    fn places_on_earth_are_those_of_the_ellipsoid() {
        let origin = |latitude: f64, heading: f64| Origin {
            latitude_rad: latitude.to_radians(),
            longitude_rad: 11.0_f64.to_radians(),
            height_m: 500.0,
            heading_rad: heading.to_radians(),
        };
        let [b, l, h] = origin(48.0, 90.0).on_earth(DVec3::ZERO);
        assert!((b - 48.0).abs() < 1e-11 && (l - 11.0).abs() < 1e-11 && (h - 500.0).abs() < 1e-6, "{b} {l} {h}");
        // A degree of latitude at 48° is 111,200.4 m long at sea level, one of longitude 74,632 m (GRS 80 tables).
        let [b, _, _] = Origin { height_m: 0.0, ..origin(48.0, 0.0) }.on_earth(DVec3::X * 100.0);
        assert!(((b - 48.0) * 111_200.4 - 100.0).abs() < 0.01, "{b}");
        let [_, l, _] = Origin { height_m: 0.0, ..origin(48.0, 90.0) }.on_earth(DVec3::X * 100.0);
        assert!(((l - 11.0) * 74_632.0 - 100.0).abs() < 0.01, "{l}");
        // y is to the left of x: north where x points east.
        assert!(origin(48.0, 90.0).on_earth(DVec3::Y * 50.0)[0] > 48.0);
        // Straight on for 5 km the tangent plane leaves the ellipsoid by about d² / 2R.
        let [_, _, h] = origin(48.0, 90.0).on_earth(DVec3::X * 5000.0);
        assert!((h - 500.0 - 25e6 / (2.0 * (across_m(48.0_f64.to_radians()) + 500.0))).abs() < 1e-3, "{h}");
    }

    #[test]
    fn errors_are_white_or_slow_as_they_are_said_to_be() {
        let told = |mut gnss: Gnss, count: u64| -> Vec<f64> {
            (0..count).map(|at| gnss.take(24 * at, [DVec3::ZERO; 2], &|_| true)[0]).collect()
        };
        let correlation = |all: &[f64], lag: usize| {
            let square: f64 = all.iter().map(|one| one * one).sum();
            all.windows(lag + 1).map(|pair| pair[0] * pair[lag]).sum::<f64>() / square
        };
        let deviation = |all: &[f64]| libm::sqrt(all.iter().map(|one| one * one).sum::<f64>() / all.len() as f64);
        let white = told(receiver(|numbers| numbers[2] = 0.5), 20_000);
        assert!((deviation(&white) / 0.5 - 1.0).abs() < 0.03 && correlation(&white, 1).abs() < 0.03);
        // A time constant of 3 s is 30 fixes.
        let slow = told(receiver(|numbers| (numbers[4], numbers[6]) = (2.0, 3.0)), 200_000);
        assert!((deviation(&slow) / 2.0 - 1.0).abs() < 0.05, "{}", deviation(&slow));
        for (lag, expected) in [(15, libm::exp(-0.5)), (30, libm::exp(-1.0)), (60, libm::exp(-2.0))] {
            assert!((correlation(&slow, lag) - expected).abs() < 0.06, "{lag}: {}", correlation(&slow, lag));
        }
    }

    #[test]
    fn fixes_come_late_at_their_rate_and_stay_away_under_a_roof() {
        let mut gnss = receiver(|numbers| (numbers[0], numbers[1]) = (5.0, 0.1));
        let covered = |time_s: f64| (1.0..2.0).contains(&time_s);
        for step in 0..=720_u64 {
            let time_s = step as f64 * STEP_S;
            let at = [DVec3::X * 20.0 * time_s, DVec3::X * 20.0];
            let told = gnss.take(step, at, &|_| !covered(time_s));
            // Measured at the last fifth of a second that is a tenth of a second ago.
            let measured_s = (libm::floor((time_s - 0.1 + 1e-9) * 5.0) / 5.0).max(0.0);
            let fix = !covered(measured_s);
            let known_s = if fix { measured_s } else { 0.8 };
            assert!((told[0] - 20.0 * known_s).abs() < 1e-6, "{time_s}: {told:?} for {known_s}");
            assert_eq!((told[10] > 0.5, told[9] as usize), (fix, if fix { 12 } else { 0 }), "{time_s}");
            assert!((told[11] - (time_s - known_s)).abs() < 1e-6, "age at {time_s}: {}", told[11]);
        }
        let mut half = receiver(|_| ());
        let open = half.take(0, [DVec3::ZERO; 2], &|direction| direction.y > 0.0)[9];
        assert!((2.0..10.0).contains(&open), "half the sky: {open}");
    }
}
