//! Which frame of one set is held beside which frame of another: episodes in order, under one condition, or frame by frame
//! whatever looks most alike.
//!
//! A way of looking and nothing more: no number is taken over pairs, because a synthetic draw never was the real episode beside
//! it. Held episodes are never paired. Deliberately not here: reading conditions from disk ([`super::conditions`]) and the
//! features themselves ([`crate::drift::describe`]).

mod nearest;

use std::collections::BTreeMap;

use crate::base::Monitor;
use crate::base::text::{counted, natural, shortened};
use crate::data::Set;
use crate::study::SetRef;

use super::conditions::{Conditions, NUMBER};
use super::{RunError, import};

pub use nearest::Near;

/// How the episodes of two sets find each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MatchBy {
    /// The first beside the first; the shorter side repeats.
    #[default]
    Order,
    /// Those with the same value of the condition called so.
    Condition(String),
    /// Each frame beside the one that looks most like it, whatever episode it is of.
    Nearest,
}

impl MatchBy {
    /// As a person types it: `order`, `nearest`, or a condition's name.
    pub fn called(word: &str) -> Self {
        match word {
            "order" => Self::Order,
            "nearest" => Self::Nearest,
            name => Self::Condition(name.to_owned()),
        }
    }

    /// What [`MatchBy::called`] takes.
    pub fn word(&self) -> &str {
        match self {
            Self::Order => "order",
            Self::Nearest => "nearest",
            Self::Condition(name) => name,
        }
    }
}

/// What is the same on both sides at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeLock {
    /// The share of the episode that has passed: beginnings, middles and ends face each other.
    #[default]
    Phase,
    /// Seconds since the beginning; the shorter episode waits at its end.
    Seconds,
}

/// One side of a pairing.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The open set.
    pub set: &'a Set,
    /// What of it may be looked at.
    pub set_ref: &'a SetRef,
    /// Position among its cameras.
    pub camera: usize,
    /// What is known of its episodes.
    pub conditions: &'a Conditions,
}

/// A frame of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameAt {
    /// Position of the episode in the set.
    pub episode: usize,
    /// From 0.
    pub frame: u32,
}

/// Two episodes that are held beside each other.
#[derive(Clone, Debug, PartialEq)]
pub struct EpisodePair {
    /// Positions in the reference and in the other set.
    pub episodes: [usize; 2],
    /// Why these two (`"light = dim"`); empty where it is only their order.
    pub words: String,
    /// For some frames of the reference's episode, in order, the frame that looks most like each; empty unless asked for.
    pub nearest: Vec<Near>,
}

/// All pairs of two sets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairing {
    /// In the order of the reference's episodes, or of the condition's values.
    pub pairs: Vec<EpisodePair>,
    /// How many, matched how, and what has no partner: one sentence without its full stop.
    pub summary: String,
}

/// Where both sides are at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The reference's frame and the other's.
    pub frames: [FrameAt; 2],
    /// True for a side whose episode is over already.
    pub ended: [bool; 2],
    /// How unlike the two look, in standard deviations of a feature; only where they were matched by looks.
    pub apart_sd: Option<f64>,
}

