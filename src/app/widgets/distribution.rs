//! A parameter's two densities: reality's (nominal) and the one that draws come from (proposal).

use eframe::egui::{self, Color32, CursorIcon, Painter, Pos2, Rect, Sense, Shape, Ui, accesskit::Role, pos2, vec2};

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

    /// Value at screen `x`, kept inside the range.
    pub fn value(&self, x: f32) -> f64 {
        let share = f64::from((x - self.rect.left()) / self.rect.width().max(1.0)).clamp(0.0, 1.0);
        self.range[0] + share * (self.range[1] - self.range[0])
    }
}

/// The common range of both densities and the value.
pub fn range_of(parameter: &Parameter) -> [f64; 2] {
    let xs = parameter.nominal.iter().chain(&parameter.proposal).map(|point| point[0]);
    let (low, high) = xs.fold((parameter.value, parameter.value), |(low, high), x| (low.min(x), high.max(x)));
    if high > low { [low, high] } else { [low - 0.5, low + 0.5] }
}

/// The two densities small, for a table row.
pub fn spark(ui: &Ui, rect: Rect, parameter: &Parameter) {
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
    let line = curve(axis, points);
    let mut mesh = egui::Mesh::default();
    for (at, point) in line.iter().enumerate() {
        mesh.colored_vertex(*point, theme::faded(color, share));
        mesh.colored_vertex(pos2(point.x, axis.rect.bottom()), theme::faded(color, share));
        if at > 0 {
            let base = 2 * at as u32;
            mesh.add_triangle(base - 2, base - 1, base);
            mesh.add_triangle(base - 1, base, base + 1);
        }
    }
    painter.add(Shape::mesh(mesh));
    painter.add(Shape::line(line, egui::Stroke::new(1.5, color)));
}

/// The editor: both densities large, tails shaded, the value, two handles of the proposal. Returns new handles while
/// one is dragged.
pub fn editor(ui: &mut Ui, parameter: &Parameter, height: f32) -> Option<[f64; 2]> {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let plot = Rect::from_min_max(rect.min + vec2(0.0, 16.0), rect.max - vec2(0.0, 20.0)).shrink2(vec2(6.0, 0.0));
    let axis = Axis::new(plot, range_of(parameter));
    let painter = ui.painter_at(rect);
    tails(&painter, &theme, &axis, parameter);
    area(&painter, &axis, &parameter.nominal, theme.nominal, 0.22);
    area(&painter, &axis, &parameter.proposal, theme.synthetic, 0.22);
    painter.hline(plot.x_range(), plot.bottom(), theme.separator());
    ticks(&painter, &theme, &axis, parameter);
    let x = axis.x(parameter.value);
    painter.vline(x, plot.y_range(), (1.5, theme.text));
    direct_labels(&painter, &theme, rect);
    handles(ui, &axis, parameter)
}

fn tails(painter: &Painter, theme: &Theme, axis: &Axis, parameter: &Parameter) {
    let [low, high] = parameter.tails.map(|value| axis.x(value).clamp(axis.rect.left(), axis.rect.right()));
    let left = Rect::from_min_max(axis.rect.min, pos2(low, axis.rect.bottom()));
    let right = Rect::from_min_max(pos2(high, axis.rect.top()), axis.rect.max);
    for tail in [left, right] {
        if tail.width() > 1.0 {
            painter.rect_filled(tail, 0, theme::faded(theme.rare, 0.10));
            painter.hline(tail.x_range(), tail.top(), (1.0, theme::faded(theme.rare, 0.7)));
        }
    }
}

fn ticks(painter: &Painter, theme: &Theme, axis: &Axis, parameter: &Parameter) {
    let font = theme::mono(10.0);
    let y = axis.rect.bottom() + 4.0;
    let [low, high] = axis.range;
    let all = [
        (low, egui::Align2::LEFT_TOP),
        (f64::midpoint(low, high), egui::Align2::CENTER_TOP),
        (high, egui::Align2::RIGHT_TOP),
    ];
    for (value, anchor) in all {
        let unit = if value == high { parameter.unit.as_str() } else { "" };
        let text = theme::with_unit(value, parameter.decimals, unit);
        painter.text(pos2(axis.x(value), y), anchor, text, font.clone(), theme.weak);
    }
}

fn direct_labels(painter: &Painter, theme: &Theme, rect: Rect) {
    let font = theme::sans(theme::size::SMALL);
    let first =
        painter.text(rect.min + vec2(6.0, -1.0), egui::Align2::LEFT_TOP, "Nominal", font.clone(), theme.nominal);
    let at = pos2(first.right() + 12.0, first.top());
    let second = painter.text(at, egui::Align2::LEFT_TOP, "Proposal", font.clone(), theme.synthetic);
    let at = pos2(second.right() + 12.0, first.top());
    painter.text(at, egui::Align2::LEFT_TOP, "Tail", font, theme.rare);
}

fn handles(ui: &mut Ui, axis: &Axis, parameter: &Parameter) -> Option<[f64; 2]> {
    let theme = Theme::of(ui);
    let mut range = parameter.handles;
    let mut changed = false;
    // The other end stays where it was when the drag began: the new proposal's own quantile would creep.
    let held = ui.scope_id().with(("handles held", parameter.name.as_str()));
    for (at, name) in ["Lower end of proposal", "Upper end of proposal"].into_iter().enumerate() {
        let Some(value) = range.get(at).copied() else { continue };
        let centre = pos2(axis.x(value), axis.rect.bottom());
        let hit = Rect::from_center_size(centre, vec2(16.0, 20.0));
        let response = ui.interact(hit, ui.scope_id().with(("handle", at, parameter.name.as_str())), Sense::drag());
        super::named(&response, Role::Slider, name);
        let response = response.on_hover_cursor(CursorIcon::ResizeHorizontal).on_hover_text(name);
        if response.drag_started() {
            ui.data_mut(|data| data.insert_temp(held, parameter.handles));
        }
        if let (true, Some(pointer)) = (response.dragged(), response.interact_pointer_pos()) {
            range = ui.data(|data| data.get_temp(held)).unwrap_or(parameter.handles);
            range[at] = axis.value(pointer.x);
            changed = response.drag_delta().x != 0.0;
        }
        let radius = if response.hovered() || response.dragged() { 6.0 } else { 4.5 };
        ui.painter().circle(centre, radius, theme.panel, (2.0, theme.synthetic));
    }
    if range[0] > range[1] {
        range.swap(0, 1);
    }
    changed.then_some(range)
}

/// Both densities as CSV: `density,value,per_unit`.
pub fn csv(parameter: &Parameter) -> String {
    let mut text = String::from("density,value,per_unit\n");
    for (name, points) in [("nominal", &parameter.nominal), ("proposal", &parameter.proposal)] {
        for [value, density] in points {
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
