//! Logistic regression with a ridge, by Newton's method, of which side a frame is on.
//!
//! Minimised is Σ cᵢ ln(1 + exp(−sᵢ ηᵢ)) + λ/2 |w|², with ηᵢ = w·zᵢ + b, sᵢ = ±1 the side and cᵢ weights that add up to 1; b is not held
//! back. Newton's step is halved where it would climb, and sums are taken in the order of rows: the same bits everywhere.

use wide::f64x4;

/// Numbers in a row: the statistics, and 1 for the intercept.
pub(super) const WIDTH: usize = 16;
/// Fours in a row.
const FOURS: usize = WIDTH / 4;
/// More steps of Newton's than it ever took.
const MOST_STEPS: usize = 40;
/// Steps are over where no weight moves by more: they square what is left.
const NEAR: f64 = 1e-7;
/// A loss that is higher by so much is not higher.
const ROUNDING: f64 = 1e-12;

/// A row.
pub(super) type Row = [f64; WIDTH];
/// Products of a row's numbers.
type Square = [Row; WIDTH];

/// A row with its label.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labelled<'a> {
    pub(super) row: &'a Row,
    /// −1 for the reference, 1 for the other side.
    pub(super) side: f64,
    /// Of all labelled, they add up to 1.
    pub(super) weight: f64,
}

/// Weights and the intercept, the last, that tell the sides apart.
pub(super) fn fit(rows: &[Labelled<'_>], ridge: f64) -> Row {
    let mut weights = [0.0; WIDTH];
    let (mut best, mut lowest) = (weights, f64::INFINITY);
    for _ in 0..MOST_STEPS {
        let here = Derivatives::at(&weights, rows, ridge);
        if here.loss > lowest + ROUNDING {
            for (weight, best) in weights.iter_mut().zip(&best) {
                *weight = 0.5 * (*weight + best);
            }
            continue;
        }
        (best, lowest) = (weights, here.loss);
        if here.descend(&mut weights) < NEAR {
            break;
        }
    }
    weights
}

/// w·z + b.
pub(super) fn log_odds(weights: &Row, row: &Row) -> f64 {
    let (weights, row) = (fours(weights), fours(row));
    let mut sum = weights[0] * row[0];
    for at in 1..FOURS {
        sum += weights[at] * row[at];
    }
    let [a, b, c, d] = sum.to_array();
    (a + b) + (c + d)
}

/// Of the penalised loss.
struct Derivatives {
    loss: f64,
    gradient: Row,
    /// Only what is on and below the diagonal counts.
    hessian: Square,
}

impl Derivatives {
    fn at(weights: &Row, rows: &[Labelled<'_>], ridge: f64) -> Self {
        let mut all = Self { loss: 0.0, gradient: [0.0; WIDTH], hessian: [[0.0; WIDTH]; WIDTH] };
        for Labelled { row, side, weight } in rows {
            // How far on the right side; e never overflows.
            let margin = side * log_odds(weights, row);
            let e = libm::exp(-margin.abs());
            let wrong = if margin > 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) };
            all.loss += weight * (libm::log1p(e) - margin.min(0.0));
            add(&mut all.gradient, -side * weight * wrong, row);
            add_product(&mut all.hessian, weight * wrong * (1.0 - wrong), row);
        }
        for (at, weight) in weights[..WIDTH - 1].iter().enumerate() {
            all.loss += 0.5 * ridge * weight * weight;
            all.gradient[at] += ridge * weight;
            all.hessian[at][at] += ridge;
        }
        all
    }

    /// One step of Newton's; the largest change of a weight.
    fn descend(mut self, weights: &mut Row) -> f64 {
        solve(&mut self.hessian, &mut self.gradient);
        add(weights, -1.0, &self.gradient);
        self.gradient.iter().fold(0.0, |largest, step| step.abs().max(largest))
    }
}

/// Solves by Cholesky's factors of the lower half, in place. Where nothing is left of a direction it gets 0.
fn solve(matrix: &mut Square, right: &mut Row) {
    for at in 0..WIDTH {
        let (done, rest) = matrix.split_at_mut(at);
        let own = &mut rest[0];
        for (column, row) in done.iter().enumerate() {
            let sum: f64 = own[..column].iter().zip(&row[..column]).map(|(a, b)| a * b).sum();
            own[column] = (own[column] - sum) * row[column];
        }
        let left = own[at] - own[..at].iter().map(|value| value * value).sum::<f64>();
        // The diagonal is kept as its reciprocal.
        own[at] = if left > 1e-14 { 1.0 / libm::sqrt(left) } else { 0.0 };
        let sum: f64 = own[..at].iter().zip(&*right).map(|(a, b)| a * b).sum();
        right[at] = (right[at] - sum) * own[at];
    }
    for at in (0..WIDTH).rev() {
        let sum: f64 = (at + 1..WIDTH).map(|below| matrix[below][at] * right[below]).sum();
        right[at] = (right[at] - sum) * matrix[at][at];
    }
}

fn fours(row: &Row) -> [f64x4; FOURS] {
    let fours = row.as_chunks::<4>().0;
    core::array::from_fn(|at| f64x4::from(fours[at]))
}

/// Adds `weight` times `from` to `to`.
fn add(to: &mut Row, weight: f64, from: &Row) {
    for (to, from) in to.as_chunks_mut::<4>().0.iter_mut().zip(from.as_chunks::<4>().0) {
        *to = (f64x4::from(*to) + f64x4::splat(weight) * f64x4::from(*from)).to_array();
    }
}

/// Adds `weight` times the products of a row's numbers, in fours up to the diagonal.
fn add_product(to: &mut Square, weight: f64, row: &Row) {
    let right = fours(row);
    for (at, to) in to.iter_mut().enumerate() {
        let left = f64x4::splat(weight * row[at]);
        for (to, right) in to.as_chunks_mut::<4>().0.iter_mut().zip(right).take(at / 4 + 1) {
            *to = (f64x4::from(*to) + left * right).to_array();
        }
    }
}
