//! Tests of a hypothesis, and what turns many into few.

use super::size::binomial;

/// A Kolmogorov–Smirnov test, of two samples or of one against a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KsTest {
    /// Largest distance between the two distribution functions.
    pub statistic: f64,
    /// Two-sided p-value under independent values.
    pub p: f64,
}

/// Products of sizes up to which the p-value is exact.
const EXACT_PAIRS: usize = 1_000_000;

/// The two-sample Kolmogorov–Smirnov test; `None` where a side is empty or holds NaN. The p-value is exact (lattice paths)
/// up to a million pairs, else asymptotic with Stephens's correction; ties make it conservative. It treats every value as
/// independent: for frames of episodes use a permutation by group.
pub fn ks_two_sample(x: &[f64], y: &[f64]) -> Option<KsTest> {
    if x.is_empty() || y.is_empty() || x.iter().chain(y).any(|value| value.is_nan()) {
        return None;
    }
    let (x, y) = (super::sorted(x), super::sorted(y));
    let (n, m) = (x.len(), y.len());
    let (mut i, mut j, mut largest) = (0, 0, 0_u64);
    while i < n && j < m {
        let value = x[i].min(y[j]);
        while i < n && x[i] <= value {
            i += 1;
        }
        while j < m && y[j] <= value {
            j += 1;
        }
        // In units of 1 / (n m), so that equal distances compare equal.
        largest = largest.max((i as u64 * m as u64).abs_diff(j as u64 * n as u64));
    }
    let statistic = largest as f64 / (n as f64 * m as f64);
    let p = if n * m <= EXACT_PAIRS { ks_exact(n, m, largest) } else { ks_asymptotic(n, m, statistic) };
    Some(KsTest { statistic, p })
}

/// P(distance ≥ `limit`/(n m)): one minus the share of lattice paths that stay inside.
fn ks_exact(n: usize, m: usize, limit: u64) -> f64 {
    let inside = |i: usize, j: usize| (i as u64 * m as u64).abs_diff(j as u64 * n as u64) < limit;
    let mut row = vec![0.0; m + 1];
    for i in 0..=n {
        for j in 0..=m {
            row[j] = match (i, j) {
                _ if !inside(i, j) => 0.0,
                (0, 0) => 1.0,
                (0, _) => row[j - 1],
                (_, 0) => row[0],
                _ => (i as f64 * row[j] + j as f64 * row[j - 1]) / (i + j) as f64,
            };
        }
    }
    (1.0 - row[m]).clamp(0.0, 1.0)
}

fn ks_asymptotic(n: usize, m: usize, statistic: f64) -> f64 {
    let root = libm::sqrt(n as f64 * m as f64 / (n + m) as f64);
    kolmogorov_tail((root + 0.12 + 0.11 / root) * statistic)
}

/// Kolmogorov's limiting distribution: P(√n D ≥ `t`) for many values.
pub(super) fn kolmogorov_tail(t: f64) -> f64 {
    if t < 0.2 {
        return 1.0;
    }
    let mut sum = 0.0;
    let mut sign = 1.0;
    for k in 1..=100 {
        let k = f64::from(k);
        sum += sign * libm::exp(-2.0 * k * k * t * t);
        sign = -sign;
    }
    (2.0 * sum).clamp(0.0, 1.0)
}

/// The Monte Carlo permutation p-value (1 + #{permuted ≥ observed}) / (1 + B): never 0, and valid for any B.
pub fn permutation_p(observed: f64, permuted: &[f64]) -> f64 {
    let reached = permuted.iter().filter(|value| **value >= observed).count();
    (1 + reached) as f64 / (1 + permuted.len()) as f64
}

