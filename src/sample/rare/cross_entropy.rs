//! Multilevel cross-entropy: learn a proposal from the best of each level, then weigh fresh draws of it.
//!
//! The levels follow Homem-de-Mello (INFORMS J. Computing 19 (2007) 381–394). The proposal is a Gaussian mixture, because a
//! single Gaussian settles on one branch of an event that has several, and says nothing about it; and each level is fitted
//! to the best of all draws so far, weighed against all their proposals together (the balance heuristic of Veach & Guibas,
//! SIGGRAPH 1995), because a fit to the newest level alone forgot a branch in one run of ten. The estimate uses only
//! the last run, whose draws no fit has seen: whatever the fit learned, it is unbiased, and the fit decides its spread only.
//! A branch that no level has seen is met by the proposal's component about the middle, where directions are few; where it
//! is not, the defensive share is there to show it as a heavy draw.

use crate::sample::weights::{Normalisation, effective_sample_size, self_normalised};

use super::batch::{check_run, evaluate, in_order, normals, require};
use super::fit::{Fitting, Point, fit, ways};
use super::importance::Moments;
use super::proposal::ln_sum_exp;
use super::{Drawn, Estimate, Level, Outcome, Problem, Proposal, RareError, Run};

/// Fewer permitted draws in a level, or best ones worth fewer equal ones, give nothing to fit.
const FIT_MIN: f64 = 10.0;
/// Levels in a row that may fail to climb.
const STALLS_MAX: u32 = 3;

/// Settings of [`cross_entropy()`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrossEntropy {
    /// Draws per level.
    pub level_draws: u64,
    /// ρ: the share of a level's permitted draws that the next proposal is fitted to.
    pub elite_share: f64,
    /// ε: the share of the nominal in every proposal, above 0.
    pub defensive: f64,
    /// No component is narrower than this in any score: too narrow costs far more than too wide.
    pub sd_floor: f64,
    /// The most components of the mixture.
    pub components: usize,
    /// Levels after which the climb gives up.
    pub max_levels: u32,
    /// Draws of the last run, which the estimate rests on; down to half as many where the levels took the rest of the budget.
    pub final_draws: u64,
}

impl Default for CrossEntropy {
    fn default() -> Self {
        Self {
            level_draws: 2000,
            elite_share: 0.1,
            defensive: 0.1,
            sd_floor: 0.8,
            components: 6,
            max_levels: 20,
            final_draws: 10_000,
        }
    }
}

impl CrossEntropy {
    /// What suits a budget of evaluations: a tenth of it a level, so that six levels and the last run, four tenths, can be paid, or
    /// eight and half of it. A proposal is fitted to 100 draws of a level where that is a quarter of them or less: fitted to fewer
    /// it forgets branches.
    pub fn within(budget: u64) -> Self {
        let level_draws = (budget / 10).clamp(200, 2_000);
        let elite_share = (100.0 / level_draws as f64).clamp(0.1, 0.25);
        let final_draws = (budget / 5 * 2).clamp(200, 20_000);
        Self { level_draws, elite_share, final_draws, ..Self::default() }
    }

    fn check(&self) -> Result<(), RareError> {
        require(self.elite_share > 0.0 && self.elite_share < 1.0, "the share of the best must lie between 0 and 1")?;
        let enough = self.level_draws as f64 * self.elite_share >= 2.0 * FIT_MIN;
        require(
            enough,
            "a level's best must be at least 20 draws; raise the draws per level or the share of the best",
        )?;
        require(self.defensive > 0.0 && self.defensive < 1.0, "the defensive share must lie between 0 and 1")?;
        require(
            self.sd_floor > 0.0 && self.sd_floor <= 1.0,
            "the floor of the spread must lie above 0 and at most at 1",
        )?;
        require((1..=16).contains(&self.components), "a mixture has 1 to 16 components")?;
        require(self.max_levels >= 1 && self.final_draws >= 1, "cross-entropy needs a level and a last run")
    }
}

/// Learns a proposal and estimates with fresh draws of it. Where the requirements refuse draws, P(event and requirements)
/// from the last run is divided by the permitted share of the first level, which is drawn from the nominal.
///
/// # Errors
/// [`RareError`]: the problem's own, a setting out of range, or stopped.
pub fn cross_entropy(problem: &dyn Problem, settings: &CrossEntropy, run: &Run<'_>) -> Result<Estimate, RareError> {
    check_run(run)?;
    settings.check()?;
    let mut learner =
        Learner { problem, settings, run, evaluations: 0, levels: Vec::new(), pool: Vec::new(), permitted: (0, 0) };
    match learner.learn()? {
        Ok(proposal) => learner.estimate(&proposal),
        Err(sentence) => Ok(learner.finish(Err(sentence), 0, 0.0, Vec::new())),
    }
}

