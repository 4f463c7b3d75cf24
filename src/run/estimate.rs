//! How probable a family's rare event is in reality: the estimators of `sample::rare`, asked about a family.
//!
//! Where the event can be told from a draw's values alone, nothing is simulated; else every evaluation is an episode.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use crate::base::special::normal_cdf;
use crate::base::text::in_sentence_case;
use crate::base::{Monitor, Note, StreamKey};
use crate::family::plan::{From, Inputs};
use crate::family::{Expression, Family, Formula, Plan};
use crate::sample::rare::{
    self, CrossEntropy, Estimate, Measured, MeasuredProblem, Outcome, Problem, RareError, Run, Subset,
};
use crate::sample::{Draw, rare::defensive_ln_weight};
use crate::study::Study;
use crate::world::Simulator;

use super::table_file::{TableFile, Values};
use super::{RunError, check};

/// A way to estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimator {
    /// Counting draws of the nominal.
    Crude,
    /// Weighing draws of the family's proposals.
    Importance,
    /// Learning a proposal first.
    CrossEntropy,
    /// Climbing level by level.
    Subset,
}

impl Estimator {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Crude, Self::Importance, Self::CrossEntropy, Self::Subset];

    /// Its name for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Crude => "crude Monte Carlo",
            Self::Importance => "importance sampling",
            Self::CrossEntropy => "cross-entropy",
            Self::Subset => "subset simulation",
        }
    }
}

/// What is to be estimated, and at what cost.
#[derive(Clone, Debug, PartialEq)]
pub struct EstimateRequest {
    /// The family's id.
    pub family: String,
    /// The event as an expression over parameters and measures; the family's rare event where left out.
    pub event: Option<String>,
    /// The ways, in order.
    pub estimators: Vec<Estimator>,
    /// Most evaluations of each; a sensible number where left out.
    pub budget: Option<u64>,
    /// Share of the nominal in the draws of importance sampling, 0 to 1.
    pub defensive: f64,
    /// Confidence of the intervals.
    pub confidence: f64,
}

/// Share of the nominal in the draws of importance sampling that serves most families.
pub const DEFENSIVE: f64 = 0.1;

/// Evaluations where a simulation is needed, and where it is not. Half as many let three of the four methods refuse at an event of
/// 1 in 10,000; these take about a minute and a half of processor time a method.
pub const BUDGET_SIMULATED: u64 = 8_000;
/// See [`BUDGET_SIMULATED`].
pub const BUDGET_COMPUTED: u64 = 100_000;

/// The answers.
#[derive(Debug)]
pub struct Estimated {
    /// What was asked for, as an expression.
    pub event: String,
    /// Whether episodes were simulated.
    pub simulated: bool,
    /// Most evaluations of each estimator.
    pub budget: u64,
    /// One an estimator.
    pub answers: Vec<(Estimator, Result<Estimate, RareError>)>,
}

/// Estimates with every asked-for method.
///
/// # Errors
/// When the family has errors, the event is none, or the watcher stops.
pub fn estimate(study: &Study, request: &EstimateRequest, monitor: &dyn Monitor) -> Result<Estimated, RunError> {
    let family = check::usable_family(study, &request.family)?;
    if !(request.defensive > 0.0 && request.defensive < 1.0) {
        let text = format!("the defensive share is {}; choose above 0 and below 1, such as 0.1", request.defensive);
        return Err(RunError::Request(text));
    }
    let problem = FamilyProblem::new(&family, request.event.as_deref())?;
    let simulated = problem.is_simulated();
    let budget = request.budget.unwrap_or(if simulated { BUDGET_SIMULATED } else { BUDGET_COMPUTED });
    let key = StreamKey::new(study.seed, &family.id);
    let mut answers = Vec::with_capacity(request.estimators.len());
    for estimator in &request.estimators {
        let monitor = &Named { method: estimator.words(), monitor };
        let run = Run { key: &key, max_evaluations: budget, confidence: request.confidence, monitor };
        let answer = match estimator {
            Estimator::Crude => rare::crude(&problem, &run),
            Estimator::Importance => importance(&problem, request.defensive, &run),
            Estimator::CrossEntropy => rare::cross_entropy(&problem, &CrossEntropy::within(budget), &run),
            Estimator::Subset => rare::subset(&problem, &Subset::within(budget), &run),
        };
        if answer == Err(RareError::Stopped) {
            return Err(RunError::Stopped);
        }
        answers.push((*estimator, answer));
    }
    Ok(Estimated { event: problem.event, simulated, budget, answers })
}

