//! Robots of users' own on any stage: read from the files beside a family, checked, put into the physics and moved by the
//! controller that the family names.
//!
//! Controllers: `limp` leaves the joints to friction and damping, `hold` keeps them where they start or moves them where they
//! are to go, `follow` moves them there in a given time, `balance` stands on two legs. A joint that mimics another follows it
//! whatever the controller. Closed loops and controllers of the user's own are deliberately left out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::controller::{Stand, StandSettings};
use super::engine::Engine;
use super::physics::STEP_S;
use super::rig::{Drive, Joint, Motion, Moving, Rig, Robot, Sensed, urdf};
use crate::base::text::did_you_mean;
use crate::base::{Pose, StreamKey};
use crate::family::measure::Named;
use crate::family::validate::Ranges;
use crate::family::{Entity, Files, Form, RigJoint};
use crate::world::criticality::balance::GRAVITY_M_S2;
use crate::world::slots::beyond;

/// What can move a rig.
pub const CONTROLLERS: [&str; 4] = ["hold", "follow", "limp", "balance"];

/// How fast a held joint comes back, in rad/s: critically damped about the inertia that it moves, it has made good a push
/// after a fifth of a second, and joints of a gram are not torn at by the 240 steps of a second.
const STIFF_RAD_S: f64 = 30.0;

/// What a family says of a rig.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    file: &'a str,
    fixed: bool,
    controller: &'a str,
    joints: &'a BTreeMap<String, RigJoint>,
}

impl<'a> Wanted<'a> {
    /// Where `entity` is a rig.
    pub(super) fn of(entity: &'a Entity) -> Option<Self> {
        match &entity.shape {
            Form::Rig { file, fixed, controller, joints, .. } => Some(Self { file, fixed: *fixed, controller, joints }),
            _ => None,
        }
    }

    /// The rig in its file, read at the first call; or what is wrong with it and what to do.
    pub(super) fn rig(&self, files: &Files) -> Result<Arc<Rig>, String> {
        let read = || {
            let bytes = files.bytes(self.file)?;
            let text = std::str::from_utf8(bytes)
                .map_err(|_| format!("the file {} is no text; a rig is a .urdf file", self.file))?;
            let fetch = |reference: &str| files.referenced(self.file, reference).map(<[u8]>::to_vec);
            let read = if self.fixed { urdf::read_fixed } else { urdf::read_with };
            read(self.file, text, &fetch).map(Arc::new).map_err(|error| error.to_string())
        };
        (*files.kept(&format!("rig {} {}", self.fixed, self.file), read)).clone()
    }

    /// What is recorded of its joints: position, rate, and what the controller commands.
    pub(super) fn signals(&self, name: &str, files: &Files) -> Vec<Named> {
        let Ok(rig) = self.rig(files) else { return Vec::new() };
        let mut all = Vec::new();
        for joint in &rig.joints {
            let (stem, (unit, rate)) = (format!("{name}_{}", spoken(&joint.name)), units(joint));
            all.push((Cow::Owned(format!("{stem}_{unit}")), unit));
            all.push((Cow::Owned(format!("{stem}_{}", rate.replace('/', "_"))), rate));
            if self.controller != "limp" {
                all.push((Cow::Owned(format!("{stem}_command_{unit}")), unit));
            }
        }
        all
    }

    /// What is wrong with it: the field within its shape, and a sentence.
    pub(super) fn check(&self, files: &Files, ranges: &Ranges) -> Vec<(String, String)> {
        let rig = match self.rig(files) {
            Ok(rig) => rig,
            Err(text) => return vec![("file".to_owned(), text)],
        };
        let mut wrong = Vec::new();
        wrong.extend(self.check_controller(&rig).map(|text| ("controller".to_owned(), text)));
        wrong.extend(twins(&rig).map(|text| ("file".to_owned(), text)));
        for (name, wanted) in self.joints {
            let Some(joint) = rig.joints.iter().find(|joint| joint.name == *name) else {
                wrong.push((format!("joints.{name}"), no_joint(&rig, name)));
                continue;
            };
            if let Some(text) = follower(&rig, joint) {
                wrong.push((format!("joints.{name}"), text));
                continue;
            }
            let [low, high] = joint.range.unwrap_or([-1e3, 1e3]);
            let (unit, _) = units(joint);
            for (field, known, bound) in wanted.bounds() {
                let text = misnamed(joint, field, known)
                    .or_else(|| beyond(ranges, &format!("{name}'s {field}"), (low, high, unit), bound));
                wrong.extend(text.map(|text| (format!("joints.{name}.{field}"), text)));
            }
        }
        wrong
    }

