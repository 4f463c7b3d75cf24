//! `LeRobot` sets, v2.0 to v3.x: Parquet rows and MP4 videos.
//!
//! Rows and pictures are found by episode number and by presentation time, so a partial download or a renumbered set reads
//! as far as it goes. Depth videos and text columns are left out with a note.

mod index;
mod info;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;

use self::index::Located;
use self::info::{BOOKKEEPING, Info, Version};
use super::Origin;
use super::cache::Frames;
use super::error::DataError;
use super::folder::picture_in_cell;
use super::set::{EpisodeInfo, Format, Reader, Set, Signal, name_of, slashed};
use super::table::{self, Table};
use super::video::{self, Pool, VideoIndex};
use crate::base::{Monitor, Note, Rgb};

/// The column of `meta/episodes` that names the family of a generated episode. `LeRobot` keeps it when it merges sets, empty
/// for the episodes of the others.
pub const GENERATED_COLUMN: &str = "worldproof/family";

/// The file that makes a folder such a set.
pub(super) const INFO: &str = "meta/info.json";

/// One Parquet file with the rows of each episode in it.
struct DataFile {
    table: Table,
    rows: BTreeMap<u64, Range<usize>>,
}

struct LeRobot {
    root: PathBuf,
    info: Info,
    episodes: Vec<Located>,
    videos: Pool,
    /// The data file that was read last: episodes are mostly read in order.
    last: Mutex<Option<(PathBuf, Arc<DataFile>)>>,
}

impl DataFile {
    fn open(path: &Path) -> Result<Self, DataError> {
        let table = Table::open(path)?;
        let (mut rows, mut at) = (BTreeMap::<u64, Range<usize>>::new(), 0);
        for batch in table.read(|name| name == "episode_index", None)? {
            let column = batch
                .column_by_name("episode_index")
                .ok_or_else(|| DataError::field(path, "episode_index", "is absent; download the file again"))?;
            for row in 0..batch.num_rows() {
                if let Some(id) = table::integer(column, row).and_then(|id| u64::try_from(id).ok()) {
                    let range = rows.entry(id).or_insert(at..at);
                    range.end = at + 1;
                }
                at += 1;
            }
        }
        Ok(Self { table, rows })
    }
}

impl LeRobot {
    fn located(&self, episode: usize) -> Result<&Located, DataError> {
        self.episodes.get(episode).ok_or_else(|| DataError::damaged(&self.root, "it changed while it was open"))
    }

    fn data_file(&self, path: &Path) -> Result<Arc<DataFile>, DataError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, file)) = last.as_ref()
            && at == path
        {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(DataFile::open(&self.root.join(path))?);
        *last = Some((path.to_owned(), Arc::clone(&file)));
        Ok(file)
    }

    /// The rows of an episode; `part` cuts them further.
    fn rows(
        &self,
        episode: usize,
        wanted: impl Fn(&str) -> bool,
        part: Option<usize>,
    ) -> Result<Vec<RecordBatch>, DataError> {
        let located = self.located(episode)?;
        let file = self.data_file(&located.data)?;
        let path = self.root.join(&located.data);
        let rows = file.rows.get(&located.id).cloned();
        let mut rows =
            rows.ok_or_else(|| DataError::damaged(&path, format!("it has no rows of episode {}", located.id)))?;
        if let Some(at) = part {
            let row = rows.start + at;
            if row >= rows.end {
                return Err(DataError::damaged(&path, format!("episode {} has no row {at}", located.id)));
            }
            rows = row..row + 1;
        }
        file.table.read(wanted, Some(rows))
    }

    /// The whole path of the video and the presentation positions of the episode's pictures.
    fn video_range(&self, located: &Located, camera: usize) -> Option<(PathBuf, f64)> {
        let (file, from) = located.videos.get(camera)?.as_ref()?;
        Some((self.root.join(file), *from))
    }

    fn rank(&self, index: &VideoIndex, path: &Path, from_s: f64, frame: u32) -> Result<usize, DataError> {
        let time_s = from_s + f64::from(frame) / self.info.fps;
        index.rank_at(time_s, 0.5 / self.info.fps).ok_or_else(|| {
            DataError::damaged(path, format!("it has no picture at {time_s:.3} s, where frame {frame} should be"))
        })
    }
}

