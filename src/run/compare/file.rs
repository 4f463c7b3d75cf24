//! A comparison as it is kept and printed: numbers without pictures.

use serde::{Deserialize, Serialize};

use crate::backbone::{Backbone, RUNTIME};
use crate::data::Origin;
use crate::drift::probe::{self, Carried, Told};
use crate::drift::{self, Banded, Bands, Cause, Distance, FeatureDifference};
use crate::stats::Interval;

use super::Measuring;

/// The kept file: numbers without pictures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ComparisonFile {
    /// `worldproof comparison 3`; 2 had no bands of single features, and 1 knew a real and a synthetic set alone.
    pub format: String,
    /// The reference.
    #[serde(alias = "real")]
    pub reference: String,
    /// Its origin.
    #[serde(alias = "real_origin")]
    pub reference_origin: Origin,
    /// The set that was held against it.
    #[serde(alias = "synthetic")]
    pub other: String,
    /// Its origin.
    #[serde(default = "synthetic")]
    pub other_origin: Origin,
    /// What both sets were when they were looked at; the finding says nothing of what they are later.
    #[serde(default)]
    pub identities: [String; 2],
    /// How closely they were looked at, and on what; left out where files are from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measuring: Option<Measuring>,
    /// What the sets call the cameras that were looked through, the reference's first; empty where files are from before this was kept.
    #[serde(default)]
    pub cameras: [String; 2],
    /// Their positions among the sets' cameras.
    #[serde(default)]
    pub camera_positions: [usize; 2],
    /// The family that the other set was drawn from, or the reference where that alone was generated; empty where neither was.
    #[serde(default)]
    pub family: String,
    /// Name of the distance.
    pub metric: String,
    /// Features it is taken on.
    pub features: String,
    /// Its value; may be negative.
    pub value: f64,
    /// 2.5 % and 97.5 % of the permutations.
    pub null_band: [f64; 2],
    /// Permutation p by group.
    pub p: f64,
    /// Groups of both.
    pub groups: [usize; 2],
    /// Frames of both.
    pub frames: [usize; 2],
    /// What to keep in mind.
    pub caveat: Option<String>,
    /// What differs most.
    pub sentences: Vec<String>,
    /// Parameters that explain what differs.
    #[serde(default)]
    pub causes: Vec<CauseEntry>,
    /// Every distance, the one above first.
    #[serde(default)]
    pub distances: Vec<DistanceEntry>,
    /// Distances that are not shown, each with the reason.
    #[serde(default)]
    pub hidden: Vec<String>,
    /// Every feature: those told from chance first, then by effect.
    #[serde(default)]
    pub differences: Vec<DifferenceEntry>,
    /// Every signal that both sets have, and its change per second, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<DifferenceEntry>,
    /// Touches of two generated sets, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touches: Vec<DifferenceEntry>,
    /// Parameters of two sets of one family, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<DifferenceEntry>,
    /// The network that distances were taken on; left out where they were taken on the built-in features.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backbone: Option<BackboneEntry>,
    /// Where in the pictures the sets can be told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ProbeEntry>,
    /// Luminance histograms, 256 bins, shares, the reference's first.
    #[serde(default)]
    pub luminance: [Vec<f64>; 2],
    /// Red, green and blue histograms of both.
    #[serde(default)]
    pub colours: [[Vec<f64>; 3]; 2],
}

/// A network that features came from: enough to know whether numbers can be held against each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackboneEntry {
    /// File, digest, size, filter, fit, scale, output and tokens.
    pub name: String,
    /// BLAKE3 of the model's file, or of the list of its files.
    pub digest: String,
    /// Name and BLAKE3 of each file that was read, the model first.
    pub files: Vec<(String, String)>,
    /// Numbers in a row.
    pub length: usize,
    /// What ran it.
    pub runtime: String,
}

impl BackboneEntry {
    /// As kept and as printed.
    pub fn new(backbone: &Backbone) -> Self {
        let files = backbone.files().iter().map(|(name, digest)| (name.clone(), digest.to_string()));
        Self {
            name: backbone.name(),
            digest: backbone.digest().to_string(),
            files: files.collect(),
            length: backbone.length(),
            runtime: RUNTIME.to_owned(),
        }
    }
}

