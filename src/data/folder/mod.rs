//! Folders of pictures: each folder with pictures is one episode, or, where a person says so, a class of pictures that stand for
//! themselves; labels and distances beside them are read with them.
//!
//! What lies below the folder decides how it is read: `DeepPCB`'s pairs of a tested board and its template, colour with
//! distances (`rgbd`), or plain pictures; then labels (`labels`) and poses are looked for. Whatever is left out or
//! assumed is told in a note. Deliberately not: guessing what a folder's name says about its pictures.

mod heads;
mod labels;
mod picture;
mod rgbd;
mod search;
mod videos;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

pub use labels::{Label, LabelFormat};
pub use picture::read_picture;
pub(super) use picture::{decode_picture, picture_in_cell};
pub(super) use search::{is_picture, refuse_ours};
pub(super) use videos::open_video;

use super::cache::Frames;
use super::error::DataError;
use super::set::{
    CameraInfo, Channel, ColumnInfo, EpisodeInfo, Folders, Format, Grey16, Reader, Set, Signal, name_of, slashed,
};
use super::{Origin, recording, rlds};
use crate::base::{Monitor, Note, Rgb};
use labels::{Labelling, Words};
use picture::picture_head;
use rgbd::Depth;
use search::{Found, Natural};

/// All pictures of a set, before and after they are sorted into episodes.
#[derive(Default)]
struct Pictures {
    root: PathBuf,
    /// Relative paths, by camera; a position in these lists is the same moment for all cameras.
    cameras: Vec<(String, Vec<PathBuf>)>,
    depth: Option<Depth>,
    labelling: Labelling,
    /// What is recorded beside the pictures.
    columns: Vec<Column>,
    /// What tables say in words.
    words: Vec<Words>,
    /// Positions in the lists, by episode and frame.
    episodes: Vec<Vec<usize>>,
}

/// A signal with one row a picture.
struct Column {
    info: ColumnInfo,
    /// `info.width` values a picture; NaN where there are none.
    values: Vec<f32>,
}

impl Pictures {
    /// Where the frame stands in the lists.
    fn at(&self, episode: usize, frame: u32) -> Result<usize, DataError> {
        let at = self.episodes.get(episode).and_then(|frames| frames.get(frame as usize));
        at.copied().ok_or_else(|| self.changed())
    }

    fn file(&self, camera: usize, at: usize) -> Result<PathBuf, DataError> {
        let file = self.cameras.get(camera).and_then(|(_, files)| files.get(at));
        Ok(self.root.join(file.ok_or_else(|| self.changed())?))
    }

    fn changed(&self) -> DataError {
        DataError::damaged(&self.root, "it changed while it was open")
    }

    /// The pictures that labels name: those of the first camera.
    fn first_camera(&self) -> &[PathBuf] {
        self.cameras.first().map_or(&[], |(_, files)| files)
    }

    /// Pictures of all cameras and distances, by frame.
    fn pictures_of(&self, episode: usize) -> impl Iterator<Item = &PathBuf> {
        let frames = self.episodes.get(episode).map_or(&[][..], Vec::as_slice);
        frames.iter().flat_map(|at| {
            let colours = self.cameras.iter().filter_map(|(_, files)| files.get(*at));
            colours.chain(self.depth.as_ref().and_then(|depth| depth.file(*at)))
        })
    }
}

impl Reader for Pictures {
    fn frame(&self, camera: usize, episode: usize, frame: u32) -> Result<Rgb, DataError> {
        read_picture(&self.file(camera, self.at(episode, frame)?)?)
    }

    fn grey16(&self, channel: Channel, episode: usize, frame: u32) -> Result<Option<Grey16>, DataError> {
        match (channel, &self.depth) {
            (Channel::Depth, Some(depth)) => depth.read(&self.root, self.at(episode, frame)?),
            _ => Ok(None),
        }
    }