/// What was learned, for drawing from.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// The last level's proposal: its draws carry exact weights.
    pub proposal: Proposal,
    /// Evaluations of the problem that were spent.
    pub evaluations: u64,
}

/// Learns a proposal without estimating anything.
///
/// # Errors
/// [`RareError`]; where nothing could be learned, [`RareError::Problem`] says why.
pub fn learn(problem: &dyn Problem, settings: &CrossEntropy, run: &Run<'_>) -> Result<Learned, RareError> {
    check_run(run)?;
    settings.check()?;
    let mut learner =
        Learner { problem, settings, run, evaluations: 0, levels: Vec::new(), pool: Vec::new(), permitted: (0, 0) };
    let proposal = learner.learn()?.map_err(RareError::Problem)?;
    Ok(Learned { proposal, evaluations: learner.evaluations })
}

struct Learner<'a> {
    problem: &'a dyn Problem,
    settings: &'a CrossEntropy,
    run: &'a Run<'a>,
    evaluations: u64,
    levels: Vec<Level>,
    /// The permitted draws of all levels so far.
    pool: Vec<PoolDraw>,
    /// Permitted and all draws of the first level.
    permitted: (u64, u64),
}

/// A permitted draw of a level.
struct PoolDraw {
    z: Vec<f64>,
    margin: f64,
    /// ln Σ (proposal / nominal) at it, over the proposals of all levels so far.
    ln_pool: f64,
}

