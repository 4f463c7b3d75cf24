//! A CSV or Parquet file at the top with a row for each picture, or for each box: classes, boxes, episodes and numbers.
//!
//! The first row is the header. A column called `file` (or `filename`, `file_name`, `image`, `path`) says which picture;
//! `label`, `class` or `category` its class; `x0 y0 x1 y1`, `xmin ymin xmax ymax`, `x1 y1 x2 y2` or `x y width height` a
//! box in pixels; `episode`, `group`, `scene` or `recording` sorts the pictures into episodes. All other columns of
//! numbers become signals. Deliberately not: columns of lists, times, and files without a header.

use std::path::{Path, PathBuf};

use csv::StringRecord;

use super::lookup::Lookup;
use super::{Beside, Counted, Label, LabelFormat, Labelling, Words};
use crate::base::text::shortened;
use crate::base::{Note, files};
use crate::data::error::DataError;
use crate::data::folder::Column;
use crate::data::folder::search::has_extension;
use crate::data::set::{ColumnInfo, slashed};
use crate::data::table::{Table as Parquet, number as parquet_number, text as parquet_text};

const FILE: [&str; 6] = ["file", "filename", "file_name", "image", "image_path", "path"];
const CLASS: [&str; 4] = ["label", "class", "category", "class_name"];
const EPISODE: [&str; 4] = ["episode", "group", "scene", "recording"];
/// Two corners, and in the last two a corner and a size.
const BOXES: [[&str; 4]; 5] = [
    ["x0", "y0", "x1", "y1"],
    ["xmin", "ymin", "xmax", "ymax"],
    ["x1", "y1", "x2", "y2"],
    ["x", "y", "width", "height"],
    ["x", "y", "w", "h"],
];
/// How many of [`BOXES`] give two corners.
const CORNERS: usize = 3;
/// The class of boxes whose table has no column for it.
const UNNAMED: &str = "object";
/// The episode of pictures that no row sorts into one.
const UNSORTED: &str = "without an episode";

/// What a table says about the pictures.
pub(super) struct Table {
    pub(super) labelling: Labelling,
    pub(super) columns: Vec<Column>,
    pub(super) words: Vec<Words>,
    /// The episode of each picture.
    pub(super) groups: Option<Vec<String>>,
}

/// Cells as text.
pub(super) struct Cells {
    header: Vec<String>,
    /// With its line (CSV) or number (Parquet).
    rows: Vec<(u64, StringRecord)>,
    /// Rows with another number of cells than the header.
    ragged: Counted,
    has_decimal_commas: bool,
    /// What the numbers of rows count: lines from 1, or rows from 0.
    counts: &'static str,
}

impl Cells {
    fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.header.iter().position(|other| other == name))
    }

    fn number(&self, row: &StringRecord, column: usize) -> Option<f64> {
        let cell = row.get(column)?;
        let decimal = || self.has_decimal_commas.then(|| cell.replace(',', ".").parse().ok()).flatten();
        cell.parse().ok().or_else(decimal)
    }
}

/// The table beside the pictures, if there is one.
pub(super) fn read(beside: &Beside<'_>, notes: &mut Vec<Note>) -> Result<Option<Table>, DataError> {
    let mut candidates: Vec<&PathBuf> = beside
        .texts
        .iter()
        .filter(|file| file.components().count() == 1 && has_extension(file, &["csv", "parquet"]))
        .collect();
    candidates.sort_by_key(|file| file.file_stem().is_none_or(|stem| stem != "labels"));
    let mut used: Option<(&PathBuf, Table)> = None;
    for path in candidates {
        if beside.monitor.stopped() {
            return Err(DataError::Stopped);
        }
        let about = slashed(path);
        let whole = beside.root.join(path);
        if let Some((other, _)) = &used {
            notes.push(Note::new(about, format!("It is left out: the table `{}` is used.", slashed(other))));
            continue;
        }
        let cells = if has_extension(path, &["csv"]) {
            files::read(&whole).map_err(DataError::from).map(|bytes| cells_of_csv(&bytes))
        } else {
            cells_of_parquet(&whole)
        };
        match cells {
            Ok(cells) => used = table(path, &cells, beside.pictures, notes).map(|table| (path, table)),
            Err(err) => notes.push(Note::new(about, format!("It is left out: {err}."))),
        }
    }
    Ok(used.map(|(_, table)| table))
}

