//! Opening: one look at every recording, cameras and columns of the whole set, and what is odd about it in notes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::chunks::Chunks;
use super::film::Films;
use super::index::{Recording, Topic};
use super::message::{self, Picture};
use super::pixels::{self, Shows};
use super::tables::Tables;
use super::{Column, Recordings, Shot};
use crate::base::text::natural;
use crate::base::{Monitor, Note};
use crate::data::Origin;
use crate::data::cache::Frames;
use crate::data::error::DataError;
use crate::data::fault::Fault;
use crate::data::folder::refuse_ours;
use crate::data::set::{CameraInfo, ColumnInfo, EpisodeInfo, Format, Set, name_of, slashed};

/// In sets up to this size every message of a signal is looked at for its names; in larger ones the first of each topic and
/// its last.
const LOOKED_THROUGH_BYTES: u64 = 256 << 20;
/// How many: all publishers of a topic have spoken by then.
const MOST_LOOKED_AT: usize = 256;
/// More columns, or names in one, than any robot has; what comes after is left out and told.
const MOST_COLUMNS: usize = 4096;
const MOST_NAMES: usize = 1024;
/// Cameras whose pictures follow each other at rates further apart than this are told of.
const ALIKE: f64 = 1.1;

/// When the messages of a topic came.
#[derive(Clone, Copy)]
struct Pace {
    is_picture: bool,
    count: usize,
    /// From the first message to the last.
    span_ns: u64,
    /// The median; 0 where there are fewer than two.
    interval_ns: u64,
}

fn pace(topic: &Topic) -> Pace {
    let mut intervals: Vec<u64> =
        topic.messages.windows(2).map(|pair| pair.last().map_or(0, |b| b.time_ns) - pair[0].time_ns).collect();
    let middle = intervals.len() / 2;
    let interval_ns = if intervals.is_empty() { 0 } else { *intervals.select_nth_unstable(middle).1 };
    let is_picture = topic.reading.is_some_and(|(_, kind)| kind.is_picture());
    let ends = topic.messages.first().zip(topic.messages.last());
    let span_ns = ends.map_or(0, |(first, last)| last.time_ns - first.time_ns);
    Pace { is_picture, count: topic.messages.len(), span_ns, interval_ns }
}

/// What a picture shows, and its size.
pub(super) type Seen = (Shows, u32, u32);
/// Which picture of a topic was looked at, and what was seen.
pub(super) type Look = (&'static str, Result<Seen, DataError>);

/// What was seen of a topic of pictures.
#[derive(Default)]
struct Sighting {
    /// The first picture.
    first: Option<Seen>,
    /// Why the first picture that could not be read could not.
    fault: Option<String>,
    n_messages: u64,
    n_files: usize,
}

/// What was seen of a topic whose messages are not read: messages and files.
type Skipped = BTreeMap<(String, String, String), (u64, usize)>;

struct Survey<'a> {
    reader: Recordings,
    monitor: &'a dyn Monitor,
    notes: Vec<Note>,
    episodes: Vec<EpisodeInfo>,
    /// Of each episode: how its topics went.
    paces: Vec<BTreeMap<String, Pace>>,
    cameras: BTreeMap<String, Sighting>,
    /// Names of each column, by topic and column.
    columns: BTreeMap<(String, String), Vec<String>>,
    /// Topics of signals: messages and files.
    signals: BTreeMap<String, (u64, usize)>,
    /// Topics whose messages do not all have the same names: in how many files.
    changed: BTreeMap<String, usize>,
    skipped: Skipped,
    /// Whether every message of a signal is looked at.
    looks_through: bool,
    /// Whether some were not.
    is_sparing: bool,
    /// Columns and names beyond what is kept.
    n_too_many: usize,
    last_error: Option<DataError>,
}

/// Opens one recording.
pub(crate) fn open_file(path: &Path, monitor: &dyn Monitor) -> Result<Set, DataError> {
    refuse_ours(path)?;
    open(path, vec![PathBuf::from(name_of(path))], monitor)
}

