//! Draws as a table or a file, with what the requirements refused and how even the weights are.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::Monitor;
use crate::family::Family;
use crate::sample::{Draw, Rows, SampleError, Sampler, Summary, weights};
use crate::study::Study;

use super::method::{self, Placement};
use super::table_file::{TableFile, Values};
use super::{RunError, check};

/// The most draws of one table: more would fill memory before anybody looks. A file has no such limit.
pub const MOST_DRAWS: u64 = 1_000_000;

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
        (Ok(drawn), None) => file.finish().map(|()| drawn),
        (_, Some(err)) | (Err(err), None) => Err(err),
    }
}

fn columns_of(sampler: &Sampler, rows: &Rows) -> Vec<(String, Values)> {
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

type Take<'a> = dyn FnMut(&Sampler, &Rows) -> Result<(), SampleError> + 'a;

fn each(study: &Study, request: &DrawRequest, monitor: &dyn Monitor, take: &mut Take<'_>) -> Result<Drawn, RunError> {
    let family = check::usable_family(study, &request.family)?;
    let placed = request.placement.settle(study, &family, monitor)?;
    let sampler = Sampler::with(&family, study.seed, &placed.method, monitor)?;
    // A search's points and a design's levels end; asking for more of them is no error.
    let method::Asked { indices, remarks } = method::asked(&sampler, &placed, request.from, request.count)?;
    let mut extrapolated = BTreeMap::new();
    let summary = sampler.rows(indices, monitor, &mut |rows| {
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

fn count_extrapolated(family: &Family, sampler: &Sampler, rows: &Rows, counts: &mut BTreeMap<String, u64>) {
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
