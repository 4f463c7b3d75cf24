//! What the Compare workspace shows.

use eframe::egui::TextureId;

use super::{ContactSheet, Histogram, Picture, Timeline};

/// A sentence on how two sets differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The sentence.
    pub text: String,
    /// The family and the parameter of it that it speaks of, to be opened.
    pub parameter: Option<(String, String)>,
}

impl From<&str> for Told {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), parameter: None }
    }
}

/// A drift metric.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Name.
    pub name: String,
    /// Value.
    pub value: f64,
    /// Where it would lie if both sets came from one source (2.5 % to 97.5 %).
    pub null: Option<[f64; 2]>,
    /// Interval of the value, where one was computed.
    pub interval: Option<[f64; 2]>,
    /// Groups (episodes) it stands on.
    pub groups: u64,
    /// What it is and what would move it.
    pub about: String,
    /// Chance of a value this far out if both sets had one source; `None` where it was not tested.
    pub p: Option<f64>,
    /// Why this value is to be read with care, if it is; one sentence.
    pub caveat: Option<String>,
    /// Histogram behind it.
    pub histogram: Histogram,
}

/// Compare workspace.
#[derive(Clone, Debug)]
pub struct CompareView {
    /// The real set's name.
    pub real_set: String,
    /// The synthetic set's name.
    pub synthetic_set: String,
    /// Real picture.
    pub real: Picture,
    /// Synthetic picture.
    pub synthetic: Picture,
    /// Texture of the difference, if both have the same size.
    pub difference: Option<TextureId>,
    /// Pairs to choose from.
    pub pairs: ContactSheet,
    /// Drift.
    pub metrics: Vec<Metric>,
    /// How single features differ, the largest effect first; values are Cliff's delta.
    pub features: Vec<Metric>,
    /// What differs, what to beware of and what causes it, a sentence each.
    pub told: Vec<Told>,
    /// Selected metric.
    pub selected: Option<String>,
    /// Features on the drift map as (x, y, is synthetic).
    pub scatter: Vec<(f64, f64, bool)>,
    /// Time, common to both pictures.
    pub timeline: Timeline,
    /// Small multiples: luminance, red, green, blue.
    pub histograms: Vec<Histogram>,
    /// What the distances cannot tell, in one or two sentences; empty where there is nothing to say.
    pub note: String,
}
