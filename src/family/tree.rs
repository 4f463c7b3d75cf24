//! A person's text brought up to date value by value: what kept its meaning keeps its letters, comments and layout.
//!
//! Three texts are walked side by side: the person's, what it meant before, and what it shall mean, the latter two as the
//! writer puts them on one line. Where before and after are the same, the person's text stays; else the smallest value
//! that holds the difference is exchanged, added or removed. This module knows no field of a family. It promises nothing:
//! whoever asks reads the result again and compares.

use std::collections::BTreeSet;
use std::ops::Range;

use super::scan::{Token, tokens};

/// Columns of a line before it is broken.
const LINE_COLUMNS: usize = 120;

/// A value in a text.
struct Node {
    span: Range<usize>,
    kind: Kind,
}

enum Kind {
    /// A number, a text, a tuple, a named choice such as `Uniform(low: 0, high: 1)`: exchanged as a whole.
    Whole,
    /// A struct or map.
    Fields(Vec<Field>),
    /// A list.
    Entries(Vec<Node>),
}

struct Field {
    name: String,
    /// Where the name stands.
    start: usize,
    value: Node,
}

impl Kind {
    fn field(&self, name: &str) -> Option<&Field> {
        let Self::Fields(fields) = self else { return None };
        fields.iter().find(|field| field.name == name)
    }
}

struct Reader<'a> {
    tokens: &'a [(Token, Range<usize>)],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    /// The value that begins here, up to the comma or bracket behind it.
    fn value(&mut self) -> Option<Node> {
        let (first, span) = self.tokens.get(self.at)?;
        let start = span.start;
        let kind = if let Token::Open(bracket) = first {
            self.at += 1;
            if *bracket == '[' { self.entries()? } else { self.fields()? }
        } else {
            self.skip_value()?;
            Kind::Whole
        };
        let (_, last) = self.tokens.get(self.at.checked_sub(1)?)?;
        Some(Node { span: start..last.end, kind })
    }

    fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                None | Some(Token::Comma | Token::Close) if depth == 0 => return Some(()),
                Some(Token::Open(_)) => depth += 1,
                Some(Token::Close) => depth -= 1,
                None => return None,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn entries(&mut self) -> Option<Kind> {
        let mut entries = Vec::new();
        while !self.closes()? {
            entries.push(self.value()?);
            self.comma();
        }
        Some(Kind::Entries(entries))
    }

    /// A struct or map; a bracket without names is a tuple.
    fn fields(&mut self) -> Option<Kind> {
        let mut fields = Vec::new();
        let mut named = true;
        while !self.closes()? {
            let (token, span) = self.tokens.get(self.at)?;
            if let (Token::Word(name), Some((Token::Colon, _))) = (token, self.tokens.get(self.at + 1)) {
                self.at += 2;
                fields.push(Field { name: name.clone(), start: span.start, value: self.value()? });
            } else {
                named = false;
                self.value()?;
            }
            self.comma();
        }
        Some(if named { Kind::Fields(fields) } else { Kind::Whole })
    }

    /// Steps over a closing bracket, if one is here.
    fn closes(&mut self) -> Option<bool> {
        let closes = matches!(self.peek()?, Token::Close);
        self.at += usize::from(closes);
        Some(closes)
    }

    fn comma(&mut self) {
        self.at += usize::from(matches!(self.peek(), Some(Token::Comma)));
    }
}

fn read(text: &str) -> Option<Node> {
    let tokens: Vec<_> = tokens(text).collect();
    Reader { tokens: &tokens, at: 0 }.value()
}

/// `text`, which means `before`, changed so that it means `after`; both are a struct on one line. `None` where the text has
/// another shape.
pub(super) fn synced(text: &str, before: &str, after: &str) -> Option<String> {
    let (mine, old, new) = (read(text)?, read(before)?, read(after)?);
    if !matches!((&mine.kind, &old.kind, &new.kind), (Kind::Fields(_), Kind::Fields(_), Kind::Fields(_))) {
        return None;
    }
    let mut sync = Sync { text, before, after, changes: Vec::new() };
    sync.value(&mine, &old, &new);
    let mut changes = sync.changes;
    changes.sort_by_key(|(range, _)| (range.start, range.end));
    let (mut out, mut done) = (String::new(), 0);
    for (range, replacement) in changes {
        out += text.get(done..range.start.max(done))?;
        out += &replacement;
        done = done.max(range.end);
    }
    Some(out + text.get(done..)?)
}

struct Sync<'a> {
    text: &'a str,
    before: &'a str,
    after: &'a str,
    /// Bytes of `text` and what takes their place.
    changes: Vec<(Range<usize>, String)>,
}

