//! Subset simulation (Au & Beck, Probabilistic Engineering Mechanics 16 (2001) 263–277): the event as the last of nested
//! events, each a constant share of the one before, reached by Markov chains within it.
//!
//! The chains' moves adapt (Papaioannou, Betz, Zwirglmaier & Straub, Probabilistic Engineering Mechanics 41 (2015) 89–103):
//! tenth by tenth of a level's chains their step grows or shrinks towards the share of moves taken that mixes best. It is one
//! step for all scores: steps that follow each score's spread among the seeds, as in the paper, depend on the states they move,
//! and made a two-sided event of 100 scores 17 % too rare.
//!
//! Chained draws have no honest error of their own. The interval therefore rests on independent replicates of the whole
//! climb, whose estimates are close to lognormal. Chains start among permitted points and never leave them, so that the
//! product of the levels is P(event | requirements) as it stands.

use crate::base::stream::Stream;
use crate::stats::{lognormal_mean, mean, sd};

use super::batch::{check_run, evaluate, in_order, moved, normals, require};
use super::{Answer, Estimate, Level, Problem, RareError, Run};

/// Fewer replicates than this give no interval that holds what it says.
pub const REPLICATES_MIN: u32 = 8;
/// A level's threshold is a quantile of its own states, which makes an estimate too high (measured: 2 to 6 % at N = 1000
/// and 8 % at N = 500, on Φ(−4) and Φ(−5)). The bias stays small beside the interval while there are at least this many
/// states per replicate.
const STATES_PER_REPLICATE_MIN: u64 = 25;
/// Natural logs of the estimates that scatter more than this are not well described by their mean and variance.
const LOG_SD_MAX: f64 = 1.5;

/// The share of moves taken at which chains of such moves forget their seed fastest (Papaioannou et al. 2015).
const ACCEPTANCE: f64 = 0.44;
/// The step of a climb's first moves.
const FIRST_STEP: f64 = 0.6;
/// Parts of a level's chains after each of which the step is adapted.
const ADAPTIONS: u64 = 10;

/// Settings of [`subset()`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Subset {
    /// States per level of one replicate.
    pub states: u64,
    /// 1 / p0: how many states follow from each that is kept.
    pub chain_length: u64,
    /// Independent climbs, at least [`REPLICATES_MIN`].
    pub replicates: u32,
    /// Levels after which a climb gives up: p0 to this power is the smallest probability it can see.
    pub max_levels: u32,
}

impl Default for Subset {
    fn default() -> Self {
        Self { states: 1000, chain_length: 10, replicates: 10, max_levels: 12 }
    }
}

impl Subset {
    /// What suits a budget of evaluations: states so that all climbs of four levels can be paid, and as few climbs as an interval
    /// allows where the budget is small.
    pub fn within(budget: u64) -> Self {
        let plain = Self::default();
        let replicates = if budget < 20_000 { REPLICATES_MIN } else { plain.replicates };
        let states = budget / u64::from(replicates) / 4 / plain.chain_length * plain.chain_length;
        Self { states: states.clamp(250, 1_000), replicates, ..plain }
    }

    /// What suits a budget of evaluations that one climb alone may spend, for its states rather than for an estimate: five levels.
    pub fn climbing_once(budget: u64) -> Self {
        let plain = Self::default();
        let states = budget / 5 / plain.chain_length * plain.chain_length;
        Self { states: states.clamp(250, 1_000), ..plain }
    }

    fn check(&self) -> Result<(), RareError> {
        require(self.chain_length >= 2, "the chains must be at least 2 states long")?;
        let whole = self.states.is_multiple_of(self.chain_length) && self.seeds() >= 2;
        require(whole, "the states per level must be a multiple of the chain length, and at least twice it")?;
        require(self.replicates >= REPLICATES_MIN, "subset simulation needs at least 8 replicates for its interval")?;
        let unbiased = self.states >= STATES_PER_REPLICATE_MIN * u64::from(self.replicates);
        require(unbiased, "the states per level must be at least 25 times the replicates; raise the states instead")?;
        require(self.max_levels >= 1, "subset simulation needs at least one level")
    }

