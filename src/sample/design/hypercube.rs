//! Latin hypercubes: of every n points, each of the n equal slices of each dimension holds exactly one.
//!
//! Only single dimensions are stratified, whatever n is; combinations of dimensions are left to chance.

use super::scramble::{below, derived, dimension_key, hash};
use crate::base::StreamKey;

/// The most points one hypercube may have.
pub const HYPERCUBE_POINTS_MAX: u64 = 1 << 32;

/// Rounds of the permutation. Two points go on together only while both move or both stay in every round: 2^−32.
const ROUNDS: u64 = 32;

/// An endless row of independent hypercubes of `points` points in some named dimensions.
#[derive(Clone, Debug)]
pub struct LatinHypercube {
    points: u64,
    /// Cells in one slice, so that a slice's number and the cell inside it are one integer below 2^51.
    cells: u64,
    keys: Vec<u64>,
}

impl LatinHypercube {
    /// Hypercubes of `points` points in the dimensions called `names`. `None` where `points` is 0 or more than
    /// [`HYPERCUBE_POINTS_MAX`].
    pub fn new(key: &StreamKey, names: &[&str], points: u64) -> Option<Self> {
        let keys = names.iter().map(|name| dimension_key(key, name)).collect();
        let cells = 1 << (51 - points.checked_ilog2()? - 1);
        (points <= HYPERCUBE_POINTS_MAX).then_some(Self { points, cells, keys })
    }

    /// Number of dimensions.
    pub fn dimensions(&self) -> usize {
        self.keys.len()
    }

    /// Points in one hypercube.
    pub fn points(&self) -> u64 {
        self.points
    }

    /// The coordinate of point `index` in copy `attempt`, strictly between 0 and 1: the point `index` mod n of hypercube
    /// `index` / n.
    pub fn unit(&self, index: u64, attempt: u32, dimension: usize) -> Option<f64> {
        let copy = derived(*self.keys.get(dimension)?, u64::from(attempt));
        let key = derived(copy, index / self.points);
        let point = index % self.points;
        let slice = permuted(point, self.points, key);
        let cell = slice * self.cells + below(hash(!key, point), self.cells);
        Some((cell as f64 + 0.5) / (self.points * self.cells) as f64)
    }
}

/// A keyed permutation of 0..count, one point at a time: the swap-or-not shuffle (V. T. Hoang, B. Morris and P. Rogaway, An
/// enciphering scheme based on a card shuffle, CRYPTO 2012), which needs no table and no domain that is a power of two.
/// The last turn makes a single point exactly uniform.
fn permuted(point: u64, count: u64, key: u64) -> u64 {
    let mut place = point;
    for round in 0..ROUNDS {
        let round_key = hash(key, round);
        let mirror = below(round_key, count);
        let partner = if mirror >= place { mirror - place } else { mirror + count - place };
        // Both partners ask the same question, so that they swap or neither moves.
        if hash(round_key, place.max(partner)) >> 63 == 1 {
            place = partner;
        }
    }
    (place + below(hash(key, ROUNDS), count)) % count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hypercube(points: u64) -> LatinHypercube {
        LatinHypercube::new(&StreamKey::new(5, "f"), &["a", "b", "c"], points).expect("a hypercube")
    }

    #[test]
    fn each_slice_holds_one_point() {
        for points in [1, 2, 3, 7, 64, 1_000] {
            let design = hypercube(points);
            for (attempt, block, dimension) in [(0, 0, 0), (0, 0, 2), (0, 3, 1), (9, 0, 1)] {
                let mut slices = vec![0; points as usize];
                for index in block * points..(block + 1) * points {
                    let unit = design.unit(index, attempt, dimension).expect("a coordinate");
                    assert!(unit > 0.0 && unit < 1.0, "open interval");
                    // Edges as a caller computes them, not as this file does.
                    let slice = (0..points)
                        .position(|s| unit > s as f64 / points as f64 && unit < (s + 1) as f64 / points as f64);
                    slices[slice.expect("not on an edge")] += 1;
                }
                assert!(slices.iter().all(|count| *count == 1), "{points} points, dimension {dimension}: {slices:?}");
            }
        }
    }

    #[test]
    fn the_largest_hypercube_is_permuted_too() {
        let design = hypercube(HYPERCUBE_POINTS_MAX);
        let mut slices: Vec<u64> = (0..10_000).map(|i| permuted(i, HYPERCUBE_POINTS_MAX, 1)).collect();
        slices.sort_unstable();
        slices.dedup();
        assert_eq!(slices.len(), 10_000, "no slice twice");
        assert!(design.unit(u64::MAX, 0, 0).is_some_and(|unit| unit > 0.0 && unit < 1.0), "far out");
        assert!(LatinHypercube::new(&StreamKey::new(5, "f"), &[], 0).is_none(), "no points");
        assert!(LatinHypercube::new(&StreamKey::new(5, "f"), &[], HYPERCUBE_POINTS_MAX + 1).is_none(), "too many");
    }

    #[test]
    fn all_permutations_of_four_come_equally_often() {
        let mut seen = std::collections::BTreeMap::new();
        for key in 0..24_000 {
            *seen.entry([0, 1, 2, 3].map(|point| permuted(point, 4, derived(3, key)))).or_insert(0_u32) += 1;
        }
        // 24 counts of mean 1,000 and deviation 31: six deviations.
        assert!(seen.len() == 24 && seen.values().all(|count| (810..1190).contains(count)), "{seen:?}");
    }

    #[test]
    fn hypercubes_dimensions_and_attempts_are_independent() {
        let design = hypercube(50);
        let row = |attempt, block: u64, dimension| -> Vec<f64> {
            (0..50).map(|i| design.unit(block * 50 + i, attempt, dimension).expect("a coordinate")).collect()
        };
        let mut sums = [0.0; 3];
        for block in 0..200 {
            let first = row(0, block, 0);
            for (sum, other) in sums.iter_mut().zip([row(0, block, 1), row(1, block, 0), row(0, block + 1, 0)]) {
                *sum += first.iter().zip(other).map(|(x, y)| (x - 0.5) * (y - 0.5) * 12.0).sum::<f64>();
            }
        }
        // 10,000 products of variance 1: five deviations.
        assert!(sums.iter().all(|sum| sum.abs() < 500.0), "{sums:?}");
    }
}
