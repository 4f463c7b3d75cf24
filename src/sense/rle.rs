//! Binary masks as COCO run lengths: down the columns, left to right, starting with a (possibly empty) run of zeros.

/// A run-length coded binary mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rle {
    width: u32,
    height: u32,
    counts: Vec<u32>,
}

/// Why run lengths are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RleError {
    /// A string that is not COCO's.
    #[error("character {at} of the compressed run lengths is not part of the COCO code; export the mask again")]
    Character {
        /// 0-based.
        at: usize,
    },
    /// The runs do not fill the mask.
    #[error("the run lengths cover {got} pixels but the mask has {expected}; check its width and height")]
    Cover {
        /// Sum of the runs.
        got: u64,
        /// Width times height.
        expected: u64,
    },
}

impl Rle {
    /// Codes a mask of `width * height` pixels given row by row; missing pixels are zeros.
    pub fn encode(width: u32, height: u32, mask: &[bool]) -> Self {
        let mut runs = Runs::default();
        for x in 0..width {
            for y in 0..height {
                let at = y as usize * width as usize + x as usize;
                if mask.get(at).copied().unwrap_or(false) {
                    runs.set(x * height + y);
                }
            }
        }
        runs.finish(width, height)
    }

    /// Takes run lengths as they are.
    ///
    /// # Errors
    /// When they do not cover the mask exactly.
    pub fn from_counts(width: u32, height: u32, counts: Vec<u32>) -> Result<Self, RleError> {
        let got = counts.iter().map(|count| u64::from(*count)).sum();
        let expected = u64::from(width) * u64::from(height);
        if got == expected { Ok(Self { width, height, counts }) } else { Err(RleError::Cover { got, expected }) }
    }

    /// The inverse of [`Rle::compressed`].
    ///
    /// # Errors
    /// When a character is foreign, a number does not fit, or the runs do not cover the mask.
    pub fn from_compressed(width: u32, height: u32, text: &str) -> Result<Self, RleError> {
        let mut counts: Vec<u32> = Vec::new();
        let (mut value, mut shift) = (0_i64, 0_u32);
        for (at, byte) in text.bytes().enumerate() {
            let foreign = RleError::Character { at };
            if !(48..112).contains(&byte) || shift > 35 {
                return Err(foreign);
            }
            let part = i64::from(byte) - 48;
            value |= (part & 0x1f) << shift;
            shift += 5;
            if part & 0x20 != 0 {
                continue;
            }
            if part & 0x10 != 0 {
                value |= -1_i64 << shift;
            }
            if counts.len() > 2 {
                value += i64::from(counts[counts.len() - 2]);
            }
            counts.push(u32::try_from(value).map_err(|_outside| foreign)?);
            (value, shift) = (0, 0);
        }
        if shift != 0 {
            return Err(RleError::Character { at: text.len() });
        }
        Self::from_counts(width, height, counts)
    }

    /// Pixels in a row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Uncompressed run lengths: zeros, ones, zeros, …
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// Number of set pixels.
    pub fn area_px(&self) -> u64 {
        self.counts.iter().skip(1).step_by(2).map(|count| u64::from(*count)).sum()
    }

    /// x, y, width, height of the set pixels, tight and half-open; zeros where there are none.
    pub fn bbox_px(&self) -> [u32; 4] {
        let (mut low, mut high, mut at) = ([u32::MAX; 2], [0; 2], 0_u64);
        let height = u64::from(self.height);
        for (run, count) in self.counts.iter().enumerate() {
            let end = at + u64::from(*count);
            if run % 2 == 1 && *count > 0 {
                let [from, to] = [at, end - 1].map(|pixel| [pixel / height, pixel % height].map(|part| part as u32));
                // A run over more than one column has the last row of one and the first of the next.
                let rows = if from[0] == to[0] { [from[1], to[1]] } else { [0, self.height - 1] };
                low = [low[0].min(from[0]), low[1].min(rows[0])];
                high = [high[0].max(to[0] + 1), high[1].max(rows[1] + 1)];
            }
            at = end;
        }
        if high[0] == 0 { [0; 4] } else { [low[0], low[1], high[0] - low[0], high[1] - low[1]] }
    }

    /// COCO's string: from the fourth run on the difference to the run two before, in groups of five bits, the lowest first,
    /// bit 5 saying that more follow, each plus 48 as a character.
    pub fn compressed(&self) -> String {
        let mut text = String::with_capacity(self.counts.len() * 2);
        for (at, &count) in self.counts.iter().enumerate() {
            let before = if at > 2 { i64::from(self.counts[at - 2]) } else { 0 };
            let mut rest = i64::from(count) - before;
            loop {
                let mut part = (rest & 0x1f) as u8;
                rest >>= 5;
                let more = if part & 0x10 != 0 { rest != -1 } else { rest != 0 };
                if more {
                    part |= 0x20;
                }
                text.push(char::from(part + 48));
                if !more {
                    break;
                }
            }
        }
        text
    }

    /// The mask row by row.
    pub fn decode(&self) -> Vec<bool> {
        let (width, height) = (self.width as usize, self.height as usize);
        let mut mask = vec![false; width * height];
        let mut at = 0;
        for (run, &count) in self.counts.iter().enumerate() {
            let end = at + count as usize;
            if run % 2 == 1 {
                for index in at..end {
                    mask[(index % height) * width + index / height] = true;
                }
            }
            at = end;
        }
        mask
    }
}

/// Run lengths in the making: pixels are set in column-major order.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    counts: Vec<u32>,
    /// One past the last set pixel.
    end: u32,
}

