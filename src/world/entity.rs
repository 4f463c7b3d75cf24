//! The things that a family adds to its stage: checked, put into the physics, and what is recorded of them.
//!
//! Whatever has a mass moves as the physics says and is recorded; the rest stands still. Of rigs, only that they are there is
//! known here: their joints and controllers are [`super::own_rig`]'s.

use std::borrow::Cow;
use std::collections::BTreeSet;

use glam::{DQuat, DVec3};
use rapier3d_f64::prelude as rp;

use super::WorldError;
use super::body::{Part, rapier_pose, turn};
use super::engine::{Builder, Engine};
use super::fields::Binder;
use super::lamp::{self, OwnLamp};
use super::model::Model;
use super::own_rig::{OwnRig, Start, Wanted};
use super::panorama::Panorama;
use super::physics::{OVERLAP_MAX_M, depth_m, moves as motion};
use super::rig::Robot;
use super::skeleton;
use super::slots::{beyond, finding};
use super::snapshot::{Body, Class, Dome, Lamp, Material, Shape, Surface};
use super::stage::{self, Kind};
use super::touch::{mark, thing_of};
use crate::base::Pose;
use crate::base::text::did_you_mean;
use crate::family::measure::Named;
use crate::family::validate::Ranges;
use crate::family::{Action, Bound, Entity, Family, Files, Finding, Form};

/// A thing this far from the origin means that its numbers make no sense any more, in metres: what falls for a whole
/// episode of a minute is not yet there.
const LOST_M: f64 = 20_000.0;

/// What is recorded of a thing that moves: ending of the name, unit.
///
/// Position of its middle, its speed, the angle between its own z and the vertical, and the sum of the normal forces on it.
const RECORDED: [(&str, &str); 6] =
    [("x_m", "m"), ("y_m", "m"), ("z_m", "m"), ("speed_m_s", "m/s"), ("tilt_deg", "deg"), ("force_n", "N")];

/// The quantities that are recorded of `family`'s own things.
pub(super) fn signals(family: &Family) -> impl Iterator<Item = Named> + '_ {
    family.entities.iter().flat_map(|entity| recorded(family, entity))
}

/// The quantities that are recorded of one of them.
fn recorded(family: &Family, entity: &Entity) -> Vec<Named> {
    let own = RECORDED.iter().map(|(ending, unit)| (Cow::Owned(format!("{}_{ending}", entity.name)), *unit));
    let mut all: Vec<Named> = own.filter(|_| moves(entity)).collect();
    all.extend(Wanted::of(entity).into_iter().flat_map(|rig| rig.signals(&entity.name, &family.files)));
    all
}

/// Whether it moves as a whole.
pub(super) fn moves(entity: &Entity) -> bool {
    entity.mass_kg.is_some() || matches!(entity.shape, Form::Rig { fixed: false, .. })
}

/// What is wrong with the family's things.
pub(super) fn check(family: &Family, ranges: &Ranges) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (at, entity) in family.entities.iter().enumerate() {
        let field = |part: &str| format!("entities[{at}].{part}");
        let twice = recorded_of(family, entity).into_iter().find(|name| !known.insert(name.clone()));
        let twice = twice
            .map(|name| format!("`{name}` would be recorded twice; give the thing or its rig's joint another name"));
        findings.extend(twice.map(|text| finding(field("name"), text)));
        for (part, range, bound) in entity.bounds() {
            let wrong = beyond(ranges, &part, range, bound);
            findings.extend(wrong.map(|text| finding(field(&part), text)));
        }
        if let Err(text) = surface(&entity.look.pattern) {
            findings.push(finding(field("look.pattern"), text));
        }
        findings.extend(check_name(family, &entity.name).err().map(|text| finding(field("name"), text)));
        if let Some(rig) = Wanted::of(entity) {
            let wrong = rig.check(&family.files, ranges);
            findings.extend(wrong.into_iter().map(|(part, text)| finding(field(&format!("shape.{part}")), text)));
            let spare = entity.mass_kg.as_ref().map(|_| finding(field("mass_kg"), NO_MASS.to_owned()));
            findings.extend(spare);
            let still = entity.velocity_m_s.iter().all(|part| *part == Bound::Number(0.0));
            let stuck = (!moves(entity) && !still).then(|| finding(field("velocity_m_s"), NO_VELOCITY.to_owned()));
            findings.extend(stuck);
        }
        if let Form::Model { file, scale } = &entity.shape {
            let wrong = check_model(family, ranges, (file, scale));
            findings.extend(wrong.map(|(part, text)| finding(field(part), text)));
        }
        if let Form::Dome { file, .. } = &entity.shape {
            let wrong =
                misplaced(family, at).or_else(|| Some(("shape.file", Panorama::of(&family.files, file).err()?)));
            findings.extend(wrong.map(|(part, text)| finding(field(part), text)));
        }
    }
    findings
}

