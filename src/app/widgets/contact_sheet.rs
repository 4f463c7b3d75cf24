//! Many draws at once, as tiles of one texture: index, weight, pins, and where the rare event came about.
//!
//! One tile at a time takes the keyboard's focus; arrows, Page up and down, Home and End move it and the selection with it. The tiles lie in
//! the order that they come in: ordering them is `many`'s work.

use eframe::egui::{
    self, Event, EventFilter, Id, Key, Modifiers, Rect, Response, Sense, StrokeKind, Ui, Vec2, pos2, vec2,
};
use eframe::egui::{Align2, accesskit::Role};

use super::{chip, fact, picture};
use crate::app::many::TilePicture;
use crate::app::{
    command::Command,
    icon,
    many::ManyAct,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::{ContactSheet, Tile},
};

/// Space between tiles, and round all of them: room for the outline of the selected one.
const GAP: f32 = theme::GRID;
/// Tiles are never narrower than this; where all of them do not fit, the sheet scrolls.
pub const LEAST: f32 = 72.0;
/// Tiles are never wider than this: they are pictures of few pixels.
const MOST: f32 = 240.0;

/// Columns and width of a tile for `tiles` tiles over `width` points, where a tile is at least `least` wide. Of the
/// counts up to a third below the largest, one that fills every row wins: no ragged end.
pub fn columns_of(tiles: usize, width: f32, least: f32) -> (usize, f32) {
    let most = (((width - GAP) / (least + GAP)).floor().max(1.0) as usize).min(tiles.max(1));
    let fewest = (most * 2).div_ceil(3).max(1);
    let columns = (fewest..=most).rev().find(|columns| tiles.is_multiple_of(*columns)).unwrap_or(most);
    (columns, ((width - GAP) / columns as f32 - GAP).min(2.0 * least).floor())
}

/// Columns and width of the largest tiles of which `tiles` fit into `room` without scrolling. Where they would be narrower
/// than [`LEAST`] the sheet scrolls, with as many in a row as there can be.
pub fn columns_in(tiles: usize, room: Vec2, aspect: f32) -> (usize, f32) {
    let width_with = |columns: usize| {
        let rows = tiles.div_ceil(columns).max(1) as f32;
        let across = (room.x - GAP) / columns as f32 - GAP;
        let down = ((room.y - GAP) / rows - GAP) * aspect;
        across.min(down).min(MOST).floor()
    };
    let most = tiles.clamp(1, 64);
    // Of equally large tiles, fewer columns fill the rows better.
    let best = (1..=most)
        .map(|columns| (columns, width_with(columns)))
        .fold((1, 0.0), |best, one| if one.1 > best.1 { one } else { best });
    if best.1 >= LEAST {
        return best;
    }
    let columns = ((room.x - GAP) / (LEAST + GAP)).floor().max(1.0);
    (columns as usize, ((room.x - GAP) / columns - GAP).floor())
}

/// Draws `sheet` over the rest of `ui`, scrolling where it is taller. Tiles are at least `least` points wide; `None` makes
/// them as large as lets all be seen.
pub fn contact_sheet(ui: &mut Ui, sheet: &ContactSheet, least: Option<f32>, out: &mut Outbox) {
    let room = ui.available_size();
    let aspect = sheet.aspect.max(0.1);
    let (columns, width) = match least {
        Some(least) => columns_of(sheet.tiles.len(), room.x, least),
        None => columns_in(sheet.tiles.len(), room, aspect),
    };
    let tile_size = vec2(width, (width / aspect).round());
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let rows = sheet.tiles.len().div_ceil(columns) as f32;
        let size = vec2(ui.available_width(), rows * (tile_size.y + GAP) + GAP);
        let (area, _) = ui.allocate_exact_size(size, Sense::hover());
        let place = |at: usize| {
            let step = vec2((at % columns) as f32, (at / columns) as f32) * (tile_size + Vec2::splat(GAP));
            Rect::from_min_size(area.min + step + Vec2::splat(GAP), tile_size)
        };
        let entry = sheet.tiles.iter().position(|tile| Some(tile.draw) == sheet.selected).unwrap_or(0);
        let mut in_sight = Vec::new();
        for (at, tile) in sheet.tiles.iter().enumerate() {
            let (rect, id) = (place(at), tile_id(ui, tile.draw));
            let seen = ui.is_rect_visible(rect);
            if seen {
                in_sight.push(tile.draw);
            }
            // A tile that has the focus is there even before the sheet has scrolled to it.
            if seen || ui.memory(|memory| memory.has_focus(id)) {
                let response = draw_tile(ui, (rect, at == entry), sheet, tile, out);
                let page = (ui.clip_rect().height() / (tile_size.y + GAP)).max(1.0) as usize * columns;
                if let Some(to) = steered(ui, &response, at, ([columns, page], sheet.tiles.len())) {
                    go_to(ui, sheet, to, place(to), out);
                }
            }
        }
        if sheet.can_pin && in_sight != sheet.visible {
            out.send(Message::Many(ManyAct::See(in_sight)));
        }
    });
}

