//! Known answers, brute force, and the laws of counting.

use std::collections::BTreeSet;

use super::*;
use crate::base::StreamKey;
use crate::base::monitor::Silent;
use crate::family::{Distribution, Family, Goal, Weighted, parse};
use crate::sample::Draw;

/// Two parameters: `speed` in m/s, uniform on 0 to 10, and `kind`, one of 0, 2 and 5 with shares ½, ¼, ¼.
fn family() -> Family {
    let text = r#"(
        id: "f", title: "A family", version: 1,
        card: (rare_event: "a", artefact: "b", real_probe: "c", discard_rule: "d"),
        stage: "tabletop",
        camera: (width_px: 64, height_px: 48, vertical_fov_deg: 57.5, eye_m: (0, 0, 1), target_m: (1, 0, 0)),
        clock: (duration_s: 2.5, frame_rate_hz: 30),
        parameters: [
            (name: "speed", unit: "m/s", role: Cause, nominal: Uniform(low: 0, high: 10)),
            (name: "kind", unit: "", role: Nuisance, nominal: Choice([
                (value: 5, weight: 1), (value: 0, weight: 2), (value: 2, weight: 1),
            ])),
        ],
        measures: [(name: "tilt", unit: "deg", is: "1.0")],
        rare_event: "tilt",
    )"#;
    parse(text, "f.ron").unwrap()
}

fn table(columns: &[(&str, &[f64])]) -> Columns {
    let mut table = Columns::new("draw", "draws");
    for (name, values) in columns {
        let unit = if *name == "speed" { "m/s" } else { "" };
        table.push(name, unit, values.to_vec()).unwrap();
    }
    table
}

/// Rows of `n_columns` numbers below `n_values`, some of them missing where asked.
fn random(purpose: &str, n_rows: usize, n_columns: usize, n_values: u64, missing: bool) -> Columns {
    let mut stream = StreamKey::new(1, "coverage").stream(purpose, 0);
    let mut columns = Columns::new("draw", "draws");
    for column in 0..n_columns {
        let value = |_| {
            let drawn = stream.next_below(n_values) as f64;
            if missing && stream.next_below(9) == 0 { f64::NAN } else { drawn }
        };
        columns.push(&format!("c{column}"), "", (0..n_rows).map(value).collect()).unwrap();
    }
    columns
}

fn whole_numbers(n_columns: usize, n_values: u64) -> Vec<Factor> {
    let values: Vec<f64> = (0..n_values).map(|value| value as f64).collect();
    let factor =
        |column| Factor { name: format!("c{column}"), unit: String::new(), buckets: Buckets::Values(values.clone()) };
    (0..n_columns).map(factor).collect()
}

fn goal(of: &str, range: Option<(f64, f64)>, every: Option<f64>, target: u64) -> Goal {
    Goal { of: of.to_owned(), range, every, buckets: None, target }
}

fn one(family: &Family, goal: Goal, table: &Columns) -> Coverage {
    coverage(family, &[goal], table).unwrap().swap_remove(0)
}

fn law(distribution: &Distribution) -> crate::family::Law {
    crate::family::Law::new(distribution, None).unwrap()
}

#[test]
fn buckets_place_every_value() {
    let intervals = Buckets::Intervals(vec![0.0, 1.0, 4.0]);
    for (value, place) in [
        (0.0, Place::In(0)),
        (1.0, Place::In(1)),
        (4.0, Place::In(1)),
        (-0.1, Place::Below),
        (4.1, Place::Above),
        (f64::INFINITY, Place::Above),
        (f64::NAN, Place::Missing),
    ] {
        assert_eq!(intervals.place(value), place, "{value}");
    }
    let values = Buckets::Values(vec![0.0, 2.0]);
    let places = [-1.0, -0.0, 1.0, 2.0, 3.0, f64::NAN].map(|value| values.place(value));
    let want = [Place::Below, Place::In(0), Place::Between, Place::In(1), Place::Above, Place::Missing];
    assert_eq!(places, want, "values");
}

