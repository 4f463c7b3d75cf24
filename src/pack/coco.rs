//! `annotations/coco.json`: COCO instances with run-length masks, and the checks over them.

use serde::{Deserialize, Serialize};

use super::Class;

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Coco {
    pub(super) info: Info,
    pub(super) licenses: Vec<License>,
    pub(super) images: Vec<Image>,
    pub(super) annotations: Vec<Annotation>,
    pub(super) categories: Vec<Category>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Info {
    pub(super) description: String,
    pub(super) version: String,
    pub(super) date_created: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct License {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) url: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Image {
    pub(super) id: u64,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) file_name: String,
    pub(super) license: u32,
    pub(super) draw: u64,
    pub(super) frame: u32,
    pub(super) time_s: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Annotation {
    pub(super) id: u64,
    pub(super) image_id: u64,
    pub(super) category_id: u32,
    pub(super) bbox: [u32; 4],
    pub(super) area: u64,
    pub(super) iscrowd: u8,
    pub(super) segmentation: Rle,
    pub(super) instance_id: u32,
    pub(super) instance_name: String,
}

/// Column-major runs, in COCO's compressed text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Rle {
    pub(super) size: [u32; 2],
    pub(super) counts: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Category {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) supercategory: String,
}

impl Category {
    pub(super) fn of(class: &Class) -> Self {
        Self { id: class.id, name: class.name.clone(), supercategory: "thing".to_owned() }
    }
}

/// The runs behind COCO's compressed text; `None` where the text is not one.
fn runs(text: &str) -> Option<Vec<i64>> {
    let mut runs: Vec<i64> = Vec::new();
    let mut bytes = text.bytes();
    while let Some(first) = bytes.next() {
        let (mut value, mut shift, mut byte) = (0_i64, 0_u32, first);
        loop {
            let chunk = i64::from(byte.checked_sub(48).filter(|chunk| *chunk < 64)?);
            value |= (chunk & 0x1f) << shift;
            shift += 5;
            if chunk & 0x20 == 0 {
                if chunk & 0x10 != 0 {
                    value |= -1 << shift;
                }
                break;
            }
            if shift > 50 {
                return None;
            }
            byte = bytes.next()?;
        }
        if runs.len() > 2 {
            value = value.checked_add(*runs.get(runs.len() - 2)?)?;
        }
        runs.push(value);
    }
    Some(runs)
}

/// What is wrong with a label of a `width` x `height` picture; `None` where nothing is.
pub(super) fn fault(size: [u32; 2], bbox: [u32; 4], area: u64, rle: &Rle) -> Option<String> {
    let [width, height] = size;
    let [x, y, w, h] = bbox.map(u64::from);
    if w == 0 || h == 0 || x + w > u64::from(width) || y + h > u64::from(height) {
        return Some(format!("its box {bbox:?} does not lie inside {width} x {height} pixels"));
    }
    if rle.size != [height, width] {
        return Some(format!("its mask has the size {:?}, expected [{height}, {width}]", rle.size));
    }
    let Some(runs) = runs(&rle.counts).filter(|runs| runs.iter().all(|run| *run >= 0)) else {
        return Some("its mask is not compressed run-length text".to_owned());
    };
    let sum = |first: usize, step: usize| {
        runs.iter().skip(first).step_by(step).try_fold(0_i64, |sum, run| sum.checked_add(*run))
    };
    if sum(0, 1) != Some(i64::from(width) * i64::from(height)) {
        return Some("its mask does not cover the picture".to_owned());
    }
    let set = sum(1, 2).unwrap_or(0) as u64;
    if set != area || area == 0 || area > w * h {
        return Some(format!("its mask has {set} pixels, its area is {area} and its box has {}", w * h));
    }
    None
}

#[cfg(test)]
pub(super) fn compress(runs: &[i64]) -> String {
    let mut text = String::new();
    for (at, run) in runs.iter().enumerate() {
        let mut value = if at > 2 { run - runs[at - 2] } else { *run };
        loop {
            let mut chunk = value & 0x1f;
            value >>= 5;
            let more = if chunk & 0x10 != 0 { value != -1 } else { value != 0 };
            if more {
                chunk |= 0x20;
            }
            text.push(char::from(chunk as u8 + 48));
            if !more {
                break;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_runs_round_trip() {
        for case in [vec![5, 3, 4], vec![0, 12], vec![100_000, 1, 7, 90_000, 2, 1], vec![16, 31, 32, 1023, 15, 1024]] {
            assert_eq!(runs(&compress(&case)), Some(case.clone()), "{case:?}");
        }
        for bad in ["~", "!", "PPPPPPPPPPPPPPPPPP", "o"] {
            assert_eq!(runs(bad), None, "{bad}");
        }
    }

    #[test]
    fn labels_that_do_not_fit_their_picture_are_named() {
        let rle = Rle { size: [3, 4], counts: compress(&[5, 3, 4]) };
        assert_eq!(fault([4, 3], [1, 0, 2, 3], 3, &rle), None, "fits");
        for (bbox, area, has) in [([3, 0, 2, 3], 3, "inside"), ([0, 0, 0, 3], 3, "inside"), ([1, 0, 2, 3], 4, "pixels")]
        {
            let fault = fault([4, 3], bbox, area, &rle).expect("fault");
            assert!(fault.contains(has), "{fault}");
        }
        assert!(fault([3, 4], [0, 0, 2, 3], 3, &rle).is_some(), "sides swapped");
        let short = Rle { size: [3, 4], counts: compress(&[5, 3, 3]) };
        assert!(fault([4, 3], [1, 0, 2, 3], 3, &short).is_some(), "mask too short");
    }
}
