//! Pose from points: Levenberg–Marquardt on reprojection errors through the lens.
//!
//! The step is a turn and a shift in the camera's own frame, so that its covariance is told along the camera's axes: right,
//! down, ahead. It needs a first guess from which every point is seen (Levenberg 1944, Marquardt 1963; damping after Nielsen,
//! "Damping parameter in Marquardt's method", IMM-REP-1999-05).

use glam::{DQuat, DVec2, DVec3};

use crate::base::Pose;
use crate::sense::camera::lens::Lens;
use crate::world::Camera;

/// Steps after which a fit that still moves is given up.
const MOST_STEPS: u32 = 200;
/// Fewest points that tell a pose: three leave up to four.
const FEWEST: usize = 4;
/// Smallest eigenvalue of the scaled normal matrix below which a direction is not told.
const LEAST_TOLD: f64 = 1e-9;

/// A point of the scene and where the real picture shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// In the world, in metres.
    pub point_m: DVec3,
    /// In pixels, pixel centres at half-integers.
    pub pixel: DVec2,
}

/// A fitted pose.
#[derive(Clone, Debug, PartialEq)]
pub struct PoseFit {
    /// Where the camera stands.
    pub world_from_camera: Pose,
    /// Root mean square distance between points and pixels, in pixels.
    pub rms_px: f64,
    /// Standard deviation of one coordinate of a pixel, told from the residuals.
    pub sd_px: f64,
    /// Covariance of the turn (radians about the camera's x, y, z) and of the shift (metres along them).
    pub covariance: [[f64; 6]; 6],
    /// The pair that fits worst, from 0, and by how many pixels.
    pub worst: (usize, f64),
}

impl PoseFit {
    /// Standard deviations of the turn about the camera's axes, in degrees.
    pub fn turn_sd_deg(&self) -> [f64; 3] {
        [0, 1, 2].map(|at: usize| libm::sqrt(self.covariance[at][at]).to_degrees())
    }

    /// Standard deviations of the place along the camera's axes, in metres.
    pub fn place_sd_m(&self) -> [f64; 3] {
        [3, 4, 5].map(|at: usize| libm::sqrt(self.covariance[at][at]))
    }
}

/// Why there is no pose.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PoseError {
    /// Too few points.
    #[error("{0} points cannot tell a pose; give at least {FEWEST}, not all on one line")]
    TooFew(usize),
    /// A number that is none; from 0, as all indices, and told from 1.
    #[error("point {} or its pixel is not finite; remove it", .0 + 1)]
    NotFinite(usize),
    /// Behind the camera, or beyond the lens; from 0.
    #[error("from the first pose, point {} is not seen; bring the camera nearer to where the real one stood", .0 + 1)]
    NotSeen(usize),
    /// A direction in which the points say nothing.
    #[error(
        "the points do not determine the pose: {0} can change without moving any pixel; add points off the line, or nearer"
    )]
    NotDetermined(&'static str),
    /// It did not settle.
    #[error(
        "the pose did not settle in {MOST_STEPS} steps; check the pairs, or begin nearer to where the camera stood"
    )]
    NotSettled,
}

/// The normal equations at a pose.
struct Normal {
    matrix: [[f64; 6]; 6],
    slope: [f64; 6],
    cost: f64,
}

/// The pose of a camera with this lens and pinhole that shows the points at the pixels; `camera` stands at the first guess.
///
/// # Errors
/// [`PoseError`].
pub fn fit_pose(lens: &Lens, camera: &Camera, pairs: &[Pair]) -> Result<PoseFit, PoseError> {
    if pairs.len() < FEWEST {
        return Err(PoseError::TooFew(pairs.len()));
    }
    if let Some(at) = pairs.iter().position(|pair| !pair.point_m.is_finite() || !pair.pixel.is_finite()) {
        return Err(PoseError::NotFinite(at));
    }
    let mut at = camera.world_from_camera.inverse();
    let unseen = |at: &Pose| pairs.iter().position(|pair| lens.project(camera, at.point(pair.point_m)).is_none());
    let mut normal =
        normal(lens, camera, &at, pairs).ok_or_else(|| PoseError::NotSeen(unseen(&at).unwrap_or_default()))?;
    let most = (0..6).map(|k: usize| normal.matrix[k][k]).fold(0.0, f64::max);
    let (mut damping, mut growth) = (1e-4 * most.max(1e-12), 2.0);
    for _ in 0..MOST_STEPS {
        let mut damped = normal.matrix;
        (0..6).for_each(|k: usize| damped[k][k] += damping);
        let step = solved(damped, normal.slope.map(|slope| -slope)).ok_or(PoseError::NotSettled)?;
        let next = moved(&at, &step);
        let tried = self::normal(lens, camera, &next, pairs).filter(|tried| tried.cost <= normal.cost);
        let is_small = step.iter().all(|part| part.abs() < 1e-11);
        if let Some(tried) = tried {
            let predicted: f64 = (0..6).map(|k: usize| step[k] * (damping * step[k] - normal.slope[k])).sum();
            let gain = if predicted > 0.0 { (normal.cost - tried.cost) / predicted } else { 1.0 };
            let factor = 2.0 * gain - 1.0;
            damping *= (1.0 - factor * factor * factor).max(1.0 / 3.0);
            growth = 2.0;
            (at, normal) = (next, tried);
        } else if !is_small {
            damping *= growth;
            growth *= 2.0;
        }
        if is_small {
            return told(lens, camera, &at, pairs, &normal);
        }
    }
    Err(PoseError::NotSettled)
}

