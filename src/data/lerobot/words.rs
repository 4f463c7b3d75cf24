//! Words that a set has about its episodes (weather, operator, success): texts and truths in the list of episodes, and columns of
//! text in the rows, where all rows of an episode that have a word have the same.
//!
//! The list goes first, as it is read anyway. Of the rows these columns alone are read, and of very large sets none. Deliberately
//! not: words that change within an episode, lists of words, and numbers, which are signals.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, RecordBatch};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde_json::Value;

use super::index::Located;
use crate::base::text::listed;
use crate::base::{Monitor, Note};
use crate::data::error::DataError;
use crate::data::set::{MOST_WORDS, slashed};
use crate::data::table::{self, Table};

/// Columns of words beyond so many are left out.
const MOST_COLUMNS: usize = 64;
/// In more files than so many, of more rows or of more bytes than so many, columns of text are not looked for words: a set is opened
/// often, and must open at once.
const MOST_FILES: usize = 2_000;
const MOST_ROWS: u64 = 10_000_000;
const MOST_BYTES: u64 = 256 << 20;

/// What the notes are about.
const ABOUT: &str = "meta";
/// Which episode a row is of.
const EPISODE: &str = "episode_index";
/// Names of the task, which is known anyway.
const TASKS: [&str; 2] = ["task", "tasks"];
/// Columns of the layout, and what our own sets say of how they were made.
const LAYOUT: [&str; 5] = ["data/", "meta/", "stats/", "videos/", "worldproof/"];

/// What is said of the episodes so far.
#[derive(Default)]
pub(super) struct Words {
    columns: BTreeMap<String, Column>,
    /// Columns beyond the most.
    beyond: BTreeSet<String>,
}

/// One column of words.
#[derive(Default)]
struct Column {
    values: Vec<String>,
    /// Where each of the values stands.
    places: HashMap<String, usize>,
    /// The value of each episode; `None` where it has several.
    of_episode: BTreeMap<u64, Option<usize>>,
    /// Whether it has too many values, none of which is kept.
    is_full: bool,
}

impl Column {
    fn say(&mut self, id: u64, text: Option<&str>) {
        let place = text.and_then(|text| self.place(text));
        if !self.is_full {
            let known = self.of_episode.entry(id).or_insert(place);
            if *known != place {
                *known = None;
            }
        }
    }

    fn place(&mut self, text: &str) -> Option<usize> {
        if let Some(place) = self.places.get(text) {
            return Some(*place);
        }
        if self.is_full || self.values.len() == MOST_WORDS {
            *self = Self { is_full: true, ..Self::default() };
            return None;
        }
        self.places.insert(text.to_owned(), self.values.len());
        self.values.push(text.to_owned());
        Some(self.values.len() - 1)
    }

    /// The value of each episode that has one.
    fn known(&self) -> BTreeMap<u64, String> {
        let value = |place: Option<usize>| self.values.get(place?).cloned();
        self.of_episode.iter().filter_map(|(id, place)| Some((*id, value(*place)?))).collect()
    }
}

/// The word of each episode in one file, by column; `None` where its rows have several.
type Found = BTreeMap<String, BTreeMap<u64, Option<String>>>;

impl Words {
    /// Takes a line of `meta/episodes.jsonl`.
    pub(super) fn line(&mut self, id: u64, fields: &Value) {
        for (name, value) in fields.as_object().into_iter().flatten() {
            match value {
                Value::String(text) => self.say(name, id, Some(text.as_str())),
                Value::Bool(is) => self.say(name, id, Some(answer(*is))),
                _ => {}
            }
        }
    }

