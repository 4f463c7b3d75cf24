//! Open X-Embodiment sets as TFDS prepares them (RLDS): `TFRecord` files in which one record is one episode.
//!
//! Opening reads frames and the lengths of lists, never pictures. A record's checksum is held against its bytes before
//! anything is read out of it. Deliberately not: other file formats of TFDS, compressed records, writing.

mod example;
mod features;
mod open;
mod record;
mod shards;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use self::example::{Layout, Stretch, Wire};
use self::features::{FEATURES, Features};
pub(super) use self::open::open;
use self::record::Record;
use self::shards::INFO;
use super::error::DataError;
use super::fault::Fault;
use super::folder::decode_picture;
use super::set::{Reader, Signal, slashed};
use crate::base::Rgb;

/// What the name of every shard has in it.
pub(super) const TFRECORD: &str = ".tfrecord";
/// A larger picture is damage: it would not fit into memory decoded.
const MOST_PICTURE_BYTES: u64 = 1 << 28;
/// More steps than any episode has.
const MOST_STEPS: u64 = 1 << 20;
/// Lists of pictures that are kept: several cameras of two episodes side by side.
const MOST_KEPT: usize = 8;

const UNCHECKED: u8 = 0;
const RIGHT: u8 = 1;
const WRONG: u8 = 2;

/// Whether a folder is such a set itself.
pub(super) fn is_set(folder: &Path) -> bool {
    folder.join(FEATURES).is_file() && folder.join(INFO).is_file()
}

/// Where an episode lies.
struct Located {
    id: u64,
    /// Position of its file.
    shard: usize,
    /// Its number in that file, from 0.
    number: usize,
    /// `None` where it is missing.
    record: Option<Record>,
    steps: u32,
    /// Whether its bytes were held against their checksum, and what came of it.
    checked: AtomicU8,
}

/// Where the pictures of one camera in one episode lie.
struct Pictures {
    pieces: Vec<Stretch>,
    /// The episode says that it has no such camera.
    is_disowned: bool,
}

/// Pictures by the positions of camera and episode.
type Kept = ((usize, usize), Arc<Pictures>);

struct Rlds {
    root: PathBuf,
    name: String,
    shards: Vec<PathBuf>,
    features: Features,
    /// Width and height of each camera's pictures.
    sizes: Vec<(u32, u32)>,
    episodes: Vec<Located>,
    /// What was looked up last, oldest first.
    kept: Mutex<VecDeque<Kept>>,
}

impl Rlds {
    fn changed(&self) -> DataError {
        DataError::damaged(&self.root, "it changed while it was open")
    }

    fn located(&self, episode: usize) -> Result<(&Located, Record), DataError> {
        let located = self.episodes.get(episode).ok_or_else(|| self.changed())?;
        Ok((located, located.record.ok_or_else(|| self.changed())?))
    }

    fn file(&self, located: &Located) -> &Path {
        self.shards.get(located.shard).map_or(Path::new(""), PathBuf::as_path)
    }

    fn path(&self, located: &Located) -> PathBuf {
        self.root.join(self.file(located))
    }

    fn fault(&self, located: &Located, fault: Fault) -> DataError {
        fault.told(&self.path(located), &format!("record {}", located.number))
    }

    fn wrong_checksum(&self, located: &Located) -> String {
        let file = slashed(self.file(located));
        format!("record {} of `{file}` does not have the bytes that were written; download it again", located.number)
    }

    /// Reads the whole record once in the life of the set; later calls know the answer.
    fn check(&self, located: &Located, record: &Record) -> Result<(), DataError> {
        if located.checked.load(Ordering::Relaxed) == UNCHECKED {
            let is_right = record::stream(&self.path(located), record, &mut |_| {})?;
            located.checked.store(if is_right { RIGHT } else { WRONG }, Ordering::Relaxed);
        }
        if located.checked.load(Ordering::Relaxed) == WRONG {
            return Err(DataError::Missing { episode: located.id, reason: self.wrong_checksum(located) });
        }
        Ok(())
    }

    fn wire(&self, located: &Located) -> Result<Wire<BufReader<File>>, DataError> {
        let path = self.path(located);
        let file = File::open(&path).map_err(|err| DataError::read(&path, err))?;
        Wire::new(BufReader::new(file)).map_err(|fault| self.fault(located, fault))
    }

