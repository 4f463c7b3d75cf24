//! LeRobot sets with videos whose lists count wrongly, and with cameras that are not there.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, StringArray};

use super::{mp4, parquet, put, rows, whole};
use crate::base::Silent;
use crate::data::{DataError, Set};

fn opened(root: &Path) -> Set {
    Set::open(root, &Silent).expect("opens")
}

/// How many notes have `words`.
fn noted(set: &Set, words: &str) -> usize {
    set.notes.iter().filter(|note| format!("{}: {}", note.about, note.text).contains(words)).count()
}

fn names(set: &Set) -> Vec<&str> {
    set.cameras.iter().map(|camera| camera.name.as_str()).collect()
}

/// `meta/info.json` of a set with these cameras, 10 frames a second.
fn info(root: &Path, version: &str, cameras: &[&str], total_frames: u32) {
    let cameras: Vec<String> =
        cameras.iter().map(|name| format!(r#""{name}":{{"dtype":"video","shape":[48,64,3]}}"#)).collect();
    let text = format!(
        r#"{{"codebase_version":"{version}","fps":10,"total_frames":{total_frames},"features":{{{}}}}}"#,
        cameras.join(",")
    );
    put(root, "meta/info.json", text.as_bytes());
}

/// What the list of a v3.0 set says of episode 0.
#[derive(Clone, Copy, Debug)]
struct Said {
    length: i64,
    n_rows: i64,
    to_s: f64,
}

const TRUE: Said = Said { length: 4, n_rows: 4, to_s: 0.4 };

/// A v3.0 set of 4 and 5 frames in one video of the camera `front`, and of others that the list does not know.
fn three(root: &Path, others: &[&str], said: Said) {
    info(root, "v3.0", &[&["front"][..], others].concat(), 9);
    let times = |values: [f64; 2]| -> ArrayRef { Arc::new(Float64Array::from_iter_values(values)) };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("episode_index", whole([0, 1])),
        ("length", whole([said.length, 5])),
        ("data/chunk_index", whole([0, 0])),
        ("data/file_index", whole([0, 0])),
        ("dataset_from_index", whole([0, 4])),
        ("dataset_to_index", whole([said.n_rows, 9])),
        ("videos/front/chunk_index", whole([0, 0])),
        ("videos/front/file_index", whole([0, 0])),
        ("videos/front/from_timestamp", times([0.0, 0.4])),
        ("videos/front/to_timestamp", times([said.to_s, 0.9])),
    ];
    parquet(root, "meta/episodes/chunk-000/file-000.parquet", columns);
    let task: ArrayRef = Arc::new(StringArray::from(vec!["Lift"]));
    parquet(root, "meta/tasks.parquet", vec![("task_index", whole([0])), ("task", task)]);
    let all: Vec<(i64, i64)> = (0..4).map(|at| (0, at)).chain((0..5).map(|at| (1, at))).collect();
    rows(root, "data/chunk-000/file-000.parquet", &all, 0);
    put(root, "videos/front/chunk-000/file-000.mp4", &mp4(9));
}

#[test]
fn no_frame_comes_from_the_next_episode_whatever_the_list_counts() {
    const ROWS: &str = "`dataset_from_index` to `dataset_to_index` in 1 of 2 episodes (0)";
    const TIME: &str = "`from_timestamp` to `to_timestamp` or to the next episode's start in 1 of 2 episodes (0)";
    for (said, n_frames, [by_rows, by_time, by_sum]) in [
        (TRUE, 4, [0, 0, 0]),
        (Said { length: 6, ..TRUE }, 4, [1, 1, 1]),
        (Said { length: 6, n_rows: 6, to_s: 0.6 }, 4, [0, 1, 1]),
        (Said { length: 3, ..TRUE }, 3, [1, 0, 1]),
        (Said { length: 2, n_rows: 2, ..TRUE }, 2, [0, 1, 1]),
        (Said { n_rows: 2, ..TRUE }, 2, [1, 0, 0]),
        (Said { to_s: 0.2, ..TRUE }, 2, [0, 1, 0]),
        // Half an interval is no frame.
        (Said { to_s: 0.37, ..TRUE }, 4, [0, 0, 0]),
        (Said { to_s: 0.43, ..TRUE }, 4, [0, 0, 0]),
    ] {
        let dir = tempfile::tempdir().expect("temp dir");
        three(dir.path(), &[], said);
        let set = opened(dir.path());
        let film = opened(&dir.path().join("videos/front/chunk-000/file-000.mp4"));
        let found = [noted(&set, ROWS), noted(&set, TIME), noted(&set, "It says 9 frames")];
        assert_eq!(found, [by_rows, by_time, by_sum], "{said:?}: {:?}", set.notes);
        assert_eq!(set.notes.len(), by_rows + by_time + by_sum, "{said:?}: nothing else, {:?}", set.notes);
        assert_eq!((set.episodes[0].n_frames, set.episodes[1].n_frames), (n_frames, 5), "{said:?}");
        for (episode, frame, at) in (0..n_frames).map(|at| (0, at, at)).chain((0..5).map(|at| (1, at, 4 + at))) {
            let picture = set.frame(0, episode, frame).expect("a picture");
            assert_eq!(picture, film.frame(0, 0, at).expect("a picture"), "{said:?}: frame {frame} of {episode}");
        }
        assert!(matches!(set.frame(0, 0, n_frames), Err(DataError::Absent { .. })), "{said:?}: the end");
        // Nor does the reader give one to whoever asks past the set's own check.
        let err = set.reader.frame(0, 0, 4).expect_err("the next episode's").to_string();
        for part in [format!("counts {} frames of episode 0", said.length).as_str(), "file-000.mp4", "no frame 4"] {
            assert!(err.contains(part), "{said:?}: {err}");
        }
        set.items(&[0, 1], &Silent).expect("can be sealed");
    }
}

#[test]
fn an_episode_that_is_left_no_frame_is_missing() {
    let dir = tempfile::tempdir().expect("temp dir");
    three(dir.path(), &[], Said { to_s: 0.0, ..TRUE });
    let set = opened(dir.path());
    let reason = set.episodes[0].missing.clone().expect("missing");
    assert!(reason.contains("meta/episodes/chunk-000/file-000.parquet` counts 4 frames"), "{reason}");
    set.frame(0, 1, 4).expect("the other is whole");
}

#[test]
fn a_camera_that_the_list_does_not_know_is_left_out() {
    let dir = tempfile::tempdir().expect("temp dir");
    three(dir.path(), &["wrist"], TRUE);
    let set = opened(dir.path());
    assert_eq!(names(&set), ["front"], "{:?}", set.notes);
    assert_eq!((noted(&set, "The camera `wrist` is left out"), set.notes.len()), (1, 1), "{:?}", set.notes);
    set.frame(0, 1, 4).expect("the other camera");
    // Also where it is the only one: its signals can be read.
    super::lerobot(dir.path());
    info(dir.path(), "v3.0", &["wrist"], 6);
    let set = opened(dir.path());
    assert!(set.cameras.is_empty() && set.episodes.iter().all(|episode| episode.missing.is_none()), "{:?}", set.notes);
}

/// A v2.1 set of three episodes that lists 3 frames each, without videos.
fn two(root: &Path, cameras: &[&str]) {
    info(root, "v2.1", cameras, 9);
    let list: Vec<String> =
        (0..3).map(|id| format!(r#"{{"episode_index":{id},"tasks":["Lift"],"length":3}}"#)).collect();
    put(root, "meta/episodes.jsonl", list.join("\n").as_bytes());
    for id in 0..3 {
        let own: Vec<(i64, i64)> = (0..3).map(|at| (id, at)).collect();
        rows(root, &format!("data/chunk-000/episode_{id:06}.parquet"), &own, 3 * id);
    }
}

/// The video of one episode in [`two`].
fn film(root: &Path, camera: &str, id: u32, n_frames: u32) {
    put(root, &format!("videos/chunk-000/{camera}/episode_{id:06}.mp4"), &mp4(n_frames));
}

#[test]
fn a_video_of_too_few_pictures_is_told_from_a_damaged_one() {
    let dir = tempfile::tempdir().expect("temp dir");
    two(dir.path(), &["front"]);
    (0..3).for_each(|id| film(dir.path(), "front", id, 3 - id));
    let set = opened(dir.path());
    assert!(set.notes.is_empty(), "not looked at yet: {:?}", set.notes);
    set.frame(0, 1, 1).expect("its last picture");
    let err = set.frame(0, 1, 2).expect_err("beyond").to_string();
    for part in
        ["meta/episodes.jsonl", "counts 3 frames of episode 1", "episode_000001.mp4", "has 2 pictures", "frame 2"]
    {
        assert!(err.contains(part) && !err.contains("damaged"), "{part}: {err}");
    }
    assert!(set.items(&[0], &Silent).is_ok() && set.items(&[1], &Silent).is_err(), "nor can it be sealed");
}

#[test]
fn an_absent_camera_costs_that_camera_only() {
    let dir = tempfile::tempdir().expect("temp dir");
    two(dir.path(), &["front", "wrist"]);
    let missing = |set: &Set| set.episodes.iter().filter(|episode| episode.missing.is_some()).count();
    let set = opened(dir.path());
    assert_eq!((names(&set).len(), missing(&set)), (2, 3), "no video of any camera: {:?}", set.notes);

    (0..3).for_each(|id| film(dir.path(), "wrist", id, 3));
    let set = opened(dir.path());
    assert_eq!((names(&set), missing(&set)), (vec!["wrist"], 0), "none of the first: {:?}", set.notes);
    assert_eq!((noted(&set, "The camera `front` is left out"), set.notes.len()), (1, 1), "{:?}", set.notes);
    set.frame(0, 2, 2).expect("of the camera that is left");
    let items = set.items(&[0, 1, 2], &Silent).expect("can be sealed");
    assert!(!items.iter().any(|item| item.name.contains("front")), "only what is there");

    film(dir.path(), "front", 1, 3);
    let set = opened(dir.path());
    assert_eq!((names(&set), missing(&set)), (vec!["front", "wrist"], 0), "one of the first: {:?}", set.notes);
    assert_eq!(
        noted(&set, "2 of 3 episodes have no readable video of the camera `front` (0, 2)"),
        1,
        "{:?}",
        set.notes
    );
    set.frame(0, 1, 2).expect("there");
    set.frame(1, 0, 2).expect("the other camera");
    let err = set.frame(0, 2, 0).expect_err("absent").to_string();
    assert!(err.contains("episode 2") && err.contains("`front`") && err.contains("download it"), "{err}");
    let items = set.items(&[0, 1, 2], &Silent).expect("can be sealed");
    assert_eq!(items.iter().filter(|item| item.name.contains("front")).count(), 1, "only what is there");

    fs::remove_file(dir.path().join("videos/chunk-000/wrist/episode_000000.mp4")).expect("remove");
    put(dir.path(), "videos/chunk-000/wrist/episode_000001.mp4", &mp4(3)[..200]);
    let set = opened(dir.path());
    assert_eq!((missing(&set), set.episodes[0].missing.is_some()), (1, true), "no camera of episode 0");
    assert_eq!(noted(&set, "1 of 3 episodes have no readable video of the camera `wrist` (1)"), 1, "{:?}", set.notes);
    let err = set.frame(1, 1, 0).expect_err("damaged").to_string();
    assert!(err.contains("`wrist`") && err.contains("cut short"), "{err}");
}
