//! How strongly rows belong together: the probabilities of t-SNE (van der Maaten & Hinton, JMLR 2008), over near rows alone
//! (van der Maaten, JMLR 2014).

use super::near::Near;

/// Halvings and doublings of the bandwidth's search.
const STEPS: usize = 100;
/// How near the logarithm of the perplexity has to be.
const TOLERANCE: f64 = 1e-6;

/// Pairs of rows that belong together: symmetric, and 1 in all.
pub(super) struct Affinities {
    /// Where each row's pairs begin, and the end of all.
    begins: Vec<usize>,
    pairs: Vec<(u32, f32)>,
}

impl Affinities {
    /// From the near rows of every row, and how many of them count for it in effect.
    pub(super) fn new(near: &[Vec<Near>], weights: &[Vec<f64>]) -> Self {
        let count = near.len();
        let mut begins = vec![0_usize; count + 1];
        for (row, own) in near.iter().enumerate() {
            begins[row + 1] += own.len();
            for (_, other) in own {
                begins[*other as usize + 1] += 1;
            }
        }
        for row in 0..count {
            begins[row + 1] += begins[row];
        }
        // Both ways, in the order of rows.
        let mut next = begins.clone();
        let mut all = vec![(0_u32, 0.0_f64); begins[count]];
        for (row, (own, weights)) in near.iter().zip(weights).enumerate() {
            for ((_, other), weight) in own.iter().zip(weights) {
                for (from, to) in [(row, *other), (*other as usize, row as u32)] {
                    all[next[from]] = (to, *weight);
                    next[from] += 1;
                }
            }
        }
        let scale = 0.5 / count as f64;
        let (mut joined, mut joined_begins) = (Vec::with_capacity(all.len()), vec![0]);
        for row in 0..count {
            let own = &mut all[begins[row]..begins[row + 1]];
            own.sort_by_key(|pair| pair.0);
            let same = own.chunk_by(|a, b| a.0 == b.0);
            joined.extend(same.map(|same| (same[0].0, (scale * same.iter().map(|pair| pair.1).sum::<f64>()) as f32)));
            joined_begins.push(joined.len());
        }
        Self { begins: joined_begins, pairs: joined }
    }

    /// The rows that belong to `row`, and how strongly.
    pub(super) fn of(&self, row: usize) -> &[(u32, f32)] {
        &self.pairs[self.begins[row]..self.begins[row + 1]]
    }
}

/// Weights of near rows, 1 in all: normal in the distance, with the bandwidth at which `perplexity` rows count in effect.
///
/// Where more rows than that are equally near, these share all weight.
pub(super) fn weights(near: &[Near], perplexity: f64) -> Vec<f64> {
    let least = near.first().map_or(0.0, |near| f64::from(near.0));
    let apart: Vec<f64> = near.iter().map(|near| f64::from(near.0) - least).collect();
    let target = libm::log(perplexity);
    let mean = apart.iter().sum::<f64>() / apart.len().max(1) as f64;
    let (mut precision, mut low, mut high) = (if mean > 0.0 { 1.0 / mean } else { 1.0 }, 0.0, f64::INFINITY);
    let mut weights = vec![0.0; near.len()];
    for _ in 0..STEPS {
        let (mut sum, mut product) = (0.0, 0.0);
        for (weight, apart) in weights.iter_mut().zip(&apart) {
            *weight = libm::exp(-precision * apart);
            sum += *weight;
            product += *weight * apart;
        }
        for weight in &mut weights {
            *weight /= sum;
        }
        let entropy = libm::log(sum) + precision * product / sum;
        if (entropy - target).abs() < TOLERANCE {
            break;
        }
        if entropy > target {
            low = precision;
            precision = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * precision };
        } else {
            high = precision;
            precision = 0.5 * (low + high);
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_count_as_asked_for_and_pairs_are_symmetric() {
        let near: Vec<Near> = (0..90).map(|at| (0.01 * (at * at) as f32 + 5.0, at)).collect();
        for perplexity in [2.0, 7.5, 30.0] {
            let found = weights(&near, perplexity);
            let entropy: f64 = found.iter().filter(|p| **p > 0.0).map(|p| -p * libm::log(*p)).sum();
            assert!((libm::exp(entropy) / perplexity - 1.0).abs() < 1e-5, "{perplexity}");
            assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert_eq!(weights(&[(2.0, 7), (2.0, 8), (2.0, 9), (2.0, 1)], 2.0), [0.25; 4], "equally near");
        // 0 and 1 name each other, 2 names both.
        let all = Affinities::new(
            &[vec![(1.0, 1)], vec![(1.0, 0)], vec![(1.0, 0), (2.0, 1)]],
            &[vec![1.0], vec![1.0], vec![0.75, 0.25]],
        );
        let sixth = 1.0_f32 / 6.0;
        assert_eq!(all.of(0), [(1, 2.0 * sixth), (2, 0.75 * sixth)]);
        assert_eq!(all.of(1), [(0, 2.0 * sixth), (2, 0.25_f32 * sixth)]);
        assert_eq!(all.of(2), [(0, 0.75 * sixth), (1, 0.25 * sixth)]);
    }

    #[test]
    fn rows_that_cannot_be_told_apart_give_no_nan() {
        for near in [vec![(0.0, 1); 20], vec![(0.0, 1), (1e-30, 2), (1e30, 3)], vec![(1e-38, 1), (1e-37, 2), (3.0, 4)]]
        {
            let found = weights(&near, 1.5);
            assert!(found.iter().all(|weight| weight.is_finite() && *weight >= 0.0), "{found:?}");
            assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{found:?}");
        }
    }
}
