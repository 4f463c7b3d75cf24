//! How a set differs from another: of real sets the reference half is looked at. A diagnosis: it never accepts a pack.

mod causes;
mod file;
mod kept;
mod map;
mod side;
mod signals;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::backbone::{Backbone, Preparation};
use crate::base::Monitor;
use crate::data::{Origin, Set};
use crate::drift::probe::Probe;
use crate::drift::{self, Cause, Distance, DriftError, FeatureDifference};
use crate::study::{SetRef, Study};

pub(in crate::run) use super::unread::Unread;
pub use causes::generated_side;
pub use file::{
    BackboneEntry, BandEntry, CauseEntry, ChanceEntry, ComparisonFile, DifferenceEntry, DistanceEntry, ProbeEntry,
    PropertyEntry,
};
pub use kept::identity;
pub use map::{DrawParameters, FeatureMap, MapDot, Neighbourhood};
pub use signals::SignalDrift;

use causes::Drawn;
use side::{Look, MOST_PROBED, Side};

use super::place::{Place, Stamp};
use super::{RunError, import};

/// Permutations that are drawn at the most: each is a labelling of every episode in memory.
const MOST_PERMUTATIONS: u32 = 100_000;

/// What to compare and how closely.
#[derive(Clone, Debug)]
pub struct CompareRequest {
    /// The set that is the yardstick; of a real one only its reference half is opened.
    pub reference: String,
    /// The set that is held against it; of a real one, too, only the reference half.
    pub other: String,
    /// Positions of the cameras that are looked through, the reference's first.
    pub cameras: [usize; 2],
    /// How closely, and on what.
    pub measuring: Measuring,
}

/// How closely two sets are looked at, and what distances are taken on. Kept with what was found: whoever compares again compares alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measuring {
    /// Frames taken from each episode, evenly spaced.
    pub frames: u32,
    /// Permutations behind the p-values.
    pub permutations: u32,
    /// Whether near twins of earlier frames of the same episode are folded away; whole copies of episodes always are.
    pub fold: bool,
    /// The network that distances are taken on instead of the built-in features.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backbone: Option<BackboneAsk>,
}

impl Default for Measuring {
    fn default() -> Self {
        Self { frames: 12, permutations: 999, fold: false, backbone: None }
    }
}

/// A network of the user's, and how pictures are brought to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackboneAsk {
    /// The ONNX file.
    pub file: PathBuf,
    /// What it sees and what of it is taken.
    #[serde(flatten)]
    pub preparation: Preparation,
}

