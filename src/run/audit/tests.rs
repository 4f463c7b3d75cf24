//! A recorded set whose pictures give away what was said of it, one that does not, and draws with more causes than they can hold fixed.

use super::*;
use crate::base::{Rgb, Silent, StreamKey, png};
use crate::ledger::{Ledger, Timestamp};
use crate::run::conditions::{Said, say};
use crate::run::import::ImportRequest;

const TAKES: u64 = 48;

/// Whether a take is one in which it fell.
fn fell(take: u64) -> bool {
    StreamKey::new(3, "audit tests").unit("fell", take) < 0.4
}

/// A study with takes of two pictures each; the first picture is `level` grey and the last one black where it fell.
fn desk(level: impl Fn(u64) -> u8) -> (tempfile::TempDir, Place, Study, Stamp) {
    let dir = tempfile::tempdir().unwrap();
    for take in 0..TAKES {
        let folder = dir.path().join(format!("takes/take_{take:02}"));
        std::fs::create_dir_all(&folder).unwrap();
        for frame in 0..4 {
            let mut picture = Rgb::black(16, 12);
            let noise = StreamKey::new(take, "audit tests").unit("noise", frame);
            picture.bytes.fill(if frame == 3 && fell(take) { 0 } else { level(take) + (noise * 20.0) as u8 });
            std::fs::write(folder.join(format!("{frame}.png")), png::encode_rgb(&picture).unwrap()).unwrap();
        }
    }
    let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
    let stamp = Stamp { time: Timestamp::from_unix_s(0), actor: "tester".to_owned() };
    let mut study = crate::run::new::new(&place, 1, &stamp).unwrap();
    let request = ImportRequest::of(dir.path().join("takes"), 0.1);
    let imported = import::import(&place, &study, &request, &stamp, &Silent).unwrap();
    study.apply(imported.edit).unwrap();
    let of = |wanted: bool| (0..TAKES).filter(|take| fell(*take) == wanted).collect::<BTreeSet<u64>>();
    let said = |value: &str, episodes| Said { name: "end".to_owned(), value: value.to_owned(), episodes };
    let edit = say(&study, "takes", &imported.set, &[said("fell", of(true)), said("stood", of(false))]).unwrap();
    study.apply(edit).unwrap();
    (dir, place, study, stamp)
}

fn audited(level: impl Fn(u64) -> u8, until: f64) -> Audited {
    let (_dir, place, study, stamp) = desk(level);
    let request = AuditRequest { until, ..AuditRequest::of("takes".to_owned()) };
    let found = audit(&place, &study, &request, &stamp, &Silent).unwrap();
    let entries = Ledger::read(&place.ledger()).unwrap();
    assert_eq!(entries.last().map(|entry| entry.kind.as_str()), Some("audit.run"), "it is on record");
    assert!(found.file.is_file(), "and kept");
    found
}

#[test]
fn pictures_that_give_the_end_away_are_named() {
    let found = audited(|take| if fell(take) { 140 } else { 90 }, 0.5);
    let names: Vec<&str> = found.told().map(|finding| finding.candidate.as_str()).collect();
    assert!(names.contains(&"luminance_mean"), "{names:?}");
    assert!(found.sentences[0].contains("tells `end`"), "{:?}", found.sentences);
}

#[test]
fn what_is_seen_after_the_beginning_accuses_nobody() {
    let level = |take: u64| 80 + (StreamKey::new(9, "audit tests").unit("level", take) * 60.0) as u8;
    let clean = audited(level, 0.5);
    assert_eq!(clean.told().count(), 0, "{:?}", clean.sentences);
    assert!(clean.sentences[0].starts_with("Nothing tells `end`"), "{:?}", clean.sentences);
    let late = audited(level, 1.0);
    assert!(late.told().count() > 0, "the fall itself is in the last picture: {:?}", late.sentences);
}

#[test]
fn a_set_of_which_nothing_is_said_is_told_what_to_say() {
    let (_dir, place, mut study, stamp) = desk(|_| 90);
    let mut bare = study.set("takes").unwrap().clone();
    bare.conditions.clear();
    study.apply(crate::study::Edit::PutSet(bare)).unwrap();
    let why = audit(&place, &study, &AuditRequest::of("takes".to_owned()), &stamp, &Silent).unwrap_err().to_string();
    assert!(why.contains("worldproof conditions takes"), "{why}");
    let none = AuditRequest { until: 0.0, ..AuditRequest::of("takes".to_owned()) };
    assert!(audit(&place, &study, &none, &stamp, &Silent).is_err(), "no share is no picture");
}

#[test]
fn the_causes_that_say_most_are_held_fixed() {
    let key = StreamKey::new(5, "audit tests");
    let column = |name: &str| -> Vec<f64> { (0..120).map(|draw| key.unit(name, draw)).collect() };
    let names = ["mass", "push", "height", "lamp_x", "lamp_y", "lamp_z"];
    let causes: Vec<(String, Vec<f64>)> = names.iter().map(|name| ((*name).to_owned(), column(name))).collect();
    let tips = (0..120).map(|draw| Some(usize::from(causes[1].1[draw] > 0.6 + 0.3 * causes[0].1[draw]))).collect();
    let levels = Values::Levels { names: vec!["stands".to_owned(), "tips".to_owned()], of_draw: tips };
    let outcome = Outcome { name: "tips".to_owned(), values: levels };
    let known = Known { ids: (0..120).collect(), causes, ..Known::default() };
    let kept: Vec<String> = strongest(&known, &outcome).into_iter().map(|(name, _)| name).collect();
    assert!(kept.len() < names.len() && kept[0] == "push", "{kept:?}");
}

