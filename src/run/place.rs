//! Where a study's things lie on disk, and the stamp of who acts when.

use std::path::{Path, PathBuf};

use crate::base::files;
use crate::ledger::{Keys, Ledger, PublicKey, Timestamp};
use crate::study::{Edit, Study};

use super::RunError;

/// When and by whom: the only way time enters.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// UTC.
    pub time: Timestamp,
    /// The person's name as the ledger shows it.
    pub actor: String,
}

/// A study's folder and the folder of the person's keys.
#[derive(Clone, Debug)]
pub struct Place {
    /// The study.
    pub folder: PathBuf,
    /// Where the signing key lies, outside every study.
    pub keys_folder: PathBuf,
}

impl Place {
    /// The ledger's file.
    pub fn ledger(&self) -> PathBuf {
        self.folder.join("ledger.jsonl")
    }

    /// The folder of a set that we generated.
    pub fn set_folder(&self, name: &str) -> PathBuf {
        self.folder.join(self.set_path(name))
    }

    /// The same, relative to the study, as the study writes it.
    pub fn set_path(&self, name: &str) -> String {
        format!("sets/{name}")
    }

    /// Where a set's media lie: as stored, absolute or relative to the study.
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.join(path)
    }

    /// The packs' folder.
    pub fn packs(&self) -> PathBuf {
        self.folder.join("packs")
    }

    /// The person's signing key, made at its first use.
    ///
    /// # Errors
    /// When the key file is damaged or cannot be written.
    pub fn keys(&self) -> Result<Keys, RunError> {
        Ok(Keys::load_or_create(&self.keys_folder, "worldproof")?)
    }

    /// The public keys that count as known; none where the person has no key yet, and none is made.
    ///
    /// # Errors
    /// When the key file is damaged.
    pub fn known_keys(&self) -> Result<Vec<PublicKey>, RunError> {
        Ok(Keys::load_if_there(&self.keys_folder)?.iter().map(Keys::public).collect())
    }

    /// Appends an entry to the study's ledger.
    ///
    /// # Errors
    /// When the ledger is broken, held by another program, or the disk refuses.
    pub fn record(&self, stamp: &Stamp, kind: &str, body: serde_json::Value) -> Result<(), RunError> {
        Ledger::open(&self.ledger())?.append(stamp.time.clone(), &stamp.actor, kind, body)?;
        for folder in ["", "families", "sets", "packs", "seals", "compare", "audit", "gate"] {
            files::sweep(&self.folder.join(folder));
        }
        Ok(())
    }

    /// Applies edits and saves the study.
    ///
    /// # Errors
    /// When an edit does not apply or the disk refuses; the study on disk is then as before.
    pub fn keep(&self, study: &mut Study, edits: impl IntoIterator<Item = Edit>) -> Result<(), RunError> {
        // Another command may have saved since `study` was read: only the edits are ours.
        let mut now = Study::load(&self.folder)?;
        for edit in edits {
            now.apply(edit)?;
        }
        now.save(&self.folder)?;
        now.read_beside(&self.folder);
        *study = now;
        Ok(())
    }
}

/// Names become file names: letters, digits, `-`, `_` and `.`, not first a dot, at most 80.
///
/// # Errors
/// With what to change.
pub fn check_name(name: &str) -> Result<(), RunError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 80 || name.starts_with('.') || !name.chars().all(plain) {
        return Err(RunError::Request(format!(
            "`{name}` cannot be a name; use letters, digits, `-`, `_` and `.`, at most 80 of them, not a dot first"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_leave_the_folder_are_refused() {
        for bad in ["", "..", "a/b", "a\\b", ".hidden", "ü", &"x".repeat(81)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        assert!(check_name("g1_bottle-2.held").is_ok(), "plain");
    }
}
