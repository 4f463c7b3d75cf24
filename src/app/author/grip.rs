//! A distribution's numbers as things to take hold of: where each stands over the density, and what it becomes when it is
//! pulled somewhere else.
//!
//! A grip belongs to the numbers of one draw; the change is written into the distribution as the file holds it, so that the
//! other numbers keep their expressions.

use crate::family::distribution::{NumberKind, Part, Place, Weighted};
use crate::family::{Bound, Distribution, Law};

use super::kind::nice;

/// A number of a distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// As in the file (`"low"`, `"[2].weight"`).
    pub path: String,
    /// Whether it carries the parameter's unit.
    pub kind: NumberKind,
    /// As it is written.
    pub bound: Bound,
    /// Its number in the shown draw; `None` where it cannot be computed.
    pub value: Option<f64>,
}

/// How a position across the density becomes a number.
#[derive(Clone, Debug, PartialEq)]
pub enum Across {
    /// It is the number.
    Itself,
    /// The number is the distance from here: a standard deviation.
    From(f64),
    /// The law's quantile of this probability stands there: shapes, which are no place themselves.
    Quantile(f64),
}

/// Something to take hold of.
#[derive(Clone, Debug, PartialEq)]
pub struct Grip {
    /// What it is called (`"sd"`, `"[2] value"`).
    pub name: String,
    /// The number that a pull to the side changes.
    pub across: Option<(String, Across)>,
    /// The number that a pull upwards changes, and what one unit of it adds to the whole.
    pub up: Option<(String, f64)>,
    /// Where it stands.
    pub x: f64,
}

/// `distribution` with the numbers that the file may leave out.
pub fn explicit<N: Clone + From<f64>>(distribution: &Distribution<N>) -> Distribution<N> {
    use Distribution as D;
    let or = |number: &Option<N>, default: f64| Some(number.clone().unwrap_or_else(|| N::from(default)));
    match distribution {
        D::Pert { low, mode, high, shape } => {
            D::Pert { low: low.clone(), mode: mode.clone(), high: high.clone(), shape: or(shape, 4.0) }
        }
        D::Beta { alpha, beta, low, high } => {
            D::Beta { alpha: alpha.clone(), beta: beta.clone(), low: or(low, 0.0), high: or(high, 1.0) }
        }
        D::Mixture(parts) => {
            let part = |part: &Part<N>| Part { weight: part.weight.clone(), of: explicit(&part.of) };
            D::Mixture(parts.iter().map(part).collect())
        }
        D::Truncated { of, low, high } => {
            D::Truncated { of: Box::new(explicit(of)), low: low.clone(), high: high.clone() }
        }
        other => other.clone(),
    }
}

/// Every number of `distribution` with its place, in the order of the file.
pub fn places<N: Clone>(distribution: &Distribution<N>) -> Vec<(Place, N)> {
    let mut all = Vec::new();
    let walked = distribution.try_map(&mut |place, number: &N| {
        all.push((place, number.clone()));
        Ok::<(), std::convert::Infallible>(())
    });
    match walked {
        Ok(_) => all,
        Err(never) => match never {},
    }
}

/// `distribution` with the numbers at some paths exchanged.
pub fn with<N: Clone>(distribution: &Distribution<N>, changes: &[(String, N)]) -> Distribution<N> {
    let changed = distribution.try_map(&mut |place: Place, number: &N| {
        let found = changes.iter().find(|(path, _)| *path == place.path);
        Ok::<N, std::convert::Infallible>(found.map_or_else(|| number.clone(), |(_, new)| new.clone()))
    });
    match changed {
        Ok(changed) => changed,
        Err(never) => match never {},
    }
}

/// Below and above the middle: where a shape's grip stands.
const UPPER: f64 = 0.841;
const LOWER: f64 = 0.25;

/// What can be taken hold of in `distribution`, whose optional numbers are written ([`explicit`]).
pub fn grips(distribution: &Distribution, full_turn: Option<f64>) -> Vec<Grip> {
    let mut all = Vec::new();
    gather(distribution, "", full_turn, &mut all);
    all
}

