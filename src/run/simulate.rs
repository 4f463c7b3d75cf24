//! Episodes as tables, without a picture: what a learner, a notebook or another simulator reads.
//!
//! A folder of Parquet files in long form, each row with its draw's index, so that the files of shards are put together by
//! appending. Where the family has a mapping, the same episodes also lie there as a `LeRobot` set. A draw's rows depend on the family, the study's seed, the method and the index alone: not on threads, not on
//! which draws were asked for beside it. Nothing enters the study or its ledger.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use crate::base::Monitor;
use crate::base::files::{self, FolderInProgress};
use crate::data::Set;
use crate::family::Family;
use crate::sample::{Draw, Placed, Sampler};
use crate::study::Study;
use crate::world::{Episode, Simulator};

use super::draw::DrawRequest;
use super::lerobot::{self, Columns};
use super::table_file::{TableFile, Values};
use super::{RunError, check, inside, method, ranging};

/// Draws that are simulated together on all cores before they are written: bounds memory.
const TOGETHER: u64 = 32;
/// The same where lidars or radars need what is seen at every state.
const LOOKING_TOGETHER: u64 = 4;
/// What a person reads while it runs.
const STAGE: &str = "Simulating draws";

/// What was simulated.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The folder.
    pub folder: PathBuf,
    /// Draws in it.
    pub n_draws: u64,
    /// Draws in which the rare event happened.
    pub n_rare: u64,
    /// Draws of a level design that the requirements refuse: they are not in it.
    pub n_left_out: u64,
    /// Recorded states of all draws.
    pub n_states: u64,
    /// Where the episodes lie in the columns of the family's mapping.
    pub lerobot: Option<PathBuf>,
    /// What the person should know, a sentence each.
    pub remarks: Vec<String>,
}

/// `simulation.json`: enough to make the folder again.
#[derive(Clone, Debug, Serialize)]
struct About<'a> {
    format: &'static str,
    program: String,
    family: &'a str,
    family_digest: String,
    study_seed: u64,
    placed: &'a Placed,
    from: u64,
    count: u64,
    draws: u64,
}

/// The tables of a folder that is being written.
struct Tables {
    episodes: TableFile,
    states: TableFile,
    poses: TableFile,
    contacts: TableFile,
    events: TableFile,
    /// What lidars and radars met.
    ranging: Option<ranging::files::Tables>,
    /// The same in the columns of a real set.
    columns: Option<Columns>,
}

/// Simulates the draws that `request` asks for into the new folder `out`. With `like`, the columns of the family's mapping
/// must be those of that real set.
///
/// # Errors
/// When the family has errors, its columns are not those of `like`, a draw cannot be met or built, the folder is there
/// already, or the disk is full; nothing is left then.
pub fn simulate(
    study: &Study,
    request: &DrawRequest,
    like: Option<&Set>,
    out: &Path,
    monitor: &dyn Monitor,
) -> Result<Simulated, RunError> {
    let family = check::usable_family(study, &request.family)?;
    if request.count == 0 {
        return Err(RunError::Request("ask for at least one draw".to_owned()));
    }
    let (columns, told) = Columns::begin(&family, like)?;
    let folder = FolderInProgress::start(out)?;
    let placed = request.placement.settle(study, &family, monitor)?;
    let sampler = Sampler::with(&family, study.seed, &placed.method, monitor)?;
    let simulator = Simulator::new(&family)?;
    let method::Asked { indices, remarks } = method::asked(&sampler, &placed, request.from, request.count)?;
    let (from, total) = (indices.start, indices.end - indices.start);
    let mut tables = Tables::begin(&family, folder.path(), columns)?;
    let mut made = Simulated {
        folder: out.to_owned(),
        n_draws: 0,
        n_rare: 0,
        n_left_out: 0,
        n_states: 0,
        lerobot: family.mapping.as_ref().map(|_| out.join(lerobot::FOLDER)),
        remarks: told.into_iter().chain(remarks).collect(),
    };
    let looks = ranging::is_asked(&family);
    let together = if looks { LOOKING_TOGETHER } else { TOGETHER };
    for first in indices.clone().step_by(together as usize) {
        monitor.step(STAGE, first - from, total);
        let some = first..indices.end.min(first + together);
        let one = |index: u64| -> Result<Option<(Draw, Episode)>, RunError> {
            let Some(draw) = sampler.draw_if_permitted(index)? else { return Ok(None) };
            // What looks round needs what can be seen.
            let episode = if looks {
                inside::refuse(&family, &simulator, &draw, false)?;
                simulator.episode(&draw, monitor)
            } else {
                simulator.tracked(&draw, monitor)
            };
            let episode = episode.map_err(RunError::of_draw(index))?;
            Ok(Some((draw, episode)))
        };
        let episodes: Vec<_> = some.into_par_iter().map(one).collect();
        for episode in episodes {
            match episode? {
                None => made.n_left_out += 1,
                Some((draw, episode)) => {
                    made.n_states += tables.add(&family, &draw, &episode, &mut made.n_rare)?;
                    if let Some(ranging) = &mut tables.ranging {
                        ranging.add(&family, &draw, &episode, monitor)?;
                    }
                }
            }
        }
    }
    monitor.step(STAGE, total, total);
    made.n_draws = total - made.n_left_out;
    if made.n_draws == 0 {
        let wrong = format!("the requirements refuse all {total} draws; ask for others, or for more levels");
        return Err(RunError::Request(wrong));
    }
    tables.finish()?;
    about(&family, study, request, &placed, made.n_draws).write(folder.path(), &family)?;
    folder.finish()?;
    Ok(made)
}

