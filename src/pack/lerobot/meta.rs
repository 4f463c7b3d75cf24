//! What describes a `LeRobot` set: `info.json`, `stats.json`, the tasks, and the row of each episode.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, FixedSizeListArray, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde_json::{Map, Value, json};

use super::stats::{One, QUANTILES, Summary};
use super::{About, Column, FILE_BYTES, FILES_A_CHUNK, Like, Made, Picture, create, fault};
use crate::base::files;
use crate::data::GENERATED_COLUMN;
use crate::family::mapping::NUMBERING;
use crate::pack::PackError;

/// Episodes whose rows are held in memory before they are written.
const HELD: usize = 256;

pub(super) fn properties() -> WriterProperties {
    WriterProperties::builder().set_compression(Compression::SNAPPY).build()
}

/// `features` of `info.json`: as the set alongside has them where there is one, word for word, since `LeRobot` merges only
/// sets whose features are equal.
pub(super) fn features(columns: &[Column], pictures: &[Picture], like: Option<&Like>) -> Map<String, Value> {
    let given = |name: &str, own: Value| {
        let same = |theirs: &&Value| theirs.get("dtype") == own.get("dtype");
        let theirs = like.and_then(|like| like.features.get(name)).filter(same).cloned();
        (name.to_owned(), theirs.unwrap_or(own))
    };
    let of = |column: &Column| {
        let own = json!({"dtype": "float32", "shape": [column.elements.len()], "names": column.elements});
        given(&column.name, own)
    };
    let numbering = |name: &str| {
        let dtype = if name == "timestamp" { "float32" } else { "int64" };
        given(name, json!({"dtype": dtype, "shape": [1], "names": null}))
    };
    let seen = pictures.iter().map(|picture| (picture.name.clone(), picture.feature()));
    columns.iter().map(of).chain(seen).chain(NUMBERING.map(numbering)).collect()
}

/// What Hugging Face's `datasets` reads of a file's columns.
pub(super) fn huggingface(columns: &[Column], pictures: &[Picture], features: &Map<String, Value>) -> String {
    let typed = |name: &str, width: usize| {
        let dtype = features.get(name).and_then(|one| one.get("dtype")).cloned().unwrap_or(Value::Null);
        let value = json!({"dtype": dtype, "_type": "Value"});
        let whole = if width == 1 { value } else { json!({"feature": value, "length": width, "_type": "List"}) };
        (name.to_owned(), whole)
    };
    let all = columns.iter().map(|column| typed(&column.name, column.elements.len()));
    let seen = pictures.iter().map(|picture| (picture.name.clone(), json!({"_type": "Image"})));
    let all: Map<String, Value> = all.chain(seen).chain(NUMBERING.map(|name| typed(name, 1))).collect();
    json!({"info": {"features": all}}).to_string()
}

/// Writes all of `meta` but the episodes.
pub(super) fn write(
    root: &Path,
    about: &About,
    features: &Map<String, Value>,
    (n_episodes, n_rows): (u64, i64),
    stats: &Map<String, Value>,
) -> Result<(), PackError> {
    let robot = if about.robot.is_empty() { Value::Null } else { json!(about.robot) };
    let info = json!({
        "codebase_version": "v3.0",
        "robot_type": robot,
        "total_episodes": n_episodes,
        "total_frames": n_rows,
        "total_tasks": 1,
        "chunks_size": FILES_A_CHUNK,
        "data_files_size_in_mb": FILE_BYTES / 1_000_000,
        "video_files_size_in_mb": 200,
        "fps": about.fps,
        "splits": {"train": format!("0:{n_episodes}")},
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "video_path": null,
        "features": features,
    });
    put(&root.join("meta/info.json"), &info)?;
    put(&root.join("meta/stats.json"), stats)?;
    tasks(&root.join("meta/tasks.parquet"), &about.task)
}

fn put(path: &Path, value: &impl serde::Serialize) -> Result<(), PackError> {
    let text = serde_json::to_string_pretty(value).map_err(|err| fault(path, err))?;
    Ok(files::write_whole(path, (text + "\n").as_bytes())?)
}

/// The statistics by their names; those of an element are looked up by `of`.
fn named(of: impl Fn(&dyn Fn(&One) -> f64) -> Vec<f64>) -> Vec<(&'static str, Vec<f64>)> {
    let mut all = vec![
        ("min", of(&|one| one.min)),
        ("max", of(&|one| one.max)),
        ("mean", of(&|one| one.mean)),
        ("std", of(&|one| libm::sqrt(one.variance))),
    ];
    for (at, (name, _)) in QUANTILES.into_iter().enumerate() {
        all.push((name, of(&|one| one.quantiles.get(at).copied().unwrap_or(f64::NAN))));
    }
    all
}

