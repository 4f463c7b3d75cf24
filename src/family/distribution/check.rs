//! Whether the numbers of a distribution make sense: each sentence names what is wrong and what to write instead.

use core::ops::RangeInclusive;

use super::law::MOST_ATOMS;
use super::{Distribution, Part, Weighted};

/// Most entries of a list.
pub(super) const LONGEST_LIST: usize = 10_000;

/// Deepest nest of mixtures and truncations.
const DEEPEST: usize = 4;

/// Within these exponents every digit of [`super::Law`] is tested.
const SHAPES: RangeInclusive<f64> = 0.01..=1e6;

/// Checks everything that needs no computed shares.
pub(super) fn numbers(distribution: &Distribution) -> Result<(), String> {
    nested(distribution, 0)
}

fn nested(distribution: &Distribution, depth: usize) -> Result<(), String> {
    use Distribution as D;
    match distribution {
        D::Mixture(_) | D::Truncated { .. } if depth >= DEEPEST => {
            Err(format!("mixtures and truncations stand at most {DEEPEST} deep in each other; join the inner ones"))
        }
        D::Mixture(parts) => mixture(parts, depth),
        D::Truncated { of, low, high } => {
            ends(*low, *high)?;
            nested(of, depth + 1).map_err(|text| format!("of: {text}"))?;
            if has_atoms(of) {
                return Err(
                    "Truncated needs a continuous distribution; leave out the values of a discrete one instead"
                        .to_owned(),
                );
            }
            Ok(())
        }
        D::Choice(choices) => self::choices(choices),
        D::Histogram { edges, weights } => histogram(edges, weights),
        D::Drawn(points) => drawn(points),
        D::Empirical { quantiles, .. } => empirical(quantiles),
        // Refused where it is built, with what to do.
        D::Cases { .. } => Ok(()),
        _ => simple(distribution),
    }
}

fn simple(distribution: &Distribution) -> Result<(), String> {
    use Distribution as D;
    match distribution {
        D::Constant(value) => finite(&[("the constant", *value)]),
        D::Uniform { low, high } => ends(*low, *high),
        D::LogUniform { low, high } => log_uniform(*low, *high),
        D::Normal { mean, sd } => normal(*mean, *sd),
        D::TruncatedNormal { mean, sd, low, high } => {
            normal(*mean, *sd)?;
            ends(*low, *high)
        }
        D::LogNormal { median, sigma } => {
            positive("median", *median, "use Normal for values on both sides of 0")?;
            within("sigma", *sigma, 1e-9..=15.0, "it is the standard deviation of the natural logarithm")
        }
        D::Triangular { low, mode, high } => ends_and_mode(*low, *mode, *high),
        D::Pert { low, mode, high, shape } => {
            ends_and_mode(*low, *mode, *high)?;
            shape.map_or(Ok(()), |shape| within("shape", shape, 0.0..=1e5, "4 is usual, 0 is uniform"))
        }
        D::Beta { alpha, beta, low, high } => {
            ends(low.unwrap_or(0.0), high.unwrap_or(1.0))?;
            within("alpha", *alpha, SHAPES, "for a nearly certain value use Choice or Normal")?;
            within("beta", *beta, SHAPES, "for a nearly certain value use Choice or Normal")
        }
        D::Gamma { shape, scale } => {
            within("shape", *shape, SHAPES, "for a larger one use Normal")?;
            positive("scale", *scale, "it is the mean divided by the shape")
        }
        D::Weibull { shape, scale } => {
            within("shape", *shape, 0.05..=1e4, "1 is exponential, 3.6 is nearly normal")?;
            positive("scale", *scale, "it is the value that a share 1/e of the draws exceeds")
        }
        D::Exponential { mean } => positive("mean", *mean, "turn the sign where the parameter is used"),
        D::VonMises { mean, kappa } => {
            finite(&[("mean", *mean)])?;
            within("kappa", *kappa, 0.0..=1e6, "0 is every direction alike; for a larger one use Normal")
        }
        D::Bernoulli { p } => within("p", *p, 0.0..=1.0, "it is a probability"),
        D::Integer { low, high } => integer(*low, *high),
        D::Poisson { mean } => {
            positive("mean", *mean, "for a count of 0 use Constant(0)")?;
            within("mean", *mean, 0.0..=1e5, "for a larger count use Normal with sd the root of the mean")
        }
        // The others have their own checks.
        _ => Ok(()),
    }
}

