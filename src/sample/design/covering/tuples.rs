//! The combinations of levels that a covering array must hold, numbered, and which of them are still open.
//!
//! Knows no constraint and chooses nothing.

use super::MAX_STRENGTH;

/// All t-tuples of (dimension, level) pairs of different dimensions. A tuple's number is its combination of dimensions'
/// first number plus its levels as digits, the lowest dimension's most significant.
#[derive(Clone)]
pub(super) struct Tuples {
    levels: Vec<u32>,
    strength: usize,
    /// C(n, k) for n up to the number of dimensions and k up to the strength.
    binomials: Vec<[usize; MAX_STRENGTH + 1]>,
    /// The first number of each combination of dimensions, by its rank Σ C(dᵢ, i + 1) with d₀ < d₁ < …, and the end.
    first: Vec<usize>,
    /// One bit a tuple.
    open: Vec<u64>,
    open_count: usize,
}

/// A combination under construction.
#[derive(Clone, Copy, Default)]
struct Prefix {
    members: usize,
    rank: usize,
    digits: usize,
    /// What one level more of the free dimension adds to the number; 0 until it is a member.
    stride: usize,
}

/// One tuple, dimensions ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tuple {
    pub(super) dimensions: Vec<usize>,
    pub(super) levels: Vec<u32>,
}

/// Number of tuples: the elementary symmetric polynomial of the numbers of levels.
pub(super) fn tuple_count(levels: &[u32], strength: usize) -> u128 {
    let mut sums = vec![0_u128; strength + 1];
    if let Some(one) = sums.first_mut() {
        *one = 1;
    }
    for count in levels {
        for k in (1..=strength).rev() {
            let with = sums.get(k - 1).map_or(0, |sum| sum.saturating_mul(u128::from(*count)));
            if let Some(sum) = sums.get_mut(k) {
                *sum = sum.saturating_add(with);
            }
        }
    }
    sums.last().copied().unwrap_or_default()
}

impl Tuples {
    /// All tuples of `strength` dimensions, open. The caller has looked at [`tuple_count`].
    pub(super) fn new(levels: &[u32], strength: usize) -> Self {
        let mut binomials = vec![[0; MAX_STRENGTH + 1]; levels.len() + 1];
        for n in 0..=levels.len() {
            binomials[n][0] = 1;
            for k in 1..=strength.min(n) {
                binomials[n][k] = binomials[n - 1][k - 1] + binomials[n - 1][k];
            }
        }
        let combinations = binomials[levels.len()][strength];
        let mut tuples =
            Self { levels: levels.to_vec(), strength, binomials, first: vec![0], open: Vec::new(), open_count: 0 };
        for rank in 0..combinations {
            tuples.open_count += tuples.combination(rank).iter().map(|d| levels[*d] as usize).product::<usize>();
            tuples.first.push(tuples.open_count);
        }
        tuples.open = vec![u64::MAX; tuples.open_count.div_ceil(64)];
        tuples
    }

    /// Number of levels of each of these dimensions.
    pub(super) fn levels_of(&self, dimensions: &[usize]) -> Vec<u32> {
        dimensions.iter().map(|dimension| self.levels[*dimension]).collect()
    }

    /// Tuples, open or not.
    pub(super) fn len(&self) -> usize {
        self.first.last().copied().unwrap_or_default()
    }

    /// Tuples that are still to be covered.
    pub(super) fn open_count(&self) -> usize {
        self.open_count
    }

    /// Whether tuple `number` is still to be covered.
    #[inline]
    pub(super) fn is_open(&self, number: usize) -> bool {
        self.open[number / 64] >> (number % 64) & 1 == 1
    }

    /// Number of combinations of dimensions.
    pub(super) fn combinations(&self) -> usize {
        self.first.len() - 1
    }

