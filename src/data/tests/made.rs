//! What whole sets say.

use std::fs;

use super::{lerobot, mp4, own, picture, put};
use crate::base::Silent;
use crate::data::{DataError, Format, Origin, Set, split};

#[test]
fn a_folder_of_pictures_is_read_in_natural_order() {
    let dir = tempfile::tempdir().expect("temp dir");
    for (name, tag) in [("b/f10.png", 10), ("b/f2.png", 2), ("b/f1.png", 1), ("a10/x.png", 5), ("a9/x.png", 4)] {
        put(dir.path(), name, &picture(tag));
    }
    let set = Set::open(dir.path(), &Silent).expect("opens");
    assert_eq!((set.format, set.origin), (Format::ImageFolder, Origin::Real), "kind");
    let tasks: Vec<&str> = set.episodes.iter().map(|episode| episode.task.as_str()).collect();
    assert_eq!(tasks, ["a9", "a10", "b"], "folders");
    let tags: Vec<u8> = (0..3).map(|at| set.frame(0, 2, at).expect("frame").bytes[0]).collect();
    assert_eq!(tags, [1, 2, 10], "files");
    assert!(matches!(set.frame(0, 2, 3), Err(DataError::Absent { .. })), "only three frames");
    assert!(matches!(set.frame(1, 0, 0), Err(DataError::Absent { .. })), "only one camera");
    assert!(matches!(set.frame(0, 9, 0), Err(DataError::Absent { .. })), "only three episodes");
    assert!(matches!(set.signal(0, "x"), Err(DataError::Absent { .. })), "no signals");
    let split = split(&set, 0.3, 1);
    assert_eq!((split.reference.len(), split.held.len()), (2, 1), "by folder");
}

#[test]
fn an_empty_folder_says_what_would_be_read() {
    let dir = tempfile::tempdir().expect("temp dir");
    let err = Set::open(dir.path(), &Silent).expect_err("nothing there").to_string();
    assert!(err.contains("meta/info.json") && err.contains(&dir.path().display().to_string()), "{err}");
}

#[test]
fn files_of_kinds_that_are_not_read_are_counted_with_the_cure() {
    let dir = tempfile::tempdir().expect("temp dir");
    for name in ["a.TIF", "b/c.tif", "d.webp", "e.mkv", "README.md", "meta.yaml"] {
        put(dir.path(), name, b"x");
    }
    let kinds = "2 .tif, 1 .webp (convert them to PNG or JPEG) and 1 .mkv (convert them to MP4 with H.264 or AV1)";
    let err = Set::open(dir.path(), &Silent).expect_err("nothing that is read").to_string();
    assert!(err.contains(&format!("are of kinds that are not read: {kinds}")), "{err}");
    let told = |set: &Set| {
        let texts = set.notes.iter().map(|note| note.text.as_str());
        texts.filter(|text| text.contains("not read")).map(str::to_owned).collect::<Vec<_>>()
    };
    put(dir.path(), "v.mp4", &mp4(2));
    let expected = [format!("Files of kinds that are not read are left out: {kinds}.")];
    assert_eq!(told(&Set::open(dir.path(), &Silent).expect("a video")), expected, "beside a video");
    put(dir.path(), "p.png", &picture(1));
    assert_eq!(told(&Set::open(dir.path(), &Silent).expect("a picture")), expected, "beside a picture");
}

#[test]
fn lerobot_rows_are_found_by_episode() {
    let dir = tempfile::tempdir().expect("temp dir");
    lerobot(dir.path());
    let set = Set::open(dir.path(), &Silent).expect("opens");
    assert_eq!(set.format, Format::LeRobotV30, "format");
    assert_eq!(set.columns[0].names, ["left", "right"], "names inside an object");
    assert_eq!(set.episodes.iter().map(|e| e.n_frames).collect::<Vec<_>>(), [3, 2, 1], "lengths");
    assert_eq!(set.episodes[0].task, "Lift", "the only task");
    let signal = set.signal(1, "observation.state").expect("signal");
    assert_eq!(signal.rows, [[3.0, -3.0], [4.0, -4.0]], "rows of episode 1 only");
    assert_eq!(signal.timestamps_s, [0.0, 0.1], "times from the start of the episode");
    assert_eq!(set.signal(2, "next.reward").expect("signal").rows, [[0.0]], "second file");
}

