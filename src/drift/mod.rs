//! How two sets of pictures differ: low-level features, a distance with its null band, and which features moved; and which pictures
//! are nearly the same.
//!
//! A diagnosis, never the acceptance test. Deliberately not here: sets, files and where a picture came from; this module
//! sees numbers, group ids and [`crate::base::Rgb`] alone. Chance is permuted by *group* (episode, recording): frames of one
//! episode resemble each other, and a test that treats them as independent finds differences where there are none.

pub mod audit;
mod bins;
mod cause;
pub mod descriptor;
mod difference;
mod distance;
pub mod embed;
pub mod histogram;
mod kernel;
pub mod labelling;
mod lanes;
mod moments;
mod near;
mod neighbours;
mod pairs;
mod principal;
pub mod probe;
mod product;
mod rows;
mod shape;
mod sliced;
mod spectrum;
mod texture;
pub mod twins;

pub use cause::{Cause, causes};
pub use descriptor::{DESCRIPTOR, NAMES, describe, is_of_one_cell};
pub use difference::{
    Column, FeatureDifference, differences, differences_of, is_told, is_told_by_shape, sentence, shape_sentence,
};
pub use distance::{Distance, Hidden, Measure, distances, warnings};
pub use histogram::ChannelHistograms;
pub use principal::{Components, components};
pub use shape::{Banded, Bands, Shape};

/// One side of a comparison: rows of features, and the group that each row belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// One row a frame, all of the same length.
    pub rows: &'a [Vec<f64>],
    /// One id a row. Ids of the two sides are unrelated: group 3 here is not group 3 there.
    pub groups: &'a [u64],
}

/// How chance is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Number of random relabellings where the distinct ones are too many to visit all; 199 or more.
    pub permutations: usize,
    /// Names the random stream.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { permutations: 999, seed: 0 }
    }
}

/// Why two sides cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DriftError {
    /// A permutation by group needs groups.
    #[error(
        "too few groups of frames on the {side} side, {got} where 2 or more are needed; add episodes or recordings, or hold fewer back"
    )]
    TooFewGroups {
        /// `"reference"` or `"other"`.
        side: &'static str,
        /// Groups found.
        got: usize,
    },
    /// Rows of different length, or groups that do not match the rows.
    #[error(
        "the {side} side is uneven: {what}; describe all frames with the same feature vector and give each its group"
    )]
    Uneven {
        /// `"reference"` or `"other"`.
        side: &'static str,
        /// What does not fit.
        what: String,
    },
    /// NaN or infinite.
    #[error("feature {feature} of row {row} on the {side} side is not a finite number; leave that frame out")]
    NotFinite {
        /// `"reference"` or `"other"`.
        side: &'static str,
        /// 0-based.
        row: usize,
        /// 0-based.
        feature: usize,
    },
    /// Numbers of draws that do not go together.
    #[error("{what}; give every cause, candidate and outcome one value a draw")]
    Draws {
        /// What does not fit.
        what: String,
    },
    /// The watcher wanted the end.
    #[error("the comparison was stopped before it finished; start it again for a result")]
    Stopped,
}