const NO_MASS: &str = "the links of a rig weigh what its file says; leave `mass_kg` out";
const NO_VELOCITY: &str =
    "a rig that is fixed to the world does not move; write `fixed: false`, or leave `velocity_m_s` out";

/// Why the thing at `at` cannot be a dome, whatever its file shows: the field, and a sentence.
fn misplaced(family: &Family, at: usize) -> Option<(&'static str, String)> {
    let entity = family.entities.get(at)?;
    let is_dome = |entity: &&Entity| matches!(entity.shape, Form::Dome { .. });
    if let Some(other) = family.entities.iter().take(at).find(is_dome) {
        return Some(("shape", format!("`{}` is a dome already; a scene has one at most", other.name)));
    }
    let [x, y, _] = &entity.turn_deg;
    if [x, y].iter().any(|bound| **bound != Bound::Number(0.0)) {
        return Some(("turn_deg", "a dome is turned about z alone; let the first two numbers be 0".to_owned()));
    }
    entity.mass_kg.as_ref().map(|_| ("mass_kg", "a dome does not move; leave `mass_kg` out".to_owned()))
}

/// What is wrong with a model: the field, and a sentence.
fn check_model(family: &Family, ranges: &Ranges, (file, scale): (&str, &Bound)) -> Option<(&'static str, String)> {
    let model = match Model::of(&family.files, file) {
        Ok(model) => model,
        Err(text) => return Some(("shape.file", text)),
    };
    let (from, to) = ranges.range(scale, "").ok()?;
    [from, to].into_iter().find_map(|scale| model.misfit(scale)).map(|text| ("shape.scale", text))
}

/// Reads what a thing of this shape is made of, as a draw would: the corners of a model, lowest and highest, in its file's
/// numbers taken for metres; none of what has no model.
///
/// # Errors
/// What is wrong with the file and what to do.
pub fn read_form(files: &Files, form: &Form) -> Result<Option<[DVec3; 2]>, String> {
    match form {
        Form::Model { file, .. } => Model::of(files, file).map(|model| Some(model.extent_m())),
        Form::Dome { file, .. } => Panorama::of(files, file).map(|_| None),
        Form::Rig { .. } => {
            let entity = Entity::new("rig", form.clone(), [0.0; 3]);
            Wanted::of(&entity).map_or(Ok(None), |rig| rig.rig(files).map(|_| None))
        }
        _ => Ok(None),
    }
}

/// Where a sun stands in the panorama of a dome: azimuth from ahead to the left and elevation in degrees, before the dome is
/// turned; none where there is no sun, or no panorama.
pub fn sun_of(files: &Files, form: &Form) -> Option<[f64; 2]> {
    let Form::Dome { file, .. } = form else { return None };
    Panorama::of(files, file).ok()?.sun_deg()
}

/// Whether the stage of `family` and its events leave `name` to a thing of the family's own.
///
/// # Errors
/// One sentence on what is called so.
pub fn check_name(family: &Family, name: &str) -> Result<(), String> {
    let taken = stage::kind(&family.stage).and_then(|kind| taken_by(kind, family, name));
    taken.map_or(Ok(()), |by| Err(format!("`{name}` is {by}; give it another name")))
}

