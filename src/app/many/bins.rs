//! Coverage in bins of equal nominal probability: of one parameter, and of two together. Bins that no draw reached are
//! what it is about.

use super::Brush;
use crate::family::Law;
use crate::sample::coverage::{Buckets, Factor, Place};

/// One parameter's bins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bins {
    /// The parameter.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// How its values are cut.
    buckets: Buckets,
}

impl Bins {
    /// `count` bins (at least one) of equal probability under `nominal`; a discrete one has a bin a value.
    pub fn new(name: &str, unit: &str, nominal: &Law, count: usize) -> Self {
        Self { name: name.to_owned(), unit: unit.to_owned(), buckets: Buckets::equal(nominal, count) }
    }

    /// The bins that `factor` is cut into.
    pub fn of(factor: &Factor) -> Self {
        let Factor { name, unit, buckets } = factor.clone();
        Self { name, unit, buckets }
    }

    /// Bin `at` in words with the name and the unit (`"speed_m_s < 0.4 m/s"`).
    pub fn words(&self, at: usize) -> String {
        format!("{} {}", self.name, self.buckets.words(at, &self.unit))
    }

    /// Number of bins.
    pub fn len(&self) -> usize {
        self.buckets.len()
    }

    /// True where there is no bin.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// Whether every bin is one value.
    pub fn is_discrete(&self) -> bool {
        matches!(self.buckets, Buckets::Values(_))
    }

    /// Edges, one more than bins; for a discrete parameter its values, one a bin.
    pub fn points(&self) -> &[f64] {
        let (Buckets::Intervals(points) | Buckets::Values(points)) = &self.buckets;
        points
    }

    /// The bin of `value`; `None` outside of the nominal's range. A value on an edge belongs to the bin that it opens.
    pub fn bin(&self, value: f64) -> Option<usize> {
        match self.buckets.place(value) {
            Place::In(at) => Some(at),
            Place::Below | Place::Above | Place::Between | Place::Missing => None,
        }
    }

    /// Ends of bin `at`; the same number twice where it is one value.
    pub fn range(&self, at: usize) -> [f64; 2] {
        self.buckets.ends(at).map_or([0.0, 0.0], |(low, high)| [low, high])
    }

    /// The range that brushes exactly what [`Self::bin`] puts into `at`: the upper edge belongs to the next bin.
    pub fn brushed(&self, at: usize) -> [f64; 2] {
        let [low, high] = self.range(at);
        // A single value's ends are the same, and so stay.
        if at + 1 >= self.len() { [low, high] } else { [low, high.next_down().max(low)] }
    }
}

/// One parameter's coverage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strip {
    /// The bins.
    pub bins: Bins,
    /// Draws in each.
    pub counts: Vec<u64>,
    /// Draws beyond the nominal's range.
    pub outside: u64,
}

impl Strip {
    /// How `values` fall into `bins`.
    pub fn of(bins: Bins, values: &[f64]) -> Self {
        let mut counts = vec![0; bins.len()];
        let mut outside = 0;
        for value in values {
            match bins.bin(*value).and_then(|at| counts.get_mut(at)) {
                Some(count) => *count += 1,
                None => outside += 1,
            }
        }
        Self { bins, counts, outside }
    }

    /// The brush of bin `at`.
    pub fn brush(&self, at: usize) -> Brush {
        Brush::default().with(&self.bins.name, Some(self.bins.brushed(at)))
    }
}

/// Two parameters' coverage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heat {
    /// Across.
    pub x: Bins,
    /// Up.
    pub y: Bins,
    /// Draws in each cell, a row of `x` after the other from the lowest `y` up.
    pub counts: Vec<u64>,
    /// Draws beyond either nominal's range.
    pub outside: u64,
}

impl Heat {
    /// How the draws with these values fall into the cells.
    pub fn of(x: Bins, y: Bins, across: &[f64], up: &[f64]) -> Self {
        let mut counts = vec![0; x.len() * y.len()];
        let mut outside = 0;
        for (a, b) in across.iter().zip(up) {
            let at = x.bin(*a).zip(y.bin(*b)).map(|(column, row)| row * x.len() + column);
            match at.and_then(|at| counts.get_mut(at)) {
                Some(count) => *count += 1,
                None => outside += 1,
            }
        }
        Self { x, y, counts, outside }
    }

    /// Draws in a cell.
    pub fn count(&self, column: usize, row: usize) -> u64 {
        self.counts.get(row * self.x.len() + column).copied().unwrap_or_default()
    }

