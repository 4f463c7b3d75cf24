//! Decoded frames that were shown last, bounded in number and bytes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::Rgb;

const MOST_FRAMES: usize = 10;
const MOST_BYTES: usize = 32 << 20;

/// Camera, position of the episode, frame.
pub(super) type Key = (usize, usize, u32);

/// The least recently used frame leaves first. Linear search: there are few.
#[derive(Default)]
pub(super) struct Frames {
    kept: Mutex<VecDeque<(Key, Arc<Rgb>)>>,
}

impl Frames {
    pub(super) fn get(&self, key: Key) -> Option<Arc<Rgb>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(other, _)| *other == key)?;
        let entry = kept.remove(at)?;
        let frame = Arc::clone(&entry.1);
        kept.push_back(entry);
        Some(frame)
    }

    pub(super) fn put(&self, key: Key, frame: &Arc<Rgb>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, _)| *other != key);
        kept.push_back((key, Arc::clone(frame)));
        let mut bytes: usize = kept.iter().map(|(_, frame)| frame.bytes.len()).sum();
        // One frame always stays, however large: it is on screen.
        while kept.len() > 1 && (kept.len() > MOST_FRAMES || bytes > MOST_BYTES) {
            bytes -= kept.pop_front().map_or(0, |(_, frame)| frame.bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_leaves_and_a_hit_refreshes() {
        let frames = Frames::default();
        let picture = Arc::new(Rgb::black(2, 2));
        (0..MOST_FRAMES as u32).for_each(|at| frames.put((0, 0, at), &picture));
        assert!(frames.get((0, 0, 0)).is_some(), "still there, and now the newest");
        frames.put((0, 0, 99), &picture);
        assert!(frames.get((0, 0, 1)).is_none(), "the oldest left");
        assert!(frames.get((0, 0, 0)).is_some(), "the refreshed one stayed");
        let large = Arc::new(Rgb::black(4000, 4000));
        frames.put((1, 0, 0), &large);
        frames.put((1, 0, 1), &large);
        assert!(frames.get((0, 0, 0)).is_none() && frames.get((1, 0, 1)).is_some(), "bounded by bytes");
    }
}
