//! Evaluation: a tree over places instead of names, which allocates nothing but inside folds.

use super::function::{Fold, Function, MOST_ARGUMENTS};
use super::{Comparison, ExpressionError};
use crate::base::Unit;

/// What an episode recorded: columns of one length, in the order of the scope's series.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// When, in seconds, rising.
    pub times_s: &'a [f64],
    /// One column a series of the scope.
    pub columns: &'a [&'a [f64]],
}

/// An expression whose names have places and whose units fit.
#[derive(Clone, Debug)]
pub struct Formula {
    root: Op,
    unit: Unit,
}

/// Values and, inside a fold, the record that is looked at.
#[derive(Clone, Copy)]
struct At<'a> {
    scalars: &'a [f64],
    series: Series<'a>,
    record: usize,
}

const NO_SERIES: Series<'static> = Series { times_s: &[], columns: &[] };

impl Formula {
    pub(super) fn new(root: Op, unit: Unit) -> Self {
        Self { root, unit }
    }

    /// The unit of [`Self::number`]; a bare number's and a truth's is that of pure numbers.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Its value over the scope's numbers; true is 1 and false is 0.
    ///
    /// # Errors
    /// A step that is not finite.
    pub fn number(&self, scalars: &[f64]) -> Result<f64, ExpressionError> {
        self.over(scalars, NO_SERIES)
    }

    /// Its value over the scope's numbers and what an episode recorded.
    ///
    /// # Errors
    /// A step that is not finite.
    pub fn over(&self, scalars: &[f64], series: Series<'_>) -> Result<f64, ExpressionError> {
        self.root.value(At { scalars, series, record: 0 }).map_err(Fault::told)
    }

    /// Whether it holds; a number holds where it is above 0.5, like the rare event's measure.
    ///
    /// # Errors
    /// A step that is not finite.
    pub fn holds(&self, scalars: &[f64]) -> Result<bool, ExpressionError> {
        Ok(self.number(scalars)? > 0.5)
    }

    /// How far the condition is from changing its answer: at or above 0 where it holds, below where it does not (the
    /// quantitative semantics of signal temporal logic: `a > b` is a − b, `&&` the least, `||` the greatest, `!` the
    /// negative). Mixed units are not scaled. A number's margin is the number − 0.5.
    ///
    /// # Errors
    /// A step that is not finite.
    pub fn margin(&self, scalars: &[f64]) -> Result<f64, ExpressionError> {
        self.margin_over(scalars, NO_SERIES)
    }

    /// As [`Self::margin`], over what an episode recorded, too.
    ///
    /// # Errors
    /// A step that is not finite.
    pub fn margin_over(&self, scalars: &[f64], series: Series<'_>) -> Result<f64, ExpressionError> {
        self.root.margin(At { scalars, series, record: 0 }).map_err(Fault::told)
    }
}

/// A step that is not finite, told in words only where someone asks.
#[derive(Clone, Copy, Debug)]
struct Fault {
    column: u32,
    operation: &'static str,
    operands: [f64; 2],
    n: usize,
}

impl Fault {
    fn told(self) -> ExpressionError {
        let operands: Vec<String> = self.operands.iter().take(self.n).map(f64::to_string).collect();
        ExpressionError::NotFinite {
            column: self.column as usize,
            operation: self.operation.to_owned(),
            operands: operands.join(", "),
        }
    }
}

/// A part of the tree.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Number(f64),
    /// A number of the scope.
    Scalar(usize),
    /// A series of the scope, at the record that the fold looks at.
    Signal(usize),
    /// A conversion between units.
    Scale(Box<Op>, f64),
    Apply {
        function: Function,
        arguments: Box<[Op]>,
        column: u32,
    },
    Fold {
        fold: Fold,
        inner: Box<Op>,
        extra: f64,
        column: u32,
    },
    Compare(Comparison, Box<Op>, Box<Op>),
    And(Box<Op>, Box<Op>),
    Or(Box<Op>, Box<Op>),
    Not(Box<Op>),
    If(Box<Op>, Box<Op>, Box<Op>),
}

type Evaluated = Result<f64, Fault>;

impl Op {
    /// In another unit.
    pub(super) fn scaled(self, factor: f64) -> Self {
        if factor == 1.0 { self } else { Self::Scale(Box::new(self), factor) }
    }

