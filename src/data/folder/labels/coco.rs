//! COCO detection and instances: JSON files with `images`, `annotations` and `categories`, at the top, in `annotations`,
//! or called so.
//!
//! Boxes are `x, y, width, height` from the picture's upper left corner. Outlines are kept; of masks in run lengths (all
//! crowds are) the box alone. Deliberately not: keypoints, captions, panoptic pictures.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::lookup::Lookup;
use super::{Beside, Counted, Label, LabelFormat, Labelling};
use crate::base::{Note, files};
use crate::data::error::DataError;
use crate::data::folder::search::has_extension;
use crate::data::set::slashed;

/// Folders with a JSON file for every picture are of another kind; so many are tried.
const MOST_FILES: usize = 64;

#[derive(Deserialize)]
pub(super) struct File {
    images: Vec<Image>,
    annotations: Vec<Annotation>,
    #[serde(default)]
    categories: Vec<Category>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(untagged)]
enum Id {
    Number(i64),
    Text(String),
}

#[derive(Deserialize)]
struct Image {
    id: Id,
    file_name: String,
    #[serde(default)]
    width: Option<f64>,
    #[serde(default)]
    height: Option<f64>,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: Id,
    #[serde(default)]
    category_id: Option<Id>,
    #[serde(default)]
    bbox: Bounds,
    #[serde(default)]
    segmentation: Outlines,
    #[serde(default)]
    iscrowd: Flag,
}

#[derive(Deserialize)]
struct Category {
    id: Id,
    name: String,
}

/// 0, 1, false or true.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Flag {
    #[default]
    Absent,
    Bool(bool),
    Number(f64),
}

/// What stands in the place of a box. One that makes no sense costs its own label, not those of the whole file.
#[derive(Default)]
enum Bounds {
    #[default]
    Absent,
    /// `x, y, width, height`.
    Four([f64; 4]),
    Bad,
}

impl<'de> Deserialize<'de> for Bounds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::Absent,
            Value::Array(parts) if parts.is_empty() => Self::Absent,
            Value::Array(parts) => {
                let numbers: Option<Vec<f64>> = parts.iter().map(Value::as_f64).collect();
                let four = numbers.and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
                four.map_or(Self::Bad, Self::Four)
            }
            _ => Self::Bad,
        })
    }
}

/// The lists of a polygon; empty for run lengths.
#[derive(Default)]
struct Outlines(Vec<Vec<[f64; 2]>>);

impl<'de> Deserialize<'de> for Outlines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Outlines;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("lists of x and y, or run lengths")
            }
            fn visit_unit<E>(self) -> Result<Outlines, E> {
                Ok(Outlines::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outlines, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Outlines::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut lists: A) -> Result<Outlines, A::Error> {
                let mut outlines = Vec::new();
                while let Some(list) = lists.next_element::<Vec<f64>>()? {
                    outlines.push(list.as_chunks::<2>().0.to_vec());
                }
                outlines.retain(|outline: &Vec<[f64; 2]>| outline.len() > 2);
                Ok(Outlines(outlines))
            }
        }
        deserializer.deserialize_any(Reading)
    }
}

/// Files that may be of this kind, those that are called so first.
fn candidates(texts: &[PathBuf]) -> Vec<&PathBuf> {
    let name = |file: &Path| file.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let is_called_so = |file: &Path| ["instances", "coco", "annotations"].iter().any(|word| name(file).contains(word));
    let in_place = |file: &Path| {
        let parent = file.parent().unwrap_or(Path::new(""));
        parent.as_os_str().is_empty() || parent.file_name().is_some_and(|name| name.eq_ignore_ascii_case("annotations"))
    };
    let mut found: Vec<&PathBuf> =
        texts.iter().filter(|file| has_extension(file, &["json"]) && (in_place(file) || is_called_so(file))).collect();
    found.sort_by_key(|file| (!name(file).contains("instances"), !is_called_so(file)));
    found.truncate(MOST_FILES);
    found
}

/// Whether there are such files by their names.
pub(super) fn is_there(texts: &[PathBuf]) -> bool {
    let name = |file: &&PathBuf| file.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    candidates(texts).iter().map(name).any(|name| name.contains("instances") || name.contains("coco"))
}

