//! A pack is written, read back, and every kind of tampering is found.

mod labels;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::base::files::{read, write_whole};
use crate::base::{Monitor, Note, Rgb, Silent, png};
use crate::family::{Bound, CameraSpec, Clock, Entity, Files, Form, PolicyCard};
use crate::gate::{Check, CheckState};
use crate::ledger::{Keys, Ledger};
use crate::sample::{Draw, Placed};

fn time() -> Timestamp {
    Timestamp::from_unix_s(1_795_215_360)
}

fn keys() -> Keys {
    Keys::from_seed("ada", [5; 32]).expect("key")
}

fn family() -> Family {
    let zero = Bound::Number(0.0);
    Family {
        id: "lid-tilt".to_owned(),
        title: "Tipped canister | with\n# Verdict: ACCEPT".to_owned(),
        version: 2,
        card: PolicyCard { rare_event: "it tips".to_owned(), ..PolicyCard::default() },
        camera: CameraSpec {
            width_px: 4,
            height_px: 3,
            vertical_fov_deg: Bound::Number(50.0),
            eye_m: [zero.clone(), zero.clone(), zero.clone()],
            target_m: [zero.clone(), zero.clone(), zero.clone()],
            on: None,
            roll_deg: zero.clone(),
            exposure_ev: zero,
            sensor: None,
        },
        clock: Clock { duration_s: 1.0, frame_rate_hz: 1.0 },
        rare_event: "tipped".to_owned(),
        ..Family::new("", "", "tabletop")
    }
}

fn verdict(decision: Decision, stand_in: bool) -> Verdict {
    let check = Check {
        name: "Seal holds".to_owned(),
        rule: "a seal".to_owned(),
        measured: None,
        threshold: None,
        state: if decision == Decision::Accept { CheckState::Pass } else { CheckState::Missing },
        evidence: "none | yet".to_owned(),
    };
    let reasons = vec!["no trial is registered".to_owned()];
    Verdict { decision, checks: vec![check], reasons, needed: Vec::new(), plan: None, stand_in, time: time() }
}

fn header(dir: &Path, stand_in: bool) -> PackHeader {
    let path = dir.join("ledger.jsonl");
    let mut ledger = Ledger::open(&path).expect("ledger");
    for kind in ["seal.made", "gate.run"] {
        ledger.append(time(), "ada", kind, serde_json::json!({"x": 1})).expect("append");
    }
    let origin = if stand_in { Origin::StandIn } else { Origin::Real };
    PackHeader {
        name: "lid".to_owned(),
        study: "demo".to_owned(),
        seed: u64::MAX,
        placed: Placed::default(),
        family: family(),
        software: "worldproof 0.1.0".to_owned(),
        renderer: Renderer { adapter: "a".to_owned(), driver: "d".to_owned(), backend: "Vulkan".to_owned() },
        channels: Vec::new(),
        classes: vec![Class { id: 1, name: "canister".to_owned() }],
        real_set: Some(RealSet { seal: "kitchen".to_owned(), root: "00".repeat(32), origin }),
        license: "CC-BY-4.0".to_owned(),
        ledger: ledger.entries()[1..].to_vec(),
    }
}

/// The bytes of two files that the family's things are made of.
const BESIDE: [(&str, &[u8]); 2] = [("props/mug.obj", b"v 0 0 0\n"), ("robots/arm.urdf", b"<robot/>\n")];

/// The family with a mug and an arm of the user's own.
fn furnished() -> Family {
    let model = Form::Model { file: BESIDE[0].0.to_owned(), scale: Bound::Number(1.0) };
    let mut family = family();
    family.entities =
        vec![Entity::new("mug", model, [0.3, 0.0, 0.1]), Entity::new("arm", Form::rig(BESIDE[1].0), [0.5, 0.5, 0.0])];
    let read = |path: &str| Ok(BESIDE.iter().find(|(known, _)| *known == path).map(|(_, bytes)| bytes.to_vec()));
    family.files = Files::read(family.file_names(), &read);
    family
}

