//! What is written is read again by our reader, which must take it for generated.

use super::*;
use crate::base::Silent;
use crate::data::{Format, Origin, Set};
use crate::family::{Clock, Element, Feature};

fn mapping(columns: &[(&str, &[&str])]) -> Mapping {
    let element = |name: &&str| Element { name: (*name).to_owned(), unit: String::new(), is: "0".to_owned() };
    let feature = |(name, elements): &(&str, &[&str])| Feature {
        name: (*name).to_owned(),
        elements: elements.iter().map(element).collect(),
    };
    Mapping { robot: "arm".to_owned(), task: String::new(), features: columns.iter().map(feature).collect() }
}

fn about() -> About {
    About {
        fps: 20,
        robot: "arm".to_owned(),
        task: "Pick it up".to_owned(),
        family: "slip".to_owned(),
        family_digest: "blake3:00".to_owned(),
        verdict: None,
        like: None,
    }
}

const COLUMNS: [(&str, &[&str]); 2] = [("observation.state", &["a", "b"]), ("action", &["a"])];

/// Episodes of 3, 1 and 2 states, whose numbers tell where they stand.
fn write(root: &Path) -> Vec<[Vec<f64>; 2]> {
    let mut writer = SetWriter::begin(root, about(), &mapping(&COLUMNS), Vec::new()).expect("begins");
    let mut all = Vec::new();
    for (draw, rows) in [(7_u64, 3_usize), (9, 1), (12, 2)] {
        let number = |at: usize| draw as f64 + 0.1 * at as f64;
        let numbers = [(0..2 * rows).map(number).collect::<Vec<_>>(), (0..rows).map(number).collect()];
        writer.add(Made { draw, ln_weight: -0.5, rare: draw == 9 }, &numbers, &[]).expect("adds");
        all.push(numbers);
    }
    assert_eq!(writer.finish().expect("finishes"), (3, 6));
    all
}

#[test]
fn a_written_set_is_read_again_and_is_no_real_one() {
    let dir = tempfile::tempdir().expect("folder");
    let root = dir.path().join("set");
    let written = write(&root);
    let set = Set::open(&root, &Silent).expect("opens");
    assert_eq!((set.format, set.origin), (Format::LeRobotV30, Origin::Synthetic));
    assert!(set.notes.is_empty() && set.cameras.is_empty(), "{:?}", set.notes);
    assert_eq!(set.columns.iter().map(|column| column.names.as_slice()).collect::<Vec<_>>(), COLUMNS.map(|(_, e)| e));
    let lengths: Vec<(u64, u32, &str)> = set.episodes.iter().map(|e| (e.id, e.n_frames, e.task.as_str())).collect();
    assert_eq!(lengths, [(0, 3, "Pick it up"), (1, 1, "Pick it up"), (2, 2, "Pick it up")]);
    for (at, numbers) in written.iter().enumerate() {
        for ((name, elements), numbers) in COLUMNS.iter().zip(numbers) {
            let signal = set.signal(at, name).expect("a signal");
            let expected: Vec<Vec<f32>> =
                numbers.chunks(elements.len()).map(|row| row.iter().map(|number| *number as f32).collect()).collect();
            assert_eq!(signal.rows, expected, "{name} of episode {at}");
            let times: Vec<f64> = (0..expected.len()).map(|row| f64::from((row as f64 / 20.0) as f32)).collect();
            assert_eq!(signal.timestamps_s, times);
        }
    }
    assert!(set.content_digest(&Silent).is_ok());
}

