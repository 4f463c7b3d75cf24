//! Tests of the distances: values by hand and of other packages, their level by group, their bands, stopping, and their speed.

use super::*;
use crate::base::monitor::Impatient;
use crate::base::special::normal_quantile;
use crate::base::{Silent, Stream, StreamKey};

/// KID alone.
fn kid(
    x: &Side<'_>,
    y: &Side<'_>,
    features: &'static str,
    settings: &Settings,
    monitor: &dyn Monitor,
) -> Result<Distance, DriftError> {
    let (found, _) = distances(x, y, (features, &[Measure::Kid]), settings, monitor)?;
    Ok(found.into_iter().next().expect("asked for"))
}

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

/// What `tests/reference/drift.py` wrote: inputs, and what other packages make of them.
#[derive(serde::Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    x: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
    groups_x: Vec<u64>,
    groups_y: Vec<u64>,
    values: std::collections::BTreeMap<String, f64>,
    sliced_axes: f64,
    features: Vec<Feature>,
}

#[derive(serde::Deserialize)]
struct Feature {
    ks: f64,
    w1_sd: f64,
    js: f64,
    psi: f64,
}

impl Case {
    fn sides(&self) -> [Side<'_>; 2] {
        [Side { rows: &self.x, groups: &self.groups_x }, Side { rows: &self.y, groups: &self.groups_y }]
    }
}

fn cases() -> Vec<Case> {
    let text = include_str!("../../tests/reference/drift.json");
    serde_json::from_str::<Reference>(text).expect("as the script writes it").cases
}

#[test]
fn every_distance_is_that_of_other_packages() {
    let settings = Settings { permutations: 19, seed: 0 };
    for case in cases() {
        let [x, y] = case.sides();
        let (found, hidden) = distances(&x, &y, ("test", &Measure::ALL), &settings, &Silent).expect("groups");
        assert!(hidden.is_empty() && found.len() == Measure::ALL.len(), "{hidden:?}");
        let order: Vec<Measure> = found.iter().map(|one| one.measure).collect();
        assert_eq!(order, Measure::ALL);
        for one in found.iter().filter(|one| one.measure != Measure::SlicedWasserstein) {
            let expected = case.values[one.measure.name()];
            // matrices taken apart by other routes agree less
            let near = if matches!(one.measure, Measure::Frechet | Measure::Vendi) { 1e-7 } else { 1e-9 };
            let off = (one.value - expected).abs() / expected.abs();
            assert!(off < near, "{}, {}: {} for {expected}", case.name, one.measure.name(), one.value);
        }
    }
}

#[test]
fn the_sliced_distance_is_that_of_another_package_along_the_axes() {
    for case in cases() {
        let [x, y] = case.sides();
        let grouping = Grouping::new(&x, &y).expect("groups");
        let rows = Rows::standardised(&x, &y);
        let one_at = |axis: usize| (0..rows.length).map(|at| f64::from(u8::from(at == axis))).collect();
        let axes = (0..rows.length).map(one_at).collect();
        let got = Sliced::along(&rows, &grouping, axes).of(&grouping.parts(&grouping.observed()))[0];
        assert!((got / case.sliced_axes - 1.0).abs() < 1e-9, "{}: {got} for {}", case.name, case.sliced_axes);
    }
}

