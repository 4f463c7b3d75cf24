//! Pictures of floating-point numbers, lossless, in two plain formats that OpenCV and most viewers read: PFM (three channels)
//! and Middlebury's `.flo` (two). No compression and no metadata: that is other formats' business.

use super::Linear;

/// Why such a file could not be read: a few words.
pub type Fault = &'static str;

/// What a `.flo` file begins with: 202021.25 as a little-endian float, which reads `PIEH`.
const FLO_MARK: &[u8; 4] = b"PIEH";

/// `image` as a colour PFM: `PF`, width and height, −1.0 (little-endian), then f32 RGB, the bottom row first.
pub fn encode_pfm(image: &Linear) -> Vec<u8> {
    let mut out = format!("PF\n{} {}\n-1.0\n", image.width, image.height).into_bytes();
    out.reserve(12 * image.pixels.len());
    for row in image.pixels.chunks(image.width.max(1) as usize).rev() {
        out.extend(row.iter().flatten().flat_map(|value| value.to_le_bytes()));
    }
    out
}

/// The inverse of [`encode_pfm`]; a big-endian or grey PFM is refused.
///
/// # Errors
/// What is wrong with the file.
pub fn decode_pfm(bytes: &[u8]) -> Result<Linear, Fault> {
    let mut lines = bytes.splitn(4, |byte| *byte == b'\n');
    let mut line = || lines.next().and_then(|line| std::str::from_utf8(line).ok()).map(str::trim);
    if line() != Some("PF") {
        return Err("it is no colour PFM");
    }
    let size = line().and_then(|line| line.split_once(' '));
    let size = size.and_then(|(width, height)| Some([width.parse().ok()?, height.trim().parse().ok()?]));
    let [width, height]: [u32; 2] = size.ok_or("its size cannot be read")?;
    if line().and_then(|scale| scale.parse::<f32>().ok()) != Some(-1.0) {
        return Err("it is not little-endian with the scale 1");
    }
    let values = floats(lines.next().unwrap_or_default(), [width, height], 3)?;
    let rows = values.as_chunks::<3>().0.chunks(width.max(1) as usize).rev();
    Ok(Linear { width, height, pixels: rows.flatten().copied().collect() })
}

/// Two numbers a pixel, `width * height` of them row by row from the top left, as Middlebury's `.flo`.
pub fn encode_flo(width: u32, height: u32, pixels: &[[f32; 2]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(12 + 8 * pixels.len());
    out.extend(FLO_MARK);
    out.extend([width, height].into_iter().flat_map(u32::to_le_bytes));
    out.extend(pixels.iter().flatten().flat_map(|value| value.to_le_bytes()));
    out
}

/// The inverse of [`encode_flo`]: width, height and pixels.
///
/// # Errors
/// What is wrong with the file.
pub fn decode_flo(bytes: &[u8]) -> Result<(u32, u32, Vec<[f32; 2]>), Fault> {
    let body = bytes.strip_prefix(FLO_MARK).ok_or("it is no `.flo` file")?;
    let (size, body) = body.split_at_checked(8).ok_or("its size is cut off")?;
    let words = size.as_chunks::<4>().0;
    let [width, height] = [0, 1].map(|at: usize| words.get(at).map_or(0, |word| u32::from_le_bytes(*word)));
    let values = floats(body, [width, height], 2)?;
    Ok((width, height, values.as_chunks::<2>().0.to_vec()))
}

/// The little-endian numbers of a picture of this size, `channels` a pixel, and nothing behind them.
fn floats(bytes: &[u8], [width, height]: [u32; 2], channels: u64) -> Result<Vec<f32>, Fault> {
    let expected = u64::from(width) * u64::from(height) * channels * 4;
    if bytes.len() as u64 != expected {
        return Err("its length is not what its size says");
    }
    Ok(bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_round_trip_to_the_last_bit_and_damage_is_found() {
        let value = |at: usize| f32::from_bits(0x3f80_0000 + 7919 * at as u32);
        let pixels = (0..6).map(|at| [value(at), -value(at), 1e-30]).collect();
        let image = Linear { width: 3, height: 2, pixels };
        let bytes = encode_pfm(&image);
        assert!(bytes.starts_with(b"PF\n3 2\n-1.0\n") && bytes.len() == 12 + 72, "{}", bytes.len());
        assert_eq!(bytes[12..16], value(3).to_le_bytes(), "the bottom row comes first");
        assert_eq!(decode_pfm(&bytes), Ok(image));
        assert!(
            decode_pfm(&bytes[..80]).is_err() && decode_pfm(b"PF\n3 2\n1.0\n").is_err() && decode_pfm(b"").is_err()
        );
        let flow: Vec<[f32; 2]> = (0..6).map(|at| [value(at), -2.5]).collect();
        let bytes = encode_flo(3, 2, &flow);
        assert_eq!(bytes[..4], 202_021.25_f32.to_le_bytes(), "the format's own mark");
        assert_eq!(decode_flo(&bytes), Ok((3, 2, flow)));
        assert!(decode_flo(&bytes[..bytes.len() - 1]).is_err() && decode_flo(b"PIEH\x01").is_err());
    }
}