#[test]
fn absent_files_make_episodes_missing_not_the_set_unreadable() {
    let dir = tempfile::tempdir().expect("temp dir");
    lerobot(dir.path());
    fs::remove_file(dir.path().join("data/chunk-000/file-000.parquet")).expect("remove");
    let set = Set::open(dir.path(), &Silent).expect("opens");
    let missing: Vec<bool> = set.episodes.iter().map(|episode| episode.missing.is_some()).collect();
    assert_eq!(missing, [true, true, false], "by file");
    assert!(set.notes.iter().any(|note| note.text.contains("(0-1)")), "{:?}", set.notes);
    let err = set.signal(0, "observation.state").expect_err("absent").to_string();
    assert!(err.contains("data/chunk-000/file-000.parquet"), "{err}");
    assert_eq!(split(&set, 0.5, 1).reference, [2], "what is missing is in no half");
    assert!(set.items(&[0], &Silent).is_err(), "and cannot be sealed");
}

#[test]
fn an_own_set_carries_origin_depth_and_signals() {
    let dir = tempfile::tempdir().expect("temp dir");
    own(dir.path());
    let set = Set::open(dir.path(), &Silent).expect("opens");
    assert_eq!((set.name.as_str(), set.origin), ("made", Origin::StandIn), "as written");
    assert_eq!(set.lineage.as_ref().and_then(|l| l.get("family")).and_then(|f| f.as_str()), Some("f"), "lineage");
    assert_eq!(set.frame(0, 0, 1).expect("frame").bytes[0], 2, "colour");
    assert_eq!(set.depth(0, 0, 1).expect("depth").expect("there").values[5], 6, "depth");
    assert_eq!(set.instances(0, 0, 1).expect("reads"), None, "no instances");
    let signal = set.signal(0, "force").expect("signal");
    assert!(signal.rows[0] == [1.5] && signal.rows[1][0].is_nan(), "{:?}", signal.rows);
    assert!(set.episodes[1].missing.is_some(), "episode 8 has no pictures");
}

#[test]
fn a_video_gives_the_same_frame_in_any_order() {
    let dir = tempfile::tempdir().expect("temp dir");
    put(dir.path(), "v.mp4", &mp4(20));
    let open = || Set::open(&dir.path().join("v.mp4"), &Silent).expect("opens");
    let set = open();
    assert_eq!((set.episodes[0].n_frames, set.cameras[0].width, set.cameras[0].height), (20, 64, 48), "tables");
    assert!((set.cameras[0].fps - 10.0).abs() < 1e-9, "rate {}", set.cameras[0].fps);
    let in_order: Vec<_> = (0..20).map(|at| set.frame(0, 0, at).expect("frame")).collect();
    let greys: Vec<u8> = in_order.iter().map(|frame| frame.pixel(30, 20)[0]).collect();
    assert!(greys.windows(2).all(|pair| pair[1] > pair[0] + 4), "each frame brighter than the one before: {greys:?}");
    for at in [13, 2, 19, 0, 7] {
        assert_eq!(open().frame(0, 0, at).expect("frame"), in_order[at as usize], "frame {at} alone");
    }
    // A second reader jumps back and forth with one decoder.
    let jumping = open();
    for at in [19, 3, 4, 18, 5, 0] {
        assert_eq!(jumping.frame(0, 0, at).expect("frame"), in_order[at as usize], "frame {at} after a jump");
    }
}

