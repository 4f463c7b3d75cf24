//! A real picture held against a family's camera, from files: found, fitted, laid over each other, kept.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{LightFit, Pair, PoseFit, Scene, Synthetic, Trial, Viewer, put};
use crate::base::text::did_you_mean;
use crate::base::{Monitor, Rgb};
use crate::data::{self, Set};
use crate::family::{Finding, Severity};
use crate::render::Renderer;
use crate::run::preview::Previewer;
use crate::run::{Place, RunError, Stamp, check, import};
use crate::sense::derive::canny;
use crate::study::{Edit, SetRef, Study};

/// Thresholds of the edges that are laid over each other.
const EDGES: [i32; 2] = [60, 150];

/// Where a real picture comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RealPicture {
    /// A file.
    File(PathBuf),
    /// A frame of a set of the study: the set's name, the episode's id, the frame's number, and which of the set's cameras; its first
    /// where left out.
    Frame(String, u64, u32, Option<String>),
}

impl std::fmt::Display for RealPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Frame(set, episode, frame, camera) => {
                let camera = camera.as_ref().map_or_else(String::new, |name| format!(", {name}"));
                write!(f, "{set}, episode {episode}, frame {frame}{camera}")
            }
        }
    }
}

/// What is matched to what.
#[derive(Clone, Debug)]
pub struct MatchRequest {
    /// The real picture.
    pub picture: RealPicture,
    /// The family's id.
    pub family: String,
    /// The draw.
    pub draw: u64,
    /// The moment, in seconds.
    pub time_s: f64,
    /// Points and pixels, for the pose; none leaves it.
    pub pairs: Vec<Pair>,
    /// Whether exposure and white balance are fitted.
    pub light: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Matched {
    /// The moment.
    pub scene: Arc<Scene>,
    /// The camera, for [`keep`].
    pub trial: Trial,
    /// The fitted pose.
    pub pose: Option<PoseFit>,
    /// The fitted exposure.
    pub light: Option<LightFit>,
    /// The real picture.
    pub real: Rgb,
    /// What the camera sees now.
    pub synthetic: Synthetic,
}

/// Reads a real picture. What is held back for the gate is not looked at.
///
/// # Errors
/// When it is not there, cannot be read, or is held back.
pub fn real_picture(
    place: &Place,
    study: &Study,
    picture: &RealPicture,
    monitor: &dyn Monitor,
) -> Result<Rgb, RunError> {
    match picture {
        RealPicture::File(path) => Ok(data::read_picture(path)?),
        RealPicture::Frame(name, ..) => {
            let set = import::open_set(place, set_of(study, name)?, monitor)?;
            frame_of(&set, study, picture)
        }
    }
}

fn set_of<'a>(study: &'a Study, name: &str) -> Result<&'a SetRef, RunError> {
    study.set(name).ok_or_else(|| RunError::Request(format!("the study has no set `{name}`; import it first")))
}

/// As [`real_picture`], of a set that is open.
///
/// # Errors
/// As there.
pub fn frame_of(set: &Set, study: &Study, picture: &RealPicture) -> Result<Rgb, RunError> {
    let RealPicture::Frame(name, id, frame, camera) = picture else {
        return Err(RunError::Request(format!("{picture} is no frame of a set")));
    };
    let (reference, none) = (set_of(study, name)?, RunError::Request);
    let at = set.position(*id).ok_or_else(|| none(format!("`{name}` has no episode {id}")))?;
    if !import::visible_episodes(set, reference).contains(&at) {
        let why = "is held back for the gate, or its file is missing; choose one of the reference episodes";
        return Err(none(format!("episode {id} of `{name}` {why}")));
    }
    let names: Vec<&str> = set.cameras.iter().map(|camera| camera.name.as_str()).collect();
    let camera = camera.as_ref().map_or(Ok(0), |wanted| camera_of(name, &names, wanted).map_err(none))?;
    Ok((*set.frame(camera, at, *frame)?).clone())
}