/// Benjamini and Hochberg's adjusted p-values, in the order given: rejecting those ≤ q keeps the expected share of false
/// rejections ≤ q for independent or positively dependent tests. NaN stays NaN and counts as no test.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|at| !p[*at].is_nan()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let count = order.len() as f64;
    let mut adjusted = vec![f64::NAN; p.len()];
    let mut least = 1.0_f64;
    for (rank, &at) in order.iter().enumerate().rev() {
        least = least.min(p[at] * count / (rank + 1) as f64);
        adjusted[at] = least;
    }
    adjusted
}

/// The exact one-sided `McNemar` test: P[Bin(wins + losses, ½) ≥ wins], where `wins` are the groups on which only the new arm is
/// right and `losses` those on which only the base is. 1 without any disagreement.
pub fn exact_mcnemar_one_sided(wins: u64, losses: u64) -> f64 {
    let pairs = wins + losses;
    if wins == 0 {
        return 1.0;
    }
    // Sum the shorter tail: it is the accurate one.
    if wins > losses {
        (wins..=pairs).map(|k| binomial(pairs, k, 0.5)).sum::<f64>().min(1.0)
    } else {
        1.0 - (0..wins).map(|k| binomial(pairs, k, 0.5)).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ks_meets_exact_small_cases() {
        let apart = ks_two_sample(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).expect("numbers");
        // Two of C(6, 3) = 20 orders are as extreme.
        assert!((apart.p - 0.1).abs() < 1e-12 && apart.statistic == 1.0, "{apart:?}");
        let same = ks_two_sample(&[1.0, 2.0], &[1.0, 2.0]).expect("numbers");
        assert_eq!((same.statistic, same.p), (0.0, 1.0), "equal sets");
        assert!(ks_two_sample(&[], &[1.0]).is_none() && ks_two_sample(&[f64::NAN], &[1.0]).is_none(), "refused");
    }

    #[test]
    fn ks_exact_and_asymptotic_agree_where_both_hold() {
        for limit in [400 * 30, 400 * 40, 400 * 50] {
            let statistic = f64::from(limit) / 160_000.0;
            let (exact, asymptotic) = (ks_exact(400, 400, limit as u64), ks_asymptotic(400, 400, statistic));
            assert!((exact - asymptotic).abs() < 0.02, "{statistic}: {exact} or {asymptotic}");
        }
        // The 5 % point of Kolmogorov's distribution is 1.3581.
        assert!((ks_asymptotic(1_000_000, 1_000_000, 1.3581 / 500_000_f64.sqrt()) - 0.05).abs() < 1e-4, "5 % point");
    }

    #[test]
    fn a_permutation_p_is_never_zero() {
        assert_eq!(permutation_p(5.0, &[1.0, 2.0, 3.0]), 0.25, "above all");
        assert_eq!(permutation_p(2.0, &[1.0, 2.0, 3.0]), 0.75, "ties count");
        assert_eq!(permutation_p(2.0, &[]), 1.0, "no permutation");
    }

    #[test]
    fn benjamini_hochberg_by_hand() {
        let got = benjamini_hochberg(&[0.04, 0.01, f64::NAN, 0.03, 0.005]);
        for (got, want) in got.iter().zip([0.04, 0.02, f64::NAN, 0.04, 0.02]) {
            assert!((got - want).abs() < 1e-15 || (got.is_nan() && want.is_nan()), "{got} for {want}");
        }
    }

    #[test]
    fn mcnemar_meets_its_references() {
        // Half of the two-sided .03088: P[Bin(18, ½) ≥ 14] = 4048 / 262144.
        assert!((exact_mcnemar_one_sided(14, 4) - 4048.0 / 262_144.0).abs() < 1e-12, "14 against 4");
        assert!((exact_mcnemar_one_sided(5, 0) - 0.031_25).abs() < 1e-14, "five wins");
        assert!((exact_mcnemar_one_sided(1, 3) - 0.937_5).abs() < 1e-14, "worse than base");
        assert_eq!(exact_mcnemar_one_sided(0, 0), 1.0, "nothing disagrees");
    }
}