/// The fit at a pose where it has settled.
fn told(lens: &Lens, camera: &Camera, at: &Pose, pairs: &[Pair], normal: &Normal) -> Result<PoseFit, PoseError> {
    if let Some(what) = untold(&normal.matrix) {
        return Err(PoseError::NotDetermined(what));
    }
    let n = pairs.len() as f64;
    // At least 2, since there are as many points as that.
    let free = 2.0 * n - 6.0;
    let variance = normal.cost / free;
    let mut covariance = [[0.0; 6]; 6];
    for (k, row) in covariance.iter_mut().enumerate() {
        let mut unit = [0.0; 6];
        if let Some(one) = unit.get_mut(k) {
            *one = 1.0;
        }
        let column = solved(normal.matrix, unit).ok_or(PoseError::NotDetermined("the pose"))?;
        *row = column.map(|entry| entry * variance);
    }
    let off = |pair: &Pair| {
        lens.project(camera, at.point(pair.point_m)).map_or(f64::INFINITY, |pixel| pixel.distance(pair.pixel))
    };
    let worst = pairs.iter().map(off).enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default();
    Ok(PoseFit {
        world_from_camera: at.inverse(),
        rms_px: libm::sqrt(normal.cost / n),
        sd_px: libm::sqrt(variance),
        covariance,
        worst,
    })
}

/// The normal equations; `None` where a point is not seen.
fn normal(lens: &Lens, camera: &Camera, camera_from_world: &Pose, pairs: &[Pair]) -> Option<Normal> {
    let mut sum = Normal { matrix: [[0.0; 6]; 6], slope: [0.0; 6], cost: 0.0 };
    for pair in pairs {
        let point = camera_from_world.point(pair.point_m);
        let off = lens.project(camera, point)? - pair.pixel;
        let by_point = derivative(lens, camera, point)?;
        // A turn w and a shift t move the point by w × p + t.
        let turn = [DVec3::X, DVec3::Y, DVec3::Z].map(|axis| axis.cross(point));
        let ways = [turn[0], turn[1], turn[2], DVec3::X, DVec3::Y, DVec3::Z];
        let columns = ways.map(|way| by_point[0] * way.x + by_point[1] * way.y + by_point[2] * way.z);
        for (k, column) in columns.iter().enumerate() {
            sum.slope[k] += column.dot(off);
            for (l, other) in columns.iter().enumerate() {
                sum.matrix[k][l] += column.dot(*other);
            }
        }
        sum.cost += off.length_squared();
    }
    sum.cost.is_finite().then_some(sum)
}

/// How a pixel moves with its point, by central differences.
fn derivative(lens: &Lens, camera: &Camera, point: DVec3) -> Option<[DVec2; 3]> {
    let step = 1e-6 * point.length();
    let along = |axis: DVec3| {
        let (ahead, back) = (lens.project(camera, point + axis * step)?, lens.project(camera, point - axis * step)?);
        Some((ahead - back) / (2.0 * step))
    };
    Some([along(DVec3::X)?, along(DVec3::Y)?, along(DVec3::Z)?])
}

fn moved(camera_from_world: &Pose, step: &[f64; 6]) -> Pose {
    let [wx, wy, wz, x, y, z] = *step;
    let turn = DVec3::new(wx, wy, wz);
    let angle = turn.length();
    let (sine, cosine) = libm::sincos(0.5 * angle);
    let scale = if angle > 1e-12 { sine / angle } else { 0.5 };
    let rotation = DQuat::from_xyzw(wx * scale, wy * scale, wz * scale, cosine).normalize();
    let all = Pose { position: DVec3::new(x, y, z), rotation }.then(camera_from_world);
    Pose { rotation: all.rotation.normalize(), ..all }
}

