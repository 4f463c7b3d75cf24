//! Rays against distances that are marched along, against every body in turn, and against solids made of triangles.

use std::sync::Arc;

use glam::{DQuat, DVec2, DVec3};

use super::shape::{enter, holds};
use super::{Meshes, Ray, Scene, between};
use crate::base::{Pose, Stream, StreamKey};
use crate::world::{Body, Camera, Class, Light, Material, Mesh, Shape, Snapshot, Surface, Weather};

fn stream(purpose: &str) -> Stream {
    StreamKey::new(11, "rays").stream(purpose, 0)
}

fn within(stream: &mut Stream, low: f64, high: f64) -> f64 {
    low + (high - low) * stream.next_unit()
}

fn vector(stream: &mut Stream, reach: f64) -> DVec3 {
    DVec3::from_array([0; 3].map(|_| within(stream, -reach, reach)))
}

pub(crate) fn pose(stream: &mut Stream, reach: f64) -> Pose {
    let rotation = DQuat::from_array([0; 4].map(|_| within(stream, -1.0, 1.0))).normalize();
    Pose { position: vector(stream, reach), rotation }
}

/// A shape of each kind, the rounded ones sharp every other time.
pub(crate) fn shape(stream: &mut Stream, kind: u64) -> Shape {
    let mut size = || within(stream, 0.05, 0.6);
    let (a, b, c) = (size(), size(), size());
    let share = if kind.is_multiple_of(2) { 0.0 } else { within(stream, 0.05, 0.95) };
    match kind / 2 {
        0 => Shape::Box { half: DVec3::new(a, b, c), round: share * a.min(b).min(c) },
        1 => Shape::Cylinder { radius: a, half_height: b, round: share * a.min(b) },
        2 => Shape::Sphere { radius: a },
        3 => Shape::Capsule { radius: a, half_height: b },
        _ => Shape::Cone { bottom: a, top: if share == 0.0 { 0.0 } else { c }, half_height: b },
    }
}

/// The signed distance of a point from a shape (Quilez, "Distance functions"): another way to say what each is.
fn distance(shape: &Shape, at: DVec3) -> f64 {
    match *shape {
        Shape::Sphere { radius } => at.length() - radius,
        Shape::Box { half, round } => {
            let q = at.abs() - (half - round);
            q.max(DVec3::ZERO).length() + q.max_element().min(0.0) - round
        }
        Shape::Cylinder { radius, half_height, round } => {
            let q = DVec2::new(at.truncate().length() - radius + round, at.z.abs() - half_height + round);
            q.max(DVec2::ZERO).length() + q.max_element().min(0.0) - round
        }
        Shape::Capsule { radius, half_height } => {
            (at - DVec3::Z * at.z.clamp(-half_height, half_height)).length() - radius
        }
        Shape::Cone { bottom, top, half_height } => {
            let q = DVec2::new(at.truncate().length(), at.z);
            let (k1, k2) = (DVec2::new(top, half_height), DVec2::new(top - bottom, 2.0 * half_height));
            let wide = if q.y < 0.0 { bottom } else { top };
            let ca = DVec2::new(q.x - q.x.min(wide), q.y.abs() - half_height);
            let cb = q - k1 + k2 * ((k1 - q).dot(k2) / k2.length_squared()).clamp(0.0, 1.0);
            let sign = if cb.x < 0.0 && ca.y < 0.0 { -1.0 } else { 1.0 };
            sign * ca.length_squared().min(cb.length_squared()).sqrt()
        }
        Shape::Mesh(_) => f64::NAN,
    }
}

/// Where a march along `ray` comes to the surface within 10 m.
fn marched(shape: &Shape, ray: &Ray) -> Option<f64> {
    let mut t = 0.0;
    for _ in 0..20_000 {
        let left = distance(shape, ray.at(t));
        if left < 1e-10 {
            return Some(t);
        }
        t += left;
        if t > 10.0 {
            return None;
        }
    }
    None
}