/// The names of what is recorded of a thing of `family`.
pub fn recorded_of(family: &Family, entity: &Entity) -> Vec<String> {
    recorded(family, entity).into_iter().map(|(name, _)| name.into_owned()).collect()
}

/// What has a thing's name already.
fn taken_by(kind: &Kind, family: &Family, name: &str) -> Option<&'static str> {
    if kind.movable.contains(&name) || kind.pushable.contains(&name) {
        return Some("a thing of the stage");
    }
    let spawns = |event: &crate::family::Event| event.name == name && matches!(event.action, Action::Spawn { .. });
    if family.events.iter().any(spawns) {
        return Some("what an event lets appear");
    }
    let recorded =
        |known: &str| RECORDED.iter().any(|(ending, _)| known.strip_suffix(ending) == Some(&format!("{name}_")));
    let stages = kind.signals.iter().chain(kind.summary).any(|(known, _)| recorded(known));
    stages.then_some("what quantities of the stage are called by")
}

/// The pattern with this name.
fn surface(name: &str) -> Result<Surface, String> {
    let known = || Surface::ALL.into_iter().map(|surface| (surface, surface.name()));
    known().find(|(_, known)| *known == name).map(|(surface, _)| surface).ok_or_else(|| {
        let hint = did_you_mean(name, known().map(|(_, known)| known));
        let all: Vec<&str> = known().map(|(_, known)| known).collect();
        format!("there is no pattern `{name}`{hint}; there are {}", all.join(", "))
    })
}

/// The family's things in a world.
#[derive(Debug, Default)]
pub(super) struct Entities {
    /// In the order of the family.
    all: Vec<Own>,
    /// Those that shine, in that order.
    lamps: Vec<OwnLamp>,
    /// What is all round, by the name of the thing.
    dome: Option<(String, Dome)>,
}

/// A thing of which something is recorded.
#[derive(Debug)]
enum Own {
    /// A body that moves: number of the thing, and its body.
    Body(usize, rp::RigidBodyHandle),
    Rig(Box<OwnRig>, bool),
}

/// Puts the things of `family` into the world, beside those of its stage.
///
/// # Errors
/// A number outside its range; a thing that starts inside another.
pub(super) fn build(family: &Family, binder: &Binder<'_>, builder: &mut Builder) -> Result<Entities, WorldError> {
    let mut entities = Entities::default();
    let mut bodies = Vec::with_capacity(family.entities.len());
    for (at, entity) in family.entities.iter().enumerate() {
        let refuse = |text: String| WorldError::Entity { name: entity.name.clone(), text };
        if builder.has(&entity.name) {
            return Err(refuse("the stage has a thing of this name; give it another one".to_owned()));
        }
        let numbers = Numbers::of(at, entity, binder)?;
        if let Some(wanted) = Wanted::of(entity) {
            let rig = insert_rig(builder, (family, entity), &wanted, &numbers).map_err(refuse)?;
            entities.all.push(Own::Rig(Box::new(rig), moves(entity)));
            continue;
        }
        if let Form::Dome { file, .. } = &entity.shape {
            misplaced(family, at).map_or(Ok(()), |(_, text)| Err(refuse(text)))?;
            let panorama = Panorama::of(&family.files, file).map_err(refuse)?;
            let turn_rad = numbers.get("turn_deg.z").to_radians();
            let dome = Dome { panorama, turn_rad, strength: numbers.get("shape.strength") as f32 };
            entities.dome = Some((entity.name.clone(), dome));
            continue;
        }
        let material = material(&numbers, surface(&entity.look.pattern).map_err(refuse)?);
        let colour = material.colour;
        let parts = parts(&family.files, entity, &numbers, material).map_err(refuse)?;
        let thing = builder.thing(&entity.name);
        let handle = insert(builder, thing, entity, &numbers, parts);
        if entity.mass_kg.is_some() {
            entities.all.push(Own::Body(thing, handle));
        }
        if matches!(entity.shape, Form::Lamp { .. }) {
            entities.lamps.push(OwnLamp::new(&entity.name, handle, &numbers, colour));
        }
        bodies.push((entity, handle));
    }
    for (entity, handle) in bodies {
        check_apart(builder, entity, handle)?;
    }
    for own in &entities.all {
        let Own::Rig(rig, _) = own else { continue };
        let named = |collider: &rp::Collider| format!("`{}`", builder.name(thing_of(collider.user_data)));
        let apart = rig.robot.check_apart(&builder.physics, named);
        let name = builder.name(rig.thing).to_owned();
        apart.map_err(|error| WorldError::Entity { name, text: error.to_string() })?;
    }
    Ok(entities)
}

