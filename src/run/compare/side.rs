//! One set's frames as rows of features: what is looked at, and what is only a copy of it.
//!
//! A copy is no evidence: an episode that repeats another picture by picture would count as a draw of its own, and every chance would
//! look smaller than it is. Whole copies are left out always; frames that merely look alike, where that is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::backbone::Backbone;
use crate::base::{Digest, Monitor, Note, Rgb};
use crate::data::{DataError, Set};
use crate::drift::{self, ChannelHistograms, probe, twins};
use crate::run::{RunError, import};
use crate::study::SetRef;

use super::spaced;

/// Frames of a set that the domain probe learns from, about: cells of more take much memory and tell no more.
const MOST_PROBED: u64 = 2_000;

/// How a set is looked at.
pub(super) struct Look<'a> {
    /// Position of the camera.
    pub(super) camera: usize,
    /// Frames of each episode, evenly spaced.
    pub(super) frames: u32,
    /// Whether near twins are folded away.
    pub(super) fold: bool,
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
    /// What was left out as a copy.
    pub(super) folded: Folded,
}

/// What was left out because it repeats what is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Folded {
    /// Episodes whose frames are, one by one, those of an earlier episode.
    pub(super) episodes: usize,
    /// Frames that are near twins of earlier ones.
    pub(super) frames: usize,
}

impl Folded {
    /// In words; `who` is what the set is called in sentences.
    pub(super) fn sentence(&self, who: &str) -> Option<String> {
        let episodes = (self.episodes > 0).then(|| {
            let are = if self.episodes == 1 {
                "1 episode is a copy"
            } else {
                &format!("{} episodes are copies", self.episodes)
            };
            format!("{are} of others, picture by picture")
        });
        let frames = (self.frames > 0).then(|| format!("{} frames are near twins of earlier ones", self.frames));
        let both: Vec<String> = episodes.into_iter().chain(frames).collect();
        (!both.is_empty())
            .then(|| format!("Of {who}, {}: they are left out, for a copy is no evidence.", both.join(" and ")))
    }
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
    let mut side = Side::default();
    let mut known: BTreeMap<Vec<Digest>, u64> = BTreeMap::new();
    let mut hashes: Vec<u64> = Vec::new();
    let wanted = |at: &usize| u64::from(set.episodes[*at].n_frames.min(look.frames));
    let stride = visible.iter().map(wanted).sum::<u64>().div_ceil(MOST_PROBED).max(1) as usize;
    let mut read = 0_usize;
    for (done, episode) in visible.iter().enumerate() {
        monitor.step(stage, done as u64, visible.len() as u64);
        let seen = seen((set, set_ref), look, *episode, monitor)?;
        if seen.is_empty() {
            continue;
        }
        let id = set.episodes[*episode].id;
        if known.insert(seen.iter().map(|one| one.pixels).collect(), id).is_some() {
            side.folded.episodes += 1;
            continue;
        }
        if look.fold {
            hashes.par_extend(seen.par_iter().map(|one| twins::perceptual_hash(&one.picture)));
        }
        // At least one of each episode: a group that is not learned from would be no group of the probe.
        let probed: Vec<&Seen> = (read..).zip(&seen).filter(|(at, _)| at % stride == 0).map(|(_, one)| one).collect();
        let probed = if probed.is_empty() { vec![&seen[0]] } else { probed };
        read += seen.len();
        side.cells.1.extend(probed.iter().map(|_| id));
        side.cells.0.par_extend(probed.par_iter().map(|one| probe::describe(&one.picture)));
        if let Some(backbone) = look.backbone {
            let pictures: Vec<&Rgb> = seen.iter().map(|one| &*one.picture).collect();
            side.deep.extend(backbone.describe_all(&pictures, &Quiet(monitor))?);
        }
        side.groups.extend(seen.iter().map(|_| id));
        side.frames.extend(seen.iter().map(|one| one.frame));
        side.features.par_extend(seen.par_iter().map(|one| drift::describe(&one.picture)));
        for one in &seen {
            side.histograms.add(&one.picture);
        }
    }
    monitor.step(stage, visible.len() as u64, visible.len() as u64);
    if look.fold {
        fold(&mut side, &hashes);
    }
    Ok(side)
}

/// Asks whether to stop and tells nothing: progress is counted in episodes here.
struct Quiet<'a>(&'a dyn Monitor);

impl Monitor for Quiet<'_> {
    fn step(&self, _stage: &str, _done: u64, _total: u64) {}
    fn note(&self, note: Note) {
        self.0.note(note);
    }
    fn stopped(&self) -> bool {
        self.0.stopped()
    }
}