#[test]
fn automatic_buckets_each_hold_a_value() {
    let few = Buckets::automatic([3.0, 1.0, f64::NAN, 3.0, 0.0, -0.0], 4);
    assert_eq!(few, Buckets::Values(vec![0.0, 1.0, 3.0]), "few values stay");
    let even = Buckets::automatic((0..40).map(f64::from), 4);
    assert_eq!(even, Buckets::Intervals(vec![f64::NEG_INFINITY, 10.0, 20.0, 30.0, f64::INFINITY]), "quarters");
    assert_eq!(
        (even.words(0, "kg"), even.words(1, "kg"), even.words(3, "")),
        ("< 10 kg".into(), "10–20 kg".into(), "≥ 30".into())
    );
    // Most values are 0: no bucket below 0 and no empty one.
    let heaped: Vec<f64> = (0..100).map(|at| f64::from((at - 70_i32).max(0))).collect();
    let buckets = Buckets::automatic(heaped.iter().copied(), 10);
    let reached: BTreeSet<_> = heaped.iter().map(|value| format!("{:?}", buckets.place(*value))).collect();
    assert_eq!(reached.len(), buckets.len(), "{buckets:?}");
    assert!(Buckets::automatic([f64::NAN], 3).is_empty(), "no value, no bucket");
}

#[test]
fn a_parameter_without_a_goal_has_bins_of_equal_nominal_probability() {
    let buckets = Buckets::of_nominal(&law(&Distribution::LogUniform { low: 1.0, high: 1e10 }));
    let Buckets::Intervals(edges) = &buckets else { panic!("{buckets:?}") };
    for (power, edge) in edges.iter().enumerate() {
        assert!((edge / 10_f64.powi(power as i32) - 1.0).abs() < 1e-12, "{edge}");
    }
    let normal = Distribution::TruncatedNormal { mean: 1.0, sd: 2.0, low: -3.0, high: 9.0 };
    for p in Buckets::of_nominal(&law(&normal)).probabilities(&law(&normal)) {
        assert!((p - 0.1).abs() < 1e-12, "{p}");
    }
    let found = coverage(&family(), &[], &table(&[("speed", &[0.5, 9.5]), ("kind", &[0.0, 3.0])])).unwrap();
    let [speed, kind] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((speed.met(), speed.counts.len(), speed.target), (2, 10, 1), "{speed:?}");
    assert_eq!((kind.counts.as_slice(), kind.between), (&[1, 0, 0][..], 1), "{kind:?}");
    assert_eq!(kind.probabilities.as_deref(), Some(&[0.5, 0.25, 0.25][..]), "by value");
    let hole = |value: f64| Hole { low: value, high: value, wanting: 1 };
    assert_eq!(kind.holes(), [hole(2.0), hole(5.0)], "single values are not joined");
}

#[test]
fn a_goal_counts_hits_and_joins_holes() {
    let values = [-1.0, 0.5, 1.0, 1.5, 2.0, 7.0, 10.0, 11.0, 12.0, f64::NAN];
    let found = one(&family(), goal("speed", Some((0.0, 10.0)), Some(2.0), 3), &table(&[("speed", &values)]));
    assert_eq!(found.counts, [3, 1, 0, 1, 1], "{found:?}");
    assert_eq!((found.below, found.above, found.missing, found.n(), found.met()), (1, 2, 1, 9, 1), "{found:?}");
    assert_eq!(found.share(), 0.2, "one of five");
    assert_eq!(found.holes(), [Hole { low: 2.0, high: 10.0, wanting: 2 + 3 + 2 + 2 }], "neighbours are joined");
    let sentences = found.sentences();
    assert_eq!(sentences[0], "4 of 5 buckets of speed have fewer than 3 draws: 2–10 m/s needs 9 more.");
    assert_eq!(
        sentences[1],
        "Values of speed outside its buckets: 1 of 9 below the lowest bucket, 2 of 9 above the highest bucket."
    );
    assert_eq!(sentences[2], "Without a value of speed: 1 of 10 draws.");
}

