//! Where a ray enters a simple shape, in the shape's own frame.
//!
//! All of them are convex, so that a ray enters each at most once, and on a plane or a curved side whose equation is linear
//! or quadratic. Rounded edges are no quadric where they bend twice: there the distance to the shape, which along any line
//! is a convex function, has its first root found by Newton's method, which from outside never steps too far.

use glam::{DVec2, DVec3};

use super::{Entry, Ray};
use crate::world::Shape;

/// Steps of Newton's method after which a ray is taken to pass by: it halves what is left even where it only touches.
const STEPS: u32 = 64;

/// Where `ray` enters `shape`, which is no mesh; none where it begins inside.
pub(super) fn enter(shape: &Shape, ray: &Ray) -> Option<Entry> {
    match *shape {
        Shape::Sphere { radius } => ball(DVec3::ZERO, radius, ray),
        Shape::Box { half, round } => {
            let (t, normal) = slab(half, ray)?;
            let core = half - round;
            // On a flat face both other coordinates lie within the core.
            let beyond = (ray.at(t).abs() - core).cmpgt(DVec3::ZERO);
            if round <= 0.0 || u32::from(beyond.x) + u32::from(beyond.y) + u32::from(beyond.z) < 2 {
                return Some((t, normal));
            }
            newton(ray, t, round, |point| {
                let out = (point.abs() - core).max(DVec3::ZERO);
                (out.length(), out.normalize_or_zero() * point.signum())
            })
        }
        Shape::Cylinder { radius, half_height, round } => {
            let (t, normal) = cone([radius, radius], half_height, ray)?;
            let core = DVec2::new(radius - round, half_height - round);
            let flat = |point: DVec3| DVec2::new(point.truncate().length(), point.z.abs()) - core;
            if round <= 0.0 || flat(ray.at(t)).min_element() <= 0.0 {
                return Some((t, normal));
            }
            newton(ray, t, round, |point| {
                let out = flat(point).max(DVec2::ZERO);
                let [across, along] = out.normalize_or_zero().to_array();
                (out.length(), (point.truncate().normalize_or_zero() * across).extend(along * point.z.signum()))
            })
        }
        Shape::Capsule { radius, half_height } => capsule(radius, half_height, ray),
        Shape::Cone { bottom, top, half_height } => cone([bottom, top], half_height, ray),
        Shape::Mesh(_) => None,
    }
}

/// Whether `point`, in the frame of `shape`, lies within it; a mesh holds nothing here.
pub(super) fn holds(shape: &Shape, point: DVec3) -> bool {
    match *shape {
        Shape::Sphere { radius } => point.length() < radius,
        Shape::Box { half, round } => {
            (point.abs() - (half - round)).max(DVec3::ZERO).length() < round.max(1e-9) && point.abs().cmplt(half).all()
        }
        Shape::Cylinder { radius, half_height, round } => {
            let flat = DVec2::new(point.truncate().length(), point.z.abs());
            let out = (flat - DVec2::new(radius - round, half_height - round)).max(DVec2::ZERO);
            out.length() < round.max(1e-9) && flat.cmplt(DVec2::new(radius, half_height)).all()
        }
        Shape::Capsule { radius, half_height } => {
            let axis = DVec3::Z * point.z.clamp(-half_height, half_height);
            point.distance(axis) < radius
        }
        Shape::Cone { bottom, top, half_height } => {
            let wide = bottom + (top - bottom) * 0.5 * (1.0 + point.z / half_height);
            point.z.abs() < half_height && point.truncate().length() < wide
        }
        Shape::Mesh(_) => false,
    }
}

fn slab(half: DVec3, ray: &Ray) -> Option<Entry> {
    let (mut enters, mut leaves, mut normal) = (0.0, f64::INFINITY, None);
    for axis in 0..3 {
        let (from, along) = (ray.origin[axis], ray.direction[axis]);
        if along == 0.0 {
            if from.abs() >= half[axis] {
                return None;
            }
            continue;
        }
        // The side that it meets first is the one against which it runs.
        let side = -along.signum() * half[axis];
        let (near, far) = ((side - from) / along, (-side - from) / along);
        if near > enters {
            enters = near;
            let mut outwards = DVec3::ZERO;
            outwards[axis] = -along.signum();
            normal = Some(outwards);
        }
        leaves = leaves.min(far);
    }
    normal.filter(|_| enters < leaves).map(|normal| (enters, normal))
}

