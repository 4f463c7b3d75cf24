//! The sample table of an MP4 file: where each encoded picture lies and when it is shown. Pictures are not read here.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use re_mp4::{Mp4, StsdBoxContent, Track, TrackKind};

use super::decode::Coding;
use super::sps;
use crate::data::error::{DataError, guarded};

/// One encoded picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// Bytes from the start of the file.
    pub(super) offset: u64,
    /// Bytes.
    pub(super) size: u32,
    /// True where decoding can start.
    pub(super) sync: bool,
    /// Presentation time in ticks; 0 is the start after edit lists.
    pub(super) shown: i64,
}

/// What the decoder needs before the first sample.
#[derive(Clone, Debug)]
pub(super) enum Setup {
    /// AV1 with the header units outside the stream (often none).
    Av1 { headers: Vec<u8> },
    /// H.264: bytes of a length prefix, parameter sets in Annex B form, and what the first of them says.
    H264 { length_bytes: usize, parameter_sets: Vec<u8>, coding: Coding },
}

impl Setup {
    pub(super) fn coding(&self) -> Coding {
        match self {
            Self::Av1 { .. } => Coding::Av1,
            Self::H264 { coding, .. } => *coding,
        }
    }

    /// A sample as the decoder reads it, with the headers where decoding can start there; `None` where its lengths do not
    /// add up.
    pub(super) fn packet(&self, sync: bool, data: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Av1 { headers } => Some(if sync { [headers.as_slice(), data].concat() } else { data.to_vec() }),
            Self::H264 { length_bytes, parameter_sets, .. } => {
                let mut packet = if sync { parameter_sets.clone() } else { Vec::with_capacity(data.len() + 16) };
                annex_b(data, *length_bytes, &mut packet)?;
                Some(packet)
            }
        }
    }
}

/// The rank of a picture that an edit list cuts away.
pub(super) const HIDDEN: u32 = u32::MAX;

/// The video track of one file.
#[derive(Debug)]
pub(in crate::data) struct VideoIndex {
    /// Of the pictures as they are shown.
    pub(in crate::data) width: u32,
    pub(in crate::data) height: u32,
    /// How often a picture is turned clockwise by a quarter before it is shown: telephones film on their side.
    pub(super) quarters: u8,
    pub(super) setup: Setup,
    /// In decoding order.
    pub(super) samples: Vec<Sample>,
    /// Decoding positions in presentation order; pictures before time 0 are left out.
    pub(super) order: Vec<u32>,
    /// Presentation position by decoding position; [`HIDDEN`] for pictures before time 0.
    pub(super) ranks: Vec<u32>,
    ticks_per_s: f64,
}

