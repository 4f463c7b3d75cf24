//! What the inspector shows of a family, computed once a frame at most: laws in the shown draw, curves, quantiles.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::family::distribution::{Place, full_turn};
use crate::family::{Bound, Columns, Distribution, Expression, Family, Finding, Law, Scope, variant};
use crate::world;

use super::acceptance::Acceptance;
use super::grip::explicit;

/// Points of a drawn density.
const POINTS: usize = 193;

/// The probabilities of the shown quantiles.
pub const TAILS: [f64; 7] = [0.001, 0.01, 0.05, 0.5, 0.95, 0.99, 0.999];

/// A family as the inspector shows it.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// The family.
    pub family: Arc<Family>,
    /// What expressions over a draw may read.
    pub scope: Arc<Scope>,
    /// What an event's condition may read.
    pub live: Arc<Scope>,
    /// What is wrong.
    pub findings: Arc<[Finding]>,
    /// The shown draw's values.
    pub values: BTreeMap<String, f64>,
    /// What the measures say of the shown episode.
    pub measured: BTreeMap<String, f64>,
    /// When each event began in the shown episode, in seconds; `None` where it did not. Empty while that is not known.
    pub begun: BTreeMap<String, Option<f64>>,
    /// The selected parameter.
    pub selected: Option<Arc<Selected>>,
    /// Its values in simulated draws: with the rare event, and without.
    pub marks: [Vec<f64>; 2],
    /// What the requirements do to candidates; `None` while it is not known.
    pub acceptance: Option<Arc<Acceptance>>,
    /// How often the rare event happens; `None` while nothing is simulated.
    pub rare: Option<RareShare>,
    /// What the family has from its base; `None` where it is no variant.
    pub inherited: Option<Arc<Inherited>>,
    /// The thing whose file could not be taken into the study, and why.
    pub refused: Option<(String, String)>,
    /// The window's real set, whose columns can be taken.
    pub real: Option<String>,
}

/// What a variant has of its own, over its base.
#[derive(Clone, Debug, PartialEq)]
pub struct Inherited {
    /// The base as it is now.
    pub base: Arc<Family>,
    /// What the variant says itself.
    pub own: Vec<variant::Own>,
}

impl Inherited {
    /// What the variant itself says of a part; `None` where it inherits it.
    pub fn own(&self, list: &str, key: &str) -> Option<&variant::Own> {
        self.own.iter().find(|own| own.list == list && own.key == key)
    }
}

/// How often the rare event happened among simulated draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RareShare {
    /// Simulated draws.
    pub n: usize,
    /// Their share with the rare event.
    pub of_draws: f64,
    /// The same weighted: the share in reality; `None` where weights are not known.
    pub of_reality: Option<f64>,
}

/// The selected parameter with both distributions.
#[derive(Clone, Debug)]
pub struct Selected {
    /// Its place in the family.
    pub at: usize,
    /// Nominal, and what is drawn from.
    pub sides: [Side; 2],
    /// Between which values both are shown.
    pub range: [f64; 2],
    /// A whole turn in its unit.
    pub full_turn: Option<f64>,
    /// The share of draws below the nominal's 1 % and above its 99 %.
    pub beyond: [f64; 2],
}

/// What a family's expressions may read: the same in every draw.
#[derive(Clone, Debug)]
pub struct Names {
    /// The quantities of a draw.
    pub columns: Columns,
    /// What expressions over a draw may read.
    pub scope: Arc<Scope>,
    /// What an event's condition may read.
    pub live: Arc<Scope>,
}

impl Names {
    /// Those of `family`.
    pub fn of(family: &Family) -> Self {
        let columns = Columns::of(family);
        let scope = columns.scope();
        let mut live = scope.clone();
        for (name, symbol) in &world::vocabulary(family).live {
            // A name that stands twice is a finding of validation.
            let _twice = live.push(name, symbol);
        }
        Self { columns, scope: Arc::new(scope), live: Arc::new(live) }
    }

    /// A draw's numbers in the order of the columns; 0 where one is missing.
    pub fn row(&self, values: &BTreeMap<String, f64>) -> Vec<f64> {
        self.columns.names().map(|name| values.get(name).copied().unwrap_or(0.0)).collect()
    }
}

