//! Names to places, and units: from a parsed tree to one that evaluates.

use std::collections::BTreeMap;

use super::formula::{Formula, Op};
use super::function::{Function, UnitRule};
use super::{ExpressionError, Kind, Node};
use crate::base::Unit;
use crate::base::text::did_you_mean;
use crate::base::unit::shown;

/// The numbers that an expression may read, in the order in which they are handed over for evaluation.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    scalars: BTreeMap<String, Named>,
    series: BTreeMap<String, Named>,
}

#[derive(Clone, Debug)]
struct Named {
    place: usize,
    unit: Unit,
    symbol: String,
}

impl Scope {
    /// Adds the next number. A name that is there already now means the new one.
    ///
    /// # Errors
    /// A unit that is none.
    pub fn push(&mut self, name: &str, symbol: &str) -> Result<(), String> {
        Self::add(&mut self.scalars, name, symbol)
    }

    /// Adds the next quantity that changes over an episode. Inside a fold such as `peak(…)` its name hides a number's.
    ///
    /// # Errors
    /// A unit that is none.
    pub fn push_series(&mut self, name: &str, symbol: &str) -> Result<(), String> {
        Self::add(&mut self.series, name, symbol)
    }

    fn add(to: &mut BTreeMap<String, Named>, name: &str, symbol: &str) -> Result<(), String> {
        let place = to.values().map(|named| named.place + 1).max().unwrap_or(0);
        let named = Named { place, unit: Unit::parse(symbol)?, symbol: symbol.to_owned() };
        to.insert(name.to_owned(), named);
        Ok(())
    }

    /// Whether `name` can be read.
    pub fn contains(&self, name: &str) -> bool {
        self.scalars.contains_key(name) || self.series.contains_key(name)
    }

    /// The place of the number `name`.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.scalars.get(name).map(|named| named.place)
    }

    /// The unit symbol of the number `name`.
    pub fn symbol(&self, name: &str) -> Option<&str> {
        self.scalars.get(name).map(|named| named.symbol.as_str())
    }
}

/// What a part's number is measured in.
#[derive(Clone, Debug)]
enum Measured {
    /// A number that was written down: it takes the unit that its neighbours have.
    Bare,
    /// In this unit, written so.
    In(Unit, String),
}

impl Measured {
    fn shown(&self) -> &str {
        match self {
            Self::Bare => "a pure number",
            Self::In(_, symbol) => shown(symbol),
        }
    }

    fn unit(&self) -> Unit {
        match self {
            Self::Bare => Unit::PURE,
            Self::In(unit, _) => *unit,
        }
    }

    fn of(unit: Unit) -> Self {
        Self::In(unit, unit.to_string())
    }
}

type Typed = Result<(Op, Measured), ExpressionError>;

pub(super) fn bind(root: &Node, kind: Kind, scope: &Scope) -> Result<Formula, ExpressionError> {
    let (op, measured) = Binder { scope, in_fold: false }.node(root)?;
    let unit = if kind == Kind::Truth { Unit::PURE } else { measured.unit() };
    Ok(Formula::new(op, unit))
}

pub(super) fn bind_in(root: &Node, kind: Kind, scope: &Scope, symbol: &str) -> Result<Formula, ExpressionError> {
    let (op, measured) = Binder { scope, in_fold: false }.node(root)?;
    let refuse = |text: String| ExpressionError::Unit { column: 1, text };
    let wanted = Unit::parse(symbol).map_err(refuse)?;
    let op = match measured {
        Measured::In(unit, shown_as) if kind == Kind::Number => {
            let Some(factor) = unit.factor_to(wanted) else {
                let gives = if shown_as.is_empty() { "a pure number".to_owned() } else { shown_as };
                return Err(refuse(format!("the expression gives {gives}, but {} is needed", shown(symbol))));
            };
            op.scaled(factor)
        }
        _ => op,
    };
    Ok(Formula::new(op, wanted))
}

struct Binder<'a> {
    scope: &'a Scope,
    in_fold: bool,
}

