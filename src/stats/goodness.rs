//! How well values fit a distribution that was fixed beforehand: Kolmogorov–Smirnov, Anderson–Darling, quantile
//! against quantile.
//!
//! Deliberately not for a distribution fitted to the same values: there every p-value here is far too large. Nor for a
//! discrete one: ties make the test conservative.

use super::KsTest;
use super::test::kolmogorov_tail;

/// Up to so many values the p-value is exact.
const EXACT_VALUES: usize = 1_000;

/// From this n·d² on (p below about 0.0007) both one-sided events together are so rare (about exp(−6 n d²) of the
/// tail) that the p-value is twice the one-sided one.
const FAR_TAIL: f64 = 4.0;

/// More points say no more on a screen.
pub const QQ_POINTS_MOST: usize = 200;

/// The one-sample two-sided Kolmogorov–Smirnov test against the distribution function `cdf`; `None` without values or
/// where one of them, or its `cdf`, is NaN. The p-value is for a continuous `cdf`. Up to 1,000 values it is exact:
/// Durbin's matrix (1968; as Marsaglia, Tsang and Wang, J. Stat. Software 8(18), 2003, write it), and in the far
/// tail, at any size, twice the one-sided probability (Birnbaum and Tingey, Ann. Math. Stat. 22, 1951). Other p-values
/// are Kolmogorov's limit with Vrbik's correction (Pioneer J. Theor. Appl. Stat. 15, 2018), within 0.00003 of the
/// exact ones.
pub fn ks_one_sample(values: &[f64], cdf: impl Fn(f64) -> f64) -> Option<KsTest> {
    let shares = sorted_shares(values, cdf)?;
    let n = shares.len() as f64;
    let apart = |(rank, share): (usize, &f64)| (share - rank as f64 / n).max((rank as f64 + 1.0) / n - share);
    let statistic = shares.iter().enumerate().map(apart).fold(0.0, f64::max);
    Some(KsTest { statistic, p: ks_p(shares.len(), statistic) })
}

fn ks_p(n: usize, statistic: f64) -> f64 {
    let p = if n as f64 * statistic * statistic >= FAR_TAIL {
        2.0 * one_sided_tail(n, statistic)
    } else if n <= EXACT_VALUES {
        1.0 - durbin(n, statistic)
    } else {
        let root = libm::sqrt(n as f64);
        let t = root * statistic;
        kolmogorov_tail(t + 1.0 / (6.0 * root) + (t - 1.0) / (4.0 * n as f64))
    };
    p.clamp(0.0, 1.0)
}

/// P(D < d) as the middle entry of the n-th power of Durbin's matrix times n!/n^n. A row vector runs through the
/// matrix n times, each time scaled by the n-th root of that factor, so that nothing over- or underflows.
fn durbin(n: usize, statistic: f64) -> f64 {
    let reach = n as f64 * statistic;
    let k = libm::floor(reach) as usize + 1;
    let h = k as f64 - reach;
    let size = 2 * k - 1;
    let one_over_factorial: Vec<f64> = (0..=size)
        .scan(1.0, |product, i| {
            *product /= i.max(1) as f64;
            Some(*product)
        })
        .collect();
    let entry = |row: usize, column: usize| {
        if row + 1 < column {
            return 0.0;
        }
        let mut top = 1.0;
        if column == 0 {
            top -= libm::pow(h, row as f64 + 1.0);
        }
        if row + 1 == size {
            top -= libm::pow(h, (size - column) as f64);
        }
        if column == 0 && row + 1 == size && h > 0.5 {
            top += libm::pow(2.0 * h - 1.0, size as f64);
        }
        top * one_over_factorial[row + 1 - column]
    };
    let matrix: Vec<f64> = (0..size * size).map(|at| entry(at / size, at % size)).collect();
    let scale = libm::exp(libm::lgamma(n as f64 + 1.0) / n as f64) / n as f64;
    let mut vector = vec![0.0; size];
    vector[k - 1] = scale;
    for step in 1..=n {
        let mut next = vec![0.0; size];
        for (share, row) in vector.iter().zip(matrix.chunks_exact(size)) {
            next.iter_mut().zip(row).for_each(|(sum, entry)| *sum += share * entry);
        }
        let factor = if step == n { 1.0 } else { scale };
        vector = next.into_iter().map(|sum| sum * factor).collect();
    }
    vector[k - 1]
}

