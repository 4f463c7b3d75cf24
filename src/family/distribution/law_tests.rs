//! Laws that hold for every distribution, with parameters drawn at random up to the extremes.

use super::Distribution as D;
use super::quadrature::{integral, score_moments};
use super::*;
use crate::base::special::normal_cdf;
use crate::base::{Stream, StreamKey};

const TURN: Option<f64> = Some(360.0);

/// Variants with random parameters, without those made of others.
const CONTINUOUS: u32 = 16;

fn between(stream: &mut Stream, low: f64, high: f64) -> f64 {
    low + (high - low) * stream.next_unit()
}

fn decades(stream: &mut Stream, low: f64, high: f64) -> f64 {
    low * (high / low).powf(stream.next_unit())
}

fn rising(stream: &mut Stream, n: usize) -> Vec<f64> {
    let mut at = between(stream, -5.0, 5.0);
    (0..n)
        .map(|_| {
            at += decades(stream, 1e-3, 3.0);
            at
        })
        .collect()
}

fn pert_or_beta(stream: &mut Stream, which: u32) -> D {
    let low = between(stream, -3.0, 3.0);
    let high = low + decades(stream, 0.1, 10.0);
    match which {
        0 => {
            let shape = Some(decades(stream, 0.1, 300.0));
            D::Pert { low, mode: between(stream, low, high), high, shape }
        }
        1 => {
            let (alpha, beta) = (decades(stream, 0.05, 500.0), decades(stream, 0.05, 500.0));
            D::Beta { alpha, beta, low: Some(low), high: Some(high) }
        }
        _ => {
            let (alpha, beta) = (decades(stream, 0.05, 500.0), decades(stream, 0.05, 500.0));
            D::Beta { alpha, beta, low: None, high: None }
        }
    }
}

fn narrow_normal(stream: &mut Stream) -> D {
    let (mean, sd) = (between(stream, -3.0, 3.0), decades(stream, 0.1, 10.0));
    let low = mean + sd * between(stream, -15.0, 15.0);
    D::TruncatedNormal { mean, sd, low, high: low + sd * decades(stream, 1e-4, 20.0) }
}

fn continuous(variant: u32, stream: &mut Stream) -> D {
    let (low, width) = (between(stream, -3.0, 3.0), decades(stream, 0.1, 10.0));
    match variant {
        0 => D::Uniform { low, high: low + width },
        1 => D::LogUniform { low: width, high: width * decades(stream, 1.001, 1e6) },
        2 => D::Normal { mean: low, sd: width },
        3 => narrow_normal(stream),
        4 => D::LogNormal { median: width, sigma: decades(stream, 0.01, 3.0) },
        5 => D::Triangular { low, mode: between(stream, low, low + width), high: low + width },
        6..=8 => pert_or_beta(stream, variant - 6),
        9 => D::Gamma { shape: decades(stream, 0.05, 1e4), scale: width },
        10 => D::Weibull { shape: decades(stream, 0.3, 20.0), scale: width },
        11 => D::Exponential { mean: width },
        12 => D::VonMises { mean: 50.0 * low, kappa: decades(stream, 1e-3, 1e4) },
        13 => {
            let weights = (0..6).map(|_| decades(stream, 0.01, 1.0)).collect();
            D::Histogram { edges: rising(stream, 7), weights }
        }
        14 => D::Drawn(rising(stream, 7).into_iter().map(|x| (x, decades(stream, 0.01, 1.0))).collect()),
        _ => D::Empirical { quantiles: rising(stream, 9), from: None },
    }
}

fn part(weight: f64, of: D) -> Part {
    Part { weight, of }
}

fn law(distribution: &D) -> Law {
    Law::new(distribution, TURN).unwrap_or_else(|text| panic!("{distribution:?}: {text}"))
}