/// Where a new field or entry goes in the person's text.
struct Gap<'a> {
    /// The bracket that it goes into.
    inside: &'a Node,
    /// Bytes of the field or entry before it; none where it comes first.
    behind: Option<Range<usize>>,
    /// Where the first field or entry begins.
    first: usize,
}

impl Sync<'_> {
    fn same(&self, old: &Node, new: &Node) -> bool {
        self.before.get(old.span.clone()) == self.after.get(new.span.clone())
    }

    fn value(&mut self, mine: &Node, old: &Node, new: &Node) {
        if self.same(old, new) {
            return;
        }
        match (&mine.kind, &old.kind, &new.kind) {
            (Kind::Fields(mine_fields), Kind::Fields(old_fields), Kind::Fields(fields))
                if !mine_fields.is_empty() && !fields.is_empty() =>
            {
                self.fields(mine, mine_fields, old_fields, &new.kind);
            }
            (Kind::Entries(mine_entries), Kind::Entries(old_entries), Kind::Entries(entries))
                if !entries.is_empty() && !mine_entries.is_empty() && mine_entries.len() == old_entries.len() =>
            {
                if self.entries(mine, mine_entries, old_entries, entries).is_none() {
                    self.exchange(mine, new);
                }
            }
            _ => self.exchange(mine, new),
        }
    }

    fn exchange(&mut self, mine: &Node, new: &Node) {
        let indent = indent_at(self.text, mine.span.start);
        let used = self.text.get(..mine.span.start).map_or(0, |before| before.len() - line_start(before));
        self.changes.push((mine.span.clone(), laid_out(self.after, new, &indent, used)));
    }

    fn fields(&mut self, mine: &Node, mine_fields: &[Field], old: &[Field], new: &Kind) {
        let Kind::Fields(fields) = new else { return };
        let old_kind = |name: &str| old.iter().find(|field| field.name == name);
        let mut behind: Option<Range<usize>> = None;
        let first = mine_fields.first().map_or(mine.span.start + 1, |field| field.start);
        for field in fields {
            match (mine.kind.field(&field.name), old_kind(&field.name)) {
                (Some(present), before) => {
                    match before {
                        Some(before) => self.value(&present.value, &before.value, &field.value),
                        // The person had written out what goes without saying.
                        None => self.exchange(&present.value, &field.value),
                    }
                    behind = Some(present.start..present.value.span.end);
                }
                (None, Some(before)) if self.same(&before.value, &field.value) => {}
                (None, _) => {
                    let name = self.after.get(field.start..field.value.span.start).unwrap_or_default();
                    let gap = Gap { inside: mine, behind: behind.clone(), first };
                    self.insert(&gap, name, &field.value);
                }
            }
        }
        for present in mine_fields {
            if new.field(&present.name).is_none() && old_kind(&present.name).is_some() {
                self.remove(present.start..present.value.span.end);
            }
        }
    }

    /// Lists of named things; `None` where only the whole list can be exchanged.
    fn entries(&mut self, mine: &Node, mine_entries: &[Node], old: &[Node], new: &[Node]) -> Option<()> {
        let old_names = names(self.before, old)?;
        let new_names = names(self.after, new)?;
        let renamed = old_names.iter().zip(&new_names).filter(|(before, after)| before != after).count();
        if old_names.len() == new_names.len() && renamed <= 1 {
            for ((mine, old), new) in mine_entries.iter().zip(old).zip(new) {
                self.value(mine, old, new);
            }
            return Some(());
        }
        let place = |name: &String| old_names.iter().position(|other| other == name);
        let kept: Vec<usize> = new_names.iter().filter_map(place).collect();
        if !kept.windows(2).all(|pair| pair.first() < pair.last()) || kept.is_empty() {
            return None;
        }
        let first = mine_entries.first()?.span.start;
        let mut behind: Option<Range<usize>> = None;
        for (name, entry) in new_names.iter().zip(new) {
            if let Some(at) = place(name) {
                let present = mine_entries.get(at)?;
                self.value(present, old.get(at)?, entry);
                behind = Some(present.span.clone());
            } else {
                self.insert(&Gap { inside: mine, behind: behind.clone(), first }, "", entry);
            }
        }
        for (at, present) in mine_entries.iter().enumerate() {
            if !kept.contains(&at) {
                self.remove(present.span.clone());
            }
        }
        Some(())
    }

    /// Puts a field or entry on a line of its own where its neighbours have one, else on theirs.
    fn insert(&mut self, gap: &Gap<'_>, name: &str, value: &Node) {
        let indent = indent_at(self.text, gap.first);
        let own_line = indent.len() == gap.first - line_start(self.text.get(..gap.first).unwrap_or_default());
        let written = format!("{name}{}", laid_out(self.after, value, &indent, indent.len() + name.len()));
        let Some(behind) = &gap.behind else {
            let separator = if own_line { format!("\n{indent}") } else { " ".to_owned() };
            self.changes.push((gap.first..gap.first, format!("{written},{separator}")));
            return;
        };
        if !own_line {
            self.changes.push((behind.end..behind.end, format!(", {written}")));
            return;
        }
        // Behind the neighbour's comma and the comment on its line, unless something else stands there.
        let rest = self.text.get(behind.end..gap.inside.span.end).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        let tail = line.strip_prefix(',').map(str::trim);
        if tail.is_some_and(|tail| tail.is_empty() || tail.starts_with("//")) && rest.len() > line.len() {
            let end = behind.end + line.len();
            self.changes.push((end..end, format!("\n{indent}{written},")));
        } else {
            self.changes.push((behind.end..behind.end, format!(",\n{indent}{written}")));
        }
    }

    /// Takes away a field or entry with its comma, and its line where nothing else stands on it.
    fn remove(&mut self, span: Range<usize>) {
        let before = self.text.get(..span.start).unwrap_or_default();
        let rest = self.text.get(span.end..).unwrap_or_default();
        let comma = rest.len() - rest.trim_start().strip_prefix(',').unwrap_or(rest).len();
        let end = span.end + comma;
        let after = self.text.get(end..).unwrap_or_default();
        let line = after.split_inclusive('\n').next().unwrap_or_default();
        let start = line_start(before);
        let alone = before.get(start..).is_some_and(|indent| indent.trim().is_empty());
        if alone && line.trim().is_empty() {
            self.changes.push((start..end + line.len(), String::new()));
        } else {
            let spaces = after.len() - after.trim_start_matches(' ').len();
            self.changes.push((span.start..end + spaces, String::new()));
        }
    }
}