impl VideoIndex {
    /// Reads the tables of the file at `path`.
    pub(in crate::data) fn read(path: &Path) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|err| DataError::read(path, err))?;
        let size = file.metadata().map_err(|err| DataError::read(path, err))?.len();
        guarded(path, || {
            let mp4 = Mp4::read(BufReader::new(file), size).map_err(|err| DataError::damaged(path, err))?;
            let track = mp4
                .tracks()
                .values()
                .find(|track| track.kind == Some(TrackKind::Video))
                .or_else(|| mp4.tracks().values().find(|track| !track.samples.is_empty()))
                .ok_or_else(|| DataError::damaged(path, "it has no video track"))?;
            Self::of_track(path, &mp4, track, size)
        })
    }

    fn of_track(path: &Path, mp4: &Mp4, track: &Track, size: u64) -> Result<Self, DataError> {
        let (setup, width, height) = setup(path, mp4, track)?;
        let quarters = {
            let matrix = &track.trak(mp4).tkhd.matrix;
            quarters([matrix.a, matrix.b, matrix.c, matrix.d])
        };
        let (width, height) = if quarters % 2 == 1 { (height, width) } else { (width, height) };
        let shift = edit_shift(mp4, track);
        let mut samples = Vec::with_capacity(track.samples.len());
        for sample in &track.samples {
            let end = sample.offset.checked_add(sample.size);
            if end.is_none_or(|end| end > size) {
                return Err(DataError::damaged(path, "it ends before its last picture"));
            }
            samples.push(Sample {
                offset: sample.offset,
                size: u32::try_from(sample.size).map_err(|_| DataError::damaged(path, "a picture is too large"))?,
                sync: sample.is_sync,
                shown: sample.composition_timestamp.saturating_add(shift),
            });
        }
        let mut order: Vec<u32> =
            (0..samples.len() as u32).filter(|&at| samples.get(at as usize).is_some_and(|s| s.shown >= 0)).collect();
        order.sort_by_key(|&at| samples.get(at as usize).map(|sample| sample.shown));
        if order.is_empty() || track.timescale == 0 || width == 0 || height == 0 {
            return Err(DataError::damaged(path, "its video track is empty"));
        }
        let mut ranks = vec![HIDDEN; samples.len()];
        for (rank, &at) in order.iter().enumerate() {
            if let Some(slot) = ranks.get_mut(at as usize) {
                *slot = rank as u32;
            }
        }
        Ok(Self { width, height, quarters, setup, samples, order, ranks, ticks_per_s: track.timescale as f64 })
    }

    /// Number of pictures that are shown.
    pub(in crate::data) fn len(&self) -> usize {
        self.order.len()
    }

    fn time_s(&self, rank: usize) -> Option<f64> {
        let sample = self.samples.get(*self.order.get(rank)? as usize)?;
        Some(sample.shown as f64 / self.ticks_per_s)
    }

    /// Mean pictures a second; `None` for a single picture.
    pub(in crate::data) fn fps(&self) -> Option<f64> {
        let last = self.order.len().checked_sub(1).filter(|last| *last > 0)?;
        let span_s = self.time_s(last)? - self.time_s(0)?;
        (span_s > 0.0).then(|| last as f64 / span_s)
    }

    /// The presentation position of the picture nearest to `time_s`, where one lies within `tolerance_s`.
    pub(in crate::data) fn rank_at(&self, time_s: f64, tolerance_s: f64) -> Option<usize> {
        let ticks = time_s * self.ticks_per_s;
        let after = self
            .order
            .partition_point(|&at| self.samples.get(at as usize).is_some_and(|sample| (sample.shown as f64) < ticks));
        [after.checked_sub(1), Some(after)]
            .into_iter()
            .flatten()
            .filter_map(|rank| Some((rank, (self.time_s(rank)? - time_s).abs())))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .filter(|(_, off_s)| *off_s <= tolerance_s)
            .map(|(rank, _)| rank)
    }

    /// The last position at or before `at` (decoding order) where decoding can start.
    pub(super) fn sync_before(&self, at: usize) -> usize {
        self.samples.iter().take(at + 1).rposition(|sample| sample.sync).unwrap_or(0)
    }
}

/// How often a track's matrix turns clockwise by a quarter; what mirrors or stretches does not.
fn quarters([a, b, c, d]: [i32; 4]) -> u8 {
    match [a, b, c, d].map(i32::signum) {
        [0, 1, -1, 0] => 1,
        [-1, 0, 0, -1] => 2,
        [0, -1, 1, 0] => 3,
        _ => 0,
    }
}

/// Ticks to add so that time 0 is where the edit list starts the show. The parser has moved the first picture to 0, so
/// that shift is undone first.
fn edit_shift(mp4: &Mp4, track: &Track) -> i64 {
    let trak = track.trak(mp4);
    let Some(edits) = trak.edts.as_ref().and_then(|edts| edts.elst.as_ref()) else { return 0 };
    let first_offset =
        trak.mdia.minf.stbl.ctts.as_ref().and_then(|ctts| ctts.entries.first()).map_or(0, |e| e.sample_offset);
    let shifted_by = track.samples.first().map_or(0, |sample| i64::from(first_offset) - sample.composition_timestamp);
    let empty = |media_time: u64| media_time == u64::from(u32::MAX) || media_time == u64::MAX;
    let delay_movie: u64 = edits
        .entries
        .iter()
        .take_while(|e| empty(e.media_time))
        .map(|e| e.segment_duration)
        .fold(0, u64::saturating_add);
    let delay_s = delay_movie as f64 / f64::from(mp4.moov.mvhd.timescale.max(1));
    let start = edits.entries.iter().map(|e| e.media_time).find(|time| !empty(*time)).unwrap_or(0);
    let start = i64::try_from(start).unwrap_or(0);
    shifted_by.saturating_sub(start).saturating_add((delay_s * track.timescale as f64).round() as i64)
}

