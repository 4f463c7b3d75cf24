//! Products of every row with every other, a block at a time, on the widest instructions that the processor has.
//!
//! **The same bits everywhere.** Lanes run over *rows*, never over features: each product is one sum over the features from the first
//! to the last, a multiplication and an addition each, however wide the instructions are and however rows are cut into blocks. They
//! are never fused: a processor without fused instructions would need a hundred steps for each. So the product of a row with itself is
//! to the last bit that with a row equal to it, and equal rows are exactly 0 apart.
//!
//! Deliberately not here: what is made of products ([`super::lanes`]) and in which order pairs are looked at ([`super::pairs`]).

#![expect(clippy::inline_always, reason = "what is not inlined is compiled for the narrowest instructions")]

use std::ops::Range;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f64x8};

use super::rows::Rows;

/// Rows that stand side by side in a panel.
pub(super) const LANES: usize = 8;
/// Features that are multiplied before the next rows: so many of a panel stay in the first cache.
const DEPTH: usize = 512;

/// One feature of the rows of a panel, where one load fetches it.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Feature([f64; LANES]);

/// Rows in panels of [`LANES`], feature after feature, the last panel filled up with zeros.
pub(super) struct Panels {
    values: Vec<Feature>,
    /// Features.
    length: usize,
    /// Rows without those that fill up.
    pub(super) count: usize,
    level: Level,
}

impl Panels {
    /// The rows of these numbers, in this order.
    pub(super) fn of(rows: &Rows, order: &[u32], level: Level) -> Self {
        let (length, count) = (rows.length, order.len());
        let mut values = vec![Feature([0.0; LANES]); count.div_ceil(LANES) * length];
        for (panel, some) in values.chunks_exact_mut(length.max(1)).zip(order.chunks(LANES)) {
            for (lane, row) in some.iter().enumerate() {
                for (lanes, value) in panel.iter_mut().zip(rows.row(*row as usize)) {
                    lanes.0[lane] = *value;
                }
            }
        }
        Self { values, length, count, level }
    }

    /// The rows at these places of the same order.
    pub(super) fn some(&self, places: &[usize]) -> Self {
        let mut values = vec![Feature([0.0; LANES]); places.len().div_ceil(LANES) * self.length];
        for (panel, some) in values.chunks_exact_mut(self.length.max(1)).zip(places.chunks(LANES)) {
            for (lane, place) in some.iter().enumerate() {
                let from = &self.values[place / LANES * self.length..][..self.length];
                for (lanes, value) in panel.iter_mut().zip(from) {
                    lanes.0[lane] = value.0[place % LANES];
                }
            }
        }
        Self { values, count: places.len(), ..*self }
    }

    /// How many panels there are.
    pub(super) fn panels(&self) -> usize {
        self.count.div_ceil(LANES)
    }

    /// The product of each row with itself, as [`Self::with`] has it; zeros for those that fill up.
    pub(super) fn norms(&self) -> Vec<f64> {
        let mut norms = vec![0.0; self.panels() * LANES];
        for (panel, norms) in self.values.chunks_exact(self.length.max(1)).zip(norms.chunks_exact_mut(LANES)) {
            for lanes in panel {
                for (norm, value) in norms.iter_mut().zip(&lanes.0) {
                    *norm += value * value;
                }
            }
        }
        norms
    }

    /// The products of the rows of panels `own` with the rows of panels `beside` of `other`: into `out`, row by row, as many numbers
    /// each as `beside` has rows.
    pub(super) fn with(&self, own: Range<usize>, other: &Self, beside: Range<usize>, out: &mut [f64]) {
        let own = &self.values[own.start * self.length..own.end * self.length];
        let beside = &other.values[beside.start * self.length..beside.end * self.length];
        dispatch!(self.level, simd => block(simd, self.length, (own, beside), out));
    }
}

/// As [`Panels::with`], of panels of `length` features.
#[inline(always)]
fn block<S: Simd>(simd: S, length: usize, (own, beside): (&[Feature], &[Feature]), out: &mut [f64]) {
    match S::f64s::LEN {
        8 => blocked::<S, 8, 3>(simd, length, (own, beside), out),
        4 => blocked::<S, 4, 1>(simd, length, (own, beside), out),
        _ => blocked::<S, 2, 1>(simd, length, (own, beside), out),
    }
}

/// In tiles of `M` rows by `N` panels, whose sums stay in registers.
#[inline(always)]
fn blocked<S: Simd, const M: usize, const N: usize>(
    simd: S,
    length: usize,
    (own, beside): (&[Feature], &[Feature]),
    out: &mut [f64],
) {
    let width = beside.len() / length * LANES;
    let mut from = 0;
    while from < length {
        let depth = (length - from).min(DEPTH);
        let mut column = 0;
        while column < width {
            let left = (width - column) / LANES;
            let mut row = 0;
            while row < own.len() / length * LANES {
                let a = &own[row / LANES * length + from..][..depth];
                let b = &beside[column / LANES * length + from..];
                let at = (row * width + column, width);
                let lane = row % LANES;
                if left >= N {
                    tile::<S, M, N>(simd, (a, lane), (b, length), (out, at), from == 0);
                } else if left == 2 {
                    tile::<S, M, 2>(simd, (a, lane), (b, length), (out, at), from == 0);
                } else {
                    tile::<S, M, 1>(simd, (a, lane), (b, length), (out, at), from == 0);
                }
                row += M;
            }
            column += LANES * left.min(N);
        }
        from += depth;
    }
}

