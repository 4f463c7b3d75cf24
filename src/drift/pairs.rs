//! One look at every pair of rows, for all that is made of their distances: kernels summed over groups, and who is near whom.
//!
//! Rows stand in the order of their groups and are multiplied a strip of them with a block of others at a time, each pair once;
//! squared distances follow from the products. Rows that are equal to the last bit are exactly 0 apart. Strips are looked at side by
//! side, each adds up in its own order, and strips are added one after the other: the same sums however many work on them.

use std::ops::Range;

use fearless_simd::Level;
use rayon::prelude::*;

use super::DriftError;
use super::kernel::{GroupKernel, Kernel};
use super::labelling::Grouping;
use super::lanes;
use super::near::{Entry, Found, Near, Reach, entry, list};
use super::product::{LANES, Panels};
use super::rows::Rows;
use crate::base::Monitor;

/// Panels of a strip, and of a block: twice as many rows of 512 features stay in the second cache.
const STRIP: usize = 12;
/// Rows of a strip.
pub(super) const ROWS: usize = STRIP * LANES;

/// All rows, ready to be multiplied. A *place* is a row's number in the order of groups.
pub(super) struct Pairs {
    pub(super) panels: Panels,
    /// The product of each row with itself, and zeros up to a whole panel.
    pub(super) norms: Vec<f64>,
    /// Row at each place.
    pub(super) rows: Vec<u32>,
    /// Group at each place.
    pub(super) groups: Vec<u32>,
    /// Group of each row.
    pub(super) group_of_row: Vec<u32>,
    /// Places of each group.
    pub(super) places: Vec<Range<usize>>,
    pub(super) level: Level,
    length: usize,
}

/// What was seen.
pub(super) struct Seen {
    /// One for each that was asked for.
    pub(super) kernels: Vec<GroupKernel>,
    /// The nearest other rows of every row, in the order of rows; empty where they were not asked for.
    pub(super) near: Vec<Near>,
}

/// What one strip's rows saw of those behind them.
struct Part {
    /// By kernel, then by group of the strip, then by other group.
    sums: Vec<Vec<Vec<f64>>>,
    /// By kernel: the sum of magnitudes.
    sizes: Vec<f64>,
    near: Found,
}

/// What a strip is worked out with, so that it is made once.
struct Desk {
    products: Vec<f64>,
    apart: Vec<f64>,
    values: Vec<f64>,
    /// By kernel: the sums of each column over the rows of a group.
    columns: Vec<Vec<f64>>,
    sizes: Vec<[f64; LANES]>,
}

impl Pairs {
    /// Puts rows in the order of their groups.
    pub(super) fn new(rows: &Rows, grouping: &Grouping, level: Level) -> Self {
        let (mut order, mut groups, mut places) = (Vec::with_capacity(rows.count()), Vec::new(), Vec::new());
        for (group, own) in grouping.rows_of_groups().into_iter().enumerate() {
            let from = order.len();
            order.extend(own.into_iter().map(|row| row as u32));
            groups.resize(order.len(), group as u32);
            places.push(from..order.len());
        }
        let panels = Panels::of(rows, &order, level);
        let norms = panels.norms();
        let group_of_row = grouping.of_row.iter().map(|group| *group as u32).collect();
        Self { panels, norms, rows: order, groups, group_of_row, places, level, length: rows.length }
    }

    /// Looks at every pair. Time grows with the square of the rows.
    pub(super) fn look(
        &self,
        grouping: &Grouping,
        (kernels, wants_near): (&[Kernel], bool),
        monitor: &dyn Monitor,
    ) -> Result<Seen, DriftError> {
        let reach = wants_near.then(|| Reach::new(self, grouping));
        let strips: Vec<usize> = (0..self.panels.panels().div_ceil(STRIP)).collect();
        let one = |strip: &usize| self.strip(*strip, kernels, reach.as_ref(), monitor);
        let parts: Vec<Part> = strips.par_iter().with_max_len(1).map(one).collect::<Result<_, _>>()?;
        let told = (0..kernels.len()).map(|at| self.sums(&parts, at, grouping)).collect();
        let found: Vec<Found> = parts.into_iter().map(|part| part.near).collect();
        let near = reach.map_or_else(Vec::new, |reach| self.near(&found, &reach));
        Ok(Seen { kernels: told, near })
    }

