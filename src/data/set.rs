//! The one type that the rest of the studio reads sets through.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cache::Frames;
use super::error::DataError;
use super::folder::{self, Label, LabelFormat};
use super::{Origin, lerobot, own, recording, rlds};
use crate::base::{Monitor, Note, Rgb};

/// How a set lies on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Folders of pictures; each folder is one episode.
    ImageFolder,
    /// One MP4 file, or a folder of them; each file is one episode.
    VideoFile,
    /// `LeRobot` v2.0 or v2.1: one Parquet file and one video a camera for each episode.
    LeRobotV21,
    /// `LeRobot` v3.0: many episodes a file.
    LeRobotV30,
    /// Open X-Embodiment as TFDS prepares it: one record of a `TFRecord` file is one episode.
    Rlds,
    /// MCAP files and ROS 1 bags: each file is one episode.
    Recording,
    /// A set that Worldproof generated.
    Worldproof,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ImageFolder => "image folder",
            Self::VideoFile => "video",
            Self::LeRobotV21 => "LeRobot v2.1",
            Self::LeRobotV30 => "LeRobot v3.0",
            Self::Rlds => "RLDS (TFRecord)",
            Self::Recording => "recording (MCAP, ROS bag)",
            Self::Worldproof => "Worldproof set",
        })
    }
}

/// One camera of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraInfo {
    /// As the set calls it, e.g. `observation.images.front`.
    pub name: String,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Frames a second; 1 for folders of pictures and RLDS, which carry no time.
    pub fps: f64,
}

/// One episode (or group of pictures) of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct EpisodeInfo {
    /// As the set numbers it; folders are numbered from 0 in natural order.
    pub id: u64,
    /// Frames of each camera.
    pub n_frames: u32,
    /// The task's text, or the folder's or file's name.
    pub task: String,
    /// `n_frames` over the frame rate, in seconds.
    pub length_s: f64,
    /// Why it cannot be read, where its files are absent or cut short; it stays listed.
    pub missing: Option<String>,
}

/// One recorded signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// As the set calls it, e.g. `observation.state`.
    pub name: String,
    /// One name a component; made up (`observation.state.0`) where the set has none.
    pub names: Vec<String>,
    /// Components.
    pub width: usize,
}

impl ColumnInfo {
    /// What component `at` is called among those of all columns; empty where there is none.
    pub fn whole_name(&self, at: usize) -> String {
        match self.names.get(at) {
            Some(own) if own.starts_with(&self.name) => own.clone(),
            Some(own) => format!("{} · {own}", self.name),
            None => String::new(),
        }
    }
}

/// A signal over one episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// One name a component.
    pub names: Vec<String>,
    /// One row a time step, one value a component, in the set's own units.
    pub rows: Vec<Vec<f32>>,
    /// One time a row, in seconds from the start of the episode.
    pub timestamps_s: Vec<f64>,
}

/// A 16-bit picture: depth in millimetres or instance ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grey16 {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height` values, row by row.
    pub values: Vec<u16>,
}

/// The two 16-bit channels of a generated set.
#[derive(Clone, Copy)]
pub(super) enum Channel {
    Depth,
    Instances,
}

/// More different texts in a column of words are no condition but names or remarks.
pub(super) const MOST_WORDS: usize = 1_000;

/// What a format must answer. Positions are valid and the episode is not missing when these are called.
pub(super) trait Reader: Send + Sync {
    fn frame(&self, camera: usize, episode: usize, frame: u32) -> Result<Rgb, DataError>;

    fn grey16(&self, _channel: Channel, _episode: usize, _frame: u32) -> Result<Option<Grey16>, DataError> {
        Ok(None)
    }

    /// None where nobody labelled the frame.
    fn labels(&self, _camera: usize, _episode: usize, _frame: u32) -> Result<Vec<Label>, DataError> {
        Ok(Vec::new())
    }

    /// `None` where the set has no such column.
    fn signal(&self, _episode: usize, _column: &str) -> Result<Option<Signal>, DataError> {
        Ok(None)
    }

    /// All files that hold something of the episode, relative to the root.
    fn files(&self, episode: usize) -> Vec<PathBuf>;

    /// Of [`Self::files`] those that hold one camera's pictures and nothing else, with its name: the set can be read without them.
    fn videos(&self, _episode: usize) -> Vec<(PathBuf, String)> {
        Vec::new()
    }

