//! Between the world and the screen: where points of the world appear in the picture as it lies on screen, and the way back.

use eframe::egui::{Pos2, Rect, Vec2, vec2};
use glam::{DVec2, DVec3};

use crate::sense::camera::lens::{self, Lens};
use crate::world::Camera;

/// A camera whose picture lies in a place on screen.
#[derive(Clone, Copy, Debug)]
pub struct Eye {
    /// The camera.
    pub camera: Camera,
    /// What bends the picture on screen.
    pub lens: Lens,
    /// Where the whole picture lies.
    pub area: Rect,
}

/// Nearer than this to the camera's plane nothing is shown, in metres.
const NEAR_M: f64 = 0.01;
/// Straight lines are bent piece by piece; this long is one at most, in pixels.
const PIECE_PX: f64 = 8.0;

impl Eye {
    fn points_per_px(&self) -> f32 {
        self.area.width() / self.camera.width_px.max(1) as f32
    }

    fn on_screen(&self, pixel: DVec2) -> Pos2 {
        self.area.min + vec2(pixel.x as f32, pixel.y as f32) * self.points_per_px()
    }

    /// Where a point of the world appears; `None` behind the camera and where the lens does not take it in.
    pub fn screen(&self, world: DVec3) -> Option<Pos2> {
        let (pixel, depth_m) = lens::Eye { camera: &self.camera, lens: self.lens }.project(world);
        (depth_m > NEAR_M && pixel.is_finite()).then(|| self.on_screen(pixel))
    }

    /// Where a place in the camera's pinhole picture appears; `None` where the lens does not take it in.
    pub fn place(&self, pixel: DVec2) -> Option<Pos2> {
        if self.lens.is_pinhole() {
            return Some(self.on_screen(pixel));
        }
        let ray = ((pixel - self.camera.centre_px) / self.camera.focal_px).extend(1.0);
        self.lens.project(&self.camera, ray).map(|pixel| self.on_screen(pixel))
    }

    /// Where a line through places in the pinhole's picture appears, in as many pieces as the lens takes in.
    pub fn path(&self, points: &[DVec2]) -> Vec<Vec<Pos2>> {
        if self.lens.is_pinhole() {
            return vec![points.iter().map(|pixel| self.on_screen(*pixel)).collect()];
        }
        let pairs = points.iter().zip(points.iter().skip(1));
        let between = pairs.flat_map(|(a, b)| {
            let parts = (a.distance(*b) / PIECE_PX).ceil().max(1.0);
            (0..parts as u32).map(move |part| a.lerp(*b, f64::from(part) / parts))
        });
        let all: Vec<Option<Pos2>> = between.chain(points.last().copied()).map(|pixel| self.place(pixel)).collect();
        let pieces = all.split(Option::is_none).filter(|piece| piece.len() > 1);
        pieces.map(|piece| piece.iter().copied().flatten().collect()).collect()
    }

    /// The place in the pinhole's picture that shows what `pixel` shows; `None` where the lens sees nothing, or sideways.
    pub fn pinhole_px(&self, pixel: DVec2) -> Option<DVec2> {
        if self.lens.is_pinhole() {
            return Some(pixel);
        }
        let ray = self.lens.ray(&self.camera, pixel).filter(|ray| ray.z > 1e-6)?;
        Some(ray.truncate() / ray.z * self.camera.focal_px + self.camera.centre_px)
    }

    /// Where a line in the world appears, as far as it lies before the camera.
    pub fn line(&self, [a, b]: [DVec3; 2]) -> Option<[Pos2; 2]> {
        let depth = |point: DVec3| self.camera.project(point).1;
        let (near, far) = if depth(a) < depth(b) { (a, b) } else { (b, a) };
        let (from, to) = (depth(near), depth(far));
        let near = if from > 2.0 * NEAR_M { near } else { far + (near - far) * ((to - 2.0 * NEAR_M) / (to - from)) };
        let ends = [self.screen(near)?, self.screen(far)?];
        Some(if depth(a) < depth(b) { ends } else { [ends[1], ends[0]] })
    }

    /// The ray into the world at a place on screen: from, and the unit vector along. That of the pinhole where the lens is dark.
    pub fn ray(&self, at: Pos2) -> (DVec3, DVec3) {
        let pixel = (at - self.area.min) / self.points_per_px();
        let pixel = DVec2::new(f64::from(pixel.x), f64::from(pixel.y));
        let bent = if self.lens.is_pinhole() { None } else { self.lens.ray(&self.camera, pixel) };
        let pose = &self.camera.world_from_camera;
        (pose.position, bent.map_or_else(|| self.camera.ray(pixel), |ray| pose.rotation * ray))
    }

    /// The direction of length 1 in the picture's plane that a drag on screen has in the world.
    pub fn across(&self, drag: Vec2) -> DVec3 {
        let along = DVec3::new(f64::from(drag.x), f64::from(drag.y), 0.0).normalize_or_zero();
        self.camera.world_from_camera.rotation * along
    }

