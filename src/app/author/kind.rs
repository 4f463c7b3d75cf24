//! How one kind of distribution becomes another: the median and the spread stay as well as the new
//! kind can keep them.
//!
//! Nothing is estimated from data here: the old law is the only source.

use crate::family::distribution::{Case, Kind, Part, Weighted};
use crate::family::{Bound, Distribution, Law, written};

/// Where a law lies and how wide it is.
struct Spread {
    median: f64,
    /// Half of what the middle 68 % take: a normal's standard deviation.
    half: f64,
    low: f64,
    high: f64,
    /// The median, or what stands for it in a kind without negative values.
    positive: f64,
}

/// The middle 68.27 %: one standard deviation to both sides of a normal's mean.
const INNER: [f64; 2] = [0.158_655_253_931_457, 0.841_344_746_068_543];

fn half_of(law: &Law) -> f64 {
    0.5 * (law.quantile(INNER[1]) - law.quantile(INNER[0]))
}

impl Spread {
    fn of(law: &Law) -> Self {
        let median = law.median();
        let (low, high) = law.shown_range();
        let half = match half_of(law) {
            half if half > 0.0 => half,
            _ if high > low => 0.2 * (high - low),
            _ => 0.1 * if median == 0.0 { 1.0 } else { median.abs() },
        };
        let (low, high) = if high > low { (low, high) } else { (median - 3.0 * half, median + 3.0 * half) };
        let positive = if median > 0.0 { median } else { (0.5 * high).max(half) };
        Self { median, half, low, high, positive }
    }

    /// The one of a family of distributions, wider with its number, that is as wide as this.
    fn fitted(&self, make: impl Fn(f64) -> Distribution) -> Distribution {
        let (mut narrow, mut wide) = (-9.0_f64, 9.0_f64);
        for _ in 0..48 {
            let middle = 0.5 * (narrow + wide);
            let width = Law::new(&make(libm::exp(middle)), None).map_or(f64::NAN, |law| half_of(&law));
            *if width < self.half { &mut narrow } else { &mut wide } = middle;
        }
        make(libm::exp(0.5 * (narrow + wide)))
    }

    fn simple(&self, kind: Kind, full_turn: Option<f64>) -> Distribution {
        use Distribution as D;
        let (median, half, positive) = (self.median, self.half, self.positive);
        let sides = |t: f64| (median - t * half, median + t * half);
        match kind {
            Kind::Uniform => self.fitted(|t| D::Uniform { low: sides(t).0, high: sides(t).1 }),
            Kind::Triangular => self.fitted(|t| D::Triangular { low: sides(t).0, mode: median, high: sides(t).1 }),
            Kind::Pert => {
                self.fitted(|t| D::Pert { low: sides(t).0, mode: median, high: sides(t).1, shape: Some(4.0) })
            }
            Kind::LogUniform => {
                self.fitted(|t| D::LogUniform { low: positive * libm::exp(-t), high: positive * libm::exp(t) })
            }
            Kind::LogNormal => self.fitted(|t| D::LogNormal { median: positive, sigma: t.min(15.0) }),
            Kind::Gamma => self.fitted(|t| {
                let shape = (1.0 / (t * t)).clamp(0.05, 1e6);
                let unit = D::Gamma { shape, scale: 1.0 }.median();
                D::Gamma { shape, scale: positive / unit }
            }),
            Kind::Weibull => self.fitted(|t| {
                let shape = (1.0 / t).clamp(0.05, 1e4);
                D::Weibull { shape, scale: positive / libm::pow(core::f64::consts::LN_2, 1.0 / shape) }
            }),
            Kind::Beta => self.fitted(|t| {
                let mean = ((median - self.low) / (self.high - self.low)).clamp(0.02, 0.98);
                let both = (1.0 / (t * t)).clamp(0.02, 1e5);
                let (alpha, beta) = ((both * mean).max(0.02), (both * (1.0 - mean)).max(0.02));
                D::Beta { alpha, beta, low: Some(self.low), high: Some(self.high) }
            }),
            Kind::Normal => D::Normal { mean: median, sd: half },
            Kind::TruncatedNormal => D::TruncatedNormal { mean: median, sd: half, low: self.low, high: self.high },
            Kind::Exponential => D::Exponential { mean: positive / core::f64::consts::LN_2 },
            Kind::VonMises => {
                let radians = half * core::f64::consts::TAU / full_turn.unwrap_or(core::f64::consts::TAU);
                D::VonMises { mean: median, kappa: (1.0 / (radians * radians)).min(1e6) }
            }
            Kind::Integer => {
                let (low, high) = (libm::round(median - 1.465 * half), libm::round(median + 1.465 * half));
                D::Integer { low, high }
            }
            // The median of a Poisson lies about a third below its mean.
            Kind::Poisson => D::Poisson { mean: (median + 1.0 / 3.0).clamp(0.1, 1e5) },
            _ => D::Constant(median),
        }
    }
}

