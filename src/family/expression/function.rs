//! The functions of the language: what they compute, how many arguments they take, what becomes of units.

/// A pure function of numbers.
#[derive(Clone, Copy)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) units: UnitRule,
    pub(super) of: fn(&[f64]) -> f64,
}

/// What becomes of the arguments' units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnitRule {
    /// All in one unit, the result too.
    Same,
    /// All in one unit, the result a pure number.
    SameToPure,
    /// All in one unit, the result in radians.
    SameToAngle,
    /// An angle (or a bare number of radians) to a pure number.
    FromAngle,
    /// A pure number to an angle in radians.
    ToAngle,
    /// Pure numbers only.
    Pure,
    /// Half of every power.
    Root,
    /// The first argument's unit to the power of the second, a bare number.
    Power,
    /// Added powers.
    Product,
    /// Subtracted powers.
    Quotient,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

pub(super) const fn function(
    name: &'static str,
    (least, most): (usize, usize),
    units: UnitRule,
    of: fn(&[f64]) -> f64,
) -> Function {
    Function { name, least, most, units, of }
}

/// Most arguments of any function.
pub(super) const MOST_ARGUMENTS: usize = 16;

/// What users call by name.
pub(super) const FUNCTIONS: [Function; 22] = [
    function("abs", (1, 1), UnitRule::Same, |x| at(x, 0).abs()),
    function("min", (1, MOST_ARGUMENTS), UnitRule::Same, |x| x.iter().copied().fold(f64::INFINITY, f64::min)),
    function("max", (1, MOST_ARGUMENTS), UnitRule::Same, |x| x.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
    function("clamp", (3, 3), UnitRule::Same, |x| at(x, 0).min(at(x, 2)).max(at(x, 1))),
    function("hypot", (2, 2), UnitRule::Same, |x| libm::hypot(at(x, 0), at(x, 1))),
    function("floor", (1, 1), UnitRule::Same, |x| libm::floor(at(x, 0))),
    function("ceil", (1, 1), UnitRule::Same, |x| libm::ceil(at(x, 0))),
    function("round", (1, 1), UnitRule::Same, |x| libm::round(at(x, 0))),
    function("sign", (1, 1), UnitRule::SameToPure, |x| sign(at(x, 0))),
    function("sqrt", (1, 1), UnitRule::Root, |x| libm::sqrt(at(x, 0))),
    function("pow", (2, 2), UnitRule::Power, |x| libm::pow(at(x, 0), at(x, 1))),
    function("exp", (1, 1), UnitRule::Pure, |x| libm::exp(at(x, 0))),
    function("ln", (1, 1), UnitRule::Pure, |x| libm::log(at(x, 0))),
    function("log2", (1, 1), UnitRule::Pure, |x| libm::log2(at(x, 0))),
    function("log10", (1, 1), UnitRule::Pure, |x| libm::log10(at(x, 0))),
    function("sin", (1, 1), UnitRule::FromAngle, |x| libm::sin(at(x, 0))),
    function("cos", (1, 1), UnitRule::FromAngle, |x| libm::cos(at(x, 0))),
    function("tan", (1, 1), UnitRule::FromAngle, |x| libm::tan(at(x, 0))),
    function("asin", (1, 1), UnitRule::ToAngle, |x| libm::asin(at(x, 0))),
    function("acos", (1, 1), UnitRule::ToAngle, |x| libm::acos(at(x, 0))),
    function("atan", (1, 1), UnitRule::ToAngle, |x| libm::atan(at(x, 0))),
    function("atan2", (2, 2), UnitRule::SameToAngle, |x| libm::atan2(at(x, 0), at(x, 1))),
];

fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        x
    }
}

/// The compiler has counted the arguments; a missing one would show as "not finite".
pub(super) fn at(arguments: &[f64], index: usize) -> f64 {
    arguments.get(index).copied().unwrap_or(f64::NAN)
}

/// How a quantity that changes over an episode becomes one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    Peak,
    Lowest,
    Average,
    Spread,
    First,
    Last,
    Integral,
    Quantile,
    AtTime,
    TimeWhen,
    TimeTotal,
    TimeShare,
    Times,
}

/// Name, what it does, whether it asks for a condition, and whether it takes a second, constant argument.
pub(super) const FOLDS: [(&str, Fold, bool, bool); 13] = [
    ("peak", Fold::Peak, false, false),
    ("lowest", Fold::Lowest, false, false),
    ("average", Fold::Average, false, false),
    ("spread", Fold::Spread, false, false),
    ("first", Fold::First, false, false),
    ("last", Fold::Last, false, false),
    ("integral", Fold::Integral, false, false),
    ("quantile", Fold::Quantile, false, true),
    ("at_time", Fold::AtTime, false, true),
    ("time_when", Fold::TimeWhen, true, false),
    ("time_total", Fold::TimeTotal, true, false),
    ("time_share", Fold::TimeShare, true, false),
    ("times", Fold::Times, true, false),
];

