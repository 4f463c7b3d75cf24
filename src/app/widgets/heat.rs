//! Coverage as a heat map of two parameters, or as strips of all: bins of equal nominal probability, shaded by how many
//! draws fell into them. Bins without any are hatched: they are what to look for.
//!
//! One cell takes the tab key; the arrows lead to the others.

use eframe::egui::{self, Align2, EventFilter, Id, Key, Modifiers, Rect, Response, Sense, StrokeKind, Ui};
use eframe::egui::{accesskit::Role, pos2, vec2};

use super::chip;
use crate::app::{
    many::{Bins, Brush, Heat, ManyAct, Strip},
    message::{Message, Outbox},
    theme::{self, Theme},
};

/// Room for the figures at the left of the map.
const LEFT: f32 = 64.0;
/// Room for the figures and the name below it.
const BELOW: f32 = 36.0;
/// Figures at the edges.
const TICK: f32 = 10.0;
/// Height of a strip.
const STRIP: f32 = 22.0;

/// Draws `heat` over the rest of `ui`.
pub fn heat_map(ui: &mut Ui, heat: &Heat, brush: &Brush, out: &mut Outbox) {
    let area = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(area);
    let high = (area.height() - BELOW - 4.0).max(24.0);
    let wide = (area.width() - LEFT - 24.0).max(48.0);
    let map = Rect::from_min_size(area.min + vec2(LEFT, 4.0), vec2(wide, high));
    let theme = Theme::of(ui);
    ui.painter().rect_filled(map, 0, theme.canvas);
    let most = heat.counts.iter().copied().max().unwrap_or(0);
    let [columns, rows] = [heat.x.len(), heat.y.len()];
    let grid = Grid { id: ui.scope_id().with("heat"), columns, rows };
    for row in 0..rows {
        for column in 0..columns {
            let at = |share: usize, of: usize, length: f32| (share as f32 / of as f32 * length).round();
            let left = map.left() + at(column, columns, map.width());
            let right = map.left() + at(column + 1, columns, map.width());
            let bottom = map.bottom() - at(row, rows, map.height());
            let top = map.bottom() - at(row + 1, rows, map.height());
            let rect = Rect::from_min_max(pos2(left, top), pos2(right - 1.0, bottom - 1.0));
            let count = heat.count(column, row);
            let told = format!("{}, {}: {}", range(&heat.x, column), range(&heat.y, row), draws(count));
            let own = heat.brush(column, row);
            let is_brushed = *brush == own;
            let response = cell(ui, (rect, (count, most)), is_brushed, &told, (&grid, [column, row]));
            brush_on_click(&response, own, is_brushed, out);
            let _ = response.on_hover_text(format!("{told}\nClick to brush them"));
        }
    }
    edges(ui, map, heat);
}

/// Draws the coverage of every parameter by itself, scrolling.
pub fn strips(ui: &mut Ui, strips: &[Strip], brush: &Brush, out: &mut Outbox) {
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for strip in strips {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), STRIP), Sense::hover());
            one_strip(ui, rect, strip, brush, out);
        }
    });
}

fn one_strip(ui: &Ui, rect: Rect, strip: &Strip, brush: &Brush, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let name = rect.with_max_x(rect.left() + (rect.width() * 0.2).clamp(96.0, 180.0));
    let words = rect.with_min_x(rect.right() - (rect.width() * 0.3).clamp(120.0, 300.0));
    let bar = Rect::from_min_max(pos2(name.right() + 8.0, rect.top()), pos2(words.left() - 8.0, rect.bottom()));
    super::cell(ui, name, &strip.bins.name, theme::sans(theme::size::SMALL), theme.text);
    super::cell(ui, words, &strip.words(), theme::sans(theme::size::SMALL), theme.weak);
    let most = strip.counts.iter().copied().max().unwrap_or(0);
    let grid = Grid { id: ui.scope_id().with(("strip", &strip.bins.name)), columns: strip.counts.len(), rows: 1 };
    let width = bar.width() / strip.counts.len().max(1) as f32;
    for (at, count) in strip.counts.iter().enumerate() {
        let edge = |at: usize| (bar.left() + at as f32 * width).round();
        let rect = Rect::from_min_max(pos2(edge(at), bar.top()), pos2(edge(at + 1) - 1.0, bar.bottom()));
        let told = format!("{}: {}", range(&strip.bins, at), draws(*count));
        let own = strip.brush(at);
        let is_brushed = *brush == own;
        let response = cell(ui, (rect, (*count, most)), is_brushed, &told, (&grid, [at, 0]));
        brush_on_click(&response, own, is_brushed, out);
        let _ = response.on_hover_text(format!("{told}\nClick to brush them"));
    }
}

