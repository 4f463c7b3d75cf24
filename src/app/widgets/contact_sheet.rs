//! Many draws at once, as tiles of one texture: index, weight, and where the rare event came about.

use eframe::egui::{self, Rect, Sense, StrokeKind, Ui, accesskit::Role, pos2, vec2};

use super::picture;
use crate::app::{
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::{ContactSheet, Tile},
};

/// Draws `sheet` over the rest of `ui`, scrolling where it is taller. Tiles are about `width` points wide.
pub fn contact_sheet(ui: &mut Ui, sheet: &ContactSheet, width: f32, out: &mut Outbox) {
    let gap = theme::GRID;
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let columns = ((ui.available_width() + gap) / (width + gap)).floor().max(1.0);
        let tile_width = ((ui.available_width() + gap) / columns - gap).floor();
        let height = (tile_width / sheet.aspect.max(0.1)).round();
        let rows = (sheet.tiles.len() as f32 / columns).ceil();
        let size = vec2(ui.available_width(), rows * (height + gap));
        let (area, _) = ui.allocate_exact_size(size, Sense::hover());
        for (at, tile) in sheet.tiles.iter().enumerate() {
            let (row, column) = ((at as f32 / columns).floor(), at as f32 % columns);
            let min = area.min + vec2(column * (tile_width + gap), row * (height + gap));
            let rect = Rect::from_min_size(min, vec2(tile_width, height));
            if ui.is_rect_visible(rect) {
                draw_tile(ui, rect, sheet, tile, out);
            }
        }
    });
}

fn draw_tile(ui: &mut Ui, rect: Rect, sheet: &ContactSheet, tile: &Tile, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(("tile", tile.draw)), Sense::click());
    let fate = if tile.tipped { ", rare event" } else { "" };
    super::named(&response, Role::Button, &format!("Draw {}{fate}", tile.draw));
    let painter = ui.painter_at(rect.expand(2.0));
    match tile.texture.or(sheet.atlas) {
        Some(texture) => {
            painter.image(texture, rect, tile.uv, theme::WHITE);
        }
        None => {
            painter.rect_filled(rect, 0, theme.surround);
        }
    }
    picture::on_picture(
        &painter,
        rect.left_bottom() + vec2(3.0, -3.0),
        egui::Align2::LEFT_BOTTOM,
        &format!("{}", tile.draw),
        true,
    );
    if rect.width() > 88.0 {
        let at = rect.right_bottom() + vec2(-3.0, -3.0);
        let text = format!("×{:.2}", tile.weight);
        picture::on_picture(&painter, at, egui::Align2::RIGHT_BOTTOM, &text, true);
    }
    if tile.tipped {
        let centre = rect.right_top() + vec2(-12.0, 12.0);
        painter.circle_filled(centre, 9.0, theme.rare);
        super::chip::paint_icon(ui, centre, icon::LIGHTNING, theme::size::SMALL, theme::INK);
    }
    let selected = sheet.selected == Some(tile.draw);
    if selected || response.hovered() {
        let color = if selected { theme.text } else { theme.weak };
        painter.rect_stroke(rect, 1, (2.0, color), StrokeKind::Outside);
    }
    if response.clicked() {
        out.send(Message::SelectDraw(tile.draw));
    }
    let _ = response.on_hover_text(format!("Draw {} · weight {:.3}\n{}", tile.draw, tile.weight, tile.outcome));
}

/// The rectangle of tile `at` in an atlas of `columns` by `rows`, as texture coordinates.
pub fn atlas_uv(at: usize, columns: usize, rows: usize) -> Rect {
    let (columns, rows) = (columns.max(1), rows.max(1));
    let size = vec2(1.0 / columns as f32, 1.0 / rows as f32);
    let min = pos2((at % columns) as f32 * size.x, (at / columns) as f32 * size.y);
    Rect::from_min_size(min, size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_atlas_is_filled_row_by_row() {
        assert_eq!(atlas_uv(5, 4, 2), Rect::from_min_size(pos2(0.25, 0.5), vec2(0.25, 0.5)));
    }
}
