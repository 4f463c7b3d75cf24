//! What a board looks like: photographed with its mask, bare pads, print and holes, or as a scan after its threshold.
//!
//! Every layer is flat and lies a hundredth of a millimetre above the one below; a defect's patch lies above the copper, so that
//! nothing else of the picture changes where it is added. Relief, solder and parts are deliberately left out: nothing on a board
//! throws a shadow, and what differs from the defect-free picture is the patch alone.

use std::sync::Arc;

use glam::{DVec2, DVec3};

use super::board::Board;
use super::defect::Defect;
use super::region::{Outline, Region, capsule, rectangle};
use crate::world::body::{Part, boxed, plain};
use crate::world::snapshot::{Material, Mesh, MeshVertex, Shape, Surface};

/// From one layer to the next, in metres.
const LAYER_M: f64 = 1e-5;
/// A board's thickness, in metres.
pub(super) const THICK_M: f64 = 1.6e-3;
/// Features of a board's mottling, in metres.
const MOTTLE_M: f32 = 2.5e-3;

/// Layers from below, in steps of [`LAYER_M`].
#[derive(Clone, Copy, Debug)]
enum Layer {
    Laminate,
    Opening,
    Copper,
    Bare,
    Defect,
    Print,
    Hole,
}

/// The looks of one board.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Looks {
    masked_laminate: Material,
    masked_copper: Material,
    laminate: Material,
    bare: Material,
    print: Material,
    hole: Material,
    belt: Material,
    /// Whether it is a scan: no mask and no print.
    scanned: bool,
}

/// Solder masks over laminate and over copper: green, blue, red, black.
const MASKS: [[[f32; 3]; 2]; 4] = [
    [[0.002, 0.050, 0.016], [0.010, 0.175, 0.040]],
    [[0.002, 0.014, 0.075], [0.006, 0.060, 0.290]],
    [[0.085, 0.004, 0.005], [0.300, 0.022, 0.016]],
    [[0.004, 0.004, 0.005], [0.032, 0.031, 0.027]],
];

impl Looks {
    /// A photograph with the mask of number `mask`; smooth edges blend a defect into the pixels beside its patch.
    pub(super) fn photographed(mask: usize, smooth: bool) -> Self {
        let surface = if smooth { Surface::Plain } else { Surface::Crisp };
        let [over_laminate, over_copper] = MASKS.get(mask).copied().unwrap_or(MASKS[0]);
        let mottled = |colour: [f32; 3], roughness: f32| Material {
            second: colour.map(|channel| 1.6 * channel + 0.004),
            scale_m: MOTTLE_M,
            surface,
            ..plain(colour, roughness)
        };
        Self {
            masked_laminate: mottled(over_laminate, 0.42),
            masked_copper: mottled(over_copper, 0.38),
            laminate: mottled([0.30, 0.27, 0.14], 0.7),
            bare: Material { metallic: 0.6, ..mottled([0.83, 0.66, 0.36], 0.45) },
            print: mottled([0.80, 0.80, 0.77], 0.7),
            hole: Material { surface, ..plain([0.006; 3], 0.9) },
            belt: mottled([0.02, 0.02, 0.022], 0.8),
            scanned: false,
        }
    }

    /// A scan after its threshold: copper black, everything else white, as in `DeepPCB`.
    pub(super) fn scanned() -> Self {
        let of = |colour: [f32; 3]| Material { surface: Surface::Threshold, ..plain(colour, 1.0) };
        let (white, black) = (of([1.0; 3]), of([0.0; 3]));
        Self {
            masked_laminate: white,
            masked_copper: black,
            laminate: white,
            bare: black,
            print: white,
            hole: white,
            belt: white,
            scanned: true,
        }
    }

    /// The board, its upper face at height 0.
    pub(super) fn board(&self, board: &Board) -> Result<Vec<Part>, String> {
        let half = 0.5e-3 * board.design.size_mm;
        let core = Part::new(
            boxed(half.x, half.y, 0.5 * THICK_M, 0.0),
            self.laminate,
            DVec3::new(0.0, 0.0, -0.5 * THICK_M - LAYER_M),
        );
        let face = Region::of(&[board.outline()]);
        let mut parts = vec![core];
        let mut put = |region: &Region, layer, material| -> Result<(), String> {
            parts.extend(flat(region, layer, material)?);
            Ok(())
        };
        put(&face, Layer::Laminate, self.masked_laminate)?;
        put(&board.copper, Layer::Copper, self.masked_copper)?;
        if !self.scanned {
            put(&board.openings.without(&board.copper), Layer::Opening, self.laminate)?;
            put(&board.openings.and(&board.copper), Layer::Bare, self.bare)?;
            put(&print(board), Layer::Print, self.print)?;
        }
        put(&board.holes, Layer::Hole, self.hole)?;
        Ok(parts)
    }

    /// What is seen of a defect.
    pub(super) fn defect(&self, board: &Board, defect: &Defect) -> Result<Vec<Part>, String> {
        let (masked, free) =
            if defect.kind.adds() { (self.masked_copper, self.bare) } else { (self.masked_laminate, self.laminate) };
        if self.scanned {
            return flat(&defect.patch, Layer::Defect, masked);
        }
        let mut parts = flat(&defect.patch.without(&board.openings), Layer::Defect, masked)?;
        parts.extend(flat(&defect.patch.and(&board.openings), Layer::Defect, free)?);
        Ok(parts)
    }

