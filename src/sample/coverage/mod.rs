//! What draws cover and what they leave out, three ways: bucket by bucket against a [`Goal`](crate::family::Goal)
//! ([`coverage()`]); in combinations of several quantities ([`combination_coverage`]); and against another table
//! ([`what_synthetic_adds`], [`what_nothing_covers`], and [`pair_cells`] for a map of it).
//!
//! All of it counts unweighted rows: a row that importance weights make worthless still counts as seen. It says where
//! data are, never whether they help; that is the gate's question.

mod buckets;
mod cells;
mod columns;
mod combinations;
mod difference;
mod goals;
mod levels;
mod words;

pub use buckets::{Buckets, DISTINCT_MOST, Place};
pub use cells::{CELLS_MOST, PairCells, pair_cells};
pub use columns::{Column, Columns};
pub use combinations::{Allowed, CombinationCoverage, SubsetCoverage, combination_coverage};
pub use difference::{Difference, SubsetDifference, set_difference, what_nothing_covers, what_synthetic_adds};
pub use goals::{Coverage, Hole, coverage};
pub use levels::{COMBINATIONS_MOST, Combination, Factor, LISTED_MOST, STRENGTH_MOST, common_factors, factors};

/// Why nothing was counted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CoverageError {
    /// A goal makes no sense or names nothing in the table.
    #[error("{0}")]
    Goal(String),
    /// A table does not fit.
    #[error("{0}")]
    Table(String),
    /// More combinations than can be counted, or a strength that there is not.
    #[error("{0}")]
    Combinations(String),
    /// The watcher ended the task.
    #[error("counting the coverage was stopped")]
    Stopped,
}

#[cfg(test)]
mod tests;
