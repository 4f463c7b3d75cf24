//! Parquet files, read by column and row group.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::error::{DataError, guarded};

/// An open file whose footer is read.
pub(super) struct Table {
    path: PathBuf,
    file: File,
    metadata: ArrowReaderMetadata,
}

impl Table {
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|err| DataError::read(path, err))?;
        let metadata = guarded(path, || {
            ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|err| DataError::damaged(path, err))
        })?;
        Ok(Self { path: path.to_owned(), file, metadata })
    }

    /// Names of the outermost columns.
    pub(super) fn columns(&self) -> Vec<String> {
        self.metadata.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The rows `rows` (all where `None`) of the columns that `wanted` accepts, in batches.
    pub(super) fn read(
        &self,
        wanted: impl Fn(&str) -> bool,
        rows: Option<Range<usize>>,
    ) -> Result<Vec<RecordBatch>, DataError> {
        let mut batches = Vec::new();
        self.each(wanted, rows, |batch| {
            batches.push(batch);
            Ok(())
        })?;
        Ok(batches)
    }

    /// As [`Self::read`], batch by batch: none of them needs to be kept.
    pub(super) fn each(
        &self,
        wanted: impl Fn(&str) -> bool,
        rows: Option<Range<usize>>,
        mut with: impl FnMut(RecordBatch) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let path = &self.path;
        guarded(path, || {
            let roots = self.columns().into_iter().enumerate().filter(|(_, name)| wanted(name)).map(|(at, _)| at);
            let mask = ProjectionMask::roots(self.metadata.parquet_schema(), roots);
            let file = self.file.try_clone().map_err(|err| DataError::read(path, err))?;
            let mut builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone()).with_projection(mask);
            if let Some(rows) = rows {
                let (groups, skip) = self.groups_over(&rows);
                builder = builder.with_row_groups(groups).with_offset(skip).with_limit(rows.len());
            }
            let mut reader = builder.build().map_err(|err| DataError::damaged(path, err))?;
            reader.try_for_each(|batch| with(batch.map_err(|err| DataError::damaged(path, err))?))
        })
    }

    /// Bytes of the columns that `wanted` accepts, before the file packs them.
    pub(super) fn n_bytes(&self, wanted: impl Fn(&str) -> bool) -> u64 {
        let columns =
            self.metadata.metadata().row_groups().iter().flat_map(parquet::file::metadata::RowGroupMetaData::columns);
        let own = columns.filter(|column| column.column_path().parts().first().is_some_and(|name| wanted(name)));
        own.fold(0_u64, |sum, column| sum.saturating_add(u64::try_from(column.uncompressed_size()).unwrap_or(0)))
    }

    /// The row groups that hold `rows`, and how many rows of them come before.
    fn groups_over(&self, rows: &Range<usize>) -> (Vec<usize>, usize) {
        let (mut groups, mut skip, mut start) = (Vec::new(), rows.start, 0);
        for (at, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let length = usize::try_from(group.num_rows()).unwrap_or(0);
            let end = start + length;
            if end > rows.start && start < rows.end {
                if groups.is_empty() {
                    skip = rows.start - start.min(rows.start);
                }
                groups.push(at);
            }
            start = end;
        }
        (groups, skip)
    }
}

/// Finds a file that is cut short or no Parquet at all by its first and last bytes, for use at opening time.
pub(super) fn quick_check(path: &Path) -> Result<(), DataError> {
    const MAGIC: &[u8; 4] = b"PAR1";
    let mut file = File::open(path).map_err(|err| DataError::read(path, err))?;
    let (mut head, mut tail) = ([0_u8; 4], [0_u8; 4]);
    let mut look = || -> std::io::Result<()> {
        file.read_exact(&mut head)?;
        file.seek(SeekFrom::End(-4))?;
        file.read_exact(&mut tail)
    };
    match look() {
        Ok(()) if &head == MAGIC && &tail == MAGIC => Ok(()),
        Ok(()) if &head == MAGIC => Err(DataError::damaged(path, "it is cut short")),
        Ok(()) => Err(DataError::damaged(path, "it is not a Parquet file")),
        Err(_) => Err(DataError::damaged(path, "it is empty or cut short")),
    }
}