    fn labels(&self, camera: usize, episode: usize, frame: u32) -> Result<Vec<Label>, DataError> {
        if camera != 0 {
            return Ok(Vec::new());
        }
        let at = self.at(episode, frame)?;
        let labels = self.labelling.of(at);
        let stated = self.labelling.size_of(at);
        if labels.is_empty() || (!self.labelling.in_fractions && stated.is_none()) {
            return Ok(labels.to_vec());
        }
        let path = self.file(0, at)?;
        let head = picture_head(&path)?;
        if let Some([width, height]) = stated.filter(|stated| *stated != [head.width, head.height]) {
            let turned = if [head.height, head.width] == [width, height] {
                ", the other way round, as an EXIF block turns pictures"
            } else {
                ""
            };
            let what = format!(
                "its labels are for {width} x {height} pixels, and it has {} x {}{turned}",
                head.width, head.height
            );
            let cure = "label the pictures as they are shown, or write the right sizes into the labels' file";
            return Err(DataError::unsupported(&path, what, cure));
        }
        if !self.labelling.in_fractions {
            return Ok(labels.to_vec());
        }
        let (width, height) = (f64::from(head.width), f64::from(head.height));
        Ok(labels.iter().map(|label| label.scaled(width, height)).collect())
    }

    fn signal(&self, episode: usize, column: &str) -> Result<Option<Signal>, DataError> {
        let Some(column) = self.columns.iter().find(|other| other.info.name == column) else { return Ok(None) };
        let frames = self.episodes.get(episode).ok_or_else(|| self.changed())?;
        let width = column.info.width;
        let row = |at: &usize| column.values.get(at * width..(at + 1) * width).map(<[f32]>::to_vec);
        let rows: Option<Vec<Vec<f32>>> = frames.iter().map(row).collect();
        let rows = rows.ok_or_else(|| self.changed())?;
        let timestamps_s = (0..rows.len()).map(|at| at as f64).collect();
        Ok(Some(Signal { names: column.info.names.clone(), rows, timestamps_s }))
    }

    /// Label files of single pictures are no leaves of their own: two empty ones are no leak. [`Self::write_episode`] has them.
    fn files(&self, episode: usize) -> Vec<PathBuf> {
        self.pictures_of(episode).chain(&self.labelling.shared_files).cloned().collect()
    }

    fn write_episode(&self, episode: usize, sink: &mut dyn FnMut(&[u8])) -> Result<(), DataError> {
        write_files(&self.root, self.pictures_of(episode), sink)?;
        let frames = self.episodes.get(episode).map_or(&[][..], Vec::as_slice);
        write_files(&self.root, frames.iter().filter_map(|at| self.labelling.own_file(*at)), sink)?;
        if self.labelling.shared_files.is_empty() {
            return Ok(());
        }
        for at in frames {
            self.labelling.write(*at, sink);
            for column in &self.columns {
                let width = column.info.width;
                let values = column.values.get(at * width..(at + 1) * width).unwrap_or_default();
                for value in values {
                    sink(&value.to_bits().to_le_bytes());
                }
            }
        }
        Ok(())
    }
}

/// Hands `sink` each file's relative name and bytes, lengths first.
pub(super) fn write_files<'a>(
    root: &Path,
    files: impl IntoIterator<Item = &'a PathBuf>,
    sink: &mut dyn FnMut(&[u8]),
) -> Result<(), DataError> {
    for file in files {
        let bytes = crate::base::files::read(&root.join(file))?;
        let name = slashed(file);
        for part in [name.as_bytes(), &bytes] {
            sink(&(part.len() as u64).to_le_bytes());
            sink(part);
        }
    }
    Ok(())
}

/// Opens a folder of pictures; one without pictures but with videos opens as those.
pub(super) fn open(root: &Path, folders: Folders, monitor: &dyn Monitor) -> Result<Set, DataError> {
    refuse_ours(root)?;
    let found = Found::below(root, monitor)?;
    let unread = found.unread();
    let mut set = of_found(root, (found, folders), monitor)?;
    if let Some(kinds) = unread {
        let text = format!("Files of kinds that are not read are left out: {kinds}.");
        set.notes.push(Note::new(root.display().to_string(), text));
    }
    Ok(set)
}

