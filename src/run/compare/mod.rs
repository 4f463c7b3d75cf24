//! How a set differs from another: of real sets the reference half is looked at. A diagnosis: it never accepts a pack.

mod signals;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::{Monitor, Note, Rgb};
use crate::data::{DataError, Origin, Set};
use crate::drift::{self, Cause, ChannelHistograms, Distance, FeatureDifference};
use crate::study::{SetRef, Study};

pub use signals::SignalDrift;

use super::place::{Place, Stamp};
use super::synthetic::{EpisodeFile, SetFile, episode_folder};
use super::{RunError, import};

/// What to compare and how closely.
#[derive(Clone, Debug)]
pub struct CompareRequest {
    /// The set that is the yardstick; of a real one only its reference half is opened.
    pub reference: String,
    /// The set that is held against it; of a real one, too, only the reference half.
    pub other: String,
    /// Positions of the cameras that are looked through, the reference's first.
    pub cameras: [usize; 2],
    /// Frames taken from each episode, evenly spaced.
    pub frames: u32,
    /// Permutations behind the p-values.
    pub permutations: u32,
}

/// The finding, as kept in `compare/`.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Both sets' names, the reference's first.
    pub names: [String; 2],
    /// Where both come from.
    pub origins: [Origin; 2],
    /// Positions of the cameras that were looked through.
    pub cameras: [usize; 2],
    /// What the sets call these cameras.
    pub camera_names: [String; 2],
    /// KID with its null band.
    pub distance: Distance,
    /// The other distances with theirs.
    pub others: Vec<Distance>,
    /// Distances that are not shown, each with the reason.
    pub hidden: Vec<String>,
    /// One a feature, largest effect first.
    pub differences: Vec<FeatureDifference>,
    /// Where each frame that was looked at lies among all of them; `None` where nothing differs between any two.
    pub map: Option<FeatureMap>,
    /// Signals and touches that both sets have.
    pub signals: SignalDrift,
    /// What differs most, in words.
    pub sentences: Vec<String>,
    /// The family that the other set was drawn from; empty where it is no synthetic one.
    pub family: String,
    /// Parameters of it that explain what differs.
    pub causes: Vec<Cause>,
    /// Luminance histograms, 256 bins, shares, the reference's first.
    pub luminance: [Vec<f64>; 2],
    /// Red, green and blue histograms of both, 256 bins each, shares.
    pub colours: [[Vec<f64>; 3]; 2],
    /// Frames looked at of both.
    pub n_frames: [usize; 2],
    /// Where it is kept.
    pub file: PathBuf,
}

impl Comparison {
    /// What both are called in sentences.
    pub fn words(&self) -> [String; 2] {
        side_words(&self.names, self.origins)
    }

    /// The causes as they are kept and printed.
    pub fn causes(&self) -> impl Iterator<Item = CauseEntry> {
        self.causes.iter().map(|cause| CauseEntry::new(cause, &self.words()[0]))
    }

    /// As it is kept and shown on pages: numbers without pictures.
    pub fn to_file(&self) -> ComparisonFile {
        let distance = &self.distance;
        ComparisonFile {
            format: "worldproof comparison 2".to_owned(),
            reference: self.names[0].clone(),
            reference_origin: self.origins[0],
            other: self.names[1].clone(),
            other_origin: self.origins[1],
            cameras: self.camera_names.clone(),
            metric: distance.measure.name().to_owned(),
            features: distance.features.to_owned(),
            value: distance.value,
            null_band: [distance.null_low, distance.null_high],
            p: distance.p,
            groups: [distance.groups_x, distance.groups_y],
            frames: self.n_frames,
            caveat: distance.caveat.clone(),
            sentences: self.sentences.clone(),
            causes: self.causes().collect(),
            distances: self.distances().map(DistanceEntry::new).collect(),
            hidden: self.hidden.clone(),
            signals: self.signals.signals.iter().chain(&self.signals.touches).map(DifferenceEntry::new).collect(),
            differences: self.differences.iter().map(DifferenceEntry::new).collect(),
            luminance: self.luminance.clone(),
        }
    }

    /// Every distance, KID first.
    pub fn distances(&self) -> impl Iterator<Item = &Distance> {
        std::iter::once(&self.distance).chain(&self.others)
    }
}

/// The kept file: numbers without pictures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ComparisonFile {
    /// `worldproof comparison 2`; 1 knew a real and a synthetic set alone.
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
    /// What the sets call the cameras that were looked through, the reference's first; empty where files are from before this was kept.
    #[serde(default)]
    pub cameras: [String; 2],
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
    /// Every feature, largest effect first.
    #[serde(default)]
    pub differences: Vec<DifferenceEntry>,
    /// Every signal that both sets have, and its change per second, largest effect first; then touches of two generated sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<DifferenceEntry>,
    /// Luminance histograms, 256 bins, shares, the reference's first.
    #[serde(default)]
    pub luminance: [Vec<f64>; 2],
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
}

