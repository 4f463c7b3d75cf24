//! A world that is driven by hand: it goes on as far as somebody asks, does what people do to it, and keeps what it was.
//!
//! Everything that people do is a [`Deed`]: an act in a physics step. A draw with its deeds is an episode like any other, the
//! same bits whether it was driven slowly, in jumps, or again from the start. Clocks, pointers and keys are the studio's.

use std::borrow::Cow;
use std::sync::Arc;

use glam::DVec3;

use super::built::World;
use super::episode::Track;
use super::mark::Mark;
use super::physics::PHYSICS_RATE_HZ;
use super::record::{step_to, track};
use super::snapshot::Snapshot;
use super::{Facts, WorldError};
use crate::base::Pose;
use crate::family::{Action, Bound, Clock, Event, Family};
use crate::sample::Draw;

/// What a person does to a world.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Gives a thing an impulse.
    Push {
        /// The thing's name.
        thing: String,
        /// Where on it, in metres in its own frame; at its centre of mass where left out. A robot is struck at the
        /// link that its stage says, and this is in the frame of that.
        at: Option<DVec3>,
        /// In N s in the stage's frame.
        impulse_ns: DVec3,
    },
    /// Lets the family's event with this index begin, unless it has begun.
    Begin(usize),
    /// Lets a thing appear, at rest, that was not there before.
    Spawn {
        /// What it is called: as nothing else in the world.
        name: String,
        /// One of [`super::SPAWNED_KINDS`].
        kind: &'static str,
        /// Where its middle is, in metres in the stage's frame.
        at: DVec3,
    },
}

impl Act {
    /// The event that it lets begin.
    pub(super) fn begins(&self) -> Option<usize> {
        match self {
            Self::Begin(event) => Some(*event),
            Self::Push { .. } | Self::Spawn { .. } => None,
        }
    }

    /// Thing, place and impulse of a push.
    pub(super) fn pushes(&self) -> Option<(&str, Option<DVec3>, DVec3)> {
        match self {
            Self::Push { thing, at, impulse_ns } => Some((thing, *at, *impulse_ns)),
            Self::Begin(_) | Self::Spawn { .. } => None,
        }
    }
}

/// An act and its physics step; the first step is 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// The step in which it is done.
    pub step: u64,
    /// What is done.
    pub act: Act,
}

impl Deed {
    /// When an event that does the same begins, in seconds with four decimals: half a step before the step, so that no
    /// rounding moves it to the next.
    pub fn at_s(&self) -> f64 {
        deed_s(self.step)
    }
}

/// The things that people let appear, with their steps.
fn spawns(deeds: &[Deed]) -> impl Iterator<Item = &Deed> {
    deeds.iter().filter(|deed| matches!(deed.act, Act::Spawn { .. }))
}

/// `family` with an event for each thing that people let appear: it is out of the world from the begin until then, so that a
/// live run and the family that is recorded of it are one world.
pub(super) fn with_spawned<'a>(family: &'a Family, deeds: &[Deed]) -> Cow<'a, Family> {
    let mut family = Cow::Borrowed(family);
    for deed in spawns(deeds) {
        let Act::Spawn { name, kind, at } = &deed.act else { continue };
        let number = |all: DVec3| all.to_array().map(Bound::Number);
        let (at_m, velocity_m_s) = (number(*at), number(DVec3::ZERO));
        let action = Action::Spawn { kind: (*kind).to_owned(), at_m, velocity_m_s };
        family.to_mut().events.push(Event::at(name, Bound::Number(deed.at_s()), action));
    }
    family
}

/// See [`Deed::at_s`].
pub(super) fn deed_s(step: u64) -> f64 {
    libm::round((step as f64 - 0.5) / PHYSICS_RATE_HZ * 1e4) / 1e4
}

/// The step after what is shown at `time_s`, a recorded state's time: what is done while that is seen is done in it.
pub fn next_step(time_s: f64) -> u64 {
    // The nearest step; a negative or NaN time is 0.
    (time_s * PHYSICS_RATE_HZ + 0.5) as u64 + 1
}

/// A state, the one after it where there is one, and the marks over it.
pub type Seen = (Arc<Snapshot>, Option<Arc<Snapshot>>, Arc<[Mark]>);

