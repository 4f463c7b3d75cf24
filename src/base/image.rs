//! Colour images in memory: 8-bit sRGB, and linear light.

/// 8-bit sRGB, three bytes a pixel, row by row from the top left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `3 * width * height` bytes.
    pub bytes: Vec<u8>,
}

/// Linear light, three numbers a pixel, row by row from the top left: radiance, in which a white, matt surface under a sun of
/// 1 has 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height` linear RGB values.
    pub pixels: Vec<[f32; 3]>,
}

impl Rgb {
    /// A black image.
    pub fn black(width: u32, height: u32) -> Self {
        Self { width, height, bytes: vec![0; width as usize * height as usize * 3] }
    }

    /// An image over `bytes`; `None` where their number is not `3 * width * height`.
    pub fn from_bytes(width: u32, height: u32, bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == width as usize * height as usize * 3).then_some(Self { width, height, bytes })
    }

    /// The pixel at column `x` and row `y`; both must lie inside.
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let at = (y as usize * self.width as usize + x as usize) * 3;
        [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2]]
    }

    /// All pixels in order.
    pub fn pixels(&self) -> impl ExactSizeIterator<Item = [u8; 3]> + '_ {
        self.bytes.as_chunks::<3>().0.iter().copied()
    }

    /// Turned clockwise by so many quarters.
    #[must_use]
    pub fn turned(self, quarters: u8) -> Self {
        let (width, height) = (self.width as usize, self.height as usize);
        if quarters.is_multiple_of(4) {
            return self;
        }
        let mut out =
            if quarters % 2 == 1 { Self::black(self.height, self.width) } else { Self::black(self.width, self.height) };
        let columns = out.width as usize;
        for (at, pixel) in out.bytes.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let (x, y) = (at % columns, at / columns);
            let [from_x, from_y] = match quarters % 4 {
                1 => [y, height - 1 - x],
                2 => [width - 1 - x, height - 1 - y],
                _ => [width - 1 - y, x],
            };
            *pixel = self.pixel(from_x as u32, from_y as u32);
        }
        out
    }

    /// Shrinks or grows to `width` x `height` by averaging the source area under each pixel (a box filter: no aliasing
    /// when shrinking, the nearest pixel when growing). Integer arithmetic only, so the bytes are the same everywhere.
    #[must_use]
    pub fn resized(&self, width: u32, height: u32) -> Self {
        let mut out = Self::black(width, height);
        if self.bytes.is_empty() || out.bytes.is_empty() {
            return out;
        }
        let columns: Vec<(u32, u32)> = (0..width).map(|x| span(x, width, self.width)).collect();
        for y in 0..height {
            let (top, bottom) = span(y, height, self.height);
            for (x, &(left, right)) in columns.iter().enumerate() {
                let mean = self.area_mean(left, right, top, bottom);
                let at = (y as usize * width as usize + x) * 3;
                out.bytes[at..at + 3].copy_from_slice(&mean);
            }
        }
        out
    }

    fn area_mean(&self, left: u32, right: u32, top: u32, bottom: u32) -> [u8; 3] {
        let mut sum = [0_u64; 3];
        for y in top..bottom {
            for x in left..right {
                let pixel = self.pixel(x, y);
                for channel in 0..3 {
                    sum[channel] += u64::from(pixel[channel]);
                }
            }
        }
        let count = u64::from(right - left) * u64::from(bottom - top);
        sum.map(|total| ((total + count / 2) / count) as u8)
    }
}

/// The source range that target cell `at` of `cells` covers in `length` source cells; never empty.
fn span(at: u32, cells: u32, length: u32) -> (u32, u32) {
    let start = u64::from(at) * u64::from(length) / u64::from(cells);
    let end = (u64::from(at) + 1) * u64::from(length) / u64::from(cells);
    let start = start.min(u64::from(length) - 1) as u32;
    (start, (end as u32).max(start + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_turn_moves_the_first_row_to_the_right() {
        let picture = Rgb::from_bytes(3, 2, (0..18).collect()).expect("six pixels");
        let firsts = |picture: &Rgb| picture.pixels().map(|pixel| pixel[0] / 3).collect::<Vec<_>>();
        let turned = picture.clone().turned(1);
        assert_eq!((turned.width, turned.height, firsts(&turned)), (2, 3, vec![3, 0, 4, 1, 5, 2]));
        assert_eq!(firsts(&picture.clone().turned(2)), [5, 4, 3, 2, 1, 0]);
        assert_eq!(firsts(&picture.clone().turned(3)), [2, 5, 1, 4, 0, 3]);
        assert_eq!(picture.clone().turned(3).turned(5), picture, "a whole turn");
    }

    #[test]
    fn shrinking_averages_and_growing_repeats() {
        let image = Rgb::from_bytes(2, 1, vec![0, 0, 0, 100, 200, 50]).expect("six bytes");
        assert_eq!(image.resized(1, 1).bytes, [50, 100, 25], "mean of both pixels");
        assert_eq!(image.resized(4, 1).pixel(3, 0), [100, 200, 50], "right pixel repeated");
        assert_eq!(image.resized(3, 2).bytes.len(), 18, "size");
        assert!(Rgb::from_bytes(2, 2, vec![0; 3]).is_none(), "wrong length refused");
    }
}