/// The set that the files below the folder are.
fn of_found(root: &Path, (found, folders): (Found, Folders), monitor: &dyn Monitor) -> Result<Set, DataError> {
    if !found.rlds.is_empty() {
        return only_rlds(root, &found, monitor);
    }
    if found.pictures.is_empty() {
        if !found.recordings.is_empty() {
            return recordings(root, found, monitor);
        }
        if let Some(record) = &found.tfrecord {
            let what = "it is a shard of an RLDS set (TFRecord) without its `features.json` and `dataset_info.json`";
            return Err(DataError::unsupported(&root.join(record), what, "download them into the same folder"));
        }
        if found.videos.is_empty() {
            return Err(found.unread().map_or_else(|| not_a_set(root), |kinds| only_unread(root, &kinds)));
        }
        return videos::videos(root, found.videos);
    }
    let mut notes = Vec::new();
    let mut pictures = Pictures { root: root.to_owned(), ..Pictures::default() };
    if let Some((tested, templates)) = labels::deeppcb::pairs(&found, &mut notes) {
        pictures.cameras = vec![("test".to_owned(), tested), ("template".to_owned(), templates)];
    } else {
        let (colours, depth) = rgbd::take_depth(root, &found, &mut notes);
        pictures.cameras = vec![("camera".to_owned(), colours)];
        pictures.depth = depth;
    }
    let mut groups = labels::read(&mut pictures, &found.texts, &mut notes, monitor)?;
    if folders == Folders::Classes {
        groups = Some(labels::of_folders(&mut pictures, groups.is_some())?);
    } else if groups.is_none() && labels::may_be_folders(&pictures) {
        let text = "Each folder counts as one recording. Where folders are classes, take it in with `--class-folders`: then its \
                    pictures have them, and each stands for itself.";
        notes.push(Note::new(root.display().to_string(), text));
    }
    let (poses, pose_files) = rgbd::poses(pictures.first_camera(), &found.texts, root, &mut notes);
    pictures.columns.extend(poses);
    pictures.labelling.shared_files.extend(pose_files);
    if !found.videos.is_empty() {
        let text =
            format!("{} video files beside the pictures are left out; open them on their own.", found.videos.len());
        notes.push(Note::new(root.display().to_string(), text));
    }
    if !found.recordings.is_empty() {
        let text =
            format!("{} recordings beside the pictures are left out; open them on their own.", found.recordings.len());
        notes.push(Note::new(root.display().to_string(), text));
    }
    let names = into_episodes(&mut pictures, groups.as_deref());
    let cameras = heads::cameras(&pictures, &mut notes, monitor)?;
    let episodes = names.into_iter().zip(&pictures.episodes).enumerate().map(|(id, (task, frames))| EpisodeInfo {
        id: id as u64,
        n_frames: u32::try_from(frames.len()).unwrap_or(u32::MAX),
        task,
        length_s: frames.len() as f64,
        missing: None,
    });
    let episodes = episodes.collect();
    let columns = pictures.columns.iter().map(|column| column.info.clone()).collect();
    let (classes, labelled_by) = (pictures.labelling.classes.clone(), pictures.labelling.format);
    let known = known_of(&pictures, &mut notes);
    let set = real_set(root, Format::ImageFolder, cameras, episodes, notes, Box::new(pictures));
    Ok(Set { known, columns, classes, labelled_by, ..set })
}

/// What tables say of whole episodes in words; a column that says nothing of any is told.
fn known_of(pictures: &Pictures, notes: &mut Vec<Note>) -> BTreeMap<String, BTreeMap<u64, String>> {
    let mut known = BTreeMap::new();
    for words in &pictures.words {
        let of_episodes = words.by_episode(&pictures.episodes);
        if of_episodes.is_empty() {
            let text = format!("The column `{}` has several words within each episode and is left out.", words.name);
            notes.push(Note::new(pictures.root.display().to_string(), text));
        } else {
            known.insert(words.name.clone(), of_episodes);
        }
    }
    known
}

