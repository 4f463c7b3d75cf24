//! What is made of a row of products, eight numbers at a time on the widest instructions there are: squared distances, kernels, sums,
//! and who is near.
//!
//! Every lane does what one number alone would, in the same steps, so that the bits are the same on every machine.

#![expect(clippy::inline_always, reason = "what is not inlined is compiled for the narrowest instructions")]

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f64x8, mask64x8, u64x8};

use super::product::LANES;

/// Below this the exponential is 0 here: what is left of it has lost its digits.
const SMALLEST: f64 = -708.0;
/// 1.5 · 2⁵²: added to a number, it leaves the nearest whole number in the last bits.
const SHIFTER: f64 = 6_755_399_441_055_744.0;
/// ln 2, cut off where products with whole numbers up to 2¹¹ are exact (Cody and Waite 1980), and what is cut off.
const LN_2: [f64; 2] = [f64::from_bits(0x3FE6_2E42_FEE0_0000), f64::from_bits(0x3DEA_39EF_3579_3C76)];
/// 1 / n! from the second on; the first that is left out is 4 · 10⁻¹⁸ of the value.
const FACTORIALS: [f64; 12] = [
    1.0 / 2.0,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
    1.0 / 3_628_800.0,
    1.0 / 39_916_800.0,
    1.0 / 479_001_600.0,
    1.0 / 6_227_020_800.0,
];

/// Squared distances of a row, whose own product is `own`, to those whose own products are `norms`.
pub(super) fn squared(level: Level, products: &[f64], (own, norms): (f64, &[f64]), out: &mut [f64]) {
    dispatch!(level, simd => squared_in(simd, products, (own, norms), out));
}

#[inline(always)]
fn squared_in<S: Simd>(simd: S, products: &[f64], (own, norms): (f64, &[f64]), out: &mut [f64]) {
    let (own, two, zero) = (f64x8::splat(simd, own), f64x8::splat(simd, 2.0), f64x8::splat(simd, 0.0));
    let mut at = 0;
    while at + LANES <= out.len() {
        let product = f64x8::from_slice(simd, &products[at..at + LANES]);
        let norm = f64x8::from_slice(simd, &norms[at..at + LANES]);
        let apart = own + norm - two * product;
        apart.simd_gt(zero).select(apart, zero).store_slice(&mut out[at..at + LANES]);
        at += LANES;
    }
}

/// (product / `length` + 1)³.
pub(super) fn cubic(level: Level, products: &[f64], length: f64, out: &mut [f64]) {
    dispatch!(level, simd => cubic_in(simd, products, length, out));
}

#[inline(always)]
fn cubic_in<S: Simd>(simd: S, products: &[f64], length: f64, out: &mut [f64]) {
    let (length, one) = (f64x8::splat(simd, length), f64x8::splat(simd, 1.0));
    let mut at = 0;
    while at + LANES <= out.len() {
        let base = f64x8::from_slice(simd, &products[at..at + LANES]) / length + one;
        (base * base * base).store_slice(&mut out[at..at + LANES]);
        at += LANES;
    }
}

/// exp(−`apart` · `scale`), of nothing negative.
pub(super) fn gaussian(level: Level, apart: &[f64], scale: f64, out: &mut [f64]) {
    dispatch!(level, simd => gaussian_in(simd, apart, scale, out));
}

#[inline(always)]
fn gaussian_in<S: Simd>(simd: S, apart: &[f64], scale: f64, out: &mut [f64]) {
    let scale = f64x8::splat(simd, -scale);
    let mut at = 0;
    while at + LANES <= out.len() {
        let power = f64x8::from_slice(simd, &apart[at..at + LANES]) * scale;
        exponential(simd, power).store_slice(&mut out[at..at + LANES]);
        at += LANES;
    }
}

/// e to a power of 0 or less, within one unit of the last place, and 0 below [`SMALLEST`]: 2ⁿ · eʳ with |r| ≤ ln 2 / 2, eʳ by its
/// series.
#[inline(always)]
fn exponential<S: Simd>(simd: S, power: f64x8<S>) -> f64x8<S> {
    let all = |value: f64| f64x8::splat(simd, value);
    let shifted = power * all(core::f64::consts::LOG2_E) + all(SHIFTER);
    let whole = shifted - all(SHIFTER);
    let r = power - whole * all(LN_2[0]) - whole * all(LN_2[1]);
    let mut series = all(FACTORIALS[11]);
    let mut at = 11;
    while at > 0 {
        at -= 1;
        series = series * r + all(FACTORIALS[at]);
    }
    let value = all(1.0) + (r + r * r * series);
    let bits: u64x8<S> = value.bitcast();
    let halves: u64x8<S> = shifted.bitcast();
    let scaled: f64x8<S> = (bits + (halves << 52)).bitcast();
    power.simd_ge(all(SMALLEST)).select(scaled, all(0.0))
}

/// −√`apart`.
pub(super) fn distance(level: Level, apart: &[f64], out: &mut [f64]) {
    dispatch!(level, simd => distance_in(simd, apart, out));
}

#[inline(always)]
fn distance_in<S: Simd>(simd: S, apart: &[f64], out: &mut [f64]) {
    let mut at = 0;
    while at + LANES <= out.len() {
        let root = f64x8::from_slice(simd, &apart[at..at + LANES]).sqrt();
        (-root).store_slice(&mut out[at..at + LANES]);
        at += LANES;
    }
}

