//! One set's frames as rows of features: what is looked at, and what is only a copy of it.
//!
//! A copy is no evidence: a recorded episode that has the very pictures of another would count as a recording of its own, and every
//! chance would look smaller than it is. Such are left out always; frames that merely look like earlier ones of their episode, where that
//! is asked for.

use std::sync::Arc;

use rayon::prelude::*;

use crate::backbone::Backbone;
use crate::base::{Digest, Monitor, Rgb};
use crate::data::{DataError, Origin, Set};
use crate::drift::{self, ChannelHistograms, probe, twins};
use crate::run::copies::Copies;
use crate::run::unread::{Quiet, Unread};
use crate::run::{RunError, import};
use crate::study::SetRef;

use super::spaced;

/// Frames of a set, and its episodes, that the domain probe learns from at most: cells of more take much memory and tell no more.
pub(super) const MOST_PROBED: usize = 2_000;

/// How a set is looked at.
pub(super) struct Look<'a> {
    /// Position of the camera.
    pub(super) camera: usize,
    /// Frames of each episode, evenly spaced.
    pub(super) frames: u32,
    /// Whether near twins are folded away.
    pub(super) fold: bool,
    /// Frames of each episode that the probe learns from, evenly spaced: of both sets alike, or it would tell time from time.
    pub(super) probed: u32,
    /// The network that distances are taken on, where they are.
    pub(super) backbone: Option<&'a Backbone>,
}

/// One set's frames as features and histograms.
#[derive(Default)]
pub(super) struct Side {
    /// One row a frame.
    pub(super) features: Vec<Vec<f64>>,
    /// Episode ids, one a row; rows of an episode lie together.
    pub(super) groups: Vec<u64>,
    /// Frame numbers, one a row.
    pub(super) frames: Vec<u32>,
    /// Rows of the network, one a frame; none without one.
    pub(super) deep: Vec<Vec<f64>>,
    /// Rows of the domain probe's cells, and their groups: of all frames, or of evenly spaced ones where frames are very many.
    pub(super) cells: (Vec<Vec<f64>>, Vec<u64>),
    /// Levels of all rows' pictures.
    pub(super) histograms: ChannelHistograms,
    /// Episodes that were left out as copies.
    pub(super) copies: Copies,
    /// Frames that were left out as near twins of earlier ones.
    pub(super) folded: usize,
}

impl Side {
    /// For the measures.
    pub(super) fn rows(&self) -> drift::Side<'_> {
        drift::Side { rows: &self.features, groups: &self.groups }
    }

    /// For the distances: what the network says, where there is one.
    pub(super) fn measured(&self) -> drift::Side<'_> {
        let rows = if self.deep.is_empty() { &self.features } else { &self.deep };
        drift::Side { rows, groups: &self.groups }
    }

    /// For the domain probe.
    pub(super) fn cell_rows(&self) -> drift::Side<'_> {
        drift::Side { rows: &self.cells.0, groups: &self.cells.1 }
    }

    /// What is said where episodes of `other` are here too: then chance, which takes the two sets for independent, is none.
    pub(super) fn shared(&self, other: &Self, [own, theirs]: [&str; 2]) -> Option<String> {
        let (all, count) = other.copies.shared(&self.copies);
        (count > 0).then(|| {
            format!(
                "The pictures of {count} of {all} episodes of {theirs} are in {own} too, pixel by pixel: the two are not independent, and every \
                 distance looks smaller than it is."
            )
        })
    }

    /// Refuses a set of which nothing is left to hold against chance but copies.
    ///
    /// # Errors
    /// With the cure.
    pub(super) fn refuse_copies_alone(&self, name: &str) -> Result<(), RunError> {
        let (left, copies) = (self.draws().len(), self.copies.of().len());
        if left < 2 && copies > 0 {
            return Err(RunError::Request(format!(
                "of the episodes of `{name}` that may be looked at, {copies} have the very pictures of others; {left} is left where 2 or \
                 more are needed: take in episodes of their own"
            )));
        }
        Ok(())
    }

    /// What was left out because it repeats what is there, in words; `who` is what the set is called in sentences.
    pub(super) fn left_out(&self, who: &str) -> Option<String> {
        let frames = (self.folded > 0)
            .then(|| format!("{} frames are near twins of earlier ones of their episode", self.folded));
        let both: Vec<String> = self.copies.words().into_iter().chain(frames).collect();
        (!both.is_empty())
            .then(|| format!("Of {who}, {}: such are left out, for a copy is no evidence.", both.join(" and ")))
    }

    /// Ids of the episodes, in the order of the rows.
    pub(super) fn draws(&self) -> Vec<u64> {
        let mut draws = self.groups.clone();
        draws.dedup();
        draws
    }
}

