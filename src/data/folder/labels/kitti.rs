//! KITTI object: `image_2/000001.png` and `label_2/000001.txt`, at the top or below `training`.
//!
//! `DontCare` is kept as a class, as it is a box that nobody looked into. Deliberately not read: boxes in space,
//! calibration, scores of results.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::text::{self, Line};
use super::{Label, LabelFormat, Labelling};
use crate::base::{Monitor, Note};
use crate::data::error::DataError;

/// Columns of a label, and of a result, which ends with a score.
const COLUMNS: [usize; 2] = [15, 16];

fn label_file(picture: &Path) -> Option<PathBuf> {
    let folder = picture.parent()?;
    let camera = folder.file_name()?.to_str()?.strip_prefix("image_")?;
    Some(folder.with_file_name(format!("label_{camera}")).join(picture.file_name()?).with_extension("txt"))
}

/// The labels beside the pictures; `None` where none are laid out like this.
pub(super) fn read(
    root: &Path,
    files: &[PathBuf],
    texts: &[PathBuf],
    notes: &mut Vec<Note>,
    monitor: &dyn Monitor,
) -> Result<Option<Labelling>, DataError> {
    let there: HashSet<&PathBuf> = texts.iter().collect();
    let find = |file: &PathBuf| label_file(file).filter(|file| there.contains(file));
    let own_files: Vec<Option<PathBuf>> = files.iter().map(find).collect();
    let folders: HashSet<&Path> = own_files.iter().flatten().filter_map(|file| file.parent()).collect();
    if folders.is_empty() {
        return Ok(None);
    }
    // Of cameras that have labels at all: `image_3` and `testing` have none by design.
    let expected =
        |file: &PathBuf| label_file(file).is_some_and(|file| file.parent().is_some_and(|at| folders.contains(at)));
    let without = files.iter().zip(&own_files).filter(|(file, own)| own.is_none() && expected(file));
    text::tell_unlabelled(without.map(|(file, _)| file), "an empty file says that there is nothing", notes);
    let all = text::read_all(root, &own_files, monitor, line)?;
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
    if x1 <= x0 || y1 <= y0 || x1 <= 0.0 || y1 <= 0.0 {
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
