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
use crate::family::{Distribution, Expression, Family};

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
    nominal: &'a Distribution,
    proposal: Option<&'a Distribution>,
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
            let proposal = parameter.proposal.as_ref();
            for distribution in [Some(&parameter.nominal), proposal].into_iter().flatten() {
                distribution.check().map_err(|text| {
                    SampleError::Distribution(format!("family `{}`, parameter `{}`: {text}", family.id, parameter.name))
                })?;
            }
            let purpose = format!("parameter {}", parameter.name);
            parameters.push(DrawnParameter { name: &parameter.name, purpose, nominal: &parameter.nominal, proposal });
        }
        let requirements = family.requirements.iter().map(|requirement| compiled(family, requirement));
        let requirements = requirements.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { family, key: StreamKey::new(study_seed, &family.id), parameters, requirements })
    }

    /// The family that is drawn from.
    pub fn family(&self) -> &'a Family {
        self.family
    }

    /// Whether candidates can be refused, so that weights are known up to a constant only.
    pub fn has_requirements(&self) -> bool {
        !self.requirements.is_empty()
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
                return Err(SampleError::Pinned(format!("family `{}` has no parameter `{name}` to pin", self.family.id)));
            }
            if !value.is_finite() {
                return Err(SampleError::Pinned(format!("`{name}` is pinned to {value}, which is not a finite number")));
            }
        }
        self.candidates(index, pinned).map(|(draw, _)| draw)
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
                let drawn = parameter.proposal.unwrap_or(parameter.nominal).quantile(stream.next_unit());
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
            let (Some(proposal), Some(value)) = (parameter.proposal, values.get(parameter.name)) else { continue };
            if !pinned.contains_key(parameter.name) {
                sum += parameter.nominal.ln_density(*value) - proposal.ln_density(*value);
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
            format!("only {percent:.2} % of the candidates meet the requirements, `{name}` refuses most; move the proposals"),
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
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::base::Silent;
    use crate::family::{Parameter, Role, Severity, Weighted, canonical, parse, validate};
    use crate::sample::weights::WeightSummary;
    use crate::sample::{Normalisation, estimate};

    fn empty_family() -> Family {
        let text = r#"(
            id: "f", title: "A family", version: 1,
            card: (rare_event: "a", artefact: "b", real_probe: "c", discard_rule: "d"),
            stage: "tabletop",
            camera: (width_px: 64, height_px: 48, vertical_fov_deg: 57, eye_m: (0, 0, 1), target_m: (1, 0, 0)),
            clock: (duration_s: 1, frame_rate_hz: 30),
            parameters: [], measures: [(name: "m", is: "1 > 0")], rare_event: "m",
        )"#;
        parse(text, "f.ron").unwrap()
    }

    fn parameter(name: &str, nominal: Distribution, proposal: Option<Distribution>) -> Parameter {
        let (name, unit) = (name.to_owned(), String::new());
        Parameter { name, unit, role: Role::Cause, about: String::new(), nominal, proposal }
    }

    fn requirement(name: &str, that: &str) -> crate::family::Requirement {
        crate::family::Requirement { name: name.to_owned(), that: that.to_owned(), because: String::new() }
    }

    fn normal(mean: f64, sd: f64) -> Distribution {
        Distribution::TruncatedNormal { mean, sd, low: -12.0, high: 12.0 }
    }

    /// A proposal far wider or narrower than its nominal, over the same support.
    fn random_distribution(stream: &mut Stream, support: (f64, f64), discrete: bool) -> Distribution {
        let (low, high) = support;
        if discrete {
            let weighted = |value: u32, weight: f64| Weighted { value: f64::from(value), weight, label: String::new() };
            return Distribution::Choice((0..4).map(|value| weighted(value, 0.1 + stream.next_unit())).collect());
        }
        match stream.next_below(3) {
            0 => Distribution::Uniform { low, high },
            1 => Distribution::LogUniform { low, high },
            _ => {
                let mean = low + (high - low) * (2.0 * stream.next_unit() - 0.5);
                Distribution::TruncatedNormal { mean, sd: (high - low) * (0.2 + stream.next_unit()), low, high }
            }
        }
    }

    fn random_family(seed: u64) -> Family {
        let mut stream = StreamKey::new(seed, "test").stream("family", 0);
        let mut family = empty_family();
        for index in 0..1 + stream.next_below(6) {
            let discrete = stream.next_below(4) == 0;
            let low = libm::exp(6.0 * stream.next_unit() - 3.0);
            let support = (low, low * (1.01 + 3.0 * stream.next_unit()));
            let nominal = random_distribution(&mut stream, support, discrete);
            let proposal = (stream.next_below(2) == 0).then(|| random_distribution(&mut stream, support, discrete));
            family.parameters.push(parameter(&format!("p{index}"), nominal, proposal));
        }
        family
    }

    #[test]
    fn random_families_validate_round_trip_and_draw_inside_their_support() {
        for seed in 0..200 {
            let family = random_family(seed);
            assert_eq!(validate(&family, &[]), [], "seed {seed}");
            assert_eq!(parse(&canonical(&family), "f.ron").as_ref(), Ok(&family), "seed {seed}");
            let sampler = Sampler::new(&family, seed).unwrap();
            for draw in sampler.draws(0..20, &Silent).unwrap().draws {
                for parameter in &family.parameters {
                    let (low, high) = parameter.nominal.support();
                    let value = draw.values[&parameter.name];
                    assert!(value >= low && value <= high, "seed {seed}, {parameter:?}: {value}");
                }
                assert!(draw.ln_weight.is_finite(), "seed {seed}: {draw:?}");
            }
        }
    }

    #[test]
    fn weights_average_to_one() {
        for seed in 0..8 {
            let family = random_family(seed);
            let draws = Sampler::new(&family, seed).unwrap().draws(0..20_000, &Silent).unwrap().draws;
            let ln: Vec<f64> = draws.iter().map(|draw| draw.ln_weight).collect();
            let summary = WeightSummary::of(&ln);
            // The standard error of the mean follows from the effective size: var = mean² (n / ess − 1) / n.
            let error = ((summary.n as f64 / summary.ess - 1.0) / summary.n as f64).sqrt();
            assert!((summary.mean - 1.0).abs() < 4.0 * error + 1e-12, "seed {seed}: {summary:?}");
        }
    }

    #[test]
    fn a_draw_is_the_same_alone_in_a_crowd_and_in_threads() {
        let mut family = random_family(3);
        family.requirements.push(requirement("r", "p0 > 0 && p1 - p1 < 1"));
        let sampler = Sampler::new(&family, 9).unwrap();
        let all = sampler.draws(0..3_000, &Silent).unwrap();
        assert_eq!(sampler.draw(7).unwrap(), all.draws[7], "7 of many");
        assert_eq!(sampler.draws(5..10, &Silent).unwrap().draws[2], all.draws[7], "7 of a shard");
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| sampler.draws(0..3_000, &Silent).unwrap()), all, "{threads} threads");
        }
        let other = Sampler::new(&family, 10).unwrap();
        assert_ne!(other.draw(7).unwrap().values, all.draws[7].values, "another seed");
    }

    #[test]
    fn other_parameters_do_not_matter() {
        for seed in 0..50 {
            let family = random_family(seed);
            let mut changed = family.clone();
            changed.parameters.reverse();
            changed.parameters.pop();
            changed.parameters.insert(0, parameter("new", normal(0.0, 1.0), None));
            let (before, after) = (Sampler::new(&family, 1).unwrap(), Sampler::new(&changed, 1).unwrap());
            for index in 0..10 {
                let (before, after) = (before.draw(index).unwrap(), after.draw(index).unwrap());
                for parameter in changed.parameters.iter().skip(1) {
                    assert_eq!(before.values[&parameter.name], after.values[&parameter.name], "seed {seed}");
                }
            }
        }
    }

    #[test]
    fn the_bits_are_fixed() {
        // A change of this number changes every study's draws: raise the stream's version instead.
        let mut family = empty_family();
        family.parameters.push(parameter("a", Distribution::Uniform { low: 0.0, high: 1.0 }, None));
        let draw = Sampler::new(&family, 1).unwrap().draw(7).unwrap();
        assert_eq!(draw.values["a"], StreamKey::new(1, "f").unit("parameter a", 7), "named stream");
    }

    #[test]
    fn a_shifted_proposal_finds_the_three_sigma_probability() {
        let mut family = empty_family();
        family.parameters.push(parameter("x", normal(0.0, 1.0), Some(normal(3.0, 1.0))));
        let draws = Sampler::new(&family, 4).unwrap().draws(0..20_000, &Silent).unwrap().draws;
        let hits: Vec<bool> = draws.iter().map(|draw| draw.values["x"] > 3.0).collect();
        let ln: Vec<f64> = draws.iter().map(|draw| draw.ln_weight).collect();
        let exact = 1.349_898_031_630_094_5e-3;
        let found = estimate(&hits, &ln, Normalisation::Known).unwrap();
        assert!((found.value - exact).abs() < 4.0 * found.standard_error, "{found:?}");
        // Crude draws would need 4 million for this error.
        assert!(found.standard_error < 0.02 * exact && found.ess_hits > 1_000.0, "{found:?}");
        let normalised = estimate(&hits, &ln, Normalisation::SelfNormalised).unwrap();
        assert!((normalised.value - exact).abs() < 4.0 * normalised.standard_error, "{normalised:?}");
    }

    #[test]
    fn requirements_condition_the_nominal() {
        // Under x > 2, P(x > 3) = Φ(−3) / Φ(−2), which self-normalised weights find without knowing Φ(−2).
        let mut family = empty_family();
        family.parameters.push(parameter("x", normal(0.0, 1.0), Some(normal(2.5, 1.0))));
        family.requirements.push(requirement("high", "x > 2"));
        let row = Sampler::new(&family, 4).unwrap().draws(0..20_000, &Silent).unwrap();
        let hits: Vec<bool> = row.draws.iter().map(|draw| draw.values["x"] > 3.0).collect();
        let ln: Vec<f64> = row.draws.iter().map(|draw| draw.ln_weight).collect();
        let found = estimate(&hits, &ln, Normalisation::SelfNormalised).unwrap();
        let exact = 1.349_898_031_630_094_5e-3 / 2.275_013_194_817_920_7e-2;
        assert!((found.value - exact).abs() < 4.0 * found.standard_error, "{found:?} {exact}");
        let refused: u64 = row.draws.iter().map(|draw| u64::from(draw.refused)).sum();
        assert_eq!((row.summary.refused_by["high"], row.summary.drawn), (refused, 20_000), "counts");
        // P(N(2.5, 1) > 2) = Φ(0.5).
        assert!((row.summary.acceptance() - 0.691_462).abs() < 0.01, "{}", row.summary.acceptance());
    }

    #[test]
    fn unmet_requirements_name_the_culprit_and_the_nearest_miss() {
        let mut family = empty_family();
        family.parameters.push(parameter("x", Distribution::Uniform { low: 0.0, high: 1.0 }, None));
        family.requirements.push(requirement("half", "x < 0.5"));
        family.requirements.push(requirement("never", "x > 1.5"));
        let SampleError::Unmet(text) = Sampler::new(&family, 1).unwrap().draw(3).unwrap_err() else { panic!("unmet") };
        assert!(text.contains("`never` 10000, `half`") && text.contains("loosen `never` (`x > 1.5`)"), "{text}");
        assert!(text.contains("missed by 5.0") && text.contains("x = 1.0") || text.contains("x = 0.9999"), "{text}");
    }

    #[test]
    fn broken_families_are_refused_before_the_first_draw() {
        let mut family = empty_family();
        family.parameters.push(parameter("x", Distribution::Uniform { low: 0.0, high: 1.0 }, None));
        family.requirements.push(requirement("r", "x > y"));
        assert!(matches!(Sampler::new(&family, 1), Err(SampleError::Expression(text)) if text.contains("`y`")), "name");
        family.requirements[0].that = "x >".to_owned();
        assert!(matches!(Sampler::new(&family, 1), Err(SampleError::Expression(text)) if text.contains("`r`")), "text");
        family.requirements[0].that = "1 / (x - x) > 0".to_owned();
        let error = Sampler::new(&family, 1).unwrap().draw(0).unwrap_err();
        assert!(matches!(error, SampleError::Expression(text) if text.contains("not a finite")), "division");
        family.parameters[0].nominal = Distribution::Uniform { low: 1.0, high: 1.0 };
        assert!(matches!(Sampler::new(&family, 1), Err(SampleError::Distribution(text)) if text.contains("`x`")), "ends");
    }

    #[test]
    fn a_pinned_parameter_takes_its_value_and_leaves_the_others() {
        let mut family = empty_family();
        family.parameters.push(parameter("x", normal(0.0, 1.0), Some(normal(3.0, 1.0))));
        family.parameters.push(parameter("y", normal(0.0, 1.0), Some(normal(1.0, 2.0))));
        let sampler = Sampler::new(&family, 1).unwrap();
        let free = sampler.draw(5).unwrap();
        let pinned = sampler.draw_with(5, &[("x".to_owned(), 40.0)].into()).unwrap();
        assert_eq!((pinned.values["x"], pinned.values["y"]), (40.0, free.values["y"]), "values");
        let y = free.values["y"];
        let expected = normal(0.0, 1.0).ln_density(y) - normal(1.0, 2.0).ln_density(y);
        assert_eq!(pinned.ln_weight, expected, "the weight is that of the others");
        assert!(matches!(sampler.draw_with(5, &[("z".to_owned(), 0.0)].into()), Err(SampleError::Pinned(_))), "name");
        assert!(matches!(sampler.draw_with(5, &[("x".to_owned(), f64::NAN)].into()), Err(SampleError::Pinned(_))), "NaN");
        let centre = sampler.centre();
        assert!(centre.values["x"].abs() < 1e-12 && centre.weight() > 1.0, "{centre:?}");
    }

    /// Stops after the first step and keeps what it was told.
    #[derive(Default)]
    struct Impatient {
        steps: Mutex<Vec<(u64, u64)>>,
        notes: Mutex<Vec<Note>>,
        stops: bool,
    }

    impl Monitor for Impatient {
        fn step(&self, _stage: &str, done: u64, total: u64) {
            self.steps.lock().unwrap().push((done, total));
        }
        fn note(&self, note: Note) {
            self.notes.lock().unwrap().push(note);
        }
        fn stopped(&self) -> bool {
            self.stops && !self.steps.lock().unwrap().is_empty()
        }
    }

    #[test]
    fn drawing_reports_stops_and_warns_of_low_acceptance() {
        let mut family = empty_family();
        family.parameters.push(parameter("x", Distribution::Uniform { low: 0.0, high: 1.0 }, None));
        family.requirements.push(requirement("rare", "x > 0.998"));
        let sampler = Sampler::new(&family, 1).unwrap();
        let watcher = Impatient::default();
        let row = sampler.draws(10..60, &watcher).unwrap();
        assert_eq!(watcher.steps.into_inner().unwrap(), [(50, 50)], "steps");
        let notes = watcher.notes.into_inner().unwrap();
        assert!(notes.len() == 1 && notes[0].text.contains("`rare`"), "{notes:?}");
        assert!(row.summary.acceptance() < 0.005, "{:?}", row.summary);
        let stopping = Impatient { stops: true, ..Impatient::default() };
        family.requirements.clear();
        let sampler = Sampler::new(&family, 1).unwrap();
        assert_eq!(sampler.draws(0..5_000, &stopping), Err(SampleError::Stopped), "stopped");
        assert_eq!(sampler.draws(0..0, &Silent).unwrap().draws, [], "nothing asked");
    }

    /// What the stage `tabletop` sums an episode up in.
    const TABLETOP_SUMMARY: [&str; 9] = [
        "canister_tilt_max_deg",
        "canister_tilt_end_deg",
        "canister_shift_m",
        "canister_fell_off",
        "hand_canister_contact_s",
        "hand_canister_force_max_n",
        "light_min",
        "light_drop_s",
        "hand_speed_at_contact_m_s",
    ];

    #[test]
    fn every_scenario_that_is_shipped_parses_validates_and_draws() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        assert!(!names.is_empty(), "scenarios are shipped");
        for path in names.iter().filter(|path| path.extension().is_some_and(|end| end == "ron")) {
            let name = path.display().to_string();
            let family = parse(&std::fs::read_to_string(path).unwrap(), &name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(Some(family.id.as_str()), path.file_stem().and_then(|stem| stem.to_str()), "{name}: id");
            assert_eq!(validate(&family, &TABLETOP_SUMMARY), [], "{name}");
            assert!(validate(&family, &[]).iter().all(|finding| finding.severity == Severity::Error), "{name}");
            assert_eq!(parse(&canonical(&family), &name).as_ref(), Ok(&family), "{name}: round trip");
            let row = Sampler::new(&family, 1).unwrap().draws(0..2_000, &Silent).unwrap();
            assert!(row.summary.acceptance() > 0.3, "{name}: {:?}", row.summary);
            let ln: Vec<f64> = row.draws.iter().map(|draw| draw.ln_weight).collect();
            let summary = WeightSummary::of(&ln);
            println!("{name}: acceptance {:.3} {:?} {summary:?}", row.summary.acceptance(), row.summary.refused_by);
            assert!(summary.zero < summary.n / 10 && summary.ess > 5.0, "{name}: {summary:?}");
        }
    }
}