/// Gauss with pivots.
#[expect(clippy::needless_range_loop, reason = "rows and columns of one matrix at a time")]
fn solved(mut a: [[f64; 6]; 6], mut b: [f64; 6]) -> Option<[f64; 6]> {
    for k in 0..6 {
        let pivot = (k..6).max_by(|i, j| a[*i][k].abs().total_cmp(&a[*j][k].abs()))?;
        a.swap(k, pivot);
        b.swap(k, pivot);
        let is_usable = a[k][k].abs() > 0.0;
        if !is_usable {
            return None;
        }
        for i in k + 1..6 {
            let share = a[i][k] / a[k][k];
            for j in k..6 {
                a[i][j] -= share * a[k][j];
            }
            b[i] -= share * b[k];
        }
    }
    for k in (0..6).rev() {
        let rest: f64 = (k + 1..6).map(|j| a[k][j] * b[j]).sum();
        b[k] = (b[k] - rest) / a[k][k];
    }
    b.iter().all(|part| part.is_finite()).then_some(b)
}

/// What no pixel tells: the direction of the smallest eigenvalue of the normal matrix, scaled to ones on its diagonal.
fn untold(matrix: &[[f64; 6]; 6]) -> Option<&'static str> {
    const WHAT: [&str; 6] = [
        "the turn about the camera's x axis",
        "the turn about the camera's y axis",
        "the roll",
        "the place to the right",
        "the place downwards",
        "the place along the view",
    ];
    if let Some(what) = (0..6).find(|k: &usize| matrix[*k][*k] <= 0.0).and_then(|k| WHAT.get(k)) {
        return Some(what);
    }
    let mut scaled = *matrix;
    for (k, row) in scaled.iter_mut().enumerate() {
        for (l, entry) in row.iter_mut().enumerate() {
            *entry /= libm::sqrt(matrix[k][k] * matrix[l][l]);
        }
    }
    let (values, vectors) = eigen(scaled);
    let least = (0..6).min_by(|k: &usize, l: &usize| values[*k].total_cmp(&values[*l]))?;
    if values[least] > LEAST_TOLD {
        return None;
    }
    let main = (0..6).max_by(|k: &usize, l: &usize| vectors[*k][least].abs().total_cmp(&vectors[*l][least].abs()))?;
    WHAT.get(main).copied()
}

