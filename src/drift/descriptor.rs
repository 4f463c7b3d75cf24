//! The built-in feature vector of a picture: numbers that a camera engineer can read, each of which maps to a knob.
//!
//! Every picture is first brought to 320 x 240 pixels with the area filter of [`Rgb::resized`], so that sets of different
//! size can be compared at all; blockiness alone is taken from the original pixels, because resizing destroys the block
//! grid. Fine texture and noise of originals of very different size still differ after resizing: compare sets of one size
//! where these matter. Luminance is L = 0.2126 R + 0.7152 G + 0.0722 B on the sRGB codes, not linearised, in 0 to 1.
//! The same bits on every machine: integer resizing and `libm`.

use crate::base::Rgb;

use super::{spectrum, texture};

/// Name and version of the feature vector; any change of a number's meaning changes it.
pub const DESCRIPTOR: &str = "worldproof-lowlevel-2";

/// Width that pictures are brought to.
pub(super) const WIDTH: usize = 320;
/// Height that pictures are brought to.
pub(super) const HEIGHT: usize = 240;
/// Cells along each side of the grid of means.
const GRID: usize = 4;

/// The names of the numbers that [`describe`] gives, in order.
///
/// - `luminance_mean`, `_sd`, `_p1`, `_p99`: 0 to 1; exposure, contrast, blacks and whites.
/// - `clipped_dark_share`, `clipped_bright_share`: share of pixels with all channels ≤ 2, or any ≥ 253, of 255.
/// - `saturation_mean`: mean of (max − min) / max over channels, 0 to 1.
/// - `red_green_mean`, `yellow_blue_mean`: mean of R − G and of (R + G) / 2 − B, −1 to 1; white balance.
/// - `spectrum_slope`: −d log10 power / d log10 frequency of the radial mean spectrum; higher is smoother.
/// - `high_frequency_log10`: log10 of mean power of the top 20 % over the bottom 20 % of radii; lower lacks fine texture.
/// - `noise_floor`: 10th percentile of the standard deviation in 8 x 8 blocks, in 8-bit codes; sensor noise.
/// - `flat_gradient_share`: share of horizontal neighbours within half a code; untextured areas.
/// - `gradient_kurtosis_log10`: log10 of the kurtosis (normal: 3) of horizontal differences; flats with hard edges.
/// - `mscn_variance`, `mscn_kurtosis_log10`: of (L − local mean) / (local sd + 1) in 8-bit codes, Gaussian window 7 x 7,
///   σ 7/6 (Mittal et al., BRISQUE, 2012); local contrast statistics.
/// - `edge_share`: share of inner pixels with Sobel magnitude / 4 above 0.05; clutter.
/// - `blockiness`: mean |ΔL| across the borders of 8-pixel columns over that elsewhere, on the original; 1 is none.
/// - `luminance_r#c#`, `red_green_r#c#`, `yellow_blue_r#c#`: means in a 4 x 4 grid, row and column from the top left; layout.
pub const NAMES: &[&str; 66] = &[
    "luminance_mean",
    "luminance_sd",
    "luminance_p1",
    "luminance_p99",
    "clipped_dark_share",
    "clipped_bright_share",
    "saturation_mean",
    "red_green_mean",
    "yellow_blue_mean",
    "spectrum_slope",
    "high_frequency_log10",
    "noise_floor",
    "flat_gradient_share",
    "gradient_kurtosis_log10",
    "mscn_variance",
    "mscn_kurtosis_log10",
    "edge_share",
    "blockiness",
    "luminance_r1c1",
    "luminance_r1c2",
    "luminance_r1c3",
    "luminance_r1c4",
    "luminance_r2c1",
    "luminance_r2c2",
    "luminance_r2c3",
    "luminance_r2c4",
    "luminance_r3c1",
    "luminance_r3c2",
    "luminance_r3c3",
    "luminance_r3c4",
    "luminance_r4c1",
    "luminance_r4c2",
    "luminance_r4c3",
    "luminance_r4c4",
    "red_green_r1c1",
    "red_green_r1c2",
    "red_green_r1c3",
    "red_green_r1c4",
    "red_green_r2c1",
    "red_green_r2c2",
    "red_green_r2c3",
    "red_green_r2c4",
    "red_green_r3c1",
    "red_green_r3c2",
    "red_green_r3c3",
    "red_green_r3c4",
    "red_green_r4c1",
    "red_green_r4c2",
    "red_green_r4c3",
    "red_green_r4c4",
    "yellow_blue_r1c1",
    "yellow_blue_r1c2",
    "yellow_blue_r1c3",
    "yellow_blue_r1c4",
    "yellow_blue_r2c1",
    "yellow_blue_r2c2",
    "yellow_blue_r2c3",
    "yellow_blue_r2c4",
    "yellow_blue_r3c1",
    "yellow_blue_r3c2",
    "yellow_blue_r3c3",
    "yellow_blue_r3c4",
    "yellow_blue_r4c1",
    "yellow_blue_r4c2",
    "yellow_blue_r4c3",
    "yellow_blue_r4c4",
];

