//! Which pictures of a set are nearly the same: how much it repeats itself, and whether what is held back has been seen before.
//!
//! A split by episode keeps frames of one recording together, but the same scene recorded twice, or a copy under another name,
//! lies on both sides of it; a family that was fitted to the one is then judged on the other. Deliberately not here: taking anything
//! out of a set. Sets stay as they are; a person decides which recordings belong together.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use crate::backbone::Backbone;
use crate::base::text::listed;
use crate::base::{Digest, Monitor, Note, Rgb};
use crate::data::{DataError, Set};
use crate::drift::twins::{self, Directions, Index};
use crate::study::{SetRef, Study};

use super::compare::{BackboneAsk, BackboneEntry};
use super::place::Place;
use super::unread::{Quiet, Unread};
use super::{RunError, import};

/// What to look for.
#[derive(Clone, Debug)]
pub struct TwinsRequest {
    /// The set.
    pub set: String,
    /// Position of the camera that is looked through.
    pub camera: usize,
    /// Every so many frames of each episode are looked at; `None` for one a second, and every picture where pictures have no time.
    pub every: Option<u32>,
    /// What makes two pictures twins.
    pub by: TwinsBy,
}

/// What makes two pictures twins.
#[derive(Clone, Debug, PartialEq)]
pub enum TwinsBy {
    /// Hashes of how they look that differ in so many of 64 bits at the most, [`twins::MOST_WITHIN`] itself at the most.
    Looks(u32),
    /// What a network says of them: features whose directions have at least this cosine, above 0 and below 1.
    Network(BackboneAsk, f64),
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
    /// The camera that was looked through, as the set calls it.
    pub camera: String,
    /// How many cameras the set has; where it is one, sentences do not name it.
    #[serde(skip)]
    pub n_cameras: usize,
    /// In how many of 64 bits the hashes of twins differ at most; left out where a network tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<u32>,
    /// The cosine that the features of twins have at least, where a network tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alike: Option<f64>,
    /// The network that tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backbone: Option<BackboneEntry>,
    /// Every so many frames were looked at.
    pub every: u32,
    /// Pictures that were looked at.
    pub n_pictures: usize,
    /// Pictures that are equal, pixel by pixel, to an earlier one.
    pub n_copies: usize,
    /// Pictures that remain where copies and near twins of earlier ones are folded away.
    pub n_distinct: usize,
    /// What stands for most others: at most ten.
    pub most_repeated: Vec<Repeated>,
    /// Twins across the halves of the split; `None` where the held half is sealed, so that it was not looked at.
    pub across: Option<Across>,
}

/// A picture that stands for others which are nearly the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Repeated {
    /// The first of them.
    pub picture: PictureId,
    /// One of the others, the first of another episode where there is one: frames of one recording follow one another.
    pub twin: PictureId,
    /// How many the others are.
    pub others: usize,
}

/// What both halves of a split have.
#[derive(Clone, Debug, Serialize)]
pub struct Across {
    /// Pictures of the held half.
    pub n_held: usize,
    /// Those with a twin in the reference half.
    pub n_twins: usize,
    /// Held picture, reference picture, and how near they are: the nearest, at most ten.
    pub nearest: Vec<(PictureId, PictureId, Apart)>,
    /// Held episode, the reference episode that has most twins of it, and the share of the held one's pictures: from a half on.
    pub episodes: Vec<(u64, u64, f64)>,
}

/// How near two twins are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Apart {
    /// In how many of 64 bits their hashes differ.
    Bits(u32),
    /// The cosine of their features.
    Alike(f64),
}

impl Apart {
    /// Nearest first.
    fn order(self, other: Self) -> Ordering {
        let number = |one| match one {
            Self::Bits(bits) => f64::from(bits),
            Self::Alike(cosine) => -cosine,
        };
        number(self).total_cmp(&number(other))
    }
}

/// How many entries each list of [`Twins`] has at most.
const MOST_LISTED: usize = 10;

/// Episodes that a sentence names.
const MOST_NAMED: usize = 5;

/// From this share of its pictures on, an episode is said to have been seen before.
const SEEN: f64 = 0.5;

/// Pictures that a network tells of at the most: each is held against each.
const MOST_BY_NETWORK: usize = 20_000;

