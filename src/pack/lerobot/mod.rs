//! Episodes as a `LeRobotDataset` v3.0: the columns of a family's mapping, and pictures where there are any, many episodes a file.
//!
//! What a learner loads beside a real set: the same column names, shapes and types, the five columns that number rows,
//! statistics, tasks. Every episode carries where it comes from in columns that outlive `LeRobot`'s own merge, and our reader
//! takes a set with such an episode for generated, so that nothing simulated is ever sealed as real.
//!
//! The layout is that of `LeRobot` 0.6.1, and 0.4.4 was seen to load and merge it: one row group an episode, files of at most 100 MB, `meta/{info,stats}.json`,
//! `meta/tasks.parquet` with the task as the index of a pandas frame, one row an episode in `meta/episodes`.

mod like;
mod meta;
mod picture;
mod stats;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeListArray, Float32Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use serde_json::{Map, Value};

use super::PackError;
use crate::base::files::{self, FileError};
use crate::family::Mapping;
use crate::family::mapping::NUMBERING;

pub use like::{Like, columns_of, compare};
use meta::Episodes;
pub use picture::{Picture, PictureKind};
use stats::Summary;

/// A file that has grown beyond this many bytes is the last of its kind and the next is begun, as `LeRobot` does.
const FILE_BYTES: usize = 100_000_000;
/// Files in a folder, as `LeRobot` has it.
const FILES_A_CHUNK: usize = 1000;

/// What the whole set says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// Rows in a second.
    pub fps: u32,
    /// The robot's name in the real set; may be empty.
    pub robot: String,
    /// What the robot is told to do.
    pub task: String,
    /// The family that made it, and its digest.
    pub family: String,
    /// See `family`.
    pub family_digest: String,
    /// The verdict of the pack that it is made of, where it is made of one.
    pub verdict: Option<String>,
    /// The set that this one is to lie beside, where there is one.
    pub like: Option<Like>,
}

/// One episode's draw, for its row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Made {
    /// The draw's index.
    pub draw: u64,
    /// Natural logarithm of its weight.
    pub ln_weight: f64,
    /// Whether the rare event happened.
    pub rare: bool,
}

/// A set that is being written. Dropped unfinished, what is there stays: write it into a folder in progress.
pub struct SetWriter {
    root: PathBuf,
    about: About,
    columns: Vec<Column>,
    pictures: Vec<Picture>,
    schema: Arc<Schema>,
    features: Map<String, Value>,
    data: Option<Data>,
    next_file: usize,
    episodes: Episodes,
    stats: Vec<Summary>,
    n_rows: i64,
}

/// A column as it is written.
struct Column {
    name: String,
    elements: Vec<String>,
}

/// The data file that is open, and its number.
struct Data {
    writer: ArrowWriter<File>,
    path: PathBuf,
    number: usize,
}

impl std::fmt::Debug for SetWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetWriter").field("root", &self.root).field("rows", &self.n_rows).finish_non_exhaustive()
    }
}

/// Something about the set's folder that cannot be written.
fn fault(path: &Path, what: impl std::fmt::Display) -> PackError {
    PackError::Content { about: path.display().to_string(), what: what.to_string() }
}

/// `chunk-000/file-007.parquet` of the file with this number.
fn chunk_and_file(number: usize) -> (usize, usize) {
    (number / FILES_A_CHUNK, number % FILES_A_CHUNK)
}

fn create(path: &Path) -> Result<File, PackError> {
    if let Some(folder) = path.parent() {
        files::make_folder(folder)?;
    }
    Ok(File::create(path).map_err(|err| FileError::new("write", path, err))?)
}

