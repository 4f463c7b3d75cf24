//! The robot's arms: seven joints, analytic inverse kinematics, the hand's path, and what the links look like.
//!
//! With all joints at 0 an arm hangs straight down, its palm towards the thigh. The joints follow the order and the axes of
//! common humanoids (Unitree's G1 among them): shoulder pitch (y), roll (x), yaw (along the upper arm, z), elbow (y), wrist
//! roll (along the forearm, z), pitch (y, across the flat of the hand's edge), yaw (x, which bends the palm).

use glam::{DMat3, DQuat, DVec3};
use rapier3d_f64::prelude as rp;

use super::scene::Scene;
use crate::base::Pose;
use crate::world::body::{Part, boxed, cylinder, metal, plain, turn};
use crate::world::skeleton::{Knot, On};
use crate::world::snapshot::Shape;

/// Shoulder to elbow in metres.
pub(super) const UPPER_M: f64 = 0.28;
/// Elbow to wrist in metres.
pub(super) const FORE_M: f64 = 0.27;
/// The wrist never comes nearer to full stretch than this share.
const STRETCH: f64 = 0.995;
/// Height of the shoulders over the table, their distance behind its edge and from the middle.
const SHOULDER: DVec3 = DVec3::new(-0.08, 0.17, 0.30);
/// Middle of the right hand's cup before it starts, x and y, and how much higher than at its end.
const HOME: DVec3 = DVec3::new(0.21, -0.165, 0.05);
/// When the hand starts.
pub(super) const START_S: f64 = 0.2;
/// Where the middle of the hand's cup lies ahead of the wrist, and half the palm's thickness.
const CUP_AHEAD_M: f64 = 0.085;
const PALM_HALF_M: f64 = 0.016;
/// Air between the palm and the canister when the hand is where it should be.
const CUP_GAP_M: f64 = 0.008;

/// Names of the joint signals of the right arm, in the order of [`Joints`]: angles, rates, and what the joints are told.
pub(super) const JOINT_NAMES: [&str; 7] = [
    "right_shoulder_pitch_rad",
    "right_shoulder_roll_rad",
    "right_shoulder_yaw_rad",
    "right_elbow_rad",
    "right_wrist_roll_rad",
    "right_wrist_pitch_rad",
    "right_wrist_yaw_rad",
];
pub(super) const RATE_NAMES: [&str; 7] = [
    "right_shoulder_pitch_rad_s",
    "right_shoulder_roll_rad_s",
    "right_shoulder_yaw_rad_s",
    "right_elbow_rad_s",
    "right_wrist_roll_rad_s",
    "right_wrist_pitch_rad_s",
    "right_wrist_yaw_rad_s",
];
pub(super) const TARGET_NAMES: [&str; 7] = [
    "right_shoulder_pitch_target_rad",
    "right_shoulder_roll_target_rad",
    "right_shoulder_yaw_target_rad",
    "right_elbow_target_rad",
    "right_wrist_roll_target_rad",
    "right_wrist_pitch_target_rad",
    "right_wrist_yaw_target_rad",
];

/// The left arm's angles, which rest.
pub(super) const LEFT_NAMES: [&str; 7] = [
    "left_shoulder_pitch_rad",
    "left_shoulder_roll_rad",
    "left_shoulder_yaw_rad",
    "left_elbow_rad",
    "left_wrist_roll_rad",
    "left_wrist_pitch_rad",
    "left_wrist_yaw_rad",
];

/// Joint angles in radians.
pub(super) type Joints = [f64; 7];

/// How far fingers and thumb are bent in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grip {
    /// 0 open to 1 closed, fingers.
    pub(super) fingers: f64,
    /// 0 open to 1 closed, thumb.
    pub(super) thumb: f64,
}

impl Grip {
    pub(super) const OPEN: Self = Self { fingers: 0.0, thumb: 0.0 };
}

/// The links that move as one, in the order of all arrays here.
pub(super) const LINKS: usize = 7;
/// Index of the hand among the links.
pub(super) const HAND: usize = 2;
/// Indices of the finger links, and of the thumb's.
pub(super) const FINGERS: [usize; 2] = [3, 4];
pub(super) const THUMB: [usize; 2] = [5, 6];

/// Which arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Side {
    /// +1 left, −1 right.
    fn sign(self) -> f64 {
        if self == Self::Left { 1.0 } else { -1.0 }
    }

    pub(super) fn shoulder(self) -> DVec3 {
        DVec3::new(SHOULDER.x, SHOULDER.y * self.sign(), SHOULDER.z)
    }

    /// From the last link of the wrist to the hand, whose palm faces +x: a quarter turn, so that it faces inwards at 0.
    fn palm(self) -> DMat3 {
        DMat3::from_cols(DVec3::NEG_Y * self.sign(), DVec3::X * self.sign(), DVec3::Z)
    }
}

