//! Odd pictures as another program wrote and shows them, distances beside colours, and folders that change.

use std::path::Path;

use super::{picture, put};
use crate::base::{Silent, png};
use crate::data::{DataError, Set};

/// What `tests/reference/pictures.py` wrote.
macro_rules! reference {
    ($($name:literal),*) => { [$(($name, include_bytes!(concat!("../../../tests/reference/pictures/", $name)).as_slice())),*] };
}

fn opened(root: &Path) -> Set {
    Set::open(root, &Silent).expect("opens")
}

fn noted(set: &Set, words: &str) -> bool {
    set.notes.iter().any(|note| format!("{}: {}", note.about, note.text).contains(words))
}

#[test]
fn odd_pictures_are_shown_as_another_program_shows_them() {
    let files = reference!(
        "alpha.png",
        "bits.png",
        "cmyk.jpg",
        "deep.pgm",
        "deep.png",
        "grey.jpg",
        "grey.png",
        "palette.png",
        "turned1.jpg",
        "turned2.jpg",
        "turned3.jpg",
        "turned4.jpg",
        "turned5.jpg",
        "turned6.jpg",
        "turned6.png",
        "turned7.jpg",
        "turned8.jpg"
    );
    let shown: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/reference/pictures/shown.json")).expect("JSON");
    for (name, bytes) in files {
        let dir = tempfile::tempdir().expect("temp dir");
        put(dir.path(), name, bytes);
        let set = opened(dir.path());
        let frame = set.frame(0, 0, 0).expect("decodes");
        let expected = &shown["pictures"][name];
        let size = (expected["width"].as_u64().expect("a width"), expected["height"].as_u64().expect("a height"));
        assert_eq!((u64::from(frame.width), u64::from(frame.height)), size, "{name}: size");
        assert_eq!(
            (frame.width, frame.height),
            (set.cameras[0].width, set.cameras[0].height),
            "{name}: head and picture"
        );
        let values = expected["rgb"].as_array().expect("values").iter().map(|value| value.as_i64().expect("a number"));
        let worst = frame.bytes.iter().zip(values).map(|(ours, theirs)| (i64::from(*ours) - theirs).abs()).max();
        // JPEG decoders differ by rounding; the quarters of the picture by a hundred.
        let most = if name.contains(".jpg") { 4 } else { 0 };
        assert!(worst.expect("pixels") <= most, "{name}: differs by {worst:?}");
        assert_eq!(noted(&set, "16-bit"), name.starts_with("deep"), "{name}: {:?}", set.notes);
    }
}

#[test]
fn boxes_on_pictures_that_are_turned_unseen_are_told() {
    let [(_, plain), (_, upside_down), (_, lying)] = reference!("turned1.jpg", "turned3.jpg", "turned6.jpg");
    let dir = tempfile::tempdir().expect("temp dir");
    for (name, bytes) in [("a", plain), ("b", upside_down), ("c", lying)] {
        put(dir.path(), &format!("images/{name}.jpg"), bytes);
    }
    let doubt = |count: usize, first: &str| {
        format!(
            "labels: Nothing tells whether the boxes on {count} of the 3 pictures looked at, which EXIF blocks turn or mirror (the first is {first})"
        )
    };
    // The sizes of the third say that it was labelled upright; of the second they are the same either way.
    let coco = r#"{"images":[{"id":1,"width":12,"height":8,"file_name":"a.jpg"},{"id":2,"width":12,"height":8,"file_name":"b.jpg"},
        {"id":3,"width":8,"height":12,"file_name":"c.jpg"}],
        "annotations":[{"image_id":1,"category_id":1,"bbox":[0,0,2,2]},{"image_id":2,"category_id":1,"bbox":[0,0,2,2]},
        {"image_id":3,"category_id":1,"bbox":[0,0,2,2]}],"categories":[{"id":1,"name":"cup"}]}"#;
    put(dir.path(), "annotations/instances.json", coco.as_bytes());
    let set = opened(dir.path());
    assert!(noted(&set, &doubt(1, "images/b.jpg")), "{:?}", set.notes);
    for frame in 0..3 {
        assert_eq!(set.labels(0, 0, frame).expect("labels")[0].bounds_px, Some([0.0, 0.0, 2.0, 2.0]), "as shown");
    }
    let unsized_coco = coco.replace(r#""width":8,"height":12,"#, "");
    put(dir.path(), "annotations/instances.json", unsized_coco.as_bytes());
    let set = opened(dir.path());
    assert!(noted(&set, &doubt(2, "images/b.jpg")), "{:?}", set.notes);
    std::fs::remove_file(dir.path().join("annotations/instances.json")).expect("remove");
    put(dir.path(), "labels/c.txt", b"0 0.5 0.5 0.5 0.5");
    let set = opened(dir.path());
    assert!(noted(&set, &doubt(1, "images/c.jpg")), "fractions: {:?}", set.notes);
    std::fs::remove_file(dir.path().join("labels/c.txt")).expect("remove");
    put(dir.path(), "labels/a.txt", b"0 0.5 0.5 0.5 0.5");
    assert!(!noted(&opened(dir.path()), "EXIF"), "of pictures that are not turned nothing is in doubt");
}

