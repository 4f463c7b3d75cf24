//! "Take me to the boundary": the edge of the event on the way between two points, by bisection.
//!
//! It finds one crossing, not the nearest one, and says so when what it found is the edge of the requirements instead.

use super::batch::{evaluate, require};
use super::{Outcome, Problem, RareError};

/// Two points close to each other with the event on one side only.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundary {
    /// The side where the event happens.
    pub event: Vec<f64>,
    /// Its margin, 0 or more.
    pub event_margin: f64,
    /// The side where it does not.
    pub other: Vec<f64>,
    /// What is on the other side: a margin below 0, or a point that the requirements refuse. The second means that the
    /// event itself does not end here; the permitted region does.
    pub other_outcome: Outcome,
    /// How far apart the two are, in standard normal scores.
    pub distance: f64,
    /// Evaluations spent, the two ends included.
    pub evaluations: u64,
    /// The distance is within the tolerance; otherwise the budget, or the numbers' resolution, ended first.
    pub reached: bool,
}

/// Halves the segment from `z_event` to `z_other` until its ends are at most `tolerance` apart (Euclidean, in scores).
///
/// # Errors
/// [`RareError::Setting`] where the first end is no event, the second is one or forbidden, or an argument is out of range;
/// [`RareError::Problem`].
pub fn bisect(
    problem: &dyn Problem,
    z_event: &[f64],
    z_other: &[f64],
    tolerance: f64,
    max_evaluations: u64,
) -> Result<Boundary, RareError> {
    let fits = z_event.len() == problem.dimensions() && z_other.len() == problem.dimensions();
    require(fits, "both ends must have as many scores as the problem")?;
    require(tolerance > 0.0, "the tolerance must be above 0")?;
    require(max_evaluations >= 2, "bisection needs at least two evaluations, one for each end")?;
    let (event, other_outcome) = (evaluate(problem, z_event)?, evaluate(problem, z_other)?);
    let event_margin = event.margin().filter(|margin| *margin >= 0.0);
    let event_margin = event_margin.ok_or_else(|| {
        RareError::Setting("the event does not happen at the first end; choose a draw that hit".to_owned())
    })?;
    let safe = other_outcome.margin().is_some_and(|margin| margin < 0.0);
    require(safe, "the second end must be permitted and without the event; choose a draw that did not hit")?;
    let mut found = Boundary {
        event: z_event.to_vec(),
        event_margin,
        other: z_other.to_vec(),
        other_outcome,
        distance: distance(z_event, z_other),
        evaluations: 2,
        reached: false,
    };
    while found.distance > tolerance && found.evaluations < max_evaluations {
        let middle: Vec<f64> = found.event.iter().zip(&found.other).map(|(a, b)| 0.5 * a + 0.5 * b).collect();
        if middle == found.event || middle == found.other {
            break;
        }
        let outcome = evaluate(problem, &middle)?;
        found.evaluations += 1;
        match outcome {
            Outcome::Permitted { margin } if margin >= 0.0 => (found.event, found.event_margin) = (middle, margin),
            outcome => (found.other, found.other_outcome) = (middle, outcome),
        }
        found.distance = distance(&found.event, &found.other);
    }
    found.reached = found.distance <= tolerance;
    Ok(found)
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    libm::sqrt(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>())
}
