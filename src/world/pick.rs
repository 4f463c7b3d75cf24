//! What lies under a pixel: the ray of a camera, and the first body that it meets.
//!
//! Exact for every shape but rounded boxes and cylinders, which are met as sharp ones. For pointers, not for pictures: bodies
//! are tried one after the other, a mesh's triangles only where the ray meets the box about it.

use glam::{DVec2, DVec3};

use super::snapshot::{Camera, Mesh, Shape, Snapshot};

impl Camera {
    /// The direction of length 1 in which the camera sees `pixel`.
    pub fn ray(&self, pixel: DVec2) -> DVec3 {
        let at = (pixel - self.centre_px) / self.focal_px;
        (self.world_from_camera.rotation * at.extend(1.0)).normalize_or(DVec3::X)
    }
}

impl Snapshot {
    /// The first body that a ray from `from` along the unit vector `along` meets, by its place in the list, and how far away
    /// in metres.
    pub fn struck(&self, from: DVec3, along: DVec3) -> Option<(usize, f64)> {
        let of = |(at, body): (usize, &super::Body)| {
            let into = body.pose.inverse();
            Some((at, meets(&body.shape, into.point(from), into.rotation * along)?))
        };
        self.bodies.iter().enumerate().filter_map(of).min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// Where a ray first enters `shape`, both in the shape's frame.
fn meets(shape: &Shape, from: DVec3, along: DVec3) -> Option<f64> {
    match shape {
        Shape::Box { half, .. } => of_box(from, along, *half),
        Shape::Sphere { radius } => ball(from, along, *radius),
        Shape::Cylinder { radius, half_height, .. } => cone(from, along, [*radius, *radius], *half_height),
        Shape::Cone { bottom, top, half_height } => cone(from, along, [*bottom, *top], *half_height),
        Shape::Capsule { radius, half_height } => {
            let end = DVec3::Z * *half_height;
            let all = [
                cone(from, along, [*radius, *radius], *half_height),
                ball(from - end, along, *radius),
                ball(from + end, along, *radius),
            ];
            nearest(all.into_iter().flatten())
        }
        Shape::Mesh(mesh) => of_mesh(mesh, from, along),
    }
}

fn nearest(all: impl Iterator<Item = f64>) -> Option<f64> {
    all.filter(|at| *at > 0.0).min_by(f64::total_cmp)
}

/// Slabs.
fn of_box(from: DVec3, along: DVec3, half: DVec3) -> Option<f64> {
    let (a, b) = ((-half - from) / along, (half - from) / along);
    let (enters, leaves) = (a.min(b).max_element(), a.max(b).min_element());
    // From within, nothing is met: walls round the camera are no thing under the pointer.
    (enters <= leaves && enters > 0.0).then_some(enters)
}

fn ball(from: DVec3, along: DVec3, radius: f64) -> Option<f64> {
    roots(1.0, from.dot(along), from.length_squared() - radius * radius).and_then(|both| nearest(both.into_iter()))
}

/// Both solutions of a t² + 2 b t + c = 0.
fn roots(a: f64, b: f64, c: f64) -> Option<[f64; 2]> {
    if a.abs() < 1e-12 {
        return (b != 0.0).then(|| [-0.5 * c / b; 2]);
    }
    let under = b * b - a * c;
    (under >= 0.0).then(|| [(-b - libm::sqrt(under)) / a, (-b + libm::sqrt(under)) / a])
}

/// A truncated cone along z: its side and its two discs.
fn cone(from: DVec3, along: DVec3, [bottom, top]: [f64; 2], half_height: f64) -> Option<f64> {
    // The radius at z is middle + slope z.
    let (middle, slope) = (0.5 * (bottom + top), 0.5 * (top - bottom) / half_height);
    let radius = middle + slope * from.z;
    let a = along.truncate().length_squared() - slope * slope * along.z * along.z;
    let b = from.truncate().dot(along.truncate()) - radius * slope * along.z;
    let c = from.truncate().length_squared() - radius * radius;
    let on_side = |at: &f64| (from.z + *at * along.z).abs() <= half_height;
    let side = roots(a, b, c).into_iter().flatten().filter(on_side);
    let discs = [(-half_height, bottom), (half_height, top)].into_iter().filter_map(|(z, radius)| {
        let at = (z - from.z) / along.z;
        (at.is_finite() && (from + along * at).truncate().length() <= radius).then_some(at)
    });
    nearest(side.chain(discs))
}

/// Whether a ray can meet anything within `half` of the origin. From within the box it always can.
fn reaches(from: DVec3, along: DVec3, half: DVec3) -> bool {
    // A hair wider, so that a flat mesh is not missed by the last bit.
    let half = half + DVec3::splat(1e-9);
    let (a, b) = ((-half - from) / along, (half - from) / along);
    let (enters, leaves) = (a.min(b).max_element(), a.max(b).min_element());
    enters <= leaves && leaves > 0.0
}

/// Möller & Trumbore (1997), doi 10.1080/10867651.1997.10487468, over all triangles.
fn of_mesh(mesh: &Mesh, from: DVec3, along: DVec3) -> Option<f64> {
    if !reaches(from, along, mesh.half_extents_m()) {
        return None;
    }
    let corner = |at: u32| mesh.vertices().get(at as usize).map(|vertex| DVec3::from(vertex.position.map(f64::from)));
    let triangle = |[a, b, c]: &[u32; 3]| {
        let [a, b, c] = [*a, *b, *c];
        let (a, b, c) = (corner(a)?, corner(b)?, corner(c)?);
        let (one, two) = (b - a, c - a);
        let across = along.cross(two);
        let share = 1.0 / one.dot(across);
        let to = from - a;
        let (u, up) = (to.dot(across) * share, to.cross(one));
        let v = along.dot(up) * share;
        // Written so that a triangle seen from its edge, which gives NaN, is not met.
        (u >= 0.0 && v >= 0.0 && u + v <= 1.0).then(|| two.dot(up) * share)
    };
    nearest(mesh.triangles().iter().filter_map(triangle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Pose;

    #[test]
    fn shapes_are_met_where_they_are() {
        let from = DVec3::new(-5.0, 0.0, 0.0);
        let half = DVec3::new(1.0, 2.0, 3.0);
        let shapes = [
            (Shape::Box { half, round: 0.0 }, 4.0),
            (Shape::Sphere { radius: 1.5 }, 3.5),
            (Shape::Cylinder { radius: 0.5, half_height: 1.0, round: 0.0 }, 4.5),
            (Shape::Capsule { radius: 0.5, half_height: 1.0 }, 4.5),
            (Shape::Cone { bottom: 1.0, top: 0.5, half_height: 1.0 }, 4.25),
        ];
        for (shape, expected) in &shapes {
            let found = meets(shape, from, DVec3::X).unwrap();
            assert!((found - expected).abs() < 1e-9, "{shape:?}: {found}");
            assert_eq!(meets(shape, from, DVec3::NEG_X), None, "{shape:?}: behind");
            assert_eq!(meets(shape, from + DVec3::Z * 9.0, DVec3::X), None, "{shape:?}: above");
        }
        // From above: half the height, and a capsule's half ball on it.
        let down = |shape: &Shape| meets(shape, DVec3::new(0.1, 0.0, 5.0), DVec3::NEG_Z).unwrap();
        assert!((down(&shapes[2].0) - 4.0).abs() < 1e-9 && (down(&shapes[4].0) - 4.0).abs() < 1e-9);
        let cap = 5.0 - 1.0 - libm::sqrt(0.25 - 0.01);
        assert!((down(&shapes[3].0) - cap).abs() < 1e-9, "{}", down(&shapes[3].0));
    }

    #[test]
    fn the_box_about_a_mesh_hides_no_triangle_of_it() {
        let (steps, radius) = (24_u32, DVec3::new(0.3, 0.2, 0.1));
        // A ball of triangles, squeezed, met from all round and from its middle.
        let at = |row: u32, column: u32| {
            let (up, level) = libm::sincos(core::f64::consts::PI * (f64::from(row) / f64::from(steps) - 0.5));
            let (y, x) = libm::sincos(core::f64::consts::TAU * f64::from(column) / f64::from(steps));
            radius * DVec3::new(x * level, y * level, up)
        };
        let corners: Vec<DVec3> = (0..=steps).flat_map(|row| (0..steps).map(move |column| at(row, column))).collect();
        let number = |row: u32, column: u32| row * steps + column % steps;
        let triangles: Vec<[u32; 3]> = (0..steps)
            .flat_map(|row| (0..steps).map(move |column| (row, column)))
            .flat_map(|(row, column)| {
                let [a, b] = [number(row, column), number(row, column + 1)];
                let [c, d] = [number(row + 1, column), number(row + 1, column + 1)];
                [[a, b, d], [a, d, c]]
            })
            .collect();
        let mesh = Mesh::creased(&corners, &triangles, 2.0).unwrap();
        for corner in corners.iter().step_by(7).filter(|corner| corner.z.abs() < 0.09) {
            let out = corner.normalize();
            let met = of_mesh(&mesh, *corner + out, -out).unwrap();
            assert!((met - 1.0).abs() < 1e-6, "{corner}: {met}");
            assert!(of_mesh(&mesh, DVec3::ZERO, out).is_some(), "{corner} from within");
            assert_eq!(of_mesh(&mesh, *corner + out, out), None, "{corner} behind");
        }
        assert!(!reaches(DVec3::new(0.0, 0.0, 0.2), DVec3::X, radius) && reaches(DVec3::ZERO, DVec3::X, radius));
    }

    #[test]
    fn a_ray_through_a_pixel_meets_what_is_projected_there() {
        let pose = Pose::looking_at(DVec3::new(2.0, -1.0, 1.5), DVec3::ZERO);
        let camera = Camera::with_vertical_fov(640, 480, 50.0, pose);
        for point in [DVec3::new(0.2, 0.1, 0.0), DVec3::new(-0.4, 0.3, 0.5)] {
            let (pixel, depth) = camera.project(point);
            let along = camera.ray(pixel);
            let away = point - pose.position;
            assert!(depth > 0.0 && along.distance(away.normalize()) < 1e-12, "{point}");
        }
    }
}
