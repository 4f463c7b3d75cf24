//! From a checked distribution to the shape that its law computes with.
//!
//! A truncation is not a wrapper: every shape is built on its window, in closed form or on panels that end there, so that
//! a narrow window far in a tail keeps every digit. A truncated mixture is the mixture of its truncated parts.

use std::sync::Arc;

use super::atoms::{Atoms, Whole};
use super::bell::{Bell, Cut};
use super::law::Shape;
use super::linear::{Linear, Segment};
use super::mixed::Mixed;
use super::power::{LogFlat, Weibull};
use super::smooth::{Curve, Smooth};
use super::{Distribution, Part};

/// What is kept of a distribution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Window {
    /// Everything.
    pub(super) const ALL: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };

    fn cut(self, low: f64, high: f64) -> Self {
        Self { low: self.low.max(low), high: self.high.min(high) }
    }
}

/// A shape with the logarithm of its mass, in a unit that is the same for every window on one distribution.
pub(super) struct Built {
    pub(super) shape: Arc<dyn Shape>,
    ln_mass: f64,
}

impl Built {
    fn new<S: Shape + 'static>((shape, ln_mass): (S, f64)) -> Self {
        Self { shape: Arc::new(shape), ln_mass }
    }

    fn atoms(atoms: Option<Atoms>) -> Option<Self> {
        atoms.map(|atoms| Self::new((atoms, 0.0)))
    }
}

/// A cut must keep at least this share, for a normal about 30 standard deviations out: below it shares underflow.
const LEAST_MASS: f64 = 1e-200;

/// The part of `distribution` inside `window`; `None` where nothing is.
///
/// # Errors
/// A sentence: a direction needs an angle, a cut leaves nearly nothing, cases have no law.
pub(super) fn build(
    distribution: &Distribution,
    window: Window,
    full_turn: Option<f64>,
) -> Result<Option<Built>, String> {
    use Distribution as D;
    let smooth = |curve: Curve| Smooth::new(curve, window).map(Built::new);
    let bell = |centre: f64, spread: f64, log: bool| whole_or_cut(Bell { centre, spread, log }, window);
    Ok(match distribution {
        D::Constant(value) => Built::atoms(Atoms::new(vec![(*value, 1.0)])),
        D::Bernoulli { p } => Built::atoms(Atoms::new(vec![(0.0, 1.0 - p), (1.0, *p)])),
        D::Choice(choices) => {
            Built::atoms(Atoms::new(choices.iter().map(|choice| (choice.value, choice.weight)).collect()))
        }
        D::Integer { low, high } => Some(Built::new((Whole { low: *low, high: *high }, 0.0))),
        D::Poisson { mean } => Built::atoms(Atoms::poisson(*mean)),
        D::Uniform { .. } | D::Triangular { .. } | D::Histogram { .. } | D::Drawn(_) | D::Empirical { .. } => {
            Linear::new(segments(distribution).into_iter(), window).map(Built::new)
        }
        D::LogUniform { low, high } => LogFlat::new(*low, *high, window).map(Built::new),
        D::Normal { mean, sd } => bell(*mean, *sd, false),
        D::LogNormal { median, sigma } => bell(*median, *sigma, true),
        D::TruncatedNormal { mean, sd, low, high } => {
            let cut = whole_or_cut(Bell { centre: *mean, spread: *sd, log: false }, window.cut(*low, *high));
            if window.low <= *low && window.high >= *high && cut.as_ref().is_none_or(is_next_to_nothing) {
                return Err(format!(
                    "nearly nothing of a normal with mean {mean} and sd {sd} lies between {low} and {high}; \
                     move the ends towards the mean, or use Uniform"
                ));
            }
            cut
        }
        D::Weibull { shape, scale } => Weibull::new(*shape, *scale, window).map(Built::new),
        D::Exponential { mean } => Weibull::new(1.0, *mean, window).map(Built::new),
        D::Gamma { shape, scale } => smooth(Curve::Gamma { shape: *shape, scale: *scale }),
        D::Beta { alpha, beta, low, high } => {
            let (low, high) = (low.unwrap_or(0.0), high.unwrap_or(1.0));
            smooth(Curve::Beta { alpha: *alpha, beta: *beta, low, high })
        }
        D::Pert { low, mode, high, shape } => {
            let per_width = shape.unwrap_or(PERT_SHAPE) / (high - low);
            let (alpha, beta) = (1.0 + per_width * (mode - low), 1.0 + per_width * (high - mode));
            smooth(Curve::Beta { alpha, beta, low: *low, high: *high })
        }
        D::VonMises { mean, kappa } => {
            let full_turn = full_turn
                .ok_or("VonMises is a direction and needs an angle: give the parameter the unit deg or rad")?;
            smooth(Curve::Circle { mean: *mean, kappa: *kappa, full_turn })
        }
        D::Mixture(parts) => mixture(parts, window, full_turn)?,
        D::Truncated { of, low, high } => truncated(of, (*low, *high), window, full_turn)?,
        D::Cases { .. } => {
            return Err("Cases has no law before one is chosen, and stands only at the top: put the Mixture or \
                        Truncated inside each case"
                .to_owned());
        }
    })
}

