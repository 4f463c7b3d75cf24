//! Real sets, where they are: beside the package, or where `WORLDPROOF_REAL` says. Skipped elsewhere.

use std::path::PathBuf;
use std::time::Instant;

use crate::base::Silent;
use crate::data::{Format, Set};

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
    // Of RGB-D pairs the colour folder is the set; its depth is left out with a note.
    for (name, episodes) in
        [("deeppcb", 4), ("rgbd", 1), ("highway", 2), ("highway/test_videos/solidWhiteRight.mp4", 1)]
    {
        let Some(path) = real(name) else { return };
        let set = Set::open(&path, &Silent).expect("opens");
        assert_eq!(set.episodes.len(), episodes, "{name}");
        set.frame(0, 0, set.episodes[0].n_frames - 1).expect("last frame");
    }
}
