//! Pictures on meshes: eight bits a channel as their files have them, and how they lie on a surface.
//!
//! They are read from bytes that the caller has; PNG and JPEG. What is larger than a renderer can be asked to hold is halved until it
//! fits. Where on the picture a corner lies is the mesh's to know.

use std::io::Cursor;
use std::sync::{Arc, LazyLock};

use image::{DynamicImage, ImageFormat, ImageReader};

/// The longest side of a picture, in pixels; a longer one is halved, as often as it takes.
pub(super) const SIDE_MAX_PX: u32 = 4096;
/// A picture with a longer side than this is refused.
const READ_MAX_PX: u32 = 16_384;

/// What the numbers of a picture are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Colours in sRGB; alpha says how much of them is there.
    Colour,
    /// Numbers as they are, 0 to 255 for 0 to 1.
    Numbers,
}

/// Rows of RGBA from the top left, without gaps.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width_px: u32,
    height_px: u32,
    holds: Holds,
    has_holes: bool,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} x {} px of {:?}", self.width_px, self.height_px, self.holds)
    }
}

/// What lies beyond a picture's edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrap {
    /// The picture again.
    #[default]
    Repeat,
    /// The picture again, every other time mirrored.
    Mirror,
    /// The pixels at its edge.
    Edge,
}

/// A picture and how it goes on beyond its edges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texture {
    /// The picture.
    pub picture: Arc<Picture>,
    /// Along its width and its height.
    pub wrap: [Wrap; 2],
}

/// The pictures of one material, which lie on a mesh by the same coordinates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pictures {
    /// Multiplies the material's colour. There is a hole where its alpha is below a half.
    pub colour: Option<Texture>,
    /// Green multiplies the material's roughness, blue how metallic it is.
    pub roughness: Option<Texture>,
    /// Normals: red along the picture's width, green up its height, blue outwards, 128 for 0.
    pub normals: Option<Texture>,
    /// Colours that multiply the light which the material gives off.
    pub light: Option<Texture>,
}

impl Picture {
    /// The picture of `bytes`: rows of RGBA, `width_px` times `height_px` of them.
    ///
    /// # Errors
    /// It has no pixels, or not as many bytes.
    pub fn new([width_px, height_px]: [u32; 2], holds: Holds, bytes: Vec<u8>) -> Result<Self, String> {
        let wants = 4 * width_px as usize * height_px as usize;
        if wants == 0 || bytes.len() != wants {
            return Err(format!("{} bytes are no picture of {width_px} x {height_px} pixels", bytes.len()));
        }
        Ok(Self { width_px, height_px, holds, has_holes: false, bytes }.seen_through())
    }

    /// With it known whether there are holes in it.
    fn seen_through(mut self) -> Self {
        self.has_holes =
            self.holds == Holds::Colour && self.bytes.as_chunks::<4>().0.iter().any(|[.., alpha]| *alpha < 128);
        self
    }

    /// The picture in the bytes of a PNG or JPEG file, with at most [`SIDE_MAX_PX`] on a side.
    ///
    /// # Errors
    /// What is wrong with it and what to do.
    pub(super) fn decoded(file: &[u8], holds: Holds) -> Result<Self, String> {
        let fits = |[width, height]: [u32; 2]| {
            let text = format!("is {width} x {height} pixels; scale it to at most {READ_MAX_PX} on a side");
            if width.max(height) > READ_MAX_PX { Err(text) } else { Ok(()) }
        };
        let (_, image) = still(file, (&[ImageFormat::Png, ImageFormat::Jpeg], "PNG or JPEG"), fits)?;
        let (size, pixels) = ([image.width(), image.height()], image.into_rgba8());
        let mut picture = Self::new(size, holds, pixels.into_raw())?;
        while picture.width_px.max(picture.height_px) > SIDE_MAX_PX {
            picture = picture.halved();
        }
        Ok(picture)
    }

    /// Columns and rows.
    pub fn size_px(&self) -> [u32; 2] {
        [self.width_px, self.height_px]
    }

