//! The tabletop: what stands on it, and how its arm moves. x forward away from the robot, y left, z up, in metres; the origin
//! lies on the table top at its near edge, below the robot's chest.
//!
//! One step is 1/240 s. The arms are kinematic: they follow their path with its true velocities and push whatever is in the way,
//! but nothing pushes them back. Only the pads of a hand that was told to press are driven by force (`grasp`, `pad`). The right arm
//! waits while it presses on the canister with more than 200 N, as a robot's protective stop would, so that it never crushes what
//! it has pinned. A person's hand may reach in (`human`), things may stand in the line of sight (`sight`), lamps may glare (`lamp`).
//!
//! What the robot sees steers nothing here: how perception fails is the policy's part, not the stage's. Regrasping, handing over
//! and putting down are deliberately left out.

mod arm;
mod grasp;
mod human;
mod lamp;
mod pad;
mod props;
mod scene;
mod sight;
#[cfg(test)]
mod tests;
mod words;

use glam::DVec3;
use rapier3d_f64::prelude as rp;

use self::arm::{Grip, HAND, Joints, LINKS, Path, Shift, Side};
use self::grasp::{Grasp, Held};
use self::human::{Human, NOBODY_M};
use self::lamp::Lamp;
use self::pad::Pad;
use self::scene::Scene;
use self::sight::{Occluder, Sight};
use super::WorldError;
use super::body::{rapier_pose, turn};
use super::engine::{Builder, Engine, OTHER_FRICTION};
use super::fields::{Binder, camera};
use super::light::Window;
use super::mark::{Drawn, Layer, Mark};
use super::physics::{PHYSICS_RATE_HZ, STEP_S, shared};
use super::snapshot::{Class, Light};
use super::stage::{Kind, Stage};
use super::touch::{link_forces, mark};
use crate::base::{Pose, StreamKey};
use crate::family::Family;

/// The tabletop.
pub(super) static KIND: Kind = Kind {
    name: "tabletop",
    physics: shared,
    slots: words::SLOTS,
    live: words::LIVE_SLOTS,
    signals: words::SIGNALS,
    summary: words::SUMMARY,
    movable: &["canister"],
    pushable: &[],
    lamps: &[],
    mounts: &[],
    links: words::LINKS,
    events_reach: (5.0, 100.0),
    placed: words::PLACED,
    footprint: props::FOOTPRINT,
    build,
};

/// Indices of things; their instance ids are one more.
const TABLE: usize = 0;
const CANISTER: usize = 1;
const RIGHT_ARM: usize = 2;

/// The force on the canister at which the arm waits.
const PRESS_STOP_N: f64 = 200.0;

/// Half the length of the line along the canister's axis, in metres.
const MARK_M: f64 = 0.14;
/// Below this height the canister's middle has left the table, in metres.
const OFF_TABLE_Z_M: f64 = 0.1 * props::FLOOR_Z_M;

/// The tabletop at a draw.
struct Tabletop {
    canister: rp::RigidBodyHandle,
    canister_collider: rp::ColliderHandle,
    table_collider: rp::ColliderHandle,
    right: [rp::RigidBodyHandle; LINKS],
    path: Path,
    joints: Joints,
    /// The left arm's, which rests.
    left: Joints,
    /// How fast they turn, in rad/s.
    rates: Joints,
    told: Told,
    hand: Pose,
    /// Where the right arm's links are to be.
    links: [Pose; LINKS],
    hand_speed_m_s: f64,
    /// How far along its path in time the arm is: behind the world's time where it had to wait.
    arm_s: f64,
    /// How far events have moved the hand's goal.
    shift: Shift,
    grasp: Grasp,
    /// Once the fingers press.
    pad: Option<Pad>,
    human: Option<Human>,
    occluder: Option<(Occluder, rp::RigidBodyHandle)>,
    sight: Sight,
    lamp: Lamp,
    clutter: Vec<Beside>,
    base: Base,
    tally: Tally,
}

/// Another thing on the table.
#[derive(Clone, Copy, Debug)]
struct Beside {
    body: rp::RigidBodyHandle,
    /// Where it stood.
    from: DVec3,
    /// A ball has no upright.
    rolls: bool,
}

/// What the arm and the hand were told in the last step. The arm's joints are told what they then do: it is kinematic.
#[derive(Clone, Copy, Debug)]
struct Told {
    /// Where the hand is to end, the lift so far included.
    goal: DVec3,
    close: bool,
    /// What the hand is to press with, what a reflex adds included.
    force_n: f64,
}

