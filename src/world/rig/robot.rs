//! A rig that stands in the physics: where its links are, what its joints do, and what its motors are told.
//!
//! Reduced coordinates: joints cannot come apart. Links of one robot do not touch each other. Joints have the damping and
//! dry friction of the file and no other; their limits of position and effort hold, that of speed is left to controllers.
//! A joint that follows another has no motor: a constraint without play or limit of force keeps it in place, as a gear would.

use std::sync::Arc;

use glam::{DMat3, DQuat, DVec3};
use rapier3d_f64::prelude as rp;

use super::{Joint, Link, Motion, Rig};
use crate::base::Pose;
use crate::world::body::{Part, pose_of, rapier_pose};
use crate::world::criticality::balance::friction_use;
use crate::world::force::forces;
use crate::world::physics::{moves, pressing_n_s};

/// A rig in a world.
#[derive(Clone, Debug)]
pub struct Robot {
    pub(super) rig: Arc<Rig>,
    /// One a link, in the rig's order.
    pub(super) links: Vec<rp::RigidBodyHandle>,
    /// One a joint, in the rig's order.
    joints: Vec<rp::MultibodyJointHandle>,
}

/// What a robot senses of itself: its root like an inertial unit with odometry, its joints by their encoders.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensed {
    /// `world_from_link` of the root.
    pub root: Pose,
    /// Velocity of the root's origin in m/s, half-way through the last step. (That of its end was tried: contacts chatter in
    /// it, and a controller that damps it begins to rock on its soles.)
    pub velocity_m_s: DVec3,
    /// Turning rate of the root in rad/s, world frame, at the same time.
    pub turning_rad_s: DVec3,
    /// Position and rate of every joint in rad and rad/s (or m and m/s), in the rig's order.
    pub joints: Vec<[f64; 2]>,
    /// Normal force in N with which other things press on each link, in the rig's order.
    pub loads_n: Vec<f64>,
}

/// What one joint's motor is told: a torque, and a set-point that it holds like a spring with a damper. The sum is cut to
/// the joint's effort.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Drive {
    /// Set-point in rad or m.
    pub target: f64,
    /// Its rate in rad/s or m/s.
    pub rate: f64,
    /// N m/rad or N/m.
    pub stiffness: f64,
    /// N m s/rad or N s/m.
    pub damping: f64,
    /// Torque in N m, or force in N, that is given whatever the position.
    pub torque: f64,
}

impl Robot {
    /// Puts `rig` into `physics` with its root at `root` and its joints at `positions`. `friction` is that of its
    /// material, `mark` what its colliders carry by link.
    pub fn insert(
        physics: &mut rp::PhysicsWorld,
        rig: &Arc<Rig>,
        start: (Pose, &[f64]),
        friction: f64,
        mark: impl Fn(usize) -> u128,
    ) -> Self {
        Self::insert_as(physics, rig, start, (friction, false), mark)
    }

    /// As [`Self::insert`], with its root fixed to the world.
    pub fn insert_fixed(
        physics: &mut rp::PhysicsWorld,
        rig: &Arc<Rig>,
        start: (Pose, &[f64]),
        friction: f64,
        mark: impl Fn(usize) -> u128,
    ) -> Self {
        Self::insert_as(physics, rig, start, (friction, true), mark)
    }

    fn insert_as(
        physics: &mut rp::PhysicsWorld,
        rig: &Arc<Rig>,
        (root, positions): (Pose, &[f64]),
        (friction, fixed): (f64, bool),
        mark: impl Fn(usize) -> u128,
    ) -> Self {
        let poses = rig.poses(root, positions);
        let mut links: Vec<rp::RigidBodyHandle> = Vec::with_capacity(rig.links.len());
        for (at, (link, pose)) in rig.links.iter().zip(&poses).enumerate() {
            links.push(insert_link(physics, link, pose, (friction, fixed && at == 0), mark(at)));
        }
        let mut joints = Vec::with_capacity(rig.joints.len());
        for (joint, child) in rig.joints.iter().zip(links.iter().skip(1)) {
            let parent = links.get(joint.parent).copied().unwrap_or_default();
            // A tree from its root never closes a loop, which is the one thing that is refused here.
            joints.extend(physics.insert_multibody_joint(parent, *child, physical(joint)));
        }
        let robot = Self { rig: Arc::clone(rig), links, joints };
        if fixed {
            robot.fix(physics);
        }
        robot.set_losses(physics);
        robot.couple(physics);
        robot.set_positions(physics, positions);
        robot
    }

