//! Chunks as they were before they were compressed: LZ4 frames and Zstandard, bounded, and their CRC-32 where it is given.

use std::io::Read;

use crate::data::fault::Fault;

/// A larger chunk is damage, or would fill memory: writers make chunks of about a megabyte.
pub(super) const MOST_CHUNK_BYTES: u64 = 1 << 30;
/// What is set aside before anything is unpacked, as a multiple of what is there: a stated size is not believed.
const FIRST_GUESS: usize = 8;

/// A chunk as it lies in the file.
pub(super) struct Packed<'a> {
    /// The name of the compression: empty or `none`, `lz4`, `zstd`.
    pub(super) packing: &'a str,
    /// Bytes when it is unpacked.
    pub(super) size: u64,
    /// Over the unpacked bytes; 0 where there is none.
    pub(super) crc: u32,
    pub(super) bytes: &'a [u8],
}

/// Refuses what cannot be unpacked.
pub(super) fn expect_known(packing: &str) -> Result<(), Fault> {
    match packing {
        "" | "none" | "lz4" | "zstd" => Ok(()),
        "bz2" => Err(Fault::unsupported(
            "its chunks are compressed with bzip2",
            "unpack it with `rosbag decompress` and open the result",
        )),
        other => Err(Fault::unsupported(
            format!("its chunks are compressed with `{other}`"),
            "write it again with lz4, zstd or no compression",
        )),
    }
}

impl Packed<'_> {
    /// The chunk's own bytes.
    pub(super) fn unpack(&self) -> Result<Vec<u8>, Fault> {
        expect_known(self.packing)?;
        if self.size > MOST_CHUNK_BYTES {
            let what = format!("a chunk of it has {} bytes unpacked, more than {MOST_CHUNK_BYTES}", self.size);
            return Err(Fault::unsupported(what, "write it again with smaller chunks"));
        }
        let bytes = match self.packing {
            "lz4" => self.drain(lz4_flex::frame::FrameDecoder::new(self.bytes))?,
            "zstd" => self.drain(zstd::Decoder::with_buffer(self.bytes)?)?,
            _ => self.bytes.to_vec(),
        };
        if bytes.len() as u64 != self.size {
            return Err(Fault::wrong("a chunk of it has another size than it says"));
        }
        if self.crc != 0 && crc32fast::hash(&bytes) != self.crc {
            return Err(Fault::wrong("a chunk of it has a wrong checksum"));
        }
        Ok(bytes)
    }

    /// Never more than one byte above the stated size.
    fn drain(&self, from: impl Read) -> Result<Vec<u8>, Fault> {
        let guess = self.bytes.len().saturating_mul(FIRST_GUESS).min(self.size as usize);
        let mut bytes = Vec::with_capacity(guess);
        let read = from.take(self.size + 1).read_to_end(&mut bytes);
        read.map_err(|cause| Fault::wrong(format!("a chunk of it cannot be unpacked ({cause})")))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn lz4(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn chunks_unpack_to_what_was_packed_and_sizes_are_not_believed() {
        let plain: Vec<u8> = (0..10_000_u32).map(|at| (at / 7) as u8).collect();
        let crc = crc32fast::hash(&plain);
        let size = plain.len() as u64;
        for (packing, bytes) in [
            ("", plain.clone()),
            ("none", plain.clone()),
            ("lz4", lz4(&plain)),
            ("zstd", zstd::encode_all(&*plain, 3).expect("packs")),
        ] {
            let packed = |size, crc| Packed { packing, size, crc, bytes: &bytes };
            assert_eq!(packed(size, crc).unpack().expect("unpacks"), plain, "{packing}");
            assert_eq!(packed(size, 0).unpack().expect("no checksum"), plain, "{packing}");
            assert!(packed(size, crc ^ 1).unpack().is_err(), "{packing}: wrong checksum");
            for wrong in [0, size - 1, size + 1, MOST_CHUNK_BYTES] {
                assert!(packed(wrong, 0).unpack().is_err(), "{packing}: {wrong} bytes stated");
            }
            let err = packed(MOST_CHUNK_BYTES + 1, 0).unpack().expect_err("too large").to_string();
            assert!(err.contains("smaller chunks"), "{err}");
            let short = Packed { packing, size, crc: 0, bytes: &bytes[..bytes.len() / 2] };
            assert!(short.unpack().is_err(), "{packing}: half of it");
        }
        let err = Packed { packing: "bz2", size: 1, crc: 0, bytes: b"" }.unpack().expect_err("bzip2").to_string();
        assert!(err.contains("rosbag decompress"), "{err}");
    }
}
