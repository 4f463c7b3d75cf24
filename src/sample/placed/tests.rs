//! Every method comes back from its file and draws the very same; what is broken is refused in words.

use super::*;
use crate::base::Silent;
use crate::family::measure::family_measuring;
use crate::family::{Distribution, Family, Parameter, Requirement, written};
use crate::sample::method::tests::methods;
use crate::sample::rare::{Component, Proposal};
use crate::sample::{Draw, Sampler};

/// Two continuous parameters, one with a narrower proposal, and a requirement.
fn family() -> Family {
    let mut family = family_measuring(r#"(name: "tipped", is: "1 > 0")"#);
    let normal = Distribution::Normal { mean: 0.1, sd: 1.0 / 3.0 };
    family.parameters = vec![
        Parameter {
            proposal: Some(written(&Distribution::Normal { mean: 0.7, sd: 0.3 })),
            ..Parameter::new("x", "", &normal)
        },
        Parameter::new("y", "", &Distribution::Uniform { low: -1.0, high: 2.0 }),
        Parameter::new("z", "", &Distribution::Exponential { mean: 0.7 }),
    ];
    let that = "x < 1 || y < 1".to_owned();
    family.requirements.push(Requirement { name: "r".to_owned(), that, probability: None, because: String::new() });
    family
}

/// Numbers that no decimal of few digits is: they must survive the file to the last bit.
fn odd(at: u64) -> f64 {
    1.0 / (3.0 + at as f64) - 0.1 * at as f64
}

fn all() -> Vec<Placed> {
    let component = |at: u64| Component {
        share: 1.0 / (2.0 + at as f64),
        mean: (0..3).map(|score| odd(at + score)).collect(),
        sd: (0..3).map(|score| 0.5 + 1.0 / (7.0 + (at + score) as f64)).collect(),
    };
    let learned = Method::Learned(Proposal::new((0..3).map(component).collect(), 0.1).unwrap());
    let points: Vec<Vec<f64>> = (0..40).map(|at| (0..3).map(|score| odd(at * 3 + score) % 2.0).collect()).collect();
    let seeds = vec![[("y".to_owned(), 0.1 + 0.2)].into()];
    let search = Search {
        by: "a search".to_owned(),
        event: "tipped".to_owned(),
        budget: u64::MAX,
        evaluations: 4_321,
        axes: vec![Axis { name: "x".to_owned(), low: -1.0 / 3.0, high: 0.7, bins: 4 }],
        found: "40 points".to_owned(),
    };
    let placed = |method: Method| match method {
        Method::Learned(_) | Method::Found { .. } => Placed::after(search.clone(), method),
        known => Placed::by(known),
    };
    let odd_ones = [Method::Covering { strength: 3, levels: 2, seeds }, learned, Method::Found { points }];
    methods().into_iter().chain(odd_ones).map(placed).collect()
}

fn draws(method: &Method, range: std::ops::Range<u64>) -> Vec<Draw> {
    let family = family();
    let sampler = Sampler::with(&family, 11, method, &Silent).unwrap();
    let end = sampler.count().map_or(range.end, |count| count.min(range.end));
    (range.start..end).filter_map(|index| sampler.draw_if_permitted(index).unwrap()).collect()
}

#[test]
fn what_is_read_draws_what_was_written_to_the_last_bit() {
    for placed in all() {
        for text in [serde_json::to_string(&placed).unwrap(), serde_json::to_string_pretty(&placed).unwrap()] {
            let read: Placed = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!((&read, read.digest()), (&placed, placed.digest()));
            let (before, after) = (draws(&placed.method, 0..64), draws(&read.method, 0..64));
            assert!(!before.is_empty() && before.len() == after.len(), "{:?}", placed.method);
            assert!(before.iter().zip(&after).all(|(a, b)| a.is_same(b)), "{:?}", placed.method);
            assert_eq!(before[0].ln_weight.is_nan(), !read.method.is_weighted(), "{:?}", placed.method);
        }
    }
}

#[test]
fn shards_of_one_method_joined_are_the_whole() {
    for placed in all() {
        let whole = draws(&placed.method, 0..40);
        // Each shard reads the method anew, as a machine of its own would.
        let shards = [0..7, 7..8, 8..40].into_iter().flat_map(|part| {
            let read: Placed = serde_json::from_value(serde_json::json!(placed)).unwrap();
            draws(&read.method, part)
        });
        let shards: Vec<Draw> = shards.collect();
        assert_eq!(shards.len(), whole.len(), "{:?}", placed.method);
        assert!(shards.iter().zip(&whole).all(|(a, b)| a.is_same(b)), "{:?}", placed.method);
    }
}

#[test]
fn words_kinds_and_digests_tell_methods_apart() {
    let all = all();
    for (at, placed) in all.iter().enumerate() {
        let twin = |other: &&Placed| other.method.words() == placed.method.words() || other.digest() == placed.digest();
        assert_eq!(all.iter().filter(twin).count(), 1, "{}", placed.method.words());
        let brief = placed.brief();
        assert_eq!(brief["digest"], placed.digest().to_string());
        assert!(brief["kind"].is_string() && brief.to_string().len() < 800, "{at}: {brief}");
        let said = placed.sentences();
        assert_eq!(said.len(), if placed.search.is_some() { 3 } else { 2 }, "{said:?}");
        assert_eq!(said.last().unwrap().contains("no probability"), !placed.method.is_weighted(), "{said:?}");
    }
    let searched = all.last().unwrap().sentences();
    assert!(searched[1].contains("for `tipped`, told apart by x: 4321 of"), "{searched:?}");
}

#[test]
fn broken_and_unknown_methods_are_refused_in_words() {
    let of = |text: &str| serde_json::from_str::<Placed>(text).unwrap_err().to_string();
    let with = |method: &str| of(&format!(r#"{{"format": "worldproof method 1", "method": {method}}}"#));
    let newer = of(r#"{"format": "worldproof method 2", "rule": "spiral"}"#);
    assert!(newer.contains("`worldproof method 2`") && newer.contains("use a newer one"), "{newer}");
    for (method, part) in [
        (r#"{"kind": "spiral"}"#, "unknown variant `spiral`"),
        (r#"{"kind": "grid"}"#, "missing field `levels`"),
        (r#"{"kind": "grid", "levels": 3, "tails": true}"#, "unknown field `tails`"),
        (r#"{"kind": "found", "points": [[null]]}"#, "expected f64"),
        (
            r#"{"kind": "learned", "defensive": 2.0, "directions": [[1.0]], "components": [{"share": 1.0, "mean": [0.0], "sd": [1.0]}]}"#,
            "defensive share",
        ),
        (r#"{"kind": "learned", "defensive": 0.1, "directions": [[1.0]], "components": []}"#, "at least one component"),
        ("null", "method cannot be understood"),
    ] {
        let error = with(method);
        assert!(error.contains(part) && error.contains("again"), "{method}: {error}");
    }
}