impl Reader for LeRobot {
    fn frame(&self, camera: usize, episode: usize, frame: u32) -> Result<Rgb, DataError> {
        let located = self.located(episode)?;
        let info = self.info.cameras.get(camera).map(|(info, _)| info);
        let info = info.ok_or_else(|| DataError::damaged(&self.root, "it changed while it was open"))?;
        let Some((path, from_s)) = self.video_range(located, camera) else {
            let path = self.root.join(&located.data);
            let batches = self.rows(episode, |name| name == info.name, Some(frame as usize))?;
            let cell = batches.iter().find(|batch| batch.num_rows() > 0).map(|batch| batch.column(0));
            let cell = cell.ok_or_else(|| DataError::damaged(&path, format!("frame {frame} has no row")))?;
            return picture_in_cell(&path, cell, 0);
        };
        let picture = self.videos.with(&path, |video| {
            let rank = self.rank(&video.index, &path, from_s, frame)?;
            video.frame(rank)
        })?;
        if (picture.width, picture.height) != (info.width, info.height) {
            let what = format!(
                "its pictures have {} x {} pixels, meta/info.json says {} x {}",
                picture.width, picture.height, info.width, info.height
            );
            return Err(DataError::unsupported(&path, what, "correct the shape there or download the file again"));
        }
        Ok(picture)
    }

    fn signal(&self, episode: usize, column: &str) -> Result<Option<Signal>, DataError> {
        let known = self.info.columns.iter().find(|known| known.name == column);
        let names = match known {
            Some(known) => known.names.clone(),
            None if BOOKKEEPING.contains(&column) => vec![column.to_owned()],
            None => return Ok(None),
        };
        let path = self.root.join(&self.located(episode)?.data);
        let batches = self.rows(episode, |name| name == column || name == "timestamp", None)?;
        let (mut rows, mut timestamps_s) = (Vec::new(), Vec::new());
        for batch in &batches {
            let values = batch.column_by_name(column);
            let values = values.ok_or_else(|| DataError::field(&path, column, "is absent; download the file again"))?;
            let times = batch.column_by_name("timestamp");
            for row in 0..batch.num_rows() {
                let cell = table::numbers(values, row).filter(|cell| cell.len() == names.len());
                rows.push(cell.ok_or_else(|| {
                    let problem = format!("must hold {} numbers in every row; download the file again", names.len());
                    DataError::field(&path, column, problem)
                })?);
                let time = times.and_then(|times| table::number(times, row));
                timestamps_s.push(time.unwrap_or(timestamps_s.len() as f64 / self.info.fps));
            }
        }
        Ok(Some(Signal { names, rows, timestamps_s }))
    }

    fn files(&self, episode: usize) -> Vec<PathBuf> {
        let Some(located) = self.episodes.get(episode) else { return Vec::new() };
        let videos = located.videos.iter().flatten().map(|(file, _)| file.clone());
        let meta = located.described_in.iter().filter(|file| self.root.join(file).is_file()).cloned();
        meta.chain([located.data.clone()]).chain(videos).collect()
    }

    fn write_episode(&self, episode: usize, sink: &mut dyn FnMut(&[u8])) -> Result<(), DataError> {
        let located = self.located(episode)?;
        // Not the numbers that a copy of the episode would have otherwise.
        for batch in self.rows(episode, |name| !matches!(name, "episode_index" | "index"), None)? {
            for row in 0..batch.num_rows() {
                for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                    sink(field.name().as_bytes());
                    table::write_cell(column, row, sink);
                }
            }
        }
        for (camera, (info, _)) in self.info.cameras.iter().enumerate() {
            let Some((path, from_s)) = self.video_range(located, camera) else { continue };
            sink(info.name.as_bytes());
            self.videos.with(&path, |video| {
                let first = self.rank(&video.index, &path, from_s, 0)?;
                let last = self.rank(&video.index, &path, from_s, located.length.saturating_sub(1))?;
                video.encoded(first..last + 1, sink)
            })?;
        }
        Ok(())
    }
}

/// Opens the set whose `meta/info.json` lies below `root`.
pub(super) fn open(root: &Path, monitor: &dyn Monitor) -> Result<Set, DataError> {
    let mut info = Info::read(&root.join(INFO))?;
    let mut notes = Vec::new();
    if !info.skipped.is_empty() {
        let text = format!("These columns are not read (depth video or text): {}.", info.skipped.join(", "));
        notes.push(Note::new(INFO, text));
    }
    let mut located = match info.version {
        Version::Two => index::two(root, &info, &mut notes)?,
        Version::Three => index::three(root, &info, &mut notes, monitor)?,
    };
    located.sort_by_key(|episode| episode.id);
    let before = located.len();
    located.dedup_by_key(|episode| episode.id);
    if located.len() < before {
        notes.push(Note::new("meta", "Some episodes are listed twice; the first of each is used."));
    }
    if let Some(total) = info.total_episodes.filter(|total| *total != located.len() as u64) {
        let text = format!("It says {total} episodes, {} are listed; the listed ones are used.", located.len());
        notes.push(Note::new(INFO, text));
    }
    let origin = origin_of(&located, &mut notes);
    let episodes = check_files(root, &info, &located, &mut notes, monitor)?;
    check_size(root, &mut info, &located, &episodes, &mut notes);
    let (cameras, columns) = (info.cameras.iter().map(|(camera, _)| camera.clone()).collect(), info.columns.clone());
    let format = if info.version == Version::Two { Format::LeRobotV21 } else { Format::LeRobotV30 };
    let reader =
        LeRobot { root: root.to_owned(), info, episodes: located, videos: Pool::default(), last: Mutex::new(None) };
    Ok(Set {
        name: name_of(root),
        root: root.to_owned(),
        origin,
        format,
        cameras,
        episodes,
        columns,
        classes: Vec::new(),
        labelled_by: None,
        notes,
        lineage: None,
        reader: Box::new(reader),
        frames: Frames::default(),
    })
}

