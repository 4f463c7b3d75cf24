//! The map against scikit-learn's, on planted clumps, on rows that leave nothing to lay out, and its bits and its end.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::super::{Components, Side, components};
use super::*;
use crate::base::special::normal_quantile;
use crate::base::{Note, Silent, Stream};

/// What a map is worth, by the `near` nearest of every row.
#[derive(Debug)]
struct Worth {
    /// Venna & Kaski 2001, as scikit-learn has it: 1 is the best.
    trustworthiness: f64,
    /// The share of a row's nearest rows that are its nearest points.
    kept: f64,
}

/// Everybody else, nearest first.
fn ranks<T>(all: &[T], apart: impl Fn(&T, &T) -> f64) -> Vec<Vec<usize>> {
    let rank = |own: usize| {
        let mut others: Vec<usize> = (0..all.len()).filter(|other| *other != own).collect();
        others.sort_by(|a, b| apart(&all[own], &all[*a]).total_cmp(&apart(&all[own], &all[*b])));
        others
    };
    (0..all.len()).map(rank).collect()
}

fn apart(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)) * (f64::from(*a) - f64::from(*b))).sum()
}

fn worth(rows: &[Vec<f32>], points: &[[f64; 2]], near: usize) -> Worth {
    let n = rows.len();
    let by_row = ranks(rows, |a, b| apart(a, b));
    let by_point = ranks(points, |a, b| (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]));
    let (mut penalty, mut kept) = (0, 0);
    for (rows, points) in by_row.iter().zip(&by_point) {
        for point in &points[..near] {
            let rank = rows.iter().position(|row| row == point).expect("everybody is there") + 1;
            penalty += rank.saturating_sub(near);
            kept += usize::from(rank <= near);
        }
    }
    let most = (n * near * (2 * n - 3 * near - 1)) as f64;
    Worth { trustworthiness: 1.0 - 2.0 * penalty as f64 / most, kept: kept as f64 / (n * near) as f64 }
}

/// Kullback–Leibler divergence over the pairs that t-SNE keeps.
fn divergence(rows: &[Vec<f32>], points: &[[f64; 2]], perplexity: f64) -> f64 {
    let some: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
    let table = Table::new(&some);
    let near: Vec<Vec<Near>> =
        (0..).zip(&some).map(|(at, row)| table.nearest(row, 3 * perplexity as usize, at as usize, Some(at))).collect();
    let weights: Vec<Vec<f64>> = near.iter().map(|near| affinity::weights(near, perplexity)).collect();
    let affinities = Affinities::new(&near, &weights);
    let similar = |a: &[f64; 2], b: &[f64; 2]| 1.0 / (1.0 + (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2));
    let all: f64 = points.iter().map(|a| points.iter().map(|b| similar(a, b)).sum::<f64>() - 1.0).sum();
    let of = |at: usize| -> f64 {
        let pair = |(other, p): &(u32, f32)| {
            f64::from(*p) * libm::log(f64::from(*p) * all / similar(&points[at], &points[*other as usize]))
        };
        affinities.of(at).iter().filter(|pair| pair.1 > 0.0).map(pair).sum()
    };
    (0..points.len()).map(of).sum()
}

fn side<'a>(rows: &'a [Vec<f64>], groups: &'a [u64]) -> Side<'a> {
    Side { rows, groups: &groups[..rows.len()] }
}

/// The components of `rows`, the first half of which is the reference.
fn parts(rows: &[Vec<f64>]) -> Option<Components> {
    let (groups, half) = (vec![0; rows.len()], rows.len() / 2);
    components(&side(&rows[..half], &groups), &side(&rows[half..], &groups), &Silent).expect("even and finite")
}

/// The map of `rows`.
fn map_with(rows: &[Vec<f64>], settings: &EmbedSettings) -> Option<Embedding> {
    embedding(&parts(rows)?.scores, settings, &Silent).expect("nobody stops it")
}

fn map(rows: &[Vec<f64>]) -> Option<Embedding> {
    map_with(rows, &EmbedSettings::default())
}

/// `count` rows around `clumps` centres in turn, 20 features of which half are mixtures of the others.
fn clumped(stream: &mut Stream, count: usize, clumps: usize, spread: f64) -> Vec<Vec<f64>> {
    let mut normal = || normal_quantile(stream.next_unit());
    let centres: Vec<Vec<f64>> = (0..clumps).map(|_| (0..10).map(|_| 3.0 * normal()).collect()).collect();
    let row = |at: usize| -> Vec<f64> {
        let own: Vec<f64> = centres[at % clumps].iter().map(|centre| centre + spread * normal()).collect();
        let mixed = (0..10).map(|at| own[at] - 0.5 * own[(at + 3) % 10]);
        own.iter().copied().chain(mixed).collect()
    };
    (0..count).map(row).collect()
}

/// The share of points whose nearest point was planted in the same of `clumps` clumps.
fn told_apart(points: &[[f64; 2]], clumps: usize) -> f64 {
    let nearest = ranks(points, |a, b| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2));
    nearest.iter().zip(0..).filter(|(near, at)| near[0] % clumps == at % clumps).count() as f64 / points.len() as f64
}