/// What tells the entries of a list apart; `None` where they have no names or one stands twice.
fn names(text: &str, entries: &[Node]) -> Option<Vec<String>> {
    let word = |entry: &Node, field: &str| {
        let field = entry.kind.field(field)?;
        text.get(field.value.span.clone()).map(str::to_owned)
    };
    let name = |entry: &Node| {
        word(entry, "name").or_else(|| word(entry, "of")).or_else(|| Some(word(entry, "a")? + &word(entry, "b")?))
    };
    let names: Vec<String> = entries.iter().map(name).collect::<Option<_>>()?;
    (names.iter().collect::<BTreeSet<_>>().len() == names.len()).then_some(names)
}

/// The byte where the last line of `text` begins.
fn line_start(text: &str) -> usize {
    text.rfind('\n').map_or(0, |at| at + 1)
}

/// The space that the line of this byte begins with.
fn indent_at(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default();
    let line = before.get(line_start(before)..).unwrap_or_default();
    line.chars().take_while(|c| *c == ' ' || *c == '\t').collect()
}

/// A struct on one line of `text` as people lay it out, each of its fields on a line.
pub(super) fn broken_up(text: &str) -> Option<String> {
    let node = read(text)?;
    Some(broken(text, &node, "") + "\n")
}

/// On one line where that fits behind the `used` columns; lists of structs always have a line an entry.
fn laid_out(text: &str, node: &Node, indent: &str, used: usize) -> String {
    let line = text.get(node.span.clone()).unwrap_or_default();
    let things = |entry: &Node| matches!(entry.kind, Kind::Fields(_));
    let many = matches!(&node.kind, Kind::Entries(entries) if entries.iter().any(things));
    if matches!(node.kind, Kind::Whole) || !many && used + line.chars().count() < LINE_COLUMNS {
        line.to_owned()
    } else {
        broken(text, node, indent)
    }
}

fn broken(text: &str, node: &Node, indent: &str) -> String {
    let inner = format!("{indent}    ");
    let part = |name: &str, value: &Node| {
        format!("{inner}{name}{},\n", laid_out(text, value, &inner, inner.len() + name.len() + 1))
    };
    let parts: String = match &node.kind {
        Kind::Whole => return text.get(node.span.clone()).unwrap_or_default().to_owned(),
        Kind::Fields(fields) => {
            let named =
                |field: &Field| part(text.get(field.start..field.value.span.start).unwrap_or_default(), &field.value);
            fields.iter().map(named).collect()
        }
        Kind::Entries(entries) => entries.iter().map(|entry| part("", entry)).collect(),
    };
    let bracket = |at: Option<usize>| at.and_then(|at| text.get(at..=at)).unwrap_or_default();
    let (open, close) = (bracket(Some(node.span.start)), bracket(node.span.end.checked_sub(1)));
    format!("{open}\n{parts}{indent}{close}")
}