/// Whether a feature is of one cell of the picture's grid (`luminance_r1c2`): sixteen of a kind say less than their sum.
pub fn is_of_one_cell(name: &str) -> bool {
    let tail: Vec<char> = name.chars().rev().take(5).collect();
    matches!(tail.as_slice(), [column, 'c', row, 'r', '_'] if column.is_ascii_digit() && row.is_ascii_digit())
}

/// The feature vector of a picture, one finite number for each of [`NAMES`]. A picture without pixels reads as black.
pub fn describe(image: &Rgb) -> Vec<f64> {
    let small = image.resized(WIDTH as u32, HEIGHT as u32);
    let pixels: Vec<[f64; 3]> = small.pixels().map(|pixel| pixel.map(|code| f64::from(code) / 255.0)).collect();
    let luminance: Vec<f64> = pixels.iter().map(luminance_of).collect();
    let mut out = Vec::with_capacity(NAMES.len());
    tones(&mut out, &small, &luminance);
    colours(&mut out, &pixels);
    spectrum::push(&mut out, &luminance);
    texture::push(&mut out, &luminance);
    out.push(texture::blockiness(image));
    grid(&mut out, &luminance);
    grid(&mut out, &pixels.iter().map(red_green).collect::<Vec<_>>());
    grid(&mut out, &pixels.iter().map(yellow_blue).collect::<Vec<_>>());
    out
}

fn luminance_of(pixel: &[f64; 3]) -> f64 {
    0.2126 * pixel[0] + 0.7152 * pixel[1] + 0.0722 * pixel[2]
}

fn red_green(pixel: &[f64; 3]) -> f64 {
    pixel[0] - pixel[1]
}

fn yellow_blue(pixel: &[f64; 3]) -> f64 {
    0.5 * (pixel[0] + pixel[1]) - pixel[2]
}

/// Mean and population variance; 0 of nothing.
pub(super) fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count)
}

fn tones(out: &mut Vec<f64>, small: &Rgb, luminance: &[f64]) {
    let (mean, variance) = moments(luminance);
    let mut ordered = luminance.to_vec();
    let last = ordered.len() - 1;
    let mut at_share = |share: f64| {
        let (_below, value, _above) = ordered.select_nth_unstable_by((share * last as f64) as usize, f64::total_cmp);
        *value
    };
    let (p1, p99) = (at_share(0.01), at_share(0.99));
    let share = |clipped: fn([u8; 3]) -> bool| {
        small.pixels().filter(|pixel| clipped(*pixel)).count() as f64 / luminance.len() as f64
    };
    let dark = share(|pixel| pixel.iter().all(|code| *code <= 2));
    let bright = share(|pixel| pixel.iter().any(|code| *code >= 253));
    out.extend([mean, libm::sqrt(variance), p1, p99, dark, bright]);
}

fn colours(out: &mut Vec<f64>, pixels: &[[f64; 3]]) {
    let count = pixels.len() as f64;
    let saturation = |pixel: &[f64; 3]| {
        let high = pixel[0].max(pixel[1]).max(pixel[2]);
        let low = pixel[0].min(pixel[1]).min(pixel[2]);
        if high > 0.0 { (high - low) / high } else { 0.0 }
    };
    out.push(pixels.iter().map(saturation).sum::<f64>() / count);
    out.push(pixels.iter().map(red_green).sum::<f64>() / count);
    out.push(pixels.iter().map(yellow_blue).sum::<f64>() / count);
}

