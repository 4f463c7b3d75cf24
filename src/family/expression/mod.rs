//! Expressions over named numbers: what requirements demand, what derived parameters and measures compute, when an event
//! begins.
//!
//! The language is the part of CEL (the Common Expression Language) that is about numbers and truth: `+ - * / %`,
//! comparisons, `&& || !`, `a ? b : c`, `x in [1, 2]` and pure functions. The `cel` crate parses; [`Expression::bind`]
//! then checks names and units and gives a [`Formula`] that evaluates by itself, for four reasons: every number is a
//! double, so that `1` and `1.0` mean the same (CEL refuses `x > 1` for a double); nothing can loop, allocate without
//! bound or do IO; units are part of the types; and a condition has a [`margin`](Formula::margin), the distance to the
//! point where its answer changes, which guided search needs.
//!
//! Differences from CEL, on purpose: `/` never truncates (`7 / 2` is 3.5), a result that is not finite is an error.

mod bind;
mod formula;
mod function;
mod half;
mod parse;

use std::collections::BTreeSet;

pub use bind::Scope;
pub use formula::{Formula, Series};
use function::{Fold, Function};

/// Longest text in characters.
pub const LONGEST_TEXT: usize = 1_000;

/// Deepest nesting of brackets.
pub const DEEPEST_NESTING: usize = 24;

/// Most operators and commas: each can be a level of the parser's recursion.
pub const MOST_OPERATORS: usize = 200;

/// Words with a meaning in expressions, which no name may take.
pub fn is_reserved(name: &str) -> bool {
    const WORDS: [&str; 26] = [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "has",
        "if",
        "import",
        "in",
        "inf",
        "let",
        "loop",
        "namespace",
        "nan",
        "null",
        "package",
        "return",
        "true",
        "var",
        "void",
        "while",
        "all",
        "exists",
    ];
    WORDS.contains(&name)
        || function::FUNCTIONS.iter().any(|function| function.name == name)
        || function::FOLDS.iter().any(|(fold, ..)| *fold == name)
}

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
    #[error("column {column}: `{name}` has no value here{hint}")]
    Unknown {
        /// In characters from 1.
        column: usize,
        /// The name.
        name: String,
        /// A guess at what was meant, in brackets; may be empty.
        hint: String,
    },
    /// Units do not fit.
    #[error("column {column}: {text}")]
    Unit {
        /// In characters from 1.
        column: usize,
        /// What does not fit, and what would.
        text: String,
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

/// A parsed expression.
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    root: Node,
    kind: Kind,
    variables: BTreeSet<String>,
}

impl Expression {
    /// Parses and checks `text`. Names need not exist and units need not fit; see [`Self::bind`].
    ///
    /// # Errors
    /// [`ExpressionError::Syntax`] with the column.
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        let (root, kind, variables) = parse::parse(text)?;
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

    /// What it holds against a number: the name that is compared, alone or folded over time, and the number. Comparisons of
    /// anything else are left out.
    pub fn limits(&self) -> Vec<(&str, Limit<'_>)> {
        let mut all = Vec::new();
        self.root.limits(&mut all);
        all
    }

    /// The expression over the numbers of `scope`, ready to evaluate.
    ///
    /// # Errors
    /// A name that the scope lacks, or units that do not fit, with the column.
    pub fn bind(&self, scope: &Scope) -> Result<Formula, ExpressionError> {
        bind::bind(&self.root, self.kind, scope)
    }

    /// The expression with its number in the unit called `symbol`: a result that measures the same is converted, a bare
    /// number is taken to be in it.
    ///
    /// # Errors
    /// As [`Self::bind`]; a unit that does not fit.
    pub fn bind_in(&self, scope: &Scope, symbol: &str) -> Result<Formula, ExpressionError> {
        bind::bind_in(&self.root, self.kind, scope, symbol)
    }
}

