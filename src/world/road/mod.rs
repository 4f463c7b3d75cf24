//! The road stage: an ego vehicle among others, somebody on foot and somebody on a bicycle, on a street in town or on a motorway.
//!
//! x along the road, y left, z up, in metres; the origin lies on the road under the middle of the ego where it begins, in the middle of
//! its lane. One step is 1/240 s. Vehicles stand on suspended tyres with a friction circle, people are dynamic bodies, and whoever is hit
//! is hit by the physics. The ego perceives late, with noise, and only what it sees; it follows and brakes, and does not steer round.
//! The road is straight and level; junctions, signs that mean something and vehicles that give way are deliberately left out. What
//! events let appear is struck, but the ego does not perceive it.

mod bicycle;
mod cast;
mod door;
mod driver;
mod eyes;
mod foliage;
mod keypoints;
mod lamps;
mod lanes;
mod layout;
mod looks;
mod passing;
mod points;
mod rider;
mod scenery;
mod shell;
mod sight;
mod tally;
#[cfg(test)]
mod tests;
mod trim;
mod vehicle;
mod walker;
mod words;

use std::sync::Arc;

use glam::DVec2;
use rapier3d_f64::prelude as rp;

use self::cast::{Cyclist, Other, Passer};
use self::door::Door;
use self::driver::{Driver, Percept, WATCHED};
use self::eyes::Eyes;
use self::looks::Wheels;
use self::passing::{Ways, passing_m};
use self::sight::{Footprint, visible_share};
use self::tally::{Critical, Met, Tally, critical};
use self::vehicle::Vehicle;
use self::walker::Walker;
use self::words::FAR;
use super::WorldError;
use super::criticality::balance::GRAVITY_M_S2;
use super::engine::{Builder, Engine};
use super::facts::Lanes;
use super::fields::Binder;
use super::fixture::Fixtures;
use super::light::Window;
use super::mark::{Drawn, Layer, Mark};
use super::physics;
use super::snapshot::Light;
use super::stage::{Kind, Stage};
use crate::family::Family;

/// The road stage.
pub(super) static KIND: Kind = Kind {
    name: "road",
    physics: empty,
    slots: words::SLOTS,
    live: words::LIVE_SLOTS,
    signals: words::SIGNALS,
    summary: words::SUMMARY,
    movable: &[EGO, LEAD, CUTTER, PEDESTRIAN, CYCLIST],
    pushable: &[],
    lamps: &lamps::ROWS,
    mounts: &[EGO, LEAD, CUTTER, PEDESTRIAN, CYCLIST],
    links: &[(EGO, EGO, ""), (LEAD, LEAD, ""), (CUTTER, CUTTER, "")],
    events_reach: (500.0, 50_000.0),
    placed: words::PLACED,
    footprint: [[-10.0, -12.0], [150.0, 12.0]],
    build,
};

const EGO: &str = "ego";
const LEAD: &str = "lead";
const CUTTER: &str = "cutter";
const PEDESTRIAN: &str = "pedestrian";
const CYCLIST: &str = "cyclist";

/// Who is seen less than this is not recognised.
const SEEN_SHARE: f64 = 0.3;
/// From the ego's middle to the eye of its camera, in metres.
const EYE_M: f64 = 0.4;
/// Where somebody who heeds stops short of the ego's way, in metres.
const HEEDS_WITHIN_M: f64 = 1.0;
/// How soon the ego must arrive so that somebody heeds it, in seconds.
const HEEDS_S: f64 = 3.5;
/// Height of the line to the nearest conflict above the road, in metres.
const MARK_M: f64 = 0.6;
/// How high a line of sight begins; who sees whom is worked out in plan.
const EYE_UP_M: f64 = 1.3;
/// What strays farther than this is no traffic any more, in metres.
const WORLD_M: f64 = 5000.0;

