//! RLDS: a set that other programs wrote (`tests/reference/rlds.py`), and the same set damaged.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use super::{picture, put};
use crate::base::{Monitor, Note, Silent, StreamKey};
use crate::data::{DataError, Format, Origin, Set};

const TRAIN: &str = "tiny_set-train.tfrecord-00000-of-00001";
const VAL: &str = "tiny_set-val.tfrecord-00000-of-00001";
const FILES: [(&str, &[u8]); 4] = [
    (TRAIN, include_bytes!("../../../tests/reference/rlds/tiny_set-train.tfrecord-00000-of-00001")),
    (VAL, include_bytes!("../../../tests/reference/rlds/tiny_set-val.tfrecord-00000-of-00001")),
    ("features.json", include_bytes!("../../../tests/reference/rlds/features.json")),
    ("dataset_info.json", include_bytes!("../../../tests/reference/rlds/dataset_info.json")),
];
const EXPECTED: &str = include_str!("../../../tests/reference/rlds/expected.json");

/// The set below `root`.
fn tiny(root: &Path) {
    for (name, bytes) in FILES {
        put(root, name, bytes);
    }
}

fn file(name: &str) -> Vec<u8> {
    FILES.iter().find(|(other, _)| *other == name).expect("one of them").1.to_vec()
}

/// A text file of the set with something else in it.
fn edited(root: &Path, name: &str, from: &str, to: &str) {
    let text = String::from_utf8(file(name)).expect("text");
    assert!(text.contains(from), "`{from}` stands in {name}");
    put(root, name, text.replace(from, to).as_bytes());
}

fn open(path: &Path) -> Set {
    Set::open(path, &Silent).expect("opens")
}

fn refused(path: &Path) -> String {
    Set::open(path, &Silent).expect_err("refused").to_string()
}

fn notes(set: &Set) -> Vec<String> {
    set.notes.iter().map(|note| format!("{}: {}", note.about, note.text)).collect()
}

fn says(set: &Set, words: &str) -> bool {
    set.notes.iter().any(|note| note.text.contains(words))
}

fn numbers(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(inner) => inner.iter().flat_map(numbers).collect(),
        one => vec![one.as_f64().expect("a number") as f32],
    }
}

#[test]
fn a_set_of_another_program_reads_as_it_was_written() {
    let dir = tempfile::tempdir().expect("temp dir");
    tiny(dir.path());
    let set = open(dir.path());
    assert_eq!((set.format, set.origin, set.name.as_str()), (Format::Rlds, Origin::Real, "tiny_set"), "kind");
    let cameras: Vec<_> = set.cameras.iter().map(|one| (one.name.as_str(), one.width, one.height, one.fps)).collect();
    assert_eq!(cameras, [("observation.image_0", 16, 12, 1.0), ("observation.image_1", 16, 12, 1.0)]);
    let columns: Vec<_> = set.columns.iter().map(|column| (column.name.as_str(), column.width)).collect();
    let all = [("action", 2), ("counter", 1), ("is_first", 1), ("is_last", 1), ("matrix", 4), ("observation.state", 3)];
    assert_eq!(columns, [all.as_slice(), &[("reward", 1)]].concat(), "columns");
    assert_eq!(set.columns[5].names[2], "observation.state.2", "made-up names");
    assert_eq!(set.episodes.iter().map(|one| one.n_frames).collect::<Vec<_>>(), [3, 2, 2], "train, then val");
    let expected: Value = serde_json::from_str(EXPECTED).expect("JSON");
    for (at, want) in expected.as_array().expect("episodes").iter().enumerate() {
        let task = want["task"].as_str().expect("text");
        let told = if task.is_empty() { format!("{TRAIN}, record 1") } else { task.to_owned() };
        assert_eq!(set.episodes[at].task, told, "task");
        for (column, key) in [("observation.state", "state"), ("action", "action"), ("counter", "counter")] {
            let signal = set.signal(at, column).expect("signal");
            assert_eq!(signal.rows.concat(), numbers(&want[key]), "{column} of {at}, to the bit");
            let times: Vec<f64> = (0..signal.rows.len()).map(|step| step as f64).collect();
            assert_eq!(signal.timestamps_s, times, "numbers of steps");
        }
        for camera in 0..2 {
            for (frame, pixel) in want[format!("image_{camera}")].as_array().expect("pixels").iter().enumerate() {
                let got = set.frame(camera, at, frame as u32).expect("frame").pixel(7, 5);
                let differ = numbers(pixel).iter().zip(got).any(|(want, got)| (want - f32::from(got)).abs() > 2.0);
                assert!(!differ, "camera {camera}, frame {frame} of {at}: {got:?}, Pillow reads {pixel}");
            }
        }
    }
    assert!(matches!(set.signal(0, "observation.contacts"), Err(DataError::Absent { .. })), "left out");
}

