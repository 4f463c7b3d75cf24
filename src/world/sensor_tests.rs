//! Sensors read what mechanics says of rest, free fall, spin, slopes and pushes.

use std::collections::BTreeMap;

use glam::DVec3;

use super::criticality::balance::GRAVITY_M_S2;
use super::{Episode, World, WorldError, check, simulate};
use crate::base::Silent;
use crate::family::validate::Prepared;
use crate::family::{Action, Axes, Bound, Entity, Event, Family, Files, Form, Reading, Sensor};
use crate::sample::Draw;

fn draw() -> Draw {
    Draw { index: 0, refused: 0, values: BTreeMap::new(), ln_weight: 0.0 }
}

/// A second on the floor of the balance stage, every physics step recorded.
fn family(entities: Vec<Entity>, sensors: Vec<Sensor>) -> Family {
    let mut family = Family::new("sensors", "Sensors", "balance");
    family.entities = entities;
    family.sensors = sensors;
    family.clock.duration_s = 1.0;
    family.clock.frame_rate_hz = 240.0;
    family.rare_event = "fallen > 0.5".to_owned();
    family
}

fn ran(family: &Family) -> Episode {
    simulate(family, &draw(), &Silent).unwrap()
}

/// A box of 5 kg, 0.2 m a side, whose middle is at `at_m`.
fn block(at_m: [f64; 3]) -> Entity {
    let shape = Form::Box { size_m: [0.2; 3].map(Bound::Number) };
    Entity { mass_kg: Some(Bound::Number(5.0)), ..Entity::new("block", shape, at_m) }
}

fn imu(on: &str) -> Sensor {
    Sensor::new("imu", on, Reading::imu())
}

fn wrench(name: &str, on: &str, axes: Axes) -> Sensor {
    Sensor::new(name, on, Reading::wrench(axes))
}

/// Three readings of a sensor at a recorded state.
fn three(episode: &Episode, name: &str, endings: [&str; 3], at: usize) -> DVec3 {
    DVec3::from_array(endings.map(|ending| episode.signals[&format!("{name}_{ending}")][at]))
}

const ACCEL: [&str; 3] = ["ax_m_s2", "ay_m_s2", "az_m_s2"];
const FORCE: [&str; 3] = ["fx_n", "fy_n", "fz_n"];
const TORQUE: [&str; 3] = ["tx_nm", "ty_nm", "tz_nm"];

#[test]
fn at_rest_it_reads_gravity_upwards_and_in_free_fall_nothing() {
    let mut turned = imu("block");
    turned.name = "turned".to_owned();
    turned.turn_deg[1] = Bound::Number(90.0);
    let rest = ran(&family(vec![block([1.5, 0.0, 0.1])], vec![imu("block"), turned]));
    let last = rest.signals["time_s"].len() - 1;
    assert!(three(&rest, "imu", ACCEL, last).distance(DVec3::Z * GRAVITY_M_S2) < 0.02);
    assert!(three(&rest, "imu", ACCEL, 0).distance(DVec3::Z * GRAVITY_M_S2) < 1e-9, "before the first step");
    // A quarter turn about y brings the sensor's x down: up is along its −x.
    assert!(three(&rest, "turned", ACCEL, last).distance(DVec3::NEG_X * GRAVITY_M_S2) < 0.02);
    let falls = ran(&family(vec![block([1.5, 0.0, 6.0])], vec![imu("block"), wrench("feels", "block", Axes::Own)]));
    for at in 1..=last {
        assert!(three(&falls, "imu", ACCEL, at).length() < 1e-9, "{at}: {}", three(&falls, "imu", ACCEL, at));
        assert_eq!(three(&falls, "feels", FORCE, at), DVec3::ZERO);
    }
}

