//! Covering arrays against brute force, published sizes and their own laws.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::base::{Note, Silent};

type Pairs = BTreeSet<(Vec<usize>, Vec<u32>)>;

fn key(seed: u64) -> StreamKey {
    StreamKey::new(seed, "f")
}

/// `(levels, dimensions)` pairs, one after the other.
fn levels(groups: &[(u32, usize)]) -> Vec<u32> {
    groups.iter().flat_map(|(count, times)| std::iter::repeat_n(*count, *times)).collect()
}

fn constraint(name: &str, dimensions: &[usize], allowed: fn(&[u32]) -> bool) -> Constraint {
    Constraint { name: name.to_owned(), dimensions: dimensions.to_vec(), allowed: Box::new(allowed) }
}

fn meets(model: &Model, row: &[u32]) -> bool {
    model.constraints.iter().all(|constraint| {
        let levels: Vec<u32> = constraint.dimensions.iter().map(|dimension| row[*dimension]).collect();
        (constraint.allowed)(&levels)
    })
}

/// Every choice of `size` dimensions, by bit masks: not the way of the code under test.
fn choices(dimensions: usize, size: usize) -> Vec<Vec<usize>> {
    let masks = (0_u32..1 << dimensions).filter(|mask| mask.count_ones() as usize == size);
    masks.map(|mask| (0..dimensions).filter(|d| mask >> d & 1 == 1).collect()).collect()
}

/// All tuples that some rows hold.
fn held(rows: &[Vec<u32>], choices: &[Vec<usize>]) -> Pairs {
    let mut found = BTreeSet::new();
    for row in rows {
        for choice in choices {
            found.insert((choice.clone(), choice.iter().map(|dimension| row[*dimension]).collect()));
        }
    }
    found
}

/// All rows of a model, allowed or not.
fn all_rows(levels: &[u32]) -> Vec<Vec<u32>> {
    levels.iter().fold(vec![vec![]], |rows, count| {
        rows.iter().flat_map(|row| (0..*count).map(|level| [row.as_slice(), &[level]].concat())).collect()
    })
}

/// Holds an array against all rows of its model.
fn check_by_brute_force(model: &Model, seed: u64) -> CoveringArray {
    let array = covering_array(model, &key(seed), &Silent).expect("an array");
    let choices = choices(model.levels.len(), model.strength);
    let rows = all_rows(&model.levels);
    let allowed: Vec<Vec<u32>> = rows.iter().filter(|row| meets(model, row)).cloned().collect();
    let (every, possible) = (held(&rows, &choices), held(&allowed, &choices));
    assert!(array.rows.iter().all(|row| meets(model, row)), "a row breaks a constraint");
    assert_eq!(held(&array.rows, &choices), possible, "covered is exactly what is possible");
    assert_eq!(array.combinations, every.len() as u64, "combinations");
    let listed: Pairs = array.impossible.iter().map(|i| (i.dimensions.clone(), i.levels.clone())).collect();
    assert_eq!(listed, every.difference(&possible).cloned().collect(), "impossible ones");
    assert_eq!(array.impossible_count, listed.len() as u64, "counted");
    array
}

#[test]
fn sizes_stay_near_those_of_pict() {
    // The sizes that PICT publishes (9, 18, 37, 27, 15 and 210 rows) plus a fifth.
    let models: [(&[(u32, usize)], usize); 6] = [
        (&[(3, 4)], 10),
        (&[(3, 13)], 21),
        (&[(4, 15), (3, 17), (2, 29)], 44),
        (&[(4, 1), (3, 39), (2, 35)], 32),
        (&[(2, 100)], 18),
        (&[(10, 20)], 252),
    ];
    for (groups, most) in models {
        let model = Model { levels: levels(groups), strength: 2, ..Model::default() };
        let array = covering_array(&model, &key(1), &Silent).expect("an array");
        assert!(array.rows.len() <= most, "{groups:?}: {} rows", array.rows.len());
        let dimensions = model.levels.len();
        let pairs: Vec<Vec<usize>> = (0..dimensions).flat_map(|b| (0..b).map(move |a| vec![a, b])).collect();
        assert_eq!(held(&array.rows, &pairs).len() as u64, array.combinations, "{groups:?}: every pair");
    }
}

