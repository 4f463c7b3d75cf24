//! Smooths the edges of pictures that are read back: the twin of `colour_fragment` in `show.wgsl`, after Lottes' FXAA.
//!
//! On the processor, because there few pixels lie on edges and only those cost anything, and because then the bytes of a
//! picture do not hang on how a driver rounds its samples: they are taken in whole numbers, places and shares in 256ths.
//! Pictures that are only shown are smoothed where they are drawn.

use wide::{u8x16, u16x8};

/// The alpha of a texel is how bright it is; edges are told by it.
type Texel = [u8; 4];

/// Pixels that are searched for edges at a time.
const LANES: usize = 16;

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

    /// Between the four texels round a place, in 256ths of a texel from the middle of the first: the shares of the left two and of
    /// the right two, whose sum is what is there in 256ths of a step. Beyond the outermost texels it is as at them.
    fn sample(&self, x: i32, y: i32) -> u16x8 {
        // there is a texel to the right of every place, as a picture is two wide
        let x = x.clamp(0, 256 * (self.width as i32 - 1) - 1) as usize;
        let y = y.clamp(0, 256 * (self.height as i32 - 1)) as usize;
        let start = (y >> 8) * self.row_bytes + 4 * (x >> 8);
        let down = if y >> 8 < self.height - 1 { self.row_bytes } else { 0 };
        let two = |start: usize| -> u16x8 {
            let texels = self.bytes.get(start..).and_then(<[u8]>::first_chunk::<8>).copied().unwrap_or_default();
            bytemuck::cast(u8x16::unpack_low(bytemuck::cast([texels, [0; 8]]), u8x16::ZERO))
        };
        let (above, below) = (two(start), two(start + down));
        let (across, down) = ((x & 0xff) as u64, (y & 0xff) as u64);
        // the four shares are 256 together, so that what is even stays as it is
        let both = (across * down + 128) >> 8;
        above * shares(256 - across - down + both, across - both) + below * shares(down - both, both)
    }

    /// Writes the picture to `out`, three bytes a pixel. One that is a single pixel wide or high has no edges to smooth.
    pub(super) fn smooth_into(&self, out: &mut [u8]) {
        if self.width == 0 {
            return;
        }
        let mut window = Window::new(self.width);
        let mut last: Option<&mut [u8]> = None;
        for (y, pixels) in out.chunks_exact_mut(3 * self.width).take(self.height).enumerate() {
            window.take(self.row(y), pixels);
            if let Some(before) = last.replace(pixels) {
                self.smooth_row(y - 1, &window, before);
            }
        }
        if let Some(pixels) = last {
            window.take_last_again();
            self.smooth_row(self.height - 1, &window, pixels);
        }
    }

    /// Blends the pixels of row `y` that lie on edges; `window` is round it.
    fn smooth_row(&self, y: usize, window: &Window, pixels: &mut [u8]) {
        let pixels = pixels.as_chunks_mut::<3>().0;
        if self.width.min(self.height) < 2 {
            return;
        }
        for first in (0..self.width).step_by(LANES) {
            let mut edges = window.edges(first);
            while edges != 0 {
                let x = first + edges.trailing_zeros() as usize;
                // beyond the picture there are edges against nothing
                if let Some(pixel) = pixels.get_mut(x) {
                    *pixel = self.smoothed(x, y, window.corners(x));
                }
                edges &= edges - 1;
            }
        }
    }

    /// One pixel on an edge, blended along it.
    fn smoothed(&self, x: usize, y: usize, [nw, ne, sw, se, centre]: [u8; 5]) -> [u8; 3] {
        let lowest = nw.min(ne).min(sw.min(se)).min(centre);
        let highest = nw.max(ne).max(sw.max(se)).max(centre);
        let [nw, ne, sw, se] = [f32::from(nw), f32::from(ne), f32::from(sw), f32::from(se)];
        let (across, down) = ((sw + se) - (nw + ne), (nw + sw) - (ne + se));
        let damp = ((nw + ne + sw + se) * 0.03125).max(0.007_812_5 * 255.0);
        let scale = 1.0 / (across.abs().min(down.abs()) + damp);
        // at most three texels either way
        let (across, down) = ((across * scale).clamp(-6.0, 6.0), (down * scale).clamp(-6.0, 6.0));
        let (x, y) = (256 * x as i32, 256 * y as i32);
        let pair = |share: f32| {
            let (across, down) = ((across * share) as i32, (down * share) as i32);
            mean(self.sample(x - across, y - down), self.sample(x + across, y + down))
        };
        let inner = pair(256.0 / 6.0);
        let outer = steps(mean(inner, pair(256.0 / 2.0)));
        let [red, green, blue, _] = if (lowest..=highest).contains(&outer[3]) { outer } else { steps(inner) };
        [red, green, blue]
    }
}

/// What two texels are multiplied by.
fn shares(left: u64, right: u64) -> u16x8 {
    bytemuck::cast([left * 0x0001_0001_0001_0001, right * 0x0001_0001_0001_0001])
}

