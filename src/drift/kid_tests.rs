//! Tests of the kernel distance: a value by hand, its level by group, its bands, stopping, and its speed.

use super::*;
use crate::base::special::normal_quantile;
use crate::base::{Silent, Stream, StreamKey};

/// `groups` groups of `frames` rows each: shift + between · (group's part) + within · (row's part), `d` features.
fn rows(stream: &mut Stream, groups: u64, frames: usize, spread: [f64; 2], shift: f64) -> (Vec<Vec<f64>>, Vec<u64>) {
    let mut out = (Vec::new(), Vec::new());
    for group in 0..groups {
        let centre: Vec<f64> = (0..4).map(|_| spread[0] * normal_quantile(stream.next_unit())).collect();
        for _ in 0..frames {
            let row = centre.iter().map(|value| value + shift + spread[1] * normal_quantile(stream.next_unit()));
            out.0.push(row.collect());
            out.1.push(group);
        }
    }
    out
}

/// Share of repetitions with p ≤ .05, by group and as if every frame were its own group.
fn rejections(spread: [f64; 2], shift: f64, repetitions: u64) -> (f64, f64) {
    let (mut by_group, mut by_frame) = (0, 0);
    for repetition in 0..repetitions {
        // New labellings each time: the level holds on average over them, not for one fixed choice of 99.
        let settings = Settings { permutations: 99, seed: repetition };
        let mut stream = StreamKey::new(11, "kid test").stream("rows", repetition);
        let (x, groups_x) = rows(&mut stream, 8, 5, spread, 0.0);
        let (y, groups_y) = rows(&mut stream, 8, 5, spread, shift);
        let own: Vec<u64> = (0..40).collect();
        let p = |groups_x, groups_y| {
            let (x, y) = (Side { rows: &x, groups: groups_x }, Side { rows: &y, groups: groups_y });
            kid(&x, &y, "test", &settings, &Silent).expect("enough groups").p
        };
        by_group += u32::from(p(&groups_x, &groups_y) <= 0.05);
        by_frame += u32::from(p(&own, &own) <= 0.05);
    }
    let share = |count: u32| f64::from(count) / repetitions as f64;
    (share(by_group), share(by_frame))
}

#[test]
fn the_value_equals_one_computed_by_hand() {
    // Pooled mean 0, divisor 3: sd² = (1 + 1 + 1 + 1) / 3, so standardised rows are ±√.75 and products ±.75.
    let x = vec![vec![1.0], vec![-1.0]];
    let y = vec![vec![1.0], vec![-1.0]];
    let side = |rows| Side { rows, groups: &[0, 1] };
    let got = kid(&side(&x), &side(&y), "test", &Settings::default(), &Silent).expect("two groups a side");
    let (same, opposite) = (1.75_f64.powi(3), 0.25_f64.powi(3));
    let expected = opposite + opposite - 2.0 * (2.0 * same + 2.0 * opposite) / 4.0;
    assert!((got.value - expected).abs() < 1e-12, "{} for {expected}", got.value);
    assert!(got.value < 0.0, "the sign is kept");
    // Of the six labellings two put equal rows together, which is farther apart; the other four equal the observed one.
    assert_eq!((got.p, got.permutations, got.exact), (1.0, 6, true), "all reach the smallest value");
    assert!(got.caveat.expect("few groups").contains("below 0.33"), "what p can reach");
    let apart = vec![vec![9.0], vec![9.0]];
    let near = vec![vec![1.0], vec![1.0]];
    let got = kid(&side(&near), &side(&apart), "test", &Settings::default(), &Silent).expect("two groups a side");
    assert!((got.p - 2.0 / 6.0).abs() < 1e-15, "the farthest labelling and its mirror: {}", got.p);
}

#[test]
fn frames_of_one_episode_fool_a_test_by_frame_but_not_by_group() {
    let (by_group, by_frame) = rejections([1.0, 0.5], 0.0, 200);
    println!("false positives at .05: {by_group} by group, {by_frame} by frame");
    assert!((0.01..=0.10).contains(&by_group), "by group: {by_group}");
    assert!(by_frame > 0.3, "by frame: {by_frame}");
}

#[test]
fn independent_frames_keep_the_level_and_a_shift_is_found() {
    let (by_group, by_frame) = rejections([0.0, 1.0], 0.0, 200);
    println!("independent frames: {by_group} by group, {by_frame} by frame");
    assert!((0.01..=0.10).contains(&by_group) && (0.01..=0.10).contains(&by_frame), "{by_group}, {by_frame}");
    let (power, _by_frame) = rejections([0.3, 1.0], 0.8, 60);
    println!("power at a shift of 0.8: {power}");
    assert!(power > 0.9, "power {power}");
}

#[test]
fn the_null_and_reference_bands_hold_what_is_alike() {
    let mut stream = StreamKey::new(4, "kid test").stream("bands", 0);
    let (x, groups_x) = rows(&mut stream, 10, 6, [0.5, 1.0], 0.0);
    let (y, groups_y) = rows(&mut stream, 10, 6, [0.5, 1.0], 0.0);
    let (far, groups_far) = rows(&mut stream, 10, 6, [0.5, 1.0], 2.0);
    let x = Side { rows: &x, groups: &groups_x };
    let near = kid(&x, &Side { rows: &y, groups: &groups_y }, "test", &Settings::default(), &Silent).expect("near");
    let far = kid(&x, &Side { rows: &far, groups: &groups_far }, "test", &Settings::default(), &Silent).expect("far");
    assert!(near.value < near.null_high && near.caveat.is_none() && !near.exact, "{near:?}");
    assert!(far.value > far.null_high && far.p < 0.01, "{far:?}");
    let halves = far.reference_band.expect("ten groups");
    assert!(halves.low < halves.high && far.value > halves.high, "real against real is nearer: {far:?}");
}

#[test]
fn a_watcher_can_stop_it() {
    struct Impatient;
    impl Monitor for Impatient {
        fn step(&self, _stage: &str, _done: u64, _total: u64) {}
        fn note(&self, _note: crate::base::Note) {}
        fn stopped(&self) -> bool {
            true
        }
    }
    let x = vec![vec![1.0], vec![2.0]];
    let side = Side { rows: &x, groups: &[0, 1] };
    assert_eq!(kid(&side, &side, "test", &Settings::default(), &Impatient), Err(DriftError::Stopped), "stopped");
}

#[test]
fn three_hundred_frames_a_side_are_quick() {
    let mut stream = StreamKey::new(4, "kid test").stream("speed", 0);
    let mut side = || -> Vec<Vec<f64>> { (0..300).map(|_| (0..65).map(|_| stream.next_unit()).collect()).collect() };
    let (x, y) = (side(), side());
    for groups in [20, 300] {
        let ids: Vec<u64> = (0..300).map(|row| row % groups).collect();
        let settings = Settings { permutations: 199, seed: 0 };
        let start = std::time::Instant::now();
        let (x, y) = (Side { rows: &x, groups: &ids }, Side { rows: &y, groups: &ids });
        let got = kid(&x, &y, "test", &settings, &Silent).expect("groups");
        let took_s = start.elapsed().as_secs_f64();
        println!("KID 300 x 300, 65 features, 199 permutations, {groups} groups a side: {:.1} ms", took_s * 1e3);
        assert!(got.p > 0.001 && took_s < 5.0, "{took_s} s");
    }
}
