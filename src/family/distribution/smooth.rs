//! Laws without a closed distribution function: gamma, beta and von Mises, whole or cut to a window.
//!
//! Each is written as a density of `y` with one peak at 0 and smooth everywhere (the logarithm of a gamma, the log-odds
//! of a beta, the angle of a direction). Its integral over panels, each so short that eight Gauss–Legendre points give
//! every digit, is summed from both ends once; a share is then one sum and part of a panel, a quantile a step or two of
//! Newton's method in a panel. Positive terms only are added, so the relative precision holds however far in the tail.

use core::f64::consts::{PI, TAU};

use super::build::Window;
use super::law::{Edge, Shape};
use super::quadrature::integral;

/// What is integrated.
#[derive(Clone, Debug)]
pub(super) enum Curve {
    /// The value is shape · scale · e^y.
    Gamma {
        /// Exponent.
        shape: f64,
        /// Unit.
        scale: f64,
    },
    /// The odds of the place between the ends are alpha / beta · e^y.
    Beta {
        /// Exponent at the lower end.
        alpha: f64,
        /// Exponent at the upper end.
        beta: f64,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// The value is the mean plus y radians.
    Circle {
        /// Middle.
        mean: f64,
        /// Concentration.
        kappa: f64,
        /// Length of a full turn in the value's unit.
        full_turn: f64,
    },
}

impl Curve {
    /// Logarithm of the density of y, up to a constant; 0 at y = 0, the peak.
    fn ln(&self, y: f64) -> f64 {
        match *self {
            Self::Gamma { shape, .. } => -shape * (libm::expm1(y) - y),
            Self::Beta { alpha, beta, .. } => beta_ln(alpha, beta, y),
            Self::Circle { kappa, .. } => {
                let half = libm::sin(0.5 * y);
                -2.0 * kappa * half * half
            }
        }
    }

    /// First and second derivative of [`Self::ln`].
    fn slopes(&self, y: f64) -> (f64, f64) {
        match *self {
            Self::Gamma { shape, .. } => (-shape * libm::expm1(y), -shape * libm::exp(y)),
            Self::Beta { alpha, beta, .. } => {
                let odds = alpha / beta * libm::exp(y);
                let (place, rest) = (1.0 / (1.0 + 1.0 / odds), 1.0 / (1.0 + odds));
                (alpha * rest - beta * place, -(alpha + beta) * place * rest)
            }
            Self::Circle { kappa, .. } => (-kappa * libm::sin(y), -kappa * libm::cos(y)),
        }
    }

    /// How far a panel that begins at `y` may reach so that the density is nearly an exponential over it.
    fn longest_panel(&self, y: f64) -> f64 {
        match self {
            // Of the absolute value, because −0 would make a length of −infinity, and the walk over it would not end.
            Self::Circle { kappa, .. } => 0.8_f64.min(0.5 / libm::sqrt(kappa.abs())),
            Self::Gamma { .. } | Self::Beta { .. } => {
                // What bends the logarithm dies out exponentially, and with it the error of eight points, which grows
                // with the sixteenth power of the length.
                let bend = self.slopes(y).1.abs();
                (0.5 / libm::sqrt(bend)).min(1.2 * libm::pow(bend, -1.0 / 16.0).max(1.0))
            }
        }
    }

    fn whole(&self) -> (f64, f64) {
        match *self {
            Self::Gamma { .. } => (0.0, f64::INFINITY),
            Self::Beta { low, high, .. } => (low, high),
            Self::Circle { mean, full_turn, .. } => (mean - 0.5 * full_turn, mean + 0.5 * full_turn),
        }
    }

    fn y(&self, x: f64) -> f64 {
        match *self {
            Self::Gamma { shape, scale } => libm::log(x / (shape * scale)),
            Self::Beta { alpha, beta, low, high } => libm::log((x - low) / (high - x) * (beta / alpha)),
            Self::Circle { mean, full_turn, .. } => ((x - mean) * (TAU / full_turn)).clamp(-PI, PI),
        }
    }

    fn value(&self, y: f64) -> f64 {
        match *self {
            Self::Gamma { shape, scale } => shape * scale * libm::exp(y),
            Self::Beta { alpha, beta, low, high } => {
                // From the nearer end, which keeps its digits.
                let odds = alpha / beta * libm::exp(y);
                if odds <= 1.0 {
                    low + (high - low) * (odds / (1.0 + odds))
                } else {
                    high - (high - low) / (1.0 + odds)
                }
            }
            Self::Circle { mean, full_turn, .. } => mean + y * (full_turn / TAU),
        }
    }

