//! What is measured in a cell of a picture: fifteen numbers that a camera engineer can read.
//!
//! A cell's numbers depend on its own pixels and four around them (where the picture ends, its last pixels repeat), so that covering a
//! cell changes its own numbers and its neighbours', and no others. What grows over orders of magnitude is told in powers of
//! two, from a quarter of a code upwards: below that it is rounding.

use wide::f32x8;

use crate::base::Rgb;

/// Cells in a row.
pub const COLUMNS: usize = 8;
/// Rows of cells.
pub const ROWS: usize = 6;
/// Cells of a picture.
pub const CELLS: usize = COLUMNS * ROWS;
/// Numbers of a cell.
pub const COUNT: usize = 15;

/// Pixels along a side of a cell.
pub(super) const SIDE: usize = 40;
/// Pixels around a cell that its numbers depend on: a multiple of four more than the Gaussian reaches.
const MARGIN: usize = 4;
/// A cell with its margins: a multiple of eight.
const PATCH: usize = SIDE + 2 * MARGIN;
/// Side of the blocks of which the quietest are the noise.
const BLOCK: usize = 8;
/// What is added before a logarithm is taken, in 8-bit codes.
const ROUNDING: f64 = 0.25;
/// Mean |second difference across and along| of white noise of sd 1: 6 √(2/π) (Immerkær, CVIU 64, 1996).
const OF_NOISE: f64 = 4.787_307_364_817_193;

/// A number that is measured in every cell.
#[derive(Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name, for files.
    pub name: &'static str,
    /// What a camera engineer calls it, for sentences.
    pub words: &'static str,
    /// Whether it is of brightness and colour, which a smooth fill can take over from around a cell, and not of texture.
    pub is_tone: bool,
}

const fn tone(name: &'static str, words: &'static str) -> Property {
    Property { name, words, is_tone: true }
}

const fn texture(name: &'static str, words: &'static str) -> Property {
    Property { name, words, is_tone: false }
}

/// The numbers of a cell, in order. Luminance is 0.2126 R + 0.7152 G + 0.0722 B on sRGB codes.
///
/// - `luminance_mean`, `red_green_mean` (R − G), `yellow_blue_mean` ((R + G) / 2 − B): in codes of 255.
/// - `saturation_mean`: mean of (max − min) / max over channels, 0 to 1.
/// - `clipped_dark_share`, `clipped_bright_share`: share of pixels with all channels ≤ 2, or any ≥ 253.
/// - `luminance_sd_log2`: of the cell.
/// - `fine_log2`, `medium_log2`: mean |second difference across and along| of pixels, and of means of 2 x 2, in the sd of white
///   noise that would give it (Immerkær, CVIU 64, 1996).
/// - `noise_floor_log2`: as `fine_log2`, but the third smallest of its 25 blocks of 8 x 8: what is left where there is no texture.
///   Not the blocks' standard deviation, as `drift::NAMES` has it: in so few of them shading would count.
/// - `colour_noise_log2`: mean |second difference across| of R − G and of yellow − blue.
/// - `flat_gradient_share`: share of horizontal neighbours within half a code.
/// - `mscn_variance`, `mscn_kurtosis_log2`: of (L − local mean) / (local sd + 1), Gaussian window 7 x 7, σ 7/6 (Mittal et al.,
///   BRISQUE, 2012).
/// - `edge_share`: share of pixels with Sobel magnitude / 4 above 0.05 of the range.
pub const PROPERTIES: [Property; COUNT] = [
    tone("luminance_mean", "brightness"),
    tone("red_green_mean", "red–green tint"),
    tone("yellow_blue_mean", "yellow–blue tint"),
    tone("saturation_mean", "saturation"),
    tone("clipped_dark_share", "clipped blacks"),
    tone("clipped_bright_share", "clipped whites"),
    texture("luminance_sd_log2", "contrast"),
    texture("noise_floor_log2", "noise floor"),
    texture("fine_log2", "fine texture"),
    texture("medium_log2", "medium texture"),
    texture("colour_noise_log2", "colour noise"),
    texture("flat_gradient_share", "untextured areas"),
    texture("mscn_variance", "local contrast"),
    texture("mscn_kurtosis_log2", "sparse detail"),
    texture("edge_share", "edges"),
];