#[test]
fn padding_and_empty_pictures_are_told_and_never_shown() {
    let dir = tempfile::tempdir().expect("temp dir");
    tiny(dir.path());
    let set = open(dir.path());
    let err = set.frame(1, 1, 0).expect_err("padding").to_string();
    assert!(err.contains("`observation.image_1`") && err.contains("one colour"), "{err}");
    let err = set.frame(1, 2, 0).expect_err("empty").to_string();
    assert!(err.contains("episode 2") && err.contains("nothing stored"), "{err}");
    assert!(says(&set, "1 of 3 episodes have no `observation.image_1`: `episode_metadata/has_image_1` is 0"));
    assert!(says(&set, "1 of 3 episodes have no `observation.image_1`: nothing is stored"));
    for words in ["no frame rate", "text: observation.names", "depth", "varying length", "64 components"] {
        assert!(says(&set, words), "{words}: {:?}", notes(&set));
    }
    // A flag that denies pictures that are there is wrong, as in published sets.
    let bytes = file(TRAIN);
    let at = bytes.windows(11).position(|part| part == b"has_image_0").expect("the flag") + 11;
    let flag = at + bytes[at..].iter().position(|byte| *byte == 0x1a).expect("whole numbers") + 4;
    assert_eq!(bytes[flag], 1, "the flag's value");
    let mut changed = bytes;
    changed[flag] = 0;
    put(dir.path(), TRAIN, &reframed(&changed));
    let set = open(dir.path());
    assert!(
        says(&set, "is 0 in 1 of 3 episodes, but pictures of `observation.image_0` are there"),
        "{:?}",
        notes(&set)
    );
    set.frame(0, 0, 0).expect("they are used");
}

/// The checksum of a payload, bit by bit.
fn masked(bytes: &[u8]) -> u32 {
    let sum = bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0x82f6_3b78 } else { 0 })
    });
    (!sum).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The same records with checksums that fit.
fn reframed(bytes: &[u8]) -> Vec<u8> {
    let (mut rest, mut out) = (bytes, Vec::new());
    while let Some((length, after)) = rest.split_at_checked(8) {
        let length = u64::from_le_bytes(length.try_into().expect("eight")) as usize;
        // A length that was hit itself: the scan finds that.
        if length.saturating_add(8) > after.len() {
            break;
        }
        let payload = &after[4..4 + length];
        out.extend([&rest[..12], payload, &masked(payload).to_le_bytes()].concat());
        rest = &after[4 + length + 4..];
    }
    out
}

#[test]
fn a_folder_above_opens_the_one_set_below() {
    let dir = tempfile::tempdir().expect("temp dir");
    let root = dir.path().join("my sets 🤖");
    tiny(&root.join("tiny_set/1.0.0"));
    put(&root, "preview.png", &picture(1));
    for path in [root.clone(), root.join("tiny_set"), root.join("tiny_set/1.0.0")] {
        let set = open(&path);
        assert_eq!((set.format, set.episodes.len(), set.name.as_str()), (Format::Rlds, 3, "tiny_set"), "{path:?}");
        assert_eq!(says(&set, "beside the RLDS set are left out (1)"), path == root, "what is left out is told");
        let items = set.items(&[0, 2], &Silent).expect("items");
        assert!(items.iter().all(|item| item.is_shared() == item.name.starts_with("file ")), "{items:?}");
        assert_eq!(items.len(), 6, "two shards, two descriptions, two episodes");
    }
    tiny(&root.join("tiny_set/2.0.0"));
    let err = refused(&root);
    assert!(err.contains("`tiny_set/1.0.0`, `tiny_set/2.0.0`") && err.contains("open one of these"), "{err}");
}

#[test]
fn an_episode_is_the_same_item_in_whatever_shard_it_lies() {
    let dir = tempfile::tempdir().expect("temp dir");
    tiny(dir.path());
    let own = |set: &Set, at: usize| set.items(&[at], &Silent).expect("items").pop().expect("an episode").sha256;
    let before = own(&open(dir.path()), 2);
    put(dir.path(), TRAIN, &[file(TRAIN), file(VAL)].concat());
    let set = open(dir.path());
    assert_eq!(set.episodes.len(), 4, "one more than is said");
    assert_eq!((own(&set, 2), own(&set, 3)), (before, before), "both copies");
    assert!(says(&set, "holds 3 records, dataset_info.json says 2"), "{:?}", notes(&set));
    assert!(says(&set, "1 of 4 episodes are copies"), "{:?}", notes(&set));
}

