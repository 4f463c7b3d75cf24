//! The episode lists of both layouts, brought to one form.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow_array::{Array as _, RecordBatch};
use serde_json::Value;

use super::GENERATED_COLUMN;
use super::info::{Info, Part, Stored, fill};
use super::words::Words;
use crate::base::{Monitor, Note, files};
use crate::data::error::DataError;
use crate::data::set::slashed;
use crate::data::table::{self, Table};

/// Where one episode lies; paths are relative to the root.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) id: u64,
    /// Frames: once the set is open, the smallest of the counts that its tables give.
    pub(super) length: u32,
    /// Frames as the list counts them.
    pub(super) listed: u32,
    /// How many of the whole set's rows are its own, where the list says.
    pub(super) n_rows: Option<u64>,
    pub(super) task: String,
    pub(super) data: PathBuf,
    /// One a camera.
    pub(super) pictures: Vec<Pictures>,
    /// Whether a family made it.
    pub(super) generated: bool,
    /// The metadata files that describe it: the second is the list that it stands in.
    pub(super) described_in: Vec<PathBuf>,
}

impl Located {
    /// The list that it stands in.
    pub(super) fn list(&self) -> &Path {
        self.described_in.get(1).map_or(Path::new(super::INFO), PathBuf::as_path)
    }
}

/// Where one camera's pictures of an episode are.
#[derive(Clone, Debug)]
pub(super) enum Pictures {
    /// Embedded in the Parquet rows.
    Rows,
    Video(Clip),
    /// Nowhere, and why.
    Absent(String),
    /// In a file that cannot be read, and why.
    Damaged(String),
}

impl Pictures {
    pub(super) fn clip(&self) -> Option<&Clip> {
        if let Self::Video(clip) = self { Some(clip) } else { None }
    }

    /// Why there are none.
    pub(super) fn fault(&self) -> Option<&str> {
        match self {
            Self::Rows | Self::Video(_) => None,
            Self::Absent(reason) | Self::Damaged(reason) => Some(reason),
        }
    }
}

/// An episode's part of a video file.
#[derive(Clone, Debug)]
pub(super) struct Clip {
    pub(super) file: PathBuf,
    pub(super) from_s: f64,
    /// Where its last picture ends and another episode's may begin; `None` where the rest of the file is its own.
    pub(super) to_s: Option<f64>,
}

impl Clip {
    /// How many frames there are before its end; `None` where it ends with the file.
    ///
    /// The last one starts an interval before the end. It may start half an interval late: the picture that is found for it
    /// is then still before the end.
    pub(super) fn n_frames(&self, fps: f64) -> Option<u32> {
        self.to_s.map(|to_s| ((to_s - self.from_s) * fps - 0.5).ceil().max(0.0) as u32)
    }
}

/// Reads `meta/episodes/*/*.parquet`.
pub(super) fn three(
    root: &Path,
    info: &Info,
    words: &mut Words,
    notes: &mut Vec<Note>,
    monitor: &dyn Monitor,
) -> Result<Vec<Located>, DataError> {
    let folder = root.join("meta/episodes");
    let mut found = Vec::new();
    for chunk in sorted(&folder)? {
        if chunk.is_dir() {
            found.extend(sorted(&chunk)?.into_iter().filter(|file| file.extension().is_some_and(|e| e == "parquet")));
        }
    }
    if found.is_empty() {
        return Err(DataError::damaged(&folder, "it holds no Parquet files"));
    }
    let tasks = tasks_three(root, notes);
    let mut episodes = Vec::new();
    for (at, path) in found.iter().enumerate() {
        if monitor.stopped() {
            return Err(DataError::Stopped);
        }
        monitor.step("Reading episodes", at as u64, found.len() as u64);
        let relative = path.strip_prefix(root).unwrap_or(path).to_owned();
        let table = Table::open(path)?;
        for batch in table.read(|name| !name.starts_with("stats/"), None)? {
            for row in 0..batch.num_rows() {
                let episode = row_three(info, path, &relative, &batch, row, &tasks)?;
                words.row(episode.id, &batch, row);
                episodes.push(episode);
            }
        }
    }
    Ok(episodes)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let entries = std::fs::read_dir(folder).map_err(|err| DataError::read(folder, err))?;
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    if let Ok(paths) = &mut paths {
        paths.sort();
    }
    paths.map_err(|err| DataError::read(folder, err))
}