/// The file with `bytes` put `after` bytes behind the name of its first box called `kind`.
fn patched(mut file: Vec<u8>, kind: [u8; 4], after: usize, bytes: &[u8]) -> Vec<u8> {
    let at = file.windows(4).position(|window| window == kind).expect("the box") + 4 + after;
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

#[test]
fn videos_of_one_folder_keep_their_own_times() {
    let dir = tempfile::tempdir().expect("temp dir");
    let told = |set: &Set| set.notes.iter().any(|note| note.text.contains("frame rate"));
    put(dir.path(), "a.mp4", &mp4(20));
    put(dir.path(), "b.mp4", &mp4(10));
    let set = Set::open(dir.path(), &Silent).expect("opens");
    assert!(!told(&set), "one rate: {:?}", set.notes);
    // 512 ticks of 1/10,240 s a picture.
    put(dir.path(), "c.mp4", &patched(mp4(20), *b"stts", 12, &512_u32.to_be_bytes()));
    // No picture before it: the rate of the set is that of the first that has one.
    put(dir.path(), "0.mp4", &mp4(1));
    let set = Set::open(dir.path(), &Silent).expect("opens");
    let lengths_s: Vec<f64> = set.episodes.iter().skip(1).map(|episode| episode.length_s).collect();
    for (length_s, expected) in lengths_s.iter().zip([2.0, 1.0, 1.0]) {
        assert!((length_s - expected).abs() < 1e-9, "{lengths_s:?}");
    }
    assert!((set.cameras[0].fps - 10.0).abs() < 1e-9, "{}", set.cameras[0].fps);
    let text = "1 of its 3 videos has another frame rate than `a.mp4`, which has 10 a second (the first is `c.mp4` with 20); each \
                is held to its own time.";
    assert!(set.notes.iter().any(|note| note.text == text), "{:?}", set.notes);
}

#[test]
fn a_video_of_a_profile_that_is_not_decoded_is_refused_with_the_cure() {
    let dir = tempfile::tempdir().expect("temp dir");
    // Behind six bytes and a length stands the parameter set, whose second byte is its profile.
    put(dir.path(), "deep.mp4", &patched(mp4(2), *b"avcC", 9, &[110]));
    let err = Set::open(&dir.path().join("deep.mp4"), &Silent).expect_err("High 10").to_string();
    let cure =
        "its H.264 profile is High 10; convert it to 8-bit 4:2:0, as with `ffmpeg -i IN -pix_fmt yuv420p OUT.mp4`";
    assert!(err.contains("deep.mp4") && err.contains(cure), "{err}");
    put(dir.path(), "plain.mp4", &mp4(2));
    let set = Set::open(dir.path(), &Silent).expect("the other one");
    let missing: Vec<bool> = set.episodes.iter().map(|episode| episode.missing.is_some()).collect();
    assert_eq!(missing, [true, false], "one is left out");
    assert!(set.notes.iter().any(|note| note.text.contains(cure)), "{:?}", set.notes);
}

#[test]
fn a_video_that_was_filmed_on_its_side_is_shown_upright() {
    let dir = tempfile::tempdir().expect("temp dir");
    let one = 0x1_0000_i32;
    let matrix: Vec<u8> = [0, one, 0, -one].into_iter().flat_map(i32::to_be_bytes).collect();
    // a, b, u and c; then d stays 0
    put(dir.path(), "v.mp4", &patched(mp4(3), *b"tkhd", 40, &matrix));
    let set = Set::open(&dir.path().join("v.mp4"), &Silent).expect("opens");
    assert_eq!((set.cameras[0].width, set.cameras[0].height), (48, 64));
    let plain = dir.path().join("plain.mp4");
    put(dir.path(), "plain.mp4", &mp4(3));
    let lying = Set::open(&plain, &Silent).expect("opens").frame(0, 0, 2).expect("frame");
    assert_eq!(*set.frame(0, 0, 2).expect("frame"), (*lying).clone().turned(1));
}