impl Learner<'_> {
    /// The proposal of the last level, or why there is none.
    fn learn(&mut self) -> Result<Result<Proposal, String>, RareError> {
        let mut proposals: Vec<Proposal> = Vec::new();
        let (mut highest, mut stalls) = (f64::NEG_INFINITY, 0);
        for number in 0..self.settings.max_levels {
            if let Some(sentence) = self.spend(self.settings.level_draws) {
                return Ok(Err(sentence));
            }
            let draws = self.level(number, &proposals)?;
            let permitted = draws.len() as u64;
            if number == 0 {
                self.permitted = (permitted, self.settings.level_draws);
            }
            let threshold = threshold(&draws, self.settings.elite_share);
            let best = draws.iter().filter(|draw| draw.margin >= threshold).count();
            let share = best as f64 / draws.len().max(1) as f64;
            self.pool.extend(draws);
            let (next, ess) = match self.fit(number, threshold)? {
                Ok(fitted) => fitted,
                Err(sentence) => return Ok(Err(sentence)),
            };
            self.record(threshold, share, (permitted, self.settings.level_draws), Some(next.clone()));
            let reached = threshold >= 0.0;
            // The way to an event that n points tell among d scores is off by chance, which alone spreads the logarithms of the
            // hits' weights with a variance of about d / n. Beyond 1 the heaviest are seldom drawn and what is shown is too low.
            let wanted = self.problem.dimensions();
            if reached && ess >= wanted as f64 {
                return Ok(Ok(next));
            }
            // The last run stays whole: cut short, only runs that missed the heaviest weights would have hits enough to be shown.
            if reached && self.left() < self.settings.level_draws + self.settings.final_draws {
                return Ok(Err(format!(
                    "the draws that the way to the event was learned from are worth {ess:.0} equal ones, and among {wanted} scores \
                     it takes as many to tell it; raise the budget"
                )));
            }
            stalls = if reached || threshold > highest { 0 } else { stalls + 1 };
            if stalls >= STALLS_MAX {
                return Ok(Err(format!(
                    "the margin stays at {highest}: it does not lead to the event; use a measure without steps, or crude or \
                     importance sampling"
                )));
            }
            highest = highest.max(threshold);
            self.pool.iter_mut().for_each(|draw| draw.ln_pool = ln_sum_exp(&[draw.ln_pool, -next.ln_weight(&draw.z)]));
            proposals.push(next);
        }
        let levels = self.settings.max_levels;
        Ok(Err(format!("no event within {levels} levels; raise the budget, or the margin does not lead to it")))
    }

    /// The permitted draws of a level: of the newest proposal, or of the nominal at first.
    fn level(&self, number: u32, proposals: &[Proposal]) -> Result<Vec<PoolDraw>, RareError> {
        let streams = self.run.key.purpose(&format!("ce level {number}"));
        let stage = format!("Learning, level {number}");
        let draws = in_order(self.run, &stage, self.settings.level_draws, |index| {
            let mut stream = streams.stream(index);
            let z = match proposals.last() {
                Some(proposal) => proposal.draw(&mut stream),
                None => normals(&mut stream, self.problem.dimensions()),
            };
            let outcome = evaluate(self.problem, &z)?;
            // The nominal itself is the first level's proposal: its ratio is 1.
            let ratios = proposals.iter().map(|proposal| -proposal.ln_weight(&z));
            let ln_pool = ln_sum_exp(&core::iter::once(0.0).chain(ratios).collect::<Vec<_>>());
            Ok(outcome.margin().map(|margin| PoolDraw { z, margin, ln_pool }))
        })?;
        Ok(draws.into_iter().flatten().collect())
    }

    /// The proposal that suits all draws so far that reach `threshold`, and what those are worth; or why there is none.
    fn fit(&self, number: u32, threshold: f64) -> Result<Result<(Proposal, f64), String>, RareError> {
        let best: Vec<&PoolDraw> = self.pool.iter().filter(|draw| draw.margin >= threshold).collect();
        let ln_weights: Vec<f64> = best.iter().map(|draw| -draw.ln_pool).collect();
        let ess = effective_sample_size(&ln_weights);
        if ess < FIT_MIN {
            return Ok(Err(format!(
                "the best of the {} permitted draws are worth {ess:.1} equal ones, too few to learn from; raise the draws \
                 per level",
                self.pool.len()
            )));
        }
        let weights = self_normalised(&ln_weights);
        let points = best.iter().zip(weights).map(|(draw, weight)| Point { z: draw.z.clone(), weight });
        let purpose = format!("ce level {number} fit");
        let CrossEntropy { components: most, sd_floor, defensive, .. } = *self.settings;
        let proposal =
            fit(&points.collect::<Vec<_>>(), ess, Fitting { most, sd_floor, defensive }, self.run, &purpose)?;
        Ok(Ok((proposal, ess)))
    }

    /// The last run. Its draws and the first level's are independent, so that relative variances add.
    fn estimate(mut self, proposal: &Proposal) -> Result<Estimate, RareError> {
        let draws = self.settings.final_draws.min(self.left().max(self.settings.final_draws / 2));
        if let Some(sentence) = self.spend(draws) {
            return Ok(self.finish(Err(sentence), 0, 0.0, Vec::new()));
        }
        let streams = self.run.key.purpose("ce final");
        let drawn = in_order(self.run, "Weighing draws", draws, |index| {
            let z = proposal.draw(&mut streams.stream(index));
            Ok((evaluate(self.problem, &z)?, proposal.ln_weight(&z)))
        })?;
        let weighed = drawn.iter().map(|(outcome, ln)| Drawn { hit: outcome.hit(), ln_weight: *ln });
        let (mut moments, mut notes) = Moments::of(&weighed.collect::<Vec<_>>(), Normalisation::Known);
        let hits = drawn.iter().filter(|(outcome, _)| outcome.hit()).count() as u64;
        let permitted = drawn.iter().filter(|(outcome, _)| *outcome != Outcome::Forbidden).count() as u64;
        self.record(0.0, hits as f64 / permitted.max(1) as f64, (permitted, draws), None);
        let (met, tried) = self.permitted;
        if met < tried {
            let share = met as f64 / tried as f64;
            moments = moments.divided(share, (1.0 - share) / met as f64);
            let percent = 100.0 * share;
            notes.push(format!(
                "the requirements permit {percent:.3} % of the nominal; the result is given that they hold"
            ));
        }
        if ways(proposal) == 1 && proposal.dimensions() > 1 {
            notes.push(
                "one way to the event was learned; an event with several, where the margin leads to one only, is \
                 underestimated: compare with subset simulation"
                    .to_owned(),
            );
        }
        let answer = moments.answer(self.run.confidence);
        Ok(self.finish(answer, hits, moments.ess_hits, notes))
    }

    fn left(&self) -> u64 {
        self.run.max_evaluations - self.evaluations
    }

    fn spend(&mut self, evaluations: u64) -> Option<String> {
        if self.evaluations + evaluations > self.run.max_evaluations {
            let budget = self.run.max_evaluations;
            return Some(format!("the budget of {budget} evaluations ended at level {}; raise it", self.levels.len()));
        }
        self.evaluations += evaluations;
        None
    }

    /// Keeps a level of so many permitted draws of all its draws.
    fn record(&mut self, threshold: f64, share: f64, (permitted, evaluations): (u64, u64), proposal: Option<Proposal>) {
        let acceptance = permitted as f64 / evaluations as f64;
        self.levels.push(Level { replicate: 0, threshold, share, acceptance, evaluations, proposal });
    }

    fn finish(self, answer: Result<super::Answer, String>, hits: u64, ess_hits: f64, notes: Vec<String>) -> Estimate {
        let (evaluations, levels) = (self.evaluations, self.levels);
        Estimate { answer, evaluations, hits, ess_hits, notes, levels, replicates: Vec::new() }
    }
}

/// The margin that the best share of the draws reaches; 0 once that lies within the event.
fn threshold(draws: &[PoolDraw], share: f64) -> f64 {
    let mut margins: Vec<f64> = draws.iter().map(|draw| draw.margin).collect();
    margins.sort_by(|a, b| b.total_cmp(a));
    let best = libm::ceil(share * margins.len() as f64) as usize;
    margins.get(best.saturating_sub(1)).map_or(f64::NEG_INFINITY, |margin| margin.min(0.0))
}
