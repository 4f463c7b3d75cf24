//! Principal components of standardised rows.
//!
//! Deliberately not here: what the components are for; [`super::plane`] draws two, [`super::embed`] starts from some.

use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;

use super::DriftError;
use super::rows::{Rows, dot};
use crate::base::Monitor;

/// Rows whose products are summed at once: a fixed number, so that sums do not depend on the number of threads.
const CHUNK: usize = 2_048;

/// Components of rows whose features have mean 0.
pub(super) struct Principal {
    /// Directions of length one, the one with the largest variance first.
    pub(super) axes: Vec<Vec<f64>>,
    /// Each one's share of all variance, 0 to 1.
    pub(super) shares: Vec<f64>,
}

impl Principal {
    /// The first `most` components of two or more rows, fewer where rows are shorter. Signs are chosen so that the
    /// strongest feature grows along its axis: components alone have none.
    pub(super) fn of(rows: &Rows, most: usize, monitor: &dyn Monitor) -> Result<Self, DriftError> {
        let eigen = SymmetricEigen::new(covariance(rows, monitor)?);
        let total: f64 = eigen.eigenvalues.iter().sum();
        let mut order: Vec<usize> = (0..rows.length).collect();
        order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]).then(a.cmp(b)));
        order.truncate(most);
        let axis = |rank: &usize| -> Vec<f64> {
            let axis: Vec<f64> = eigen.eigenvectors.column(*rank).iter().copied().collect();
            let sign = if axis[strongest(&axis)] < 0.0 { -1.0 } else { 1.0 };
            axis.into_iter().map(|part| part * sign).collect()
        };
        Ok(Self {
            axes: order.iter().map(axis).collect(),
            shares: order.iter().map(|rank| (eigen.eigenvalues[*rank] / total).clamp(0.0, 1.0)).collect(),
        })
    }

    /// Where `row` lies along each axis.
    pub(super) fn scores(&self, row: &[f64]) -> Vec<f64> {
        self.axes.iter().map(|axis| dot(row, axis)).collect()
    }
}

/// The position of the part that weighs most, the first of equal ones.
pub(super) fn strongest(axis: &[f64]) -> usize {
    (1..axis.len()).fold(0, |best, at| if axis[at].abs() > axis[best].abs() { at } else { best })
}

/// Covariance of the features, divisor n − 1.
fn covariance(rows: &Rows, monitor: &dyn Monitor) -> Result<DMatrix<f64>, DriftError> {
    let (count, length) = (rows.count(), rows.length);
    let chunk = |first: usize| -> Result<Vec<f64>, DriftError> {
        if monitor.stopped() {
            return Err(DriftError::Stopped);
        }
        let end = (first + CHUNK).min(count);
        let columns: Vec<Vec<f64>> =
            (0..length).map(|feature| (first..end).map(|at| rows.row(at)[feature]).collect()).collect();
        let one = |one: usize| (0..=one).map(move |two| (one, two));
        Ok((0..length).flat_map(one).map(|(one, two)| dot(&columns[one], &columns[two])).collect())
    };
    let firsts: Vec<usize> = (0..count).step_by(CHUNK).collect();
    let parts: Vec<Vec<f64>> = firsts.into_par_iter().map(chunk).collect::<Result<_, _>>()?;
    let mut covariance = DMatrix::<f64>::zeros(length, length);
    for part in &parts {
        let mut sums = part.iter();
        for one in 0..length {
            for (two, sum) in (0..=one).zip(&mut sums) {
                covariance[(one, two)] += sum;
            }
        }
    }
    covariance /= (count.max(2) - 1) as f64;
    covariance.fill_upper_triangle_with_lower_triangle();
    Ok(covariance)
}
