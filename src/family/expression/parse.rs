//! From the text of an expression to checked nodes: bounds on the text, the `cel` parser, types.
//!
//! Kept apart from the evaluation so that the language can grow here without touching what runs for every draw.

use std::collections::BTreeSet;

use cel::common::ast::{CallExpr, Expr, LiteralValue, SourceInfo, operators};
use cel::parser::{Expression as Parsed, Parser};

use super::function::{FOLDS, FUNCTIONS, Fold, Function, UnitRule, at, function};
use super::{Comparison, DEEPEST_NESTING, ExpressionError, Kind, LONGEST_TEXT, MOST_OPERATORS, Node};
use crate::base::text::did_you_mean;

/// What users write as operators.
const ARITHMETIC: [(&str, Function); 6] = [
    (operators::ADD, function("+", (2, 2), UnitRule::Same, |x| at(x, 0) + at(x, 1))),
    (operators::SUBSTRACT, function("-", (2, 2), UnitRule::Same, |x| at(x, 0) - at(x, 1))),
    (operators::MULTIPLY, function("*", (2, 2), UnitRule::Product, |x| at(x, 0) * at(x, 1))),
    (operators::DIVIDE, function("/", (2, 2), UnitRule::Quotient, |x| at(x, 0) / at(x, 1))),
    (operators::MODULO, function("%", (2, 2), UnitRule::Same, |x| libm::fmod(at(x, 0), at(x, 1)))),
    (operators::NEGATE, function("-", (1, 1), UnitRule::Same, |x| -at(x, 0))),
];

const COMPARISONS: [(&str, Comparison); 6] = [
    (operators::LESS, Comparison::Less),
    (operators::LESS_EQUALS, Comparison::LessOrEqual),
    (operators::GREATER, Comparison::Greater),
    (operators::GREATER_EQUALS, Comparison::GreaterOrEqual),
    (operators::EQUALS, Comparison::Equal),
    (operators::NOT_EQUALS, Comparison::NotEqual),
];

/// The checked tree of `text`, what it yields and the names it reads.
pub(super) fn parse(text: &str) -> Result<(Node, Kind, BTreeSet<String>), ExpressionError> {
    refuse_what_could_exhaust_the_parser(text)?;
    // The parser expands macros such as `all` to loops; the compiler below refuses what comes of them.
    let (parsed, source) = Parser::new()
        .max_recursion_depth(DEEPEST_NESTING as u16 * 2)
        .parse_with_source_info(text)
        .map_err(|errors| refusal(text, &errors))?;
    let mut compiler = Compiler { source: &source, variables: BTreeSet::new() };
    let (root, kind) = compiler.node(&parsed)?;
    Ok((root, kind, compiler.variables))
}

struct Compiler<'a> {
    source: &'a SourceInfo,
    variables: BTreeSet<String>,
}