fn about<'a>(family: &'a Family, study: &Study, request: &DrawRequest, placed: &'a Placed, draws: u64) -> About<'a> {
    About {
        format: "worldproof simulation 1",
        program: format!("worldproof {}", env!("CARGO_PKG_VERSION")),
        family: &family.id,
        family_digest: family.digest().to_string(),
        study_seed: study.seed,
        placed,
        from: request.from,
        count: request.count,
        draws,
    }
}

impl About<'_> {
    /// Writes itself and the family beside it.
    fn write(&self, folder: &Path, family: &Family) -> Result<(), RunError> {
        super::synthetic::write_json(&folder.join("simulation.json"), self)?;
        crate::study::write_files(family, &folder.join(crate::study::FILES))?;
        let path = folder.join("family.ron");
        Ok(files::write_whole(&path, crate::family::text::canonical(family).as_bytes())?)
    }
}

impl Tables {
    fn begin(family: &Family, folder: &Path, mut columns: Option<Columns>) -> Result<Self, RunError> {
        if let Some(columns) = &mut columns {
            columns.write_below(folder)?;
        }
        let table = |name: &str| TableFile::begin(&folder.join(format!("{name}.parquet")));
        Ok(Self {
            episodes: table("episodes")?,
            states: table("states")?,
            poses: table("poses")?,
            contacts: table("contacts")?,
            events: table("events")?,
            ranging: ranging::files::Tables::begin(family, folder)?,
            columns,
        })
    }

    /// Adds an episode; how many states it has.
    fn add(&mut self, family: &Family, draw: &Draw, episode: &Episode, n_rare: &mut u64) -> Result<u64, RunError> {
        *n_rare += u64::from(episode.rare);
        self.episodes.add(outcome(family, draw, episode))?;
        let n_states = episode.signals.values().next().map_or(0, Vec::len);
        let own = |count: usize| ("draw".to_owned(), Values::Counts(vec![draw.index; count]));
        let mut states = vec![own(n_states), ("state".to_owned(), Values::Counts((0..n_states as u64).collect()))];
        let order = crate::world::vocabulary(family).signals;
        let column =
            |name: &str| (name.to_owned(), Values::Numbers(episode.signals.get(name).cloned().unwrap_or_default()));
        states.extend(order.iter().map(|(name, _)| column(name)));
        self.states.add(states)?;
        self.poses.add(poses(draw, episode))?;
        self.contacts.add(contacts(draw, episode))?;
        self.events.add(events(draw, episode))?;
        if let Some(columns) = &mut self.columns {
            columns.add(draw, episode)?;
        }
        Ok(n_states as u64)
    }

