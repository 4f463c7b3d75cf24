//! Which pictures of a set are nearly the same: how much it repeats itself, and whether what is held back has been seen before.
//!
//! A split by episode keeps frames of one recording together, but the same scene recorded twice, or a copy under another name,
//! lies on both sides of it; a family that was fitted to the one is then judged on the other. Deliberately not here: taking anything
//! out of a set. Sets stay as they are; a person decides which recordings belong together.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use crate::base::{Digest, Monitor, Note};
use crate::data::{DataError, Set};
use crate::drift::twins::{self, Index};
use crate::study::{SetRef, Study};

use super::place::Place;
use super::{RunError, import};

/// What to look for.
#[derive(Clone, Debug)]
pub struct TwinsRequest {
    /// The set.
    pub set: String,
    /// Every so many frames of each episode are looked at; `None` for one a second, and every picture where pictures have no time.
    pub every: Option<u32>,
    /// In how many of 64 bits the hashes of twins may differ, [`twins::MOST_WITHIN`] at most.
    pub within: u32,
}

/// One picture of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PictureId {
    /// Id of its episode.
    pub episode: u64,
    /// From 0.
    pub frame: u32,
}

/// What repeats itself.
#[derive(Clone, Debug, Serialize)]
pub struct Twins {
    /// The set's name.
    pub set: String,
    /// In how many of 64 bits the hashes of twins differ at most.
    pub within: u32,
    /// Every so many frames were looked at.
    pub every: u32,
    /// Pictures that were looked at.
    pub n_pictures: usize,
    /// Pictures that are equal, pixel by pixel, to an earlier one.
    pub n_copies: usize,
    /// Pictures that remain where copies and near twins of earlier ones are folded away.
    pub n_distinct: usize,
    /// What stands for most others, with how many those are: at most ten.
    pub most_repeated: Vec<(PictureId, usize)>,
    /// Twins across the halves of the split; `None` where the held half is sealed, so that it was not looked at.
    pub across: Option<Across>,
}

/// What both halves of a split have.
#[derive(Clone, Debug, Serialize)]
pub struct Across {
    /// Pictures of the held half.
    pub n_held: usize,
    /// Those with a twin in the reference half.
    pub n_twins: usize,
    /// Held picture, reference picture, and in how many bits they differ: the nearest, at most ten.
    pub nearest: Vec<(PictureId, PictureId, u32)>,
    /// Held episode, the reference episode that has most twins of it, and the share of the held one's pictures: from a half on.
    pub episodes: Vec<(u64, u64, f64)>,
}

/// How many entries each list of [`Twins`] has at most.
const MOST_LISTED: usize = 10;

/// Episodes that a sentence names.
const MOST_NAMED: usize = 5;

/// From this share of its pictures on, an episode is said to have been seen before.
const SEEN: f64 = 0.5;

/// Pictures that [`at_import`] looks at, about.
const MOST_AT_IMPORT: u64 = 2_000;

impl Twins {
    /// The finding, a sentence each.
    pub fn sentences(&self) -> Vec<String> {
        let Self { n_pictures, n_copies, n_distinct, .. } = self;
        let folded = n_pictures - n_distinct;
        let mut all = vec![format!(
            "{folded} of {n_pictures} pictures are nearly the same as an earlier one, {n_copies} of them pixel by pixel; {n_distinct} differ from each other."
        )];
        match &self.across {
            None => all.push("Its held half is sealed and was not looked at.".to_owned()),
            Some(across) => all.extend(across.sentences()),
        }
        all
    }
}