/// One tile: adds the products of rows `lane` to `lane + M` of panel `a` with `N` panels that stand `apart` in `b`.
#[inline(always)]
fn tile<S: Simd, const M: usize, const N: usize>(
    simd: S,
    (a, lane): (&[Feature], usize),
    (b, apart): (&[Feature], usize),
    (out, (at, width)): (&mut [f64], (usize, usize)),
    is_first: bool,
) {
    let before: [[[f64; LANES]; N]; M] = if is_first { [[[0.0; LANES]; N]; M] } else { taken(simd, out, (at, width)) };
    let mut sums = [[f64x8::splat(simd, 0.0); N]; M];
    let mut i = 0;
    while i < M {
        let mut j = 0;
        while j < N {
            sums[i][j] = f64x8::load_array(simd, before[i][j]);
            j += 1;
        }
        i += 1;
    }
    let depth = a.len();
    // one check here instead of one a step
    let mut panels = [a; N];
    let mut j = 0;
    while j < N {
        panels[j] = &b[j * apart..][..depth];
        j += 1;
    }
    let mut k = 0;
    while k < depth {
        let mut lanes = [f64x8::splat(simd, 0.0); N];
        let mut j = 0;
        while j < N {
            lanes[j] = f64x8::load_array_ref(simd, &panels[j][k].0);
            j += 1;
        }
        let own = &a[k].0;
        let mut i = 0;
        while i < M {
            let value = f64x8::splat(simd, own[lane + i]);
            let mut j = 0;
            while j < N {
                sums[i][j] += value * lanes[j];
                j += 1;
            }
            i += 1;
        }
        k += 1;
    }
    let mut done = [[[0.0; LANES]; N]; M];
    let mut i = 0;
    while i < M {
        let mut j = 0;
        while j < N {
            done[i][j] = sums[i][j].into();
            j += 1;
        }
        i += 1;
    }
    put(simd, &done, out, (at, width));
}

/// The sums of a tile so far. They go by way of an array, whose places are known: sums whose place in `out` must be looked up would
/// leave the registers every step.
#[inline(always)]
fn taken<S: Simd, const M: usize, const N: usize>(
    simd: S,
    out: &[f64],
    (at, width): (usize, usize),
) -> [[[f64; LANES]; N]; M] {
    let mut before = [[[0.0; LANES]; N]; M];
    let mut i = 0;
    while i < M {
        let mut j = 0;
        while j < N {
            before[i][j] = f64x8::from_slice(simd, &out[at + i * width + j * LANES..][..LANES]).into();
            j += 1;
        }
        i += 1;
    }
    before
}

/// Writes the sums of a tile.
#[inline(always)]
fn put<S: Simd, const M: usize, const N: usize>(
    simd: S,
    done: &[[[f64; LANES]; N]; M],
    out: &mut [f64],
    (at, width): (usize, usize),
) {
    let mut i = 0;
    while i < M {
        let mut j = 0;
        while j < N {
            let sum = f64x8::load_array_ref(simd, &done[i][j]);
            sum.store_slice(&mut out[at + i * width + j * LANES..][..LANES]);
            j += 1;
        }
        i += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;
    use crate::drift::Side;

    /// Every level that this machine has, the narrowest first.
    fn levels() -> Vec<Level> {
        let widest = Level::new();
        let mut all = vec![Level::baseline(), widest];
        #[cfg(target_arch = "x86_64")]
        all.extend([widest.as_sse4_2().map(Simd::level), widest.as_avx2().map(Simd::level)].into_iter().flatten());
        all
    }

    fn some(count: usize, length: usize) -> Rows {
        let mut stream = StreamKey::new(3, "products").stream("rows", (count * 1_000 + length) as u64);
        let rows: Vec<Vec<f64>> = (0..count).map(|_| (0..length).map(|_| stream.next_unit() - 0.3).collect()).collect();
        Rows::of(&Side { rows: &rows, groups: &[] }, &Side { rows: &[], groups: &[] })
    }

    fn products(rows: &Rows, level: Level) -> Vec<f64> {
        let order: Vec<u32> = (0..rows.count() as u32).collect();
        let panels = Panels::of(rows, &order, level);
        let all = panels.panels();
        let mut out = vec![f64::NAN; all * all * LANES * LANES];
        panels.with(0..all, &panels, 0..all, &mut out);
        let norms = panels.norms();
        (0..norms.len()).for_each(|row| assert_eq!(norms[row].to_bits(), out[row * (norms.len() + 1)].to_bits()));
        out
    }

    #[test]
    fn every_width_of_instructions_gives_the_bits_of_one_sum_after_another() {
        let levels = levels();
        println!("{levels:?}");
        for count in 1..=40 {
            for length in 1..=70 {
                let rows = some(count, length);
                let own = |level: &Level| products(&rows, *level).iter().map(|one| one.to_bits()).collect::<Vec<_>>();
                let all: Vec<Vec<u64>> = levels.iter().map(own).collect();
                assert!(all.iter().all(|one| *one == all[0]), "{count} rows of {length}");
                let width = count.div_ceil(LANES) * LANES;
                for (a, b) in (0..count).flat_map(|a| (0..count).map(move |b| (a, b))) {
                    let terms = rows.row(a).iter().zip(rows.row(b));
                    let sum = terms.fold(0.0, |sum, (a, b)| sum + a * b);
                    assert_eq!(all[0][a * width + b], sum.to_bits(), "rows {a} and {b} of {length}");
                }
            }
        }
    }

    #[test]
    fn rows_longer_than_a_step_are_summed_as_if_there_were_none() {
        let rows = some(17, 2 * DEPTH + 3);
        for level in levels() {
            let all = products(&rows, level);
            for (a, b) in (0..17).flat_map(|a| (0..17).map(move |b| (a, b))) {
                let terms = rows.row(a).iter().zip(rows.row(b));
                assert_eq!(all[a * 24 + b], terms.fold(0.0, |sum, (a, b)| sum + a * b), "rows {a} and {b}");
            }
        }
    }
}