/// The numbers of all cells of a picture, row by row from the top left, [`COUNT`] each, all finite: what
/// [`super::Probe::train`] takes as a row. A picture without pixels reads as black.
pub fn describe(image: &Rgb) -> Vec<f64> {
    let small = to_size(image);
    (0..CELLS).flat_map(|cell| measure(&small, cell)).collect()
}

/// The picture in the size that cells are cut from.
pub(super) fn to_size(image: &Rgb) -> Rgb {
    image.resized((COLUMNS * SIDE) as u32, (ROWS * SIDE) as u32)
}

/// The numbers of one cell of a picture that has the right size.
pub(super) fn measure(small: &Rgb, cell: usize) -> [f64; COUNT] {
    let pixels = patch(small, cell);
    let luminance: Vec<f32> = pixels.iter().map(|pixel| luminance(*pixel)).collect();
    let [brightness, red_green, yellow_blue, saturation, dark, bright] = tones(&pixels);
    let ((fine, floor), (medium, _)) = (roughness(&luminance, PATCH), roughness(&halved(&luminance), PATCH / 2));
    let (variance, kurtosis) = local_contrast(&luminance);
    let (flat, edges) = gradients(&luminance);
    [
        brightness,
        red_green,
        yellow_blue,
        saturation,
        dark,
        bright,
        log2(spread(&luminance)),
        log2(floor),
        log2(fine),
        log2(medium),
        log2(colour_noise(&pixels)),
        flat,
        variance,
        libm::log2(kurtosis),
        edges,
    ]
}

fn log2(codes: f64) -> f64 {
    libm::log2(ROUNDING + codes)
}

/// In codes; whole ten-thousandths, which are exact.
fn luminance([r, g, b]: [u8; 3]) -> f32 {
    (2126 * i32::from(r) + 7152 * i32::from(g) + 722 * i32::from(b)) as f32 * 1e-4
}

/// A cell's pixels with its margins.
fn patch(small: &Rgb, cell: usize) -> Vec<[u8; 3]> {
    let (width, height) = (small.width as usize, small.height as usize);
    let (left, top) = (cell % COLUMNS * SIDE, cell / COLUMNS * SIDE);
    let inside = |at: usize, length: usize| at.saturating_sub(MARGIN).min(length - 1);
    let pixels = small.bytes.as_chunks::<3>().0;
    let mut out = Vec::with_capacity(PATCH * PATCH);
    for y in top..top + PATCH {
        let row = inside(y, height) * width;
        out.extend((left..left + PATCH).map(|x| pixels[row + inside(x, width)]));
    }
    out
}

/// The rows of the cell itself, of a patch that is so many times smaller.
fn own<T>(patch: &[T], times: usize) -> impl Iterator<Item = &[T]> {
    let (margin, side, width) = (MARGIN / times, SIDE / times, PATCH / times);
    patch.chunks_exact(width).skip(margin).take(side).map(move |row| &row[margin..margin + side])
}

fn tones(pixels: &[[u8; 3]]) -> [f64; 6] {
    let (mut sums, mut counts, mut saturation) = ([0_i32; 3], [0_u32; 2], 0.0_f64);
    for [r, g, b] in own(pixels, 1).flatten() {
        let (high, low) = (*r.max(g).max(b), *r.min(g).min(b));
        for (sum, code) in sums.iter_mut().zip([r, g, b]) {
            *sum += i32::from(*code);
        }
        counts[0] += u32::from(high <= 2);
        counts[1] += u32::from(high >= 253);
        if high > 0 {
            saturation += f64::from(f32::from(high - low) / f32::from(high));
        }
    }
    let count = (SIDE * SIDE) as f64;
    let [r, g, b] = sums.map(|sum| f64::from(sum) / count);
    let [dark, bright] = counts.map(|share| f64::from(share) / count);
    [0.2126 * r + 0.7152 * g + 0.0722 * b, r - g, 0.5 * (r + g) - b, saturation / count, dark, bright]
}

