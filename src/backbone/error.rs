//! Why a backbone gives no features.

use std::path::Path;

use crate::base::files::FileError;

/// One sentence each: the file, the thing, what to do.
#[derive(Debug, thiserror::Error)]
pub enum BackboneError {
    /// The file system said no.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its bytes are no ONNX model, or a damaged one.
    #[error("`{file}` is not a whole ONNX file: {what}; export or download it again")]
    Damaged {
        /// The model's path.
        file: String,
        /// What the reader met.
        what: String,
    },
    /// A model that is whole but cannot be used as it is: operators, inputs, outputs, size, data files.
    #[error("the backbone `{file}` cannot be used: {what}; {cure}")]
    Unsuitable {
        /// The model's path.
        file: String,
        /// What does not fit.
        what: String,
        /// How to get one that fits.
        cure: String,
    },
    /// The preparation that was asked for does not go with the model.
    #[error("the backbone `{file}` cannot be asked that: {what}; {cure}")]
    Asked {
        /// The model's path.
        file: String,
        /// What was asked and what the model has.
        what: String,
        /// What to ask instead.
        cure: String,
    },
    /// NaN or infinite features.
    #[error(
        "the backbone `{file}` gives numbers that are not finite ({what}); check that its weights are whole and that its \
         preparation (`imagenet`, `clip`, …) is the one it was trained with"
    )]
    NotFinite {
        /// The model's path.
        file: String,
        /// Which number, and of which picture.
        what: String,
    },
    /// The watcher wanted the end.
    #[error("describing pictures was stopped; start it again for features")]
    Stopped,
}

impl BackboneError {
    pub(super) fn damaged(file: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { file: file.display().to_string(), what: what.into() }
    }

    pub(super) fn unsuitable(file: &Path, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::Unsuitable { file: file.display().to_string(), what: what.into(), cure: cure.into() }
    }

    pub(super) fn asked(file: &Path, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::Asked { file: file.display().to_string(), what: what.into(), cure: cure.into() }
    }

    pub(super) fn not_finite(file: &Path, what: impl Into<String>) -> Self {
        Self::NotFinite { file: file.display().to_string(), what: what.into() }
    }
}