/// The joints that bring the wrist to `wrist`, with the elbow down and outwards. The hand's frame is the wrist pose's:
/// it points along −z and its palm faces +x. A wrist out of reach is pulled in along the line to the shoulder.
pub(super) fn inverse(side: Side, wrist: &Pose) -> Joints {
    let shoulder = side.shoulder();
    let to = wrist.position - shoulder;
    let reach = to.length().clamp(0.2 * FORE_M, STRETCH * (UPPER_M + FORE_M));
    let towards = to.normalize_or(DVec3::X);
    // Law of cosines: where along the line the elbow lies, and how far off it.
    let along = (reach * reach + UPPER_M * UPPER_M - FORE_M * FORE_M) / (2.0 * reach);
    let off = libm::sqrt((UPPER_M * UPPER_M - along * along).max(0.0));
    let outwards = DVec3::new(-0.1, 0.75 * side.sign(), -0.65);
    let aside = (outwards - towards * outwards.dot(towards)).normalize_or(DVec3::NEG_Z);
    let elbow = towards * along + aside * off;
    let upper = elbow.normalize_or(DVec3::NEG_Z);
    let fore = (towards * reach - elbow).normalize_or(DVec3::NEG_Z);

    let x = (fore - upper * fore.dot(upper)).normalize_or(DVec3::X);
    let z = -upper;
    let m = DMat3::from_cols(x, z.cross(x), z);
    let bend = libm::acos(fore.dot(upper).clamp(-1.0, 1.0));
    // m = Ry(pitch) Rx(roll) Rz(yaw).
    let pitch = libm::atan2(m.z_axis.x, m.z_axis.z);
    let roll = libm::asin((-m.z_axis.y).clamp(-1.0, 1.0));
    let yaw = libm::atan2(m.x_axis.y, m.y_axis.y);
    // The wrist's part = Rz(roll) Ry(pitch) Rx(yaw), before the palm's quarter turn.
    let w = (m * turn(1, -bend)).transpose() * DMat3::from_quat(wrist.rotation) * side.palm().transpose();
    let wrist_roll = libm::atan2(w.x_axis.y, w.x_axis.x);
    let wrist_pitch = libm::asin((-w.x_axis.z).clamp(-1.0, 1.0));
    let wrist_yaw = libm::atan2(w.y_axis.z, w.z_axis.z);
    [pitch, roll, yaw, bend, wrist_roll, wrist_pitch, wrist_yaw]
}

/// Poses of all links for given joints.
pub(super) fn forward(side: Side, joints: &Joints, grip: Grip) -> [Pose; LINKS] {
    let [pitch, roll, yaw, bend, wrist_roll, wrist_pitch, wrist_yaw] = *joints;
    let upper = turn(1, pitch) * turn(0, roll) * turn(2, yaw);
    let fore = upper * turn(1, -bend);
    let hand = fore * turn(2, wrist_roll) * turn(1, wrist_pitch) * turn(0, wrist_yaw) * side.palm();
    let elbow = side.shoulder() - upper.z_axis * UPPER_M;
    let wrist = elbow - fore.z_axis * FORE_M;
    let at =
        |origin: DVec3, rotation: &DMat3| Pose { position: origin, rotation: DQuat::from_mat3(rotation).normalize() };

    let near = hand * turn(1, -(0.44 + 0.85 * grip.fingers));
    let far = near * turn(1, -(0.61 + 0.70 * grip.fingers));
    let knuckle = wrist + hand * DVec3::new(0.0, 0.0, -0.10);
    let middle = knuckle - near.z_axis * FINGER_NEAR_M;
    let thumb_near = hand * turn(1, -(1.40 - 0.55 * grip.thumb));
    let thumb_far = thumb_near * turn(1, 0.35 + 0.25 * grip.thumb);
    let thumb_root = wrist + hand * DVec3::new(0.012, 0.0, -0.015);
    let thumb_middle = thumb_root - thumb_near.z_axis * THUMB_NEAR_M;
    [
        at(side.shoulder(), &upper),
        at(elbow, &fore),
        at(wrist, &hand),
        at(knuckle, &near),
        at(middle, &far),
        at(thumb_root, &thumb_near),
        at(thumb_middle, &thumb_far),
    ]
}

