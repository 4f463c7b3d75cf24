//! Entropy and mutual information of counted codes, within strata.
//!
//! Plug-in estimates: the shares that were counted are taken for probabilities. They say too much of few draws, most of it the same
//! for any labelling, which is why what chance says is taken off them (see [`super::chance`]).

use crate::stats::ranks;

/// Codes 0, 1, … of each draw, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Codes {
    pub(super) of_draw: Vec<usize>,
    pub(super) count: usize,
}

impl Codes {
    /// Everything in one.
    pub(super) fn one(draws: usize) -> Self {
        Self { of_draw: vec![0; draws], count: usize::from(draws > 0) }
    }

    /// At most `bins` bins that hold about as many draws each; equal values stay together.
    pub(super) fn binned(values: &[f64], bins: usize) -> Self {
        let share = bins as f64 / values.len() as f64;
        Self::numbered(ranks(values).into_iter().map(|rank| ((rank + 0.5) * share) as usize))
    }

    /// One code a value, in rising order, where there are at most `most`.
    pub(super) fn levels(values: &[f64], most: usize) -> Option<Self> {
        let mut found: Vec<f64> = Vec::new();
        for value in values {
            if let Err(at) =
                found.binary_search_by(|other| other.partial_cmp(value).unwrap_or(std::cmp::Ordering::Less))
            {
                if found.len() == most {
                    return None;
                }
                found.insert(at, *value);
            }
        }
        let code = |value: &f64| found.partition_point(|other| other < value);
        Some(Self { of_draw: values.iter().map(code).collect(), count: found.len() })
    }

    /// Whatever numbers there are, in rising order without gaps.
    pub(super) fn numbered(numbers: impl Iterator<Item = usize>) -> Self {
        let numbers: Vec<usize> = numbers.collect();
        let mut found = numbers.clone();
        found.sort_unstable();
        found.dedup();
        let code = |number: &usize| found.partition_point(|other| other < number);
        Self { of_draw: numbers.iter().map(code).collect(), count: found.len() }
    }

    /// Draws of each code.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.count];
        self.of_draw.iter().for_each(|code| sizes[*code] += 1);
        sizes
    }
}

/// Counts tables of two codes in each stratum, with k log₂ k looked up: the estimator of one number of draws.
pub(super) struct Counter {
    /// k log₂ k of every count.
    k_log_k: Vec<f64>,
}

impl Counter {
    pub(super) fn new(draws: usize) -> Self {
        let of = |count: usize| if count == 0 { 0.0 } else { count as f64 * libm::log2(count as f64) };
        Self { k_log_k: (0..=draws).map(of).collect() }
    }

    /// Entropy in bits of `codes` within the strata, averaged over them by size.
    pub(super) fn entropy(&self, codes: &Codes, strata: &Codes) -> f64 {
        let mut cells = vec![0_usize; strata.count * codes.count];
        for (code, stratum) in codes.of_draw.iter().zip(&strata.of_draw) {
            cells[stratum * codes.count + code] += 1;
        }
        let whole = self.sum(&strata.sizes());
        ((whole - self.sum(&cells)) / codes.of_draw.len() as f64).max(0.0)
    }

    /// Mutual information in bits between `one` and `other` within the strata, averaged over them by size.
    pub(super) fn mutual(&self, one: &Codes, other: &Codes, strata: &Codes) -> f64 {
        let mut cells = vec![0_usize; strata.count * one.count * other.count];
        let mut rows = vec![0_usize; strata.count * one.count];
        let mut columns = vec![0_usize; strata.count * other.count];
        for ((a, b), stratum) in one.of_draw.iter().zip(&other.of_draw).zip(&strata.of_draw) {
            rows[stratum * one.count + a] += 1;
            columns[stratum * other.count + b] += 1;
            cells[(stratum * one.count + a) * other.count + b] += 1;
        }
        let joint = self.sum(&cells) + self.sum(&strata.sizes());
        ((joint - self.sum(&rows) - self.sum(&columns)) / one.of_draw.len() as f64).max(0.0)
    }

    fn sum(&self, counts: &[usize]) -> f64 {
        counts.iter().map(|count| self.k_log_k[*count]).sum()
    }
}
