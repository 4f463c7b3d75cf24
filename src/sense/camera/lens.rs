//! Where a ray meets the picture and back: Brown–Conrady and Kannala–Brandt distortion.
//!
//! Formulas are OpenCV's (`calib3d`, "Detailed Description": the radial polynomial over the rational one, and the tangential
//! part; `fisheye`: θd = θ (1 + k1 θ² + k2 θ⁴ + k3 θ⁶ + k4 θ⁸)), so that calibrations can be taken
//! over. OpenCV puts pixel centres at integers, we at half-integers: our principal point and our pixels are 0.5 px more than
//! OpenCV's in x and y. Thin prisms and tilted chips are deliberately left out.

use glam::{DMat2, DVec2, DVec3};

use crate::world::{Camera, SensorModel};

/// The widest ray that an ordinary lens takes in, from its axis.
const WIDEST_RAD: f64 = 1.553;
/// The widest ray that a fisheye takes in: 280° across. Towards 360° the rim would be one point of the world.
const FISHEYE_WIDEST_RAD: f64 = 2.443;
/// Steps in which the radial curve is searched for the place where it turns back.
const SCAN_STEPS: u32 = 4096;
/// A fisheye may be dark round its image circle; one that folds nearer to its axis than this is a wrong calibration.
const FISHEYE_LEAST_DEG: f64 = 60.0;
/// Newton steps; each doubles the digits.
const NEWTON_STEPS: u32 = 30;

/// A lens: how rays in the optical frame (+x right, +y down, +z forward) become picture coordinates of unit focal length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lens {
    kind: Kind,
    /// The farthest radius (ordinary lens) or angle in radians (fisheye) up to which the radial curve rises.
    end: f64,
    /// The curve's value there.
    reach: f64,
}

/// What makes it bend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::sense) enum Kind {
    /// Nothing.
    Pinhole,
    /// k1 k2 k3 k4 k5 k6, and p1 p2.
    BrownConrady([f64; 6], [f64; 2]),
    /// k1 to k4.
    KannalaBrandt([f64; 4]),
}

/// A lens that cannot make the whole picture.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "the lens's distortion folds the picture over {angle_deg:.1} deg from the optical axis, before it reaches the pixel \
     ({x_px}, {y_px}); give smaller coefficients, or the focal length and picture size that they were calibrated with"
)]
pub struct Folds {
    /// Where the radial curve turns back.
    pub angle_deg: f64,
    /// A pixel that nothing comes to.
    pub x_px: f64,
    /// Its row.
    pub y_px: f64,
}

impl Default for Lens {
    fn default() -> Self {
        Self::PINHOLE
    }
}

impl Lens {
    /// A lens without distortion.
    pub const PINHOLE: Self = Self { kind: Kind::Pinhole, end: f64::INFINITY, reach: f64::INFINITY };

    /// The lens of `model`.
    pub fn of(model: &SensorModel) -> Self {
        if let Some(k) = model.kannala_brandt {
            return Self::kannala_brandt([k.k1, k.k2, k.k3, k.k4]);
        }
        match model.brown_conrady {
            Some(d) => Self::brown_conrady([d.k1, d.k2, d.k3, d.k4, d.k5, d.k6], [d.p1, d.p2]),
            None => Self::PINHOLE,
        }
    }

    /// Radial k1 k2 k3, rational k4 k5 k6 and tangential p1 p2. All zero is a pinhole.
    pub fn brown_conrady(radial: [f64; 6], tangential: [f64; 2]) -> Self {
        if radial.iter().chain(&tangential).all(|k| *k == 0.0) {
            return Self::PINHOLE;
        }
        Self::rising(Kind::BrownConrady(radial, tangential))
    }

    /// The fisheye with k1 to k4; all zero is the equidistant one.
    pub fn kannala_brandt(k: [f64; 4]) -> Self {
        Self::rising(Kind::KannalaBrandt(k))
    }