/// One of a parameter's two distributions, in the shown draw.
#[derive(Clone, Debug)]
pub struct Side {
    /// As the file holds it, with its optional numbers written.
    pub written: Distribution<Bound>,
    /// Where in the file's the shown one stands (`"of[1].then"`); empty without cases.
    pub chosen: String,
    /// In numbers, or why there are none.
    pub numbers: Result<Distribution, String>,
    /// Its law.
    pub law: Option<Law>,
    /// Its density over the common range.
    pub curve: Vec<[f64; 2]>,
    /// Quantiles of [`TAILS`].
    pub quantiles: [f64; 7],
}

/// What is asked of [`inspect`].
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The family.
    pub family: &'a Arc<Family>,
    /// What is wrong with it.
    pub findings: &'a Arc<[Finding]>,
    /// The shown draw's values.
    pub values: BTreeMap<String, f64>,
    /// What the measures say of the shown episode.
    pub measured: BTreeMap<String, f64>,
    /// When each event began in the shown episode.
    pub begun: BTreeMap<String, Option<f64>>,
    /// The selected parameter's name.
    pub selected: Option<&'a str>,
    /// What the requirements do.
    pub acceptance: Option<Arc<Acceptance>>,
    /// How often the rare event happens.
    pub rare: Option<RareShare>,
    /// Values of the selected parameter in simulated draws: with the rare event, and without.
    pub marks: [Vec<f64>; 2],
    /// What the family has from its base.
    pub inherited: Option<Arc<Inherited>>,
}

/// Everything that the inspector shows.
pub fn inspect(question: Question<'_>) -> Inspected {
    let names = Names::of(question.family);
    let row = names.row(&question.values);
    let selected = question.selected.and_then(|name| select(question.family, name, &names.scope, &row));
    inspect_with(question, &names, selected.map(Arc::new))
}

/// As [`inspect`], with what is kept from frame to frame: the family's names, and the selected parameter.
pub fn inspect_with(question: Question<'_>, names: &Names, selected: Option<Arc<Selected>>) -> Inspected {
    Inspected {
        family: Arc::clone(question.family),
        scope: Arc::clone(&names.scope),
        live: Arc::clone(&names.live),
        findings: Arc::clone(question.findings),
        values: question.values,
        measured: question.measured,
        begun: question.begun,
        selected,
        marks: question.marks,
        acceptance: question.acceptance,
        rare: question.rare,
        inherited: question.inherited,
        refused: None,
        real: None,
    }
}

/// What the first `n_measures` measures and the draw give to an expression over the finished episode.
pub fn outcome_scope(family: &Family, n_measures: usize) -> Scope {
    let vocabulary = world::vocabulary(family);
    let mut scope = Columns::of(family).scope();
    // A unit that is none is a finding of validation; here the name counts as a pure number.
    let mut push = |name: &str, unit: &str| {
        let _pure = scope.push(name, unit).or_else(|_| scope.push(name, ""));
    };
    vocabulary.summary.iter().for_each(|(name, unit)| push(name, unit));
    family.measures.iter().take(n_measures).for_each(|measure| push(&measure.name, &measure.unit));
    for (name, unit) in &vocabulary.signals {
        let _known = scope.push_series(name, unit);
    }
    scope
}

/// A parameter's two laws in a draw, by its distributions alone: they are there even where the family as a whole is not sound.
pub fn laws_of(parameter: &crate::family::Parameter, scope: &Scope, row: &[f64]) -> Option<(Law, Law)> {
    let turn = full_turn(&parameter.unit);
    let law = |of: &Distribution<Bound>| side(of, &parameter.unit, turn, scope, row).law;
    let nominal = law(&parameter.nominal)?;
    let drawn = parameter.proposal.as_ref().map_or_else(|| Some(nominal.clone()), law)?;
    Some((nominal, drawn))
}