#[test]
fn pictures_of_other_sizes_and_depths_are_counted_wherever_they_are() {
    let dir = tempfile::tempdir().expect("temp dir");
    let small = png::encode_rgb(&crate::base::Rgb::black(4, 5)).expect("encode");
    let deep = depth_png(&distances(0, 1000));
    for (name, bytes) in [
        ("a/1.png", picture(1)),
        ("a/2.png", small.clone()),
        ("a/3.png", picture(2)),
        ("b/1.png", picture(3)),
        ("b/2.png", deep.clone()),
        ("b/3.png", deep),
        ("b/4.png", small),
        ("b/5.png", b"no picture".to_vec()),
        ("b/6.png", picture(4)),
    ] {
        put(dir.path(), name, &bytes);
    }
    let set = opened(dir.path());
    for words in [
        "a/2.png: It has 4 x 5 pixels, other than the first picture (8 x 6); so it is with 1 more of the 9 pictures looked at.",
        "b/2.png: It has 16-bit values: the upper 8 bits are shown and compared; so it is with 1 more of the 9 pictures looked at.",
        "b/5.png: ",
    ] {
        assert!(noted(&set, words), "`{words}` is not in {:?}", set.notes);
    }
    assert_eq!(set.notes.len(), 3, "one each: {:?}", set.notes);
    assert_eq!(set.frame(0, 0, 1).expect("is read as it is").width, 4, "of its own size");
}

#[test]
fn a_head_is_found_in_a_long_file_and_a_long_head_too() {
    let dir = tempfile::tempdir().expect("temp dir");
    let [(_, turned)] = reference!("turned6.jpg");
    let mut long = turned.to_vec();
    long.resize(200_000, 0);
    put(dir.path(), "a/1.jpg", &long);
    let head = ["P6\n# ", &"x".repeat(100_000), "\n2 1\n255\n"].concat();
    put(dir.path(), "b/1.ppm", &[head.as_bytes(), &[7; 6]].concat());
    for (name, episode) in [("a", 0), ("b", 1)] {
        let set = opened(&dir.path().join(name));
        let frame = set.frame(0, 0, 0).expect("decodes");
        assert_eq!((set.cameras[0].width, set.cameras[0].height), (frame.width, frame.height), "{name}");
        assert_eq!(opened(dir.path()).frame(0, episode, 0).expect("decodes"), frame, "{name}: as alone");
    }
}

/// 8 x 6 distances: `first`, then rising by `step`.
fn distances(first: u16, step: u16) -> Vec<u16> {
    (0..48).map(|at| first + at * step).collect()
}

fn depth_png(values: &[u16]) -> Vec<u8> {
    png::encode_grey16(8, 6, values).expect("encode")
}

#[test]
fn distances_beside_colours_are_millimetres() {
    let dir = tempfile::tempdir().expect("temp dir");
    for at in 1..=3 {
        put(dir.path(), &format!("color/{at}.png"), &picture(at));
    }
    put(dir.path(), "depth/1.png", &depth_png(&distances(0, 100)));
    // A map whose largest value is not 65,535: values must not be stretched to it.
    let values: Vec<u8> = distances(5, 10).iter().flat_map(|value| value.to_be_bytes()).collect();
    put(dir.path(), "depth/2.pgm", &[b"P5\n# made\n8 6\n10000\n".as_slice(), &values].concat());
    put(dir.path(), "depth/9.png", &depth_png(&distances(0, 1)));
    put(dir.path(), "pose.txt", b"1 2 3 0 0 0 1\n4 5 6 0 0 0 1\n7 8 9 0 0 0 1");
    let set = opened(dir.path());
    assert_eq!((set.episodes.len(), set.episodes[0].n_frames), (1, 3), "colours");
    assert_eq!(set.depth(0, 0, 0).expect("reads").expect("there").values[47], 4700, "as stored");
    assert_eq!(set.depth(0, 0, 1).expect("reads").expect("there").values[1], 15, "not stretched");
    assert_eq!(set.depth(0, 0, 2).expect("reads"), None, "no partner");
    assert_eq!(
        set.signal(0, "camera_pose").expect("signal").rows[1],
        [4.0, 5.0, 6.0, 0.0, 0.0, 0.0, 1.0],
        "second row"
    );
    for words in [
        "depth: 2 pictures have distances, taken as millimetres, as nothing says otherwise: look at `depth/1.png`, its median is 2.40 m",
        "1 pictures have no distances beside them, and 1 pictures of distances no colours",
        "Its 3 poses are taken in the order of the pictures",
    ] {
        assert!(noted(&set, words), "`{words}` is not in {:?}", set.notes);
    }
    put(dir.path(), "pose.txt", b"1 2 3 0 0 0 1\n");
    let set = opened(dir.path());
    assert!(set.columns.is_empty() && noted(&set, "1 poses for 3 pictures"), "{:?}", set.notes);
}