#[test]
fn rays_enter_shapes_where_a_march_along_their_distance_ends() {
    let mut stream = stream("shapes");
    let (mut hits, mut misses, mut worst, mut tilted) = (0, 0, 0.0_f64, 0.0_f64);
    for round in 0..20_000 {
        let shape = shape(&mut stream, round % 10);
        let origin = vector(&mut stream, 3.0);
        let aim = vector(&mut stream, 0.6);
        let ray = Ray { origin, direction: (aim - origin).normalize() };
        if distance(&shape, origin) < 1e-3 {
            continue;
        }
        match (enter(&shape, &ray), marched(&shape, &ray)) {
            (Some((t, normal)), Some(reference)) => {
                hits += 1;
                // A march that grazes stops short by what it takes for nothing, over the sine of the angle.
                let slope = -normal.dot(ray.direction);
                assert!(
                    (t - reference).abs() < 1e-9 + 3e-10 / slope.max(1e-6) + 2e-5 * f64::from(slope < 1e-2),
                    "{shape:?} {ray:?}: {t} {reference} {slope}"
                );
                if slope > 0.05 {
                    worst = worst.max((t - reference).abs());
                    let nudge = |axis: DVec3| {
                        distance(&shape, ray.at(t) + axis * 1e-6) - distance(&shape, ray.at(t) - axis * 1e-6)
                    };
                    let gradient = DVec3::new(nudge(DVec3::X), nudge(DVec3::Y), nudge(DVec3::Z)).normalize();
                    let tilt = gradient.dot(normal).min(1.0).acos();
                    // At an edge the gradient is that of either side.
                    tilted = if tilt < 0.05 { tilted.max(tilt) } else { tilted };
                    assert!(tilt < 0.01 || sharp(&shape), "{shape:?} {ray:?}: {normal} {gradient}");
                }
            }
            (None, None) => misses += 1,
            (one, other) => {
                // Both may be right about a ray that comes as near as the march tells apart.
                let t = one.map(|(t, _)| t).or(other).unwrap_or(0.0);
                let closest =
                    (-50..=50).map(|step| distance(&shape, ray.at(t + f64::from(step) * 1e-5))).fold(9.0, f64::min);
                assert!(closest.abs() < 1e-8, "{shape:?} {ray:?}: {one:?} {other:?} {closest}");
            }
        }
    }
    println!("{hits} hits, {misses} misses, worst {worst:.1e} m, normals within {tilted:.1e} rad");
    assert!(hits > 7000 && misses > 7000 && worst < 5e-9 && tilted < 1e-2, "{hits} {misses} {worst} {tilted}");
}

fn sharp(shape: &Shape) -> bool {
    match *shape {
        Shape::Box { round, .. } | Shape::Cylinder { round, .. } => round < 1e-3,
        Shape::Cone { .. } => true,
        _ => false,
    }
}

#[test]
fn who_begins_inside_sees_nothing_of_a_shape_and_is_held_by_it() {
    let mut stream = stream("inside");
    let (mut inside, mut outside) = (0, 0);
    for round in 0..20_000 {
        let shape = shape(&mut stream, round % 10);
        let point = shape.half_extents_m() * vector(&mut stream, 1.2);
        let far = distance(&shape, point);
        if far.abs() < 1e-6 {
            continue;
        }
        assert_eq!(holds(&shape, point), far < 0.0, "{shape:?} at {point}: {far}");
        if far < 0.0 {
            inside += 1;
            let ray = Ray { origin: point, direction: vector(&mut stream, 1.0).normalize() };
            assert_eq!(enter(&shape, &ray), None, "{shape:?} {ray:?}");
        } else {
            outside += 1;
        }
    }
    assert!(inside > 4000 && outside > 4000, "{inside} {outside}");
}

pub(super) fn grey() -> Material {
    Material {
        surface: Surface::Plain,
        colour: [0.5; 3],
        second: [0.5; 3],
        roughness: 0.6,
        metallic: 0.0,
        scale_m: 0.1,
        seed: 1,
        coat: 0.0,
        glow: 0.0,
        transmission: 0.0,
    }
}

pub(crate) fn body(instance: u16, shape: Shape, pose: Pose) -> Body {
    Body {
        instance,
        class: Class::Clutter,
        name: Arc::from(format!("thing {instance}")),
        shape,
        material: grey(),
        pose,
    }
}