#[test]
fn off_the_middle_of_what_spins_it_reads_the_centripetal_acceleration() {
    let (rate, radius) = (10.0, 0.3);
    let mut off = imu("ball");
    off.at_m[0] = Bound::Number(radius);
    let ball = Entity {
        mass_kg: Some(Bound::Number(1.0)),
        ..Entity::new("ball", Form::Sphere { radius_m: Bound::Number(0.1) }, [1.5, 0.0, 6.0])
    };
    let mut world = World::build(&family(vec![ball], vec![off]), &draw()).unwrap();
    world.engine.with_body("ball", |body| body.set_angvel(DVec3::Z * rate, true));
    for _ in 0..30 {
        world.step().unwrap();
    }
    let all = world.signals();
    let [ax, ay, az, wx, wy, wz] = *all.last_chunk().unwrap();
    assert!((ax + rate * rate * radius).abs() < 1e-6 && ay.abs() < 1e-6 && az.abs() < 1e-9, "{ax} {ay} {az}");
    assert!(wx.abs() < 1e-9 && wy.abs() < 1e-9 && (wz - rate).abs() < 1e-6, "{wx} {wy} {wz}");
}

#[test]
fn on_a_slope_the_weight_is_shared_between_normal_and_tangential_force() {
    for slope_deg in [8.0_f64, 20.0] {
        let slope = slope_deg.to_radians();
        let mut ramp = Entity::new("ramp", Form::Box { size_m: [1.0, 1.0, 0.2].map(Bound::Number) }, [2.0, 0.0, 1.0]);
        ramp.turn_deg[1] = Bound::Number(slope_deg);
        let up = DVec3::new(libm::sin(slope), 0.0, libm::cos(slope));
        let mut lies = block((DVec3::new(2.0, 0.0, 1.0) + up * 0.2).to_array());
        lies.turn_deg[1] = Bound::Number(slope_deg);
        let sensors = vec![wrench("own", "block", Axes::Own), wrench("world", "block", Axes::World)];
        let mut family = family(vec![ramp, lies], sensors);
        family.clock.duration_s = 2.0;
        let episode = ran(&family);
        let (last, weight) = (episode.signals["time_s"].len() - 1, 5.0 * GRAVITY_M_S2);
        let (along, across) = (weight * libm::sin(slope), weight * libm::cos(slope));
        // Its own x runs downhill: friction holds it uphill.
        let own = three(&episode, "own", FORCE, last);
        assert!((-own.x / along - 1.0).abs() < 0.02, "{slope_deg}°: friction {own} of {along}");
        assert!((own.z / across - 1.0).abs() < 0.02 && own.y.abs() < 0.01 * weight, "{slope_deg}°: {own} of {across}");
        let world = three(&episode, "world", FORCE, last);
        assert!(world.distance(DVec3::Z * weight) < 0.02 * weight, "it holds the weight up: {world}");
        // About the middle, which rests, nothing turns.
        assert!(three(&episode, "world", TORQUE, last).length() < 0.02 * weight * 0.1);
        let touch = episode.contacts.iter().find(|touch| touch.a == "ramp" && touch.b == "block").unwrap();
        assert!((0.98..1.6).contains(&(touch.tangential_max_n / along)), "more while it settles: {touch:?}");
        let foot = DVec3::new(2.0, 0.0, 1.0) + up * 0.1;
        assert!(DVec3::from_array(touch.at_m).distance(foot) < 0.02 + 0.1 * libm::tan(slope), "{touch:?} at {foot}");
    }
}

