//! PNG in the three layouts we keep frames in: 8-bit RGB, 8-bit grey and 16-bit grey, and their way back.
//!
//! Always the encoder's fast level: with sensor noise the default level costs forty times the processor time for the
//! same size (`docs/performance.md`).

use std::io::Cursor;

use super::Rgb;

/// Why a PNG could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// The encoder's or decoder's own words.
    #[error("the PNG data is damaged: {0}")]
    Damaged(String),
    /// Another layout than asked for.
    #[error("the PNG is {got}, expected {expected}")]
    Layout {
        /// What was asked for.
        expected: &'static str,
        /// What the file is.
        got: String,
    },
}

/// 8-bit RGB, `image` as it is.
///
/// # Errors
/// When the encoder refuses the size (zero pixels).
pub fn encode_rgb(image: &Rgb) -> Result<Vec<u8>, PngError> {
    encode(image.width, image.height, png::ColorType::Rgb, png::BitDepth::Eight, &image.bytes)
}

/// 16-bit grey, `values` row by row (`width * height` of them).
///
/// # Errors
/// When the number of values does not fit the size.
pub fn encode_grey16(width: u32, height: u32, values: &[u16]) -> Result<Vec<u8>, PngError> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
    encode(width, height, png::ColorType::Grayscale, png::BitDepth::Sixteen, &bytes)
}

/// 8-bit grey, `values` row by row (`width * height` of them).
///
/// # Errors
/// When the number of values does not fit the size.
pub fn encode_grey8(width: u32, height: u32, values: &[u8]) -> Result<Vec<u8>, PngError> {
    encode(width, height, png::ColorType::Grayscale, png::BitDepth::Eight, values)
}

fn encode(
    width: u32,
    height: u32,
    colour: png::ColorType,
    depth: png::BitDepth,
    bytes: &[u8],
) -> Result<Vec<u8>, PngError> {
    let damaged = |err: png::EncodingError| PngError::Damaged(err.to_string());
    let mut out = Vec::with_capacity(bytes.len() / 2);
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().map_err(damaged)?;
    writer.write_image_data(bytes).map_err(damaged)?;
    writer.finish().map_err(damaged)?;
    Ok(out)
}

/// The inverse of [`encode_rgb`].
///
/// # Errors
/// When the data is damaged or not 8-bit RGB.
pub fn decode_rgb(bytes: &[u8]) -> Result<Rgb, PngError> {
    let (info, data) = decode(bytes)?;
    if (info.color_type, info.bit_depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
        return Err(PngError::Layout { expected: "8-bit RGB", got: layout(&info) });
    }
    Rgb::from_bytes(info.width, info.height, data).ok_or_else(|| PngError::Damaged("rows are missing".to_owned()))
}

/// The inverse of [`encode_grey16`]: width, height and values.
///
/// # Errors
/// When the data is damaged or not 16-bit grey.
pub fn decode_grey16(bytes: &[u8]) -> Result<(u32, u32, Vec<u16>), PngError> {
    let (info, data) = decode(bytes)?;
    if (info.color_type, info.bit_depth) != (png::ColorType::Grayscale, png::BitDepth::Sixteen) {
        return Err(PngError::Layout { expected: "16-bit grey", got: layout(&info) });
    }
    Ok((info.width, info.height, data.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect()))
}

/// The inverse of [`encode_grey8`]: width, height and values.
///
/// # Errors
/// When the data is damaged or not 8-bit grey.
pub fn decode_grey8(bytes: &[u8]) -> Result<(u32, u32, Vec<u8>), PngError> {
    let (info, data) = decode(bytes)?;
    if (info.color_type, info.bit_depth) != (png::ColorType::Grayscale, png::BitDepth::Eight) {
        return Err(PngError::Layout { expected: "8-bit grey", got: layout(&info) });
    }
    Ok((info.width, info.height, data))
}

fn decode(bytes: &[u8]) -> Result<(png::OutputInfo, Vec<u8>), PngError> {
    let damaged = |err: png::DecodingError| PngError::Damaged(err.to_string());
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().map_err(damaged)?;
    let size = reader.output_buffer_size().ok_or_else(|| PngError::Damaged("the picture is too large".to_owned()))?;
    let mut data = vec![0; size];
    let info = reader.next_frame(&mut data).map_err(damaged)?;
    data.truncate(info.buffer_size());
    Ok((info, data))
}

fn layout(info: &png::OutputInfo) -> String {
    format!("{:?} with {:?} bits", info.color_type, info.bit_depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_round_trips_and_damage_is_found() {
        let image = Rgb::from_bytes(3, 2, (0..18).collect()).expect("size");
        let bytes = encode_rgb(&image).expect("encode");
        assert_eq!(decode_rgb(&bytes).expect("decode"), image, "rgb");
        let values = [0_u16, 1, 256, 65_535, 9, 1000];
        let grey = encode_grey16(3, 2, &values).expect("encode");
        assert_eq!(decode_grey16(&grey).expect("decode"), (3, 2, values.to_vec()), "grey");
        assert!(decode_rgb(&grey).is_err() && decode_grey8(&grey).is_err(), "other layout");
        let small = encode_grey8(3, 2, &[0, 1, 128, 255, 7, 9]).expect("encode");
        assert_eq!(decode_grey8(&small).expect("decode"), (3, 2, vec![0, 1, 128, 255, 7, 9]), "8-bit grey");
        assert!(decode_rgb(&bytes[..bytes.len() / 2]).is_err(), "half a file");
    }
}