/// Eight of each variant, and as many cut to a window between two of its own quantiles.
fn many(purpose: &str) -> Vec<D> {
    let mut stream = StreamKey::new(3, "law").stream(purpose, 0);
    let mut all = vec![
        D::VonMises { mean: 10.0, kappa: 0.0 },
        D::Gamma { shape: 0.05, scale: 1.0 },
        D::Gamma { shape: 1e4, scale: 1.0 },
        D::Beta { alpha: 0.05, beta: 500.0, low: None, high: None },
        D::Beta { alpha: 0.05, beta: 0.05, low: Some(-1.0), high: None },
    ];
    for variant in 0..CONTINUOUS {
        for _ in 0..8 {
            let whole = continuous(variant, &mut stream);
            let prepared = law(&whole);
            let first = between(&mut stream, -6.0, 6.0);
            let second = first + decades(&mut stream, 0.01, 6.0);
            let (low, high) = (prepared.at_normal(first), prepared.at_normal(second));
            // Not so narrow that its numbers can be counted.
            if high - low > 1e-6 * low.abs().max(high.abs()) {
                all.push(D::Truncated { of: Box::new(whole.clone()), low, high });
            }
            all.push(whole);
        }
    }
    all
}

/// The size of the numbers that values are computed from, besides the value's own.
fn extent(distribution: &D) -> f64 {
    let whole = law(if let D::Truncated { of, .. } = distribution { of } else { distribution });
    whole.median().abs() + whole.sd()
}

/// Where the density is not smooth.
fn knots(distribution: &D) -> Vec<f64> {
    match distribution {
        D::Histogram { edges: knots, .. } | D::Empirical { quantiles: knots, .. } => knots.clone(),
        D::Drawn(points) => points.iter().map(|(x, _)| *x).collect(),
        D::Triangular { low, mode, high } => vec![*low, *mode, *high],
        D::Truncated { of, low, high } => {
            let inner = knots(of).into_iter().filter(|knot| knot > low && knot < high);
            if knots(of).is_empty() { Vec::new() } else { [*low].into_iter().chain(inner).chain([*high]).collect() }
        }
        _ => Vec::new(),
    }
}

#[test]
fn quantiles_invert_both_distribution_functions_far_into_both_tails() {
    for distribution in many("invert") {
        let law = law(&distribution);
        let ((low, high), sd, extent) = (law.support(), law.sd(), extent(&distribution));
        for step in -28..=28 {
            // Up to a share of 1e-12.
            let z = f64::from(step) * 0.251;
            let x = law.at_normal(z);
            assert!(x >= low && x <= high, "{distribution:?} at {z}: {x}");
            let (below, above) = (law.cdf(x), law.survival(x));
            assert!((below + above - 1.0).abs() < 1e-13, "{distribution:?} at {x}: {below} + {above}");
            // Where x rounds to an end of the support, there is nothing to invert.
            if x <= low || x >= high {
                continue;
            }
            let back = if z < 0.0 { law.quantile(below) } else { law.upper_quantile(above) };
            // Relative to x where the law lives on one side of 0, otherwise at least to the spread.
            let off = (back - x).abs() / if low >= 0.0 { x.abs() } else { x.abs().max(sd) };
            assert!(off < 1e-9, "{distribution:?} at {z}: {x:e} -> {back:e}, off by {off:e}");
            // The same through the score, where a step of x is not a leap of the score.
            let share = if z < 0.0 { below / normal_cdf(z) } else { above / normal_cdf(-z) };
            let leap = 8.0 * f64::EPSILON * (x.abs() + extent) * law.density(x) / normal_cdf(-z.abs());
            assert!((share - 1.0).abs() < 1e-9 + leap, "{distribution:?} at {z}: share off by {:e}", share - 1.0);
        }
    }
}