impl Runs {
    /// Sets pixel `at` (column * height + row); never before one already set.
    pub(super) fn set(&mut self, at: u32) {
        match self.counts.last_mut() {
            Some(run) if self.end == at => *run += 1,
            _ => self.counts.extend([at - self.end, 1]),
        }
        self.end = at + 1;
    }

    pub(super) fn finish(mut self, width: u32, height: u32) -> Rle {
        let rest = width * height - self.end;
        if rest > 0 {
            self.counts.push(rest);
        }
        Rle { width, height, counts: self.counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    fn mask(width: u32, height: u32, set: impl Fn(i64, i64) -> bool) -> Rle {
        let mut pixels = Vec::new();
        for y in 0..height {
            pixels.extend((0..width).map(|x| set(i64::from(x), i64::from(y))));
        }
        Rle::encode(width, height, &pixels)
    }

    #[test]
    fn random_masks_round_trip() {
        for index in 0..50 {
            let mut stream = StreamKey::new(5, "rle").stream("mask", index);
            let (width, height) = (1 + stream.next_below(40) as u32, 1 + stream.next_below(40) as u32);
            // Long runs as well as noise.
            let keep = stream.next_unit();
            let mut value = false;
            let pixels: Vec<bool> = (0..width * height)
                .map(|_| {
                    value ^= stream.next_unit() > keep;
                    value
                })
                .collect();
            let rle = Rle::encode(width, height, &pixels);
            assert_eq!(rle.decode(), pixels, "mask {index}");
            assert_eq!(rle.area_px(), pixels.iter().filter(|pixel| **pixel).count() as u64, "area {index}");
            let at = |axis: usize| {
                let set = pixels.iter().enumerate().filter(|(_, set)| **set);
                set.map(move |(at, _)| [at as u32 % width, at as u32 / width][axis])
            };
            let side = |axis: usize| at(axis).min().map_or((0, 0), |low| (low, at(axis).max().unwrap() + 1 - low));
            let ((x, w), (y, h)) = (side(0), side(1));
            assert_eq!(rle.bbox_px(), [x, y, w, h], "box {index}");
            assert_eq!(Rle::from_compressed(width, height, &rle.compressed()), Ok(rle.clone()), "string {index}");
            assert_eq!(Rle::from_counts(width, height, rle.counts().to_vec()), Ok(rle), "counts {index}");
        }
    }

    #[test]
    fn strings_equal_those_of_the_reference_implementation() {
        // Each string was produced by pycocotools 2.0.11 from the same mask.
        let pattern = mask(11, 7, |x, y| (x * x * 3 + y * 5 + x * y) % 7 < 3);
        assert_eq!(pattern.compressed(), "012000O2:0INN10OO010O00000001000O2:0H", "short runs");
        let square = |value: i64| value * value;
        let ring =
            mask(160, 120, |x, y| square(x - 70) + square(y - 55) < 1600 && square(x - 80) + square(y - 50) >= 225);
        let expected = "ge3a0S38I6K4L4L4M2N2M4M2N2N2N2N2N2O0O2N2N2O0O2O0O2O0O2O000O2O00000O2O000000^NRO:n0DVO:j0EXO:h0D\\O:d0E^O\
                        :b0F^O:b0E@:`0EB:>FB:>ED:<FD:<FD:<FD:=EC:>FB:>FB:>FB:?EA:`0F@:`0F@:a0F]O:d0F\\O:e0FYO:h0GVO:k0EUO:l0GRO\
                        :o0GmN:U1FiN:Y1GcN:^1P11N2N2N2N2N2N3L3N2N3L4L4L5J7HUj5";
        assert_eq!(ring.compressed(), expected, "ring");
        assert_eq!(ring.area_px(), 4316, "area of the ring");
        let corners = mask(640, 480, |x, y| {
            ((200..203).contains(&x) && (100..300).contains(&y)) || (x, y) == (639, 0) || (x, y) == (0, 479)
        });
        assert_eq!(corners.compressed(), "o>1T\\m2W6dlRM000lX\\6iI[mcI", "long runs and corners");
        assert_eq!(mask(4, 5, |_, _| true).compressed(), "0d0", "full");
        assert_eq!(mask(4, 5, |_, _| false).compressed(), "d0", "empty");
    }

    #[test]
    fn damaged_strings_are_refused() {
        for counts in [vec![5, 3, 4], vec![0, 12], vec![100_000, 1, 7, 90_000, 2, 1], vec![16, 31, 32, 1023, 15, 1024]]
        {
            let rle = Rle::from_counts(counts.iter().sum(), 1, counts).expect("covers");
            assert_eq!(Rle::from_compressed(rle.width, 1, &rle.compressed()), Ok(rle.clone()), "{rle:?}");
        }
        for bad in ["~", "!", "PPPPPPPPPPPPPPPPPP", "o"] {
            assert!(matches!(Rle::from_compressed(4, 5, bad), Err(RleError::Character { .. })), "{bad}");
        }
        assert_eq!(Rle::from_compressed(4, 5, "d ").unwrap_err(), RleError::Character { at: 1 }, "blank");
        assert!(matches!(Rle::from_compressed(4, 5, "1"), Err(RleError::Cover { got: 1, expected: 20 })), "short");
        assert!(Rle::from_compressed(4, 5, "T").is_err(), "unfinished number");
        assert!(Rle::from_compressed(4, 5, "ooooooooooooooooo").is_err(), "too long a number");
        assert!(Rle::from_counts(2, 2, vec![1, 1]).is_err(), "counts that leave a gap");
    }
}
