//! Many draws at once, as tiles of one texture: index, weight, and where the rare event came about.

use eframe::egui::{self, Rect, Sense, StrokeKind, Ui, accesskit::Role, pos2, vec2};

use super::picture;
use crate::app::{
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::{ContactSheet, Tile},
};

/// Space between tiles, and round all of them: room for the outline of the selected one.
const GAP: f32 = theme::GRID;

/// Columns and width of a tile for `tiles` tiles over `width` points, where a tile is at least `least` wide. Of the
/// counts up to a third below the largest, one that fills every row wins: no ragged end.
pub fn columns_of(tiles: usize, width: f32, least: f32) -> (usize, f32) {
    let most = (((width - GAP) / (least + GAP)).floor().max(1.0) as usize).min(tiles.max(1));
    let fewest = (most * 2).div_ceil(3).max(1);
    let columns = (fewest..=most).rev().find(|columns| tiles.is_multiple_of(*columns)).unwrap_or(most);
    (columns, ((width - GAP) / columns as f32 - GAP).min(2.0 * least).floor())
}

/// Draws `sheet` over the rest of `ui`, scrolling where it is taller. Tiles are at least `least` points wide.
pub fn contact_sheet(ui: &mut Ui, sheet: &ContactSheet, least: f32, out: &mut Outbox) {
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let (columns, tile_width) = columns_of(sheet.tiles.len(), ui.available_width(), least);
        let height = (tile_width / sheet.aspect.max(0.1)).round();
        let rows = sheet.tiles.len().div_ceil(columns) as f32;
        let size = vec2(ui.available_width(), rows * (height + GAP) + GAP);
        let (area, _) = ui.allocate_exact_size(size, Sense::hover());
        for (at, tile) in sheet.tiles.iter().enumerate() {
            let (row, column) = ((at / columns) as f32, (at % columns) as f32);
            let min = area.min + vec2(column * (tile_width + GAP), row * (height + GAP)) + vec2(GAP, GAP);
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
    if let Some(texture) = tile.texture.or(sheet.atlas) {
        painter.image(texture, rect, tile.uv, theme::WHITE);
    } else {
        // On its way: the plate says so without 24 spinners.
        painter.rect_filled(rect, 0, theme.raised);
        super::chip::paint_icon(ui, rect.center(), icon::CIRCLE_DASHED, theme::size::TITLE, theme.faint);
    }
    picture::on_picture(
        &painter,
        rect.left_bottom() + vec2(3.0, -3.0),
        egui::Align2::LEFT_BOTTOM,
        &format!("{}", tile.draw),
        true,
    );
    if let Some(weight) = tile.weight.filter(|_| rect.width() > 88.0) {
        let at = rect.right_bottom() + vec2(-3.0, -3.0);
        let text = format!("×{}", theme::figures(weight));
        picture::on_picture(&painter, at, egui::Align2::RIGHT_BOTTOM, &text, true);
    }
    if tile.tipped {
        let centre = rect.right_top() + vec2(-12.0, 12.0);
        painter.circle_filled(centre, 9.0, theme.rare);
        super::chip::paint_icon(ui, centre, icon::LIGHTNING, theme::size::SMALL, theme::INK);
    }
    let selected = sheet.selected == Some(tile.draw);
    if selected || response.hovered() || response.has_focus() {
        let color = if selected { theme.text } else { theme.weak };
        painter.rect_stroke(rect, 1, (2.0, color), StrokeKind::Outside);
    }
    if response.clicked() {
        out.send(Message::SelectDraw(tile.draw));
    }
    let first = tile
        .weight
        .map_or_else(String::new, |weight| format!("Draw {} · weight {}\n", tile.draw, theme::figures(weight)));
    let _ = response.on_hover_text(format!("{first}{}", tile.outcome));
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
    fn rows_are_filled_where_that_costs_little() {
        assert_eq!(columns_of(24, 816.0, 96.0).0, 8, "three whole rows");
        assert_eq!(columns_of(24, 712.0, 96.0).0, 6, "not seven");
        assert_eq!(columns_of(23, 816.0, 96.0).0, 8, "a prime number has no whole rows");
        let (columns, width) = columns_of(24, 816.0, 96.0);
        assert!(columns as f32 * (width + GAP) + GAP <= 816.0 && width >= 96.0, "{width}");
        assert_eq!(columns_of(0, 10.0, 96.0).0, 1, "never none");
    }

    #[test]
    fn the_atlas_is_filled_row_by_row() {
        assert_eq!(atlas_uv(5, 4, 2), Rect::from_min_size(pos2(0.25, 0.5), vec2(0.25, 0.5)));
    }
}
