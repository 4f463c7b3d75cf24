//! A LeRobot set that was sealed before the videos of one of its cameras were there.

use std::path::Path;

use super::*;
use crate::base::Silent;
use crate::data::tests::{mp4, put, rows};
use crate::ledger::Timestamp;
use crate::run::import::ImportRequest;

/// A v2.1 set of four episodes with two cameras, of which `front` has no videos.
fn filmed(root: &Path) {
    let camera = r#"{"dtype":"video","shape":[48,64,3]}"#;
    let info = format!(r#"{{"codebase_version":"v2.1","fps":10,"features":{{"front":{camera},"wrist":{camera}}}}}"#);
    put(root, "meta/info.json", info.as_bytes());
    let list: Vec<String> =
        (0..4).map(|id| format!(r#"{{"episode_index":{id},"tasks":["Lift"],"length":3}}"#)).collect();
    put(root, "meta/episodes.jsonl", list.join("\n").as_bytes());
    for id in 0..4 {
        let own: Vec<(i64, i64)> = (0..3).map(|at| (id, at)).collect();
        rows(root, &format!("data/chunk-000/episode_{id:06}.parquet"), &own, 3 * id);
        film(root, "wrist", id as u64, 3);
    }
}

fn film(root: &Path, camera: &str, id: u64, n_frames: u32) {
    put(root, &format!("videos/chunk-000/{camera}/episode_{id:06}.mp4"), &mp4(n_frames));
}

/// The leaves of episodes alone.
fn contents(items: Vec<Item>) -> Vec<Item> {
    items.into_iter().filter(|item| item.name.starts_with("episode")).collect()
}

#[test]
fn a_camera_that_came_after_the_seal_breaks_nothing_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("robot");
    filmed(&root);
    let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
    let stamp = Stamp { time: Timestamp::from_unix_s(0), actor: "tester".to_owned() };
    let mut study = crate::run::new::new(&place, 1, &stamp).unwrap();
    let imported = import::import(&place, &study, &ImportRequest::of(root.clone(), 0.5), &stamp, &Silent).unwrap();
    let held = imported.held.clone();
    study.apply(imported.edit).unwrap();
    let sealed = seal(&place, &study, "robot", &stamp, &Silent).unwrap();
    study.apply(sealed.edit).unwrap();
    let look = || verify(&place, &study, "robot", &stamp, &Silent).unwrap();
    let before = look();
    assert!(before.intact && before.unsealed.is_empty(), "{before:?}");
    let alone = contents(Set::open(&root, &Silent).unwrap().items(&[0, 1], &Silent).unwrap());

    (0..4).for_each(|id| film(&root, "front", id, 3));
    let late = look();
    let told = "2 files of the camera `front` were not there when it was sealed and are not under the seal";
    assert_eq!((late.unsealed.as_slice(), held.len()), (&[told.to_owned()][..], 2));
    assert!(late.intact && late.sentences.is_empty() && late.n_items == before.n_items, "{late:?}");
    let set = Set::open(&root, &Silent).unwrap();
    let without = set.episodes_without(&[0, 1], &BTreeMap::from([("front".to_owned(), 2)]), &Silent).unwrap();
    assert_eq!(without, alone, "as they were without it");
    let now = contents(set.items(&[0, 1], &Silent).unwrap());
    assert_ne!(now, alone, "with it they are others");

    film(&root, "front", held[0], 4);
    assert!(look().intact, "what is not under the seal");
    film(&root, "wrist", held[0], 4);
    let changed = look();
    assert!(!changed.intact && changed.sentences.iter().any(|text| text.contains("wrist")), "{changed:?}");
    // Where what names the videos is another, they are no latecomers but others.
    film(&root, "wrist", held[0], 3);
    assert!(look().intact, "as it was");
    let info = root.join("meta/info.json");
    let text = std::fs::read_to_string(&info).unwrap();
    std::fs::write(&info, format!("{text}\n")).unwrap();
    let renamed = look();
    assert!(!renamed.intact && renamed.unsealed.is_empty(), "{renamed:?}");
}
