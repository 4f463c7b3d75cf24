//! Sensors on links and things: what an inertial unit, a force-torque sensor and a satellite receiver there would read, step by
//! step, and where lidars and radars ride.
//!
//! The truth that an inertial unit measures is the mean specific force over a physics step, from the body's velocities before and
//! after it, and the turning rate at its end; its errors are [`super::imu`]'s. A wrench is the sum of all contact forces on its body
//! over the step; what joints carry is deliberately left out, so that a force-torque sensor within a wrist is not this one. Noise is
//! drawn anew at every reading, so that no reader of a signal changes what another reads. What lidars and radars meet is worked
//! out on the finished episode, above this module.

mod shown;

use std::borrow::Cow;

use glam::{DQuat, DVec3};
use rapier3d_f64::prelude as rp;

use super::WorldError;
use super::body::turn;
use super::criticality::balance::GRAVITY_M_S2;
use super::engine::Engine;
use super::episode::Carried;
use super::fields::Binder;
use super::force::forces;
use super::gnss::{self, Gnss};
use super::imu::{Imu, normal};
use super::physics::{STEP_S, moves};
use super::slots::{beyond, finding};
use super::stage::Kind;
use crate::base::text::did_you_mean;
use crate::base::{Pose, Stream, StreamKey};
use crate::family::measure::Named;
use crate::family::validate::Ranges;
use crate::family::{Axes, Beams, Bound, Family, Finding, Reading, Sensor};

/// What is recorded of a sensor: endings of the names, units.
const IMU: [(&str, &str); 6] = [
    ("ax_m_s2", "m/s2"),
    ("ay_m_s2", "m/s2"),
    ("az_m_s2", "m/s2"),
    ("wx_rad_s", "rad/s"),
    ("wy_rad_s", "rad/s"),
    ("wz_rad_s", "rad/s"),
];
const WRENCH: [(&str, &str); 6] =
    [("fx_n", "N"), ("fy_n", "N"), ("fz_n", "N"), ("tx_nm", "Nm"), ("ty_nm", "Nm"), ("tz_nm", "Nm")];

fn recorded(reads: &Reading) -> &'static [(&'static str, &'static str)] {
    match reads {
        Reading::Imu { .. } => &IMU,
        Reading::Wrench { .. } => &WRENCH,
        Reading::Gnss { .. } => &gnss::TOLD,
        Reading::Lidar { .. } | Reading::Radar { .. } => &[],
    }
}

/// The quantities that are recorded of the sensors of `family`.
pub(super) fn signals(family: &Family) -> impl Iterator<Item = Named> + '_ {
    let of = |sensor: &Sensor| {
        let name = sensor.name.clone();
        recorded(&sensor.reads).iter().map(move |(ending, unit)| (Cow::Owned(format!("{name}_{ending}")), *unit))
    };
    family.sensors.iter().flat_map(of)
}

/// The names of what is recorded of `sensor`.
pub fn recorded_by(sensor: &Sensor) -> impl Iterator<Item = String> + '_ {
    recorded(&sensor.reads).iter().map(|(ending, _)| format!("{}_{ending}", sensor.name))
}

/// What is wrong with the family's sensors.
pub(super) fn check(kind: &Kind, family: &Family, ranges: &Ranges) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, sensor) in family.sensors.iter().enumerate() {
        let field = |part: &str| format!("sensors[{at}].{part}");
        let places = places(kind, family, &sensor.reads);
        if let Reading::Lidar { beams, rate_hz, range_min_m, range_max_m, .. } = &sensor.reads {
            findings.extend(beams.fault().map(|text| finding(field("reads.beams"), text)));
            findings.extend(too_fast(ranges, beams, rate_hz).map(|text| finding(field("reads.rate_hz"), text)));
            findings.extend(
                crossed(ranges, range_min_m, range_max_m).map(|text| finding(field("reads.range_min_m"), text)),
            );
        }
        if let Reading::Radar { width_deg, height_deg, azimuth_cell_deg, .. } = &sensor.reads {
            let most = |bound| ranges.range(bound, "deg").map_or(0.0, |(_, high)| high);
            let finest = ranges.range(azimuth_cell_deg, "deg").map_or(f64::INFINITY, |(low, _)| low);
            let text = too_fine(most(width_deg), most(height_deg), finest);
            findings.extend(text.map(|text| finding(field("reads.azimuth_cell_deg"), text)));
        }
        for (part, range, bound) in sensor.bounds() {
            findings.extend(beyond(ranges, &part, range, bound).map(|text| finding(field(&part), text)));
        }
        if !places.contains(&sensor.on.as_str()) {
            findings.push(finding(field("on"), nowhere(&sensor.on, &places)));
        }
        if let Some(taken) = recorded_by(sensor).find(|name| is_taken(kind, family, name)) {
            let text = format!("`{taken}` is recorded already; give the sensor another name than `{}`", sensor.name);
            findings.push(finding(field("name"), text));
        }
    }
    findings
}

