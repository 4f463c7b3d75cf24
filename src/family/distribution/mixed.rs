//! Mixtures of any laws, continuous and discrete.

use std::sync::Arc;

use super::law::{Edge, MOST_ATOMS, Shape};

/// Drawn from one of several laws.
#[derive(Clone, Debug)]
pub(super) struct Mixed {
    /// Shares, which sum to 1, with their laws.
    parts: Vec<(f64, Arc<dyn Shape>)>,
    jumps: Vec<Jump>,
}

/// A value that has a probability.
#[derive(Clone, Debug)]
struct Jump {
    value: f64,
    /// P(X < value).
    before: f64,
    /// P(X <= value).
    below: f64,
    /// P(X >= value).
    from: f64,
    /// P(X > value).
    above: f64,
}

/// Which share a quantile is asked for.
#[derive(Clone, Copy)]
enum Share {
    Below(f64),
    Above(f64),
}

impl Mixed {
    /// From weights above 0 and their laws; `None` where there is none.
    pub(super) fn new(weighted: Vec<(f64, Arc<dyn Shape>)>) -> Option<Self> {
        let total: f64 = weighted.iter().map(|(weight, _)| weight).sum();
        if !(total > 0.0 && total.is_finite()) {
            return None;
        }
        let parts = weighted.into_iter().map(|(weight, shape)| (weight / total, shape)).collect();
        let mut mixed = Self { parts, jumps: Vec::new() };
        let mut values: Vec<f64> =
            mixed.parts.iter().flat_map(|(_, shape)| shape.atoms()).map(|(value, _)| value).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let jump = |value: f64| Jump {
            value,
            before: mixed.lower(value.next_down()),
            below: mixed.lower(value),
            from: mixed.upper(value.next_down()),
            above: mixed.upper(value),
        };
        mixed.jumps = values.into_iter().map(jump).collect();
        Some(mixed)
    }

    fn over(&self, of: impl Fn(&dyn Shape) -> f64) -> f64 {
        self.parts.iter().map(|(share, shape)| share * of(&**shape)).sum()
    }

    /// By how much the share at `x` exceeds the target, relative to it: below 0 left of the quantile.
    fn excess(&self, x: f64, target: Share) -> f64 {
        match target {
            Share::Below(p) => self.lower(x) / p - 1.0,
            Share::Above(q) => 1.0 - self.upper(x) / q,
        }
    }

    fn find(&self, target: Share) -> f64 {
        let is_left = |jump: &Jump| match target {
            Share::Below(p) => jump.below < p,
            Share::Above(q) => jump.above > q,
        };
        let index = self.jumps.partition_point(is_left);
        let mut bracket = self.bracket(target);
        if let Some(jump) = self.jumps.get(index) {
            let jumps_over = match target {
                Share::Below(p) => jump.before < p,
                Share::Above(q) => jump.from > q,
            };
            if jumps_over {
                return jump.value;
            }
            bracket.1 = bracket.1.min(jump.value);
        }
        if let Some(jump) = index.checked_sub(1).and_then(|index| self.jumps.get(index)) {
            bracket.0 = bracket.0.max(jump.value);
        }
        self.root(bracket, target)
    }

    /// The quantile of the whole lies between those of the parts.
    fn bracket(&self, target: Share) -> (f64, f64) {
        let quantile = |(_, shape): &(f64, Arc<dyn Shape>)| match target {
            Share::Below(p) => shape.quantile(p),
            Share::Above(q) => shape.upper_quantile(q),
        };
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        self.parts.iter().map(quantile).fold(ends, |(low, high), x| (low.min(x), high.max(x)))
    }

    /// Newton's method on the logarithm of the share, with the bracket halved wherever it does not converge: halved in
    /// the order of the floating-point numbers, so that any bracket closes in 64 steps, also over many decades.
    fn root(&self, (mut low, mut high): (f64, f64), target: Share) -> f64 {
        if self.excess(low, target) >= 0.0 {
            return low;
        }
        let mut x = halfway(low, high);
        let mut last_step = f64::INFINITY;
        while low.next_up() < high {
            let excess = self.excess(x, target);
            if excess < 0.0 {
                low = x;
            } else {
                high = x;
            }
            let density = self.over(|shape| libm::exp(shape.ln_continuous(x)));
            let step = match target {
                Share::Below(p) => -libm::log1p(excess) * p * (1.0 + excess) / density,
                Share::Above(q) => libm::log1p(-excess) * q * (1.0 - excess) / density,
            };
            let next = x + step;
            if step.abs() <= f64::EPSILON * x.abs() {
                return next.max(low).min(high);
            }
            // Written so that a NaN halves.
            let converges = next > low && next < high && step.abs() < 0.5 * last_step;
            (x, last_step) = if converges { (next, step.abs()) } else { (halfway(low, high), f64::INFINITY) };
        }
        high
    }
}

