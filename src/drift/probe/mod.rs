//! The domain probe: whether a frame of one set can be told from one of another, where in the picture, and by what.
//!
//! Each picture is cut into 8 x 6 cells of 40 pixels at 320 x 240, and fifteen plain numbers are taken of each ([`PROPERTIES`]). A
//! logistic regression tells the sides apart by their means over a frame's cells; being linear, its log-odds of a frame are the mean
//! of log-odds of the cells. It is a classifier two-sample test (Lopez-Paz and Oquab, ICLR 2017) whose statistic is the AUC and
//! whose chance relabels whole groups and fits again each time. Every frame is judged by a model that saw no frame of its group.
//!
//! **What is fitted.** Frames, not cells: within a frame cells vary by what is to be seen, which averages out, and a fit to single
//! cells would shy away from what varies there and lean on what all cells of an episode share, such as its tint. The ridge is
//! that of one observation a group under weights of a standard deviation of 1, since frames of a group repeat one another.
//!
//! **Place.** Numbers are measured from what is usual *in their place* over both sides, one model for all places. So a smooth sky that
//! both sides have is no evidence, where a smooth floor that only one has is; under a camera that moves about, what is usual is
//! nearly the same everywhere and nothing is lost. The model itself does not know where a cell is: the same patches in
//! other places (a mirrored scene) are not told apart, and a scene with more of something (a lower horizon: more sky) is. That is
//! a difference, and the probe says so; whether it is the simulator's or the camera's, the maps show.
//!
//! **Evidence and occlusion.** [`Probe::evidence`] tells what each cell looks like by itself, weighed by how well its place tells the
//! sides apart: an odd thing in a place where both sides are alike says nothing. [`Probe::occlusion`] tells what the score of
//! this one frame loses with the cell hidden behind a smooth fill: odd things count in full; brightness and colour that the
//! cell's surroundings tell as well are not lost; what neighbours saw of it over the border is. So evidence shows where
//! the sides differ, as far as it is seen in this frame, and occlusion what this frame's verdict rests on. Neither says what
//! a policy looks at.
//!
//! Deliberately not here: files, sets, and whether a difference does harm. A diagnosis, never the acceptance test.

mod cells;
mod folds;
mod logistic;
mod occlusion;
mod place;
mod train;
mod words;

pub use cells::{CELLS, COLUMNS, COUNT, PROPERTIES, Property, ROWS, describe};
pub use occlusion::Occlusion;
pub use train::{Probe, VERSION};

/// Frames are said to be told apart where p is at most this.
pub const LEVEL: f64 = 0.05;

/// Where a frame is from: a model that saw its group must not judge it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A group of the reference that the probe was trained on.
    Reference(u64),
    /// A group of the other side that the probe was trained on.
    Other(u64),
    /// None of these.
    Elsewhere,
}

/// What the probe tells of two sides. All of it is of frames that the judging model did not see.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Share of pairs of frames, one of either side, in which the other side's looks more like the other side; ½ is chance.
    pub auc: f64,
    /// 2.5th percentile of that under relabelled groups.
    pub null_low: f64,
    /// 97.5th percentile of that under relabelled groups.
    pub null_high: f64,
    /// Permutation p-value by group.
    pub p: f64,
    /// The smallest p-value that so many groups and labellings can give.
    pub smallest_p: f64,
    /// Labellings that were tried, with a fit for each fold of each.
    pub permutations: usize,
    /// Whether these were all that exist.
    pub exact: bool,
    /// Frames of the reference and of the other side.
    pub frames: [usize; 2],
    /// Groups of the reference and of the other side.
    pub groups: [usize; 2],
    /// Folds that were held back in turn.
    pub folds: usize,
    /// Mean score of the other side's frames less the reference's, in log-odds, but for intercepts.
    pub gap: f64,
    /// What each property gives of `gap`, the most first.
    pub carried: Vec<Carried>,
    /// Row by row from the top left.
    pub cells: Vec<ToldCell>,
    /// 95 % of relabellings stay below this with all cells' AUC: a cell above it tells by itself.
    pub cell_chance: f64,
    /// Scores of the reference's frames and of the other side's, in their order: mean log-odds, positive like the other side.
    pub scores: [Vec<f64>; 2],
}

/// What a property gives of the decision.
///
/// The parts of all properties add up to the gap, so that none is counted twice. Of properties that go together the ridge gives each a
/// part: all are seen, where taking them away one by one would show none, as each can stand in for the others. A property whose
/// weight only corrects another one has a part of about 0, or below; [`Self::alone`] tells what it would by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Carried {
    /// Which.
    pub property: &'static Property,
    /// Its weight times its difference between the sides, in log-odds; below 0 where it speaks for the wrong side.
    pub part: f64,
    /// AUC of the frames' means of it, without any model: above ½ it is higher in the other side.
    pub alone: f64,
    /// Mean of the other side less the reference's, in standard deviations of frames' means.
    pub shift: f64,
}

/// How well the sides are told in one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToldCell {
    /// AUC of the cell's log-odds over all frames.
    pub auc: f64,
    /// Mean log-odds of the other side less the reference's, but for intercepts; their mean over cells is [`Told::gap`].
    pub gap: f64,
    /// The property that gives most of `gap`.
    pub strongest: &'static Property,
}

/// What a frame looks like, cell by cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The frame's: the mean of the cells' parts.
    pub score: f64,
    /// Row by row from the top left.
    pub cells: Vec<CellEvidence>,
}

/// What a cell looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellEvidence {
    /// By itself, in its place: above 0 like the other side, below 0 like the reference; 0 where the place tells nothing.
    pub log_odds: f64,
    /// What the model makes of it, of which the mean over cells is the frame's score.
    pub part: f64,
    /// The property that speaks loudest for the side that it looks like.
    pub strongest: &'static Property,
}

#[cfg(test)]
mod tests;
