//! What drawing gives: single draws with named values, rows of numbers for many of them, and what requirements did.

use std::collections::BTreeMap;

use crate::family::Family;
use crate::family::plan::Rule;

/// One assignment of all parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// Its number in the family's endless row of draws.
    pub index: u64,
    /// How many candidates the requirements refused before this one.
    pub refused: u32,
    /// Every quantity's value in its unit: parameters, places and what is derived.
    pub values: BTreeMap<String, f64>,
    /// ln nominal density − ln proposal density, up to the requirements' common constant. Negative infinity where the
    /// proposal drew what the nominal never does: such a draw counts nothing. NaN where the draw was not drawn by chance
    /// (levels, points that a search found): it stands for no share of reality.
    pub ln_weight: f64,
}

impl Draw {
    /// nominal density / proposal density.
    pub fn weight(&self) -> f64 {
        libm::exp(self.ln_weight)
    }

    /// Whether `other` is this draw to the last bit. Unlike `==` it calls two draws without a weight the same.
    pub fn is_same(&self, other: &Self) -> bool {
        let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
        let values = || self.values.iter().zip(&other.values);
        (self.index, self.refused, self.values.len()) == (other.index, other.refused, other.values.len())
            && same(self.ln_weight, other.ln_weight)
            && values().all(|((name, value), (other, again))| name == other && same(*value, *again))
    }

    /// The parameters whose value lies beyond the real data that their nominal was fitted to.
    pub fn extrapolated<'a>(&self, family: &'a Family) -> Vec<&'a str> {
        let beyond = |parameter: &&crate::family::Parameter| {
            let value = self.values.get(&parameter.name);
            parameter.fitted.as_ref().zip(value).is_some_and(|(real, value)| *value < real.low || *value > real.high)
        };
        family.parameters.iter().filter(beyond).map(|parameter| parameter.name.as_str()).collect()
    }
}

/// What the requirements did to a row of draws.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Draws that met every requirement.
    pub drawn: u64,
    /// Candidates tried for them, each draw's last one included.
    pub candidates: u64,
    /// How many candidates violated each requirement. One candidate can violate several.
    pub refused_by: BTreeMap<String, u64>,
}

impl Summary {
    /// Draws / candidates; 1 where nothing was tried.
    pub fn acceptance(&self) -> f64 {
        if self.candidates == 0 { 1.0 } else { self.drawn as f64 / self.candidates as f64 }
    }

    pub(super) fn begin(rules: &[Rule]) -> Self {
        let refused_by = rules.iter().map(|rule| (rule.name.clone(), 0)).collect();
        Self { refused_by, ..Self::default() }
    }

    pub(super) fn add(&mut self, drawn: u64, candidates: u64, refused: &[u64], rules: &[Rule]) {
        self.drawn += drawn;
        self.candidates += candidates;
        for (count, rule) in refused.iter().zip(rules) {
            *self.refused_by.entry(rule.name.clone()).or_default() += count;
        }
    }
}

/// A row of draws, in the order of their indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    /// The draws.
    pub draws: Vec<Draw>,
    /// What the requirements did.
    pub summary: Summary,
}

/// Draws as rows of numbers, for many of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// One a draw: its index, rising. A level design leaves out the draws that requirements refuse.
    pub indices: Vec<u64>,
    /// Numbers of one draw.
    pub n_columns: usize,
    /// Row after row, in the order of the plan's columns.
    pub numbers: Vec<f64>,
    /// One a draw.
    pub ln_weights: Vec<f64>,
    /// One a draw: candidates that were refused before it.
    pub refused: Vec<u32>,
}

impl Rows {
    /// Number of draws.
    pub fn len(&self) -> usize {
        self.ln_weights.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ln_weights.is_empty()
    }

    /// The numbers of the draw `at` after the first.
    pub fn row(&self, at: usize) -> &[f64] {
        let begin = at * self.n_columns;
        self.numbers.get(begin..begin + self.n_columns).unwrap_or_default()
    }
}
