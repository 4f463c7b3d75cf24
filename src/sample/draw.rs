//! Drawing: which uniform becomes which parameter's value, and what the requirements refuse.
//!
//! The uniform of parameter `p` at attempt `a` of draw `i` is number `a` of the stream with purpose `"parameter p"` and
//! index `i`. So adding, removing or reordering parameters changes no other parameter's uniforms. There is one way in which
//! another parameter can matter: a requirement that refuses a candidate moves the whole draw to the next attempt. A family
//! without requirements has no such link.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use crate::base::stream::{Stream, StreamKey};
use crate::base::{Monitor, Note};
use crate::family::distribution::{full_turn, ln_ratio};
use crate::family::{Distribution, Expression, Family, Law};

/// Candidates per draw before the requirements count as unmet.
pub const CANDIDATES_PER_DRAW: u32 = 10_000;

/// Below this share of accepted candidates the person is told.
const LOW_ACCEPTANCE: f64 = 0.01;

/// Draws between two looks at the monitor.
const CHUNK: u64 = 1_024;

/// One assignment of all parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// Its number in the family's endless row of draws.
    pub index: u64,
    /// How many candidates the requirements refused before this one.
    pub refused: u32,
    /// Every parameter's value in its unit.
    pub values: BTreeMap<String, f64>,
    /// ln nominal density − ln proposal density, up to the requirements' common constant. Negative infinity where the
    /// proposal drew what the nominal never does: such a draw counts nothing.
    pub ln_weight: f64,
}

impl Draw {
    /// nominal density / proposal density.
    pub fn weight(&self) -> f64 {
        libm::exp(self.ln_weight)
    }
}

/// What the requirements did to a row of draws.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Draws that met every requirement.
    pub drawn: u64,
    /// Candidates tried for them, each draw's last one included.
    pub candidates: u64,
    /// How many candidates violated each requirement. One candidate can violate several.
    pub refused_by: BTreeMap<String, u64>,
}

impl Summary {
    /// Draws / candidates; 1 where nothing was tried.
    pub fn acceptance(&self) -> f64 {
        if self.candidates == 0 { 1.0 } else { self.drawn as f64 / self.candidates as f64 }
    }

    fn add(&mut self, refused: &[u64], names: &[Requirement]) {
        for (count, requirement) in refused.iter().zip(names) {
            *self.refused_by.entry(requirement.name.clone()).or_default() += count;
        }
    }
}

/// A row of draws, in the order of their indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    /// The draws.
    pub draws: Vec<Draw>,
    /// What the requirements did.
    pub summary: Summary,
}

/// Why no draw came.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SampleError {
    /// The requirements refused every candidate of the budget.
    #[error("{0}")]
    Unmet(String),
    /// A requirement cannot be evaluated.
    #[error("{0}")]
    Expression(String),
    /// A distribution's numbers make no distribution.
    #[error("{0}")]
    Distribution(String),
    /// A pinned name is no parameter, or its value no number.
    #[error("{0}")]
    Pinned(String),
    /// The watcher ended the task.
    #[error("drawing was stopped")]
    Stopped,
}

struct Requirement {
    name: String,
    expression: Expression,
}

struct DrawnParameter<'a> {
    name: &'a str,
    purpose: String,
    nominal: Law,
    proposal: Option<Law>,
}

/// Draws from one family in one study.
pub struct Sampler<'a> {
    family: &'a Family,
    key: StreamKey,
    parameters: Vec<DrawnParameter<'a>>,
    requirements: Vec<Requirement>,
}

impl std::fmt::Debug for Sampler<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sampler").field("family", &self.family.id).field("key", &self.key).finish_non_exhaustive()
    }
}

