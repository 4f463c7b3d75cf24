//! What people wrote about pictures: boxes, outlines and classes, in the formats that detectors are trained with.
//!
//! All are brought to one convention, [`Label::bounds_px`]. Where a folder has several kinds of labels, the one that says
//! most is used and a note tells which was not. A row or line that makes no sense is left out and told of; it never makes
//! the pictures unreadable. Deliberately not: masks in run lengths, keypoints, boxes in space, and what folders are called.

mod coco;
pub(super) mod deeppcb;
mod kitti;
mod lookup;
mod table;
mod text;
mod words;
mod yolo;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::Pictures;
use crate::base::{Monitor, Note};
use crate::data::error::DataError;
use crate::data::set::slashed;
pub(super) use words::Words;

/// One thing in one picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Label {
    /// Position in `Set::classes`.
    pub class: usize,
    /// The box as `x0, y0, x1, y1`: corners between pixels, so that the pixel in column `k` reaches from `k` to `k + 1` and
    /// `x1 - x0` is the width in pixels. `None` where the whole picture has the class.
    ///
    /// COCO's `x, y, width, height` and YOLO's fractions of the size are meant so and only rewritten. KITTI, `DeepPCB` and
    /// tables give two corners, and their own tools take `x1 - x0` for the width: the numbers are taken as they are.
    pub bounds_px: Option<[f64; 4]>,
    /// Closed outlines in the same coordinates; empty where there are none. Several belong to a thing in several parts.
    pub outline_px: Vec<Vec<[f64; 2]>>,
    /// How much of it is outside of the picture, from 0 to 1, where the format tells.
    pub truncated: Option<f64>,
    /// How far it is hidden, where the format tells: KITTI's 0 seen, 1 partly, 2 largely hidden, 3 unknown.
    pub occluded: Option<u8>,
    /// Whether it stands for many things that were not told apart.
    pub is_crowd: bool,
}

impl Label {
    /// Of a whole picture.
    fn of_picture(class: usize) -> Self {
        Self { class, bounds_px: None, outline_px: Vec::new(), truncated: None, occluded: None, is_crowd: false }
    }

    /// The label in pixels, where it was in fractions of the picture's size.
    pub(super) fn scaled(&self, width: f64, height: f64) -> Self {
        let bounds_px = self.bounds_px.map(|[x0, y0, x1, y1]| [x0 * width, y0 * height, x1 * width, y1 * height]);
        let line = |line: &Vec<[f64; 2]>| line.iter().map(|[x, y]| [x * width, y * height]).collect();
        Self { bounds_px, outline_px: self.outline_px.iter().map(line).collect(), ..self.clone() }
    }

    /// Hands `sink` what it says, lengths first: what seals are made over must not depend on what fields are called.
    fn write(&self, class: &str, sink: &mut dyn FnMut(&[u8])) {
        let mut numbers = |all: &[f64]| {
            sink(&(all.len() as u64).to_le_bytes());
            for number in all {
                sink(&number.to_bits().to_le_bytes());
            }
        };
        numbers(self.bounds_px.as_ref().map_or(&[], |bounds| bounds));
        numbers(self.truncated.as_slice());
        numbers(self.occluded.map(f64::from).as_slice());
        numbers(&[f64::from(u8::from(self.is_crowd)), self.outline_px.len() as f64]);
        for outline in &self.outline_px {
            numbers(outline.as_flattened());
        }
        sink(&(class.len() as u64).to_le_bytes());
        sink(class.as_bytes());
    }
}

/// How labels are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LabelFormat {
    /// `DeepPCB`: `x1 y1 x2 y2 type` beside pairs of a tested board and its template.
    DeepPcb,
    /// KITTI object: `label_2` beside `image_2`.
    Kitti,
    /// COCO detection or instances: one JSON file for many pictures.
    Coco,
    /// YOLO: one text file a picture, in fractions of its size.
    Yolo,
    /// A CSV or Parquet file with a column of file names.
    Table,
    /// The name of the folder that a picture lies in.
    Folders,
}

impl std::fmt::Display for LabelFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::DeepPcb => "DeepPCB",
            Self::Kitti => "KITTI",
            Self::Coco => "COCO",
            Self::Yolo => "YOLO",
            Self::Table => "table",
            Self::Folders => "class folders",
        })
    }
}

