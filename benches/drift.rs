//! The distances between two sets beside Python's, in one run: KID, RBF-MMD and the neighbours' measures on the same number of rows
//! and features.
//!
//! Without arguments ours alone. `WORLDPROOF_PEER_PYTHON` names a Python with scikit-learn and prdc; then their processor time is
//! measured by `benches/drift_peer.py`, and the ratios are printed. Ours has 99 labellings by group behind each value, theirs none.
//! Arguments: rows a side (2,000), features (512), rounds (3). With `twins` in front: the search for near twins among a number of hashes
//! (1,000,000) alone; with `features`: every feature by itself, with its bands, of rows a side (2,500) and features (66).

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a measurement, not the product")]

use std::process::Command;
use std::time::Instant;

use worldproof::base::special::normal_quantile;
use worldproof::base::{Silent, Stream, StreamKey, processor};
use worldproof::drift::{Measure, Settings, Side, differences, distances, twins};

/// What is measured: its name, and the measures that are worked out together.
const TASKS: [(&str, &[Measure]); 4] = [
    ("KID", &[Measure::Kid]),
    ("MMD²", &[Measure::Mmd]),
    ("precision, recall, density, coverage", &[Measure::Precision]),
    ("all of these", &[Measure::Kid, Measure::Mmd, Measure::Precision]),
];

/// Rows of normal features, moved by `shift`.
fn rows(count: usize, length: usize, shift: f64, seed: u64) -> Vec<Vec<f64>> {
    let mut stream = StreamKey::new(seed, "bench").stream("rows", 0);
    let mut number = || shift + normal_quantile(stream.next_unit());
    (0..count).map(|_| (0..length).map(|_| number()).collect()).collect()
}

/// Processor seconds, and seconds on the wall.
type Took = [f64; 2];

/// Of ours.
fn ours(wanted: &[Measure], x: &[Vec<f64>], y: &[Vec<f64>]) -> Took {
    let groups: Vec<u64> = (0..x.len() as u64).map(|row| row / 10).collect();
    let sides = [x, y].map(|rows| Side { rows, groups: &groups });
    let settings = Settings { permutations: 99, seed: 0 };
    let (before, start) = (processor::process_s().expect("this system tells processor time"), Instant::now());
    let found = distances(&sides[0], &sides[1], ("bench", wanted), &settings, &Silent).expect("groups");
    assert!(!found.0.is_empty(), "measured");
    [processor::process_s().expect("this system tells processor time") - before, start.elapsed().as_secs_f64()]
}

/// Of the peers, in the order of [`TASKS`] but for the last.
fn theirs(python: &str, count: usize, length: usize) -> Vec<Took> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/drift_peer.py");
    let run = Command::new(python).arg(script).args([count.to_string(), length.to_string()]).output();
    let told = String::from_utf8(run.expect("the peers run").stdout).expect("text");
    let seconds = |text: &str| text.parse().expect("seconds");
    let took = |line: &str| line.split_once(' ').map(|(processor, wall)| [seconds(processor), seconds(wall)]);
    told.lines().map(|line| took(line).expect("two numbers")).collect()
}

/// Hashes of so many pictures that have nothing in common.
fn strangers(count: usize, stream: &mut Stream) -> Vec<u64> {
    (0..count).map(|_| stream.next_u64()).collect()
}

/// Hashes of pictures of which most are others with up to two bits turned.
fn relatives(count: usize, stream: &mut Stream) -> Vec<u64> {
    let mut all = strangers(count / 1_000, stream);
    while all.len() < count {
        let from = all[stream.next_below(all.len() as u64) as usize];
        all.push((0..stream.next_below(3)).fold(from, |hash, _| hash ^ (1 << stream.next_below(64))));
    }
    all
}

/// Hashes of a video that changes by one bit every third frame and wholly every 300.
fn frames(count: usize, stream: &mut Stream) -> Vec<u64> {
    let mut hash = 0;
    let mut next = |at: usize| {
        if at.is_multiple_of(300) {
            hash = stream.next_u64();
        } else if at.is_multiple_of(3) {
            hash ^= 1 << stream.next_below(64);
        }
        hash
    };
    (0..count).map(&mut next).collect()
}

fn fold(count: usize) {
    let mut stream = StreamKey::new(3, "bench").stream("hashes", 0);
    println!("near twins among {count} hashes, within {} bits, processor time of one core", twins::WITHIN);
    for (what, hashes) in [
        ("pictures that have nothing in common", strangers(count, &mut stream)),
        ("pictures of which most are others with up to two bits turned", relatives(count, &mut stream)),
        ("frames of a video", frames(count, &mut stream)),
    ] {
        let before = processor::process_s().expect("this system tells processor time");
        let folded = twins::fold(&hashes, twins::WITHIN);
        let took_s = processor::process_s().expect("this system tells processor time") - before;
        let left = folded.iter().zip(0..).filter(|(first, own)| **first == *own).count();
        println!("{what}: {took_s:.2} s, {left} left");
    }
}

/// Every feature by itself, twelve rows a group.
fn features(count: usize, length: usize) {
    let (x, y) = (rows(count, length, 0.0, 1), rows(count, length, 0.05, 2));
    let groups: Vec<u64> = (0..count as u64).map(|row| row / 12).collect();
    let [x, y] = [&x, &y].map(|rows| Side { rows, groups: &groups });
    let names: Vec<String> = (0..length).map(|at| at.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (before, start) = (processor::process_s().expect("this system tells processor time"), Instant::now());
    let found = differences(&x, &y, &names, &Settings::default(), &Silent).expect("groups");
    let took_s = processor::process_s().expect("this system tells processor time") - before;
    let labellings = found.first().map_or(0, |one| one.shape.labellings);
    println!(
        "{count} rows a side, {length} features, {labellings} labellings each: {took_s:.2} s, {:.2} s on the wall",
        start.elapsed().as_secs_f64()
    );
}

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let number = |at: usize, otherwise: usize| numbers.get(at).copied().unwrap_or(otherwise);
    if std::env::args().any(|argument| argument == "twins") {
        return fold(number(0, 1_000_000));
    }
    if std::env::args().any(|argument| argument == "features") {
        return features(number(0, 2_500), number(1, 66));
    }
    let (count, length, rounds) = (number(0, 2_000), number(1, 512), number(2, 3));
    let (x, y) = (rows(count, length, 0.0, 1), rows(count, length, 0.05, 2));
    let python = std::env::var("WORLDPROOF_PEER_PYTHON").ok();
    println!("{count} rows a side, {length} features, processor time");
    for round in 1..=rounds {
        let mut peers = python.as_ref().map(|python| theirs(python, count, length)).unwrap_or_default();
        peers.push([0, 1].map(|at| peers.iter().map(|took| took[at]).sum()));
        for (at, (name, wanted)) in TASKS.into_iter().enumerate() {
            let [own_s, own_wall_s] = ours(wanted, &x, &y);
            let beside = match peers.get(at).filter(|_| python.is_some()) {
                Some([peer_s, peer_wall_s]) => format!(
                    "; theirs {peer_s:.2} s, {peer_wall_s:.2} s on the wall; ours to it {:.2}, {:.2}",
                    own_s / peer_s,
                    own_wall_s / peer_wall_s
                ),
                None => String::new(),
            };
            println!("round {round}: {name}: {own_s:.2} s, {own_wall_s:.2} s on the wall{beside}");
        }
    }
}
