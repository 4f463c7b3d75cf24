//! (skeleton)

use serde::{Deserialize, Serialize};

/// How a number is distributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Distribution {
    /// Always the same.
    Constant(f64),
    /// Equally likely anywhere between.
    Uniform {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// The logarithm is uniform.
    LogUniform {
        /// Lower end, above 0.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// A normal cut off at both ends.
    TruncatedNormal {
        /// Mean of the normal before the cut.
        mean: f64,
        /// Standard deviation before the cut.
        sd: f64,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// One of several values.
    Choice(Vec<Weighted>),
}

/// A value with its weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighted {
    /// The number that the draw carries.
    pub value: f64,
    /// Its share, relative to the other weights.
    pub weight: f64,
    /// What it stands for (`"oak"`), for people.
    #[serde(default)]
    pub label: String,
}