impl DifferenceEntry {
    /// As kept and as printed.
    pub fn new(difference: &FeatureDifference) -> Self {
        Self {
            feature: difference.name.clone(),
            reference: difference.mean_x,
            other: difference.mean_y,
            effect_sd: difference.effect,
            cliffs_delta: difference.cliffs_delta,
            ks: difference.ks,
            w1_sd: difference.w1_sd,
            js: difference.js,
            psi: difference.psi,
            p: difference.p,
            p_adjusted: difference.p_adjusted,
        }
    }
}

/// All frames that were looked at on one plane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureMap {
    /// The frames, the reference's first.
    pub dots: Arc<[MapDot]>,
    /// The share of all variance along each axis, 0 to 1.
    pub explained: [f64; 2],
    /// The feature that weighs most on each axis.
    pub strongest: [&'static str; 2],
}

/// A frame on the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapDot {
    /// 0 for the reference, 1 for the other.
    pub side: usize,
    /// Episode id.
    pub episode: u64,
    /// From 0.
    pub frame: u32,
    /// Along the two axes.
    pub at: [f64; 2],
}

/// One set's frames as features and histograms.
#[derive(Default)]
struct Side {
    features: Vec<Vec<f64>>,
    groups: Vec<u64>,
    frames: Vec<u32>,
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
    if request.reference == request.other {
        let wrong = format!("`{}` against itself differs in nothing; name two sets", request.reference);
        return Err(RunError::Request(wrong));
    }
    let reference = import::set_ref(study, &request.reference)?;
    let other = import::set_ref(study, &request.other)?;
    let open = |set_ref| import::open_set(place, set_ref, monitor);
    let sets = [open(reference)?, open(other)?];
    let camera_names = [camera_name(&sets[0], request.cameras[0])?, camera_name(&sets[1], request.cameras[1])?];
    let x = side((&sets[0], reference), (request.cameras[0], request.frames), "Reading the reference", monitor)?;
    let y = side((&sets[1], other), (request.cameras[1], request.frames), "Reading the other set", monitor)?;
    monitor.step("Measuring the distance", 0, 1);
    let settings = drift::Settings { permutations: request.permutations as usize, seed: study.seed };
    let asked = (drift::DESCRIPTOR, &drift::Measure::ALL[..]);
    let (mut others, hidden) = drift::distances(&x.rows(), &y.rows(), asked, &settings, monitor)?;
    let distance = others.remove(0);
    let differences = drift::differences(&x.rows(), &y.rows(), drift::NAMES, &settings, monitor)?;
    monitor.step("Measuring the distance", 1, 1);
    monitor.step("Comparing signals", 0, 1);
    let looked = [(&sets[0], reference), (&sets[1], other)].map(|(set, set_ref)| signals::Looked { set, set_ref });
    let signals = signals::compare(place, looked.each_ref(), &settings, monitor)?;
    monitor.step("Comparing signals", 1, 1);
    let (names, origins) = ([&request.reference, &request.other].map(String::clone), [reference.origin, other.origin]);
    let [one, two] = side_words(&names, origins);
    let mut sentences = vec![drift::sentence(&differences, &one, &two)];
    sentences.extend(drift::warnings(&others, &one, &two));
    sentences.extend(signals.sentence(&one, &two));
    monitor.step("Looking for causes", 0, 1);
    let (family, causes) = causes_of(place, other, &y, &differences, (study.seed, monitor))?;
    monitor.step("Looking for causes", 1, 1);
    if other.origin == Origin::Synthetic && causes.is_empty() && differences.iter().any(|one| one.p_adjusted <= 0.05) {
        let draws = distance.groups_y;
        sentences.push(format!(
            "Between {draws} draws no parameter of `{family}` explains what differs beyond chance; more draws tell more."
        ));
    }
    let file = place.folder.join("compare").join(format!("{}--{}.json", request.reference, request.other));
    let comparison = Comparison {
        names,
        origins,
        cameras: request.cameras,
        camera_names,
        sentences,
        family,
        causes,
        luminance: [shares(&x.histograms.luminance), shares(&y.histograms.luminance)],
        colours: [&x, &y].map(|side| side.histograms.rgb.each_ref().map(|counts| shares(counts))),
        n_frames: [x.features.len(), y.features.len()],
        distance,
        others,
        hidden: hidden.into_iter().map(|one| one.why).chain(signals.left_out.iter().cloned()).collect(),
        signals,
        differences,
        map: map_of([&x, &y]),
        file,
    };
    keep(place, &comparison, stamp)?;
    Ok(comparison)
}

/// What both sides are called in sentences: by their origin, or by their names where that is the same.
pub fn side_words(names: &[String; 2], origins: [Origin; 2]) -> [String; 2] {
    if origins[0] == origins[1] {
        return names.each_ref().map(|name| format!("`{name}`"));
    }
    origins.map(|origin| match origin {
        Origin::Real => "real".to_owned(),
        Origin::StandIn => "the stand-in".to_owned(),
        Origin::Synthetic => "synthetic".to_owned(),
    })
}