/// `WORLDPROOF_PEER_PYTHON` names a Python with `lerobot`, else `python3` is asked.
#[test]
fn lerobot_reads_a_written_set_and_a_merge_with_a_real_one_stays_synthetic() {
    let dir = tempfile::tempdir().expect("folder");
    let (root, both) = (dir.path().join("set"), dir.path().join("both"));
    let written = write(&root);
    let python = std::env::var("WORLDPROOF_PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer_lerobot.py");
    let told = std::process::Command::new(&python).arg(script).arg(&root).arg(&both).output();
    let Some(told) = told.ok().filter(|told| told.status.code() != Some(77)) else {
        println!(
            "skipped: `{python}` has no lerobot; `pip install lerobot` and name its Python in WORLDPROOF_PEER_PYTHON"
        );
        return;
    };
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told = String::from_utf8(told.stdout).expect("text");
    let words: Vec<&str> = told.split_whitespace().collect();
    assert_eq!(
        (&words[..3], words[5], &words[6..]),
        (&["3", "6", "20"][..], "12", &["Pick", "it", "up"][..]),
        "{told}"
    );
    for (column, word) in [(0, words[3]), (1, words[4])] {
        let ours: f64 = written.iter().flat_map(|numbers| &numbers[column]).sum();
        let theirs: f64 = word.parse().expect("a number");
        assert!((ours - theirs).abs() < 1e-4, "{ours} {theirs}");
    }
    let set = Set::open(&both, &Silent).expect("opens");
    assert_eq!((set.origin, set.episodes.len()), (Origin::Synthetic, 6));
    assert!(set.notes.iter().any(|note| note.text.contains("3 of 6 episodes were generated")), "{:?}", set.notes);
}

#[test]
fn episodes_that_do_not_fit_are_refused_with_the_draw() {
    let dir = tempfile::tempdir().expect("folder");
    let mut writer =
        SetWriter::begin(&dir.path().join("set"), about(), &mapping(&COLUMNS), Vec::new()).expect("begins");
    let made = Made { draw: 4, ln_weight: 0.0, rare: false };
    for (numbers, part) in [
        (vec![vec![1.0, 2.0], vec![1.0, 2.0]], "draw 4: its columns differ in length"),
        (vec![vec![1.0, 2.0, 3.0], vec![1.0]], "differ in length"),
        (vec![vec![1.0, 2.0]], "differ in length"),
        (vec![Vec::new(), Vec::new()], "differ in length"),
        (vec![vec![1.0, 1e39], vec![1.0]], "`b` of `observation.state` is 1"),
        (vec![vec![f64::NAN, 1.0], vec![1.0]], "`a` of `observation.state` is NaN"),
    ] {
        let error = writer.add(made, &numbers, &[]).expect_err(part).to_string();
        assert!(error.contains(part), "{error}");
    }
    let error = writer.finish().expect_err("empty").to_string();
    assert!(error.contains("has no episode"), "{error}");
}

#[test]
fn columns_are_held_against_a_real_set_before_anything_is_made() {
    let dir = tempfile::tempdir().expect("folder");
    let root = dir.path().join("bench");
    write(&root);
    let real = Set::open(&root, &Silent).expect("opens");
    let clock = Clock { duration_s: 1.0, frame_rate_hz: 20.0 };
    let (like, remarks) = compare(&mapping(&COLUMNS), &clock, &real).expect("the same");
    assert!(like.features.contains_key("observation.state") && remarks.is_empty());
    let taken = columns_of(&real).expect("columns");
    assert_eq!(taken.robot, "arm");
    let names = |feature: &Feature| feature.elements.iter().map(|element| element.name.clone()).collect::<Vec<_>>();
    assert_eq!(taken.features.iter().map(names).collect::<Vec<_>>(), COLUMNS.map(|(_, names)| names.to_vec()));
    let other: [(&str, &[&str]); 2] = [("observation.state", &["a", "c"]), ("gripper", &["g"])];
    let mut wrong = mapping(&other);
    wrong.robot.clear();
    let error = compare(&wrong, &Clock { frame_rate_hz: 30.0, ..clock }, &real).expect_err("differs").to_string();
    for part in [
        "the set `bench`",
        "element 1 of `observation.state` is `b` there and `c` in the mapping",
        "it has the column `action`, which the mapping lacks",
        "it has no column `gripper`",
        "it has 20 rows a second and the family 30",
        "its robot is `arm` and the family's ``",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}
