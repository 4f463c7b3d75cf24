//! The shortcut audit: whether something that should not matter gives the outcome of a draw away.
//!
//! A set in which every draw that tips has a red lamp teaches lamps. For each candidate (a nuisance or sensor parameter, a statistic of
//! the pictures) and each outcome: how many bits the candidate tells of the outcome beyond the declared causes, how many chance would
//! seem to tell, and how likely chance is to look like this. p-values are adjusted over all pairs (Benjamini–Hochberg).
//!
//! Causes move both outcomes and pictures, so that most statistics tell of most outcomes, and rightly so. Three things keep that apart:
//! a smooth surface over the causes is taken from the candidate, another from the outcome, and chance shuffles draws
//! within strata of what the causes say of the outcome. Each alone leaves something over where outcomes have thresholds; what all
//! three leave is the product of what each leaves (Shah and Peters, "The hardness of conditional independence testing", 2020;
//! Berrett et al., "The conditional permutation test", 2020).
//!
//! Rows are draws, never frames: frames of a draw resemble each other, and their mean is one number. Deliberately not here: where
//! numbers come from, and what is done about a cue. What it cannot see: a cue whose direction turns round from stratum to stratum; and
//! what follows from the causes is never a cue, which where causes decide an outcome alone can hide one. A statistic of pictures in
//! which the outcome itself is to be seen tells it rightly: take it of frames before the outcome.

mod chance;
mod columns;
mod information;
mod smoother;
mod strata;
mod words;

use rayon::prelude::*;

use crate::base::special::normal_quantile;
use crate::base::{Monitor, StreamKey};
use crate::stats::benjamini_hochberg;

use super::{DriftError, Settings};
use chance::{Chance, Target, chances};
use columns::Columns;
use information::Codes;
use smoother::Smoother;

/// A pair is told where its adjusted p-value is at most this.
pub const LEVEL: f64 = 0.05;
/// How often what could have been found would be found.
const POWER: f64 = 0.8;
/// Shufflings for each pair: the best p-value of one pair among all must be able to pass the adjustment.
const SHUFFLINGS_PER_PAIR: usize = 40;
/// More than these change nothing that is said.
const MOST_SHUFFLINGS: usize = 99_999;
/// Fewer draws say nothing.
const FEWEST_DRAWS: usize = 24;
/// Draws for each curve and surface of the causes.
const DRAWS_PER_SURFACE: usize = 10;
/// Draws beside the commonest level, without causes and for each more.
const FEWEST_OTHERS: (usize, usize) = (4, 2);

/// What a candidate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A parameter that should not matter.
    Nuisance,
    /// A parameter of the sensor.
    Sensor,
    /// A statistic of the pictures.
    Image,
}

/// Something that may give an outcome away.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// One number a draw. Up to eight different ones are levels without order.
    pub values: Vec<f64>,
}

/// What is to be learned of a draw: a label, a measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What it is called.
    pub name: String,
    /// One a draw.
    pub values: Values,
}

/// An outcome's values.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// One of a few.
    Levels {
        /// What they are called.
        names: Vec<String>,
        /// Which; draws with `None` are left out.
        of_draw: Vec<Option<usize>>,
    },
    /// Numbers; draws without a finite one are left out.
    Numbers(Vec<f64>),
}

/// All that is known of a set's draws.
#[derive(Clone, Copy, Debug)]
pub struct Draws<'a> {
    /// Declared causes: names, and one number a draw.
    pub causes: &'a [(String, Vec<f64>)],
    /// What may give an outcome away.
    pub candidates: &'a [Candidate],
    /// What is to be learned.
    pub outcomes: &'a [Outcome],
}

/// What a candidate tells of an outcome beyond the causes.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The candidate.
    pub candidate: String,
    /// What the candidate is.
    pub kind: Kind,
    /// The outcome.
    pub outcome: String,
    /// Bits told beyond chance: `raw` − `chance`, at least 0.
    pub bits: f64,
    /// Mutual information within strata, as counted.
    pub raw: f64,
    /// The mean of the same over shuffled draws.
    pub chance: f64,
    /// What 95 % of shuffled draws stay below.
    pub chance_high: f64,
    /// Bits that the strata of the causes leave open.
    pub open: f64,
    /// `bits` of `open`, 0 to 1.
    pub share: f64,
    /// Permutation p-value.
    pub p: f64,
    /// `p` adjusted over all pairs that were judged.
    pub p_adjusted: f64,
    /// Draws that have the outcome.
    pub draws: usize,
    /// Strata of the causes.
    pub strata: usize,
    /// Which way, where it is one: "higher when tipped".
    pub direction: Option<String>,
    /// The share of `open` that a pair must tell to be found in about 80 % of cases; above 1 nothing partial would be. Without causes
    /// it is the power of a χ² test of one degree of freedom at [`LEVEL`] over the number of pairs; the bits of a table are its
    /// noncentrality over 2 n ln 2. What the surface takes from the outcome within strata is taken off.
    pub smallest_share: f64,
}

