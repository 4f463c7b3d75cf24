//! Why a set could not be opened or read.

use std::path::Path;

use crate::base::files::FileError;

/// One sentence each: the file or thing, what is wrong, what to do.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The watcher asked to stop.
    #[error("reading was stopped; start it again to read on")]
    Stopped,
    /// The file system said no.
    #[error(transparent)]
    File(#[from] FileError),
    /// Nothing there that this module reads.
    #[error("`{path}` is not a set: {reason}")]
    NotASet {
        /// What was opened.
        path: String,
        /// What was looked for and what to open instead.
        reason: String,
    },
    /// A file whose bytes make no sense.
    #[error("`{file}` is damaged: {cause}; download it again or restore it from a backup")]
    Damaged {
        /// The file.
        file: String,
        /// What the parser or decoder met.
        cause: String,
    },
    /// A file that is whole but of a kind that is not read.
    #[error("`{file}` cannot be used: {what}; {cure}")]
    Unsupported {
        /// The file.
        file: String,
        /// The codec, version or layout.
        what: String,
        /// How to get one that can.
        cure: String,
    },
    /// A field of a metadata file is absent or has an impossible value.
    #[error("`{file}`: the field `{field}` {problem}")]
    Field {
        /// The file.
        file: String,
        /// The field's name.
        field: String,
        /// What is wrong with it and what it should be.
        problem: String,
    },
    /// The episode is listed, but its files are not (all) here.
    #[error("episode {episode} cannot be read: {reason}")]
    Missing {
        /// The episode's id.
        episode: u64,
        /// Which file, and the cure.
        reason: String,
    },
    /// An index or a name that the set does not have.
    #[error("set `{set}` has no {what}; it has {has}")]
    Absent {
        /// The set's name.
        set: String,
        /// What was asked for.
        what: String,
        /// What there is.
        has: String,
    },
}

impl DataError {
    pub(super) fn damaged(file: &Path, cause: impl std::fmt::Display) -> Self {
        Self::Damaged { file: file.display().to_string(), cause: cause.to_string() }
    }

    pub(super) fn unsupported(file: &Path, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::Unsupported { file: file.display().to_string(), what: what.into(), cure: cure.into() }
    }

    pub(super) fn field(file: &Path, field: &str, problem: impl Into<String>) -> Self {
        Self::Field { file: file.display().to_string(), field: field.to_owned(), problem: problem.into() }
    }

    pub(super) fn read(path: &Path, cause: std::io::Error) -> Self {
        Self::File(FileError::new("read", path, cause))
    }
}

/// Runs a foreign parser or decoder and turns its panic into [`DataError::Damaged`].
///
/// The parsers of MP4 and Parquet index into tables that the file itself describes; a flipped byte can make them panic.
/// This is the one place that catches it. Their state is thrown away afterwards, so a broken invariant cannot be seen.
pub(super) fn guarded<T>(file: &Path, work: impl FnOnce() -> Result<T, DataError>) -> Result<T, DataError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(DataError::damaged(file, "its tables contradict each other")))
}
