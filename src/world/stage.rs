//! The tabletop world: what stands on it, and how it steps.
//!
//! One step is 1/240 s, always, so that the outcome does not depend on the recorded rate. The arms are kinematic: they
//! follow their path with its true velocities and push whatever is in the way, but nothing pushes them back. Forces on
//! the canister are therefore those of an arm that is stiff against it. The right arm waits while it presses on the
//! canister with more than 200 N, as a robot's protective stop would, so that it never crushes what it has pinned.

use std::sync::Arc;

use glam::DVec3;
use rapier3d_f64::prelude as rp;

use super::arm::{self, FINGERS, Grip, HAND, Joints, LINKS, Path, Shift, Side, THUMB};
use super::body::{Part, pose_of, rapier_pose};
use super::episode::Begun;
use super::event::{self, Running, What};
use super::light;
use super::scene::{Fields, Scene, Window};
use super::snapshot::{Body, Camera, Class, Snapshot};
use super::touch::{Touches, link_forces, mark};
use super::{WorldError, props};
use crate::base::Pose;
use crate::family::Family;
use crate::sample::Draw;

/// Physics steps per second.
pub const PHYSICS_RATE_HZ: f64 = 240.0;
/// Length of one step in seconds.
pub(super) const STEP_S: f64 = 1.0 / PHYSICS_RATE_HZ;

/// Indices of things; their instance ids are one more.
const TABLE: usize = 0;
pub(super) const CANISTER: usize = 1;
pub(super) const RIGHT_ARM: usize = 2;
const LEFT_ARM: usize = 3;

/// Friction of hands, room and other things against their own material.
const HAND_FRICTION: f64 = 0.7;
const OTHER_FRICTION: f64 = 0.5;
/// How long fingers take from open to closed, and the force at which they stop.
const CLOSE_S: f64 = 0.5;
const GRIP_STOP_N: f64 = 2.0;
/// The force on the canister at which the arm waits.
const PRESS_STOP_N: f64 = 200.0;

/// Parts that move as one.
#[derive(Debug)]
struct Group {
    thing: usize,
    class: Class,
    /// None where it never moves and its parts are in the world's frame.
    body: Option<rp::RigidBodyHandle>,
    parts: Vec<Part>,
    /// Whether it is there yet.
    present: bool,
}

/// A draw made concrete, at some time.
pub struct World {
    pub(super) physics: rp::PhysicsWorld,
    groups: Vec<Group>,
    names: Vec<Arc<str>>,
    pub(super) canister: rp::RigidBodyHandle,
    canister_collider: rp::ColliderHandle,
    right: [rp::RigidBodyHandle; LINKS],
    path: Path,
    joints: Joints,
    hand: Pose,
    hand_speed_m_s: f64,
    /// How far along its path in time the arm is: behind the world's time where it had to wait.
    arm_s: f64,
    /// How far events have moved the hand's goal.
    shift: Shift,
    grip: Grip,
    base: Base,
    table_collider: rp::ColliderHandle,
    events: Vec<Running>,
    /// The draw's numbers, which events' conditions read.
    row: Vec<f64>,
    camera: Camera,
    duration_s: f64,
    draw: u64,
    step: u64,
    touches: Touches,
    tally: Tally,
}

/// What the scene says of the slots that events may set.
#[derive(Clone, Copy, Debug)]
struct Base {
    table_friction: f64,
    canister_friction: f64,
    speed_m_s: f64,
    offset_y_m: f64,
    height_m: f64,
    close: f64,
    window: Window,
}

/// What is followed at every physics step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tally {
    pub(super) canister_from: DVec3,
    pub(super) tilt_max_deg: f64,
    pub(super) light_min: f64,
    /// Begin of the first touch of hand and canister in seconds, and the hand's speed then.
    pub(super) touch: Option<(f64, f64)>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("draw", &self.draw).field("step", &self.step).finish_non_exhaustive()
    }
}

/// Puts things into the physics, one after the other.
struct Builder {
    physics: rp::PhysicsWorld,
    groups: Vec<Group>,
    names: Vec<Arc<str>>,
}

impl Builder {
    fn thing(&mut self, name: &str) -> usize {
        self.names.push(Arc::from(name));
        self.names.len() - 1
    }

