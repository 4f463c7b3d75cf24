//! Who is on the road at a draw: the ego, other vehicles, somebody on foot, somebody on a bicycle, and what is parked.

use glam::{DQuat, DVec2, DVec3};
use rapier3d_f64::prelude as rp;

use super::bicycle::{self, Bicycle};
use super::door::{self, Door};
use super::driver::{Driver, Settings, others};
use super::keypoints;
use super::layout::Place;
use super::looks::{self, Paint};
use super::points;
use super::rider::{Manner, Obstacle, Rider};
use super::sight::Footprint;
use super::vehicle::{Build, CAR, VAN, Vehicle};
use super::walker::{Gait, Limb, Walker};
use super::{CUTTER, CYCLIST, EGO, KIND, LEAD, PEDESTRIAN};
use crate::base::{Pose, Stream, StreamKey};
use crate::family::{Action, Bound, Family};
use crate::world::WorldError;
use crate::world::body::{Part, rapier_pose};
use crate::world::engine::{Builder, Engine};
use crate::world::fields::Binder;
use crate::world::snapshot::Class;

/// Friction of bodywork, and of the soles of whom the walker moves itself.
const BODYWORK: f64 = 0.4;
const CARRIED: f64 = 0.0;
/// Room between parked vehicles in metres, and how much more there may be.
const PARKED_ROOM_M: [f64; 2] = [0.7, 1.2];

/// Another vehicle that drives, as the scene has it.
#[derive(Debug)]
pub(super) struct Other {
    pub(super) vehicle: Vehicle,
    pub(super) speed_m_s: f64,
    pub(super) brakes_m_s2: f64,
    /// The middle of its own lane, and how far over it is from there: 1 is the ego's lane.
    pub(super) home_m: f64,
    pub(super) shift: f64,
}

impl Other {
    /// Drives along the line y = `line` at a speed, or brakes, for one step.
    pub(super) fn drive(&mut self, engine: &mut Engine, (line_m, speed, brakes): (f64, f64, f64), friction: f64) {
        let pedals = others(&self.vehicle.now, (line_m, speed), brakes, self.vehicle.build.wheelbase_m);
        self.vehicle.drive(engine, &pedals, friction);
    }
}

/// Somebody on foot, as the scene has them.
#[derive(Debug)]
pub(super) struct Passer {
    pub(super) walker: Walker,
    limbs: Vec<Limb>,
    pub(super) speed_m_s: f64,
    /// Whether and how late they heed the ego.
    pub(super) heeds: bool,
    pub(super) reaction_s: f64,
}

impl Passer {
    /// Goes on at `velocity` for one step, if it can.
    pub(super) fn go(&mut self, engine: &mut Engine, velocity: DVec2) {
        let time_s = engine.time_s();
        self.walker.go(engine, time_s, velocity);
        self.walker.swing(engine, &self.limbs);
    }
}

/// Somebody on a bicycle, as the scene has them.
#[derive(Debug)]
pub(super) struct Cyclist {
    pub(super) walker: Walker,
    rider: Rider,
    looks: Bicycle,
    pub(super) speed_m_s: f64,
    /// Where it rides across the road.
    pub(super) line_m: f64,
}

impl Cyclist {
    /// Rides on for one step along y = `line` at `speed`, past `obstacle` where it can.
    pub(super) fn go(&mut self, engine: &mut Engine, (line_m, speed_m_s): (f64, f64), obstacle: Option<Obstacle>) {
        self.rider.ride(engine, &mut self.walker, (line_m, speed_m_s), obstacle);
        self.looks.show(engine, self.walker.thing, (self.walker.gone_m, self.rider.lean_rad));
    }
}

/// Refuses events on somebody whom the scene never puts on the road.
pub(super) fn check_events(family: &Family) -> Result<(), WorldError> {
    for event in &family.events {
        let (Action::Move { entity, .. } | Action::Push { entity, .. }) = &event.action else { continue };
        let never = match family.scene.get(entity) {
            None => true,
            Some(Bound::Number(number)) => *number < 0.5,
            Some(_) => false,
        };
        if entity != EGO && KIND.movable.contains(&entity.as_str()) && never {
            let text = format!("there is no `{entity}` on the road; set `scene.{entity}` to 1");
            return Err(WorldError::Event { event: event.name.clone(), text });
        }
    }
    Ok(())
}

/// The stream of what is random for `purpose`.
fn noise(binder: &Binder<'_>, purpose: &str) -> Result<Stream, WorldError> {
    Ok(StreamKey::new((binder.slot("noise_seed")? + 0.5) as u64, "road").stream(purpose, 0))
}