/// A column's statistics, as `stats.json` has them; a picture's channels are planes of one pixel.
pub(super) fn told(stats: &Summary, is_picture: bool) -> Value {
    let all = named(|of| stats.elements.iter().map(of).collect());
    let plane = |number: &f64| if is_picture { json!([[number]]) } else { json!(number) };
    let mut told: Map<String, Value> = all
        .into_iter()
        .map(|(name, numbers)| (name.to_owned(), Value::Array(numbers.iter().map(plane).collect())))
        .collect();
    told.insert("count".to_owned(), json!([stats.count]));
    Value::Object(told)
}

/// The one task. `LeRobot` reads the text from the index of a pandas frame, and pandas finds that only where the schema's own
/// metadata says so.
fn tasks(path: &Path, task: &str) -> Result<(), PackError> {
    let column = |name: &str, pandas: &str, numpy: &str| json!({"name": name, "field_name": name, "pandas_type": pandas, "numpy_type": numpy, "metadata": null});
    let pandas = json!({
        "index_columns": ["task"], "column_indexes": [],
        "columns": [column("task_index", "int64", "int64"), column("task", "unicode", "object")],
    });
    let fields = vec![Field::new("task_index", DataType::Int64, true), Field::new("task", DataType::Utf8, true)];
    let schema = Schema::new(fields).with_metadata([("pandas", pandas.to_string())]);
    let arrays: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(vec![0])), Arc::new(StringArray::from(vec![task]))];
    let attempt = || -> Result<Vec<u8>, parquet::errors::ParquetError> {
        let batch = RecordBatch::try_new(Arc::new(schema), arrays)?;
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties()))?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(bytes)
    };
    let bytes = attempt().map_err(|err| fault(path, err))?;
    Ok(files::write_whole(path, &bytes)?)
}

/// The table of episodes that is being written.
pub(super) struct Episodes {
    path: PathBuf,
    writer: Option<ArrowWriter<File>>,
    /// What every row says: the task, the family, its digest.
    said: [String; 3],
    verdict: Option<String>,
    /// The names of columns and pictures, and whether they are pictures.
    columns: Vec<(String, bool)>,
    held: Vec<Row>,
    written: u64,
}

/// An episode.
struct Row {
    made: Made,
    file: (usize, usize),
    span: (i64, i64),
    stats: Vec<Summary>,
}

impl Episodes {
    pub(super) fn begin(
        root: &Path,
        about: &About,
        columns: &[Column],
        pictures: &[Picture],
    ) -> Result<Self, PackError> {
        let path = root.join("meta/episodes/chunk-000/file-000.parquet");
        if let Some(folder) = path.parent() {
            files::make_folder(folder)?;
        }
        let pictures = pictures.iter().map(|picture| (picture.name.clone(), true));
        let columns = columns.iter().map(|column| (column.name.clone(), false)).chain(pictures).collect();
        let (verdict, held) = (about.verdict.clone(), Vec::new());
        let said = [&about.task, &about.family, &about.family_digest].map(Clone::clone);
        Ok(Self { path, writer: None, said, verdict, columns, held, written: 0 })
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.written + self.held.len() as u64
    }

    pub(super) fn add(
        &mut self,
        made: Made,
        file: (usize, usize),
        span: (i64, i64),
        stats: Vec<Summary>,
    ) -> Result<(), PackError> {
        self.held.push(Row { made, file, span, stats });
        if self.held.len() < HELD { Ok(()) } else { self.write() }
    }

    fn write(&mut self) -> Result<(), PackError> {
        let batch = self.batch().map_err(|err| fault(&self.path, err))?;
        if self.writer.is_none() {
            let writer = ArrowWriter::try_new(create(&self.path)?, batch.schema(), Some(properties()));
            self.writer = Some(writer.map_err(|err| fault(&self.path, err))?);
        }
        if let Some(writer) = &mut self.writer {
            writer.write(&batch).map_err(|err| fault(&self.path, err))?;
        }
        self.written += self.held.len() as u64;
        self.held.clear();
        Ok(())
    }