    /// Adds a body with `parts` to `thing`, as its link number `link`.
    fn body(
        &mut self,
        (thing, link): (usize, usize),
        class: Class,
        body: Option<rp::RigidBodyBuilder>,
        (friction, mass_kg): (f64, f64),
        parts: Vec<Part>,
    ) -> Option<rp::RigidBodyHandle> {
        let handle = body.map(|body| self.physics.insert_body(body));
        // The mass goes to the first solid part; the others only touch.
        let mut left_kg = mass_kg;
        for part in parts.iter().filter(|part| part.solid) {
            let collider = part
                .collider()
                .friction(friction)
                .friction_combine_rule(rp::CoefficientCombineRule::GeometricMean)
                .restitution(0.0)
                .mass(left_kg)
                .user_data(mark(thing, link));
            left_kg = 0.0;
            self.physics.insert_collider(collider, handle);
        }
        self.groups.push(Group { thing, class, body: handle, parts, present: true });
        handle
    }

    /// Adds an arm whose links stand at `poses`.
    fn arm(&mut self, name: &str, kind: rp::RigidBodyType, poses: &[Pose; LINKS]) -> [rp::RigidBodyHandle; LINKS] {
        let thing = self.thing(name);
        let mut handles = [rp::RigidBodyHandle::invalid(); LINKS];
        for (link, (parts, pose)) in arm::parts().into_iter().zip(poses).enumerate() {
            let body = rp::RigidBodyBuilder::new(kind).pose(rapier_pose(pose));
            let handle = self.body((thing, link), Class::RobotArm, Some(body), (HAND_FRICTION, 0.0), parts);
            if let (Some(slot), Some(handle)) = (handles.get_mut(link), handle) {
                *slot = handle;
            }
        }
        handles
    }

    fn canister(&mut self, scene: &Scene) -> (rp::RigidBodyHandle, rp::ColliderHandle) {
        let thing = self.thing("canister");
        let shape = &scene.canister;
        let position = scene.canister_at + DVec3::Z * (0.5 * shape.height_m);
        let rotation = glam::DQuat::from_mat3(&super::body::turn(2, scene.canister_yaw_rad)).normalize();
        let body = rp::RigidBodyBuilder::dynamic()
            .pose(rapier_pose(&Pose { position, rotation }))
            .additional_mass_properties(props::canister_mass(shape))
            .can_sleep(false)
            .build();
        let handle = self.physics.insert_body(body);
        let parts = props::canister(shape);
        let mut collider = rp::ColliderHandle::invalid();
        for part in parts.iter().filter(|part| part.solid) {
            let built = part
                .collider()
                .friction(shape.friction)
                .friction_combine_rule(rp::CoefficientCombineRule::GeometricMean)
                .mass(0.0)
                .user_data(mark(thing, 0));
            collider = self.physics.insert_collider(built, Some(handle));
        }
        self.groups.push(Group { thing, class: Class::Canister, body: Some(handle), parts, present: true });
        (handle, collider)
    }

    /// The other things, then the room.
    fn surroundings(&mut self, scene: &Scene, path: &Path) {
        for (at, thing) in props::distractors(scene, path).into_iter().enumerate() {
            let index = self.thing(&format!("{}_{}", thing.name, at + 1));
            let body = rp::RigidBodyBuilder::dynamic().pose(rapier_pose(&thing.pose)).angular_damping(0.5);
            self.body((index, 0), Class::Clutter, Some(body), (OTHER_FRICTION, thing.mass_kg), thing.parts);
        }
        for (name, parts) in props::room() {
            let index = self.thing(name);
            self.body((index, 0), Class::Background, None, (OTHER_FRICTION, 0.0), parts);
        }
    }
}

impl Builder {
    /// The things that events let appear: out of the world until then. Last, so that they change no other thing's number.
    fn absent_things(&mut self, scene: &Scene) {
        for happening in &scene.events {
            let What::Spawn { kind, at, .. } = happening.what else { continue };
            let index = self.thing(&happening.name);
            let made = props::spawned(kind, &happening.name);
            let pose = Pose { position: at, ..Pose::IDENTITY };
            let body = rp::RigidBodyBuilder::dynamic().pose(rapier_pose(&pose)).angular_damping(0.5).enabled(false);
            self.body((index, 0), Class::Clutter, Some(body), (OTHER_FRICTION, made.mass_kg), made.parts);
            if let Some(group) = self.groups.last_mut() {
                group.present = false;
            }
        }
    }
}

/// Rapier with tolerances for things of a decimetre.
fn physics() -> rp::PhysicsWorld {
    let mut physics = rp::PhysicsWorld { gravity: DVec3::new(0.0, 0.0, -9.81), ..rp::PhysicsWorld::default() };
    let parameters = &mut physics.integration_parameters;
    parameters.dt = STEP_S;
    parameters.length_unit = 0.1;
    // A tenth of a millimetre: the canister must not visibly sink into the table.
    parameters.normalized_allowed_linear_error = 0.001;
    parameters.friction_model = rp::FrictionModel::Coulomb;
    physics
}

