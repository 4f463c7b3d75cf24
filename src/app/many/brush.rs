//! Which draws are brushed: one range a column, and a draw must lie in all of them.

use std::collections::BTreeMap;

use super::Pool;
use crate::app::theme;

/// Ranges by column, ends included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Brush {
    ranges: BTreeMap<String, [f64; 2]>,
}

impl Brush {
    /// True where everything would be brushed.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The range on `column`.
    pub fn range(&self, column: &str) -> Option<[f64; 2]> {
        self.ranges.get(column).copied()
    }

    /// The same with `range` on `column`, or without one there. Ends in either order.
    pub fn with(mut self, column: &str, range: Option<[f64; 2]>) -> Self {
        match range {
            Some([a, b]) => drop(self.ranges.insert(column.to_owned(), [a.min(b), a.max(b)])),
            None => drop(self.ranges.remove(column)),
        }
        self
    }

    /// True where the draw lies in every range. What is not known lies in none.
    pub fn holds(&self, value: impl Fn(&str) -> Option<f64>) -> bool {
        self.ranges.iter().all(|(column, [low, high])| value(column).is_some_and(|v| v >= *low && v <= *high))
    }

    /// One a row of `pool`; empty without a brush.
    pub fn mask(&self, pool: &Pool) -> Vec<bool> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut mask = vec![true; pool.len()];
        for (name, [low, high]) in &self.ranges {
            let column = pool.column(name);
            for (row, kept) in mask.iter_mut().enumerate() {
                let value = column.and_then(|column| column.value(row));
                *kept &= value.is_some_and(|v| v >= *low && v <= *high);
            }
        }
        mask
    }

    /// In words (`"tilt_deg 45.0 – 61.2"`).
    pub fn words(&self) -> String {
        let word = |(name, [low, high]): (&String, &[f64; 2])| {
            format!("{name} {} – {}", theme::figures(*low), theme::figures(*high))
        };
        self.ranges.iter().map(word).collect::<Vec<_>>().join(" · ")
    }
}

/// `range` moved and grown by shares of `ends`, and kept inside them: a brush under the arrow keys. It never vanishes.
pub fn nudged(range: [f64; 2], ends: [f64; 2], moved: f64, grown: f64) -> [f64; 2] {
    let whole = ends[1] - ends[0];
    let width = (range[1] - range[0] + grown * whole).clamp(0.02 * whole, whole);
    let middle = f64::midpoint(range[0], range[1]) + moved * whole;
    let low = (middle - width / 2.0).clamp(ends[0], (ends[1] - width).max(ends[0]));
    [low, low + width]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::many::pool::tests::pool_of;

    #[test]
    fn several_ranges_mean_and_and_unknown_is_out() {
        let pool = pool_of(&[("fill", &[0.1, 0.5, 0.9, 0.95]), ("tilt", &[10.0, 50.0, 60.0, f64::NAN])]);
        let brush = Brush::default().with("fill", Some([1.0, 0.4]));
        assert_eq!(brush.mask(&pool), [false, true, true, true], "ends in either order, one range");
        let brush = brush.with("tilt", Some([50.0, 55.0]));
        assert_eq!(brush.mask(&pool), [false, true, false, false], "both, ends included");
        for row in 0..pool.len() {
            let value = |name: &str| pool.column(name).and_then(|column| column.value(row));
            assert_eq!(brush.holds(value), brush.mask(&pool)[row], "one by one as all at once, row {row}");
        }
        assert_eq!(brush.clone().with("tilt", None).mask(&pool), [false, true, true, true], "taken away");
        assert_eq!(Brush::default().with("gone", Some([0.0, 1.0])).mask(&pool), [false; 4], "no such column");
        assert!(Brush::default().mask(&pool).is_empty(), "no brush");
        assert_eq!(brush.words(), "fill 0.400 – 1 · tilt 50 – 55");
    }

    #[test]
    fn arrows_keep_a_brush_inside_its_axis() {
        assert_eq!(nudged([2.0, 4.0], [0.0, 10.0], 0.1, 0.0), [3.0, 5.0], "moved");
        assert_eq!(nudged([2.0, 4.0], [0.0, 10.0], 0.0, 0.2), [1.0, 5.0], "grown both ways");
        assert_eq!(nudged([8.0, 10.0], [0.0, 10.0], 0.1, 0.0), [8.0, 10.0], "at the end it stays");
        let [low, high] = nudged([5.0, 5.1], [0.0, 10.0], 0.0, -0.5);
        assert!((high - low - 0.2).abs() < 1e-12, "never nothing: {low} {high}");
        assert_eq!(nudged([2.0, 9.0], [0.0, 10.0], 0.0, 9.0), [0.0, 10.0], "never more than all");
    }
}