/// The parameter called `name` in the draw whose numbers are `row`; `None` where the family has none of this name.
pub fn select(family: &Family, name: &str, scope: &Scope, row: &[f64]) -> Option<Selected> {
    let (at, parameter) = family.parameters.iter().enumerate().find(|(_, parameter)| parameter.name == name)?;
    let full_turn = full_turn(&parameter.unit);
    let of = |of: &Distribution<Bound>| side(of, &parameter.unit, full_turn, scope, row);
    let nominal = of(&parameter.nominal);
    let drawn = parameter.proposal.as_ref().map_or_else(|| nominal.clone(), of);
    let mut sides = [nominal, drawn];
    let ranges = sides.iter().filter_map(|side| side.law.as_ref()).map(Law::shown_range);
    let (low, high) = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0.0, 1.0));
    let room = if high > low { 0.04 * (high - low) } else { 0.5 * low.abs().max(1.0) };
    let range = [low - room, high + room];
    for side in &mut sides {
        side.curve = side.law.as_ref().map_or_else(Vec::new, |law| curve(law, range, POINTS));
        side.quantiles = TAILS.map(|p| side.law.as_ref().map_or(f64::NAN, |law| tail(law, p)));
    }
    let [nominal, drawn] = &sides;
    let beyond = match (&nominal.law, &drawn.law) {
        (Some(nominal), Some(drawn)) => {
            let (low, high) = (nominal.quantile(0.01), nominal.upper_quantile(0.01));
            [drawn.cdf(low) - drawn.mass(low), drawn.survival(high)]
        }
        _ => [f64::NAN; 2],
    };
    Some(Selected { at, sides, range, full_turn, beyond })
}

fn tail(law: &Law, p: f64) -> f64 {
    if p <= 0.5 { law.quantile(p) } else { law.upper_quantile(1.0 - p) }
}

fn side(of: &Distribution<Bound>, unit: &str, turn: Option<f64>, scope: &Scope, row: &[f64]) -> Side {
    let written = explicit(of);
    let (chosen, numbers) = match choose(&written, scope, row) {
        Ok((chosen, of)) => (chosen, numbers(of, unit, scope, row)),
        Err(why) => (String::new(), Err(why)),
    };
    let (numbers, law) = match numbers {
        Ok(numbers) => match Law::new(&numbers, turn) {
            Ok(law) => (Ok(numbers), Some(law)),
            Err(why) => (Err(why), None),
        },
        Err(why) => (Err(why), None),
    };
    Side { written, chosen, numbers, law, curve: Vec::new(), quantiles: [f64::NAN; 7] }
}

/// The distribution that holds in a draw, and its path through cases of cases.
fn choose<'a>(
    of: &'a Distribution<Bound>,
    scope: &Scope,
    row: &[f64],
) -> Result<(String, &'a Distribution<Bound>), String> {
    let (mut path, mut chosen) = (String::new(), of);
    while let Distribution::Cases { of, otherwise } = chosen {
        let mut next = ("otherwise".to_owned(), &**otherwise);
        for (at, case) in of.iter().enumerate() {
            let formula = Expression::compile(&case.when).and_then(|expression| expression.bind(scope));
            if formula.and_then(|formula| formula.holds(row)).map_err(|error| format!("`{}`: {error}", case.when))? {
                next = (format!("of[{at}].then"), &case.then);
                break;
            }
        }
        path = if path.is_empty() { next.0 } else { format!("{path}.{}", next.0) };
        chosen = next.1;
    }
    Ok((path, chosen))
}

fn numbers(of: &Distribution<Bound>, unit: &str, scope: &Scope, row: &[f64]) -> Result<Distribution, String> {
    of.try_map(&mut |place: Place, bound: &Bound| {
        let symbol = if place.kind == crate::family::distribution::NumberKind::Pure { "" } else { unit };
        let told = |error: String| if place.path.is_empty() { error } else { format!("{}: {error}", place.path) };
        let bounded = bound.bind(scope, symbol).map_err(|error| told(error.to_string()))?;
        bounded.number(row).map_err(|error| told(error.to_string()))
    })
}