/// Standard deviation of the cell.
fn spread(luminance: &[f32]) -> f64 {
    let (mut sum, mut squares, count) = (0.0, 0.0, (SIDE * SIDE) as f64);
    for value in own(luminance, 1).flatten() {
        // Around the middle of the range, where squares are small.
        let value = f64::from(*value) - 128.0;
        sum += value;
        squares += value * value;
    }
    let variance = (squares - sum * sum / count) / count;
    // Below that it is what is left of sums of squares.
    if variance > 1e-6 { libm::sqrt(variance) } else { 0.0 }
}

/// Adds `weight` times `from` to `to`; both as long, a multiple of eight.
fn add(to: &mut [f32], weight: f32, from: &[f32]) {
    for (to, from) in to.as_chunks_mut::<8>().0.iter_mut().zip(from.as_chunks::<8>().0) {
        *to = (f32x8::from(*to) + f32x8::splat(weight) * f32x8::from(*from)).to_array();
    }
}

/// |1 −2 1 across, then along| over the cell of a patch `width` wide: its mean, and the third smallest of blocks of 8 x 8, where
/// the cell has as many as that.
fn roughness(luminance: &[f32], width: usize) -> (f64, f64) {
    let times = PATCH / width;
    let (margin, side) = (MARGIN / times, SIDE / times);
    let across = |row: usize| -> Vec<f32> {
        let row = &luminance[row * width + margin - 1..][..side + 2];
        row.windows(3).map(|three| three[0] - 2.0 * three[1] + three[2]).collect()
    };
    let (mut before, mut here) = (across(margin - 1), across(margin));
    let mut blocks = vec![0.0_f32; side.div_ceil(BLOCK).pow(2)];
    for y in 0..side {
        let next = across(margin + y + 1);
        let own = &mut blocks[y / BLOCK * side.div_ceil(BLOCK)..];
        for (x, ((before, here), next)) in before.iter().zip(&here).zip(&next).enumerate() {
            own[x / BLOCK] += (before - 2.0 * here + next).abs();
        }
        (before, here) = (here, next);
    }
    let mean = blocks.iter().map(|sum| f64::from(*sum)).sum::<f64>() / (side * side) as f64;
    let at = blocks.len() / 10;
    let (_, floor, _) = blocks.select_nth_unstable_by(at, f32::total_cmp);
    (mean / OF_NOISE, f64::from(*floor) / (BLOCK * BLOCK) as f64 / OF_NOISE)
}

/// Means of 2 x 2.
fn halved(luminance: &[f32]) -> Vec<f32> {
    let pairs = luminance.chunks_exact(2 * PATCH).map(|rows| rows.split_at(PATCH));
    let four = |(above, below): (&[f32; 2], &[f32; 2])| 0.25 * (above[0] + above[1] + below[0] + below[1]);
    pairs.flat_map(|(above, below)| above.as_chunks::<2>().0.iter().zip(below.as_chunks::<2>().0).map(four)).collect()
}

/// Mean |1 −2 1 across| of R − G, and of (R + G) / 2 − B, in codes, over three pixels at a time.
fn colour_noise(pixels: &[[u8; 3]]) -> f64 {
    let mut sum = 0_u32;
    for row in own(pixels, 1) {
        let opposed = |[r, g, b]: [u8; 3]| {
            let [r, g, b] = [r, g, b].map(i32::from);
            [2 * (r - g), r + g - 2 * b]
        };
        let (mut before, mut here) = (opposed(row[0]), opposed(row[1]));
        for pixel in &row[2..] {
            let next = opposed(*pixel);
            for at in 0..2 {
                sum += (before[at] - 2 * here[at] + next[at]).unsigned_abs();
            }
            (before, here) = (here, next);
        }
    }
    // Each difference counts double.
    0.5 * f64::from(sum) / (2 * SIDE * (SIDE - 2)) as f64
}