#[test]
fn what_is_damaged_is_missing_and_the_rest_works() {
    let dir = tempfile::tempdir().expect("temp dir");
    tiny(dir.path());
    let whole = file(TRAIN);
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    put(dir.path(), TRAIN, &flipped);
    let set = open(dir.path());
    let missing: Vec<bool> = set.episodes.iter().map(|one| one.missing.is_some()).collect();
    assert_eq!(missing, [true, false, false], "by record");
    let err = set.frame(0, 0, 0).expect_err("damaged").to_string();
    assert!(err.contains("record 0") && err.contains(TRAIN) && err.contains("download it again"), "{err}");
    set.frame(0, 1, 1).expect("the next record");
    // It changes after opening: found when it is read.
    put(dir.path(), TRAIN, &whole);
    let set = open(dir.path());
    let mut cut = whole.clone();
    cut.truncate(whole.len() - 30);
    put(dir.path(), TRAIN, &cut);
    assert!(set.items(&[1], &Silent).is_err(), "cut while it was open");
    let set = open(dir.path());
    assert_eq!(set.episodes.iter().map(|one| one.missing.is_some()).collect::<Vec<_>>(), [false, true, false]);
    assert!(
        set.episodes[1].missing.as_deref().is_some_and(|reason| reason.contains("cut short")),
        "{:?}",
        set.episodes
    );
    let mut lost = whole.clone();
    lost[0] ^= 1;
    put(dir.path(), TRAIN, &lost);
    let set = open(dir.path());
    assert_eq!(set.episodes.iter().map(|one| one.missing.is_some()).collect::<Vec<_>>(), [true, true, false]);
    assert!(says(&set, "2 of 3 episodes cannot be read") && says(&set, "wrong checksum"), "{:?}", notes(&set));
}

#[test]
fn episodes_of_large_sets_are_checked_when_they_are_read() {
    let dir = tempfile::tempdir().expect("temp dir");
    tiny(dir.path());
    let mut flipped = file(TRAIN);
    let picture = flipped.windows(3).position(|part| part == [0xff, 0xd8, 0xff]).expect("a JPEG file");
    flipped[picture + 200] ^= 1;
    put(dir.path(), TRAIN, &flipped);
    let hollow = fs::File::create(dir.path().join("tiny_set-zeros.tfrecord-00000-of-00001")).expect("create");
    hollow.set_len(300 << 20).expect("a file with nothing in it");
    let set = open(dir.path());
    assert_eq!(set.episodes.iter().map(|one| one.missing.is_some()).collect::<Vec<_>>(), [false, false, false, true]);
    for err in
        [set.frame(0, 0, 2).map(|_| ()), set.signal(0, "action").map(|_| ()), set.items(&[0], &Silent).map(|_| ())]
    {
        let err = err.expect_err("flipped").to_string();
        assert!(err.contains("record 0") && err.contains(TRAIN), "{err}");
    }
    set.frame(0, 1, 1).expect("the next record");
    assert!(set.items(&[1, 2], &Silent).is_ok(), "and its content");
}

#[test]
fn absent_shards_keep_the_numbers_of_their_episodes() {
    let dir = tempfile::tempdir().expect("temp dir");
    tiny(dir.path());
    fs::remove_file(dir.path().join(TRAIN)).expect("remove");
    let set = open(dir.path());
    assert_eq!((set.episodes.len(), set.position(2)), (3, Some(2)), "all listed");
    assert!(says(&set, "1 of 2 shards that it names are not there") && says(&set, "(0-1)"), "{:?}", notes(&set));
    set.frame(0, 2, 1).expect("the other shard");
    fs::rename(dir.path().join(VAL), dir.path().join("other-val.tfrecord-00000-of-00001")).expect("rename");
    assert_eq!(open(dir.path()).episodes[2].missing, None, "a renamed set");
    fs::remove_file(dir.path().join("other-val.tfrecord-00000-of-00001")).expect("remove");
    let err = refused(dir.path());
    assert!(err.contains(TRAIN) && err.contains("download"), "{err}");
}

