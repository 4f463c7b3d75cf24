//! Known probabilities, laws and refusals of every method.

use crate::base::StreamKey;
use crate::base::monitor::Impatient;
use crate::base::special::normal_cdf;
use crate::sample::Normalisation;

use super::problems::{FOUR_BRANCH, RP22, broken, four_branch, linear, r_s, required, rp22, run, stepped, two_sided};
use super::*;

fn key(seed: u64) -> StreamKey {
    StreamKey::new(seed, "rare")
}

/// Mean and spread stay within ±3 · c.o.v. / √runs of the truth.
fn near(estimates: &[f64], truth: f64, variation: f64, what: &str) {
    let mean = estimates.iter().sum::<f64>() / estimates.len() as f64 / truth;
    let band = 3.0 * variation / (estimates.len() as f64).sqrt();
    assert!((mean - 1.0).abs() < band, "{what}: {mean} of the truth, allowed ± {band}");
}

#[test]
fn crude_counts_what_the_requirements_permit() {
    let estimate = crude(&r_s(), &run(&key(1), 20_000)).unwrap();
    let answer = estimate.answer.clone().unwrap();
    // Standard error √(p (1 − p) / n) = 0.0019.
    assert!((answer.probability - normal_cdf(-2.0_f64.sqrt())).abs() < 0.006, "{estimate:?}");
    let given = crude(&required(2.0), &run(&key(2), 20_000)).unwrap();
    let answer = given.answer.clone().unwrap();
    assert!((answer.probability - normal_cdf(-2.0)).abs() < 0.004, "the event does not depend on it: {given:?}");
    assert_eq!(given.notes.len(), 1, "the permitted share is told");
    let none = crude(&linear(9.0, 1), &run(&key(3), 1000)).unwrap().answer.unwrap();
    assert!(none.probability == 0.0 && (none.high - 0.003_682_083_896_865_671).abs() < 1e-12, "0 of 1000: {none:?}");
}

#[test]
fn weights_decide_which_interval_there_is() {
    let equal: Vec<Drawn> = (0..100).map(|at| Drawn { hit: at < 10, ln_weight: 0.0 }).collect();
    let counted = weigh(&equal, Normalisation::Known, 0.95).answer.unwrap();
    assert!((counted.low - 0.049_004_689_221_485_95).abs() < 1e-12, "SciPy's exact interval: {counted:?}");
    let heavier: Vec<Drawn> = equal.iter().map(|draw| Drawn { ln_weight: 0.7, ..*draw }).collect();
    assert_eq!(weigh(&heavier, Normalisation::SelfNormalised, 0.95).answer.unwrap(), counted, "a constant cancels");
    let refused = weigh(&heavier, Normalisation::Known, 0.95).answer.unwrap_err();
    assert!(refused.contains("10.0 equal ones") && refused.contains("about 200 more"), "{refused}");
}

#[test]
fn an_estimate_on_one_heavy_draw_is_refused() {
    let mut draws: Vec<Drawn> = (0..1000).map(|at| Drawn { hit: at < 200, ln_weight: -1.0 }).collect();
    assert!(weigh(&draws, Normalisation::Known, 0.95).answer.is_ok(), "200 equal hits");
    // One of weight 80 beside 199 of weight 1: 29 % of the sum.
    draws[0].ln_weight = -1.0 + 80.0_f64.ln();
    let refused = weigh(&draws, Normalisation::Known, 0.95).answer.unwrap_err();
    assert!(refused.contains("one draw carries 29 %"), "{refused}");
    // Of weight 40: 17 % and (239)² / (199 + 1600) = 31.8 effective hits.
    draws[0].ln_weight = -1.0 + 40.0_f64.ln();
    assert!(weigh(&draws, Normalisation::Known, 0.95).answer.is_ok(), "31.8 effective hits");
    draws[0].ln_weight = -1.0 + 45.0_f64.ln();
    assert!(weigh(&draws, Normalisation::Known, 0.95).answer.is_err(), "(244)² / (199 + 2025) = 26.8 are too few");
}

