//! What is left of a picture in a file: fewer bits, JPEG.
//!
//! The encoder and decoder are the `image` crate's: the same bytes on one build of the program; its decoder may differ in the
//! last bit between processors. Compression between pictures is [`super::video`]'s.

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::{ExtendedColorType, ImageDecoder as _};

use crate::base::Rgb;
use crate::world::sensor_model::Coding;

/// A picture that did not come back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the picture could not be compressed as {format} ({why}); leave `{group}` out, or make the picture smaller")]
pub struct CodecError {
    format: &'static str,
    group: &'static str,
    why: String,
}

impl CodecError {
    fn jpeg(why: &str) -> Self {
        Self { format: "JPEG", group: "coding", why: why.to_owned() }
    }

    pub(super) fn video(why: &str) -> Self {
        Self { format: "H.264", group: "video", why: why.to_owned() }
    }
}

/// The picture after rounding to fewer bits and then JPEG, both where they are asked for.
///
/// # Errors
/// A picture that JPEG cannot have, such as one wider than 65 535 px.
pub fn coded(picture: Rgb, coding: &Coding<f64>) -> Result<Rgb, CodecError> {
    let mut picture = picture;
    let steps = libm::exp2(libm::round(coding.bits)) - 1.0;
    if steps < 255.0 {
        for byte in &mut picture.bytes {
            let level = libm::round(f64::from(*byte) / 255.0 * steps);
            *byte = libm::round(level / steps * 255.0) as u8;
        }
    }
    let quality = libm::round(coding.jpeg_quality) as u8;
    if quality == 0 { Ok(picture) } else { through_jpeg(&picture, quality) }
}

fn through_jpeg(picture: &Rgb, quality: u8) -> Result<Rgb, CodecError> {
    let wrong = |error: image::ImageError| CodecError::jpeg(&error.to_string());
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality)
        .encode(&picture.bytes, picture.width, picture.height, ExtendedColorType::Rgb8)
        .map_err(wrong)?;
    let decoder = JpegDecoder::new(std::io::Cursor::new(file)).map_err(wrong)?;
    let mut bytes = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut bytes).map_err(wrong)?;
    Rgb::from_bytes(picture.width, picture.height, bytes).ok_or_else(|| CodecError::jpeg("its size changed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gradient with a hard edge.
    fn picture() -> Rgb {
        let byte = |at: u32| if at % 64 < 30 { (at % 64) as u8 * 4 } else { 250 - (at / 64) as u8 };
        Rgb::from_bytes(64, 48, (0..64 * 48).flat_map(|at| [byte(at), byte(at + 7), byte(at + 64)]).collect()).unwrap()
    }

    fn error(quality: f64) -> f64 {
        let coded = coded(picture(), &Coding { jpeg_quality: quality, bits: 8.0 }).unwrap();
        assert_eq!(
            coded,
            self::coded(picture(), &Coding { jpeg_quality: quality, bits: 8.0 }).unwrap(),
            "the same again"
        );
        let square = |(a, b): (&u8, &u8)| (f64::from(*a) - f64::from(*b)) * (f64::from(*a) - f64::from(*b));
        libm::sqrt(coded.bytes.iter().zip(&picture().bytes).map(square).sum::<f64>() / coded.bytes.len() as f64)
    }

    #[test]
    fn artefacts_grow_as_quality_falls_and_without_it_there_are_none() {
        assert_eq!(error(0.0), 0.0);
        let [fine, fair, poor] = [98.0, 75.0, 10.0].map(error);
        assert!(fine < fair && fair < poor, "{fine} {fair} {poor}");
        assert!(fine < 6.0 && poor > 5.0, "{fine} {poor}");
    }

    #[test]
    fn fewer_bits_leave_fewer_levels() {
        let levels = |bits: f64| {
            let coded = coded(picture(), &Coding { bits, jpeg_quality: 0.0 }).unwrap();
            coded.bytes.into_iter().collect::<std::collections::BTreeSet<u8>>()
        };
        assert_eq!(levels(1.0), [0, 255].into());
        let eighths: std::collections::BTreeSet<u8> =
            (0..8).map(|at| (f64::from(at) * 255.0 / 7.0).round() as u8).collect();
        assert!(levels(3.0).is_subset(&eighths), "{:?}", levels(3.0));
        assert!(levels(3.0).len() <= 8 && levels(8.0).len() > 60);
    }
}
