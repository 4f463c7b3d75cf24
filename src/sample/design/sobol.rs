//! Sobol points with the direction numbers of Joe and Kuo, scrambled digit by digit as Owen did.
//!
//! The first 2^m points put one point in every elementary interval of volume 2^−m that the sequence stratifies, and the
//! scramble keeps that while each point becomes uniform. Deliberately no generator that steps: any point, in any order.

use super::joe_kuo::ROWS;
use super::scramble::{DIGITS, Order, derived, dimension_key, nested};
use crate::base::StreamKey;

/// Dimensions that have direction numbers.
pub const SOBOL_DIMENSIONS_MAX: usize = ROWS.len() + 1;

/// The Sobol sequence in some named dimensions. Indices from 2^52 on repeat.
#[derive(Clone)]
pub struct Sobol {
    order: Order,
    dimensions: Vec<Dimension>,
}

#[derive(Clone)]
struct Dimension {
    key: u64,
    sums: [[u64; 16]; DIGITS as usize / 4],
}

impl std::fmt::Debug for Sobol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sobol").field("dimensions", &self.dimensions.len()).finish_non_exhaustive()
    }
}

impl Sobol {
    /// The sequence in the dimensions called `names`, in this order: the position chooses the direction numbers, the name
    /// the scramble. `None` for more than [`SOBOL_DIMENSIONS_MAX`] names.
    pub fn new(key: &StreamKey, names: &[&str]) -> Option<Self> {
        let dimension = |(position, name): (usize, &&str)| {
            Some(Dimension { key: dimension_key(key, name), sums: sums(&directions(position)?) })
        };
        let dimensions = names.iter().enumerate().map(dimension).collect::<Option<_>>()?;
        Some(Self { order: Order::new(key), dimensions })
    }

    /// Number of dimensions.
    pub fn dimensions(&self) -> usize {
        self.dimensions.len()
    }

    /// The plain coordinate, in [0, 1): the points in the usual order (a Gray code of the index), the first being 0.
    pub fn plain(&self, index: u64, dimension: usize) -> Option<f64> {
        let found = self.dimensions.get(dimension)?;
        Some(found.digits(index) as f64 / (1_u64 << DIGITS) as f64)
    }

    /// The coordinate of point `index` in copy `attempt` of the scrambled sequence, strictly between 0 and 1.
    pub fn unit(&self, index: u64, attempt: u32, dimension: usize) -> Option<f64> {
        let found = self.dimensions.get(dimension)?;
        let digits = found.digits(self.order.index(index, attempt));
        let digits = nested(digits, derived(found.key, u64::from(attempt)));
        Some((digits as f64 + 0.5) / (1_u64 << DIGITS) as f64)
    }
}

impl Dimension {
    /// The sum over GF(2) of the direction numbers at the set bits of the index's Gray code, four bits at a time.
    #[inline]
    fn digits(&self, index: u64) -> u64 {
        let mut gray = index ^ (index >> 1);
        let mut digits = 0;
        for sums in &self.sums {
            if gray == 0 {
                break;
            }
            digits ^= sums[(gray & 15) as usize];
            gray >>= 4;
        }
        digits
    }
}

/// For every four direction numbers, the sum of every choice of them.
fn sums(directions: &[u64; DIGITS as usize]) -> [[u64; 16]; DIGITS as usize / 4] {
    std::array::from_fn(|four| {
        std::array::from_fn(|chosen| {
            let numbers = directions.iter().skip(4 * four).take(4).enumerate();
            numbers.filter(|(bit, _)| chosen >> bit & 1 == 1).fold(0, |sum, (_, number)| sum ^ number)
        })
    })
}

