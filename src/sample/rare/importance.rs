//! Importance sampling: draws of a proposal, weighed back to the nominal.
//!
//! The limits below were chosen by simulation (`coverage_tests`): where a number is shown, its 95 % interval holds the
//! truth in at least 93.5 % of the repetitions, also for proposals that miss the event's centre.

use crate::sample::weights::{self, Normalisation};
use crate::stats::weighted_count;

use super::batch::{check_run, checked, in_order};
use super::counts::Counts;
use super::{Answer, Estimate, Outcome, RareError, Run};

/// Below this effective number of hits no interval that was tried covers well under a proposal that is off centre.
pub const ESS_HITS_MIN: f64 = 30.0;
/// One draw that carries more of the sum than this says that others like it were missed. (It also leaves fewer than
/// [`ESS_HITS_MIN`] effective hits; this says why, and that more of the same draws are not the cure.)
pub const LARGEST_SHARE_MAX: f64 = 0.25;

/// One draw of a proposal, as far as an estimate needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// The event happened.
    pub hit: bool,
    /// ln (nominal density / proposal density).
    pub ln_weight: f64,
}

/// The probability of a hit from independent draws. With [`Normalisation::Known`] the draws are all that were drawn (what
/// the requirements refuse is no hit) and the result is P(event and requirements); with
/// [`Normalisation::SelfNormalised`] they are the permitted ones and the result is P(event | requirements).
///
/// This is the only door for draws from elsewhere, and it looks at the weights itself: draws that all weigh 1 (or, self-normalised, all
/// the same) are counted exactly, any others are weighed.
pub fn weigh(draws: &[Drawn], normalisation: Normalisation, confidence: f64) -> Estimate {
    let common = match normalisation {
        Normalisation::Known => Some(0.0),
        Normalisation::SelfNormalised => draws.first().map(|draw| draw.ln_weight).filter(|ln| ln.is_finite()),
    };
    let hits = draws.iter().filter(|draw| draw.hit).count() as u64;
    if draws.iter().all(|draw| Some(draw.ln_weight) == common) {
        let n = draws.len() as u64;
        return Counts { hits, permitted: n, draws: n }.estimate(confidence);
    }
    let (moments, mut notes) = Moments::of(draws, normalisation);
    if normalisation == Normalisation::SelfNormalised {
        notes.push("the requirements' share is not known: weights are divided by their sum".to_owned());
    }
    Estimate {
        answer: moments.answer(confidence),
        evaluations: draws.len() as u64,
        hits,
        ess_hits: moments.ess_hits,
        notes,
        levels: Vec::new(),
        replicates: Vec::new(),
    }
}

/// Importance sampling with the whole budget: `draw` says what happens at an index and ln (nominal / proposal) there. Where
/// the requirements refuse no draw the weights' constant is known; otherwise the result is self-normalised over the permitted
/// draws, and a note says so.
///
/// # Errors
/// [`RareError`]: the draws' own, a setting out of range, or stopped.
pub fn importance(
    run: &Run<'_>,
    draw: impl Fn(u64) -> Result<(Outcome, f64), RareError> + Sync,
) -> Result<Estimate, RareError> {
    check_run(run)?;
    let drawn = in_order(run, "Weighing draws of the proposals", run.max_evaluations, |index| {
        let (outcome, ln_weight) = draw(index)?;
        Ok((checked(outcome)?, ln_weight))
    })?;
    let weighted = |(outcome, ln_weight): &(Outcome, f64)| {
        outcome.margin().map(|_| Drawn { hit: outcome.hit(), ln_weight: *ln_weight })
    };
    let permitted: Vec<Drawn> = drawn.iter().filter_map(weighted).collect();
    let normalisation =
        if permitted.len() == drawn.len() { Normalisation::Known } else { Normalisation::SelfNormalised };
    if permitted.is_empty() {
        return Ok(Counts { hits: 0, permitted: 0, draws: drawn.len() as u64 }.estimate(run.confidence));
    }
    let mut estimate = weigh(&permitted, normalisation, run.confidence);
    estimate.evaluations = drawn.len() as u64;
    Ok(estimate)
}

/// What the interval of a weighted probability rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moments {
    /// The estimate.
    pub(super) value: f64,
    /// Its variance.
    pub(super) variance: f64,
    /// What the heaviest hit adds to the estimate.
    pub(super) largest: f64,
    /// Effective number of hits.
    pub(super) ess_hits: f64,
    /// Draws.
    pub(super) draws: u64,
}

impl Moments {
    /// The moments of weighted draws, with a note where draws count nothing.
    pub(super) fn of(draws: &[Drawn], normalisation: Normalisation) -> (Self, Vec<String>) {
        let hits: Vec<bool> = draws.iter().map(|draw| draw.hit).collect();
        let ln_weights: Vec<f64> = draws.iter().map(|draw| draw.ln_weight).collect();
        let all = weights::WeightSummary::of(&ln_weights);
        let ln_hits: Vec<f64> = draws.iter().filter(|draw| draw.hit).map(|draw| draw.ln_weight).collect();
        let share = weights::WeightSummary::of(&ln_hits).largest_share;
        let (value, error, ess_hits) = weights::estimate(&hits, &ln_weights, normalisation)
            .map_or((0.0, 0.0, 0.0), |got| (got.value, got.standard_error, got.ess_hits));
        let zero = all.zero;
        let notes =
            if zero > 0 { vec![format!("{zero} draws weigh nothing: the nominal never draws them")] } else { vec![] };
        let (variance, draws) = (error * error, draws.len() as u64);
        (Self { value, variance, largest: value * share, ess_hits, draws }, notes)
    }

    /// The moments of the estimate divided by an independent share with relative variance `relative_variance`.
    pub(super) fn divided(self, share: f64, relative_variance: f64) -> Self {
        let value = self.value / share;
        let variance = self.variance / (share * share) + value * value * relative_variance;
        Self { value, variance, largest: self.largest / share, ..self }
    }

    /// The number with its interval, or why there is none.
    pub(super) fn answer(&self, confidence: f64) -> Result<Answer, String> {
        let Self { value, variance, largest, ess_hits, draws } = *self;
        if value <= 0.0 {
            return Err(format!(
                "none of {draws} weighted draws hit; move the proposal towards the event or learn one by cross-entropy"
            ));
        }
        let share = largest / value;
        if share > LARGEST_SHARE_MAX {
            return Err(format!(
                "one draw carries {:.0} % of the sum, so the proposal misses part of the event; widen it, or give it a \
                 larger defensive share",
                100.0 * share
            ));
        }
        if ess_hits < ESS_HITS_MIN {
            let more = libm::ceil(draws as f64 * (ESS_HITS_MIN / ess_hits - 1.0));
            return Err(format!(
                "the hits are worth {ess_hits:.1} equal ones and a trustworthy interval needs {ESS_HITS_MIN:.0}; \
                 draw about {more:.0} more, or move the proposal"
            ));
        }
        let interval = weighted_count(value, variance, largest, confidence);
        let (low, high) = (interval.low.max(0.0), interval.high.min(1.0));
        Ok(Answer { probability: value, low, high, confidence, method: "gamma for weighted hits (Fay–Feuer)" })
    }
}