/// Vose's usual weight of the mode in a PERT estimate.
pub(super) const PERT_SHAPE: f64 = 4.0;

fn is_next_to_nothing(built: &Built) -> bool {
    built.ln_mass < libm::log(LEAST_MASS)
}

fn whole_or_cut(bell: Bell, window: Window) -> Option<Built> {
    let (low, high) = bell.support();
    if window.low <= low && window.high >= high {
        return Some(Built::new((bell, 0.0)));
    }
    Cut::new(bell, window).map(Built::new)
}

fn mixture(parts: &[Part], window: Window, full_turn: Option<f64>) -> Result<Option<Built>, String> {
    let mut kept = Vec::with_capacity(parts.len());
    let is_whole = window.low == f64::NEG_INFINITY && window.high == f64::INFINITY;
    for (index, part) in parts.iter().enumerate() {
        let named = |text: String| format!("[{index}].of: {text}");
        let Some(inside) = build(&part.of, window, full_turn).map_err(named)? else { continue };
        let share = if is_whole {
            1.0
        } else {
            let whole = build(&part.of, Window::ALL, full_turn).map_err(named)?;
            whole.map_or(0.0, |whole| libm::exp(inside.ln_mass - whole.ln_mass))
        };
        let weight = part.weight * share;
        if weight > 0.0 {
            kept.push((weight, inside.shape));
        }
    }
    let total: f64 = kept.iter().map(|(weight, _)| weight).sum();
    Ok(Mixed::new(kept).map(|mixed| Built::new((mixed, libm::log(total)))))
}

fn truncated(
    of: &Distribution,
    (low, high): (f64, f64),
    window: Window,
    full_turn: Option<f64>,
) -> Result<Option<Built>, String> {
    let whole = build(of, Window::ALL, full_turn).map_err(|text| format!("of: {text}"))?;
    let own = build(of, Window::ALL.cut(low, high), full_turn)?;
    let ln_mass = |built: &Option<Built>| built.as_ref().map_or(f64::NEG_INFINITY, |built| built.ln_mass);
    let ln_share = ln_mass(&own) - ln_mass(&whole);
    // Written so that NaN is refused, too.
    let is_enough = ln_share >= libm::log(LEAST_MASS);
    if !is_enough {
        return Err(format!(
            "nearly nothing of the distribution lies between {low} and {high}; move the ends to where it is"
        ));
    }
    if window.low <= low && window.high >= high {
        return Ok(own);
    }
    build(of, window.cut(low, high), full_turn)
}

/// The straight pieces of the densities that have such.
fn segments(distribution: &Distribution) -> Vec<Segment> {
    use Distribution as D;
    let segment = |from: f64, to: f64, first: f64, last: f64| Segment { from, to, first, last };
    match distribution {
        D::Uniform { low, high } => vec![segment(*low, *high, 1.0, 1.0)],
        D::Triangular { low, mode, high } => {
            let sides = [segment(*low, *mode, 0.0, 1.0), segment(*mode, *high, 1.0, 0.0)];
            sides.into_iter().filter(|side| side.from < side.to).collect()
        }
        D::Histogram { edges, weights } => {
            let pairs = edges.iter().zip(edges.iter().skip(1)).zip(weights);
            let bars =
                pairs.map(|((from, to), weight)| segment(*from, *to, weight / (to - from), weight / (to - from)));
            bars.collect()
        }
        D::Drawn(points) => {
            let pairs = points.iter().zip(points.iter().skip(1));
            pairs.map(|((from, first), (to, last))| segment(*from, *to, *first, *last)).collect()
        }
        D::Empirical { quantiles, .. } => {
            let pairs = quantiles.iter().zip(quantiles.iter().skip(1));
            pairs.map(|(from, to)| segment(*from, *to, 1.0 / (to - from), 1.0 / (to - from))).collect()
        }
        _ => Vec::new(),
    }
}
