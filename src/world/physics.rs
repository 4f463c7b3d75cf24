//! The physics that worlds share: gravity, the length of a step and how contacts are solved.

use glam::DVec3;
use rapier3d_f64::geometry::SolverContactGeneric;
use rapier3d_f64::parry::query;
use rapier3d_f64::prelude as rp;

use super::criticality::balance::GRAVITY_M_S2;

/// Physics steps per second.
pub const PHYSICS_RATE_HZ: f64 = 240.0;
/// Length of one step in seconds.
pub(super) const STEP_S: f64 = 1.0 / PHYSICS_RATE_HZ;

/// An empty world for things that are handled: lengths down to a tenth of a millimetre matter.
pub(super) fn shared() -> rp::PhysicsWorld {
    let mut physics = rp::PhysicsWorld { gravity: DVec3::new(0.0, 0.0, -GRAVITY_M_S2), ..rp::PhysicsWorld::default() };
    let parameters = &mut physics.integration_parameters;
    parameters.dt = STEP_S;
    parameters.length_unit = 0.1;
    // A tenth of a millimetre: the canister must not visibly sink into the table.
    parameters.normalized_allowed_linear_error = 0.001;
    // Per patch: solved per point, a sliding box feels a tenth too little friction.
    parameters.friction_model = rp::FrictionModel::Simplified;
    // Otherwise a contact that lies still keeps the friction that it began with, whatever an event sets.
    parameters.contact_recycling = false;
    physics
}

/// An empty world for robots on legs. Its cost is the mass matrix of a robot, which every solver iteration computes anew:
/// so fewer iterations with more sweeps each, and stiffer ground, which feet that stand on their edge would sink into.
pub fn legged() -> rp::PhysicsWorld {
    let mut physics = shared();
    let parameters = &mut physics.integration_parameters;
    parameters.length_unit = 1.0;
    parameters.num_solver_iterations = 2;
    parameters.num_internal_pgs_iterations = 4;
    parameters.static_contact_softness = rp::SpringCoefficients::new(120.0, 5.0);
    physics
}

/// How deep shapes may overlap at the start, in metres: contacts of the physics do as much.
pub const OVERLAP_MAX_M: f64 = 0.005;

/// How deep two colliders lie in each other in metres, before the world has made a step; 0 where they are apart.
pub(super) fn depth_m(physics: &rp::PhysicsWorld, one: &rp::Collider, two: &rp::Collider) -> f64 {
    let (here, there) = (collider_pose(physics, one), collider_pose(physics, two));
    let contact = query::contact(&here, one.shape(), &there, two.shape(), 0.0);
    contact.ok().flatten().map_or(0.0, |contact| (-contact.dist).max(0.0))
}

/// The impulse in N s with which a pair of colliders presses on each other in the step that has just ended.
///
/// The physics solves at most four points of a face and leaves what the others had when they last were solved, which its own
/// sum counts: a hull that has fallen would press for ever with its impact.
pub(super) fn pressing_n_s(pair: &rp::ContactPair) -> f64 {
    let solved = |manifold: &rp::ContactManifold| -> f64 {
        let points = manifold.data.solver_contacts.iter().flat_map(SolverContactGeneric::contact_indices);
        points.filter_map(|at| manifold.points.get(at as usize)).map(|point| point.data.impulse).sum()
    };
    // The sum of nothing is −0.
    pair.solver_manifolds().iter().map(solved).sum::<f64>() + 0.0
}

/// How a body moves: the velocity of its centre of mass in m/s and its turning rate in rad/s, at the end of the last step.
///
/// What bodies themselves say of a robot's links is what the solver had half-way through the step; the joints' rates are whole,
/// and the links' velocities come of them by the links' Jacobians.
pub(super) fn moves(physics: &rp::PhysicsWorld, handle: rp::RigidBodyHandle) -> [DVec3; 2] {
    let link = physics.multibody_joints.rigid_body_link(handle);
    if let Some((robot, id)) =
        link.and_then(|link| Some((physics.multibody_joints.get_multibody(link.multibody)?, link.id)))
        && id < robot.num_links()
    {
        let (jacobian, rates) = (robot.body_jacobian(id), robot.generalized_velocity());
        let mut all = [0.0; 6];
        for (column, rate) in jacobian.column_iter().zip(rates.iter()) {
            all.iter_mut().zip(column.iter()).for_each(|(sum, part)| *sum += part * rate);
        }
        let [x, y, z, turning @ ..] = all;
        return [DVec3::new(x, y, z), DVec3::from_array(turning)];
    }
    physics
        .bodies
        .get(handle)
        .map_or([DVec3::ZERO; 2], |body| [body.velocity_at_point(body.center_of_mass()), body.angvel()])
}

/// Where a collider is: colliders themselves follow their bodies only when the world steps.
fn collider_pose(physics: &rp::PhysicsWorld, collider: &rp::Collider) -> rp::Pose {
    let parent = collider.parent().and_then(|parent| physics.bodies.get(parent));
    match (parent, collider.position_wrt_parent()) {
        (Some(body), Some(within)) => *body.position() * *within,
        _ => *collider.position(),
    }
}