#[test]
fn soles_carry_a_standing_robot_and_change_its_momentum_as_newton_says() {
    let soles = ["left_foot", "right_foot"].map(|foot| wrench(foot.split('_').next().unwrap(), foot, Axes::World));
    let mut family = family(Vec::new(), soles.to_vec());
    family.sensors[0].name = "left_sole".to_owned();
    family.sensors[1].name = "right_sole".to_owned();
    family.clock.duration_s = 1.5;
    let kg =
        super::rig::urdf::read("humanoid.urdf", include_str!("../../assets/rigs/humanoid.urdf")).unwrap().mass_kg();
    let calm = ran(&family);
    let sum =
        |episode: &Episode, at: usize| three(episode, "left_sole", FORCE, at) + three(episode, "right_sole", FORCE, at);
    let mean = (240..360).map(|at| sum(&calm, at)).sum::<DVec3>() / 120.0;
    assert!((mean.z / (kg * GRAVITY_M_S2) - 1.0).abs() < 0.01, "{mean} for {kg} kg");
    // On its ankles alone: both soles stay where they are.
    family.scene.insert("strategy".to_owned(), Bound::Number(1.0));
    let impulse_ns = [5.0, 0.0, 0.0].map(Bound::Number);
    let push = Action::Push { entity: "humanoid".to_owned(), impulse_ns, at_m: None };
    family.events = vec![Event::at("push", Bound::Number(0.5), push)];
    let pushed = ran(&family);
    // After the push only gravity and the ground act on it.
    let (from, to) = (130, 200);
    let impulse = (from + 1..=to).map(|at| sum(&pushed, at) / 240.0).sum::<DVec3>();
    let velocity =
        |at: usize| DVec3::from_array(["x", "y", "z"].map(|axis| pushed.signals[&format!("centre_v{axis}_m_s")][at]));
    let gained = (velocity(to) - velocity(from)) * kg;
    let weighs = DVec3::Z * (kg * GRAVITY_M_S2 * (to - from) as f64 / 240.0);
    assert!(gained.x.abs() > 2.0, "its feet brake it: {gained}");
    assert!((impulse - weighs).distance(gained) < 0.05 * gained.length() + 0.3, "{} for {gained}", impulse - weighs);
}

#[test]
fn pushes_and_bumps_are_the_integral_of_what_is_read() {
    let mut flies = block([1.5, 0.0, 6.0]);
    flies.velocity_m_s[0] = Bound::Number(2.0);
    let wall = Entity::new("slab", Form::Box { size_m: [0.1, 4.0, 12.0].map(Bound::Number) }, [2.0, 0.0, 6.5]);
    let mut family = family(vec![flies, wall], vec![imu("block"), wrench("feels", "slab", Axes::World)]);
    family.clock.duration_s = 0.8;
    let bumps = ran(&family);
    let impulse: f64 = bumps.signals["feels_fx_n"].iter().sum::<f64>() / 240.0;
    let x = &bumps.signals["block_x_m"];
    let left = (x[x.len() - 1] - x[x.len() - 2]) * 240.0;
    // Solvers push what has sunk in out again: what it flies back with was given by the slab, too.
    let expected = 5.0 * (2.0 - left);
    assert!(left < 0.01 && (impulse / expected - 1.0).abs() < 0.02, "{impulse} N s of {expected}");
    let impulse_ns = [0.0, 5.0, 0.0].map(Bound::Number);
    let mut push =
        Event::at("push", Bound::Number(0.1), Action::Push { entity: "block".to_owned(), impulse_ns, at_m: None });
    push.over_s = Bound::Number(0.2);
    family.events = vec![push];
    family.entities.truncate(1);
    family.sensors.truncate(1);
    let pushed = ran(&family);
    let gained: f64 = pushed.signals["imu_ay_m_s2"].iter().sum::<f64>() / 240.0;
    assert!((gained - 1.0).abs() < 1e-6, "5 N s on 5 kg: {gained} m/s");
    assert!(pushed.signals["imu_wz_rad_s"].iter().all(|rate| rate.abs() < 1e-9), "through its middle");
}

