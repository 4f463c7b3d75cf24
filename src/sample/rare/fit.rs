//! A Gaussian mixture fitted to weighted points: expectation–maximisation from keyed starts, as many components as the
//! Bayesian information criterion pays for, and shrinkage towards the nominal.
//!
//! The shrinkage is what lets one method serve 2 and 100 scores. The mean and the log variances of a component are noisy
//! estimates in every score; positive-part James–Stein factors take out what is noise. With few scores they change
//! nothing, with a hundred they keep the noise from eating the weights.

use crate::base::stream::Stream;

use super::proposal::ln_sum_exp;
use super::{Component, RareError, Run};

/// Rounds of expectation–maximisation at most; the fit need not be perfect, only good enough to draw from.
const ROUNDS: u32 = 50;
/// A round that gains less than this in mean log likelihood is the last.
const GAIN_MIN: f64 = 1e-4;
/// Starts per number of components.
const STARTS: u64 = 8;
/// While branches are told apart a component may be this much narrower than the floor of the proposal: a wide floor would
/// let one component stand for two branches.
const NARROWER: f64 = 0.5;
/// A component worth fewer equal points than this is noise.
const ESS_MIN: f64 = 10.0;

/// A point and its weight; the weights sum to 1.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) z: Vec<f64>,
    pub(super) weight: f64,
}

/// The mixture of 1 to `most` components that suits `points` best. `ess` is what their weights are worth.
pub(super) fn fit(
    points: &[Point],
    ess: f64,
    most: usize,
    sd_floor: f64,
    run: &Run<'_>,
    purpose: &str,
) -> Result<Vec<Component>, RareError> {
    let mut best: Option<(f64, Vec<Component>)> = None;
    let dimensions = points.first().map_or(0, |point| point.z.len());
    for count in 1..=most {
        let free = (count * (2 * dimensions + 1) - 1) as f64;
        if count > 1 && free > ess {
            break;
        }
        for start in 0..if count == 1 { 1 } else { STARTS } {
            if run.monitor.stopped() {
                return Err(RareError::Stopped);
            }
            let mut stream = run.key.stream(purpose, count as u64 * STARTS + start);
            let Some((ln_likelihood, mixture)) = maximise(points, count, NARROWER * sd_floor, &mut stream) else {
                continue;
            };
            if count > 1 && mixture.iter().any(|component| component.share * ess < ESS_MIN) {
                continue;
            }
            let criterion = free * libm::log(ess.max(1.0)) - 2.0 * ess * ln_likelihood;
            if best.as_ref().is_none_or(|(least, _)| criterion < *least) {
                best = Some((criterion, mixture));
            }
        }
    }
    let mut mixture = best.map(|(_, mixture)| mixture).unwrap_or_default();
    for component in &mut mixture {
        shrink(component, ess, sd_floor);
    }
    Ok(mixture)
}

/// Expectation–maximisation from one start: mean log likelihood and mixture. `None` where a component died.
fn maximise(points: &[Point], count: usize, sd_floor: f64, stream: &mut Stream) -> Option<(f64, Vec<Component>)> {
    let centres = centres(points, count, stream);
    let nearest = |point: &Point| {
        let distances = centres.iter().map(|centre| squared_distance(&point.z, centre));
        distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(at, _)| at)
    };
    let mut parts: Vec<Vec<f64>> = points
        .iter()
        .map(|point| {
            let own = nearest(point);
            (0..count).map(|at| if at == own { 1.0 } else { 0.0 }).collect()
        })
        .collect();
    let mut last = f64::NEG_INFINITY;
    let mut mixture = Vec::new();
    for _ in 0..ROUNDS {
        mixture = (0..count).map(|at| component(points, &parts, at, sd_floor)).collect::<Option<Vec<_>>>()?;
        let ln_likelihood = expect(points, &mixture, &mut parts);
        if ln_likelihood - last < GAIN_MIN {
            return Some((ln_likelihood, mixture));
        }
        last = ln_likelihood;
    }
    Some((last, mixture))
}

