//! Content digests: BLAKE3, 256 bits, written as 64 lower-case hex digits.

use std::fmt;
use std::str::FromStr;

/// A BLAKE3 digest of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The first eight hex digits, for people.
    pub fn short(&self) -> String {
        hex(&self.0[..4])
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = unhex(text).ok_or_else(|| format!("`{text}` is not 64 hex digits"))?;
        let array = <[u8; 32]>::try_from(bytes).map_err(|got| format!("a digest has 32 bytes, not {}", got.len()))?;
        Ok(Self(array))
    }
}

/// Lower-case hex digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ok = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of hex digits; `None` where a character is not a hex digit or their number is odd.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_and_refuses_what_is_not_hex() {
        let digest = Digest::of(b"worldproof");
        assert_eq!(digest.to_string().parse::<Digest>(), Ok(digest), "round trip");
        assert!("zz".parse::<Digest>().is_err(), "not hex");
        assert!("abcd".parse::<Digest>().is_err(), "too short");
        assert_eq!(unhex("abc"), None, "odd length");
    }

    #[test]
    fn the_empty_digest_is_the_published_one() {
        let expected = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(Digest::of(b"").to_string(), expected, "BLAKE3 test vector");
    }
}
