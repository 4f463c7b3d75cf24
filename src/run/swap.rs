//! The cue swap: draws of a generated set are simulated and rendered once more with one parameter exchanged among them, and nothing else.
//!
//! The audit tells that something goes with an outcome; only an intervention tells why. Where the outcome stays as it was although the
//! parameter is another draw's, it is no cause, and a model that follows it has learned a shortcut; what moves in the pictures is where
//! a model can see it. Each value goes to the draw half of all ranks further on, so that values keep their distribution and no draw
//! its own. Both versions of the pictures are kept for a model to be asked on. They are no set: swapped draws have no weights and are
//! never trained on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::{self, FolderInProgress};
use crate::base::{Monitor, Rgb, png};
use crate::data::Origin;
use crate::drift;
use crate::family::validate::is_identifier;
use crate::family::{Family, Parameter, Role};
use crate::ledger::Ledger;
use crate::sample::{Draw, SampleError, Sampler};
use crate::stats::{mean, sd};
use crate::study::Study;
use crate::world::{Episode, Simulator};

use super::compare::spaced;
use super::generate::put;
use super::generator::Generator;
use super::place::{Place, Stamp};
use super::synthetic::{EpisodeFile, SetFile, episode_folder, write_json};
use super::{RunError, import};

/// What is done, in words for whoever waits.
const STAGE: &str = "Rendering draws with swapped values";
/// Fewer draws with another value say nothing.
const FEWEST: usize = 4;
/// A statistic that moves less than this, in standard deviations, is not spoken of.
const MOVED_SD: f64 = 0.05;
/// Statistics that the sentence names.
const NAMED: usize = 3;

/// What to swap.
#[derive(Clone, Debug)]
pub struct SwapRequest {
    /// The generated set.
    pub set: String,
    /// The parameter whose values are exchanged.
    pub parameter: String,
    /// How many draws, evenly spread over the set.
    pub draws: usize,
    /// Pictures of each draw.
    pub frames: u32,
    /// The share of each episode, from its beginning, that pictures are taken from; 0 to 1.
    pub until: f64,
}

impl SwapRequest {
    /// Of 24 draws, two pictures each of the first quarter.
    pub fn of(set: String, parameter: String) -> Self {
        Self { set, parameter, draws: 24, frames: 2, until: 0.25 }
    }
}

/// What came of it, as kept in `swap.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Swapped {
    /// `worldproof swap 1`.
    pub format: String,
    /// The set.
    pub set: String,
    /// The parameter.
    pub parameter: String,
    /// Draws that got another value and were made twice.
    pub draws: usize,
    /// Draws whose new value the family's requirements refuse.
    pub refused: usize,
    /// Draws in which the rare event came or stayed away because of the swap.
    pub turned: usize,
    /// How far each measure moved, on average of magnitudes, in its standard deviations over draws; the farthest first.
    pub measures: Vec<Moved>,
    /// The same of each statistic of the pictures.
    pub statistics: Vec<Moved>,
    /// In words.
    pub sentences: Vec<String>,
    /// Each draw.
    pub each: Vec<SwappedDraw>,
}

/// How far something moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// What.
    pub name: String,
    /// Mean magnitude of the change, in standard deviations over draws.
    pub by_sd: f64,
}

/// One draw that was made twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SwappedDraw {
    /// The draw.
    pub draw: u64,
    /// Its own value.
    pub own: f64,
    /// The value that it got.
    pub got: f64,
    /// Whether the rare event happened with its own value, and with the other.
    pub rare: [bool; 2],
}

/// A draw made once: what came of it, and what its pictures say on average.
struct Made {
    rare: bool,
    measures: BTreeMap<String, f64>,
    statistics: Vec<f64>,
}

