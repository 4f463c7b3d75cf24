//! Labels over a picture: boxes, outlines, boxes in space, points, contacts, lanes; what is hidden is dashed.

use eframe::egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke as Pen, pos2, vec2};

use super::{marks, picture};
use crate::app::{
    stage::{Eye, labels::Stroke},
    theme,
};

/// Length of dashes and of the gaps between them, in points.
const DASH: f32 = 5.0;
const GAP: f32 = 4.0;
/// Nearer than this to the pointer, a point tells its name.
const NEAR: f32 = 10.0;

/// Draws `strokes` over the picture that `eye` has laid on screen; they end with it.
pub fn paint(painter: &Painter, eye: &Eye, strokes: &[Stroke], pointer: Option<Pos2>) {
    let painter = &painter.with_clip_rect(painter.clip_rect().intersect(eye.area));
    let mut told: Option<(f32, Pos2, &str)> = None;
    for stroke in strokes {
        match stroke {
            Stroke::Line { ink, points, dashed } => {
                for piece in eye.path(points) {
                    line(painter, &piece, theme::exact(ink.rgb()), *dashed);
                }
            }
            Stroke::Dot { ink, at, hidden, name } => {
                let Some(at) = eye.place(*at) else { continue };
                dot(painter, at, theme::exact(ink.rgb()), *hidden);
                let away = pointer.map_or(f32::INFINITY, |pointer| pointer.distance(at));
                if away < NEAR && told.is_none_or(|(nearest, ..)| away < nearest) {
                    told = Some((away, at, name));
                }
            }
            Stroke::Name { .. } => {}
        }
    }
    // Words last: no line crosses them.
    let mut plates: Vec<Rect> = Vec::new();
    for stroke in strokes {
        if let Stroke::Name { ink, at, text } = stroke
            && let Some(at) = eye.place(*at)
        {
            name(painter, at, (text, theme::exact(ink.rgb())), &mut plates);
        }
    }
    if let Some((_, at, name)) = told {
        marks::number(painter, at, name);
    }
}

fn line(painter: &Painter, points: &[Pos2], ink: Color32, dashed: bool) {
    if dashed {
        painter.extend(Shape::dashed_line(points, Pen::new(3.0, theme::ON_PICTURE), DASH, GAP));
        painter.extend(Shape::dashed_line(points, Pen::new(1.5, ink), DASH, GAP));
    } else {
        marks::cased(painter, points, 1.5, ink);
    }
}

fn dot(painter: &Painter, at: Pos2, ink: Color32, hidden: bool) {
    painter.circle_filled(at, 4.5, theme::ON_PICTURE);
    if hidden {
        painter.circle_stroke(at, 3.0, Pen::new(1.5, ink));
    } else {
        painter.circle_filled(at, 3.5, ink);
    }
}

/// Height of a name's plate, and how many of them a name may stand above its corner.
const PLATE: f32 = 20.0;
const RISES: usize = 5;

/// A name above its corner, within the picture and off the names before it; none where it finds no room.
pub fn name(painter: &Painter, at: Pos2, (text, ink): (&str, Color32), plates: &mut Vec<Rect>) {
    let clip = painter.clip_rect();
    if !clip.expand(40.0).contains(at) {
        return;
    }
    let width = painter.layout_no_wrap(text.to_owned(), theme::sans(theme::size::SMALL), ink).size().x + 12.0;
    let x = at.x.clamp(clip.left(), (clip.right() - width).max(clip.left()));
    let Some(foot) = free_foot(pos2(x, at.y.max(clip.top() + PLATE)), width, clip, plates) else { return };
    let plate = picture::on_picture(painter, foot, Align2::LEFT_BOTTOM, text, false);
    painter.vline(plate.left() + 1.0, plate.y_range(), Pen::new(2.0, ink));
    plates.push(plate);
}

/// The first foot at or above `at` whose plate of `width` points hits no other.
fn free_foot(at: Pos2, width: f32, clip: Rect, plates: &[Rect]) -> Option<Pos2> {
    let feet = (0..RISES).map(|rise| at - vec2(0.0, PLATE * rise as f32));
    let mut inside = feet.filter(|foot| foot.y - PLATE >= clip.top());
    inside.find(|foot| {
        let plate = Rect::from_min_max(*foot - vec2(0.0, PLATE), *foot + vec2(width, 0.0)).shrink(0.5);
        plates.iter().all(|other| !other.intersects(plate))
    })
}

/// Words in rows at the upper left of the picture.
pub fn rows(painter: &Painter, at: Pos2, rows: &[&String]) {
    for (row, text) in rows.iter().enumerate() {
        picture::on_picture(painter, at + vec2(0.0, 24.0 * row as f32), Align2::LEFT_TOP, text, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_rise_off_each_other_until_there_is_no_room() {
        let clip = Rect::from_min_size(pos2(0.0, 0.0), vec2(400.0, 300.0));
        let at = pos2(50.0, 200.0);
        let mut plates = Vec::new();
        for rise in 0..RISES {
            let foot = free_foot(at, 80.0, clip, &plates).expect("room");
            assert_eq!(foot.y, 200.0 - PLATE * rise as f32);
            plates.push(Rect::from_min_max(foot - vec2(0.0, PLATE), foot + vec2(80.0, 0.0)));
        }
        assert_eq!(free_foot(at, 80.0, clip, &plates), None, "a crowd");
        assert_eq!(free_foot(pos2(140.0, 200.0), 80.0, clip, &plates), Some(pos2(140.0, 200.0)), "beside it");
        assert_eq!(free_foot(pos2(50.0, 10.0), 80.0, clip, &plates), None, "above the picture");
    }
}
