//! The two decoders behind one face: encoded samples in, RGB pictures out with their presentation position. Where samples
//! come from, and what is around them there, is not known here.

use openh264::decoder::{DecodeOptions, DecodedYUV, Decoder as H264, Flush};
use openh264::formats::YUVSource as _;
use rav1d::dav1d::pixel::{MatrixCoefficients, YUVRange};
use rav1d::dav1d::{Decoder as Av1, Picture as Av1Picture, PixelLayout, PlanarImageComponent, Settings};

use super::colour::{Colour, Matrix, Picture, Plane, to_rgb};
use super::sps;
use crate::base::Rgb;
use crate::data::fault::Fault;

/// What a decoder must know before the first sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Av1,
    H264 { colour: Colour, is_grey: bool },
}

impl Coding {
    /// Of H.264 with the sequence parameter set `nal`.
    pub(super) fn h264(nal: &[u8]) -> Self {
        Self::H264 { colour: sps::colour(nal), is_grey: sps::is_grey(nal) }
    }
}

/// A decoder that is mid-stream.
pub(super) enum Decoder {
    Av1(Av1),
    H264 { decoder: Box<H264>, colour: Colour, is_grey: bool },
}

/// Called with each picture: for AV1 its decoding position, for H.264 `None` (pictures then come in the order of show).
pub(super) type Sink<'a> = dyn FnMut(Option<usize>, &dyn Fn() -> Option<Rgb>) + 'a;

impl Decoder {
    /// A decoder that waits for a sync sample.
    pub(super) fn new(coding: Coding) -> Result<Self, Fault> {
        match coding {
            Coding::Av1 => {
                let mut settings = Settings::new();
                // One thread and no delay: each sample gives its picture at once, and callers run in parallel themselves.
                settings.set_n_threads(1);
                settings.set_max_frame_delay(1);
                // 16384 x 16384: a damaged header must not ask for all memory.
                settings.set_frame_size_limit(1 << 28);
                let decoder = Av1::with_settings(&settings)
                    .map_err(|err| Fault::unsupported(err.to_string(), "close other programs and try again"))?;
                Ok(Self::Av1(decoder))
            }
            Coding::H264 { colour, is_grey } => {
                let decoder = H264::new().map_err(|err| Fault::unsupported(told(&err), "try again"))?;
                Ok(Self::H264 { decoder: Box::new(decoder), colour, is_grey })
            }
        }
    }

    /// Feeds the sample at decoding position `at`: a temporal unit, or units behind start codes; a sync sample with its
    /// headers.
    pub(super) fn feed(&mut self, at: usize, packet: Vec<u8>, sink: &mut Sink<'_>) -> Result<(), Fault> {
        match self {
            Self::Av1(decoder) => feed_av1(decoder, at, packet, sink),
            Self::H264 { decoder, colour, is_grey } => {
                let options = DecodeOptions::new().flush_after_decode(Flush::NoFlush);
                let picture = decoder.decode_with_options(&packet, options).map_err(|err| failed(&told(&err)))?;
                if let Some(picture) = picture {
                    sink(None, &|| h264_rgb(&picture, *colour, *is_grey));
                }
                Ok(())
            }
        }
    }

    /// Takes the pictures that the decoder holds back for reordering. It cannot go on after that: the buffers of those
    /// pictures stay taken.
    pub(super) fn drain(&mut self, sink: &mut Sink<'_>) -> Result<(), Fault> {
        let Self::H264 { decoder, colour, is_grey } = self else { return Ok(()) };
        for picture in &decoder.flush_remaining().map_err(|err| failed(&told(&err)))? {
            sink(None, &|| h264_rgb(picture, *colour, *is_grey));
        }
        Ok(())
    }
}

fn failed(why: &dyn std::fmt::Display) -> Fault {
    Fault::wrong(format!("it does not decode ({why})"))
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

fn feed_av1(decoder: &mut Av1, at: usize, bytes: Vec<u8>, sink: &mut Sink<'_>) -> Result<(), Fault> {
    if bytes.is_empty() {
        return Err(Fault::wrong("it has no bytes"));
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
                        return Err(failed(err));
                    }
                }
                Err(err) => return Err(failed(&err)),
            },
            Err(err) => return Err(failed(&err)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decoder_is_cut_short() {
        assert_eq!(told(&openh264::Error::msg("x. y")), "OpenH264 encountered an error");
    }
}
