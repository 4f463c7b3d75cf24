//! What is missing in a text that the parser refuses, in words for the person who is still writing it.
//!
//! It is asked only after the parser has refused: what it does not understand it leaves to the parser's own words.

/// What a piece of the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Value,
    Name,
    Operator,
    Open,
    Close,
    /// Nothing of the language.
    Broken,
}

/// A piece of the text.
#[derive(Clone, Copy, Debug)]
struct Piece<'a> {
    text: &'a str,
    /// In characters from 1.
    column: usize,
    kind: Kind,
    /// A bracket that takes a function's arguments.
    is_call: bool,
}

/// The first thing that is missing or too much in `text`, with its column from 1; `None` where nothing was found. The text is
/// ASCII.
pub(super) fn missing(text: &str) -> Option<(usize, String)> {
    let mut reader = Reader::default();
    for piece in pieces(text) {
        if let Some(wrong) = reader.read(piece) {
            return Some((piece.column, wrong));
        }
    }
    reader.end().map(|wrong| (text.trim_end().len() + 1, wrong))
}

/// Length of the piece that `rest` begins with, and what it is.
fn piece(rest: &str) -> (usize, Kind) {
    const BROKEN: [&str; 4] = ["=>", "=<", "<>", "**"];
    const OPERATORS: [&str; 6] = ["&&", "||", "==", "!=", "<=", ">="];
    let run = |fits: fn(char) -> bool| rest.find(|c| !fits(c)).unwrap_or(rest.len());
    let first = rest.chars().next().unwrap_or(' ');
    if first.is_ascii_alphabetic() || first == '_' {
        let length = run(|c| c.is_ascii_alphanumeric() || c == '_');
        return (length, if rest.get(..length) == Some("in") { Kind::Operator } else { Kind::Name });
    }
    let second_is_digit = rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    if first.is_ascii_digit() || first == '.' && second_is_digit {
        let mut length = run(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
        let (before, after) = rest.split_at(length);
        if before.ends_with(['e', 'E']) && after.starts_with(['+', '-']) {
            length += 1 + after.chars().skip(1).take_while(char::is_ascii_digit).count();
        }
        return (length, if is_number(rest.get(..length).unwrap_or_default()) { Kind::Value } else { Kind::Broken });
    }
    let begins = |words: &[&str]| words.iter().any(|word| rest.starts_with(word));
    match first {
        _ if begins(&BROKEN) => (2, Kind::Broken),
        _ if begins(&OPERATORS) => (2, Kind::Operator),
        '+' | '-' | '*' | '/' | '%' | '<' | '>' | '!' | '?' | ':' | ',' | '.' => (1, Kind::Operator),
        '(' | '[' | '{' => (1, Kind::Open),
        ')' | ']' | '}' => (1, Kind::Close),
        _ => (1, Kind::Broken),
    }
}

fn is_number(text: &str) -> bool {
    let is_other = text.starts_with("0x") || text.ends_with('u');
    is_other || text.parse::<f64>().is_ok() && !text.ends_with('.')
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut found, mut at): (Vec<Piece<'_>>, usize) = (Vec::new(), 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(' ') {
            at += 1;
            continue;
        }
        let (length, kind) = piece(rest);
        let is_call = rest.starts_with('(') && found.last().is_some_and(|before| before.kind == Kind::Name);
        found.push(Piece { text: rest.get(..length).unwrap_or(rest), column: at + 1, kind, is_call });
        at += length;
    }
    found
}

/// Reads pieces one after the other.
#[derive(Default)]
struct Reader<'a> {
    before: Option<Piece<'a>>,
    /// Brackets and `?` that wait for their other half.
    open: Vec<Piece<'a>>,
}

impl<'a> Reader<'a> {
    /// Whether a number, a name or a bracket must come next.
    fn wants_value(&self) -> bool {
        self.before.is_none_or(|before| matches!(before.kind, Kind::Operator | Kind::Open))
    }

    fn read(&mut self, piece: Piece<'a>) -> Option<String> {
        let wants_value = self.wants_value();
        let sign = matches!(piece.text, "-" | "!");
        let wrong = match piece.kind {
            Kind::Broken => Some(broken(piece.text)),
            Kind::Value | Kind::Name if !wants_value => Some(self.no_operator(piece)),
            Kind::Open if piece.text == "(" && !wants_value && !piece.is_call => Some(self.no_operator(piece)),
            Kind::Operator if piece.text == "!" && !wants_value => Some(self.no_operator(piece)),
            Kind::Operator if wants_value && !sign => Some(self.nothing_before(piece)),
            Kind::Operator if piece.text == ":" => self.colon(),
            Kind::Close => self.close(piece, wants_value),
            _ => None,
        };
        if piece.kind == Kind::Open || piece.text == "?" {
            self.open.push(piece);
        }
        self.before = Some(piece);
        wrong
    }

    fn no_operator(&self, piece: Piece<'_>) -> String {
        let before = self.before.map_or("", |before| before.text);
        let written = |word: &str, sign: &str| format!("the word `{word}` is written `{sign}` here");
        match (before, piece.text) {
            (_, "and") | ("and", _) => written("and", "&&"),
            (_, "or") | ("or", _) => written("or", "||"),
            ("not", _) => written("not", "!"),
            (before, text) => {
                format!("an operator is missing between `{before}` and `{text}`; write one such as `+`, `<` or `&&`")
            }
        }
    }

