//! Correlation between parameters: a Gaussian copula over their normal scores, with its matrix checked.
//!
//! Independent scores become correlated ones by the Cholesky factor, taken in the order of the parameters' names, so that
//! the order of lines in a file changes nothing. Source: R. B. Nelsen, "An Introduction to Copulas", 2006, section 2.3 and
//! the usual density ln c(z) = −½ ln|R| − ½ zᵀ(R⁻¹ − I)z.

use super::Correlation;

/// Most parameters that hang together.
pub const MOST_CORRELATED: usize = 64;

/// A group of parameters that hang together.
#[derive(Clone, Debug, PartialEq)]
pub struct Copula {
    /// Their names, sorted.
    pub names: Vec<String>,
    /// The correlation matrix, row by row.
    pub matrix: Vec<Vec<f64>>,
    /// Lower triangle with positive diagonal.
    cholesky: Vec<Vec<f64>>,
}

impl Copula {
    /// The copula of `correlations` over all parameters that they name; `None` where there are none.
    ///
    /// # Errors
    /// The index of the pair at fault and a sentence: a pair twice, a parameter with itself, a coefficient outside −1 to
    /// 1, or a matrix that is not positive definite, with the factor by which all coefficients would have to shrink.
    pub fn new(correlations: &[Correlation]) -> Result<Option<Self>, (usize, String)> {
        let mut names: Vec<String> = correlations.iter().flat_map(|pair| [pair.a.clone(), pair.b.clone()]).collect();
        names.sort();
        names.dedup();
        let Some(last) = correlations.len().checked_sub(1) else { return Ok(None) };
        if names.len() > MOST_CORRELATED {
            return Err((last, format!("{} parameters are correlated; at most {MOST_CORRELATED} can be", names.len())));
        }
        let mut matrix: Vec<Vec<f64>> = (0..names.len())
            .map(|row| (0..names.len()).map(|at| if at == row { 1.0 } else { 0.0 }).collect())
            .collect();
        for (index, pair) in correlations.iter().enumerate() {
            // Written so that NaN is refused, too.
            if !(pair.rho > -1.0 && pair.rho < 1.0) {
                return Err((index, format!("rho is {}, but must lie between -1 and 1, without the ends", pair.rho)));
            }
            let place = |name: &String| names.iter().position(|other| other == name).unwrap_or_default();
            let (a, b) = (place(&pair.a), place(&pair.b));
            if a == b {
                return Err((index, format!("`{}` is correlated with itself; name two parameters", pair.a)));
            }
            let earlier = correlations.iter().take(index);
            if earlier
                .clone()
                .any(|other| [&other.a, &other.b] == [&pair.a, &pair.b] || [&other.b, &other.a] == [&pair.a, &pair.b])
            {
                return Err((index, format!("the pair `{}`, `{}` stands twice; keep one", pair.a, pair.b)));
            }
            for (row, column) in [(a, b), (b, a)] {
                if let Some(cell) = matrix.get_mut(row).and_then(|row| row.get_mut(column)) {
                    *cell = pair.rho;
                }
            }
        }
        match cholesky(&matrix) {
            Ok(cholesky) => Ok(Some(Self { names, matrix, cholesky })),
            Err(at) => Err((culprit(correlations, &names, at), refusal(&names, &matrix, at))),
        }
    }

    /// Turns independent standard normal scores, in the order of [`Self::names`], into correlated ones.
    pub fn correlate(&self, scores: &mut [f64]) {
        // From the last row up: a row needs the independent scores before it.
        for (at, row) in self.cholesky.iter().enumerate().rev() {
            let sum = row.iter().zip(scores.iter()).take(at + 1).map(|(factor, score)| factor * score).sum();
            if let Some(slot) = scores.get_mut(at) {
                *slot = sum;
            }
        }
    }

    /// Turns correlated scores back into independent ones.
    pub fn decorrelate(&self, scores: &mut [f64]) {
        for (at, row) in self.cholesky.iter().enumerate() {
            let known: f64 = row.iter().zip(scores.iter()).take(at).map(|(factor, score)| factor * score).sum();
            if let (Some(slot), Some(diagonal)) = (scores.get_mut(at), row.get(at)) {
                *slot = (*slot - known) / diagonal;
            }
        }
    }

    /// ln of the copula's density at correlated scores, against independence.
    pub fn ln_density(&self, scores: &[f64]) -> f64 {
        let mut independent = [0.0; MOST_CORRELATED];
        let Some(independent) = independent.get_mut(..scores.len()) else { return f64::NAN };
        independent.copy_from_slice(scores);
        self.decorrelate(independent);
        let squares = |all: &[f64]| all.iter().map(|z| z * z).sum::<f64>();
        let ln_diagonal: f64 =
            self.cholesky.iter().enumerate().filter_map(|(at, row)| row.get(at)).map(|factor| libm::log(*factor)).sum();
        -ln_diagonal - 0.5 * (squares(independent) - squares(scores))
    }
}

