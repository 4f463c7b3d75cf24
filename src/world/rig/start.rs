//! What must hold before a robot is simulated: joints within their limits, nothing inside anything else.

use rapier3d_f64::prelude as rp;

use super::{Rig, Robot};
use crate::world::physics::{OVERLAP_MAX_M, depth_m};

/// Why a robot cannot start where it was put.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StartError {
    /// A joint stands outside its limits.
    #[error("joint \"{joint}\" of \"{rig}\" starts at {position}, outside its limits {low} to {high}; move it inside")]
    OutOfLimits {
        /// The rig's name.
        rig: String,
        /// The joint's name.
        joint: String,
        /// Where it is, in rad or m.
        position: f64,
        /// Its lower limit.
        low: f64,
        /// Its upper limit.
        high: f64,
    },
    /// A link lies inside something else.
    #[error(
        "link \"{link}\" of \"{rig}\" starts {depth_mm:.1} mm deep in {other}; move the robot or \
         change its joints so that they are apart"
    )]
    Overlaps {
        /// The rig's name.
        rig: String,
        /// The link's name.
        link: String,
        /// What it lies in.
        other: String,
        /// How deep, in millimetres.
        depth_mm: f64,
    },
}

impl Rig {
    /// Whether `positions` (rad or m, by joint) lie within the joints' limits; rounding of a micrometre is forgiven.
    pub fn check_limits(&self, positions: &[f64]) -> Result<(), StartError> {
        for (joint, position) in self.joints.iter().zip(positions) {
            if let Some([low, high]) = joint.range
                && !(low - 1e-6..=high + 1e-6).contains(position)
            {
                let (rig, joint, position) = (self.name.clone(), joint.name.clone(), *position);
                return Err(StartError::OutOfLimits { rig, joint, position, low, high });
            }
        }
        Ok(())
    }
}

impl Robot {
    /// Whether no link lies deeper than [`OVERLAP_MAX_M`] in what is not the robot; `named` says what a collider is
    /// (`"the floor"`).
    pub fn check_apart(
        &self,
        physics: &rp::PhysicsWorld,
        named: impl Fn(&rp::Collider) -> String,
    ) -> Result<(), StartError> {
        let own = |collider: &rp::Collider| {
            collider.parent().and_then(|parent| self.links.iter().position(|link| *link == parent))
        };
        let fixed = |collider: &rp::Collider| {
            collider.parent().and_then(|parent| physics.bodies.get(parent)).is_none_or(rp::RigidBody::is_fixed)
        };
        for (_, mine) in physics.colliders.iter() {
            let Some(link) = own(mine) else { continue };
            for (_, other) in physics.colliders.iter().filter(|(_, other)| own(other).is_none()) {
                // What is fixed may be sunk into what is fixed.
                if fixed(mine) && fixed(other) {
                    continue;
                }
                let depth_m = depth_m(physics, mine, other);
                if depth_m > OVERLAP_MAX_M {
                    let link = self.rig.links.get(link).map_or_else(String::new, |link| link.name.clone());
                    let (rig, other, depth_mm) = (self.rig.name.clone(), named(other), 1000.0 * depth_m);
                    return Err(StartError::Overlaps { rig, link, other, depth_mm });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use glam::DVec3;

    use super::*;
    use crate::base::Pose;
    use crate::world::physics::legged;
    use crate::world::rig::urdf;

    const MASS: &str =
        r#"<inertial><mass value="2"/><inertia ixx="0.1" iyy="0.1" izz="0.1" ixy="0" ixz="0" iyz="0"/></inertial>"#;

    /// A post that carries a ball of 0.1 m on a joint 0.5 m ahead.
    fn arm() -> Arc<Rig> {
        let ball = r#"<collision><geometry><sphere radius="0.1"/></geometry></collision>"#;
        let joint = r#"<joint name="j" type="revolute"><parent link="post"/><child link="ball"/><origin xyz="0.5 0 0"/>
            <axis xyz="0 1 0"/><limit lower="-1" upper="0.5" effort="1" velocity="1"/></joint>"#;
        let text = format!(
            "<robot name=\"arm\"><link name=\"post\">{MASS}</link><link name=\"ball\">{MASS}{ball}</link>{joint}</robot>"
        );
        Arc::new(urdf::read("arm.urdf", &text).expect("reads"))
    }

    #[test]
    fn joints_outside_their_limits_are_refused() {
        let rig = arm();
        assert_eq!(rig.check_limits(&[0.5]), Ok(()));
        let error = rig.check_limits(&[0.6]).expect_err("refused").to_string();
        assert_eq!(error, "joint \"j\" of \"arm\" starts at 0.6, outside its limits -1 to 0.5; move it inside");
        assert!(rig.check_limits(&[f64::NAN]).is_err());
    }

    #[test]
    fn a_robot_inside_something_is_refused() {
        let start = |height_m: f64| {
            let mut physics = legged();
            physics.insert_collider(rp::ColliderBuilder::cuboid(5.0, 5.0, 0.5).translation(DVec3::Z * -0.5), None);
            let root = Pose::at(DVec3::Z * height_m);
            let robot = Robot::insert(&mut physics, &arm(), (root, &[0.3]), 0.5, |_| 0);
            robot.check_apart(&physics, |_| "the floor".to_owned())
        };
        assert_eq!(start(0.096), Ok(()));
        let error = start(0.06).expect_err("refused").to_string();
        assert_eq!(
            error,
            "link \"ball\" of \"arm\" starts 40.0 mm deep in the floor; move the robot or change its joints so that \
             they are apart"
        );
    }
}