    /// Logarithm of the derivative of the value by y.
    fn ln_stretch(&self, y: f64) -> f64 {
        match *self {
            Self::Gamma { shape, scale } => y + libm::log(shape * scale),
            Self::Beta { alpha, beta, low, high } => {
                let ln_odds = (y + libm::log(alpha / beta)).abs();
                libm::log(high - low) - ln_odds - 2.0 * libm::log1p(libm::exp(-ln_odds))
            }
            Self::Circle { full_turn, .. } => libm::log(full_turn / TAU),
        }
    }
}

/// alpha · ln(t / t₀) + beta · ln(u / u₀), where t₀ is the place of the peak and u = 1 − t. Each term is as small as the
/// smaller exponent, so that nothing large cancels.
fn beta_ln(alpha: f64, beta: f64, y: f64) -> f64 {
    // Mirrored to y >= 0, where t / t₀ goes to a constant and u / u₀ to 0.
    let (far, near) = if y < 0.0 { (beta, alpha) } else { (alpha, beta) };
    let (y, both) = (y.abs(), alpha + beta);
    let grown = libm::expm1(y.min(FARTHEST));
    let rising = -far * libm::log1p(-near / both * (grown / (1.0 + grown)));
    let falling = if y < FARTHEST { libm::log1p(far / both * grown) } else { y + libm::log(far / both) };
    rising - near * falling
}

/// The end of a panel.
#[derive(Clone, Copy, Debug)]
struct Node {
    y: f64,
    /// Logarithm of the density of y.
    ln: f64,
    /// Share below.
    below: f64,
    /// Share above.
    above: f64,
    /// Share of the panel that begins here.
    panel: f64,
}

/// A curve with its panels.
#[derive(Clone)]
pub(super) struct Smooth {
    curve: Curve,
    low: f64,
    high: f64,
    /// Logarithm of the integral of the curve inside the window.
    ln_total: f64,
    nodes: Vec<Node>,
}

impl std::fmt::Debug for Smooth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smooth")
            .field("curve", &self.curve)
            .field("support", &(self.low, self.high))
            .finish_non_exhaustive()
    }
}

/// Panels stop where the density of y is e^-700 of its greatest: there shares underflow.
const DEPTH: f64 = 700.0;

/// Beyond e^±708 f64 is not normal.
const FARTHEST: f64 = 708.0;

/// The logarithm of the density changes by this much over a panel at most.
const DROP: f64 = 3.0;

impl Smooth {
    /// The part of `curve` inside `window`, with the logarithm of its integral.
    pub(super) fn new(curve: Curve, window: Window) -> Option<(Self, f64)> {
        let (from, to) = curve.whole();
        let (low, high) = (window.low.max(from), window.high.min(to));
        if low >= high {
            return None;
        }
        let (first, last) = (curve.y(low), curve.y(high));
        let top = 0.0_f64.max(first).min(last);
        let mut ends = ends(&curve, top, first);
        ends.reverse();
        ends.pop();
        ends.extend(self::ends(&curve, top, last));
        let peak = curve.ln(top);
        let mass = |pair: &[f64]| match *pair {
            [a, b] => integral(a, b, |y| libm::exp(curve.ln(y) - peak)),
            _ => 0.0,
        };
        let masses: Vec<f64> = ends.windows(2).map(mass).collect();
        let total: f64 = masses.iter().sum();
        if ends.len() < 2 || !(total > 0.0 && total.is_finite()) {
            return None;
        }
        let ln_total = peak + libm::log(total);
        let nodes = nodes(&curve, ln_total, total, &ends, &masses);
        Some((Self { curve, low, high, ln_total, nodes }, ln_total))
    }

    fn density(&self, y: f64) -> f64 {
        libm::exp(self.curve.ln(y) - self.ln_total)
    }

    fn panel(&self, index: usize) -> Option<(&Node, &Node)> {
        Some((self.nodes.get(index)?, self.nodes.get(index + 1)?))
    }

    /// The panel around `x`, and its y, which lies in the panel.
    fn around(&self, x: f64) -> Option<(&Node, &Node, f64)> {
        let y = self.curve.y(x);
        let index = self.nodes.partition_point(|node| node.y <= y).saturating_sub(1);
        let (left, right) = self.panel(index.min(self.nodes.len().saturating_sub(2)))?;
        Some((left, right, y.max(left.y).min(right.y)))
    }

    /// The value with a share `part` of the panel that begins at node `index` on the left of it, or on the right.
    fn solve(&self, index: usize, part: impl Fn(&Node, &Node) -> (f64, bool)) -> f64 {
        let Some((left, right)) = self.panel(index) else { return self.high };
        let (share, on_the_left) = part(left, right);
        let length = right.y - left.y;
        let ratio = (if on_the_left { share / left.panel } else { 1.0 - share / left.panel }).clamp(0.0, 1.0);
        // As though the density were an exponential over the panel.
        let drop = right.ln - left.ln;
        let start = if drop.abs() < 1e-6 { ratio } else { libm::log1p(ratio * libm::expm1(drop)) / drop };
        let mut y = left.y + length * start;
        for _ in 0..6 {
            let error = if on_the_left {
                integral(left.y, y, |y| self.density(y)) - share
            } else {
                share - integral(y, right.y, |y| self.density(y))
            };
            let d = error / self.density(y);
            let (slope, bend) = self.curve.slopes(y);
            // The inverse function's series to third order.
            let step = -d * (1.0 + d * (0.5 * slope + d * (2.0 * slope * slope - bend) / 6.0));
            y = (y + step).max(left.y).min(right.y);
            // What remains is of fourth order.
            if step.abs() <= 2e-4 * length {
                break;
            }
        }
        self.curve.value(y).max(self.low).min(self.high)
    }
}