    /// Hands `sink` the episode's own content, the same bytes wherever in which file it lies.
    fn write_episode(&self, episode: usize, sink: &mut dyn FnMut(&[u8])) -> Result<(), DataError>;

    /// As [`Self::write_episode`], as if the videos `but` were not there.
    fn write_without(
        &self,
        episode: usize,
        _but: &BTreeSet<PathBuf>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), DataError> {
        self.write_episode(episode, sink)
    }
}

/// What the folders of a set of pictures are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Folders {
    /// Recordings: the pictures of a folder are the frames of one episode.
    #[default]
    Recordings,
    /// Classes: a folder's name is the class of its pictures, each of which stands for itself.
    Classes,
}

impl Folders {
    /// The usual.
    pub fn are_recordings(&self) -> bool {
        *self == Self::Recordings
    }
}

/// An open set: what it holds, and its frames and signals on demand. Shared between threads.
pub struct Set {
    /// The folder's or file's name, or the name that a generated set carries.
    pub name: String,
    /// What was opened.
    pub root: PathBuf,
    /// Where its pictures come from.
    pub origin: Origin,
    /// What its tables and lists say of episodes in words (`weather`: `rain`), by column and then by episode id.
    pub known: BTreeMap<String, BTreeMap<u64, String>>,
    /// How it lies on disk.
    pub format: Format,
    /// Its cameras; none where it has signals only.
    pub cameras: Vec<CameraInfo>,
    /// Its episodes, also those that are missing.
    pub episodes: Vec<EpisodeInfo>,
    /// Its signals.
    pub columns: Vec<ColumnInfo>,
    /// Names of what its labels tell apart; [`Label::class`] is a position among them.
    pub classes: Vec<String>,
    /// How its labels are written; `None` where it has none.
    pub labelled_by: Option<LabelFormat>,
    /// What was left out or is odd.
    pub notes: Vec<Note>,
    /// How a generated set was made, as its writer put it.
    pub lineage: Option<serde_json::Value>,
    pub(super) reader: Box<dyn Reader>,
    pub(super) frames: Frames,
}

impl std::fmt::Debug for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Set")
            .field("name", &self.name)
            .field("root", &self.root)
            .field("format", &self.format)
            .field("cameras", &self.cameras)
            .field("episodes", &self.episodes.len())
            .finish_non_exhaustive()
    }
}

impl Set {
    /// Opens the set at `path`: a folder, one MP4 file or one recording. Reads its index only; the notes are also told
    /// to `monitor`.
    ///
    /// # Errors
    /// When nothing readable is there or its index is damaged. Episodes whose files are absent are no error: they are
    /// listed with [`EpisodeInfo::missing`].
    pub fn open(path: &Path, monitor: &dyn Monitor) -> Result<Self, DataError> {
        Self::open_as(path, Folders::default(), monitor)
    }

    /// As [`Self::open`], of pictures whose folders are what a person says.
    ///
    /// # Errors
    /// As there, and where it has no folders of pictures that could be classes.
    pub fn open_as(path: &Path, folders: Folders, monitor: &dyn Monitor) -> Result<Self, DataError> {
        let metadata = std::fs::metadata(path).map_err(|err| DataError::read(path, err))?;
        let set = if metadata.is_file() && recording::is_recording(path) {
            recording::open_file(path, monitor)?
        } else if metadata.is_file() {
            folder::open_video(path)?
        } else if path.join(own::INDEX).is_file() {
            own::open(path)?
        } else if path.join(lerobot::INFO).is_file() {
            lerobot::open(path, monitor)?
        } else if rlds::is_set(path) {
            rlds::open(path, monitor)?
        } else {
            folder::open(path, folders, monitor)?
        };
        if folders == Folders::Classes && set.format != Format::ImageFolder {
            let what = format!("it is no folder of pictures but {}, so that its folders are no classes", set.format);
            return Err(DataError::unsupported(path, what, "leave `--class-folders` out"));
        }
        for note in &set.notes {
            monitor.note(note.clone());
        }
        Ok(set)
    }

    /// The position of the episode with `id`.
    pub fn position(&self, id: u64) -> Option<usize> {
        // Mostly an id is the position itself.
        let own = usize::try_from(id).ok().filter(|at| self.episodes.get(*at).is_some_and(|episode| episode.id == id));
        own.or_else(|| self.episodes.iter().position(|episode| episode.id == id))
    }