/// Which of the cameras `names` of `set` is called `wanted`, by its whole name or what stands behind its last dot.
pub(super) fn camera_of(set: &str, names: &[&str], wanted: &str) -> Result<usize, String> {
    let is = |name: &&str| *name == wanted || name.rsplit('.').next() == Some(wanted);
    names.iter().position(is).ok_or_else(|| {
        let hint = did_you_mean(wanted, names.iter().copied());
        format!("`{set}` has no camera `{wanted}`{hint}; it has {}", names.join(", "))
    })
}

/// Fits the camera of a family to a real picture, as far as it is asked.
///
/// # Errors
/// When something is not there, or what was asked cannot be told, in a sentence.
pub fn match_camera(
    place: &Place,
    study: &Study,
    request: &MatchRequest,
    renderer: &mut Renderer,
    monitor: &dyn Monitor,
) -> Result<Matched, RunError> {
    let family = check::family(study, &request.family)?;
    let real = real_picture(place, study, &request.picture, monitor)?;
    let previewer = Previewer::new(Arc::clone(&family), study.seed);
    let preview = previewer.preview(request.draw, &BTreeMap::new(), monitor)?;
    let scene = Arc::new(Scene::new(&family, &preview, request.time_s, [real.width, real.height])?);
    let (mut trial, mut pose, mut light) = (scene.own(), None, None);
    if !request.pairs.is_empty() {
        let told = scene.fit_pose(&trial, &request.pairs).map_err(|error| RunError::Request(error.to_string()))?;
        (trial, pose) = (told.0, Some(told.1));
    }
    let mut viewer = Viewer::default();
    let mut synthetic = viewer.see(renderer, &scene, &trial)?;
    if request.light {
        if let Some(why) = super::why_no_light(&scene.family) {
            return Err(RunError::Request(why));
        }
        let told = scene.fit_light(&real, &synthetic).map_err(|error| RunError::Request(error.to_string()))?;
        (trial, light) = (told.0, Some(told.1));
        synthetic = viewer.see(renderer, &scene, &trial)?;
    }
    Ok(Matched { scene, trial, pose, light, real, synthetic })
}

/// The tried camera as an edit of its family, and what a person should know: recorded in the ledger and left to the caller to keep.
///
/// # Errors
/// When something of it cannot be put there, or the family would have an error with it.
pub fn keep(
    place: &Place,
    (scene, trial): (&Scene, &Trial),
    picture: &RealPicture,
    stamp: &Stamp,
) -> Result<(Edit, Vec<String>), RunError> {
    let (family, remarks) = put(scene, trial).map_err(RunError::Request)?;
    let old = check::findings(&scene.family);
    let is_new = |finding: &Finding| finding.severity == Severity::Error && !old.contains(finding);
    if let Some(Finding { field, text, .. }) = check::findings(&family).into_iter().find(is_new) {
        return Err(RunError::Request(format!("with this camera the family would have an error, {field}: {text}")));
    }
    let body = serde_json::json!({
        "family": family.id, "picture": picture.to_string(), "draw": scene.draw, "time_s": scene.time_s(),
        "family_digest": family.digest().to_string(),
    });
    place.record(stamp, "camera.matched", body)?;
    Ok((Edit::PutFamily(Arc::new(family)), remarks))
}

/// Two pictures of one size laid over each other, the second this opaque, 0 to 1.
pub fn blended(under: &Rgb, over: &Rgb, opacity: f32) -> Rgb {
    let share = (opacity.clamp(0.0, 1.0) * 256.0) as u32;
    let mixed = |(a, b): (&u8, &u8)| ((u32::from(*a) * (256 - share) + u32::from(*b) * share) / 256) as u8;
    let bytes = under.bytes.iter().zip(&over.bytes).map(mixed).collect();
    Rgb { width: under.width, height: under.height, bytes }
}

/// Where the edges of a picture are: 255 on them, else 0, a byte a pixel.
pub fn edges(picture: &Rgb) -> Vec<u8> {
    let [low, high] = EDGES;
    canny(picture, low, high)
}
