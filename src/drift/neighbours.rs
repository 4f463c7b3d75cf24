//! What the nearest neighbours of every row say: precision, recall, density, coverage, tails, and a two-sample test.
//!
//! With r(x) the distance from x to its k-th nearest other row of its own side, k = 5, and `<` strict, as the package `prdc` has
//! it (Kynkäänniemi et al. 2019; Naeem et al. 2020):
//! - precision: share of the other side's rows within r(x) of some x of the reference;
//! - recall: share of the reference's rows within r(y) of some y of the other side;
//! - density: rows of the other side within r(x), summed over all x, divided by k and their number; may pass 1;
//! - coverage: share of the reference's rows x with a row of the other side within r(x).
//!
//! Tail coverage is coverage of what is rare: over every feature, the reference's rows at or beyond its own 1 % and 99 % count (at least
//! one each), and the share of these that are covered is told.
//!
//! The test (1-NN C2ST, Lopez-Paz and Oquab 2017, leaving a row's whole group out): does the nearest row of another group belong to
//! the same side? Its accuracy is the mean of both sides' shares, so that a large side does not win by its size; 0.5 is chance.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::labelling::{Part, Statistic};
use super::near::{K, Near, TIE};
use super::pairs::Pairs;
use super::rows::Rows;
use crate::stats::{Interval, clopper_pearson, mean, student_quantile};

/// The share of the reference at either end of a feature that is a tail.
const TAIL: f64 = 0.01;
/// Entries of a list's head.
const HEAD: usize = 32;
/// Entries of whole lists that are kept for the next labelling; a quarter of a gibibyte.
const MOST_KEPT: usize = 1 << 26;

/// Every row's neighbours, nearest first, whatever their side.
pub(super) struct Neighbours {
    pairs: Pairs,
    near: Vec<Near>,
    /// The first [`HEAD`] of each list, side by side: most labellings need no more, and other places of memory are far.
    heads: Vec<[u32; HEAD]>,
    /// Place of each row.
    places: Vec<u32>,
    /// All other rows of a row, where its list was too short once.
    whole: Vec<OnceLock<Vec<u32>>>,
    /// How many entries of those may still be kept.
    left: AtomicUsize,
    /// Rows by each feature, lowest first.
    by_feature: Vec<Vec<u32>>,
}

/// How often the nearest row is of the other side and of the same, for each side.
type Told = [[i64; 2]; 2];

impl Neighbours {
    /// With the nearest rows of each, as `pairs` saw them.
    pub(super) fn new(rows: &Rows, pairs: Pairs, near: Vec<Near>) -> Self {
        let by_feature = by_feature(rows);
        let mut places = vec![0; near.len()];
        for (row, place) in pairs.rows.iter().zip(0..) {
            places[*row as usize] = place;
        }
        let head = |near: &Near| core::array::from_fn(|at| near.rows.get(at).copied().unwrap_or(0));
        let heads = near.iter().map(head).collect();
        let whole = near.iter().map(|_| OnceLock::new()).collect();
        Self { pairs, near, heads, places, whole, left: AtomicUsize::new(MOST_KEPT), by_feature }
    }

    fn marks(&self, parts: &[Part]) -> Vec<Part> {
        self.pairs.group_of_row.iter().map(|group| parts[*group as usize]).collect()
    }