#[test]
fn a_defensive_share_bounds_the_weights_exactly() {
    let proposal = Proposal::shifted(&[4.0, 0.0], 0.2).unwrap();
    for x in [-8.0_f64, -1.0, 0.0, 2.0, 4.0, 8.0] {
        let z = [x, 0.3];
        // The density ratio written out: 1 / (0.8 e^{4x − 8} + 0.2).
        let by_hand = -(0.8 * (4.0 * x - 8.0).exp() + 0.2).ln();
        assert!((proposal.ln_weight(&z) - by_hand).abs() < 1e-12, "at {x}");
        assert!(proposal.ln_weight(&z) <= 5.0_f64.ln() + 1e-12, "at most 1 / 0.2");
    }
    let mut sum = 0.0;
    for index in 0..20_000 {
        sum += proposal.ln_weight(&proposal.draw(&mut key(4).stream("mean weight", index))).exp();
    }
    assert!((sum / 20_000.0 - 1.0).abs() < 0.05, "weights of a full density have mean 1: {}", sum / 20_000.0);
    assert!(Proposal::new(vec![], 0.1).is_err() && Proposal::shifted(&[0.0], 1.5).is_err(), "no density");
}

#[test]
fn cross_entropy_finds_far_many_scored_and_branched_events() {
    let settings = CrossEntropy::default();
    for (problem, truth, variation) in [
        (linear(5.0, 10), normal_cdf(-5.0), 0.04),
        (linear(4.0, 100), normal_cdf(-4.0), 0.06),
        (two_sided(4.0, 30), 2.0 * normal_cdf(-4.0), 0.04),
        (two_sided(4.0, 100), 2.0 * normal_cdf(-4.0), 0.08),
        (rp22(), RP22, 0.04),
        (required(3.0), normal_cdf(-3.0), 0.05),
    ] {
        let estimate = cross_entropy(&problem, &settings, &run(&key(5), 30_000)).unwrap();
        let answer = estimate.answer.as_ref().unwrap();
        near(&[answer.probability], truth, variation, "cross-entropy");
        assert!(answer.high / answer.low < 1.6 && estimate.evaluations <= 30_000, "{answer:?}");
        let climbs = estimate.levels.windows(2).all(|pair| pair[0].threshold <= pair[1].threshold);
        assert!(climbs && estimate.levels.last().unwrap().threshold == 0.0, "the story climbs to the event");
    }
    let estimate = cross_entropy(&four_branch(), &settings, &run(&key(6), 60_000)).unwrap();
    near(&[estimate.answer.unwrap().probability], FOUR_BRANCH, 0.07, "four branches");
}

#[test]
fn a_proposal_along_a_few_directions_weighs_as_one_over_all_scores() {
    let turn = 0.6_f64;
    let direction = vec![turn.cos(), 0.0, turn.sin()];
    let part = |share: f64, mean: Vec<f64>, sd: f64| Component { share, sd: vec![sd; mean.len()], mean };
    let along = Proposal::along(vec![direction.clone()], vec![part(1.0, vec![2.5], 1.0)], 0.1).unwrap();
    let whole: Vec<f64> = direction.iter().map(|score| 2.5 * score).collect();
    let over_all = Proposal::new(vec![part(1.0, whole, 1.0)], 0.1).unwrap();
    let two = vec![part(0.4, vec![2.5], 0.8), part(0.6, vec![-3.0], 1.2)];
    let split = Proposal::along(vec![direction], two, 0.1).unwrap();
    let weights: Vec<f64> = (0..20_000)
        .map(|index| {
            let z = along.draw(&mut key(4).stream("along", index));
            assert!((along.ln_weight(&z) - over_all.ln_weight(&z)).abs() < 1e-12, "the same density at {z:?}");
            split.ln_weight(&split.draw(&mut key(4).stream("split", index))).exp()
        })
        .collect();
    let error = crate::stats::sd(&weights) / (weights.len() as f64).sqrt();
    let mean = crate::stats::mean(&weights);
    assert!((mean - 1.0).abs() < 4.0 * error && error < 0.03, "the mean weight is 1: {mean} ± {error}");
    let skew = vec![vec![1.0, 0.0], vec![0.6, 0.6]];
    assert!(Proposal::along(skew, vec![part(1.0, vec![0.0; 2], 1.0)], 0.1).is_err(), "not orthonormal");
}

#[test]
fn subset_simulation_stays_within_its_published_scatter() {
    let settings = Subset { states: 1000, replicates: 8, ..Subset::default() };
    for (problem, truth, variation) in [
        (linear(5.0, 10), normal_cdf(-5.0), 0.61),
        (linear(4.0, 100), normal_cdf(-4.0), 0.37),
        (four_branch(), FOUR_BRANCH, 0.26),
        (required(3.0), normal_cdf(-3.0), 0.25),
    ] {
        let estimate = subset(&problem, &settings, &run(&key(7), 80_000)).unwrap();
        near(&estimate.replicates, truth, variation, "subset simulation");
        // Whether intervals hold the truth is told by many of them (`coverage_tests`).
        assert!(estimate.answer.is_ok(), "{estimate:?}");
        let product: f64 =
            estimate.levels.iter().filter(|level| level.replicate == 0).map(|level| level.share).product();
        assert!((product / estimate.replicates[0] - 1.0).abs() < 1e-12, "the story is the estimate");
    }
}

