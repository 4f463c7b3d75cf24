//! Each frame beside the one of the other set that looks most like it.
//!
//! "Looks" is the built-in descriptor's features, each in standard deviations over both sets, so that no unit outweighs another.

use rayon::prelude::*;

use super::{EpisodePair, FrameAt, Pairing, Side};
use crate::base::Monitor;
use crate::base::text::counted;
use crate::data::DataError;
use crate::drift;
use crate::run::compare::{Unread, spaced};
use crate::run::{RunError, import};

/// Frames looked at of each side, at the most: every frame of the one is held against every frame of the other.
const MOST_FRAMES: usize = 2400;
/// And of each episode.
const MOST_OF_EPISODE: usize = 12;

/// The frame that looks most like one of the reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// The reference's frame.
    pub frame: u32,
    /// The other set's.
    pub other: FrameAt,
    /// How unlike the two look: the root mean square over features, each in standard deviations over both sets.
    pub apart_sd: f64,
}

/// Frames with what they look like.
struct Looks {
    places: Vec<FrameAt>,
    rows: Vec<Vec<f64>>,
}

pub(super) fn pair_up(sides: [Side<'_>; 2], monitor: &dyn Monitor) -> Result<Pairing, RunError> {
    let [mut reference, mut other] = [looks(&sides[0], monitor)?, looks(&sides[1], monitor)?];
    standardise(&mut reference.rows, &mut other.rows);
    monitor.step("Looking for the nearest frames", 0, 1);
    let near = |(place, row): (&FrameAt, &Vec<f64>)| {
        let apart = other.rows.iter().map(|other| squared(row, other));
        let (at, squared) =
            apart.enumerate().fold((0, f64::INFINITY), |best, one| if one.1 < best.1 { one } else { best });
        let apart_sd = (squared / row.len().max(1) as f64).sqrt();
        (place.episode, Near { frame: place.frame, other: other.places[at], apart_sd })
    };
    let all: Vec<(usize, Near)> = reference.places.par_iter().zip(&reference.rows).map(near).collect();
    monitor.step("Looking for the nearest frames", 1, 1);
    let pairs: Vec<EpisodePair> = all.chunk_by(|one, next| one.0 == next.0).map(of_episode).collect();
    let mut apart: Vec<f64> = all.iter().map(|(_, near)| near.apart_sd).collect();
    apart.sort_by(f64::total_cmp);
    let median = apart[apart.len() / 2];
    let summary = format!(
        "{}, each frame beside the most alike of {}; half of them within {median:.2} sd",
        counted(pairs.len(), "pair"),
        other.places.len()
    );
    Ok(Pairing { pairs, summary })
}

/// The pair of an episode's frames: beside them stands the episode that its middle frame looks most like.
fn of_episode(frames: &[(usize, Near)]) -> EpisodePair {
    let nearest: Vec<Near> = frames.iter().map(|(_, near)| *near).collect();
    let middle = nearest[nearest.len() / 2];
    let words = format!("{:.2} sd apart", middle.apart_sd);
    EpisodePair { episodes: [frames[0].0, middle.other.episode], words, nearest }
}

fn looks(side: &Side<'_>, monitor: &dyn Monitor) -> Result<Looks, RunError> {
    let episodes = import::visible_episodes(side.set, side.set_ref);
    // Of very many episodes some are left out, evenly.
    let every = episodes.len().div_ceil(MOST_FRAMES).max(1);
    let episodes: Vec<usize> = episodes.into_iter().step_by(every).collect();
    let each = (MOST_FRAMES / episodes.len().max(1)).clamp(1, MOST_OF_EPISODE) as u32;
    let mut found = Looks { places: Vec::new(), rows: Vec::new() };
    let mut unread = Unread::default();
    let stage = format!("Looking at {}", side.set_ref.name);
    for (done, episode) in episodes.iter().enumerate() {
        monitor.step(&stage, done as u64, episodes.len() as u64);
        let mut pictures = Vec::new();
        for frame in spaced(side.set.episodes[*episode].n_frames, each) {
            if monitor.stopped() {
                return Err(RunError::Stopped);
            }
            match side.set.frame(side.camera, *episode, frame) {
                Ok(picture) => {
                    found.places.push(FrameAt { episode: *episode, frame });
                    pictures.push(picture);
                }
                Err(DataError::Stopped) => return Err(RunError::Stopped),
                Err(err) => unread.add(side.set.episodes[*episode].id, err),
            }
        }
        found.rows.par_extend(pictures.par_iter().map(|picture| drift::describe(picture)));
    }
    unread.tell(&side.set_ref.name, monitor);
    if found.places.is_empty() {
        let what = format!("no frame of `{}` can be read, so nothing is near; look at its notes", side.set_ref.name);
        return Err(RunError::Request(what));
    }
    Ok(found)
}

/// Each feature in standard deviations over both sets; one that never changes says nothing and is 0.
fn standardise(a: &mut [Vec<f64>], b: &mut [Vec<f64>]) {
    let count = (a.len() + b.len()).max(1) as f64;
    for feature in 0..a.first().map_or(0, Vec::len) {
        let values = || a.iter().chain(b.iter()).map(|row| row[feature]);
        let mean = values().sum::<f64>() / count;
        let variance = values().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
        let scale = if variance > 1e-24 { 1.0 / variance.sqrt() } else { 0.0 };
        for row in a.iter_mut().chain(b.iter_mut()) {
            row[feature] = (row[feature] - mean) * scale;
        }
    }
}

fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
