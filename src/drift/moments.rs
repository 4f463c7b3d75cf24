//! What means and covariances say: the Fréchet distance, and how varied each side is (Vendi).
//!
//! - Fréchet distance (Heusel et al. 2017): ‖μx − μy‖² + tr Σx + tr Σy − 2 Σ √λ, λ the eigenvalues of Σx Σy, covariances with divisor
//!   n − 1. It is biased upwards by about 1/n, differently for each model (Chong and Forsyth 2020), so it is not shown of few rows.
//! - Vendi score (Friedman and Dieng 2023): exp of the entropy of the eigenvalues of K / n, K the cosines between rows: how many
//!   different rows a side is worth. Told as the other side's over the reference's; it grows with the rows, so that sides are cut to the
//!   size of the smaller, evenly.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::labelling::{Grouping, Part, Statistic};
use super::rows::{Rows, dot};

/// Rows for each feature below which the Fréchet distance mostly tells of its own bias.
pub(super) const ROWS_PER_FEATURE: usize = 10;

/// The Fréchet distance.
pub(super) struct Frechet<'a> {
    rows: &'a Rows,
    of_row: &'a [usize],
}

/// Other side's Vendi score over the reference's.
pub(super) struct Vendi<'a> {
    /// Rows of length 1; those of nothing but zeros stay that.
    unit: Rows,
    of_row: &'a [usize],
}

/// The rows of `part`.
fn rows_of(of_row: &[usize], parts: &[Part], part: Part) -> Vec<usize> {
    (0..of_row.len()).filter(|row| parts[of_row[*row]] == part).collect()
}

impl<'a> Frechet<'a> {
    pub(super) fn new(rows: &'a Rows, grouping: &'a Grouping) -> Self {
        Self { rows, of_row: &grouping.of_row }
    }

    /// Mean and covariance of `some`.
    fn moments(&self, some: &[usize]) -> (DVector<f64>, DMatrix<f64>) {
        let length = self.rows.length;
        let mut mean = DVector::zeros(length);
        for row in some {
            mean += DVector::from_column_slice(self.rows.row(*row));
        }
        mean /= some.len() as f64;
        let centred = |at: usize| some.iter().map(|row| self.rows.row(*row)[at] - mean[at]).collect();
        let all: Vec<Vec<f64>> = (0..length).map(centred).collect();
        let covariance = gram(&all) / (some.len() as f64 - 1.0);
        (mean, covariance)
    }
}

impl Statistic for Frechet<'_> {
    /// One value.
    fn of(&self, parts: &[Part]) -> Vec<f64> {
        let [(mean_x, x), (mean_y, y)] =
            [Part::First, Part::Second].map(|part| self.moments(&rows_of(self.of_row, parts, part)));
        // Σx Σy has the eigenvalues of √Σx Σy √Σx, which is symmetric
        let root = listed(&root(x.clone()));
        let between = products(&listed(&products(&root, &listed(&y))), &root);
        let roots = eigenvalues(&between).map(|value| libm::sqrt(value.max(0.0))).sum::<f64>();
        vec![(mean_x - mean_y).norm_squared() + x.trace() + y.trace() - 2.0 * roots]
    }
}

impl<'a> Vendi<'a> {
    pub(super) fn new(rows: &Rows, grouping: &'a Grouping) -> Self {
        Self { unit: rows.of_length_one(), of_row: &grouping.of_row }
    }

    /// Of `some` rows.
    fn score(&self, some: &[usize]) -> f64 {
        let feature = |at: usize| some.iter().map(|row| self.unit.row(*row)[at]).collect();
        let all: Vec<Vec<f64>> = (0..self.unit.length).map(feature).collect();
        // the cosines' matrix has the eigenvalues of this one, and zeros
        let shares = eigenvalues(&(gram(&all) / some.len() as f64)).filter(|share| *share > 0.0);
        libm::exp(shares.map(|share| -share * libm::log(share)).sum())
    }
}

impl Statistic for Vendi<'_> {
    /// One ratio.
    fn of(&self, parts: &[Part]) -> Vec<f64> {
        let [x, y] = [Part::First, Part::Second].map(|part| rows_of(self.of_row, parts, part));
        let count = x.len().min(y.len());
        let [x, y] = [x, y].map(|all| self.score(&evenly(&all, count)));
        vec![y / x]
    }
}

/// `count` of `all`, evenly spaced.
fn evenly(all: &[usize], count: usize) -> Vec<usize> {
    (0..count).map(|at| all[(2 * at + 1) * all.len() / (2 * count)]).collect()
}

/// The rows of a matrix.
fn listed(matrix: &DMatrix<f64>) -> Vec<Vec<f64>> {
    matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
}

/// A Bᵀ, from the rows of both. Not the library's product, which sums in another order on other processors.
fn products(a: &[Vec<f64>], b: &[Vec<f64>]) -> DMatrix<f64> {
    DMatrix::from_fn(a.len(), b.len(), |i, j| dot(&a[i], &b[j]))
}

/// A Aᵀ, each pair once.
fn gram(a: &[Vec<f64>]) -> DMatrix<f64> {
    let mut out = DMatrix::zeros(a.len(), a.len());
    for i in 0..a.len() {
        for j in 0..=i {
            let value = dot(&a[i], &a[j]);
            (out[(i, j)], out[(j, i)]) = (value, value);
        }
    }
    out
}

fn eigenvalues(symmetric: &DMatrix<f64>) -> impl Iterator<Item = f64> + use<> {
    let values: Vec<f64> = symmetric.symmetric_eigenvalues().iter().copied().collect();
    values.into_iter()
}

/// The symmetric root of a covariance.
fn root(covariance: DMatrix<f64>) -> DMatrix<f64> {
    let SymmetricEigen { eigenvectors, eigenvalues } = SymmetricEigen::new(covariance);
    let vectors = listed(&eigenvectors);
    let roots = eigenvalues.map(|value| libm::sqrt(value.max(0.0)));
    let scaled = |row: &Vec<f64>| row.iter().zip(&roots).map(|(part, root)| part * root).collect();
    products(&vectors.iter().map(scaled).collect::<Vec<_>>(), &vectors)
}
