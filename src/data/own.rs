//! Sets that Worldproof generated: `set.json` and 16- and 8-bit PNG pictures by episode.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Origin;
use super::cache::Frames;
use super::error::DataError;
use super::folder::write_files;
use super::set::{CameraInfo, Channel, ColumnInfo, EpisodeInfo, Format, Grey16, Reader, Set, Signal};
use crate::base::{Note, Rgb, files, png};

/// The file that makes a folder such a set.
pub(super) const INDEX: &str = "set.json";
const FORMAT: &str = "worldproof set 1";

#[derive(Deserialize)]
struct Index {
    format: String,
    name: String,
    origin: Origin,
    fps: f64,
    width: u32,
    height: u32,
    camera: String,
    #[serde(default)]
    channels: Vec<String>,
    #[serde(default)]
    lineage: Option<serde_json::Value>,
    episodes: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: u64,
    frames: u32,
    #[serde(default)]
    task: String,
}

struct Own {
    root: PathBuf,
    width: u32,
    height: u32,
    fps: f64,
    episodes: Vec<(u64, u32)>,
    /// Names of the channels beside colour, depth and instance ids.
    channels: Vec<String>,
}

fn episode_folder(id: u64) -> PathBuf {
    PathBuf::from(format!("episodes/{id:06}"))
}

impl Own {
    fn picture(&self, episode: usize, channel: &str, frame: u32) -> PathBuf {
        let id = self.episodes.get(episode).map_or(0, |(id, _)| *id);
        episode_folder(id).join(format!("{channel}/{frame:06}.png"))
    }

    /// The files of a channel beside the three, whatever their format, in the order of their names.
    fn beside(&self, episode: usize, channel: &str) -> Vec<PathBuf> {
        let id = self.episodes.get(episode).map_or(0, |(id, _)| *id);
        let folder = episode_folder(id).join(channel);
        let listed = std::fs::read_dir(self.root.join(&folder)).into_iter().flatten().flatten();
        let mut all: Vec<PathBuf> = listed.map(|entry| folder.join(entry.file_name())).collect();
        all.sort();
        all
    }

    /// The bytes of a picture, whose head must state the set's size: a damaged head must not ask for all memory.
    fn checked(&self, path: &Path) -> Result<Vec<u8>, DataError> {
        let bytes = files::read(path)?;
        let word = |at: usize| bytes.get(at..at + 4).and_then(|word| Some(u32::from_be_bytes(word.try_into().ok()?)));
        match (word(16), word(20)) {
            (Some(width), Some(height)) if (width, height) == (self.width, self.height) => Ok(bytes),
            (Some(width), Some(height)) => Err(DataError::damaged(
                path,
                format!("it says {width} x {height} pixels, the set has {} x {}", self.width, self.height),
            )),
            _ => Err(DataError::damaged(path, "it is cut short")),
        }
    }

    fn signals(&self, episode: usize) -> PathBuf {
        let id = self.episodes.get(episode).map_or(0, |(id, _)| *id);
        episode_folder(id).join("signals.json")
    }
}

impl Reader for Own {
    fn frame(&self, _camera: usize, episode: usize, frame: u32) -> Result<Rgb, DataError> {
        let path = self.root.join(self.picture(episode, "colour", frame));
        png::decode_rgb(&self.checked(&path)?).map_err(|err| DataError::damaged(&path, err))
    }

    fn grey16(&self, channel: Channel, episode: usize, frame: u32) -> Result<Option<Grey16>, DataError> {
        let channel = match channel {
            Channel::Depth => "depth",
            Channel::Instances => "instance",
        };
        let path = self.root.join(self.picture(episode, channel, frame));
        if !path.exists() {
            return Ok(None);
        }
        let (width, height, values) =
            png::decode_grey16(&self.checked(&path)?).map_err(|err| DataError::damaged(&path, err))?;
        Ok(Some(Grey16 { width, height, values }))
    }

    fn signal(&self, episode: usize, column: &str) -> Result<Option<Signal>, DataError> {
        let path = self.root.join(self.signals(episode));
        if !path.exists() {
            return Ok(None);
        }
        let value: serde_json::Value =
            serde_json::from_str(&files::read_text(&path)?).map_err(|err| DataError::damaged(&path, err))?;
        let Some(values) = value.get(column) else { return Ok(None) };
        let numbers: Option<Vec<Vec<f32>>> = values.as_array().map(|values| {
            // Infinite and undefined values have no JSON number; they are written as null.
            values.iter().map(|value| vec![value.as_f64().map_or(f32::NAN, |value| value as f32)]).collect()
        });
        let rows =
            numbers.ok_or_else(|| DataError::field(&path, column, "is no list of numbers; generate the set again"))?;
        let timestamps_s = (0..rows.len()).map(|at| at as f64 / self.fps).collect();
        Ok(Some(Signal { names: vec![column.to_owned()], rows, timestamps_s }))
    }