fn gather(distribution: &Distribution, prefix: &str, full_turn: Option<f64>, all: &mut Vec<Grip>) {
    use Distribution as D;
    let path = |name: &str| match (prefix.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => prefix.to_owned(),
        _ if name.starts_with('[') => format!("{prefix}{name}"),
        _ => format!("{prefix}.{name}"),
    };
    match distribution {
        D::Mixture(parts) => {
            let each = parts.iter().enumerate();
            each.for_each(|(at, part)| gather(&part.of, &path(&format!("[{at}].of")), full_turn, all));
        }
        D::Choice(choices) => all.extend(choices.iter().enumerate().map(|(at, choice)| Grip {
            name: path(&format!("[{at}] value and weight")),
            across: Some((path(&format!("[{at}].value")), Across::Itself)),
            up: Some((path(&format!("[{at}].weight")), 1.0)),
            x: choice.value,
        })),
        D::Drawn(points) => all.extend(points.iter().enumerate().map(|(at, (x, _))| {
            let neighbour = |at: Option<usize>| at.and_then(|at| points.get(at)).map_or(*x, |(x, _)| *x);
            Grip {
                name: path(&format!("[{at}] point")),
                across: Some((path(&format!("[{at}].x")), Across::Itself)),
                // A triangle over both neighbours.
                up: Some((
                    path(&format!("[{at}].density")),
                    0.5 * (neighbour(Some(at + 1)) - neighbour(at.checked_sub(1))),
                )),
                x: *x,
            }
        })),
        D::Histogram { edges, weights } => {
            all.extend(edges.windows(2).zip(weights).enumerate().filter_map(|(at, (pair, _))| {
                let [from, to] = pair else { return None };
                Some(Grip {
                    name: path(&format!("bar {at}")),
                    across: None,
                    // A bar's height is its share over its width.
                    up: Some((path(&format!("weights[{at}]")), to - from)),
                    x: 0.5 * (from + to),
                })
            }));
            all.extend(edges.iter().enumerate().map(|(at, edge)| itself(path(&format!("edges[{at}]")), *edge)));
        }
        D::Empirical { quantiles, .. } => {
            all.extend(quantiles.iter().enumerate().map(|(at, x)| itself(path(&format!("quantiles[{at}]")), *x)));
        }
        D::Truncated { of, low, high } => {
            gather(of, &path("of"), full_turn, all);
            all.extend([itself(path("low"), *low), itself(path("high"), *high)]);
        }
        // One is chosen before anything is shown; its numbers are fields.
        D::Cases { .. } => {}
        _ => simple(distribution, &path, full_turn, all),
    }
}

fn itself(path: String, x: f64) -> Grip {
    Grip { name: path.clone(), across: Some((path, Across::Itself)), up: None, x }
}

fn simple(distribution: &Distribution, path: &dyn Fn(&str) -> String, full_turn: Option<f64>, all: &mut Vec<Grip>) {
    use Distribution as D;
    let law = Law::new(distribution, full_turn).ok();
    let at = |p: f64| law.as_ref().map_or(f64::NAN, |law| law.quantile(p));
    let solved = |name: &str, p: f64| {
        let mut name = path(name);
        if name.is_empty() {
            name = "value".to_owned();
        }
        Grip { name: name.clone(), across: Some((name, Across::Quantile(p))), up: None, x: at(p) }
    };
    let own = |name: &str, x: f64| itself(path(name), x);
    let width = |name: &str, mean: f64, sd: f64| Grip {
        name: path(name),
        across: Some((path(name), Across::From(mean))),
        up: None,
        x: mean + sd,
    };
    match distribution {
        D::Constant(value) => all.push(Grip { name: "value".to_owned(), ..own("", *value) }),
        D::Uniform { low, high } | D::LogUniform { low, high } | D::Integer { low, high } => {
            all.extend([own("low", *low), own("high", *high)]);
        }
        D::Normal { mean, sd } => all.extend([own("mean", *mean), width("sd", *mean, *sd)]),
        D::TruncatedNormal { mean, sd, low, high } => {
            all.extend([own("low", *low), own("high", *high), own("mean", *mean), width("sd", *mean, *sd)]);
        }
        D::LogNormal { median, .. } => all.extend([own("median", *median), solved("sigma", UPPER)]),
        D::Triangular { low, mode, high } => {
            all.extend([own("low", *low), own("mode", *mode), own("high", *high)]);
        }
        D::Pert { low, mode, high, .. } => {
            all.extend([own("low", *low), own("mode", *mode), own("high", *high), solved("shape", UPPER)]);
        }
        D::Beta { low, high, .. } => {
            all.extend([own("low", low.unwrap_or(0.0)), own("high", high.unwrap_or(1.0))]);
            all.extend([solved("alpha", LOWER), solved("beta", UPPER)]);
        }
        D::Gamma { .. } | D::Weibull { .. } => all.extend([solved("scale", LOWER), solved("shape", UPPER)]),
        D::Exponential { mean } | D::Poisson { mean } => all.push(own("mean", *mean)),
        D::VonMises { mean, .. } => all.extend([own("mean", *mean), solved("kappa", UPPER)]),
        D::Bernoulli { .. } => all.push(Grip { name: path("p"), across: None, up: Some((path("p"), 0.0)), x: 1.0 }),
        _ => {}
    }
}

