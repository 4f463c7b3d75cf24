//! The kernel distance between two sets (KID, Bińkowski et al. 2018) with a null band by group.
//!
//! KID = unbiased MMD² with k(x, y) = (xᵀy / d + 1)³: the means of k over all pairs of different rows within each side, minus
//! twice the mean over pairs across. It can be negative and then means "no difference seen"; it is not cut at 0.
//!
//! **Standardisation: pooled.** Each feature is brought to mean 0 and sd 1 over the rows of *both* sides. The reference's own
//! mean and sd would give a ruler that does not depend on the other side, but it knows which rows are the reference's: under
//! the null hypothesis the reference would look tidier than any relabelled set, and with few groups the test would find
//! differences where there are none. The pooled ruler does not change when labels do, which makes the permutation test exact.
//! The price: values against different sets are not on one ruler; compare them through their null bands.
//!
//! **Groups.** Frames of one episode resemble each other, so that pairs within a group push the value up even where nothing
//! differs. The yardstick is therefore not 0 but the null band, which relabels whole groups and has the same pairs in it.

use crate::base::Monitor;
use crate::stats::Interval;

use super::labelling::{Grouping, Labellings, band};
use super::{DriftError, Settings, Side};

/// A distance between two sets with what chance alone would give.
#[derive(Clone, Debug, PartialEq)]
pub struct Distance {
    /// The distance's name (`"KID"`).
    pub name: &'static str,
    /// The distance; see the module for its unit.
    pub value: f64,
    /// 2.5th percentile of the distance under relabelled groups.
    pub null_low: f64,
    /// 97.5th percentile of the distance under relabelled groups.
    pub null_high: f64,
    /// Permutation p-value by group: the chance of at least this distance where the label makes no difference.
    pub p: f64,
    /// Rows of the reference.
    pub n_x: usize,
    /// Rows of the other side.
    pub n_y: usize,
    /// Groups of the reference.
    pub groups_x: usize,
    /// Groups of the other side.
    pub groups_y: usize,
    /// The feature vector's name and version.
    pub features: &'static str,
    /// Labellings that were tried.
    pub permutations: usize,
    /// Whether these were all that exist; the p-value is then exact.
    pub exact: bool,
    /// Middle 95 % of the distance between halves of the reference, split by group: what real against real looks like. Halves
    /// are smaller than the whole, so that the band is a little too wide. `None` with fewer than 4 groups.
    pub reference_band: Option<Interval>,
    /// What a reader must know before trusting the p-value.
    pub caveat: Option<String>,
}

/// KID between the reference `x` and `y`. Time grows with the square of the rows; some thousand rows are seconds.
///
/// # Errors
/// Fewer than two groups a side, uneven or non-finite rows, or stopped.
pub fn kid(
    x: &Side<'_>,
    y: &Side<'_>,
    features: &'static str,
    settings: &Settings,
    monitor: &dyn Monitor,
) -> Result<Distance, DriftError> {
    let grouping = Grouping::new(x, y)?;
    let groups_y = grouping.groups_y();
    let kernel = GroupKernel::new(&standardised(x, y), &grouping, monitor)?;
    let labellings = Labellings::new(grouping.groups_x, groups_y, settings, "kid");
    let every_group: Vec<usize> = (0..grouping.sizes.len()).collect();
    let observed = kernel.mmd2(&every_group, &grouping.observed());
    let null = kernel.mmd2_of_all(&every_group, &labellings, monitor)?;
    // Equal up to the order of summation.
    let tolerance = 1e-12 * kernel.scale;
    let null_band = band(&null);
    let reference_band = if grouping.groups_x >= 4 {
        let half = grouping.groups_x / 2;
        let halves = Labellings::new(half, grouping.groups_x - half, settings, "kid halves");
        Some(band(&kernel.mmd2_of_all(&every_group[..grouping.groups_x], &halves, monitor)?))
    } else {
        None
    };
    Ok(Distance {
        name: "KID",
        value: observed,
        null_low: null_band.low,
        null_high: null_band.high,
        p: labellings.p(observed, &null, tolerance),
        n_x: x.rows.len(),
        n_y: y.rows.len(),
        groups_x: grouping.groups_x,
        groups_y,
        features,
        permutations: labellings.all.len(),
        exact: labellings.exact,
        reference_band,
        caveat: caveat(grouping.groups_x, groups_y, labellings.smallest_p),
    })
}