/// Means in a grid of cells; both sides of the picture are multiples of the grid.
fn grid(out: &mut Vec<f64>, values: &[f64]) {
    let (cell_width, cell_height) = (WIDTH / GRID, HEIGHT / GRID);
    let mut sums = [0.0; GRID * GRID];
    for (at, value) in values.iter().enumerate() {
        sums[at / WIDTH / cell_height * GRID + at % WIDTH / cell_width] += value;
    }
    out.extend(sums.map(|sum| sum / (cell_width * cell_height) as f64));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    fn picture(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Rgb {
        let bytes = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| colour(x, y)).collect();
        Rgb::from_bytes(width, height, bytes).expect("size")
    }

    fn value(features: &[f64], name: &str) -> f64 {
        features[NAMES.iter().position(|other| *other == name).expect("a known name")]
    }

    fn noisy(level: f64) -> Rgb {
        let mut stream = StreamKey::new(1, "noise").stream("pixels", 0);
        let mut image = Rgb::black(320, 240);
        for chunk in image.bytes.as_chunks_mut::<3>().0 {
            *chunk = [(128.0 + level * (stream.next_unit() - 0.5) * 3.464) as u8; 3];
        }
        image
    }

    #[test]
    fn a_plain_picture_reads_as_what_it_is() {
        let features = describe(&picture(640, 480, |_, _| [255, 0, 0]));
        assert_eq!(features.len(), NAMES.len(), "one number a name");
        assert!(features.iter().all(|value| value.is_finite()), "{features:?}");
        assert!((value(&features, "luminance_mean") - 0.2126).abs() < 1e-9, "luminance of red");
        assert_eq!(value(&features, "saturation_mean"), 1.0, "pure");
        assert_eq!(value(&features, "clipped_bright_share"), 1.0, "a channel is full");
        assert_eq!(value(&features, "red_green_r4c4"), 1.0, "red in the corner");
        assert_eq!(value(&features, "flat_gradient_share"), 1.0, "no texture");
        assert_eq!((value(&features, "edge_share"), value(&features, "blockiness")), (0.0, 1.0), "nothing");
        for tiny in [Rgb::black(0, 0), Rgb::black(1, 1), Rgb::black(9, 2)] {
            assert!(describe(&tiny).iter().all(|value| value.is_finite()), "odd sizes");
        }
    }

    #[test]
    fn the_grid_says_where() {
        let features = describe(&picture(640, 480, |x, y| if x < 160 && y >= 360 { [255; 3] } else { [0; 3] }));
        assert!((value(&features, "luminance_r4c1") - 1.0).abs() < 1e-9, "lower left");
        assert_eq!(value(&features, "luminance_r1c1"), 0.0, "upper left");
        assert!((value(&features, "luminance_mean") - 1.0 / 16.0).abs() < 1e-9, "a sixteenth");
    }

    #[test]
    fn cells_of_the_grid_are_told_from_whole_pictures() {
        assert!(is_of_one_cell("luminance_r1c2"), "a cell");
        assert!(!is_of_one_cell("luminance_mean") && !is_of_one_cell("r"), "whole pictures");
        assert_eq!(NAMES.iter().filter(|name| is_of_one_cell(name)).count(), 3 * GRID * GRID);
    }

    #[test]
    fn noise_and_smoothness_move_their_own_numbers() {
        let (weak, strong) = (describe(&noisy(2.0)), describe(&noisy(10.0)));
        let floor = value(&strong, "noise_floor");
        assert!((8.5..10.0).contains(&floor), "the tenth percentile of a block sd of 10: {floor}");
        assert!(value(&weak, "noise_floor") < 2.2, "weak");
        assert!(value(&strong, "spectrum_slope").abs() < 0.15, "white noise is flat");
        assert!(value(&strong, "high_frequency_log10").abs() < 0.15, "white noise has as much high as low");
        let ramp = describe(&picture(320, 240, |x, y| [((x + y) / 3) as u8; 3]));
        assert!(value(&ramp, "high_frequency_log10") < -3.0, "a ramp has no fine texture");
        assert!(value(&ramp, "spectrum_slope") > 2.0, "a ramp is smooth");
    }

    #[test]
    fn blocks_of_eight_are_seen_in_the_original_pixels() {
        let blocks = picture(640, 480, |x, y| [((x / 8 + y / 8) % 2 * 40 + x % 2) as u8; 3]);
        assert!(value(&describe(&blocks), "blockiness") > 10.0, "steps at columns of eight");
        let shifted = picture(640, 480, |x, y| [(((x + 4) / 8 + y / 8) % 2 * 40 + x % 2) as u8; 3]);
        assert!(value(&describe(&shifted), "blockiness") < 1.0, "steps elsewhere");
    }

    /// What `tests/reference/descriptor.py` wrote: recipes of pictures, and what other packages measure in them.
    #[derive(serde::Deserialize)]
    struct Reference {
        cases: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        width: u32,
        height: u32,
        recipe: Recipe,
        values: serde_json::Map<String, serde_json::Value>,
    }

    /// `drawn` of that script: a base colour, slopes, layers of random squares, bright dots; whole numbers alone.
    #[derive(serde::Deserialize)]
    struct Recipe {
        base: [i64; 3],
        across: [i64; 3],
        down: [i64; 3],
        layers: Vec<[i64; 3]>,
        dots: i64,
    }

    impl Recipe {
        fn colour(&self, x: i64, y: i64) -> [u8; 3] {
            if self.dots > 0 && (chance(100, x, y, 0) * 256 + chance(101, x, y, 0)) % self.dots == 0 {
                return [250; 3];
            }
            core::array::from_fn(|channel| {
                let mut code = self.base[channel] + ((self.across[channel] * x + self.down[channel] * y) >> 4);
                for (seed, [edge, grey, colour]) in self.layers.iter().enumerate() {
                    let layer = |channel| chance(seed as i64, x / edge, y / edge, channel) - 128;
                    code += ((grey * layer(3)) >> 7) + ((colour * layer(channel as i64)) >> 7);
                }
                code.clamp(0, 255) as u8
            })
        }
    }

    fn chance(seed: i64, x: i64, y: i64, channel: i64) -> i64 {
        let word = ((((seed * 4096 + y) * 4096 + x) * 4 + channel) as u32).wrapping_mul(747_796_405);
        let word = word.wrapping_add(2_891_336_453);
        let word = ((word >> ((word >> 28) + 4)) ^ word).wrapping_mul(277_803_737);
        i64::from(((word >> 22) ^ word) >> 24)
    }

    #[test]
    fn every_number_is_that_of_other_packages() {
        let text = include_str!("../../tests/reference/descriptor.json");
        let cases = serde_json::from_str::<Reference>(text).expect("as the script writes it").cases;
        for case in cases {
            let image = picture(case.width, case.height, |x, y| case.recipe.colour(i64::from(x), i64::from(y)));
            let named: Vec<&str> = case.values.keys().map(String::as_str).collect();
            assert_eq!(named, NAMES, "{}", case.name);
            for (found, (name, expected)) in describe(&image).into_iter().zip(&case.values) {
                let expected = expected.as_f64().expect("a number");
                // 1e-12 for what is 0 but for rounding
                let near = 1e-9 * expected.abs() + 1e-12;
                assert!((found - expected).abs() <= near, "{}, {name}: {found} for {expected}", case.name);
            }
        }
    }

    #[test]
    fn it_is_quick() {
        let image = noisy(9.0).resized(640, 480);
        let start = std::time::Instant::now();
        for _ in 0..10 {
            assert_eq!(describe(&image).len(), 66, "length");
        }
        let each_ms = start.elapsed().as_secs_f64() * 100.0;
        println!("describe: {each_ms:.2} ms for 640 x 480");
        assert!(each_ms < 200.0, "a busy machine has some slack, but {each_ms} ms is broken");
    }
}
