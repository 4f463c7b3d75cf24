//! What the camera has in sight: the share of the canister that nothing hides, and a thing that stands or slides in between.
//!
//! The share is an estimate from 87 points on the canister's side and lid, of which those that face the camera count: the line of
//! sight from each to the eye is held against the solid shapes, 30 times a second. The exact one, by pixels, is the renderer's
//! (labels). Things that are seen but not solid hide nothing here, and the edge of the picture is not looked at.

use glam::DVec3;
use rapier3d_f64::prelude as rp;

use super::scene::Canister;
use crate::base::Pose;
use crate::world::WorldError;
use crate::world::body::{Part, boxed, cylinder, pattern, plain, rapier_pose};
use crate::world::engine::{Builder, Engine, OTHER_FRICTION};
use crate::world::fields::Binder;
use crate::world::snapshot::{Class, Surface};

/// Looked anew after so many steps: 30 times a second.
pub(super) const EVERY_STEPS: u64 = 8;
/// Points round the side, rows of them, and points round the lid (and one in its middle).
const ROUND: u32 = 16;
const ROWS: u32 = 5;
const LID: u32 = 6;
/// The canister counts as hidden while less of it than this is in sight.
pub(super) const HIDDEN: f64 = 0.5;

/// The line of sight from the camera to the canister.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) eye: DVec3,
    canister: rp::ColliderHandle,
    /// Points on the canister with their outward normals, in its frame.
    points: Vec<(DVec3, DVec3)>,
    pub(super) visible: f64,
    pub(super) visible_min: f64,
    pub(super) hidden_s: f64,
}

impl Sight {
    /// From `eye`, onto the canister whose collider is `canister`; nothing is looked at yet.
    pub(super) fn new(eye: DVec3, canister: rp::ColliderHandle, shape: &Canister) -> Self {
        let points = points(shape.radius_m, shape.height_m);
        Self { eye, canister, points, visible: 1.0, visible_min: 1.0, hidden_s: 0.0 }
    }

    /// Looks at the canister at `pose` before the first step, the family's own things included.
    pub(super) fn begin(&mut self, physics: &rp::PhysicsWorld, pose: &Pose) {
        let canister = self.canister;
        // There is no tree of boxes to ask yet, and what is to appear later is absent by its body alone.
        let there = |one: &rp::Collider| {
            let body = one.parent().and_then(|parent| physics.bodies.get(parent));
            one.is_enabled() && body.is_none_or(rp::RigidBody::is_enabled)
        };
        let others = || physics.colliders.iter().filter(|(handle, one)| *handle != canister && there(one));
        self.look(pose, |ray, far| others().any(|(_, one)| one.shape().intersects_ray(one.position(), ray, far)));
    }

    /// Looks at the canister at `pose`.
    pub(super) fn follow(&mut self, engine: &Engine, pose: &Pose) {
        if !engine.steps().is_multiple_of(EVERY_STEPS) {
            return;
        }
        let filter = rp::QueryFilter::default().exclude_collider(self.canister);
        let pipeline = engine.physics.query_pipeline_with_filter(filter);
        self.look(pose, |ray, far| pipeline.cast_ray(ray, far, true).is_some());
    }

    fn look(&mut self, pose: &Pose, blocked: impl Fn(&rp::Ray, f64) -> bool) {
        let (mut facing, mut free) = (0_u32, 0_u32);
        for (point, normal) in &self.points {
            let (at, out) = (pose.point(*point), pose.rotation * *normal);
            let way = self.eye - at;
            if way.dot(out) <= 0.0 {
                continue;
            }
            facing += 1;
            // From the eye, to a millimetre before the point.
            let far = (1.0 - 1e-3 / way.length()).max(0.0);
            free += u32::from(!blocked(&rp::Ray::new(self.eye, -way), far));
        }
        self.visible = if facing == 0 { 0.0 } else { f64::from(free) / f64::from(facing) };
        self.visible_min = self.visible_min.min(self.visible);
    }
}

/// Points on a cylinder about its middle with their normals: as many on every part of its side, some on its lid.
fn points(radius: f64, height: f64) -> Vec<(DVec3, DVec3)> {
    let turn = |at: u32, of: u32| libm::sincos(core::f64::consts::TAU * f64::from(at) / f64::from(of));
    let mut all = vec![(DVec3::new(0.0, 0.0, 0.5 * height), DVec3::Z)];
    for row in 0..ROWS {
        let z = height * ((f64::from(row) + 0.5) / f64::from(ROWS) - 0.5);
        for at in 0..ROUND {
            let (sine, cosine) = turn(at, ROUND);
            let out = DVec3::new(cosine, sine, 0.0);
            all.push((out * radius + DVec3::Z * z, out));
        }
    }
    for at in 0..LID {
        let (sine, cosine) = turn(at, LID);
        all.push((DVec3::new(cosine * 0.7 * radius, sine * 0.7 * radius, 0.5 * height), DVec3::Z));
    }
    all
}

/// A thing between camera and canister that stands, or slides along y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Occluder {
    at: DVec3,
    half: DVec3,
    speed_m_s: f64,
    start_s: f64,
}

/// Half its thickness.
const HALF_THICK_M: f64 = 0.022;

