//! Sensors on links and things: what an inertial unit and a force-torque sensor there would read, step by step.
//!
//! An inertial unit reads the mean specific force over the last physics step, from the body's velocities before and after it,
//! and the turning rate at its end. A wrench is the sum of all contact forces on its body over the step; what joints carry is
//! deliberately left out, so that a force-torque sensor within a wrist is not this one. Noise is white, drawn anew at every
//! physics step, so that no reader of a signal changes what another reads. Bias, bandwidth and saturation are left out.

use std::borrow::Cow;

use glam::{DQuat, DVec3};
use rapier3d_f64::prelude as rp;

use super::WorldError;
use super::body::turn;
use super::criticality::balance::GRAVITY_M_S2;
use super::engine::Engine;
use super::fields::Binder;
use super::force::forces;
use super::physics::{STEP_S, moves};
use super::slots::{beyond, finding};
use super::stage::Kind;
use crate::base::special::normal_quantile;
use crate::base::text::did_you_mean;
use crate::base::{Pose, Stream, StreamKey};
use crate::family::measure::Named;
use crate::family::validate::Ranges;
use crate::family::{Axes, Family, Finding, Reading, Sensor};

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
    let places = places(kind, family);
    for (at, sensor) in family.sensors.iter().enumerate() {
        let field = |part: &str| format!("sensors[{at}].{part}");
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

/// What a sensor can be on: the links and things of the stage that it lists, and the family's own things.
fn places<'a>(kind: &'a Kind, family: &'a Family) -> Vec<&'a str> {
    let things = kind.links.iter().map(|(name, ..)| *name);
    things.chain(family.entities.iter().map(|entity| entity.name.as_str())).collect()
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
pub(super) struct Sensors(Vec<Fixed>);

/// One sensor on its body.
#[derive(Debug)]
struct Fixed {
    body: rp::RigidBodyHandle,
    /// `body_from_sensor`.
    at: Pose,
    reads: Reads,
    /// Standard deviations of the first three readings and of the last three.
    noise: [f64; 2],
    stream: Stream,
    /// The velocities of the body's centre of mass and of its turning before the last step.
    before: [DVec3; 2],
    now: [f64; 6],
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Reads {
    Imu,
    Wrench(Axes),
}

/// Puts the sensors of `family` onto the bodies of `engine`.
///
/// # Errors
/// A number outside its range; a link or thing that is not there or cannot carry a sensor.
pub(super) fn build(family: &Family, numbers: Vec<[f64; 9]>, engine: &Engine) -> Result<Sensors, WorldError> {
    let mut all = Vec::with_capacity(numbers.len());
    for (sensor, [x, y, z, roll, pitch, yaw, seed, first, last]) in family.sensors.iter().zip(numbers) {
        let refuse = |text: String| WorldError::Sensor { name: sensor.name.clone(), text };
        let known = engine.kind.links.iter().find(|(name, ..)| *name == sensor.on);
        let body = match known {
            Some((_, thing, link)) => engine.link(thing, link),
            None => family.entities.iter().find(|one| one.name == sensor.on).and_then(|one| engine.body(&one.name)),
        };
        let places = || nowhere(&sensor.on, &places(engine.kind, family));
        let absent = || match known {
            Some(_) => {
                format!("`{}` is not in this scene; turn it on in `scene`, or put the sensor elsewhere", sensor.on)
            }
            None => places(),
        };
        let body = body.ok_or_else(|| refuse(absent()))?;
        let [roll, pitch, yaw] = [roll, pitch, yaw].map(f64::to_radians);
        let rotation = DQuat::from_mat3(&(turn(2, yaw) * turn(1, pitch) * turn(0, roll))).normalize();
        let mut fixed = Fixed {
            body,
            at: Pose { position: DVec3::new(x, y, z), rotation },
            reads: match sensor.reads {
                Reading::Imu { .. } => Reads::Imu,
                Reading::Wrench { axes, .. } => Reads::Wrench(axes),
            },
            noise: [first, last],
            stream: StreamKey::new((seed + 0.5) as u64, &sensor.name).stream("sensor noise", 0),
            before: [DVec3::ZERO; 2],
            now: [0.0; 6],
        };
        // Before the first step it accelerates nowhere and nothing has pressed.
        fixed.remember(engine);
        fixed.read(engine);
        all.push(fixed);
    }
    Ok(Sensors(all))
}

/// The numbers of every sensor of `family` in a draw, in the order of [`Sensor::bounds`].
///
/// # Errors
/// A number outside its range.
pub(super) fn numbers(family: &Family, binder: &Binder<'_>) -> Result<Vec<[f64; 9]>, WorldError> {
    let mut all = Vec::with_capacity(family.sensors.len());
    for (at, sensor) in family.sensors.iter().enumerate() {
        let mut numbers = [0.0; 9];
        for (number, (part, range, bound)) in numbers.iter_mut().zip(sensor.bounds()) {
            *number = binder.value(&format!("sensors[{at}].{part}"), bound, range)?;
        }
        all.push(numbers);
    }
    Ok(all)
}

impl Sensors {
    /// Keeps what a step is compared with; before it.
    pub(super) fn remember(&mut self, engine: &Engine) {
        self.0.iter_mut().for_each(|sensor| sensor.remember(engine));
    }

    /// Reads the step that has just ended.
    pub(super) fn read(&mut self, engine: &Engine) {
        self.0.iter_mut().for_each(|sensor| sensor.read(engine));
    }

    /// In the order of [`signals`].
    pub(super) fn signals(&self) -> impl Iterator<Item = f64> + '_ {
        self.0.iter().flat_map(|sensor| sensor.now)
    }
}

impl Fixed {
    fn remember(&mut self, engine: &Engine) {
        self.before = moves(&engine.physics, self.body);
    }

    fn read(&mut self, engine: &Engine) {
        let Some(body) = engine.physics.bodies.get(self.body) else { return };
        let pose = engine.pose(self.body).then(&self.at);
        let [one, two] = match self.reads {
            Reads::Imu => self.imu(moves(&engine.physics, self.body), pose.position - body.center_of_mass(), &pose),
            Reads::Wrench(axes) => wrench(engine, self.body, pose.position).map(|part| match axes {
                Axes::Own => pose.rotation.conjugate() * part,
                Axes::World => part,
            }),
        };
        let [first, last] = self.noise;
        let all = [(one, first), (two, last)].map(|(part, deviation)| part + self.noise(deviation));
        self.now = [all[0].x, all[0].y, all[0].z, all[1].x, all[1].y, all[1].z];
    }

    /// Specific force and turning rate in the axes of the sensor at `pose`, `arm` from the body's centre of mass. The
    /// acceleration is that of a rigid body about its centre of mass: a + α × r + ω × (ω × r).
    fn imu(&self, [velocity, turning]: [DVec3; 2], arm: DVec3, pose: &Pose) -> [DVec3; 2] {
        let (gains, spins) = ((velocity - self.before[0]) / STEP_S, (turning - self.before[1]) / STEP_S);
        let accel = gains + spins.cross(arm) + turning.cross(turning.cross(arm));
        let to_sensor = pose.rotation.conjugate();
        [to_sensor * (accel + DVec3::Z * GRAVITY_M_S2), to_sensor * turning]
    }

    fn noise(&mut self, deviation: f64) -> DVec3 {
        if deviation <= 0.0 {
            return DVec3::ZERO;
        }
        let mut normal = || deviation * normal_quantile(self.stream.next_unit());
        DVec3::new(normal(), normal(), normal())
    }
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
