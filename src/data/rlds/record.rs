//! `TFRecord` framing: where each record lies and whether its bytes are those that were written.
//!
//! A record is its length (8 bytes), a checksum of the length, the payload and a checksum of the payload. A scan reads the
//! frames only; payloads are streamed. Deliberately not: compressed files, whose records cannot be found without unpacking.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::base::Monitor;
use crate::data::error::DataError;

/// Length and its checksum.
const HEAD_BYTES: u64 = 12;
/// The payload's checksum.
const FOOT_BYTES: u64 = 4;
const CHUNK_BYTES: usize = 1 << 16;

/// CRC-32C (Castagnoli), eight bytes at a step.
const TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let mut all = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { (value >> 1) ^ POLYNOMIAL } else { value >> 1 };
            bit += 1;
        }
        all[0][byte] = value;
        byte += 1;
    }
    let mut step = 1;
    while step < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = all[step - 1][byte];
            all[step][byte] = (before >> 8) ^ all[0][(before & 255) as usize];
            byte += 1;
        }
        step += 1;
    }
    all
}

/// A checksum in the making.
struct Checksum(u32);

impl Checksum {
    fn new() -> Self {
        Self(u32::MAX)
    }

    fn add(&mut self, bytes: &[u8]) {
        let mut eights = bytes.chunks_exact(8);
        for eight in &mut eights {
            let state = self.0.to_le_bytes().into_iter().chain([0; 4]);
            let tables = TABLES.iter().rev();
            let mixed = eight.iter().zip(state).zip(tables);
            self.0 = mixed.fold(0, |sum, ((byte, state), table)| sum ^ table[usize::from(byte ^ state)]);
        }
        for byte in eights.remainder() {
            self.0 = (self.0 >> 8) ^ TABLES[0][(self.0 as u8 ^ byte) as usize];
        }
    }

    fn value(&self) -> u32 {
        !self.0
    }

    /// As `TFRecord` stores it: a checksum of bytes that hold checksums would else be weak.
    fn masked(&self) -> u32 {
        self.value().rotate_right(15).wrapping_add(0xa282_ead8)
    }

    fn masked_of(bytes: &[u8]) -> u32 {
        let mut sum = Self::new();
        sum.add(bytes);
        sum.masked()
    }
}

/// Where a payload lies, and the checksum that its bytes should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) at: u64,
    pub(super) length: u64,
    pub(super) masked: u32,
}

/// All records of a file, and why there are no more where it ends amid one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scan {
    pub(super) records: Vec<Record>,
    pub(super) fault: Option<String>,
}

/// Finds at most `most` records by their frames.
pub(super) fn scan(path: &Path, most: usize, monitor: &dyn Monitor) -> Result<Scan, DataError> {
    let failed = |err| DataError::read(path, err);
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let mut from = BufReader::new(file);
    let (mut records, mut at) = (Vec::new(), 0_u64);
    while at < size {
        if monitor.stopped() {
            return Err(DataError::Stopped);
        }
        let number = records.len();
        let cut = || format!("record {number}, at byte {at}, is cut short");
        let mut head = [0; HEAD_BYTES as usize];
        let head_read = if size - at < HEAD_BYTES { false } else { from.read_exact(&mut head).is_ok() };
        if at == 0 {
            refuse_compressed(path, head)?;
        }
        if !head_read {
            return Ok(Scan { records, fault: Some(cut()) });
        }
        let [length @ .., a, b, c, d] = head;
        if Checksum::masked_of(&length) != u32::from_le_bytes([a, b, c, d]) {
            let fault = format!("the length of record {number}, at byte {at}, has a wrong checksum");
            return Ok(Scan { records, fault: Some(fault) });
        }
        let length = u64::from_le_bytes(length);
        let left = size - at - HEAD_BYTES;
        if left < FOOT_BYTES || length > left - FOOT_BYTES {
            return Ok(Scan { records, fault: Some(cut()) });
        }
        if number == most {
            return Err(DataError::damaged(path, format!("it has more than {most} records")));
        }
        let mut foot = [0; FOOT_BYTES as usize];
        // A file's size, and so a length within it, is never beyond this range.
        from.seek_relative(length as i64).and_then(|()| from.read_exact(&mut foot)).map_err(failed)?;
        records.push(Record { at: at + HEAD_BYTES, length, masked: u32::from_le_bytes(foot) });
        at += HEAD_BYTES + length + FOOT_BYTES;
    }
    Ok(Scan { records, fault: None })
}