#[test]
fn a_push_is_read_in_its_step_on_a_robots_link_too() {
    // Root and a link on one line along x, about which that turns: a push along it moves both as one.
    let inertial = "<inertial><mass value=\"2\"/><inertia ixx=\"0.1\" iyy=\"0.1\" izz=\"0.1\" ixy=\"0\" ixz=\"0\" iyz=\"0\"/></inertial>";
    let text = format!(
        "<robot name=\"dart\"><link name=\"tail\">{inertial}</link><link name=\"head\">{inertial}</link>
         <joint name=\"j\" type=\"continuous\"><parent link=\"tail\"/><child link=\"head\"/><origin xyz=\"0.3 0 0\"/></joint></robot>"
    );
    let mut form = Form::rig("dart.urdf");
    if let Form::Rig { fixed, controller, .. } = &mut form {
        *fixed = false;
        "limp".clone_into(controller);
    }
    let mut family = family(vec![Entity::new("dart", form, [1.5, 0.0, 8.0])], vec![imu("dart")]);
    family.files =
        Files::read(family.file_names(), &|path| Ok((path == "dart.urdf").then(|| text.clone().into_bytes())));
    let impulse_ns = [4.0, 0.0, 0.0].map(Bound::Number);
    // Half a step before the step that it is given in, as deeds are.
    let at_s = Bound::Number(60.5 / 240.0);
    family.events = vec![Event::at("push", at_s, Action::Push { entity: "dart".to_owned(), impulse_ns, at_m: None })];
    let read = ran(&family).signals["imu_ax_m_s2"].clone();
    let strong: Vec<(usize, f64)> = read.iter().copied().enumerate().filter(|(_, accel)| accel.abs() > 1e-6).collect();
    assert!(strong.len() == 1 && (strong[0].1 / 240.0 - 1.0).abs() < 1e-6, "4 N s on 4 kg in one step: {strong:?}");
}

#[test]
fn what_would_be_recorded_twice_is_refused_before_anything_is_built() {
    let refused = |family: &Family| simulate(family, &draw(), &Silent).unwrap_err().to_string();
    let twice = family(vec![block([1.5, 0.0, 0.1])], vec![imu("block"), imu("torso")]);
    assert_eq!(
        refused(&twice),
        "`imu_ax_m_s2` would be recorded twice; give the thing, its rig's joint or the sensor another name"
    );
    let mut things = family(vec![block([1.5, 0.0, 0.1]), block([1.5, 1.0, 0.1])], Vec::new());
    assert!(refused(&things).starts_with("`block_x_m` would be recorded twice"), "{}", refused(&things));
    things.entities[1].name = "left_foot".to_owned();
    assert!(refused(&things).contains("left_foot_x_m"), "the stage's own: {}", refused(&things));
}

#[test]
fn noise_has_its_deviation_and_its_seed_and_the_rate_is_the_familys() {
    let quiet = family(vec![block([1.5, 0.0, 6.0])], vec![imu("block")]);
    let mut noisy = quiet.clone();
    if let Reading::Imu { accel_noise_m_s2, gyro_noise_rad_s, .. } = &mut noisy.sensors[0].reads {
        (*accel_noise_m_s2, *gyro_noise_rad_s) = (Bound::Number(0.5), Bound::Number(0.02));
    }
    let one = ran(&noisy);
    for (name, expected) in [("imu_ax_m_s2", 0.5), ("imu_wz_rad_s", 0.02)] {
        let all = &one.signals[name];
        let deviation = libm::sqrt(all.iter().map(|value| value * value).sum::<f64>() / all.len() as f64);
        assert!((deviation / expected - 1.0).abs() < 0.15, "{name}: {deviation}");
    }
    assert_eq!(one, ran(&noisy), "the same bits");
    noisy.sensors[0].noise_seed = Bound::Number(2.0);
    assert_ne!(one.signals, ran(&noisy).signals, "other noise");
    // At another rate the states that both have read the same.
    noisy.clock.frame_rate_hz = 24.0;
    let (fine, coarse) = (ran(&Family { clock: quiet.clock, ..noisy.clone() }), ran(&noisy));
    for (at, value) in coarse.signals["imu_ax_m_s2"].iter().enumerate() {
        assert_eq!(*value, fine.signals["imu_ax_m_s2"][10 * at]);
    }
}

