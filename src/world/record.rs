//! Steps a world to its end and writes down what a family can measure.
//!
//! Recorded state k belongs to the physics step nearest to k / frame rate. Rates that divide the stage's (24, 30, 60, … of
//! 240 Hz) are met exactly; with others a state's `time_s` is the time of its step, at most half a step off.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::built::World;
use super::drive::{Deed, Drive, with_spawned};
use super::episode::{Carried, Episode, Track};
use super::facts::{Facts, SoFar};
use super::fields::{Fields, signals};
use super::physics::PHYSICS_RATE_HZ;
use super::stage::kind;
use super::{Snapshot, WorldError};
use crate::base::Monitor;
use crate::family::measure::{Vocabulary, named};
use crate::family::{Family, Measures, Outcome};
use crate::sample::Draw;

/// What episodes of `family` can be asked for: what its stage records, and its own things; nothing where there is no such
/// stage.
pub fn vocabulary(family: &Family) -> Vocabulary {
    let Some(kind) = kind(&family.stage) else { return Vocabulary::default() };
    let signals = signals(kind, family);
    Vocabulary { summary: named(kind.summary), live: signals.clone(), signals }
}

/// A family made ready to be simulated at many draws: what no draw changes is prepared once.
#[derive(Clone, Debug)]
pub struct Simulator {
    family: Family,
    fields: Fields,
    measures: Measures,
}

impl Simulator {
    /// Prepares `family`.
    ///
    /// # Errors
    /// A stage or slot that does not exist, a measure that does not compile.
    pub fn new(family: &Family) -> Result<Self, WorldError> {
        let fields = Fields::of(family)?;
        let measures = Measures::new(family, &vocabulary(family))?;
        Ok(Self { family: family.clone(), fields, measures })
    }

    /// The whole episode at `draw`. The same family and draw give the same episode, bit for bit. It takes 10 ms on the
    /// tabletop and a tenth of a second with a humanoid, so `monitor` is only asked whether to stop; progress is the caller's, over draws.
    /// Its facts say nothing of the rare event so far: [`Self::judged`].
    ///
    /// # Errors
    /// A value outside its field's range, physics that become unstable, [`WorldError::Stopped`].
    pub fn episode(&self, draw: &Draw, monitor: &dyn Monitor) -> Result<Episode, WorldError> {
        self.judged(draw, &|_| false, monitor)
    }

    /// As [`Self::episode`], with whether the rare event has happened by then in the facts of the states that `asked` names: each
    /// of them is an evaluation of all measures over all that came before it.
    ///
    /// # Errors
    /// As [`Self::episode`].
    pub fn judged(
        &self,
        draw: &Draw,
        asked: &dyn Fn(usize) -> bool,
        monitor: &dyn Monitor,
    ) -> Result<Episode, WorldError> {
        let mut snapshots = Vec::with_capacity(self.family.clock.n_frames());
        let mut facts = Vec::with_capacity(self.family.clock.n_frames());
        let mut tracks: Vec<Track> = Vec::new();
        let mut carried = Vec::new();
        let episode = self.run(draw, monitor, &mut |world, signals| {
            snapshots.push(world.snapshot());
            let so_far = asked(facts.len()).then(|| self.rare_so_far(world, draw, signals)).flatten();
            facts.push(Facts { so_far, ..world.facts() });
            track(world, &mut tracks);
            world.track_sensors(&mut carried);
        })?;
        Ok(Episode { snapshots, facts, tracks, carried, ..episode })
    }

    /// What may be seen at `draw` as the episode begins, and where lidars and radars are then.
    ///
    /// # Errors
    /// A value outside its field's range.
    pub fn begin(&self, draw: &Draw) -> Result<(Snapshot, Vec<Carried>), WorldError> {
        let world = World::with(&self.family, &self.fields, draw)?;
        let mut carried = Vec::new();
        world.track_sensors(&mut carried);
        Ok((world.snapshot(), carried))
    }

    /// As [`Self::episode`] for who needs no picture of it: the same without its snapshots and facts.
    ///
    /// # Errors
    /// As [`Self::episode`].
    pub fn tracked(&self, draw: &Draw, monitor: &dyn Monitor) -> Result<Episode, WorldError> {
        let mut tracks = Vec::new();
        let episode = self.run(draw, monitor, &mut |world, _| track(world, &mut tracks))?;
        Ok(Episode { tracks, ..episode })
    }

    /// As [`Self::episode`] for who needs its measures only: the same without snapshots, facts and tracks.
    ///
    /// # Errors
    /// As [`Self::episode`].
    pub fn measured(&self, draw: &Draw, monitor: &dyn Monitor) -> Result<Episode, WorldError> {
        self.run(draw, monitor, &mut |_, _| ())
    }

    /// The world at `draw` with what people do to it, at its first recorded time; it goes on as far as it is asked to.
    ///
    /// # Errors
    /// A value outside its field's range.
    pub fn drive(&self, draw: &Draw, deeds: &[Deed]) -> Result<Drive, WorldError> {
        let world = World::with(&with_spawned(&self.family, deeds), &self.fields, draw)?;
        Ok(Drive::new(world, draw.clone(), self.family.clock, deeds))
    }

