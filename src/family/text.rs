//! A family as text: RON with implicit `Some`, so that `proposal: Uniform(low: 0, high: 1)` is enough.
//!
//! Parsing runs no code and does no IO; `file` is only a name for messages. Every error names the file, the line, the
//! column, the field and what was expected, and shows the line. Writing gives one canonical text for families that mean the
//! same. [`canonical`] keeps no comments; [`super::edit`] changes single values in a person's own text. A file that
//! `extends` another is read by [`read`] and merged by [`super::variant`]; [`parse`] takes whole families only.

use std::collections::BTreeMap;

use ron::error::{Position, SpannedError};
use ron::extensions::Extensions;
use ron::ser::PrettyConfig;

use super::scan::{field_path, value_span, value_starts};
use super::variant::{Said, Variant};
use super::{Bound, Distribution, Family, units};
use crate::base::text::{did_you_mean, shortened};

/// Longest text in bytes. A family is written by hand; ten thousand measured quantiles take a twentieth of it.
pub const LONGEST_TEXT: usize = 4 * 1024 * 1024;

/// Deepest nesting that is read: lists and fields in each other, each level counted two or three times.
const DEEPEST_NESTING: usize = 128;

/// Most characters of a line that an excerpt shows on either side of the column.
const EXCERPT_SIDE: usize = 80;

/// Why a text is not a family.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {}{text}\n{excerpt}", self.place())]
pub struct FamilyError {
    /// The name that the text was given.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters from 1.
    pub column: usize,
    /// The field as a path (`parameters[2].nominal.low`); empty at the top.
    pub field: String,
    /// What is wrong and what was expected.
    pub text: String,
    /// The line, and a caret below the column.
    pub excerpt: String,
}

impl FamilyError {
    fn place(&self) -> String {
        if self.field.is_empty() { String::new() } else { format!("in `{}`: ", self.field) }
    }
}

/// Reads a family from `text`; `file` names it in errors. Whether the family makes sense is [`super::validate()`]'s question.
///
/// # Errors
/// [`FamilyError`] at the first place that is not what the format expects, and for a variant, which needs its base.
pub fn parse(text: &str, file: &str) -> Result<Family, FamilyError> {
    match read(text, file)? {
        Said::Whole(family) => Ok(*family),
        Said::Variant(variant) => {
            let wrong = format!(
                "`{}` is a variant and needs its base `{1}`; put it into a study's folder beside `{1}.ron`",
                variant.id, variant.extends
            );
            Err(located(bare(text), file, "extends".to_owned(), wrong))
        }
    }
}

/// Reads what a family's file says: a whole family, or a variant of one.
///
/// # Errors
/// [`FamilyError`] at the first place that is not what the format expects.
pub fn read(text: &str, file: &str) -> Result<Said, FamilyError> {
    if text.len() > LONGEST_TEXT {
        let (most, length) = (LONGEST_TEXT / 1024 / 1024, text.len());
        let wrong = format!(
            "the text has {length} bytes, at most {most} MiB are read; thin out long lists, or split the family"
        );
        return Err(FamilyError {
            file: file.to_owned(),
            line: 1,
            column: 1,
            field: String::new(),
            text: wrong,
            excerpt: excerpt(text, 1, 1),
        });
    }
    let text = bare(text);
    let wrong = |error| explain(text, file, &error);
    let at = |(field, wrong)| located(text, file, field, wrong);
    // The two kinds of file have different fields, so that the parser must know before it begins.
    let extends = value_span(text, "extends").and_then(|span| text.get(span));
    if extends.is_some_and(|value| value != "None") {
        let variant: Variant = options().from_str(text).map_err(wrong)?;
        variant.check().map_err(at)?;
        return Ok(Said::Variant(Box::new(variant)));
    }
    let mut family: Family = options().from_str(text).map_err(wrong)?;
    units::resolve(&mut family).map_err(at)?;
    Ok(Said::Whole(Box::new(family)))
}

/// Editors on some systems put a byte order mark in front.
pub(super) fn bare(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// An error about the field with this path, with its line and column in `source`; the nearest outer field's where the text
/// does not have it.
pub fn located(source: &str, file: &str, field: String, text: String) -> FamilyError {
    let (line, column) = Outline::of(source).place(&field);
    let excerpt = excerpt(source, line, column);
    FamilyError { file: file.to_owned(), line, column, field, text: shortened(text), excerpt }
}

/// Where the values of a family's text begin, for many questions about one text.
#[derive(Clone, Debug)]
pub struct Outline<'a> {
    source: &'a str,
    starts: BTreeMap<String, usize>,
}