    fn seeds(&self) -> u64 {
        self.states / self.chain_length
    }
}

/// Subset simulation with an interval from independent replicates. A climb costs `states` evaluations and
/// `states` · (1 − p0) for every further level; an estimate that the budget cannot finish is refused.
///
/// # Errors
/// [`RareError`]: the problem's own, a setting out of range, or stopped.
pub fn subset(problem: &dyn Problem, settings: &Subset, run: &Run<'_>) -> Result<Estimate, RareError> {
    check_run(run)?;
    settings.check()?;
    let mut climb =
        Climb { problem, settings, run, replicate: 0, evaluations: 0, levels: Vec::new(), step: FIRST_STEP };
    let mut estimates = Vec::new();
    let mut hits = 0;
    let mut refused = None;
    for replicate in 0..settings.replicates {
        climb.replicate = replicate;
        climb.step = FIRST_STEP;
        match climb.climb()? {
            Ok((probability, found)) => {
                estimates.push(probability);
                hits += found.len() as u64;
            }
            Err(sentence) => {
                refused = Some(sentence);
                break;
            }
        }
    }
    let relative = sd(&estimates) / mean(&estimates);
    let answer = match refused {
        Some(sentence) => Err(sentence),
        None => answer(&estimates, run.confidence),
    };
    Ok(Estimate {
        answer,
        evaluations: climb.evaluations,
        hits,
        ess_hits: if relative > 0.0 { estimates.len() as f64 / (relative * relative) } else { 0.0 },
        notes: climb.notes(),
        levels: climb.levels,
        replicates: estimates,
    })
}

/// Points in the event, for looking at: the last states of one climb.
#[derive(Clone, Debug, PartialEq)]
pub struct States {
    /// Scores, deepest in the event first. Neighbours in a chain are alike.
    pub points: Vec<Vec<f64>>,
    /// Evaluations of the problem that were spent.
    pub evaluations: u64,
}

/// Climbs once and keeps the states in which the event happens.
///
/// # Errors
/// [`RareError`]; where the climb did not reach the event, [`RareError::Problem`] says why.
pub fn states(problem: &dyn Problem, settings: &Subset, run: &Run<'_>) -> Result<States, RareError> {
    check_run(run)?;
    settings.check()?;
    let mut climb =
        Climb { problem, settings, run, replicate: 0, evaluations: 0, levels: Vec::new(), step: FIRST_STEP };
    let (_, found) = climb.climb()?.map_err(RareError::Problem)?;
    Ok(States { points: found.into_iter().map(|state| state.z).collect(), evaluations: climb.evaluations })
}

fn answer(estimates: &[f64], confidence: f64) -> Result<Answer, String> {
    let logs: Vec<f64> = estimates.iter().map(|estimate| libm::log(*estimate)).collect();
    let scatter = sd(&logs);
    if scatter > LOG_SD_MAX {
        let factor = libm::exp(scatter);
        return Err(format!("the replicates differ by a factor of {factor:.1} up and down; raise the budget"));
    }
    let interval = lognormal_mean(&logs, confidence).ok_or("too few replicates for an interval")?;
    let (low, high) = (interval.low.min(1.0), interval.high.min(1.0));
    let probability = mean(estimates).clamp(low, high);
    Ok(Answer { probability, low, high, confidence, method: "lognormal replicates (Cox, Student's t)" })
}

/// One state of a chain.
#[derive(Clone, Debug)]
struct State {
    z: Vec<f64>,
    margin: f64,
}

/// The probability that a climb came to and its states in the event, deepest first; or why it ended.
type Climbed = Result<(f64, Vec<State>), String>;

/// The first level's states, the share permitted and the evaluations spent; or why there are none.
type Started = Result<(Vec<State>, f64, u64), String>;

