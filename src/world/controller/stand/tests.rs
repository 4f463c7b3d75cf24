//! A humanoid that is pushed: what each strategy is worth, and that the physics topples it when mechanics says so.

use std::sync::Arc;

use glam::DVec3;
use rapier3d_f64::prelude as rp;
use rayon::prelude::*;

use super::*;
use crate::base::{Pose, StreamKey};
use crate::world::criticality::balance::{GRAVITY_M_S2, toppling_impulse_n_s};
use crate::world::criticality::road::braking_distance_m;
use crate::world::force::forces;
use crate::world::physics::{PHYSICS_RATE_HZ, legged};
use crate::world::rig::{Robot, urdf};

const SURE: f64 = 0.8;

fn humanoid() -> Arc<Rig> {
    Arc::new(urdf::read("humanoid.urdf", include_str!("../../../../assets/rigs/humanoid.urdf")).expect("our rig"))
}

fn only(strategy: Strategy) -> StandSettings {
    StandSettings { strategy, ..StandSettings::default() }
}

/// A humanoid on a floor.
struct Trial {
    physics: rp::PhysicsWorld,
    robot: Robot,
    stand: Stand,
    torso: usize,
}

impl Trial {
    fn new(settings: StandSettings, friction: f64) -> Self {
        Self::with_noise(settings, friction, 0)
    }

    fn with_noise(settings: StandSettings, friction: f64, noise: u64) -> Self {
        let rig = humanoid();
        let mut physics = legged();
        let floor = rp::ColliderBuilder::cuboid(20.0, 20.0, 0.5).translation(DVec3::new(0.0, 0.0, -0.5));
        let floor = floor.friction(friction).friction_combine_rule(rp::CoefficientCombineRule::GeometricMean);
        physics.insert_collider(floor, None);
        let (root, posture) = Stand::posture(&rig, 0.68).expect("our rig has legs");
        let robot = Robot::insert(&mut physics, &rig, (root, &posture), friction, |_| 0);
        let noise = StreamKey::new(1, "push").stream("balance noise", noise);
        let stand = Stand::new(&rig, posture, settings, noise).expect("our rig has legs");
        let torso = rig.link("torso").expect("a torso");
        Self { physics, robot, stand, torso }
    }

    /// Goes on for `for_s` seconds, or until it has fallen.
    fn go(&mut self, for_s: f64) -> &mut Self {
        for _ in 0..(for_s * PHYSICS_RATE_HZ) as usize {
            if !self.stand.has_fallen() {
                self.step(DVec3::ZERO);
            }
        }
        self
    }

    /// One step, in which the torso gets `impulse` N s.
    fn step(&mut self, impulse: DVec3) {
        let drives = self.stand.act(&self.robot.sensed(&self.physics));
        self.robot.drive(&mut self.physics, &drives);
        let at = self.torso_centre();
        self.robot.push(&mut self.physics, self.torso, impulse, at);
        self.physics.step();
    }

    /// Pushes the torso in no time; whether it still stands 3 s later.
    fn survives(&mut self, impulse: DVec3) -> bool {
        self.go(0.25).step(impulse);
        !self.go(3.0).stand.has_fallen()
    }

    fn torso_centre(&self) -> DVec3 {
        self.robot.pose(&self.physics, self.torso).point(self.robot.rig().links[self.torso].centre_m)
    }

    fn poses(&self) -> Vec<Pose> {
        (0..self.robot.rig().links.len()).map(|link| self.robot.pose(&self.physics, link)).collect()
    }

    fn whole(&self) -> Whole {
        let rig = self.robot.rig();
        rig.whole(&rig.motion(&self.robot.sensed(&self.physics)))
    }

    fn heading(&self) -> f64 {
        balance::heading(&self.robot.pose(&self.physics, 0))
    }
}

fn survives(strategy: Strategy, impulse: DVec3) -> bool {
    Trial::new(only(strategy), SURE).survives(impulse)
}

/// The smallest impulse in N s along a direction at which `falls`, by halving.
fn limit_n_s(falls: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (4.0, 20.0);
    for _ in 0..7 {
        let middle = 0.5 * (low + high);
        if falls(middle) { high = middle } else { low = middle }
    }
    low
}

