//! Labels beyond COCO: what goes in, what a reader of COCO finds, and that contradictions are found.

use super::*;
use crate::sense::file::{AmodalEntry, FrameLabels, LabelEntry, LabelFile, OccluderEntry, PointEntry, SkeletonEntry};

fn rle(counts: &[u32]) -> String {
    crate::sense::Rle::from_counts(4, 3, counts.to_vec()).expect("runs").compressed()
}

fn point(px: Option<[f64; 2]>, seen: u8) -> PointEntry {
    PointEntry { at_m: [0.0; 3], px, depth_m: 1.0, seen }
}

/// Three of six pixels of a canister are visible.
fn entry() -> LabelEntry {
    let amodal = AmodalEntry {
        bbox_px: [1, 0, 2, 3],
        area_px: 6,
        rle: rle(&[3, 6, 3]),
        visible: 0.5,
        occluded_by: vec![OccluderEntry { instance: 2, pixels: 3 }],
    };
    LabelEntry {
        instance: 1,
        class: "canister".to_owned(),
        name: "canister".to_owned(),
        bbox_px: [1, 0, 2, 3],
        area_px: 3,
        rle: rle(&[5, 3, 4]),
        amodal: Some(amodal),
        extent: None,
        box3d: None,
        points: Some(vec![point(Some([1.5, 0.25]), 2), point(Some([9.0, 0.0]), 0), point(None, 0)]),
    }
}

fn skeleton() -> SkeletonEntry {
    let points = ["top", "bottom", "lid"].map(str::to_owned).to_vec();
    SkeletonEntry { instance: 1, points, edges: vec![[0, 1], [0, 2]] }
}

fn labels() -> LabelFile {
    let frame = |state: usize| FrameLabels {
        state,
        time_s: state as f64,
        camera: None,
        labels: vec![entry()],
        hidden: Some(Vec::new()),
        contacts: Vec::new(),
        lines: Vec::new(),
        lanes: BTreeMap::new(),
        events: Vec::new(),
        rare_so_far: None,
    };
    LabelFile { skeletons: vec![skeleton()], frames: vec![frame(0), frame(1)], ..LabelFile::default() }
}

/// A pack of one draw with two frames, all of whose labels say more.
fn written(dir: &Path) -> PathBuf {
    let verdict = verdict(Decision::Inconclusive, false);
    let target = dir.join(folder_name("lid", &verdict));
    let mut writer = PackWriter::start(&target, header(dir, false), &verdict).expect("start");
    let more = LabelRecord { more: Some(entry()), skeleton: Some(skeleton()), ..label() };
    fill_with(&mut writer, 7, &more).expect("fill");
    writer.add_labels(7, &labels()).expect("labels");
    assert!(writer.add_labels(8, &labels()).is_err(), "no such draw");
    writer.finish(&keys(), time()).expect("finish").path
}

#[test]
fn what_is_hidden_and_where_points_are_goes_into_coco() {
    let dir = tempfile::tempdir().expect("temp dir");
    let path = written(dir.path());
    let report = check(&path);
    assert!(report.ok(), "{report:?}");
    assert!(report.checks.iter().any(|check| check.detail.contains("1 label files agree")), "{report:?}");
    let coco: serde_json::Value =
        serde_json::from_slice(&read(&path.join("annotations/coco.json")).expect("read")).expect("json");
    let category =
        coco["categories"].as_array().expect("all").iter().find(|one| one["name"] == "canister").expect("it");
    assert_eq!(category["keypoints"], serde_json::json!(["top", "bottom", "lid"]));
    assert_eq!(category["skeleton"], serde_json::json!([[1, 2], [1, 3]]), "from 1");
    let label = &coco["annotations"][0];
    assert_eq!(label["keypoints"], serde_json::json!([1.5, 0.25, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
    assert_eq!((label["num_keypoints"].as_u64(), label["visible_fraction"].as_f64()), (Some(1), Some(0.5)));
    assert_eq!(label["occluded_by"], serde_json::json!([{"instance_id": 2, "pixels": 3}]));
    assert_eq!(label["amodal_segmentation"]["size"], serde_json::json!([3, 4]));
}

#[test]
fn labels_that_contradict_themselves_are_found() {
    let dir = tempfile::tempdir().expect("temp dir");
    let path = written(dir.path());
    for (file, from, to) in [
        ("coco.json", "\"visible_fraction\":0.5", "\"visible_fraction\":0.6"),
        ("coco.json", "\"pixels\":3", "\"pixels\":2"),
        ("coco.json", "\"num_keypoints\":1", "\"num_keypoints\":2"),
        ("coco.json", "[1.5,0.25,2.0,", "[1.5,7.25,2.0,"),
        ("coco.json", "\"keypoints\":[\"top\",", "\"keypoints\":["),
        ("draw-000007.json", "\"state\":1", "\"state\":2"),
        ("draw-000007.json", "\"area_px\":3", "\"area_px\":2"),
        ("draw-000007.json", "\"bbox_px\":[1,0,2,3]", "\"bbox_px\":[1,0,3,3]"),
        ("draw-000007.json", "\"visible\":0.5", "\"visible\":0.25"),
        ("draw-000007.json", "worldproof labels 2", "worldproof labels 9"),
    ] {
        let place = path.join("annotations").join(file);
        let text = String::from_utf8(read(&place).expect("read")).expect("text");
        assert!(text.contains(from), "{file} has no {from}: {text}");
        write_whole(&place, text.replacen(from, to, 1).as_bytes()).expect("tamper");
        redigest(&path);
        assert!(failed(&check(&path)).contains(&"Labels"), "{file}: {to}");
        write_whole(&place, text.as_bytes()).expect("restore");
        redigest(&path);
    }
    assert!(check(&path).ok(), "restored");
    // Who writes a pack is told at once.
    let verdict = verdict(Decision::Reject, false);
    let target = dir.path().join(folder_name("other", &verdict));
    let other = PackHeader { name: "other".to_owned(), ..header(dir.path(), false) };
    let mut writer = PackWriter::start(&target, other, &verdict).expect("start");
    let mut wrong = entry();
    wrong.amodal.as_mut().expect("there").rle = rle(&[0, 6, 6]);
    let wrong = LabelRecord { more: Some(wrong), ..label() };
    let refused = fill_with(&mut writer, 7, &wrong).expect_err("a visible pixel outside").to_string();
    assert!(refused.contains("amodal"), "{refused}");
}
