//! What chance would tell: draws shuffled within strata.
//!
//! The p-value is that of a generalised covariance measure (Shah and Peters 2020): products of what the causes leave of the candidate
//! and of the outcome, squared and added over their columns. Draws of the outcome are shuffled within strata of what the causes say of
//! it. So a candidate is accused only where three things fail together: the surface that is taken from it, the surface that is taken
//! from the outcome, and the strata.

use rayon::prelude::*;

use crate::base::{Monitor, Purpose};
use crate::drift::DriftError;
use crate::drift::rows::dot;
use crate::stats::{mean, quantile, sorted};

use super::columns::{Column, Columns};
use super::information::{Codes, Counter};
use super::smoother::Smoother;
use super::strata::strata;

/// Once so many shufflings told as much, more would not change what is said (Besag and Clifford 1991).
const ENOUGH: usize = 200;
/// Shufflings whose information is counted, for its mean and its band.
const COUNTED: usize = 199;
/// Shufflings between two looks at the monitor.
const BLOCK: usize = 50;

/// An outcome, ready to be shuffled.
pub(super) struct Target {
    pub(super) strata: Codes,
    pub(super) codes: Codes,
    /// Bits that the strata leave open.
    pub(super) open: f64,
    /// Share of what varies within strata that the causes' surface leaves as well.
    pub(super) left: f64,
    pub(super) counter: Counter,
    /// What the causes leave of it, with mean 0 in each stratum.
    pub(super) columns: Vec<Vec<f64>>,
    /// Draws of each stratum.
    members: Vec<Vec<usize>>,
    /// Sum of squares in each stratum, over all columns.
    squares: Vec<f64>,
    /// How much of the smoother's directions lies in the columns, squared and added over them.
    along: Vec<f64>,
    /// Spread of each direction within each stratum.
    spread: Vec<Vec<f64>>,
}

impl Target {
    pub(super) fn new(smoother: &Smoother, outcome: &Columns) -> Self {
        let strata = strata(&outcome.fitted);
        let mut members = vec![Vec::new(); strata.count];
        strata.of_draw.iter().enumerate().for_each(|(draw, stratum)| members[*stratum].push(draw));
        let centre = |values: &Vec<f64>| {
            let mut values = values.clone();
            for some in &members {
                let middle = mean(&some.iter().map(|draw| values[*draw]).collect::<Vec<_>>());
                for draw in some {
                    values[*draw] -= middle;
                }
            }
            values
        };
        let columns: Vec<Vec<f64>> = outcome.each.iter().map(|column| centre(&column.residual)).collect();
        let size = |columns: &[Vec<f64>]| columns.iter().flatten().map(|value| value * value).sum::<f64>();
        let before: Vec<Vec<f64>> = outcome.each.iter().map(|column| centre(&column.before)).collect();
        let left = if size(&before) > 0.0 { (size(&columns) / size(&before)).min(1.0) } else { 0.0 };
        let square = |draw: &usize| columns.iter().map(|column| column[*draw] * column[*draw]).sum::<f64>();
        let squares = members.iter().map(|some| some.iter().map(square).sum()).collect();
        let product = |direction: &Vec<f64>| {
            let parts = columns.iter().map(|column| dot(direction, column));
            parts.map(|part| part * part).sum()
        };
        let along = smoother.directions.iter().map(product).collect();
        let spread_in = |some: &Vec<usize>| {
            let of = |direction: &Vec<f64>| {
                let sum: f64 = some.iter().map(|draw| direction[*draw]).sum();
                some.iter().map(|draw| direction[*draw] * direction[*draw]).sum::<f64>() - sum * sum / some.len() as f64
            };
            smoother.directions.iter().map(of).collect()
        };
        let spread = members.iter().map(spread_in).collect();
        let counter = Counter::new(strata.of_draw.len());
        let codes = outcome.codes.clone();
        let open = counter.entropy(&codes, &strata);
        Self { strata, codes, open, left, counter, columns, members, squares, along, spread }
    }

    /// By how much the squared product of a column with the outcome's is larger than of shuffled ones where neither knows of the other.
    /// Smoothing takes degrees of freedom from the column, which shuffling gives back.
    fn inflation(&self, gains: &[f64]) -> f64 {
        let lost = |parts: &[f64]| parts.iter().zip(gains).map(|(part, gain)| (2.0 - gain) * gain * part).sum::<f64>();
        let whole: f64 = self.squares.iter().sum();
        let shuffled = |((squares, spread), some): ((&f64, &Vec<f64>), &Vec<usize>)| {
            squares * (1.0 - lost(spread) / (some.len() as f64 - 1.0).max(1.0))
        };
        let expected: f64 = self.squares.iter().zip(&self.spread).zip(&self.members).map(shuffled).sum();
        if expected > 0.0 { ((whole - lost(&self.along)) / expected).max(1.0) } else { 1.0 }
    }

