//! Tables as small whole numbers: every value becomes the number of its bucket, and rows are counted by the
//! combination of levels that they hold. What [`super::combinations`] and [`super::difference`] share.

use super::{Buckets, Column, Columns, CoverageError, Place};
use crate::base::Monitor;
use crate::family::Goal;

/// More combinations than this are not counted.
pub const COMBINATIONS_MOST: u64 = 5_000_000;

/// Combinations of at most so many quantities.
pub const STRENGTH_MOST: usize = 4;

/// Combinations that a result lists; the others are only counted.
pub const LISTED_MOST: usize = 100;

/// One quantity and how it is cut into levels.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// The column's name.
    pub name: String,
    /// Its unit symbol.
    pub unit: String,
    /// A level is the number of a bucket.
    pub buckets: Buckets,
}

impl Factor {
    /// One of its levels in words: `canister_mass_kg 0.4–0.7 kg`.
    pub fn words(&self, level: u32) -> String {
        format!("{} {}", self.name, self.buckets.words(level as usize, &self.unit))
    }
}

/// A combination of levels of some factors.
#[derive(Clone, Debug, PartialEq)]
pub struct Combination {
    /// Factor and level, in the order of the factors.
    pub levels: Vec<(usize, u32)>,
    /// How many rows hold it, or would (see where it is listed).
    pub count: f64,
}

impl Combination {
    /// In words: `canister_mass_kg 0.4–0.7 kg and light_after < 0.1`.
    pub fn words(&self, factors: &[Factor]) -> String {
        let each = self.levels.iter().filter_map(|(factor, level)| Some(factors.get(*factor)?.words(*level)));
        each.collect::<Vec<_>>().join(" and ")
    }
}

/// How every column of `table` is cut: as its goal says (the first one that gives edges), else by
/// [`Buckets::automatic`] into about `n_buckets`.
///
/// # Errors
/// [`CoverageError::Goal`] for a goal that fails its check.
pub fn factors(table: &Columns, goals: &[Goal], n_buckets: usize) -> Result<Vec<Factor>, CoverageError> {
    common_factors(&[table], goals, n_buckets)
}

/// How the columns that all `tables` have are cut, in the order of the first: as [`factors`], with the automatic
/// buckets from the values of all tables together.
///
/// # Errors
/// [`CoverageError::Goal`] for a goal that fails its check; [`CoverageError::Table`] where a column has two units, or the
/// tables have no column in common.
pub fn common_factors(tables: &[&Columns], goals: &[Goal], n_buckets: usize) -> Result<Vec<Factor>, CoverageError> {
    for goal in goals {
        goal.check().map_err(|text| CoverageError::Goal(format!("coverage of `{}`: {text}", goal.of)))?;
    }
    let mut found = Vec::new();
    for column in tables.first().map(|table| table.columns()).unwrap_or_default() {
        let Some(everywhere) = tables.iter().map(|table| table.column(&column.name)).collect::<Option<Vec<&Column>>>()
        else {
            continue;
        };
        if let Some(other) = everywhere.iter().find(|other| other.unit != column.unit) {
            let Column { name, unit, .. } = column;
            let text = format!("`{name}` is in `{unit}` in one table and in `{}` in another; convert one", other.unit);
            return Err(CoverageError::Table(text));
        }
        let goal = goals.iter().filter(|goal| goal.of == column.name).find_map(Goal::edges);
        let buckets = goal.map_or_else(
            || Buckets::automatic(everywhere.iter().flat_map(|column| column.values.iter().copied()), n_buckets),
            Buckets::Intervals,
        );
        found.push(Factor { name: column.name.clone(), unit: column.unit.clone(), buckets });
    }
    if found.is_empty() {
        return Err(CoverageError::Table("the tables have no column in common; name what they share alike".to_owned()));
    }
    Ok(found)
}

/// A table as levels.
pub(super) struct Levels {
    /// A level a row for each factor; the factor's size where the row has none.
    columns: Vec<Vec<u32>>,
    /// Levels of each factor.
    sizes: Vec<usize>,
    pub(super) n_rows: usize,
    /// Values that are NaN.
    pub(super) missing: u64,
    /// Values outside all buckets.
    pub(super) outside: u64,
}