/// What the domain probe tells: whether frames can be told apart, by what, and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProbeEntry {
    /// Name and version of what is measured.
    pub version: String,
    /// Share of pairs of frames, one of either set, that it tells right; of frames that the judging model did not see.
    pub auc: f64,
    /// 2.5 % and 97.5 % of the permutations.
    pub null_band: [f64; 2],
    /// Permutation p by group.
    pub p: f64,
    /// Labellings behind the band.
    pub permutations: usize,
    /// Frames of both.
    pub frames: [usize; 2],
    /// Groups of both.
    pub groups: [usize; 2],
    /// What each property gives of the decision, the most first.
    pub properties: Vec<PropertyEntry>,
    /// Columns and rows that the picture is cut into.
    pub grid: [usize; 2],
    /// AUC of each cell by itself, row by row from the top left.
    pub cells: Vec<f64>,
    /// A cell above this tells by itself (95 % of the largest of all cells under permutations stay below).
    pub cell_chance: f64,
    /// What a reader must know before trusting that nothing was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caveat: Option<String>,
}

/// What a property gives of the probe's decision.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PropertyEntry {
    /// Its name.
    pub property: String,
    /// Its part of the gap between the sides, in log-odds; below 0 where it speaks for the wrong one.
    pub part: f64,
    /// AUC of it alone; above 0.5 it is higher in the other set.
    pub alone: f64,
    /// Mean of the other set less the reference's, in standard deviations of frames.
    pub shift_sd: f64,
}

impl ProbeEntry {
    /// As kept and as printed.
    pub fn new(told: &Told) -> Self {
        let property = |one: &Carried| PropertyEntry {
            property: one.property.name.to_owned(),
            part: one.part,
            alone: one.alone,
            shift_sd: one.shift,
        };
        Self {
            version: probe::VERSION.to_owned(),
            auc: told.auc,
            null_band: [told.null_low, told.null_high],
            p: told.p,
            permutations: told.permutations,
            frames: told.frames,
            groups: told.groups,
            properties: told.carried.iter().map(property).collect(),
            grid: [probe::COLUMNS, probe::ROWS],
            cells: told.cells.iter().map(|cell| cell.auc).collect(),
            cell_chance: told.cell_chance,
            caveat: told.caveat(),
        }
    }
}

/// One distance with what chance alone would give.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DistanceEntry {
    /// Its name.
    pub metric: String,
    /// Its value.
    pub value: f64,
    /// 2.5 % and 97.5 % of the permutations.
    pub null_band: [f64; 2],
    /// Permutation p by group.
    pub p: f64,
    /// Labellings behind the band.
    pub permutations: usize,
    /// 95 % interval of the value, where the distance has one.
    pub interval: Option<[f64; 2]>,
    /// 2.5 % and 97.5 % between halves of the reference.
    pub reference_band: Option<[f64; 2]>,
    /// Whether the labellings were all that exist.
    #[serde(default)]
    pub exact: bool,
    /// What to keep in mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caveat: Option<String>,
}

impl DistanceEntry {
    /// As kept and as printed.
    pub fn new(distance: &Distance) -> Self {
        Self {
            metric: distance.measure.name().to_owned(),
            value: distance.value,
            null_band: [distance.null_low, distance.null_high],
            p: distance.p,
            permutations: distance.permutations,
            interval: distance.interval.map(|interval| [interval.low, interval.high]),
            reference_band: distance.reference_band.map(|band| [band.low, band.high]),
            exact: distance.exact,
            caveat: distance.caveat.clone(),
        }
    }
}

/// A parameter that explains how much of a feature varies between draws.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CauseEntry {
    /// The feature.
    pub feature: String,
    /// The family's parameter.
    pub parameter: String,
    /// Share of the spread between draws, 0 to 1 (adjusted R² of ranks).
    pub share: f64,
    /// Correlation of ranks.
    pub correlation: f64,
    /// Permutation p, adjusted over all pairs that were looked at.
    pub p: f64,
    /// Whether a higher value would bring the feature nearer to the reference; none where it neither rises nor falls with it.
    #[serde(default)]
    pub raise: Option<bool>,
    /// In words.
    pub sentence: String,
}

impl CauseEntry {
    /// As kept and as printed; `reference` is what the other side is called.
    pub fn new(cause: &Cause, reference: &str) -> Self {
        Self {
            feature: cause.feature.clone(),
            parameter: cause.parameter.clone(),
            share: cause.share,
            correlation: cause.correlation,
            p: cause.p,
            raise: cause.raise,
            sentence: cause.sentence(reference),
        }
    }
}

