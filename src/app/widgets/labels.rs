//! Labels over a picture: boxes, outlines, boxes in space, points, contacts, lanes; what is hidden is dashed.

use eframe::egui::{Align2, Color32, Painter, Pos2, Shape, Stroke as Pen, pos2, vec2};
use glam::DVec2;

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

/// Draws `strokes` over the picture that `eye` has laid on screen.
pub fn paint(painter: &Painter, eye: &Eye, strokes: &[Stroke], pointer: Option<Pos2>) {
    let place = |px: &DVec2| {
        let scale = eye.area.width() / eye.camera.width_px.max(1) as f32;
        pos2(eye.area.left() + px.x as f32 * scale, eye.area.top() + px.y as f32 * scale)
    };
    let mut told: Option<(f32, Pos2, &str)> = None;
    for stroke in strokes {
        match stroke {
            Stroke::Line { ink, points, dashed } => {
                let points: Vec<Pos2> = points.iter().map(place).collect();
                line(painter, &points, theme::exact(ink.rgb()), *dashed);
            }
            Stroke::Dot { ink, at, hidden, name } => {
                let at = place(at);
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
    for stroke in strokes {
        if let Stroke::Name { ink, at, text } = stroke {
            name(painter, place(at), text, theme::exact(ink.rgb()));
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

/// A name above its corner, within the picture.
fn name(painter: &Painter, at: Pos2, text: &str, ink: Color32) {
    let clip = painter.clip_rect();
    if !clip.expand(40.0).contains(at) {
        return;
    }
    let at = pos2(at.x.clamp(clip.left(), (clip.right() - 60.0).max(clip.left())), at.y.max(clip.top() + 20.0));
    let plate = picture::on_picture(painter, at, Align2::LEFT_BOTTOM, text, false);
    painter.vline(plate.left() + 1.0, plate.y_range(), Pen::new(2.0, ink));
}

/// Words in rows at the upper left of the picture.
pub fn rows(painter: &Painter, at: Pos2, rows: &[String]) {
    for (row, text) in rows.iter().enumerate() {
        picture::on_picture(painter, at + vec2(0.0, 24.0 * row as f32), Align2::LEFT_TOP, text, false);
    }
}