#[test]
fn the_density_is_the_derivative_of_the_distribution_function() {
    for distribution in many("derivative") {
        let law = law(&distribution);
        let extent = extent(&distribution);
        let mut before = law.at_normal(-6.0);
        for step in -14..=16 {
            let x = law.at_normal(f64::from(step) * 0.375);
            // Differences of the smaller tail against the integral of the density.
            let got = if step < 0 { law.cdf(x) - law.cdf(before) } else { law.survival(before) - law.survival(x) };
            let mut ends: Vec<f64> = (0..=8).map(|piece| before + (x - before) * f64::from(piece) / 8.0).collect();
            ends.extend(knots(&distribution).into_iter().filter(|knot| *knot > before && *knot < x));
            ends.sort_by(f64::total_cmp);
            let expected: f64 = ends.windows(2).map(|pair| integral(pair[0], pair[1], |x| law.density(x))).sum();
            let rounding = 8.0 * f64::EPSILON * (x.abs() + extent) * law.density(x).max(law.density(before));
            let (low, high) = law.support();
            let is_steep = x - low > 3.0 * (before - low) && low.is_finite()
                || high - before > 3.0 * (high - x) && high.is_finite();
            if x > before && !is_steep {
                let off = (got - expected).abs();
                assert!(off <= 1e-6 * expected + rounding, "{distribution:?}, {before} to {x}: {got} {expected}");
            }
            before = x;
        }
    }
}

#[test]
fn moments_meet_integrals_of_the_quantiles() {
    for distribution in many("moments") {
        let law = law(&distribution);
        let knots = knots(&distribution);
        if !knots.is_empty() {
            // A straight density times a square is a cubic, for which the points are exact.
            let over = |g: &dyn Fn(f64) -> f64| -> f64 {
                knots.windows(2).map(|pair| integral(pair[0], pair[1], |x| g(x) * law.density(x))).sum()
            };
            let mean = over(&|x| x);
            let sd = over(&|x| (x - mean) * (x - mean)).sqrt();
            assert!(
                (law.mean() - mean).abs() < 1e-9 * sd + 1e-11 * mean.abs(),
                "{distribution:?}: mean {}",
                law.mean()
            );
            assert!((law.sd() / sd - 1.0).abs() < 1e-9, "{distribution:?}: sd {} {sd}", law.sd());
            continue;
        }
        let (mean, sd) = score_moments(|z| law.at_normal(z));
        let smooth = !matches!(&distribution, D::LogNormal { sigma, .. } if *sigma > 2.0);
        assert!((law.mean() - mean).abs() < 1e-6 * sd, "{distribution:?}: mean {} {mean}", law.mean());
        assert!(!smooth || (law.sd() / sd - 1.0).abs() < 1e-6, "{distribution:?}: sd {} {sd}", law.sd());
    }
}

#[test]
fn moments_meet_closed_forms() {
    let gamma = |x: f64| libm::tgamma(x);
    for (distribution, mean, sd) in [
        (D::Gamma { shape: 0.05, scale: 2.0 }, 0.1, 0.2_f64.sqrt()),
        (D::Gamma { shape: 1e4, scale: 0.5 }, 5e3, 50.0),
        (D::Beta { alpha: 2.0, beta: 4.0, low: None, high: Some(4.0) }, 4.0 / 3.0, 4.0 * (8.0_f64 / 252.0).sqrt()),
        (D::Pert { low: 0.0, mode: 1.0, high: 4.0, shape: None }, 4.0 / 3.0, 4.0 * (8.0_f64 / 252.0).sqrt()),
        (D::Exponential { mean: 3.0 }, 3.0, 3.0),
        (D::Weibull { shape: 0.3, scale: 1.0 }, gamma(1.0 + 1.0 / 0.3), {
            (gamma(1.0 + 2.0 / 0.3) - gamma(1.0 + 1.0 / 0.3).powi(2)).sqrt()
        }),
        (D::LogNormal { median: 2.0, sigma: 3.0 }, 2.0 * 4.5_f64.exp(), 2.0 * 4.5_f64.exp() * 9.0_f64.exp_m1().sqrt()),
        (D::VonMises { mean: 7.0, kappa: 0.0 }, 7.0, 360.0 / 12.0_f64.sqrt()),
        (D::Poisson { mean: 1e5 }, 1e5, 1e5_f64.sqrt()),
        (D::Integer { low: 1.0, high: 6.0 }, 3.5, (35.0_f64 / 12.0).sqrt()),
        (D::Bernoulli { p: 0.2 }, 0.2, 0.4),
    ] {
        let law = law(&distribution);
        assert!((law.mean() / mean - 1.0).abs() < 1e-9, "{distribution:?}: mean {} {mean}", law.mean());
        assert!((law.sd() / sd - 1.0).abs() < 1e-9, "{distribution:?}: sd {} {sd}", law.sd());
    }
}