/// The file, or `None` where it is JSON of another kind.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Option<File>, DataError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let parsed = serde_json::from_slice(bytes).or_else(|err: serde_json::Error| {
        let again = if err.is_syntax() { with_null_for_nan(bytes) } else { None };
        again.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or(err)
    });
    match parsed {
        Ok(file) => Ok(Some(file)),
        Err(err) => {
            let has = |key: &[u8]| bytes.windows(key.len()).any(|window| window == key);
            if has(b"\"annotations\"") && has(b"\"images\"") { Err(DataError::damaged(path, err)) } else { Ok(None) }
        }
    }
}

/// The text with `null` for `NaN` and `Infinity`, which Python writes and which are no JSON; `None` where there are none of them
/// outside of strings.
fn with_null_for_nan(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let (mut rest, mut in_string, mut is_changed) = (bytes, false, false);
    while let [first, after @ ..] = rest {
        let word = ["-Infinity", "Infinity", "NaN"].iter().find(|word| !in_string && rest.starts_with(word.as_bytes()));
        if let Some(word) = word {
            out.extend_from_slice(b"null");
            rest = rest.get(word.len()..).unwrap_or_default();
            is_changed = true;
            continue;
        }
        out.push(*first);
        rest = after;
        match (first, after) {
            (b'"', _) => in_string = !in_string,
            // What is escaped ends no string.
            (b'\\', [escaped, after @ ..]) if in_string => {
                out.push(*escaped);
                rest = after;
            }
            _ => {}
        }
    }
    is_changed.then_some(out)
}

/// The labels of all files; `None` where there are none.
pub(super) fn read(beside: &Beside<'_>, notes: &mut Vec<Note>) -> Result<Option<Labelling>, DataError> {
    let mut merged: Option<Merged> = None;
    for path in candidates(beside.texts) {
        if beside.monitor.stopped() {
            return Err(DataError::Stopped);
        }
        let whole = beside.root.join(path);
        match files::read(&whole).map_err(DataError::from).and_then(|bytes| parse(&whole, &bytes)) {
            Ok(Some(file)) => {
                let merged = merged.get_or_insert_with(|| Merged::new(beside.pictures));
                merged.add(path, file, notes);
            }
            Ok(None) => {}
            Err(err) => notes.push(Note::new(slashed(path), format!("Its labels are left out: {err}."))),
        }
    }
    let Some(merged) = merged else { return Ok(None) };
    // A file that names other pictures says nothing about these.
    if merged.labelled.is_empty() {
        return Ok(None);
    }
    let mut without = Counted::default();
    let unnamed = beside.pictures.iter().enumerate().filter(|(at, _)| !merged.labelled.contains(at));
    unnamed.for_each(|(_, file)| without.add(|| slashed(file)));
    let about = merged.labelling.shared_files.first().map(|file| slashed(file)).unwrap_or_default();
    let then = "they count as unlabelled";
    without.tell(&about, "picture is in no list `images`", "pictures are in no list `images`", then, notes);
    Ok(Some(merged.labelling))
}

/// Labels of several files.
struct Merged {
    lookup: Lookup,
    labelling: Labelling,
    labelled: HashSet<usize>,
}

/// What does not fit in one file.
#[derive(Default)]
struct Faults {
    absent: Counted,
    twice: Counted,
    no_image: Counted,
    no_category: Counted,
    no_box: Counted,
    bad_box: Counted,
    no_area: Counted,
    outside: Counted,
}

/// One picture of a file: where it stands, what it is called, how large the file says it is.
struct Named {
    at: Option<usize>,
    name: String,
    size: Option<[f64; 2]>,
}

impl Merged {
    fn new(pictures: &[PathBuf]) -> Self {
        let mut labelling = Labelling::new(LabelFormat::Coco, []);
        labelling.labels = vec![Vec::new(); pictures.len()];
        labelling.sizes = vec![[0; 2]; pictures.len()];
        Self { lookup: Lookup::new(pictures), labelling, labelled: HashSet::new() }
    }

