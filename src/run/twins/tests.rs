//! A set with copies, with near copies, and with a recording on both sides of its split.

use std::path::Path;
use std::sync::Mutex;

use super::*;
use crate::base::{Rgb, StreamKey, png};
use crate::ledger::Timestamp;
use crate::run::import::ImportRequest;
use crate::run::place::Stamp;

/// A picture of soft stripes, other ones for each `seed`; `noise` is a grey level or two that a copy may differ in.
fn picture(seed: u64, noise: u8) -> Rgb {
    let key = StreamKey::new(seed, "twins");
    let number = |at: u64| key.unit("stripe", at);
    let mut picture = Rgb::black(96, 64);
    for (at, pixel) in picture.bytes.chunks_exact_mut(3).enumerate() {
        let (x, y) = (f64::from(at as u32 % 96) / 96.0, f64::from(at as u32 / 96) / 64.0);
        let waves = (0..6).map(|wave| {
            let [across, down, phase] = [0, 1, 2].map(|part| number(4 * wave + part));
            libm::sin(std::f64::consts::TAU * (4.0 * across * x + 4.0 * down * y + phase))
        });
        let value = 128.0 + 16.0 * waves.sum::<f64>() + f64::from(noise) * (at % 2) as f64;
        pixel.fill(value.clamp(0.0, 255.0) as u8);
    }
    picture
}

fn put(folder: &Path, episode: u64, frame: usize, picture: &Rgb) {
    let folder = folder.join(format!("take_{episode:02}"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{frame:03}.png")), png::encode_rgb(picture).unwrap()).unwrap();
}

/// Keeps what is noted.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Monitor for Notes {
    fn step(&self, _stage: &str, _done: u64, _total: u64) {}
    fn note(&self, note: Note) {
        self.0.lock().unwrap().push(note.text);
    }
    fn stopped(&self) -> bool {
        false
    }
}

/// A study with a set of six takes, ten pictures each; `again` stands on which takes repeat take 0 a little noisier.
fn taken_in(dir: &Path, again: impl Fn(u64) -> bool) -> (Place, Study, Vec<String>) {
    let takes = dir.join("takes");
    for episode in 0..6 {
        for frame in 0..10 {
            let of = if again(episode) { 0 } else { 100 * episode };
            put(&takes, episode, frame, &picture(of + frame as u64, u8::from(again(episode) && episode > 0)));
        }
    }
    study_of(dir)
}

/// A study with the set in the folder `takes`, and what was noted when it was taken in.
fn study_of(dir: &Path) -> (Place, Study, Vec<String>) {
    let place = Place { folder: dir.join("study"), keys_folder: dir.join("keys") };
    let stamp = Stamp { time: Timestamp::from_unix_s(0), actor: "tester".to_owned() };
    let mut study = crate::run::new::new(&place, 1, &stamp).unwrap();
    let notes = Notes::default();
    let request = ImportRequest::of(dir.join("takes"), 0.34);
    let imported = import::import(&place, &study, &request, &stamp, &notes).unwrap();
    place.keep(&mut study, [imported.edit]).unwrap();
    (place, study, notes.0.into_inner().unwrap())
}

fn asked(within: u32) -> TwinsRequest {
    TwinsRequest { set: "takes".to_owned(), camera: 0, every: None, by: TwinsBy::Looks(within) }
}

/// By a network of a few kilobytes, whose features have this cosine at least.
fn by_network(alike: f64) -> TwinsRequest {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/backbone/conv.onnx");
    let preparation = crate::backbone::Preparation { side_px: Some(32), ..Default::default() };
    TwinsRequest { by: TwinsBy::Network(BackboneAsk { file, preparation }, alike), ..asked(4) }
}

#[test]
fn a_network_tells_twins_too_and_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (place, study, _) = taken_in(dir.path(), |_| true);
    let found = twins(&place, &study, &by_network(0.999_999), &Notes::default()).unwrap();
    assert_eq!((found.n_pictures, found.within, found.alike), (60, None, Some(0.999_999)), "{found:?}");
    assert_eq!(found.backbone.as_ref().map(|network| network.length), Some(12));
    // Takes 1 to 5 are equal; the network may or may not see that take 0 is a grey level less noisy.
    assert!((10..=20).contains(&found.n_distinct), "{found:?}");
    assert!(found.sentences()[1].contains("conv.onnx@") && found.sentences()[1].contains("cosine of 0.999999"));
    let across = found.across.as_ref().unwrap();
    let equal = study.sets[0].held.iter().filter(|episode| **episode > 0).count();
    assert!(equal > 0 && across.n_twins >= 10 * equal && across.episodes.len() >= equal, "{across:?}");
    assert!(!across.nearest.is_empty());
    for (_, _, apart) in &across.nearest {
        assert!(matches!(apart, Apart::Alike(cosine) if *cosine >= 0.999_999), "{apart:?}");
    }
    let all = twins(&place, &study, &by_network(1e-9), &Notes::default()).unwrap();
    assert!(
        all.n_distinct <= found.n_distinct && all.across.unwrap().n_twins == 20,
        "nearly everything is like something"
    );
    for wrong in [0.0, 1.0, f64::NAN] {
        let why = twins(&place, &study, &by_network(wrong), &Notes::default()).unwrap_err().to_string();
        assert!(why.contains("a cosine above 0 and below 1"), "{why}");
    }
}

