//! A camera that is tried against a real one: the family's own, moved, turned, zoomed and exposed by hand or by a fit.
//!
//! Plain numbers and how they follow from each other. What of them goes into the family is [`put`](fn@super::put)'s.

use glam::{DQuat, DVec3};

use crate::base::Pose;
use crate::world::Camera;

/// The widest and the narrowest angle of view that can be tried, in degrees.
pub const VIEW_DEG: [f64; 2] = [1.0, 170.0];
/// The largest change of exposure that can be tried, in stops.
pub const MOST_EV: f64 = 20.0;

/// Numbers of a camera that is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// Where it stands, in metres in the frame of what it rides on, else the world's.
    pub eye_m: DVec3,
    /// Where it looks to, about z from x, in degrees.
    pub heading_deg: f64,
    /// How far it looks upwards, in degrees.
    pub pitch_deg: f64,
    /// About the optical axis, clockwise in the picture, in degrees.
    pub roll_deg: f64,
    /// Vertical angle of view in degrees; held where the focal length is calibrated.
    pub view_deg: f64,
    /// Stops on top of the family's exposure.
    pub ev: f64,
    /// Gains of red, green and blue on top of the family's white balance.
    pub gains: [f64; 3],
}

impl Trial {
    /// The numbers of `camera` itself.
    pub fn of(camera: &Camera) -> Self {
        let half = 0.5 * f64::from(camera.height_px) / camera.focal_px.y;
        let view_deg = (2.0 * libm::atan(half).to_degrees() * 1e9).round() / 1e9;
        let none = Self {
            eye_m: DVec3::ZERO,
            heading_deg: 0.0,
            pitch_deg: 0.0,
            roll_deg: 0.0,
            view_deg,
            ev: 0.0,
            gains: [1.0; 3],
        };
        none.at(&camera.world_from_camera)
    }

    /// Where it stands and looks.
    pub fn pose(&self) -> Pose {
        let (y, x) = libm::sincos(self.heading_deg.to_radians());
        let (up, level) = libm::sincos(self.pitch_deg.to_radians());
        let ahead = DVec3::new(x * level, y * level, up);
        let (sine, cosine) = libm::sincos(-0.5 * self.roll_deg.to_radians());
        let rolled = Pose { position: DVec3::ZERO, rotation: DQuat::from_xyzw(0.0, 0.0, sine, cosine) };
        Pose::looking_at(self.eye_m, self.eye_m + ahead).then(&rolled)
    }

    /// The same at another pose.
    #[must_use]
    pub fn at(&self, pose: &Pose) -> Self {
        let ahead = pose.rotation * DVec3::Z;
        // Nothing is known to a billionth of a degree, and a level camera has a roll of 0.
        let clean = |angle_deg: f64| (angle_deg * 1e9).round() / 1e9 + 0.0;
        let heading_deg = clean(libm::atan2(ahead.y, ahead.x).to_degrees());
        let pitch_deg = clean(libm::asin(ahead.z.clamp(-1.0, 1.0)).to_degrees());
        let roll_deg = clean(roll_deg(pose, pose.position + ahead));
        Self { eye_m: pose.position, heading_deg, pitch_deg, roll_deg, ..*self }
    }

    /// Turned to the right, downwards and clockwise by angles in degrees about the camera's own axes.
    #[must_use]
    pub fn turned(&self, [right_deg, down_deg, clockwise_deg]: [f64; 3]) -> Self {
        let about = |axis: DVec3, angle_deg: f64| {
            let (sine, cosine) = libm::sincos(0.5 * angle_deg.to_radians());
            DQuat::from_xyzw(axis.x * sine, axis.y * sine, axis.z * sine, cosine)
        };
        let turn = about(DVec3::Y, right_deg) * about(DVec3::X, -down_deg) * about(DVec3::Z, -clockwise_deg);
        let pose = self.pose();
        self.at(&Pose { rotation: (pose.rotation * turn).normalize(), ..pose })
    }

    /// Moved to the right, downwards and ahead, in metres along the camera's own axes.
    #[must_use]
    pub fn moved(&self, by_m: DVec3) -> Self {
        Self { eye_m: self.eye_m + self.pose().rotation * by_m, ..*self }
    }
}

/// The roll of a camera with `pose` that looks at `target`, in degrees clockwise in the picture, from −180 to 180.
pub(super) fn roll_deg(pose: &Pose, target: DVec3) -> f64 {
    let level = Pose::looking_at(pose.position, target);
    // A turn about the optical axis is left; the picture's content turns the other way than the camera.
    let left = level.rotation.conjugate() * pose.rotation;
    let roll_deg = -2.0 * libm::atan2(left.z, left.w).to_degrees();
    roll_deg - 360.0 * (roll_deg / 360.0).round()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(heading_deg: f64, pitch_deg: f64, roll_deg: f64) -> Trial {
        let camera = Camera::with_vertical_fov(640, 480, 50.0, Pose::IDENTITY);
        Trial { eye_m: DVec3::new(0.1, -0.2, 0.7), heading_deg, pitch_deg, roll_deg, ..Trial::of(&camera) }
    }

    #[test]
    fn angles_and_pose_say_the_same() {
        for (heading, pitch, roll) in [(0.0, 0.0, 0.0), (130.0, -35.0, 12.0), (-20.0, 80.0, -170.0)] {
            let trial = trial(heading, pitch, roll);
            let again = trial.at(&trial.pose());
            let off = |a: f64, b: f64| (a - b).abs();
            assert!(off(again.heading_deg, heading) < 1e-9 && off(again.pitch_deg, pitch) < 1e-9, "{again:?}");
            assert!(off(again.roll_deg, roll) < 1e-9 && off(again.view_deg, 50.0) < 1e-9, "{again:?}");
        }
        let down = trial(0.0, -90.0, 30.0);
        let apart = down.at(&down.pose()).pose().rotation.dot(down.pose().rotation).abs();
        assert!(apart > 1.0 - 1e-9, "straight down");
    }

    #[test]
    fn turns_and_moves_go_where_their_names_say() {
        let trial = trial(20.0, -30.0, 15.0);
        let seen = |trial: &Trial, world: DVec3| {
            Camera { world_from_camera: trial.pose(), ..Camera::with_vertical_fov(640, 480, 50.0, Pose::IDENTITY) }
                .project(world)
                .0
        };
        let ahead = trial.pose().point(DVec3::Z);
        assert!(seen(&trial, ahead).distance(glam::DVec2::new(320.0, 240.0)) < 1e-9);
        let right = seen(&trial.turned([2.0, 0.0, 0.0]), ahead);
        assert!(right.x < 319.0 && (right.y - 240.0).abs() < 1e-6, "the picture goes to the left: {right}");
        let down = seen(&trial.turned([0.0, 2.0, 0.0]), ahead);
        assert!(down.y < 239.0 && (down.x - 320.0).abs() < 1e-6, "the picture goes up: {down}");
        let rolled = trial.turned([0.0, 0.0, 5.0]);
        assert!((rolled.roll_deg - 20.0).abs() < 1e-9 && (rolled.pitch_deg + 30.0).abs() < 1e-9, "{rolled:?}");
        let moved = seen(&trial.moved(DVec3::new(0.1, 0.0, 0.0)), ahead);
        assert!(moved.x < 319.0 && (moved.y - 240.0).abs() < 1e-6, "{moved}");
    }
}
