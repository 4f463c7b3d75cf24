//! How one feature's distribution differs, over ten bins: the population stability index and the Jensen–Shannon distance.
//!
//! Bins are the reference's deciles, open at both ends; a value on an edge falls below it. Other bins give other numbers: what is told
//! here is not comparable with other tools' defaults.

/// Bins.
pub(super) const BINS: usize = 10;
/// The least share of a bin in the index: of an empty one it is not defined.
const LEAST: f64 = 1e-4;

/// Shares of both sides in the reference's deciles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Deciles {
    reference: [f64; BINS],
    other: [f64; BINS],
}

impl Deciles {
    /// Of how many rows of either side lie in each bin; neither side is empty.
    pub(super) fn of([reference, other]: [[u32; BINS]; 2]) -> Self {
        let shares = |counts: [u32; BINS]| {
            let all = f64::from(counts.iter().sum::<u32>().max(1));
            counts.map(|count| f64::from(count) / all)
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
        let even = [10; BINS];
        let same = Deciles::of([even, even]);
        assert_eq!((same.psi(), same.js()), (0.0, 0.0));
        let far = Deciles::of([even, [0, 0, 0, 0, 0, 0, 0, 0, 0, 7]]);
        // nine empty bins of a tenth, and all in the last
        let expected = 9.0 * (1e-4 - 0.1) * (1e-4_f64 / 0.1).ln() + 0.9 * 10.0_f64.ln();
        assert!((far.psi() - expected).abs() < 1e-9, "{} for {expected}", far.psi());
        assert!(far.js() > 0.8 && far.js() < 1.0, "a tenth is shared: {}", far.js());
        let apart = Deciles::of([[1, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 3]]);
        assert!((apart.js() - 1.0).abs() < 1e-15, "nothing is shared: {}", apart.js());
    }
}