impl Levels {
    pub(super) fn of(table: &Columns, factors: &[Factor]) -> Result<Self, CoverageError> {
        let (mut missing, mut outside) = (0, 0);
        let mut columns = Vec::with_capacity(factors.len());
        for Factor { name, buckets, .. } in factors {
            let column = table.column(name).ok_or_else(|| {
                CoverageError::Table(format!("the {} have no column `{name}`; leave it out", table.rows_are()))
            })?;
            let level = |value: &f64| match buckets.place(*value) {
                Place::In(bucket) => bucket as u32,
                Place::Missing => {
                    missing += 1;
                    buckets.len() as u32
                }
                Place::Below | Place::Above | Place::Between => {
                    outside += 1;
                    buckets.len() as u32
                }
            };
            columns.push(column.values.iter().map(level).collect());
        }
        let sizes = factors.iter().map(|factor| factor.buckets.len()).collect();
        Ok(Self { columns, sizes, n_rows: table.n_rows(), missing, outside })
    }

    /// Share of rows at each level of each factor.
    pub(super) fn shares(&self) -> Vec<Vec<f64>> {
        let share = |(column, size): (&Vec<u32>, &usize)| {
            let mut counts = vec![0_u64; *size];
            for level in column {
                if let Some(count) = counts.get_mut(*level as usize) {
                    *count += 1;
                }
            }
            counts.iter().map(|count| *count as f64 / self.n_rows.max(1) as f64).collect()
        };
        self.columns.iter().zip(&self.sizes).map(share).collect()
    }
}

/// Walks all subsets of `strength` factors in lexicographic order, so that rows are counted with one pass a subset:
/// the cells of a subset's first factors are kept while only its last one changes.
pub(super) struct Walk {
    sizes: Vec<usize>,
    /// The factors of this subset, rising.
    pub(super) subset: Vec<usize>,
    /// The first position whose factor differs from the subset before.
    changed: usize,
}

impl Walk {
    /// # Errors
    /// [`CoverageError::Combinations`] where the strength does not fit or the combinations are too many.
    pub(super) fn new(factors: &[Factor], strength: usize) -> Result<Self, CoverageError> {
        let sizes: Vec<usize> = factors.iter().map(|factor| factor.buckets.len()).collect();
        if !(1..=STRENGTH_MOST.min(sizes.len())).contains(&strength) {
            let (most, n) = (STRENGTH_MOST.min(sizes.len()), sizes.len());
            let text = format!("combinations of {strength} of {n} columns cannot be counted; choose 1 to {most}");
            return Err(CoverageError::Combinations(text));
        }
        let all = n_combinations(&sizes, strength);
        if all > u128::from(COMBINATIONS_MOST) {
            return Err(CoverageError::Combinations(format!(
                "{} columns have {all} combinations of {strength}, more than {COMBINATIONS_MOST} can be counted; leave \
                 columns out, cut them into fewer buckets, or combine fewer at a time",
                sizes.len()
            )));
        }
        Ok(Self { sizes, subset: (0..strength).collect(), changed: 0 })
    }

    /// Number of subsets.
    pub(super) fn n_subsets(&self) -> u64 {
        n_combinations(&vec![1; self.sizes.len()], self.subset.len()) as u64
    }

    /// Goes to the next subset; false after the last.
    pub(super) fn advance(&mut self) -> bool {
        let (n, strength) = (self.sizes.len(), self.subset.len());
        let Some(at) = (0..strength).rev().find(|at| self.subset[*at] < n - strength + at) else { return false };
        let first = self.subset[at] + 1;
        for (step, factor) in self.subset[at..].iter_mut().enumerate() {
            *factor = first + step;
        }
        self.changed = at;
        true
    }

    /// Calls `visit` for every combination of this subset, with its levels and the number of its cell, in order.
    pub(super) fn each_cell(&self, mut visit: impl FnMut(&[(usize, u32)], usize)) {
        let mut levels: Vec<(usize, u32)> = self.subset.iter().map(|factor| (*factor, 0)).collect();
        if self.subset.iter().any(|factor| self.sizes[*factor] == 0) {
            return;
        }
        loop {
            let cell =
                levels.iter().fold(0, |cell, (factor, level)| cell * (self.sizes[*factor] + 1) + *level as usize);
            visit(&levels, cell);
            let mut at = levels.len();
            loop {
                let Some(before) = at.checked_sub(1) else { return };
                at = before;
                let (factor, level) = &mut levels[at];
                *level += 1;
                if (*level as usize) < self.sizes[*factor] {
                    break;
                }
                *level = 0;
            }
        }
    }
}

