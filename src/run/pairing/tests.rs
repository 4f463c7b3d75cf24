//! Two sets of pictures made here, of different lengths, held beside each other in every way.

use std::path::Path;

use super::*;
use crate::base::{Rgb, Silent, png};
use crate::data::Origin;
use crate::study::SetRef;

/// A folder a take; each picture is flat, with the grey level that `level` names for (take, frame).
fn made(root: &Path, frames_of: &[u32], level: impl Fn(usize, u32) -> u8) -> Set {
    for (take, frames) in frames_of.iter().enumerate() {
        let folder = root.join(format!("take_{take}"));
        std::fs::create_dir_all(&folder).unwrap();
        for frame in 0..*frames {
            let mut picture = Rgb::black(32, 24);
            picture.bytes.fill(level(take, frame));
            std::fs::write(folder.join(format!("{frame:03}.png")), png::encode_rgb(&picture).unwrap()).unwrap();
        }
    }
    Set::open(root, &Silent).unwrap()
}

fn set_ref(name: &str, held: &[u64]) -> SetRef {
    SetRef {
        name: name.to_owned(),
        path: String::new(),
        digest: None,
        origin: Origin::Real,
        held: held.to_vec(),
        reference: Vec::new(),
        sealed: None,
        listing: None,
        conditions: BTreeMap::new(),
        folders: crate::data::Folders::default(),
    }
}

struct Two {
    _dir: tempfile::TempDir,
    sets: [Set; 2],
    refs: [SetRef; 2],
    conditions: [Conditions; 2],
}

/// The reference has three takes of 11 frames of which one is held; the other has three of 6 frames, darkest last.
fn two() -> Two {
    let dir = tempfile::tempdir().unwrap();
    let reference = made(&dir.path().join("real"), &[11, 11, 11], |take, frame| (take as u8 + 1) * 60 + frame as u8);
    let other = made(&dir.path().join("made"), &[6, 6, 6], |take, frame| (3 - take as u8) * 60 + 2 * frame as u8);
    let said = |pairs: &[(u64, &str)]| {
        let values = pairs.iter().map(|(id, value)| (*id, (*value).to_owned())).collect();
        Conditions::from([("light".to_owned(), values)])
    };
    Two {
        sets: [reference, other],
        refs: [set_ref("real", &[1]), set_ref("made", &[])],
        conditions: [
            said(&[(0, "dim"), (1, "dim"), (2, "bright 10")]),
            said(&[(0, "bright 10"), (1, "dim"), (2, "dim")]),
        ],
        _dir: dir,
    }
}

impl Two {
    fn sides(&self) -> [Side<'_>; 2] {
        [0, 1].map(|at| Side {
            set: &self.sets[at],
            set_ref: &self.refs[at],
            camera: 0,
            conditions: &self.conditions[at],
        })
    }

    fn pair(&self, by: &MatchBy) -> Pairing {
        pair_up(self.sides(), by, &Silent).unwrap()
    }

    fn sets(&self) -> [&Set; 2] {
        [&self.sets[0], &self.sets[1]]
    }
}

fn episodes(pairing: &Pairing) -> Vec<[usize; 2]> {
    pairing.pairs.iter().map(|pair| pair.episodes).collect()
}

#[test]
fn in_order_the_shorter_side_repeats_and_what_is_held_is_never_paired() {
    let two = two();
    let pairing = two.pair(&MatchBy::Order);
    assert_eq!(episodes(&pairing), [[0, 0], [2, 1], [0, 2]], "episode 1 is held");
    assert_eq!(pairing.summary, "3 pairs, matched by order");
}

#[test]
fn under_a_condition_only_its_equals_meet() {
    let two = two();
    let pairing = two.pair(&MatchBy::Condition("light".to_owned()));
    assert_eq!(episodes(&pairing), [[2, 0], [0, 1], [0, 2]], "bright before dim");
    assert_eq!(pairing.pairs[1].words, "light = dim");
    assert_eq!(pairing.summary, "3 pairs, matched by light");
    assert_eq!(shared(two.sides()), ["light"]);
    let why = pair_up(two.sides(), &MatchBy::Condition("camera".to_owned()), &Silent).unwrap_err().to_string();
    assert!(why.contains("`camera`") && why.contains("light is"), "{why}");
}