#[test]
fn every_strength_covers_all_there_is() {
    for strength in 2..=MAX_STRENGTH {
        let model = Model { levels: vec![3, 2, 4, 1, 2, 3], strength, ..Model::default() };
        let array = check_by_brute_force(&model, strength as u64);
        assert!(array.rows.len() >= [12, 36, 72, 144, 144][strength - 2], "below the largest product: {strength}");
    }
    let model = Model { levels: vec![2, 2, 2], strength: 3, ..Model::default() };
    assert_eq!(check_by_brute_force(&model, 0).rows.len(), 8, "full strength is the full grid");
}

#[test]
fn constraints_are_met_and_what_they_forbid_is_listed() {
    for (seed, strength) in [(0, 2), (1, 3), (2, 4)] {
        let model = Model {
            levels: vec![3, 3, 2, 4, 2, 3],
            constraints: vec![
                constraint("dry means no puddle", &[0, 1], |l| l[0] != 0 || l[1] == 0),
                // Unsorted dimensions, and three of them.
                constraint("three", &[5, 3, 1], |l| l[0] + l[1] + l[2] != 4),
                constraint("alone", &[3], |l| l[0] != 2),
                constraint("chain a", &[2, 4], |l| l[0] <= l[1]),
                constraint("chain b", &[4, 0], |l| l[0] == 0 || l[1] > 0),
            ],
            seeds: Vec::new(),
            strength,
        };
        let array = check_by_brute_force(&model, seed);
        assert!(array.impossible_count > 0, "something is forbidden");
        for impossible in &array.impossible {
            let names = |name: &str| impossible.because.as_deref() == Some(name);
            let at =
                |d: usize| impossible.dimensions.iter().position(|other| *other == d).map(|k| impossible.levels[k]);
            assert_eq!(
                names("alone"),
                at(3) == Some(2) && !names("dry means no puddle") && !names("three"),
                "{impossible:?}"
            );
        }
        // Level 1 of dimension 2 forces level 1 of 4, which excludes level 0 of 0: only the chain as a whole says so.
        let together = Impossible { dimensions: vec![0, 2], levels: vec![0, 1], because: None };
        assert!(strength > 2 || array.impossible.contains(&together), "{:?}", array.impossible);
    }
}

#[test]
fn seeds_come_first_and_are_completed() {
    let model = Model {
        levels: vec![3; 5],
        constraints: vec![constraint("apart", &[0, 1], |l| l[0] != l[1])],
        seeds: vec![vec![Some(2), None, Some(1), None, Some(0)], vec![Some(0), Some(1), Some(2), Some(0), Some(1)]],
        strength: 2,
    };
    let array = check_by_brute_force(&model, 3);
    for (seed, row) in model.seeds.iter().zip(&array.rows) {
        assert!(seed.iter().zip(row).all(|(seed, level)| seed.is_none_or(|seed| seed == *level)), "{seed:?} {row:?}");
    }
    let all: Vec<Vec<Option<u32>>> =
        all_rows(&[2, 2]).iter().map(|row| row.iter().copied().map(Some).collect()).collect();
    let model = Model { levels: vec![2, 2], seeds: all, strength: 2, ..Model::default() };
    assert_eq!(check_by_brute_force(&model, 3).rows, all_rows(&[2, 2]), "seeds that cover all are all");
}

