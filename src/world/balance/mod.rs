//! The balance stage: a humanoid that stands on a floor of some friction, is pushed, and does what it can not to fall.
//!
//! x forward of the robot, y left, z up, in metres; the origin lies on the floor between its feet. One step is 1/240 s. The
//! robot is our own rig with torque-limited joints; its controller senses with delay and noise and acts 240 times a second.
//! Walking, grasping a rail and falling safely are deliberately left out: what has begun to fall goes limp.

mod room;
#[cfg(test)]
mod tests;
mod words;

use std::sync::{Arc, OnceLock};

use glam::{DVec2, DVec3};
use rapier3d_f64::prelude as rp;

use self::room::Patch;
use super::WorldError;
use super::body::Part;
use super::controller::leg::Leg;
use super::controller::{Stand, StandSettings, Strategy};
use super::criticality::balance::{capture_point_m, margin_of_stability_m, pendulum_rate_hz};
use super::criticality::plane::hull;
use super::engine::{Builder, Engine};
use super::fields::Binder;
use super::light::Window;
use super::mark::{Drawn, Layer, Mark};
use super::physics::legged;
use super::rig::{Drive, Rig, Robot, Sensed, urdf};
use super::skeleton;
use super::snapshot::{Class, Light};
use super::stage::{Kind, Stage};
use super::touch::mark;
use crate::base::{Pose, StreamKey};
use crate::family::Family;

/// The balance stage.
pub(super) static KIND: Kind = Kind {
    name: "balance",
    physics: legged,
    slots: words::SLOTS,
    live: words::LIVE_SLOTS,
    signals: words::SIGNALS,
    summary: words::SUMMARY,
    movable: &[],
    pushable: &[HUMANOID],
    lamps: &[],
    mounts: &[],
    links: words::LINKS,
    events_reach: (5.0, 100.0),
    placed: words::PLACED,
    footprint: [[-2.0, -2.0], [2.0, 2.0]],
    build,
};

const HUMANOID: &str = "humanoid";
/// Height of the hips in the posture that it holds: knees a little bent.
const HIPS_M: f64 = 0.68;
/// A foot that carries less than this slips for nothing, and what it uses of its friction says nothing.
const CARRIES_N: f64 = 20.0;

/// The humanoid at a draw.
struct Balance {
    robot: Robot,
    stand: Stand,
    feet: [usize; 2],
    /// The soles' corners in the frames of the feet.
    soles: [[DVec3; 4]; 2],
    torso: usize,
    /// The rig's joints in the order of the signals.
    joints: Vec<usize>,
    /// What each of these joints was told in the last step: its set-point in rad and its torque in N m.
    told: Vec<[f64; 2]>,
    floor: Vec<rp::ColliderHandle>,
    patch: Vec<rp::ColliderHandle>,
    floor_friction: f64,
    patch_friction: f64,
    window: Window,
    now: Now,
    tally: Tally,
}

/// What the robot was sensed to be after the last step.
struct Now {
    sensed: Sensed,
    centre: DVec3,
    velocity: DVec3,
    capture: DVec2,
    margin_m: f64,
    tilt_deg: f64,
    /// How much of its friction cone each foot uses.
    friction_use: [f64; 2],
    /// The corners of the soles that carry, or of both where none does, and the height of the lowest.
    support: Vec<DVec2>,
    ground_z: f64,
}

/// What is followed at every physics step.
struct Tally {
    from: DVec2,
    height_min_m: f64,
    margin_min_m: f64,
    tilt_max_deg: f64,
    fell_s: Option<f64>,
    /// Where each foot began to carry, and how far any has come from there while it carried.
    stood: [Option<DVec2>; 2],
    slip_max_m: f64,
    friction_use_max: f64,
}

/// The rig that ships, read once.
fn humanoid() -> Result<Arc<Rig>, WorldError> {
    static RIG: OnceLock<Result<Arc<Rig>, String>> = OnceLock::new();
    let read = || {
        let text = include_str!("../../../assets/rigs/humanoid.urdf");
        urdf::read("humanoid.urdf", text).map(Arc::new).map_err(|error| error.to_string())
    };
    RIG.get_or_init(read).clone().map_err(WorldError::Rig)
}