    /// Which places the strip's own rows have.
    pub(super) fn of_strip(&self, strip: usize) -> Range<usize> {
        strip * ROWS..((strip + 1) * ROWS).min(self.rows.len())
    }

    /// The panels of a strip.
    pub(super) fn panels_of(&self, strip: usize) -> Range<usize> {
        strip * STRIP..((strip + 1) * STRIP).min(self.panels.panels())
    }

    fn strip(
        &self,
        strip: usize,
        kernels: &[Kernel],
        reach: Option<&Reach>,
        monitor: &dyn Monitor,
    ) -> Result<Part, DriftError> {
        let own = self.of_strip(strip);
        let first = self.groups[own.start] as usize;
        let groups = self.groups[own.end - 1] as usize - first + 1;
        let mut part = Part {
            sums: vec![vec![vec![0.0; self.places.len()]; groups]; kernels.len()],
            sizes: Vec::new(),
            near: Found::new(own.len()),
        };
        let mut desk = Desk {
            products: vec![0.0; ROWS * ROWS],
            apart: vec![0.0; ROWS],
            values: vec![0.0; ROWS],
            columns: vec![vec![0.0; ROWS]; kernels.len()],
            sizes: vec![[0.0; LANES]; kernels.len()],
        };
        for beside in strip..self.panels.panels().div_ceil(STRIP) {
            if monitor.stopped() {
                return Err(DriftError::Stopped);
            }
            self.block((strip, beside), kernels, reach, (&mut part, &mut desk));
        }
        part.sizes = desk.sizes.iter().map(|lanes| lanes.iter().sum()).collect();
        Ok(part)
    }

    /// The rows of one strip with those of another, or of the same.
    fn block(
        &self,
        (strip, beside): (usize, usize),
        kernels: &[Kernel],
        reach: Option<&Reach>,
        (part, desk): (&mut Part, &mut Desk),
    ) {
        let (own, others) = (self.of_strip(strip), self.of_strip(beside));
        let first = self.groups[own.start] as usize;
        let panels = self.panels_of(beside);
        let width = panels.len() * LANES;
        let norms = &self.norms[others.start..others.start + width];
        self.panels.with(self.panels_of(strip), &self.panels, panels, &mut desk.products);
        let wants_apart = reach.is_some() || kernels.iter().any(|kernel| kernel.wants_apart());
        part.near.begin(reach);
        for (place, products) in own.clone().zip(desk.products.chunks_exact(width)) {
            let apart = &mut desk.apart[..width];
            if wants_apart {
                lanes::squared(self.level, products, (self.norms[place], norms), apart);
            }
            // each pair once: with those behind it
            let from = if strip == beside { place - own.start + 1 } else { 0 };
            let group = self.groups[place];
            let ends = place + 1 == own.end || self.groups[place + 1] != group;
            for (at, kernel) in kernels.iter().enumerate() {
                let values = &mut desk.values[..width];
                kernel.of(self.level, (products, apart), self.length, values);
                values[..from].fill(0.0);
                values[others.len()..].fill(0.0);
                let columns = &mut desk.columns[at][..width];
                lanes::add(self.level, values, columns, &mut desk.sizes[at]);
                if ends {
                    self.sum(columns, &others, &mut part.sums[at][group as usize - first]);
                }
            }
            if let Some(reach) = reach {
                part.near.take(self, reach, (place, place - own.start), (apart, from, others.clone()));
            }
        }
    }

