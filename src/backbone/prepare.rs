//! From a picture to what the model's input asks for: which part of it, at which size, in which order and on which scale.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::resize::{Area, resized};
use crate::base::Rgb;

/// What of a picture the model sees when its shape is not the model's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// The whole picture, squeezed to the model's shape. The default: what differs at a border counts too, and distances between
    /// sets are published that way (Heusel et al. 2017 and Parmar et al. 2022 for FID; Stein et al. 2023 for `DINOv2`).
    #[default]
    Squash,
    /// The largest centred part of the model's shape, undistorted: what classifiers are tested with. Of 16:9 pictures it leaves
    /// out 44 %.
    Crop,
}

/// The scale that codes 0 to 255 are brought to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// (code / 255 − mean) / sd, with the means and sds of `ImageNet`, a channel each: torchvision, timm, `DINOv2`.
    Imagenet,
    /// The same with those that CLIP was trained with.
    Clip,
    /// From -1 to 1: many exports of Inception, `ViT` and `MobileNet`.
    MinusOneToOne,
    /// 0 to 1.
    ZeroToOne,
    /// The codes themselves, 0 to 255: models that have the scale inside.
    Codes,
}

/// Which of a transformer's tokens become the features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tokens {
    /// The first: the class token of `ViT`, `DINOv2` and CLIP.
    #[default]
    First,
    /// The mean of all: models without a class token.
    Mean,
}

/// Names of an enum's values, both ways, in files too.
macro_rules! named {
    ($kind:ident, $what:literal, $($value:ident = $name:literal),+) => {
        impl $kind {
            /// Every one, in the order of its documentation.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];
        }
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$value => $name),+ })
            }
        }
        impl FromStr for $kind {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($name => Ok(Self::$value),)+
                    _ => Err(format!(concat!("`{}` is no ", $what, "; it is one of {}"), text, [$($name),+].join(", "))),
                }
            }
        }
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    };
}

named!(Fit, "way to fit a picture", Squash = "squash", Crop = "crop");
named!(
    Scale,
    "scale of colours",
    Imagenet = "imagenet",
    Clip = "clip",
    MinusOneToOne = "minus-one-to-one",
    ZeroToOne = "zero-to-one",
    Codes = "codes"
);
named!(Tokens, "choice of tokens", First = "first-token", Mean = "mean-of-tokens");

impl Scale {
    /// Mean and sd of each channel, of values from 0 to 1.
    fn moments(self) -> [(f64, f64); 3] {
        match self {
            Self::Imagenet => [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)],
            Self::Clip => [(0.481_454_66, 0.268_629_54), (0.457_827_5, 0.261_302_58), (0.408_210_73, 0.275_777_11)],
            Self::MinusOneToOne => [(0.5, 0.5); 3],
            Self::ZeroToOne => [(0.0, 1.0); 3],
            Self::Codes => [(0.0, 1.0 / 255.0); 3],
        }
    }
}

/// Where the channels stand in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Picture, channel, row, column.
    ChannelsFirst,
    /// Picture, row, column, channel.
    ChannelsLast,
}

/// The input that a model asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) layout: Layout,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Whole bytes rather than real numbers.
    pub(super) bytes: bool,
    pub(super) scale: Scale,
    pub(super) fit: Fit,
}

/// The numbers of one picture in the model's order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Numbers {
    Real(Vec<f32>),
    Bytes(Vec<u8>),
}

impl Input {
    /// The lengths of the input's sides, for one picture.
    pub(super) fn shape(&self) -> [usize; 4] {
        let (width, height) = (self.width as usize, self.height as usize);
        match self.layout {
            Layout::ChannelsFirst => [1, 3, height, width],
            Layout::ChannelsLast => [1, height, width, 3],
        }
    }

    /// A picture as the model wants it. One without pixels reads as black.
    pub(super) fn of(&self, picture: &Rgb) -> Numbers {
        let small = match self.area(picture) {
            Some(area) => resized(picture, area, self.width, self.height),
            None => Rgb::black(self.width, self.height),
        };
        if self.bytes {
            return Numbers::Bytes(self.ordered(&small, |_, code| code));
        }
        let moments = self.scale.moments();
        let of_code = |channel: usize| {
            let (mean, sd) = moments[channel];
            std::array::from_fn::<f32, 256, _>(|code| ((code as f64 / 255.0 - mean) / sd) as f32)
        };
        let tables = [of_code(0), of_code(1), of_code(2)];
        Numbers::Real(self.ordered(&small, |channel, code| tables[channel][usize::from(code)]))
    }

    fn ordered<T>(&self, small: &Rgb, number: impl Fn(usize, u8) -> T) -> Vec<T> {
        match self.layout {
            Layout::ChannelsLast => small.bytes.iter().enumerate().map(|(at, code)| number(at % 3, *code)).collect(),
            Layout::ChannelsFirst => (0..3)
                .flat_map(|channel| small.pixels().map(move |pixel| (channel, pixel[channel])))
                .map(|(channel, code)| number(channel, code))
                .collect(),
        }
    }

    /// The part of a picture that is seen; none of a picture without pixels.
    fn area(&self, picture: &Rgb) -> Option<Area> {
        let (width, height) = (picture.width, picture.height);
        if picture.bytes.is_empty() {
            return None;
        }
        let whole = Area { left: 0, top: 0, width, height };
        if self.fit == Fit::Squash {
            return Some(whole);
        }
        // The longest side that still has the model's shape, rounded to whole pixels.
        let of_shape = |side: u32, own: u32, other: u32| {
            let exact = (u64::from(side) * u64::from(own) + u64::from(other) / 2) / u64::from(other);
            (exact as u32).max(1)
        };
        let width_seen = width.min(of_shape(height, self.width, self.height));
        let height_seen = height.min(of_shape(width, self.height, self.width));
        Some(Area {
            left: (width - width_seen) / 2,
            top: (height - height_seen) / 2,
            width: width_seen,
            height: height_seen,
        })
    }
}
