//! A study survives its files, hand-written comments survive the studio, and history never takes a seal back.

use std::path::Path;

use super::*;
use crate::base::files::{read_text, write_whole};
use crate::family::{Bound, CameraSpec, Clock};

fn family(id: &str, version: u32) -> Arc<Family> {
    let zero = [Bound::Number(0.0), Bound::Number(0.0), Bound::Number(1.0)];
    Arc::new(Family {
        id: id.to_owned(),
        title: "Tilt".to_owned(),
        version,
        camera: CameraSpec {
            width_px: 4,
            height_px: 3,
            vertical_fov_deg: Bound::Expression("fov".to_owned()),
            eye_m: zero.clone(),
            target_m: zero,
            on: None,
            roll_deg: Bound::Number(0.0),
            exposure_ev: Bound::Number(0.0),
            sensor: None,
        },
        clock: Clock { duration_s: 1.0, frame_rate_hz: 10.0 },
        rare_event: "tipped".to_owned(),
        ..Family::new("", "", "tabletop")
    })
}

fn set(sealed: Option<&str>) -> SetRef {
    SetRef {
        name: "kitchen".to_owned(),
        path: "/data/kitchen".to_owned(),
        digest: Some("ab".repeat(32)),
        origin: Origin::StandIn,
        held: vec![1, 3],
        reference: vec![0, 2],
        sealed: sealed.map(str::to_owned),
        listing: None,
        conditions: BTreeMap::new(),
        folders: Folders::default(),
    }
}

fn filled(folder: &Path) -> Study {
    let mut study = Study::create(folder, "Demo \"one\"", u64::MAX).expect("create");
    for edit in [
        Edit::PutFamily(family("b-tilt", 1)),
        Edit::PutFamily(family("a-slip", 1)),
        Edit::PutSet(set(None)),
        Edit::SetNotes("two\nlines".to_owned()),
    ] {
        study.apply(edit).expect("edit");
    }
    study.save(folder).expect("save");
    study
}

#[test]
fn a_study_survives_its_files() {
    let dir = tempfile::tempdir().expect("temp dir");
    let folder = dir.path().join("my-study");
    let study = filled(&folder);
    assert_eq!(Study::load(&folder).expect("load"), study, "round trip in order");
    assert!(matches!(Study::create(&folder, "x", 1), Err(StudyError::Exists(_))), "never over a study");
    assert!(Study::load(dir.path()).expect_err("none").to_string().contains("study.ron"), "names the file");
}

#[test]
fn comments_in_a_family_survive_an_edit_and_those_in_the_study_until_its_meaning_changes() {
    let dir = tempfile::tempdir().expect("temp dir");
    let mut study = filled(dir.path());
    let paths = ["study.ron", "families/a-slip.ron", "families/b-tilt.ron"].map(|name| dir.path().join(name));
    for path in &paths {
        let text = read_text(path).expect("read");
        write_whole(path, format!("// mine\n{text}").as_bytes()).expect("write");
    }
    study.save(dir.path()).expect("save");
    let commented = || paths.each_ref().map(|path| read_text(path).expect("read").starts_with("// mine"));
    assert_eq!(commented(), [true, true, true], "nothing changed");
    study.apply(Edit::PutFamily(family("a-slip", 2))).expect("edit");
    study.save(dir.path()).expect("save");
    assert_eq!(commented(), [true, true, true], "a family keeps its comments");
    assert_eq!(Study::load(dir.path()).expect("load"), study, "and holds the edit");
    study.apply(Edit::SetSeed(5)).expect("edit");
    study.save(dir.path()).expect("save");
    assert_eq!(commented(), [false, true, true], "the study file");
    assert_eq!(Study::load(dir.path()).expect("load"), study, "same");
}

