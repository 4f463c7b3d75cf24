//! All rows of both sides on one plane: principal components of the pooled, standardised features.
//!
//! A picture to look at, and no test: what lies apart here may lie apart by chance, and what differs beyond the first two
//! components is not seen. Deliberately not here: maps that bend ([`super::embed`]), whose distances mean nothing across gaps.

use super::Side;
use super::principal::{Principal, strongest};
use super::rows::{Rows, dot};
use crate::base::Silent;

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
    let found = Principal::of(&rows, 2, &Silent).ok()?;
    let [first, second] = found.axes.as_slice() else { return None };
    let points = (0..count).map(|at| [dot(rows.row(at), first), dot(rows.row(at), second)]).collect();
    let explained = [found.shares[0], found.shares[1]];
    Some(Plane { points, explained, strongest: [strongest(first), strongest(second)] })
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