/// Pictures of an episode that are in memory at once.
const MOST_AT_ONCE: usize = 64;

/// Pictures that [`at_import`] looks at, about.
const MOST_AT_IMPORT: u64 = 2_000;

impl Twins {
    /// The finding, a sentence each.
    pub fn sentences(&self) -> Vec<String> {
        let Self { n_pictures, n_copies, n_distinct, .. } = self;
        let (folded, of_camera) = (n_pictures - n_distinct, self.of_camera());
        let mut all = vec![format!(
            "{folded} of {n_pictures} pictures{of_camera} are nearly the same as an earlier one, {n_copies} of them pixel by pixel; {n_distinct} differ from each other."
        )];
        if let (Some(network), Some(alike)) = (&self.backbone, self.alike) {
            all.push(format!(
                "Nearly the same are pictures of which the network says the same: the features of {} have a cosine of {alike} or more.",
                network.name
            ));
        }
        if self.across.is_none() {
            all.push("Its held half is sealed and was not looked at.".to_owned());
        }
        all.extend(self.of_halves());
        all
    }

    /// What a person should know before sealing; nothing where the held half was not looked at.
    fn of_halves(&self) -> Vec<String> {
        let Some(Across { n_held, n_twins, episodes, .. }) = &self.across else { return Vec::new() };
        let mut all = Vec::new();
        if *n_held > 0 {
            let of_camera = self.of_camera();
            all.push(format!("{n_twins} of {n_held} held pictures{of_camera} have a near twin in the reference half."));
        }
        if !episodes.is_empty() {
            let name = |(held, reference, _): &(u64, u64, f64)| format!("{held} ({reference})");
            let named: Vec<String> = episodes.iter().map(name).collect();
            all.push(format!(
                "Held episodes whose pictures the reference half (in brackets) has already, half of them or more: {}. Where two are one recording, put them into one folder or leave one out, and take the set in again.",
                listed(&named, MOST_NAMED)
            ));
        }
        all
    }

    /// Behind the word "pictures", where they could be another camera's.
    fn of_camera(&self) -> String {
        if self.n_cameras > 1 { format!(" of `{}`", self.camera) } else { String::new() }
    }
}

/// A picture as it is compared.
struct Looked {
    id: PictureId,
    /// How it looks, where that tells.
    hash: u64,
    pixels: Digest,
    /// What a network says, where one does.
    features: Vec<f64>,
}

/// Looks for twins in a set of the study; nothing is changed. Of a sealed set only the reference half is read.
///
/// # Errors
/// When there is no such set, it cannot be read, or the request is impossible.
pub fn twins(place: &Place, study: &Study, request: &TwinsRequest, monitor: &dyn Monitor) -> Result<Twins, RunError> {
    check(request)?;
    let set_ref = import::set_ref(study, &request.set)?;
    let set = import::open_set(place, set_ref, monitor)?;
    let usual = Through::of(&set, request.camera);
    let every = request.every.unwrap_or(usual.every);
    match &request.by {
        TwinsBy::Looks(within) => look(&set, set_ref, &Through { every, how: How::Looks(*within), ..usual }, monitor),
        TwinsBy::Network(ask, alike) => {
            let backbone = Backbone::open(&ask.file, &ask.preparation)?;
            look(&set, set_ref, &Through { every, how: How::Network(&backbone, *alike), ..usual }, monitor)
        }
    }
}

/// As [`twins()`] where nothing else is asked: by how the pictures of a camera look, one a second, of a set that is open already.
///
/// # Errors
/// When the set has no such camera, or the watcher wanted the end.
pub fn by_looks(set: &Set, set_ref: &SetRef, camera: usize, monitor: &dyn Monitor) -> Result<Twins, RunError> {
    look(set, set_ref, &Through::of(set, camera), monitor)
}

