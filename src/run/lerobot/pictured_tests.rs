//! A pack of a family with a mapping becomes a set whose rows, pictures and verdict are the pack's.

use arrow_array::{Array as _, BinaryArray, StringArray, StructArray};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::base::Silent;
use crate::data::{Origin, Set};
use crate::run::verify::tests::{filled, packed_with};
use crate::sample::{Draw, Method, Placed};
use crate::sense::file::{FrameLabels, LabelEntry, LabelFile};
use crate::world::{Episode, Simulator};

fn family() -> Family {
    crate::run::new::example("tabletop_light_step").expect("an example")
}

/// Labels of which only an instance that is wholly hidden is known.
fn labels(states: &[u32], instance: u16) -> LabelFile {
    let entry = LabelEntry {
        instance,
        class: "clutter".to_owned(),
        name: "box".to_owned(),
        bbox_px: [0; 4],
        area_px: 0,
        rle: crate::sense::Rle::encode(1, 1, &[false]).compressed(),
        amodal: None,
        extent: None,
        box3d: None,
        points: None,
    };
    let frame = |state: &u32| {
        let text = format!(r#"{{"state": {state}, "time_s": 0.0, "labels": []}}"#);
        let plain: FrameLabels = serde_json::from_str(&text).expect("labels");
        FrameLabels { hidden: Some(vec![entry.clone()]), ..plain }
    };
    LabelFile { frames: states.iter().map(frame).collect(), ..LabelFile::default() }
}

fn pack(folder: &Path, family: &Family, states: &[u32]) -> PathBuf {
    let simulator = Simulator::new(family).expect("runs");
    let fill = &mut |writer: &mut pack::PackWriter, draw: &Draw| {
        let episode: Episode = simulator.tracked(draw, &Silent).expect("an episode");
        let kept = |column: &Vec<f64>| -> Vec<f64> { states.iter().map(|at| column[*at as usize]).collect() };
        let signals: serde_json::Map<String, serde_json::Value> =
            episode.signals.iter().map(|(name, column)| (name.clone(), serde_json::json!(kept(column)))).collect();
        filled(writer, draw, &serde_json::Value::Object(signals), states);
        // The picture of state k has the id k + 1: one state shows the thing.
        writer.add_labels(draw.index, &labels(states, states[1] as u16 + 1)).expect("labels");
    };
    packed_with(folder, "light", (family, &Placed::by(Method::Independent)), fill)
}

fn request(pack: &Path) -> PackRequest {
    PackRequest { pack: pack.to_owned(), camera: "front".to_owned(), beside: vec![Beside::Depth, Beside::Seg] }
}

#[test]
fn a_pack_becomes_a_set_with_its_pictures_and_its_verdict() {
    let (dir, family, states) = (tempfile::tempdir().expect("folder"), family(), [0, 6, 12, 18]);
    let every_hz = family.clock.frame_rate_hz / 6.0;
    let pack = pack(dir.path(), &family, &states);
    let made = of_pack(&request(&pack), &dir.path().join("set"), &Silent).expect("written");
    assert_eq!((made.n_episodes, made.n_rows, made.verdict.as_str()), (3, 12, "INCONCLUSIVE"));
    let set = Set::open(&made.folder, &Silent).expect("opens");
    assert_eq!(set.origin, Origin::Synthetic);
    let cameras: Vec<(&str, f64)> = set.cameras.iter().map(|camera| (camera.name.as_str(), camera.fps)).collect();
    assert_eq!(cameras, [("observation.images.front", every_hz), ("observation.images.front_seg", every_hz)]);
    for (at, state) in (0..).zip(states) {
        assert_eq!(set.frame(0, 2, at).expect("colour").bytes, [state as u8; 3], "the pack's own picture");
        let flat = set.frame(1, 2, at).expect("flat").bytes.clone();
        assert_eq!(flat, if state == 6 { [255, 0, 0] } else { [0; 3] }, "state {state}");
    }
    let info: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(made.folder.join("meta/info.json")).expect("info"))
            .expect("json");
    let depth = &info["features"]["observation.images.front_depth"];
    assert_eq!((&depth["dtype"], &depth["shape"]), (&"image".into(), &serde_json::json!([1, 1, 1])));
    assert_eq!(depth["info"], serde_json::json!({"is_depth_map": true, "depth_unit": "mm"}));
    let stats: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(made.folder.join("meta/stats.json")).expect("stats"))
            .expect("json");
    assert_eq!(stats["observation.images.front_depth"]["max"], serde_json::json!([[[19.0]]]), "in mm, as stored");
    assert_eq!(stats["observation.images.front"]["count"], serde_json::json!([12]));
    assert!(std::fs::read_to_string(made.folder.join("README.md")).expect("card").contains("# Verdict: INCONCLUSIVE"));
    // The bytes of a depth picture and the verdict of a row, as a reader of Parquet finds them.
    let batch = |path: &str| {
        let file = std::fs::File::open(made.folder.join(path)).expect("a table");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("parquet");
        reader.build().expect("rows").next().expect("a batch").expect("rows")
    };
    let rows = batch("data/chunk-000/file-000.parquet");
    let depth = rows.column_by_name("observation.images.front_depth").expect("a column");
    let depth = depth.as_any().downcast_ref::<StructArray>().expect("a struct");
    let bytes = depth.column(0).as_any().downcast_ref::<BinaryArray>().expect("bytes");
    assert_eq!(png::decode_grey16(bytes.value(1)).expect("a PNG"), (1, 1, vec![7]));
    let episodes = batch("meta/episodes/chunk-000/file-000.parquet");
    let verdict = episodes.column_by_name("worldproof/verdict").expect("a column");
    assert_eq!(verdict.as_any().downcast_ref::<StringArray>().expect("texts").value(2), "INCONCLUSIVE");
}

#[test]
fn what_cannot_be_such_a_set_is_refused_in_a_sentence_and_nothing_is_left() {
    let (dir, mut family) = (tempfile::tempdir().expect("folder"), family());
    let out = dir.path().join("set");
    let told = |pack: &Path| of_pack(&request(pack), &out, &Silent).expect_err("refused").to_string();
    let uneven = pack(&dir.path().join("a"), &family, &[0, 6, 7, 13]);
    assert!(told(&uneven).contains("frame 2 does not follow as evenly"), "{}", told(&uneven));
    let slow = pack(&dir.path().join("b"), &family, &[0, 7, 14, 21]);
    assert!(told(&slow).contains("frames a second, and a LeRobot set has a whole number"), "{}", told(&slow));
    let text = std::fs::read_to_string(slow.join("pack.json")).expect("a manifest");
    std::fs::write(slow.join("pack.json"), text.replace("INCONCLUSIVE", "ACCEPT")).expect("tampered");
    assert!(told(&slow).contains("the pack does not verify (Digests"), "{}", told(&slow));
    family.mapping = None;
    let bare = pack(&dir.path().join("c"), &family, &[0, 6, 12]);
    assert!(told(&bare).contains("has no mapping"), "{}", told(&bare));
    let odd = PackRequest { camera: "a/b".to_owned(), ..request(&bare) };
    assert!(of_pack(&odd, &out, &Silent).expect_err("refused").to_string().contains("cannot be called `a/b`"));
    assert!(!out.exists());
    let flow = Beside::named("flow").expect_err("no place");
    assert!(flow.contains("no place for `flow`") && flow.contains("`depth`, and `seg`"), "{flow}");
    assert_eq!(["depth", "seg"].map(|name| Beside::named(name).expect("known")), [Beside::Depth, Beside::Seg]);
}
