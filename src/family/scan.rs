//! Where a field stands in a family's text: brackets, keys, texts and comments, and nothing more of RON's syntax.
//!
//! RON's own parser tells neither the path of an error nor the place of a value. This one checks nothing: it is only asked
//! about texts that were parsed, or about the place where parsing ended.

use std::collections::BTreeMap;
use std::ops::Range;

/// No family is nested deeper; what is deeper is garbled, and its paths are not worth their length.
const DEEPEST: usize = 64;

/// An open bracket of the source.
struct Level {
    /// In a list: how many commas came before. In a struct or map: unused.
    index: usize,
    /// The last key before a colon.
    key: Option<String>,
    is_list: bool,
}

/// The open brackets while walking over a text.
#[derive(Default)]
struct Walk {
    levels: Vec<Level>,
    word: String,
}

impl Walk {
    fn take(&mut self, token: Token) {
        match token {
            Token::Open(bracket) => {
                self.levels.push(Level { index: 0, key: None, is_list: bracket == '[' });
                self.word.clear();
            }
            Token::Close => {
                self.levels.pop();
                self.word.clear();
            }
            Token::Comma => {
                if let Some(level) = self.levels.last_mut() {
                    level.index += 1;
                    level.key = None;
                }
                self.word.clear();
            }
            Token::Colon => {
                if let Some(level) = self.levels.last_mut() {
                    level.key = Some(std::mem::take(&mut self.word));
                }
            }
            Token::Word(text) => self.word = text,
            Token::Other => {}
        }
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for level in &self.levels {
            if level.is_list {
                path += &format!("[{}]", level.index);
            } else if let Some(key) = &level.key {
                path += if path.is_empty() { "" } else { "." };
                path += key;
            }
        }
        path
    }
}

/// The path of the field at a position, from 1: `parameters[2].nominal`.
pub(super) fn field_path(source: &str, line: usize, column: usize) -> String {
    let mut walk = Walk::default();
    let mut scanner = Scanner { source, line: 1, column: 1 };
    while let Some(token) = scanner.next_token() {
        if (scanner.line, scanner.column) > (line, column) {
            break;
        }
        walk.take(token);
    }
    walk.path()
}

/// The bytes of the value with this path (`camera.eye_m`, `parameters[2]`), without the space and comments around it.
pub(super) fn value_span(source: &str, path: &str) -> Option<Range<usize>> {
    let mut walk = Walk::default();
    let mut found: Option<(usize, Range<usize>)> = None;
    for (token, span) in tokens(source) {
        match (&token, &mut found) {
            (Token::Comma | Token::Close, Some((depth, value))) if walk.levels.len() == *depth => {
                // A list's last comma is followed by no value.
                return (value.start < value.end).then(|| value.clone());
            }
            (_, Some((_, value))) => {
                let start = if value.start < value.end { value.start } else { span.start };
                *value = start..span.end;
            }
            _ => {}
        }
        let (after_colon, opens_entry) =
            (matches!(token, Token::Colon), matches!(token, Token::Comma | Token::Open('[')));
        walk.take(token);
        let depth = walk.levels.len();
        let opens_value = after_colon || opens_entry && walk.levels.last().is_some_and(|level| level.is_list);
        if opens_value && found.is_none() && depth <= DEEPEST && walk.path() == path {
            found = Some((depth, 0..0));
        }
    }
    None
}

/// Where the value of every field and every entry of a list begins, in bytes, by its path.
pub(super) fn value_starts(source: &str) -> BTreeMap<String, usize> {
    let mut starts = BTreeMap::new();
    let mut walk = Walk::default();
    let mut scanner = Scanner { source, line: 1, column: 1 };
    while let Some(token) = scanner.next_token() {
        let (is_colon, is_entry) = (matches!(token, Token::Colon), matches!(token, Token::Open('[') | Token::Comma));
        walk.take(token);
        if is_colon || is_entry && walk.levels.last().is_some_and(|level| level.is_list) {
            scanner.skip_blank();
            // A name that stands twice is refused elsewhere; the first is the one that was read.
            starts.entry(walk.path()).or_insert(source.len() - scanner.source.len());
        }
    }
    starts
}

