//! The exported folder: frames, labels, draws, card, verdict, ledger excerpt, digests, signature; and its check.
//!
//! A pack cannot be started without a [`Verdict`], and its folder name, card and manifest carry it: no flag bypasses that.
//! Rendering is not here. Rendering again to compare pixels is `run`'s, through [`PackReader`].
//!
//! Layout: `README.md pack.json family.ron files/… verdict.json ledger_excerpt.jsonl draws.parquet annotations/coco.json
//! episodes/draw-<n>.json frames/draw-<n>/{colour,depth,instance}-<k>.png ranging/draw-<n>/<sensor>/ digests.txt pack.note`.

mod card;
mod coco;
mod draws;
pub mod lerobot;
mod points;
mod reader;
mod verify;
mod writer;

pub use draws::DrawRow;
pub use reader::PackReader;
pub use verify::{PackCheck, PackReport, verify};
pub use writer::{EpisodeRecord, FrameRecord, Instance, LabelRecord, PackWriter, Written};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::files::{FileError, PathBufText};
use crate::data::Origin;
use crate::family::Family;
use crate::gate::{Decision, Verdict};
use crate::ledger::{Entry, LedgerError, Timestamp};
use crate::sample::Placed;
use crate::sense::channel::ExtraChannel;

/// The manifest's format name.
pub const FORMAT: &str = "worldproof pack 1";
/// IPTC's term for pictures made purely by an algorithm that learned from no data.
pub const DIGITAL_SOURCE_TYPE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia";

/// Why a pack cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Reading or writing failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// Signing failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The folder's name does not say the verdict.
    #[error("a pack with this verdict must be called `{expected}`, not {got}")]
    FolderName {
        /// From [`folder_name`].
        expected: String,
        /// As asked for.
        got: PathBufText,
    },
    /// An ACCEPT that its own checklist does not carry.
    #[error("the verdict says ACCEPT but its checks do not all pass; judge again")]
    Unearned,
    /// What was handed over does not fit together.
    #[error("{about}: {what}")]
    Content {
        /// The draw, frame or field.
        about: String,
        /// What is wrong and what was expected.
        what: String,
    },
    /// A file of a pack cannot be understood.
    #[error("{path} cannot be read as part of a pack: {what}; export the pack again")]
    Damaged {
        /// The file.
        path: PathBufText,
        /// Why.
        what: String,
    },
    /// The watcher wanted the task to end.
    #[error("stopped; nothing was kept")]
    Stopped,
}

/// What a pack is about, fixed before its first frame.
#[derive(Clone, Debug)]
pub struct PackHeader {
    /// Its name: letters, digits, `-`, `_`.
    pub name: String,
    /// The study's name.
    pub study: String,
    /// The study's seed.
    pub seed: u64,
    /// How the draws were placed.
    pub placed: Placed,
    /// The family; its canonical text goes in.
    pub family: Family,
    /// This program and version.
    pub software: String,
    /// What drew the frames.
    pub renderer: Renderer,
    /// The channels beside colour, depth and instance ids, in their own order.
    pub channels: Vec<ExtraChannel>,
    /// The label classes.
    pub classes: Vec<Class>,
    /// The sealed set that judged, if any.
    pub real_set: Option<RealSet>,
    /// An SPDX licence id or `other`.
    pub license: String,
    /// The ledger's entries up to now, or a contiguous part that ends now.
    pub ledger: Vec<Entry>,
}

/// What drew the frames: pixels are promised identical per adapter and driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renderer {
    /// The adapter's name.
    pub adapter: String,
    /// Driver and version.
    pub driver: String,
    /// Graphics interface, for example `Vulkan`.
    pub backend: String,
}

/// One class of labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// From 1.
    pub id: u32,
    /// Its name.
    pub name: String,
}

/// The sealed set that a pack was judged on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealSet {
    /// The seal's name.
    pub seal: String,
    /// Its root in hex.
    pub root: String,
    /// Where its pictures come from.
    pub origin: Origin,
}

/// `pack.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// The pack's name.
    pub name: String,
    /// The verdict.
    pub verdict: Decision,
    /// `STAND-IN` where the judging set only plays the part of a real one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stamp: Option<String>,
    /// Where the pack's pictures come from; always synthetic.
    pub origin: Origin,
    /// [`DIGITAL_SOURCE_TYPE`].
    pub digital_source_type: String,
    /// When it was finished.
    pub time: Timestamp,
    /// The study's name.
    pub study: String,
    /// The study's seed as text: it may exceed what JSON readers keep exactly.
    pub seed: String,
    /// How the draws were placed; absent in packs from before it was kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub placed: Option<Placed>,
    /// The family.
    pub family: FamilyStamp,
    /// The program.
    pub software: String,
    /// What drew the frames.
    pub renderer: Renderer,
    /// The judging set.
    pub real_set: Option<RealSet>,
    /// An SPDX licence id or `other`.
    pub license: String,
    /// How much it holds.
    pub counts: Counts,
    /// The label classes.
    pub classes: Vec<Class>,
    /// How to read the files.
    pub conventions: Conventions,
    /// The channels beside colour, depth and instance ids, and how to read their files.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub channels: BTreeMap<String, String>,
    /// The hash of the ledger excerpt's last entry; zeros where it is empty.
    pub ledger_fingerprint: String,
    /// The signing key.
    pub key: String,
}

impl Manifest {
    /// How the draws were placed: independently in packs from before this was kept.
    pub fn placed(&self) -> Placed {
        self.placed.clone().unwrap_or_default()
    }
}

/// The family as the manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyStamp {
    /// Identifier.
    pub id: String,
    /// Version.
    pub version: u32,
    /// Digest of `family.ron`.
    pub digest: String,
}

/// How much a pack holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Draws, and so episodes.
    pub draws: u64,
    /// Draws whose rare event happened.
    pub rare: u64,
    /// Frames.
    pub frames: u64,
    /// Labels.
    pub labels: u64,
}

/// How to read the files, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conventions {
    /// Colour files.
    pub colour: String,
    /// Depth files.
    pub depth: String,
    /// Instance files.
    pub instance: String,
    /// Weights.
    pub weight: String,
}

impl Default for Conventions {
    fn default() -> Self {
        Self {
            colour: "8-bit sRGB PNG, origin at the top left".to_owned(),
            depth: "16-bit grey PNG, millimetres along the optical axis, 0 where only sky is seen".to_owned(),
            instance: "16-bit grey PNG, the instance id of the episode's list, 0 for sky".to_owned(),
            weight: "exp(ln_weight): nominal over proposal density, up to one constant a family; both null where the draw stands for \
                     no share of reality"
                .to_owned(),
        }
    }
}

/// The folder name that a pack with this verdict carries.
pub fn folder_name(name: &str, verdict: &Verdict) -> String {
    let stand_in = if verdict.stand_in { ".STAND-IN" } else { "" };
    match verdict.decision {
        Decision::Accept => format!("{name}{stand_in}.pack"),
        Decision::Reject | Decision::Inconclusive => format!("{name}{stand_in}.{}.pack", verdict.decision.word()),
    }
}

#[cfg(test)]
mod tests;
