//! Simulates and renders draws into a synthetic set on disk.
//!
//! No draw depends on another, on order or on a shared folder, so that a batch can be cut into shards. The set appears
//! under its name only when whole.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use rayon::prelude::*;

use crate::base::{Monitor, files::FolderInProgress, png};
use crate::data::Origin;
use crate::family::Family;
use crate::ledger::Ledger;
use crate::render::{Cover, Extra, Frame, Wanted};
use crate::sample::{Draw, Placed, Sampler};
use crate::sense::camera::lens::Lens;
pub use crate::sense::channel::ExtraChannel;
pub use crate::sense::derive::Control;
use crate::sense::{self, Labels, file::LabelFile};
use crate::study::{Edit, SetRef, Study};
use crate::world::{Episode, Simulator, Snapshot};

use super::controls::Controls;
use super::generator::{Generator, Pending};
use super::method::{self, Placement};
use super::place::{Place, Stamp};
use super::synthetic::{self, EpisodeFile, SetFile, episode_folder};
use super::{RunError, camera, check, inside, ranging};

/// The most frames that are read and encoded together on all cores, and their pixels: two batches are in memory at a time.
const BATCH_FRAMES: usize = 8;
const BATCH_PX: usize = 8 << 20;

/// What to generate.
#[derive(Clone, Debug)]
pub struct GenerateRequest {
    /// The family's id.
    pub family: String,
    /// Index of the first draw.
    pub from: u64,
    /// How many draws.
    pub count: u64,
    /// Every how many recorded states a frame is kept; 1 keeps all.
    pub every: u32,
    /// The set's name.
    pub name: String,
    /// `Synthetic`, or `StandIn` for a demonstration.
    pub origin: Origin,
    /// What places the draws.
    pub placement: Placement,
    /// The channels that are kept beside colour, depth and instance ids, in their own order.
    pub channels: Vec<ExtraChannel>,
    /// The control pictures that are written beside the others, each kind once.
    pub controls: Vec<Control>,
}

/// What was generated.
#[derive(Clone, Debug)]
pub struct Generated {
    /// Puts the set into the study.
    pub edit: Edit,
    /// Draws in the set.
    pub n_draws: u64,
    /// Frames in the set.
    pub n_frames: u64,
    /// Draws in which the rare event happened.
    pub n_rare: u64,
    /// Candidates that the requirements refused.
    pub n_refused: u64,
    /// Draws of a level design that the requirements refuse: they are not in the set.
    pub n_left_out: u64,
    /// How the draws were placed.
    pub placed: Placed,
    /// What the person should know, a sentence each.
    pub remarks: Vec<String>,
}

/// What a person reads while it runs.
const STAGE: &str = "Simulating and rendering draws";

/// What is said where nothing is known of what is hidden.
const NO_COVERS: &str =
    "this graphics device or generator cannot tell what is hidden: the labels have no amodal masks and no occluders";

impl Generated {
    fn begin(set: SetRef, placed: Placed, remarks: Vec<String>) -> Self {
        let edit = Edit::PutSet(set);
        Self { edit, n_draws: 0, n_frames: 0, n_rare: 0, n_refused: 0, n_left_out: 0, placed, remarks }
    }

    /// Says how many of `total` draws the requirements took away; a set of none is refused.
    fn say_left_out(&mut self, total: u64) -> Result<(), RunError> {
        if self.n_draws == 0 {
            let wrong = format!("the requirements refuse all {total} draws; ask for others, or for more levels");
            return Err(RunError::Request(wrong));
        }
        if self.n_left_out > 0 {
            let said = format!("the requirements refuse {} of the {total} draws; they are left out", self.n_left_out);
            self.remarks.push(said);
        }
        Ok(())
    }
}

/// The control that `text` asks for (`edge:low`).
///
/// # Errors
/// One sentence on what is not understood.
pub fn control(text: &str) -> Result<Control, RunError> {
    Control::parse(text).map_err(RunError::Request)
}

/// The channels beside colour, depth and instance ids that `texts` ask for.
///
/// # Errors
/// One sentence on what is not understood.
pub fn channels(texts: &[String]) -> Result<Vec<ExtraChannel>, RunError> {
    ExtraChannel::parse_all(texts).map_err(RunError::Request)
}