#[test]
fn sentences_name_each_hole_and_say_when_all_is_well() {
    let split = table(&[("speed", &[2.5, 3.0, 3.5, 0.0])]);
    let found = one(&family(), goal("speed", Some((0.0, 6.0)), Some(2.0), 3), &split);
    assert_eq!(
        found.sentences()[0],
        "2 of 3 buckets of speed have fewer than 3 draws: 0–2 m/s needs 2 more, 4–6 m/s needs 3 more."
    );
    let found = one(&family(), goal("speed", Some((0.0, 6.0)), Some(2.0), 1), &split);
    assert_eq!(found.sentences()[0], "1 of 3 buckets of speed has no draws: 4–6 m/s.");
    // Each bucket has p = 0.2: 1 - 0.8^4 = 0.590, and 0.8^13 = 0.055 but 0.8^14 = 0.044.
    assert_eq!(
        found.sentences()[1..],
        [
            "66.7 % of the buckets met the target; as many draws from the nominal reach 59 % on average.",
            "It takes 14 draws from the nominal to reach 95 % of the buckets on average.",
        ]
    );
    let full = one(&family(), goal("speed", Some((0.0, 4.0)), Some(2.0), 1), &split);
    assert_eq!(full.sentences()[0], "Every one of the 2 buckets of speed has at least a hit.");
    let beyond = one(&family(), goal("speed", Some((8.0, 14.0)), Some(2.0), 1), &split);
    let last = beyond.sentences().pop().unwrap();
    assert!(last.starts_with("The nominal never draws 2 of the 3 buckets"), "{last}");
}

#[test]
fn expected_shares_meet_the_published_ones() {
    let goal = goal("speed", Some((0.0, 10.0)), Some(0.1), 1);
    for (n, share) in [(230, 0.901), (460, 0.990)] {
        let found = one(&family(), goal.clone(), &table(&[("speed", &vec![0.5; n])]));
        let expected = found.expected_share().unwrap();
        assert!((expected - share).abs() < 5e-4, "{n}: {expected}");
        assert!((expected - (1.0 - 0.99_f64.powi(n as i32))).abs() < 1e-12, "the closed form, {n}");
        // ln(0.1) / ln(0.99) = 229.1 and ln(0.01) / ln(0.99) = 458.2.
        assert_eq!((found.draws_needed(0.9), found.draws_needed(0.99)), (Some(230), Some(459)), "inverted");
    }
}

#[test]
fn expected_shares_are_binomial_tails_over_unequal_buckets() {
    let found = one(&family(), goal("kind", None, None, 2), &table(&[("kind", &[0.0; 3])]));
    // P[Bin(3, ½) ≥ 2] = ½; P[Bin(3, ¼) ≥ 2] = 3 · (1/16) · (3/4) + 1/64 = 10/64.
    let by_hand = (0.5 + 2.0 * 10.0 / 64.0) / 3.0;
    assert!((found.expected_share().unwrap() - by_hand).abs() < 1e-12, "{found:?}");
    let needed = found.draws_needed(0.95).unwrap();
    let at = |n| found.expected_share_after(n).unwrap();
    assert!(at(needed) >= 0.95 && at(needed - 1) < 0.95, "{needed} is the smallest");
    assert_eq!((found.draws_needed(0.0), found.draws_needed(1.1)), (Some(0), None), "trivial and impossible");
    // 0 to 10 only: of 0–20 in two buckets, the nominal reaches one.
    let half = one(&family(), goal("speed", Some((0.0, 20.0)), Some(10.0), 1), &table(&[("speed", &[1.0])]));
    assert_eq!((half.expected_share(), half.draws_needed(0.5), half.draws_needed(0.6)), (Some(0.5), Some(1), None));
    let tilt = one(&family(), goal("tilt", Some((0.0, 90.0)), Some(45.0), 1), &table(&[("tilt", &[1.0])]));
    assert_eq!((tilt.expected_share(), tilt.draws_needed(0.5)), (None, None), "nobody knows a measure's distribution");
}

#[test]
fn a_simulation_agrees_with_the_expected_share() {
    let mut stream = StreamKey::new(3, "coverage").stream("expected", 0);
    let repeats = 2_000;
    let mut shares = 0.0;
    let mut expected = 0.0;
    for _ in 0..repeats {
        let values: Vec<f64> = (0..30).map(|_| 10.0 * stream.next_unit()).collect();
        let found = one(&family(), goal("speed", Some((0.0, 10.0)), Some(3.0), 5), &table(&[("speed", &values)]));
        shares += found.share() / f64::from(repeats);
        expected = found.expected_share().unwrap();
    }
    // One share has a standard deviation of at most ½: four standard errors.
    assert!((shares - expected).abs() < 4.0 * 0.5 / f64::from(repeats).sqrt(), "{shares} for {expected}");
}