/// The direction numbers of the dimension at `position`, by the recurrence of its polynomial of degree s with inner
/// coefficients a: `v[k] = v[k−s] ⊕ (v[k−s] ≫ s) ⊕ a[1]·v[k−1] ⊕ … ⊕ a[s−1]·v[k−s+1]` (P. Bratley and B. L. Fox, Algorithm
/// 659, ACM TOMS 14, 1988).
fn directions(position: usize) -> Option<[u64; DIGITS as usize]> {
    // The first dimension is the van der Corput sequence: every m is 1.
    let mut numbers = std::array::from_fn(|k| 1 << (DIGITS - 1 - k as u32));
    let Some(row) = position.checked_sub(1) else { return Some(numbers) };
    let &(polynomial, initial) = ROWS.get(row)?;
    let degree = initial.len();
    for k in 0..numbers.len() {
        let number = match (initial.get(k), k.checked_sub(degree).and_then(|back| numbers.get(back))) {
            (Some(m), _) => u64::from(*m) << (DIGITS - 1 - k as u32),
            (None, Some(&first)) => (1..degree)
                .filter(|back| polynomial >> (degree - back) & 1 == 1)
                .filter_map(|back| numbers.get(k - back))
                .fold(first ^ (first >> degree), |sum, number| sum ^ number),
            (None, None) => return None,
        };
        *numbers.get_mut(k)? = number;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::design::centred_l2_discrepancy;

    fn sobol(seed: u64, dimensions: usize) -> Sobol {
        let names: Vec<String> = (0..dimensions).map(|n| format!("d{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Sobol::new(&StreamKey::new(seed, "f"), &names).expect("dimensions")
    }

    /// Whether every box of sides 2^−j and 2^(j−m) holds one of the 2^m points.
    fn is_net(points: &[(f64, f64)]) -> bool {
        let m = points.len().ilog2();
        (0..=m).all(|j| {
            let (columns, rows) = (f64::from(1 << j), f64::from(1 << (m - j)));
            let mut boxes: Vec<(u64, u64)> =
                points.iter().map(|(x, y)| ((x * columns) as u64, (y * rows) as u64)).collect();
            boxes.sort_unstable();
            boxes.dedup();
            boxes.len() == points.len()
        })
    }

    #[test]
    fn plain_points_meet_the_published_ones() {
        let sobol = sobol(0, 5);
        let expected = [
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [0.5, 0.5, 0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25, 0.25, 0.75],
            [0.25, 0.75, 0.75, 0.75, 0.25],
            [0.375, 0.375, 0.625, 0.875, 0.375],
            [0.875, 0.875, 0.125, 0.375, 0.875],
            [0.625, 0.125, 0.875, 0.625, 0.625],
            [0.125, 0.625, 0.375, 0.125, 0.125],
        ];
        for (index, row) in expected.into_iter().enumerate() {
            for (dimension, x) in row.into_iter().enumerate() {
                assert_eq!(sobol.plain(index as u64, dimension), Some(x), "point {index}, dimension {dimension}");
            }
        }
    }

    #[test]
    fn far_points_and_dimensions_meet_scipy() {
        // SciPy 1.17's qmc.Sobol(481, scramble=False) after fast_forward.
        let sobol = sobol(0, SOBOL_DIMENSIONS_MAX);
        for (index, dimension, x) in FAR {
            assert_eq!(sobol.plain(index, dimension), Some(x), "point {index}, dimension {dimension}");
        }
        assert_eq!(sobol.plain(0, SOBOL_DIMENSIONS_MAX), None, "no such dimension");
        assert!(Sobol::new(&StreamKey::new(0, "f"), &["d"; SOBOL_DIMENSIONS_MAX + 1]).is_none(), "too many");
    }

    const FAR: [(u64, usize, f64); 12] = [
        (1_000_003, 0, 0.276_474_952_697_753_9),
        (1_000_003, 1, 0.561_919_212_341_308_6),
        (1_000_003, 4, 0.878_659_248_352_050_8),
        (1_000_003, 20, 0.790_129_661_560_058_6),
        (1_000_003, 249, 0.379_426_002_502_441_4),
        (1_000_003, 480, 0.590_695_381_164_550_8),
        (987_654_321, 0, 0.590_737_217_105_925_1),
        (987_654_321, 1, 0.548_310_707_323_253_2),
        (987_654_321, 4, 0.127_343_370_579_183_1),
        (987_654_321, 20, 0.255_251_239_053_905),
        (987_654_321, 249, 0.590_371_630_154_550_1),
        (987_654_321, 480, 0.100_188_375_450_670_72),
    ];

    #[test]
    fn plain_points_have_the_published_discrepancy() {
        let sobol = sobol(0, 2);
        for (n, expected) in [(64, 2.400_196e-4), (256, 1.663_160e-5), (1024, 1.106_736e-6)] {
            let points: Vec<Vec<f64>> = (0..n).map(|i| (0..2).filter_map(|d| sobol.plain(i, d)).collect()).collect();
            let found = centred_l2_discrepancy(&points).expect("points");
            assert!((found / expected - 1.0).abs() < 1e-6, "{n}: {found}");
        }
    }

    #[test]
    fn every_dimension_stratifies_plain_and_scrambled() {
        let sobol = sobol(3, SOBOL_DIMENSIONS_MAX);
        for dimension in 0..SOBOL_DIMENSIONS_MAX {
            for (what, found) in [("plain", None), ("scrambled", Some(0)), ("scrambled again", Some(7))] {
                let mut seen = [false; 256];
                for index in 0..256 {
                    let x = found.map_or(sobol.plain(index, dimension), |a| sobol.unit(index, a, dimension));
                    seen[(x.expect("a coordinate") * 256.0) as usize] = true;
                }
                assert!(seen.iter().all(|seen| *seen), "dimension {dimension}, {what}");
            }
        }
    }

    #[test]
    fn scrambling_keeps_every_net_and_makes_none() {
        let (dimensions, mut kept, mut broken) = (8, 0, 0);
        for seed in 0..4 {
            let sobol = sobol(seed, dimensions);
            for (first, second) in (0..dimensions).flat_map(|a| (0..a).map(move |b| (a, b))) {
                for m in 1..=8 {
                    let points = |of: &dyn Fn(u64, usize) -> Option<f64>| -> Vec<(f64, f64)> {
                        (0..1 << m).filter_map(|i| Some((of(i, first)?, of(i, second)?))).collect()
                    };
                    let plain = is_net(&points(&|i, d| sobol.plain(i, d)));
                    let scrambled = is_net(&points(&|i, d| sobol.unit(i, 1, d)));
                    assert_eq!(plain, scrambled, "dimensions {first} and {second}, 2^{m} points");
                    assert!(plain || (first, second) != (1, 0), "the first two are a (0, 2)-sequence");
                    if plain { kept += 1 } else { broken += 1 }
                }
            }
        }
        assert!(kept > 200 && broken > 100, "both cases were met: {kept} and {broken}");
    }

    #[test]
    fn scrambled_points_are_uniform_over_keys() {
        for (index, dimension) in [(0, 0), (0, 3), (5, 1), (1 << 40, 2)] {
            let units = (0..4_000).filter_map(|seed| sobol(seed, 4).unit(index, 0, dimension));
            let units: Vec<f64> = units.collect();
            assert!(units.iter().all(|unit| *unit > 0.0 && *unit < 1.0), "open interval");
            let mean = units.iter().sum::<f64>() / 4_000.0;
            let variance = units.iter().map(|unit| (unit - 0.5) * (unit - 0.5)).sum::<f64>() / 4_000.0;
            assert!((mean - 0.5).abs() < 0.023 && (variance * 12.0 - 1.0).abs() < 0.071, "{mean} {variance}");
        }
    }

    #[test]
    fn variance_of_a_smooth_integral_falls_faster_than_the_square() {
        // ∫ x e^y over the square is (e − 1)/2. Owen: variance of order n^−3 (ln n).
        let exact = (libm::exp(1.0) - 1.0) / 2.0;
        let variance = |n: u64| -> f64 {
            let errors = (0..200).map(|seed| {
                let sobol = sobol(seed, 2);
                let values = (0..n).filter_map(|i| Some(sobol.unit(i, 0, 0)? * libm::exp(sobol.unit(i, 0, 1)?)));
                values.sum::<f64>() / n as f64 - exact
            });
            errors.map(|error| error * error).sum::<f64>() / 200.0
        };
        let slope = libm::log2(variance(32) / variance(1024)) / 5.0;
        assert!(slope > 2.4 && slope < 3.4, "variance falls as n^−{slope}");
    }
}
