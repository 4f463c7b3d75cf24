//! A distribution made ready: checked once, its constants computed once, so that drawing is cheap.
//!
//! Both tails are first-class: every law answers from below (`cdf`, `quantile`) and from above (`survival`,
//! `upper_quantile`), each with full relative precision however small the share, because rare events live there.

use std::fmt;
use std::sync::Arc;

use super::build::{Built, Window};
use super::{Distribution, build, check};
use crate::base::special::{normal_cdf, normal_quantile};

/// Most values that [`Law::atoms`] lists.
pub(super) const MOST_ATOMS: usize = 100_000;

/// A checked and prepared distribution.
#[derive(Clone, Debug)]
pub struct Law {
    shape: Arc<dyn Shape>,
    period: Option<f64>,
}

/// What a law is made of. Callers see to it that shares lie strictly between 0 and 1.
pub(super) trait Shape: fmt::Debug + Send + Sync {
    /// P(X <= x), with relative precision near 0.
    fn lower(&self, x: f64) -> f64;
    /// P(X > x), with relative precision near 0.
    fn upper(&self, x: f64) -> f64;
    /// The smallest x with P(X <= x) >= p.
    fn quantile(&self, p: f64) -> f64;
    /// The smallest x with P(X > x) <= q.
    fn upper_quantile(&self, q: f64) -> f64;
    /// Logarithm of the density of the continuous part.
    fn ln_density(&self, x: f64) -> f64;
    /// The smallest interval that holds every draw.
    fn support(&self) -> (f64, f64);
    /// Mean and standard deviation.
    fn moments(&self) -> (f64, f64);
    /// How the density begins and ends.
    fn edges(&self) -> [Edge; 2];

    /// Where the density is above 0: disjoint intervals, rising.
    fn pieces(&self) -> Vec<(f64, f64)> {
        vec![self.support()]
    }
    /// Probability of exactly `x`.
    fn mass(&self, _x: f64) -> f64 {
        0.0
    }
    /// Values that have a probability, rising, with it; at most [`MOST_ATOMS`].
    fn atoms(&self) -> Vec<(f64, f64)> {
        Vec::new()
    }
    /// Runs of whole numbers (first, last) too long for [`Self::atoms`].
    fn runs(&self) -> Vec<(f64, f64)> {
        Vec::new()
    }
    /// Share of the draws that have a density.
    fn continuous_share(&self) -> f64 {
        1.0
    }
    /// The value at a standard normal score.
    fn at_normal(&self, z: f64) -> f64 {
        if z < 0.0 { self.quantile(normal_cdf(z)) } else { self.upper_quantile(normal_cdf(-z)) }
    }
    /// The standard normal score of a value.
    fn normal_score(&self, x: f64) -> f64 {
        let below = self.lower(x);
        if below <= 0.5 { normal_quantile(below) } else { -normal_quantile(self.upper(x)) }
    }
}

impl dyn Shape + '_ {
    /// P(X <= x) for any x.
    pub(super) fn cdf(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        match () {
            () if x < low => 0.0,
            () if x >= high => 1.0,
            () => self.lower(x),
        }
    }

    /// P(X > x) for any x.
    pub(super) fn survival(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        match () {
            () if x < low => 1.0,
            () if x >= high => 0.0,
            () => self.upper(x),
        }
    }

    /// Logarithm of the density without the atoms, for any x.
    pub(super) fn ln_continuous(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        // Written so that NaN is outside, too.
        if x >= low && x <= high && x.is_finite() { self.ln_density(x) } else { f64::NEG_INFINITY }
    }
}

/// How a density behaves at one end of its support.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Edge {
    /// No density there (a discrete law).
    None,
    /// Like distance^power from a finite end.
    Power {
        /// The end.
        end: f64,
        /// 0 where the density is neither 0 nor infinite.
        power: f64,
    },
    /// Like `|x|^power · exp(-(rate·|x|)^decay)` towards infinity.
    Tail {
        /// 1 for exponential tails, 2 for normal ones.
        decay: f64,
        /// Per unit of x.
        rate: f64,
        /// The power in front.
        power: f64,
    },
    /// A normal in ln(x) with this standard deviation, towards 0 or infinity.
    LogBell {
        /// The end: 0 or infinity.
        end: f64,
        /// Of the logarithm.
        sigma: f64,
    },
}

impl Law {
    /// Checks `distribution` and prepares it. `full_turn` is the length of a whole turn in the parameter's unit (360
    /// for degrees, 2π for radians; [`full_turn`]), `None` where the unit is no angle.
    ///
    /// # Errors
    /// One sentence that says what is wrong and what to write instead.
    pub fn new(distribution: &Distribution, full_turn: Option<f64>) -> Result<Self, String> {
        check::numbers(distribution)?;
        let Built { shape, .. } = build::build(distribution, Window::ALL, full_turn)?.ok_or(NOTHING_LEFT)?;
        let period = match distribution {
            Distribution::VonMises { .. } => full_turn,
            _ => None,
        };
        Ok(Self { shape, period })
    }

    pub(super) fn shape(&self) -> &dyn Shape {
        &*self.shape
    }

