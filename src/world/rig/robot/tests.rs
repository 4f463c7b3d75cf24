//! Robots against what mechanics says: friction on a slope, impulses, and joints that follow others.

use super::*;
use crate::world::criticality::balance::GRAVITY_M_S2;
use crate::world::physics::{PHYSICS_RATE_HZ, legged};
use crate::world::rig::urdf;

fn inertial(kg: f64) -> String {
    format!(
        "<inertial><mass value=\"{kg}\"/><inertia ixx=\"0.05\" iyy=\"0.05\" izz=\"0.05\" ixy=\"0\" ixz=\"0\" iyz=\"0\"/></inertial>"
    )
}

fn read(inside: &str) -> Arc<Rig> {
    Arc::new(urdf::read("test.urdf", &format!("<robot name=\"test\">{inside}</robot>")).expect("reads"))
}

/// A flat box of 4 kg with a wheel of 1 kg inside that turns about the vertical.
fn sledge() -> Arc<Rig> {
    let plate = "<collision><geometry><box size=\"0.4 0.3 0.06\"/></geometry></collision>";
    read(&format!(
        "<link name=\"plate\">{}{plate}</link><link name=\"wheel\">{}</link><joint name=\"spin\" type=\"continuous\">
         <parent link=\"plate\"/><child link=\"wheel\"/><axis xyz=\"0 0 1\"/></joint>",
        inertial(4.0),
        inertial(1.0)
    ))
}

/// The sledge on a slope about y after a second, and what it uses of its friction at each of the next steps.
fn uses_on(slope_rad: f64, friction: f64) -> (f64, Vec<f64>) {
    let mut physics = legged();
    let turned = DQuat::from_rotation_y(slope_rad);
    let floor = rp::ColliderBuilder::cuboid(20.0, 20.0, 0.5).friction(friction);
    let floor = floor.friction_combine_rule(rp::CoefficientCombineRule::GeometricMean);
    physics.insert_collider(floor.position(rp::Pose::from_parts(turned * DVec3::NEG_Z * 0.5, turned)), None);
    let root = Pose { position: turned * DVec3::Z * 0.03, rotation: turned };
    let robot = Robot::insert(&mut physics, &sledge(), (root, &[0.0]), friction, |_| 0);
    (0..240).for_each(|_| physics.step());
    let from = robot.pose(&physics, 0).position;
    let mut uses = Vec::new();
    for _ in 0..60 {
        physics.step();
        uses.push(robot.friction_use(&physics, 0));
    }
    (robot.pose(&physics, 0).position.distance(from), uses)
}

#[test]
fn on_a_slope_the_use_of_friction_is_its_tangent_over_the_coefficient() {
    for (slope, friction) in [(0.0_f64, 0.5), (0.2, 0.5), (0.4, 0.6), (0.3, 0.9)] {
        let expected = libm::tan(slope) / friction;
        let (slid_m, uses) = uses_on(slope, friction);
        assert!(slid_m < 2e-3, "it lies: {slid_m} m");
        assert!(
            uses.iter().all(|used| (used - expected).abs() < 0.01),
            "{slope} rad, {friction}: {expected}, {uses:?}"
        );
    }
    let (slid_m, uses) = uses_on(0.4, 0.2);
    assert!(slid_m > 0.1, "it slides: {slid_m} m");
    assert!(uses.iter().all(|used| (0.99..1.0 + 1e-9).contains(used)), "{uses:?}");
}

#[test]
fn an_impulse_is_a_links_momentum_in_the_very_step() {
    let mut physics = legged();
    physics.gravity = DVec3::ZERO;
    let rig = sledge();
    let robot = Robot::insert(&mut physics, &rig, (Pose::at(DVec3::Z), &[0.0]), 0.5, |_| 0);
    let impulse = DVec3::new(3.0, -1.0, 0.5);
    robot.push_link(&mut physics, 0, impulse, None);
    physics.step();
    let momentum = robot.momentum_n_s(&physics);
    assert!(momentum.distance(impulse) < 1e-9, "{momentum}");
    // At a point it turns, too: the moment about the middle over the inertia of both.
    let mut physics = legged();
    physics.gravity = DVec3::ZERO;
    let robot = Robot::insert(&mut physics, &rig, (Pose::at(DVec3::Z), &[0.0]), 0.5, |_| 0);
    robot.push_link(&mut physics, 0, DVec3::X, Some(DVec3::Z * 0.1));
    physics.step();
    let turning = moves(&physics, robot.links[0])[1];
    assert!((turning.y / (0.1 / 0.1) - 1.0).abs() < 0.01, "0.1 N m s on 0.1 kg m²: {turning}");
}