/// Between two samples; the last of 256 parts of a step may be lost.
fn mean(one: u16x8, other: u16x8) -> u16x8 {
    (one >> 1_u32) + (other >> 1_u32)
}

/// A sample in whole steps.
fn steps(sample: u16x8) -> Texel {
    // four channels at a time: each sum, and half a step more, fits its 16 bits
    let [left, right]: [u64; 2] = bytemuck::cast(sample);
    let [red, _, green, _, blue, _, alpha, _] = ((left + right + 0x0080_0080_0080_0080) >> 8).to_le_bytes();
    [red, green, blue, alpha]
}

/// How bright three rows of a picture are, with the outermost pixels once more on either side, and nothing up to a whole number of
/// [`LANES`].
struct Window {
    above: Vec<u8>,
    here: Vec<u8>,
    below: Vec<u8>,
    rows: usize,
}

impl Window {
    /// Over no row yet.
    fn new(width: usize) -> Self {
        let row = || vec![0; width.next_multiple_of(LANES) + 2];
        Self { above: row(), here: row(), below: row(), rows: 0 }
    }

    /// One row down, to the one above `texels`, whose colours go to `pixels`.
    fn take(&mut self, texels: &[Texel], pixels: &mut [u8]) {
        std::mem::swap(&mut self.above, &mut self.here);
        std::mem::swap(&mut self.here, &mut self.below);
        let end = texels.len() + 1;
        part(texels, pixels, &mut self.below[1..end]);
        (self.below[0], self.below[end]) = (self.below[1], self.below[end - 1]);
        if self.rows == 0 {
            self.here.clone_from(&self.below);
        }
        self.rows += 1;
    }

    /// One row down, to the last.
    fn take_last_again(&mut self) {
        std::mem::swap(&mut self.above, &mut self.here);
        self.here.clone_from(&self.below);
    }

    /// Which of the [`LANES`] pixels of the middle row from `first` on lie on an edge, the first in the lowest bit: those with
    /// a span of more than 0.05, and more than an eighth of the brightest.
    fn edges(&self, first: usize) -> u32 {
        let at = |row: &[u8], x: usize| -> u8x16 {
            let lanes = row.get(x..).and_then(<[u8]>::first_chunk::<LANES>);
            u8x16::new(lanes.copied().unwrap_or_default())
        };
        let (nw, ne) = (at(&self.above, first), at(&self.above, first + 2));
        let (sw, se) = (at(&self.below, first), at(&self.below, first + 2));
        let centre = at(&self.here, first + 1);
        let lowest = nw.min(ne).min(sw.min(se)).min(centre);
        let highest = nw.max(ne).max(sw.max(se)).max(centre);
        let span = highest - lowest;
        // lanes of eight bits cannot be shifted: two at a time, without what comes from the neighbour
        let shifted: u8x16 = bytemuck::cast(bytemuck::cast::<_, u16x8>(highest) >> 3_u32);
        let least = ((shifted & u8x16::splat(0x1f)) + u8x16::ONE).max(u8x16::splat(13));
        span.max(least).simd_eq(span).to_bitmask()
    }

    /// How bright the four corners round pixel `x` of the middle row are, and itself.
    fn corners(&self, x: usize) -> [u8; 5] {
        let at = |row: &[u8], x: usize| row.get(x).copied().unwrap_or_default();
        [at(&self.above, x), at(&self.above, x + 2), at(&self.below, x), at(&self.below, x + 2), at(&self.here, x + 1)]
    }
}

/// The first three bytes of four words.
pub(super) fn packed([a, b, c, d]: [u32; 4]) -> [u8; 12] {
    let words = [a & 0x00ff_ffff | b << 24, b >> 8 & 0xffff | c << 16, c >> 16 & 0xff | d << 8];
    bytemuck::cast([words[0].to_le(), words[1].to_le(), words[2].to_le()])
}

/// The colours of `texels` and how bright they are, four at a time: a store of three bytes costs as much as one of four.
fn part(texels: &[Texel], pixels: &mut [u8], bright: &mut [u8]) {
    let (fours, rest) = texels.as_chunks::<4>();
    let (twelves, last) = pixels.split_at_mut(12 * fours.len());
    let (bright, last_bright) = bright.split_at_mut(4 * fours.len());
    let out = twelves.as_chunks_mut::<12>().0.iter_mut().zip(bright.as_chunks_mut::<4>().0);
    for ([a, b, c, d], (twelve, bright)) in fours.iter().zip(out) {
        *bright = [a[3], b[3], c[3], d[3]];
        let word = |texel: &Texel| u32::from_le_bytes(*texel);
        let (a, b, c, d) = (word(a), word(b), word(c), word(d));
        *twelve = packed([a, b, c, d]);
    }
    for ((texel, pixel), bright) in rest.iter().zip(last.as_chunks_mut::<3>().0).zip(last_bright) {
        (*pixel, *bright) = ([texel[0], texel[1], texel[2]], texel[3]);
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
