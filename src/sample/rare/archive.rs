//! Quality-diversity: many different events instead of one number. MAP-Elites (Mouret & Clune, arXiv 1504.04909, 2015) keeps
//! the deepest point found in every cell of a grid over declared measures.
//!
//! It estimates nothing: how full the archive is says what was found, not how probable it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::batch::{check_run, checked, in_order, moved, normals, require};
use super::{Outcome, RareError, Run};

/// Children between two looks at the archive. Part of the method: parents are chosen from the archive as it was before.
const GENERATION: u64 = 64;
/// More cells than this would hold no picture that a person can read.
const CELLS_MAX: usize = 1_000_000;

/// What is asked of a point when events are collected.
pub trait MeasuredProblem: Sync {
    /// How many standard normal scores a point has.
    fn dimensions(&self) -> usize;
    /// What happens at `z`, and the measures that place it.
    ///
    /// # Errors
    /// A sentence that names what could not be evaluated.
    fn evaluate(&self, z: &[f64]) -> Result<Measured, String>;
}

/// What happened at a point, and where that belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Margin, or forbidden.
    pub outcome: Outcome,
    /// One value per axis; not looked at where the point is forbidden.
    pub measures: Vec<f64>,
}

/// One measure that tells events apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// The measure's name.
    pub name: String,
    /// Lower end of its range, in its unit.
    pub low: f64,
    /// Upper end, which belongs to the last bin.
    pub high: f64,
    /// Equal bins.
    pub bins: usize,
}

impl Axis {
    /// The bin of `value`; `None` outside the range.
    fn bin(&self, value: f64) -> Option<usize> {
        if !(self.low..=self.high).contains(&value) {
            return None;
        }
        let at = (value - self.low) / (self.high - self.low) * self.bins as f64;
        Some((at as usize).min(self.bins.saturating_sub(1)))
    }
}

/// Settings of [`illuminate`].
#[derive(Clone, Debug, PartialEq)]
pub struct Illuminate {
    /// One to three measures.
    pub axes: Vec<Axis>,
    /// ρ of the children z' = ρ z + √(1 − ρ²) ξ, between 0 and 1.
    pub correlation: f64,
    /// Share of children that are fresh draws of the nominal, above 0 and at most 1.
    pub fresh: f64,
    /// What the score counts margins from: choose the lowest that can occur, so that a new cell never lowers the score.
    pub margin_floor: f64,
}

impl Illuminate {
    /// Usual settings over `axes`.
    pub fn over(axes: Vec<Axis>) -> Self {
        Self { axes, correlation: 0.9, fresh: 0.1, margin_floor: 0.0 }
    }

    fn check(&self) -> Result<(), RareError> {
        require((1..=3).contains(&self.axes.len()), "an archive needs one to three measures")?;
        let sound = |axis: &Axis| axis.bins > 0 && axis.low < axis.high && (axis.high - axis.low).is_finite();
        require(self.axes.iter().all(sound), "a measure needs a finite range from low to high and at least one bin")?;
        require(self.cells() <= CELLS_MAX, "the archive would have more than a million cells; use fewer bins")?;
        require(
            self.correlation > 0.0 && self.correlation < 1.0,
            "the children's correlation must lie between 0 and 1",
        )?;
        require(self.fresh > 0.0 && self.fresh <= 1.0, "the share of fresh draws must lie above 0 and at most at 1")?;
        require(self.margin_floor.is_finite(), "the score's floor must be a finite margin")
    }

    fn cells(&self) -> usize {
        self.axes.iter().fold(1, |cells, axis| axis.bins.saturating_mul(cells))
    }

    /// The cell of `measures`: bins in mixed radix, the first axis slowest.
    fn cell(&self, measures: &[f64]) -> Option<usize> {
        let mut values = self.axes.iter().zip(measures);
        values.try_fold(0, |cell, (axis, value)| Some(cell * axis.bins + axis.bin(*value)?))
    }
}

/// The best point of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Elite {
    /// Its scores.
    pub z: Vec<f64>,
    /// Its margin, the objective.
    pub margin: f64,
    /// Its measures.
    pub measures: Vec<f64>,
    /// The child, from 0, that it came as.
    pub child: u64,
}

/// How far the archive was after some evaluations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Evaluations so far.
    pub evaluations: u64,
    /// Cells with an elite.
    pub filled: usize,
    /// [`Archive::score`] so far.
    pub score: f64,
}