    /// How much the candidate's columns have in common with these.
    pub(super) fn statistic(candidate: &[Vec<f64>], columns: &[Vec<f64>]) -> f64 {
        let squared =
            |one: &Vec<f64>| columns.iter().map(|other| dot(one, other)).map(|product| product * product).sum::<f64>();
        candidate.iter().map(squared).sum()
    }

    /// The candidate's first column times each of the outcome's, and the share of the statistic that these make up.
    pub(super) fn way(&self, candidate: &Columns) -> (Vec<f64>, f64) {
        let all: Vec<Vec<f64>> = candidate.each.iter().map(|column| column.residual.clone()).collect();
        let products: Vec<f64> = self.columns.iter().map(|column| dot(&all[0], column)).collect();
        let first: f64 = products.iter().map(|product| product * product).sum();
        let whole = Self::statistic(&all, &self.columns);
        (products, if whole > 0.0 { first / whole } else { 0.0 })
    }

    /// Number `at` of the shufflings: the outcome's columns and codes.
    fn shuffled(&self, purpose: Purpose, at: usize) -> (Vec<Vec<f64>>, Option<Codes>) {
        let mut stream = purpose.stream(at as u64);
        let mut from: Vec<usize> = (0..self.strata.of_draw.len()).collect();
        for some in &self.members {
            let mut mixed = some.clone();
            stream.shuffle(&mut mixed);
            some.iter().zip(mixed).for_each(|(draw, other)| from[*draw] = other);
        }
        let columns = self.columns.iter().map(|column| from.iter().map(|draw| column[*draw]).collect()).collect();
        let codes = |()| Codes {
            of_draw: from.iter().map(|draw| self.codes.of_draw[*draw]).collect(),
            count: self.codes.count,
        };
        (columns, (at < COUNTED).then_some(()).map(codes))
    }
}

/// What chance makes of one candidate.
pub(super) struct Chance {
    /// Bits that shuffled draws seem to tell, on average.
    pub(super) mean: f64,
    /// What 95 % of shufflings stay below.
    pub(super) high: f64,
    /// Permutation p.
    pub(super) p: f64,
}

/// A candidate on its way through the shufflings.
struct Runner<'a> {
    codes: &'a Codes,
    /// Its columns as they are to be multiplied with shuffled ones.
    columns: Vec<Vec<f64>>,
    observed: f64,
    reached: usize,
    seen: usize,
    bits: Vec<f64>,
}

impl<'a> Runner<'a> {
    fn new(target: &Target, candidate: &'a Columns) -> Self {
        let plain: Vec<Vec<f64>> = candidate.each.iter().map(|column| column.residual.clone()).collect();
        let inflated = |column: &Column| {
            let scale = libm::sqrt(target.inflation(&column.gains));
            column.residual.iter().map(|value| value * scale).collect()
        };
        Self {
            codes: &candidate.codes,
            // equal up to the order of summation
            observed: Target::statistic(&plain, &target.columns) * (1.0 - 1e-9),
            columns: candidate.each.iter().map(inflated).collect(),
            reached: 0,
            seen: 0,
            bits: Vec::with_capacity(COUNTED),
        }
    }

    fn see(&mut self, target: &Target, (columns, codes): &(Vec<Vec<f64>>, Option<Codes>)) {
        if let Some(codes) = codes {
            self.bits.push(target.counter.mutual(self.codes, codes, &target.strata));
        }
        if self.reached < ENOUGH {
            self.seen += 1;
            self.reached += usize::from(Target::statistic(&self.columns, columns) >= self.observed);
        }
    }

    fn chance(self) -> Chance {
        let enough = self.reached >= ENOUGH;
        let p = if enough {
            self.reached as f64 / self.seen as f64
        } else {
            (1 + self.reached) as f64 / (1 + self.seen) as f64
        };
        Chance { mean: mean(&self.bits), high: quantile(&sorted(&self.bits), 0.95), p }
    }
}

/// What up to `shufflings` of the outcome make of each candidate. All candidates meet the same ones, so that none changes another's.
pub(super) fn chances(
    target: &Target,
    candidates: &[&Columns],
    (purpose, shufflings): (Purpose, usize),
    monitor: &dyn Monitor,
) -> Result<Vec<Chance>, DriftError> {
    let mut runners: Vec<Runner<'_>> = candidates.iter().map(|candidate| Runner::new(target, candidate)).collect();
    for first in (0..shufflings).step_by(BLOCK) {
        if monitor.stopped() {
            return Err(DriftError::Stopped);
        }
        if first >= COUNTED && runners.iter().all(|runner| runner.reached >= ENOUGH) {
            break;
        }
        let last = (first + BLOCK).min(shufflings);
        let block: Vec<_> = (first..last).into_par_iter().map(|at| target.shuffled(purpose, at)).collect();
        runners.par_iter_mut().for_each(|runner| block.iter().for_each(|one| runner.see(target, one)));
    }
    Ok(runners.into_iter().map(Runner::chance).collect())
}