/// A frame that was read.
struct Seen {
    frame: u32,
    picture: Arc<Rgb>,
    pixels: Digest,
}

/// Reads and describes the visible frames of a set.
///
/// # Errors
/// When the watcher wanted the end or the network breaks off. What cannot be read is a note.
pub(super) fn read(
    (set, set_ref): (&Set, &SetRef),
    look: &Look<'_>,
    stage: &str,
    monitor: &dyn Monitor,
) -> Result<Side, RunError> {
    let visible = import::visible_episodes(set, set_ref);
    let every = visible.len().div_ceil(MOST_PROBED).max(1);
    let (mut side, mut unread) = (Side::default(), Unread::default());
    for (done, episode) in visible.iter().enumerate() {
        monitor.step(stage, done as u64, visible.len() as u64);
        let mut seen = seen(set, look, *episode, (&mut unread, monitor))?;
        let info = &set.episodes[*episode];
        if seen.is_empty() {
            continue;
        }
        let pictures = seen.iter().map(|one| one.pixels).collect();
        if set_ref.origin != Origin::Real {
            // Which draws both sets have is told, and none is left out: two that look the same may differ in what no picture shows.
            side.copies.sees(info, pictures);
        } else if side.copies.repeats(info, pictures) {
            continue;
        }
        if look.fold {
            side.folded += fold(&mut seen);
        }
        let probed = if done % every == 0 { spaced(seen.len() as u32, look.probed) } else { Vec::new() };
        let probed: Vec<&Seen> = probed.iter().filter_map(|at| seen.get(*at as usize)).collect();
        side.cells.1.extend(probed.iter().map(|_| info.id));
        side.cells.0.par_extend(probed.par_iter().map(|one| probe::describe(&one.picture)));
        if let Some(backbone) = look.backbone {
            let pictures: Vec<&Rgb> = seen.iter().map(|one| &*one.picture).collect();
            side.deep.extend(backbone.describe_all(&pictures, &Quiet(monitor))?);
        }
        side.groups.extend(seen.iter().map(|_| info.id));
        side.frames.extend(seen.iter().map(|one| one.frame));
        side.features.par_extend(seen.par_iter().map(|one| drift::describe(&one.picture)));
        for one in &seen {
            side.histograms.add(&one.picture);
        }
    }
    monitor.step(stage, visible.len() as u64, visible.len() as u64);
    unread.tell(&set_ref.name, monitor);
    Ok(side)
}

/// The frames of an episode that can be read.
fn seen(
    set: &Set,
    look: &Look<'_>,
    episode: usize,
    (unread, monitor): (&mut Unread, &dyn Monitor),
) -> Result<Vec<Seen>, RunError> {
    let mut all = Vec::new();
    for frame in spaced(set.episodes[episode].n_frames, look.frames) {
        if monitor.stopped() {
            return Err(RunError::Stopped);
        }
        match set.frame(look.camera, episode, frame) {
            Ok(picture) => all.push(Seen { frame, pixels: Digest::of(&picture.bytes), picture }),
            Err(DataError::Stopped) => return Err(RunError::Stopped),
            Err(err) => unread.add(set.episodes[episode].id, err),
        }
    }
    Ok(all)
}