/// Puts the floor and the robot of `binder`'s draw into the world.
fn build(family: &Family, binder: &Binder<'_>, builder: &mut Builder) -> Result<Box<dyn Stage>, WorldError> {
    let get = |name: &str| binder.slot(name);
    let at_m = DVec2::new(get("patch_x_m")?, get("patch_y_m")?);
    let patch = Patch { at_m, half_m: get("patch_half_m")?, drop_m: get("patch_drop_m")? };
    let (floor_friction, patch_friction) = (get("floor_friction")?, get("patch_friction")?);
    let floor = still(builder, "floor", floor_friction, room::floor(&patch));
    let parts = if patch.half_m > 0.0 { room::patch(&patch) } else { Vec::new() };
    let patch = still(builder, "patch", patch_friction, parts);
    for (name, parts) in room::surroundings() {
        still(builder, name, floor_friction, parts);
    }
    let rig = humanoid()?;
    let wrong = |error: super::controller::ControllerError| WorldError::Rig(error.to_string());
    let (root, posture) = Stand::posture(&rig, HIPS_M).map_err(wrong)?;
    let thing = builder.robot(HUMANOID);
    // Feet are things of their own to touches, so that contacts tell them apart.
    let feet_things = [builder.thing("left_foot"), builder.thing("right_foot")];
    let legs = [Leg::of(&rig, "left_", 1.0), Leg::of(&rig, "right_", -1.0)];
    let [left, right] = legs.map(|leg| leg.map_err(WorldError::Rig));
    let (left, right) = (left?, right?);
    let feet = [left.foot(), right.foot()];
    let marked = |link: usize| match feet.iter().position(|foot| *foot == link) {
        Some(side) => mark(feet_things.get(side).copied().unwrap_or(thing), 0),
        None => mark(thing, link),
    };
    let robot = Robot::insert(&mut builder.physics, &rig, (root, &posture), get("sole_friction")?, marked);
    for (at, link) in rig.links.iter().enumerate() {
        if let Some(handle) = robot.handle(at) {
            builder.group((thing, &link.name), Class::Robot, handle, link.parts.clone());
        }
    }
    builder.points(thing, skeleton::of_rig(&rig, |link| robot.handle(link)));
    let noise = StreamKey::new((get("noise_seed")? + 0.5) as u64, "balance").stream("sensing", 0);
    let joints = recorded(&rig)?;
    // Before it first acts it is told nothing but the posture that it stands in.
    let told = joints.iter().map(|joint| [posture.get(*joint).copied().unwrap_or(0.0), 0.0]).collect();
    let stand = Stand::new(&rig, posture, settings(binder)?, noise).map_err(wrong)?;
    let no_torso = || WorldError::Rig(format!("the rig \"{}\" has no link `torso`, which is pushed", rig.name));
    let torso = rig.link("torso").ok_or_else(no_torso)?;
    let soles = [left.sole.corners_m(), right.sole.corners_m()];
    let window = Window::of(family, binder)?;
    let now = now(&robot, &builder.physics, &feet, &soles, torso);
    let tally = Tally {
        from: now.centre.truncate(),
        height_min_m: now.centre.z,
        margin_min_m: f64::INFINITY,
        tilt_max_deg: 0.0,
        fell_s: None,
        stood: [None; 2],
        slip_max_m: 0.0,
        friction_use_max: 0.0,
    };
    Ok(Box::new(Balance {
        robot,
        stand,
        feet,
        soles,
        torso,
        joints,
        told,
        floor,
        patch,
        floor_friction,
        patch_friction,
        window,
        now,
        tally,
    }))
}

/// The joints of `rig` that the signals name, in their order.
fn recorded(rig: &Rig) -> Result<Vec<usize>, WorldError> {
    let joint = |name: &str| {
        let lacks =
            || WorldError::Rig(format!("the rig \"{}\" has no joint `{name}`, which the stage records", rig.name));
        rig.joint(name).ok_or_else(lacks)
    };
    words::JOINTS.iter().map(|name| joint(name)).collect()
}

