//! How a result leaves the program.

use std::io::Write as _;

use serde_json::{Value, json};

/// A subcommand's result in both forms.
pub(super) struct Outcome {
    /// For people.
    pub(super) text: String,
    /// For programs: one object.
    pub(super) json: Value,
    /// The process's exit code.
    pub(super) code: u8,
}

impl Outcome {
    /// Done.
    pub(super) fn done(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json, code: 0 }
    }
}

/// Prints a result; the exit code. A closed pipe is a normal end.
pub(super) fn print(outcome: &Outcome, as_json: bool) -> u8 {
    let text = if as_json { outcome.json.to_string() } else { outcome.text.trim_end().to_owned() };
    let _closed = writeln!(std::io::stdout(), "{text}");
    outcome.code
}

/// Says on standard error what a person should know although the work goes on.
pub(super) fn warn(what: &str) {
    let _closed = writeln!(std::io::stderr(), "warning: {what}");
}

/// Prints what went wrong: to standard error, and with `--json` as an object to standard output too; the exit code.
pub(super) fn print_error(err: &anyhow::Error, as_json: bool) -> u8 {
    let _closed = writeln!(std::io::stderr(), "error: {err}");
    if as_json {
        let _closed = writeln!(std::io::stdout(), "{}", json!({ "error": format!("{err}") }));
    }
    2
}

/// Columns padded to their widest cell; numbers to the right.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| pad(cell, *width)).collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(head.to_vec());
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}

fn pad(cell: &str, width: usize) -> String {
    let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
    if cell.trim_start_matches(['>', '<']).parse::<f64>().is_ok() { gap + cell } else { cell.to_owned() + &gap }
}

/// Columns of the terminal, as the shell says; 120 where it does not.
pub(super) fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(|width| *width >= 40).unwrap_or(120)
}

/// A path as it can be pasted into a shell.
pub(super) fn shell(path: &std::path::Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "-_./+:@,=~".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// A number for people: four significant digits, no needless zeros.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e6).contains(&value.abs()) {
        return format!("{value:.3e}");
    }
    let digits = (3.0 - value.abs().log10().floor()).clamp(0.0, 6.0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let cases =
            [(0.0, "0"), (1.0, "1"), (0.25, "0.25"), (123.456, "123.5"), (-0.001_234, "-0.001234"), (1e-5, "1.000e-5")];
        for (value, text) in cases {
            assert_eq!(number(value), text, "{value}");
        }
    }

    #[test]
    fn paths_survive_the_shell() {
        let cases = [("a/b-1", "a/b-1"), ("mein Ordner", "'mein Ordner'"), ("it's", "'it'\\''s'"), ("ü", "ü")];
        for (path, text) in cases {
            assert_eq!(shell(std::path::Path::new(path)), text, "{path}");
        }
    }

    #[test]
    fn tables_line_up() {
        let text = table(&["name", "x"], &[vec!["a".into(), "10".into()], vec!["long".into(), "9".into()]]);
        assert_eq!(text, "name  x\na     10\nlong   9\n", "padded");
    }
}
