//! Expressions over named numbers: what requirements demand and what measures compute.
//!
//! The language is the part of CEL (the Common Expression Language) that is about numbers and truth: `+ - * / %`,
//! comparisons, `&& || !`, `a ? b : c`, `x in [1, 2]` and a few pure functions. The `cel` crate parses; [`Expression`]
//! then checks the types and evaluates by itself, for three reasons: every number is a double, so that `1` and `1.0` mean
//! the same (CEL refuses `x > 1` for a double); nothing can loop, allocate without bound or do IO; and a condition has a
//! [`margin`](Expression::margin), the distance to the point where its answer changes, which guided search needs.
//!
//! Differences from CEL, on purpose: `/` never truncates (`7 / 2` is 3.5), a result that is not finite is an error.

use std::collections::{BTreeMap, BTreeSet};

use cel::common::ast::operators;

use super::compile;

/// Longest text in characters.
pub const LONGEST_TEXT: usize = 1_000;

/// Deepest nesting of brackets.
pub const DEEPEST_NESTING: usize = 24;

/// Most operators and commas: each can be a level of the parser's recursion.
pub const MOST_OPERATORS: usize = 200;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// The text is not an expression of this language.
    #[error("column {column}: {text}")]
    Syntax {
        /// In characters from 1.
        column: usize,
        /// What is wrong and what was expected.
        text: String,
    },
    /// A name has no value.
    #[error("column {column}: `{name}` has no value here")]
    Unknown {
        /// In characters from 1.
        column: usize,
        /// The name.
        name: String,
    },
    /// A step overflowed or is undefined.
    #[error("column {column}: `{operation}` of {operands} is not a finite number; guard it with a condition")]
    NotFinite {
        /// In characters from 1.
        column: usize,
        /// The operator or function.
        operation: String,
        /// What it was applied to.
        operands: String,
    },
}

/// What an expression yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number,
    /// True or false.
    Truth,
}

/// A checked expression. Evaluating it touches nothing but the values it is given.
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    root: Node,
    kind: Kind,
    variables: BTreeSet<String>,
}

impl Expression {
    /// Parses and checks `text`. Names need not exist; see [`Self::variables`].
    ///
    /// # Errors
    /// [`ExpressionError::Syntax`] with the column.
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        let (root, kind, variables) = compile::compile(text)?;
        Ok(Self { text: text.to_owned(), root, kind, variables })
    }

    /// The text it was compiled from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it yields a number or a truth.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The names it reads.
    pub fn variables(&self) -> &BTreeSet<String> {
        &self.variables
    }

    /// Its value; true is 1 and false is 0.
    ///
    /// # Errors
    /// A name without a value, or a step that is not finite.
    pub fn eval_number(&self, values: &BTreeMap<String, f64>) -> Result<f64, ExpressionError> {
        self.root.value(values)
    }

    /// Whether it holds; a number holds where it is above 0.5, like the rare event's measure.
    ///
    /// # Errors
    /// A name without a value, or a step that is not finite.
    pub fn eval_bool(&self, values: &BTreeMap<String, f64>) -> Result<bool, ExpressionError> {
        Ok(self.root.value(values)? > 0.5)
    }

    /// How far the condition is from changing its answer: at or above 0 where it holds, below where it does not (the
    /// quantitative semantics of signal temporal logic: `a > b` is a − b, `&&` the least, `||` the greatest, `!` the
    /// negative). Mixed units are not scaled. A number's margin is the number − 0.5.
    ///
    /// # Errors
    /// A name without a value, or a step that is not finite.
    pub fn margin(&self, values: &BTreeMap<String, f64>) -> Result<f64, ExpressionError> {
        self.root.margin(values)
    }
}

type Values = BTreeMap<String, f64>;
type Evaluated = Result<f64, ExpressionError>;