#[test]
fn what_cannot_be_trusted_is_refused_in_words() {
    let settings = Subset { states: 200, replicates: 8, ..Subset::default() };
    let ties = subset(&stepped(3.0), &settings, &run(&key(8), 100_000)).unwrap().answer.unwrap_err();
    assert!(ties.contains("share the margin"), "{ties}");
    let short = subset(&linear(4.0, 2), &settings, &run(&key(8), 500)).unwrap();
    assert!(short.answer.unwrap_err().contains("budget of 500") && short.evaluations <= 500, "the budget holds");
    let short = cross_entropy(&linear(4.0, 2), &CrossEntropy::default(), &run(&key(8), 5000)).unwrap();
    assert!(short.answer.unwrap_err().contains("budget of 5000") && short.evaluations <= 5000, "the budget holds");
    let few = Subset { replicates: 7, ..settings };
    assert!(matches!(subset(&linear(3.0, 2), &few, &run(&key(8), 9)), Err(RareError::Setting(_))), "7 replicates");
    assert!(matches!(crude(&broken(), &run(&key(8), 100)), Err(RareError::Problem(_))), "a margin that is no number");
}

#[test]
fn threads_do_not_matter() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let small = CrossEntropy { level_draws: 500, final_draws: 1000, ..CrossEntropy::default() };
            let chains = Subset { states: 200, replicates: 8, ..Subset::default() };
            let learned = cross_entropy(&four_branch(), &small, &run(&key(9), 20_000)).unwrap();
            (learned, subset(&required(2.5), &chains, &run(&key(9), 20_000)).unwrap())
        })
    };
    assert_eq!(on(1), on(5), "same input, same numbers");
}

#[test]
fn a_stopped_run_ends() {
    let key = key(10);
    let stopped = Run { monitor: &Impatient, ..run(&key, 1_000_000) };
    let problem = linear(3.0, 2);
    assert_eq!(crude(&problem, &stopped), Err(RareError::Stopped), "crude");
    assert_eq!(cross_entropy(&problem, &CrossEntropy::default(), &stopped), Err(RareError::Stopped), "cross-entropy");
    assert_eq!(subset(&problem, &Subset::default(), &stopped), Err(RareError::Stopped), "subset simulation");
}

/// Deep where x₁ is far out; placed by x₁ and x₂.
struct Plane;

impl MeasuredProblem for Plane {
    fn dimensions(&self) -> usize {
        2
    }

    fn evaluate(&self, z: &[f64]) -> Result<Measured, String> {
        let outcome = if z[1] > 2.0 { Outcome::Forbidden } else { Outcome::Permitted { margin: z[0] - 2.0 } };
        Ok(Measured { outcome, measures: z.to_vec() })
    }
}

#[test]
fn the_archive_fills_and_only_ever_improves() {
    let axis = |name: &str| Axis { name: name.to_owned(), low: -4.0, high: 4.0, bins: 16 };
    let settings = Illuminate { margin_floor: -6.0, ..Illuminate::over(vec![axis("a"), axis("b")]) };
    let archive = illuminate(&Plane, &settings, &run(&key(11), 5000)).unwrap();
    let grows = archive.history.windows(2).all(|w| w[0].filled <= w[1].filled && w[0].score <= w[1].score);
    assert!(grows && archive.evaluations == 5000, "with a floor below every margin the score never falls");
    for (cell, elite) in &archive.elites {
        let bin = |value: f64| ((value + 4.0) / 0.5) as usize;
        assert_eq!(*cell, bin(elite.z[0]) * 16 + bin(elite.z[1]), "an elite stands in its cell");
        assert!(elite.z[1] <= 2.0, "no forbidden point is kept");
    }
    let fresh = illuminate(&Plane, &Illuminate { fresh: 1.0, ..settings.clone() }, &run(&key(11), 5000)).unwrap();
    assert!(archive.coverage() > fresh.coverage() + 0.05, "{} and {}", archive.coverage(), fresh.coverage());
    assert_eq!(archive, illuminate(&Plane, &settings, &run(&key(11), 5000)).unwrap(), "the same again");
    assert!(
        illuminate(&Plane, &Illuminate::over(vec![axis("a")]), &run(&key(11), 100)).is_err(),
        "one axis, two measures"
    );
    assert!(illuminate(&Plane, &Illuminate::over(vec![]), &run(&key(11), 100)).is_err(), "no axis");
}
