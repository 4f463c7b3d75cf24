//! What rows of neighbouring values are worth: how many independent ones.

/// Longest row of block means: the work grows with its square.
const LONGEST: usize = 8_000;

/// How many independent values the rows together are worth: their number over the autocorrelation time
/// 1 + 2 Σ ρ(k), at least 1 and at most their number.
///
/// The autocorrelation is pooled over the rows, about the mean of all, so that what tells one row from another counts as
/// dependence too: rows that are constant are worth one value each. The sum ends by Geyer's initial monotone sequence
/// (Statistical Science 7(4), 1992). Long rows are averaged in blocks first, which leaves the variance of the mean as it is.
pub(super) fn effective(rows: &[Vec<f64>]) -> f64 {
    let n: usize = rows.iter().map(Vec::len).sum();
    let mean = rows.iter().flatten().sum::<f64>() / n as f64;
    let squares = |rows: &[Vec<f64>]| rows.iter().flatten().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    let whole = squares(rows) / n as f64;
    let block = n.div_ceil(LONGEST).max(1);
    let blocks: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| row.chunks(block).map(|part| part.iter().sum::<f64>() / part.len() as f64).collect())
        .collect();
    let n_blocks = blocks.iter().map(Vec::len).sum::<usize>() as f64;
    let total = squares(&blocks);
    // Without spread there is nothing to correlate.
    if !(whole > 0.0 && total > 0.0) {
        return if whole > 0.0 { n as f64 } else { 1.0 };
    }
    let time = autocorrelation_time(&blocks, mean, total);
    let variance_of_mean = total / n_blocks * time / n_blocks;
    (whole / variance_of_mean).clamp(1.0, n as f64)
}

fn autocorrelation_time(rows: &[Vec<f64>], mean: f64, total: f64) -> f64 {
    let correlation = |lag: usize| {
        let pairs = rows.iter().flat_map(|row| row.iter().zip(row.iter().skip(lag)));
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / total
    };
    let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
    let (mut sum, mut least) = (0.0, f64::INFINITY);
    for first in (0..longest).step_by(2) {
        // Sums of two neighbours stay above 0 until only noise is left.
        let pair = (correlation(first) + correlation(first + 1)).min(least);
        if pair <= 0.0 {
            break;
        }
        sum += pair;
        least = pair;
    }
    // The term at lag 0 is in the sum once and stands for 1, the others for both directions.
    (2.0 * sum - 1.0).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;
    use crate::base::special::normal_quantile;

    fn noise(index: u64, n: usize) -> Vec<f64> {
        let mut stream = StreamKey::new(5, "dependence").stream("noise", index);
        (0..n).map(|_| normal_quantile(stream.next_unit())).collect()
    }

    #[test]
    fn constant_rows_are_worth_one_value_each_and_noise_is_worth_itself() {
        for length in [1, 2, 30, 31] {
            let rows: Vec<Vec<f64>> = noise(0, 12).iter().map(|level| vec![*level; length]).collect();
            let worth = effective(&rows);
            assert!((worth - 12.0).abs() < 1e-9, "rows of {length}: {worth}");
        }
        let worth = effective(&[noise(1, 4_000)]);
        assert!(worth > 3_500.0, "white noise: {worth} of 4,000");
        assert_eq!(effective(&[vec![2.0; 9]]), 1.0, "no spread");
    }

    #[test]
    fn an_autoregression_is_worth_what_theory_says_also_in_blocks() {
        // x(t+1) = r x(t) + noise has the autocorrelation time (1 + r) / (1 − r).
        let r = 0.8;
        for (index, n) in [(2, 6_000), (3, 60_000)] {
            let mut x = 0.0;
            let row: Vec<f64> = noise(index, n)
                .into_iter()
                .map(|step| {
                    x = r * x + step;
                    x
                })
                .collect();
            let expected = n as f64 * (1.0 - r) / (1.0 + r);
            let worth = effective(&[row]);
            assert!((worth / expected - 1.0).abs() < 0.2, "{worth} for {expected}");
        }
    }
}
