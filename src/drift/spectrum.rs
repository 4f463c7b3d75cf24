//! The radial power spectrum of a picture.
//!
//! The middle 240 x 240 pixels, mean removed, under a Hann window, padded with zeros to 256 x 256: square, so that all
//! directions count alike.

use core::f64::consts::PI;

use super::descriptor::{HEIGHT, WIDTH};

const SIZE: usize = 256;
const HALF: usize = SIZE / 2;

type Complex = [f64; 2];

/// Appends the slope and the high-frequency ratio.
pub(super) fn push(out: &mut Vec<f64>, luminance: &[f64]) {
    let radial = radial_power(luminance);
    out.push(slope(&radial));
    let fifth = HALF / 5;
    let mean = |range: &[f64]| range.iter().sum::<f64>() / range.len() as f64;
    let high = mean(&radial[HALF + 1 - fifth..=HALF]);
    let low = mean(&radial[1..=fifth]);
    out.push(libm::log10(high / low));
}

/// −slope of log10 power over log10 frequency for frequencies 4 to 120.
fn slope(radial: &[f64]) -> f64 {
    let points: Vec<(f64, f64)> = (4..=HALF - 8).map(|f| (libm::log10(f as f64), libm::log10(radial[f]))).collect();
    let count = points.len() as f64;
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let covariance: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = points.iter().map(|(x, _)| (x - mean_x) * (x - mean_x)).sum();
    -covariance / variance
}

/// Mean |F|² at each whole radius 0 to 128, never 0.
fn radial_power(luminance: &[f64]) -> Vec<f64> {
    let twiddles: Vec<Complex> = (0..HALF)
        .map(|k| -2.0 * PI * k as f64 / SIZE as f64)
        .map(|angle| [libm::cos(angle), libm::sin(angle)])
        .collect();
    let rows = windowed(luminance, &twiddles);
    let mut sums = vec![0.0; HALF + 1];
    let mut weights = vec![0.0; HALF + 1];
    let mut column = [[0.0; 2]; SIZE];
    for u in 0..=HALF {
        column.fill([0.0; 2]);
        for (to, row) in column.iter_mut().zip(&rows) {
            *to = row[u];
        }
        fft(&mut column, &twiddles);
        // The picture is real: every column but the first and the middle one stands for two.
        let weight = if u == 0 || u == HALF { 1.0 } else { 2.0 };
        for (v, [re, im]) in column.iter().enumerate() {
            let v = v.min(SIZE - v);
            let radius = libm::sqrt((u * u + v * v) as f64) + 0.5;
            let at = radius as usize;
            if at <= HALF {
                sums[at] += weight * (re * re + im * im);
                weights[at] += weight;
            }
        }
    }
    // The floor keeps the logarithm of an empty picture finite; it lies far below one code of noise.
    sums.iter().zip(&weights).map(|(sum, weight)| sum / weight + 1e-9).collect()
}

/// Transformed rows of the windowed picture.
fn windowed(luminance: &[f64], twiddles: &[Complex]) -> Vec<[Complex; SIZE]> {
    let margin = (WIDTH - HEIGHT) / 2;
    let square = |y: usize| &luminance[y * WIDTH + margin..y * WIDTH + margin + HEIGHT];
    let mean = (0..HEIGHT).map(|y| square(y).iter().sum::<f64>()).sum::<f64>() / (HEIGHT * HEIGHT) as f64;
    let hann: Vec<f64> =
        (0..HEIGHT).map(|at| 0.5 - 0.5 * libm::cos(2.0 * PI * (at as f64 + 0.5) / HEIGHT as f64)).collect();
    (0..HEIGHT)
        .map(|y| {
            let mut row = [[0.0; 2]; SIZE];
            for (to, (value, window)) in row.iter_mut().zip(square(y).iter().zip(&hann)) {
                to[0] = (value - mean) * window * hann[y];
            }
            fft(&mut row, twiddles);
            row
        })
        .collect()
}

/// In-place radix-2 transform of 256 values.
fn fft(values: &mut [Complex; SIZE], twiddles: &[Complex]) {
    for at in 0..SIZE {
        let other = usize::from((at as u8).reverse_bits());
        if other > at {
            values.swap(at, other);
        }
    }
    let mut half = 1;
    while half < SIZE {
        let stride = HALF / half;
        for block in values.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((a, b), [cos, sin]) in low.iter_mut().zip(high).zip(twiddles.iter().step_by(stride)) {
                let turned = [b[0] * cos - b[1] * sin, b[0] * sin + b[1] * cos];
                *b = [a[0] - turned[0], a[1] - turned[1]];
                *a = [a[0] + turned[0], a[1] + turned[1]];
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_lands_on_its_frequency() {
        // 30 cycles over 240 pixels are 32 over 256.
        let wave: Vec<f64> =
            (0..WIDTH * HEIGHT).map(|at| 0.5 + 0.3 * (2.0 * PI * 30.0 * (at % WIDTH) as f64 / 240.0).sin()).collect();
        let radial = radial_power(&wave);
        let top = (1..=HALF).max_by(|a, b| radial[*a].total_cmp(&radial[*b])).expect("radii");
        assert_eq!(top, 32, "peak");
    }

    #[test]
    fn the_transform_keeps_energy() {
        let twiddles: Vec<Complex> =
            (0..HALF).map(|k| -2.0 * PI * k as f64 / 256.0).map(|angle| [angle.cos(), angle.sin()]).collect();
        let mut values = [[0.0; 2]; SIZE];
        for (at, value) in values.iter_mut().enumerate() {
            *value = [(at * at % 17) as f64, (at % 5) as f64];
        }
        let energy = |values: &[Complex]| values.iter().map(|[re, im]| re * re + im * im).sum::<f64>();
        let before = energy(&values);
        let first: f64 = values.iter().map(|value| value[0]).sum();
        fft(&mut values, &twiddles);
        assert!((energy(&values) / 256.0 / before - 1.0).abs() < 1e-12, "Parseval");
        assert!((values[0][0] - first).abs() < 1e-9, "the first is the sum");
    }
}
