//! A humanoid that is pushed: what each strategy is worth, and that the physics topples it when mechanics says so.

use std::sync::Arc;

use super::*;
use crate::world::criticality::balance::toppling_impulse_n_s;
use crate::world::rig::urdf;

const RATE_HZ: f64 = 240.0;
const PUSH_S: f64 = 0.1;

/// A humanoid on a floor.
struct Trial {
    physics: rp::PhysicsWorld,
    robot: Robot,
    stand: Stand,
}

impl Trial {
    fn new(skill: Skill, friction: f64) -> Self {
        let rig = Arc::new(
            urdf::read("humanoid.urdf", include_str!("../../../../assets/rigs/humanoid.urdf")).expect("our rig"),
        );
        let mut physics =
            rp::PhysicsWorld { gravity: DVec3::new(0.0, 0.0, -GRAVITY_M_S2), ..rp::PhysicsWorld::default() };
        physics.integration_parameters.dt = 1.0 / RATE_HZ;
        physics.integration_parameters.num_solver_iterations = 2;
        physics.integration_parameters.friction_model = rp::FrictionModel::Coulomb;
        let floor = rp::ColliderBuilder::cuboid(20.0, 20.0, 0.5).translation(DVec3::new(0.0, 0.0, -0.5));
        let floor = floor.friction(friction).friction_combine_rule(rp::CoefficientCombineRule::GeometricMean);
        physics.insert_collider(floor, None);
        let (root, posture) = posture(&rig);
        let robot = Robot::insert(&mut physics, &rig, (root, &posture), friction, |_| 0);
        let stand = Stand::new(&rig, skill, posture).expect("our rig has legs");
        Self { physics, robot, stand }
    }

    /// Pushes the torso with `impulse` N s after a second; whether it still stands after `for_s` seconds, and how low its
    /// centre of mass came in metres.
    fn push(mut self, impulse: DVec3, for_s: f64) -> (bool, f64) {
        let torso = self.robot.handle(self.robot.rig.link("torso").expect("a torso")).expect("in the world");
        let mut lowest = f64::INFINITY;
        for step in 0..(for_s * RATE_HZ) as usize {
            self.stand.act(&mut self.physics, &self.robot, 1.0 / RATE_HZ);
            let time_s = step as f64 / RATE_HZ;
            let body = &mut self.physics.bodies[torso];
            body.reset_forces(true);
            if (1.0..1.0 + PUSH_S).contains(&time_s) {
                let at = body.center_of_mass();
                body.add_force_at_point(impulse / PUSH_S, at, true);
            }
            self.physics.step();
            lowest = lowest.min(self.robot.whole(&self.physics).centre.z);
        }
        (lowest > 0.45, lowest)
    }
}

/// Knees a little bent, arms hanging.
fn posture(rig: &Rig) -> (Pose, Vec<f64>) {
    let root = Pose::at(DVec3::new(0.0, 0.0, 0.68));
    let mut posture = vec![0.0; rig.joints.len()];
    for (prefix, side) in [("left_", 1.0), ("right_", -1.0)] {
        let leg = Leg::of(rig, prefix, side).expect("a leg");
        let foot = Pose::at(DVec3::new(0.0, leg.hip.y, leg.sole.below));
        for (joint, angle) in leg.joints.iter().zip(leg.solve(&root, &foot)) {
            posture[*joint] = angle;
        }
        for (name, angle) in [("shoulder_pitch", 0.1), ("shoulder_roll", 0.15 * side), ("elbow", -0.4)] {
            posture[rig.joint(&format!("{prefix}{name}")).expect("an arm")] = angle;
        }
    }
    (root, posture)
}

fn survives(skill: Skill, impulse: DVec3) -> bool {
    Trial::new(skill, 0.8).push(impulse, 4.0).0
}

/// The largest impulse in whole N s along `direction` that it and all smaller ones survive.
fn limit(skill: Skill, direction: DVec3) -> f64 {
    (2..40).map(f64::from).take_while(|impulse| survives(skill, direction * *impulse)).last().unwrap_or(0.0)
}

#[test]
fn a_leg_is_solved_in_closed_form() {
    let rig = urdf::read("humanoid.urdf", include_str!("../../../../assets/rigs/humanoid.urdf")).expect("our rig");
    let leg = Leg::of(&rig, "left_", 1.0).expect("a leg");
    let pelvis = Pose { position: DVec3::new(0.1, -0.2, 0.66), rotation: turn_z(0.4) };
    let foot = Pose { position: DVec3::new(0.25, -0.05, 0.1), rotation: turn_z(0.6) };
    let mut positions = vec![0.0; rig.joints.len()];
    for (joint, angle) in leg.joints.iter().zip(leg.solve(&pelvis, &foot)) {
        positions[*joint] = angle;
    }
    let reached = rig.poses(pelvis, &positions)[leg.foot()];
    assert!(reached.position.distance(foot.position) < 1e-9, "{reached:?}");
    assert!(reached.rotation.angle_between(foot.rotation) < 1e-6, "{reached:?}");
}

