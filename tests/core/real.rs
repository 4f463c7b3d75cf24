//! Real recordings, where they lie beside the repository. No figure here is tuned to them.

use crate::tool::{Bench, copy, flip_byte, real};

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
    let whole =
        bench.run_args(&["import", path.to_str().expect("utf-8"), "--name", "both", "--json", "--study", "study"]);
    assert_eq!((whole.code, whole.json()["episodes"].as_u64()), (0, Some(2)), "two folders: {}", whole.stderr);
    for folder in ["test_images", "test_images_1280"] {
        let ran = bench.run_args(&["import", path.join(folder).to_str().expect("utf-8"), "--study", "study"]);
        // Stills without subfolders are one group, which cannot be split: nothing of it is held back.
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stderr.contains("a folder of its own"), "what to do: {}", ran.stderr);
    }
}

#[test]
fn a_nominal_is_fitted_to_a_recorded_column_and_taken() {
    let Some(path) = real("g1_bottle_v30") else { return };
    let bench = Bench::new();
    bench.expect(0, "new study");
    bench.run_args(&["import", path.to_str().expect("utf-8"), "--name", "g1", "--study", "study"]);
    let columns = bench.expect(0, "fit g1 --json --study study").json();
    let count = columns["columns"].as_array().map(Vec::len);
    assert_eq!(count, Some(54), "26 of state, 26 of action, two clocks: {columns}");
    let asked = "fit g1 observation.state[8] --unit rad --family tabletop_light_step --parameter sun_azimuth_deg";
    let found = bench.expect(0, &format!("{asked} --refits 49 --take Uniform --json --study study")).json();
    assert_eq!((found["episodes"].as_u64(), found["unit"].as_str()), (Some(8), Some("deg")), "the reference half");
    let worth = found["effective"].as_f64().expect("a number");
    assert!(worth < 0.1 * found["n"].as_f64().expect("a number"), "frames are no independent values: {worth}");
    let points = found["fits"][0]["qq_expected_observed"].as_array().map(Vec::len);
    assert_eq!((points, found["taken"]["name"].as_str()), (Some(200), Some("Uniform")), "{found}");
    let ledger = bench.expect(0, "check --json --study study").json();
    assert_eq!(ledger["ledger"]["entries"].as_u64(), Some(3), "created, imported, fitted: {ledger}");
    let text = std::fs::read_to_string(bench.study().join("families/tabletop_light_step.ron")).expect("saved");
    // However the lines are broken.
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(");
    assert!(flat.contains("fitted: (set: \"g1\", column: \"observation.state[8]\""), "{text}");
    let refused = bench.expect(2, &format!("{asked} --take Cauchy --study study")).stderr;
    assert!(refused.contains("take one of"), "{refused}");
}
