//! Who is near whom, found while every pair is looked at once: how far each row must look, and what was found there.
//!
//! A pair is looked at from one of its rows, and the other's list is not at hand then. So it is settled beforehand how far each row
//! looks: as far as lies the nearest row but so many of a few hundred that are spread over all. What is nearer than that goes into its
//! list, which so is complete up to there, some hundred rows long. What lies beyond is looked for when it is needed
//! ([`super::pairs::Pairs::all_near`]), which is almost never: lists only save time, no result depends on their length.
//!
//! Rows of a row's own group are always on its side: of them the [`K`] nearest are enough, whatever the labels.

use std::ops::Range;

use rayon::prelude::*;

use super::labelling::Grouping;
use super::lanes;
use super::pairs::{Pairs, ROWS};
use super::product::{LANES, Panels};
use crate::base::StreamKey;

/// Neighbours that make a row's ball.
pub(super) const K: usize = 5;
/// Marks a neighbour that is exactly as far as the one before.
pub(super) const TIE: u32 = 1 << 31;
/// Rows that tell how far to look.
const SCOUTS: usize = 512;
/// Neighbours of other groups that lists hold about: at least, at most, and over the smallest share that a side can have.
const FEWEST: f64 = 256.0;
const MOST: f64 = 1_024.0;
const PER_SHARE: f64 = 64.0;
/// A squared distance and the row that lies so far: its bits and then the row's, so that nearer ones are smaller numbers and equally
/// near ones stand as they do. One comparison of whole numbers is quicker than two, and is never one that needs care.
pub(super) type Entry = u128;
/// Farther than all.
const NOWHERE: Entry = Entry::MAX;

/// Of a squared distance that is not negative.
pub(super) fn entry(apart: f64, row: u32) -> Entry {
    u128::from(apart.to_bits()) << 32 | u128::from(row)
}

fn row_of(entry: Entry) -> u32 {
    entry as u32
}

fn apart_of(entry: Entry) -> f64 {
    if entry == NOWHERE { f64::INFINITY } else { f64::from_bits((entry >> 32) as u64) }
}

/// The nearest rows of one.
#[derive(Default)]
pub(super) struct Near {
    /// Nearest first, equal ones as they stand, each with [`TIE`] where it is as far as the one before.
    pub(super) rows: Vec<u32>,
    /// Whether all rows of other groups are among them.
    pub(super) is_whole: bool,
}

/// How far rows look for one kind of row, by place: squared distances up to a whole panel, and entries.
struct Limits {
    apart: Vec<f64>,
    entries: Vec<Entry>,
}

/// How far each row looks.
pub(super) struct Reach {
    /// For rows of other groups.
    others: Limits,
    /// For rows of its own group.
    own: Limits,
}

/// What one strip found.
pub(super) struct Found {
    /// For each of its own rows.
    lists: Vec<Vec<Entry>>,
    /// For the rows of each strip from its own on: the place in that strip and what is near it.
    boxes: Vec<Vec<(u32, Entry)>>,
    /// How far the rows of the block that is looked at look from those of the group that is looked at.
    reaches: Vec<f64>,
    group: Option<u32>,
    places: Vec<u32>,
}

impl Limits {
    fn of(entries: Vec<Entry>, width: usize) -> Self {
        let mut apart: Vec<f64> = entries.iter().copied().map(apart_of).collect();
        apart.resize(width, f64::NEG_INFINITY);
        Self { apart, entries }
    }
}

impl Reach {
    /// Asks the scouts.
    pub(super) fn new(pairs: &Pairs, grouping: &Grouping) -> Self {
        let count = pairs.rows.len();
        let of_x = grouping.sizes[..grouping.groups_x].iter().sum::<usize>();
        // the reference is cut in halves, for its own band
        let share = (of_x as f64 / 2.0).min((count - of_x) as f64) / count as f64;
        let wanted = (PER_SHARE / share).clamp(FEWEST, MOST);
        let width = pairs.norms.len();
        if wanted * 2.0 >= count as f64 {
            let all = || Limits::of(vec![NOWHERE; count], width);
            return Self { others: all(), own: all() };
        }
        let mut stream = StreamKey::new(0, "drift").stream("scouts", 0);
        let mut scout = |at: usize| {
            let (from, to) = (at * count / SCOUTS, (at + 1) * count / SCOUTS);
            from + stream.next_below((to - from).max(1) as u64) as usize
        };
        let scouts: Vec<usize> = (0..SCOUTS).map(&mut scout).collect();
        let rank = ((wanted * SCOUTS as f64 / count as f64) as usize).max(1);
        let panels = pairs.panels.some(&scouts);
        let strips: Vec<usize> = (0..count.div_ceil(ROWS)).collect();
        let told: Vec<Vec<[Entry; 2]>> =
            strips.par_iter().with_max_len(1).map(|strip| ask(pairs, *strip, (&scouts, &panels), rank)).collect();
        let (others, own) = told.into_iter().flatten().map(|[others, own]| (others, own)).unzip();
        Self { others: Limits::of(others, width), own: Limits::of(own, width) }
    }

