//! What the Compare workspace shows.

use std::sync::Arc;

use eframe::egui::TextureId;

use super::{ContactSheet, Histogram, Origin, Picture, Timeline};
use crate::run::annotations::Annotation;
use crate::run::compare::MapDot;
use crate::run::pairing::{MatchBy, TimeLock};

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
    /// Tells it from all others: a signal and a parameter may have one name.
    pub id: String,
    /// Name.
    pub name: String,
    /// Value.
    pub value: f64,
    /// Where it would lie if both sets came from one source (2.5 % to 97.5 %).
    pub null: Option<[f64; 2]>,
    /// Where it lies between halves of the reference, split by episode.
    pub halves: Option<[f64; 2]>,
    /// Ends of its axis, where all of its kind share one.
    pub axis: Option<[f64; 2]>,
    /// Interval of the value, where one was computed.
    pub interval: Option<[f64; 2]>,
    /// Groups (episodes) it stands on.
    pub groups: u64,
    /// What it is and what would move it.
    pub about: String,
    /// Chance of a value this far out if both sets had one source; `None` where it was not tested.
    pub p: Option<f64>,
    /// Other numbers of the same thing.
    pub beside: Vec<Beside>,
    /// Why this value is to be read with care, if it is; one sentence.
    pub caveat: Option<String>,
}

/// A number that stands beside a metric.
#[derive(Clone, Debug)]
pub struct Beside {
    /// Name, with its unit.
    pub name: &'static str,
    /// Value.
    pub value: f64,
    /// Where it would lie if both sets came from one source (2.5 % to 97.5 %).
    pub null: [f64; 2],
    /// Where it lies between halves of the reference.
    pub halves: Option<[f64; 2]>,
}

/// Which set and which of its cameras stand on one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideChoice {
    /// The study's sets: names and origins.
    pub sets: Vec<(String, Origin)>,
    /// The chosen one's name; empty where there is none.
    pub set: String,
    /// Its cameras, as people call them.
    pub cameras: Vec<String>,
    /// Position of the chosen camera.
    pub camera: usize,
}

impl SideChoice {
    /// Where the chosen set comes from.
    pub fn origin(&self) -> Option<Origin> {
        self.sets.iter().find(|(name, _)| *name == self.set).map(|(_, origin)| *origin)
    }
}

/// How episodes are matched, and what is the same on both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// The choice.
    pub by: MatchBy,
    /// Conditions that both sets share.
    pub conditions: Vec<String>,
    /// What time is locked by.
    pub lock: TimeLock,
    /// What is being done about it, in a few words; empty when nothing is.
    pub busy: String,
    /// Why it cannot be done; empty where it can.
    pub failed: String,
    /// The shown pages of pairs, from 1, and how many there are; `None` where one holds them all.
    pub page: Option<[usize; 2]>,
}

/// A signal of one side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignalLine {
    /// Signals to choose from.
    pub offered: Vec<String>,
    /// The chosen one's name; empty where none is.
    pub name: String,
    /// (Seconds on the pair's time line, value), in order of time.
    pub points: Vec<[f64; 2]>,
    /// True where each point stands for itself: those of frames that were matched by looks.
    pub dots: bool,
    /// Value at the cursor.
    pub now: Option<f64>,
    /// Why there is no line; empty where there is.
    pub why: String,
}

/// What was written about a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemarkRow {
    /// Which pair (`"episode 3 · frame 12 beside draw 7 · frame 4"`).
    pub about: String,
    /// Whether it is flagged.
    pub flagged: bool,
    /// Free text.
    pub text: String,
    /// Whether it is the shown pair.
    pub shown: bool,
}

/// What a shortcut audit says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditView {
    /// The set.
    pub set: String,
    /// What tells what, with the parameter to be opened where it is one; then what could not be told.
    pub told: Vec<Told>,
    /// On how much it stands (`"316 pairs of 48 draws"`).
    pub about: String,
    /// Whether something was told.
    pub accuses: bool,
    /// Parameters that can be exchanged among the set's draws; none where it is no generated set.
    pub parameters: Vec<String>,
    /// What came of each exchange so far.
    pub swapped: Vec<String>,
}

/// Which pictures of a set are nearly the same, through the camera that its side shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TwinsView {
    /// The set.
    pub set: String,
    /// What was found, a sentence each.
    pub told: Vec<String>,
    /// On what it stands (`"One picture in 30 of cam_high; …"`).
    pub about: String,
    /// What is repeated most, most first.
    pub rows: Vec<RepeatRow>,
}

/// A picture that stands for others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepeatRow {
    /// It and one of the others, side by side; 8 wide to 3 high.
    pub texture: Option<TextureId>,
    /// Which it is.
    pub first: String,
    /// Which the others are.
    pub others: String,
    /// Its episode and frame, to be shown; `None` where it is held back.
    pub frame: Option<(u64, u32)>,
}

/// Where the dots of the map lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapLayout {
    /// On the plane along which they differ most.
    #[default]
    Plane,
    /// So that those that look alike lie together.
    Neighbours,
}

/// What the dots of the map are coloured by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MapColour {
    /// Which of the two sets a frame is of.
    #[default]
    Side,
    /// What is known of its episode (`light`, `task`, `outcome`).
    Condition(String),
    /// A parameter of its draw, of a generated set.
    Parameter(String),
    /// What was measured on it, by position among [`crate::drift::NAMES`].
    Feature(usize),
}