/// Colours of what nobody set.
fn colours(binder: &Binder<'_>, purpose: &str) -> Result<Stream, WorldError> {
    Ok(StreamKey::new((binder.slot("scenery_seed")? + 0.5) as u64, "road").stream(purpose, 0))
}

/// Whether the slot `name`, 0 or 1, is on.
fn on(binder: &Binder<'_>, name: &str) -> Result<bool, WorldError> {
    Ok(binder.slot(name)? >= 0.5)
}

/// Puts a vehicle that drives at `speed_m_s` along x onto the road with its middle at `at`.
fn vehicle(
    builder: &mut Builder,
    name: &str,
    (build, paint): (Build, Paint),
    (at, speed_m_s): (DVec2, f64),
) -> Option<Vehicle> {
    let thing = builder.thing(name);
    let body = rp::RigidBodyBuilder::dynamic()
        .pose(rapier_pose(&Pose::at(at.extend(0.0))))
        .linvel(DVec3::new(speed_m_s, 0.0, 0.0))
        .can_sleep(false);
    let parts = looks::vehicle(&build, &paint);
    let handle = builder.body((thing, 0), Class::Vehicle, Some(body), (BODYWORK, build.mass_kg), parts)?;
    builder.points(thing, keypoints::vehicle(&build));
    Some(Vehicle::new(build, thing, handle, (at, speed_m_s)))
}

/// The sentence on a body that the physics did not take; it never comes to it.
fn lost(name: &str) -> WorldError {
    WorldError::Rig(format!("the road has no place for `{name}`"))
}

/// The ego and its controller.
pub(super) fn ego(binder: &Binder<'_>, builder: &mut Builder) -> Result<(Vehicle, Driver), WorldError> {
    let get = |name: &str| binder.slot(name);
    let (speed_m_s, brake_most_m_s2) = (get("ego_speed_m_s")?, get("ego_brake_m_s2")?);
    let at = DVec2::new(0.0, get("ego_line_m")?);
    let made = vehicle(builder, EGO, (CAR, Paint::EGO), (at, speed_m_s)).ok_or_else(|| lost(EGO))?;
    let settings = Settings {
        speed_m_s,
        time_gap_s: get("ego_time_gap_s")?,
        reaction_s: get("ego_reaction_s")?,
        foresight_s: get("ego_foresight_s")?,
        comfort_m_s2: get("ego_comfort_m_s2")?,
        emergency_ttc_s: get("emergency_ttc_s")?,
        brake_most_m_s2,
        gap_noise_m: get("gap_noise_m")?,
        speed_noise_m_s: get("speed_noise_m_s")?,
        half_width_m: CAR.half.y,
        wheelbase_m: CAR.wheelbase_m,
    };
    Ok((made.braked(brake_most_m_s2), Driver::new(settings, noise(binder, "perceiving")?)))
}

/// The vehicle ahead, where there is one.
pub(super) fn lead(binder: &Binder<'_>, builder: &mut Builder, ego: &Vehicle) -> Result<Option<Other>, WorldError> {
    if !on(binder, "lead")? {
        return Ok(None);
    }
    let build = if on(binder, "lead_van")? { VAN } else { CAR };
    let paint = Paint::any(&mut colours(binder, LEAD)?);
    let speed_m_s = binder.slot("lead_speed_m_s")?;
    let x_m = ego.build.half.x + binder.slot("lead_gap_m")? + build.half.x;
    let made = vehicle(builder, LEAD, (build, paint), (DVec2::new(x_m, 0.0), speed_m_s)).ok_or_else(|| lost(LEAD))?;
    let brakes_m_s2 = binder.slot("lead_brakes_m_s2")?;
    Ok(Some(Other { vehicle: made, speed_m_s, brakes_m_s2, home_m: 0.0, shift: 0.0 }))
}

/// The vehicle in the next lane, where there is one.
pub(super) fn cutter(
    binder: &Binder<'_>,
    builder: &mut Builder,
    (ego, place): (&Vehicle, &Place),
) -> Result<Option<Other>, WorldError> {
    if !on(binder, "cutter")? {
        return Ok(None);
    }
    let side = if binder.slot("cutter_side")? < 0.0 { -1.0 } else { 1.0 };
    if !place.has_lane(side) {
        let (field, way) = ("scene.cutter_side".to_owned(), if side < 0.0 { "right" } else { "left" });
        let text = format!("there is no lane to the {way} of the ego's; choose the other side or another `ego_lane`");
        return Err(WorldError::Bound { field, text });
    }
    let (home_m, shift) = (side * place.lane_m, binder.slot("cutter_shift")?);
    let speed_m_s = binder.slot("cutter_speed_m_s")?;
    let at = DVec2::new(ego.build.half.x + binder.slot("cutter_gap_m")? + CAR.half.x, home_m * (1.0 - shift));
    let paint = Paint::any(&mut colours(binder, CUTTER)?);
    let made = vehicle(builder, CUTTER, (CAR, paint), (at, speed_m_s)).ok_or_else(|| lost(CUTTER))?;
    let brakes_m_s2 = binder.slot("cutter_brakes_m_s2")?;
    Ok(Some(Other { vehicle: made, speed_m_s, brakes_m_s2, home_m, shift }))
}

