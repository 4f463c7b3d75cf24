//! What an instance covers whatever stands before it, how much of that is seen, and who hides the rest.

use std::collections::BTreeMap;

use super::super::Rle;
use super::super::rle::Runs;
use crate::render::{Cover, Frame};

/// An instance as if nothing stood before it, within the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Amodal {
    /// x, y, width and height in pixels: the tightest box round the pixels that it covers.
    pub bbox_px: [u32; 4],
    /// Number of pixels that it covers.
    pub area_px: u32,
    /// The pixels that it covers.
    pub mask: Rle,
    /// The share of them that is seen, 0 to 1.
    pub visible: f64,
    /// The other instances that are seen at its hidden pixels, with the number of those; most pixels first.
    pub occluded_by: Vec<(u16, u32)>,
}

/// What `cover` says beside the ids of `frame`; `None` where the instance covers no pixel. A pixel where it is seen counts as
/// covered in any case; `bbox_px` is the box round those.
pub(super) fn amodal(frame: &Frame, cover: &Cover, bbox_px: [u32; 4]) -> Option<Amodal> {
    let [columns, rows] = around(cover, bbox_px)?;
    let (mut low, mut high) = ([u32::MAX; 2], [0_u32; 2]);
    let (mut area_px, mut seen_px) = (0_u32, 0_u32);
    let mut runs = Runs::default();
    let mut others: BTreeMap<u16, u32> = BTreeMap::new();
    for x in columns {
        for y in rows.clone() {
            let at = y as usize * frame.width as usize + x as usize;
            let shown = frame.instance.get(at).copied().unwrap_or(0);
            let is_seen = shown == cover.instance;
            if !is_seen && !cover.has(x, y) {
                continue;
            }
            area_px += 1;
            low = [low[0].min(x), low[1].min(y)];
            high = [high[0].max(x), high[1].max(y)];
            runs.set(x * frame.height + y);
            if is_seen {
                seen_px += 1;
            } else {
                *others.entry(shown).or_default() += 1;
            }
        }
    }
    if area_px == 0 {
        return None;
    }
    let mut occluded_by: Vec<(u16, u32)> = others.into_iter().collect();
    occluded_by.sort_by_key(|(instance, pixels)| (core::cmp::Reverse(*pixels), *instance));
    Some(Amodal {
        bbox_px: [low[0], low[1], high[0] - low[0] + 1, high[1] - low[1] + 1],
        area_px,
        mask: runs.finish(frame.width, frame.height),
        visible: f64::from(seen_px) / f64::from(area_px),
        occluded_by,
    })
}

/// The columns and rows that hold all of `cover` and of the box; `None` where both are empty. They may be more than needed.
fn around(cover: &Cover, [x, y, width, height]: [u32; 4]) -> Option<[core::ops::Range<u32>; 2]> {
    let seen = (width > 0).then(|| [[x, y], [x + width - 1, y + height - 1]]);
    let both = [cover.bounds(), seen];
    let low = |axis: usize| both.iter().flatten().map(|[low, _]| low[axis]).min();
    let high = |axis: usize| both.iter().flatten().map(|[_, high]| high[axis] + 1).max();
    Some([low(0)?..high(0)?, low(1)?..high(1)?])
}
