//! Rare events: how probable an event is under a family's nominal distributions, given its requirements.
//!
//! Everything here works on independent standard normal scores z; what maps them to parameters is the caller's.
//! Four estimators answer one question: [`crude()`] counts, [`importance()`] weighs draws from elsewhere,
//! [`cross_entropy()`] learns a proposal first, [`subset()`] climbs level by level. [`archive`] looks for
//! events without estimating anything. Deliberately not here: failure as an error. An estimate that cannot be trusted is a
//! refusal in words, inside the [`Estimate`].
//!
//! Draw i of a purpose has a stream of its own, and results are put back in order: the same numbers for any number of
//! threads and any batch.

use crate::base::{Monitor, StreamKey};

pub mod archive;
mod batch;
mod counts;
pub mod cross_entropy;
mod directions;
mod fit;
pub mod importance;
pub mod proposal;
pub mod subset;

pub use archive::{Archive, Axis, Elite, Illuminate, Measured, MeasuredProblem, illuminate};
pub use counts::crude;
pub use cross_entropy::{CrossEntropy, Learned, cross_entropy, learn};
pub use importance::{Drawn, importance, weigh};
pub use proposal::{Component, Proposal, defensive_ln_weight};
pub use subset::{States, Subset, states, subset};

/// What is asked of a point.
pub trait Problem: Sync {
    /// How many standard normal scores a point has.
    fn dimensions(&self) -> usize;
    /// What happens at `z`, a point of [`Self::dimensions`] scores. The same point gives the same outcome.
    ///
    /// # Errors
    /// A sentence that names what could not be evaluated.
    fn evaluate(&self, z: &[f64]) -> Result<Outcome, String>;
}

/// What happened at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// The requirements allow the point.
    Permitted {
        /// How deep in the event: 0 or more where it happened, below 0 where it did not. Not NaN.
        margin: f64,
    },
    /// The requirements refuse the point: it counts neither as a hit nor as a miss.
    Forbidden,
}

impl Outcome {
    /// The margin of a permitted point.
    pub fn margin(self) -> Option<f64> {
        match self {
            Self::Permitted { margin } => Some(margin),
            Self::Forbidden => None,
        }
    }

    /// Permitted, and the event happened.
    pub fn hit(self) -> bool {
        self.margin().is_some_and(|margin| margin >= 0.0)
    }
}

/// What every method is run with.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Names the random streams.
    pub key: &'a StreamKey,
    /// The most evaluations of the problem.
    pub max_evaluations: u64,
    /// Confidence of the two-sided interval, such as 0.95.
    pub confidence: f64,
    /// Sees progress; can stop the run.
    pub monitor: &'a dyn Monitor,
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key, max_evaluations, confidence, .. } = self;
        write!(f, "Run {{ {key:?}, {max_evaluations} evaluations, confidence {confidence} }}")
    }
}

/// P(event | requirements) under the nominal, and how it was come by.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The number with its interval, or the sentence that says why there is none and what would help.
    pub answer: Result<Answer, String>,
    /// Evaluations of the problem that were spent.
    pub evaluations: u64,
    /// Hits among the draws that the number rests on.
    pub hits: u64,
    /// Effective number of those hits: (Σw)² / Σw² of their weights; for [`subset()`], 1 / (relative standard error)².
    pub ess_hits: f64,
    /// What the person should know about the number, a sentence each.
    pub notes: Vec<String>,
    /// The method's way to the event, level by level; empty for one-step methods.
    pub levels: Vec<Level>,
    /// The independent replicates' own estimates; empty for methods without.
    pub replicates: Vec<f64>,
}

/// A probability that may be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The estimate, 0 to 1.
    pub probability: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Confidence of the two-sided interval.
    pub confidence: f64,
    /// How the interval is made, in words.
    pub method: &'static str,
}

/// One level of a method that climbs.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Which replicate, from 0.
    pub replicate: u32,
    /// The margin that the level's best reach; 0 for the last.
    pub threshold: f64,
    /// Share of the level's draws at or above the threshold (conditional probability in [`subset()`]).
    pub share: f64,
    /// Share of candidates that were taken: moves of the chains in [`subset()`] above level 0, otherwise points that the
    /// requirements permit.
    pub acceptance: f64,
    /// Evaluations that the level spent.
    pub evaluations: u64,
    /// What the level's best were turned into for the next ([`cross_entropy()`] only).
    pub proposal: Option<Proposal>,
}

/// Why a method ended without an [`Estimate`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RareError {
    /// The problem could not be evaluated.
    #[error("{0}")]
    Problem(String),
    /// A setting is out of its range.
    #[error("{0}")]
    Setting(String),
    /// The watcher ended the task.
    #[error("the estimate was stopped")]
    Stopped,
}

#[cfg(test)]
mod coverage_tests;
#[cfg(test)]
mod problems;
#[cfg(test)]
mod tests;
