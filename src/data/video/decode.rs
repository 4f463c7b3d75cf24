//! The two decoders behind one face: encoded samples in, RGB pictures out with their presentation position.

use std::path::Path;

use openh264::decoder::{DecodeOptions, DecodedYUV, Decoder as H264, Flush};
use openh264::formats::YUVSource as _;
use rav1d::dav1d::pixel::{MatrixCoefficients, YUVRange};
use rav1d::dav1d::{Decoder as Av1, Picture as Av1Picture, PixelLayout, PlanarImageComponent, Settings};

use super::colour::{Colour, Matrix, Picture, Plane, to_rgb};
use super::index::Setup;
use crate::base::Rgb;
use crate::data::error::DataError;

/// A decoder that is mid-stream.
pub(super) enum Decoder {
    Av1 { decoder: Av1, headers: Vec<u8> },
    H264 { decoder: Box<H264>, length_bytes: usize, parameter_sets: Vec<u8>, colour: Colour, is_grey: bool },
}

/// Called with each picture: for AV1 its decoding position, for H.264 `None` (pictures then come in the order of show).
pub(super) type Sink<'a> = dyn FnMut(Option<usize>, &dyn Fn() -> Option<Rgb>) + 'a;

impl Decoder {
    /// A decoder that waits for a sync sample.
    pub(super) fn new(path: &Path, setup: &Setup) -> Result<Self, DataError> {
        match setup {
            Setup::Av1 { headers } => {
                let mut settings = Settings::new();
                // One thread and no delay: each sample gives its picture at once, and callers run in parallel themselves.
                settings.set_n_threads(1);
                settings.set_max_frame_delay(1);
                // 16384 x 16384: a damaged header must not ask for all memory.
                settings.set_frame_size_limit(1 << 28);
                let decoder = Av1::with_settings(&settings).map_err(|err| {
                    DataError::unsupported(path, err.to_string(), "close other programs and try again")
                })?;
                Ok(Self::Av1 { decoder, headers: headers.clone() })
            }
            Setup::H264 { length_bytes, parameter_sets, colour, is_grey } => {
                let decoder = H264::new().map_err(|err| DataError::unsupported(path, told(&err), "try again"))?;
                Ok(Self::H264 {
                    decoder: Box::new(decoder),
                    length_bytes: *length_bytes,
                    parameter_sets: parameter_sets.clone(),
                    colour: *colour,
                    is_grey: *is_grey,
                })
            }
        }
    }

    /// Feeds the sample at decoding position `at`.
    pub(super) fn feed(
        &mut self,
        path: &Path,
        at: usize,
        sync: bool,
        data: &[u8],
        sink: &mut Sink<'_>,
    ) -> Result<(), DataError> {
        match self {
            Self::Av1 { decoder, headers } => {
                let bytes = if sync { [headers.as_slice(), data].concat() } else { data.to_vec() };
                feed_av1(path, decoder, at, bytes, sink)
            }
            Self::H264 { decoder, length_bytes, parameter_sets, colour, is_grey } => {
                let mut packet = if sync { parameter_sets.clone() } else { Vec::with_capacity(data.len() + 16) };
                annex_b(data, *length_bytes, &mut packet).ok_or_else(|| {
                    DataError::damaged(path, format!("the lengths inside picture {at} do not add up"))
                })?;
                let options = DecodeOptions::new().flush_after_decode(Flush::NoFlush);
                let picture = decoder.decode_with_options(&packet, options).map_err(|err| {
                    DataError::damaged(path, format!("picture {at} does not decode ({})", told(&err)))
                })?;
                if let Some(picture) = picture {
                    sink(None, &|| h264_rgb(&picture, *colour, *is_grey));
                }
                Ok(())
            }
        }
    }

    /// Takes the pictures that the decoder holds back for reordering.
    pub(super) fn drain(&mut self, path: &Path, sink: &mut Sink<'_>) -> Result<(), DataError> {
        let Self::H264 { decoder, colour, is_grey, .. } = self else { return Ok(()) };
        let pictures = decoder
            .flush_remaining()
            .map_err(|err| DataError::damaged(path, format!("the last pictures do not decode ({})", told(&err))))?;
        for picture in &pictures {
            sink(None, &|| h264_rgb(picture, *colour, *is_grey));
        }
        Ok(())
    }
}

/// The first sentence of what the decoder says: behind it stand its own codes, which lead nobody to a cure.
fn told(err: &openh264::Error) -> String {
    let whole = err.to_string();
    if !whole.contains("Backtraces") {
        return whole;
    }
    let line = whole.lines().next().unwrap_or_default();
    line.split(". ").next().unwrap_or_default().to_owned()
}