/// What a joint's motor is told, in rad and N m: its set-point, and the torque that comes of it (what is given whatever the
/// position, and of the spring and the damper at what was sensed what that leaves of the joint's effort).
fn told(rig: &Rig, sensed: &Sensed, drives: &[Drive], joint: usize) -> [f64; 2] {
    let drive = drives.get(joint).copied().unwrap_or_default();
    let [position, rate] = sensed.joints.get(joint).copied().unwrap_or_default();
    let held = drive.stiffness * (drive.target - position) + drive.damping * (drive.rate - rate);
    let effort = rig.joints.get(joint).map_or(f64::INFINITY, |joint| joint.effort);
    let torque = drive.torque.clamp(-effort, effort);
    let left = effort - torque.abs();
    [drive.target, torque + held.clamp(-left, left)]
}

/// A thing that never moves; its colliders, where it is solid.
fn still(builder: &mut Builder, name: &str, friction: f64, parts: Vec<Part>) -> Vec<rp::ColliderHandle> {
    if parts.is_empty() {
        return Vec::new();
    }
    let thing = builder.thing(name);
    builder.body((thing, 0), Class::Background, None, (friction, 0.0), parts);
    let own = builder.physics.colliders.iter().filter(|(_, collider)| collider.user_data == mark(thing, 0));
    own.map(|(handle, _)| handle).collect()
}

fn settings(binder: &Binder<'_>) -> Result<StandSettings, WorldError> {
    let strategy = match (binder.slot("strategy")? + 0.5) as u32 {
        0 => Strategy::Held,
        1 => Strategy::Ankles,
        2 => Strategy::Hips,
        _ => Strategy::Steps,
    };
    Ok(StandSettings {
        strategy,
        delay_s: binder.slot("delay_s")?,
        centre_noise_m: binder.slot("centre_noise_m")?,
        velocity_noise_m_s: binder.slot("velocity_noise_m_s")?,
        step_s: binder.slot("step_s")?,
        ..StandSettings::default()
    })
}

/// The robot's balance from what it senses.
fn now(robot: &Robot, physics: &rp::PhysicsWorld, feet: &[usize; 2], soles: &[[DVec3; 4]; 2], torso: usize) -> Now {
    let (rig, sensed) = (robot.rig(), robot.sensed(physics));
    let friction_use = feet.map(|foot| {
        let load_n = sensed.loads_n.get(foot).copied().unwrap_or(0.0);
        if load_n > CARRIES_N { robot.friction_use(physics, foot) } else { 0.0 }
    });
    let motion = rig.motion(&sensed);
    let whole = rig.whole(&motion);
    let pose = |link: usize| motion.get(link).map_or(Pose::IDENTITY, |moving| moving.pose);
    let carries = |foot: usize| sensed.loads_n.get(foot).is_some_and(|load| *load > 0.0);
    // In the air it has what it would land on.
    let airborne = !feet.iter().any(|foot| carries(*foot));
    let placed = feet.iter().zip(soles).map(|(foot, corners)| (*foot, corners.map(|corner| pose(*foot).point(corner))));
    let ground_z = placed.clone().flat_map(|(_, corners)| corners).fold(f64::INFINITY, |low, corner| low.min(corner.z));
    let standing = placed.filter(|(foot, _)| airborne || carries(*foot)).flat_map(|(_, corners)| corners);
    let support: Vec<DVec2> = standing.map(DVec3::truncate).collect();
    let height_m = (whole.centre_m.z - ground_z).max(0.05);
    // At the end of the step, as the poses are; what is sensed of the root lags behind.
    let (centre, velocity) = (whole.centre_m, robot.momentum_n_s(physics) / whole.mass_kg);
    let capture = capture_point_m(centre.truncate(), velocity.truncate(), pendulum_rate_hz(height_m));
    let margin_m = margin_of_stability_m(&support, capture);
    let up = pose(torso).rotation * DVec3::Z;
    let tilt_deg = libm::atan2(libm::hypot(up.x, up.y), up.z).to_degrees();
    Now { sensed, centre, velocity, capture, margin_m, tilt_deg, friction_use, support, ground_z }
}

impl Stage for Balance {
    fn act(&mut self, engine: &mut Engine) {
        let (floor, patch) =
            (engine.slot("floor_friction", self.floor_friction), engine.slot("patch_friction", self.patch_friction));
        self.floor.iter().for_each(|handle| engine.set_friction(*handle, floor));
        self.patch.iter().for_each(|handle| engine.set_friction(*handle, patch));
        let drives = self.stand.act(&self.now.sensed);
        let told = |joint: &usize| told(self.robot.rig(), &self.now.sensed, &drives, *joint);
        self.told = self.joints.iter().map(told).collect();
        self.robot.drive(&mut engine.physics, &drives);
        for (impulse, at) in engine.pushes(HUMANOID) {
            self.robot.push_link(&mut engine.physics, self.torso, impulse, at);
        }
    }

