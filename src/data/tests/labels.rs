//! Labels of every format, whole and damaged.

use std::path::Path;

use super::{parquet, picture, put};
use crate::base::{Silent, StreamKey};
use crate::data::{Folders, LabelFormat, Set};

const COCO: &str = r#"{"images":[{"id":7,"width":8,"height":6,"file_name":"a.png"},{"id":"b","width":8,"height":6,"file_name":"b.png"},
    {"id":9,"file_name":"gone.png"}],
    "annotations":[{"id":1,"image_id":7,"category_id":3,"bbox":[1,2,3.5,2],"iscrowd":0,"segmentation":[[1,2,4.5,2,4.5,4],[0,0,1,0]]},
    {"id":2,"image_id":"b","category_id":1,"bbox":[0,0,8,6],"iscrowd":1,"segmentation":{"size":[6,8],"counts":"04"}},
    {"id":3,"image_id":7,"category_id":8,"bbox":[0,0,1,1]},{"id":4,"image_id":70,"category_id":1,"bbox":[0,0,1,1]},
    {"id":5,"image_id":7,"category_id":1,"bbox":[0,0,0,1]},{"id":6,"image_id":7,"category_id":1,"bbox":[6,4,9,1]},
    {"id":7,"image_id":9,"category_id":1,"bbox":[0,0,1,1]}],
    "categories":[{"id":3,"name":"cup"},{"id":1,"name":"plate"}]}"#;

fn pictures(root: &Path, names: &[&str]) {
    for name in names {
        put(root, name, &picture(1));
    }
}

fn opened(root: &Path) -> Set {
    Set::open(root, &Silent).expect("opens")
}

fn noted(set: &Set, words: &str) -> bool {
    set.notes.iter().any(|note| format!("{}: {}", note.about, note.text).contains(words))
}

/// Class and box of every label of a frame.
fn boxes(set: &Set, episode: usize, frame: u32) -> Vec<(String, [f64; 4])> {
    let labels = set.labels(0, episode, frame).expect("labels");
    labels.iter().map(|one| (set.classes[one.class].clone(), one.bounds_px.unwrap_or_default())).collect()
}

#[test]
fn coco_is_read_and_what_does_not_fit_is_told() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(dir.path(), &["images/a.png", "images/b.png", "images/c.png"]);
    put(dir.path(), "annotations/instances.json", COCO.as_bytes());
    let set = opened(dir.path());
    assert_eq!(
        (set.labelled_by, set.classes.as_slice()),
        (Some(LabelFormat::Coco), ["plate", "cup"].map(str::to_owned).as_slice()),
        "by id"
    );
    let plate = |bounds| ("plate".to_owned(), bounds);
    assert_eq!(
        boxes(&set, 0, 0),
        [("cup".to_owned(), [1.0, 2.0, 4.5, 4.0]), plate([6.0, 4.0, 15.0, 5.0])],
        "two of `a`"
    );
    let outline = &set.labels(0, 0, 0).expect("labels")[0].outline_px;
    assert_eq!(*outline, [[[1.0, 2.0], [4.5, 2.0], [4.5, 4.0]]], "three points; two are no outline");
    let crowd = &set.labels(0, 0, 1).expect("labels")[0];
    assert!(
        crowd.is_crowd && crowd.outline_px.is_empty() && crowd.bounds_px == Some([0.0, 0.0, 8.0, 6.0]),
        "{crowd:?}"
    );
    assert!(set.labels(0, 0, 2).expect("labels").is_empty(), "nobody looked at `c`");
    for words in [
        "1 picture of its list is not there (`gone.png`)",
        "1 picture is in no list `images` (images/c.png)",
        "1 label has an unknown category (category 8 on `a.png`)",
        "1 label is of no picture in its list (picture id 70)",
        "1 box has no area (on `a.png`)",
        "1 box reaches out of its picture (on `a.png`)",
    ] {
        assert!(noted(&set, words), "`{words}` is not in {:?}", set.notes);
    }
    let items = set.items(&[0], &Silent).expect("items");
    let shared = items.iter().find(|item| item.name.ends_with("instances.json")).expect("a leaf");
    assert!(shared.is_shared(), "the list serves both halves of a split");
}

