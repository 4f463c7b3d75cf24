//! Combination coverage: which t-way combinations of values occur at all. Kuhn, Mendoza, Kacker and Lei, "Combinatorial
//! coverage measurement concepts and applications", IWCT 2013 (NIST's CCM).
//!
//! A row that lacks a value still counts in every subset of factors that it does have.

use super::levels::{Greatest, Levels, Tally, Walk, left_out, step, tuples};
use super::{Columns, Combination, CoverageError, Factor, words};
use crate::base::Monitor;

/// Whether a combination, given as (factor, level), is possible at all.
pub type Allowed<'a> = dyn Fn(&[(usize, u32)]) -> bool + 'a;

/// What one subset of factors covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubsetCoverage {
    /// The factors, rising.
    pub factors: Vec<usize>,
    /// Allowed combinations that occur.
    pub present: u64,
    /// Allowed combinations.
    pub possible: u64,
}

/// Which t-way combinations occur.
#[derive(Clone, Debug, PartialEq)]
pub struct CombinationCoverage {
    /// t: so many factors at a time.
    pub strength: usize,
    /// What was combined.
    pub factors: Vec<Factor>,
    /// Number of rows, in words.
    pub rows: String,
    /// Each subset of factors, in lexicographic order.
    pub subsets: Vec<SubsetCoverage>,
    /// Allowed combinations that occur, over all subsets.
    pub present: u64,
    /// Allowed combinations, over all subsets.
    pub possible: u64,
    /// Combinations that occur though the constraint does not allow them: the constraint or the data are wrong. They
    /// count neither as present nor as possible.
    pub against_constraint: u64,
    /// The most surprising absent combinations, at most [`super::LISTED_MOST`]; `possible - present` are absent.
    /// `count` is how many rows would hold it if the factors were independent.
    pub absent: Vec<Combination>,
    /// Values that are NaN, over all factors.
    pub missing: u64,
    /// Values outside all buckets, over all factors.
    pub outside: u64,
}

/// Counts which combinations of `strength` factors the rows of `table` hold. With `allowed`, impossible combinations
/// are no holes; it is asked once for every combination.
///
/// # Errors
/// [`CoverageError::Table`] where a factor has no column; [`CoverageError::Combinations`] for a strength that is not 1 to
/// 4 or above the number of factors, and above [`super::COMBINATIONS_MOST`]; [`CoverageError::Stopped`].
pub fn combination_coverage(
    table: &Columns,
    factors: &[Factor],
    strength: usize,
    allowed: Option<&Allowed<'_>>,
    monitor: &dyn Monitor,
) -> Result<CombinationCoverage, CoverageError> {
    let mut walk = Walk::new(factors, strength)?;
    let levels = Levels::of(table, factors)?;
    let (shares, n_rows) = (levels.shares(), levels.n_rows as f64);
    let expected = |combination: &[(usize, u32)]| {
        combination.iter().fold(n_rows, |product, (factor, level)| product * shares[*factor][*level as usize])
    };
    let mut tally = Tally::new(&levels, strength);
    let mut subsets = Vec::new();
    let mut absent = Greatest::new();
    let mut against_constraint = 0;
    loop {
        tally.count(&walk);
        let (mut present, mut possible) = (0, 0);
        walk.each_cell(|combination, cell| {
            let is_present = tally.counts[cell] > 0;
            if allowed.is_some_and(|allowed| !allowed(combination)) {
                against_constraint += u64::from(is_present);
                return;
            }
            possible += 1;
            if is_present {
                present += 1;
            } else {
                absent.offer(combination, expected(combination));
            }
        });
        subsets.push(SubsetCoverage { factors: walk.subset.clone(), present, possible });
        step(monitor, subsets.len() as u64, walk.n_subsets())?;
        if !walk.advance() {
            break;
        }
    }
    Ok(CombinationCoverage {
        strength,
        factors: factors.to_vec(),
        rows: table.counted(table.n_rows() as u64),
        present: subsets.iter().map(|subset| subset.present).sum(),
        possible: subsets.iter().map(|subset| subset.possible).sum(),
        subsets,
        against_constraint,
        absent: absent.take(),
        missing: levels.missing,
        outside: levels.outside,
    })
}

impl CombinationCoverage {
    /// Share of allowed combinations that occur ("total variable-value configuration coverage"); 1 where none is
    /// allowed.
    pub fn share(&self) -> f64 {
        if self.possible == 0 { 1.0 } else { self.present as f64 / self.possible as f64 }
    }

    /// What a person should know, with at most `most` of the absent combinations.
    pub fn sentences(&self, most: usize) -> Vec<String> {
        let what = tuples(self.strength);
        let share = words::percent(self.present, self.possible);
        let mut sentences =
            vec![format!("{} of {} {what} ({share}) occur in {}.", self.present, self.possible, self.rows)];
        for combination in self.absent.iter().take(most) {
            let place = combination.words(&self.factors);
            sentences.push(if combination.count >= 1.0 {
                let would = words::number(libm::round(combination.count), 3);
                format!("{place}: none, but about {would} if values met by chance.")
            } else {
                format!("{place}: none.")
            });
        }
        if self.against_constraint > 0 {
            sentences.push(format!(
                "{} {what} occur that the constraint calls impossible; correct the constraint or look at those rows.",
                self.against_constraint
            ));
        }
        sentences.extend(left_out(self.missing, self.outside));
        sentences
    }
}
