//! Channels that are kept beside colour, depth and instance ids: which there are, and how each becomes a file.
//!
//! Colour, depth and instance ids are in every set and are not told of here; pictures made of others are `derive`'s.

use crate::base::float_image::{decode_flo, decode_pfm, encode_flo, encode_pfm};
use crate::base::png::{self, PngError};
use crate::base::text::did_you_mean;
use crate::base::{Linear, Rgb};
use crate::render::{Extra, Frame, Wanted};
use crate::world::Snapshot;

/// What every set has.
const ALWAYS: [&str; 3] = ["colour", "depth", "instance"];

/// A channel that is kept on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExtraChannel {
    /// What class the seen thing has.
    Class,
    /// Where its surface looks.
    Normal,
    /// How it moves in the picture.
    Flow,
    /// Its own colour.
    Albedo,
    /// Light before exposure and tone.
    Linear,
}

impl ExtraChannel {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] = [Self::Class, Self::Normal, Self::Flow, Self::Albedo, Self::Linear];

    /// The name that folders and files have.
    pub fn name(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Normal => "normal",
            Self::Flow => "flow",
            Self::Albedo => "albedo",
            Self::Linear => "linear",
        }
    }

    /// What its files end in.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Class | Self::Normal | Self::Albedo => "png",
            Self::Flow => "flo",
            Self::Linear => "pfm",
        }
    }

    /// How to read its files, in words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Class => "8-bit grey PNG, the class id of what is seen, 0 for the background and sky",
            Self::Normal => {
                "8-bit RGB PNG, (value - 128) / 127 along x, y, z of the world (x forward, y left, z up); 128 128 128 for sky"
            }
            Self::Flow => {
                "Middlebury .flo, pixels to the right and down by which what is seen moves until the next recorded state"
            }
            Self::Albedo => {
                "8-bit RGB PNG, the matter's linear colour as (value / 255)^2, its base colour where it is metal; black for sky"
            }
            Self::Linear => {
                "colour PFM, linear radiance behind lens and shutter and before exposure, glare, noise and tone; white paper in a \
                 sun of strength 1 has 1"
            }
        }
    }

    /// The channel of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The channels that `texts` ask for, in their own order; those that every set has may be among them.
    ///
    /// # Errors
    /// One sentence on what is not understood or asked for twice, and what there is.
    pub fn parse_all(texts: &[String]) -> Result<Vec<Self>, String> {
        let names = || ALWAYS.into_iter().chain(Self::ALL.map(Self::name));
        for (at, text) in texts.iter().enumerate() {
            if !names().any(|known| known == text) {
                let all: Vec<&str> = names().collect();
                return Err(format!(
                    "there is no channel `{text}`{}; there are {}",
                    did_you_mean(text, names()),
                    all.join(", ")
                ));
            }
            if texts.iter().take(at).any(|other| other == text) {
                return Err(format!("the channel `{text}` is asked for twice; ask for each once"));
            }
        }
        Ok(Self::ALL.into_iter().filter(|known| texts.iter().any(|text| text == known.name())).collect())
    }

    /// What must be rendered beyond the frame for `all`.
    pub fn wanted(all: &[Self]) -> Wanted {
        Wanted { linear: all.contains(&Self::Linear), albedo: all.contains(&Self::Albedo) }
    }

    /// The bytes of its file for a picture of `state`; `None` where the picture came without it.
    ///
    /// # Errors
    /// A picture of no pixels.
    pub fn encode(self, state: &Snapshot, frame: &Frame, extra: &Extra) -> Result<Option<Vec<u8>>, PngError> {
        let (width, height) = (frame.width, frame.height);
        Ok(Some(match self {
            Self::Class => png::encode_grey8(width, height, &classes(state, &frame.instance))?,
            Self::Normal => {
                let bytes = frame.normal.iter().flatten().map(|part| part.cast_unsigned().wrapping_add(128)).collect();
                png::encode_rgb(&Rgb { width, height, bytes })?
            }
            Self::Flow => encode_flo(width, height, &frame.flow_px),
            Self::Albedo => match &extra.albedo {
                Some(albedo) => png::encode_rgb(albedo)?,
                None => return Ok(None),
            },
            Self::Linear => match &extra.linear {
                Some(linear) => encode_pfm(linear),
                None => return Ok(None),
            },
        }))
    }

    /// The width and height of its file.
    ///
    /// # Errors
    /// A few words on what is wrong with it.
    pub fn size(self, bytes: &[u8]) -> Result<[u32; 2], String> {
        let of = |image: &Rgb| [image.width, image.height];
        match self {
            Self::Class => {
                png::decode_grey8(bytes).map(|(width, height, _)| [width, height]).map_err(|err| err.to_string())
            }
            Self::Normal | Self::Albedo => png::decode_rgb(bytes).as_ref().map(of).map_err(PngError::to_string),
            Self::Flow => decode_flo(bytes).map(|(width, height, _)| [width, height]).map_err(str::to_owned),
            Self::Linear => {
                decode_pfm(bytes).map(|Linear { width, height, .. }| [width, height]).map_err(str::to_owned)
            }
        }
    }
}

