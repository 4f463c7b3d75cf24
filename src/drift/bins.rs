//! How one feature's distribution differs, over ten bins: the population stability index and the Jensen–Shannon distance.
//!
//! Bins are the reference's deciles, open at both ends; a value on an edge falls below it. Other bins give other numbers: what is told
//! here is not comparable with other tools' defaults.

use crate::stats::{quantile, sorted};

/// Bins.
const BINS: usize = 10;
/// The least share of a bin in the index: of an empty one it is not defined.
const LEAST: f64 = 1e-4;

/// Shares of both sides in the reference's deciles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Deciles {
    reference: [f64; BINS],
    other: [f64; BINS],
}

impl Deciles {
    /// Of values that are finite; neither side is empty.
    pub(super) fn new(reference: &[f64], other: &[f64]) -> Self {
        let ordered = sorted(reference);
        let edges: [f64; BINS - 1] = core::array::from_fn(|at| quantile(&ordered, (at + 1) as f64 / BINS as f64));
        let shares = |values: &[f64]| {
            let mut counts = [0_usize; BINS];
            for value in values {
                counts[edges.partition_point(|edge| edge < value)] += 1;
            }
            counts.map(|count| count as f64 / values.len() as f64)
        };
        Self { reference: shares(reference), other: shares(other) }
    }

    fn pairs(&self) -> impl Iterator<Item = (f64, f64)> {
        self.reference.into_iter().zip(self.other)
    }

    /// Population stability index: Σ (b − a) ln(b / a), shares of at least 0.0001.
    pub(super) fn psi(&self) -> f64 {
        let at_least = self.pairs().map(|(a, b)| (a.max(LEAST), b.max(LEAST)));
        at_least.map(|(a, b)| (b - a) * libm::log(b / a)).sum()
    }

    /// Jensen–Shannon distance: the root of the divergence in bits, 0 to 1.
    pub(super) fn js(&self) -> f64 {
        let part = |share: f64, middle: f64| if share > 0.0 { share * libm::log2(share / middle) } else { 0.0 };
        let divergence: f64 = self.pairs().map(|(a, b)| part(a, 0.5 * (a + b)) + part(b, 0.5 * (a + b))).sum();
        libm::sqrt((0.5 * divergence).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_alike_is_one_and_the_same_is_zero() {
        let ten: Vec<f64> = (0..100).map(f64::from).collect();
        let same = Deciles::new(&ten, &ten);
        assert_eq!((same.psi(), same.js()), (0.0, 0.0));
        let far = Deciles::new(&ten, &[1e9; 7]);
        // nine empty bins of a tenth, and all in the last
        let expected = 9.0 * (1e-4 - 0.1) * (1e-4_f64 / 0.1).ln() + 0.9 * 10.0_f64.ln();
        assert!((far.psi() - expected).abs() < 1e-9, "{} for {expected}", far.psi());
        assert!(far.js() > 0.8 && far.js() < 1.0, "a tenth is shared: {}", far.js());
    }

    #[test]
    fn a_reference_that_never_changes_has_one_bin() {
        let bins = Deciles::new(&[3.0; 5], &[3.0, 3.0, 4.0, 2.0]);
        assert_eq!(bins.reference.iter().filter(|share| **share > 0.0).count(), 1);
        assert!(bins.psi().is_finite() && bins.js() > 0.0);
    }
}