/// A world with deeds, and what it was at the recorded times so far.
pub struct Drive {
    world: World,
    draw: Draw,
    clock: Clock,
    /// In the order of their steps.
    deeds: Vec<Deed>,
    n_done: usize,
    seen: Vec<(Arc<Snapshot>, Arc<[Mark]>)>,
    facts: Vec<Arc<Facts>>,
    tracks: Vec<Track>,
    columns: Vec<Vec<f64>>,
}

impl std::fmt::Debug for Drive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drive").field("world", &self.world).field("deeds", &self.deeds).finish_non_exhaustive()
    }
}

impl Drive {
    pub(super) fn new(world: World, draw: Draw, clock: Clock, deeds: &[Deed]) -> Self {
        let mut deeds = deeds.to_vec();
        // Stable: what is done in one step stays in order.
        deeds.sort_by_key(|deed| deed.step);
        let (seen, facts, tracks) = (Vec::new(), Vec::new(), Vec::new());
        let mut drive = Self { world, draw, clock, deeds, n_done: 0, seen, facts, tracks, columns: Vec::new() };
        drive.record();
        drive
    }

    /// Goes on until the state at `time_s` is recorded, or to the episode's end. States in the past are there already.
    ///
    /// # Errors
    /// [`WorldError::Unstable`].
    pub fn go_to(&mut self, time_s: f64) -> Result<(), WorldError> {
        // A play head that lies on a state's time up to rounding means that state.
        let wanted = (time_s * self.clock.frame_rate_hz + 1e-6).max(0.0) as usize + 1;
        while self.seen.len() < wanted.min(self.clock.n_frames()) {
            self.next()?;
        }
        Ok(())
    }

    /// Goes on to the episode's end.
    ///
    /// # Errors
    /// [`WorldError::Unstable`].
    pub fn go_to_end(&mut self) -> Result<(), WorldError> {
        while !self.has_ended() {
            self.next()?;
        }
        Ok(())
    }

    /// Whether every state is recorded.
    pub fn has_ended(&self) -> bool {
        self.seen.len() >= self.clock.n_frames()
    }

    /// Takes `deeds` for its own where nothing of them is in its past and nothing appears that it was not built with; whether it
    /// could.
    pub fn take(&mut self, deeds: &[Deed]) -> bool {
        let past = self.world.engine.steps();
        let of_past = |all: &[Deed]| all.iter().filter(|deed| deed.step <= past).cloned().collect::<Vec<_>>();
        if of_past(deeds) != of_past(&self.deeds) || !spawns(deeds).eq(spawns(&self.deeds)) {
            return false;
        }
        self.deeds = deeds.to_vec();
        self.deeds.sort_by_key(|deed| deed.step);
        true
    }

    /// One recorded state further.
    fn next(&mut self) -> Result<(), WorldError> {
        let until_s = self.seen.len() as f64 / self.clock.frame_rate_hz;
        let until = next_step(until_s) - 1;
        while let Some(deed) = self.deeds.get(self.n_done).filter(|deed| deed.step <= until) {
            // Up to the step before, so that the next one is the deed's.
            step_to(&mut self.world, (deed.step.max(1) - 1) as f64 / PHYSICS_RATE_HZ)?;
            self.world.act(deed.act.clone());
            self.n_done += 1;
        }
        step_to(&mut self.world, until_s)?;
        self.record();
        Ok(())
    }

    fn record(&mut self) {
        self.seen.push((Arc::new(self.world.snapshot()), self.world.marks().into()));
        self.facts.push(Arc::new(self.world.facts()));
        track(&self.world, &mut self.tracks);
        let signals = self.world.signals();
        self.columns.resize(signals.len(), Vec::new());
        self.columns.iter_mut().zip(signals).for_each(|(column, value)| column.push(value));
    }

    /// What is seen at `time_s`, as far as it has come, with the state after it where there is one; and the marks.
    pub fn seen(&self, time_s: f64) -> Option<Seen> {
        let at = self.seen.partition_point(|(snapshot, _)| snapshot.time_s <= time_s + 1e-6).saturating_sub(1);
        let (now, marks) = self.seen.get(at)?;
        let next = self.seen.get(at + 1).map(|(next, _)| Arc::clone(next));
        Some((Arc::clone(now), next, Arc::clone(marks)))
    }

    /// What is true at the state that [`Self::seen`] shows at `time_s`; of the rare event, nothing is said.
    pub fn facts(&self, time_s: f64) -> Option<Arc<Facts>> {
        let at = self.seen.partition_point(|(snapshot, _)| snapshot.time_s <= time_s + 1e-6).saturating_sub(1);
        self.facts.get(at).cloned()
    }