    /// The lists of the rows of `strip`, from what all strips found.
    pub(super) fn gather(&self, pairs: &Pairs, found: &[Found], strip: usize) -> Vec<Near> {
        let mut lists = found[strip].lists.clone();
        for (before, found) in found[..=strip].iter().enumerate() {
            for (at, entry) in &found.boxes[strip - before] {
                lists[*at as usize].push(*entry);
            }
        }
        let places = pairs.of_strip(strip);
        lists.into_iter().zip(places).map(|(entries, place)| self.near(pairs, place, entries)).collect()
    }

    /// One list: the nearest of its own group, and all others within reach.
    fn near(&self, pairs: &Pairs, place: usize, mut entries: Vec<Entry>) -> Near {
        let (reach, group) = (self.others.entries[place], pairs.groups[place]);
        entries.sort_unstable();
        let mut own = 0;
        entries.retain(|entry| {
            let is_own = pairs.group_of_row[row_of(*entry) as usize] == group;
            own += usize::from(is_own);
            (!is_own || own <= K) && *entry <= reach
        });
        Near { rows: list(&entries), is_whole: reach == NOWHERE }
    }
}

/// How far the rows of `strip` look: for rows of other groups as far as all but `rank` − 1 scouts of other groups, for those of its own
/// as far as the nearest [`K`] of its own.
fn ask(pairs: &Pairs, strip: usize, (scouts, panels): (&[usize], &Panels), rank: usize) -> Vec<[Entry; 2]> {
    let own = pairs.of_strip(strip);
    let width = scouts.len().next_multiple_of(LANES);
    let mut products = vec![0.0; ROWS * width];
    pairs.panels.with(pairs.panels_of(strip), panels, 0..panels.panels(), &mut products);
    let mut norms: Vec<f64> = scouts.iter().map(|scout| pairs.norms[*scout]).collect();
    norms.resize(width, 0.0);
    let mut apart = vec![0.0; width];
    let mut entries: [Vec<Entry>; 2] = [Vec::with_capacity(width), Vec::with_capacity(width)];
    let one = |(place, products): (usize, &[f64])| {
        lanes::squared(pairs.level, products, (pairs.norms[place], &norms), &mut apart);
        entries.iter_mut().for_each(Vec::clear);
        for (scout, apart) in scouts.iter().zip(&apart) {
            if *scout != place {
                let is_own = pairs.groups[*scout] == pairs.groups[place];
                entries[usize::from(is_own)].push(entry(*apart, pairs.rows[*scout]));
            }
        }
        let nth = |entries: &mut Vec<Entry>, rank: usize| {
            if entries.len() < rank {
                return NOWHERE;
            }
            *entries.select_nth_unstable(rank - 1).1
        };
        [nth(&mut entries[0], rank), nth(&mut entries[1], K)]
    };
    own.zip(products.chunks_exact(width)).map(one).collect()
}

impl Found {
    pub(super) fn new(rows: usize) -> Self {
        Self {
            lists: vec![Vec::new(); rows],
            boxes: Vec::new(),
            reaches: vec![0.0; ROWS],
            group: None,
            places: Vec::new(),
        }
    }

    /// Begins the next strip.
    pub(super) fn begin(&mut self, reach: Option<&Reach>) {
        if reach.is_some() {
            self.boxes.push(Vec::new());
            self.group = None;
        }
    }

    /// Takes what is near the row at `place` (`at` in its strip) among the rows at `others` from number `from` on, and the other way
    /// round.
    pub(super) fn take(
        &mut self,
        pairs: &Pairs,
        reach: &Reach,
        (place, at): (usize, usize),
        (apart, from, others): (&[f64], usize, Range<usize>),
    ) {
        let group = pairs.groups[place];
        let own = &pairs.places[group as usize];
        let (begin, end) = (own.start.max(others.start), own.end.min(others.end));
        let width = apart.len();
        let is_beside = begin < end;
        if self.group != Some(group) {
            self.group = Some(group);
            self.reaches[..width].copy_from_slice(&reach.others.apart[others.start..others.start + width]);
            if is_beside {
                self.reaches[begin - others.start..end - others.start].copy_from_slice(&reach.own.apart[begin..end]);
            }
        }
        let far =
            if is_beside { reach.others.apart[place].max(reach.own.apart[place]) } else { reach.others.apart[place] };
        lanes::within(pairs.level, apart, (far, &self.reaches[..width]), &mut self.places);
        let Some(found) = self.boxes.last_mut() else { return };
        for near in &self.places {
            let number = *near as usize;
            let other = others.start + number;
            if number < from || other >= others.end {
                continue;
            }
            let limits = if begin <= other && other < end { &reach.own } else { &reach.others };
            let its = entry(apart[number], pairs.rows[other]);
            if its <= limits.entries[place] {
                self.lists[at].push(its);
            }
            let own = entry(apart[number], pairs.rows[place]);
            if own <= limits.entries[other] {
                found.push((*near, own));
            }
        }
    }
}

/// The rows of entries in order, each with whether it lies as far as the one before.
pub(super) fn list(entries: &[Entry]) -> Vec<u32> {
    let mut before = None;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let apart = Some(entry >> 32);
        rows.push(if apart == before { row_of(*entry) | TIE } else { row_of(*entry) });
        before = apart;
    }
    rows
}