/// Puts somebody upright onto the road, looking along `ahead`.
fn walker(
    builder: &mut Builder,
    (name, class): (&str, Class),
    (gait, parts): (&Gait, Vec<Part>),
    place: (DVec2, DVec2),
    noise: Stream,
) -> Option<Walker> {
    let (at, ahead) = place;
    let thing = builder.thing(name);
    let half_turn = 0.5 * libm::atan2(ahead.y, ahead.x);
    let (sine, cosine) = libm::sincos(half_turn);
    let rotation = DQuat::from_xyzw(0.0, 0.0, sine, cosine);
    let body = rp::RigidBodyBuilder::dynamic()
        .pose(rapier_pose(&Pose { position: at.extend(0.0), rotation }))
        .lock_rotations()
        .angular_damping(0.4)
        .can_sleep(false);
    let handle = builder.body((thing, 0), class, Some(body), (CARRIED, gait.mass_kg), parts)?;
    let collider = builder.physics.bodies.get(handle).and_then(|body| body.colliders().first().copied());
    Some(Walker::new((thing, handle, collider), gait, place, noise))
}

/// The pedestrian, where there is one.
pub(super) fn pedestrian(binder: &Binder<'_>, builder: &mut Builder) -> Result<Option<Passer>, WorldError> {
    if !on(binder, "pedestrian")? {
        return Ok(None);
    }
    let height_m = binder.slot("pedestrian_height_m")?;
    // About the mass of a body of that height: 23 kg/m².
    let gait = Gait {
        mass_kg: 23.0 * height_m * height_m,
        rides: false,
        half: DVec2::new(0.25, 0.25),
        sway_m_s: binder.slot("pedestrian_sway_m_s")?,
    };
    let (sine, cosine) = libm::sincos(binder.slot("pedestrian_heading_deg")?.to_radians());
    let place = (DVec2::new(binder.slot("pedestrian_x_m")?, binder.slot("pedestrian_y_m")?), DVec2::new(cosine, sine));
    let (parts, limbs) = looks::pedestrian(height_m, &mut colours(binder, PEDESTRIAN)?);
    let named = (PEDESTRIAN, Class::Pedestrian);
    let torso = (1, parts.get(1).map_or(DVec3::ZERO, |part| part.at.position));
    let knots = points::pedestrian(height_m, &limbs, torso);
    let made = walker(builder, named, (&gait, parts), place, noise(binder, "walking")?);
    let walker = made.ok_or_else(|| lost(PEDESTRIAN))?;
    builder.points(walker.thing, knots);
    Ok(Some(Passer {
        walker,
        limbs,
        speed_m_s: binder.slot("pedestrian_speed_m_s")?,
        heeds: on(binder, "pedestrian_heeds")?,
        reaction_s: binder.slot("pedestrian_reaction_s")?,
    }))
}

/// The cyclist, where there is one.
pub(super) fn cyclist(binder: &Binder<'_>, builder: &mut Builder) -> Result<Option<Cyclist>, WorldError> {
    if !on(binder, "cyclist")? {
        return Ok(None);
    }
    let gait = Gait { mass_kg: 90.0, rides: true, half: DVec2::new(0.9, 0.3), sway_m_s: 0.0 };
    let line_m = binder.slot("cyclist_y_m")?;
    let place = (DVec2::new(binder.slot("cyclist_x_m")?, line_m), DVec2::X);
    let (parts, looks) = bicycle::made(&mut colours(binder, CYCLIST)?);
    let speed_m_s = binder.slot("cyclist_speed_m_s")?;
    let mut made = walker(builder, (CYCLIST, Class::Cyclist), (&gait, parts), place, noise(binder, "pace")?)
        .ok_or_else(|| lost(CYCLIST))?;
    builder.points(made.thing, looks.points());
    // It is on its way already.
    made.velocity = DVec2::new(speed_m_s, 0.0);
    if let Some(body) = builder.physics.bodies.get_mut(made.handle()) {
        body.set_linvel(made.velocity.extend(0.0), true);
    }
    let manner = Manner {
        reaction_s: binder.slot("cyclist_reaction_s")?,
        lateral_m_s2: binder.slot("cyclist_lateral_m_s2")?,
        brakes_m_s2: binder.slot("cyclist_brakes_m_s2")?,
        room_m: binder.slot("cyclist_room_m")?,
        sway_m: binder.slot("cyclist_sway_m")?,
    };
    let rider = Rider::new(manner, noise(binder, "riding")?);
    Ok(Some(Cyclist { walker: made, rider, looks, speed_m_s, line_m }))
}

