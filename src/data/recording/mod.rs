//! Recordings of robots: MCAP files and ROS 1 bags, alone or in a folder; each file is one episode.
//!
//! A topic of pictures is a camera. An episode's frames are the messages of the camera that has the most of them; frame `i`
//! of another camera is its last message at or before that time, and before its first message its first. Joint states,
//! transforms, inertial sensors, speeds, poses and JSON objects of numbers are signals with a row a message, at the message's
//! own time. Times are log times, in seconds from the first frame. One topic of distances is the depth of the first camera.
//!
//! Opening reads indexes, the first and last picture of every camera (of video the first), and the messages of signals, whose names make the
//! columns. A message is read by unpacking its chunk; few unpacked chunks are kept. Of video each message is a picture, which
//! is reached from the last key message before it. Deliberately not: message types that are not listed in `message`, and
//! writing.

mod bag;
mod bytes;
mod chunks;
mod film;
mod index;
mod json;
mod mcap;
mod message;
mod open;
mod pixels;
mod proto;
mod ros;
mod tables;
mod unpack;
mod walk;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use self::chunks::Chunks;
use self::film::Films;
use self::index::{Recording, Topic};
use self::message::Picture;
pub(super) use self::open::{open, open_file};
use self::tables::Tables;
use super::error::DataError;
use super::set::{CameraInfo, Channel, ColumnInfo, Grey16, Reader, Signal, slashed};
use crate::base::{Rgb, Silent};
use crate::data::fault::{Fault, cut};

/// What recordings are called. A bag that is being recorded, or was when the power went, ends in `.active`; databases of
/// ROS 2 are refused with the way to make MCAP of them.
const ENDINGS: [&str; 5] = [".mcap", ".mcap.active", ".bag", ".bag.active", ".db3"];
/// Places of messages that are kept in memory, over all open recordings: about fifty megabytes.
const MOST_WEIGHT: usize = 2 << 20;

/// Whether a file is a recording by its name.
pub(super) fn is_recording(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// A signal and where it comes from.
struct Column {
    info: ColumnInfo,
    topic: String,
    /// Which of the topic's columns it is.
    part: String,
}

struct Recordings {
    name: String,
    root: PathBuf,
    /// Relative to the root; the file's own name where the root is the file.
    files: Vec<PathBuf>,
    cameras: Vec<CameraInfo>,
    /// The topic of distances, where there is one.
    depth: Option<String>,
    columns: Vec<Column>,
    /// Frames of each episode.
    n_frames: Vec<u32>,
    open: Mutex<Vec<(usize, Arc<Recording>)>>,
    chunks: Chunks,
    tables: Tables,
    films: Films,
}

/// One message of a topic.
#[derive(Clone, Copy)]
struct Shot<'a> {
    recording: &'a Recording,
    topic: &'a Topic,
    episode: usize,
    number: usize,
}

impl Shot<'_> {
    fn place(&self) -> String {
        format!("message {} of `{}`", self.number, self.topic.name)
    }
}

impl Recordings {
    fn path(&self, episode: usize) -> PathBuf {
        match self.files.get(episode) {
            Some(file) if self.root.is_dir() => self.root.join(file),
            _ => self.root.clone(),
        }
    }

