//! Which rows the constraints allow: each constraint as a table, and a search for a row that extends what is fixed.
//!
//! Backtracking over the dimensions of one connected part at a time, smallest domain first, with generalised arc consistency
//! on the tables that are small enough by then (A. K. Mackworth, Consistency in networks of relations, 1977).

use super::{Constraint, CoveringError};
use crate::sample::design::scramble::hash;

/// Combinations of one constraint's levels that are tried beforehand.
const TABLE_MAX: u64 = 1 << 20;

/// A table is pruned with once this few combinations of it are left.
const PRUNED_MAX: usize = 4_096;

/// Choices in one search before it counts as hopeless.
const CHOICES_MAX: u32 = 100_000;

/// One constraint, decided for every combination of its dimensions' levels.
#[derive(Clone)]
struct Table {
    name: String,
    dimensions: Vec<usize>,
    /// By levels as digits, the first dimension's most significant.
    allowed: Vec<bool>,
}

/// All constraints of a model.
pub(super) struct Rules {
    levels: Vec<u32>,
    tables: Vec<Table>,
    /// The tables that each dimension stands in.
    touching: Vec<Vec<usize>>,
    /// The constrained dimensions, those that hang together in one part.
    parts: Vec<Vec<usize>>,
    /// What the constraints leave of each dimension before anything is fixed.
    root: Option<Domains>,
}

/// What is left of the levels of every dimension that a constraint looks at; nothing for the others.
type Domains = Vec<Vec<u32>>;

impl Rules {
    /// Decides every constraint for every combination of its levels.
    pub(super) fn new(levels: &[u32], constraints: &[Constraint]) -> Result<Self, CoveringError> {
        let tables = constraints.iter().map(|constraint| table(levels, constraint)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::of(levels, tables))
    }

    fn of(levels: &[u32], tables: Vec<Table>) -> Self {
        let mut touching = vec![Vec::new(); levels.len()];
        let mut parts: Vec<Vec<usize>> = Vec::new();
        for (number, table) in tables.iter().enumerate() {
            let (joined, apart): (Vec<_>, Vec<_>) =
                parts.into_iter().partition(|part| part.iter().any(|d| table.dimensions.contains(d)));
            let mut whole: Vec<usize> = joined.into_iter().flatten().chain(table.dimensions.iter().copied()).collect();
            whole.sort_unstable();
            whole.dedup();
            parts = apart;
            parts.push(whole);
            table.dimensions.iter().for_each(|dimension| touching[*dimension].push(number));
        }
        let mut rules = Self { levels: levels.to_vec(), tables, touching, parts, root: None };
        let mut domains = rules.all();
        let queue = (0..rules.tables.len()).collect();
        rules.root = rules.pruned(&mut domains, queue).then_some(domains);
        rules
    }

    /// Every level of every constrained dimension.
    fn all(&self) -> Domains {
        let count = |(dimension, count): (usize, &u32)| if self.constrain(dimension) { *count } else { 0 };
        self.levels.iter().enumerate().map(count).map(|count| (0..count).collect()).collect()
    }

    /// Number of dimensions.
    pub(super) fn dimensions(&self) -> usize {
        self.levels.len()
    }

    /// Whether a constraint looks at this dimension.
    pub(super) fn constrain(&self, dimension: usize) -> bool {
        !self.touching[dimension].is_empty()
    }

    /// Constraints and the dimensions that they look at, which a search grows with; 0 where there is no constraint.
    pub(super) fn size(&self) -> usize {
        self.tables.len() + self.parts.iter().map(Vec::len).sum::<usize>()
    }

    /// Levels for all dimensions that meet every constraint and keep what is fixed; free dimensions that no constraint looks
    /// at are at level 0, the rest as `key` has it. `None` where there are none.
    ///
    /// # Errors
    /// [`CoveringError::Hard`] where the search gives up.
    pub(super) fn row(&self, fixed: &[Option<u32>], key: u64) -> Result<Option<Vec<u32>>, CoveringError> {
        let Some(mut domains) = self.root.clone() else { return Ok(None) };
        let mut queue = Vec::new();
        let pairs = fixed.iter().enumerate().filter_map(|(d, fixed)| fixed.map(|level| (d, level)));
        for (dimension, level) in pairs.filter(|(dimension, _)| self.constrain(*dimension)) {
            if !domains[dimension].contains(&level) {
                return Ok(None);
            }
            domains[dimension] = vec![level];
            queue.extend(&self.touching[dimension]);
        }
        queue.sort_unstable();
        queue.dedup();
        if !self.pruned(&mut domains, queue) {
            return Ok(None);
        }
        let mut choices = 0;
        for part in &self.parts {
            if !self.searched(&mut domains, part, key, &mut choices)? {
                return Ok(None);
            }
        }
        let level = |(domain, fixed): (&Vec<u32>, &Option<u32>)| fixed.or(domain.first().copied()).unwrap_or_default();
        Ok(Some(domains.iter().zip(fixed).map(level).collect()))
    }