/// Refuses what cannot be looked for.
fn check(request: &TwinsRequest) -> Result<(), RunError> {
    if request.every == Some(0) {
        return Err(RunError::Request("look at every 1st, 2nd, … frame; 0 looks at none".to_owned()));
    }
    match &request.by {
        TwinsBy::Looks(within) if *within > twins::MOST_WITHIN => Err(RunError::Request(format!(
            "hashes may differ in at most {} of their 64 bits, not {within}: beyond that pictures are no twins",
            twins::MOST_WITHIN
        ))),
        TwinsBy::Network(_, alike) if !(*alike > 0.0 && *alike < 1.0) => Err(RunError::Request(format!(
            "features of twins have a cosine above 0 and below 1 at the least, not {alike}; 0.98 is strict with most networks"
        ))),
        _ => Ok(()),
    }
}

/// What makes twins, with the network open.
#[derive(Clone, Copy)]
enum How<'a> {
    Looks(u32),
    Network(&'a Backbone, f64),
}

/// How a set is looked through.
#[derive(Clone, Copy)]
struct Through<'a> {
    /// Position of the camera.
    camera: usize,
    /// Every so many episodes.
    thin: usize,
    /// Every so many frames of each.
    every: u32,
    how: How<'a>,
}

impl Through<'_> {
    /// Through this camera, by how its pictures look, one a second.
    fn of(set: &Set, camera: usize) -> Self {
        Self { camera, thin: 1, every: one_a_second(set, camera), how: How::Looks(twins::WITHIN) }
    }
}

/// As [`twins()`] for a set that is being taken in, with so many pictures that it takes seconds: what both halves have is told. Through
/// the first camera alone, since nobody has said which: a copy of a recording is one through every camera.
pub(super) fn at_import(set: &Set, set_ref: &SetRef, monitor: &dyn Monitor) -> Result<(), RunError> {
    if set.cameras.is_empty() {
        return Ok(());
    }
    let usual = Through::of(set, 0);
    let n_frames: u64 = set.episodes.iter().map(|episode| u64::from(episode.n_frames)).sum();
    let every = (n_frames / MOST_AT_IMPORT).max(u64::from(usual.every));
    let every = u32::try_from(every).unwrap_or(u32::MAX);
    let thin = set.episodes.len().div_ceil(MOST_AT_IMPORT as usize).max(1);
    let found = look(set, set_ref, &Through { thin, every, ..usual }, monitor)?;
    if found.across.as_ref().is_some_and(|across| across.n_twins > 0) {
        for sentence in found.of_halves() {
            monitor.note(Note::new(&set_ref.name, sentence));
        }
    }
    Ok(())
}

/// How many frames of a camera lie between two that are looked at, where nobody says it.
fn one_a_second(set: &Set, camera: usize) -> u32 {
    set.cameras.get(camera).map_or(1, |camera| camera.fps.round().clamp(1.0, 1_000.0) as u32)
}

/// What the set calls its camera at this position; `name` is what the study calls the set.
fn camera_name((set, name): (&Set, &str), camera: usize) -> Result<String, RunError> {
    let found = set.cameras.get(camera).map(|camera| camera.name.clone());
    found.ok_or_else(|| {
        let names: Vec<&str> = set.cameras.iter().map(|camera| camera.name.as_str()).collect();
        let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        RunError::Request(format!("`{name}` has no camera {camera}, counted from 0; it has {has}"))
    })
}

/// Looks at what `through` says of a set.
fn look(set: &Set, set_ref: &SetRef, through: &Through<'_>, monitor: &dyn Monitor) -> Result<Twins, RunError> {
    let camera = camera_name((set, &set_ref.name), through.camera)?;
    let Through { thin, every, how, .. } = *through;
    let visible = import::visible_episodes(set, set_ref);
    let held = import::held_episodes(set, set_ref);
    let held = held.into_iter().filter(|at| set.episodes.get(*at).is_some_and(|episode| episode.missing.is_none()));
    let is_sealed = set_ref.sealed.is_some();
    let visible = visible.into_iter().step_by(thin);
    let episodes: Vec<usize> = if is_sealed { visible.collect() } else { visible.chain(held.step_by(thin)).collect() };
    if let How::Network(..) = how {
        expect_few(set, &episodes, every)?;
    }
    let mut all = pictures((set, &set_ref.name), &episodes, through, monitor)?;
    let held: BTreeSet<u64> = set_ref.held.iter().copied().collect();
    let (folded, across) = told_apart(&mut all, &held, how, monitor)?;
    let mut seen = BTreeSet::new();
    let (within, alike, backbone) = match how {
        How::Looks(within) => (Some(within), None, None),
        How::Network(backbone, alike) => (None, Some(alike), Some(BackboneEntry::new(backbone))),
    };
    Ok(Twins {
        set: set_ref.name.clone(),
        camera,
        n_cameras: set.cameras.len(),
        within,
        alike,
        backbone,
        every,
        n_pictures: all.len(),
        n_copies: all.iter().filter(|one| !seen.insert(one.pixels)).count(),
        n_distinct: folded.iter().collect::<BTreeSet<_>>().len(),
        most_repeated: most_repeated(&all, &folded),
        across: (!is_sealed).then_some(across),
    })
}

