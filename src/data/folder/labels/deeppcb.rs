//! `DeepPCB`: pairs of a tested board and its template, boxes in a folder beside them called like theirs with `_not`.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::text::{self, Line};
use super::{Beside, Counted, Label, LabelFormat, Labelling};
use crate::base::Note;
use crate::data::error::DataError;
use crate::data::folder::search::{Found, in_natural_order};
use crate::data::set::slashed;

/// Types 1 to 6.
const CLASSES: [&str; 6] = ["open", "short", "mousebite", "spur", "copper", "pin-hole"];
const TESTED: &str = "_test";
const TEMPLATE: &str = "_temp";

/// The tested boards and their templates, pair by pair; `None` where the folder is no such set.
pub(in crate::data::folder) fn pairs(found: &Found, notes: &mut Vec<Note>) -> Option<(Vec<PathBuf>, Vec<PathBuf>)> {
    let beside: HashSet<&Path> = found.texts.iter().filter_map(|file| file.parent()).collect();
    let mut pairs: BTreeMap<PathBuf, [Option<&PathBuf>; 2]> = BTreeMap::new();
    let mut others = Counted::default();
    for file in &found.pictures {
        let stem = file.file_stem()?.to_string_lossy().into_owned();
        let half = [TESTED, TEMPLATE].iter().position(|ending| stem.ends_with(ending));
        let folder = file.parent().and_then(labels_beside).filter(|folder| beside.contains(folder.as_path()));
        match (half, folder) {
            (Some(half), Some(_)) => {
                let name = &stem[..stem.len() - TESTED.len()];
                if let Some(place) = pairs.entry(file.with_file_name(name)).or_default().get_mut(half) {
                    *place = Some(file);
                }
            }
            _ => others.add(|| slashed(file)),
        }
    }
    if !pairs.values().any(|[tested, template]| tested.is_some() && template.is_some()) {
        return None;
    }
    let mut alone = Counted::default();
    let mut whole: Vec<PathBuf> = Vec::new();
    let mut partners = BTreeMap::new();
    for halves in pairs.into_values() {
        match halves {
            [Some(tested), Some(template)] => {
                whole.push(tested.clone());
                partners.insert(tested.clone(), template.clone());
            }
            [one, other] => one.or(other).into_iter().for_each(|file| alone.add(|| slashed(file))),
        }
    }
    let then = "they are left out";
    alone.tell("pairs", "picture has no other half", "pictures have no other half", then, notes);
    others.tell("pairs", "picture belongs to no pair", "pictures belong to no pair", then, notes);
    in_natural_order(&mut whole);
    let templates = whole.iter().filter_map(|tested| partners.remove(tested)).collect();
    Some((whole, templates))
}

/// Where the boxes of the pictures in `folder` lie.
fn labels_beside(folder: &Path) -> Option<PathBuf> {
    Some(folder.with_file_name(format!("{}_not", folder.file_name()?.to_string_lossy())))
}

fn label_file(picture: &Path) -> Option<PathBuf> {
    let stem = picture.file_stem()?.to_string_lossy().into_owned();
    Some(labels_beside(picture.parent()?)?.join(format!("{}.txt", stem.strip_suffix(TESTED)?)))
}

/// The boxes of the tested boards.
pub(super) fn read(beside: &Beside<'_>, notes: &mut Vec<Note>) -> Result<Option<Labelling>, DataError> {
    let own_files = beside.own_files(|file| [label_file(file)]);
    text::tell_unlabelled(beside, &own_files, |_| true, notes);
    let all = text::read_all(beside, &own_files, line)?;
    let mut labelling = Labelling::new(LabelFormat::DeepPcb, CLASSES.map(str::to_owned));
    text::collect(&mut labelling, own_files, all, "x1 y1 x2 y2 type", notes);
    Ok(Some(labelling))
}

/// `x1 y1 x2 y2 type`, parted by blanks or commas: two corners and a type from 1.
pub(super) fn line(words: &str) -> Line {
    if words.is_empty() {
        return Line::Empty;
    }
    let parts = words.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let Some(values) = text::numbers(parts) else { return Line::Bad("a value is no number") };
    let [x0, y0, x1, y1, kind] = values[..] else { return Line::Bad("it has other than five values") };
    let name = CLASSES.iter().enumerate().find(|(at, _)| (at + 1) as f64 == kind);
    let Some((_, name)) = name else { return Line::Bad("its type is not 1 to 6") };
    if !text::has_area([x0, y0, x1, y1]) {
        return Line::NoArea;
    }
    Line::Label(((*name).to_owned(), Label { bounds_px: Some([x0, y0, x1, y1]), ..Label::default() }))
}