impl Entities {
    /// The lamps as they shine now, at `level` of their light.
    pub(super) fn lamps(&self, engine: &Engine, level: f64) -> Vec<Lamp> {
        self.lamps.iter().map(|lamp| lamp.now(engine, level * engine.lamp_level(&[lamp.name()]))).collect()
    }

    /// What is all round as it shines now, at `level` of its light.
    pub(super) fn dome(&self, engine: &Engine, level: f64) -> Option<Dome> {
        let (name, dome) = self.dome.as_ref()?;
        let share = (level * engine.lamp_level(&[name])) as f32;
        Some(Dome { strength: dome.strength * share, ..dome.clone() })
    }

    /// Lets the lamps' balls among `bodies` glow as their light shines now.
    pub(super) fn glow(&self, engine: &Engine, level: f64, bodies: &mut [Body]) {
        self.lamps.iter().for_each(|lamp| lamp.glow(engine, level * engine.lamp_level(&[lamp.name()]), bodies));
    }
}

/// Puts a rig into the physics.
fn insert_rig(
    builder: &mut Builder,
    (family, entity): (&Family, &Entity),
    wanted: &Wanted<'_>,
    numbers: &Numbers,
) -> Result<OwnRig, String> {
    if entity.mass_kg.is_some() {
        return Err(NO_MASS.to_owned());
    }
    let (rig, root) = (wanted.rig(&family.files)?, place(numbers));
    let velocity_m_s = numbers.three("velocity_m_s");
    if !moves(entity) && velocity_m_s != DVec3::ZERO {
        return Err(NO_VELOCITY.to_owned());
    }
    let paint = material(numbers, surface(&entity.look.pattern)?);
    let paint = (!entity.look.is_plain()).then_some(paint);
    let start = Start::of(wanted, &rig, &root, |joint, field| numbers.get(&format!("shape.joints.{joint}.{field}")))?;
    let thing = builder.robot(&entity.name);
    let (fixed, friction) = (!moves(entity), numbers.get("friction"));
    let insert = if fixed { Robot::insert_fixed } else { Robot::insert };
    let robot = insert(&mut builder.physics, &rig, (root, &start.positions()), friction, |link| mark(thing, link));
    robot.set_restitution(&mut builder.physics, numbers.get("restitution"));
    if velocity_m_s != DVec3::ZERO {
        robot.set_velocity(&mut builder.physics, velocity_m_s);
    }
    for (at, link) in rig.links.iter().enumerate() {
        if let Some(handle) = robot.handle(at) {
            let mut parts = link.parts.clone();
            for part in &mut parts {
                part.material = paint.unwrap_or(part.material);
            }
            builder.group((thing, &link.name), Class::Robot, handle, parts);
        }
    }
    builder.points(thing, skeleton::of_rig(&rig, |link| robot.handle(link)));
    let time_s = [numbers.get("shape.from_s"), numbers.get("shape.over_s")];
    Ok(OwnRig::new(robot, (thing, &entity.name), fixed, start, time_s))
}

