//! Laws whose density is a straight line piece by piece: uniform, triangular, histograms, densities drawn by hand, and
//! measured quantiles with an even spread in between.

use super::build::Window;
use super::law::{Edge, Shape};

/// A straight piece of a density.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    /// Where it begins.
    pub(super) from: f64,
    /// Where it ends.
    pub(super) to: f64,
    /// Density at the beginning.
    pub(super) first: f64,
    /// Density at the end.
    pub(super) last: f64,
}

impl Segment {
    fn width(&self) -> f64 {
        self.to - self.from
    }

    fn mass(&self) -> f64 {
        0.5 * (self.first + self.last) * self.width()
    }

    fn density(&self, x: f64) -> f64 {
        // From the nearer end, so that both ends are exact.
        let (left, right) = (x - self.from, self.to - x);
        let slope = (self.last - self.first) / self.width();
        (if left < right { self.first + slope * left } else { self.last - slope * right }).max(0.0)
    }

    fn cut(&self, window: Window) -> Option<Self> {
        let (from, to) = (self.from.max(window.low), self.to.min(window.high));
        (from < to).then(|| Self { from, to, first: self.density(from), last: self.density(to) })
    }

    /// ∫ g · density for a polynomial g up to degree 2, by Simpson's rule, which is exact for cubics.
    fn integral(&self, g: impl Fn(f64) -> f64) -> f64 {
        let middle = self.from + 0.5 * self.width();
        let inner = 4.0 * g(middle) * 0.5 * (self.first + self.last);
        (g(self.from) * self.first + inner + g(self.to) * self.last) * self.width() / 6.0
    }
}

/// How far from the dense side a share `r` of a straight density reaches: the root of `near·t + slope·t²/2 = r` without
/// cancellation.
fn reach(r: f64, near: f64, slope: f64) -> f64 {
    if r <= 0.0 {
        return 0.0;
    }
    2.0 * r / (near + libm::sqrt((near * near + 2.0 * slope * r).max(0.0)))
}

/// A piecewise linear density.
#[derive(Clone)]
pub(super) struct Linear {
    segments: Vec<Segment>,
    /// P(X <= end of the segment).
    below: Vec<f64>,
    /// P(X > beginning of the segment).
    above: Vec<f64>,
}

impl std::fmt::Debug for Linear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Linear")
            .field("segments", &self.segments.len())
            .field("support", &self.support())
            .finish_non_exhaustive()
    }
}

impl Linear {
    /// From pieces in rising order, whose densities are relative, and the part of them inside `window`. Gives the
    /// logarithm of their mass, too; `None` where nothing is left.
    pub(super) fn new(pieces: impl Iterator<Item = Segment>, window: Window) -> Option<(Self, f64)> {
        let mut segments: Vec<Segment> =
            pieces.filter_map(|piece| piece.cut(window)).filter(|piece| piece.mass() > 0.0).collect();
        let total: f64 = segments.iter().map(Segment::mass).sum();
        if segments.is_empty() || !total.is_finite() {
            return None;
        }
        for segment in &mut segments {
            segment.first /= total;
            segment.last /= total;
        }
        let sum = |sum: &mut f64, segment: &Segment| {
            *sum += segment.mass();
            Some(*sum)
        };
        let mut below: Vec<f64> = segments.iter().scan(0.0, sum).collect();
        let mut above: Vec<f64> = segments.iter().rev().scan(0.0, sum).collect();
        above.reverse();
        // Rounding must leave no share beyond the last piece.
        *below.last_mut()? = 1.0;
        *above.first_mut()? = 1.0;
        Some((Self { segments, below, above }, libm::log(total)))
    }

    /// The last segment that begins at or below `x`, with the shares below its beginning and above its end.
    fn around(&self, x: f64) -> Option<(&Segment, f64, f64)> {
        self.part(self.segments.partition_point(|segment| segment.from <= x).checked_sub(1)?)
    }

    fn part(&self, index: usize) -> Option<(&Segment, f64, f64)> {
        let before = index.checked_sub(1).and_then(|before| self.below.get(before)).copied().unwrap_or(0.0);
        let after = self.above.get(index + 1).copied().unwrap_or(0.0);
        Some((self.segments.get(index)?, before, after))
    }
}

impl Shape for Linear {
    fn lower(&self, x: f64) -> f64 {
        let Some((segment, before, _)) = self.around(x) else { return 0.0 };
        let x = x.min(segment.to);
        before + 0.5 * (x - segment.from) * (segment.first + segment.density(x))
    }

    fn upper(&self, x: f64) -> f64 {
        let Some((segment, _, after)) = self.around(x) else { return 1.0 };
        let x = x.min(segment.to);
        after + 0.5 * (segment.to - x) * (segment.density(x) + segment.last)
    }

    fn quantile(&self, p: f64) -> f64 {
        if p > 0.5 {
            return self.upper_quantile(1.0 - p);
        }
        let index = self.below.partition_point(|below| *below < p);
        let Some((segment, before, _)) = self.part(index) else { return self.support().1 };
        let slope = (segment.last - segment.first) / segment.width();
        (segment.from + reach(p - before, segment.first, slope)).min(segment.to)
    }

    fn upper_quantile(&self, q: f64) -> f64 {
        if q > 0.5 {
            return self.quantile(1.0 - q);
        }
        // The last segment with more than q above its beginning.
        let index = self.above.partition_point(|above| *above > q).saturating_sub(1);
        let Some((segment, _, after)) = self.part(index) else { return self.support().1 };
        let slope = (segment.last - segment.first) / segment.width();
        (segment.to - reach(q - after, segment.last, -slope)).max(segment.from)
    }

    fn ln_density(&self, x: f64) -> f64 {
        let inside = self.around(x).filter(|(segment, ..)| x <= segment.to);
        libm::log(inside.map_or(0.0, |(segment, ..)| segment.density(x)))
    }

    fn support(&self) -> (f64, f64) {
        let (first, last) = (self.segments.first(), self.segments.last());
        (first.map_or(f64::NAN, |first| first.from), last.map_or(f64::NAN, |last| last.to))
    }

    fn moments(&self) -> (f64, f64) {
        let over = |g: &dyn Fn(f64) -> f64| self.segments.iter().map(|segment| segment.integral(g)).sum::<f64>();
        let (low, high) = self.support();
        let centre = low + 0.5 * (high - low);
        let mean = centre + over(&|x| x - centre);
        (mean, libm::sqrt(over(&|x| (x - mean) * (x - mean))))
    }

    fn edges(&self) -> [Edge; 2] {
        let power = |density: f64| if density > 0.0 { 0.0 } else { 1.0 };
        let (low, high) = self.support();
        let first = self.segments.first().map_or(0.0, |segment| power(segment.first));
        let last = self.segments.last().map_or(0.0, |segment| power(segment.last));
        [Edge::Power { end: low, power: first }, Edge::Power { end: high, power: last }]
    }

    fn pieces(&self) -> Vec<(f64, f64)> {
        let mut pieces: Vec<(f64, f64)> = Vec::new();
        for segment in &self.segments {
            match pieces.last_mut() {
                Some(last) if last.1 == segment.from => last.1 = segment.to,
                _ => pieces.push((segment.from, segment.to)),
            }
        }
        pieces
    }
}