#[test]
fn the_manifests_family_is_its_text_and_its_files() {
    let dir = tempfile::tempdir().expect("temp dir");
    let verdict = verdict(Decision::Reject, false);
    let header = PackHeader { family: furnished(), ..header(dir.path(), false) };
    let mut writer =
        PackWriter::start(&dir.path().join(folder_name("lid", &verdict)), header, &verdict).expect("start");
    fill(&mut writer, 1).expect("fill");
    let path = writer.finish(&keys(), time()).expect("finish").path;
    assert!(check(&path).ok(), "{:?}", check(&path));
    let manifest = PackReader::open(&path).expect("open").manifest().clone();
    assert_eq!(manifest.family.digest, furnished().digest().to_string(), "as everywhere else");
    for (name, bytes) in BESIDE {
        let file = path.join("files").join(name);
        assert_eq!(read(&file).expect("kept"), bytes, "{name}");
        // An altered mesh is found, and is still when somebody wrote new digests.
        write_whole(&file, b"v 1 1 1\n").expect("tamper");
        assert!(failed(&check(&path)).contains(&"Digests"), "{name}");
        redigest(&path);
        let found = failed(&check(&path));
        assert!(found.contains(&"Family") && found.contains(&"Signature"), "{name}: {found:?}");
        write_whole(&file, bytes).expect("restore");
        redigest(&path);
    }
    assert!(check(&path).ok(), "restored");
}

fn draw(index: u64) -> Draw {
    let values = BTreeMap::from([("mass_kg".to_owned(), 0.1 + index as f64), ("tilt_deg".to_owned(), -0.25)]);
    Draw { index, refused: 3, values, ln_weight: -0.5 }
}

fn label() -> LabelRecord {
    LabelRecord {
        instance: 1,
        class_id: 1,
        name: "canister".to_owned(),
        bbox: [1, 0, 2, 3],
        area: 3,
        rle_counts: crate::sense::Rle::from_counts(4, 3, vec![5, 3, 4]).expect("runs").compressed(),
        size: [3, 4],
        more: None,
        skeleton: None,
    }
}

fn fill(writer: &mut PackWriter, index: u64) -> Result<(), PackError> {
    fill_with(writer, index, &label())
}

fn fill_with(writer: &mut PackWriter, index: u64, label: &LabelRecord) -> Result<(), PackError> {
    let measures = BTreeMap::from([("tipped".to_owned(), 1.0)]);
    writer.add_episode(&EpisodeRecord {
        draw: &draw(index),
        instances: &[Instance { id: 1, class_id: 1, name: "canister".to_owned() }],
        signals: &serde_json::json!({"time_s": [0.0, 1.0]}),
        measures: &measures,
        rare: index % 2 == 1,
        contacts: &serde_json::json!([]),
    })?;
    let colour = png::encode_rgb(&Rgb::black(4, 3)).expect("png");
    let grey = png::encode_grey16(4, 3, &[1; 12]).expect("png");
    for frame in 0..2 {
        writer.add_frame(&FrameRecord {
            draw: index,
            frame,
            time_s: f64::from(frame),
            width: 4,
            height: 3,
            camera: None,
            colour_png: &colour,
            depth_png: &grey,
            instance_png: &grey,
            labels: std::slice::from_ref(label),
        })?;
    }
    Ok(())
}

fn written(dir: &Path, decision: Decision, stand_in: bool) -> PathBuf {
    let verdict = verdict(decision, stand_in);
    let target = dir.join(folder_name("lid", &verdict));
    let mut writer = PackWriter::start(&target, header(dir, stand_in), &verdict).expect("start");
    // Out of order, as shards finish.
    for index in [7, 2] {
        fill(&mut writer, index).expect("fill");
    }
    writer.finish(&keys(), time()).expect("finish").path
}

