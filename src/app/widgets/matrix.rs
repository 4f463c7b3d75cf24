//! The scatter matrix: every chosen column against every other, with histograms on the diagonal and rank correlations
//! above it. A rectangle drawn in a cell brushes.
//!
//! Form tells the rare event as well as colour: diamonds where it came about, small squares where it did not, specks where
//! the episode is not simulated yet. All marks are one mesh, kept until something changes, with at most one mark of a kind
//! a screen point: ten thousand draws cost no more than the screen has room for.

use std::sync::Arc;

use eframe::egui::{self, Align2, Color32, EventFilter, Key, Mesh, Modifiers, Rect, Response, Sense, Ui};
use eframe::egui::{Shape, StrokeKind, accesskit::Role, pos2, vec2};

use super::mesh::{diamond, square};
use crate::app::{
    many::{Brush, Column, Many, ManyAct, Pool, nudged, rank_correlation},
    message::{Message, Outbox},
    theme::{self, Theme},
};

/// Space between cells.
const GAP: f32 = theme::GRID;
/// Space between a cell's edge and its marks.
const PAD: f32 = 5.0;
/// Bins of a histogram on the diagonal.
const BINS: usize = 24;
/// Tick figures.
const TICK: f32 = 10.0;
/// How near to a mark a click must be, in points.
const REACH: f32 = 8.0;
/// One press of an arrow key, as a share of the axis.
const STEP: f64 = 0.05;

/// Draws the matrix over the rest of `ui`.
pub fn matrix(ui: &mut Ui, many: &Many, selected: Option<u64>, out: &mut Outbox) {
    let area = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(area);
    let columns: Vec<&Column> = many.columns.iter().filter_map(|name| many.pool.column(name)).collect();
    let drawn = drawn(ui, many, area, &columns);
    let theme = Theme::of(ui);
    for (row, y) in columns.iter().enumerate() {
        for (column, x) in columns.iter().enumerate() {
            let cell = cell_of(area, columns.len(), column, row);
            match column.cmp(&row) {
                std::cmp::Ordering::Greater => correlation(ui, cell, (x, y), &drawn),
                std::cmp::Ordering::Equal => {
                    ui.painter().rect_filled(cell, theme::CORNER, theme.canvas);
                }
                std::cmp::Ordering::Less => {
                    ui.painter().rect_filled(cell, theme::CORNER, theme.canvas);
                    brushed_area(ui, cell, &many.state.brush, (x, y));
                }
            }
        }
    }
    ui.painter_at(area).add(Shape::Mesh(Arc::clone(&drawn.mesh)));
    for (row, y) in columns.iter().enumerate() {
        label(ui, cell_of(area, columns.len(), row, row), y);
        for (column, x) in columns.iter().enumerate().take(row) {
            pair(ui, cell_of(area, columns.len(), column, row), (x, y), (many, selected), out);
        }
    }
}

fn cell_of(area: Rect, count: usize, column: usize, row: usize) -> Rect {
    let size = (area.size() + vec2(GAP, GAP)) / count.max(1) as f32;
    let min = area.min + vec2(column as f32 * size.x, row as f32 * size.y);
    // Whole points, so that cells have sharp edges.
    Rect::from_min_max(min.round(), (min + size - vec2(GAP, GAP)).round())
}

/// Where a value of both columns lies in `cell`.
fn place(cell: Rect, (x, y): (&Column, &Column), (a, b): (f64, f64)) -> egui::Pos2 {
    let inner = cell.shrink(PAD);
    let at = |share: f64, from: f32, length: f32| from + share as f32 * length;
    pos2(at(x.share(a), inner.left(), inner.width()), at(y.share(b), inner.bottom(), -inner.height()))
}

/// The values under `at`.
fn values_at(cell: Rect, (x, y): (&Column, &Column), at: egui::Pos2) -> [f64; 2] {
    let inner = cell.shrink(PAD);
    let share = (at - inner.left_bottom()) / inner.size();
    [x.at(f64::from(share.x)), y.at(f64::from(-share.y))]
}