#[test]
fn wrong_descriptions_are_named() {
    let dir = tempfile::tempdir().expect("temp dir");
    let root = dir.path();
    tiny(root);
    put(root, "features.json", b"{");
    assert!(refused(root).contains("features.json"), "broken JSON");
    put(root, "features.json", br#"{"featuresDict":{"features":{"image":{}}}}"#);
    assert!(refused(root).contains("no `steps`"), "pictures with labels");
    edited(root, "features.json", "\"state\"", "\"posture\"");
    let set = open(root);
    assert!(says(&set, "`observation.posture` is left out"), "{:?}", notes(&set));
    edited(root, "features.json", "\"image_0\"", "\"image_7\"");
    let set = open(root);
    assert_eq!(set.cameras.len(), 1, "the other is in no record");
    assert!(says(&set, "Cameras without a single picture are left out: observation.image_7"), "{:?}", notes(&set));
    set.frame(0, 0, 0).expect("the one that is there");
    edited(root, "features.json", "\"16\"", "\"32\"");
    let set = open(root);
    assert_eq!((set.cameras[0].width, set.cameras[0].height), (16, 12), "pictures are right");
    assert!(says(&set, "it says 32 x 12"), "{:?}", notes(&set));
    tiny(root);
    for (from, to, words) in [
        ("\"tfrecord\"", "\"array_record\"", "array_record"),
        ("\"2\"", "\"many\"", "shardLengths"),
        ("\"2\"", "\"99999999999999\"", "shardLengths"),
    ] {
        edited(root, "dataset_info.json", from, to);
        assert!(refused(root).contains(words), "{to}");
    }
    edited(root, "dataset_info.json", "splits", "parts");
    let set = open(root);
    assert!(set.episodes.len() == 3 && says(&set, "names no shards"), "{:?}", notes(&set));
}

#[test]
fn compressed_and_lonely_shards_are_refused() {
    let dir = tempfile::tempdir().expect("temp dir");
    tiny(dir.path());
    put(dir.path(), VAL, &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 4]);
    assert!(refused(dir.path()).contains("gzip"), "inside");
    tiny(dir.path());
    put(dir.path(), &format!("{TRAIN}.gz"), b"x");
    assert!(refused(dir.path()).contains("compressed"), "by name");
    let alone = tempfile::tempdir().expect("temp dir");
    put(alone.path(), TRAIN, &file(TRAIN));
    let err = refused(alone.path());
    assert!(err.contains("RLDS") && err.contains("`features.json`"), "{err}");
    let empty = tempfile::tempdir().expect("temp dir");
    assert!(refused(empty.path()).contains("(RLDS)"), "names what is read");
    let none = tempfile::tempdir().expect("temp dir");
    for name in ["features.json", "dataset_info.json"] {
        put(none.path(), name, &file(name));
    }
    assert!(refused(none.path()).contains(TRAIN), "shards to download");
}

/// Stops after some episodes.
struct Impatient(AtomicU64);

impl Monitor for Impatient {
    fn step(&self, _stage: &str, _done: u64, _total: u64) {}
    fn note(&self, _note: Note) {}
    fn stopped(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) > 3
    }
}

#[test]
fn opening_can_be_stopped() {
    let dir = tempfile::tempdir().expect("temp dir");
    tiny(dir.path());
    assert!(matches!(Set::open(dir.path(), &Impatient(AtomicU64::new(0))), Err(DataError::Stopped)));
}

#[test]
fn mutated_shards_never_panic() {
    let dir = tempfile::tempdir().expect("temp dir");
    tiny(dir.path());
    let key = StreamKey::new(11, "data");
    let mut opened = 0;
    for round in 0..400 {
        let mut stream = key.stream("rlds shard", round);
        let mut bytes = file(TRAIN);
        for _ in 0..=stream.next_below(6) {
            let at = 12 + stream.next_below(bytes.len() as u64 - 12) as usize;
            bytes[at] = stream.next_u64() as u8;
        }
        // Every other time the checksums fit, so that the damage reaches what reads the records.
        let bytes = if round % 2 == 0 { reframed(&bytes) } else { bytes };
        put(dir.path(), TRAIN, &bytes);
        let Ok(set) = Set::open(dir.path(), &Silent) else { continue };
        opened += 1;
        for at in 0..set.episodes.len() {
            for frame in 0..set.episodes[at].n_frames.min(4) {
                (0..set.cameras.len()).for_each(|camera| drop(set.frame(camera, at, frame)));
            }
            set.columns.iter().for_each(|column| drop(set.signal(at, &column.name)));
        }
    }
    assert!(opened > 200, "most still open, the second shard is whole: {opened}");
}