    /// The brush of a cell.
    pub fn brush(&self, column: usize, row: usize) -> Brush {
        cell_brush([&self.x, &self.y], [column, row])
    }

    /// The holes in words.
    pub fn words(&self) -> String {
        words(&self.counts, "cell", self.outside)
    }
}

/// The brush of bin `column` of `x` and bin `row` of `y` together.
pub fn cell_brush([x, y]: [&Bins; 2], [column, row]: [usize; 2]) -> Brush {
    Brush::default().with(&x.name, Some(x.brushed(column))).with(&y.name, Some(y.brushed(row)))
}

/// `"7 of 100 cells hold no draw · 3 draws outside the nominal range"`.
fn words(counts: &[u64], what: &str, outside: u64) -> String {
    let empty = counts.iter().filter(|count| **count == 0).count();
    let mut text = match empty {
        0 => format!("every one of {} {what}s holds a draw", counts.len()),
        1 => format!("1 of {} {what}s holds no draw", counts.len()),
        _ => format!("{empty} of {} {what}s hold no draw", counts.len()),
    };
    if outside > 0 {
        let draws = if outside == 1 { "draw" } else { "draws" };
        text.push_str(&format!(" · {outside} {draws} outside the nominal range"));
    }
    text
}

impl Strip {
    /// The holes in words.
    pub fn words(&self) -> String {
        words(&self.counts, "bin", self.outside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Distribution, Weighted};

    fn law(distribution: &Distribution) -> Law {
        Law::new(distribution, None).expect("a law")
    }

    fn spread(count: u32, low: f64, high: f64) -> Vec<f64> {
        (0..count).map(|at| low + (high - low) * (f64::from(at * 37 % count) / f64::from(count))).collect()
    }

    #[test]
    fn strips_count_as_the_command_line_does() {
        let weighted = |value: f64| Weighted { value, weight: 1.0, label: String::new() };
        let cases = [
            (Distribution::LogUniform { low: 0.1, high: 10.0 }, spread(61, 0.05, 11.0)),
            (Distribution::TruncatedNormal { mean: 0.0, sd: 1.0, low: -2.0, high: 3.0 }, spread(97, -2.5, 3.0)),
            (Distribution::Choice(vec![weighted(2.0), weighted(0.0)]), vec![0.0, 0.0, 2.0, 7.0]),
        ];
        for (nominal, values) in cases {
            let nominal = law(&nominal);
            let ours = Strip::of(Bins::new("p", "m", &nominal, 10), &values);
            let theirs = Buckets::of_nominal(&nominal);
            let mut counts = vec![0; theirs.len()];
            let mut outside = 0;
            for value in &values {
                match theirs.place(*value) {
                    Place::In(bucket) => counts[bucket] += 1,
                    _ => outside += 1,
                }
            }
            assert_eq!((ours.counts, ours.outside), (counts, outside), "{nominal:?}");
        }
    }

    #[test]
    fn a_cells_brush_holds_exactly_its_draws() {
        let x = Bins::new("x", "m", &law(&Distribution::Uniform { low: 0.0, high: 4.0 }), 4);
        let y = Bins::new("y", "m", &law(&Distribution::Uniform { low: 0.0, high: 2.0 }), 2);
        // Many lie on edges.
        let across = [0.0, 1.0, 1.0, 1.5, 2.0, 4.0, 3.0, 9.0];
        let up = [0.0, 0.0, 1.0, 0.5, 0.5, 2.0, 2.0, 0.0];
        let heat = Heat::of(x, y, &across, &up);
        assert_eq!((heat.counts.iter().sum::<u64>(), heat.outside), (7, 1), "all are somewhere");
        for row in 0..2 {
            for column in 0..4 {
                let brush = heat.brush(column, row);
                let inside = across
                    .iter()
                    .zip(&up)
                    .filter(|(a, b)| brush.holds(|name| Some(if name == "x" { **a } else { **b })));
                assert_eq!(inside.count() as u64, heat.count(column, row), "cell {column} {row}");
            }
        }
        assert_eq!(heat.words(), "3 of 8 cells hold no draw · 1 draw outside the nominal range");
    }

    #[test]
    fn bins_hold_the_same_probability() {
        let nominal = Distribution::TruncatedNormal { mean: 1.0, sd: 0.5, low: -1.0, high: 2.0 };
        let bins = Bins::new("p", "m", &law(&nominal), 10);
        for at in 0..bins.len() {
            let [low, high] = bins.range(at);
            assert!((nominal.cdf(high) - nominal.cdf(low) - 0.1).abs() < 1e-9, "bin {at}");
        }
    }
}