    fn batch(&self) -> Result<RecordBatch, arrow_schema::ArrowError> {
        let rows = &self.held;
        let whole =
            |of: &dyn Fn(&Row) -> i64| -> ArrayRef { Arc::new(Int64Array::from_iter_values(rows.iter().map(of))) };
        let [task, family, digest] = &self.said;
        let same = |text: &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(rows.iter().map(|_| text))) };
        let mut tasks = ListBuilder::new(StringBuilder::new());
        for _ in rows {
            tasks.values().append_value(task);
            tasks.append(true);
        }
        let first = self.written as i64;
        let mut all: Vec<(String, ArrayRef)> = vec![
            ("episode_index".to_owned(), Arc::new(Int64Array::from_iter_values(first..first + rows.len() as i64))),
            ("tasks".to_owned(), Arc::new(tasks.finish())),
            ("length".to_owned(), whole(&|row| row.span.1 - row.span.0)),
            ("data/chunk_index".to_owned(), whole(&|row| row.file.0 as i64)),
            ("data/file_index".to_owned(), whole(&|row| row.file.1 as i64)),
            ("dataset_from_index".to_owned(), whole(&|row| row.span.0)),
            ("dataset_to_index".to_owned(), whole(&|row| row.span.1)),
            ("meta/episodes/chunk_index".to_owned(), whole(&|_| 0)),
            ("meta/episodes/file_index".to_owned(), whole(&|_| 0)),
            (GENERATED_COLUMN.to_owned(), same(family)),
            ("worldproof/family_digest".to_owned(), same(digest)),
            ("worldproof/draw".to_owned(), whole(&|row| row.made.draw as i64)),
            (
                "worldproof/ln_weight".to_owned(),
                // A draw without a weight has none here, either.
                Arc::new(rows.iter().map(|row| weight(row.made.ln_weight)).collect::<Float64Array>()),
            ),
            (
                "worldproof/rare".to_owned(),
                Arc::new(rows.iter().map(|row| Some(row.made.rare)).collect::<BooleanArray>()),
            ),
        ];
        all.extend(self.verdict.iter().map(|verdict| ("worldproof/verdict".to_owned(), same(verdict))));
        for (at, (column, is_picture)) in self.columns.iter().enumerate() {
            all.extend(stats_of(rows, at, (column, *is_picture))?);
        }
        RecordBatch::try_from_iter(all)
    }

    pub(super) fn finish(mut self) -> Result<(), PackError> {
        if !self.held.is_empty() {
            self.write()?;
        }
        match self.writer.take() {
            Some(writer) => writer.close().map(drop).map_err(|err| fault(&self.path, err)),
            None => Err(fault(&self.path, "there is no episode")),
        }
    }
}

fn weight(ln_weight: f64) -> Option<f64> {
    (!ln_weight.is_nan()).then_some(ln_weight)
}

/// `stats/<column>/<statistic>` of the rows; a picture's channels are planes of one pixel.
fn stats_of(
    rows: &[Row],
    at: usize,
    (column, is_picture): (&str, bool),
) -> Result<Vec<(String, ArrayRef)>, arrow_schema::ArrowError> {
    let mut lists: Vec<(&str, Vec<f64>)> = Vec::new();
    let mut counts = ListBuilder::new(Int64Builder::new());
    let mut width = 0;
    for summary in rows.iter().filter_map(|row| row.stats.get(at)) {
        width = summary.elements.len();
        for (place, (name, numbers)) in named(|of| summary.elements.iter().map(of).collect()).into_iter().enumerate() {
            if lists.len() == place {
                lists.push((name, Vec::new()));
            }
            lists.iter_mut().skip(place).take(1).for_each(|(_, list)| list.extend(&numbers));
        }
        counts.values().append_value(summary.count as i64);
        counts.append(true);
    }
    let named = |name: &str| format!("stats/{column}/{name}");
    let array = |numbers: Vec<f64>| -> Result<ArrayRef, arrow_schema::ArrowError> {
        let plain: ArrayRef = Arc::new(Float64Array::from(numbers));
        let planes = if is_picture { lists_of(lists_of(plain, 1)?, 1)? } else { plain };
        lists_of(planes, width)
    };
    let mut all: Vec<(String, ArrayRef)> = Vec::with_capacity(lists.len() + 1);
    for (name, numbers) in lists {
        all.push((named(name), array(numbers)?));
    }
    all.push((named("count"), Arc::new(counts.finish())));
    Ok(all)
}

/// Lists of `width` values each.
fn lists_of(values: ArrayRef, width: usize) -> Result<ArrayRef, arrow_schema::ArrowError> {
    let field = Arc::new(Field::new("item", values.data_type().clone(), true));
    Ok(Arc::new(ListArray::from(FixedSizeListArray::try_new(field, width as i32, values, None)?)))
}