impl MapColour {
    /// In a word or two.
    pub fn word(&self) -> &str {
        match self {
            Self::Side => "set",
            Self::Condition(name) if name == crate::run::conditions::NUMBER => "episode",
            Self::Condition(name) | Self::Parameter(name) => name,
            Self::Feature(at) => crate::drift::NAMES.get(*at).copied().unwrap_or(""),
        }
    }

    /// What kind of thing it is, for the list to choose from.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Side => "",
            Self::Condition(_) => "Known of the episode",
            Self::Parameter(_) => "Parameter of the draw",
            Self::Feature(_) => "Measured on the frame",
        }
    }
}

/// The colour of each dot, without the colours: the screen knows those.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shades {
    /// One a dot: a place in the key's list, or 0 to 255 along its scale; `None` where nothing is known. Empty where sets are told.
    pub of_dot: Vec<Option<u8>>,
    /// What the shades mean.
    pub key: ShadeKey,
}

/// What shades mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ShadeKey {
    /// The two sets.
    #[default]
    Sides,
    /// Values in order, each with its count of dots; whatever comes after them has no shade.
    Values(Vec<(String, usize)>),
    /// The values at both ends of a scale.
    Scale([f64; 2]),
}

/// What lies within the lasso.
#[derive(Clone, Debug, PartialEq)]
pub struct LassoView {
    /// One a dot.
    pub inside: Arc<[bool]>,
    /// How much it is (`"134 of 2 400 frames, 9 of 60 pairs"`).
    pub about: String,
}

/// The frame under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Peek {
    /// The dot.
    pub dot: MapDot,
    /// Its picture with width and height, or why there is none.
    pub picture: Result<(TextureId, [u32; 2]), String>,
}

/// What the domain probe sees in the two frames of the shown pair.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceView {
    /// What both sets are called inside a sentence, the reference first.
    pub words: [String; 2],
    /// What must be known before it is believed; empty where nothing.
    pub about: String,
    /// The cells of both pictures, row by row; `None` while they are worked out.
    pub cells: Option<[Vec<CellLook>; 2]>,
}

/// A cell of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellLook {
    /// Log-odds, above 0 for the other set: what the cell looks like, or what the frame loses with it hidden.
    pub value: f64,
    /// The property that speaks loudest.
    pub strongest: &'static str,
}

/// What is written about the things in a side's frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelsView {
    /// One a thing.
    pub all: Arc<[Annotation]>,
    /// Why there are none, where they cannot be read.
    pub failed: String,
}

/// Frames on the map of features.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scatter {
    /// What both sides are called, the reference first.
    pub words: [String; 2],
    /// What places on it mean, a line each (`"Across: 31 % of what varies, most of all luminance_mean"`).
    pub axes: [String; 2],
    /// The frames.
    pub dots: Arc<[MapDot]>,
    /// The shown pair's frames, by position among the dots; the nearest that was looked at.
    pub shown: [Option<usize>; 2],
    /// Where the dots lie.
    pub layout: MapLayout,
    /// What the dots are coloured by.
    pub by: MapColour,
    /// What they can be coloured by.
    pub offered: Arc<[MapColour]>,
    /// Their colours.
    pub shades: Arc<Shades>,
    /// The lasso, where one was thrown.
    pub lasso: Option<LassoView>,
    /// The frame under the pointer, once its picture was asked for.
    pub peek: Option<Peek>,
}

/// Compare workspace.
#[derive(Clone, Debug)]
pub struct CompareView {
    /// Both sides' sets and cameras, the reference first.
    pub sides: [SideChoice; 2],
    /// How they are matched.
    pub matching: Matching,
    /// The reference's picture.
    pub reference: Picture,
    /// The other set's picture.
    pub other: Picture,
    /// What is written about the things in both frames; `None` where neither set has any labels.
    pub labels: Option<[LabelsView; 2]>,
    /// What the domain probe sees in both; `None` before the sets are compared.
    pub evidence: Option<EvidenceView>,
    /// Texture of the difference or of its heat map, where both have the same shape.
    pub difference: Option<TextureId>,
    /// A signal of each side over the pair's time.
    pub signals: [SignalLine; 2],
    /// What the shortcut audit of one of the two sets says; `None` before one.
    pub audit: Option<AuditView>,
    /// Which pictures each of the two sets repeats, the reference first; `None` before it was looked for.
    pub twins: [Option<Arc<TwinsView>>; 2],
    /// What was written about pairs of these two sets; empty where nothing was.
    pub remarks: Vec<RemarkRow>,
    /// What is written about the shown pair; `None` where none is shown.
    pub remark: Option<RemarkRow>,
    /// Pairs to choose from.
    pub pairs: ContactSheet,
    /// Drift.
    pub metrics: Vec<Metric>,
    /// How single features differ, those beyond chance first, then by effect; values are Cliff's delta.
    pub features: Vec<(&'static str, Vec<Metric>)>,
    /// What the numbers were taken on (`"Built-in features · 12 frames of each episode"`); empty before a comparison.
    pub measured: String,
    /// What differs, what to beware of and what causes it, a sentence each.
    pub told: Vec<Told>,
    /// Selected metric.
    pub selected: Option<String>,
    /// Frames on the map of features; none before a comparison.
    pub scatter: Scatter,
    /// Time, common to both pictures.
    pub timeline: Timeline,
    /// Small multiples: luminance, red, green, blue.
    pub histograms: Vec<Histogram>,
    /// What the distances cannot tell, in one or two sentences; empty where there is nothing to say.
    pub note: String,
}
