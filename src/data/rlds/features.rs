//! `features.json`: which cameras and signals the steps of a set have, and under which names records hold them.
//!
//! Deliberately not: text as signals, depth, lists of varying length, and tensors stored as bytes; each is named in a note.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::base::text::natural;
use crate::base::{Note, files};
use crate::data::error::DataError;
use crate::data::set::ColumnInfo;

/// The file's name.
pub(super) const FEATURES: &str = "features.json";
/// Wider tensors are embeddings and pictures as numbers, which nobody reads as signals.
const MOST_COMPONENTS: u64 = 64;
const STEPS: &str = "steps/";
const METADATA: &str = "episode_metadata/";

/// A camera as the file describes it.
pub(super) struct Camera {
    /// Its name in records, e.g. `steps/observation/image_0`.
    pub(super) key: String,
    /// Its name for people, e.g. `observation.image_0`.
    pub(super) name: String,
    /// Width and height, where the file states them.
    pub(super) size: Option<(u32, u32)>,
    /// Which feature of an episode says whether it has this camera, e.g. `episode_metadata/has_image_0`.
    pub(super) flag: Option<String>,
}

/// A signal and its name in records.
pub(super) struct Column {
    pub(super) key: String,
    pub(super) info: ColumnInfo,
}

/// What is left out, by the reason.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Text,
    Wide,
    Depth,
    Ragged,
    Encoded,
    Elsewhere,
    Unknown,
}

impl Why {
    fn text(self) -> &'static str {
        match self {
            Self::Text => "they are text",
            Self::Wide => "they have more than 64 components, which are embeddings and not signals",
            Self::Depth => "they are depth, not colours",
            Self::Ragged => "they hold a list of varying length in every step",
            Self::Encoded => "their numbers are stored as bytes",
            Self::Elsewhere => "their pictures are no part of `observation`",
            Self::Unknown => "they are of a kind that is not read",
        }
    }
}

/// The parts of the file that reading needs.
#[derive(Default)]
pub(super) struct Features {
    pub(super) cameras: Vec<Camera>,
    pub(super) columns: Vec<Column>,
    /// Where the task's text may stand, likeliest first.
    pub(super) tasks: Vec<String>,
    texts: Vec<String>,
    flags: Vec<String>,
    left_out: BTreeMap<Why, Vec<String>>,
}

impl Features {
    pub(super) fn read(path: &Path) -> Result<Self, DataError> {
        let value: Value =
            serde_json::from_str(&files::read_text(path)?).map_err(|err| DataError::damaged(path, err))?;
        let inner = value.pointer("/featuresDict/features").and_then(Value::as_object);
        let inner = inner.ok_or_else(|| {
            DataError::field(path, "featuresDict", "must list the features; save the set with TFDS 4.5 or newer")
        })?;
        let steps = inner.get("steps").and_then(|steps| steps.pointer("/sequence/feature"));
        let steps = steps.ok_or_else(|| {
            let what = "it has no `steps`, so its records are no episodes (RLDS)";
            DataError::unsupported(path, what, "open a set whose records are episodes")
        })?;
        let mut features = Self::default();
        features.step(steps, "steps", Some(1));
        for (name, other) in inner.iter().filter(|(name, _)| *name != "steps") {
            features.about_episode(other, name);
        }
        features.finish();
        Ok(features)
    }

    /// Adds what is below `key` of a step; `repeat` values of it stand in each step, `None` where that varies.
    fn step(&mut self, node: &Value, key: &str, repeat: Option<u64>) {
        let shape = |kind: &str| node.get(kind).map(|inner| dimensions(inner.pointer("/shape/dimensions")));
        let dtype = |kind: &str| node.get(kind).and_then(|inner| inner.get("dtype")).and_then(Value::as_str);
        if let Some(inner) = node.pointer("/featuresDict/features").and_then(Value::as_object) {
            inner.iter().for_each(|(name, feature)| self.step(feature, &format!("{key}/{name}"), repeat));
        } else if let Some(sequence) = node.get("sequence") {
            let length = sequence.get("length").and_then(number).and_then(|length| u64::try_from(length).ok());
            let repeat = repeat.zip(length).and_then(|(repeat, length)| repeat.checked_mul(length));
            if let Some(inner) = sequence.get("feature") {
                self.step(inner, key, repeat);
            }
        } else if let Some(shape) = shape("image") {
            self.image(key, &shape, dtype("image").unwrap_or("uint8"), repeat);
        } else if let Some(shape) = shape("tensor") {
            let encoding = node.pointer("/tensor/encoding").and_then(Value::as_str).unwrap_or("none");
            self.tensor(key, &shape, (dtype("tensor").unwrap_or_default(), encoding), repeat);
        } else if node.get("text").is_some() {
            self.texts.push(key.to_owned());
        } else if node.get("classLabel").is_some() {
            self.tensor(key, &[], ("int64", "none"), repeat);
        } else {
            self.leave_out(Why::Unknown, key);
        }
    }

    fn image(&mut self, key: &str, shape: &[i64], dtype: &str, repeat: Option<u64>) {
        if dtype != "uint8" {
            return self.leave_out(Why::Depth, key);
        }
        if repeat != Some(1) {
            return self.leave_out(Why::Ragged, key);
        }
        let side = |at: usize| shape.get(at).and_then(|side| u32::try_from(*side).ok()).filter(|side| *side > 0);
        let size = side(1).zip(side(0));
        self.cameras.push(Camera { key: key.to_owned(), name: plain(key), size, flag: None });
    }

