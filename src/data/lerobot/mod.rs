//! `LeRobot` sets, v2.0 to v3.x: Parquet rows and MP4 videos.
//!
//! Rows and pictures are found by episode number and by presentation time, so a partial download or a renumbered set reads
//! as far as it goes. Depth videos and cameras without any video are left out with a note; text is no signal, but says something of
//! whole episodes (`words`). No frame is taken from beyond the end of its episode, whatever the list counts: the pictures there are
//! another episode's.

mod check;
mod index;
mod info;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;

use self::index::{Clip, Located, Pictures};
use self::info::{BOOKKEEPING, Info, Version};
use self::words::Words;
use super::Origin;
use super::cache::Frames;
use super::error::DataError;
use super::folder::picture_in_cell;
use super::set::{CameraInfo, Format, Reader, Set, Signal, name_of, slashed};
use super::table::{self, Table};
use super::video::{Pool, VideoIndex};
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

    /// A camera and where it has its pictures of an episode.
    fn camera<'a>(&'a self, located: &'a Located, camera: usize) -> Result<(&'a CameraInfo, &'a Pictures), DataError> {
        let info = self.info.cameras.get(camera).map(|(info, _)| info);
        info.zip(located.pictures.get(camera))
            .ok_or_else(|| DataError::damaged(&self.root, "it changed while it was open"))
    }

    /// A picture that is embedded in the rows.
    fn embedded(&self, located: &Located, episode: usize, column: &str, frame: u32) -> Result<Rgb, DataError> {
        let path = self.root.join(&located.data);
        let batches = self.rows(episode, |name| name == column, Some(frame as usize))?;
        let cell = batches.iter().find(|batch| batch.num_rows() > 0).map(|batch| batch.column(0));
        let cell = cell.ok_or_else(|| DataError::damaged(&path, format!("frame {frame} has no row")))?;
        picture_in_cell(&path, cell, 0)
    }

    /// The presentation position of a frame in its video, which is before the end of the episode.
    fn rank(&self, index: &VideoIndex, located: &Located, clip: &Clip, frame: u32) -> Result<usize, DataError> {
        let fps = self.info.fps;
        if let Some(n_frames) = clip.n_frames(fps).filter(|n_frames| frame >= *n_frames) {
            return Err(self.too_few(located, clip, frame, n_frames as usize));
        }
        let position = |frame: u32| index.rank_at(clip.from_s + f64::from(frame) / fps, 0.5 / fps);
        position(frame).ok_or_else(|| {
            let n_pictures = position(0).map(|first| index.len().saturating_sub(first));
            if let Some(n_pictures) = n_pictures.filter(|n_pictures| frame as usize >= *n_pictures) {
                return self.too_few(located, clip, frame, n_pictures);
            }
            let time_s = clip.from_s + f64::from(frame) / fps;
            let cause = format!("it has no picture at {time_s:.3} s, where frame {frame} should be");
            DataError::damaged(&self.root.join(&clip.file), cause)
        })
    }

    /// The list counts more frames of the episode than its video has pictures.
    fn too_few(&self, located: &Located, clip: &Clip, frame: u32, n_pictures: usize) -> DataError {
        let problem = format!(
            "counts {} frames of episode {}, and its video `{}` has {n_pictures} pictures of it, so there is no frame \
             {frame}; correct the count or download both again",
            located.listed,
            located.id,
            slashed(&clip.file)
        );
        DataError::field(&self.root.join(located.list()), "length", problem)
    }
}

impl Reader for LeRobot {
    fn frame(&self, camera: usize, episode: usize, frame: u32) -> Result<Rgb, DataError> {
        let located = self.located(episode)?;
        let (info, pictures) = self.camera(located, camera)?;
        let clip = match pictures {
            Pictures::Video(clip) => clip,
            Pictures::Rows => return self.embedded(located, episode, &info.name, frame),
            Pictures::Absent(reason) | Pictures::Damaged(reason) => {
                let reason = format!("its camera `{}` has no video of it: {reason}", info.name);
                return Err(DataError::Missing { episode: located.id, reason });
            }
        };
        let path = self.root.join(&clip.file);
        let picture = self.videos.with(&path, |video| {
            let rank = self.rank(&video.index, located, clip, frame)?;
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
        let videos = located.pictures.iter().filter_map(Pictures::clip).map(|clip| clip.file.clone());
        let meta = located.described_in.iter().filter(|file| self.root.join(file).is_file()).cloned();
        meta.chain([located.data.clone()]).chain(videos).collect()
    }

    fn videos(&self, episode: usize) -> Vec<(PathBuf, String)> {
        let Some(located) = self.episodes.get(episode) else { return Vec::new() };
        let cameras = self.info.cameras.iter().zip(&located.pictures);
        cameras.filter_map(|((info, _), pictures)| Some((pictures.clip()?.file.clone(), info.name.clone()))).collect()
    }

    fn write_episode(&self, episode: usize, sink: &mut dyn FnMut(&[u8])) -> Result<(), DataError> {
        self.write_without(episode, &BTreeSet::new(), sink)
    }

    fn write_without(
        &self,
        episode: usize,
        but: &BTreeSet<PathBuf>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), DataError> {
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
        let Some(last) = located.length.checked_sub(1) else { return Ok(()) };
        for ((info, _), pictures) in self.info.cameras.iter().zip(&located.pictures) {
            let Some(clip) = pictures.clip().filter(|clip| !but.contains(&clip.file)) else { continue };
            sink(info.name.as_bytes());
            self.videos.with(&self.root.join(&clip.file), |video| {
                let first = self.rank(&video.index, located, clip, 0)?;
                let last = self.rank(&video.index, located, clip, last)?;
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
        let text = format!("These columns are not read (depth video, or another kind): {}.", info.skipped.join(", "));
        notes.push(Note::new(INFO, text));
    }
    let mut words = Words::default();
    let mut located = match info.version {
        Version::Two => index::two(root, &info, &mut words, &mut notes)?,
        Version::Three => index::three(root, &info, &mut words, &mut notes, monitor)?,
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
    let episodes = check::episodes(root, &mut info, &mut located, &mut notes, monitor)?;
    check::size(root, &mut info, &located, &episodes, &mut notes);
    let readable = located.iter().zip(&episodes).filter(|(_, info)| info.missing.is_none());
    let readable: Vec<&Located> = readable.map(|(located, _)| located).collect();
    words.read_rows(root, &info.texts, &readable, &mut notes, monitor)?;
    let (cameras, columns) = (info.cameras.iter().map(|(camera, _)| camera.clone()).collect(), info.columns.clone());
    let format = if info.version == Version::Two { Format::LeRobotV21 } else { Format::LeRobotV30 };
    let reader =
        LeRobot { root: root.to_owned(), info, episodes: located, videos: Pool::default(), last: Mutex::new(None) };
    Ok(Set {
        name: name_of(root),
        root: root.to_owned(),
        origin,
        known: words.known(&mut notes),
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