    /// All other rows of `row`, nearest first.
    fn whole(&self, row: usize) -> Cow<'_, [u32]> {
        if let Some(list) = self.whole[row].get() {
            return Cow::Borrowed(list);
        }
        let list = self.pairs.all_near(self.places[row] as usize);
        let take = |left: usize| left.checked_sub(list.len());
        // which are kept may depend on who comes first; what they hold does not
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
            return Cow::Borrowed(self.whole[row].get_or_init(|| list));
        }
        Cow::Owned(list)
    }

    /// The beginning of a row's list.
    fn head(&self, row: usize) -> &[u32] {
        &self.heads[row][..self.near[row].rows.len().min(HEAD)]
    }

    /// The rows of the other side that lie within the ball of `row`, into `inside`.
    fn within(&self, row: usize, marks: &[Part], inside: &mut Vec<u32>) {
        let near = &self.near[row];
        let mut is_known = ball(self.head(row), marks[row], marks, inside);
        if !is_known && near.rows.len() > HEAD {
            is_known = ball(&near.rows, marks[row], marks, inside);
        }
        if !is_known && !near.is_whole {
            is_known = ball(&self.whole(row), marks[row], marks, inside);
        }
        // with fewer than k of its own side there is no ball
        if !is_known {
            inside.clear();
        }
    }

    /// The nearest row of another group that is not left out, as if `without` were left out as well.
    fn nearest(&self, row: usize, marks: &[Part], without: Option<u32>) -> Option<u32> {
        let near = &self.near[row];
        let out = [self.pairs.group_of_row[row], without.unwrap_or(u32::MAX)];
        let first = |list: &[u32]| first_other(list, out, (marks, &self.pairs.group_of_row));
        let mut found = first(self.head(row));
        if found.is_none() && near.rows.len() > HEAD {
            found = first(&near.rows);
        }
        if found.is_none() && !near.is_whole {
            found = first(&self.whole(row));
        }
        found
    }

    /// Counts whether the nearest row of `row` is of the same side; tells which it is.
    fn tell(&self, row: usize, marks: &[Part], told: &mut Told) -> Option<u32> {
        let nearest = self.nearest(row, marks, None);
        if let Some(other) = nearest {
            told[side(marks[row])][usize::from(marks[other as usize] == marks[row])] += 1;
        }
        nearest
    }

    /// The accuracy, and that without each group in turn: without it its own rows are gone, and those whose nearest row is one of it
    /// turn to another.
    fn accuracies(&self, marks: &[Part], groups: usize) -> (f64, Vec<f64>) {
        let of_row = &self.pairs.group_of_row;
        let mut all = Told::default();
        let mut changes = vec![Told::default(); groups];
        for row in (0..marks.len()).filter(|row| marks[*row] != Part::Out) {
            let Some(other) = self.tell(row, marks, &mut all) else { continue };
            let own = side(marks[row]);
            let (group, its) = (of_row[row] as usize, of_row[other as usize]);
            let is_right = usize::from(marks[other as usize] == marks[row]);
            changes[group][own][is_right] -= 1;
            changes[its as usize][own][is_right] -= 1;
            if let Some(next) = self.nearest(row, marks, Some(its)) {
                changes[its as usize][own][usize::from(marks[next as usize] == marks[row])] += 1;
            }
        }
        let without = |change: &Told| {
            let [x, y] = [0, 1].map(|side| [0, 1].map(|right| all[side][right] + change[side][right]));
            accuracy(&[x, y])
        };
        (accuracy(&all), changes.iter().map(without).collect())
    }

    /// The accuracy's 95 % interval: its variance by leaving one group out at a time, each side its own (jackknife), and Student's t.
    /// A little too wide: whose neighbour is left out turns to another.
    pub(super) fn accuracy_interval(&self, parts: &[Part]) -> Interval {
        let (accuracy, all) = self.accuracies(&self.marks(parts), parts.len());
        let mut variance = 0.0;
        for side in [Part::First, Part::Second] {
            let some: Vec<f64> =
                all.iter().zip(parts).filter(|(_, part)| **part == side).map(|(one, _)| *one).collect();
            let (count, middle) = (some.len() as f64, mean(&some));
            variance += (count - 1.0) / count * some.iter().map(|one| (one - middle) * (one - middle)).sum::<f64>();
        }
        let freedom = (parts.len() as f64 - 2.0).max(1.0);
        let reach = student_quantile(freedom, 0.975) * libm::sqrt(variance);
        let groups = parts.iter().filter(|part| **part != Part::Out).count() as u64;
        // where nothing varies, no group was wrong, or all were: so many say no more than this
        let exact = |right: u64| clopper_pearson(right, groups, 0.95);
        let (low, high) = if accuracy >= 1.0 {
            (exact(groups).low, 1.0)
        } else if accuracy <= 0.0 {
            (0.0, exact(0).high)
        } else {
            (accuracy - reach, accuracy + reach)
        };
        Interval { low: low.max(0.0), high: high.min(1.0) }
    }

    /// The share of the tails of the first side, feature by feature, whose rows are `covered`.
    fn tails(&self, marks: &[Part], covered: &[bool]) -> f64 {
        let count = marks.iter().filter(|mark| **mark == Part::First).count();
        let each = (libm::ceil(TAIL * count as f64) as usize).max(1);
        let (mut hit, mut all) = (0, 0);
        for ordered in &self.by_feature {
            for is_low in [true, false] {
                let (mut at, mut left) = (0, each);
                while left > 0 && at < ordered.len() {
                    let row = ordered[if is_low { at } else { ordered.len() - 1 - at }] as usize;
                    let is_first = marks[row] == Part::First;
                    left -= usize::from(is_first);
                    hit += usize::from(is_first && covered[row]);
                    at += 1;
                }
                all += each - left;
            }
        }
        hit as f64 / all.max(1) as f64
    }
}