#[test]
fn coco_boxes_of_a_picture_of_another_size_are_not_shown_on_it() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(dir.path(), &["images/a.png", "images/b.png"]);
    // As it is stored; its EXIF block might turn it.
    let turned = COCO.replacen(r#""width":8,"height":6"#, r#""width":6,"height":8"#, 1);
    put(dir.path(), "annotations/instances.json", turned.as_bytes());
    let set = opened(dir.path());
    let why = set.labels(0, 0, 0).expect_err("of another size").to_string();
    assert!(
        why.contains("a.png") && why.contains("for 6 x 8 pixels, and it has 8 x 6, the other way round, as an EXIF"),
        "{why}"
    );
    assert_eq!(set.labels(0, 0, 1).expect("of its own size").len(), 1, "the others stay");
    let other = COCO.replacen(r#""width":8,"height":6"#, r#""width":80,"height":60"#, 1);
    put(dir.path(), "annotations/instances.json", other.as_bytes());
    let why = opened(dir.path()).labels(0, 0, 0).expect_err("scaled since").to_string();
    assert!(why.contains("and it has 8 x 6;") && !why.contains("EXIF"), "{why}");
}

#[test]
fn coco_files_are_merged_and_later_ones_do_not_overwrite() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(dir.path(), &["train/a.png", "val/b.png"]);
    let file = |name: &str| {
        format!(
            r#"{{"images":[{{"id":1,"file_name":"{name}"}}],"annotations":[{{"image_id":1,"category_id":1,"bbox":[0,0,2,2]}}],
            "categories":[{{"id":1,"name":"{name}"}}]}}"#
        )
    };
    put(dir.path(), "annotations/instances_train.json", file("a.png").as_bytes());
    put(dir.path(), "annotations/instances_val.json", file("b.png").as_bytes());
    put(dir.path(), "annotations/person_keypoints_val.json", file("b.png").as_bytes());
    put(dir.path(), "annotations/instances_broken.json", &file("a.png").as_bytes()[..90]);
    let set = opened(dir.path());
    assert_eq!(boxes(&set, 0, 0)[0].0, "a.png", "train");
    assert_eq!(boxes(&set, 1, 0)[0].0, "b.png", "val");
    assert_eq!(boxes(&set, 1, 0).len(), 1, "the second file about `b` is not added");
    assert!(noted(&set, "person_keypoints_val.json: 1 picture is in an earlier file"), "{:?}", set.notes);
    assert!(noted(&set, "instances_broken.json: Its labels are left out"), "{:?}", set.notes);
}