fn draws(count: u64) -> String {
    match count {
        0 => "no draw".to_owned(),
        1 => "1 draw".to_owned(),
        _ => format!("{} draws", theme::count(count)),
    }
}

/// `"reach_speed_m_s 0.42 – 0.47 m/s"`.
fn range(bins: &Bins, at: usize) -> String {
    let [low, high] = bins.range(at).map(theme::figures);
    let unit = if bins.unit.is_empty() { String::new() } else { format!("{}{}", theme::THIN_SPACE, bins.unit) };
    if bins.is_discrete() {
        format!("{} {low}{unit}", bins.name)
    } else {
        format!("{} {low} – {high}{unit}", bins.name)
    }
}

fn brush_on_click(response: &Response, own: Brush, is_brushed: bool, out: &mut Outbox) {
    if response.clicked() {
        response.request_focus();
        // A second click lets go.
        out.send(Message::Many(ManyAct::Brush(if is_brushed { Brush::default() } else { own })));
    }
}

/// Cells of which one takes the tab key.
struct Grid {
    id: Id,
    columns: usize,
    rows: usize,
}

impl Grid {
    fn cell_id(&self, [column, row]: [usize; 2]) -> Id {
        self.id.with((column, row))
    }

    /// The cell that an arrow key leads to.
    fn steered(&self, ui: &Ui, response: &Response, [column, row]: [usize; 2]) -> Option<[usize; 2]> {
        if !response.has_focus() {
            return None;
        }
        let vertical_arrows = self.rows > 1;
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let to = if pressed(Key::ArrowRight) {
            [column + 1, row]
        } else if pressed(Key::ArrowLeft) {
            [column.saturating_sub(1), row]
        } else if vertical_arrows && pressed(Key::ArrowUp) {
            [column, row + 1]
        } else if vertical_arrows && pressed(Key::ArrowDown) {
            [column, row.saturating_sub(1)]
        } else {
            return None;
        };
        let to = [to[0].min(self.columns.saturating_sub(1)), to[1].min(self.rows.saturating_sub(1))];
        (to != [column, row]).then_some(to)
    }
}

/// One cell, shaded by its share of `most`.
fn cell(
    ui: &Ui,
    (rect, (count, most)): (Rect, (u64, u64)),
    is_brushed: bool,
    told: &str,
    (grid, at): (&Grid, [usize; 2]),
) -> Response {
    let theme = Theme::of(ui);
    let id = grid.cell_id(at);
    let entry: [usize; 2] = ui.data(|data| data.get_temp(grid.id)).unwrap_or([0, 0]);
    let takes_tab = entry == at || ui.memory(|memory| memory.has_focus(id));
    let response = ui.interact(rect, id, if takes_tab { Sense::click() } else { Sense::CLICK });
    super::named(&response, Role::Button, told);
    let painter = ui.painter();
    // By the root, so that thin cells can be told from empty ones.
    let share = if most == 0 { 0.0 } else { (count as f32 / most as f32).sqrt() };
    if count == 0 {
        chip::hatch(painter, rect, theme.faint);
    } else {
        painter.rect_filled(rect, 0, theme::faded(theme.synthetic, 0.12 + 0.88 * share));
    }
    if count > 0 && rect.width() > 30.0 && rect.height() > 14.0 {
        let ink = if share > 0.6 { theme::INK } else { theme.text };
        painter.text(rect.center(), Align2::CENTER_CENTER, count.to_string(), theme::mono(TICK), ink);
    }
    if is_brushed || response.hovered() || response.has_focus() {
        let width = if is_brushed { 2.0 } else { 1.0 };
        painter.rect_stroke(rect, 0, (width, theme.text), StrokeKind::Inside);
    }
    if let Some(to) = grid.steered(ui, &response, at) {
        ui.data_mut(|data| data.insert_temp(grid.id, to));
        ui.memory_mut(|memory| memory.request_focus(grid.cell_id(to)));
    }
    response
}

