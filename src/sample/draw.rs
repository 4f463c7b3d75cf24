//! Drawing: which uniform becomes which parameter's value, and what the requirements refuse.
//!
//! The uniform of parameter `p` at attempt `a` of draw `i` is number `a` of the stream with purpose `"parameter p"` and
//! index `i`. So adding, removing or reordering parameters changes no other parameter's uniforms. There are two ways in
//! which another parameter can matter: a requirement that refuses a candidate moves the whole draw to the next attempt,
//! and correlated parameters hang together. A family without either has no such link.
//!
//! Where a design other than independent draws is asked for, it gives the uniforms; see [`super::design`].

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::design::Design;
use super::method::{Method, Placing};
use super::row::{Draw, Draws, Rows, Summary};
use crate::base::stream::{Purpose, Stream, StreamKey};
use crate::base::{Monitor, Note, Silent};
use crate::family::plan::{From, Inputs, Rule};
use crate::family::{Family, Finding, Plan};

/// Candidates per draw before the requirements count as unmet.
pub const CANDIDATES_PER_DRAW: u32 = 10_000;

/// Below this share of accepted candidates the person is told.
const LOW_ACCEPTANCE: f64 = 0.01;

/// Draws between two looks at the monitor.
const CHUNK: u64 = 4_096;

/// Why no draw came.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum SampleError {
    /// The requirements refused every candidate of the budget.
    #[error("{0}")]
    Unmet(String),
    /// A distribution or expression cannot be evaluated.
    #[error("{0}")]
    Family(String),
    /// A pinned name is no parameter, or its value no number.
    #[error("{0}")]
    Pinned(String),
    /// What was asked for cannot be drawn.
    #[error("{0}")]
    Asked(String),
    /// The watcher ended the task.
    #[error("drawing was stopped")]
    Stopped,
}

/// Draws from one family in one study.
#[derive(Clone, Debug)]
pub struct Sampler {
    family_id: String,
    plan: Arc<Plan>,
    placing: Placing,
    /// One a drawn parameter.
    streams: Vec<Purpose>,
    /// One a requirement that is not always asked for.
    coins: Vec<Option<Purpose>>,
}

/// What one draw needs while it is made; kept from draw to draw, so that nothing is allocated.
#[derive(Clone, Debug, Default)]
struct Bench {
    walks: Vec<Stream>,
    units: Vec<f64>,
    row: Vec<f64>,
    refused_by: Vec<u64>,
}

/// In place of a number of refused candidates: the draw itself was refused, and a level design has no other.
const REFUSED: u32 = u32::MAX;

impl Bench {
    fn begin(&mut self, plan: &Plan) {
        self.walks.clear();
        self.units.clear();
        self.units.resize(plan.n_drawn(), 0.5);
        self.row.resize(plan.n_columns(), 0.0);
        self.refused_by.clear();
        self.refused_by.resize(plan.requirements().len(), 0);
    }
}

/// Some rows with what was refused on the way.
struct Piece {
    rows: Rows,
    refused_by: Vec<u64>,
    /// Draws of a level design that are not among the rows.
    left_out: u64,
}

/// One draw's number of refused candidates and its weight; the row lies on the bench.
struct Made {
    refused: u32,
    ln_weight: f64,
}

impl Sampler {
    /// A sampler; checks every distribution and compiles every expression once.
    ///
    /// # Errors
    /// [`SampleError::Family`], naming the field.
    pub fn new(family: &Family, study_seed: u64) -> Result<Self, SampleError> {
        Self::with(family, study_seed, &Method::Independent, &Silent)
    }

    /// A sampler that places its draws by `method`. A covering array is computed at once, which `monitor` can watch.
    ///
    /// # Errors
    /// As [`Self::new`]; [`SampleError::Asked`] where the family does not fit the method.
    pub fn with(family: &Family, study_seed: u64, method: &Method, monitor: &dyn Monitor) -> Result<Self, SampleError> {
        Self::over(family, study_seed, &Plan::new(family).map(Arc::new), (method, monitor))
    }

