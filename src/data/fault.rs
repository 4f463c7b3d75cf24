//! Why bytes of a file could not be read, before it is known which file: readers of records turn it into a [`DataError`].

use std::io;
use std::path::Path;

use super::error::DataError;

/// Why something in a file could not be read; the caller knows the file.
#[derive(Debug)]
pub(in crate::data) enum Fault {
    Read(io::Error),
    Wrong(String),
    Unsupported { what: String, cure: String },
    Stopped,
}

impl Fault {
    pub(in crate::data) fn wrong(what: impl Into<String>) -> Self {
        Self::Wrong(what.into())
    }

    pub(in crate::data) fn unsupported(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into(), cure: cure.into() }
    }

    /// The whole sentence. `place` says where in the file: `record 3`.
    pub(in crate::data) fn told(self, path: &Path, place: &str) -> DataError {
        let placed = |what: String| if place.is_empty() { what } else { format!("{place}: {what}") };
        match self {
            Self::Read(cause) => DataError::read(path, cause),
            Self::Wrong(what) => DataError::damaged(path, placed(what)),
            Self::Unsupported { what, cure } => DataError::unsupported(path, placed(what), cure),
            Self::Stopped => DataError::Stopped,
        }
    }
}

impl From<io::Error> for Fault {
    fn from(cause: io::Error) -> Self {
        Self::Read(cause)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(cause) => cause.fmt(f),
            Self::Wrong(what) => f.write_str(what),
            Self::Unsupported { what, cure } => write!(f, "{what}; {cure}"),
            Self::Stopped => f.write_str("it was stopped"),
        }
    }
}

pub(in crate::data) fn cut() -> Fault {
    Fault::wrong("a length in it reaches beyond its end")
}
