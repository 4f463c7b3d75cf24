//! What importance weights are worth: effective sample size, and probabilities under the nominal with their error.
//!
//! Deliberately no interval for adaptive or chained draws: the draws here are independent.

/// Whether the mean weight is known to be 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalisation {
    /// No requirements: weights are the full density ratio.
    Known,
    /// Requirements were met by rejection, so that weights lack a common constant: divide by their sum.
    SelfNormalised,
}

/// A probability or mean under the nominal, estimated from weighted draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error; infinite for a single draw.
    pub standard_error: f64,
    /// Effective sample size of all draws, (Σw)² / Σw².
    pub ess: f64,
    /// Effective sample size of the hits alone: a rare event seen by few effective hits has no trustworthy error.
    pub ess_hits: f64,
}

/// How even a row of weights is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightSummary {
    /// Number of draws.
    pub n: usize,
    /// Draws with weight 0: the nominal never draws them.
    pub zero: usize,
    /// Mean weight; near 1 for a proposal that covers the nominal, where no requirement refuses.
    pub mean: f64,
    /// The largest draw's share of the sum, 0 to 1.
    pub largest_share: f64,
    /// Effective sample size.
    pub ess: f64,
}

impl WeightSummary {
    /// The summary of log weights; all 0 for none.
    pub fn of(ln_weights: &[f64]) -> Self {
        let scaled = Scaled::new(ln_weights);
        let n = ln_weights.len();
        let sum: f64 = scaled.weights.iter().sum();
        let largest = scaled.weights.iter().copied().fold(0.0, f64::max);
        Self {
            n,
            zero: scaled.weights.iter().filter(|weight| **weight == 0.0).count(),
            mean: if n == 0 { 0.0 } else { libm::exp(scaled.ln_scale + libm::log(sum / n as f64)) },
            largest_share: if sum > 0.0 { largest / sum } else { 0.0 },
            ess: ess_of(&scaled.weights),
        }
    }
}

/// (Σw)² / Σw² of log weights: how many equally weighted draws would be worth as much. 0 where all weights are 0.
pub fn effective_sample_size(ln_weights: &[f64]) -> f64 {
    ess_of(&Scaled::new(ln_weights).weights)
}

/// Weights that sum to 1; all 0 where none is positive.
pub fn self_normalised(ln_weights: &[f64]) -> Vec<f64> {
    let weights = Scaled::new(ln_weights).weights;
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 { weights.iter().map(|weight| weight / sum).collect() } else { weights }
}

/// The probability of a hit under the nominal, from draws of the proposal. `None` where the lengths differ, there is no
/// draw, or no weight is positive.
///
/// [`Normalisation::Known`]: p = (1/n) Σ w·hit with variance (1/(n(n−1))) Σ (w·hit − p)².
/// [`Normalisation::SelfNormalised`]: p = Σ w·hit / Σ w with variance Σ w²(hit − p)² / (Σ w)² (delta method).
pub fn estimate(hits: &[bool], ln_weights: &[f64], normalisation: Normalisation) -> Option<Estimate> {
    let values: Vec<f64> = hits.iter().map(|hit| if *hit { 1.0 } else { 0.0 }).collect();
    let mut estimate = estimate_mean(&values, ln_weights, normalisation)?;
    let hit_weights: Vec<f64> = hits.iter().zip(ln_weights).filter(|(hit, _)| **hit).map(|(_, ln)| *ln).collect();
    estimate.ess_hits = effective_sample_size(&hit_weights);
    Some(estimate)
}

/// The mean of `values` under the nominal, as [`estimate`]; `ess_hits` counts every draw.
pub fn estimate_mean(values: &[f64], ln_weights: &[f64], normalisation: Normalisation) -> Option<Estimate> {
    // A weight that is no number stands for no share of reality: the draw was placed by hand.
    if values.len() != ln_weights.len() || ln_weights.iter().any(|ln| ln.is_nan()) {
        return None;
    }
    let Scaled { weights, ln_scale } = Scaled::new(ln_weights);
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 {
        return None;
    }
    let n = values.len() as f64;
    let (value, standard_error) = match normalisation {
        Normalisation::Known => {
            let scale = libm::exp(ln_scale);
            let mean = weights.iter().zip(values).map(|(w, v)| w * v).sum::<f64>() / n;
            let squares: f64 = weights.iter().zip(values).map(|(w, v)| (w * v - mean) * (w * v - mean)).sum();
            let variance = if n > 1.0 { squares / (n * (n - 1.0)) } else { f64::INFINITY };
            (scale * mean, scale * libm::sqrt(variance))
        }
        Normalisation::SelfNormalised => {
            let mean = weights.iter().zip(values).map(|(w, v)| w * v).sum::<f64>() / sum;
            let squares: f64 = weights.iter().zip(values).map(|(w, v)| w * w * (v - mean) * (v - mean)).sum();
            (mean, if n > 1.0 { libm::sqrt(squares) / sum } else { f64::INFINITY })
        }
    };
    let ess = ess_of(&weights);
    Some(Estimate { value, standard_error, ess, ess_hits: ess })
}

