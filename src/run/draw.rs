//! Draws as a table or a file, with what the requirements refused and how even the weights are.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::{Monitor, StreamKey};
use crate::family::Family;
use crate::sample::rare::{self, Axis, CrossEntropy, Illuminate, Run, Subset};
use crate::sample::{Draw, Method, Rows, SampleError, Sampler, Summary, weights};
use crate::study::Study;

use super::estimate::FamilyProblem;
use super::table_file::{TableFile, Values};
use super::{RunError, check};

/// The most draws of one table: more would fill memory before anybody looks. A file has no such limit.
pub const MOST_DRAWS: u64 = 1_000_000;

/// What places the draws: a method, or a search that has to run first.
#[derive(Clone, Debug)]
pub enum Placement {
    /// Known beforehand.
    Method(Method),
    /// A proposal learned by cross-entropy.
    Adaptive {
        /// Most evaluations of the event.
        budget: u64,
    },
    /// The last states of subset simulation: draws of the nominal in which the event happens.
    Subset {
        /// Most evaluations of the event.
        budget: u64,
    },
    /// The elites of an archive over parameters or measures: as different events as can be found.
    Diverse {
        /// Most evaluations of the event.
        budget: u64,
        /// One to three names with range and bins.
        axes: Vec<Axis>,
    },
}

impl Default for Placement {
    fn default() -> Self {
        Self::Method(Method::Independent)
    }
}

/// Which draws.
#[derive(Clone, Debug, Default)]
pub struct DrawRequest {
    /// The family's id.
    pub family: String,
    /// Index of the first.
    pub from: u64,
    /// How many.
    pub count: u64,
    /// What places them.
    pub placement: Placement,
}

/// Draws with their summary.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// In order of index; empty where they went to a file.
    pub draws: Vec<Draw>,
    /// Names of the columns in the family's order.
    pub columns: Vec<String>,
    /// Their units.
    pub units: Vec<String>,
    /// What the requirements did.
    pub summary: Summary,
    /// Kish's effective sample size of the weights; none where draws carry no weight or went to a file.
    pub effective: Option<f64>,
    /// What the person should know.
    pub remarks: Vec<String>,
    /// Draws beyond the real data that a nominal was fitted to, by parameter.
    pub extrapolated: BTreeMap<String, u64>,
}

/// Makes the draws that `request` asks for.
///
/// # Errors
/// When the family has errors, a requirement cannot be met, or a search finds nothing.
pub fn draw(study: &Study, request: &DrawRequest, monitor: &dyn Monitor) -> Result<Drawn, RunError> {
    if request.count > MOST_DRAWS {
        let wrong = "ask for at most 1,000,000 draws at once, or write them to a file with --parquet";
        return Err(RunError::Request(wrong.to_owned()));
    }
    let mut draws = Vec::new();
    let mut drawn = each(study, request, monitor, &mut |sampler, rows| {
        draws.extend(sampler.told_rows(rows));
        Ok(())
    })?;
    let ln_weights: Vec<f64> = draws.iter().map(|draw| draw.ln_weight).collect();
    let weighted = ln_weights.iter().all(|ln| !ln.is_nan());
    drawn.effective = weighted.then(|| weights::effective_sample_size(&ln_weights));
    drawn.draws = draws;
    Ok(drawn)
}

/// Writes the draws to a Parquet file, piece by piece: columns `index`, `refused`, `ln_weight`, then the family's.
///
/// # Errors
/// As [`draw`]; a full disk.
pub fn draw_to(study: &Study, request: &DrawRequest, path: &Path, monitor: &dyn Monitor) -> Result<Drawn, RunError> {
    let mut file = TableFile::begin(path)?;
    // The file's own errors leave through the sampler's door in words.
    let mut failed = None;
    let drawn = each(study, request, monitor, &mut |sampler, rows| {
        file.add(columns_of(sampler, rows)).map_err(|err| {
            let told = SampleError::Asked(err.to_string());
            failed = Some(err);
            told
        })
    });
    match (drawn, failed) {
        (_, Some(err)) => Err(err),
        (Ok(drawn), None) => file.finish().map(|()| drawn),
        (Err(err), None) => Err(err),
    }
}

fn columns_of(sampler: &Sampler<'_>, rows: &Rows) -> Vec<(String, Values)> {
    let mut all = vec![
        ("index".to_owned(), Values::Counts(rows.indices.clone())),
        ("refused".to_owned(), Values::Counts(rows.refused.iter().map(|count| u64::from(*count)).collect())),
        ("ln_weight".to_owned(), Values::Numbers(rows.ln_weights.clone())),
    ];
    for (at, name) in sampler.plan().columns().names().enumerate() {
        let column = (0..rows.len()).map(|row| rows.row(row).get(at).copied().unwrap_or(f64::NAN)).collect();
        all.push((name.to_owned(), Values::Numbers(column)));
    }
    all
}

