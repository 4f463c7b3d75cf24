//! Designs: which point of the unit cube, or which level of each dimension, is draw `i`.
//!
//! Every design but independent draws fills its space more evenly than chance. Any point can be asked for alone and costs
//! the same, so that shards agree; a dimension's scramble hangs on its name, not on the other dimensions. What a coordinate
//! or a level means, and what requirements refuse, is for the drawer; no parameter and no distribution is known here.

pub mod covering;
pub mod discrepancy;
pub mod grid;
pub mod halton;
pub mod hypercube;
mod joe_kuo;
mod scramble;
pub mod sobol;
#[cfg(test)]
mod tests;

pub use covering::{Allowed, Constraint, CoveringArray, CoveringError, Impossible, Model, covering_array};
pub use discrepancy::centred_l2_discrepancy;
pub use grid::{Boundary, Grid, Place};
pub use halton::{HALTON_DIMENSIONS_MAX, Halton};
pub use hypercube::{HYPERCUBE_POINTS_MAX, LatinHypercube};
pub use sobol::{SOBOL_DIMENSIONS_MAX, Sobol};

use crate::base::StreamKey;

/// A way to choose points.
///
/// A point design gives each draw a place in the open unit cube. After requirements refused a candidate, the next one has
/// the same index in a copy of the design that is scrambled anew: each candidate alone is uniform and independent of the
/// ones before it, so that an accepted draw is distributed exactly as by rejection. A level design gives each draw a level of
/// each dimension; there is nothing to try again.
#[derive(Clone, Debug)]
pub enum Design {
    /// Every coordinate is a random number of its own, which the drawer takes from the parameter's stream.
    Independent,
    /// Scrambled Sobol points.
    Sobol(Sobol),
    /// Scrambled Halton points.
    Halton(Halton),
    /// Latin hypercubes one after the other.
    LatinHypercube(LatinHypercube),
    /// Every combination of levels.
    Grid(Grid),
    /// Ends, centres and corners, as numbers of [`Place`].
    Boundary(Boundary),
    /// The rows of a covering array.
    Covering(CoveringArray),
}

/// Why there is no such design.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DesignError {
    /// Two dimensions of one name would have one scramble.
    #[error("two dimensions are called `{0}`: rename one")]
    SameName(String),
    /// More dimensions than Sobol's direction numbers.
    #[error("Sobol points have at most {SOBOL_DIMENSIONS_MAX} dimensions, not {0}: choose Latin hypercubes")]
    SobolDimensions(usize),
    /// More dimensions than Halton's bases.
    #[error("Halton points have at most {HALTON_DIMENSIONS_MAX} dimensions, not {0}: choose Latin hypercubes")]
    HaltonDimensions(usize),
    /// No points in a hypercube, or too many.
    #[error("a Latin hypercube has 1 to {HYPERCUBE_POINTS_MAX} points, not {0}")]
    HypercubePoints(u64),
    /// A dimension of a grid has no level; the position counts from 1.
    #[error("dimension {0} of the grid has no level: give it at least one")]
    NoLevel(usize),
    /// A covering array without rows.
    #[error("a covering array needs at least one row")]
    NoRow,
}

impl Design {
    /// Sobol points in the dimensions called `names`; put those that matter most first, they are the most even.
    ///
    /// # Errors
    /// [`DesignError::SobolDimensions`] and [`DesignError::SameName`].
    pub fn sobol(key: &StreamKey, names: &[&str]) -> Result<Self, DesignError> {
        check_names(names)?;
        Sobol::new(key, names).map(Self::Sobol).ok_or(DesignError::SobolDimensions(names.len()))
    }

    /// Halton points in the dimensions called `names`; put those that matter most first, they are the most even.
    ///
    /// # Errors
    /// [`DesignError::HaltonDimensions`] and [`DesignError::SameName`].
    pub fn halton(key: &StreamKey, names: &[&str]) -> Result<Self, DesignError> {
        check_names(names)?;
        Halton::new(key, names).map(Self::Halton).ok_or(DesignError::HaltonDimensions(names.len()))
    }

    /// Latin hypercubes of `points` points in the dimensions called `names`.
    ///
    /// # Errors
    /// [`DesignError::HypercubePoints`] and [`DesignError::SameName`].
    pub fn latin_hypercube(key: &StreamKey, names: &[&str], points: u64) -> Result<Self, DesignError> {
        check_names(names)?;
        let design = LatinHypercube::new(key, names, points).map(Self::LatinHypercube);
        design.ok_or(DesignError::HypercubePoints(points))
    }