#[test]
fn a_bad_coco_box_costs_its_own_label_alone() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(dir.path(), &["images/a.png"]);
    let given = [
        "[1,1,2,2]",
        r#"[1,1,"x",2]"#,
        "[1,1,2]",
        r#""1 1 2 2""#,
        "{}",
        "null",
        "[]",
        "[NaN,1,2,2]",
        "[0,0,-Infinity,1]",
        "[3,1,2,2]",
    ];
    let annotations = given.map(|bounds| format!(r#"{{"image_id":1,"category_id":1,"bbox":{bounds}}}"#)).join(",");
    let text = format!(
        r#"{{"images":[{{"id":1,"file_name":"a.png"}}],"annotations":[{annotations}],"categories":[{{"id":1,"name":"a \"NaN\" cup"}}]}}"#
    );
    put(dir.path(), "annotations/instances.json", text.as_bytes());
    let set = opened(dir.path());
    let cup = |bounds| ("a \"NaN\" cup".to_owned(), bounds);
    assert_eq!(boxes(&set, 0, 0), [cup([1.0, 1.0, 3.0, 3.0]), cup([3.0, 1.0, 5.0, 3.0])], "the good ones");
    for words in ["6 boxes are not four numbers (the first is on `a.png`)", "2 labels have no box"] {
        assert!(noted(&set, words), "`{words}` is not in {:?}", set.notes);
    }
}

#[test]
fn yolo_is_in_fractions_of_each_picture() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(dir.path(), &["images/train/a.png", "images/train/b.png", "images/train/c.png"]);
    put(dir.path(), "data.yaml", b"path: .\r\nnc: 2\r\nnames: # two\r\n  0: 'can # 1'\r\n  1: cup\r\ntrain: x\r\n");
    put(
        dir.path(),
        "labels/train/a.txt",
        b"1 0.5 0.5 0.5 0.5\n\n0 0 0 1 0 1 1\n7 0.5 0.5 1 1 0.9\n0 0.5 0.5\n0 3 3 9 9\nx 1 1 1 1\n0 .5 .5 0 1",
    );
    put(dir.path(), "labels/train/b.txt", b"");
    let set = opened(dir.path());
    assert_eq!((set.labelled_by, set.format), (Some(LabelFormat::Yolo), crate::data::Format::ImageFolder), "kind");
    assert_eq!(set.classes, ["can # 1", "cup", "7"], "names, then numbers");
    let expected = [("cup", [2.0, 1.5, 6.0, 4.5]), ("can # 1", [0.0, 0.0, 8.0, 6.0]), ("7", [0.0, 0.0, 8.0, 6.0])];
    assert_eq!(boxes(&set, 0, 0), expected.map(|(name, bounds)| (name.to_owned(), bounds)), "pixels of 8 x 6");
    assert_eq!(set.labels(0, 0, 0).expect("labels")[1].outline_px, [[[0.0, 0.0], [8.0, 0.0], [8.0, 6.0]]], "outline");
    assert!(set.labels(0, 0, 1).expect("labels").is_empty() && !noted(&set, "b.png"), "an empty file is no fault");
    assert!(noted(&set, "1 picture has no label file (images/train/c.png)"), "{:?}", set.notes);
    assert!(noted(&set, "3 lines make no sense (the first is labels/train/a.txt:5,"), "{:?}", set.notes);
    assert!(noted(&set, "1 box has no area in the picture (labels/train/a.txt:8)"), "{:?}", set.notes);
    assert!(noted(&set, "1 classes have no name"), "{:?}", set.notes);
    let before = set.items(&[0], &Silent).expect("items");
    put(dir.path(), "labels/train/a.txt", b"1 0.5 0.5 0.5 0.6");
    let after = opened(dir.path()).items(&[0], &Silent).expect("items");
    let changed: Vec<&str> = before.iter().zip(&after).filter(|(a, b)| a != b).map(|(a, _)| a.name.as_str()).collect();
    assert_eq!(changed, ["episode 0"], "a changed label shows in the seal");
}

#[test]
fn captions_beside_pictures_are_no_boxes() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(dir.path(), &["a.png", "b.png"]);
    put(dir.path(), "a.txt", b"a red cup on a table");
    let set = opened(dir.path());
    assert_eq!(set.labelled_by, None, "captions");
    assert!(noted(&set, "hold no YOLO boxes"), "{:?}", set.notes);
    put(dir.path(), "a.txt", b"0 0.5 0.5 0.25 0.5");
    put(dir.path(), "classes.txt", b"cup\n");
    assert_eq!(boxes(&opened(dir.path()), 0, 0), [("cup".to_owned(), [3.0, 1.5, 5.0, 4.5])], "beside");
}

#[test]
fn kitti_keeps_what_nobody_looked_at() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(
        dir.path(),
        &["training/image_2/000000.png", "training/image_2/000001.png", "training/image_3/000000.png"],
    );
    let text = "Car 0.25 1 -1.58 1.5 0.0 6.25 4.5 1.6 1.6 3.9 -0.6 1.7 14.2 -1.5\n\
                DontCare -1 -1 -10 2 3 4 5 -1 -1 -1 -1000 -1000 -1000 -10\nCar 1 2 3\nCar 0 0 0 5 5 5 6 1 1 1 1 1 1 1 0.9\n";
    put(dir.path(), "training/label_2/000000.txt", text.as_bytes());
    let set = opened(dir.path());
    assert_eq!((set.labelled_by, set.episodes.len()), (Some(LabelFormat::Kitti), 2), "kind");
    let expected = [("Car", [1.5, 0.0, 6.25, 4.5]), ("DontCare", [2.0, 3.0, 4.0, 5.0])];
    assert_eq!(boxes(&set, 0, 0), expected.map(|(name, bounds)| (name.to_owned(), bounds)), "corners as they are");
    let labels = set.labels(0, 0, 0).expect("labels");
    assert_eq!((labels[0].truncated, labels[0].occluded), (Some(0.25), Some(1)), "flags");
    assert_eq!((labels[1].truncated, labels[1].occluded), (None, None), "-1 says nothing");
    assert!(noted(&set, "1 picture has no label file (training/image_2/000001.png)"), "not image_3: {:?}", set.notes);
    assert!(noted(&set, "training/label_2/000000.txt:3"), "{:?}", set.notes);
}

