//! YOLO: `labels/x.txt` where the picture is `images/x.jpg`, or `x.txt` beside `x.jpg`; names from `data.yaml` or
//! `classes.txt`.
//!
//! A line is `class cx cy width height` in fractions of the picture's size (a sixth value, a score, is left out), or
//! `class x1 y1 x2 y2 x3 y3 …`, an outline. An empty file says that nothing is there, no file that nobody looked.
//! Of YAML just the keys `names` and `kpt_shape` are read. Deliberately not: keypoints, turned boxes as such (they are
//! outlines).

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::text::{self, Line};
use super::{Beside, Label, LabelFormat, Labelling};
use crate::base::{Note, files};
use crate::data::error::DataError;
use crate::data::folder::search::has_extension;
use crate::data::set::slashed;

/// So many files are looked through for names.
const MOST_NAME_FILES: usize = 16;
/// Beyond this a number is no fraction of a picture, even of a box that reaches far out of it.
const FURTHEST: f64 = 2.0;

/// What numbers of classes mean, and how many values of keypoints follow a box.
#[derive(Default)]
pub(super) struct Names {
    pub(super) names: BTreeMap<u64, String>,
    n_keypoint_values: usize,
}

/// `images` replaced by `labels`, the last one in the path.
fn in_labels(picture: &Path) -> Option<PathBuf> {
    let parts: Vec<Component<'_>> = picture.components().collect();
    let images = |part: &Component<'_>| part.as_os_str().eq_ignore_ascii_case("images");
    let at = parts.iter().rposition(images)?;
    let swapped = parts.iter().enumerate().map(|(i, part)| if i == at { "labels".as_ref() } else { part.as_os_str() });
    Some(swapped.collect::<PathBuf>().with_extension("txt"))
}

/// Whether any picture has a file in a folder `labels`.
pub(super) fn is_there(beside: &Beside<'_>) -> bool {
    beside.own_files(|file| [in_labels(file)]).iter().any(Option::is_some)
}

/// The labels; `None` where no text file looks like it.
pub(super) fn read(beside: &Beside<'_>, notes: &mut Vec<Note>) -> Result<Option<Labelling>, DataError> {
    let own_files = beside.own_files(|file| [in_labels(file), Some(file.with_extension("txt"))]);
    let n_files = own_files.iter().flatten().count();
    if n_files == 0 {
        return Ok(None);
    }
    let (names, name_file) = names_beside(beside);
    let all = text::read_all(beside, &own_files, |words| line(words, &names))?;
    let n_good: usize = all.iter().flatten().map(|parsed| parsed.labels.len()).sum();
    let n_bad: usize = all.iter().flatten().map(|parsed| parsed.n_bad).sum();
    // Pictures often have captions beside them.
    if n_good == 0 && (n_bad > 0 || name_file.is_none()) {
        let first = own_files.iter().flatten().next().map_or_else(String::new, |file| slashed(file));
        let text = format!(
            "{n_files} text files are called like pictures but hold no YOLO boxes (`class cx cy width height`); they are left out."
        );
        notes.push(Note::new(first, text));
        return Ok(None);
    }
    text::tell_unlabelled(beside, &own_files, |_| true, notes);
    let mut labelling = Labelling::new(LabelFormat::Yolo, names.names.values().cloned());
    let n_named = labelling.classes.len();
    labelling.in_fractions = true;
    text::collect(&mut labelling, own_files, all, "class cx cy width height` or `class x1 y1 x2 y2 x3 y3 …", notes);
    if let Some(unnamed) = labelling.classes.get(n_named) {
        let about = name_file.as_ref().map_or_else(|| "labels".to_owned(), |file| slashed(file));
        let count = labelling.classes.len() - n_named;
        let text = format!(
            "{count} classes have no name and are called by their numbers (the first is {unnamed}); list them in data.yaml or classes.txt."
        );
        notes.push(Note::new(about, text));
    }
    labelling.shared_files.extend(name_file);
    Ok(Some(labelling))
}

/// Names from the first file that has some: `data.yaml`, another YAML file, `classes.txt`.
fn names_beside(beside: &Beside<'_>) -> (Names, Option<PathBuf>) {
    let called = |file: &Path, name: &str| file.file_name().is_some_and(|other| other.eq_ignore_ascii_case(name));
    let is_yaml = |file: &Path| has_extension(file, &["yaml", "yml"]);
    let mut candidates: Vec<&PathBuf> =
        beside.texts.iter().filter(|file| is_yaml(file) || called(file, "classes.txt")).collect();
    candidates.sort_by_key(|file| (!called(file, "data.yaml"), !is_yaml(file), file.components().count()));
    for file in candidates.into_iter().take(MOST_NAME_FILES) {
        let Ok(text) = files::read_text(&beside.root.join(file)) else { continue };
        let names = if is_yaml(file) { names_in_yaml(&text) } else { names_in_lines(&text) };
        if !names.names.is_empty() {
            return (names, Some(file.clone()));
        }
    }
    (Names::default(), None)
}

/// One name a line.
pub(super) fn names_in_lines(text: &str) -> Names {
    let lines = text.trim_start_matches('\u{feff}').trim_end().lines();
    let names = lines.enumerate().map(|(at, name)| (at as u64, name.trim().to_owned())).collect();
    Names { names, ..Names::default() }
}

