//! All rows of both sides along the principal components of the pooled, standardised features: the first two are a plane to look
//! at, and [`super::embed`] takes nearness in all that are kept.
//!
//! A picture to look at, and no test: what lies apart here may lie apart by chance, and what differs beyond the first two
//! components is not seen on the plane. Deliberately not here: maps that bend, whose distances mean nothing across gaps.

use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;

use super::labelling::check;
use super::rows::{Rows, dot};
use super::{DriftError, Side};
use crate::base::{Monitor, StreamKey};

/// Components that are kept.
const MOST: usize = 32;
/// Features up to which the whole covariance is taken apart; of longer rows the first components are sought alone.
const WHOLE: usize = 1_024;
/// Rows whose products are summed at once: a fixed number, so that sums do not depend on the number of threads.
const CHUNK: usize = 2_048;
/// Features that one thread sums up at once.
const BLOCK: usize = 32;
/// Directions that are sought beyond those that are kept: they make the last of these settle sooner.
const MORE: usize = 16;
/// When the variances of the plane's two components move by no more than this share of the largest, and those of the others, which only
/// say who is near whom, by no more than the next, they are found.
const SETTLED: [f64; 2] = [1e-9, 1e-4];
/// Rounds after which they are taken as they are: only components of nearly one variance are still turning among themselves.
const ROUNDS: usize = 40;

/// Rows along their components.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Components {
    /// One a row, the reference's first: where it lies along each component, the one with the largest variance first; at most 32.
    pub scores: Vec<Vec<f32>>,
    /// Each component's share of all variance, 0 to 1.
    pub shares: Vec<f64>,
    /// The feature that weighs most on each, by position.
    pub strongest: Vec<usize>,
}

impl Components {
    /// Where each row lies on the plane of the first two.
    pub fn points(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        self.scores.iter().map(|row| [0, 1].map(|at| row.get(at).map_or(0.0, |score| f64::from(*score))))
    }
}

/// The components of the two sides' rows; `None` where nothing ever changes.
///
/// Signs are chosen so that the strongest feature grows along its component: components alone have none. The same bits on every machine
/// and with any number of threads.
///
/// # Errors
/// [`DriftError::Uneven`] and [`DriftError::NotFinite`] for rows that cannot be compared; [`DriftError::Stopped`].
pub fn components(x: &Side<'_>, y: &Side<'_>, monitor: &dyn Monitor) -> Result<Option<Components>, DriftError> {
    let length = x.rows.first().or(y.rows.first()).map_or(0, Vec::len);
    check(x, "reference", length)?;
    check(y, "other", length)?;
    let rows = Rows::standardised(x, y);
    let mut is_moving = false;
    for at in 0..rows.count() {
        is_moving |= rows.row(at).iter().any(|value| *value != 0.0);
        if let Some(feature) = rows.row(at).iter().position(|value| !value.is_finite()) {
            let what = format!("feature {feature} holds numbers too large to be compared");
            return Err(DriftError::Uneven { side: "reference", what });
        }
    }
    if !is_moving {
        return Ok(None);
    }
    let Axes { axes, shares } =
        if length <= WHOLE { Axes::of_whole(&rows, monitor)? } else { Axes::sought(&rows, monitor)? };
    let row = |at: usize| axes.iter().map(|axis| dot(rows.row(at), axis) as f32).collect();
    let scores = (0..rows.count()).into_par_iter().map(row).collect();
    Ok(Some(Components { scores, shares, strongest: axes.iter().map(|axis| strongest(axis)).collect() }))
}

/// Directions of length one, the one with the largest variance first, and each one's share of all variance.
struct Axes {
    axes: Vec<Vec<f64>>,
    shares: Vec<f64>,
}

impl Axes {
    /// From the whole covariance.
    fn of_whole(rows: &Rows, monitor: &dyn Monitor) -> Result<Self, DriftError> {
        let (values, vectors) = decomposed(covariance(rows, monitor)?);
        Ok(Self::taken(&values, values.iter().sum(), &vectors))
    }

    /// By subspace iteration with some directions to spare (Halko, Martinsson & Tropp, SIAM Review 2011, algorithm 4.4): a covariance of
    /// thousands of features would have millions of numbers, and its last components are looked at by nobody.
    fn sought(rows: &Rows, monitor: &dyn Monitor) -> Result<Self, DriftError> {
        const STAGE: &str = "Laying frames out on a plane";
        let width = (MOST + MORE).min(rows.length).min(rows.count());
        let freedom = (rows.count().max(2) - 1) as f64;
        let all: f64 = (0..rows.count()).map(|at| dot(rows.row(at), rows.row(at))).sum::<f64>() / freedom;
        let purpose = StreamKey::new(0, "principal components").purpose("start");
        let start = |feature: usize, at: usize| purpose.unit(feature as u64, at as u64) - 0.5;
        let mut basis = DMatrix::from_fn(rows.length, width, start).qr().q();
        let mut before = vec![0.0; width];
        for round in 0..ROUNDS {
            monitor.step(STAGE, round as u64, ROUNDS as u64);
            if monitor.stopped() {
                return Err(DriftError::Stopped);
            }
            let along = along(rows, &basis);
            let (values, turn) = decomposed(squares(&along) / freedom);
            let is_still = |at: usize| (values[at] - before[at]).abs() <= SETTLED[usize::from(at > 1)] * values[0];
            let is_settled = (0..width.min(MOST)).all(is_still) || round + 1 == ROUNDS;
            before = values;
            if is_settled {
                basis = turned(&basis, &turn);
                break;
            }
            basis = back(rows, &along).qr().q();
        }
        monitor.step(STAGE, ROUNDS as u64, ROUNDS as u64);
        Ok(Self::taken(&before, all, &basis))
    }

