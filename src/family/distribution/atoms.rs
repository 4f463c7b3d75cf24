//! Laws of single values: a table of values with their probabilities, and runs of whole numbers.

use super::law::{Edge, MOST_ATOMS, Shape};

/// Values with probabilities, rising.
#[derive(Clone, Debug)]
pub(super) struct Atoms {
    values: Vec<f64>,
    masses: Vec<f64>,
    /// P(X <= value).
    below: Vec<f64>,
    /// P(X > value).
    above: Vec<f64>,
    support: (f64, f64),
    /// [`Shape::atoms`] leaves smaller ones out.
    least_listed: f64,
}

impl Atoms {
    /// From (value, weight) in any order; `None` where there is no weight. The order given changes nothing, equal values
    /// are joined.
    pub(super) fn new(mut weighted: Vec<(f64, f64)>) -> Option<Self> {
        weighted.retain(|(_, weight)| *weight > 0.0);
        weighted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        // -0 and 0 sort apart but are one value.
        weighted.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0.0 };
            same
        });
        let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        let masses: Vec<f64> = weighted.iter().map(|(_, weight)| weight / total).collect();
        let values: Vec<f64> = weighted.iter().map(|(value, _)| *value).collect();
        let mut sum = 0.0;
        let mut below: Vec<f64> = weighted
            .iter()
            .map(|(_, weight)| {
                sum += weight;
                sum / total
            })
            .collect();
        *below.last_mut()? = 1.0;
        let mut sum = 0.0;
        let mut above: Vec<f64> = weighted
            .iter()
            .rev()
            .map(|(_, weight)| {
                let beyond = sum / total;
                sum += weight;
                beyond
            })
            .collect();
        above.reverse();
        let support = (*values.first()?, *values.last()?);
        Some(Self { values, masses, below, above, support, least_listed: 0.0 })
    }

    /// The counts of a Poisson law whose probability f64 can hold relative to the largest, by the ratio of neighbours
    /// outwards from the mode.
    pub(super) fn poisson(mean: f64) -> Option<Self> {
        const LEAST: f64 = 1e-290;
        let mode = libm::floor(mean);
        let mut weighted = vec![(mode, 1.0)];
        let (mut count, mut weight) = (mode, 1.0);
        while count > 0.0 && weight > LEAST {
            weight *= count / mean;
            count -= 1.0;
            weighted.push((count, weight));
        }
        (count, weight) = (mode, 1.0);
        while weight > LEAST {
            count += 1.0;
            weight *= mean / count;
            weighted.push((count, weight));
        }
        Self::new(weighted).map(|table| Self { support: (0.0, f64::INFINITY), least_listed: 1e-15, ..table })
    }

    fn at(&self, index: usize) -> f64 {
        self.values.get(index).or(self.values.last()).copied().unwrap_or(f64::NAN)
    }

    /// Index of the last value at or below `x`.
    fn last_until(&self, x: f64) -> Option<usize> {
        self.values.partition_point(|value| *value <= x).checked_sub(1)
    }
}

impl Shape for Atoms {
    fn lower(&self, x: f64) -> f64 {
        self.last_until(x).and_then(|index| self.below.get(index)).copied().unwrap_or(0.0)
    }

    fn upper(&self, x: f64) -> f64 {
        self.last_until(x).and_then(|index| self.above.get(index)).copied().unwrap_or(1.0)
    }

    fn quantile(&self, p: f64) -> f64 {
        self.at(self.below.partition_point(|below| *below < p))
    }

    fn upper_quantile(&self, q: f64) -> f64 {
        self.at(self.above.partition_point(|above| *above > q))
    }

    fn ln_density(&self, _x: f64) -> f64 {
        f64::NEG_INFINITY
    }

    fn support(&self) -> (f64, f64) {
        self.support
    }

    fn moments(&self) -> (f64, f64) {
        let weighted = || self.values.iter().zip(&self.masses);
        let mean: f64 = weighted().map(|(value, mass)| value * mass).sum();
        let variance: f64 = weighted().map(|(value, mass)| (value - mean) * (value - mean) * mass).sum();
        (mean, libm::sqrt(variance))
    }

    fn edges(&self) -> [Edge; 2] {
        [Edge::None; 2]
    }

    fn mass(&self, x: f64) -> f64 {
        let index = self.last_until(x).filter(|index| self.at(*index) == x);
        index.and_then(|index| self.masses.get(index)).copied().unwrap_or(0.0)
    }

    fn atoms(&self) -> Vec<(f64, f64)> {
        let all = self.values.iter().copied().zip(self.masses.iter().copied());
        all.filter(|(_, mass)| *mass >= self.least_listed).collect()
    }

    fn runs(&self) -> Vec<(f64, f64)> {
        // Only the Poisson's support goes on past its table.
        if self.support.1.is_infinite() { vec![self.support] } else { Vec::new() }
    }

    fn continuous_share(&self) -> f64 {
        0.0
    }
}

/// Whole numbers from `low` to `high`, equally likely.
#[derive(Clone, Debug)]
pub(super) struct Whole {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Whole {
    fn count(&self) -> f64 {
        self.high - self.low + 1.0
    }
}

impl Shape for Whole {
    fn lower(&self, x: f64) -> f64 {
        ((libm::floor(x) - self.low + 1.0) / self.count()).clamp(0.0, 1.0)
    }

    fn upper(&self, x: f64) -> f64 {
        ((self.high - libm::floor(x)) / self.count()).clamp(0.0, 1.0)
    }

    fn quantile(&self, p: f64) -> f64 {
        let guess = (self.low - 1.0 + libm::ceil(p * self.count())).clamp(self.low, self.high);
        // The product may have been rounded over a whole number.
        if guess > self.low && self.lower(guess - 1.0) >= p {
            guess - 1.0
        } else if guess < self.high && self.lower(guess) < p {
            guess + 1.0
        } else {
            guess
        }
    }

    fn upper_quantile(&self, q: f64) -> f64 {
        let guess = (self.high - libm::floor(q * self.count())).clamp(self.low, self.high);
        if guess > self.low && self.upper(guess - 1.0) <= q {
            guess - 1.0
        } else if guess < self.high && self.upper(guess) > q {
            guess + 1.0
        } else {
            guess
        }
    }

    fn ln_density(&self, _x: f64) -> f64 {
        f64::NEG_INFINITY
    }

    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    fn moments(&self) -> (f64, f64) {
        let n = self.count();
        (self.low + 0.5 * (self.high - self.low), libm::sqrt((n - 1.0) * (n + 1.0) / 12.0))
    }

    fn edges(&self) -> [Edge; 2] {
        [Edge::None; 2]
    }

    fn mass(&self, x: f64) -> f64 {
        let is_one = x >= self.low && x <= self.high && libm::floor(x) == x;
        if is_one { 1.0 / self.count() } else { 0.0 }
    }

    fn atoms(&self) -> Vec<(f64, f64)> {
        if self.count() > MOST_ATOMS as f64 {
            return Vec::new();
        }
        (0..self.count() as u32).map(|index| (self.low + f64::from(index), 1.0 / self.count())).collect()
    }

    fn runs(&self) -> Vec<(f64, f64)> {
        vec![(self.low, self.high)]
    }

    fn continuous_share(&self) -> f64 {
        0.0
    }
}