/// Where a thing is at time 0.
fn place(numbers: &Numbers) -> Pose {
    let turned = numbers.three("turn_deg");
    let [x, y, z] = [turned.x, turned.y, turned.z].map(f64::to_radians);
    let rotation = DQuat::from_mat3(&(turn(2, z) * turn(1, y) * turn(0, x))).normalize();
    Pose { position: numbers.three("at_m"), rotation }
}

/// An entity's numbers in a draw, by their paths.
pub(super) struct Numbers(Vec<(String, f64)>);

impl Numbers {
    fn of(at: usize, entity: &Entity, binder: &Binder<'_>) -> Result<Self, WorldError> {
        let one = |(part, range, bound): (String, _, &Bound)| {
            let value = binder.value(&format!("entities[{at}].{part}"), bound, range)?;
            Ok::<_, WorldError>((part, value))
        };
        entity.bounds().into_iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn get(&self, part: &str) -> f64 {
        self.0.iter().find(|(known, _)| known == part).map_or(0.0, |(_, value)| *value)
    }

    fn three(&self, part: &str) -> DVec3 {
        DVec3::new(self.get(&format!("{part}.x")), self.get(&format!("{part}.y")), self.get(&format!("{part}.z")))
    }

    fn colour(&self, part: &str) -> [f32; 3] {
        self.three(part).to_array().map(|value| value as f32)
    }
}

fn material(numbers: &Numbers, surface: Surface) -> Material {
    Material {
        surface,
        colour: numbers.colour("look.colour"),
        second: numbers.colour("look.second"),
        roughness: numbers.get("look.roughness") as f32,
        metallic: numbers.get("look.metallic") as f32,
        scale_m: numbers.get("look.scale_m") as f32,
        seed: 1,
        coat: numbers.get("look.coat") as f32,
        glow: numbers.get("look.glow") as f32,
        transmission: numbers.get("look.transmission") as f32,
    }
}

/// What is seen and touched of a thing.
fn parts(files: &Files, entity: &Entity, numbers: &Numbers, material: Material) -> Result<Vec<Part>, String> {
    let length = |name: &str| numbers.get(&format!("shape.{name}"));
    let shape = match &entity.shape {
        Form::Box { .. } => Shape::Box { half: 0.5 * numbers.three("shape.size_m"), round: 0.0 },
        Form::Sphere { .. } => Shape::Sphere { radius: length("radius_m") },
        Form::Lamp { .. } => {
            let ball = Shape::Sphere { radius: length("radius_m") };
            let material = Material { surface: Surface::Even, glow: lamp::glow(numbers, &material), ..material };
            return Ok(vec![Part::new(ball, material, DVec3::ZERO)]);
        }
        Form::Cylinder { .. } => {
            Shape::Cylinder { radius: length("radius_m"), half_height: 0.5 * length("height_m"), round: 0.0 }
        }
        Form::Capsule { .. } => {
            let (radius, height) = (length("radius_m"), length("height_m"));
            Shape::Capsule { radius, half_height: (0.5 * height - radius).max(0.0) }
        }
        Form::Cone { .. } => {
            Shape::Cone { bottom: length("bottom_m"), top: length("top_m"), half_height: 0.5 * length("height_m") }
        }
        Form::Model { file, .. } => {
            let (model, scale) = (Model::of(files, file)?, length("scale"));
            if let Some(text) = model.misfit(scale) {
                return Err(text);
            }
            let paint = (!entity.look.is_plain()).then_some(material);
            return model.parts(scale, paint, material);
        }
        // One is put in by its links, the other is all round.
        Form::Rig { .. } | Form::Dome { .. } => return Ok(Vec::new()),
    };
    Ok(vec![Part::new(shape, material, DVec3::ZERO)])
}

/// Puts one thing into the physics.
fn insert(
    builder: &mut Builder,
    thing: usize,
    entity: &Entity,
    numbers: &Numbers,
    parts: Vec<Part>,
) -> rp::RigidBodyHandle {
    let pose = rapier_pose(&place(numbers));
    let moves = entity.mass_kg.is_some();
    let body = if moves { rp::RigidBodyBuilder::dynamic() } else { rp::RigidBodyBuilder::fixed() };
    let handle = builder
        .physics
        .insert_body(body.pose(pose).linvel(numbers.three("velocity_m_s")).can_sleep(false).ccd_enabled(moves));
    for part in parts.iter().filter(|part| part.solid) {
        let collider = part
            .collider()
            .friction(numbers.get("friction"))
            .friction_combine_rule(rp::CoefficientCombineRule::GeometricMean)
            .restitution(numbers.get("restitution"))
            .restitution_combine_rule(rp::CoefficientCombineRule::Average)
            .mass(numbers.get("mass_kg"))
            .user_data(mark(thing, 0));
        builder.physics.insert_collider(collider, Some(handle));
    }
    builder.group((thing, ""), Class::Clutter, handle, parts);
    handle
}

/// Whether a thing starts outside all others, where one of them can move: what is fixed may be sunk into what is fixed.
fn check_apart(builder: &Builder, entity: &Entity, handle: rp::RigidBodyHandle) -> Result<(), WorldError> {
    let physics = &builder.physics;
    let fixed = |collider: &rp::Collider| {
        collider.parent().and_then(|parent| physics.bodies.get(parent)).is_none_or(rp::RigidBody::is_fixed)
    };
    for (_, mine) in physics.colliders.iter().filter(|(_, collider)| collider.parent() == Some(handle)) {
        for (_, other) in physics.colliders.iter().filter(|(_, collider)| collider.parent() != Some(handle)) {
            if fixed(mine) && fixed(other) {
                continue;
            }
            let depth_m = depth_m(physics, mine, other);
            if depth_m > OVERLAP_MAX_M {
                let other = builder.name(thing_of(other.user_data));
                let text = format!(
                    "it starts {:.1} mm deep in `{other}`; move one of them so that they are apart",
                    1000.0 * depth_m
                );
                return Err(WorldError::Entity { name: entity.name.clone(), text });
            }
        }
    }
    Ok(())
}

impl Entities {
    /// Acts before a physics step.
    pub(super) fn act(&mut self, engine: &mut Engine) {
        for own in &mut self.all {
            if let Own::Rig(rig, _) = own {
                rig.act(engine);
            }
        }
    }

