//! Real sets, where they are: beside the package, or where `WORLDPROOF_REAL` says. Skipped elsewhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::base::{Digest, Silent};
use crate::data::{Format, LabelFormat, Set};

fn real(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WORLDPROOF_REAL")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/real"), PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no real data at `{}`; set WORLDPROOF_REAL to its folder", path.display());
    None
}

#[test]
fn a_real_set_opens_fast_and_reads_the_same_in_any_order() {
    let Some(path) = real("g1_bottle_v30") else { return };
    let start = Instant::now();
    let set = Set::open(&path, &Silent).expect("opens");
    assert!(start.elapsed().as_secs_f64() < 1.0, "opened in {:?}", start.elapsed());
    assert_eq!(set.episodes.iter().map(|episode| episode.n_frames).sum::<u32>(), 3594, "all frames listed");
    assert_eq!(set.columns[0].names[0], "kLeftShoulderPitch", "names nested in a list");
    for episode in [2, 9] {
        let in_order: Vec<_> = (0..12).map(|at| set.frame(0, episode, at).expect("frame")).collect();
        let other = Set::open(&path, &Silent).expect("opens");
        for at in [11, 3, 0, 8] {
            assert_eq!(other.frame(0, episode, at).expect("frame"), in_order[at as usize], "frame {at}");
        }
        let last = set.episodes[episode].n_frames - 1;
        assert_eq!(set.frame(0, episode, last).expect("last frame").width, 640, "size");
        let rows = set.signal(episode, "action").expect("signal").rows;
        assert_eq!((rows.len(), rows[0].len()), (last as usize + 1, 26), "a row a frame");
    }
}

#[test]
fn a_partial_download_reads_as_far_as_it_goes() {
    let Some(path) = real("g1_bottle_v21") else { return };
    let set = Set::open(&path, &Silent).expect("opens");
    assert_eq!(set.format, Format::LeRobotV21, "format");
    let there: Vec<u64> = set.episodes.iter().filter(|e| e.missing.is_none()).map(|e| e.id).collect();
    assert_eq!(there, [28, 29, 30, 31, 59, 82], "episodes by their own numbers");
    let at = set.position(82).expect("listed");
    let last = set.episodes[at].n_frames - 1;
    set.frame(0, at, last).expect("the last frame decodes");
    assert_eq!(set.signal(at, "observation.state").expect("signal").rows.len(), last as usize + 1, "rows");
    assert!(set.frame(0, 0, 0).expect_err("absent").to_string().contains("episode_000000"), "names the file");
}

#[test]
fn real_folders_and_videos_open() {
    for (name, episodes) in
        [("deeppcb", 4), ("rgbd", 1), ("highway", 2), ("highway/test_videos/solidWhiteRight.mp4", 1)]
    {
        let Some(path) = real(name) else { return };
        let set = Set::open(&path, &Silent).expect("opens");
        assert_eq!(set.episodes.len(), episodes, "{name}");
        set.frame(0, 0, set.episodes[0].n_frames - 1).expect("last frame");
    }
}

#[test]
fn a_real_video_is_the_same_walked_backwards() {
    let Some(path) = real("highway/test_videos/solidWhiteRight.mp4") else { return };
    let walk = |frames: &mut dyn Iterator<Item = u32>| {
        let set = Set::open(&path, &Silent).expect("opens");
        let begun = Instant::now();
        let digests: Vec<Digest> =
            frames.map(|frame| Digest::of(&set.frame(0, 0, frame).expect("a picture").bytes)).collect();
        (digests, begun.elapsed())
    };
    let n_frames = Set::open(&path, &Silent).expect("opens").episodes[0].n_frames;
    let (mut back, back_took) = walk(&mut (0..n_frames).rev());
    let (on, on_took) = walk(&mut (0..n_frames));
    back.reverse();
    assert!(back == on, "the same pictures");
    eprintln!("{n_frames} frames: on in {on_took:?}, back in {back_took:?}");
}

