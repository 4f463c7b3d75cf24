//! A family made ready to draw: laws prepared, expressions bound, everything in an order in which it can be computed.
//!
//! From one number a drawn parameter (a uniform or a normal score) a plan computes the whole row of a draw and the
//! logarithm of its weight. It makes no random number and refuses nothing by itself: that is `sample`'s.

mod build;

use std::collections::BTreeMap;

use super::columns::Columns;
use super::copula::{Copula, MOST_CORRELATED};
use super::distribution::{Distribution, Law, Place as Spot, ln_ratio};
use super::expression::{Formula, Scope};
use super::{BoundRegion, Bounded, Family, Finding, Parameter};
use crate::base::special::normal_quantile;

/// A family ready to draw from.
#[derive(Clone, Debug)]
pub struct Plan {
    columns: Columns,
    scope: Scope,
    steps: Vec<Step>,
    drawn: Vec<Drawn>,
    copula: Option<(Copula, Vec<usize>)>,
    requirements: Vec<Rule>,
}

/// One thing to compute.
#[derive(Clone, Debug)]
enum Step {
    /// The drawn parameter with this index; its column is the same.
    Draw(usize),
    /// A place: its first share's column, the number of its shares, its first component's column and their number.
    Place { region: BoundRegion, shares: usize, n_shares: usize, to: usize, n_to: usize },
    /// A derived quantity.
    Derive { formula: Formula, to: usize },
}

/// A drawn parameter's two distributions.
#[derive(Clone, Debug)]
struct Drawn {
    nominal: Given,
    proposal: Option<Given>,
    /// Its place among the correlated ones.
    correlated: Option<usize>,
}

/// A distribution, given what was drawn before.
#[derive(Clone, Debug)]
enum Given {
    /// The same in every draw.
    Fixed(Box<Law>),
    /// Other parameters' values go into it.
    Depends(Box<Depends>),
}

#[derive(Clone, Debug)]
struct Depends {
    distribution: Distribution<Bounded>,
    conditions: BTreeMap<String, Formula>,
    turn: Option<f64>,
}

/// A requirement ready to ask.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// As it was written.
    pub that: String,
    /// In which share of the draws it is asked for; 1 is always.
    pub probability: f64,
    /// The columns that it reads.
    pub reads: Vec<usize>,
    /// The drawn parameters that these follow from, rising.
    pub drawn: Vec<usize>,
    /// The condition.
    pub formula: Formula,
}

/// Which of the two distributions values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The nominal: how reality is. The weight is 1.
    Nominal,
    /// The nominal, with the weight that a draw of the proposal with these values would have: for defensive mixtures.
    NominalWeighed,
    /// The proposal, where a parameter has one.
    Proposal,
}