    /// The share of draws at or below `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        self.shape.cdf(x)
    }

    /// The share of draws above `x`: 1 − cdf, with full relative precision where it is small.
    pub fn survival(&self, x: f64) -> f64 {
        self.shape.survival(x)
    }

    /// The smallest value with a share `p` of the draws at or below it; always inside [`Self::support`].
    pub fn quantile(&self, p: f64) -> f64 {
        match () {
            () if p <= 0.0 => self.support().0,
            () if p >= 1.0 => self.support().1,
            () => self.shape.quantile(p),
        }
    }

    /// The smallest value with at most a share `q` of the draws above it: `quantile(1 − q)`, precise for the smallest `q`.
    pub fn upper_quantile(&self, q: f64) -> f64 {
        match () {
            () if q <= 0.0 => self.support().1,
            () if q >= 1.0 => self.support().0,
            () => self.shape.upper_quantile(q),
        }
    }

    /// The value at the standard normal score `z`: the quantile of Φ(z).
    pub fn at_normal(&self, z: f64) -> f64 {
        // Past 38 Φ underflows.
        let z = z.clamp(-37.5, 37.5);
        self.shape.at_normal(z)
    }

    /// The standard normal score of `x`, the inverse of [`Self::at_normal`] for continuous laws; infinite at and beyond
    /// the ends of the support.
    pub fn normal_score(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        match () {
            () if x.is_nan() => f64::NAN,
            () if x < low => f64::NEG_INFINITY,
            () if x >= high => f64::INFINITY,
            () => self.shape.normal_score(x),
        }
    }

    /// The natural logarithm of the density at `x` per unit of `x`, or of the probability of exactly `x` where it has
    /// one. Negative infinity outside the support.
    pub fn ln_density(&self, x: f64) -> f64 {
        let mass = self.shape.mass(x);
        if mass > 0.0 { libm::log(mass) } else { self.shape.ln_continuous(x) }
    }

    /// The density at `x` per unit of `x`, or the probability of exactly `x` where it has one.
    pub fn density(&self, x: f64) -> f64 {
        libm::exp(self.ln_density(x))
    }

    /// The probability of exactly `x`; 0 for continuous laws.
    pub fn mass(&self, x: f64) -> f64 {
        self.shape.mass(x)
    }

    /// The values that have a probability, rising, with it. A Poisson's below 1e-15 are left out; empty where there
    /// are more than 100 000 (a wide `Integer`).
    pub fn atoms(&self) -> Vec<(f64, f64)> {
        self.shape.atoms()
    }

    /// Whether every draw is one of countably many values, so that [`Self::density`] is a probability.
    pub fn is_discrete(&self) -> bool {
        self.shape.continuous_share() <= 0.0
    }

    /// Whether every draw is a whole number.
    pub fn is_whole(&self) -> bool {
        self.is_discrete() && self.atoms().iter().all(|(value, _)| *value == libm::trunc(*value))
    }

    /// The smallest interval that holds every draw; its ends may be infinite.
    pub fn support(&self) -> (f64, f64) {
        self.shape.support()
    }

    /// The intervals in which the law has a density, disjoint and rising; empty for discrete laws.
    pub fn pieces(&self) -> Vec<(f64, f64)> {
        if self.is_discrete() { Vec::new() } else { self.shape.pieces() }
    }

    /// The mean; of a direction the mean of the unrolled values, which is its middle.
    pub fn mean(&self) -> f64 {
        self.shape.moments().0
    }

    /// The standard deviation; of a direction that of the unrolled values.
    pub fn sd(&self) -> f64 {
        self.shape.moments().1
    }

    /// The median: half of the draws are at or below it.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The length of a full turn where values a turn apart are the same direction.
    pub fn period(&self) -> Option<f64> {
        self.period
    }

    /// A finite range to draw the density over: the support, with an infinite end replaced by the quantile that leaves
    /// one in ten thousand outside, rounded outwards to a hundredth or so of the width.
    pub fn shown_range(&self) -> (f64, f64) {
        let (low, high) = self.support();
        let from = if low.is_finite() { low } else { self.quantile(1e-4) };
        let to = if high.is_finite() { high } else { self.upper_quantile(1e-4) };
        let width = to - from;
        if !(width > 0.0 && width.is_finite()) {
            return (from, to);
        }
        let per_unit = libm::pow(10.0, 1.0 - libm::floor(libm::log10(width)));
        let from = if low.is_finite() { from } else { libm::floor(from * per_unit) / per_unit };
        let to = if high.is_finite() { to } else { libm::ceil(to * per_unit) / per_unit };
        (from, to)
    }
}

/// Where a window holds nothing of a distribution at all.
const NOTHING_LEFT: &str = "nothing of the distribution lies between the ends; move them";

/// ln dP/dQ at `x`, the logarithm of the importance weight of a value drawn from `proposal` where `nominal` is what
/// reality does. Where the proposal has a probability of exactly `x` the two probabilities are compared (negative
/// infinity where the nominal has none), otherwise the two densities.
pub fn ln_ratio(nominal: &Law, proposal: &Law, x: f64) -> f64 {
    let drawn = proposal.mass(x);
    let (top, bottom) = if drawn > 0.0 {
        (libm::log(nominal.mass(x)), libm::log(drawn))
    } else {
        (nominal.shape.ln_continuous(x), proposal.shape.ln_continuous(x))
    };
    // Nothing of the nominal is nothing, whatever the proposal: not inf - inf.
    if top == f64::NEG_INFINITY { top } else { top - bottom }
}

/// The length of a full turn in `unit`; `None` where it is no angle.
pub fn full_turn(unit: &str) -> Option<f64> {
    crate::base::Unit::parse(unit).ok().and_then(crate::base::Unit::full_turn)
}
