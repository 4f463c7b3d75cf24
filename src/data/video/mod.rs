//! Pictures out of video (AV1 and 8-bit 4:2:0 H.264), from the nearest sync sample, with the decoder kept open for reading in
//! order: of MP4 files, by presentation time (here), and of messages that hold a picture each (`stream`).
//!
//! Memory is one sample table a file, one encoded picture and the decoder's own references, never the file; where a file is walked
//! backwards, also up to 32 MiB of pictures that come next.

mod asked;
mod colour;
mod decode;
mod index;
mod kept;
mod sps;
mod stream;
mod units;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use self::asked::{Asked, Wanted};
use self::decode::Decoder;
use self::index::HIDDEN;
pub(super) use self::index::{VideoIndex, quick_check};
pub(super) use self::kept::Kept;
pub(super) use self::stream::{Source, Stream, next_key};
pub(super) use self::units::{Codec, Encoded};
use super::error::{DataError, guarded};
use super::fault::Fault;
use crate::base::Rgb;

/// A picture must come out at the latest this many samples after its own went in (H.264 reorders at most 16).
const MOST_DELAY: usize = 40;

/// One video file with its decoder.
pub(super) struct Video {
    path: PathBuf,
    file: File,
    pub(super) index: VideoIndex,
    running: Option<Running>,
    asked: Asked,
    /// Samples that went into a decoder.
    #[cfg(test)]
    fed: usize,
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
        Ok(Self {
            path: path.to_owned(),
            file,
            index,
            running: None,
            asked: Asked::default(),
            #[cfg(test)]
            fed: 0,
        })
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
        let wanted = self.asked.then(rank);
        let result = guarded(&path, || self.advance(&path, wanted));
        match &result {
            Ok(picture) => self.asked = wanted.got(picture),
            // After damage nothing is known about the decoder's references.
            Err(_) => self.running = None,
        }
        result.map(|picture| picture.turned(self.index.quarters))
    }

    fn advance(&mut self, path: &Path, wanted: Wanted) -> Result<Rgb, DataError> {
        let rank = wanted.rank;
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
                running.out.ready.retain(|at, _| *at >= wanted.keep_from);
                self.running = Some(running);
                return Ok(picture);
            }
            let at = running.next;
            if running.out.last.is_some_and(|last| last > rank) || at > target + MOST_DELAY {
                return Err(lost());
            }
            if at < self.index.samples.len() {
                self.feed_next(&mut running, wanted)?;
            } else if running.emitted < running.group.len() {
                running.drain(path, &self.index, wanted)?;
                // Whatever did not come out now never will.
                running.emitted = running.group.len();
            } else {
                return Err(lost());
            }
        }
    }

    fn feed_next(&mut self, running: &mut Running, wanted: Wanted) -> Result<(), DataError> {
        let at = running.next;
        let sync = self.index.samples.get(at).is_some_and(|sample| sample.sync);
        if sync || running.group.is_empty() {
            if running.emitted < running.group.len() {
                // What the decoder still holds belongs to the old group. OpenH264 runs out of buffers when it goes on
                // after that, so the new group, which needs nothing of the old one, gets a fresh one.
                running.drain(&self.path, &self.index, wanted)?;
                running.decoder = decoder(&self.path, &self.index)?;
            }
            running.group = self.group_from(at);
            running.emitted = 0;
        }
        let data = self.sample(at)?;
        #[cfg(test)]
        {
            self.fed += 1;
        }
        running.next = at + 1;
        let Running { decoder, group, emitted, out, .. } = running;
        let mut keep = |position: Option<usize>, rgb: &dyn Fn() -> Option<Rgb>| {
            out.book(rank_of(position, &self.index, group, emitted), wanted, rgb);
        };
        let packet = self.index.setup.packet(sync, &data);
        let fed = packet.ok_or_else(|| Fault::wrong("the lengths inside it do not add up"));
        let fed = fed.and_then(|packet| decoder.feed(at, packet, &mut keep));
        fed.map_err(|fault| fault.told(&self.path, &format!("picture {at}")))
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

fn decoder(path: &Path, index: &VideoIndex) -> Result<Decoder, DataError> {
    Decoder::new(index.setup.coding()).map_err(|fault| fault.told(path, ""))
}

impl Running {
    fn start(path: &Path, index: &VideoIndex, sync: usize) -> Result<Self, DataError> {
        Ok(Self { decoder: decoder(path, index)?, next: sync, group: Vec::new(), emitted: 0, out: Out::default() })
    }

    fn drain(&mut self, path: &Path, index: &VideoIndex, wanted: Wanted) -> Result<(), DataError> {
        let Self { decoder, group, emitted, out, .. } = self;
        let mut keep = |position: Option<usize>, rgb: &dyn Fn() -> Option<Rgb>| {
            out.book(rank_of(position, index, group, emitted), wanted, rgb);
        };
        decoder.drain(&mut keep).map_err(|fault| fault.told(path, "the last pictures"))
    }
}

impl Out {
    /// Books one picture; it is converted only when it is not before those that are kept.
    fn book(&mut self, rank: Option<usize>, wanted: Wanted, rgb: &dyn Fn() -> Option<Rgb>) {
        let Some(rank) = rank else { return };
        self.last = Some(self.last.map_or(rank, |last| last.max(rank)));
        if rank >= wanted.keep_from
            && let Some(picture) = rgb()
        {
            self.ready.insert(rank, picture);
        }
    }
}

/// The open video files of one set.
#[derive(Default)]
pub(super) struct Pool {
    open: Kept<PathBuf, Video>,
}

impl Pool {
    /// Runs `work` on the file at `path`, opened when it is not yet. Files work in parallel, one caller each.
    pub(super) fn with<T>(
        &self,
        path: &Path,
        work: impl FnOnce(&mut Video) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        self.open.with(path.to_owned(), |path| Video::open(path), work)
    }
}

#[cfg(test)]
mod tests {
    use super::asked::MOST_BEHIND;
    use super::*;

    #[test]
    fn walking_backwards_does_not_decode_each_picture_from_the_sync_sample_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.mp4");
        // One group of pictures: the last is reached through all others.
        std::fs::write(&path, super::super::tests::mp4(60)).unwrap();
        let mut forwards = Video::open(&path).unwrap();
        let pictures: Vec<Rgb> = (0..60).map(|rank| forwards.frame(rank).unwrap()).collect();
        assert_eq!(forwards.fed, 60, "each once");
        let mut backwards = Video::open(&path).unwrap();
        for rank in (0..60).rev() {
            assert_eq!(backwards.frame(rank).unwrap(), pictures[rank], "picture {rank}");
        }
        // 60 for the last, 59 for the one before, 58 for the next with 32 behind it, 25 for the next with all that is left.
        assert_eq!(backwards.fed, 60 + 59 + 58 + 25);
        let kept = backwards.running.as_ref().map(|running| running.out.ready.len());
        assert_eq!(kept, Some(0), "nothing is left over");
        // Back and forth: whatever is kept, it is the picture that was asked for.
        let mut jumping = Video::open(&path).unwrap();
        for rank in [40, 38, 39, 36, 50, 49, 48, 20, 19, 21, 18, 59, 0, 1, 58, 57, 57] {
            assert_eq!(jumping.frame(rank).unwrap(), pictures[rank], "picture {rank}");
            let kept = jumping.running.as_ref().map_or(0, |running| running.out.ready.len());
            assert!(kept <= 2 * MOST_BEHIND, "{kept} are kept");
        }
    }
}
