//! Real recordings, where they lie beside the repository. No figure here is tuned to them.

use crate::tool::{Bench, flip_byte, real};

/// Copies a folder.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("folder");
    for entry in std::fs::read_dir(from).expect("folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            std::fs::copy(entry.path(), target).map(|_| ()).expect("copy")
        }
    }
}

#[test]
fn a_lerobot_set_is_split_sealed_and_a_flipped_byte_in_its_video_is_found() {
    let Some(path) = real("g1_bottle_v30") else { return };
    let bench = Bench::new();
    copy(&path, &bench.path("g1"));
    bench.expect(0, "new study");
    let taken = bench.expect(0, "import g1 --json --study study").json();
    assert_eq!((taken["episodes"].as_u64(), taken["frames"].as_u64()), (Some(12), Some(3594)), "{taken}");
    bench.expect(0, "seal g1 --study study");
    bench.expect(0, "seal g1 --verify --study study");
    flip_byte(&bench.path("g1/videos/observation.images.cam_high/chunk-000/file-000.mp4"));
    let broken = bench.expect(1, "seal g1 --verify --study study").stdout;
    assert!(broken.contains("file-000.mp4"), "{broken}");
}

#[test]
fn a_partial_v21_download_is_read_with_notes() {
    let Some(path) = real("g1_bottle_v21") else { return };
    let bench = Bench::new();
    bench.expect(0, "new study");
    let taken = bench.run_args(&["import", path.to_str().expect("utf-8"), "--json", "--study", "study"]).json();
    assert!(taken["notes"].as_array().is_some_and(|notes| !notes.is_empty()), "what is missing is said: {taken}");
}

#[test]
fn stills_and_videos_open_as_sets() {
    let Some(path) = real("highway") else { return };
    let bench = Bench::new();
    bench.expect(0, "new study");
    for folder in ["test_images", "test_images_1280"] {
        let ran = bench.run_args(&["import", path.join(folder).to_str().expect("utf-8"), "--study", "study"]);
        // Stills without subfolders are one group: a set that cannot be split says so.
        assert!(ran.code == 0 || ran.stderr.contains("episodes"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    }
}
