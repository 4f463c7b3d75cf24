//! How a synthetic set differs from the reference half of a real one. A diagnosis: it never accepts a pack.

use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::{Monitor, Note, Rgb};
use crate::data::{DataError, Origin};
use crate::drift::{self, ChannelHistograms, Distance, FeatureDifference};
use crate::study::{SetRef, Study};

use super::place::{Place, Stamp};
use super::{RunError, import};

/// What to compare and how closely.
#[derive(Clone, Debug)]
pub struct CompareRequest {
    /// The real set's name; only its reference half is opened.
    pub real: String,
    /// The synthetic set's name.
    pub synthetic: String,
    /// Frames taken from each episode, evenly spaced.
    pub frames: u32,
    /// Permutations behind the p-values.
    pub permutations: u32,
}

/// The finding, as kept in `compare/`.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The real set.
    pub real: String,
    /// Whether it is truly real or a stand-in.
    pub real_origin: Origin,
    /// The synthetic set.
    pub synthetic: String,
    /// KID with its null band.
    pub distance: Distance,
    /// One a feature, largest effect first.
    pub differences: Vec<FeatureDifference>,
    /// What differs most, in words.
    pub sentences: Vec<String>,
    /// Luminance histograms, 256 bins, shares: real, synthetic.
    pub luminance: [Vec<f64>; 2],
    /// Red, green and blue histograms of the real set, 256 bins each, shares.
    pub colour_real: [Vec<f64>; 3],
    /// The same of the synthetic set.
    pub colour_synthetic: [Vec<f64>; 3],
    /// Frames looked at: real, synthetic.
    pub n_frames: [usize; 2],
    /// Where it is kept.
    pub file: PathBuf,
}

/// The kept file: numbers without pictures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ComparisonFile {
    /// `worldproof comparison 1`.
    pub format: String,
    /// The real set.
    pub real: String,
    /// Its origin.
    pub real_origin: Origin,
    /// The synthetic set.
    pub synthetic: String,
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
    /// Groups: real, synthetic.
    pub groups: [usize; 2],
    /// Frames: real, synthetic.
    pub frames: [usize; 2],
    /// What to keep in mind.
    pub caveat: Option<String>,
    /// What differs most.
    pub sentences: Vec<String>,
    /// Every feature, largest effect first.
    #[serde(default)]
    pub differences: Vec<DifferenceEntry>,
    /// Luminance histograms, 256 bins, shares: real, synthetic.
    #[serde(default)]
    pub luminance: [Vec<f64>; 2],
}

/// How one feature differs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DifferenceEntry {
    /// The feature's name.
    pub feature: String,
    /// Mean over the real reference's frames.
    pub real: f64,
    /// Mean over the synthetic frames.
    pub synthetic: f64,
    /// Difference of the means in standard deviations of the real reference's frames.
    pub effect_sd: f64,
    /// P(synthetic > real) − P(synthetic < real), −1 to 1.
    pub cliffs_delta: f64,
    /// Largest distance between the empirical distribution functions, 0 to 1.
    pub ks: f64,
    /// Permutation p by group.
    pub p: f64,
    /// `p` adjusted over all features (Benjamini–Hochberg).
    pub p_adjusted: f64,
}

impl DifferenceEntry {
    /// As kept and as printed.
    pub fn new(difference: &FeatureDifference) -> Self {
        Self {
            feature: difference.name.clone(),
            real: difference.mean_x,
            synthetic: difference.mean_y,
            effect_sd: difference.effect,
            cliffs_delta: difference.cliffs_delta,
            ks: difference.ks,
            p: difference.p,
            p_adjusted: difference.p_adjusted,
        }
    }
}

/// One set's frames as features and histograms.
struct Side {
    features: Vec<Vec<f64>>,
    groups: Vec<u64>,
    histograms: ChannelHistograms,
}

impl Side {
    fn rows(&self) -> drift::Side<'_> {
        drift::Side { rows: &self.features, groups: &self.groups }
    }
}

