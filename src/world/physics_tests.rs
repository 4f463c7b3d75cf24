//! Experiments whose outcome mechanics knows, on the physics that worlds have.

use core::f64::consts::PI;

use glam::{DQuat, DVec3};
use rapier3d_f64::prelude as rp;

use super::criticality::balance::GRAVITY_M_S2;
use super::criticality::road::braking_distance_m;
use super::physics::{STEP_S, shared};

/// A floor whose top is z = 0, turned about y by `slope_rad`: x runs downhill.
fn floor(physics: &mut rp::PhysicsWorld, friction: f64, slope_rad: f64) -> DQuat {
    let turned = DQuat::from_rotation_y(slope_rad);
    let pose = rp::Pose::from_parts(turned * DVec3::new(0.0, 0.0, -0.5), turned);
    physics.insert_collider(rough(rp::ColliderBuilder::cuboid(50.0, 50.0, 0.5), friction).position(pose), None);
    turned
}

fn rough(collider: rp::ColliderBuilder, friction: f64) -> rp::ColliderBuilder {
    collider.friction(friction).friction_combine_rule(rp::CoefficientCombineRule::GeometricMean)
}

/// A block of 0.2 m x 0.2 m x 0.1 m and 2 kg that lies on the floor.
fn block(physics: &mut rp::PhysicsWorld, friction: f64, turned: DQuat) -> rp::RigidBodyHandle {
    let pose = rp::Pose::from_parts(turned * DVec3::new(0.0, 0.0, 0.05), turned);
    let body = physics.insert_body(rp::RigidBodyBuilder::dynamic().pose(pose).can_sleep(false));
    physics.insert_collider(rough(rp::ColliderBuilder::cuboid(0.1, 0.1, 0.05), friction).mass(2.0), Some(body));
    body
}

fn steps(physics: &mut rp::PhysicsWorld, seconds: f64) {
    (0..(seconds / STEP_S).round() as usize).for_each(|_| physics.step());
}

/// How far a block slides down a slope in so many seconds, after half a second to settle; and how much of that it would not
/// have gone at the speed that it had then.
fn slid_m(friction: f64, slope_rad: f64, seconds: f64) -> (f64, f64) {
    let mut physics = shared();
    let turned = floor(&mut physics, friction, slope_rad);
    let body = block(&mut physics, friction, turned);
    steps(&mut physics, 0.5);
    let (from, speed_m_s) = (physics.bodies[body].translation(), physics.bodies[body].linvel().length());
    steps(&mut physics, seconds);
    let distance = physics.bodies[body].translation().distance(from);
    (distance, distance - speed_m_s * seconds)
}

#[test]
fn sliding_starts_where_the_slope_is_the_friction() {
    for friction in [0.2, 0.5, 0.9] {
        let slid_m = |share: f64| slid_m(friction, libm::atan(share * friction), 2.0);
        let ((below, _), (_, above)) = (slid_m(0.98), slid_m(1.02));
        // Above it goes with g cos(slope) 2 % friction: 8 cm and more.
        assert!(below < 1e-3 && above > 0.05, "friction {friction}: {below} m below, {above} m above");
    }
}

#[test]
fn a_block_brakes_within_the_distance_that_friction_gives() {
    for (speed_m_s, friction) in [(2.0, 0.3), (3.0, 0.6), (6.0, 0.8)] {
        let mut physics = shared();
        let turned = floor(&mut physics, friction, 0.0);
        let body = block(&mut physics, friction, turned);
        steps(&mut physics, 0.5);
        let from = physics.bodies[body].translation();
        physics.bodies[body].set_linvel(DVec3::X * speed_m_s, true);
        steps(&mut physics, 4.0);
        let (found, expected) =
            (physics.bodies[body].translation().x - from.x, braking_distance_m(speed_m_s, friction));
        assert!((found / expected - 1.0).abs() < 0.05, "{speed_m_s} m/s, {friction}: {found} m for {expected} m");
        assert!(physics.bodies[body].linvel().length() < 1e-3, "it stands");
    }
}