/// What was drawn last, and what of.
#[derive(Clone)]
struct Drawn {
    pool: Arc<Pool>,
    brushed: Arc<[bool]>,
    columns: Vec<String>,
    area: Rect,
    dark: bool,
    mesh: Arc<Mesh>,
    /// Of column `a` and row `b`, for `a` after `b`.
    correlations: Arc<[(usize, usize, Option<f64>)]>,
}

fn drawn(ui: &Ui, many: &Many, area: Rect, columns: &[&Column]) -> Drawn {
    let id = ui.scope_id().with("matrix");
    let theme = Theme::of(ui);
    let kept: Option<Drawn> = ui.data(|data| data.get_temp(id));
    if let Some(kept) = kept.filter(|kept| {
        Arc::ptr_eq(&kept.pool, &many.pool)
            && Arc::ptr_eq(&kept.brushed, &many.brushed)
            && (&kept.columns, kept.area, kept.dark) == (&many.columns, area, theme.dark)
    }) {
        return kept;
    }
    let mut mesh = Mesh::default();
    let mut correlations = Vec::new();
    for (row, y) in columns.iter().enumerate() {
        bars(&mut mesh, cell_of(area, columns.len(), row, row), y, many, &theme);
        for (column, x) in columns.iter().enumerate().take(row) {
            marks(&mut mesh, cell_of(area, columns.len(), column, row), (x, y), many, &theme);
            correlations.push((row, column, rank_correlation(&x.values, &y.values)));
        }
    }
    let new = Drawn {
        pool: Arc::clone(&many.pool),
        brushed: Arc::clone(&many.brushed),
        columns: many.columns.clone(),
        area,
        dark: theme.dark,
        mesh: Arc::new(mesh),
        correlations: correlations.into(),
    };
    ui.data_mut(|data| data.insert_temp(id, new.clone()));
    new
}

/// The marks of one cell: what matters least first, so that what matters most lies on top.
fn marks(mesh: &mut Mesh, cell: Rect, pair: (&Column, &Column), many: &Many, theme: &Theme) {
    for lit in [false, true] {
        for rare in [None, Some(false), Some(true)] {
            let rows = many
                .pool
                .rare
                .iter()
                .enumerate()
                .filter(|(row, of)| **of == rare && many.brushed.get(*row).copied().unwrap_or(true) == lit);
            let values = rows.filter_map(|(row, _)| Some((pair.0.value(row)?, pair.1.value(row)?)));
            let color = mark_color(theme, rare, lit);
            for at in thinned(cell, values.map(|value| place(cell, pair, value))) {
                match rare {
                    Some(true) => diamond(mesh, at, 3.2, color),
                    Some(false) => square(mesh, at, 1.3, color),
                    None => square(mesh, at, 0.7, color),
                }
            }
        }
    }
}

/// Colour of a draw: rare, not rare, not simulated; quieter where a brush leaves it out.
pub(super) fn mark_color(theme: &Theme, rare: Option<bool>, lit: bool) -> Color32 {
    let (color, quiet) = match rare {
        Some(true) => (theme.rare, 0.3),
        Some(false) => (theme.text, 0.2),
        None => (theme.weak, 0.2),
    };
    let full = if rare == Some(true) { 0.9 } else { 0.65 };
    theme::faded(color, if lit { full } else { quiet })
}

/// One of the points that share a screen point.
fn thinned(cell: Rect, points: impl Iterator<Item = egui::Pos2>) -> Vec<egui::Pos2> {
    let (width, height) = (cell.width().max(1.0) as usize + 1, cell.height().max(1.0) as usize + 1);
    let mut taken = vec![false; width * height];
    points
        .filter(|point| {
            let (x, y) = ((point.x - cell.left()).max(0.0) as usize, (point.y - cell.top()).max(0.0) as usize);
            taken
                .get_mut(y.min(height - 1) * width + x.min(width - 1))
                .is_some_and(|seen| !std::mem::replace(seen, true))
        })
        .collect()
}

