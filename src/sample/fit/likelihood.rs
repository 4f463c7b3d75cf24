//! Maximum likelihood for the distributions with a few numbers.
//!
//! Closed forms where there are, otherwise Newton's method on a concave or monotone function. Each answers with the
//! distribution, or with why there is none.

use super::solve::{Surface, bessel_ratio, digamma, highest, rising_root, trigamma};
use super::values::{Values, onto};
use crate::family::Distribution;

type Fitted = Result<Distribution, String>;

fn positive(values: &Values) -> Result<(), String> {
    let low = values.low();
    if low > 0.0 { Ok(()) } else { Err(format!("values above 0 are needed, and the smallest is {low}")) }
}

/// The outermost values.
pub(super) fn uniform(values: &Values) -> Distribution {
    Distribution::Uniform { low: values.low(), high: values.high() }
}

/// The outermost values.
pub(super) fn log_uniform(values: &Values) -> Fitted {
    positive(values)?;
    Ok(Distribution::LogUniform { low: values.low(), high: values.high() })
}

/// Mean and standard deviation with divisor n.
pub(super) fn normal(values: &Values) -> Distribution {
    let (mean, sd) = values.moments_of(|x| x);
    Distribution::Normal { mean, sd }
}

/// The same of the logarithms.
pub(super) fn log_normal(values: &Values) -> Fitted {
    positive(values)?;
    let (mean, sigma) = values.moments_of(libm::log);
    Ok(Distribution::LogNormal { median: libm::exp(mean), sigma })
}

/// The mean.
pub(super) fn exponential(values: &Values) -> Fitted {
    positive(values)?;
    Ok(Distribution::Exponential { mean: values.mean_of(|x| x) })
}

/// Minka's Newton step in 1/shape ("Estimating a Gamma distribution", 2002), from the start of his equation for small s.
pub(super) fn gamma(values: &Values) -> Fitted {
    positive(values)?;
    let mean = values.mean_of(|x| x);
    // ln(mean) − mean(ln), written so that nothing cancels where the values lie close together.
    let s = values.mean_of(|x| {
        let apart = (x - mean) / mean;
        apart - libm::log1p(apart)
    });
    let mut shape = (3.0 - s + libm::sqrt((s - 3.0) * (s - 3.0) + 24.0 * s)) / (12.0 * s);
    for _ in 0..50 {
        let error = libm::log(shape) - digamma(shape) - s;
        let next = 1.0 / (1.0 / shape + error / (shape * shape * (1.0 / shape - trigamma(shape))));
        let is_there = (next - shape).abs() <= 1e-14 * shape;
        shape = next;
        if is_there {
            break;
        }
    }
    Ok(Distribution::Gamma { shape, scale: mean / shape })
}

/// The profile likelihood's equation for the shape rises (Farnum and Booth, IEEE Trans. Reliability 46(4), 1997); the
/// scale follows.
pub(super) fn weibull(values: &Values) -> Fitted {
    positive(values)?;
    let high = values.high();
    let logs: Vec<f64> = values.at.iter().map(|x| libm::log(x / high)).collect();
    let mean_log = logs.iter().zip(&values.weights).map(|(log, weight)| log * weight).sum::<f64>() / values.total;
    // Σ w y^k, Σ w y^k ln y and Σ w y^k ln² y, with y at most 1.
    let sums = |shape: f64| {
        let terms = logs.iter().zip(&values.weights).map(|(log, weight)| (log, weight * libm::exp(shape * log)));
        terms.fold([0.0; 3], |[a, b, c], (log, term)| [a + term, b + term * log, c + term * log * log])
    };
    let (_, sd_log) = values.moments_of(libm::log);
    let shape = rising_root(core::f64::consts::PI / (libm::sqrt(6.0) * sd_log), (0.05, 1e4), |shape| {
        let [zeroth, first, second] = sums(shape);
        let centre = first / zeroth;
        (centre - 1.0 / shape - mean_log, second / zeroth - centre * centre + 1.0 / (shape * shape))
    });
    let scale = high * libm::pow(sums(shape)[0] / values.total, 1.0 / shape);
    Ok(Distribution::Weibull { shape, scale })
}

