//! Halton points: the radical inverse of the index in a prime base a dimension, with its digits scrambled.
//!
//! Stratifies any number of points, not only powers of two, but high dimensions (large bases) need more points than Sobol
//! before they are even. Indices are counted from 1, as `VerifAI` does: the point at index 0 of a design is Halton's first.

use super::scramble::{Order, derived, dimension_key, hash, unit};
use crate::base::StreamKey;

/// Dimensions that are offered: beyond them the bases pass 4,000 and no affordable number of points is even.
pub const HALTON_DIMENSIONS_MAX: usize = 550;

/// Digits are kept apart until this many points have one each; past them a coordinate is uniform and no more.
const POINTS_STRATIFIED: u64 = 1 << 40;

/// The Halton sequence in some named dimensions.
#[derive(Clone, Debug)]
pub struct Halton {
    order: Order,
    dimensions: Vec<Dimension>,
}

#[derive(Clone, Debug)]
struct Dimension {
    key: u64,
    base: u64,
    /// ⌈2^64 / base⌉: a multiplication instead of a division.
    reciprocal: u64,
    digits: u32,
    /// base^digits.
    cells: u64,
}

impl Halton {
    /// The sequence in the dimensions called `names`, in this order: the position chooses the prime, the name the scramble.
    /// `None` for more than [`HALTON_DIMENSIONS_MAX`] names.
    pub fn new(key: &StreamKey, names: &[&str]) -> Option<Self> {
        if names.len() > HALTON_DIMENSIONS_MAX {
            return None;
        }
        let dimensions = names.iter().zip(primes(names.len()));
        let dimensions = dimensions.map(|(name, base)| Dimension::new(dimension_key(key, name), base)).collect();
        Some(Self { order: Order::new(key), dimensions })
    }

    /// Number of dimensions.
    pub fn dimensions(&self) -> usize {
        self.dimensions.len()
    }

    /// The plain coordinate of point `index` (from 0: Halton's number `index` + 1), in (0, 1).
    pub fn plain(&self, index: u64, dimension: usize) -> Option<f64> {
        let base = self.dimensions.get(dimension)?.base;
        let (mut rest, mut reversed, mut scale) = (index.saturating_add(1), 0_u128, 1_u128);
        while rest > 0 {
            reversed = reversed * u128::from(base) + u128::from(rest % base);
            scale *= u128::from(base);
            rest /= base;
        }
        Some(reversed as f64 / scale as f64)
    }

    /// The coordinate of point `index` in copy `attempt` of the scrambled sequence, strictly between 0 and 1.
    pub fn unit(&self, index: u64, attempt: u32, dimension: usize) -> Option<f64> {
        let found = self.dimensions.get(dimension)?;
        let number = self.order.index(index, attempt).saturating_add(1);
        Some(found.scrambled(number, derived(found.key, u64::from(attempt))))
    }
}

impl Dimension {
    fn new(key: u64, base: u64) -> Self {
        let (mut digits, mut cells) = (0, 1);
        while cells < POINTS_STRATIFIED {
            digits += 1;
            cells *= base;
        }
        Self { key, base, reciprocal: u64::MAX / base + 1, digits, cells }
    }

    /// Each digit d becomes a·d + c modulo the base, with a and c hashed from all digits before it. In a prime base that
    /// takes two different digits to any two different digits with equal chance, which is all that the variance under Owen's
    /// nested uniform scrambling hangs on (A. B. Owen, Variance with alternative scramblings of digital nets, ACM TOMACS 13,
    /// 2003).
    #[inline]
    fn scrambled(&self, number: u64, key: u64) -> f64 {
        let (mut rest, mut prefix, mut power, mut cell) = (number, 0, 1, 0);
        for _ in 0..self.digits {
            let (quotient, digit) = self.divide(rest);
            // power + prefix names (position, digits before): prefixes of one length fill less than one octave of the base.
            let bits = hash(key, power + prefix);
            let factor = 1 + (((bits >> 32) * (self.base - 1)) >> 32);
            let shift = ((bits & 0xffff_ffff) * self.base) >> 32;
            cell = cell * self.base + self.divide(factor * digit + shift).1;
            prefix += digit * power;
            power *= self.base;
            rest = quotient;
        }
        let inside = unit(hash(!key, number));
        ((cell as f64 + inside) / self.cells as f64).min(1.0 - f64::EPSILON / 2.0)
    }

    /// Quotient and remainder by the base; exact below 2^64 / base (D. Lemire, O. Kaser and N. Kurz, Faster remainder by
    /// direct computation, 2019), which an index below 2^52 is; a larger one is divided the slow way.
    #[inline]
    fn divide(&self, number: u64) -> (u64, u64) {
        if number >> 52 != 0 {
            return (number / self.base, number % self.base);
        }
        let quotient = ((u128::from(number) * u128::from(self.reciprocal)) >> 64) as u64;
        (quotient, number - quotient * self.base)
    }
}

