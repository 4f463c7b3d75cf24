//! Designs that are written down: the full grid, and the boundary with its centre.
//!
//! They give each dimension a level, not a place in the unit interval: what a level's value is, the caller knows. Nothing
//! here is random.

/// Every combination of some numbers of levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    levels: Vec<u32>,
}

impl Grid {
    /// The grid of `levels` levels a dimension. `None` where a dimension has no level.
    pub fn new(levels: &[u32]) -> Option<Self> {
        levels.iter().all(|count| *count > 0).then(|| Self { levels: levels.to_vec() })
    }

    /// Number of combinations; `u128::MAX` where it does not fit. A grid without dimensions has one.
    pub fn count(&self) -> u128 {
        self.levels.iter().fold(1, |product: u128, count| product.saturating_mul(u128::from(*count)))
    }

    /// The levels of point `index`, from 0, in reading order: the last dimension changes fastest. Past the last
    /// combination they begin again.
    pub fn levels(&self, index: u64) -> Vec<u32> {
        // What is left over at the first dimension drops out, which is the repetition.
        let mut rest = index;
        let mut found: Vec<u32> = Vec::with_capacity(self.levels.len());
        for count in self.levels.iter().rev() {
            found.push((rest % u64::from(*count)) as u32);
            rest /= u64::from(*count);
        }
        found.reverse();
        found
    }
}

/// The most dimensions whose corners are listed.
pub const CORNER_DIMENSIONS_MAX: usize = 12;

/// Where in its distribution a boundary design puts a dimension; the numbers are the design's levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The lowest value.
    Lowest = 0,
    /// In the low tail, near the lowest value.
    LowTail = 1,
    /// In the middle.
    Centre = 2,
    /// In the high tail, near the highest value.
    HighTail = 3,
    /// The highest value.
    Highest = 4,
}

impl Place {
    /// All places, lowest first.
    pub const ALL: [Self; 5] = [Self::Lowest, Self::LowTail, Self::Centre, Self::HighTail, Self::Highest];
}

/// The centre, each dimension at its ends (and near them) with the others at their centres, and the corners. In this order:
///
/// 1. every dimension at its centre;
/// 2. for each dimension in turn, it alone lowest, then highest;
/// 3. where asked for, for each dimension in turn, it alone in its low tail, then in its high tail;
/// 4. for 2 to [`CORNER_DIMENSIONS_MAX`] dimensions, the corners: all lowest first, the last dimension changing fastest (a
///    single dimension's corners are its ends already).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boundary {
    dimensions: usize,
    with_tails: bool,
}

impl Boundary {
    /// The design for `dimensions` dimensions; `with_tails` adds the places near the ends.
    pub fn new(dimensions: usize, with_tails: bool) -> Self {
        Self { dimensions, with_tails }
    }

    /// Number of points.
    pub fn count(&self) -> u64 {
        self.axis_points() + 1 + self.corners()
    }

    /// The levels of point `index` as numbers of [`Place`]. Past the last point they begin again.
    pub fn levels(&self, index: u64) -> Vec<u32> {
        let index = index % self.count();
        let mut found = vec![Place::Centre as u32; self.dimensions];
        let Some(axis_point) = index.checked_sub(1) else { return found };
        if let Some(corner) = axis_point.checked_sub(self.axis_points()) {
            for (dimension, level) in found.iter_mut().rev().enumerate() {
                *level = if corner >> dimension & 1 == 0 { Place::Lowest as u32 } else { Place::Highest as u32 };
            }
            return found;
        }
        let ends = 2 * self.dimensions as u64;
        let place = match (axis_point < ends, axis_point % 2 == 0) {
            (true, true) => Place::Lowest,
            (true, false) => Place::Highest,
            (false, true) => Place::LowTail,
            (false, false) => Place::HighTail,
        };
        if let Some(level) = found.get_mut((axis_point % ends / 2) as usize) {
            *level = place as u32;
        }
        found
    }

    fn axis_points(self) -> u64 {
        self.dimensions as u64 * if self.with_tails { 4 } else { 2 }
    }

    fn corners(self) -> u64 {
        if (2..=CORNER_DIMENSIONS_MAX).contains(&self.dimensions) { 1 << self.dimensions } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_grid_counts_in_reading_order_and_begins_again() {
        let Some(grid) = Grid::new(&[2, 3]) else { panic!("a grid") };
        let rows: Vec<Vec<u32>> = (0..7).map(|index| grid.levels(index)).collect();
        assert_eq!(rows, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [0, 0]], "order");
        assert_eq!(grid.count(), 6, "count");
        assert_eq!(grid.levels(u64::MAX), grid.levels(u64::MAX % 6), "far out");
        assert_eq!(Grid::new(&[2, 0]), None, "a dimension without a level");
        assert_eq!(Grid::new(&[u32::MAX; 5]).map(|grid| grid.count()), Some(u128::MAX), "saturates");
        assert_eq!(Grid::new(&[]).map(|grid| (grid.count(), grid.levels(3))), Some((1, vec![])), "no dimension");
    }

    #[test]
    fn a_boundary_design_has_its_documented_order() {
        let design = Boundary::new(2, true);
        let rows: Vec<Vec<u32>> = (0..design.count()).map(|index| design.levels(index)).collect();
        let expected =
            [[2, 2], [0, 2], [4, 2], [2, 0], [2, 4], [1, 2], [3, 2], [2, 1], [2, 3], [0, 0], [0, 4], [4, 0], [4, 4]];
        assert_eq!(rows, expected, "order");
        assert_eq!(design.levels(13), [2, 2], "begins again");
    }

    #[test]
    fn a_boundary_design_has_no_point_twice() {
        let expected = [1, 3, 5 + 4, 7 + 8, 9 + 16];
        for (dimensions, count) in expected.into_iter().enumerate() {
            let design = Boundary::new(dimensions, false);
            let rows: BTreeSet<Vec<u32>> = (0..design.count()).map(|index| design.levels(index)).collect();
            assert_eq!((design.count(), rows.len()), (count, count as usize), "{dimensions} dimensions");
        }
        assert_eq!(Boundary::new(12, true).count(), 1 + 48 + 4096, "corners up to twelve");
        assert_eq!(Boundary::new(13, true).count(), 1 + 52, "none beyond");
    }
}
