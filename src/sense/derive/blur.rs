//! The blur controls: a picture without its detail, as Cosmos Transfer blurs (a Gaussian or a bilateral filter, then down and
//! up again).
//!
//! Cosmos draws one of the two kinds by chance while it learns; here they are two controls. Resampling is `OpenCV`'s `INTER_CUBIC`, also when
//! it shrinks (no averaging), to within one level of 255.

use super::bilateral::{Bilateral, bilateral};
use super::{Kind, Preset};
use crate::base::Rgb;

/// Cosmos' Gaussian: standard deviation and half width in pixels of a picture whose longer side has so many.
const SIGMA_PX: f64 = 12.5;
const REACH_PX: f64 = 12.0;
const LONGER_PX: f64 = 720.0;
/// Cosmos' bilateral filter: its width in pixels of such a picture, and its standard deviations there.
const ACROSS_PX: f64 = 30.0;
const COLOUR_LEVELS: f64 = 150.0;
const SPACE_PX: f64 = 100.0;
/// The constant of `OpenCV`'s cubic convolution (Keys 1981 has −0.5).
const CUBIC: f64 = -0.75;

/// `image` blurred as strongly as `preset` says. Lengths go with the picture's longer side; colours do not.
pub fn blurred(image: &Rgb, kind: Kind, preset: Preset) -> Rgb {
    let [before, after] = match preset {
        Preset::VeryLow => [1, 4],
        Preset::Low => [4, 4],
        Preset::Medium => [2, 10],
        Preset::High => [1, 16],
        Preset::VeryHigh => [4, 16],
    };
    let smaller = |by: u32| [(image.width / by).max(1), (image.height / by).max(1)];
    let small = resampled(image, smaller(before));
    let scale = f64::from(small.width.max(small.height)) / LONGER_PX;
    let soft = match kind {
        Kind::Gaussian => smoothed(&small, SIGMA_PX * scale, libm::round(REACH_PX * scale).max(1.0) as usize),
        Kind::Bilateral => {
            let reach_px = (libm::floor(libm::round(ACROSS_PX * scale) / 2.0) as usize).max(1);
            bilateral(&small, &Bilateral { reach_px, colour_levels: COLOUR_LEVELS, space_px: SPACE_PX * scale })
        }
    };
    resampled(&resampled(&soft, smaller(after)), [image.width, image.height])
}

/// `image` under a Gaussian of standard deviation `sigma_px`, cut off `reach_px` from its middle; beyond the picture's edge it is
/// mirrored without repeating the edge, as `OpenCV` does.
pub fn smoothed(image: &Rgb, sigma_px: f64, reach_px: usize) -> Rgb {
    let reach = reach_px as i64;
    let weight = |at: i64| libm::exp(-0.5 * (at as f64 / sigma_px) * (at as f64 / sigma_px));
    let total: f64 = (-reach..=reach).map(weight).sum();
    let weights: Vec<f64> = (-reach..=reach).map(|at| weight(at) / total).collect();
    let (width, height) = (image.width as usize, image.height as usize);
    let pass = |values: &[f64], length: usize, place: &dyn Fn(usize, usize) -> usize, lines: usize| {
        let mut out = vec![0.0; values.len()];
        for line in 0..lines {
            for at in 0..length {
                for channel in 0..3 {
                    let sum = weights.iter().enumerate().map(|(tap, weight)| {
                        let near = mirrored(at as i64 + tap as i64 - reach, length as i64);
                        weight * values[3 * place(line, near) + channel]
                    });
                    out[3 * place(line, at) + channel] = sum.sum();
                }
            }
        }
        out
    };
    let values: Vec<f64> = image.bytes.iter().map(|byte| f64::from(*byte)).collect();
    let across = pass(&values, width, &|line, at| line * width + at, height);
    let both = pass(&across, height, &|line, at| at * width + line, width);
    let bytes = both.iter().map(|value| level(*value)).collect();
    Rgb { width: image.width, height: image.height, bytes }
}

/// The place within `length` that `at` is mirrored to at the first and the last.
pub(super) fn mirrored(at: i64, length: i64) -> usize {
    if length <= 1 {
        return 0;
    }
    let turn = at.rem_euclid(2 * (length - 1));
    turn.min(2 * (length - 1) - turn) as usize
}

/// `image` at another size by cubic convolution of 4 × 4 pixels.
pub(super) fn resampled(image: &Rgb, [width, height]: [u32; 2]) -> Rgb {
    if [width, height] == [image.width, image.height] {
        return image.clone();
    }
    let (columns, rows) = (taps(image.width, width), taps(image.height, height));
    let mut bytes = Vec::with_capacity(3 * width as usize * height as usize);
    for (ys, y_weights) in &rows {
        for (xs, x_weights) in &columns {
            for channel in 0..3 {
                let mut sum = 0.0;
                for (y, y_weight) in ys.iter().zip(y_weights) {
                    for (x, x_weight) in xs.iter().zip(x_weights) {
                        let at = (y * image.width as usize + x) * 3 + channel;
                        sum += y_weight * x_weight * f64::from(image.bytes[at]);
                    }
                }
                bytes.push(level(sum));
            }
        }
    }
    Rgb { width, height, bytes }
}

/// For each of `to` cells: which four of `from` it is made of, and how much of each.
fn taps(from: u32, to: u32) -> Vec<([usize; 4], [f64; 4])> {
    let scale = f64::from(from) / f64::from(to);
    let of = |cell: u32| {
        let at = (f64::from(cell) + 0.5) * scale - 0.5;
        let first = libm::floor(at);
        let part = at - first;
        let near = |x: f64| ((CUBIC + 2.0) * x - (CUBIC + 3.0)) * x * x + 1.0;
        let far = |x: f64| ((CUBIC * x - 5.0 * CUBIC) * x + 8.0 * CUBIC) * x - 4.0 * CUBIC;
        let weights = [far(part + 1.0), near(part), near(1.0 - part), far(2.0 - part)];
        let place = |offset: i64| (first as i64 + offset).clamp(0, i64::from(from) - 1) as usize;
        ([place(-1), place(0), place(1), place(2)], weights)
    };
    (0..to).map(of).collect()
}

/// A level of 0 to 255, rounded to the nearest.
pub(super) fn level(value: f64) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
}
