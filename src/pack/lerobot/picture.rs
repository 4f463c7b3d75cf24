//! Pictures in the rows of a `LeRobot` set: PNG files as they are, in the data files themselves, as `datasets` embeds images.
//!
//! Colour is 8-bit RGB. Depth is 16-bit grey in millimetres, which `LeRobot` (0.6.1) gives back in that unit where the feature's
//! `is_depth_map` and `depth_unit` say so. It knows no other kind of picture: ids can only be shown as colours. Statistics are
//! exact, of all rows: colours from 0 to 1, depth as it is stored. Videos are deliberately not written.

use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, StringArray, StructArray};
use arrow_schema::{DataType, Field, Fields};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::stats::{One, QUANTILES, Summary};
use crate::base::png;

/// What the pixels of a picture are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// 8-bit RGB.
    Colour,
    /// 16-bit grey: millimetres along the optical axis, 0 where there is none.
    DepthMm,
}

/// A picture that every row has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The feature's name.
    pub name: String,
    /// Pixels in a row, and rows.
    pub size_px: [u32; 2],
    /// See [`PictureKind`].
    pub kind: PictureKind,
}

/// `bytes` and `path`, as `datasets` has it.
fn parts() -> Fields {
    Fields::from(vec![Field::new("bytes", DataType::Binary, true), Field::new("path", DataType::Utf8, true)])
}

impl Picture {
    /// How many numbers a pixel has.
    pub(super) fn channels(&self) -> usize {
        match self.kind {
            PictureKind::Colour => 3,
            PictureKind::DepthMm => 1,
        }
    }

    pub(super) fn data_type() -> DataType {
        DataType::Struct(parts())
    }

    /// As `info.json` has it.
    pub(super) fn feature(&self) -> Value {
        let ([width, height], channels) = (self.size_px, self.channels());
        let plain =
            json!({"dtype": "image", "shape": [height, width, channels], "names": ["height", "width", "channels"]});
        match self.kind {
            PictureKind::Colour => plain,
            PictureKind::DepthMm => {
                let mut depth = plain;
                depth["info"] = json!({"is_depth_map": true, "depth_unit": "mm"});
                depth
            }
        }
    }

    /// The rows' PNG files as a column.
    ///
    /// # Errors
    /// More of them than one row group can hold.
    pub(super) fn column(files: &[Vec<u8>]) -> Result<ArrayRef, String> {
        let size: usize = files.iter().map(Vec::len).sum();
        if i32::try_from(size).is_err() {
            return Err(format!(
                "its pictures have {size} bytes, at most 2 GiB an episode can be kept; keep fewer frames"
            ));
        }
        let paths = (0..files.len()).map(|row| format!("frame-{row:06}.png"));
        let bytes: ArrayRef = Arc::new(BinaryArray::from_iter_values(files));
        let paths: ArrayRef = Arc::new(StringArray::from_iter_values(paths));
        let all = StructArray::try_new(parts(), vec![bytes, paths], None).map_err(|err| err.to_string())?;
        Ok(Arc::new(all))
    }

    /// Statistics of an episode's pictures.
    ///
    /// # Errors
    /// The first that is no PNG of this kind and size.
    pub(super) fn summary(&self, files: &[Vec<u8>]) -> Result<Summary, String> {
        let one = |file: &Vec<u8>| self.counts(file);
        let told: Vec<Result<Vec<Vec<u64>>, String>> = files.par_iter().map(one).collect();
        let mut sums: Vec<Vec<u64>> = Vec::new();
        for (row, counts) in told.into_iter().enumerate() {
            let counts = counts.map_err(|what| format!("row {row} of `{}`: {what}", self.name))?;
            if sums.is_empty() {
                sums = counts;
                continue;
            }
            for (sum, count) in sums.iter_mut().flatten().zip(counts.iter().flatten()) {
                *sum += count;
            }
        }
        let unit = match self.kind {
            PictureKind::Colour => 1.0 / 255.0,
            PictureKind::DepthMm => 1.0,
        };
        Ok(Summary { count: files.len() as u64, elements: sums.iter().map(|counts| told_of(counts, unit)).collect() })
    }

