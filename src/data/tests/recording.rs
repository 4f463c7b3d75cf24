//! Recordings of robots: files that other programs wrote (`tests/reference/recordings.py`), and the same files damaged.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use super::put;
use crate::base::monitor::Impatient;
use crate::base::{Silent, StreamKey};
use crate::data::{DataError, Format, Origin, Set};

const FILES: [(&str, &[u8]); 8] = [
    ("ros2.mcap", include_bytes!("../../../tests/reference/recordings/ros2.mcap")),
    ("ros1.mcap", include_bytes!("../../../tests/reference/recordings/ros1.mcap")),
    ("foxglove.mcap", include_bytes!("../../../tests/reference/recordings/foxglove.mcap")),
    ("json.mcap", include_bytes!("../../../tests/reference/recordings/json.mcap")),
    ("lz4.bag", include_bytes!("../../../tests/reference/recordings/lz4.bag")),
    ("plain.bag", include_bytes!("../../../tests/reference/recordings/plain.bag")),
    ("video.mcap", include_bytes!("../../../tests/reference/recordings/video.mcap")),
    ("others.mcap", include_bytes!("../../../tests/reference/recordings/others.mcap")),
];
const EXPECTED: &str = include_str!("../../../tests/reference/recordings/expected.json");

fn file(name: &str) -> Vec<u8> {
    FILES.iter().find(|(other, _)| *other == name).expect("one of them").1.to_vec()
}

/// One of the files, alone.
pub(super) fn alone(folder: &Path, name: &str) -> Set {
    opened(folder, name, &file(name))
}

pub(super) fn opened(folder: &Path, name: &str, bytes: &[u8]) -> Set {
    put(folder, name, bytes);
    Set::open(&folder.join(name), &Silent).expect("opens")
}

fn refused(path: &Path) -> String {
    Set::open(path, &Silent).expect_err("refused").to_string()
}

pub(super) fn notes(set: &Set) -> Vec<String> {
    set.notes.iter().map(|note| format!("{}: {}", note.about, note.text)).collect()
}

pub(super) fn says(set: &Set, about: &str, words: &str) -> bool {
    set.notes.iter().any(|note| note.about.contains(about) && note.text.contains(words))
}

pub(super) fn expected(name: &str) -> Value {
    let all: Value = serde_json::from_str(EXPECTED).expect("JSON");
    all[name].clone()
}

/// Times and values of the pictures of a topic, as Python read them.
fn pictures(name: &str, topic: &str) -> Vec<(u64, Vec<f64>)> {
    let all = expected(name)["pictures"][topic].as_array().expect("pictures").clone();
    all.iter().map(|one| (one[0].as_u64().expect("a time"), numbers(&one[1]))).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("numbers").iter().map(|one| one.as_f64().expect("a number")).collect()
}

/// Holds every frame of a set of one file against what Python read, by the rule that the room states.
fn frames_are_those_of(set: &Set, name: &str) {
    let clock = set.cameras.iter().map(|camera| pictures(name, &camera.name)).max_by_key(Vec::len).expect("cameras");
    let most = clock.len();
    assert_eq!(set.episodes[0].n_frames as usize, most, "{name}: frames");
    let first =
        set.cameras.iter().map(|camera| pictures(name, &camera.name)).find(|all| all.len() == most).expect("one");
    for (camera, info) in set.cameras.iter().enumerate() {
        let all = pictures(name, &info.name);
        for (frame, (time_ns, _)) in first.iter().enumerate() {
            let want = all.iter().rev().find(|(at, _)| at <= time_ns).unwrap_or(&all[0]);
            let got = set.frame(camera, 0, frame as u32).expect("frame").pixel(7, 5);
            let differ = want.1.iter().zip(got).any(|(want, got)| (want - f64::from(got)).abs() > 2.0);
            assert!(!differ, "{name}, {}, frame {frame}: {got:?}, Python reads {:?}", info.name, want.1);
        }
    }
}

