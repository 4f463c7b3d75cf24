//! What a person types into the inspector's fields, read: numbers with units, expressions, whole distributions, conditions.
//!
//! Every fault has the column at which the squiggle stands. Nothing is applied here.

use crate::base::{Quantity, Unit};
use crate::family::expression::Kind;
use crate::family::text::{distribution_line, parse_distribution};
use crate::family::{Bound, BoundError, Distribution, Expression, ExpressionError, Formula, Scope};

/// What is wrong with a typed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// In characters from 1.
    pub column: usize,
    /// One sentence.
    pub text: String,
}

impl Fault {
    /// About the whole text.
    pub fn whole(text: impl Into<String>) -> Self {
        Self { column: 1, text: text.into() }
    }

    /// Of an expression, its column apart from its sentence.
    pub fn of(error: &ExpressionError) -> Self {
        let column = match error {
            ExpressionError::Syntax { column, .. }
            | ExpressionError::Unknown { column, .. }
            | ExpressionError::Unit { column, .. }
            | ExpressionError::NotFinite { column, .. } => *column,
        };
        let text = error.to_string();
        let text = text.strip_prefix(&format!("column {column}: ")).map_or_else(|| text.clone(), str::to_owned);
        Self { column, text }
    }
}

/// A number in the unit called `symbol`, or a quantity that is converted to it.
///
/// # Errors
/// Where it is neither, or measures something else.
pub fn number(text: &str, symbol: &str) -> Result<f64, Fault> {
    let text = text.trim();
    if let Ok(number) = text.replace(',', ".").replace('−', "-").parse::<f64>() {
        return if number.is_finite() { Ok(number) } else { Err(Fault::whole("write a finite number")) };
    }
    match Quantity::parse(text) {
        Some(quantity) => {
            let unit = Unit::parse(symbol).map_err(Fault::whole)?;
            quantity.and_then(|quantity| quantity.number_in(unit, symbol)).map(tidy).map_err(Fault::whole)
        }
        None => Err(Fault::whole(format!("`{text}` is not a number; write one such as 0.3 or 30{symbol}"))),
    }
}

/// The number that a person would have written: 0.47 for 47 · 0.01.
fn tidy(number: f64) -> f64 {
    format!("{number:.14e}").parse().unwrap_or(number)
}

/// A number, a quantity, or an expression over `scope`, in the unit called `symbol`.
///
/// # Errors
/// As [`number`], and where the expression does not fit.
pub fn bound(text: &str, symbol: &str, scope: &Scope) -> Result<Bound, Fault> {
    let begins = text.trim_start_matches(['+', '-', '.', '−', ' ']).starts_with(|c: char| c.is_ascii_digit());
    let reads_as_number = number(text, symbol);
    if let Ok(number) = reads_as_number {
        return Ok(Bound::Number(number));
    }
    if begins && Quantity::parse(text).is_some() {
        return reads_as_number.map(Bound::Number);
    }
    let bound = Bound::Expression(text.trim().to_owned());
    match bound.bind(scope, symbol) {
        Ok(_) => Ok(bound),
        Err(BoundError::Expression { error, .. }) => Err(Fault::of(&error)),
        Err(BoundError::Unit(text)) => Err(Fault::whole(text)),
    }
}

/// A distribution as a family's file writes it; a number or an expression alone is a constant.
///
/// # Errors
/// Where it is none, with the column of what does not fit.
pub fn distribution(text: &str, symbol: &str, scope: &Scope) -> Result<Distribution<Bound>, Fault> {
    let text = text.trim();
    let is_kind = text.starts_with(|c: char| c.is_ascii_uppercase()) && !scope.contains(text);
    if !is_kind {
        return bound(text, symbol, scope).map(Distribution::Constant);
    }
    let read = parse_distribution(text, symbol).map_err(|(column, text)| Fault { column, text })?;
    let checked = read.try_map(&mut |place, bound: &Bound| {
        let symbol = if place.kind == crate::family::distribution::NumberKind::Pure { "" } else { symbol };
        bound.bind(scope, symbol).map_err(|error| format!("{}: {error}", place.path))?;
        Ok::<f64, String>(bound.shown(&std::collections::BTreeMap::new()).unwrap_or(f64::NAN))
    });
    let numbers = checked.map_err(Fault::whole)?;
    // Where everything is a number, it can be said at once whether it is a distribution.
    if super::grip::places(&numbers).iter().all(|(_, number)| !number.is_nan()) {
        numbers.check_for(crate::family::distribution::full_turn(symbol)).map_err(Fault::whole)?;
    }
    Ok(read)
}

