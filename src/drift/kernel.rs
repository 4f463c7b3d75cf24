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

use fearless_simd::Level;

use crate::stats::quantile;

use super::labelling::{Part, Statistic};
use super::lanes;
use super::product::{LANES, Panels};
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
    pub(super) fn gaussian(rows: &Rows, level: Level) -> Self {
        let step = rows.count().div_ceil(MEDIAN_ROWS).max(1);
        let some: Vec<u32> = (0..rows.count() as u32).step_by(step).collect();
        let middle = median(&mut all_apart(&Panels::of(rows, &some, level), level));
        Self::Gaussian(if middle > 0.0 { 1.0 / middle } else { 1.0 })
    }

    /// Whether it is made of distances, not of products.
    pub(super) fn wants_apart(self) -> bool {
        !matches!(self, Self::Cubic)
    }

    /// Of a row of `length` numbers with others that have these products with it and these squared distances from it.
    pub(super) fn of(self, level: Level, (products, apart): (&[f64], &[f64]), length: usize, out: &mut [f64]) {
        match self {
            Self::Cubic => lanes::cubic(level, products, length as f64, out),
            Self::Gaussian(per_median) => lanes::gaussian(level, apart, per_median, out),
            Self::Distance => lanes::distance(level, apart, out),
        }
    }
}

/// Squared distances of all pairs.
fn all_apart(panels: &Panels, level: Level) -> Vec<f64> {
    let norms = panels.norms();
    let mut all = Vec::with_capacity(panels.count * panels.count / 2);
    let mut products = vec![0.0; norms.len() * LANES];
    let mut apart = vec![0.0; norms.len()];
    for panel in 0..panels.panels() {
        // those of the same panel, and of those before
        let width = (panel + 1) * LANES;
        panels.with(panel..panel + 1, panels, 0..panel + 1, &mut products[..width * LANES]);
        for (lane, products) in products.chunks(width).take(LANES).enumerate() {
            let row = panel * LANES + lane;
            if row < panels.count {
                lanes::squared(level, products, (norms[row], &norms), &mut apart[..width]);
                all.extend_from_slice(&apart[..row]);
            }
        }
    }
    all
}

/// The middle of `values`, which are left in another order; 0 of none.
fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let at = (values.len() - 1) / 2;
    let (_, low, above) = values.select_nth_unstable_by(at, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(*low);
    let middle = [*low, high];
    if values.len() % 2 == 1 { middle[0] } else { quantile(&middle, 0.5) }
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
        let weights = |part: Part| parts.iter().map(|one| f64::from(u8::from(*one == part))).collect::<Vec<_>>();
        let [is_first, is_second] = [weights(Part::First), weights(Part::Second)];
        let (mut first, mut second, mut across) = (0.0, 0.0, 0.0);
        let (mut n, mut m) = (0, 0);
        for ((part, sums), size) in parts.iter().zip(&self.sums).zip(&self.sizes) {
            match part {
                Part::First => {
                    first += dot(sums, &is_first);
                    across += dot(sums, &is_second);
                    n += size;
                }
                Part::Second => {
                    second += dot(sums, &is_second);
                    m += size;
                }
                Part::Out => {}
            }
        }
        let (n, m) = (n as f64, m as f64);
        vec![first / (n * (n - 1.0)) + second / (m * (m - 1.0)) - 2.0 * across / (n * m)]
    }

    fn scale(&self) -> f64 {
        self.scale
    }
}
