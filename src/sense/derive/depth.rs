//! The depth control: near is bright, far and the sky are dark, on one scale for a whole episode.
//!
//! As Depth Anything's relative disparity is normalised: d = 1/z between its least and its greatest value over all frames, which
//! become 0 and 255; the sky has d = 0. Where all are equal, all is 0.

use crate::base::Rgb;
use crate::render::Frame;

/// Between which inverse depths the frames of an episode lie, in 1/m.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InverseRange {
    least: f64,
    greatest: f64,
}

/// The depths of a frame in 16 bits a pixel, so that an episode's can be kept until its range is known: the logarithm of depth in
/// steps of 0.026 %, from 1 cm to 250 km; 0 is the sky.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    width: u32,
    height: u32,
    codes: Vec<u16>,
}

/// Nearest depth, and steps in each doubling of it.
const NEAREST_M: f64 = 0.01;
const STEPS: f64 = 2660.0;

impl Kept {
    /// The depths of `frame`.
    pub fn of(frame: &Frame) -> Self {
        let code = |depth_m: &f32| {
            if *depth_m > 0.0 {
                let steps = STEPS * libm::log2(f64::from(*depth_m) / NEAREST_M);
                (libm::round(steps) + 1.0).clamp(1.0, 65_535.0) as u16
            } else {
                0
            }
        };
        Self { width: frame.width, height: frame.height, codes: frame.depth_m.iter().map(code).collect() }
    }

    /// One over the depth that a code stands for, in 1/m.
    fn inverse(code: u16) -> f64 {
        if code == 0 { 0.0 } else { libm::exp2((1.0 - f64::from(code)) / STEPS) / NEAREST_M }
    }

    /// The control picture on the scale of `range`.
    pub fn picture(&self, range: &InverseRange) -> Rgb {
        let levels: Vec<u8> = (0..=u16::MAX).map(|code| range.level(Self::inverse(code))).collect();
        let bytes = self.codes.iter().flat_map(|code| [levels[usize::from(*code)]; 3]).collect();
        Rgb { width: self.width, height: self.height, bytes }
    }
}

impl InverseRange {
    /// That of all `frames`; of none, nothing.
    pub fn of(frames: &[Kept]) -> Self {
        let (mut low, mut high) = (u16::MAX, 0);
        let mut has_sky = false;
        for code in frames.iter().flat_map(|frame| &frame.codes) {
            if *code == 0 {
                has_sky = true;
            } else {
                (low, high) = (low.min(*code), high.max(*code));
            }
        }
        let least = if has_sky || high == 0 { 0.0 } else { Kept::inverse(high) };
        Self { least, greatest: if high == 0 { 0.0 } else { Kept::inverse(low) } }
    }

    /// 0 to 255; cut off, not rounded, as the original does.
    fn level(&self, inverse: f64) -> u8 {
        let span = self.greatest - self.least;
        if span > 0.0 { ((inverse - self.least) / span * 255.0 + 1e-9).clamp(0.0, 255.0) as u8 } else { 0 }
    }
}