impl Binder<'_> {
    fn node(&self, node: &Node) -> Typed {
        Ok(match node {
            Node::Number(number) => (Op::Number(*number), Measured::Bare),
            Node::Variable { name, column } => self.variable(name, *column)?,
            Node::Apply { function, arguments, column } => self.apply(*function, arguments, *column)?,
            Node::Fold { fold, name, inner, extra, column } => {
                if self.in_fold {
                    let text = format!("`{name}` stands inside another summary over the episode; take one at a time");
                    return Err(ExpressionError::Syntax { column: *column, text });
                }
                let (inner, measured) = Binder { scope: self.scope, in_fold: true }.node(inner)?;
                let measured = fold_unit(name, measured);
                (Op::Fold { fold: *fold, inner: Box::new(inner), extra: *extra, column: *column as u32 }, measured)
            }
            Node::Compare { comparison, left, right, column } => {
                let (sides, _) = self.alike([&**left, &**right], *column)?;
                let [left, right] = sides.try_into().unwrap_or([Op::Number(0.0), Op::Number(0.0)]);
                (Op::Compare(*comparison, Box::new(left), Box::new(right)), Measured::Bare)
            }
            Node::And(left, right) => (Op::And(self.truth(left)?, self.truth(right)?), Measured::Bare),
            Node::Or(left, right) => (Op::Or(self.truth(left)?, self.truth(right)?), Measured::Bare),
            Node::Not(inner) => (Op::Not(self.truth(inner)?), Measured::Bare),
            Node::If { condition, then, otherwise, column } => {
                let condition = self.truth(condition)?;
                let (answers, measured) = self.alike([&**then, &**otherwise], *column)?;
                let [then, otherwise] = answers.try_into().unwrap_or([Op::Number(0.0), Op::Number(0.0)]);
                (Op::If(condition, Box::new(then), Box::new(otherwise)), measured)
            }
        })
    }

    fn truth(&self, node: &Node) -> Result<Box<Op>, ExpressionError> {
        Ok(Box::new(self.node(node)?.0))
    }

    fn variable(&self, name: &str, column: usize) -> Typed {
        if let Some(named) = self.scope.series.get(name).filter(|_| self.in_fold) {
            return Ok((Op::Signal(named.place), Measured::In(named.unit, named.symbol.clone())));
        }
        if let Some(named) = self.scope.scalars.get(name) {
            return Ok((Op::Scalar(named.place), Measured::In(named.unit, named.symbol.clone())));
        }
        if self.scope.series.contains_key(name) {
            let text =
                format!("`{name}` changes over the episode; say which of its values: peak({name}), last({name}), …");
            return Err(ExpressionError::Syntax { column, text });
        }
        let series = self.scope.series.keys().filter(|_| self.in_fold);
        let hint = did_you_mean(name, self.scope.scalars.keys().chain(series).map(String::as_str));
        Err(ExpressionError::Unknown { column, name: name.to_owned(), hint })
    }

    /// All parts in the unit of the first that has one.
    fn alike<'n>(
        &self,
        nodes: impl IntoIterator<Item = &'n Node>,
        column: usize,
    ) -> Result<(Vec<Op>, Measured), ExpressionError> {
        let parts = nodes.into_iter().map(|node| self.node(node)).collect::<Result<Vec<_>, _>>()?;
        let common = parts.iter().find(|(_, measured)| matches!(measured, Measured::In(..)));
        let Some((_, Measured::In(unit, symbol))) = common.cloned() else {
            return Ok((parts.into_iter().map(|(op, _)| op).collect(), Measured::Bare));
        };
        let mut ops = Vec::with_capacity(parts.len());
        for (op, measured) in parts {
            ops.push(match &measured {
                Measured::Bare => op,
                Measured::In(other, _) => match other.factor_to(unit) {
                    Some(factor) => op.scaled(factor),
                    None => {
                        let text = format!(
                            "{} and {} do not measure the same; compare and add like with like",
                            shown(&symbol),
                            measured.shown()
                        );
                        return Err(ExpressionError::Unit { column, text });
                    }
                },
            });
        }
        Ok((ops, Measured::In(unit, symbol)))
    }

    fn apply(&self, function: Function, arguments: &[Node], column: usize) -> Typed {
        let refuse = |text: String| Err(ExpressionError::Unit { column, text });
        let name = function.name;
        let (ops, measured) = match function.units {
            UnitRule::Same => self.alike(arguments, column)?,
            UnitRule::SameToPure => (self.alike(arguments, column)?.0, Measured::of(Unit::PURE)),
            UnitRule::SameToAngle => (self.alike(arguments, column)?.0, Measured::of(Unit::RADIAN)),
            rule => {
                let parts = arguments.iter().map(|node| self.node(node)).collect::<Result<Vec<_>, _>>()?;
                let first = parts.first().map_or(Measured::Bare, |(_, measured)| measured.clone());
                let second = parts.get(1).map_or(Measured::Bare, |(_, measured)| measured.clone());
                let factor = match rule {
                    UnitRule::FromAngle if matches!(first, Measured::In(unit, _) if !unit.is_pure()) => {
                        first.unit().factor_to(Unit::RADIAN)
                    }
                    UnitRule::Pure | UnitRule::ToAngle | UnitRule::FromAngle => first.unit().factor_to(Unit::PURE),
                    _ => Some(1.0),
                };
                let Some(factor) = factor else {
                    let needs = if rule == UnitRule::FromAngle { "an angle" } else { "a pure number" };
                    return refuse(format!("`{name}` needs {needs}, not {}", first.shown()));
                };
                let measured = match product_unit(rule, &first, &second, arguments.get(1)) {
                    Ok(measured) => measured,
                    Err(text) => return refuse(format!("`{name}`: {text}")),
                };
                let ops = parts.into_iter().enumerate();
                (ops.map(|(at, (op, _))| if at == 0 { op.scaled(factor) } else { op }).collect(), measured)
            }
        };
        Ok((Op::Apply { function, arguments: ops.into_boxed_slice(), column: column as u32 }, measured))
    }
}