/// The histogram of a column: all draws, over them the brushed, over them the rare.
fn bars(mesh: &mut Mesh, cell: Rect, column: &Column, many: &Many, theme: &Theme) {
    let mut counts = [[0_u32; BINS]; 3];
    for row in 0..many.pool.len() {
        let Some(value) = column.value(row) else { continue };
        let bin = ((column.share(value) * BINS as f64) as usize).min(BINS - 1);
        let lit = many.brushed.get(row).copied().unwrap_or(true);
        let rare = many.pool.rare.get(row).copied().flatten().unwrap_or(false);
        for (layer, counts_in) in [true, lit && !many.brushed.is_empty(), lit && rare].into_iter().zip(&mut counts) {
            if let Some(count) = counts_in.get_mut(bin).filter(|_| layer) {
                *count += 1;
            }
        }
    }
    let top = counts[0].iter().copied().max().unwrap_or(0).max(1) as f32;
    let inner = cell.shrink(PAD).with_min_y(cell.top() + 20.0);
    let inner = inner.with_max_y(cell.bottom() - 17.0);
    let width = inner.width() / BINS as f32;
    for (counts, color) in counts.iter().zip([theme.null_band, theme.weak, theme.rare]) {
        for (bin, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let left = inner.left() + bin as f32 * width;
            let height = (*count as f32 / top * inner.height()).max(1.0);
            let min = pos2(left, inner.bottom() - height);
            mesh.add_colored_rect(Rect::from_min_max(min, pos2(left + width - 1.0, inner.bottom())), color);
        }
    }
}

/// Name with unit above a histogram, the ends of its axis below.
fn label(ui: &Ui, cell: Rect, column: &Column) {
    let theme = Theme::of(ui);
    let inner = cell.shrink2(vec2(PAD, 2.0));
    let top = inner.with_max_y(inner.top() + 16.0);
    let end = super::cell(ui, top, &column.name, theme::sans(theme::size::SMALL), theme.text);
    super::cell(ui, top.with_min_x(end + 4.0), &column.unit, theme::sans(theme::size::SMALL), theme.weak);
    let [low, high] = column.ends.map(theme::figures);
    let painter = ui.painter_at(inner);
    painter.text(inner.left_bottom(), Align2::LEFT_BOTTOM, low, theme::mono(TICK), theme.weak);
    painter.text(inner.right_bottom(), Align2::RIGHT_BOTTOM, high, theme::mono(TICK), theme.weak);
    let response = ui.interact(cell, ui.scope_id().with(("diagonal", &column.name)), Sense::hover());
    super::named(&response, Role::Figure, &format!("Histogram of {}", column.name));
    let _ = response.on_hover_text(format!("{} · all draws grey, rare ones coloured", column.name));
}

fn correlation(ui: &Ui, cell: Rect, (x, y): (&Column, &Column), drawn: &Drawn) {
    let theme = Theme::of(ui);
    let named = |at: usize, column: &Column| drawn.columns.get(at) == Some(&column.name);
    let found = drawn.correlations.iter().find(|(a, b, _)| named(*a, x) && named(*b, y));
    let Some(rho) = found.and_then(|(.., rho)| *rho) else { return };
    // A strong one is read first.
    let color = if rho.abs() >= 0.3 { theme.text } else { theme.weak };
    let text = format!("ρ {rho:+.2}").replace('-', "−");
    ui.painter().text(cell.center(), Align2::CENTER_CENTER, text, theme::mono(theme::size::SMALL), color);
    let response = ui.interact(cell, ui.scope_id().with(("rho", &x.name, &y.name)), Sense::hover());
    let _ = response
        .on_hover_text(format!("Rank correlation of {} and {} over the draws where both are known", x.name, y.name));
}

