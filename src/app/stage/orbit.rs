//! A camera that goes round a point, as a hand moves it. It looks on; what is exported is always seen by the family's own.

use glam::DVec3;

use crate::base::Pose;
use crate::world::Camera;

/// A camera round a point, world z upwards in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orbit {
    /// What it looks at, in metres.
    pub target: DVec3,
    /// How far away from it, in metres.
    pub distance_m: f64,
    /// Where it looks to, about z from x, in radians.
    pub yaw_rad: f64,
    /// How steeply it looks upwards, in radians.
    pub pitch_rad: f64,
}

/// Straight up and down there is no upright picture.
const STEEPEST_RAD: f64 = 1.55;
/// What a drag across the picture's height turns, in radians.
const TURN_RAD: f64 = 3.0;
/// How near and how far it goes, in metres.
const REACH_M: (f64, f64) = (0.02, 2000.0);

impl Orbit {
    /// The one that looks as `camera` does (but for its roll), round the point `distance_m` ahead of it.
    pub fn of(camera: &Camera, distance_m: f64) -> Self {
        let pose = &camera.world_from_camera;
        let forward = pose.rotation * DVec3::Z;
        let distance_m = distance_m.clamp(REACH_M.0, REACH_M.1);
        let yaw_rad = libm::atan2(forward.y, forward.x);
        let pitch_rad = libm::asin(forward.z.clamp(-1.0, 1.0)).clamp(-STEEPEST_RAD, STEEPEST_RAD);
        Self { target: pose.position + forward * distance_m, distance_m, yaw_rad, pitch_rad }
    }

    fn forward(&self) -> DVec3 {
        let (up, level) = libm::sincos(self.pitch_rad);
        let (y, x) = libm::sincos(self.yaw_rad);
        DVec3::new(x * level, y * level, up)
    }

    /// The camera, with the size and the lens of `like`.
    pub fn camera(&self, like: &Camera) -> Camera {
        let eye = self.target - self.forward() * self.distance_m;
        Camera { world_from_camera: Pose::looking_at(eye, self.target), ..*like }
    }

    /// Turned by a drag of so many shares of the picture's height: the world follows the hand.
    pub fn turned(&self, [x, y]: [f32; 2]) -> Self {
        let pitch_rad = (self.pitch_rad - f64::from(y) * TURN_RAD).clamp(-STEEPEST_RAD, STEEPEST_RAD);
        Self { yaw_rad: self.yaw_rad - f64::from(x) * TURN_RAD, pitch_rad, ..*self }
    }

    /// Moved by a drag of so many shares of the picture's height, so that what lies at the target's distance stays under
    /// the hand.
    pub fn shifted(&self, [x, y]: [f32; 2], like: &Camera) -> Self {
        let rotation = self.camera(like).world_from_camera.rotation;
        let height_m = f64::from(like.height_px) / like.focal_px.y * self.distance_m;
        let by = rotation * DVec3::new(f64::from(x), f64::from(y), 0.0) * height_m;
        Self { target: self.target - by, ..*self }
    }

    /// Nearer by a factor.
    pub fn nearer(&self, factor: f32) -> Self {
        let distance_m = (self.distance_m / f64::from(factor)).clamp(REACH_M.0, REACH_M.1);
        Self { distance_m, ..*self }
    }

    /// Looking the same way at another point, from `distance_m`.
    pub fn framing(&self, target: DVec3, distance_m: f64) -> Self {
        Self { target, distance_m: distance_m.clamp(REACH_M.0, REACH_M.1), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera() -> Camera {
        Camera::with_vertical_fov(
            640,
            480,
            50.0,
            Pose::looking_at(DVec3::new(2.0, -1.0, 1.5), DVec3::new(0.1, 0.2, 0.3)),
        )
    }

    #[test]
    fn it_begins_where_the_camera_is() {
        let camera = camera();
        let found = Orbit::of(&camera, 2.5).camera(&camera);
        let (a, b) = (found.world_from_camera, camera.world_from_camera);
        assert!(a.position.distance(b.position) < 1e-12 && a.rotation.angle_between(b.rotation) < 1e-6, "{a:?} {b:?}");
    }

    #[test]
    fn a_turn_keeps_the_target_in_the_middle_and_its_distance() {
        let camera = camera();
        let orbit = Orbit::of(&camera, 2.5);
        for by in [[0.3, 0.0], [0.0, 0.4], [-2.0, 5.0]] {
            let turned = orbit.turned(by);
            let (pixel, depth) = turned.camera(&camera).project(orbit.target);
            assert!(pixel.distance(camera.centre_px) < 1e-6 && (depth - 2.5).abs() < 1e-9, "{by:?}: {pixel} {depth}");
        }
        let near = orbit.nearer(2.0).camera(&camera).project(orbit.target);
        assert!((near.1 - 1.25).abs() < 1e-9, "{near:?}");
    }

    #[test]
    fn what_is_dragged_stays_under_the_hand() {
        let camera = camera();
        let orbit = Orbit::of(&camera, 2.5);
        let before = orbit.camera(&camera).project(orbit.target).0;
        let after = orbit.shifted([0.25, -0.1], &camera).camera(&camera).project(orbit.target).0;
        let moved = (after - before) / 480.0;
        assert!((moved.x - 0.25).abs() < 1e-6 && (moved.y + 0.1).abs() < 1e-6, "{moved}");
    }
}