impl Occluder {
    /// As the scene of `binder`'s draw has it; `None` where there is none.
    pub(super) fn of(binder: &Binder<'_>) -> Result<Option<Self>, WorldError> {
        let get = |name: &str| binder.slot(name);
        let half = DVec3::new(HALF_THICK_M, 0.5 * get("occluder_width_m")?, 0.5 * get("occluder_height_m")?);
        let at = DVec3::new(get("occluder_x_m")?, get("occluder_y_m")?, get("occluder_bottom_m")? + half.z);
        let occluder = Self { at, half, speed_m_s: get("occluder_speed_m_s")?, start_s: get("occluder_start_s")? };
        Ok((half.z > 0.0).then_some(occluder))
    }

    /// Adds it.
    pub(super) fn insert(&self, builder: &mut Builder) -> rp::RigidBodyHandle {
        let thing = builder.thing("occluder");
        let body = rp::RigidBodyBuilder::kinematic_position_based().pose(rapier_pose(&self.pose(0.0)));
        let handle = builder.body((thing, 0), Class::Clutter, Some(body), (OTHER_FRICTION, 0.0), self.parts());
        handle.unwrap_or_else(rp::RigidBodyHandle::invalid)
    }

    /// Where it is at `time_s`.
    pub(super) fn pose(&self, time_s: f64) -> Pose {
        Pose::at(self.at + DVec3::Y * (self.speed_m_s * (time_s - self.start_s).max(0.0)))
    }

    /// What stands is cardboard, what hangs is a monitor.
    fn parts(&self) -> Vec<Part> {
        if self.at.z - self.half.z > 0.005 { self.monitor() } else { self.carton() }
    }

    /// Cardboard with a strip of tape, the gap between its flaps, and a printed label.
    fn carton(&self) -> Vec<Part> {
        let DVec3 { x, y, z } = self.half;
        let card = pattern(Surface::Cardboard, [[0.47, 0.31, 0.175], [0.40, 0.26, 0.14]], 0.007, 31);
        let tape = plain([0.56, 0.42, 0.24], 0.25);
        let ink = plain([0.09, 0.06, 0.045], 0.8);
        let paper = plain([0.74, 0.74, 0.71], 0.6);
        let strip = (0.16 * y).min(0.024);
        let print = |at_y: f64, at_z: f64, wide: f64, tall: f64| {
            Part::new(boxed(x + 0.0012, wide, tall, 0.0), ink, DVec3::new(0.0, 0.45 * y + at_y, -0.45 * z + at_z))
                .ghost()
        };
        vec![
            Part::new(boxed(x, y, z, 0.0025), card, DVec3::ZERO),
            Part::new(boxed(x + 0.0006, strip, 0.35 * z, 0.0), tape, DVec3::new(0.0, 0.0, z * 0.652)).ghost(),
            Part::new(boxed(x + 0.0008, strip, 0.0006, 0.0), tape, DVec3::new(0.0, 0.0, z)).ghost(),
            Part::new(boxed(0.0007, y, 0.0004, 0.0), ink, DVec3::new(0.0, 0.0, z + 0.0002)).ghost(),
            Part::new(boxed(x + 0.0009, 0.34 * y, 0.14 * z, 0.0), paper, DVec3::new(0.0, 0.45 * y, -0.45 * z)).ghost(),
            print(0.0, 0.08 * z, 0.28 * y, 0.006),
            print(-0.06 * y, 0.0, 0.22 * y, 0.004),
            print(0.04 * y, -0.08 * z, 0.26 * y, 0.010),
        ]
    }

    /// The back of a monitor on an arm that comes from above.
    fn monitor(&self) -> Vec<Part> {
        let DVec3 { x, y, z } = self.half;
        let shell = plain([0.028, 0.029, 0.032], 0.45);
        let glass = plain([0.008, 0.009, 0.011], 0.08);
        let rod = plain([0.30, 0.31, 0.32], 0.35);
        let thin = 0.4 * x;
        vec![
            Part::new(boxed(x, y, z, 0.006), shell, DVec3::ZERO).hidden(),
            Part::new(boxed(thin, y, z, 0.005), shell, DVec3::X * (x - thin)).ghost(),
            Part::new(boxed(0.0006, y - 0.008, z - 0.008, 0.0), glass, DVec3::NEG_X * (2.0 * thin - x + 0.0006))
                .ghost(),
            Part::new(cylinder(0.009, 0.4, 0.0), rod, DVec3::new(x, 0.0, z + 0.36)).ghost(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_that_of_the_points_above_an_edge() {
        let shape = Canister { mass_kg: 0.3, radius_m: 0.04, height_m: 0.2, fill: 1.0, friction: 0.4 };
        let far_off = DVec3::new(-100.0, 0.0, 0.1);
        let share = |wall_m: f64| {
            let mut physics = crate::world::physics::shared();
            let half = 0.5 * wall_m;
            let wall = rp::ColliderBuilder::cuboid(0.01, 1.0, half).translation(DVec3::new(-0.5, 0.0, half));
            physics.insert_collider(wall, None);
            let own = rp::ColliderBuilder::cylinder(0.1, 0.04).translation(DVec3::new(0.0, 0.0, 0.1));
            let own = physics.insert_collider(own, None);
            let mut sight = Sight::new(far_off, own, &shape);
            sight.begin(&physics, &Pose::at(DVec3::new(0.0, 0.0, 0.1)));
            sight.visible
        };
        // Five rows of points, 2, 6, 10, 14 and 18 cm up, all seen from the side and far away.
        for (wall_m, expected) in [(0.001, 1.0), (0.04, 0.8), (0.08, 0.6), (0.12, 0.4), (0.16, 0.2), (0.21, 0.0)] {
            assert!((share(wall_m) - expected).abs() < 1e-12, "wall of {wall_m} m: {}", share(wall_m));
        }
    }
}