#[test]
fn a_velocity_at_the_start_is_that_of_all_links() {
    let mut physics = legged();
    let robot = Robot::insert(&mut physics, &sledge(), (Pose::at(DVec3::Z * 9.0), &[0.0]), 0.5, |_| 0);
    robot.set_velocity(&mut physics, DVec3::new(2.0, -1.0, 3.0));
    assert_eq!(moves(&physics, robot.links[1])[0], DVec3::new(2.0, -1.0, 3.0));
    (0..120).for_each(|_| physics.step());
    let expected = DVec3::new(1.0, -0.5, 9.0 + 1.5 - 0.125 * GRAVITY_M_S2);
    for link in 0..2 {
        let at = robot.pose(&physics, link).position;
        assert!(at.distance(expected) < 0.02, "{at} for {expected}");
    }
}

/// A beam whose two fingers slide against each other; the second follows the first as `mimic` says.
fn gripper(mimic: &str) -> Arc<Rig> {
    let finger = |name: &str, more: &str| {
        format!(
            "<link name=\"{name}\">{}</link><joint name=\"{name}_slide\" type=\"prismatic\"><parent link=\"palm\"/>
             <child link=\"{name}\"/><axis xyz=\"0 1 0\"/><limit lower=\"-0.2\" upper=\"0.2\" effort=\"50\"
             velocity=\"1\"/>{more}</joint>",
            inertial(0.3)
        )
    };
    read(&format!("<link name=\"palm\">{}</link>{}{}", inertial(2.0), finger("left", ""), finger("right", mimic)))
}

#[test]
fn what_mimics_follows_without_play_even_where_it_is_pushed() {
    let rig = gripper("<mimic joint=\"left_slide\" multiplier=\"-0.5\" offset=\"0.02\"/>");
    assert_eq!(rig.joints[1].mimic, Some(crate::world::rig::Mimic { leader: 0, multiplier: -0.5, offset: 0.02 }));
    let mut physics = legged();
    let mut start = [0.04, 0.0];
    rig.followed(&mut start);
    assert_eq!(start, [0.04, 0.0]);
    let robot = Robot::insert_fixed(&mut physics, &rig, (Pose::at(DVec3::Z), &start), 0.5, |_| 0);
    let drive = Drive { target: 0.1, stiffness: 2000.0, damping: 80.0, ..Drive::default() };
    // Whatever the follower is told, it has no motor.
    let told = [drive, Drive { target: 0.2, stiffness: 5000.0, damping: 50.0, ..Drive::default() }];
    let mut worst_m = 0.0_f64;
    for step in 0..480 {
        robot.drive(&mut physics, &told);
        if step > 240 {
            robot.push_link(&mut physics, 2, DVec3::Y * (8.0 / PHYSICS_RATE_HZ), None);
        }
        physics.step();
        let ([leader, _], [follower, _]) = (robot.joint(&physics, 0), robot.joint(&physics, 1));
        worst_m = worst_m.max((follower - (0.02 - 0.5 * leader)).abs());
        if step == 240 {
            assert!((leader - 0.1).abs() < 1e-4, "{leader}");
        }
    }
    assert!(worst_m < 1e-4, "{worst_m} m");
    // 8 N on the follower are −4 N on the leader, whose spring gives way by 2 mm.
    let [leader, _] = robot.joint(&physics, 0);
    assert!((leader - (0.1 - 4.0 / 2000.0)).abs() < 2e-4, "{leader}");
}