/// A hand that points along `ahead` (horizontal unit vector) with its palm towards the robot's middle, turned down by
/// `tilt` radians.
fn hand_rotation(side: Side, ahead: DVec3, tilt: f64) -> DQuat {
    let z = -ahead;
    let (sine, cosine) = libm::sincos(tilt);
    let x = DVec3::Z.cross(ahead) * (-side.sign() * cosine) - DVec3::Z * sine;
    DQuat::from_mat3(&DMat3::from_cols(x, z.cross(x), z)).normalize()
}

/// The resting left arm's joints.
pub(super) fn left_joints() -> Joints {
    let (sine, cosine) = libm::sincos(-0.15);
    let ahead = DVec3::new(cosine, sine, 0.0);
    let wrist = Pose { position: DVec3::new(0.18, 0.255, 0.078), rotation: hand_rotation(Side::Left, ahead, 1.1) };
    inverse(Side::Left, &wrist)
}

/// The resting left arm.
pub(super) fn resting_left() -> [Pose; LINKS] {
    forward(Side::Left, &left_joints(), Grip { fingers: 0.0, thumb: LEFT_THUMB })
}

/// How far the left thumb is bent.
const LEFT_THUMB: f64 = 0.2;

/// The right wrist's way: a straight line at minimum jerk, the hand never turning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Path {
    from: DVec3,
    to: DVec3,
    rotation: DQuat,
    /// Length of the movement in seconds.
    over_s: f64,
}

impl Path {
    /// To the canister of `scene`, or as far beside it as the scene says.
    pub(super) fn of(scene: &Scene) -> Self {
        let reach = &scene.reach;
        let goal = DVec3::new(scene.canister_at.x, scene.canister_at.y + reach.offset_y_m, reach.height_m);
        let home = DVec3::new(HOME.x, HOME.y, reach.height_m + HOME.z);
        // Towards the canister, not the goal: a hand that misses is not turned by how far it misses.
        let to = scene.canister_at - home;
        let way = DVec3::new(to.x, to.y, 0.0).normalize_or(DVec3::Y);
        // The cup opens half forward, half inward: the hand points 45 degrees to the right of where it goes.
        let ahead = (way - DVec3::Z.cross(way)).normalize_or(DVec3::X);
        let rotation = hand_rotation(Side::Right, ahead, 0.0);
        let cup = rotation * DVec3::new(PALM_HALF_M + CUP_GAP_M + scene.canister.radius_m, 0.0, -CUP_AHEAD_M);
        Self { from: home - cup, to: goal - cup, rotation, over_s: home.distance(goal) / reach.speed_m_s }
    }

    /// The wrist's pose at `time_s` on the way to a goal that lies by `shift` beside the one that the path was laid for.
    pub(super) fn wrist(&self, time_s: f64, shift: DVec3) -> Pose {
        let u = ((time_s - START_S) / self.over_s).clamp(0.0, 1.0);
        let share = u * u * u * (10.0 + u * (6.0 * u - 15.0));
        Pose { position: self.from.lerp(self.to, share) + shift * share, rotation: self.rotation }
    }

    /// When the hand has arrived, in seconds.
    pub(super) fn arrival_s(&self) -> f64 {
        START_S + self.over_s
    }

    /// Start and end of the wrist's line.
    pub(super) fn ends(&self) -> (DVec3, DVec3) {
        (self.from, self.to)
    }
}

/// How fast a hand follows a goal that moves: after half a second it is within 4 %.
const FOLLOW_PER_S: f64 = 10.0;

/// A goal that is moved while the hand is on its way. The hand follows as a critically damped spring would: whatever the
/// set-point does, even a step, its place and its speed are continuous.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Shift {
    /// How far the goal has been moved, in metres.
    pub(super) now: DVec3,
    speed: DVec3,
}

impl Shift {
    /// After `step_s` seconds more under the set-point `to`: the spring's exact solution.
    pub(super) fn after(self, step_s: f64, to: DVec3) -> Self {
        if self.now == to && self.speed == DVec3::ZERO {
            return self;
        }
        let off = self.now - to;
        let pull = self.speed + off * FOLLOW_PER_S;
        let fade = libm::exp(-FOLLOW_PER_S * step_s);
        Self { now: to + (off + pull * step_s) * fade, speed: (self.speed - pull * (FOLLOW_PER_S * step_s)) * fade }
    }
}

const FINGER_NEAR_M: f64 = 0.045;
const FINGER_FAR_M: f64 = 0.040;
const THUMB_NEAR_M: f64 = 0.042;
const THUMB_FAR_M: f64 = 0.036;

