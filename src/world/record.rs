//! Steps a world to its end and writes down what a family can measure.
//!
//! Recorded state k belongs to the physics step nearest to k / frame rate. Rates that divide 240 Hz (24, 30, 60, …) are
//! met exactly; with others a state's `time_s` is the time of its step, at most 1/480 s off.

use std::collections::BTreeMap;

use super::WorldError;
use super::arm::JOINT_NAMES;
use super::episode::Episode;
use super::props::FLOOR_Z_M;
use super::scene::Fields;
use super::stage::{CANISTER, PHYSICS_RATE_HZ, RIGHT_ARM, STEP_S, World};
use crate::base::Monitor;
use crate::family::measure::Vocabulary;
use crate::family::{Family, Measures, Outcome};
use crate::sample::Draw;

/// The quantities of [`Episode::summary`] with their units: followed at every physics step.
pub const SUMMARY: &[(&str, &str)] = &[
    ("canister_fell_off", ""),
    ("canister_shift_m", "m"),
    ("canister_tilt_end_deg", "deg"),
    ("canister_tilt_max_deg", "deg"),
    ("hand_canister_contact_s", "s"),
    ("hand_canister_force_max_n", "N"),
    ("hand_speed_at_contact_m_s", "m/s"),
    ("light_drop_s", "s"),
    ("light_min", ""),
];

/// What is recorded with every state, with units; an event's condition may read it at every physics step.
pub const SIGNALS: &[(&str, &str)] = &[
    ("time_s", "s"),
    (JOINT_NAMES[0], "rad"),
    (JOINT_NAMES[1], "rad"),
    (JOINT_NAMES[2], "rad"),
    (JOINT_NAMES[3], "rad"),
    (JOINT_NAMES[4], "rad"),
    (JOINT_NAMES[5], "rad"),
    (JOINT_NAMES[6], "rad"),
    ("right_hand_x_m", "m"),
    ("right_hand_y_m", "m"),
    ("right_hand_z_m", "m"),
    ("right_hand_speed_m_s", "m/s"),
    ("canister_x_m", "m"),
    ("canister_y_m", "m"),
    ("canister_z_m", "m"),
    ("canister_qx", ""),
    ("canister_qy", ""),
    ("canister_qz", ""),
    ("canister_qw", ""),
    ("canister_speed_m_s", "m/s"),
    ("canister_tilt_deg", "deg"),
    ("hand_canister_distance_m", "m"),
    ("hand_canister_force_n", "N"),
    ("light_level", ""),
];

/// What episodes of `stage` can be asked for; nothing where there is no such stage.
pub fn vocabulary(stage: &str) -> Vocabulary<'static> {
    if super::slots(stage).is_empty() {
        return Vocabulary::default();
    }
    Vocabulary { summary: SUMMARY, signals: SIGNALS, live: SIGNALS }
}

/// Below this height the canister's middle has left the table, in metres.
const OFF_TABLE_Z_M: f64 = 0.1 * FLOOR_Z_M;

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
        let measures = Measures::new(family, &vocabulary(&family.stage))?;
        Ok(Self { family: family.clone(), fields, measures })
    }

    /// The whole episode at `draw`. The same family and draw give the same episode, bit for bit. It takes about 10 ms, so
    /// `monitor` is only asked whether to stop; progress is the caller's, over draws.
    ///
    /// # Errors
    /// A value outside its field's range, physics that become unstable, [`WorldError::Stopped`].
    pub fn episode(&self, draw: &Draw, monitor: &dyn Monitor) -> Result<Episode, WorldError> {
        let mut snapshots = Vec::with_capacity(self.family.clock.n_frames());
        let episode = self.run(draw, monitor, &mut |world| snapshots.push(world.snapshot()))?;
        Ok(Episode { snapshots, ..episode })
    }

    /// As [`Self::episode`] for who needs no picture of it: the same without its snapshots.
    ///
    /// # Errors
    /// As [`Self::episode`].
    pub fn measured(&self, draw: &Draw, monitor: &dyn Monitor) -> Result<Episode, WorldError> {
        self.run(draw, monitor, &mut |_| ())
    }

    /// Steps the world at `draw` to its end and shows it to `look` at every recorded time.
    fn run(&self, draw: &Draw, monitor: &dyn Monitor, look: &mut dyn FnMut(&World)) -> Result<Episode, WorldError> {
        let clock = &self.family.clock;
        let mut world = World::with(&self.family, &self.fields, draw)?;
        let mut signals = BTreeMap::new();
        for frame in 0..clock.n_frames() {
            if monitor.stopped() {
                return Err(WorldError::Stopped);
            }
            step_to(&mut world, frame as f64 / clock.frame_rate_hz)?;
            record(&world, &mut signals);
            look(&world);
        }
        let summary = summary(&world);
        let Outcome { measures, rare, margin } = self.measures.outcome(&draw.values, &summary, &signals)?;
        let contacts = world.touches().contacts(world.names(), STEP_S, world.steps());
        let (draw, snapshots, events) = (draw.index, Vec::new(), world.begun());
        Ok(Episode { draw, snapshots, signals, contacts, events, summary, measures, rare, margin })
    }
}

/// The whole episode of `family` at one draw; for many, keep a [`Simulator`].
///
/// # Errors
/// As [`Simulator::new`] and [`Simulator::episode`].
pub fn simulate(family: &Family, draw: &Draw, monitor: &dyn Monitor) -> Result<Episode, WorldError> {
    Simulator::new(family)?.episode(draw, monitor)
}

fn step_to(world: &mut World, time_s: f64) -> Result<(), WorldError> {
    // Half a step more for the nearest step; a negative or NaN time is 0.
    let until = (time_s * PHYSICS_RATE_HZ + 0.5) as u64;
    while world.steps() < until {
        world.step()?;
    }
    Ok(())
}

fn record(world: &World, signals: &mut BTreeMap<String, Vec<f64>>) {
    for ((name, _), value) in SIGNALS.iter().zip(world.live()) {
        match signals.get_mut(*name) {
            Some(column) => column.push(value),
            None => drop(signals.insert((*name).to_owned(), vec![value])),
        }
    }
}

fn summary(world: &World) -> BTreeMap<String, f64> {
    let tally = world.tally();
    let at = world.canister_pose().position;
    let shift = at - tally.canister_from;
    let (contact_s, speed) = tally.touch.unwrap_or((-1.0, 0.0));
    let pairs = [
        ("canister_fell_off", f64::from(u8::from(at.z < OFF_TABLE_Z_M))),
        ("canister_shift_m", libm::hypot(shift.x, shift.y)),
        ("canister_tilt_end_deg", world.canister_tilt_deg()),
        ("canister_tilt_max_deg", tally.tilt_max_deg),
        ("hand_canister_contact_s", contact_s),
        ("hand_canister_force_max_n", world.touches().force_max_n(CANISTER, RIGHT_ARM)),
        ("hand_speed_at_contact_m_s", speed),
        ("light_drop_s", world.light_drop_s()),
        ("light_min", tally.light_min),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
