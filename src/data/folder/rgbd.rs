//! Colour with distances beside it: folders `depth` and `color`, `rgb` or `image` with pictures of the same names, or with
//! times for names as TUM's recordings have them; and the camera's poses.
//!
//! Distances are handed on in millimetres. No file says its unit: what is assumed is told with the median distance that
//! follows, so that a person sees whether it can be right. Deliberately not: depth in colour pictures or real numbers,
//! and poses that are not given frame by frame.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::picture::{picture_head, read_grey16};
use super::search::Found;
use super::{Column, Grey16};
use crate::base::{Note, files};
use crate::data::error::DataError;
use crate::data::set::{ColumnInfo, name_of, slashed};

/// What a folder of colours beside `depth` is called.
const COLOURS: [&str; 7] = ["color", "colour", "colors", "colours", "rgb", "image", "images"];
/// Pictures of one moment are this near in time, where names are times (TUM's own tools take the same).
const NEAR_S: f64 = 0.02;
/// What TUM's recordings have beside their pictures.
const TUM: [&str; 3] = ["rgb.txt", "depth.txt", "groundtruth.txt"];
/// The signal of poses.
const POSE: [&str; 7] = ["x", "y", "z", "qx", "qy", "qz", "qw"];

/// How stored values become millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    Millimetre,
    /// 5,000 a metre.
    Tum,
    /// 256 a metre.
    Kitti,
}

impl Unit {
    fn per_metre(self) -> f64 {
        match self {
            Self::Millimetre => 1000.0,
            Self::Tum => 5000.0,
            Self::Kitti => 256.0,
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::Millimetre => "millimetres, as nothing says otherwise",
            Self::Tum => "5,000 a metre, as TUM's recordings have it",
            Self::Kitti => "256 a metre, as KITTI has it",
        }
    }
}

/// The distances beside the pictures of a set.
pub(super) struct Depth {
    /// By position of the colour picture.
    files: Vec<Option<(PathBuf, Unit)>>,
}

impl Depth {
    pub(super) fn file(&self, at: usize) -> Option<&PathBuf> {
        self.files.get(at).and_then(Option::as_ref).map(|(file, _)| file)
    }

    /// The distances of one picture in millimetres; `None` where it has none.
    pub(super) fn read(&self, root: &Path, at: usize) -> Result<Option<Grey16>, DataError> {
        let Some(Some((file, unit))) = self.files.get(at) else { return Ok(None) };
        let mut picture = read_grey16(&root.join(file))?;
        if *unit != Unit::Millimetre {
            let factor = 1000.0 / unit.per_metre();
            // Beyond 65.535 m the largest value stands for "at least".
            picture.values.iter_mut().for_each(|value| *value = (f64::from(*value) * factor).round() as u16);
        }
        Ok(Some(picture))
    }
}

/// Takes the distances out of the pictures: the colours that are left, and the distances by their positions.
pub(super) fn take_depth(root: &Path, found: &Found, notes: &mut Vec<Note>) -> (Vec<PathBuf>, Option<Depth>) {
    let is_depth = |file: &&PathBuf| {
        file.parent().and_then(Path::file_name).is_some_and(|name| name.eq_ignore_ascii_case("depth"))
    };
    let (depths, colours): (Vec<&PathBuf>, Vec<&PathBuf>) = found.pictures.iter().partition(is_depth);
    let colours: Vec<PathBuf> = colours.into_iter().cloned().collect();
    if depths.is_empty() || colours.is_empty() {
        return (found.pictures.clone(), None);
    }
    let mut by_folder: BTreeMap<&Path, Vec<&PathBuf>> = BTreeMap::new();
    for file in &depths {
        by_folder.entry(file.parent().unwrap_or(Path::new(""))).or_default().push(file);
    }
    let mut beside: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
    for (at, file) in colours.iter().enumerate() {
        let folder = file.parent().unwrap_or(Path::new(""));
        if folder.file_name().is_some_and(|name| COLOURS.iter().any(|known| name.eq_ignore_ascii_case(known))) {
            beside.entry(folder.parent().unwrap_or(Path::new(""))).or_default().push(at);
        }
    }
    let mut pairs = vec![None; colours.len()];
    for (folder, depths) in by_folder {
        let about = slashed(folder);
        let Some(partners) = folder.parent().and_then(|above| beside.get(above)) else {
            let text =
                format!("{} pictures of distances are left out: no folder of colours is beside them.", depths.len());
            notes.push(Note::new(about, text));
            continue;
        };
        let head = depths.first().map(|file| picture_head(&root.join(file)));
        if !matches!(head, Some(Ok(head)) if head.is_grey16) {
            let text = format!("{} pictures of distances are left out: they are not 16-bit grey.", depths.len());
            notes.push(Note::new(about, text));
            continue;
        }
        let colours: Vec<(usize, &PathBuf)> = partners.iter().filter_map(|at| Some((*at, colours.get(*at)?))).collect();
        let unit = unit_of(root, folder, &found.texts);
        let matched = matched(&colours, &depths);
        tell(root, folder, unit, &colours, &depths, &matched, notes);
        for (at, file) in matched {
            if let Some(pair) = pairs.get_mut(at) {
                *pair = Some((file.clone(), unit));
            }
        }
    }
    let depth = pairs.iter().any(Option::is_some).then_some(Depth { files: pairs });
    (colours, depth)
}