    /// The physics takes every root for being free until it looks, and numbers all joints anew when it does.
    fn fix(&self, physics: &mut rp::PhysicsWorld) {
        let Some(first) = self.joints.first() else { return };
        if let Some((body, _)) = physics.multibody_joints.get_mut(*first) {
            body.forward_kinematics(&physics.bodies, true);
        }
    }

    /// The physics takes every joint for being at 0, wherever its links were put.
    fn set_positions(&self, physics: &mut rp::PhysicsWorld, positions: &[f64]) {
        let Some((body, _)) = self.joints.first().and_then(|first| physics.multibody_joints.get(*first)) else {
            return;
        };
        let mut moves = vec![0.0; body.ndofs()];
        for (handle, position) in self.joints.iter().zip(positions) {
            let link = physics.multibody_joints.get(*handle).and_then(|(body, id)| body.link(id));
            if let Some(slot) = link.and_then(|link| moves.get_mut(link.assembly_id())) {
                *slot = *position;
            }
        }
        let Some((body, _)) = self.joints.first().and_then(|first| physics.multibody_joints.get_mut(*first)) else {
            return;
        };
        body.apply_displacements(&moves);
        body.forward_kinematics(&physics.bodies, true);
        body.update_rigid_bodies(&mut physics.bodies, true);
    }

    /// Damping and dry friction as in the file: the physics would add a damping of its own, even to the free root.
    fn set_losses(&self, physics: &mut rp::PhysicsWorld) {
        for (at, (joint, handle)) in self.rig.joints.iter().zip(&self.joints).enumerate() {
            let Some((body, id)) = physics.multibody_joints.get_mut(*handle) else { continue };
            if at == 0 {
                body.set_self_contacts_enabled(false);
                body.damping_mut().iter_mut().for_each(|damping| *damping = 0.0);
            }
            let Some(first) = body.link(id).map(rp::MultibodyLink::assembly_id) else { continue };
            if let Some(damping) = body.damping_mut().get_mut(first) {
                *damping = joint.damping;
            }
            if let Some(friction) = body.frictions_mut().get_mut(first) {
                *friction = joint.friction;
            }
        }
    }

    /// Lets joints follow those that they mimic.
    fn couple(&self, physics: &mut rp::PhysicsWorld) {
        for (joint, handle) in self.rig.joints.iter().zip(&self.joints) {
            let Some(mimic) = joint.mimic else { continue };
            let of_leader = self.rig.joints.get(mimic.leader).zip(self.joints.get(mimic.leader));
            let Some((leader, leads)) = of_leader else { continue };
            let Some((_, link1)) = physics.multibody_joints.get(*leads) else { continue };
            let Some((body, link2)) = physics.multibody_joints.get_mut(*handle) else { continue };
            body.add_dof_coupling(rp::MultibodyDofCoupling {
                link1,
                dof1: 0,
                axis1: axis_of(leader) as usize,
                link2,
                dof2: 0,
                axis2: axis_of(joint) as usize,
                coeff: mimic.multiplier,
                offset: mimic.offset,
            });
        }
    }

    /// Lets all its links bounce as this share of the speed says; two things have the mean of theirs.
    pub fn set_restitution(&self, physics: &mut rp::PhysicsWorld, restitution: f64) {
        for link in &self.links {
            let own = physics.bodies.get(*link).map_or_else(Vec::new, |body| body.colliders().to_vec());
            for collider in own {
                if let Some(collider) = physics.colliders.get_mut(collider) {
                    collider.set_restitution(restitution);
                    collider.set_restitution_combine_rule(rp::CoefficientCombineRule::Average);
                }
            }
        }
    }

