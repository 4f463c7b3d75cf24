//! What is left of a clip in a video: H.264 with a constant quantiser, coded and decoded again picture by picture.
//!
//! The coder is Cisco's `openh264`, on one thread and without rate control, adaptive quantisation or scene
//! detection, so that nothing but the pictures and the quantiser decides what comes out: the same bytes on one build of the
//! program. Baseline: a key picture, then pictures predicted from the one before, 4:2:0 after BT.601 with limited range, as
//! webcams do. Every group of pictures has its own coder, so that a picture hangs on nothing before its key picture. B pictures,
//! bit rates and lost packets are deliberately left out.

use openh264::OpenH264API;
use openh264::decoder::{DecodeOptions, Decoder, Flush};
use openh264::encoder::{BitRate, Encoder, EncoderConfig, FrameRate, QpRange, RateControlMode};
use openh264::formats::{YUVSlices, YUVSource};

use super::codec::CodecError;
use crate::base::Rgb;
use crate::world::sensor_model::Video;

/// The coder takes no smaller side, and none that is odd.
const LEAST_PX: usize = 32;

/// A group of pictures in the making.
pub struct Clip {
    coder: Encoder,
    decoder: Decoder,
}

impl std::fmt::Debug for Clip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clip").finish_non_exhaustive()
    }
}

/// How many pictures there are from one key picture to the next.
pub fn key_every(video: &Video<f64>) -> usize {
    libm::round(video.key_every).max(1.0) as usize
}

impl Clip {
    /// A group of pictures coded as `video` says, before its key picture.
    ///
    /// # Errors
    /// When the coder has no memory.
    pub fn start(video: &Video<f64>) -> Result<Self, CodecError> {
        let qp = libm::round(video.qp).clamp(0.0, 51.0) as u8;
        let config = EncoderConfig::new()
            .rate_control_mode(RateControlMode::Quality)
            .qp(QpRange::new(qp, qp))
            // Skipping is on only because the coder warns on the terminal where it is off: no picture is worth so many bits.
            .skip_frames(true)
            .bitrate(BitRate::from_bps(40_000_000))
            .max_frame_rate(FrameRate::from_hz(1.0))
            .scene_change_detect(false)
            .adaptive_quantization(false)
            .background_detection(false)
            .num_threads(1);
        let wrong = |error: openh264::Error| CodecError::video(&error.to_string());
        let coder = Encoder::with_api_config(OpenH264API::from_source(), config).map_err(wrong)?;
        Ok(Self { coder, decoder: Decoder::new().map_err(wrong)? })
    }

    /// The next picture as it comes out of the video.
    ///
    /// # Errors
    /// A picture that the coder cannot have, such as one of more than 3840 x 2160 px.
    pub fn next(&mut self, picture: &Rgb) -> Result<Rgb, CodecError> {
        let planes = Planes::of(picture);
        let wrong = |error: openh264::Error| CodecError::video(&error.to_string());
        let coded = self.coder.encode(&planes.slices()).map_err(wrong)?.to_vec();
        let options = DecodeOptions::new().flush_after_decode(Flush::NoFlush);
        let decoded = self.decoder.decode_with_options(&coded, options).map_err(wrong)?;
        let decoded = decoded.ok_or_else(|| CodecError::video("it came back empty"))?;
        rgb(&decoded, picture.width, picture.height).ok_or_else(|| CodecError::video("its size changed"))
    }
}

/// Luma and halved chroma; sides are even, and what is beyond the picture repeats its rim.
struct Planes {
    width: usize,
    height: usize,
    luma: Vec<u8>,
    chroma: [Vec<u8>; 2],
}

impl Planes {
    fn of(picture: &Rgb) -> Self {
        let side = |pixels: u32| (pixels as usize).next_multiple_of(2).max(LEAST_PX);
        let (width, height) = (side(picture.width), side(picture.height));
        let near = |at: usize, count: u32| at.min(count.saturating_sub(1) as usize) as u32;
        let pixel = |x: usize, y: usize| picture.pixel(near(x, picture.width), near(y, picture.height)).map(f64::from);
        let luma = (0..width * height).map(|at| luma(pixel(at % width, at / width))).collect();
        let half = width / 2;
        let mut chroma = [const { Vec::new() }; 2];
        for at in 0..half * (height / 2) {
            let (x, y) = (2 * (at % half), 2 * (at / half));
            let four = [pixel(x, y), pixel(x + 1, y), pixel(x, y + 1), pixel(x + 1, y + 1)];
            let mean = [0, 1, 2].map(|channel: usize| four.iter().map(|one| one[channel]).sum::<f64>() / 4.0);
            for (plane, value) in chroma.iter_mut().zip(differences(mean)) {
                plane.push(value);
            }
        }
        Self { width, height, luma, chroma }
    }

    fn slices(&self) -> YUVSlices<'_> {
        let [cb, cr] = &self.chroma;
        let half = self.width / 2;
        YUVSlices::new((&self.luma, cb, cr), (self.width, self.height), (self.width, half, half))
    }
}

/// BT.601's weights of red, green and blue in luma.
const WEIGHTS: [f64; 3] = [0.299, 0.587, 0.114];

fn level(value: f64) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
}

fn grey([red, green, blue]: [f64; 3]) -> f64 {
    WEIGHTS[0] * red + WEIGHTS[1] * green + WEIGHTS[2] * blue
}