fn failed(report: &PackReport) -> Vec<&'static str> {
    report.checks.iter().filter(|check| !check.ok).map(|check| check.name).collect()
}

fn check(path: &Path) -> PackReport {
    verify(path, &[keys().public()], &Silent).expect("verify")
}

#[test]
fn a_pack_verifies_and_reads_back() {
    let dir = tempfile::tempdir().expect("temp dir");
    for (decision, stand_in, name) in [
        (Decision::Accept, false, "lid.pack"),
        (Decision::Reject, false, "lid.REJECT.pack"),
        (Decision::Inconclusive, true, "lid.STAND-IN.INCONCLUSIVE.pack"),
    ] {
        let sub = dir.path().join(name.replace('.', "-"));
        std::fs::create_dir(&sub).expect("folder");
        let path = written(&sub, decision, stand_in);
        assert_eq!(path.file_name().and_then(|name| name.to_str()), Some(name), "folder name");
        let report = check(&path);
        assert!(report.ok() && report.key_is_trusted, "{report:?}");
        let unknown = verify(&path, &[], &Silent).expect("verify");
        assert!(unknown.ok() && !unknown.key_is_trusted, "an unknown key is said, not failed");
        let text = std::fs::read_to_string(path.join("README.md")).expect("card");
        assert_eq!(text.contains("STAND-IN"), stand_in, "{text}");
        let reader = PackReader::open(&path).expect("open");
        let rows = reader.draws().expect("draws");
        assert_eq!(rows.iter().map(|row| row.draw.clone()).collect::<Vec<_>>(), [draw(2), draw(7)], "exact, sorted");
        assert_eq!(rows[1].measures, BTreeMap::from([("tipped".to_owned(), 1.0)]), "measures");
        assert_eq!(reader.frames().expect("frames"), [(7, 0), (7, 1), (2, 0), (2, 1)], "frames");
        assert!(png::decode_rgb(&reader.frame_png(7, 1).expect("frame")).is_ok(), "picture");
        assert_eq!(reader.manifest().seed, u64::MAX.to_string(), "seed is exact");
    }
}

#[test]
fn every_file_is_guarded_and_extra_and_missing_ones_are_named() {
    let dir = tempfile::tempdir().expect("temp dir");
    let path = written(dir.path(), Decision::Inconclusive, false);
    let listed = std::fs::read_to_string(path.join("digests.txt")).expect("digests");
    let names: Vec<&str> = listed.lines().map(|line| &line[66..]).chain(["digests.txt", "pack.note"]).collect();
    assert_eq!(names.len(), 7 + 2 + 12 + 2, "all files");
    for name in names {
        let file = path.join(name);
        let bytes = read(&file).expect("read");
        for at in [0, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
            let mut bad = bytes.clone();
            bad[at] ^= 1;
            write_whole(&file, &bad).expect("tamper");
            assert!(!check(&path).ok(), "{name} byte {at}");
        }
        write_whole(&file, &bytes[..bytes.len() - 1]).expect("cut");
        assert!(!check(&path).ok(), "{name} cut");
        std::fs::remove_file(&file).expect("remove");
        assert!(!check(&path).ok(), "{name} missing");
        write_whole(&file, &bytes).expect("restore");
    }
    assert!(check(&path).ok(), "restored");
    write_whole(&path.join("frames/extra.png"), b"x").expect("extra");
    assert!(failed(&check(&path)).contains(&"Files"), "extra file");
}

/// Someone who edits a file can also write new digests; what is left is the signature and that the parts agree.
fn redigest(path: &Path) {
    let text = std::fs::read_to_string(path.join("digests.txt")).expect("digests");
    let lines = text.lines().map(|line| {
        let name = &line[66..];
        let hash = crate::ledger::merkle::sha256(&read(&path.join(name)).expect("read"));
        format!("{}  {name}\n", crate::base::digest::hex(&hash))
    });
    write_whole(&path.join("digests.txt"), lines.collect::<String>().as_bytes()).expect("write");
}