/// Whether it falls over the edge that the push drives it to; one that holds its joints may also rock back and fall there.
fn topples(direction: DVec3, impulse: f64) -> bool {
    let mut trial = Trial::new(only(Strategy::Held), SURE);
    !trial.survives(direction * impulse) && trial.whole().centre_m.dot(direction) > 0.1
}

/// What the ground gives the robot in the step that has just ended, in N.
fn carried_n(trial: &Trial) -> DVec3 {
    let mut all = DVec3::ZERO;
    for pair in trial.physics.narrow_phase.contact_pairs() {
        let side = if trial.physics.colliders[pair.collider2].parent().is_some() { 1.0 } else { -1.0 };
        forces(&trial.physics, pair, &mut |force| all += force.on_second_n() * side);
    }
    all
}

#[test]
fn what_the_soles_are_given_is_what_the_momentum_gains() {
    // Standing to a hundredth of a per cent of the weight; where it steps the mean over the steps to 2 %, and the one in which a
    // foot strikes the ground, with more than twice the weight, to 20 %: what the joints' equations gain by themselves.
    for (impulse_n_s, mean, worst) in [(0.0, 1e-4, 1e-3), (8.0, 1e-3, 0.04), (16.0, 0.02, 0.2)] {
        let mut trial = Trial::new(StandSettings::default(), SURE);
        let weight_n = trial.robot.rig().mass_kg() * GRAVITY_M_S2;
        let momentum = |trial: &Trial| trial.robot.momentum_n_s(&trial.physics);
        let (mut before, mut off) = (momentum(&trial), Vec::new());
        for step in 0..480 {
            let push = if step == 60 { DVec3::X * impulse_n_s } else { DVec3::ZERO };
            trial.step(push);
            let after = momentum(&trial);
            let expected = (after - before - push) * PHYSICS_RATE_HZ + DVec3::Z * weight_n;
            before = after;
            // It is put down in the first steps.
            if step > 5 {
                off.push((carried_n(&trial) - expected).length() / weight_n);
            }
        }
        let (found_mean, found_worst) =
            (off.iter().sum::<f64>() / off.len() as f64, off.iter().copied().fold(0.0, f64::max));
        assert!(found_mean < mean && found_worst < worst, "{impulse_n_s} N s: {found_mean}, at most {found_worst}");
        assert!(trial.stand.steps() > 0 || impulse_n_s < 16.0, "it steps");
    }
}

const WAYS: [DVec3; 4] = [DVec3::X, DVec3::NEG_X, DVec3::Y, DVec3::NEG_Y];

#[test]
fn a_leg_is_solved_in_closed_form() {
    let rig = humanoid();
    let leg = Leg::of(&rig, "left_", 1.0).expect("a leg");
    let pelvis = Pose { position: DVec3::new(0.1, -0.2, 0.66), rotation: balance::turn_z(0.4) };
    let foot = Pose { position: DVec3::new(0.25, -0.05, 0.1), rotation: balance::turn_z(0.6) };
    let mut positions = vec![0.0; rig.joints.len()];
    for (joint, angle) in leg.joints.iter().zip(leg.solve(&pelvis, &foot)) {
        positions[*joint] = angle;
    }
    let reached = rig.poses(pelvis, &positions)[leg.foot()];
    assert!(reached.position.distance(foot.position) < 1e-9, "{reached:?}");
    assert!(reached.rotation.angle_between(foot.rotation) < 1e-6, "{reached:?}");
}

#[test]
fn a_robot_begins_in_its_posture_and_senses_it() {
    let trial = Trial::new(only(Strategy::Held), SURE);
    let (root, posture) = Stand::posture(trial.robot.rig(), 0.68).expect("legs");
    for (found, expected) in trial.poses().iter().zip(trial.robot.rig().poses(root, &posture)) {
        assert!(found.position.distance(expected.position) < 1e-9, "{found:?} for {expected:?}");
    }
    // Pushed, its own senses give the centre of mass that the bodies have.
    let mut trial = trial;
    trial.go(0.25).step(DVec3::new(8.0, 5.0, 0.0));
    trial.go(0.1);
    let whole = trial.whole();
    let bodies = || trial.physics.bodies.iter().map(|(_, body)| body);
    let mass: f64 = bodies().map(rp::RigidBody::mass).sum();
    let velocity =
        bodies().map(|body| body.velocity_at_point(body.center_of_mass()) * body.mass()).sum::<DVec3>() / mass;
    let centre = bodies().map(|body| body.center_of_mass() * body.mass()).sum::<DVec3>() / mass;
    assert!((whole.mass_kg - mass).abs() < 1e-9 && whole.centre_m.distance(centre) < 1e-9, "{whole:?} {centre}");
    assert!(whole.velocity_m_s.distance(velocity) < 5e-3, "{whole:?} {velocity}");
}