#[test]
fn goals_that_do_not_fit_are_refused_in_words() {
    let table = table(&[("speed", &[1.0]), ("tilt", &[1.0])]);
    for (wrong, part) in [
        (goal("sped", Some((0.0, 1.0)), None, 1), "`sped`"),
        (goal("tilt", None, None, 1), "not known alone"),
        (goal("speed", None, Some(1.0), 1), "add range"),
    ] {
        let error = coverage(&family(), &[wrong], &table).unwrap_err();
        assert!(matches!(&error, CoverageError::Goal(text) if text.contains(part)), "{error}");
    }
}

#[test]
fn draws_become_a_table() {
    let draw = |index, values: &[(&str, f64)]| Draw {
        index,
        refused: 0,
        values: values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        ln_weight: 0.0,
    };
    let draws = [draw(0, &[("speed", 1.0), ("kind", 2.0)]), draw(1, &[("speed", 3.0)])];
    let mut table = Columns::of_draws(&family(), &draws);
    let names: Vec<_> = table.columns().iter().map(|column| (column.name.as_str(), column.unit.as_str())).collect();
    assert_eq!(names, [("speed", "m/s"), ("kind", "")], "in the family's order");
    assert_eq!(table.column("speed").unwrap().values, [1.0, 3.0]);
    assert!(table.column("kind").unwrap().values[1].is_nan(), "missing");
    assert_eq!([0, 1, 14].map(|n| table.counted(n)), ["no draw", "1 draw", "14 draws"]);
    assert!(
        table.push("tilt", "deg", vec![1.0]).is_err() && table.push("kind", "", vec![1.0, 2.0]).is_err(),
        "refused"
    );
    assert_eq!(table.push("tilt", "deg", vec![1.0, 2.0]), Ok(()));
}

#[test]
fn pairs_and_triples_by_hand() {
    // Kuhn et al.'s running example in kind: four tests of four binary factors, 19 of 24 pairs.
    let rows = [[0, 0, 0, 0], [0, 1, 1, 0], [1, 0, 0, 1], [0, 1, 1, 1]];
    let columns: Vec<Vec<f64>> = (0..4).map(|c| rows.iter().map(|row| f64::from(row[c])).collect()).collect();
    let names = ["c0", "c1", "c2", "c3"];
    let table = table(&names.iter().zip(&columns).map(|(name, values)| (*name, values.as_slice())).collect::<Vec<_>>());
    let found = combination_coverage(&table, &whole_numbers(4, 2), 2, None, &Silent).unwrap();
    let present: Vec<u64> = found.subsets.iter().map(|subset| subset.present).collect();
    assert_eq!(present, [3, 3, 3, 2, 4, 4], "{found:?}");
    assert_eq!((found.present, found.possible), (19, 24));
    assert_eq!(found.sentences(0), ["19 of 24 pairs (79.2 %) occur in 4 draws."]);
    let triples = combination_coverage(&table, &whole_numbers(4, 2), 3, None, &Silent).unwrap();
    // Each triple of columns holds as many distinct rows: (0,1,2): 000 011 100; the other three: four each.
    assert_eq!(triples.subsets.iter().map(|subset| subset.present).collect::<Vec<_>>(), [3, 4, 4, 4]);
}

/// The combinations that rows hold, the slow way.
fn held(table: &Columns, n_factors: usize, strength: usize) -> BTreeSet<Vec<(usize, u32)>> {
    let mut found = BTreeSet::new();
    for row in 0..table.n_rows() {
        for mask in 0_u32..1 << n_factors {
            let chosen: Vec<usize> = (0..n_factors).filter(|factor| mask >> factor & 1 == 1).collect();
            let values: Vec<f64> = chosen.iter().map(|factor| table.columns()[*factor].values[row]).collect();
            if chosen.len() == strength && values.iter().all(|value| !value.is_nan()) {
                found.insert(chosen.iter().zip(&values).map(|(factor, value)| (*factor, *value as u32)).collect());
            }
        }
    }
    found
}