#[test]
fn a_sensor_on_nothing_is_refused_in_a_sentence_and_a_file_keeps_the_rest() {
    let mut family = family(vec![block([1.5, 0.0, 0.1])], vec![imu("tors"), wrench("sole", "left_foot", Axes::World)]);
    let found = |family: &Family| -> Vec<String> {
        check(family, &Prepared::of(family)).iter().map(|one| format!("{}: {}", one.field, one.text)).collect()
    };
    let told = found(&family);
    assert!(
        told.len() == 1
            && told[0].contains("sensors[0].on: there is no link or thing `tors` for a sensor (did you mean `torso`?)"),
        "{told:?}"
    );
    let built = World::build(&family, &draw()).map(|_| ()).unwrap_err();
    assert!(matches!(&built, WorldError::Sensor { name, .. } if name == "imu"), "{built}");
    family.sensors[0].on = "torso".to_owned();
    assert_eq!(found(&family), Vec::<String>::new());
    let read = crate::family::parse(&crate::family::canonical(&family), "sensors.ron").unwrap();
    assert_eq!(read, family, "a file keeps them");
    family.sensors[0].at_m[2] = Bound::Number(11.0);
    assert!(found(&family)[0].starts_with("sensors[0].at_m.z: "), "{:?}", found(&family));
    let mut road = Family::new("road", "Road", "road");
    road.sensors = vec![imu("lead")];
    let absent = World::build(&road, &draw()).map(|_| ()).unwrap_err().to_string();
    assert!(absent.contains("`lead` is not in this scene"), "{absent}");
    road.sensors = vec![imu("ego")];
    let rides = ran(&Family { clock: crate::family::Clock { duration_s: 0.5, frame_rate_hz: 30.0 }, ..road });
    assert!(
        rides.signals["imu_az_m_s2"].last().is_some_and(|up| (up - GRAVITY_M_S2).abs() < 0.3),
        "{:?}",
        rides.signals["imu_az_m_s2"]
    );
}

#[test]
fn a_receiver_loses_its_satellites_in_a_tunnel_and_finds_them_behind_it() {
    let mut road = Family::new("road", "Road", "road");
    for (slot, value) in
        [("tunnel_length_m", 80.0), ("tunnel_exit_m", 30.0), ("ego_speed_m_s", 25.0), ("motorway", 1.0)]
    {
        road.scene.insert(slot.to_owned(), Bound::Number(value));
    }
    road.clock = crate::family::Clock { duration_s: 3.0, frame_rate_hz: 30.0 };
    let mut gnss = Sensor::new("gnss", "ego", Reading::gnss());
    if let Reading::Gnss { level_noise_m, up_noise_m, level_drift_m, up_drift_m, latency_s, .. } = &mut gnss.reads {
        for bound in [level_noise_m, up_noise_m, level_drift_m, up_drift_m, latency_s] {
            *bound = Bound::Number(0.0);
        }
    }
    gnss.at_m[2] = Bound::Number(1.5);
    road.sensors = vec![gnss];
    let told = ran(&road).signals;
    let (fix, x, true_x) = (&told["gnss_fix"], &told["gnss_x_m"], &told["ego_x_m"]);
    assert!(fix[..15].iter().all(|fix| *fix == 0.0) && told["gnss_satellites"][0] < 4.0, "under the roof: {fix:?}");
    assert!(fix[60..].iter().all(|fix| *fix == 1.0), "in the open: {fix:?}");
    assert!(x[14].abs() < 1e-6 && true_x[14] > 8.0, "it tells where it was last");
    for at in (60..91).step_by(3) {
        // Ten fixes a second at thirty states: every third is as fresh as can be.
        assert!((x[at] - true_x[at]).abs() < 0.1, "{at}: {} at {}", x[at], true_x[at]);
        assert!((told["gnss_vx_m_s"][at] - 25.0).abs() < 1.0 && told["gnss_age_s"][at] < 1e-6);
    }
    let east = (told["gnss_longitude_deg"][90] - 11.0) * 74_632.0;
    assert!((east - x[90]).abs() < 0.1, "x points east: {east} for {}", x[90]);
    assert!((told["gnss_height_m"][90] - 501.5).abs() < 0.1, "{}", told["gnss_height_m"][90]);
}