/// The parsed tree, with names.
#[derive(Clone, Debug)]
enum Node {
    Number(f64),
    Variable { name: String, column: usize },
    Apply { function: Function, arguments: Vec<Node>, column: usize },
    Fold { fold: Fold, name: &'static str, inner: Box<Node>, extra: f64, column: usize },
    Compare { comparison: Comparison, left: Box<Node>, right: Box<Node>, column: usize },
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    If { condition: Box<Node>, then: Box<Node>, otherwise: Box<Node>, column: usize },
}

/// What a name is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit<'a> {
    /// A number.
    Number(f64),
    /// Another name's.
    Name(&'a str),
}

impl Node {
    fn limits<'a>(&'a self, all: &mut Vec<(&'a str, Limit<'a>)>) {
        match self {
            Self::Number(_) | Self::Variable { .. } => {}
            Self::Apply { arguments, .. } => arguments.iter().for_each(|argument| argument.limits(all)),
            Self::Fold { inner, .. } | Self::Not(inner) => inner.limits(all),
            Self::Compare { left, right, .. } => {
                match (left.subject(), right.subject()) {
                    (Some(name), None) => all.extend(right.number().map(|number| (name, Limit::Number(number)))),
                    (None, Some(name)) => all.extend(left.number().map(|number| (name, Limit::Number(number)))),
                    (Some(one), Some(other)) => all.extend([(one, Limit::Name(other)), (other, Limit::Name(one))]),
                    (None, None) => {}
                }
                left.limits(all);
                right.limits(all);
            }
            Self::And(left, right) | Self::Or(left, right) => {
                left.limits(all);
                right.limits(all);
            }
            Self::If { condition, then, otherwise, .. } => {
                condition.limits(all);
                then.limits(all);
                otherwise.limits(all);
            }
        }
    }

    /// The name that it is, or that it follows over time.
    fn subject(&self) -> Option<&str> {
        match self {
            Self::Variable { name, .. } => Some(name),
            // An integral or a spread is another quantity than what it is of.
            Self::Fold { fold: Fold::Integral | Fold::Spread, .. } => None,
            Self::Fold { inner, .. } => inner.subject(),
            _ => None,
        }
    }

    /// The number that it is, a sign before it included.
    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Apply { function, arguments, .. } => match arguments.as_slice() {
                [one] if function.name == "-" => one.number().map(|number| -number),
                _ => None,
            },
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    const VALUES: [f64; 3] = [2.0, -3.0, 0.0];

    fn scope() -> Scope {
        let mut scope = Scope::default();
        for name in ["x", "y", "zero"] {
            scope.push(name, "").unwrap();
        }
        scope
    }

    fn bound(text: &str) -> Formula {
        Expression::compile(text).unwrap().bind(&scope()).unwrap()
    }

    fn number(text: &str) -> f64 {
        bound(text).number(&VALUES).unwrap()
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
        let error = expression.bind(&scope()).unwrap_err();
        let unknown = ExpressionError::Unknown { column: 10, name: "other".to_owned(), hint: String::new() };
        assert_eq!(error, unknown, "column");
        let error = Expression::compile("zer > 1").unwrap().bind(&scope()).unwrap_err();
        assert!(error.to_string().contains("did you mean `zero`?"), "{error}");
    }

    #[test]
    fn undefined_steps_are_errors_and_can_be_guarded() {
        let error = bound("1 + x / zero").number(&VALUES).unwrap_err();
        assert_eq!(
            error.to_string(),
            "column 7: `/` of 2, 0 is not a finite number; guard it with a condition",
            "text"
        );
        assert_eq!(number("zero > 0 ? x / zero : -1"), -1.0, "guarded");
        assert!(bound("sqrt(y) > 1").holds(&VALUES).is_err(), "root of a negative");
        assert_eq!(bound("1 / zero > 1 && x < 1").holds(&VALUES), Ok(false), "decided by the other side");
        assert_eq!(bound("x > 1 || 1 / zero > 1").holds(&VALUES), Ok(true), "either side");
    }

