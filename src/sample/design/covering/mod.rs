//! Covering arrays: few rows of levels that hold every combination of levels of any t dimensions that the constraints allow.
//!
//! Greedy, row by row: some rows are grown from a combination that is still open, dimension by dimension in random order,
//! each taking the level that covers most, and the best is kept (D. M. Cohen, S. R. Dalal, M. L. Fredman and G. C. Patton,
//! The AETG system, IEEE Transactions on Software Engineering 23, 1997). A growing row always has a completion that meets
//! every constraint at hand, so none is ever thrown away. Small, not smallest: the smallest is unknown for most models.

mod rules;
#[cfg(test)]
mod tests;
mod tuples;

use std::collections::BTreeMap;

use self::rules::Rules;
use self::tuples::{Tuple, Tuples, tuple_count};
use super::scramble::{below, hash};
use crate::base::{Monitor, StreamKey};

/// The largest strength.
pub const MAX_STRENGTH: usize = 6;

/// The most combinations of levels that one array may have to hold.
pub const TUPLES_MAX: u128 = 20_000_000;

/// Impossible combinations that are listed; the others are counted.
pub const LISTED_MAX: usize = 1_000;

/// Rows grown for each row kept, at most.
const CANDIDATES_MAX: u64 = 200;

/// Arrays built for the one kept, at most.
const TRIES_MAX: u64 = 10;

/// Looks at combinations that one array may take, about; more than one array is built where a tenth of that is enough.
const LOOKS: u64 = 500_000_000;

/// What a covering array has to hold.
#[derive(Debug, Default)]
pub struct Model {
    /// Number of levels of each dimension.
    pub levels: Vec<u32>,
    /// What rows must not be.
    pub constraints: Vec<Constraint>,
    /// Rows that the array begins with, in this order; `None` leaves a dimension free.
    pub seeds: Vec<Vec<Option<u32>>>,
    /// How many dimensions' combinations are covered: 2 for pairs, at most [`MAX_STRENGTH`].
    pub strength: usize,
}

/// Whether levels are allowed.
pub type Allowed = dyn Fn(&[u32]) -> bool + Send + Sync;

/// Something that holds of every row.
pub struct Constraint {
    /// What it is called in sentences.
    pub name: String,
    /// The dimensions it looks at, counted from 0.
    pub dimensions: Vec<usize>,
    /// Whether these levels, one for each of `dimensions`, are allowed. Always the same answer to the same question.
    pub allowed: Box<Allowed>,
}

impl std::fmt::Debug for Constraint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Constraint")
            .field("name", &self.name)
            .field("dimensions", &self.dimensions)
            .finish_non_exhaustive()
    }
}

/// Rows that hold every combination the constraints allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoveringArray {
    /// A level for each dimension, row by row; the model's seeds first.
    pub rows: Vec<Vec<u32>>,
    /// How many dimensions' combinations are covered.
    pub strength: usize,
    /// Combinations of levels of that many dimensions, impossible ones included.
    pub combinations: u64,
    /// How many of them no row can hold without breaking a constraint.
    pub impossible_count: u64,
    /// The first [`LISTED_MAX`] of those.
    pub impossible: Vec<Impossible>,
}

/// A combination that no row can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impossible {
    /// The dimensions, ascending.
    pub dimensions: Vec<usize>,
    /// A level for each.
    pub levels: Vec<u32>,
    /// The constraint that alone forbids it; `None` where several do so together.
    pub because: Option<String>,
}

/// Why there is no covering array.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoveringError {
    /// A number in the model makes no sense.
    #[error("{0}")]
    Model(String),
    /// More than [`TUPLES_MAX`] combinations.
    #[error("{0}")]
    TooMany(String),
    /// The constraints allow no row, or forbid a seed.
    #[error("{0}")]
    Unmet(String),
    /// The constraints cannot be decided in reasonable time.
    #[error("{0}")]
    Hard(String),
    /// The watcher ended the task.
    #[error("building the covering array was stopped")]
    Stopped,
}