/// Says with every step which method it is of.
struct Named<'a> {
    method: &'static str,
    monitor: &'a dyn Monitor,
}

impl Monitor for Named<'_> {
    fn step(&self, stage: &str, done: u64, total: u64) {
        let named = format!("{} · {}", in_sentence_case(self.method), stage.to_lowercase());
        self.monitor.step(&named, done, total);
    }

    fn note(&self, note: Note) {
        self.monitor.note(note);
    }

    fn stopped(&self) -> bool {
        self.monitor.stopped()
    }
}

/// The answers as one JSON object; a number that was refused is null.
pub fn json(request: &EstimateRequest, found: &Estimated) -> serde_json::Value {
    let one = |(estimator, answer): &(Estimator, Result<Estimate, RareError>)| match answer {
        Err(error) => json!({ "method": estimator.words(), "error": error.to_string() }),
        Ok(estimate) => {
            let shown = estimate.answer.as_ref().ok();
            let levels = estimate.levels.iter().map(|level| {
                json!({ "replicate": level.replicate, "threshold": level.threshold, "share": level.share,
                        "acceptance": level.acceptance, "evaluations": level.evaluations })
            });
            json!({
                "method": estimator.words(), "probability": shown.map(|answer| answer.probability),
                "low": shown.map(|answer| answer.low), "high": shown.map(|answer| answer.high),
                "confidence": request.confidence, "interval": shown.map(|answer| answer.method),
                "refused": estimate.answer.as_ref().err(), "hits": estimate.hits,
                "effective_hits": Some(estimate.ess_hits).filter(|ess| ess.is_finite()),
                "evaluations": estimate.evaluations, "notes": estimate.notes, "levels": levels.collect::<Vec<_>>(),
                "replicates": estimate.replicates,
            })
        }
    };
    let answers: Vec<serde_json::Value> = found.answers.iter().map(one).collect();
    json!({ "family": request.family, "event": found.event, "simulated": found.simulated, "budget": found.budget,
            "estimates": answers })
}

/// The answers as a Parquet table, one row an estimator: NaN where no number may be shown.
///
/// # Errors
/// A full disk.
pub fn write(found: &Estimated, path: &Path) -> Result<(), RunError> {
    let answered = || found.answers.iter().map(|(_, answer)| answer.as_ref().ok());
    let numbers = |of: &dyn Fn(&rare::Answer) -> f64| {
        let one =
            |estimate: Option<&Estimate>| estimate.and_then(|found| found.answer.as_ref().ok()).map_or(f64::NAN, of);
        Values::Numbers(answered().map(one).collect())
    };
    let refused = |(_, answer): &(Estimator, Result<Estimate, RareError>)| match answer {
        Ok(estimate) => estimate.answer.as_ref().err().cloned().unwrap_or_default(),
        Err(error) => error.to_string(),
    };
    let mut file = TableFile::begin(path)?;
    file.add(vec![
        ("event".to_owned(), Values::Texts(vec![found.event.clone(); found.answers.len()])),
        ("method".to_owned(), Values::Texts(found.answers.iter().map(|(way, _)| way.words().to_owned()).collect())),
        ("probability".to_owned(), numbers(&|answer| answer.probability)),
        ("low".to_owned(), numbers(&|answer| answer.low)),
        ("high".to_owned(), numbers(&|answer| answer.high)),
        (
            "hits".to_owned(),
            Values::Counts(answered().map(|estimate| estimate.map_or(0, |found| found.hits)).collect()),
        ),
        (
            "effective_hits".to_owned(),
            Values::Numbers(answered().map(|estimate| estimate.map_or(0.0, |found| found.ess_hits)).collect()),
        ),
        (
            "evaluations".to_owned(),
            Values::Counts(answered().map(|estimate| estimate.map_or(0, |found| found.evaluations)).collect()),
        ),
        ("refused".to_owned(), Values::Texts(found.answers.iter().map(refused).collect())),
    ])?;
    file.finish()
}