#[test]
fn removed_families_are_set_aside_and_new_files_are_found() {
    let dir = tempfile::tempdir().expect("temp dir");
    let mut study = filled(dir.path());
    study.apply(Edit::RemoveFamily("b-tilt".to_owned())).expect("edit");
    study.save(dir.path()).expect("save");
    assert!(dir.path().join("families/b-tilt.ron.removed").exists(), "kept beside");
    assert_eq!(Study::load(dir.path()).expect("load"), study, "gone from the study");
    let by_hand = crate::family::text::canonical(&family("c-new", 1));
    write_whole(&dir.path().join("families/c-new.ron"), by_hand.as_bytes()).expect("write");
    study.save(dir.path()).expect("save");
    let loaded = Study::load(dir.path()).expect("load");
    assert_eq!(loaded.families.last().map(|family| family.id.as_str()), Some("c-new"), "added by hand, not removed");
}

#[test]
fn a_half_finished_edit_by_hand_is_kept_when_the_studio_saves() {
    let dir = tempfile::tempdir().expect("temp dir");
    let study = filled(dir.path());
    for name in ["study.ron", "families/a-slip.ron"] {
        let path = dir.path().join(name);
        write_whole(&path, b"( half").expect("write");
        study.save(dir.path()).expect("save");
        let aside = path.with_extension("ron.unreadable");
        assert_eq!(read_text(&aside).expect("kept"), "( half", "{name}");
    }
    assert_eq!(Study::load(dir.path()).expect("load"), study, "and the study is whole");
}

#[test]
fn an_unreadable_family_hides_no_other_and_is_never_touched() {
    let dir = tempfile::tempdir().expect("temp dir");
    let whole = filled(dir.path());
    let path = dir.path().join("families/a-slip.ron");
    let good = read_text(&path).expect("read");
    write_whole(&path, b"( half").expect("write");
    let mut study = Study::load(dir.path()).expect("the rest");
    assert_eq!(study.families.len() + 1, whole.families.len());
    let refused = study.apply(Edit::PutFamily(family("a-slip", 1))).expect_err("its name is taken").to_string();
    assert!(refused.contains("cannot be read") && refused.contains("a-slip.ron:1:"), "{refused}");
    study.apply(Edit::SetSeed(99)).expect("seed");
    study.save(dir.path()).expect("save");
    assert_eq!(read_text(&path).expect("read"), "( half", "as it was");
    assert!(!path.with_extension("ron.removed").exists() && !path.with_extension("ron.unreadable").exists());
    assert_eq!(Study::load(dir.path()).expect("again").unreadable, study.unreadable, "still listed");
    write_whole(&path, good.as_bytes()).expect("mended");
    let mended = Study::load(dir.path()).expect("whole");
    assert!(mended.unreadable.is_empty() && mended.families.len() == whole.families.len());
}

#[test]
fn faults_name_file_line_and_column() {
    let dir = tempfile::tempdir().expect("temp dir");
    filled(dir.path());
    let path = dir.path().join("study.ron");
    let good = read_text(&path).expect("read");
    for (from, to, has) in [
        ("seed:", "sead:", "study.ron:4:"),
        ("worldproof study 1", "worldproof study 9", "expected `worldproof study 1`"),
        ("\"b-tilt\"", "\"b-lost\"", "families/b-lost.ron"),
        ("margin: 0.05", "margin: 5.0", "gate.margin"),
    ] {
        assert!(good.contains(from), "{from} in {good}");
        write_whole(&path, good.replace(from, to).as_bytes()).expect("write");
        let err = Study::load(dir.path()).expect_err(to).to_string();
        assert!(err.contains(has), "{err}");
    }
    write_whole(&path, good.as_bytes()).expect("restore");
    let family = dir.path().join("families/a-slip.ron");
    let text = read_text(&family).expect("read");
    write_whole(&family, text.replace("version:", "verzion:").as_bytes()).expect("write");
    let loaded = Study::load(dir.path()).expect("the rest");
    assert!(loaded.families.iter().any(|family| family.id == "b-tilt"), "the others are there");
    let [file] = loaded.unreadable.as_slice() else { panic!("{:?}", loaded.unreadable) };
    assert!(file.id == "a-slip" && file.why.contains("a-slip.ron:4:"), "{file:?}");
    write_whole(&family, text.replace("\"a-slip\"", "\"other\"").as_bytes()).expect("write");
    let unreadable = Study::load(dir.path()).expect("the rest").unreadable;
    assert!(unreadable[0].why.contains("call the file `other.ron`"), "{unreadable:?}");
}