/// Real only where no episode was generated: one that passed for real would end in a sealed set.
fn origin_of(located: &[Located], notes: &mut Vec<Note>) -> Origin {
    let generated = located.iter().filter(|episode| episode.generated).count();
    if generated == 0 {
        return Origin::Real;
    }
    if generated < located.len() {
        let text = format!(
            "{generated} of {} episodes were generated, so the whole set counts as synthetic; open the real ones on their own.",
            located.len()
        );
        notes.push(Note::new("meta/episodes", text));
    }
    Origin::Synthetic
}

/// Looks at the ends of every file once and says which episodes cannot be read.
fn check_files(
    root: &Path,
    info: &Info,
    located: &[Located],
    notes: &mut Vec<Note>,
    monitor: &dyn Monitor,
) -> Result<Vec<EpisodeInfo>, DataError> {
    let mut checked: BTreeMap<&Path, Option<String>> = BTreeMap::new();
    let mut absent = Vec::new();
    let mut episodes = Vec::with_capacity(located.len());
    for episode in located {
        if monitor.stopped() {
            return Err(DataError::Stopped);
        }
        let files =
            [episode.data.as_path()].into_iter().chain(episode.videos.iter().flatten().map(|(file, _)| file.as_path()));
        let mut missing = None;
        for file in files {
            let fault = checked.entry(file).or_insert_with(|| fault_of(root, file, notes));
            missing = missing.or_else(|| fault.clone());
        }
        if missing.is_some() {
            absent.push(episode.id);
        }
        episodes.push(EpisodeInfo {
            id: episode.id,
            n_frames: episode.length,
            task: episode.task.clone(),
            length_s: f64::from(episode.length) / info.fps,
            missing,
        });
    }
    if !absent.is_empty() {
        let text = format!(
            "{} of {} episodes cannot be read because their files are absent or damaged ({}); download them again if they are needed.",
            absent.len(),
            located.len(),
            ranges(&absent)
        );
        notes.push(Note::new("episodes", text));
    }
    Ok(episodes)
}

/// Why the file cannot be read. Damage gets a note of its own; absent files are told together.
fn fault_of(root: &Path, file: &Path, notes: &mut Vec<Note>) -> Option<String> {
    let path = root.join(file);
    if !path.is_file() {
        return Some(format!("`{}` is not there; download it", slashed(file)));
    }
    let is_table = file.extension().is_some_and(|extension| extension == "parquet");
    let checked = if is_table { table::quick_check(&path) } else { video::quick_check(&path) };
    let fault = checked.err()?.to_string();
    notes.push(Note::new(slashed(file), fault.clone()));
    Some(fault)
}

/// `0-2, 5, 7-9`.
pub(super) fn ranges(ids: &[u64]) -> String {
    let runs = ids.chunk_by(|a, b| a.checked_add(1) == Some(*b));
    let texts: Vec<String> = runs
        .filter_map(|run| match run {
            [one] => Some(one.to_string()),
            [first, .., last] => Some(format!("{first}-{last}")),
            [] => None,
        })
        .collect();
    texts.join(", ")
}

/// Where the first video of a camera has another size than `meta/info.json` says, the video is right.
fn check_size(root: &Path, info: &mut Info, located: &[Located], episodes: &[EpisodeInfo], notes: &mut Vec<Note>) {
    for (at, (camera, _)) in info.cameras.iter_mut().enumerate() {
        let readable = located.iter().zip(episodes).filter(|(_, episode)| episode.missing.is_none());
        let Some(file) =
            readable.filter_map(|(located, _)| located.videos.get(at)?.as_ref()).map(|(file, _)| file).next()
        else {
            continue;
        };
        match VideoIndex::read(&root.join(file)) {
            Ok(index) if (index.width, index.height) == (camera.width, camera.height) => {}
            Ok(index) => {
                let text = format!(
                    "It has {} x {} pixels, meta/info.json says {} x {}; the video's size is used.",
                    index.width, index.height, camera.width, camera.height
                );
                notes.push(Note::new(slashed(file), text));
                (camera.width, camera.height) = (index.width, index.height);
            }
            Err(err) => notes.push(Note::new(slashed(file), err.to_string())),
        }
    }
}