    fn pictures(&self, camera: usize, episode: usize) -> Result<Arc<Pictures>, DataError> {
        let key = (camera, episode);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pictures)) = kept.iter().find(|(other, _)| *other == key) {
            return Ok(Arc::clone(pictures));
        }
        drop(kept);
        let (located, record) = self.located(episode)?;
        self.check(located, &record)?;
        let camera = self.features.cameras.get(camera).ok_or_else(|| self.changed())?;
        let mut wire = self.wire(located)?;
        let mut look = || -> Result<Pictures, Fault> {
            let layout = wire.layout(whole(&record))?;
            let pieces = match layout.get(&camera.key) {
                Some(list) => wire.pieces(*list, located.steps as usize)?,
                None => Vec::new(),
            };
            let is_disowned = is_off(&mut wire, &layout, camera.flag.as_deref());
            Ok(Pictures { pieces, is_disowned })
        };
        let pictures = Arc::new(look().map_err(|fault| self.fault(located, fault))?);
        kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((key, Arc::clone(&pictures)));
        if kept.len() > MOST_KEPT {
            kept.pop_front();
        }
        Ok(pictures)
    }

    /// The picture as it is stored, whatever its size, unless it is padding.
    fn picture(&self, camera: usize, episode: usize, frame: u32) -> Result<Rgb, DataError> {
        let pictures = self.pictures(camera, episode)?;
        let (located, _) = self.located(episode)?;
        let absent = |has: &str| {
            let name = self.features.cameras.get(camera).map_or("", |camera| camera.name.as_str());
            let what = format!("picture of `{name}` at frame {frame} of episode {}", located.id);
            DataError::Absent { set: self.name.clone(), what, has: has.to_owned() }
        };
        let piece = pictures.pieces.get(frame as usize).filter(|piece| piece.length > 0);
        let piece = piece.ok_or_else(|| absent("nothing stored there; choose another camera or episode"))?;
        let bytes = self.wire(located)?.bytes(*piece, MOST_PICTURE_BYTES);
        let bytes = bytes.map_err(|fault| self.fault(located, fault))?;
        let picture = decode_picture(&self.path(located), &bytes)?;
        if pictures.is_disowned && is_of_one_colour(&picture) {
            return Err(absent("padding of one colour there; choose another camera or episode"));
        }
        Ok(picture)
    }
}

fn whole(record: &Record) -> Stretch {
    Stretch { at: record.at, length: record.length }
}

/// Whether the episode's own flag says that it has no such camera.
fn is_off<R: Read + Seek>(wire: &mut Wire<R>, layout: &Layout, flag: Option<&str>) -> bool {
    let list = flag.and_then(|flag| layout.get(flag));
    let values = list.and_then(|list| wire.numbers(*list, 1).ok());
    values.is_some_and(|values| values.first() == Some(&0.0))
}

/// What writers of sets fill in for a camera that was not there.
fn is_of_one_colour(picture: &Rgb) -> bool {
    let mut pixels = picture.bytes.chunks_exact(3);
    let first = pixels.next();
    pixels.all(|pixel| Some(pixel) == first)
}

impl Reader for Rlds {
    fn frame(&self, camera: usize, episode: usize, frame: u32) -> Result<Rgb, DataError> {
        let picture = self.picture(camera, episode, frame)?;
        let (width, height) = *self.sizes.get(camera).ok_or_else(|| self.changed())?;
        if (picture.width, picture.height) != (width, height) {
            let (located, _) = self.located(episode)?;
            let what = format!(
                "frame {frame} of episode {} has {} x {} pixels, the set's first picture {width} x {height}",
                located.id, picture.width, picture.height
            );
            let cure = "prepare the set again with pictures of one size";
            return Err(DataError::unsupported(&self.path(located), what, cure));
        }
        Ok(picture)
    }

    fn signal(&self, episode: usize, column: &str) -> Result<Option<Signal>, DataError> {
        let Some(column) = self.features.columns.iter().find(|known| known.info.name == column) else {
            return Ok(None);
        };
        let (located, record) = self.located(episode)?;
        self.check(located, &record)?;
        let mut wire = self.wire(located)?;
        let most = located.steps as usize * column.info.width;
        let mut look = || -> Result<Option<Vec<f32>>, Fault> {
            let layout = wire.layout(whole(&record))?;
            layout.get(&column.key).map(|list| wire.numbers(*list, most)).transpose()
        };
        let values = look().map_err(|fault| self.fault(located, fault))?;
        let values = values.filter(|values| values.len() == most).ok_or_else(|| {
            let problem =
                format!("has no {most} numbers in episode {}; leave the episode or the column out", located.id);
            DataError::field(&self.path(located), &column.info.name, problem)
        })?;
        let rows: Vec<Vec<f32>> = values.chunks_exact(column.info.width.max(1)).map(<[f32]>::to_vec).collect();
        let timestamps_s = (0..rows.len()).map(|at| at as f64).collect();
        Ok(Some(Signal { names: column.info.names.clone(), rows, timestamps_s }))
    }

    fn files(&self, episode: usize) -> Vec<PathBuf> {
        let Some(located) = self.episodes.get(episode) else { return Vec::new() };
        // The two describe what the bytes of a shard mean.
        vec![PathBuf::from(FEATURES), PathBuf::from(INFO), self.file(located).to_owned()]
    }

    fn write_episode(&self, episode: usize, sink: &mut dyn FnMut(&[u8])) -> Result<(), DataError> {
        let (located, record) = self.located(episode)?;
        if record::stream(&self.path(located), &record, sink)? {
            return Ok(());
        }
        Err(DataError::Missing { episode: located.id, reason: self.wrong_checksum(located) })
    }
}