/// Warns where groups are too few for the p-value to say much.
fn caveat(groups_x: usize, groups_y: usize, smallest_p: f64) -> Option<String> {
    if smallest_p > 0.05 {
        Some(format!(
            "With {groups_x} and {groups_y} groups no difference, however large, gives a p-value below {smallest_p:.2}; add episodes."
        ))
    } else if groups_x.min(groups_y) < 5 {
        Some(format!(
            "With {groups_x} and {groups_y} groups the smallest possible p-value is {smallest_p:.3} and only large differences are found."
        ))
    } else {
        None
    }
}

/// All rows, the reference's first, each feature with pooled mean 0 and sd 1; features that never change become 0.
fn standardised(x: &Side<'_>, y: &Side<'_>) -> Vec<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = x.rows.iter().chain(y.rows).cloned().collect();
    let count = rows.len() as f64;
    for feature in 0..rows.first().map_or(0, Vec::len) {
        let mean = rows.iter().map(|row| row[feature]).sum::<f64>() / count;
        let squares: f64 = rows.iter().map(|row| (row[feature] - mean) * (row[feature] - mean)).sum();
        let sd = libm::sqrt(squares / (count - 1.0));
        // Below that, what varies is rounding.
        let scale = if sd > 1e-12 * (1.0 + mean.abs()) { 1.0 / sd } else { 0.0 };
        for row in &mut rows {
            row[feature] = (row[feature] - mean) * scale;
        }
    }
    rows
}

/// Kernel values summed over pairs of groups: all that a relabelling needs, so that each costs groups² instead of rows².
struct GroupKernel {
    /// Sum of k over all pairs of rows of two groups, the diagonal left out.
    sums: Vec<Vec<f64>>,
    sizes: Vec<usize>,
    /// Mean of |k|, for tolerances.
    scale: f64,
}

impl GroupKernel {
    fn new(rows: &[Vec<f64>], grouping: &Grouping, monitor: &dyn Monitor) -> Result<Self, DriftError> {
        let groups = grouping.sizes.len();
        let mut sums = vec![vec![0.0; groups]; groups];
        let mut size = 0.0;
        for (i, row) in rows.iter().enumerate() {
            if monitor.stopped() {
                return Err(DriftError::Stopped);
            }
            for (j, other) in rows.iter().enumerate().take(i) {
                let value = kernel(row, other);
                size += value.abs();
                let (a, b) = (grouping.of_row[i], grouping.of_row[j]);
                sums[a][b] += value;
                sums[b][a] += value;
            }
        }
        let pairs = (rows.len() * (rows.len() - 1) / 2).max(1) as f64;
        Ok(Self { sums, sizes: grouping.sizes.clone(), scale: size / pairs })
    }

    /// Unbiased MMD² between the groups labelled true and those labelled false, of those in `among`.
    fn mmd2(&self, among: &[usize], labels: &[bool]) -> f64 {
        let (mut first, mut second, mut across) = (0.0, 0.0, 0.0);
        let (mut n, mut m) = (0, 0);
        for (a, in_first) in among.iter().zip(labels) {
            let (mut to_first, mut to_second) = (0.0, 0.0);
            for (b, other_in_first) in among.iter().zip(labels) {
                if *other_in_first {
                    to_first += self.sums[*a][*b];
                } else {
                    to_second += self.sums[*a][*b];
                }
            }
            if *in_first {
                first += to_first;
                across += to_second;
                n += self.sizes[*a];
            } else {
                second += to_second;
                m += self.sizes[*a];
            }
        }
        let (n, m) = (n as f64, m as f64);
        first / (n * (n - 1.0)) + second / (m * (m - 1.0)) - 2.0 * across / (n * m)
    }

    fn mmd2_of_all(
        &self,
        among: &[usize],
        labellings: &Labellings,
        monitor: &dyn Monitor,
    ) -> Result<Vec<f64>, DriftError> {
        labellings
            .all
            .iter()
            .map(|labels| if monitor.stopped() { Err(DriftError::Stopped) } else { Ok(self.mmd2(among, labels)) })
            .collect()
    }
}

/// (xᵀy / d + 1)³.
fn kernel(x: &[f64], y: &[f64]) -> f64 {
    // Four sums side by side: the same order everywhere, and quicker than one.
    let mut sums = [0.0; 4];
    let (x_fours, x_rest) = x.as_chunks::<4>();
    let (y_fours, y_rest) = y.as_chunks::<4>();
    for (a, b) in x_fours.iter().zip(y_fours) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(a, b)| a * b).sum();
    let base = (sums[0] + sums[1] + sums[2] + sums[3] + rest) / x.len() as f64 + 1.0;
    base * base * base
}

#[cfg(test)]
#[path = "kid_tests.rs"]
mod tests;