fn is_finite(found: &Embedding) -> bool {
    found.points.iter().flatten().all(|part| part.is_finite())
}

#[test]
fn maps_are_as_good_as_those_of_another_package() {
    let text = include_str!("../../../tests/reference/embed.json");
    let all: serde_json::Value = serde_json::from_str(text).expect("reference");
    let numbers = |value: &serde_json::Value| -> Vec<Vec<f64>> {
        serde_json::from_value(value.clone()).expect("rows of numbers")
    };
    let number = |value: &serde_json::Value| value.as_f64().expect("a number");
    let (perplexity, near) = (number(&all["perplexity"]), number(&all["near"]) as usize);
    for case in all["cases"].as_array().expect("cases") {
        let rows = numbers(&case["rows"]);
        let ruled = parts(&rows).expect("moving").scores;
        let theirs: Vec<[f64; 2]> = numbers(&case["points"]).iter().map(|point| [point[0], point[1]]).collect();
        // First the rulers: their map on ours is worth what they say it is.
        let (worth_theirs, divergence_theirs) = (worth(&ruled, &theirs, near), divergence(&ruled, &theirs, perplexity));
        let said = ["trustworthiness", "kept", "divergence"].map(|name| number(&case[name]));
        assert!((worth_theirs.trustworthiness - said[0]).abs() < 1e-6, "{worth_theirs:?} {said:?}");
        assert!((worth_theirs.kept - said[1]).abs() < 1e-3, "{worth_theirs:?} {said:?}");
        assert!((divergence_theirs - said[2]).abs() < 1e-3, "{divergence_theirs} {said:?}");
        let ours = map(&rows).expect("a map").points;
        let (found, divergence) = (worth(&ruled, &ours, near), divergence(&ruled, &ours, perplexity));
        println!("{}: {found:?} {divergence}, theirs {said:?}", case["name"]);
        assert!(found.trustworthiness > said[0] - 0.003, "{found:?} {said:?}");
        assert!(found.kept > said[1] - 0.02, "{found:?} {said:?}");
        assert!(divergence < said[2] + 0.02, "{divergence} {said:?}");
    }
}

#[test]
fn planted_clumps_stay_together_where_components_mix_them() {
    let mut stream = StreamKey::new(21, "embedding").stream("clumps", 0);
    let rows = clumped(&mut stream, 600, 24, 1.0);
    let found = map(&rows).expect("a map");
    assert_eq!((found.points.len(), found.laid_out), (600, 600));
    let plane: Vec<[f64; 2]> = parts(&rows).expect("a plane").points().collect();
    let shares = [&found.points, &plane].map(|points| told_apart(points, 24));
    assert!(shares[0] > 0.98 && shares[1] < 0.85, "map and plane: {shares:?}");
    // Without clumps there are none: nearest points are of any residue.
    let share = told_apart(&map(&clumped(&mut stream, 600, 1, 1.0)).expect("a map").points, 24);
    assert!(share < 0.1, "{share}");
}

#[test]
fn what_is_not_laid_out_lies_among_its_like() {
    let mut stream = StreamKey::new(22, "embedding").stream("clumps", 0);
    let mut rows = clumped(&mut stream, 1000, 7, 0.5);
    let settings = EmbedSettings { most_laid_out: 300, ..EmbedSettings::default() };
    // Row 11 is not laid out, row 10 is: 10 = 3 · 1000 / 300.
    rows[11] = rows[10].clone();
    let found = map_with(&rows, &settings).expect("a map");
    assert_eq!((found.points.len(), found.laid_out), (1000, 300));
    let clump = |at: usize| if at == 11 { 10 % 7 } else { at % 7 };
    let nearest = ranks(&found.points, |a, b| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2));
    let alike = (0..1000).filter(|at| clump(nearest[*at][0]) == clump(*at)).count();
    assert!(alike > 980, "{alike} of 1000");
    let [a, b] = [10, 11].map(|at| found.points[at]);
    assert!((a[0] - b[0]).abs() + (a[1] - b[1]).abs() < 1e-3, "equal rows: {a:?} {b:?}");
}

#[test]
fn bits_depend_on_neither_threads_nor_chance() {
    let mut stream = StreamKey::new(23, "embedding").stream("clumps", 0);
    let rows = clumped(&mut stream, 2500, 5, 1.0);
    let settings = EmbedSettings { most_laid_out: 600, ..EmbedSettings::default() };
    let bits = |threads: usize, settings: &EmbedSettings| -> Vec<u64> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let found = pool.install(|| map_with(&rows, settings)).expect("a map");
        found.points.iter().flatten().map(|part| part.to_bits()).collect()
    };
    let first = bits(1, &settings);
    for threads in [1, 2, 2, 5] {
        assert!(bits(threads, &settings) == first, "{threads} threads");
    }
    assert!(bits(2, &EmbedSettings { seed: 1, ..settings }) != first, "another seed is another start");
}

