//! Labels over a picture: boxes and outlines with their classes. Many of them are named where the pointer is.

use eframe::egui::{Align2, Color32, Painter, Pos2, Rect, pos2, vec2};

use super::{marks, picture};
use crate::app::{theme, view::LabelsView};
use crate::run::annotations::Annotation;

/// Boxes that are all named at once; of more only the one under the pointer is.
const NAMED: usize = 12;
/// Points of a line, and of the one under the pointer.
const WIDTH: f32 = 1.5;
const UNDER: f32 = 2.5;

/// Paints labels over a picture of this size in pixels, which lies at the rectangle; `pointer` is where the hand is. What is said of the
/// whole picture stands at the left, or at the right where it `is_other`: both sides may lie in one place.
pub fn annotations(
    painter: &Painter,
    (at, size): (Rect, [u32; 2]),
    (labels, color, is_other): (&LabelsView, Color32, bool),
    pointer: Option<Pos2>,
) {
    let all = &*labels.all;
    let pointer = pointer.filter(|pointer| painter.clip_rect().contains(*pointer));
    let place = |point: &[f64; 2]| on_screen(at, size, *point);
    let under = smallest_at(all, pointer.and_then(|pointer| in_picture(at, size, pointer)));
    for (number, one) in all.iter().enumerate() {
        let width = if under == Some(number) { UNDER } else { WIDTH };
        let of_box = one.bounds_px.map(|[x0, y0, x1, y1]| vec![[x0, y0], [x1, y0], [x1, y1], [x0, y1]]);
        // An outline tells more than the box round it.
        let lines = if one.outline_px.is_empty() { of_box.as_slice() } else { &one.outline_px };
        for line in lines {
            let points: Vec<Pos2> = line.iter().chain(line.first()).map(place).collect();
            marks::cased(painter, &points, width, color);
        }
    }
    for (number, one) in all.iter().enumerate() {
        let Some([x0, y0, x1, y1]) = one.bounds_px else { continue };
        // Of what lies outside of the view, or on the other side of a divider, nothing is said.
        if !Rect::from_two_pos(place(&[x0, y0]), place(&[x1, y1])).intersects(painter.clip_rect()) {
            continue;
        }
        if under == Some(number) {
            let text = format!("{} · {} × {} px", one.words, theme::figures(x1 - x0), theme::figures(y1 - y0));
            named(painter, place(&[x0, y0]), &text);
        } else if under.is_none() && all.len() <= NAMED {
            named(painter, place(&[x0, y0]), &one.words);
        }
    }
    whole(painter, labels, is_other);
}

/// A name above the corner of its box, or in it where there is no room above.
fn named(painter: &Painter, corner: Pos2, text: &str) {
    let clip = painter.clip_rect();
    let above = corner.y - 22.0 > clip.top();
    let x = corner.x.max(clip.left() + 2.0);
    if above {
        picture::on_picture(painter, pos2(x, corner.y - 2.0), Align2::LEFT_BOTTOM, text, false);
    } else {
        picture::on_picture(painter, pos2(x, corner.y.max(clip.top()) + 2.0), Align2::LEFT_TOP, text, false);
    }
}

/// Classes of the whole picture, or why there are no labels, below what stands in the corners.
fn whole(painter: &Painter, labels: &LabelsView, is_other: bool) {
    let classes = labels.all.iter().filter(|one| one.bounds_px.is_none()).map(|one| one.words.as_str());
    let failed = (!labels.failed.is_empty()).then(|| format!("Labels: {}", labels.failed));
    let text = failed.unwrap_or_else(|| classes.collect::<Vec<_>>().join(", "));
    if text.is_empty() {
        return;
    }
    let clip = painter.clip_rect();
    let (at, anchor) = if is_other {
        (clip.right_top() + vec2(-8.0, 56.0), Align2::RIGHT_TOP)
    } else {
        (clip.left_top() + vec2(8.0, 56.0), Align2::LEFT_TOP)
    };
    picture::on_picture(painter, at, anchor, &text, false);
}

fn on_screen(at: Rect, size: [u32; 2], [x, y]: [f64; 2]) -> Pos2 {
    let share = |part: f64, length: u32| (part / f64::from(length.max(1))) as f32;
    at.min + vec2(share(x, size[0]) * at.width(), share(y, size[1]) * at.height())
}

fn in_picture(at: Rect, size: [u32; 2], pointer: Pos2) -> Option<[f64; 2]> {
    let share = (pointer - at.min) / at.size();
    at.contains(pointer).then(|| [f64::from(share.x) * f64::from(size[0]), f64::from(share.y) * f64::from(size[1])])
}

/// The smallest box that a point of the picture lies in: what stands before another is mostly smaller.
fn smallest_at(all: &[Annotation], point: Option<[f64; 2]>) -> Option<usize> {
    let [x, y] = point?;
    let area = |one: &Annotation| {
        let [x0, y0, x1, y1] = one.bounds_px?;
        ((x0..=x1).contains(&x) && (y0..=y1).contains(&y)).then_some((x1 - x0) * (y1 - y0))
    };
    let found = all.iter().enumerate().filter_map(|(number, one)| Some((number, area(one)?)));
    found.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_box_under_the_pointer_is_meant() {
        let of = |bounds_px| Annotation { bounds_px, ..Annotation::default() };
        let all = [of(Some([0.0, 0.0, 100.0, 100.0])), of(Some([10.0, 10.0, 20.0, 20.0])), of(None)];
        let at = Rect::from_min_size(pos2(50.0, 50.0), vec2(200.0, 200.0));
        let under = |x: f32, y: f32| smallest_at(&all, in_picture(at, [100, 100], pos2(x, y)));
        assert_eq!(under(80.0, 80.0), Some(1), "pixel 15, 15");
        assert_eq!(under(240.0, 240.0), Some(0), "pixel 95, 95");
        assert_eq!(under(40.0, 80.0), None, "beside the picture");
        assert_eq!(on_screen(at, [100, 100], [15.0, 95.0]), pos2(80.0, 240.0), "there and back");
    }
}
