//! Distributions that follow the data as they are: values with their shares, bars, quantiles, and both together.
//!
//! They fit anything, so their own p-values would say nothing; what they cost is their number of parameters.

use super::Bar;
use super::values::Values;
use crate::family::Distribution;
use crate::family::distribution::{Part, Weighted};

/// Distinct values from which on a list of them is no longer something to read.
pub(super) const MOST_CHOICES: usize = 100;

/// Share of all values from which on one number is taken for something of its own (a robot at rest, a sensor's stop).
pub(super) const ATOM: f64 = 0.05;

/// Intervals between quantiles.
const MOST_QUANTILES: usize = 50;
const FEWEST_QUANTILES: usize = 4;

/// Bars of a histogram.
const MOST_BARS: usize = 100;

type Fitted = Result<Distribution, String>;

/// Bars of equal width between the outermost values, by Rice's rule: twice the cube root of how many values there are.
pub(super) fn bars(values: &Values) -> Vec<Bar> {
    let n_bars = (libm::ceil(2.0 * libm::cbrt(values.total)) as usize).clamp(8, 48);
    let (low, width) = (values.low(), values.range());
    let edge = |at: usize| low + width * at as f64 / n_bars as f64;
    let mut bars: Vec<Bar> = (0..n_bars).map(|at| Bar { low: edge(at), high: edge(at + 1), share: 0.0 }).collect();
    for (value, weight) in values.pairs() {
        let at = ((value - low) / width * n_bars as f64) as usize;
        if let Some(bar) = bars.get_mut(at.min(n_bars - 1)) {
            bar.share += weight / values.total;
        }
    }
    bars
}

/// A bar a value.
pub(super) fn single(values: &Values) -> Vec<Bar> {
    values.pairs().map(|(value, weight)| Bar { low: value, high: value, share: weight / values.total }).collect()
}

/// The values with their shares.
pub(super) fn choice(values: &Values) -> Fitted {
    if values.at.len() > MOST_CHOICES {
        return Err(format!("{} distinct values are too many to list", values.at.len()));
    }
    Ok(choices(values.pairs()))
}

fn choices(pairs: impl Iterator<Item = (f64, f64)>) -> Distribution {
    Distribution::Choice(pairs.map(|(value, weight)| Weighted { value, weight, label: String::new() }).collect())
}

/// Equal bars between the outermost values. Their number is where the log-likelihood, scaled to the effective number of
/// values, less the penalty of Birgé and Rozenholc (ESAIM: Probability and Statistics 10, 2006) is highest.
pub(super) fn histogram(values: &Values) -> Distribution {
    let (low, width) = (values.low(), values.range());
    let counts = |bars: usize| {
        let mut counts = vec![0.0; bars];
        for (value, weight) in values.pairs() {
            let at = ((value - low) / width * bars as f64) as usize;
            if let Some(count) = counts.get_mut(at.min(bars - 1)) {
                *count += weight;
            }
        }
        counts
    };
    let score = |bars: usize| {
        let share = |count: f64| count / values.total;
        let filled = counts(bars).into_iter().filter(|count| *count > 0.0);
        let ln_likelihood: f64 = filled.map(|count| share(count) * libm::log(share(count) * bars as f64)).sum();
        let d = bars as f64;
        values.effective * ln_likelihood - (d - 1.0 + libm::pow(libm::log(d), 2.5))
    };
    // More bars than every other value would find the resolution of the sensor.
    let most = (values.at.len() / 2).clamp(1, MOST_BARS);
    let best = (1..=most)
        .map(|bars| (bars, score(bars)))
        .fold((1, f64::NEG_INFINITY), |best, next| if next.1 > best.1 { next } else { best });
    let edge = |at: usize| if at == best.0 { values.high() } else { low + width * at as f64 / best.0 as f64 };
    Distribution::Histogram { edges: (0..=best.0).map(edge).collect(), weights: counts(best.0) }
}

/// Quantiles at equally spaced probabilities: as many as leave four effective values between two, at least four and at most
/// fifty intervals, and fewer where equal values would fall on neighbouring ones.
pub(super) fn empirical(values: &Values) -> Fitted {
    let all = values.repeated();
    let first = ((values.effective / 4.0) as usize).clamp(FEWEST_QUANTILES, MOST_QUANTILES);
    let quantiles = |intervals: usize| -> Vec<f64> {
        (0..=intervals).map(|at| crate::stats::quantile(&all, at as f64 / intervals as f64)).collect()
    };
    let rises = |quantiles: &Vec<f64>| quantiles.iter().zip(quantiles.iter().skip(1)).all(|(a, b)| a < b);
    let found = (FEWEST_QUANTILES..=first).rev().map(quantiles).find(rises);
    let quantiles = found.ok_or("single values hold so many of the data that quantiles fall on each other")?;
    Ok(Distribution::Empirical { quantiles, from: None })
}

/// Single values that hold a twentieth of the data or more as a choice, and quantiles of the rest.
pub(super) fn mixture(values: &Values) -> Fitted {
    let is_atom = |pair: &(f64, f64)| pair.1 >= ATOM * values.total;
    let atoms = choices(values.pairs().filter(is_atom));
    let held: f64 = values.pairs().filter(is_atom).map(|(_, weight)| weight).sum();
    let rest: Vec<(f64, f64)> = values.pairs().filter(|pair| !is_atom(pair)).collect();
    let share = 1.0 - held / values.total;
    if held == 0.0 {
        return Err("no single value holds a twentieth of the data".to_owned());
    }
    let rest = Values::new(rest, values.effective * share).filter(|rest| rest.at.len() > FEWEST_QUANTILES);
    let rest = empirical(&rest.ok_or("hardly a value lies outside the repeated ones: Choice says it")?)?;
    Ok(Distribution::Mixture(vec![Part { weight: 1.0 - share, of: atoms }, Part { weight: share, of: rest }]))
}