    /// How often each level comes, by channel.
    fn counts(&self, file: &[u8]) -> Result<Vec<Vec<u64>>, String> {
        let fault = |err: png::PngError| err.to_string();
        let (size_px, counts) = match self.kind {
            PictureKind::Colour => {
                let picture = png::decode_rgb(file).map_err(fault)?;
                let mut counts = vec![vec![0_u64; 1 << 8]; 3];
                for pixel in picture.bytes.as_chunks::<3>().0 {
                    for (counts, level) in counts.iter_mut().zip(pixel) {
                        counts[usize::from(*level)] += 1;
                    }
                }
                ([picture.width, picture.height], counts)
            }
            PictureKind::DepthMm => {
                let (width, height, levels) = png::decode_grey16(file).map_err(fault)?;
                let mut counts = vec![0_u64; 1 << 16];
                for level in &levels {
                    counts[usize::from(*level)] += 1;
                }
                ([width, height], vec![counts])
            }
        };
        if size_px == self.size_px { Ok(counts) } else { Err(format!("it has {size_px:?} px, not {:?}", self.size_px)) }
    }
}

/// What is known of numbers of which `counts` says how many are 0, 1, 2 and so on times `unit`.
fn told_of(counts: &[u64], unit: f64) -> One {
    let n = counts.iter().sum::<u64>();
    let mean = |of: &dyn Fn(f64) -> f64| {
        let sum: f64 = counts.iter().enumerate().map(|(level, count)| *count as f64 * of(level as f64)).sum();
        sum / n as f64
    };
    let middle = mean(&|level| level);
    let variance = mean(&|level| (level - middle) * (level - middle));
    // The level of the number that `rank` others come before.
    let ranked = |rank: u64| {
        let mut before = 0;
        let at = counts.iter().position(|count| {
            before += count;
            before > rank
        });
        at.map_or(f64::NAN, |level| level as f64)
    };
    // Linear between order statistics, as for columns.
    let quantile = |share: f64| {
        let at = share * n.saturating_sub(1) as f64;
        let below = libm::floor(at);
        let [low, high] = [below as u64, (below as u64 + 1).min(n.saturating_sub(1))].map(ranked);
        (low + (at - below) * (high - low)) * unit
    };
    One {
        min: ranked(0) * unit,
        max: ranked(n.saturating_sub(1)) * unit,
        mean: middle * unit,
        variance: variance * unit * unit,
        quantiles: QUANTILES.map(|(_, share)| quantile(share)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rgb;
    use crate::stats::quantile;

    #[test]
    fn statistics_of_counts_are_those_of_the_numbers_themselves() {
        let levels: Vec<u16> = (0..60).map(|at: u16| (at * at) % 977).collect();
        let file = png::encode_grey16(10, 6, &levels).expect("png");
        let depth = Picture { name: "depth".to_owned(), size_px: [10, 6], kind: PictureKind::DepthMm };
        let told = depth.summary(&[file.clone(), file]).expect("told");
        assert_eq!((told.count, told.elements.len()), (2, 1));
        let one = told.elements[0];
        let mut all: Vec<f64> = levels.iter().chain(&levels).map(|level| f64::from(*level)).collect();
        all.sort_by(f64::total_cmp);
        let mean = all.iter().sum::<f64>() / 120.0;
        let variance = all.iter().map(|level| (level - mean) * (level - mean)).sum::<f64>() / 120.0;
        assert_eq!((one.min, one.max), (all[0], all[119]));
        assert!((one.mean - mean).abs() < 1e-9 && (one.variance - variance).abs() < 1e-6, "{one:?}");
        for ((_, share), got) in QUANTILES.into_iter().zip(one.quantiles) {
            assert!((got - quantile(&all, share)).abs() < 1e-9, "{share}: {got}");
        }
    }

    #[test]
    fn colours_are_told_from_0_to_1_and_another_picture_is_named() {
        let file = png::encode_rgb(&Rgb::from_bytes(2, 1, vec![255, 0, 51, 255, 0, 153]).expect("size")).expect("png");
        let colour = Picture { name: "front".to_owned(), size_px: [2, 1], kind: PictureKind::Colour };
        let told = colour.summary(std::slice::from_ref(&file)).expect("told");
        let means: Vec<f64> = told.elements.iter().map(|one| one.mean).collect();
        assert!((means[0] - 1.0).abs() < 1e-12 && means[1] == 0.0 && (means[2] - 0.4).abs() < 1e-12, "{means:?}");
        let larger = Picture { size_px: [4, 1], ..colour.clone() };
        let refused = larger.summary(std::slice::from_ref(&file)).expect_err("another size");
        assert!(refused.contains("row 0 of `front`: it has [2, 1] px, not [4, 1]"), "{refused}");
        let depth = Picture { kind: PictureKind::DepthMm, ..colour };
        assert!(depth.summary(&[file]).expect_err("colour").contains("16-bit grey"));
    }
}