    fn value(&self, at: At<'_>) -> Evaluated {
        let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
        match self {
            Self::Number(number) => Ok(*number),
            // The scope gave the place; a shorter row would be the caller's slip and shows as a fault.
            Self::Scalar(place) => Ok(at.scalars.get(*place).copied().unwrap_or(f64::NAN)),
            Self::Signal(place) => {
                let column = at.series.columns.get(*place).copied().unwrap_or_default();
                Ok(column.get(at.record).copied().unwrap_or(f64::NAN))
            }
            Self::Scale(inner, factor) => Ok(inner.value(at)? * factor),
            Self::Apply { function, arguments, column } => apply(*function, arguments, *column, at),
            Self::Fold { fold, inner, extra, column } => folded(*fold, inner, *extra, *column, at),
            Self::Compare(comparison, left, right) => Ok(truth(comparison.holds(left.value(at)?, right.value(at)?))),
            // As in CEL, an error on one side does not matter where the other decides.
            Self::And(left, right) => decide(left.value(at), || right.value(at), 0.0),
            Self::Or(left, right) => decide(left.value(at), || right.value(at), 1.0),
            Self::Not(inner) => Ok(1.0 - inner.value(at)?),
            Self::If(condition, then, otherwise) => {
                if condition.value(at)? > 0.5 {
                    then.value(at)
                } else {
                    otherwise.value(at)
                }
            }
        }
    }

    fn margin(&self, at: At<'_>) -> Evaluated {
        match self {
            Self::Compare(comparison, left, right) => Ok(comparison.margin(left.value(at)?, right.value(at)?)),
            Self::And(left, right) => Ok(left.margin(at)?.min(right.margin(at)?)),
            Self::Or(left, right) => Ok(left.margin(at)?.max(right.margin(at)?)),
            Self::Not(inner) => Ok(-inner.margin(at)?),
            Self::If(condition, then, otherwise) => {
                if condition.value(at)? > 0.5 {
                    then.margin(at)
                } else {
                    otherwise.margin(at)
                }
            }
            _ => Ok(self.value(at)? - 0.5),
        }
    }
}

impl Comparison {
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::Equal => left == right,
            Self::NotEqual => left != right,
        }
    }

    fn margin(self, left: f64, right: f64) -> f64 {
        let signed = match self {
            Self::Less | Self::LessOrEqual => right - left,
            Self::Greater | Self::GreaterOrEqual => left - right,
            Self::Equal => -(left - right).abs(),
            Self::NotEqual => (left - right).abs(),
        };
        // A strict comparison fails at distance 0; the smallest step below keeps the sign honest.
        if signed == 0.0 && !self.holds(left, right) { -f64::MIN_POSITIVE } else { signed }
    }
}

fn decide(left: Evaluated, right: impl Fn() -> Evaluated, deciding: f64) -> Evaluated {
    match left {
        Ok(value) if value == deciding => Ok(deciding),
        Ok(_) => right(),
        Err(error) => match right() {
            Ok(value) if value == deciding => Ok(deciding),
            _ => Err(error),
        },
    }
}

fn apply(function: Function, arguments: &[Op], column: u32, at: At<'_>) -> Evaluated {
    let mut numbers = [0.0; MOST_ARGUMENTS];
    let n = arguments.len().min(MOST_ARGUMENTS);
    for (number, argument) in numbers.iter_mut().zip(arguments) {
        *number = argument.value(at)?;
    }
    let result = (function.of)(numbers.get(..n).unwrap_or_default());
    if result.is_finite() {
        return Ok(result);
    }
    Err(Fault { column, operation: function.name, operands: [numbers[0], numbers[1]], n: n.min(2) })
}

fn folded(fold: Fold, inner: &Op, extra: f64, column: u32, at: At<'_>) -> Evaluated {
    let records = 0..at.series.times_s.len();
    let values = records.map(|record| inner.value(At { record, ..at })).collect::<Result<Vec<f64>, Fault>>()?;
    let result = fold.of(at.series.times_s, &values, extra);
    if result.is_finite() {
        return Ok(result);
    }
    Err(Fault { column, operation: "a summary over the episode", operands: [values.len() as f64, 0.0], n: 1 })
}
