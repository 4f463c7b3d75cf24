//! What an inertial unit makes of a body's movement: the mean of every reading's time, with the errors of real ones.
//!
//! A reading is (1 + scale error) × truth + bias + noise, cut where the unit saturates. Noise is white: a standard deviation a reading,
//! and a density that gives density × √rate. The bias is drawn once, and walks at random by walk × √(time since the last reading).
//! Both are those of an Allan deviation: density / √τ, and walk × √(τ / 3) (IEEE Std 952-1997, Annex C). Left out: a floor between the two
//! (flicker), axes that are not square, temperature, vibration.

use glam::DVec3;

use super::physics::PHYSICS_RATE_HZ;
use crate::base::special::normal_quantile;
use crate::base::{Stream, StreamKey};

/// The errors of three axes of one kind.
#[derive(Debug)]
struct Triad {
    /// Standard deviation of a reading.
    noise: f64,
    /// What the bias walks from one reading to the next.
    walk: f64,
    bias: DVec3,
    scale: DVec3,
    /// No more is told; 0 does not cut.
    most: f64,
    /// Sum over the steps since the last reading.
    sum: DVec3,
}

/// An inertial unit on its body.
#[derive(Debug)]
pub(super) struct Imu {
    rate_hz: f64,
    triads: [Triad; 2],
    noise: Stream,
    walk: Stream,
    /// Steps since the last reading.
    steps: u32,
    /// The velocities of the body's centre of mass and of its turning before the last step.
    pub(super) before: [DVec3; 2],
}

/// Three normal numbers of this standard deviation; where it is 0, zeros that take nothing from `stream`.
pub(super) fn normal(stream: &mut Stream, deviation: f64) -> DVec3 {
    if deviation <= 0.0 {
        return DVec3::ZERO;
    }
    let mut one = || deviation * normal_quantile(stream.next_unit());
    DVec3::new(one(), one(), one())
}

impl Imu {
    /// With the numbers of a family in the order of its file; `key` is its noise's.
    pub(super) fn new(numbers: &[f64], key: &StreamKey) -> Self {
        let number = |at: usize| numbers.get(at).copied().unwrap_or(0.0);
        let rate_hz = number(2);
        let (mut biases, mut scales) = (key.stream("sensor bias", 0), key.stream("sensor scale", 0));
        let mut triad = |kind: usize| Triad {
            noise: libm::hypot(number(kind), number(3 + kind) * libm::sqrt(rate_hz)),
            bias: normal(&mut biases, number(5 + kind)),
            walk: number(7 + kind) / libm::sqrt(rate_hz),
            scale: DVec3::ONE + normal(&mut scales, number(9 + kind)),
            most: number(11 + kind),
            sum: DVec3::ZERO,
        };
        let triads = [triad(0), triad(1)];
        let (noise, walk) = (key.stream("sensor noise", 0), key.stream("sensor walk", 0));
        Self { rate_hz, triads, noise, walk, steps: 0, before: [DVec3::ZERO; 2] }
    }

    /// Takes in the truth of step number `step`: specific force and turning rate in the unit's axes. A reading, where one is due.
    pub(super) fn take(&mut self, step: u64, truth: [DVec3; 2]) -> Option<[f64; 6]> {
        self.steps += 1;
        self.triads.iter_mut().zip(truth).for_each(|(triad, truth)| triad.sum += truth);
        if step > 0 && !is_due(step, self.rate_hz) {
            return None;
        }
        let steps = f64::from(std::mem::take(&mut self.steps));
        let [first, last] = self.triads.each_mut().map(|triad| {
            // The first reading has not walked yet.
            if step > 0 {
                triad.bias += normal(&mut self.walk, triad.walk);
            }
            let mean = std::mem::take(&mut triad.sum) / steps;
            let told = mean * triad.scale + triad.bias + normal(&mut self.noise, triad.noise);
            if triad.most > 0.0 { told.clamp(DVec3::splat(-triad.most), DVec3::splat(triad.most)) } else { told }
        });
        Some([first.x, first.y, first.z, last.x, last.y, last.z])
    }
}