/// One number for each drawn parameter, in their order.
#[derive(Clone, Copy, Debug)]
pub enum Inputs<'a> {
    /// Independent uniforms strictly between 0 and 1.
    Units(&'a [f64]),
    /// Independent standard normal scores.
    Scores(&'a [f64]),
    /// Shares of each parameter's own distribution, 0 and 1 included: correlation does not move them. For designs that
    /// choose levels.
    Levels(&'a [f64]),
}

/// Why a row cannot be computed, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PlanError(pub String);

impl Plan {
    /// Prepares `family`.
    ///
    /// # Errors
    /// Everything that stands in the way, each with its field.
    pub fn new(family: &Family) -> Result<Self, Vec<Finding>> {
        let many = super::validate::too_many(family);
        if many.is_empty() { build::Builder::new(family).build() } else { Err(many) }
    }

    /// The columns of a row.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// What expressions over a row may read.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// How many numbers a row is computed from.
    pub fn n_drawn(&self) -> usize {
        self.drawn.len()
    }

    /// How many numbers a row has.
    pub fn n_columns(&self) -> usize {
        self.columns.all.len()
    }

    /// The requirements in the order of the file.
    pub fn requirements(&self) -> &[Rule] {
        &self.requirements
    }

    /// The prepared nominal of the drawn parameter `at`; `None` where it depends on other parameters.
    pub fn nominal(&self, at: usize) -> Option<&Law> {
        self.drawn.get(at).and_then(|drawn| drawn.nominal.fixed())
    }

    /// The prepared distribution that draws of the parameter `at` come from.
    pub fn drawn_from(&self, at: usize) -> Option<&Law> {
        self.drawn.get(at).and_then(|drawn| drawn.proposal.as_ref().unwrap_or(&drawn.nominal).fixed())
    }

    /// The nominal of the drawn parameter `at`, given the other values of `row`.
    ///
    /// # Errors
    /// Where the values make no distribution.
    pub fn nominal_given(&self, at: usize, row: &[f64]) -> Result<Law, PlanError> {
        let drawn = self.drawn.get(at).ok_or_else(|| PlanError("there is no such parameter".to_owned()))?;
        drawn.nominal.law(row).map(std::borrow::Cow::into_owned).map_err(|text| self.about(at, "nominal", &text))
    }

    /// The distribution that draws of the parameter `at` come from, given the other values of `row`.
    ///
    /// # Errors
    /// Where the values make no distribution.
    pub fn drawn_from_given(&self, at: usize, row: &[f64]) -> Result<Law, PlanError> {
        let drawn = self.drawn.get(at).ok_or_else(|| PlanError("there is no such parameter".to_owned()))?;
        let (given, part) = match &drawn.proposal {
            Some(proposal) => (proposal, "proposal"),
            None => (&drawn.nominal, "nominal"),
        };
        given.law(row).map(std::borrow::Cow::into_owned).map_err(|text| self.about(at, part, &text))
    }

    /// Whether the drawn parameter `at` takes the same values from the same inputs as in `other`, whatever else differs.
    pub fn draws_as(&self, other: &Self, at: usize) -> bool {
        let alone = |plan: &Self| plan.drawn.get(at).is_some_and(|drawn| drawn.correlated.is_none());
        let fixed = |plan: &Self| alone(plan) && plan.drawn_from(at).is_some();
        let pair = self.columns.drawn.get(at).zip(other.columns.drawn.get(at));
        let same = |(a, b): (&Parameter, &Parameter)| a.unit == b.unit && a.drawn_from() == b.drawn_from();
        pair.is_some_and(same) && fixed(self) && fixed(other)
    }

    /// Whether any parameter has a proposal, so that weights differ from 1.
    pub fn is_weighted(&self) -> bool {
        self.drawn.iter().any(|drawn| drawn.proposal.is_some())
    }

    /// Computes a whole row, and the logarithm of its weight: nominal density over proposal density, up to the
    /// requirements' common constant; 0 for [`From::Nominal`], negative infinity where the nominal never does this.
    /// `pinned` holds a value or NaN for each drawn parameter, or nothing: a pinned one keeps its value and adds nothing to
    /// the weight.
    ///
    /// # Errors
    /// A distribution or expression that cannot be evaluated with these values.
    pub fn fill(&self, inputs: Inputs<'_>, from: From, pinned: &[f64], row: &mut [f64]) -> Result<f64, PlanError> {
        let mut scores = [0.0; MOST_CORRELATED];
        let mut nominal_scores = [0.0; MOST_CORRELATED];
        let copula = self.copula.as_ref().filter(|_| !matches!(inputs, Inputs::Levels(_)));
        if let Some((copula, members)) = copula {
            for (slot, member) in scores.iter_mut().zip(members) {
                *slot = match inputs {
                    Inputs::Units(units) => normal_quantile(units.get(*member).copied().unwrap_or(0.5)),
                    Inputs::Scores(all) => all.get(*member).copied().unwrap_or(0.0),
                    Inputs::Levels(_) => 0.0,
                };
            }
            copula.correlate(scores.get_mut(..members.len()).unwrap_or_default());
            nominal_scores = scores;
        }
        let mut ln_weight = 0.0;
        for step in &self.steps {
            match step {
                Step::Draw(at) => {
                    ln_weight += self.draw_one(*at, inputs, from, pinned, &mut scores, &mut nominal_scores, row)?;
                }
                Step::Place { region, shares, n_shares, to, n_to } => {
                    let mut at = [0.0; 3];
                    at.iter_mut()
                        .zip(row.iter().skip(*shares).take(*n_shares))
                        .for_each(|(slot, share)| *slot = *share);
                    let point = region.point(at, row).map_err(|error| self.computed(*to, &error.to_string()))?;
                    row.iter_mut().skip(*to).take(*n_to).zip(point).for_each(|(slot, number)| *slot = number);
                }
                Step::Derive { formula, to } => {
                    let number = formula.number(row).map_err(|error| self.computed(*to, &error.to_string()))?;
                    if let Some(slot) = row.get_mut(*to) {
                        *slot = number;
                    }
                }
            }
        }
        if let Some((copula, members)) = copula.filter(|_| from != From::Nominal)
            && scores != nominal_scores
        {
            let of = |all: &[f64; MOST_CORRELATED]| copula.ln_density(all.get(..members.len()).unwrap_or_default());
            ln_weight += of(&nominal_scores) - of(&scores);
        }
        Ok(ln_weight)
    }

    #[expect(clippy::too_many_arguments, reason = "the inner loop of drawing: everything is a borrowed buffer")]
    fn draw_one(
        &self,
        at: usize,
        inputs: Inputs<'_>,
        from: From,
        pinned: &[f64],
        scores: &mut [f64; MOST_CORRELATED],
        nominal_scores: &mut [f64; MOST_CORRELATED],
        row: &mut [f64],
    ) -> Result<f64, PlanError> {
        let Some(drawn) = self.drawn.get(at) else { return Ok(0.0) };
        if let Some(value) = pinned.get(at).copied().filter(|value| !value.is_nan()) {
            if let Some(slot) = row.get_mut(at) {
                *slot = value;
            }
            return Ok(0.0);
        }
        let proposal = drawn.proposal.as_ref().filter(|_| from != From::Nominal);
        let (given, part) = match proposal.filter(|_| from == From::Proposal) {
            Some(proposal) => (proposal, "proposal"),
            None => (&drawn.nominal, "nominal"),
        };
        let law = given.law(row).map_err(|text| self.about(at, part, &text))?;
        let value = match (drawn.correlated.and_then(|place| scores.get(place)), inputs) {
            (_, Inputs::Levels(shares)) => at_level(&law, shares.get(at).copied().unwrap_or(0.5)),
            (Some(score), _) => law.at_normal(*score),
            (None, Inputs::Units(units)) => law.quantile(units.get(at).copied().unwrap_or(0.5)),
            (None, Inputs::Scores(all)) => law.at_normal(all.get(at).copied().unwrap_or(0.0)),
        };
        if !value.is_finite() {
            let text = format!("it draws {value}, which is not a finite number; narrow the distribution");
            return Err(self.about(at, part, &text));
        }
        if let Some(slot) = row.get_mut(at) {
            *slot = value;
        }
        let Some(proposal) = proposal else { return Ok(0.0) };
        // One of the two is the law that was drawn from; it is not prepared twice.
        let (other, part) = if from == From::Proposal { (&drawn.nominal, "nominal") } else { (proposal, "proposal") };
        let other = other.law(row).map_err(|text| self.about(at, part, &text))?;
        let (nominal, proposal) = if from == From::Proposal { (&other, &law) } else { (&law, &other) };
        if let Some(place) = drawn.correlated {
            let moved = if from == From::Proposal { &mut *nominal_scores } else { &mut *scores };
            if let Some(slot) = moved.get_mut(place) {
                *slot = other.normal_score(value);
            }
        }
        Ok(ln_ratio(nominal, proposal, value))
    }

    fn about(&self, drawn: usize, part: &str, text: &str) -> PlanError {
        let name = self.columns.drawn.get(drawn).map_or("", |parameter| parameter.name.as_str());
        PlanError(format!("parameter `{name}`, {part}: {text}"))
    }

    fn computed(&self, column: usize, text: &str) -> PlanError {
        let name = self.columns.all.get(column).map_or("", |column| column.name.as_str());
        PlanError(format!("`{name}`: {text}"))
    }
}

/// The value at a share of a law; where a side has no end, one in ten thousand lies beyond it.
fn at_level(law: &Law, share: f64) -> f64 {
    /// What is left out on a side without an end.
    const BEYOND: f64 = 1e-4;
    let (low, high) = law.support();
    match share {
        share if share <= 0.0 => {
            if low.is_finite() {
                low
            } else {
                law.quantile(BEYOND)
            }
        }
        share if share >= 1.0 => {
            if high.is_finite() {
                high
            } else {
                law.upper_quantile(BEYOND)
            }
        }
        share => law.quantile(share),
    }
}

impl Given {
    fn fixed(&self) -> Option<&Law> {
        match self {
            Self::Fixed(law) => Some(law),
            Self::Depends(_) => None,
        }
    }

    fn law(&self, row: &[f64]) -> Result<std::borrow::Cow<'_, Law>, String> {
        match self {
            Self::Fixed(law) => Ok(std::borrow::Cow::Borrowed(law)),
            Self::Depends(depends) => depends.law(row).map(std::borrow::Cow::Owned),
        }
    }
}

impl Depends {
    fn law(&self, row: &[f64]) -> Result<Law, String> {
        let mut holds = |when: &str| match self.conditions.get(when) {
            Some(formula) => formula.holds(row).map_err(|error| format!("`{when}`: {error}")),
            None => Err(format!("the condition `{when}` was not prepared")),
        };
        let chosen = self.distribution.choose(&mut holds)?;
        let numbers = chosen.try_map(&mut |spot: Spot, bound: &Bounded| {
            bound.number(row).map_err(|error| format!("{}: {error}", spot.path))
        })?;
        Law::new(&numbers, self.turn)
    }
}
