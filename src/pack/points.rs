//! Keypoints as COCO wants them: one list of names and one skeleton a category, and of every annotation as many numbers.
//!
//! Things of one class may have different points (a box has corners, a canister has ends): a category lists those of all, in
//! the order in which they first came, and what a thing does not have is (0, 0, 0), which COCO reads as not labelled. Since COCO
//! has one number for that and for what is not in the picture, both are 0.

use std::collections::BTreeMap;

use super::coco::{Annotation, Category};
use crate::sense::file::{PointEntry, SkeletonEntry};

/// The points of all categories, by class.
#[derive(Clone, Debug, Default)]
pub(super) struct Points {
    classes: BTreeMap<u32, Known>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    names: Vec<String>,
    /// Pairs of positions in the list, from 1.
    edges: Vec<[usize; 2]>,
}

impl Points {
    /// The keypoints of a thing of `class`, as long as its category's list is so far.
    pub(super) fn keypoints(&mut self, class: u32, skeleton: &SkeletonEntry, points: &[PointEntry]) -> Vec<f64> {
        let known = self.classes.entry(class).or_default();
        let slots: Vec<usize> = skeleton.points.iter().map(|name| known.slot(name)).collect();
        for [from, to] in &skeleton.edges {
            if let (Some(from), Some(to)) = (slots.get(*from), slots.get(*to)) {
                let edge = [from + 1, to + 1];
                if !known.edges.contains(&edge) {
                    known.edges.push(edge);
                }
            }
        }
        let mut all = vec![0.0; 3 * known.names.len()];
        for (slot, point) in slots.iter().zip(points) {
            let Some([x, y]) = point.px.filter(|_| point.seen > 0) else { continue };
            if let Some(three) = all.get_mut(3 * slot..3 * slot + 3) {
                three.copy_from_slice(&[x, y, f64::from(point.seen)]);
            }
        }
        all
    }

    /// Gives every category its list, and every annotation with keypoints as many as that has.
    pub(super) fn finish(&self, categories: &mut [Category], annotations: &mut [Annotation]) {
        for category in categories {
            let Some(known) = self.classes.get(&category.id) else { continue };
            (category.keypoints, category.skeleton) = (known.names.clone(), known.edges.clone());
        }
        for annotation in annotations {
            let Some(known) = self.classes.get(&annotation.category_id) else { continue };
            if let Some(keypoints) = &mut annotation.keypoints {
                keypoints.resize(3 * known.names.len(), 0.0);
            }
        }
    }
}

impl Known {
    fn slot(&mut self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }
}

/// What is wrong with the keypoints of `annotation`, its category having `names` of them; `None` where nothing is.
pub(super) fn fault(annotation: &Annotation, names: usize, [width, height]: [u32; 2]) -> Option<String> {
    let Some(keypoints) = &annotation.keypoints else { return None };
    if keypoints.len() != 3 * names {
        return Some(format!("it has {} numbers of keypoints, its class has {names} points", keypoints.len()));
    }
    let (threes, _) = keypoints.as_chunks::<3>();
    let labelled = threes.iter().filter(|[.., seen]| *seen > 0.0).count();
    if annotation.num_keypoints != Some(labelled as u64) {
        return Some(format!("it has {labelled} keypoints and counts {:?}", annotation.num_keypoints));
    }
    // places are rounded, so that one right at the edge may stand on it
    let sound = |[x, y, seen]: &[f64; 3]| {
        let inside = (0.0..=f64::from(width)).contains(x) && (0.0..=f64::from(height)).contains(y);
        if *seen == 0.0 { *x == 0.0 && *y == 0.0 } else { inside && [1.0, 2.0].contains(seen) }
    };
    (!threes.iter().all(sound)).then(|| "one of its keypoints is not in the picture".to_owned())
}