#[test]
fn the_key_decides_the_rows() {
    let model = Model { levels: levels(&[(3, 8)]), strength: 2, ..Model::default() };
    let rows = |seed| covering_array(&model, &key(seed), &Silent).map(|array| array.rows);
    assert_eq!(rows(1), rows(1), "same key, same rows");
    assert_ne!(rows(1), rows(2), "another key");
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence() {
    let refused = |model: Model, words: &[&str]| {
        let text = covering_array(&model, &key(0), &Silent).expect_err("refused").to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    };
    let of = |levels: Vec<u32>, strength| Model { levels, strength, ..Model::default() };
    refused(of(vec![2; 3], 1), &["strength 1"]);
    refused(of(vec![2; 9], 7), &["strength 7"]);
    refused(of(vec![2; 3], 4), &["3 dimensions", "smaller strength"]);
    refused(of(vec![2, 0, 2], 2), &["dimension 2 has no level"]);
    // C(30, 6) · 4^6.
    refused(of(vec![4; 30], 6), &["2432102400 combinations", "smaller strength"]);
    refused(of(vec![u32::MAX; 100_000], 6), &["combinations of 6"]);
    let with = |constraints, seeds| Model { levels: vec![2, 2, 3], constraints, seeds, strength: 2 };
    refused(with(vec![constraint("outside", &[0, 3], |_| true)], vec![]), &["`outside`"]);
    refused(with(vec![constraint("twice", &[1, 1], |_| true)], vec![]), &["`twice`"]);
    refused(with(vec![], vec![vec![None, None, Some(3)]]), &["seed row 1"]);
    let apart = || vec![constraint("apart", &[0, 1], |l| l[0] != l[1])];
    refused(with(apart(), vec![vec![None; 3], vec![Some(1), Some(1), None]]), &["seed row 2", "`apart`"]);
    let mut never = apart();
    never.push(constraint("same", &[0, 1], |l| l[0] == l[1]));
    never.push(constraint("fine", &[2], |l| l[0] < 2));
    refused(with(never, vec![]), &["no row", "`same`"]);
    let wide = Model { constraints: vec![constraint("wide", &[0, 1, 2], |_| true)], ..of(vec![128; 3], 2) };
    refused(wide, &["`wide`", "2097152"]);
}

/// Counts steps and stops after some.
struct Watcher {
    steps: AtomicU64,
    most: u64,
}

impl Monitor for Watcher {
    fn step(&self, _stage: &str, done: u64, total: u64) {
        assert!(done <= total, "{done} of {total}");
        self.steps.fetch_add(1, Ordering::Relaxed);
    }
    fn note(&self, _note: Note) {}
    fn stopped(&self) -> bool {
        self.steps.load(Ordering::Relaxed) >= self.most
    }
}

#[test]
fn a_watcher_sees_every_row_and_can_stop() {
    let model = Model { levels: levels(&[(4, 6)]), strength: 2, ..Model::default() };
    let watcher = Watcher { steps: AtomicU64::new(0), most: 3 };
    assert_eq!(covering_array(&model, &key(0), &watcher), Err(CoveringError::Stopped), "stopped");
    assert_eq!(watcher.steps.into_inner(), 3, "soon");
}

#[test]
fn tuples_have_one_number_each() {
    let tuples = Tuples::new(&[2, 3, 1, 4, 2], 3);
    assert_eq!(tuple_count(&[2, 3, 1, 4, 2], 3), tuples.len() as u128, "two ways to count");
    let rows = all_rows(&[2, 3, 1, 4, 2]);
    let numbered: Pairs = (0..tuples.len()).map(|n| tuples.tuple(n)).map(|t| (t.dimensions, t.levels)).collect();
    assert_eq!(numbered, held(&rows, &choices(5, 3)), "each tuple once");
    for row in rows.iter().step_by(7) {
        let mut left = tuples.clone();
        left.close_row(row);
        let closed = (0..tuples.len()).filter(|n| !left.is_open(*n)).map(|n| tuples.tuple(n));
        let closed: Pairs = closed.map(|t| (t.dimensions, t.levels)).collect();
        assert_eq!(closed, held(std::slice::from_ref(row), &choices(5, 3)), "{row:?}");
    }
}