/// Another kind of distribution with the median and the spread of `now`, whose law in the shown draw is `law`.
pub fn like(kind: Kind, now: &Distribution<Bound>, law: &Law, full_turn: Option<f64>) -> Distribution<Bound> {
    use Distribution as D;
    let spread = Spread::of(law);
    let steps = |n: usize| {
        let step = (spread.high - spread.low) / n as f64;
        (0..=n).map(|at| spread.low + at as f64 * step).collect::<Vec<f64>>()
    };
    let plain = match kind {
        Kind::Mixture => return D::Mixture(vec![Part { weight: Bound::Number(1.0), of: now.clone() }]),
        Kind::Cases => {
            let case = Case { when: "true".to_owned(), then: now.clone() };
            return D::Cases { of: vec![case], otherwise: Box::new(now.clone()) };
        }
        Kind::Truncated if !law.is_discrete() => {
            let [low, high] = [spread.low, spread.high].map(|end| Bound::Number(nice(end, spread.half)));
            return D::Truncated { of: Box::new(now.clone()), low, high };
        }
        Kind::Truncated => {
            let of = written(&D::Normal { mean: spread.median, sd: spread.half });
            let [low, high] = [spread.low, spread.high].map(|end| Bound::Number(nice(end, spread.half)));
            return D::Truncated { of: Box::new(of), low, high };
        }
        Kind::Bernoulli => D::Bernoulli { p: law.survival(0.5) },
        Kind::Choice => D::Choice(choices(law, &spread)),
        Kind::Histogram => {
            let edges: Vec<f64> = steps(12).into_iter().map(|edge| nice(edge, spread.half)).collect();
            let share = |pair: &[f64]| match pair {
                [from, to] => law.cdf(*to) - law.cdf(*from),
                _ => 0.0,
            };
            let weights: Vec<f64> = edges.windows(2).map(share).collect();
            D::Histogram { edges, weights }
        }
        Kind::Drawn => D::Drawn(drawn(law, &steps(24))),
        Kind::Empirical => {
            let mut quantiles: Vec<f64> = (1..10).map(|tenth| law.quantile(f64::from(tenth) / 10.0)).collect();
            quantiles.insert(0, spread.low);
            quantiles.push(spread.high);
            for value in &mut quantiles {
                *value = nice(*value, spread.half);
            }
            quantiles.dedup_by(|b, a| *b <= *a);
            D::Empirical { quantiles, from: None }
        }
        other => spread.simple(other, full_turn),
    };
    written(&rounded(&plain, spread.half))
}

/// The density at `xs` as points to be drawn on, relative to the highest.
pub fn drawn(law: &Law, xs: &[f64]) -> Vec<(f64, f64)> {
    let width = xs.last().unwrap_or(&1.0) - xs.first().unwrap_or(&0.0);
    let high = |x: f64| if law.is_discrete() { near_mass(law, x, width / xs.len() as f64) } else { law.density(x) };
    let tops: Vec<f64> = xs.iter().map(|x| high(*x)).map(|y| if y.is_finite() { y } else { 0.0 }).collect();
    let top = tops.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    xs.iter().zip(tops).map(|(x, y)| (nice(*x, width), libm::round(1e4 * y / top) / 1e4)).collect()
}

fn near_mass(law: &Law, x: f64, width: f64) -> f64 {
    law.cdf(x + 0.5 * width) - law.cdf(x - 0.5 * width)
}

