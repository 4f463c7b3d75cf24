//! The files of a synthetic set, besides its pictures: what `generate` writes and `export` and `verify` read.
//!
//! `data` reads the same folder as any other set; it looks at `set.json`, the colour pictures and `signals.json` only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::base::files;
use crate::family::Family;
use crate::sample::{Draw, Placed, ln_weight};
use crate::sense::channel::ExtraChannel;
use crate::sense::file::LabelFile;
use crate::study::FILES;
use crate::world::{Class, Episode};

use super::RunError;
use super::generate::GenerateRequest;
use super::generator::GeneratorInfo;

/// `set.json`'s first field.
pub const FORMAT: &str = "worldproof set 1";

/// `episodes/000007` under a set's folder.
pub fn episode_folder(set: &Path, draw: u64) -> PathBuf {
    set.join("episodes").join(format!("{draw:06}"))
}

/// `set.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetFile {
    /// [`FORMAT`].
    pub format: String,
    /// The set's name.
    pub name: String,
    /// `Synthetic` or `StandIn`.
    pub origin: crate::data::Origin,
    /// Frames per second as kept.
    pub fps: f64,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The one camera's name.
    pub camera: String,
    /// The channels beside colour, depth and instance ids, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// What the ids of the class channel mean; only where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassEntry>,
    /// The control pictures beside the others, as they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<String>,
    /// Where it comes from.
    pub lineage: Lineage,
    /// One a draw.
    pub episodes: Vec<EpisodeEntry>,
}

/// Where a synthetic set comes from: enough to make it again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lineage {
    /// The family's id.
    pub family: String,
    /// Digest of the family's canonical text and of the files that its things are made of.
    pub family_digest: String,
    /// The canonical text itself.
    pub family_text: String,
    /// The study's seed.
    pub study_seed: u64,
    /// How the draws were placed; sets from before this was kept hold independent ones.
    #[serde(default)]
    pub placed: Placed,
    /// Every how many recorded states a frame is kept.
    pub every: u32,
    /// Kind, adapter and driver.
    pub generator: GeneratorInfo,
    /// The program that made it.
    pub program: String,
    /// How many times generated data went into making it; 1 for a family drawn directly.
    pub generation_depth: u32,
}

impl Lineage {
    /// The family, with the files that the set in `set` keeps of it.
    ///
    /// # Errors
    /// When the text is no family, or the files are not those that the set was made of.
    pub fn family(&self, set: &Path) -> Result<Family, RunError> {
        let family = crate::family::text::parse(&self.family_text, "the set's lineage")?;
        let family = crate::study::with_files(family, &set.join(FILES));
        if family.file_names().next().is_some() && family.digest().to_string() != self.family_digest {
            return Err(RunError::damaged(&set.join(FILES), "its files are not those that the set was made of"));
        }
        Ok(family)
    }
}

/// One episode's line in `set.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EpisodeEntry {
    /// The draw's index.
    pub id: u64,
    /// Frames kept.
    pub frames: u32,
    /// The family's title.
    pub task: String,
}

/// What a class id stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassEntry {
    /// The id in the class pictures.
    pub id: u8,
    /// Class name, as in labels.
    pub name: String,
}

impl SetFile {
    /// An empty set of `family`.
    pub fn new(
        request: &GenerateRequest,
        placed: &Placed,
        family: &Family,
        study_seed: u64,
        generator: GeneratorInfo,
    ) -> Self {
        let lineage = Lineage {
            family: family.id.clone(),
            family_digest: family.digest().to_string(),
            family_text: crate::family::text::canonical(family),
            study_seed,
            placed: placed.clone(),
            every: request.every,
            generator,
            program: format!("worldproof {}", env!("CARGO_PKG_VERSION")),
            generation_depth: 1,
        };
        Self {
            format: FORMAT.to_owned(),
            name: request.name.clone(),
            origin: request.origin,
            fps: family.clock.frame_rate_hz / f64::from(request.every),
            width: family.camera.width_px,
            height: family.camera.height_px,
            camera: "camera".to_owned(),
            channels: request.channels.iter().map(|channel| channel.name().to_owned()).collect(),
            classes: if request.channels.contains(&ExtraChannel::Class) { classes() } else { Vec::new() },
            controls: request.controls.iter().map(|control| control.text()).collect(),
            lineage,
            episodes: Vec::new(),
        }
    }

    /// The channels beside colour, depth and instance ids.
    ///
    /// # Errors
    /// A channel that this version does not know.
    pub fn extra_channels(&self) -> Result<Vec<ExtraChannel>, RunError> {
        let known = |name: &String| {
            ExtraChannel::named(name).ok_or_else(|| {
                let wrong = format!("the set has a channel `{name}` that this version does not know; use a newer one");
                RunError::Request(wrong)
            })
        };
        self.channels.iter().map(known).collect()
    }

    /// Adds a draw.
    pub fn add(&mut self, id: u64, frames: u32, task: &str) {
        self.episodes.push(EpisodeEntry { id, frames, task: task.to_owned() });
    }

    /// Writes `set.json`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&self, set: &Path) -> Result<(), RunError> {
        write_json(&set.join("set.json"), self)
    }

    /// Reads `set.json`.
    ///
    /// # Errors
    /// When it is missing, damaged or of another format.
    pub fn read(set: &Path) -> Result<Self, RunError> {
        let path = set.join("set.json");
        let file: Self = read_json(&path)?;
        if file.format != FORMAT {
            return Err(RunError::Request(format!(
                "`{}` has the format `{}`, this version reads `{FORMAT}`; generate the set again",
                path.display(),
                file.format
            )));
        }
        Ok(file)
    }
}

fn classes() -> Vec<ClassEntry> {
    Class::ALL.iter().map(|class| ClassEntry { id: *class as u8, name: class.name().to_owned() }).collect()
}