/// Names and edges of both axes: as many figures as have room.
fn edges(ui: &Ui, map: Rect, heat: &Heat) {
    let theme = Theme::of(ui);
    let font = theme::mono(TICK);
    let painter = ui.painter();
    let (pitch_x, pitch_y) = (map.width() / heat.x.len().max(1) as f32, map.height() / heat.y.len().max(1) as f32);
    for (at, text) in figures(&heat.x, (52.0 / pitch_x).ceil() as usize) {
        let x = map.left() + at * pitch_x;
        painter.text(pos2(x, map.bottom() + 3.0), Align2::CENTER_TOP, text, font.clone(), theme.weak);
    }
    for (at, text) in figures(&heat.y, (14.0 / pitch_y).ceil() as usize) {
        let y = map.bottom() - at * pitch_y;
        painter.text(pos2(map.left() - 6.0, y), Align2::RIGHT_CENTER, text, font.clone(), theme.weak);
    }
    let named =
        |bins: &Bins| if bins.unit.is_empty() { bins.name.clone() } else { format!("{} ({})", bins.name, bins.unit) };
    let below = Rect::from_min_max(pos2(map.left(), map.bottom() + 16.0), pos2(map.right(), map.bottom() + BELOW));
    let across = format!("{} →    ↑ {}", named(&heat.x), named(&heat.y));
    let room = below.with_max_x(ui.clip_rect().right());
    super::cell(ui, room, &across, theme::sans(theme::size::SMALL), theme.text);
}

/// Every `step`th figure with its place, in bins from the low end.
fn figures(bins: &Bins, step: usize) -> Vec<(f32, String)> {
    let half = if bins.is_discrete() { 0.5 } else { 0.0 };
    let figure = |(at, edge): (usize, &f64)| (at as f32 + half, theme::figures(*edge));
    bins.points().iter().enumerate().step_by(step.max(1)).map(figure).collect()
}

/// The cells as CSV: both ranges and the count.
pub fn csv(heat: &Heat) -> String {
    let (x, y) = (&heat.x.name, &heat.y.name);
    let mut text = format!("{x} from,{x} to,{y} from,{y} to,draws\n");
    for row in 0..heat.y.len() {
        for column in 0..heat.x.len() {
            let ([a, b], [c, d]) = (heat.x.range(column), heat.y.range(row));
            text.push_str(&format!("{a},{b},{c},{d},{}\n", heat.count(column, row)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::Distribution;

    fn bins(name: &str, count: usize) -> Bins {
        Bins::new(
            name,
            "m",
            &crate::family::Law::new(&Distribution::Uniform { low: 0.0, high: 4.0 }, None).expect("a law"),
            count,
        )
    }

    #[test]
    fn figures_are_thinned_and_stay_at_their_edges() {
        let places: Vec<(f32, String)> = figures(&bins("x", 8), 4);
        assert_eq!(places, [(0.0, "0".to_owned()), (4.0, "2.00".to_owned()), (8.0, "4.00".to_owned())]);
    }

    #[test]
    fn csv_has_a_row_a_cell() {
        let heat = Heat::of(bins("x", 2), bins("y", 2), &[0.5, 3.0, 3.5], &[0.5, 3.0, 3.0]);
        assert_eq!(csv(&heat), "x from,x to,y from,y to,draws\n0,2,0,2,1\n2,4,0,2,0\n0,2,2,4,0\n2,4,2,4,2\n");
    }
}