fn row_three(
    info: &Info,
    path: &Path,
    relative: &Path,
    batch: &RecordBatch,
    row: usize,
    tasks: &BTreeMap<i64, String>,
) -> Result<Located, DataError> {
    let whole = |name: &str| {
        let value = batch.column_by_name(name).and_then(|column| table::integer(column, row));
        value
            .and_then(|value| u64::try_from(value).ok())
            .ok_or_else(|| DataError::field(path, name, "must be a whole number in every row; download the file again"))
    };
    let pictures = info.cameras.iter().map(|(camera, stored)| match stored {
        Stored::Rows => Ok(Pictures::Rows),
        Stored::Video => pictures_three(info, relative, batch, row, &camera.name),
    });
    let index = |name: &str| batch.column_by_name(name).and_then(|column| table::integer(column, row));
    let span = index("dataset_from_index").zip(index("dataset_to_index"));
    let length = u32::try_from(whole("length")?).map_err(|_| DataError::field(path, "length", "is too large"))?;
    let parts = [
        ("chunk_index", Part::Number(whole("data/chunk_index")?)),
        ("file_index", Part::Number(whole("data/file_index")?)),
    ];
    Ok(Located {
        id: whole("episode_index")?,
        length,
        listed: length,
        n_rows: span.map(|(from, to)| u64::try_from(to.saturating_sub(from)).unwrap_or(0)),
        task: task_of(batch, row, tasks),
        data: fill(&info.path, &info.data_path, &parts)?,
        pictures: pictures.collect::<Result<_, _>>()?,
        generated: batch.column_by_name(GENERATED_COLUMN).and_then(|column| table::text(column, row)).is_some(),
        described_in: vec![PathBuf::from(super::INFO), relative.to_owned(), PathBuf::from(TASKS)],
    })
}

/// Where the row says that the video of `camera` lies. A row that does not say it costs that camera, not the set.
fn pictures_three(
    info: &Info,
    relative: &Path,
    batch: &RecordBatch,
    row: usize,
    camera: &str,
) -> Result<Pictures, DataError> {
    let column = |name: &str| batch.column_by_name(&format!("videos/{camera}/{name}"));
    let whole = |name: &str| {
        let value = column(name).and_then(|column| table::integer(column, row));
        value.and_then(|value| u64::try_from(value).ok())
    };
    let time_s = |name: &str| {
        let time_s = column(name).and_then(|column| table::number(column, row));
        time_s.filter(|time_s| time_s.is_finite())
    };
    let (Some(chunk), Some(file), Some(from_s)) = (whole("chunk_index"), whole("file_index"), time_s("from_timestamp"))
    else {
        let fields = format!("`videos/{camera}/chunk_index`, `file_index` and `from_timestamp`");
        let list = slashed(relative);
        return Ok(Pictures::Absent(format!("`{list}` does not say where it lies ({fields}); download it again")));
    };
    let parts =
        [("chunk_index", Part::Number(chunk)), ("file_index", Part::Number(file)), ("video_key", Part::Text(camera))];
    let file = fill(&info.path, &info.video_path, &parts)?;
    Ok(Pictures::Video(Clip { file, from_s, to_s: time_s("to_timestamp") }))
}

const TASKS: &str = "meta/tasks.parquet";