/// Swaps one parameter among draws of a set; the finding and the folder with both versions of the pictures, which replaces that of an
/// earlier swap of the same parameter.
///
/// # Errors
/// When the set is none of draws, the parameter is none of its family or does not differ between draws, the device fails or the
/// disk is full.
pub fn swap(
    place: &Place,
    study: &Study,
    request: &SwapRequest,
    (generator, stamp): (&mut dyn Generator, &Stamp),
    monitor: &dyn Monitor,
) -> Result<(Swapped, PathBuf), RunError> {
    let drawn = Drawn::read(place, study, request)?;
    // A ledger that cannot take the entry is found before the work, not after it.
    Ledger::read(&place.ledger())?;
    let folder = FolderInProgress::replacing(&folder_of(place, request))?;
    let exchanged = exchanged(&drawn.chosen, &request.parameter);
    let mut found = Swapped::begin(request);
    let mut both: Vec<[Made; 2]> = Vec::new();
    for (done, (values, got)) in exchanged.iter().enumerate() {
        monitor.step(STAGE, done as u64, exchanged.len() as u64);
        let own = values.values[&request.parameter];
        let mut swapped = values.values.clone();
        swapped.insert(request.parameter.clone(), *got);
        let Some(other) = drawn.permitted(values.draw, &swapped)? else {
            found.refused += 1;
            continue;
        };
        let as_is = drawn.sampler.draw_with(values.draw, &values.values)?;
        let mut camera = Camera { drawn: &drawn, request, generator, folder: folder.path(), monitor };
        let made = [camera.make(&as_is, "as_is")?, camera.make(&other, "swapped")?];
        let rare = [made[0].rare, made[1].rare];
        found.each.push(SwappedDraw { draw: values.draw, own, got: *got, rare });
        both.push(made);
    }
    monitor.step(STAGE, exchanged.len() as u64, exchanged.len() as u64);
    if both.len() < FEWEST {
        let Swapped { refused, .. } = found;
        return Err(RunError::Request(format!(
            "only {} of {} draws could get another value of `{}` ({refused} are refused by the family's requirements, or put the camera where it cannot be); swap it among more \
             draws",
            both.len(),
            drawn.chosen.len(),
            request.parameter
        )));
    }
    found.count(&both, &drawn.family);
    if drawn.chosen.len() < request.draws {
        found.sentences.push(format!("All {} draws of the set took part; there are no more.", drawn.chosen.len()));
    }
    put(&folder.path().join("swap.csv"), csv(&found).as_bytes())?;
    write_json(&folder.path().join("swap.json"), &found)?;
    let finished = folder.finish()?;
    let body = serde_json::json!({
        "set": found.set, "parameter": found.parameter, "draws": found.draws, "refused": found.refused, "turned": found.turned,
    });
    place.record(stamp, "audit.swap", body)?;
    Ok((found, finished))
}

/// Where both versions of the pictures are kept.
pub fn folder_of(place: &Place, request: &SwapRequest) -> PathBuf {
    place.folder.join("audit").join(format!("{}--{}", request.set, request.parameter))
}

/// The set's family and the draws of it that take part.
struct Drawn {
    family: Family,
    sampler: Sampler,
    simulator: Simulator,
    chosen: Vec<EpisodeFile>,
    every: u32,
}

impl Drawn {
    fn read(place: &Place, study: &Study, request: &SwapRequest) -> Result<Self, RunError> {
        let refuse = |what: String| Err(RunError::Request(what));
        if request.draws < FEWEST || request.frames == 0 || !(request.until > 0.0 && request.until <= 1.0) {
            return refuse(format!(
                "a swap needs at least {FEWEST} draws and 1 frame of each, from a share above 0 and at most 1 of an episode; not {}, {} and {}",
                request.draws, request.frames, request.until
            ));
        }
        // Both become a folder's name, and a family's text may come from anywhere.
        super::place::check_name(&request.set)?;
        if !is_identifier(&request.parameter) {
            return refuse(format!("`{}` is no parameter's name; see `worldproof check`", request.parameter));
        }
        let set_ref = import::set_ref(study, &request.set)?;
        if set_ref.origin != Origin::Synthetic {
            return refuse(format!(
                "`{}` is no set that was drawn from a family of the study, so nothing in it can be swapped; swap in a generated set",
                request.set
            ));
        }
        let folder = place.resolve(&set_ref.path);
        let file = SetFile::read(&folder)?;
        if file.lineage.study_seed != study.seed {
            return refuse(format!(
                "`{}` was drawn with another seed than the study has; generate it again",
                request.set
            ));
        }
        let family = file.lineage.family(&folder)?;
        if !family.parameters.iter().any(|parameter| parameter.name == request.parameter) {
            let names: Vec<&str> = family.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
            let what =
                format!("`{}` is no parameter of `{}`; there are {}", request.parameter, family.id, names.join(", "));
            return refuse(crate::base::text::shortened(what));
        }
        let (sampler, simulator) = (Sampler::new(&family, study.seed)?, Simulator::new(&family)?);
        let count = u32::try_from(file.episodes.len()).unwrap_or(u32::MAX);
        let mut chosen = Vec::new();
        for at in spaced(count, u32::try_from(request.draws).unwrap_or(u32::MAX)) {
            let mut values = EpisodeFile::read(&episode_folder(&folder, file.episodes[at as usize].id))?;
            // All that is drawn, shares of places too: what is left open would be drawn anew.
            values.values.retain(|name, _| is_drawn(&sampler, name));
            if !values.values.contains_key(&request.parameter) {
                return Err(RunError::damaged(&folder, "a draw lacks the parameter that is to be swapped"));
            }
            chosen.push(values);
        }
        Ok(Self { family, sampler, simulator, chosen, every: file.lineage.every })
    }