/// The rows of one table by the cell of the subset at hand.
pub(super) struct Tally<'a> {
    levels: &'a Levels,
    /// For each position but the last: the cell of every row, of the factors up to there.
    prefix: Vec<Vec<u32>>,
    /// Rows in each cell, those without a level of some factor included in cells that [`Walk::each_cell`] never visits.
    pub(super) counts: Vec<u32>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(levels: &'a Levels, strength: usize) -> Self {
        Self { levels, prefix: vec![Vec::new(); strength.saturating_sub(1)], counts: Vec::new() }
    }

    /// Counts the rows for the walk's subset. A tally follows a walk from its first subset on.
    pub(super) fn count(&mut self, walk: &Walk) {
        for at in walk.changed..self.prefix.len() {
            let (before, from_here) = self.prefix.split_at_mut(at);
            let (factor, cells) = (walk.subset[at], &mut from_here[0]);
            let column = &self.levels.columns[factor];
            cells.clear();
            match before.last() {
                None => cells.extend_from_slice(column),
                Some(before) => {
                    let stride = walk.sizes[factor] as u32 + 1;
                    cells.extend(before.iter().zip(column).map(|(cell, level)| cell * stride + level));
                }
            }
        }
        let n_cells = walk.subset.iter().map(|factor| walk.sizes[*factor] + 1).product();
        self.counts.clear();
        self.counts.resize(n_cells, 0);
        let counts = &mut self.counts;
        each_row(self.levels, &self.prefix, walk, |_, cell| {
            if let Some(count) = counts.get_mut(cell as usize) {
                *count += 1;
            }
        });
    }

    /// Marks the rows whose cell is marked.
    pub(super) fn mark_rows(&self, walk: &Walk, cells: &[bool], rows: &mut [bool]) {
        each_row(self.levels, &self.prefix, walk, |row, cell| rows[row] |= cells[cell as usize]);
    }
}

fn each_row(levels: &Levels, prefix: &[Vec<u32>], walk: &Walk, mut visit: impl FnMut(usize, u32)) {
    let Some(last) = walk.subset.last() else { return };
    let (column, stride) = (&levels.columns[*last], walk.sizes[*last] as u32 + 1);
    match prefix.last() {
        None => column.iter().enumerate().for_each(|(row, level)| visit(row, *level)),
        Some(before) => {
            let rows = before.iter().zip(column).enumerate();
            rows.for_each(|(row, (cell, level))| visit(row, cell * stride + level));
        }
    }
}

/// Number of combinations of levels over all subsets of `strength` factors: the elementary symmetric polynomial of
/// the sizes.
pub(super) fn n_combinations(sizes: &[usize], strength: usize) -> u128 {
    let mut sums = vec![0_u128; strength + 1];
    sums[0] = 1;
    for size in sizes {
        for t in (1..=strength).rev() {
            sums[t] = sums[t].saturating_add(sums[t - 1].saturating_mul(*size as u128));
        }
    }
    sums[strength]
}

/// The greatest few of many combinations, by count; equal counts in the order of arrival.
pub(super) struct Greatest {
    kept: Vec<Combination>,
    /// Combinations at or below this count cannot enter any more.
    floor: f64,
}

impl Greatest {
    pub(super) fn new() -> Self {
        Self { kept: Vec::new(), floor: f64::NEG_INFINITY }
    }

    pub(super) fn offer(&mut self, levels: &[(usize, u32)], count: f64) {
        if count > self.floor {
            self.kept.push(Combination { levels: levels.to_vec(), count });
            if self.kept.len() >= 4 * LISTED_MOST {
                self.cut();
            }
        }
    }

    fn cut(&mut self) {
        // Stable: earlier ones stay first.
        self.kept.sort_by(|a, b| b.count.total_cmp(&a.count));
        self.kept.truncate(LISTED_MOST);
        if let Some(last) = self.kept.get(LISTED_MOST - 1) {
            self.floor = last.count;
        }
    }

    pub(super) fn take(mut self) -> Vec<Combination> {
        self.cut();
        self.kept
    }
}

/// Reports a counted subset.
///
/// # Errors
/// [`CoverageError::Stopped`] once the monitor says so.
pub(super) fn step(monitor: &dyn Monitor, done: u64, total: u64) -> Result<(), CoverageError> {
    monitor.step("Counting combinations", done, total);
    if monitor.stopped() { Err(CoverageError::Stopped) } else { Ok(()) }
}

/// Several quantities at a time in words: `pairs`.
pub(super) fn tuples(strength: usize) -> &'static str {
    match strength {
        1 => "single values",
        2 => "pairs",
        3 => "triples",
        _ => "quadruples",
    }
}

/// What was left out because it has no level, as a sentence; `None` where nothing was.
pub(super) fn left_out(missing: u64, outside: u64) -> Option<String> {
    let parts = [(missing, "missing"), (outside, "outside the buckets")];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    (!parts.is_empty()).then(|| format!("Values that count nowhere: {}.", parts.join(", ")))
}
