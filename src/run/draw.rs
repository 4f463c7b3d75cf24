//! Draws as a table, with what the requirements refused and how even the weights are.

use std::collections::BTreeMap;

use crate::base::Monitor;
use crate::sample::{Draw, Sampler, weights};
use crate::study::Study;

use super::{RunError, check};

/// The most draws of one request: more would fill memory or the disk before anybody looks.
pub const MOST_DRAWS: u64 = 1_000_000;

/// Draws with their summary.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// In order of index.
    pub draws: Vec<Draw>,
    /// Parameter names in the family's order.
    pub parameters: Vec<String>,
    /// Their units.
    pub units: Vec<String>,
    /// Candidates looked at, refused ones included.
    pub candidates: u64,
    /// How many of them each requirement refused.
    pub refused_by: BTreeMap<String, u64>,
    /// Kish's effective sample size of the weights.
    pub effective: f64,
}

/// Draws `count` from `from` on.
///
/// # Errors
/// When the family has errors or a requirement cannot be met.
pub fn draw(study: &Study, family: &str, from: u64, count: u64, monitor: &dyn Monitor) -> Result<Drawn, RunError> {
    let family = check::usable_family(study, family)?;
    if count > MOST_DRAWS {
        let wrong = "ask for at most 1,000,000 draws at once and for the next ones with --from";
        return Err(RunError::Request(wrong.to_owned()));
    }
    let end = from.checked_add(count).ok_or_else(|| {
        RunError::Request("the draws' indices pass the largest number there is; begin lower".to_owned())
    })?;
    let sampler = Sampler::new(&family, study.seed)?;
    let crate::sample::Draws { draws, summary } = sampler.draws(from..end, monitor)?;
    let ln_weights: Vec<f64> = draws.iter().map(|draw| draw.ln_weight).collect();
    Ok(Drawn {
        candidates: summary.candidates,
        refused_by: summary.refused_by,
        effective: weights::effective_sample_size(&ln_weights),
        parameters: family.parameters.iter().map(|parameter| parameter.name.clone()).collect(),
        units: family.parameters.iter().map(|parameter| parameter.unit.clone()).collect(),
        draws,
    })
}