/// Share of flat steps to the right, and of edges.
fn gradients(luminance: &[f32]) -> (f64, f64) {
    const EDGE: f32 = 4.0 * 0.05 * 255.0;
    let (mut flat, mut edges) = (0_u32, 0_u32);
    for y in MARGIN..MARGIN + SIDE {
        let [above, here, below] = [y - 1, y, y + 1].map(|row| &luminance[row * PATCH..(row + 1) * PATCH]);
        let column = |x: usize| above[x] + 2.0 * here[x] + below[x];
        let (mut left, mut middle) = (column(MARGIN - 1), column(MARGIN));
        for x in MARGIN..MARGIN + SIDE {
            let right = column(x + 1);
            let gy = below[x - 1] + 2.0 * below[x] + below[x + 1] - above[x - 1] - 2.0 * above[x] - above[x + 1];
            let gx = right - left;
            edges += u32::from(gx * gx + gy * gy > EDGE * EDGE);
            flat += u32::from((here[x + 1] - here[x]).abs() < 0.5);
            (left, middle) = (middle, right);
        }
    }
    let count = (SIDE * SIDE) as f64;
    (f64::from(flat) / count, f64::from(edges) / count)
}

/// Variance and kurtosis (a normal distribution's, 3, where nothing varies) of (L − local mean) / (local sd + 1).
fn local_contrast(luminance: &[f32]) -> (f64, f64) {
    // Around the first value: small squares lose no digits.
    let centre = luminance[0];
    let values: Vec<f32> = luminance.iter().map(|value| value - centre).collect();
    let squares: Vec<f32> = values.iter().map(|value| value * value).collect();
    let (means, mean_squares) = (blurred(&values), blurred(&squares));
    let mut contrast = Vec::with_capacity(SIDE * SIDE);
    let eights = |row: usize, of: &[f32]| -> [f32x8; SIDE / 8] {
        core::array::from_fn(|at| {
            of[row * SIDE + 8 * at..].first_chunk::<8>().map_or(f32x8::ZERO, |of| f32x8::from(*of))
        })
    };
    for (y, row) in own(&values, 1).enumerate() {
        let statistics = eights(y, &means).into_iter().zip(eights(y, &mean_squares));
        for (values, (mean, square)) in row.as_chunks::<8>().0.iter().zip(statistics) {
            let variance = (square - mean * mean).max(f32x8::ZERO);
            contrast.extend(((f32x8::from(*values) - mean) / (variance.sqrt() + f32x8::ONE)).to_array().map(f64::from));
        }
    }
    let count = contrast.len() as f64;
    let mean = contrast.iter().sum::<f64>() / count;
    let (mut second, mut fourth) = (0.0, 0.0);
    for value in &contrast {
        let square = (value - mean) * (value - mean);
        second += square;
        fourth += square * square;
    }
    let (second, fourth) = (second / count, fourth / count);
    (second, if second < 1e-9 { 3.0 } else { fourth / (second * second) })
}

/// A Gaussian of σ 7/6 over 7 x 7 pixels, of the cell alone.
fn blurred(patch: &[f32]) -> Vec<f32> {
    const REACH: usize = 3;
    // exp(−z² / 2σ²) for z = 0 to 3, over their sum.
    const WEIGHTS: [f32; REACH + 1] = [0.342_631_5, 0.237_296_08, 0.078_827_96, 0.012_560_2];
    let mut along = vec![0.0; SIDE * PATCH];
    for (y, to) in along.chunks_exact_mut(PATCH).enumerate() {
        for at in 0..=2 * REACH {
            let from = y + MARGIN - REACH + at;
            add(to, WEIGHTS[at.abs_diff(REACH)], &patch[from * PATCH..(from + 1) * PATCH]);
        }
    }
    let mut out = vec![0.0; SIDE * SIDE];
    for (from, to) in along.chunks_exact(PATCH).zip(out.chunks_exact_mut(SIDE)) {
        for at in 0..=2 * REACH {
            let first = MARGIN - REACH + at;
            add(to, WEIGHTS[at.abs_diff(REACH)], &from[first..first + SIDE]);
        }
    }
    out
}
