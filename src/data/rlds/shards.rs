//! `dataset_info.json` and the files beside it: which shards a set has, which are here, and how many episodes each should hold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::TFRECORD;
use super::features::number;
use crate::base::text::natural;
use crate::base::{Note, files};
use crate::data::error::DataError;
use crate::data::set::name_of;

/// The file's name.
pub(super) const INFO: &str = "dataset_info.json";
/// More episodes than any set has; a file that claims more is damaged.
pub(super) const MOST_EPISODES: usize = 1 << 21;
/// Longer lists of files are cut short in notes.
const MOST_NAMED: usize = 5;

/// One file of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    /// Relative to the set.
    pub(super) file: PathBuf,
    split: String,
    index: u64,
    /// How many episodes it should hold, where that is said.
    pub(super) expected: Option<u64>,
    pub(super) is_there: bool,
}

/// The set's name and its shards in natural order of splits and numbers.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) name: String,
    pub(super) shards: Vec<Shard>,
}

/// The parts of `<set>-<split>.tfrecord-00003-of-00010`: what stands before, and the two numbers.
fn parts(name: &str) -> Option<(&str, u64, u64)> {
    let (stem, numbers) = name.split_once(TFRECORD)?;
    if numbers.is_empty() {
        return Some((stem, 0, 1));
    }
    let (index, count) = numbers.strip_prefix('-')?.split_once("-of-")?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    Some((stem, digits(index)?, digits(count)?))
}

/// A set's name has no hyphen, a split's may.
fn split_of(stem: &str) -> &str {
    stem.split_once('-').map_or(stem, |(_, split)| split)
}

/// Finds the shards that are named and those that lie here.
pub(super) fn list(root: &Path, notes: &mut Vec<Note>) -> Result<Listing, DataError> {
    let path = root.join(INFO);
    let info: Value = serde_json::from_str(&files::read_text(&path)?).map_err(|err| DataError::damaged(&path, err))?;
    let text = |field: &str| info.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let format = text("fileFormat").unwrap_or("tfrecord");
    if format != "tfrecord" {
        let what = format!("its records are stored as {format}");
        return Err(DataError::unsupported(&path, what, "prepare the set with the file format tfrecord"));
    }
    let name = text("name").map_or_else(|| name_of(root), str::to_owned);
    let mut here = here(root, notes)?;
    let mut shards = Vec::new();
    for split in info.get("splits").and_then(Value::as_array).into_iter().flatten() {
        named(&path, &name, split, &mut here, &mut shards)?;
    }
    if shards.is_empty() {
        notes.push(Note::new(INFO, "It names no shards; those that lie beside it are read."));
    } else if !here.is_empty() {
        let names: Vec<String> = here.keys().cloned().collect();
        notes.push(Note::new(INFO, format!("It does not name {}; read nevertheless.", some_of(&names))));
    }
    shards.extend(here.into_iter().map(|(file, (split, index, _))| Shard {
        file: PathBuf::from(file),
        split,
        index,
        expected: None,
        is_there: true,
    }));
    shards.sort_by(|a, b| natural(&a.split, &b.split).then(a.index.cmp(&b.index)).then_with(|| a.file.cmp(&b.file)));
    let absent: Vec<String> =
        shards.iter().filter(|shard| !shard.is_there).map(|shard| shard.file.display().to_string()).collect();
    if absent.len() == shards.len() {
        let named = if absent.is_empty() { "none is named".to_owned() } else { some_of(&absent) };
        let reason = format!("it has {INFO}, but no shard (`.tfrecord-…`) lies beside it; download them ({named})");
        return Err(DataError::NotASet { path: root.display().to_string(), reason });
    }
    if !absent.is_empty() {
        let text = format!(
            "{} of {} shards that it names are not there ({}); download them if they are needed.",
            absent.len(),
            shards.len(),
            some_of(&absent)
        );
        notes.push(Note::new(INFO, text));
    }
    Ok(Listing { name, shards })
}

type Here = BTreeMap<String, (String, u64, u64)>;

