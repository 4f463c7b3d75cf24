//! Holds the tree to what `docs/ARCHITECTURE.md` and `docs/STYLE.md` promise: module directions, lengths, folders and
//! documents that match, no panics in `src`, no paths of one machine.

#![expect(clippy::expect_used, reason = "a test says what failed by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A function fits on a screen (docs/STYLE.md).
const FUNCTION_LINES_MAX: usize = 70;
/// A file has one subject.
const FILE_LINES_MAX: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_under(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(files_under(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn sources() -> Vec<(String, String)> {
    let read = |path: PathBuf| (relative(&path), fs::read_to_string(&path).expect("source is readable"));
    files_under(&root().join("src"), ".rs").into_iter().map(read).collect()
}

/// The table of docs/ARCHITECTURE.md: module -> what it may name.
fn table() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("docs/ARCHITECTURE.md");
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
        let plain = cells.first()?.chars().all(|c| c.is_ascii_lowercase()) && !cells[0].is_empty();
        (cells.len() >= 3 && plain && cells[0] != "module")
            .then(|| (cells[0].to_owned(), cells[1].split_whitespace().map(str::to_owned).collect()))
    });
    rows.collect()
}

/// Names after `crate::` in one file, `crate::{a::x, b}` included.
fn modules_named(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let inner = &group[..group.find("};").unwrap_or(group.len())];
            let mut depth = 0;
            for part in inner.split_inclusive([',', '{', '}']) {
                let word: String = part.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if depth == 0 && !word.is_empty() {
                    names.push(word);
                }
                depth += part.matches('{').count() as i32 - part.matches('}').count() as i32;
            }
        } else {
            names.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    names
}

#[test]
fn modules_name_only_what_the_architecture_allows() {
    let table = table();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(module) = path.strip_prefix("src/").and_then(|rest| rest.split_once('/')).map(|(module, _)| module)
        else {
            continue;
        };
        let allowed = &table[module];
        for named in modules_named(&text) {
            if named != module && table.contains_key(&named) && !allowed.contains(&named) {
                wrong.push(format!("{path}: `{module}` must not name `{named}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "see the table in docs/ARCHITECTURE.md\n{}", wrong.join("\n"));
}

#[test]
fn every_folder_has_a_row_and_every_row_a_folder() {
    let folders: Vec<String> = fs::read_dir(root().join("src"))
        .expect("src")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let table = table();
    for folder in &folders {
        assert!(table.contains_key(folder), "src/{folder} is not described in docs/ARCHITECTURE.md");
    }
    for module in table.keys() {
        assert!(folders.contains(module), "docs/ARCHITECTURE.md describes src/{module}, which does not exist");
    }
}

/// Name and length of every function in rustfmt's layout: from its `fn` line to the brace at the same indentation.
fn function_lengths(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let head = ["pub ", "pub(crate) ", "pub(super) ", "const ", "async ", "unsafe "]
            .iter()
            .fold(code, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
        let Some(name) = head.strip_prefix("fn ") else { continue };
        let indent = " ".repeat(line.len() - code.len());
        let close = format!("{indent}}}");
        let end = lines[at..]
            .iter()
            .position(|line| *line == close || line.trim_end().ends_with(';') && !line.starts_with(' '));
        let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let one_line = line.trim_end().ends_with('}') || line.trim_end().ends_with(';');
        found.push((name, if one_line { 1 } else { end.map_or(1, |end| end + 1) }));
    }
    found
}

#[test]
fn functions_fit_on_a_screen_and_files_have_one_subject() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            wrong.push(format!("{path}: {lines} lines, at most {FILE_LINES_MAX}"));
        }
        for (name, length) in function_lengths(&text) {
            if length > FUNCTION_LINES_MAX {
                wrong.push(format!("{path}: fn {name} has {length} lines, at most {FUNCTION_LINES_MAX}"));
            }
        }
    }
    assert!(wrong.is_empty(), "split them\n{}", wrong.join("\n"));
}

#[test]
fn the_length_counter_counts() {
    let text = "fn a() {\n    1;\n}\n\nimpl X {\n    pub fn b(\n        x: u8,\n    ) -> u8 {\n        x\n    }\n    fn c() {}\n}\n";
    let expected = [("a".to_owned(), 3), ("b".to_owned(), 5), ("c".to_owned(), 1)];
    assert_eq!(function_lengths(text), expected, "three functions");
    assert_eq!(modules_named("use crate::{base::{self, Rgb}, data};\ncrate::run::x"), ["base", "data", "run"], "names");
}

/// What must not stand in `src` outside tests, with what to write instead.
const BANNED: [(&str, &str); 7] = [
    (".unwrap()", "return an error that names the thing and the cure"),
    (".expect(\"", "return an error that names the thing and the cure"),
    ("panic!(", "return an error"),
    ("todo!(", "write it, or open an issue"),
    ("unimplemented!(", "write it, or open an issue"),
    ("dbg!(", "remove it"),
    ("#[allow(", "#[expect(…, reason = …)]"),
];

#[test]
fn nothing_banned_stands_in_src() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        // Tests in files of their own may say `expect`.
        if path.ends_with("tests.rs") || path.contains("/tests/") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for (word, instead) in BANNED {
                if line.contains(word) {
                    wrong.push(format!("{path}:{}: `{word}`: {instead}", number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The crates of the window, which the feature `app` brings.
const WINDOW: [&str; 5] = ["eframe", "egui", "egui_plot", "egui_wgpu", "rfd"];

#[test]
fn only_the_studio_knows_a_window_toolkit() {
    let names = |line: &str| {
        let words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        !line.trim_start().starts_with("//") && words.into_iter().any(|word| WINDOW.contains(&word))
    };
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let found = text.lines().enumerate().filter(|(_, line)| names(line));
        wrong.extend(found.filter(|_| !path.starts_with("src/app/")).map(|(at, _)| format!("{path}:{}", at + 1)));
    }
    assert!(wrong.is_empty(), "what stands outside `src/app` must do without the feature `app`: {wrong:?}");
    assert!(sources().iter().any(|(_, text)| text.lines().any(names)), "the studio is made with one");
}

#[test]
fn unfinished_work_names_its_issue_and_no_file_names_a_machine() {
    let mut wrong = Vec::new();
    for folder in ["src", "tests", "docs", "scripts", ".ci", "scenarios", "benches"] {
        for path in files_under(&root().join(folder), "") {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            for (number, line) in text.lines().enumerate() {
                let marks = [concat!("TO", "DO"), concat!("FIX", "ME")];
                let unfinished = marks.iter().any(|mark| line.contains(mark)) && !line.contains('#');
                let machine = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")]
                    .iter()
                    .any(|place| line.contains(place));
                if unfinished || machine {
                    wrong.push(format!("{}:{}: {}", relative(&path), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{path} does not begin with a sentence about what it is for");
    }
}
