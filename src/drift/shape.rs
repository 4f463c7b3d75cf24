//! How one number is distributed on two sides, in five numbers, each with what chance alone would give.
//!
//! A mean says nothing of a spread that collapsed or of tails that went missing; these do. All five follow from how many rows of
//! either side lie at or below each value: the values are sorted once, and every relabelling of groups only counts anew.

use rayon::prelude::*;

use crate::stats::Interval;

use super::bins::{BINS, Deciles};
use super::labelling::{Grouping, Labellings, Part, Tail, band};

/// Where a number lies by chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bands {
    /// The middle 95 % under relabelled groups.
    pub null: Interval,
    /// The middle 95 % between halves of the reference, split by group; `None` with fewer than 4 groups.
    pub halves: Option<Interval>,
}

/// A number with what chance alone would give.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Banded {
    /// The number.
    pub value: f64,
    /// Where it lies by chance.
    pub bands: Bands,
    /// Permutation p-value by group.
    pub p: f64,
}

/// How one number's distribution differs between the reference `x` and `y`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// P(y > x) − P(y < x), −1 to 1.
    pub cliffs_delta: Banded,
    /// Largest distance between the empirical distribution functions, 0 to 1.
    pub ks: Banded,
    /// Wasserstein-1 distance in standard deviations of the reference's rows (of all rows where the reference never changes).
    pub w1_sd: Banded,
    /// Jensen–Shannon distance over the reference's deciles, in bits, 0 to 1.
    pub js: Banded,
    /// Population stability index over the reference's deciles.
    pub psi: Banded,
    /// Relabellings behind the bands and the p-values.
    pub labellings: usize,
}

/// How many numbers a shape has.
const NUMBERS: usize = 5;

/// Which values of each are farther from "no difference".
const TAILS: [Tail; NUMBERS] = [Tail::Both, Tail::Large, Tail::Large, Tail::Large, Tail::Large];

impl Shape {
    /// Of the rows of `pooled`; `spread` is what counts as one standard deviation, `None` where nothing varies.
    pub(super) fn new(
        pooled: &Pooled,
        grouping: &Grouping,
        (labellings, halves): &(Labellings, Option<Labellings>),
        spread: Option<f64>,
    ) -> Self {
        let numbers = |labels: &[bool], scratch: &mut Scratch| {
            let mut numbers = pooled.numbers(&grouping.parts(labels), scratch);
            numbers[2] = spread.map_or(0.0, |spread| numbers[2] / spread);
            numbers
        };
        let all = |labellings: &Labellings| -> Vec<[f64; NUMBERS]> {
            labellings.all.par_iter().map_init(Scratch::default, |scratch, labels| numbers(labels, scratch)).collect()
        };
        let observed = numbers(&grouping.observed(), &mut Scratch::default());
        let (null, halves) = (all(labellings), halves.as_ref().map(all));
        let column =
            |all: &[[f64; NUMBERS]], at: usize| -> Vec<f64> { all.iter().map(|numbers| numbers[at]).collect() };
        let banded = |at: usize| {
            let chance = column(&null, at);
            Banded {
                value: observed[at],
                bands: Bands { null: band(&chance), halves: halves.as_ref().map(|halves| band(&column(halves, at))) },
                p: labellings.chance(TAILS[at], (observed[at], &chance), 1e-12),
            }
        };
        let [cliffs_delta, ks, w1_sd, js, psi] = core::array::from_fn(banded);
        Self { cliffs_delta, ks, w1_sd, js, psi, labellings: labellings.all.len() }
    }
}

/// Values of both sides in one order.
#[derive(Debug)]
pub(super) struct Pooled {
    /// Each that occurs, once, ascending.
    values: Vec<f64>,
    /// Where the rows of each begin in `groups`, and where they end.
    starts: Vec<usize>,
    /// Group of each row, in the order of the values.
    groups: Vec<usize>,
}

/// What is counted anew for every labelling; kept, so that nothing is allocated then.
#[derive(Default)]
struct Scratch {
    /// What a row of each group adds to either side.
    adds: Vec<[u32; 2]>,
    /// Rows of either side at or below each value.
    up_to: Vec<[u32; 2]>,
}

impl Pooled {
    /// Of finite values and the group of each.
    pub(super) fn new(all: &[f64], of_row: &[usize]) -> Self {
        let mut rows: Vec<(f64, usize)> = all.iter().copied().zip(of_row.iter().copied()).collect();
        // −0 is 0 to whoever compares
        rows.sort_by(|one, two| (one.0 + 0.0).total_cmp(&(two.0 + 0.0)));
        let (mut values, mut starts) = (Vec::new(), vec![0]);
        for equal in rows.chunk_by(|one, two| one.0 == two.0) {
            values.extend(equal.first().map(|(value, _)| *value));
            starts.push(starts.last().copied().unwrap_or(0) + equal.len());
        }
        Self { values, starts, groups: rows.into_iter().map(|(_, group)| group).collect() }
    }

