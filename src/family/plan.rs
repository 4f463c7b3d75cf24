//! A family made ready to draw: laws prepared, expressions bound, everything in an order in which it can be computed.
//!
//! From one number a drawn parameter (a uniform or a normal score) a plan computes the whole row of a draw and the
//! logarithm of its weight. It makes no random number and refuses nothing by itself: that is `sample`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{ColumnKind, Columns};
use super::copula::{Copula, MOST_CORRELATED};
use super::distribution::{Distribution, Law, Place as Spot, full_turn, ln_ratio};
use super::expression::{Expression, Formula, Scope};
use super::{Bound, BoundRegion, Bounded, Family, Finding, Severity};
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
        Builder::new(family).build()
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

/// Gathers what is wrong while it prepares.
struct Builder<'a> {
    family: &'a Family,
    columns: Columns,
    scope: Scope,
    findings: Vec<Finding>,
    /// For each column: the columns that it needs.
    needs: Vec<BTreeSet<usize>>,
}

impl<'a> Builder<'a> {
    fn new(family: &'a Family) -> Self {
        let columns = Columns::of(family);
        let scope = columns.scope();
        let needs = vec![BTreeSet::new(); columns.all.len()];
        Self { family, columns, scope, findings: Vec::new(), needs }
    }

    fn error(&mut self, field: impl Into<String>, text: impl Into<String>) {
        self.findings.push(Finding { severity: Severity::Error, field: field.into(), text: text.into() });
    }

    fn build(mut self) -> Result<Plan, Vec<Finding>> {
        let mut drawn = self.drawn();
        let copula = self.copula(&mut drawn);
        let mut steps: BTreeMap<usize, Step> = (0..drawn.len()).map(|at| (at, Step::Draw(at))).collect();
        self.places(&mut steps);
        self.derived(&mut steps);
        let mut requirements = self.requirements();
        let order = self.order();
        for rule in &mut requirements {
            rule.drawn = self.drawn_behind(&rule.reads);
        }
        if !self.findings.is_empty() {
            return Err(self.findings);
        }
        let steps = order.into_iter().filter_map(|column| steps.remove(&column)).collect();
        Ok(Plan { columns: self.columns, scope: self.scope, steps, drawn, copula, requirements })
    }

    /// The field of a drawn parameter's distributions.
    fn field(&self, at: usize) -> String {
        if at < self.family.parameters.len() {
            return format!("parameters[{at}]");
        }
        let name = self.columns.all.get(at).map_or("", |column| column.name.as_str());
        let of = |place: &super::Place| name.strip_prefix(place.name.as_str())?.strip_prefix('_').map(str::to_owned);
        let found = self.family.places.iter().enumerate().find_map(|(at, place)| Some((at, of(place)?)));
        found.map_or_else(|| "places".to_owned(), |(at, ending)| format!("places[{at}].{ending}"))
    }

    fn drawn(&mut self) -> Vec<Drawn> {
        let parameters = self.columns.drawn.clone();
        let mut drawn = Vec::with_capacity(parameters.len());
        for (at, parameter) in parameters.iter().enumerate() {
            let field = self.field(at);
            let turn = full_turn(&parameter.unit);
            let nominal = self.given(at, &format!("{field}.nominal"), &parameter.unit, &parameter.nominal, turn);
            let proposal = parameter.proposal.as_ref();
            let proposal = proposal
                .and_then(|proposal| self.given(at, &format!("{field}.proposal"), &parameter.unit, proposal, turn));
            if let Some(nominal) = nominal {
                drawn.push(Drawn { nominal, proposal, correlated: None });
            }
        }
        drawn
    }