    /// Why its controller cannot move it.
    fn check_controller(&self, rig: &Arc<Rig>) -> Option<String> {
        let goes = |joint: &RigJoint| joint.to_rad.is_some() || joint.to_m.is_some();
        match self.controller {
            "hold" | "limp" => None,
            "follow" if self.joints.values().any(goes) => None,
            "follow" => Some("`follow` has nowhere to go; give a joint `to_rad` or `to_m`, or write `hold`".to_owned()),
            "balance" if self.fixed => Some(
                "`balance` keeps a rig from falling, and this one is fixed to the world; write `fixed: false`"
                    .to_owned(),
            ),
            "balance" => {
                Stand::posture(rig, 1.0).err().map(|error| format!("`balance` needs two legs: {error}; write `hold`"))
            }
            other => {
                let hint = did_you_mean(other, CONTROLLERS);
                Some(format!("there is no controller `{other}`{hint}; there are {}", CONTROLLERS.join(", ")))
            }
        }
    }
}

/// The joint's units of position and rate.
fn units(joint: &Joint) -> (&'static str, &'static str) {
    match joint.motion {
        Motion::Turns => ("rad", "rad/s"),
        Motion::Slides => ("m", "m/s"),
    }
}

/// Why a joint has no such field: angles are for what turns.
fn misnamed(joint: &Joint, field: &str, unit: &str) -> Option<String> {
    let (own, _) = units(joint);
    let verb = if own == "m" { "slides" } else { "turns" };
    (own != unit).then(|| format!("the joint \"{}\" {verb}; write `{}`", joint.name, field.replace(unit, own)))
}

/// Why nobody says where a joint goes: it follows another.
fn follower(rig: &Rig, joint: &Joint) -> Option<String> {
    let leader = rig.joints.get(joint.mimic?.leader)?;
    Some(format!(
        "the joint \"{}\" mimics \"{}\" and goes where that takes it; say where \"{}\" goes, and leave it out",
        joint.name, leader.name, leader.name
    ))
}

/// A joint's name as expressions can read it: `"Joint-1"` is `joint_1`.
fn spoken(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
    name.chars().map(plain).collect()
}

/// Two joints whose quantities would be called alike.
fn twins(rig: &Rig) -> Option<String> {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    rig.joints.iter().find_map(|joint| {
        let other = known.insert(spoken(&joint.name), &joint.name)?;
        Some(format!("the joints \"{other}\" and \"{}\" would be recorded under one name; rename one", joint.name))
    })
}

fn no_joint(rig: &Rig, name: &str) -> String {
    let known: Vec<&str> = rig.joints.iter().map(|joint| joint.name.as_str()).collect();
    if known.is_empty() {
        return format!("the rig \"{}\" has no joint that moves; leave `{name}` out", rig.name);
    }
    let hint = did_you_mean(name, known.iter().copied());
    format!("the rig \"{}\" has no joint \"{name}\"{hint}; it has {}", rig.name, known.join(", "))
}

/// The joints of the rig that `entity` is, each with the unit of its position; none where it is no rig or its file cannot be
/// read.
pub fn rig_joints(files: &Files, entity: &Entity) -> Vec<(String, &'static str)> {
    let Some(Ok(rig)) = Wanted::of(entity).map(|wanted| wanted.rig(files)) else { return Vec::new() };
    rig.joints.iter().map(|joint| (joint.name.clone(), units(joint).0)).collect()
}

/// A rig in a world, and what moves it.
pub(super) struct OwnRig {
    pub(super) robot: Robot,
    pub(super) thing: usize,
    name: String,
    fixed: bool,
    control: Control,
    /// Where every joint starts and where it is to go.
    ways: Vec<[f64; 2]>,
    /// When a way begins and how long it takes, in seconds.
    time_s: [f64; 2],
    /// What the controller wants of every joint now.
    commands: Vec<f64>,
}

impl std::fmt::Debug for OwnRig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OwnRig").field(&self.name).finish()
    }
}

enum Control {
    Limp,
    Hold,
    Follow,
    Balance(Box<Stand>),
}

/// How a rig starts.
pub(super) struct Start {
    /// Where every joint begins and where it is to go.
    ways: Vec<[f64; 2]>,
    control: Control,
}

