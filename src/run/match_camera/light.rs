//! Exposure and white balance from a real and a synthetic picture of one view: a robust regression in linear light.
//!
//! A gain a channel, through the origin, over means of blocks, so that a pixel or two of misfit does not matter. What differs
//! otherwise than by a gain (things that stand elsewhere, another pattern) is given less weight the farther it lies off, and none
//! beyond (Tukey's biweight, tuned to 95 % efficiency; Holland and Welsch 1977). Blocks with a pixel near black or white are left
//! out. Black level, tone curve and vignetting are deliberately not fitted: the real picture's curve comes in as an argument.

use crate::base::{Linear, Rgb};

/// Side of the blocks in pixels.
const BLOCK_PX: u32 = 8;
/// Code values that are neither black nor white for sure.
const BETWEEN: std::ops::RangeInclusive<u8> = 8..=247;
/// Fewest blocks.
const FEWEST: usize = 12;
/// Tukey's tuning constant.
const TUKEY: f64 = 4.685;
/// The share of blocks that must agree: with less, another gain could be as right.
const LEAST_AGREE: f64 = 0.5;
/// Rounds of weighting; mostly ten are enough.
const ROUNDS: u32 = 50;

/// A fitted exposure and white balance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LightFit {
    /// Stops by which the real picture is brighter, by green.
    pub ev: f64,
    /// Its standard deviation.
    pub ev_sd: f64,
    /// Gains of red, green and blue over green's: green's is 1.
    pub gains: [f64; 3],
    /// Their standard deviations, each channel's own.
    pub gains_sd: [f64; 3],
    /// Blocks that were used.
    pub n_blocks: usize,
    /// The share of them that agree with one gain, 0 to 1, over all channels.
    pub agree: f64,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LightError {
    /// Other sizes.
    #[error("the real picture is {0} x {1} px, the synthetic one {2} x {3} px; give the camera the real one's size")]
    Sizes(u32, u32, u32, u32),
    /// Too little that is neither black nor white.
    #[error(
        "only {0} blocks of the pictures are neither black nor white, {FEWEST} are needed; take a better exposed picture"
    )]
    TooFew(usize),
    /// No one gain.
    #[error(
        "only {0:.0} % of the picture agrees with one exposure, so that it is not determined; match the pose and the light first"
    )]
    NotDetermined(f64),
}

/// One channel's gain.
struct Gain {
    value: f64,
    sd: f64,
    agree: f64,
}

/// The exposure and white balance that make `synthetic` (linear light as it comes out of the camera, before the tone curve) look
/// like `real`, whose code values (0 to 1) `light_of` turns into linear light.
///
/// # Errors
/// [`LightError`].
pub fn fit_light(
    real: &Rgb,
    synthetic: &Linear,
    light_of: &dyn Fn([f32; 3]) -> [f32; 3],
) -> Result<LightFit, LightError> {
    if (real.width, real.height) != (synthetic.width, synthetic.height) {
        return Err(LightError::Sizes(real.width, real.height, synthetic.width, synthetic.height));
    }
    let blocks = blocks(real, synthetic, light_of);
    if blocks.len() < FEWEST {
        return Err(LightError::TooFew(blocks.len()));
    }
    let channel = |c: usize| {
        let pairs: Vec<(f64, f64)> =
            blocks.iter().filter_map(|(ours, theirs)| Some((*ours.get(c)?, *theirs.get(c)?))).collect();
        gain(&pairs)
    };
    let [red, green, blue] = [0, 1, 2].map(channel);
    let agree = (red.agree + green.agree + blue.agree) / 3.0;
    let is_told = agree >= LEAST_AGREE && red.value > 0.0 && green.value > 0.0 && blue.value > 0.0;
    if !is_told {
        return Err(LightError::NotDetermined(100.0 * agree.max(0.0)));
    }
    Ok(LightFit {
        ev: libm::log2(green.value),
        ev_sd: green.sd / green.value / core::f64::consts::LN_2,
        gains: [red.value / green.value, 1.0, blue.value / green.value],
        gains_sd: [red.sd / green.value, 0.0, blue.sd / green.value],
        n_blocks: blocks.len(),
        agree,
    })
}

/// Mean linear light of each usable block: ours, and the real one.
fn blocks(real: &Rgb, synthetic: &Linear, light_of: &dyn Fn([f32; 3]) -> [f32; 3]) -> Vec<([f64; 3], [f64; 3])> {
    let mut all = Vec::new();
    for (top, left) in (0..real.height / BLOCK_PX)
        .flat_map(|row| (0..real.width / BLOCK_PX).map(move |column| (row * BLOCK_PX, column * BLOCK_PX)))
    {
        let places = (top..top + BLOCK_PX).flat_map(|y| (left..left + BLOCK_PX).map(move |x| (x, y)));
        let (mut ours, mut theirs, mut is_usable) = ([0.0; 3], [0.0; 3], true);
        for (x, y) in places {
            let code = real.pixel(x, y);
            is_usable &= code.iter().all(|byte| BETWEEN.contains(byte));
            let light = light_of(code.map(|byte| f32::from(byte) / 255.0));
            let at = y as usize * synthetic.width as usize + x as usize;
            let own = synthetic.pixels.get(at).copied().unwrap_or_default();
            ours.iter_mut().zip(own).for_each(|(sum, channel)| *sum += f64::from(channel));
            theirs.iter_mut().zip(light).for_each(|(sum, channel)| *sum += f64::from(channel));
        }
        let is_lit = ours.iter().all(|sum| *sum > 0.0 && sum.is_finite());
        if is_usable && is_lit {
            let n = f64::from(BLOCK_PX * BLOCK_PX);
            all.push((ours.map(|sum| sum / n), theirs.map(|sum| sum / n)));
        }
    }
    all
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(0.0)
}

