//! What weather does to light on its way: how much of it is lost, and how much comes back from the air itself.
//!
//! Extinction follows Beer and Lambert. Fog and dust say theirs themselves ([`Weather`]); rain and snow say how much falls, and
//! their extinction is that of pictures: rain 0.365 R^0.63 a kilometre (Atlas 1953, the 1.58 dB/km of ITU-R P.1814), dry snow near 1.6 S a kilometre (Koh and Lacombe
//! 1986), R and S in mm of water an hour. Single scattering only; what is scattered
//! forwards and seen all the same, wind, gusts and the splash of wheels are deliberately left out.

use core::f64::consts::PI;

use crate::world::Weather;

/// How wide a beam is where it leaves, in metres.
const APERTURE_M: f64 = 0.01;
/// Weibull's shape of the echo of very many particles.
const MOST_EVEN: f64 = 10.0;

/// A kind of particles in the air.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Haze {
    extinction_per_m: f64,
    /// Extinction over backscatter, in steradians.
    lidar_ratio_sr: f64,
    /// The size that stands for all of them, in metres.
    diameter_m: f64,
}

/// Fog: lidar ratio of water droplets 18.8 sr (O'Connor, Illingworth and Hogan 2004). Dust: 50 sr (Müller et al. 2007, Saharan).
/// Rain: drops of 2 mm, the mean by mass at 25 mm/h (Marshall and Palmer 1948). By geometrical optics a sphere of radius a sends back a²/4 a steradian of the 2 % that its front reflects
/// and of the 8 % that its rear does, focused by the front; it takes out 2πa²: 80π. Snow: flakes of 3 mm; its ratio is ours.
fn hazes(weather: &Weather) -> [Haze; 4] {
    let haze = |extinction_per_m, lidar_ratio_sr, diameter_m| Haze { extinction_per_m, lidar_ratio_sr, diameter_m };
    let [fog, dust, rain, snow] = weather.extinctions_per_m();
    [haze(fog, 18.8, 1e-5), haze(dust, 50.0, 2e-5), haze(rain, 8.0 * PI / 0.1, 2e-3), haze(snow, 20.0, 3e-3)]
}

/// Extinction of near infrared light per metre; 0 in clear air.
pub fn extinction_per_m(weather: &Weather) -> f64 {
    weather.extinctions_per_m().iter().sum()
}

/// What of a beam's energy a receiver needs; a white surface across the beam at 1 m sends back 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Needed {
    /// Anywhere.
    pub energy: f64,
    /// Of the light that arrives: nearby, where more comes back, receivers turn their gain down (sensitivity time control).
    pub reflectance: f64,
}

impl Needed {
    /// From `range_m`.
    pub fn at(&self, range_m: f64) -> f64 {
        self.energy.max(self.reflectance / (range_m * range_m))
    }
}

/// A stretch of a beam.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Gate {
    /// Chance that something is detected up to its end.
    chance: f64,
    /// The mean of its echo where there is one, how close to it echoes are, and what is needed.
    mean: f64,
    shape: f64,
    needed: f64,
}

/// What comes back from the air along a beam, gate by gate.
///
/// Where there are particles in a gate (their number is Poisson's), its echo has the mean of the lidar equation: π / lidar ratio ×
/// extinction × the gate's length of a white surface across the beam, less what is lost there and back. About it, it spreads as
/// Weibull's law: one particle's echo exponentially, that of many hardly. Of several kinds of particles the one that
/// is detected most often speaks for a gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Backscatter {
    gate_m: f64,
    gates: Vec<Gate>,
}

impl Backscatter {
    /// For a receiver that tells from `from_m` to `to_m`, resolves `gate_m`, and has beams that widen by `divergence_rad`.
    pub fn new(weather: &Weather, [from_m, to_m]: [f64; 2], gate_m: f64, divergence_rad: f64, needed: Needed) -> Self {
        let hazes = hazes(weather);
        let loss = extinction_per_m(weather);
        let mut gates: Vec<Gate> = Vec::new();
        let mut none = 1.0;
        let count = if loss > 0.0 { (to_m / gate_m) as usize } else { 0 };
        for gate in 0..count {
            let range_m = (gate as f64 + 0.5) * gate_m;
            let wide = APERTURE_M + divergence_rad * range_m;
            let volume = 0.25 * PI * wide * wide * gate_m;
            let way = libm::exp(-2.0 * loss * range_m) / (range_m * range_m);
            let needed = needed.at(range_m);
            let mut spoken = (0.0, Gate { chance: 0.0, mean: 0.0, shape: 1.0, needed });
            for haze in hazes.iter().filter(|haze| haze.extinction_per_m > 0.0 && range_m >= from_m) {
                // A particle takes twice its cross-section out of the beam.
                let particles = haze.extinction_per_m / (0.5 * PI * haze.diameter_m * haze.diameter_m) * volume;
                let any = -libm::expm1(-particles);
                let mean = PI * haze.extinction_per_m * gate_m / haze.lidar_ratio_sr * way / any;
                let shape = (particles / any).min(MOST_EVEN);
                let seen = any * libm::exp(-libm::pow(needed / mean, shape));
                if seen > spoken.0 {
                    spoken = (seen, Gate { mean, shape, ..spoken.1 });
                }
            }
            none *= 1.0 - spoken.0;
            gates.push(Gate { chance: 1.0 - none, ..spoken.1 });
        }
        // Far gates add nothing.
        let last = gates.iter().position(|gate| gate.chance >= 1.0 - none).map_or(0, |at| at + 1);
        gates.truncate(last);
        Self { gate_m, gates }
    }