/// A covering array of `model`; the same key gives the same rows.
///
/// # Errors
/// [`CoveringError`], each with a sentence that names the dimension, seed or constraint and the cure.
pub fn covering_array(model: &Model, key: &StreamKey, monitor: &dyn Monitor) -> Result<CoveringArray, CoveringError> {
    check(model)?;
    let rules = Rules::new(&model.levels, &model.constraints)?;
    let mut chance = Chance { key: key.stream("design-covering", 0).next_u64(), asked: 0 };
    let free = vec![None; model.levels.len()];
    if rules.row(&free, chance.next())?.is_none() {
        let name = rules.culprit(&free, chance.next()).unwrap_or_default();
        return Err(CoveringError::Unmet(format!(
            "the constraints allow no row at all: `{name}` excludes what the ones before it leave; loosen it or remove one"
        )));
    }
    let mut tuples = Tuples::new(&model.levels, model.strength);
    let (impossible_count, impossible) = close_impossible(&mut tuples, &rules, &mut chance, monitor)?;
    let effort = Effort::of(model, &rules);
    let mut rows: Option<Vec<Vec<u32>>> = None;
    let open = tuples.open_count() as u64;
    for before in 0..effort.tries {
        let mut builder = Builder::new(model, &rules, tuples.clone(), effort.candidates, &mut chance);
        let other = builder.rows(monitor, &|covered| {
            monitor.step("Covering combinations", before * open + covered, effort.tries * open);
        })?;
        if rows.as_ref().is_none_or(|rows| other.len() < rows.len()) {
            rows = Some(other);
        }
    }
    let rows = rows.unwrap_or_default();
    Ok(CoveringArray {
        rows,
        strength: model.strength,
        combinations: tuples.len() as u64,
        impossible_count,
        impossible,
    })
}

/// Random numbers, one after the other, from one key of the stream.
struct Chance {
    key: u64,
    asked: u64,
}

impl Chance {
    fn next(&mut self) -> u64 {
        self.asked += 1;
        hash(self.key, self.asked)
    }
}

fn check(model: &Model) -> Result<(), CoveringError> {
    let Model { levels, seeds, strength, .. } = model;
    if !(2..=MAX_STRENGTH).contains(strength) {
        let text = format!("strength {strength} is not offered: choose 2 (all pairs) to {MAX_STRENGTH}");
        return Err(CoveringError::Model(text));
    }
    if levels.len() < *strength {
        return Err(CoveringError::Model(format!(
            "{} dimensions have no combinations of {strength}: choose a smaller strength, or the full grid",
            levels.len()
        )));
    }
    if let Some(dimension) = levels.iter().position(|count| *count == 0) {
        return Err(CoveringError::Model(format!("dimension {} has no level: give it at least one", dimension + 1)));
    }
    for (number, seed) in seeds.iter().enumerate() {
        let fits = seed.iter().zip(levels).all(|(level, count)| level.is_none_or(|level| level < *count));
        if seed.len() != levels.len() || !fits {
            return Err(CoveringError::Model(format!(
                "seed row {} must give each of the {} dimensions one of its levels or leave it free",
                number + 1,
                levels.len()
            )));
        }
    }
    let count = tuple_count(levels, *strength);
    if count > TUPLES_MAX {
        return Err(CoveringError::TooMany(format!(
            "{count} combinations of {strength} dimensions, at most {TUPLES_MAX}: choose a smaller strength, fewer dimensions or fewer levels"
        )));
    }
    Ok(())
}

/// How much is tried for one array.
struct Effort {
    candidates: u64,
    tries: u64,
}

impl Effort {
    /// What [`LOOKS`] allows for this model.
    fn of(model: &Model, rules: &Rules) -> Self {
        let mut counts: Vec<u64> = model.levels.iter().map(|count| u64::from(*count)).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        // About three times the largest combination's levels; each candidate looks at every level of every combination.
        let rows = 3 * counts.iter().take(model.strength).product::<u64>();
        let combinations = tuple_count(&vec![1; counts.len()], model.strength) as u64;
        let looks = combinations * counts.iter().sum::<u64>() / counts.len() as u64;
        // The searches for allowed rows take as long as about two thousand looks a constraint and constrained dimension.
        let candidate = looks + 2_000 * rules.size() as u64;
        let candidates = (LOOKS / (rows * candidate).max(1)).clamp(1, CANDIDATES_MAX);
        Self { candidates, tries: (LOOKS / 10 / (rows * candidate * candidates).max(1)).clamp(1, TRIES_MAX) }
    }
}

