//! Bicubic resizing with antialiasing, as the tools do it that features are known from.
//!
//! Features notice how a picture was shrunk: Parmar et al., "On Aliased Resizing and Surprising Subtleties in GAN Evaluation"
//! (CVPR 2022) found that resizing without a filter as wide as the step moves distances more than many a change of generator. So
//! this is the filter of the usual tools: Keys' cubic with a = −1/2, widened by the scale when shrinking, columns first
//! and then rows, each rounded to 8 bits, in whole numbers of 22 bits after the point. The same bytes on every machine.
//! Deliberately not [`Rgb::resized`]: that one averages areas, which networks were not trained on.

use crate::base::Rgb;

/// Bits after the point of a weight.
const BITS: u32 = 22;

/// A rectangle of a picture, in whole pixels; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// The source pixels that one target pixel is made of.
struct Taps {
    first: usize,
    weights: Vec<i64>,
}

/// `area` of `image` at `width` x `height`; what lies outside the area counts for nothing.
pub(super) fn resized(image: &Rgb, area: Area, width: u32, height: u32) -> Rgb {
    let across = taps(area.width, width);
    let down = taps(area.height, height);
    let stride = image.width as usize * 3;
    let rows = area.height as usize;
    let mut narrow = vec![0_u8; rows * across.len() * 3];
    for (row, out) in narrow.chunks_exact_mut(across.len() * 3).enumerate() {
        let from = (area.top as usize + row) * stride + area.left as usize * 3;
        let source = &image.bytes[from..from + area.width as usize * 3];
        for (taps, pixel) in across.iter().zip(out.as_chunks_mut::<3>().0) {
            let mut sums = [1_i64 << (BITS - 1); 3];
            for (weight, colour) in taps.weights.iter().zip(source[taps.first * 3..].as_chunks::<3>().0) {
                for (sum, code) in sums.iter_mut().zip(colour) {
                    *sum += weight * i64::from(*code);
                }
            }
            *pixel = sums.map(code);
        }
    }
    let stride = across.len() * 3;
    let mut out = Rgb::black(width, height);
    for (taps, row) in down.iter().zip(out.bytes.chunks_exact_mut(stride)) {
        let mut sums = vec![1_i64 << (BITS - 1); stride];
        for (weight, source) in taps.weights.iter().zip(narrow[taps.first * stride..].chunks_exact(stride)) {
            for (sum, code) in sums.iter_mut().zip(source) {
                *sum += weight * i64::from(*code);
            }
        }
        for (byte, sum) in row.iter_mut().zip(sums) {
            *byte = code(sum);
        }
    }
    out
}

fn code(sum: i64) -> u8 {
    (sum >> BITS).clamp(0, 255) as u8
}

/// The taps of every target pixel along one side.
fn taps(length: u32, target: u32) -> Vec<Taps> {
    let scale = f64::from(length) / f64::from(target);
    let stretch = scale.max(1.0);
    let support = 2.0 * stretch;
    let of_pixel = |at: u32| {
        let centre = (f64::from(at) + 0.5) * scale;
        // Casting cuts towards zero, and what is negative becomes 0.
        let first = (centre - support + 0.5) as u32;
        let end = ((centre + support + 0.5) as u32).min(length);
        let raw: Vec<f64> = (first..end).map(|source| cubic((f64::from(source) - centre + 0.5) / stretch)).collect();
        let total: f64 = raw.iter().sum();
        let whole = |weight: &f64| (weight / total * f64::from(1_u32 << BITS)).round() as i64;
        Taps { first: first as usize, weights: raw.iter().map(whole).collect() }
    };
    (0..target).map(of_pixel).collect()
}

/// Keys' cubic convolution with a = −1/2 (IEEE Trans. ASSP 29, 1981).
fn cubic(x: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}
