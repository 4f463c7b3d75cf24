//! What every stage stands on: bodies in the physics and the things they belong to, touches, events and the clock.
//!
//! It knows no stage: what its things are for is the stage's.

use std::sync::Arc;

use glam::DVec3;
use rapier3d_f64::prelude as rp;

use super::body::{Part, pose_of, rapier_pose};
use super::clutter;
use super::episode::{Begun, Contact};
use super::event::{self, Running, What};
use super::facts::{EventNow, Pressing, Skeleton};
use super::fields::Binder;
use super::mark::Mark;
use super::physics::{PHYSICS_RATE_HZ, STEP_S};
use super::skeleton::{self, Knot, Knotted, On};
use super::snapshot::{Body, Class, Material};
use super::stage::Kind;
use super::touch::{self, Touches};
use crate::base::Pose;

/// Friction of things that nobody set, against their own material.
pub(super) const OTHER_FRICTION: f64 = 0.5;

/// Parts that move as one.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) thing: usize,
    class: Class,
    /// None where it never moves and its parts are in the world's frame.
    body: Option<rp::RigidBodyHandle>,
    parts: Vec<Part>,
    /// What it is called within its thing; empty where the thing has one body.
    link: Arc<str>,
    /// Whether it is there yet.
    present: bool,
    /// The share of the scene's light that arrives where it is: less under a roof that the light knows nothing of.
    lit: f32,
}

/// Puts things into the physics, one after the other.
pub(super) struct Builder {
    pub(super) physics: rp::PhysicsWorld,
    groups: Vec<Group>,
    names: Vec<Arc<str>>,
    robots: Vec<usize>,
    knotted: Vec<Knotted>,
}

impl Builder {
    /// An empty world of the kind.
    pub(super) fn new(kind: &Kind) -> Self {
        Self {
            physics: (kind.physics)(),
            groups: Vec::new(),
            names: Vec::new(),
            robots: Vec::new(),
            knotted: Vec::new(),
        }
    }

    /// Adds a thing; its number.
    pub(super) fn thing(&mut self, name: &str) -> usize {
        self.names.push(Arc::from(name));
        self.names.len() - 1
    }

    /// Adds a thing that its stage pushes itself ([`Engine::pushes`]); its number.
    pub(super) fn robot(&mut self, name: &str) -> usize {
        let thing = self.thing(name);
        self.robots.push(thing);
        thing
    }

    /// Gives `thing` named points.
    pub(super) fn points(&mut self, thing: usize, knots: Vec<Knot>) {
        self.knotted.push(skeleton::knotted(thing, knots));
    }

    /// Gives the things that have no points and one body those that their shape has. A vehicle has points of its own, and what
    /// hangs on one or opens in it has none.
    fn points_of_shapes(&mut self) {
        for (at, group) in self.groups.iter().enumerate() {
            let mut others = self.groups.iter().enumerate().filter(|(other, _)| *other != at);
            let known = self.knotted.iter().any(|known| known.thing == group.thing);
            let has_none = group.class.is_scene() || group.class == Class::Vehicle;
            if known || has_none || others.any(|(_, other)| other.thing == group.thing) {
                continue;
            }
            let knots = skeleton::of_shape(&group.parts, group.body.map_or(On::World, On::Body));
            if !knots.is_empty() {
                self.knotted.push(skeleton::knotted(group.thing, knots));
            }
        }
        self.knotted.sort_by_key(|known| known.thing);
    }