#[test]
fn tum_recordings_are_paired_by_time() {
    let dir = tempfile::tempdir().expect("temp dir");
    for (at, name) in [(1, "10.010000"), (2, "10.050000"), (3, "10.300000")] {
        put(dir.path(), &format!("rgb/{name}.png"), &picture(at));
    }
    for (name, first) in [("10.000000", 5000), ("10.045000", 10_000), ("10.062000", 15_000), ("10.500000", 1)] {
        put(dir.path(), &format!("depth/{name}.png"), &depth_png(&distances(first, 0)));
    }
    put(dir.path(), "rgb.txt", b"# times\n10.010000 rgb/10.010000.png\n");
    let set = opened(dir.path());
    let first = |frame| set.depth(0, 0, frame).expect("reads").map(|depth| depth.values[0]);
    assert_eq!([first(0), first(1), first(2)], [Some(1000), Some(2000), None], "5,000 a metre, the nearest in time");
    assert!(noted(&set, "5,000 a metre, as TUM's recordings have it"), "{:?}", set.notes);
    assert_eq!(set.labelled_by, None, "rgb.txt is no label");
}

#[test]
fn distances_that_cannot_be_used_are_told() {
    let dir = tempfile::tempdir().expect("temp dir");
    put(dir.path(), "rgb/1.png", &picture(1));
    put(dir.path(), "depth/1.png", &picture(1));
    let set = opened(dir.path());
    assert!(set.depth(0, 0, 0).expect("reads").is_none() && noted(&set, "not 16-bit grey"), "{:?}", set.notes);
    put(dir.path(), "depth/1.png", &png::encode_grey16(2, 2, &[1, 2, 3, 4]).expect("encode"));
    assert!(noted(&opened(dir.path()), "Distances have 2 x 2 pixels and colours 8 x 6"), "other sizes");
    std::fs::rename(dir.path().join("rgb"), dir.path().join("front")).expect("rename");
    let set = opened(dir.path());
    assert_eq!((set.episodes.len(), set.episodes[0].task.as_str()), (1, "front"), "colours only");
    assert!(noted(&set, "no folder of colours is beside them"), "{:?}", set.notes);
}

#[test]
fn a_picture_that_goes_away_is_named() {
    let dir = tempfile::tempdir().expect("temp dir");
    put(dir.path(), "images/a.png", &picture(1));
    put(dir.path(), "images/b.png", &picture(2));
    put(dir.path(), "labels/a.txt", b"0 0.5 0.5 1 1");
    let set = opened(dir.path());
    std::fs::remove_file(dir.path().join("images/a.png")).expect("remove");
    let errors: [DataError; 3] = [
        set.frame(0, 0, 0).expect_err("gone"),
        set.labels(0, 0, 0).expect_err("gone"),
        set.items(&[0], &Silent).expect_err("gone"),
    ];
    for err in errors.map(|err| err.to_string()) {
        assert!(err.contains("a.png") && err.contains("no such file"), "{err}");
    }
    set.frame(0, 0, 1).expect("the other one is still there");
}

#[test]
fn links_are_followed_and_a_loop_of_them_ends() {
    #[cfg(unix)]
    {
        let dir = tempfile::tempdir().expect("temp dir");
        put(dir.path(), "real/a.png", &picture(1));
        std::fs::create_dir(dir.path().join("set")).expect("folder");
        std::os::unix::fs::symlink(dir.path().join("real"), dir.path().join("set/b")).expect("link");
        assert_eq!(opened(&dir.path().join("set")).episodes[0].task, "b", "through the link");
        std::os::unix::fs::symlink(dir.path().join("real"), dir.path().join("real/loop")).expect("link");
        assert!(opened(&dir.path().join("real")).episodes.len() < 20, "a loop ends");
    }
}
