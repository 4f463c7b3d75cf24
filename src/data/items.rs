//! What a seal covers: digests of files and of episodes, read in chunks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::folder::is_picture;
use super::set::{Set, slashed};
use super::{DataError, Format};
use crate::base::digest::hex;
use crate::base::{Digest, Monitor};

/// One leaf of a seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// `episode 7`, or `file videos/front/chunk-000/file-000.mp4`.
    pub name: String,
    /// Bytes: of the file, or of the episode's own content.
    pub size: u64,
    /// SHA-256 of those bytes.
    pub sha256: [u8; 32],
    /// `episode 7` for what belongs to one episode alone, `shared` for files that several of these episodes or the whole
    /// set live in.
    pub group: String,
}

/// What a set has of episodes that were sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// As of [`Set::items`], as if the videos that came since were not there.
    pub items: Vec<Item>,
    /// How many videos came since, by camera: they were not there, or damaged, when the episodes were sealed.
    pub late: BTreeMap<String, usize>,
}

/// How the leaves of files begin that name the others.
const META: &str = "file meta/";

/// The group of files that several episodes, or the whole set, live in.
const SHARED: &str = "shared";

impl Item {
    /// Whether it belongs to no single episode. Such a file may serve both halves of a split without leaking.
    pub fn is_shared(&self) -> bool {
        self.group == SHARED
    }
}

impl Set {
    /// The leaves for sealing the episodes at the positions `episodes`: first one for each file that holds anything of
    /// them (whole, so that any flipped byte shows), then one for each episode over its own content (its encoded pictures
    /// and rows), so that a changed shared file can be told from a changed episode.
    ///
    /// A shared file also changes when an episode in it that is not sealed changes; then no `episode` leaf differs.
    ///
    /// # Errors
    /// When an episode is missing, a file cannot be read, or the monitor stops.
    pub fn items(&self, episodes: &[usize], monitor: &dyn Monitor) -> Result<Vec<Item>, DataError> {
        self.items_without(episodes, &BTreeSet::new(), monitor)
    }

    /// As [`Self::items`], of episodes that were sealed as `sealed`: a video that was absent or damaged then and is there now changes
    /// nothing of what was sealed, and is counted.
    ///
    /// # Errors
    /// As there.
    pub fn items_as_sealed(
        &self,
        episodes: &[usize],
        sealed: &[Item],
        monitor: &dyn Monitor,
    ) -> Result<Covered, DataError> {
        let names: BTreeSet<&str> = sealed.iter().map(|item| item.name.as_str()).collect();
        let (mut files, mut late) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
        for &at in episodes {
            self.check_episode(at)?;
            for (file, camera) in self.reader.videos(at) {
                if !names.contains(file_name(&file).as_str()) && files.insert(file) {
                    *late.entry(camera).or_default() += 1;
                }
            }
        }
        let items = self.items_without(episodes, &files, monitor)?;
        // What names the videos must be what it was: else files are no latecomers but others.
        let is_named_anew = |item: &&Item| item.name.starts_with(META) && !items.contains(item);
        if !late.is_empty() && sealed.iter().any(|item| is_named_anew(&item)) {
            return Ok(Covered { items: self.items(episodes, monitor)?, late: BTreeMap::new() });
        }
        Ok(Covered { items, late })
    }

    /// The leaves of episodes alone, as if they had no videos of `cameras`: what those that were sealed without them compare with.
    ///
    /// # Errors
    /// As of [`Self::items`].
    pub fn episodes_without(
        &self,
        episodes: &[usize],
        cameras: &BTreeMap<String, usize>,
        monitor: &dyn Monitor,
    ) -> Result<Vec<Item>, DataError> {
        let videos = episodes.iter().flat_map(|at| self.reader.videos(*at));
        let but: BTreeSet<PathBuf> =
            videos.filter(|(_, camera)| cameras.contains_key(camera)).map(|(file, _)| file).collect();
        episodes.iter().map(|at| self.episode_item(*at, &but, monitor)).collect()
    }

    fn items_without(
        &self,
        episodes: &[usize],
        but: &BTreeSet<PathBuf>,
        monitor: &dyn Monitor,
    ) -> Result<Vec<Item>, DataError> {
        const STAGE: &str = "Reading what is sealed";
        let mut owners: Vec<(PathBuf, u64)> = Vec::new();
        for &at in episodes {
            let id = self.check_episode(at)?.id;
            owners.extend(self.reader.files(at).into_iter().filter(|file| !but.contains(file)).map(|file| (file, id)));
        }
        let files: BTreeSet<&PathBuf> = owners.iter().map(|(file, _)| file).collect();
        let total = (files.len() + episodes.len()) as u64;
        let alone = alone(&owners, self.format);
        let mut items = Vec::with_capacity(files.len() + episodes.len());
        for file in files {
            monitor.step(STAGE, items.len() as u64, total);
            let (size, sha256) = file_digest(&self.whole_path(file), monitor)?;
            let group = alone.get(file).map(|id| format!("episode {id}"));
            let group = group.unwrap_or_else(|| SHARED.to_owned());
            items.push(Item { name: file_name(file), size, sha256, group });
        }
        for &at in episodes {
            monitor.step(STAGE, items.len() as u64, total);
            items.push(self.episode_item(at, but, monitor)?);
        }
        monitor.step(STAGE, total, total);
        Ok(items)
    }

