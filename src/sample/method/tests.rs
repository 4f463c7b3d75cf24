//! Every method over one family: shards agree, requirements hold, levels are met, weights mean what they say.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::base::Silent;
use crate::base::special::normal_cdf;
use crate::family::measure::family_measuring;
use crate::family::{Correlation, Distribution, Family, Parameter, Requirement, Weighted, written};
use crate::sample::rare::Component;
use crate::sample::{Normalisation, Sampler, estimate};

fn requirement(name: &str, that: &str) -> Requirement {
    Requirement { name: name.to_owned(), that: that.to_owned(), probability: None, because: String::new() }
}

/// Three parameters, one of them with a proposal, one with single values, and a requirement over two of them.
fn family() -> Family {
    let mut family = family_measuring(r#"(name: "tipped", is: "1 > 0")"#);
    let normal = |mean: f64, sd: f64| Distribution::Normal { mean, sd };
    let value = |value: f64, weight: f64| Weighted { value, weight, label: String::new() };
    let kinds = Distribution::Choice(vec![value(0.0, 1.0), value(1.0, 2.0), value(2.0, 1.0)]);
    family.parameters = vec![
        Parameter { proposal: Some(written(&normal(2.0, 1.2))), ..Parameter::new("x", "", &normal(0.0, 1.0)) },
        Parameter::new("y", "", &Distribution::Uniform { low: 0.0, high: 4.0 }),
        Parameter::new("kind", "", &kinds),
    ];
    family.requirements.push(requirement("not_both", "x < 3 || y < 2"));
    family
}

/// Every method once, over three drawn parameters.
pub(in crate::sample) fn methods() -> Vec<Method> {
    let component = Component { share: 1.0, mean: vec![1.0, 0.0, 0.0], sd: vec![1.0; 3] };
    vec![
        Method::Independent,
        Method::Sobol,
        Method::Halton,
        Method::LatinHypercube { points: 50 },
        Method::Grid { levels: 4 },
        Method::Covering { strength: 2, levels: 4, seeds: Vec::new() },
        Method::Boundary { tails: true },
        Method::Learned(Proposal::new(vec![component], 0.1).unwrap()),
        Method::Found { points: vec![vec![0.1, 0.2, 0.3]; 200] },
    ]
}

#[test]
fn shards_join_threads_agree_and_single_draws_are_the_same() {
    let family = family();
    for method in methods() {
        let sampler = Sampler::with(&family, 3, &method, &Silent).unwrap();
        let whole = sampler.draws(0..120, &Silent).unwrap();
        let halves: Vec<_> =
            [0..47, 47..120].into_iter().flat_map(|part| sampler.draws(part, &Silent).unwrap().draws).collect();
        // NaN is not equal to itself.
        assert_eq!(format!("{halves:?}"), format!("{:?}", whole.draws), "{method:?}");
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let eight = rayon::ThreadPoolBuilder::new().num_threads(8).build().unwrap();
        let of = |pool: &rayon::ThreadPool| {
            pool.install(|| format!("{:?}", sampler.draws(0..2_000.min(sampler.count().unwrap_or(2_000)), &Silent)))
        };
        assert_eq!(of(&one), of(&eight), "{method:?}: threads");
        let seventh = whole.draws.iter().find(|draw| draw.index == 7).unwrap();
        assert_eq!(format!("{seventh:?}"), format!("{:?}", sampler.draw(7).unwrap()), "{method:?}");
        for draw in &whole.draws {
            let (x, y) = (draw.values["x"], draw.values["y"]);
            assert!(x < 3.0 || y < 2.0 || matches!(method, Method::Found { .. }), "{method:?}: {draw:?}");
            assert_eq!(draw.ln_weight.is_nan(), !method.is_weighted(), "{method:?}: {draw:?}");
        }
    }
}

#[test]
fn point_methods_estimate_what_independent_draws_do_and_better() {
    // P(x > 2 | requirement) by weights, against the closed form: P(x>2, x<3 or y<2) / P(x<3 or y<2).
    let family = family();
    let tail = |z: f64| normal_cdf(-z);
    let exact = (tail(2.0) - 0.5 * tail(3.0)) / (1.0 - 0.5 * tail(3.0));
    let error = |method: &Method, seed: u64| {
        let sampler = Sampler::with(&family, seed, method, &Silent).unwrap();
        let draws = sampler.draws(0..4_096, &Silent).unwrap().draws;
        let hits: Vec<bool> = draws.iter().map(|draw| draw.values["x"] > 2.0).collect();
        let ln: Vec<f64> = draws.iter().map(|draw| draw.ln_weight).collect();
        estimate(&hits, &ln, Normalisation::SelfNormalised).unwrap().value - exact
    };
    let rms = |method: &Method| {
        let squares: f64 = (0..12).map(|seed| error(method, seed)).map(|off| off * off).sum();
        (squares / 12.0).sqrt()
    };
    let independent = rms(&Method::Independent);
    assert!(independent < 0.1 * exact, "{independent} of {exact}");
    for method in [Method::Sobol, Method::Halton, Method::LatinHypercube { points: 4_096 }] {
        let off = rms(&method);
        assert!(off < 0.75 * independent, "{method:?}: {off}, independent {independent}");
    }
    let learned = Method::Learned(Proposal::shifted(&[2.0, 0.0, 0.0], 0.1).unwrap());
    let (mean, spread) = ((0..12).map(|seed| error(&learned, seed)).sum::<f64>() / 12.0, rms(&learned));
    assert!(mean.abs() < 3.5 * spread / 12_f64.sqrt() && spread < independent, "no bias: {mean}, spread {spread}");
}

#[test]
fn level_methods_meet_their_levels_and_leave_out_what_is_refused() {
    let family = family();
    let grid = Sampler::with(&family, 1, &Method::Grid { levels: 4 }, &Silent).unwrap();
    assert_eq!(grid.count(), Some(4 * 4 * 3));
    let drawn = grid.draws(0..48, &Silent).unwrap();
    // x lies at 2 ± 0.38 and 2 ± 1.38: its highest level above 3, there y must be one of the lower two of four.
    assert_eq!((drawn.summary.drawn, drawn.summary.candidates, drawn.summary.refused_by["not_both"]), (42, 48, 6));
    let refused = (0..48).find(|index| drawn.draws.iter().all(|draw| draw.index != *index)).unwrap();
    let error = grid.draw(refused).unwrap_err().to_string();
    assert!(error.contains("refused by `not_both` (`x < 3 || y < 2`)"), "{error}");

    let covering = |seeds: Vec<BTreeMap<String, f64>>| {
        let method = Method::Covering { strength: 2, levels: 4, seeds };
        let sampler = Sampler::with(&family, 1, &method, &Silent).unwrap();
        sampler.draws(0..sampler.count().unwrap(), &Silent).unwrap()
    };
    let rows = covering(Vec::new());
    assert_eq!(rows.summary.refused_by["not_both"], 0, "constraints keep refused rows out");
    let pairs: BTreeSet<(u64, u64)> =
        rows.draws.iter().map(|draw| (draw.values["x"].to_bits(), draw.values["y"].to_bits())).collect();
    assert_eq!(pairs.len(), 16 - 2, "all allowed pairs");
    assert!(rows.draws.len() <= 18, "{} rows", rows.draws.len());
    let seeded = covering(vec![[("kind".to_owned(), 2.0), ("y".to_owned(), 3.4)].into()]);
    assert_eq!((seeded.draws[0].values["kind"], seeded.draws[0].values["y"]), (2.0, 3.5), "the seed row comes first");

    let boundary = Sampler::with(&family, 1, &Method::Boundary { tails: false }, &Silent).unwrap();
    let centre = boundary.draw(0).unwrap();
    assert_eq!((centre.values["y"], centre.values["kind"]), (2.0, 1.0), "the centre");
    let (low, high) = (boundary.draw(3).unwrap(), boundary.draw(4).unwrap());
    assert_eq!((low.values["y"], high.values["y"]), (0.0, 4.0), "the ends");
    let far = boundary.draw(1).unwrap().values["x"];
    assert!((normal_cdf((far - 2.0) / 1.2) / 1e-4 - 1.0).abs() < 1e-9, "without an end: one in ten thousand, {far}");
}

#[test]
fn levels_are_not_moved_by_correlation_and_weights_follow_it() {
    let mut family = family();
    family.requirements.clear();
    family.correlations.push(Correlation { a: "x".to_owned(), b: "y".to_owned(), rho: 0.7 });
    let grid = Sampler::with(&family, 1, &Method::Grid { levels: 3 }, &Silent).unwrap();
    let values: BTreeSet<u64> =
        grid.draws(0..27, &Silent).unwrap().draws.iter().map(|draw| draw.values["x"].to_bits()).collect();
    assert_eq!(values.len(), 3, "three levels");
    // Under the nominal P(x > 1 and y > 3) follows the copula; the proposal moves x alone.
    let of = |family: &Family| {
        let draws = Sampler::new(family, 5).unwrap().draws(0..60_000, &Silent).unwrap().draws;
        let hits: Vec<bool> = draws.iter().map(|draw| draw.values["x"] > 1.0 && draw.values["y"] > 3.0).collect();
        let ln: Vec<f64> = draws.iter().map(|draw| draw.ln_weight).collect();
        estimate(&hits, &ln, Normalisation::Known).unwrap()
    };
    let weighted = of(&family);
    family.parameters[0].proposal = None;
    let crude = of(&family);
    let off = (weighted.value - crude.value).abs();
    assert!(off < 4.0 * libm::hypot(weighted.standard_error, crude.standard_error), "{weighted:?} {crude:?}");
    assert!(crude.value > 0.06, "correlated: independent would be 0.04, got {}", crude.value);
}

#[test]
fn what_cannot_be_placed_is_refused_in_words() {
    let mut family = family();
    let refusal = |family: &Family, method: &Method| Sampler::with(family, 1, method, &Silent).unwrap_err().to_string();
    assert!(refusal(&family, &Method::Grid { levels: 0 }).contains("1 to 1000"));
    assert!(refusal(&family, &Method::LatinHypercube { points: 0 }).contains("points"));
    let seeds = vec![[("kid".to_owned(), 1.0)].into()];
    let text = refusal(&family, &Method::Covering { strength: 2, levels: 2, seeds });
    assert!(text.contains("did you mean `kind`?"), "{text}");
    assert!(refusal(&family, &Method::Found { points: vec![vec![0.0]] }).contains("search again"));
    family.requirements.push(requirement("never", "y > 5"));
    let text = refusal(&family, &Method::Covering { strength: 2, levels: 3, seeds: Vec::new() });
    assert!(text.contains("never"), "{text}");
    family.parameters.clear();
    family.requirements.clear();
    assert!(refusal(&family, &Method::Sobol).contains("add a parameter"));
}
