//! Video inside recordings: files that other programs wrote (`tests/reference/recordings.py`), and what is told of others.

use std::sync::Arc;

use base64::Engine as _;
use serde_json::Value;

use super::h264;
use super::recording::{alone, described, expected, grey, mcap, notes, opened, said, says};
use crate::base::{Rgb, StreamKey};
use crate::data::Set;

/// The pixels of each frame as another decoder reads them: every twelfth row from the fifth, every eleventh column from the seventh.
fn shown(name: &str, topic: &str) -> Vec<Vec<u8>> {
    let frames = expected(name)["videos"][topic].as_array().expect("frames").clone();
    let number = |value: &Value| value.as_u64().expect("a number") as u8;
    frames.iter().map(|one| one.as_array().expect("numbers").iter().map(number).collect()).collect()
}

fn pixels(rgb: &Rgb) -> Vec<u8> {
    let rows = (5..rgb.height).step_by(12);
    rows.flat_map(|y| (7..rgb.width).step_by(11).flat_map(move |x| rgb.pixel(x, y))).collect()
}

fn frames(set: &Set, camera: usize, order: impl Iterator<Item = u32>) -> Vec<Arc<Rgb>> {
    order.map(|at| set.frame(camera, 0, at).expect("frame")).collect()
}

#[test]
fn video_reads_as_it_was_written_in_any_order() {
    let dir = tempfile::tempdir().expect("temp dir");
    for (name, sizes) in [
        ("video.mcap", &[("/av1", 65, 49), ("/baseline", 64, 48), ("/high", 70, 38)][..]),
        ("others.mcap", &[("json", 64, 48), ("ros2", 64, 48)]),
    ] {
        let set = alone(dir.path(), name);
        let cameras: Vec<_> = set.cameras.iter().map(|one| (one.name.as_str(), one.width, one.height)).collect();
        assert_eq!(cameras, sizes, "{name}");
        assert!((set.cameras[0].fps - 10.0).abs() < 1e-9, "{}", set.cameras[0].fps);
        for (camera, (topic, ..)) in sizes.iter().enumerate() {
            let want = shown(name, topic);
            let count = want.len() as u32;
            assert_eq!(set.episodes[0].n_frames, count, "a message a frame");
            let in_order = frames(&set, camera, 0..count);
            for (at, (got, want)) in in_order.iter().zip(&want).enumerate() {
                let got = pixels(got);
                let off = got.iter().zip(want).map(|(got, want)| got.abs_diff(*want)).max();
                assert!(got.len() == want.len() && off <= Some(2), "{topic}, frame {at}: {off:?}");
            }
            let mut stream = StreamKey::new(14, "data").stream(topic, 0);
            let jumps: Vec<u32> = (0..60).map(|_| stream.next_below(u64::from(count)) as u32).collect();
            // Every set has its own decoders and keeps its own pictures.
            for order in [(0..count).rev().collect(), jumps] {
                let fresh = alone(dir.path(), name);
                for (at, got) in order.iter().zip(frames(&fresh, camera, order.iter().copied())) {
                    assert!(got == in_order[*at as usize], "{topic}, frame {at} after others");
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_shown_of_video_is_told() {
    let dir = tempfile::tempdir().expect("temp dir");
    let set = alone(dir.path(), "others.mcap");
    let words = "message 0 of `h265`: its video is `h265`, which is not read; write it as H.264 or AV1, or as pictures";
    assert!(says(&set, "h265", words) && says(&set, "h265", "left out (9 messages)"), "{:?}", notes(&set));
    assert_eq!(set.notes.len(), 1, "and no more: {:?}", notes(&set));
    assert!(alone(dir.path(), "video.mcap").notes.is_empty(), "nothing to tell");
}

/// Messages in Annex B form: a key picture with its parameters, and those that build on it.
fn messages(count: u32) -> Vec<String> {
    let (sets, samples) = h264(count);
    let message = |(at, sample): (usize, &Vec<u8>)| {
        let mut units: Vec<&[u8]> = if at == 0 { sets.iter().map(Vec::as_slice).collect() } else { Vec::new() };
        let mut rest = sample.as_slice();
        while let Some((length, behind)) = rest.split_first_chunk() {
            let (unit, behind) = behind.split_at(u32::from_be_bytes(*length) as usize);
            units.push(unit);
            rest = behind;
        }
        let all: Vec<u8> = units.into_iter().flat_map(|unit| [&[0, 0, 0, 1], unit].concat()).collect();
        let data = base64::engine::general_purpose::STANDARD.encode(all);
        format!(r#"{{"data":"{data}","format":"h264"}}"#)
    };
    samples.iter().enumerate().map(message).collect()
}

/// A recording of one topic of video with these messages, and of others.
fn film(messages: &[String], others: &[Vec<u8>]) -> Vec<u8> {
    let head = described(1, "cam", "foxglove.CompressedVideo");
    let all = messages.iter().enumerate().map(|(at, message)| said(1, 1000 * at as u64, message));
    mcap(&[others.to_vec(), vec![head], all.collect()].concat())
}

#[test]
fn a_recording_that_does_not_begin_with_a_key_picture_says_so() {
    let dir = tempfile::tempdir().expect("temp dir");
    let all = messages(6);
    let late = [&all[3..], &all].concat();
    let set = opened(dir.path(), "late.mcap", &film(&late, &[]));
    assert!(says(&set, "late.mcap, `cam`", "3 of its messages come before its first key picture"), "{:?}", notes(&set));
    for at in (0..3).chain([1]) {
        let err = set.frame(0, 0, at).expect_err("no key").to_string();
        let place = format!("message {at} of `cam`");
        assert!(err.contains(&place) && err.contains("key picture") && err.contains("SPS and PPS"), "{err}");
    }
    let whole = opened(dir.path(), "whole.mcap", &film(&all, &[]));
    for at in 0..6 {
        let [late, whole] = [set.frame(0, 0, at + 3), whole.frame(0, 0, at)].map(|frame| frame.expect("frame"));
        assert!(late == whole && whole.pixel(9, 9)[0].abs_diff((at * 9) as u8) <= 4, "{at}: {:?}", whole.pixel(9, 9));
    }
    let pictures = [described(2, "p", "foxglove.RawImage"), said(2, 9, &grey(2, 7))];
    let set = opened(dir.path(), "never.mcap", &film(&all[1..], &pictures));
    let words = "It is left out (5 messages): ";
    assert!(says(&set, "cam", words) && says(&set, "cam", "record from a key picture on"), "{:?}", notes(&set));
    assert_eq!(set.cameras.len(), 1, "the other camera stays");
}
