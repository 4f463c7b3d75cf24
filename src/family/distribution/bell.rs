//! The normal and log-normal laws, whole or cut to a window.

use super::build::Window;
use super::law::{Edge, Shape};
use super::quadrature::{integral, score_moments};
use crate::base::special::{normal_cdf, normal_ln_density, normal_quantile};

/// A normal law of the value or of its logarithm.
#[derive(Clone, Debug)]
pub(super) struct Bell {
    /// Mean, or the median where `log`.
    pub(super) centre: f64,
    /// Standard deviation, of the logarithm where `log`.
    pub(super) spread: f64,
    /// Whether the logarithm is normal.
    pub(super) log: bool,
}

impl Bell {
    fn score(&self, x: f64) -> f64 {
        match (self.log, x > 0.0) {
            (false, _) => (x - self.centre) / self.spread,
            (true, true) => libm::log(x / self.centre) / self.spread,
            (true, false) => f64::NEG_INFINITY,
        }
    }

    fn value(&self, z: f64) -> f64 {
        if self.log { self.centre * libm::exp(self.spread * z) } else { self.centre + self.spread * z }
    }

    /// Logarithm of the derivative of the value by the score.
    fn ln_stretch(&self, x: f64) -> f64 {
        libm::log(self.spread) + if self.log { libm::log(x) } else { 0.0 }
    }

    fn edge(&self, end: f64) -> Edge {
        if self.log {
            Edge::LogBell { end, sigma: self.spread }
        } else {
            Edge::Tail { decay: 2.0, rate: core::f64::consts::FRAC_1_SQRT_2 / self.spread, power: 0.0 }
        }
    }
}

impl Shape for Bell {
    fn lower(&self, x: f64) -> f64 {
        normal_cdf(self.score(x))
    }

    fn upper(&self, x: f64) -> f64 {
        normal_cdf(-self.score(x))
    }

    fn quantile(&self, p: f64) -> f64 {
        self.value(normal_quantile(p))
    }

    fn upper_quantile(&self, q: f64) -> f64 {
        self.value(-normal_quantile(q))
    }

    fn ln_density(&self, x: f64) -> f64 {
        if self.log && x <= 0.0 {
            return f64::NEG_INFINITY;
        }
        normal_ln_density(self.score(x)) - self.ln_stretch(x)
    }

    fn support(&self) -> (f64, f64) {
        (if self.log { 0.0 } else { f64::NEG_INFINITY }, f64::INFINITY)
    }

    fn moments(&self) -> (f64, f64) {
        if !self.log {
            return (self.centre, self.spread);
        }
        let square = self.spread * self.spread;
        let mean = self.centre * libm::exp(0.5 * square);
        (mean, mean * libm::sqrt(libm::expm1(square)))
    }

    fn edges(&self) -> [Edge; 2] {
        [self.edge(self.support().0), self.edge(f64::INFINITY)]
    }

    fn at_normal(&self, z: f64) -> f64 {
        self.value(z)
    }

    fn normal_score(&self, x: f64) -> f64 {
        self.score(x)
    }
}

/// A bell cut to `alpha..=beta` in standard units, mirrored where needed so that the nearer tail is the lower one:
/// there the distribution function keeps its relative precision.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    bell: Bell,
    low: f64,
    high: f64,
    alpha: f64,
    beta: f64,
    mirrored: bool,
    mass: f64,
    ln_mass: f64,
    /// Φ(alpha).
    before: f64,
    /// 1 − Φ(beta).
    after: f64,
    narrow: bool,
}

impl Cut {
    /// The part of `bell` inside `window`, with the logarithm of its share.
    pub(super) fn new(bell: Bell, window: Window) -> Option<(Self, f64)> {
        let (from, to) = bell.support();
        let (low, high) = (window.low.max(from), window.high.min(to));
        if low >= high {
            return None;
        }
        let (a, b) = (bell.score(low), bell.score(high));
        let mirrored = a + b > 0.0;
        let (alpha, beta) = if mirrored { (-b, -a) } else { (a, b) };
        let mass = normal_mass(alpha, beta);
        let (ln_mass, narrow) = (libm::log(mass), is_narrow(alpha, beta));
        let (before, after) = (normal_cdf(alpha), normal_cdf(-beta));
        let cut = Self { bell, low, high, alpha, beta, mirrored, mass, ln_mass, before, after, narrow };
        (mass.is_finite() && mass > 0.0).then_some((cut, ln_mass))
    }

    /// From a value to mirrored standard units.
    fn standard(&self, x: f64) -> f64 {
        let z = self.bell.score(x);
        inside(if self.mirrored { -z } else { z }, self.alpha, self.beta)
    }

    /// From mirrored standard units to a value.
    fn value(&self, z: f64) -> f64 {
        inside(self.bell.value(if self.mirrored { -z } else { z }), self.low, self.high)
    }

    /// The share on the side of alpha or of beta, in mirrored units.
    fn share(&self, x: f64, of_alpha: bool) -> f64 {
        let z = self.standard(x);
        let mass = if of_alpha { normal_mass(self.alpha, z) } else { normal_mass(z, self.beta) };
        (mass / self.mass).min(1.0)
    }

