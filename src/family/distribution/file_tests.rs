//! Distributions as text and as trees of numbers; what is refused; what a proposal leaves out.

use super::Distribution as D;
use super::*;

/// One of each variant, as people write it.
const EACH: [&str; 22] = [
    "Constant(1)",
    "Uniform(low: 0, high: 1)",
    "LogUniform(low: 1, high: 2)",
    "Normal(mean: 0, sd: 1)",
    "TruncatedNormal(mean: 0, sd: 1, low: -1, high: 2)",
    "LogNormal(median: 2, sigma: 0.5)",
    "Triangular(low: 0, mode: 1, high: 3)",
    "Pert(low: 0, mode: 1, high: 3, shape: 6)",
    "Beta(alpha: 2, beta: 3, low: 0.5)",
    "Gamma(shape: 2, scale: 3)",
    "Weibull(shape: 2, scale: 3)",
    "Exponential(mean: 2)",
    "VonMises(mean: 10, kappa: 3)",
    "Bernoulli(p: 0.25)",
    "Integer(low: 1, high: 6)",
    "Poisson(mean: 3)",
    "Choice([(value: 0, weight: 1, label: \"oak\"), (value: 2, weight: 3)])",
    "Histogram(edges: [0, 1, 3], weights: [1, 2])",
    "Drawn([(0, 1), (1, 0.5)])",
    "Empirical(quantiles: [0, 1, 4], from: (set: \"kitchen\", column: \"mass\", n: 12, digest: \"ab\"))",
    "Mixture([(weight: 1, of: Constant(0)), (weight: 2, of: Truncated(of: Gamma(shape: 2, scale: 3), low: 1, high: 2))])",
    "Cases(of: [(when: \"x > 1\", then: Uniform(low: 0, high: 1))], otherwise: Constant(3))",
];

