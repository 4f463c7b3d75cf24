//! What all designs have in common: scrambles that hang on names, candidates that are independent, counts and remarks.

use super::*;
use crate::base::Silent;

fn key() -> StreamKey {
    StreamKey::new(11, "f")
}

fn point_designs(names: &[&str]) -> [Design; 3] {
    [Design::sobol(&key(), names), Design::halton(&key(), names), Design::latin_hypercube(&key(), names, 64)]
        .map(|design| design.expect("a design"))
}

#[test]
fn a_scramble_hangs_on_its_own_name_only() {
    for (design, renamed) in point_designs(&["a", "b", "c"]).iter().zip(point_designs(&["x", "b", "y", "z"])) {
        for index in [0, 1, 63, 64, 1_000_000_007] {
            for attempt in [0, 3] {
                assert_eq!(design.unit(index, attempt, 1), renamed.unit(index, attempt, 1), "{design:?}");
                assert_ne!(design.unit(index, attempt, 0), renamed.unit(index, attempt, 0), "{design:?}");
            }
        }
        assert_eq!((design.unit(0, 0, 3), design.levels(0)), (None, None), "no such dimension, no levels");
    }
    let [_, _, there] = point_designs(&["a", "b"]);
    let [_, _, back] = point_designs(&["b", "a"]);
    assert_eq!(there.unit(9, 0, 0), back.unit(9, 0, 1), "in a hypercube the position does not matter at all");
}

#[test]
fn accepted_candidates_are_distributed_as_by_rejection() {
    for design in point_designs(&["a", "b"]) {
        // Accept where x + y < 1/2, a triangle with E x = 1/6, E x² = 1/24, E xy = 1/48: the first accepted candidate of each draw.
        let (mut tried, mut sums) = (0, [0.0; 3]);
        for index in 0..4_096 {
            for attempt in 0.. {
                let x = design.unit(index, attempt, 0).expect("a coordinate");
                let y = design.unit(index, attempt, 1).expect("a coordinate");
                tried += 1;
                if x + y < 0.5 {
                    [x, x * x, x * y].iter().zip(&mut sums).for_each(|(term, sum)| *sum += term / 4_096.0);
                    break;
                }
            }
        }
        // Five deviations of independent draws: geometric with p = 1/8, and the triangle's moments.
        assert!((f64::from(tried) / 4_096.0 - 8.0).abs() < 0.59, "{tried} candidates, {design:?}");
        let near = [(1.0 / 6.0, 0.0093), (1.0 / 24.0, 0.0040), (1.0 / 48.0, 0.0014)];
        for (sum, (expected, tolerance)) in sums.into_iter().zip(near) {
            assert!((sum - expected).abs() < tolerance, "{sum} for {expected}, {design:?}");
        }
    }
}

#[test]
fn candidates_of_one_draw_are_independent() {
    // Over draws: the second candidate's place says nothing about the first's, in the same and in the other dimension.
    for design in point_designs(&["a", "b"]) {
        let centred = |index, attempt, dimension| design.unit(index, attempt, dimension).expect("a coordinate") - 0.5;
        for (attempt, dimension) in [(1, 0), (1, 1), (2, 0), (9_999, 0)] {
            let products = (0..16_384).map(|index| 12.0 * centred(index, 0, 0) * centred(index, attempt, dimension));
            let correlation = products.sum::<f64>() / 16_384.0;
            assert!(correlation.abs() < 5.0 / 128.0, "{correlation} at attempt {attempt}, {design:?}");
        }
    }
}

#[test]
fn all_point_designs_beat_chance() {
    // Independent points in two dimensions have ((5/4)² − (13/12)²) / n on average.
    let chance = (25.0 / 16.0 - 169.0 / 144.0) / 256.0;
    for (design, share) in point_designs(&["a", "b"]).iter().zip([0.03, 0.08, 0.6]) {
        let points: Vec<Vec<f64>> =
            (0..256).map(|index| (0..2).filter_map(|dimension| design.unit(index, 0, dimension)).collect()).collect();
        let found = centred_l2_discrepancy(&points).expect("points");
        assert!(found > 0.0 && found < share * chance, "{found} against {chance}, {design:?}");
    }
}

#[test]
fn level_designs_count_and_begin_again() {
    let model = Model { levels: vec![2, 3, 2], strength: 2, ..Model::default() };
    let array = covering_array(&model, &key(), &Silent).expect("an array");
    let rows = array.rows.clone();
    let designs =
        [Design::grid(&[2, 3, 2]).expect("a grid"), Design::boundary(3, false), Design::covering(array).expect("rows")];
    for (design, count) in designs.iter().zip([12, 15, rows.len() as u64]) {
        assert_eq!(design.count(), Some(count), "{design:?}");
        assert_eq!(design.levels(count + 1), design.levels(1), "{design:?}");
        assert_ne!(design.levels(0), design.levels(1), "{design:?}");
        assert_eq!(design.unit(0, 0, 0), None, "levels, not coordinates");
        assert_eq!(design.remark(count), None, "whole");
        assert!(design.remark(count + 1).is_some_and(|text| text.contains("repeat")), "too many");
        assert!(design.remark(count - 1).is_some_and(|text| text.contains("first")), "too few");
    }
    assert_eq!(designs[2].levels(2).as_ref(), rows.get(2), "rows in their order");
}

#[test]
fn remarks_name_the_number_to_draw() {
    let [sobol, halton, hypercube] = point_designs(&["a"]);
    assert!(sobol.remark(1_000).is_some_and(|text| text.contains("1024")), "Sobol");
    assert!(hypercube.remark(100).is_some_and(|text| text.contains("128")), "two hypercubes");
    for (design, draws) in [(&sobol, 1_024), (&hypercube, 128), (&halton, 1_000), (&Design::Independent, 7)] {
        assert_eq!(design.remark(draws), None, "{design:?}");
    }
}

#[test]
fn what_is_no_design_is_refused() {
    let names: Vec<String> = (0..600).map(|n| format!("d{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let same = Some(DesignError::SameName("b".to_owned()));
    let doubled = ["b", "a", "b"];
    assert_eq!(Design::sobol(&key(), &doubled).err(), same, "one name for two");
    assert_eq!(Design::halton(&key(), &doubled).err(), same, "one name for two");
    assert_eq!(Design::latin_hypercube(&key(), &doubled, 9).err(), same, "one name for two");
    assert_eq!(Design::sobol(&key(), &names).err(), Some(DesignError::SobolDimensions(600)), "Sobol");
    assert_eq!(Design::halton(&key(), &names).err(), Some(DesignError::HaltonDimensions(600)), "Halton");
    assert_eq!(Design::latin_hypercube(&key(), &names, 0).err(), Some(DesignError::HypercubePoints(0)), "hypercube");
    assert_eq!(Design::grid(&[2, 0]).err(), Some(DesignError::NoLevel(2)), "grid");
    let none = CoveringArray { rows: vec![], strength: 2, combinations: 0, impossible_count: 0, impossible: vec![] };
    assert_eq!(Design::covering(none).err(), Some(DesignError::NoRow), "covering");
}
