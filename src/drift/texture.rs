//! Noise, gradients, local contrast, edges and blocks.

use crate::base::Rgb;

use super::descriptor::{HEIGHT, WIDTH, moments};

/// Appends noise floor, gradient, MSCN and edge numbers of a 320 x 240 luminance picture.
pub(super) fn push(out: &mut Vec<f64>, luminance: &[f64]) {
    out.push(noise_floor(luminance));
    let gradients: Vec<f64> =
        luminance.chunks_exact(WIDTH).flat_map(|row| row.windows(2).map(|pair| pair[1] - pair[0])).collect();
    let flat = gradients.iter().filter(|step| step.abs() < 0.5 / 255.0).count();
    out.push(flat as f64 / gradients.len() as f64);
    out.push(libm::log10(kurtosis(&gradients)));
    let contrast = local_contrast(luminance);
    out.push(moments(&contrast).1);
    out.push(libm::log10(kurtosis(&contrast)));
    out.push(edge_share(luminance));
}

/// Fourth central moment over the squared second; 3, a normal distribution's, where nothing varies.
fn kurtosis(values: &[f64]) -> f64 {
    let (mean, variance) = moments(values);
    if variance < 1e-12 {
        return 3.0;
    }
    let fourth: f64 = values.iter().map(|value| (value - mean) * (value - mean)).map(|square| square * square).sum();
    fourth / values.len() as f64 / (variance * variance)
}

fn noise_floor(luminance: &[f64]) -> f64 {
    const BLOCK: usize = 8;
    let mut spreads = Vec::with_capacity(WIDTH * HEIGHT / BLOCK / BLOCK);
    let mut block = Vec::with_capacity(BLOCK * BLOCK);
    for top in (0..HEIGHT).step_by(BLOCK) {
        for left in (0..WIDTH).step_by(BLOCK) {
            block.clear();
            for y in top..top + BLOCK {
                block.extend_from_slice(&luminance[y * WIDTH + left..y * WIDTH + left + BLOCK]);
            }
            spreads.push(255.0 * libm::sqrt(moments(&block).1));
        }
    }
    let at = spreads.len() / 10;
    *spreads.select_nth_unstable_by(at, f64::total_cmp).1
}

/// (L − local mean) / (local sd + 1) in 8-bit codes; the border repeats outwards.
fn local_contrast(luminance: &[f64]) -> Vec<f64> {
    let codes: Vec<f64> = luminance.iter().map(|value| value * 255.0).collect();
    let squares: Vec<f64> = codes.iter().map(|code| code * code).collect();
    let (means, mean_squares) = (blurred(&codes), blurred(&squares));
    codes
        .iter()
        .zip(means.iter().zip(&mean_squares))
        .map(|(code, (mean, square))| (code - mean) / (libm::sqrt((square - mean * mean).max(0.0)) + 1.0))
        .collect()
}

/// A Gaussian of σ 7/6 over 7 x 7 pixels.
fn blurred(values: &[f64]) -> Vec<f64> {
    const REACH: usize = 3;
    let raw: [f64; 2 * REACH + 1] = core::array::from_fn(|at| {
        let z = (at as f64 - REACH as f64) * 6.0 / 7.0;
        libm::exp(-0.5 * z * z)
    });
    let total: f64 = raw.iter().sum();
    let weights = raw.map(|weight| weight / total);
    let mut across = vec![0.0; values.len()];
    let mut padded = [0.0; WIDTH + 2 * REACH];
    for (row, to) in values.chunks_exact(WIDTH).zip(across.chunks_exact_mut(WIDTH)) {
        padded[..REACH].fill(row[0]);
        padded[REACH..REACH + WIDTH].copy_from_slice(row);
        padded[REACH + WIDTH..].fill(row[WIDTH - 1]);
        for (at, weight) in weights.iter().enumerate() {
            for (sum, value) in to.iter_mut().zip(&padded[at..at + WIDTH]) {
                *sum += weight * value;
            }
        }
    }
    let mut out = vec![0.0; values.len()];
    for (y, to) in out.chunks_exact_mut(WIDTH).enumerate() {
        for (at, weight) in weights.iter().enumerate() {
            let from = (y + at).saturating_sub(REACH).min(HEIGHT - 1);
            for (sum, value) in to.iter_mut().zip(&across[from * WIDTH..(from + 1) * WIDTH]) {
                *sum += weight * value;
            }
        }
    }
    out
}

fn edge_share(luminance: &[f64]) -> f64 {
    const LIMIT: f64 = 4.0 * 0.05;
    let mut edges = 0_usize;
    for y in 1..HEIGHT - 1 {
        let [above, here, below] = [y - 1, y, y + 1].map(|row| &luminance[row * WIDTH..(row + 1) * WIDTH]);
        for x in 1..WIDTH - 1 {
            let column = |at: usize| above[at] + 2.0 * here[at] + below[at];
            let line = |row: &[f64]| row[x - 1] + 2.0 * row[x] + row[x + 1];
            let (gx, gy) = (column(x + 1) - column(x - 1), line(below) - line(above));
            edges += usize::from(gx * gx + gy * gy > LIMIT * LIMIT);
        }
    }
    edges as f64 / ((WIDTH - 2) * (HEIGHT - 2)) as f64
}

/// Mean |ΔL| between columns 8k − 1 and 8k over that between the others, on the original pixels; 1 where nothing changes.
pub(super) fn blockiness(image: &Rgb) -> f64 {
    let width = image.width as usize;
    if width < 9 {
        return 1.0;
    }
    // Integer luminance in units of 1e-4 codes: exact sums.
    let (mut border, mut inner) = ([0_u64; 2], [0_u64; 2]);
    for row in image.bytes.chunks_exact(3 * width) {
        let mut before = 0_i64;
        for (x, [r, g, b]) in row.as_chunks::<3>().0.iter().enumerate() {
            let here = 2126 * i64::from(*r) + 7152 * i64::from(*g) + 722 * i64::from(*b);
            if x > 0 {
                let into = if x % 8 == 0 { &mut border } else { &mut inner };
                into[0] += here.abs_diff(before);
                into[1] += 1;
            }
            before = here;
        }
    }
    // A hundredth of a code on both sides keeps a nearly flat picture near 1.
    let mean = |[sum, count]: [u64; 2]| sum as f64 / count.max(1) as f64 + 100.0;
    mean(border) / mean(inner)
}
