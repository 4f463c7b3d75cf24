//! Damaged files: an error or a note that names the file, never a panic, and never an unchanged seal.

use std::fs;
use std::path::{Path, PathBuf};

use super::{lerobot, mp4, own, picture, put};
use crate::base::Silent;
use crate::data::{DataError, Item, Set};

/// Reads everything of the set; the items only where all went well.
fn use_all(path: &Path) -> Result<Vec<Item>, DataError> {
    let set = Set::open(path, &Silent)?;
    let all: Vec<usize> = (0..set.episodes.len()).filter(|at| set.episodes[*at].missing.is_none()).collect();
    let items = set.items(&all, &Silent)?;
    for at in all {
        for camera in 0..set.cameras.len() {
            for frame in 0..set.episodes[at].n_frames.min(20) {
                set.frame(camera, at, frame)?;
                set.labels(camera, at, frame)?;
                set.depth(camera, at, frame)?;
            }
        }
        for column in &set.columns {
            set.signal(at, &column.name)?;
        }
    }
    Ok(items)
}

fn all_files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).expect("list").map(|e| e.expect("entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { all_files(&path, out) } else { out.push(path) }
    }
}

/// Flips and cuts every file of the set below `root` at many places.
fn torment(root: &Path, opened: &Path) {
    let whole = use_all(opened).expect("whole set reads");
    let mut files = Vec::new();
    all_files(root, &mut files);
    for file in files {
        let bytes = fs::read(&file).expect("read");
        let step = (bytes.len() / 60).max(1);
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        for at in (0..bytes.len()).step_by(step) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x41;
            put(root, file.strip_prefix(root).expect("below").to_str().expect("text"), &flipped);
            if let Ok(items) = use_all(opened) {
                assert_ne!(items, whole, "byte {at} of {name} flipped and no leaf changed");
            }
            put(root, file.strip_prefix(root).expect("below").to_str().expect("text"), &bytes[..at]);
            match use_all(opened) {
                Ok(items) => assert_ne!(items, whole, "{name} cut at {at} and no leaf changed"),
                Err(err) => assert!(err.to_string().len() > 20, "{err}"),
            }
        }
        put(root, file.strip_prefix(root).expect("below").to_str().expect("text"), &bytes);
    }
    assert_eq!(use_all(opened).expect("restored"), whole, "the same again");
}

#[test]
fn damaged_pictures() {
    let dir = tempfile::tempdir().expect("temp dir");
    put(dir.path(), "a.png", &picture(1));
    put(dir.path(), "b.png", &picture(2));
    torment(dir.path(), dir.path());
    put(dir.path(), "b.png", &picture(2)[..40]);
    let err = Set::open(dir.path(), &Silent).expect("opens").frame(0, 0, 1).expect_err("cut").to_string();
    assert!(err.contains("b.png") && err.contains("download it again"), "{err}");
}

#[test]
fn damaged_labels_and_distances() {
    let dir = tempfile::tempdir().expect("temp dir");
    put(dir.path(), "image/a.png", &picture(1));
    put(dir.path(), "depth/a.png", &crate::base::png::encode_grey16(8, 6, &[7; 48]).expect("encode"));
    put(dir.path(), "pose.txt", b"1 2 3 0 0 0 1");
    put(dir.path(), "labels.csv", b"file,label,speed\na.png,cup,1.5\n");
    torment(dir.path(), dir.path());
    fs::remove_file(dir.path().join("labels.csv")).expect("remove");
    put(dir.path(), "image/a.txt", b"0 0.5 0.5 0.5 0.5\n");
    torment(dir.path(), dir.path());
}

#[test]
fn damaged_own_set() {
    let dir = tempfile::tempdir().expect("temp dir");
    own(dir.path());
    torment(dir.path(), dir.path());
}

#[test]
fn damaged_lerobot_set() {
    let dir = tempfile::tempdir().expect("temp dir");
    lerobot(dir.path());
    torment(dir.path(), dir.path());
    let file = dir.path().join("data/chunk-000/file-001.parquet");
    let bytes = fs::read(&file).expect("read");
    put(dir.path(), "data/chunk-000/file-001.parquet", &bytes[..bytes.len() / 2]);
    let set = Set::open(dir.path(), &Silent).expect("opens");
    let reason = set.episodes[2].missing.clone().expect("missing");
    assert!(reason.contains("file-001.parquet") && reason.contains("cut short"), "{reason}");
}

#[test]
fn damaged_video() {
    let dir = tempfile::tempdir().expect("temp dir");
    put(dir.path(), "v.mp4", &mp4(6));
    torment(dir.path(), &dir.path().join("v.mp4"));
}

#[test]
fn leaves_tell_which_episode_changed() {
    let dir = tempfile::tempdir().expect("temp dir");
    lerobot(dir.path());
    let items = |held: &[usize]| Set::open(dir.path(), &Silent).expect("opens").items(held, &Silent).expect("items");
    let before = items(&[0, 1]);
    // Episode 1 changes; the file that episode 0 shares with it changes too.
    super::rows(dir.path(), "data/chunk-000/file-000.parquet", &[(0, 0), (0, 1), (0, 2), (1, 0), (1, 9)], 0);
    let after = items(&[0, 1]);
    let changed: Vec<&str> =
        before.iter().zip(&after).filter(|(a, b)| a.sha256 != b.sha256).map(|(a, _)| a.name.as_str()).collect();
    assert_eq!(changed, ["file data/chunk-000/file-000.parquet", "episode 1"], "and not episode 0");
    assert!(!before.iter().any(|item| item.name.contains("file-001")), "files of episode 2 are not sealed");
}