fn tile_id(ui: &Ui, draw: u64) -> Id {
    ui.scope_id().with(("tile", draw))
}

/// Where the keys lead from the focused tile `at` of `count`, with so many in a row and in whole rows in sight.
fn steered(ui: &Ui, response: &Response, at: usize, ([columns, page], count): ([usize; 2], usize)) -> Option<usize> {
    if !response.has_focus() {
        return None;
    }
    let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let last = count.saturating_sub(1);
    let to = if pressed(Key::ArrowRight) {
        at + 1
    } else if pressed(Key::ArrowLeft) {
        at.saturating_sub(1)
    } else if pressed(Key::ArrowDown) {
        if at + columns > last { at } else { at + columns }
    } else if pressed(Key::ArrowUp) {
        if at < columns { at } else { at - columns }
    } else if pressed(Key::PageDown) {
        // By whole rows: down the same column.
        at + page.min((last - at) / columns * columns)
    } else if pressed(Key::PageUp) {
        at - page.min(at / columns * columns)
    } else if pressed(Key::Home) {
        0
    } else if pressed(Key::End) {
        last
    } else {
        return None;
    };
    (to.min(last) != at).then_some(to.min(last))
}

fn go_to(ui: &Ui, sheet: &ContactSheet, to: usize, rect: Rect, out: &mut Outbox) {
    let Some(tile) = sheet.tiles.get(to) else { return };
    ui.memory_mut(|memory| memory.request_focus(tile_id(ui, tile.draw)));
    ui.scroll_to_rect(rect.expand(GAP), None);
    out.send(Message::SelectDraw(tile.draw));
}

/// What a screen reader says (`"Draw 7, weight 0.42, tipped"`).
fn name_of(sheet: &ContactSheet, tile: &Tile) -> String {
    let noun = if sheet.noun.is_empty() { "Draw" } else { &sheet.noun };
    let mut name = format!("{noun} {}", tile.draw);
    if let Some(weight) = tile.weight {
        name.push_str(&format!(", weight {}", theme::figures(weight)));
    }
    if tile.tipped {
        name.push_str(", ");
        name.push_str(if sheet.event.is_empty() { "rare event" } else { &sheet.event });
    }
    match tile.picture {
        TilePicture::Waiting => name.push_str(", on its way"),
        TilePicture::Failed => name.push_str(", no picture"),
        TilePicture::Ready => {}
    }
    if tile.pinned {
        name.push_str(", pinned");
    }
    if tile.flagged {
        name.push_str(", flagged");
    }
    name
}

fn draw_tile(ui: &Ui, (rect, is_entry): (Rect, bool), sheet: &ContactSheet, tile: &Tile, out: &mut Outbox) -> Response {
    let id = tile_id(ui, tile.draw);
    // The tab key goes to one tile and then on; the arrows lead to the others.
    let takes_tab = is_entry || ui.memory(|memory| memory.has_focus(id));
    let response = ui.interact(rect, id, if takes_tab { Sense::click() } else { Sense::CLICK });
    super::named(&response, Role::Button, &name_of(sheet, tile));
    paint_tile(ui, rect, sheet, tile, &response);
    if response.clicked() {
        response.request_focus();
        let pins = sheet.can_pin && ui.input(|input| input.events.iter().any(is_shift_click));
        out.send(if pins { Message::Many(ManyAct::Pin(tile.draw)) } else { Message::SelectDraw(tile.draw) });
    }
    if response.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Space)) {
        out.command(Command::PlayPause);
    }
    response.on_hover_ui(|ui| card(ui, sheet, tile))
}

/// The keys as they were at the click: a slow frame may see them released already.
fn is_shift_click(event: &Event) -> bool {
    matches!(event, Event::PointerButton { pressed: false, modifiers, .. } if modifiers.shift)
}