/// What the scene says of the slots that events may set.
#[derive(Clone, Copy, Debug)]
struct Base {
    table_friction: f64,
    canister_friction: f64,
    canister_kg: f64,
    half_height_m: f64,
    speed_m_s: f64,
    offset_y_m: f64,
    height_m: f64,
    close: f64,
    grip_force_n: f64,
    hand_friction: f64,
    window: Window,
}

/// What is followed at every physics step.
#[derive(Clone, Copy, Debug)]
struct Tally {
    canister_from: DVec3,
    tilt_max_deg: f64,
    lift_max_m: f64,
    grip_max_n: f64,
    light_min: f64,
    clutter_shift_max_m: f64,
    clutter_tilt_max_deg: f64,
    /// Begin of the first touch of hand and canister in seconds, and the hand's speed then.
    touch: Option<(f64, f64)>,
}

/// Puts the scene of `binder`'s draw into the world.
fn build(family: &Family, binder: &Binder<'_>, builder: &mut Builder) -> Result<Box<dyn Stage>, WorldError> {
    let scene = Scene::of(family, binder)?;
    let eye = camera(&family.camera, binder)?.world_from_camera.position;
    let path = Path::of(&scene);
    let joints = arm::inverse(Side::Right, &path.wrist(0.0, DVec3::ZERO));
    let poses = arm::forward(Side::Right, &joints, Grip::OPEN);
    let table = builder.thing("table");
    let parts = props::table(scene.table_tone, scene.table_gloss);
    builder.body((table, 0), Class::Table, None, (scene.table_friction, 0.0), parts);
    let (canister, canister_collider) = canister(builder, &scene);
    let right = arm(builder, "right_arm", rp::RigidBodyType::KinematicPositionBased, &poses, scene.hand_friction);
    arm(builder, "left_arm", rp::RigidBodyType::Fixed, &arm::resting_left(), scene.hand_friction);
    let clutter = surroundings(builder, &scene, &path);
    // Last, so that they change no other thing's number.
    let human = scene.human.map(|settings| Human::insert(builder, settings, &poses));
    let occluder = scene.occluder.map(|occluder| (occluder, occluder.insert(builder)));
    let table_collider = builder.physics.colliders.iter().find(|(_, collider)| collider.user_data == mark(TABLE, 0));
    let table_collider = table_collider.map_or_else(rp::ColliderHandle::invalid, |(handle, _)| handle);
    debug_assert!(table == TABLE);
    let canister_from = scene.canister_at + DVec3::Z * (0.5 * scene.canister.height_m);
    let sight = Sight::new(eye, canister_collider, &scene.canister);
    let mut lamp = Lamp::new(eye);
    lamp.follow(&scene.window, 1.0, scene.canister_at);
    let noise = StreamKey::new(scene.noise_seed, "tabletop").stream("felt slip", 0);
    Ok(Box::new(Tabletop {
        canister,
        canister_collider,
        table_collider,
        right,
        path,
        joints,
        left: arm::left_joints(),
        rates: [0.0; 7],
        told: Told { goal: path.ends().1, close: false, force_n: 0.0 },
        hand: poses[HAND],
        links: poses,
        hand_speed_m_s: 0.0,
        arm_s: 0.0,
        shift: Shift::default(),
        grasp: Grasp::new(scene.grasp, noise),
        pad: None,
        human,
        occluder,
        sight,
        lamp,
        clutter,
        base: Base::of(&scene),
        tally: Tally::new(canister_from),
    }))
}

impl Base {
    fn of(scene: &Scene) -> Self {
        Self {
            table_friction: scene.table_friction,
            canister_friction: scene.canister.friction,
            canister_kg: scene.canister.mass_kg,
            half_height_m: 0.5 * scene.canister.height_m,
            speed_m_s: scene.reach.speed_m_s,
            offset_y_m: scene.reach.offset_y_m,
            height_m: scene.reach.height_m,
            close: flag(scene.reach.close),
            grip_force_n: scene.grasp.force_n,
            hand_friction: scene.hand_friction,
            window: scene.window,
        }
    }
}

impl Tally {
    fn new(canister_from: DVec3) -> Self {
        Self {
            canister_from,
            tilt_max_deg: 0.0,
            lift_max_m: 0.0,
            grip_max_n: 0.0,
            light_min: f64::INFINITY,
            clutter_shift_max_m: 0.0,
            clutter_tilt_max_deg: 0.0,
            touch: None,
        }
    }
}

