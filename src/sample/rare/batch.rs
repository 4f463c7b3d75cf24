//! Evaluating many points at once, in order, under a watcher's eye. The only place in this folder that knows of threads.

use rayon::prelude::*;

use crate::base::special::normal_quantile;
use crate::base::stream::Stream;

use super::{Outcome, Problem, RareError, Run};

/// Items between two reports of progress: short beside a physics episode's 10 ms, long beside a thread's wake-up.
const CHUNK: u64 = 256;

/// `make` of 0 to `count`, in parallel, in the order of the indices.
///
/// # Errors
/// The error of the lowest index of a chunk that has one; [`RareError::Stopped`] soon after the watcher asks.
pub(super) fn in_order<T: Send>(
    run: &Run<'_>,
    stage: &str,
    count: u64,
    make: impl Fn(u64) -> Result<T, RareError> + Sync,
) -> Result<Vec<T>, RareError> {
    let mut all = Vec::with_capacity(count as usize);
    let mut from = 0;
    while from < count {
        let to = count.min(from + CHUNK);
        let made = |index| if run.monitor.stopped() { Err(RareError::Stopped) } else { make(index) };
        let chunk: Vec<Result<T, RareError>> = (from..to).into_par_iter().map(made).collect();
        for item in chunk {
            all.push(item?);
        }
        run.monitor.step(stage, to, count);
        from = to;
    }
    Ok(all)
}

/// The outcome at `z`.
///
/// # Errors
/// The problem's own sentence, or that the margin is no number.
pub(super) fn evaluate(problem: &dyn Problem, z: &[f64]) -> Result<Outcome, RareError> {
    checked(problem.evaluate(z).map_err(RareError::Problem)?)
}

/// Refuses a margin that is no number: it would silently count as a miss.
pub(super) fn checked(outcome: Outcome) -> Result<Outcome, RareError> {
    match outcome {
        Outcome::Permitted { margin } if margin.is_nan() => Err(RareError::Problem(
            "the event's margin is not a number at some point; guard its expression against dividing by 0".to_owned(),
        )),
        outcome => Ok(outcome),
    }
}

/// The next `dimensions` independent standard normal scores of a stream.
pub(super) fn normals(stream: &mut Stream, dimensions: usize) -> Vec<f64> {
    (0..dimensions).map(|_| normal_quantile(stream.next_unit())).collect()
}

/// z' = √(1 − s²) z + s ξ with fresh normal ξ and the step s, 0 to 1: a move that leaves the standard normal as it is
/// (preconditioned Crank–Nicolson; Cotter, Roberts, Stuart & White, Statistical Science 28 (2013) 424–446).
pub(super) fn moved(z: &[f64], step: f64, stream: &mut Stream) -> Vec<f64> {
    let kept = libm::sqrt(1.0 - step * step);
    z.iter().map(|score| kept * score + step * normal_quantile(stream.next_unit())).collect()
}

/// Checks what every method shares.
///
/// # Errors
/// [`RareError::Setting`], naming the setting.
pub(super) fn check_run(run: &Run<'_>) -> Result<(), RareError> {
    require(run.confidence > 0.0 && run.confidence < 1.0, "the confidence must lie between 0 and 1")?;
    require(run.max_evaluations > 0, "the budget must be at least one evaluation")
}

/// `Err` with the sentence unless `met`.
///
/// # Errors
/// [`RareError::Setting`].
pub(super) fn require(met: bool, sentence: &str) -> Result<(), RareError> {
    if met { Ok(()) } else { Err(RareError::Setting(sentence.to_owned())) }
}