/// Draws of the family's proposals, with a share of the nominal among them so that no weight exceeds one over it.
fn importance(problem: &FamilyProblem<'_>, defensive: f64, run: &Run<'_>) -> Result<Estimate, RareError> {
    let (scores, component) = (run.key.purpose("importance scores"), run.key.purpose("importance component"));
    let mut estimate = rare::importance(run, |index| {
        let mut stream = scores.stream(index);
        let units: Vec<f64> = (0..problem.dimensions()).map(|_| stream.next_unit()).collect();
        let from = if component.unit(index, 0) < defensive { From::NominalWeighed } else { From::Proposal };
        let (outcome, ln_weight) = problem.at(Inputs::Units(&units), from).map_err(RareError::Problem)?;
        Ok((outcome, defensive_ln_weight(0.0, -ln_weight, defensive)))
    })?;
    if !problem.plan.is_weighted() {
        estimate.notes.push("no parameter has a proposal: these are draws of the nominal".to_owned());
    }
    Ok(estimate)
}

/// A family's event over independent normal scores: one for each drawn parameter, one for each soft requirement.
pub struct FamilyProblem<'a> {
    family: &'a Family,
    plan: Plan,
    told: Told,
    /// The event as an expression.
    pub event: String,
}

/// A point looked at.
struct Seen {
    outcome: Outcome,
    ln_weight: f64,
    /// The values of its draw.
    row: Vec<f64>,
    /// Its episode's measures, where there was one.
    measures: BTreeMap<String, f64>,
}

/// What tells whether the event happened.
enum Told {
    /// The draw's values.
    Row(Formula),
    /// The episode.
    Episode(Box<Simulator>),
}

impl std::fmt::Debug for FamilyProblem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FamilyProblem")
            .field("family", &self.family.id)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

impl<'a> FamilyProblem<'a> {
    /// The problem of `event` (the family's own where none is given).
    ///
    /// # Errors
    /// A family that cannot be prepared, an event that is no condition over its parameters and measures.
    pub fn new(family: &'a Family, event: Option<&str>) -> Result<Self, RunError> {
        let plan = Plan::new(family).map_err(|findings| {
            let first = findings.first().map_or_else(String::new, |found| format!("{}: {}", found.field, found.text));
            RunError::Request(format!("family `{}`, {first}", family.id))
        })?;
        let event = event.unwrap_or(&family.rare_event).to_owned();
        let asked = Family { rare_event: event.clone(), ..family.clone() };
        let told = if let Some(formula) = row_formula(&asked, &plan) {
            Told::Row(formula)
        } else {
            let simulator = Simulator::new(&asked).map_err(|error| RunError::Request(error.to_string()))?;
            Told::Episode(Box::new(simulator))
        };
        Ok(Self { family, plan, told, event })
    }

    /// Whether an evaluation simulates an episode.
    pub fn is_simulated(&self) -> bool {
        matches!(self.told, Told::Episode(_))
    }

    /// The prepared family.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What happens at a point, and the logarithm of its weight where `from` gives one.
    fn at(&self, inputs: Inputs<'_>, from: From) -> Result<(Outcome, f64), String> {
        self.seen(inputs, from).map(|seen| (seen.outcome, seen.ln_weight))
    }

    /// The same with the numbers that it was told from.
    fn seen(&self, inputs: Inputs<'_>, from: From) -> Result<Seen, String> {
        let mut row = vec![0.0; self.plan.n_columns()];
        let ln_weight = self.plan.fill(inputs, from, &[], &mut row).map_err(|error| error.to_string())?;
        let mut coins = inputs_after(inputs, self.plan.n_drawn());
        for rule in self.plan.requirements() {
            let asked = rule.probability >= 1.0 || coins.next().is_none_or(|coin| coin < rule.probability);
            let holds = || rule.formula.holds(&row).map_err(|error| format!("requirement `{}`: {error}", rule.name));
            if asked && !holds()? {
                return Ok(Seen { outcome: Outcome::Forbidden, ln_weight, row, measures: BTreeMap::new() });
            }
        }
        let (measures, margin) = match &self.told {
            Told::Row(formula) => {
                let margin = formula.margin(&row).map_err(|error| format!("`{}`: {error}", self.event))?;
                (BTreeMap::new(), margin)
            }
            Told::Episode(simulator) => self.episode(simulator, &row)?,
        };
        Ok(Seen { outcome: Outcome::Permitted { margin }, ln_weight, row, measures })
    }