/// Whether something other than a sensor records `name`.
fn is_taken(kind: &Kind, family: &Family, name: &str) -> bool {
    let stages = kind.signals.iter().chain(kind.summary).any(|(known, _)| *known == name);
    stages || super::entity::signals(family).any(|(known, _)| known == name)
}

/// More beams of one lidar than this would take a core half a minute for a second.
const MOST_BEAMS_A_SECOND: f64 = 20e6;
/// More cells of a radar's field of view than this would take a core more than a second for a scan.
const MOST_CELLS: f64 = 20_000.0;
/// What a lidar or a radar can stand on without moving.
const STAGE: &str = "stage";

/// What is wrong where the least range can be as far as the greatest, or farther.
fn crossed(ranges: &Ranges, least: &Bound, most: &Bound) -> Option<String> {
    let (least, most) = (ranges.range(least, "m").ok()?, ranges.range(most, "m").ok()?);
    // Where both are drawn they may keep apart all the same; then the draw that does not says so.
    let fixed = least.0 == least.1 || most.0 == most.1;
    (fixed && least.1 >= most.0).then(|| nothing_between(least.1, most.0))
}

/// What is wrong where a lidar can fire more beams a second than can be followed.
fn too_fast(ranges: &Ranges, beams: &Beams, rate_hz: &Bound) -> Option<String> {
    too_many(beams, ranges.range(rate_hz, "Hz").ok()?.1)
}

/// What is wrong where a lidar that sweeps `rate_hz` times a second fires more beams than can be followed.
fn too_many(beams: &Beams, rate_hz: f64) -> Option<String> {
    let count = beams.n_beams();
    let per_s = count as f64 * rate_hz;
    (per_s > MOST_BEAMS_A_SECOND).then(|| {
        format!(
            "{count} beams at {rate_hz} Hz are {per_s} a second, but at most {MOST_BEAMS_A_SECOND} can be; lower the rate, or give \
             `beams` fewer channels, rows or columns"
        )
    })
}

/// What is wrong where a radar's field of view has more cells than can be followed.
fn too_fine(width_deg: f64, height_deg: f64, cell_deg: f64) -> Option<String> {
    let cells = width_deg / cell_deg * (height_deg / cell_deg).max(1.0);
    (cells > MOST_CELLS).then(|| {
        format!(
            "{width_deg} by {height_deg} degrees are {cells:.0} cells of {cell_deg} degrees, but at most {MOST_CELLS} can be; raise \
             `azimuth_cell_deg`, or lower `width_deg` or `height_deg`"
        )
    })
}

/// What is wrong with the lidar or radar `reads` of a draw that has these `numbers`, in the order of its file.
fn out_of_reach(reads: &Reading, numbers: &[f64]) -> Option<String> {
    match (reads, numbers) {
        (Reading::Lidar { beams, .. }, [rate_hz, least_m, most_m, ..]) => {
            let crossed = || (least_m >= most_m).then(|| nothing_between(*least_m, *most_m));
            beams.fault().or_else(|| too_many(beams, *rate_hz)).or_else(crossed)
        }
        (Reading::Radar { .. }, [_, _, _, width, height, _, cell, ..]) => too_fine(*width, *height, *cell),
        _ => Some(format!("{} numbers are not all that a lidar or a radar has", numbers.len())),
    }
}

fn nothing_between(least_m: f64, most_m: f64) -> String {
    format!(
        "it tells nothing nearer than {least_m} m and nothing farther than {most_m} m; raise `range_max_m`, or lower `range_min_m`"
    )
}

/// What a sensor can be on: the links and things of the stage that it lists, and the family's own things; what looks round
/// may stand on the stage itself.
fn places<'a>(kind: &'a Kind, family: &'a Family, reads: &Reading) -> Vec<&'a str> {
    let mut all: Vec<&str> = kind.links.iter().map(|(name, ..)| *name).collect();
    all.extend(kind.mounts.iter().filter(|name| kind.links.iter().all(|(link, ..)| link != *name)));
    all.extend(family.entities.iter().map(|entity| entity.name.as_str()));
    all.extend(reads.is_ranging().then_some(STAGE));
    all
}

fn nowhere(on: &str, places: &[&str]) -> String {
    if places.is_empty() {
        return format!("there is no link or thing `{on}` for a sensor; add a thing under `entities`");
    }
    let hint = did_you_mean(on, places.iter().copied());
    format!("there is no link or thing `{on}` for a sensor{hint}; there are {}", places.join(", "))
}

