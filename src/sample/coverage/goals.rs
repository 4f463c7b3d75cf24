//! Coverage bucket by bucket: hits, holes, and what as many draws from the nominal would have reached.
//!
//! One quantity at a time. What was expected leaves requirements aside: with them the nominal is what they let through.

use super::{Buckets, Column, Columns, CoverageError, Place, words};
use crate::base::text::listed;
use crate::family::goal::BUCKETS_DEFAULT;
use crate::family::{Family, Goal, Plan};
use crate::stats::incomplete_beta;

/// Holes that a sentence lists; the others are counted.
const HOLES_SHOWN: usize = 8;

/// Nobody draws more than this, and up to here the binomial tails have six digits.
const DRAWS_MOST: u64 = 1_000_000_000;

/// The expected share for which sentences say how many draws it takes.
const SHARE_AIMED_AT: f64 = 0.95;

/// One goal's buckets and what hit them.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// The parameter or measure.
    pub of: String,
    /// Its unit symbol.
    pub unit: String,
    /// How it is cut.
    pub buckets: Buckets,
    /// Hits that every bucket wants.
    pub target: u64,
    /// Hits of each bucket.
    pub counts: Vec<u64>,
    /// Values below the lowest bucket.
    pub below: u64,
    /// Values above the highest bucket.
    pub above: u64,
    /// Values between those that a discrete parameter has.
    pub between: u64,
    /// Rows without a value.
    pub missing: u64,
    /// The nominal probability of each bucket; `None` for a measure, whose distribution nobody knows.
    pub probabilities: Option<Vec<f64>>,
    /// What rows are called in sentences, in the plural.
    pub rows_are: String,
}

/// Neighbouring buckets that miss the target, joined. Single values are not joined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hole {
    /// Lower end in the quantity's unit.
    pub low: f64,
    /// Upper end; the same for a single value.
    pub high: f64,
    /// Hits that its buckets still want, together.
    pub wanting: u64,
}

/// The coverage of every goal by the rows of `table` in the order of `goals`; then that of every parameter of the table
/// without a goal, in buckets of [`Buckets::of_nominal`] that want one hit each.
///
/// # Errors
/// [`CoverageError::Goal`] for a goal that fails its check, names nothing in the table, or gives a measure no buckets.
pub fn coverage(family: &Family, goals: &[Goal], table: &Columns) -> Result<Vec<Coverage>, CoverageError> {
    let mut found = Vec::with_capacity(goals.len() + family.parameters.len());
    let plan = Plan::new(family).ok();
    // None for what is not drawn, and for a parameter whose distribution depends on others: those nobody knows alone.
    let nominal_of = |name: &str| plan.as_ref().and_then(|plan| plan.nominal(plan.columns().position(name)?));
    for goal in goals {
        let wrong = |text: String| CoverageError::Goal(format!("coverage of `{}`: {text}", goal.of));
        goal.check().map_err(wrong)?;
        let column = table.column(&goal.of).ok_or_else(|| {
            wrong(format!("the {} have no such parameter or measure; correct the name", table.rows_are()))
        })?;
        let nominal = nominal_of(&goal.of);
        let buckets = match (goal.edges(), nominal) {
            (Some(edges), _) => Buckets::Intervals(edges),
            (None, Some(nominal)) => Buckets::of_nominal(nominal),
            (None, None) => {
                return Err(wrong("its nominal is not known alone; say range and every, or buckets".to_owned()));
            }
        };
        let probabilities = nominal.map(|nominal| buckets.probabilities(nominal));
        found.push(Coverage::of(column, table.rows_are(), buckets, goal.target, probabilities));
    }
    for parameter in &family.parameters {
        let has_goal = goals.iter().any(|goal| goal.of == parameter.name);
        if let Some(column) = table.column(&parameter.name).filter(|_| !has_goal) {
            let nominal = nominal_of(&parameter.name);
            let buckets = nominal.map_or_else(
                || Buckets::automatic(column.values.iter().copied(), BUCKETS_DEFAULT),
                Buckets::of_nominal,
            );
            let probabilities = nominal.map(|nominal| buckets.probabilities(nominal));
            found.push(Coverage::of(column, table.rows_are(), buckets, 1, probabilities));
        }
    }
    Ok(found)
}

impl Coverage {
    fn of(column: &Column, rows_are: &str, buckets: Buckets, target: u64, probabilities: Option<Vec<f64>>) -> Self {
        let mut counts = vec![0; buckets.len()];
        let (mut below, mut above, mut between, mut missing) = (0, 0, 0, 0);
        for value in &column.values {
            let counter = match buckets.place(*value) {
                Place::In(bucket) => counts.get_mut(bucket).unwrap_or(&mut above),
                Place::Below => &mut below,
                Place::Above => &mut above,
                Place::Between => &mut between,
                Place::Missing => &mut missing,
            };
            *counter += 1;
        }
        let (of, unit, rows_are) = (column.name.clone(), column.unit.clone(), rows_are.to_owned());
        Self { of, unit, buckets, target, counts, below, above, between, missing, probabilities, rows_are }
    }

    /// Rows with a value, in a bucket or not.
    pub fn n(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.below + self.above + self.between
    }

    /// Buckets that met the target.
    pub fn met(&self) -> usize {
        self.counts.iter().filter(|count| **count >= self.target).count()
    }

    /// Share of buckets that met the target; 1 where there are none.
    pub fn share(&self) -> f64 {
        if self.counts.is_empty() { 1.0 } else { self.met() as f64 / self.counts.len() as f64 }
    }

