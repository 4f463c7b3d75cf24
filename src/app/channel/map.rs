//! Colour maps: a share from 0 to 1 as a colour.
//!
//! Polynomials instead of tables. Turbo: Anton Mikhailov's map in Ruofei Du's fit (Google, 2019, Apache-2.0). Viridis and
//! Magma: van der Walt and Smith's maps (CC0) in Matt Zucker's fit (CC0).

use serde::{Deserialize, Serialize};

/// A colour map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Map {
    /// Rainbow of even steps: small differences are seen best.
    #[default]
    Turbo,
    /// Blue over green to yellow; its lightness grows evenly, and colour-blind eyes read it.
    Viridis,
    /// Black over purple to cream; its lightness grows evenly.
    Magma,
    /// Black to white.
    Grey,
}

/// Coefficients of red, green and blue, the constant first.
type Fit = [[f32; 3]; 7];

const TURBO: Fit = [
    [0.135_721_38, 0.091_402_61, 0.106_673_3],
    [4.615_392_6, 2.194_188_4, 12.641_946],
    [-42.660_32, 4.842_966_6, -60.582_05],
    [132.131_08, -14.185_033, 110.362_77],
    [-152.942_4, 4.277_298_6, -89.903_11],
    [59.286_38, 2.829_566, 27.348_25],
    [0.0; 3],
];

const VIRIDIS: Fit = [
    [0.277_727_33, 0.005_407_344_5, 0.334_099_8],
    [0.105_093_04, 1.404_613_5, 1.384_590_2],
    [-0.330_861_83, 0.214_847_56, 0.095_095_16],
    [-4.634_230_5, -5.799_101, -19.332_44],
    [6.228_27, 14.179_934, 56.690_55],
    [4.776_385, -13.745_145, -65.353_035],
    [-5.435_456, 4.645_852_6, 26.312_435],
];

const MAGMA: Fit = [
    [-0.002_136_485, -0.000_749_655_04, -0.005_386_127_7],
    [0.251_660_55, 0.677_523_2, 2.494_026_7],
    [8.353_717, -3.577_719_5, 0.314_467_9],
    [-27.668_734, 14.264_731, -13.649_213],
    [52.176_14, -27.943_607, 12.944_169],
    [-50.768_524, 29.046_583, 4.234_153],
    [18.655_706, -11.489_774, -5.601_961_6],
];

impl Map {
    /// All maps.
    pub const ALL: [Self; 4] = [Self::Turbo, Self::Viridis, Self::Magma, Self::Grey];

    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Turbo => "Turbo",
            Self::Viridis => "Viridis",
            Self::Magma => "Magma",
            Self::Grey => "Grey",
        }
    }

    /// The colour of `share`, which is held between 0 (dark) and 1.
    pub fn colour(self, share: f32) -> [u8; 3] {
        let share = share.clamp(0.0, 1.0);
        let fit = match self {
            Self::Turbo => &TURBO,
            Self::Viridis => &VIRIDIS,
            Self::Magma => &MAGMA,
            Self::Grey => return [byte(share); 3],
        };
        [0, 1, 2].map(|channel| byte(fit.iter().rev().fold(0.0, |sum, part| sum * share + part[channel])))
    }
}

/// 0 to 1 as 0 to 255.
pub fn byte(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(map: Map, share: f32, expected: [u8; 3]) {
        let found = map.colour(share);
        let apart = found.iter().zip(expected).map(|(a, b)| a.abs_diff(b)).max();
        // Turbo's fit is off by up to 32 at its dark ends; the other two are closer.
        let within = if map == Map::Turbo { 34 } else { 9 };
        assert!(apart <= Some(within), "{map:?} at {share}: {found:?}, published {expected:?}");
    }

    #[test]
    fn maps_are_the_published_ones() {
        // From the published tables of 256 colours, at 0, 64, 128, 191 and 255.
        let turbo = [[48, 18, 59], [40, 187, 235], [164, 252, 60], [251, 126, 33], [122, 4, 3]];
        let viridis = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
        let magma = [[0, 0, 4], [81, 18, 124], [183, 55, 121], [252, 137, 97], [252, 253, 191]];
        for (map, colours) in [(Map::Turbo, turbo), (Map::Viridis, viridis), (Map::Magma, magma)] {
            for (at, colour) in [0.0, 0.25, 0.5, 0.75, 1.0].into_iter().zip(colours) {
                close(map, at, colour);
            }
        }
        assert_eq!(Map::Grey.colour(0.5), [128; 3]);
        assert_eq!(Map::Viridis.colour(7.0), Map::Viridis.colour(1.0), "held at its end");
    }

    #[test]
    fn the_even_maps_grow_in_lightness() {
        let luma = |[r, g, b]: [u8; 3]| 0.2126 * f32::from(r) + 0.7152 * f32::from(g) + 0.0722 * f32::from(b);
        for map in [Map::Viridis, Map::Magma, Map::Grey] {
            let all: Vec<f32> = (0..=64).map(|at| luma(map.colour(at as f32 / 64.0))).collect();
            assert!(all.windows(2).all(|pair| pair[1] > pair[0] - 0.2), "{map:?}");
        }
    }
}