#[test]
fn edits_that_make_no_sense_change_nothing() {
    let dir = tempfile::tempdir().expect("temp dir");
    let mut study = filled(dir.path());
    study.apply(Edit::PutSet(set(Some("seal-1")))).expect("sealing");
    let before = study.clone();
    let both = SetRef { name: "b".to_owned(), held: vec![1], reference: vec![1], ..set(None) };
    let moved_origin = SetRef { origin: Origin::Real, ..set(Some("seal-1")) };
    for edit in [
        Edit::RemoveFamily("nope".to_owned()),
        Edit::PutFamily(family("../x", 1)),
        Edit::PutSet(set(None)),
        Edit::PutSet(moved_origin),
        Edit::PutSet(both),
        Edit::RemoveSet("kitchen".to_owned()),
        Edit::RemoveSet("nope".to_owned()),
        Edit::Rename(" ".to_owned()),
        Edit::SetGate(GateSettings { margin: f64::NAN, ..GateSettings::default() }),
        Edit::SetGate(GateSettings { attempts: 0, ..GateSettings::default() }),
    ] {
        assert!(study.apply(edit.clone()).is_err(), "{edit:?}");
        assert_eq!(study, before, "{edit:?}");
    }
    let moved = SetRef { path: "/other".to_owned(), ..set(Some("seal-1")) };
    study.apply(Edit::PutSet(moved)).expect("media may move");
}

fn numbered(seed: u64) -> Study {
    let (families, variants, sets, notes) = Default::default();
    Study {
        name: "n".to_owned(),
        seed,
        families,
        variants,
        unreadable: Vec::new(),
        sets,
        gate: GateSettings::default(),
        notes,
        remarks: Vec::new(),
    }
}

#[test]
fn history_walks_both_ways_and_merges_gestures() {
    let mut history = History::new(numbered(0));
    assert_eq!((history.undo(), history.redo()), (None, None), "nothing yet");
    history.push("one", None, numbered(1));
    for seed in 2..10 {
        history.push("drag", Some(7), numbered(seed));
    }
    history.push("other drag", Some(8), numbered(10));
    assert_eq!((history.undo_label(), history.redo_label()), (Some("other drag"), None), "labels");
    let mut seeds = Vec::new();
    while history.undo().is_some() {
        seeds.push(history.current().seed);
    }
    assert_eq!(seeds, [9, 1, 0], "a drag is one step");
    assert_eq!(history.redo().as_deref(), Some("one"), "forward");
    assert_eq!(history.redo().as_deref(), Some("drag"), "forward");
    history.push("drag", Some(7), numbered(20));
    assert_eq!(history.redo(), None, "a new edit ends what was undone");
    assert_eq!(history.undo().as_deref(), Some("drag"), "and is a step of its own");
    assert_eq!(history.current().seed, 9, "the earlier drag stays");
}

#[test]
fn history_is_bounded() {
    let mut history = History::new(numbered(0));
    (1..=500).for_each(|seed| history.push("x", None, numbered(seed)));
    let steps = std::iter::from_fn(|| history.undo()).count();
    assert_eq!((steps, history.current().seed), (200, 300), "the oldest are dropped");
}

#[test]
fn undo_never_unseals() {
    let mut study = numbered(0);
    let mut history = History::new(study.clone());
    study.apply(Edit::PutSet(set(None))).expect("edit");
    history.push("import", None, study.clone());
    study.seed = 9;
    history.push("seed", None, study);
    history.rewrite(|study| study.apply(Edit::PutSet(set(Some("seal-1")))).expect("edit"));
    for seed in [0, 0] {
        history.undo().expect("undo");
        assert_eq!(history.current().set("kitchen"), Some(&set(Some("seal-1"))), "stays sealed");
        assert_eq!(history.current().seed, seed, "what is undone is undone");
    }
    history.redo().expect("redo");
    assert_eq!(history.current().set("kitchen"), Some(&set(Some("seal-1"))), "stays sealed");
}

