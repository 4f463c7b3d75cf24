//! Smooths the edges of pictures that are read back: the twin of `colour_fragment` in `show.wgsl`, after Lottes' FXAA.
//!
//! On the processor, because there few pixels lie on edges and only those cost anything, and because then the bytes of a
//! picture do not hang on how a driver rounds its samples. Pictures that are only shown are smoothed where they are drawn.

use glam::{Vec2, Vec4};

/// The alpha of a texel is how bright it is; edges are told by it.
type Texel = [u8; 4];

/// An encoded picture as it was drawn: rows of RGBA texels, which may be longer than the picture is wide.
#[derive(Clone, Copy)]
pub(super) struct Drawn<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) row_bytes: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl<'a> Drawn<'a> {
    fn row(&self, y: usize) -> &'a [Texel] {
        let start = y.min(self.height.saturating_sub(1)) * self.row_bytes;
        let row = self.bytes.get(start..start + 4 * self.width).unwrap_or_default();
        row.as_chunks::<4>().0
    }

    /// Between the four texels round `at`, in texels from the middle of the first.
    fn sample(&self, at: Vec2) -> Vec4 {
        // positions lie at most three texels outside; a cast rounds towards 0
        let [x, y] = (at + 8.0).to_array().map(|value| value as i32 - 8);
        let part = at - Vec2::new(x as f32, y as f32);
        let inside = |value: i32, size: usize| value.clamp(0, size as i32 - 1) as usize;
        let [left, right] = [x, x + 1].map(|x| inside(x, self.width));
        let across = |y: i32| {
            let row = self.row(inside(y, self.height));
            let texel = |x: usize| Vec4::from_array(row.get(x).copied().unwrap_or_default().map(f32::from));
            texel(left).lerp(texel(right), part.x)
        };
        across(y).lerp(across(y + 1), part.y)
    }

    /// Writes the picture to `out`, three bytes a pixel.
    pub(super) fn smooth_into(&self, out: &mut [u8]) {
        if self.width == 0 {
            return;
        }
        let mut window = Window::new(self);
        let mut edges = vec![0; self.width];
        for (y, pixels) in out.chunks_exact_mut(3 * self.width).take(self.height).enumerate() {
            without_alpha(self.row(y), pixels);
            window.edges(&mut edges);
            // most pixels lie on none: sixteen are passed over at a time
            let groups = edges.chunks(16).zip(pixels.chunks_mut(3 * 16)).enumerate();
            for (group, (edges, pixels)) in groups.filter(|(_, (edges, _))| edges.iter().any(|edge| *edge != 0)) {
                let pixels = edges.iter().zip(pixels.as_chunks_mut::<3>().0).enumerate();
                for (x, (_, pixel)) in pixels.filter(|(_, (edge, _))| **edge != 0) {
                    let x = 16 * group + x;
                    *pixel = self.smoothed(x, y, window.corners(x));
                }
            }
            window.advance(self.row(y + 2));
        }
    }

    /// One pixel on an edge, blended along it.
    fn smoothed(&self, x: usize, y: usize, [nw, ne, sw, se, centre]: [f32; 5]) -> [u8; 3] {
        let lowest = nw.min(ne).min(sw).min(se).min(centre);
        let highest = nw.max(ne).max(sw).max(se).max(centre);
        let across = Vec2::new((sw + se) - (nw + ne), (nw + sw) - (ne + se));
        let damp = ((nw + ne + sw + se) * 0.03125).max(0.007_812_5 * 255.0);
        let scale = 1.0 / (across.abs().min_element() + damp);
        let along = (across * scale).clamp(Vec2::splat(-6.0), Vec2::splat(6.0));
        let at = Vec2::new(x as f32, y as f32);
        let pair = |share: f32| self.sample(at - along * share) + self.sample(at + along * share);
        let inner = 0.5 * pair(0.166_666_7);
        let outer = 0.5 * inner + 0.25 * pair(0.5);
        let smoothed = if outer.w < lowest || outer.w > highest { inner } else { outer };
        let [red, green, blue, _] = (smoothed + 0.5).to_array().map(|value| value as u8);
        [red, green, blue]
    }
}

/// The colours of `texels`, four at a time: a store of three bytes costs as much as one of four.
fn without_alpha(texels: &[Texel], pixels: &mut [u8]) {
    let (fours, rest) = texels.as_chunks::<4>();
    let (twelves, last) = pixels.split_at_mut(12 * fours.len());
    for (four, twelve) in fours.iter().zip(twelves.as_chunks_mut::<12>().0) {
        let [a, b, c, d] = four.map(u32::from_le_bytes);
        let words = [a & 0x00ff_ffff | b << 24, b >> 8 & 0xffff | c << 16, c >> 16 & 0xff | d << 8];
        *twelve = bytemuck::cast(words.map(u32::to_le_bytes));
    }
    for (texel, pixel) in rest.iter().zip(last.as_chunks_mut::<3>().0) {
        *pixel = [texel[0], texel[1], texel[2]];
    }
}

