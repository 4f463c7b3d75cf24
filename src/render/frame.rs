//! One camera's channels at one time, in memory.

use crate::base::Rgb;

/// All channels of one picture; every vector has `width * height` entries, row by row from the top left.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// 8-bit sRGB.
    pub colour: Rgb,
    /// Depth along the optical axis in metres; 0 where only sky is seen.
    pub depth_m: Vec<f32>,
    /// Instance id of what is seen; 0 for sky.
    pub instance: Vec<u16>,
    /// Unit normal in the world frame, as signed bytes / 127; zero for sky.
    pub normal: Vec<[i8; 3]>,
    /// Motion of the surface point under the pixel until the next snapshot, in pixels (right, down).
    pub flow_px: Vec<[f32; 2]>,
}