    /// Keeps a recording open; those that were used longest ago are let go.
    fn keep(&self, episode: usize, recording: &Arc<Recording>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(at, _)| *at != episode);
        open.push((episode, Arc::clone(recording)));
        let mut weight: usize = open.iter().map(|(_, recording)| recording.weight()).sum();
        while open.len() > 1 && weight > MOST_WEIGHT {
            weight -= open.remove(0).1.weight();
        }
    }

    fn recording(&self, episode: usize) -> Result<Arc<Recording>, DataError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = open.iter().position(|(at, _)| *at == episode) {
            let entry = open.remove(at);
            let recording = Arc::clone(&entry.1);
            open.push(entry);
            return Ok(recording);
        }
        drop(open);
        let path = self.path(episode);
        let recording = Arc::new(Recording::open(&path, &Silent).map_err(|fault| fault.told(&path, ""))?);
        if self.n_frames.get(episode) != Some(&self.frames_of(&recording)) {
            return Err(DataError::damaged(&path, "it changed while it was open"));
        }
        self.keep(episode, &recording);
        Ok(recording)
    }

    fn frames_of(&self, recording: &Recording) -> u32 {
        self.clock(recording).map_or(0, |clock| u32::try_from(clock.messages.len()).unwrap_or(u32::MAX))
    }

    /// The topic whose messages are the frames: the camera with the most of them, and the first of several.
    fn clock<'a>(&self, recording: &'a Recording) -> Option<&'a Topic> {
        let mut clock: Option<&Topic> = None;
        let cameras = self.cameras.iter().filter_map(|camera| recording.topic(&camera.name));
        let signals = self.columns.iter().filter_map(|column| recording.topic(&column.topic));
        let is_camera = |topic: &&Topic| topic.reading.is_some_and(|(_, kind)| kind.is_picture());
        // Where a set has no cameras, the signal with the most messages says how long an episode is.
        let all: Vec<&Topic> =
            if self.cameras.is_empty() { signals.collect() } else { cameras.filter(is_camera).collect() };
        for topic in all {
            if clock.is_none_or(|clock| topic.messages.len() > clock.messages.len()) {
                clock = Some(topic);
            }
        }
        clock
    }

    /// The number of the message of `topic` that belongs to a frame.
    fn at_frame(&self, recording: &Recording, topic: &Topic, frame: u32) -> Option<usize> {
        let clock = self.clock(recording)?;
        let number = if clock.name == topic.name {
            frame as usize
        } else {
            let time_ns = clock.messages.get(frame as usize)?.time_ns;
            topic.messages.partition_point(|at| at.time_ns <= time_ns).saturating_sub(1)
        };
        (number < topic.messages.len()).then_some(number)
    }

    /// When the first frame was recorded.
    fn first_ns(&self, recording: &Recording) -> u64 {
        self.clock(recording).and_then(|clock| clock.messages.first()).map_or(0, |first| first.time_ns)
    }

    fn absent(&self, what: String, episode: usize) -> DataError {
        let file = self.files.get(episode).map(|file| slashed(file)).unwrap_or_default();
        let has = format!("no such topic in `{file}`; choose another episode");
        DataError::Absent { set: self.name.clone(), what, has }
    }

    /// Calls `work` with the message that `topic` has at a frame.
    fn with_shot<T>(
        &self,
        topic: &str,
        episode: usize,
        frame: u32,
        work: impl FnOnce(&Shot<'_>) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        let recording = self.recording(episode)?;
        let absent = || self.absent(format!("picture of `{topic}` at frame {frame} of episode {episode}"), episode);
        let topic = recording.topic(topic).ok_or_else(absent)?;
        let number = self.at_frame(&recording, topic, frame).ok_or_else(absent)?;
        work(&Shot { recording: &recording, topic, episode, number })
    }

    /// Calls `work` with the picture of a message that has one of its own, and where that is.
    fn with_picture<T>(
        &self,
        shot: &Shot<'_>,
        work: impl FnOnce(&str, &Picture<'_>) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        let place = shot.place();
        let told = |fault: Fault| fault.told(&shot.recording.path, &place);
        let reading = shot.topic.reading.ok_or_else(cut).map_err(told)?;
        let at = shot.topic.messages.get(shot.number).ok_or_else(cut).map_err(told)?;
        let piece = shot.recording.message(at, &self.chunks, shot.episode).map_err(told)?;
        let picture = message::picture(reading, piece.bytes()).map_err(told)?;
        work(&place, &picture)
    }

    fn colour(&self, shot: &Shot<'_>) -> Result<Rgb, DataError> {
        if shot.topic.is_video() {
            return self.film(shot);
        }
        self.with_picture(shot, |place, picture| pixels::colour(&shot.recording.path, place, picture))
    }

    /// The topics that the set shows, by name.
    fn shown<'a>(&self, recording: &'a Recording) -> Vec<&'a Topic> {
        let names = self.cameras.iter().map(|camera| &camera.name).chain(&self.depth);
        let mut names: Vec<&String> = names.chain(self.columns.iter().map(|column| &column.topic)).collect();
        names.sort();
        names.dedup();
        names.into_iter().filter_map(|name| recording.topic(name)).collect()
    }
}

