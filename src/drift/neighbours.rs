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

use rayon::prelude::*;

use super::labelling::{Grouping, Part, Statistic};
use super::pairs::{TIE, all_near};
use super::rows::Rows;
use crate::stats::{Interval, clopper_pearson, mean, student_quantile};

/// Neighbours that make a row's ball.
const K: usize = 5;
/// The share of the reference at either end of a feature that is a tail.
const TAIL: f64 = 0.01;

/// Every row's neighbours, nearest first, whatever their side.
pub(super) struct Neighbours<'a> {
    rows: &'a Rows,
    of_row: Vec<usize>,
    near: Vec<Vec<u32>>,
    /// Rows by each feature, lowest first.
    by_feature: Vec<Vec<u32>>,
}

impl<'a> Neighbours<'a> {
    /// With the nearest rows of each, as [`super::pairs`] saw them.
    pub(super) fn new(rows: &'a Rows, grouping: &Grouping, near: Vec<Vec<u32>>) -> Self {
        let by_feature = (0..rows.length).map(|feature| order(&rows.column(feature).collect::<Vec<_>>())).collect();
        Self { rows, of_row: grouping.of_row.clone(), near, by_feature }
    }

    /// Looks at the neighbours of `row` in turn until `seen` has had enough; with each, whether it lies as far as the one before.
    fn look(&self, row: usize, mut seen: impl FnMut(usize, bool) -> bool) {
        let near = &self.near[row];
        let told = |entry: &u32| ((entry & !TIE) as usize, entry & TIE != 0);
        if near.iter().map(told).any(|(other, tie)| seen(other, tie)) || near.len() + 1 == self.rows.count() {
            return;
        }
        let all = all_near(self.rows, row);
        let _enough = all.iter().skip(near.len()).map(told).any(|(other, tie)| seen(other, tie));
    }

    /// The rows of the other side that lie within the ball of `row`.
    fn within(&self, row: usize, parts: &[Part]) -> Vec<usize> {
        let own = parts[self.of_row[row]];
        let (mut inside, mut own_seen, mut before_run) = (Vec::new(), 0, 0);
        self.look(row, |other, tie| {
            if !tie {
                before_run = inside.len();
            }
            match parts[self.of_row[other]] {
                Part::Out => {}
                part if part == own => own_seen += 1,
                _ => inside.push(other),
            }
            own_seen == K
        });
        // those as far as the last are not nearer than it; with fewer than k of its own side there is no ball
        inside.truncate(if own_seen == K { before_run } else { 0 });
        inside
    }

    /// Whether the nearest row of another group is on the same side.
    fn is_told(&self, row: usize, parts: &[Part]) -> Option<bool> {
        let own = parts[self.of_row[row]];
        let mut told = None;
        self.look(row, |other, _| {
            let part = parts[self.of_row[other]];
            let counts = part != Part::Out && self.of_row[other] != self.of_row[row];
            if counts {
                told = Some(part == own);
            }
            counts
        });
        told
    }

    /// The test's accuracy.
    fn accuracy(&self, parts: &[Part]) -> f64 {
        let mut right = [[0_usize; 2]; 2];
        for row in 0..self.rows.count() {
            if let Some(is_right) = self.is_told(row, parts) {
                right[usize::from(parts[self.of_row[row]] == Part::Second)][usize::from(is_right)] += 1;
            }
        }
        let [x, y] = right.map(|[wrong, right]| right as f64 / (wrong + right).max(1) as f64);
        0.5 * (x + y)
    }

    /// The accuracy's 95 % interval: its variance by leaving one group out at a time, each side its own (jackknife), and Student's t.
    /// A little too wide: whose neighbour is left out turns to another.
    pub(super) fn accuracy_interval(&self, parts: &[Part]) -> Interval {
        let without = |group: usize| {
            let mut parts = parts.to_vec();
            parts[group] = Part::Out;
            self.accuracy(&parts)
        };
        let all: Vec<f64> = (0..parts.len()).into_par_iter().map(without).collect();
        let mut variance = 0.0;
        for side in [Part::First, Part::Second] {
            let some: Vec<f64> =
                all.iter().zip(parts).filter(|(_, part)| **part == side).map(|(one, _)| *one).collect();
            let (count, middle) = (some.len() as f64, mean(&some));
            variance += (count - 1.0) / count * some.iter().map(|one| (one - middle) * (one - middle)).sum::<f64>();
        }
        let (accuracy, freedom) = (self.accuracy(parts), (parts.len() as f64 - 2.0).max(1.0));
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
    fn tails(&self, parts: &[Part], covered: &[bool]) -> f64 {
        let is_first = |row: &usize| parts[self.of_row[*row]] == Part::First;
        let count = (0..self.rows.count()).filter(is_first).count();
        let each = (libm::ceil(TAIL * count as f64) as usize).max(1);
        let (mut hit, mut all) = (0_usize, 0_usize);
        let mut end = |rows: &mut dyn Iterator<Item = usize>| {
            for row in rows.filter(is_first).take(each) {
                all += 1;
                hit += usize::from(covered[row]);
            }
        };
        for ordered in &self.by_feature {
            end(&mut ordered.iter().map(|row| *row as usize));
            end(&mut ordered.iter().rev().map(|row| *row as usize));
        }
        hit as f64 / all.max(1) as f64
    }
}

impl Statistic for Neighbours<'_> {
    /// Precision, recall, density, coverage, tail coverage, accuracy of the test.
    fn of(&self, parts: &[Part]) -> Vec<f64> {
        let count = self.rows.count();
        let (mut precise, mut recalled, mut covered) = (vec![false; count], vec![false; count], vec![false; count]);
        let (mut n, mut m, mut inside) = (0_usize, 0_usize, 0_usize);
        for row in 0..count {
            match parts[self.of_row[row]] {
                Part::First => {
                    let within = self.within(row, parts);
                    n += 1;
                    inside += within.len();
                    covered[row] = !within.is_empty();
                    for other in within {
                        precise[other] = true;
                    }
                }
                Part::Second => {
                    m += 1;
                    for other in self.within(row, parts) {
                        recalled[other] = true;
                    }
                }
                Part::Out => {}
            }
        }
        let share = |marks: &[bool], of: usize| marks.iter().filter(|mark| **mark).count() as f64 / of as f64;
        vec![
            share(&precise, m),
            share(&recalled, n),
            inside as f64 / (K * m) as f64,
            share(&covered, n),
            self.tails(parts, &covered),
            self.accuracy(parts),
        ]
    }
}

/// Numbers of the smallest of `values` first; equal ones as they stand.
fn order(values: &[f64]) -> Vec<u32> {
    let mut numbers: Vec<u32> = (0..values.len() as u32).collect();
    numbers.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
    numbers
}
