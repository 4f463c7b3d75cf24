//! Drawing.

use std::collections::BTreeMap;

use crate::family::Family;

/// One assignment of all parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// Its number in the family's endless row of draws.
    pub index: u64,
    /// How many candidates the requirements refused before this one.
    pub refused: u32,
    /// Every parameter's value in its unit.
    pub values: BTreeMap<String, f64>,
    /// ln nominal density − ln proposal density, up to the requirements' common constant.
    pub ln_weight: f64,
}

/// Why no draw came.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SampleError {
    /// The requirements refused every candidate of the budget.
    #[error("{0}")]
    Unmet(String),
    /// A requirement cannot be evaluated.
    #[error("{0}")]
    Expression(String),
}

/// Draws from one family in one study.
#[derive(Debug)]
pub struct Sampler<'a> {
    #[expect(dead_code, reason = "skeleton")]
    family: &'a Family,
}