/// Which picture stands for each of `all`, and what those of the episodes `held` have in the others. Takes the features out.
fn told_apart(
    all: &mut [Looked],
    held: &BTreeSet<u64>,
    how: How<'_>,
    monitor: &dyn Monitor,
) -> Result<(Vec<u32>, Across), RunError> {
    let rows: Vec<Vec<f64>> = all.iter_mut().map(|one| std::mem::take(&mut one.features)).collect();
    let all = &*all;
    let hashes: Vec<u64> = all.iter().map(|one| one.hash).collect();
    let is_held = |at: &usize| held.contains(&all[*at].id.episode);
    let (held, reference): (Vec<usize>, Vec<usize>) = (0..all.len()).partition(is_held);
    match how {
        How::Looks(within) => {
            let of_reference: Vec<u64> = reference.iter().map(|at| hashes[*at]).collect();
            let index = Index::new(&of_reference, within);
            let alike = |one: usize, found: &mut dyn FnMut(usize, Apart)| {
                index.visit(hashes[one], |at| {
                    let Some(other) = reference.get(at as usize) else { return };
                    found(*other, Apart::Bits(twins::apart(hashes[one], hashes[*other])));
                });
            };
            Ok((twins::fold(&hashes, within), across(all, &held, &alike)))
        }
        How::Network(_, least) => {
            let directions = Directions::new(&rows);
            let alike = |one: usize, found: &mut dyn FnMut(usize, Apart)| {
                for other in &reference {
                    let cosine = directions.likeness(one, *other);
                    if cosine >= least {
                        found(*other, Apart::Alike(cosine));
                    }
                }
            };
            Ok((directions.fold(least, monitor)?, across(all, &held, &alike)))
        }
    }
}

/// The pictures that stand for most others, where `folded` says which stands for each of `all`.
fn most_repeated(all: &[Looked], folded: &[u32]) -> Vec<Repeated> {
    let mut by_first: BTreeMap<u32, Repeated> = BTreeMap::new();
    for (first, own) in folded.iter().zip(all) {
        let Some(stands) = all.get(*first as usize).map(|one| one.id) else { continue };
        if stands == own.id {
            continue;
        }
        let known = by_first.entry(*first).or_insert(Repeated { picture: stands, twin: own.id, others: 0 });
        known.others += 1;
        if known.twin.episode == stands.episode && own.id.episode != stands.episode {
            known.twin = own.id;
        }
    }
    let mut repeated: Vec<Repeated> = by_first.into_values().collect();
    repeated.sort_by(|a, b| b.others.cmp(&a.others).then(a.picture.cmp(&b.picture)));
    repeated.truncate(MOST_LISTED);
    repeated
}

/// Refuses more pictures than a network can be asked of in minutes.
fn expect_few(set: &Set, episodes: &[usize], every: u32) -> Result<(), RunError> {
    let of_episode = |at: &usize| set.episodes.get(*at).map_or(0, |episode| episode.n_frames.div_ceil(every) as usize);
    let count: usize = episodes.iter().map(of_episode).sum();
    if count <= MOST_BY_NETWORK {
        return Ok(());
    }
    let enough = u64::from(every) * count.div_ceil(MOST_BY_NETWORK) as u64;
    Err(RunError::Request(format!(
        "{count} pictures are too many to hold each against each with a network, which tells of {MOST_BY_NETWORK}; look at fewer, as with \
         `--every {enough}`"
    )))
}

