//! Reading a file from the beginning, for recordings that have no index or were cut.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};

use crate::data::fault::{Fault, cut};

const PIECE_BYTES: u64 = 1 << 16;

/// A file, read in order, with the checksum of what was read.
pub(super) struct Walk {
    from: BufReader<File>,
    /// The next byte.
    pub(super) at: u64,
    size: u64,
    sum: crc32fast::Hasher,
}

impl Walk {
    pub(super) fn new(mut file: File) -> Result<Self, Fault> {
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(0))?;
        Ok(Self { from: BufReader::new(file), at: 0, size, sum: crc32fast::Hasher::new() })
    }

    /// Bytes that are still there.
    pub(super) fn left(&self) -> u64 {
        self.size.saturating_sub(self.at)
    }

    /// Over all bytes so far.
    pub(super) fn sum(&self) -> u32 {
        self.sum.clone().finalize()
    }

    /// The next `length` bytes, where there are that many.
    pub(super) fn bytes(&mut self, length: u64) -> Result<Vec<u8>, Fault> {
        if length > self.left() {
            return Err(cut());
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| cut())?];
        self.from.read_exact(&mut bytes)?;
        self.sum.update(&bytes);
        self.at += length;
        Ok(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes = self.bytes(N as u64)?;
        bytes.try_into().map_err(|_| cut())
    }

    /// Leaves `length` bytes out.
    pub(super) fn skip(&mut self, length: u64) -> Result<(), Fault> {
        let mut left = length;
        while left > 0 {
            let piece = left.min(PIECE_BYTES);
            self.bytes(piece)?;
            left -= piece;
        }
        Ok(())
    }
}
