//! Coverage as a heat map of two parameters, or as strips of all: bins of equal nominal probability, shaded by how many
//! draws fell into them. Bins without any are hatched: they are what to look for. And as a map of two quantities by which of two
//! sides reaches what.
//!
//! One cell takes the tab key; the arrows lead to the others.

use eframe::egui::{self, Align2, Color32, EventFilter, Id, Key, Modifiers, Rect, Response, Sense, StrokeKind, Ui};
use eframe::egui::{accesskit::Role, pos2, vec2};

use super::chip;
use crate::app::{
    lab::difference::PairMap,
    many::{Bins, Brush, Heat, ManyAct, Strip, cell_brush},
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
    let most = heat.counts.iter().copied().max().unwrap_or(0);
    let theme = Theme::of(ui);
    let clicked = map(ui, [&heat.x, &heat.y], Some(brush), |[column, row]| {
        let count = heat.count(column, row);
        let told = format!("{}, {}: {}", range(&heat.x, column), range(&heat.y, row), draws(count));
        shaded(&theme, count, most, told)
    });
    if let Some(own) = clicked {
        choose(own, brush, out);
    }
}

/// Draws which side of `map` reaches which cell, over the rest of `ui`; the brush of the cell that was clicked. `colors` are those
/// of the first side, of both, and of the second; `rows_are` says what their rows are.
pub fn two_sided(ui: &mut Ui, map: &PairMap, colors: [Color32; 3], rows_are: &[String; 2]) -> Option<Brush> {
    let neither = Theme::of(ui).null_band;
    self::map(ui, [&map.x, &map.y], None, |at| {
        let [ours, theirs] = map.rows(at);
        let (fill, text) = match (ours > 0, theirs > 0) {
            (true, false) => (colors[0], theme::count(ours)),
            (true, true) => (colors[1], format!("{} | {}", theme::count(ours), theme::count(theirs))),
            (false, true) => (colors[2], theme::count(theirs)),
            (false, false) => (neither, String::new()),
        };
        let counts = format!("{} {}, {} {}", theme::count(ours), rows_are[0], theme::count(theirs), rows_are[1]);
        let told = format!("{} and {}: {counts}", map.x.words(at[0]), map.y.words(at[1]));
        Look { fill: Some(fill), text, ink: theme::ink_on(fill), told }
    })
}