    fn files(&self, episode: usize) -> Vec<PathBuf> {
        let frames = self.episodes.get(episode).map_or(0, |(_, frames)| *frames);
        let mut all = vec![PathBuf::from(INDEX)];
        let extras = ["depth", "instance"]
            .iter()
            .flat_map(|channel| (0..frames).map(move |frame| self.picture(episode, channel, frame)))
            .chain(self.channels.iter().flat_map(|channel| self.beside(episode, channel)));
        all.extend(extras.chain([self.signals(episode)]).filter(|file| self.root.join(file).exists()));
        all.extend((0..frames).map(|frame| self.picture(episode, "colour", frame)));
        all
    }

    fn write_episode(&self, episode: usize, sink: &mut dyn FnMut(&[u8])) -> Result<(), DataError> {
        let own: Vec<PathBuf> = self.files(episode).into_iter().filter(|file| file != Path::new(INDEX)).collect();
        write_files(&self.root, &own, sink)
    }
}

/// Opens a generated set.
pub(super) fn open(root: &Path) -> Result<Set, DataError> {
    let path = root.join(INDEX);
    let index: Index = serde_json::from_str(&files::read_text(&path)?).map_err(|err| DataError::damaged(&path, err))?;
    if index.format != FORMAT {
        let what = format!("its format is `{}`, this version reads `{FORMAT}`", index.format);
        return Err(DataError::unsupported(&path, what, "open it with a newer version"));
    }
    if !(index.fps.is_finite() && index.fps > 0.0) {
        return Err(DataError::field(&path, "fps", "must be above 0; generate the set again"));
    }
    let mut notes = Vec::new();
    let reader = Own {
        root: root.to_owned(),
        width: index.width,
        height: index.height,
        fps: index.fps,
        episodes: index.episodes.iter().map(|entry| (entry.id, entry.frames)).collect(),
        channels: index.channels.into_iter().filter(|name| is_plain(name)).collect(),
    };
    let episodes: Vec<EpisodeInfo> = index
        .episodes
        .into_iter()
        .enumerate()
        .map(|(at, entry)| {
            let last = reader.picture(at, "colour", entry.frames.saturating_sub(1));
            let missing = (!root.join(&last).is_file())
                .then(|| format!("`{}` is not there; generate or copy the set again", last.display()));
            if let Some(reason) = &missing {
                notes.push(Note::new(format!("episode {}", entry.id), format!("It is left out: {reason}.")));
            }
            let length_s = f64::from(entry.frames) / index.fps;
            EpisodeInfo { id: entry.id, n_frames: entry.frames, task: entry.task, length_s, missing }
        })
        .collect();
    if index.origin == Origin::Real {
        let path = root.join("set.json");
        return Err(DataError::field(&path, "origin", "a generated set is never Real; generate the set again"));
    }
    let columns = columns(&reader, &episodes)?;
    let camera = CameraInfo { name: index.camera, width: index.width, height: index.height, fps: index.fps };
    Ok(Set {
        name: index.name,
        root: root.to_owned(),
        origin: index.origin,
        known: BTreeMap::new(),
        format: Format::Worldproof,
        cameras: vec![camera],
        episodes,
        columns,
        classes: Vec::new(),
        labelled_by: None,
        notes,
        lineage: index.lineage,
        reader: Box::new(reader),
        frames: Frames::default(),
    })
}

/// Whether `name` is a folder's own name: a path must not lead out of the set.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// The columns of the first episode that has signals.
fn columns(reader: &Own, episodes: &[EpisodeInfo]) -> Result<Vec<ColumnInfo>, DataError> {
    let paths = (0..episodes.len()).map(|at| reader.root.join(reader.signals(at)));
    let Some(path) = paths.into_iter().find(|path| path.is_file()) else { return Ok(Vec::new()) };
    let value: serde_json::Value =
        serde_json::from_str(&files::read_text(&path)?).map_err(|err| DataError::damaged(&path, err))?;
    let names = value.as_object().into_iter().flatten().map(|(name, _)| name.clone());
    Ok(names.map(|name| ColumnInfo { names: vec![name.clone()], name, width: 1 }).collect())
}