/// The shards in the folder, by file name.
fn here(root: &Path, notes: &mut Vec<Note>) -> Result<Here, DataError> {
    let (mut here, mut odd) = (Here::new(), Vec::new());
    for entry in std::fs::read_dir(root).map_err(|err| DataError::read(root, err))? {
        let entry = entry.map_err(|err| DataError::read(root, err))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.contains(TFRECORD) || name.starts_with('.') || !entry.path().is_file() {
            continue;
        }
        if has_ending(&name, "gz") || has_ending(&name, "zst") {
            let cure = "unpack it under the same name without the ending";
            return Err(DataError::unsupported(&entry.path(), "it is compressed", cure));
        }
        match parts(&name) {
            Some((stem, index, count)) => {
                let split = split_of(stem).to_owned();
                here.insert(name, (split, index, count));
            }
            None => odd.push(name),
        }
    }
    if !odd.is_empty() {
        odd.sort_by(|a, b| natural(a, b));
        let text = format!("Left out, because the name is no whole shard's: {}.", some_of(&odd));
        notes.push(Note::new(root.display().to_string(), text));
    }
    Ok(here)
}

fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending))
}

/// Adds the shards of one split of `dataset_info.json`, taking those that are there out of `here`.
fn named(path: &Path, set: &str, split: &Value, here: &mut Here, shards: &mut Vec<Shard>) -> Result<(), DataError> {
    let text = |field: &str| split.get(field).and_then(Value::as_str);
    let name = text("name").ok_or_else(|| DataError::field(path, "splits", "must each have a name"))?;
    let lengths = split.get("shardLengths").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let count = lengths.len() as u64;
    let template = text("filepathTemplate").unwrap_or("{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}");
    let so_far: u64 = shards.iter().filter_map(|shard| shard.expected).sum();
    let mut left = (MOST_EPISODES as u64).saturating_sub(so_far);
    for (index, length) in lengths.iter().enumerate() {
        let index = index as u64;
        let expected = number(length).and_then(|length| u64::try_from(length).ok()).filter(|length| *length <= left);
        let expected = expected.ok_or_else(|| {
            let problem = format!("must be whole numbers with a sum of at most {MOST_EPISODES}; download it again");
            DataError::field(path, "shardLengths", problem)
        })?;
        left -= expected;
        let file = template
            .replace("{DATASET}", set)
            .replace("{SPLIT}", name)
            .replace("{FILEFORMAT}", "tfrecord")
            .replace("{SHARD_X_OF_Y}", &format!("{index:05}-of-{count:05}"))
            .replace("{SHARD_INDEX}", &format!("{index:05}"))
            .replace("{NUM_SHARDS}", &format!("{count:05}"));
        // A set that was renamed still has its splits and numbers.
        let found = here.remove_entry(&file).or_else(|| {
            let alike = here.iter().find(|(_, there)| *there == &(name.to_owned(), index, count))?.0.clone();
            here.remove_entry(&alike)
        });
        let is_there = found.is_some();
        let file = PathBuf::from(found.map_or(file, |(file, _)| file));
        shards.push(Shard { file, split: name.to_owned(), index, expected: Some(expected), is_there });
    }
    Ok(())
}

/// `a, b, … (7 in all)`.
fn some_of(names: &[String]) -> String {
    let first: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!("`{name}`")).collect();
    let first = first.join(", ");
    if names.len() > MOST_NAMED { format!("{first}, … ({} in all)", names.len()) } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_shards_are_taken_apart() {
        assert_eq!(parts("a_b-train.tfrecord-00003-of-00010"), Some(("a_b-train", 3, 10)));
        assert_eq!(parts("a-train-2.tfrecord"), Some(("a-train-2", 0, 1)));
        assert_eq!(split_of("a-train-2"), "train-2");
        for odd in ["a.tfrecord-1", "a.tfrecord-1-of-2.part", "a.tfrecord.incomplete", "a.tfrecord-x-of-2", "a.mp4"] {
            assert_eq!(parts(odd), None, "{odd}");
        }
    }
}