    fn tensor(&mut self, key: &str, shape: &[i64], (dtype, encoding): (&str, &str), repeat: Option<u64>) {
        let sides = shape.iter().map(|side| u64::try_from(*side).ok());
        let width = sides.fold(repeat, |width, side| width?.checked_mul(side?));
        let is_number = matches!(dtype, "bool" | "bfloat16")
            || ["float", "int", "uint"]
                .iter()
                .any(|kind| dtype.strip_prefix(kind).is_some_and(|bits| matches!(bits, "8" | "16" | "32" | "64")));
        match width {
            _ if matches!(dtype, "string" | "object") && shape.is_empty() && repeat == Some(1) => {
                self.texts.push(key.to_owned());
            }
            _ if !is_number => self.leave_out(Why::Unknown, key),
            _ if !encoding.eq_ignore_ascii_case("none") => self.leave_out(Why::Encoded, key),
            None => self.leave_out(Why::Ragged, key),
            Some(0) => self.leave_out(Why::Unknown, key),
            Some(width) if width > MOST_COMPONENTS => self.leave_out(Why::Wide, key),
            Some(width) => {
                let (name, width) = (plain(key), width as usize);
                let names =
                    if width == 1 { vec![name.clone()] } else { (0..width).map(|at| format!("{name}.{at}")).collect() };
                self.columns.push(Column { key: key.to_owned(), info: ColumnInfo { name, names, width } });
            }
        }
    }

    /// What is said of a whole episode: flags of cameras, and text that may be its task.
    fn about_episode(&mut self, node: &Value, key: &str) {
        if let Some(inner) = node.pointer("/featuresDict/features").and_then(Value::as_object) {
            inner.iter().for_each(|(name, feature)| self.about_episode(feature, &format!("{key}/{name}")));
        } else if node.get("text").is_some() || node.pointer("/tensor/dtype").and_then(Value::as_str) == Some("string")
        {
            self.texts.push(key.to_owned());
        } else if leaf(key).starts_with("has_") {
            self.flags.push(key.to_owned());
        }
    }

    fn leave_out(&mut self, why: Why, key: &str) {
        self.left_out.entry(why).or_default().push(plain(key));
    }

    fn finish(&mut self) {
        // Where there is an observation, pictures beside it are goals and the like, not what the robot saw.
        if self.cameras.iter().any(|camera| is_observed(&camera.key)) {
            let (seen, beside) = std::mem::take(&mut self.cameras).into_iter().partition(|one| is_observed(&one.key));
            self.cameras = seen;
            let beside: Vec<Camera> = beside;
            for camera in &beside {
                self.leave_out(Why::Elsewhere, &camera.key);
            }
        }
        self.cameras.sort_by(|a, b| natural(&a.name, &b.name));
        self.columns.sort_by(|a, b| natural(&a.info.name, &b.info.name));
        for camera in &mut self.cameras {
            let wanted = format!("has_{}", leaf(&camera.key));
            camera.flag = self.flags.iter().find(|flag| leaf(flag) == wanted).cloned();
        }
        let mut ranked: Vec<(u8, String)> =
            self.texts.iter().filter_map(|key| Some((task_rank(key)?, key.clone()))).collect();
        ranked.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| natural(&a.1, &b.1)));
        self.tasks = ranked.into_iter().map(|(_, key)| key).collect();
        let texts = self.texts.iter().filter(|key| key.starts_with(STEPS) && self.tasks.first() != Some(*key));
        let texts: Vec<String> = texts.cloned().collect();
        for key in &texts {
            self.leave_out(Why::Text, key);
        }
    }

    /// One note for each reason.
    pub(super) fn notes(&self) -> impl Iterator<Item = Note> {
        self.left_out.iter().map(|(why, names)| {
            let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.sort_by(|a, b| natural(a, b));
            Note::new(FEATURES, format!("These columns are not read, because {}: {}.", why.text(), names.join(", ")))
        })
    }
}

/// How likely a text is the task: the step's own instruction, then what is called similarly, then the episode's.
fn task_rank(key: &str) -> Option<u8> {
    let name = leaf(key);
    let of_step = if key.starts_with(STEPS) { 0 } else { 4 };
    let rank = match name {
        "language_instruction" => 0,
        _ if name.contains("instruction") => 1,
        _ if name.contains("task") || name.contains("goal") => 2,
        _ if name.contains("language") => 3,
        _ => return None,
    };
    (of_step == 0 || key.starts_with(METADATA) || !key.contains('/')).then_some(of_step + rank)
}

fn is_observed(key: &str) -> bool {
    key.starts_with("steps/observation/")
}

fn leaf(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// `steps/observation/state` as `observation.state`.
fn plain(key: &str) -> String {
    key.strip_prefix(STEPS).unwrap_or(key).replace('/', ".")
}

/// Protobuf's JSON has 64-bit numbers as text.
pub(super) fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// The sides of a tensor; -1 for what varies.
fn dimensions(value: Option<&Value>) -> Vec<i64> {
    let sides = value.and_then(Value::as_array).into_iter().flatten();
    sides.map(|side| number(side).unwrap_or(-1)).collect()
}