impl Statistic for Neighbours {
    /// Precision, recall, density, coverage, tail coverage, accuracy of the test.
    fn of(&self, parts: &[Part]) -> Vec<f64> {
        let marks = self.marks(parts);
        let count = marks.len();
        // of the second side: within a ball of the first; of the first: within one of the second
        let (mut reached, mut covered) = (vec![false; count], vec![false; count]);
        let (mut n, mut m, mut inside) = (0_usize, 0_usize, 0_usize);
        let (mut within, mut told) = (Vec::new(), Told::default());
        for row in 0..count {
            if marks[row] == Part::Out {
                continue;
            }
            // both look at the same list while it is at hand
            self.within(row, &marks, &mut within);
            self.tell(row, &marks, &mut told);
            for other in &within {
                reached[*other as usize] = true;
            }
            if marks[row] == Part::First {
                n += 1;
                inside += within.len();
                covered[row] = !within.is_empty();
            } else {
                m += 1;
            }
        }
        let share = |all: &[bool], part: Part, of: usize| {
            let count = all.iter().zip(&marks).filter(|(is_in, mark)| **is_in && **mark == part).count();
            count as f64 / of as f64
        };
        vec![
            share(&reached, Part::Second, m),
            share(&reached, Part::First, n),
            inside as f64 / (K * m) as f64,
            share(&covered, Part::First, n),
            self.tails(&marks, &covered),
            accuracy(&told),
        ]
    }
}

/// Which of two counts a row of this side goes into.
fn side(part: Part) -> usize {
    usize::from(part == Part::Second)
}

/// The mean of both sides' shares.
fn accuracy(told: &Told) -> f64 {
    let [x, y] = told.map(|[wrong, right]| right as f64 / (wrong + right).max(1) as f64);
    0.5 * (x + y)
}

/// The rows of the other side among `near`, nearest first, up to the [`K`]-th of the own side, into `inside`; whether there is that one.
fn ball(near: &[u32], own: Part, marks: &[Part], inside: &mut Vec<u32>) -> bool {
    let (mut own_seen, mut before_run) = (0, 0);
    inside.clear();
    let mut at = 0;
    while at < near.len() {
        let other = near[at] & !TIE;
        if near[at] == other {
            before_run = inside.len();
        }
        let part = marks[other as usize];
        if part == own {
            own_seen += 1;
            if own_seen == K {
                // those as far as the last are not nearer than it
                inside.truncate(before_run);
                return true;
            }
        } else if part != Part::Out {
            inside.push(other);
        }
        at += 1;
    }
    false
}