fn discrete() -> Vec<D> {
    let weighted = |value: f64, weight: f64| Weighted { value, weight, label: String::new() };
    vec![
        D::Constant(-2.5),
        D::Bernoulli { p: 0.3 },
        D::Bernoulli { p: 1.0 },
        D::Integer { low: -3.0, high: 8.0 },
        D::Integer { low: 0.0, high: 4_294_967_295.0 },
        D::Poisson { mean: 0.001 },
        D::Poisson { mean: 3.7 },
        D::Poisson { mean: 1e5 },
        D::Choice((0..40).map(|at| weighted(0.1 * f64::from(at * 7 % 40), 1.0 / 3.0)).collect()),
        D::Mixture(vec![part(1.0, D::Poisson { mean: 2.0 }), part(2.0, D::Integer { low: 1.0, high: 3.0 })]),
    ]
}

#[test]
fn quantiles_of_discrete_laws_are_the_smallest_values_that_reach_the_share() {
    for distribution in discrete() {
        let law = law(&distribution);
        assert!(law.is_discrete() && law.pieces().is_empty(), "{distribution:?}");
        for z in -32..=32 {
            let p = normal_cdf(f64::from(z) * 0.21);
            let x = law.quantile(p);
            assert!(law.mass(x) > 0.0, "{distribution:?} at {p}: {x} has no probability");
            assert!(law.cdf(x) >= p || law.survival(x) <= 1.0 - p, "{distribution:?} at {p}: {x} is too small");
            let before = x.next_down();
            assert!(law.cdf(before) < p || law.survival(before) > 1.0 - p, "{distribution:?} at {p}: {x} is too large");
            let above = law.upper_quantile(p);
            assert!(law.survival(above) <= p && law.survival(above.next_down()) > p, "{distribution:?} above {p}");
        }
        let atoms = law.atoms();
        let sum: f64 = atoms.iter().map(|(_, mass)| mass).sum();
        assert!(atoms.is_empty() || (sum - 1.0).abs() < 1e-12, "{distribution:?}: {sum}");
        for (value, mass) in atoms.iter().take(50) {
            assert_eq!(
                (law.mass(*value), law.ln_density(*value)),
                (*mass, libm::log(*mass)),
                "{distribution:?} at {value}"
            );
        }
    }
}

fn mixtures() -> Vec<D> {
    let normal = |mean: f64, sd: f64| D::Normal { mean, sd };
    vec![
        D::Mixture(vec![part(1.0, normal(0.0, 1.0)), part(1e-3, normal(1e4, 3.0))]),
        D::Mixture(vec![
            part(1.0, D::LogNormal { median: 1e-6, sigma: 2.0 }),
            part(1.0, D::Gamma { shape: 3.0, scale: 1e3 }),
        ]),
        D::Mixture(vec![
            part(2.0, D::Uniform { low: 0.0, high: 1.0 }),
            part(1.0, D::Constant(0.5)),
            part(1.0, D::Poisson { mean: 2.0 }),
            part(0.5, D::Mixture(vec![part(1.0, normal(-3.0, 0.1)), part(1.0, D::Bernoulli { p: 0.5 })])),
        ]),
        D::Truncated {
            of: Box::new(D::Mixture(vec![part(1.0, normal(0.0, 1.0)), part(3.0, D::Exponential { mean: 2.0 })])),
            low: -1.5,
            high: 4.0,
        },
    ]
}

