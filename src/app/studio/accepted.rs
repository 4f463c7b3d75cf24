//! What the requirements do to the shown family's candidates, and the weights of its first draws: asked anew at every change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::app::author::{Acceptance, acceptance};
use crate::app::jobs::Wake;
use crate::app::latest::Latest;

use super::live::Scene;

/// Draws whose weights are told: those that the values of many draws simulate.
const WEIGHED: u64 = 512;

/// What was found for a family.
pub(super) struct Accepted {
    /// The family's id.
    pub(super) family: String,
    /// What the requirements do.
    pub(super) found: Arc<Acceptance>,
    /// ln weights of the first draws, as far as they come.
    pub(super) ln_weights: Arc<[f64]>,
}

/// The worker.
pub(super) type LiveAccepted = Latest<Scene, Accepted>;

/// Starts it.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn live(wake: Wake) -> Result<LiveAccepted, String> {
    let work = |scene: Scene, stop: &AtomicBool| {
        let stopped = || stop.load(Ordering::Relaxed);
        let sampler = scene.previewer.sampler();
        let found = match &sampler {
            Ok(sampler) => acceptance((&scene.family.id, sampler.plan()), scene.previewer.study_seed(), &stopped)?,
            Err(error) => Acceptance { error: Some(error.to_string()), ..Acceptance::default() },
        };
        let mut ln_weights = Vec::new();
        if let (Ok(sampler), true) = (sampler, found.rate > 0.0) {
            for index in 0..WEIGHED {
                if stopped() {
                    return None;
                }
                let Ok(draw) = sampler.draw_with(index, &scene.pinned) else { break };
                ln_weights.push(draw.ln_weight);
            }
        }
        let family = scene.family.id.clone();
        Some(Accepted { family, found: Arc::new(found), ln_weights: ln_weights.into() })
    };
    Latest::new("acceptance", wake, work)
        .map_err(|err| format!("the system gave no thread for the requirements: {err}"))
}
