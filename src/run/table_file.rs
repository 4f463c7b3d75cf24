//! Tables of results as Parquet files, written piece by piece: memory does not grow with their length.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, Float64Array, RecordBatch, StringArray, UInt64Array};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::RunError;
use crate::base::files::FileError;

/// Rows of a row group.
const ROWS_HELD: usize = 65_536;

/// A column's values in one piece of a table.
#[derive(Clone, Debug)]
pub enum Values {
    /// Numbers; NaN is written as it is.
    Numbers(Vec<f64>),
    /// Numbers that are no more exact than their source.
    Reals(Vec<f32>),
    /// Counts and indices.
    Counts(Vec<u64>),
    /// Texts.
    Texts(Vec<String>),
}

impl Values {
    fn array(self) -> ArrayRef {
        match self {
            Self::Numbers(all) => Arc::new(Float64Array::from(all)),
            Self::Reals(all) => Arc::new(Float32Array::from(all)),
            Self::Counts(all) => Arc::new(UInt64Array::from(all)),
            Self::Texts(all) => Arc::new(StringArray::from(all)),
        }
    }
}

/// A Parquet file that is being written; it appears under its name when it is [finished](Self::finish).
pub struct TableFile {
    path: PathBuf,
    partial: tempfile::NamedTempFile,
    writer: Option<ArrowWriter<File>>,
}

impl std::fmt::Debug for TableFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl TableFile {
    /// Begins the file `path`. An existing file is only replaced when the new one is whole.
    ///
    /// # Errors
    /// Where nothing can be written beside it.
    pub fn begin(path: &Path) -> Result<Self, RunError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let mut builder = tempfile::Builder::new();
        // A table is for others to read, too; without this it would be for its owner alone.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let partial = builder.tempfile_in(folder).map_err(|err| FileError::new("write", path, err))?;
        Ok(Self { path: path.to_owned(), partial, writer: None })
    }

    /// Adds rows. Every piece has the same columns.
    ///
    /// # Errors
    /// A full disk, columns of different lengths.
    pub fn add(&mut self, columns: Vec<(String, Values)>) -> Result<(), RunError> {
        let fail = |what: String| RunError::Damaged(format!("cannot write `{}`: {what}", self.path.display()));
        let arrays = columns.into_iter().map(|(name, values)| (name, values.array()));
        let batch = RecordBatch::try_from_iter(arrays).map_err(|err| fail(err.to_string()))?;
        if self.writer.is_none() {
            let file = self.partial.reopen().map_err(|err| FileError::new("write", &self.path, err))?;
            // A row group is held in memory until it is whole.
            let properties = WriterProperties::builder()
                .set_compression(Compression::SNAPPY)
                .set_max_row_group_row_count(Some(ROWS_HELD))
                .build();
            let writer = ArrowWriter::try_new(file, batch.schema(), Some(properties));
            self.writer = Some(writer.map_err(|err| fail(err.to_string()))?);
        }
        if let Some(writer) = &mut self.writer {
            writer.write(&batch).map_err(|err| fail(err.to_string()))?;
        }
        Ok(())
    }

    /// Puts the file under its name.
    ///
    /// # Errors
    /// A full disk; a table without any piece.
    pub fn finish(self) -> Result<(), RunError> {
        let fail = |what: String| RunError::Damaged(format!("cannot write `{}`: {what}", self.path.display()));
        let Some(writer) = self.writer else { return Err(fail("there is nothing to write".to_owned())) };
        let _metadata = writer.close().map_err(|err| fail(err.to_string()))?;
        let persisted = self.partial.persist(&self.path);
        persisted.map(|_file| ()).map_err(|err| FileError::new("write", &self.path, err.error).into())
    }
}
