//! Pictures of messages as RGB, and distances as millimetres.
//!
//! 16 bits become 8 as in picture files. The colours that a Bayer array lacks are filled in bilinearly, as ROS' own viewers do, and
//! that is told of the camera. Deliberately not: video (`film`).

use std::path::Path;

use image::{DynamicImage, ImageBuffer};

use super::message::{Coded, Picture, Pixels};
use crate::base::Rgb;
use crate::base::bayer::{Array, Sites};
use crate::data::error::DataError;
use crate::data::fault::{Fault, cut};
use crate::data::folder::decode_picture;
use crate::data::set::Grey16;

/// Larger pictures are refused instead of filling memory.
const MOST_PIXELS_ACROSS: u32 = 16_384;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    Colour {
        /// More bits than are shown.
        is_deep: bool,
        /// One colour a pixel, the others filled in.
        is_mosaic: bool,
    },
    Distances,
}

/// How the bytes of a pixel become RGB.
#[derive(Clone, Copy)]
enum Layout {
    /// So many bytes a pixel, and where in them red, green and blue are.
    Channels(usize, [usize; 3]),
    Grey16,
    /// One colour a pixel, of so many bytes.
    Bayer(Array, usize),
    /// Two pixels share their colour; where luma, blue and red difference are among four bytes.
    Yuv422([usize; 2], usize, usize),
    /// Millimetres.
    Distance16,
    /// Metres.
    Distance32,
}

fn layout(encoding: &str) -> Result<Layout, Fault> {
    Ok(match encoding {
        "rgb8" => Layout::Channels(3, [0, 1, 2]),
        // What OpenCV calls it has blue first.
        "bgr8" | "8UC3" => Layout::Channels(3, [2, 1, 0]),
        "rgba8" => Layout::Channels(4, [0, 1, 2]),
        "bgra8" | "8UC4" => Layout::Channels(4, [2, 1, 0]),
        "mono8" | "8UC1" => Layout::Channels(1, [0, 0, 0]),
        "mono16" => Layout::Grey16,
        "yuv422" | "uyvy" => Layout::Yuv422([1, 3], 0, 2),
        "yuv422_yuy2" | "yuyv" => Layout::Yuv422([0, 2], 1, 3),
        "bayer_rggb8" => Layout::Bayer(Array::new(0, false), 1),
        "bayer_grbg8" => Layout::Bayer(Array::new(1, false), 1),
        "bayer_gbrg8" => Layout::Bayer(Array::new(2, false), 1),
        "bayer_bggr8" => Layout::Bayer(Array::new(3, false), 1),
        "bayer_rggb16" => Layout::Bayer(Array::new(0, false), 2),
        "bayer_grbg16" => Layout::Bayer(Array::new(1, false), 2),
        "bayer_gbrg16" => Layout::Bayer(Array::new(2, false), 2),
        "bayer_bggr16" => Layout::Bayer(Array::new(3, false), 2),
        "16UC1" => Layout::Distance16,
        "32FC1" => Layout::Distance32,
        other => {
            let what = format!("its pictures are stored as `{other}`, which is not read");
            return Err(Fault::unsupported(what, "record rgb8, mono8 or compressed pictures"));
        }
    })
}

/// What a picture shows, where it can be read.
pub(super) fn shows(picture: &Picture<'_>) -> Result<Shows, Fault> {
    match picture {
        Picture::File(Coded { format, .. }) => {
            let small = format.to_lowercase();
            if small.contains("compresseddepth") {
                return Err(Fault::unsupported(
                    "its distances are compressed",
                    "record them as 16UC1 without compression",
                ));
            }
            match ["webp", "avif", "jxl", "jpeg-xl", "h264", "h265", "tiff"]
                .iter()
                .find(|other| small.contains(**other))
            {
                None => Ok(Shows::Colour { is_deep: false, is_mosaic: false }),
                Some(other) => Err(Fault::unsupported(
                    format!("its pictures are {other}, which is not read"),
                    "record JPEG or PNG",
                )),
            }
        }
        Picture::Pixels(pixels) => match layout(&pixels.encoding)? {
            Layout::Distance16 | Layout::Distance32 => Ok(Shows::Distances),
            Layout::Grey16 => Ok(Shows::Colour { is_deep: true, is_mosaic: false }),
            Layout::Bayer(_, bytes) => Ok(Shows::Colour { is_deep: bytes == 2, is_mosaic: true }),
            _ => Ok(Shows::Colour { is_deep: false, is_mosaic: false }),
        },
    }
}

