//! The frames of a comparison as points, with all that they can be coloured by: what was measured on each, and the parameters of
//! its draw.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::base::Monitor;
use crate::drift;
use crate::drift::embed::{self, EmbedSettings};
use crate::run::RunError;

use super::causes::Drawn;
use super::side::Side;

/// The parameters of a generated set: by name, one value a draw.
pub type DrawParameters = BTreeMap<String, BTreeMap<u64, f64>>;

/// All frames that were looked at on one plane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureMap {
    /// The frames, the reference's first.
    pub dots: Arc<[MapDot]>,
    /// What was measured on each frame, in the order of [`drift::NAMES`].
    pub rows: Arc<[Vec<f64>]>,
    /// Each frame along the principal components of what was measured, or of a network's features where distances were taken on them.
    pub scores: Arc<[Vec<f32>]>,
    /// Where the frames of each episode stand among the dots, by side and episode id.
    pub runs: Arc<BTreeMap<(usize, u64), Range<usize>>>,
    /// Of the set that was drawn from a family, where one was.
    pub parameters: Arc<DrawParameters>,
    /// Which side that is.
    pub drawn: Option<usize>,
    /// The share of all variance along each axis, 0 to 1.
    pub explained: [f64; 2],
    /// The feature that weighs most on each axis; a network's have no names.
    pub strongest: Option<[&'static str; 2]>,
}

/// A frame on the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapDot {
    /// 0 for the reference, 1 for the other.
    pub side: usize,
    /// Episode id.
    pub episode: u64,
    /// From 0.
    pub frame: u32,
    /// Along the two axes.
    pub at: [f64; 2],
}

/// Where frames lie so that those that look alike lie together (t-SNE).
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbourhood {
    /// The map's dots in another place, in the same order.
    pub dots: Arc<[MapDot]>,
    /// How many were laid out; the others were placed among them.
    pub laid_out: usize,
}

/// Dots of one episode of one side lie together.
fn runs(dots: &[MapDot]) -> BTreeMap<(usize, u64), Range<usize>> {
    let mut from = 0;
    let of = |dot: &MapDot| (dot.side, dot.episode);
    let run = |run: &[MapDot]| {
        from += run.len();
        run.first().map(|first| (of(first), from - run.len()..from))
    };
    dots.chunk_by(|one, next| of(one) == of(next)).filter_map(run).collect()
}

impl FeatureMap {
    /// Whether an episode has frames on it.
    pub fn has(&self, side: usize, episode: u64) -> bool {
        self.runs.contains_key(&(side, episode))
    }

    /// The position of the dot of this episode that is nearest in time to a frame.
    pub fn nearest(&self, side: usize, episode: u64, frame: u32) -> Option<usize> {
        let run = self.runs.get(&(side, episode))?.clone();
        let dots = self.dots.get(run.clone())?;
        run.zip(dots).min_by_key(|(_, dot)| dot.frame.abs_diff(frame)).map(|(at, _)| at)
    }

    /// The dots laid out by neighbourhood; `None` where they are too few. A minute of processor time for 100,000.
    ///
    /// # Errors
    /// When the watcher wanted the end.
    pub fn neighbourhood(&self, seed: u64, monitor: &dyn Monitor) -> Result<Option<Neighbourhood>, RunError> {
        let settings = EmbedSettings { seed, ..EmbedSettings::default() };
        let Some(found) = embed::embedding(&self.scores, &settings, monitor)? else { return Ok(None) };
        let dots = self.dots.iter().zip(&found.points).map(|(dot, at)| MapDot { at: *at, ..*dot }).collect();
        Ok(Some(Neighbourhood { dots, laid_out: found.laid_out }))
    }

    /// The map as CSV: `set,episode,frame,plane_x,plane_y,near_x,near_y`; the last two are empty where nothing was laid out.
    pub fn csv(&self, names: &[String; 2], laid: Option<&Neighbourhood>) -> String {
        let mut text = String::from("set,episode,frame,plane_x,plane_y,near_x,near_y\n");
        for (at, dot) in self.dots.iter().enumerate() {
            let near = laid
                .and_then(|laid| laid.dots.get(at))
                .map_or_else(|| ",".to_owned(), |dot| format!("{},{}", dot.at[0], dot.at[1]));
            let (name, [x, y]) = (names.get(dot.side).map_or("", String::as_str), dot.at);
            text.push_str(&format!("{name},{},{},{x},{y},{near}\n", dot.episode, dot.frame));
        }
        text
    }
}

/// Both sides' frames on one plane; `None` where nothing differs between any two.
pub(super) fn map_of(sides: [Side; 2], drawn: Drawn, monitor: &dyn Monitor) -> Result<Option<FeatureMap>, RunError> {
    let Some(found) = drift::components(&sides[0].measured(), &sides[1].measured(), monitor)? else { return Ok(None) };
    let is_named = sides.iter().all(|side| side.deep.is_empty());
    let of_side = |(side, of): (usize, &Side)| -> Vec<(usize, u64, u32)> {
        of.groups.iter().zip(&of.frames).map(|(episode, frame)| (side, *episode, *frame)).collect()
    };
    let frames = sides.iter().enumerate().flat_map(of_side);
    let dot = |((side, episode, frame), at)| MapDot { side, episode, frame, at };
    let dots: Vec<MapDot> = frames.zip(found.points()).map(dot).collect();
    let name = |at: usize| found.strongest.get(at).and_then(|feature| drift::NAMES.get(*feature)).copied();
    Ok(Some(FeatureMap {
        runs: Arc::new(runs(&dots)),
        dots: dots.into(),
        rows: sides.into_iter().flat_map(|side| side.features).collect(),
        parameters: Arc::new(drawn.parameters),
        drawn: drawn.side,
        explained: [0, 1].map(|at| found.shares.get(at).copied().unwrap_or(0.0)),
        strongest: is_named.then(|| [0, 1].map(|at| name(at).unwrap_or_default())),
        scores: found.scores.into(),
    }))
}
