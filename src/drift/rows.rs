//! Rows of features of both sides on one ruler, and how far they are from one another.
//!
//! **Standardisation: pooled.** Each feature is brought to mean 0 and sd 1 over the rows of *both* sides. The reference's own
//! mean and sd would give a ruler that does not depend on the other side, but it knows which rows are the reference's: under
//! the null hypothesis the reference would look tidier than any relabelled set, and with few groups the test would find
//! differences where there are none. The pooled ruler does not change when labels do, which makes the permutation test exact.
//! The price: values against different sets are not on one ruler; compare them through their null bands.

use wide::f64x4;

use super::Side;

/// Rows of one length, one after the other; the reference's first.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    values: Vec<f64>,
    /// Numbers in a row.
    pub(super) length: usize,
}

impl Rows {
    /// All rows as they are.
    pub(super) fn of(x: &Side<'_>, y: &Side<'_>) -> Self {
        let length = x.rows.first().map_or(0, Vec::len);
        let mut values = Vec::with_capacity((x.rows.len() + y.rows.len()) * length);
        x.rows.iter().chain(y.rows).for_each(|row| values.extend_from_slice(row));
        Self { values, length }
    }

    /// All rows, each feature with pooled mean 0 and sd 1 (divisor n − 1); features that never change become 0.
    pub(super) fn standardised(x: &Side<'_>, y: &Side<'_>) -> Self {
        let mut rows = Self::of(x, y);
        let (count, length) = (rows.count() as f64, rows.length.max(1));
        // row by row, as they lie in memory; each feature's sum is still one from the first row to the last
        let mut means = vec![0.0; rows.length];
        for row in rows.values.chunks_exact(length) {
            for (mean, value) in means.iter_mut().zip(row) {
                *mean += value;
            }
        }
        for mean in &mut means {
            *mean /= count;
        }
        let mut squares = vec![0.0; rows.length];
        for row in rows.values.chunks_exact(length) {
            for ((square, mean), value) in squares.iter_mut().zip(&means).zip(row) {
                *square += (value - mean) * (value - mean);
            }
        }
        let scale = |(square, mean): (&f64, &f64)| {
            let sd = libm::sqrt(square / (count - 1.0));
            // Below that, what varies is rounding.
            if sd > 1e-12 * (1.0 + mean.abs()) { 1.0 / sd } else { 0.0 }
        };
        let scales: Vec<f64> = squares.iter().zip(&means).map(scale).collect();
        for row in rows.values.chunks_exact_mut(length) {
            for ((value, mean), scale) in row.iter_mut().zip(&means).zip(&scales) {
                *value = (*value - mean) * scale;
            }
        }
        rows
    }

    /// Each divided by its length; rows of nothing but zeros stay that.
    pub(super) fn of_length_one(&self) -> Self {
        let mut rows = self.clone();
        for row in rows.values.chunks_exact_mut(self.length.max(1)) {
            let length = libm::sqrt(dot(row, row));
            let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
            for value in row {
                *value *= scale;
            }
        }
        rows
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.values.len() / self.length.max(1)
    }

    /// Row number `at`.
    pub(super) fn row(&self, at: usize) -> &[f64] {
        &self.values[at * self.length..(at + 1) * self.length]
    }
}

/// Sum of the products of two rows, in four sums side by side: the same order everywhere, and quicker than one.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = f64x4::ZERO;
    for (a, b) in a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0) {
        sums += f64x4::from(*a) * f64x4::from(*b);
    }
    total(sums + rest(a) * rest(b))
}

/// The last numbers of a row, up to three, filled up with zeros.
fn rest(row: &[f64]) -> f64x4 {
    let some = row.as_chunks::<4>().1;
    let mut last = [0.0; 4];
    last[..some.len()].copy_from_slice(some);
    f64x4::from(last)
}

fn total(sums: f64x4) -> f64 {
    let [first, second, third, fourth] = sums.to_array();
    first + second + third + fourth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_every_term() {
        let rows: Vec<Vec<f64>> = (0..3).map(|row| (0..7).map(|at| f64::from(row * row + at)).collect()).collect();
        let side = Side { rows: &rows, groups: &[0, 0, 1] };
        let all = Rows::of(&side, &side);
        assert_eq!((all.count(), all.row(4)[2]), (6, 3.0));
        assert_eq!(dot(all.row(0), all.row(1)), 112.0);
    }

    #[test]
    fn the_ruler_is_pooled_and_constants_count_for_nothing() {
        let (x, y) = (vec![vec![1.0, 5.0], vec![3.0, 5.0]], vec![vec![5.0, 5.0]]);
        let rows = Rows::standardised(&Side { rows: &x, groups: &[0, 1] }, &Side { rows: &y, groups: &[0] });
        assert_eq!([0, 1, 2].map(|at| rows.row(at).to_vec()), [[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]]);
    }
}