    /// How far it has come, in seconds.
    pub fn until_s(&self) -> f64 {
        self.seen.last().map_or(0.0, |(snapshot, _)| snapshot.time_s)
    }

    /// What of `things` moves: where it is at `time_s` and what it weighs. A robot, which is pushed where its stage says, has no
    /// pose.
    pub fn handles(&self, things: &[&str], time_s: f64) -> Vec<(String, Option<Pose>, f64)> {
        let at = self.seen.partition_point(|(snapshot, _)| snapshot.time_s <= time_s + 1e-6).saturating_sub(1);
        let handle = |thing: &&str| {
            let track = self.tracks.iter().find(|track| *track.thing == **thing)?;
            let engine = &self.world.engine;
            let pose = if engine.is_robot(thing) { None } else { Some(*track.poses.get(at)?) };
            Some(((*thing).to_owned(), pose, engine.mass_kg(thing)))
        };
        things.iter().filter_map(handle).collect()
    }

    pub(super) fn world(&self) -> &World {
        &self.world
    }

    /// The values behind it.
    pub fn draw(&self) -> &Draw {
        &self.draw
    }

    pub(super) fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// The signals in their order, one number a recorded state.
    pub(super) fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::base::Silent;
    use crate::sample::Sampler;
    use crate::world::{Simulator, next_step};

    fn family(name: &str) -> Family {
        let path = format!("{}/scenarios/{name}.ron", env!("CARGO_MANIFEST_DIR"));
        crate::family::parse(&std::fs::read_to_string(&path).unwrap(), name).unwrap()
    }

    fn draw(family: &Family) -> Draw {
        Sampler::new(family, 7).unwrap().draw_with(5, &BTreeMap::new()).unwrap()
    }

    fn push(time_s: f64, thing: &str, at: Option<DVec3>, impulse_ns: DVec3) -> Deed {
        Deed { step: next_step(time_s), act: Act::Push { thing: thing.to_owned(), at, impulse_ns } }
    }

    #[test]
    fn without_deeds_it_is_the_episode_and_a_deed_of_the_past_is_refused() {
        for name in ["tabletop_light_step", "balance_push", "road_cut_in"] {
            let family = family(name);
            let (simulator, draw) = (Simulator::new(&family).unwrap(), draw(&family));
            let episode = simulator.episode(&draw, &Silent).unwrap();
            let mut drive = simulator.drive(&draw, &[]).unwrap();
            drive.go_to(0.4).unwrap();
            assert!(!drive.take(&[push(0.1, "canister", None, DVec3::X)]), "{name}: that was");
            drive.go_to_end().unwrap();
            let found = simulator.so_far(&drive).unwrap();
            assert_eq!(found.summary, episode.summary, "{name}");
            assert_eq!((&found.signals, &found.tracks), (&episode.signals, &episode.tracks), "{name}");
            for (snapshot, facts) in episode.snapshots.iter().zip(&episode.facts) {
                assert_eq!(*drive.seen(snapshot.time_s).unwrap().0, *snapshot, "{name}");
                let told = Facts { so_far: None, ..facts.clone() };
                assert_eq!(*drive.facts(snapshot.time_s).unwrap(), told, "{name}");
            }
        }
    }