fn feed_av1(path: &Path, decoder: &mut Av1, at: usize, bytes: Vec<u8>, sink: &mut Sink<'_>) -> Result<(), DataError> {
    let failed = |err: rav1d::dav1d::Error| DataError::damaged(path, format!("picture {at} does not decode ({err})"));
    if bytes.is_empty() {
        return Err(DataError::damaged(path, format!("picture {at} has no bytes")));
    }
    let mut sent = decoder.send_data(bytes, None, Some(at as i64), None);
    loop {
        match decoder.get_picture() {
            Ok(picture) => {
                let position = picture.timestamp().and_then(|at| usize::try_from(at).ok());
                sink(position, &|| av1_rgb(&picture));
            }
            Err(err) if err.is_again() => match sent {
                Ok(()) => return Ok(()),
                Err(err) if err.is_again() => {
                    sent = decoder.send_pending_data();
                    if let Err(err) = &sent
                        && err.is_again()
                    {
                        // Neither side moves: a decoder that works never gets here.
                        return Err(failed(*err));
                    }
                }
                Err(err) => return Err(failed(err)),
            },
            Err(err) => return Err(failed(err)),
        }
    }
}

fn av1_rgb(picture: &Av1Picture) -> Option<Rgb> {
    let (shift_x, shift_y, grey) = match picture.pixel_layout() {
        PixelLayout::I400 => (0, 0, true),
        PixelLayout::I420 => (1, 1, false),
        PixelLayout::I422 => (1, 0, false),
        PixelLayout::I444 => (0, 0, false),
    };
    let bits = picture.bit_depth();
    let luma = av1_plane(picture, PlanarImageComponent::Y, bits);
    let chroma =
        (!grey).then(|| [PlanarImageComponent::U, PlanarImageComponent::V].map(|c| av1_plane(picture, c, bits)));
    let matrix = match picture.matrix_coefficients() {
        MatrixCoefficients::Identity => Matrix::Identity,
        MatrixCoefficients::BT709 => Matrix::Bt709,
        MatrixCoefficients::BT470M => Matrix::Fcc,
        MatrixCoefficients::ST240M => Matrix::Smpte240,
        MatrixCoefficients::BT2020NonConstantLuminance | MatrixCoefficients::BT2020ConstantLuminance => Matrix::Bt2020,
        _ => Matrix::Bt601,
    };
    to_rgb(&Picture {
        width: picture.width() as usize,
        height: picture.height() as usize,
        luma: luma.plane(),
        chroma: chroma.as_ref().map(|planes| planes.each_ref().map(Samples::plane)),
        shift_x,
        shift_y,
        colour: Colour { matrix, full_range: matches!(picture.color_range(), YUVRange::Full) },
    })
}

/// One plane with 8 bits a value: the decoder's own, or shortened from 10 or 12 bits.
enum Samples {
    Eight(rav1d::dav1d::Plane, usize),
    Shortened(Vec<u8>, usize),
}

impl Samples {
    fn plane(&self) -> Plane<'_> {
        match self {
            Self::Eight(bytes, stride) => Plane { bytes, stride: *stride },
            Self::Shortened(bytes, stride) => Plane { bytes, stride: *stride },
        }
    }
}

fn av1_plane(picture: &Av1Picture, component: PlanarImageComponent, bits: usize) -> Samples {
    let stride = picture.stride(component) as usize;
    let plane = picture.plane(component);
    if bits <= 8 {
        return Samples::Eight(plane, stride);
    }
    let shortened = plane.as_chunks::<2>().0.iter().map(|pair| (u16::from_ne_bytes(*pair) >> (bits - 8)) as u8);
    Samples::Shortened(shortened.collect(), stride / 2)
}

/// The decoder has chroma planes for grey streams too, with nothing written into them.
fn h264_rgb(picture: &DecodedYUV<'_>, colour: Colour, is_grey: bool) -> Option<Rgb> {
    let (width, height) = picture.dimensions();
    let (luma, cb, cr) = picture.strides();
    to_rgb(&Picture {
        width,
        height,
        luma: Plane { bytes: picture.y(), stride: luma },
        chroma: (!is_grey)
            .then(|| [Plane { bytes: picture.u(), stride: cb }, Plane { bytes: picture.v(), stride: cr }]),
        shift_x: 1,
        shift_y: 1,
        colour,
    })
}

/// Replaces the length before each unit by a start code, which is what the decoder reads.
fn annex_b(mut data: &[u8], length_bytes: usize, out: &mut Vec<u8>) -> Option<()> {
    while !data.is_empty() {
        let (prefix, rest) = data.split_at_checked(length_bytes)?;
        let length = prefix.iter().fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
        let (unit, rest) = rest.split_at_checked(length)?;
        out.extend_from_slice(&[0, 0, 0, 1]);
        out.extend_from_slice(unit);
        data = rest;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_become_start_codes_and_must_add_up() {
        let mut out = Vec::new();
        assert_eq!(annex_b(&[0, 2, 7, 8, 0, 1, 9], 2, &mut out), Some(()), "two units");
        assert_eq!(out, [0, 0, 0, 1, 7, 8, 0, 0, 0, 1, 9], "start codes");
        assert_eq!(annex_b(&[0, 5, 7], 2, &mut out), None, "longer than the data");
        assert_eq!(annex_b(&[0], 2, &mut out), None, "half a prefix");
    }

    #[test]
    fn the_decoder_is_cut_short() {
        assert_eq!(told(&openh264::Error::msg("x. y")), "OpenH264 encountered an error");
    }
}
