//! Label files of one picture each, read side by side, with lines that make no sense told of together.

use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::{Beside, Counted, Label, Labelling};
use crate::base::Note;
use crate::data::error::DataError;
use crate::data::set::slashed;

/// One line as a label whose class is still a name.
pub(super) type Named = (String, Label);

/// What a line was found to be.
pub(super) enum Line {
    Label(Named),
    /// It says nothing.
    Empty,
    /// It makes no sense, and why.
    Bad(&'static str),
    /// A box without area, or not even partly in the picture.
    NoArea,
}

/// What one file holds.
#[derive(Default)]
pub(super) struct Parsed {
    pub(super) labels: Vec<Named>,
    pub(super) n_bad: usize,
    /// Number (from 1) of the first bad line, and why.
    first_bad: Option<(usize, &'static str)>,
    no_area: Option<usize>,
    n_no_area: usize,
}

/// All lines of a text.
pub(super) fn parse(text: &[u8], line: impl Fn(&str) -> Line) -> Parsed {
    let text = String::from_utf8_lossy(text);
    let mut parsed = Parsed::default();
    for (at, words) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        match line(words.trim()) {
            Line::Label(label) => parsed.labels.push(label),
            Line::Empty => {}
            Line::Bad(why) => {
                parsed.n_bad += 1;
                parsed.first_bad.get_or_insert((at + 1, why));
            }
            Line::NoArea => {
                parsed.n_no_area += 1;
                parsed.no_area.get_or_insert(at + 1);
            }
        }
    }
    parsed
}

/// The numbers of a line that is parted by blanks or commas; `None` where one is no finite number.
pub(super) fn numbers<'a>(words: impl Iterator<Item = &'a str>) -> Option<Vec<f64>> {
    words.map(|word| word.parse().ok().filter(|value: &f64| value.is_finite())).collect()
}

/// Reads the files of those pictures that have one, in parallel; the order of results is that of the pictures.
pub(super) fn read_all(
    beside: &Beside<'_>,
    own_files: &[Option<PathBuf>],
    line: impl Fn(&str) -> Line + Sync,
) -> Result<Vec<Option<Parsed>>, DataError> {
    let one = |file: &Option<PathBuf>| {
        let Some(file) = file else { return Ok(None) };
        if beside.monitor.stopped() {
            return Err(DataError::Stopped);
        }
        let bytes = crate::base::files::read(&beside.root.join(file))?;
        Ok(Some(parse(&bytes, &line)))
    };
    own_files.par_iter().map(one).collect()
}

/// Puts what was read into a labelling and tells of bad lines.
pub(super) fn collect(
    labelling: &mut Labelling,
    own_files: Vec<Option<PathBuf>>,
    all: Vec<Option<Parsed>>,
    form: &str,
    notes: &mut Vec<Note>,
) {
    let (mut bad, mut no_area) = (Counted::default(), Counted::default());
    labelling.labels = vec![Vec::new(); own_files.len()];
    for (at, (parsed, file)) in all.into_iter().zip(&own_files).enumerate() {
        let (Some(parsed), Some(file)) = (parsed, file) else { continue };
        for (name, label) in parsed.labels {
            let class = labelling.class(&name);
            labelling.push(at, Label { class, ..label });
        }
        if let Some((number, why)) = parsed.first_bad {
            bad.add(|| format!("{}:{number}, {why}", slashed(file)));
            bad.count += parsed.n_bad - 1;
        }
        if let Some(number) = parsed.no_area {
            no_area.add(|| format!("{}:{number}", slashed(file)));
            no_area.count += parsed.n_no_area - 1;
        }
    }
    labelling.own_files = own_files;
    let then = format!("they are left out, a line is `{form}`");
    bad.tell("labels", "line makes no sense", "lines make no sense", &then, notes);
    let then = "they are left out";
    no_area.tell("labels", "box has no area in the picture", "boxes have no area in the picture", then, notes);
}

/// Tells how many of the pictures that are expected to have a label file have none.
pub(super) fn tell_unlabelled(
    beside: &Beside<'_>,
    own_files: &[Option<PathBuf>],
    is_expected: impl Fn(&Path) -> bool,
    notes: &mut Vec<Note>,
) {
    let mut without = Counted::default();
    for (file, own) in beside.pictures.iter().zip(own_files) {
        if own.is_none() && is_expected(file) {
            without.add(|| slashed(file));
        }
    }
    let then = "they count as unlabelled, an empty file says that there is nothing";
    without.tell("labels", "picture has no label file", "pictures have no label file", then, notes);
}

/// Whether a box has an area, at least partly right of and below the picture's first corner.
pub(super) fn has_area([x0, y0, x1, y1]: [f64; 4]) -> bool {
    x1 > x0 && y1 > y0 && x1 > 0.0 && y1 > 0.0
}