/// A pair that cannot be judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Untold {
    /// The candidate.
    pub candidate: String,
    /// What the candidate is.
    pub kind: Kind,
    /// The outcome.
    pub outcome: String,
    /// Why not.
    pub why: Why,
}

/// Why a pair cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The candidate is the same in all draws: nothing to tell by.
    CandidateFixed,
    /// The candidate is not a finite number in some draw.
    CandidateMissing,
    /// The candidate follows from the causes.
    CandidateFollows,
    /// The outcome is the same in all draws: nothing to tell.
    OutcomeFixed,
    /// The outcome follows from the causes.
    OutcomeFollows,
    /// Too few draws to tell.
    FewDraws,
}

/// All pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Audit {
    /// Pairs that were judged, the most certain first, of equally certain ones the one that tells the largest share.
    pub findings: Vec<Finding>,
    /// Pairs that were not, in the order of outcomes and candidates.
    pub untold: Vec<Untold>,
}

/// Looks at all pairs of `draws.candidates` and `draws.outcomes`. `settings.permutations` is the least number of shufflings; there are
/// more where many pairs are looked at. A candidate meets the same shufflings whatever other candidates there are.
///
/// # Errors
/// Where lists are not of one length or a cause is not a finite number, and where `monitor` wants the end.
pub fn audit(draws: &Draws<'_>, settings: &Settings, monitor: &dyn Monitor) -> Result<Audit, DriftError> {
    check(draws)?;
    let pairs = draws.candidates.len() * draws.outcomes.len();
    let shufflings = (SHUFFLINGS_PER_PAIR * pairs).min(MOST_SHUFFLINGS).max(settings.permutations);
    let key = StreamKey::new(settings.seed, "drift");
    let (mut findings, mut untold) = (Vec::new(), Vec::new());
    let mut sides: Vec<Side> = Vec::new();
    for outcome in draws.outcomes {
        if monitor.stopped() {
            return Err(DriftError::Stopped);
        }
        let present = outcome.values.present();
        // Outcomes of the same draws share what the causes say of the candidates.
        let known = sides.iter().position(|side| side.present == present);
        let at = known.unwrap_or_else(|| {
            sides.push(Side::new(draws, present));
            sides.len() - 1
        });
        let side = &sides[at];
        let pick = Picked { outcome, side, pairs, causes: draws.causes.len() };
        let (target, told) = pick.target(draws.candidates, &mut untold);
        let Some(target) = target.filter(|_| !told.is_empty()) else { continue };
        let purpose = key.purpose(&format!("audit {}", outcome.name));
        let some: Vec<&Columns> = told.iter().map(|(_, columns)| *columns).collect();
        let by_chance = chances(&target, &some, (purpose, shufflings), monitor)?;
        let judged = told.iter().zip(by_chance);
        findings
            .extend(judged.map(|((candidate, columns), chance)| pick.finding(&target, candidate, columns, &chance)));
    }
    let adjusted = benjamini_hochberg(&findings.iter().map(|finding| finding.p).collect::<Vec<_>>());
    for (finding, p) in findings.iter_mut().zip(adjusted) {
        finding.p_adjusted = p;
    }
    // Stable: equal ones stay in the order of outcomes and candidates.
    findings.sort_by(|a, b| a.p_adjusted.total_cmp(&b.p_adjusted).then(b.share.total_cmp(&a.share)));
    Ok(Audit { findings, untold })
}

/// Draws of which some outcome is known, and what the causes leave of the candidates there.
struct Side {
    present: Vec<usize>,
    smoother: Smoother,
    candidates: Vec<Result<Columns, Why>>,
}

impl Side {
    fn new(draws: &Draws<'_>, present: Vec<usize>) -> Self {
        let some = |values: &[f64]| -> Vec<f64> { present.iter().map(|draw| values[*draw]).collect() };
        let causes: Vec<Vec<f64>> = draws.causes.iter().map(|(_, values)| some(values)).collect();
        let smoother = Smoother::new(&causes, present.len());
        let of = |candidate: &Candidate| {
            let values = some(&candidate.values);
            if values.iter().any(|value| !value.is_finite()) {
                return Err(Why::CandidateMissing);
            }
            let fixed = values.windows(2).all(|two| two[0] == two[1]);
            let why = if fixed { Why::CandidateFixed } else { Why::CandidateFollows };
            Columns::of_numbers(&smoother, &values, bins(present.len())).ok_or(why)
        };
        let candidates = draws.candidates.par_iter().map(of).collect();
        Self { present, smoother, candidates }
    }
}

/// An outcome among all pairs.
struct Picked<'a> {
    outcome: &'a Outcome,
    side: &'a Side,
    pairs: usize,
    causes: usize,
}