impl SetWriter {
    /// Begins a set in the new folder `root` with the columns of `mapping` and these pictures in every row.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn begin(root: &Path, about: About, mapping: &Mapping, pictures: Vec<Picture>) -> Result<Self, PackError> {
        let columns: Vec<Column> = mapping
            .features
            .iter()
            .map(|feature| Column {
                name: feature.name.clone(),
                elements: feature.elements.iter().map(|element| element.name.clone()).collect(),
            })
            .collect();
        let fields: Vec<Field> = columns
            .iter()
            .map(|column| Field::new(&column.name, column.data_type(), true))
            .chain(pictures.iter().map(|picture| Field::new(&picture.name, Picture::data_type(), true)))
            .chain(NUMBERING.map(|name| Field::new(name, numbering_type(name), true)))
            .collect();
        let features = meta::features(&columns, &pictures, about.like.as_ref());
        let huggingface = meta::huggingface(&columns, &pictures, &features);
        let schema = Schema::new(fields).with_metadata([("huggingface", huggingface)]);
        let widths = columns.iter().map(|column| column.elements.len()).chain(pictures.iter().map(Picture::channels));
        let stats = widths.map(Summary::none).collect();
        let episodes = Episodes::begin(root, &about, &columns, &pictures)?;
        let (root, schema) = (root.to_owned(), Arc::new(schema));
        Ok(Self {
            root,
            about,
            columns,
            pictures,
            schema,
            features,
            data: None,
            next_file: 0,
            episodes,
            stats,
            n_rows: 0,
        })
    }

    /// Adds an episode: for each column the numbers of the first state, then those of the next; for each picture a PNG a row.
    ///
    /// # Errors
    /// A number beyond single precision; columns of different lengths; pictures of another kind, size or number; a full disk.
    pub fn add(&mut self, made: Made, numbers: &[Vec<f64>], pictures: &[Vec<Vec<u8>>]) -> Result<(), PackError> {
        let rows = self.rows_of(made, numbers)?;
        let seen = self.seen(made, pictures, rows)?;
        let batch = self.batch(made, (numbers, pictures), rows)?;
        let number = self.write(&batch)?;
        let own: Vec<Summary> = self
            .columns
            .iter()
            .zip(numbers)
            .map(|(column, numbers)| Summary::of(numbers, column.elements.len()))
            .chain(seen)
            .collect();
        for (all, one) in self.stats.iter_mut().zip(&own) {
            all.add(one);
        }
        let from = self.n_rows;
        self.n_rows += rows as i64;
        self.episodes.add(made, chunk_and_file(number), (from, self.n_rows), own)
    }

    /// Rows of an episode whose columns agree.
    fn rows_of(&self, made: Made, numbers: &[Vec<f64>]) -> Result<usize, PackError> {
        let about = || format!("draw {}", made.draw);
        let mut lengths = self.columns.iter().zip(numbers).map(|(column, numbers)| {
            (numbers.len() % column.elements.len() == 0).then_some(numbers.len() / column.elements.len())
        });
        let first = lengths.next().flatten().filter(|rows| *rows > 0);
        let (Some(rows), true) = (first, numbers.len() == self.columns.len() && lengths.all(|other| other == first))
        else {
            return Err(PackError::Content { about: about(), what: "its columns differ in length".to_owned() });
        };
        for (column, numbers) in self.columns.iter().zip(numbers) {
            if let Some(at) = numbers.iter().position(|number| !(*number as f32).is_finite()) {
                let element = &column.elements[at % column.elements.len()];
                let what = format!("`{element}` of `{}` is {}, beyond single precision", column.name, numbers[at]);
                return Err(PackError::Content { about: about(), what });
            }
        }
        Ok(rows)
    }

    /// Statistics of an episode's pictures.
    fn seen(&self, made: Made, pictures: &[Vec<Vec<u8>>], rows: usize) -> Result<Vec<Summary>, PackError> {
        let refuse = |what: String| PackError::Content { about: format!("draw {}", made.draw), what };
        let is_whole = pictures.len() == self.pictures.len() && pictures.iter().all(|files| files.len() == rows);
        if !is_whole {
            return Err(refuse(format!("it has not one picture of each kind for each of its {rows} rows")));
        }
        let told = self.pictures.iter().zip(pictures).map(|(picture, files)| picture.summary(files));
        told.collect::<Result<_, _>>().map_err(refuse)
    }

    fn batch(
        &self,
        made: Made,
        (numbers, pictures): (&[Vec<f64>], &[Vec<Vec<u8>>]),
        rows: usize,
    ) -> Result<RecordBatch, PackError> {
        let episode = self.episodes.count() as i64;
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len() + NUMBERING.len());
        for (column, numbers) in self.columns.iter().zip(numbers) {
            let flat = Float32Array::from_iter_values(numbers.iter().map(|number| *number as f32));
            let width = column.elements.len();
            arrays.push(if width == 1 {
                Arc::new(flat)
            } else {
                let list = FixedSizeListArray::try_new(element_field(), width as i32, Arc::new(flat), None);
                Arc::new(list.map_err(|err| fault(&self.root, err))?)
            });
        }
        for files in pictures {
            let about = || format!("draw {}", made.draw);
            arrays.push(Picture::column(files).map_err(|what| PackError::Content { about: about(), what })?);
        }
        let count = |at: usize| at as i64;
        let times = (0..rows).map(|at| (at as f64 / f64::from(self.about.fps)) as f32);
        arrays.push(Arc::new(Float32Array::from_iter_values(times)));
        arrays.push(Arc::new(Int64Array::from_iter_values((0..rows).map(count))));
        arrays.push(Arc::new(Int64Array::from_iter_values((0..rows).map(|_| episode))));
        arrays.push(Arc::new(Int64Array::from_iter_values((0..rows).map(|at| self.n_rows + count(at)))));
        arrays.push(Arc::new(Int64Array::from_iter_values((0..rows).map(|_| 0))));
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(|err| fault(&self.root, err))
    }

    /// Writes a row group; the number of the file that it went into.
    fn write(&mut self, batch: &RecordBatch) -> Result<usize, PackError> {
        if self.data.is_none() {
            let (chunk, file) = chunk_and_file(self.next_file);
            let path = self.root.join(format!("data/chunk-{chunk:03}/file-{file:03}.parquet"));
            let properties = meta::properties();
            let writer = ArrowWriter::try_new(create(&path)?, Arc::clone(&self.schema), Some(properties));
            let writer = writer.map_err(|err| fault(&path, err))?;
            self.data = Some(Data { writer, path, number: self.next_file });
            self.next_file += 1;
        }
        let Some(data) = &mut self.data else { return Err(fault(&self.root, "no file is open")) };
        let (path, number) = (data.path.clone(), data.number);
        data.writer.write(batch).and_then(|()| data.writer.flush()).map_err(|err| fault(&path, err))?;
        if data.writer.bytes_written() > FILE_BYTES {
            self.close()?;
        }
        Ok(number)
    }

    fn close(&mut self) -> Result<(), PackError> {
        let Some(data) = self.data.take() else { return Ok(()) };
        data.writer.close().map(drop).map_err(|err| fault(&data.path, err))
    }

    /// Writes what describes the set; how many episodes and rows it has.
    ///
    /// # Errors
    /// A set without any episode; a full disk.
    pub fn finish(mut self) -> Result<(u64, u64), PackError> {
        self.close()?;
        let n_episodes = self.episodes.count();
        if n_episodes == 0 {
            return Err(fault(&self.root, "the set has no episode"));
        }
        let columns = self.columns.iter().map(|column| (column.name.clone(), false));
        let names = columns.chain(self.pictures.iter().map(|picture| (picture.name.clone(), true)));
        let told = names.zip(&self.stats).map(|((name, is_picture), stats)| (name, meta::told(stats, is_picture)));
        meta::write(&self.root, &self.about, &self.features, (n_episodes, self.n_rows), &told.collect())?;
        self.episodes.finish()?;
        Ok((n_episodes, self.n_rows as u64))
    }
}

/// The numbers of a list, called as `LeRobot` calls them.
fn element_field() -> Arc<Field> {
    Arc::new(Field::new("element", DataType::Float32, true))
}

fn numbering_type(name: &str) -> DataType {
    if name == "timestamp" { DataType::Float32 } else { DataType::Int64 }
}

impl Column {
    fn data_type(&self) -> DataType {
        match self.elements.len() {
            1 => DataType::Float32,
            width => DataType::FixedSizeList(element_field(), width as i32),
        }
    }
}