fn paint_tile(ui: &Ui, rect: Rect, sheet: &ContactSheet, tile: &Tile, response: &Response) {
    let theme = Theme::of(ui);
    let painter = ui.painter_at(rect.expand(2.0));
    match (tile.picture, tile.texture.or(sheet.atlas)) {
        (TilePicture::Ready, Some(texture)) => {
            painter.image(texture, rect, tile.uv, theme::WHITE);
        }
        (state, _) => {
            // The plate says it without a sheet full of spinners.
            painter.rect_filled(rect, 0, theme.raised);
            let sign = if state == TilePicture::Failed { icon::WARNING } else { icon::CIRCLE_DASHED };
            chip::paint_icon(ui, rect.center(), sign, theme::size::TITLE, theme.faint);
        }
    }
    if !tile.lit {
        painter.rect_filled(rect, 0, theme::faded(theme.canvas, 0.78));
    }
    let number = format!("{}", tile.draw);
    picture::on_picture(&painter, rect.left_bottom() + vec2(3.0, -3.0), Align2::LEFT_BOTTOM, &number, true);
    if let Some(weight) = tile.weight.filter(|_| rect.width() > 88.0) {
        let text = format!("×{}", theme::figures(weight));
        picture::on_picture(&painter, rect.right_bottom() + vec2(-3.0, -3.0), Align2::RIGHT_BOTTOM, &text, true);
    }
    let sign = |at: egui::Pos2, fill, sign, ink| {
        painter.circle_filled(at, 9.0, fill);
        chip::paint_icon(ui, at, sign, theme::size::SMALL, ink);
    };
    if tile.tipped {
        let fill = if tile.lit { theme.rare } else { theme::faded(theme.rare, 0.5) };
        sign(rect.right_top() + vec2(-12.0, 12.0), fill, icon::LIGHTNING, theme::INK);
    }
    if tile.pinned {
        sign(rect.left_top() + vec2(12.0, 12.0), theme.primary, icon::PUSH_PIN, theme.on_primary);
    }
    if tile.flagged {
        sign(rect.right_top() + vec2(-12.0, 12.0), theme.primary, icon::FLAG, theme.on_primary);
    }
    let selected = sheet.selected == Some(tile.draw);
    if selected || response.hovered() || response.has_focus() {
        let color = if selected { theme.text } else { theme.weak };
        painter.rect_stroke(rect, 1, (2.0, color), StrokeKind::Outside);
    }
    if response.has_focus() {
        painter.rect_stroke(rect.shrink(2.0), 1, (1.0, theme.text), StrokeKind::Inside);
    }
}

/// What a tile says of itself under the pointer.
fn card(ui: &mut Ui, sheet: &ContactSheet, tile: &Tile) {
    const WIDTH: f32 = 300.0;
    let theme = Theme::of(ui);
    ui.set_width(WIDTH);
    if let Some(weight) = tile.weight {
        let fate = if tile.tipped { format!(" · {}", sheet.event) } else { String::new() };
        ui.label(theme.body(format!("Draw {} · weight {}{fate}", tile.draw, theme::figures(weight))));
    }
    if !tile.outcome.is_empty() {
        ui.label(theme.caption(&tile.outcome));
    }
    if !tile.deviations.is_empty() {
        ui.add_space(theme::GRID);
        ui.label(theme.caption("Farthest from nominal, in its standard deviations"));
        ui.spacing_mut().item_spacing.y = 0.0;
        for far in &*tile.deviations {
            let sign = if far.sds > 0.0 { "+" } else { "" };
            let unit = if far.unit.is_empty() { String::new() } else { format!("{}{}", theme::THIN_SPACE, far.unit) };
            let sds = format!("{sign}{}", format!("{:.1}", far.sds).replace('-', "−"));
            fact(ui, &far.name, &format!("{}{unit}  {sds:>5} sd", theme::figures(far.value)));
        }
    }
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
    fn tiles_are_as_large_as_lets_all_be_seen() {
        for (tiles, room) in [(16, vec2(900.0, 300.0)), (36, vec2(800.0, 420.0)), (64, vec2(1400.0, 500.0))] {
            let aspect = 4.0 / 3.0;
            let (columns, width) = columns_in(tiles, room, aspect);
            let rows = tiles.div_ceil(columns) as f32;
            assert!(width >= LEAST, "{tiles}: {width}");
            assert!(columns as f32 * (width + GAP) + GAP <= room.x, "{tiles}: too wide");
            assert!(rows * ((width / aspect).round() + GAP) + GAP <= room.y + rows, "{tiles}: too tall");
        }
        let (columns, width) = columns_in(256, vec2(800.0, 200.0), 4.0 / 3.0);
        assert!(width >= LEAST && columns == 10, "they scroll rather than shrink: {columns} of {width}");
    }

    #[test]
    fn the_atlas_is_filled_row_by_row() {
        assert_eq!(atlas_uv(5, 4, 2), Rect::from_min_size(pos2(0.25, 0.5), vec2(0.25, 0.5)));
    }

    #[test]
    fn a_tile_is_named_with_weight_and_fate() {
        let sheet = ContactSheet { event: "tips".to_owned(), ..ContactSheet::default() };
        let tile = Tile { draw: 7, weight: Some(0.42), tipped: true, ..Tile::default() };
        assert_eq!(name_of(&sheet, &tile), "Draw 7, weight 0.420, tips");
        let late = Tile { draw: 8, picture: TilePicture::Waiting, pinned: true, ..Tile::default() };
        assert_eq!(name_of(&sheet, &late), "Draw 8, on its way, pinned");
    }
}
