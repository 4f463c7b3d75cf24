//! Relabelling of groups: the null hypothesis that it makes no difference which side an episode belongs to.

use std::collections::BTreeMap;

use crate::base::StreamKey;
use crate::stats::{Interval, permutation_p, quantile, sorted};

use super::{DriftError, Settings, Side};

/// Up to this many distinct labellings all are visited.
pub(super) const EXACT_LABELLINGS: f64 = 5_000.0;
/// A side with more groups than this has them bundled: whole groups change sides together, and sums over pairs of them fit memory.
const MOST_GROUPS: usize = 512;

/// Where a group is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// On the reference's side.
    First,
    /// On the other.
    Second,
    /// Left out.
    Out,
}

/// Which values are farther from "no difference".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// Large ones.
    Large,
    /// Small ones.
    Small,
    /// Both.
    Both,
}

/// Numbers that follow from which groups are on which side.
pub(super) trait Statistic: Sync {
    /// The numbers, always as many; `parts` has one entry a group.
    fn of(&self, parts: &[Part]) -> Vec<f64>;

    /// How large its numbers are: those nearer than a billionth of a thousandth of it count as equal.
    fn scale(&self) -> f64 {
        1.0
    }
}

/// Rows of both sides (the reference's first) with one running group number each.
#[derive(Clone, Debug)]
pub(super) struct Grouping {
    /// Group of each row.
    pub(super) of_row: Vec<usize>,
    /// Rows of each group; the reference's groups come first.
    pub(super) sizes: Vec<usize>,
    /// Groups of the reference.
    pub(super) groups_x: usize,
}

impl Grouping {
    /// Checks both sides and numbers their groups in order of appearance.
    pub(super) fn new(x: &Side<'_>, y: &Side<'_>) -> Result<Self, DriftError> {
        let length = x.rows.first().map_or(0, Vec::len);
        let mut grouping = Self { of_row: Vec::new(), sizes: Vec::new(), groups_x: 0 };
        for (side, name) in [(x, "reference"), (y, "other")] {
            check(side, name, length)?;
            let before = grouping.sizes.len();
            let mut numbers = BTreeMap::new();
            for id in side.groups {
                let next = numbers.len();
                numbers.entry(*id).or_insert(next);
            }
            let got = numbers.len();
            if got < 2 {
                return Err(DriftError::TooFewGroups { side: name, got });
            }
            let bundles = got.min(MOST_GROUPS);
            grouping.sizes.resize(before + bundles, 0);
            for id in side.groups {
                let number = before + numbers.get(id).copied().unwrap_or(0) * bundles / got;
                grouping.sizes[number] += 1;
                grouping.of_row.push(number);
            }
            if name == "reference" {
                grouping.groups_x = bundles;
            }
        }
        Ok(grouping)
    }

    /// The rows of each group, in order.
    pub(super) fn rows_of_groups(&self) -> Vec<Vec<usize>> {
        let mut rows: Vec<Vec<usize>> = self.sizes.iter().map(|size| Vec::with_capacity(*size)).collect();
        for (row, group) in self.of_row.iter().enumerate() {
            rows[*group].push(row);
        }
        rows
    }

    /// `labels` of the first groups, true for the first side; the groups after them are left out.
    pub(super) fn parts(&self, labels: &[bool]) -> Vec<Part> {
        let part = |at: usize| match labels.get(at) {
            Some(true) => Part::First,
            Some(false) => Part::Second,
            None => Part::Out,
        };
        (0..self.sizes.len()).map(part).collect()
    }

    /// Groups of the other side.
    pub(super) fn groups_y(&self) -> usize {
        self.sizes.len() - self.groups_x
    }

    /// True where a group belongs to the reference, as it was observed.
    pub(super) fn observed(&self) -> Vec<bool> {
        (0..self.sizes.len()).map(|group| group < self.groups_x).collect()
    }
}

/// Whether rows and groups of a side fit each other and all numbers are finite.
pub(super) fn check(side: &Side<'_>, name: &'static str, length: usize) -> Result<(), DriftError> {
    let uneven = |what: String| DriftError::Uneven { side: name, what };
    if side.rows.len() != side.groups.len() {
        return Err(uneven(format!("{} rows but {} group ids", side.rows.len(), side.groups.len())));
    }
    for (row, values) in side.rows.iter().enumerate() {
        if values.len() != length || length == 0 {
            return Err(uneven(format!("row {row} has {} features where {length} are expected", values.len())));
        }
        if let Some(feature) = values.iter().position(|value| !value.is_finite()) {
            return Err(DriftError::NotFinite { side: name, row, feature });
        }
    }
    Ok(())
}

/// Labellings of groups: true is the first side.
#[derive(Clone, Debug)]
pub(super) struct Labellings {
    pub(super) all: Vec<Vec<bool>>,
    /// Whether `all` holds every distinct one (the observed one among them).
    pub(super) exact: bool,
    /// The smallest p-value that these labellings can give.
    pub(super) smallest_p: f64,
}

impl Labellings {
    /// Ways to give `first` of `first + second` groups to the first side: all where few, else a random choice.
    pub(super) fn new(first: usize, second: usize, settings: &Settings, purpose: &str) -> Self {
        Self::up_to(EXACT_LABELLINGS, (first, second), settings, purpose)
    }

