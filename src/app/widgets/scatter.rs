//! Frames as points on the map of their features. Form tells the side as well as colour: circles are the reference's, diamonds the
//! other's. A click goes to the frame.

use eframe::egui::{self, Color32, Mesh, Pos2, Rect, Stroke, Ui, Vec2, accesskit::Role, vec2};
use egui_plot::{HoverPosition, MarkerShape, Plot, PlotPoint, PlotPoints, Points};

use super::histogram::plain;
use crate::app::{
    icon,
    theme::{self, Theme},
    view::Scatter,
};
use crate::run::compare::MapDot;

/// How near the pointer a dot must be, in points.
const REACH: f32 = 8.0;

/// Draws `scatter` at `height`, the reference in the first of `colors`; the dot that was clicked. Drag moves, Ctrl with the wheel
/// zooms, a double click shows all.
pub fn scatter(ui: &mut Ui, scatter: &Scatter, colors: [Color32; 2], height: f32) -> Option<MapDot> {
    let theme = Theme::of(ui);
    let width = ui.available_width();
    ui.horizontal(|ui| {
        ui.label(theme.caption("Map of frames").color(theme.text));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if super::icon_button(ui, icon::COPY, "Copy features as CSV").clicked() {
                ui.copy_text(csv(scatter));
            }
            for (sign, side) in [("◆", 1), ("●", 0)] {
                let text = format!("{sign} {}", scatter.words[side]);
                let room = (ui.available_width() - 16.0).min(110.0);
                ui.label(super::cut(ui, &text, theme::sans(theme::size::SMALL), colors[side], room));
            }
        });
    });
    let of = |side: usize| -> Vec<[f64; 2]> {
        let dots = scatter.dots.iter().filter(|dot| dot.side == side);
        dots.map(|dot| dot.at).filter(|at| at.iter().all(|value| value.is_finite())).collect()
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
            HoverPosition::NearDataPoint { .. } | HoverPosition::Elsewhere { .. } => None,
        });
    let rect = Rect::from_min_size(ui.cursor().min, vec2(width, height));
    ui.painter().rect_filled(rect, theme::CORNER, theme.canvas);
    let shown = plot.show(ui, |plot| {
        for (side, shape) in [(0, MarkerShape::Circle), (1, MarkerShape::Diamond)] {
            let points = Points::new(scatter.words[side].clone(), PlotPoints::from(of(side)));
            plot.points(points.color(theme::faded(colors[side], 0.75)).radius(2.5).shape(shape));
        }
    });
    super::named(&shown.response, Role::Figure, "Map of frames");
    let place = |dot: &MapDot| shown.transform.position_from_point(&PlotPoint::new(dot.at[0], dot.at[1]));
    let painter = ui.painter_at(rect);
    for dot in scatter.shown.iter().flatten().filter_map(|at| scatter.dots.get(*at)) {
        painter.circle_stroke(place(dot), 5.0, Stroke::new(1.5, theme.text));
    }
    let under = shown.response.hover_pos().and_then(|at| nearest(scatter, at, place));
    if let Some(dot) = under {
        painter.circle_stroke(place(&dot), 4.0, Stroke::new(1.5, theme.text));
        let word = &scatter.words[dot.side];
        let text = format!("{word}: episode {} · frame {}\nA click shows it", dot.episode, dot.frame + 1);
        shown.response.clone().on_hover_text_at_pointer(text);
    }
    for (name, axis) in ["Across", "Up"].iter().zip(&scatter.axes) {
        ui.add(egui::Label::new(theme.caption(format!("{name}: {axis}"))).truncate());
    }
    under.filter(|_| shown.response.clicked())
}

/// The dot under the pointer.
fn nearest(scatter: &Scatter, at: Pos2, place: impl Fn(&MapDot) -> Pos2) -> Option<MapDot> {
    let far = scatter.dots.iter().map(|dot| (place(dot).distance(at), dot)).filter(|(far, _)| *far <= REACH);
    far.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, dot)| *dot)
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

/// The points as CSV: `x,y,side,episode,frame`.
pub fn csv(scatter: &Scatter) -> String {
    let mut text = String::from("x,y,side,episode,frame\n");
    for dot in &*scatter.dots {
        let side = if dot.side == 0 { "reference" } else { "other" };
        text.push_str(&format!("{},{},{side},{},{}\n", dot.at[0], dot.at[1], dot.episode, dot.frame));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Scatter {
        let dot = |side, at| MapDot { side, episode: 7, frame: 3, at };
        Scatter { dots: [dot(1, [0.5, -1.0]), dot(0, [2.0, 0.0])].into(), ..Scatter::default() }
    }

    #[test]
    fn csv_names_side_and_frame() {
        assert_eq!(csv(&two()), "x,y,side,episode,frame\n0.5,-1,other,7,3\n2,0,reference,7,3\n");
    }

    #[test]
    fn the_nearest_dot_within_reach_is_meant() {
        let place = |dot: &MapDot| egui::pos2(10.0 * dot.at[0] as f32, 10.0 * dot.at[1] as f32);
        let found = |x: f32, y: f32| nearest(&two(), egui::pos2(x, y), place).map(|dot| dot.side);
        assert_eq!([found(18.0, 3.0), found(6.0, -6.0), found(60.0, 60.0)], [Some(0), Some(1), None]);
    }
}
