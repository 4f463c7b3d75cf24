//! The little YAML that calibrations are written in: keys with texts, numbers, lists of numbers and groups of such.
//!
//! OpenCV's `FileStorage` and ROS's `camera_info` need no more. Anchors, block texts, groups in braces and several documents are
//! refused by name rather than read half.

use super::CalibrationError;

/// Deepest nesting of groups.
const DEEPEST: usize = 8;

/// What stands behind a key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Numbers(Vec<f64>),
}

/// A key with its groups (`camera_matrix.data`), its line from 1, and what stands behind it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) value: Value,
}

/// A line that says something.
struct Line<'a> {
    number: usize,
    indent: usize,
    text: &'a str,
}

/// Everything that `text` says.
///
/// # Errors
/// The first line that is something else.
pub(super) fn parse(text: &str, file: &str) -> Result<Vec<Entry>, CalibrationError> {
    let wrong = |line: usize, text: String| CalibrationError::at(file, line, text);
    let mut entries: Vec<Entry> = Vec::new();
    // Indentation and path of the groups that are open.
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut lines = said(text, file)?.into_iter().peekable();
    while let Some(line) = lines.next() {
        let Some((key, rest)) = key_of(line.text) else {
            let text = format!("`{}` is no `key: value`; a calibration has one a line", line.text);
            return Err(wrong(line.number, text));
        };
        while open.last().is_some_and(|(indent, _)| *indent >= line.indent) {
            open.pop();
        }
        let within = open.last().map_or(String::new(), |(_, path)| format!("{path}."));
        let path = format!("{within}{key}");
        if entries.iter().any(|entry| entry.path == path) {
            return Err(wrong(line.number, format!("`{path}` is there twice; remove one of them")));
        }
        let rest = tagless(rest).map_err(|text| wrong(line.number, text))?;
        let value = if rest.is_empty() {
            let mut listed = Vec::new();
            while let Some(item) = lines.next_if(|next| next.indent >= line.indent && next.text.starts_with("- ")) {
                listed.push(number(item.text.trim_start_matches("- "), file, item.number)?);
            }
            if listed.is_empty() {
                if open.len() >= DEEPEST {
                    return Err(wrong(line.number, format!("groups are nested more than {DEEPEST} deep")));
                }
                open.push((line.indent, path));
                continue;
            }
            Value::Numbers(listed)
        } else if let Some(first) = rest.strip_prefix('[') {
            let mut list = first.to_owned();
            while !list.contains(']') {
                let Some(more) = lines.next() else {
                    return Err(wrong(
                        line.number,
                        format!("the list of `{path}` has no `]`; the file may be cut off"),
                    ));
                };
                list.push(' ');
                list.push_str(more.text);
            }
            Value::Numbers(numbers(&list, &path, file, line.number)?)
        } else {
            Value::Text(unquoted(rest).to_owned())
        };
        entries.push(Entry { path, line: line.number, value });
    }
    Ok(entries)
}

/// The lines without comments, directives and marks.
fn said<'a>(text: &'a str, file: &str) -> Result<Vec<Line<'a>>, CalibrationError> {
    let mut lines = Vec::new();
    for (at, whole) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
        let number = at + 1;
        let wrong = |text: &str| Err(CalibrationError::at(file, number, text.to_owned()));
        let bare = without_comment(whole).trim_end();
        let trimmed = bare.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('%') && lines.is_empty() {
            continue;
        }
        if trimmed == "---" || trimmed == "..." {
            // What `ros2 topic echo` prints ends each message with a mark; the first message is enough.
            if lines.is_empty() {
                continue;
            }
            if text.lines().skip(number).all(|line| line.trim().is_empty()) {
                break;
            }
            return wrong("a second document begins; keep one calibration a file");
        }
        if bare.starts_with('\t') || bare.trim_start_matches(' ').starts_with('\t') {
            return wrong("the line is indented by a tab; YAML allows spaces only");
        }
        lines.push(Line { number, indent: bare.len() - trimmed.len(), text: trimmed });
    }
    Ok(lines)
}

/// A `#` begins a comment at the line's begin or behind a space, outside quotes.
fn without_comment(line: &str) -> &str {
    let (mut quote, mut before) = (None, ' ');
    for (at, letter) in line.char_indices() {
        match quote {
            Some(mark) if letter == mark => quote = None,
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if letter == '#' && before.is_whitespace() => return line.get(..at).unwrap_or(line),
            Some(_) | None => {}
        }
        before = letter;
    }
    line
}

fn key_of(text: &str) -> Option<(&str, &str)> {
    let (key, rest) = text.split_once(':')?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    (is_key && (rest.is_empty() || rest.starts_with(' '))).then_some((key, rest.trim()))
}

/// What stands behind a tag; only that of OpenCV's matrices is known.
fn tagless(rest: &str) -> Result<&str, String> {
    match rest.chars().next() {
        Some('!') => match rest.split_once(' ').unwrap_or((rest, "")) {
            ("!!opencv-matrix", after) => Ok(after.trim()),
            (tag, _) => Err(format!("the tag `{tag}` is not known; a calibration has `!!opencv-matrix` only")),
        },
        Some('&' | '*') => Err("anchors and references are not read; write the value out".to_owned()),
        Some('|' | '>') => Err("texts over several lines are not read; write it on one line".to_owned()),
        Some('{') => Err("a group in braces is not read; write its keys on lines of their own".to_owned()),
        _ => Ok(rest),
    }
}

fn numbers(list: &str, path: &str, file: &str, line: usize) -> Result<Vec<f64>, CalibrationError> {
    let (inner, after) = list.split_once(']').unwrap_or((list, ""));
    if !after.trim().is_empty() {
        let text = format!("`{}` stands behind the list of `{path}`; remove it", after.trim());
        return Err(CalibrationError::at(file, line, text));
    }
    let words = inner.split(',').map(str::trim);
    // A comma before the bracket says nothing.
    let words: Vec<&str> = words.collect();
    let words = match words.split_last() {
        Some((&"", rest)) => rest,
        _ => &words[..],
    };
    words.iter().map(|word| number(word, file, line)).collect()
}

/// A finite number, in the ways that OpenCV and Python write them (`1.`, `6.4e+02`).
pub(super) fn number(word: &str, file: &str, line: usize) -> Result<f64, CalibrationError> {
    let bare = word.trim();
    match bare.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(CalibrationError::at(file, line, format!("`{bare}` is no finite number"))),
    }
}

fn unquoted(text: &str) -> &str {
    let inside = |mark: char| text.strip_prefix(mark)?.strip_suffix(mark);
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}