    /// What its numbers are.
    pub fn holds(&self) -> Holds {
        self.holds
    }

    /// Whether a colour is there by less than a half anywhere.
    pub fn has_holes(&self) -> bool {
        self.has_holes
    }

    /// Rows of RGBA from the top left.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same with each pixel's four bytes made anew.
    pub(super) fn mapped(mut self, pixel: impl Fn([u8; 4]) -> [u8; 4]) -> Self {
        self.bytes.as_chunks_mut::<4>().0.iter_mut().for_each(|four| *four = pixel(*four));
        self.seen_through()
    }

    /// Half as wide and half as high, rounded down but never 0: each pixel is the mean of those below it, colours in linear light
    /// and as far as they are there.
    pub fn halved(&self) -> Self {
        let [width_px, height_px] = self.size_px().map(|side| (side / 2).max(1));
        let row = |y: u32| self.bytes.chunks_exact(4 * self.width_px as usize).nth(y as usize).unwrap_or_default();
        let columns: Vec<Taps> = (0..width_px).map(|at| taps(at, width_px, self.width_px)).collect();
        let mut bytes = Vec::with_capacity(4 * width_px as usize * height_px as usize);
        for y in 0..height_px {
            let rows = taps(y, height_px, self.height_px).map(|(at, share)| (row(at), share));
            for column in &columns {
                let mut sum = Sum::default();
                for (row, down) in rows {
                    for (at, across) in column.iter().filter(|(_, across)| down * across > 0.0) {
                        let pixel = row.as_chunks::<4>().0.get(*at as usize).copied().unwrap_or_default();
                        sum.add(pixel, down * across, self.holds);
                    }
                }
                bytes.extend(sum.mean(self.holds));
            }
        }
        Self { width_px, height_px, holds: self.holds, has_holes: false, bytes }.seen_through()
    }
}

/// The picture in the bytes of a file of one of `formats`, which `words` are for people, and its format; `fits` says what is wrong
/// with its columns and rows before its pixels are read.
///
/// # Errors
/// What is wrong with it and what to do.
pub(in crate::world) fn still(
    file: &[u8],
    (formats, words): (&[ImageFormat], &str),
    fits: impl FnOnce([u32; 2]) -> Result<(), String>,
) -> Result<(ImageFormat, DynamicImage), String> {
    if file.is_empty() {
        return Err(format!("is empty; save it again as {words}"));
    }
    let broken = |error: &dyn std::fmt::Display| format!("cannot be read: {error}; save it again as {words}");
    let reader = || ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|error| broken(&error));
    let mut whole = reader()?;
    let Some(format) = whole.format().filter(|format| formats.contains(format)) else {
        let neither = words.replace(", ", " nor ").replace(" or ", " nor ");
        return Err(format!("is neither {neither}; save it as one of them"));
    };
    fits(reader()?.into_dimensions().map_err(|error| broken(&error))?.into())?;
    // The size is bounded by who asks.
    whole.no_limits();
    Ok((format, whole.decode().map_err(|error| broken(&error))?))
}

/// Pixels along a side, and the share of each in a pixel of the half.
type Taps = [(u32, f32); 3];

/// What pixel `at` of `half` along a side is made of, of `whole`: where that is odd, of three that are cut to fit.
fn taps(at: u32, half: u32, whole: u32) -> Taps {
    let share = |part: u32| part as f32 / whole as f32;
    match whole {
        1 => [(0, 1.0), (0, 0.0), (0, 0.0)],
        _ if whole == 2 * half => [(2 * at, 0.5), (2 * at + 1, 0.5), (2 * at + 1, 0.0)],
        _ => [(2 * at, share(half - at)), (2 * at + 1, share(half)), (2 * at + 2, share(at + 1))],
    }
}

/// A weighted sum of pixels.
#[derive(Default)]
struct Sum {
    /// Red, green, blue, each times alpha for colours; alpha.
    all: [f32; 4],
    /// Red, green and blue whatever alpha says, for where nothing is there.
    plain: [f32; 3],
}