/// The labels of all pictures of the first camera.
#[derive(Default)]
pub(super) struct Labelling {
    pub(super) format: Option<LabelFormat>,
    pub(super) classes: Vec<String>,
    /// Where each class stands among them.
    positions: HashMap<String, usize>,
    /// By position of the picture.
    labels: Vec<Vec<Label>>,
    /// Width and height of each picture as the labels' file states them, by position; zeros where it does not.
    sizes: Vec<[u32; 2]>,
    /// Label files that speak of one picture, by position of the picture.
    own_files: Vec<Option<PathBuf>>,
    /// Label files that speak of many.
    pub(super) shared_files: Vec<PathBuf>,
    /// Whether coordinates are fractions of a picture's size.
    pub(super) in_fractions: bool,
}

impl Labelling {
    fn new(format: LabelFormat, classes: impl IntoIterator<Item = String>) -> Self {
        let mut labelling = Self { format: Some(format), ..Self::default() };
        classes.into_iter().for_each(|class| _ = labelling.class(&class));
        labelling
    }

    pub(super) fn of(&self, at: usize) -> &[Label] {
        self.labels.get(at).map_or(&[], Vec::as_slice)
    }

    /// The size that a picture's labels were made for, where their file states it.
    pub(super) fn size_of(&self, at: usize) -> Option<[u32; 2]> {
        self.sizes.get(at).copied().filter(|size| !size.contains(&0))
    }

    /// Whether the labels of a picture say where in it things are.
    pub(super) fn has_places(&self, at: usize) -> bool {
        self.of(at).iter().any(|label| label.bounds_px.is_some())
    }

    pub(super) fn own_file(&self, at: usize) -> Option<&PathBuf> {
        self.own_files.get(at).and_then(Option::as_ref)
    }

    /// Hands `sink` the labels of a picture in a form that depends on what they say only.
    pub(super) fn write(&self, at: usize, sink: &mut dyn FnMut(&[u8])) {
        for label in self.of(at) {
            let class = self.classes.get(label.class).map_or("", String::as_str);
            label.write(class, sink);
        }
    }

    fn push(&mut self, at: usize, label: Label) {
        if let Some(labels) = self.labels.get_mut(at) {
            labels.push(label);
        }
    }

    /// The position of the class called `name`, which is added where it is new.
    fn class(&mut self, name: &str) -> usize {
        self.positions.get(name).copied().unwrap_or_else(|| {
            self.positions.insert(name.to_owned(), self.classes.len());
            self.classes.push(name.to_owned());
            self.classes.len() - 1
        })
    }
}

/// The smallest box around points.
fn bounds_of(points: &[[f64; 2]]) -> [f64; 4] {
    let none = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    points.iter().fold(none, |[x0, y0, x1, y1], [x, y]| [x0.min(*x), y0.min(*y), x1.max(*x), y1.max(*y)])
}

/// Things of one kind that a note tells of together.
#[derive(Default)]
struct Counted {
    count: usize,
    first: String,
}

impl Counted {
    fn add(&mut self, name: impl FnOnce() -> String) {
        if self.count == 0 {
            self.first = name();
        }
        self.count += 1;
    }

    /// Tells of them, if there are any, as `count what (the first is first); then`.
    fn tell(&self, about: &str, one: &str, many: &str, then: &str, notes: &mut Vec<Note>) {
        if self.count > 0 {
            let text = match self.count {
                1 => {
                    let then = then.replace("they are", "it is").replace("they count", "it counts");
                    format!("1 {one} ({}); {then}.", self.first)
                }
                count => format!("{count} {many} (the first is {}); {then}.", self.first),
            };
            notes.push(Note::new(about, text));
        }
    }
}

/// Pictures, and the files among them that may say something about them.
struct Beside<'a> {
    root: &'a Path,
    /// Those of the first camera.
    pictures: &'a [PathBuf],
    texts: &'a [PathBuf],
    monitor: &'a dyn Monitor,
}

impl Beside<'_> {
    /// The label file of each picture: the first of the `places` for it where one is.
    fn own_files<const N: usize>(&self, places: impl Fn(&Path) -> [Option<PathBuf>; N]) -> Vec<Option<PathBuf>> {
        let there: HashSet<&PathBuf> = self.texts.iter().collect();
        let find = |file: &PathBuf| places(file).into_iter().flatten().find(|place| there.contains(place));
        self.pictures.iter().map(find).collect()
    }
}

/// What the folder of a picture is called; `None` of one that lies in the set's own.
fn folder_of(file: &Path) -> Option<&str> {
    file.parent()?.file_name()?.to_str()
}