    fn given(
        &mut self,
        at: usize,
        field: &str,
        symbol: &str,
        distribution: &Distribution<Bound>,
        turn: Option<f64>,
    ) -> Option<Given> {
        let mut wrong: Vec<(String, String)> = Vec::new();
        let mut reads = BTreeSet::new();
        let mut is_fixed = true;
        let scope = &self.scope;
        let bounded: Result<_, ()> = distribution.try_map(&mut |spot: Spot, bound: &Bound| {
            let symbol = if spot.kind == super::distribution::NumberKind::Pure { "" } else { symbol };
            if let Bound::Expression(text) = bound {
                is_fixed = false;
                reads.extend(Expression::compile(text).map(|e| e.variables().clone()).unwrap_or_default());
            }
            Ok(bound.bind(scope, symbol).unwrap_or_else(|error| {
                let joint = if spot.path.is_empty() || spot.path.starts_with('[') { "" } else { "." };
                wrong.push((format!("{field}{joint}{}", spot.path), error.to_string()));
                Bounded::Number(f64::NAN)
            }))
        });
        let mut conditions = BTreeMap::new();
        let texts = conditions_of(distribution);
        is_fixed &= texts.is_empty();
        for text in texts {
            match Expression::compile(&text).and_then(|expression| {
                reads.extend(expression.variables().clone());
                expression.bind(scope)
            }) {
                Ok(formula) => drop(conditions.insert(text, formula)),
                Err(error) => wrong.push((field.to_owned(), format!("`{text}`: {error}"))),
            }
        }
        let places: BTreeSet<usize> = reads.iter().filter_map(|name| self.scope.place(name)).collect();
        if let Some(needs) = self.needs.get_mut(at) {
            needs.extend(places);
        }
        for (field, text) in &wrong {
            self.error(field.clone(), text.clone());
        }
        let bounded = bounded.ok().filter(|_| wrong.is_empty())?;
        if !is_fixed {
            return Some(Given::Depends(Box::new(Depends { distribution: bounded, conditions, turn })));
        }
        let numbers: Result<Distribution, String> =
            bounded.try_map(&mut |_: Spot, bound: &Bounded| bound.number(&[]).map_err(|error| error.to_string()));
        match numbers.and_then(|numbers| Law::new(&numbers, turn)) {
            Ok(law) => Some(Given::Fixed(Box::new(law))),
            Err(text) => {
                self.error(field, text);
                None
            }
        }
    }

    fn copula(&mut self, drawn: &mut [Drawn]) -> Option<(Copula, Vec<usize>)> {
        let family = self.family;
        let mut unknown = false;
        for (at, pair) in family.correlations.iter().enumerate() {
            for (part, name) in [("a", &pair.a), ("b", &pair.b)] {
                let known = self.columns.drawn.iter().map(|parameter| parameter.name.as_str());
                if !known.clone().any(|other| other == name) {
                    let hint = crate::base::text::did_you_mean(name, known);
                    let text = format!("`{name}` is not a parameter that is drawn{hint}");
                    self.error(format!("correlations[{at}].{part}"), text);
                    unknown = true;
                }
            }
        }
        if unknown {
            return None;
        }
        let copula = match Copula::new(&family.correlations) {
            Ok(copula) => copula?,
            Err((at, text)) => {
                self.error(format!("correlations[{at}]"), text);
                return None;
            }
        };
        let members: Vec<usize> = copula.names.iter().filter_map(|name| self.columns.position(name)).collect();
        for (place, member) in members.iter().enumerate() {
            let Some(drawn) = drawn.get_mut(*member) else { continue };
            drawn.correlated = Some(place);
            let discrete = drawn.nominal.fixed().is_some_and(Law::is_discrete);
            if discrete && drawn.proposal.is_some() {
                let text = "a correlated parameter with single values cannot have a proposal: its weight would depend on \
                            what is not in the draw; remove the proposal or the correlation";
                let field = format!("{}.proposal", self.field(*member));
                self.error(field, text);
            }
        }
        Some((copula, members))
    }

    fn places(&mut self, steps: &mut BTreeMap<usize, Step>) {
        let family = self.family;
        for (at, place) in family.places.iter().enumerate() {
            let Some(region) = family.regions.get(&place.on) else {
                let hint = crate::base::text::did_you_mean(&place.on, family.regions.keys().map(String::as_str));
                let text = format!("no region is called `{}`{hint}; add it under `regions`", place.on);
                self.error(format!("places[{at}].on"), text);
                continue;
            };
            let to = self.columns.all.iter().position(|column| column.kind == ColumnKind::Place(at, 0));
            let first =
                region.shares().first().and_then(|ending| self.columns.position(&format!("{}_{ending}", place.name)));
            let (Some(to), Some(shares)) = (to, first) else { continue };
            let (n_shares, n_to) = (region.shares().len(), region.gives().len());
            match region.bind(&self.scope) {
                Ok(bound) => drop(steps.insert(to, Step::Place { region: bound, shares, n_shares, to, n_to })),
                Err(error) => self.error(format!("regions.{}", place.on), error.to_string()),
            }
            let mut reads: BTreeSet<usize> = (shares..shares + n_shares).collect();
            for (_, _, bound) in region.bounds() {
                if let Bound::Expression(text) = bound {
                    let names = Expression::compile(text).map(|e| e.variables().clone()).unwrap_or_default();
                    reads.extend(names.iter().filter_map(|name| self.scope.place(name)));
                }
            }
            for component in 0..n_to {
                // The first component computes all of them.
                let needs = if component == 0 { reads.clone() } else { BTreeSet::from([to]) };
                if let Some(slot) = self.needs.get_mut(to + component) {
                    *slot = needs;
                }
            }
        }
    }