/// Opens the recordings `files` below `root`, in the order given.
pub(crate) fn open(root: &Path, files: Vec<PathBuf>, monitor: &dyn Monitor) -> Result<Set, DataError> {
    let n_files = files.len();
    let mut survey = Survey {
        reader: Recordings {
            name: name_of(root),
            root: root.to_owned(),
            files,
            cameras: Vec::new(),
            depth: None,
            columns: Vec::new(),
            n_frames: Vec::new(),
            open: Mutex::new(Vec::new()),
            chunks: Chunks::default(),
            tables: Tables::default(),
            films: Films::default(),
        },
        monitor,
        notes: Vec::new(),
        episodes: Vec::new(),
        paces: Vec::new(),
        cameras: BTreeMap::new(),
        columns: BTreeMap::new(),
        signals: BTreeMap::new(),
        changed: BTreeMap::new(),
        skipped: Skipped::new(),
        looks_through: true,
        is_sparing: false,
        n_too_many: 0,
        last_error: None,
    };
    let size = |at: usize| survey.reader.path(at).metadata().map_or(0, |metadata| metadata.len());
    survey.looks_through = (0..n_files).map(size).sum::<u64>() <= LOOKED_THROUGH_BYTES;
    for at in 0..n_files {
        monitor.step("Reading recordings", at as u64, n_files as u64);
        survey.file(at)?;
    }
    survey.finish()
}

