//! Crowns of trees as meshes: many small clumps of leaves round a middle, made once and shared.

use std::sync::{Arc, OnceLock};

use glam::DVec3;

use crate::base::{Stream, StreamKey};
use crate::world::body::turn;
use crate::world::snapshot::Mesh;

/// How many different crowns there are.
pub(super) const KINDS: usize = 6;
/// Clumps of one crown.
const CLUMPS: usize = 360;
/// Leaves are angular: only faces that nearly lie in one plane are shaded as one, in rad.
const CREASE_RAD: f64 = 0.5;

/// A crown; its foot, where the trunk stands, is the origin.
pub(super) struct Crown {
    pub(super) mesh: Arc<Mesh>,
    /// Height of the whole tree in metres.
    pub(super) high_m: f64,
}

/// The crown number `kind`.
pub(super) fn crown(kind: usize) -> &'static Crown {
    static ALL: [OnceLock<Crown>; KINDS] = [const { OnceLock::new() }; KINDS];
    // There is one of each, and a number beyond them is the first.
    let slot = ALL.get(kind).unwrap_or(&ALL[0]);
    slot.get_or_init(|| grown(kind as u64))
}

/// A crown of clumps in an egg, denser towards its skin.
fn grown(kind: u64) -> Crown {
    let mut stream = StreamKey::new(kind, "road").stream("crown", 0);
    let high_m = 4.5 + 5.0 * stream.next_unit();
    let wide_m = high_m * (0.24 + 0.12 * stream.next_unit());
    let (low_m, tall_m) = (0.26 * high_m, 0.74 * high_m);
    let (mut corners, mut triangles) = (Vec::new(), Vec::new());
    for _ in 0..CLUMPS {
        let up = stream.next_unit();
        // Widest a little below its middle.
        let round = libm::sqrt((1.0 - (1.85 * up - 0.85) * (1.85 * up - 0.85)).max(0.04));
        let out = wide_m * round * libm::sqrt(0.30 + 0.70 * stream.next_unit());
        let (sine, cosine) = libm::sincos(core::f64::consts::TAU * stream.next_unit());
        let middle = DVec3::new(out * cosine, out * sine, low_m + tall_m * (0.08 + 0.84 * up));
        clump(middle, high_m * (0.022 + 0.028 * stream.next_unit()), &mut stream, (&mut corners, &mut triangles));
    }
    let mesh = Mesh::creased(&corners, &triangles, CREASE_RAD).unwrap_or_default();
    Crown { mesh: Arc::new(mesh), high_m }
}

/// An octahedron whose corners are pushed about: a tuft of leaves.
fn clump(
    middle: DVec3,
    radius_m: f64,
    stream: &mut Stream,
    (corners, triangles): (&mut Vec<DVec3>, &mut Vec<[u32; 3]>),
) {
    const CORNERS: [[f64; 3]; 6] =
        [[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0]];
    const FACES: [[u32; 3]; 8] =
        [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]];
    // Turned at random, so that no two show the same faces.
    let [a, b, c] = [(); 3].map(|()| core::f64::consts::TAU * stream.next_unit());
    let rotation = turn(2, a) * turn(0, b) * turn(2, c);
    let first = corners.len() as u32;
    corners.extend(CORNERS.map(|corner| {
        let long = radius_m * (0.75 + 0.9 * stream.next_unit());
        middle + rotation * DVec3::from_array(corner) * long
    }));
    triangles.extend(FACES.map(|face| face.map(|corner| first + corner)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowns_differ_and_stay_on_their_trunks() {
        for kind in 0..KINDS {
            let own = crown(kind);
            let half = own.mesh.half_extents_m();
            assert!(half.z < 1.06 * own.high_m && half.z > 0.8 * own.high_m, "{kind}: {half} {}", own.high_m);
            assert!(half.x.max(half.y) < 0.5 * own.high_m, "{kind}: {half}");
            assert_eq!(own.mesh.triangles().len(), 8 * CLUMPS);
        }
        assert!(!Arc::ptr_eq(&crown(0).mesh, &crown(1).mesh) && crown(0).high_m != crown(1).high_m);
    }
}
