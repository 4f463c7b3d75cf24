//! Messages of the reference recordings, damaged below the checksums of their chunks.

use std::path::Path;

use super::chunks::Chunks;
use super::index::Recording;
use super::message::{self, Picture};
use super::pixels;
use crate::base::{Silent, StreamKey};

const FILES: [&str; 6] = ["ros2.mcap", "ros1.mcap", "foxglove.mcap", "json.mcap", "lz4.bag", "plain.bag"];

#[test]
fn mutated_messages_never_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/recordings");
    let key = StreamKey::new(13, "data");
    let (mut read, mut failed) = (0, 0);
    for (file, name) in FILES.iter().enumerate() {
        let recording = Recording::open(&folder.join(name), &Silent).expect("opens");
        for topic in &recording.topics {
            let (Some(reading), Some(at)) = (topic.reading, topic.messages.last()) else { continue };
            let whole = recording.message(at, &Chunks::default(), 0).expect("a message").bytes().to_vec();
            for round in 0..2000 {
                let mut stream = key.stream(&topic.name, file as u64 * 2000 + round);
                let mut bytes = whole.clone();
                for _ in 0..=stream.next_below(4) {
                    // Lengths stand at the front.
                    let most = if stream.next_below(2) == 0 { bytes.len().min(96) } else { bytes.len() };
                    let place = stream.next_below(most as u64) as usize;
                    match stream.next_below(4) {
                        0 => bytes[place] = stream.next_u64() as u8,
                        1 => bytes[place] = 0xff,
                        2 => bytes[place] ^= 1 << stream.next_below(8),
                        _ => bytes.truncate(place.max(1)),
                    }
                }
                let is_right = if reading.1.is_picture() {
                    let picture = message::picture(reading, &bytes);
                    picture.is_ok_and(|picture| {
                        if let Picture::Pixels(raw) = &picture {
                            drop(pixels::distances(raw));
                        }
                        pixels::colour(Path::new("x"), "", &picture).is_ok()
                    })
                } else {
                    message::parts(reading, &bytes).is_ok()
                };
                if is_right { read += 1 } else { failed += 1 }
            }
        }
    }
    assert!(read > 2000 && failed > 2000, "both happen: {read} read, {failed} refused");
}
