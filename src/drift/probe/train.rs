//! Training, chance, and evidence.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::base::{Monitor, Rgb};
use crate::drift::labelling::{Grouping, Labellings, Part, Statistic as _, band};
use crate::drift::{DriftError, Settings, Side};
use crate::stats::sorted;

use super::cells::{CELLS, COUNT, PROPERTIES, Property, describe};
use super::folds::{Frames, Judged, Ruler};
use super::logistic::{Row, WIDTH, log_odds};
use super::place::Place;
use super::{Carried, CellEvidence, Evidence, LEVEL, Origin, Told, ToldCell};

/// Name and version of what is measured and how it is told; any change of a number's meaning changes it.
pub const VERSION: &str = "worldproof-probe-2";

/// Rows times folds times labellings that are fitted at most (some five seconds of one processor), and the fewest labellings.
const MOST_FITTED: f64 = 1e8;
const FEWEST: usize = 39;

/// A trained probe. It keeps no frame.
#[derive(Clone, Debug)]
pub struct Probe {
    told: Told,
    ruler: Ruler,
    models: Vec<Row>,
    /// Of each fold's frames, and of frames of none.
    places: Vec<Vec<Place>>,
    /// The fold of each group: of the other side or not, and its id.
    fold_of: BTreeMap<(bool, u64), usize>,
}

impl Probe {
    /// Trains on rows of [`describe`] of the reference `x` and the other side `y`. Where rows are many, fewer labellings than
    /// `settings.permutations` are tried, so that 400 frames take seconds.
    ///
    /// # Errors
    /// Fewer than two groups a side, rows that [`describe`] did not make, or stopped.
    pub fn train(x: &Side<'_>, y: &Side<'_>, settings: &Settings, monitor: &dyn Monitor) -> Result<Self, DriftError> {
        for (side, name) in [(x, "reference"), (y, "other")] {
            if let Some(row) = side.rows.iter().position(|row| row.len() != CELLS * COUNT) {
                let (got, expected) = (side.rows[row].len(), CELLS * COUNT);
                let what = format!("row {row} has {got} numbers where {expected} of cells are expected");
                return Err(DriftError::Uneven { side: name, what });
            }
        }
        Self::of_any_cells(x, y, settings, monitor)
    }

    /// Rows of any number of cells.
    pub(super) fn of_any_cells(
        x: &Side<'_>,
        y: &Side<'_>,
        settings: &Settings,
        monitor: &dyn Monitor,
    ) -> Result<Self, DriftError> {
        let grouping = Grouping::new(x, y)?;
        let ruler = Ruler::new(x, y);
        let frames = Frames::new((x, y), &ruler, &grouping, settings.seed);
        let parts = grouping.parts(&grouping.observed());
        let judged = frames.judge(&parts);
        let told = told(&frames, &grouping, (&parts, &judged), (settings, monitor))?;
        let mut fold_of = BTreeMap::new();
        let ids = x.groups.iter().map(|id| (false, *id)).chain(y.groups.iter().map(|id| (true, *id)));
        for (id, group) in ids.zip(&grouping.of_row) {
            fold_of.insert(id, judged.fold_of[*group]);
        }
        let folds = (0..frames.folds).map(Some).chain([None]);
        let places = folds.map(|fold| frames.places(&parts, &judged, fold)).collect();
        Ok(Self { told, ruler, models: judged.models, places, fold_of })
    }

    /// What it tells of the two sides.
    pub fn told(&self) -> &Told {
        &self.told
    }

    /// What each cell of a frame looks like, by the model that did not see the frame's group; of a group that none saw, by the
    /// mean of all.
    pub fn evidence(&self, image: &Rgb, origin: Origin) -> Evidence {
        let model = self.model(origin);
        let rows = self.ruler.rows(&describe(image));
        let places = &self.places[self.fold(origin).unwrap_or(self.models.len())];
        let cell = |(row, place): (&Row, &Place)| {
            let part = log_odds(&model, row);
            let above = part - place.middle;
            let sign = if above < 0.0 { -1.0 } else { 1.0 };
            let strongest = largest(&core::array::from_fn::<f64, COUNT, _>(|at| sign * model[at] * row[at]));
            // Without a sign where it is 0.
            CellEvidence { log_odds: place.slope * above + 0.0, part, strongest: &PROPERTIES[strongest] }
        };
        let cells: Vec<CellEvidence> = rows.iter().zip(places).map(cell).collect();
        Evidence { score: cells.iter().map(|cell| cell.part).sum::<f64>() / cells.len() as f64, cells }
    }

    /// The fold that held a frame's group back.
    fn fold(&self, origin: Origin) -> Option<usize> {
        let id = match origin {
            Origin::Reference(id) => (false, id),
            Origin::Other(id) => (true, id),
            Origin::Elsewhere => return None,
        };
        self.fold_of.get(&id).copied()
    }

    /// The model of that fold; the mean of all for a group that none saw.
    pub(super) fn model(&self, origin: Origin) -> Row {
        if let Some(fold) = self.fold(origin) {
            return self.models[fold];
        }
        let mut mean = [0.0; WIDTH];
        for model in &self.models {
            for (sum, weight) in mean.iter_mut().zip(model) {
                *sum += weight / self.models.len() as f64;
            }
        }
        mean
    }