    #[test]
    fn the_same_deeds_give_the_same_bits_however_it_is_driven_and_as_events_too() {
        let cases = [
            ("tabletop_tip_over", "canister", Some(DVec3::new(0.0, 0.01, 0.05)), DVec3::new(0.1, -0.07, 0.0)),
            ("balance_push", "humanoid", None, DVec3::new(9.5, 3.0, 0.0)),
        ];
        for (name, thing, at, impulse_ns) in cases {
            let family = family(name);
            let (simulator, draw) = (Simulator::new(&family).unwrap(), draw(&family));
            // By hand: deeds come while it runs, in the step after what is seen.
            let mut by_hand = simulator.drive(&draw, &[]).unwrap();
            let mut deeds = Vec::new();
            for (time_s, factor) in [(0.2, 1.0), (0.5, -0.5)] {
                by_hand.go_to(time_s).unwrap();
                deeds.push(push(by_hand.until_s(), thing, at, impulse_ns * factor));
                assert!(by_hand.take(&deeds), "{name}: nothing of it is past");
            }
            by_hand.go_to_end().unwrap();
            let by_hand = simulator.so_far(&by_hand).unwrap();
            let mut again = simulator.drive(&draw, &deeds).unwrap();
            again.go_to_end().unwrap();
            assert_eq!(simulator.so_far(&again).unwrap(), by_hand, "{name}");
            let untouched = simulator.episode(&draw, &Silent).unwrap();
            assert_ne!(untouched.tracks, by_hand.tracks, "{name}: a push moves it");
            // As the family's own events.
            let mut recorded = family.clone();
            recorded.events.extend(deeds.iter().enumerate().map(|(number, deed)| {
                let Act::Push { thing, at, impulse_ns } = &deed.act else { panic!("a push") };
                let three = |all: DVec3| all.to_array().map(Bound::Number);
                let action =
                    Action::Push { entity: thing.clone(), impulse_ns: three(*impulse_ns), at_m: at.map(three) };
                Event::at(&format!("by_hand_{number}"), Bound::Number(deed.at_s()), action)
            }));
            let recorded = Simulator::new(&recorded).unwrap().episode(&draw, &Silent).unwrap();
            assert_eq!(recorded.summary, by_hand.summary, "{name}");
            assert_eq!(recorded.tracks, by_hand.tracks, "{name}");
        }
    }

    #[test]
    fn a_thing_appears_falls_and_is_pushed_as_if_the_family_had_said_so() {
        let family = family("tabletop_tip_over");
        let (simulator, draw) = (Simulator::new(&family).unwrap(), draw(&family));
        let (name, at) = ("new_box", DVec3::new(0.3, 0.35, 0.2));
        let spawn = Act::Spawn { name: name.to_owned(), kind: "box", at };
        let appears = Deed { step: next_step(0.3), act: spawn };
        let mut by_hand = simulator.drive(&draw, &[]).unwrap();
        by_hand.go_to(0.3).unwrap();
        assert!(!by_hand.take(std::slice::from_ref(&appears)), "it was built without it");
        let mut by_hand = simulator.drive(&draw, std::slice::from_ref(&appears)).unwrap();
        by_hand.go_to(0.5).unwrap();
        let there = |drive: &Drive, time_s: f64| {
            let seen = drive.seen(time_s).unwrap().0;
            seen.bodies.iter().find(|body| *body.name == *name).map(|body| body.pose.position.z)
        };
        assert_eq!(there(&by_hand, 0.25), None, "not yet");
        assert!(there(&by_hand, 0.5).unwrap() < 0.2, "it falls");
        let deeds = [appears.clone(), push(0.5, name, None, DVec3::new(0.1, 0.05, 0.0))];
        assert!(by_hand.take(&deeds), "nothing else appears");
        by_hand.go_to_end().unwrap();
        let by_hand = simulator.so_far(&by_hand).unwrap();
        let mut told = family.clone();
        told.events.extend(with_spawned(&family, &deeds).events.last().cloned());
        let impulse_ns = [0.1, 0.05, 0.0].map(Bound::Number);
        let action = Action::Push { entity: name.to_owned(), impulse_ns, at_m: None };
        told.events.push(Event::at("push", Bound::Number(deeds[1].at_s()), action));
        let told = Simulator::new(&told).unwrap().episode(&draw, &Silent).unwrap();
        assert_eq!((&told.summary, &told.tracks), (&by_hand.summary, &by_hand.tracks));
    }

    #[test]
    fn an_event_begins_when_it_is_told_to_and_only_once() {
        let family = family("tabletop_light_step");
        let (simulator, draw) = (Simulator::new(&family).unwrap(), draw(&family));
        let begin = |time_s: f64| Deed { step: next_step(time_s), act: Act::Begin(0) };
        let begun = |deeds: &[Deed]| {
            let mut drive = simulator.drive(&draw, deeds).unwrap();
            drive.go_to_end().unwrap();
            simulator.so_far(&drive).unwrap().events[0].at_s.unwrap()
        };
        let own = begun(&[]);
        assert!(own > 0.2, "{own}");
        let early = begin(0.1);
        assert_eq!(begun(std::slice::from_ref(&early)), early.at_s());
        assert_eq!(begun(&[early.clone(), begin(0.15)]), early.at_s(), "it has begun");
        assert_eq!(begun(&[begin(own + 0.2)]), own, "it began by itself");
    }
}
