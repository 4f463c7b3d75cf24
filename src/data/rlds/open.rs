//! Opening a set: one look at every record, and what is odd about the set in notes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicU8;

use super::example::{Kind, Wire};
use super::features::{FEATURES, Features};
use super::record::{self, Record, Scan};
use super::shards::{self, INFO, MOST_EPISODES, Shard};
use super::{Located, MOST_STEPS, RIGHT, Rlds, UNCHECKED, is_off, whole};
use crate::base::{Monitor, Note};
use crate::data::Origin;
use crate::data::cache::Frames;
use crate::data::error::DataError;
use crate::data::fault::Fault;
use crate::data::folder;
use crate::data::lerobot::ranges;
use crate::data::set::{CameraInfo, EpisodeInfo, Format, Set, slashed};

/// Sets up to this size are held against their checksums at once; of larger ones each episode when it is read.
const CHECKED_AT_ONCE_BYTES: u64 = 256 << 20;
/// Episodes whose first picture is looked at, of each camera.
const MOST_PROBED: usize = 4;
/// Longer tasks are cut.
const LONGEST_TASK_BYTES: u64 = 4096;

/// What was seen of one camera.
#[derive(Clone, Default)]
struct Sighting {
    /// Some of the episodes that have pictures and do not deny it.
    owned: Vec<usize>,
    /// Some of the episodes that have pictures and say that they have none.
    disowned: Vec<usize>,
    n_disowned: usize,
    /// Episodes with nothing stored.
    n_empty: usize,
}

/// What one record says.
struct Look {
    steps: u32,
    task: Option<String>,
    /// By column: whether it fits the steps.
    fits: Vec<bool>,
    /// By camera.
    eyes: Vec<Eye>,
}

/// What a record has of a camera.
#[derive(Clone, Copy)]
enum Eye {
    Owned,
    Disowned,
    Empty,
}

struct Survey<'a> {
    reader: Rlds,
    monitor: &'a dyn Monitor,
    notes: Vec<Note>,
    episodes: Vec<EpisodeInfo>,
    sightings: Vec<Sighting>,
    /// By column: in how many episodes it does not fit.
    unfit: Vec<usize>,
    /// Lengths and checksums of records so far.
    seen: BTreeSet<(u64, u32)>,
    n_copies: usize,
    checks_at_once: bool,
    /// Episodes in all, as far as is said.
    total: u64,
}

/// Opens the set that lies in `root` itself.
pub(crate) fn open(root: &Path, monitor: &dyn Monitor) -> Result<Set, DataError> {
    folder::refuse_ours(root)?;
    let features = Features::read(&root.join(FEATURES))?;
    let mut notes: Vec<Note> = features.notes().collect();
    let listing = shards::list(root, &mut notes)?;
    let sizes = listing.shards.iter().filter_map(|shard| root.join(&shard.file).metadata().ok());
    let checks_at_once = sizes.map(|metadata| metadata.len()).sum::<u64>() <= CHECKED_AT_ONCE_BYTES;
    let mut survey = Survey {
        sightings: vec![Sighting::default(); features.cameras.len()],
        unfit: vec![0; features.columns.len()],
        reader: Rlds {
            root: root.to_owned(),
            name: listing.name,
            shards: listing.shards.iter().map(|shard| shard.file.clone()).collect(),
            features,
            sizes: Vec::new(),
            episodes: Vec::new(),
            kept: Mutex::new(VecDeque::new()),
        },
        monitor,
        notes,
        episodes: Vec::new(),
        seen: BTreeSet::new(),
        n_copies: 0,
        checks_at_once,
        total: listing.shards.iter().filter_map(|shard| shard.expected).sum(),
    };
    for (at, shard) in listing.shards.iter().enumerate() {
        survey.shard(at, shard)?;
    }
    survey.finish()
}