/// Only where the first frame is none: a length may begin with any two bytes.
fn refuse_compressed(path: &Path, head: [u8; HEAD_BYTES as usize]) -> Result<(), DataError> {
    let [length @ .., a, b, c, d] = head;
    let is_frame = Checksum::masked_of(&length) == u32::from_le_bytes([a, b, c, d]);
    let (kind, cure) = match length {
        [0x1f, 0x8b, 8, ..] if !is_frame => ("gzip", "unpack it with `gunzip` under its own name"),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] if !is_frame => ("zlib", "prepare the set again without compression"),
        _ => return Ok(()),
    };
    Err(DataError::unsupported(path, format!("it is compressed ({kind})"), cure))
}

/// Hands `sink` the payload piece by piece; whether its checksum is right.
pub(super) fn stream(path: &Path, record: &Record, sink: &mut dyn FnMut(&[u8])) -> Result<bool, DataError> {
    let failed = |err| DataError::read(path, err);
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(record.at)).map_err(failed)?;
    let (mut sum, mut left) = (Checksum::new(), record.length);
    let mut chunk = vec![0; CHUNK_BYTES.min(usize::try_from(left).unwrap_or(CHUNK_BYTES))];
    while left > 0 {
        let wanted = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let Some(part) = chunk.get_mut(..wanted) else { break };
        file.read_exact(part).map_err(failed)?;
        sum.add(part);
        sink(part);
        left -= wanted as u64;
    }
    Ok(sum.masked() == record.masked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Silent;
    use crate::base::files::write_whole;

    /// A payload in its frame.
    fn framed(payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u64).to_le_bytes();
        let sum = |bytes: &[u8]| Checksum::masked_of(bytes).to_le_bytes();
        [length.as_slice(), &sum(&length), payload, &sum(payload)].concat()
    }

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        let of = |bytes: &[u8]| {
            let mut sum = Checksum::new();
            sum.add(bytes);
            sum.value()
        };
        assert_eq!(of(b"123456789"), 0xe306_9283, "check value of the catalogue");
        assert_eq!(of(&[0; 32]), 0x8a91_36aa, "RFC 3720, B.4");
        assert_eq!(of(&[0xff; 32]), 0x62a8_ab43, "RFC 3720, B.4");
        let rising: Vec<u8> = (0..32).collect();
        assert_eq!(of(&rising), 0x46dd_794e, "RFC 3720, B.4");
        let mut parts = Checksum::new();
        rising.chunks(5).for_each(|part| parts.add(part));
        assert_eq!(parts.value(), 0x46dd_794e, "piece by piece");
    }

    #[test]
    fn a_file_cut_anywhere_gives_the_records_before() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("x");
        let (first, second) = (framed(b"one"), framed(b""));
        let whole = [first.as_slice(), &second].concat();
        for cut in 0..=whole.len() {
            write_whole(&path, &whole[..cut]).expect("write");
            let scan = scan(&path, 9, &Silent).expect("scans");
            let full = usize::from(cut >= first.len()) + usize::from(cut == whole.len());
            assert_eq!(scan.records.len(), full, "cut at {cut}");
            assert_eq!(scan.fault.is_none(), [0, first.len(), whole.len()].contains(&cut), "{:?}", scan.fault);
        }
        let mut got = Vec::new();
        let found = scan(&path, 9, &Silent).expect("scans").records[0];
        assert!(stream(&path, &found, &mut |part| got.extend_from_slice(part)).expect("reads"), "sum");
        assert_eq!(got, b"one");
        assert!(scan(&path, 1, &Silent).is_err(), "too many records");
    }

    #[test]
    fn compressed_files_are_called_so() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("x");
        write_whole(&path, &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 4]).expect("write");
        let err = scan(&path, 9, &Silent).expect_err("gzip").to_string();
        assert!(err.contains("gzip") && err.contains("gunzip"), "{err}");
        let odd_length = framed(&vec![0; 0x08_8b1f]);
        write_whole(&path, &odd_length).expect("write");
        assert_eq!(scan(&path, 9, &Silent).expect("a length like gzip's first bytes").records.len(), 1);
    }
}