/// Pairs the visible episodes of two sets.
///
/// # Errors
/// When a condition is not known of both sets, no frame of a side can be read, or the watcher wanted the end.
pub fn pair_up(sides: [Side<'_>; 2], by: &MatchBy, monitor: &dyn Monitor) -> Result<Pairing, RunError> {
    match by {
        MatchBy::Order => Ok(in_order(sides)),
        MatchBy::Condition(name) => under(sides, name),
        MatchBy::Nearest => nearest::pair_up(sides, monitor),
    }
}

/// The first beside the first.
pub fn in_order(sides: [Side<'_>; 2]) -> Pairing {
    let [reference, other] = sides.map(|side| import::visible_episodes(side.set, side.set_ref));
    let pairs: Vec<EpisodePair> = beside(&reference, &other).map(|episodes| plain(episodes, String::new())).collect();
    let summary =
        if pairs.is_empty() { String::new() } else { format!("{}, matched by order", counted(pairs.len(), "pair")) };
    Pairing { pairs, summary }
}

/// Names of the conditions under which at least one pair can be made.
pub fn shared(sides: [Side<'_>; 2]) -> Vec<String> {
    let [reference, other] = sides.map(|side| side.conditions);
    let meets = |name: &&String| under(sides, name).is_ok_and(|pairing| !pairing.pairs.is_empty());
    reference.keys().filter(|name| other.contains_key(*name)).filter(meets).cloned().collect()
}

impl EpisodePair {
    /// What is shown where the share `share` (0 to 1) of the pair's time has passed.
    pub fn at(&self, sets: [&Set; 2], share: f64, lock: TimeLock) -> Moment {
        let [reference, other] = self.episodes;
        let lengths_s = [length_s(sets[0], reference), length_s(sets[1], other)];
        let whole_s = lengths_s[0].max(lengths_s[1]);
        let share_of = |side: usize| match lock {
            TimeLock::Phase => share,
            TimeLock::Seconds if lengths_s[side] > 0.0 => share * whole_s / lengths_s[side],
            TimeLock::Seconds => f64::from(u8::from(share > 0.0)) * 2.0,
        };
        let place =
            |side: usize, episode: usize, share: f64| FrameAt { episode, frame: frame_at(sets[side], episode, share) };
        if !self.nearest.is_empty() {
            let first = place(0, reference, share);
            let near = self.nearest.iter().min_by_key(|near| near.frame.abs_diff(first.frame));
            return Moment {
                frames: [first, near.map_or_else(|| place(1, other, share), |near| near.other)],
                ended: [false; 2],
                apart_sd: near.map(|near| near.apart_sd),
            };
        }
        // A frame is over when the next would begin, not when it appears.
        let over = |side: usize, share: f64| share > 1.0 + 1e-9 && sets[side].episodes.len() > self.episodes[side];
        let shares = [share_of(0), share_of(1)];
        Moment {
            frames: [place(0, reference, shares[0]), place(1, other, shares[1])],
            ended: [over(0, shares[0]), over(1, shares[1])],
            apart_sd: None,
        }
    }

    /// The share of the pair's time at which frame `frame` of side `side` is shown.
    pub fn share_of(&self, sets: [&Set; 2], (side, frame): (usize, u32), lock: TimeLock) -> f64 {
        let episode = self.episodes[side];
        let last = sets[side].episodes.get(episode).map_or(0, |episode| episode.n_frames.saturating_sub(1));
        let whole_s = self.length_s(sets, lock);
        let share = match lock {
            TimeLock::Seconds if whole_s > 0.0 && self.nearest.is_empty() => {
                f64::from(frame) / episode_rate_hz(sets[side], episode) / whole_s
            }
            _ => f64::from(frame) / f64::from(last.max(1)),
        };
        share.clamp(0.0, 1.0)
    }

    /// How long it takes to look at the pair, in seconds: the longer episode, or the reference's where frames were matched by
    /// looks or by phase.
    pub fn length_s(&self, sets: [&Set; 2], lock: TimeLock) -> f64 {
        let reference_s = length_s(sets[0], self.episodes[0]);
        match lock {
            TimeLock::Seconds if self.nearest.is_empty() => reference_s.max(length_s(sets[1], self.episodes[1])),
            _ => reference_s,
        }
    }
}

/// Frames a second of `set`'s pictures; never 0. Videos of one folder may differ: [`episode_rate_hz`] says it of one of them.
pub fn rate_hz(set: &Set) -> f64 {
    set.cameras.first().map(|camera| camera.fps).filter(|fps| *fps > 0.0).unwrap_or(1.0)
}

/// Frames a second of the episode at position `episode`: by its own frames and length where both are known, else as
/// [`rate_hz`] has it; never 0.
pub fn episode_rate_hz(set: &Set, episode: usize) -> f64 {
    let common_hz = rate_hz(set);
    let known = set.episodes.get(episode).filter(|episode| episode.n_frames > 0 && episode.length_s > 0.0);
    let own_hz = known.map(|episode| f64::from(episode.n_frames) / episode.length_s);
    // A length that was rounded is no other rate.
    let differs = |own_hz: &f64| own_hz.is_finite() && (own_hz - common_hz).abs() > 1e-9 * common_hz;
    own_hz.filter(differs).unwrap_or(common_hz)
}

/// From the first frame to the last.
fn length_s(set: &Set, episode: usize) -> f64 {
    let n_frames = set.episodes.get(episode).map_or(0, |episode| episode.n_frames);
    f64::from(n_frames.saturating_sub(1)) / episode_rate_hz(set, episode)
}

/// The frame shown where `share` of the episode has passed.
pub fn frame_at(set: &Set, episode: usize, share: f64) -> u32 {
    let last = set.episodes.get(episode).map_or(0, |episode| episode.n_frames.saturating_sub(1));
    ((share * f64::from(last) + 0.5) as u32).min(last)
}

/// The longer side in order, the shorter one repeated; none where a side is empty.
fn beside<'a>(reference: &'a [usize], other: &'a [usize]) -> impl Iterator<Item = [usize; 2]> + 'a {
    let count = if reference.is_empty() || other.is_empty() { 0 } else { reference.len().max(other.len()) };
    (0..count).map(|at| [reference[at % reference.len()], other[at % other.len()]])
}

fn plain(episodes: [usize; 2], words: String) -> EpisodePair {
    EpisodePair { episodes, words, nearest: Vec::new() }
}

/// Those with the same value of the condition `name`.
fn under(sides: [Side<'_>; 2], name: &str) -> Result<Pairing, RunError> {
    let mut by_value = [BTreeMap::new(), BTreeMap::new()];
    for (side, by_value) in sides.iter().zip(&mut by_value) {
        let Some(values) = side.conditions.get(name) else {
            let known: Vec<&str> = side.conditions.keys().map(String::as_str).collect();
            let set = &side.set_ref.name;
            let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            return Err(RunError::Request(format!(
                "of `{set}` the condition `{name}` is not known ({known} is); choose another, or say it of its episodes with \
                 `worldproof conditions {set} {name}=VALUE:EPISODES`"
            )));
        };
        for at in import::visible_episodes(side.set, side.set_ref) {
            if let Some(value) = values.get(&side.set.episodes[at].id) {
                by_value.entry(value.clone()).or_insert_with(Vec::new).push(at);
            }
        }
    }
    let [reference, other] = by_value;
    let mut values: Vec<&String> = reference.keys().filter(|value| other.contains_key(*value)).collect();
    values.sort_by(|a, b| natural(a, b));
    if values.is_empty() {
        let of = |side: &BTreeMap<String, Vec<usize>>| match side.len() {
            0 => "nothing".to_owned(),
            _ => shortened(side.keys().take(6).map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")),
        };
        let names = sides.map(|side| &side.set_ref.name);
        return Err(RunError::Request(format!(
            "no value of `{name}` is known on both sides: `{}` has {}, `{}` has {}; match by another condition",
            names[0],
            of(&reference),
            names[1],
            of(&other)
        )));
    }
    let words = |value: &str| if name == NUMBER { String::new() } else { format!("{name} = {value}") };
    let pairs: Vec<EpisodePair> = values
        .iter()
        .flat_map(|value| beside(&reference[*value], &other[*value]).map(|episodes| plain(episodes, words(value))))
        .collect();
    let used =
        |side: usize| pairs.iter().map(|pair| pair.episodes[side]).collect::<std::collections::BTreeSet<_>>().len();
    let alone = [0, 1].map(|side| import::visible_episodes(sides[side].set, sides[side].set_ref).len() - used(side));
    let partner = match alone {
        [0, 0] => String::new(),
        [one, two] => {
            let names = sides.map(|side| &side.set_ref.name);
            format!("; without a partner: {one} of {}, {two} of {}", names[0], names[1])
        }
    };
    let summary = format!("{}, matched by {name}{partner}", counted(pairs.len(), "pair"));
    Ok(Pairing { pairs, summary })
}

#[cfg(test)]
mod tests;