/// Eigenvalues and eigenvectors (columns) of a symmetric matrix by Jacobi's rotations.
fn eigen(mut a: [[f64; 6]; 6]) -> ([f64; 6], [[f64; 6]; 6]) {
    let mut vectors = [[0.0; 6]; 6];
    (0..6).for_each(|k: usize| vectors[k][k] = 1.0);
    for _sweep in 0..50 {
        for (p, q) in (0..6_usize).flat_map(|p| (p + 1..6).map(move |q| (p, q))) {
            if a[p][q].abs() < 1e-300 {
                continue;
            }
            let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
            let sign = if theta < 0.0 { -1.0 } else { 1.0 };
            let t = sign / (theta.abs() + libm::sqrt(theta * theta + 1.0));
            let c = 1.0 / libm::sqrt(t * t + 1.0);
            let s = t * c;
            for row in &mut a {
                (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
            }
            let (old_p, old_q) = (a[p], a[q]);
            (0..6).for_each(|k: usize| (a[p][k], a[q][k]) = (c * old_p[k] - s * old_q[k], s * old_p[k] + c * old_q[k]));
            for row in &mut vectors {
                (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
            }
        }
    }
    ([0, 1, 2, 3, 4, 5].map(|k: usize| a[k][k]), vectors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;
    use crate::base::special::normal_quantile;

    fn scene(n: usize) -> Vec<DVec3> {
        let mut stream = StreamKey::new(4, "match").stream("points", 0);
        let mut one = |low: f64, high: f64| low + (high - low) * stream.next_unit();
        (0..n).map(|_| DVec3::new(one(0.25, 0.75), one(-0.3, 0.3), one(0.0, 0.35))).collect()
    }

    fn true_camera() -> Camera {
        let pose = Pose::looking_at(DVec3::new(0.02, 0.05, 0.52), DVec3::new(0.45, 0.0, 0.1));
        Camera::with_vertical_fov(640, 480, 55.0, pose)
    }

    fn pairs(lens: &Lens, points: &[DVec3], noise_px: f64, seed: u64) -> Vec<Pair> {
        let camera = true_camera();
        let mut stream = StreamKey::new(seed, "match").stream("noise", 0);
        let mut noise = || normal_quantile(stream.next_unit()) * noise_px;
        let see = |point: &DVec3| lens.project(&camera, camera.world_from_camera.inverse().point(*point));
        points
            .iter()
            .filter_map(|point| Some(Pair { point_m: *point, pixel: see(point)? + DVec2::new(noise(), noise()) }))
            .collect()
    }

    fn wrong_guess() -> Camera {
        let pose = Pose::looking_at(DVec3::new(-0.25, -0.2, 0.75), DVec3::new(0.5, 0.15, 0.0));
        Camera { world_from_camera: pose, ..true_camera() }
    }

    fn error(fit: &PoseFit) -> (f64, f64) {
        let truth = true_camera().world_from_camera;
        let turn = truth.rotation.conjugate() * fit.world_from_camera.rotation;
        let sine = libm::sqrt(turn.x * turn.x + turn.y * turn.y + turn.z * turn.z);
        (2.0 * libm::asin(sine.min(1.0)).to_degrees(), fit.world_from_camera.position.distance(truth.position))
    }

    #[test]
    fn a_known_pose_comes_back_within_a_tenth_of_a_degree_and_a_millimetre() {
        let bent = Lens::brown_conrady([-0.2, 0.05, 0.0, 0.0, 0.0, 0.0], [0.001, 0.0]);
        for lens in [Lens::PINHOLE, bent, Lens::kannala_brandt([0.02, 0.0, 0.0, 0.0])] {
            let exact = fit_pose(&lens, &wrong_guess(), &pairs(&lens, &scene(12), 0.0, 0)).unwrap();
            assert!(error(&exact).0 < 1e-6 && error(&exact).1 < 1e-8, "{lens:?}: {:?}", error(&exact));
            let (mut worst_deg, mut worst_m) = (0.0_f64, 0.0_f64);
            for seed in 0..20 {
                let fit = fit_pose(&lens, &wrong_guess(), &pairs(&lens, &scene(240), 0.5, seed)).unwrap();
                let (turn_deg, place_m) = error(&fit);
                (worst_deg, worst_m) = (worst_deg.max(turn_deg), worst_m.max(place_m));
                assert!((fit.sd_px - 0.5).abs() < 0.15, "{:?}", fit.sd_px);
            }
            println!("{lens:?}: at most {worst_deg:.3} deg and {:.2} mm off", worst_m * 1000.0);
            assert!(worst_deg < 0.1 && worst_m < 1e-3, "{worst_deg} deg, {worst_m} m");
        }
    }

    #[test]
    fn the_covariance_says_how_far_off_fits_are() {
        let (n, lens) = (200, Lens::PINHOLE);
        let mut sums = [0.0; 2];
        for seed in 0..n {
            let fit = fit_pose(&lens, &true_camera(), &pairs(&lens, &scene(20), 0.5, seed)).unwrap();
            let (turn_deg, place_m) = error(&fit);
            let square = |all: [f64; 3]| all.iter().map(|sd| sd * sd).sum::<f64>();
            sums[0] += turn_deg * turn_deg / square(fit.turn_sd_deg());
            sums[1] += place_m * place_m / square(fit.place_sd_m());
        }
        for ratio in sums.map(|sum| sum / n as f64) {
            assert!((0.75..1.35).contains(&ratio), "squared error over variance: {ratio}");
        }
    }

    #[test]
    fn what_points_cannot_tell_is_refused() {
        let lens = Lens::PINHOLE;
        let three = pairs(&lens, &scene(3), 0.0, 0);
        assert_eq!(fit_pose(&lens, &true_camera(), &three), Err(PoseError::TooFew(3)));
        let line: Vec<DVec3> =
            (0..8).map(|at| DVec3::new(0.3, -0.1, 0.05) + DVec3::splat(0.03) * f64::from(at)).collect();
        let told = fit_pose(&lens, &true_camera(), &pairs(&lens, &line, 0.0, 0));
        assert!(matches!(told, Err(PoseError::NotDetermined(_))), "{told:?}");
        let same = vec![Pair { point_m: DVec3::new(0.4, 0.0, 0.1), pixel: DVec2::new(320.0, 240.0) }; 6];
        assert!(matches!(fit_pose(&lens, &true_camera(), &same), Err(PoseError::NotDetermined(_))));
        let mut broken = pairs(&lens, &scene(6), 0.0, 0);
        broken[2].pixel.x = f64::NAN;
        assert_eq!(fit_pose(&lens, &true_camera(), &broken), Err(PoseError::NotFinite(2)));
        assert!(PoseError::NotFinite(2).to_string().starts_with("point 3 "), "from 1, as everywhere");
        let away = Camera { world_from_camera: Pose::looking_at(DVec3::ZERO, -DVec3::X), ..true_camera() };
        assert!(matches!(fit_pose(&lens, &away, &pairs(&lens, &scene(6), 0.0, 0)), Err(PoseError::NotSeen(_))));
    }
}