/// Whether folders could be classes: two words or more without a digit, which recordings mostly have, and no labels of another kind.
pub(super) fn may_be_folders(pictures: &Pictures) -> bool {
    let names: Option<HashSet<&str>> = pictures.first_camera().iter().map(|file| folder_of(file)).collect();
    let is_word = |name: &&str| name.chars().count() > 1 && !name.chars().any(|letter| letter.is_ascii_digit());
    pictures.labelling.format.is_none()
        && pictures.depth.is_none()
        && names.is_some_and(|names| names.len() > 1 && names.iter().all(is_word))
}

/// Gives each picture the name of its folder as its class. Returns its own episode for each.
///
/// # Errors
/// Where pictures lie in no folder or in one alone, have labels of another kind, or are `sorted` into episodes by a table.
pub(super) fn of_folders(pictures: &mut Pictures, sorted: bool) -> Result<Vec<String>, DataError> {
    let refuse = |what: String, cure: &str| Err(DataError::unsupported(&pictures.root, what, cure));
    if let Some(format) = pictures.labelling.format {
        return refuse(format!("its pictures have labels already ({format})"), "leave `--class-folders` out");
    }
    if sorted {
        let what = "a table sorts its pictures into episodes, which single pictures are not".to_owned();
        return refuse(what, "leave `--class-folders` out, or take the column `episode` out of the table");
    }
    let files = pictures.first_camera();
    if let Some(file) = files.iter().find(|file| folder_of(file).is_none()) {
        let what = format!("`{}` lies in no folder whose name could be its class", slashed(file));
        return refuse(what, "put it into one, or leave `--class-folders` out");
    }
    let mut names: Vec<&str> = files.iter().filter_map(|file| folder_of(file)).collect();
    names.sort_unstable();
    names.dedup();
    if let [only] = names.as_slice() {
        return refuse(format!("all its pictures lie in folders called `{only}`"), "name two classes or more");
    }
    let mut labelling = Labelling::new(LabelFormat::Folders, names.into_iter().map(str::to_owned));
    let class_of = |file: &PathBuf| folder_of(file).and_then(|name| labelling.positions.get(name).copied());
    let labels = files.iter().map(|file| class_of(file).map(Label::of_picture).into_iter().collect()).collect();
    let groups = files.iter().map(|file| slashed(file)).collect();
    labelling.labels = labels;
    // What a table says beside the classes is part of the set.
    labelling.shared_files = std::mem::take(&mut pictures.labelling.shared_files);
    pictures.labelling = labelling;
    Ok(groups)
}

/// Reads what the files beside the pictures say about them. Returns each picture's episode where a table sorts them.
pub(super) fn read(
    pictures: &mut Pictures,
    texts: &[PathBuf],
    notes: &mut Vec<Note>,
    monitor: &dyn Monitor,
) -> Result<Option<Vec<String>>, DataError> {
    let kinds = [LabelFormat::DeepPcb, LabelFormat::Kitti, LabelFormat::Coco, LabelFormat::Yolo];
    let root = pictures.root.clone();
    let beside = Beside { root: &root, pictures: pictures.first_camera(), texts, monitor };
    let (mut used, mut unused): (Option<Labelling>, Vec<String>) = (None, Vec::new());
    for kind in kinds {
        if used.is_some() {
            let there = match kind {
                LabelFormat::Coco => coco::is_there(texts),
                LabelFormat::Yolo => yolo::is_there(&beside),
                _ => false,
            };
            if there {
                unused.push(kind.to_string());
            }
            continue;
        }
        used = match kind {
            LabelFormat::DeepPcb if pictures.cameras.len() == 2 => deeppcb::read(&beside, notes)?,
            LabelFormat::Kitti => kitti::read(&beside, notes)?,
            LabelFormat::Coco => coco::read(&beside, notes)?,
            LabelFormat::Yolo => yolo::read(&beside, notes)?,
            _ => None,
        };
    }
    let table = table::read(&beside, notes)?;
    let mut groups = None;
    if let Some(table) = table {
        pictures.columns = table.columns;
        pictures.words = table.words;
        groups = table.groups;
        let has_labels = table.labelling.format.is_some();
        match &mut used {
            Some(used) => {
                used.shared_files.extend(table.labelling.shared_files);
                if has_labels {
                    unused.push(LabelFormat::Table.to_string());
                }
            }
            None => used = Some(table.labelling),
        }
    }
    if let Some(used) = used {
        if let (Some(format), false) = (used.format, unused.is_empty()) {
            let text = format!(
                "Its pictures have labels of several kinds: {format} is used, {} not; keep one kind to choose.",
                unused.join(" and ")
            );
            notes.push(Note::new(root.display().to_string(), text));
        }
        pictures.labelling = used;
    }
    Ok(groups)
}