/// Generates a set.
///
/// # Errors
/// When the family has errors, a draw cannot be met, the device fails or the disk is full. Nothing is left then.
pub fn generate(
    place: &Place,
    study: &Study,
    request: &GenerateRequest,
    generator: &mut dyn Generator,
    stamp: &Stamp,
    monitor: &dyn Monitor,
) -> Result<Generated, RunError> {
    let family = check::usable_family(study, &request.family)?;
    refuse_empty(request)?;
    // A ledger that cannot take the entry is found before the work, not after it.
    Ledger::read(&place.ledger())?;
    let target = place.set_folder(&request.name);
    let folder = FolderInProgress::start(&target)?;
    let placed = request.placement.settle(study, &family, monitor)?;
    let sampler = Sampler::with(&family, study.seed, &placed.method, monitor)?;
    let simulator = Simulator::new(&family)?;
    let asked = method::asked(&sampler, &placed, request.from, request.count)?;
    let mut set = SetFile::new(request, &placed, &family, study.seed, generator.describe());
    let mut generated = Generated::begin(made(place, request), placed, asked.remarks);
    let total = asked.indices.end - asked.indices.start;
    let mut no_covers = false;
    for (done, index) in asked.indices.enumerate() {
        monitor.step(STAGE, done as u64, total);
        if monitor.stopped() {
            return Err(RunError::Stopped);
        }
        let Some(draw) = sampler.draw_if_permitted(index)? else {
            generated.n_left_out += 1;
            continue;
        };
        camera::refuse_folded(&family, &draw)?;
        inside::refuse(&family, &simulator, &draw, true)?;
        let is_kept = |state: usize| state.is_multiple_of(request.every as usize);
        let episode = simulator.judged(&draw, &is_kept, monitor).map_err(RunError::of_draw(index))?;
        let (kept, has_covers) = write_episode(folder.path(), &family, &draw, &episode, request, generator, monitor)?;
        no_covers |= !has_covers;
        generated.n_draws += 1;
        generated.n_frames += u64::from(kept);
        generated.n_rare += u64::from(episode.rare);
        generated.n_refused += u64::from(draw.refused);
        set.add(index, kept, &family.title);
    }
    monitor.step(STAGE, total, total);
    generated.say_left_out(total)?;
    if no_covers {
        generated.remarks.push(NO_COVERS.to_owned());
    }
    crate::study::write_files(&family, &folder.path().join(crate::study::FILES))?;
    set.write(folder.path())?;
    let finished = folder.finish()?;
    if let Err(err) = record(place, study, request, &family, &generated, stamp) {
        // A set that the ledger does not know must not stand; what cannot be removed is named by the next run.
        let _left = std::fs::remove_dir_all(&finished);
        return Err(err);
    }
    Ok(generated)
}

fn made(place: &Place, request: &GenerateRequest) -> SetRef {
    SetRef {
        name: request.name.clone(),
        path: place.set_path(&request.name),
        digest: None,
        origin: request.origin,
        held: Vec::new(),
        reference: Vec::new(),
        sealed: None,
        listing: None,
        conditions: BTreeMap::new(),
        folders: crate::data::Folders::default(),
    }
}

fn refuse_empty(request: &GenerateRequest) -> Result<(), RunError> {
    let wrong = if request.count == 0 {
        "ask for at least one draw"
    } else if request.every == 0 {
        "keep every 1st, 2nd, … frame; 0 keeps none"
    } else if request.count > super::draw::MOST_DRAWS {
        "ask for at most 1,000,000 draws at once and for the next ones with --from"
    } else if request.from.checked_add(request.count).is_none() {
        "the draws' indices pass the largest number there is; begin lower"
    } else if has_twice(&request.controls) {
        "ask for each control once"
    } else {
        return super::place::check_name(&request.name);
    };
    Err(RunError::Request(wrong.to_owned()))
}

/// Whether two of `controls` would be written to one folder.
fn has_twice(controls: &[Control]) -> bool {
    controls.iter().enumerate().any(|(at, one)| controls.iter().skip(at + 1).any(|other| one.name() == other.name()))
}

fn record(
    place: &Place,
    study: &Study,
    request: &GenerateRequest,
    family: &Family,
    generated: &Generated,
    stamp: &Stamp,
) -> Result<(), RunError> {
    let body = serde_json::json!({
        "set": request.name, "origin": format!("{:?}", request.origin), "family": family.id,
        "family_digest": family.digest().to_string(), "study_seed": study.seed, "from": request.from,
        "draws": generated.n_draws, "frames": generated.n_frames, "rare": generated.n_rare,
        "refused_candidates": generated.n_refused, "left_out": generated.n_left_out, "placed": generated.placed.brief(),
    });
    place.record(stamp, "set.generated", body)?;
    Ok(())
}

