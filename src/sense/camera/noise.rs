//! What a chip adds to light: shot noise, read noise, dark current, the pixels' own gains and offsets, hot pixels, full well,
//! and the converter's steps.
//!
//! Light is counted in electrons: exposed linear light of √2 fills the well at ISO 100, and each doubling of the speed halves
//! what fills the converter. Photons and dark electrons are Poisson, read noise is Gaussian (European Machine Vision
//! Association, EMVA 1288, release 4.0, section 2): over pictures, the variance of a pixel in electrons is its mean plus the
//! square of the read noise plus a twelfth of the converter's step squared. Every pixel has three wells, or behind a colour filter
//! array ([`crate::base::bayer`]) one. Row noise and random telegraph noise are deliberately left out. The black level is
//! taken off after the converter, so that noise below black is kept until the tone curve.

use rayon::prelude::*;

use super::exposure::HEADROOM;
use crate::base::bayer::{Array, Sites};
use crate::base::special::normal_quantile;
use crate::base::{Linear, Purpose, Stream, StreamKey};
use crate::world::sensor_model::Noise;

/// Means up to which a Poisson number is counted out; above, it is a rounded, skewed Gaussian whose error is below 1 % of the
/// standard deviation.
const COUNTED: f64 = 60.0;

/// A chip at a speed and an exposure time.
#[derive(Clone, Copy, Debug)]
pub struct Chip {
    noise: Noise<f64>,
    time_s: f64,
    /// Electrons that exposed linear light of 1 makes.
    electrons: f64,
    /// Electrons that fill the converter.
    full_e: f64,
    /// Steps of the converter.
    steps: f64,
    fixed: Purpose,
}

impl Chip {
    /// The chip with these numbers at a speed and an exposure time in seconds.
    pub fn new(noise: &Noise<f64>, iso: f64, time_s: f64) -> Self {
        let full_e = noise.full_well_e * 100.0 / iso;
        // A camera is the same in every study.
        let fixed = StreamKey::new(noise.serial as u64, "camera").purpose("fixed pattern");
        let steps = libm::exp2(libm::round(noise.bits)) - 1.0;
        Self { noise: *noise, time_s, electrons: full_e / HEADROOM, full_e, steps, fixed }
    }

    /// Electrons that exposed linear light of 1 makes.
    pub fn electrons(&self) -> f64 {
        self.electrons
    }

    /// One step of the converter in electrons.
    pub fn step_e(&self) -> f64 {
        self.full_e / self.steps
    }

    /// What the chip makes of exposed linear light, in the same unit. `moment` names the picture: one purpose a frame; each
    /// pixel has its own stream in it, so that no order matters.
    pub fn read(&self, picture: &mut Linear, moment: &Purpose) {
        picture.pixels.par_iter_mut().enumerate().for_each(|(at, pixel)| {
            let mut chance = moment.stream(at as u64);
            let own = self.pattern(at as u64);
            for (channel, (gain, offset_e, dark_e)) in pixel.iter_mut().zip(own) {
                let light_e = f64::from(channel.max(0.0)) * self.electrons * gain;
                *channel = (self.read_one(light_e + dark_e, offset_e, &mut chance) / self.electrons) as f32;
            }
        });
    }

    /// What the chip makes of exposed linear light behind a colour filter array: one well a photosite, otherwise as [`Self::read`].
    pub fn read_sites(&self, picture: &Linear, array: &Array, moment: &Purpose) -> Sites {
        let mut sites = array.sites(picture);
        let columns = picture.width.max(1) as usize;
        sites.values.par_iter_mut().enumerate().for_each(|(at, value)| {
            let mut chance = moment.stream(at as u64);
            let colour = array.colour(at % columns, at / columns);
            let (gain, offset_e, dark_e) = self.pattern(at as u64)[colour];
            let light_e = f64::from(value.max(0.0)) * self.electrons * gain;
            *value = (self.read_one(light_e + dark_e, offset_e, &mut chance) / self.electrons) as f32;
        });
        sites
    }

    /// Gain, offset in electrons and dark electrons of each channel of a pixel, the same in every picture.
    fn pattern(&self, pixel: u64) -> [(f64, f64, f64); 3] {
        let Noise { prnu, offset_e, hot_share, hot_e_s, dark_e_s, .. } = self.noise;
        let dark_e = dark_e_s * self.time_s;
        if prnu == 0.0 && offset_e == 0.0 && hot_share == 0.0 {
            return [(1.0, 0.0, dark_e); 3];
        }
        let mut own = self.fixed.stream(pixel);
        [0, 1, 2].map(|_channel| {
            let (gain, offset) = (normal_quantile(own.next_unit()), normal_quantile(own.next_unit()));
            let hot_e = if own.next_unit() < hot_share { hot_e_s * self.time_s } else { 0.0 };
            ((1.0 + prnu * gain).max(0.0), offset_e * offset, dark_e + hot_e)
        })
    }