/// Holds every signal against what Python read, times from the first frame at `first_ns`.
fn signals_are_those_of(set: &Set, name: &str, first_ns: u64) {
    let all = expected(name)["rows"].as_object().expect("rows").clone();
    let wanted: Vec<&String> = all.keys().filter(|name| !name.contains("tf_static")).collect();
    let mut columns: Vec<&String> = set.columns.iter().map(|column| &column.name).collect();
    columns.sort();
    let mut sorted = wanted.clone();
    sorted.sort();
    assert_eq!(columns, sorted, "{name}: columns");
    for column in wanted {
        let signal = set.signal(0, column).expect("signal");
        let rows = all[column].as_array().expect("rows");
        assert_eq!(signal.rows.len(), rows.len(), "{name}, {column}: rows");
        for ((row, time_s), want) in signal.rows.iter().zip(&signal.timestamps_s).zip(rows) {
            let time_ns = want[0].as_u64().expect("a time") as i64 - first_ns as i64;
            assert_eq!(*time_s, time_ns as f64 / 1e9, "{name}, {column}: time");
            let names: Vec<&str> =
                want[1].as_array().expect("names").iter().map(|one| one.as_str().expect("text")).collect();
            let values = numbers(&want[2]);
            for (place, component) in signal.names.iter().enumerate() {
                match names.iter().position(|name| name == component) {
                    Some(at) => assert_eq!(row[place], values[at] as f32, "{name}, {column}.{component}, to the bit"),
                    None => assert!(row[place].is_nan(), "{name}, {column}.{component}: nothing there"),
                }
            }
        }
    }
}

const START_NS: u64 = 1_700_000_000_000_000_000;

#[test]
fn ros_2_in_mcap_reads_as_it_was_written() {
    let dir = tempfile::tempdir().expect("temp dir");
    let set = alone(dir.path(), "ros2.mcap");
    assert_eq!((set.format, set.origin, set.name.as_str()), (Format::Recording, Origin::Real, "ros2.mcap"), "kind");
    let cameras: Vec<_> = set.cameras.iter().map(|one| (one.name.as_str(), one.width, one.height)).collect();
    assert_eq!(cameras, [("/camera/front/compressed", 16, 12), ("/camera/wrist", 16, 12)]);
    assert!((set.cameras[1].fps - 10.0).abs() < 1e-9, "the clock's rate: {}", set.cameras[1].fps);
    let episode = &set.episodes[0];
    assert_eq!((episode.task.as_str(), episode.n_frames), ("ros2.mcap", 4), "the busiest camera's messages");
    assert!((episode.length_s - 0.4).abs() < 1e-9, "{}", episode.length_s);
    frames_are_those_of(&set, "ros2.mcap");
    signals_are_those_of(&set, "ros2.mcap", START_NS);
    let wide = [("/camera/front/compressed", 0, 3), ("/camera/wrist", 1, 0)];
    assert!(wide.iter().all(|(_, camera, frame)| set.frame(*camera, 0, *frame).is_ok()), "each has all frames");
    assert!(matches!(set.frame(0, 0, 4), Err(DataError::Absent { .. })), "only four frames");
    assert!(matches!(set.signal(0, "/joint_states.effort"), Err(DataError::Absent { .. })), "nobody sent any");
    for (about, words) in [
        ("/chatter", "2 messages of the type `std_msgs/msg/String` (cdr)"),
        ("/tf_static", "1 message of transforms that stand still"),
        ("/depth", "in millimetres"),
        ("/joint_states", "rows are kept by name"),
    ] {
        assert!(says(&set, about, words), "{about}: {words}: {:?}", notes(&set));
    }
    assert_eq!(set.notes.len(), 4, "and no others: {:?}", notes(&set));
    let depth = pictures("ros2.mcap", "/depth");
    for (frame, number) in [(0, 0), (1, 0), (2, 1), (3, 1)] {
        let grey = set.depth(0, 0, frame).expect("reads").expect("there");
        assert_eq!((grey.width, grey.height, f64::from(grey.values[5 * 16 + 7])), (16, 12, depth[number].1[0]));
    }
}

#[test]
fn ros_1_in_mcap_and_in_bags_reads_as_it_was_written() {
    let dir = tempfile::tempdir().expect("temp dir");
    for (name, first_ns) in
        [("ros1.mcap", START_NS + 50_000_000), ("lz4.bag", START_NS), ("plain.bag", START_NS + 50_000_000)]
    {
        let set = alone(dir.path(), name);
        frames_are_those_of(&set, name);
        signals_are_those_of(&set, name, first_ns);
        assert!(!set.notes.iter().any(|note| note.text.contains("damaged")), "{:?}", notes(&set));
    }
}