/// What a folder's values count in, by what lies beside it and by what it and the folders above are called.
fn unit_of(root: &Path, folder: &Path, texts: &[PathBuf]) -> Unit {
    let above = folder.parent().unwrap_or(Path::new(""));
    // The set's own name counts, what lies above it does not: a person may be called so.
    let whole = Path::new(&name_of(root)).join(folder);
    let named = whole.components().any(|part| part.as_os_str().to_string_lossy().to_lowercase().contains("kitti"));
    if texts.iter().any(|file| TUM.iter().any(|name| *file == above.join(name))) {
        Unit::Tum
    } else if named {
        Unit::Kitti
    } else {
        Unit::Millimetre
    }
}

/// Pairs by name; where no name is in both folders, by nearest time.
fn matched<'a>(colours: &[(usize, &PathBuf)], depths: &[&'a PathBuf]) -> Vec<(usize, &'a PathBuf)> {
    let by_stem: HashMap<_, &PathBuf> = depths.iter().map(|file| (file.file_stem(), *file)).collect();
    let same: Vec<(usize, &PathBuf)> =
        colours.iter().filter_map(|(at, file)| Some((*at, *by_stem.get(&file.file_stem())?))).collect();
    if !same.is_empty() {
        return same;
    }
    let time = |file: &Path| file.file_stem()?.to_str()?.parse::<f64>().ok().filter(|time| time.is_finite());
    let mut times: Vec<(f64, &PathBuf)> = depths.iter().filter_map(|file| Some((time(file)?, *file))).collect();
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut near: Vec<(f64, usize, usize)> = Vec::new();
    for (at, file) in colours {
        let Some(wanted) = time(file) else { continue };
        let from = times.partition_point(|(time, _)| *time < wanted - NEAR_S);
        let these = times.iter().enumerate().skip(from).take_while(|(_, (time, _))| *time <= wanted + NEAR_S);
        // Of pictures denser than anybody records only some are looked at.
        near.extend(these.take(16).map(|(depth, (time, _))| ((time - wanted).abs(), *at, depth)));
    }
    // The nearest first; each picture once.
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut taken, mut pairs) = (vec![false; times.len()], BTreeMap::new());
    for (_, at, depth) in near {
        let (Some(taken), Some((_, file))) = (taken.get_mut(depth), times.get(depth)) else { continue };
        if !*taken && !pairs.contains_key(&at) {
            *taken = true;
            pairs.insert(at, *file);
        }
    }
    pairs.into_iter().collect()
}