    /// Takes a row of `meta/episodes`.
    pub(super) fn row(&mut self, id: u64, batch: &RecordBatch, row: usize) {
        let schema = batch.schema();
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            let truth = column.as_boolean_opt().filter(|truths| !truths.is_null(row)).map(|truths| truths.value(row));
            if let Some(text) = truth.map(answer).or_else(|| table::text_in(column, row)) {
                self.say(field.name(), id, Some(text));
            }
        }
    }

    /// Takes the columns `texts` of the rows of `episodes`, but those that the list speaks of.
    pub(super) fn read_rows(
        &mut self,
        root: &Path,
        texts: &[String],
        episodes: &[&Located],
        notes: &mut Vec<Note>,
        monitor: &dyn Monitor,
    ) -> Result<(), DataError> {
        let is_new = |name: &&str| is_said(name) && !self.columns.contains_key(*name);
        let wanted: BTreeSet<&str> = texts.iter().map(String::as_str).filter(is_new).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let names = named(wanted.iter().copied());
        let mut leave_out = |why: String| {
            let text = format!(
                "The set is too large for its columns of text to be looked through for conditions: {why}. Left out are {names}; say them with \
                 `worldproof conditions`."
            );
            notes.push(Note::new(ABOUT, text));
        };
        let files: BTreeSet<&Path> = episodes.iter().map(|episode| episode.data.as_path()).collect();
        let files: Vec<&Path> = files.into_iter().collect();
        let n_rows: u64 = episodes.iter().map(|episode| u64::from(episode.listed)).sum();
        if files.len() > MOST_FILES || n_rows > MOST_ROWS {
            leave_out(format!("it has {n_rows} rows in {} files", files.len()));
            return Ok(());
        }
        let used = AtomicU64::new(0);
        let one = |file: &&Path| {
            if monitor.stopped() { Err(DataError::Stopped) } else { Ok(in_rows(&root.join(file), &wanted, &used)) }
        };
        let found: Vec<Result<Option<Found>, DataError>> = files.par_iter().map(one).collect::<Result<_, _>>()?;
        if found.iter().any(|found| matches!(found, Ok(None))) {
            leave_out(format!("they hold more than {} MiB", MOST_BYTES >> 20));
            return Ok(());
        }
        for (file, found) in files.into_iter().zip(found) {
            match found {
                Ok(found) => self.take(found.unwrap_or_default()),
                Err(err) => notes.push(Note::new(slashed(file), format!("Its columns of text are left out: {err}."))),
            }
        }
        let silent: Vec<&str> = wanted
            .into_iter()
            .filter(|name| !self.columns.contains_key(*name) && !self.beyond.contains(*name))
            .collect();
        if !silent.is_empty() {
            let text = format!("These columns of text hold no words: {}.", named(silent.into_iter()));
            notes.push(Note::new(ABOUT, text));
        }
        Ok(())
    }

    fn take(&mut self, found: Found) {
        for (name, of_episode) in found {
            for (id, text) in of_episode {
                self.say(&name, id, text.as_deref());
            }
        }
    }

    /// Takes a word of an episode; `None` where its rows have several.
    fn say(&mut self, name: &str, id: u64, text: Option<&str>) {
        let text = text.map(str::trim);
        if text == Some("") || !is_said(name) {
            return;
        }
        if !self.columns.contains_key(name) {
            if self.columns.len() == MOST_COLUMNS {
                self.beyond.insert(name.to_owned());
                return;
            }
            self.columns.insert(name.to_owned(), Column::default());
        }
        if let Some(column) = self.columns.get_mut(name) {
            column.say(id, text);
        }
    }

    /// What is known of each episode, by column; a column that is no condition is told.
    pub(super) fn known(self, notes: &mut Vec<Note>) -> BTreeMap<String, BTreeMap<u64, String>> {
        let (mut known, mut full, mut several) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (name, column) in self.columns {
            let of_episode = column.known();
            if column.is_full {
                full.push(name);
            } else if of_episode.is_empty() {
                several.push(name);
            } else {
                known.insert(name, of_episode);
            }
        }
        let beyond: Vec<String> = self.beyond.into_iter().collect();
        for (columns, why) in [
            (full, format!("have more than {MOST_WORDS} texts, too many for a condition,")),
            (several, "have several words within each episode".to_owned()),
            (beyond, format!("come after {MOST_COLUMNS} others")),
        ] {
            if !columns.is_empty() {
                let names = named(columns.iter().map(String::as_str));
                notes.push(Note::new(ABOUT, format!("These columns of words {why} and are left out: {names}.")));
            }
        }
        known
    }
}

/// The first names, and how many more there are.
fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    listed(&names.map(|name| format!("`{name}`")).collect::<Vec<_>>(), 5)
}