/// The texts in the row, else the first task of the set.
fn task_of(batch: &RecordBatch, row: usize, tasks: &BTreeMap<i64, String>) -> String {
    let cell = batch.column_by_name("tasks");
    let listed = cell.and_then(|column| table::list(column, row)).map(|texts| {
        let texts: Vec<String> = (0..texts.len()).filter_map(|at| table::text(&texts, at)).collect();
        texts.join("; ")
    });
    listed
        .or_else(|| cell.and_then(|column| table::text(column, row)))
        .or_else(|| (tasks.len() == 1).then(|| tasks.values().next().cloned()).flatten())
        .unwrap_or_default()
}

/// Tasks by index. Their file is not needed where the episodes carry their texts, so damage is only a note.
fn tasks_three(root: &Path, notes: &mut Vec<Note>) -> BTreeMap<i64, String> {
    let path = root.join(TASKS);
    let read = || -> Result<BTreeMap<i64, String>, DataError> {
        let mut tasks = BTreeMap::new();
        for batch in Table::open(&path)?.read(|_| true, None)? {
            let texts = ["task", "__index_level_0__"].iter().find_map(|name| batch.column_by_name(name));
            let (Some(texts), Some(numbers)) = (texts, batch.column_by_name("task_index")) else { continue };
            let rows =
                (0..batch.num_rows()).filter_map(|row| Some((table::integer(numbers, row)?, table::text(texts, row)?)));
            tasks.extend(rows);
        }
        Ok(tasks)
    };
    read().unwrap_or_else(|err| {
        notes.push(Note::new(TASKS, err.to_string()));
        BTreeMap::new()
    })
}

/// Reads `meta/episodes.jsonl`.
pub(super) fn two(
    root: &Path,
    info: &Info,
    words: &mut Words,
    notes: &mut Vec<Note>,
) -> Result<Vec<Located>, DataError> {
    const LIST: &str = "meta/episodes.jsonl";
    let path = root.join(LIST);
    let mut episodes = Vec::new();
    for (number, line) in files::read_text(&path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let Ok(value) = serde_json::from_str::<Value>(line) else {
            notes.push(Note::new(
                LIST,
                format!("Line {} is damaged and left out; download the file again.", number + 1),
            ));
            continue;
        };
        let field = |name: &str| value.get(name).and_then(Value::as_u64);
        let (Some(id), Some(length)) = (field("episode_index"), field("length").and_then(|n| u32::try_from(n).ok()))
        else {
            let text = format!("Line {} lacks episode_index or length and is left out.", number + 1);
            notes.push(Note::new(LIST, text));
            continue;
        };
        let texts: Vec<&str> =
            value.get("tasks").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        words.line(id, &value);
        episodes.push(located_two(info, LIST, id, length, texts.join("; "))?);
    }
    if episodes.is_empty() {
        return Err(DataError::damaged(&path, "it lists no episodes"));
    }
    Ok(episodes)
}

fn located_two(info: &Info, list: &str, id: u64, length: u32, task: String) -> Result<Located, DataError> {
    let path = |template: &str, key: &str| {
        let chunk = id / info.chunks_size;
        let parts = [
            ("episode_chunk", Part::Number(chunk)),
            ("episode_index", Part::Number(id)),
            ("video_key", Part::Text(key)),
        ];
        fill(&info.path, template, &parts)
    };
    let pictures = info.cameras.iter().map(|(camera, stored)| match stored {
        Stored::Video => {
            path(&info.video_path, &camera.name).map(|file| Pictures::Video(Clip { file, from_s: 0.0, to_s: None }))
        }
        Stored::Rows => Ok(Pictures::Rows),
    });
    Ok(Located {
        id,
        length,
        listed: length,
        n_rows: None,
        task,
        data: path(&info.data_path, "")?,
        pictures: pictures.collect::<Result<_, _>>()?,
        generated: false,
        described_in: [super::INFO, list, "meta/tasks.jsonl"].map(PathBuf::from).to_vec(),
    })
}