/// P(D⁺ ≥ d) = d Σ C(n, j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j) over j ≤ n(1 − d).
fn one_sided_tail(n: usize, statistic: f64) -> f64 {
    let n_real = n as f64;
    let ln_factorial = |count: f64| libm::lgamma(count + 1.0);
    let term = |j: usize| {
        let j = j as f64;
        let (low, high) = (statistic + j / n_real, 1.0 - statistic - j / n_real);
        if high <= 0.0 {
            return 0.0;
        }
        let ways = ln_factorial(n_real) - ln_factorial(j) - ln_factorial(n_real - j);
        libm::exp(ways + (j - 1.0) * libm::log(low) + (n_real - j) * libm::log(high))
    };
    statistic * (0..n).map(term).sum::<f64>()
}

/// Anderson and Darling's A² against the distribution function `cdf`: as [`ks_one_sample`], but with weight on both
/// tails. 0.6 is usual under the right distribution, above 2.49 has probability 0.05, above 3.88 has 0.01 (limits for
/// many values). Infinite where a value has `cdf` 0 or 1; `None` as [`ks_one_sample`].
pub fn anderson_darling(values: &[f64], cdf: impl Fn(f64) -> f64) -> Option<f64> {
    let shares = sorted_shares(values, cdf)?;
    let n = shares.len() as f64;
    let term =
        |(rank, (low, high)): (usize, (&f64, &f64))| (2.0 * rank as f64 + 1.0) * (libm::log(*low) + libm::log1p(-high));
    let sum: f64 = shares.iter().zip(shares.iter().rev()).enumerate().map(term).sum();
    Some(-n - sum / n)
}

/// `cdf` of every value, rising.
fn sorted_shares(values: &[f64], cdf: impl Fn(f64) -> f64) -> Option<Vec<f64>> {
    let shares: Vec<f64> = values.iter().map(|value| if value.is_nan() { f64::NAN } else { cdf(*value) }).collect();
    if shares.is_empty() || shares.iter().any(|share| share.is_nan()) {
        return None;
    }
    Some(super::sorted(&shares).into_iter().map(|share| share.clamp(0.0, 1.0)).collect())
}

/// A value and where the distribution has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QqPoint {
    /// The distribution's quantile at the value's plotting position (i + ½)/n.
    pub expected: f64,
    /// The value.
    pub observed: f64,
}