/// An empty world for things as large as cars.
fn empty() -> rp::PhysicsWorld {
    let mut physics = physics::shared();
    physics.integration_parameters.length_unit = 1.0;
    physics
}

/// The road and who is on it, at a draw.
struct Road {
    ego: Vehicle,
    driver: Driver,
    lead: Option<Other>,
    cutter: Option<Other>,
    pedestrian: Option<Passer>,
    cyclist: Option<Cyclist>,
    /// Where the ego and the cyclist have been.
    ways: Option<Ways>,
    /// What hides others: parked vehicles.
    parked: Vec<Footprint>,
    /// The door of one of them, where one may open.
    door: Option<Door>,
    /// Where the ego drives across the road, as the scene has it.
    line_m: f64,
    /// The ground, which everything may touch.
    ground: usize,
    wheels: Vec<Wheels>,
    lanes: Arc<Lanes>,
    friction: f64,
    window: Window,
    lamps: Fixtures,
    eyes: Eyes,
    now: Now,
    tally: Tally,
}

/// What there is after a step.
#[derive(Clone, Debug)]
struct Now {
    critical: Critical,
    /// Lead, cutter, pedestrian, cyclist: how the ego meets them and which share of them it sees.
    met: [Option<(Met, f64)>; WATCHED],
    ego: Met,
    /// Since when the pedestrian has had a reason to stop.
    heeds_since_s: Option<f64>,
}

/// Puts the road and everybody of `binder`'s draw into the world.
fn build(family: &Family, binder: &Binder<'_>, builder: &mut Builder) -> Result<Box<dyn Stage>, WorldError> {
    cast::check_events(family)?;
    let place = layout::Place::of(binder)?;
    let ground = layout::build(binder, builder, &place)?;
    let (ego, driver) = cast::ego(binder, builder)?;
    let lead = cast::lead(binder, builder, &ego)?;
    let cutter = cast::cutter(binder, builder, (&ego, &place))?;
    let pedestrian = cast::pedestrian(binder, builder)?;
    let cyclist = cast::cyclist(binder, builder)?;
    let (parked, door) = cast::parked((family, binder), builder, &place)?;
    cast::traffic(binder, builder, (&place, cutter.as_ref()))?;
    let lamps = lamps::of((family, binder), builder, (&place, &ego))?;
    let driven = [Some(&ego), lead.as_ref().map(|other| &other.vehicle), cutter.as_ref().map(|other| &other.vehicle)];
    let wheels = driven.into_iter().flatten().map(|vehicle| looks::wheels(&vehicle.build, vehicle.thing)).collect();
    let eyes = Eyes::new(place.tunnel, (binder.slot("sensor_range_m")?, binder.slot("adapt_s")?), EYE_M);
    let window = Window::of(family, binder)?;
    let met = met_of(&ego);
    let now = Now { critical: Critical::NOBODY, met: [None; WATCHED], ego: met, heeds_since_s: None };
    let friction = binder.slot("road_friction")?;
    let line_m = binder.slot("ego_line_m")?;
    let lanes = Arc::new(lanes::of(&place));
    let (tally, ways) = (Tally::new(), cyclist.as_ref().map(|_| Ways::new()));
    let mut road = Road {
        ego,
        driver,
        lead,
        cutter,
        pedestrian,
        cyclist,
        ways,
        parked,
        door,
        line_m,
        ground,
        wheels,
        lanes,
        friction,
        window,
        lamps,
        eyes,
        now,
        tally,
    };
    road.look_round(friction);
    Ok(Box::new(road))
}

/// A vehicle as the ego meets it.
fn met_of(vehicle: &Vehicle) -> Met {
    let now = &vehicle.now;
    let footprint = Footprint { centre: now.at.truncate(), half: vehicle.build.half.truncate(), ahead: now.ahead };
    Met { footprint, velocity: now.velocity, accel_m_s2: now.accel_m_s2, follows: true }
}