/// Weights divided by the largest, so that no exponential overflows.
struct Scaled {
    weights: Vec<f64>,
    ln_scale: f64,
}

impl Scaled {
    fn new(ln_weights: &[f64]) -> Self {
        let largest = ln_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // All weights 0 (or none at all): there is nothing to scale.
        let ln_scale = if largest.is_finite() { largest } else { 0.0 };
        Self { weights: ln_weights.iter().map(|ln| libm::exp(ln - ln_scale)).collect(), ln_scale }
    }
}

fn ess_of(weights: &[f64]) -> f64 {
    let (sum, squares) = weights.iter().fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effective_sizes_and_shares_are_the_textbook_ones() {
        assert_eq!(effective_sample_size(&[0.0; 8]), 8.0, "equal weights");
        // Weights 1 and 3: 16 / 10.
        let ln = [0.0, libm::log(3.0)];
        assert!((effective_sample_size(&ln) - 1.6).abs() < 1e-12, "two weights");
        assert!((self_normalised(&ln)[1] - 0.75).abs() < 1e-12, "share");
        let summary = WeightSummary::of(&[0.0, libm::log(3.0), f64::NEG_INFINITY]);
        assert_eq!((summary.n, summary.zero), (3, 1), "counts");
        assert!(
            (summary.mean - 4.0 / 3.0).abs() < 1e-12 && (summary.largest_share - 0.75).abs() < 1e-12,
            "{summary:?}"
        );
    }

    #[test]
    fn huge_and_tiny_weights_neither_overflow_nor_vanish() {
        for shift in [-5_000.0, 5_000.0] {
            let ln: Vec<f64> = [0.0, libm::log(3.0), 0.0].iter().map(|ln| ln + shift).collect();
            let estimate = estimate(&[true, false, false], &ln, Normalisation::SelfNormalised).unwrap();
            assert!((estimate.value - 0.2).abs() < 1e-9, "{estimate:?}");
            assert!((estimate.ess - 25.0 / 11.0).abs() < 1e-9, "{estimate:?}");
        }
    }

    #[test]
    fn estimates_by_hand() {
        let ln = [0.0, libm::log(2.0), libm::log(0.5), 0.0];
        let known = estimate(&[true, true, false, false], &ln, Normalisation::Known).unwrap();
        // Terms 1, 2, 0, 0: mean 0.75, squares 0.0625 + 1.5625 + 2 · 0.5625 = 2.75, variance 2.75 / 12.
        assert!((known.value - 0.75).abs() < 1e-12, "{known:?}");
        assert!((known.standard_error - (2.75_f64 / 12.0).sqrt()).abs() < 1e-12, "{known:?}");
        assert!((known.ess_hits - 1.8).abs() < 1e-12, "hits weigh 1 and 2: 9 / 5");
        let normalised = estimate(&[true, true, false, false], &ln, Normalisation::SelfNormalised).unwrap();
        assert!((normalised.value - 3.0 / 4.5).abs() < 1e-12, "{normalised:?}");
        let mean = estimate_mean(&[5.0; 4], &ln, Normalisation::SelfNormalised).unwrap();
        assert!((mean.value - 5.0).abs() < 1e-12 && mean.standard_error < 1e-12, "a constant has no error");
    }

    #[test]
    fn what_cannot_be_estimated_is_none() {
        assert_eq!(estimate(&[], &[], Normalisation::Known), None, "no draws");
        assert_eq!(estimate(&[true], &[0.0, 0.0], Normalisation::Known), None, "lengths");
        assert_eq!(estimate(&[true], &[f64::NEG_INFINITY], Normalisation::SelfNormalised), None, "no weight");
        let single = estimate(&[true], &[0.0], Normalisation::Known).unwrap();
        assert!(single.standard_error.is_infinite(), "one draw has no error estimate");
    }
}