#[test]
fn deeppcb_pairs_are_two_cameras() {
    let dir = tempfile::tempdir().expect("temp dir");
    let folder = "group1/1/";
    let names =
        ["1_test.png", "1_temp.png", "2_test.png", "2_temp.png", "3_test.png"].map(|name| format!("{folder}{name}"));
    names.iter().zip(1..).for_each(|(name, tag)| put(dir.path(), name, &picture(tag)));
    put(dir.path(), "group1/1_not/1.txt", b"1 1 3 4 6\r\n2,2,5,5,1\n0 0 1 1 7\n3 3 3 4 1");
    let set = opened(dir.path());
    assert_eq!(
        set.cameras.iter().map(|camera| camera.name.as_str()).collect::<Vec<_>>(),
        ["test", "template"],
        "pairs"
    );
    assert_eq!((set.episodes.len(), set.episodes[0].n_frames), (1, 2), "two whole pairs");
    assert_eq!(set.frame(1, 0, 1).expect("template").bytes[0], 4, "of the second");
    let expected = [("pin-hole", [1.0, 1.0, 3.0, 4.0]), ("open", [2.0, 2.0, 5.0, 5.0])];
    assert_eq!(boxes(&set, 0, 0), expected.map(|(name, bounds)| (name.to_owned(), bounds)), "types");
    assert!(set.labels(1, 0, 0).expect("labels").is_empty(), "templates have none");
    for words in
        ["1 picture has no other half (group1/1/3_test.png)", "1.txt:3, its type", "1.txt:4", "group1/1/2_test.png"]
    {
        assert!(noted(&set, words), "`{words}` is not in {:?}", set.notes);
    }
}

#[test]
fn a_table_gives_classes_boxes_signals_and_episodes() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(dir.path(), &["a.png", "b.png", "c.png"]);
    let text = "\u{feff}File;Label;Temperature;x;y;width;height;scene;who\r\na.png;\"hot; cup\";21,5;1;1;2;3;wet;me\r\na.png;cup;0;2;2;1;1;wet;me\r\n\
                b.png;;;;;;;dry;me\r\ngone.png;cup;1;1;1;1;1;dry;me\r\nb.png;cup\r\n";
    put(dir.path(), "labels.csv", text.as_bytes());
    put(dir.path(), "other.csv", b"file\na.png\n");
    let set = opened(dir.path());
    assert_eq!(set.labelled_by, Some(LabelFormat::Table), "kind");
    let tasks: Vec<&str> = set.episodes.iter().map(|episode| episode.task.as_str()).collect();
    assert_eq!(tasks, ["dry", "wet", "without an episode"], "regrouped");
    assert_eq!(
        boxes(&set, 1, 0),
        [("hot; cup".to_owned(), [1.0, 1.0, 3.0, 4.0]), ("cup".to_owned(), [2.0, 2.0, 3.0, 3.0])],
        "boxes"
    );
    assert!(boxes(&set, 0, 0).is_empty(), "a row without class and box");
    assert_eq!(set.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["temperature"], "signals");
    assert_eq!(set.signal(1, "temperature").expect("signal").rows, [[21.5]], "decimal comma, first row");
    assert!(set.signal(0, "temperature").expect("signal").rows[0][0].is_nan(), "missing");
    assert_eq!(set.known, [("who".to_owned(), [(0, "me".to_owned()), (1, "me".to_owned())].into())].into(), "words");
    for words in [
        "1 row names a picture that is not there (`gone.png`)",
        "1 picture has no row (c.png)",
        "(line 6)",
        "other.csv: It is left out",
    ] {
        assert!(noted(&set, words), "`{words}` is not in {:?}", set.notes);
    }
}