/// The unit of what the rules that change units give.
fn product_unit(
    rule: UnitRule,
    first: &Measured,
    second: &Measured,
    exponent: Option<&Node>,
) -> Result<Measured, String> {
    let bare = matches!((first, second), (Measured::Bare, Measured::Bare));
    Ok(match rule {
        UnitRule::Product | UnitRule::Quotient | UnitRule::Power | UnitRule::Root if bare => Measured::Bare,
        UnitRule::Product => Measured::of(first.unit().times(second.unit())),
        UnitRule::Quotient => Measured::of(first.unit().per(second.unit())),
        UnitRule::Root => match first.unit().root() {
            Some(unit) => Measured::of(unit),
            None => return Err(format!("{} has no root that is a unit", first.shown())),
        },
        UnitRule::Power if first.unit().is_pure() && second.unit().is_pure() => Measured::of(Unit::PURE),
        UnitRule::Power => match exponent {
            Some(Node::Number(power)) if libm::rint(*power) == *power && power.abs() <= 6.0 => {
                Measured::of(first.unit().power(*power as i8))
            }
            _ => return Err(format!("the power of {} must be a bare number, whole and at most 6", first.shown())),
        },
        UnitRule::ToAngle => Measured::of(Unit::RADIAN),
        UnitRule::Pure | UnitRule::FromAngle | UnitRule::Same | UnitRule::SameToPure | UnitRule::SameToAngle => {
            Measured::of(Unit::PURE)
        }
    })
}

/// What a fold's number is measured in.
fn fold_unit(name: &str, inner: Measured) -> Measured {
    match name {
        "time_when" | "time_total" => Measured::In(Unit::SECOND, "s".to_owned()),
        "time_share" | "times" => Measured::of(Unit::PURE),
        "integral" => Measured::of(inner.unit().times(Unit::SECOND)),
        _ => inner,
    }
}
