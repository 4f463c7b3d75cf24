//! Which part of each parameter's nominal range the draws reached: bins of equal nominal probability, and the empty ones.
//!
//! One parameter at a time; combinations of parameters are not looked at here.

use std::collections::BTreeMap;

use super::Draw;
use crate::family::{Distribution, Family};

/// One parameter's bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// The parameter.
    pub parameter: String,
    /// Bin edges in the parameter's unit, one more than bins; for a discrete parameter the values themselves, one a bin.
    pub edges: Vec<f64>,
    /// Whether every bin is one value.
    pub is_discrete: bool,
    /// Draws in each bin.
    pub counts: Vec<u64>,
    /// Draws beyond the nominal's range.
    pub outside: u64,
}

/// The bins that no draw reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Holes {
    /// Number of empty bins.
    pub empty: usize,
    /// Number of bins.
    pub bins: usize,
    /// Neighbouring empty bins joined, as (low, high) in the parameter's unit.
    pub intervals: Vec<(f64, f64)>,
}

/// The coverage of every parameter by `draws`, in `bins` bins of equal nominal probability (at least one). A discrete
/// parameter has one bin a value.
pub fn coverage(family: &Family, draws: &[Draw], bins: usize) -> Vec<Coverage> {
    let columns: BTreeMap<&str, Vec<f64>> = family
        .parameters
        .iter()
        .map(|parameter| {
            let column = draws.iter().filter_map(|draw| draw.values.get(&parameter.name).copied()).collect();
            (parameter.name.as_str(), column)
        })
        .collect();
    let _ = (columns, bins);
    Vec::new()
}

impl Coverage {
    /// The coverage of one parameter by `values`.
    pub fn of(parameter: &str, nominal: &Distribution, values: &[f64], bins: usize) -> Self {
        let is_discrete = nominal.is_discrete();
        let bins = bins.max(1);
        let edges = if is_discrete {
            nominal.values()
        } else {
            (0..=bins).map(|bin| nominal.quantile(bin as f64 / bins as f64)).collect()
        };
        let n_bins = if is_discrete { edges.len() } else { bins };
        let mut counts = vec![0; n_bins];
        let mut outside = 0;
        let (low, high) = nominal.support();
        for value in values {
            let bin = if is_discrete {
                edges.iter().position(|edge| edge == value)
            } else if *value < low || *value > high {
                None
            } else {
                // Through the edges, not the distribution function: a value on an edge belongs to the bin it opens.
                Some(edges.partition_point(|edge| edge <= value).saturating_sub(1).min(n_bins - 1))
            };
            match bin.and_then(|bin| counts.get_mut(bin)) {
                Some(count) => *count += 1,
                None => outside += 1,
            }
        }
        Self { parameter: parameter.to_owned(), edges, is_discrete, counts, outside }
    }

    /// Share of bins that hold a draw; 1 where there are no bins.
    pub fn share(&self) -> f64 {
        let reached = self.counts.iter().filter(|count| **count > 0).count();
        if self.counts.is_empty() { 1.0 } else { reached as f64 / self.counts.len() as f64 }
    }

    /// The share that as many draws from the nominal would reach on average: the mean of 1 − (1 − p)^n over bins of equal
    /// probability p. Only for continuous parameters; a discrete one's values differ in probability.
    pub fn expected_share(&self) -> Option<f64> {
        let n = self.counts.iter().sum::<u64>() + self.outside;
        let bins = self.counts.len() as f64;
        (!self.is_discrete && bins > 0.0).then(|| 1.0 - libm::pow(1.0 - 1.0 / bins, n as f64))
    }

    /// The bins without a draw.
    pub fn holes(&self) -> Holes {
        let mut intervals: Vec<(f64, f64)> = Vec::new();
        let mut empty = 0;
        for (bin, _) in self.counts.iter().enumerate().filter(|(_, count)| **count == 0) {
            empty += 1;
            let Some(low) = self.edges.get(bin).copied() else { continue };
            let high = if self.is_discrete { low } else { self.edges.get(bin + 1).copied().unwrap_or(low) };
            match intervals.last_mut() {
                Some(last) if !self.is_discrete && last.1 == low => last.1 = high,
                _ => intervals.push((low, high)),
            }
        }
        Holes { empty, bins: self.counts.len(), intervals }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::Weighted;

    #[test]
    fn bins_hold_equal_nominal_probability_and_holes_are_joined() {
        let nominal = Distribution::LogUniform { low: 1.0, high: 10_000.0 };
        let coverage = Coverage::of("p", &nominal, &[1.0, 5.0, 10_000.0, 20_000.0], 4);
        assert_eq!((coverage.counts.as_slice(), coverage.outside), (&[2, 0, 0, 1][..], 1), "{coverage:?}");
        let holes = coverage.holes();
        let [(low, high)] = holes.intervals.as_slice() else { panic!("{holes:?}") };
        assert!((low - 10.0).abs() < 1e-9 && (high - 1_000.0).abs() < 1e-6, "{holes:?}");
        assert_eq!((holes.empty, holes.bins, coverage.share()), (2, 4, 0.5), "counts");
    }

    #[test]
    fn an_edge_opens_its_bin() {
        let nominal = Distribution::Uniform { low: 0.0, high: 4.0 };
        assert_eq!(Coverage::of("p", &nominal, &[0.0, 1.0, 2.0, 3.0, 4.0], 4).counts, [1, 1, 1, 2], "edges");
    }

    #[test]
    fn discrete_parameters_have_a_bin_a_value() {
        let weighted = |value: f64| Weighted { value, weight: 1.0, label: String::new() };
        let nominal = Distribution::Choice(vec![weighted(2.0), weighted(0.0), weighted(5.0)]);
        let coverage = Coverage::of("p", &nominal, &[0.0, 0.0, 3.0], 10);
        assert_eq!((coverage.edges.as_slice(), coverage.counts.as_slice()), (&[0.0, 2.0, 5.0][..], &[2, 0, 0][..]));
        assert_eq!(coverage.holes().intervals, [(2.0, 2.0), (5.0, 5.0)], "values are not joined");
        assert_eq!((coverage.outside, coverage.expected_share()), (1, None), "outside");
    }

    #[test]
    fn expected_shares_meet_the_published_ones() {
        let nominal = Distribution::Uniform { low: 0.0, high: 1.0 };
        for (n, share) in [(230, 0.901), (460, 0.990)] {
            let coverage = Coverage::of("p", &nominal, &vec![0.5; n], 100);
            assert!((coverage.expected_share().unwrap() - share).abs() < 5e-4, "{n}");
        }
    }
}