/// On the data's range with a margin: Newton's method on the concave log-likelihood of the two exponents.
pub(super) fn beta(values: &Values) -> Fitted {
    let (low, high) = values.ends_with_margin();
    let width = high - low;
    let (g1, g2) =
        (values.mean_of(|x| libm::log((x - low) / width)), values.mean_of(|x| libm::log((high - x) / width)));
    let (mean, sd) = values.moments_of(|x| (x - low) / width);
    // By the moments; a sum below 0 cannot come from values inside the ends.
    let sum = (mean * (1.0 - mean) / (sd * sd) - 1.0).max(0.1);
    let top = highest([mean * sum, (1.0 - mean) * sum], |[a, b]| {
        (a > 0.0 && b > 0.0).then(|| {
            let (both, both1) = (digamma(a + b), trigamma(a + b));
            Surface {
                value: libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + (a - 1.0) * g1 + (b - 1.0) * g2,
                slope: [both - digamma(a) + g1, both - digamma(b) + g2],
                bend: [both1 - trigamma(a), both1, both1 - trigamma(b)],
            }
        })
    });
    let [alpha, beta] = top.ok_or("its likelihood has no highest point")?;
    Ok(Distribution::Beta { alpha, beta, low: Some(low), high: Some(high) })
}

/// Nodes and weights of eight Gauss–Legendre points, one side (Abramowitz and Stegun, table 25.4).
const GAUSS: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];

/// Panels on the range: enough for a normal a twentieth of it wide.
const PANELS: u32 = 16;

/// Mean, and covariances of (u, u²), of the density exp(a u + b u²) on −½..½, with the logarithm of its integral.
fn bell_on_range([a, b]: [f64; 2]) -> Surface {
    let width = 1.0 / f64::from(PANELS);
    let points = (0..PANELS).flat_map(|panel| {
        let centre = (f64::from(panel) + 0.5) * width - 0.5;
        GAUSS.iter().flat_map(move |(node, weight)| {
            [-1.0, 1.0].map(|side| (centre + side * 0.5 * width * node, 0.5 * width * weight))
        })
    });
    let exponent = |u: f64| u * (a + b * u);
    let peak = points.clone().map(|(u, _)| exponent(u)).fold(f64::NEG_INFINITY, f64::max);
    let powers = points.fold([0.0; 5], |mut powers, (u, weight)| {
        let mut term = weight * libm::exp(exponent(u) - peak);
        for power in &mut powers {
            *power += term;
            term *= u;
        }
        powers
    });
    let [zeroth, first, second, third, fourth] = powers;
    let [m1, m2, m3, m4] = [first, second, third, fourth].map(|power| power / zeroth);
    Surface { value: peak + libm::log(zeroth), slope: [m1, m2], bend: [m2 - m1 * m1, m3 - m1 * m2, m4 - m2 * m2] }
}

/// The ends are the data's with a margin; mean and sd before the cut by Newton's method on the natural parameters, in which
/// the log-likelihood is concave.
pub(super) fn truncated_normal(values: &Values) -> Fitted {
    let (low, high) = values.ends_with_margin();
    let width = high - low;
    let place = |x: f64| (x - low) / width - 0.5;
    let (mean, sd) = values.moments_of(place);
    if sd < 0.05 {
        return Err("its ends would lie 10 standard deviations out, where Normal says the same".to_owned());
    }
    let mean_square = mean * mean + sd * sd;
    let top = highest([mean / (sd * sd), -0.5 / (sd * sd)], |at| {
        let whole = bell_on_range(at);
        let [m1, m2] = whole.slope;
        Some(Surface {
            value: at[0] * mean + at[1] * mean_square - whole.value,
            slope: [mean - m1, mean_square - m2],
            bend: whole.bend.map(|covariance| -covariance),
        })
    });
    let [a, b] = top.ok_or("its likelihood has no highest point")?;
    // Beyond, the part between the ends is a straight line or a bowl.
    const FLATTEST: f64 = -0.02;
    if b > FLATTEST {
        return Err("the data are no bell between their ends: its sd would be more than five ranges".to_owned());
    }
    let centre = low + width * (0.5 - 0.5 * a / b);
    Ok(Distribution::TruncatedNormal { mean: centre, sd: width / libm::sqrt(-2.0 * b), low, high })
}