/// The numbers that `grip` of `distribution` has where it is pulled to `x` and, over the axis, to the density (or, of single
/// values, the probability) `y`: paths and numbers. `width` is that of the whole picture: it says how many digits are seen.
/// Nothing where it cannot be there.
pub fn pulled(
    distribution: &Distribution,
    grip: &Grip,
    [x, y]: [f64; 2],
    width: f64,
    full_turn: Option<f64>,
) -> Vec<(String, f64)> {
    let mut changes = Vec::new();
    let value =
        |path: &str| places(distribution).into_iter().find(|(place, _)| place.path == path).map(|(_, number)| number);
    if let Some((path, across)) = &grip.across {
        let number = match across {
            Across::Itself => Some(nice(x, 0.1 * width)),
            Across::From(mean) => Some(nice((x - mean).abs(), 0.1 * width)),
            Across::Quantile(p) => solve(distribution, path, *p, x, full_turn),
        };
        changes.extend(number.map(|number| (path.clone(), number)));
    }
    if let Some((path, each)) = &grip.up
        && let Some(now) = value(path)
    {
        changes.push((path.clone(), raised(distribution, path, now, (*each, y))));
    }
    let moved = with(distribution, &changes);
    if Law::new(&moved, full_turn).is_ok() { changes } else { Vec::new() }
}

/// The number that gives a share or density `y` among the others: relative numbers count by their sum, of which one unit of
/// this one makes up `each`.
fn raised(distribution: &Distribution, path: &str, now: f64, (each, y): (f64, f64)) -> f64 {
    if matches!(distribution, Distribution::Bernoulli { .. }) {
        return nice(y.clamp(0.0, 1.0), 0.1);
    }
    let all: f64 = grips_up(distribution).into_iter().map(|(number, each)| number * each).sum();
    // A histogram's weights are shares already, its heights shares over widths.
    let own = if matches!(distribution, Distribution::Histogram { .. }) { 1.0 } else { each };
    let rest = all - now * own;
    let share = (y * each).clamp(0.0, 0.98);
    if rest <= 0.0 || each <= 0.0 {
        return now;
    }
    let least = if path.starts_with('[') && matches!(distribution, Distribution::Choice(_)) { 1e-3 } else { 0.0 };
    let number = share * rest / (1.0 - share) / own;
    nice(number.max(least * rest), number.max(1e-3 * rest))
}

/// The numbers that are pulled upwards, each with what one unit of it adds to the whole.
fn grips_up(distribution: &Distribution) -> Vec<(f64, f64)> {
    let weights = matches!(distribution, Distribution::Histogram { .. });
    let numbers = places(distribution);
    let number = |path: &str| numbers.iter().find(|(place, _)| place.path == path).map(|(_, number)| *number);
    let up = grips(distribution, None).into_iter().filter_map(|grip| grip.up);
    up.filter_map(|(path, each)| Some((number(&path)?, if weights { 1.0 } else { each }))).collect()
}

/// The positive number at `path` for which the quantile of `p` lies at `x`, as near as there is one.
fn solve(distribution: &Distribution, path: &str, p: f64, x: f64, full_turn: Option<f64>) -> Option<f64> {
    let at = |exponent: f64| {
        let number = libm::exp(exponent);
        let law = Law::new(&with(distribution, &[(path.to_owned(), number)]), full_turn).ok()?;
        Some(law.quantile(p))
    };
    // From the number as it is outwards, as far as there is a law.
    let now = places(distribution).into_iter().find(|(place, _)| place.path == path)?.1;
    let (mut low, mut high) = (libm::log(now), libm::log(now));
    for _ in 0..14 {
        low = if at(low - 0.5).is_some() { low - 0.5 } else { low };
        high = if at(high + 0.5).is_some() { high + 0.5 } else { high };
    }
    let rises = at(high)? > at(low)?;
    for _ in 0..48 {
        let middle = 0.5 * (low + high);
        let above = at(middle)? > x;
        *if above == rises { &mut high } else { &mut low } = middle;
    }
    let number = libm::exp(0.5 * (low + high));
    Some(nice(number, number))
}

