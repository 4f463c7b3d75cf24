//! `annotations/coco.json`: COCO instances with run-length masks, and the checks over them.

use serde::{Deserialize, Serialize};

use super::Class;
use crate::sense::{Rle as Mask, RleError};

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
    let set = match Mask::from_compressed(width, height, &rle.counts) {
        Ok(mask) => mask.area_px(),
        Err(RleError::Character { .. }) => return Some("its mask is not compressed run-length text".to_owned()),
        Err(RleError::Cover { .. }) => return Some("its mask does not cover the picture".to_owned()),
    };
    if set != area || area == 0 || area > w * h {
        return Some(format!("its mask has {set} pixels, its area is {area} and its box has {}", w * h));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compress(width: u32, height: u32, runs: &[u32]) -> String {
        Mask::from_counts(width, height, runs.to_vec()).expect("runs").compressed()
    }

    #[test]
    fn labels_that_do_not_fit_their_picture_are_named() {
        let rle = Rle { size: [3, 4], counts: compress(4, 3, &[5, 3, 4]) };
        assert_eq!(fault([4, 3], [1, 0, 2, 3], 3, &rle), None, "fits");
        for (bbox, area, has) in [([3, 0, 2, 3], 3, "inside"), ([0, 0, 0, 3], 3, "inside"), ([1, 0, 2, 3], 4, "pixels")]
        {
            let fault = fault([4, 3], bbox, area, &rle).expect("fault");
            assert!(fault.contains(has), "{fault}");
        }
        assert!(fault([3, 4], [0, 0, 2, 3], 3, &rle).is_some(), "sides swapped");
        let short = Rle { size: [3, 4], counts: compress(11, 1, &[5, 3, 3]) };
        assert!(fault([4, 3], [1, 0, 2, 3], 3, &short).is_some(), "mask too short");
        let foreign = Rle { size: [3, 4], counts: "~".to_owned() };
        let fault = fault([4, 3], [1, 0, 2, 3], 3, &foreign).expect("fault");
        assert!(fault.contains("not compressed"), "{fault}");
    }
}