/// Adds `values` to `sums` and their magnitudes to `sizes`.
pub(super) fn add(level: Level, values: &[f64], sums: &mut [f64], sizes: &mut [f64; LANES]) {
    dispatch!(level, simd => add_in(simd, values, sums, sizes));
}

#[inline(always)]
fn add_in<S: Simd>(simd: S, values: &[f64], sums: &mut [f64], sizes: &mut [f64; LANES]) {
    let mut size = f64x8::load_array_ref(simd, sizes);
    let mut at = 0;
    while at + LANES <= values.len() {
        let value = f64x8::from_slice(simd, &values[at..at + LANES]);
        let sum = f64x8::from_slice(simd, &sums[at..at + LANES]) + value;
        sum.store_slice(&mut sums[at..at + LANES]);
        size += value.abs();
        at += LANES;
    }
    *sizes = size.into();
}

/// The places of `apart` that are within `reach` or within the one of `reaches` at their place, into `places`.
pub(super) fn within(level: Level, apart: &[f64], (reach, reaches): (f64, &[f64]), places: &mut Vec<u32>) {
    places.clear();
    dispatch!(level, simd => within_in(simd, apart, (reach, reaches), places));
}

#[inline(always)]
fn within_in<S: Simd>(simd: S, apart: &[f64], (reach, reaches): (f64, &[f64]), places: &mut Vec<u32>) {
    let reach = f64x8::splat(simd, reach);
    let mut at = 0;
    while at + LANES <= apart.len() {
        let some = f64x8::from_slice(simd, &apart[at..at + LANES]);
        let near: mask64x8<S> = some.simd_le(reach) | some.simd_le(f64x8::from_slice(simd, &reaches[at..at + LANES]));
        let mut bits = near.to_bitmask();
        while bits != 0 {
            places.push(at as u32 + bits.trailing_zeros());
            bits &= bits - 1;
        }
        at += LANES;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    fn both() -> [Level; 2] {
        [Level::baseline(), Level::new()]
    }

    #[test]
    fn the_exponential_is_within_a_unit_of_the_last_place_and_the_same_at_every_width() {
        let mut stream = StreamKey::new(6, "lanes").stream("powers", 0);
        let mut powers: Vec<f64> = (0..200_000).map(|_| 708.0 * stream.next_unit()).collect();
        powers.extend((0..200_000).map(|_| 4.0 * stream.next_unit()));
        powers.extend((0..1_000).map(|at| f64::from(at) * core::f64::consts::LN_2 * 0.5));
        powers.extend([0.0, 1e-300, 1e-17, 1e-16, 1e-9, 707.999, 708.0, 0.1]);
        powers.resize(powers.len().next_multiple_of(LANES), 0.0);
        let [narrow, wide] = both().map(|level| {
            let mut out = vec![0.0; powers.len()];
            gaussian(level, &powers, 1.0, &mut out);
            out
        });
        let mut worst = 0;
        for ((power, narrow), wide) in powers.iter().zip(narrow).zip(wide) {
            assert_eq!(narrow.to_bits(), wide.to_bits(), "{power}");
            let expected = if *power > 708.0 { 0.0 } else { libm::exp(-power) };
            worst = worst.max(narrow.to_bits().abs_diff(expected.to_bits()));
            assert!(worst <= 1, "{power}: {narrow} for {expected}");
        }
        println!("at most {worst} apart from libm");
        let mut out = [1.0; 8];
        gaussian(Level::new(), &[0.0, 1e4, 709.0, 745.0, 1e300, f64::MAX, 708.5, f64::INFINITY], 1.0, &mut out);
        assert_eq!(out, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn every_lane_does_what_one_number_alone_would() {
        let mut stream = StreamKey::new(6, "lanes").stream("numbers", 0);
        let mut some = || -> Vec<f64> { (0..24).map(|_| 4.0 * stream.next_unit() - 1.0).collect() };
        let (products, norms) = (some(), some());
        for level in both() {
            let mut apart = vec![f64::NAN; 24];
            squared(level, &products, (1.5, &norms), &mut apart);
            let mut values = vec![f64::NAN; 24];
            cubic(level, &products, 7.0, &mut values);
            let mut roots = vec![f64::NAN; 24];
            distance(level, &apart, &mut roots);
            let (mut sums, mut sizes) = (norms.clone(), [0.0; LANES]);
            add(level, &products, &mut sums, &mut sizes);
            let mut places = vec![7];
            within(level, &products, (0.0, &norms), &mut places);
            for at in 0..24 {
                let (product, norm) = (products[at], norms[at]);
                assert_eq!(apart[at], (1.5 + norm - 2.0 * product).max(0.0));
                let base = product / 7.0 + 1.0;
                assert_eq!(values[at], base * base * base);
                assert_eq!(roots[at], -libm::sqrt(apart[at]));
                assert_eq!(sums[at], norm + product);
                assert_eq!(places.contains(&(at as u32)), product <= 0.0 || product <= norm);
            }
            let lane = |at: usize| products[at].abs() + products[at + 8].abs() + products[at + 16].abs();
            assert_eq!(sizes, core::array::from_fn(lane));
            assert!(places.is_sorted() && !places.is_empty());
        }
    }
}