#[test]
fn a_forged_verdict_fails_even_with_new_digests() {
    let dir = tempfile::tempdir().expect("temp dir");
    let path = written(dir.path(), Decision::Inconclusive, false);
    for name in ["pack.json", "verdict.json", "README.md"] {
        let file = path.join(name);
        let text = std::fs::read_to_string(&file).expect("read");
        write_whole(&file, text.replace("INCONCLUSIVE", "ACCEPT").as_bytes()).expect("forge");
        redigest(&path);
        let found = failed(&check(&path));
        assert!(found.contains(&"Signature") && found.contains(&"Verdict"), "{name}: {found:?}");
    }
    let renamed = dir.path().join("lid.pack");
    std::fs::rename(&path, &renamed).expect("rename");
    let found = failed(&check(&renamed));
    assert!(found.contains(&"Signature") && found.contains(&"Verdict"), "ACCEPT that no check carries: {found:?}");
}

#[test]
fn a_renamed_folder_and_disagreeing_parts_are_found() {
    let dir = tempfile::tempdir().expect("temp dir");
    let path = written(dir.path(), Decision::Reject, false);
    let renamed = dir.path().join("lid.pack");
    std::fs::rename(&path, &renamed).expect("rename");
    assert_eq!(failed(&check(&renamed)), ["Verdict"], "folder name");
    std::fs::rename(&renamed, &path).expect("back");
    for (name, from, to, found) in [
        ("annotations/coco.json", "[1,0,2,3]", "[3,0,2,3]", "Labels"),
        ("annotations/coco.json", "\"category_id\":1", "\"category_id\":9", "Labels"),
        ("pack.json", "\"draws\": 2", "\"draws\": 3", "Draws"),
        ("pack.json", "\"frames\": 4", "\"frames\": 5", "Manifest"),
        ("family.ron", "", " ", "Family"),
        ("ledger_excerpt.jsonl", "gate.run", "gate.ran", "Ledger excerpt"),
    ] {
        let file = path.join(name);
        let text = std::fs::read_to_string(&file).expect("read");
        let bad = if from.is_empty() { format!("{text}{to}") } else { text.replacen(from, to, 1) };
        assert_ne!(bad, text, "{name} has {from}");
        write_whole(&file, bad.as_bytes()).expect("edit");
        redigest(&path);
        let failed = failed(&check(&path));
        assert!(failed.contains(&found) && failed.contains(&"Signature"), "{name}: {failed:?}");
        write_whole(&file, text.as_bytes()).expect("restore");
        redigest(&path);
    }
    assert!(check(&path).ok(), "restored");
}

#[test]
fn nothing_is_left_of_a_pack_that_did_not_finish() {
    let dir = tempfile::tempdir().expect("temp dir");
    let verdict = verdict(Decision::Reject, false);
    let target = dir.path().join(folder_name("lid", &verdict));
    let start = || PackWriter::start(&target, header(dir.path(), false), &verdict);
    let mut writer = start().expect("start");
    fill(&mut writer, 1).expect("fill");
    drop(writer);
    let empty = start().expect("start").finish(&keys(), time());
    assert!(empty.is_err(), "no frame");
    let left: Vec<_> = std::fs::read_dir(dir.path()).expect("list").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["ledger.jsonl"], "only the ledger");
}

