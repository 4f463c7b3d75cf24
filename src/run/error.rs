//! Why a use case ended without its result: the sentence of whatever module said no.

use std::path::Path;

use crate::base::files::FileError;
use crate::base::png::PngError;
use crate::world::WorldError;

/// One sentence that names the thing and the cure.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The person stopped it.
    #[error("stopped; nothing was left behind")]
    Stopped,
    /// What was asked for does not make sense.
    #[error("{0}")]
    Request(String),
    /// A file of ours is damaged.
    #[error("{0}")]
    Damaged(String),
    /// Reading or writing.
    #[error(transparent)]
    File(#[from] FileError),
    /// A picture.
    #[error(transparent)]
    Png(#[from] PngError),
    /// A family.
    #[error(transparent)]
    Family(#[from] crate::family::text::FamilyError),
    /// Drawing.
    #[error(transparent)]
    Sample(#[from] crate::sample::SampleError),
    /// Simulating.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Rendering.
    #[error(transparent)]
    Render(#[from] crate::render::RenderError),
    /// Reading a set.
    #[error(transparent)]
    Data(#[from] crate::data::DataError),
    /// Measuring.
    #[error(transparent)]
    Drift(#[from] crate::drift::DriftError),
    /// A network of the user's.
    #[error(transparent)]
    Backbone(#[from] crate::backbone::BackboneError),
    /// The ledger, a key or a seal.
    #[error(transparent)]
    Ledger(#[from] crate::ledger::LedgerError),
    /// The gate.
    #[error(transparent)]
    Gate(#[from] crate::gate::GateError),
    /// A pack.
    #[error(transparent)]
    Pack(#[from] crate::pack::PackError),
    /// The study.
    #[error(transparent)]
    Study(#[from] crate::study::StudyError),
}

impl RunError {
    /// What went wrong when draw `index` was simulated: among hundreds, people need its number.
    pub(super) fn of_draw(index: u64) -> impl Fn(WorldError) -> Self {
        move |error| match error {
            WorldError::Stopped => Self::Stopped,
            error => Self::Request(format!("draw {index}: {error}")),
        }
    }

    /// A file of ours that does not read back.
    pub(super) fn damaged(path: &Path, why: &str) -> Self {
        Self::Damaged(format!("`{}` is damaged: {why}; restore it from a copy or make it again", path.display()))
    }
}
