//! The document: a [`Study`] value, the edits that change it, its history, and its files.
//!
//! Only files whose meaning changed are rewritten, so that comments written by hand survive. A variant follows its base at
//! once, and its file holds only what differs. Models and rigs in the study's folder belong to the families that name them. Seals, the ledger and packs
//! belong to the study's folder and not to this value: they are never edited and never undone.

mod beside;
pub mod bring;
mod edit;
mod files;
mod history;
mod variants;

pub use crate::family::files::FOLDER as FILES;
pub use beside::{Again, with_files, write_files};
pub use edit::Edit;
pub use history::History;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::files::FileError;
use crate::family::text::FamilyError;
use crate::family::{Family, Variant};
use crate::ledger::{Folders, Origin};

/// Why a study cannot be read, written or changed.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// Reading or writing failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// A family's file.
    #[error(transparent)]
    Family(#[from] FamilyError),
    /// `study.ron`.
    #[error("{file}:{line}:{column}: {what}; correct it there, or restore the file from a copy")]
    Text {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// The folder holds a study already.
    #[error("{0} holds a study already; open it, or choose another folder")]
    Exists(String),
    /// Something does not fit together.
    #[error("{about}: {what}")]
    Content {
        /// The file, set or family.
        about: String,
        /// What is wrong and what to do.
        what: String,
    },
}

impl StudyError {
    fn content(about: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Content { about: about.into(), what: what.into() }
    }
}

/// A study without its history.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// For people.
    pub name: String,
    /// Every random stream starts here.
    pub seed: u64,
    /// In the order of the tree; variants as the whole families that they are over their bases.
    pub families: Vec<Arc<Family>>,
    /// What the files of variants say, by id. An edit of a base is followed, and only this is ever written.
    pub variants: BTreeMap<String, Arc<Variant>>,
    /// The families whose files cannot be read. The rest of the study works without them; their files are never touched.
    pub unreadable: Vec<Unreadable>,
    /// The sets that were imported.
    pub sets: Vec<SetRef>,
    /// What the gate plans with.
    pub gate: GateSettings,
    /// Free text.
    pub notes: String,
    /// What was written about frames that were held beside each other, in the order it was written.
    pub remarks: Vec<PairRemark>,
}

/// A family's file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The file's stem, which is the family's id.
    pub id: String,
    /// Why: a sentence with file, line and column.
    pub why: String,
}

/// A set, by path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetRef {
    /// Its name in the study.
    pub name: String,
    /// Where its media lie.
    pub path: String,
    /// Its digest at intake, in hex.
    #[serde(default)]
    pub digest: Option<String>,
    /// Where its pictures come from.
    pub origin: Origin,
    /// Episodes that are held back.
    #[serde(default)]
    pub held: Vec<u64>,
    /// Episodes that everybody may see.
    #[serde(default)]
    pub reference: Vec<u64>,
    /// The seal over the held ones.
    #[serde(default)]
    pub sealed: Option<String>,
    /// Digest over the episodes' names where their numbers are only their order (folders, videos).
    #[serde(default)]
    pub listing: Option<String>,
    /// What a person said of its episodes (`light`: `dim`: 3, 7), so that sets can be matched on it: by name, then by value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub conditions: BTreeMap<String, BTreeMap<String, Vec<u64>>>,
    /// What its folders of pictures are; left out where they are recordings.
    #[serde(default, skip_serializing_if = "Folders::are_recordings")]
    pub folders: Folders,
}

/// What a person wrote about two frames that were held beside each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairRemark {
    /// Both sets' names, the reference's first; so are all pairs below.
    pub sets: [String; 2],
    /// Episode ids.
    pub episodes: [u64; 2],
    /// Frames, from 0.
    pub frames: [u32; 2],
    /// Whether the pair is flagged.
    #[serde(default)]
    pub flagged: bool,
    /// Free text.
    #[serde(default)]
    pub text: String,
}

impl PairRemark {
    /// Whether it is about the same two frames.
    pub fn is_about(&self, other: &Self) -> bool {
        self.sets == other.sets && self.episodes == other.episodes && self.frames == other.frames
    }
}

/// What the gate plans with where no trial is registered, and what new plans start from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateSettings {
    /// The largest loss of the transfer metric that counts as none, as a share.
    pub margin: f64,
    /// The accepted error over all attempts.
    pub alpha: f64,
    /// How often the sealed set may be asked.
    pub attempts: u32,
    /// The share of groups on which two learners are expected to disagree.
    pub discordance: f64,
}

impl Default for GateSettings {
    fn default() -> Self {
        Self { margin: 0.05, alpha: 0.05, attempts: 3, discordance: 0.1 }
    }
}

impl Study {
    /// The family with this id.
    pub fn family(&self, id: &str) -> Option<&Arc<Family>> {
        self.families.iter().find(|family| family.id == id)
    }

    /// What the file of this family says, then what those of its bases say that are variants, nearest first; empty for a
    /// family that is none.
    pub fn variants_of(&self, id: &str) -> Vec<&Variant> {
        let of = |id: &str| self.variants.get(id).map(|variant| &**variant);
        // As many as there are suffice; a circle is never applied or loaded.
        std::iter::successors(of(id), |variant| of(&variant.extends)).take(self.variants.len()).collect()
    }

    /// What was written about frames of these two sets, the reference's name first.
    pub fn remarks_on<'a>(&'a self, reference: &'a str, other: &'a str) -> impl Iterator<Item = &'a PairRemark> {
        self.remarks.iter().filter(move |remark| remark.sets[0] == reference && remark.sets[1] == other)
    }

    /// The set with this name.
    pub fn set(&self, name: &str) -> Option<&SetRef> {
        self.sets.iter().find(|set| set.name == name)
    }
}

#[cfg(test)]
mod tests;