/// A study with six takes of four boards each: no two boards are alike, and their templates are those of take 0 in all takes.
fn boards(dir: &Path) -> (Place, Study, Vec<String>) {
    for episode in 0..6_u64 {
        let [folder, labels] = ["", "_not"].map(|ending| dir.join(format!("takes/take_{episode:02}{ending}")));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::create_dir_all(&labels).unwrap();
        for frame in 0..4_u64 {
            for (half, seed) in [("test", 100 * episode + frame), ("temp", frame)] {
                let bytes = png::encode_rgb(&picture(seed, 0)).unwrap();
                std::fs::write(folder.join(format!("{frame}_{half}.png")), bytes).unwrap();
            }
            std::fs::write(labels.join(format!("{frame}.txt")), "1 1 3 4 6\n").unwrap();
        }
    }
    study_of(dir)
}

#[test]
fn the_camera_that_is_asked_for_is_looked_through_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let (place, study, notes) = boards(dir.path());
    assert!(notes.iter().all(|note| !note.contains("held pictures")), "through the first camera nothing is: {notes:?}");
    let through =
        |camera: usize| twins(&place, &study, &TwinsRequest { camera, ..asked(twins::WITHIN) }, &Notes::default());
    let [tested, template] = [0, 1].map(|camera| through(camera).unwrap());
    assert_eq!((tested.camera.as_str(), tested.n_pictures, tested.n_distinct), ("test", 24, 24), "{tested:?}");
    assert_eq!((template.camera.as_str(), template.n_pictures, template.n_distinct), ("template", 24, 4));
    let told = template.sentences();
    assert!(told[0].starts_with("20 of 24 pictures of `template` are nearly the same"), "{told:?}");
    assert!(told[1].starts_with("8 of 8 held pictures of `template` have a near twin"), "{told:?}");
    let json = serde_json::to_value(&template).unwrap();
    assert_eq!((json["camera"].as_str(), json.get("n_cameras")), (Some("template"), None));
    let why = through(2).unwrap_err().to_string();
    assert!(why.contains("`takes` has no camera 2, counted from 0; it has test, template"), "{why}");
    let mut set = Set::open(&dir.path().join("takes"), &Notes::default()).unwrap();
    set.cameras[1].fps = 30.0;
    assert_eq!([0, 1, 2].map(|camera| one_a_second(&set, camera)), [1, 30, 1], "each at its own rate");
    let set_ref = study.set("takes").unwrap();
    let [tested, template] = [0, 1].map(|camera| by_looks(&set, set_ref, camera, &Notes::default()).unwrap());
    assert_eq!((tested.every, tested.n_pictures), (1, 24));
    assert_eq!((template.every, template.n_pictures), (30, 6), "the first picture of each take");
}