#[test]
fn it_stands_still() {
    for strategy in [Strategy::Held, Strategy::Ankles, Strategy::Hips, Strategy::Steps] {
        let mut trial = Trial::new(only(strategy), SURE);
        let from = trial.whole().centre_m;
        trial.go(6.0);
        let moved = trial.whole().centre_m.distance(from);
        let feet: f64 = (0..trial.poses().len()).map(|link| trial.robot.load_n(&trial.physics, link)).sum();
        let weight = trial.whole().mass_kg * GRAVITY_M_S2;
        assert!(moved < 0.02 && trial.stand.steps() == 0, "{strategy:?} moved {moved} m");
        assert!((feet / weight - 1.0).abs() < 0.02, "{strategy:?} presses with {feet} N for {weight} N");
    }
}

#[test]
fn held_it_topples_when_mechanics_says_so() {
    let trial = Trial::new(only(Strategy::Held), SURE);
    let (whole, leg) = (trial.whole(), &trial.stand.legs[0]);
    let aside = leg.hip.y + leg.sole.half_width;
    // Rigid, about the edge of its feet.
    for (direction, edge_m) in WAYS.into_iter().zip([leg.sole.toe, -leg.sole.heel, aside, aside]) {
        let edge = direction * edge_m;
        let arm = DVec2::new((edge - whole.centre_m).dot(direction), whole.centre_m.z);
        let inertia = trial.robot.rig().inertia_about(&trial.poses(), edge, direction.cross(DVec3::Z));
        let push_m = trial.torso_centre().z;
        let expected = toppling_impulse_n_s(whole.mass_kg, arm.length() - arm.y, inertia, push_m);
        let found = limit_n_s(|impulse| topples(direction, impulse));
        assert!((found / expected - 1.0).abs() < 0.15, "{direction}: {found} N s, mechanics says {expected}");
    }
}

#[test]
fn each_strategy_survives_what_the_one_before_does_and_steps_survive_more() {
    let worse: Vec<String> = WAYS
        .par_iter()
        .flat_map_iter(|direction| {
            let held = limit_n_s(|impulse| !survives(Strategy::Held, *direction * impulse));
            let cases =
                [(Strategy::Ankles, 0.98), (Strategy::Hips, 0.98), (Strategy::Steps, 1.0), (Strategy::Steps, 1.3)];
            let falls = move |(strategy, share): &(Strategy, f64)| !survives(*strategy, *direction * held * *share);
            cases.into_iter().filter(falls).map(move |case| format!("{direction} x {held} N s: {case:?}"))
        })
        .collect();
    assert!(worse.is_empty(), "{worse:?}");
}

#[test]
fn steps_recover_from_every_push_up_to_their_limit_and_keep_the_heading() {
    let pushes = [(DVec3::X, 24), (DVec3::NEG_X, 22), (DVec3::Y, 18), (DVec3::NEG_Y, 18)];
    let all: Vec<DVec3> =
        pushes.iter().flat_map(|(way, most)| (1..=most / 2).map(move |half| *way * f64::from(2 * half))).collect();
    let wrong: Vec<(DVec3, f64)> = all
        .par_iter()
        .filter_map(|impulse| {
            let mut trial = Trial::new(StandSettings::default(), SURE);
            let stands = trial.survives(*impulse);
            let heading = trial.heading();
            (!stands || heading.abs() > 0.2).then_some((*impulse, heading))
        })
        .collect();
    assert!(wrong.is_empty(), "fell, or turned by this in rad: {wrong:?}");
}

