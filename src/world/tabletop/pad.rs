//! The fingers' pads: a body that slides on the hand towards the thumb, driven by a motor of limited force.
//!
//! Blocked by something, it presses with exactly that force; in the air it closes at a finger's speed. What bends the finger (tendons,
//! gears) and the force's rise time are deliberately left out.

use glam::{DMat3, DQuat, DVec3};
use rapier3d_f64::prelude as rp;

use super::arm::{FINGERS, HAND, LINKS};
use crate::base::Pose;
use crate::world::body::{pose_of, rapier_pose};

/// Mass of the moving part of four fingers in kg, and its inertia in kg m²: it hardly turns, the hand holds it.
const MASS_KG: f64 = 0.1;
const INERTIA_KG_M2: f64 = 2e-4;
/// How fast the pads close in the air, in m/s, and how hard the motor holds to that speed, in N s/m.
const CLOSE_M_S: f64 = 0.08;
const FIRMNESS_N_S_M: f64 = 2000.0;
/// What takes them back when the hand opens, in N: enough for their own mass, too little to throw anything.
const RETREAT_N: f64 = 5.0;
/// How far the pads go from where they found the canister: apart, and together.
const TRAVEL_M: [f64; 2] = [-0.02, 0.05];
/// A finger's half length to the middle of its pad.
const PAD_AHEAD_M: f64 = 0.02;

/// The pads, once they press.
#[derive(Debug)]
pub(super) struct Pad {
    joint: rp::ImpulseJointHandle,
}

/// The pads' mass about the middle of the pads.
fn mass() -> rp::MassProperties {
    rp::MassProperties::new(DVec3::new(0.0, 0.0, -PAD_AHEAD_M), MASS_KG, DVec3::splat(INERTIA_KG_M2))
}

/// The links of an arm pass through each other: its joints keep them apart, not contacts.
fn apart(physics: &mut rp::PhysicsWorld, links: &[rp::RigidBodyHandle; LINKS]) {
    let own = rp::InteractionGroups::new(rp::Group::GROUP_2, !rp::Group::GROUP_2, rp::InteractionTestMode::And);
    for link in links {
        let colliders = physics.bodies.get(*link).map_or_else(Vec::new, |body| body.colliders().to_vec());
        for handle in colliders {
            if let Some(collider) = physics.colliders.get_mut(handle) {
                collider.set_collision_groups(own);
            }
        }
    }
}

impl Pad {
    /// Lets the pads of the hand go and drives them towards the middle of the canister.
    pub(super) fn engage(
        physics: &mut rp::PhysicsWorld,
        links: &[rp::RigidBodyHandle; LINKS],
        canister: rp::RigidBodyHandle,
    ) -> Self {
        let [_, _, hand, _, pads, ..] = *links;
        debug_assert!(links.get(HAND) == Some(&hand) && links.get(FINGERS[1]) == Some(&pads));
        let pose = |handle| physics.bodies.get(handle).map_or(Pose::IDENTITY, |body| pose_of(body.position()));
        let (of_hand, of_pads, middle) = (pose(hand), pose(pads), pose(canister).position);
        apart(physics, links);
        if let Some(body) = physics.bodies.get_mut(pads) {
            body.set_additional_mass_properties(mass(), true);
            body.set_gravity_scale(0.0, true);
            *body.activation_mut() = rp::RigidBodyActivation::cannot_sleep();
            body.set_body_type(rp::RigidBodyType::Dynamic, true);
        }
        let at = of_pads.point(DVec3::new(0.0, 0.0, -PAD_AHEAD_M));
        // Fingers bend about the hand's y axis: across the hand, never along the canister.
        let across = of_hand.rotation * DVec3::Y;
        let towards = middle - at;
        let x = (towards - across * towards.dot(across)).normalize_or(of_hand.rotation * DVec3::NEG_X);
        let rotation = DQuat::from_mat3(&DMat3::from_cols(x, across, x.cross(across))).normalize();
        let frame = Pose { position: at, rotation };
        let joint = rp::GenericJointBuilder::new(rp::JointAxesMask::LOCKED_PRISMATIC_AXES)
            .local_frame1(rapier_pose(&of_hand.inverse().then(&frame)))
            .local_frame2(rapier_pose(&of_pads.inverse().then(&frame)))
            .contacts_enabled(false)
            .limits(rp::JointAxis::LinX, TRAVEL_M)
            .motor_model(rp::JointAxis::LinX, rp::MotorModel::ForceBased)
            .motor_velocity(rp::JointAxis::LinX, CLOSE_M_S, FIRMNESS_N_S_M)
            .motor_max_force(rp::JointAxis::LinX, 0.0)
            .build();
        Self { joint: physics.insert_impulse_joint(hand, pads, joint) }
    }

    /// Presses with `force_n` from now on.
    pub(super) fn press(&self, physics: &mut rp::PhysicsWorld, force_n: f64) {
        if let Some(joint) = physics.impulse_joints.get_mut(self.joint, false) {
            joint.data.set_motor_velocity(rp::JointAxis::LinX, CLOSE_M_S, FIRMNESS_N_S_M);
            joint.data.set_motor_max_force(rp::JointAxis::LinX, force_n);
        }
    }

    /// Goes back as far as it can.
    pub(super) fn retreat(&self, physics: &mut rp::PhysicsWorld) {
        if let Some(joint) = physics.impulse_joints.get_mut(self.joint, false) {
            joint.data.set_motor_velocity(rp::JointAxis::LinX, -CLOSE_M_S, FIRMNESS_N_S_M);
            joint.data.set_motor_max_force(rp::JointAxis::LinX, RETREAT_N);
        }
    }
}