/// A condition over `scope`, ready to be asked.
///
/// # Errors
/// Where it is no condition or reads what is not there.
pub fn condition(text: &str, scope: &Scope) -> Result<Formula, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::whole("write a condition such as `height_m > 0.1`"));
    }
    let expression = Expression::compile(text).map_err(|error| Fault::of(&error))?;
    if expression.kind() == Kind::Number {
        return Err(Fault::whole(format!("`{text}` is a number; compare it, as in `{text} > 0`")));
    }
    expression.bind(scope).map_err(|error| Fault::of(&error))
}

/// An expression that gives a number in the unit called `symbol`; what is true or false counts as a pure 1 or 0.
///
/// # Errors
/// Where it does not compile, reads what is not there, or measures something else.
pub fn formula(text: &str, symbol: &str, scope: &Scope) -> Result<Formula, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::whole("write an expression such as `2 * height_m`"));
    }
    let expression = Expression::compile(text).map_err(|error| Fault::of(&error))?;
    expression.bind_in(scope, symbol).map_err(|error| Fault::of(&error))
}

/// Numbers with commas between them, in the unit called `symbol`.
///
/// # Errors
/// The first that is none.
pub fn numbers(text: &str, symbol: &str) -> Result<Vec<f64>, Fault> {
    let mut column = 1;
    let one = |part: &str| {
        let blank = part.chars().take_while(|c| c.is_whitespace()).count();
        let read = number(part, symbol).map_err(|fault| Fault { column: column + blank, ..fault });
        column += part.chars().count() + 1;
        read
    };
    text.split(',').map(one).collect()
}

/// Numbers as [`numbers`] reads them.
pub fn written_numbers(numbers: &[f64]) -> String {
    numbers.iter().map(|number| plain(*number)).collect::<Vec<_>>().join(", ")
}

/// A whole number from `low` to `high`.
///
/// # Errors
/// Where it is none.
pub fn whole<T>(text: &str, low: T, high: T) -> Result<T, Fault>
where
    T: Copy + std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let read = text.trim().parse().ok().filter(|number| *number >= low && *number <= high);
    read.ok_or_else(|| Fault::whole(format!("write a whole number from {low} to {high}")))
}

/// A bound as a person types it.
pub fn written(bound: &Bound) -> String {
    match bound {
        Bound::Number(number) => plain(*number),
        Bound::Quantity(quantity) => format!("{} {}", plain(quantity.number), quantity.symbol),
        Bound::Expression(text) => text.clone(),
    }
}

/// A distribution as a person types it: a constant is its number.
pub fn line(distribution: &Distribution<Bound>) -> String {
    match distribution {
        Distribution::Constant(bound) => written(bound),
        other => distribution_line(other).replace(".0,", ",").replace(".0)", ")").replace(".0]", "]"),
    }
}