/// The finding, as kept in `compare/`.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Both sets' names, the reference's first.
    pub names: [String; 2],
    /// Where both come from.
    pub origins: [Origin; 2],
    /// What both were when they were looked at.
    pub identities: [String; 2],
    /// How closely they were looked at; `None` where that was not kept.
    pub measuring: Option<Measuring>,
    /// Positions of the cameras that were looked through.
    pub cameras: [usize; 2],
    /// What the sets call these cameras.
    pub camera_names: [String; 2],
    /// KID with its null band.
    pub distance: Distance,
    /// Episodes of both that were left out because they repeat others, each with the one that it repeats.
    pub copies: [BTreeMap<u64, u64>; 2],
    /// The network that distances were taken on, where it was one.
    pub backbone: Option<BackboneEntry>,
    /// The other distances with theirs.
    pub others: Vec<Distance>,
    /// Distances that are not shown, each with the reason.
    pub hidden: Vec<String>,
    /// One a feature: those told from chance first, then by effect.
    pub differences: Vec<FeatureDifference>,
    /// Where each frame that was looked at lies among all of them; `None` where nothing differs between any two.
    pub map: Option<FeatureMap>,
    /// Tells where in pictures the sets differ; `None` where it was not learned, of which `hidden` tells the reason, or was not kept.
    pub probe: Option<Arc<Probe>>,
    /// What it told.
    pub probed: Option<ProbeEntry>,
    /// Signals, touches and parameters that both sets have.
    pub signals: SignalDrift,
    /// What differs most, in words.
    pub sentences: Vec<String>,
    /// The family that one of them was drawn from, see [`generated_side`]; empty where neither was.
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
        // They say how to come nearer to the side that was not drawn.
        let towards = generated_side(self.origins).map_or(0, |side| 1 - side);
        let words = self.words();
        self.causes.iter().map(move |cause| CauseEntry::new(cause, &words[towards]))
    }

    /// As it is kept and shown on pages: numbers without pictures.
    pub fn to_file(&self) -> ComparisonFile {
        let distance = &self.distance;
        ComparisonFile {
            format: "worldproof comparison 3".to_owned(),
            reference: self.names[0].clone(),
            reference_origin: self.origins[0],
            other: self.names[1].clone(),
            other_origin: self.origins[1],
            identities: self.identities.clone(),
            measuring: self.measuring.clone(),
            cameras: self.camera_names.clone(),
            camera_positions: self.cameras,
            family: self.family.clone(),
            metric: distance.measure.name().to_owned(),
            features: distance.features.clone(),
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
            backbone: self.backbone.clone(),
            probe: self.probed.clone(),
            signals: self.signals.signals.iter().map(DifferenceEntry::new).collect(),
            touches: self.signals.touches.iter().map(DifferenceEntry::new).collect(),
            parameters: self.signals.parameters.iter().map(DifferenceEntry::new).collect(),
            differences: self.differences.iter().map(DifferenceEntry::new).collect(),
            luminance: self.luminance.clone(),
            colours: self.colours.clone(),
        }
    }

    /// Every distance, KID first.
    pub fn distances(&self) -> impl Iterator<Item = &Distance> {
        std::iter::once(&self.distance).chain(&self.others)
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
    check(request)?;
    let measuring = &request.measuring;
    let [reference, other] = [import::set_ref(study, &request.reference)?, import::set_ref(study, &request.other)?];
    // Before anything is read: what is found is of the sets as they are now.
    let identities = [reference, other].map(|set| identity(place, set));
    let sets = [opened(place, reference, monitor)?, opened(place, other, monitor)?];
    let camera_names = [camera_name(&sets[0], request.cameras[0])?, camera_name(&sets[1], request.cameras[1])?];
    let backbone = measuring.backbone.as_ref().map(|ask| Backbone::open(&ask.file, &ask.preparation)).transpose()?;
    let [x, y] = sides(request, [(&sets[0], reference), (&sets[1], other)], backbone.as_ref(), monitor)?;
    monitor.step("Measuring the distance", 0, 1);
    let settings = drift::Settings { permutations: measuring.permutations as usize, seed: study.seed };
    let named = backbone.as_ref().map_or_else(|| drift::DESCRIPTOR.to_owned(), Backbone::name);
    let asked = (named.as_str(), &drift::Measure::ALL[..]);
    let (mut others, hidden) = drift::distances(&x.measured(), &y.measured(), asked, &settings, monitor)?;
    let distance = others.remove(0);
    let differences = drift::differences(&x.rows(), &y.rows(), drift::NAMES, &settings, monitor)?;
    monitor.step("Measuring the distance", 1, 1);
    monitor.step("Comparing signals", 0, 1);
    let looked = [(&sets[0], reference, &x), (&sets[1], other, &y)];
    let looked = looked.map(|(set, set_ref, side)| signals::Looked { set, set_ref, copies: side.copies.of() });
    let signals = signals::compare(place, looked.each_ref(), &settings, monitor)?;
    monitor.step("Comparing signals", 1, 1);
    let (probe, unprobed) = probed([&x, &y], &settings, monitor)?;
    let hidden = not_shown(hidden, backbone.as_ref(), unprobed, &signals);
    let (names, origins) = ([&request.reference, &request.other].map(String::clone), [reference.origin, other.origin]);
    let words = side_words(&names, origins);
    let mut sentences =
        said(words.each_ref().map(String::as_str), (&differences, &others), (probe.as_deref(), &signals), [&x, &y]);
    monitor.step("Looking for causes", 0, 1);
    let drawn = Drawn::read(place, [(reference, &x), (other, &y)], monitor)?;
    let causes = drawn.causes([&x, &y], &differences, study.seed);
    monitor.step("Looking for causes", 1, 1);
    sentences.extend(drawn.unexplained(&causes, &differences, [distance.groups_x, distance.groups_y]));
    let comparison = Comparison {
        file: file_of(place, &names),
        identities,
        measuring: Some(measuring.clone()),
        copies: [&x, &y].map(|side| side.copies.of().clone()),
        names,
        origins,
        cameras: request.cameras,
        camera_names,
        sentences,
        family: drawn.family.clone(),
        causes,
        luminance: [shares(&x.histograms.luminance), shares(&y.histograms.luminance)],
        colours: [&x, &y].map(|side| side.histograms.rgb.each_ref().map(|counts| shares(counts))),
        n_frames: [x.features.len(), y.features.len()],
        distance,
        others,
        hidden,
        backbone: backbone.as_ref().map(BackboneEntry::new),
        probed: probe.as_ref().map(|probe| ProbeEntry::new(probe.told())),
        probe,
        signals,
        differences,
        map: map::map_of([x, y], drawn, monitor)?,
    };
    keep(place, &comparison, stamp)?;
    Ok(comparison)
}