impl<'a> Picked<'a> {
    /// The outcome, ready, and the candidates that can be judged; the others are told why not.
    fn target<'b>(
        &self,
        candidates: &'b [Candidate],
        untold: &mut Vec<Untold>,
    ) -> (Option<Target>, Vec<(&'b Candidate, &'a Columns)>) {
        let target = self.outcome_alone();
        let mut told = Vec::new();
        for (candidate, columns) in candidates.iter().zip(&self.side.candidates) {
            let judged = match (&target, columns) {
                (_, Err(why)) | (Err(why), _) => Err(*why),
                (Ok(target), Ok(columns)) if self.is_too_little(target, columns) => Err(Why::FewDraws),
                (Ok(_), Ok(columns)) => Ok(columns),
            };
            match judged {
                Ok(columns) => told.push((candidate, columns)),
                Err(why) => untold.push(Untold {
                    candidate: candidate.name.clone(),
                    kind: candidate.kind,
                    outcome: self.outcome.name.clone(),
                    why,
                }),
            }
        }
        (target.ok(), told)
    }

    fn outcome_alone(&self) -> Result<Target, Why> {
        let (present, smoother) = (&self.side.present, &self.side.smoother);
        let draws = present.len();
        let surfaces = self.causes * (self.causes + 1) / 2;
        if draws < FEWEST_DRAWS.max(DRAWS_PER_SURFACE * surfaces) {
            return Err(Why::FewDraws);
        }
        let columns = match &self.outcome.values {
            Values::Levels { of_draw, .. } => {
                let codes = Codes::numbered(present.iter().filter_map(|draw| of_draw[*draw]));
                let others = draws - codes.sizes().into_iter().max().unwrap_or(0);
                if codes.count > 1 && others < FEWEST_OTHERS.0 + FEWEST_OTHERS.1 * self.causes {
                    return Err(Why::FewDraws);
                }
                (codes.count > 1).then(|| Columns::of_levels(smoother, codes))
            }
            Values::Numbers(numbers) => {
                let values: Vec<f64> = present.iter().map(|draw| numbers[*draw]).collect();
                let moves = values.windows(2).any(|two| two[0] != two[1]);
                moves.then(|| Columns::of_numbers(smoother, &values, bins(draws)))
            }
        };
        let columns = columns.ok_or(Why::OutcomeFixed)?.ok_or(Why::OutcomeFollows)?;
        Ok(Target::new(smoother, &columns))
    }

    /// Bits that a pair must tell to be found in most cases.
    fn needed(&self) -> f64 {
        let both = normal_quantile(1.0 - 0.5 * LEVEL / self.pairs as f64) + normal_quantile(POWER);
        both * both / (2.0 * std::f64::consts::LN_2 * self.side.present.len() as f64)
    }

    /// Whether not even all there is to tell would be found.
    fn is_too_little(&self, target: &Target, candidate: &Columns) -> bool {
        self.needed() > target.open.min(target.counter.entropy(&candidate.codes, &target.strata))
    }

    fn finding(&self, target: &Target, candidate: &Candidate, columns: &Columns, chance: &Chance) -> Finding {
        let raw = target.counter.mutual(&columns.codes, &target.codes, &target.strata);
        let bits = (raw - chance.mean).max(0.0);
        Finding {
            candidate: candidate.name.clone(),
            kind: candidate.kind,
            outcome: self.outcome.name.clone(),
            bits,
            raw,
            chance: chance.mean,
            chance_high: chance.high,
            open: target.open,
            share: (bits / target.open).min(1.0),
            p: chance.p,
            p_adjusted: chance.p,
            draws: self.side.present.len(),
            strata: target.strata.count,
            direction: words::direction(self.outcome, &self.side.present, target, columns),
            smallest_share: self.needed() / (target.open * target.left),
        }
    }
}

/// Bins of a number for counting: few where draws are, since each stratum holds but some of them.
fn bins(draws: usize) -> usize {
    if draws < 64 { 3 } else { 4 }
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Levels { of_draw, .. } => of_draw.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    /// Draws that have one.
    fn present(&self) -> Vec<usize> {
        match self {
            Self::Levels { of_draw, .. } => (0..of_draw.len()).filter(|draw| of_draw[*draw].is_some()).collect(),
            Self::Numbers(numbers) => (0..numbers.len()).filter(|draw| numbers[*draw].is_finite()).collect(),
        }
    }
}

fn check(draws: &Draws<'_>) -> Result<(), DriftError> {
    let causes = draws.causes.iter().map(|(name, values)| (name, values.len()));
    let candidates = draws.candidates.iter().map(|one| (&one.name, one.values.len()));
    let outcomes = draws.outcomes.iter().map(|one| (&one.name, one.values.len()));
    let mut lengths = causes.chain(candidates).chain(outcomes);
    let first = lengths.next();
    let other = first.and_then(|(_, count)| lengths.find(|(_, other)| *other != count));
    if let (Some((first, count)), Some((name, other))) = (first, other) {
        return Err(DriftError::Draws { what: format!("`{first}` has {count} values but `{name}` has {other}") });
    }
    for (name, values) in draws.causes {
        if let Some(draw) = values.iter().position(|value| !value.is_finite()) {
            return Err(DriftError::Draws { what: format!("cause `{name}` is not a finite number in draw {draw}") });
        }
    }
    for outcome in draws.outcomes {
        if let Values::Levels { names, of_draw } = &outcome.values
            && let Some(level) = of_draw.iter().flatten().find(|level| **level >= names.len())
        {
            let what = format!("`{}` has {} levels but a draw has number {level}", outcome.name, names.len());
            return Err(DriftError::Draws { what });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