    /// Adds the sums of columns of these places to those of their groups, and clears them.
    fn sum(&self, columns: &mut [f64], places: &Range<usize>, sums: &mut [f64]) {
        let mut from = places.start;
        while from < places.end {
            let group = self.groups[from] as usize;
            let to = self.places[group].end.min(places.end);
            let mut sum = 0.0;
            for column in &columns[from - places.start..to - places.start] {
                sum += column;
            }
            sums[group] += sum;
            from = to;
        }
        columns.fill(0.0);
    }

    /// The sums of kernel `at` over pairs of groups, both ways round.
    fn sums(&self, parts: &[Part], at: usize, grouping: &Grouping) -> GroupKernel {
        let count = self.places.len();
        let mut sums = vec![vec![0.0; count]; count];
        for (strip, part) in parts.iter().enumerate() {
            let first = self.groups[strip * ROWS] as usize;
            for (all, own) in sums[first..].iter_mut().zip(&part.sums[at]) {
                all.iter_mut().zip(own).for_each(|(all, own)| *all += own);
            }
        }
        // groups stand in order, so that only those behind have been seen
        for group in 0..count {
            let (before, from) = sums.split_at_mut(group);
            let Some(own) = from.first_mut() else { break };
            own[group] *= 2.0;
            for (own, before) in own.iter_mut().zip(before) {
                *own = before[group];
            }
        }
        let pairs = (self.rows.len() * (self.rows.len() - 1)).max(1) as f64;
        let scale = 2.0 * parts.iter().map(|part| part.sizes[at]).sum::<f64>() / pairs;
        GroupKernel::new(sums, grouping.sizes.clone(), scale)
    }

    /// The nearest of every row, from what strips found.
    fn near(&self, found: &[Found], reach: &Reach) -> Vec<Near> {
        let strips: Vec<usize> = (0..found.len()).collect();
        let one = |strip: &usize| reach.gather(self, found, *strip);
        let by_place: Vec<Vec<Near>> = strips.par_iter().with_max_len(1).map(one).collect();
        let mut near: Vec<Near> = (0..self.rows.len()).map(|_| Near::default()).collect();
        for (row, own) in self.rows.iter().zip(by_place.into_iter().flatten()) {
            near[*row as usize] = own;
        }
        near
    }

    /// All other rows of the row at `place`, nearest first.
    pub(super) fn all_near(&self, place: usize) -> Vec<u32> {
        let (panels, width) = (self.panels.panels(), self.norms.len());
        let panel = place / LANES;
        let mut products = vec![0.0; LANES * width];
        self.panels.with(panel..panel + 1, &self.panels, 0..panels, &mut products);
        let own = &products[place % LANES * width..][..width];
        let mut apart = vec![0.0; width];
        lanes::squared(self.level, own, (self.norms[place], &self.norms), &mut apart);
        let others = apart.iter().zip(&self.rows).enumerate().filter(|(at, _)| *at != place);
        let mut entries: Vec<Entry> = others.map(|(_, (apart, row))| entry(*apart, *row)).collect();
        entries.sort_unstable();
        list(&entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Silent, StreamKey};
    use crate::drift::Side;
    use crate::drift::labelling::Statistic as _;
    use crate::drift::near::TIE;

    /// Rows of whole numbers from a few: many pairs are equally far apart, and some rows are equal.
    fn sides(counts: [usize; 2], length: usize) -> [Vec<Vec<f64>>; 2] {
        let mut stream = StreamKey::new(9, "pairs").stream("rows", length as u64);
        counts.map(|count| (0..count).map(|_| (0..length).map(|_| stream.next_below(4) as f64).collect()).collect())
    }

    #[test]
    fn sums_are_those_of_every_pair_whatever_the_widths_and_however_many_work() {
        let (x, y) = <(_, _)>::from(sides([130, 171], 7));
        let groups: Vec<u64> = (0..171).map(|row| row % 13).collect();
        let (x, y) = (Side { rows: &x, groups: &groups[..130] }, Side { rows: &y, groups: &groups });
        let grouping = Grouping::new(&x, &y).expect("groups");
        let rows = Rows::standardised(&x, &y);
        let kernels = [Kernel::Cubic, Kernel::Gaussian(0.1), Kernel::Distance];
        let values = |level: Level, threads: usize| -> Vec<Vec<u64>> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let look = || Pairs::new(&rows, &grouping, level).look(&grouping, (&kernels, true), &Silent);
            let seen = pool.install(look).expect("not stopped");
            let parts = grouping.parts(&grouping.observed());
            let bits = |value: &GroupKernel| vec![value.of(&parts)[0].to_bits(), value.scale().to_bits()];
            let near = seen.near.iter().map(|near| near.rows.iter().map(|row| u64::from(*row)).collect());
            seen.kernels.iter().map(bits).chain(near).collect()
        };
        let one = values(Level::baseline(), 1);
        assert_eq!(one, values(Level::new(), 3));
        let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        let naive = [
            |a: &[f64], b: &[f64], _: f64| (a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / 7.0 + 1.0).powi(3),
            |_: &[f64], _: &[f64], apart: f64| (-apart * 0.1).exp(),
            |_: &[f64], _: &[f64], apart: f64| -apart.sqrt(),
        ];
        for (kernel, own) in naive.iter().zip(&one) {
            let mean = |a: Range<usize>, b: Range<usize>| {
                let pairs = a.flat_map(|a| b.clone().map(move |b| (a, b))).filter(|(a, b)| a != b);
                let all: Vec<f64> =
                    pairs.map(|(a, b)| (rows.row(a), rows.row(b))).map(|(a, b)| kernel(a, b, apart(a, b))).collect();
                all.iter().sum::<f64>() / all.len() as f64
            };
            let expected = mean(0..130, 0..130) + mean(130..301, 130..301) - 2.0 * mean(0..130, 130..301);
            assert!((f64::from_bits(own[0]) - expected).abs() < 1e-12 * f64::from_bits(own[1]));
        }
    }