/// `distribution` with one more point, value or bar at `x`, as high as `y`; `None` where there are no such things.
pub fn added(
    distribution: &Distribution<Bound>,
    numbers: &Distribution,
    x: f64,
    y: f64,
) -> Option<Distribution<Bound>> {
    let mut new = distribution.clone();
    match (&mut new, numbers) {
        (Distribution::Drawn(points), Distribution::Drawn(at)) => {
            let area: f64 = grips_up(numbers).into_iter().map(|(number, each)| number * each).sum();
            let place = at.partition_point(|(other, _)| *other < x);
            points.insert(place, (Bound::Number(x), Bound::Number(nice((y * area).max(0.0), area))));
        }
        (Distribution::Choice(choices), Distribution::Choice(at)) => {
            let mean = at.iter().map(|choice| choice.weight).sum::<f64>() / at.len().max(1) as f64;
            choices.push(Weighted {
                value: Bound::Number(x),
                weight: Bound::Number(nice(mean, mean)),
                label: String::new(),
            });
        }
        (Distribution::Histogram { edges, weights }, Distribution::Histogram { edges: at, weights: shares }) => {
            let place = at.partition_point(|edge| *edge <= x);
            let (from, to) = (*at.get(place.checked_sub(1)?)?, *at.get(place)?);
            let whole = *shares.get(place - 1)?;
            let left = nice(whole * (x - from) / (to - from), whole.max(1e-6));
            edges.insert(place, Bound::Number(x));
            *weights.get_mut(place - 1)? = Bound::Number(left);
            weights.insert(place, Bound::Number(whole - left));
        }
        _ => return None,
    }
    Some(new)
}

