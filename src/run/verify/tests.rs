//! Packs of every kind of method are drawn again from their manifest alone; a manifest that says another method is found.

use std::path::PathBuf;

use super::*;
use crate::base::Silent;
use crate::family::{Beams, Bound, Clock, Distribution, Family, Parameter, Reading, Sensor, written};
use crate::gate::{Decision, Verdict};
use crate::ledger::{Keys, Timestamp};
use crate::pack::{EpisodeRecord, FrameRecord, PackHeader, PackWriter, Renderer};
use crate::run::method::{Placement, axis};
use crate::sample::{Draw, Method, Placed};
use crate::study::Study;

#[test]
fn differences_are_means_of_bytes() {
    let a = Rgb::from_bytes(1, 1, vec![0, 10, 20]).expect("size");
    let b = Rgb::from_bytes(1, 1, vec![3, 10, 14]).expect("size");
    assert_eq!(mean_difference(&a, &b), 3.0, "(3 + 0 + 6) / 3");
    assert_eq!(mean_difference(&a, &Rgb::black(2, 1)), 255.0, "another size");
}

const SEED: u64 = 11;

/// Two normals; the event is beyond three sigma on their diagonal, told without a simulation.
fn family() -> Family {
    let normal = Distribution::Normal { mean: 0.0, sd: 1.0 };
    let mut family = Family::new("diagonal", "Diagonal", "tabletop");
    for name in ["x", "y"] {
        let proposal = Some(written(&Distribution::Normal { mean: 1.1, sd: 1.3 }));
        family.parameters.push(Parameter { proposal, ..Parameter::new(name, "m", &normal) });
    }
    family.rare_event = "(x + y) / sqrt(2) > 3".to_owned();
    family
}

fn settled(placement: &Placement) -> Placed {
    let study = Study {
        name: "s".to_owned(),
        seed: SEED,
        families: Vec::new(),
        sets: Vec::new(),
        gate: crate::study::GateSettings::default(),
        notes: String::new(),
        remarks: Vec::new(),
        variants: std::collections::BTreeMap::new(),
        unreadable: Vec::new(),
    };
    placement.settle(&study, &family(), &Silent).expect("a method")
}

fn placements() -> Vec<(&'static str, Placement)> {
    let axes = ["x", "y"].map(|name| axis(&format!("{name}:-2:4:6")).expect("an axis")).to_vec();
    vec![
        ("independent", Placement::default()),
        ("sobol", Placement::Method(Method::Sobol)),
        ("pairwise", Placement::Method(Method::Covering { strength: 2, levels: 3, seeds: Vec::new() })),
        ("adaptive", Placement::Adaptive { budget: 10_000 }),
        ("subset", Placement::Subset { budget: 5_000 }),
        ("diverse", Placement::Diverse { budget: 3_000, axes }),
    ]
}

/// A pack of draws 0, 1 and 5, with a picture of one pixel each.
fn packed(folder: &Path, name: &str, placed: &Placed) -> PathBuf {
    packed_with(folder, name, (&family(), placed), &mut plain)
}

/// A pack of draws 0, 1 and 5, each as `fill` adds it.
pub(in crate::run) fn packed_with(
    folder: &Path,
    name: &str,
    (family, placed): (&Family, &Placed),
    fill: &mut dyn FnMut(&mut PackWriter, &Draw),
) -> PathBuf {
    let header = PackHeader {
        name: name.to_owned(),
        study: "s".to_owned(),
        seed: SEED,
        placed: placed.clone(),
        family: family.clone(),
        software: "worldproof".to_owned(),
        renderer: Renderer { adapter: String::new(), driver: String::new(), backend: String::new() },
        channels: Vec::new(),
        classes: Vec::new(),
        real_set: None,
        license: "CC0-1.0".to_owned(),
        ledger: Vec::new(),
    };
    let verdict = Verdict {
        decision: Decision::Inconclusive,
        checks: Vec::new(),
        reasons: Vec::new(),
        needed: Vec::new(),
        plan: None,
        stand_in: false,
        time: Timestamp::from_unix_s(0),
    };
    let mut writer =
        PackWriter::start(&folder.join(pack::folder_name(name, &verdict)), header, &verdict).expect("start");
    let sampler = Sampler::with(family, SEED, &placed.method, &Silent).expect("a sampler");
    for index in [0, 1, 5] {
        fill(&mut writer, &sampler.draw(index).expect("a draw"));
    }
    let keys = Keys::from_seed("ada", [5; 32]).expect("keys");
    writer.finish(&keys, Timestamp::from_unix_s(0)).expect("a pack").path
}

/// An episode that recorded nothing.
fn plain(writer: &mut PackWriter, draw: &Draw) {
    filled(writer, draw, &serde_json::json!({}), &[0]);
}