    /// The draw with these values; `None` where requirements refuse it, or its camera would be inside a body or fold its lens: pictures
    /// from there say nothing of the parameter.
    fn permitted(&self, index: u64, values: &BTreeMap<String, f64>) -> Result<Option<Draw>, RunError> {
        let draw = match self.sampler.draw_with(index, values) {
            Err(SampleError::Unmet(_)) => return Ok(None),
            draw => draw?,
        };
        let is_seen = super::camera::refuse_folded(&self.family, &draw).is_ok()
            && super::inside::refuse(&self.family, &self.simulator, &draw, true).is_ok();
        Ok(Some(draw).filter(|_| is_seen))
    }
}

/// Whether a name is of something that draws differ in by themselves.
fn is_drawn(sampler: &Sampler, name: &str) -> bool {
    let plan = sampler.plan();
    plan.columns().position(name).is_some_and(|at| at < plan.n_drawn())
}

/// Each draw with the value that it gets: that of the draw half of all ranks further on. Draws that would get their own value are
/// left out.
fn exchanged<'a>(chosen: &'a [EpisodeFile], parameter: &str) -> Vec<(&'a EpisodeFile, f64)> {
    let value = |file: &EpisodeFile| file.values.get(parameter).copied().unwrap_or(f64::NAN);
    let mut ranked: Vec<&EpisodeFile> = chosen.iter().collect();
    ranked.sort_by(|a, b| value(a).total_cmp(&value(b)).then(a.draw.cmp(&b.draw)));
    let half = ranked.len() / 2;
    let partner = |rank: usize| ranked[(rank + half) % ranked.len()];
    let mut all: Vec<(&EpisodeFile, f64)> =
        ranked.iter().enumerate().map(|(rank, file)| (*file, value(partner(rank)))).collect();
    all.retain(|(file, got)| value(file) != *got);
    all.sort_by_key(|(file, _)| file.draw);
    all
}

/// What makes a draw once.
struct Camera<'a> {
    drawn: &'a Drawn,
    request: &'a SwapRequest,
    generator: &'a mut dyn Generator,
    folder: &'a Path,
    monitor: &'a dyn Monitor,
}

impl Camera<'_> {
    /// Simulates `draw`, and renders and keeps its pictures under `version`.
    fn make(&mut self, draw: &Draw, version: &str) -> Result<Made, RunError> {
        let (drawn, request, monitor) = (self.drawn, self.request, self.monitor);
        if monitor.stopped() {
            return Err(RunError::Stopped);
        }
        let episode: Episode =
            drawn.simulator.judged(draw, &|_| false, monitor).map_err(RunError::of_draw(draw.index))?;
        // The states of which the set keeps pictures, from the beginning on.
        let kept = episode.snapshots.len().div_ceil(drawn.every.max(1) as usize);
        let until = ((kept as f64 * request.until).ceil() as u32).max(1);
        let mut rows = Vec::new();
        for frame in spaced(until, request.frames) {
            let state = (frame * drawn.every) as usize;
            let picture =
                self.generator.frame(&drawn.family, draw, &episode, state.min(episode.snapshots.len() - 1))?;
            self.keep(&picture.colour, version, (draw.index, frame))?;
            rows.push(drift::describe(&picture.colour));
        }
        let of = |at: usize| mean(&rows.iter().map(|row| row[at]).collect::<Vec<f64>>());
        let statistics = (0..drift::NAMES.len()).map(of).collect();
        Ok(Made { rare: episode.rare, measures: episode.measures, statistics })
    }

    fn keep(&self, picture: &Rgb, version: &str, (draw, frame): (u64, u32)) -> Result<(), RunError> {
        let folder = self.folder.join(version);
        files::make_folder(&folder)?;
        put(&folder.join(picture_name(draw, frame)), &png::encode_rgb(picture)?)
    }
}

/// `000012_000003.png`: the draw and the set's frame.
fn picture_name(draw: u64, frame: u32) -> String {
    format!("{draw:06}_{frame:06}.png")
}

impl Swapped {
    fn begin(request: &SwapRequest) -> Self {
        Self {
            format: "worldproof swap 1".to_owned(),
            set: request.set.clone(),
            parameter: request.parameter.clone(),
            draws: 0,
            refused: 0,
            turned: 0,
            measures: Vec::new(),
            statistics: Vec::new(),
            sentences: Vec::new(),
            each: Vec::new(),
        }
    }

