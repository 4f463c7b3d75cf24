//! The segmentation control: one flat colour an instance, black where nothing is labelled.
//!
//! There is no palette of classes: colours only have to differ, to stay the same over an episode and to be brighter than 50 of 255.
//! The first come from Cosmos' own list of 23, all others from around the colour circle.

use std::collections::BTreeMap;

use crate::base::Rgb;
use crate::render::Frame;
use crate::world::{Class, Snapshot};

/// Cosmos Transfer's fixed colours (`seg.py`).
const FIXED: [[u8; 3]; 23] = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 0],
    [0, 255, 255],
    [255, 0, 255],
    [255, 140, 0],
    [255, 105, 180],
    [0, 0, 139],
    [0, 128, 128],
    [75, 0, 130],
    [128, 0, 128],
    [255, 69, 0],
    [34, 139, 34],
    [128, 128, 0],
    [70, 130, 180],
    [255, 215, 0],
    [255, 222, 173],
    [144, 238, 144],
    [255, 99, 71],
    [221, 160, 221],
    [0, 255, 127],
    [255, 255, 255],
];

/// A colour for every instance that is labelled in any of `snapshots`, in order of the ids, so that an instance has one colour in
/// all frames of an episode.
pub fn colours<'a>(snapshots: impl IntoIterator<Item = &'a Snapshot>) -> BTreeMap<u16, [u8; 3]> {
    let bodies = snapshots.into_iter().flat_map(|snapshot| &snapshot.bodies);
    colours_of(bodies.filter(|body| body.class != Class::Background).map(|body| body.instance))
}

/// The same for the instances with these ids, in any order; 0 is none.
pub fn colours_of(ids: impl IntoIterator<Item = u16>) -> BTreeMap<u16, [u8; 3]> {
    let mut all: BTreeMap<u16, [u8; 3]> = ids.into_iter().filter(|id| *id != 0).map(|id| (id, [0; 3])).collect();
    for (number, colour) in all.values_mut().enumerate() {
        *colour = FIXED.get(number).copied().unwrap_or_else(|| further(number - FIXED.len()));
    }
    all
}

/// Colour `number` beyond the fixed ones. Hues a golden section apart never come close soon; every fixed colour has a channel of 0,
/// 255 or its own, and these have a blue of 32, a green of 56 and a red of 60 at least, and a blue that counts, so that no two are the same.
fn further(number: usize) -> [u8; 3] {
    let hue = 6.0 * ((number as f64 * 0.618_033_988_749_895 + 0.07) % 1.0);
    let channel = |shift: f64| {
        let along = (hue + shift) % 6.0;
        let part = (2.0 - (along - 3.0).abs()).clamp(0.0, 1.0);
        60.0 + 170.0 * part
    };
    let [red, green, blue] = [channel(3.0), channel(1.0), channel(5.0)].map(|level| level as u8);
    // 64 values of blue's last bits and then of green's: the next of the same hue comes after thousands.
    [red, green & 0xf8 | (number / 32 % 8) as u8, blue & 0xe0 | (number % 32) as u8]
}

/// `frame`'s instances in their `colours`.
pub fn flat(frame: &Frame, colours: &BTreeMap<u16, [u8; 3]>) -> Rgb {
    let bytes = frame.instance.iter().flat_map(|id| colours.get(id).copied().unwrap_or([0; 3])).collect();
    Rgb { width: frame.width, height: frame.height, bytes }
}