/// An episode with these signals, and pictures of one pixel at these states: colour and ids tell the state.
pub(in crate::run) fn filled(writer: &mut PackWriter, draw: &Draw, signals: &serde_json::Value, states: &[u32]) {
    let nothing = serde_json::json!([]);
    let (instances, measures) = (&[], &std::collections::BTreeMap::new());
    let record = EpisodeRecord { draw, instances, signals, measures, rare: false, contacts: &nothing };
    writer.add_episode(&record).expect("an episode");
    for state in states {
        let level = *state as u8;
        let colour = png::encode_rgb(&Rgb::from_bytes(1, 1, vec![level; 3]).expect("size")).expect("png");
        let grey = png::encode_grey16(1, 1, &[*state as u16 + 1]).expect("png");
        let (colour_png, depth_png, instance_png) = (&colour[..], &grey[..], &grey[..]);
        let frame = FrameRecord {
            draw: draw.index,
            frame: *state,
            time_s: f64::from(*state) / 30.0,
            width: 1,
            height: 1,
            camera: None,
            colour_png,
            depth_png,
            instance_png,
            labels: &[],
        };
        writer.add_frame(&frame).expect("a frame");
    }
}

fn again(path: &Path) -> Result<String, RunError> {
    let reader = PackReader::open(path)?;
    redraw(&reader, &reader.draws()?, &Silent)
}

/// The state of the line `name` among what `pack` finds.
fn line(path: &Path, name: &str) -> bool {
    let report = pack::verify(path, &[], &Silent).expect("a report");
    report.checks.iter().find(|check| check.name == name).expect("a line").ok
}

/// Changes the manifest; true where it changed.
fn alter(path: &Path, change: impl Fn(&mut serde_json::Value)) -> bool {
    let file = path.join("pack.json");
    let text = std::fs::read_to_string(&file).expect("a manifest");
    let mut manifest: serde_json::Value = serde_json::from_str(&text).expect("json");
    let before = manifest.clone();
    change(&mut manifest["placed"]);
    crate::base::files::write_whole(&file, manifest.to_string().as_bytes()).expect("written");
    manifest != before
}

