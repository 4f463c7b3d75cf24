//! Two tables over every pair of factors, cell by cell: what a map of their difference is drawn from.

use super::levels::{Levels, Tally, Walk, n_combinations, step};
use super::{Columns, CoverageError, Factor};
use crate::base::Monitor;

/// More cells than this, over all pairs, are not kept: eight bytes each.
pub const CELLS_MOST: u64 = 1_000_000;

/// A pair of factors, and how many rows of either table lie in each of its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairCells {
    /// The two factors, rising.
    pub factors: [usize; 2],
    /// Rows of the first table and of the second in each cell; the levels of the second factor run faster.
    pub rows: Vec<[u32; 2]>,
}

impl PairCells {
    /// Cells that only one of the tables reaches.
    pub fn one_sided(&self) -> usize {
        self.rows.iter().filter(|[a, b]| (*a > 0) != (*b > 0)).count()
    }
}

/// Counts both tables over every pair of factors, in lexicographic order. None where there are fewer than two factors, or
/// more than [`CELLS_MOST`] cells in all.
///
/// # Errors
/// A table that lacks a factor's column; [`CoverageError::Stopped`].
pub fn pair_cells(
    tables: [&Columns; 2],
    factors: &[Factor],
    monitor: &dyn Monitor,
) -> Result<Vec<PairCells>, CoverageError> {
    let sizes: Vec<usize> = factors.iter().map(|factor| factor.buckets.len()).collect();
    if factors.len() < 2 || n_combinations(&sizes, 2) > u128::from(CELLS_MOST) {
        return Ok(Vec::new());
    }
    let mut walk = Walk::new(factors, 2)?;
    let levels = [Levels::of(tables[0], factors)?, Levels::of(tables[1], factors)?];
    let mut tallies = levels.each_ref().map(|levels| Tally::new(levels, 2));
    let mut pairs = Vec::new();
    loop {
        for tally in &mut tallies {
            tally.count(&walk);
        }
        let mut rows = Vec::new();
        walk.each_cell(|_, cell| rows.push(tallies.each_ref().map(|tally| tally.counts[cell])));
        pairs.push(PairCells { factors: [walk.subset[0], walk.subset[1]], rows });
        step(monitor, pairs.len() as u64, walk.n_subsets())?;
        if !walk.advance() {
            return Ok(pairs);
        }
    }
}