/// One number; `None` for null or for another type.
pub(super) fn number(array: &dyn Array, row: usize) -> Option<f64> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Float32 => f64::from(array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row),
        DataType::Boolean => f64::from(u8::from(array.as_boolean().value(row))),
        _ => integer(array, row)? as f64,
    })
}

/// One whole number; `None` for null, for another type and beyond 64 bits.
pub(super) fn integer(array: &dyn Array, row: usize) -> Option<i64> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row),
        DataType::Int32 => i64::from(array.as_primitive::<Int32Type>().value(row)),
        DataType::Int16 => i64::from(array.as_primitive::<Int16Type>().value(row)),
        DataType::Int8 => i64::from(array.as_primitive::<Int8Type>().value(row)),
        DataType::UInt64 => i64::try_from(array.as_primitive::<UInt64Type>().value(row)).ok()?,
        DataType::UInt32 => i64::from(array.as_primitive::<UInt32Type>().value(row)),
        DataType::UInt16 => i64::from(array.as_primitive::<UInt16Type>().value(row)),
        DataType::UInt8 => i64::from(array.as_primitive::<UInt8Type>().value(row)),
        _ => return None,
    })
}

/// The cell's text; `None` for null or for another type.
pub(super) fn text(array: &dyn Array, row: usize) -> Option<String> {
    text_in(array, row).map(str::to_owned)
}

/// As [`text`], where it stands.
pub(super) fn text_in(array: &dyn Array, row: usize) -> Option<&str> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Some(array.as_string_view().value(row)),
        _ => None,
    }
}

/// The cell's bytes; `None` for null or for another type.
pub(super) fn bytes(array: &dyn Array, row: usize) -> Option<&[u8]> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Binary => Some(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => Some(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => Some(array.as_binary_view().value(row)),
        _ => None,
    }
}

/// The elements of a list cell; `None` for null or where the cell is no list.
pub(super) fn list(array: &dyn Array, row: usize) -> Option<ArrayRef> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::List(_) => Some(array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => Some(array.as_list::<i64>().value(row)),
        DataType::FixedSizeList(..) => Some(array.as_fixed_size_list().value(row)),
        _ => None,
    }
}

/// All numbers of a cell, nested lists flattened; `None` where something in it is no number.
pub(super) fn numbers(array: &dyn Array, row: usize) -> Option<Vec<f32>> {
    let Some(elements) = list(array, row) else {
        return number(array, row).map(|value| vec![value as f32]);
    };
    let mut values = Vec::with_capacity(elements.len());
    for at in 0..elements.len() {
        values.extend(numbers(&elements, at)?);
    }
    Some(values)
}

/// Writes a cell in a form that depends on its value only, not on how the file stores it.
pub(super) fn write_cell(array: &dyn Array, row: usize, sink: &mut dyn FnMut(&[u8])) {
    if row >= array.len() || array.is_null(row) {
        sink(b"n");
    } else if let Some(value) = integer(array, row) {
        sink(b"i");
        sink(&value.to_le_bytes());
    } else if let Some(value) = number(array, row) {
        sink(b"f");
        sink(&value.to_bits().to_le_bytes());
    } else if let Some(value) = text(array, row) {
        write_bytes(b"t", value.as_bytes(), sink);
    } else if let Some(value) = bytes(array, row) {
        write_bytes(b"b", value, sink);
    } else if let Some(elements) = list(array, row) {
        write_bytes(b"l", &(elements.len() as u64).to_le_bytes(), sink);
        (0..elements.len()).for_each(|at| write_cell(&elements, at, sink));
    } else if let Some(parts) = array.as_struct_opt() {
        for (name, part) in parts.column_names().into_iter().zip(parts.columns()) {
            write_bytes(b"s", name.as_bytes(), sink);
            write_cell(part, row, sink);
        }
    } else {
        // A type that sets do not use; the digest of the whole file still covers its bytes.
        write_bytes(b"?", array.data_type().to_string().as_bytes(), sink);
    }
}

fn write_bytes(kind: &[u8], bytes: &[u8], sink: &mut dyn FnMut(&[u8])) {
    sink(kind);
    sink(&(bytes.len() as u64).to_le_bytes());
    sink(bytes);
}
