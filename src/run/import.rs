//! Takes a real set into the study: opened, digested, split by episode into reference and held.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::base::{Digest, Monitor, Note};
use crate::data::{self, Folders, Origin, Set};
use crate::ledger::{Entry, Ledger, LockedSet, Timestamp};
use crate::study::{Edit, SetRef, Study};

use super::place::{Place, Stamp, check_name};
use super::{RunError, twins};

/// What to take in.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The set on disk; it stays where it is.
    pub path: PathBuf,
    /// Its name in the study; the folder's name where `None`.
    pub name: Option<String>,
    /// Share of the episodes to hold back, from 0 to below 1; with 0 all may be looked at, and nothing can be sealed.
    pub held: f64,
    /// What folders of pictures are.
    pub folders: Folders,
}

impl ImportRequest {
    /// Of the set at `path` under its own name, with folders as they mostly are.
    pub fn of(path: PathBuf, held: f64) -> Self {
        Self { path, name: None, held, folders: Folders::default() }
    }
}

/// What was taken in.
#[derive(Debug)]
pub struct Imported {
    /// Puts the set into the study.
    pub edit: Edit,
    /// The set's name in the study.
    pub name: String,
    /// The opened set.
    pub set: Set,
    /// Ids of the visible episodes.
    pub reference: Vec<u64>,
    /// Ids of the episodes to be sealed; none of a set that is looked at whole.
    pub held: Vec<u64>,
}

/// Takes a set in.
///
/// # Errors
/// When it cannot be read, the name is taken, or the share is below 0 or not below 1.
pub fn import(
    place: &Place,
    study: &Study,
    request: &ImportRequest,
    stamp: &Stamp,
    monitor: &dyn Monitor,
) -> Result<Imported, RunError> {
    if !(request.held >= 0.0 && request.held < 1.0) {
        return Err(RunError::Request(format!(
            "the held share must be 0 or more and below 1, not {}; 0.34 holds a third back, 0 nothing",
            request.held
        )));
    }
    let path = request.path.canonicalize().unwrap_or_else(|_| request.path.clone());
    let set = Set::open_as(&path, request.folders, monitor)?;
    let name = request.name.clone().unwrap_or_else(|| default_name(&set, &path));
    check_name(&name)?;
    refuse_taken(study, &name)?;
    if set.origin == Origin::Synthetic {
        let wrong = format!("`{}` is a synthetic set; only recorded data can be taken in as real", path.display());
        return Err(RunError::Request(wrong));
    }
    refuse_sealed(place, study, &set, monitor)?;
    let split = data::split(&set, request.held, study.seed);
    if split.reference.is_empty() {
        return Err(none_readable(&set, &path));
    }
    if let (true, Some(why)) = (split.held.is_empty(), looked_at_whole(&set, request.held)) {
        monitor.note(Note::new(&name, why));
    }
    let digest = set.content_digest(monitor)?.to_string();
    let kept = path.strip_prefix(absolute(&place.folder)).map_or(path.clone(), Path::to_owned);
    let set_ref = SetRef {
        name: name.clone(),
        path: kept.display().to_string(),
        digest: Some(digest.clone()),
        origin: set.origin,
        held: split.held.clone(),
        reference: split.reference.clone(),
        sealed: None,
        listing: listing(&set),
        conditions: BTreeMap::new(),
        folders: request.folders,
    };
    // Before anything is sealed: afterwards nobody can look.
    twins::at_import(&set, &set_ref, monitor)?;
    let body = serde_json::json!({
        "set": name, "origin": format!("{:?}", set.origin), "format": set.format.to_string(), "digest": digest,
        "episodes": set.episodes.len(), "reference": split.reference, "held": split.held,
    });
    place.record(stamp, "set.imported", body)?;
    Ok(Imported { edit: Edit::PutSet(set_ref), name, set, reference: split.reference, held: split.held })
}

/// Sealed recordings cannot become visible by being taken in once more.
fn refuse_sealed(place: &Place, study: &Study, set: &Set, monitor: &dyn Monitor) -> Result<(), RunError> {
    let mut sealed = BTreeMap::new();
    for other in study.sets.iter().filter(|other| other.sealed.is_some()) {
        let locked = LockedSet::load(&place.folder, &other.name, &[place.keys()?.public()])?;
        let own = locked.items().iter().filter(|item| !is_description(&item.name));
        sealed.extend(own.map(|item| (item.sha256, other.name.clone())));
    }
    if sealed.is_empty() {
        return Ok(());
    }
    let readable = |at: &usize| set.episodes[*at].missing.is_none();
    let all: Vec<usize> = (0..set.episodes.len()).filter(readable).collect();
    match set.items(&all, monitor)?.iter().find_map(|item| Some((&item.name, sealed.get(&item.sha256)?))) {
        Some((item, by)) => {
            let wrong = format!("`{item}` is sealed in `{by}`; sealed recordings cannot be taken in again");
            Err(RunError::Request(wrong))
        }
        None => Ok(()),
    }
}