/// `episode.json`: the draw, its lineage and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EpisodeFile {
    /// The draw's index.
    pub draw: u64,
    /// Candidates refused before it.
    pub refused: u32,
    /// ln nominal − ln proposal; in JSON as [`ln_weight`] says.
    #[serde(with = "ln_weight")]
    pub ln_weight: f64,
    /// The parameters.
    pub values: BTreeMap<String, f64>,
    /// The family's measures.
    pub measures: BTreeMap<String, f64>,
    /// Quantities the measures are made of.
    pub summary: BTreeMap<String, f64>,
    /// Whether the rare event happened.
    pub rare: bool,
    /// Recorded state behind each kept frame.
    pub states: Vec<usize>,
    /// Who touched whom.
    pub contacts: Vec<ContactEntry>,
    /// Instance ids.
    pub instances: Vec<InstanceEntry>,
}

/// One touch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContactEntry {
    /// One body.
    pub a: String,
    /// The other.
    pub b: String,
    /// Begin in seconds.
    pub begin_s: f64,
    /// End in seconds.
    pub end_s: f64,
    /// Largest normal force in newtons.
    pub force_max_n: f64,
    /// Largest tangential force in newtons.
    #[serde(default)]
    pub tangential_max_n: f64,
    /// Where the normal force acted when it was largest, in metres in the world.
    #[serde(default)]
    pub at_m: [f64; 3],
}

/// What an instance id stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceEntry {
    /// The id in the instance pictures.
    pub id: u16,
    /// Class name.
    pub class: String,
    /// Its name in the world.
    pub name: String,
}

impl EpisodeFile {
    /// The facts of a simulated draw.
    pub fn new(draw: &Draw, episode: &Episode, kept: &[usize]) -> Self {
        let contact = |touch: &crate::world::Contact| ContactEntry {
            a: touch.a.clone(),
            b: touch.b.clone(),
            begin_s: touch.begin_s,
            end_s: touch.end_s,
            force_max_n: touch.force_max_n,
            tangential_max_n: touch.tangential_max_n,
            at_m: touch.at_m,
        };
        let mut instances: Vec<InstanceEntry> = Vec::new();
        for body in episode.snapshots.iter().take(1).flat_map(|snapshot| &snapshot.bodies) {
            if instances.iter().all(|known| known.id != body.instance) {
                let class = body.class.name().to_owned();
                instances.push(InstanceEntry { id: body.instance, class, name: body.name.to_string() });
            }
        }
        Self {
            draw: draw.index,
            refused: draw.refused,
            ln_weight: draw.ln_weight,
            values: draw.values.clone(),
            measures: episode.measures.clone(),
            summary: episode.summary.clone(),
            rare: episode.rare,
            states: kept.to_vec(),
            contacts: episode.contacts.iter().map(contact).collect(),
            instances,
        }
    }

    /// Writes `signals.json`: the episode's columns at the kept frames, with time and recorded state.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_signals(&self, episode: &Episode, folder: &Path) -> Result<(), RunError> {
        let at_kept =
            |column: &[f64]| -> Vec<f64> { self.states.iter().filter_map(|at| column.get(*at).copied()).collect() };
        let times: Vec<f64> = episode.snapshots.iter().map(|snapshot| snapshot.time_s).collect();
        let mut columns: BTreeMap<&str, Vec<f64>> =
            episode.signals.iter().map(|(name, column)| (name.as_str(), at_kept(column))).collect();
        columns.insert("time_s", at_kept(&times));
        write_json(&folder.join("signals.json"), &columns)
    }

    /// Writes `episode.json` beside the pictures.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&self, folder: &Path) -> Result<(), RunError> {
        write_json(&folder.join("episode.json"), self)
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is missing or damaged.
    pub fn read(folder: &Path) -> Result<Self, RunError> {
        read_json(&folder.join("episode.json"))
    }

    /// The draw it came from.
    pub fn to_draw(&self) -> Draw {
        Draw { index: self.draw, refused: self.refused, values: self.values.clone(), ln_weight: self.ln_weight }
    }
}

/// Writes `labels.json` beside the pictures.
///
/// # Errors
/// When the disk refuses.
pub fn write_labels(labels: &LabelFile, folder: &Path) -> Result<(), RunError> {
    let path = folder.join("labels.json");
    // Not pretty: most of it are numbers, and a line each would double it.
    let text = serde_json::to_string(labels).map_err(|err| RunError::damaged(&path, &err.to_string()))?;
    Ok(files::write_whole(&path, format!("{text}\n").as_bytes())?)
}

/// Reads it; also what earlier versions wrote.
///
/// # Errors
/// When it is missing, damaged or of another format.
pub fn read_labels(folder: &Path) -> Result<LabelFile, RunError> {
    let path = folder.join("labels.json");
    let labels: LabelFile = read_json(&path)?;
    if labels.is_known() {
        return Ok(labels);
    }
    Err(RunError::Request(format!(
        "`{}` has the format `{}`, this version reads `{}`; generate the set again",
        path.display(),
        labels.format,
        crate::sense::file::FORMAT
    )))
}

/// Writes `value` as JSON, whole or not at all.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RunError> {
    Ok(files::write_whole(path, &json(path, value)?)?)
}

/// JSON as [`write_json`] writes it to `path`.
pub(super) fn json(path: &Path, value: &impl Serialize) -> Result<Vec<u8>, RunError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|err| RunError::damaged(path, &err.to_string()))?;
    text.push(b'\n');
    Ok(text)
}

/// Reads JSON.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, RunError> {
    serde_json::from_str(&files::read_text(path)?).map_err(|err| RunError::damaged(path, &err.to_string()))
}

#[cfg(test)]
mod tests;