/// Observed values against quantiles of a distribution, rising; on the diagonal where they fit. Of more than
/// [`QQ_POINTS_MOST`] values, so many evenly spaced ones with the smallest and the largest. NaN is left out.
pub fn qq_points(values: &[f64], quantile: impl Fn(f64) -> f64) -> Vec<QqPoint> {
    let mut sorted = super::sorted(values);
    sorted.retain(|value| !value.is_nan());
    let (n, points) = (sorted.len(), sorted.len().min(QQ_POINTS_MOST));
    // Whole numbers, rounded to the nearest: the last point is the last value. A single point is the first.
    let gaps = points.saturating_sub(1).max(1);
    let rank = |point: usize| (point * n.saturating_sub(1) + gaps / 2) / gaps;
    let at = |point: usize| {
        let observed = *sorted.get(rank(point))?;
        Some(QqPoint { expected: quantile((rank(point) as f64 + 0.5) / n as f64), observed })
    };
    (0..points).filter_map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;
    use crate::base::special::{normal_cdf, normal_quantile};

    const UNIT: [f64; 10] = [0.083, 0.391, 0.152, 0.704, 0.933, 0.246, 0.517, 0.311, 0.999, 0.041];
    const NORMAL: [f64; 8] = [-1.2, 0.3, 2.1, -0.4, 0.9, 1.5, -2.2, 0.05];

    #[test]
    fn ks_p_values_meet_scipy() {
        // SciPy 1.17.1, `scipy.stats.kstwo.sf(d, n)`. Its p for 500 and 1,000 values below the far tail are approximate to
        // 5e-8: those three are Durbin's matrix in 60 digits (mpmath).
        for (n, d, p) in [
            (1, 0.6, 0.8),
            (5, 0.3, 0.664),
            (10, 0.2, 0.748_719_04),
            (10, 0.6, 0.000_568_167_200_000_000_3),
            (20, 0.274, 0.081_000_996_564_301_49),
            (50, 0.1, 0.662_311_270_465_818_6),
            (100, 0.1, 0.252_692_757_006_387_4),
            (100, 0.274, 3.986_959_734_522_374e-7),
            (140, 0.08, 0.314_807_499_116_430_63),
            (500, 0.03, 0.747_316_622_180_843_7),
            (1_000, 0.02, 0.810_897_131_070_212_2),
            (1_000, 0.05, 0.013_012_071_309_966_9),
            (1_000, 0.08, 5.154_189_384_789_824e-6),
            (100_000, 0.01, 4.093_278_023_549_254e-9),
        ] {
            let got = ks_p(n, d);
            assert!((got / p - 1.0).abs() < 1e-9, "n = {n}, d = {d}: {got} for {p}");
        }
        // Beyond 1,000 values the corrected limit.
        for (n, d, p) in [
            (2_000, 0.02, 0.395_313_362_689_204_5),
            (5_000, 0.01, 0.695_455_725_391_385_3),
            (20_000, 0.008, 0.153_715_967_230_318_55),
            (100_000, 0.003, 0.328_456_332_772_695_6),
        ] {
            let got = ks_p(n, d);
            assert!((got - p).abs() < 2.5e-5, "n = {n}, d = {d}: {got} for {p}");
        }
    }

    #[test]
    fn the_statistics_meet_scipy() {
        // SciPy 1.17.1: `kstest(x, "uniform")`, `kstest(x, "norm")`; A² of `goodness_of_fit(..., statistic="ad")` and
        // `anderson`.
        let unit = ks_one_sample(&UNIT, |x| x).unwrap();
        assert!((unit.statistic - 0.209).abs() < 1e-15 && (unit.p - 0.701_624_395_656_940_5).abs() < 1e-12, "{unit:?}");
        let normal = ks_one_sample(&NORMAL, normal_cdf).unwrap();
        assert!((normal.statistic - 0.190_939_874_653_240_47).abs() < 1e-14, "{normal:?}");
        assert!((normal.p - 0.883_254_452_955_213_3).abs() < 1e-12, "{normal:?}");
        assert!((anderson_darling(&NORMAL, normal_cdf).unwrap() - 0.599_781_300_650_096_9).abs() < 1e-13, "standard");
        let fitted = |x: f64| normal_cdf((x - 0.131_249_999_999_999_98) / 1.407_362_655_059_861_7);
        assert!((anderson_darling(&NORMAL, fitted).unwrap() - 0.121_130_639_571_106_26).abs() < 1e-13, "fitted");
    }

    #[test]
    fn under_the_right_distribution_p_is_uniform_and_a_square_has_its_limits() {
        let (mut small, mut beyond) = (0, 0);
        let mut stream = StreamKey::new(1, "goodness").stream("uniform", 0);
        for _ in 0..4_000 {
            let values: Vec<f64> = (0..40).map(|_| stream.next_unit()).collect();
            small += u32::from(ks_one_sample(&values, |x| x).unwrap().p <= 0.1);
            beyond += u32::from(anderson_darling(&values, |x| x).unwrap() > 2.492);
        }
        // Four standard errors of 4,000 trials: 76 about 400, and 55 about 200.
        assert!((324..=476).contains(&small) && (145..=255).contains(&beyond), "{small} and {beyond}");
    }

    #[test]
    fn what_cannot_be_tested_is_refused() {
        for values in [&[][..], &[f64::NAN], &[0.5, f64::NAN]] {
            assert!(ks_one_sample(values, |x| x).is_none() && anderson_darling(values, |x| x).is_none(), "{values:?}");
        }
        assert!(ks_one_sample(&[0.5], |_| f64::NAN).is_none(), "no distribution function");
        assert_eq!(anderson_darling(&[0.0, 0.5], |x| x), Some(f64::INFINITY), "outside the support");
        let apart = ks_one_sample(&[2.0, 3.0, 4.0], |_| 1.0).unwrap();
        assert!(apart.statistic == 1.0 && apart.p < 1e-15, "beyond the support: {apart:?}");
    }

    #[test]
    fn quantiles_of_the_right_distribution_lie_on_the_diagonal() {
        let n = 1_001;
        let values: Vec<f64> = (0..n).rev().map(|i| normal_quantile((f64::from(i) + 0.5) / f64::from(n))).collect();
        let points = qq_points(&values, normal_quantile);
        assert_eq!(
            (points.len(), points[0].observed, points[199].observed),
            (200, values[1_000], values[0]),
            "ends kept"
        );
        assert!(points.iter().all(|point| point.expected == point.observed), "the diagonal");
        assert!(points.windows(2).all(|pair| pair[0].observed < pair[1].observed), "rising, none twice");
        let three = qq_points(&[2.0, f64::NAN, 0.0, 1.0], |u| 6.0 * u);
        let pairs: Vec<_> = three.iter().map(|point| (point.expected, point.observed)).collect();
        assert_eq!(pairs, [(1.0, 0.0), (3.0, 1.0), (5.0, 2.0)], "by hand");
        assert_eq!(
            (qq_points(&[], |u| u), qq_points(&[7.0], |u| u)),
            (vec![], vec![QqPoint { expected: 0.5, observed: 7.0 }])
        );
    }
}