/// Whether an item only says how a set lies: recordings of different episodes may share it.
fn is_description(item: &str) -> bool {
    item.starts_with("file meta/") || matches!(item, "file features.json" | "file dataset_info.json")
}

/// Episodes of folders, videos, recordings and RLDS are numbered by their order: the listing tells whether a number still means the same.
fn listing(set: &Set) -> Option<String> {
    use data::Format::{ImageFolder, Recording, Rlds, VideoFile};
    matches!(set.format, ImageFolder | VideoFile | Recording | Rlds).then(|| {
        let names: Vec<&str> = set.episodes.iter().map(|episode| episode.task.as_str()).collect();
        Digest::of(names.join("\n").as_bytes()).to_string()
    })
}

/// Why nothing of a set is held back, where that was not asked for, and what would change it.
fn looked_at_whole(set: &Set, held: f64) -> Option<String> {
    let cure = match set.format {
        data::Format::ImageFolder => "put the pictures of each recording into a folder of its own",
        _ => "take several recordings in together, as a folder of them",
    };
    (held > 0.0).then(|| {
        format!("It has one episode that can be read, so that nothing is held back: it can be looked at, and never judged on; {cure}.")
    })
}

/// Why nothing of a set can be looked at.
fn none_readable(set: &Set, path: &Path) -> RunError {
    let first = set.episodes.iter().find_map(|episode| Some((episode.id, episode.missing.as_ref()?)));
    let why = first.map_or_else(String::new, |(id, reason)| format!("; episode {id}: {reason}"));
    RunError::Request(format!("0 of {} episodes of `{}` can be read{why}", set.episodes.len(), path.display()))
}

/// Refuses a set whose folder or file is gone.
///
/// # Errors
/// With the two ways to mend it.
pub fn expect_present(place: &Place, set_ref: &SetRef) -> Result<(), RunError> {
    let path = place.resolve(&set_ref.path);
    if matches!(path.try_exists(), Ok(false)) {
        return Err(RunError::Request(format!(
            "the set `{}` is no longer at `{}`; move it back, or correct its `path` in `{}`",
            set_ref.name,
            path.display(),
            place.folder.join("study.ron").display()
        )));
    }
    Ok(())
}

/// Opens a set of the study.
///
/// # Errors
/// When it was moved or cannot be read.
pub fn open_set(place: &Place, set_ref: &SetRef, monitor: &dyn Monitor) -> Result<Set, RunError> {
    expect_present(place, set_ref)?;
    let set = Set::open_as(&place.resolve(&set_ref.path), set_ref.folders, monitor)?;
    if set_ref.listing.is_some() && set_ref.listing != listing(&set) {
        return Err(RunError::Request(format!(
            "recordings of `{}` were added, removed or renamed since it was taken in; restore them, or take the \
             rest in as another set",
            set_ref.name
        )));
    }
    Ok(set)
}

/// Files of a set that are looked at for their times, at the most: evenly spread over it.
const MOST_DATED: usize = 2_000;

/// Notes where files of a recorded set are newer than its taking in: whatever is measured is of what they are now. A file that was copied
/// again is newer, too.
///
/// # Errors
/// When the ledger cannot be read.
pub fn tell_newer(place: &Place, (set, set_ref): (&Set, &SetRef), monitor: &dyn Monitor) -> Result<(), RunError> {
    let entries = Ledger::read(&place.ledger())?;
    let is_it = |entry: &&Entry| entry.kind == "set.imported" && entry.body["set"] == set_ref.name.as_str();
    let Some(taken_in) = entries.iter().rfind(is_it).map(|entry| &entry.time) else { return Ok(()) };
    let visible = visible_episodes(set, set_ref);
    let episodes = visible.iter().step_by(visible.len().div_ceil(MOST_DATED).max(1));
    let files: Vec<PathBuf> = episodes.flat_map(|at| set.files_of(*at)).collect();
    let looked_at: Vec<&PathBuf> = files.iter().step_by(files.len().div_ceil(MOST_DATED).max(1)).collect();
    // To the second: a time with a fraction sorts behind the same second without.
    let is_newer = |file: &&&PathBuf| modified(file).is_some_and(|time| time.as_str()[..19] > taken_in.as_str()[..19]);
    let mut newer = looked_at.iter().filter(is_newer);
    if let Some(first) = newer.next() {
        let text = format!(
            "{} of {} files that were looked at are newer than its taking in (the first: `{}`): what is measured is what they are now. Take it \
             in again under another name where they were changed.",
            1 + newer.count(),
            looked_at.len(),
            first.display()
        );
        monitor.note(Note::new(&set_ref.name, text));
    }
    Ok(())
}