/// A number with all its figures and none too many.
pub fn plain(number: f64) -> String {
    let size = number.abs();
    let is_count = size.fract() == 0.0 && size < 1e12;
    if !is_count && !(1e-4..1e7).contains(&size) { format!("{number:e}") } else { format!("{number}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let mut scope = Scope::default();
        scope.push("height_m", "m").unwrap();
        scope.push("speed", "m/s").unwrap();
        scope
    }

    #[test]
    fn numbers_quantities_and_expressions_are_told_apart() {
        let scope = scope();
        assert_eq!(bound("36 km/h", "m/s", &scope), Ok(Bound::Number(10.0)));
        assert_eq!(bound("47 cm", "m", &scope), Ok(Bound::Number(0.47)), "as a person would write it");
        assert_eq!(bound("0,5", "m", &scope), Ok(Bound::Number(0.5)), "a comma is a point");
        assert_eq!(bound("0.5 * height_m", "m", &scope), Ok(Bound::Expression("0.5 * height_m".to_owned())));
        assert_eq!(bound("2 * height_m", "m", &scope), Ok(Bound::Expression("2 * height_m".to_owned())));
        assert!(bound("30 kg", "m/s", &scope).unwrap_err().text.contains("kg"), "another quantity");
        let fault = bound("0.5 * heigth_m", "m", &scope).unwrap_err();
        assert!(fault.column == 7 && fault.text.contains("did you mean `height_m`"), "{fault:?}");
        assert!(bound("speed", "m", &scope).is_err(), "units do not fit");
    }

    #[test]
    fn a_whole_distribution_is_read_and_written_back() {
        let scope = scope();
        let read = distribution("Normal(mean: \"36 km/h\", sd: 1)", "m/s", &scope).unwrap();
        assert_eq!(line(&read), "Normal(mean: 10, sd: 1)");
        assert_eq!(distribution(&line(&read), "m/s", &scope), Ok(read));
        assert_eq!(distribution("3", "m/s", &scope), Ok(Distribution::Constant(Bound::Number(3.0))));
        for (text, column, part) in [
            ("Normal(mean: 3, sd: -1)", 1, "sd is -1"),
            ("Normal(mean: 3, sdd: 1)", 17, "sd"),
            ("Normall(mean: 3, sd: 1)", 1, "Normal"),
            ("Uniform(low: 0, high: \"heigth\")", 1, "heigth"),
        ] {
            let fault = distribution(text, "m/s", &scope).unwrap_err();
            assert!(fault.column == column && fault.text.contains(part), "{text}: {fault:?}");
        }
        let depends = distribution("Uniform(low: 0, high: \"2 * speed\")", "m/s", &scope).unwrap();
        assert_eq!(line(&depends), "Uniform(low: 0, high: \"2 * speed\")");
    }

    #[test]
    fn lists_of_numbers_name_the_one_at_fault() {
        assert_eq!(numbers("0, 10 cm, 0.25", "m"), Ok(vec![0.0, 0.1, 0.25]));
        assert_eq!(numbers(&written_numbers(&[0.5, -2.0]), ""), Ok(vec![0.5, -2.0]));
        let fault = numbers("0, 1 kg", "m").unwrap_err();
        assert!(fault.column == 4 && fault.text.contains("kg"), "{fault:?}");
        assert!(whole::<u32>("12", 1, 12).is_ok() && whole::<u32>("13", 1, 12).is_err() && whole("1.5", 0, 9).is_err());
    }

    #[test]
    fn formulas_are_held_against_their_unit() {
        let scope = scope();
        assert!(formula("2 * height_m", "m", &scope).is_ok());
        assert!(formula("height_m > 1", "", &scope).is_ok(), "true counts as 1");
        assert_eq!(formula("height_m + heigth", "m", &scope).unwrap_err().column, 12);
        assert!(formula("speed", "m", &scope).unwrap_err().text.contains("m/s"));
        assert!(formula(" ", "m", &scope).is_err());
    }

    #[test]
    fn conditions_name_the_column() {
        let scope = scope();
        assert!(condition("height_m < 2 && speed > 1", &scope).is_ok());
        assert_eq!(condition("height_m < spead", &scope).unwrap_err().column, 12);
        assert!(condition("height_m", &scope).unwrap_err().text.contains("compare"), "a number");
        assert!(condition("height_m < 2 &&", &scope).is_err() && condition(" ", &scope).is_err());
    }
}