impl Survey<'_> {
    fn file(&mut self, at: usize) -> Result<(), DataError> {
        let path = self.reader.path(at);
        let name = self.reader.files.get(at).map(|file| slashed(file)).unwrap_or_default();
        let mut episode = EpisodeInfo { id: at as u64, n_frames: 0, task: name.clone(), length_s: 0.0, missing: None };
        self.paces.push(BTreeMap::new());
        match Recording::open(&path, self.monitor).map_err(|fault| fault.told(&path, "")) {
            Err(DataError::Stopped) => return Err(DataError::Stopped),
            Err(err) => {
                self.notes.push(Note::new(name, err.to_string()));
                episode.missing = Some(err.to_string());
                self.last_error = Some(err);
            }
            Ok(recording) => {
                self.notes.extend(recording.notes.iter().map(|text| Note::new(name.clone(), text.clone())));
                let recording = Arc::new(recording);
                self.topics(at, &recording)?;
                self.names(at, &name, &recording)?;
                self.reader.keep(at, &recording);
            }
        }
        self.episodes.push(episode);
        Ok(())
    }

    /// Sorts the topics of a recording by what they are.
    fn topics(&mut self, at: usize, recording: &Recording) -> Result<(), DataError> {
        for topic in recording.topics.iter().filter(|topic| topic.count > 0) {
            if self.monitor.stopped() {
                return Err(DataError::Stopped);
            }
            let is_still = topic.name.rsplit('/').next() == Some("tf_static");
            let Some((_, kind)) = topic.reading.filter(|_| !is_still) else {
                let key = (topic.name.clone(), topic.schema.clone(), topic.encoding.clone());
                let skipped = self.skipped.entry(key).or_default();
                *skipped = (skipped.0 + topic.count, skipped.1 + 1);
                continue;
            };
            if kind.is_picture() {
                self.probe(at, recording, topic);
            } else {
                let seen = self.signals.entry(topic.name.clone()).or_default();
                *seen = (seen.0 + topic.count, seen.1 + 1);
            }
            if let Some(paces) = self.paces.get_mut(at) {
                paces.insert(topic.name.clone(), pace(topic));
            }
        }
        Ok(())
    }

    /// Looks at the first and the last picture of a topic.
    fn probe(&mut self, at: usize, recording: &Recording, topic: &Topic) {
        let sighting = self.cameras.entry(topic.name.clone()).or_default();
        sighting.n_messages += topic.count;
        sighting.n_files += 1;
        let file = self.reader.files.get(at).map(|file| slashed(file)).unwrap_or_default();
        let about = format!("{file}, `{}`", topic.name);
        let shot = Shot { recording, topic, episode: at, number: 0 };
        let looks = if topic.is_video() {
            let first = self.reader.first_film(shot);
            if first.n_before > 0 {
                let text = format!(
                    "{} of its messages come before its first key picture and cannot be shown: record from a key picture on.",
                    first.n_before
                );
                self.notes.push(Note::new(about.clone(), text));
            }
            first.looks
        } else {
            first_looks(&self.reader, shot)
        };
        for (which, look) in looks {
            match look {
                Ok(seen) => {
                    let first = *sighting.first.get_or_insert(seen);
                    if (first.1, first.2) != (seen.1, seen.2) {
                        let text = format!(
                            "Its {which} picture has {} x {} pixels, the set's first {} x {}: frames of another size are not \
                             shown.",
                            seen.1, seen.2, first.1, first.2
                        );
                        self.notes.push(Note::new(about, text));
                        return;
                    }
                }
                Err(err) => {
                    sighting.fault.get_or_insert(err.to_string());
                }
            }
        }
    }

    /// Looks at the messages of signals, in the order in which they lie, for the names of their numbers.
    fn names(&mut self, at: usize, file: &str, recording: &Recording) -> Result<(), DataError> {
        let mut order = Vec::new();
        for (position, topic) in recording.topics.iter().enumerate() {
            if topic.reading.is_none_or(|(_, kind)| kind.is_picture()) || !self.signals.contains_key(&topic.name) {
                continue;
            }
            let last = topic.messages.len().saturating_sub(1);
            let looked_at = |number: usize| self.looks_through || number < MOST_LOOKED_AT || number == last;
            self.is_sparing |= !self.looks_through && last > MOST_LOOKED_AT;
            let places = topic.messages.iter().enumerate().filter(|(number, _)| looked_at(*number));
            order.extend(places.map(|(number, place)| ((place.chunk, place.offset), position, number)));
        }
        order.sort_unstable();
        let mut seen: BTreeMap<usize, Heard> = BTreeMap::new();
        for (_, position, number) in order {
            if self.monitor.stopped() {
                return Err(DataError::Stopped);
            }
            let Some(topic) = recording.topics.get(position) else { continue };
            let seen = seen.entry(position).or_default();
            let (Some(place), Some(reading)) = (topic.messages.get(number), topic.reading) else { continue };
            let piece = recording.message(place, &self.reader.chunks, at);
            match piece.and_then(|piece| message::parts(reading, piece.bytes())) {
                Ok(parts) => parts.iter().for_each(|part| self.part(&topic.name, part, seen)),
                Err(fault) => {
                    seen.n_damaged += 1;
                    seen.damage.get_or_insert(format!("message {number}: {fault}"));
                }
            }
        }
        for (position, seen) in seen {
            let Some(topic) = recording.topics.get(position) else { continue };
            if seen.has_changed {
                *self.changed.entry(topic.name.clone()).or_default() += 1;
            }
            if let Some(damage) = seen.damage {
                let text = format!(
                    "{} of its {} messages cannot be read ({damage}), and so none of its signals in this episode.",
                    seen.n_damaged,
                    topic.messages.len()
                );
                self.notes.push(Note::new(format!("{file}, `{}`", topic.name), text));
            }
        }
        Ok(())
    }

    fn part(&mut self, topic: &str, part: &message::Part, seen: &mut Heard) {
        let key = (topic.to_owned(), part.column.clone());
        if !self.columns.contains_key(&key) && self.columns.len() == MOST_COLUMNS {
            self.n_too_many += 1;
            return;
        }
        let names = self.columns.entry(key).or_default();
        let known = seen.columns.entry(part.column.clone()).or_insert_with(|| sorted(part));
        seen.has_changed |= *known != sorted(part);
        for (name, _) in &part.values {
            if !names.contains(name) {
                if names.len() == MOST_NAMES {
                    self.n_too_many += 1;
                    return;
                }
                names.push(name.clone());
            }
        }
    }

    fn finish(mut self) -> Result<Set, DataError> {
        self.settle_pictures();
        self.settle_columns();
        self.tell_skipped();
        if self.reader.cameras.is_empty() && self.reader.columns.is_empty() {
            return Err(self.nothing());
        }
        let fps = self.settle_episodes();
        for camera in &mut self.reader.cameras {
            camera.fps = fps;
        }
        Ok(Set {
            name: self.reader.name.clone(),
            root: self.reader.root.clone(),
            origin: Origin::Real,
            known: BTreeMap::new(),
            format: Format::Recording,
            cameras: self.reader.cameras.clone(),
            episodes: self.episodes,
            columns: self.reader.columns.iter().map(|column| column.info.clone()).collect(),
            classes: Vec::new(),
            labelled_by: None,
            notes: self.notes,
            lineage: None,
            reader: Box::new(self.reader),
            frames: Frames::default(),
        })
    }

    /// Why there is nothing to show.
    fn nothing(self) -> DataError {
        if let (1, Some(err)) = (self.episodes.len(), self.last_error) {
            return err;
        }
        let missing = self.episodes.iter().find_map(|episode| episode.missing.clone());
        let fault = self.cameras.values().find_map(|seen| seen.fault.clone());
        let has = missing.or(fault).unwrap_or_else(|| {
            let topics = self.skipped.keys().take(5).map(|(name, schema, _)| format!("`{name}` ({schema})"));
            let topics: Vec<String> = topics.collect();
            if topics.is_empty() {
                "it holds no messages".to_owned()
            } else {
                format!("it holds {}", topics.join(", "))
            }
        });
        let reason = format!(
            "no recording in it has pictures, joint states or transforms that can be read: {has}; record image or joint \
             topics as well"
        );
        DataError::NotASet { path: self.reader.root.display().to_string(), reason }
    }

    /// Cameras and distances out of what was seen of pictures.
    fn settle_pictures(&mut self) {
        let mut depths = Vec::new();
        for (name, seen) in &self.cameras {
            if let Some(fault) = &seen.fault {
                let text = if seen.first.is_some() {
                    format!("Some of its pictures cannot be read: {fault}.")
                } else {
                    format!("It is left out ({}): {fault}.", counted(seen.n_messages, seen.n_files))
                };
                self.notes.push(Note::new(name.clone(), text));
            }
            match seen.first {
                Some((Shows::Colour { is_deep, is_mosaic }, width, height)) => {
                    let told = [
                        (is_deep, "It has 16-bit values: the upper 8 bits are shown and compared."),
                        (is_mosaic, "It has one colour a pixel (Bayer): the others are filled in from its neighbours."),
                    ];
                    for (_, text) in told.into_iter().filter(|(is_so, _)| *is_so) {
                        self.notes.push(Note::new(name.clone(), text));
                    }
                    self.reader.cameras.push(CameraInfo { name: name.clone(), width, height, fps: 1.0 });
                }
                Some((Shows::Distances, width, height)) => depths.push((name.clone(), width, height)),
                None => {}
            }
        }
        self.reader.cameras.sort_by(|a, b| natural(&a.name, &b.name));
        // A frame has one picture of distances: beside the first camera, pixel by pixel.
        let first = self.reader.cameras.first().map(|camera| (camera.width, camera.height));
        let fits = |(_, width, height): &&(String, u32, u32)| first == Some((*width, *height));
        let depth = depths.iter().find(fits).map(|(name, _, _)| name.clone());
        for (name, width, height) in &depths {
            let text = if Some(name) == depth.as_ref() {
                "Its distances are shown beside the pictures, in millimetres (16UC1) or from metres (32FC1), as ROS has it."
                    .to_owned()
            } else {
                format!(
                    "Its distances ({width} x {height}) are not shown: only one topic of distances is, of the size of the first \
                     camera."
                )
            };
            self.notes.push(Note::new(name.clone(), text));
        }
        self.reader.depth = depth;
    }

    fn settle_columns(&mut self) {
        for ((topic, part), names) in std::mem::take(&mut self.columns) {
            let name = if part.is_empty() { topic.clone() } else { format!("{topic}.{part}") };
            let width = names.len();
            self.reader.columns.push(Column { info: ColumnInfo { name, names, width }, topic, part });
        }
        self.reader.columns.sort_by(|a, b| natural(&a.info.name, &b.info.name));
        // A topic may be called like another's column; the first stands.
        self.reader.columns.dedup_by(|b, a| a.info.name == b.info.name);
        for (topic, (count, n_files)) in &self.signals {
            if !self.reader.columns.iter().any(|column| column.topic == *topic) {
                let text = format!("It is left out: {} without a number that is read.", counted(*count, *n_files));
                self.notes.push(Note::new(topic.clone(), text));
            }
        }
        for (topic, n_files) in &self.changed {
            let text = format!(
                "Its messages do not all have the same names in {n_files} of {} files; rows are kept by name, and what a \
                 message lacks is empty.",
                self.episodes.len()
            );
            self.notes.push(Note::new(topic.clone(), text));
        }
        if self.is_sparing {
            let text = format!(
                "The recordings are large: names of numbers come from the first {MOST_LOOKED_AT} messages of each topic and \
                 its last."
            );
            self.notes.push(Note::new(self.reader.name.clone(), text));
        }
        if self.n_too_many > 0 {
            let text = format!("More than {MOST_COLUMNS} signals, or {MOST_NAMES} numbers in one, are left out.");
            self.notes.push(Note::new(self.reader.name.clone(), text));
        }
    }

    /// One note a topic that is not understood.
    fn tell_skipped(&mut self) {
        for ((topic, schema, encoding), (count, n_files)) in &self.skipped {
            let schema = if schema.is_empty() { "no type" } else { schema.as_str() };
            let counted = counted(*count, *n_files);
            let text = match schema {
                _ if topic.ends_with("tf_static") => {
                    format!("It is left out: {counted} of transforms that stand still.")
                }
                _ => format!("It is left out: {counted} of the type `{schema}` ({encoding}), which is not read."),
            };
            self.notes.push(Note::new(topic.clone(), text));
        }
    }

    /// Frames and lengths of the episodes; frames a second of the whole set.
    fn settle_episodes(&mut self) -> f64 {
        let cameras: Vec<&String> = self.reader.cameras.iter().map(|camera| &camera.name).collect();
        let signals: Vec<&String> = self.reader.columns.iter().map(|column| &column.topic).collect();
        let has_cameras = !cameras.is_empty();
        let clocks = if has_cameras { cameras } else { signals };
        let mut rates: Vec<f64> = Vec::new();
        let mut clocked = Vec::new();
        for (episode, paces) in self.episodes.iter_mut().zip(&self.paces) {
            // As `Recordings::clock` chooses: the first of those with the most.
            let mut clock: Option<Pace> = None;
            let paces = clocks.iter().filter_map(|name| paces.get(*name));
            for pace in paces.filter(|pace| pace.is_picture || !has_cameras) {
                if clock.is_none_or(|clock| pace.count > clock.count) {
                    clock = Some(*pace);
                }
            }
            clocked.push(clock);
            let Some(clock) = clock else {
                episode.missing.get_or_insert_with(|| {
                    let wanted = if has_cameras { "cameras" } else { "signals" };
                    format!("`{}` has none of the set's {wanted}; open it on its own", episode.task)
                });
                continue;
            };
            episode.n_frames = u32::try_from(clock.count).unwrap_or(u32::MAX);
            if clock.interval_ns > 0 {
                rates.push(1e9 / clock.interval_ns as f64);
            }
        }
        self.reader.n_frames = self.episodes.iter().map(|episode| episode.n_frames).collect();
        rates.sort_by(f64::total_cmp);
        let fps = rates.get(rates.len() / 2).copied().unwrap_or(1.0);
        if let (Some(least), Some(most)) = (rates.first(), rates.last())
            && *most > least * ALIKE
        {
            let text =
                format!("Frames follow each other at {least:.1} to {most:.1} a second; each is held to its own time.");
            self.notes.push(Note::new(self.reader.name.clone(), text));
        }
        for (episode, clock) in self.episodes.iter_mut().zip(clocked) {
            // The mean of the intervals: what an episode lasts does not hang on messages that come in bursts.
            let between = clock.filter(|clock| clock.count > 1 && clock.span_ns > 0);
            let interval_s = between.map_or(1.0 / fps, |clock| clock.span_ns as f64 / 1e9 / (clock.count - 1) as f64);
            episode.length_s = f64::from(episode.n_frames) * interval_s;
        }
        fps
    }
}