/// Somebody on foot or on a bicycle as the ego meets them.
fn met_walker(walker: &Walker, follows: bool) -> Met {
    let footprint = Footprint { centre: walker.at.truncate(), half: walker.half, ahead: walker.ahead };
    Met { footprint, velocity: walker.velocity, accel_m_s2: 0.0, follows }
}

impl Road {
    /// Everybody whom the ego watches, in the order of [`Now::met`].
    fn watched(&self) -> [Option<Met>; WATCHED] {
        let other = |other: &Option<Other>| other.as_ref().map(|other| met_of(&other.vehicle));
        let pedestrian = self.pedestrian.as_ref().map(|one| met_walker(&one.walker, false));
        let cyclist = self.cyclist.as_ref().map(|one| met_walker(&one.walker, true));
        [other(&self.lead), other(&self.cutter), pedestrian, cyclist]
    }

    /// The numbers of the things whom the ego watches.
    fn things(&self) -> [Option<usize>; WATCHED] {
        let other = |other: &Option<Other>| other.as_ref().map(|other| other.vehicle.thing);
        let pedestrian = self.pedestrian.as_ref().map(|one| one.walker.thing);
        let cyclist = self.cyclist.as_ref().map(|one| one.walker.thing);
        [other(&self.lead), other(&self.cutter), pedestrian, cyclist]
    }

    /// Works out what there is to see and how critical it is on a road of `friction`.
    fn look_round(&mut self, friction: f64) {
        let watched = self.watched();
        let ego = met_of(&self.ego);
        let eye = ego.footprint.centre + ego.footprint.ahead * EYE_M;
        let vehicles = || watched.iter().take(2).flatten().map(|met| met.footprint);
        let met = core::array::from_fn(|at| {
            let one = watched.get(at).copied().flatten()?;
            let between = self.parked.iter().copied().chain(vehicles().filter(|other| *other != one.footprint));
            // Whom the ego has passed, it does not look at.
            let ahead = one.footprint.centre.x + one.footprint.half.x > eye.x;
            Some((one, if ahead { visible_share(eye, &one.footprint, &between) } else { 0.0 }))
        });
        let strongest = (friction * GRAVITY_M_S2).min(self.ego.brake_most_m_s2());
        let critical = critical(&ego, watched.iter().flatten(), strongest);
        self.now = Now { critical, met, ego, heeds_since_s: self.now.heeds_since_s };
    }

    /// What the ego perceives of everybody under the light of `window`.
    fn seen(&self, window: &Window) -> driver::Scene {
        let front_m = self.ego.bumper(1.0).x;
        let own = &self.now.ego.footprint;
        core::array::from_fn(|at| {
            let (met, share) = self.now.met.get(at).copied().flatten()?;
            let centre = met.footprint.centre;
            let range_m = self.eyes.range_m(own.centre.x, centre.x, window);
            if share < SEEN_SHARE || centre.x - own.centre.x > range_m {
                return None;
            }
            let (low, high) = met.footprint.bounds();
            Some(Percept {
                gap_m: low.x - front_m,
                speed_m_s: met.velocity.x,
                beside_m: centre.y,
                beside_m_s: met.velocity.y,
                half_m: 0.5 * (high.y - low.y),
            })
        })
    }

    /// When the ego's front reaches the pedestrian at its present speed; [`FAR`] where it does not.
    fn arrives_s(&self) -> f64 {
        let Some(passer) = &self.pedestrian else { return FAR };
        let gap_m = passer.walker.at.x - self.ego.bumper(1.0).x;
        let speed_m_s = self.ego.now.speed_m_s;
        if gap_m < 0.0 || speed_m_s < 0.1 { FAR } else { (gap_m / speed_m_s).min(FAR) }
    }