    /// Narrows the domains of `part` to one level each; false where that cannot be.
    fn searched(
        &self,
        domains: &mut Domains,
        part: &[usize],
        key: u64,
        choices: &mut u32,
    ) -> Result<bool, CoveringError> {
        let undecided = part.iter().copied().filter(|d| domains[*d].len() > 1);
        let Some(dimension) = undecided.min_by_key(|d| domains[*d].len()) else { return Ok(true) };
        let mut levels = domains[dimension].clone();
        levels.sort_unstable_by_key(|level| hash(key, (dimension as u64) << 32 | u64::from(*level)));
        for level in levels {
            *choices += 1;
            if *choices > CHOICES_MAX {
                let name = self.touching[dimension].first().map_or("", |number| self.tables[*number].name.as_str());
                return Err(CoveringError::Hard(format!(
                    "the constraints around `{name}` are too tangled to be decided in {CHOICES_MAX} choices: make them fewer or smaller"
                )));
            }
            let mut narrowed = domains.clone();
            narrowed[dimension] = vec![level];
            if self.pruned(&mut narrowed, self.touching[dimension].clone())
                && self.searched(&mut narrowed, part, key, choices)?
            {
                *domains = narrowed;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes levels that have no support in a table of the queue, and then in the tables beside it; false where a
    /// dimension is left without a level. A table too large for now comes back when one of its dimensions is narrowed, at
    /// the latest when all are decided.
    fn pruned(&self, domains: &mut Domains, mut queue: Vec<usize>) -> bool {
        while let Some(number) = queue.pop() {
            let table = &self.tables[number];
            let combinations =
                table.dimensions.iter().fold(1_usize, |product, d| product.saturating_mul(domains[*d].len()));
            if combinations > PRUNED_MAX {
                continue;
            }
            let supported = self.supported(table, domains);
            for (dimension, supported) in table.dimensions.iter().zip(supported) {
                let before = domains[*dimension].len();
                let mut keeps = supported.into_iter();
                domains[*dimension].retain(|_| keeps.next().unwrap_or_default());
                if domains[*dimension].is_empty() {
                    return false;
                }
                if domains[*dimension].len() < before {
                    let beside = self.touching[*dimension].iter().filter(|other| **other != number);
                    let new: Vec<usize> = beside.copied().filter(|other| !queue.contains(other)).collect();
                    queue.extend(new);
                }
            }
        }
        true
    }

    /// For each dimension of the table and each level left to it, whether an allowed combination holds it.
    fn supported(&self, table: &Table, domains: &Domains) -> Vec<Vec<bool>> {
        let mut supported: Vec<Vec<bool>> = table.dimensions.iter().map(|d| vec![false; domains[*d].len()]).collect();
        self.each_allowed(table, domains, |at| {
            at.iter().zip(&mut supported).for_each(|(at, supported)| supported[*at] = true);
            true
        });
        supported
    }

    /// Calls `f` with the positions in the domains of every allowed combination, while it returns true.
    fn each_allowed(&self, table: &Table, domains: &Domains, mut f: impl FnMut(&[usize]) -> bool) {
        let mut at = vec![0; table.dimensions.len()];
        loop {
            let digits = table.dimensions.iter().zip(&at);
            let number =
                digits.fold(0, |number, (d, at)| number * self.levels[*d] as usize + domains[*d][*at] as usize);
            if table.allowed[number] && !f(&at) {
                return;
            }
            let Some(next) = (0..at.len()).rev().find(|k| at[*k] + 1 < domains[table.dimensions[*k]].len()) else {
                return;
            };
            at[next] += 1;
            at[next + 1..].fill(0);
        }
    }

    /// The first constraint that alone allows no row with this tuple.
    pub(super) fn forbidding(&self, dimensions: &[usize], levels: &[u32]) -> Option<String> {
        let mut domains = self.all();
        dimensions.iter().zip(levels).for_each(|(dimension, level)| domains[*dimension] = vec![*level]);
        let forbids = |table: &&Table| {
            let mut is_forbidden = true;
            self.each_allowed(table, &domains, |_| {
                is_forbidden = false;
                false
            });
            is_forbidden
        };
        self.tables.iter().find(forbids).map(|table| table.name.clone())
    }

    /// The constraint that, after the ones before it, leaves no row with what is fixed.
    pub(super) fn culprit(&self, fixed: &[Option<u32>], key: u64) -> Option<String> {
        let refuses = |count: &usize| {
            let first = Self::of(&self.levels, self.tables.iter().take(*count).cloned().collect());
            matches!(first.row(fixed, key), Ok(None))
        };
        let last = (1..=self.tables.len()).find(refuses)?;
        self.tables.get(last - 1).map(|table| table.name.clone())
    }
}

fn table(levels: &[u32], constraint: &Constraint) -> Result<Table, CoveringError> {
    let Constraint { name, dimensions, allowed } = constraint;
    let mut sorted = dimensions.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() < dimensions.len() || sorted.is_empty() || sorted.last().is_some_and(|last| *last >= levels.len()) {
        return Err(CoveringError::Model(format!(
            "constraint `{name}` must name some of the {} dimensions, each once",
            levels.len()
        )));
    }
    let counts: Vec<u32> = dimensions.iter().map(|dimension| levels[*dimension]).collect();
    let size = counts.iter().fold(1_u64, |product, count| product.saturating_mul(u64::from(*count)));
    if size > TABLE_MAX {
        return Err(CoveringError::Model(format!(
            "constraint `{name}` joins {size} combinations of levels, at most {TABLE_MAX}: split it, or give its dimensions fewer levels"
        )));
    }
    let mut at = vec![0; counts.len()];
    let mut decided = Vec::with_capacity(size as usize);
    for _ in 0..size {
        decided.push(allowed(&at));
        for (level, count) in at.iter_mut().zip(&counts).rev() {
            *level += 1;
            if *level < *count {
                break;
            }
            *level = 0;
        }
    }
    Ok(Table { name: name.clone(), dimensions: dimensions.clone(), allowed: decided })
}
