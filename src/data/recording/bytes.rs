//! Numbers and text off the front of bytes, each held against what is there.

use std::io;

use crate::data::error::DataError;

/// Why something in a recording could not be read; the caller knows the file.
#[derive(Debug)]
pub(super) enum Fault {
    Read(io::Error),
    Wrong(String),
    Unsupported { what: String, cure: String },
    Stopped,
}

impl Fault {
    pub(super) fn wrong(what: impl Into<String>) -> Self {
        Self::Wrong(what.into())
    }

    pub(super) fn unsupported(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into(), cure: cure.into() }
    }

    /// The whole sentence. `place` says where in the file: `message 3 of /camera`.
    pub(super) fn told(self, path: &std::path::Path, place: &str) -> DataError {
        let placed = |what: String| if place.is_empty() { what } else { format!("{place}: {what}") };
        match self {
            Self::Read(cause) => DataError::read(path, cause),
            Self::Wrong(what) => DataError::damaged(path, placed(what)),
            Self::Unsupported { what, cure } => DataError::unsupported(path, placed(what), cure),
            Self::Stopped => DataError::Stopped,
        }
    }
}

impl From<io::Error> for Fault {
    fn from(cause: io::Error) -> Self {
        Self::Read(cause)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(cause) => cause.fmt(f),
            Self::Wrong(what) => f.write_str(what),
            Self::Unsupported { what, cure } => write!(f, "{what}; {cure}"),
            Self::Stopped => f.write_str("it was stopped"),
        }
    }
}

pub(super) fn cut() -> Fault {
    Fault::wrong("a length in it reaches beyond its end")
}

/// What is left of some bytes, all numbers little-endian.
#[derive(Clone, Copy, Debug)]
pub(super) struct Front<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Front<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `length` bytes.
    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8], Fault> {
        let length = usize::try_from(length).map_err(|_| cut())?;
        let (front, rest) = self.rest.split_at_checked(length).ok_or_else(cut)?;
        self.rest = rest;
        Ok(front)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (front, rest) = self.rest.split_first_chunk::<N>().ok_or_else(cut)?;
        self.rest = rest;
        Ok(*front)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Fault> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, Fault> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Bytes behind their length in 32 bits.
    pub(super) fn counted(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.u32()?;
        self.take(u64::from(length))
    }

    /// Text behind its length in 32 bits.
    pub(super) fn text(&mut self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.counted()?).map_err(|_| Fault::wrong("a name in it is no text"))
    }
}
