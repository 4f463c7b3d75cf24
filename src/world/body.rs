//! Shapes with looks, and how they enter the physics.

use glam::{DMat3, DQuat, DVec3};
use rapier3d_f64::prelude as rp;

use super::snapshot::{Material, Shape, Surface};
use crate::base::Pose;

/// A visible shape in the frame of the body it is fixed to.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) shape: Shape,
    pub(super) material: Material,
    /// `body_from_part`.
    pub(super) at: Pose,
    /// Whether other things touch it.
    pub(super) solid: bool,
    /// Whether pictures show it.
    pub(super) seen: bool,
    /// What is touched in place of the shape: the hull of a mesh.
    pub(super) hull: Option<rp::SharedShape>,
}

impl Part {
    pub(super) fn new(shape: Shape, material: Material, at: DVec3) -> Self {
        Self { shape, material, at: Pose::at(at), solid: true, seen: true, hull: None }
    }

    /// Seen, never touched.
    pub(super) fn ghost(mut self) -> Self {
        self.solid = false;
        self
    }

    /// Touched, never seen.
    pub(super) fn hidden(mut self) -> Self {
        self.seen = false;
        self
    }

    /// The same, moved.
    pub(super) fn shifted(mut self, by: DVec3) -> Self {
        self.at.position += by;
        self
    }

    /// The collider that fills this shape; rounded edges are filled up, since contact there makes no difference. What
    /// is touched of a mesh is its hull, or the box round it where it is flat.
    pub(super) fn collider(&self) -> rp::ColliderBuilder {
        // Cylinders and cones of the physics stand along y, ours along z.
        let upright = DQuat::from_xyzw(core::f64::consts::FRAC_1_SQRT_2, 0.0, 0.0, core::f64::consts::FRAC_1_SQRT_2);
        if let Some(hull) = &self.hull {
            return rp::ColliderBuilder::new(hull.clone()).position(rapier_pose(&self.at));
        }
        let (builder, own) = match &self.shape {
            Shape::Box { half, .. } => (rp::ColliderBuilder::cuboid(half.x, half.y, half.z), DQuat::IDENTITY),
            Shape::Mesh(mesh) => {
                let half = mesh.half_extents_m();
                let around = || rp::ColliderBuilder::cuboid(half.x, half.y, half.z);
                (rp::ColliderBuilder::convex_hull(&mesh.corners_m()).unwrap_or_else(around), DQuat::IDENTITY)
            }
            Shape::Sphere { radius } => (rp::ColliderBuilder::ball(*radius), DQuat::IDENTITY),
            Shape::Capsule { radius, half_height } => {
                (rp::ColliderBuilder::capsule_z(*half_height, *radius), DQuat::IDENTITY)
            }
            Shape::Cylinder { radius, half_height, .. } => {
                (rp::ColliderBuilder::cylinder(*half_height, *radius), upright)
            }
            Shape::Cone { bottom, top, half_height } => {
                (rp::ColliderBuilder::cylinder(*half_height, bottom.max(*top)), upright)
            }
        };
        builder.position(rapier_pose(&Pose { position: self.at.position, rotation: self.at.rotation * own }))
    }
}

pub(super) fn rapier_pose(pose: &Pose) -> rp::Pose {
    rp::Pose::from_parts(pose.position, pose.rotation)
}

pub(super) fn pose_of(pose: &rp::Pose) -> Pose {
    Pose { position: pose.translation, rotation: pose.rotation }
}

/// The rotation about x, y or z (`axis` 0 to 2) by `angle` radians, with `libm`.
pub(super) fn turn(axis: usize, angle: f64) -> DMat3 {
    let (s, c) = libm::sincos(angle);
    match axis {
        0 => DMat3::from_cols(DVec3::X, DVec3::new(0.0, c, s), DVec3::new(0.0, -s, c)),
        1 => DMat3::from_cols(DVec3::new(c, 0.0, -s), DVec3::Y, DVec3::new(s, 0.0, c)),
        _ => DMat3::from_cols(DVec3::new(c, s, 0.0), DVec3::new(-s, c, 0.0), DVec3::Z),
    }
}

/// A material of one colour (linear RGB).
pub(super) fn plain(colour: [f32; 3], roughness: f32) -> Material {
    Material {
        surface: Surface::Plain,
        colour,
        second: colour,
        roughness,
        metallic: 0.0,
        scale_m: 0.03,
        seed: 1,
        coat: 0.0,
        glow: 0.0,
        transmission: 0.0,
    }
}

/// Bare metal.
pub(super) fn metal(colour: [f32; 3], roughness: f32) -> Material {
    Material { surface: Surface::Brushed, metallic: 0.85, scale_m: 0.01, ..plain(colour, roughness) }
}

/// `pattern` in two colours.
pub(super) fn pattern(surface: Surface, colours: [[f32; 3]; 2], scale_m: f32, seed: u32) -> Material {
    let [colour, second] = colours;
    Material {
        surface,
        colour,
        second,
        roughness: 0.6,
        metallic: 0.0,
        scale_m,
        seed,
        coat: 0.0,
        glow: 0.0,
        transmission: 0.0,
    }
}

/// A box with rounded edges.
pub(super) fn boxed(x: f64, y: f64, z: f64, round: f64) -> Shape {
    Shape::Box { half: DVec3::new(x, y, z), round }
}

/// A cylinder along z.
pub(super) fn cylinder(radius: f64, half_height: f64, round: f64) -> Shape {
    Shape::Cylinder { radius, half_height, round }
}