    /// Whether the pedestrian, who heeds, has had a reason to stop for as long as its reaction takes.
    fn heeds(&mut self, time_s: f64) -> bool {
        let arrives_s = self.arrives_s();
        let half_m = self.ego.build.half.y;
        let Some(passer) = self.pedestrian.as_ref().filter(|passer| passer.heeds) else { return false };
        // Still outside the ego's way, and on the way into it.
        let beside_m = passer.walker.at.y - self.ego.now.at.y;
        let outside_m = beside_m.abs() - half_m - passer.walker.half.y;
        let comes = beside_m * passer.walker.ahead.y < 0.0;
        if !(comes && outside_m > 0.0 && outside_m < HEEDS_WITHIN_M + 1.0 && arrives_s < HEEDS_S) {
            self.now.heeds_since_s = None;
            return false;
        }
        time_s - *self.now.heeds_since_s.get_or_insert(time_s) >= passer.reaction_s
    }

    /// Moves everybody but the ego.
    fn move_others(&mut self, engine: &mut Engine, friction: f64) {
        let heeds = self.heeds(engine.time_s());
        if let Some(lead) = &mut self.lead {
            let speed = engine.slot("lead_speed_m_s", lead.speed_m_s);
            let brakes = engine.slot("lead_brakes_m_s2", lead.brakes_m_s2);
            lead.drive(engine, (0.0, speed, brakes), friction);
        }
        if let Some(cutter) = &mut self.cutter {
            let speed = engine.slot("cutter_speed_m_s", cutter.speed_m_s);
            let brakes = engine.slot("cutter_brakes_m_s2", cutter.brakes_m_s2);
            let line_m = cutter.home_m * (1.0 - engine.slot("cutter_shift", cutter.shift));
            cutter.drive(engine, (line_m, speed, brakes), friction);
        }
        if let Some(passer) = &mut self.pedestrian {
            let speed = if heeds { 0.0 } else { engine.slot("pedestrian_speed_m_s", passer.speed_m_s) };
            passer.go(engine, passer.walker.ahead * speed);
        }
        if let Some(door) = &mut self.door {
            let open = engine.slot(door::SLOT, door.open);
            door.swing(engine, open);
        }
        if let Some(cyclist) = &mut self.cyclist {
            let speed = engine.slot("cyclist_speed_m_s", cyclist.speed_m_s);
            let line_m = engine.slot("cyclist_y_m", cyclist.line_m);
            cyclist.go(engine, (line_m, speed), self.door.as_ref().and_then(Door::obstacle));
        }
    }

    /// Turns the wheels and lights the lamps of the vehicles, and shades what is in the tunnel.
    fn show(&self, engine: &mut Engine) {
        let others = [&self.lead, &self.cutter].into_iter().flatten().map(|other| &other.vehicle);
        for (vehicle, wheels) in std::iter::once(&self.ego).chain(others).zip(&self.wheels) {
            wheels.show(engine, vehicle);
        }
        let Some(tunnel) = &self.eyes.tunnel else { return };
        let places = self.things().into_iter().zip(&self.now.met);
        let places = places.filter_map(|(thing, met)| thing.zip(met.map(|(met, _)| met.footprint.centre.x)));
        for (thing, x_m) in places.chain([(self.ego.thing, self.ego.now.at.x)]) {
            engine.set_lit(thing, tunnel.share(x_m));
        }
    }

    /// The smallest post-encroachment time between the ego and the cyclist; [`FAR`] where their ways do not meet.
    fn cyclist_pet_s(&self) -> f64 {
        // Who touches is in the same place, even if only their edges are.
        if self.tally.struck_cyclist { 0.0 } else { self.ways.as_ref().map_or(FAR, Ways::pet_s) }
    }