#[test]
fn a_row_with_half_a_box_is_left_out_and_told() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(dir.path(), &["a.png"]);
    let text = "file,label,x0,y0,x1,y1\na.png,cup,1,2,3,4\na.png,cup,1,2,abc,9\na.png,,1,2,,4\na.png,can,,,,\na.png,cup,1,2,inf,4\n";
    put(dir.path(), "labels.csv", text.as_bytes());
    let set = opened(dir.path());
    let labels = set.labels(0, 0, 0).expect("labels");
    let found: Vec<_> = labels.iter().map(|one| (set.classes[one.class].as_str(), one.bounds_px)).collect();
    assert_eq!(found, [("cup", Some([1.0, 2.0, 3.0, 4.0])), ("can", None)], "a box, and a class of the whole picture");
    let words = "3 rows have boxes that make no sense (the first is line 3, `x1` is `abc`, no number)";
    assert!(noted(&set, words), "{:?}", set.notes);
    put(dir.path(), "labels.csv", b"file,x,y,w,h\na.png,1,2,,3\n");
    let set = opened(dir.path());
    assert!(set.labels(0, 0, 0).expect("labels").is_empty(), "no label without a class");
    assert!(noted(&set, "1 row has a box that makes no sense (line 2, `w` is empty)"), "{:?}", set.notes);
}

#[test]
fn a_parquet_table_reads_like_a_csv_one() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(dir.path(), &["p/a.png", "p/b.png"]);
    let names: arrow_array::ArrayRef = std::sync::Arc::new(arrow_array::StringArray::from(vec!["p/b.png", "p/a.png"]));
    let speeds: arrow_array::ArrayRef = std::sync::Arc::new(arrow_array::Float64Array::from(vec![Some(0.25), None]));
    parquet(
        dir.path(),
        "frames.parquet",
        vec![("filename", names), ("speed", speeds), ("class", super::whole([4, 5]))],
    );
    let set = opened(dir.path());
    assert_eq!(set.signal(0, "speed").expect("signal").rows[1], [0.25], "by file name");
    let classes: Vec<usize> = (0..2).map(|at| set.labels(0, 0, at).expect("labels")[0].class).collect();
    assert_eq!(classes.iter().map(|class| set.classes[*class].as_str()).collect::<Vec<_>>(), ["5", "4"], "classes");
    assert_eq!(set.labels(0, 0, 0).expect("labels")[0].bounds_px, None, "of the whole picture");
}

#[test]
fn of_several_kinds_one_is_used_and_told() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(dir.path(), &["images/a.png", "images/b.png"]);
    put(dir.path(), "annotations/instances.json", COCO.as_bytes());
    put(dir.path(), "labels/a.txt", b"0 0.5 0.5 1 1");
    put(dir.path(), "table.csv", b"file,label\na.png,x\n");
    let set = opened(dir.path());
    assert_eq!(set.labelled_by, Some(LabelFormat::Coco), "says most");
    assert!(noted(&set, "COCO is used, YOLO and table not"), "{:?}", set.notes);
}

#[test]
fn names_in_yaml_of_every_shape() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(dir.path(), &["images/a.png"]);
    put(dir.path(), "labels/a.txt", b"1 0.5 0.5 1 1");
    for text in [
        "names: [can, \"cup, red\"]",
        "names: ['can',\n  \"cup, red\",\n]\nnc: 2",
        "nc: 2\nnames:\n- can\n- \"cup, red\" # the second\n",
        "names:\n  - can\n\n  - 'cup, red'\nval: x",
        "names: {0: can, 1: 'cup, red'}",
        "names:\n    1: cup, red\n    0: can\ntrain: a",
    ] {
        put(dir.path(), "data.yaml", text.as_bytes());
        assert_eq!(boxes(&opened(dir.path()), 0, 0)[0].0, "cup, red", "{text}");
    }
}