/// `distribution` without the point, value or edge that `grip` holds; `None` where it must stay.
pub fn removed(distribution: &Distribution<Bound>, grip: &Grip) -> Option<Distribution<Bound>> {
    let path = grip.across.as_ref().map(|(path, _)| path)?;
    let at: usize = path.split_once('[')?.1.split_once(']')?.0.parse().ok()?;
    let mut new = distribution.clone();
    match &mut new {
        Distribution::Drawn(points) if points.len() > 2 && at < points.len() => drop(points.remove(at)),
        Distribution::Choice(choices) if choices.len() > 1 && at < choices.len() => drop(choices.remove(at)),
        Distribution::Empirical { quantiles, .. } if quantiles.len() > 2 && at < quantiles.len() => {
            drop(quantiles.remove(at));
        }
        Distribution::Histogram { edges, weights } if weights.len() > 1 && at < edges.len() => {
            // The bar at its right goes; the last edge takes the bar at its left.
            edges.remove(at);
            weights.remove(at.min(weights.len() - 1));
        }
        _ => return None,
    }
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grip_of<'a>(all: &'a [Grip], name: &str) -> &'a Grip {
        all.iter().find(|grip| grip.name == name).unwrap_or_else(|| panic!("no grip {name}"))
    }

    #[test]
    fn every_number_that_is_no_weight_has_a_grip_and_follows_it() {
        use Distribution as D;
        let all = [
            D::Constant(2.0),
            D::Uniform { low: 1.0, high: 2.0 },
            D::LogUniform { low: 1.0, high: 2.0 },
            D::Normal { mean: 0.0, sd: 1.0 },
            D::TruncatedNormal { mean: 0.0, sd: 1.0, low: -2.0, high: 3.0 },
            D::LogNormal { median: 1.0, sigma: 0.5 },
            D::Triangular { low: 0.0, mode: 1.0, high: 3.0 },
            explicit(&D::Pert { low: 0.0, mode: 1.0, high: 3.0, shape: None }),
            explicit(&D::Beta { alpha: 2.0, beta: 3.0, low: None, high: None }),
            D::Gamma { shape: 2.0, scale: 1.0 },
            D::Weibull { shape: 2.0, scale: 1.0 },
            D::Exponential { mean: 1.0 },
            D::VonMises { mean: 0.0, kappa: 4.0 },
            D::Bernoulli { p: 0.3 },
            D::Integer { low: 1.0, high: 4.0 },
            D::Poisson { mean: 3.0 },
            D::Truncated { of: Box::new(D::Normal { mean: 0.0, sd: 1.0 }), low: -1.0, high: 2.0 },
        ];
        for distribution in all {
            let turn = matches!(distribution, D::VonMises { .. }).then_some(std::f64::consts::TAU);
            let found = grips(&distribution, turn);
            for (place, number) in places(&distribution) {
                let holds = |grip: &&Grip| {
                    grip.across.as_ref().is_some_and(|(path, _)| *path == place.path)
                        || grip.up.as_ref().is_some_and(|(path, _)| *path == place.path)
                };
                let grip = found.iter().find(holds).unwrap_or_else(|| panic!("{distribution:?}: {place:?}"));
                // Where it stands is where it is.
                let stays = pulled(&distribution, grip, [grip.x, number], 4.0, turn);
                for (path, new) in stays {
                    let old = places(&distribution).into_iter().find(|(place, _)| place.path == path).unwrap().1;
                    assert!(
                        (new - old).abs() <= 2e-3 * old.abs().max(1.0),
                        "{distribution:?} {path}: {old} became {new}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_pulled_point_lies_under_the_pointer() {
        let bars = Distribution::Histogram { edges: vec![0.0, 1.0, 3.0, 4.0], weights: vec![1.0, 2.0, 1.0] };
        let drawn = Distribution::Drawn(vec![(0.0, 1.0), (1.0, 3.0), (2.0, 1.0), (4.0, 0.5)]);
        let choice = Distribution::Choice(
            [(1.0, 2.0), (2.0, 5.0), (4.0, 1.0)]
                .map(|(value, weight)| Weighted { value, weight, label: String::new() })
                .to_vec(),
        );
        for (distribution, name, x, y) in
            [(bars, "bar 1", 2.0, 0.15), (drawn, "[1] point", 1.2, 0.21), (choice, "[1] value and weight", 2.0, 0.31)]
        {
            let all = grips(&distribution, None);
            // Twice: a point that moved to the side covers another width.
            let once = with(&distribution, &pulled(&distribution, grip_of(&all, name), [x, y], 0.01, None));
            let all = grips(&once, None);
            let twice = with(&once, &pulled(&once, grip_of(&all, name), [x, y], 0.01, None));
            assert!((twice.density(x) - y).abs() < 2e-3, "{twice:?}: {} instead of {y}", twice.density(x));
        }
    }

    #[test]
    fn a_grip_that_cannot_go_there_stays() {
        let triangle = Distribution::Triangular { low: 0.0, mode: 1.0, high: 3.0 };
        let all = grips(&triangle, None);
        assert!(pulled(&triangle, grip_of(&all, "mode"), [5.0, 0.0], 3.0, None).is_empty(), "beyond the end");
        assert_eq!(pulled(&triangle, grip_of(&all, "low"), [0.5, 0.0], 3.0, None), [("low".to_owned(), 0.5)]);
    }

    #[test]
    fn points_come_and_go_and_a_split_bar_keeps_the_law() {
        let bars = Distribution::Histogram { edges: vec![0.0, 1.0, 3.0], weights: vec![1.0, 2.0] };
        let written = crate::family::written(&bars);
        let split = added(&written, &bars, 2.0, 0.0).expect("a bar");
        let numbers = split.try_map(&mut |_, bound| bound.shown(&std::collections::BTreeMap::new()).ok_or(())).unwrap();
        assert!(
            [0.3, 1.0, 1.7, 2.0, 2.9].iter().all(|x| (numbers.cdf(*x) - bars.cdf(*x)).abs() < 1e-12),
            "the same law"
        );
        let all = grips(&numbers, None);
        let joined = removed(&split, grip_of(&all, "edges[2]")).expect("an edge");
        assert_eq!(places(&joined).len(), places(&written).len());
        let line = Distribution::Drawn(vec![(0.0, 1.0), (1.0, 1.0)]);
        let all = grips(&line, None);
        assert!(removed(&crate::family::written(&line), &all[0]).is_none(), "two points must stay");
    }
}