/// The first of `near` that is neither left out nor of a group of `out`.
fn first_other(near: &[u32], out: [u32; 2], (marks, groups): (&[Part], &[u32])) -> Option<u32> {
    let mut at = 0;
    while at < near.len() {
        let other = near[at] & !TIE;
        let group = groups[other as usize];
        if group != out[0] && group != out[1] && marks[other as usize] != Part::Out {
            return Some(other);
        }
        at += 1;
    }
    None
}

/// Rows by each feature, lowest first, equal ones as they stand. Eight features at a time: their numbers lie side by side in memory.
fn by_feature(rows: &Rows) -> Vec<Vec<u32>> {
    let count = rows.count();
    let eight = |first: usize| -> Vec<Vec<u32>> {
        let some = 8.min(rows.length - first);
        let mut columns = vec![vec![0_u64; count]; some];
        for row in 0..count {
            let values = &rows.row(row)[first..first + some];
            for (column, value) in columns.iter_mut().zip(values) {
                column[row] = in_order(*value);
            }
        }
        columns.iter().map(|column| order(column)).collect()
    };
    let firsts: Vec<usize> = (0..rows.length).step_by(8).collect();
    let all: Vec<Vec<Vec<u32>>> = firsts.into_par_iter().map(eight).collect();
    all.into_iter().flatten().collect()
}