    /// Cliff's delta, Kolmogorov–Smirnov, Wasserstein-1 in the values' own unit, Jensen–Shannon and the stability index; all 0 where
    /// a side has no row.
    fn numbers(&self, parts: &[Part], scratch: &mut Scratch) -> [f64; NUMBERS] {
        scratch.count(self, parts);
        let up_to = &scratch.up_to;
        let [n, m] = up_to.last().copied().unwrap_or_default().map(i64::from);
        if n == 0 || m == 0 {
            return [0.0; NUMBERS];
        }
        // In units of 1 / (n m), so that equal distances compare equal.
        let (mut balance, mut largest, mut area) = (0, 0, 0.0);
        let mut before = [0; 2];
        for (at, now) in up_to.iter().enumerate() {
            let now = now.map(i64::from);
            // of each row of y: those of x below it, less those above it
            balance += (now[1] - before[1]) * (before[0] + now[0] - n);
            let gap = (now[0] * m - now[1] * n).abs();
            largest = largest.max(gap);
            if let [value, next] = self.values[at..(at + 2).min(self.values.len())] {
                area += gap as f64 * (next - value);
            }
            before = now;
        }
        let pairs = n as f64 * m as f64;
        let deciles = self.deciles(up_to, n as usize);
        [balance as f64 / pairs, largest as f64 / pairs, area / pairs, deciles.js(), deciles.psi()]
    }

    /// Shares in the deciles of the first side, of which there are `n` rows.
    fn deciles(&self, up_to: &[[u32; 2]], n: usize) -> Deciles {
        let ordered = |rank: usize| self.values[up_to.partition_point(|seen| seen[0] as usize <= rank)];
        // Rows of either side at or below the upper end of each bin; the last is open.
        let up_to_bin = |bin: usize| {
            if bin + 1 == BINS {
                return up_to.last().copied().unwrap_or_default();
            }
            // as `stats::quantile` has them
            let at = (bin + 1) as f64 / BINS as f64 * (n - 1) as f64;
            let below = (libm::floor(at) as usize).min(n - 1);
            let (low, high) = (ordered(below), ordered((below + 1).min(n - 1)));
            let edge = low + (at - below as f64) * (high - low);
            let place = self.values.partition_point(|value| *value <= edge);
            place.checked_sub(1).map_or([0; 2], |at| up_to[at])
        };
        let ends: [[u32; 2]; BINS] = core::array::from_fn(up_to_bin);
        let inside = |side: usize| {
            core::array::from_fn(|bin| ends[bin][side] - bin.checked_sub(1).map_or(0, |at| ends[at][side]))
        };
        Deciles::of([inside(0), inside(1)])
    }
}