#[derive(Clone, Debug)]
pub(super) enum Node {
    Number(f64),
    Variable { name: String, column: usize },
    Apply { function: Function, arguments: Vec<Node>, column: usize },
    Compare { comparison: Comparison, left: Box<Node>, right: Box<Node> },
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    If { condition: Box<Node>, then: Box<Node>, otherwise: Box<Node> },
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// A pure function of numbers, with its name and how many arguments it takes.
#[derive(Clone, Copy)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) least: usize,
    pub(super) most: usize,
    of: fn(&[f64]) -> f64,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const fn function(name: &'static str, least: usize, most: usize, of: fn(&[f64]) -> f64) -> Function {
    Function { name, least, most, of }
}

/// What users call by name.
pub(super) const FUNCTIONS: [Function; 7] = [
    function("abs", 1, 1, |x| at(x, 0).abs()),
    function("min", 1, 16, |x| x.iter().copied().fold(f64::INFINITY, f64::min)),
    function("max", 1, 16, |x| x.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
    function("sqrt", 1, 1, |x| libm::sqrt(at(x, 0))),
    function("hypot", 2, 2, |x| libm::hypot(at(x, 0), at(x, 1))),
    function("exp", 1, 1, |x| libm::exp(at(x, 0))),
    function("ln", 1, 1, |x| libm::log(at(x, 0))),
];

/// What users write as operators.
pub(super) const ARITHMETIC: [(&str, Function); 6] = [
    (operators::ADD, function("+", 2, 2, |x| at(x, 0) + at(x, 1))),
    (operators::SUBSTRACT, function("-", 2, 2, |x| at(x, 0) - at(x, 1))),
    (operators::MULTIPLY, function("*", 2, 2, |x| at(x, 0) * at(x, 1))),
    (operators::DIVIDE, function("/", 2, 2, |x| at(x, 0) / at(x, 1))),
    (operators::MODULO, function("%", 2, 2, |x| libm::fmod(at(x, 0), at(x, 1)))),
    (operators::NEGATE, function("-", 1, 1, |x| -at(x, 0))),
];

pub(super) const COMPARISONS: [(&str, Comparison); 6] = [
    (operators::LESS, Comparison::Less),
    (operators::LESS_EQUALS, Comparison::LessOrEqual),
    (operators::GREATER, Comparison::Greater),
    (operators::GREATER_EQUALS, Comparison::GreaterOrEqual),
    (operators::EQUALS, Comparison::Equal),
    (operators::NOT_EQUALS, Comparison::NotEqual),
];

/// The compiler has counted the arguments; a missing one would show as "not finite".
fn at(arguments: &[f64], index: usize) -> f64 {
    arguments.get(index).copied().unwrap_or(f64::NAN)
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

impl Node {
    fn value(&self, values: &Values) -> Evaluated {
        let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
        match self {
            Self::Number(number) => Ok(*number),
            Self::Variable { name, column } => match values.get(name) {
                Some(value) => Ok(*value),
                None => Err(ExpressionError::Unknown { column: *column, name: name.clone() }),
            },
            Self::Apply { function, arguments, column } => apply(*function, arguments, *column, values),
            Self::Compare { comparison, left, right } => {
                Ok(truth(comparison.holds(left.value(values)?, right.value(values)?)))
            }
            // As in CEL, an error on one side does not matter where the other decides.
            Self::And(left, right) => decide(left.value(values), || right.value(values), 0.0),
            Self::Or(left, right) => decide(left.value(values), || right.value(values), 1.0),
            Self::Not(inner) => Ok(1.0 - inner.value(values)?),
            Self::If { condition, then, otherwise } => {
                if condition.value(values)? > 0.5 {
                    then.value(values)
                } else {
                    otherwise.value(values)
                }
            }
        }
    }

    fn margin(&self, values: &Values) -> Evaluated {
        match self {
            Self::Compare { comparison, left, right } => {
                Ok(comparison.margin(left.value(values)?, right.value(values)?))
            }
            Self::And(left, right) => Ok(left.margin(values)?.min(right.margin(values)?)),
            Self::Or(left, right) => Ok(left.margin(values)?.max(right.margin(values)?)),
            Self::Not(inner) => Ok(-inner.margin(values)?),
            Self::If { condition, then, otherwise } => {
                if condition.value(values)? > 0.5 {
                    then.margin(values)
                } else {
                    otherwise.margin(values)
                }
            }
            Self::Number(_) | Self::Variable { .. } | Self::Apply { .. } => Ok(self.value(values)? - 0.5),
        }
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

fn apply(function: Function, arguments: &[Node], column: usize, values: &Values) -> Evaluated {
    let numbers = arguments.iter().map(|node| node.value(values)).collect::<Result<Vec<f64>, _>>()?;
    let result = (function.of)(&numbers);
    if result.is_finite() {
        return Ok(result);
    }
    let operands = numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
    Err(ExpressionError::NotFinite { column, operation: function.name.to_owned(), operands })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    fn values() -> Values {
        [("x", 2.0), ("y", -3.0), ("zero", 0.0)].map(|(name, value)| (name.to_owned(), value)).into()
    }

    fn number(text: &str) -> f64 {
        Expression::compile(text).unwrap().eval_number(&values()).unwrap()
    }

    fn refusal(text: &str) -> (usize, String) {
        match Expression::compile(text) {
            Err(ExpressionError::Syntax { column, text }) => (column, text),
            other => panic!("`{text}` gave {other:?}"),
        }
    }

    #[test]
    fn whole_numbers_are_numbers() {
        for (text, expected) in [
            ("x > 1", 1.0),
            ("1 + x * 2", 5.0),
            ("7 / 2", 3.5),
            ("7 % 4", 3.0),
            ("-x", -2.0),
            ("- 3", -3.0),
            ("x == 2 && y == -3.0", 1.0),
            ("x in [1, 2]", 1.0),
            ("y in [1, 2]", 0.0),
            ("!(x < y) || zero > 1", 1.0),
            ("x > y ? x : y", 2.0),
            ("max(x, y, 1) - min(x, y)", 5.0),
            ("abs(y) + sqrt(x * x) + hypot(3, 4)", 10.0),
            ("ln(exp(x))", 2.0),
            ("1e3", 1000.0),
            ("x - 1 - 1", 0.0),
            ("2 * (x + 1)", 6.0),
            ("true", 1.0),
        ] {
            assert!((number(text) - expected).abs() < 1e-12, "{text}: {}", number(text));
        }
    }

    #[test]
    fn names_are_listed_and_missing_ones_reported_with_their_column() {
        let expression = Expression::compile("x > 1 && other < x").unwrap();
        assert_eq!(expression.variables().iter().collect::<Vec<_>>(), ["other", "x"], "names");
        let error = expression.eval_bool(&values()).unwrap_err();
        assert_eq!(error, ExpressionError::Unknown { column: 10, name: "other".to_owned() }, "column");
        assert_eq!(Expression::compile("x < 1 && other < x").unwrap().eval_bool(&values()), Ok(false), "decided");
        assert_eq!(Expression::compile("other < x && x < 1").unwrap().eval_bool(&values()), Ok(false), "either side");
    }

    #[test]
    fn undefined_steps_are_errors_and_can_be_guarded() {
        let error = Expression::compile("1 + x / zero").unwrap().eval_number(&values()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "column 7: `/` of 2, 0 is not a finite number; guard it with a condition",
            "text"
        );
        assert_eq!(number("zero > 0 ? x / zero : -1"), -1.0, "guarded");
        assert!(Expression::compile("sqrt(y) > 1").unwrap().eval_bool(&values()).is_err(), "root of a negative");
    }

    #[test]
    fn refusals_name_the_column_and_the_cure() {
        for (text, column, part) in [
            ("", 1, "empty"),
            ("x >", 4, "the end"),
            ("x > > 1", 5, ">"),
            ("(x > 1", 7, "the end"),
            ("x + (y > 1)", 8, "? 1 : 0"),
            ("x && y > 1", 1, "x > 0.5"),
            ("x.foo > 1", 2, "single name"),
            ("sqr(x)", 4, "sqrt"),
            ("sqrt(x, y)", 5, "takes 1 numbers"),
            ("x == 'a'", 6, "quotes"),
            ("[1].all(i, i > x)", 8, "loops"),
            ("x > ü", 5, "not allowed"),
            ("x in y", 6, "list"),
            ("x > 1 ? 1 : x > 2", 7, "both answers"),
        ] {
            let (got, message) = refusal(text);
            assert!(message.contains(part), "{text}: {message}");
            assert_eq!(got, column, "{text}: {message}");
        }
    }

    #[test]
    fn the_margin_has_the_sign_of_the_answer() {
        let margin = |text: &str| Expression::compile(text).unwrap().margin(&values()).unwrap();
        assert_eq!((margin("x > 1"), margin("x > 5"), margin("x > 1 && y > 0")), (1.0, -3.0, -3.0), "distances");
        assert_eq!((margin("x > 5 || y < 0"), margin("!(x > 5)")), (3.0, 3.0), "either and not");
        assert!(margin("x > 2") < 0.0 && margin("x >= 2") >= 0.0, "the boundary belongs to >= only");
        let mut stream = StreamKey::new(3, "test").stream("margin", 0);
        let expression = Expression::compile("(x > 1 && y <= x) || !(zero > y || x + y >= 2)").unwrap();
        for _ in 0..2_000 {
            let drawn: Values = ["x", "y", "zero"].map(|name| (name.to_owned(), 6.0 * stream.next_unit() - 3.0)).into();
            let holds = expression.eval_bool(&drawn).unwrap();
            assert_eq!(expression.margin(&drawn).unwrap() >= 0.0, holds, "{drawn:?}");
        }
    }

    #[test]
    fn hostile_texts_neither_panic_nor_exhaust_a_small_stack() {
        let many = |part: &str, count: usize| part.repeat(count);
        let mut texts = vec![
            many("(", 5_000) + "1" + &many(")", 5_000),
            many("(", DEEPEST_NESTING) + "x" + &many(")", DEEPEST_NESTING),
            many("[", 20),
            many("!", 199) + "true",
            many("-", 199) + "x",
            many("- ", 199) + "x",
            many("x+", 199) + "x",
            many("x>1&&", 66) + "x>1",
            many("x>1?1:", 66) + "1",
            many("x.", 199) + "x",
            "x in [".to_owned() + &many("1,", 198) + "1]",
            many("min(", 24) + "x" + &many(")", 24),
            many("x?", 199),
            many("9", 900),
            "9223372036854775808".to_owned(),
            "1e999".to_owned(),
            "-9223372036854775808 % -1".to_owned(),
            "\0".to_owned(),
            "has(x.y)".to_owned(),
            "x{a: 1}".to_owned(),
            "{1: 2}[1]".to_owned(),
            "x[0]".to_owned(),
            "@in(1)".to_owned(),
            "0x1F + 3u".to_owned(),
        ];
        let alphabet =
            ["x", "1", ".5", "(", ")", "+", "-", ">", "==", "&&", "||", "!", "?", ":", "[", "]", ",", "in", "min", " "];
        let mut stream = StreamKey::new(5, "test").stream("hostile", 0);
        for _ in 0..1_500 {
            let length = 1 + stream.next_below(14);
            texts.push((0..length).map(|_| alphabet[stream.next_below(20) as usize]).collect());
        }
        // A quarter of what a worker thread has by default.
        let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(move || {
            let compiled = texts.iter().filter_map(|text| Expression::compile(text).ok());
            compiled.filter(|expression| expression.eval_number(&values()).is_ok()).count()
        });
        let worked = thread.unwrap().join().expect("no panic");
        assert!(worked > 20, "some are fine: {worked}");
    }
}