/// Tells the assumed unit, pictures without partner, and other sizes.
fn tell(
    root: &Path,
    folder: &Path,
    unit: Unit,
    colours: &[(usize, &PathBuf)],
    depths: &[&PathBuf],
    matched: &[(usize, &PathBuf)],
    notes: &mut Vec<Note>,
) {
    let about = slashed(folder);
    let Some((first_at, first)) = matched.first() else {
        let text =
            format!("{} pictures of distances are left out: none is called like a picture beside them.", depths.len());
        notes.push(Note::new(about, text));
        return;
    };
    let n_pairs = matched.len();
    match read_grey16(&root.join(first)) {
        Ok(picture) => {
            let median = median(&picture.values).map(|value| f64::from(value) / unit.per_metre());
            let median =
                median.map_or("nothing was measured in it".to_owned(), |metres| format!("its median is {metres:.2} m"));
            let text = format!(
                "{n_pairs} pictures have distances, taken as {}: look at `{}`, {median}; if that cannot be right, convert them to millimetres.",
                unit.reason(),
                slashed(first)
            );
            notes.push(Note::new(about.clone(), text));
            let colour = colours.iter().find(|(at, _)| at == first_at).map(|(_, file)| picture_head(&root.join(file)));
            if let Some(Ok(head)) = colour
                && (head.width, head.height) != (picture.width, picture.height)
            {
                let text = format!(
                    "Distances have {} x {} pixels and colours {} x {}: a pixel of one is not a pixel of the other.",
                    picture.width, picture.height, head.width, head.height
                );
                notes.push(Note::new(about.clone(), text));
            }
        }
        Err(err) => notes.push(Note::new(about.clone(), err.to_string())),
    }
    let (n_colours, n_depths) = (colours.len() - n_pairs, depths.len() - n_pairs.min(depths.len()));
    if n_colours + n_depths > 0 {
        let text = format!(
            "{n_colours} pictures have no distances beside them, and {n_depths} pictures of distances no colours; the latter are left out."
        );
        notes.push(Note::new(about, text));
    }
}

/// The middle one of the distances that were measured.
fn median(values: &[u16]) -> Option<u16> {
    let mut measured: Vec<u16> = values.iter().copied().filter(|value| *value > 0).collect();
    measured.sort_unstable();
    measured.get(measured.len() / 2).copied()
}

/// The camera's poses, where a file `pose.txt` or TUM's `groundtruth.txt` has one row for each picture below its folder.
pub(super) fn poses(
    pictures: &[PathBuf],
    texts: &[PathBuf],
    root: &Path,
    notes: &mut Vec<Note>,
) -> (Option<Column>, Vec<PathBuf>) {
    let mut values = vec![f32::NAN; pictures.len() * POSE.len()];
    let mut used = Vec::new();
    let named = |file: &&PathBuf| file.file_name().is_some_and(|name| name == "pose.txt" || name == "groundtruth.txt");
    for file in texts.iter().filter(named) {
        let about = slashed(file);
        let folder = file.parent().unwrap_or(Path::new(""));
        let below: Vec<usize> =
            pictures.iter().enumerate().filter(|(_, picture)| picture.starts_with(folder)).map(|(at, _)| at).collect();
        if below.is_empty() {
            continue;
        }
        let rows = match files::read(&root.join(file)) {
            Ok(bytes) => pose_rows(&bytes),
            Err(err) => {
                notes.push(Note::new(about, err.to_string()));
                continue;
            }
        };
        let Some(rows) = rows else {
            let text = "It is left out: its rows are not `x y z qx qy qz qw`, with or without a time in front.";
            notes.push(Note::new(about, text));
            continue;
        };
        if rows.len() != below.len() {
            let text = format!(
                "It is left out: it has {} poses for {} pictures; write one row for each picture.",
                rows.len(),
                below.len()
            );
            notes.push(Note::new(about, text));
            continue;
        }
        for (at, row) in below.iter().zip(&rows) {
            let place = values.get_mut(at * POSE.len()..(at + 1) * POSE.len()).unwrap_or_default();
            place.iter_mut().zip(row).for_each(|(place, value)| *place = *value);
        }
        let text =
            format!("Its {} poses are taken in the order of the pictures and shown as `camera_pose`.", rows.len());
        notes.push(Note::new(about, text));
        used.push(file.clone());
    }
    let info =
        ColumnInfo { name: "camera_pose".to_owned(), names: POSE.map(str::to_owned).to_vec(), width: POSE.len() };
    ((!used.is_empty()).then_some(Column { info, values }), used)
}

/// One pose a line; `None` where a line has neither seven numbers nor eight with a time in front.
pub(super) fn pose_rows(bytes: &[u8]) -> Option<Vec<[f32; 7]>> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let words = line.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
            let values: Option<Vec<f32>> = words.map(|word| word.parse().ok()).collect();
            let values = values?;
            let pose = match values.len() {
                7 => values.get(..),
                8 => values.get(1..),
                _ => None,
            };
            pose?.try_into().ok()
        })
        .collect()
}