    fn read_one(&self, mean_e: f64, offset_e: f64, chance: &mut Stream) -> f64 {
        // Two numbers each, whatever the light, so that pixels stay in step.
        let (shot, read) = (chance.next_unit(), chance.next_unit());
        let well_e = poisson(mean_e, shot).min(self.noise.full_well_e);
        let read_e = well_e + offset_e + self.noise.read_e * normal_quantile(read);
        let step_e = self.step_e();
        libm::round(read_e / step_e).min(self.steps) * step_e
    }
}

/// The Poisson number of this mean at the probability `unit`.
fn poisson(mean: f64, unit: f64) -> f64 {
    if mean.is_nan() || mean <= 0.0 {
        return 0.0;
    }
    if mean > COUNTED {
        // Cornish and Fisher's expansion to the skewness.
        let z = normal_quantile(unit);
        return libm::round(mean + libm::sqrt(mean) * z + (z * z - 1.0) / 6.0).max(0.0);
    }
    let (mut count, mut share) = (0.0, libm::exp(-mean));
    let mut below = share;
    // The tail beyond mean + 20 sqrt(mean) + 40 is less than any unit can tell.
    while unit > below && count < mean + 20.0 * libm::sqrt(mean) + 40.0 {
        count += 1.0;
        share *= mean / count;
        below += share;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(level: f64) -> Linear {
        Linear { width: 200, height: 200, pixels: vec![[level as f32; 3]; 40_000] }
    }

    fn moment(frame: u64) -> Purpose {
        StreamKey::new(5, "f").purpose(&format!("camera {frame}"))
    }

    /// Mean and variance in electrons of what `chip` makes of even light.
    fn told(chip: &Chip, level: f64) -> (f64, f64) {
        let mut picture = flat(level);
        chip.read(&mut picture, &moment(1));
        let all: Vec<f64> = picture.pixels.iter().flatten().map(|c| f64::from(*c) * chip.electrons()).collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        (mean, all.iter().map(|e| (e - mean) * (e - mean)).sum::<f64>() / all.len() as f64)
    }

    #[test]
    fn variance_against_mean_is_the_straight_line_of_the_parameters() {
        let noise = Noise { full_well_e: 8000.0, read_e: 12.0, bits: 12.0, ..Noise::<f64>::default() };
        for iso in [100.0, 400.0] {
            let chip = Chip::new(&noise, iso, 0.01);
            let points: Vec<(f64, f64)> = (1..=16).map(|at| told(&chip, 0.07 * f64::from(at))).collect();
            // Weighted by the inverse square of the variance, which is what a variance is known by.
            let sums = points.iter().fold([0.0; 5], |[s, x, y, xx, xy], (mean, variance)| {
                let w = 1.0 / (variance * variance);
                [s + w, x + w * mean, y + w * variance, xx + w * mean * mean, xy + w * mean * variance]
            });
            let [s, x, y, xx, xy] = sums;
            let slope = (s * xy - x * y) / (s * xx - x * x);
            let intercept = (y - slope * x) / s;
            let wanted = 12.0 * 12.0 + chip.step_e() * chip.step_e() / 12.0;
            println!("ISO {iso}: slope {slope:.4} (1 wanted), intercept {intercept:.1} ({wanted:.1} wanted)");
            assert!((slope - 1.0).abs() < 0.01, "slope {slope}");
            assert!((intercept - wanted).abs() < 12.0, "intercept {intercept}, not {wanted}");
            for (mean, variance) in points {
                assert!((variance / (mean + wanted) - 1.0).abs() < 0.03, "{mean} electrons: variance {variance}");
            }
        }
    }

    #[test]
    fn behind_colour_filters_every_photosite_has_its_own_light_and_its_noise() {
        let noise = Noise { full_well_e: 8000.0, read_e: 12.0, bits: 12.0, ..Noise::<f64>::default() };
        let (chip, levels) = (Chip::new(&noise, 100.0, 0.01), [0.15_f32, 0.5, 0.9]);
        let light = Linear { width: 400, height: 400, pixels: vec![levels; 160_000] };
        for pattern in 0..4 {
            let array = Array::new(pattern, false);
            let sites = chip.read_sites(&light, &array, &moment(2));
            for (colour, level) in levels.into_iter().enumerate() {
                let own = |at: &usize| array.colour(at % 400, at / 400) == colour;
                let all: Vec<f64> =
                    (0..160_000).filter(own).map(|at| f64::from(sites.values[at]) * chip.electrons()).collect();
                let mean = all.iter().sum::<f64>() / all.len() as f64;
                let variance = all.iter().map(|e| (e - mean) * (e - mean)).sum::<f64>() / all.len() as f64;
                let light_e = f64::from(level) * chip.electrons();
                let wanted = light_e + 12.0 * 12.0 + chip.step_e() * chip.step_e() / 12.0;
                // Five standard deviations of a mean, and of a variance, of so many.
                let count = all.len() as f64;
                assert!((mean - light_e).abs() < 5.0 * (wanted / count).sqrt(), "{colour}: mean {mean}, not {light_e}");
                assert!((variance / wanted - 1.0).abs() < 5.0 * (2.0 / count).sqrt(), "{colour}: variance {variance}");
            }
        }
    }

    #[test]
    fn poisson_numbers_have_their_mean_and_variance_across_the_change_of_method() {
        let purpose = StreamKey::new(2, "f").purpose("p");
        for mean in [0.05, 1.0, 20.0, 59.0, 61.0, 500.0] {
            let n = 60_000;
            let all: Vec<f64> = (0..n).map(|at| poisson(mean, purpose.unit(at, 0))).collect();
            let average = all.iter().sum::<f64>() / n as f64;
            let variance = all.iter().map(|k| (k - mean) * (k - mean)).sum::<f64>() / n as f64;
            assert!((average - mean).abs() < 5.0 * libm::sqrt(mean / n as f64), "{mean}: mean {average}");
            assert!((variance / mean - 1.0).abs() < 0.03 + 0.02 / mean, "{mean}: variance {variance}");
        }
        assert_eq!(poisson(0.0, 0.5), 0.0);
    }

    #[test]
    fn dark_current_and_hot_pixels_come_with_time_and_stay_where_they_are() {
        let noise = Noise {
            read_e: 0.0,
            bits: 16.0,
            dark_e_s: 300.0,
            hot_share: 0.01,
            hot_e_s: 9e4,
            ..Noise::<f64>::default()
        };
        let of = |time_s: f64, frame: u64| {
            let mut picture = flat(0.0);
            let chip = Chip::new(&noise, 100.0, time_s);
            chip.read(&mut picture, &moment(frame));
            picture.pixels.iter().map(|p| f64::from(p[0]) * chip.electrons()).collect::<Vec<f64>>()
        };
        let (short, long, again) = (of(0.01, 1), of(0.1, 1), of(0.1, 2));
        let typical = |all: &[f64]| {
            let mut all = all.to_vec();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        assert!((typical(&short) - 3.0).abs() < 1.1 && (typical(&long) - 30.0).abs() < 1.1, "300 e a second");
        let hot = |all: &[f64]| -> Vec<usize> { (0..all.len()).filter(|at| all[*at] > 1000.0).collect() };
        assert!((hot(&long).len() as f64 / 40_000.0 - 0.01).abs() < 0.002, "{} hot pixels", hot(&long).len());
        assert_eq!(hot(&long), hot(&again), "the same ones in every picture");
        assert_ne!(long, again, "but not the same noise");
        assert_eq!(long, of(0.1, 1), "the same picture again");
    }

    #[test]
    fn wells_fill_and_converters_have_steps() {
        let noise = Noise { bits: 3.0, read_e: 0.0, ..Noise::<f64>::default() };
        let chip = Chip::new(&noise, 100.0, 0.01);
        let mut picture = flat(5.0);
        chip.read(&mut picture, &moment(0));
        let full = HEADROOM as f32;
        assert!(
            picture.pixels.iter().flatten().all(|channel| (channel - full).abs() < 1e-5),
            "full at half a stop over white"
        );
        let mut picture = flat(0.5);
        chip.read(&mut picture, &moment(0));
        let steps: std::collections::BTreeSet<u32> =
            picture.pixels.iter().flatten().map(|c| (c / full * 7.0).round() as u32).collect();
        assert!(steps.len() <= 2 && steps.contains(&2), "{steps:?}");
    }
}