/// Compares two sets.
///
/// # Errors
/// When a set cannot be read or has too few episodes.
pub fn compare(
    place: &Place,
    study: &Study,
    request: &CompareRequest,
    stamp: &Stamp,
    monitor: &dyn Monitor,
) -> Result<Comparison, RunError> {
    if request.frames == 0 || request.permutations == 0 {
        let wrong = "a comparison needs at least 1 frame of each episode and 1 permutation; leave the option out";
        return Err(RunError::Request(wrong.to_owned()));
    }
    let real_ref = import::set_ref(study, &request.real)?;
    let synthetic_ref = import::set_ref(study, &request.synthetic)?;
    import::expect_origin(real_ref, &[Origin::Real, Origin::StandIn])?;
    import::expect_origin(synthetic_ref, &[Origin::Synthetic])?;
    let x = side(place, real_ref, request.frames, "Reading the real reference", monitor)?;
    let y = side(place, synthetic_ref, request.frames, "Reading the synthetic set", monitor)?;
    monitor.step("Measuring the distance", 0, 1);
    let settings = drift::Settings { permutations: request.permutations as usize, seed: study.seed };
    let distance = drift::kid(&x.rows(), &y.rows(), drift::DESCRIPTOR, &settings, monitor)?;
    let differences = drift::differences(&x.rows(), &y.rows(), drift::NAMES, &settings, monitor)?;
    monitor.step("Measuring the distance", 1, 1);
    let sentences = vec![drift::sentence(&differences, side_word(real_ref.origin), "synthetic")];
    let file = place.folder.join("compare").join(format!("{}--{}.json", request.real, request.synthetic));
    let comparison = Comparison {
        real: request.real.clone(),
        real_origin: real_ref.origin,
        synthetic: request.synthetic.clone(),
        sentences,
        luminance: [shares(&x.histograms.luminance), shares(&y.histograms.luminance)],
        colour_real: x.histograms.rgb.each_ref().map(|counts| shares(counts)),
        colour_synthetic: y.histograms.rgb.each_ref().map(|counts| shares(counts)),
        n_frames: [x.features.len(), y.features.len()],
        distance,
        differences,
        file,
    };
    keep(place, &comparison, stamp)?;
    Ok(comparison)
}

/// What the reference side is called in sentences.
pub fn side_word(origin: Origin) -> &'static str {
    if origin == Origin::StandIn { "the stand-in" } else { "real" }
}

/// Counts as shares of their sum.
fn shares(counts: &[u64]) -> Vec<f64> {
    let total = counts.iter().sum::<u64>().max(1) as f64;
    counts.iter().map(|count| *count as f64 / total).collect()
}

/// Evenly spaced frame numbers, at the middle of `count` equal parts.
pub fn spaced(n_frames: u32, count: u32) -> Vec<u32> {
    let count = count.min(n_frames);
    (0..count).map(|at| ((u64::from(at) * 2 + 1) * u64::from(n_frames) / (u64::from(count) * 2)) as u32).collect()
}

fn side(place: &Place, set_ref: &SetRef, frames: u32, stage: &str, monitor: &dyn Monitor) -> Result<Side, RunError> {
    let set = import::open_set(place, set_ref, monitor)?;
    let visible = import::visible_episodes(&set, set_ref);
    let mut pictures: Vec<Arc<Rgb>> = Vec::new();
    let mut side = Side { features: Vec::new(), groups: Vec::new(), histograms: ChannelHistograms::default() };
    for (done, episode) in visible.iter().enumerate() {
        monitor.step(stage, done as u64, visible.len() as u64);
        pictures.clear();
        for frame in spaced(set.episodes[*episode].n_frames, frames) {
            if monitor.stopped() {
                return Err(RunError::Stopped);
            }
            match set.frame(0, *episode, frame) {
                Ok(picture) => pictures.push(picture),
                Err(DataError::Stopped) => return Err(RunError::Stopped),
                // One damaged file must not cost the finding; the counts of frames say what was looked at.
                Err(err) => monitor.note(Note::new(&set_ref.name, format!("A frame is left out: {err}."))),
            }
        }
        side.groups.extend(pictures.iter().map(|_| set.episodes[*episode].id));
        side.features.par_extend(pictures.par_iter().map(|picture| drift::describe(picture)));
        for picture in &pictures {
            side.histograms.add(picture);
        }
    }
    monitor.step(stage, visible.len() as u64, visible.len() as u64);
    Ok(side)
}

fn keep(place: &Place, found: &Comparison, stamp: &Stamp) -> Result<(), RunError> {
    let distance = &found.distance;
    let file = ComparisonFile {
        format: "worldproof comparison 1".to_owned(),
        real: found.real.clone(),
        real_origin: found.real_origin,
        synthetic: found.synthetic.clone(),
        metric: distance.name.to_owned(),
        features: distance.features.to_owned(),
        value: distance.value,
        null_band: [distance.null_low, distance.null_high],
        p: distance.p,
        groups: [distance.groups_x, distance.groups_y],
        frames: found.n_frames,
        caveat: distance.caveat.clone(),
        sentences: found.sentences.clone(),
        differences: found.differences.iter().map(DifferenceEntry::new).collect(),
        luminance: found.luminance.clone(),
    };
    crate::base::files::make_folder(&place.folder.join("compare"))?;
    super::synthetic::write_json(&found.file, &file)?;
    let body = serde_json::json!({
        "real": found.real, "synthetic": found.synthetic, "metric": file.metric, "features": file.features,
        "value": file.value, "p": file.p, "groups": file.groups, "frames": file.frames,
    });
    place.record(stamp, "compare.run", body)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_spread_over_the_episode() {
        assert_eq!(spaced(10, 2), [2, 7], "middles of halves");
        assert_eq!(spaced(3, 12), [0, 1, 2], "never twice");
        assert_eq!(spaced(0, 5), [] as [u32; 0], "empty episode");
        assert_eq!(spaced(300, 1), [150], "middle");
    }
}
