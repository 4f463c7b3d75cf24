//! Integrals by Gauss–Legendre points, for densities that have no closed integral.

/// ∫ f from `a` to `b` by eight Gauss–Legendre points: exact for polynomials up to degree 15.
pub(super) fn integral(a: f64, b: f64, f: impl Fn(f64) -> f64) -> f64 {
    const POINTS: [(f64, f64); 4] = [
        (0.183_434_642_495_649_8, 0.362_683_783_378_362),
        (0.525_532_409_916_329, 0.313_706_645_877_887_3),
        (0.796_666_477_413_626_7, 0.222_381_034_453_374_47),
        (0.960_289_856_497_536_2, 0.101_228_536_290_376_26),
    ];
    let (centre, half) = (0.5 * (a + b), 0.5 * (b - a));
    POINTS.iter().map(|(at, weight)| weight * (f(centre - half * at) + f(centre + half * at))).sum::<f64>() * half
}

/// Mean and standard deviation of `value_at(z)` for a standard normal `z`: for laws whose moments have no closed form,
/// but whose value is smooth in the normal score.
pub(super) fn score_moments(value_at: impl Fn(f64) -> f64) -> (f64, f64) {
    use crate::base::special::normal_ln_density;
    // Past 37.5 the normal's share underflows; steps of a half leave nothing to the eight points' error.
    const STEPS: i32 = 75;
    let over_scores = |g: &dyn Fn(f64) -> f64| -> f64 {
        let panel = |step: i32| {
            let at = 0.5 * f64::from(step);
            integral(at, at + 0.5, |z| g(value_at(z)) * libm::exp(normal_ln_density(z)))
        };
        (-STEPS..STEPS).map(panel).sum()
    };
    let centre = value_at(0.0);
    let mean = centre + over_scores(&|x| x - centre);
    let variance = over_scores(&|x| (x - mean) * (x - mean));
    (mean, libm::sqrt(variance))
}
