//! Problems with known probabilities: the structural-reliability benchmarks that the estimators are held to.

use crate::base::{Silent, StreamKey};

use super::{Estimate, Outcome, Problem, Proposal, RareError, Run, importance};

/// The margin at a point, or none where the requirements refuse it.
type Margin = dyn Fn(&[f64]) -> Option<f64> + Sync + Send;

pub(super) struct Known {
    dimensions: usize,
    margin: Box<Margin>,
}

impl Problem for Known {
    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn evaluate(&self, z: &[f64]) -> Result<Outcome, String> {
        Ok((self.margin)(z).map_or(Outcome::Forbidden, |margin| Outcome::Permitted { margin }))
    }
}

fn known(dimensions: usize, margin: impl Fn(&[f64]) -> Option<f64> + Sync + Send + 'static) -> Known {
    Known { dimensions, margin: Box::new(margin) }
}

/// Σx ≥ β √d: Φ(−β).
pub(super) fn linear(beta: f64, dimensions: usize) -> Known {
    known(dimensions, move |x| Some(x.iter().sum::<f64>() / (dimensions as f64).sqrt() - beta))
}

/// |Σx| ≥ β √d, which no mean tells: 2 Φ(−β).
pub(super) fn two_sided(beta: f64, dimensions: usize) -> Known {
    known(dimensions, move |x| Some((x.iter().sum::<f64>() / (dimensions as f64).sqrt()).abs() - beta))
}

/// As [`linear`] in two scores, permitted only where x₁ − x₂ < 0.5, which is independent of the event: Φ(−β) still.
pub(super) fn required(beta: f64) -> Known {
    known(2, move |x| (x[0] - x[1] < 0.5).then(|| (x[0] + x[1]) / 2.0_f64.sqrt() - beta))
}

/// Four branches (Waarts 2000).
pub(super) const FOUR_BRANCH: f64 = 0.002_222_795_066_19;

pub(super) fn four_branch() -> Known {
    turned_four_branch(0.0)
}

/// As [`four_branch`], turned by an angle in radians, which changes no probability.
pub(super) fn turned_four_branch(angle: f64) -> Known {
    known(2, move |z| {
        let x = [angle.cos() * z[0] - angle.sin() * z[1], angle.sin() * z[0] + angle.cos() * z[1]];
        let (root, bend) = (2.0_f64.sqrt(), 3.0 + 0.1 * (x[0] - x[1]).powi(2));
        let (sum, difference) = ((x[0] + x[1]) / root, x[0] - x[1]);
        Some(-(bend - sum).min(bend + sum).min(difference + 7.0 / root).min(7.0 / root - difference))
    })
}

/// x₁ x₂ ≥ 3: two opposite branches.
pub(super) const RP75: f64 = 0.009_819_298_721_55;

pub(super) fn rp75() -> Known {
    known(2, |x| Some(x[0] * x[1] - 3.0))
}

/// R ~ N(4, 1) below S ~ N(2, 1): Φ(−√2).
pub(super) const R_S: f64 = 0.078_649_603_525_1;

pub(super) fn r_s() -> Known {
    known(2, |x| Some((2.0 + x[1]) - (4.0 + x[0])))
}

pub(super) const RP22: f64 = 0.004_207_305_511_30;

pub(super) fn rp22() -> Known {
    known(2, |x| Some((x[0] + x[1]) / 2.0_f64.sqrt() - 2.5 - 0.1 * (x[0] - x[1]).powi(2)))
}

/// As [`linear`], in steps of a half.
pub(super) fn stepped(beta: f64) -> Known {
    known(2, move |x| Some((((x[0] + x[1]) / 2.0_f64.sqrt() - beta) * 2.0).floor() / 2.0))
}

/// A margin that is no number where x₁ > 1.
pub(super) fn broken() -> Known {
    known(1, |x| Some(if x[0] > 1.0 { f64::NAN } else { -1.0 }))
}

/// The whole budget as draws of `proposal`.
pub(super) fn weighed(problem: &Known, proposal: &Proposal, run: &Run<'_>) -> Result<Estimate, RareError> {
    let streams = run.key.purpose("importance");
    importance(run, |index| {
        let z = proposal.draw(&mut streams.stream(index));
        Ok((problem.evaluate(&z).map_err(RareError::Problem)?, proposal.ln_weight(&z)))
    })
}

/// A 95 % run with a budget.
pub(super) fn run(key: &StreamKey, max_evaluations: u64) -> Run<'_> {
    Run { key, max_evaluations, confidence: 0.95, monitor: &Silent }
}