#[test]
fn foxglove_messages_read_as_they_were_written() {
    let dir = tempfile::tempdir().expect("temp dir");
    let name = "foxglove.mcap";
    let set = alone(dir.path(), name);
    let cameras: Vec<&str> = set.cameras.iter().map(|camera| camera.name.as_str()).collect();
    assert_eq!(cameras, ["/deep", "/png"], "distances are no camera");
    let upper = |value: f64| ((value + 128.0) / 257.0).floor();
    let deep = pictures(name, "/deep")[1].1[0];
    assert_eq!(f64::from(set.frame(0, 0, 2).expect("frame").pixel(7, 5)[0]), upper(deep), "16 bits");
    for (frame, (_, want)) in pictures(name, "/png").iter().enumerate() {
        let got = set.frame(1, 0, frame as u32).expect("frame").pixel(7, 5);
        assert_eq!(got.map(f64::from), want.as_slice(), "PNG");
    }
    signals_are_those_of(&set, name, START_NS);
    let metres = pictures(name, "/metres")[0].1[0];
    assert_eq!(f64::from(set.depth(1, 0, 0).expect("reads").expect("there").values[5 * 16 + 7]), metres * 1000.0);
}

#[test]
fn json_without_chunks_or_index_is_read() {
    let dir = tempfile::tempdir().expect("temp dir");
    let set = alone(dir.path(), "json.mcap");
    assert_eq!((set.cameras.len(), set.episodes[0].n_frames), (1, 3), "a camera");
    assert_eq!(set.frame(0, 0, 2).expect("frame").pixel(7, 5), [105, 100, 70], "what went in");
    let columns: Vec<(&str, &[String])> = set.columns.iter().map(|one| (one.name.as_str(), &*one.names)).collect();
    let named = ["speed", "gripper", "count"].map(str::to_owned);
    assert_eq!(columns[0], ("state", &named[..]), "numbers and truths, not words");
    assert_eq!(columns[1].0, "tool.world->tool", "a transform");
    let state = set.signal(0, "state").expect("signal");
    assert_eq!(state.rows, [[0.0, 1.0, 0.0], [(1.0_f64 / 3.0) as f32, 0.0, 1.0], [(2.0_f64 / 3.0) as f32, 1.0, 2.0]]);
    assert_eq!(state.timestamps_s, [0.0, 0.1, 0.2], "log times");
    assert_eq!(set.signal(0, "tool.world->tool").expect("signal").rows[2], [2.0, 0.5, 0.0, 0.0, 0.0, 0.0, 1.0]);
    assert!(
        says(&set, "words", "without a number") && says(&set, "video", "message 0 of `video`: it holds 0 pictures"),
        "{:?}",
        notes(&set)
    );
}

/// Reads all that a set has; how many frames and signals could be read.
fn use_all(set: &Set, most_frames: usize) -> (usize, usize) {
    let (mut frames, mut signals) = (0, 0);
    for (at, episode) in set.episodes.iter().enumerate() {
        for frame in (0..episode.n_frames).rev().take(most_frames) {
            frames += (0..set.cameras.len()).filter(|camera| set.frame(*camera, at, frame).is_ok()).count();
            drop(set.depth(0, at, frame));
        }
        signals += set.columns.iter().filter(|column| set.signal(at, &column.name).is_ok()).count();
    }
    (frames, signals)
}

/// Replaces a file without waiting for the disk.
fn quickly(path: &Path, bytes: &[u8]) {
    fs::File::create(path).and_then(|mut file| file.write_all(bytes)).expect("write");
}

#[test]
fn files_cut_anywhere_give_what_lies_before() {
    let dir = tempfile::tempdir().expect("temp dir");
    for (name, bytes) in FILES {
        let path = dir.path().join(name);
        let set = opened(dir.path(), name, bytes);
        let whole = use_all(&set, 6);
        let (mut opened, mut most) = (0, 0);
        for cut in (0..bytes.len()).step_by(13).chain(bytes.len() - 40..bytes.len()) {
            quickly(&path, &bytes[..cut]);
            match Set::open(&path, &Silent) {
                Ok(set) => {
                    opened += 1;
                    let read = use_all(&set, 6);
                    let is_told =
                        set.notes.iter().any(|note| note.text.contains("cut short") || note.text.contains("index"));
                    assert!(is_told, "{name} cut at {cut}: {:?}", notes(&set));
                    assert!(read.0 >= most || most == whole.0, "{name} cut at {cut}: {read:?} after {most}");
                    most = most.max(read.0);
                }
                Err(err) => {
                    assert_eq!(most, 0, "{name} cut at {cut}: {err}");
                    assert!(err.to_string().len() > 40 && err.to_string().contains(name), "{err}");
                }
            }
        }
        assert!(opened > 60 && most == whole.0, "{name}: {opened} opened, {most} of {whole:?}");
    }
}

