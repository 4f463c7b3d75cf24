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

use crate::stats::{quantile, sorted};

use super::labelling::{Part, Statistic};
use super::rows::{Rows, dot};

/// Rows among which the median distance is looked for; evenly spaced where there are more.
const MEDIAN_ROWS: usize = 1_000;

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
        let norms: Vec<f64> = some.iter().map(|row| rows.norm2(*row)).collect();
        let apart =
            |a: usize, b: usize| (norms[a] + norms[b] - 2.0 * dot(rows.row(some[a]), rows.row(some[b]))).max(0.0);
        let mut all = Vec::with_capacity(some.len() * some.len() / 2);
        for a in 0..some.len() {
            all.extend((0..a).map(|b| apart(a, b)));
        }
        let middle = quantile(&sorted(&all), 0.5);
        Self::Gaussian(if middle > 0.0 { 1.0 / middle } else { 1.0 })
    }

    /// Of two rows of `length` numbers with this product, whose distance squared is `squared`.
    pub(super) fn of(self, product: f64, squared: f64, length: usize) -> f64 {
        match self {
            Self::Cubic => {
                let base = product / length as f64 + 1.0;
                base * base * base
            }
            Self::Gaussian(per_median) => libm::exp(-squared * per_median),
            Self::Distance => -libm::sqrt(squared),
        }
    }
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
    /// Of sums over pairs of groups of these sizes.
    pub(super) fn new(sums: Vec<Vec<f64>>, sizes: Vec<usize>, scale: f64) -> Self {
        Self { sums, sizes, scale }
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