    fn derived(&mut self, steps: &mut BTreeMap<usize, Step>) {
        let family = self.family;
        for (at, derived) in family.derived.iter().enumerate() {
            let Some(to) = self.columns.all.iter().position(|column| column.kind == ColumnKind::Derived(at)) else {
                continue;
            };
            let bound = Expression::compile(&derived.is).and_then(|expression| {
                let reads = expression.variables().iter().filter_map(|name| self.scope.place(name)).collect();
                Ok((expression.bind_in(&self.scope, &derived.unit)?, reads))
            });
            match bound {
                Ok((formula, reads)) => {
                    steps.insert(to, Step::Derive { formula, to });
                    if let Some(slot) = self.needs.get_mut(to) {
                        *slot = reads;
                    }
                }
                Err(error) => self.error(format!("derived[{at}].is"), error.to_string()),
            }
        }
    }

    fn requirements(&mut self) -> Vec<Rule> {
        let family = self.family;
        let mut rules = Vec::with_capacity(family.requirements.len());
        for (at, requirement) in family.requirements.iter().enumerate() {
            let probability = requirement.probability.unwrap_or(1.0);
            if !(probability > 0.0 && probability <= 1.0) {
                let text = format!(
                    "the probability is {probability}, but must be above 0 and at most 1; leave it out for always"
                );
                self.error(format!("requirements[{at}].probability"), text);
            }
            let field = format!("requirements[{at}].that");
            let expression = match Expression::compile(&requirement.that) {
                Ok(expression) => expression,
                Err(error) => {
                    self.error(field, error.to_string());
                    continue;
                }
            };
            if expression.kind() == super::expression::Kind::Number {
                self.error(field, "expected a condition such as `x > 1`, but this is a number");
                continue;
            }
            match expression.bind(&self.scope) {
                Ok(formula) => rules.push(Rule {
                    name: requirement.name.clone(),
                    that: requirement.that.clone(),
                    probability,
                    reads: expression.variables().iter().filter_map(|name| self.scope.place(name)).collect(),
                    drawn: Vec::new(),
                    formula,
                }),
                Err(error) => self.error(field, error.to_string()),
            }
        }
        rules
    }

    /// The columns in an order in which each comes after those that it needs; a circle is a finding.
    fn order(&mut self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.needs.len());
        let mut done = BTreeSet::new();
        loop {
            let ready = |(at, needs): &(usize, &BTreeSet<usize>)| !done.contains(at) && needs.is_subset(&done);
            let Some(next) = self.needs.iter().enumerate().find(ready).map(|(at, _)| at) else { break };
            done.insert(next);
            order.push(next);
        }
        if order.len() < self.needs.len() {
            let circle = self.circle(&done);
            let names: Vec<String> = circle
                .iter()
                .filter_map(|at| self.columns.all.get(*at))
                .map(|column| format!("`{}`", column.name))
                .collect();
            let first = circle.first().copied().unwrap_or_default();
            let field = match self.columns.all.get(first).map(|column| column.kind) {
                Some(ColumnKind::Derived(at)) => format!("derived[{at}].is"),
                Some(ColumnKind::Place(at, _)) => format!("places[{at}]"),
                _ => format!("{}.nominal", self.field(first)),
            };
            let text = format!("each needs the next, in a circle: {}; break it in one place", names.join(" → "));
            self.error(field, text);
        }
        order
    }

    /// The drawn parameters that columns follow from, rising.
    fn drawn_behind(&self, columns: &[usize]) -> Vec<usize> {
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        let mut open: Vec<usize> = columns.to_vec();
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                open.extend(self.needs.get(at).into_iter().flatten());
            }
        }
        seen.into_iter().filter(|at| *at < self.columns.drawn.len()).collect()
    }

    /// A circle among the columns that are not done, its first column repeated at the end.
    fn circle(&self, done: &BTreeSet<usize>) -> Vec<usize> {
        let Some(mut at) = (0..self.needs.len()).find(|at| !done.contains(at)) else { return Vec::new() };
        let mut path = Vec::new();
        while !path.contains(&at) {
            path.push(at);
            let Some(next) = self.needs.get(at).and_then(|needs| needs.iter().find(|need| !done.contains(need))) else {
                break;
            };
            at = *next;
        }
        let begin = path.iter().position(|step| *step == at).unwrap_or_default();
        let mut circle: Vec<usize> = path.split_off(begin);
        circle.push(at);
        circle
    }
}

/// The texts of a distribution's conditions, through cases of cases.
fn conditions_of(distribution: &Distribution<Bound>) -> Vec<String> {
    let Distribution::Cases { of, otherwise } = distribution else { return Vec::new() };
    let mut texts = conditions_of(otherwise);
    for case in of {
        texts.push(case.when.clone());
        texts.extend(conditions_of(&case.then));
    }
    texts
}
