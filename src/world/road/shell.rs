//! The bodies of vehicles as meshes: lofted over cross-sections, made once and shared.
//!
//! All lengths are in metres in the vehicle's frame. The proportions are those of an ordinary saloon and a delivery van, of no make.

use std::sync::{Arc, OnceLock};

use glam::DVec3;

use crate::world::snapshot::Mesh;

/// Faces that meet at less than this look round, in rad.
const CREASE_RAD: f64 = 0.6;

/// A cross-section of a body: where, half widths low and high on its side, and the heights of underside, shoulder and top.
struct Section {
    x: f64,
    low: [f64; 2],
    shoulder: [f64; 2],
    top: [f64; 2],
}

const fn section(x: f64, low: [f64; 2], shoulder: [f64; 2], top: [f64; 2]) -> Section {
    Section { x, low, shoulder, top }
}

/// Half width and height of each corner of a car's lower body, front to rear.
const CAR_BODY: [Section; 11] = [
    section(2.30, [0.58, 0.38], [0.62, 0.56], [0.45, 0.59]),
    section(2.24, [0.72, 0.27], [0.76, 0.61], [0.58, 0.67]),
    section(2.00, [0.84, 0.21], [0.86, 0.67], [0.70, 0.75]),
    section(1.35, [0.87, 0.18], [0.90, 0.76], [0.76, 0.88]),
    section(0.95, [0.87, 0.18], [0.90, 0.82], [0.79, 0.94]),
    section(0.00, [0.87, 0.18], [0.90, 0.86], [0.82, 0.96]),
    section(-1.20, [0.87, 0.18], [0.90, 0.89], [0.80, 0.98]),
    section(-1.75, [0.86, 0.20], [0.89, 0.91], [0.74, 1.01]),
    section(-2.12, [0.82, 0.25], [0.85, 0.90], [0.70, 0.99]),
    section(-2.27, [0.76, 0.33], [0.78, 0.83], [0.64, 0.90]),
    section(-2.30, [0.70, 0.40], [0.72, 0.76], [0.58, 0.80]),
];

/// Its windows, as one dark body.
const CAR_GLASS: [Section; 6] = [
    section(1.02, [0.70, 0.84], [0.68, 0.90], [0.60, 0.92]),
    section(0.62, [0.78, 0.84], [0.68, 1.15], [0.58, 1.18]),
    section(0.22, [0.80, 0.84], [0.63, 1.35], [0.52, 1.385]),
    section(-0.35, [0.80, 0.84], [0.63, 1.38], [0.52, 1.42]),
    section(-1.05, [0.78, 0.84], [0.61, 1.33], [0.50, 1.37]),
    section(-1.82, [0.70, 0.84], [0.64, 0.97], [0.56, 0.99]),
];

/// Its roof with the pillars behind it.
const CAR_ROOF: [Section; 6] = [
    section(0.30, [0.60, 1.340], [0.61, 1.350], [0.52, 1.372]),
    section(0.10, [0.63, 1.350], [0.635, 1.365], [0.53, 1.41]),
    section(-0.35, [0.64, 1.365], [0.645, 1.385], [0.53, 1.435]),
    section(-0.95, [0.63, 1.330], [0.635, 1.350], [0.52, 1.400]),
    section(-1.10, [0.615, 1.29], [0.62, 1.310], [0.50, 1.370]),
    section(-1.16, [0.60, 1.26], [0.605, 1.275], [0.49, 1.335]),
];

/// A delivery van.
const VAN_BODY: [Section; 10] = [
    section(2.80, [0.76, 0.42], [0.80, 0.72], [0.66, 0.78]),
    section(2.70, [0.90, 0.28], [0.93, 0.86], [0.80, 0.96]),
    section(2.30, [0.97, 0.24], [0.99, 1.00], [0.88, 1.16]),
    section(2.05, [0.98, 0.22], [1.00, 1.12], [0.88, 1.30]),
    section(1.45, [0.98, 0.22], [0.98, 1.95], [0.84, 2.18]),
    section(1.20, [0.98, 0.22], [0.98, 2.12], [0.84, 2.36]),
    section(0.60, [0.98, 0.22], [0.99, 2.22], [0.86, 2.47]),
    section(-2.55, [0.98, 0.22], [0.99, 2.24], [0.86, 2.49]),
    section(-2.76, [0.97, 0.26], [0.97, 2.20], [0.85, 2.44]),
    section(-2.80, [0.94, 0.34], [0.94, 2.14], [0.82, 2.38]),
];

/// Its windscreen and the windows of its doors.
const VAN_GLASS: [Section; 4] = [
    section(2.09, [0.90, 1.20], [0.90, 1.21], [0.84, 1.29]),
    section(1.86, [0.995, 1.16], [0.965, 1.50], [0.85, 1.565]),
    section(1.53, [1.002, 1.16], [0.975, 1.86], [0.83, 2.095]),
    section(1.02, [1.006, 1.18], [0.988, 1.84], [0.5, 1.86]),
];

