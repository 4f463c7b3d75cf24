//! Preparing a family: every distribution, place, derived quantity and requirement is bound, and what stands in the way
//! becomes a finding with its field.

use std::collections::{BTreeMap, BTreeSet};

use super::{Depends, Drawn, Given, Plan, Rule, Spot, Step};
use crate::base::text::did_you_mean;
use crate::family::columns::{ColumnKind, Columns};
use crate::family::copula::Copula;
use crate::family::distribution::{Distribution, Law, NumberKind, full_turn};
use crate::family::expression::{Expression, Kind, Scope};
use crate::family::{Bound, Bounded, Family, Finding, Severity, order};

/// Gathers what is wrong while it prepares.
pub(super) struct Builder<'a> {
    family: &'a Family,
    columns: Columns,
    scope: Scope,
    findings: Vec<Finding>,
    /// For each column: the columns that it needs.
    needs: Vec<BTreeSet<usize>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(family: &'a Family) -> Self {
        let columns = Columns::of(family);
        let scope = columns.scope();
        let needs = vec![BTreeSet::new(); columns.all.len()];
        Self { family, columns, scope, findings: Vec::new(), needs }
    }

    fn error(&mut self, field: impl Into<String>, text: impl Into<String>) {
        self.findings.push(Finding { severity: Severity::Error, field: field.into(), text: text.into() });
    }

    pub(super) fn build(mut self) -> Result<Plan, Vec<Finding>> {
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
        let of =
            |place: &crate::family::Place| name.strip_prefix(place.name.as_str())?.strip_prefix('_').map(str::to_owned);
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
            let symbol = if spot.kind == NumberKind::Pure { "" } else { symbol };
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
        // Cases have a law only once one is chosen, even where there is none to choose from.
        is_fixed &= !matches!(distribution, Distribution::Cases { .. });
        for text in conditions_of(distribution) {
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
                    let hint = did_you_mean(name, known);
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
                let hint = did_you_mean(&place.on, family.regions.keys().map(String::as_str));
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
            if expression.kind() == Kind::Number {
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
        let circle = match order::order(&self.needs) {
            Ok(order) => return order,
            Err(circle) => circle,
        };
        let columns = circle.iter().filter_map(|at| self.columns.all.get(*at));
        let names: Vec<String> = columns.map(|column| format!("`{}`", column.name)).collect();
        let first = circle.first().copied().unwrap_or_default();
        let field = match self.columns.all.get(first).map(|column| column.kind) {
            Some(ColumnKind::Derived(at)) => format!("derived[{at}].is"),
            Some(ColumnKind::Place(at, _)) => format!("places[{at}]"),
            _ => format!("{}.nominal", self.field(first)),
        };
        let text = format!("each needs the next, in a circle: {}; break it in one place", names.join(" → "));
        self.error(field, text);
        Vec::new()
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