    /// Chance that something is detected before `range_m`.
    pub fn chance(&self, range_m: f64) -> f64 {
        let whole = (range_m / self.gate_m) as usize;
        whole.min(self.gates.len()).checked_sub(1).and_then(|at| self.gates.get(at)).map_or(0.0, |gate| gate.chance)
    }

    /// The first echo before `range_m`, where there is one: its range and its energy. It is told by three uniform numbers.
    pub fn echo(&self, range_m: f64, [which, along, strong]: [f64; 3]) -> Option<(f64, f64)> {
        if which >= self.chance(range_m) {
            return None;
        }
        let at = self.gates.partition_point(|gate| gate.chance <= which);
        let gate = self.gates.get(at)?;
        // What exceeds the threshold spreads on as the whole does.
        let over = libm::pow(gate.needed / gate.mean, gate.shape) - libm::log(strong);
        Some(((at as f64 + along) * self.gate_m, gate.mean * libm::pow(over, 1.0 / gate.shape)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    #[test]
    fn extinction_is_that_of_the_tables() {
        let dry = Weather::default();
        assert_eq!(extinction_per_m(&dry), 0.0);
        // 25 mm/h: 0.365 · 25^0.63 a kilometre, which ITU-R has as 1.58 · 25^0.63 = 12.00 dB/km.
        let rain = extinction_per_m(&Weather { rain_mm_h: 25.0, ..dry });
        let decibels_per_km = rain * 1e4 / core::f64::consts::LN_10;
        assert!((decibels_per_km / 12.00 - 1.0).abs() < 0.01, "{decibels_per_km}");
        let snow = extinction_per_m(&Weather { snow_mm_h: 1.0, ..dry });
        assert!((snow - 1.6e-3).abs() < 1e-9, "{snow}");
        let all = Weather { fog_per_m: 0.03, dust_per_m: 0.01, rain_mm_h: 25.0, snow_mm_h: 1.0, ..dry };
        assert!((extinction_per_m(&all) - 0.04 - rain - snow).abs() < 1e-8);
    }

    #[test]
    fn the_air_gives_echoes_as_often_as_its_chance_says_and_near_the_sensor() {
        let rain = Weather { rain_mm_h: 25.0, ..Weather::default() };
        let needed = Needed { energy: 0.1 / (80.0 * 80.0), reflectance: 0.003 };
        let air = Backscatter::new(&rain, [0.5, 100.0], 0.75, 0.001, needed);
        let mut stream = StreamKey::new(3, "air").stream("echoes", 0);
        let mut ranges = Vec::new();
        for _ in 0..400_000 {
            let unit = [0; 3].map(|_| stream.next_unit());
            let Some((range_m, energy)) = air.echo(60.0, unit) else { continue };
            let nearest = needed.at(libm::floor(range_m / 0.75) * 0.75 + 0.75);
            assert!(range_m < 60.0 && energy >= nearest, "{energy} at {range_m} m");
            ranges.push(range_m);
        }
        let share = ranges.len() as f64 / 400_000.0;
        assert!((share / air.chance(60.0) - 1.0).abs() < 0.15, "{share} {}", air.chance(60.0));
        assert!((0.000_2..0.1).contains(&share), "some in a thousand: {share}");
        ranges.sort_by(f64::total_cmp);
        assert!(ranges[ranges.len() / 2] < 12.0, "median {}", ranges[ranges.len() / 2]);
        let chance = |rain_mm_h: f32, range_m: f64| {
            Backscatter::new(&Weather { rain_mm_h, ..rain }, [0.5, 100.0], 0.75, 0.001, needed).chance(range_m)
        };
        assert!(chance(5.0, 60.0) < chance(25.0, 60.0) && chance(25.0, 5.0) < chance(25.0, 60.0));
        assert_eq!(chance(0.0, 60.0), 0.0, "dry air gives nothing back");
        let dense = Weather { fog_per_m: 0.08, ..Weather::default() };
        let fog = Backscatter::new(&dense, [0.5, 100.0], 0.75, 0.001, needed);
        assert!(fog.chance(20.0) > 0.99, "dense fog always answers: {}", fog.chance(20.0));
        let thin = Backscatter::new(&Weather { fog_per_m: 0.01, ..dense }, [0.5, 100.0], 0.75, 0.001, needed);
        assert!(thin.chance(100.0) < 1e-3, "thin fog never does: {}", thin.chance(100.0));
    }
}