/// Opens a set and tells where a recorded one is not what was taken in.
fn opened(place: &Place, set_ref: &SetRef, monitor: &dyn Monitor) -> Result<Set, RunError> {
    let set = import::open_set(place, set_ref, monitor)?;
    if set_ref.origin == Origin::Real {
        import::tell_newer(place, (&set, set_ref), monitor)?;
    }
    Ok(set)
}

/// Why numbers are not shown, and what must be known of those that are.
fn not_shown(
    hidden: Vec<drift::Hidden>,
    backbone: Option<&Backbone>,
    unprobed: Option<String>,
    signals: &SignalDrift,
) -> Vec<String> {
    let caveats = backbone.map(Backbone::caveats).unwrap_or_default();
    let why = hidden.into_iter().map(|one| one.why);
    why.chain(caveats).chain(unprobed).chain(signals.left_out.clone()).collect()
}

/// Refuses what cannot be asked.
fn check(request: &CompareRequest) -> Result<(), RunError> {
    let Measuring { frames, permutations, backbone, .. } = &request.measuring;
    if *frames == 0 || *permutations == 0 {
        let wrong = "a comparison needs at least 1 frame of each episode and 1 permutation; leave the option out";
        return Err(RunError::Request(wrong.to_owned()));
    }
    if *permutations > MOST_PERMUTATIONS {
        let wrong = format!(
            "{permutations} permutations are more than any p-value needs; {MOST_PERMUTATIONS} are the most, and 999 the usual"
        );
        return Err(RunError::Request(wrong));
    }
    // It is kept with the finding, as text.
    if let Some(file) = backbone.as_ref().map(|ask| &ask.file).filter(|file| file.to_str().is_none()) {
        let wrong =
            format!("the network's path `{}` is no text in UTF-8; rename the file or its folder", file.display());
        return Err(RunError::Request(wrong));
    }
    if request.reference == request.other {
        let set = &request.reference;
        return Err(RunError::Request(if request.cameras[0] == request.cameras[1] {
            format!("`{set}` against itself differs in nothing; name two sets")
        } else {
            format!(
                "two cameras of `{set}` see the same episodes, so that chance, which takes the two sides for independent, is none; name two \
                 sets"
            )
        }));
    }
    Ok(())
}

