//! KITTI object: `image_2/000001.png` and `label_2/000001.txt`, at the top or below `training`.
//!
//! `DontCare` is kept as a class, as it is a box that nobody looked into. Deliberately not read: boxes in space,
//! calibration, scores of results.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::text::{self, Line};
use super::{Beside, Label, LabelFormat, Labelling};
use crate::base::Note;
use crate::data::error::DataError;

/// Columns of a label, and of a result, which ends with a score.
const COLUMNS: [usize; 2] = [15, 16];

fn label_file(picture: &Path) -> Option<PathBuf> {
    let folder = picture.parent()?;
    let camera = folder.file_name()?.to_str()?.strip_prefix("image_")?;
    Some(folder.with_file_name(format!("label_{camera}")).join(picture.file_name()?).with_extension("txt"))
}

/// The labels beside the pictures; `None` where none are laid out like this.
pub(super) fn read(beside: &Beside<'_>, notes: &mut Vec<Note>) -> Result<Option<Labelling>, DataError> {
    let own_files = beside.own_files(|file| [label_file(file)]);
    let folders: HashSet<&Path> = own_files.iter().flatten().filter_map(|file| file.parent()).collect();
    if folders.is_empty() {
        return Ok(None);
    }
    // Of cameras that have labels at all: `image_3` and `testing` have none by design.
    let is_expected =
        |file: &Path| label_file(file).is_some_and(|file| file.parent().is_some_and(|at| folders.contains(at)));
    text::tell_unlabelled(beside, &own_files, is_expected, notes);
    let all = text::read_all(beside, &own_files, line)?;
    let mut labelling = Labelling::new(LabelFormat::Kitti, []);
    text::collect(&mut labelling, own_files, all, "type truncated occluded alpha x1 y1 x2 y2 and seven more", notes);
    Ok(Some(labelling))
}

/// Two corners in pixels from 0, as real numbers. The benchmark's own overlap takes `x2 - x1` for the width.
pub(super) fn line(words: &str) -> Line {
    if words.is_empty() {
        return Line::Empty;
    }
    let mut parts = words.split_whitespace();
    let class = parts.next().unwrap_or_default();
    let Some(values) = text::numbers(parts) else { return Line::Bad("a value is no number") };
    if !COLUMNS.contains(&(values.len() + 1)) {
        return Line::Bad("it has other than 15 or 16 columns");
    }
    let [truncated, occluded, _, x0, y0, x1, y1, ..] = values[..] else { return Line::Bad("it is cut short") };
    if !text::has_area([x0, y0, x1, y1]) {
        return Line::NoArea;
    }
    // -1 stands for "not told", as `DontCare` has it.
    let label = Label {
        bounds_px: Some([x0, y0, x1, y1]),
        truncated: (0.0..=1.0).contains(&truncated).then_some(truncated),
        occluded: [0_u8, 1, 2, 3].into_iter().find(|level| f64::from(*level) == occluded),
        ..Label::default()
    };
    Line::Label((class.to_owned(), label))
}
