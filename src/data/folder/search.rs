//! What lies below a folder, by kind and in the order in which people number things.
//!
//! Hidden files are not looked at. Links are followed, down to a depth at which a loop of them ends.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::base::Monitor;
use crate::base::text::natural;
use crate::data::error::DataError;
use crate::data::set::slashed;
use crate::data::{recording, rlds};

pub(super) const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "ppm", "pgm", "bmp"];
pub(super) const VIDEOS: [&str; 3] = ["mp4", "m4v", "mov"];
/// Pictures and videos of kinds that are not read: a person takes them for part of the set, so they are told of.
const OTHER_PICTURES: [&str; 16] = [
    "tif", "tiff", "webp", "gif", "heic", "heif", "avif", "exr", "hdr", "dng", "jp2", "jxl", "jfif", "tga", "pbm",
    "pnm",
];
const OTHER_VIDEOS: [&str; 10] = ["avi", "mkv", "webm", "wmv", "flv", "mpg", "mpeg", "m2ts", "3gp", "ogv"];
/// Files that may say something about pictures.
const TEXTS: [&str; 6] = ["txt", "json", "csv", "parquet", "yaml", "yml"];
/// Deeper folders are not searched: nobody sorts pictures that deep, but a loop of links would be.
const DEEPEST: usize = 12;

/// All files below a folder, by kind, relative to it.
#[derive(Default)]
pub(super) struct Found {
    pub(super) pictures: Vec<PathBuf>,
    pub(super) videos: Vec<PathBuf>,
    pub(super) recordings: Vec<PathBuf>,
    pub(super) texts: Vec<PathBuf>,
    /// Folders that are RLDS sets, and the first `.tfrecord` file that lies in none.
    pub(super) rlds: Vec<PathBuf>,
    pub(super) tfrecord: Option<PathBuf>,
    /// How many pictures and videos there are of kinds that are not read, by ending.
    unread: BTreeMap<String, usize>,
}

impl Found {
    /// All files below `root`, in natural order.
    pub(super) fn below(root: &Path, monitor: &dyn Monitor) -> Result<Self, DataError> {
        let mut found = Self::default();
        found.search(root, Path::new(""), 0, monitor)?;
        let kinds = [&mut found.pictures, &mut found.videos, &mut found.recordings, &mut found.texts, &mut found.rlds];
        for files in kinds {
            in_natural_order(files);
        }
        Ok(found)
    }

    /// Pictures and videos of kinds that are not read, counted by ending and with the cure; `None` where there are none.
    pub(super) fn unread(&self) -> Option<String> {
        let counted = |known: &[&str], cure: &str| {
            let there = self.unread.iter().filter(|(ending, _)| known.contains(&ending.as_str()));
            let there: Vec<String> = there.map(|(ending, count)| format!("{count} .{ending}")).collect();
            (!there.is_empty()).then(|| format!("{} (convert them to {cure})", there.join(", ")))
        };
        let kinds = [counted(&OTHER_PICTURES, "PNG or JPEG"), counted(&OTHER_VIDEOS, "MP4 with H.264 or AV1")];
        let kinds: Vec<String> = kinds.into_iter().flatten().collect();
        (!kinds.is_empty()).then(|| kinds.join(" and "))
    }

    fn search(&mut self, root: &Path, below: &Path, depth: usize, monitor: &dyn Monitor) -> Result<(), DataError> {
        let folder = root.join(below);
        if is_ours(&folder) {
            return Err(generated(&folder));
        }
        if rlds::is_set(&folder) {
            self.rlds.push(below.to_owned());
            return Ok(());
        }
        let entries = std::fs::read_dir(&folder).map_err(|err| DataError::read(&folder, err))?;
        for (at, entry) in entries.enumerate() {
            if at % 256 == 0 && monitor.stopped() {
                return Err(DataError::Stopped);
            }
            let entry = entry.map_err(|err| DataError::read(&folder, err))?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let relative = below.join(&name);
            if is_folder(&entry) {
                if depth < DEEPEST {
                    self.search(root, &relative, depth + 1, monitor)?;
                }
            } else if has_extension(&relative, &PICTURES) {
                self.pictures.push(relative);
            } else if has_extension(&relative, &VIDEOS) {
                self.videos.push(relative);
            } else if recording::is_recording(&relative) {
                self.recordings.push(relative);
            } else if has_extension(&relative, &TEXTS) {
                self.texts.push(relative);
            } else if name.to_string_lossy().contains(rlds::TFRECORD) {
                self.tfrecord.get_or_insert(relative);
            } else if has_extension(&relative, &OTHER_PICTURES) || has_extension(&relative, &OTHER_VIDEOS) {
                let ending = relative.extension().unwrap_or_default().to_string_lossy().to_lowercase();
                *self.unread.entry(ending).or_default() += 1;
            }
        }
        Ok(())
    }
}

/// The listing itself says what a thing is, without another question to the disk; only links are followed.
fn is_folder(entry: &std::fs::DirEntry) -> bool {
    match entry.file_type() {
        Ok(kind) if !kind.is_symlink() => kind.is_dir(),
        _ => entry.path().is_dir(),
    }
}

pub(super) fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    path.extension().is_some_and(|extension| wanted.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Sorts paths part by part, so that `a/x` comes before `a10/x`.
pub(super) fn in_natural_order(files: &mut [PathBuf]) {
    files.sort_by_cached_key(|file| Natural::of(file));
}

/// A path that is compared with [`natural`].
#[derive(PartialEq, Eq)]
pub(super) struct Natural(String);

impl Natural {
    pub(super) fn of(path: &Path) -> Self {
        Self(slashed(path).replace('/', "\u{1}"))
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        natural(&self.0, &other.0)
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
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
pub(in crate::data) fn refuse_ours(root: &Path) -> Result<(), DataError> {
    let whole = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    whole.ancestors().find(|up| is_ours(up)).map_or(Ok(()), |ours| Err(generated(ours)))
}

/// Whether a file is a picture by its name.
pub(in crate::data) fn is_picture(file: &Path) -> bool {
    has_extension(file, &PICTURES)
}