fn choices(law: &Law, spread: &Spread) -> Vec<Weighted> {
    const MOST: usize = 24;
    let one = |value: f64, weight: f64| Weighted { value, weight, label: String::new() };
    let atoms = law.atoms();
    if law.is_discrete() && (1..=MOST).contains(&atoms.len()) {
        return atoms.into_iter().filter(|(_, share)| *share > 0.0).map(|(value, share)| one(value, share)).collect();
    }
    let mut values: Vec<f64> = [0.1, 0.3, 0.5, 0.7, 0.9].map(|p| nice(law.quantile(p), spread.half)).to_vec();
    values.dedup();
    values.into_iter().map(|value| one(value, 1.0)).collect()
}

/// `number` with three decimals of the power of ten that `scale` lies in: as few digits as a person would write.
pub fn nice(number: f64, scale: f64) -> f64 {
    if !(number.is_finite() && scale.is_finite() && scale > 0.0) {
        return number;
    }
    let decimals = 3.0 - libm::floor(libm::log10(scale));
    if decimals >= 0.0 {
        let decimals = decimals.min(300.0) as usize;
        return format!("{number:.decimals$}").parse().unwrap_or(number);
    }
    let step = libm::pow(10.0, -decimals);
    libm::round(number / step) * step
}

/// Every number with as many digits as `half`, the width, or the number itself asks for.
fn rounded(distribution: &Distribution, half: f64) -> Distribution {
    use crate::family::distribution::{NumberKind, Place};
    let exact = distribution.try_map(&mut |place: Place, number: &f64| {
        // Widths and what stands on a logarithmic scale keep their own figures.
        let own = number.abs().max(f64::MIN_POSITIVE);
        let scale = if place.kind == NumberKind::Pure { own } else { half.min(own) };
        Ok::<f64, String>(nice(*number, scale))
    });
    exact
        .ok()
        .filter(|exact| Law::new(exact, Some(core::f64::consts::TAU)).is_ok())
        .unwrap_or_else(|| distribution.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(distribution: &Distribution<Bound>) -> Distribution {
        distribution.try_map(&mut |_, bound| bound.shown(&std::collections::BTreeMap::new()).ok_or("a number")).unwrap()
    }

    #[test]
    fn a_change_of_kind_keeps_median_and_spread() {
        let from = Distribution::TruncatedNormal { mean: 0.45, sd: 0.1, low: 0.15, high: 0.9 };
        let law = Law::new(&from, None).unwrap();
        for kind in Kind::ALL.iter().copied() {
            let made =
                plain(&like(kind, &written(&from), &law, None).choose(&mut |_| Ok::<_, ()>(true)).unwrap().clone());
            let turn = (kind == Kind::VonMises).then_some(std::f64::consts::TAU);
            let law_made = Law::new(&made, turn).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
            if [Kind::Bernoulli, Kind::Poisson, Kind::Integer, Kind::Exponential, Kind::Constant].contains(&kind) {
                continue;
            }
            let (median, half) = (law_made.median() - law.median(), half_of(&law_made) / half_of(&law));
            assert!(median.abs() < 0.02, "{kind:?}: median off by {median}");
            let coarse = if kind == Kind::Choice { 0.4 } else { 0.05 };
            assert!((half - 1.0).abs() < coarse, "{kind:?}: spread times {half}");
        }
    }

    #[test]
    fn numbers_have_as_many_digits_as_their_width_asks_for() {
        assert_eq!(nice(0.123_456_789, 0.02), 0.123_46);
        assert_eq!(nice(123_456.0, 54_321.0), 123_460.0, "tens of a width of ten thousands");
        assert_eq!(nice(f64::INFINITY, 1.0), f64::INFINITY);
    }

    #[test]
    fn negative_and_constant_laws_change_into_every_kind() {
        for from in
            [Distribution::Constant(-3.0), Distribution::Constant(0.0), Distribution::Normal { mean: -8.0, sd: 2.0 }]
        {
            let law = Law::new(&from, None).unwrap();
            for kind in Kind::ALL.iter().copied() {
                let made = like(kind, &written(&from), &law, Some(360.0));
                let made = plain(made.choose(&mut |_| Ok::<_, ()>(true)).unwrap());
                let turn = (kind == Kind::VonMises).then_some(360.0);
                assert!(Law::new(&made, turn).is_ok(), "{from:?} to {kind:?}: {:?}", Law::new(&made, turn).err());
            }
        }
    }
}