#[test]
fn a_recording_on_both_sides_of_the_split_is_named_before_it_is_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let (place, study, notes) = taken_in(dir.path(), |_| true);
    let found = twins(&place, &study, &asked(twins::WITHIN), &Notes::default()).unwrap();
    assert_eq!((found.n_pictures, found.n_distinct, found.every), (60, 10, 1), "{found:?}");
    assert_eq!(found.n_copies, 60 - 20, "take 0 and the others, which equal each other");
    let told = found.sentences();
    assert!(told[0].starts_with("50 of 60 pictures are nearly"), "one camera is not named: {told:?}");
    assert!(
        found.most_repeated.iter().all(|one| one.others == 5 && one.twin.episode != one.picture.episode),
        "{found:?}"
    );
    let across = found.across.as_ref().unwrap();
    assert_eq!((across.n_held, across.n_twins, across.episodes.len()), (20, 20, 2), "{across:?}");
    assert!(across.episodes.iter().all(|(held, reference, share)| held != reference && *share == 1.0), "{across:?}");
    assert!(notes.iter().any(|note| note.contains("20 of 20 held pictures")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("has already, half of them or more: ")), "{notes:?}");
}

#[test]
fn a_clean_set_is_not_accused_and_copies_within_a_half_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (place, study, notes) = taken_in(dir.path(), |_| false);
    assert_eq!(notes, Vec::<String>::new());
    let set = study.sets.iter().find(|set| set.name == "takes").unwrap().clone();
    let again = set.reference[0];
    put(&dir.path().join("takes"), again, 10, &picture(100 * again, 0));
    put(&dir.path().join("takes"), again, 11, &picture(100 * again, 2));
    let found = twins(&place, &study, &asked(twins::WITHIN), &Notes::default()).unwrap();
    assert_eq!((found.n_pictures, found.n_copies, found.n_distinct), (62, 1, 60), "{found:?}");
    let frame = |frame: u32| PictureId { episode: again, frame };
    assert_eq!(found.most_repeated, [Repeated { picture: frame(0), twin: frame(10), others: 2 }]);
    let across = found.across.unwrap();
    assert_eq!((across.n_held, across.n_twins, across.episodes.len()), (20, 0, 0));
    let exact = twins(&place, &study, &asked(0), &Notes::default()).unwrap();
    assert!(exact.n_distinct >= 60, "{exact:?}");
}

#[test]
fn impossible_requests_are_refused_and_sealed_halves_stay_unread() {
    let dir = tempfile::tempdir().unwrap();
    let (place, mut study, _) = taken_in(dir.path(), |_| true);
    let told = |request: &TwinsRequest, study: &Study| {
        twins(&place, study, request, &Notes::default()).unwrap_err().to_string()
    };
    assert!(told(&asked(11), &study).contains("at most 10 of their 64 bits, not 11"));
    assert!(told(&TwinsRequest { every: Some(0), ..asked(4) }, &study).contains("0 looks at none"));
    assert!(told(&TwinsRequest { set: "nothing".to_owned(), ..asked(4) }, &study).contains("nothing"));
    let held = study.sets[0].held.clone();
    study.sets[0].sealed = Some("a seal".to_owned());
    // What is not read may be gone.
    for episode in held {
        let folder = dir.path().join(format!("takes/take_{episode:02}"));
        for entry in std::fs::read_dir(folder).unwrap() {
            std::fs::write(entry.unwrap().path(), b"sealed").unwrap();
        }
    }
    let notes = Notes::default();
    let found = twins(&place, &study, &asked(4), &notes).unwrap();
    assert_eq!((found.n_pictures, found.across.is_none()), (40, true), "{:?}", notes.0.lock().unwrap());
    assert!(found.sentences().iter().any(|text| text.contains("sealed and was not looked at")));
}