/// A truth in words, as conditions that are derived have it.
fn answer(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

/// Whether a column may say something that is not known otherwise.
fn is_said(name: &str) -> bool {
    !TASKS.contains(&name) && !LAYOUT.iter().any(|own| name.starts_with(own))
}

/// The words in the rows of a file; `None` where those of the files looked at so far are too many bytes.
fn in_rows(path: &Path, wanted: &BTreeSet<&str>, used: &AtomicU64) -> Result<Option<Found>, DataError> {
    let table = Table::open(path)?;
    let n_bytes = table.n_bytes(|name| wanted.contains(name)).min(MOST_BYTES + 1);
    if used.fetch_add(n_bytes, Ordering::Relaxed) + n_bytes > MOST_BYTES {
        return Ok(None);
    }
    let mut found = Found::new();
    table.each(
        |name| name == EPISODE || wanted.contains(name),
        None,
        |batch| {
            gather(&batch, &mut found);
            Ok(())
        },
    )?;
    Ok(Some(found))
}

fn gather(batch: &RecordBatch, found: &mut Found) {
    let Some(ids) = batch.column_by_name(EPISODE) else { return };
    let schema = batch.schema();
    let texts = schema.fields().iter().zip(batch.columns()).filter(|(field, _)| field.name() != EPISODE);
    for (field, column) in texts {
        let of_episode = found.entry(field.name().clone()).or_default();
        let mut last: Option<(u64, &str)> = None;
        for row in 0..batch.num_rows() {
            let id = table::integer(ids, row).and_then(|id| u64::try_from(id).ok());
            let text = table::text_in(column, row).map(str::trim).filter(|text| !text.is_empty());
            let (Some(id), Some(text)) = (id, text) else { continue };
            // Mostly a word stands for the whole episode.
            if last == Some((id, text)) {
                continue;
            }
            last = Some((id, text));
            let known = of_episode.entry(id).or_insert_with(|| Some(text.to_owned()));
            if known.as_deref() != Some(text) {
                *known = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(notes: &[Note], words: &str) -> bool {
        notes.iter().any(|note| note.text.contains(words))
    }

    #[test]
    fn an_episode_has_the_word_that_is_said_of_it_alone() {
        let mut words = Words::default();
        for (id, line) in [
            (
                0,
                r#"{"episode_index":0,"tasks":["Lift"],"task":"Lift","length":3,"weather":" dry ","done":true,"note":""}"#,
            ),
            (1, r#"{"episode_index":1,"weather":"rain","done":false,"worldproof/family":"f","shift":3}"#),
            (2, r#"{"episode_index":2,"weather":"rain","done":null}"#),
            (2, r#"{"episode_index":2,"weather":"dry"}"#),
        ] {
            words.line(id, &serde_json::from_str(line).expect("JSON"));
        }
        let mut notes = Vec::new();
        let known = words.known(&mut notes);
        let word = |text: &str| text.to_owned();
        let weather = BTreeMap::from([(0, word("dry")), (1, word("rain"))]);
        let done = BTreeMap::from([(0, word("yes")), (1, word("no"))]);
        assert_eq!(known, BTreeMap::from([(word("weather"), weather), (word("done"), done)]));
        assert!(notes.is_empty(), "{notes:?}");
    }

    #[test]
    fn what_is_no_condition_is_told() {
        let mut words = Words::default();
        for id in 0..=MOST_WORDS as u64 {
            words.say("remark", id, Some(&format!("remark {id}")));
            words.say("light", id, Some("dim"));
        }
        words.say("remark", 0, Some("one more"));
        words.say("stage", 0, Some("reach"));
        words.say("stage", 0, None);
        words.say("stage", 0, Some("reach"));
        (0..MOST_COLUMNS).for_each(|at| words.say(&format!("more {at:02}"), 0, Some("x")));
        let mut notes = Vec::new();
        let known = words.known(&mut notes);
        assert_eq!((known["light"].len(), known.len()), (MOST_WORDS + 1, MOST_COLUMNS - 2), "of 64, without two");
        assert!(
            noted(&notes, "more than 1000 texts, too many for a condition, and are left out: `remark`."),
            "{notes:?}"
        );
        assert!(noted(&notes, "several words within each episode and are left out: `stage`."), "{notes:?}");
        assert!(noted(&notes, "come after 64 others and are left out: `more 61`, `more 62`, `more 63`."), "{notes:?}");
    }
}