/// The cells of a CSV file; whichever of comma, semicolon and tab is most in its first line parts them.
pub(super) fn cells_of_csv(bytes: &[u8]) -> Cells {
    let text = String::from_utf8_lossy(bytes);
    // Lines are counted right only where one byte ends them.
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let head = text.lines().next().unwrap_or_default();
    let separator = [b',', b';', b'\t'].into_iter().rev().max_by_key(|c| head.bytes().filter(|b| b == c).count());
    let separator = separator.unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header: Vec<String> = reader
        .headers()
        .map(|header| header.iter().map(|name| name.trim_matches('"').to_lowercase()).collect())
        .unwrap_or_default();
    let has_decimal_commas = separator == b';';
    let mut cells = Cells { header, rows: Vec::new(), ragged: Counted::default(), has_decimal_commas, counts: "line" };
    for row in reader.records() {
        // The text is UTF-8 and rows may have any length: nothing else can be wrong with it.
        let Ok(row) = row else { break };
        let line = row.position().map_or(0, csv::Position::line);
        if row.len() == cells.header.len() {
            cells.rows.push((line, row));
        } else {
            cells.ragged.add(|| format!("line {line}"));
        }
    }
    cells
}

fn cells_of_parquet(path: &Path) -> Result<Cells, DataError> {
    let table = Parquet::open(path)?;
    let header = table.columns().iter().map(|name| name.to_lowercase()).collect();
    let mut cells =
        Cells { header, rows: Vec::new(), ragged: Counted::default(), has_decimal_commas: false, counts: "row" };
    if cells.column(&FILE).is_none() {
        return Ok(cells);
    }
    for batch in table.read(|_| true, None)? {
        for row in 0..batch.num_rows() {
            let cell = |column: &arrow_array::ArrayRef| {
                let number = || parquet_number(column, row).map(|number| number.to_string());
                parquet_text(column, row).or_else(number).unwrap_or_default()
            };
            let record: Vec<String> = batch.columns().iter().map(cell).collect();
            cells.rows.push((cells.rows.len() as u64, StringRecord::from(record)));
        }
    }
    Ok(cells)
}

/// Where the columns with a meaning stand.
struct Roles {
    file: usize,
    class: Option<usize>,
    episode: Option<usize>,
    /// Columns of a box, and whether they are two corners.
    bounds: Option<([usize; 4], bool)>,
}

impl Roles {
    fn of(cells: &Cells) -> Option<Self> {
        let bounds = BOXES.iter().enumerate().find_map(|(at, names)| {
            let [a, b, c, d] = names.map(|name| cells.column(&[name]));
            Some(([a?, b?, c?, d?], at < CORNERS))
        });
        let file = cells.column(&FILE)?;
        Some(Self { file, class: cells.column(&CLASS), episode: cells.column(&EPISODE), bounds })
    }

    fn has(&self, column: usize) -> bool {
        column == self.file
            || self.class == Some(column)
            || self.episode == Some(column)
            || self.bounds.is_some_and(|(columns, _)| columns.contains(&column))
    }
}

/// The picture that a row names, the row's number, and its cells.
type Row<'a> = (usize, u64, &'a StringRecord);

/// What the cells say; `None`, with a note, where they say nothing about these pictures.
pub(super) fn table(path: &Path, cells: &Cells, pictures: &[PathBuf], notes: &mut Vec<Note>) -> Option<Table> {
    let about = slashed(path);
    let Some(roles) = Roles::of(cells) else {
        let text = "It has no column `file` that names pictures and is left out; add one to use it.";
        notes.push(Note::new(about, text));
        return None;
    };
    let lookup = Lookup::new(pictures);
    let mut absent = Counted::default();
    let mut rows: Vec<Row<'_>> = Vec::with_capacity(cells.rows.len());
    let mut first_rows: Vec<Option<&StringRecord>> = vec![None; pictures.len()];
    for (number, row) in &cells.rows {
        let name = row.get(roles.file).unwrap_or_default();
        let Some(at) = lookup.find(Path::new(""), name) else {
            absent.add(|| format!("`{name}`"));
            continue;
        };
        rows.push((at, *number, row));
        if let Some(first) = first_rows.get_mut(at) {
            first.get_or_insert(row);
        }
    }
    let out = "they are left out";
    cells.ragged.tell(
        &about,
        "row has another length than the header",
        "rows have another length than the header",
        out,
        notes,
    );
    absent.tell(&about, "row names a picture that is not there", "rows name pictures that are not there", out, notes);
    if rows.is_empty() {
        notes.push(Note::new(about, "None of its rows names a picture of this folder; it is left out."));
        return None;
    }
    let mut without = Counted::default();
    let unnamed = pictures.iter().zip(&first_rows).filter(|(_, row)| row.is_none());
    unnamed.for_each(|(file, _)| without.add(|| slashed(file)));
    without.tell(&about, "picture has no row", "pictures have no row", "they count as unlabelled", notes);
    let mut labelling = Labelling { labels: vec![Vec::new(); pictures.len()], ..Labelling::default() };
    labelling.shared_files.push(path.to_owned());
    if roles.class.is_some() || roles.bounds.is_some() {
        labelling.format = Some(LabelFormat::Table);
        add_labels(&mut labelling, cells, &roles, &rows, &about, notes);
    }
    let group = |column: usize, row: Option<&StringRecord>| {
        let name = row.and_then(|row| row.get(column)).unwrap_or_default().trim_matches('/').trim();
        if name.is_empty() { UNSORTED.to_owned() } else { name.to_owned() }
    };
    let groups = roles.episode.map(|column| first_rows.iter().map(|row| group(column, *row)).collect());
    let (columns, words) = others(cells, &roles, &first_rows, &about, notes);
    Some(Table { labelling, columns, words, groups })
}