    /// One frame: `camera` and `episode` are positions in [`Set::cameras`] and [`Set::episodes`], `frame` counts from 0.
    ///
    /// # Errors
    /// When there is no such frame, its file is absent or damaged, or has another size than the camera.
    pub fn frame(&self, camera: usize, episode: usize, frame: u32) -> Result<Arc<Rgb>, DataError> {
        let picture = self.ahead(camera, episode, frame)?;
        self.keep(camera, episode, frame, &picture);
        Ok(picture)
    }

    /// As [`Self::frame`], for somebody who will be asked for it: nothing that was shown leaves the cache for it.
    ///
    /// # Errors
    /// As there.
    pub fn ahead(&self, camera: usize, episode: usize, frame: u32) -> Result<Arc<Rgb>, DataError> {
        self.check(camera, episode, frame)?;
        match self.frames.get((camera, episode, frame)) {
            Some(picture) => Ok(picture),
            None => Ok(Arc::new(self.reader.frame(camera, episode, frame)?)),
        }
    }

    /// Keeps a picture that was read ahead, now that it is shown.
    pub fn keep(&self, camera: usize, episode: usize, frame: u32, picture: &Arc<Rgb>) {
        self.frames.put((camera, episode, frame), picture);
    }

    /// Whether a frame is read through those before it.
    pub fn is_video(&self) -> bool {
        matches!(self.format, Format::VideoFile | Format::LeRobotV21 | Format::LeRobotV30)
    }

    /// Distances in millimetres, of generated sets and of colour with depth beside it; `None` where the frame has none.
    /// Beside recorded colour, distances of 65.535 m and more are all 65,535, and 0 stands for "not measured".
    ///
    /// # Errors
    /// When there is no such frame or its file is damaged.
    pub fn depth(&self, camera: usize, episode: usize, frame: u32) -> Result<Option<Grey16>, DataError> {
        self.check(camera, episode, frame)?;
        self.reader.grey16(Channel::Depth, episode, frame)
    }

    /// What people (or programs) wrote about a frame; empty where there is nothing in it and where nobody looked.
    ///
    /// # Errors
    /// When there is no such frame, or its picture, whose size the labels need, cannot be read.
    pub fn labels(&self, camera: usize, episode: usize, frame: u32) -> Result<Vec<Label>, DataError> {
        self.check(camera, episode, frame)?;
        self.reader.labels(camera, episode, frame)
    }

    /// Instance ids of a generated set; `None` where it has none.
    ///
    /// # Errors
    /// When there is no such frame or its file is damaged.
    pub fn instances(&self, camera: usize, episode: usize, frame: u32) -> Result<Option<Grey16>, DataError> {
        self.check(camera, episode, frame)?;
        self.reader.grey16(Channel::Instances, episode, frame)
    }

    /// The signal `column` over the episode at position `episode`.
    ///
    /// # Errors
    /// When there is no such column, or its file is absent or damaged.
    pub fn signal(&self, episode: usize, column: &str) -> Result<Signal, DataError> {
        self.check_episode(episode)?;
        self.reader.signal(episode, column)?.ok_or_else(|| {
            let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
            let has = if names.is_empty() { "no columns".to_owned() } else { names.join(", ") };
            self.absent(format!("column `{column}`"), has)
        })
    }

    fn absent(&self, what: String, has: String) -> DataError {
        DataError::Absent { set: self.name.clone(), what, has }
    }

    fn check(&self, camera: usize, episode: usize, frame: u32) -> Result<(), DataError> {
        if camera >= self.cameras.len() {
            return Err(self.absent(format!("camera {camera}"), format!("{} cameras", self.cameras.len())));
        }
        let info = self.check_episode(episode)?;
        if frame >= info.n_frames {
            let what = format!("frame {frame} in episode {}", info.id);
            return Err(self.absent(what, format!("{} frames there, from 0", info.n_frames)));
        }
        Ok(())
    }

    pub(super) fn check_episode(&self, episode: usize) -> Result<&EpisodeInfo, DataError> {
        let Some(info) = self.episodes.get(episode) else {
            let has = format!("{} episodes", self.episodes.len());
            return Err(self.absent(format!("episode at position {episode}"), has));
        };
        match &info.missing {
            Some(reason) => Err(DataError::Missing { episode: info.id, reason: reason.clone() }),
            None => Ok(info),
        }
    }
}

/// The last part of `path`, for people.
pub(super) fn name_of(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// `path` with forward slashes on every system, for names in seals.
pub(super) fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