    /// In the order of [`signals`].
    pub(super) fn signals(&self, engine: &Engine) -> Vec<f64> {
        let mut all = Vec::new();
        for own in &self.all {
            match own {
                Own::Body(thing, handle) => all.extend(whole(engine, (*thing, *handle))),
                Own::Rig(rig, moves) => {
                    if *moves && let Some(root) = rig.robot.handle(0) {
                        all.extend(whole(engine, (rig.thing, root)));
                    }
                    all.extend(rig.signals(engine));
                }
            }
        }
        all
    }

    /// False where a thing's numbers make no sense any more.
    pub(super) fn make_sense(&self, engine: &Engine) -> bool {
        let there = |handle: rp::RigidBodyHandle| {
            let at = engine.pose(handle).position;
            at.is_finite() && at.length() < LOST_M
        };
        self.all.iter().all(|own| match own {
            Own::Body(_, handle) => there(*handle),
            Own::Rig(rig, _) => (0..rig.robot.rig().links.len()).all(|link| rig.robot.handle(link).is_some_and(there)),
        })
    }
}

/// What is recorded of a body, in the order of [`RECORDED`].
fn whole(engine: &Engine, (thing, handle): (usize, rp::RigidBodyHandle)) -> [f64; RECORDED.len()] {
    let Pose { position, rotation } = engine.pose(handle);
    let [velocity, _] = motion(&engine.physics, handle);
    let axis = rotation * DVec3::Z;
    let tilt_deg = libm::atan2(libm::hypot(axis.x, axis.y), axis.z).to_degrees();
    [position.x, position.y, position.z, velocity.length(), tilt_deg, engine.touches.pressing_n(thing)]
}
