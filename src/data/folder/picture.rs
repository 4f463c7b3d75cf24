//! Picture files as RGB, whatever they hold: EXIF rotation is applied, 16-bit values keep their upper 8 bits, grey and
//! palettes become colours, transparency is dropped and the colour beneath it kept.
//!
//! Deliberately not: colour profiles (values are taken as sRGB) and animations (the first picture stands for all).

use std::io::{BufRead, BufReader, Cursor, Read as _, Seek};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageReader};

use crate::base::Rgb;
use crate::data::error::{DataError, guarded};
use crate::data::set::Grey16;
use crate::data::table;

/// Larger pictures are refused instead of filling memory.
const MOST_PIXELS_ACROSS: u32 = 16_384;

/// Heads are looked for in so much of a file before all of it is read: one block of EXIF is 64 KiB at the most.
const HEAD_BYTES: u64 = 80 << 10;

/// The picture in the file at `path`, whatever of PNG, JPEG, BMP and portable maps it is.
///
/// # Errors
/// When it cannot be read or is no picture.
pub fn read_picture(path: &Path) -> Result<Rgb, DataError> {
    let bytes = crate::base::files::read(path)?;
    decode_picture(path, &bytes)
}

/// A picture file in memory as RGB. `path` is for messages.
pub(in crate::data) fn decode_picture(path: &Path, bytes: &[u8]) -> Result<Rgb, DataError> {
    let picture = decode(path, bytes)?.into_rgb8();
    let (width, height) = picture.dimensions();
    Rgb::from_bytes(width, height, picture.into_raw()).ok_or_else(|| DataError::damaged(path, "rows are missing"))
}

/// The 16-bit grey values of the picture at `path`, as they are stored.
pub(super) fn read_grey16(path: &Path) -> Result<Grey16, DataError> {
    let bytes = crate::base::files::read(path)?;
    if let Some(picture) = portable_grey16(&bytes) {
        return Ok(picture);
    }
    let picture = match decode(path, &bytes)? {
        DynamicImage::ImageLuma16(picture) => picture,
        other => {
            let what = format!("its values are {:?}, not 16-bit grey", other.color());
            return Err(DataError::unsupported(path, what, "write distances as 16-bit grey PNG or PGM"));
        }
    };
    let (width, height) = picture.dimensions();
    Ok(Grey16 { width, height, values: picture.into_raw() })
}

/// A binary portable map with 16 bits a value. Decoders of pictures stretch its values until the stated largest one is
/// white, which would change distances; here they stay as they are.
fn portable_grey16(bytes: &[u8]) -> Option<Grey16> {
    let mut rest = bytes.strip_prefix(b"P5")?;
    let mut numbers = [0_u32; 3];
    for number in &mut numbers {
        loop {
            rest = rest.trim_ascii_start();
            let Some(comment) = rest.strip_prefix(b"#") else { break };
            rest = comment.get(comment.iter().position(|byte| *byte == b'\n')?..)?;
        }
        let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
        let (digits, after) = rest.split_at(end);
        *number = std::str::from_utf8(digits).ok()?.parse().ok()?;
        rest = after;
    }
    let [width, height, largest] = numbers;
    if !(256..=65_535).contains(&largest) || width.max(height) > MOST_PIXELS_ACROSS {
        return None;
    }
    let n_bytes = width as usize * height as usize * 2;
    let values = rest.get(1..1 + n_bytes)?.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    Some(Grey16 { width, height, values })
}

fn decode(path: &Path, bytes: &[u8]) -> Result<DynamicImage, DataError> {
    guarded(path, || {
        let mut decoder =
            opened(path, Cursor::new(bytes))?.into_decoder().map_err(|err| DataError::damaged(path, err))?;
        // A file whose EXIF block is damaged is shown as it is stored.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut picture = DynamicImage::from_decoder(decoder).map_err(|err| DataError::damaged(path, err))?;
        picture.apply_orientation(orientation);
        Ok(picture)
    })
}

fn opened<R: BufRead + Seek>(path: &Path, source: R) -> Result<ImageReader<R>, DataError> {
    let mut reader = ImageReader::new(source).with_guessed_format().map_err(|err| DataError::read(path, err))?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MOST_PIXELS_ACROSS);
    limits.max_image_height = Some(MOST_PIXELS_ACROSS);
    reader.limits(limits);
    Ok(reader)
}

/// What a picture's head says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Pixels in a row, as it is shown.
    pub(super) width: u32,
    /// Rows, as it is shown.
    pub(super) height: u32,
    /// Whether its values have more than 8 bits.
    pub(super) is_deep: bool,
    /// Whether it has one 16-bit value a pixel: how distances are stored.
    pub(super) is_grey16: bool,
    /// How it is turned before it is shown.
    turn: Orientation,
}

impl Head {
    /// Whether it is turned or mirrored before it is shown.
    pub(super) fn is_turned(&self) -> bool {
        self.turn != Orientation::NoTransforms
    }

    /// Whether it has another size as it is stored than as it is shown.
    pub(super) fn is_resized(&self) -> bool {
        swaps_sides(self.turn) && self.width != self.height
    }
}

/// Whether rows become columns.
fn swaps_sides(turn: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(turn, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// Size and depth of values from the file's head alone, turned as EXIF says.
pub(super) fn picture_head(path: &Path) -> Result<Head, DataError> {
    guarded(path, || {
        let failed = |err| DataError::read(path, err);
        let mut file = std::fs::File::open(path).map_err(failed)?;
        // The decoder of JPEG reads whatever it is given to its end.
        let mut start = Vec::new();
        file.by_ref().take(HEAD_BYTES).read_to_end(&mut start).map_err(failed)?;
        let is_whole = (start.len() as u64) < HEAD_BYTES;
        match head_of(path, Cursor::new(start)) {
            Err(_) if !is_whole => {
                file.rewind().map_err(failed)?;
                head_of(path, BufReader::new(file))
            }
            head => head,
        }
    })
}

/// What the head at the beginning of `source` says. `path` is for messages.
fn head_of<R: BufRead + Seek>(path: &Path, source: R) -> Result<Head, DataError> {
    let mut decoder = opened(path, source)?.into_decoder().map_err(|err| DataError::damaged(path, err))?;
    let (width, height) = decoder.dimensions();
    let colour = decoder.color_type();
    let turn = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (width, height) = if swaps_sides(turn) { (height, width) } else { (width, height) };
    let is_deep = colour.bytes_per_pixel() > colour.channel_count();
    Ok(Head { width, height, is_deep, is_grey16: colour == image::ColorType::L16, turn })
}

/// Pictures inside Parquet cells are the same files.
pub(in crate::data) fn picture_in_cell(
    path: &Path,
    array: &dyn arrow_array::Array,
    row: usize,
) -> Result<Rgb, DataError> {
    use arrow_array::cast::AsArray as _;
    let bytes = array.as_struct_opt().and_then(|parts| parts.column_by_name("bytes"));
    let bytes = bytes.map_or_else(|| table::bytes(array, row), |bytes| table::bytes(bytes, row));
    let bytes = bytes.ok_or_else(|| {
        DataError::unsupported(path, format!("row {row} holds no picture"), "embed the pictures in the Parquet file")
    })?;
    decode_picture(path, bytes)
}