    /// Finds how far the radial curve rises.
    fn rising(kind: Kind) -> Self {
        let lens = Self { kind, end: 0.0, reach: 0.0 };
        let is_fisheye = matches!(kind, Kind::KannalaBrandt(_));
        let widest = if is_fisheye { FISHEYE_WIDEST_RAD } else { WIDEST_RAD };
        let at = |angle: f64| if is_fisheye { angle } else { libm::tan(angle) };
        let rises = |angle: f64| lens.radial(at(angle)).1 > 0.0 && lens.radial(at(angle)).0.is_finite();
        let step = widest / f64::from(SCAN_STEPS);
        let first = (1..=SCAN_STEPS).map(|n| f64::from(n) * step).find(|angle| !rises(*angle));
        let end = first.map_or(widest, |beyond| {
            let (mut low, mut high) = (beyond - step, beyond);
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if rises(middle) { low = middle } else { high = middle }
            }
            low
        });
        Self { kind, end: at(end), reach: lens.radial(at(end)).0 }
    }

    /// Its model with its coefficients.
    pub(in crate::sense) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether it leaves pictures as a pinhole makes them.
    pub fn is_pinhole(&self) -> bool {
        self.kind == Kind::Pinhole
    }

    /// The radial curve at a radius (or angle), and its slope.
    fn radial(&self, r: f64) -> (f64, f64) {
        let u = r * r;
        match self.kind {
            Kind::Pinhole => (r, 1.0),
            Kind::BrownConrady([k1, k2, k3, k4, k5, k6], _) => {
                let (top, top_slope) = (1.0 + u * (k1 + u * (k2 + u * k3)), k1 + u * (2.0 * k2 + u * 3.0 * k3));
                let (under, under_slope) = (1.0 + u * (k4 + u * (k5 + u * k6)), k4 + u * (2.0 * k5 + u * 3.0 * k6));
                let ratio = top / under;
                // Behind a pole the curve is another branch.
                let slope =
                    if under > 0.0 { ratio + 2.0 * u * (top_slope - ratio * under_slope) / under } else { -1.0 };
                (r * ratio, slope)
            }
            Kind::KannalaBrandt([k1, k2, k3, k4]) => {
                let value = r * (1.0 + u * (k1 + u * (k2 + u * (k3 + u * k4))));
                (value, 1.0 + u * (3.0 * k1 + u * (5.0 * k2 + u * (7.0 * k3 + u * 9.0 * k4))))
            }
        }
    }

    /// Where a ray of any length comes to, in units of the focal length from the principal point; `None` where the lens does
    /// not take it in.
    pub fn distort(&self, ray: DVec3) -> Option<DVec2> {
        let across = libm::hypot(ray.x, ray.y);
        match self.kind {
            Kind::KannalaBrandt(_) => {
                let angle = libm::atan2(across, ray.z);
                if across == 0.0 {
                    return (ray.z > 0.0).then_some(DVec2::ZERO);
                }
                (angle <= self.end).then(|| DVec2::new(ray.x, ray.y) * (self.radial(angle).0 / across))
            }
            _ if ray.z <= 0.0 => None,
            Kind::Pinhole => Some(DVec2::new(ray.x, ray.y) / ray.z),
            Kind::BrownConrady(..) => {
                let at = DVec2::new(ray.x, ray.y) / ray.z;
                (at.length() <= self.end).then(|| self.brown(at).0)
            }
        }
    }

    /// Brown and Conrady's map and its Jacobian.
    fn brown(&self, at: DVec2) -> (DVec2, DMat2) {
        let Kind::BrownConrady(_, [p1, p2]) = self.kind else { return (at, DMat2::IDENTITY) };
        let DVec2 { x, y } = at;
        let r = at.length();
        let (value, slope) = self.radial(r);
        let ratio = if r > 0.0 { value / r } else { 1.0 };
        // d(ratio)/dr / r, so that d(ratio)/dx is x times it
        let bend = if r > 1e-12 { (slope - ratio) / (r * r) } else { 0.0 };
        let tangential =
            DVec2::new(2.0 * p1 * x * y + p2 * (3.0 * x * x + y * y), p1 * (x * x + 3.0 * y * y) + 2.0 * p2 * x * y);
        let cross = bend * x * y + 2.0 * p1 * x + 2.0 * p2 * y;
        let along_x = DVec2::new(ratio + bend * x * x + 2.0 * p1 * y + 6.0 * p2 * x, cross);
        let along_y = DVec2::new(cross, ratio + bend * y * y + 6.0 * p1 * y + 2.0 * p2 * x);
        (at * ratio + tangential, DMat2::from_cols(along_x, along_y))
    }

    /// The unit ray that comes to picture coordinates of unit focal length; `None` where no ray does, because the lens folds
    /// over before or because it lies outside a fisheye's image circle.
    pub fn undistort(&self, at: DVec2) -> Option<DVec3> {
        match self.kind {
            Kind::Pinhole => Some(at.extend(1.0).normalize()),
            Kind::KannalaBrandt(_) => {
                let radius = at.length();
                if radius == 0.0 {
                    return Some(DVec3::Z);
                }
                let (sine, cosine) = libm::sincos(self.solve(radius)?);
                Some((at * (sine / radius)).extend(cosine))
            }
            Kind::BrownConrady(_, tangential) => {
                // The tangential part may carry a point a little beyond the radial reach and back.
                let slack = 1.0 + 4.0 * (tangential[0].abs() + tangential[1].abs());
                let radius = at.length();
                let is_within = radius <= self.reach * slack;
                if !is_within {
                    return None;
                }
                let straight = if radius > 0.0 { self.solve(radius.min(self.reach))? / radius } else { 1.0 };
                let first = at * straight;
                let found = if tangential == [0.0; 2] { Some(first) } else { self.newton(at, first) };
                found.map(|found| found.extend(1.0).normalize())
            }
        }
    }

    /// The point that the map takes to `target`, from a first guess.
    fn newton(&self, target: DVec2, first: DVec2) -> Option<DVec2> {
        let mut at = first;
        for _ in 0..NEWTON_STEPS {
            let (value, jacobian) = self.brown(at);
            let is_upright = jacobian.determinant() > 0.0;
            if !is_upright {
                return None;
            }
            let step = jacobian.inverse() * (value - target);
            at -= step;
            if step.length() <= 1e-14 * (1.0 + at.length()) {
                break;
            }
        }
        let (value, jacobian) = self.brown(at);
        let is_there = value.distance(target) <= 1e-10 * (1.0 + target.length());
        (is_there && jacobian.determinant() > 0.0 && at.length() <= self.end * (1.0 + 1e-9)).then_some(at)
    }

    /// The radius (or angle) at which the rising part of the radial curve has `value`: Newton within a bracket that closes.
    fn solve(&self, value: f64) -> Option<f64> {
        let is_within = value <= self.reach;
        if !is_within {
            return None;
        }
        let (mut low, mut high) = (0.0, self.end);
        let mut at = value.min(0.5 * self.end);
        for _ in 0..2 * NEWTON_STEPS {
            let (got, slope) = self.radial(at);
            if got < value {
                low = at;
            } else {
                high = at;
            }
            let newton = at - (got - value) / slope;
            // Where the curve is bent too much for Newton, the middle is always nearer.
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            if (next - at).abs() <= 1e-15 * (1.0 + at) {
                return Some(next);
            }
            at = next;
        }
        Some(at)
    }

    /// Where a point in the camera's optical frame appears, in pixels; `None` where the lens does not see it.
    pub fn project(&self, camera: &Camera, point: DVec3) -> Option<DVec2> {
        Some(self.distort(point)? * camera.focal_px + camera.centre_px)
    }

    /// The unit ray, in the optical frame, that a place in the picture looks along; `None` where it sees nothing.
    pub fn ray(&self, camera: &Camera, pixel: DVec2) -> Option<DVec3> {
        self.undistort((pixel - camera.centre_px) / camera.focal_px)
    }

    /// Whether the lens can make the whole picture of `camera`.
    ///
    /// # Errors
    /// It folds over within the picture. A fisheye may be dark outside its image circle.
    pub fn check(&self, camera: &Camera) -> Result<(), Folds> {
        let angle_deg = match self.kind {
            Kind::KannalaBrandt(_) => self.end.to_degrees(),
            _ => libm::atan(self.end).to_degrees(),
        };
        if self.is_pinhole() || matches!(self.kind, Kind::KannalaBrandt(_)) && angle_deg >= FISHEYE_LEAST_DEG {
            return Ok(());
        }
        // Radii are largest on the rim; with the tangential part the fold need not be at a corner.
        let (width, height) = (f64::from(camera.width_px), f64::from(camera.height_px));
        let along = |n: u32| (0..=n).map(f64::from);
        let rows = along(camera.width_px).flat_map(|x| [DVec2::new(x, 0.0), DVec2::new(x, height)]);
        let columns = along(camera.height_px).flat_map(|y| [DVec2::new(0.0, y), DVec2::new(width, y)]);
        let corners = [DVec2::ZERO, DVec2::new(width, 0.0), DVec2::new(0.0, height), DVec2::new(width, height)];
        match corners.into_iter().chain(rows).chain(columns).find(|pixel| self.ray(camera, *pixel).is_none()) {
            Some(pixel) => Err(Folds { angle_deg, x_px: pixel.x, y_px: pixel.y }),
            None => Ok(()),
        }
    }
}

