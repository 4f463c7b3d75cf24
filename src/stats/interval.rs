//! Confidence intervals for shares and for the difference of two shares. All two-sided.

use crate::base::special::normal_quantile;

use super::{beta_quantile, gamma_quantile, student_quantile};

/// A closed interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Wilson's score interval of `hits` in `trials`: close to its nominal coverage on average; for display.
/// Everything is possible ([0, 1]) without trials.
pub fn wilson(hits: u64, trials: u64, confidence: f64) -> Interval {
    if trials == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let n = trials as f64;
    let share = hits.min(trials) as f64 / n;
    let z = normal_quantile(0.5 + 0.5 * confidence);
    let centre = share + z * z / (2.0 * n);
    let half = z * libm::sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n));
    let scale = 1.0 + z * z / n;
    let low = if hits == 0 { 0.0 } else { ((centre - half) / scale).max(0.0) };
    let high = if hits >= trials { 1.0 } else { ((centre + half) / scale).min(1.0) };
    Interval { low, high }
}

/// Clopper and Pearson's exact interval: covers at least as often as it says; for guarantees.
pub fn clopper_pearson(hits: u64, trials: u64, confidence: f64) -> Interval {
    let hits = hits.min(trials);
    let tail = 0.5 * (1.0 - confidence);
    let (k, misses) = (hits as f64, (trials - hits) as f64);
    let low = if hits == 0 { 0.0 } else { beta_quantile(k, misses + 1.0, tail) };
    let high = if hits == trials { 1.0 } else { beta_quantile(k + 1.0, misses, 1.0 - tail) };
    Interval { low, high }
}

/// Newcombe's hybrid score interval (method 10, Statistics in Medicine 17 (1998) 873–890, no continuity correction) of
/// share 2 minus share 1, for two *independent* groups of trials. Each pair is (hits, trials).
pub fn newcombe(first: (u64, u64), second: (u64, u64), confidence: f64) -> Interval {
    if first.1 == 0 || second.1 == 0 {
        return Interval { low: -1.0, high: 1.0 };
    }
    let (one, two) = (wilson(first.0, first.1, confidence), wilson(second.0, second.1, confidence));
    let share_1 = first.0.min(first.1) as f64 / first.1 as f64;
    let share_2 = second.0.min(second.1) as f64 / second.1 as f64;
    let difference = share_2 - share_1;
    let down = libm::hypot(share_2 - two.low, one.high - share_1);
    let up = libm::hypot(two.high - share_2, share_1 - one.low);
    Interval { low: (difference - down).max(-1.0), high: (difference + up).min(1.0) }
}

/// Fay and Feuer's gamma interval (Statistics in Medicine 16 (1997) 791–801) of a sum of weighted rare hits with value
/// `value` > 0, estimated `variance`, and `largest` the most that one hit adds. With equal weights and Poisson variance it
/// is Garwood's exact Poisson interval; otherwise it was wide enough in every simulation that its authors and we made.
/// Not clipped to [0, 1].
pub fn weighted_count(value: f64, variance: f64, largest: f64, confidence: f64) -> Interval {
    let tail = 0.5 * (1.0 - confidence);
    let gamma = |mean: f64, variance: f64, p: f64| match mean * mean / variance {
        shape if shape.is_finite() => variance / mean * gamma_quantile(shape, p),
        _ => mean,
    };
    let low = gamma(value, variance, tail);
    Interval { low, high: gamma(value + largest, variance + largest * largest, 1.0 - tail) }
}