fn normal(mean: f64, sd: f64) -> Result<(), String> {
    finite(&[("mean", mean), ("sd", sd)])?;
    if sd <= 0.0 {
        return Err(format!("sd is {sd}, but a standard deviation is above 0"));
    }
    Ok(())
}

fn log_uniform(low: f64, high: f64) -> Result<(), String> {
    ends(low, high)?;
    if low <= 0.0 {
        return Err(format!("low is {low}, but the logarithm needs a low above 0"));
    }
    if !(high / low).is_finite() {
        return Err(format!("high / low is beyond f64 for low {low} and high {high}; narrow the range"));
    }
    Ok(())
}

fn integer(low: f64, high: f64) -> Result<(), String> {
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    finite(&[("low", low), ("high", high)])?;
    for (name, end) in [("low", low), ("high", high)] {
        if libm::floor(end) != end || end.abs() > LARGEST {
            return Err(format!("{name} is {end}, but Integer needs whole numbers up to 2^53; use Uniform for others"));
        }
    }
    if low > high {
        return Err(format!("low is {low} and high is {high}, but low must not be above high; exchange them"));
    }
    Ok(())
}

fn mixture(parts: &[Part], depth: usize) -> Result<(), String> {
    length("Mixture", parts.len())?;
    if parts.is_empty() {
        return Err("Mixture needs at least one part, as in [(weight: 1, of: Constant(0))]".to_owned());
    }
    for (index, part) in parts.iter().enumerate() {
        positive(&format!("[{index}].weight"), part.weight, "leave the part out instead")?;
        nested(&part.of, depth + 1).map_err(|text| format!("[{index}].of: {text}"))?;
        if let Distribution::Integer { low, high } = part.of
            && high - low >= MOST_ATOMS as f64
        {
            return Err(format!(
                "[{index}].of: an Integer in a mixture may have at most {MOST_ATOMS} values; narrow it, or use Uniform"
            ));
        }
    }
    finite(&[("the sum of the weights", parts.iter().map(|part| part.weight).sum())])
}

fn has_atoms(distribution: &Distribution) -> bool {
    use Distribution as D;
    match distribution {
        D::Constant(_) | D::Bernoulli { .. } | D::Integer { .. } | D::Poisson { .. } | D::Choice(_) => true,
        D::Mixture(parts) => parts.iter().any(|part| has_atoms(&part.of)),
        D::Truncated { of, .. } => has_atoms(of),
        _ => false,
    }
}

fn choices(choices: &[Weighted]) -> Result<(), String> {
    length("Choice", choices.len())?;
    if choices.is_empty() {
        return Err("Choice needs at least one value".to_owned());
    }
    for choice in choices {
        finite(&[("a choice's value", choice.value), ("a choice's weight", choice.weight)])?;
        if choice.weight <= 0.0 {
            let Weighted { value, weight, .. } = choice;
            return Err(format!("the weight of {value} is {weight}, but must be above 0; leave the value out instead"));
        }
    }
    let mut sorted: Vec<f64> = choices.iter().map(|choice| choice.value).collect();
    sorted.sort_by(f64::total_cmp);
    if let Some((value, _)) = sorted.iter().zip(sorted.iter().skip(1)).find(|(a, b)| a == b) {
        return Err(format!("the value {value} stands twice in the Choice; join the two weights"));
    }
    finite(&[("the sum of the weights", choices.iter().map(|choice| choice.weight).sum())])
}

