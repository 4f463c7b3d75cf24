//! Frames judged by a model that saw no frame of their episode: folds of whole groups, of any labelling.

use crate::base::StreamKey;
use crate::drift::Side;
use crate::drift::labelling::{Grouping, Part, Statistic};
use crate::stats::cliffs_delta;

use super::cells::COUNT;
use super::logistic::{Labelled, Row, WIDTH, fit, log_odds};
use super::place::Place;

/// Folds where there are groups enough.
const FOLDS: usize = 5;
/// No number is taken farther from what is usual, in standard deviations: one odd cell shall not carry the fit.
const FARTHEST: f64 = 8.0;

/// What is usual in each place, and how much it varies.
///
/// Both are of the frames of both sides, each counted once: a ruler that does not know which is which keeps the permutation
/// exact (as in `drift::rows`). That it has seen frames that are judged later tells nothing of their side.
#[derive(Clone, Debug)]
pub(super) struct Ruler {
    /// Of each place.
    means: Vec<[f64; COUNT]>,
    /// One over the standard deviation of a cell from what is usual in its place.
    per_sd: [f64; COUNT],
    /// One over the standard deviation of frames' means of that.
    per_frame_sd: [f64; COUNT],
}

impl Ruler {
    pub(super) fn new(x: &Side<'_>, y: &Side<'_>) -> Self {
        let frames: Vec<&[[f64; COUNT]]> = x.rows.iter().chain(y.rows).map(|row| row.as_chunks().0).collect();
        let (count, cells) = (frames.len() as f64, frames.first().map_or(0, |frame| frame.len()));
        let mut means = vec![[0.0; COUNT]; cells];
        for (cell, values) in frames.iter().flat_map(|frame| frame.iter().enumerate()) {
            for (mean, value) in means[cell].iter_mut().zip(values) {
                *mean += value / count;
            }
        }
        let (mut squares, mut largest) = ([0.0; COUNT], [0.0_f64; COUNT]);
        for (cell, values) in frames.iter().flat_map(|frame| frame.iter().enumerate()) {
            for at in 0..COUNT {
                let apart = values[at] - means[cell][at];
                squares[at] += apart * apart;
                largest[at] = largest[at].max(values[at].abs());
            }
        }
        // Below that, what varies is rounding.
        let inverse = |variance: f64, size: f64| {
            let sd = libm::sqrt(variance);
            if sd > 1e-12 * (1.0 + size) { 1.0 / sd } else { 0.0 }
        };
        let per_sd = core::array::from_fn(|at| inverse(squares[at] / (count * cells as f64), largest[at]));
        let mut ruler = Self { means, per_sd, per_frame_sd: [1.0; COUNT] };
        let of_frames: Vec<Row> = x.rows.iter().chain(y.rows).map(|row| mean_of(&ruler.rows(row))).collect();
        ruler.per_frame_sd = core::array::from_fn(|at| {
            let mean = of_frames.iter().map(|row| row[at]).sum::<f64>() / count;
            inverse(of_frames.iter().map(|row| (row[at] - mean) * (row[at] - mean)).sum::<f64>() / count, 0.0)
        });
        ruler
    }

    /// The numbers of a cell from what is usual in its place, in standard deviations of frames' means, and 1 for the intercept.
    pub(super) fn row(&self, cell: usize, values: &[f64; COUNT]) -> Row {
        let mut row = [1.0; WIDTH];
        for at in 0..COUNT {
            let apart = (values[at] - self.means[cell][at]) * self.per_sd[at];
            row[at] = apart.clamp(-FARTHEST, FARTHEST) * self.per_frame_sd[at];
        }
        row
    }

    /// All cells of a frame.
    pub(super) fn rows(&self, frame: &[f64]) -> Vec<Row> {
        frame.as_chunks().0.iter().enumerate().map(|(cell, values)| self.row(cell, values)).collect()
    }
}

/// The mean row.
fn mean_of(rows: &[Row]) -> Row {
    let mut mean = [0.0; WIDTH];
    for row in rows {
        for (sum, value) in mean.iter_mut().zip(row) {
            *sum += value / rows.len() as f64;
        }
    }
    mean
}

/// Cells of all frames, the reference's first, and what fitting any labelling of their groups needs.
#[derive(Clone, Debug)]
pub(super) struct Frames<'a> {
    rows: Vec<Row>,
    /// Of a frame.
    pub(super) cells: usize,
    /// Of each frame, over its cells.
    means: Vec<Row>,
    /// One over the groups, as many as would tell as much if the sides had equally many.
    ridge: f64,
    grouping: &'a Grouping,
    /// Groups in the order in which they are dealt to folds.
    order: Vec<usize>,
    /// How many there are.
    pub(super) folds: usize,
}

/// A labelling's folds, their models, and what these say of the frames that they did not see.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    /// Of each group.
    pub(super) fold_of: Vec<usize>,
    /// Of each fold.
    pub(super) models: Vec<Row>,
    /// Log-odds of each cell of each frame.
    pub(super) log_odds: Vec<f64>,
}