#[test]
fn a_pack_is_drawn_again_from_its_manifest_whatever_the_method() {
    let dir = tempfile::tempdir().expect("temp dir");
    for (name, placement) in placements() {
        let placed = settled(&placement);
        assert_eq!(settled(&placement), placed, "{name}: a search finds the same again");
        assert_eq!(placed.search.is_some(), !matches!(placement, Placement::Method(_)), "{name}");
        let path = packed(dir.path(), name, &placed);
        let report = pack::verify(&path, &[], &Silent).expect("a report");
        assert!(report.ok(), "{name}: {report:?}");
        let said = again(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(said.contains("3 draws equal to the last bit") && said.contains(&placed.method.words()), "{said}");
        let card = std::fs::read_to_string(path.join("README.md")).expect("card");
        for sentence in placed.sentences() {
            assert!(card.contains(&sentence), "{name}: {sentence}");
        }
        let rows = PackReader::open(&path).and_then(|reader| reader.draws()).expect("rows");
        let is_weighted = placed.method.is_weighted();
        assert!(rows.iter().all(|row| row.draw.ln_weight.is_nan() != is_weighted), "{name}: null is no weight");
    }
}

#[test]
fn a_manifest_that_says_another_method_is_found() {
    let dir = tempfile::tempdir().expect("temp dir");
    let path_of = |name: &str| {
        let (_, placement) = placements().into_iter().find(|(other, _)| *other == name).expect("a method");
        packed(dir.path(), name, &settled(&placement))
    };
    // The last bit of one number of a point is enough; of a proposal, what moves its density by more than rounding.
    let nudged = |value: &mut serde_json::Value| {
        let number = value.as_f64().expect("a number");
        *value = serde_json::json!(f64::from_bits(number.to_bits() + 1));
    };
    let path = path_of("adaptive");
    assert!(alter(&path, |placed| {
        let sd = &mut placed["method"]["components"][0]["sd"][1];
        *sd = serde_json::json!(1.001 * sd.as_f64().expect("a number"));
    }));
    assert!(again(&path).expect_err("other draws").to_string().contains("other values"));
    let path = path_of("diverse");
    assert!(alter(&path, |placed| nudged(&mut placed["method"]["points"][5][0])));
    assert!(again(&path).expect_err("another point").to_string().contains("draw 5 comes out"));
    assert!(!line(&path, "Digests"), "and the file's digest is another");
    let path = path_of("sobol");
    assert!(line(&path, "Method"));
    assert!(alter(&path, |placed| placed["method"]["kind"] = "halton".into()));
    assert!(again(&path).is_err() && !line(&path, "Method"), "the card says Sobol");
    assert!(alter(&path, |placed| placed["method"] = serde_json::json!({ "kind": "grid", "levels": 9 })));
    assert!(again(&path).is_err() && !line(&path, "Method"), "a grid's draws have no weight");
    let path = path_of("pairwise");
    assert!(alter(&path, |placed| *placed = serde_json::Value::Null));
    assert!(again(&path).is_err() && !line(&path, "Method"), "without a method draws are independent and weighted");
    assert!(alter(&path, |placed| *placed = serde_json::json!({ "format": "worldproof method 9" })));
    let error = again(&path).expect_err("unknown").to_string();
    assert!(error.contains("`worldproof method 9`") && error.contains("pack.json"), "{error}");
}

/// A road with a lidar and a radar for a fifth of a second.
fn watched() -> Family {
    let mut family = Family::new("watched", "Watched", "road");
    family.clock = Clock { duration_s: 0.2, frame_rate_hz: 30.0 };
    let beams = Beams::Spinning { elevations_deg: vec![-12.0, -4.0], columns: 180 };
    let mut roof = Sensor::new("roof", "ego", Reading::lidar(beams));
    roof.at_m[2] = Bound::Number(1.8);
    let mut post = Sensor::new("post", "stage", Reading::radar());
    post.at_m = [0.0, 8.0, 3.0].map(Bound::Number);
    family.sensors = vec![roof, post];
    family
}

#[test]
fn sweeps_are_computed_again_and_a_point_that_was_moved_is_named() {
    let (dir, family, mut n_sweeps) = (tempfile::tempdir().expect("temp dir"), watched(), 0);
    let simulator = Simulator::new(&family).expect("runs");
    let path = packed_with(dir.path(), "watched", (&family, &Placed::by(Method::Independent)), &mut |writer, draw| {
        plain(writer, draw);
        let folder = tempfile::tempdir().expect("temp dir");
        let episode = simulator.episode(draw, &Silent).expect("an episode");
        crate::run::ranging::files::write_episode(&family, &episode, folder.path(), &Silent).expect("written");
        for (sensor, file, path) in crate::run::ranging::files::written(folder.path()).expect("listed") {
            n_sweeps += usize::from(file != "sweeps.json");
            writer.add_sweep(draw.index, &sensor, &file, &std::fs::read(path).expect("a file")).expect("a sweep");
        }
    });
    let reader = PackReader::open(&path).expect("a pack");
    let rows = reader.draws().expect("rows");
    let told = || match sweeps::again(&reader, &rows, &Silent) {
        Ok(said) => said.expect("it has such sensors"),
        Err(error) => error.to_string(),
    };
    assert!(n_sweeps > 9, "{n_sweeps}");
    assert_eq!(told(), format!("{n_sweeps} sweeps of 3 draws equal to the last bit"));
    // The last bit of one number of the third point of a sweep; the digests are the pack's to say.
    let cloud = path.join("ranging/draw-000001/roof/000001.pcd");
    let whole = std::fs::read(&cloud).expect("a cloud");
    let mut moved = whole.clone();
    let head = whole.windows(12).position(|part| part == b"DATA binary\n").expect("a header") + 12;
    moved[head + 2 * 28 + 4] ^= 1;
    std::fs::write(&cloud, &moved).expect("tampered");
    let said = told();
    assert!(said.contains("draw 1, sensor `roof`, sweep 1: point 3 of "), "{said}");
    std::fs::write(&cloud, &whole[..whole.len() - 28]).expect("cut");
    assert!(told().contains("sweep 1: its header or the number of its points"), "{}", told());
    std::fs::remove_file(&cloud).expect("removed");
    assert!(told().contains("draw 1, sensor `roof`, `000001.pcd`: it is missing"), "{}", told());
    std::fs::write(&cloud, &whole).expect("restored");
    std::fs::write(cloud.with_file_name("000009.pcd"), &whole).expect("one more");
    assert!(told().contains("`000009.pcd`: this program makes no such file"), "{}", told());
    std::fs::remove_file(cloud.with_file_name("000009.pcd")).expect("removed");
    let list = path.join("ranging/draw-000005/post/sweeps.json");
    let text = std::fs::read_to_string(&list).expect("a list");
    std::fs::write(&list, text.replacen("\"begin_s\": 0.0", "\"begin_s\": 0.5", 1)).expect("tampered");
    assert!(told().contains("draw 5, sensor `post`, `sweeps.json`: it is not what"), "{}", told());
    let none = PackReader::open(&packed(dir.path(), "plain", &settled(&Placement::default()))).expect("a pack");
    assert!(sweeps::again(&none, &none.draws().expect("rows"), &Silent).expect("nothing to say").is_none());
}