/// The family's sensors in a world.
#[derive(Debug, Default)]
pub(super) struct Sensors {
    fixed: Vec<Fixed>,
    carried: Vec<Ranging>,
}

/// One sensor on its body.
#[derive(Debug)]
struct Fixed {
    name: String,
    body: rp::RigidBodyHandle,
    /// `body_from_sensor`.
    at: Pose,
    device: Device,
    now: Vec<f64>,
    /// What a receiver has told and where it was then, as far as somebody looks on.
    way: Vec<[DVec3; 2]>,
}

#[derive(Debug)]
enum Device {
    Imu(Box<Imu>),
    Wrench { axes: Axes, noise: [f64; 2], stream: Stream },
    Gnss(Box<Gnss>),
}

/// A lidar or radar, on its body or on the stage.
#[derive(Debug)]
struct Ranging {
    sensor: usize,
    body: Option<rp::RigidBodyHandle>,
    /// `body_from_sensor`.
    at: Pose,
    noise_seed: u64,
    numbers: Vec<f64>,
}

/// Puts the sensors of `family` onto the bodies of `engine`.
///
/// # Errors
/// A number outside its range; a link or thing that is not there or cannot carry a sensor.
pub(super) fn build(family: &Family, numbers: Vec<Vec<f64>>, engine: &Engine) -> Result<Sensors, WorldError> {
    let mut all = Sensors::default();
    for (index, (sensor, numbers)) in family.sensors.iter().zip(numbers).enumerate() {
        let [x, y, z, roll, pitch, yaw, seed, numbers @ ..] = numbers.as_slice() else { continue };
        let refuse = |text: String| WorldError::Sensor { name: sensor.name.clone(), text };
        let body = match carrier(family, sensor, engine) {
            Ok(body) => Some(body),
            Err(_) if sensor.reads.is_ranging() && sensor.on == STAGE => None,
            Err(text) => return Err(refuse(text)),
        };
        let [roll, pitch, yaw] = [roll, pitch, yaw].map(|angle| angle.to_radians());
        let rotation = DQuat::from_mat3(&(turn(2, yaw) * turn(1, pitch) * turn(0, roll))).normalize();
        let at = Pose { position: DVec3::new(*x, *y, *z), rotation };
        let noise_seed = (seed + 0.5) as u64;
        let key = StreamKey::new(noise_seed, &sensor.name);
        let device = match (&sensor.reads, numbers) {
            (Reading::Imu { .. }, _) => Device::Imu(Box::new(Imu::new(numbers, &key))),
            (Reading::Gnss { .. }, _) => Device::Gnss(Box::new(Gnss::new(numbers, &key))),
            (Reading::Wrench { axes, .. }, [first, last, ..]) => {
                Device::Wrench { axes: *axes, noise: [*first, *last], stream: key.stream("sensor noise", 0) }
            }
            (Reading::Wrench { .. }, _) => continue,
            (Reading::Lidar { .. } | Reading::Radar { .. }, _) => {
                if let Some(text) = out_of_reach(&sensor.reads, numbers) {
                    return Err(refuse(text));
                }
                all.carried.push(Ranging { sensor: index, body, at, noise_seed, numbers: numbers.to_vec() });
                continue;
            }
        };
        let Some(body) = body else { continue };
        let (name, now) = (sensor.name.clone(), vec![0.0; recorded(&sensor.reads).len()]);
        let mut fixed = Fixed { name, body, at, device, now, way: Vec::new() };
        // Before the first step it accelerates nowhere and nothing has pressed.
        fixed.remember(engine);
        fixed.read(engine);
        all.fixed.push(fixed);
    }
    Ok(all)
}

/// The body that carries `sensor`, or why none does.
fn carrier(family: &Family, sensor: &Sensor, engine: &Engine) -> Result<rp::RigidBodyHandle, String> {
    let known = engine.kind.links.iter().find(|(name, ..)| *name == sensor.on);
    let mounted = engine.kind.mounts.iter().any(|name| *name == sensor.on);
    let body = match known {
        Some((_, thing, link)) => engine.link(thing, link),
        None if mounted => engine.body(&sensor.on),
        None => family.entities.iter().find(|one| one.name == sensor.on).and_then(|one| engine.body(&one.name)),
    };
    body.ok_or_else(|| {
        if known.is_some() || mounted {
            format!("`{}` is not in this scene; turn it on in `scene`, or put the sensor elsewhere", sensor.on)
        } else {
            nowhere(&sensor.on, &places(engine.kind, family, &sensor.reads))
        }
    })
}

