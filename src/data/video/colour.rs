//! Luma and chroma pictures to RGB.
//!
//! Chroma is repeated to full size, not interpolated, and an untagged stream is BT.601 limited range: both are what
//! `ffmpeg -pix_fmt rgb24` does, which is what people compare with.

use crate::base::Rgb;

/// The matrix and range that a stream was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour {
    /// How luma and chroma were mixed from RGB.
    pub(super) matrix: Matrix,
    /// 0..=255 instead of 16..=235.
    pub(super) full_range: bool,
}

impl Default for Colour {
    fn default() -> Self {
        Self { matrix: Matrix::Bt601, full_range: false }
    }
}

/// Matrix coefficients by their code in ISO/IEC 23091-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matrix {
    Identity,
    Bt709,
    Fcc,
    Bt601,
    Smpte240,
    Bt2020,
}

impl Matrix {
    /// From the code point; what is unspecified or rare is BT.601, as in ffmpeg.
    pub(super) fn from_code(code: u32) -> Self {
        match code {
            0 => Self::Identity,
            1 => Self::Bt709,
            4 => Self::Fcc,
            7 => Self::Smpte240,
            9 | 10 => Self::Bt2020,
            _ => Self::Bt601,
        }
    }

    /// The weights of red and blue in luma.
    fn weights(self) -> (f64, f64) {
        match self {
            Self::Bt709 => (0.2126, 0.0722),
            Self::Fcc => (0.30, 0.11),
            Self::Smpte240 => (0.212, 0.087),
            Self::Bt2020 => (0.2627, 0.0593),
            Self::Bt601 | Self::Identity => (0.299, 0.114),
        }
    }
}

/// One 8-bit plane: rows `stride` bytes apart.
#[derive(Clone, Copy)]
pub(super) struct Plane<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) stride: usize,
}

impl<'a> Plane<'a> {
    fn row(&self, y: usize, width: usize) -> Option<&'a [u8]> {
        self.bytes.get(y * self.stride..)?.get(..width)
    }
}

/// A decoded picture; `chroma` is `None` for grey streams.
pub(super) struct Picture<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) luma: Plane<'a>,
    pub(super) chroma: Option<[Plane<'a>; 2]>,
    /// 1 where chroma has half the columns, else 0.
    pub(super) shift_x: u32,
    /// 1 where chroma has half the rows, else 0.
    pub(super) shift_y: u32,
    pub(super) colour: Colour,
}

/// 16.16 fixed point.
struct Weights {
    luma: i32,
    luma_zero: i32,
    red_cr: i32,
    green_cb: i32,
    green_cr: i32,
    blue_cb: i32,
}

impl Weights {
    fn new(colour: Colour) -> Self {
        let (red, blue) = colour.matrix.weights();
        let green = 1.0 - red - blue;
        let (luma, chroma, luma_zero) =
            if colour.full_range { (1.0, 1.0, 0) } else { (255.0 / 219.0, 255.0 / 224.0, 16) };
        let fixed = |value: f64| (value * 65536.0).round() as i32;
        Self {
            luma: fixed(luma),
            luma_zero,
            red_cr: fixed(2.0 * (1.0 - red) * chroma),
            green_cb: fixed(-2.0 * blue * (1.0 - blue) / green * chroma),
            green_cr: fixed(-2.0 * red * (1.0 - red) / green * chroma),
            blue_cb: fixed(2.0 * (1.0 - blue) * chroma),
        }
    }

    /// Nearly truncates, as ffmpeg does: full rounding would lie half a level above what people compare with. The
    /// sixteenth keeps white at 255.
    fn rgb(&self, luma: u8, cb: u8, cr: u8) -> [u8; 3] {
        const SIXTEENTH: i32 = 1 << 12;
        let grey = (i32::from(luma) - self.luma_zero) * self.luma + SIXTEENTH;
        let (cb, cr) = (i32::from(cb) - 128, i32::from(cr) - 128);
        [self.red_cr * cr, self.green_cb * cb + self.green_cr * cr, self.blue_cb * cb]
            .map(|chroma| ((grey + chroma) >> 16).clamp(0, 255) as u8)
    }
}

/// The picture as RGB; `None` where a plane is shorter than its size says.
pub(super) fn to_rgb(picture: &Picture<'_>) -> Option<Rgb> {
    let weights = Weights::new(picture.colour);
    let (width, height) = (picture.width, picture.height);
    let mut out = Rgb::black(u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let chroma_width = (width + (1 << picture.shift_x) - 1) >> picture.shift_x;
    let grey = vec![128_u8; chroma_width];
    let identity = picture.colour.matrix == Matrix::Identity && picture.chroma.is_some();
    for (y, row) in out.bytes.chunks_exact_mut((width * 3).max(1)).enumerate() {
        let luma = picture.luma.row(y, width)?;
        let (cb, cr) = match &picture.chroma {
            Some([cb, cr]) => {
                (cb.row(y >> picture.shift_y, chroma_width)?, cr.row(y >> picture.shift_y, chroma_width)?)
            }
            None => (grey.as_slice(), grey.as_slice()),
        };
        for (x, (pixel, &luma)) in row.as_chunks_mut::<3>().0.iter_mut().zip(luma).enumerate() {
            let at = x >> picture.shift_x;
            // Identity streams keep green, blue, red in the three planes.
            *pixel = if identity { [cr[at], luma, cb[at]] } else { weights.rgb(luma, cb[at], cr[at]) };
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_pixel(luma: u8, cb: u8, cr: u8, colour: Colour) -> [u8; 3] {
        let (luma, cb, cr) = ([luma], [cb], [cr]);
        let plane = |bytes| Plane { bytes, stride: 1 };
        let picture = Picture {
            width: 1,
            height: 1,
            luma: plane(&luma),
            chroma: Some([plane(&cb), plane(&cr)]),
            shift_x: 1,
            shift_y: 1,
            colour,
        };
        to_rgb(&picture).expect("planes fit").pixel(0, 0)
    }

    #[test]
    fn known_colours_come_out() {
        let limited = Colour::default();
        assert_eq!(one_pixel(16, 128, 128, limited), [0, 0, 0], "black");
        assert_eq!(one_pixel(235, 128, 128, limited), [255, 255, 255], "white");
        // BT.601 limited red is (81, 90, 240), BT.709 limited red is (63, 102, 240).
        let near = |got: [u8; 3], want: [u8; 3]| got.iter().zip(want).all(|(a, b)| a.abs_diff(b) <= 2);
        assert!(near(one_pixel(81, 90, 240, limited), [255, 0, 0]), "601 red");
        let hd = Colour { matrix: Matrix::Bt709, full_range: false };
        assert!(near(one_pixel(63, 102, 240, hd), [255, 0, 0]), "709 red");
        let full = Colour { matrix: Matrix::Bt601, full_range: true };
        assert_eq!(one_pixel(7, 128, 128, full), [7, 7, 7], "full-range grey");
    }

    #[test]
    fn a_short_plane_is_refused() {
        let picture = Picture {
            width: 4,
            height: 2,
            luma: Plane { bytes: &[0; 7], stride: 4 },
            chroma: None,
            shift_x: 0,
            shift_y: 0,
            colour: Colour::default(),
        };
        assert!(to_rgb(&picture).is_none(), "seven of eight bytes");
    }
}