    /// Where hits are wanting, from low to high.
    pub fn holes(&self) -> Vec<Hole> {
        let mut holes: Vec<Hole> = Vec::new();
        let is_discrete = matches!(self.buckets, Buckets::Values(_));
        for (bucket, count) in self.counts.iter().enumerate() {
            let wanting = self.target.saturating_sub(*count);
            let Some((low, high)) = self.buckets.ends(bucket).filter(|_| wanting > 0) else { continue };
            match holes.last_mut() {
                Some(last) if !is_discrete && last.high == low => {
                    last.high = high;
                    last.wanting += wanting;
                }
                _ => holes.push(Hole { low, high, wanting }),
            }
        }
        holes
    }

    /// The share that as many draws from the nominal would reach on average; `None` for a measure.
    pub fn expected_share(&self) -> Option<f64> {
        self.expected_share_after(self.n())
    }

    /// The share that `n` independent draws from the nominal reach on average: the mean over buckets of P[Bin(n, p) ≥
    /// target], where p is the bucket's nominal probability; `None` for a measure. For a target of 1 and buckets of
    /// equal probability it is 1 − (1 − p)^n.
    pub fn expected_share_after(&self, n: u64) -> Option<f64> {
        let probabilities = self.probabilities.as_ref()?;
        if probabilities.is_empty() {
            return Some(1.0);
        }
        let sum: f64 = probabilities.iter().map(|p| at_least(self.target, n, *p)).sum();
        Some(sum / probabilities.len() as f64)
    }

    /// The smallest number of draws from the nominal whose expected share is at least `share`, by bisection; `None`
    /// for a measure, and where 10^9 draws do not reach it, as when the nominal never draws a bucket.
    pub fn draws_needed(&self, share: f64) -> Option<u64> {
        let reaches = |n: u64| Some(self.expected_share_after(n)? >= share);
        if reaches(0)? {
            return Some(0);
        }
        // `short` never reaches it, `enough` always does.
        let (mut short, mut enough) = (0, 1);
        while !reaches(enough)? {
            if enough >= DRAWS_MOST {
                return None;
            }
            (short, enough) = (enough, (2 * enough).min(DRAWS_MOST));
        }
        while enough - short > 1 {
            let middle = short + (enough - short) / 2;
            if reaches(middle)? {
                enough = middle;
            } else {
                short = middle;
            }
        }
        Some(enough)
    }

    /// What a person should know: how many buckets miss the target and where; what lies outside; what was to be
    /// expected.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = vec![self.sentence_on_holes()];
        let outside = [
            (self.below, "below the lowest bucket"),
            (self.above, "above the highest bucket"),
            (self.between, "between the listed values"),
        ];
        let outside: Vec<String> = outside
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, place)| format!("{count} of {} {place}", self.n()))
            .collect();
        if !outside.is_empty() {
            sentences.push(format!("Values of {} outside its buckets: {}.", self.of, outside.join(", ")));
        }
        if self.missing > 0 {
            let rows = self.n() + self.missing;
            sentences.push(format!("Without a value of {}: {} of {rows} {}.", self.of, self.missing, self.rows_are));
        }
        if let Some(expected) = self.expected_share() {
            sentences.push(format!(
                "{} of the buckets met the target; as many draws from the nominal reach {} on average.",
                words::percent(self.met() as u64, self.counts.len() as u64),
                words::percent_of(expected)
            ));
        }
        if self.met() < self.counts.len()
            && let Some(needed) = self.draws_needed(SHARE_AIMED_AT).filter(|needed| *needed > self.n())
        {
            let aim = words::percent_of(SHARE_AIMED_AT);
            sentences
                .push(format!("It takes {needed} draws from the nominal to reach {aim} of the buckets on average."));
        }
        let impossible = self.probabilities.iter().flatten().filter(|p| **p == 0.0).count();
        if impossible > 0 {
            sentences.push(format!(
                "The nominal never draws {impossible} of the {} buckets; narrow the goal's range, or widen the nominal.",
                self.counts.len()
            ));
        }
        sentences
    }

    fn sentence_on_holes(&self) -> String {
        let (buckets, unmet, of) = (self.counts.len(), self.counts.len() - self.met(), &self.of);
        let rows_are = &self.rows_are;
        if unmet == 0 {
            let each = if self.target == 1 { "a hit".to_owned() } else { format!("{} hits", self.target) };
            return format!("Every one of the {buckets} buckets of {of} has at least {each}.");
        }
        let hole = |hole: &Hole| {
            let place = words::interval(hole.low, hole.high, &self.unit);
            if self.target == 1 { place } else { format!("{place} needs {} more", hole.wanting) }
        };
        let holes: Vec<String> = self.holes().iter().map(hole).collect();
        let (have, few) = (
            if unmet == 1 { "has" } else { "have" },
            if self.target == 1 { format!("no {rows_are}") } else { format!("fewer than {} {rows_are}", self.target) },
        );
        format!("{unmet} of {buckets} buckets of {of} {have} {few}: {}.", listed(&holes, HOLES_SHOWN))
    }
}

/// P[Bin(n, p) ≥ hits].
fn at_least(hits: u64, n: u64, p: f64) -> f64 {
    if hits == 0 {
        return 1.0;
    }
    if p <= 0.0 || hits > n {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    if hits == 1 {
        return -libm::expm1(n as f64 * libm::log1p(-p));
    }
    incomplete_beta(hits as f64, (n - hits) as f64 + 1.0, p)
}
