//! A parameter's two densities: reality's (nominal) and the one that draws come from (proposal).

use eframe::egui::{self, Color32, Painter, Pos2, Rect, Shape, Ui, pos2, vec2};

use crate::app::{
    theme::{self, Theme},
    view::Parameter,
};

/// Value to screen and back over one rectangle.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    rect: Rect,
    range: [f64; 2],
}

impl Axis {
    /// An axis over `rect` for `range`.
    pub fn new(rect: Rect, range: [f64; 2]) -> Self {
        Self { rect, range }
    }

    /// Screen x of `value`.
    pub fn x(&self, value: f64) -> f32 {
        let width = (self.range[1] - self.range[0]).max(f64::MIN_POSITIVE);
        self.rect.left() + ((value - self.range[0]) / width).clamp(-1.0, 2.0) as f32 * self.rect.width()
    }

    /// How much a distance of `points` on the screen stands for.
    pub fn span(&self, points: f32) -> f64 {
        f64::from(points / self.rect.width().max(1.0)) * (self.range[1] - self.range[0])
    }

    /// Value at screen `x`, kept inside the range.
    pub fn value(&self, x: f32) -> f64 {
        let share = f64::from((x - self.rect.left()) / self.rect.width().max(1.0)).clamp(0.0, 1.0);
        self.range[0] + share * (self.range[1] - self.range[0])
    }
}

/// The common range of both densities and the value.
pub fn range_of(parameter: &Parameter) -> [f64; 2] {
    let xs = parameter.nominal.iter().chain(&*parameter.proposal).map(|point| point[0]);
    let (low, high) = xs.fold((parameter.value, parameter.value), |(low, high), x| (low.min(x), high.max(x)));
    if high > low { [low, high] } else { [low - 0.5, low + 0.5] }
}

/// The two densities small, for a table row.
pub fn spark(ui: &Ui, rect: Rect, parameter: &Parameter) {
    // Of hundreds of rows a screen shows thirty.
    if !ui.is_rect_visible(rect) {
        return;
    }
    let theme = Theme::of(ui);
    let painter = ui.painter_at(rect);
    let axis = Axis::new(rect.shrink2(vec2(1.0, 0.0)), range_of(parameter));
    area(&painter, &axis, &parameter.nominal, theme.nominal, 0.25);
    area(&painter, &axis, &parameter.proposal, theme.synthetic, 0.25);
    let x = axis.x(parameter.value);
    painter.vline(x, rect.y_range(), (1.0, theme.text));
}

fn curve(axis: &Axis, points: &[[f64; 2]]) -> Vec<Pos2> {
    let top = points.iter().map(|point| point[1]).fold(f64::MIN_POSITIVE, f64::max);
    let height = axis.rect.height() - 2.0;
    points.iter().map(|[x, y]| pos2(axis.x(*x), axis.rect.bottom() - (y / top) as f32 * height)).collect()
}

fn area(painter: &Painter, axis: &Axis, points: &[[f64; 2]], color: Color32, share: f32) {
    fill(painter, &curve(axis, points), axis.rect.bottom(), color, share);
}

/// A line, and what lies between it and `bottom` filled with `share` of its colour.
pub fn fill(painter: &Painter, line: &[Pos2], bottom: f32, color: Color32, share: f32) {
    let mut mesh = egui::Mesh::default();
    for (at, point) in line.iter().enumerate() {
        mesh.colored_vertex(*point, theme::faded(color, share));
        mesh.colored_vertex(pos2(point.x, bottom), theme::faded(color, share));
        if at > 0 {
            let base = 2 * at as u32;
            mesh.add_triangle(base - 2, base - 1, base);
            mesh.add_triangle(base - 1, base, base + 1);
        }
    }
    painter.add(Shape::mesh(mesh));
    painter.add(Shape::line(line.to_vec(), egui::Stroke::new(1.5, color)));
}

/// Both densities as CSV: `density,value,per_unit`.
pub fn csv(parameter: &Parameter) -> String {
    let mut text = String::from("density,value,per_unit\n");
    for (name, points) in [("nominal", &parameter.nominal), ("proposal", &parameter.proposal)] {
        for [value, density] in points.iter() {
            text.push_str(&format!("{name},{value},{density}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_goes_there_and_back() {
        let axis = Axis::new(Rect::from_min_max(pos2(10.0, 0.0), pos2(110.0, 10.0)), [-1.0, 1.0]);
        assert!((axis.x(0.0) - 60.0).abs() < 1e-4, "middle");
        assert!((axis.value(85.0) - 0.5).abs() < 1e-6, "three quarters");
        assert_eq!(axis.value(500.0), 1.0, "kept inside");
    }
}