/// What a comparison of the first format was with.
fn synthetic() -> Origin {
    Origin::Synthetic
}

/// What the set calls a camera.
fn camera_name(set: &Set, camera: usize) -> Result<String, RunError> {
    let names: Vec<&str> = set.cameras.iter().map(|camera| camera.name.as_str()).collect();
    let found = names.get(camera).map(|name| (*name).to_owned());
    found.ok_or_else(|| {
        let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        RunError::Request(format!("`{}` has no camera {camera}, counted from 0; it has {has}", set.name))
    })
}

/// The position of the camera called `name`, which may be the end of its name or its number, counted from 0.
///
/// # Errors
/// When there is none, or more than one whose name ends so.
pub fn camera_called(set: &Set, name: &str) -> Result<usize, RunError> {
    let names = || set.cameras.iter().map(|camera| camera.name.as_str());
    if let Some(at) = names().position(|one| one == name) {
        return Ok(at);
    }
    let ends: Vec<usize> = names().enumerate().filter(|(_, one)| one.ends_with(name)).map(|(at, _)| at).collect();
    match (ends.as_slice(), name.parse()) {
        ([one], _) => Ok(*one),
        (_, Ok(at)) if at < set.cameras.len() => Ok(at),
        _ => {
            let has = names().collect::<Vec<_>>().join(", ");
            Err(RunError::Request(format!("`{}` has no one camera called `{name}`; it has {has}", set.name)))
        }
    }
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

fn side(
    (set, set_ref): (&Set, &SetRef),
    (camera, frames): (usize, u32),
    stage: &str,
    monitor: &dyn Monitor,
) -> Result<Side, RunError> {
    let visible = import::visible_episodes(set, set_ref);
    let mut pictures: Vec<Arc<Rgb>> = Vec::new();
    let mut side = Side::default();
    for (done, episode) in visible.iter().enumerate() {
        monitor.step(stage, done as u64, visible.len() as u64);
        pictures.clear();
        for frame in spaced(set.episodes[*episode].n_frames, frames) {
            if monitor.stopped() {
                return Err(RunError::Stopped);
            }
            match set.frame(camera, *episode, frame) {
                Ok(picture) => {
                    pictures.push(picture);
                    side.frames.push(frame);
                }
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

/// The family of a synthetic set, and its parameters that explain `differences`; none of others.
fn causes_of(
    place: &Place,
    set: &SetRef,
    side: &Side,
    differences: &[FeatureDifference],
    (seed, monitor): (u64, &dyn Monitor),
) -> Result<(String, Vec<Cause>), RunError> {
    if set.origin != Origin::Synthetic {
        return Ok((String::new(), Vec::new()));
    }
    let folder = place.folder.join(&set.path);
    let family = SetFile::read(&folder)?.lineage.family;
    // by draw, in the order of the rows
    let mut draws: Vec<u64> = side.groups.clone();
    draws.dedup();
    let mut parameters: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for draw in &draws {
        if monitor.stopped() {
            return Err(RunError::Stopped);
        }
        for (name, value) in EpisodeFile::read(&episode_folder(&folder, *draw))?.values {
            parameters.entry(name).or_default().push(value);
        }
    }
    // each draw has all of a family's parameters; what a damaged file lacks is not guessed
    let parameters: Vec<_> = parameters.into_iter().filter(|(_, values)| values.len() == draws.len()).collect();
    // rows of a draw lie together, in the order of the draws
    let runs = side.groups.chunk_by(|one, next| one == next).enumerate();
    let groups: Vec<usize> = runs.flat_map(|(at, rows)| rows.iter().map(move |_| at)).collect();
    let rows = (&drift::NAMES[..], &side.features[..], &groups[..]);
    Ok((family, drift::causes(differences, rows, &parameters, seed)))
}

/// Both sides' frames on one plane.
fn map_of(sides: [&Side; 2]) -> Option<FeatureMap> {
    let plane = drift::plane(&sides[0].rows(), &sides[1].rows())?;
    let of = |side: usize| -> Vec<(usize, u64, u32)> {
        sides[side].groups.iter().zip(&sides[side].frames).map(|(episode, frame)| (side, *episode, *frame)).collect()
    };
    let frames = [of(0), of(1)].concat();
    let dot = |((side, episode, frame), at): (&(usize, u64, u32), &[f64; 2])| MapDot {
        side: *side,
        episode: *episode,
        frame: *frame,
        at: *at,
    };
    let dots = frames.iter().zip(&plane.points).map(dot).collect();
    Some(FeatureMap { dots, explained: plane.explained, strongest: plane.strongest.map(|at| drift::NAMES[at]) })
}

fn keep(place: &Place, found: &Comparison, stamp: &Stamp) -> Result<(), RunError> {
    let file = found.to_file();
    crate::base::files::make_folder(&place.folder.join("compare"))?;
    super::synthetic::write_json(&found.file, &file)?;
    let body = serde_json::json!({
        "reference": found.names[0], "other": found.names[1], "metric": file.metric, "features": file.features,
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