/// Pushes a cylinder at a height, 5 % harder than the weaker of friction and weight can hold; how far it tilts in degrees
/// and slides in metres.
fn push_cylinder(friction: f64, push_m: f64) -> (f64, f64) {
    const RADIUS_M: f64 = 0.05;
    const HEIGHT_M: f64 = 0.3;
    let mut physics = shared();
    floor(&mut physics, friction, 0.0);
    let upright = DQuat::from_rotation_x(0.5 * PI);
    let pose = rp::Pose::from_translation(DVec3::new(0.0, 0.0, 0.5 * HEIGHT_M));
    let body = physics.insert_body(rp::RigidBodyBuilder::dynamic().pose(pose).can_sleep(false));
    let collider = rough(rp::ColliderBuilder::cylinder(0.5 * HEIGHT_M, RADIUS_M), friction).mass(1.0);
    physics.insert_collider(collider.rotation(upright.to_scaled_axis()), Some(body));
    steps(&mut physics, 0.5);
    let from = physics.bodies[body].translation();
    let force = 1.05 * GRAVITY_M_S2 * friction.min(RADIUS_M / push_m);
    for _ in 0..(0.6 / STEP_S) as usize {
        let pushed = &mut physics.bodies[body];
        pushed.reset_forces(true);
        pushed.reset_torques(true);
        let at = *pushed.position() * DVec3::new(0.0, 0.0, push_m - 0.5 * HEIGHT_M);
        pushed.add_force_at_point(DVec3::X * force, at, true);
        physics.step();
    }
    let body = &physics.bodies[body];
    let axis = *body.rotation() * DVec3::Z;
    (libm::acos(axis.z.clamp(-1.0, 1.0)).to_degrees(), body.translation().x - from.x)
}

#[test]
fn a_cylinder_tips_rather_than_slides_where_friction_beats_radius_over_height() {
    // r / h is 0.25 at 0.2 m and 0.5 at 0.1 m.
    for (push_m, border) in [(0.2, 0.25), (0.1, 0.5)] {
        let (tilt, _) = push_cylinder(1.15 * border, push_m);
        assert!(tilt > 3.0, "above {border} it tips: {tilt} degrees");
        let (tilt, slid) = push_cylinder(0.85 * border, push_m);
        assert!(tilt < 0.5 && slid > 0.01, "below {border} it slides: {tilt} degrees, {slid} m");
    }
}

#[test]
fn a_projectile_lands_at_its_range() {
    let mut physics = shared();
    let body = physics.insert_body(rp::RigidBodyBuilder::dynamic().linvel(DVec3::new(4.0, 0.0, 5.0)).can_sleep(false));
    physics.insert_collider(rp::ColliderBuilder::ball(0.05).mass(0.3), Some(body));
    let mut last = DVec3::ZERO;
    while last.z >= 0.0 {
        physics.step();
        let now = physics.bodies[body].translation();
        if now.z < 0.0 {
            let landed = last.lerp(now, last.z / (last.z - now.z));
            let expected = 2.0 * 4.0 * 5.0 / GRAVITY_M_S2;
            assert!((landed.x / expected - 1.0).abs() < 0.01, "{} m for {expected} m", landed.x);
        }
        last = now;
    }
}

const PENDULUM_M: f64 = 0.8;
const BOB_RADIUS_M: f64 = 0.05;

/// The period in seconds of a ball on a rod without mass that begins at 0.1 rad, and how often it passed.
fn swing() -> (f64, usize) {
    let mut physics = shared();
    let hook = physics.insert_body(rp::RigidBodyBuilder::fixed());
    let from = libm::sincos(0.1);
    let bob = rp::RigidBodyBuilder::dynamic().translation(DVec3::new(from.0, 0.0, -from.1) * PENDULUM_M);
    let bob = physics.insert_body(bob.rotation(DVec3::new(0.0, -0.1, 0.0)).can_sleep(false));
    physics.insert_collider(rp::ColliderBuilder::ball(BOB_RADIUS_M).mass(1.0), Some(bob));
    let joint = rp::RevoluteJointBuilder::new(DVec3::Y).local_anchor2(DVec3::Z * PENDULUM_M);
    physics.insert_impulse_joint(hook, bob, joint);
    // Times at which it passes the lowest point towards −x.
    let (mut passes, mut last) = (Vec::new(), PENDULUM_M);
    for step in 0..2400 {
        physics.step();
        let x = physics.bodies[bob].translation().x;
        if last > 0.0 && x <= 0.0 {
            passes.push((f64::from(step) + last / (last - x)) * STEP_S);
        }
        last = x;
    }
    ((passes[passes.len() - 1] - passes[0]) / (passes.len() - 1) as f64, passes.len())
}