impl Fold {
    /// One number of `values`, recorded at `times_s`, with the second argument `extra`. Between two records a value
    /// changes linearly; a condition holds from a record on which it holds to the next record.
    pub(super) fn of(self, times_s: &[f64], values: &[f64], extra: f64) -> f64 {
        let steps = || times_s.windows(2).zip(values.windows(2));
        let length_s = times_s.last().zip(times_s.first()).map_or(0.0, |(end, begin)| end - begin);
        let first = values.first().copied().unwrap_or(f64::NAN);
        let area = || steps().map(|(t, v)| 0.5 * (at(t, 1) - at(t, 0)) * (at(v, 0) + at(v, 1))).sum::<f64>();
        let held_s = || steps().map(|(t, v)| (at(t, 1) - at(t, 0)) * at(v, 0)).sum::<f64>();
        match self {
            Self::Peak => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Self::Lowest => values.iter().copied().fold(f64::INFINITY, f64::min),
            Self::Average if length_s > 0.0 => area() / length_s,
            Self::TimeShare if length_s > 0.0 => held_s() / length_s,
            Self::First | Self::Average | Self::TimeShare => first,
            Self::Spread => spread(values),
            Self::Last => values.last().copied().unwrap_or(f64::NAN),
            Self::Integral => area(),
            Self::Quantile => quantile(values, extra),
            Self::AtTime => interpolated(times_s, values, extra),
            Self::TimeWhen => {
                times_s.iter().zip(values).find(|(_, holds)| **holds > 0.5).map_or(-1.0, |(time_s, _)| *time_s)
            }
            Self::TimeTotal => held_s(),
            Self::Times => {
                let begun = usize::from(first > 0.5);
                (begun + values.windows(2).filter(|v| at(v, 0) <= 0.5 && at(v, 1) > 0.5).count()) as f64
            }
        }
    }
}

fn spread(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    libm::sqrt(values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n)
}

/// Linear between the ordered values (Hyndman and Fan's type 7).
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share.clamp(0.0, 1.0) * (sorted.len().saturating_sub(1)) as f64;
    let (below, part) = (place as usize, place - libm::floor(place));
    let low = at(&sorted, below);
    low + part * (at(&sorted, (below + 1).min(sorted.len().saturating_sub(1))) - low)
}

fn interpolated(times_s: &[f64], values: &[f64], time_s: f64) -> f64 {
    let after = times_s.partition_point(|time| *time <= time_s);
    if after == 0 {
        return at(values, 0);
    }
    let (t0, v0) = (at(times_s, after - 1), at(values, after - 1));
    match (times_s.get(after), values.get(after)) {
        (Some(t1), Some(v1)) => v0 + (v1 - v0) * (time_s - t0) / (t1 - t0),
        _ => v0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_by_hand() {
        let times = [0.0, 0.5, 1.0, 2.0];
        let values = [1.0, 3.0, -1.0, 0.0];
        for (fold, extra, expected) in [
            (Fold::Peak, 0.0, 3.0),
            (Fold::Lowest, 0.0, -1.0),
            // 0.5 · 2 + 0.5 · 1 + 1 · (−0.5) = 1 over 2 s.
            (Fold::Integral, 0.0, 1.0),
            (Fold::Average, 0.0, 0.5),
            (Fold::First, 0.0, 1.0),
            (Fold::Last, 0.0, 0.0),
            (Fold::Quantile, 0.5, 0.5),
            (Fold::AtTime, 0.25, 2.0),
            (Fold::AtTime, 9.0, 0.0),
            (Fold::AtTime, -1.0, 1.0),
        ] {
            assert_eq!(fold.of(&times, &values, extra), expected, "{fold:?} {extra}");
        }
        let holds = [0.0, 1.0, 0.0, 1.0];
        for (fold, expected) in
            [(Fold::TimeWhen, 0.5), (Fold::TimeTotal, 0.5), (Fold::TimeShare, 0.25), (Fold::Times, 2.0)]
        {
            assert_eq!(fold.of(&times, &holds, 0.0), expected, "{fold:?}");
        }
        assert_eq!(Fold::TimeWhen.of(&times, &[0.0; 4], 0.0), -1.0, "never");
        assert_eq!(Fold::Average.of(&[0.0], &[7.0], 0.0), 7.0, "one record");
    }
}
