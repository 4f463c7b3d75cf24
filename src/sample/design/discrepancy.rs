//! How evenly points fill the unit cube, as one number.

/// The squared centred L2 discrepancy of points in the unit cube (F. J. Hickernell, A generalized discrepancy and quadrature
/// error bound, Mathematics of Computation 67, 1998, equation 5.1c; `scipy.stats.qmc.discrepancy` is the same, squared too):
/// (13/12)^d − (2/n) Σᵢ Πⱼ (1 + |zᵢⱼ|/2 − zᵢⱼ²/2) + (1/n²) Σᵢ Σₖ Πⱼ (1 + |zᵢⱼ|/2 + |zₖⱼ|/2 − |xᵢⱼ − xₖⱼ|/2), z = x − 1/2.
///
/// Smaller is more even; independent uniforms have ((5/4)^d − (13/12)^d) / n on average. It takes n² d / 2 steps. `None`
/// where there is no point or the points differ in length.
pub fn centred_l2_discrepancy(points: &[Vec<f64>]) -> Option<f64> {
    let dimensions = points.first()?.len();
    if points.iter().any(|point| point.len() != dimensions) {
        return None;
    }
    let n = points.len() as f64;
    let from_centre = |x: &f64| (x - 0.5).abs();
    let (mut single, mut pairs) = (0.0, 0.0);
    for (number, point) in points.iter().enumerate() {
        let offsets: Vec<f64> = point.iter().map(from_centre).collect();
        single += offsets.iter().map(|z| 1.0 + 0.5 * z - 0.5 * z * z).product::<f64>();
        // A point with itself.
        pairs += offsets.iter().map(|z| 1.0 + z).product::<f64>();
        for other in points.iter().skip(number + 1) {
            let factors = point.iter().zip(other).zip(&offsets);
            let factors = factors.map(|((x, y), z)| 1.0 + 0.5 * z + 0.5 * from_centre(y) - 0.5 * (x - y).abs());
            pairs += 2.0 * factors.product::<f64>();
        }
    }
    Some(libm::pow(13.0 / 12.0, dimensions as f64) - 2.0 / n * single + pairs / (n * n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_points_meet_the_published_figure() {
        // The example in SciPy's documentation.
        let levels = [[1, 3], [2, 6], [3, 2], [4, 5], [5, 1], [6, 4]];
        let points: Vec<Vec<f64>> =
            levels.iter().map(|row| row.iter().map(|level| (f64::from(*level) - 0.5) / 6.0).collect()).collect();
        let found = centred_l2_discrepancy(&points);
        assert!(found.is_some_and(|found| (found - 0.008_142_039_609_053_5).abs() < 1e-14), "{found:?}");
    }

    #[test]
    fn one_point_meets_the_integral() {
        // In one dimension the sum is an integral: the centre's is 1/12, an end's 1/12 + 1/4.
        for (x, expected) in [(0.5, 1.0 / 12.0), (0.0, 1.0 / 3.0), (1.0, 1.0 / 3.0)] {
            let found = centred_l2_discrepancy(&[vec![x]]);
            assert!(found.is_some_and(|found| (found - expected).abs() < 1e-15), "{x}: {found:?}");
        }
    }

    #[test]
    fn what_is_no_set_of_points_has_none() {
        assert_eq!(centred_l2_discrepancy(&[]), None, "no point");
        assert_eq!(centred_l2_discrepancy(&[vec![0.5], vec![0.5, 0.5]]), None, "two lengths");
    }
}