#[test]
fn a_recording_under_two_names_counts_once_and_one_that_only_begins_so_counts() {
    let (dir, place, study, stamp) = desk(|_| 90);
    let request = AuditRequest { until: 0.5, ..AuditRequest::of("takes".to_owned()) };
    let take = |id: u64| dir.path().join(format!("takes/take_{id:02}"));
    let [first, again, begins, ..] = study.sets[0].reference[..] else { panic!("three are seen") };
    for frame in 0..4 {
        let from = take(first).join(format!("{frame}.png"));
        std::fs::copy(&from, take(again).join(format!("{frame}.png"))).unwrap();
        if frame < 2 {
            std::fs::copy(&from, take(begins).join(format!("{frame}.png"))).unwrap();
        }
    }
    let found = audit(&place, &study, &request, &stamp, &Silent).unwrap();
    assert_eq!(found.n_draws, study.sets[0].reference.len() - 1);
    let last = found.sentences.last().unwrap();
    assert_eq!(last, "1 episode has the very pictures of others: such are left out, for a copy is no evidence.");
}

#[test]
fn labels_of_whole_pictures_are_outcomes_and_what_is_looked_at_whole_is_not_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("takes");
    let is_cat = |take: u64| StreamKey::new(7, "audit tests").unit("cat", take) < 0.5;
    let mut rows = "file,label\n".to_owned();
    for take in 0..TAKES {
        let folder = root.join(format!("take_{take:02}"));
        std::fs::create_dir_all(&folder).unwrap();
        let mut picture = Rgb::black(16, 12);
        let noise = StreamKey::new(take, "audit tests").unit("noise", 0);
        picture.bytes.fill(if is_cat(take) { 140 } else { 90 } + (noise * 20.0) as u8);
        std::fs::write(folder.join("0.png"), png::encode_rgb(&picture).unwrap()).unwrap();
        rows.push_str(&format!("take_{take:02}/0.png,{}\n", if is_cat(take) { "cat" } else { "dog" }));
    }
    std::fs::write(root.join("labels.csv"), rows).unwrap();
    let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
    let stamp = Stamp { time: Timestamp::from_unix_s(0), actor: "tester".to_owned() };
    let mut study = crate::run::new::new(&place, 1, &stamp).unwrap();
    let request = ImportRequest::of(root, 0.0);
    let imported = import::import(&place, &study, &request, &stamp, &Silent).unwrap();
    assert!(imported.held.is_empty(), "all may be looked at");
    study.apply(imported.edit).unwrap();
    let found = audit(&place, &study, &AuditRequest::of("takes".to_owned()), &stamp, &Silent).unwrap();
    assert!(
        found.told().any(|finding| finding.candidate == "luminance_mean" && finding.outcome == "label"),
        "{found:?}"
    );
    let why = crate::run::seal::seal(&place, &study, "takes", &stamp, &Silent).unwrap_err().to_string();
    assert!(why.contains("nothing of `takes` is held back"), "{why}");
}

#[test]
fn a_class_of_boxes_divides_the_episodes_that_are_labelled() {
    let dir = tempfile::tempdir().unwrap();
    // In take 0 a cup, in 1 a plate, in 2 both, in 3 nothing, and 4 has no row.
    let mut rows = "file,label,x0,y0,x1,y1\n".to_owned();
    for take in 0..5 {
        let name = format!("take_{take}/0.png");
        std::fs::create_dir_all(dir.path().join(format!("take_{take}"))).unwrap();
        std::fs::write(dir.path().join(&name), png::encode_rgb(&Rgb::black(16, 12)).unwrap()).unwrap();
        for (class, takes) in [("cup", [0, 2]), ("plate", [1, 2])] {
            if takes.contains(&take) {
                rows.push_str(&format!("{name},{class},1,1,5,5\n"));
            }
        }
    }
    std::fs::write(dir.path().join("labels.csv"), rows + "take_3/0.png,,,,,\n").unwrap();
    let set = Set::open(dir.path(), &Silent).unwrap();
    let found = labels::outcomes(&set, (&[0, 1, 2, 3, 4], 0), &Silent).unwrap();
    let told: Vec<(&str, Vec<Option<usize>>)> = found
        .iter()
        .map(|outcome| match &outcome.values {
            Values::Levels { of_draw, .. } => (outcome.name.as_str(), of_draw.clone()),
            Values::Numbers(_) => panic!("levels"),
        })
        .collect();
    let cup = vec![Some(1), Some(0), Some(1), None, None];
    let plate = vec![Some(0), Some(1), Some(1), None, None];
    assert_eq!(told, [("label cup", cup), ("label plate", plate)], "what nobody labelled says neither");
}