pub(crate) fn snapshot(time_s: f64, bodies: Vec<Body>) -> Snapshot {
    let light = Light {
        sun_direction: DVec3::Z,
        sun: [1.0; 3],
        sun_radius_rad: 0.01,
        sky: [0.3; 3],
        horizon: [0.3; 3],
        ground: [0.1; 3],
        exposure: 1.0,
    };
    let camera = Camera::with_vertical_fov(64, 48, 50.0, Pose::IDENTITY);
    Snapshot { time_s, bodies, light, lamps: Vec::new(), dome: None, weather: Weather::default(), camera }
}

/// A ball of facets whose corners lie on the sphere, or with `steps` of 1 a thing of eight sides.
pub(crate) fn facets(radius: DVec3, steps: u32) -> Mesh {
    let (around, up) = (4 * steps, 2 * steps);
    let corner = |u: u32, v: u32| {
        let (turn, lift) = (f64::from(u % around) / f64::from(around), f64::from(v) / f64::from(up));
        let (turn, lift) = (turn * core::f64::consts::TAU, (lift - 0.5) * core::f64::consts::PI);
        radius * DVec3::new(turn.cos() * lift.cos(), turn.sin() * lift.cos(), lift.sin())
    };
    let (mut corners, mut triangles) = (Vec::new(), Vec::new());
    for u in 0..around {
        for v in 0..up {
            let first = corners.len() as u32;
            corners.extend([corner(u, v), corner(u + 1, v), corner(u + 1, v + 1), corner(u, v + 1)]);
            triangles.extend([[first, first + 1, first + 2], [first, first + 2, first + 3]]);
        }
    }
    Mesh::creased(&corners, &triangles, 0.6).expect("a mesh")
}

#[test]
fn a_mesh_is_met_where_its_nearest_triangle_is() {
    let mut stream = stream("mesh");
    let mesh = Arc::new(facets(DVec3::new(0.7, 0.5, 0.9), 12));
    let mut meshes = Meshes::default();
    let (tree, again) = (meshes.tree(&mesh), meshes.tree(&mesh));
    assert!(Arc::ptr_eq(&tree, &again), "made once");
    let place = |at: u32| glam::Vec3::from(mesh.vertices()[at as usize].position).as_dvec3();
    let (mut hits, mut misses) = (0, 0);
    for _ in 0..2000 {
        let origin = vector(&mut stream, 3.0);
        let ray = Ray { origin, direction: (vector(&mut stream, 1.0) - origin).normalize() };
        // Every triangle in turn: where the plane is met, and whether that point lies left of all three sides.
        let mut nearest: Option<f64> = None;
        for [a, b, c] in mesh.triangles().iter().map(|corners| corners.map(place)) {
            let normal = (b - a).cross(c - a);
            let t = normal.dot(a - ray.origin) / normal.dot(ray.direction);
            let left = |from: DVec3, to: DVec3| normal.dot((to - from).cross(ray.at(t) - from)) >= 0.0;
            let met = normal.dot(ray.direction) < 0.0 && t > 0.0 && left(a, b) && left(b, c) && left(c, a);
            if met && nearest.is_none_or(|known| t < known) {
                nearest = Some(t);
            }
        }
        let found = tree.enter(&ray, 100.0);
        assert_eq!(found.is_some(), nearest.is_some(), "{ray:?}");
        if let (Some((t, normal)), Some(reference)) = (found, nearest) {
            hits += 1;
            assert!((t - reference).abs() < 1e-9, "{t} {reference}");
            let smooth = (ray.at(t) / DVec3::new(0.49, 0.25, 0.81)).normalize();
            assert!(smooth.dot(normal) > 0.99, "interpolated: {normal} for {smooth}");
            assert_eq!(tree.enter(&ray, t - 1e-6), None, "out of reach");
        } else {
            misses += 1;
        }
        let point = DVec3::new(0.7, 0.5, 0.9) * vector(&mut stream, 1.0);
        let size = (point / DVec3::new(0.7, 0.5, 0.9)).length();
        if !(0.97..1.0).contains(&size) {
            assert_eq!(tree.holds(point), size < 1.0, "{point}");
        }
    }
    assert!(hits > 500 && misses > 300, "{hits} {misses}");
}

