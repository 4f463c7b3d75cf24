//! Folders of pictures, and video files: each folder with pictures, and each video, is one episode.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use super::cache::Frames;
use super::error::DataError;
use super::set::{CameraInfo, EpisodeInfo, Format, Reader, Set, name_of, slashed};
use super::video::{Pool, VideoIndex};
use super::{Origin, table};
use crate::base::{Monitor, Note, Rgb};

const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "ppm", "pgm", "bmp"];
const VIDEOS: [&str; 3] = ["mp4", "m4v", "mov"];
/// Deeper folders are not searched: nobody sorts pictures that deep, but a loop of links would be.
const DEEPEST: usize = 12;
/// Larger pictures are refused instead of filling memory.
const MOST_PIXELS_ACROSS: u32 = 16_384;

struct Pictures {
    root: PathBuf,
    /// Relative paths, by episode.
    episodes: Vec<Vec<PathBuf>>,
}

impl Reader for Pictures {
    fn frame(&self, _camera: usize, episode: usize, frame: u32) -> Result<Rgb, DataError> {
        let file = self.episodes.get(episode).and_then(|files| files.get(frame as usize));
        let file = file.ok_or_else(|| DataError::damaged(&self.root, "it changed while it was open"))?;
        read_picture(&self.root.join(file))
    }

    fn files(&self, episode: usize) -> Vec<PathBuf> {
        self.episodes.get(episode).cloned().unwrap_or_default()
    }

    fn write_episode(&self, episode: usize, sink: &mut dyn FnMut(&[u8])) -> Result<(), DataError> {
        write_files(&self.root, &self.files(episode), sink)
    }
}