fn luma(pixel: [f64; 3]) -> u8 {
    level(16.0 + 219.0 / 255.0 * grey(pixel))
}

/// Blue and red less luma.
fn differences(pixel: [f64; 3]) -> [u8; 2] {
    let [red, _, blue] = pixel;
    let part = |value: f64, weight: f64| level(128.0 + 224.0 / 255.0 * 0.5 * (value - grey(pixel)) / (1.0 - weight));
    [part(blue, WEIGHTS[2]), part(red, WEIGHTS[0])]
}

/// The upper left `width` x `height` pixels; `None` where there are fewer.
fn rgb(decoded: &impl YUVSource, width: u32, height: u32) -> Option<Rgb> {
    let (luma_step, cb_step, cr_step) = decoded.strides();
    let mut bytes = Vec::with_capacity(3 * width as usize * height as usize);
    for y in 0..height as usize {
        for x in 0..width as usize {
            let luma = f64::from(*decoded.y().get(y * luma_step + x)?) - 16.0;
            let cb = f64::from(*decoded.u().get(y / 2 * cb_step + x / 2)?) - 128.0;
            let cr = f64::from(*decoded.v().get(y / 2 * cr_step + x / 2)?) - 128.0;
            let (grey, scale) = (255.0 / 219.0 * luma, 255.0 / 224.0 * 2.0);
            let red = grey + scale * (1.0 - WEIGHTS[0]) * cr;
            let blue = grey + scale * (1.0 - WEIGHTS[2]) * cb;
            let green = (grey - WEIGHTS[0] * red - WEIGHTS[2] * blue) / WEIGHTS[1];
            bytes.extend([red, green, blue].map(level));
        }
    }
    Rgb::from_bytes(width, height, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fine grey grating, whose detail is not chroma's to lose, under a bright disc that moves by 2 px a picture; sides that are
    /// neither even nor multiples of 16.
    fn picture(at: u32) -> Rgb {
        let (width, height) = (117_u32, 75_u32);
        let pixel = |place: u32| {
            let (x, y) = (place % width, place / width);
            let away = (f64::from(x) - 30.0 - 2.0 * f64::from(at)).hypot(f64::from(y) - 40.0);
            let fine = 90.0 + 60.0 * libm::sin(0.9 * f64::from(x)) * libm::sin(0.7 * f64::from(y));
            if away < 14.0 { [200, 190, 150] } else { [fine as u8; 3] }
        };
        Rgb::from_bytes(width, height, (0..width * height).flat_map(pixel).collect()).unwrap()
    }

    fn filmed(qp: f64) -> Vec<Rgb> {
        let mut clip = Clip::start(&Video { qp, ..Video::default() }).unwrap();
        (0..6).map(|at| clip.next(&picture(at)).unwrap()).collect()
    }

    /// Peak signal to noise over all pictures, in dB.
    fn psnr_db(clip: &[Rgb]) -> f64 {
        let originals: Vec<Rgb> = (0..clip.len() as u32).map(picture).collect();
        let pairs = clip.iter().zip(&originals).flat_map(|(a, b)| a.bytes.iter().zip(&b.bytes));
        let squares: Vec<f64> = pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).collect();
        10.0 * libm::log10(255.0 * 255.0 * squares.len() as f64 / squares.iter().sum::<f64>())
    }

    #[test]
    fn fidelity_falls_with_the_quantiser_and_the_same_comes_again() {
        let clips = [12.0, 20.0, 28.0, 36.0, 44.0, 51.0].map(|qp| (filmed(qp), filmed(qp)));
        assert!(clips.iter().all(|(one, again)| one == again), "bytes are equal on repetition");
        let psnr: Vec<f64> = clips.iter().map(|(clip, _)| psnr_db(clip)).collect();
        println!("PSNR in dB for quantisers of 12 to 51: {psnr:.2?}");
        assert!(psnr.windows(2).all(|pair| pair[0] > pair[1] + 0.5), "{psnr:?}");
        assert!(psnr[0] > 33.0 && psnr[5] < 27.0, "{psnr:?}");
    }

    #[test]
    fn a_picture_leans_on_those_before_it_and_on_none_before_its_key_picture() {
        let whole = filmed(40.0);
        let mut alone = Clip::start(&Video { qp: 40.0, ..Video::default() }).unwrap();
        assert_ne!(alone.next(&picture(5)).unwrap(), whole[5], "predicted pictures differ from key pictures");
        let mut again = Clip::start(&Video { qp: 40.0, ..Video::default() }).unwrap();
        assert_eq!(again.next(&picture(0)).unwrap(), whole[0]);
    }

    #[test]
    fn colours_survive_a_fine_quantiser_and_tiny_pictures_come_back() {
        for colour in [[0, 0, 0], [255, 255, 255], [200, 40, 30], [20, 60, 220]] {
            let flat = Rgb::from_bytes(5, 3, colour.repeat(15)).unwrap();
            let got = Clip::start(&Video { qp: 12.0, ..Video::default() }).unwrap().next(&flat).unwrap();
            let off = got.bytes.iter().zip(&flat.bytes).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(off <= Some(4) && (got.width, got.height) == (5, 3), "{colour:?}: off by {off:?}");
        }
        let error = Clip::start(&Video::default()).unwrap().next(&Rgb::black(5000, 16)).unwrap_err().to_string();
        assert!(error.contains("3840"), "{error}");
    }
}