/// What was seen of a topic of signals in one file.
#[derive(Default)]
struct Heard {
    columns: BTreeMap<String, Vec<String>>,
    has_changed: bool,
    n_damaged: u64,
    damage: Option<String>,
}

fn sorted(part: &message::Part) -> Vec<String> {
    let mut names: Vec<String> = part.values.iter().map(|(name, _)| name.clone()).collect();
    names.sort_unstable();
    names
}

fn counted(count: u64, n_files: usize) -> String {
    let messages = if count == 1 { "1 message".to_owned() } else { format!("{count} messages") };
    if n_files == 1 { messages } else { format!("{messages} in {n_files} files") }
}

/// What the first picture of a topic shows and the last.
fn first_looks(reader: &Recordings, shot: Shot<'_>) -> Vec<Look> {
    let last = shot.topic.messages.len().saturating_sub(1);
    let mut looks = vec![("first", first_look(reader, &shot))];
    if last > 0 {
        looks.push(("last", first_look(reader, &Shot { number: last, ..shot })));
    }
    looks
}

fn first_look(reader: &Recordings, shot: &Shot<'_>) -> Result<Seen, DataError> {
    let path = &shot.recording.path;
    reader.with_picture(shot, |place, picture| {
        let told = |fault: Fault| fault.told(path, place);
        match (pixels::shows(picture).map_err(told)?, picture) {
            (Shows::Distances, Picture::Pixels(pixels)) => {
                let grey = pixels::distances(pixels).map_err(told)?;
                Ok((Shows::Distances, grey.width, grey.height))
            }
            (shows, _) => {
                let rgb = pixels::colour(path, place, picture)?;
                Ok((shows, rgb.width, rgb.height))
            }
        }
    })
}
