//! Draws for the eye: drawn, simulated and ready to be rendered at any time, with some parameters pinned by hand.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::base::Monitor;
use crate::family::{Family, Finding, Plan};
use crate::sample::{Draw, SampleError, Sampler};
use crate::world::{Episode, Simulator, WorldError};

use super::RunError;

/// A family whose draws are looked at, one or hundreds: it is prepared at the first and shared by whoever looks.
#[derive(Debug)]
pub struct Previewer {
    family: Arc<Family>,
    study_seed: u64,
    /// The family prepared, where somebody has done that already.
    plan: Option<Result<Arc<Plan>, Vec<Finding>>>,
    sampler: OnceLock<Result<Sampler, SampleError>>,
    simulator: OnceLock<Result<Simulator, WorldError>>,
}

/// A draw with its episode.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The values behind it.
    pub draw: Draw,
    /// What happens.
    pub episode: Episode,
}

impl Previewer {
    /// Looks at draws of `family` under `study_seed`. Nothing is prepared yet.
    pub fn new(family: Arc<Family>, study_seed: u64) -> Self {
        Self { family, study_seed, plan: None, sampler: OnceLock::new(), simulator: OnceLock::new() }
    }

    /// The same for a family whose `plan` is made already.
    pub fn prepared(family: Arc<Family>, study_seed: u64, plan: Result<Arc<Plan>, Vec<Finding>>) -> Self {
        Self { plan: Some(plan), ..Self::new(family, study_seed) }
    }

    /// The family.
    pub fn family(&self) -> &Arc<Family> {
        &self.family
    }

    /// The study's seed.
    pub fn study_seed(&self) -> u64 {
        self.study_seed
    }

    /// What makes the draws.
    ///
    /// # Errors
    /// When the family cannot be drawn from.
    pub fn sampler(&self) -> Result<&Sampler, SampleError> {
        let made = self.sampler.get_or_init(|| match &self.plan {
            Some(plan) => Sampler::prepared(&self.family, self.study_seed, plan),
            None => Sampler::new(&self.family, self.study_seed),
        });
        made.as_ref().map_err(Clone::clone)
    }

    /// What makes the episodes.
    ///
    /// # Errors
    /// When the stage does not exist or a measure does not compile.
    pub fn simulator(&self) -> Result<&Simulator, WorldError> {
        self.simulator.get_or_init(|| Simulator::new(&self.family)).as_ref().map_err(Clone::clone)
    }

    /// Draws and simulates. Parameters in `pinned` have the values that the person set; they leave the draw's weight.
    ///
    /// # Errors
    /// When the family cannot be drawn from or a value does not fit the stage.
    pub fn preview(
        &self,
        index: u64,
        pinned: &BTreeMap<String, f64>,
        monitor: &dyn Monitor,
    ) -> Result<Preview, RunError> {
        let draw = self.sampler()?.draw_with(index, pinned)?;
        let episode = self.simulator()?.episode(&draw, monitor)?;
        Ok(Preview { draw, episode })
    }
}