/// A study whose variant `a-quick` stands before its base `b-tilt`, and a variant of that one.
fn with_variants(folder: &Path) -> Study {
    let study = filled(folder);
    let write = |id: &str, text: &str| {
        write_whole(&folder.join(format!("families/{id}.ron")), text.as_bytes()).expect("write");
    };
    write("a-quick", QUICK);
    write("c-third", "(id: \"c-third\", title: \"Third\", extends: \"a-quick\")\n");
    let text = read_text(&folder.join("study.ron")).expect("read");
    let listed = text.replace("\"b-tilt\",", "\"a-quick\", \"b-tilt\",");
    assert_ne!(text, listed);
    write_whole(&folder.join("study.ron"), listed.as_bytes()).expect("write");
    assert_eq!(study.families.len(), 2);
    Study::load(folder).expect("load")
}

const QUICK: &str = "// Quick.\n(\n    id: \"a-quick\",\n    title: \"Quick\",\n    extends: \"b-tilt\",\n    \
                     clock: (duration_s: 2), // shorter\n)\n";

fn put(study: &mut Study, id: &str, change: impl FnOnce(&mut Family)) -> Result<(), StudyError> {
    let mut family = (**study.family(id).expect("family")).clone();
    change(&mut family);
    study.apply(Edit::PutFamily(Arc::new(family)))
}

#[test]
fn variants_follow_their_base_and_their_files_hold_only_what_differs() {
    let dir = tempfile::tempdir().expect("temp dir");
    let mut study = with_variants(dir.path());
    let ids: Vec<&str> = study.families.iter().map(|family| family.id.as_str()).collect();
    assert_eq!(ids, ["a-quick", "b-tilt", "a-slip", "c-third"], "a variant may be listed before its base");
    let quick = || read_text(&dir.path().join("families/a-quick.ron")).expect("read");
    study.save(dir.path()).expect("save");
    assert_eq!(quick(), QUICK, "no edit changes no byte");

    put(&mut study, "b-tilt", |base| base.clock = Clock { duration_s: 5.0, frame_rate_hz: 20.0 }).expect("edit");
    let clock = |study: &Study, id: &str| study.family(id).expect("family").clock;
    let followed = Clock { duration_s: 2.0, frame_rate_hz: 20.0 };
    assert_eq!((clock(&study, "a-quick"), clock(&study, "c-third")), (followed, followed), "what is its own stays");
    study.save(dir.path()).expect("save");
    assert_eq!(quick(), QUICK, "inherited values are not written");
    assert_eq!(Study::load(dir.path()).expect("load"), study, "and followed again on opening");

    put(&mut study, "a-quick", |quick| quick.camera.width_px = 8).expect("edit");
    assert_eq!(study.family("c-third").expect("third").camera.width_px, 8, "a variant is a base, too");
    study.save(dir.path()).expect("save");
    assert_eq!(quick(), QUICK.replace("    clock:", "    camera: (width_px: 8),\n    clock:"), "its own edit only");
    assert_eq!(Study::load(dir.path()).expect("load"), study, "same");
}

#[test]
fn a_part_goes_back_to_the_base_and_leaves_the_file() {
    let dir = tempfile::tempdir().expect("temp dir");
    let mut study = with_variants(dir.path());
    put(&mut study, "a-quick", |quick| quick.camera.width_px = 8).expect("edit");
    put(&mut study, "c-third", |third| third.clock.duration_s = 4.0).expect("edit");
    let inherit = |list, key: &str| Edit::Inherit("a-quick".to_owned(), list, key.to_owned());
    study.apply(inherit("clock", "duration_s")).expect("it has a base");
    let lengths = ["b-tilt", "a-quick", "c-third"].map(|id| study.family(id).expect("family").clock.duration_s);
    assert_eq!(lengths, [1.0, 1.0, 4.0], "what is the third's own stays");
    study.apply(inherit("camera", "width_px")).expect("it has a base");
    assert_eq!(study.family("c-third").expect("third").camera.width_px, 4, "its variants follow");
    study.save(dir.path()).expect("save");
    let text = read_text(&dir.path().join("families/a-quick.ron")).expect("read");
    assert!(!text.contains("clock") && !text.contains("camera"), "it says no more than its name: {text}");
    assert_eq!(Study::load(dir.path()).expect("load"), study, "same");
    let refused = study.apply(Edit::Inherit("b-tilt".to_owned(), "clock", "duration_s".to_owned()));
    assert!(refused.expect_err("no variant").to_string().contains("no base"));
}