fn add_labels(
    labelling: &mut Labelling,
    cells: &Cells,
    roles: &Roles,
    rows: &[Row<'_>],
    about: &str,
    notes: &mut Vec<Note>,
) {
    let (mut no_area, mut bad) = (Counted::default(), Counted::default());
    for (at, number, row) in rows {
        let name = roles.class.and_then(|column| row.get(column)).unwrap_or_default();
        let bounds_px = match roles.bounds.map_or(Ok(None), |bounds| box_of(cells, row, bounds)) {
            Ok(bounds_px) => bounds_px,
            Err(why) => {
                bad.add(|| format!("{} {number}, {why}", cells.counts));
                continue;
            }
        };
        let has_area =
            |[x0, y0, x1, y1]: [f64; 4]| x1 > x0 && y1 > y0 && (x1 - x0).is_finite() && (y1 - y0).is_finite();
        if bounds_px.is_some_and(|bounds| !has_area(bounds)) {
            no_area.add(|| format!("on `{}`", row.get(roles.file).unwrap_or_default()));
        } else if !name.is_empty() || bounds_px.is_some() {
            let class = labelling.class(if name.is_empty() { UNNAMED } else { name });
            labelling.push(*at, Label { class, bounds_px, ..Label::default() });
        }
    }
    no_area.tell(about, "box has no area", "boxes have no area", "they are left out", notes);
    let then = "they are left out, a box is four numbers or four empty cells";
    bad.tell(about, "row has a box that makes no sense", "rows have boxes that make no sense", then, notes);
}

/// The box of a row; `None` where all its cells are empty, and what is wrong where only some are or one is no number.
fn box_of(
    cells: &Cells,
    row: &StringRecord,
    (columns, is_corners): ([usize; 4], bool),
) -> Result<Option<[f64; 4]>, String> {
    let cell = |column: usize| row.get(column).unwrap_or_default().trim();
    if columns.iter().all(|column| cell(*column).is_empty()) {
        return Ok(None);
    }
    let mut numbers = [0.0; 4];
    for (number, column) in numbers.iter_mut().zip(columns) {
        let wrong = || {
            let name = cells.header.get(column).map_or("", String::as_str);
            match cell(column) {
                "" => format!("`{name}` is empty"),
                word => format!("`{name}` is `{}`, no number", shortened(word.to_owned())),
            }
        };
        *number = cells.number(row, column).filter(|number| number.is_finite()).ok_or_else(wrong)?;
    }
    let [x, y, width, height] = numbers;
    Ok(Some(if is_corners { numbers } else { [x, y, x + width, y + height] }))
}

/// Every column that has no other meaning, of numbers and of words, by the first row of each picture.
fn others(
    cells: &Cells,
    roles: &Roles,
    first_rows: &[Option<&StringRecord>],
    about: &str,
    notes: &mut Vec<Note>,
) -> (Vec<Column>, Vec<Words>) {
    let (mut columns, mut words): (Vec<Column>, Vec<Words>) = (Vec::new(), Vec::new());
    let (mut empty, mut remarks) = (Counted::default(), Counted::default());
    for (at, name) in cells.header.iter().enumerate().filter(|(at, _)| !roles.has(*at)) {
        // An index without a name, as data frames are written with, says nothing.
        if name.is_empty() || columns.iter().any(|column| column.info.name == *name) {
            continue;
        }
        let (mut values, mut n_numbers, mut n_words) = (Vec::with_capacity(first_rows.len()), 0, 0);
        for row in first_rows {
            let number = row.and_then(|row| cells.number(row, at));
            n_numbers += usize::from(number.is_some());
            n_words += usize::from(
                number.is_none() && row.is_some_and(|row| row.get(at).is_some_and(|cell| !cell.is_empty())),
            );
            values.push(number.map_or(f32::NAN, |number| number as f32));
        }
        if n_words > 0 {
            match Words::of(name, first_rows.iter().map(|row| row.and_then(|row| row.get(at)))) {
                Some(column) => words.push(column),
                None => remarks.add(|| format!("`{name}`")),
            }
        } else if n_numbers == 0 {
            empty.add(|| format!("`{name}`"));
        } else {
            let info = ColumnInfo { name: name.clone(), names: vec![name.clone()], width: 1 };
            columns.push(Column { info, values });
        }
    }
    let out = "they are left out";
    empty.tell(about, "column is empty", "columns are empty", out, notes);
    remarks.tell(
        about,
        "column has too many texts for a condition",
        "columns have too many texts for a condition",
        out,
        notes,
    );
    (columns, words)
}