/// Hands `sink` each file's relative name and bytes, lengths first.
pub(super) fn write_files(root: &Path, files: &[PathBuf], sink: &mut dyn FnMut(&[u8])) -> Result<(), DataError> {
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

/// The picture in the file at `path`, whatever of PNG, JPEG, BMP and portable maps it is.
///
/// # Errors
/// When it cannot be read or is no picture.
pub fn read_picture(path: &Path) -> Result<Rgb, DataError> {
    let bytes = crate::base::files::read(path)?;
    decode_picture(path, &bytes)
}

/// A picture file in memory as RGB; 16-bit values keep their upper 8 bits. `path` is for messages.
pub(super) fn decode_picture(path: &Path, bytes: &[u8]) -> Result<Rgb, DataError> {
    let damaged = |err: image::ImageError| DataError::damaged(path, err);
    super::error::guarded(path, || {
        let mut reader = image::ImageReader::new(std::io::Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|err| DataError::read(path, err))?;
        let mut limits = image::Limits::default();
        limits.max_image_width = Some(MOST_PIXELS_ACROSS);
        limits.max_image_height = Some(MOST_PIXELS_ACROSS);
        reader.limits(limits);
        let picture = reader.decode().map_err(damaged)?.into_rgb8();
        let (width, height) = picture.dimensions();
        Rgb::from_bytes(width, height, picture.into_raw()).ok_or_else(|| DataError::damaged(path, "rows are missing"))
    })
}

/// Width and height from the file's head alone.
fn picture_size(path: &Path) -> Result<(u32, u32), DataError> {
    super::error::guarded(path, || {
        image::ImageReader::open(path)
            .and_then(image::ImageReader::with_guessed_format)
            .map_err(|err| DataError::read(path, err))?
            .into_dimensions()
            .map_err(|err| DataError::damaged(path, err))
    })
}

/// All files below a folder, by kind, relative, in natural order.
#[derive(Default)]
struct Found {
    pictures: Vec<PathBuf>,
    videos: Vec<PathBuf>,
    others: usize,
    /// The first `.tfrecord` file: a set for TensorFlow, in a layout of its own.
    tfrecord: Option<PathBuf>,
}

impl Found {
    fn search(&mut self, root: &Path, below: &Path, depth: usize, monitor: &dyn Monitor) -> Result<(), DataError> {
        if monitor.stopped() {
            return Err(DataError::Stopped);
        }
        let folder = root.join(below);
        if is_ours(&folder) {
            return Err(generated(&folder));
        }
        let entries = std::fs::read_dir(&folder).map_err(|err| DataError::read(&folder, err))?;
        for entry in entries {
            let entry = entry.map_err(|err| DataError::read(&folder, err))?;
            let relative = below.join(entry.file_name());
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if entry.path().is_dir() {
                if depth < DEEPEST {
                    self.search(root, &relative, depth + 1, monitor)?;
                }
            } else if has_extension(&relative, &PICTURES) {
                self.pictures.push(relative);
            } else if has_extension(&relative, &VIDEOS) {
                self.videos.push(relative);
            } else {
                if relative.to_string_lossy().contains(".tfrecord") {
                    self.tfrecord.get_or_insert(relative);
                }
                self.others += 1;
            }
        }
        Ok(())
    }
}

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    path.extension().is_some_and(|extension| wanted.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Orders `frame2` before `frame10`: runs of digits compare as numbers, the rest by character.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(l), Some(r)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        let order = if l.is_ascii_digit() && r.is_ascii_digit() {
            let (l, l_rest) = digits(left);
            let (r, r_rest) = digits(right);
            (left, right) = (l_rest, r_rest);
            l.len().cmp(&r.len()).then_with(|| l.cmp(r))
        } else {
            (left, right) = (&left[l.len_utf8()..], &right[r.len_utf8()..]);
            l.cmp(&r)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// The number at the start without its leading zeros, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    (number.trim_start_matches('0'), rest)
}

/// Whether a folder is a set or a pack that Worldproof made.
fn is_ours(folder: &Path) -> bool {
    let made = |name: &str| std::fs::read_to_string(folder.join(name)).is_ok_and(|text| text.contains("\"worldproof "));
    ["set.json", "pack.json"].into_iter().any(made)
}

fn generated(folder: &Path) -> DataError {
    DataError::unsupported(folder, "it was generated by Worldproof", "take in recordings instead")
}

/// Generated pictures must not turn real by being opened one folder further down.
fn refuse_ours(root: &Path) -> Result<(), DataError> {
    let whole = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    whole.ancestors().find(|up| is_ours(up)).map_or(Ok(()), |ours| Err(generated(ours)))
}

/// Opens a folder of pictures; one without pictures but with videos opens as those.
pub(super) fn open(root: &Path, monitor: &dyn Monitor) -> Result<Set, DataError> {
    refuse_ours(root)?;
    let mut found = Found::default();
    found.search(root, Path::new(""), 0, monitor)?;
    let by_parts =
        |a: &PathBuf, b: &PathBuf| natural(&slashed(a).replace('/', "\u{1}"), &slashed(b).replace('/', "\u{1}"));
    found.pictures.sort_by(by_parts);
    found.videos.sort_by(by_parts);
    if found.pictures.is_empty() {
        if let Some(record) = found.tfrecord {
            let what = "it is an RLDS set (TFRecord)";
            return Err(DataError::unsupported(&root.join(record), what, "convert it to LeRobot v3.0"));
        }
        if found.videos.is_empty() {
            return Err(not_a_set(root));
        }
        return videos(root, found.videos);
    }
    let mut notes = Vec::new();
    leave_out_depth(root, &mut found.pictures, &mut notes);
    let mut folders: Vec<(PathBuf, Vec<PathBuf>)> = Vec::new();
    for file in found.pictures {
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        match folders.iter_mut().rev().find(|(other, _)| *other == folder) {
            Some((_, files)) => files.push(file),
            None => folders.push((folder, vec![file])),
        }
    }
    folders.sort_by(|a, b| by_parts(&a.0, &b.0));
    if !found.videos.is_empty() {
        let text =
            format!("{} video files beside the pictures are left out; open them on their own.", found.videos.len());
        notes.push(Note::new(root.display().to_string(), text));
    }
    let episodes = folders.iter().enumerate().map(|(id, (folder, files))| EpisodeInfo {
        id: id as u64,
        n_frames: files.len() as u32,
        task: if folder.as_os_str().is_empty() { name_of(root) } else { slashed(folder) },
        length_s: files.len() as f64,
        missing: None,
    });
    let episodes = episodes.collect();
    let camera = picture_camera(root, &folders, &mut notes)?;
    let reader = Pictures { root: root.to_owned(), episodes: folders.into_iter().map(|(_, files)| files).collect() };
    Ok(real_set(root, Format::ImageFolder, camera, episodes, notes, Box::new(reader)))
}

/// Colour and depth pictures often lie side by side: a folder called `depth` beside others is no recording of its own.
fn leave_out_depth(root: &Path, pictures: &mut Vec<PathBuf>, notes: &mut Vec<Note>) {
    let is_depth =
        |file: &PathBuf| file.parent().and_then(Path::file_name).is_some_and(|name| name.eq_ignore_ascii_case("depth"));
    let n_depth = pictures.iter().filter(|file| is_depth(file)).count();
    if n_depth > 0 && n_depth < pictures.len() {
        pictures.retain(|file| !is_depth(file));
        let text =
            format!("{n_depth} pictures in folders called `depth` are left out: they are distances, not colours.");
        notes.push(Note::new(root.display().to_string(), text));
    }
}

/// The size of the first picture stands for all; one picture of each folder is held against it.
fn picture_camera(
    root: &Path,
    folders: &[(PathBuf, Vec<PathBuf>)],
    notes: &mut Vec<Note>,
) -> Result<CameraInfo, DataError> {
    let (mut size, mut first) = (None, None);
    for file in folders.iter().filter_map(|(_, files)| files.first()) {
        match picture_size(&root.join(file)) {
            Ok(found) if *size.get_or_insert(found) == found => {}
            Ok((width, height)) => {
                notes.push(Note::new(
                    slashed(file),
                    format!("It has {width} x {height} pixels, other than the first picture."),
                ));
            }
            Err(err) => {
                notes.push(Note::new(slashed(file), err.to_string()));
                first.get_or_insert(err);
            }
        }
    }
    let none = || first.unwrap_or_else(|| DataError::damaged(root, "none of its pictures can be read"));
    let (width, height) = size.ok_or_else(none)?;
    Ok(CameraInfo { name: "camera".to_owned(), width, height, fps: 1.0 })
}

fn not_a_set(root: &Path) -> DataError {
    let reason = "it holds no pictures (png, jpg, ppm, pgm, bmp), no MP4 files, no meta/info.json (LeRobot) and no set.json; \
                  open the folder that does";
    DataError::NotASet { path: root.display().to_string(), reason: reason.to_owned() }
}

fn real_set(
    root: &Path,
    format: Format,
    camera: CameraInfo,
    episodes: Vec<EpisodeInfo>,
    notes: Vec<Note>,
    reader: Box<dyn Reader>,
) -> Set {
    Set {
        name: name_of(root),
        root: root.to_owned(),
        origin: Origin::Real,
        format,
        cameras: vec![camera],
        episodes,
        columns: Vec::new(),
        notes,
        lineage: None,
        reader,
        frames: Frames::default(),
    }
}

struct Videos {
    root: PathBuf,
    /// Relative to the root; empty where the root is the file.
    files: Vec<PathBuf>,
    pool: Pool,
}

impl Videos {
    fn path(&self, episode: usize) -> PathBuf {
        match self.files.get(episode) {
            Some(file) if self.root.is_dir() => self.root.join(file),
            _ => self.root.clone(),
        }
    }
}

impl Reader for Videos {
    fn frame(&self, _camera: usize, episode: usize, frame: u32) -> Result<Rgb, DataError> {
        self.pool.with(&self.path(episode), |video| video.frame(frame as usize))
    }

    fn files(&self, episode: usize) -> Vec<PathBuf> {
        self.files.get(episode).cloned().into_iter().collect()
    }

    fn write_episode(&self, episode: usize, sink: &mut dyn FnMut(&[u8])) -> Result<(), DataError> {
        self.pool.with(&self.path(episode), |video| {
            let all = 0..video.index.len();
            video.encoded(all, sink)
        })
    }
}

/// Opens one video file as a set with one episode.
pub(super) fn open_video(path: &Path) -> Result<Set, DataError> {
    if !has_extension(path, &VIDEOS) {
        let reason = "a set is a folder or an MP4 file; open the folder that this file lies in";
        return Err(DataError::NotASet { path: path.display().to_string(), reason: reason.to_owned() });
    }
    refuse_ours(path)?;
    videos(path, vec![PathBuf::from(name_of(path))])
}

fn videos(root: &Path, files: Vec<PathBuf>) -> Result<Set, DataError> {
    let (mut camera, mut episodes, mut notes): (Option<CameraInfo>, _, _) = (None, Vec::new(), Vec::new());
    let reader = Videos { root: root.to_owned(), files, pool: Pool::default() };
    let mut last_error = None;
    for (at, file) in reader.files.iter().enumerate() {
        let mut episode = EpisodeInfo { id: at as u64, n_frames: 0, task: slashed(file), length_s: 0.0, missing: None };
        match VideoIndex::read(&reader.path(at)) {
            Ok(index) => {
                let fps = index.fps().unwrap_or(1.0);
                let this = CameraInfo { name: "camera".to_owned(), width: index.width, height: index.height, fps };
                let first = camera.get_or_insert(this);
                if (first.width, first.height) != (index.width, index.height) {
                    let text = format!("It has {} x {} pixels, other than the first video.", index.width, index.height);
                    notes.push(Note::new(slashed(file), text));
                }
                episode.n_frames = u32::try_from(index.len()).unwrap_or(u32::MAX);
                episode.length_s = f64::from(episode.n_frames) / fps;
            }
            Err(err) => {
                episode.missing = Some(err.to_string());
                notes.push(Note::new(slashed(file), err.to_string()));
                last_error = Some(err);
            }
        }
        episodes.push(episode);
    }
    match (camera, last_error) {
        (Some(camera), _) => Ok(real_set(root, Format::VideoFile, camera, episodes, notes, Box::new(reader))),
        (None, Some(err)) => Err(err),
        (None, None) => Err(not_a_set(root)),
    }
}

/// Pictures inside Parquet cells are the same files.
pub(super) fn picture_in_cell(path: &Path, array: &dyn arrow_array::Array, row: usize) -> Result<Rgb, DataError> {
    use arrow_array::cast::AsArray as _;
    let bytes = array.as_struct_opt().and_then(|parts| parts.column_by_name("bytes"));
    let bytes = bytes.map_or_else(|| table::bytes(array, row), |bytes| table::bytes(bytes, row));
    let bytes = bytes.ok_or_else(|| {
        DataError::unsupported(path, format!("row {row} holds no picture"), "embed the pictures in the Parquet file")
    })?;
    decode_picture(path, bytes)
}
