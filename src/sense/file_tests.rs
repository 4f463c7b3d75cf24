//! Label files come back as they were, older ones are read, and contradictions are named.

use super::*;
use crate::render::Cover;
use crate::sense::camera::lens::Lens;
use crate::world::facts::{Bones, Skeleton};

/// A file as the version before wrote it.
const FIRST: &str = r#"{ "frames": [ { "state": 3, "time_s": 0.1, "labels": [ { "instance": 2, "class": "canister",
    "name": "canister", "bbox_px": [1, 0, 2, 3], "area_px": 3, "rle": "534" } ] } ] }"#;

/// Two frames of a ball that stands half behind another, with a point.
fn file() -> LabelFile {
    use crate::sense::label::tests::{frame, snapshot};
    use crate::world::Class;
    let now = snapshot(&[(2, Class::Table, "table"), (3, Class::Clutter, "ball")]);
    let picture = frame(4, vec![2, 2, 3, 0, 2, 2, 3, 0, 0, 0, 0, 0], vec![1.0; 12]);
    let mut cover = Cover::none(2, 4, 3);
    (0..3).for_each(|x| (0..2).for_each(|y| cover.set(x, y)));
    let bones = Bones { names: vec!["top".to_owned()], edges: Vec::new(), inside_m: vec![0.0] };
    let skeleton = Skeleton { instance: 2, bones: bones.into(), at: vec![DVec3::new(0.1, 0.2, 1.0 / 3.0)] };
    let facts = Facts { skeletons: vec![skeleton], ..Facts::default() };
    let mut file = LabelFile::default();
    for state in [0, 5] {
        file.add(
            state,
            &now,
            &facts,
            &Labels::of(&picture, (&now, Lens::PINHOLE), &facts, Some(std::slice::from_ref(&cover))),
            true,
        );
    }
    file
}

#[test]
fn what_is_read_is_what_was_written() {
    let file = file();
    let text = serde_json::to_string(&file).unwrap();
    assert_eq!(serde_json::from_str::<LabelFile>(&text).unwrap(), file);
    let label = &file.frames[1].labels[0];
    let amodal = label.amodal.as_ref().unwrap();
    assert_eq!((amodal.area_px, label.area_px, amodal.bbox_px), (6, 4, [0, 0, 3, 2]));
    assert_eq!(amodal.visible, 0.666_667, "to a millionth");
    assert_eq!(file.skeletons.len(), 1, "once, not once a frame");
    assert_eq!(file.frames[0].hidden.as_deref(), Some(&[][..]), "nothing is hidden, and that is known");
    assert_eq!(file.fault(4, 3), None);
}

#[test]
fn where_nothing_is_known_of_what_is_hidden_nothing_is_said() {
    use crate::sense::label::tests::{frame, snapshot};
    let now = snapshot(&[(2, crate::world::Class::Table, "table")]);
    let picture = frame(4, vec![2; 12], vec![1.0; 12]);
    let made = FrameLabels::of(
        0,
        &now,
        &Facts::default(),
        &Labels::of(&picture, (&now, Lens::PINHOLE), &Facts::default(), None),
        false,
    );
    let text = serde_json::to_string(&made).unwrap();
    assert!(!text.contains("amodal") && !text.contains("hidden") && text.contains("box3d"), "{text}");
}

#[test]
fn a_file_of_the_first_format_says_what_is_visible() {
    let file: LabelFile = serde_json::from_str(FIRST).unwrap();
    assert!(file.is_known() && file.format == "worldproof labels 1");
    let label = &file.frames[0].labels[0];
    assert_eq!((label.area_px, &label.amodal, &label.points), (3, &None, &None));
    assert_eq!((file.fault(4, 3), &file.frames[0].hidden), (None, &None), "of what is hidden it knows nothing");
}

#[test]
fn contradictions_are_named() {
    type Damage = fn(&mut LabelFile);
    let cases: [(Damage, &str); 10] = [
        (|file| "worldproof labels 7".clone_into(&mut file.format), "not known"),
        (|file| file.frames[1].labels[0].rle = "0".to_owned(), "does not cover the picture"),
        (|file| file.frames[0].labels[0].amodal.as_mut().unwrap().area_px = 5, "amodal: its mask has 6"),
        (|file| file.frames[0].labels[0].amodal.as_mut().unwrap().bbox_px[2] = 4, "amodal: the box round its mask"),
        (
            |file| file.frames[0].labels[0].bbox_px[3] = 3,
            "the box round its mask is [0, 0, 2, 2], its own is [0, 0, 2, 3]",
        ),
        (|file| file.frames[0].labels[0].area_px = 3, "its mask has 4 pixels, its area is 3"),
        (|file| file.frames[0].labels[0].amodal.as_mut().unwrap().visible = 0.5, "share"),
        (|file| file.frames[0].labels[0].amodal.as_mut().unwrap().occluded_by.clear(), "hidden pixels"),
        (|file| file.skeletons[0].points.push("more".to_owned()), "its skeleton 2"),
        (|file| drop(file.frames[0].lanes.insert("own_lane".to_owned(), "5".to_owned())), "lane"),
    ];
    for (damage, says) in cases {
        let mut damaged = file();
        damage(&mut damaged);
        let fault = damaged.fault(4, 3).unwrap_or_default();
        assert!(fault.contains(says), "{says}: `{fault}`");
    }
}