/// The picture as RGB.
pub(super) fn colour(path: &Path, place: &str, picture: &Picture<'_>) -> Result<Rgb, DataError> {
    let told = |fault: Fault| fault.told(path, place);
    let pixels = match picture {
        Picture::File(Coded { bytes, .. }) => {
            shows(picture).map_err(told)?;
            return decode_picture(path, bytes);
        }
        Picture::Pixels(pixels) => pixels,
    };
    let layout = layout(&pixels.encoding).map_err(told)?;
    rgb(pixels, layout).map_err(told)
}

/// The first `bytes_a_pixel * width` bytes of each row.
fn rows<'a>(pixels: &'a Pixels<'_>, bytes_a_pixel: usize) -> Result<impl Iterator<Item = &'a [u8]>, Fault> {
    let (width, height) = (pixels.width, pixels.height);
    if width == 0 || height == 0 || width.max(height) > MOST_PIXELS_ACROSS {
        return Err(Fault::wrong(format!("a picture has {width} x {height} pixels")));
    }
    let (used, step) = (width as usize * bytes_a_pixel, pixels.step as usize);
    // The last row need not be filled up.
    let least = step.checked_mul(height as usize - 1).and_then(|above| above.checked_add(used));
    if step < used || least.is_none_or(|least| pixels.bytes.len() < least) {
        return Err(Fault::wrong("a picture has fewer bytes than its size asks for"));
    }
    Ok(pixels.bytes.chunks(step).take(height as usize).filter_map(move |row| row.get(..used)))
}

fn rgb(pixels: &Pixels<'_>, layout: Layout) -> Result<Rgb, Fault> {
    let (width, height) = (pixels.width, pixels.height);
    let bytes: Vec<u8> = match layout {
        Layout::Channels(size, places) => {
            let all = rows(pixels, size)?.flat_map(|row| row.chunks_exact(size));
            all.flat_map(|pixel| places.map(|place| pixel.get(place).copied().unwrap_or_default())).collect()
        }
        Layout::Yuv422(luma, cb, cr) => {
            if width % 2 == 1 {
                return Err(Fault::wrong("a picture whose pixels share colours has an odd width"));
            }
            let all = rows(pixels, 2)?.flat_map(|row| row.as_chunks::<4>().0);
            all.flat_map(|four| {
                let at = |place: usize| i32::from(four.get(place).copied().unwrap_or_default());
                luma.map(|luma| bt601(at(luma), at(cb), at(cr)))
            })
            .flatten()
            .collect()
        }
        Layout::Grey16 => {
            let picture = ImageBuffer::from_raw(width, height, sixteen(pixels)?).ok_or_else(cut)?;
            DynamicImage::ImageLuma16(picture).into_rgb8().into_raw()
        }
        Layout::Bayer(array, bytes) => filled_in(pixels, &array, bytes)?,
        Layout::Distance16 | Layout::Distance32 => {
            return Err(Fault::wrong("a picture has distances where its topic has colours"));
        }
    };
    Rgb::from_bytes(width, height, bytes).ok_or_else(cut)
}

/// The colours of a Bayer array, 8 bits each, rounded to nearest.
fn filled_in(pixels: &Pixels<'_>, array: &Array, bytes: usize) -> Result<Vec<u8>, Fault> {
    // 65,535 is 257 times 255
    let values: Vec<f32> = match bytes {
        1 => rows(pixels, 1)?.flatten().map(|value| f32::from(*value)).collect(),
        _ => sixteen(pixels)?.into_iter().map(|value| f32::from(value) / 257.0).collect(),
    };
    let sites = Sites { width: pixels.width, height: pixels.height, values };
    let filled = array.demosaiced(&sites).pixels;
    Ok(filled.into_iter().flatten().map(|value| (value + 0.5) as u8).collect())
}