    /// The belt below the board, and the rails beside it, `half_y_m` from its middle: too slender to darken anything.
    pub(super) fn belt(&self, half_y_m: f64) -> Vec<Part> {
        let top = -THICK_M - 2.0 * LAYER_M;
        let belt = Part::new(boxed(0.6, 0.15, 0.01, 0.0), self.belt, DVec3::new(0.0, 0.0, top - 0.01));
        let rail = |y: f64| {
            let rail = Part::new(boxed(0.6, 0.002, 0.0008, 0.0), self.print, DVec3::new(0.0, y, top + 0.0008));
            Part {
                material: Material { colour: self.print.colour.map(|channel| 0.5 * channel), ..rail.material },
                ..rail
            }
        };
        if self.scanned { vec![belt] } else { vec![belt, rail(half_y_m + 0.005), rail(-half_y_m - 0.005)] }
    }
}

/// A region as a flat mesh in the board's frame; nothing where it is empty. Its origin is its own middle: the box round its
/// origin is what it darkens its surroundings as, and a defect must not darken anything.
fn flat(region: &Region, layer: Layer, material: Material) -> Result<Vec<Part>, String> {
    let (corners, triangles) = region.triangles();
    if triangles.is_empty() {
        return Ok(Vec::new());
    }
    let low = corners.iter().copied().fold(DVec2::INFINITY, DVec2::min);
    let high = corners.iter().copied().fold(DVec2::NEG_INFINITY, DVec2::max);
    let middle = 0.5 * (low + high);
    let corner = |at: DVec2| {
        let at = (at - middle) * 1e-3;
        MeshVertex { position: [at.x as f32, at.y as f32, 0.0], normal: [0.0, 0.0, 1.0] }
    };
    let mesh = Mesh::new(corners.into_iter().map(corner).collect(), triangles)?;
    let at = (middle * 1e-3).extend(f64::from(layer as u8) * LAYER_M);
    Ok(vec![Part::new(Shape::Mesh(Arc::new(mesh)), material, at).ghost()])
}

/// Outlines of parts and their numbers, kept off the pads.
fn print(board: &Board) -> Region {
    let pitch = board.pitch_mm();
    let line = (0.3 * pitch).clamp(0.08, 0.2);
    let mut strokes: Vec<Outline> = Vec::new();
    for (number, part) in board.parts.iter().enumerate().filter(|(_, part)| part.printed) {
        let (low, high) = (board.at_mm(part.low) - 1.2 * pitch, board.at_mm(part.high) + 1.2 * pitch);
        let corners = [low, DVec2::new(high.x, low.y), high, DVec2::new(low.x, high.y)];
        for side in 0..4 {
            let (Some(a), Some(b)) = (corners.get(side), corners.get((side + 1) % 4)) else { continue };
            strokes.push(capsule([*a, *b], 0.5 * line));
        }
        // A corner is marked, so that one knows which way round the part goes.
        strokes.push(capsule([low, low + 0.8 * pitch], 0.5 * line));
        let size = (2.2 * pitch).clamp(0.7, 1.6);
        digits(number + 1, DVec2::new(low.x, high.y + 0.5 * size), (size, line), &mut strokes);
    }
    let size = 0.5 * board.design.size_mm - 0.3;
    Region::of(&strokes).and(&Region::of(&[rectangle(-size, size)])).without(&board.openings)
}

/// The segments of a seven-segment digit: from and to in halves of its height, and in which digits they shine.
const SEGMENTS: [([i8; 4], [bool; 10]); 7] = {
    const O: bool = false;
    const I: bool = true;
    [
        ([0, 2, 1, 2], [I, O, I, I, O, I, I, I, I, I]),
        ([1, 2, 1, 1], [I, I, I, I, I, O, O, I, I, I]),
        ([1, 1, 1, 0], [I, I, O, I, I, I, I, I, I, I]),
        ([1, 0, 0, 0], [I, O, I, I, O, I, I, O, I, I]),
        ([0, 0, 0, 1], [I, O, I, O, O, O, I, O, I, O]),
        ([0, 1, 0, 2], [I, O, O, O, I, I, I, O, I, I]),
        ([0, 1, 1, 1], [O, O, I, I, I, I, I, O, I, I]),
    ]
};

/// A number as strokes, its lower left corner at `at_mm`.
fn digits(number: usize, at_mm: DVec2, (height_mm, line_mm): (f64, f64), strokes: &mut Vec<Outline>) {
    for (place, digit) in number.to_string().bytes().enumerate() {
        let corner = at_mm + DVec2::new(0.75 * height_mm * place as f64, 0.0);
        let point = |x: i8, y: i8| corner + 0.5 * height_mm * DVec2::new(f64::from(x), f64::from(y));
        for ([x0, y0, x1, y1], shines) in SEGMENTS {
            if shines.get(usize::from(digit.wrapping_sub(b'0'))) == Some(&true) {
                strokes.push(capsule([point(x0, y0), point(x1, y1)], 0.5 * line_mm));
            }
        }
    }
}