impl World {
    /// The world of `family` at `draw`, at time 0.
    ///
    /// # Errors
    /// A stage, slot or thing that does not exist; a value outside its field's range.
    pub fn build(family: &Family, draw: &Draw) -> Result<Self, WorldError> {
        Self::with(family, &Fields::of(family)?, draw)
    }

    /// As [`Self::build`], with the fields of `family` prepared.
    pub(super) fn with(family: &Family, fields: &Fields, draw: &Draw) -> Result<Self, WorldError> {
        let scene = Scene::of(family, fields, draw)?;
        let path = Path::of(&scene);
        let joints = arm::inverse(Side::Right, &path.wrist(0.0, DVec3::ZERO));
        let poses = arm::forward(Side::Right, &joints, Grip::OPEN);
        let mut builder = Builder { physics: physics(), groups: Vec::new(), names: Vec::new() };
        let table = builder.thing("table");
        builder.body((table, 0), Class::Table, None, (scene.table_friction, 0.0), props::table(scene.table_tone));
        let (canister, canister_collider) = builder.canister(&scene);
        let right = builder.arm("right_arm", rp::RigidBodyType::KinematicPositionBased, &poses);
        builder.arm("left_arm", rp::RigidBodyType::Fixed, &arm::resting_left());
        builder.surroundings(&scene, &path);
        builder.absent_things(&scene);
        check_things(family, &scene)?;
        let table_collider =
            builder.physics.colliders.iter().find(|(_, collider)| collider.user_data == mark(TABLE, 0));
        let table_collider = table_collider.map_or_else(rp::ColliderHandle::invalid, |(handle, _)| handle);
        debug_assert!(table == TABLE && builder.names.get(LEFT_ARM).is_some_and(|name| &**name == "left_arm"));
        let canister_from = scene.canister_at + DVec3::Z * (0.5 * scene.canister.height_m);
        let events: Vec<Running> = scene.events.into_iter().map(Running::new).collect();
        let light_min = event::light_level(&events, 0.0);
        let base = Base {
            table_friction: scene.table_friction,
            canister_friction: scene.canister.friction,
            speed_m_s: scene.reach.speed_m_s,
            offset_y_m: scene.reach.offset_y_m,
            height_m: scene.reach.height_m,
            close: f64::from(u8::from(scene.reach.close)),
            window: scene.window,
        };
        let Builder { physics, groups, names } = builder;
        Ok(Self {
            physics,
            groups,
            names,
            canister,
            canister_collider,
            right,
            path,
            joints,
            hand: poses[HAND],
            hand_speed_m_s: 0.0,
            arm_s: 0.0,
            shift: Shift::default(),
            grip: Grip::OPEN,
            base,
            table_collider,
            events,
            row: scene.row,
            camera: scene.camera,
            duration_s: scene.duration_s,
            draw: draw.index,
            step: 0,
            touches: Touches::default(),
            tally: Tally { canister_from, tilt_max_deg: 0.0, light_min, touch: None },
        })
    }

    /// Goes on by one step of 1/240 s.
    pub fn step(&mut self) -> Result<(), WorldError> {
        self.step += 1;
        let time_s = self.time_s();
        self.let_happen(time_s);
        self.move_arm();
        self.physics.step();
        self.touches.update(&self.physics, self.step);
        if self.tally.touch.is_none() && self.touches.first(CANISTER, RIGHT_ARM).is_some() {
            self.tally.touch = Some((time_s - STEP_S, self.hand_speed_m_s));
        }
        let tilt_deg = self.canister_tilt_deg();
        let position = self.canister_pose().position;
        let awake = self.physics.bodies.get(self.canister).is_some_and(rp::RigidBody::is_enabled);
        if !(awake && tilt_deg.is_finite() && position.is_finite()) {
            return Err(WorldError::Unstable { draw: self.draw, time_s });
        }
        self.tally.tilt_max_deg = self.tally.tilt_max_deg.max(tilt_deg);
        self.tally.light_min = self.tally.light_min.min(self.light_level());
        Ok(())
    }

    /// The slot `name` now.
    fn slot(&self, name: &str, base: f64) -> f64 {
        event::slot(&self.events, name, base, self.time_s())
    }