/// The brush as bands: one a range, and the rectangle where both hold.
fn brushed_area(ui: &Ui, cell: Rect, brush: &Brush, (x, y): (&Column, &Column)) {
    let theme = Theme::of(ui);
    let inner = cell.shrink(PAD);
    let band = theme::faded(theme.hover, 0.55);
    let across = brush.range(&x.name).map(|[a, b]| {
        let at = |value| inner.left() + x.share(value) as f32 * inner.width();
        Rect::from_min_max(pos2(at(a), inner.top()), pos2(at(b), inner.bottom()))
    });
    let up = brush.range(&y.name).map(|[a, b]| {
        let at = |value| inner.bottom() - y.share(value) as f32 * inner.height();
        Rect::from_min_max(pos2(inner.left(), at(b)), pos2(inner.right(), at(a)))
    });
    for rect in [across, up].into_iter().flatten() {
        ui.painter().rect_filled(rect.expand(1.0), 0, band);
    }
    if let Some((across, up)) = across.zip(up) {
        ui.painter().rect_stroke(across.intersect(up).expand(1.0), 0, (1.0, theme.text), StrokeKind::Outside);
    }
}

/// One cell under the pointer and the keys.
fn pair(ui: &Ui, cell: Rect, columns: (&Column, &Column), (many, selected): (&Many, Option<u64>), out: &mut Outbox) {
    let (x, y) = columns;
    let id = ui.scope_id().with(("cell", &x.name, &y.name));
    let response = ui.interact(cell, id, Sense::click_and_drag());
    super::named(&response, Role::Figure, &format!("{} against {}", y.name, x.name));
    super::focus_ring(ui, &response, cell);
    mark_selected(ui, cell, columns, (many, selected));
    let adds = ui.input(|input| input.modifiers.shift);
    let base = || if adds { many.state.brush.clone() } else { Brush::default() };
    let send = |[a, b]: [[f64; 2]; 2], base: Brush, out: &mut Outbox| {
        let brush = base.with(&x.name, Some(a)).with(&y.name, Some(b));
        if brush != many.state.brush {
            out.send(Message::Many(ManyAct::Brush(brush)));
        }
    };
    if response.dragged()
        && let Some((from, to)) = ui.input(|input| input.pointer.press_origin().zip(input.pointer.interact_pos()))
    {
        let ([a, b], [c, d]) = (values_at(cell, columns, from), values_at(cell, columns, to));
        send([[a, c], [b, d]], base(), out);
        return;
    }
    let near = response.hover_pos().and_then(|at| nearest(cell, columns, &many.pool, at));
    if response.clicked() {
        match (near, response.interact_pointer_pos()) {
            (Some(row), _) => out.send(Message::SelectDraw(row as u64)),
            // The keyboard's click begins a brush that the arrows move.
            (None, None) => send([middle(x), middle(y)], base(), out),
            (None, Some(_)) => {}
        }
    }
    if let Some((moved, grown)) = arrows(ui, &response) {
        let range = |column: &Column, moved, grown| {
            let range = many.state.brush.range(&column.name).unwrap_or_else(|| middle(column));
            nudged(range, column.ends, moved, grown)
        };
        send([range(x, moved[0], grown[0]), range(y, moved[1], grown[1])], many.state.brush.clone(), out);
    }
    let _ = response.on_hover_text_at_pointer(match near {
        Some(row) => told(many, columns, row),
        None => "Drag to brush · Shift adds a condition · click selects a draw".to_owned(),
    });
}

/// A ring round the selected draw.
fn mark_selected(ui: &Ui, cell: Rect, columns: (&Column, &Column), (many, selected): (&Many, Option<u64>)) {
    let Some(row) = selected.map(|draw| draw as usize).filter(|row| *row < many.pool.len()) else { return };
    if let Some(value) = columns.0.value(row).zip(columns.1.value(row)) {
        ui.painter().circle_stroke(place(cell, columns, value), 5.0, (1.5, Theme::of(ui).text));
    }
}

