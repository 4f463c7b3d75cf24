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

    /// Shrinks or grows to `width` x `height` by averaging the source area under each pixel, of which pixels at its edges count
    /// in part: so noise and fine texture come out alike from originals of different size. Halves are rounded up. Integer
    /// arithmetic only, so the bytes are the same everywhere.
    #[must_use]
    pub fn resized(&self, width: u32, height: u32) -> Self {
        let mut out = Self::black(width, height);
        if self.bytes.is_empty() || out.bytes.is_empty() {
            return out;
        }
        let across: Vec<Cover> = (0..width).map(|x| Cover::of(x, width, self.width)).collect();
        let whole = u64::from(self.width) * u64::from(self.height);
        let stride = self.width as usize * 3;
        // Two rows below each other share one source row at most: it is not added up twice.
        let mut narrow = vec![0_u64; width as usize * 3];
        let mut narrowed = None;
        for (y, line) in out.bytes.chunks_exact_mut(width as usize * 3).enumerate() {
            let mut sums = vec![0_u64; line.len()];
            for (row, weight) in Cover::of(y as u32, height, self.height).pixels() {
                if narrowed.replace(row) != Some(row) {
                    narrow_row(&self.bytes[row * stride..][..stride], &across, &mut narrow);
                }
                for (sum, part) in sums.iter_mut().zip(&narrow) {
                    *sum += weight * part;
                }
            }
            for (code, sum) in line.iter_mut().zip(sums) {
                *code = ((2 * sum + whole) / (2 * whole)) as u8;
            }
        }
        out
    }
}

/// The source pixels under one target pixel, along one axis. Weights of one target pixel have the source's length as their sum.
struct Cover {
    first: usize,
    /// The end, exclusive.
    end: usize,
    /// Weights of the first and of the last; in between pixels count in whole. One pixel alone has the first.
    ends: [u64; 2],
    whole: u64,
}

impl Cover {
    /// Under target pixel `at` of `cells`, of `length` source pixels.
    fn of(at: u32, cells: u32, length: u32) -> Self {
        let [at, cells, length] = [at, cells, length].map(u64::from);
        // In units in which a source pixel is `cells` long and a target pixel `length`.
        let (from, to) = (at * length, (at + 1) * length);
        let (first, end) = (from / cells, to.div_ceil(cells));
        let ends = [to.min((first + 1) * cells) - from, to - from.max((end - 1) * cells)];
        Self { first: first as usize, end: end as usize, ends, whole: cells }
    }

    /// Positions and weights.
    fn pixels(&self) -> impl Iterator<Item = (usize, u64)> {
        let weight = |at: usize| match at {
            _ if at == self.first => self.ends[0],
            _ if at + 1 == self.end => self.ends[1],
            _ => self.whole,
        };
        (self.first..self.end).map(move |at| (at, weight(at)))
    }
}

/// Adds up one row of pixels under each target pixel.
fn narrow_row(row: &[u8], across: &[Cover], narrow: &mut [u64]) {
    let pixels = row.as_chunks::<3>().0;
    for (cover, sums) in across.iter().zip(narrow.as_chunks_mut::<3>().0) {
        *sums = [0; 3];
        for (at, weight) in cover.pixels() {
            for (sum, code) in sums.iter_mut().zip(pixels[at]) {
                *sum += weight * u64::from(code);
            }
        }
    }
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
    fn pixels_at_an_edge_count_in_part() {
        let grey = |codes: &[u8]| codes.iter().flat_map(|code| [*code; 3]).collect::<Vec<u8>>();
        let row = Rgb::from_bytes(3, 1, grey(&[0, 90, 30])).expect("three pixels");
        assert_eq!(row.resized(2, 1).bytes, grey(&[30, 50]), "(0 + 90 / 2) / 1.5 and (90 / 2 + 30) / 1.5");
        let column = Rgb::from_bytes(1, 3, grey(&[0, 90, 30])).expect("three pixels");
        assert_eq!(column.resized(1, 2).bytes, grey(&[30, 50]));
        assert_eq!(row.resized(1, 5).bytes, grey(&[40; 5]));
        assert_eq!(row.resized(3, 1), row, "as it is");
        // noise comes out alike: of a quarter of the pixels, and of 16 of 25
        let spread = |width: u32, height: u32| {
            let mut word = 1_u32;
            let mut next = || {
                word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (word >> 24) as u8
            };
            let noise: Vec<u8> = (0..width * height).map(|_| next()).collect();
            let small = Rgb::from_bytes(width, height, grey(&noise)).expect("noise").resized(40, 30);
            let mean = small.pixels().map(|pixel| f64::from(pixel[0])).sum::<f64>() / 1_200.0;
            (small.pixels().map(|pixel| (f64::from(pixel[0]) - mean).powi(2)).sum::<f64>() / 1_200.0).sqrt()
        };
        let ratio = spread(50, 38) / spread(80, 60);
        assert!((1.0..1.4).contains(&ratio), "1.19 of white noise; whole pixels alone would give nearly 2: {ratio}");
    }

    #[test]
    fn shrinking_averages_and_growing_repeats() {
        let image = Rgb::from_bytes(2, 1, vec![0, 0, 0, 100, 200, 50]).expect("six bytes");
        assert_eq!(image.resized(1, 1).bytes, [50, 100, 25], "mean of both pixels");
        assert_eq!(image.resized(4, 1).pixel(3, 0), [100, 200, 50], "right pixel repeated");
        let three = image.resized(3, 2);
        assert_eq!(three.bytes[..9], [0, 0, 0, 50, 100, 25, 100, 200, 50], "half of each in the middle");
        assert_eq!(three.bytes[9..], three.bytes[..9], "and below");
        assert!(Rgb::from_bytes(2, 2, vec![0; 3]).is_none(), "wrong length refused");
    }
}
