//! How far shapes reach: their extent along an axis, and their extent in a picture without drawing it.
//!
//! Everything follows from one function, the support function h(n) = max p·n over the points p of a convex shape (Ericson,
//! Real-Time Collision Detection, 2005, 9.1). A mesh counts as its corners. What hides what is not asked here.

use glam::{DVec2, DVec3, Vec3};

use super::snapshot::{Body, Camera, Shape};
use crate::base::Pose;

/// Nothing nearer to the camera than this is drawn, in metres.
const NEAR_M: f64 = 0.01;

impl Shape {
    /// Half its extent along x, y and z in its own frame, in metres.
    pub fn half_extents_m(&self) -> DVec3 {
        match *self {
            Self::Mesh(ref mesh) => mesh.half_extents_m(),
            Self::Box { half, .. } => half,
            Self::Sphere { radius } => DVec3::splat(radius),
            Self::Cylinder { radius, half_height, .. } => DVec3::new(radius, radius, half_height),
            Self::Capsule { radius, half_height } => DVec3::new(radius, radius, half_height + radius),
            Self::Cone { bottom, top, half_height } => DVec3::new(bottom.max(top), bottom.max(top), half_height),
        }
    }

    /// The support function: how far it reaches from its origin along `n` (of any length, which scales it), in metres.
    pub fn reach_m(&self, n: DVec3) -> f64 {
        let across = || libm::hypot(n.x, n.y);
        match *self {
            Self::Mesh(ref mesh) => {
                let along = mesh.vertices().iter().map(|vertex| Vec3::from(vertex.position).as_dvec3().dot(n));
                along.fold(f64::NEG_INFINITY, f64::max)
            }
            Self::Box { half, round } => (half - round).dot(n.abs()) + round * n.length(),
            Self::Sphere { radius } => radius * n.length(),
            Self::Cylinder { radius, half_height, round } => {
                (radius - round) * across() + (half_height - round) * n.z.abs() + round * n.length()
            }
            Self::Capsule { radius, half_height } => half_height * n.z.abs() + radius * n.length(),
            Self::Cone { bottom, top, half_height } => {
                (bottom * across() - half_height * n.z).max(top * across() + half_height * n.z)
            }
        }
    }
}

impl Body {
    /// How far it reaches along `axis` from the world's origin, in metres: the largest p·axis of its points p.
    pub fn reach_m(&self, axis: DVec3) -> f64 {
        self.pose.position.dot(axis) + self.shape.reach_m(self.pose.rotation.conjugate() * axis)
    }

    /// The rectangle that its picture spans, low and high corner in pixels, beyond the picture's edges where it reaches so far;
    /// `None` where some of it is behind the camera or nearer than a centimetre, where projection means nothing. What stands
    /// before it makes no difference.
    pub fn extent_px(&self, camera: &Camera) -> Option<[DVec2; 2]> {
        let camera_from_body = camera.world_from_camera.inverse().then(&self.pose);
        if -reach(&camera_from_body, &self.shape, DVec3::NEG_Z) < NEAR_M {
            return None;
        }
        let side = |axis: DVec3, sign: f64| sign * steepest(&camera_from_body, &self.shape, axis * sign);
        let low = DVec2::new(side(DVec3::X, -1.0), side(DVec3::Y, -1.0));
        let high = DVec2::new(side(DVec3::X, 1.0), side(DVec3::Y, 1.0));
        Some([low, high].map(|slope| slope * camera.focal_px + camera.centre_px))
    }
}

/// The largest p·n over the points p of `shape` at `pose`.
fn reach(pose: &Pose, shape: &Shape, n: DVec3) -> f64 {
    pose.position.dot(n) + shape.reach_m(pose.rotation.conjugate() * n)
}