    fn follow(&mut self, engine: &Engine) -> bool {
        self.now = now(&self.robot, &engine.physics, &self.feet, &self.soles, self.torso);
        let Self { now, tally, .. } = self;
        tally.height_min_m = tally.height_min_m.min(now.centre.z);
        tally.margin_min_m = tally.margin_min_m.min(now.margin_m);
        tally.tilt_max_deg = tally.tilt_max_deg.max(now.tilt_deg);
        if tally.fell_s.is_none() && self.stand.has_fallen() {
            tally.fell_s = Some(engine.time_s());
        }
        if tally.fell_s.is_none() {
            tally.friction_use_max = now.friction_use.iter().copied().fold(tally.friction_use_max, f64::max);
        }
        for (foot, stood) in self.feet.iter().zip(&mut tally.stood) {
            let at = self.robot.pose(&engine.physics, *foot).position.truncate();
            let carries = now.sensed.loads_n.get(*foot).is_some_and(|load| *load > CARRIES_N);
            if !carries || tally.fell_s.is_some() {
                *stood = None;
            } else {
                tally.slip_max_m = tally.slip_max_m.max(at.distance(*stood.get_or_insert(at)));
            }
        }
        now.centre.is_finite() && now.velocity.is_finite() && now.centre.length() < 100.0
    }

    fn light(&self, engine: &Engine) -> Light {
        self.window.now(engine).light()
    }

    fn signals(&self, engine: &Engine) -> Vec<f64> {
        let Now { sensed, centre, velocity, capture, margin_m, tilt_deg, friction_use, .. } = &self.now;
        let mut all = vec![engine.time_s()];
        let position = |joint: &usize| sensed.joints.get(*joint).map_or(0.0, |[position, _]| *position);
        all.extend(self.joints.iter().map(position));
        all.extend(centre.to_array().into_iter().chain(velocity.to_array()));
        all.extend([capture.x, capture.y, *margin_m, *tilt_deg]);
        for (foot, friction_use) in self.feet.into_iter().zip(friction_use) {
            all.extend(self.robot.pose(&engine.physics, foot).position.to_array());
            all.extend([sensed.loads_n.get(foot).copied().unwrap_or(0.0), *friction_use]);
        }
        all.push(engine.light_level());
        all.extend(self.joints.iter().map(|joint| sensed.joints.get(*joint).map_or(0.0, |[_, rate]| *rate)));
        all.extend(self.told.iter().map(|[target, _]| *target));
        all.extend(self.told.iter().map(|[_, torque]| *torque));
        all
    }

    fn summary(&self, _engine: &Engine) -> Vec<f64> {
        let tally = &self.tally;
        vec![
            tally.height_min_m,
            f64::from(u8::from(tally.fell_s.is_some())),
            tally.friction_use_max,
            tally.slip_max_m,
            tally.margin_min_m,
            self.now.centre.truncate().distance(tally.from),
            f64::from(self.stand.steps()),
            tally.fell_s.unwrap_or(-1.0),
            tally.tilt_max_deg,
        ]
    }

    fn marks(&self, _engine: &Engine) -> Vec<Mark> {
        let Now { centre, capture, margin_m, support, ground_z, .. } = &self.now;
        let corners = hull(support).into_iter().map(|corner| corner.extend(*ground_z)).collect();
        let mark = |layer, name: &str, value, drawn| Mark { layer, name: name.to_owned(), value, drawn };
        vec![
            mark(
                Layer::Support,
                "support polygon, margin of stability",
                Some((*margin_m, "m")),
                Drawn::Polygon(corners),
            ),
            mark(
                Layer::Balance,
                "centre of mass, above the ground",
                Some((centre.z - ground_z, "m")),
                Drawn::Point(*centre),
            ),
            mark(Layer::Balance, "plumb line", None, Drawn::Line([*centre, centre.truncate().extend(*ground_z)])),
            mark(Layer::Balance, "capture point", None, Drawn::Point(capture.extend(*ground_z))),
        ]
    }
}
