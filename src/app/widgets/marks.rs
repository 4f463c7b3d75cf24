//! What is drawn over the picture of the stage: forces, areas, points and lines, each with its number.
//!
//! White with a dark edge, so that it reads on any picture; vermilion only where the number says failure, green along a line of
//! sight that is free.

use eframe::egui::{Color32, Painter, Pos2, Shape, Stroke, Vec2, vec2};
use glam::DVec3;

use super::picture::on_picture;
use crate::app::{
    stage::Eye,
    theme::{self, Theme},
};
use crate::world::{Drawn, Layer, Mark};

/// Screen points of the arrow of a force of 100 N; longer ones grow slower.
const ARROW: f32 = 48.0;
/// Readings whose arrows are as long as [`ARROW`]: standard gravity, and a turn in six seconds.
const READ_M_S2: f64 = 9.81;
const READ_RAD_S: f64 = 1.0;
/// Pieces of a circle, and radius of a dot in screen points.
const PIECES: u32 = 48;
const DOT: f32 = 2.5;
/// Screen points of the arrow of a force that is hardly one.
const SHORTEST: f32 = 14.0;
/// Nearer than this to the pointer, a mark tells its number.
const NEAR: f32 = 10.0;
/// Less than this many seconds to a collision is told as failure is.
const SOON_S: f64 = 1.5;

/// A line of sight that begins nearer than this to the camera, in metres, is the camera's own.
const OWN_EYE_M: f64 = 2.0;
/// What is less in sight than this counts as hidden.
const HALF: f64 = 0.5;

/// Draws those of `marks` whose layer is in `layers`; what the pointer is on tells what it is.
pub fn paint(painter: &Painter, theme: &Theme, eye: &Eye, (marks, pointer): (&[&Mark], Option<Pos2>)) {
    let mut told: Option<(f32, &Mark, Pos2)> = None;
    for mark in marks {
        let ink = match mark.layer {
            _ if fails(mark) => theme.rare,
            Layer::Sight => theme::SEEN,
            _ => theme::WHITE,
        };
        let Some((at, ends)) = one(painter, eye, mark, ink) else { continue };
        let away = pointer.map_or(f32::INFINITY, |pointer| to_line(pointer, ends));
        if away < NEAR && told.is_none_or(|(nearest, ..)| away < nearest) {
            told = Some((away, mark, at));
        }
        if let (Layer::Conflict | Layer::Tilt, Some((value, unit))) = (mark.layer, mark.value) {
            number(painter, at, &theme::with_unit(value, 2, unit));
        }
        if let (Layer::Sight, Some((share, _))) = (mark.layer, mark.value) {
            // At its thing, which the camera's own eye sees where the line is but a point.
            painter.circle_stroke(ends[1], 5.0, Stroke::new(3.5, theme::ON_PICTURE));
            painter.circle_stroke(ends[1], 5.0, Stroke::new(1.5, ink));
            number(painter, at, &theme::with_unit(100.0 * share, 0, "%"));
        }
    }
    if let Some((_, mark, at)) = told {
        let value = mark.value.map_or_else(String::new, |(value, unit)| format!("  {}", theme::shown(value, unit)));
        number(painter, at - vec2(0.0, 24.0), &format!("{}{value}", mark.name));
    }
}

fn fails(mark: &Mark) -> bool {
    match (mark.layer, mark.value) {
        (Layer::Support, Some((margin_m, _))) => margin_m < 0.0,
        (Layer::Conflict, Some((ttc_s, _))) => ttc_s < SOON_S,
        (Layer::Sight, Some((share, _))) => share < HALF,
        _ => false,
    }
}

/// Text on a dark plate over the picture.
pub fn number(painter: &Painter, at: Pos2, text: &str) {
    on_picture(painter, at + vec2(10.0, -10.0), eframe::egui::Align2::LEFT_CENTER, text, true);
}

