//! A number as a family's file gives it: itself, with a unit, or computed from the draw.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::expression::{Expression, ExpressionError, Formula, Scope};
use crate::base::Quantity;

/// A number, a quantity (`"30 km/h"`), or an expression over the draw (`"drop_time_s"`, `"0.5 * height_m"`).
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// The same in every draw, in the field's unit.
    Number(f64),
    /// The same in every draw, in its own unit.
    Quantity(Quantity),
    /// Taken from the draw; the simplest expression is a parameter's name.
    Expression(String),
}

/// What stands for a number that a file leaves out: serde takes defaults by the name of a function.
pub(super) fn zero() -> Bound {
    Bound::Number(0.0)
}

pub(super) fn is_zero(bound: &Bound) -> bool {
    *bound == zero()
}

pub(super) fn one() -> Bound {
    Bound::Number(1.0)
}

pub(super) fn is_one(bound: &Bound) -> bool {
    *bound == one()
}

pub(super) fn zeros() -> [Bound; 3] {
    [zero(), zero(), zero()]
}

pub(super) fn are_zero(all: &[Bound; 3]) -> bool {
    all.iter().all(is_zero)
}

/// Why a bound has no number.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BoundError {
    /// The quantity measures something else.
    #[error("{0}")]
    Unit(String),
    /// The expression does not compile, reads what is not there, or is not finite.
    #[error("`{text}`: {error}")]
    Expression {
        /// The expression.
        text: String,
        /// What is wrong.
        error: ExpressionError,
    },
}

/// A bound whose names have places and whose unit fits.
#[derive(Clone, Debug)]
pub enum Bounded {
    /// The same in every draw.
    Number(f64),
    /// Computed from the draw.
    Formula(Formula),
}

impl Bound {
    /// The bound over the numbers of `scope`, in the unit called `symbol`. A bare number is in that unit.
    ///
    /// # Errors
    /// A unit that does not fit, a name that the scope lacks.
    pub fn bind(&self, scope: &Scope, symbol: &str) -> Result<Bounded, BoundError> {
        let about = |error| self.about(error);
        Ok(match self {
            Self::Number(number) => Bounded::Number(*number),
            Self::Quantity(quantity) => {
                let unit = crate::base::Unit::parse(symbol).map_err(BoundError::Unit)?;
                Bounded::Number(quantity.number_in(unit, symbol).map_err(BoundError::Unit)?)
            }
            Self::Expression(text) => {
                Bounded::Formula(Expression::compile(text).map_err(about)?.bind_in(scope, symbol).map_err(about)?)
            }
        })
    }

    fn about(&self, error: ExpressionError) -> BoundError {
        let text = if let Self::Expression(text) = self { text.clone() } else { String::new() };
        BoundError::Expression { text, error }
    }

    /// Its number in a draw, in the field's unit, for showing: `None` where it cannot be told from `values` alone (an
    /// expression that is more than a name, a quantity of another unit).
    pub fn shown(&self, values: &BTreeMap<String, f64>) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Quantity(_) => None,
            Self::Expression(name) => values.get(name).copied(),
        }
    }

    /// The parameter's name where the expression is nothing but a name.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Expression(text) if super::validate::is_identifier(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is one number in every draw.
    pub fn is_constant(&self) -> bool {
        !matches!(self, Self::Expression(_))
    }
}

impl Bounded {
    /// Its number in a draw whose row is `values`.
    ///
    /// # Errors
    /// A step that is not finite.
    pub fn number(&self, values: &[f64]) -> Result<f64, ExpressionError> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Formula(formula) => formula.number(values),
        }
    }
}

impl From<f64> for Bound {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl Serialize for Bound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Quantity(quantity) => serializer.serialize_str(&format!("{} {}", quantity.number, quantity.symbol)),
            Self::Expression(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BoundVisitor)
    }
}

/// By hand, because serde's own error for an untagged enum says neither what was found nor what was expected.
struct BoundVisitor;

impl Visitor<'_> for BoundVisitor {
    type Value = Bound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a quantity such as \"30 km/h\", or a parameter's name in quotes")
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Bound, E> {
        Ok(Bound::Number(number))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Bound, E> {
        Ok(Bound::Number(number as f64))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Bound, E> {
        Ok(Bound::Number(number as f64))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Bound, E> {
        match Quantity::parse(text) {
            Some(Ok(quantity)) => Ok(Bound::Quantity(quantity)),
            Some(Err(wrong)) => Err(E::custom(wrong)),
            None => Ok(Bound::Expression(text.to_owned())),
        }
    }
}
