//! `annotations/coco.json`: COCO instances with run-length masks, and the checks over them.

use serde::{Deserialize, Serialize};

use super::Class;
use crate::sense::file::{BoxEntry, CameraEntry, ExtentEntry, LabelEntry, amodal_fault, mask_fault};
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
    /// The camera that took it, as the label files have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) camera: Option<CameraEntry>,
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
    /// x, y and 0 (not labelled), 1 (hidden) or 2 (seen) for each point of the category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) keypoints: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) num_keypoints: Option<u64>,
    #[serde(flatten)]
    pub(super) own: Own,
}

/// What COCO has no field for: readers of COCO skip it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Own {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) amodal_bbox: Option<[u32; 4]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) amodal_area: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) amodal_segmentation: Option<Rle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) visible_fraction: Option<f64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) occluded_by: Vec<Occluder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) extent: Option<ExtentEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) box3d: Option<BoxEntry>,
}

/// Who hides something, and how many pixels of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Occluder {
    pub(super) instance_id: u32,
    pub(super) pixels: u32,
}

impl Own {
    /// What `label` has beyond COCO, in a picture of `size` (rows first, as COCO has it).
    pub(super) fn of(label: &LabelEntry, size: [u32; 2]) -> Self {
        let mut own = Self { extent: label.extent.clone(), box3d: label.box3d.clone(), ..Self::default() };
        if let Some(amodal) = &label.amodal {
            own.amodal_bbox = Some(amodal.bbox_px);
            own.amodal_area = Some(amodal.area_px);
            own.amodal_segmentation = Some(Rle { size, counts: amodal.rle.clone() });
            own.visible_fraction = Some(amodal.visible);
            let by = |by: &crate::sense::file::OccluderEntry| Occluder {
                instance_id: u32::from(by.instance),
                pixels: by.pixels,
            };
            own.occluded_by = amodal.occluded_by.iter().map(by).collect();
        }
        own
    }

    /// What is wrong with it beside the visible mask `rle`; `None` where nothing is.
    pub(super) fn fault(&self, size: [u32; 2], rle: &Rle) -> Option<String> {
        let Some(amodal) = &self.amodal_segmentation else { return None };
        let (Some(bbox), Some(all), Some(share)) = (self.amodal_bbox, self.amodal_area, self.visible_fraction) else {
            return Some("it has an amodal mask without its box, its area or its visible fraction".to_owned());
        };
        if let Some(what) = fault(size, bbox, all, amodal) {
            return Some(format!("amodal: {what}"));
        }
        let mask = |rle: &Rle| Mask::from_compressed(size[0], size[1], &rle.counts).ok();
        let hidden = self.occluded_by.iter().map(|by| u64::from(by.pixels)).sum();
        mask(rle).zip(mask(amodal)).and_then(|(seen, covered)| amodal_fault(&seen, &covered, share, hidden))
    }
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) keypoints: Vec<String>,
    /// Pairs of keypoints, from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) skeleton: Vec<[usize; 2]>,
}

impl Category {
    pub(super) fn of(class: &Class) -> Self {
        let (keypoints, skeleton) = Default::default();
        Self { id: class.id, name: class.name.clone(), supercategory: "thing".to_owned(), keypoints, skeleton }
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
    let mask = match Mask::from_compressed(width, height, &rle.counts) {
        Ok(mask) => mask,
        Err(RleError::Character { .. }) => return Some("its mask is not compressed run-length text".to_owned()),
        Err(RleError::Cover { .. }) => return Some("its mask does not cover the picture".to_owned()),
    };
    mask_fault(&mask, bbox, area)
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
        for (bbox, area, has) in [
            ([3, 0, 2, 3], 3, "inside"),
            ([0, 0, 0, 3], 3, "inside"),
            ([1, 0, 2, 3], 4, "pixels"),
            ([0, 0, 3, 3], 3, "the box round its mask is [1, 0, 2, 3]"),
        ] {
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