    /// Counts what moved, and says it.
    fn count(&mut self, both: &[[Made; 2]], family: &Family) {
        self.draws = both.len();
        self.turned = both.iter().filter(|[own, other]| own.rare != other.rare).count();
        let names: Vec<&String> = both.first().map_or_else(Vec::new, |[own, _]| own.measures.keys().collect());
        let measure = |name: &&String| {
            let of = |made: &Made| made.measures.get(*name).copied().unwrap_or(f64::NAN);
            Moved { name: (*name).clone(), by_sd: moved(both, of) }
        };
        self.measures = farthest_first(names.iter().map(measure).collect());
        let statistic = |(at, name): (usize, &&str)| {
            let of = |made: &Made| made.statistics.get(at).copied().unwrap_or(f64::NAN);
            Moved { name: (*name).to_owned(), by_sd: moved(both, of) }
        };
        self.statistics = farthest_first(drift::NAMES.iter().enumerate().map(statistic).collect());
        let is_cause = |one: &Parameter| one.name == self.parameter && one.role == Role::Cause;
        self.sentences = self.told(&family.rare_event, family.parameters.iter().any(is_cause));
    }

    fn told(&self, event: &str, is_declared: bool) -> Vec<String> {
        let Self { parameter, draws, turned, .. } = self;
        let named = |all: &[Moved], least: f64| -> Vec<String> {
            let far = all.iter().filter(|one| one.by_sd > least).take(NAMED);
            far.map(|one| format!("`{}` by {:.2} sd", one.name, one.by_sd)).collect()
        };
        // Nothing is random between the two versions: a measure that the parameter does not reach stays to the last bit.
        let is_still = self.measures.iter().all(|one| one.by_sd == 0.0);
        let measures = named(&self.measures, MOVED_SD).join(", ");
        let role = if is_declared { ", as its role says" } else { ", though its role is another: declare it so" };
        let exchanged = format!("Exchanged among {draws} draws it turns `{event}` in {turned} of them");
        let outcome = match (*turned, is_still, measures.is_empty()) {
            (0, true, _) => format!(
                "`{parameter}` is no cause among these {draws} draws: exchanged among them it turns `{event}` in none and moves no measure. \
                 A model that follows it has learned a shortcut."
            ),
            (0, false, true) => {
                format!("{exchanged}, and moves no measure by more than {MOVED_SD} sd: hardly a cause, if at all.")
            }
            (0, false, false) => {
                format!("{exchanged}, but moves {measures}: a cause of these{}.", if is_declared { role } else { "" })
            }
            (_, _, true) => format!("`{parameter}` is a cause of `{event}`{role}. {exchanged}."),
            (_, _, false) => format!("`{parameter}` is a cause of `{event}`{role}. {exchanged} and moves {measures}."),
        };
        let statistics = named(&self.statistics, MOVED_SD);
        let pictures = if statistics.is_empty() {
            "In the pictures it moves no statistic that is looked at.".to_owned()
        } else {
            format!("In the pictures it moves most {}: there a model can see it.", statistics.join(", "))
        };
        let mut all = vec![outcome, pictures];
        if self.refused > 0 {
            all.push(format!("{} more draws cannot have their new value: requirements refuse it, or the camera would be where it cannot be.", self.refused));
        }
        all
    }
}

/// The mean magnitude of the change in standard deviations of all values, own and other; 0 where nothing ever differs.
fn moved(both: &[[Made; 2]], of: impl Fn(&Made) -> f64) -> f64 {
    let finite: Vec<[f64; 2]> = both
        .iter()
        .map(|pair| pair.each_ref().map(&of))
        .filter(|pair| pair.iter().all(|value| value.is_finite()))
        .collect();
    let all: Vec<f64> = finite.iter().flatten().copied().collect();
    let spread = sd(&all);
    let change = finite.iter().map(|[own, other]| (other - own).abs()).sum::<f64>() / finite.len().max(1) as f64;
    // Below that, what differs is rounding.
    if spread > 1e-12 * (1.0 + mean(&all).abs()) { change / spread } else { 0.0 }
}

fn farthest_first(mut all: Vec<Moved>) -> Vec<Moved> {
    all.sort_by(|a, b| b.by_sd.total_cmp(&a.by_sd).then_with(|| a.name.cmp(&b.name)));
    all
}

/// One line a draw, for whoever asks a model on both versions.
fn csv(found: &Swapped) -> String {
    let mut text = String::from("draw,own,got,rare_own,rare_got\n");
    for SwappedDraw { draw, own, got, rare: [before, after] } in &found.each {
        text.push_str(&format!("{draw},{own},{got},{before},{after}\n"));
    }
    text
}

#[cfg(test)]
mod tests;