/// When a file was written last.
fn modified(file: &Path) -> Option<Timestamp> {
    let time = file.metadata().ok()?.modified().ok()?;
    Some(Timestamp::from_unix_s(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs()))
}

/// The set that a person means: one of the study by its name, else a folder.
///
/// # Errors
/// Neither; a set that cannot be read.
pub fn set_called(place: &Place, study: &Study, name: &str, monitor: &dyn Monitor) -> Result<Set, RunError> {
    match study.sets.iter().find(|set| set.name == name) {
        Some(set) => open_set(place, set, monitor),
        None if Path::new(name).exists() => Ok(Set::open(Path::new(name), monitor)?),
        None => set_ref(study, name).and_then(|set| open_set(place, set, monitor)),
    }
}

fn absolute(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

/// A folder of RLDS is called like its version; the set knows its own name.
fn default_name(set: &Set, path: &Path) -> String {
    if set.format == data::Format::Rlds { plain_name(Path::new(&set.name)) } else { plain_name(path) }
}

/// The folder's name with everything odd replaced.
fn plain_name(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let plain: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' }).take(60).collect();
    if plain.is_empty() { "real".to_owned() } else { plain }
}

fn refuse_taken(study: &Study, name: &str) -> Result<(), RunError> {
    match study.sets.iter().find(|set| set.name == name) {
        Some(set) if set.sealed.is_some() => Err(RunError::Request(format!(
            "the set `{name}` is sealed and cannot be replaced; take other recordings in under another name"
        ))),
        Some(_) => {
            Err(RunError::Request(format!("the study has a set `{name}` already; choose another name with --name")))
        }
        None => Ok(()),
    }
}

/// The set called `name`.
///
/// # Errors
/// When the study has none; the sentence lists what it has.
pub fn set_ref<'a>(study: &'a Study, name: &str) -> Result<&'a SetRef, RunError> {
    study.sets.iter().find(|set| set.name == name).ok_or_else(|| {
        let names: Vec<&str> = study.sets.iter().map(|set| set.name.as_str()).collect();
        let has = if names.is_empty() { "none; import one first".to_owned() } else { names.join(", ") };
        RunError::Request(format!("the study has no set `{name}`; it has: {has}"))
    })
}

/// Refuses a set of another origin than `wanted`.
///
/// # Errors
/// With what was expected.
pub fn expect_origin(set: &SetRef, wanted: &[Origin]) -> Result<(), RunError> {
    if wanted.contains(&set.origin) {
        return Ok(());
    }
    let expected = if wanted.contains(&Origin::Real) { "a real set" } else { "a synthetic set" };
    Err(RunError::Request(format!("`{}` is {}, {expected} is wanted here", set.name, origin_word(set.origin))))
}

/// For people.
pub fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Real => "REAL",
        Origin::Synthetic => "SYNTHETIC",
        Origin::StandIn => "STAND-IN",
    }
}

/// Positions of the episodes that may be looked at: readable, and not held.
pub fn visible_episodes(set: &Set, set_ref: &SetRef) -> Vec<usize> {
    let held: BTreeSet<u64> = set_ref.held.iter().copied().collect();
    let visible =
        |episode: &data::EpisodeInfo| episode.missing.is_none() && episode.n_frames > 0 && !held.contains(&episode.id);
    (0..set.episodes.len()).filter(|at| visible(&set.episodes[*at])).collect()
}

/// Positions of the held episodes.
pub fn held_episodes(set: &Set, set_ref: &SetRef) -> Vec<usize> {
    let held: BTreeSet<u64> = set_ref.held.iter().copied().collect();
    (0..set.episodes.len()).filter(|at| held.contains(&set.episodes[*at].id)).collect()
}