    #[test]
    fn equal_rows_are_exactly_nothing_apart_and_lists_are_the_beginnings_of_whole_ones() {
        let (x, y) = <(_, _)>::from(sides([900, 1_100], 5));
        let groups: Vec<u64> = (0..1_100).map(|row| if row < 500 { 0 } else { row / 7 }).collect();
        let (x, y) = (Side { rows: &x, groups: &groups[..900] }, Side { rows: &y, groups: &groups });
        let grouping = Grouping::new(&x, &y).expect("groups");
        let rows = Rows::standardised(&x, &y);
        let pairs = Pairs::new(&rows, &grouping, Level::new());
        let near = pairs.look(&grouping, (&[], true), &Silent).expect("not stopped").near;
        assert!(near.iter().any(|near| !near.is_whole) && near.iter().map(|near| near.rows.len()).max() < Some(1_000));
        for (place, row) in pairs.rows.iter().enumerate() {
            let whole = pairs.all_near(place);
            assert_eq!(whole.len(), 1_999);
            // with a four in each feature, the copies of a row are the first of all and tie with one another
            let copies = (0..2_000).filter(|at| rows.row(*at) == rows.row(*row as usize)).count() - 1;
            let first: Vec<&[f64]> = whole[..copies].iter().map(|at| rows.row((at & !TIE) as usize)).collect();
            assert!(first.iter().all(|one| *one == rows.row(*row as usize)), "row {row}");
            assert!(copies == 0 || whole[1..copies].iter().all(|entry| entry & TIE != 0) && whole[copies] & TIE == 0);
            let mut own = 0;
            let is_needed = |entry: &&u32| {
                let is_own = grouping.of_row[(*entry & !TIE) as usize] == grouping.of_row[*row as usize];
                own += usize::from(is_own);
                !is_own || own <= crate::drift::near::K
            };
            let needed: Vec<u32> = whole.iter().filter(is_needed).map(|entry| entry & !TIE).collect();
            let listed: Vec<u32> = near[*row as usize].rows.iter().map(|entry| entry & !TIE).collect();
            assert_eq!(listed, needed[..listed.len()], "row {row}");
            assert!(listed.len() > 20, "row {row} has {}", listed.len());
        }
    }
}