    /// Looks whether the ego has hit something in this step, and how fast.
    fn strike(&mut self, engine: &Engine, before: &Now) {
        if self.tally.struck.is_some() {
            return;
        }
        let Some(other) = engine.touches.other(self.ego.thing, self.ground) else { return };
        let known = self.things().iter().position(|thing| *thing == Some(other));
        let velocity =
            known.and_then(|at| before.met.get(at).copied().flatten()).map_or(DVec2::ZERO, |(met, _)| met.velocity);
        self.tally.struck = Some((engine.time_s(), before.ego.velocity.distance(velocity)));
        if self.pedestrian.as_ref().is_some_and(|passer| passer.walker.thing == other) {
            self.tally.meet(engine.time_s());
        }
        if self.cyclist.as_ref().is_some_and(|one| one.walker.thing == other) {
            (self.tally.struck_cyclist, self.tally.passing_min_m) = (true, 0.0);
        }
        self.driver.strike();
    }
}

impl Stage for Road {
    fn act(&mut self, engine: &mut Engine) {
        let friction = engine.slot("road_friction", self.friction);
        let window = self.window.now(engine);
        let scene = self.seen(&window);
        let line_m = engine.slot("ego_line_m", self.line_m);
        let pedals = self.driver.act(engine.time_s(), &scene, &self.ego.now, line_m);
        self.ego.drive(engine, &pedals, friction);
        self.move_others(engine, friction);
        self.show(engine);
    }

    fn follow(&mut self, engine: &Engine) -> bool {
        let time_s = engine.time_s();
        let before = self.now.clone();
        self.ego.sense(engine);
        for other in [&mut self.lead, &mut self.cutter].into_iter().flatten() {
            other.vehicle.sense(engine);
        }
        let passers = self.pedestrian.iter_mut().map(|one| &mut one.walker);
        for walker in passers.chain(self.cyclist.iter_mut().map(|one| &mut one.walker)) {
            let hit = engine.touches.other(walker.thing, self.ground).is_some();
            walker.sense(engine, hit);
        }
        self.eyes.adapt(self.ego.now.at.x + EYE_M);
        self.look_round(engine.slot("road_friction", self.friction));
        if let [_, _, Some((met, _)), _] = &self.now.met {
            self.tally.conflict(time_s, &self.now.ego.footprint, &met.footprint);
        }
        if let ([.., Some((met, _))], Some(ways), None) = (&self.now.met, &mut self.ways, self.tally.struck) {
            ways.follow(time_s, [&self.now.ego.footprint, &met.footprint]);
            self.tally.pass(passing_m(&self.now.ego.footprint, &met.footprint));
        }
        self.strike(engine, &before);
        let own = self.ego.now;
        self.tally.follow(&self.now.critical, (own.at.x, own.speed_m_s, own.accel_m_s2));
        if let [_, _, Some((met, share)), _] = &self.now.met {
            let walks = met.velocity.length() > 0.2 && met.footprint.centre.x > own.at.x;
            if walks && *share < SEEN_SHARE && self.tally.struck.is_none() {
                self.tally.occluded_s += physics::STEP_S;
            }
        }
        let all = self.now.met.iter().flatten().map(|(met, _)| met.footprint.centre);
        all.chain([own.at.truncate(), own.velocity]).all(|at| at.is_finite() && at.length() < WORLD_M)
    }

    fn light(&self, engine: &Engine) -> Light {
        let window = self.window.now(engine);
        looks::daylight(&window, self.eyes.adapted_ev)
    }

    fn lamps(&self) -> Option<&Fixtures> {
        Some(&self.lamps)
    }

