//! All rows of both sides on one plane: principal components of the pooled, standardised features.
//!
//! A picture to look at, and no test: what lies apart here may lie apart by chance, and what differs beyond the first two
//! components is not seen. Deliberately not here: maps that bend (t-SNE, UMAP), whose distances mean nothing across gaps.

use nalgebra::{DMatrix, SymmetricEigen};

use super::Side;
use super::rows::Rows;

/// Where rows lie, and what the two axes are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plane {
    /// One a row, the reference's first.
    pub points: Vec<[f64; 2]>,
    /// The share of all variance along each axis, 0 to 1.
    pub explained: [f64; 2],
    /// The feature that weighs most on each axis, by position.
    pub strongest: [usize; 2],
}

/// The plane of the two sides' rows; `None` where fewer than two features ever change.
///
/// Signs are chosen so that the strongest feature grows along its axis: components alone have none.
pub fn plane(x: &Side<'_>, y: &Side<'_>) -> Option<Plane> {
    let rows = Rows::standardised(x, y);
    let (count, length) = (rows.count(), rows.length);
    let moving = (0..length).filter(|feature| rows.column(*feature).any(|value| value != 0.0)).count();
    if count < 3 || moving < 2 {
        return None;
    }
    let mut covariance = DMatrix::<f64>::zeros(length, length);
    for at in 0..count {
        let row = rows.row(at);
        for one in 0..length {
            for two in one..length {
                covariance[(one, two)] += row[one] * row[two];
            }
        }
    }
    covariance /= (count - 1) as f64;
    covariance.fill_lower_triangle_with_upper_triangle();
    let total = covariance.trace();
    let eigen = SymmetricEigen::new(covariance);
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]).then(a.cmp(b)));
    let axis = |rank: usize| -> (Vec<f64>, usize) {
        let axis: Vec<f64> = eigen.eigenvectors.column(order[rank]).iter().copied().collect();
        let larger = |best: usize, at: usize| if axis[at].abs() > axis[best].abs() { at } else { best };
        let strongest = (1..length).fold(0, larger);
        let sign = if axis[strongest] < 0.0 { -1.0 } else { 1.0 };
        (axis.into_iter().map(|part| part * sign).collect(), strongest)
    };
    let [(first, one), (second, two)] = [axis(0), axis(1)];
    let along = |row: &[f64], axis: &[f64]| row.iter().zip(axis).map(|(a, b)| a * b).sum::<f64>();
    let points = (0..count).map(|at| [along(rows.row(at), &first), along(rows.row(at), &second)]).collect();
    let explained = [0, 1].map(|rank| (eigen.eigenvalues[order[rank]] / total).clamp(0.0, 1.0));
    Some(Plane { points, explained, strongest: [one, two] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    #[test]
    fn the_axes_are_those_that_the_rows_were_made_along() {
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
        let (x, y) = (made(0, 0.0), made(1000, 4.0));
        let groups: Vec<u64> = (0..300).collect();
        let side = |rows| Side { rows, groups: &groups };
        let found = plane(&side(&x), &side(&y)).expect("features move");
        assert_eq!(found.points.len(), 600);
        // Standardised, the pair explains two of three.
        assert!((found.explained[0] - 2.0 / 3.0).abs() < 0.01, "{:?}", found.explained);
        assert!((found.explained[1] - 1.0 / 3.0).abs() < 0.01, "{:?}", found.explained);
        assert!(found.strongest[0] < 2 && found.strongest[1] == 2, "{:?}", found.strongest);
        let mean = |from: usize| found.points[from..from + 300].iter().map(|point| point[0]).sum::<f64>() / 300.0;
        assert!(mean(300) - mean(0) > 2.0, "the other side lies where its strongest feature is larger");
    }

    #[test]
    fn rows_that_never_change_have_no_plane() {
        let rows = vec![vec![1.0, 2.0, 3.0]; 5];
        let side = Side { rows: &rows, groups: &[0, 0, 1, 1, 2] };
        assert_eq!(plane(&side, &side), None);
    }
}