    /// Lets the events of this step happen to slots and things.
    fn let_happen(&mut self, time_s: f64) {
        if self.events.is_empty() {
            return;
        }
        if self.events.iter().any(Running::waits) {
            let live = event::live_row(&self.row, self.live());
            self.events.iter_mut().for_each(|running| running.watch(time_s, &live));
        }
        let frictions = [
            (self.table_collider, self.slot("table_friction", self.base.table_friction)),
            (self.canister_collider, self.slot("canister_friction", self.base.canister_friction)),
        ];
        for (handle, friction) in frictions {
            if let Some(collider) = self.physics.colliders.get_mut(handle)
                && collider.friction() != friction
            {
                collider.set_friction(friction);
            }
        }
        for at in 0..self.events.len() {
            let Some(running) = self.events.get(at) else { continue };
            let (share, before) = (running.share_at(time_s), running.share);
            let what = running.happening.what.clone();
            let name = running.happening.name.clone();
            self.happen(&name, &what, share, before);
            if let Some(running) = self.events.get_mut(at) {
                running.share = share;
            }
        }
    }

    /// Lets the part of an event between the shares `before` and `share` happen.
    fn happen(&mut self, name: &str, what: &What, share: f64, before: f64) {
        if share == before {
            // A thing that was moved is free again.
            if let What::Move { entity, .. } = what
                && (share == 0.0 || share == 1.0)
            {
                self.with_body(entity, |body| {
                    if body.body_type() == rp::RigidBodyType::KinematicPositionBased {
                        body.set_body_type(rp::RigidBodyType::Dynamic, true);
                    }
                });
            }
            return;
        }
        match what {
            What::Light { .. } | What::Slot { .. } => {}
            What::Push { entity, impulse } => {
                let part = *impulse * (share - before);
                self.with_body(entity, |body| body.apply_impulse(part, true));
            }
            What::Move { entity, by } => {
                let part = *by * (share - before);
                self.with_body(entity, |body| {
                    let mut pose = pose_of(body.position());
                    pose.position += part;
                    if share >= 1.0 && before == 0.0 {
                        // A step in no time is no push.
                        body.set_position(rapier_pose(&pose), true);
                    } else {
                        body.set_body_type(rp::RigidBodyType::KinematicPositionBased, true);
                        body.set_next_kinematic_position(rapier_pose(&pose));
                    }
                });
            }
            What::Spawn { velocity, .. } => {
                let (appears, velocity) = (share > 0.0, *velocity);
                let index = self.names.iter().position(|thing| **thing == *name);
                for group in self.groups.iter_mut().filter(|group| Some(group.thing) == index) {
                    group.present = appears;
                }
                self.with_body(name, |body| {
                    if body.is_enabled() != appears {
                        body.set_enabled(appears);
                        body.set_linvel(velocity, true);
                    }
                });
            }
        }
    }

    /// Does something to the body of the thing called `entity`.
    fn with_body(&mut self, entity: &str, act: impl FnOnce(&mut rp::RigidBody)) {
        let index = self.names.iter().position(|thing| **thing == *entity);
        let handle = self.groups.iter().find(|group| Some(group.thing) == index).and_then(|group| group.body);
        if let Some(body) = handle.and_then(|handle| self.physics.bodies.get_mut(handle)) {
            act(body);
        }
    }

    fn move_arm(&mut self) {
        if self.touches.force_now_n(CANISTER, RIGHT_ARM) < PRESS_STOP_N {
            // The path was laid for the scene's speed; another set-point runs it slower or faster.
            let pace = self.slot("reach_speed_m_s", self.base.speed_m_s) / self.base.speed_m_s;
            self.arm_s += STEP_S * pace;
            let base = &self.base;
            let goal = DVec3::new(
                0.0,
                self.slot("reach_offset_y_m", base.offset_y_m) - base.offset_y_m,
                self.slot("reach_height_m", base.height_m) - base.height_m,
            );
            // A hand that was told to slow down or to stand does so in every direction.
            self.shift = self.shift.after(STEP_S * pace.min(1.0), goal);
        }
        let close = self.slot("grip_close", self.base.close) > 0.5;
        if close && self.arm_s > self.path.arrival_s() {
            let forces = link_forces(&self.physics, self.canister_collider, RIGHT_ARM);
            let on = |links: [usize; 2]| links.iter().filter_map(|link| forces.get(*link)).sum::<f64>();
            let bend = |now: f64, links| if on(links) < GRIP_STOP_N { (now + STEP_S / CLOSE_S).min(1.0) } else { now };
            self.grip = Grip { fingers: bend(self.grip.fingers, FINGERS), thumb: bend(self.grip.thumb, THUMB) };
        }
        self.joints = arm::inverse(Side::Right, &self.path.wrist(self.arm_s, self.shift.now));
        let poses = arm::forward(Side::Right, &self.joints, self.grip);
        for (handle, pose) in self.right.iter().zip(&poses) {
            if let Some(body) = self.physics.bodies.get_mut(*handle) {
                body.set_next_kinematic_position(rapier_pose(pose));
            }
        }
        self.hand_speed_m_s = poses[HAND].position.distance(self.hand.position) * PHYSICS_RATE_HZ;
        self.hand = poses[HAND];
    }

