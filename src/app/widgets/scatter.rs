//! Frames as points on the map of their features. Form tells the origin as well as colour: circles are real, diamonds
//! are synthetic.

use eframe::egui::{self, Color32, Mesh, Pos2, Rect, Ui, Vec2, accesskit::Role, vec2};
use egui_plot::{HoverPosition, MarkerShape, Plot, PlotPoints, Points};

use super::histogram::plain;
use crate::app::{
    icon,
    theme::{self, Theme},
};

/// Draws `points` (x, y, is synthetic) at `height`. Drag moves, Ctrl with the wheel zooms, a double click shows all.
pub fn scatter(ui: &mut Ui, points: &[(f64, f64, bool)], height: f32) {
    let theme = Theme::of(ui);
    let width = ui.available_width();
    ui.horizontal(|ui| {
        ui.label(theme.caption("Features").color(theme.text));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if super::icon_button(ui, icon::COPY, "Copy features as CSV").clicked() {
                ui.copy_text(csv(points));
            }
            ui.label(theme.caption("◆ Synthetic").color(theme.synthetic));
            ui.label(theme.caption("● Real").color(theme.real));
        });
    });
    let of = |synthetic: bool| -> Vec<[f64; 2]> {
        points
            .iter()
            .filter(|point| point.2 == synthetic && point.0.is_finite() && point.1.is_finite())
            .map(|(x, y, _)| [*x, *y])
            .collect()
    };
    let plot = plain(Plot::new("features"))
        .allow_drag(true)
        .allow_zoom(true)
        .allow_double_click_reset(true)
        .data_aspect(1.0)
        .show_axes(false)
        .set_margin_fraction(vec2(0.06, 0.06))
        .width(width)
        .height(height)
        .label_formatter(|at| match at {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name}\nx {:.3}\ny {:.3}", position.x, position.y))
            }
            HoverPosition::Elsewhere { .. } => None,
        });
    let rect = Rect::from_min_size(ui.cursor().min, vec2(width, height));
    ui.painter().rect_filled(rect, theme::CORNER, theme.canvas);
    let shown = plot.show(ui, |plot| {
        for (name, synthetic, color, shape) in [
            ("Real", false, theme.real, MarkerShape::Circle),
            ("Synthetic", true, theme.synthetic, MarkerShape::Diamond),
        ] {
            let points = Points::new(name, PlotPoints::from(of(synthetic)));
            plot.points(points.color(theme::faded(color, 0.75)).radius(2.5).shape(shape));
        }
    });
    super::named(&shown.response, Role::Figure, "Map of features");
    ui.label(theme.caption("Drag moves · Ctrl+wheel zooms · double-click shows all"));
}

/// Adds a square of half side `half` at `at` to `mesh`.
pub fn square(mesh: &mut Mesh, at: Pos2, half: f32, color: Color32) {
    mesh.add_colored_rect(Rect::from_center_size(at, Vec2::splat(2.0 * half)), color);
}

/// Adds a square that stands on its corner: half its diagonal is `half`.
pub fn diamond(mesh: &mut Mesh, at: Pos2, half: f32, color: Color32) {
    let first = mesh.vertices.len() as u32;
    for corner in [vec2(0.0, -half), vec2(half, 0.0), vec2(0.0, half), vec2(-half, 0.0)] {
        mesh.colored_vertex(at + corner, color);
    }
    mesh.add_triangle(first, first + 1, first + 2);
    mesh.add_triangle(first, first + 2, first + 3);
}

/// Adds a line of `width` from `a` to `b`.
pub fn line(mesh: &mut Mesh, [a, b]: [Pos2; 2], width: f32, color: Color32) {
    let across = (b - a).normalized().rot90() * (width / 2.0);
    let first = mesh.vertices.len() as u32;
    for corner in [a + across, b + across, b - across, a - across] {
        mesh.colored_vertex(corner, color);
    }
    mesh.add_triangle(first, first + 1, first + 2);
    mesh.add_triangle(first, first + 2, first + 3);
}

/// The points as CSV: `x,y,origin`.
pub fn csv(points: &[(f64, f64, bool)]) -> String {
    let mut text = String::from("x,y,origin\n");
    for (x, y, synthetic) in points {
        let origin = if *synthetic { "synthetic" } else { "real" };
        text.push_str(&format!("{x},{y},{origin}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn csv_names_the_origin() {
        let text = super::csv(&[(0.5, -1.0, true), (2.0, 0.0, false)]);
        assert_eq!(text, "x,y,origin\n0.5,-1,synthetic\n2,0,real\n");
    }
}
