//! What the declared causes explain of a number: a smooth surface over their ranks.
//!
//! The surface is a smoothing spline of first order (Wahba, "Spline Models for Observational Data", 1990; Gu, "Smoothing Spline ANOVA
//! Models", 2013): a curve for each cause and a surface for each pair of causes, each as steep as it must be and no steeper. First order
//! because outcomes have thresholds ("tips if push > k(friction)"), which a parabola misses and a cubic spline overshoots. How steep is
//! chosen for each number by generalised cross-validation (Craven and Wahba 1979).
//!
//! The kernel matrix of all draws is replaced by its pivoted Cholesky factor, so that a thousand draws cost little more than a hundred;
//! all numbers of one set of draws share one decomposition.

use nalgebra::{DMatrix, SymmetricEigen};

use crate::drift::rows::dot;
use crate::stats::{mean, ranks};

/// Columns of the factor at most. What lies beyond them is wigglier than any surface that a few hundred draws can tell.
const MOST_COLUMNS: usize = 128;
/// A column that explains less of the kernel than this is rounding.
const LEAST_PIVOT: f64 = 1e-9;
/// Steps of the penalty, each a quarter of the one before, from four times the strongest direction on.
const PENALTIES: usize = 16;
/// A surface may use up at most one degree of freedom for so many draws.
const DRAWS_PER_FREEDOM: f64 = 3.0;

/// Directions over the draws in which causes can move a number, the smoothest first.
pub(super) struct Smoother {
    draws: usize,
    /// Of length 1, at right angles to one another and to the constant.
    pub(super) directions: Vec<Vec<f64>>,
    /// How smooth each is: the kernel's eigenvalues.
    strengths: Vec<f64>,
}

/// A number taken apart.
pub(super) struct Smooth {
    /// What the causes explain.
    pub(super) fitted: Vec<f64>,
    /// What they do not, with mean 0.
    pub(super) residual: Vec<f64>,
    /// Share of each direction that went into the fit.
    pub(super) gains: Vec<f64>,
}

impl Smoother {
    /// Over the draws' causes, one list of values a cause; none leaves the constant alone.
    pub(super) fn new(causes: &[Vec<f64>], draws: usize) -> Self {
        let places: Vec<Vec<f64>> = causes.iter().map(|values| places(values)).collect();
        let mut factor = factor(&places, draws);
        if factor.is_empty() {
            return Self { draws, directions: Vec::new(), strengths: Vec::new() };
        }
        for column in &mut factor {
            let middle = mean(column);
            for value in column.iter_mut() {
                *value -= middle;
            }
        }
        let products = DMatrix::from_fn(factor.len(), factor.len(), |a, b| dot(&factor[a], &factor[b]));
        let SymmetricEigen { eigenvectors, eigenvalues } = SymmetricEigen::new(products);
        let mut order: Vec<usize> = (0..factor.len()).collect();
        order.sort_by(|a, b| eigenvalues[*b].total_cmp(&eigenvalues[*a]));
        let strongest = order.first().map_or(0.0, |at| eigenvalues[*at]);
        order.retain(|at| eigenvalues[*at] > LEAST_PIVOT * strongest);
        let directions = order.iter().map(|at| {
            let scale = 1.0 / libm::sqrt(eigenvalues[*at]);
            let mut direction = vec![0.0; draws];
            for (column, weight) in factor.iter().zip(eigenvectors.column(*at).iter()) {
                direction.iter_mut().zip(column).for_each(|(sum, value)| *sum += scale * weight * value);
            }
            direction
        });
        Self { draws, directions: directions.collect(), strengths: order.iter().map(|at| eigenvalues[*at]).collect() }
    }