type Take<'a> = dyn FnMut(&Sampler<'_>, &Rows) -> Result<(), SampleError> + 'a;

fn each(study: &Study, request: &DrawRequest, monitor: &dyn Monitor, take: &mut Take<'_>) -> Result<Drawn, RunError> {
    let family = check::usable_family(study, &request.family)?;
    let (method, mut remarks) = method_of(study, &family, &request.placement, monitor)?;
    let sampler = Sampler::with(&family, study.seed, &method, monitor)?;
    // A search's points and a design's levels end; asking for more of them is no error.
    let end = request.from.checked_add(request.count).ok_or_else(|| {
        RunError::Request("the draws' indices pass the largest number there is; begin lower".to_owned())
    })?;
    let end = sampler.count().map_or(end, |count| end.min(count.max(request.from)));
    remarks.extend(sampler.remark(end - request.from));
    if !method.is_weighted() {
        remarks.push("these draws stand for no share of reality: no probability can be computed from them".to_owned());
    }
    let mut extrapolated = BTreeMap::new();
    let summary = sampler.rows(request.from..end, monitor, &mut |rows| {
        count_extrapolated(&family, &sampler, rows, &mut extrapolated);
        take(&sampler, rows)
    })?;
    let columns = &sampler.plan().columns().all;
    Ok(Drawn {
        draws: Vec::new(),
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        units: columns.iter().map(|column| column.unit.clone()).collect(),
        summary,
        effective: None,
        remarks,
        extrapolated,
    })
}

fn count_extrapolated(family: &Family, sampler: &Sampler<'_>, rows: &Rows, counts: &mut BTreeMap<String, u64>) {
    for parameter in &family.parameters {
        let Some((real, at)) = parameter.fitted.as_ref().zip(sampler.plan().columns().position(&parameter.name)) else {
            continue;
        };
        let beyond = |row: &usize| rows.row(*row).get(at).is_some_and(|value| *value < real.low || *value > real.high);
        let n = (0..rows.len()).filter(beyond).count() as u64;
        *counts.entry(parameter.name.clone()).or_default() += n;
    }
    counts.retain(|_, count| *count > 0);
}

/// The method behind a placement, after whatever search it needs, and what the search has to say.
fn method_of(
    study: &Study,
    family: &Family,
    placement: &Placement,
    monitor: &dyn Monitor,
) -> Result<(Method, Vec<String>), RunError> {
    let key = StreamKey::new(study.seed, &family.id);
    let run = |budget: u64| Run { key: &key, max_evaluations: budget, confidence: 0.95, monitor };
    match placement {
        Placement::Method(method) => Ok((method.clone(), Vec::new())),
        Placement::Adaptive { budget } => {
            let problem = hard(family)?;
            let settings = CrossEntropy { level_draws: (budget / 10).clamp(200, 2_000), ..CrossEntropy::default() };
            let found = rare::learn(&problem, &settings, &run(*budget)).map_err(told)?;
            let text = format!("the proposal was learned with {} evaluations of the event", found.evaluations);
            Ok((Method::Learned(found.proposal), vec![text]))
        }
        Placement::Subset { budget } => {
            let problem = hard(family)?;
            let states = (budget / 5 / 10 * 10).clamp(250, 1_000);
            let settings = Subset { states, ..Subset::default() };
            let found = rare::states(&problem, &settings, &run(*budget)).map_err(told)?;
            let text = format!(
                "{} states of one climb with {} evaluations; neighbours in a chain are alike",
                found.points.len(),
                found.evaluations
            );
            Ok((Method::Found(found.points), vec![text]))
        }
        Placement::Diverse { budget, axes } => {
            let problem = hard(family)?;
            let names: Vec<String> = axes.iter().map(|axis| axis.name.clone()).collect();
            let measured = problem.measured(&names)?;
            let archive = rare::illuminate(&measured, &Illuminate::over(axes.clone()), &run(*budget)).map_err(told)?;
            let text = format!(
                "the archive holds {} cells ({:.1} %), {} of them with the event",
                archive.elites.len(),
                100.0 * archive.coverage(),
                archive.events()
            );
            Ok((Method::Found(archive.elites.into_values().map(|elite| elite.z).collect()), vec![text]))
        }
    }
}

/// The problem of a family whose requirements are all hard: a search's points must be points of its parameters alone.
fn hard(family: &Family) -> Result<FamilyProblem<'_>, RunError> {
    if let Some(soft) = family.requirements.iter().find(|requirement| requirement.probability.is_some_and(|p| p < 1.0))
    {
        let text = format!("a search cannot use the soft requirement `{}`; make it hard, or leave it out", soft.name);
        return Err(RunError::Request(text));
    }
    FamilyProblem::new(family, None)
}

fn told(error: rare::RareError) -> RunError {
    match error {
        rare::RareError::Stopped => RunError::Stopped,
        other => RunError::Request(other.to_string()),
    }
}