    fn nothing_before(&self, piece: Piece<'_>) -> String {
        match self.before {
            None => format!("nothing stands before `{}`; write a number, a name or a condition there", piece.text),
            Some(before) => format!(
                "nothing stands between `{}` and `{}`; write a number or a name there, or remove one of them",
                before.text, piece.text
            ),
        }
    }

    fn colon(&mut self) -> Option<String> {
        match self.open.last().map(|open| open.text) {
            Some("{") => None,
            Some("?") => {
                self.open.pop();
                None
            }
            _ => {
                Some("`:` has no `?` before it; write a condition, `?` and its two answers: `x > 1 ? 2 : 3`".to_owned())
            }
        }
    }

    fn close(&mut self, piece: Piece<'_>, wants_value: bool) -> Option<String> {
        let opening = match piece.text {
            ")" => "(",
            "]" => "[",
            _ => "{",
        };
        let Some(open) = self.open.pop() else {
            return Some(format!("`{}` has no `{opening}` before it; remove it, or write `{opening}`", piece.text));
        };
        if open.text == "?" {
            return Some(no_other_answer(open));
        }
        if open.text != opening {
            let column = open.column;
            let (open, close) = (open.text, closing(open.text));
            return Some(format!(
                "`{open}` of column {column} is closed by `{}`, not by `{close}`; write `{close}`",
                piece.text
            ));
        }
        let is_empty = self.before.is_some_and(|before| before.kind == Kind::Open);
        let may_be_empty = open.is_call || open.text != "(";
        (wants_value && !(is_empty && may_be_empty)).then(|| self.nothing_before(piece))
    }

    /// What the end of the text comes too early for.
    fn end(&self) -> Option<String> {
        let open = self.open.last().copied();
        if self.wants_value() {
            let before = self.before.map_or("", |before| before.text);
            let what =
                if matches!(before, "&&" | "||" | "!") { "a condition such as `x > 1`" } else { "a number or a name" };
            let then = match open.map(|open| open.text) {
                None => String::new(),
                Some("?") => ", then `:` and the other answer".to_owned(),
                Some(bracket) => format!(", and then `{}`", closing(bracket)),
            };
            return Some(format!("the expression ends too early: {what} must follow `{before}`{then}"));
        }
        let open = open?;
        if open.text == "?" {
            return Some(no_other_answer(open));
        }
        let close = closing(open.text);
        Some(format!("the expression ends before `{}` of column {} is closed; write `{close}`", open.text, open.column))
    }
}

fn closing(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

fn no_other_answer(open: Piece<'_>) -> String {
    format!("`?` of column {} has only one answer; write `:` and the other, as in `x > 1 ? 2 : 3`", open.column)
}

fn broken(text: &str) -> String {
    if text.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return format!("`{text}` is no number; write one such as `1.5` or `2e-3`, without a unit");
    }
    let cure = match text {
        "=" => "write `==` to compare",
        "=>" => "write `>=`",
        "=<" => "write `<=`",
        "<>" => "write `!=`",
        "&" => "write `&&` for and",
        "|" => "write `||` for or",
        "^" | "**" => "write `pow(x, 2)` for a power",
        _ => "remove it",
    };
    format!("`{text}` has no meaning here; {cure}")
}

#[cfg(test)]
mod tests {
    use crate::family::{Expression, ExpressionError};

    #[test]
    fn a_half_written_expression_is_told_what_is_missing_in_words() {
        for (text, column, part) in [
            ("", 1, "the expression is empty"),
            ("a <", 4, "ends too early: a number or a name must follow `<`"),
            ("a +", 4, "must follow `+`"),
            ("a > 1 &&", 9, "a condition such as `x > 1` must follow `&&`"),
            ("&&", 1, "nothing stands before `&&`"),
            ("(a", 3, "ends before `(` of column 1 is closed; write `)`"),
            ("(", 2, "must follow `(`, and then `)`"),
            ("max(a,", 7, "must follow `,`, and then `)`"),
            ("max(a, [b)", 10, "`[` of column 8 is closed by `)`, not by `]`"),
            ("1..", 1, "`1..` is no number"),
            ("a > 5m", 5, "without a unit"),
            ("a b", 3, "an operator is missing between `a` and `b`"),
            ("2(a)", 2, "between `2` and `(`"),
            ("a)", 2, "`)` has no `(` before it"),
            ("a > 1 ? 2", 10, "`?` of column 7 has only one answer"),
            ("a > 1 ?", 8, "must follow `?`, then `:`"),
            ("a : 2", 3, "`:` has no `?` before it"),
            ("a = 1", 3, "write `==`"),
            ("a ^ 2", 3, "pow(x, 2)"),
            ("a > 1 and a < 2", 7, "the word `and` is written `&&`"),
            ("not a", 5, "the word `not` is written `!`"),
            ("a > > 1", 5, "nothing stands between `>` and `>`"),
            ("a + ()", 6, "nothing stands between `(` and `)`"),
            ("\"x", 1, "without quotes"),
        ] {
            let Err(ExpressionError::Syntax { column: got, text: told }) = Expression::compile(text) else {
                panic!("`{text}` is no expression");
            };
            assert!(told.contains(part), "`{text}`: {told}");
            assert_eq!(got, column, "`{text}`: {told}");
            for word in ["mismatched", "extraneous", "no viable", "EOF", "token", "expecting"] {
                assert!(!told.contains(word), "`{text}` shows the parser's words: {told}");
            }
        }
    }
}
