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

/// Where the camera of a label file shows a point of the world, after OpenCV's formulas, by the numbers of the JSON alone.
fn projected(camera: &serde_json::Value, at_m: &serde_json::Value) -> [f64; 2] {
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let three = |value: &serde_json::Value| DVec3::new(number(&value[0]), number(&value[1]), number(&value[2]));
    let turn = &camera["world"]["turn_xyzw"];
    let (axis, w) = (three(turn), number(&turn[3]));
    // The inverse of the rotation, by vectors: v + 2w (v × q) + 2 q × (q × v), for the conjugate.
    let v = three(at_m) - three(&camera["world"]["at_m"]);
    let local = v + 2.0 * w * v.cross(axis) + 2.0 * axis.cross(axis.cross(v));
    let (x, y) = (local.x / local.z, local.y / local.z);
    let lens = &camera["lens"];
    let k = |name: &str| number(&lens[name]);
    let [x, y] = match lens["model"].as_str().unwrap() {
        "pinhole" => [x, y],
        "brown_conrady" => {
            let r2 = x * x + y * y;
            let top = 1.0 + k("k1") * r2 + k("k2") * r2.powi(2) + k("k3") * r2.powi(3);
            let radial = top / (1.0 + k("k4") * r2 + k("k5") * r2.powi(2) + k("k6") * r2.powi(3));
            let (p1, p2) = (k("p1"), k("p2"));
            [
                x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x),
                y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y,
            ]
        }
        "kannala_brandt" => {
            let r = x.hypot(y);
            let t = r.atan();
            let bent =
                t * (1.0 + k("k1") * t.powi(2) + k("k2") * t.powi(4) + k("k3") * t.powi(6) + k("k4") * t.powi(8));
            [x * bent / r, y * bent / r]
        }
        other => panic!("{other}"),
    };
    let along =
        |axis: usize, place: f64| place * number(&camera["focal_px"][axis]) + number(&camera["centre_px"][axis]);
    [along(0, x), along(1, y)]
}

#[test]
fn a_reader_projects_points_with_the_files_numbers_alone() {
    use crate::sense::label::tests::{frame, snapshot};
    let mut now = snapshot(&[(2, crate::world::Class::Clutter, "box")]);
    let (eye, target) = (DVec3::new(-1.3, 0.4, 1.7), DVec3::new(2.0, -0.3, 0.2));
    now.camera = crate::world::Camera::with_vertical_fov(640, 480, 70.0, Pose::looking_at(eye, target));
    (now.camera.focal_px.y, now.camera.centre_px) = (351.25, DVec2::new(331.5, 228.75));
    let corner = |at: u32| DVec3::new(f64::from(at & 1), f64::from(at >> 1 & 1) - 0.5, f64::from(at >> 2)) * 1.3;
    let bones = Bones { names: (0..8).map(|at| format!("{at}")).collect(), ..Bones::default() };
    let skeleton = Skeleton { instance: 2, bones: bones.into(), at: (0..8).map(corner).collect() };
    let facts = Facts { skeletons: vec![skeleton], ..Facts::default() };
    let picture = frame(640, vec![2; 640 * 480], vec![1.0; 640 * 480]);
    let rational = Lens::brown_conrady([-0.28, 0.07, -0.004, 0.01, 0.002, 0.0003], [0.0011, -0.0007]);
    let fisheye = Lens::kannala_brandt([-0.013, 0.021, -0.009, 0.0017]);
    let mut places = Vec::new();
    for lens in [Lens::PINHOLE, rational, fisheye] {
        let mut file = LabelFile::default();
        file.add(4, &now, &facts, &Labels::of(&picture, (&now, lens), &facts, None), false);
        let text = serde_json::to_string(&file).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let (camera, label) = (&json["frames"][0]["camera"], &json["frames"][0]["labels"][0]);
        assert_eq!(camera["size_px"], serde_json::json!([640, 480]));
        for point in label["points"].as_array().unwrap() {
            let shown = projected(camera, &point["at_m"]);
            let off_px = [0, 1].map(|axis| (point["px"][axis].as_f64().unwrap() - shown[axis]).abs());
            assert!(off_px.iter().all(|off_px| *off_px < 0.01), "{lens:?}: {off_px:?} px off");
            places.push(shown);
        }
        let mut read: LabelFile = serde_json::from_str(&text).unwrap();
        assert_eq!((read.fault(640, 480), read.frames[0].camera.as_ref().unwrap().read().unwrap().1), (None, lens));
        // Of a file that does not say its lens nothing is claimed.
        read.frames[0].camera.as_mut().unwrap().lens = None;
        read.frames[0].camera.as_mut().unwrap().focal_px[0] += 1.0;
        assert_eq!(read.fault(640, 480), None);
    }
    let apart = |one: [f64; 2], other: [f64; 2]| (one[0] - other[0]).hypot(one[1] - other[1]);
    assert!((0..8).any(|at| apart(places[at], places[8 + at]) > 5.0), "the lens bends");
    assert!((0..8).any(|at| apart(places[at], places[16 + at]) > 5.0), "and so does the fisheye");
}

#[test]
fn contradictions_are_named() {
    type Damage = fn(&mut LabelFile);
    let cases: [(Damage, &str); 13] = [
        (|file| file.frames[1].camera.as_mut().unwrap().focal_px[0] *= 1.2, "where its camera shows"),
        (|file| file.frames[1].camera.as_mut().unwrap().focal_px[1] = 0.0, "focal lengths"),
        (|file| file.frames[0].camera.as_mut().unwrap().size_px = Some([5, 3]), "its camera's picture is 5 x 3"),
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