/// Weighted least squares through the origin, weights anew in every round. A block's deviation is taken relative to its light, as
/// light, texture and shading differ by shares.
fn gain(pairs: &[(f64, f64)]) -> Gain {
    let mut gain = median(pairs.iter().map(|(ours, theirs)| theirs / ours).collect());
    let off = |gain: f64, (ours, theirs): &(f64, f64)| (theirs - gain * ours) / ours;
    let mut scale = 0.0;
    let mut weights = Vec::new();
    for _ in 0..ROUNDS {
        // Eight bits are never nearer than this.
        scale = (1.4826 * median(pairs.iter().map(|pair| off(gain, pair).abs()).collect())).max(1e-3 * gain.abs());
        let weight = |pair: &(f64, f64)| {
            let u = off(gain, pair) / (TUKEY * scale);
            if u.abs() < 1.0 { (1.0 - u * u) * (1.0 - u * u) } else { 0.0 }
        };
        weights = pairs.iter().map(weight).collect();
        let sum: f64 = weights.iter().sum();
        let next =
            pairs.iter().zip(&weights).map(|((ours, theirs), w)| w * theirs / ours).sum::<f64>() / sum.max(1e-300);
        let is_settled = (next - gain).abs() <= 1e-12 * gain.abs();
        gain = next;
        if is_settled {
            break;
        }
    }
    let sum: f64 = weights.iter().sum();
    let squares: f64 = pairs.iter().zip(&weights).map(|(pair, w)| w * w * off(gain, pair) * off(gain, pair)).sum();
    // Blocks agree that lie within a quarter of the gain; a wide spread is no gain at all.
    let close = pairs.iter().filter(|pair| off(gain, pair).abs() <= 0.25 * gain.abs()).count();
    let agree = if scale.is_finite() { close as f64 / pairs.len().max(1) as f64 } else { 0.0 };
    Gain { value: gain, sd: libm::sqrt(squares) / sum.max(1e-300), agree }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;
    use crate::base::special::normal_quantile;
    use crate::sense::camera::exposure::{srgb, srgb_light};

    fn light_of(code: [f32; 3]) -> [f32; 3] {
        code.map(|code| srgb_light(f64::from(code)) as f32)
    }

    /// Patches of many colours.
    fn synthetic(seed: u64) -> Linear {
        let purpose = StreamKey::new(seed, "light").purpose("patches");
        let level = |x: u32, y: u32, c: u64| 0.02 + 0.28 * purpose.unit(u64::from(y / 13) * 100 + u64::from(x / 11), c);
        let pixels = (0..160 * 120).map(|at| [0, 1, 2].map(|c| level(at % 160, at / 160, c) as f32)).collect();
        Linear { width: 160, height: 120, pixels }
    }

    /// What a camera with these gains and noise would make of it; a share of the picture shows something else.
    fn real(gains: [f64; 3], noise: f64, elsewhere: f64) -> Rgb {
        let (own, other) = (synthetic(1), synthetic(2));
        let mut stream = StreamKey::new(3, "light").stream("noise", 0);
        let mut picture = Rgb::black(160, 120);
        for at in 0..160 * 120 {
            let from = if (at % 160) as f64 / 160.0 < elsewhere { &other } else { &own };
            for (c, gain) in gains.iter().enumerate() {
                let light = f64::from(from.pixels[at][c]) * gain * (1.0 + noise * normal_quantile(stream.next_unit()));
                picture.bytes[at * 3 + c] = (srgb(light.clamp(0.0, 1.0)) * 255.0 + 0.5) as u8;
            }
        }
        picture
    }

    #[test]
    fn known_gains_come_back_through_noise_and_a_third_of_something_else() {
        let gains = [1.9, 1.5, 1.1];
        for (noise, elsewhere, allowed) in [(0.0, 0.0, 0.004), (0.1, 0.0, 0.01), (0.05, 0.33, 0.02)] {
            let fit = fit_light(&real(gains, noise, elsewhere), &synthetic(1), &light_of).unwrap();
            println!("{fit:?}");
            assert!((fit.ev - libm::log2(1.5)).abs() < 2.0 * allowed, "{fit:?}");
            assert!(
                (fit.gains[0] - 1.9 / 1.5).abs() < 2.0 * allowed && (fit.gains[2] - 1.1 / 1.5).abs() < 2.0 * allowed
            );
            assert!(fit.ev_sd < 0.02 && fit.agree > 0.6, "{fit:?}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        let other = fit_light(&real([1.0; 3], 0.0, 1.0), &synthetic(1), &light_of);
        assert!(matches!(other, Err(LightError::NotDetermined(share)) if share < 50.0), "{other:?}");
        let white = fit_light(&real([400.0; 3], 0.0, 0.0), &synthetic(1), &light_of);
        assert!(matches!(white, Err(LightError::TooFew(0))), "{white:?}");
        let small = Linear { width: 80, height: 60, pixels: vec![[0.1; 3]; 4800] };
        assert_eq!(fit_light(&real([1.0; 3], 0.0, 0.0), &small, &light_of), Err(LightError::Sizes(160, 120, 80, 60)));
    }
}