    /// What the causes explain of `values`.
    pub(super) fn smooth(&self, values: &[f64]) -> Smooth {
        let middle = mean(values);
        let centred: Vec<f64> = values.iter().map(|value| value - middle).collect();
        let along: Vec<f64> = self.directions.iter().map(|direction| dot(direction, &centred)).collect();
        let gains = self.gains(dot(&centred, &centred), &along);
        let mut fitted = vec![0.0; values.len()];
        for ((direction, along), gain) in self.directions.iter().zip(&along).zip(&gains) {
            fitted.iter_mut().zip(direction).for_each(|(sum, part)| *sum += gain * along * part);
        }
        let residual = centred.iter().zip(&fitted).map(|(value, fit)| value - fit).collect();
        for fit in &mut fitted {
            *fit += middle;
        }
        Smooth { fitted, residual, gains }
    }

    /// The shares of each direction that leave the least error for draws not seen, of penalties that leave most draws free.
    fn gains(&self, squares: f64, along: &[f64]) -> Vec<f64> {
        let draws = self.draws as f64;
        let beyond = (squares - dot(along, along)).max(0.0);
        let mut penalty = 16.0 * self.strengths.first().copied().unwrap_or(1.0);
        let (mut best, mut least) = (vec![0.0; along.len()], squares / ((1.0 - 1.0 / draws) * (1.0 - 1.0 / draws)));
        for _ in 0..PENALTIES {
            penalty *= 0.25;
            let gains: Vec<f64> = self.strengths.iter().map(|strength| strength / (strength + penalty)).collect();
            let freedom = 1.0 + gains.iter().sum::<f64>();
            if freedom * DRAWS_PER_FREEDOM > draws {
                break;
            }
            let missed: f64 =
                along.iter().zip(&gains).map(|(part, gain)| (part - gain * part) * (part - gain * part)).sum();
            let left = 1.0 - freedom / draws;
            let error = (missed + beyond) / (left * left);
            if error < least {
                (best, least) = (gains, error);
            }
        }
        best
    }
}

/// Ranks as places strictly between 0 and 1, so that neither units nor logarithms matter.
fn places(values: &[f64]) -> Vec<f64> {
    let count = values.len() as f64;
    ranks(values).into_iter().map(|rank| (rank + 0.5) / count).collect()
}

/// The spline's kernel of two draws: for each cause B₁(x) B₁(y) + B₂(|x − y|) / 2 with Bernoulli's polynomials, the straight line once
/// more, since most of what pictures make of a cause is one, and the products of all pairs of causes.
fn kernel(places: &[Vec<f64>], one: usize, other: usize) -> f64 {
    let (mut lines, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for of_cause in places {
        let (x, y) = (of_cause[one], of_cause[other]);
        let apart = (x - y).abs();
        let value = (x - 0.5) * (y - 0.5) + 0.5 * (apart * apart - apart + 1.0 / 6.0);
        lines += (x - 0.5) * (y - 0.5);
        sum += value;
        squares += value * value;
    }
    lines + sum + 0.5 * (sum * sum - squares)
}

/// Columns whose products with one another give the kernel, each through the draw that is explained worst so far.
fn factor(places: &[Vec<f64>], draws: usize) -> Vec<Vec<f64>> {
    let mut left: Vec<f64> = (0..draws).map(|draw| kernel(places, draw, draw)).collect();
    let whole: f64 = left.iter().sum();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    while columns.len() < MOST_COLUMNS {
        // The first of equals, so that the choice hangs on nothing but the numbers.
        let Some(pivot) = (0..draws).reduce(|best, draw| if left[draw] > left[best] { draw } else { best }) else {
            break;
        };
        if left[pivot] <= LEAST_PIVOT * whole / draws as f64 {
            break;
        }
        let scale = 1.0 / libm::sqrt(left[pivot]);
        let mut column: Vec<f64> = (0..draws).map(|draw| kernel(places, draw, pivot)).collect();
        for earlier in &columns {
            let weight = earlier[pivot];
            column.iter_mut().zip(earlier).for_each(|(value, part)| *value -= weight * part);
        }
        for value in &mut column {
            *value *= scale;
        }
        left.iter_mut().zip(&column).for_each(|(rest, part)| *rest -= part * part);
        columns.push(column);
    }
    columns
}