/// The pictures of some episodes, in their order. One damaged file must not cost the finding: what cannot be read is told of once.
fn pictures(
    (set, name): (&Set, &str),
    episodes: &[usize],
    through: &Through<'_>,
    monitor: &dyn Monitor,
) -> Result<Vec<Looked>, RunError> {
    const STAGE: &str = "Looking for twins";
    let Through { camera, every, how, .. } = *through;
    let (mut all, mut unread) = (Vec::new(), Unread::default());
    for (done, episode) in episodes.iter().enumerate() {
        monitor.step(STAGE, done as u64, episodes.len() as u64);
        let Some(info) = set.episodes.get(*episode) else { continue };
        let wanted: Vec<u32> = (0..info.n_frames).step_by(every as usize).collect();
        // Of a network's, pictures are kept until all of an episode were told of.
        let keeps = matches!(how, How::Network(..));
        let one = |frame: &u32| -> Result<(Looked, Option<Arc<Rgb>>), DataError> {
            if monitor.stopped() {
                return Err(DataError::Stopped);
            }
            let picture = set.frame(camera, *episode, *frame)?;
            let looked = Looked {
                id: PictureId { episode: info.id, frame: *frame },
                hash: if keeps { 0 } else { twins::perceptual_hash(&picture) },
                pixels: Digest::of(&picture.bytes),
                features: Vec::new(),
            };
            Ok((looked, keeps.then_some(picture)))
        };
        // So many at once as memory holds of pictures of any size.
        for some in wanted.chunks(MOST_AT_ONCE) {
            let (mut looked, mut kept) = (Vec::new(), Vec::new());
            for one in some.par_iter().map(one).collect::<Vec<_>>() {
                match one {
                    Ok((one, picture)) => {
                        looked.push(one);
                        kept.extend(picture);
                    }
                    Err(DataError::Stopped) => return Err(RunError::Stopped),
                    Err(err) => unread.add(info.id, err),
                }
            }
            if let How::Network(backbone, _) = how {
                let pictures: Vec<&Rgb> = kept.iter().map(|picture| &**picture).collect();
                for (one, features) in looked.iter_mut().zip(backbone.describe_all(&pictures, &Quiet(monitor))?) {
                    one.features = features;
                }
            }
            all.append(&mut looked);
        }
    }
    monitor.step(STAGE, episodes.len() as u64, episodes.len() as u64);
    unread.tell(name, monitor);
    Ok(all)
}

/// Hands on every reference picture that is a twin of one, with how near it is.
type Alike<'a> = dyn Fn(usize, &mut dyn FnMut(usize, Apart)) + Sync + 'a;

/// The nearest twin of a picture, and the episodes that have any.
type SeenIn = (Option<(Apart, PictureId)>, BTreeSet<u64>);

/// What the held pictures have in the reference half; `alike` hands on every picture there that is a twin of one.
fn across(all: &[Looked], held: &[usize], alike: &Alike<'_>) -> Across {
    let seen_of = |one: &usize| {
        let mut best: Option<(Apart, PictureId)> = None;
        let mut episodes = BTreeSet::new();
        alike(*one, &mut |other, apart| {
            let id = all[other].id;
            episodes.insert(id.episode);
            let is_nearer = |best: &(Apart, PictureId)| apart.order(best.0).then(id.cmp(&best.1)).is_lt();
            if best.as_ref().is_none_or(is_nearer) {
                best = Some((apart, id));
            }
        });
        (best, episodes)
    };
    let seen: Vec<SeenIn> = held.par_iter().map(seen_of).collect();
    let mut nearest: Vec<(PictureId, PictureId, Apart)> = Vec::new();
    // Pictures of a held episode, and how many of them have twins in which episodes of the reference.
    let mut by_episode: BTreeMap<u64, (usize, BTreeMap<u64, usize>)> = BTreeMap::new();
    for (one, (best, episodes)) in held.iter().zip(seen) {
        let id = all[*one].id;
        let (count, seen) = by_episode.entry(id.episode).or_default();
        *count += 1;
        for episode in episodes {
            *seen.entry(episode).or_default() += 1;
        }
        nearest.extend(best.map(|(apart, other)| (id, other, apart)));
    }
    let n_twins = nearest.len();
    nearest.sort_by(|a, b| a.2.order(b.2).then((a.0, a.1).cmp(&(b.0, b.1))));
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