/// Parked vehicles along the right kerb, the farthest first: what others hide behind, and the farthest one's door where it has one that
/// opens. None stands on a crossing; who would, stands right before it.
pub(super) fn parked(
    (family, binder): (&Family, &Binder<'_>),
    builder: &mut Builder,
    place: &Place,
) -> Result<(Vec<Footprint>, Option<Door>), WorldError> {
    let mut stream = colours(binder, "parked")?;
    let mut front_m = binder.slot("parked_x_m")?;
    let (mut all, mut opens) = (Vec::new(), None);
    for number in 0..(binder.slot("parked_count")? + 0.5) as usize {
        let build = if number == 0 && on(binder, "parked_van")? { VAN } else { CAR };
        let paint = Paint::any(&mut stream);
        if let Some([from_m, to_m]) = place.crossing_m
            && front_m > from_m
            && front_m - 2.0 * build.half.x < to_m
        {
            front_m = from_m;
        }
        let centre = DVec2::new(front_m - build.half.x, place.parked_m);
        let thing = builder.thing(&format!("parked_{}", number + 1));
        let mut parts = looks::vehicle(&build, &paint);
        for part in &mut parts {
            part.at.position += centre.extend(0.0);
        }
        builder.body((thing, 0), Class::Vehicle, None, (BODYWORK, 0.0), parts);
        builder.points(thing, keypoints::vehicle(&build));
        all.push(Footprint { centre, half: build.half.truncate(), ahead: DVec2::X });
        if number == 0 {
            opens = Some((build, paint, centre));
        }
        let [least, more] = PARKED_ROOM_M;
        front_m -= 2.0 * build.half.x + least + more * stream.next_unit();
    }
    if !door::is_wanted(family) {
        return Ok((all, None));
    }
    let open = binder.slot(door::SLOT)?;
    let Some((build, paint, centre)) = opens else {
        // A draw without parked vehicles needs no door where nothing opens one.
        if open == 0.0 && !door::is_opened(family) {
            return Ok((all, None));
        }
        let text = "there is no parked vehicle whose door could open; set `parked_count` to 1 or more".to_owned();
        return Err(WorldError::Bound { field: format!("scene.{}", door::SLOT), text });
    };
    let door = Door::hang(builder, (&build, &paint), centre, open);
    Ok((all, Some(door.ok_or_else(|| lost("door"))?)))
}

/// Vehicles in the other lanes, which keep their speed whatever happens.
pub(super) fn traffic(
    binder: &Binder<'_>,
    builder: &mut Builder,
    (place, cutter): (&Place, Option<&Other>),
) -> Result<(), WorldError> {
    let mut stream = colours(binder, "traffic")?;
    let count = (binder.slot("traffic_count")? + 0.5) as usize;
    let ego_m_s = binder.slot("ego_speed_m_s")?;
    let lanes = place.traffic_lanes(cutter.map(|cutter| cutter.home_m));
    for number in 0..count {
        let Some((y_m, way)) = lanes.get(number % lanes.len().max(1)).copied() else { break };
        let row = (number / lanes.len()) as f64;
        // One slot of the road for each, so that none stands in another.
        let x_m = 28.0 + 55.0 * row + 35.0 * stream.next_unit();
        let speed_m_s = way * (ego_m_s + 3.0 * (stream.next_unit() - 0.5));
        let build = if stream.next_below(4) == 0 { VAN } else { CAR };
        let thing = builder.thing(&format!("traffic_{}", number + 1));
        let rotation = if way < 0.0 { DQuat::from_xyzw(0.0, 0.0, 1.0, 0.0) } else { DQuat::IDENTITY };
        let pose = Pose { position: DVec3::new(x_m, y_m, 0.0), rotation };
        let body = rp::RigidBodyBuilder::kinematic_velocity_based()
            .pose(rapier_pose(&pose))
            .linvel(DVec3::new(speed_m_s, 0.0, 0.0));
        let parts = looks::vehicle(&build, &Paint::any(&mut stream));
        builder.body((thing, 0), Class::Vehicle, Some(body), (BODYWORK, 0.0), parts);
        builder.points(thing, keypoints::vehicle(&build));
    }
    Ok(())
}