impl Start {
    /// The start of the rig that is `wanted`, whose root is at `root`; `number` gives a field of a joint.
    pub(super) fn of(
        wanted: &Wanted<'_>,
        rig: &Arc<Rig>,
        root: &Pose,
        number: impl Fn(&str, &str) -> f64,
    ) -> Result<Self, String> {
        wanted.check_controller(rig).map_or(Ok(()), Err)?;
        if let Some(name) = wanted.joints.keys().find(|name| rig.joint(name).is_none()) {
            return Err(no_joint(rig, name));
        }
        for (joint, field, unit) in wanted.joints.iter().flat_map(|(name, written)| {
            let joint = rig.joints.iter().find(|joint| joint.name == *name);
            written.bounds().filter_map(move |(field, unit, _)| Some((joint?, field, unit)))
        }) {
            follower(rig, joint).or_else(|| misnamed(joint, field, unit)).map_or(Ok(()), Err)?;
        }
        let stands = wanted.controller == "balance";
        let posture = if stands {
            Stand::posture(rig, root.position.z).map_err(|error| error.to_string())?.1
        } else {
            // The nearest to 0 that its limits allow.
            let nearest = |joint: &Joint| joint.range.map_or(0.0, |[low, high]| 0.0_f64.max(low).min(high));
            rig.joints.iter().map(nearest).collect()
        };
        let mut ways: Vec<[f64; 2]> = rig
            .joints
            .iter()
            .zip(posture)
            .map(|(joint, nearest)| {
                let (unit, _) = units(joint);
                let written = wanted.joints.get(&joint.name);
                let say = |stem: &str| {
                    let field = format!("{stem}_{unit}");
                    let said = written.is_some_and(|written| written.bounds().any(|(known, ..)| *known == *field));
                    said.then(|| number(&joint.name, &field))
                };
                let start = say("start").unwrap_or(nearest);
                [start, say("to").unwrap_or(start)]
            })
            .collect();
        for end in 0..2 {
            let mut all: Vec<f64> = ways.iter().filter_map(|way| way.get(end).copied()).collect();
            rig.followed(&mut all);
            for (position, slot) in all.iter().zip(ways.iter_mut().filter_map(|way| way.get_mut(end))) {
                *slot = *position;
            }
            rig.check_limits(&all).map_err(|error| error.to_string())?;
        }
        let control = match wanted.controller {
            "limp" => Control::Limp,
            "follow" => Control::Follow,
            "balance" => {
                let noise = StreamKey::new(0, "own_rig").stream("sensing", 0);
                let posture = ways.iter().map(|[start, _]| *start).collect();
                let stand = Stand::new(rig, posture, StandSettings::default(), noise);
                Control::Balance(Box::new(stand.map_err(|error| error.to_string())?))
            }
            _ => Control::Hold,
        };
        Ok(Self { ways, control })
    }

    /// Where the joints begin.
    pub(super) fn positions(&self) -> Vec<f64> {
        self.ways.iter().map(|[start, _]| *start).collect()
    }
}

impl OwnRig {
    /// The rig that stands in the world as `robot`, number `thing`.
    pub(super) fn new(robot: Robot, (thing, name): (usize, &str), fixed: bool, start: Start, time_s: [f64; 2]) -> Self {
        let Start { ways, control } = start;
        let commands = ways.iter().map(|[start, _]| *start).collect();
        Self { robot, thing, name: name.to_owned(), fixed, control, ways, time_s, commands }
    }

    /// Moves its joints and takes in what events push it with, before a physics step.
    pub(super) fn act(&mut self, engine: &mut Engine) {
        let drives = match &mut self.control {
            Control::Limp => vec![Drive::default(); self.ways.len()],
            Control::Balance(stand) => {
                let drives = stand.act(&self.robot.sensed(&engine.physics));
                self.commands = drives.iter().map(|drive| drive.target).collect();
                drives
            }
            Control::Hold | Control::Follow => {
                let goals: Vec<[f64; 2]> = self.goals(engine.time_s()).collect();
                self.commands = goals.iter().map(|[goal, _]| *goal).collect();
                self.held(&self.robot.sensed(&engine.physics), &goals)
            }
        };
        self.robot.drive(&mut engine.physics, &drives);
        for (impulse, at) in engine.pushes(&self.name) {
            let link = self.pushed();
            self.robot.push_link(&mut engine.physics, link, impulse, at);
        }
    }

    /// The link that events push: the root of one that is free, the last of one that is fixed.
    fn pushed(&self) -> usize {
        if self.fixed { self.robot.rig().links.len().saturating_sub(1) } else { 0 }
    }