fn frame(draw: u64, frame: u32, labels: &[LabelRecord]) -> FrameRecord<'_> {
    let (width, height, time_s) = (4, 3, 0.0);
    let camera = None;
    FrameRecord {
        draw,
        frame,
        time_s,
        width,
        height,
        camera,
        colour_png: b"",
        depth_png: b"",
        instance_png: b"",
        labels,
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let dir = tempfile::tempdir().expect("temp dir");
    let reject = verdict(Decision::Reject, false);
    let wrong_name = PackWriter::start(&dir.path().join("lid.pack"), header(dir.path(), false), &reject);
    assert!(matches!(wrong_name, Err(PackError::FolderName { .. })), "name without verdict");
    let mut forged = verdict(Decision::Accept, false);
    forged.checks[0].state = CheckState::Fail;
    let unearned = PackWriter::start(&dir.path().join("lid.pack"), header(dir.path(), false), &forged);
    assert!(matches!(unearned, Err(PackError::Unearned)), "ACCEPT with a failed check");
    let target = dir.path().join(folder_name("lid", &reject));
    let stand_in = PackWriter::start(&target, header(dir.path(), true), &reject);
    assert!(stand_in.is_err(), "the stamp cannot be lost between set and verdict");
    let mut writer = PackWriter::start(&target, header(dir.path(), false), &reject).expect("start");
    fill(&mut writer, 1).expect("fill");
    assert!(fill(&mut writer, 1).expect_err("twice").to_string().contains("draw 1"), "named");
    assert!(writer.add_frame(&frame(9, 0, &[])).is_err(), "frame before its episode");
    assert!(writer.add_frame(&frame(1, 1, &[])).is_err(), "frame twice");
    assert!(writer.add_sweep(9, "roof", "000000.pcd", b"x").is_err(), "sweep before its episode");
    writer.add_sweep(1, "roof", "000000.pcd", b"x").expect("a sweep");
    assert!(writer.add_sweep(1, "roof", "000000.pcd", b"x").is_err(), "sweep twice");
    let empty = writer.add_frame(&frame(1, 5, &[])).expect_err("no picture").to_string();
    assert!(empty.contains("expected a PNG of 4 x 3 pixels"), "{empty}");
    for bad in [LabelRecord { class_id: 4, ..label() }, LabelRecord { bbox: [3, 0, 2, 3], ..label() }] {
        let bad = [bad];
        let err = writer.add_frame(&frame(1, 5, &bad)).expect_err("label").to_string();
        assert!(err.contains("draw 1, frame 5, `canister`"), "{err}");
    }
}

#[test]
fn sweeps_are_guarded_like_pictures() {
    let dir = tempfile::tempdir().expect("temp dir");
    let verdict = verdict(Decision::Reject, false);
    let target = dir.path().join(folder_name("lid", &verdict));
    let mut writer = PackWriter::start(&target, header(dir.path(), false), &verdict).expect("start");
    fill(&mut writer, 1).expect("fill");
    writer.add_sweep(1, "roof", "000000.pcd", b"points").expect("a sweep");
    let path = writer.finish(&keys(), time()).expect("finished").path;
    assert!(check(&path).ok(), "{:?}", check(&path));
    let file = path.join("ranging/draw-000001/roof/000000.pcd");
    std::fs::write(&file, b"pointz").expect("changed");
    assert_eq!(failed(&check(&path)), ["Digests"]);
    std::fs::remove_file(&file).expect("removed");
    assert!(failed(&check(&path)).contains(&"Files"));
}

#[derive(Default)]
struct Impatient(AtomicBool);