impl Scratch {
    /// Rows of either side at or below each value, where groups are put as `parts` says.
    fn count(&mut self, pooled: &Pooled, parts: &[Part]) {
        self.adds.clear();
        self.adds.extend(parts.iter().map(|part| match part {
            Part::First => [1, 0],
            Part::Second => [0, 1],
            Part::Out => [0, 0],
        }));
        self.up_to.clear();
        let mut seen = [0_u32; 2];
        for ends in pooled.starts.windows(2) {
            for group in &pooled.groups[ends[0]..ends[1]] {
                let [one, two] = self.adds[*group];
                seen = [seen[0] + one, seen[1] + two];
            }
            self.up_to.push(seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;
    use crate::drift::sliced::moved;
    use crate::drift::{Settings, Side};
    use crate::stats::{cliffs_delta, ks_two_sample, quantile, sorted};

    /// The same numbers from each side by itself.
    fn plainly(x: &[f64], y: &[f64]) -> [f64; NUMBERS] {
        let ordered = sorted(x);
        let edges: Vec<f64> = (1..BINS).map(|at| quantile(&ordered, at as f64 / BINS as f64)).collect();
        let counts = |values: &[f64]| {
            let mut counts = [0_u32; BINS];
            for value in values {
                counts[edges.iter().filter(|edge| *edge < value).count()] += 1;
            }
            counts
        };
        let deciles = Deciles::of([counts(x), counts(y)]);
        let ks = ks_two_sample(x, y).unwrap().statistic;
        [cliffs_delta(x, y), ks, moved(&ordered, &sorted(y), f64::abs), deciles.js(), deciles.psi()]
    }

    #[test]
    fn counting_anew_gives_what_each_side_by_itself_gives() {
        let mut stream = StreamKey::new(4, "shape").stream("rows", 0);
        let mut scratch = Scratch::default();
        for case in 0..200_usize {
            let groups = 3 + case % 5;
            // every other case has ties, and zeros of both signs
            let value = |unit: f64| if case % 2 == 0 { unit - 0.5 } else { (6.0 * unit - 3.0).trunc() };
            let rows: Vec<(f64, usize)> = (0..7 + case).map(|at| (value(stream.next_unit()), at % groups)).collect();
            let all: Vec<f64> = rows.iter().map(|row| row.0).collect();
            let of_row: Vec<usize> = rows.iter().map(|row| row.1).collect();
            let pooled = Pooled::new(&all, &of_row);
            let mut parts: Vec<Part> = (0..groups)
                .map(|_| [Part::First, Part::Second, Part::Out][(stream.next_unit() * 3.0) as usize])
                .collect();
            (parts[0], parts[1]) = (Part::First, Part::Second);
            let side = |part: Part| -> Vec<f64> {
                rows.iter().filter(|(_, group)| parts[*group] == part).map(|(value, _)| *value).collect()
            };
            let expected = plainly(&side(Part::First), &side(Part::Second));
            let got = pooled.numbers(&parts, &mut scratch);
            for (got, expected) in got.iter().zip(expected) {
                assert!((got - expected).abs() < 1e-12 * (1.0 + expected.abs()), "case {case}: {got} for {expected}");
            }
        }
        let alone = Pooled::new(&[1.0, 2.0], &[0, 1]).numbers(&[Part::First, Part::Out], &mut scratch);
        assert_eq!(alone, [0.0; NUMBERS], "a side without rows");
    }

    #[test]
    fn a_reference_that_never_changes_has_one_bin() {
        let pooled = Pooled::new(&[3.0, 3.0, 3.0, 3.0, 4.0, 2.0], &[0, 0, 0, 1, 1, 1]);
        let [_, _, _, js, psi] = pooled.numbers(&[Part::First, Part::Second], &mut Scratch::default());
        assert!(psi.is_finite() && psi > 0.0 && js > 0.0, "{js} {psi}");
    }

    /// The p-values of a spread that is `spread` times the reference's, groups alike inside.
    fn shapes(runs: u64, spread: f64) -> Vec<Shape> {
        let one = |run: u64| {
            let mut stream = StreamKey::new(77, "shape null").stream("rows", run);
            let mut side = |spread: f64| -> (Vec<f64>, Vec<u64>) {
                let mut rows = Vec::new();
                for group in 0..10_u64 {
                    let own = stream.next_unit() - 0.5;
                    rows.extend((0..6).map(|_| (spread * (own + stream.next_unit() - 0.5), group)));
                }
                rows.into_iter().unzip()
            };
            let ((x, groups_x), (y, groups_y)) = (side(1.0), side(spread));
            let rows = [&x, &y].map(|side| side.iter().map(|value| vec![*value]).collect::<Vec<_>>());
            let sides = (Side { rows: &rows[0], groups: &groups_x }, Side { rows: &rows[1], groups: &groups_y });
            let grouping = Grouping::new(&sides.0, &sides.1).unwrap();
            let settings = Settings { permutations: 99, seed: run };
            let labellings = super::super::labelling::both(&grouping, |(first, second), purpose| {
                Labellings::new(first, second, &settings, purpose)
            });
            let all: Vec<f64> = x.iter().chain(&y).copied().collect();
            Shape::new(&Pooled::new(&all, &grouping.of_row), &grouping, &labellings, Some(1.0))
        };
        (0..runs).map(one).collect()
    }

    #[test]
    fn chance_is_chance_and_a_spread_that_shrank_is_found() {
        let runs = 1_000;
        let all = |shape: &Shape| [shape.cliffs_delta, shape.ks, shape.w1_sd, shape.js, shape.psi];
        let null = shapes(runs, 1.0);
        // the 1 % point of Kolmogorov's distribution, and a step of 99 labellings
        let most = 1.63 / (runs as f64).sqrt() + 0.01;
        for at in 0..NUMBERS {
            let mut told: Vec<f64> = null.iter().map(|shape| all(shape)[at].p).collect();
            told.sort_by(f64::total_cmp);
            let over = told.iter().enumerate().map(|(at, p)| (at + 1) as f64 / runs as f64 - p).fold(0.0, f64::max);
            let alarms = told.iter().filter(|p| **p <= 0.05).count() as f64 / runs as f64;
            let outside = null.iter().map(|shape| all(shape)[at]).filter(|one| one.value > one.bands.null.high).count();
            println!("number {at}: {over:.3} over the uniform, {alarms:.3} at .05, {outside} of {runs} above the band");
            assert!(over < most && alarms < 0.075, "number {at}: {over}, {alarms}");
            // a fortieth lies above a band of the middle 95 %
            assert!(outside as f64 <= 0.05 * runs as f64, "number {at}: {outside} above its band");
        }
        let shrunk = shapes(100, 0.4);
        let found = |of: fn(&Shape) -> Banded| {
            let told = shrunk.iter().map(of).filter(|one| one.p <= 0.05 && one.value > one.bands.null.high);
            told.count()
        };
        let by =
            [found(|shape| shape.ks), found(|shape| shape.w1_sd), found(|shape| shape.js), found(|shape| shape.psi)];
        println!("a spread of 0.4 is found in {by:?} of 100 by KS, W1, JS and PSI");
        assert!(by[2] >= 85 && by[3] >= 85, "{by:?}");
        assert!(shrunk.iter().all(|shape| shape.js.bands.halves.is_some()));
    }
}