    /// Where every joint is to be at `time_s`, and how fast it is to move then.
    fn goals(&self, time_s: f64) -> impl Iterator<Item = [f64; 2]> + '_ {
        let [from_s, over_s] = self.time_s;
        // Half a step early counts: a way of no length is a jump.
        let share = if over_s > 0.5 * STEP_S { ((time_s - from_s) / over_s).clamp(0.0, 1.0) } else { 1.0 };
        let (done, rate) = match self.control {
            Control::Follow if time_s < from_s => (0.0, 0.0),
            Control::Follow if share < 1.0 => {
                (share * share * (3.0 - 2.0 * share), 6.0 * share * (1.0 - share) / over_s)
            }
            _ => (1.0, 0.0),
        };
        self.ways.iter().map(move |[start, to]| [start + (to - start) * done, (to - start) * rate])
    }

    /// What holds every joint at its goal: a spring with a damper about the inertia that hangs on it, never faster than its
    /// speed, and where the root is fixed the torque that its links' weight needs.
    fn held(&self, sensed: &Sensed, goals: &[[f64; 2]]) -> Vec<Drive> {
        let rig = self.robot.rig();
        let motion = rig.motion(sensed);
        let goals = goals.iter().zip(&sensed.joints).enumerate();
        let one = |(at, ([goal, rate], [position, _])): (usize, (&[f64; 2], &[f64; 2]))| {
            let Some(joint) = rig.joints.get(at) else { return Drive::default() };
            let mut load = load_of(rig, at, &motion);
            // What follows it hangs on it, too: by the work that both do.
            for (follower, times) in rig.followers(at) {
                let more = load_of(rig, follower, &motion);
                load.carried += times * times * more.carried;
                load.lift += times * more.lift;
            }
            let inertia = if self.fixed { load.carried } else { load.carried.max(load.rest) };
            let torque = if self.fixed { load.lift } else { 0.0 };
            let damping = 2.0 * STIFF_RAD_S * inertia;
            let wanted = *rate + 0.5 * STIFF_RAD_S * (*goal - *position);
            if wanted.abs() > joint.speed {
                let rate = joint.speed.copysign(wanted);
                return Drive { target: *position, rate, stiffness: 0.0, damping, torque };
            }
            Drive { target: *goal, rate: *rate, stiffness: STIFF_RAD_S * STIFF_RAD_S * inertia, damping, torque }
        };
        goals.map(one).collect()
    }

    /// In the order of [`Wanted::signals`].
    pub(super) fn signals(&self, engine: &Engine) -> Vec<f64> {
        let limp = matches!(self.control, Control::Limp);
        let mut all = Vec::new();
        for (at, command) in self.commands.iter().enumerate() {
            all.extend(self.robot.joint(&engine.physics, at));
            if !limp {
                all.push(*command);
            }
        }
        all
    }
}

/// What hangs on a joint.
struct Load {
    /// Inertia of what it carries about its axis in kg m², or mass in kg.
    carried: f64,
    /// That of all the rest.
    rest: f64,
    /// Torque in N m, or force in N, that holds what it carries against its weight.
    lift: f64,
}

fn load_of(rig: &Rig, joint: usize, motion: &[Moving]) -> Load {
    let mut load = Load { carried: 0.0, rest: 0.0, lift: 0.0 };
    let Some((known, own)) = rig.joints.get(joint).zip(motion.get(joint + 1)) else { return load };
    let axis = own.pose.rotation * known.axis;
    let mut hangs = vec![false; rig.links.len()];
    for (at, (link, moving)) in rig.links.iter().zip(motion).enumerate() {
        let parent = at.checked_sub(1).and_then(|joint| rig.joints.get(joint)).map(|joint| joint.parent);
        let on = at == joint + 1 || parent.is_some_and(|parent| hangs.get(parent).copied().unwrap_or_default());
        if let Some(slot) = hangs.get_mut(at) {
            *slot = on;
        }
        let arm = moving.pose.point(link.centre_m) - own.pose.position;
        let (share, lift) = match known.motion {
            Motion::Turns => {
                let turned = moving.pose.rotation.conjugate() * axis;
                let inertia = turned.dot(link.inertia_kg_m2 * turned);
                (inertia + link.mass_kg * arm.cross(axis).length_squared(), axis.cross(arm).z)
            }
            Motion::Slides => (link.mass_kg, axis.z),
        };
        if on {
            load.carried += share;
            load.lift += GRAVITY_M_S2 * link.mass_kg * lift;
        } else {
            load.rest += share;
        }
    }
    load
}