fn histogram(edges: &[f64], weights: &[f64]) -> Result<(), String> {
    length("weights", weights.len())?;
    if weights.is_empty() || edges.len() != weights.len() + 1 {
        let (edges, weights) = (edges.len(), weights.len());
        return Err(format!("{edges} edges and {weights} weights; a Histogram has one edge more than weights"));
    }
    rising("edges", edges.iter().copied(), "leave out the bar without width")?;
    relative("weights", weights.iter().copied())
}

fn drawn(points: &[(f64, f64)]) -> Result<(), String> {
    length("Drawn", points.len())?;
    if points.len() < 2 {
        return Err("Drawn needs at least two points, as in [(0, 1), (1, 0)]".to_owned());
    }
    rising("the points' x", points.iter().map(|(x, _)| *x), "for a step put two points close together")?;
    relative("densities", points.iter().map(|(_, density)| *density))
}

fn empirical(quantiles: &[f64]) -> Result<(), String> {
    length("quantiles", quantiles.len())?;
    if quantiles.len() < 2 {
        return Err("Empirical needs at least two quantiles, the smallest and the largest value".to_owned());
    }
    rising(
        "quantiles",
        quantiles.iter().copied(),
        "values that occur again and again are a Choice, or a Mixture with one",
    )
}

fn rising(what: &str, numbers: impl Iterator<Item = f64> + Clone, cure: &str) -> Result<(), String> {
    for number in numbers.clone() {
        finite(&[(what, number)])?;
    }
    let (least, most) = (numbers.clone().next(), numbers.clone().last());
    finite(&[("the width between the ends", most.unwrap_or(0.0) - least.unwrap_or(0.0))])?;
    match numbers.clone().zip(numbers.skip(1)).find(|(a, b)| a >= b) {
        Some((a, b)) => Err(format!("{what} must rise, but {a} is followed by {b}; sort them, and {cure}")),
        None => Ok(()),
    }
}

/// Weights or densities: not below 0, and something above.
fn relative(what: &str, numbers: impl Iterator<Item = f64> + Clone) -> Result<(), String> {
    for number in numbers.clone() {
        finite(&[(what, number)])?;
        if number < 0.0 {
            return Err(format!("one of the {what} is {number}, but must not be below 0; write 0 where nothing is"));
        }
    }
    positive(&format!("the sum of the {what}"), numbers.sum(), "write at least one above 0")
}

/// A list of a length that can be drawn from and shown.
pub(super) fn length(what: &str, entries: usize) -> Result<(), String> {
    if entries <= LONGEST_LIST {
        return Ok(());
    }
    Err(format!("{what} has {entries} entries, at most {LONGEST_LIST} are read; thin them out"))
}

fn finite(numbers: &[(&str, f64)]) -> Result<(), String> {
    match numbers.iter().find(|(_, number)| !number.is_finite()) {
        Some((name, number)) => Err(format!("{name} is {number}, but must be a finite number")),
        None => Ok(()),
    }
}

fn positive(name: &str, number: f64, cure: &str) -> Result<(), String> {
    finite(&[(name, number)])?;
    // Below this, products with it lose digits.
    if number >= f64::MIN_POSITIVE { Ok(()) } else { Err(format!("{name} is {number}, but must be above 0; {cure}")) }
}

fn within(name: &str, number: f64, range: RangeInclusive<f64>, cure: &str) -> Result<(), String> {
    finite(&[(name, number)])?;
    if range.contains(&number) {
        return Ok(());
    }
    Err(format!("{name} is {number}, but must lie within {} to {}; {cure}", range.start(), range.end()))
}

fn ends(low: f64, high: f64) -> Result<(), String> {
    finite(&[("low", low), ("high", high), ("the width high - low", high - low)])?;
    if low < high {
        return Ok(());
    }
    Err(format!(
        "low is {low} and high is {high}, but low must be below high; for a single value use Constant({low:?})"
    ))
}

fn ends_and_mode(low: f64, mode: f64, high: f64) -> Result<(), String> {
    ends(low, high)?;
    finite(&[("mode", mode)])?;
    if (low..=high).contains(&mode) {
        return Ok(());
    }
    Err(format!("mode is {mode}, but the most likely value lies within {low} to {high}; move it or the ends"))
}