/// Where the fingers are across the hand.
const FINGERS_Y_M: [f64; 4] = [-0.030, -0.010, 0.010, 0.030];

/// The joints and tips of an arm whose links are `links`: where [`forward`] has them.
pub(super) fn points(links: &[rp::RigidBodyHandle; LINKS]) -> Vec<Knot> {
    let mut all: Vec<Knot> = Vec::new();
    let mut add = |name: &str, link: usize, local: DVec3, inside_m: f64, joined: Option<usize>| {
        let body = links.get(link).copied().unwrap_or_else(rp::RigidBodyHandle::invalid);
        all.push(Knot::new(name, (On::Body(body), local), inside_m, joined));
        all.len() - 1
    };
    let down = |y: f64, z: f64| DVec3::new(0.0, y, -z);
    let shoulder = add("shoulder", 0, DVec3::ZERO, 0.052, None);
    let elbow = add("elbow", 1, DVec3::ZERO, 0.046, Some(shoulder));
    let wrist = add("wrist", HAND, DVec3::ZERO, 0.030, Some(elbow));
    for (number, y) in FINGERS_Y_M.into_iter().enumerate() {
        let name = |part: &str| format!("finger_{}_{part}", number + 1);
        let [near, far] = FINGERS;
        let knuckle = add(&name("knuckle"), near, down(y, 0.0), 0.032, Some(wrist));
        let middle = add(&name("middle"), far, down(y, 0.0), 0.010, Some(knuckle));
        add(&name("tip"), far, down(y, FINGER_FAR_M), 0.0085, Some(middle));
    }
    let [near, far] = THUMB;
    let root = add("thumb_root", near, DVec3::ZERO, 0.030, Some(wrist));
    let middle = add("thumb_middle", far, DVec3::ZERO, 0.011, Some(root));
    add("thumb_tip", far, down(0.0, THUMB_FAR_M), 0.0095, Some(middle));
    all
}

/// A capsule along −z from the link's origin.
fn bone(length: f64, radius: f64) -> (Shape, DVec3) {
    (Shape::Capsule { radius, half_height: 0.5 * length }, DVec3::new(0.0, 0.0, -0.5 * length))
}