#[test]
fn late_and_noisy_senses_cost_balance_and_come_from_their_stream() {
    let survived = |delay_s: f64| {
        let settings = StandSettings { delay_s, ..StandSettings::default() };
        let stands = |half: &i32| Trial::new(settings, SURE).survives(DVec3::X * f64::from(2 * half));
        (2..12).into_par_iter().filter(stands).count()
    };
    let (prompt, late) = (survived(0.0), survived(0.12));
    assert!(prompt >= late + 2, "{prompt} without delay, {late} with");
    let noisy = StandSettings { centre_noise_m: 0.005, velocity_noise_m_s: 0.05, ..StandSettings::default() };
    let end = |noise: u64| Trial::with_noise(noisy, SURE, noise).go(1.0).whole().centre_m;
    assert_eq!(end(3), end(3), "one stream, the same bits");
    assert_ne!(end(3), end(4), "another stream, other errors");
}

#[test]
fn feet_slip_as_friction_says() {
    let friction = 0.08;
    let mut trial = Trial::new(only(Strategy::Held), friction);
    trial.go(0.5);
    let from = trial.whole().centre_m.x;
    let root = trial.robot.handle(0).expect("in the world");
    let link = *trial.physics.multibody_joints.rigid_body_link(root).expect("a multibody");
    let body = trial.physics.multibody_joints.get_multibody_mut(link.multibody).expect("a multibody");
    body.generalized_velocity_mut()[0] += 0.6;
    trial.go(2.5);
    let (found, expected) = (trial.whole().centre_m.x - from, braking_distance_m(0.6, friction));
    assert!((found / expected - 1.0).abs() < 0.15, "{found} m for {expected} m");
    assert!(trial.whole().velocity_m_s.length() < 0.01);
}

#[test]
fn falls_rise_with_impulse_and_drop_with_friction() {
    let key = StreamKey::new(7, "push");
    let draws: Vec<(f64, f64, bool)> = (0..200_u64)
        .into_par_iter()
        .map(|draw| {
            let impulse = 6.0 + 30.0 * key.unit("impulse", draw);
            let friction = 0.05 + 0.75 * key.unit("friction", draw);
            let mut trial = Trial::new(StandSettings::default(), friction);
            trial.go(0.1).step(DVec3::X * impulse);
            (impulse, friction, trial.go(1.6).stand.has_fallen())
        })
        .collect();
    // Shares of falls by third.
    let falls = |by: &dyn Fn(&(f64, f64, bool)) -> f64| {
        let mut sorted = draws.clone();
        sorted.sort_by(|a, b| by(a).total_cmp(&by(b)));
        let share = |part: &[(f64, f64, bool)]| part.iter().filter(|draw| draw.2).count() as f64 / part.len() as f64;
        sorted.chunks(67).map(share).collect::<Vec<f64>>()
    };
    let (impulse, friction) = (falls(&|draw| draw.0), falls(&|draw| draw.1));
    assert!(impulse[0] < impulse[1] && impulse[1] < impulse[2] && impulse[0] + 0.3 < impulse[2], "{impulse:?}");
    assert!(
        friction[0] > friction[1] && friction[1] >= friction[2] && friction[0] > friction[2] + 0.15,
        "{friction:?}"
    );
}

#[test]
fn a_wrong_rig_and_wrong_settings_are_refused_in_a_sentence() {
    let new = |rig: &Arc<Rig>, settings| Stand::new(rig, vec![], settings, StreamKey::new(1, "x").stream("noise", 0));
    let settings = StandSettings { delay_s: f64::NAN, ..StandSettings::default() };
    let error = new(&humanoid(), settings).expect_err("refused").to_string();
    assert_eq!(error, "delay_s of the balance controller is NaN; choose a value from 0 to 0.3");
    let arm = r#"<robot name="arm"><link name="a"><inertial><mass value="2"/>
        <inertia ixx="0.1" iyy="0.1" izz="0.1" ixy="0" ixz="0" iyz="0"/></inertial></link></robot>"#;
    let arm = Arc::new(urdf::read("arm.urdf", arm).expect("reads"));
    let error = new(&arm, StandSettings::default()).expect_err("refused").to_string();
    assert!(
        error.starts_with("the rig \"arm\" cannot stand on two legs: the rig has no joint `left_hip_yaw`"),
        "{error}"
    );
}