#[test]
fn a_study_with_variants_can_always_be_opened_again() {
    let dir = tempfile::tempdir().expect("temp dir");
    let mut study = with_variants(dir.path());
    let measure = crate::family::Measure {
        name: "tipped".to_owned(),
        unit: String::new(),
        is: "true".to_owned(),
        about: String::new(),
    };
    put(&mut study, "b-tilt", |base| base.measures.push(measure)).expect("edit");
    put(&mut study, "a-quick", |quick| quick.measures.clear()).expect("edit");
    let before = study.clone();
    let told = |result: Result<(), StudyError>| result.expect_err("refused").to_string();
    let lost = told(put(&mut study, "b-tilt", |base| base.measures.clear()));
    assert!(lost.contains("the variant `a-quick` of `b-tilt`: in `without[0]`: the base"), "{lost}");
    assert!(told(study.apply(Edit::RemoveFamily("b-tilt".to_owned()))).contains("`a-quick` is a variant of it"));
    let circle = told(put(&mut study, "b-tilt", |base| base.extends = Some("c-third".to_owned())));
    assert!(circle.contains("in a circle"), "{circle}");
    assert!(told(put(&mut study, "a-slip", |slip| slip.extends = Some("a-slip".to_owned()))).contains("in a circle"));
    let missing = told(put(&mut study, "a-slip", |slip| slip.extends = Some("b-tild".to_owned())));
    assert!(missing.contains("did you mean `b-tilt`?"), "{missing}");
    assert_eq!(study, before, "a refused edit changes nothing");

    // A whole family becomes a variant, and a variant a whole family.
    put(&mut study, "a-slip", |slip| slip.extends = Some("b-tilt".to_owned())).expect("extends");
    put(&mut study, "a-quick", |quick| quick.extends = None).expect("stands alone");
    study.save(dir.path()).expect("save");
    assert_eq!(Study::load(dir.path()).expect("load"), study, "same");
    let slip = read_text(&dir.path().join("families/a-slip.ron")).expect("read");
    assert!(slip.contains("without: [\"measures.tipped\"]") && !slip.contains("camera"), "{slip}");
    study.apply(Edit::RemoveFamily("a-slip".to_owned())).expect("a variant can go");
    study.save(dir.path()).expect("save");
    assert_eq!(Study::load(dir.path()).expect("load"), study, "same");
}

#[test]
fn faults_in_variants_name_their_file() {
    let dir = tempfile::tempdir().expect("temp dir");
    let study = with_variants(dir.path());
    let path = dir.path().join("families/a-quick.ron");
    for (from, to, has) in [
        (
            "\"b-tilt\"",
            "\"b-tild\"",
            "a-quick.ron:5:14: in `extends`: there is no family `b-tild` (did you mean `b-tilt`?)",
        ),
        ("\"b-tilt\"", "\"c-third\"", "`a-quick` extends `c-third`, which extends `a-quick`: a circle"),
        ("clock", "without: [\"x\"], clock", "a-quick.ron:6:15: in `without[0]`"),
    ] {
        write_whole(&path, QUICK.replace(from, to).as_bytes()).expect("write");
        let loaded = Study::load(dir.path()).expect("the rest");
        let why = loaded.unreadable.iter().find(|file| file.id == "a-quick").map(|file| file.why.as_str());
        assert!(why.is_some_and(|why| why.contains(has)), "{:?}", loaded.unreadable);
    }
    write_whole(&path, QUICK.as_bytes()).expect("restore");
    assert_eq!(Study::load(dir.path()).expect("load"), study);
}