/// Writes one episode's pictures, labels, signals and facts; the number of frames kept, and whether its labels know what is
/// hidden.
fn write_episode(
    set: &Path,
    family: &Family,
    draw: &Draw,
    episode: &Episode,
    request: &GenerateRequest,
    generator: &mut dyn Generator,
    monitor: &dyn Monitor,
) -> Result<(u32, bool), RunError> {
    let folder = episode_folder(set, draw.index);
    let extras = request.channels.iter().map(|channel| channel.name());
    for channel in ["colour", "depth", "instance"].into_iter().chain(extras) {
        crate::base::files::make_folder(&folder.join(channel))?;
    }
    let kept: Vec<usize> = (0..episode.snapshots.len()).step_by(request.every as usize).collect();
    let mut labels = LabelFile::default();
    let mut has_covers = true;
    let wanted = ExtraChannel::wanted(&request.channels);
    let lens = episode.sensor.as_deref().map_or(Lens::PINHOLE, Lens::of);
    let mut controls = Controls::start(&request.controls, &folder, kept.iter().map(|at| &episode.snapshots[*at]))?;
    let mut begun = VecDeque::new();
    let picture_px = family.camera.width_px as usize * family.camera.height_px as usize;
    let mut batches = kept.chunks((BATCH_PX / picture_px.max(1)).clamp(1, BATCH_FRAMES));
    let mut first = 0;
    loop {
        if monitor.stopped() {
            return Err(RunError::Stopped);
        }
        // while one batch is read and encoded, the device is at the next
        while begun.len() < 2
            && let Some(states) = batches.next()
        {
            begun.push_back(begin(generator, (family, draw, episode), states, wanted)?);
        }
        let Some(batch) = begun.pop_front() else { break };
        let done: Vec<Taken<'_>> = batch
            .into_par_iter()
            .enumerate()
            .map(|(offset, begun)| {
                let taken = begun.read((episode, lens))?;
                let (frame_number, frame) = (first + offset, &taken.frame);
                write_frame(&folder, frame_number, frame)?;
                write_extras(&folder, frame_number, &request.channels, (taken.state, frame, &taken.extra))?;
                controls.write(frame_number, frame)?;
                Ok(taken)
            })
            .collect::<Result<_, RunError>>()?;
        for taken in &done {
            has_covers &= taken.has_covers;
            labels.add(taken.at, taken.state, &episode.facts[taken.at], &taken.labels, taken.has_covers);
        }
        first += done.len();
        controls.keep(done.iter().map(|taken| &taken.frame));
    }
    controls.finish()?;
    synthetic::write_labels(&labels, &folder)?;
    let facts = EpisodeFile::new(draw, episode, &kept);
    facts.write_signals(episode, &folder)?;
    ranging::files::write_episode(family, episode, &folder, monitor)?;
    facts.write(&folder)?;
    Ok((kept.len() as u32, has_covers))
}

/// A picture that the generator was asked for.
struct Begun {
    at: usize,
    picture: Pending<(Frame, Extra)>,
    covers: Pending<Option<Vec<Cover>>>,
}

/// A picture with what is said of it.
struct Taken<'a> {
    at: usize,
    state: &'a Snapshot,
    frame: Frame,
    extra: Extra,
    labels: Labels,
    has_covers: bool,
}

/// Asks for the pictures of `states`.
fn begin(
    generator: &mut dyn Generator,
    (family, draw, episode): (&Family, &Draw, &Episode),
    states: &[usize],
    wanted: Wanted,
) -> Result<Vec<Begun>, RunError> {
    let one = |at: &usize| {
        let picture = generator.start(family, draw, (episode, *at), wanted)?;
        Ok(Begun { at: *at, picture, covers: generator.start_covers(episode, *at)? })
    };
    states.iter().map(one).collect()
}

impl Begun {
    /// Waits for it and labels it.
    fn read(self, (episode, lens): (&Episode, Lens)) -> Result<Taken<'_>, RunError> {
        let (frame, extra) = self.picture.read()?;
        let covers = self.covers.read()?;
        let (state, facts) = (&episode.snapshots[self.at], &episode.facts[self.at]);
        let labels = Labels::of(&frame, (state, lens), facts, covers.as_deref());
        Ok(Taken { at: self.at, state, frame, extra, labels, has_covers: covers.is_some() })
    }
}

/// Writes one file of a folder that is renamed when finished: a plain write is enough there.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    #[expect(clippy::disallowed_methods, reason = "inside a FolderInProgress")]
    std::fs::write(path, bytes).map_err(|err| crate::base::files::FileError::new("write", path, err))?;
    Ok(())
}

fn write_frame(folder: &Path, number: usize, frame: &Frame) -> Result<(), RunError> {
    let name = format!("{number:06}.png");
    let put = |channel: &str, bytes: Vec<u8>| put(&folder.join(channel).join(&name), &bytes);
    put("colour", png::encode_rgb(&frame.colour)?)?;
    put("depth", png::encode_grey16(frame.width, frame.height, &sense::depth_mm(frame))?)?;
    put("instance", png::encode_grey16(frame.width, frame.height, &frame.instance)?)?;
    Ok(())
}

/// Writes the channels that were asked for beside the others.
fn write_extras(
    folder: &Path,
    number: usize,
    channels: &[ExtraChannel],
    (state, frame, extra): (&Snapshot, &Frame, &Extra),
) -> Result<(), RunError> {
    for channel in channels {
        let Some(bytes) = channel.encode(state, frame, extra)? else {
            let name = channel.name();
            return Err(RunError::Request(format!("this generator cannot tell the channel `{name}`; leave it out")));
        };
        put(&folder.join(channel.name()).join(format!("{number:06}.{}", channel.ending())), &bytes)?;
    }
    Ok(())
}
