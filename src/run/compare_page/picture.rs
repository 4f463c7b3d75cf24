//! A picture as the page carries it: a whole JPEG or PNG file, and its size.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::ExtendedColorType::Rgb8;
use image::codecs::jpeg::JpegEncoder;

use crate::base::{Rgb, png};

/// Keeps a page of many pairs small; what it costs is a few codes, which the page says.
pub const JPEG_QUALITY: u8 = 90;

/// A picture as the page carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePicture {
    width: u32,
    height: u32,
    media: &'static str,
    bytes: Vec<u8>,
}

impl PagePicture {
    /// A few codes from the frame, and small.
    ///
    /// # Errors
    /// The sentence that stands in its place: it has no pixels, or more than 65,535 in a row.
    pub fn jpeg(picture: &Rgb) -> Result<Self, String> {
        let mut bytes = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        encode(encoder, picture).map_err(|why| refused(picture, &why))?;
        Ok(Self { width: picture.width, height: picture.height, media: "image/jpeg", bytes })
    }

    /// Every code as it is, and large.
    ///
    /// # Errors
    /// The sentence that stands in its place: it has no pixels.
    pub fn png(picture: &Rgb) -> Result<Self, String> {
        let bytes = png::encode_rgb(picture).map_err(|err| refused(picture, &err.to_string()))?;
        Ok(Self { width: picture.width, height: picture.height, media: "image/png", bytes })
    }

    /// Pixels in a row, and rows.
    pub fn size(&self) -> [u32; 2] {
        [self.width, self.height]
    }

    /// Whether codes differ from the frame's.
    pub(super) fn lossy(&self) -> bool {
        self.media == "image/jpeg"
    }

    /// The picture in an address of its own, so that nothing need be loaded.
    pub(super) fn address(&self) -> String {
        format!("data:{};base64,{}", self.media, STANDARD.encode(&self.bytes))
    }
}

fn encode(mut encoder: JpegEncoder<&mut Vec<u8>>, picture: &Rgb) -> Result<(), String> {
    if picture.bytes.is_empty() {
        return Err("it has no pixels".to_owned());
    }
    encoder.encode(&picture.bytes, picture.width, picture.height, Rgb8).map_err(|err| err.to_string())
}

fn refused(picture: &Rgb, why: &str) -> String {
    format!("A picture of {} × {} pixels cannot stand in a page: {why}.", picture.width, picture.height)
}