/// Boxes by class, counted from the text files without any of the reader's code.
fn counted(folder: &Path, counts: &mut BTreeMap<String, usize>) -> usize {
    const TYPES: [&str; 6] = ["open", "short", "mousebite", "spur", "copper", "pin-hole"];
    let mut n_files = 0;
    for path in std::fs::read_dir(folder).expect("list").map(|entry| entry.expect("entry").path()) {
        if path.is_dir() {
            n_files += counted(&path, counts);
        } else if path.parent().is_some_and(|parent| parent.to_string_lossy().ends_with("_not")) {
            n_files += 1;
            for line in std::fs::read_to_string(&path).expect("text").lines().filter(|line| !line.is_empty()) {
                let kind: usize = line.split([' ', ',']).nth(4).expect("five values").parse().expect("a number");
                *counts.entry(TYPES[kind - 1].to_owned()).or_default() += 1;
            }
        }
    }
    n_files
}

#[test]
fn real_boards_have_all_their_boxes() {
    let Some(path) = real("deeppcb") else { return };
    let set = Set::open(&path, &Silent).expect("opens");
    assert_eq!((set.labelled_by, set.cameras.len()), (Some(LabelFormat::DeepPcb), 2), "kind");
    let mut expected = BTreeMap::new();
    let n_files = counted(&path, &mut expected);
    assert_eq!(set.episodes.iter().map(|episode| episode.n_frames as usize).sum::<usize>(), n_files, "pairs");
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for (episode, info) in set.episodes.iter().enumerate() {
        for label in (0..info.n_frames).flat_map(|frame| set.labels(0, episode, frame).expect("labels")) {
            let [x0, y0, x1, y1] = label.bounds_px.expect("a box");
            assert!(x0 < x1 && y0 < y1 && x1 <= f64::from(set.cameras[0].width), "{label:?}");
            *found.entry(set.classes[label.class].clone()).or_default() += 1;
        }
        set.frame(1, episode, 0).expect("a template");
    }
    assert_eq!(found, expected, "boxes by type");
    eprintln!("{n_files} pairs, {found:?}, notes {:?}", set.notes);
}

#[test]
fn real_colours_have_their_distances_and_poses() {
    let Some(path) = real("rgbd") else { return };
    let set = Set::open(&path, &Silent).expect("opens");
    assert_eq!((set.episodes.len(), set.episodes[0].n_frames), (1, 5), "pairs");
    for frame in 0..5 {
        let depth = set.depth(0, 0, frame).expect("reads").expect("there");
        assert_eq!((depth.width, depth.height), (set.cameras[0].width, set.cameras[0].height), "frame {frame}");
        let bytes = std::fs::read(path.join(format!("depth/{}.pgm", frame + 1))).expect("file");
        let last = u16::from_be_bytes([bytes[bytes.len() - 2], bytes[bytes.len() - 1]]);
        assert_eq!(depth.values.last(), Some(&last), "values as stored");
    }
    let poses = set.signal(0, "camera_pose").expect("signal").rows;
    assert!(
        poses.len() == 5 && poses.iter().all(|pose| (pose[3..].iter().map(|q| q * q).sum::<f32>() - 1.0).abs() < 1e-3),
        "{poses:?}"
    );
    eprintln!("notes {:?}", set.notes);
}

#[test]
fn a_real_open_x_embodiment_set_reads_with_what_is_odd_about_it() {
    let Some(path) = real("bridge_rlds") else { return };
    let set = Set::open(&path, &Silent).expect("opens");
    assert_eq!((set.format, set.name.as_str()), (Format::Rlds, "bridge_dataset"), "kind");
    assert_eq!((set.episodes.len(), set.cameras.len()), (50, 4), "counts");
    assert!(set.episodes.iter().all(|episode| episode.n_frames == 10 && episode.missing.is_none()), "steps");
    assert_eq!((set.columns[0].name.as_str(), set.columns[0].width), ("action", 7), "columns");
    let columns: Vec<&str> = set.columns.iter().map(|column| column.name.as_str()).collect();
    assert!(columns.contains(&"observation.state") && !columns.contains(&"language_embedding"), "{columns:?}");
    for (at, episode) in set.episodes.iter().enumerate() {
        // Its flags deny all cameras, and only the last has no pictures.
        (0..3).for_each(|camera| drop(set.frame(camera, at, episode.n_frames - 1).expect("a picture")));
        assert!(set.frame(3, at, 0).expect_err("padding").to_string().contains("padding"), "the last camera");
        assert_eq!(set.signal(at, "observation.state").expect("signal").rows.len(), 10, "a row a step");
    }
    assert!(set.notes.iter().any(|note| note.text.contains("25 of 50 episodes are copies")), "{:?}", set.notes);
}