impl Compiler<'_> {
    fn column(&self, parsed: &Parsed) -> usize {
        self.source.offset_for(parsed.id).map_or(1, |(start, _)| start as usize + 1)
    }

    fn refuse<T>(&self, parsed: &Parsed, text: impl Into<String>) -> Result<T, ExpressionError> {
        Err(ExpressionError::Syntax { column: self.column(parsed), text: text.into() })
    }

    fn node(&mut self, parsed: &Parsed) -> Result<(Node, Kind), ExpressionError> {
        match &parsed.expr {
            Expr::Literal(literal) => self.literal(parsed, literal),
            Expr::Ident(name) => {
                self.variables.insert(name.clone());
                Ok((Node::Variable { name: name.clone(), column: self.column(parsed) }, Kind::Number))
            }
            Expr::Call(call) => self.call(parsed, call),
            Expr::Select(_) => self.refuse(parsed, "names have no fields here; write a single name such as `a_b`"),
            Expr::List(_) => self.refuse(parsed, "a list is only allowed to the right of `in`"),
            Expr::Comprehension(_) => self.refuse(parsed, "loops such as `all` and `exists` are not allowed"),
            Expr::Map(_) | Expr::Struct(_) => self.refuse(parsed, "expected a number or a condition, not `{ }`"),
            Expr::Unspecified => self.refuse(parsed, "expected a number, a name or a condition"),
        }
    }

    fn literal(&self, parsed: &Parsed, literal: &LiteralValue) -> Result<(Node, Kind), ExpressionError> {
        let number = match literal {
            LiteralValue::Double(double) => *double.inner(),
            LiteralValue::Int(int) => *int.inner() as f64,
            LiteralValue::UInt(int) => *int.inner() as f64,
            LiteralValue::Boolean(truth) => {
                return Ok((Node::Number(if *truth.inner() { 1.0 } else { 0.0 }), Kind::Truth));
            }
            LiteralValue::String(_) | LiteralValue::Bytes(_) | LiteralValue::Null => {
                return self.refuse(parsed, "expected a number; texts and null have no value here");
            }
        };
        if number.is_finite() {
            return Ok((Node::Number(number), Kind::Number));
        }
        self.refuse(parsed, "this number is too large")
    }

    fn call(&mut self, parsed: &Parsed, call: &CallExpr) -> Result<(Node, Kind), ExpressionError> {
        if call.target.is_some() {
            return self.refuse(parsed, format!("write `{0}(x)`, not `x.{0}()`", call.func_name));
        }
        let name = call.func_name.as_str();
        if let Some((_, function)) =
            ARITHMETIC.iter().find(|(operator, function)| *operator == name && function.least == call.args.len())
        {
            return self.apply(parsed, *function, &call.args);
        }
        if let Some((_, comparison)) = COMPARISONS.iter().find(|(operator, _)| *operator == name) {
            return self.compare(parsed, *comparison, &call.args);
        }
        match (name, call.args.as_slice()) {
            (operators::LOGICAL_AND, [left, right]) => {
                Ok((Node::And(self.truth(left)?, self.truth(right)?), Kind::Truth))
            }
            (operators::LOGICAL_OR, [left, right]) => {
                Ok((Node::Or(self.truth(left)?, self.truth(right)?), Kind::Truth))
            }
            (operators::LOGICAL_NOT, [inner]) => Ok((Node::Not(self.truth(inner)?), Kind::Truth)),
            (operators::CONDITIONAL, [condition, then, otherwise]) => {
                let condition = self.truth(condition)?;
                let ((then, kind), (otherwise, other)) = (self.node(then)?, self.node(otherwise)?);
                if kind != other {
                    return self.refuse(parsed, "both answers of `? :` must be numbers, or both conditions");
                }
                let (then, otherwise) = (Box::new(then), Box::new(otherwise));
                Ok((Node::If { condition, then, otherwise, column: self.column(parsed) }, kind))
            }
            (operators::IN, [left, right]) => self.one_of(parsed, left, right),
            _ => self.named(parsed, name, &call.args),
        }
    }

    fn named(&mut self, parsed: &Parsed, name: &str, arguments: &[Parsed]) -> Result<(Node, Kind), ExpressionError> {
        if let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) {
            return self.apply(parsed, *function, arguments);
        }
        match FOLDS.iter().find(|(fold, ..)| *fold == name) {
            Some((name, fold, of_condition, with_extra)) => {
                self.fold(parsed, (name, *fold), (*of_condition, *with_extra), arguments)
            }
            None => self.unknown_function(parsed, name),
        }
    }

    /// A summary over the episode.
    fn fold(
        &mut self,
        parsed: &Parsed,
        (name, fold): (&'static str, Fold),
        (of_condition, with_extra): (bool, bool),
        arguments: &[Parsed],
    ) -> Result<(Node, Kind), ExpressionError> {
        let (inner, extra) = match (arguments, with_extra) {
            ([inner], false) => (inner, 0.0),
            ([inner, extra], true) => match self.number(extra)? {
                Node::Number(number) => (inner, number),
                _ => return self.refuse(extra, format!("the second argument of `{name}` must be a plain number")),
            },
            _ => {
                let expected = if with_extra { "a quantity and a plain number" } else { "one argument" };
                return self.refuse(parsed, format!("`{name}` takes {expected}, not {}", arguments.len()));
            }
        };
        let inner = if of_condition { self.truth(inner)? } else { Box::new(self.number(inner)?) };
        Ok((Node::Fold { fold, name, inner, extra, column: self.column(parsed) }, Kind::Number))
    }

    fn unknown_function<T>(&self, parsed: &Parsed, name: &str) -> Result<T, ExpressionError> {
        if name.contains(['_', '@', '[']) && !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return self.refuse(parsed, "this operator is not part of the language");
        }
        let known: Vec<&str> =
            FUNCTIONS.iter().map(|function| function.name).chain(FOLDS.iter().map(|(fold, ..)| *fold)).collect();
        let hint = did_you_mean(name, known.iter().copied());
        self.refuse(parsed, format!("no function `{name}`{hint}; there are {}", known.join(", ")))
    }

    fn apply(
        &mut self,
        parsed: &Parsed,
        function: Function,
        arguments: &[Parsed],
    ) -> Result<(Node, Kind), ExpressionError> {
        if arguments.len() < function.least || arguments.len() > function.most {
            let Function { name, least, most, .. } = function;
            let expected = if least == most { format!("{least}") } else { format!("{least} to {most}") };
            return self.refuse(parsed, format!("`{name}` takes {expected} numbers, not {}", arguments.len()));
        }
        let arguments = arguments.iter().map(|argument| self.number(argument)).collect::<Result<Vec<_>, _>>()?;
        Ok((Node::Apply { function, arguments, column: self.column(parsed) }, Kind::Number))
    }

    fn compare(
        &mut self,
        parsed: &Parsed,
        comparison: Comparison,
        arguments: &[Parsed],
    ) -> Result<(Node, Kind), ExpressionError> {
        let [left, right] = arguments else {
            return self.refuse(parsed, "a comparison has two sides");
        };
        let (left, right) = (Box::new(self.number(left)?), Box::new(self.number(right)?));
        Ok((Node::Compare { comparison, left, right, column: self.column(parsed) }, Kind::Truth))
    }

    fn one_of(&mut self, parsed: &Parsed, left: &Parsed, right: &Parsed) -> Result<(Node, Kind), ExpressionError> {
        let Expr::List(list) = &right.expr else {
            return self.refuse(right, "expected a list of numbers such as `[1, 2]` after `in`");
        };
        let left = self.number(left)?;
        let mut any: Option<Node> = None;
        for element in &list.elements {
            let right = Box::new(self.number(element)?);
            let column = self.column(element);
            let equal = Node::Compare { comparison: Comparison::Equal, left: Box::new(left.clone()), right, column };
            any = Some(match any {
                Some(earlier) => Node::Or(Box::new(earlier), Box::new(equal)),
                None => equal,
            });
        }
        match any {
            Some(node) => Ok((node, Kind::Truth)),
            None => self.refuse(parsed, "the list after `in` is empty"),
        }
    }

    fn number(&mut self, parsed: &Parsed) -> Result<Node, ExpressionError> {
        match self.node(parsed)? {
            (node, Kind::Number) => Ok(node),
            (_, Kind::Truth) => self.refuse(parsed, "expected a number, not a condition; write `(condition) ? 1 : 0`"),
        }
    }

    fn truth(&mut self, parsed: &Parsed) -> Result<Box<Node>, ExpressionError> {
        match self.node(parsed)? {
            (node, Kind::Truth) => Ok(Box::new(node)),
            (_, Kind::Number) => self.refuse(parsed, "expected a condition, not a number; write `x > 0.5`"),
        }
    }
}