/// A map with a cell for every bin of `x` and `y`; the brush of the cell that was clicked.
fn map(
    ui: &mut Ui,
    [x, y]: [&Bins; 2],
    brush: Option<&Brush>,
    mut look: impl FnMut([usize; 2]) -> Look,
) -> Option<Brush> {
    let area = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(area);
    let high = (area.height() - BELOW - 4.0).max(24.0);
    let wide = (area.width() - LEFT - 24.0).max(48.0);
    let map = Rect::from_min_size(area.min + vec2(LEFT, 4.0), vec2(wide, high));
    ui.painter().rect_filled(map, 0, Theme::of(ui).canvas);
    let [columns, rows] = [x.len(), y.len()];
    let grid = Grid { id: ui.scope_id().with("heat"), columns, rows };
    let mut clicked = None;
    for row in 0..rows {
        for column in 0..columns {
            let at = |share: usize, of: usize, length: f32| (share as f32 / of as f32 * length).round();
            let left = map.left() + at(column, columns, map.width());
            let right = map.left() + at(column + 1, columns, map.width());
            let bottom = map.bottom() - at(row, rows, map.height());
            let top = map.bottom() - at(row + 1, rows, map.height());
            let rect = Rect::from_min_max(pos2(left, top), pos2(right - 1.0, bottom - 1.0));
            let own = cell_brush([x, y], [column, row]);
            if cell(ui, rect, brush == Some(&own), &look([column, row]), (&grid, [column, row])) {
                clicked = Some(own);
            }
        }
    }
    edges(ui, map, [x, y]);
    clicked
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
        if cell(ui, rect, *brush == own, &shaded(&theme, *count, most, told), (&grid, [at, 0])) {
            choose(own, brush, out);
        }
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

/// Brushes what was clicked; a second click lets go.
fn choose(own: Brush, brush: &Brush, out: &mut Outbox) {
    out.send(Message::Many(ManyAct::Brush(if *brush == own { Brush::default() } else { own })));
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

/// How a cell looks.
struct Look {
    /// Hatched where there is none.
    fill: Option<Color32>,
    /// Drawn where there is room.
    text: String,
    ink: Color32,
    /// Its name, and what is told on hover.
    told: String,
}

/// A cell shaded by its share of `most`; hatched where it holds nothing.
fn shaded(theme: &Theme, count: u64, most: u64, told: String) -> Look {
    if count == 0 {
        return Look { fill: None, text: String::new(), ink: theme.text, told };
    }
    // By the root, so that thin cells can be told from empty ones.
    let share = (count as f32 / most.max(1) as f32).sqrt();
    let fill = Some(theme::faded(theme.synthetic, 0.12 + 0.88 * share));
    Look { fill, text: count.to_string(), ink: if share > 0.6 { theme::INK } else { theme.text }, told }
}

/// One cell; true where it was clicked.
fn cell(ui: &Ui, rect: Rect, is_brushed: bool, look: &Look, (grid, at): (&Grid, [usize; 2])) -> bool {
    let theme = Theme::of(ui);
    let id = grid.cell_id(at);
    let entry: [usize; 2] = ui.data(|data| data.get_temp(grid.id)).unwrap_or([0, 0]);
    let takes_tab = entry == at || ui.memory(|memory| memory.has_focus(id));
    let response = ui.interact(rect, id, if takes_tab { Sense::click() } else { Sense::CLICK });
    super::named(&response, Role::Button, &look.told);
    let painter = ui.painter();
    if let Some(fill) = look.fill {
        painter.rect_filled(rect, 0, fill);
    } else {
        chip::hatch(painter, rect, theme.faint);
    }
    let room = (TICK * 0.62 * look.text.chars().count() as f32 + 6.0).max(30.0);
    if !look.text.is_empty() && rect.width() > room && rect.height() > 14.0 {
        painter.text(rect.center(), Align2::CENTER_CENTER, &look.text, theme::mono(TICK), look.ink);
    }
    if is_brushed || response.hovered() || response.has_focus() {
        let width = if is_brushed { 2.0 } else { 1.0 };
        painter.rect_stroke(rect, 0, (width, theme.text), StrokeKind::Inside);
    }
    if let Some(to) = grid.steered(ui, &response, at) {
        ui.data_mut(|data| data.insert_temp(grid.id, to));
        ui.memory_mut(|memory| memory.request_focus(grid.cell_id(to)));
    }
    let clicked = response.clicked();
    if clicked {
        response.request_focus();
    }
    let _ = response.on_hover_text(format!("{}\nClick to brush them", look.told));
    clicked
}

/// Names and edges of both axes: as many figures as have room.
fn edges(ui: &Ui, map: Rect, [x, y]: [&Bins; 2]) {
    let theme = Theme::of(ui);
    let font = theme::mono(TICK);
    let painter = ui.painter();
    let (pitch_x, pitch_y) = (map.width() / x.len().max(1) as f32, map.height() / y.len().max(1) as f32);
    for (at, text) in figures(x, (52.0 / pitch_x).ceil() as usize) {
        let place = map.left() + at * pitch_x;
        painter.text(pos2(place, map.bottom() + 3.0), Align2::CENTER_TOP, text, font.clone(), theme.weak);
    }
    for (at, text) in figures(y, (14.0 / pitch_y).ceil() as usize) {
        let place = map.bottom() - at * pitch_y;
        painter.text(pos2(map.left() - 6.0, place), Align2::RIGHT_CENTER, text, font.clone(), theme.weak);
    }
    let named =
        |bins: &Bins| if bins.unit.is_empty() { bins.name.clone() } else { format!("{} ({})", bins.name, bins.unit) };
    let below = Rect::from_min_max(pos2(map.left(), map.bottom() + 16.0), pos2(map.right(), map.bottom() + BELOW));
    let across = format!("{} →    ↑ {}", named(x), named(y));
    let room = below.with_max_x(ui.clip_rect().right());
    super::cell(ui, room, &across, theme::sans(theme::size::SMALL), theme.text);
}

/// Every `step`th figure with its place, in bins from the low end.
fn figures(bins: &Bins, step: usize) -> Vec<(f32, String)> {
    let half = if bins.is_discrete() { 0.5 } else { 0.0 };
    let figure = |(at, edge): (usize, &f64)| (at as f32 + half, theme::figures(*edge));
    // The outer bins may have no end.
    let ends = bins.points().iter().enumerate().step_by(step.max(1)).filter(|(_, edge)| edge.is_finite());
    ends.map(figure).collect()
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
        assert_eq!(places, [(0.0, "0".to_owned()), (4.0, "2".to_owned()), (8.0, "4".to_owned())]);
    }

    #[test]
    fn csv_has_a_row_a_cell() {
        let heat = Heat::of(bins("x", 2), bins("y", 2), &[0.5, 3.0, 3.5], &[0.5, 3.0, 3.0]);
        assert_eq!(csv(&heat), "x from,x to,y from,y to,draws\n0,2,0,2,1\n2,4,0,2,0\n0,2,2,4,0\n2,4,2,4,2\n");
    }
}