/// Draws one mark; where its number stands, and the line that the pointer finds it by.
fn one(painter: &Painter, eye: &Eye, mark: &Mark, ink: Color32) -> Option<(Pos2, [Pos2; 2])> {
    match &mark.drawn {
        Drawn::Arrow { from, along } => {
            let length = arrow_points(mark.value);
            let from_at = eye.screen(*from)?;
            let ahead = eye.screen(*from + *along * (f64::from(length) * eye.metres_per_point(*from)))?;
            arrow(painter, from_at, ahead - from_at, ink);
            Some((ahead, [from_at, ahead]))
        }
        Drawn::Point(at) => {
            let at = eye.screen(*at)?;
            cross(painter, at, ink);
            Some((at, [at, at]))
        }
        Drawn::Line(ends) => {
            let seen_along =
                mark.layer == Layer::Sight && ends[0].distance(eye.camera.world_from_camera.position) < OWN_EYE_M;
            let ends = eye.line(*ends)?;
            // Who looks along a line sees its end alone.
            if !seen_along {
                cased(painter, &ends, 1.5, ink);
            }
            // At its far end, which is in sight where the near one is the camera's own vehicle.
            Some((painter.clip_rect().shrink(24.0).clamp(ends[1]), ends))
        }
        Drawn::Way(points) => {
            for pair in points.array_windows() {
                if let Some(ends) = eye.line(*pair) {
                    cased(painter, &ends, 1.5, ink);
                }
            }
            let last = points.last().and_then(|last| eye.screen(*last))?;
            Some((last, [last; 2]))
        }
        Drawn::Dots(points) => {
            for place in points.iter().filter_map(|at| eye.screen(*at)) {
                painter.circle_filled(place, DOT + 1.0, theme::ON_PICTURE);
                painter.circle_filled(place, DOT, ink);
            }
            let last = points.last().and_then(|last| eye.screen(*last))?;
            Some((last, [last; 2]))
        }
        Drawn::Circle { at, radius_m } => {
            let rim = circle(*at, *radius_m);
            for pair in rim.array_windows() {
                if let Some(ends) = eye.line(*pair) {
                    cased(painter, &ends, 1.5, ink);
                }
            }
            let middle = eye.screen(*at)?;
            Some((middle, [middle; 2]))
        }
        Drawn::Polygon(corners) => {
            let corners: Option<Vec<Pos2>> = corners.iter().map(|corner| eye.screen(*corner)).collect();
            let mut corners = corners.filter(|corners| corners.len() >= 3)?;
            painter.add(Shape::convex_polygon(corners.clone(), theme::faded(ink, 0.15), Stroke::NONE));
            let middle = corners.iter().fold(Vec2::ZERO, |sum, corner| sum + corner.to_vec2()) / corners.len() as f32;
            corners.extend(corners.first().copied());
            cased(painter, &corners, 1.5, ink);
            Some((middle.to_pos2(), [middle.to_pos2(); 2]))
        }
    }
}

/// How long an arrow is on screen: forces with their root, since they go over three powers of ten; readings in proportion.
fn arrow_points(value: Option<(f64, &str)>) -> f32 {
    let (value, unit) = value.unwrap_or_default();
    match unit {
        "m/s²" => (ARROW * (value / READ_M_S2) as f32).min(4.0 * ARROW),
        "rad/s" => (ARROW * (value / READ_RAD_S) as f32).min(4.0 * ARROW),
        _ => (ARROW * (value as f32 / 100.0).sqrt()).clamp(SHORTEST, 4.0 * ARROW),
    }
}

/// The points of a flat circle, the first again at the end.
fn circle(at: DVec3, radius_m: f64) -> Vec<DVec3> {
    let point = |piece: u32| {
        let (sine, cosine) = libm::sincos(core::f64::consts::TAU * f64::from(piece) / f64::from(PIECES));
        at + DVec3::new(cosine, sine, 0.0) * radius_m
    };
    (0..=PIECES).map(point).collect()
}

/// The newest readings of sensors among `marks` in words, with their units: what is drawn of them has no numbers.
pub fn said(marks: &[&Mark]) -> Vec<String> {
    let told = |mark: &&&Mark| {
        // Of a receiver its error and its stated deviation; ways have no number.
        matches!(mark.layer, Layer::Inertial | Layer::Satellites) && mark.value.is_some()
    };
    let words = |mark: &&Mark| {
        let (value, unit) = mark.value.unwrap_or_default();
        format!("{}  {}", mark.name, theme::with_unit(value, 2, unit))
    };
    marks.iter().filter(told).map(words).collect()
}

