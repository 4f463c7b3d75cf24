//! What a probe tells, in sentences.

use crate::base::text::in_sentence_case;

use super::cells::{COLUMNS, ROWS};
use super::{Carried, LEVEL, Told};

/// Properties are named until they give so much of what speaks for the right side, at most so many.
const NAMED: (f64, usize) = (0.5, 2);
/// The correlation of the cells' parts with a region from which on the region is named.
const IN_REGION: f64 = 0.6;
/// Cells whose parts vary by less than this much of their mean are all alike.
const EVERYWHERE: f64 = 0.5;

/// A region's name, and whether a point of the picture, both ways from −1 to 1, is in it.
type Region = (&'static str, fn(f64, f64) -> bool);

/// Regions that have a name; the simplest first.
const REGIONS: [Region; 16] = [
    ("in the upper half", |_, y| y < 0.0),
    ("in the lower half", |_, y| y > 0.0),
    ("in the left half", |x, _| x < 0.0),
    ("in the right half", |x, _| x > 0.0),
    ("in the upper third", |_, y| y < -1.0 / 3.0),
    ("in the lower third", |_, y| y > 1.0 / 3.0),
    ("across the middle", |_, y| y.abs() < 1.0 / 3.0),
    ("in the left quarter", |x, _| x < -0.5),
    ("in the right quarter", |x, _| x > 0.5),
    ("down the middle", |x, _| x.abs() < 0.5),
    ("in the upper left", |x, y| x < 0.0 && y < 0.0),
    ("in the upper right", |x, y| x > 0.0 && y < 0.0),
    ("in the lower left", |x, y| x < 0.0 && y > 0.0),
    ("in the lower right", |x, y| x > 0.0 && y > 0.0),
    ("in the centre", |x, y| x.abs() < 0.5 && y.abs() < 2.0 / 3.0),
    ("along the border", |x, y| x.abs() > 0.75 || y.abs() > 2.0 / 3.0),
];

impl Told {
    /// Whether frames are told apart beyond chance.
    pub fn is_told(&self) -> bool {
        self.p <= LEVEL
    }

    /// In a sentence or two, with the sides' names.
    pub fn sentence(&self, reference: &str, other: &str) -> String {
        let [pairs, low, high] = [self.auc, self.null_low, self.null_high].map(|share| 100.0 * share);
        if !self.is_told() {
            let why = self.caveat().map_or(String::new(), |caveat| format!(" {caveat}"));
            if self.smallest_p > LEVEL {
                return format!(
                    "Whether a probe tells frames of {reference} from {other} cannot be said: it is right in {pairs:.0} % of pairs.{why}"
                );
            }
            return format!(
                "A probe cannot tell frames of {reference} from {other} beyond chance: it is right in {pairs:.0} % of pairs, by chance in \
                 {low:.0} to {high:.0} %.{why}"
            );
        }
        let by = self.named().into_iter().map(|one| {
            let way = if one.shift > 0.0 { "higher" } else { "lower" };
            format!("{} ({way} in {other})", one.property.words)
        });
        let by = by.collect::<Vec<_>>().join(" and ");
        let place = self.place().map_or(String::new(), |place| format!(" {place}"));
        in_sentence_case(&format!(
            "a probe tells frames of {reference} from {other} in {pairs:.0} % of pairs (chance {low:.0} to {high:.0} %), most by \
             {by}{place}."
        ))
    }

    /// What a reader must know before trusting that nothing was told; `None` where groups are many.
    pub fn caveat(&self) -> Option<String> {
        let ([x, y], smallest) = (self.groups, self.smallest_p);
        if smallest > LEVEL {
            Some(format!(
                "With {x} and {y} groups no difference, however large, gives a p-value below {smallest:.2}; add episodes."
            ))
        } else if x.min(y) < 5 {
            Some(format!("With {x} and {y} groups only large differences are found."))
        } else {
            None
        }
    }

    /// The properties that give most of the decision.
    pub fn named(&self) -> Vec<&Carried> {
        let right = || self.carried.iter().filter(|one| one.part > 0.0);
        let whole: f64 = right().map(|one| one.part).sum();
        let mut sum = 0.0;
        let is_needed = |one: &&Carried| {
            let is_needed = sum < NAMED.0 * whole;
            sum += one.part;
            is_needed
        };
        right().take_while(is_needed).take(NAMED.1).collect()
    }

    /// Where in the picture the sides are told: the named region that the cells' parts follow best. `None` where they follow none.
    pub fn place(&self) -> Option<&'static str> {
        let gaps: Vec<f64> = self.cells.iter().map(|cell| cell.gap).collect();
        if gaps.len() != COLUMNS * ROWS {
            return None;
        }
        let count = gaps.len() as f64;
        let mean = gaps.iter().sum::<f64>() / count;
        let sd = libm::sqrt(gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum::<f64>() / count);
        if mean > 0.0 && sd < EVERYWHERE * mean {
            return Some("all over the picture");
        }
        let follows = |(name, is_in): &Region| {
            let inside: Vec<f64> =
                gaps.iter().enumerate().filter(|(at, _)| is_at(*at, *is_in)).map(|(_, gap)| *gap).collect();
            let share = inside.len() as f64 / count;
            let apart = inside.iter().sum::<f64>() / inside.len() as f64 - mean;
            (*name, apart * libm::sqrt(share / (1.0 - share)) / sd)
        };
        // The first of equally good ones.
        let best =
            REGIONS.iter().map(follows).fold(("", IN_REGION), |best, one| if one.1 > best.1 { one } else { best });
        (!best.0.is_empty()).then_some(best.0)
    }
}

/// Whether a cell's middle is in a region.
fn is_at(cell: usize, is_in: fn(f64, f64) -> bool) -> bool {
    let middle = |at: usize, count: usize| (2 * at + 1) as f64 / count as f64 - 1.0;
    is_in(middle(cell % COLUMNS, COLUMNS), middle(cell / COLUMNS, ROWS))
}
