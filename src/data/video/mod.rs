//! Pictures out of MP4 files (AV1 and 8-bit 4:2:0 H.264): by presentation time, from the nearest sync sample, with the
//! decoder kept open for reading in order.
//!
//! Memory is one sample table a file, one encoded picture and the decoder's own references, never the file.

mod colour;
mod decode;
mod index;
mod sps;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use self::decode::Decoder;
use self::index::HIDDEN;
pub(super) use self::index::{VideoIndex, quick_check};
use super::error::{DataError, guarded};
use crate::base::Rgb;

/// Files whose tables and decoders stay open at once: more cameras than most sets have.
const OPEN_FILES: usize = 6;
/// A picture must come out at the latest this many samples after its own went in (H.264 reorders at most 16).
const MOST_DELAY: usize = 40;

/// One video file with its decoder.
pub(super) struct Video {
    path: PathBuf,
    file: File,
    pub(super) index: VideoIndex,
    running: Option<Running>,
}

struct Running {
    decoder: Decoder,
    /// Decoding position of the next sample to feed.
    next: usize,
    /// Presentation positions of the current group of pictures, and how many of them came out.
    group: Vec<u32>,
    emitted: usize,
    out: Out,
}

#[derive(Default)]
struct Out {
    /// The highest presentation position that came out.
    last: Option<usize>,
    /// Pictures that came out before they were asked for.
    ready: BTreeMap<usize, Rgb>,
}

impl Video {
    fn open(path: &Path) -> Result<Self, DataError> {
        let index = VideoIndex::read(path)?;
        let file = File::open(path).map_err(|err| DataError::read(path, err))?;
        Ok(Self { path: path.to_owned(), file, index, running: None })
    }

    /// The encoded bytes of the sample at decoding position `at`.
    fn sample(&mut self, at: usize) -> Result<Vec<u8>, DataError> {
        let sample =
            self.index.samples.get(at).ok_or_else(|| DataError::damaged(&self.path, "it has too few pictures"))?;
        let mut bytes = vec![0; sample.size as usize];
        self.file.seek(SeekFrom::Start(sample.offset)).map_err(|err| DataError::read(&self.path, err))?;
        self.file.read_exact(&mut bytes).map_err(|err| DataError::read(&self.path, err))?;
        Ok(bytes)
    }

    /// The picture at presentation position `rank`.
    pub(super) fn frame(&mut self, rank: usize) -> Result<Rgb, DataError> {
        let path = self.path.clone();
        let result = guarded(&path, || self.advance(&path, rank));
        if result.is_err() {
            // After damage nothing is known about the decoder's references.
            self.running = None;
        }
        result
    }

    fn advance(&mut self, path: &Path, rank: usize) -> Result<Rgb, DataError> {
        let lost = || DataError::damaged(path, format!("picture {rank} does not come out of the decoder"));
        let target = *self.index.order.get(rank).ok_or_else(lost)? as usize;
        let sync = self.index.sync_before(target);
        let mut running = match self.running.take() {
            Some(run) if run.out.ready.contains_key(&rank) => run,
            Some(run) if run.next >= sync && run.out.last.is_none_or(|last| rank > last) => run,
            _ => Running::start(path, &self.index, sync)?,
        };
        loop {
            if let Some(picture) = running.out.ready.remove(&rank) {
                running.out.ready.retain(|at, _| *at > rank);
                self.running = Some(running);
                return Ok(picture);
            }
            let at = running.next;
            if running.out.last.is_some_and(|last| last > rank) || at > target + MOST_DELAY {
                return Err(lost());
            }
            if at < self.index.samples.len() {
                self.feed_next(&mut running, rank)?;
            } else if running.emitted < running.group.len() {
                running.drain(path, &self.index, rank)?;
                // Whatever did not come out now never will.
                running.emitted = running.group.len();
            } else {
                return Err(lost());
            }
        }
    }