/// The number with as many floating-point numbers below it in the bracket as above.
fn halfway(low: f64, high: f64) -> f64 {
    // As integers, negative numbers run backwards; this map makes the order one.
    let order = |x: f64| {
        let bits = x.to_bits() as i64;
        bits ^ (((bits >> 63) as u64) >> 1) as i64
    };
    let middle = (i128::midpoint(i128::from(order(low)), i128::from(order(high)))) as i64;
    f64::from_bits((middle ^ (((middle >> 63) as u64) >> 1) as i64) as u64)
}

impl Shape for Mixed {
    fn lower(&self, x: f64) -> f64 {
        self.over(|shape| shape.cdf(x))
    }

    fn upper(&self, x: f64) -> f64 {
        self.over(|shape| shape.survival(x))
    }

    fn quantile(&self, p: f64) -> f64 {
        if p <= 0.5 { self.find(Share::Below(p)) } else { self.find(Share::Above(1.0 - p)) }
    }

    fn upper_quantile(&self, q: f64) -> f64 {
        if q <= 0.5 { self.find(Share::Above(q)) } else { self.find(Share::Below(1.0 - q)) }
    }

    fn ln_density(&self, x: f64) -> f64 {
        let terms = || self.parts.iter().map(|(share, shape)| libm::log(*share) + shape.ln_continuous(x));
        let greatest = terms().fold(f64::NEG_INFINITY, f64::max);
        if greatest.is_infinite() {
            return greatest;
        }
        greatest + libm::log(terms().map(|term| libm::exp(term - greatest)).sum())
    }

    fn support(&self) -> (f64, f64) {
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        let supports = self.parts.iter().map(|(_, shape)| shape.support());
        supports.fold(ends, |(low, high), (from, to)| (low.min(from), high.max(to)))
    }

    fn moments(&self) -> (f64, f64) {
        let moments: Vec<(f64, (f64, f64))> =
            self.parts.iter().map(|(share, shape)| (*share, shape.moments())).collect();
        let mean: f64 = moments.iter().map(|(share, (mean, _))| share * mean).sum();
        let variance =
            moments.iter().map(|(share, (centre, sd))| share * (sd * sd + (centre - mean) * (centre - mean)));
        (mean, libm::sqrt(variance.sum()))
    }

    fn edges(&self) -> [Edge; 2] {
        let edges: Vec<[Edge; 2]> = self.parts.iter().map(|(_, shape)| shape.edges()).collect();
        [0, 1].map(|side| edges.iter().filter_map(|pair| pair.get(side)).fold(Edge::None, |a, b| heavier(a, *b, side)))
    }

    fn pieces(&self) -> Vec<(f64, f64)> {
        let continuous = self.parts.iter().filter(|(_, shape)| shape.continuous_share() > 0.0);
        let mut all: Vec<(f64, f64)> = continuous.flat_map(|(_, shape)| shape.pieces()).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut pieces: Vec<(f64, f64)> = Vec::new();
        for (low, high) in all {
            match pieces.last_mut() {
                Some(last) if low <= last.1 => last.1 = last.1.max(high),
                _ => pieces.push((low, high)),
            }
        }
        pieces
    }

    fn mass(&self, x: f64) -> f64 {
        self.over(|shape| shape.mass(x))
    }

    fn atoms(&self) -> Vec<(f64, f64)> {
        let jumps = self.jumps.iter().take(MOST_ATOMS);
        jumps.map(|jump| (jump.value, self.mass(jump.value))).filter(|(_, mass)| *mass > 0.0).collect()
    }

    fn runs(&self) -> Vec<(f64, f64)> {
        self.parts.iter().flat_map(|(_, shape)| shape.runs()).collect()
    }

    fn continuous_share(&self) -> f64 {
        self.over(|shape| shape.continuous_share())
    }
}

/// The edge that rules where two densities are added: the outer one, and of two at the same end the one that falls more
/// slowly.
fn heavier(a: Edge, b: Edge, side: usize) -> Edge {
    let outward = |edge: Edge| match edge {
        Edge::None => f64::NEG_INFINITY,
        Edge::Tail { .. } => f64::INFINITY,
        Edge::Power { end, .. } | Edge::LogBell { end, .. } => {
            if side == 0 {
                -end
            } else {
                end
            }
        }
    };
    match (a, b) {
        _ if outward(a) > outward(b) => a,
        _ if outward(a) < outward(b) => b,
        (Edge::Power { power: first, .. }, Edge::Power { power: second, .. }) => {
            if first <= second {
                a
            } else {
                b
            }
        }
        (Edge::LogBell { sigma: first, .. }, Edge::LogBell { sigma: second, .. }) => {
            if first >= second {
                a
            } else {
                b
            }
        }
        // Towards a finite end a power outweighs any bell, towards infinity any bell of the logarithm a tail.
        (Edge::Power { .. }, _) | (Edge::LogBell { .. }, Edge::Tail { .. }) => a,
        (_, Edge::Power { .. } | Edge::None) | (Edge::Tail { .. }, Edge::LogBell { .. }) | (Edge::None, _) => b,
        (
            Edge::Tail { decay, rate, power },
            Edge::Tail { decay: other_decay, rate: other_rate, power: other_power },
        ) => {
            let first = (decay, rate, -power);
            if first <= (other_decay, other_rate, -other_power) { a } else { b }
        }
    }
}