    /// The dimensions of the combination with this rank, ascending.
    pub(super) fn combination(&self, rank: usize) -> Vec<usize> {
        let mut rest = rank;
        let mut dimensions: Vec<usize> = Vec::with_capacity(self.strength);
        for k in (1..=self.strength).rev() {
            let dimension = self.binomials.partition_point(|row| row[k] <= rest) - 1;
            rest -= self.binomials[dimension][k];
            dimensions.push(dimension);
        }
        dimensions.reverse();
        dimensions
    }

    /// The numbers of the tuples of the combination with this rank.
    pub(super) fn numbers(&self, rank: usize) -> std::ops::Range<usize> {
        self.first[rank]..self.first[rank + 1]
    }

    /// The tuple with this number.
    pub(super) fn tuple(&self, number: usize) -> Tuple {
        let rank = self.first.partition_point(|first| *first <= number) - 1;
        let dimensions = self.combination(rank);
        let mut digits = number - self.first[rank];
        let mut levels: Vec<u32> = Vec::with_capacity(self.strength);
        for dimension in dimensions.iter().rev() {
            let count = self.levels[*dimension] as usize;
            levels.push((digits % count) as u32);
            digits /= count;
        }
        levels.reverse();
        Tuple { dimensions, levels }
    }

    /// Takes one tuple from the open ones.
    pub(super) fn close(&mut self, number: usize) {
        self.open_count -= usize::from(self.is_open(number));
        self.open[number / 64] &= !(1 << (number % 64));
    }

    /// Closes every tuple that a whole row holds.
    pub(super) fn close_row(&mut self, row: &[u32]) {
        let mut held = Vec::new();
        let dimensions: Vec<usize> = (0..row.len()).collect();
        for (dimension, level) in row.iter().enumerate() {
            let below = &dimensions[..dimension];
            self.with(dimension, below, row, &mut |number, stride| held.push(number + stride * *level as usize));
        }
        for number in held {
            self.close(number);
        }
    }

    /// For each level of `dimension`, the open tuples that it would complete with the levels that `row` has in `others`
    /// (ascending, without `dimension`).
    pub(super) fn gains(&self, dimension: usize, others: &[usize], row: &[u32], gains: &mut Vec<u32>) {
        gains.clear();
        gains.resize(self.levels[dimension] as usize, 0);
        self.with(dimension, others, row, &mut |number, stride| {
            for (level, gain) in gains.iter_mut().enumerate() {
                *gain += u32::from(self.is_open(number + stride * level));
            }
        });
    }

    /// Calls `f` with (number for level 0 of `dimension`, step to the next level) for every choice from `others`.
    #[inline]
    fn with(&self, dimension: usize, others: &[usize], row: &[u32], f: &mut impl FnMut(usize, usize)) {
        self.choose(dimension, others, row, Prefix::default(), f);
    }

    fn choose(&self, free: usize, others: &[usize], row: &[u32], prefix: Prefix, f: &mut impl FnMut(usize, usize)) {
        let is_placed = prefix.stride > 0;
        let left = self.strength - prefix.members - usize::from(!is_placed);
        if left == 0 {
            let whole = if is_placed { prefix } else { self.placed(free, prefix) };
            f(self.first[whole.rank] + whole.digits, whole.stride);
            return;
        }
        for at in 0..(others.len() + 1).saturating_sub(left) {
            let other = others[at];
            let before = if !is_placed && other > free { self.placed(free, prefix) } else { prefix };
            let count = self.levels[other] as usize;
            let next = Prefix {
                members: before.members + 1,
                rank: before.rank + self.binomials[other][before.members + 1],
                digits: before.digits * count + row[other] as usize,
                stride: before.stride * count,
            };
            self.choose(free, &others[at + 1..], row, next, f);
        }
    }

    /// The prefix with the free dimension as its next member.
    #[inline]
    fn placed(&self, free: usize, prefix: Prefix) -> Prefix {
        Prefix {
            members: prefix.members + 1,
            rank: prefix.rank + self.binomials[free][prefix.members + 1],
            digits: prefix.digits * self.levels[free] as usize,
            stride: 1,
        }
    }
}
