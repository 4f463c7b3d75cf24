//! Means, spreads, quantiles, histograms and the plain effect size.

/// The arithmetic mean; NaN of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation with divisor n − 1; NaN of fewer than two values.
pub fn sd(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    let centre = mean(values);
    let squares: f64 = values.iter().map(|value| (value - centre) * (value - centre)).sum();
    libm::sqrt(squares / (values.len() - 1) as f64)
}

/// A sorted copy (NaN last).
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut copy = values.to_vec();
    copy.sort_by(f64::total_cmp);
    copy
}

/// The `p` quantile of *sorted* values, linear between order statistics (Hyndman and Fan's type 7, what `NumPy` and R do by
/// default); NaN of nothing. `p` is clamped to [0, 1].
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = p.clamp(0.0, 1.0) * last as f64;
    let below = (libm::floor(at) as usize).min(last);
    let above = (below + 1).min(last);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

/// Ranks from 0; equal values share the mean of their places.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut ranks = vec![0.0; values.len()];
    for (place, tied) in order.chunk_by(|a, b| a.1 == b.1).scan(0, |at, tied| {
        let place = *at;
        *at += tied.len();
        Some((place, tied))
    }) {
        let mean = place as f64 + (tied.len() - 1) as f64 / 2.0;
        for (row, _) in tied {
            if let Some(rank) = ranks.get_mut(*row) {
                *rank = mean;
            }
        }
    }
    ranks
}

/// Counts in equal bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Lower edge of the first bin.
    pub low: f64,
    /// Upper edge of the last bin, which includes it.
    pub high: f64,
    /// One a bin.
    pub counts: Vec<u64>,
    /// Values below `low`.
    pub below: u64,
    /// Values above `high`.
    pub above: u64,
    /// Values that are not numbers.
    pub nan: u64,
}

/// Counts `values` in `bins` equal bins over [`low`, `high`]; each bin includes its lower edge, the last its upper one too.
/// No value is lost: those outside are counted apart.
pub fn histogram(values: &[f64], low: f64, high: f64, bins: usize) -> Histogram {
    let mut out = Histogram { low, high, counts: vec![0; bins], below: 0, above: 0, nan: 0 };
    let width = (high - low) / bins as f64;
    for &value in values {
        if value.is_nan() {
            out.nan += 1;
        } else if value < low {
            out.below += 1;
        } else if value > high || bins == 0 {
            out.above += 1;
        } else {
            let at = if width > 0.0 { ((value - low) / width) as usize } else { 0 };
            out.counts[at.min(bins - 1)] += 1;
        }
    }
    out
}

/// Cliff's delta: P(y > x) − P(y < x) over all pairs, from −1 to 1; 0 where one side is empty.
pub fn cliffs_delta(x: &[f64], y: &[f64]) -> f64 {
    if x.is_empty() || y.is_empty() {
        return 0.0;
    }
    let x = sorted(x);
    let balance: i64 = y
        .iter()
        .map(|value| {
            let below = x.partition_point(|other| other < value) as i64;
            let not_above = x.partition_point(|other| other <= value) as i64;
            below - (x.len() as i64 - not_above)
        })
        .sum();
    balance as f64 / (x.len() as f64 * y.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_quantiles() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(mean(&values), 2.5, "mean");
        assert!((sd(&values) - (5.0_f64 / 3.0).sqrt()).abs() < 1e-15, "divisor n - 1");
        assert!(mean(&[]).is_nan() && sd(&[1.0]).is_nan(), "undefined");
        let sorted = sorted(&values);
        assert_eq!(quantile(&sorted, 0.25), 1.75, "type 7");
        assert_eq!((quantile(&sorted, 0.0), quantile(&sorted, 1.0)), (1.0, 4.0), "ends");
        assert!(quantile(&[], 0.5).is_nan(), "nothing");
    }

    #[test]
    fn a_histogram_loses_nothing() {
        let got = histogram(&[0.0, 0.5, 1.0, -1.0, 2.0, f64::NAN, 0.49], 0.0, 1.0, 2);
        assert_eq!((got.counts, got.below, got.above, got.nan), (vec![2, 2], 1, 1, 1), "edges");
    }

    #[test]
    fn cliffs_delta_counts_pairs() {
        assert_eq!(cliffs_delta(&[1.0, 2.0], &[3.0, 4.0]), 1.0, "all above");
        assert_eq!(cliffs_delta(&[1.0, 2.0], &[1.0, 2.0]), 0.0, "same");
        // Pairs: 2>1, 2=2, 2<3 and 0<all: (1 - 1) + (0 - 3) of 6.
        assert_eq!(cliffs_delta(&[1.0, 2.0, 3.0], &[2.0, 0.0]), -0.5, "counted by hand");
    }
}
