//! `draws.parquet`: one row a draw, every parameter and measure a column.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, UInt32Type, UInt64Type};
use arrow_array::{Array as _, ArrayRef, BooleanArray, Float64Array, RecordBatch, UInt32Array, UInt64Array};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::PackError;
use crate::base::files::{FileError, PathBufText};
use crate::sample::Draw;

const PARAMETER: &str = "param/";
const MEASURE: &str = "measure/";

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawRow {
    /// The draw.
    pub draw: Draw,
    /// Whether the rare event happened.
    pub rare: bool,
    /// The family's measures.
    pub measures: BTreeMap<String, f64>,
}

type Values = fn(&DrawRow) -> &BTreeMap<String, f64>;

/// The file's bytes. A value that a row lacks is null.
pub(super) fn encode(rows: &[DrawRow]) -> Result<Vec<u8>, PackError> {
    let fault = |what: String| PackError::Content { about: "draws.parquet".to_owned(), what };
    // Null where the draw stands for no share of reality: other readers must not meet a NaN.
    let weights = |of: fn(f64) -> f64| -> Float64Array {
        rows.iter().map(|row| Some(row.draw.ln_weight).filter(|ln| !ln.is_nan()).map(of)).collect()
    };
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("index".to_owned(), Arc::new(UInt64Array::from_iter_values(rows.iter().map(|row| row.draw.index)))),
        ("refused".to_owned(), Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.draw.refused)))),
        ("ln_weight".to_owned(), Arc::new(weights(|ln| ln))),
        ("weight".to_owned(), Arc::new(weights(libm::exp))),
        ("rare".to_owned(), Arc::new(rows.iter().map(|row| Some(row.rare)).collect::<BooleanArray>())),
    ];
    let sides: [(&str, Values); 2] = [(PARAMETER, |row| &row.draw.values), (MEASURE, |row| &row.measures)];
    for (prefix, values) in sides {
        let names: BTreeSet<&String> = rows.iter().flat_map(|row| values(row).keys()).collect();
        for name in names {
            let column: Float64Array = rows.iter().map(|row| values(row).get(name).copied()).collect();
            columns.push((format!("{prefix}{name}"), Arc::new(column)));
        }
    }
    let batch = RecordBatch::try_from_iter(columns).map_err(|err| fault(err.to_string()))?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).map_err(|err| fault(err.to_string()))?;
    writer.write(&batch).map_err(|err| fault(err.to_string()))?;
    let _metadata = writer.close().map_err(|err| fault(err.to_string()))?;
    Ok(bytes)
}

/// The rows of a file.
pub(super) fn read(path: &Path) -> Result<Vec<DrawRow>, PackError> {
    let damaged = |what: String| PackError::Damaged { path: PathBufText(path.to_owned()), what };
    let file = std::fs::File::open(path).map_err(|err| FileError::new("read", path, err))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|err| damaged(err.to_string()))?;
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|err| damaged(err.to_string()))?;
        rows.extend(decode(&batch).map_err(damaged)?);
    }
    Ok(rows)
}

fn decode(batch: &RecordBatch) -> Result<Vec<DrawRow>, String> {
    let column = |name: &str| batch.column_by_name(name).ok_or_else(|| format!("it has no column `{name}`"));
    let kind = |name: &str| format!("its column `{name}` has another type than expected");
    let index = column("index")?.as_primitive_opt::<UInt64Type>().ok_or_else(|| kind("index"))?;
    let refused = column("refused")?.as_primitive_opt::<UInt32Type>().ok_or_else(|| kind("refused"))?;
    let ln_weight = column("ln_weight")?.as_primitive_opt::<Float64Type>().ok_or_else(|| kind("ln_weight"))?;
    let rare = column("rare")?.as_boolean_opt().ok_or_else(|| kind("rare"))?;
    let mut rows: Vec<DrawRow> = (0..batch.num_rows())
        .map(|at| DrawRow {
            draw: Draw {
                index: index.value(at),
                refused: refused.value(at),
                values: BTreeMap::new(),
                ln_weight: if ln_weight.is_null(at) { f64::NAN } else { ln_weight.value(at) },
            },
            rare: rare.value(at),
            measures: BTreeMap::new(),
        })
        .collect();
    for (field, values) in batch.schema().fields().iter().zip(batch.columns()) {
        let (name, is_parameter) = match (field.name().strip_prefix(PARAMETER), field.name().strip_prefix(MEASURE)) {
            (Some(name), _) => (name, true),
            (None, Some(name)) => (name, false),
            (None, None) => continue,
        };
        let values = values.as_primitive_opt::<Float64Type>().ok_or_else(|| kind(field.name()))?;
        for (at, row) in rows.iter_mut().enumerate().filter(|(at, _)| !values.is_null(*at)) {
            let side = if is_parameter { &mut row.draw.values } else { &mut row.measures };
            side.insert(name.to_owned(), values.value(at));
        }
    }
    Ok(rows)
}