impl Across {
    /// What a person should know before sealing.
    pub fn sentences(&self) -> Vec<String> {
        let Self { n_held, n_twins, .. } = self;
        let mut all = Vec::new();
        if *n_held > 0 {
            all.push(format!("{n_twins} of {n_held} held pictures have a near twin in the reference half."));
        }
        if !self.episodes.is_empty() {
            let name = |(held, reference, _): &(u64, u64, f64)| format!("{held} ({reference})");
            let named: Vec<String> = self.episodes.iter().take(MOST_NAMED).map(name).collect();
            let more = match self.episodes.len().saturating_sub(MOST_NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            all.push(format!(
                "Held episodes whose pictures the reference half (in brackets) has already, half of them or more: {}{more}. Where two are one recording, put them into one folder or leave one out, and take the set in again.",
                named.join(", ")
            ));
        }
        all
    }
}

/// A picture as it is compared.
struct Looked {
    id: PictureId,
    hash: u64,
    pixels: Digest,
}

/// Looks for twins in a set of the study; nothing is changed. Of a sealed set only the reference half is read.
///
/// # Errors
/// When there is no such set, it cannot be read, or the request is impossible.
pub fn twins(place: &Place, study: &Study, request: &TwinsRequest, monitor: &dyn Monitor) -> Result<Twins, RunError> {
    if request.every == Some(0) {
        return Err(RunError::Request("look at every 1st, 2nd, … frame; 0 looks at none".to_owned()));
    }
    if request.within > twins::MOST_WITHIN {
        let wrong = format!(
            "hashes may differ in at most {} of their 64 bits, not {}: beyond that pictures are no twins",
            twins::MOST_WITHIN,
            request.within
        );
        return Err(RunError::Request(wrong));
    }
    let set_ref = import::set_ref(study, &request.set)?;
    let set = import::open_set(place, set_ref, monitor)?;
    let every = request.every.unwrap_or_else(|| one_a_second(&set));
    look(&set, set_ref, (every, request.within), monitor)
}

/// As [`twins()`] for a set that is being taken in, with so many pictures that it takes seconds: what both halves have is told.
pub(super) fn at_import(set: &Set, set_ref: &SetRef, monitor: &dyn Monitor) -> Result<(), RunError> {
    if set.cameras.is_empty() {
        return Ok(());
    }
    let n_frames: u64 = set.episodes.iter().map(|episode| u64::from(episode.n_frames)).sum();
    let every = (n_frames / MOST_AT_IMPORT).max(u64::from(one_a_second(set)));
    let every = u32::try_from(every).unwrap_or(u32::MAX);
    let found = look(set, set_ref, (every, twins::WITHIN), monitor)?;
    for sentence in found.across.iter().filter(|across| across.n_twins > 0).flat_map(Across::sentences) {
        monitor.note(Note::new(&set_ref.name, sentence));
    }
    Ok(())
}

/// How many frames lie between two that are looked at, where nobody says it.
fn one_a_second(set: &Set) -> u32 {
    set.cameras.first().map_or(1, |camera| camera.fps.round().clamp(1.0, 1_000.0) as u32)
}

fn look(set: &Set, set_ref: &SetRef, (every, within): (u32, u32), monitor: &dyn Monitor) -> Result<Twins, RunError> {
    let visible = import::visible_episodes(set, set_ref);
    let held = import::held_episodes(set, set_ref);
    let held = held.into_iter().filter(|at| set.episodes.get(*at).is_some_and(|episode| episode.missing.is_none()));
    let is_sealed = set_ref.sealed.is_some();
    let episodes: Vec<usize> = if is_sealed { visible } else { visible.into_iter().chain(held).collect() };
    let all = pictures(set, &set_ref.name, &episodes, every, monitor)?;
    let is_held = |one: &Looked| set_ref.held.contains(&one.id.episode);
    let hashes: Vec<u64> = all.iter().map(|one| one.hash).collect();
    let folded = twins::fold(&hashes, within);
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for first in &folded {
        *counts.entry(*first).or_default() += 1;
    }
    let mut repeated: Vec<(PictureId, usize)> =
        counts.iter().filter(|(_, n)| **n > 1).filter_map(|(at, n)| Some((all.get(*at as usize)?.id, n - 1))).collect();
    repeated.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    repeated.truncate(MOST_LISTED);
    let mut seen = BTreeSet::new();
    let n_copies = all.iter().filter(|one| !seen.insert(one.pixels)).count();
    let (held, reference): (Vec<&Looked>, Vec<&Looked>) = all.iter().partition(|one| is_held(one));
    Ok(Twins {
        set: set_ref.name.clone(),
        within,
        every,
        n_pictures: all.len(),
        n_copies,
        n_distinct: counts.len(),
        most_repeated: repeated,
        across: (!is_sealed).then(|| across(&held, &reference, within)),
    })
}

/// The pictures of some episodes, in their order. One damaged file must not cost the finding: what cannot be read is told of once.
fn pictures(
    set: &Set,
    name: &str,
    episodes: &[usize],
    every: u32,
    monitor: &dyn Monitor,
) -> Result<Vec<Looked>, RunError> {
    const STAGE: &str = "Looking for twins";
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for (done, episode) in episodes.iter().enumerate() {
        monitor.step(STAGE, done as u64, episodes.len() as u64);
        let Some(info) = set.episodes.get(*episode) else { continue };
        let wanted: Vec<u32> = (0..info.n_frames).step_by(every as usize).collect();
        let one = |frame: &u32| {
            if monitor.stopped() {
                return Err(DataError::Stopped);
            }
            let picture = set.frame(0, *episode, *frame)?;
            Ok(Looked {
                id: PictureId { episode: info.id, frame: *frame },
                hash: twins::perceptual_hash(&picture),
                pixels: Digest::of(&picture.bytes),
            })
        };
        let found: Vec<Result<Looked, DataError>> = wanted.par_iter().map(one).collect();
        for one in found {
            match one {
                Ok(looked) => all.push(looked),
                Err(DataError::Stopped) => return Err(RunError::Stopped),
                Err(err) => faults.push(err),
            }
        }
    }
    monitor.step(STAGE, episodes.len() as u64, episodes.len() as u64);
    if let Some(first) = faults.first() {
        let text = format!("{} pictures are left out of the look for twins; the first: {first}.", faults.len());
        monitor.note(Note::new(name, text));
    }
    Ok(all)
}

fn across(held: &[&Looked], reference: &[&Looked], within: u32) -> Across {
    let hashes: Vec<u64> = reference.iter().map(|one| one.hash).collect();
    let index = Index::new(&hashes, within);
    let mut nearest: Vec<(PictureId, PictureId, u32)> = Vec::new();
    // Pictures of a held episode, and how many of them have twins in which episodes of the reference.
    let mut by_episode: BTreeMap<u64, (usize, BTreeMap<u64, usize>)> = BTreeMap::new();
    for one in held {
        let mut best: Option<(u32, PictureId)> = None;
        let mut episodes = BTreeSet::new();
        index.visit(one.hash, |at| {
            let Some(other) = reference.get(at as usize) else { return };
            episodes.insert(other.id.episode);
            let this = (twins::apart(one.hash, other.hash), other.id);
            best = Some(best.map_or(this, |best| best.min(this)));
        });
        let (count, seen) = by_episode.entry(one.id.episode).or_default();
        *count += 1;
        for episode in episodes {
            *seen.entry(episode).or_default() += 1;
        }
        nearest.extend(best.map(|(bits, other)| (one.id, other, bits)));
    }
    let n_twins = nearest.len();
    nearest.sort_by_key(|(held, reference, bits)| (*bits, *held, *reference));
    nearest.truncate(MOST_LISTED);
    let most = |(held, (count, seen)): (&u64, &(usize, BTreeMap<u64, usize>))| {
        let (reference, twins) = seen.iter().max_by_key(|(episode, n)| (**n, std::cmp::Reverse(**episode)))?;
        let share = *twins as f64 / *count as f64;
        (share >= SEEN).then_some((*held, *reference, share))
    };
    let episodes = by_episode.iter().filter_map(most).collect();
    Across { n_held: held.len(), n_twins, nearest, episodes }
}

#[cfg(test)]
mod tests;