/// Closes the tuples that no allowed row holds; their number, and the first of them.
fn close_impossible(
    tuples: &mut Tuples,
    rules: &Rules,
    chance: &mut Chance,
    monitor: &dyn Monitor,
) -> Result<(u64, Vec<Impossible>), CoveringError> {
    let (mut count, mut listed) = (0, Vec::new());
    if rules.size() == 0 {
        return Ok((count, listed));
    }
    let mut feasible = Feasible { rules, chance, witnesses: Vec::new(), known: BTreeMap::new() };
    for rank in 0..tuples.combinations() {
        if monitor.stopped() {
            return Err(CoveringError::Stopped);
        }
        let members = tuples.combination(rank);
        let constrained: Vec<usize> = members.into_iter().filter(|d| rules.constrain(*d)).collect();
        let impossible = feasible.impossible(&constrained, &tuples.levels_of(&constrained))?;
        if impossible.is_empty() {
            continue;
        }
        for number in tuples.numbers(rank) {
            let Tuple { dimensions, levels } = tuples.tuple(number);
            let pairs = dimensions.iter().zip(&levels).filter(|(d, _)| constrained.contains(d));
            let part: Vec<u32> = pairs.map(|(_, level)| *level).collect();
            if impossible.binary_search(&part).is_ok() {
                tuples.close(number);
                count += 1;
                if listed.len() < LISTED_MAX {
                    let because = rules.forbidding(&dimensions, &levels);
                    listed.push(Impossible { dimensions, levels, because });
                }
            }
        }
    }
    Ok((count, listed))
}

/// Finds out which levels of some constrained dimensions go together.
struct Feasible<'a> {
    rules: &'a Rules,
    chance: &'a mut Chance,
    /// Allowed rows found so far: what they hold need not be searched for.
    witnesses: Vec<Vec<u32>>,
    /// Combinations that no row holds, sorted, by dimensions.
    known: BTreeMap<Vec<usize>, Vec<Vec<u32>>>,
}

impl Feasible<'_> {
    fn impossible(&mut self, dimensions: &[usize], counts: &[u32]) -> Result<Vec<Vec<u32>>, CoveringError> {
        if let Some(known) = self.known.get(dimensions) {
            return Ok(known.clone());
        }
        let number = |row: &[u32]| {
            dimensions.iter().zip(counts).fold(0, |number, (d, count)| number * *count as usize + row[*d] as usize)
        };
        let mut held = vec![false; counts.iter().map(|count| *count as usize).product()];
        self.witnesses.iter().for_each(|row| held[number(row)] = true);
        let mut impossible = Vec::new();
        for wanted in 0..held.len() {
            if held[wanted] {
                continue;
            }
            let mut fixed = vec![None; self.rules.dimensions()];
            let mut rest = wanted;
            let mut levels = Vec::with_capacity(counts.len());
            for (dimension, count) in dimensions.iter().zip(counts).rev() {
                let level = (rest % *count as usize) as u32;
                rest /= *count as usize;
                fixed[*dimension] = Some(level);
                levels.insert(0, level);
            }
            if let Some(row) = self.rules.row(&fixed, self.chance.next())? {
                held[number(&row)] = true;
                self.witnesses.push(row);
            } else {
                impossible.push(levels);
            }
        }
        self.known.insert(dimensions.to_vec(), impossible.clone());
        Ok(impossible)
    }
}

/// The array under construction.
struct Builder<'a> {
    model: &'a Model,
    rules: &'a Rules,
    tuples: Tuples,
    /// Open tuples, and closed ones that nobody has met since.
    pool: Vec<u32>,
    candidates: u64,
    chance: &'a mut Chance,
}

/// A row that was grown.
struct Candidate {
    row: Vec<u32>,
    /// Tuples that it would close, up to what all candidates for this row have in common.
    gain: u64,
}

impl<'a> Builder<'a> {
    fn new(model: &'a Model, rules: &'a Rules, tuples: Tuples, candidates: u64, chance: &'a mut Chance) -> Self {
        let pool = (0..tuples.len()).filter(|number| tuples.is_open(*number)).map(|number| number as u32).collect();
        Self { model, rules, tuples, pool, candidates, chance }
    }