/// How bright three rows of a picture are, with the outermost pixels once more on either side.
struct Window {
    above: Vec<u8>,
    here: Vec<u8>,
    below: Vec<u8>,
}

impl Window {
    /// Round the first row.
    fn new(picture: &Drawn<'_>) -> Self {
        let row = |y: usize| {
            let mut out = vec![0; picture.width + 2];
            fill(&mut out, picture.row(y));
            out
        };
        Self { above: row(0), here: row(0), below: row(1) }
    }

    /// One row down; `below` is the one that comes in.
    fn advance(&mut self, below: &[Texel]) {
        std::mem::swap(&mut self.above, &mut self.here);
        std::mem::swap(&mut self.here, &mut self.below);
        fill(&mut self.below, below);
    }

    /// Marks the pixels of the middle row that lie on an edge: more than 0.05, and more than an eighth of the brightest.
    fn edges(&self, out: &mut [u8]) {
        let width = out.len();
        // slices of one length each, so that many pixels are told at once
        let (above, here, below) = (&self.above[..width + 2], &self.here[..width + 2], &self.below[..width + 2]);
        let west = above[..width].iter().zip(&below[..width]);
        let east = above[2..].iter().zip(&below[2..]);
        for (((out, (nw, sw)), (ne, se)), centre) in out.iter_mut().zip(west).zip(east).zip(&here[1..=width]) {
            let lowest = (*nw).min(*sw).min(*ne).min(*se).min(*centre);
            let highest = (*nw).max(*sw).max(*ne).max(*se).max(*centre);
            let span = highest - lowest;
            *out = u8::from(span >= 13) & u8::from(span > highest >> 3);
        }
    }

    /// How bright the four corners round pixel `x` of the middle row are, and itself.
    fn corners(&self, x: usize) -> [f32; 5] {
        let at = |row: &[u8], x: usize| row.get(x).map_or(0.0, |value| f32::from(*value));
        [at(&self.above, x), at(&self.above, x + 2), at(&self.below, x), at(&self.below, x + 2), at(&self.here, x + 1)]
    }
}

/// The brightness of `texels`, with the first and the last once more outside.
fn fill(row: &mut [u8], texels: &[Texel]) {
    let ([first, .., last], Some(inner)) = (&mut row[..], texels.first().zip(texels.last())) else { return };
    (*first, *last) = (inner.0[3], inner.1[3]);
    for (value, texel) in row[1..].iter_mut().zip(texels) {
        *value = texel[3];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of `width` x `height` in rows of 256 bytes, as grey as `grey` says.
    fn drawn(width: usize, height: usize, grey: impl Fn(usize, usize) -> u8) -> Vec<u8> {
        let mut bytes = vec![0; 256 * height];
        for (y, row) in bytes.chunks_exact_mut(256).enumerate() {
            for (x, texel) in row.as_chunks_mut::<4>().0.iter_mut().take(width).enumerate() {
                *texel = [grey(x, y); 4];
            }
        }
        bytes
    }

    fn smoothed(width: usize, height: usize, grey: impl Fn(usize, usize) -> u8) -> Vec<u8> {
        let bytes = drawn(width, height, grey);
        let mut out = vec![7; width * height * 3];
        Drawn { bytes: &bytes, row_bytes: 256, width, height }.smooth_into(&mut out);
        out.chunks_exact(3).map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn what_has_no_edge_stays_as_it_is() {
        for (width, height) in [(1, 1), (1, 9), (9, 1), (37, 21), (64, 3)] {
            let grey = |x: usize, y: usize| 100 + (x / 4 + y) as u8;
            let expected: Vec<u8> = (0..height).flat_map(|y| (0..width).map(move |x| grey(x, y))).collect();
            assert_eq!(smoothed(width, height, grey), expected, "{width} x {height}");
        }
    }

    #[test]
    fn a_slanted_edge_gets_steps_between_and_a_straight_one_stays_sharp() {
        let slanted = smoothed(40, 40, |x, y| if 3 * y > x + 40 { 200 } else { 40 });
        let between = slanted.iter().filter(|grey| (60..=180).contains(*grey)).count();
        assert!((20..120).contains(&between), "{between} pixels between");
        assert!(slanted.iter().all(|grey| (40..=200).contains(grey)), "nothing beyond what was there");
        let straight = smoothed(40, 40, |x, _| if x >= 20 { 200 } else { 40 });
        assert!(straight.iter().all(|grey| [40, 200].contains(grey)), "no step is made where there was none");
    }
}
