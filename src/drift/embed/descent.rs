//! Moves points until those that belong together lie together: the gradient descent of t-SNE.
//!
//! As Kobak & Berens (Nature Communications 2019) and Belkina et al. (same, 2019) advise: from the principal components, made
//! very small; affinities 12 times as strong for 250 rounds, then as they are for 500; a learning rate of the number of rows
//! over that strength (the gradient is without the papers' factor 4). Gains by coordinate as van der Maaten & Hinton have them.

use rayon::prelude::*;

use super::Point;
use super::affinity::Affinities;
use super::tree::Tree;
use crate::base::Monitor;
use crate::drift::DriftError;

/// Rounds with stronger affinities, and how much stronger; all rounds.
const EARLY: usize = 250;
const EXAGGERATION: f32 = 12.0;
const ROUNDS: usize = 750;
/// Share of the last move that is kept, early and later.
const MOMENTUM: [f32; 2] = [0.5, 0.8];
/// A step against the last move lowers nothing: gains grow by this, shrink by that factor, and stay above the least.
const GAIN_UP: f32 = 0.2;
const GAIN_DOWN: f32 = 0.8;
const GAIN_LEAST: f32 = 0.01;
/// The longest move of a round: a few points that belong to nobody would fly away.
const LONGEST: f32 = 5.0;

/// A point on its way.
#[derive(Clone, Copy)]
struct Mover {
    point: Point,
    velocity: Point,
    gains: Point,
}

/// Where `points` come to lie.
pub(super) fn descend(
    points: Vec<Point>,
    affinities: &Affinities,
    monitor: &dyn Monitor,
) -> Result<Vec<Point>, DriftError> {
    let count = points.len();
    let mut points = points;
    let mut movers: Vec<Mover> =
        points.iter().map(|point| Mover { point: *point, velocity: [0.0; 2], gains: [1.0; 2] }).collect();
    let mut order: Vec<(u64, u32)> = (0..count as u32).map(|point| (0, point)).collect();
    for round in 0..ROUNDS {
        if monitor.stopped() {
            return Err(DriftError::Stopped);
        }
        monitor.step("Laying out the map", round as u64, ROUNDS as u64);
        let is_early = round < EARLY;
        let strength = if is_early { EXAGGERATION } else { 1.0 };
        let momentum = MOMENTUM[usize::from(!is_early)];
        let rate = count as f32 / strength;
        let (pushes, sum) = Tree::new(&points, &mut order).repulsion();
        let scale = (1.0 / sum) as f32;
        movers.par_iter_mut().zip(&pushes).enumerate().with_min_len(256).for_each(|(row, (mover, push))| {
            let pull = pull(row, &points, affinities);
            let gradient = [strength * pull[0] - scale * push[0], strength * pull[1] - scale * push[1]];
            step(mover, gradient, momentum, rate);
        });
        centre(&mut movers);
        for (mover, point) in movers.iter().zip(&mut points) {
            *point = mover.point;
        }
    }
    Ok(points)
}

/// Moves all so that their mean lies at zero.
fn centre(movers: &mut [Mover]) {
    let mut sums = [0.0_f64; 2];
    for mover in &*movers {
        sums[0] += f64::from(mover.point[0]);
        sums[1] += f64::from(mover.point[1]);
    }
    let count = movers.len() as f64;
    for mover in movers {
        mover.point[0] -= (sums[0] / count) as f32;
        mover.point[1] -= (sums[1] / count) as f32;
    }
}

/// The pull on point `row` by those that belong to it.
fn pull(row: usize, points: &[Point], affinities: &Affinities) -> Point {
    let [x, y] = points[row];
    let mut sum = [0.0_f32; 2];
    for (other, strength) in affinities.of(row) {
        let [other_x, other_y] = points[*other as usize];
        let (apart_x, apart_y) = (x - other_x, y - other_y);
        let pull = strength / (1.0 + apart_x * apart_x + apart_y * apart_y);
        sum[0] += pull * apart_x;
        sum[1] += pull * apart_y;
    }
    sum
}

/// Moves one point down its gradient.
fn step(mover: &mut Mover, gradient: Point, momentum: f32, rate: f32) {
    let mut length2 = 0.0;
    for (at, slope) in gradient.into_iter().enumerate() {
        let turns = slope * mover.velocity[at] > 0.0;
        let gain = if turns { mover.gains[at] * GAIN_DOWN } else { mover.gains[at] + GAIN_UP };
        mover.gains[at] = if gain > GAIN_LEAST { gain } else { GAIN_LEAST };
        mover.velocity[at] = momentum * mover.velocity[at] - rate * mover.gains[at] * slope;
        length2 += mover.velocity[at] * mover.velocity[at];
    }
    let scale = if length2 > LONGEST * LONGEST { LONGEST / libm::sqrtf(length2) } else { 1.0 };
    for at in 0..2 {
        mover.velocity[at] *= scale;
        mover.point[at] += mover.velocity[at];
    }
}
