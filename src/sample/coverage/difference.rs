//! Set difference combination coverage: which t-way combinations one table holds and others do not. Lanus, Freeman,
//! Kuhn and Kacker, "Combinatorial testing metrics for machine learning", ICSTW 2021; NIST CSWP 22.
//!
//! It is not symmetric, and it is no distance: a combination that occurs once counts as much as one that fills the
//! table. [`Difference::rows_with`] tells the two apart.

use super::levels::{Greatest, Levels, Tally, Walk, left_out, step, tuples};
use super::{Columns, Combination, CoverageError, Factor, words};
use crate::base::Monitor;

/// What one subset of factors holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubsetDifference {
    /// The factors, rising.
    pub factors: Vec<usize>,
    /// Combinations that occur in the table.
    pub present: u64,
    /// Those of them that occur in none of the others.
    pub only: u64,
}

/// What one table holds and others do not.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// t: so many factors at a time.
    pub strength: usize,
    /// What was combined.
    pub factors: Vec<Factor>,
    /// Each subset of factors, in lexicographic order.
    pub subsets: Vec<SubsetDifference>,
    /// Combinations that occur in the table, over all subsets.
    pub present: u64,
    /// Those of them that occur in none of the others.
    pub only: u64,
    /// Rows of the table that hold at least one combination that occurs in none of the others.
    pub rows_with: u64,
    /// Rows of the table.
    pub n_rows: u64,
    /// The most frequent combinations that occur in none of the others, at most [`super::LISTED_MOST`]; `count` is
    /// how many rows of the table hold it.
    pub most_frequent: Vec<Combination>,
    /// Values of the table that are NaN, over all factors.
    pub missing: u64,
    /// Values of the table outside all buckets, over all factors.
    pub outside: u64,
    /// The table without rows, and the others in words (`no draw and no training episode`), for sentences.
    rows: Columns,
    in_others: String,
}

/// What the synthetic table adds to the real one: the combinations that occur among draws and in no real row.
///
/// # Errors
/// As [`set_difference`].
pub fn what_synthetic_adds(
    synthetic: &Columns,
    real: &Columns,
    factors: &[Factor],
    strength: usize,
    monitor: &dyn Monitor,
) -> Result<Difference, CoverageError> {
    set_difference(synthetic, &[real], factors, strength, monitor)
}

/// What real validation holds and nothing covers: the combinations that occur in it, but neither in the real
/// reference rows nor among draws. `validation` is data that may be looked at; a locked set never comes here.
///
/// # Errors
/// As [`set_difference`].
pub fn what_nothing_covers(
    validation: &Columns,
    covering: &[&Columns],
    factors: &[Factor],
    strength: usize,
    monitor: &dyn Monitor,
) -> Result<Difference, CoverageError> {
    set_difference(validation, covering, factors, strength, monitor)
}

/// The combinations of `strength` factors that occur in `table` and in none of `others`. [`super::common_factors`]
/// cuts all tables alike.
///
/// # Errors
/// As [`super::combination_coverage`].
pub fn set_difference(
    table: &Columns,
    others: &[&Columns],
    factors: &[Factor],
    strength: usize,
    monitor: &dyn Monitor,
) -> Result<Difference, CoverageError> {
    let mut walk = Walk::new(factors, strength)?;
    let levels = Levels::of(table, factors)?;
    let other_levels = others.iter().map(|other| Levels::of(other, factors)).collect::<Result<Vec<_>, _>>()?;
    let mut tally = Tally::new(&levels, strength);
    let mut other_tallies: Vec<Tally<'_>> = other_levels.iter().map(|levels| Tally::new(levels, strength)).collect();
    let mut subsets = Vec::new();
    let mut greatest = Greatest::new();
    let mut row_has_one = vec![false; levels.n_rows];
    let mut cell_is_only = Vec::new();
    loop {
        tally.count(&walk);
        for other in &mut other_tallies {
            other.count(&walk);
        }
        cell_is_only.clear();
        cell_is_only.resize(tally.counts.len(), false);
        let (mut present, mut only) = (0, 0);
        walk.each_cell(|combination, cell| {
            let count = tally.counts[cell];
            present += u64::from(count > 0);
            if count > 0 && other_tallies.iter().all(|other| other.counts[cell] == 0) {
                only += 1;
                cell_is_only[cell] = true;
                greatest.offer(combination, f64::from(count));
            }
        });
        if only > 0 {
            tally.mark_rows(&walk, &cell_is_only, &mut row_has_one);
        }
        subsets.push(SubsetDifference { factors: walk.subset.clone(), present, only });
        step(monitor, subsets.len() as u64, walk.n_subsets())?;
        if !walk.advance() {
            break;
        }
    }
    let in_others: Vec<String> = others.iter().map(|other| other.counted(0)).collect();
    Ok(Difference {
        strength,
        factors: factors.to_vec(),
        present: subsets.iter().map(|subset| subset.present).sum(),
        only: subsets.iter().map(|subset| subset.only).sum(),
        subsets,
        rows_with: row_has_one.iter().filter(|has| **has).count() as u64,
        n_rows: levels.n_rows as u64,
        most_frequent: greatest.take(),
        missing: levels.missing,
        outside: levels.outside,
        rows: table.without_rows(),
        in_others: if in_others.is_empty() { "nothing else".to_owned() } else { in_others.join(" and ") },
    })
}

impl Difference {
    /// Share of the table's combinations that occur in none of the others: 0 against itself, 1 against an empty
    /// table. 0 where the table holds no combination.
    pub fn share(&self) -> f64 {
        if self.present == 0 { 0.0 } else { self.only as f64 / self.present as f64 }
    }

    /// Combinations that there are, over all subsets, whether or not the requirements allow them.
    pub fn possible(&self) -> u64 {
        let levels = |factor: &usize| self.factors.get(*factor).map_or(0, |factor| factor.buckets.len() as u64);
        self.subsets.iter().map(|subset| subset.factors.iter().map(levels).product::<u64>()).sum()
    }

    /// What no combination could count, in a sentence; `None` where every value has its bucket.
    pub fn left_out(&self) -> Option<String> {
        left_out(self.missing, self.outside)
    }

    /// What a person should know, with at most `most` of the combinations.
    pub fn sentences(&self, most: usize) -> Vec<String> {
        let (what, rows_are) = (tuples(self.strength), self.rows.rows_are());
        let Self { only, present, rows_with, n_rows, in_others, .. } = self;
        let share = words::percent(*only, *present);
        let mut sentences = vec![format!(
            "{only} of {present} {what} ({share}) among {rows_are} occur in {in_others}; {rows_with} of {n_rows} \
             {rows_are} hold one."
        )];
        for combination in self.most_frequent.iter().take(most) {
            let held = self.rows.counted(combination.count as u64);
            sentences.push(format!("{}: {held}, {in_others}.", combination.words(&self.factors)));
        }
        sentences.extend(self.left_out());
        sentences
    }
}