/// The corners of a section: from low right over the top to low left, as seen from ahead.
fn outline(section: &Section) -> [DVec3; 8] {
    let at = |[y, z]: [f64; 2], side: f64| DVec3::new(section.x, side * y, z);
    let Section { low, shoulder, top, .. } = *section;
    // The side bulges between underside and shoulder.
    let middle = [low[0].max(shoulder[0]), 0.5 * (low[1] + shoulder[1])];
    [
        at(low, -1.0),
        at(middle, -1.0),
        at(shoulder, -1.0),
        at(top, -1.0),
        at(top, 1.0),
        at(shoulder, 1.0),
        at(middle, 1.0),
        at(low, 1.0),
    ]
}

/// The closed surface over `sections`, front to rear.
fn loft(sections: &[Section]) -> Arc<Mesh> {
    const AROUND: u32 = 8;
    let corners: Vec<DVec3> = sections.iter().flat_map(outline).collect();
    let mut triangles = Vec::new();
    let last = sections.len().saturating_sub(1) as u32;
    for ring in 0..last {
        for corner in 0..AROUND {
            let (a, b) = (ring * AROUND + corner, ring * AROUND + (corner + 1) % AROUND);
            let (c, d) = (a + AROUND, b + AROUND);
            triangles.extend([[a, b, d], [a, d, c]]);
        }
    }
    for corner in 1..AROUND - 1 {
        triangles.push([0, corner + 1, corner]);
        let rear = last * AROUND;
        triangles.push([rear, rear + corner, rear + corner + 1]);
    }
    // The corners are our own numbers; a mesh that cannot be made is one that nobody sees.
    Arc::new(Mesh::creased(&corners, &triangles, CREASE_RAD).unwrap_or_default())
}

/// The meshes of a kind of vehicle: body, glass, and a roof where it is a part of its own.
pub(super) struct Shell {
    pub(super) body: Arc<Mesh>,
    pub(super) glass: Arc<Mesh>,
    pub(super) roof: Option<Arc<Mesh>>,
}

/// A car's.
pub(super) fn car() -> &'static Shell {
    static CAR: OnceLock<Shell> = OnceLock::new();
    CAR.get_or_init(|| Shell { body: loft(&CAR_BODY), glass: loft(&CAR_GLASS), roof: Some(loft(&CAR_ROOF)) })
}

/// A van's.
pub(super) fn van() -> &'static Shell {
    static VAN: OnceLock<Shell> = OnceLock::new();
    VAN.get_or_init(|| Shell { body: loft(&VAN_BODY), glass: loft(&VAN_GLASS), roof: None })
}

/// Corners of a vehicle's outline on its left, in its frame; on the right y has the other sign.
pub(super) struct Outline {
    /// Upper corner of the windscreen.
    pub(super) front_up: DVec3,
    /// Lower corner of the front bumper.
    pub(super) front_low: DVec3,
    /// Edge of the roof behind the front doors.
    pub(super) central_up: DVec3,
    /// Upper corner of the rear window, of a van that of its rear doors.
    pub(super) rear_up: DVec3,
    /// Lower corner of the rear bumper.
    pub(super) rear_low: DVec3,
}

/// The outline of a van or of a car: corners of its meshes.
pub(super) fn outline_of(is_van: bool) -> Outline {
    let left = |section: &Section, [y, z]: [f64; 2]| DVec3::new(section.x, y, z);
    let top = |section: &Section| left(section, section.top);
    let low = |section: &Section| left(section, section.low);
    let [_, van_nose, .., van_rear, _] = &VAN_BODY;
    let [_, car_nose, .., car_rear, _] = &CAR_BODY;
    let [_, _, screen, _] = &VAN_GLASS;
    let [.., roof, _, _, _] = &VAN_BODY;
    let [front, _, middle, .., back] = &CAR_ROOF;
    if is_van {
        Outline {
            front_up: top(screen),
            front_low: low(van_nose),
            central_up: top(roof),
            rear_up: top(van_rear),
            rear_low: low(van_rear),
        }
    } else {
        Outline {
            front_up: top(front),
            front_low: low(car_nose),
            central_up: top(middle),
            rear_up: top(back),
            rear_low: low(car_rear),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_closed_and_face_outwards() {
        for shell in [car(), van()] {
            for mesh in [Some(&shell.body), Some(&shell.glass), shell.roof.as_ref()].into_iter().flatten() {
                let at = |corner: u32| DVec3::from(mesh.vertices()[corner as usize].position.map(f64::from));
                // The divergence theorem: a closed surface that faces outwards holds a positive volume, wherever the origin is.
                let volume = |off: DVec3| -> f64 {
                    let parts = mesh.triangles().iter().map(|corners| corners.map(|corner| at(corner) + off));
                    parts.map(|[a, b, c]| a.dot(b.cross(c)) / 6.0).sum()
                };
                let here = volume(DVec3::ZERO);
                assert!(here > 0.02, "{here} m³");
                assert!((here - volume(DVec3::new(3.0, -2.0, 5.0))).abs() < 1e-3 * here.max(1.0), "closed");
            }
        }
    }
}