/// Adds an arm whose links stand at `poses`.
fn arm(
    builder: &mut Builder,
    name: &str,
    kind: rp::RigidBodyType,
    poses: &[Pose; LINKS],
    friction: f64,
) -> [rp::RigidBodyHandle; LINKS] {
    let thing = builder.thing(name);
    let mut handles = [rp::RigidBodyHandle::invalid(); LINKS];
    for (link, (parts, pose)) in arm::parts().into_iter().zip(poses).enumerate() {
        let body = rp::RigidBodyBuilder::new(kind).pose(rapier_pose(pose));
        let handle = builder.body((thing, link), Class::RobotArm, Some(body), (friction, 0.0), parts);
        if let (Some(slot), Some(handle)) = (handles.get_mut(link), handle) {
            *slot = handle;
        }
    }
    builder.points(thing, arm::points(&handles));
    handles
}

fn canister(builder: &mut Builder, scene: &Scene) -> (rp::RigidBodyHandle, rp::ColliderHandle) {
    let thing = builder.thing("canister");
    let shape = &scene.canister;
    let position = scene.canister_at + DVec3::Z * (0.5 * shape.height_m);
    let rotation = glam::DQuat::from_mat3(&turn(2, scene.canister_yaw_rad)).normalize();
    let body = rp::RigidBodyBuilder::dynamic()
        .pose(rapier_pose(&Pose { position, rotation }))
        .additional_mass_properties(props::canister_mass(shape))
        .can_sleep(false)
        .build();
    let handle = builder.physics.insert_body(body);
    let parts = props::canister(shape);
    let mut collider = rp::ColliderHandle::invalid();
    for part in parts.iter().filter(|part| part.solid) {
        let built = part
            .collider()
            .friction(shape.friction)
            .friction_combine_rule(rp::CoefficientCombineRule::GeometricMean)
            .mass(0.0)
            .user_data(mark(thing, 0));
        collider = builder.physics.insert_collider(built, Some(handle));
    }
    builder.group((thing, ""), Class::Canister, handle, parts);
    builder.points(thing, props::canister_points(shape, handle));
    (handle, collider)
}

/// The other things, then the room.
fn surroundings(builder: &mut Builder, scene: &Scene, path: &Path) -> Vec<Beside> {
    let mut clutter = Vec::new();
    for (at, thing) in props::distractors(scene, path).into_iter().enumerate() {
        let index = builder.thing(&format!("{}_{}", thing.name, at + 1));
        let body = rp::RigidBodyBuilder::dynamic().pose(rapier_pose(&thing.pose)).angular_damping(0.5);
        let at = thing.pose.position;
        let handle = builder.body((index, 0), Class::Clutter, Some(body), (OTHER_FRICTION, thing.mass_kg), thing.parts);
        clutter.extend(handle.map(|handle| Beside { body: handle, from: at, rolls: thing.name == "ball" }));
    }
    for (name, parts) in props::room() {
        let index = builder.thing(name);
        builder.body((index, 0), Class::Background, None, (OTHER_FRICTION, 0.0), parts);
    }
    clutter
}

impl Tabletop {
    /// Moves the right arm on by a step; where its links are to be.
    fn move_arm(&mut self, engine: &Engine) -> [Pose; LINKS] {
        // The path was laid for the scene's speed; another set-point runs it slower or faster.
        let told = engine.slot("reach_speed_m_s", self.base.speed_m_s) / self.base.speed_m_s;
        let told = told * self.human.as_ref().map_or(1.0, |human| human.pace);
        let base = self.base;
        let goal = DVec3::new(
            0.0,
            engine.slot("reach_offset_y_m", base.offset_y_m) - base.offset_y_m,
            engine.slot("reach_height_m", base.height_m) - base.height_m,
        );
        let pace = if engine.touches.force_now_n(CANISTER, RIGHT_ARM) < PRESS_STOP_N { told } else { 0.0 };
        if pace > 0.0 {
            self.arm_s += STEP_S * pace;
            // A hand that was told to slow down or to stand does so in every direction.
            self.shift = self.shift.after(STEP_S * pace.min(1.0), goal);
        }
        let close = engine.slot("grip_close", base.close) > 0.5;
        let closes = close && self.arm_s > self.path.arrival_s() + self.grasp.delay_s();
        let force_n = if closes { self.grasp.told_n(engine.slot("grip_force_n", base.grip_force_n)) } else { 0.0 };
        if closes {
            let forces = link_forces(&engine.physics, self.canister_collider, RIGHT_ARM);
            self.grasp.close(&forces, force_n);
            self.grasp.lift(STEP_S * pace);
        } else {
            self.grasp.open();
        }
        let lift = DVec3::Z * self.grasp.lifted().0;
        self.told = Told { goal: self.path.ends().1 + goal + lift, close: closes, force_n };
        let joints = arm::inverse(Side::Right, &self.path.wrist(self.arm_s, self.shift.now + lift));
        self.rates = core::array::from_fn(|at| turned_rad(self.joints[at], joints[at]) * PHYSICS_RATE_HZ);
        self.joints = joints;
        let poses = arm::forward(Side::Right, &self.joints, self.grasp.grip);
        self.hand_speed_m_s = poses[HAND].position.distance(self.hand.position) * PHYSICS_RATE_HZ;
        self.hand = poses[HAND];
        poses
    }

