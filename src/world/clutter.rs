//! Small things that lie about on any stage, or that events let appear.

use glam::DVec3;

use super::body::{Part, boxed, cylinder, pattern, plain};
use super::event::KINDS;
use super::snapshot::{Shape, Surface};
use crate::base::{Stream, StreamKey};

/// A small thing, its middle at the origin.
#[derive(Clone, Debug)]
pub(super) struct Clutter {
    pub(super) name: &'static str,
    pub(super) parts: Vec<Part>,
    /// Height of its middle over its foot.
    pub(super) middle_m: f64,
    /// Radius of its footprint.
    pub(super) radius_m: f64,
    pub(super) mass_kg: f64,
}

/// The thing of the kind with this name that the event called `event` lets appear.
pub(super) fn spawned(kind: &str, event: &str) -> Clutter {
    let mut stream = StreamKey::new(0, "tabletop").stream(&format!("spawned {event}"), 0);
    let number = KINDS.iter().position(|known| *known == kind).unwrap_or_default();
    of(number as u64, &mut stream)
}

/// A thing of the kind with this number, in the order of [`KINDS`].
pub(super) fn of(kind: u64, stream: &mut Stream) -> Clutter {
    const COLOURS: [[f32; 3]; 6] = [
        [0.05, 0.16, 0.42],
        [0.10, 0.38, 0.12],
        [0.55, 0.08, 0.06],
        [0.62, 0.62, 0.60],
        [0.30, 0.36, 0.44],
        [0.42, 0.24, 0.08],
    ];
    let colour = COLOURS.get(stream.next_below(6) as usize).copied().unwrap_or([0.5; 3]);
    let size = 0.8 + 0.5 * stream.next_unit();
    let seed = stream.next_below(1000) as u32;
    let o = DVec3::ZERO;
    let (name, parts, middle_m, radius_m, mass_kg) = match kind {
        0 => {
            let half = DVec3::new(0.055, 0.038, 0.045) * size;
            let skin = plain(colour, 0.5);
            ("box", vec![Part::new(Shape::Box { half, round: 0.006 }, skin, o)], half.z, half.truncate().length(), 0.4)
        }
        1 => {
            let (r, h) = (0.040 * size, 0.046 * size);
            let glaze = plain(colour, 0.2);
            let inner = plain([0.03, 0.018, 0.01], 0.3);
            let handle = boxed(0.012 * size, 0.005, 0.022 * size, 0.004);
            let parts = vec![
                Part::new(cylinder(r, h, 0.004), glaze, o),
                Part::new(cylinder(r * 0.88, 0.001, 0.0), inner, DVec3::new(0.0, 0.0, h)).ghost(),
                Part::new(handle, glaze, DVec3::new(r + 0.010 * size, 0.0, 0.0)).ghost(),
            ];
            ("mug", parts, h, r + 0.024 * size, 0.35)
        }
        2 => {
            let radius = 0.034 * size;
            ("ball", vec![Part::new(Shape::Sphere { radius }, plain(colour, 0.55), o)], radius, radius, 0.12)
        }
        _ => {
            let half = DVec3::new(0.032, 0.032, 0.055) * size;
            let card = pattern(Surface::Label, [colour, [0.7, 0.7, 0.68]], 0.04, seed);
            let fold = Part::new(boxed(half.x, 0.003, 0.008, 0.0), card, DVec3::new(0.0, 0.0, half.z + 0.008)).ghost();
            let parts = vec![Part::new(Shape::Box { half, round: 0.002 }, card, o), fold];
            ("carton", parts, half.z, half.truncate().length(), 0.3)
        }
    };
    Clutter { name, parts, middle_m, radius_m, mass_kg }
}