    /// The full grid of `levels` levels a dimension.
    ///
    /// # Errors
    /// [`DesignError::NoLevel`].
    pub fn grid(levels: &[u32]) -> Result<Self, DesignError> {
        let empty = levels.iter().position(|count| *count == 0).map_or(0, |dimension| dimension + 1);
        Grid::new(levels).map(Self::Grid).ok_or(DesignError::NoLevel(empty))
    }

    /// The boundary and the centre of `dimensions` dimensions; `with_tails` adds places near the ends.
    pub fn boundary(dimensions: usize, with_tails: bool) -> Self {
        Self::Boundary(Boundary::new(dimensions, with_tails))
    }

    /// The rows of `array`, one after the other.
    ///
    /// # Errors
    /// [`DesignError::NoRow`].
    pub fn covering(array: CoveringArray) -> Result<Self, DesignError> {
        if array.rows.is_empty() { Err(DesignError::NoRow) } else { Ok(Self::Covering(array)) }
    }

    /// The coordinate of point `index` for candidate `attempt`, strictly between 0 and 1. `None` for independent draws, for
    /// level designs, and for a dimension that the design does not have.
    #[inline]
    pub fn unit(&self, index: u64, attempt: u32, dimension: usize) -> Option<f64> {
        match self {
            Self::Sobol(design) => design.unit(index, attempt, dimension),
            Self::Halton(design) => design.unit(index, attempt, dimension),
            Self::LatinHypercube(design) => design.unit(index, attempt, dimension),
            Self::Independent | Self::Grid(_) | Self::Boundary(_) | Self::Covering(_) => None,
        }
    }

    /// A level for each dimension at point `index`, counted from 0; past the last point they begin again. `None` for
    /// independent draws and point designs.
    pub fn levels(&self, index: u64) -> Option<Vec<u32>> {
        match self {
            Self::Grid(design) => Some(design.levels(index)),
            Self::Boundary(design) => Some(design.levels(index)),
            Self::Covering(array) => array.rows.get((index % array.rows.len().max(1) as u64) as usize).cloned(),
            Self::Independent | Self::Sobol(_) | Self::Halton(_) | Self::LatinHypercube(_) => None,
        }
    }

    /// How many draws make the design whole: all levels' combinations, rows or boundary points, or one hypercube. `None`
    /// where it has no end. A grid's count stops at `u64::MAX`.
    pub fn count(&self) -> Option<u64> {
        match self {
            Self::Independent | Self::Sobol(_) | Self::Halton(_) => None,
            Self::LatinHypercube(design) => Some(design.points()),
            Self::Grid(design) => Some(u64::try_from(design.count()).unwrap_or(u64::MAX)),
            Self::Boundary(design) => Some(design.count()),
            Self::Covering(array) => Some(array.rows.len() as u64),
        }
    }

    /// What a person should know who takes the first `draws` draws; `None` where the design is whole with them.
    pub fn remark(&self, draws: u64) -> Option<String> {
        match (self, self.count()) {
            (Self::Sobol(_), _) if draws > 0 && !draws.is_power_of_two() => {
                let next = draws.checked_next_power_of_two()?;
                Some(format!("Sobol points are balanced at powers of two: draw {next} instead of {draws}"))
            }
            (Self::LatinHypercube(_), Some(points)) if !draws.is_multiple_of(points) => {
                let next = draws.div_ceil(points).checked_mul(points)?;
                Some(format!("a Latin hypercube is whole after every {points} draws: draw {next} instead of {draws}"))
            }
            (Self::Grid(_) | Self::Boundary(_) | Self::Covering(_), Some(count)) if draws > count => Some(format!(
                "the design has {count} points: the draws from number {count} on, counted from 0, repeat it"
            )),
            (Self::Grid(_) | Self::Boundary(_) | Self::Covering(_), Some(count)) if draws < count => {
                Some(format!("the design has {count} points, of which {draws} draws are the first"))
            }
            _ => None,
        }
    }
}

fn check_names(names: &[&str]) -> Result<(), DesignError> {
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    let twice = sorted.windows(2).find_map(|pair| pair.first().filter(|name| pair.last() == Some(name)));
    twice.map_or(Ok(()), |name| Err(DesignError::SameName((*name).to_owned())))
}
