//! Rigid poses in f64. World frame: metres, right-handed, +z up. Camera optical frame: +x right, +y down, +z forward.

use glam::{DMat3, DQuat, DVec3};

/// A rigid transform, named `target_from_source`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Where the source's origin lies in the target frame, in metres.
    pub position: DVec3,
    /// Unit quaternion.
    pub rotation: DQuat,
}

impl Pose {
    /// No motion.
    pub const IDENTITY: Self = Self { position: DVec3::ZERO, rotation: DQuat::IDENTITY };

    /// A pose without rotation.
    pub fn at(position: DVec3) -> Self {
        Self { position, rotation: DQuat::IDENTITY }
    }

    /// Maps a point of the source frame into the target frame.
    pub fn point(&self, point: DVec3) -> DVec3 {
        self.position + self.rotation * point
    }

    /// `self` after `inner`: `a_from_c = a_from_b.then(b_from_c)`.
    #[must_use]
    pub fn then(&self, inner: &Self) -> Self {
        Self { position: self.point(inner.position), rotation: self.rotation * inner.rotation }
    }

    /// The opposite transform.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let rotation = self.rotation.conjugate();
        Self { position: -(rotation * self.position), rotation }
    }

    /// `world_from_camera` of a camera at `eye` that looks at `target`, world +z upwards in the picture. Where the view
    /// is vertical, world +y stands for up.
    pub fn looking_at(eye: DVec3, target: DVec3) -> Self {
        let forward = (target - eye).normalize_or(DVec3::X);
        let up = if forward.z.abs() > 0.999_999 { DVec3::Y } else { DVec3::Z };
        let right = forward.cross(up).normalize_or(DVec3::X);
        let down = forward.cross(right);
        Self { position: eye, rotation: DQuat::from_mat3(&DMat3::from_cols(right, down, forward)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_looks_where_it_is_told() {
        let pose = Pose::looking_at(DVec3::new(1.0, 2.0, 3.0), DVec3::new(4.0, 2.0, 3.0));
        let ahead = pose.inverse().point(DVec3::new(5.0, 2.0, 3.0));
        assert!((ahead - DVec3::new(0.0, 0.0, 4.0)).length() < 1e-12, "{ahead}");
        let above = pose.inverse().point(DVec3::new(4.0, 2.0, 4.0));
        assert!(above.y < -0.99, "world up is picture up (y down): {above}");
        let left = pose.inverse().point(DVec3::new(4.0, 3.0, 3.0));
        assert!(left.x < -0.99, "world left is picture left: {left}");
    }

    #[test]
    fn inverse_undoes() {
        let pose = Pose::looking_at(DVec3::new(0.3, -1.0, 2.0), DVec3::ZERO);
        let round = pose.then(&pose.inverse());
        assert!(round.position.length() < 1e-12 && round.rotation.angle_between(DQuat::IDENTITY) < 1e-6, "{round:?}");
    }
}