    pub(super) fn ruler(&self) -> &Ruler {
        &self.ruler
    }
}

fn largest(values: &[f64]) -> usize {
    (0..values.len()).fold(0, |best, at| if values[at] > values[best] { at } else { best })
}

fn told(
    frames: &Frames<'_>,
    grouping: &Grouping,
    (parts, judged): (&[Part], &Judged),
    (settings, monitor): (&Settings, &dyn Monitor),
) -> Result<Told, DriftError> {
    let groups = [grouping.groups_x, grouping.groups_y()];
    let fitted = (frames.count() * frames.cells * frames.folds) as f64;
    let most = ((MOST_FITTED / fitted) as usize).max(FEWEST).min(settings.permutations);
    let few = Settings { permutations: most, ..*settings };
    let labellings = Labellings::up_to(most as f64, (groups[0], groups[1]), &few, "probe");
    let one = |labels: &Vec<bool>| {
        if monitor.stopped() { Err(DriftError::Stopped) } else { Ok(frames.of(&grouping.parts(labels))) }
    };
    let null = labellings.all.par_iter().map(one).collect::<Result<Vec<_>, _>>()?;
    let [null, of_cells] = [0, 1].map(|at| null.iter().map(|values| values[at]).collect::<Vec<_>>());
    let (auc, aucs) = frames.aucs(parts, judged);
    let chance = band(&null);
    let gaps = Gaps::new(frames, grouping, judged);
    let mut scores = frames.scores(judged);
    let n_x = grouping.sizes[..groups[0]].iter().sum();
    let of_other = scores.split_off(n_x);
    let cells = aucs.iter().zip(&gaps.parts).map(|(auc, parts)| ToldCell {
        auc: *auc,
        gap: parts.iter().sum(),
        strongest: &PROPERTIES[largest(parts)],
    });
    let carried = gaps.carried(frames, n_x);
    Ok(Told {
        auc,
        null_low: chance.low,
        null_high: chance.high,
        p: labellings.p(auc, &null, 1e-12),
        smallest_p: labellings.smallest_p,
        permutations: labellings.all.len(),
        exact: labellings.exact,
        frames: [n_x, frames.count() - n_x],
        groups,
        folds: frames.folds,
        gap: carried.iter().map(|one| one.part).sum(),
        carried,
        cells: cells.collect(),
        cell_chance: largest_by_chance(&of_cells, labellings.smallest_p),
        scores: [scores, of_other],
    })
}

/// What the largest cell reaches in 5 % of relabellings; nothing passes it where no p-value could be so small.
fn largest_by_chance(of_cells: &[f64], smallest_p: f64) -> f64 {
    let ordered = sorted(of_cells);
    let at = libm::ceil(0.95 * ordered.len() as f64) as usize;
    if smallest_p > LEVEL { 1.0 } else { ordered.get(at.saturating_sub(1)).copied().unwrap_or(1.0) }
}

/// Means over the other side's frames less those over the reference's, of each cell and property.
struct Gaps {
    /// Of numbers.
    shifts: Vec<[f64; COUNT]>,
    /// Of numbers times the weight of the model that judges the frame.
    parts: Vec<[f64; COUNT]>,
}

impl Gaps {
    fn new(frames: &Frames<'_>, grouping: &Grouping, judged: &Judged) -> Self {
        let mut gaps = Self { shifts: vec![[0.0; COUNT]; frames.cells], parts: vec![[0.0; COUNT]; frames.cells] };
        let n_x: usize = grouping.sizes[..grouping.groups_x].iter().sum();
        let shares = [-1.0 / n_x as f64, 1.0 / (frames.count() - n_x) as f64];
        for (frame, group) in grouping.of_row.iter().enumerate() {
            let model = &judged.models[judged.fold_of[*group]];
            let share = shares[usize::from(frame >= n_x)];
            for (row, (shifts, parts)) in frames.frame(frame).iter().zip(gaps.shifts.iter_mut().zip(&mut gaps.parts)) {
                for at in 0..COUNT {
                    shifts[at] += share * row[at];
                    parts[at] += share * model[at] * row[at];
                }
            }
        }
        gaps
    }

    fn carried(&self, frames: &Frames<'_>, n_x: usize) -> Vec<Carried> {
        let mean = |of: &[[f64; COUNT]], at: usize| of.iter().map(|cell| cell[at]).sum::<f64>() / of.len() as f64;
        let one = |(at, property): (usize, &'static Property)| {
            let of_frame = |frame: usize| frames.frame(frame).iter().map(|row| row[at]).sum::<f64>();
            let all: Vec<f64> = (0..frames.count()).map(of_frame).collect();
            let alone = 0.5 + 0.5 * crate::stats::cliffs_delta(&all[..n_x], &all[n_x..]);
            Carried { property, part: mean(&self.parts, at), alone, shift: mean(&self.shifts, at) }
        };
        let mut all: Vec<Carried> = PROPERTIES.iter().enumerate().map(one).collect();
        // Stable: equal parts stay in the order of properties.
        all.sort_by(|a, b| b.part.total_cmp(&a.part));
        all
    }
}