    /// Presses with the fingers' pads as the grasp wants, once they have found the canister; takes them back once it opens.
    fn press(&mut self, engine: &mut Engine) {
        let physics = &mut engine.physics;
        match (self.grasp.press_n(), &self.pad) {
            (Some(force_n), _) => {
                let pad = self.pad.get_or_insert_with(|| Pad::engage(physics, &self.right, self.canister));
                pad.press(physics, force_n);
            }
            (None, Some(pad)) => pad.retreat(physics),
            (None, None) => {}
        }
    }

    /// Follows the person, the line of sight, the light and the other things.
    fn watch(&mut self, engine: &Engine) {
        let canister = engine.pose(self.canister);
        let carried_kg = if self.grasp.tally.hung { self.base.canister_kg } else { 0.0 };
        if let Some(human) = &mut self.human {
            human.follow(engine, &self.links, RIGHT_ARM, carried_kg);
        }
        self.sight.follow(engine, &canister);
        if self.tally.touch.is_none() && self.sight.visible < sight::HIDDEN {
            self.sight.hidden_s += STEP_S;
        }
        let foot = canister.point(DVec3::NEG_Z * self.base.half_height_m);
        self.lamp.follow(&self.base.window.now(engine), engine.light_level(), foot);
        for beside in &self.clutter {
            let pose = engine.pose(beside.body);
            let shift = pose.position - beside.from;
            let tally = &mut self.tally;
            tally.clutter_shift_max_m = tally.clutter_shift_max_m.max(libm::hypot(shift.x, shift.y));
            if !beside.rolls {
                tally.clutter_tilt_max_deg = tally.clutter_tilt_max_deg.max(lean_deg(&pose));
            }
        }
    }

    /// What the grasp has to know of the canister now.
    fn held(&self, engine: &Engine) -> Held {
        let canister = engine.pose(self.canister);
        let of_canister = engine.slot("canister_friction", self.base.canister_friction);
        Held {
            canister,
            hand: self.hand,
            rise_m: canister.position.z - self.tally.canister_from.z,
            on_table: engine.touches.force_now_n(TABLE, CANISTER) > 0.0,
            friction: libm::sqrt(of_canister * self.base.hand_friction),
        }
    }

    /// Angle between the canister's axis and the vertical in degrees; 180 is upside down.
    fn tilt_deg(&self, engine: &Engine) -> f64 {
        lean_deg(&engine.pose(self.canister))
    }
}

impl Stage for Tabletop {
    fn begin(&mut self, engine: &Engine) {
        self.sight.begin(&engine.physics, &engine.pose(self.canister));
    }

    fn act(&mut self, engine: &mut Engine) {
        let table = engine.slot("table_friction", self.base.table_friction);
        engine.set_friction(self.table_collider, table);
        let canister = engine.slot("canister_friction", self.base.canister_friction);
        engine.set_friction(self.canister_collider, canister);
        if let Some(human) = &self.human {
            human.act(engine);
        }
        if let Some((occluder, handle)) = &self.occluder {
            let pose = occluder.pose(engine.time_s());
            if let Some(body) = engine.physics.bodies.get_mut(*handle) {
                body.set_next_kinematic_position(rapier_pose(&pose));
            }
        }
        let poses = self.move_arm(engine);
        self.links = poses;
        self.press(engine);
        for (handle, pose) in self.right.iter().zip(&poses) {
            if let Some(body) = engine.physics.bodies.get_mut(*handle).filter(|body| body.is_kinematic()) {
                body.set_next_kinematic_position(rapier_pose(pose));
            }
        }
    }