impl<'a> Outline<'a> {
    /// The outline of a text that was parsed.
    pub fn of(source: &'a str) -> Self {
        Self { source, starts: value_starts(source) }
    }

    /// Line and column (in characters), both from 1, of the value of the field with this path; of the nearest outer field
    /// where the text does not have it.
    pub fn place(&self, field: &str) -> (usize, usize) {
        let mut path = field;
        let start = loop {
            if let Some(start) = self.starts.get(path) {
                break *start;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = path.get(..end).unwrap_or_default(),
                None => break 0,
            }
        };
        let before = self.source.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        (line, before.rsplit('\n').next().unwrap_or_default().chars().count() + 1)
    }
}

/// The line with a caret below the column, of a long line only what stands around it. Signs that would move the cursor of
/// a terminal are shown as spaces.
fn excerpt(source: &str, line: usize, column: usize) -> String {
    let whole = source.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let from = column.saturating_sub(EXCERPT_SIDE + 1);
    let mut letters = whole.chars().skip(from).map(|letter| if letter.is_control() { ' ' } else { letter });
    let shown: String = letters.by_ref().take(2 * EXCERPT_SIDE).collect();
    let (before, after) = (if from > 0 { "…" } else { "" }, if letters.next().is_some() { "…" } else { "" });
    let caret = " ".repeat(column.saturating_sub(1) - from + usize::from(from > 0));
    format!("{line:5} | {before}{shown}{after}\n      | {caret}^")
}

/// The family as text with a fixed layout and key order: `parse(canonical(family))` is the same family. A variant is written
/// whole, so that its text, digest and packs need no base; that it was one is left out.
pub fn canonical(family: &Family) -> String {
    if family.extends.is_some() {
        return canonical(&Family { extends: None, ..family.clone() });
    }
    let layout = PrettyConfig::new().depth_limit(3).new_line("\n").indentor("    ");
    match options().to_string_pretty(family, layout) {
        Ok(text) => text + "\n",
        // Strings, numbers and lists always have a text; if RON ever disagreed, equal families would still give equal text.
        Err(error) => format!("// not writable as RON: {error}\n{family:?}\n"),
    }
}

/// A distribution as one line of a family's file (`Normal(mean: 3.0, sd: 1.0)`).
pub fn distribution_line(distribution: &Distribution<Bound>) -> String {
    let layout = PrettyConfig::new().depth_limit(0);
    options().to_string_pretty(distribution, layout).unwrap_or_else(|error| format!("// not writable as RON: {error}"))
}

/// Reads a distribution of a parameter in the unit called `symbol` from one line, as a family's file writes it; quantities
/// are turned into that unit.
///
/// # Errors
/// The column in characters from 1, and a sentence.
pub fn parse_distribution(text: &str, symbol: &str) -> Result<Distribution<Bound>, (usize, String)> {
    let read = options().from_str::<Distribution<Bound>>(text).map_err(|error| {
        let told = explain(text, "", &error);
        (told.column, told.text)
    })?;
    units::resolved("", symbol, &read).map_err(|(place, wrong)| {
        let place = place.trim_start_matches('.');
        (1, if place.is_empty() { wrong } else { format!("{place}: {wrong}") })
    })
}

pub(super) fn options() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME).with_recursion_limit(DEEPEST_NESTING)
}

fn explain(source: &str, file: &str, error: &SpannedError) -> FamilyError {
    // Where RON read on past the culprit, the start of the span is nearer to it.
    let position = if error.span.start.line == 0 { error.span.end } else { error.span.start };
    let Position { line, col: column } = skip_space(source, position);
    FamilyError {
        file: file.to_owned(),
        line,
        column,
        field: field_path(source, line, column),
        text: if source.trim().is_empty() {
            "the file is empty; a family begins with `(` and its `id`".to_owned()
        } else {
            shortened(reworded(&error.code))
        },
        excerpt: excerpt(source, line, column),
    }
}

/// A span may begin at the space or comma before the value.
fn skip_space(source: &str, from: Position) -> Position {
    let Some(line) = source.lines().nth(from.line.saturating_sub(1)) else { return from };
    let spaces = line.chars().skip(from.col.saturating_sub(1)).take_while(|c| c.is_whitespace()).count();
    let at_end = from.col + spaces > line.chars().count();
    Position { line: from.line, col: if at_end { from.col } else { from.col + spaces } }
}