/// A line with a dark edge.
pub fn cased(painter: &Painter, points: &[Pos2], width: f32, ink: Color32) {
    for (width, ink) in [(width + 2.0, theme::ON_PICTURE), (width, ink)] {
        painter.add(Shape::line(points.to_vec(), Stroke::new(width, ink)));
    }
}

/// An arrow with a dark edge.
pub fn arrow(painter: &Painter, from: Pos2, by: Vec2, ink: Color32) {
    let tip = from + by;
    let head = by.normalized() * by.length().min(9.0);
    let side = head.rot90() * 0.5;
    cased(painter, &[from, tip], 2.0, ink);
    cased(painter, &[tip - head + side, tip, tip - head - side], 2.0, ink);
}

fn cross(painter: &Painter, at: Pos2, ink: Color32) {
    painter.circle_stroke(at, 6.0, Stroke::new(3.5, theme::ON_PICTURE));
    painter.circle_stroke(at, 6.0, Stroke::new(1.5, ink));
    for by in [vec2(9.0, 0.0), vec2(0.0, 9.0)] {
        cased(painter, &[at - by, at + by], 1.5, ink);
    }
}

/// How far `point` lies from the line between two points.
pub fn to_line(point: Pos2, [a, b]: [Pos2; 2]) -> f32 {
    let along = b - a;
    let share = if along.length_sq() > 0.0 { (point - a).dot(along) / along.length_sq() } else { 0.0 };
    point.distance(a + along * share.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::pos2;

    #[test]
    fn the_pointer_finds_what_is_near_a_line() {
        let line = [pos2(0.0, 0.0), pos2(10.0, 0.0)];
        assert_eq!(to_line(pos2(5.0, 3.0), line), 3.0);
        assert_eq!(to_line(pos2(13.0, 4.0), line), 5.0, "beyond its end");
        assert_eq!(to_line(pos2(3.0, 4.0), [pos2(0.0, 0.0); 2]), 5.0, "a point");
    }

    #[test]
    fn readings_are_told_with_their_units_and_their_arrows_grow_in_proportion() {
        let mark = |layer, value, drawn| Mark { layer, name: "cab imu".to_owned(), value, drawn };
        let arrow = || Drawn::Arrow { from: DVec3::ZERO, along: DVec3::Z };
        let marks = [
            mark(Layer::Inertial, Some((9.81, "m/s²")), arrow()),
            mark(Layer::Satellites, None, Drawn::Dots(Vec::new())),
            mark(Layer::Contacts, Some((3.0, "N")), arrow()),
        ];
        assert_eq!(said(&marks.iter().collect::<Vec<_>>()), ["cab imu  9.81\u{2009}m/s²"]);
        assert_eq!(arrow_points(Some((9.81, "m/s²"))), ARROW);
        assert_eq!(arrow_points(Some((0.5, "rad/s"))), 0.5 * ARROW);
        assert_eq!(arrow_points(Some((0.0, "rad/s"))), 0.0);
        assert_eq!(arrow_points(Some((100.0, "N"))), ARROW);
        let rim = circle(DVec3::new(1.0, 2.0, 0.0), 3.0);
        assert!(rim.iter().all(|at| (at.distance(DVec3::new(1.0, 2.0, 0.0)) - 3.0).abs() < 1e-12));
        assert!(rim[0].distance(rim[rim.len() - 1]) < 1e-12);
    }

    #[test]
    fn only_failure_has_the_colour_of_failure() {
        let mark = |layer, value| Mark { layer, name: String::new(), value, drawn: Drawn::Polygon(Vec::new()) };
        assert!(fails(&mark(Layer::Support, Some((-0.01, "m")))) && !fails(&mark(Layer::Support, Some((0.01, "m")))));
        assert!(fails(&mark(Layer::Conflict, Some((0.4, "s")))) && !fails(&mark(Layer::Conflict, Some((9.0, "s")))));
        assert!(!fails(&mark(Layer::Contacts, Some((-5.0, "N")))));
        assert!(fails(&mark(Layer::Sight, Some((0.2, "")))) && !fails(&mark(Layer::Sight, Some((0.8, "")))));
    }
}