/// Every file of the set below, its bytes changed, cut and repeated at random: reading never panics.
#[test]
fn damaged_labels_never_end_the_program() {
    type Files = &'static [(&'static str, &'static str)];
    let sets: [(Files, &[&str]); 5] = [
        (&[("annotations/instances.json", COCO)], &["images/a.png", "images/b.png"]),
        (
            &[
                ("labels/a.txt", "1 0.5 0.5 0.5 0.5\n0 0 0 1 0 1 1"),
                ("data.yaml", "names: ['a', b]\nkpt_shape: [17, 3]"),
            ],
            &["images/a.png"],
        ),
        (&[("label_2/a.txt", "Car 0.2 1 -1.5 1.5 0.0 6.2 4.5 1.6 1.6 3.9 -0.6 1.7 14.2 -1.5")], &["image_2/a.png"]),
        (&[("g/1_not/a.txt", "1 1 3 4 6\n2,2,5,5,1")], &["g/1/a_test.png", "g/1/a_temp.png"]),
        (
            &[
                ("labels.csv", "file,label,v,x0,y0,x1,y1,scene\na.png,\"c\",1.5,1,1,2,2,s\n"),
                ("pose.txt", "1 2 3 0 0 0 1"),
            ],
            &["a.png"],
        ),
    ];
    let key = StreamKey::new(4, "damaged labels");
    for (number, (files, names)) in sets.into_iter().enumerate() {
        let dir = tempfile::tempdir().expect("temp dir");
        pictures(dir.path(), names);
        for (name, text) in files {
            put(dir.path(), name, text.as_bytes());
        }
        assert!(opened(dir.path()).labelled_by.is_some(), "whole labels of set {number} read");
        for round in 0..2000_u64 {
            let mut random = key.stream("damage", number as u64 * 10_000 + round);
            let (name, text) = files[round as usize % files.len()];
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..=random.next_below(4) {
                let at = random.next_below(bytes.len() as u64 + 1) as usize;
                match random.next_below(4) {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at, random.next_below(256) as u8),
                    2 => bytes.splice(at..at, b"9e99,-nan\"[{: ".iter().copied()).for_each(drop),
                    _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (at % 8)),
                }
            }
            std::fs::write(dir.path().join(name), &bytes).expect("write");
            let set = opened(dir.path());
            for episode in 0..set.episodes.len() {
                let labels = set.labels(0, episode, 0).expect("labels");
                assert!(labels.iter().all(|label| label.class < set.classes.len()), "classes are there");
                set.columns.iter().for_each(|column| drop(set.signal(episode, &column.name).expect("signal")));
            }
        }
    }
}

#[test]
fn folders_are_classes_where_a_person_says_so_and_recordings_where_nobody_does() {
    let dir = tempfile::tempdir().expect("temp dir");
    pictures(dir.path(), &["good/a.png", "good/b.png", "bad/a.png"]);
    let set = opened(dir.path());
    assert_eq!((set.episodes.len(), set.labelled_by), (2, None), "a folder is an episode");
    assert!(noted(&set, "`--class-folders`"), "and that it could be otherwise is told: {:?}", set.notes);
    let set = Set::open_as(dir.path(), Folders::Classes, &Silent).expect("opens");
    assert_eq!(
        (set.labelled_by, set.classes.as_slice()),
        (Some(LabelFormat::Folders), &["bad", "good"].map(str::to_owned)[..])
    );
    let names: Vec<&str> = set.episodes.iter().map(|episode| episode.task.as_str()).collect();
    assert_eq!(names, ["bad/a.png", "good/a.png", "good/b.png"], "each picture stands for itself");
    let class = |episode: usize| set.labels(0, episode, 0).expect("labels")[0].class;
    assert_eq!([0, 1, 2].map(class), [0, 1, 1]);
    assert!(set.labels(0, 2, 0).expect("labels")[0].bounds_px.is_none(), "of the whole picture");
    let refused = |name: &str| {
        put(dir.path(), name, &picture(1));
        Set::open_as(dir.path(), Folders::Classes, &Silent).expect_err(name).to_string()
    };
    put(dir.path(), "t.csv", b"file,weather\ngood/a.png,dry\nbad/a.png,wet\n");
    let set = Set::open_as(dir.path(), Folders::Classes, &Silent).expect("opens");
    assert_eq!(set.known["weather"][&1], "dry", "what a table says of pictures is kept");
    assert!(set.files_of(0).iter().any(|file| file.ends_with("t.csv")), "and is part of the set");
    put(dir.path(), "t.csv", b"file,episode\ngood/a.png,one\nbad/a.png,one\n");
    let why = Set::open_as(dir.path(), Folders::Classes, &Silent).expect_err("sorted").to_string();
    assert!(why.contains("sorts its pictures into episodes"), "{why}");
    std::fs::remove_file(dir.path().join("t.csv")).expect("gone");
    assert!(refused("loose.png").contains("`loose.png` lies in no folder"));
    let takes = tempfile::tempdir().expect("temp dir");
    pictures(takes.path(), &["take_1/a.png", "take_2/a.png"]);
    assert!(!noted(&opened(takes.path()), "class"), "recordings have numbers");
    put(takes.path(), "labels.csv", b"file,label\ntake_1/a.png,cat\ntake_2/a.png,dog\n");
    let why = Set::open_as(takes.path(), Folders::Classes, &Silent).expect_err("labels").to_string();
    assert!(why.contains("has labels already") || why.contains("have labels already"), "{why}");
}