/// The first `count` primes.
fn primes(count: usize) -> Vec<u64> {
    let mut found: Vec<u64> = Vec::with_capacity(count);
    let mut candidate = 2;
    while found.len() < count {
        if found.iter().take_while(|prime| *prime * *prime <= candidate).all(|prime| candidate % prime != 0) {
            found.push(candidate);
        }
        candidate += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::design::centred_l2_discrepancy;

    fn halton(seed: u64, dimensions: usize) -> Halton {
        let names: Vec<String> = (0..dimensions).map(|n| format!("d{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Halton::new(&StreamKey::new(seed, "f"), &names).expect("dimensions")
    }

    #[test]
    fn plain_points_meet_the_published_ones() {
        let halton = halton(0, 5);
        let expected = [
            [0.5, 1.0 / 3.0, 0.2, 1.0 / 7.0, 1.0 / 11.0],
            [0.25, 2.0 / 3.0, 0.4, 2.0 / 7.0, 2.0 / 11.0],
            [0.75, 1.0 / 9.0, 0.6, 3.0 / 7.0, 3.0 / 11.0],
            [0.125, 4.0 / 9.0, 0.8, 4.0 / 7.0, 4.0 / 11.0],
        ];
        for (index, row) in expected.into_iter().enumerate() {
            for (dimension, x) in row.into_iter().enumerate() {
                assert_eq!(halton.plain(index as u64, dimension), Some(x), "point {index}, dimension {dimension}");
            }
        }
        assert_eq!(primes(HALTON_DIMENSIONS_MAX).last(), Some(&3_989), "the 550th prime");
        assert!(Halton::new(&StreamKey::new(0, "f"), &["d"; HALTON_DIMENSIONS_MAX + 1]).is_none(), "too many");
    }

    #[test]
    fn plain_points_have_the_published_discrepancy() {
        // SciPy's set begins with Halton's point 0, the origin, which is not a point here.
        let halton = halton(0, 2);
        for (n, expected) in [(64, 7.340_847e-4), (256, 6.666_207e-5), (1024, 5.816_184e-6)] {
            let mut points = vec![vec![0.0, 0.0]];
            points.extend((0..n - 1).map(|i| (0..2).filter_map(|d| halton.plain(i, d)).collect::<Vec<f64>>()));
            let found = centred_l2_discrepancy(&points).expect("points");
            assert!((found / expected - 1.0).abs() < 1e-6, "{n}: {found}");
        }
    }

    #[test]
    fn scrambling_keeps_the_strata() {
        let halton = halton(4, HALTON_DIMENSIONS_MAX);
        for (dimension, base) in primes(HALTON_DIMENSIONS_MAX).into_iter().enumerate() {
            // One whole power of the base, and as many points further on.
            let cells = if base < 11 { base * base * base } else { base };
            for from in [0, 4 * cells] {
                let mut seen = vec![false; cells as usize];
                for index in from..from + cells {
                    let x = halton.unit(index, 0, dimension).expect("a coordinate");
                    assert!(x > 0.0 && x < 1.0, "open interval");
                    seen[(x * cells as f64) as usize] = true;
                }
                assert!(seen.iter().all(|seen| *seen), "base {base}, {cells} cells");
            }
        }
    }

    #[test]
    fn later_copies_stay_even_in_blocks() {
        // 64 aligned indices are 64 neighbouring points of a copy: two or three in each of 27 cells.
        let halton = halton(4, 2);
        for (attempt, from) in [(1, 0), (6, 0), (6, 640), (9_999, 1 << 30)] {
            let mut counts = [0; 27];
            for index in from..from + 64 {
                counts[(halton.unit(index, attempt, 1).expect("a coordinate") * 27.0) as usize] += 1;
            }
            assert!(counts.iter().all(|count| (2..=3).contains(count)), "{counts:?}");
        }
    }

    #[test]
    fn pairs_of_dimensions_keep_their_strata() {
        // By the Chinese remainder theorem 4·9 points fill the boxes of 1/4 by 1/9.
        let halton = halton(4, 2);
        let mut boxes: Vec<(u64, u64)> = (0..36)
            .filter_map(|i| Some(((halton.unit(i, 0, 0)? * 4.0) as u64, (halton.unit(i, 0, 1)? * 9.0) as u64)))
            .collect();
        boxes.sort_unstable();
        boxes.dedup();
        assert_eq!(boxes.len(), 36, "{boxes:?}");
    }

    #[test]
    fn pairs_of_digits_go_to_all_pairs_equally_often() {
        // Points 0 and 1 in base 5: their first digits, over keys, are each of 20 ordered pairs.
        let mut counts = [0_u32; 25];
        for seed in 0..10_000 {
            let halton = halton(seed, 3);
            let digit = |index| (halton.unit(index, 0, 2).expect("a coordinate") * 5.0) as usize;
            counts[digit(0) * 5 + digit(1)] += 1;
        }
        for (pair, count) in counts.into_iter().enumerate() {
            // Mean 500, deviation 22: six deviations.
            let expected = if pair % 6 == 0 { 0..1 } else { 365..635 };
            assert!(expected.contains(&count), "digits {} and {}: {count}", pair / 5, pair % 5);
        }
    }

    #[test]
    fn scrambled_points_are_uniform_over_keys() {
        for (index, dimension) in [(0, 0), (0, 30), (5, 1), (1 << 50, 2), (u64::MAX, 3)] {
            let units: Vec<f64> = (0..4_000).filter_map(|seed| halton(seed, 31).unit(index, 0, dimension)).collect();
            assert!(units.iter().all(|unit| *unit > 0.0 && *unit < 1.0), "open interval");
            let mean = units.iter().sum::<f64>() / 4_000.0;
            let variance = units.iter().map(|unit| (unit - 0.5) * (unit - 0.5)).sum::<f64>() / 4_000.0;
            assert!((mean - 0.5).abs() < 0.023 && (variance * 12.0 - 1.0).abs() < 0.071, "{mean} {variance}");
        }
    }

    #[test]
    fn division_by_reciprocal_is_division() {
        for base in primes(HALTON_DIMENSIONS_MAX) {
            let dimension = Dimension::new(0, base);
            for number in [0, 1, base - 1, base, base * base - 1, (1 << 52) - 1, ((1 << 52) / base) * base - 1, 1 << 60]
            {
                assert_eq!(dimension.divide(number), (number / base, number % base), "{number} by {base}");
            }
        }
    }
}