#[test]
fn mutated_files_never_panic() {
    let dir = tempfile::tempdir().expect("temp dir");
    let key = StreamKey::new(12, "data");
    for (name, whole) in FILES {
        let path = dir.path().join(name);
        let (mut opened, mut read) = (0, 0);
        for round in 0..2000 {
            let mut stream = key.stream(name, round);
            let mut bytes = whole.to_vec();
            for _ in 0..=stream.next_below(5) {
                let at = stream.next_below(bytes.len() as u64) as usize;
                match stream.next_below(4) {
                    0 => bytes[at] = stream.next_u64() as u8,
                    1 => bytes[at] ^= 1 << stream.next_below(8),
                    2 => bytes[at] = 0xff,
                    _ => bytes[at] = 0,
                }
            }
            quickly(&path, &bytes);
            let Ok(set) = Set::open(&path, &Silent) else { continue };
            opened += 1;
            read += use_all(&set, 1).0;
        }
        assert!(opened > 500 && read > 500, "{name}: most still open: {opened}, {read} frames");
    }
}

/// The bytes with others at one place.
fn patched(bytes: &[u8], at: usize, new: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

fn place_of(bytes: &[u8], words: &[u8]) -> usize {
    bytes.windows(words.len()).position(|part| part == words).expect("stands there")
}

#[test]
fn bags_that_were_not_closed_are_searched() {
    let dir = tempfile::tempdir().expect("temp dir");
    for name in ["plain.bag", "lz4.bag"] {
        let bytes = file(name);
        let index = place_of(&bytes, b"index_pos=") + 10;
        let end = u64::from_le_bytes(bytes[index..index + 8].try_into().expect("eight")) as usize;
        let open = &patched(&bytes, index, &[0; 8])[..end];
        let set = opened(dir.path(), &format!("{name}.active"), open);
        assert!(says(&set, name, "`rosbag reindex` makes one"), "{:?}", notes(&set));
        frames_are_those_of(&set, name);
        let set = opened(dir.path(), name, &patched(&bytes, index, &[1, 0, 0, 0, 0, 0, 0, 0]));
        assert!(says(&set, name, "`rosbag reindex` mends it"), "{:?}", notes(&set));
        frames_are_those_of(&set, name);
    }
}

/// A record of a bag.
fn bag_record(fields: &[(&str, &[u8])], data: &[u8]) -> Vec<u8> {
    let head = fields.iter().flat_map(|(name, value)| {
        let length = (name.len() + 1 + value.len()) as u32;
        [&length.to_le_bytes(), name.as_bytes(), b"=", *value].concat()
    });
    let head: Vec<u8> = head.collect();
    [&(head.len() as u32).to_le_bytes(), head.as_slice(), &(data.len() as u32).to_le_bytes(), data].concat()
}

#[test]
fn bags_that_cannot_be_read_say_the_cure() {
    let dir = tempfile::tempdir().expect("temp dir");
    let bag = |index: u64, encryptor: &[u8]| {
        let index = index.to_le_bytes();
        let fields: [(&str, &[u8]); 5] = [
            ("op", &[3]),
            ("index_pos", &index),
            ("conn_count", &[0; 4]),
            ("chunk_count", &[1, 0, 0, 0]),
            ("encryptor", encryptor),
        ];
        [b"#ROSBAG V2.0\n".as_slice(), &bag_record(&fields, &[b' '; 9])].concat()
    };
    let chunk = bag_record(&[("op", &[5]), ("compression", b"bz2"), ("size", &[9, 0, 0, 0])], b"BZh9");
    let at = bag(0, b"").len() as u64;
    let info = bag_record(&[("op", &[6]), ("ver", &[1, 0, 0, 0]), ("chunk_pos", &at.to_le_bytes())], b"");
    let closed = [bag(at + chunk.len() as u64, b""), chunk.clone(), info].concat();
    for (name, bytes, words) in [
        ("open.bag", [bag(0, b""), chunk].concat(), "`rosbag decompress`"),
        ("closed.bag", closed, "`rosbag decompress`"),
        ("locked.bag", bag(0, b"rosbag/AesCbcEncryptor"), "`rosbag decrypt`"),
        ("old.bag", b"#ROSBAG V1.2\n....".to_vec(), "`rosbag fix`"),
        ("empty.bag", bag(0, b"rosbag/NoEncryptor"), "holds no messages"),
        ("short.bag", b"#ROS".to_vec(), "ends before"),
        ("picture.bag", vec![7; 99], "does not begin"),
        ("lfs.mcap", b"version https://git-lfs.github.com/spec/v1\n".to_vec(), "`git lfs pull`"),
        ("db.mcap", b"SQLite format 3\0".to_vec(), "`ros2 bag convert`"),
    ] {
        put(dir.path(), name, &bytes);
        let err = refused(&dir.path().join(name));
        assert!(err.contains(name) && err.contains(words), "{name}: {err}");
    }
}

/// A record of an MCAP file.
fn record(opcode: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&[opcode], (body.len() as u64).to_le_bytes().as_slice(), &body].concat()
}