#[test]
fn counts_agree_with_brute_force() {
    let allowed = |combination: &[(usize, u32)]| combination.iter().map(|(_, level)| level).sum::<u32>() != 3;
    for strength in 1..=4 {
        let (a, b) = (random("a", 40, 6, 3, true), random("b", 25, 6, 3, true));
        let factors = whole_numbers(6, 3);
        let (in_a, in_b) = (held(&a, 6, strength), held(&b, 6, strength));
        let found = combination_coverage(&a, &factors, strength, None, &Silent).unwrap();
        let possible = [6, 15, 20, 15][strength - 1] * 3_u64.pow(strength as u32);
        assert_eq!((found.present, found.possible), (in_a.len() as u64, possible), "t = {strength}");
        assert!(found.absent.iter().all(|combination| !in_a.contains(&combination.levels)), "t = {strength}");
        assert_eq!(found.absent.len() as u64, (possible - found.present).min(LISTED_MOST as u64), "t = {strength}");
        let n_missing = a.columns().iter().flat_map(|column| &column.values).filter(|value| value.is_nan()).count();
        assert_eq!((found.missing, found.outside), (n_missing as u64, 0), "missing values");

        let constrained = combination_coverage(&a, &factors, strength, Some(&allowed), &Silent).unwrap();
        let kept = in_a.iter().filter(|combination| allowed(combination)).count() as u64;
        assert_eq!(
            (constrained.present, constrained.against_constraint),
            (kept, found.present - kept),
            "t = {strength}"
        );
        assert!(constrained.absent.iter().all(|combination| allowed(&combination.levels)), "no impossible hole");

        let difference = set_difference(&a, &[&b], &factors, strength, &Silent).unwrap();
        let only = in_a.difference(&in_b).count() as u64;
        assert_eq!((difference.present, difference.only), (in_a.len() as u64, only), "t = {strength}");
        assert_eq!(difference.possible(), possible, "three levels each, t = {strength}");
        let listed: BTreeSet<_> =
            difference.most_frequent.iter().map(|combination| combination.levels.clone()).collect();
        assert_eq!(listed.len() as u64, only.min(LISTED_MOST as u64), "listed once each");
        assert!(listed.iter().all(|levels| in_a.contains(levels) && !in_b.contains(levels)), "t = {strength}");
        assert!(difference.most_frequent.windows(2).all(|pair| pair[0].count >= pair[1].count), "most frequent first");
    }
}

#[test]
fn cells_of_pairs_agree_with_the_difference() {
    let (a, b) = (random("a", 40, 4, 3, true), random("b", 25, 4, 3, false));
    let factors = whole_numbers(4, 3);
    let pairs = pair_cells([&a, &b], &factors, &Silent).unwrap();
    let [adds, lacks] =
        [[&a, &b], [&b, &a]].map(|[of, other]| set_difference(of, &[other], &factors, 2, &Silent).unwrap());
    assert_eq!(pairs.len(), adds.subsets.len(), "every pair");
    for ((pair, adds), lacks) in pairs.iter().zip(&adds.subsets).zip(&lacks.subsets) {
        assert_eq!((pair.factors.to_vec(), pair.rows.len()), (adds.factors.clone(), 9));
        let cells = |wanted: fn(&[u32; 2]) -> bool| pair.rows.iter().filter(|rows| wanted(rows)).count() as u64;
        assert_eq!(cells(|[a, b]| *a > 0 && *b == 0), adds.only, "{:?}", pair.factors);
        assert_eq!(cells(|[a, b]| *a == 0 && *b > 0), lacks.only, "{:?}", pair.factors);
        assert_eq!(pair.one_sided() as u64, adds.only + lacks.only);
        // Where the second table misses nothing, all of its rows lie somewhere.
        assert_eq!(pair.rows.iter().map(|rows| rows[1]).sum::<u32>(), 25, "{:?}", pair.factors);
        let [first, second] = pair.factors.map(|factor| &b.columns()[factor].values);
        let there = first.iter().zip(second).filter(|(x, y)| **x == 1.0 && **y == 2.0).count();
        assert_eq!(pair.rows[5][1] as usize, there, "the second factor's levels run faster");
    }
    assert!(pair_cells([&a, &b], &factors[..1], &Silent).unwrap().is_empty(), "no pair");
    let wide = random("wide", 2, 60, 30, false);
    assert!(pair_cells([&wide, &wide], &whole_numbers(60, 30), &Silent).unwrap().is_empty(), "1 593 000 cells");
}