    fn rows(&mut self, monitor: &dyn Monitor, covered: &dyn Fn(u64)) -> Result<Vec<Vec<u32>>, CoveringError> {
        let mut rows: Vec<Vec<u32>> = Vec::new();
        let total = self.tuples.open_count() as u64;
        while rows.len() < self.model.seeds.len() || self.tuples.open_count() > 0 {
            if monitor.stopped() {
                return Err(CoveringError::Stopped);
            }
            let row = self.best(rows.len())?;
            self.tuples.close_row(&row);
            rows.push(row);
            covered(total - self.tuples.open_count() as u64);
        }
        Ok(rows)
    }

    /// The best of some rows grown from seed `number`, or from open tuples where there is no such seed.
    fn best(&mut self, number: usize) -> Result<Vec<u32>, CoveringError> {
        let seed = self.model.seeds.get(number);
        let mut best: Option<Candidate> = None;
        for _ in 0..self.candidates {
            let start = seed.cloned().unwrap_or_else(|| self.start());
            let key = self.chance.next();
            let Some(candidate) = self.grown(&start, key)? else {
                let name = self.rules.culprit(&start, key).unwrap_or_default();
                return Err(CoveringError::Unmet(format!(
                    "seed row {} breaks constraint `{name}`: change the row or the constraint",
                    number + 1
                )));
            };
            if best.as_ref().is_none_or(|best| candidate.gain > best.gain) {
                best = Some(candidate);
            }
        }
        Ok(best.map(|best| best.row).unwrap_or_default())
    }

    /// An open tuple at random; all free where none is left.
    fn start(&mut self) -> Vec<Option<u32>> {
        let mut start = vec![None; self.model.levels.len()];
        while !self.pool.is_empty() {
            let at = below(self.chance.next(), self.pool.len() as u64) as usize;
            let number = self.pool[at] as usize;
            if self.tuples.is_open(number) {
                let Tuple { dimensions, levels } = self.tuples.tuple(number);
                dimensions.into_iter().zip(levels).for_each(|(dimension, level)| start[dimension] = Some(level));
                break;
            }
            self.pool.swap_remove(at);
        }
        start
    }

    /// The start, completed; `None` where the constraints forbid it. `key` decides the order and the ties.
    fn grown(&self, start: &[Option<u32>], key: u64) -> Result<Option<Candidate>, CoveringError> {
        // A whole row that meets every constraint and agrees with all levels chosen so far.
        let Some(mut row) = self.rules.row(start, key)? else { return Ok(None) };
        let mut fixed = start.to_vec();
        let mut chosen: Vec<usize> = (0..start.len()).filter(|d| start[*d].is_some()).collect();
        let mut order: Vec<usize> = (0..start.len()).filter(|d| start[*d].is_none()).collect();
        order.sort_by_cached_key(|dimension| hash(key, *dimension as u64));
        let (mut gain, mut gains) = (0, Vec::new());
        for dimension in order {
            self.tuples.gains(dimension, &chosen, &row, &mut gains);
            let ties = hash(!key, dimension as u64);
            let level = self.chosen(dimension, &gains, ties, &mut fixed, &mut row)?;
            fixed[dimension] = Some(level);
            gain += u64::from(gains[level as usize]);
            chosen.insert(chosen.partition_point(|other| *other < dimension), dimension);
        }
        Ok(Some(Candidate { row, gain }))
    }

    /// The level of `dimension` that gains most among those that the constraints leave; `row` then has it.
    fn chosen(
        &self,
        dimension: usize,
        gains: &[u32],
        ties: u64,
        fixed: &mut [Option<u32>],
        row: &mut Vec<u32>,
    ) -> Result<u32, CoveringError> {
        let worth = |level: &u32| (gains[*level as usize], hash(ties, u64::from(*level)));
        if !self.rules.constrain(dimension) {
            row[dimension] = (0..gains.len() as u32).max_by_key(worth).unwrap_or_default();
            return Ok(row[dimension]);
        }
        let mut levels: Vec<u32> = (0..gains.len() as u32).collect();
        levels.sort_by_cached_key(|level| std::cmp::Reverse(worth(level)));
        for level in levels {
            if row[dimension] == level {
                break;
            }
            fixed[dimension] = Some(level);
            if let Some(other) = self.rules.row(fixed, ties)? {
                *row = other;
                break;
            }
        }
        Ok(row[dimension])
    }
}