/// The largest (p·axis) / p.z over a shape in front of the camera: the s at which max p·(axis − s z) is 0. That maximum is convex
/// and falls strictly with s, so that halving an interval that holds the root finds it.
fn steepest(pose: &Pose, shape: &Shape, axis: DVec3) -> f64 {
    if let Shape::Mesh(mesh) = shape {
        let slopes = mesh.vertices().iter().map(|vertex| {
            let at = pose.point(Vec3::from(vertex.position).as_dvec3());
            at.dot(axis) / at.z
        });
        return slopes.fold(f64::NEG_INFINITY, f64::max);
    }
    let most = |s: f64| reach(pose, shape, axis - DVec3::Z * s);
    let middle = pose.position.dot(axis) / pose.position.z;
    // The middle lies inside, so its own slope is too low; steps that double find one that is too high.
    let (mut low, mut step) = (middle, 0.01);
    while most(low + step) > 0.0 && step < 1e9 {
        low += step;
        step *= 2.0;
    }
    let mut high = low + step;
    for _ in 0..60 {
        let s = 0.5 * (low + high);
        if most(s) > 0.0 { low = s } else { high = s }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;
    use crate::world::snapshot::{Class, Material, Surface};
    use glam::DQuat;

    fn body(shape: Shape, pose: Pose) -> Body {
        let (colour, second) = ([0.5; 3], [0.5; 3]);
        let material = Material {
            surface: Surface::Plain,
            colour,
            second,
            roughness: 0.5,
            metallic: 0.0,
            scale_m: 0.1,
            seed: 0,
            coat: 0.0,
            glow: 0.0,
            transmission: 0.0,
        };
        Body { instance: 1, class: Class::Clutter, name: "it".into(), shape, material, pose }
    }

    #[test]
    fn a_ball_has_the_extent_of_its_cone_of_sight() {
        // Rays that touch a ball of radius r at distance d straight ahead have the slope r / sqrt(d² − r²).
        let camera = Camera::with_vertical_fov(640, 480, 60.0, Pose::IDENTITY);
        let ball = body(Shape::Sphere { radius: 0.5 }, Pose::at(DVec3::new(0.0, 0.0, 2.0)));
        let [low, high] = ball.extent_px(&camera).unwrap();
        let expected = 0.5 / libm::sqrt(3.75) * camera.focal_px.x;
        assert!((high.x - 320.0 - expected).abs() < 1e-9 && (low.y - 240.0 + expected).abs() < 1e-9, "{low} {high}");
        let behind = body(Shape::Sphere { radius: 0.5 }, Pose::at(DVec3::new(0.0, 0.0, 0.5)));
        assert_eq!(behind.extent_px(&camera), None, "it touches the eye");
    }

    #[test]
    fn no_point_of_a_shape_projects_outside_its_extent_and_some_touch_it() {
        let mut stream = StreamKey::new(3, "shapes").stream("poses", 0);
        let camera = Camera::with_vertical_fov(640, 480, 50.0, Pose::IDENTITY);
        let shapes = [
            Shape::Box { half: DVec3::new(0.3, 0.2, 0.4), round: 0.05 },
            Shape::Cylinder { radius: 0.3, half_height: 0.2, round: 0.04 },
            Shape::Capsule { radius: 0.2, half_height: 0.3 },
            Shape::Cone { bottom: 0.4, top: 0.1, half_height: 0.3 },
        ];
        for at in 0..40 {
            let mut unit = || stream.next_unit() - 0.5;
            let rotation = DQuat::from_xyzw(unit(), unit(), unit(), unit()).normalize();
            let pose = Pose { position: DVec3::new(2.0 * unit(), 2.0 * unit(), 3.0 + unit()), rotation };
            let body = body(shapes[at % shapes.len()].clone(), pose);
            let [low, high] = body.extent_px(&camera).unwrap();
            let (mut found_low, mut found_high) = (DVec2::INFINITY, DVec2::NEG_INFINITY);
            // A second way: points on the surface, from the gradient of the support function.
            for step in 0..40_000_u32 {
                let z = 1.0 - 2.0 * (f64::from(step) + 0.5) / 40_000.0;
                let (sine, cosine) = libm::sincos(2.399_963_229_728_653 * f64::from(step));
                let across = libm::sqrt(1.0 - z * z);
                let n = DVec3::new(across * cosine, across * sine, z);
                let ahead = |axis: DVec3| body.shape.reach_m(n + axis * 1e-6) - body.shape.reach_m(n - axis * 1e-6);
                let local = DVec3::new(ahead(DVec3::X), ahead(DVec3::Y), ahead(DVec3::Z)) / 2e-6;
                let (pixel, _) = camera.project(pose.point(local));
                (found_low, found_high) = (found_low.min(pixel), found_high.max(pixel));
            }
            assert!(
                found_low.cmpge(low - 1e-3).all() && found_high.cmple(high + 1e-3).all(),
                "{at}: {low} {found_low}"
            );
            assert!((found_low - low).abs().max_element() < 0.5, "{at}: {low} {found_low}");
            assert!((found_high - high).abs().max_element() < 0.5, "{at}: {high} {found_high}");
        }
    }
}