    fn follow(&mut self, engine: &Engine) -> bool {
        if self.tally.touch.is_none() && engine.touches.first(CANISTER, RIGHT_ARM).is_some() {
            self.tally.touch = Some((engine.time_s() - STEP_S, self.hand_speed_m_s));
        }
        let tilt_deg = self.tilt_deg(engine);
        self.tally.tilt_max_deg = self.tally.tilt_max_deg.max(tilt_deg);
        self.tally.light_min = self.tally.light_min.min(engine.light_level());
        self.watch(engine);
        let held = self.held(engine);
        self.grasp.follow(engine.touches.force_now_n(CANISTER, RIGHT_ARM), &held);
        self.tally.lift_max_m = self.tally.lift_max_m.max(held.rise_m);
        self.tally.grip_max_n = self.tally.grip_max_n.max(self.grasp.felt_n);
        let awake = engine.physics.bodies.get(self.canister).is_some_and(rp::RigidBody::is_enabled);
        awake && tilt_deg.is_finite() && engine.pose(self.canister).position.is_finite()
    }

    fn light(&self, engine: &Engine) -> Light {
        self.base.window.now(engine).light()
    }

    fn signals(&self, engine: &Engine) -> Vec<f64> {
        let hand = self.hand.position;
        let canister = engine.pose(self.canister);
        let (at, turn) = (canister.position, canister.rotation);
        let speed = engine.physics.bodies.get(self.canister).map_or(0.0, |body| body.linvel().length());
        let mut all = vec![engine.time_s()];
        all.extend(self.joints);
        all.extend([hand.x, hand.y, hand.z, self.hand_speed_m_s]);
        all.extend([at.x, at.y, at.z, turn.x, turn.y, turn.z, turn.w, speed, self.tilt_deg(engine)]);
        all.extend([hand.distance(at), engine.touches.force_now_n(CANISTER, RIGHT_ARM), engine.light_level()]);
        all.extend([self.grasp.felt_n, self.grasp.tally.slip_m, at.z - self.tally.canister_from.z]);
        let (separation_m, pace) =
            self.human.as_ref().map_or((NOBODY_M, 1.0), |human| (human.separation_m, human.pace));
        all.extend([separation_m, self.sight.visible, self.lamp.table_light, self.lamp.glare_deg, pace]);
        all.extend(self.rates.into_iter().chain(self.joints).chain(self.told.goal.to_array()));
        let Grip { fingers, thumb } = self.grasp.grip;
        all.extend([fingers, thumb, flag(self.told.close), self.told.force_n]);
        all.extend(self.left);
        all
    }

    fn marks(&self, engine: &Engine) -> Vec<Mark> {
        let pose = engine.pose(self.canister);
        let along = DVec3::Z * MARK_M;
        let line = Drawn::Line([pose.point(-along), pose.point(along)]);
        let value = Some((self.tilt_deg(engine), "deg"));
        vec![
            Mark { layer: Layer::Tilt, name: "axis of the canister, tilt".to_owned(), value, drawn: line },
            Mark::sight("canister", self.sight.eye, pose.position, self.sight.visible),
        ]
    }

    fn summary(&self, engine: &Engine) -> Vec<f64> {
        let tally = &self.tally;
        let at = engine.pose(self.canister).position;
        let shift = at - tally.canister_from;
        let (contact_s, speed) = tally.touch.unwrap_or((-1.0, 0.0));
        let (grasp, person) =
            (&self.grasp.tally, self.human.as_ref().map_or(human::Tally::NOBODY, |human| human.tally));
        vec![
            flag(at.z < OFF_TABLE_Z_M),
            tally.lift_max_m,
            libm::hypot(shift.x, shift.y),
            self.tilt_deg(engine),
            tally.tilt_max_deg,
            self.sight.visible_min,
            tally.clutter_shift_max_m,
            tally.clutter_tilt_max_deg,
            flag(grasp.dropped),
            self.lamp.glare_min_deg,
            grasp.friction_use_max,
            grasp.slip_max_m,
            tally.grip_max_n,
            contact_s,
            engine.touches.force_max_n(CANISTER, RIGHT_ARM),
            speed,
            person.force_max_n,
            person.speed_m_s,
            person.separation_min_m,
            flag(self.grasp.has_lifted(&self.held(engine))),
            engine.light_drop_s(),
            tally.light_min.min(engine.light_level()),
            self.lamp.step_ev,
            self.sight.hidden_s,
        ]
    }
}

/// How far a joint turned from one angle to another in rad, the short way round.
fn turned_rad(from: f64, to: f64) -> f64 {
    libm::remainder(to - from, core::f64::consts::TAU)
}

/// Angle between a thing's own upright axis and the vertical in degrees.
fn lean_deg(pose: &Pose) -> f64 {
    let axis = pose.rotation * DVec3::Z;
    libm::atan2(libm::hypot(axis.x, axis.y), axis.z).to_degrees()
}

/// 1 where it is so.
fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}