/// The parser recurses on brackets and operators, so both are bounded before it sees the text.
fn refuse_what_could_exhaust_the_parser(text: &str) -> Result<(), ExpressionError> {
    let refuse = |column: usize, text: String| Err(ExpressionError::Syntax { column, text });
    if text.trim().is_empty() {
        return refuse(1, "the expression is empty; write a condition such as `x > 1`".to_owned());
    }
    let length = text.chars().count();
    if length > LONGEST_TEXT {
        return refuse(LONGEST_TEXT, format!("the expression has {length} characters; {LONGEST_TEXT} are allowed"));
    }
    let (mut depth, mut operators) = (0_usize, 0_usize);
    for (index, character) in text.chars().enumerate() {
        let column = index + 1;
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '"' | '\'' | '`' => {
                return refuse(column, "texts have no value here; names stand without quotes".to_owned());
            }
            _ if !character.is_ascii() => {
                return refuse(column, format!("`{character}` is not allowed; use letters, digits, _ and operators"));
            }
            _ if character.is_ascii_control() => return refuse(column, "write the expression on one line".to_owned()),
            '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '!' | '&' | '|' | '?' | ':' | ',' | '.' => operators += 1,
            _ => {}
        }
        if depth > DEEPEST_NESTING {
            return refuse(column, format!("brackets nest deeper than {DEEPEST_NESTING}; split the expression"));
        }
        if operators > MOST_OPERATORS {
            return refuse(column, format!("more than {MOST_OPERATORS} operators; split the expression"));
        }
    }
    Ok(())
}

/// What is wrong with a text that the parser refuses.
fn refusal(text: &str, errors: &cel::ParseErrors) -> ExpressionError {
    if let Some((column, text)) = super::half::missing(text) {
        return ExpressionError::Syntax { column, text };
    }
    let Some(first) = errors.errors.first() else {
        return ExpressionError::Syntax { column: 1, text: "this is no expression".to_owned() };
    };
    // The parser lists every token that could follow, which helps nobody; the part before says what it met.
    let text = first.msg.trim_start_matches("Syntax error: ").split(" expecting ").next().unwrap_or_default();
    let text = format!(
        "this does not read as an expression: {}",
        text.replace("'<EOF>'", "the end").replace("<EOF>", "the end")
    );
    ExpressionError::Syntax { column: usize::try_from(first.pos.1).unwrap_or(1).max(1), text }
}