/// The best point of every cell that was reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    /// Cell -> elite; a cell's number has the first axis slowest.
    pub elites: BTreeMap<usize, Elite>,
    /// Cells in all.
    pub cells: usize,
    /// Evaluations spent.
    pub evaluations: u64,
    /// Points that the requirements refused.
    pub forbidden: u64,
    /// Permitted points with a measure outside its range: many of them say that the ranges are too narrow.
    pub outside: u64,
    /// One entry a generation.
    pub history: Vec<Progress>,
    margin_floor: f64,
}

impl Archive {
    /// Filled cells / all cells.
    pub fn coverage(&self) -> f64 {
        self.elites.len() as f64 / self.cells as f64
    }

    /// The QD-score: Σ (margin − floor) over filled cells.
    pub fn score(&self) -> f64 {
        self.elites.values().map(|elite| elite.margin - self.margin_floor).sum()
    }

    /// Filled cells whose elite is an event.
    pub fn events(&self) -> usize {
        self.elites.values().filter(|elite| elite.margin >= 0.0).count()
    }

    /// Takes a child in where its cell is empty or held by a shallower one; on a tie the older stays.
    fn offer(&mut self, settings: &Illuminate, z: Vec<f64>, measured: Measured, child: u64) {
        let Some(margin) = measured.outcome.margin() else {
            self.forbidden += 1;
            return;
        };
        let Some(cell) = settings.cell(&measured.measures) else {
            self.outside += 1;
            return;
        };
        if self.elites.get(&cell).is_none_or(|elite| margin > elite.margin) {
            self.elites.insert(cell, Elite { z, margin, measures: measured.measures, child });
        }
    }
}

/// Fills an archive with the whole budget. Child i is a fresh draw, or a random elite moved; which, and whither, its own
/// stream says.
///
/// # Errors
/// [`RareError`]: the problem's own, a setting out of range, or stopped.
pub fn illuminate(problem: &dyn MeasuredProblem, settings: &Illuminate, run: &Run<'_>) -> Result<Archive, RareError> {
    check_run(run)?;
    settings.check()?;
    let mut archive = Archive {
        elites: BTreeMap::new(),
        cells: settings.cells(),
        evaluations: 0,
        forbidden: 0,
        outside: 0,
        history: Vec::new(),
        margin_floor: settings.margin_floor,
    };
    while archive.evaluations < run.max_evaluations {
        let from = archive.evaluations;
        let count = GENERATION.min(run.max_evaluations - from);
        let parents: Vec<&Elite> = archive.elites.values().collect();
        let children = in_order(run, "Collecting events", count, |index| {
            let z = child(problem.dimensions(), settings, &parents, run, from + index);
            let measured = problem.evaluate(&z).map_err(RareError::Problem)?;
            checked(measured.outcome)?;
            check_measures(settings, &measured)?;
            Ok((z, measured))
        })?;
        for (number, (z, measured)) in (from..).zip(children) {
            archive.offer(settings, z, measured, number);
        }
        archive.evaluations += count;
        let (filled, score) = (archive.elites.len(), archive.score());
        archive.history.push(Progress { evaluations: archive.evaluations, filled, score });
        run.monitor.step("Filling cells", archive.evaluations, run.max_evaluations);
    }
    Ok(archive)
}

fn child(dimensions: usize, settings: &Illuminate, parents: &[&Elite], run: &Run<'_>, index: u64) -> Vec<f64> {
    let mut stream = run.key.stream("archive", index);
    let fresh = stream.next_unit() < settings.fresh;
    let parent = parents.get(stream.next_below(parents.len() as u64) as usize);
    match parent {
        Some(elite) if !fresh => {
            let step = libm::sqrt(1.0 - settings.correlation * settings.correlation);
            moved(&elite.z, step, &mut stream)
        }
        _ => normals(&mut stream, dimensions),
    }
}

fn check_measures(settings: &Illuminate, measured: &Measured) -> Result<(), RareError> {
    let forbidden = measured.outcome == Outcome::Forbidden;
    if forbidden || measured.measures.len() == settings.axes.len() {
        return Ok(());
    }
    let (got, wanted) = (measured.measures.len(), settings.axes.len());
    Err(RareError::Problem(format!(
        "the problem gives {got} measures and the archive has {wanted} axes; declare as many"
    )))
}
