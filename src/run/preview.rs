//! One draw for the eye: drawn, simulated and ready to be rendered at any time, with some parameters pinned by hand.

use std::collections::BTreeMap;

use crate::base::Monitor;
use crate::family::Family;
use crate::sample::{Draw, Sampler};
use crate::world::{self, Episode};

use super::RunError;

/// Which draw to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewRequest {
    /// The study's seed.
    pub study_seed: u64,
    /// The draw's index.
    pub index: u64,
    /// Parameters whose value the person set; they leave the draw's weight.
    pub pinned: BTreeMap<String, f64>,
}

/// A draw with its episode.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The values behind it.
    pub draw: Draw,
    /// What happens.
    pub episode: Episode,
}

/// Draws and simulates.
///
/// # Errors
/// When the family cannot be drawn from or a value does not fit the stage.
pub fn preview(family: &Family, request: &PreviewRequest, monitor: &dyn Monitor) -> Result<Preview, RunError> {
    let sampler = Sampler::new(family, request.study_seed)?;
    let draw = sampler.draw_with(request.index, &request.pinned)?;
    let episode = world::simulate(family, &draw, monitor)?;
    Ok(Preview { draw, episode })
}