    fn add(&mut self, path: &Path, file: File, notes: &mut Vec<Note>) {
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut faults = Faults::default();
        let (mut images, mut new) = (HashMap::new(), HashSet::new());
        for image in file.images {
            let found = self.lookup.find(folder, &image.file_name);
            match found {
                None => faults.absent.add(|| format!("`{}`", image.file_name)),
                Some(at) if self.labelled.contains(&at) => faults.twice.add(|| format!("`{}`", image.file_name)),
                Some(at) => _ = new.insert(at),
            }
            let at = found.filter(|at| !self.labelled.contains(at));
            let size = image.width.zip(image.height).map(|(width, height)| [width, height]);
            if let (Some(stated), Some(size)) = (at.and_then(|at| self.labelling.sizes.get_mut(at)), size) {
                *stated = size.map(|side| side as u32);
            }
            images.insert(image.id, Named { at, name: image.file_name, size });
        }
        let mut categories: Vec<(Id, String)> = file.categories.into_iter().map(|one| (one.id, one.name)).collect();
        categories.sort_by_key(|(id, _)| if let Id::Number(number) = id { *number } else { i64::MAX });
        let categories: HashMap<Id, usize> =
            categories.into_iter().map(|(id, name)| (id, self.labelling.class(&name))).collect();
        for annotation in file.annotations {
            let Some(image) = images.get(&annotation.image_id) else {
                faults.no_image.add(|| format!("picture id {}", annotation.image_id));
                continue;
            };
            let category = annotation.category_id.as_ref();
            let Some(class) = category.and_then(|id| categories.get(id)).copied() else {
                let id = category.map_or_else(|| "none".to_owned(), Id::to_string);
                faults.no_category.add(|| format!("category {id} on `{}`", image.name));
                continue;
            };
            if let (Some(at), Some(label)) = (image.at, label(annotation, class, image, &mut faults)) {
                self.labelling.push(at, label);
            }
        }
        if !new.is_empty() {
            self.labelling.shared_files.push(path.to_owned());
        }
        self.labelled.extend(new);
        faults.tell(&slashed(path), notes);
    }
}

fn label(annotation: Annotation, class: usize, image: &Named, faults: &mut Faults) -> Option<Label> {
    let name = || format!("on `{}`", image.name);
    let outline_px = annotation.segmentation.0;
    let bounds = match annotation.bbox {
        Bounds::Four([x, y, width, height]) => [x, y, x + width, y + height],
        // Some writers leave out the box of an outline, or write what is none.
        Bounds::Absent | Bounds::Bad if !outline_px.is_empty() => super::bounds_of(&outline_px.concat()),
        Bounds::Bad => {
            faults.bad_box.add(name);
            return None;
        }
        Bounds::Absent => {
            faults.no_box.add(name);
            return None;
        }
    };
    let [x0, y0, x1, y1] = bounds;
    if !(x1 > x0 && y1 > y0 && bounds.iter().all(|value| value.is_finite())) {
        faults.no_area.add(name);
        return None;
    }
    if image.size.is_some_and(|[width, height]| x0 < 0.0 || y0 < 0.0 || x1 > width + 0.5 || y1 > height + 0.5) {
        faults.outside.add(name);
    }
    let is_crowd = match annotation.iscrowd {
        Flag::Absent => false,
        Flag::Bool(is) => is,
        Flag::Number(number) => number != 0.0,
    };
    Some(Label { class, bounds_px: Some(bounds), outline_px, is_crowd, ..Label::default() })
}

impl Faults {
    fn tell(&self, about: &str, notes: &mut Vec<Note>) {
        let out = "their labels are left out";
        let mut tell = |fault: &Counted, one: &str, many: &str, then: &str| fault.tell(about, one, many, then, notes);
        tell(&self.absent, "picture of its list is not there", "pictures of its list are not there", out);
        let then = "the earlier file's labels are used";
        tell(&self.twice, "picture is in an earlier file", "pictures are in an earlier file", then);
        let then = "they are left out";
        tell(&self.no_image, "label is of no picture in its list", "labels are of no picture in its list", then);
        tell(&self.no_category, "label has an unknown category", "labels have an unknown category", then);
        tell(&self.no_box, "label has no box", "labels have no box", then);
        tell(&self.bad_box, "box is not four numbers", "boxes are not four numbers", then);
        tell(&self.no_area, "box has no area", "boxes have no area", then);
        tell(&self.outside, "box reaches out of its picture", "boxes reach out of their pictures", "they are kept");
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "`{text}`"),
        }
    }
}
