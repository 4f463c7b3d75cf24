//! A rig that stands in the physics: where its links are, what its joints do, and torques and set-points for them.
//!
//! Reduced coordinates: joints cannot come apart. Links of one robot do not touch each other.

use std::sync::Arc;

use glam::{DMat3, DQuat, DVec3};
use rapier3d_f64::prelude as rp;

use super::{Joint, Link, Motion, Rig};
use crate::base::Pose;
use crate::world::body::{pose_of, rapier_pose};

/// A rig in a world.
#[derive(Clone, Debug)]
pub(in crate::world) struct Robot {
    pub(in crate::world) rig: Arc<Rig>,
    /// One a link, in the rig's order.
    links: Vec<rp::RigidBodyHandle>,
    /// One a joint, in the rig's order.
    joints: Vec<rp::MultibodyJointHandle>,
}

/// What the whole of a robot does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::world) struct Whole {
    pub(in crate::world) mass_kg: f64,
    /// Centre of mass in metres.
    pub(in crate::world) centre: DVec3,
    /// Its velocity in m/s.
    pub(in crate::world) velocity: DVec3,
}

/// How hard a joint holds its set-point: N m/rad and N m s/rad (or N/m and N s/m).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::world) struct Gains {
    pub(in crate::world) stiffness: f64,
    pub(in crate::world) damping: f64,
}

impl Robot {
    /// Puts `rig` into `physics` with its root at `root` and its joints at `positions`. `friction` is that of its
    /// material, `mark` what its colliders carry by link.
    pub(in crate::world) fn insert(
        physics: &mut rp::PhysicsWorld,
        rig: &Arc<Rig>,
        (root, positions): (Pose, &[f64]),
        friction: f64,
        mark: impl Fn(usize) -> u128,
    ) -> Self {
        let poses = rig.poses(root, positions);
        let mut links: Vec<rp::RigidBodyHandle> = Vec::with_capacity(rig.links.len());
        for (at, (link, pose)) in rig.links.iter().zip(&poses).enumerate() {
            links.push(insert_link(physics, link, pose, friction, mark(at)));
        }
        let mut joints = Vec::with_capacity(rig.joints.len());
        for (joint, child) in rig.joints.iter().zip(links.iter().skip(1)) {
            let parent = links.get(joint.parent).copied().unwrap_or_default();
            // A tree from its root never closes a loop, which is the one thing that is refused here.
            joints.extend(physics.insert_multibody_joint(parent, *child, physical(joint)));
        }
        let robot = Self { rig: Arc::clone(rig), links, joints };
        if let Some((body, _)) = robot.joints.first().and_then(|first| physics.multibody_joints.get_mut(*first)) {
            body.set_self_contacts_enabled(false);
        }
        robot
    }

    /// `world_from_link`.
    pub(in crate::world) fn pose(&self, physics: &rp::PhysicsWorld, link: usize) -> Pose {
        self.body(physics, link).map_or(Pose::IDENTITY, |body| pose_of(body.position()))
    }

