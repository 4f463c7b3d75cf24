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
        Self { values: x.rows.iter().chain(y.rows).flatten().copied().collect(), length }
    }

    /// All rows, each feature with pooled mean 0 and sd 1 (divisor n − 1); features that never change become 0.
    pub(super) fn standardised(x: &Side<'_>, y: &Side<'_>) -> Self {
        let mut rows = Self::of(x, y);
        let count = rows.count() as f64;
        for feature in 0..rows.length {
            let mean = rows.column(feature).sum::<f64>() / count;
            let squares: f64 = rows.column(feature).map(|value| (value - mean) * (value - mean)).sum();
            let sd = libm::sqrt(squares / (count - 1.0));
            // Below that, what varies is rounding.
            let scale = if sd > 1e-12 * (1.0 + mean.abs()) { 1.0 / sd } else { 0.0 };
            let length = rows.length;
            for value in rows.values.iter_mut().skip(feature).step_by(length) {
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

    /// Its squared length.
    pub(super) fn norm2(&self, at: usize) -> f64 {
        dot(self.row(at), self.row(at))
    }

    /// One feature of every row.
    pub(super) fn column(&self, feature: usize) -> impl Iterator<Item = f64> + '_ {
        self.values.iter().skip(feature).step_by(self.length.max(1)).copied()
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

/// The products of each of two rows with each of two others, each to the last bit [`dot`].
pub(super) fn dots([a, b]: [&[f64]; 2], [c, d]: [&[f64]; 2]) -> [[f64; 2]; 2] {
    let [[mut ac, mut ad], [mut bc, mut bd]] = [[f64x4::ZERO; 2]; 2];
    let fours = a.as_chunks().0.iter().zip(b.as_chunks().0).zip(c.as_chunks().0.iter().zip(d.as_chunks().0));
    for ((a, b), (c, d)) in fours {
        let [a, b, c, d] = [a, b, c, d].map(|four: &[f64; 4]| f64x4::from(*four));
        ac += a * c;
        ad += a * d;
        bc += b * c;
        bd += b * d;
    }
    let [a, b, c, d] = [a, b, c, d].map(rest);
    [[total(ac + a * c), total(ad + a * d)], [total(bc + b * c), total(bd + b * d)]]
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
        let two = |one: usize, other: usize| [all.row(one), all.row(other)];
        let expected = [[(0, 1), (0, 2)], [(1, 1), (1, 2)]].map(|two| two.map(|(a, b)| dot(all.row(a), all.row(b))));
        assert_eq!(dots(two(0, 1), two(1, 2)), expected);
    }

    #[test]
    fn the_ruler_is_pooled_and_constants_count_for_nothing() {
        let (x, y) = (vec![vec![1.0, 5.0], vec![3.0, 5.0]], vec![vec![5.0, 5.0]]);
        let rows = Rows::standardised(&Side { rows: &x, groups: &[0, 1] }, &Side { rows: &y, groups: &[0] });
        assert_eq!(rows.column(0).collect::<Vec<_>>(), [-1.0, 0.0, 1.0]);
        assert_eq!(rows.column(1).collect::<Vec<_>>(), [0.0; 3]);
    }
}
