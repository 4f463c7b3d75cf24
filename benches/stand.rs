//! What a second of a humanoid costs, in processor time of one core, its controller included: standing, and recovering from
//! a push in its first second. Prints one JSON line each. Argument: seconds to simulate (20).

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement, not the product")]

use std::sync::Arc;

use glam::DVec3;
use rapier3d_f64::prelude as rp;
use worldproof::base::{StreamKey, processor};
use worldproof::world::controller::{Stand, StandSettings};
use worldproof::world::physics::{PHYSICS_RATE_HZ, legged};
use worldproof::world::rig::{Robot, urdf};

/// Processor time of this thread in seconds; zero where the system does not tell.
fn spent_s() -> f64 {
    processor::thread_s().unwrap_or(0.0)
}

/// Simulates `seconds` with a push of `impulse_n_s`; whether it still stands.
fn stand(seconds: f64, impulse_n_s: f64) -> bool {
    let rig = Arc::new(urdf::read("humanoid.urdf", include_str!("../assets/rigs/humanoid.urdf")).unwrap());
    let mut physics = legged();
    let floor = rp::ColliderBuilder::cuboid(50.0, 50.0, 0.5).translation(DVec3::Z * -0.5).friction(0.8);
    physics.insert_collider(floor.friction_combine_rule(rp::CoefficientCombineRule::GeometricMean), None);
    let (root, posture) = Stand::posture(&rig, 0.68).unwrap();
    let robot = Robot::insert(&mut physics, &rig, (root, &posture), 0.8, |_| 0);
    let noise = StreamKey::new(1, "bench").stream("balance noise", 0);
    let mut stand = Stand::new(&rig, posture, StandSettings::default(), noise).unwrap();
    let torso = rig.link("torso").unwrap();
    for step in 0..(seconds * PHYSICS_RATE_HZ) as u64 {
        let drives = stand.act(&robot.sensed(&physics));
        robot.drive(&mut physics, &drives);
        if step == 240 {
            let at = robot.pose(&physics, torso).position;
            robot.push(&mut physics, torso, DVec3::X * impulse_n_s, at);
        }
        physics.step();
    }
    !stand.has_fallen()
}

fn main() {
    let seconds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(20.0_f64);
    for (name, impulse_n_s) in [("stands", 0.0), ("steps", 18.0)] {
        let from = spent_s();
        let up = stand(seconds, impulse_n_s);
        let times = seconds / (spent_s() - from);
        println!("{{\"what\":\"{name}\",\"stands\":{up},\"times_real_time\":{times:.1}}}");
    }
}