/// A camera with its lens, for who asks where points of the world are in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eye<'a> {
    /// Where it stands, and its pinhole.
    pub camera: &'a Camera,
    /// What bends its picture.
    pub lens: Lens,
}

impl Eye<'_> {
    /// Where a world point appears, in pixels, and its depth along the optical axis in metres (negative behind). What the lens does
    /// not take in appears nowhere: its pixel is not a number.
    pub fn project(&self, world: DVec3) -> (DVec2, f64) {
        if self.lens.is_pinhole() {
            return self.camera.project(world);
        }
        let at = self.camera.world_from_camera.inverse().point(world);
        (self.place(at).unwrap_or(DVec2::NAN), at.z)
    }

    /// Where a point in the camera's frame appears.
    pub fn place(&self, at: DVec3) -> Option<DVec2> {
        self.lens.project(self.camera, at)
    }

    /// The ray of depth 1 in the camera's frame through a place in the picture; that of the pinhole where the lens is dark or looks
    /// sideways.
    pub fn ray(&self, pixel: DVec2) -> DVec3 {
        let bent = if self.lens.is_pinhole() { None } else { self.lens.ray(self.camera, pixel) };
        match bent.filter(|ray| ray.z > 1e-6) {
            Some(ray) => ray / ray.z,
            None => ((pixel - self.camera.centre_px) / self.camera.focal_px).extend(1.0),
        }
    }

    /// The rectangle round the picture that the lens makes of a pinhole's rectangle, low and high corner: what lies within one lies
    /// within the other. `None` where the lens does not take all of its rim in.
    pub fn rectangle(&self, [low, high]: [DVec2; 2]) -> Option<[DVec2; 2]> {
        const PARTS: u32 = 16;
        if self.lens.is_pinhole() {
            return Some([low, high]);
        }
        let (mut least, mut most) = (DVec2::INFINITY, DVec2::NEG_INFINITY);
        for share in (0..=PARTS).map(|part| f64::from(part) / f64::from(PARTS)) {
            let (x, y) = (low.x + (high.x - low.x) * share, low.y + (high.y - low.y) * share);
            for pixel in [DVec2::new(x, low.y), DVec2::new(x, high.y), DVec2::new(low.x, y), DVec2::new(high.x, y)] {
                let place = self.place(((pixel - self.camera.centre_px) / self.camera.focal_px).extend(1.0))?;
                (least, most) = (least.min(place), most.max(place));
            }
        }
        Some([least, most])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Pose;

    fn camera(fx: f64, fy: f64) -> Camera {
        let wide = Camera::with_vertical_fov(640, 480, 50.0, Pose::IDENTITY);
        Camera { focal_px: DVec2::new(fx, fy), ..wide }
    }

    /// OpenCV's names are k1 k2 p1 p2 k3 k4 k5 k6.
    fn brown([k1, k2, p1, p2, k3, k4, k5, k6]: [f64; 8]) -> Lens {
        Lens::brown_conrady([k1, k2, k3, k4, k5, k6], [p1, p2])
    }

    const PLUMB_BOB: [f64; 8] = [-0.3, 0.12, 0.001, -0.0005, -0.02, 0.0, 0.0, 0.0];
    const RATIONAL: [f64; 8] = [0.5, -0.2, 0.0007, 0.0003, 0.01, 0.8, -0.1, 0.005];
    const FISHEYE: [f64; 4] = [-0.02, 0.005, -0.003, 0.0004];

    /// `cv2.projectPoints` and `cv2.fisheye.projectPoints` of opencv-python 5.0.0; fx 600, fy 590 (fisheye 300, 295),
    /// principal point 320, 240 with pixel centres at integers.
    #[test]
    fn pixels_are_those_of_opencv() {
        let near = [[0.1, -0.2, 1.0], [-0.5, 0.35, 1.2], [0.02, 0.01, 0.8], [0.6, 0.45, 1.1], [-0.3, -0.5, 2.0]]
            .map(DVec3::from);
        let far = [[0.1, -0.2, 1.0], [-1.5, 0.35, 0.9], [2.0, 1.0, 0.5], [-3.0, -2.0, 0.3]].map(DVec3::from);
        let of_plumb_bob = [
            [379.072_85, 123.823_395],
            [87.152_517, 400.375_888],
            [334.996_251, 247.373_733],
            [609.409_781, 453.816_844],
            [232.224_075, 96.236_954],
        ];
        let of_rational = [
            [379.115_817, 123.777_243],
            [87.545_598, 400.144_999],
            [334.997_114, 247.373_834],
            [608.747_364, 453.081_462],
            [232.265_892, 96.223_575],
        ];
        let of_fisheye = [
            [349.486_253, 182.010_369],
            [21.393_923, 308.513_505],
            [670.267_542, 412.214_875],
            [-35.513_361, 6.941_241],
        ];
        type Case<'a> = (Lens, Camera, &'a [DVec3], &'a [[f64; 2]]);
        let cases: [Case<'_>; 3] = [
            (brown(PLUMB_BOB), camera(600.0, 590.0), &near, &of_plumb_bob),
            (brown(RATIONAL), camera(600.0, 590.0), &near, &of_rational),
            (Lens::kannala_brandt(FISHEYE), camera(300.0, 295.0), &far, &of_fisheye),
        ];
        for (lens, camera, points, expected) in cases {
            let ours = Camera { centre_px: DVec2::new(320.5, 240.5), ..camera };
            for (point, expected) in points.iter().zip(expected) {
                let got = lens.project(&ours, *point).unwrap() - 0.5;
                assert!(got.distance(DVec2::from(*expected)) < 1e-5, "{lens:?} {point}: {got}, OpenCV {expected:?}");
                let back = lens.ray(&ours, got + 0.5).unwrap();
                assert!(back.distance(point.normalize()) < 1e-9, "{lens:?} {point}: {back}");
            }
        }
    }

    /// `tests/peer_opencv.py` asks OpenCV itself; `WORLDPROOF_PEER_PYTHON` names a Python with `cv2`, else `python3` is asked.
    #[test]
    fn opencv_agrees_all_over_the_picture() {
        let python = std::env::var("WORLDPROOF_PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer_opencv.py");
        let told = std::process::Command::new(&python).arg(script).output();
        let Some(told) = told.ok().filter(|told| told.status.code() != Some(77)) else {
            println!(
                "skipped: `{python}` has no cv2; `pip install opencv-python-headless` and name its Python in \
                 WORLDPROOF_PEER_PYTHON"
            );
            return;
        };
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        let (mut n, mut worst) = (0, 0.0_f64);
        for line in String::from_utf8(told.stdout).unwrap().lines() {
            let (kind, numbers) = line.split_once(' ').unwrap();
            let numbers: Vec<f64> = numbers.split(' ').map(|word| word.parse().unwrap()).collect();
            let (k, rest) = numbers.split_at(8);
            let k: [f64; 8] = k.try_into().unwrap();
            let lens = if kind == "fisheye" { Lens::kannala_brandt([k[0], k[1], k[2], k[3]]) } else { brown(k) };
            let ours = Camera { centre_px: DVec2::new(320.5, 240.5), ..camera(rest[0], rest[1]) };
            let got = lens.project(&ours, DVec3::new(rest[2], rest[3], rest[4])).unwrap() - 0.5;
            worst = worst.max(got.distance(DVec2::new(rest[5], rest[6])));
            n += 1;
        }
        println!("{n} points, farthest from OpenCV's by {worst:.2e} px");
        assert!(n > 1000 && worst < 0.01, "{n} points, {worst} px");
    }

    #[test]
    fn every_pixel_has_one_ray_and_goes_back_to_it() {
        for (lens, camera) in [
            (brown(PLUMB_BOB), camera(600.0, 590.0)),
            (brown(RATIONAL), camera(600.0, 590.0)),
            (Lens::kannala_brandt(FISHEYE), camera(200.0, 200.0)),
            (Lens::PINHOLE, camera(300.0, 300.0)),
        ] {
            assert_eq!(lens.check(&camera), Ok(()), "{lens:?}");
            for (x, y) in (0..=480).step_by(16).flat_map(|y| (0..=640).step_by(16).map(move |x| (x, y))) {
                let pixel = DVec2::new(f64::from(x), f64::from(y));
                let back = lens.project(&camera, lens.ray(&camera, pixel).unwrap() * 3.0).unwrap();
                assert!(back.distance(pixel) < 1e-8, "{lens:?} {pixel}: {back}");
            }
        }
    }

    #[test]
    fn an_eye_sees_as_its_lens_and_as_the_pinhole_without() {
        let camera = Camera {
            world_from_camera: Pose::looking_at(DVec3::new(0.1, 0.2, 0.5), DVec3::new(1.0, 0.0, 0.3)),
            ..camera(500.0, 500.0)
        };
        let world = DVec3::new(1.2, 0.3, 0.4);
        let plain = Eye { camera: &camera, lens: Lens::PINHOLE };
        assert_eq!(plain.project(world), camera.project(world));
        let bent = Eye { camera: &camera, lens: brown(PLUMB_BOB) };
        let (pixel, depth_m) = bent.project(world);
        let back = camera.world_from_camera.point(bent.ray(pixel) * depth_m);
        assert!(back.distance(world) < 1e-9, "{back}");
        assert!(pixel.distance(camera.project(world).0) > 1.0, "it is bent");
        let [low, high] = bent.rectangle([DVec2::new(100.0, 80.0), DVec2::new(500.0, 300.0)]).unwrap();
        for (x, y) in [(100.0, 80.0), (333.0, 80.0), (500.0, 211.0), (250.0, 190.0)] {
            let inside = plain.ray(DVec2::new(x, y));
            let place = bent.place(inside).unwrap();
            assert!(place.cmpge(low - 0.5).all() && place.cmple(high + 0.5).all(), "{place} in {low} to {high}");
        }
    }

    #[test]
    fn a_fold_within_the_picture_is_told_and_one_without_is_not() {
        // r (1 − r²/2) turns back at r = sqrt(2/3), where it has 0.544.
        let lens = brown([-0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let angle_deg = libm::atan(libm::sqrt(2.0 / 3.0)).to_degrees();
        let folded = lens.check(&camera(600.0, 600.0)).unwrap_err();
        assert!((folded.angle_deg - angle_deg).abs() < 1e-6, "{folded}");
        assert!(folded.to_string().contains("39.2 deg"), "{folded}");
        assert_eq!(lens.check(&camera(900.0, 900.0)), Ok(()), "the corner lies at 0.444");
        assert_eq!(lens.distort(DVec3::new(0.9, 0.0, 1.0)), None, "beyond the fold");
        assert_eq!(lens.undistort(DVec2::new(0.55, 0.0)), None);
        assert!(Lens::kannala_brandt([-0.5, 0.0, 0.0, 0.0]).check(&camera(300.0, 300.0)).is_err());
        let dark = Lens::kannala_brandt([0.0; 4]);
        assert_eq!(dark.ray(&camera(100.0, 100.0), DVec2::new(0.0, 0.0)), None, "outside the image circle");
        assert_eq!(dark.check(&camera(100.0, 100.0)), Ok(()));
    }
}