impl<'a> Frames<'a> {
    pub(super) fn new((x, y): (&Side<'_>, &Side<'_>), ruler: &Ruler, grouping: &'a Grouping, seed: u64) -> Self {
        let rows: Vec<Row> = x.rows.iter().chain(y.rows).flat_map(|frame| ruler.rows(frame)).collect();
        let cells = rows.len() / grouping.of_row.len().max(1);
        let means = rows.chunks_exact(cells).map(mean_of).collect();
        let [groups_x, groups_y] = [grouping.groups_x, grouping.groups_y()].map(|groups| groups as f64);
        let ridge = 0.25 * (1.0 / groups_x + 1.0 / groups_y);
        let mut order: Vec<usize> = (0..grouping.sizes.len()).collect();
        StreamKey::new(seed, "drift").stream("probe folds", 0).shuffle(&mut order);
        let folds = FOLDS.min(grouping.groups_x).min(grouping.groups_y());
        Self { rows, cells, means, ridge, grouping, order, folds }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.grouping.of_row.len()
    }

    pub(super) fn frame(&self, at: usize) -> &[Row] {
        &self.rows[at * self.cells..(at + 1) * self.cells]
    }

    /// Deals the groups of each side out in turn, so that each fold holds back and keeps some of both. It follows from the labelling
    /// and an order that no label changed, alike for both sides: a mirrored labelling has the same folds.
    fn deal(&self, parts: &[Part]) -> Vec<usize> {
        let (mut fold_of, mut next) = (vec![0; parts.len()], [0; 2]);
        for group in &self.order {
            let next = &mut next[usize::from(parts[*group] == Part::Second)];
            fold_of[*group] = *next % self.folds;
            *next += 1;
        }
        fold_of
    }

    pub(super) fn judge(&self, parts: &[Part]) -> Judged {
        let fold_of = self.deal(parts);
        let models: Vec<Row> = (0..self.folds).map(|fold| self.without(fold, (parts, &fold_of))).collect();
        let mut judged = Vec::with_capacity(self.rows.len());
        for (frame, group) in self.grouping.of_row.iter().enumerate() {
            let model = &models[fold_of[*group]];
            judged.extend(self.frame(frame).iter().map(|row| log_odds(model, row)));
        }
        Judged { fold_of, models, log_odds: judged }
    }

    /// The model of all groups but one fold's. Each side has half the weight, however many frames it has.
    fn without(&self, fold: usize, (parts, fold_of): (&[Part], &[usize])) -> Row {
        let side = |group: usize| if parts[group] == Part::Second { 1.0 } else { -1.0 };
        let mut frames_of_side = [0_usize; 2];
        for group in (0..parts.len()).filter(|group| fold_of[*group] != fold) {
            frames_of_side[usize::from(side(group) > 0.0)] += self.grouping.sizes[group];
        }
        let weights = frames_of_side.map(|frames| 0.5 / frames.max(1) as f64);
        let of_row = |(row, group): (_, &usize)| {
            let side = side(*group);
            (fold_of[*group] != fold).then(|| Labelled { row, side, weight: weights[usize::from(side > 0.0)] })
        };
        let labelled: Vec<Labelled<'_>> = self.means.iter().zip(&self.grouping.of_row).filter_map(of_row).collect();
        fit(&labelled, self.ridge)
    }

    /// The share of pairs of frames, one of either side, in which `of` is larger for the other side's; ties count half. Scores of
    /// all folds are compared with one another: within folds there are few pairs of groups, and chance tells most of them apart.
    /// Leaving a group out moves the models a little against it; chance does so as well and its band tells it.
    fn auc(&self, parts: &[Part], of: impl Fn(usize) -> f64) -> f64 {
        let mut sides = [const { Vec::new() }; 2];
        for (frame, group) in self.grouping.of_row.iter().enumerate() {
            sides[usize::from(parts[*group] == Part::Second)].push(of(frame));
        }
        0.5 + 0.5 * cliffs_delta(&sides[0], &sides[1])
    }

    /// AUC of frames, whose score is the mean of their cells' log-odds; and of each cell.
    pub(super) fn aucs(&self, parts: &[Part], judged: &Judged) -> (f64, Vec<f64>) {
        let scores = self.scores(judged);
        let of_cell = |cell: usize| self.auc(parts, |frame| judged.log_odds[frame * self.cells + cell]);
        (self.auc(parts, |frame| scores[frame]), (0..self.cells).map(of_cell).collect())
    }

    /// What each cell's log-odds are worth, by the frames of all folds but one.
    pub(super) fn places(&self, parts: &[Part], judged: &Judged, without: Option<usize>) -> Vec<Place> {
        let is_kept = |group: usize| Some(judged.fold_of[group]) != without;
        let on = |group: usize| usize::from(parts[group] == Part::Second);
        let mut groups = [0; 2];
        for group in (0..parts.len()).filter(|group| is_kept(*group)) {
            groups[on(group)] += 1;
        }
        let place = |cell: usize| {
            let mut sides = [const { Vec::new() }; 2];
            for (frame, group) in self.grouping.of_row.iter().enumerate().filter(|(_, group)| is_kept(**group)) {
                sides[on(*group)].push(judged.log_odds[frame * self.cells + cell]);
            }
            Place::new([&sides[0], &sides[1]], groups)
        };
        (0..self.cells).map(place).collect()
    }

    /// Means of the cells' log-odds.
    pub(super) fn scores(&self, judged: &Judged) -> Vec<f64> {
        let frames = judged.log_odds.chunks_exact(self.cells);
        frames.map(|cells| cells.iter().sum::<f64>() / self.cells as f64).collect()
    }
}

/// The AUC of frames, and the largest of a cell.
impl Statistic for Frames<'_> {
    fn of(&self, parts: &[Part]) -> Vec<f64> {
        let (whole, cells) = self.aucs(parts, &self.judge(parts));
        vec![whole, cells.into_iter().fold(0.0, f64::max)]
    }
}