fn setup(path: &Path, mp4: &Mp4, track: &Track) -> Result<(Setup, u32, u32), DataError> {
    match &track.trak(mp4).mdia.minf.stbl.stsd.contents {
        StsdBoxContent::Av01(av1) => {
            let headers = av1.av1c.contents.config_obus.clone();
            Ok((Setup::Av1 { headers }, u32::from(av1.width), u32::from(av1.height)))
        }
        StsdBoxContent::Avc1(avc) => {
            let config = &avc.avcc.contents;
            let sets = config.sequence_parameter_sets.iter().chain(&config.picture_parameter_sets);
            let parameter_sets =
                sets.flat_map(|set| [0, 0, 0, 1].into_iter().chain(set.bytes.iter().copied())).collect();
            if let Some((what, cure)) = config.sequence_parameter_sets.iter().find_map(|set| sps::fault(&set.bytes)) {
                return Err(DataError::unsupported(path, what, cure));
            }
            let first = config.sequence_parameter_sets.first().map(|set| set.bytes.as_slice()).unwrap_or_default();
            let length_bytes = usize::from(config.length_size_minus_one & 3) + 1;
            let setup = Setup::H264 { length_bytes, parameter_sets, coding: Coding::h264(first) };
            Ok((setup, u32::from(avc.width), u32::from(avc.height)))
        }
        _ => {
            let codec = track.codec_string(mp4).unwrap_or_else(|| "unknown".to_owned());
            Err(DataError::unsupported(path, format!("its codec is {codec}"), "convert it to AV1 or H.264"))
        }
    }
}

/// Finds a file that is cut short or no MP4 at all by its outermost boxes: a few small reads, for use at opening time.
pub(in crate::data) fn quick_check(path: &Path) -> Result<(), DataError> {
    let mut file = File::open(path).map_err(|err| DataError::read(path, err))?;
    let size = file.metadata().map_err(|err| DataError::read(path, err))?.len();
    let (mut at, mut has_tables) = (0_u64, false);
    while at < size {
        let cut = |_| DataError::damaged(path, "it is cut short");
        let mut head = [0_u8; 16];
        file.seek(SeekFrom::Start(at)).map_err(cut)?;
        let long = size - at >= 16;
        file.read_exact(if long { &mut head } else { &mut head[..8] }).map_err(cut)?;
        let [a, b, c, d, kind @ .., e, f, g, h, i, j, k, l] = head;
        let length = match u32::from_be_bytes([a, b, c, d]) {
            0 => size - at,
            1 => u64::from_be_bytes([e, f, g, h, i, j, k, l]),
            short => u64::from(short),
        };
        has_tables |= &kind == b"moov";
        if at == 0 && &kind != b"ftyp" {
            return Err(DataError::damaged(path, "it does not start like an MP4 file"));
        }
        if length < 8 || length > size - at {
            return Err(DataError::damaged(path, "it is cut short"));
        }
        at += length;
    }
    if has_tables { Ok(()) } else { Err(DataError::damaged(path, "its table of pictures is missing")) }
}

/// Replaces the length before each unit by a start code, which is what the decoder reads.
fn annex_b(mut data: &[u8], length_bytes: usize, out: &mut Vec<u8>) -> Option<()> {
    while !data.is_empty() {
        let (prefix, rest) = data.split_at_checked(length_bytes)?;
        let length = prefix.iter().fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
        let (unit, rest) = rest.split_at_checked(length)?;
        out.extend_from_slice(&[0, 0, 0, 1]);
        out.extend_from_slice(unit);
        data = rest;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_become_start_codes_and_must_add_up() {
        let mut out = Vec::new();
        assert_eq!(annex_b(&[0, 2, 7, 8, 0, 1, 9], 2, &mut out), Some(()), "two units");
        assert_eq!(out, [0, 0, 0, 1, 7, 8, 0, 0, 0, 1, 9], "start codes");
        assert_eq!(annex_b(&[0, 5, 7], 2, &mut out), None, "longer than the data");
        assert_eq!(annex_b(&[0], 2, &mut out), None, "half a prefix");
    }
}