/// The numbers of every sensor of `family` in a draw, in the order of [`Sensor::bounds`].
///
/// # Errors
/// A number outside its range.
pub(super) fn numbers(family: &Family, binder: &Binder<'_>) -> Result<Vec<Vec<f64>>, WorldError> {
    let of = |(at, sensor): (usize, &Sensor)| {
        let one =
            |(part, range, bound): (String, _, &Bound)| binder.value(&format!("sensors[{at}].{part}"), bound, range);
        sensor.bounds().into_iter().map(one).collect()
    };
    family.sensors.iter().enumerate().map(of).collect()
}

impl Sensors {
    /// Keeps what a step is compared with; before it.
    pub(super) fn remember(&mut self, engine: &Engine) {
        self.fixed.iter_mut().for_each(|sensor| sensor.remember(engine));
    }

    /// Reads the step that has just ended.
    pub(super) fn read(&mut self, engine: &Engine) {
        self.fixed.iter_mut().for_each(|sensor| sensor.read(engine));
    }

    /// In the order of [`signals`].
    pub(super) fn signals(&self) -> impl Iterator<Item = f64> + '_ {
        self.fixed.iter().flat_map(|sensor| sensor.now.iter().copied())
    }

    /// Adds where lidars and radars are now.
    pub(super) fn track(&self, engine: &Engine, carried: &mut Vec<Carried>) {
        for (at, one) in self.carried.iter().enumerate() {
            let pose = one.body.map_or(Pose::IDENTITY, |body| engine.pose(body)).then(&one.at);
            match carried.get_mut(at) {
                Some(known) => known.poses.push(pose),
                None => carried.push(Carried {
                    sensor: one.sensor,
                    noise_seed: one.noise_seed,
                    numbers: one.numbers.clone(),
                    poses: vec![pose],
                }),
            }
        }
    }
}

impl Fixed {
    fn remember(&mut self, engine: &Engine) {
        if let Device::Imu(imu) = &mut self.device {
            imu.before = moves(&engine.physics, self.body);
        }
    }

    fn read(&mut self, engine: &Engine) {
        let Some(body) = engine.physics.bodies.get(self.body) else { return };
        let pose = engine.pose(self.body).then(&self.at);
        let arm = pose.position - body.center_of_mass();
        match &mut self.device {
            Device::Imu(imu) => {
                let truth = felt(imu.before, moves(&engine.physics, self.body), arm, &pose);
                if let Some(told) = imu.take(engine.steps(), truth) {
                    self.now = told.to_vec();
                }
            }
            Device::Wrench { axes, noise, stream } => {
                let told = wrench(engine, self.body, pose.position).map(|part| match axes {
                    Axes::Own => pose.rotation.conjugate() * part,
                    Axes::World => part,
                });
                let [one, two] = told;
                let all = [(one, noise[0]), (two, noise[1])].map(|(part, deviation)| part + normal(stream, deviation));
                self.now = all.iter().flat_map(DVec3::to_array).collect();
            }
            Device::Gnss(gnss) => {
                let [velocity, turning] = moves(&engine.physics, self.body);
                let open = |direction| gnss::is_open(&engine.physics, self.body, pose.position, direction);
                let told = gnss.take(engine.steps(), [pose.position, velocity + turning.cross(arm)], &open);
                self.now = told.to_vec();
            }
        }
    }
}

/// Specific force and turning rate in the axes of a sensor at `pose`, `arm` from its body's centre of mass. The acceleration is
/// that of a rigid body about its centre of mass: a + α × r + ω × (ω × r).
fn felt(before: [DVec3; 2], [velocity, turning]: [DVec3; 2], arm: DVec3, pose: &Pose) -> [DVec3; 2] {
    let (gains, spins) = ((velocity - before[0]) / STEP_S, (turning - before[1]) / STEP_S);
    let accel = gains + spins.cross(arm) + turning.cross(turning.cross(arm));
    let to_sensor = pose.rotation.conjugate();
    [to_sensor * (accel + DVec3::Z * GRAVITY_M_S2), to_sensor * turning]
}

/// Force in N and moment in N m about `about` of all that touches `body`, in the world's axes.
fn wrench(engine: &Engine, body: rp::RigidBodyHandle, about: DVec3) -> [DVec3; 2] {
    let (mut force_n, mut moment_nm) = (DVec3::ZERO, DVec3::ZERO);
    let physics = &engine.physics;
    let colliders = physics.bodies.get(body).map_or(&[][..], rp::RigidBody::colliders);
    for collider in colliders {
        for pair in physics.narrow_phase.contact_pairs_with(*collider) {
            // What the first does to the second, or the reaction to it.
            let side = if pair.collider2 == *collider { 1.0 } else { -1.0 };
            forces(physics, pair, &mut |force| {
                let on_body = force.on_second_n() * side;
                force_n += on_body;
                moment_nm += (force.at - about).cross(on_body) + force.twist_nm * side;
            });
        }
    }
    [force_n, moment_nm]
}