/// Cox's interval (Zhou & Gao, Statistics in Medicine 16 (1997) 783–790), with Student's t, for the *mean* of a positive
/// quantity from `logs` of independent values of it, taken as lognormal: m + s²/2 ± t √(s²/n + s⁴ / (2(n + 1))) on the log
/// scale. The last term is the unbiased estimate of the variance of s²/2. `None` of fewer than two values.
pub fn lognormal_mean(logs: &[f64], confidence: f64) -> Option<Interval> {
    let n = logs.len() as f64;
    let variance = super::sd(logs) * super::sd(logs);
    if !variance.is_finite() {
        return None;
    }
    let centre = super::mean(logs) + 0.5 * variance;
    let t = student_quantile(n - 1.0, 0.5 + 0.5 * confidence);
    let half = t * libm::sqrt(variance / n + variance * variance / (2.0 * (n + 1.0)));
    Some(Interval { low: libm::exp(centre - half), high: libm::exp(centre + half) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: Interval, low: f64, high: f64, tolerance: f64) {
        assert!((got.low - low).abs() < tolerance && (got.high - high).abs() < tolerance, "{got:?} for {low}, {high}");
    }

    #[test]
    fn clopper_pearson_meets_its_references() {
        // SciPy 1.17.1, `scipy.stats.beta.ppf`.
        near(clopper_pearson(0, 1000, 0.95), 0.0, 0.003_682_083_896_865_671, 1e-13);
        near(clopper_pearson(3, 1000, 0.95), 0.000_619_099_931_649_571, 0.008_742_023_238_478_3, 1e-13);
        near(clopper_pearson(10, 100, 0.95), 0.049_004_689_221_485_95, 0.176_222_597_740_022_7, 1e-13);
        near(clopper_pearson(5, 5, 0.95), 0.025_f64.powf(0.2), 1.0, 1e-12);
        near(clopper_pearson(0, 0, 0.95), 0.0, 1.0, f64::MIN_POSITIVE);
    }

    #[test]
    fn wilson_meets_the_printed_example() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148 and 0 of 20, method 3.
        near(wilson(81, 263, 0.95), 0.2553, 0.3662, 5e-5);
        near(wilson(15, 148, 0.95), 0.0624, 0.1605, 5e-5);
        near(wilson(0, 20, 0.95), 0.0, 0.1611, 5e-5);
        near(wilson(0, 0, 0.95), 0.0, 1.0, f64::MIN_POSITIVE);
    }

    #[test]
    fn newcombe_meets_its_references() {
        near(newcombe((10, 20), (18, 20), 0.95), 0.116, 0.613, 5e-4);
        near(newcombe((2, 20), (14, 20), 0.95), 0.303, 0.771, 5e-4);
        // Newcombe 1998, table II: 56/70 minus 48/80, method 10.
        near(newcombe((48, 80), (56, 70), 0.95), 0.0524, 0.3339, 5e-5);
    }

    #[test]
    fn equal_weights_give_the_exact_poisson_interval() {
        // Garwood 1936, as tabled for 10 events: 4.7954 to 18.3904.
        near(weighted_count(10.0, 10.0, 1.0, 0.95), 4.7954, 18.3904, 5e-5);
        near(weighted_count(0.02, 0.000_04, 0.002, 0.95), 0.009_590_8, 0.036_780_8, 1e-7);
        near(weighted_count(3.0, 0.0, 0.0, 0.95), 3.0, 3.0, f64::MIN_POSITIVE);
    }

    #[test]
    fn the_lognormal_mean_meets_its_formula_and_grows_with_the_scatter() {
        // Logs −1 and 1 twice: m = 0, s² = 4/3, t of 3 degrees 3.182 446 305 284; half = t √(1/3 + 8/45).
        let half = 3.182_446_305_284 * (1.0_f64 / 3.0 + 8.0 / 45.0).sqrt();
        let got = lognormal_mean(&[-1.0, 1.0, -1.0, 1.0], 0.95).unwrap();
        let (low, high) = ((2.0_f64 / 3.0 - half).exp(), (2.0_f64 / 3.0 + half).exp());
        near(got, low, high, 1e-8);
        near(lognormal_mean(&[2.0; 5], 0.95).unwrap(), 2.0_f64.exp(), 2.0_f64.exp(), 1e-12);
        assert_eq!(lognormal_mean(&[1.0], 0.95), None, "one value has no scatter");
    }
}
