//! The study's memory that cannot be edited quietly: a hash chain of what was done ([`Ledger`]), signing keys ([`Keys`]),
//! signed notes, Merkle trees, and seals over held real data ([`LockedSet`]).
//!
//! Time and the actor's name come from the caller; nothing here reads a clock. The chain shows that a line was changed.
//! It cannot show that whole lines were cut off the end: compare [`Ledger::fingerprint`] with the one in a pack for that.
//! Nothing here opens a picture: a [`LockedSet`] knows digests only, and only `gate` hands out what to open.

mod chain;
pub mod key;
pub mod merkle;
pub mod note;
pub mod seal;
mod time;

pub use chain::{Entry, Ledger, parse_lines};
pub use key::{Keys, PublicKey};
pub use seal::{Difference, LockedSet, SHARED_GROUP, SealReport, SealRequest, seal};
pub use time::Timestamp;

use crate::base::files::{FileError, PathBufText};
/// Named here for those that may not name `data`: seals sign where pictures come from, and a study keeps how they are read.
pub use crate::data::{Folders, Origin};

/// Why the ledger, a key, a note or a seal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Reading or writing failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The last line was not written to its end: the machine stopped in the middle.
    #[error(
        "{path} ends in a half-written line {line}; recover the ledger (`worldproof check --recover`) to keep the {kept} whole entries and move the fragment beside it"
    )]
    HalfLine {
        /// The ledger.
        path: PathBufText,
        /// Line number from 1.
        line: usize,
        /// Whole entries before it.
        kept: usize,
    },
    /// A line does not fit its hash or its predecessor.
    #[error(
        "{path} was changed at line {line}: {what}; restore the file from a copy, entries from this line on cannot be trusted"
    )]
    Broken {
        /// The ledger.
        path: PathBufText,
        /// Line number from 1.
        line: usize,
        /// What does not fit.
        what: String,
    },
    /// Another program holds the ledger.
    #[error("{0} is in use by another window or command; close that one and try again")]
    Busy(PathBufText),
    /// The file changed while it was held.
    #[error("{0} was changed by another program while it was open; reopen the study")]
    Changed(PathBufText),
    /// A time that is not RFC 3339 in UTC.
    #[error("`{0}` is not a time in UTC such as `2026-11-20T22:56:00Z`")]
    Time(String),
    /// A name that cannot be a file name or a key name.
    #[error("the name `{name}` cannot be used: {why}")]
    Name {
        /// As given.
        name: String,
        /// What is allowed.
        why: &'static str,
    },
    /// A key file or key text.
    #[error("{0}")]
    Key(String),
    /// A signed note.
    #[error("the signed note cannot be used: {0}")]
    Note(String),
    /// A seal.
    #[error("the seal `{name}` {what}")]
    Seal {
        /// The seal.
        name: String,
        /// What is wrong and what to do.
        what: String,
    },
}

/// Refuses names that could leave their folder or break a line format.
pub(crate) fn check_name(name: &str) -> Result<(), LedgerError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.len() <= 100 && name.chars().all(plain) && !name.starts_with('.') {
        return Ok(());
    }
    let why = "use 1 to 100 letters, digits, `-`, `_` or `.`, not starting with a dot";
    Err(LedgerError::Name { name: name.to_owned(), why })
}