impl Sum {
    fn add(&mut self, [red, green, blue, alpha]: [u8; 4], weight: f32, holds: Holds) {
        let alpha = f32::from(alpha) / 255.0;
        let there = if holds == Holds::Colour { alpha } else { 1.0 };
        for ((all, plain), byte) in self.all.iter_mut().zip(&mut self.plain).zip([red, green, blue]) {
            let value = if holds == Holds::Colour { LINEAR[usize::from(byte)] } else { f32::from(byte) / 255.0 };
            *all += weight * there * value;
            *plain += weight * value;
        }
        self.all[3] += weight * alpha;
    }

    fn mean(&self, holds: Holds) -> [u8; 4] {
        let [red, green, blue, alpha] = self.all;
        let byte = |value: f32| (value * 255.0 + 0.5) as u8;
        if holds == Holds::Numbers {
            return [byte(red), byte(green), byte(blue), byte(alpha)];
        }
        let own = if alpha > 0.0 { [red, green, blue].map(|value| value / alpha) } else { self.plain };
        let [red, green, blue] = own.map(encoded);
        [red, green, blue, byte(alpha)]
    }
}

/// Linear light of every sRGB byte.
static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| std::array::from_fn(|byte| linear(byte as f64 / 255.0) as f32));

/// From which linear light on a byte is rounded to: that of the byte less a half.
static BEGINS: LazyLock<[f32; 255]> =
    LazyLock::new(|| std::array::from_fn(|byte| linear((byte as f64 + 0.5) / 255.0) as f32));

/// From sRGB to linear light, 0 to 1.
pub(in crate::world) fn linear(encoded: f64) -> f64 {
    if encoded <= 0.04045 { encoded / 12.92 } else { libm::pow((encoded + 0.055) / 1.055, 2.4) }
}

/// The sRGB byte that is nearest to linear light.
fn encoded(value: f32) -> u8 {
    BEGINS.partition_point(|begin| *begin <= value) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(size: [u32; 2], levels: &[u8]) -> Picture {
        let bytes = levels.iter().flat_map(|level| [*level, *level, *level, 255]).collect();
        Picture::new(size, Holds::Colour, bytes).expect("a picture")
    }

    #[test]
    fn halves_are_means_in_linear_light() {
        let chequer = grey([2, 2], &[255, 0, 0, 255]).halved();
        assert_eq!((chequer.size_px(), chequer.bytes()), ([1, 1], &[188, 188, 188, 255][..]), "half the light is 188");
        for level in 0..=255 {
            assert_eq!(grey([3, 1], &[level; 3]).halved().bytes()[0], level, "an even colour stays");
        }
        // a row of three becomes one that holds a third of each
        let third = grey([3, 1], &[255, 0, 0]).halved();
        assert_eq!(third.bytes()[0], 156, "a third of the light");
        let numbers = Picture::new([2, 1], Holds::Numbers, vec![0, 10, 255, 0, 255, 20, 255, 0]).expect("a picture");
        assert_eq!(numbers.halved().bytes(), [128, 15, 255, 0], "numbers are not light");
    }

    #[test]
    fn what_is_not_there_has_no_colour() {
        let leaf = Picture::new([2, 1], Holds::Colour, vec![0, 200, 0, 255, 255, 0, 255, 0]).expect("a picture");
        assert_eq!(leaf.halved().bytes(), [0, 200, 0, 128]);
        let nothing = Picture::new([2, 1], Holds::Colour, vec![9, 9, 9, 0, 9, 9, 9, 0]).expect("a picture");
        assert_eq!(nothing.halved().bytes(), [9, 9, 9, 0]);
    }

    #[test]
    fn any_size_ends_at_one_pixel() {
        let mut picture = grey([13, 6], &[77; 78]);
        let mut sizes = vec![picture.size_px()];
        while picture.size_px() != [1, 1] {
            picture = picture.halved();
            sizes.push(picture.size_px());
        }
        assert_eq!(sizes, [[13, 6], [6, 3], [3, 1], [1, 1]]);
        assert_eq!(picture.bytes(), [77, 77, 77, 255]);
    }
}
