//! Tests of drawing: independence, weights against known probabilities, and every shipped scenario.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use super::*;
use crate::base::Silent;
use crate::family::distribution::Law;
use crate::family::measure::Vocabulary;
use crate::family::measure::family_measuring;
use crate::family::variant::{Source, parse_with};
use crate::family::{Distribution, Parameter, Weighted, canonical, parse, validate, written};
use crate::sample::weights::WeightSummary;
use crate::sample::{Normalisation, estimate};

fn empty_family() -> Family {
    family_measuring(r#"(name: "tipped", is: "1 > 0")"#)
}

#[expect(clippy::needless_pass_by_value, reason = "called with fresh values only")]
fn parameter(name: &str, nominal: Distribution, proposal: Option<Distribution>) -> Parameter {
    Parameter { proposal: proposal.as_ref().map(written), ..Parameter::new(name, "", &nominal) }
}

fn requirement(name: &str, that: &str) -> crate::family::Requirement {
    let (name, that) = (name.to_owned(), that.to_owned());
    crate::family::Requirement { name, that, probability: None, because: String::new() }
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
    for index in 0..=stream.next_below(6) {
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
        assert_eq!(validate(&family, &Vocabulary::default()), [], "seed {seed}");
        assert_eq!(parse(&canonical(&family), "f.ron").as_ref(), Ok(&family), "seed {seed}");
        let sampler = Sampler::new(&family, seed).unwrap();
        for draw in sampler.draws(0..20, &Silent).unwrap().draws {
            for (at, parameter) in family.parameters.iter().enumerate() {
                let (low, high) = sampler.plan().nominal(at).unwrap().support();
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
    let exact = 1.349_898_031_630_094_5e-3 / 2.275_013_194_817_921e-2;
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
    assert!(text.contains("the nearest missed by 5.00") && text.contains("with x = 0.999"), "{text}");
}

#[test]
fn broken_families_are_refused_before_the_first_draw() {
    let mut family = empty_family();
    family.parameters.push(parameter("x", Distribution::Uniform { low: 0.0, high: 1.0 }, None));
    family.requirements.push(requirement("r", "x > y"));
    assert!(matches!(Sampler::new(&family, 1), Err(SampleError::Family(text)) if text.contains("`y`")), "name");
    family.requirements[0].that = "x >".to_owned();
    assert!(
        matches!(Sampler::new(&family, 1), Err(SampleError::Family(text)) if text.contains("requirements[0].that")),
        "text"
    );
    family.requirements[0].that = "1 / (x - x) > 0".to_owned();
    let error = Sampler::new(&family, 1).unwrap().draw(0).unwrap_err();
    assert!(matches!(error, SampleError::Family(text) if text.contains("not a finite")), "division");
    family.parameters[0].nominal = written(&Distribution::Uniform { low: 1.0, high: 1.0 });
    assert!(
        matches!(Sampler::new(&family, 1), Err(SampleError::Family(text)) if text.contains("parameters[0].nominal")),
        "ends"
    );
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
    let law = |mean: f64, sd: f64| Law::new(&normal(mean, sd), None).unwrap();
    let expected = crate::family::distribution::ln_ratio(&law(0.0, 1.0), &law(1.0, 2.0), y);
    assert_eq!(pinned.ln_weight, expected, "the weight is that of the others");
    assert!(matches!(sampler.draw_with(5, &[("z".to_owned(), 0.0)].into()), Err(SampleError::Pinned(_))), "name");
    assert!(matches!(sampler.draw_with(5, &[("x".to_owned(), f64::NAN)].into()), Err(SampleError::Pinned(_))), "NaN");
    let centre = sampler.centre().unwrap();
    assert!(centre.values["x"].abs() < 1e-12 && centre.weight() == 1.0, "{centre:?}");
}

#[test]
fn pinned_values_that_a_requirement_refuses_are_named() {
    let mut family = empty_family();
    family.parameters.push(parameter("x", normal(0.0, 1.0), None));
    family.parameters.push(parameter("y", normal(0.0, 1.0), None));
    family.requirements.push(requirement("r", "x < 3"));
    family.requirements.push(requirement("s", "x + y > 0"));
    let sampler = Sampler::new(&family, 1).unwrap();
    let error = sampler.draw_with(0, &[("x".to_owned(), 4.0)].into()).unwrap_err();
    assert!(matches!(error, SampleError::Unmet(text) if text.contains("`r` (`x < 3`) does not allow x = 4")), "text");
    let draw = sampler.draw_with(0, &[("x".to_owned(), 1.0)].into()).unwrap();
    assert!(draw.values["y"] > -1.0, "the others still meet the rest: {draw:?}");
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

#[test]
fn every_scenario_that_is_shipped_parses_validates_and_draws() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|end| end == "ron"));
    assert!(!names.is_empty(), "scenarios are shipped");
    let source = |path: &PathBuf| {
        let (stem, text) = (path.file_stem().unwrap().to_string_lossy(), std::fs::read_to_string(path).unwrap());
        (stem.into_owned(), Source { text, file: path.display().to_string() })
    };
    // Some are variants of others.
    let shelf: BTreeMap<String, Source> = names.iter().map(source).collect();
    let mut thin = Vec::new();
    for (stem, source) in &shelf {
        let name = &source.file;
        let family = parse_with(source, &shelf).unwrap_or_else(|error| panic!("{error}")).family;
        assert_eq!(&family.id, stem, "{name}: id");
        // Whether its stage has what it measures and maps is the stage's to say; `run::new` asks.
        let of_stage = |field: &str| ["measures", "rare_event", "mapping"].iter().any(|head| field.starts_with(head));
        let others: Vec<_> = validate(&family, &Vocabulary::default());
        let others: Vec<_> = others.iter().filter(|finding| !of_stage(&finding.field)).collect();
        assert!(others.is_empty(), "{name}: {others:?}");
        // In its canonical text a variant stands on its own.
        let whole = Family { extends: None, ..family.clone() };
        assert_eq!(parse(&canonical(&family), name).as_ref(), Ok(&whole), "{name}: round trip");
        let row = Sampler::new(&family, 1).unwrap().draws(0..2_000, &Silent).unwrap();
        assert!(row.summary.acceptance() > 0.3, "{name}: {:?}", row.summary);
        let ln: Vec<f64> = row.draws.iter().map(|draw| draw.ln_weight).collect();
        let summary = WeightSummary::of(&ln);
        println!("{name}: acceptance {:.3} {:?} {summary:?}", row.summary.acceptance(), row.summary.refused_by);
        // Fewer, and the estimates would hang on a handful of draws.
        if summary.ess <= 0.05 * summary.n as f64 {
            thin.push(format!("{name}: {summary:?}"));
        }
    }
    assert!(thin.is_empty(), "{thin:#?}");
}
