//! One look at every pair of rows, for all that is made of their distances: kernels summed over groups, and who is near whom.
//!
//! Rows are multiplied a block at a time, two by two, so that each is fetched from memory once a block; squared distances follow from
//! the products. Rows that are equal to the last bit are exactly 0 apart.

use rayon::prelude::*;

use super::DriftError;
use super::kernel::{GroupKernel, Kernel};
use super::labelling::Grouping;
use super::rows::{Rows, dots};
use crate::base::Monitor;

/// Rows of a block: their numbers stay near the processor while all other rows pass by.
const BLOCK: usize = 16;
/// Neighbours that are kept of every row.
pub(super) const KEPT: usize = 1_024;
/// Marks a neighbour that is exactly as far as the one before.
pub(super) const TIE: u32 = 1 << 31;

/// What was seen.
#[derive(Default)]
pub(super) struct Seen {
    /// One for each that was asked for.
    pub(super) kernels: Vec<GroupKernel>,
    /// The nearest other rows of every row, nearest first, whatever their side; empty where they were not asked for.
    pub(super) near: Vec<Vec<u32>>,
}

/// What one group's rows saw.
struct Part {
    /// By kernel and by other group.
    sums: Vec<Vec<f64>>,
    /// By kernel: the sum of magnitudes.
    sizes: Vec<f64>,
    near: Vec<(usize, Vec<u32>)>,
}

/// Looks at every pair. Time grows with the square of the rows.
pub(super) fn look(
    rows: &Rows,
    grouping: &Grouping,
    (kernels, wants_near): (&[Kernel], bool),
    monitor: &dyn Monitor,
) -> Result<Seen, DriftError> {
    let of_group = grouping.rows_of_groups();
    let norms: Vec<f64> = (0..rows.count()).map(|row| rows.norm2(row)).collect();
    let one = |own: &Vec<usize>| {
        let none = vec![0.0; of_group.len()];
        let mut part = Part {
            sums: vec![none; kernels.len()],
            sizes: vec![0.0; kernels.len()],
            near: Vec::with_capacity(own.len()),
        };
        for block in own.chunks(BLOCK) {
            if monitor.stopped() {
                return Err(DriftError::Stopped);
            }
            for (row, products) in block.iter().zip(with_all(rows, block)) {
                let apart = squared(&products, *row, &norms);
                for ((kernel, sums), size) in kernels.iter().zip(&mut part.sums).zip(&mut part.sizes) {
                    for (sum, others) in sums.iter_mut().zip(&of_group) {
                        for other in others.iter().filter(|other| *other != row) {
                            let value = kernel.of(products[*other], apart[*other], rows.length);
                            *size += value.abs();
                            *sum += value;
                        }
                    }
                }
                if wants_near {
                    part.near.push((*row, nearest(&apart, *row, KEPT)));
                }
            }
        }
        Ok(part)
    };
    let parts: Vec<Part> = of_group.par_iter().map(one).collect::<Result<_, _>>()?;
    let pairs = (rows.count() * (rows.count() - 1)).max(1) as f64;
    let kernel = |at: usize| {
        let scale = parts.iter().map(|part| part.sizes[at]).sum::<f64>() / pairs;
        GroupKernel::new(parts.iter().map(|part| part.sums[at].clone()).collect(), grouping.sizes.clone(), scale)
    };
    let kernels = (0..kernels.len()).map(kernel).collect();
    let mut near = vec![Vec::new(); if wants_near { rows.count() } else { 0 }];
    for (row, own) in parts.into_iter().flat_map(|part| part.near) {
        near[row] = own;
    }
    Ok(Seen { kernels, near })
}

/// All other rows of `row`, nearest first.
pub(super) fn all_near(rows: &Rows, row: usize) -> Vec<u32> {
    let norms: Vec<f64> = (0..rows.count()).map(|row| rows.norm2(row)).collect();
    let products = with_all(rows, &[row]).swap_remove(0);
    nearest(&squared(&products, row, &norms), row, usize::MAX)
}

/// The products of each row of `block` with every row.
fn with_all(rows: &Rows, block: &[usize]) -> Vec<Vec<f64>> {
    let count = rows.count();
    let mut out = vec![vec![0.0; count]; block.len()];
    for first in (0..count).step_by(2) {
        // an odd last one is taken twice
        let others = [first, (first + 1).min(count - 1)];
        for (two, out) in block.chunks(2).zip(out.chunks_mut(2)) {
            let own = [two[0], two[two.len() - 1]];
            let products = dots(own.map(|row| rows.row(row)), others.map(|row| rows.row(row)));
            for (out, products) in out.iter_mut().zip(products) {
                for (other, product) in others.into_iter().zip(products) {
                    out[other] = product;
                }
            }
        }
    }
    out
}

/// Squared distances of `row` to all.
fn squared(products: &[f64], row: usize, norms: &[f64]) -> Vec<f64> {
    let own = norms[row];
    products.iter().zip(norms).map(|(product, norm)| (own + norm - 2.0 * product).max(0.0)).collect()
}

/// The `most` nearest other rows, nearest first, equal ones as they stand; each with whether it lies as far as the one before.
fn nearest(apart: &[f64], row: usize, most: usize) -> Vec<u32> {
    let others = apart.iter().zip(0_u32..).filter(|(_, other)| *other as usize != row);
    let mut all: Vec<(f64, u32)> = others.map(|(squared, other)| (*squared, other)).collect();
    let nearer = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if most < all.len() {
        all.select_nth_unstable_by(most, nearer);
        all.truncate(most);
    }
    all.sort_unstable_by(nearer);
    let mut before = f64::NAN;
    let entry = |(squared, row): (f64, u32)| {
        let tie = if squared == before { TIE } else { 0 };
        before = squared;
        row | tie
    };
    all.into_iter().map(entry).collect()
}
