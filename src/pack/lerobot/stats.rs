//! Statistics of columns as `LeRobot` keeps them: exact in an episode, and over episodes as its own aggregation has them
//! (parallel mean and variance, quantiles averaged by count).

use crate::stats::quantile;

/// Shares whose quantiles are kept, with their names.
pub(super) const QUANTILES: [(&str, f64); 5] = [("q01", 0.01), ("q10", 0.1), ("q50", 0.5), ("q90", 0.9), ("q99", 0.99)];

/// Numbers of one element in one episode, or in all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct One {
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) mean: f64,
    /// Mean squared distance from the mean (divisor n, as `NumPy` has it).
    pub(super) variance: f64,
    pub(super) quantiles: [f64; QUANTILES.len()],
}

/// A column in one episode, or in all so far.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Summary {
    pub(super) count: u64,
    pub(super) elements: Vec<One>,
}

impl Summary {
    /// Of rows of `width` numbers, at least one.
    pub(super) fn of(numbers: &[f64], width: usize) -> Self {
        let element = |at: usize| {
            // As they are stored.
            let mut all: Vec<f64> =
                numbers.iter().skip(at).step_by(width).map(|number| f64::from(*number as f32)).collect();
            all.sort_by(f64::total_cmp);
            let n = all.len() as f64;
            let mean = all.iter().sum::<f64>() / n;
            let variance = all.iter().map(|number| (number - mean) * (number - mean)).sum::<f64>() / n;
            let (min, max) = (all.first().copied().unwrap_or(f64::NAN), all.last().copied().unwrap_or(f64::NAN));
            One { min, max, mean, variance, quantiles: QUANTILES.map(|(_, share)| quantile(&all, share)) }
        };
        Self { count: (numbers.len() / width) as u64, elements: (0..width).map(element).collect() }
    }

    /// Of no episode yet.
    pub(super) fn none(width: usize) -> Self {
        Self { count: 0, elements: vec![One::default(); width] }
    }

    /// With an episode more.
    pub(super) fn add(&mut self, episode: &Self) {
        let first = self.count == 0;
        self.count += episode.count;
        let share = episode.count as f64 / self.count as f64;
        for (all, one) in self.elements.iter_mut().zip(&episode.elements) {
            if first {
                *all = *one;
                continue;
            }
            let step = one.mean - all.mean;
            all.variance += share * (one.variance - all.variance) + share * (1.0 - share) * step * step;
            all.mean += share * step;
            all.min = all.min.min(one.min);
            all.max = all.max.max(one.max);
            for (all, one) in all.quantiles.iter_mut().zip(one.quantiles) {
                *all += share * (one - *all);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn episodes_together_have_the_mean_and_spread_of_all_their_rows() {
        let episodes: [&[f64]; 3] = [&[1.0, 10.0, 2.0, 20.0], &[4.0, -5.0], &[0.0, 1.0, 8.0, 3.0, -2.0, 0.5]];
        let mut together = Summary::none(2);
        for one in episodes {
            together.add(&Summary::of(one, 2));
        }
        let whole = Summary::of(&episodes.concat(), 2);
        assert_eq!(together.count, whole.count);
        for (a, b) in together.elements.iter().zip(&whole.elements) {
            assert_eq!((a.min, a.max), (b.min, b.max));
            assert!((a.mean - b.mean).abs() < 1e-12 && (a.variance - b.variance).abs() < 1e-12, "{a:?} {b:?}");
        }
        // 1, 2 | 4 | 0, 8, -2: medians 1.5, 4 and 0, by their counts.
        assert!((together.elements[0].quantiles[2] - (2.0 * 1.5 + 4.0 + 3.0 * 0.0) / 6.0).abs() < 1e-12);
    }
}
