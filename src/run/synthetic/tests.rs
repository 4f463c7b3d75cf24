//! What is read is what was written, weights without a number among it; sets from before methods were kept can be read.

use super::*;
use crate::sample::Method;

fn set() -> SetFile {
    let family = Family::new("f", "A family", "tabletop");
    let request = GenerateRequest {
        family: "f".to_owned(),
        from: 0,
        count: 1,
        every: 1,
        name: "s".to_owned(),
        origin: crate::data::Origin::Synthetic,
        placement: super::super::method::Placement::default(),
        channels: Vec::new(),
        controls: Vec::new(),
    };
    let [kind, adapter, driver, backend] = ["k", "a", "d", "b"].map(str::to_owned);
    let placed = Placed::by(Method::Found { points: vec![vec![0.1 + 0.2, -1.0 / 3.0]] });
    SetFile::new(&request, &placed, &family, u64::MAX, GeneratorInfo { kind, adapter, driver, backend })
}

#[test]
fn a_set_keeps_its_method_and_one_from_before_is_independent() {
    let dir = tempfile::tempdir().unwrap();
    let set = set();
    set.write(dir.path()).unwrap();
    let read = SetFile::read(dir.path()).unwrap();
    assert_eq!((&read.lineage.placed, read.lineage.study_seed), (&set.lineage.placed, u64::MAX));
    let path = dir.path().join("set.json");
    let with = |placed: Option<serde_json::Value>| {
        let mut file = serde_json::json!(set);
        let lineage = file["lineage"].as_object_mut().unwrap();
        match placed {
            Some(placed) => lineage.insert("placed".to_owned(), placed),
            None => lineage.shift_remove("placed"),
        };
        files::write_whole(&path, file.to_string().as_bytes()).unwrap();
        SetFile::read(dir.path())
    };
    assert_eq!(with(None).unwrap().lineage.placed, Placed::default());
    for (broken, part) in [
        (
            serde_json::json!({ "format": "worldproof method 1", "method": { "kind": "spiral" } }),
            "unknown variant `spiral`",
        ),
        (serde_json::json!({ "format": "worldproof method 2" }), "use a newer one"),
        (serde_json::json!(7), "set.json"),
    ] {
        let error = with(Some(broken)).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("set.json"), "{error}");
    }
}

#[test]
fn an_episodes_weight_comes_back_or_is_said_to_be_none() {
    let dir = tempfile::tempdir().unwrap();
    for ln_weight in [-0.1 - 0.2, 0.0, f64::NAN, f64::NEG_INFINITY] {
        let file = EpisodeFile {
            draw: 3,
            refused: 1,
            ln_weight,
            values: [("x".to_owned(), 0.1 + 0.7)].into(),
            measures: BTreeMap::new(),
            summary: BTreeMap::new(),
            rare: false,
            states: vec![0],
            contacts: Vec::new(),
            instances: Vec::new(),
        };
        file.write(dir.path()).unwrap();
        let text = std::fs::read_to_string(dir.path().join("episode.json")).unwrap();
        assert_eq!(text.contains("null"), ln_weight.is_nan(), "{text}");
        let read = EpisodeFile::read(dir.path()).unwrap_or_else(|error| panic!("{ln_weight}: {error}"));
        assert!(read.to_draw().is_same(&file.to_draw()), "{ln_weight}: {read:?}");
    }
}