/// Whether a reading falls into step `step` of a sensor that has `rate_hz` of them a second.
pub(super) fn is_due(step: u64, rate_hz: f64) -> bool {
    let count = |step: u64| libm::floor(step as f64 * (rate_hz / PHYSICS_RATE_HZ) + 1e-9);
    step == 0 || count(step) > count(step - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STILL: [DVec3; 2] = [DVec3::ZERO; 2];

    /// Readings of `steps` steps at rest.
    fn readings(numbers: &[f64; 13], steps: u64) -> Vec<[f64; 6]> {
        let mut imu = Imu::new(numbers, &StreamKey::new(1, "imu"));
        (0..steps).filter_map(|step| imu.take(step, STILL)).collect()
    }

    /// The overlapping Allan deviation of `rates` over `over` readings, `dt` apart, with its sums made once.
    fn allan(rates: &[f64], dt: f64, over: usize) -> f64 {
        let mut sums = vec![0.0];
        for rate in rates {
            sums.push(sums[sums.len() - 1] + rate * dt);
        }
        let tau = over as f64 * dt;
        let second = |at: usize| sums[at + 2 * over] - 2.0 * sums[at + over] + sums[at];
        let count = sums.len() - 2 * over;
        let square: f64 = (0..count).map(|at| second(at) * second(at)).sum();
        libm::sqrt(square / (2.0 * tau * tau * count as f64))
    }

    fn line(of: &dyn Fn(f64) -> f64, taus: &[f64]) -> f64 {
        let points: Vec<(f64, f64)> = taus.iter().map(|tau| (libm::log(*tau), libm::log(of(*tau)))).collect();
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
        let (x, y) = (mean(|one| one.0), mean(|one| one.1));
        let above: f64 = points.iter().map(|(a, b)| (a - x) * (b - y)).sum();
        above / points.iter().map(|(a, _)| (a - x) * (a - x)).sum::<f64>()
    }

    #[test]
    fn the_allan_deviation_of_white_noise_falls_and_that_of_a_walk_rises_as_they_are_said_to() {
        for rate_hz in [60.0, 240.0] {
            let mut white = [0.0; 13];
            (white[2], white[3], white[4]) = (rate_hz, 0.01, 0.002);
            let all = readings(&white, (240.0 / rate_hz) as u64 * 400_000);
            let dt = 1.0 / rate_hz;
            for (axis, density) in [(0, 0.01), (1, 0.01), (5, 0.002)] {
                let rates: Vec<f64> = all.iter().map(|one| one[axis]).collect();
                let at = |tau: f64| allan(&rates, dt, libm::round(tau / dt) as usize);
                for tau in [0.1, 1.0, 5.0] {
                    let expected = density / libm::sqrt(tau);
                    assert!(
                        (at(tau) / expected - 1.0).abs() < 0.06,
                        "{rate_hz} Hz, {tau} s: {} for {expected}",
                        at(tau)
                    );
                }
                let slope = line(&at, &[0.1, 0.3, 1.0, 3.0]);
                assert!((slope + 0.5).abs() < 0.03, "{rate_hz} Hz: slope {slope}");
            }
            let mut walks = [0.0; 13];
            (walks[2], walks[7], walks[8]) = (rate_hz, 0.003, 0.0005);
            let all = readings(&walks, (240.0 / rate_hz) as u64 * 400_000);
            for (axis, walk) in [(2, 0.003), (4, 0.0005)] {
                let rates: Vec<f64> = all.iter().map(|one| one[axis]).collect();
                let at = |tau: f64| allan(&rates, dt, libm::round(tau / dt) as usize);
                for tau in [1.0, 5.0] {
                    let expected = walk * libm::sqrt(tau / 3.0);
                    assert!(
                        (at(tau) / expected - 1.0).abs() < 0.12,
                        "{rate_hz} Hz, {tau} s: {} for {expected}",
                        at(tau)
                    );
                }
                let slope = line(&at, &[0.3, 1.0, 3.0, 10.0]);
                assert!((slope - 0.5).abs() < 0.06, "{rate_hz} Hz: slope {slope}");
            }
        }
    }

    #[test]
    fn readings_come_at_their_rate_and_are_means() {
        let mut slow = [0.0; 13];
        slow[2] = 100.0;
        let mut imu = Imu::new(&slow, &StreamKey::new(1, "imu"));
        let truth = |step: u64| [DVec3::X * step as f64, DVec3::ZERO];
        let told: Vec<(u64, f64)> =
            (0..=240).filter_map(|step| imu.take(step, truth(step)).map(|told| (step, told[0]))).collect();
        assert_eq!(told.len(), 101, "100 in a second and the one at its begin");
        for pair in told.windows(2) {
            let ([(from, _), (to, mean)], count) = ([pair[0], pair[1]], pair[1].0 - pair[0].0);
            let expected = (from + 1..=to).sum::<u64>() as f64 / count as f64;
            assert!((2..=3).contains(&count) && (mean - expected).abs() < 1e-12, "{pair:?}");
        }
    }

    #[test]
    fn biases_scales_and_the_end_of_the_range_are_kept() {
        let mut numbers = [0.0; 13];
        (numbers[2], numbers[5], numbers[9], numbers[11]) = (240.0, 0.2, 0.05, 12.0);
        let told = |seed: u64, force: f64| {
            let mut imu = Imu::new(&numbers, &StreamKey::new(seed, "imu"));
            (0..3).filter_map(|step| imu.take(step, [DVec3::splat(force), DVec3::ONE])).collect::<Vec<_>>()
        };
        let deviation = |all: &[f64]| libm::sqrt(all.iter().map(|one| one * one).sum::<f64>() / all.len() as f64);
        let at_rest: Vec<f64> = (0..400).map(|seed| told(seed, 0.0)[0][1]).collect();
        assert!((deviation(&at_rest) / 0.2 - 1.0).abs() < 0.1, "{}", deviation(&at_rest));
        let gains: Vec<f64> =
            (0..400).map(|seed| (told(seed, 8.0)[2][1] - told(seed, 0.0)[2][1]) / 8.0 - 1.0).collect();
        assert!((deviation(&gains) / 0.05 - 1.0).abs() < 0.1, "{}", deviation(&gains));
        let [first, .., last] = told(3, 4.0)[..] else { panic!("three readings") };
        assert_eq!((first, first[3]), (last, 1.0), "it is off by the same all along, the turning rate not at all");
        assert_eq!(told(3, 100.0)[0][..3], [12.0; 3]);
        assert_eq!(told(3, -100.0)[0][..3], [-12.0; 3]);
    }
}