struct Climb<'a> {
    problem: &'a dyn Problem,
    settings: &'a Subset,
    run: &'a Run<'a>,
    replicate: u32,
    evaluations: u64,
    levels: Vec<Level>,
    /// s of the moves z' = √(1 − s²) z + s ξ.
    step: f64,
}

impl Climb<'_> {
    fn climb(&mut self) -> Result<Climbed, RareError> {
        let (mut states, mut acceptance, mut spent) = match self.first_states()? {
            Ok(first) => first,
            Err(sentence) => return Ok(Err(sentence)),
        };
        let share = 1.0 / self.settings.chain_length as f64;
        let mut probability = 1.0;
        for number in 0..self.settings.max_levels {
            // Stable: states with the same margin stay in the order of their chains.
            states.sort_by(|a, b| b.margin.total_cmp(&a.margin));
            let hits = states.partition_point(|state| state.margin >= 0.0) as u64;
            let done = hits >= self.settings.seeds();
            let threshold = if done { 0.0 } else { self.threshold(&states) };
            let reached = if done { hits as f64 / states.len() as f64 } else { share };
            let level = Level {
                replicate: self.replicate,
                threshold,
                share: reached,
                acceptance,
                evaluations: spent,
                proposal: None,
            };
            self.levels.push(level);
            probability *= reached;
            if done {
                states.truncate(hits as usize);
                return Ok(Ok((probability, states)));
            }
            if let Some(sentence) = tie(&states, threshold) {
                return Ok(Err(sentence));
            }
            states.truncate(self.settings.seeds() as usize);
            spent = self.settings.states - self.settings.seeds();
            if let Some(sentence) = self.spend(spent) {
                return Ok(Err(sentence));
            }
            (states, acceptance) = self.walk(&states, threshold, number + 1)?;
        }
        let least = libm::pow(share, f64::from(self.settings.max_levels));
        Ok(Err(format!(
            "no event within {} levels: its probability is below about {least:.0e}, or the margin does not \
                        lead to it",
            self.settings.max_levels
        )))
    }

    fn threshold(&self, sorted: &[State]) -> f64 {
        let last_kept = self.settings.seeds().saturating_sub(1) as usize;
        sorted.get(last_kept).map_or(f64::NEG_INFINITY, |state| state.margin)
    }

    /// Independent permitted points, with the share permitted and the evaluations spent. Every round draws as many
    /// as are still missing, so that no evaluation is made in vain.
    fn first_states(&mut self) -> Result<Started, RareError> {
        let purpose = format!("subset {} level 0", self.replicate);
        let (mut states, mut drawn) = (Vec::new(), 0_u64);
        while (states.len() as u64) < self.settings.states {
            let missing = self.settings.states - states.len() as u64;
            if let Some(sentence) = self.spend(missing) {
                return Ok(Err(sentence));
            }
            let from = drawn;
            let round = in_order(self.run, &self.stage(0), missing, |index| {
                let mut stream = self.run.key.stream(&purpose, from + index);
                let z = normals(&mut stream, self.problem.dimensions());
                let outcome = evaluate(self.problem, &z)?;
                Ok(outcome.margin().map(|margin| State { z, margin }))
            })?;
            drawn += missing;
            states.extend(round.into_iter().flatten());
        }
        let permitted = states.len() as f64 / drawn as f64;
        Ok(Ok((states, permitted, drawn)))
    }

    /// Takes `evaluations` from the budget, or says that it does not hold them.
    fn spend(&mut self, evaluations: u64) -> Option<String> {
        if self.evaluations + evaluations > self.run.max_evaluations {
            let climbs = self.settings.replicates;
            return Some(format!(
                "the budget of {} evaluations ended in climb {} of {climbs}; raise it",
                self.run.max_evaluations,
                self.replicate + 1
            ));
        }
        self.evaluations += evaluations;
        None
    }

    /// A chain from every seed, each seed its first state; with the share of moves that were taken.
    fn walk(&mut self, seeds: &[State], threshold: f64, level: u32) -> Result<(Vec<State>, f64), RareError> {
        let streams = self.run.key.purpose(&format!("subset {} level {level}", self.replicate));
        // Seeds come sorted: the first tenth would be the deepest, whose chains move most freely.
        let mut order: Vec<usize> = (0..seeds.len()).collect();
        streams.stream(u64::MAX).shuffle(&mut order);
        let part = order.len().div_ceil(ADAPTIONS as usize).max(1);
        let (mut states, mut taken) = (Vec::with_capacity(self.settings.states as usize), 0_u64);
        for (number, part) in (1_u64..).zip(order.chunks(part)) {
            let chains = in_order(self.run, &self.stage(level), part.len() as u64, |at| {
                let seed = part.get(at as usize).copied().unwrap_or(0);
                match seeds.get(seed) {
                    Some(first) => self.chain(first, threshold, &mut streams.stream(seed as u64)),
                    None => Ok((Vec::new(), 0)),
                }
            })?;
            let moved: u64 = chains.iter().map(|(_, moved)| moved).sum();
            taken += moved;
            let moves = part.len() as u64 * (self.settings.chain_length - 1);
            let excess = moved as f64 / moves as f64 - ACCEPTANCE;
            self.step = (self.step * libm::exp(excess / libm::sqrt(number as f64))).min(1.0);
            states.extend(chains.into_iter().flat_map(|(chain, _)| chain));
        }
        let moves = states.len().saturating_sub(seeds.len());
        Ok((states, taken as f64 / moves as f64))
    }

    /// A chain that begins with `first` and never leaves the event of `threshold`; with the moves that were taken.
    fn chain(&self, first: &State, threshold: f64, stream: &mut Stream) -> Result<(Vec<State>, u64), RareError> {
        let (mut chain, mut current, mut taken) = (vec![first.clone()], first.clone(), 0);
        for _ in 1..self.settings.chain_length {
            if self.run.monitor.stopped() {
                return Err(RareError::Stopped);
            }
            let z = moved(&current.z, self.step, stream);
            let margin = evaluate(self.problem, &z)?.margin().filter(|margin| *margin >= threshold);
            if let Some(margin) = margin {
                current = State { z, margin };
                taken += 1;
            }
            chain.push(current.clone());
        }
        Ok((chain, taken))
    }

    fn stage(&self, level: u32) -> String {
        format!("Climb {} of {}, level {level}", self.replicate + 1, self.settings.replicates)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let first = self.levels.iter().filter(|level| level.evaluations >= self.settings.states);
        let (climbs, drawn) =
            first.fold((0_u64, 0_u64), |(climbs, drawn), level| (climbs + 1, drawn + level.evaluations));
        let permitted = climbs * self.settings.states;
        if permitted < drawn {
            let percent = 100.0 * permitted as f64 / drawn as f64;
            notes.push(format!("the requirements permit {percent:.3} % of the draws; only those count"));
        }
        let stuck =
            self.levels.iter().filter(|level| level.acceptance < 0.1 && level.evaluations < self.settings.states);
        if stuck.count() > 0 {
            notes.push(
                "fewer than a tenth of the chains' moves were taken at some level, however small their steps; raise the states \
                 per level"
                    .to_owned(),
            );
        }
        notes
    }
}

/// Different points with the very margin of the threshold: the next event is then not the share that it is taken for.
/// (A chain that stays repeats its point; that is no tie.)
fn tie(sorted: &[State], threshold: f64) -> Option<String> {
    let from = sorted.partition_point(|state| state.margin > threshold);
    let tied: Vec<&State> = sorted.iter().skip(from).take_while(|state| state.margin == threshold).collect();
    let first = tied.first()?;
    tied.iter().any(|state| state.z != first.z).then(|| {
        format!(
            "{} different points share the margin {threshold}: subset simulation needs a margin that varies continuously; \
             use a measure without steps, or crude or importance sampling",
            tied.len()
        )
    })
}