    /// The episode of `drive` as far as it has come, without its snapshots, and before its end without its tracks: whoever asks
    /// at every state would copy all of them every time. Its measures are those of the time so far; where they cannot be told
    /// before the end, there are none.
    ///
    /// # Errors
    /// At the end, a measure that is not finite.
    pub fn so_far(&self, drive: &Drive) -> Result<Episode, WorldError> {
        let columns = self.fields.signals().iter().map(|(name, _)| name.clone().into_owned());
        let signals = columns.zip(drive.columns().iter().cloned()).collect();
        let episode = self.told(drive.world(), drive.draw(), signals, drive.has_ended())?;
        let tracks = if drive.has_ended() { drive.tracks().to_vec() } else { Vec::new() };
        Ok(Episode { tracks, ..episode })
    }

    /// Whether the rare event has happened by now; `None` where its measures cannot be told of an episode so short.
    fn rare_so_far(&self, world: &World, draw: &Draw, signals: &Columns) -> Option<SoFar> {
        let names = world.engine.kind.summary.iter().map(|(name, _)| (*name).to_owned());
        let summary = names.zip(world.summary()).collect();
        let Outcome { rare, margin, .. } = self.measures.outcome(&draw.values, &summary, signals).ok()?;
        Some(SoFar { rare, margin })
    }

    /// What is known of `world` now, without snapshots and tracks.
    fn told(&self, world: &World, draw: &Draw, signals: Columns, has_ended: bool) -> Result<Episode, WorldError> {
        let names = world.engine.kind.summary.iter().map(|(name, _)| (*name).to_owned());
        let summary = names.zip(world.summary()).collect();
        let outcome = match self.measures.outcome(&draw.values, &summary, &signals) {
            Err(_) if !has_ended => Outcome { measures: BTreeMap::new(), rare: false, margin: f64::NAN },
            outcome => outcome?,
        };
        let Outcome { measures, rare, margin } = outcome;
        let (contacts, events) = (world.engine.contacts(), world.engine.begun());
        let (draw, snapshots, facts, tracks) = (draw.index, Vec::new(), Vec::new(), Vec::new());
        let (sensor, carried) = (world.sensor().cloned(), Vec::new());
        Ok(Episode {
            draw,
            sensor,
            snapshots,
            facts,
            tracks,
            carried,
            signals,
            contacts,
            events,
            summary,
            measures,
            rare,
            margin,
        })
    }

    /// Steps the world at `draw` to its end and shows it to `look` at every recorded time.
    fn run(
        &self,
        draw: &Draw,
        monitor: &dyn Monitor,
        look: &mut dyn FnMut(&World, &Columns),
    ) -> Result<Episode, WorldError> {
        let clock = &self.family.clock;
        let mut world = World::with(&self.family, &self.fields, draw)?;
        let mut signals = BTreeMap::new();
        for frame in 0..clock.n_frames() {
            if monitor.stopped() {
                return Err(WorldError::Stopped);
            }
            step_to(&mut world, frame as f64 / clock.frame_rate_hz)?;
            record(&self.fields, &world, &mut signals);
            look(&world, &signals);
        }
        self.told(&world, draw, signals, true)
    }
}

/// Signals by name, one value a recorded time.
type Columns = BTreeMap<String, Vec<f64>>;

/// The whole episode of `family` at one draw; for many, keep a [`Simulator`].
///
/// # Errors
/// As [`Simulator::new`] and [`Simulator::episode`].
pub fn simulate(family: &Family, draw: &Draw, monitor: &dyn Monitor) -> Result<Episode, WorldError> {
    Simulator::new(family)?.episode(draw, monitor)
}

pub(super) fn step_to(world: &mut World, time_s: f64) -> Result<(), WorldError> {
    // Half a step more for the nearest step; a negative or NaN time is 0.
    let until = (time_s * PHYSICS_RATE_HZ + 0.5) as u64;
    while world.engine.steps() < until {
        world.step()?;
    }
    Ok(())
}

/// Adds where everything is now. Things neither come nor go, so that every body keeps its place in the list.
pub(super) fn track(world: &World, tracks: &mut Vec<Track>) {
    for (at, (thing, link, pose)) in world.engine.movers().enumerate() {
        match tracks.get_mut(at) {
            Some(track) => track.poses.push(pose),
            None => tracks.push(Track { thing: Arc::clone(thing), link: Arc::clone(link), poses: vec![pose] }),
        }
    }
}

fn record(fields: &Fields, world: &World, signals: &mut Columns) {
    for ((name, _), value) in fields.signals().iter().zip(world.signals()) {
        match signals.get_mut(&**name) {
            Some(column) => column.push(value),
            None => drop(signals.insert(name.clone().into_owned(), vec![value])),
        }
    }
}