/// The frames of an episode that can be read.
fn seen(
    (set, set_ref): (&Set, &SetRef),
    look: &Look<'_>,
    episode: usize,
    monitor: &dyn Monitor,
) -> Result<Vec<Seen>, RunError> {
    let mut all = Vec::new();
    for frame in spaced(set.episodes[episode].n_frames, look.frames) {
        if monitor.stopped() {
            return Err(RunError::Stopped);
        }
        match set.frame(look.camera, episode, frame) {
            Ok(picture) => all.push(Seen { frame, pixels: Digest::of(&picture.bytes), picture }),
            Err(DataError::Stopped) => return Err(RunError::Stopped),
            // One damaged file must not cost the finding; the counts of frames say what was looked at.
            Err(err) => monitor.note(Note::new(&set_ref.name, format!("A frame is left out: {err}."))),
        }
    }
    Ok(all)
}

/// Leaves out each row whose picture is a near twin of an earlier one's. Levels stay those of all frames: they are no test.
fn fold(side: &mut Side, hashes: &[u64]) {
    let stands_for = twins::fold(hashes, twins::WITHIN);
    let is_own: Vec<bool> = stands_for.iter().zip(0..).map(|(first, own)| *first == own).collect();
    side.folded.frames = is_own.iter().filter(|own| !**own).count();
    kept(&mut side.features, &is_own);
    kept(&mut side.deep, &is_own);
    kept(&mut side.groups, &is_own);
    kept(&mut side.frames, &is_own);
    // The probe judges by episode: what is left of an episode keeps all of its cells.
    let left: BTreeSet<u64> = side.groups.iter().copied().collect();
    let is_left: Vec<bool> = side.cells.1.iter().map(|group| left.contains(group)).collect();
    kept(&mut side.cells.0, &is_left);
    kept(&mut side.cells.1, &is_left);
}

/// Keeps what `is_own` says of each.
fn kept<T>(all: &mut Vec<T>, is_own: &[bool]) {
    let mut own = is_own.iter();
    all.retain(|_| own.next().copied().unwrap_or(true));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Silent, StreamKey, png};
    use crate::ledger::Timestamp;
    use crate::run::{Place, Stamp};
    use crate::study::Edit;

    /// A set of six takes of three pictures: the fourth is the first again, the last two differ from the second by a breath of noise.
    fn read_of(fold: bool) -> Side {
        let dir = tempfile::tempdir().unwrap();
        for take in 0_u64..6 {
            let folder = dir.path().join(format!("takes/take_{take}"));
            std::fs::create_dir_all(&folder).unwrap();
            let scene = [0, 1, 2, 0, 1, 1][take as usize];
            for frame in 0..3_u64 {
                let mut picture = Rgb::black(64, 48);
                let key = StreamKey::new(10 * scene + frame, "compare side tests");
                let blocks: Vec<u8> = (0..48).map(|at| (key.unit("block", at) * 200.0) as u8).collect();
                for (at, pixel) in picture.bytes.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                    let (x, y) = (at % 64 / 8, at / 64 / 8);
                    let breath = if take >= 4 { ((at as u64 + take) % 2) as u8 } else { 0 };
                    *pixel = [blocks[y * 8 + x] + breath; 3];
                }
                std::fs::write(folder.join(format!("{frame}.png")), png::encode_rgb(&picture).unwrap()).unwrap();
            }
        }
        let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
        let stamp = Stamp { time: Timestamp::from_unix_s(0), actor: "tester".to_owned() };
        let study = crate::run::new::new(&place, 1, &stamp).unwrap();
        let request = import::ImportRequest { path: dir.path().join("takes"), name: None, held: 0.2 };
        let imported = import::import(&place, &study, &request, &stamp, &Silent).unwrap();
        let Edit::PutSet(set_ref) = imported.edit else { panic!("a set is put") };
        let set_ref = SetRef { held: Vec::new(), ..set_ref };
        let look = Look { camera: 0, frames: 3, fold, backbone: None };
        read((&imported.set, &set_ref), &look, "Reading", &Silent).unwrap()
    }

    #[test]
    fn an_episode_that_repeats_another_counts_once() {
        let side = read_of(false);
        assert_eq!(side.draws(), [0, 1, 2, 4, 5], "the copy of the first is left out");
        assert_eq!((side.features.len(), side.frames.len()), (15, 15));
        assert_eq!(side.folded, Folded { episodes: 1, frames: 0 });
        let told = side.folded.sentence("`takes`").unwrap();
        assert!(told.starts_with("Of `takes`, 1 episode is a copy of others"), "{told}");
        assert_eq!(Folded::default().sentence("real"), None, "nothing is said where nothing is left out");
    }

    #[test]
    fn near_twins_are_folded_where_that_is_asked_for() {
        let side = read_of(true);
        assert_eq!(side.draws(), [0, 1, 2], "nothing is left of the two that nearly repeat the second");
        assert_eq!(side.folded, Folded { episodes: 1, frames: 6 });
        assert_eq!(side.cells.1, [0, 0, 0, 1, 1, 1, 2, 2, 2], "the probe learns from the same episodes");
        assert_eq!(
            (side.features.len(), side.groups.len(), side.frames.as_slice()),
            (9, 9, &[0, 1, 2, 0, 1, 2, 0, 1, 2][..])
        );
    }
}