    /// Gives the whole of a free rig this velocity in m/s, before the first step; its joints stand still.
    pub fn set_velocity(&self, physics: &mut rp::PhysicsWorld, velocity_m_s: DVec3) {
        let Some(root) = self.handle(0) else { return };
        match physics.multibody_joints.rigid_body_link(root).copied() {
            Some(link) => {
                let body = physics.multibody_joints.get_multibody_mut(link.multibody);
                let Some(mut rates) = body.map(rp::Multibody::generalized_velocity_mut) else { return };
                // A free root's first three rates are those of its origin along the world's axes.
                rates.iter_mut().zip(velocity_m_s.to_array()).for_each(|(rate, part)| *rate = part);
            }
            // A rig of one link is a body like any other.
            None => {
                if let Some(body) = physics.bodies.get_mut(root) {
                    body.set_linvel(velocity_m_s, true);
                }
            }
        }
    }

    /// The rig that it is.
    pub fn rig(&self) -> &Arc<Rig> {
        &self.rig
    }

    /// `world_from_link`.
    pub fn pose(&self, physics: &rp::PhysicsWorld, link: usize) -> Pose {
        self.body(physics, link).map_or(Pose::IDENTITY, |body| pose_of(body.position()))
    }

    fn body<'a>(&self, physics: &'a rp::PhysicsWorld, link: usize) -> Option<&'a rp::RigidBody> {
        physics.bodies.get(*self.links.get(link)?)
    }

    /// The body of a link.
    pub fn handle(&self, link: usize) -> Option<rp::RigidBodyHandle> {
        self.links.get(link).copied()
    }

    /// What it senses of itself, without delay or noise.
    pub fn sensed(&self, physics: &rp::PhysicsWorld) -> Sensed {
        let root = self.body(physics, 0);
        Sensed {
            root: self.pose(physics, 0),
            velocity_m_s: root.map_or(DVec3::ZERO, |root| root.velocity_at_point(root.translation())),
            turning_rad_s: root.map_or(DVec3::ZERO, rp::RigidBody::angvel),
            joints: (0..self.joints.len()).map(|joint| self.joint(physics, joint)).collect(),
            loads_n: (0..self.links.len()).map(|link| self.load_n(physics, link)).collect(),
        }
    }

    /// Position and rate of a joint in rad and rad/s (or m and m/s).
    pub fn joint(&self, physics: &rp::PhysicsWorld, joint: usize) -> [f64; 2] {
        let found = self.joints.get(joint).and_then(|handle| physics.multibody_joints.get(*handle));
        let Some((body, link)) = found.and_then(|(body, id)| Some((body, body.link(id)?))) else { return [0.0; 2] };
        let axis = self.rig.joints.get(joint).map_or(rp::JointAxis::AngX, axis_of);
        let position = link.joint().coords()[axis as usize];
        [position, body.joint_velocity(link).iter().copied().next().unwrap_or(0.0)]
    }

    /// The normal force in newtons with which other things press on a link, in the step that has just ended.
    pub fn load_n(&self, physics: &rp::PhysicsWorld, link: usize) -> f64 {
        let colliders = self.body(physics, link).map_or(&[][..], rp::RigidBody::colliders);
        let pairs = colliders.iter().flat_map(|collider| physics.narrow_phase.contact_pairs_with(*collider));
        (pairs.map(pressing_n_s).sum::<f64>() + 0.0) / physics.integration_parameters.dt
    }

    /// The momentum of all its links in N s, at the end of the last step.
    pub fn momentum_n_s(&self, physics: &rp::PhysicsWorld) -> DVec3 {
        let of = |(link, handle): (&Link, &rp::RigidBodyHandle)| moves(physics, *handle)[0] * link.mass_kg;
        self.rig.links.iter().zip(&self.links).map(of).sum()
    }

    /// How much of the friction cone of what carries a link is used, in the step that has just ended: |ΣF| / Σ(μ N) with the
    /// friction F, the normal force N and the coefficient μ of all points that touch it. 0 where nothing does; never above 1,
    /// but for rounding. (|f| ≤ μ N of Coulomb's law; the required coefficient of friction of gait analysis is μ times it.)
    ///
    /// A link that only turns on the spot uses little of it by this: its points' friction points round in a circle.
    pub fn friction_use(&self, physics: &rp::PhysicsWorld, link: usize) -> f64 {
        let (mut across_n, mut bound_n) = (DVec3::ZERO, 0.0);
        for collider in self.body(physics, link).map_or(&[][..], rp::RigidBody::colliders) {
            for pair in physics.narrow_phase.contact_pairs_with(*collider) {
                let side = if pair.collider2 == *collider { 1.0 } else { -1.0 };
                forces(physics, pair, &mut |force| {
                    across_n += force.tangential_n * side;
                    bound_n += force.friction * force.normal_n;
                });
            }
        }
        if bound_n > 0.0 { friction_use(across_n.length(), bound_n) } else { 0.0 }
    }

    /// Tells all motors what to do in the next step, and forgets every push and torque of the last.
    pub fn drive(&self, physics: &mut rp::PhysicsWorld, drives: &[Drive]) {
        for body in &self.links {
            if let Some(body) = physics.bodies.get_mut(*body) {
                body.reset_forces(false);
                body.reset_torques(false);
            }
        }
        for (joint, drive) in drives.iter().enumerate() {
            self.drive_one(physics, joint, drive);
        }
    }

    fn drive_one(&self, physics: &mut rp::PhysicsWorld, joint: usize, drive: &Drive) {
        let Some(known) = self.rig.joints.get(joint) else { return };
        let drive = if known.mimic.is_some() { Drive::default() } else { *drive };
        let found = self.joints.get(joint).and_then(|handle| physics.multibody_joints.get_mut(*handle));
        let torque = drive.torque.clamp(-known.effort, known.effort);
        if let Some(link) = found.and_then(|(body, id)| body.link_mut(id)) {
            let axis = axis_of(known);
            link.joint.data.set_motor(axis, drive.target, drive.rate, drive.stiffness, drive.damping);
            // What the torque leaves of the effort; the physics takes a motor without spring and damper for a brake.
            let idle = drive.stiffness == 0.0 && drive.damping == 0.0;
            let left = if idle { 0.0 } else { known.effort - torque.abs() };
            link.joint.data.set_motor_max_force(axis, left.min(f64::MAX));
        }
        if torque == 0.0 {
            return;
        }
        let along = self.pose(physics, joint + 1).rotation * known.axis * torque;
        for (link, part) in [(joint + 1, along), (known.parent, -along)] {
            if let Some(body) = self.links.get(link).and_then(|handle| physics.bodies.get_mut(*handle)) {
                match known.motion {
                    Motion::Turns => body.add_torque(part, true),
                    Motion::Slides => body.add_force(part, true),
                }
            }
        }
    }

    /// As [`Self::push`], at a point in the link's own frame, or at its centre of mass.
    pub fn push_link(&self, physics: &mut rp::PhysicsWorld, link: usize, impulse_n_s: DVec3, at_m: Option<DVec3>) {
        let centre = self.rig.links.get(link).map_or(DVec3::ZERO, |link| link.centre_m);
        let at = self.pose(physics, link).point(at_m.unwrap_or(centre));
        self.push(physics, link, impulse_n_s, at);
    }

    /// Gives a link an impulse in N s at a point of the world, within the next step. Call it after [`Self::drive`], which
    /// forgets it.
    pub fn push(&self, physics: &mut rp::PhysicsWorld, link: usize, impulse_n_s: DVec3, at_m: DVec3) {
        let dt_s = physics.integration_parameters.dt;
        if let Some(body) = self.links.get(link).and_then(|handle| physics.bodies.get_mut(*handle)) {
            body.add_force_at_point(impulse_n_s / dt_s, at_m, true);
        }
    }
}

fn insert_link(
    physics: &mut rp::PhysicsWorld,
    link: &Link,
    pose: &Pose,
    (friction, fixed): (f64, bool),
    mark: u128,
) -> rp::RigidBodyHandle {
    let body = if fixed {
        rp::RigidBodyBuilder::fixed()
    } else {
        let mass = rp::MassProperties::with_inertia_matrix(link.centre_m, link.mass_kg, link.inertia_kg_m2);
        rp::RigidBodyBuilder::dynamic().additional_mass_properties(mass)
    };
    let body = body.pose(rapier_pose(pose)).can_sleep(false);
    let handle = physics.insert_body(body);
    for collider in link.parts.iter().filter(|part| part.solid).map(Part::collider) {
        let collider = collider
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
        .set_motor(axis, 0.0, 0.0, 0.0, 0.0)
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

#[cfg(test)]
mod tests;