#[test]
fn it_stands() {
    for skill in [Skill::STIFF, Skill { hips: false, steps: false, ..Skill::ALL }, Skill::ALL] {
        let (stands, lowest) = Trial::new(skill, 0.8).push(DVec3::ZERO, 10.0);
        assert!(stands && lowest > 0.6, "{skill:?}: {lowest}");
    }
}

#[test]
fn held_stiff_it_topples_when_mechanics_says_so() {
    // Rigid, about the front edge of its feet.
    let trial = Trial::new(Skill::STIFF, 0.8);
    let whole = trial.robot.whole(&trial.physics);
    let toe = trial.stand.legs[0].sole.toe;
    let edge = DVec3::new(toe, 0.0, 0.0);
    let arm = DVec2::new(whole.centre.x - edge.x, whole.centre.z);
    let rise = arm.length() - arm.y;
    let mut inertia = 0.0;
    for link in 0..trial.robot.rig.links.len() {
        let (pose, known) = (trial.robot.pose(&trial.physics, link), &trial.robot.rig.links[link]);
        let turned = glam::DMat3::from_quat(pose.rotation);
        let own = (turned * known.inertia_kg_m2 * turned.transpose()).y_axis.y;
        let at = pose.point(known.centre_m) - edge;
        inertia += own + known.mass_kg * (at.x * at.x + at.z * at.z);
    }
    let torso = trial.robot.rig.link("torso").expect("a torso");
    let height = trial.robot.pose(&trial.physics, torso).point(trial.robot.rig.links[torso].centre_m).z;
    let expected = toppling_impulse_n_s(whole.mass_kg, rise, inertia, height);
    let (mut low, mut high) = (0.5 * expected, 1.5 * expected);
    for _ in 0..7 {
        let middle = 0.5 * (low + high);
        if survives(Skill::STIFF, DVec3::X * middle) { low = middle } else { high = middle }
    }
    assert!((low / expected - 1.0).abs() < 0.15, "topples at {low} N s, mechanics says {expected}");
}

#[test]
#[ignore = "a minute of processor time; run it when the controller changes"]
fn every_strategy_is_worth_something() {
    let ankles = Skill { hips: false, steps: false, ..Skill::ALL };
    let hips = Skill { steps: false, ..Skill::ALL };
    for direction in [DVec3::X, DVec3::NEG_X, DVec3::Y, DVec3::new(0.7, 0.7, 0.0)] {
        let [stiff, ankle, hip, step] = [Skill::STIFF, ankles, hips, Skill::ALL].map(|skill| limit(skill, direction));
        println!("{direction}: stiff {stiff} ankle {ankle} hip {hip} step {step}");
    }
}

#[test]
#[ignore = "exploration"]
fn explore() {
    let [x, y]: [f64; 2] = std::env::var("PUSH")
        .unwrap_or("13 0".into())
        .split(' ')
        .map(|w| w.parse().unwrap())
        .collect::<Vec<f64>>()
        .try_into()
        .unwrap();
    let skill = Skill { hips: std::env::var("HIPS").is_ok(), ..Skill::ALL };
    let mut trial = Trial::new(skill, 0.8);
    let torso = trial.robot.handle(trial.robot.rig.link("torso").unwrap()).unwrap();
    for step in 0..(3.0 * RATE_HZ) as usize {
        trial.stand.act(&mut trial.physics, &trial.robot, 1.0 / RATE_HZ);
        let time_s = step as f64 / RATE_HZ;
        let body = &mut trial.physics.bodies[torso];
        body.reset_forces(true);
        if (1.0..1.0 + PUSH_S).contains(&time_s) {
            let at = body.center_of_mass();
            body.add_force_at_point(DVec3::new(x, y, 0.0) / PUSH_S, at, true);
        }
        trial.physics.step();
        if step % 8 == 0 && time_s > 0.95 {
            let now = trial.stand.clone().sense(&trial.physics, &trial.robot, 1.0 / RATE_HZ);
            let a = now.ankles.map(|p| p.position);
            println!(
                "{time_s:.2} xi {:.3} {:.3} sup {:.2}..{:.2} {:.2}..{:.2} com {:.2} {:.2} {:.2} L {:.2} {:.2} {:.2} R {:.2} {:.2} {:.2} lean {:.2} swing {:?} yaw {:.2}",
                now.capture.x,
                now.capture.y,
                now.support[0].x,
                now.support[1].x,
                now.support[0].y,
                now.support[1].y,
                now.sensed.centre.x,
                now.sensed.centre.y,
                now.sensed.centre.z,
                a[0].x,
                a[0].y,
                a[0].z,
                a[1].x,
                a[1].y,
                a[1].z,
                trial.stand.lean.x,
                trial.stand.swing.map(|s| (s.leg, (s.since_s * 100.0) as i32)),
                now.heading
            );
        }
    }
}