#[test]
fn mixtures_add_up_and_invert() {
    for distribution in mixtures() {
        let law = law(&distribution);
        for step in -28..=28 {
            let z = f64::from(step) * 0.251;
            let x = law.at_normal(z);
            let (below, above) = (law.cdf(x), law.survival(x));
            assert!((below + above - 1.0).abs() < 1e-14, "{distribution:?} at {x}");
            if law.mass(x) > 0.0 {
                let share = normal_cdf(z);
                assert!(below >= share * (1.0 - 1e-12), "{distribution:?} at {z}: too small");
                assert!(law.cdf(x.next_down()) <= share * (1.0 + 1e-12), "{distribution:?} at {z}: too large");
                continue;
            }
            let back = if z < 0.0 { law.quantile(below) } else { law.upper_quantile(above) };
            // Between far apart parts the density decides what share one step is.
            let valley = 4.0 * f64::EPSILON * below.min(above) / law.density(x);
            let off = (back - x).abs();
            assert!(off < 1e-9 * x.abs().max(1e-9) + valley, "{distribution:?} at {z}: {x:e} -> {back:e}");
        }
        let (mean, sd) = score_moments(|z| law.at_normal(z));
        assert!((law.mean() - mean).abs() < 0.02 * sd, "{distribution:?}: mean {} {mean}", law.mean());
        assert!((law.sd() / sd - 1.0).abs() < 0.05, "{distribution:?}: sd {} {sd}", law.sd());
    }
}

#[test]
fn a_truncated_mixture_is_conditioned_on_its_window() {
    let whole = D::Mixture(vec![
        part(1.0, D::Normal { mean: 0.0, sd: 1.0 }),
        part(3.0, D::Gamma { shape: 2.0, scale: 2.0 }),
        part(1.0, D::Truncated { of: Box::new(D::VonMises { mean: 0.0, kappa: 0.1 }), low: 1.0, high: 9.0 }),
    ]);
    let (low, high) = (-0.5, 3.0);
    let cut = law(&D::Truncated { of: Box::new(whole.clone()), low, high });
    let whole = law(&whole);
    let share = whole.cdf(high) - whole.cdf(low);
    for x in [-0.4, 0.0, 0.3, 1.0, 2.9] {
        assert!((cut.cdf(x) - (whole.cdf(x) - whole.cdf(low)) / share).abs() < 1e-14, "cdf at {x}");
        assert!((cut.density(x) * share / whole.density(x) - 1.0).abs() < 1e-13, "density at {x}");
    }
    assert_eq!(cut.support(), (low, high), "support");
}

#[test]
fn a_direction_needs_an_angle_and_repeats_after_a_turn() {
    let direction = D::VonMises { mean: 90.0, kappa: 4.0 };
    assert!(Law::new(&direction, None).unwrap_err().contains("needs an angle"), "no angle");
    let degrees = law(&direction);
    let radians = Law::new(&D::VonMises { mean: 90_f64.to_radians(), kappa: 4.0 }, full_turn("rad")).unwrap();
    assert_eq!((degrees.period(), degrees.support()), (Some(360.0), (-90.0, 270.0)), "turn");
    for u in [1e-9, 0.1, 0.5, 0.9] {
        assert!((degrees.quantile(u) - radians.quantile(u).to_degrees()).abs() < 1e-11, "{u}");
    }
}

#[test]
fn weights_compare_like_with_like() {
    let normal = |mean: f64| law(&D::Normal { mean, sd: 1.0 });
    assert!((ln_ratio(&normal(0.0), &normal(3.0), 3.0) + 4.5).abs() < 1e-14, "densities");
    let mixed = |weight: f64| {
        law(&D::Mixture(vec![part(1.0 - weight, D::Uniform { low: 0.0, high: 2.0 }), part(weight, D::Constant(1.0))]))
    };
    assert!((ln_ratio(&mixed(0.25), &mixed(0.5), 1.0) - 0.5_f64.ln()).abs() < 1e-15, "atoms");
    assert!((ln_ratio(&mixed(0.25), &mixed(0.5), 0.3) - 1.5_f64.ln()).abs() < 1e-15, "beside the atom");
    assert_eq!(ln_ratio(&normal(0.0), &mixed(0.5), 1.0), f64::NEG_INFINITY, "an atom that the nominal lacks");
    assert_eq!(ln_ratio(&mixed(0.5), &normal(0.0), 7.0), f64::NEG_INFINITY, "outside the nominal");
    let sharp = D::Beta { alpha: 0.05, beta: 1.0, low: Some(5.0), high: Some(6.0) };
    assert!(ln_ratio(&law(&sharp), &law(&sharp), 5.0).abs() < 1e-12, "an end with infinite density");
}