/// A number whose order among whole numbers is that of `value` among reals.
fn in_order(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

/// Numbers of the smallest of `keys` first; equal ones as they stand. By their upper halves first, digit by digit; the few that share
/// one are put in order after that.
fn order(keys: &[u64]) -> Vec<u32> {
    const DIGITS: usize = 1 << 11;
    let mut numbers: Vec<u32> = (0..keys.len() as u32).collect();
    let mut next = numbers.clone();
    for shift in [32, 43, 54] {
        let mut places = [0_u32; DIGITS];
        for key in keys {
            places[(key >> shift) as usize % DIGITS] += 1;
        }
        let mut sum = 0;
        for place in &mut places {
            (*place, sum) = (sum, sum + *place);
        }
        for number in &numbers {
            let place = &mut places[(keys[*number as usize] >> shift) as usize % DIGITS];
            next[*place as usize] = *number;
            *place += 1;
        }
        std::mem::swap(&mut numbers, &mut next);
    }
    let upper = |number: u32| keys[number as usize] >> 32;
    let mut from = 0;
    while from < numbers.len() {
        let mut to = from + 1;
        while to < numbers.len() && upper(numbers[to]) == upper(numbers[from]) {
            to += 1;
        }
        if to - from > 1 {
            numbers[from..to].sort_by_key(|number| keys[*number as usize]);
        }
        from = to;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use fearless_simd::Level;

    use super::*;
    use crate::base::{Silent, StreamKey};
    use crate::drift::Side;
    use crate::drift::labelling::Grouping;

    #[test]
    fn rows_stand_in_the_order_of_their_numbers_and_equal_ones_as_they_were() {
        let mut stream = StreamKey::new(1, "neighbours").stream("order", 0);
        for count in [0, 1, 2, 700] {
            let coarse = |value: f64| if value < 0.3 { (value * 20.0).floor() - 3.0 } else { 1.0 + value * 1e-12 };
            let values: Vec<f64> = (0..count).map(|_| coarse(stream.next_unit())).collect();
            let mut expected: Vec<u32> = (0..count).collect();
            expected.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
            assert_eq!(order(&values.iter().copied().map(in_order).collect::<Vec<_>>()), expected, "{count}");
        }
    }

    /// Of two sides of 1,400 rows that have many pairs equally far apart: every number as its definition has it, from all distances.
    #[test]
    fn numbers_are_as_defined_under_every_labelling() {
        let mut stream = StreamKey::new(2, "neighbours").stream("rows", 0);
        let mut side = |count: usize| -> Vec<Vec<f64>> {
            (0..count).map(|_| (0..4).map(|_| stream.next_below(9) as f64).collect()).collect()
        };
        let (x, y) = (side(500), side(900));
        let groups: Vec<u64> = (0..900).map(|row| if row < 200 { 0 } else { row / 5 }).collect();
        let (x, y) = (Side { rows: &x, groups: &groups[..500] }, Side { rows: &y, groups: &groups });
        let grouping = Grouping::new(&x, &y).expect("groups");
        let rows = Rows::standardised(&x, &y);
        let pairs = Pairs::new(&rows, &grouping, Level::new());
        let count = rows.count();
        let norm = |row: usize| rows.row(row).iter().fold(0.0, |sum, value| sum + value * value);
        let product = |a: usize, b: usize| rows.row(a).iter().zip(rows.row(b)).fold(0.0, |sum, (a, b)| sum + a * b);
        let apart = |a: usize, b: usize| (norm(a) + norm(b) - 2.0 * product(a, b)).max(0.0);
        let all: Vec<Vec<f64>> = (0..count).map(|a| (0..count).map(|b| apart(a, b)).collect()).collect();
        let near = pairs.look(&grouping, (&[], true), &Silent).expect("not stopped").near;
        let found = Neighbours::new(&rows, pairs, near);
        let mut labels = grouping.observed();
        for halves in [false, false, true, true] {
            let some = if halves { grouping.groups_x } else { labels.len() };
            let parts = grouping.parts(&labels[..some]);
            let got = found.of(&parts);
            let part = |row: usize| parts[grouping.of_row[row]];
            let of = |which: Part| (0..count).filter(|row| part(*row) == which).collect::<Vec<_>>();
            let (first, second) = (of(Part::First), of(Part::Second));
            let radius = |row: usize, side: &[usize]| {
                let mut others: Vec<f64> = side.iter().filter(|at| **at != row).map(|at| all[row][*at]).collect();
                *others.select_nth_unstable_by(K - 1, f64::total_cmp).1
            };
            let share = |hit: usize, of: &[usize]| hit as f64 / of.len() as f64;
            let r_first: Vec<f64> = first.iter().map(|row| radius(*row, &first)).collect();
            let r_second: Vec<f64> = second.iter().map(|row| radius(*row, &second)).collect();
            let is_in = |x: usize, balls: &[usize], radii: &[f64]| {
                balls.iter().zip(radii).filter(|(ball, radius)| all[**ball][x] < **radius).count()
            };
            let counts: Vec<usize> = second.iter().map(|y| is_in(*y, &first, &r_first)).collect();
            let recalled = first.iter().filter(|x| is_in(**x, &second, &r_second) > 0).count();
            let covers = |(x, radius): &(&usize, &f64)| second.iter().any(|y| all[**x][*y] < **radius);
            let covered = first.iter().zip(&r_first).filter(covers).count();
            let expected = [
                share(counts.iter().filter(|count| **count > 0).count(), &second),
                share(recalled, &first),
                counts.iter().sum::<usize>() as f64 / (K * second.len()) as f64,
                share(covered, &first),
            ];
            assert_eq!(got[..4], expected, "halves: {halves}");
            let nearest = |row: &usize| {
                let is_other = |at: &usize| grouping.of_row[*at] != grouping.of_row[*row] && part(*at) != Part::Out;
                let key = |at: &usize| (all[*row][*at].to_bits(), *at);
                (0..count).filter(is_other).min_by_key(key).is_some_and(|at| part(at) == part(*row))
            };
            let right = |side: &[usize]| share(side.iter().filter(|row| nearest(row)).count(), side);
            assert_eq!(got[5], 0.5 * (right(&first) + right(&second)), "halves: {halves}");
            // the interval leaves groups out: to leave one out by hand gives the same
            if !halves {
                let marks = found.marks(&parts);
                let (_, without) = found.accuracies(&marks, parts.len());
                for group in [0, 1, grouping.groups_x + 3] {
                    let mut parts = parts.clone();
                    parts[group] = Part::Out;
                    assert_eq!(without[group], found.of(&parts)[5], "without {group}");
                }
            }
            stream.shuffle(&mut labels);
        }
    }
}