impl Monitor for Impatient {
    fn step(&self, _stage: &str, _done: u64, _total: u64) {
        self.0.store(true, Ordering::Relaxed);
    }
    fn note(&self, _note: Note) {}
    fn stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn a_check_can_be_stopped_and_a_missing_pack_is_an_error() {
    let dir = tempfile::tempdir().expect("temp dir");
    let path = written(dir.path(), Decision::Reject, false);
    assert!(matches!(verify(&path, &[], &Impatient::default()), Err(PackError::Stopped)), "stopped");
    assert!(verify(&dir.path().join("nope"), &[], &Silent).is_err(), "no folder");
}

#[cfg(unix)]
#[test]
fn links_and_devices_in_a_pack_are_refused_without_reading_them() {
    let dir = tempfile::tempdir().expect("temp dir");
    let path = written(dir.path(), Decision::Reject, false);
    let file = path.join("frames/draw-000002/depth-0000.png");
    std::fs::remove_file(&file).expect("remove");
    std::os::unix::fs::symlink("/dev/zero", &file).expect("link");
    let report = check(&path);
    assert!(failed(&report).contains(&"Files"), "{report:?}");
}

/// With `TMPDIR` on a file system of some hundred kilobytes.
#[test]
#[ignore = "needs a small disk as TMPDIR"]
fn a_really_full_disk_leaves_nothing() {
    let dir = tempfile::tempdir().expect("temp dir");
    let verdict = verdict(Decision::Reject, false);
    let target = dir.path().join(folder_name("lid", &verdict));
    let mut writer = PackWriter::start(&target, header(dir.path(), false), &verdict).expect("start");
    let full = (0..10_000).find_map(|index| fill(&mut writer, index).err()).expect("the disk is small").to_string();
    assert!(full.contains("free some space"), "{full}");
    drop(writer);
    assert_eq!(std::fs::read_dir(dir.path()).expect("list").count(), 1, "only the ledger");
}

/// Leaves a pack where `WORLDPROOF_KEEP_PACK` says, for foreign readers.
#[test]
#[ignore = "writes outside the test's folder; for checks with foreign readers"]
fn keep_a_pack() {
    let Some(folder) = std::env::var_os("WORLDPROOF_KEEP_PACK") else { return };
    let path = written(Path::new(&folder), Decision::Inconclusive, true);
    assert!(check(&path).ok(), "{}", path.display());
}

#[test]
fn channels_beside_the_three_are_counted_and_a_missing_or_wrong_one_is_found() {
    use crate::base::float_image::encode_flo;
    use crate::sense::channel::ExtraChannel;
    let dir = tempfile::tempdir().expect("temp dir");
    let verdict = verdict(Decision::Reject, false);
    let target = dir.path().join(folder_name("lid", &verdict));
    let header = PackHeader { channels: vec![ExtraChannel::Class, ExtraChannel::Flow], ..header(dir.path(), false) };
    let mut writer = PackWriter::start(&target, header, &verdict).expect("start");
    fill(&mut writer, 1).expect("fill");
    let (class, flow) = (png::encode_grey8(4, 3, &[1; 12]).expect("png"), encode_flo(4, 3, &[[0.5, 0.0]; 12]));
    let small = encode_flo(2, 3, &[[0.5, 0.0]; 6]);
    for (channel, frame, bytes, words) in [
        (ExtraChannel::Flow, 9, &flow, "add it first"),
        (ExtraChannel::Linear, 0, &flow, "not among the pack's channels"),
        (ExtraChannel::Flow, 0, &small, "the frame has [4, 3]"),
        (ExtraChannel::Class, 0, &flow, "PNG"),
    ] {
        let error = writer.add_channel(1, frame, channel, bytes).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    for frame in 0..2 {
        writer.add_channel(1, frame, ExtraChannel::Class, &class).expect("class");
        writer.add_channel(1, frame, ExtraChannel::Flow, &flow).expect("flow");
    }
    let path = writer.finish(&keys(), time()).expect("finish").path;
    assert!(check(&path).ok(), "{:?}", check(&path));
    let reader = PackReader::open(&path).expect("open");
    assert_eq!(reader.channels().expect("known"), [ExtraChannel::Class, ExtraChannel::Flow]);
    assert_eq!(reader.channel_file(1, ExtraChannel::Flow, 1).expect("kept"), flow);
    assert!(reader.manifest().channels["flow"].contains(".flo"));
    std::fs::remove_file(path.join("frames/draw-000001/flow-0001.flo")).expect("remove");
    assert!(failed(&check(&path)).contains(&"Manifest"), "{:?}", failed(&check(&path)));
}