    fn feed_next(&mut self, running: &mut Running, wanted: usize) -> Result<(), DataError> {
        let at = running.next;
        let sync = self.index.samples.get(at).is_some_and(|sample| sample.sync);
        if sync || running.group.is_empty() {
            if running.emitted < running.group.len() {
                // What the decoder still holds belongs to the old group. OpenH264 runs out of buffers when it goes on
                // after that, so the new group, which needs nothing of the old one, gets a fresh one.
                running.drain(&self.path, &self.index, wanted)?;
                running.decoder = Decoder::new(&self.path, &self.index.setup)?;
            }
            running.group = self.group_from(at);
            running.emitted = 0;
        }
        let data = self.sample(at)?;
        running.next = at + 1;
        let Running { decoder, group, emitted, out, .. } = running;
        let mut keep = |position: Option<usize>, rgb: &dyn Fn() -> Option<Rgb>| {
            out.book(rank_of(position, &self.index, group, emitted), wanted, rgb);
        };
        decoder.feed(&self.path, at, sync, &data, &mut keep)
    }

    /// Presentation positions of the group of pictures that starts at decoding position `at`, in the order in which they
    /// come out: those before time 0 first.
    fn group_from(&self, at: usize) -> Vec<u32> {
        let samples = self.index.samples.get(at..).unwrap_or_default();
        let length = samples.iter().skip(1).position(|sample| sample.sync).map_or(samples.len(), |next| next + 1);
        let mut ranks: Vec<u32> = self.index.ranks.iter().skip(at).take(length).copied().collect();
        ranks.sort_unstable_by_key(|rank| (*rank != HIDDEN, *rank));
        ranks
    }

    /// Hands `sink` the encoded bytes that the pictures at `ranks` need: from the sync sample before the first of them.
    pub(super) fn encoded(
        &mut self,
        ranks: std::ops::Range<usize>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), DataError> {
        let positions = || self.index.order.iter().skip(ranks.start).take(ranks.len()).map(|at| *at as usize);
        let (Some(first), Some(last)) = (positions().min(), positions().max()) else { return Ok(()) };
        for at in self.index.sync_before(first)..=last {
            let bytes = self.sample(at)?;
            sink(&(bytes.len() as u64).to_le_bytes());
            sink(&bytes);
        }
        Ok(())
    }
}

/// Where the picture that came out belongs. H.264 pictures carry no name: they are counted through their group.
fn rank_of(position: Option<usize>, index: &VideoIndex, group: &[u32], emitted: &mut usize) -> Option<usize> {
    let rank = match position {
        Some(at) => index.ranks.get(at),
        None => group.get(*emitted),
    };
    *emitted += 1;
    rank.filter(|rank| **rank != HIDDEN).map(|rank| *rank as usize)
}

impl Running {
    fn start(path: &Path, index: &VideoIndex, sync: usize) -> Result<Self, DataError> {
        let decoder = Decoder::new(path, &index.setup)?;
        Ok(Self { decoder, next: sync, group: Vec::new(), emitted: 0, out: Out::default() })
    }

    fn drain(&mut self, path: &Path, index: &VideoIndex, wanted: usize) -> Result<(), DataError> {
        let Self { decoder, group, emitted, out, .. } = self;
        decoder.drain(path, &mut |position, rgb| out.book(rank_of(position, index, group, emitted), wanted, rgb))
    }
}

impl Out {
    /// Books one picture; it is converted only when it is not before the one that is wanted.
    fn book(&mut self, rank: Option<usize>, wanted: usize, rgb: &dyn Fn() -> Option<Rgb>) {
        let Some(rank) = rank else { return };
        self.last = Some(self.last.map_or(rank, |last| last.max(rank)));
        if rank >= wanted
            && let Some(picture) = rgb()
        {
            self.ready.insert(rank, picture);
        }
    }
}

/// The open video files of one set; the one that was used longest ago is closed first.
#[derive(Default)]
pub(super) struct Pool {
    open: Mutex<Vec<(PathBuf, Arc<Mutex<Video>>)>>,
}

impl Pool {
    /// Runs `work` on the file at `path`, opened when it is not yet. Files work in parallel, one caller each.
    pub(super) fn with<T>(
        &self,
        path: &Path,
        work: impl FnOnce(&mut Video) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        let video = self.get(path)?;
        let mut video = video.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut video)
    }

    fn get(&self, path: &Path) -> Result<Arc<Mutex<Video>>, DataError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = match open.iter().position(|(at, _)| at == path) {
            Some(at) => open.remove(at),
            None => (path.to_owned(), Arc::new(Mutex::new(Video::open(path)?))),
        };
        let video = Arc::clone(&entry.1);
        open.push(entry);
        if open.len() > OPEN_FILES {
            open.remove(0);
        }
        Ok(video)
    }
}