/// The mean direction, and the concentration at which I₁/I₀ is the mean resultant length (Mardia and Jupp, "Directional
/// Statistics", 2000, section 5.3), by Newton's method.
pub(super) fn von_mises(values: &Values, full_turn: Option<f64>) -> Fitted {
    let full_turn = full_turn.ok_or("it is a direction, and the unit is no angle")?;
    let radians = core::f64::consts::TAU / full_turn;
    let (c, s) = (values.mean_of(|x| libm::cos(x * radians)), values.mean_of(|x| libm::sin(x * radians)));
    let length = libm::sqrt(c * c + s * s).min(1.0 - 1e-12);
    let start = length * (2.0 - length * length) / (1.0 - length * length);
    let kappa = rising_root(start, (1e-12, 1e6), |kappa| {
        let ratio = bessel_ratio(kappa);
        (ratio - length, 1.0 - ratio * ratio - ratio / kappa)
    });
    // In the turn that the data are written in.
    let (centre, _) = values.moments_of(|x| x);
    let mean = onto(libm::atan2(s, c) / radians, centre - 0.5 * full_turn, full_turn);
    Ok(Distribution::VonMises { mean, kappa })
}

/// All three numbers by turns: with fixed ends the likelihood is highest with the mode on one of the values (Oliver,
/// Amer. Statistician 26(4), 1972), with a fixed mode and other end by Newton's method.
pub(super) fn triangular(values: &Values) -> Distribution {
    let guess = values.range() / libm::sqrt(values.effective + 1.0);
    let (mut low, mut high) = (values.low() - guess, values.high() + guess);
    let mut mode = best_mode(values, low, high);
    for _ in 0..60 {
        let before = (low, mode, high);
        low = lower_end(&values.pairs(), values.total, low, mode, high);
        // The upper end is the lower one in a mirror.
        let mirrored = values.pairs().rev().map(|(x, weight)| (-x, weight));
        high = -lower_end(&mirrored, values.total, -high, -mode, -low);
        mode = best_mode(values, low, high);
        let moved = (low - before.0).abs().max((high - before.2).abs());
        if mode == before.1 && moved <= 1e-10 * (high - low) {
            break;
        }
    }
    Distribution::Triangular { low, mode, high }
}

/// The value on which the mode makes the likelihood highest.
fn best_mode(values: &Values, low: f64, high: f64) -> f64 {
    let left = |x: f64| libm::log(x - low);
    let right = |x: f64| libm::log(high - x);
    // Terms of all values on the right of the mode; then value by value they change sides.
    let mut beyond: f64 = values.pairs().map(|(x, weight)| weight * right(x)).sum();
    let (mut before, mut weight_before) = (0.0, 0.0);
    let (mut best, mut most) = (values.low(), f64::NEG_INFINITY);
    for (x, weight) in values.pairs() {
        beyond -= weight * right(x);
        let weight_beyond = values.total - weight_before - weight;
        let score = before - weight_before * left(x) + beyond - weight_beyond * right(x);
        before += weight * left(x);
        weight_before += weight;
        if score > most {
            (best, most) = (x, score);
        }
    }
    best
}

/// The lower end that makes the likelihood highest with `mode` and `high` fixed: the root of its slope, which falls from
/// above 0 far out to minus infinity at the lowest value.
fn lower_end(rising: &(impl Iterator<Item = (f64, f64)> + Clone), total: f64, start: f64, mode: f64, high: f64) -> f64 {
    let lowest = rising.clone().next().map_or(mode, |(x, _)| x);
    if lowest >= mode {
        // No value on the rising side: the density jumps up at the mode.
        return mode;
    }
    let width = high - mode;
    // In the distance below the lowest value, in which the slope rises to its root.
    let distance = rising_root(lowest - start, (0.0, 1e3 * (high - lowest)), |distance| {
        let low = lowest - distance;
        let to_mode = mode - low;
        let below = rising.clone().take_while(|(x, _)| *x < mode);
        let (sum, squares) = below.fold((0.0, 0.0), |(sum, squares), (x, weight)| {
            let one = 1.0 / (x - low);
            (sum + weight * (one - 1.0 / to_mode), squares + weight * (one * one - 1.0 / (to_mode * to_mode)))
        });
        let whole = width + to_mode;
        (total / whole - sum, squares - total / (whole * whole))
    });
    lowest - distance
}