#[test]
fn set_differences_obey_their_laws() {
    let (a, b) = (random("a", 60, 5, 4, false), random("b", 30, 5, 4, false));
    let factors = whole_numbers(5, 4);
    let share =
        |of: &Columns, others: &[&Columns], t| set_difference(of, others, &factors, t, &Silent).unwrap().share();
    let empty = random("none", 0, 5, 4, false);
    for t in 1..=3 {
        assert_eq!(
            (share(&a, &[&a], t), share(&a, &[&empty], t), share(&a, &[], t)),
            (0.0, 1.0, 1.0),
            "limits, t = {t}"
        );
        assert_eq!(share(&empty, &[&a], t), 0.0, "nothing has nothing more");
        assert!(share(&a, &[&b, &a], t) == 0.0 && share(&a, &[&b, &empty], t) == share(&a, &[&b], t), "unions");
        // Growing the other side, row by row, never raises the share; growing a table never lowers its coverage.
        let mut last = (1.0, 0);
        for n in 0..=30 {
            let mut part = Columns::new("draw", "draws");
            for column in b.columns() {
                part.push(&column.name, "", column.values[..n].to_vec()).unwrap();
            }
            let present = combination_coverage(&part, &factors, t, None, &Silent).unwrap().present;
            let now = (share(&a, &[&part], t), present);
            assert!(now.0 <= last.0 && now.1 >= last.1, "{n} rows, t = {t}: {now:?} after {last:?}");
            last = now;
        }
        // |A| - |A \ B| = |A and B| = |B| - |B \ A|.
        let (ab, ba) = (
            set_difference(&a, &[&b], &factors, t, &Silent).unwrap(),
            set_difference(&b, &[&a], &factors, t, &Silent).unwrap(),
        );
        assert_eq!(ab.present - ab.only, ba.present - ba.only, "the same in common, t = {t}");
    }
}

#[test]
fn the_two_questions_are_answered_in_words() {
    let mut real = Columns::new("real episode", "real episodes");
    real.push("mass", "kg", vec![0.5, 0.5, 0.5, 0.2]).unwrap();
    real.push("light", "", vec![0.05, 0.05, 0.9, 0.9]).unwrap();
    let mut draws = Columns::new("draw", "draws");
    draws.push("mass", "kg", vec![0.2, 0.5, 0.2]).unwrap();
    draws.push("light", "", vec![0.05, 0.9, f64::NAN]).unwrap();
    let goals = [
        Goal { of: "mass".into(), range: None, every: None, buckets: Some(vec![0.1, 0.4, 0.7]), target: 1 },
        Goal { of: "light".into(), range: None, every: None, buckets: Some(vec![0.0, 0.1, 1.0]), target: 1 },
    ];
    let factors = common_factors(&[&real, &draws], &goals, 4).unwrap();
    let adds = what_synthetic_adds(&draws, &real, &factors, 2, &Silent).unwrap();
    assert_eq!((adds.only, adds.present, adds.rows_with, adds.missing), (1, 2, 1, 1), "{adds:?}");
    assert_eq!(adds.sentences(9)[1], "mass 0.1–0.4 kg and light 0–0.1: 1 draw, no real episode.");
    let lacks = what_nothing_covers(&real, &[&draws], &factors, 2, &Silent).unwrap();
    assert_eq!((lacks.only, lacks.present, lacks.rows_with), (2, 3, 3), "{lacks:?}");
    assert_eq!(
        lacks.sentences(1),
        [
            "2 of 3 pairs (66.7 %) among real episodes occur in no draw; 3 of 4 real episodes hold one.",
            "mass 0.4–0.7 kg and light 0–0.1: 2 real episodes, no draw.",
        ]
    );
}

