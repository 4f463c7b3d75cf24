//! Contact forces as the physics solved them: where each acts, how hard along the normal and how hard across it.
//!
//! The solver keeps impulses in two ways. Rigid bodies have one friction impulse (and one twist about the normal) for every
//! patch of up to four points, told for the last of the step's sweeps only; robots' links have one for every point, summed over
//! all sweeps of the step, in the solver's own axes across the normal. Both come out here as forces in newtons, the mean over the
//! step that has just ended. What happens between two sweeps of one step is deliberately not told apart.
//!
//! What a robot's links are told to be given is what the solver gave them. It is not to the last newton what their momentum
//! gains: the joints' equations of motion, solved for the posture at the begin of the step, gain a little by themselves. A
//! test holds the two against each other (`controller::stand`).

use glam::DVec3;
use rapier3d_f64::prelude as rp;
use rapier3d_f64::utils::OrthonormalBasis as _;

/// The most points that the solver takes for one patch.
const PATCH_POINTS: usize = 4;

/// One force between two colliders.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Force {
    /// Where it acts, in the world.
    pub(super) at: DVec3,
    /// Unit vector from the first collider to the second.
    pub(super) normal: DVec3,
    /// With which they are pressed together.
    pub(super) normal_n: f64,
    /// What the first does to the second across the normal.
    pub(super) tangential_n: DVec3,
    /// A pure moment that the first gives the second, in N m.
    pub(super) twist_nm: DVec3,
    /// The coefficient of friction of the two.
    pub(super) friction: f64,
}

impl Force {
    /// All that the first collider does to the second, in newtons.
    pub(super) fn on_second_n(&self) -> DVec3 {
        self.normal * self.normal_n + self.tangential_n
    }
}

/// Shows `tell` every force between the colliders of `pair` in the step that has just ended.
pub(super) fn forces(physics: &rp::PhysicsWorld, pair: &rp::ContactPair, tell: &mut dyn FnMut(&Force)) {
    let rp::PairContacts::Rigid(rigid) = &pair.contacts else { return };
    let (Some(one), Some(two)) = (physics.colliders.get(pair.collider1), physics.colliders.get(pair.collider2)) else {
        return;
    };
    let is_link = |collider: &rp::Collider| {
        collider.parent().is_some_and(|body| physics.multibody_joints.rigid_body_link(body).is_some())
    };
    let by_point = is_link(one) || is_link(two);
    for manifold in rigid.solver_manifolds() {
        if by_point {
            points(physics, (one, two), manifold, tell);
        } else {
            patches(physics, (one, two), manifold, tell);
        }
    }
}

/// Where point `at` of a manifold is: half-way between the two surfaces.
fn place((one, two): (&rp::Collider, &rp::Collider), manifold: &rp::ContactManifold, at: usize) -> DVec3 {
    let Some(point) = manifold.points.get(at) else { return DVec3::ZERO };
    let within = |collider: &rp::Collider, part: Option<rp::Pose>, local: DVec3| {
        let pose = part.map_or(*collider.position(), |part| *collider.position() * part);
        pose * local
    };
    let here = within(one, manifold.subshape_pos1().copied(), point.local_p1);
    0.5 * (here + within(two, manifold.subshape_pos2().copied(), point.local_p2))
}

/// A point that the solver saw: its number in the manifold.
fn number(seen: &rp::SolverContact) -> usize {
    seen.contact_indices()[0] as usize
}

/// The forces of a manifold whose points have a friction impulse each.
fn points(
    physics: &rp::PhysicsWorld,
    pair: (&rp::Collider, &rp::Collider),
    manifold: &rp::ContactManifold,
    tell: &mut dyn FnMut(&Force),
) {
    let per_s = physics.integration_parameters.dt.recip();
    let (normal, friction) = (manifold.data.normal, manifold.data.friction);
    // The solver's own axes (`compute_tangent_contact_directions` of rapier): a function of the normal alone.
    let first = (-normal).orthonormal_vector();
    let second = (-normal).cross(first);
    for at in manifold.data.solver_contacts.iter().map(number) {
        let Some(data) = manifold.points.get(at).map(|point| point.data) else { continue };
        let tangential = first * data.tangent_impulse.x + second * data.tangent_impulse.y;
        if data.impulse > 0.0 || tangential != DVec3::ZERO {
            tell(&Force {
                at: place(pair, manifold, at),
                normal,
                normal_n: data.impulse * per_s,
                tangential_n: -tangential * per_s,
                twist_nm: DVec3::ZERO,
                friction,
            });
        }
    }
}

/// The forces of a manifold whose patches have one friction impulse each: it acts in the middle of its points.
fn patches(
    physics: &rp::PhysicsWorld,
    pair: (&rp::Collider, &rp::Collider),
    manifold: &rp::ContactManifold,
    tell: &mut dyn FnMut(&Force),
) {
    let parameters = &physics.integration_parameters;
    let (per_s, sweeps) = (parameters.dt.recip(), parameters.num_solver_iterations as f64);
    let (normal, friction) = (manifold.data.normal, manifold.data.friction);
    for patch in manifold.data.solver_contacts.chunks(PATCH_POINTS) {
        let mut middle = DVec3::ZERO;
        let mut shared = None;
        for at in patch.iter().map(number) {
            let Some(data) = manifold.points.get(at).map(|point| point.data) else { continue };
            let place = place(pair, manifold, at);
            middle += place / patch.len() as f64;
            shared = shared.or(Some(data));
            if data.impulse > 0.0 {
                let normal_n = data.impulse * per_s;
                let (tangential_n, twist_nm) = (DVec3::ZERO, DVec3::ZERO);
                tell(&Force { at: place, normal, normal_n, tangential_n, twist_nm, friction });
            }
        }
        let Some(data) = shared else { continue };
        let twist = if patch.len() > 1 { data.warmstart_twist_impulse } else { 0.0 };
        if data.warmstart_tangent_world != DVec3::ZERO || twist != 0.0 {
            tell(&Force {
                at: middle,
                normal,
                normal_n: 0.0,
                tangential_n: -data.warmstart_tangent_world * (sweeps * per_s),
                twist_nm: normal * (twist * sweeps * per_s),
                friction,
            });
        }
    }
}