    /// The first of the columns of `vectors`.
    fn taken(values: &[f64], all: f64, vectors: &DMatrix<f64>) -> Self {
        let axis = |at: usize| -> Vec<f64> {
            let axis: Vec<f64> = vectors.column(at).iter().copied().collect();
            let sign = if axis[strongest(&axis)] < 0.0 { -1.0 } else { 1.0 };
            axis.into_iter().map(|part| part * sign).collect()
        };
        let most = values.len().min(MOST);
        Self {
            axes: (0..most).map(axis).collect(),
            shares: values[..most].iter().map(|value| (value / all).clamp(0.0, 1.0)).collect(),
        }
    }
}

/// The position of the part that weighs most, the first of equal ones.
fn strongest(axis: &[f64]) -> usize {
    (1..axis.len()).fold(0, |best, at| if axis[at].abs() > axis[best].abs() { at } else { best })
}

/// Eigenvalues and eigenvectors of a symmetric matrix, the largest first.
fn decomposed(symmetric: DMatrix<f64>) -> (Vec<f64>, DMatrix<f64>) {
    let eigen = SymmetricEigen::new(symmetric);
    let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
    order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]).then(a.cmp(b)));
    (order.iter().map(|at| eigen.eigenvalues[*at]).collect(), eigen.eigenvectors.select_columns(&order))
}

/// What each row is along each column of `basis`, one vector a row.
fn along(rows: &Rows, basis: &DMatrix<f64>) -> Vec<Vec<f64>> {
    let columns: Vec<&[f64]> = basis.as_slice().chunks_exact(rows.length.max(1)).collect();
    let row = |at: usize| columns.iter().map(|column| dot(rows.row(at), column)).collect();
    (0..rows.count()).into_par_iter().map(row).collect()
}

/// The sums of products of each two of the numbers along. Not by the library's product: its sums have another order on every processor.
fn squares(along: &[Vec<f64>]) -> DMatrix<f64> {
    let width = along.first().map_or(0, Vec::len);
    let mut sums = DMatrix::zeros(width, width);
    for row in along {
        for (mut sums, weight) in sums.column_iter_mut().zip(row) {
            sums.iter_mut().zip(row).for_each(|(sum, other)| *sum += weight * other);
        }
    }
    sums
}

/// The columns of `basis` mixed as the columns of `turn` say.
fn turned(basis: &DMatrix<f64>, turn: &DMatrix<f64>) -> DMatrix<f64> {
    let mut all = DMatrix::zeros(basis.nrows(), turn.ncols());
    for (mut to, weights) in all.column_iter_mut().zip(turn.column_iter()) {
        for (from, weight) in basis.column_iter().zip(&weights) {
            to.axpy(*weight, &from, 1.0);
        }
    }
    all
}