    fn finish(self) -> Result<(), RunError> {
        let tables = [self.episodes, self.states, self.poses, self.contacts, self.events];
        tables.into_iter().try_for_each(TableFile::finish)?;
        self.ranging.map_or(Ok(()), ranging::files::Tables::finish)?;
        self.columns.map_or(Ok(()), Columns::finish)
    }
}

/// The draw and what came of it: one row.
fn outcome(family: &Family, draw: &Draw, episode: &Episode) -> Vec<(String, Values)> {
    let number = |value: f64| Values::Numbers(vec![value]);
    let mut all = vec![
        ("draw".to_owned(), Values::Counts(vec![draw.index])),
        ("refused".to_owned(), Values::Counts(vec![u64::from(draw.refused)])),
        ("ln_weight".to_owned(), number(draw.ln_weight)),
        ("rare".to_owned(), Values::Counts(vec![u64::from(episode.rare)])),
        ("margin".to_owned(), number(episode.margin)),
    ];
    // A parameter, a quantity of the summary and a measure may bear one name; the prefix says which it is.
    all.extend(draw.values.iter().map(|(name, value)| (format!("parameter.{name}"), number(*value))));
    all.extend(episode.summary.iter().map(|(name, value)| (format!("summary.{name}"), number(*value))));
    let of_family = family.measures.iter().filter_map(|measure| episode.measures.get_key_value(&measure.name));
    all.extend(of_family.map(|(name, value)| (format!("measure.{name}"), number(*value))));
    all
}

fn poses(draw: &Draw, episode: &Episode) -> Vec<(String, Values)> {
    let rows = || episode.tracks.iter().flat_map(|track| track.poses.iter().enumerate().map(move |row| (track, row)));
    let count = rows().count();
    let number = |name: &str, of: &dyn Fn(&crate::base::Pose) -> f64| {
        (name.to_owned(), Values::Numbers(rows().map(|(_, (_, pose))| of(pose)).collect()))
    };
    vec![
        ("draw".to_owned(), Values::Counts(vec![draw.index; count])),
        ("state".to_owned(), Values::Counts(rows().map(|(_, (state, _))| state as u64).collect())),
        ("thing".to_owned(), Values::Texts(rows().map(|(track, _)| track.thing.to_string()).collect())),
        ("link".to_owned(), Values::Texts(rows().map(|(track, _)| track.link.to_string()).collect())),
        number("x_m", &|pose| pose.position.x),
        number("y_m", &|pose| pose.position.y),
        number("z_m", &|pose| pose.position.z),
        number("qx", &|pose| pose.rotation.x),
        number("qy", &|pose| pose.rotation.y),
        number("qz", &|pose| pose.rotation.z),
        number("qw", &|pose| pose.rotation.w),
    ]
}

fn contacts(draw: &Draw, episode: &Episode) -> Vec<(String, Values)> {
    let all = &episode.contacts;
    let number = |name: &str, of: fn(&crate::world::Contact) -> f64| {
        (name.to_owned(), Values::Numbers(all.iter().map(of).collect()))
    };
    vec![
        ("draw".to_owned(), Values::Counts(vec![draw.index; all.len()])),
        ("a".to_owned(), Values::Texts(all.iter().map(|touch| touch.a.clone()).collect())),
        ("b".to_owned(), Values::Texts(all.iter().map(|touch| touch.b.clone()).collect())),
        number("begin_s", |touch| touch.begin_s),
        number("end_s", |touch| touch.end_s),
        number("force_max_n", |touch| touch.force_max_n),
        number("tangential_max_n", |touch| touch.tangential_max_n),
        number("x_m", |touch| touch.at_m[0]),
        number("y_m", |touch| touch.at_m[1]),
        number("z_m", |touch| touch.at_m[2]),
    ]
}

fn events(draw: &Draw, episode: &Episode) -> Vec<(String, Values)> {
    let all = &episode.events;
    vec![
        ("draw".to_owned(), Values::Counts(vec![draw.index; all.len()])),
        ("event".to_owned(), Values::Texts(all.iter().map(|event| event.name.clone()).collect())),
        // One that did not come has no time.
        ("at_s".to_owned(), Values::Numbers(all.iter().map(|event| event.at_s.unwrap_or(f64::NAN)).collect())),
    ]
}