/// Leaves out the frames of an episode that are near twins of earlier ones of it; how many.
///
/// Within an episode alone: whoever folds a whole side folds the larger one more, and two sides of one source would come out different.
fn fold(seen: &mut Vec<Seen>) -> usize {
    let hashes: Vec<u64> = seen.par_iter().map(|one| twins::perceptual_hash(&one.picture)).collect();
    let stands_for = twins::fold(&hashes, twins::WITHIN);
    let before = seen.len();
    let mut own = stands_for.iter().zip(0..).map(|(first, own)| *first == own);
    seen.retain(|_| own.next().unwrap_or(true));
    before - seen.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Silent, StreamKey, png};
    use crate::ledger::Timestamp;
    use crate::run::{Place, Stamp};
    use crate::study::Edit;

    /// A set of six takes of three pictures: the fourth take is the first again, and the last picture of the last two takes is their
    /// first one but for a breath of noise.
    fn read_of(fold: bool) -> Side {
        let dir = tempfile::tempdir().unwrap();
        for take in 0_u64..6 {
            let folder = dir.path().join(format!("takes/take_{take}"));
            std::fs::create_dir_all(&folder).unwrap();
            let scene = [0, 1, 2, 0, 4, 5][take as usize];
            for frame in 0..3_u64 {
                let mut picture = Rgb::black(64, 48);
                let is_breath = take >= 4 && frame == 2;
                let key = StreamKey::new(10 * scene + if is_breath { 0 } else { frame }, "compare side tests");
                let blocks: Vec<u8> = (0..48).map(|at| (key.unit("block", at) * 200.0) as u8).collect();
                for (at, pixel) in picture.bytes.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                    let (x, y) = (at % 64 / 8, at / 64 / 8);
                    let breath = if is_breath { (at % 2) as u8 } else { 0 };
                    *pixel = [blocks[y * 8 + x] + breath; 3];
                }
                std::fs::write(folder.join(format!("{frame}.png")), png::encode_rgb(&picture).unwrap()).unwrap();
            }
        }
        let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
        let stamp = Stamp { time: Timestamp::from_unix_s(0), actor: "tester".to_owned() };
        let study = crate::run::new::new(&place, 1, &stamp).unwrap();
        let request = import::ImportRequest::of(dir.path().join("takes"), 0.2);
        let imported = import::import(&place, &study, &request, &stamp, &Silent).unwrap();
        let Edit::PutSet(set_ref) = imported.edit else { panic!("a set is put") };
        let set_ref = SetRef { held: Vec::new(), ..set_ref };
        let look = Look { camera: 0, frames: 3, fold, probed: 2, backbone: None };
        read((&imported.set, &set_ref), &look, "Reading", &Silent).unwrap()
    }

    #[test]
    fn an_episode_that_repeats_another_counts_once() {
        let side = read_of(false);
        assert_eq!(side.draws(), [0, 1, 2, 4, 5], "the copy of the first is left out");
        assert_eq!((side.features.len(), side.frames.len()), (15, 15));
        assert_eq!(side.folded, 0);
        let told = side.shared(&read_of(false), ["`a`", "`b`"]).unwrap();
        assert!(told.starts_with("The pictures of 5 of 5 episodes of `b` are in `a` too"), "{told}");
        assert_eq!(side.shared(&Side::default(), ["`a`", "`b`"]), None);
        let told = side.left_out("`takes`").unwrap();
        assert!(told.starts_with("Of `takes`, 1 episode has the very pictures of others"), "{told}");
        assert_eq!(*side.copies.of(), [(3, 0)].into());
        assert!(side.refuse_copies_alone("takes").is_ok());
        let copies = side.copies.clone();
        let alone = Side { groups: vec![7], copies, ..Side::default() };
        let why = alone.refuse_copies_alone("takes").expect_err("one is left").to_string();
        assert!(why.contains("`takes`") && why.contains("1 have the very pictures"), "{why}");
        assert_eq!(side.cells.1, [0, 0, 1, 1, 2, 2, 4, 4, 5, 5], "the probe learns from as many frames of each");
        assert_eq!(Side::default().left_out("real"), None, "nothing is said where nothing is left out");
    }

    #[test]
    fn near_twins_are_folded_where_that_is_asked_for() {
        let side = read_of(true);
        assert_eq!(side.draws(), [0, 1, 2, 4, 5]);
        assert_eq!((side.folded, side.copies.of().len()), (2, 1));
        assert_eq!(side.frames, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 0, 1], "the breaths are left out");
        assert_eq!((side.features.len(), side.groups.len()), (13, 13));
    }
}