    #[test]
    fn refusals_name_the_column_and_the_cure() {
        for (text, column, part) in [
            ("", 1, "empty"),
            ("x >", 4, "ends too early"),
            ("x > > 1", 5, ">"),
            ("(x > 1", 7, "ends before"),
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
        let margin = |text: &str| bound(text).margin(&VALUES).unwrap();
        assert_eq!((margin("x > 1"), margin("x > 5"), margin("x > 1 && y > 0")), (1.0, -3.0, -3.0), "distances");
        assert_eq!((margin("x > 5 || y < 0"), margin("!(x > 5)")), (3.0, 3.0), "either and not");
        assert!(margin("x > 2") < 0.0 && margin("x >= 2") >= 0.0, "the boundary belongs to >= only");
        let mut stream = StreamKey::new(3, "test").stream("margin", 0);
        let expression = bound("(x > 1 && y <= x) || !(zero > y || x + y >= 2)");
        for _ in 0..2_000 {
            let drawn = [(); 3].map(|()| 6.0 * stream.next_unit() - 3.0);
            let holds = expression.holds(&drawn).unwrap();
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
        // Half of what a worker thread has by default.
        let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(move || {
            let compiled = texts.iter().filter_map(|text| Expression::compile(text).ok()?.bind(&scope()).ok());
            compiled.filter(|expression| expression.number(&VALUES).is_ok()).count()
        });
        let worked = thread.unwrap().join().expect("no panic");
        assert!(worked > 20, "some are fine: {worked}");
    }

    #[test]
    fn units_are_checked_and_converted() {
        let mut scope = Scope::default();
        for (name, symbol) in [
            ("speed", "km/h"),
            ("limit", "m/s"),
            ("gap", "m"),
            ("wide", "mm"),
            ("mass", "kg"),
            ("lean", "deg"),
            ("fill", ""),
        ] {
            scope.push(name, symbol).unwrap();
        }
        let values = [36.0, 5.0, 20.0, 500.0, 2.0, 30.0, 0.5];
        let bind = |text: &str| Expression::compile(text).unwrap().bind(&scope);
        for (text, expected) in [
            ("speed > limit", 1.0),
            ("limit + speed - 5", 10.0),
            ("gap / speed < 2.1", 1.0),
            ("gap / limit", 4.0),
            ("max(gap, wide)", 20.0),
            ("sin(lean)", 0.5),
            ("sqrt(gap * gap + wide * wide) > 20.006", 1.0),
            ("pow(limit, 2)", 25.0),
            ("clamp(wide, 0, gap)", 500.0),
            ("fill > 0.2 ? gap : 0", 20.0),
            ("atan2(gap, gap) < lean", 0.0),
        ] {
            let got = bind(text).unwrap_or_else(|error| panic!("{text}: {error}")).number(&values).unwrap();
            assert!((got - expected).abs() < 1e-9, "{text}: {got}, expected {expected}");
        }
        for (text, column, part) in [
            ("speed > gap", 7, "km/h and m"),
            ("gap + 1 + mass", 9, "kg"),
            ("exp(gap)", 4, "pure number"),
            ("sqrt(sqrt(gap)) > 1", 5, "root"),
            ("pow(gap, fill)", 4, "bare number"),
            ("fill > 0.2 ? gap : mass", 12, "m and kg"),
            ("sin(gap)", 4, "angle"),
        ] {
            let error = bind(text).unwrap_err();
            assert!(matches!(error, ExpressionError::Unit { column: got, .. } if got == column), "{text}: {error:?}");
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
        // `gap / speed` is in m·h/km: the conversion to seconds is exact.
        let time = Expression::compile("gap / speed").unwrap().bind_in(&scope, "s").unwrap();
        assert!((time.number(&values).unwrap() - 2.0).abs() < 1e-12, "in seconds");
        let wrong = Expression::compile("gap / speed").unwrap().bind_in(&scope, "m").unwrap_err();
        assert!(wrong.to_string().contains("gives s, but m is needed"), "{wrong}");
    }

    #[test]
    fn folds_read_signals_and_everything_else_does_not() {
        let mut scope = scope();
        scope.push_series("tilt", "deg").unwrap();
        scope.push_series("x", "").unwrap();
        let times = [0.0, 1.0, 2.0];
        let (tilt, x) = ([0.0, 30.0, 50.0], [9.0, 9.0, 9.0]);
        let columns: [&[f64]; 2] = [&tilt, &x];
        let series = Series { times_s: &times, columns: &columns };
        let number = |text: &str| {
            Expression::compile(text)
                .unwrap()
                .bind(&scope)
                .unwrap_or_else(|error| panic!("{text}: {error}"))
                .over(&VALUES, series)
        };
        for (text, expected) in [
            ("peak(tilt) > 45 && x > 1", 1.0),
            ("time_when(tilt > 20)", 1.0),
            ("average(tilt)", 27.5),
            ("last(tilt) - first(tilt)", 50.0),
            ("peak(x)", 9.0),
            ("peak(tilt * y)", 0.0),
            ("quantile(tilt, 0.5)", 30.0),
            ("time_when(tilt > 20 && x > 9)", -1.0),
        ] {
            assert_eq!(number(text), Ok(expected), "{text}");
        }
        for (text, part) in [
            ("tilt > 45", "peak("),
            ("peak(peak(tilt))", "inside"),
            ("peak(tilt > 1)", "number"),
            ("time_when(tilt)", "condition"),
        ] {
            let error =
                Expression::compile(text).and_then(|expression| expression.bind(&scope).map(|_| ())).unwrap_err();
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
        assert!(bound("x").over(&VALUES, Series { times_s: &[], columns: &[] }).is_ok(), "no signals needed");
    }
}
