//! What lies below a folder, by kind and in the order in which people number things.
//!
//! Hidden files are not looked at. Links are followed, down to a depth at which a loop of them ends.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use crate::base::Monitor;
use crate::data::error::DataError;
use crate::data::rlds;
use crate::data::set::slashed;

pub(super) const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "ppm", "pgm", "bmp"];
pub(super) const VIDEOS: [&str; 3] = ["mp4", "m4v", "mov"];
/// Files that may say something about pictures.
const TEXTS: [&str; 6] = ["txt", "json", "csv", "parquet", "yaml", "yml"];
/// Deeper folders are not searched: nobody sorts pictures that deep, but a loop of links would be.
const DEEPEST: usize = 12;

/// All files below a folder, by kind, relative to it.
#[derive(Default)]
pub(super) struct Found {
    pub(super) pictures: Vec<PathBuf>,
    pub(super) videos: Vec<PathBuf>,
    pub(super) texts: Vec<PathBuf>,
    /// Folders that are RLDS sets, and the first `.tfrecord` file that lies in none.
    pub(super) rlds: Vec<PathBuf>,
    pub(super) tfrecord: Option<PathBuf>,
}

impl Found {
    /// All files below `root`, in natural order.
    pub(super) fn below(root: &Path, monitor: &dyn Monitor) -> Result<Self, DataError> {
        let mut found = Self::default();
        found.search(root, Path::new(""), 0, monitor)?;
        for files in [&mut found.pictures, &mut found.videos, &mut found.texts, &mut found.rlds] {
            in_natural_order(files);
        }
        Ok(found)
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
            } else if has_extension(&relative, &TEXTS) {
                self.texts.push(relative);
            } else if name.to_string_lossy().contains(rlds::TFRECORD) {
                self.tfrecord.get_or_insert(relative);
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

/// Orders `frame2` before `frame10`: runs of digits compare as numbers, the rest by character.
pub(in crate::data) fn natural(a: &str, b: &str) -> Ordering {
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
pub(in crate::data) fn refuse_ours(root: &Path) -> Result<(), DataError> {
    let whole = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    whole.ancestors().find(|up| is_ours(up)).map_or(Ok(()), |ours| Err(generated(ours)))
}

/// Whether a file is a picture by its name.
pub(in crate::data) fn is_picture(file: &Path) -> bool {
    has_extension(file, &PICTURES)
}