#[test]
fn what_has_no_partner_is_counted() {
    let mut two = two();
    two.conditions[1].get_mut("light").unwrap().insert(0, "dusk".to_owned());
    let pairing = two.pair(&MatchBy::Condition("light".to_owned()));
    assert_eq!(episodes(&pairing), [[0, 1], [0, 2]]);
    assert_eq!(pairing.summary, "2 pairs, matched by light; without a partner: 1 of real, 1 of made");
}

#[test]
fn where_no_value_is_known_on_both_sides_both_are_told() {
    let mut two = two();
    two.conditions[1].get_mut("light").unwrap().values_mut().for_each(|value| "dusk".clone_into(value));
    let why = pair_up(two.sides(), &MatchBy::Condition("light".to_owned()), &Silent).unwrap_err().to_string();
    assert!(why.contains("`dim`") && why.contains("`made` has `dusk`"), "{why}");
    assert!(shared(two.sides()).is_empty(), "nothing to offer");
}

#[test]
fn by_looks_each_frame_stands_beside_the_most_alike() {
    let two = two();
    let pairing = two.pair(&MatchBy::Nearest);
    // Reference take 0 has grey 60 to 70; of the other set take 2 has 60 to 70 in steps of two.
    assert_eq!(episodes(&pairing), [[0, 2], [2, 0]]);
    let moment = pairing.pairs[0].at(two.sets(), 0.4, TimeLock::Phase);
    assert_eq!(moment.frames, [FrameAt { episode: 0, frame: 4 }, FrameAt { episode: 2, frame: 2 }], "64 beside 64");
    assert!(moment.apart_sd.is_some_and(|apart| apart < 1e-9), "{moment:?}");
}

#[test]
fn time_is_locked_by_phase_or_by_seconds() {
    let two = two();
    let pairing = two.pair(&MatchBy::Order);
    let pair = &pairing.pairs[0];
    let frames = |share: f64, lock| pair.at(two.sets(), share, lock).frames.map(|at| at.frame);
    assert_eq!(frames(1.0, TimeLock::Phase), [10, 5], "both at their ends");
    assert_eq!(frames(0.4, TimeLock::Phase), [4, 2], "both at two fifths");
    assert_eq!(frames(0.4, TimeLock::Seconds), [4, 4], "both at second four");
    let late = pair.at(two.sets(), 0.8, TimeLock::Seconds);
    assert_eq!((late.frames[1].frame, late.ended), (5, [false, true]), "the shorter one waits at its end");
    assert_eq!(pair.length_s(two.sets(), TimeLock::Seconds), 10.0, "the longer one's");
}

#[test]
fn seconds_are_those_of_each_episode() {
    let mut two = two();
    // The reference's first take has 4 frames a second, as one video of a folder may; the rest keep 1.
    two.sets[0].episodes[0].length_s = 2.75;
    let rates = [0, 1, 2].map(|episode| episode_rate_hz(&two.sets[0], episode));
    assert_eq!((rates, rate_hz(&two.sets[0])), ([4.0, 1.0, 1.0], 1.0), "one alone differs");
    two.sets[0].episodes[1].length_s = 0.0;
    assert_eq!(episode_rate_hz(&two.sets[0], 1), 1.0, "the camera's where the length is not known");
    let pairing = two.pair(&MatchBy::Order);
    let pair = &pairing.pairs[0];
    assert_eq!(pair.length_s(two.sets(), TimeLock::Seconds), 5.0, "2.5 s beside 5 s");
    let moment = pair.at(two.sets(), 0.4, TimeLock::Seconds);
    assert_eq!((moment.frames.map(|at| at.frame), moment.ended), ([8, 2], [false; 2]), "both at second two");
    assert!((pair.share_of(two.sets(), (0, 8), TimeLock::Seconds) - 0.4).abs() < 1e-12, "and back");
    assert!((pair.share_of(two.sets(), (1, 2), TimeLock::Seconds) - 0.4).abs() < 1e-12, "of the other side");
    let late = pair.at(two.sets(), 0.6, TimeLock::Seconds);
    assert_eq!((late.frames.map(|at| at.frame), late.ended), ([10, 3], [true, false]), "the faster one is over");
}

#[test]
fn a_damaged_picture_is_left_out_of_looks_and_told() {
    let two = two();
    let files = two.sets[1].root.join("take_2");
    std::fs::write(files.join("002.png"), b"no picture").unwrap();
    let pairing = two.pair(&MatchBy::Nearest);
    let near = pairing.pairs[0].nearest.iter().find(|near| near.frame == 4).unwrap();
    assert!(near.other.frame != 2 && near.apart_sd > 0.0, "another frame stands in: {near:?}");
}
