//! Marks of many points as triangles of one mesh: a hundred thousand are drawn as quickly as a hundred.

use eframe::egui::{Color32, Mesh, Pos2, Rect, Vec2, vec2};

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
