//! What a frame's score loses where a part of it is hidden.

use crate::base::Rgb;

use super::cells::{CELLS, COLUMNS, PROPERTIES, ROWS, SIDE, describe, measure, to_size};
use super::logistic::{Row, WIDTH, log_odds};
use super::{Origin, Probe};

/// Sweeps over a fill; it starts near.
const SWEEPS: usize = 80;
/// The best step of successive over-relaxation in a square of 40: 2 / (1 + sin(π / 41)) (Young, 1954).
const OVER: f32 = 1.857_7;

/// What a frame's score loses with each cell hidden.
#[derive(Clone, Debug, PartialEq)]
pub struct Occlusion {
    /// Of the frame as it is.
    pub score: f64,
    /// Score less that of the frame with the cell hidden, row by row from the top left: above 0 where what is hidden made the frame
    /// look like the other side.
    pub drops: Vec<f64>,
}

impl Probe {
    /// Hides each cell in turn behind the smoothest surface that meets its border (Laplace's equation), which adds no edge, and
    /// takes the frame's score again, with the models of [`Self::evidence`].
    ///
    /// The hidden cell is judged by the fill's brightness and colour alone, and its texture counts as the usual: a smooth fill
    /// has no noise, which would itself look like a rendering. Its neighbours are judged by what is now beside them.
    pub fn occlusion(&self, image: &Rgb, origin: Origin) -> Occlusion {
        let model = self.model(origin);
        let small = to_size(image);
        let before: Vec<f64> = self.ruler().rows(&describe(&small)).iter().map(|row| log_odds(&model, row)).collect();
        let drop = |cell: usize| {
            let covered = covered(&small, cell);
            let lost = |near: usize| {
                let mut row = self.ruler().row(near, &measure(&covered, near));
                if near == cell {
                    silence_texture(&mut row);
                }
                before[near] - log_odds(&model, &row)
            };
            neighbourhood(cell).map(lost).sum::<f64>() / CELLS as f64
        };
        Occlusion { score: before.iter().sum::<f64>() / CELLS as f64, drops: (0..CELLS).map(drop).collect() }
    }
}

fn silence_texture(row: &mut Row) {
    for (value, property) in row[..WIDTH - 1].iter_mut().zip(&PROPERTIES) {
        if !property.is_tone {
            *value = 0.0;
        }
    }
}

/// A cell and those that see its pixels.
fn neighbourhood(cell: usize) -> impl Iterator<Item = usize> {
    let near = |at: usize, count: usize| at.saturating_sub(1)..(at + 2).min(count);
    near(cell / COLUMNS, ROWS)
        .flat_map(move |row| near(cell % COLUMNS, COLUMNS).map(move |column| row * COLUMNS + column))
}

/// The picture with one cell filled from its border.
pub(super) fn covered(small: &Rgb, cell: usize) -> Rgb {
    let (left, top) = (cell % COLUMNS * SIDE, cell / COLUMNS * SIDE);
    let (width, height) = (small.width as usize, small.height as usize);
    let mut out = small.clone();
    for channel in 0..3 {
        let at = |x: usize, y: usize| 3 * (y * width + x) + channel;
        // In the frame around the cell; nothing outside the picture.
        let code = |x: usize, y: usize| {
            let (x, y) = ((left + x).checked_sub(1)?, (top + y).checked_sub(1)?);
            (x < width && y < height).then(|| f32::from(small.bytes[at(x, y)]))
        };
        let filled = filled(code);
        for (y, row) in filled.chunks_exact(FRAMED).skip(1).take(SIDE).enumerate() {
            for (x, value) in row[1..=SIDE].iter().enumerate() {
                out.bytes[at(left + x, top + y)] = libm::roundf(*value) as u8;
            }
        }
    }
    out
}

/// A cell with its frame.
const FRAMED: usize = SIDE + 2;

/// The surface without curvature (Laplace) that meets the frame `of` a cell; where that has no value, the surface runs out flat.
fn filled(of: impl Fn(usize, usize) -> Option<f32>) -> Vec<f32> {
    const LAST: usize = FRAMED - 1;
    let mut values = vec![0.0_f32; FRAMED * FRAMED];
    let is_open = [of(1, 0), of(1, LAST), of(0, 1), of(LAST, 1)].map(|value| value.is_none());
    // To begin with, the mean of the four sides, each the less the farther.
    for y in 1..LAST {
        for x in 1..LAST {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (value, distance) in [(of(x, 0), y), (of(x, LAST), LAST - y), (of(0, y), x), (of(LAST, y), LAST - x)] {
                if let Some(value) = value {
                    sum += value / distance as f32;
                    weights += 1.0 / distance as f32;
                }
            }
            values[y * FRAMED + x] = sum / weights;
        }
    }
    for at in 1..LAST {
        for (x, y) in [(at, 0), (at, LAST), (0, at), (LAST, at)] {
            values[y * FRAMED + x] = of(x, y).unwrap_or(0.0);
        }
    }
    for _ in 0..SWEEPS {
        for at in 1..LAST {
            let ends = [(at, FRAMED + at), (LAST * FRAMED + at, (LAST - 1) * FRAMED + at)];
            let sides = [(at * FRAMED, at * FRAMED + 1), (at * FRAMED + LAST, at * FRAMED + LAST - 1)];
            for ((end, inside), is_open) in ends.into_iter().chain(sides).zip(is_open) {
                if is_open {
                    values[end] = values[inside];
                }
            }
        }
        for y in 1..LAST {
            for at in y * FRAMED + 1..y * FRAMED + LAST {
                let around = values[at - 1] + values[at + 1] + values[at - FRAMED] + values[at + FRAMED];
                values[at] += OVER * (0.25 * around - values[at]);
            }
        }
    }
    values
}