    fn episode_item(&self, at: usize, but: &BTreeSet<PathBuf>, monitor: &dyn Monitor) -> Result<Item, DataError> {
        let info = self.check_episode(at)?;
        if monitor.stopped() {
            return Err(DataError::Stopped);
        }
        let (mut hasher, mut size) = (Sha256::new(), 0_u64);
        let mut sink = |bytes: &[u8]| {
            hasher.update(bytes);
            size += bytes.len() as u64;
        };
        sink(b"worldproof episode 1\n");
        // Not the id: a copy of an episode under another number must have the same digest, or it leaks unseen.
        sink(&info.n_frames.to_le_bytes());
        sink(&(info.task.len() as u64).to_le_bytes());
        sink(info.task.as_bytes());
        self.reader.write_without(at, but, &mut sink)?;
        let name = format!("episode {}", info.id);
        Ok(Item { group: name.clone(), name, size, sha256: hasher.finalize().into() })
    }

    /// A digest over every file of every readable episode (names, sizes, SHA-256), in the order of their names. The same
    /// for the same content wherever the set lies.
    ///
    /// # Errors
    /// When a file cannot be read or the monitor stops.
    pub fn content_digest(&self, monitor: &dyn Monitor) -> Result<Digest, DataError> {
        const STAGE: &str = "Reading the set";
        let readable = (0..self.episodes.len()).filter(|at| self.check_episode(*at).is_ok());
        let files: BTreeSet<PathBuf> = readable.flat_map(|at| self.reader.files(at)).collect();
        let total = files.len() as u64;
        let mut text = String::from("worldproof content 1\n");
        for (done, file) in files.iter().enumerate() {
            monitor.step(STAGE, done as u64, total);
            let (size, sha256) = file_digest(&self.whole_path(file), monitor)?;
            text.push_str(&format!("{} {size} {}\n", hex(&sha256), slashed(file)));
        }
        monitor.step(STAGE, total, total);
        Ok(Digest::of(text.as_bytes()))
    }

    /// Whole paths of the files that the episode at position `episode` lies in.
    pub fn files_of(&self, episode: usize) -> Vec<PathBuf> {
        self.reader.files(episode).iter().map(|file| self.whole_path(file)).collect()
    }

    /// The root may itself be the file.
    fn whole_path(&self, relative: &Path) -> PathBuf {
        if self.root.is_file() { self.root.clone() } else { self.root.join(relative) }
    }
}

/// What the leaf of a file is called.
fn file_name(file: &Path) -> String {
    format!("file {}", slashed(file))
}

/// Files with one owner only. In LeRobot v3.0 and RLDS all files are shared by design, whoever is held.
fn alone(owners: &[(PathBuf, u64)], format: Format) -> BTreeMap<&PathBuf, u64> {
    if matches!(format, Format::LeRobotV30 | Format::Rlds) {
        return BTreeMap::new();
    }
    let mut sorted: Vec<(&PathBuf, u64)> = owners.iter().map(|(file, id)| (file, *id)).collect();
    sorted.sort();
    sorted.dedup();
    // The index of the whole set is shared even where only one episode is sealed.
    sorted.retain(|(file, _)| match format {
        Format::VideoFile | Format::Recording => true,
        Format::ImageFolder => is_picture(file),
        _ => file.components().count() > 1 && !file.starts_with("meta"),
    });
    sorted.chunk_by(|a, b| a.0 == b.0).filter_map(|chunk| if let [one] = chunk { Some(*one) } else { None }).collect()
}

fn file_digest(path: &Path, monitor: &dyn Monitor) -> Result<(u64, [u8; 32]), DataError> {
    let mut file = File::open(path).map_err(|err| DataError::read(path, err))?;
    let (mut hasher, mut size) = (Sha256::new(), 0);
    let mut chunk = vec![0; 1 << 18];
    loop {
        if monitor.stopped() {
            return Err(DataError::Stopped);
        }
        let length = file.read(&mut chunk).map_err(|err| DataError::read(path, err))?;
        if length == 0 {
            return Ok((size, hasher.finalize().into()));
        }
        hasher.update(&chunk[..length]);
        size += length as u64;
    }
}