/// Starting centres as in k-means++ (Arthur & Vassilvitskii, SODA 2007): each next one far from those before.
fn centres(points: &[Point], count: usize, stream: &mut Stream) -> Vec<Vec<f64>> {
    let mut centres: Vec<Vec<f64>> = Vec::with_capacity(count);
    let mut chances: Vec<f64> = points.iter().map(|point| point.weight).collect();
    for _ in 0..count {
        let mut left = stream.next_unit() * chances.iter().sum::<f64>();
        let chosen = points.iter().zip(&chances).find(|(_, chance)| {
            left -= **chance;
            left < 0.0
        });
        let Some(centre) = chosen.map(|(point, _)| point).or(points.last()) else { break };
        centres.push(centre.z.clone());
        for (point, chance) in points.iter().zip(&mut chances) {
            let nearest = centres.iter().map(|centre| squared_distance(&point.z, centre)).fold(f64::INFINITY, f64::min);
            *chance = point.weight * nearest;
        }
    }
    centres
}

/// The component that `at`'s parts of the points make.
fn component(points: &[Point], parts: &[Vec<f64>], at: usize, sd_floor: f64) -> Option<Component> {
    let dimensions = points.first()?.z.len();
    let weights: Vec<f64> =
        points.iter().zip(parts).map(|(point, part)| point.weight * part.get(at).copied().unwrap_or(0.0)).collect();
    let share: f64 = weights.iter().sum();
    if share <= 0.0 {
        return None;
    }
    let moment = |value: &dyn Fn(&[f64], usize) -> f64, score: usize| {
        points.iter().zip(&weights).map(|(point, weight)| weight * value(&point.z, score)).sum::<f64>() / share
    };
    let score_of = |z: &[f64], score: usize| z.get(score).copied().unwrap_or(0.0);
    let mean: Vec<f64> = (0..dimensions).map(|score| moment(&score_of, score)).collect();
    let square = |z: &[f64], score: usize| {
        let off = score_of(z, score) - score_of(&mean, score);
        off * off
    };
    let sd = (0..dimensions).map(|score| libm::sqrt(moment(&square, score)).max(sd_floor)).collect();
    Some(Component { share, mean, sd })
}

/// Sets every point's parts and returns the mean log likelihood.
fn expect(points: &[Point], mixture: &[Component], parts: &mut [Vec<f64>]) -> f64 {
    let mut sum = 0.0;
    let ln_scales: Vec<f64> = mixture.iter().map(Component::ln_scale).collect();
    for (point, part) in points.iter().zip(parts) {
        let parted = mixture.iter().zip(&ln_scales).map(|(component, scale)| scale + component.ln_shape(&point.z));
        let ln: Vec<f64> = parted.collect();
        let total = ln_sum_exp(&ln);
        sum += point.weight * total;
        *part = ln.iter().map(|ln| libm::exp(ln - total)).collect();
    }
    sum
}

/// Shrinks a component's mean towards 0 and its variances towards 1 by what of them is noise (positive-part James–Stein;
/// Efron & Morris, JASA 68 (1973) 117–130), then floors the spreads.
fn shrink(component: &mut Component, ess: f64, sd_floor: f64) {
    let n = (component.share * ess).max(1.0);
    let dimensions = component.mean.len() as f64;
    let kept = |signal: f64| if signal > 0.0 { (1.0 - (dimensions - 2.0).max(0.0) / signal).max(0.0) } else { 1.0 };
    let mean_signal = component.mean.iter().zip(&component.sd).map(|(mean, sd)| n * mean * mean / (sd * sd)).sum();
    let mean_kept = kept(mean_signal);
    component.mean.iter_mut().for_each(|mean| *mean *= mean_kept);
    // A log variance of n points has variance 2 / n.
    let ln_variances = component.sd.iter().map(|sd| 2.0 * libm::log(*sd));
    let sd_kept = kept(ln_variances.map(|ln| ln * ln * n / 2.0).sum());
    component.sd.iter_mut().for_each(|sd| *sd = libm::exp(libm::log(*sd) * sd_kept).max(sd_floor));
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