impl Survey<'_> {
    fn shard(&mut self, at: usize, shard: &Shard) -> Result<(), DataError> {
        let file = slashed(&shard.file);
        let expected = shard.expected.and_then(|count| usize::try_from(count).ok());
        if !shard.is_there {
            self.lose(at, 0..expected.unwrap_or(0), &format!("`{file}` is not there; download it"));
            return Ok(());
        }
        let path = self.reader.root.join(&shard.file);
        let most = MOST_EPISODES.saturating_sub(self.episodes.len());
        let Scan { records, fault } = match record::scan(&path, most, self.monitor) {
            Ok(scan) => scan,
            // A file that may not be read costs its episodes, not the set.
            Err(err @ DataError::File(_)) => {
                self.notes.push(Note::new(file, err.to_string()));
                self.lose(at, 0..expected.unwrap_or(0).max(1), &err.to_string());
                return Ok(());
            }
            Err(err) => return Err(err),
        };
        let mut told = false;
        for (number, record) in records.iter().enumerate() {
            if self.monitor.stopped() {
                return Err(DataError::Stopped);
            }
            let done = self.episodes.len() as u64;
            self.monitor.step("Reading episodes", done, self.total.max(done + 1));
            if let Some(reason) = self.record(at, number, *record)? {
                // One of them; how many there are is told for the whole set.
                if !std::mem::replace(&mut told, true) {
                    self.notes.push(Note::new(file.clone(), format!("It is damaged: {reason}.")));
                }
            }
        }
        let found = records.len();
        if let Some(fault) = fault {
            let reason =
                format!("{fault}, so that it and what follows it in `{file}` cannot be read; download it again");
            self.notes.push(Note::new(file, format!("It is damaged: {reason}.")));
            self.lose(at, found..expected.unwrap_or(0).max(found + 1), &reason);
        } else if let Some(expected) = expected.filter(|expected| *expected != found) {
            let text = format!("It holds {found} records, {INFO} says {expected}; those that are there are used.");
            self.notes.push(Note::new(file.clone(), text));
            self.lose(at, found..expected, &format!("`{file}` ends before it; download it again"));
        }
        Ok(())
    }

    /// Lists episodes that cannot be read: their numbers stay theirs when the file is downloaded.
    fn lose(&mut self, shard: usize, numbers: std::ops::Range<usize>, reason: &str) {
        for number in numbers {
            self.list(shard, number, None, Err(reason.to_owned()));
        }
    }

    fn list(
        &mut self,
        shard: usize,
        number: usize,
        record: Option<Record>,
        look: Result<(u32, Option<String>), String>,
    ) {
        let id = self.episodes.len() as u64;
        let checked = if self.checks_at_once { RIGHT } else { UNCHECKED };
        let (steps, task, missing) = match look {
            Ok((steps, task)) => (steps, task, None),
            Err(reason) => (0, None, Some(reason)),
        };
        let file = self.reader.shards.get(shard).map(|file| slashed(file)).unwrap_or_default();
        self.episodes.push(EpisodeInfo {
            id,
            n_frames: steps,
            task: task.unwrap_or_else(|| format!("{file}, record {number}")),
            length_s: f64::from(steps),
            missing,
        });
        self.reader.episodes.push(Located { id, shard, number, record, steps, checked: AtomicU8::new(checked) });
    }

    /// Looks at a record and lists its episode; why it cannot be read.
    fn record(&mut self, shard: usize, number: usize, record: Record) -> Result<Option<String>, DataError> {
        let at = self.episodes.len();
        let checked = AtomicU8::new(UNCHECKED);
        let located = Located { id: at as u64, shard, number, record: Some(record), steps: 0, checked };
        if self.checks_at_once
            && let Err(err) = self.reader.check(&located, &record)
        {
            let DataError::Missing { reason, .. } = err else { return Err(err) };
            self.list(shard, number, None, Err(reason.clone()));
            return Ok(Some(reason));
        }
        let mut wire = self.reader.wire(&located)?;
        let reason = match look(&mut wire, &record, &self.reader.features) {
            Ok(Ok(seen)) => {
                if !self.seen.insert((record.length, record.masked)) {
                    self.n_copies += 1;
                }
                self.count(at, &seen);
                self.list(shard, number, Some(record), Ok((seen.steps, seen.task)));
                return Ok(None);
            }
            Ok(Err(reason)) => reason,
            Err(fault) => fault.to_string(),
        };
        let reason = format!("record {number} cannot be read: {reason}; download it or prepare the set again");
        self.list(shard, number, None, Err(reason.clone()));
        Ok(Some(reason))
    }

    fn count(&mut self, at: usize, seen: &Look) {
        for (unfit, fits) in self.unfit.iter_mut().zip(&seen.fits) {
            *unfit += usize::from(!fits);
        }
        for (sighting, eye) in self.sightings.iter_mut().zip(&seen.eyes) {
            let some = match eye {
                Eye::Owned => &mut sighting.owned,
                Eye::Disowned => {
                    sighting.n_disowned += 1;
                    &mut sighting.disowned
                }
                Eye::Empty => {
                    sighting.n_empty += 1;
                    continue;
                }
            };
            if some.len() < MOST_PROBED {
                some.push(at);
            }
        }
    }

    fn finish(mut self) -> Result<Set, DataError> {
        let readable = self.episodes.iter().filter(|episode| episode.missing.is_none()).count();
        if let (0, Some(reason)) = (readable, self.episodes.iter().find_map(|episode| episode.missing.clone())) {
            let reason = format!("none of its {} episodes can be read; {reason}", self.episodes.len());
            return Err(DataError::NotASet { path: self.reader.root.display().to_string(), reason });
        }
        if readable == 0 {
            let reason = format!("its shards hold no records; download the files that {INFO} names");
            return Err(DataError::NotASet { path: self.reader.root.display().to_string(), reason });
        }
        let text = "It carries no frame rate: times are numbers of steps, one step a second.";
        self.notes.push(Note::new(FEATURES, text));
        self.settle_columns(readable);
        self.settle_cameras(readable);
        self.tell_copies(readable);
        self.tell_missing();
        let cameras = self.reader.features.cameras.iter().zip(&self.reader.sizes);
        let cameras = cameras.map(|(camera, (width, height))| CameraInfo {
            name: camera.name.clone(),
            width: *width,
            height: *height,
            fps: 1.0,
        });
        Ok(Set {
            name: self.reader.name.clone(),
            root: self.reader.root.clone(),
            origin: Origin::Real,
            known: BTreeMap::new(),
            format: Format::Rlds,
            cameras: cameras.collect(),
            episodes: self.episodes,
            columns: self.reader.features.columns.iter().map(|column| column.info.clone()).collect(),
            classes: Vec::new(),
            labelled_by: None,
            notes: self.notes,
            lineage: None,
            reader: Box::new(self.reader),
            frames: Frames::default(),
        })
    }

    /// Leaves out the columns that no episode has.
    fn settle_columns(&mut self, readable: usize) {
        let columns = std::mem::take(&mut self.reader.features.columns);
        for (column, unfit) in columns.into_iter().zip(&self.unfit) {
            let name = &column.info.name;
            let wanted = format!("{} numbers a step", column.info.width);
            if *unfit == readable {
                let text = format!("The column `{name}` is left out: no episode has {wanted} of it.");
                self.notes.push(Note::new(FEATURES, text));
                continue;
            }
            if *unfit > 0 {
                let text = format!("{unfit} of {readable} episodes do not have `{name}` with {wanted}.");
                self.notes.push(Note::new(FEATURES, text));
            }
            self.reader.features.columns.push(column);
        }
    }

    /// Sizes of cameras from their first pictures, and which episodes lack them.
    fn settle_cameras(&mut self, readable: usize) {
        let (mut sizes, mut without) = (Vec::new(), Vec::new());
        for camera in 0..self.sightings.len() {
            let Some(seen) = self.sightings.get(camera).cloned() else { continue };
            let Some(described) = self.reader.features.cameras.get(camera) else { continue };
            let (name, stated) = (described.name.clone(), described.size);
            let flag = described.flag.clone().unwrap_or_default();
            let (found, contradicted) = self.probe(camera, &seen);
            if let (Some((width, height)), Some(stated)) = (found, stated.filter(|stated| Some(*stated) != found)) {
                let text = format!(
                    "The pictures of `{name}` have {width} x {height} pixels, it says {} x {}; their own size is used.",
                    stated.0, stated.1
                );
                self.notes.push(Note::new(FEATURES, text));
            }
            let counted = format!("{} of {readable} episodes", seen.n_disowned);
            let text = match (seen.n_disowned, contradicted) {
                (0, _) => None,
                (_, true) => Some(format!(
                    "`{flag}` is 0 in {counted}, but pictures of `{name}` are there: they are used, those of one \
                     colour are taken as padding."
                )),
                (_, false) => Some(format!(
                    "{counted} have no `{name}`: `{flag}` is 0 there and the pictures are padding of one colour."
                )),
            };
            self.notes.extend(text.map(|text| Note::new(name.clone(), text)));
            if seen.n_empty > 0 {
                let text =
                    format!("{} of {readable} episodes have no `{name}`: nothing is stored there.", seen.n_empty);
                self.notes.push(Note::new(name.clone(), text));
            }
            match found.or(stated).filter(|_| seen.n_empty < readable) {
                Some(size) => sizes.push(size),
                None => without.push(name),
            }
        }
        if !without.is_empty() {
            let text = format!("Cameras without a single picture are left out: {}.", without.join(", "));
            self.notes.push(Note::new(FEATURES, text));
            self.reader.features.cameras.retain(|camera| !without.contains(&camera.name));
            // What was looked up goes by positions of cameras.
            self.reader.kept = Mutex::new(VecDeque::new());
        }
        self.reader.sizes = sizes;
    }

    /// The size of the first picture that can be decoded, and whether one is there that its episode denies.
    fn probe(&mut self, camera: usize, seen: &Sighting) -> (Option<(u32, u32)>, bool) {
        let (mut size, mut contradicted, mut told) = (None, false, false);
        let all = seen.owned.iter().map(|at| (at, false)).chain(seen.disowned.iter().map(|at| (at, true)));
        for (episode, is_disowned) in all {
            if size.is_some() && !is_disowned {
                continue;
            }
            match self.reader.picture(camera, *episode, 0) {
                Ok(picture) => {
                    size.get_or_insert((picture.width, picture.height));
                    contradicted |= is_disowned;
                }
                Err(DataError::Absent { .. }) => {}
                Err(err) if !std::mem::replace(&mut told, true) => {
                    self.notes.push(Note::new(format!("episode {episode}"), err.to_string()));
                }
                Err(_) => {}
            }
        }
        (size, contradicted)
    }

    fn tell_copies(&mut self, readable: usize) {
        if self.n_copies > 0 {
            let text = format!(
                "{} of {readable} episodes are copies of others (the same length and checksum); where no recording may \
                 be in both halves, move the shards of one split elsewhere.",
                self.n_copies
            );
            self.notes.push(Note::new(INFO, text));
        }
    }

    fn tell_missing(&mut self) {
        let lost: Vec<u64> =
            self.episodes.iter().filter(|episode| episode.missing.is_some()).map(|episode| episode.id).collect();
        if !lost.is_empty() {
            let text = format!(
                "{} of {} episodes cannot be read because their shards are absent or damaged ({}); download them again \
                 if they are needed.",
                lost.len(),
                self.episodes.len(),
                ranges(&lost)
            );
            self.notes.push(Note::new("episodes", text));
        }
    }
}