/// The density of `law` as points over `range`; spikes of the height of their probability where there are single values.
pub fn curve(law: &Law, range: [f64; 2], n_points: usize) -> Vec<[f64; 2]> {
    if law.is_discrete() {
        let narrow = (range[1] - range[0]).max(1e-9) * 0.004;
        let spike = |(value, share): (f64, f64)| {
            [[value - narrow, 0.0], [value - narrow, share], [value + narrow, share], [value + narrow, 0.0]]
        };
        return law.atoms().into_iter().flat_map(spike).collect();
    }
    let step = (range[1] - range[0]) / (n_points - 1) as f64;
    let mut xs: Vec<f64> = (0..n_points).map(|at| range[0] + at as f64 * step).collect();
    // Ends and gaps are steep: without points at both of their sides they would lean.
    let hair = 1e-6 * (range[1] - range[0]);
    let ends = law.pieces().into_iter().flat_map(|(low, high)| [low - hair, low + hair, high - hair, high + hair]);
    xs.extend(ends.filter(|x| *x > range[0] && *x < range[1]));
    xs.sort_by(f64::total_cmp);
    // Infinite only where a density has a pole at its end.
    xs.into_iter().map(|x| [x, law.density(x)]).filter(|[_, y]| y.is_finite()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::distribution::Case;
    use crate::family::{Parameter, written};

    fn number(value: f64) -> Bound {
        Bound::Number(value)
    }

    #[test]
    fn a_dependent_law_is_that_of_the_shown_draw() {
        let mut family = Family::new("f", "F", "tabletop");
        family.parameters.push(Parameter::new("a", "m", &Distribution::Uniform { low: 0.0, high: 1.0 }));
        let depends = Distribution::Uniform { low: number(0.0), high: Bound::Expression("2 * a".to_owned()) };
        let cases = Distribution::Cases {
            of: vec![Case { when: "a > 0.5".to_owned(), then: depends.clone() }],
            otherwise: Box::new(written(&Distribution::Constant(7.0))),
        };
        family.parameters.push(Parameter { nominal: cases, ..Parameter::new("b", "m", &Distribution::Constant(0.0)) });
        let family = Arc::new(family);
        let none: Arc<[Finding]> = Arc::new([]);
        let ask = |a: f64| {
            let values = BTreeMap::from([("a".to_owned(), a)]);
            let question = Question {
                family: &family,
                findings: &none,
                values,
                measured: BTreeMap::new(),
                begun: BTreeMap::new(),
                selected: Some("b"),
                acceptance: None,
                rare: None,
                marks: Default::default(),
                inherited: None,
            };
            inspect(question).selected.expect("is there")
        };
        let high = ask(0.8);
        assert_eq!(high.sides[0].chosen, "of[0].then");
        assert_eq!(high.sides[0].law.as_ref().expect("a law").support(), (0.0, 1.6));
        assert!((high.sides[0].quantiles[3] - 0.8).abs() < 1e-12, "its median");
        assert_eq!((ask(0.2).sides[0].chosen.as_str(), ask(0.2).sides[0].quantiles[0]), ("otherwise", 7.0));
    }

    #[test]
    fn shares_beyond_the_nominals_tails_are_its_own_where_there_is_no_proposal() {
        let mut family = Family::new("f", "F", "tabletop");
        let mut parameter = Parameter::new("a", "m", &Distribution::Normal { mean: 0.0, sd: 1.0 });
        let look = |family: &Family| select(family, "a", &Columns::of(family).scope(), &[0.0]).expect("there");
        family.parameters.push(parameter.clone());
        let same = look(&family).beyond;
        assert!(same.iter().all(|share| (share - 0.01).abs() < 1e-9), "{same:?}");
        parameter.proposal = Some(written(&Distribution::Normal { mean: 2.326_347_874_040_841, sd: 1.0 }));
        family.parameters[0] = parameter;
        assert!((look(&family).beyond[1] - 0.5).abs() < 1e-9, "half of the draws lie beyond");
    }

    #[test]
    fn curves_enclose_one() {
        let law = Law::new(&Distribution::Uniform { low: 0.0, high: 2.0 }, None).expect("a law");
        let points = curve(&law, [-0.1, 2.1], 97);
        let area: f64 = points.windows(2).map(|p| 0.5 * (p[1][0] - p[0][0]) * (p[0][1] + p[1][1])).sum();
        assert!((area - 1.0).abs() < 1e-4, "{area}");
    }
}