#[test]
fn every_feature_differs_as_other_packages_say() {
    for case in cases() {
        let [x, y] = case.sides();
        let names: Vec<String> = (0..case.features.len()).map(|at| at.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let settings = Settings { permutations: 19, seed: 0 };
        let found = crate::drift::differences(&x, &y, &names, &settings, &Silent).expect("groups");
        for one in found {
            let expected = &case.features[one.name.parse::<usize>().expect("its number")];
            let shape = &one.shape;
            let pairs = [
                (shape.ks, expected.ks),
                (shape.w1_sd, expected.w1_sd),
                (shape.js, expected.js),
                (shape.psi, expected.psi),
            ];
            for (got, expected) in pairs {
                let off = (got.value - expected).abs();
                assert!(off < 1e-9 * expected.abs(), "{}, {}: {pairs:?}", case.name, one.name);
            }
        }
    }
}

#[test]
fn chance_is_chance_for_every_distance_where_groups_are_alike_inside() {
    let runs = 1_000;
    let settings = |run: u64| Settings { permutations: 99, seed: run };
    let mut told: std::collections::BTreeMap<&str, Vec<f64>> = std::collections::BTreeMap::new();
    for run in 0..runs {
        let mut stream = StreamKey::new(23, "null").stream("rows", run);
        let [(x, groups_x), (y, groups_y)] = [(); 2].map(|()| rows(&mut stream, 8, 5, [1.0, 0.7], 0.0));
        let (x, y) = (Side { rows: &x, groups: &groups_x }, Side { rows: &y, groups: &groups_y });
        let (found, _) = distances(&x, &y, ("test", &Measure::ALL), &settings(run), &Silent).expect("groups");
        for one in &found {
            told.entry(one.measure.name()).or_default().push(one.p);
        }
    }
    assert_eq!(told.len(), Measure::ALL.len());
    // the 1 % point of Kolmogorov's distribution, and half a step of 99 labellings, which are p's own grain
    let most = 1.63 / f64::from(runs as u32).sqrt() + 0.01;
    for (name, mut all) in told {
        all.sort_by(f64::total_cmp);
        let (mut over, mut under) = (0.0_f64, 0.0_f64);
        for (at, p) in all.iter().enumerate() {
            over = over.max((at + 1) as f64 / all.len() as f64 - p);
            under = under.max(p - at as f64 / all.len() as f64);
        }
        let false_alarms = all.iter().filter(|p| **p <= 0.05).count() as f64 / all.len() as f64;
        println!("{name}: {over:.3} over, {under:.3} under the uniform, {false_alarms:.3} at .05");
        assert!(over < most && false_alarms < 0.075, "{name}: too often small by {over}, {false_alarms} at .05");
        // shares of few rows have ties, and what moves either way is doubled: both only make p larger
        let is_smooth = ["KID", "MMD²", "Energy", "Sliced W₂", "Fréchet"].contains(&name);
        assert!(!is_smooth || under < most, "{name}: too rarely small by {under}");
    }
}

#[test]
fn a_quarter_of_a_standard_deviation_is_found() {
    let runs = 100;
    let mut found = std::collections::BTreeMap::new();
    for run in 0..runs {
        let mut stream = StreamKey::new(5, "power").stream("rows", run);
        let mut side = |shift: f64| -> Vec<Vec<f64>> {
            (0..60).map(|_| (0..16).map(|_| shift + normal_quantile(stream.next_unit())).collect()).collect()
        };
        let (x, y) = (side(0.0), side(0.25));
        let own: Vec<u64> = (0..60).collect();
        let (x, y) = (Side { rows: &x, groups: &own }, Side { rows: &y, groups: &own });
        let wanted = [Measure::Kid, Measure::Mmd, Measure::Energy];
        let settings = Settings { permutations: 199, seed: run };
        let (all, _) = distances(&x, &y, ("test", &wanted), &settings, &Silent).expect("groups");
        for one in &all {
            *found.entry(one.measure.name()).or_insert(0) += u32::from(one.p <= 0.05);
        }
    }
    println!("of {runs} shifts of 0.25 σ in 16 features, 60 rows a side, found: {found:?}");
    assert!(found.values().all(|count| *count >= 80), "{found:?}");
}

#[test]
fn what_is_missing_and_what_repeats_itself_are_told_apart() {
    let mut stream = StreamKey::new(8, "collapse").stream("rows", 0);
    let mut side = |spread: f64| -> Vec<Vec<f64>> {
        (0..120).map(|_| (0..16).map(|_| spread * normal_quantile(stream.next_unit())).collect()).collect()
    };
    let (x, same, tight) = (side(1.0), side(1.0), side(0.5));
    let groups: Vec<u64> = (0..120).map(|row| row / 6).collect();
    let of = |y: &Vec<Vec<f64>>| {
        let sides = [&x, y].map(|rows| Side { rows, groups: &groups });
        let settings = Settings { permutations: 199, seed: 1 };
        distances(&sides[0], &sides[1], ("test", &Measure::ALL), &settings, &Silent).expect("groups").0
    };
    assert_eq!(warnings(&of(&same), "real", "synthetic"), [] as [String; 0]);
    let told = warnings(&of(&tight), "real", "synthetic").join(" ");
    assert!(told.starts_with("Parts of real are missing from synthetic: recall 0."), "{told}");
    assert!(told.contains("Synthetic crowds in one part of real: density"), "{told}");
    // every frame the same but for one number
    let once: Vec<Vec<f64>> = (0..120)
        .map(|at| (0..16).map(|feature| 3.0 + f64::from(at % 7 * u8::from(feature == 0)) * 1e-3).collect())
        .collect();
    let told = warnings(&of(&once), "real", "synthetic").join(" ");
    assert!(told.contains("Synthetic repeats itself") && told.contains("rare in real is missing"), "{told}");
}

#[test]
fn of_few_rows_the_frechet_distance_is_not_shown() {
    let rows: Vec<Vec<f64>> = (0..12).map(|at| vec![f64::from(at), f64::from(at * at % 7)]).collect();
    let groups: Vec<u64> = (0..12).map(|at| at / 3).collect();
    let side = Side { rows: &rows, groups: &groups };
    let (found, hidden) =
        distances(&side, &side, ("test", &Measure::ALL), &Settings::default(), &Silent).expect("groups");
    assert_eq!((found.len(), hidden.len()), (Measure::ALL.len() - 1, 1));
    assert!(hidden[0].why.contains("12 frames") && hidden[0].why.contains("below 20"), "{}", hidden[0].why);
    assert!(found.iter().all(|one| one.value.is_finite() && one.p > 0.05), "the same set twice: {found:?}");
}

#[test]
fn the_interval_of_the_test_holds_what_it_should() {
    // A shift that tells sides apart now and then; the truth is the mean over many sets.
    let mut stream = StreamKey::new(31, "interval").stream("rows", 0);
    let mut one = |seed: u64| {
        let (x, groups_x) = rows(&mut stream, 20, 3, [0.4, 1.0], 0.0);
        let (y, groups_y) = rows(&mut stream, 20, 3, [0.4, 1.0], 0.7);
        let (x, y) = (Side { rows: &x, groups: &groups_x }, Side { rows: &y, groups: &groups_y });
        let settings = Settings { permutations: 19, seed };
        let (found, _) = distances(&x, &y, ("test", &[Measure::Apart]), &settings, &Silent).expect("groups");
        (found[0].value, found[0].interval.expect("it has one"))
    };
    let all: Vec<_> = (0..400).map(&mut one).collect();
    let truth = all.iter().map(|(value, _)| value).sum::<f64>() / all.len() as f64;
    let held = all.iter().filter(|(_, interval)| (interval.low..=interval.high).contains(&truth)).count();
    println!("{held} of {} intervals hold {truth:.3}", all.len());
    // leaving groups out says a little more than the truth, never less
    assert!(held as f64 >= 0.95 * all.len() as f64, "{held} of {}", all.len());
}

#[test]
fn many_groups_go_in_bundles_and_neighbours_beyond_those_kept_are_found() {
    let mut stream = StreamKey::new(2, "many").stream("rows", 0);
    let mut side = |count: usize, shift: f64| -> Vec<Vec<f64>> {
        (0..count).map(|_| (0..3).map(|_| shift + stream.next_unit()).collect()).collect()
    };
    let (x, y) = (side(12, 0.4), side(1_300, 0.0));
    let own: Vec<u64> = (0..1_300).collect();
    let (x, y) = (Side { rows: &x, groups: &own[..12] }, Side { rows: &y, groups: &own });
    let settings = Settings { permutations: 19, seed: 2 };
    let (found, _) = distances(&x, &y, ("test", &Measure::ALL), &settings, &Silent).expect("groups");
    assert_eq!((found[0].groups_x, found[0].groups_y), (12, 512), "three rows of the other side a bundle, or two");
    assert!(found.iter().all(|one| one.value.is_finite()), "{found:?}");
}