/// The class id of each pixel.
fn classes(state: &Snapshot, instances: &[u16]) -> Vec<u8> {
    let mut of = vec![0_u8; usize::from(u16::MAX) + 1];
    for body in &state.bodies {
        if let Some(class) = of.get_mut(usize::from(body.instance)) {
            *class = body.class as u8;
        }
    }
    instances.iter().map(|instance| of.get(usize::from(*instance)).copied().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sense::label::tests::{frame, snapshot};
    use crate::world::Class;

    fn asked(text: &str) -> Result<Vec<ExtraChannel>, String> {
        ExtraChannel::parse_all(&text.split(',').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn channels_come_in_their_own_order_and_nonsense_is_refused() {
        assert_eq!(asked("linear,colour,class"), Ok(vec![ExtraChannel::Class, ExtraChannel::Linear]));
        assert_eq!(asked("colour,depth,instance"), Ok(Vec::new()));
        assert!(asked("normals").unwrap_err().contains("did you mean `normal`"), "{:?}", asked("normals"));
        assert!(asked("flow,flow").unwrap_err().contains("twice"));
    }

    #[test]
    fn every_file_says_what_the_picture_has() {
        let state = snapshot(&[(3, Class::Pedestrian, "p"), (9, Class::PinHole, "h")]);
        let mut frame = frame(2, vec![3, 9, 0, 3], vec![1.0; 4]);
        frame.normal = vec![[127, 0, -127], [0; 3], [-1, 1, 64], [-127, 127, 0]];
        frame.flow_px = vec![[0.25, -3.0], [0.0; 2], [1e-3, 5.0], [7.0, 8.0]];
        let linear = Linear { width: 2, height: 2, pixels: vec![[0.5, 3.0, 60_000.0]; 4] };
        let albedo = Rgb::from_bytes(2, 2, (0..12).collect()).unwrap();
        let extra = Extra { linear: Some(linear.clone()), albedo: Some(albedo.clone()) };
        let file = |channel: ExtraChannel| channel.encode(&state, &frame, &extra).unwrap().unwrap();
        assert_eq!(png::decode_grey8(&file(ExtraChannel::Class)).unwrap().2, [7, 26, 0, 7]);
        let normals = png::decode_rgb(&file(ExtraChannel::Normal)).unwrap();
        let back: Vec<i16> = normals.bytes.iter().map(|byte| i16::from(*byte) - 128).collect();
        assert_eq!(back, [127, 0, -127, 0, 0, 0, -1, 1, 64, -127, 127, 0]);
        assert_eq!(decode_flo(&file(ExtraChannel::Flow)).unwrap().2, frame.flow_px);
        assert_eq!(png::decode_rgb(&file(ExtraChannel::Albedo)).unwrap(), albedo);
        assert_eq!(decode_pfm(&file(ExtraChannel::Linear)).unwrap(), linear);
        for channel in ExtraChannel::ALL {
            let file = file(channel);
            assert_eq!(channel.size(&file), Ok([2, 2]), "{channel:?}");
            assert!(channel.size(&file[..file.len() / 2]).is_err(), "{channel:?} cut short");
            assert_eq!(ExtraChannel::named(channel.name()), Some(channel));
        }
        assert_eq!(ExtraChannel::Albedo.encode(&state, &frame, &Extra::default()).unwrap(), None, "nothing is made up");
    }
}