    /// Seconds since the episode began.
    pub fn time_s(&self) -> f64 {
        self.step as f64 / PHYSICS_RATE_HZ
    }

    /// Number of steps so far.
    pub(super) fn steps(&self) -> u64 {
        self.step
    }

    /// What may be seen of the world now.
    pub fn snapshot(&self) -> Snapshot {
        let mut bodies = Vec::with_capacity(96);
        for group in self.groups.iter().filter(|group| group.present) {
            let name = self.names.get(group.thing).cloned().unwrap_or_default();
            let world_from_group = group.body.map_or(Pose::IDENTITY, |handle| self.pose(handle));
            let seen = group.parts.iter().filter(|part| part.seen);
            bodies.extend(seen.map(|part| Body {
                instance: group.thing as u16 + 1,
                class: group.class,
                name: Arc::clone(&name),
                shape: part.shape,
                material: part.material,
                pose: world_from_group.then(&part.at),
            }));
        }
        let window = Window {
            elevation_deg: self.slot("sun_elevation_deg", self.base.window.elevation_deg),
            azimuth_deg: self.slot("sun_azimuth_deg", self.base.window.azimuth_deg),
            sun: self.slot("sun_strength", self.base.window.sun),
            sky: self.slot("sky_strength", self.base.window.sky),
            exposure_ev: self.slot("exposure_ev", self.base.window.exposure_ev),
        };
        let light = light::scaled(&window.light(), self.light_level());
        Snapshot { time_s: self.time_s(), bodies, light, camera: self.camera }
    }

    fn pose(&self, handle: rp::RigidBodyHandle) -> Pose {
        self.physics.bodies.get(handle).map_or(Pose::IDENTITY, |body| pose_of(body.position()))
    }

    /// The factor on all light now.
    pub(super) fn light_level(&self) -> f64 {
        event::light_level(&self.events, self.time_s())
    }

    /// Which events came by the end of the episode, and when.
    pub(super) fn begun(&self) -> Vec<Begun> {
        let began = |running: &Running| Begun {
            name: running.happening.name.clone(),
            at_s: running.begun_s().filter(|at_s| *at_s <= self.duration_s),
        };
        self.events.iter().map(began).collect()
    }

    pub(super) fn light_drop_s(&self) -> f64 {
        event::drop_s(&self.events, self.duration_s)
    }

    /// What is recorded, in the order of [`super::SIGNALS`].
    pub(super) fn live(&self) -> Vec<f64> {
        let hand = self.hand.position;
        let canister = self.canister_pose();
        let (at, turn) = (canister.position, canister.rotation);
        let speed = self.physics.bodies.get(self.canister).map_or(0.0, |body| body.linvel().length());
        let mut all = vec![self.time_s()];
        all.extend(self.joints);
        all.extend([hand.x, hand.y, hand.z, self.hand_speed_m_s]);
        all.extend([at.x, at.y, at.z, turn.x, turn.y, turn.z, turn.w, speed, self.canister_tilt_deg()]);
        all.extend([hand.distance(at), self.touches.force_now_n(CANISTER, RIGHT_ARM), self.light_level()]);
        all
    }

    pub(super) fn canister_pose(&self) -> Pose {
        self.pose(self.canister)
    }

    /// Angle between the canister's axis and the vertical in degrees; 180 is upside down.
    pub(super) fn canister_tilt_deg(&self) -> f64 {
        let axis = self.canister_pose().rotation * DVec3::Z;
        libm::atan2(libm::hypot(axis.x, axis.y), axis.z).to_degrees()
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(super) fn touches(&self) -> &Touches {
        &self.touches
    }

    pub(super) fn names(&self) -> &[Arc<str>] {
        &self.names
    }
}

/// Whether every thing that an event acts on is there.
fn check_things(family: &Family, scene: &Scene) -> Result<(), WorldError> {
    let things = super::slots::movable(family);
    for happening in &scene.events {
        if let What::Move { entity, .. } | What::Push { entity, .. } = &happening.what
            && !things.contains(&entity.as_str())
        {
            let text = super::slots::no_thing(entity, &things);
            return Err(WorldError::Event { event: happening.name.clone(), text });
        }
    }
    Ok(())
}