    /// Whether there is a thing called `name`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| **known == *name)
    }

    /// What a thing is called.
    pub(super) fn name(&self, thing: usize) -> &str {
        self.names.get(thing).map_or("", |name| name)
    }

    /// Adds a body with `parts` to `thing`, as its link number `link`.
    pub(super) fn body(
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
                .user_data(touch::mark(thing, link));
            left_kg = 0.0;
            self.physics.insert_collider(collider, handle);
        }
        let name = if link == 0 { Arc::default() } else { Arc::from(format!("{link}")) };
        self.groups.push(Group { thing, class, body: handle, parts, link: name, present: true, lit: 1.0 });
        handle
    }

    /// Adds parts with a body that was made elsewhere, as the link called `link` of `thing`.
    pub(super) fn group(
        &mut self,
        (thing, link): (usize, &str),
        class: Class,
        body: rp::RigidBodyHandle,
        parts: Vec<Part>,
    ) {
        self.groups.push(Group {
            thing,
            class,
            body: Some(body),
            parts,
            link: Arc::from(link),
            present: true,
            lit: 1.0,
        });
    }

    /// The things that events let appear: out of the world until then. Last, so that they change no other thing's number.
    fn absent_things(&mut self, events: &[Running]) {
        for running in events {
            let What::Spawn { kind, at, .. } = running.happening.what else { continue };
            let index = self.thing(&running.happening.name);
            let made = clutter::spawned(kind, &running.happening.name);
            let pose = Pose { position: at, ..Pose::IDENTITY };
            let body = rp::RigidBodyBuilder::dynamic().pose(rapier_pose(&pose)).angular_damping(0.5).enabled(false);
            self.body((index, 0), Class::Clutter, Some(body), (OTHER_FRICTION, made.mass_kg), made.parts);
            if let Some(group) = self.groups.last_mut() {
                group.present = false;
            }
        }
    }

    /// The engine, with the events and numbers of a draw.
    pub(super) fn finish(mut self, kind: &'static Kind, events: Vec<Running>, binder: Binder<'_>) -> Engine {
        self.absent_things(&events);
        self.points_of_shapes();
        let Self { physics, groups, names, robots, knotted } = self;
        let (duration_s, row) = (binder.duration_s(), binder.into_row());
        Engine {
            kind,
            physics,
            groups,
            names,
            robots,
            knotted,
            pushes: Vec::new(),
            events,
            row,
            duration_s,
            step: 0,
            touches: Touches::default(),
        }
    }
}

/// An impulse in N s, and where it strikes in the frame of the link that is pushed; at its centre of mass where left out.
pub(super) type Push = (DVec3, Option<DVec3>);

/// The part of a world that every stage shares.
pub(super) struct Engine {
    pub(super) kind: &'static Kind,
    pub(super) physics: rp::PhysicsWorld,
    groups: Vec<Group>,
    names: Vec<Arc<str>>,
    /// Things that their stage pushes, by number, and the impulses of this step.
    robots: Vec<usize>,
    knotted: Vec<Knotted>,
    pushes: Vec<(usize, Push)>,
    events: Vec<Running>,
    /// The draw's numbers, which events' conditions read.
    row: Vec<f64>,
    duration_s: f64,
    step: u64,
    pub(super) touches: Touches,
}

impl Engine {
    /// Begins the next step: time goes on, and events whose conditions hold begin. `live` is what conditions read.
    pub(super) fn begin_step(&mut self, live: impl FnOnce(&Self) -> Vec<f64>) {
        self.step += 1;
        if self.events.iter().any(Running::waits) {
            let live = event::live_row(&self.row, live(self));
            let time_s = self.time_s();
            self.events.iter_mut().for_each(|running| running.watch(time_s, &live));
        }
    }