fn read(text: &str) -> D {
    let options = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    options.from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn law(text: &str) -> Law {
    Law::new(&read(text), Some(360.0)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_variant_reads_checks_and_reads_back() {
    for text in EACH {
        let distribution = read(text);
        assert_eq!(distribution.check(), Ok(()), "{text}");
        let options = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
        assert_eq!(read(&options.to_string(&distribution).unwrap()), distribution, "{text}");
    }
    assert_eq!(read("Beta(alpha: 2, beta: 3)").support(), (0.0, 1.0), "ends left out");
    let (left_out, four) = (read("Pert(low: 0, mode: 1, high: 3)"), read("Pert(low: 0, mode: 1, high: 3, shape: 4)"));
    assert_eq!(left_out.quantile(0.3), four.quantile(0.3), "the shape left out is 4");
}

#[test]
fn a_walk_visits_every_number_under_its_place() {
    for text in EACH {
        let from = read(text);
        let same = from.try_map(&mut |_, number: &f64| Ok::<f64, String>(*number));
        assert_eq!(same, Ok(from), "{text}");
        let digits = text.split(|c: char| !(c.is_ascii_digit() || c == '.')).filter(|word| !word.is_empty());
        // Numbers of the file, without those inside texts and counts of a source.
        let expected = digits.count() - usize::from(text.contains("x > 1")) - usize::from(text.contains("n: 12"));
        let mut seen = 0;
        let visited = read(text).try_map(&mut |_, number: &f64| {
            seen += 1;
            Ok::<f64, String>(*number)
        });
        assert!(visited.is_ok() && seen == expected, "{text}: {seen} of {expected}");
    }
    let mut places = Vec::new();
    let visited = read(EACH[20]).try_map(&mut |place, number: &f64| {
        places.push((place.path, place.kind, *number));
        Ok::<f64, String>(0.0)
    });
    assert!(visited.is_ok(), "walked");
    let expected = [
        ("[0].weight", NumberKind::Pure, 1.0),
        ("[0].of", NumberKind::Value, 0.0),
        ("[1].weight", NumberKind::Pure, 2.0),
        ("[1].of.of.shape", NumberKind::Pure, 2.0),
        ("[1].of.of.scale", NumberKind::Value, 3.0),
        ("[1].of.low", NumberKind::Value, 1.0),
        ("[1].of.high", NumberKind::Value, 2.0),
    ];
    assert_eq!(places, expected.map(|(path, kind, number)| (path.to_owned(), kind, number)), "places");
    let refused = read(EACH[17]).try_map(&mut |place, number: &f64| {
        if place.path == "weights[1]" { Err(place.path) } else { Ok(*number) }
    });
    assert_eq!(refused, Err("weights[1]".to_owned()), "the first error ends the walk");
}

#[test]
fn cases_are_chosen_in_order_and_through_cases_of_cases() {
    let cases = read(
        "Cases(of: [(when: \"a\", then: Constant(1)), (when: \"b\", then: Cases(of: [(when: \"c\", then: Constant(2))], \
         otherwise: Constant(3)))], otherwise: Constant(4))",
    );
    for (true_ones, expected) in [("abc", 1.0), ("b", 3.0), ("bc", 2.0), ("c", 4.0)] {
        let chosen = cases.choose(&mut |when: &str| Ok::<bool, String>(true_ones.contains(when)));
        assert_eq!(chosen, Ok(&D::Constant(expected)), "{true_ones}");
    }
    assert_eq!(cases.choose(&mut |_| Err("no")), Err("no"), "errors go through");
    assert!(Law::new(&cases, None).unwrap_err().contains("before one is chosen"), "no law");
}

#[test]
fn nonsense_is_refused_with_its_cure() {
    let nest =
        |depth: usize| (0..depth).fold("Constant(1)".to_owned(), |of, _| format!("Mixture([(weight: 1, of: {of})])"));
    assert_eq!(read(&nest(4)).check(), Ok(()), "four deep");
    let long: Vec<String> = (0..=10_001).map(|at| at.to_string()).collect();
    for (text, part) in [
        ("Normal(mean: inf, sd: 1)", "finite"),
        ("Normal(mean: 0, sd: NaN)", "finite"),
        ("LogNormal(median: 0, sigma: 1)", "use Normal"),
        ("LogNormal(median: 1, sigma: 20)", "within"),
        ("Triangular(low: 0, mode: 4, high: 3)", "mode is 4"),
        ("Beta(alpha: 0, beta: 1)", "alpha is 0"),
        ("Gamma(shape: 1, scale: -1)", "above 0"),
        ("Weibull(shape: 0, scale: 1)", "1 is exponential"),
        ("VonMises(mean: 0, kappa: -1)", "every direction"),
        ("Bernoulli(p: 1.5)", "probability"),
        ("Integer(low: 0.5, high: 2)", "whole numbers"),
        ("Integer(low: 3, high: 2)", "exchange"),
        ("Poisson(mean: 1000000)", "use Normal"),
        ("Histogram(edges: [0, 1], weights: [1, 2])", "one edge more"),
        ("Histogram(edges: [0, 1], weights: [0])", "at least one above 0"),
        ("Drawn([(0, 1), (1, -1)])", "below 0"),
        ("Drawn([(0, 1)])", "two points"),
        ("Empirical(quantiles: [0, 1, 1])", "Choice"),
        ("Mixture([])", "at least one part"),
        ("Mixture([(weight: 0, of: Constant(1))])", "leave the part out"),
        ("Mixture([(weight: 1, of: Normal(mean: 0, sd: -1))])", "[0].of: sd is -1"),
        ("Mixture([(weight: 1, of: Cases(of: [], otherwise: Constant(1)))])", "inside each case"),
        ("Truncated(of: Poisson(mean: 2), low: 1, high: 2)", "continuous"),
        ("Truncated(of: Exponential(mean: 1), low: -2, high: -1)", "nearly nothing"),
        ("Truncated(of: Gamma(shape: 2, scale: 1), low: 600, high: 700)", "nearly nothing"),
        ("Cases(of: [(when: \"x\", then: Normal(mean: 0, sd: 0))], otherwise: Constant(1))", "of[0].then: sd"),
        (&nest(5), "at most 4 deep"),
        (&format!("Empirical(quantiles: [{}])", long.join(",")), "at most 10000"),
    ] {
        let error = read(text).check().unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn what_a_proposal_leaves_out_is_said() {
    for (nominal, proposal, expected) in [
        ("Normal(mean: 0, sd: 1)", "Normal(mean: 3, sd: 2)", None),
        ("Normal(mean: 0, sd: 1)", "Uniform(low: -1, high: 2)", Some("anything below -1 and anything above 2")),
        ("Exponential(mean: 1)", "Gamma(shape: 2, scale: 1)", None),
        ("Uniform(low: 0, high: 3)", "Histogram(edges: [0, 1, 2, 3], weights: [1, 0, 1])", Some("1 to 2")),
        (
            "Histogram(edges: [0, 1, 2, 3], weights: [1, 0, 1])",
            "Drawn([(0, 1), (1, 1), (1.5, 0), (2, 0), (3, 1)])",
            None,
        ),
        (
            "Uniform(low: 0, high: 4)",
            "Mixture([(weight: 1, of: Uniform(low: 0, high: 2)), (weight: 1, of: Uniform(low: 1, high: 3))])",
            Some("3 to 4"),
        ),
        (
            "Mixture([(weight: 1, of: Uniform(low: 0, high: 2)), (weight: 1, of: Constant(1))])",
            "Uniform(low: 0, high: 2)",
            Some("exactly 1"),
        ),
        ("Integer(low: 0, high: 9)", "Integer(low: 2, high: 9)", Some("0, 1")),
        ("Integer(low: 0, high: 4294967295)", "Integer(low: 0, high: 99)", Some("the whole numbers 100 to 4294967295")),
        ("Integer(low: 0, high: 3)", "Poisson(mean: 1)", None),
        ("Poisson(mean: 1)", "Integer(low: 0, high: 3)", Some("the whole numbers anything above 4")),
        ("Bernoulli(p: 0.5)", "Choice([(value: 1, weight: 1), (value: 2, weight: 1)])", Some("0")),
    ] {
        assert_eq!(uncovered(&law(nominal), &law(proposal)).as_deref(), expected, "{nominal} by {proposal}");
    }
}

#[test]
fn weights_without_a_variance_are_found() {
    for (nominal, proposal, is_heavy) in [
        ("Normal(mean: 0, sd: 1)", "Normal(mean: 2, sd: 0.7)", true),
        ("Normal(mean: 0, sd: 1)", "Normal(mean: 2, sd: 0.72)", false),
        ("Exponential(mean: 2)", "Exponential(mean: 1)", true),
        ("Exponential(mean: 2)", "Exponential(mean: 1.1)", false),
        ("Gamma(shape: 2, scale: 2)", "Gamma(shape: 2, scale: 0.9)", true),
        ("Gamma(shape: 2, scale: 2)", "Gamma(shape: 4, scale: 2)", true),
        ("Gamma(shape: 2, scale: 2)", "Gamma(shape: 3.9, scale: 2)", false),
        ("Weibull(shape: 2, scale: 2)", "Weibull(shape: 2, scale: 1.3)", true),
        ("Weibull(shape: 2, scale: 2)", "Weibull(shape: 2, scale: 1.5)", false),
        ("LogNormal(median: 1, sigma: 1)", "LogNormal(median: 1, sigma: 0.7)", true),
        ("LogNormal(median: 1, sigma: 1)", "Gamma(shape: 1, scale: 9)", true),
        ("Gamma(shape: 1, scale: 9)", "LogNormal(median: 1, sigma: 1)", true),
        ("Uniform(low: 0, high: 1)", "Triangular(low: 0, mode: 0.5, high: 1)", true),
        ("Uniform(low: 0, high: 1)", "Beta(alpha: 1.9, beta: 1)", false),
        (
            "Normal(mean: 0, sd: 1)",
            "Mixture([(weight: 9, of: Normal(mean: 3, sd: 0.1)), (weight: 1, of: Normal(mean: 0, sd: 1))])",
            false,
        ),
    ] {
        assert_eq!(heavy_weights(&law(nominal), &law(proposal)).is_some(), is_heavy, "{nominal} by {proposal}");
    }
}

#[test]
fn the_shown_range_is_finite_and_holds_nearly_everything() {
    for text in EACH.into_iter().filter(|text| !text.starts_with("Cases")) {
        let law = law(text);
        let ((low, high), (from, to)) = (law.support(), law.shown_range());
        assert!(from.is_finite() && to.is_finite() && from >= low && to <= high, "{text}: {from} to {to}");
        assert!(law.cdf(from.next_down()) <= 1e-4 && law.survival(to) <= 1e-4, "{text}: {from} to {to}");
    }
    assert_eq!(law("Normal(mean: 0, sd: 1)").shown_range(), (-3.8, 3.8), "rounded outwards");
}