/// Steps, task, columns and cameras of a record; why it makes no episode, where it does not.
fn look<R: std::io::Read + std::io::Seek>(
    wire: &mut Wire<R>,
    record: &Record,
    features: &Features,
) -> Result<Result<Look, String>, Fault> {
    let layout = wire.layout(whole(record))?;
    let mut by_column = Vec::with_capacity(features.columns.len());
    let mut votes: BTreeMap<u64, usize> = BTreeMap::new();
    for column in &features.columns {
        let width = column.info.width as u64;
        let count = match layout.get(&column.key).filter(|list| list.kind != Kind::Bytes) {
            Some(list) => Some(wire.count(*list)?).filter(|count| count.is_multiple_of(width)),
            None => None,
        };
        let steps = count.map(|count| count / width);
        if let Some(steps) = steps {
            *votes.entry(steps).or_default() += 1;
        }
        by_column.push(steps);
    }
    // One column that differs is the column's fault, not the episode's.
    let mut steps = votes.iter().max_by_key(|(steps, votes)| (**votes, **steps)).map(|(steps, _)| *steps);
    let mut others = features.cameras.iter().map(|camera| &camera.key).chain(&features.tasks);
    if let (None, Some(list)) = (steps, others.find_map(|key| layout.get(key))) {
        steps = Some(wire.count(*list)?);
    }
    let steps = match steps {
        None => return Ok(Err(format!("it has none of the features that {FEATURES} lists"))),
        Some(0) => return Ok(Err("it has no steps".to_owned())),
        Some(steps) if steps > MOST_STEPS => return Ok(Err(format!("it has more than {MOST_STEPS} steps"))),
        Some(steps) => steps,
    };
    let mut task = None;
    for list in features.tasks.iter().filter_map(|key| layout.get(key)) {
        task = task.or(wire.text(*list, LONGEST_TASK_BYTES)?.filter(|text| !text.is_empty()));
    }
    let mut eyes = Vec::with_capacity(features.cameras.len());
    for camera in &features.cameras {
        eyes.push(match layout.get(&camera.key) {
            // A picture of no bytes takes two: its tag and its length.
            Some(list) if list.kind == Kind::Bytes && list.stretch.length > 2 * steps => {
                if is_off(wire, &layout, camera.flag.as_deref()) { Eye::Disowned } else { Eye::Owned }
            }
            _ => Eye::Empty,
        });
    }
    let fits = by_column.iter().map(|found| *found == Some(steps)).collect();
    Ok(Ok(Look { steps: steps as u32, task, fits, eyes }))
}