#[test]
fn a_scene_in_motion_is_met_as_each_of_its_bodies_at_that_time() {
    let mut stream = stream("scene");
    let mesh = Arc::new(facets(DVec3::splat(0.4), 3));
    let mut bodies = Vec::new();
    for at in 0..60_u64 {
        let shape = if at % 11 == 10 { Shape::Mesh(Arc::clone(&mesh)) } else { shape(&mut stream, at % 11) };
        // Three shapes an instance, as a thing of several parts has.
        bodies.push(body(1 + (at / 3) as u16, shape, pose(&mut stream, 4.0)));
    }
    let now = snapshot(1.0, bodies);
    let mut next = snapshot(1.25, now.bodies.clone());
    for body in next.bodies.iter_mut().skip(15) {
        body.pose = Pose {
            position: body.pose.position + vector(&mut stream, 1.0),
            rotation: (body.pose.rotation + pose(&mut stream, 1.0).rotation * 0.8).normalize(),
        };
    }
    // One that is gone later does not confuse the others.
    next.bodies.remove(5);
    let mut meshes = Meshes::default();
    let scene = Scene::new(&now, Some(&next), &mut meshes);
    let mut hits = 0;
    for round in 0..4000 {
        let share = within(&mut stream, 0.0, 1.0);
        let moment = scene.at(share);
        let origin = vector(&mut stream, 6.0);
        let ray = Ray { origin, direction: (vector(&mut stream, 4.0) - origin).normalize() };
        let mut best: Option<(f64, usize)> = None;
        for (at, body) in now.bodies.iter().enumerate() {
            let same = now.bodies[..at].iter().filter(|other| other.instance == body.instance).count();
            let there = next.bodies.iter().filter(|other| other.instance == body.instance).nth(same);
            let pose = there.map_or(body.pose, |there| between(&body.pose, &there.pose, share));
            let own = Ray { origin: pose.inverse().point(origin), direction: pose.rotation.inverse() * ray.direction };
            let met = match &body.shape {
                Shape::Mesh(mesh) => meshes.tree(mesh).enter(&own, 50.0),
                shape => enter(shape, &own),
            };
            if let Some((t, _)) = met
                && best.is_none_or(|(known, _)| t < known)
            {
                best = Some((t, at));
            }
        }
        let found = moment.cast(&ray, 50.0);
        assert_eq!(found.map(|hit| hit.body), best.map(|(_, at)| at), "ray {round}");
        let Some(hit) = found else { continue };
        hits += 1;
        assert!((hit.distance_m - best.unwrap().0).abs() < 1e-9 && (hit.normal.length() - 1.0).abs() < 1e-9);
        assert!(hit.normal.dot(ray.direction) <= 1e-6 || hit.body % 11 == 10, "seen from outside");
        assert_eq!(moment.cast(&ray, hit.distance_m - 1e-9).map(|hit| hit.body), None, "out of reach");
    }
    assert!(hits > 1200, "{hits}");
    let moment = scene.at(0.5);
    let still = moment.velocity_m_s(3, DVec3::ONE);
    let (from, to) = (now.bodies[40].pose.position, next.bodies[39].pose.position);
    let off = moment.velocity_m_s(40, from.midpoint(to)) - (to - from) / 0.25;
    assert!(still == DVec3::ZERO && off.length() < 1e-9, "{still} {off}");
}

#[test]
fn poses_go_straight_and_turn_evenly() {
    let turned = |angle: f64, x: f64| Pose {
        position: DVec3::new(x, 0.0, 0.0),
        rotation: DQuat::from_xyzw(0.0, 0.0, libm::sin(0.5 * angle), libm::cos(0.5 * angle)),
    };
    let (from, to) = (turned(0.3, 1.0), turned(0.9, 2.0));
    for share in [0.0, 0.25, 1.0, 1.5] {
        let (got, wanted) = (between(&from, &to, share), turned(0.3 + 0.6 * share, 1.0 + share));
        let apart = got.rotation.dot(wanted.rotation).abs();
        assert!(got.position.distance(wanted.position) < 1e-12 && apart > 1.0 - 1e-12, "{share}: {got:?}");
    }
    let back = Pose { rotation: -to.rotation, ..to };
    assert!(between(&from, &back, 0.5).rotation.dot(turned(0.6, 0.0).rotation).abs() > 1.0 - 1e-12);
    assert_eq!(between(&from, &from, 0.7).position, from.position, "what stands stands");
}