fn ball(middle: DVec3, radius: f64, ray: &Ray) -> Option<Entry> {
    let from = ray.origin - middle;
    let towards = -from.dot(ray.direction);
    // The squared distance of the line from the middle, from the part of `from` across it: loses nothing far away.
    let across = from + ray.direction * towards;
    let inside = radius * radius - across.length_squared();
    if inside <= 0.0 {
        return None;
    }
    let t = towards - inside.sqrt();
    (t > 0.0).then(|| (t, (ray.at(t) - middle) / radius))
}

fn capsule(radius: f64, half_height: f64, ray: &Ray) -> Option<Entry> {
    let (from, along) = (ray.origin.truncate(), ray.direction.truncate());
    let steep = along.length_squared();
    let mut z = ray.origin.z;
    if steep > 1e-24 {
        let towards = -from.dot(along) / steep;
        let inside = radius * radius - (from + along * towards).length_squared();
        if inside <= 0.0 {
            return None;
        }
        let t = towards - (inside / steep).sqrt();
        z = ray.at(t).z;
        if z.abs() <= half_height {
            return (t > 0.0).then(|| (t, (ray.at(t).truncate() / radius).extend(0.0)));
        }
    }
    // Whoever comes into the endless cylinder beyond an end, or runs along it, can only enter by that end's ball.
    ball(DVec3::Z * half_height * z.signum(), radius, ray)
}

/// A truncated cone of the radii `[bottom, top]`, or a cylinder.
fn cone([bottom, top]: [f64; 2], half_height: f64, ray: &Ray) -> Option<Entry> {
    let (lean, middle) = ((top - bottom) / (2.0 * half_height), 0.5 * (top + bottom));
    let wide = |z: f64| middle + lean * z;
    let mut best: Option<Entry> = None;
    let mut take = |t: f64, normal: DVec3| {
        if t > 0.0 && normal.dot(ray.direction) < 0.0 && best.is_none_or(|(known, _)| t < known) {
            best = Some((t, normal));
        }
    };
    if ray.direction.z != 0.0 {
        let end = -ray.direction.z.signum() * half_height;
        let t = (end - ray.origin.z) / ray.direction.z;
        if ray.at(t).truncate().length() <= wide(end) {
            take(t, DVec3::Z * end.signum());
        }
    }
    let (from, along) = (ray.origin.truncate(), ray.direction.truncate());
    let (far, rise) = (wide(ray.origin.z), lean * ray.direction.z);
    let a = along.length_squared() - rise * rise;
    let b = from.dot(along) - far * rise;
    let c = from.length_squared() - far * far;
    let roots = if a.abs() > 1e-14 {
        let inside = b * b - a * c;
        if inside < 0.0 {
            return best;
        }
        // Without the difference of two near numbers.
        let sum = -b - b.signum() * inside.sqrt();
        [sum / a, c / sum]
    } else {
        [-0.5 * c / b, f64::NAN]
    };
    for t in roots {
        let point = ray.at(t);
        let round = wide(point.z);
        if point.z.abs() <= half_height && round > 0.0 {
            take(t, (point.truncate() / round).extend(-lean).normalize_or_zero());
        }
    }
    best
}

/// The first root of a convex distance less `round` along `ray` from `t` on, where the ray is still outside.
fn newton(ray: &Ray, mut t: f64, round: f64, distance: impl Fn(DVec3) -> (f64, DVec3)) -> Option<Entry> {
    for _ in 0..STEPS {
        let (far, normal) = distance(ray.at(t));
        let left = far - round;
        if left <= 1e-12 * (1.0 + round) {
            return (t > 0.0).then_some((t, normal));
        }
        let closing = -normal.dot(ray.direction);
        if closing <= 0.0 {
            return None;
        }
        t += left / closing;
    }
    None
}
