//! Rigs: robots and other articulated things as data. Links with mass and shape, joints with limits and effort.
//!
//! A rig is read from URDF ([`urdf::read`]) and checked whole before anything is simulated. It knows nothing of physics
//! engines; `robot` puts it into a world. Closed loops, deformable links and transmissions are deliberately left out.

pub(super) mod robot;
pub mod urdf;

use glam::{DMat3, DVec3};

use super::body::Part;
use crate::base::Pose;

/// An articulated thing: a tree of links.
#[derive(Clone, Debug)]
pub struct Rig {
    /// Its name in the file.
    pub name: String,
    /// The root first, every link after its parent.
    pub links: Vec<Link>,
    /// `joints[i]` carries `links[i + 1]`.
    pub joints: Vec<Joint>,
}

/// A rigid piece of a rig. What fixed joints weld together is one link.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its name in the file.
    pub name: String,
    /// Mass in kg.
    pub mass_kg: f64,
    /// Centre of mass in the link's frame, in metres.
    pub centre_m: DVec3,
    /// Inertia about the centre of mass, along the link's axes, in kg m².
    pub inertia_kg_m2: DMat3,
    /// What is touched and seen.
    pub(super) parts: Vec<Part>,
    /// Names of further links that are welded to this one, with `link_from_welded`.
    pub welded: Vec<(String, Pose)>,
}

/// A joint with one degree of freedom.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    /// Its name in the file.
    pub name: String,
    /// The link that carries it, an index into [`Rig::links`].
    pub parent: usize,
    /// `parent_from_joint` at position 0.
    pub at: Pose,
    /// Unit vector in the joint's frame that it turns about or slides along.
    pub axis: DVec3,
    /// Whether it turns or slides.
    pub motion: Motion,
    /// Lowest and highest position in rad or m; none where it turns without end.
    pub range: Option<[f64; 2]>,
    /// Largest torque in N m, or force in N.
    pub effort: f64,
    /// Largest speed in rad/s or m/s; infinite where the file states none.
    pub speed: f64,
    /// Viscous damping in N m s/rad, or N s/m.
    pub damping: f64,
    /// Dry friction in N m, or N.
    pub friction: f64,
}

/// What a joint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Turns about its axis.
    Turns,
    /// Slides along its axis.
    Slides,
}

impl Rig {
    /// The index of the link called `name`.
    pub fn link(&self, name: &str) -> Option<usize> {
        self.links.iter().position(|link| link.name == name)
    }

    /// The index of the joint called `name`.
    pub fn joint(&self, name: &str) -> Option<usize> {
        self.joints.iter().position(|joint| joint.name == name)
    }

    /// Mass of the whole in kg.
    pub fn mass_kg(&self) -> f64 {
        self.links.iter().map(|link| link.mass_kg).sum()
    }

    /// Where every link is, with the root at `root` and the joints at `positions` (rad or m; 0 where there are too few).
    pub fn poses(&self, root: Pose, positions: &[f64]) -> Vec<Pose> {
        let mut all = Vec::with_capacity(self.links.len());
        all.push(root);
        for (at, joint) in self.joints.iter().enumerate() {
            let parent = all.get(joint.parent).copied().unwrap_or(root);
            all.push(parent.then(&joint.at).then(&joint.moved(positions.get(at).copied().unwrap_or(0.0))));
        }
        all
    }
}

impl Joint {
    /// `joint_from_link` at `position`.
    pub fn moved(&self, position: f64) -> Pose {
        match self.motion {
            Motion::Slides => Pose::at(self.axis * position),
            Motion::Turns => {
                let (sine, cosine) = libm::sincos(0.5 * position);
                let part = self.axis * sine;
                let rotation = glam::DQuat::from_xyzw(part.x, part.y, part.z, cosine);
                Pose { position: DVec3::ZERO, rotation }
            }
        }
    }
}