impl<'a> Sampler<'a> {
    /// A sampler; checks every distribution and compiles every requirement once.
    ///
    /// # Errors
    /// [`SampleError::Distribution`] and [`SampleError::Expression`], naming the field.
    pub fn new(family: &'a Family, study_seed: u64) -> Result<Self, SampleError> {
        let mut parameters = Vec::with_capacity(family.parameters.len());
        for parameter in &family.parameters {
            let law = |distribution: &Distribution| {
                Law::new(distribution, full_turn(&parameter.unit)).map_err(|text| {
                    SampleError::Distribution(format!("family `{}`, parameter `{}`: {text}", family.id, parameter.name))
                })
            };
            let (nominal, proposal) = (law(&parameter.nominal)?, parameter.proposal.as_ref().map(law).transpose()?);
            let purpose = format!("parameter {}", parameter.name);
            parameters.push(DrawnParameter { name: &parameter.name, purpose, nominal, proposal });
        }
        let requirements = family.requirements.iter().map(|requirement| compiled(family, requirement));
        let requirements = requirements.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { family, key: StreamKey::new(study_seed, &family.id), parameters, requirements })
    }

    /// The family that is drawn from.
    pub fn family(&self) -> &'a Family {
        self.family
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
        for (name, value) in pinned {
            if self.family.parameter(name).is_none() {
                return Err(SampleError::Pinned(format!(
                    "family `{}` has no parameter `{name}` to pin",
                    self.family.id
                )));
            }
            if !value.is_finite() {
                return Err(SampleError::Pinned(format!(
                    "`{name}` is pinned to {value}, which is not a finite number"
                )));
            }
        }
        self.refuse_pinned(pinned)?;
        self.candidates(index, pinned).map(|(draw, _)| draw)
    }

    /// A requirement over pinned parameters alone refuses every candidate or none: say so without trying them all.
    fn refuse_pinned(&self, pinned: &BTreeMap<String, f64>) -> Result<(), SampleError> {
        for requirement in &self.requirements {
            let variables = requirement.expression.variables();
            let decided = !variables.is_empty() && variables.iter().all(|name| pinned.contains_key(name));
            if decided && !self.meets(requirement, pinned)? {
                let values: Vec<String> = variables
                    .iter()
                    .filter_map(|name| pinned.get(name).map(|value| format!("{name} = {value}")))
                    .collect();
                return Err(SampleError::Unmet(format!(
                    "requirement `{}` (`{}`) does not allow {}; choose other values",
                    requirement.name,
                    requirement.expression.text(),
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
        let total = range.end.saturating_sub(range.start);
        let mut draws = Vec::new();
        let mut summary = Summary::default();
        summary.add(&[], &self.requirements);
        let nothing_pinned = BTreeMap::new();
        let mut from = range.start;
        while from < range.end {
            if monitor.stopped() {
                return Err(SampleError::Stopped);
            }
            let to = range.end.min(from.saturating_add(CHUNK));
            // Collected in the order of the indices, whichever thread was first.
            let chunk: Vec<_> =
                (from..to).into_par_iter().map(|index| self.candidates(index, &nothing_pinned)).collect();
            for result in chunk {
                let (draw, refused) = result?;
                summary.drawn += 1;
                summary.candidates += u64::from(draw.refused) + 1;
                summary.add(&refused, &self.requirements);
                draws.push(draw);
            }
            from = to;
            monitor.step("Drawing parameters", from - range.start, total);
        }
        if summary.acceptance() < LOW_ACCEPTANCE {
            monitor.note(self.low_acceptance(&summary));
        }
        Ok(Draws { draws, summary })
    }

    /// Every parameter at its nominal median, with index 0: the picture to begin with. The requirements are not asked.
    pub fn centre(&self) -> Draw {
        let values = self.parameters.iter().map(|parameter| (parameter.name.to_owned(), parameter.nominal.median()));
        let values: BTreeMap<String, f64> = values.collect();
        let ln_weight = self.ln_weight(&values, &BTreeMap::new());
        Draw { index: 0, refused: 0, values, ln_weight }
    }

    fn candidates(&self, index: u64, pinned: &BTreeMap<String, f64>) -> Result<(Draw, Vec<u64>), SampleError> {
        let mut streams: Vec<Stream> =
            self.parameters.iter().map(|parameter| self.key.stream(&parameter.purpose, index)).collect();
        let mut refused_by = vec![0_u64; self.requirements.len()];
        let mut nearest = vec![Nearest::default(); self.requirements.len()];
        let mut values = BTreeMap::new();
        for refused in 0..CANDIDATES_PER_DRAW {
            for (parameter, stream) in self.parameters.iter().zip(&mut streams) {
                // The uniform is used up even where the value is pinned, so that the next attempt's is the same.
                let drawn = parameter.proposal.as_ref().unwrap_or(&parameter.nominal).quantile(stream.next_unit());
                let value = pinned.get(parameter.name).copied().unwrap_or(drawn);
                match values.get_mut(parameter.name) {
                    Some(slot) => *slot = value,
                    None => drop(values.insert(parameter.name.to_owned(), value)),
                }
            }
            let mut meets_all = true;
            for ((requirement, count), near) in self.requirements.iter().zip(&mut refused_by).zip(&mut nearest) {
                if !self.meets(requirement, &values)? {
                    meets_all = false;
                    *count += 1;
                    near.consider(requirement, &values);
                }
            }
            if meets_all {
                let ln_weight = self.ln_weight(&values, pinned);
                return Ok((Draw { index, refused, values, ln_weight }, refused_by));
            }
        }
        Err(SampleError::Unmet(self.unmet(index, &refused_by, &nearest)))
    }

    fn meets(&self, requirement: &Requirement, values: &BTreeMap<String, f64>) -> Result<bool, SampleError> {
        requirement.expression.eval_bool(values).map_err(|error| {
            let (family, name, that) = (&self.family.id, &requirement.name, requirement.expression.text());
            SampleError::Expression(format!("family `{family}`, requirement `{name}`, `{that}`: {error}"))
        })
    }

    fn ln_weight(&self, values: &BTreeMap<String, f64>, pinned: &BTreeMap<String, f64>) -> f64 {
        let mut sum = 0.0;
        for parameter in &self.parameters {
            let (Some(proposal), Some(value)) = (&parameter.proposal, values.get(parameter.name)) else { continue };
            if !pinned.contains_key(parameter.name) {
                sum += ln_ratio(&parameter.nominal, proposal, *value);
            }
        }
        sum
    }

    fn unmet(&self, index: u64, refused_by: &[u64], nearest: &[Nearest]) -> String {
        let mut order: Vec<_> = self.requirements.iter().zip(refused_by).zip(nearest).collect();
        order.sort_by(|((_, a), _), ((_, b), _)| b.cmp(a));
        let counts: Vec<String> = order.iter().map(|((r, count), _)| format!("`{}` {count}", r.name)).collect();
        let mut text = format!(
            "no candidate for draw {index} of family `{}` met all requirements in {CANDIDATES_PER_DRAW} tries; refused by {}",
            self.family.id,
            counts.join(", ")
        );
        if let Some(((requirement, _), near)) = order.first() {
            let Requirement { name, expression } = requirement;
            text += &format!("; loosen `{name}` (`{}`) or move the proposals of its parameters", expression.text());
            if near.margin.is_finite() {
                text += &format!("; the nearest missed by {:.3e} with {}", -near.margin, near.shown(expression));
            }
        }
        text
    }

    fn low_acceptance(&self, summary: &Summary) -> Note {
        let most = summary.refused_by.iter().max_by_key(|(_, count)| **count);
        let name = most.map_or("", |(name, _)| name.as_str());
        let percent = 100.0 * summary.acceptance();
        Note::new(
            format!("family {}", self.family.id),
            format!(
                "only {percent:.2} % of the candidates meet the requirements, `{name}` refuses most; move the proposals"
            ),
        )
    }
}

fn compiled(family: &Family, requirement: &crate::family::Requirement) -> Result<Requirement, SampleError> {
    let about = |text: String| {
        SampleError::Expression(format!("family `{}`, requirement `{}`: {text}", family.id, requirement.name))
    };
    let expression = Expression::compile(&requirement.that).map_err(|error| about(error.to_string()))?;
    if let Some(name) = expression.variables().iter().find(|name| family.parameter(name).is_none()) {
        return Err(about(format!("`{name}` is not a parameter; requirements are over parameters only")));
    }
    Ok(Requirement { name: requirement.name.clone(), expression })
}

/// The candidate that came nearest to meeting a requirement.
#[derive(Clone, Debug)]
struct Nearest {
    margin: f64,
    values: BTreeMap<String, f64>,
}

impl Default for Nearest {
    fn default() -> Self {
        Self { margin: f64::NEG_INFINITY, values: BTreeMap::new() }
    }
}

impl Nearest {
    fn consider(&mut self, requirement: &Requirement, values: &BTreeMap<String, f64>) {
        // A margin that cannot be computed only leaves the message without its last part.
        let margin = requirement.expression.margin(values).unwrap_or(f64::NEG_INFINITY);
        if margin > self.margin {
            *self = Self { margin, values: values.clone() };
        }
    }

    fn shown(&self, expression: &Expression) -> String {
        let read = self.values.iter().filter(|(name, _)| expression.variables().contains(*name));
        read.map(|(name, value)| format!("{name} = {value:.4}")).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests;
