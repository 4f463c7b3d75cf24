//! Where a field stands in a family's text: brackets, keys, texts and comments, and nothing more of RON's syntax.
//!
//! RON's own parser tells neither the path of an error nor the place of a value. This one checks nothing: it is only asked
//! about texts that were parsed, or about the place where parsing ended.

use std::collections::BTreeMap;
use std::ops::Range;

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

/// The bytes of the value of the field with this path, without the space around it.
pub(super) fn value_span(source: &str, path: &str) -> Option<Range<usize>> {
    let mut walk = Walk::default();
    let mut scanner = Scanner { source, line: 1, column: 1 };
    let mut found: Option<(usize, usize)> = None;
    while let Some(token) = scanner.next_token() {
        let after = source.len() - scanner.source.len();
        let ends = match (&token, found) {
            (Token::Comma | Token::Close, Some((_, depth))) => walk.levels.len() == depth,
            _ => false,
        };
        if ends {
            // The comma or bracket itself is one byte.
            let (start, _) = found?;
            let value = source.get(start..after - 1)?;
            let begin = start + (value.len() - value.trim_start().len());
            return Some(begin..begin + value.trim().len());
        }
        let is_colon = matches!(token, Token::Colon);
        walk.take(token);
        if is_colon && found.is_none() && walk.path() == path {
            found = Some((after, walk.levels.len()));
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
            scanner.skip_space();
            // A name that stands twice is refused elsewhere; the first is the one that was read.
            starts.entry(walk.path()).or_insert(source.len() - scanner.source.len());
        }
    }
    starts
}

enum Token {
    Open(char),
    Close,
    Comma,
    Colon,
    Word(String),
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

    /// Steps over space and comments, which nest between `/*` and `*/`.
    fn skip_space(&mut self) {
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
            } else if self.source.starts_with(char::is_whitespace) {
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
        loop {
            self.skip_space();
            match self.step()? {
                bracket @ ('(' | '[' | '{') => return Some(Token::Open(bracket)),
                ')' | ']' | '}' => return Some(Token::Close),
                ',' => return Some(Token::Comma),
                ':' => return Some(Token::Colon),
                '"' => return Some(Token::Word(self.quoted())),
                '\'' => self.skip_letter(),
                'r' if self.source.starts_with(['"', '#']) => return Some(Token::Word(self.raw_quoted())),
                first if first.is_alphanumeric() || first == '_' => return Some(Token::Word(self.word(first))),
                _ => {}
            }
        }
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
