//! How much a cell's log-odds in the model are worth in its place.
//!
//! The model's log-odds of a single cell are its part of the frame's score. They stray with whatever is in the cell (a textured label, a
//! glossy lid), in places where both sides are alike as well. What they say by themselves is told by how they were spread there: two
//! normal distributions of one width, a side each, give a log-odds that is a line (Fisher's discriminant). Where the sides
//! hardly differ the line is flat: the difference is drawn to 0 by what chance gives groups (James and Stein, 1961, the positive part).

/// The widths are no smaller than this much of the difference, so that no cell says more than about e³².
const NARROWEST: f64 = 0.125;

/// A place: log-odds are `slope` times what the model has above `middle`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Place {
    pub(super) middle: f64,
    pub(super) slope: f64,
}

impl Place {
    /// From the log-odds that models gave cells of frames they did not see, a side each, of so many groups.
    pub(super) fn new(sides: [&[f64]; 2], groups: [usize; 2]) -> Self {
        let [x, y] = sides.map(|of| of.iter().sum::<f64>() / of.len().max(1) as f64);
        let squares = |of: &[f64], mean: f64| of.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        let freedom = (sides[0].len() + sides[1].len()).saturating_sub(2).max(1) as f64;
        let variance = (squares(sides[0], x) + squares(sides[1], y)) / freedom;
        let gap = y - x;
        // A place where the model is on the wrong side says nothing.
        if gap <= 0.0 {
            return Self::default();
        }
        let [x_groups, y_groups] = groups.map(|count| 1.0 / count.max(1) as f64);
        let by_chance = variance * (x_groups + y_groups);
        let kept = (1.0 - by_chance / (gap * gap)).max(0.0);
        let slope = kept * gap / variance.max(NARROWEST * NARROWEST * gap * gap);
        Self { middle: 0.5 * (x + y), slope }
    }
}