/// The middle half of an axis: where a brush from the keyboard begins.
pub(super) fn middle(column: &Column) -> [f64; 2] {
    [column.at(0.25), column.at(0.75)]
}

/// What the arrow keys do to a focused brush: shares by which it moves and grows, across and up.
pub(super) fn arrows(ui: &Ui, response: &Response) -> Option<([f64; 2], [f64; 2])> {
    if !response.has_focus() {
        return None;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |modifiers: Modifiers| {
        let key = |key| f64::from(u8::from(ui.input_mut(|input| input.consume_key(modifiers, key))));
        [STEP * (key(Key::ArrowRight) - key(Key::ArrowLeft)), STEP * (key(Key::ArrowUp) - key(Key::ArrowDown))]
    };
    // Shift first: a key without modifiers is taken for one with them otherwise.
    let (grown, moved) = (pressed(Modifiers::SHIFT), pressed(Modifiers::NONE));
    (grown != [0.0; 2] || moved != [0.0; 2]).then_some((moved, grown))
}

fn nearest(cell: Rect, columns: (&Column, &Column), pool: &Pool, at: egui::Pos2) -> Option<usize> {
    let distance = |row: usize| {
        let value = (columns.0.value(row)?, columns.1.value(row)?);
        Some((place(cell, columns, value).distance(at), row))
    };
    let near = (0..pool.len()).filter_map(distance).min_by(|a, b| a.0.total_cmp(&b.0))?;
    (near.0 <= REACH).then_some(near.1)
}

/// A draw in words, for hover.
fn told(many: &Many, (x, y): (&Column, &Column), row: usize) -> String {
    let value = |column: &Column| {
        let unit = if column.unit.is_empty() { String::new() } else { format!("{}{}", theme::THIN_SPACE, column.unit) };
        column.value(row).map_or_else(String::new, |v| format!("{} {}{unit}", column.name, theme::figures(v)))
    };
    let fate = match many.pool.rare.get(row).copied().flatten() {
        Some(true) => many.event.as_str(),
        Some(false) => "no rare event",
        None => "not simulated",
    };
    format!("Draw {row} · {fate}\n{}\n{}", value(x), value(y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::many::ColumnKind;

    fn column(name: &str, low: f64, high: f64) -> Column {
        Column::new(name, "m", ColumnKind::Measure, Arc::from([low, high]))
    }

    #[test]
    fn a_place_and_its_values_are_each_others_inverse() {
        let cell = Rect::from_min_max(pos2(100.0, 50.0), pos2(260.0, 150.0));
        let (x, y) = (column("x", -2.0, 6.0), column("y", 10.0, 20.0));
        for value in [(-2.0, 10.0), (0.5, 19.0), (6.0, 20.0)] {
            let [a, b] = values_at(cell, (&x, &y), place(cell, (&x, &y), value));
            assert!((a - value.0).abs() < 1e-4 && (b - value.1).abs() < 1e-4, "{value:?} came back as {a} {b}");
        }
        let low = place(cell, (&x, &y), (-2.0, 10.0));
        assert!(low.x < 110.0 && low.y > 140.0, "small values are at the lower left: {low:?}");
        let [a, _] = values_at(cell, (&x, &y), pos2(999.0, 0.0));
        assert_eq!(a, 6.0, "a drag beyond the cell ends at the axis");
    }

    #[test]
    fn marks_are_bounded_by_the_screen_and_none_is_lost() {
        let cell = Rect::from_min_max(pos2(0.0, 0.0), pos2(40.0, 30.0));
        let many = (0..100_000).map(|at| pos2((at % 400) as f32 / 10.0, (at / 400 % 300) as f32 / 10.0));
        let kept = thinned(cell, many.clone());
        assert!(kept.len() <= 41 * 31, "{}", kept.len());
        let near = |point: egui::Pos2| kept.iter().any(|one| one.distance(point) < 1.5);
        assert!(many.step_by(97).all(near), "every draw has a mark beside it");
    }
}
