//! What was read last, bounded in bytes: chunks of recordings, unpacked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::data::fault::Fault;

/// A few dozen chunks as most writers make them.
const MOST_BYTES: usize = 64 << 20;

/// Number of the recording, position of the chunk.
type Key = (usize, u32);

/// The chunk that was used longest ago leaves first. Linear search: there are few.
#[derive(Default)]
pub(super) struct Chunks {
    kept: Mutex<VecDeque<(Key, Arc<Vec<u8>>)>>,
}

impl Chunks {
    /// The chunk called `key`, made by `unpack` where it is not kept. Others are not held up while it is made.
    pub(super) fn get(&self, key: Key, unpack: impl FnOnce() -> Result<Vec<u8>, Fault>) -> Result<Arc<Vec<u8>>, Fault> {
        if let Some(chunk) = self.kept(key) {
            return Ok(chunk);
        }
        let chunk = Arc::new(unpack()?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, _)| *other != key);
        kept.push_back((key, Arc::clone(&chunk)));
        let mut bytes: usize = kept.iter().map(|(_, chunk)| chunk.len()).sum();
        // One always stays, however large: its next message is wanted next.
        while kept.len() > 1 && bytes > MOST_BYTES {
            bytes -= kept.pop_front().map_or(0, |(_, chunk)| chunk.len());
        }
        Ok(chunk)
    }

    fn kept(&self, key: Key) -> Option<Arc<Vec<u8>>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(other, _)| *other == key)?;
        let entry = kept.remove(at)?;
        let chunk = Arc::clone(&entry.1);
        kept.push_back(entry);
        Some(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_kept_up_to_a_number_of_bytes() {
        let chunks = Chunks::default();
        let made = std::cell::Cell::new(0);
        let get = |at: u32, size: usize| {
            let chunk = chunks.get((0, at), || {
                made.set(made.get() + 1);
                Ok(vec![at as u8; size])
            });
            chunk.expect("made").len()
        };
        let half = MOST_BYTES / 2;
        (0..2).for_each(|at| assert_eq!(get(at, half), half, "{at}"));
        assert_eq!((get(0, half), made.get()), (half, 2), "kept, and now the newest");
        get(2, half);
        get(0, half);
        assert_eq!(made.get(), 3, "the refreshed one stayed");
        get(1, half);
        assert_eq!(made.get(), 4, "the oldest had left");
        get(3, 2 * MOST_BYTES);
        get(3, 0);
        assert_eq!(made.get(), 5, "one stays, however large");
        assert!(chunks.get((0, 9), || Err(Fault::wrong("no"))).is_err(), "what fails is not kept");
    }
}
