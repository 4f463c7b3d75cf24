//! Rigs: robots and other articulated things as data. Links with mass and shape, joints with limits and effort.
//!
//! A rig is read from URDF ([`urdf::read`]) and checked whole before anything is simulated. It knows nothing of physics
//! engines; [`Robot`] puts it into a world. Closed loops, deformable links and transmissions are deliberately left out.

mod robot;
mod start;
pub mod urdf;

pub use robot::{Drive, Robot, Sensed};
pub use start::StartError;

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
    pub(in crate::world) parts: Vec<Part>,
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
    /// What it follows, where it has no motor of its own.
    pub mimic: Option<Mimic>,
}

/// How a joint follows another, as a gear or a linkage makes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mimic {
    /// The joint that it follows, an index into [`Rig::joints`].
    pub leader: usize,
    /// Its position for each unit of the leader's.
    pub multiplier: f64,
    /// Its position in rad or m where the leader's is 0.
    pub offset: f64,
}

/// Where a link is and how it moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moving {
    /// `world_from_link`.
    pub pose: Pose,
    /// Velocity of its origin in m/s.
    pub velocity_m_s: DVec3,
    /// Turning rate in rad/s, world frame.
    pub turning_rad_s: DVec3,
}

/// A rig as one mass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Whole {
    /// Mass in kg.
    pub mass_kg: f64,
    /// Centre of mass in metres.
    pub centre_m: DVec3,
    /// Its velocity in m/s.
    pub velocity_m_s: DVec3,
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

    /// `positions` with those of joints that follow others put where they belong.
    pub(in crate::world) fn followed(&self, positions: &mut [f64]) {
        for (at, joint) in self.joints.iter().enumerate() {
            let Some(mimic) = joint.mimic else { continue };
            let leader = positions.get(mimic.leader).copied().unwrap_or(0.0);
            if let Some(position) = positions.get_mut(at) {
                *position = mimic.multiplier * leader + mimic.offset;
            }
        }
    }

    /// The joints that follow joint `leader`, and how many times as far they go.
    pub(in crate::world) fn followers(&self, leader: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let follows = move |(at, joint): (usize, &Joint)| {
            joint.mimic.filter(|mimic| mimic.leader == leader).map(|mimic| (at, mimic.multiplier))
        };
        self.joints.iter().enumerate().filter_map(follows)
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

    /// Where every link is and how it moves, from what the robot senses of itself.
    pub fn motion(&self, sensed: &Sensed) -> Vec<Moving> {
        let root = Moving { pose: sensed.root, velocity_m_s: sensed.velocity_m_s, turning_rad_s: sensed.turning_rad_s };
        let mut all = Vec::with_capacity(self.links.len());
        all.push(root);
        for (at, joint) in self.joints.iter().enumerate() {
            let [position, rate] = sensed.joints.get(at).copied().unwrap_or_default();
            let parent = all.get(joint.parent).copied().unwrap_or(root);
            let pose = parent.pose.then(&joint.at).then(&joint.moved(position));
            let along = pose.rotation * joint.axis * rate;
            let carried = parent.velocity_m_s + parent.turning_rad_s.cross(pose.position - parent.pose.position);
            all.push(match joint.motion {
                Motion::Turns => Moving { pose, velocity_m_s: carried, turning_rad_s: parent.turning_rad_s + along },
                Motion::Slides => Moving { pose, velocity_m_s: carried + along, turning_rad_s: parent.turning_rad_s },
            });
        }
        all
    }

    /// All links together, given their [`Self::motion`].
    pub fn whole(&self, motion: &[Moving]) -> Whole {
        let (mut mass_kg, mut centre_m, mut velocity_m_s) = (0.0, DVec3::ZERO, DVec3::ZERO);
        for (link, moving) in self.links.iter().zip(motion) {
            let arm = moving.pose.rotation * link.centre_m;
            mass_kg += link.mass_kg;
            centre_m += (moving.pose.position + arm) * link.mass_kg;
            velocity_m_s += (moving.velocity_m_s + moving.turning_rad_s.cross(arm)) * link.mass_kg;
        }
        Whole { mass_kg, centre_m: centre_m / mass_kg, velocity_m_s: velocity_m_s / mass_kg }
    }

    /// The inertia in kg m² about the line through `through` along the unit vector `axis`, with links at `poses`.
    pub fn inertia_about(&self, poses: &[Pose], through: DVec3, axis: DVec3) -> f64 {
        let about = |(link, pose): (&Link, &Pose)| {
            let turned = pose.rotation.conjugate() * axis;
            let arm = (pose.point(link.centre_m) - through).cross(axis);
            turned.dot(link.inertia_kg_m2 * turned) + link.mass_kg * arm.length_squared()
        };
        self.links.iter().zip(poses).map(about).sum()
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