impl Reader for Recordings {
    fn frame(&self, camera: usize, episode: usize, frame: u32) -> Result<Rgb, DataError> {
        let camera = self.cameras.get(camera).ok_or_else(|| self.absent(format!("camera {camera}"), episode))?;
        self.with_shot(&camera.name, episode, frame, |shot| {
            let rgb = self.colour(shot)?;
            if (rgb.width, rgb.height) != (camera.width, camera.height) {
                let what = format!(
                    "{} has {} x {} pixels, the set's first picture {} x {}",
                    shot.place(),
                    rgb.width,
                    rgb.height,
                    camera.width,
                    camera.height
                );
                let cure = "record it again with pictures of one size";
                return Err(DataError::unsupported(&shot.recording.path, what, cure));
            }
            Ok(rgb)
        })
    }

    fn grey16(&self, channel: Channel, episode: usize, frame: u32) -> Result<Option<Grey16>, DataError> {
        let (Channel::Depth, Some(topic)) = (channel, &self.depth) else { return Ok(None) };
        if self.recording(episode)?.topic(topic).is_none() {
            return Ok(None);
        }
        self.with_shot(topic, episode, frame, |shot| {
            self.with_picture(shot, |place, picture| {
                let Picture::Pixels(pixels) = picture else { return Ok(None) };
                pixels::distances(pixels).map(Some).map_err(|fault| fault.told(&shot.recording.path, place))
            })
        })
    }

    fn signal(&self, episode: usize, column: &str) -> Result<Option<Signal>, DataError> {
        let Some(column) = self.columns.iter().find(|known| known.info.name == column) else { return Ok(None) };
        let recording = self.recording(episode)?;
        let absent = || self.absent(format!("column `{}` in episode {episode}", column.info.name), episode);
        let topic = recording.topic(&column.topic).ok_or_else(absent)?;
        let tables = self.tables.of((episode, topic.name.clone()), || self.read_tables(&recording, topic, episode))?;
        let table = tables.get(&column.part).ok_or_else(absent)?;
        let rows = table.values.chunks_exact(column.info.width.max(1)).map(<[f32]>::to_vec).collect();
        Ok(Some(Signal { names: column.info.names.clone(), rows, timestamps_s: table.times_s.clone() }))
    }

    fn files(&self, episode: usize) -> Vec<PathBuf> {
        self.files.get(episode).cloned().into_iter().collect()
    }

    /// The topics that the set shows, then their messages in the order of their times: neither chunks nor compression, nor
    /// what nobody sees.
    fn write_episode(&self, episode: usize, sink: &mut dyn FnMut(&[u8])) -> Result<(), DataError> {
        let recording = self.recording(episode)?;
        let topics = self.shown(&recording);
        let mut counted = |bytes: &[u8]| {
            sink(&(bytes.len() as u64).to_le_bytes());
            sink(bytes);
        };
        let mut order = Vec::new();
        for (position, topic) in topics.iter().enumerate() {
            for text in [&topic.name, &topic.schema, &topic.encoding] {
                counted(text.as_bytes());
            }
            order.extend(topic.messages.iter().enumerate().map(|(number, at)| (at.time_ns, position, number, *at)));
        }
        order.sort_unstable();
        for (time_ns, position, number, at) in order {
            let piece = recording.message(&at, &self.chunks, episode).map_err(|fault| {
                let name = topics.get(position).map_or("", |topic| topic.name.as_str());
                fault.told(&recording.path, &format!("message {number} of `{name}`"))
            })?;
            counted(&[(position as u64).to_le_bytes(), time_ns.to_le_bytes()].concat());
            counted(piece.bytes());
        }
        Ok(())
    }
}