/// Ends of panels from `top` to `last`, on either side of the peak, as far as the density goes.
fn ends(curve: &Curve, top: f64, last: f64) -> Vec<f64> {
    let side = if last < top { -1.0 } else { 1.0 };
    let peak = curve.ln(top);
    let (mut y, mut ln) = (top, peak);
    let mut ends = vec![top];
    while y != last && peak - ln < DEPTH {
        let slope = curve.slopes(y).0.abs();
        let mut length = curve.longest_panel(y).min(DROP / slope.max(f64::MIN_POSITIVE));
        let next = loop {
            let next = y + side * length;
            // Asked so that a NaN ends the search.
            let falls_too_far = ln - curve.ln(next) > DROP;
            if !falls_too_far {
                break next;
            }
            length *= 0.75;
        };
        let next = if side < 0.0 { next.max(last) } else { next.min(last) };
        if next == y {
            break;
        }
        (y, ln) = (next, curve.ln(next));
        ends.push(y);
    }
    ends
}

fn nodes(curve: &Curve, ln_total: f64, total: f64, ends: &[f64], masses: &[f64]) -> Vec<Node> {
    let shares: Vec<f64> = masses.iter().map(|mass| mass / total).chain([0.0]).collect();
    let mut sum = 0.0;
    let node = |(y, panel): (&f64, &f64)| {
        let below = sum;
        sum += panel;
        Node { y: *y, ln: curve.ln(*y) - ln_total, below, above: 0.0, panel: *panel }
    };
    let mut nodes: Vec<Node> = ends.iter().zip(&shares).map(node).collect();
    sum = 0.0;
    for node in nodes.iter_mut().rev() {
        sum += node.panel;
        node.above = sum;
    }
    nodes
}

impl Shape for Smooth {
    fn lower(&self, x: f64) -> f64 {
        self.around(x).map_or(0.0, |(left, _, y)| left.below + integral(left.y, y, |y| self.density(y)))
    }

    fn upper(&self, x: f64) -> f64 {
        self.around(x).map_or(0.0, |(_, right, y)| right.above + integral(y, right.y, |y| self.density(y)))
    }

    fn quantile(&self, p: f64) -> f64 {
        if p > 0.5 {
            return self.upper_quantile(1.0 - p);
        }
        let index = self.nodes.partition_point(|node| node.below < p).saturating_sub(1);
        self.solve(index, |left, _| (p - left.below, true))
    }

    fn upper_quantile(&self, q: f64) -> f64 {
        if q > 0.5 {
            return self.quantile(1.0 - q);
        }
        let index = self.nodes.partition_point(|node| node.above > q).saturating_sub(1);
        self.solve(index, |_, right| (q - right.above, false))
    }

    fn ln_density(&self, x: f64) -> f64 {
        // At an end the density may be 0 or infinite: the nearest number inside stands for it.
        let y = self.curve.y(x.max(self.low.next_up()).min(self.high.next_down())).clamp(-FARTHEST, FARTHEST);
        self.curve.ln(y) - self.ln_total - self.curve.ln_stretch(y)
    }

    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    fn moments(&self) -> (f64, f64) {
        let over = |g: &dyn Fn(f64) -> f64| -> f64 {
            let panel = |pair: &[Node]| match pair {
                [a, b] => integral(a.y, b.y, |y| g(self.curve.value(y)) * self.density(y)),
                _ => 0.0,
            };
            self.nodes.windows(2).map(panel).sum()
        };
        let centre = self.quantile(0.5);
        let mean = centre + over(&|x| x - centre);
        (mean, libm::sqrt(over(&|x| (x - mean) * (x - mean))))
    }

    fn edges(&self) -> [Edge; 2] {
        let (from, to) = self.curve.whole();
        let powers = match self.curve {
            Curve::Gamma { shape, .. } => [shape - 1.0, 0.0],
            Curve::Beta { alpha, beta, .. } => [alpha - 1.0, beta - 1.0],
            Curve::Circle { .. } => [0.0; 2],
        };
        let edge = |end: f64, whole: f64, power: f64| match self.curve {
            Curve::Gamma { shape, scale } if end.is_infinite() => {
                Edge::Tail { decay: 1.0, rate: 1.0 / scale, power: shape - 1.0 }
            }
            _ => Edge::Power { end, power: if end == whole { power } else { 0.0 } },
        };
        [edge(self.low, from, powers[0]), edge(self.high, to, powers[1])]
    }
}