/// A folder above one RLDS set opens as that set; of several a person must say which.
fn only_rlds(root: &Path, found: &Found, monitor: &dyn Monitor) -> Result<Set, DataError> {
    let [only] = found.rlds.as_slice() else {
        let names: Vec<String> = found.rlds.iter().take(10).map(|one| format!("`{}`", slashed(one))).collect();
        let what = format!("it holds {} RLDS sets or versions ({})", found.rlds.len(), names.join(", "));
        return Err(DataError::unsupported(root, what, "open one of these folders"));
    };
    let mut set = rlds::open(&root.join(only), monitor)?;
    let beside = found.pictures.len() + found.videos.len();
    if beside > 0 {
        let text = format!("Pictures and videos beside the RLDS set are left out ({beside}); open them on their own.");
        set.notes.push(Note::new(root.display().to_string(), text));
    }
    Ok(set)
}

/// A folder of recordings opens as those.
fn recordings(root: &Path, found: Found, monitor: &dyn Monitor) -> Result<Set, DataError> {
    let mut set = recording::open(root, found.recordings, monitor)?;
    if !found.videos.is_empty() {
        let text =
            format!("{} video files beside the recordings are left out; open them on their own.", found.videos.len());
        set.notes.push(Note::new(root.display().to_string(), text));
    }
    Ok(set)
}

/// Sorts the pictures into episodes, by `groups` where a table says so and else by folder. Returns the episodes' names.
fn into_episodes(pictures: &mut Pictures, groups: Option<&[String]>) -> Vec<String> {
    let mut positions: HashMap<PathBuf, usize> = HashMap::new();
    let mut episodes: Vec<(PathBuf, Vec<usize>)> = Vec::new();
    let mut put = |group: &Path, at: usize| {
        let episode = positions.get(group).copied().unwrap_or_else(|| {
            positions.insert(group.to_owned(), episodes.len());
            episodes.push((group.to_owned(), Vec::new()));
            episodes.len() - 1
        });
        if let Some((_, frames)) = episodes.get_mut(episode) {
            frames.push(at);
        }
    };
    if let Some(groups) = groups {
        groups.iter().enumerate().for_each(|(at, group)| put(Path::new(group), at));
    } else {
        let files = pictures.cameras.first().map_or(&[][..], |(_, files)| files);
        files.iter().enumerate().for_each(|(at, file)| put(file.parent().unwrap_or(Path::new("")), at));
    }
    episodes.sort_by_cached_key(|(group, _)| Natural::of(group));
    let name = |group: &Path| if group.as_os_str().is_empty() { name_of(&pictures.root) } else { slashed(group) };
    let names = episodes.iter().map(|(group, _)| name(group)).collect();
    pictures.episodes = episodes.into_iter().map(|(_, frames)| frames).collect();
    names
}

fn not_a_set(root: &Path) -> DataError {
    let reason = "it holds no pictures (png, jpg, ppm, pgm, bmp), no MP4 files, no recordings (mcap, bag), no \
                  meta/info.json (LeRobot), no features.json with dataset_info.json (RLDS) and no set.json; open the folder that \
                  does";
    DataError::NotASet { path: root.display().to_string(), reason: reason.to_owned() }
}

/// What a folder is that holds pictures or videos, but none that are read.
fn only_unread(root: &Path, kinds: &str) -> DataError {
    let reason = format!("its pictures and videos are of kinds that are not read: {kinds}");
    DataError::NotASet { path: root.display().to_string(), reason }
}

fn real_set(
    root: &Path,
    format: Format,
    cameras: Vec<CameraInfo>,
    episodes: Vec<EpisodeInfo>,
    notes: Vec<Note>,
    reader: Box<dyn Reader>,
) -> Set {
    Set {
        name: name_of(root),
        root: root.to_owned(),
        origin: Origin::Real,
        known: BTreeMap::new(),
        format,
        cameras,
        episodes,
        columns: Vec::new(),
        classes: Vec::new(),
        labelled_by: None,
        notes,
        lineage: None,
        reader,
        frames: Frames::default(),
    }
}