/// The keys `names` (a list or a map, in one line or several) and `kpt_shape` of a YAML file; the rest is not looked at.
pub(super) fn names_in_yaml(text: &str) -> Names {
    let mut found = Names::default();
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(without_comment).peekable();
    while let Some(line) = lines.next() {
        let Some((key, rest)) = line.split_once(':') else { continue };
        let mut value = rest.trim().to_owned();
        if !["names", "kpt_shape"].contains(&key) {
            continue;
        }
        // What belongs to the key is indented, a list's element, or within brackets that are still open.
        let is_open = |value: &str| value.starts_with(['[', '{']) && !value.ends_with([']', '}']);
        while let Some(next) = lines.peek() {
            if !(is_open(&value) || next.starts_with([' ', '\t', '-']) || next.is_empty()) {
                break;
            }
            value.push('\n');
            value.push_str(next.trim());
            value = value.trim_end().to_owned();
            lines.next();
        }
        if key == "names" {
            found.names = elements(&value);
        } else {
            let sizes = elements(&value).into_values().filter_map(|size| size.parse::<usize>().ok());
            found.n_keypoint_values = sizes.take(2).fold(1, usize::saturating_mul);
        }
    }
    found
}

/// The line up to a `#` that is neither quoted nor inside a word.
fn without_comment(line: &str) -> &str {
    let (mut quote, mut before) = (None, ' ');
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '#' && before.is_whitespace() => return line.get(..at).unwrap_or(line).trim_end(),
            None if matches!(c, '"' | '\'') && !before.is_alphanumeric() => quote = Some(c),
            _ => {}
        }
        before = c;
    }
    line.trim_end()
}

/// `[a, b]`, `{0: a, 1: b}`, lines of `- a` or of `0: a`.
fn elements(value: &str) -> BTreeMap<u64, String> {
    let inner = value.trim().trim_start_matches(['[', '{']).trim_end_matches([']', '}']);
    let in_brackets = value.trim_start().starts_with(['[', '{']);
    let mut names = BTreeMap::new();
    for part in parts(inner, if in_brackets { ',' } else { '\n' }) {
        let part = part.trim();
        let part = part.strip_prefix("- ").unwrap_or(part).trim();
        if part.is_empty() || part == "-" {
            continue;
        }
        let numbered = part.split_once(':').and_then(|(key, name)| Some((unquoted(key).parse().ok()?, name)));
        let (number, name) = numbered.unwrap_or((names.len() as u64, part));
        names.insert(number, unquoted(name).to_owned());
    }
    names
}

/// The text between separators that are not quoted.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let (mut quote, mut start, mut before, mut found) = (None, 0, ' ', Vec::new());
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == separator => {
                found.extend(text.get(start..at));
                start = at + 1;
            }
            None if matches!(c, '"' | '\'') && !before.is_alphanumeric() => quote = Some(c),
            _ => {}
        }
        before = c;
    }
    found.extend(text.get(start..));
    found
}

fn unquoted(word: &str) -> &str {
    let word = word.trim();
    let inner = |quote: char| word.strip_prefix(quote).and_then(|word| word.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(word)
}

/// One line in fractions of the picture.
pub(super) fn line(words: &str, names: &Names) -> Line {
    if words.is_empty() {
        return Line::Empty;
    }
    let mut parts = words.split_whitespace();
    let class: Option<u64> = parts.next().and_then(|word| word.parse::<f64>().ok()).and_then(whole);
    let Some(class) = class else { return Line::Bad("its class is no whole number") };
    let Some(values) = text::numbers(parts) else { return Line::Bad("a value is no number") };
    let has_keypoints =
        names.n_keypoint_values > 0 && [4, 5].iter().any(|n| values.len() == n + names.n_keypoint_values);
    let (bounds, outline) = match values[..] {
        [cx, cy, width, height] | [cx, cy, width, height, _] => (around(cx, cy, width, height), Vec::new()),
        [cx, cy, width, height, ..] if has_keypoints => (around(cx, cy, width, height), Vec::new()),
        _ if values.len() >= 6 && values.len() % 2 == 0 => {
            let points = values.as_chunks::<2>().0.to_vec();
            (super::bounds_of(&points), vec![points])
        }
        _ => return Line::Bad("it has neither a box nor an outline"),
    };
    if bounds.iter().any(|value| value.abs() > FURTHEST) {
        return Line::Bad("its values are no fractions of the picture's size");
    }
    let [x0, y0, x1, y1] = bounds;
    if !text::has_area([x0, y0, x1, y1]) || x0 >= 1.0 || y0 >= 1.0 {
        return Line::NoArea;
    }
    let name = names.names.get(&class).cloned().unwrap_or_else(|| class.to_string());
    Line::Label((name, Label { bounds_px: Some(bounds), outline_px: outline, ..Label::default() }))
}

fn whole(value: f64) -> Option<u64> {
    ((0.0..1e9).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}

fn around(cx: f64, cy: f64, width: f64, height: f64) -> [f64; 4] {
    [cx - width / 2.0, cy - height / 2.0, cx + width / 2.0, cy + height / 2.0]
}
