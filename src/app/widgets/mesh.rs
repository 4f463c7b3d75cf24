//! Marks of many points as triangles of one mesh: a hundred thousand are drawn as quickly as a hundred. And the strip of a scale's
//! colours, of the same squares.

use eframe::egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Vec2, pos2, vec2};

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

/// Paints the colours of a scale from left to right into `bar`; `color` is asked for shares from 0 to 1.
pub fn strip(painter: &Painter, bar: Rect, color: impl Fn(f32) -> Color32) {
    const STEPS: u8 = 40;
    let x = |step: u8| bar.left() + bar.width() * f32::from(step) / f32::from(STEPS);
    let mut mesh = Mesh::default();
    for step in 0..STEPS {
        let part = Rect::from_min_max(pos2(x(step), bar.top()), pos2(x(step + 1), bar.bottom()));
        mesh.add_colored_rect(part, color((f32::from(step) + 0.5) / f32::from(STEPS)));
    }
    painter.add(Shape::mesh(mesh));
}