#[test]
fn rows_without_a_map_have_none_and_odd_ones_are_finite() {
    let mut stream = StreamKey::new(24, "embedding").stream("rows", 0);
    let many = clumped(&mut stream, 200, 3, 1.0);
    assert_eq!(map(&many[..3]), None, "three rows");
    assert_eq!(map(&many[..7]), None, "seven rows");
    assert_eq!(map(&vec![vec![1.5, -2.0]; 100]), None, "nothing changes");
    assert_eq!(map(&[]), None, "no rows");
    let with = |change: &dyn Fn(usize, &mut Vec<f64>)| {
        let mut rows = many.clone();
        rows.iter_mut().enumerate().for_each(|(at, row)| change(at, row));
        rows
    };
    let cases = [
        ("eight rows", many[..8].to_vec()),
        ("all equal but one", with(&|at, row| *row = vec![f64::from(u8::from(at == 7)); 3])),
        ("one feature", with(&|_, row| row.truncate(1))),
        ("one feature changes", with(&|_, row| row[1..].fill(4.0))),
        ("two values", with(&|at, row| *row = vec![(at % 2) as f64, 3.0])),
        ("every row four times", (0..200).map(|at| many[at / 4].clone()).collect()),
        ("one far away", with(&|at, row| row[3] = if at == 5 { 1e15 } else { row[3] })),
        ("all tiny", with(&|_, row| row.iter_mut().for_each(|value| *value *= 1e-12))),
    ];
    for (name, rows) in cases {
        let found = map(&rows).expect(name);
        assert!(is_finite(&found) && found.points.len() == rows.len(), "{name}");
        let settings = EmbedSettings { most_laid_out: rows.len() / 2, perplexity: 1e9, seed: 3 };
        assert!(map_with(&rows, &settings).is_some_and(|found| is_finite(&found)), "{name}, half of them");
    }
}

#[test]
fn rows_that_cannot_be_compared_are_named() {
    let mut stream = StreamKey::new(25, "embedding").stream("rows", 0);
    let (good, groups) = (clumped(&mut stream, 20, 2, 1.0), vec![0; 20]);
    let error =
        |rows: &[Vec<f64>]| components(&side(&good, &groups), &side(rows, &groups), &Silent).expect_err("an error");
    for (value, expected) in [
        (f64::NAN, DriftError::NotFinite { side: "other", row: 4, feature: 2 }),
        (f64::INFINITY, DriftError::NotFinite { side: "other", row: 4, feature: 2 }),
    ] {
        let mut rows = good.clone();
        rows[4][2] = value;
        assert_eq!(error(&rows), expected);
    }
    let mut rows = good.clone();
    rows[4][2] = f64::MAX;
    rows[5][2] = f64::MAX;
    assert!(error(&rows).to_string().contains("feature 2 holds numbers too large"), "{}", error(&rows));
    rows[3].pop();
    assert!(matches!(error(&rows), DriftError::Uneven { side: "other", .. }));
}

/// Stops when a stage begins, and knows when that was.
struct StopsAt(&'static str, Mutex<Vec<String>>, Mutex<Option<Instant>>);

impl Monitor for StopsAt {
    fn step(&self, stage: &str, done: u64, total: u64) {
        assert!(done < total, "{stage}: {done} of {total}");
        let mut stages = self.1.lock().expect("stages");
        if stages.last().is_none_or(|last| last != stage) {
            stages.push(stage.to_owned());
        }
        if stage == self.0 {
            self.2.lock().expect("time").get_or_insert_with(Instant::now);
        }
    }
    fn note(&self, _note: Note) {}
    fn stopped(&self) -> bool {
        self.2.lock().expect("time").is_some()
    }
}

#[test]
fn a_wish_to_stop_is_obeyed_within_a_second() {
    let mut stream = StreamKey::new(26, "embedding").stream("rows", 0);
    let scores = parts(&clumped(&mut stream, 3000, 5, 1.0)).expect("they move").scores;
    let settings = EmbedSettings { most_laid_out: 1200, ..EmbedSettings::default() };
    let run = |stage: &'static str| {
        let monitor = StopsAt(stage, Mutex::default(), Mutex::default());
        let found = embedding(&scores, &settings, &monitor);
        let passed = monitor.2.into_inner().expect("time").map(|since| since.elapsed());
        (found, passed, monitor.1.into_inner().expect("stages"))
    };
    let (found, _, stages) = run("");
    assert!(found.is_ok_and(|found| found.is_some()));
    assert_eq!(stages, ["Finding neighbours", "Weighing neighbours", "Laying out the map", "Placing the other rows"]);
    for stage in ["Finding neighbours", "Laying out the map", "Placing the other rows"] {
        let (found, passed, _) = run(stage);
        assert_eq!(found, Err(DriftError::Stopped), "{stage}");
        assert!(passed.is_some_and(|passed| passed < Duration::from_secs(1)), "{stage}: {passed:?}");
    }
}