/// The rows' features, each row weighed by what it is along each column: features x columns. Each sum goes from the first row to the
/// last.
fn back(rows: &Rows, along: &[Vec<f64>]) -> DMatrix<f64> {
    let (length, width) = (rows.length, along.first().map_or(0, Vec::len));
    let mut sums = vec![0.0; length * width];
    sums.par_chunks_mut((BLOCK * width).max(1)).enumerate().for_each(|(block, sums)| {
        let features = block * BLOCK..((block + 1) * BLOCK).min(length);
        for (at, weights) in along.iter().enumerate() {
            for (sums, feature) in sums.chunks_exact_mut(width).zip(&rows.row(at)[features.clone()]) {
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += feature * weight);
            }
        }
    });
    DMatrix::from_row_slice(length, width, &sums)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::monitor::Impatient;
    use crate::base::{Silent, StreamKey};

    fn side<'a>(rows: &'a [Vec<f64>], groups: &'a [u64]) -> Side<'a> {
        Side { rows, groups: &groups[..rows.len()] }
    }

    #[test]
    fn the_components_are_those_that_the_rows_were_made_along() {
        let key = StreamKey::new(1, "map");
        // Three features of two sources: the first two move together, the third on its own and not as much as both.
        let made = |from: u64, shift: f64| -> Vec<Vec<f64>> {
            (from..from + 300)
                .map(|at| {
                    let [a, b, noise] = [0, 1, 2].map(|part| key.unit("part", 3 * at + part) - 0.5);
                    vec![10.0 * (a + shift), 3.0 * (a + shift) + 0.01 * noise, 100.0 * b]
                })
                .collect()
        };
        let (x, y, groups) = (made(0, 0.0), made(1000, 4.0), vec![0; 300]);
        let found = components(&side(&x, &groups), &side(&y, &groups), &Silent).unwrap().expect("features move");
        let points: Vec<[f64; 2]> = found.points().collect();
        assert_eq!((points.len(), found.scores[0].len()), (600, 3));
        // Standardised, the pair explains two of three.
        assert!((found.shares[0] - 2.0 / 3.0).abs() < 0.01, "{:?}", found.shares);
        assert!((found.shares[1] - 1.0 / 3.0).abs() < 0.01, "{:?}", found.shares);
        assert!(found.strongest[0] < 2 && found.strongest[1] == 2, "{:?}", found.strongest);
        let mean = |from: usize| points[from..from + 300].iter().map(|point| point[0]).sum::<f64>() / 300.0;
        assert!(mean(300) - mean(0) > 2.0, "the other side lies where its strongest feature is larger");
    }

    #[test]
    fn rows_that_never_change_have_none_and_one_feature_is_a_line() {
        let of = |rows: &[Vec<f64>]| components(&side(rows, &[0, 0, 1, 1, 2]), &side(rows, &[0, 0, 1, 1, 2]), &Silent);
        assert_eq!(of(&vec![vec![1.0, 2.0, 3.0]; 5]), Ok(None));
        let line: Vec<Vec<f64>> = (0..5).map(|at| vec![f64::from(at), 3.0]).collect();
        let found = of(&line).unwrap().expect("one feature moves");
        assert!(found.points().all(|[_, up]| up == 0.0) && (found.shares[0] - 1.0).abs() < 1e-12, "{found:?}");
    }

    /// Rows of `length` features that are mixtures of 40 sources, each a tenth weaker than the last, and noise.
    fn mixed(count: u64, length: usize) -> Vec<Vec<f64>> {
        let key = StreamKey::new(2, "principal tests");
        let weight = |source: u64, feature: usize| key.unit("weight", source * 10_000 + feature as u64) - 0.5;
        let weights: Vec<Vec<f64>> =
            (0..40).map(|source| (0..length).map(|feature| weight(source, feature)).collect()).collect();
        let row = |at: u64| -> Vec<f64> {
            let sources: Vec<f64> =
                (0..40).map(|one| 3.0 * 0.9_f64.powi(one as i32) * (key.unit("source", at * 40 + one) - 0.5)).collect();
            let value = |feature: usize| {
                let mixture: f64 =
                    sources.iter().zip(&weights).map(|(source, weights)| source * weights[feature]).sum();
                mixture + 0.1 * (key.unit("noise", at * 10_000 + feature as u64) - 0.5)
            };
            (0..length).map(value).collect()
        };
        (0..count).map(row).collect()
    }

    #[test]
    fn what_is_sought_is_what_the_whole_covariance_has() {
        let rows = mixed(400, 96);
        let groups = vec![0; 400];
        let rows = Rows::standardised(&side(&rows[..200], &groups), &side(&rows[200..], &groups));
        let whole = Axes::of_whole(&rows, &Silent).unwrap();
        let sought = Axes::sought(&rows, &Silent).unwrap();
        assert_eq!((whole.axes.len(), sought.axes.len()), (MOST, MOST));
        for (at, (whole, sought)) in whole.shares.iter().zip(&sought.shares).enumerate() {
            let within = if at < 2 { 1e-8 } else { 1e-4 };
            assert!((whole - sought).abs() < within, "component {at}: {whole} {sought}");
        }
        for (at, (whole, sought)) in whole.axes.iter().zip(&sought.axes).take(8).enumerate() {
            assert!(dot(whole, sought) > 1.0 - 1e-4, "component {at}: {}", dot(whole, sought));
        }
    }

    #[test]
    fn long_rows_have_the_same_bits_with_any_number_of_threads_and_stop_when_asked() {
        let rows = mixed(60, WHOLE + 40);
        let groups = vec![0; 60];
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| components(&side(&rows[..20], &groups), &side(&rows[20..], &groups), &Silent)).unwrap()
        };
        let first = run(1).expect("they move");
        assert_eq!((first.scores.len(), first.scores[0].len()), (60, MOST));
        for threads in [2, 5] {
            assert!(run(threads).as_ref() == Some(&first), "{threads} threads");
        }
        // Fewer rows than components: what there is.
        let few =
            components(&side(&rows[..3], &groups), &side(&rows[3..5], &groups), &Silent).unwrap().expect("five rows");
        assert!(few.scores[0].len() == 5 && few.shares.iter().sum::<f64>() > 0.999, "{:?}", few.shares);
        let stopped = components(&side(&rows[..20], &groups), &side(&rows[20..], &groups), &Impatient);
        assert_eq!(stopped, Err(DriftError::Stopped));
    }
}