    /// Metres in the world that a screen point covers at `world`.
    pub fn metres_per_point(&self, world: DVec3) -> f64 {
        let depth_m = self.camera.project(world).1.max(NEAR_M);
        depth_m / self.camera.focal_px.y / f64::from(self.points_per_px())
    }

    /// How far along the unit vector `axis` through `origin` a drag on screen from `from` to `to` goes, in metres: between the
    /// points of the axis that are nearest to what lies under the hand. Zero where the axis points at the eye.
    pub fn along(&self, (origin, axis): (DVec3, DVec3), from: Pos2, to: Pos2) -> f64 {
        let place = |at: Pos2| {
            let (eye, ray) = self.ray(at);
            let (away, across) = (eye - origin, axis.dot(ray));
            let sharp = 1.0 - across * across;
            (sharp > 0.01).then(|| (axis.dot(away) - across * ray.dot(away)) / sharp)
        };
        place(to).zip(place(from)).map_or(0.0, |(to, from)| to - from)
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;
    use crate::base::Pose;

    /// The middle of the screen's picture.
    fn middle(eye: &Eye) -> Pos2 {
        let middle = eye.area.center();
        pos2(middle.x, middle.y)
    }

    fn eye() -> Eye {
        let pose = Pose::looking_at(DVec3::new(3.0, 1.0, 2.0), DVec3::ZERO);
        let camera = Camera::with_vertical_fov(640, 480, 50.0, pose);
        Eye { camera, lens: Lens::PINHOLE, area: Rect::from_min_size(pos2(100.0, 50.0), vec2(320.0, 240.0)) }
    }

    #[test]
    fn through_a_lens_everything_lies_where_the_lens_puts_it() {
        let plain = eye();
        let bent = Eye { lens: Lens::brown_conrady([-0.25, 0.05, 0.0, 0.0, 0.0, 0.0], [0.001, -0.002]), ..plain };
        let point = DVec3::new(0.4, -0.9, 0.6);
        let (straight, at) = (plain.screen(point).unwrap(), bent.screen(point).unwrap());
        assert!(straight.distance(at) > 1.0, "{straight} {at}");
        let (from, along) = bent.ray(at);
        assert!((point - from).cross(along).length() < 1e-5, "the ray goes through it");
        // What was read off the pinhole's picture lies on the same place, and back.
        let (pinhole_px, _) = bent.camera.project(point);
        assert!(bent.place(pinhole_px).unwrap().distance(at) < 1e-3);
        let shown = (at - bent.area.min) / bent.points_per_px();
        let back = bent.pinhole_px(DVec2::new(f64::from(shown.x), f64::from(shown.y))).unwrap();
        assert!(back.distance(pinhole_px) < 1e-2, "{back} {pinhole_px}");
        // A straight edge is bent, and goes from end to end.
        let edge = [DVec2::new(20.0, 20.0), DVec2::new(600.0, 20.0)];
        let [path] = &bent.path(&edge)[..] else { panic!("in one piece") };
        let (first, last) = (path[0], path[path.len() - 1]);
        assert!(
            first.distance(bent.place(edge[0]).unwrap()) < 1e-3 && last.distance(bent.place(edge[1]).unwrap()) < 1e-3
        );
        assert!(path.iter().any(|at| at.y < first.y.min(last.y) - 2.0), "outwards in the middle");
        assert_eq!(plain.path(&edge)[0].len(), 2);
        // A fisheye sees beside itself, where a pinhole's picture has nothing.
        let wide = Eye { lens: Lens::kannala_brandt([0.0; 4]), ..plain };
        assert_eq!(wide.pinhole_px(wide.camera.centre_px + DVec2::new(900.0, 0.0)), None);
    }

    #[test]
    fn the_screen_and_the_world_agree() {
        let eye = eye();
        assert!(eye.screen(DVec3::ZERO).unwrap().distance(middle(&eye)) < 1e-3, "the target is in the middle");
        let point = DVec3::new(0.3, -0.2, 0.4);
        let at = eye.screen(point).unwrap();
        let (from, along) = eye.ray(at);
        assert!((point - from).cross(along).length() < 1e-5, "the ray goes through it");
        assert_eq!(eye.screen(DVec3::new(6.0, 2.0, 4.0)), None, "behind");
        let [a, b] = eye.line([DVec3::ZERO, DVec3::new(6.0, 2.0, 4.0)]).unwrap();
        assert!(a.distance(middle(&eye)) < 1e-3 && b.x.is_finite(), "cut before the camera");
    }

    #[test]
    fn a_drag_along_an_axis_moves_as_far_as_the_hand() {
        let eye = eye();
        for axis in [DVec3::X, DVec3::Y, DVec3::Z] {
            let (from, to) = (eye.screen(DVec3::ZERO).unwrap(), eye.screen(axis * 0.02).unwrap());
            let moved = eye.along((DVec3::ZERO, axis), from, to);
            assert!((moved - 0.02).abs() < 1e-5, "{axis}: {moved}");
        }
        let to_eye = DVec3::new(3.0, 1.0, 2.0).normalize();
        assert_eq!(eye.along((DVec3::ZERO, to_eye), middle(&eye), middle(&eye) + vec2(9.0, 9.0)), 0.0);
    }
}