    /// The measures of the episode of a row, and the event's margin.
    fn episode(&self, simulator: &Simulator, row: &[f64]) -> Result<(BTreeMap<String, f64>, f64), String> {
        let values: BTreeMap<String, f64> =
            self.plan.columns().names().zip(row).map(|(name, value)| (name.to_owned(), *value)).collect();
        let draw = Draw { index: 0, refused: 0, values, ln_weight: 0.0 };
        // Stopping is asked for between batches.
        let episode = simulator.measured(&draw, &crate::base::Silent).map_err(|error| error.to_string())?;
        Ok((episode.measures, episode.margin))
    }
}

/// The uniforms behind those of the parameters.
fn inputs_after(inputs: Inputs<'_>, n_drawn: usize) -> Box<dyn Iterator<Item = f64> + '_> {
    match inputs {
        Inputs::Units(all) | Inputs::Levels(all) => Box::new(all.iter().skip(n_drawn).copied()),
        Inputs::Scores(all) => Box::new(all.iter().skip(n_drawn).map(|score| normal_cdf(*score))),
    }
}

/// The event over the draw's values alone, where it can be told from them: directly, or through a measure that can.
fn row_formula(family: &Family, plan: &Plan) -> Option<Formula> {
    let named = family.measures.iter().find(|measure| measure.name == family.rare_event.trim());
    let text = named.map_or(family.rare_event.as_str(), |measure| measure.is.as_str());
    Expression::compile(text).ok()?.bind(plan.scope()).ok()
}

impl Problem for FamilyProblem<'_> {
    fn dimensions(&self) -> usize {
        let soft = self.plan.requirements().iter().filter(|rule| rule.probability < 1.0).count();
        self.plan.n_drawn() + soft
    }

    fn evaluate(&self, z: &[f64]) -> Result<Outcome, String> {
        Ok(self.at(Inputs::Scores(z), From::Nominal)?.0)
    }
}

impl FamilyProblem<'_> {
    /// The problem with the numbers that tell events apart: parameters or measures by name.
    ///
    /// # Errors
    /// A name that is neither.
    pub fn measured<'b>(&'b self, names: &'b [String]) -> Result<MeasuredFamily<'b>, RunError> {
        for name in names {
            let known = self.plan.columns().position(name).is_some()
                || self.is_simulated() && self.family.measures.iter().any(|measure| measure.name == *name);
            if !known {
                let all = self.plan.columns().names().chain(self.family.measures.iter().map(|one| one.name.as_str()));
                let hint = crate::base::text::did_you_mean(name, all);
                return Err(RunError::Request(format!(
                    "`{name}` is no parameter or measure that tells these events apart{hint}"
                )));
            }
        }
        Ok(MeasuredFamily { problem: self, names })
    }
}

/// A family's event with the measures that place it in an archive.
#[derive(Debug)]
pub struct MeasuredFamily<'a> {
    problem: &'a FamilyProblem<'a>,
    names: &'a [String],
}

impl MeasuredProblem for MeasuredFamily<'_> {
    fn dimensions(&self) -> usize {
        Problem::dimensions(self.problem)
    }

    fn evaluate(&self, z: &[f64]) -> Result<Measured, String> {
        let problem = self.problem;
        let Seen { outcome, row, measures, .. } = problem.seen(Inputs::Scores(z), From::Nominal)?;
        if outcome == Outcome::Forbidden {
            return Ok(Measured { outcome, measures: vec![0.0; self.names.len()] });
        }
        let of = |name: &String| {
            let column = problem.plan.columns().position(name).and_then(|at| row.get(at));
            column.or_else(|| measures.get(name)).copied().ok_or_else(|| format!("`{name}` has no value"))
        };
        Ok(Measured { outcome, measures: self.names.iter().map(of).collect::<Result<_, _>>()? })
    }
}

#[cfg(test)]
mod tests;