    /// As [`Self::new`], for a family that is prepared already.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn prepared(
        family: &Family,
        study_seed: u64,
        plan: &Result<Arc<Plan>, Vec<Finding>>,
    ) -> Result<Self, SampleError> {
        Self::over(family, study_seed, plan, (&Method::Independent, &Silent))
    }

    fn over(
        family: &Family,
        study_seed: u64,
        plan: &Result<Arc<Plan>, Vec<Finding>>,
        (method, monitor): (&Method, &dyn Monitor),
    ) -> Result<Self, SampleError> {
        let plan = plan.as_ref().map_err(|findings| {
            let first = findings.first().map_or_else(String::new, |found| format!("{}: {}", found.field, found.text));
            let more = if findings.len() > 1 { format!(" (and {} more)", findings.len() - 1) } else { String::new() };
            SampleError::Family(format!("family `{}`, {first}{more}", family.id))
        })?;
        let key = StreamKey::new(study_seed, &family.id);
        let drawn = plan.columns().drawn.iter();
        let streams = drawn.map(|parameter| key.purpose(&format!("parameter {}", parameter.name))).collect();
        let coin = |rule: &Rule| (rule.probability < 1.0).then(|| key.purpose(&format!("requirement {}", rule.name)));
        let coins = plan.requirements().iter().map(coin).collect();
        let plan = Arc::clone(plan);
        let placing = Placing::new(method, &plan, &key, monitor)?;
        Ok(Self { family_id: family.id.clone(), plan, placing, streams, coins })
    }

    /// How many different draws the method gives; `None` where there is no end.
    pub fn count(&self) -> Option<u64> {
        self.placing.count()
    }

    /// What the person should know when asking for `draws` draws, in a sentence.
    pub fn remark(&self, draws: u64) -> Option<String> {
        self.placing.remark(draws)
    }

    /// The prepared family.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The draw at `index`.
    ///
    /// # Errors
    /// [`SampleError::Unmet`] after [`CANDIDATES_PER_DRAW`] candidates, naming the requirement that refused most.
    pub fn draw(&self, index: u64) -> Result<Draw, SampleError> {
        self.draw_with(index, &BTreeMap::new())
    }

    /// The draw at `index` with some parameters pinned to given values, whatever their distributions say: what a slider
    /// does. The other parameters keep their values (as long as the requirements accept the same candidate). A pinned
    /// parameter adds nothing to `ln_weight`: the weight is that of the others, given the pinned.
    ///
    /// # Errors
    /// As [`Self::draw`]; [`SampleError::Pinned`] for a name that is no parameter or a value that is not finite.
    pub fn draw_with(&self, index: u64, pinned: &BTreeMap<String, f64>) -> Result<Draw, SampleError> {
        let mut bench = Bench::default();
        if let Some(draw) = self.permitted(index, pinned, &mut bench)? {
            return Ok(draw);
        }
        let rules = self.plan.requirements().iter().zip(&bench.refused_by).filter(|(_, count)| **count > 0);
        let names: Vec<String> = rules.map(|(rule, _)| format!("`{}` (`{}`)", rule.name, rule.that)).collect();
        let text = format!("draw {index} of the design is refused by {}; choose another draw", names.join(", "));
        Err(SampleError::Unmet(text))
    }

    /// The draw at `index`; `None` where it belongs to a level design and the requirements refuse it: such a design has no
    /// other in its place.
    ///
    /// # Errors
    /// As [`Self::draw`].
    pub fn draw_if_permitted(&self, index: u64) -> Result<Option<Draw>, SampleError> {
        self.permitted(index, &BTreeMap::new(), &mut Bench::default())
    }

    fn permitted(
        &self,
        index: u64,
        pinned: &BTreeMap<String, f64>,
        bench: &mut Bench,
    ) -> Result<Option<Draw>, SampleError> {
        let pins = self.pins(pinned)?;
        let made = self.make(index, &pins, bench)?;
        Ok((made.refused != REFUSED).then(|| self.told(index, &made, &bench.row)))
    }

    /// The pinned values by the place of their parameter; NaN where none is pinned, nothing where nothing is.
    fn pins(&self, pinned: &BTreeMap<String, f64>) -> Result<Vec<f64>, SampleError> {
        if pinned.is_empty() {
            return Ok(Vec::new());
        }
        let mut pins = vec![f64::NAN; self.plan.n_drawn()];
        for (name, value) in pinned {
            let Some(slot) = self.plan.columns().position(name).and_then(|at| pins.get_mut(at)) else {
                let text = format!("family `{}` has no parameter `{name}` to pin", self.family_id);
                return Err(SampleError::Pinned(text));
            };
            if !value.is_finite() {
                let text = format!("`{name}` is pinned to {value}, which is not a finite number");
                return Err(SampleError::Pinned(text));
            }
            *slot = *value;
        }
        self.refuse_pinned(&pins)?;
        Ok(pins)
    }

    /// A requirement over pinned parameters alone refuses every candidate or none: say so without trying them all.
    fn refuse_pinned(&self, pins: &[f64]) -> Result<(), SampleError> {
        let pin = |at: &usize| pins.get(*at).copied().filter(|value| !value.is_nan());
        for rule in self.plan.requirements().iter().filter(|rule| rule.probability >= 1.0) {
            if rule.reads.is_empty() || !rule.reads.iter().all(|at| pin(at).is_some()) {
                continue;
            }
            if !self.meets(rule, pins)? {
                let named = rule.reads.iter().filter_map(|at| Some((self.plan.columns().all.get(*at)?, pin(at)?)));
                let values: Vec<String> = named.map(|(column, value)| format!("{} = {value}", column.name)).collect();
                return Err(SampleError::Unmet(format!(
                    "requirement `{}` (`{}`) does not allow {}; choose other values",
                    rule.name,
                    rule.that,
                    values.join(", ")
                )));
            }
        }
        Ok(())
    }

    /// The draws of a range of indices, in parallel and in order, with the counts of what was refused. An acceptance below
    /// 1 % is noted to the monitor.
    ///
    /// # Errors
    /// The error of the lowest index that has one; [`SampleError::Stopped`] once the monitor says so.
    pub fn draws(&self, range: Range<u64>, monitor: &dyn Monitor) -> Result<Draws, SampleError> {
        let mut draws = Vec::new();
        let summary = self.rows(range, monitor, &mut |rows| {
            draws.extend(self.told_rows(rows));
            Ok(())
        })?;
        Ok(Draws { draws, summary })
    }

    /// Rows as draws with named values.
    pub fn told_rows(&self, rows: &Rows) -> Vec<Draw> {
        let one = |at: usize| {
            let made = Made {
                refused: rows.refused.get(at).copied().unwrap_or_default(),
                ln_weight: rows.ln_weights.get(at).copied().unwrap_or_default(),
            };
            self.told(rows.indices.get(at).copied().unwrap_or_default(), &made, rows.row(at))
        };
        (0..rows.len()).map(one).collect()
    }

    /// As [`Self::draws`], as rows of numbers that are handed over piece by piece: memory does not grow with their number.
    ///
    /// # Errors
    /// As [`Self::draws`], and whatever `take` returns.
    pub fn rows(
        &self,
        range: Range<u64>,
        monitor: &dyn Monitor,
        take: &mut dyn FnMut(&Rows) -> Result<(), SampleError>,
    ) -> Result<Summary, SampleError> {
        /// Rows that one thread makes at a time.
        const PIECE: u64 = 512;
        let total = range.end.saturating_sub(range.start);
        let mut summary = Summary::begin(self.plan.requirements());
        let mut from = range.start;
        while from < range.end {
            if monitor.stopped() {
                return Err(SampleError::Stopped);
            }
            let to = range.end.min(from.saturating_add(CHUNK));
            let n_pieces = (to - from).div_ceil(PIECE);
            // Collected in the order of the indices, whichever thread was first.
            let pieces: Vec<_> = (0..n_pieces)
                .into_par_iter()
                .map(|piece| {
                    let begin = from + piece * PIECE;
                    self.piece(begin..to.min(begin + PIECE))
                })
                .collect();
            for piece in pieces {
                let Piece { rows, refused_by: refused, left_out } = piece?;
                let tried: u64 = rows.refused.iter().map(|refused| u64::from(*refused) + 1).sum();
                let candidates = tried + left_out;
                summary.add(rows.len() as u64, candidates, &refused, self.plan.requirements());
                take(&rows)?;
            }
            from = to;
            monitor.step("Drawing parameters", from - range.start, total);
        }
        if summary.acceptance() < LOW_ACCEPTANCE {
            monitor.note(self.low_acceptance(&summary));
        }
        Ok(summary)
    }

    /// The rows of a few indices on this thread.
    ///
    /// # Errors
    /// The error of the lowest index that has one.
    fn piece(&self, range: Range<u64>) -> Result<Piece, SampleError> {
        let n = range.end.saturating_sub(range.start) as usize;
        let n_columns = self.plan.n_columns();
        let mut rows = Rows {
            indices: Vec::with_capacity(n),
            n_columns,
            numbers: Vec::with_capacity(n * n_columns),
            ln_weights: Vec::with_capacity(n),
            refused: Vec::with_capacity(n),
        };
        let mut bench = Bench::default();
        let mut refused_by = vec![0_u64; self.plan.requirements().len()];
        let mut left_out = 0;
        for index in range {
            let made = self.make(index, &[], &mut bench)?;
            refused_by.iter_mut().zip(&bench.refused_by).for_each(|(all, one)| *all += one);
            if made.refused == REFUSED {
                left_out += 1;
                continue;
            }
            rows.indices.push(index);
            rows.numbers.extend_from_slice(&bench.row);
            rows.ln_weights.push(made.ln_weight);
            rows.refused.push(made.refused);
        }
        Ok(Piece { rows, refused_by, left_out })
    }

    /// Every parameter at its nominal median, with index 0: the picture to begin with. The requirements are not asked.
    ///
    /// # Errors
    /// A distribution or expression that cannot be evaluated there.
    pub fn centre(&self) -> Result<Draw, SampleError> {
        let mut row = vec![0.0; self.plan.n_columns()];
        let middle = vec![0.5; self.plan.n_drawn()];
        self.fill(Inputs::Units(&middle), From::Nominal, &[], &mut row)?;
        Ok(self.told(0, &Made { refused: 0, ln_weight: 0.0 }, &row))
    }

    /// A row as a draw.
    fn told(&self, index: u64, made: &Made, row: &[f64]) -> Draw {
        let values = self.plan.columns().names().zip(row).map(|(name, value)| (name.to_owned(), *value)).collect();
        Draw { index, refused: made.refused, values, ln_weight: made.ln_weight }
    }

    fn make(&self, index: u64, pins: &[f64], bench: &mut Bench) -> Result<Made, SampleError> {
        bench.begin(&self.plan);
        match &self.placing {
            Placing::Levels(design, shares) => return self.make_level(index, pins, bench, design, shares),
            Placing::Found(points) => return self.make_found(index, bench, points),
            Placing::Independent => bench.walks.extend(self.streams.iter().map(|purpose| purpose.stream(index))),
            Placing::Learned(_, purpose) => bench.walks.push(purpose.stream(index)),
            Placing::Points(_) => {}
        }
        for refused in 0..CANDIDATES_PER_DRAW {
            let ln_weight = self.candidate(index, refused, pins, bench)?;
            if self.permits(index, refused, &bench.row, &mut bench.refused_by)? {
                return Ok(Made { refused, ln_weight });
            }
        }
        Err(SampleError::Unmet(self.unmet(index, pins)?))
    }

    /// Computes candidate number `attempt` of draw `index` into the bench's row; its weight. Candidates come in order.
    fn candidate(&self, index: u64, attempt: u32, pins: &[f64], bench: &mut Bench) -> Result<f64, SampleError> {
        match &self.placing {
            Placing::Points(design) => {
                for (dimension, unit) in bench.units.iter_mut().enumerate() {
                    *unit = design.unit(index, attempt, dimension).unwrap_or(0.5);
                }
            }
            Placing::Learned(proposal, _) => {
                let scores = bench.walks.first_mut().map(|stream| proposal.draw(stream)).unwrap_or_default();
                let ln_weight = proposal.ln_weight(&scores);
                self.fill(Inputs::Scores(&scores), From::Nominal, pins, &mut bench.row)?;
                return Ok(ln_weight);
            }
            // A uniform is used up even where the value is pinned, so that the next attempt's is the same.
            _ => bench.units.iter_mut().zip(&mut bench.walks).for_each(|(unit, walk)| *unit = walk.next_unit()),
        }
        self.fill(Inputs::Units(&bench.units), From::Proposal, pins, &mut bench.row)
    }

    /// A draw of a level design: there is nothing to try again, so a refused one is told by an infinite count.
    fn make_level(
        &self,
        index: u64,
        pins: &[f64],
        bench: &mut Bench,
        design: &Design,
        shares: &[Vec<f64>],
    ) -> Result<Made, SampleError> {
        let levels = design.levels(index).unwrap_or_default();
        for ((unit, all), level) in bench.units.iter_mut().zip(shares).zip(levels) {
            *unit = all.get(level as usize).copied().unwrap_or(0.5);
        }
        self.fill(Inputs::Levels(&bench.units), From::Proposal, pins, &mut bench.row)?;
        let permitted = self.permits(index, 0, &bench.row, &mut bench.refused_by)?;
        Ok(Made { refused: if permitted { 0 } else { REFUSED }, ln_weight: f64::NAN })
    }

    fn make_found(&self, index: u64, bench: &mut Bench, points: &[Vec<f64>]) -> Result<Made, SampleError> {
        let Some(point) = usize::try_from(index).ok().and_then(|at| points.get(at)) else {
            let n = points.len();
            return Err(SampleError::Asked(format!("there are {n} points, and draw {index} is beyond; ask for fewer")));
        };
        self.fill(Inputs::Scores(point), From::Nominal, &[], &mut bench.row)?;
        Ok(Made { refused: 0, ln_weight: f64::NAN })
    }

    fn fill(&self, inputs: Inputs<'_>, from: From, pins: &[f64], row: &mut [f64]) -> Result<f64, SampleError> {
        let filled = self.plan.fill(inputs, from, pins, row);
        filled.map_err(|error| SampleError::Family(format!("family `{}`, {error}", self.family_id)))
    }

    /// Whether no requirement that is asked for at this attempt refuses `row`; counts those that do.
    fn permits(&self, index: u64, attempt: u32, row: &[f64], refused_by: &mut [u64]) -> Result<bool, SampleError> {
        let mut permitted = true;
        for ((rule, coin), count) in self.plan.requirements().iter().zip(&self.coins).zip(refused_by) {
            let asked = coin.is_none_or(|coin| coin.unit(index, u64::from(attempt)) < rule.probability);
            if asked && !self.meets(rule, row)? {
                permitted = false;
                *count += 1;
            }
        }
        Ok(permitted)
    }

    fn meets(&self, rule: &Rule, row: &[f64]) -> Result<bool, SampleError> {
        rule.formula.holds(row).map_err(|error| {
            let (family, name, that) = (&self.family_id, &rule.name, &rule.that);
            SampleError::Family(format!("family `{family}`, requirement `{name}`, `{that}`: {error}"))
        })
    }

    /// Walks through the candidates again for the sentence: which requirement refused most, and how near one came.
    fn unmet(&self, index: u64, pins: &[f64]) -> Result<String, SampleError> {
        let rules = self.plan.requirements();
        let mut counts = vec![0_u64; rules.len()];
        let mut nearest: Vec<(f64, Vec<f64>)> = vec![(f64::NEG_INFINITY, Vec::new()); rules.len()];
        let mut bench = Bench::default();
        bench.begin(&self.plan);
        match &self.placing {
            Placing::Learned(_, purpose) => bench.walks.push(purpose.stream(index)),
            _ => bench.walks.extend(self.streams.iter().map(|purpose| purpose.stream(index))),
        }
        for attempt in 0..CANDIDATES_PER_DRAW {
            self.candidate(index, attempt, pins, &mut bench)?;
            for ((rule, count), near) in rules.iter().zip(&mut counts).zip(&mut nearest) {
                if self.meets(rule, &bench.row)? {
                    continue;
                }
                *count += 1;
                // A margin that cannot be computed only leaves the message without its last part.
                let margin = rule.formula.margin(&bench.row).unwrap_or(f64::NEG_INFINITY);
                if margin > near.0 {
                    *near = (margin, bench.row.clone());
                }
            }
        }
        let mut order: Vec<_> = rules.iter().zip(counts).zip(nearest).collect();
        order.sort_by(|((_, a), _), ((_, b), _)| b.cmp(a));
        let listed: Vec<String> = order.iter().map(|((rule, count), _)| format!("`{}` {count}", rule.name)).collect();
        let mut text = format!(
            "no candidate for draw {index} of family `{}` met all requirements in {CANDIDATES_PER_DRAW} tries; refused by {}",
            self.family_id,
            listed.join(", ")
        );
        if let Some(((rule, _), (margin, row))) = order.first() {
            text += &format!("; loosen `{}` (`{}`) or move the proposals of its parameters", rule.name, rule.that);
            if margin.is_finite() {
                let read = rule.reads.iter().filter_map(|at| Some((self.plan.columns().all.get(*at)?, row.get(*at)?)));
                let shown: Vec<String> = read.map(|(column, value)| format!("{} = {value:.4}", column.name)).collect();
                text += &format!("; the nearest missed by {:.3e} with {}", -margin, shown.join(", "));
            }
        }
        Ok(text)
    }

    /// The place of the requirement that refuses most of the first `tries` candidates for the draw at `index`, whether it is
    /// asked for always or in a share; `None` where none refuses any.
    ///
    /// # Errors
    /// A distribution or expression that cannot be evaluated.
    pub fn hardest(&self, index: u64, tries: u32) -> Result<Option<usize>, SampleError> {
        let rules = self.plan.requirements();
        let mut counts = vec![0_u32; rules.len()];
        let mut walks: Vec<Stream> = self.streams.iter().map(|purpose| purpose.stream(index)).collect();
        let mut units = vec![0.5; self.plan.n_drawn()];
        let mut row = vec![0.0; self.plan.n_columns()];
        for _ in 0..tries {
            units.iter_mut().zip(&mut walks).for_each(|(unit, walk)| *unit = walk.next_unit());
            self.fill(Inputs::Units(&units), From::Proposal, &[], &mut row)?;
            for (rule, count) in rules.iter().zip(&mut counts) {
                *count += u32::from(!self.meets(rule, &row)?);
            }
        }
        // Of equals the first in the file.
        let most = counts.iter().enumerate().filter(|(_, count)| **count > 0).rev().max_by_key(|(_, count)| **count);
        Ok(most.map(|(at, _)| at))
    }

    fn low_acceptance(&self, summary: &Summary) -> Note {
        let most = summary.refused_by.iter().max_by_key(|(_, count)| **count);
        let name = most.map_or("", |(name, _)| name.as_str());
        let percent = 100.0 * summary.acceptance();
        Note::new(
            format!("family {}", self.family_id),
            format!(
                "only {percent:.2} % of the candidates meet the requirements, `{name}` refuses most; move the proposals"
            ),
        )
    }
}

#[cfg(test)]
mod tests;
