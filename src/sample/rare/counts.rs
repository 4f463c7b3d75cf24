//! Crude Monte Carlo: independent draws of the nominal, counted.
//!
//! The exact interval of Clopper and Pearson is made here only, from draws that this module drew itself or that
//! [`super::weigh`] found to be unweighted: weighted or chained draws have no way to it.

use crate::stats::clopper_pearson;

use super::batch::{check_run, evaluate, in_order, normals};
use super::{Answer, Estimate, Outcome, Problem, RareError, Run};

/// Independent permitted draws of the nominal, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    /// Draws that the event happened in.
    pub(super) hits: u64,
    /// Draws that the requirements permit.
    pub(super) permitted: u64,
    /// All draws.
    pub(super) draws: u64,
}

impl Counts {
    /// The estimate with its exact interval.
    pub(super) fn estimate(self, confidence: f64) -> Estimate {
        let Self { hits, permitted, draws } = self;
        let interval = clopper_pearson(hits, permitted, confidence);
        let answer = Answer {
            probability: hits as f64 / permitted as f64,
            low: interval.low,
            high: interval.high,
            confidence,
            method: "exact (Clopper–Pearson)",
        };
        let mut notes = Vec::new();
        if permitted < draws {
            let percent = 100.0 * permitted as f64 / draws as f64;
            notes.push(format!("the requirements permit {percent:.3} % of the draws; only those count"));
        }
        if hits == 0 && permitted > 0 {
            notes.push("no draw hit: only the upper end says something".to_owned());
        }
        let nothing = || "the requirements permit none of the draws; loosen them or raise the budget".to_owned();
        Estimate {
            answer: if permitted > 0 { Ok(answer) } else { Err(nothing()) },
            evaluations: draws,
            hits,
            ess_hits: hits as f64,
            notes,
            levels: Vec::new(),
            replicates: Vec::new(),
        }
    }
}

/// Crude Monte Carlo with the whole budget: P(event | requirements) as hits / permitted draws, with the exact interval.
/// It needs about 100 / p draws for a relative standard error of 10 %.
///
/// # Errors
/// [`RareError`]: the problem's own, a setting out of range, or stopped.
pub fn crude(problem: &dyn Problem, run: &Run<'_>) -> Result<Estimate, RareError> {
    check_run(run)?;
    let streams = run.key.purpose("crude");
    let outcomes = in_order(run, "Counting draws", run.max_evaluations, |index| {
        evaluate(problem, &normals(&mut streams.stream(index), problem.dimensions()))
    })?;
    let count = |wanted: fn(Outcome) -> bool| outcomes.iter().filter(|outcome| wanted(**outcome)).count() as u64;
    let permitted = count(|outcome| outcome.margin().is_some());
    Ok(Counts { hits: count(Outcome::hit), permitted, draws: outcomes.len() as u64 }.estimate(run.confidence))
}