    /// The value with these shares on the sides of alpha and beta.
    fn at(&self, below: f64, above: f64) -> f64 {
        let lower = self.before + below * self.mass;
        let guess =
            if lower <= 0.5 { normal_quantile(lower) } else { -normal_quantile(self.after + above * self.mass) };
        let guess = inside(guess, self.alpha, self.beta);
        self.value(if self.narrow { self.polished(guess, below, above) } else { guess })
    }

    /// Newton steps on the cut's own distribution function: where the cut is narrow, the normal's quantile function
    /// cannot tell its ends apart, but [`normal_mass`] can. A step is kept only where it helps.
    fn polished(&self, start: f64, below: f64, above: f64) -> f64 {
        let off = |z: f64| {
            if below <= above {
                normal_mass(self.alpha, z) / self.mass - below
            } else {
                above - normal_mass(z, self.beta) / self.mass
            }
        };
        let mut z = start;
        let mut error = off(z);
        for _ in 0..3 {
            let slope = self.edge_density(z);
            let next = inside(z - error / slope, self.alpha, self.beta);
            let next_error = off(next);
            // Written so that a NaN is not taken.
            let better = next_error.abs() < error.abs();
            if !better {
                break;
            }
            (z, error) = (next, next_error);
        }
        z
    }

    /// Density of the cut normal in standard units.
    fn edge_density(&self, z: f64) -> f64 {
        libm::exp(normal_ln_density(z)) / self.mass
    }

    /// Mean in mirrored standard units.
    fn centre(&self) -> f64 {
        if self.narrow {
            return integral(self.alpha, self.beta, |z| z * self.edge_density(z));
        }
        (self.edge_density(self.alpha) - self.edge_density(self.beta)).clamp(self.alpha, self.beta)
    }

    fn variance(&self, centre: f64) -> f64 {
        if self.narrow {
            return integral(self.alpha, self.beta, |z| (z - centre) * (z - centre) * self.edge_density(z));
        }
        // x times its density goes to 0 faster than x grows, but inf * 0 is NaN.
        let moment = |z: f64| if z.abs() > 1e3 { 0.0 } else { z * self.edge_density(z) };
        1.0 + moment(self.alpha) - moment(self.beta) - centre * centre
    }
}

impl Shape for Cut {
    fn lower(&self, x: f64) -> f64 {
        self.share(x, !self.mirrored)
    }

    fn upper(&self, x: f64) -> f64 {
        self.share(x, self.mirrored)
    }

    fn quantile(&self, p: f64) -> f64 {
        // 1 - p is exact enough: what it loses near 1 is less than half a step of 1.
        if self.mirrored { self.at(1.0 - p, p) } else { self.at(p, 1.0 - p) }
    }

    fn upper_quantile(&self, q: f64) -> f64 {
        if self.mirrored { self.at(q, 1.0 - q) } else { self.at(1.0 - q, q) }
    }

    fn ln_density(&self, x: f64) -> f64 {
        if self.bell.log && x <= 0.0 {
            return f64::NEG_INFINITY;
        }
        normal_ln_density(self.standard(x)) - self.bell.ln_stretch(x) - self.ln_mass
    }

    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    fn moments(&self) -> (f64, f64) {
        if self.bell.log {
            return score_moments(|z| self.at_normal(z));
        }
        let centre = self.centre();
        let mean = self.bell.centre + self.bell.spread * if self.mirrored { -centre } else { centre };
        (inside(mean, self.low, self.high), self.bell.spread * libm::sqrt(self.variance(centre).max(0.0)))
    }

    fn edges(&self) -> [Edge; 2] {
        let (from, to) = self.bell.support();
        let edge = |end: f64, whole: f64| {
            if end == whole { self.bell.edge(end) } else { Edge::Power { end, power: 0.0 } }
        };
        [edge(self.low, from), edge(self.high, to)]
    }
}

/// Rounding must not carry a draw out of the support.
fn inside(x: f64, low: f64, high: f64) -> f64 {
    x.max(low).min(high)
}

/// The standard normal's share between `alpha` and `beta`, for `alpha <= beta` with the nearer tail below 0.
fn normal_mass(alpha: f64, beta: f64) -> f64 {
    use core::f64::consts::SQRT_2;
    if is_narrow(alpha, beta) {
        return integral(alpha, beta, |z| libm::exp(normal_ln_density(z)));
    }
    if beta <= 0.0 {
        return normal_cdf(beta) - normal_cdf(alpha);
    }
    if alpha >= 0.0 {
        return normal_cdf(-alpha) - normal_cdf(-beta);
    }
    // Two terms of one sign: nothing cancels.
    0.5 * (libm::erf(beta / SQRT_2) - libm::erf(alpha / SQRT_2))
}

/// Whether the normal density is so smooth over the interval that eight Gauss–Legendre points give every digit, while
/// a difference of distribution functions would lose some.
fn is_narrow(alpha: f64, beta: f64) -> bool {
    (beta - alpha) * alpha.abs().max(beta.abs()).max(1.0) < 0.5
}