/// How one feature differs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DifferenceEntry {
    /// The feature's name.
    pub feature: String,
    /// Mean over the reference's frames.
    #[serde(alias = "real")]
    pub reference: f64,
    /// Mean over the other set's frames.
    #[serde(alias = "synthetic")]
    pub other: f64,
    /// Difference of the means in standard deviations of the reference's frames.
    pub effect_sd: f64,
    /// P(other > reference) − P(other < reference), −1 to 1.
    pub cliffs_delta: f64,
    /// Largest distance between the empirical distribution functions, 0 to 1.
    pub ks: f64,
    /// Wasserstein-1 distance in standard deviations of the reference's frames.
    #[serde(default)]
    pub w1_sd: f64,
    /// Jensen–Shannon distance over the reference's deciles, in bits.
    #[serde(default)]
    pub js: f64,
    /// Population stability index over the reference's deciles, shares of at least 0.0001.
    #[serde(default)]
    pub psi: f64,
    /// Permutation p by group.
    pub p: f64,
    /// `p` adjusted over all features (Benjamini–Hochberg).
    pub p_adjusted: f64,
    /// Standard deviations of the reference's frames and of the other set's; left out where files are from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd: Option<[f64; 2]>,
    /// Groups of the reference and of the other set that have it; left out likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<[usize; 2]>,
    /// Where each number lies by chance; left out likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<ChanceEntry>,
}

/// Where the numbers of a difference lie by chance.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ChanceEntry {
    /// Relabellings behind all but the first.
    pub permutations: usize,
    /// Of the difference of means.
    pub effect_sd: BandEntry,
    /// Of Cliff's delta.
    pub cliffs_delta: BandEntry,
    /// Of the Kolmogorov–Smirnov distance.
    pub ks: BandEntry,
    /// Of the Wasserstein-1 distance.
    pub w1_sd: BandEntry,
    /// Of the Jensen–Shannon distance.
    pub js: BandEntry,
    /// Its p, adjusted over all features (Benjamini–Hochberg): whether the shapes differ.
    pub js_p_adjusted: f64,
    /// Of the population stability index.
    pub psi: BandEntry,
}

/// Where a number lies by chance.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct BandEntry {
    /// 2.5 % and 97.5 % of the permutations.
    pub null_band: [f64; 2],
    /// 2.5 % and 97.5 % between halves of the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_band: Option<[f64; 2]>,
    /// Permutation p by group.
    pub p: f64,
}

impl BandEntry {
    fn new(bands: Bands, p: f64) -> Self {
        let ends = |band: Interval| [band.low, band.high];
        Self { null_band: ends(bands.null), reference_band: bands.halves.map(ends), p }
    }

    fn of(number: &Banded) -> Self {
        Self::new(number.bands, number.p)
    }

    /// As it was found.
    pub(super) fn bands(&self) -> Bands {
        let interval = |ends: [f64; 2]| Interval { low: ends[0], high: ends[1] };
        Bands { null: interval(self.null_band), halves: self.reference_band.map(interval) }
    }

    /// With the number itself, as it was found.
    pub(super) fn banded(&self, value: f64) -> Banded {
        Banded { value, bands: self.bands(), p: self.p }
    }
}

impl DifferenceEntry {
    /// Whether it is beyond chance and not negligible.
    pub fn is_told(&self) -> bool {
        drift::is_told(self.p_adjusted, self.effect_sd, self.cliffs_delta)
    }

    /// Whether its shape differs beyond chance, and not negligibly, where its mean does not.
    pub fn is_told_by_shape(&self) -> bool {
        let is_beyond = |of: &ChanceEntry| drift::is_told_by_shape(of.js_p_adjusted, self.js, of.js.null_band[1]);
        !self.is_told() && self.chance.as_ref().is_some_and(is_beyond)
    }

    /// As kept and as printed.
    pub fn new(difference: &FeatureDifference) -> Self {
        let shape = &difference.shape;
        Self {
            feature: difference.name.clone(),
            reference: difference.mean_x,
            other: difference.mean_y,
            effect_sd: difference.effect,
            cliffs_delta: shape.cliffs_delta.value,
            ks: shape.ks.value,
            w1_sd: shape.w1_sd.value,
            js: shape.js.value,
            psi: shape.psi.value,
            p: difference.p,
            p_adjusted: difference.p_adjusted,
            sd: Some([difference.sd_x, difference.sd_y]),
            groups: Some(difference.groups),
            chance: Some(ChanceEntry {
                permutations: shape.labellings,
                effect_sd: BandEntry::new(difference.effect_bands, difference.p),
                cliffs_delta: BandEntry::of(&shape.cliffs_delta),
                ks: BandEntry::of(&shape.ks),
                w1_sd: BandEntry::of(&shape.w1_sd),
                js: BandEntry::of(&shape.js),
                js_p_adjusted: difference.shape_p_adjusted,
                psi: BandEntry::of(&shape.psi),
            }),
        }
    }
}

/// What a comparison of the first format was with.
fn synthetic() -> Origin {
    Origin::Synthetic
}