/// RON's error in our words: what was found, what was expected, and a guess at what was meant.
fn reworded(code: &ron::Error) -> String {
    let within = |outer: &Option<String>| outer.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
    match code {
        ron::Error::NoSuchStructField { expected, found, outer } => {
            let hint = did_you_mean(found, expected.iter().copied());
            format!("unknown field `{found}`{}{hint}; expected one of {}", within(outer), quoted(expected))
        }
        ron::Error::NoSuchEnumVariant { expected, found, .. } => {
            let hint = did_you_mean(found, expected.iter().copied());
            format!("unknown name `{found}`{hint}; expected one of {}", quoted(expected))
        }
        ron::Error::MissingStructField { field, outer } => {
            format!("the field `{field}`{} is missing; add it before the closing bracket", within(outer))
        }
        ron::Error::DuplicateStructField { field, outer } => {
            format!("the field `{field}`{} stands twice; remove one", within(outer))
        }
        ron::Error::InvalidValueForType { expected, found } => format!("expected {expected}, but found {found}"),
        ron::Error::ExpectedComma => "expected a comma between two fields or entries".to_owned(),
        ron::Error::Eof => "the file ends too early; close every bracket and quote".to_owned(),
        ron::Error::ExpectedStructLike | ron::Error::ExpectedNamedStructLike(_) => {
            "expected `(`; fields and vectors stand in round brackets, as in `(1, 2, 3)`".to_owned()
        }
        ron::Error::ExpectedFloat | ron::Error::ExpectedInteger => "expected a number".to_owned(),
        ron::Error::IntegerOutOfBounds => "this whole number is below 0 or too large".to_owned(),
        ron::Error::ExpectedString => "expected text in double quotes".to_owned(),
        ron::Error::ExceededRecursionLimit => {
            "brackets nest too deeply here; write cases and mixtures beside each other instead of inside".to_owned()
        }
        ron::Error::TrailingCharacters => "nothing may follow the closing bracket of the family".to_owned(),
        other => {
            let text = other.to_string();
            let mut letters = text.chars();
            letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Bound, Distribution, Weighted, written};

    const SAMPLE: &str = r#"(
    // A comment with an ( open bracket and a "quote.
    id: "f",
    title: "A family",
    version: 1,
    card: (rare_event: "a", artefact: "b", real_probe: "c", discard_rule: "d"),
    stage: "tabletop",
    scene: {"slot": "p", "other": 1},
    camera: (width_px: 64, height_px: 48, vertical_fov_deg: 57.5, eye_m: (0, "p", -0.1), target_m: (1, 0, 0)),
    clock: (duration_s: 2.5, frame_rate_hz: 30),
    parameters: [
        (name: "q", unit: "", role: Nuisance, nominal: Constant(1)),
        (
            name: "p",
            unit: "m",
            role: Cause,
            nominal: Uniform(low: 0, high: 1),
            proposal: Choice([(value: 1, weight: 2)]),
        ),
    ],
    measures: [(name: "m", is: "p > 1")],
    rare_event: "m",
)"#;

    fn broken(from: &str, to: &str) -> FamilyError {
        assert!(SAMPLE.contains(from), "{from}");
        parse(&SAMPLE.replacen(from, to, 1), "f.ron").unwrap_err()
    }

    #[test]
    fn whole_numbers_names_and_bare_options_read_as_meant() {
        let family = parse(SAMPLE, "f.ron").unwrap();
        assert_eq!(family.camera.eye_m, [Bound::Number(0.0), Bound::Expression("p".to_owned()), Bound::Number(-0.1)]);
        assert_eq!(family.scene["other"], Bound::Number(1.0), "int");
        let one = Weighted { value: 1.0, weight: 2.0, label: String::new() };
        assert_eq!(family.parameters[1].proposal, Some(written(&Distribution::Choice(vec![one]))), "implicit Some");
        assert_eq!(parse(&format!("\u{feff}{SAMPLE}"), "f.ron").unwrap(), family, "byte order mark");
        assert_eq!(parse(&SAMPLE.replace('\n', "\r\n"), "f.ron").unwrap(), family, "line ends");
    }

    #[test]
    fn numbers_keep_every_digit() {
        let mut stream = crate::base::StreamKey::new(1, "text").stream("digits", 0);
        let mut family = parse(SAMPLE, "f.ron").unwrap();
        for _ in 0..200 {
            let number = f64::from_bits(stream.next_u64());
            if !number.is_finite() {
                continue;
            }
            family.camera.roll_deg = Bound::Number(number);
            family.scene.insert("s".to_owned(), Bound::Number(stream.next_unit()));
            family.parameters[0].nominal = written(&Distribution::Constant(number));
            let text = canonical(&family);
            assert_eq!(parse(&text, "f.ron"), Ok(family.clone()), "{text}");
        }
    }

    #[test]
    fn the_canonical_text_depends_on_the_meaning_only() {
        let family = parse(SAMPLE, "f.ron").unwrap();
        let text = canonical(&family);
        let again = parse(&text, "canonical").unwrap();
        assert_eq!((again.clone(), canonical(&again)), (family.clone(), text.clone()), "fixed point");
        let other = parse(&SAMPLE.replace("    // A comment", "// Another").replace("    ", " "), "f.ron").unwrap();
        assert_eq!(other.digest(), family.digest(), "layout");
        let mut changed = family.clone();
        changed.version = 2;
        assert_ne!(changed.digest(), family.digest(), "meaning");
        assert!(text.contains("nominal: Uniform(low: 0.0, high: 1.0)"), "one line a distribution:\n{text}");
        let odd = Family { title: "quote \" back \\ tab\t new\nline ü".to_owned(), ..family };
        assert_eq!(parse(&canonical(&odd), "odd"), Ok(odd), "escapes");
    }

    #[test]
    fn errors_name_place_field_and_cure() {
        for (from, to, place, field, part) in [
            ("nominal: Uniform", "nominl: Uniform", (17, 13), "parameters[1]", "did you mean `nominal`?"),
            ("Uniform(low", "Unifrm(low", (17, 22), "parameters[1].nominal", "did you mean `Uniform`?"),
            ("low: 0,", "low: true,", (17, 35), "parameters[1].nominal.low", "a number, a quantity"),
            ("low: 0,", "low: \"30 kg\",", (17, 35), "parameters[1].nominal.low", "is given in kg, but m is needed"),
            ("low: 0,", "low: \"3 apples\",", (17, 36), "parameters[1].nominal.low", "unknown unit"),
            ("high: 1)", "hihg: 1)", (17, 38), "parameters[1].nominal", "`high`"),
            ("            unit: \"m\",\n", "", (18, 9), "parameters[1]", "`unit` of Parameter is missing"),
            ("\"other\": 1", "\"other\": true", (8, 35), "scene.other", "a quantity such as"),
            ("57.5", "[57]", (9, 61), "camera.vertical_fov_deg", "a quantity such as"),
            ("eye_m: (0", "eye_m: [0", (9, 74), "camera.eye_m", "round brackets"),
            ("stage: \"tabletop\",", "stage: \"tabletop\"", (8, 5), "stage", "comma"),
            ("version: 1", "version: -1", (5, 15), "version", "below 0"),
        ] {
            let error = broken(from, to);
            let shown = error.to_string();
            assert!(error.text.contains(part), "{to}: {shown}");
            assert_eq!(error.field, field, "{to}: {shown}");
            assert_eq!((error.line, error.column), place, "{to}: {shown}");
            assert!(shown.starts_with(&format!("f.ron:{}:{}: ", place.0, place.1)), "{shown}");
        }
        assert!(parse("", "f.ron").unwrap_err().text.contains("empty"), "empty");
        assert!(parse("(id: \"a", "f.ron").is_err(), "cut off");
    }

    #[test]
    fn cut_and_garbled_texts_give_errors_not_panics() {
        let mut stream = crate::base::StreamKey::new(2, "text").stream("garbled", 0);
        for cut in 0..SAMPLE.len() {
            assert!(parse(&SAMPLE[..cut], "f.ron").is_err(), "cut at {cut}");
        }
        for _ in 0..400 {
            let mut letters: Vec<char> = SAMPLE.chars().collect();
            for _ in 0..3 {
                let at = stream.next_below(letters.len() as u64) as usize;
                letters[at] = ['(', ')', '"', ',', 'ü', '#', '\n', '/'][stream.next_below(8) as usize];
            }
            let _either = parse(&letters.iter().collect::<String>(), "f.ron");
        }
        assert!(parse(&"[".repeat(100_000), "deep.ron").is_err(), "deep");
    }
}
