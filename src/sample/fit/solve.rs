//! The little numerics that maximum likelihood needs: guarded Newton steps in one and two unknowns, and the derivatives of
//! the logarithms of the gamma and the Bessel function.

/// Asymptotic series are used from here on; below, the recurrence climbs up to it.
const FAR: f64 = 12.0;

/// ψ, the derivative of ln Γ, for `x > 0`: recurrence and the asymptotic series (Abramowitz and Stegun 6.3.5, 6.3.18).
pub(super) fn digamma(mut x: f64) -> f64 {
    let mut climbed = 0.0;
    while x < FAR {
        climbed -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let terms = [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0];
    climbed + libm::log(x) - 0.5 / x - square * terms.iter().rev().fold(0.0, |sum, term| sum * square + term)
}

/// ψ′ for `x > 0`: the same (Abramowitz and Stegun 6.4.6, 6.4.12).
pub(super) fn trigamma(mut x: f64) -> f64 {
    let mut climbed = 0.0;
    while x < FAR {
        climbed += 1.0 / (x * x);
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let terms = [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2_730.0, 7.0 / 6.0];
    let series = terms.iter().rev().fold(0.0, |sum, term| sum * square + term);
    climbed + (1.0 + 0.5 / x + square * series) / x
}

/// I₁(x) / I₀(x) for `x ≥ 0`: the continued fraction from far down (Abramowitz and Stegun 9.6.26), for large `x` the
/// asymptotic series.
pub(super) fn bessel_ratio(x: f64) -> f64 {
    if x > 300.0 {
        let terms = [1.0, -0.5, -0.125, -0.125, -25.0 / 128.0, -13.0 / 32.0, -1_073.0 / 1_024.0];
        return terms.iter().rev().fold(0.0, |sum, term| sum / x + term);
    }
    let deepest = 40 + (1.5 * x) as u32;
    (1..=deepest).rev().fold(0.0, |ratio, order| 1.0 / (2.0 * f64::from(order) / x + ratio))
}

/// The root of a rising function between `low` and `high`: Newton's steps, halving where one leaves the bracket. `f` gives
/// value and slope. An end where the function does not change sign.
pub(super) fn rising_root(start: f64, (mut low, mut high): (f64, f64), f: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut x = start.clamp(low, high);
    for _ in 0..200 {
        let (value, slope) = f(x);
        if value > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - value / slope;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let is_there = (next - x).abs() <= 4.0 * f64::EPSILON * x.abs();
        x = next;
        if is_there {
            break;
        }
    }
    x
}

/// A concave function of two unknowns with its first and second derivatives (11, 12, 22).
pub(super) struct Surface {
    pub(super) value: f64,
    pub(super) slope: [f64; 2],
    pub(super) bend: [f64; 3],
}

/// The highest point of a concave function: Newton's steps, halved until they climb. `None` where there is none, or it is
/// not reached.
pub(super) fn highest(start: [f64; 2], f: impl Fn([f64; 2]) -> Option<Surface>) -> Option<[f64; 2]> {
    let mut at = start;
    let mut here = f(at)?;
    for _ in 0..100 {
        let [xx, xy, yy] = here.bend;
        let determinant = xx * yy - xy * xy;
        if !(determinant > 0.0 && xx < 0.0) {
            return None;
        }
        let [gx, gy] = here.slope;
        let step = [(xy * gy - yy * gx) / determinant, (xy * gx - xx * gy) / determinant];
        let size = step.iter().zip(&at).map(|(step, at)| step.abs() / (1e-3 + at.abs())).fold(0.0, f64::max);
        // The last digits of the value are rounding: a step may seem to fall by so much.
        let least = here.value - 1e-12 * (1.0 + here.value.abs());
        let climb = |halvings: i32| {
            let part = libm::ldexp(1.0, -halvings);
            let next = [at[0] + part * step[0], at[1] + part * step[1]];
            f(next).filter(|there| there.value >= least).map(|there| (next, there))
        };
        (at, here) = (0..40).find_map(climb)?;
        if size < 1e-11 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_special_functions_meet_mpmath() {
        // mpmath with 40 digits: psi(0, x), psi(1, x), besseli(1, x) / besseli(0, x).
        for (x, psi, psi1) in [
            (0.01, -100.560_885_457_868_68, 10_001.621_213_528_313),
            (1.0, -0.577_215_664_901_532_9, 1.644_934_066_848_226_4),
            (3.7, 1.167_153_539_361_511_3, 0.310_037_857_670_038_33),
            (250.0, 5.519_459_584_531_046, 0.004_008_010_666_632_534),
        ] {
            assert!((digamma(x) / psi - 1.0).abs() < 4e-15, "ψ({x}) = {}", digamma(x));
            assert!((trigamma(x) / psi1 - 1.0).abs() < 4e-15, "ψ′({x}) = {}", trigamma(x));
        }
        for (x, ratio) in [
            (0.1, 0.049_937_603_987_938_92),
            (2.0, 0.697_774_657_964_008),
            (50.0, 0.989_948_967_378_497_8),
            (299.0, 0.998_326_356_301_828_8),
            (301.0, 0.998_337_486_148_572_8),
        ] {
            assert!((bessel_ratio(x) / ratio - 1.0).abs() < 2e-15, "A({x}) = {}", bessel_ratio(x));
        }
    }

    #[test]
    fn newton_finds_roots_and_tops() {
        let root = rising_root(100.0, (0.0, 1e3), |x| (x * x * x - 8.0, 3.0 * x * x));
        assert!((root - 2.0).abs() < 1e-14, "{root}");
        let end = rising_root(2.0, (1.0, 4.0), |x| (-1.0 / x, 1.0 / (x * x)));
        assert!((end - 4.0).abs() < 1e-14, "no sign change: the end, {end}");
        // −(x − 1)² − (x − 1)(y + 2) − (y + 2)² is highest at (1, −2).
        let bowl = |[x, y]: [f64; 2]| {
            let (u, v) = (x - 1.0, y + 2.0);
            let value = -u * u - u * v - v * v;
            Some(Surface { value, slope: [-2.0 * u - v, -u - 2.0 * v], bend: [-2.0, -1.0, -2.0] })
        };
        let top = highest([40.0, 3.0], bowl).unwrap();
        assert!((top[0] - 1.0).abs() < 1e-12 && (top[1] + 2.0).abs() < 1e-12, "{top:?}");
    }
}
