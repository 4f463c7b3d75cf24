//! Distances that are means over pairs of rows: KID, RBF-MMD and the energy distance, each unbiased.
//!
//! All three are the mean of k over all pairs of different rows within each side, minus twice the mean over pairs across. They can
//! be negative and then mean "no difference seen"; they are not cut at 0.
//! - KID (Bińkowski et al. 2018): k = (xᵀy / d + 1)³.
//! - RBF-MMD² (Gretton et al. 2012): k = exp(−‖x − y‖² / m), m the median squared distance over pairs of all rows.
//! - Energy distance (Székely and Rizzo 2013): k = −‖x − y‖, which makes it 2 E‖X − Y‖ − E‖X − X'‖ − E‖Y − Y'‖.
//!
//! **Groups.** Frames of one episode resemble each other, so that pairs within a group push the value up even where nothing
//! differs. The yardstick is therefore not 0 but the null band, which relabels whole groups and has the same pairs in it.

use rayon::prelude::*;

use super::DriftError;
use super::labelling::{Grouping, Part, Statistic};
use super::rows::{Rows, dot};
use crate::base::Monitor;

/// Rows among which the median distance is looked for; evenly spaced where there are more.
const MEDIAN_ROWS: usize = 2_000;

/// What is taken the mean of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kernel {
    /// (xᵀy / d + 1)³.
    Cubic,
    /// exp(−‖x − y‖² / m); holds 1 / m.
    Gaussian(f64),
    /// −‖x − y‖.
    Distance,
}

impl Kernel {
    /// The Gaussian for `rows`; rows that are all the same have no median, and any does.
    pub(super) fn gaussian(rows: &Rows) -> Self {
        let step = rows.count().div_ceil(MEDIAN_ROWS).max(1);
        let some: Vec<usize> = (0..rows.count()).step_by(step).collect();
        let pairs = some.iter().enumerate().flat_map(|(at, a)| some[..at].iter().map(move |b| rows.squared(*a, *b)));
        let mut all: Vec<f64> = pairs.collect();
        let middle = median(&mut all);
        Self::Gaussian(if middle > 0.0 { 1.0 / middle } else { 1.0 })
    }

    fn of(self, rows: &Rows, a: usize, b: usize) -> f64 {
        match self {
            Self::Cubic => {
                let base = dot(rows.row(a), rows.row(b)) / rows.length as f64 + 1.0;
                base * base * base
            }
            Self::Gaussian(per_median) => libm::exp(-rows.squared(a, b) * per_median),
            Self::Distance => -libm::sqrt(rows.squared(a, b)),
        }
    }
}

/// As numpy has it: the mean of the middle two of an even count; 0 of none.
fn median(values: &mut [f64]) -> f64 {
    let (half, is_odd) = (values.len() / 2, values.len() % 2 == 1);
    if values.is_empty() {
        return 0.0;
    }
    let (below, middle, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let middle = *middle;
    if is_odd {
        return middle;
    }
    let under = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    0.5 * (under + middle)
}

/// Kernel values summed over pairs of groups: all that a relabelling needs, so that each costs groups² instead of rows².
pub(super) struct GroupKernel {
    /// Sum of k over all pairs of rows of two groups, a row with itself left out.
    sums: Vec<Vec<f64>>,
    sizes: Vec<usize>,
    /// Mean of |k|, for tolerances.
    scale: f64,
}

impl GroupKernel {
    /// Time grows with the square of the rows.
    pub(super) fn new(
        kernel: Kernel,
        rows: &Rows,
        grouping: &Grouping,
        monitor: &dyn Monitor,
    ) -> Result<Self, DriftError> {
        let of_group = grouping.rows_of_groups();
        let one = |own: &Vec<usize>| {
            let mut sums = vec![0.0; of_group.len()];
            let mut size = 0.0;
            for a in own {
                if monitor.stopped() {
                    return Err(DriftError::Stopped);
                }
                for (sum, others) in sums.iter_mut().zip(&of_group) {
                    for b in others.iter().filter(|b| *b != a) {
                        let value = kernel.of(rows, *a, *b);
                        size += value.abs();
                        *sum += value;
                    }
                }
            }
            Ok((sums, size))
        };
        let all: Vec<(Vec<f64>, f64)> = of_group.par_iter().map(one).collect::<Result<_, _>>()?;
        let pairs = (rows.count() * (rows.count() - 1)).max(1) as f64;
        let scale = all.iter().map(|(_, size)| size).sum::<f64>() / pairs;
        let sums = all.into_iter().map(|(sums, _)| sums).collect();
        Ok(Self { sums, sizes: grouping.sizes.clone(), scale })
    }
}

impl Statistic for GroupKernel {
    /// One value.
    fn of(&self, parts: &[Part]) -> Vec<f64> {
        let (mut first, mut second, mut across) = (0.0, 0.0, 0.0);
        let (mut n, mut m) = (0, 0);
        for ((part, sums), size) in parts.iter().zip(&self.sums).zip(&self.sizes) {
            if *part == Part::Out {
                continue;
            }
            let (mut to_first, mut to_second) = (0.0, 0.0);
            for (other, sum) in parts.iter().zip(sums) {
                match other {
                    Part::First => to_first += sum,
                    Part::Second => to_second += sum,
                    Part::Out => {}
                }
            }
            if *part == Part::First {
                first += to_first;
                across += to_second;
                n += size;
            } else {
                second += to_second;
                m += size;
            }
        }
        let (n, m) = (n as f64, m as f64);
        vec![first / (n * (n - 1.0)) + second / (m * (m - 1.0)) - 2.0 * across / (n * m)]
    }

    fn scale(&self) -> f64 {
        self.scale
    }
}