    fn body<'a>(&self, physics: &'a rp::PhysicsWorld, link: usize) -> Option<&'a rp::RigidBody> {
        physics.bodies.get(*self.links.get(link)?)
    }

    /// The body of a link.
    pub(in crate::world) fn handle(&self, link: usize) -> Option<rp::RigidBodyHandle> {
        self.links.get(link).copied()
    }

    /// Turning rate of a link in rad/s, world frame.
    pub(in crate::world) fn turning_rad_s(&self, physics: &rp::PhysicsWorld, link: usize) -> DVec3 {
        self.body(physics, link).map_or(DVec3::ZERO, rp::RigidBody::angvel)
    }

    /// Position and rate of a joint in rad and rad/s (or m and m/s).
    pub(in crate::world) fn joint(&self, physics: &rp::PhysicsWorld, joint: usize) -> (f64, f64) {
        let found = self.joints.get(joint).and_then(|handle| physics.multibody_joints.get(*handle));
        let Some((body, link)) = found.and_then(|(body, id)| Some((body, body.link(id)?))) else { return (0.0, 0.0) };
        let axis = self.rig.joints.get(joint).map_or(rp::JointAxis::AngX, axis_of);
        (link.joint().coords()[axis as usize], body.joint_velocity(link).iter().copied().next().unwrap_or(0.0))
    }

    /// The whole robot's centre of mass.
    pub(in crate::world) fn whole(&self, physics: &rp::PhysicsWorld) -> Whole {
        let (mut mass_kg, mut centre, mut velocity) = (0.0, DVec3::ZERO, DVec3::ZERO);
        for body in self.links.iter().filter_map(|handle| physics.bodies.get(*handle)) {
            mass_kg += body.mass();
            centre += body.center_of_mass() * body.mass();
            velocity += body.velocity_at_point(body.center_of_mass()) * body.mass();
        }
        Whole { mass_kg, centre: centre / mass_kg, velocity: velocity / mass_kg }
    }

    /// Weight and centre of the links from `first` on that hang on it in one chain, each as mass and place.
    pub(in crate::world) fn masses<'a>(
        &'a self,
        physics: &'a rp::PhysicsWorld,
        links: &'a [usize],
    ) -> impl Iterator<Item = (f64, DVec3)> + 'a {
        links.iter().filter_map(|link| self.body(physics, *link)).map(|body| (body.mass(), body.center_of_mass()))
    }

    /// Lets the joint's motor hold `target` within its effort.
    pub(in crate::world) fn hold(&self, physics: &mut rp::PhysicsWorld, joint: usize, target: f64, gains: Gains) {
        let Some(known) = self.rig.joints.get(joint) else { return };
        let found = self.joints.get(joint).and_then(|handle| physics.multibody_joints.get_mut(*handle));
        if let Some(link) = found.and_then(|(body, id)| body.link_mut(id)) {
            link.joint.data.set_motor(axis_of(known), target, 0.0, gains.stiffness, gains.damping);
        }
    }

    /// Forgets all torques, before those of the next step are given.
    pub(in crate::world) fn relax(&self, physics: &mut rp::PhysicsWorld) {
        for handle in &self.links {
            if let Some(body) = physics.bodies.get_mut(*handle) {
                body.reset_torques(false);
            }
        }
    }

    /// Turns the joint with `torque_nm`, cut to its effort, until [`Self::relax`].
    pub(in crate::world) fn turn(&self, physics: &mut rp::PhysicsWorld, joint: usize, torque_nm: f64) {
        let Some(known) = self.rig.joints.get(joint) else { return };
        let torque = self.axis(physics, joint) * torque_nm.clamp(-known.effort, known.effort);
        for (link, part) in [(joint + 1, torque), (known.parent, -torque)] {
            if let Some(body) = self.links.get(link).and_then(|handle| physics.bodies.get_mut(*handle)) {
                body.add_torque(part, true);
            }
        }
    }

    /// The joint's axis in the world: a unit vector.
    pub(in crate::world) fn axis(&self, physics: &rp::PhysicsWorld, joint: usize) -> DVec3 {
        let axis = self.rig.joints.get(joint).map_or(DVec3::X, |joint| joint.axis);
        self.pose(physics, joint + 1).rotation * axis
    }
}

fn insert_link(
    physics: &mut rp::PhysicsWorld,
    link: &Link,
    pose: &Pose,
    friction: f64,
    mark: u128,
) -> rp::RigidBodyHandle {
    let mass = rp::MassProperties::with_inertia_matrix(link.centre_m, link.mass_kg, link.inertia_kg_m2);
    let body =
        rp::RigidBodyBuilder::dynamic().pose(rapier_pose(pose)).additional_mass_properties(mass).can_sleep(false);
    let handle = physics.insert_body(body);
    for part in link.parts.iter().filter(|part| part.solid) {
        let collider = part
            .collider()
            .friction(friction)
            .friction_combine_rule(rp::CoefficientCombineRule::GeometricMean)
            .mass(0.0)
            .user_data(mark);
        physics.insert_collider(collider, Some(handle));
    }
    // Otherwise masses are unknown until the first step, and a controller acts before it.
    if let Some(body) = physics.bodies.get_mut(handle) {
        body.recompute_mass_properties_from_colliders(&physics.colliders);
    }
    handle
}

fn axis_of(joint: &Joint) -> rp::JointAxis {
    match joint.motion {
        Motion::Turns => rp::JointAxis::AngX,
        Motion::Slides => rp::JointAxis::LinX,
    }
}

/// The joint as the physics has it: free about (or along) the x axis of two frames.
fn physical(joint: &Joint) -> rp::GenericJoint {
    let along = DQuat::from_mat3(&basis(joint.axis));
    let (axis, locked) = match joint.motion {
        Motion::Turns => (rp::JointAxis::AngX, rp::JointAxesMask::LOCKED_REVOLUTE_AXES),
        Motion::Slides => (rp::JointAxis::LinX, rp::JointAxesMask::LOCKED_PRISMATIC_AXES),
    };
    let here = Pose { position: DVec3::ZERO, rotation: along };
    let mut builder = rp::GenericJointBuilder::new(locked)
        .local_frame1(rapier_pose(&joint.at.then(&here)))
        .local_frame2(rapier_pose(&here))
        .motor_model(axis, rp::MotorModel::ForceBased)
        .set_motor(axis, 0.0, 0.0, 0.0, joint.damping)
        .motor_max_force(axis, joint.effort.min(f64::MAX))
        .contacts_enabled(false);
    if let Some(range) = joint.range {
        builder = builder.limits(axis, range);
    }
    builder.build()
}

/// A right-handed frame whose x is the unit vector `x`.
fn basis(x: DVec3) -> DMat3 {
    let other = if x.z.abs() < 0.9 { DVec3::Z } else { DVec3::X };
    let y = other.cross(x).normalize_or(DVec3::Y);
    DMat3::from_cols(x, y, x.cross(y))
}