#[test]
fn a_pendulum_swings_with_its_period() {
    let (found, passes) = swing();
    // A ball on a rod: I = m (l² + 2/5 r²); 0.1 rad make it slower by 1/1600.
    let squared = (PENDULUM_M * PENDULUM_M + 0.4 * BOB_RADIUS_M * BOB_RADIUS_M) / (GRAVITY_M_S2 * PENDULUM_M);
    let expected = 2.0 * PI * libm::sqrt(squared) * (1.0 + 0.01 / 16.0);
    assert!(passes >= 4 && (found / expected - 1.0).abs() < 0.01, "{found} s for {expected} s");
}

/// How far a block falls in half a second, in metres.
fn fallen_m() -> f64 {
    let mut physics = shared();
    let body = block(&mut physics, 0.5, DQuat::IDENTITY);
    let from = physics.bodies[body].translation();
    steps(&mut physics, 0.5);
    from.z - physics.bodies[body].translation().z
}

/// The slope in degrees at which a block goes 5 cm in two seconds.
fn starts_deg(friction: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 80.0_f64);
    while high - low > 0.05 {
        let middle = 0.5 * (low + high);
        if slid_m(friction, middle.to_radians(), 2.0).1 > 0.05 {
            high = middle;
        } else {
            low = middle;
        }
    }
    0.5 * (low + high)
}

/// `tests/peer_mujoco.py` has the same scenes; `WORLDPROOF_PEER_PYTHON` names a Python with `mujoco`, else `python3` is asked.
#[test]
fn mujoco_agrees_on_a_fall_a_slope_and_a_swing() {
    let python = std::env::var("WORLDPROOF_PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer_mujoco.py");
    let told = std::process::Command::new(&python).arg(script).output();
    let Some(told) = told.ok().filter(|told| told.status.success()) else {
        println!(
            "skipped: `{python}` has no mujoco; `pip install mujoco` and name its Python in WORLDPROOF_PEER_PYTHON"
        );
        return;
    };
    let theirs: Vec<f64> =
        String::from_utf8(told.stdout).unwrap().split_whitespace().map(|word| word.parse().unwrap()).collect();
    let ours = [fallen_m(), slid_m(0.3, 25.0_f64.to_radians(), 1.0).1, starts_deg(0.5), swing().0];
    assert_eq!(theirs.len(), ours.len());
    for ((what, allowed), (our, their)) in
        [("fall", 0.02), ("slide", 0.02), ("start of sliding", 0.03), ("period", 0.02)]
            .iter()
            .zip(ours.iter().zip(&theirs))
    {
        println!("{what}: {our:.5}, MuJoCo {their:.5}, {:+.2} %", 100.0 * (our / their - 1.0));
        assert!((our / their - 1.0).abs() < *allowed, "{what}: {our}, MuJoCo {their}");
    }
}

#[test]
fn momentum_survives_a_collision() {
    for restitution in [0.0, 0.5, 1.0] {
        let mut physics = shared();
        physics.gravity = DVec3::ZERO;
        let mut ball = |x: f64, mass: f64, speed: f64| {
            let body = rp::RigidBodyBuilder::dynamic().translation(DVec3::X * x).linvel(DVec3::X * speed);
            let body = physics.insert_body(body.can_sleep(false));
            physics.insert_collider(rp::ColliderBuilder::ball(0.05).mass(mass).restitution(restitution), Some(body));
            body
        };
        let (one, two) = (ball(0.0, 2.0, 1.5), ball(0.4, 1.0, -1.0));
        steps(&mut physics, 1.0);
        let [v1, v2] = [one, two].map(|body| physics.bodies[body].linvel());
        assert!((v1 * 2.0 + v2).distance(DVec3::X * 2.0) < 1e-9, "momentum: {v1} {v2}");
        assert!(((v2 - v1).x - restitution * 2.5).abs() < 0.05 * 2.5, "restitution {restitution}: {}", (v2 - v1).x);
    }
}
