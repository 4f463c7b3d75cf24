//! A leg with six joints as a chain that can be solved in closed form: yaw, roll and pitch meet in the hip, pitch and
//! roll in the ankle (Kajita et al., "Introduction to Humanoid Robotics", 2014, section 2.5).

use glam::{DMat3, DVec3};

use crate::base::Pose;
use crate::world::body::turn;
use crate::world::rig::Rig;
use crate::world::snapshot::Shape;

/// Joints of a leg, from the hip down.
pub const JOINTS: [&str; 6] = ["hip_yaw", "hip_roll", "hip_pitch", "knee", "ankle_pitch", "ankle_roll"];

/// One leg of a rig.
#[derive(Clone, Debug)]
pub struct Leg {
    /// Indices of its joints in the rig, from the hip down; the link of each is one more.
    pub joints: [usize; 6],
    /// +1 left, −1 right.
    pub side: f64,
    /// The hip in the pelvis's frame, in metres.
    pub hip: DVec3,
    /// Length of thigh and shank in metres.
    pub lengths_m: [f64; 2],
    /// The sole below the ankle: heel and toe along x, half its width, and how far down it lies, in metres.
    pub sole: Sole,
}

/// The flat bottom of a foot in the foot's frame, in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sole {
    /// Where it begins along x.
    pub heel: f64,
    /// Where it ends along x.
    pub toe: f64,
    /// Half its width along y.
    pub half_width: f64,
    /// How far below the ankle it lies.
    pub below: f64,
}

impl Leg {
    /// The leg of `rig` whose joints begin with `prefix` (`"left_"`), or what is missing in words.
    pub fn of(rig: &Rig, prefix: &str, side: f64) -> Result<Self, String> {
        let mut joints = [0; 6];
        let axes = [DVec3::Z, DVec3::X, DVec3::Y, DVec3::Y, DVec3::Y, DVec3::X];
        for ((slot, name), axis) in joints.iter_mut().zip(JOINTS).zip(axes) {
            let name = format!("{prefix}{name}");
            let Some(at) = rig.joint(&name) else { return Err(format!("the rig has no joint `{name}`")) };
            *slot = at;
            if rig.joints.get(at).is_none_or(|joint| joint.axis.distance(axis) > 1e-6) {
                return Err(format!("the joint `{name}` must turn about {axis}"));
            }
        }
        let place = |at: usize| rig.joints.get(at).map_or(DVec3::ZERO, |joint| joint.at.position);
        let [yaw, roll, pitch, knee, ankle, tilt] = joints;
        if [roll, pitch, tilt].iter().any(|at| place(*at).length() > 1e-9) {
            return Err(format!("the joints of the {prefix}hip and of the {prefix}ankle must each meet in one point"));
        }
        let straight = |at: DVec3| at.x.abs() < 1e-9 && at.y.abs() < 1e-9 && at.z < 0.0;
        if !(straight(place(knee)) && straight(place(ankle))) {
            return Err(format!("knee and ankle of the {prefix}leg must lie straight below the hip"));
        }
        Ok(Self {
            joints,
            side,
            hip: place(yaw),
            lengths_m: [-place(knee).z, -place(ankle).z],
            sole: sole(rig, tilt + 1).ok_or_else(|| format!("the {prefix}foot needs a box to stand on"))?,
        })
    }

    /// The link of the foot, an index into the rig's links.
    pub fn foot(&self) -> usize {
        self.joints[5] + 1
    }

    /// The joint angles in rad that put the ankle to `foot` (position and attitude) with the pelvis at `pelvis`. What is
    /// out of reach is reached for with a straight leg.
    pub fn solve(&self, pelvis: &Pose, foot: &Pose) -> [f64; 6] {
        let [thigh, shank] = self.lengths_m;
        let hip = foot.inverse().point(pelvis.point(self.hip));
        let reach = hip.length().max(1e-6);
        let cosine = (reach * reach - thigh * thigh - shank * shank) / (2.0 * thigh * shank);
        let knee = libm::acos(cosine.clamp(-1.0, 1.0));
        let bend = libm::asin((thigh / reach * libm::sin(core::f64::consts::PI - knee)).clamp(-1.0, 1.0));
        let roll = libm::atan2(hip.y, hip.z);
        let across = libm::copysign(libm::hypot(hip.y, hip.z), hip.z);
        let pitch = -libm::atan2(hip.x, across) - bend;
        let left =
            DMat3::from_quat(pelvis.rotation.conjugate() * foot.rotation) * turn(0, -roll) * turn(1, -pitch - knee);
        let [x, y, z] = [left.x_axis, left.y_axis, left.z_axis];
        let hip_yaw = libm::atan2(-y.x, y.y);
        let (sine, cosine) = libm::sincos(hip_yaw);
        let hip_roll = libm::atan2(y.z, cosine * y.y - sine * y.x);
        [hip_yaw, hip_roll, libm::atan2(-x.z, z.z), knee, pitch, roll]
    }
}

/// The bottom of the lowest solid box of a link.
fn sole(rig: &Rig, link: usize) -> Option<Sole> {
    let parts = rig.links.get(link)?.parts.iter().filter(|part| part.solid);
    let boxes = parts.filter_map(|part| match &part.shape {
        Shape::Box { half, .. } => Some((part.at.position, *half)),
        _ => None,
    });
    let (at, half) = boxes.min_by(|a, b| (a.0.z - a.1.z).total_cmp(&(b.0.z - b.1.z)))?;
    Some(Sole { heel: at.x - half.x, toe: at.x + half.x, half_width: half.y, below: half.z - at.z })
}
