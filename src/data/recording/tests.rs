//! Messages of the reference recordings, damaged below the checksums of their chunks, and streams of video by themselves.

use std::path::Path;

use super::chunks::Chunks;
use super::index::{At, Recording};
use super::message::{self, Picture};
use super::pixels;
use crate::base::{Rgb, Silent, StreamKey};
use crate::data::video::{Codec, Encoded, Source, Stream};

const FILES: [&str; 7] =
    ["ros2.mcap", "ros1.mcap", "foxglove.mcap", "json.mcap", "lz4.bag", "plain.bag", "others.mcap"];

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
                let is_right = if topic.is_video() {
                    message::video(reading, &bytes).is_ok()
                } else if reading.1.is_picture() {
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

/// The messages of a topic of the reference video.
fn films(topic: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/recordings");
    let recording = Recording::open(&folder.join("video.mcap"), &Silent).expect("opens");
    let topic = recording.topic(topic).expect("a topic");
    let chunks = Chunks::default();
    let one = |at: &At| {
        let piece = recording.message(at, &chunks, 0).expect("a message");
        message::video(topic.reading.expect("is read"), piece.bytes()).expect("video").bytes.into_owned()
    };
    topic.messages.iter().map(one).collect()
}

const TOPICS: [(&str, Codec); 3] = [("/baseline", Codec::H264), ("/high", Codec::H264), ("/av1", Codec::Av1)];

/// What `stream` shows at `at`; an error as text.
fn shown(stream: &mut Stream, codec: Codec, messages: &[Vec<u8>], at: usize) -> Result<Rgb, String> {
    let read = |number: usize| Ok(Encoded { codec, bytes: messages[number].clone() });
    let source = Source { path: Path::new("x.mcap"), topic: "cam", count: messages.len(), read: &read };
    stream.frame(&source, at).map_err(|err| err.to_string())
}

fn all(codec: Codec, messages: &[Vec<u8>], order: impl Iterator<Item = usize>) -> Vec<Result<Rgb, String>> {
    let mut stream = Stream::default();
    order.map(|at| shown(&mut stream, codec, messages, at)).collect()
}

#[test]
fn each_message_is_decoded_once_in_order_and_seldom_more_backwards() {
    for (topic, codec) in TOPICS {
        let messages = films(topic);
        let count = |order: &mut dyn Iterator<Item = usize>| {
            let mut stream = Stream::default();
            order.for_each(|at| drop(shown(&mut stream, codec, &messages, at).expect(topic)));
            stream.fed
        };
        // The decoder that holds pictures back is asked once more where a group ends.
        let most = if topic == "/high" { 24 + 3 } else { 24 };
        assert_eq!(count(&mut (0..24)), most, "{topic}");
        let backwards = count(&mut (0..24).rev());
        assert!((24..24 * 9 / 2).contains(&backwards), "{topic}: not each from the key on: {backwards}");
    }
}

#[test]
fn a_damaged_message_costs_the_pictures_up_to_the_next_key() {
    for (topic, codec) in TOPICS {
        let whole = films(topic);
        let right: Vec<Rgb> = all(codec, &whole, 0..24).into_iter().map(|one| one.expect("whole")).collect();
        for damaged in [8, 11, 15] {
            let mut messages = whole.clone();
            let half = messages[damaged].len() / 2;
            messages[damaged].truncate(half);
            for order in [(0..24).collect::<Vec<usize>>(), (0..24).rev().collect(), vec![13, 11, 20, 10, 12, 3, 12, 16]]
            {
                for (at, got) in order.iter().zip(all(codec, &messages, order.iter().copied())) {
                    match got {
                        Ok(got) => {
                            assert!(got == right[*at], "{topic}: {at} is not what it was");
                            assert!(*at < damaged || *at >= 16, "{topic}: {at} builds on {damaged}");
                        }
                        Err(err) => {
                            assert!((damaged..16).contains(at), "{topic}: {at} does not build on {damaged}: {err}");
                            let place = format!("message {at} of `cam`: ");
                            assert!(err.contains("x.mcap") && err.contains(&place), "{err}");
                            let why = format!("it builds on message {damaged}");
                            assert!(*at == damaged || err.contains(&why), "{topic}, {at}: {err}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_message_cut_anywhere_never_shows_a_wrong_picture() {
    for (topic, codec) in TOPICS {
        let whole = films(topic);
        let right: Vec<Rgb> = all(codec, &whole, 0..24).into_iter().map(|one| one.expect("whole")).collect();
        for damaged in [8, 11] {
            for cut in 0..whole[damaged].len() {
                let mut messages = whole.clone();
                messages[damaged].truncate(cut);
                for (at, got) in (6..18).zip(all(codec, &messages, 6..18)) {
                    match got {
                        Ok(got) => assert!(got == right[at], "{topic}: message {damaged} cut at {cut}, {at}"),
                        Err(err) => assert!((damaged..16).contains(&at), "{topic} cut at {cut}, {at}: {err}"),
                    }
                }
            }
        }
    }
}

#[test]
fn a_lost_message_is_seen_by_its_number() {
    for (topic, codec) in &TOPICS[..2] {
        let mut messages = films(topic);
        messages.remove(11);
        let got = all(*codec, &messages, 0..23);
        let failed: Vec<usize> = (0..23).filter(|at| got[*at].is_err()).collect();
        assert_eq!(failed, [11, 12, 13, 14], "{topic}: up to the next key");
    }
}

#[test]
fn mutated_video_never_panics_and_other_groups_stay() {
    let key = StreamKey::new(15, "data");
    for (topic, codec) in TOPICS {
        let whole = films(topic);
        let right: Vec<Rgb> = all(codec, &whole, 0..24).into_iter().map(|one| one.expect("whole")).collect();
        let (mut read, mut failed) = (0, 0);
        for round in 0..600 {
            let mut stream = key.stream(topic, round);
            let damaged = 8 + stream.next_below(8) as usize;
            let mut messages = whole.clone();
            for _ in 0..=stream.next_below(3) {
                let bytes = &mut messages[damaged];
                let at = stream.next_below(bytes.len() as u64) as usize;
                bytes[at] = stream.next_u64() as u8;
            }
            for (at, got) in
                [7, damaged, 15, 16].into_iter().zip(all(codec, &messages, [7, damaged, 15, 16].into_iter()))
            {
                assert!((8..16).contains(&at) || got.as_ref().ok() == Some(&right[at]), "{topic}: {at}, {got:?}");
                if got.is_ok() { read += 1 } else { failed += 1 }
            }
        }
        assert!(read > 600 && failed > 50, "{topic}: {read} read, {failed} refused");
    }
}

#[test]
fn a_stream_without_keys_is_not_searched_again_and_again() {
    let messages: Vec<Vec<u8>> = films("/high").into_iter().skip(1).take(7).cycle().take(300).collect();
    let reads = std::cell::Cell::new(0);
    let read = |number: usize| {
        reads.set(reads.get() + 1);
        Ok(Encoded { codec: Codec::H264, bytes: messages[number].clone() })
    };
    let source = Source { path: Path::new("x.mcap"), topic: "cam", count: messages.len(), read: &read };
    let mut stream = Stream::default();
    for at in 0..300 {
        let err = stream.frame(&source, 299 - at).expect_err("no key").to_string();
        assert!(err.contains("cam") && err.contains("record from a key picture on"), "{err}");
    }
    assert!(reads.get() <= 600, "{} for 300 messages", reads.get());
}