/// The tokens of `source` with their bytes, comments and space left out.
pub(super) fn tokens(source: &str) -> impl Iterator<Item = (Token, Range<usize>)> {
    let mut scanner = Scanner { source, line: 1, column: 1 };
    std::iter::from_fn(move || {
        scanner.skip_blank();
        let start = source.len() - scanner.source.len();
        scanner.next_token().map(|token| (token, start..source.len() - scanner.source.len()))
    })
}

/// What [`tokens`] tells apart.
pub(super) enum Token {
    Open(char),
    Close,
    Comma,
    Colon,
    /// A name, a number's digits, or a text without its quotes and escapes.
    Word(String),
    /// A sign or point of a number.
    Other,
}

/// Just enough of RON's syntax to tell brackets, keys, texts and comments apart.
struct Scanner<'a> {
    source: &'a str,
    line: usize,
    column: usize,
}

impl Scanner<'_> {
    fn step(&mut self) -> Option<char> {
        let mut characters = self.source.chars();
        let character = characters.next()?;
        self.source = characters.as_str();
        if character == '\n' {
            (self.line, self.column) = (self.line + 1, 1);
        } else {
            self.column += 1;
        }
        Some(character)
    }

    /// Steps over everything up to and with `end`.
    fn skip_past(&mut self, end: &str) {
        while !self.source.is_empty() && !self.source.starts_with(end) {
            self.step();
        }
        end.chars().for_each(|_| {
            self.step();
        });
    }

    /// Steps over space, comments (which nest between `/*` and `*/`) and the byte order mark that some editors put in front.
    fn skip_blank(&mut self) {
        loop {
            if self.source.starts_with("//") {
                self.skip_past("\n");
            } else if self.source.starts_with("/*") {
                let mut depth = 0_usize;
                while !self.source.is_empty() {
                    depth = match self.source.get(..2) {
                        Some("/*") => depth + 1,
                        Some("*/") => depth - 1,
                        _ => {
                            self.step();
                            continue;
                        }
                    };
                    self.step();
                    self.step();
                    if depth == 0 {
                        break;
                    }
                }
            } else if self.source.starts_with(|c: char| c.is_whitespace() || c == '\u{feff}') {
                self.step();
            } else {
                return;
            }
        }
    }

    /// Steps over the rest of a single letter in quotes, which may be a bracket.
    fn skip_letter(&mut self) {
        if self.step() == Some('\\') {
            self.step();
        }
        if self.source.starts_with('\'') {
            self.step();
        }
    }

    fn next_token(&mut self) -> Option<Token> {
        self.skip_blank();
        Some(match self.step()? {
            bracket @ ('(' | '[' | '{') => Token::Open(bracket),
            ')' | ']' | '}' => Token::Close,
            ',' => Token::Comma,
            ':' => Token::Colon,
            '"' => Token::Word(self.quoted()),
            '\'' => {
                self.skip_letter();
                Token::Other
            }
            'r' if self.source.starts_with(['"', '#']) => Token::Word(self.raw_quoted()),
            first if first.is_alphanumeric() || first == '_' => Token::Word(self.word(first)),
            _ => Token::Other,
        })
    }

    fn word(&mut self, first: char) -> String {
        let mut word = String::from(first);
        while let Some(next) = self.source.chars().next().filter(|c| c.is_alphanumeric() || *c == '_') {
            word.push(next);
            self.step();
        }
        word
    }

    fn quoted(&mut self) -> String {
        let mut text = String::new();
        while let Some(character) = self.step() {
            match character {
                '"' => break,
                '\\' => {
                    self.step();
                }
                other => text.push(other),
            }
        }
        text
    }

    fn raw_quoted(&mut self) -> String {
        let hashes = self.source.chars().take_while(|c| *c == '#').count();
        (0..=hashes).for_each(|_| {
            self.step();
        });
        self.skip_past(&format!("\"{}", "#".repeat(hashes)));
        String::new()
    }
}