#[test]
fn the_most_surprising_holes_come_first() {
    // c0 and c1 never are 0 together though each often is; level 2 of c0 is rare.
    let table = table(&[("c0", &[0.0, 0.0, 0.0, 1.0, 1.0, 2.0]), ("c1", &[1.0, 1.0, 2.0, 0.0, 0.0, 0.0])]);
    let found = combination_coverage(&table, &whole_numbers(2, 3), 2, None, &Silent).unwrap();
    let first = &found.absent[0];
    assert_eq!((first.words(&found.factors), first.count), ("c0 0 and c1 0".to_owned(), 6.0 * 0.5 * 0.5), "{found:?}");
    assert_eq!(found.sentences(1)[1], "c0 0 and c1 0: none, but about 2 if values met by chance.");
}

#[test]
fn common_factors_need_common_columns_in_common_units() {
    let mut real = Columns::new("real episode", "real episodes");
    real.push("extra", "", vec![1.0]).unwrap();
    real.push("speed", "m/s", vec![1.0]).unwrap();
    let draws = table(&[("speed", &[2.0, f64::NAN]), ("kind", &[0.0, 0.0])]);
    let factors = common_factors(&[&real, &draws], &[], 4).unwrap();
    let want = Factor { name: "speed".into(), unit: "m/s".into(), buckets: Buckets::Values(vec![1.0, 2.0]) };
    assert_eq!(factors, [want], "from both tables");
    real.push("kind", "kg", vec![1.0]).unwrap();
    let error = common_factors(&[&real, &draws], &[], 4).unwrap_err().to_string();
    assert!(error.contains("`kind` is in `kg`"), "{error}");
    assert!(common_factors(&[&Columns::new("a", "b"), &draws], &[], 4).is_err(), "nothing in common");
}

#[test]
fn too_many_combinations_are_refused_before_they_are_counted() {
    let wide = random("wide", 2, 60, 13, false);
    let text = |strength| {
        combination_coverage(&wide, &whole_numbers(60, 13), strength, None, &Silent).unwrap_err().to_string()
    };
    // C(60, 3) · 13³ = 34220 · 2197.
    assert!(text(3).contains("75181340"), "{}", text(3));
    assert!(text(5).contains("1 to 4") && text(0).contains("1 to 4"), "{}", text(5));
    let two = combination_coverage(&wide, &whole_numbers(2, 13), 3, None, &Silent).unwrap_err().to_string();
    assert!(two.contains("1 to 2"), "{two}");
    let lacking = combination_coverage(&wide, &whole_numbers(61, 13), 1, None, &Silent).unwrap_err();
    assert!(matches!(lacking, CoverageError::Table(_)), "{lacking}");
}

#[test]
fn the_watcher_stops_the_count() {
    struct Stop;
    impl crate::base::Monitor for Stop {
        fn step(&self, _stage: &str, _done: u64, _total: u64) {}
        fn note(&self, _note: crate::base::Note) {}
        fn stopped(&self) -> bool {
            true
        }
    }
    let found = combination_coverage(&random("a", 5, 3, 2, false), &whole_numbers(3, 2), 2, None, &Stop);
    assert_eq!(found, Err(CoverageError::Stopped));
}

#[test]
fn a_discrete_nominal_gives_its_probability_to_the_bucket_that_holds_the_value() {
    let weighted = |value: f64, weight: f64| Weighted { value, weight, label: String::new() };
    let nominal = Distribution::Choice(vec![weighted(1.0, 1.0), weighted(2.0, 3.0), weighted(9.0, 4.0)]);
    let found = Buckets::Intervals(vec![0.0, 2.0, 4.0]).probabilities(&law(&nominal));
    assert!(found.len() == 2 && (found[0] - 0.125).abs() < 1e-15 && (found[1] - 0.375).abs() < 1e-15, "{found:?}");
    assert_eq!(Buckets::Values(vec![1.0]).probabilities(&law(&Distribution::Uniform { low: 0.0, high: 2.0 })), [0.0]);
}
