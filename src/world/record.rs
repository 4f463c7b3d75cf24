//! Steps a world to its end and writes down what a family can measure.
//!
//! Recorded state k belongs to the physics step nearest to k / frame rate. Rates that divide 240 Hz (24, 30, 60, …) are
//! met exactly; with others a state's `time_s` is the time of its step, at most 1/480 s off.

use std::collections::BTreeMap;

use super::WorldError;
use super::arm::JOINT_NAMES;
use super::episode::Episode;
use super::props::FLOOR_Z_M;
use super::snapshot::Snapshot;
use super::stage::{CANISTER, PHYSICS_RATE_HZ, RIGHT_ARM, STEP_S, World};
use crate::base::Monitor;
use crate::family::Family;
use crate::family::expression::Expression;
use crate::sample::Draw;

/// The quantities of [`Episode::summary`]: what measures are written over, beside the parameters.
pub const SUMMARY_NAMES: &[&str] = &[
    "canister_fell_off",
    "canister_shift_m",
    "canister_tilt_end_deg",
    "canister_tilt_max_deg",
    "hand_canister_contact_s",
    "hand_canister_force_max_n",
    "hand_speed_at_contact_m_s",
    "light_drop_s",
    "light_min",
];

/// Below this height the canister's middle has left the table, in metres.
const OFF_TABLE_Z_M: f64 = 0.1 * FLOOR_Z_M;

/// The whole episode of `family` at `draw`. The same arguments give the same episode, bit for bit. It takes about 10 ms,
/// so `monitor` is only asked whether to stop; progress is the caller's, over draws.
pub fn simulate(family: &Family, draw: &Draw, monitor: &dyn Monitor) -> Result<Episode, WorldError> {
    let mut world = World::build(family, draw)?;
    let count = family.clock.n_frames();
    let mut snapshots = Vec::with_capacity(count);
    let mut signals = BTreeMap::new();
    for frame in 0..count {
        if monitor.stopped() {
            return Err(WorldError::Stopped);
        }
        let time_s = frame as f64 / family.clock.frame_rate_hz;
        step_to(&mut world, time_s)?;
        record(&world, &mut signals);
        snapshots.push(world.snapshot());
    }
    let summary = summary(&world);
    let (measures, rare) = measure(family, draw, &summary)?;
    let contacts = world.touches().contacts(world.names(), STEP_S, world.steps());
    Ok(Episode { draw: draw.index, snapshots, signals, contacts, summary, measures, rare })
}

/// The world of `family` at `draw`, stepped to `time_s` (or to the end of the episode, if that is earlier).
pub fn simulate_until(family: &Family, draw: &Draw, time_s: f64) -> Result<World, WorldError> {
    let mut world = World::build(family, draw)?;
    step_to(&mut world, time_s.min(family.clock.duration_s))?;
    Ok(world)
}

/// What is seen at `time_s`, without a record: for previews.
pub fn snapshot_at(family: &Family, draw: &Draw, time_s: f64) -> Result<Snapshot, WorldError> {
    simulate_until(family, draw, time_s).map(|world| world.snapshot())
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
    let mut put = |name: &str, value: f64| match signals.get_mut(name) {
        Some(column) => column.push(value),
        None => {
            signals.insert(name.to_owned(), vec![value]);
        }
    };
    put("time_s", world.time_s());
    for (name, angle) in JOINT_NAMES.iter().zip(world.joints()) {
        put(name, *angle);
    }
    let hand = world.hand().position;
    put("right_hand_x_m", hand.x);
    put("right_hand_y_m", hand.y);
    put("right_hand_z_m", hand.z);
    let canister = world.canister_pose();
    put("canister_x_m", canister.position.x);
    put("canister_y_m", canister.position.y);
    put("canister_z_m", canister.position.z);
    put("canister_qx", canister.rotation.x);
    put("canister_qy", canister.rotation.y);
    put("canister_qz", canister.rotation.z);
    put("canister_qw", canister.rotation.w);
    put("canister_tilt_deg", world.canister_tilt_deg());
    put("light_level", world.light_level());
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

/// The measures of `family` over `summary`, the draw's values and earlier measures, and whether the rare event happened.
pub fn measure(
    family: &Family,
    draw: &Draw,
    summary: &BTreeMap<String, f64>,
) -> Result<(BTreeMap<String, f64>, bool), WorldError> {
    let mut known = draw.values.clone();
    known.extend(summary.iter().map(|(name, value)| (name.clone(), *value)));
    let mut measures = BTreeMap::new();
    for measure in &family.measures {
        let refuse = |text: String| WorldError::Measure { name: measure.name.clone(), text };
        let expression = Expression::compile(&measure.is).map_err(|error| refuse(error.to_string()))?;
        let value = expression.eval_number(&known).map_err(|error| refuse(error.to_string()))?;
        known.insert(measure.name.clone(), value);
        measures.insert(measure.name.clone(), value);
    }
    let Some(rare) = measures.get(&family.rare_event).map(|value| *value > 0.5) else {
        return Err(WorldError::RareEvent { name: family.rare_event.clone() });
    };
    Ok((measures, rare))
}
