//! Draws of which the causes say about the same of the outcome.
//!
//! Joint bins of several causes would hold no draw each. What confounds is only what the causes say of the outcome, one number a draw:
//! draws with about the same are comparable (Rosenbaum and Rubin 1983, on propensity scores).

use crate::stats::mean;

use super::information::Codes;

/// Draws that a stratum holds at least.
pub(super) const FEWEST_DRAWS: usize = 8;
/// Draws that it holds mostly.
const USUAL_DRAWS: usize = 16;
/// More strata than this remove little more of what confounds, and leave less open where causes decide almost alone.
const MOST_STRATA: usize = 6;

/// Strata by what the causes say of an outcome: one list of numbers for each of its columns.
pub(super) fn strata(fitted: &[Vec<f64>]) -> Codes {
    let Some(draws) = fitted.first().map(Vec::len) else { return Codes::one(0) };
    let wanted = (draws / USUAL_DRAWS).clamp(1, MOST_STRATA);
    let bins = Codes::binned(&score(fitted), wanted);
    // Equal values stay together, so that a bin can be small; it joins the next.
    let mut stratum_of_bin = Vec::with_capacity(bins.count);
    let (mut stratum, mut held) = (0, 0);
    let sizes = bins.sizes();
    for (at, size) in sizes.iter().enumerate() {
        let left: usize = sizes[at..].iter().sum();
        if held >= FEWEST_DRAWS && left >= FEWEST_DRAWS {
            (stratum, held) = (stratum + 1, 0);
        }
        held += size;
        stratum_of_bin.push(stratum);
    }
    Codes::numbered(bins.of_draw.iter().map(|bin| stratum_of_bin[*bin]))
}

/// The one number that says most of all columns: their first principal component.
fn score(fitted: &[Vec<f64>]) -> Vec<f64> {
    let centred: Vec<Vec<f64>> = fitted
        .iter()
        .map(|column| {
            let middle = mean(column);
            column.iter().map(|value| value - middle).collect()
        })
        .collect();
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut score =
        centred.iter().fold(
            Vec::new(),
            |best: Vec<f64>, one| if product(one, one) > product(&best, &best) { one.clone() } else { best },
        );
    if score.is_empty() {
        return vec![0.0; fitted.first().map_or(0, Vec::len)];
    }
    if centred.len() == 1 {
        return score;
    }
    for _ in 0..32 {
        let weights: Vec<f64> = centred.iter().map(|column| product(column, &score)).collect();
        let size = libm::sqrt(product(&weights, &weights));
        score = vec![0.0; score.len()];
        for (column, weight) in centred.iter().zip(&weights) {
            score.iter_mut().zip(column).for_each(|(sum, value)| *sum += weight / size * value);
        }
    }
    score
}