/// Both sets as rows, the reference first.
fn sides(
    request: &CompareRequest,
    [reference, other]: [(&Set, &SetRef); 2],
    backbone: Option<&Backbone>,
    monitor: &dyn Monitor,
) -> Result<[Side; 2], RunError> {
    let count = |(set, set_ref): (&Set, &SetRef)| import::visible_episodes(set, set_ref).len();
    let most = count(reference).max(count(other)).clamp(1, MOST_PROBED);
    let probed = u32::try_from(MOST_PROBED / most).unwrap_or(u32::MAX).min(request.measuring.frames);
    let look = |at: usize| {
        let Measuring { frames, fold, .. } = request.measuring;
        Look { camera: request.cameras[at], frames, fold, probed, backbone }
    };
    let x = side::read(reference, &look(0), "Reading the reference", monitor)?;
    let y = side::read(other, &look(1), "Reading the other set", monitor)?;
    for (side, (_, set_ref)) in [&x, &y].into_iter().zip([reference, other]) {
        side.refuse_copies_alone(&set_ref.name)?;
    }
    Ok([x, y])
}

/// Where the comparison of two sets is kept.
fn file_of(place: &Place, [reference, other]: &[String; 2]) -> PathBuf {
    place.folder.join("compare").join(format!("{reference}--{other}.json"))
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

/// What is found, in words, but for causes.
fn said(
    words: [&str; 2],
    (differences, distances): (&[FeatureDifference], &[Distance]),
    (probe, signals): (Option<&Probe>, &SignalDrift),
    sides: [&Side; 2],
) -> Vec<String> {
    let [one, two] = words;
    let mut all = vec![drift::sentence(differences, one, two)];
    all.extend(drift::shape_sentence(differences, words, "features"));
    all.extend(drift::warnings(distances, one, two));
    all.extend(probe.map(|probe| probe.told().sentence(one, two)));
    all.extend(signals.sentences(one, two));
    all.extend(sides[0].shared(sides[1], words));
    all.extend(sides.iter().zip(words).filter_map(|(side, who)| side.left_out(who)));
    all
}

/// The domain probe of two sides, or why there is none.
fn probed(
    sides: [&Side; 2],
    settings: &drift::Settings,
    monitor: &dyn Monitor,
) -> Result<(Option<Arc<Probe>>, Option<String>), RunError> {
    const STAGE: &str = "Learning where they differ";
    monitor.step(STAGE, 0, 1);
    let found = match Probe::train(&sides[0].cell_rows(), &sides[1].cell_rows(), settings, monitor) {
        Ok(probe) => (Some(Arc::new(probe)), None),
        Err(DriftError::Stopped) => return Err(RunError::Stopped),
        Err(err) => (None, Some(format!("The domain probe is not shown: {err}."))),
    };
    monitor.step(STAGE, 1, 1);
    Ok(found)
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
    fn what_cannot_be_asked_is_refused_before_anything_is_read() {
        let request = |measuring| CompareRequest {
            reference: "one".to_owned(),
            other: "two".to_owned(),
            cameras: [0, 0],
            measuring,
        };
        let usual = Measuring::default();
        assert!(check(&request(usual.clone())).is_ok());
        let why = |measuring| check(&request(measuring)).unwrap_err().to_string();
        assert!(why(Measuring { frames: 0, ..usual.clone() }).contains("at least 1 frame"));
        assert!(why(Measuring { permutations: 0, ..usual.clone() }).contains("1 permutation"));
        assert!(why(Measuring { permutations: 100_000_000, ..usual }).contains("100000 are the most"));
    }

    #[test]
    fn frames_are_spread_over_the_episode() {
        assert_eq!(spaced(10, 2), [2, 7], "middles of halves");
        assert_eq!(spaced(3, 12), [0, 1, 2], "never twice");
        assert_eq!(spaced(0, 5), [] as [u32; 0], "empty episode");
        assert_eq!(spaced(300, 1), [150], "middle");
    }
}
