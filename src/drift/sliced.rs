//! The sliced Wasserstein distance (Rabin et al. 2011): both sides projected on random directions, and how far mass must be moved there.
//!
//! The root of the mean, over directions, of the squared Wasserstein-2 distance in one dimension, as POT has it. Sides of different size
//! are compared by their quantile functions. In units of the pooled standard deviation of a feature.

use crate::base::StreamKey;
use crate::base::special::normal_quantile;

use super::labelling::{Grouping, Part, Statistic};
use super::rows::{Rows, dot};

/// Directions.
const DIRECTIONS: u64 = 64;

/// Every row on every direction.
pub(super) struct Sliced {
    /// By direction: values with their rows' groups, lowest first.
    along: Vec<Vec<(f64, u32)>>,
}

impl Sliced {
    /// Along directions that `seed` chooses.
    pub(super) fn new(rows: &Rows, grouping: &Grouping, seed: u64) -> Self {
        let directions = (0..DIRECTIONS).map(|at| direction(rows.length, seed, at)).collect();
        Self::along(rows, grouping, directions)
    }

    pub(super) fn along(rows: &Rows, grouping: &Grouping, directions: Vec<Vec<f64>>) -> Self {
        let one = |direction: Vec<f64>| {
            let groups = grouping.of_row.iter().enumerate();
            let mut all: Vec<_> = groups.map(|(row, group)| (dot(rows.row(row), &direction), *group as u32)).collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            all
        };
        Self { along: directions.into_iter().map(one).collect() }
    }
}

/// A direction of length 1, all equally likely.
fn direction(length: usize, seed: u64, at: u64) -> Vec<f64> {
    let mut stream = StreamKey::new(seed, "drift").stream("directions", at);
    let normals: Vec<f64> = (0..length).map(|_| normal_quantile(stream.next_unit())).collect();
    let norm = libm::sqrt(dot(&normals, &normals));
    normals.into_iter().map(|part| part / norm).collect()
}

impl Statistic for Sliced {
    /// One value.
    fn of(&self, parts: &[Part]) -> Vec<f64> {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        let mut sum = 0.0;
        for all in &self.along {
            first.clear();
            second.clear();
            for (value, group) in all {
                match parts[*group as usize] {
                    Part::First => first.push(*value),
                    Part::Second => second.push(*value),
                    Part::Out => {}
                }
            }
            sum += moved(&first, &second, |gap| gap * gap);
        }
        vec![libm::sqrt(sum / self.along.len() as f64)]
    }
}

/// The mean of `cost` over the gaps between the quantile functions of two ordered lists, neither of which is empty.
pub(super) fn moved(x: &[f64], y: &[f64], cost: impl Fn(f64) -> f64) -> f64 {
    let (n, m) = (x.len() as u64, y.len() as u64);
    // shares of all mass in units of 1 / (n m), so that steps are whole
    let (mut i, mut j, mut at, mut sum) = (0_u64, 0_u64, 0_u64, 0.0);
    while i < n && j < m {
        let next = ((i + 1) * m).min((j + 1) * n);
        sum += (next - at) as f64 * cost(x[i as usize] - y[j as usize]);
        at = next;
        i += u64::from(next == (i + 1) * m);
        j += u64::from(next == (j + 1) * n);
    }
    sum / (n * m).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mass_is_moved_along_quantiles_whatever_the_sizes() {
        let absolute = |x: &[f64], y: &[f64]| moved(x, y, f64::abs);
        assert_eq!(absolute(&[0.0, 1.0], &[2.0, 3.0]), 2.0);
        assert_eq!(absolute(&[0.0], &[0.0, 3.0, 3.0]), 2.0);
        // i runs to thirds, j to halves: 1/3 · 0, 1/6 · 1, 1/6 · 1, 1/3 · 0
        assert!((absolute(&[0.0, 1.0, 2.0], &[0.0, 2.0]) - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_move_of_everything_by_one_is_seen_by_its_share_of_a_direction() {
        let side = |shift: f64| -> Vec<Vec<f64>> { (0..8).map(|at| vec![f64::from(at) + shift, 0.5]).collect() };
        let (x, y) = (side(0.0), side(3.0));
        let groups: Vec<u64> = (0..8).collect();
        let sides = [&x, &y].map(|rows| super::super::Side { rows, groups: &groups });
        let grouping = Grouping::new(&sides[0], &sides[1]).expect("groups");
        let rows = Rows::of(&sides[0], &sides[1]);
        let parts = grouping.parts(&grouping.observed());
        let of = |direction: Vec<f64>| Sliced::along(&rows, &grouping, vec![direction]).of(&parts)[0];
        assert!((of(vec![1.0, 0.0]) - 3.0).abs() < 1e-12 && of(vec![0.0, 1.0]) == 0.0);
        assert!((of(vec![0.6, 0.8]) - 1.8).abs() < 1e-12);
    }
}