    /// Lets the events of this step happen to things; their slots are read with [`Self::slot`].
    pub(super) fn let_happen(&mut self) {
        let time_s = self.time_s();
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

    /// Ends the step: the physics goes on by one, and who touches whom is noted.
    pub(super) fn end_step(&mut self) {
        self.physics.step();
        self.touches.update(&self.physics, self.step);
    }

    /// The slot `name` now, `base` being what the scene says.
    pub(super) fn slot(&self, name: &str, base: f64) -> f64 {
        event::slot(&self.events, name, base, self.time_s())
    }

    /// What events give the robot called `name` in this step; it is told once.
    pub(super) fn pushes(&mut self, name: &str) -> Vec<Push> {
        let robot = self.number(name);
        let (own, others) = self.pushes.drain(..).partition(|(thing, _)| Some(*thing) == robot);
        self.pushes = others;
        let own: Vec<(usize, Push)> = own;
        own.into_iter().map(|(_, push)| push).collect()
    }

    /// Sets a collider's friction where it has another.
    pub(super) fn set_friction(&mut self, handle: rp::ColliderHandle, friction: f64) {
        if let Some(collider) = self.physics.colliders.get_mut(handle)
            && collider.friction() != friction
        {
            collider.set_friction(friction);
        }
    }

    /// The number of the thing called `name`.
    fn number(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|thing| **thing == *name)
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
            What::Light { .. } | What::Lamp { .. } | What::Slot { .. } => {}
            What::Push { entity, impulse, at } => self.push(entity, *impulse * (share - before), *at),
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
                let index = self.number(name);
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

    /// Gives the thing called `entity` an impulse in N s: at its centre of mass, or at the point `at` of its body's own frame.
    /// Which link of a robot it strikes is its stage's to say.
    pub(super) fn push(&mut self, entity: &str, impulse: DVec3, at: Option<DVec3>) {
        if let Some(robot) = self.number(entity).filter(|thing| self.robots.contains(thing)) {
            self.pushes.push((robot, (impulse, at)));
            return;
        }
        self.with_body(entity, |body| match at.map(|at| pose_of(body.position()).point(at)) {
            Some(at) => body.apply_impulse_at_point(impulse, at, true),
            None => body.apply_impulse(impulse, true),
        });
    }

    /// Lets event `at` begin at `begun_s`, unless it has begun; whether it does now.
    pub(super) fn begin(&mut self, at: usize, begun_s: f64) -> bool {
        let time_s = self.time_s();
        self.events.get_mut(at).is_some_and(|running| running.begin(time_s, begun_s))
    }

    /// Whether the thing called `name` is a robot that its stage pushes.
    pub(super) fn is_robot(&self, name: &str) -> bool {
        self.number(name).is_some_and(|thing| self.robots.contains(&thing))
    }

    /// What the thing called `name` weighs in kilograms, all its bodies together.
    pub(super) fn mass_kg(&self, name: &str) -> f64 {
        let thing = self.number(name);
        let bodies = self.groups.iter().filter(|group| Some(group.thing) == thing).filter_map(|group| group.body);
        bodies.filter_map(|handle| self.physics.bodies.get(handle)).map(rp::RigidBody::mass).sum()
    }

    /// The forces of all contacts in the step that has just ended.
    pub(super) fn forces(&self) -> Vec<Mark> {
        super::mark::forces(&self.physics, &self.names)
    }

    /// The named points of the things that are there.
    pub(super) fn skeletons(&self) -> Vec<Skeleton> {
        let mut all = Vec::with_capacity(self.knotted.len());
        for known in &self.knotted {
            let Some(group) = self.groups.iter().find(|group| group.thing == known.thing && group.present) else {
                continue;
            };
            let place = |(on, local): &(On, DVec3)| match on {
                On::World => *local,
                On::Body(handle) => self.pose(*handle).point(*local),
                On::Part(part) => {
                    let part = group.parts.get(*part).map_or(Pose::IDENTITY, |part| part.at);
                    group.body.map_or(Pose::IDENTITY, |handle| self.pose(handle)).point(part.point(*local))
                }
            };
            let at = known.places.iter().map(place).collect();
            all.push(Skeleton { instance: known.thing as u16 + 1, bones: Arc::clone(&known.bones), at });
        }
        all
    }

    /// Who presses on whom in the step that has just ended.
    pub(super) fn pressing(&self) -> Vec<Pressing> {
        let seen = |group: &&Group| group.parts.iter().any(|part| part.seen);
        // A robot's feet are things of their own to touches, but links of what is seen.
        let shown = |body: Option<rp::RigidBodyHandle>, thing: usize| {
            let all = || self.groups.iter().filter(seen);
            let by_body = all().find(|group| body.is_some() && group.body == body);
            let own = by_body.or_else(|| all().find(|group| group.thing == thing));
            own.map_or(0, |group| group.thing as u16 + 1)
        };
        touch::pressing(&self.physics, |body, thing| {
            (self.names.get(thing).cloned().unwrap_or_default(), shown(body, thing))
        })
    }

    /// The family's events now.
    pub(super) fn events_now(&self) -> Vec<EventNow> {
        self.events.iter().map(|running| running.now(self.time_s())).collect()
    }

    /// The first body of the thing called `name`.
    pub(super) fn body(&self, name: &str) -> Option<rp::RigidBodyHandle> {
        let index = self.number(name);
        self.groups.iter().find(|group| Some(group.thing) == index).and_then(|group| group.body)
    }

    /// The body that is called `link` within the thing called `name`.
    pub(super) fn link(&self, name: &str, link: &str) -> Option<rp::RigidBodyHandle> {
        let index = self.number(name);
        self.groups.iter().find(|group| Some(group.thing) == index && *group.link == *link).and_then(|group| group.body)
    }

    /// Does something to the body of the thing called `entity`.
    pub(super) fn with_body(&mut self, entity: &str, act: impl FnOnce(&mut rp::RigidBody)) {
        if let Some(body) = self.body(entity).and_then(|handle| self.physics.bodies.get_mut(handle)) {
            act(body);
        }
    }

    /// Seconds since the episode began.
    pub(super) fn time_s(&self) -> f64 {
        self.step as f64 / PHYSICS_RATE_HZ
    }

    /// Number of steps so far.
    pub(super) fn steps(&self) -> u64 {
        self.step
    }

    /// What may be seen of the things now.
    pub(super) fn bodies(&self) -> Vec<Body> {
        let mut bodies = Vec::with_capacity(96);
        for group in self.groups.iter().filter(|group| group.present) {
            let name = self.names.get(group.thing).cloned().unwrap_or_default();
            let world_from_group = group.body.map_or(Pose::IDENTITY, |handle| self.pose(handle));
            let seen = group.parts.iter().filter(|part| part.seen);
            bodies.extend(seen.map(|part| Body {
                instance: group.thing as u16 + 1,
                class: group.class,
                name: Arc::clone(&name),
                shape: part.shape.clone(),
                material: lit(part.material, group.lit),
                pose: world_from_group.then(&part.at),
            }));
        }
        bodies
    }

    /// Part `at` of the first body of the thing number `thing`: what moves or lights up on a body is changed here. Where it
    /// is solid, its collider stays what it was.
    pub(super) fn part_mut(&mut self, thing: usize, at: usize) -> Option<&mut Part> {
        self.groups.iter_mut().find(|group| group.thing == thing).and_then(|group| group.parts.get_mut(at))
    }

    /// Lets the share `share` of the scene's light arrive at the thing number `thing`.
    pub(super) fn set_lit(&mut self, thing: usize, share: f64) {
        self.groups.iter_mut().filter(|group| group.thing == thing).for_each(|group| group.lit = share as f32);
    }

    /// The bodies that may move, with the names of their things and links, in a fixed order.
    pub(super) fn movers(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>, Pose)> {
        let moves =
            |handle: &rp::RigidBodyHandle| self.physics.bodies.get(*handle).is_some_and(|body| !body.is_fixed());
        self.groups.iter().filter_map(move |group| {
            let handle = group.body.filter(moves)?;
            Some((self.names.get(group.thing)?, &group.link, self.pose(handle)))
        })
    }

    /// Where a body is.
    pub(super) fn pose(&self, handle: rp::RigidBodyHandle) -> Pose {
        self.physics.bodies.get(handle).map_or(Pose::IDENTITY, |body| pose_of(body.position()))
    }

    /// The factor on all light now.
    pub(super) fn light_level(&self) -> f64 {
        event::light_level(&self.events, self.time_s())
    }

    /// What events leave of the light of the lamp that answers to `names`, beside what they leave of all light.
    pub(super) fn lamp_level(&self, names: &[&str]) -> f64 {
        event::lamp_level(&self.events, names, self.time_s())
    }

    /// When the first change to less light starts; −1 where none does.
    pub(super) fn light_drop_s(&self) -> f64 {
        event::drop_s(&self.events, self.duration_s)
    }

    /// Which events came by the end of the episode, and when.
    pub(super) fn begun(&self) -> Vec<Begun> {
        let began = |running: &Running| Begun {
            name: running.happening.name.clone(),
            at_s: running.begun_s().filter(|at_s| *at_s <= self.duration_s),
        };
        self.events.iter().map(began).collect()
    }

    /// Every touch so far.
    pub(super) fn contacts(&self) -> Vec<Contact> {
        self.touches.contacts(&self.names, STEP_S, self.step)
    }
}

/// `material` under a share of the light: a surface that gets less of it looks as a darker one does.
fn lit(material: Material, share: f32) -> Material {
    let shaded = |colour: [f32; 3]| colour.map(|channel| channel * share);
    Material { colour: shaded(material.colour), second: shaded(material.second), ..material }
}