    /// As [`Self::new`], all of them only where there are at most `most`.
    pub(super) fn up_to(most: f64, (first, second): (usize, usize), settings: &Settings, purpose: &str) -> Self {
        let distinct = ways(first + second, first);
        // With sides of equal size the mirrored labelling gives the same distance.
        let reached = if first == second { 2.0 } else { 1.0 };
        if distinct <= most {
            return Self { all: every(first + second, first), exact: true, smallest_p: reached / distinct };
        }
        let mut stream = StreamKey::new(settings.seed, "drift").stream(purpose, 0);
        let mut labels: Vec<bool> = (0..first + second).map(|group| group < first).collect();
        let all: Vec<Vec<bool>> = (0..settings.permutations)
            .map(|_| {
                stream.shuffle(&mut labels);
                labels.clone()
            })
            .collect();
        let smallest_p = 1.0 / (1 + all.len()) as f64;
        Self { all, exact: false, smallest_p }
    }

    /// The p-value of `observed` among the values of these labellings; values within `tolerance` count as equal.
    pub(super) fn p(&self, observed: f64, values: &[f64], tolerance: f64) -> f64 {
        if self.exact {
            let reached = values.iter().filter(|value| **value >= observed - tolerance).count();
            reached.max(1) as f64 / values.len().max(1) as f64
        } else {
            permutation_p(observed - tolerance, values)
        }
    }

    /// How often a value of `null` is as far out as `observed`.
    pub(super) fn chance(&self, tail: Tail, (observed, null): (f64, &[f64]), tolerance: f64) -> f64 {
        let large = || self.p(observed, null, tolerance);
        let small = || self.p(-observed, &null.iter().map(|value| -value).collect::<Vec<_>>(), tolerance);
        match tail {
            Tail::Large => large(),
            Tail::Small => small(),
            Tail::Both => (2.0 * large().min(small())).min(1.0),
        }
    }
}

/// Labellings of all groups, and of the reference's in halves where it has enough, as `make` makes them.
pub(super) fn both(
    grouping: &Grouping,
    make: impl Fn((usize, usize), &str) -> Labellings,
) -> (Labellings, Option<Labellings>) {
    let half = grouping.groups_x / 2;
    let halves = (half >= 2).then(|| make((half, grouping.groups_x - half), "halves"));
    (make((grouping.groups_x, grouping.groups_y()), "groups"), halves)
}

/// The middle 95 % of values.
pub(super) fn band(values: &[f64]) -> Interval {
    let ordered = sorted(values);
    Interval { low: quantile(&ordered, 0.025), high: quantile(&ordered, 0.975) }
}

/// n over k, exact while it matters here.
fn ways(n: usize, k: usize) -> f64 {
    (0..k.min(n - k)).fold(1.0, |count, at| count * (n - at) as f64 / (at + 1) as f64)
}

/// Every choice of `k` of `n`, in lexicographic order of the chosen.
fn every(n: usize, k: usize) -> Vec<Vec<bool>> {
    let mut chosen: Vec<usize> = (0..k).collect();
    let mut all = Vec::new();
    loop {
        let mut labels = vec![false; n];
        for at in &chosen {
            labels[*at] = true;
        }
        all.push(labels);
        let Some(at) = (0..k).rev().find(|at| chosen[*at] < n - k + at) else { return all };
        chosen[at] += 1;
        for later in at + 1..k {
            chosen[later] = chosen[later - 1] + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_groups_are_visited_exactly() {
        let got = Labellings::new(2, 3, &Settings::default(), "test");
        assert!(got.exact && got.all.len() == 10, "C(5, 2): {}", got.all.len());
        let distinct: std::collections::BTreeSet<_> = got.all.iter().collect();
        assert_eq!(distinct.len(), 10, "all different");
        assert_eq!(got.smallest_p, 0.1, "one of ten");
        assert!((Labellings::new(2, 2, &Settings::default(), "test").smallest_p - 2.0 / 6.0).abs() < 1e-15, "mirrored");
        let many = Labellings::new(20, 20, &Settings { permutations: 99, seed: 1 }, "test");
        assert!(!many.exact && many.all.len() == 99, "random");
        assert!(many.all.iter().all(|labels| labels.iter().filter(|label| **label).count() == 20), "sizes kept");
    }

    #[test]
    fn sides_that_cannot_be_compared_are_refused() {
        let rows = vec![vec![1.0, 2.0], vec![3.0, 4.0]];
        let bad = vec![vec![1.0, f64::NAN], vec![3.0, 4.0]];
        let good = Side { rows: &rows, groups: &[1, 2] };
        let refusal = |y: Side<'_>| Grouping::new(&good, &y).expect_err("refused");
        let few = refusal(Side { rows: &rows, groups: &[5, 5] });
        assert_eq!(few, DriftError::TooFewGroups { side: "other", got: 1 }, "one group");
        assert!(matches!(refusal(Side { rows: &rows, groups: &[5] }), DriftError::Uneven { .. }), "ids missing");
        let nan = refusal(Side { rows: &bad, groups: &[1, 2] });
        assert_eq!(nan, DriftError::NotFinite { side: "other", row: 0, feature: 1 }, "NaN");
        let grouping = Grouping::new(&good, &good).expect("same ids on both sides are different groups");
        assert_eq!(grouping.sizes, [1, 1, 1, 1], "four groups");
    }
}
