//! Packs of every kind of method are drawn again from their manifest alone; a manifest that says another method is found.

use std::path::PathBuf;

use super::*;
use crate::base::Silent;
use crate::family::{Distribution, Family, Parameter, written};
use crate::gate::{Decision, Verdict};
use crate::ledger::{Keys, Timestamp};
use crate::pack::{EpisodeRecord, FrameRecord, PackHeader, PackWriter, Renderer};
use crate::run::method::{Placement, axis};
use crate::sample::{Method, Placed};
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
    let family = family();
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
    let sampler = Sampler::with(&family, SEED, &placed.method, &Silent).expect("a sampler");
    let colour = png::encode_rgb(&Rgb::black(1, 1)).expect("png");
    let grey = png::encode_grey16(1, 1, &[1]).expect("png");
    for index in [0, 1, 5] {
        let draw = sampler.draw(index).expect("a draw");
        let nothing = serde_json::json!([]);
        writer
            .add_episode(&EpisodeRecord {
                draw: &draw,
                instances: &[],
                signals: &nothing,
                measures: &std::collections::BTreeMap::new(),
                rare: false,
                contacts: &nothing,
            })
            .expect("an episode");
        let (colour_png, depth_png, instance_png) = (&colour[..], &grey[..], &grey[..]);
        let frame = FrameRecord {
            draw: index,
            frame: 0,
            time_s: 0.0,
            width: 1,
            height: 1,
            colour_png,
            depth_png,
            instance_png,
            labels: &[],
        };
        writer.add_frame(&frame).expect("a frame");
    }
    let keys = Keys::from_seed("ada", [5; 32]).expect("keys");
    writer.finish(&keys, Timestamp::from_unix_s(0)).expect("a pack").path
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