/// The lower triangle, or the row at which the matrix stops being positive definite.
fn cholesky(matrix: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, usize> {
    /// Below this a pivot is rounding: the parameters would determine each other.
    const LEAST_PIVOT: f64 = 1e-10;
    let mut lower: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    for (at, row) in matrix.iter().enumerate() {
        let mut next: Vec<f64> = Vec::with_capacity(at + 1);
        for (column, cell) in row.iter().enumerate().take(at + 1) {
            let other = lower.get(column).map_or(&next[..], Vec::as_slice);
            let rest = cell - next.iter().zip(other).take(column).map(|(a, b)| a * b).sum::<f64>();
            if column < at {
                next.push(rest / other.get(column).copied().unwrap_or(1.0));
            } else if rest > LEAST_PIVOT {
                next.push(libm::sqrt(rest));
            } else {
                return Err(at);
            }
        }
        lower.push(next);
    }
    Ok(lower)
}

/// The last pair that names the parameter at which the matrix fails.
fn culprit(correlations: &[Correlation], names: &[String], at: usize) -> usize {
    let name = names.get(at);
    let of = |pair: &Correlation| Some(&pair.a) == name || Some(&pair.b) == name;
    correlations.iter().rposition(of).unwrap_or_default()
}

fn refusal(names: &[String], matrix: &[Vec<f64>], at: usize) -> String {
    let shrunk = |factor: f64| -> Vec<Vec<f64>> {
        let cell = |row: usize, column: usize, value: f64| if row == column { value } else { value * factor };
        let rows = matrix.iter().enumerate();
        rows.map(|(row, cells)| cells.iter().enumerate().map(|(column, value)| cell(row, column, *value)).collect())
            .collect()
    };
    let (mut works, mut fails) = (0.0, 1.0);
    for _ in 0..30 {
        let middle = 0.5 * (works + fails);
        *if cholesky(&shrunk(middle)).is_ok() { &mut works } else { &mut fails } = middle;
    }
    let with: Vec<String> = names.iter().take(at + 1).map(|name| format!("`{name}`")).collect();
    format!(
        "no quantities can be correlated like this: the matrix of {} is not positive definite; multiply every rho by {:.2} \
         or less, or change one of them",
        with.join(", "),
        libm::floor(works * 100.0) / 100.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;
    use crate::base::special::normal_quantile;

    fn pair(a: &str, b: &str, rho: f64) -> Correlation {
        Correlation { a: a.to_owned(), b: b.to_owned(), rho }
    }

    #[test]
    fn correlated_scores_have_the_matrix_and_come_back() {
        let pairs = [pair("b", "a", 0.6), pair("c", "a", -0.3), pair("b", "c", 0.2)];
        let copula = Copula::new(&pairs).unwrap().unwrap();
        assert_eq!(copula.names, ["a", "b", "c"]);
        let mut stream = StreamKey::new(2, "copula").stream("scores", 0);
        let mut sums = [[0.0; 3]; 3];
        let n = 40_000;
        for _ in 0..n {
            let independent = [(); 3].map(|()| normal_quantile(stream.next_unit()));
            let mut scores = independent;
            copula.correlate(&mut scores);
            for (row, a) in sums.iter_mut().zip(scores) {
                row.iter_mut().zip(scores).for_each(|(sum, b)| *sum += a * b / f64::from(n));
            }
            copula.decorrelate(&mut scores);
            assert!(scores.iter().zip(independent).all(|(a, b)| (a - b).abs() < 1e-12), "back");
        }
        for (row, expected) in sums.iter().zip(&copula.matrix) {
            for (got, rho) in row.iter().zip(expected) {
                assert!((got - rho).abs() < 0.03, "{got} for {rho}");
            }
        }
    }

    #[test]
    fn the_density_is_the_textbook_one_for_two() {
        let copula = Copula::new(&[pair("a", "b", 0.5)]).unwrap().unwrap();
        let (x, y, r): (f64, f64, f64) = (0.7, -1.2, 0.5);
        let expected = -0.5 * (1.0 - r * r).ln() - (r * r * (x * x + y * y) - 2.0 * r * x * y) / (2.0 * (1.0 - r * r));
        assert!((copula.ln_density(&[x, y]) - expected).abs() < 1e-14);
    }

    #[test]
    fn impossible_matrices_are_refused_with_a_cure() {
        let impossible = [pair("a", "b", 0.9), pair("b", "c", 0.9), pair("a", "c", -0.9)];
        let (at, text) = Copula::new(&impossible).unwrap_err();
        assert_eq!(at, 2, "the last pair of c");
        // 1 − 3 ρ² + 2 ρ³ … with one sign turned: positive definite below ρ = 1/2.
        assert!(text.contains("positive definite") && text.contains("by 0.55"), "{text}");
        for (pairs, index, part) in [
            (vec![pair("a", "b", 1.0)], 0, "between -1 and 1"),
            (vec![pair("a", "b", f64::NAN)], 0, "between"),
            (vec![pair("a", "a", 0.1)], 0, "itself"),
            (vec![pair("a", "b", 0.1), pair("b", "a", 0.1)], 1, "twice"),
        ] {
            let (at, text) = Copula::new(&pairs).unwrap_err();
            assert!(at == index && text.contains(part), "{at} {text}");
        }
        assert_eq!(Copula::new(&[]), Ok(None));
    }
}