#[test]
fn files_beside_belong_to_the_families_that_name_them_and_can_be_taken_along() {
    use crate::family::{Entity, Form};
    let dir = tempfile::tempdir().expect("temp dir");
    let mut study = filled(dir.path());
    let put = |name: &str, bytes: &[u8]| write_whole(&dir.path().join("props").join(name), bytes).expect("write");
    std::fs::create_dir(dir.path().join("props")).expect("folder");
    put("mug.obj", b"v 0 0 0\n");
    let mut cup = (*family("b-tilt", 1)).clone();
    let shape = Form::Model { file: "props/mug.obj".to_owned(), scale: Bound::Number(1.0) };
    cup.entities.push(Entity::new("mug", shape, [0.0; 3]));
    study.apply(Edit::PutFamily(Arc::new(cup))).expect("edit");
    let told = study.family("b-tilt").expect("there").files.bytes("props/mug.obj").unwrap_err();
    assert!(told.contains("has not been read"), "{told}");
    study.read_beside(dir.path());
    study.save(dir.path()).expect("save");
    let loaded = Study::load(dir.path()).expect("load");
    assert_eq!(loaded, study);
    let first = Arc::clone(loaded.family("b-tilt").expect("there"));
    assert_eq!(first.files.bytes("props/mug.obj"), Ok(&b"v 0 0 0\n"[..]));
    put("mug.obj", b"v 0 0 1\n");
    study.read_beside(dir.path());
    assert_eq!(
        study.family("b-tilt").expect("there").digest(),
        first.digest(),
        "known files are not read at every edit"
    );
    let again = Study::load(dir.path()).expect("load");
    assert_ne!(again.family("b-tilt").expect("there").digest(), first.digest(), "an edited file");
    // A thing that goes takes its file with it: the digest is that of a study which never had it.
    let mut plain = (**study.family("b-tilt").expect("there")).clone();
    plain.entities.clear();
    study.apply(Edit::PutFamily(Arc::new(plain))).expect("edit");
    study.read_beside(dir.path());
    assert_eq!(study.family("b-tilt").expect("there").files.iter().count(), 0, "no thing is made of it");
    let other = tempfile::tempdir().expect("temp dir");
    write_files(&first, other.path()).expect("write");
    let bare = Family { files: crate::family::Files::default(), ..(*first).clone() };
    assert_ne!(bare.digest(), first.digest());
    assert_eq!(with_files(bare, other.path()).digest(), first.digest(), "the same files elsewhere");
}

#[test]
fn remarks_on_pairs_are_kept_replaced_and_taken_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut study = filled(dir.path());
    study.apply(Edit::PutSet(SetRef { name: "made".to_owned(), ..set(None) })).expect("a second set");
    let remark = |text: &str, flagged| PairRemark {
        sets: ["kitchen".to_owned(), "made".to_owned()],
        episodes: [0, 7],
        frames: [3, 4],
        flagged,
        text: text.to_owned(),
    };
    study.apply(Edit::PutRemark(remark("shadow \"wrong\"", false))).expect("said");
    study.apply(Edit::PutRemark(PairRemark { frames: [9, 9], ..remark("", true) })).expect("another pair");
    study.apply(Edit::PutRemark(remark("shadow is right", true))).expect("said again");
    study.save(dir.path()).expect("saved");
    let read = Study::load(dir.path()).expect("read");
    assert_eq!(read.remarks, [remark("shadow is right", true), PairRemark { frames: [9, 9], ..remark("", true) }]);
    study.apply(Edit::PutRemark(remark("  ", false))).expect("taken back");
    assert_eq!(study.remarks.len(), 1, "a remark that says nothing is none");
    let nowhere = PairRemark { sets: ["kitchen".to_owned(), "gone".to_owned()], ..remark("x", true) };
    let why = study.apply(Edit::PutRemark(nowhere)).expect_err("no such set").to_string();
    assert!(why.contains("set gone"), "{why}");
    study.apply(Edit::RemoveSet("made".to_owned())).expect("removed");
    assert!(study.remarks.is_empty(), "they go with their set");
}

#[test]
fn a_sealed_set_may_still_be_spoken_of() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut study = filled(dir.path());
    study.apply(Edit::PutSet(set(Some("seal-1")))).expect("sealed");
    let light = BTreeMap::from([("light".to_owned(), BTreeMap::from([("dim".to_owned(), vec![0, 2])]))]);
    let said = SetRef { conditions: light, ..set(Some("seal-1")) };
    study.apply(Edit::PutSet(said.clone())).expect("conditions are no part of a seal");
    study.save(dir.path()).expect("saved");
    assert_eq!(Study::load(dir.path()).expect("read").set("kitchen"), Some(&said));
}