fn sixteen(pixels: &Pixels<'_>) -> Result<Vec<u16>, Fault> {
    let all = rows(pixels, 2)?.flat_map(|row| row.as_chunks::<2>().0);
    let read = if pixels.is_big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
    Ok(all.map(|pair| read(*pair)).collect())
}

/// Narrow-range BT.601, as cameras give it and OpenCV reads it, in whole numbers.
fn bt601(luma: i32, cb: i32, cr: i32) -> [u8; 3] {
    let (luma, cb, cr) = (298 * (luma.max(16) - 16), cb - 128, cr - 128);
    let sums = [luma + 409 * cr, luma - 100 * cb - 208 * cr, luma + 516 * cb];
    sums.map(|sum| ((sum + 128) >> 8).clamp(0, 255) as u8)
}

/// Distances in millimetres; 0 stands for "not measured", the largest value for "at least".
pub(super) fn distances(pixels: &Pixels<'_>) -> Result<Grey16, Fault> {
    let values = match layout(&pixels.encoding)? {
        Layout::Distance16 => sixteen(pixels)?,
        Layout::Distance32 => {
            let all = rows(pixels, 4)?.flat_map(|row| row.as_chunks::<4>().0);
            let read = if pixels.is_big_endian { f32::from_be_bytes } else { f32::from_le_bytes };
            // NaN becomes 0.
            all.map(|four| (f64::from(read(*four)) * 1000.0).round() as u16).collect()
        }
        _ => return Err(Fault::wrong("a picture has colours where its topic has distances")),
    };
    Ok(Grey16 { width: pixels.width, height: pixels.height, values })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn two_by_two<'a>(encoding: &str, step: u32, bytes: &'a [u8]) -> Pixels<'a> {
        let encoding = encoding.to_owned();
        Pixels { width: 2, height: 2, encoding, step, is_big_endian: false, bytes: Cow::Borrowed(bytes) }
    }

    fn read(encoding: &str, step: u32, bytes: &[u8]) -> Result<Vec<u8>, DataError> {
        let picture = Picture::Pixels(two_by_two(encoding, step, bytes));
        colour(Path::new("x"), "", &picture).map(|rgb| rgb.bytes)
    }

    #[test]
    fn every_encoding_has_its_colours_and_rows_may_be_filled_up() {
        let rising: Vec<u8> = (1..=20).collect();
        let of = |encoding: &str, step: u32| read(encoding, step, &rising).expect(encoding);
        assert_eq!(of("rgb8", 7), [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13], "a byte after each row");
        assert_eq!(of("bgr8", 6), [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]);
        assert_eq!(of("rgba8", 8), [1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15]);
        assert_eq!(of("bgra8", 8), [3, 2, 1, 7, 6, 5, 11, 10, 9, 15, 14, 13]);
        assert_eq!(of("mono8", 2), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
        assert_eq!(of("8UC3", 6), of("bgr8", 6), "OpenCV's order");
        let deep = [0_u16, 300, 40_000, 65_535].map(u16::to_le_bytes).concat();
        assert_eq!(read("mono16", 4, &deep).expect("16 bits"), [0, 0, 0, 1, 1, 1, 156, 156, 156, 255, 255, 255]);
        // Black, white, and the red of the standard's test colours.
        let yuyv = [16, 128, 235, 128, 81, 90, 81, 240];
        assert_eq!(read("yuyv", 4, &yuyv).expect("YUV"), [0, 0, 0, 255, 255, 255, 255, 0, 0, 255, 0, 0]);
        let uyvy = [128, 16, 128, 235, 90, 81, 240, 81];
        assert_eq!(read("yuv422", 4, &uyvy).expect("YUV"), read("yuyv", 4, &yuyv).expect("YUV"));
    }

    #[test]
    fn the_colours_that_a_bayer_array_lacks_are_filled_in() {
        // OpenCV 4.12, `cvtColor(sites, COLOR_BayerBG2RGB)` (its name for RGGB), away from the rim.
        let sites: Vec<u8> = (0..36_u32).map(|at| (at * at * 7 % 251) as u8).collect();
        let bayer = |encoding: &str, width: u32, step: u32, bytes: &[u8]| {
            let size = Pixels { width, height: 6, ..two_by_two(encoding, step, bytes) };
            colour(Path::new("x"), "", &Picture::Pixels(size)).expect(encoding).bytes
        };
        let told = bayer("bayer_rggb8", 6, 6, &sites);
        let at = |column: usize, row: usize| [0, 1, 2].map(|colour| told[(row * 6 + column) * 3 + colour]);
        let site = |column: usize, row: usize| u32::from(sites[row * 6 + column]);
        let mean = |places: &[(usize, usize)]| {
            let sum: u32 = places.iter().map(|(column, row)| site(*column, *row)).sum();
            ((2 * sum + places.len() as u32) / (2 * places.len() as u32)) as u8
        };
        let cross = |x: usize, y: usize| mean(&[(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]);
        let corners = |x: usize, y: usize| mean(&[(x - 1, y - 1), (x + 1, y - 1), (x - 1, y + 1), (x + 1, y + 1)]);
        assert_eq!(at(2, 2), [site(2, 2) as u8, cross(2, 2), corners(2, 2)], "a red one");
        assert_eq!(at(3, 3), [corners(3, 3), cross(3, 3), site(3, 3) as u8], "a blue one");
        let [along, across] = [mean(&[(2, 2), (4, 2)]), mean(&[(3, 1), (3, 3)])];
        assert_eq!(at(3, 2), [along, site(3, 2) as u8, across], "a green one beside red");
        let turned = bayer("bayer_bggr8", 6, 6, &sites);
        let swapped: Vec<u8> = turned.as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [*b, *g, *r]).collect();
        assert_eq!(swapped, told, "red and blue change places");
        let [first, second] = ["bayer_grbg8", "bayer_gbrg8"].map(|name| bayer(name, 5, 6, &sites[1..]));
        assert_eq!(first[..3][1], sites[1], "green first");
        assert_eq!([second[0], second[2]], [first[2], first[0]]);
        let deep: Vec<u8> = sites.iter().flat_map(|site| (u16::from(*site) * 257).to_le_bytes()).collect();
        assert_eq!(bayer("bayer_rggb16", 6, 12, &deep), told, "the same in 16 bits");
    }

    #[test]
    fn distances_are_millimetres() {
        let metres = [0.5_f32, f32::NAN, 100.0, -1.0].map(f32::to_le_bytes).concat();
        let grey = distances(&two_by_two("32FC1", 8, &metres)).expect("32 bits");
        assert_eq!(grey.values, [500, 0, 65_535, 0]);
        let mut pixels = two_by_two("16UC1", 4, &[1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(distances(&pixels).expect("16 bits").values, [0x201, 0x403, 0x605, 0x807]);
        pixels.is_big_endian = true;
        assert_eq!(distances(&pixels).expect("16 bits").values, [0x102, 0x304, 0x506, 0x708]);
        assert!(distances(&two_by_two("mono8", 2, &[0; 4])).is_err(), "colours");
    }

    #[test]
    fn what_cannot_be_shown_says_why() {
        for (encoding, step, bytes, words) in [
            ("nv12", 2, &[0; 6][..], "`nv12`"),
            ("bayer_rggb8", 2, &[0; 3], "fewer bytes"),
            ("rgb8", 6, &[0; 11], "fewer bytes"),
            ("rgb8", 5, &[0; 20], "fewer bytes"),
            ("rgb8", u32::MAX, &[0; 20], "fewer bytes"),
            ("16UC1", 4, &[0; 8], "distances"),
        ] {
            let err = read(encoding, step, bytes).expect_err(encoding).to_string();
            assert!(err.contains(words), "{err}");
        }
        for (width, height) in [(0, 2), (2, 0), (MOST_PIXELS_ACROSS + 1, 1), (1, u32::MAX)] {
            let pixels = Pixels { width, height, step: 0, ..two_by_two("mono8", 2, &[0; 4]) };
            assert!(colour(Path::new("x"), "", &Picture::Pixels(pixels)).is_err(), "{width} x {height}");
        }
        let webp = Picture::File(Coded { format: "webp".to_owned(), bytes: Cow::Borrowed(b"RIFF") });
        assert!(colour(Path::new("x"), "", &webp).expect_err("WebP").to_string().contains("webp"), "named");
    }
}