fn text(words: &str) -> Vec<u8> {
    [&(words.len() as u32).to_le_bytes(), words.as_bytes()].concat()
}

/// Describes a topic of JSON.
pub(super) fn described(id: u16, topic: &str, schema: &str) -> Vec<u8> {
    let id = id.to_le_bytes();
    let (topic, schema) = (text(topic), text(schema));
    let described = record(3, &[&id, &schema, &text("jsonschema"), &[0; 4]]);
    [described, record(4, &[&id, &id, &topic, &text("json"), &[0; 4]])].concat()
}

pub(super) fn said(id: u16, time_ns: u64, message: &str) -> Vec<u8> {
    let time = time_ns.to_le_bytes();
    record(5, &[&id.to_le_bytes(), &[0; 4], &time, &time, message.as_bytes()])
}

/// A picture of `width` x 1 grey pixels of `value`.
pub(super) fn grey(width: usize, value: u8) -> String {
    use base64::Engine as _;
    let data = base64::engine::general_purpose::STANDARD.encode(vec![value; width]);
    format!(r#"{{"width":{width},"height":1,"encoding":"mono8","step":{width},"data":"{data}"}}"#)
}

const MAGIC: &[u8] = b"\x89MCAP0\r\n";

/// A whole file with no summary.
pub(super) fn mcap(records: &[Vec<u8>]) -> Vec<u8> {
    let head = record(1, &[&text(""), &text("")]);
    let end = [record(15, &[&[0; 4]]), record(2, &[&[0; 20]])].concat();
    [MAGIC, &head, &records.concat(), &end, MAGIC].concat()
}

/// Records in one chunk.
fn chunk(records: &[u8], packing: &str) -> Vec<u8> {
    let packed = if packing == "zstd" { zstd::encode_all(records, 1).expect("packs") } else { records.to_vec() };
    let (size, length) = ((records.len() as u64).to_le_bytes(), (packed.len() as u64).to_le_bytes());
    record(6, &[&[0; 16], &size, &[0; 4], &text(packing), &length, &packed])
}

#[test]
fn another_camera_shows_what_it_saw_last() {
    let dir = tempfile::tempdir().expect("temp dir");
    let mut records = vec![described(1, "fast", "foxglove.RawImage"), described(2, "slow", "foxglove.RawImage")];
    // Not in the order of their times, as recorders with several threads write them.
    for at in [2_u8, 0, 1, 3, 4] {
        records.push(said(1, 1000 + 10 * u64::from(at), &grey(2, at)));
    }
    for (time_ns, value) in [(1015, 100), (1030, 101), (1031, 102), (9999, 103)] {
        records.push(said(2, time_ns, &grey(3, value)));
    }
    let set = opened(dir.path(), "a.mcap", &mcap(&records));
    let shown = |camera| (0..5).map(|at| set.frame(camera, 0, at).expect("frame").bytes[0]).collect::<Vec<u8>>();
    assert_eq!(shown(0), [0, 1, 2, 3, 4], "the clock, in the order of times");
    assert_eq!(shown(1), [100, 100, 100, 101, 102], "before its first the first, then the last at or before");
    assert!((set.cameras[1].fps - 1e8).abs() < 1.0, "the clock's rate: {}", set.cameras[1].fps);
}

#[test]
fn a_picture_of_another_size_is_told_and_refused() {
    let dir = tempfile::tempdir().expect("temp dir");
    let records: Vec<Vec<u8>> =
        (1..=3_u64).map(|at| said(1, at * 1_000_000_000, &grey(if at == 3 { 5 } else { 2 }, 9))).collect();
    let records = [vec![described(1, "c", "foxglove.RawImage")], records].concat();
    let set = opened(dir.path(), "a.mcap", &mcap(&records));
    assert!(says(&set, "a.mcap, `c`", "Its last picture has 5 x 1 pixels"), "{:?}", notes(&set));
    set.frame(0, 0, 1).expect("as the first");
    let err = set.frame(0, 0, 2).expect_err("another size").to_string();
    assert!(err.contains("a.mcap") && err.contains("message 2 of `c`") && err.contains("5 x 1"), "{err}");
}

#[test]
fn an_episode_is_the_same_item_in_whatever_chunks_it_lies() {
    let describe = [described(1, "c", "foxglove.RawImage"), described(2, "s", ""), described(3, "odd", "foxglove.Log")];
    let messages: Vec<Vec<u8>> = (0..6_u64)
        .flat_map(|at| [said(1, at * 50, &grey(2, at as u8)), said(2, at * 50 + 9, &format!(r#"{{"v":{at}}}"#))])
        .collect();
    let item = |records: &[Vec<u8>]| {
        let dir = tempfile::tempdir().expect("temp dir");
        let set = opened(dir.path(), "a.mcap", &mcap(records));
        let mut items = set.items(&[0], &Silent).expect("items");
        assert!(items.len() == 2 && !items[0].is_shared(), "the file is the episode's alone: {items:?}");
        items.pop().expect("an episode").sha256
    };
    let loose = [describe.to_vec(), messages.clone()].concat();
    let before = item(&loose);
    assert_eq!(item(&[chunk(&loose.concat(), "zstd")]), before, "one chunk");
    let halves =
        [chunk(&[describe.concat(), messages[..5].concat()].concat(), ""), chunk(&messages[5..].concat(), "zstd")];
    assert_eq!(item(&halves), before, "two chunks");
    let with_odd = [loose.clone(), vec![said(3, 77, "{}")]].concat();
    assert_eq!(item(&with_odd), before, "what is not shown");
    let mut changed = loose.clone();
    changed[8] = said(2, 109, r#"{"v":7}"#);
    assert_ne!(item(&changed), before, "another number");
    let mut later = loose;
    later[8] = said(2, 110, r#"{"v":2}"#);
    assert_ne!(item(&later), before, "another time");
}

#[test]
fn a_folder_is_one_set_and_damage_costs_an_episode() {
    let dir = tempfile::tempdir().expect("temp dir");
    let root = dir.path().join("runs 🤖");
    let one = |topic: &str, value: u8| {
        mcap(&[described(1, topic, "foxglove.RawImage"), said(1, 5, &grey(2, value)), said(1, 105, &grey(2, value))])
    };
    for (name, bytes) in [
        ("run10.mcap", one("c", 10)),
        ("run9.mcap", one("c", 9)),
        ("run2.bag", b"#ROSBAG V2.0\n".to_vec()),
        ("run11.mcap", one("d", 11)),
    ] {
        put(&root, name, &bytes);
    }
    put(&root, "run12.mcap", &mcap(&[described(1, "s", ""), said(1, 5, r#"{"v":1.5}"#)]));
    let set = Set::open(&root, &Silent).expect("opens");
    let tasks: Vec<&str> = set.episodes.iter().map(|one| one.task.as_str()).collect();
    assert_eq!(tasks, ["run2.bag", "run9.mcap", "run10.mcap", "run11.mcap", "run12.mcap"], "in natural order");
    let missing: Vec<bool> = set.episodes.iter().map(|one| one.missing.is_some()).collect();
    assert_eq!(missing, [true, false, false, false, true], "{:?}", set.episodes);
    assert_eq!(set.frame(0, 2, 1).expect("frame").bytes[0], 10, "the second of run10");
    assert_eq!(set.frame(1, 3, 0).expect("frame").bytes[0], 11, "the other camera");
    let err = set.frame(0, 3, 0).expect_err("no such camera there").to_string();
    assert!(err.contains("`c`") && err.contains("run11.mcap"), "{err}");
    let err = set.signal(1, "s").expect_err("no such signal there").to_string();
    assert!(err.contains("`s`") && err.contains("run9.mcap"), "{err}");
    assert!(says(&set, "run2.bag", "ends before its first message"), "{:?}", notes(&set));
    let items = set.items(&[1, 2, 3], &Silent).expect("items");
    assert!(items.len() == 6 && items.iter().all(|item| !item.is_shared()), "{items:?}");
}

#[test]
fn a_damaged_chunk_is_found_when_it_is_read() {
    let dir = tempfile::tempdir().expect("temp dir");
    let bytes = file("ros2.mcap");
    // In the second chunk: topics are described in the first.
    let first = place_of(&bytes, b"zstd") + 4;
    let start = first + place_of(&bytes[first..], b"zstd") + 4 + 8 + 40;
    let set = opened(dir.path(), "ros2.mcap", &patched(&bytes, start, &[bytes[start] ^ 1]));
    let frames = (0..8).map(|at| set.frame(at / 4, 0, at as u32 % 4).map(|_| ()));
    let results: Vec<_> = frames.chain(set.columns.iter().map(|one| set.signal(0, &one.name).map(|_| ()))).collect();
    assert!(results.iter().any(Result::is_ok), "other chunks: {results:?}");
    let err = results.into_iter().find_map(Result::err).expect("the damaged chunk").to_string();
    assert!(err.contains("ros2.mcap") && err.contains("message ") && err.contains("chunk"), "{err}");
    assert!(set.items(&[0], &Silent).is_err(), "and it cannot be sealed");
    // The same without its index: what is whole is found.
    let cut = place_of(&bytes, MAGIC) + bytes.len() - 16;
    let set = opened(dir.path(), "ros2.mcap", &patched(&bytes, start, &[bytes[start] ^ 1])[..cut]);
    assert!(says(&set, "ros2.mcap", "Damaged chunks of it are left out (1; the first at byte"), "{:?}", notes(&set));
    assert!(set.frame(0, 0, 0).is_ok(), "of the other chunks");
}

#[test]
fn a_damaged_index_is_done_without() {
    let dir = tempfile::tempdir().expect("temp dir");
    let bytes = file("ros2.mcap");
    let set = opened(dir.path(), "ros2.mcap", &patched(&bytes, bytes.len() - 100, &[bytes[bytes.len() - 100] ^ 1]));
    assert!(says(&set, "ros2.mcap", "its summary has a wrong checksum"), "{:?}", notes(&set));
    frames_are_those_of(&set, "ros2.mcap");
    signals_are_those_of(&set, "ros2.mcap", START_NS);
    let mut json = file("json.mcap");
    let at = place_of(&json, b"hello");
    json[at] ^= 1;
    let set = opened(dir.path(), "json.mcap", &json);
    assert!(says(&set, "json.mcap", "Its checksum is wrong"), "of the whole data section: {:?}", notes(&set));
}

#[test]
fn sizes_are_not_believed() {
    let dir = tempfile::tempdir().expect("temp dir");
    let describe = described(1, "c", "foxglove.RawImage");
    let huge = record(6, &[&[0; 16], &(1_u64 << 40).to_le_bytes(), &[0; 4], &text("zstd"), &[0; 8]]);
    put(dir.path(), "a.mcap", &mcap(&[describe.clone(), huge]));
    let err = refused(&dir.path().join("a.mcap"));
    assert!(err.contains("smaller chunks"), "{err}");
    let wide = r#"{"width":4000000000,"height":4000000000,"encoding":"rgb8","step":4294967295,"data":"AAAA"}"#;
    put(dir.path(), "a.mcap", &mcap(&[describe.clone(), said(1, 5, wide)]));
    let err = refused(&dir.path().join("a.mcap"));
    assert!(err.contains("pixels"), "{err}");
    let long = [&[5_u8], u64::MAX.to_le_bytes().as_slice()].concat();
    let before = mcap(&[describe, said(1, 5, &grey(2, 7))]);
    let before = &before[..before.len() - MAGIC.len() - 29 - 13];
    let set = opened(dir.path(), "a.mcap", &[before, &long].concat());
    assert!(set.frame(0, 0, 0).is_ok() && says(&set, "a.mcap", "cut short"), "{:?}", notes(&set));
}

#[test]
fn opening_can_be_stopped() {
    let dir = tempfile::tempdir().expect("temp dir");
    for (name, bytes) in FILES {
        put(dir.path(), name, bytes);
        let stopped = Set::open(&dir.path().join(name), &Impatient);
        assert!(matches!(stopped, Err(DataError::Stopped)), "{name}");
    }
}