/// What the links look like, in their order: silver arms, black hands with white covers.
pub(super) fn parts() -> [Vec<Part>; LINKS] {
    let silver = metal([0.72, 0.74, 0.76], 0.42);
    let shell = plain([0.80, 0.81, 0.82], 0.35);
    let black = plain([0.012, 0.012, 0.013], 0.7);
    let dark = plain([0.03, 0.03, 0.034], 0.5);
    let down = |z: f64| DVec3::new(0.0, 0.0, -z);
    let (upper, at_upper) = bone(UPPER_M, 0.042);
    let upper =
        vec![Part::new(upper, shell, at_upper), Part::new(Shape::Sphere { radius: 0.052 }, dark, DVec3::ZERO).ghost()];
    let fore = vec![
        Part::new(Shape::Sphere { radius: 0.046 }, silver, DVec3::ZERO),
        Part::new(cylinder(0.047, 0.012, 0.004), dark, down(0.062)).ghost(),
        Part::new(Shape::Cone { bottom: 0.032, top: 0.044, half_height: 0.075 }, silver, down(0.140)),
        Part::new(cylinder(0.033, 0.018, 0.003), silver, down(0.228)),
        Part::new(cylinder(0.0345, 0.004, 0.001), dark, down(0.222)).ghost(),
        Part::new(cylinder(0.030, 0.016, 0.003), silver, down(0.258)),
    ];
    let hand = vec![
        Part::new(cylinder(0.026, 0.015, 0.004), black, down(0.008)),
        Part::new(boxed(PALM_HALF_M, 0.040, 0.042, 0.012), black, down(0.058)),
        // The white cover on the back of the hand.
        Part::new(boxed(0.009, 0.037, 0.037, 0.008), shell, DVec3::new(-0.021, 0.0, -0.054)),
    ];
    let rows = FINGERS_Y_M;
    let row = |length: f64, radius: f64, material| {
        let (shape, at) = bone(length, radius);
        rows.map(|y| Part::new(shape.clone(), material, at + DVec3::new(0.0, y, 0.0))).to_vec()
    };
    let (thumb_near, at_near) = bone(THUMB_NEAR_M, 0.011);
    let (thumb_far, at_far) = bone(THUMB_FAR_M, 0.0095);
    [
        upper,
        fore,
        hand,
        row(FINGER_NEAR_M, 0.0092, shell),
        row(FINGER_FAR_M, 0.0084, black),
        vec![Part::new(thumb_near, shell, at_near)],
        vec![Part::new(thumb_far, black, at_far)],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_kinematics_reaches_within_a_millimetre() {
        let (mut worst, mut tried) = (0.0_f64, 0);
        for at in 0..120 {
            let step = |n: usize, count: f64| (at / n) as f64 % count / (count - 1.0);
            let position =
                DVec3::new(0.10 + 0.28 * step(1, 5.0), -0.30 + 0.30 * step(5, 6.0), 0.05 + 0.2 * step(30, 4.0));
            // Beyond this the wrist is pulled in, which is the next test's matter.
            if position.distance(Side::Right.shoulder()) > STRETCH * (UPPER_M + FORE_M) {
                continue;
            }
            tried += 1;
            let (sine, cosine) = libm::sincos(1.2 * step(1, 7.0) - 0.6);
            let wrist = Pose { position, rotation: hand_rotation(Side::Right, DVec3::new(cosine, sine, 0.0), 0.0) };
            let reached = forward(Side::Right, &inverse(Side::Right, &wrist), Grip::OPEN)[HAND];
            worst = worst.max(reached.position.distance(position));
            let turned = (reached.rotation * DVec3::X).distance(wrist.rotation * DVec3::X);
            assert!(turned < 1e-6, "hand turned by {turned} at {position}");
        }
        assert!(worst < 1e-3 && tried > 100, "worst {worst} m of {tried}");
    }

    #[test]
    fn a_wrist_out_of_reach_is_pulled_in_on_its_line() {
        let far = Pose { position: DVec3::new(2.0, -0.17, 0.3), rotation: hand_rotation(Side::Right, DVec3::X, 0.0) };
        let reached = forward(Side::Right, &inverse(Side::Right, &far), Grip::OPEN)[HAND].position;
        assert!((reached - Side::Right.shoulder()).normalize().dot(DVec3::X) > 0.999_999, "{reached}");
        assert!((reached.x + 0.08 - STRETCH * 0.55).abs() < 1e-6, "{reached}");
    }

    #[test]
    fn a_moved_goal_is_followed_without_a_jump_in_speed() {
        let (goal, step_s) = (DVec3::new(0.0, 0.1, -0.05), 1.0 / 240.0);
        let mut shift = Shift::default();
        assert_eq!(shift.after(step_s, DVec3::ZERO), shift, "nothing moves it");
        let (mut fastest, mut jerkiest) = (0.0_f64, 0.0_f64);
        for step in 1..=240 {
            let next = shift.after(step_s, goal);
            jerkiest = jerkiest.max((next.speed - shift.speed).length());
            fastest = fastest.max(next.speed.length());
            shift = next;
            // Known solution: 1 − (1 + ωt) e^−ωt of the way.
            let t = FOLLOW_PER_S * step_s * f64::from(step);
            let expected = goal * (1.0 - (1.0 + t) * libm::exp(-t));
            assert!(shift.now.distance(expected) < 1e-12, "step {step}: {} {expected}", shift.now);
        }
        assert!(shift.now.distance(goal) < 1e-4, "it arrives");
        assert!(fastest < 0.45 && jerkiest < 0.05, "{fastest} m/s, {jerkiest} m/s a step");
        assert!((Shift::default().after(0.5, goal).now - goal).length() < 0.041 * goal.length(), "half a second");
    }

    #[test]
    fn hanging_arms_hang() {
        let poses = forward(Side::Left, &[0.0; 7], Grip::OPEN);
        let expected = Side::Left.shoulder() - DVec3::Z * (UPPER_M + FORE_M);
        assert!(poses[HAND].position.distance(expected) < 1e-12);
        for (side, inwards) in [(Side::Left, DVec3::NEG_Y), (Side::Right, DVec3::Y)] {
            let hand = forward(side, &[0.0; 7], Grip::OPEN)[HAND].rotation;
            assert!((hand * DVec3::X).distance(inwards) < 1e-12, "{side:?}: palms face the thighs");
            // A real G1 at 0 holds its forearms level and its palms inwards; yaw bends the palm, pitch does not.
            let level = [0.0, 0.0, 0.0, core::f64::consts::FRAC_PI_2, 0.0, 0.0, 0.3];
            let hand = forward(side, &level, Grip::OPEN)[HAND].rotation;
            let expected = DVec3::new(libm::cos(0.3), libm::sin(0.3), 0.0);
            assert!((hand * DVec3::NEG_Z).distance(expected) < 1e-9, "{side:?}: positive yaw points to the left");
        }
    }
}