    fn signals(&self, engine: &Engine) -> Vec<f64> {
        let own = &self.ego.now;
        let now = &self.now;
        let front_m = self.ego.bumper(1.0).x;
        let [lead, cutter, pedestrian, cyclist] = &now.met;
        let gap = |met: &Option<(Met, f64)>| met.map_or(FAR, |(met, _)| met.footprint.bounds().0.x - front_m);
        let speed = |met: &Option<(Met, f64)>| met.map_or(0.0, |(met, _)| met.velocity.length());
        let at = |met: &Option<(Met, f64)>| met.map_or(DVec2::new(FAR, FAR), |(met, _)| met.footprint.centre);
        let share = |met: &Option<(Met, f64)>| met.map_or(0.0, |(_, share)| share);
        let emergency = f64::from(u8::from(self.driver.in_emergency(engine.time_s())));
        let range_m = self.eyes.range_m(own.at.x, own.at.x + 30.0, &self.window.now(engine));
        let Critical { ttc_s, drac_m_s2, btn, rss_margin_m, .. } = now.critical;
        let told = self.ego.told;
        vec![
            engine.time_s(),
            own.at.x,
            own.at.y,
            own.speed_m_s,
            own.accel_m_s2,
            self.ego.brake(),
            emergency,
            self.ego.steer_rad(),
            gap(lead),
            speed(lead),
            gap(cutter),
            at(cutter).y,
            speed(cutter),
            at(pedestrian).x,
            at(pedestrian).y,
            speed(pedestrian),
            share(pedestrian),
            self.arrives_s(),
            at(cyclist).x,
            at(cyclist).y,
            share(cyclist),
            speed(cyclist),
            cyclist.map_or(FAR, |(met, _)| passing_m(&now.ego.footprint, &met.footprint)),
            self.door.as_ref().map_or(0.0, |door| door.now),
            share(lead),
            share(cutter),
            range_m,
            ttc_s,
            drac_m_s2,
            btn,
            rss_margin_m,
            self.eyes.adapted_ev,
            engine.light_level(),
            told.throttle,
            told.brake,
            told.accel_m_s2,
            told.steer_rad,
            libm::atan2(own.ahead.y, own.ahead.x),
            own.yaw_rate_rad_s,
        ]
    }

    fn summary(&self, engine: &Engine) -> Vec<f64> {
        let tally = &self.tally;
        vec![
            tally.worst.btn,
            if tally.struck.is_some() { 0.0 } else { tally.worst.clearance_m },
            f64::from(u8::from(tally.struck.is_some())),
            tally.struck.map_or(-1.0, |(at_s, _)| at_s),
            f64::from(u8::from(self.cyclist.as_ref().is_some_and(|one| !one.walker.upright))),
            self.cyclist_pet_s(),
            tally.worst.drac_m_s2,
            tally.brake_max_m_s2,
            tally.struck.map_or(0.0, |(_, speed)| speed),
            tally.occluded_s,
            tally.passing_min_m,
            tally.pet_s(engine.time_s()),
            tally.rss_violation_s,
            tally.stop_distance_m(),
            tally.worst.ttc_s,
        ]
    }

    fn lanes(&self) -> Option<Arc<Lanes>> {
        Some(Arc::clone(&self.lanes))
    }

    fn marks(&self, _engine: &Engine) -> Vec<Mark> {
        let own = &self.now.ego;
        let names = [LEAD, CUTTER, PEDESTRIAN, CYCLIST];
        let met = || names.into_iter().zip(&self.now.met).filter_map(|(name, met)| Some((name, (*met)?)));
        let each = met().map(|(name, (met, _))| (name, met));
        // The time to collision does not ask how strong the brakes are.
        let timed = each.map(|(name, met)| (name, met, critical(own, std::iter::once(&met), 1.0).ttc_s));
        let nearest = timed.filter(|(.., ttc_s)| *ttc_s < FAR).min_by(|a, b| a.2.total_cmp(&b.2));
        let at = |met: &Met| met.footprint.centre.extend(MARK_M);
        let mark = |(name, met, ttc_s): (&str, Met, f64)| Mark {
            layer: Layer::Conflict,
            name: format!("time to collision with the {name}"),
            value: Some((ttc_s, "s")),
            drawn: Drawn::Line([at(own), at(&met)]),
        };
        let eye = (own.footprint.centre + own.footprint.ahead * EYE_M).extend(EYE_UP_M);
        let sight = met().map(|(name, (met, share))| Mark::sight(name, eye, at(&met), share));
        nearest.map(mark).into_iter().chain(sight).collect()
    }
}
