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

impl Frame {
    /// A frame of no pixels, to be drawn into.
    pub fn empty() -> Self {
        Self::blank(0, 0)
    }

    /// A black frame in which nothing is seen.
    pub fn blank(width: u32, height: u32) -> Self {
        let count = width as usize * height as usize;
        Self {
            width,
            height,
            colour: Rgb::black(width, height),
            depth_m: vec![0.0; count],
            instance: vec![0; count],
            normal: vec![[0; 3]; count],
            flow_px: vec![[0.0; 2]; count],
        }
    }

    /// Makes room for `width` x `height` pixels; what they hold is not said.
    pub(super) fn resize(&mut self, width: u32, height: u32) {
        let count = width as usize * height as usize;
        (self.width, self.height) = (width, height);
        (self.colour.width, self.colour.height) = (width, height);
        self.colour.bytes.resize(3 * count, 0);
        self.depth_m.resize(count, 0.0);
        self.instance.resize(count, 0);
        self.normal.resize(count, [0; 3]);
        self.flow_px.resize(count, [0.0; 2]);
    }
}
