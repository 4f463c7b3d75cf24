//! The episode lists of both layouts, brought to one form.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow_array::{Array as _, RecordBatch};
use serde_json::Value;

use super::GENERATED_COLUMN;
use super::info::{Info, Part, Stored, fill};
use crate::base::{Monitor, Note, files};
use crate::data::error::DataError;
use crate::data::table::{self, Table};

/// Where one episode lies; paths are relative to the root.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) id: u64,
    pub(super) length: u32,
    pub(super) task: String,
    pub(super) data: PathBuf,
    /// One a camera: the video and the time in it where the episode starts, in seconds. `None` for embedded pictures.
    pub(super) videos: Vec<Option<(PathBuf, f64)>>,
    /// Whether a family made it.
    pub(super) generated: bool,
    /// The metadata files that describe it.
    pub(super) described_in: Vec<PathBuf>,
}

/// Reads `meta/episodes/*/*.parquet`.
pub(super) fn three(
    root: &Path,
    info: &Info,
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
                episodes.push(row_three(info, path, &relative, &batch, row, &tasks)?);
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
    let chunk_and_file = |prefix: &str, key: &str, template: &str| {
        let chunk = whole(&format!("{prefix}/chunk_index"))?;
        let file = whole(&format!("{prefix}/file_index"))?;
        let parts =
            [("chunk_index", Part::Number(chunk)), ("file_index", Part::Number(file)), ("video_key", Part::Text(key))];
        fill(&info.path, template, &parts)
    };
    let mut videos = Vec::with_capacity(info.cameras.len());
    for (camera, stored) in &info.cameras {
        if *stored == Stored::Rows {
            videos.push(None);
            continue;
        }
        let prefix = format!("videos/{}", camera.name);
        let field = format!("{prefix}/from_timestamp");
        let from = batch.column_by_name(&field).and_then(|column| table::number(column, row));
        let from = from.filter(|from| from.is_finite());
        let from =
            from.ok_or_else(|| DataError::field(path, &field, "must be a time in seconds; download the file again"))?;
        videos.push(Some((chunk_and_file(&prefix, &camera.name, &info.video_path)?, from)));
    }
    let length = u32::try_from(whole("length")?).map_err(|_| DataError::field(path, "length", "is too large"))?;
    let mut described_in = vec![PathBuf::from(super::INFO), relative.to_owned()];
    described_in.push(PathBuf::from(TASKS));
    Ok(Located {
        id: whole("episode_index")?,
        length,
        task: task_of(batch, row, tasks),
        data: chunk_and_file("data", "", &info.data_path)?,
        videos,
        generated: batch.column_by_name(GENERATED_COLUMN).and_then(|column| table::text(column, row)).is_some(),
        described_in,
    })
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
pub(super) fn two(root: &Path, info: &Info, notes: &mut Vec<Note>) -> Result<Vec<Located>, DataError> {
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
    let videos = info.cameras.iter().map(|(camera, stored)| match stored {
        Stored::Video => path(&info.video_path, &camera.name).map(|file| Some((file, 0.0))),
        Stored::Rows => Ok(None),
    });
    Ok(Located {
        id,
        length,
        task,
        data: path(&info.data_path, "")?,
        videos: videos.collect::<Result<_, _>>()?,
        generated: false,
        described_in: [super::INFO, list, "meta/tasks.jsonl"].map(PathBuf::from).to_vec(),
    })
}
