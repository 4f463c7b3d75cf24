//! Laws with closed forms in a power or a logarithm: log-uniform, Weibull and exponential, each also cut to a window.

use super::build::Window;
use super::law::{Edge, Shape};
use super::quadrature::score_moments;

/// The logarithm is uniform.
#[derive(Clone, Debug)]
pub(super) struct LogFlat {
    low: f64,
    high: f64,
    /// ln(high / low).
    ln_width: f64,
    ln_ln_width: f64,
}

impl LogFlat {
    /// Between `low` above 0 and `high`, inside `window`.
    pub(super) fn new(low: f64, high: f64, window: Window) -> Option<(Self, f64)> {
        let (low, high) = (low.max(window.low), high.min(window.high));
        let ln_width = ln_ratio(low, high);
        (low < high).then(|| {
            let ln_ln_width = libm::log(ln_width);
            (Self { low, high, ln_width, ln_ln_width }, ln_ln_width)
        })
    }
}

/// ln(high / low), also for a ratio close to 1.
fn ln_ratio(low: f64, high: f64) -> f64 {
    libm::log1p((high - low) / low)
}

impl Shape for LogFlat {
    fn lower(&self, x: f64) -> f64 {
        ln_ratio(self.low, x) / self.ln_width
    }

    fn upper(&self, x: f64) -> f64 {
        ln_ratio(x, self.high) / self.ln_width
    }

    fn quantile(&self, p: f64) -> f64 {
        (self.low * libm::exp(p * self.ln_width)).clamp(self.low, self.high)
    }

    fn upper_quantile(&self, q: f64) -> f64 {
        (self.high * libm::exp(-q * self.ln_width)).clamp(self.low, self.high)
    }

    fn ln_density(&self, x: f64) -> f64 {
        -libm::log(x) - self.ln_ln_width
    }

    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    fn moments(&self) -> (f64, f64) {
        // In units of the geometric mean: mean sinh(d)/d and mean square sinh(2d)/(2d) with d half the log of the ratio.
        let d = 0.5 * self.ln_width;
        let variance = if d < 1e-3 {
            // The difference below loses all digits here; its series does not.
            d * d * (1.0 / 3.0 + d * d * 4.0 / 45.0)
        } else {
            let mean = libm::sinh(d) / d;
            libm::sinh(2.0 * d) / (2.0 * d) - mean * mean
        };
        let mean = ((self.high - self.low) / self.ln_width).clamp(self.low, self.high);
        (mean, libm::sqrt(self.low) * libm::sqrt(self.high) * libm::sqrt(variance.max(0.0)))
    }

    fn edges(&self) -> [Edge; 2] {
        [self.low, self.high].map(|end| Edge::Power { end, power: 0.0 })
    }
}

/// A Weibull law: `(x / scale)^shape` is exponential, cut to `from..to` in those units.
#[derive(Clone, Debug)]
pub(super) struct Weibull {
    shape: f64,
    scale: f64,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    /// Share of the cut exponential: 1 − exp(−(to − from)).
    share: f64,
    ln_front: f64,
}

impl Weibull {
    /// With this `shape` and `scale`, inside `window`.
    pub(super) fn new(shape: f64, scale: f64, window: Window) -> Option<(Self, f64)> {
        let (low, high) = (window.low.max(0.0), window.high);
        let [from, to] = [low, high].map(|end| libm::pow(end / scale, shape));
        let share = -libm::expm1(-(to - from));
        let ln_front = libm::log(shape) - libm::log(scale) - libm::log(share);
        let law = Self { shape, scale, low, high, from, to, share, ln_front };
        (low < high && share > 0.0).then_some((law, libm::log(share) - from))
    }

    fn exponential(&self, x: f64) -> f64 {
        libm::pow(x / self.scale, self.shape).clamp(self.from, self.to)
    }

    fn value(&self, exponential: f64) -> f64 {
        let root = if self.shape == 1.0 { exponential } else { libm::pow(exponential, 1.0 / self.shape) };
        (self.scale * root).clamp(self.low, self.high)
    }
}

impl Shape for Weibull {
    fn lower(&self, x: f64) -> f64 {
        -libm::expm1(self.from - self.exponential(x)) / self.share
    }

    fn upper(&self, x: f64) -> f64 {
        let t = self.exponential(x);
        libm::exp(self.from - t) * -libm::expm1(t - self.to) / self.share
    }

    fn quantile(&self, p: f64) -> f64 {
        self.value(self.from - libm::log1p(-p * self.share))
    }

    fn upper_quantile(&self, q: f64) -> f64 {
        let width = self.to - self.from;
        // From the far end where that is near, so that a narrow cut keeps its digits.
        self.value(if width < 30.0 {
            self.to - libm::log1p(q * libm::expm1(width))
        } else {
            self.from - libm::log(q * self.share + libm::exp(-width))
        })
    }

    fn ln_density(&self, x: f64) -> f64 {
        // At 0 the density is 0 or infinite unless the shape is 1: the nearest number stands for it.
        let ln_ratio = libm::log(if x > 0.0 { x } else { f64::MIN_POSITIVE }) - libm::log(self.scale);
        self.ln_front + (self.shape - 1.0) * ln_ratio + (self.from - self.exponential(x))
    }

    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    fn moments(&self) -> (f64, f64) {
        score_moments(|z| self.at_normal(z))
    }

    fn edges(&self) -> [Edge; 2] {
        let power = self.shape - 1.0;
        let high = if self.high.is_finite() {
            Edge::Power { end: self.high, power: 0.0 }
        } else {
            Edge::Tail { decay: self.shape, rate: 1.0 / self.scale, power }
        };
        [Edge::Power { end: self.low, power: if self.low > 0.0 { 0.0 } else { power } }, high]
    }
}
