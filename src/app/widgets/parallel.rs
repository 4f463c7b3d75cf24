//! Parallel coordinates: one axis a column, one line a draw. A drag along an axis brushes it; a drag on its name moves it.
//!
//! Lines are one mesh, kept until something changes; brushed ones lie on top, the selected one over all. A draw whose
//! episode is not simulated ends where its measures would begin.

use std::sync::Arc;

use eframe::egui::{self, Align2, CursorIcon, Key, Mesh, Modifiers, Rect, Sense, Shape, StrokeKind, Ui};
use eframe::egui::{accesskit::Role, pos2, vec2};

use super::matrix::{arrows, mark_color, middle};
use super::mesh::line;
use crate::app::{
    many::{Column, Many, ManyAct, Pool, nudged},
    message::{Message, Outbox},
    theme::{self, Theme},
};

/// Axes are never nearer to each other, so that names can be read: where they do not fit, the view scrolls.
const LEAST: f32 = 84.0;
/// Height of an axis' name and the figure at its top.
const HEAD: f32 = 48.0;
/// Height of the figure below an axis.
const FOOT: f32 = 16.0;
/// Half the width of what can be grabbed of an axis.
const GRAB: f32 = 10.0;
/// The most lines of a kind: more could not be told apart, and a software driver would draw them slowly. The brush counts
/// all draws, whether they have a line or not.
const LINES_MOST: usize = 1_500;
/// Half the width of a brush.
const BRUSH: f32 = 5.0;

/// Draws the axes over the rest of `ui`.
pub fn parallel(ui: &mut Ui, many: &Many, selected: Option<u64>, out: &mut Outbox) {
    let columns: Vec<&Column> = many.axes.iter().filter_map(|name| many.pool.column(name)).collect();
    egui::ScrollArea::horizontal().auto_shrink(false).show(ui, |ui| {
        let room = ui.available_size();
        let width = room.x.max(columns.len() as f32 * LEAST);
        let (area, _) = ui.allocate_exact_size(vec2(width, room.y), Sense::hover());
        let body = area.with_min_y(area.top() + HEAD).with_max_y(area.bottom() - FOOT);
        ui.painter().add(Shape::Mesh(drawn(ui, many, body, &columns)));
        if let Some(row) = selected.map(|draw| draw as usize).filter(|row| *row < many.pool.len()) {
            let mut mesh = Mesh::default();
            trace(&mut mesh, body, &columns, row, 2.0, Theme::of(ui).text);
            ui.painter().add(mesh);
        }
        for (at, column) in columns.iter().enumerate() {
            axis(ui, body, (axis_x(body, columns.len(), at), column), many, out);
            head(ui, area, (at, columns.len()), column, many, out);
        }
    });
}

/// Where axis `at` of `count` stands.
fn axis_x(body: Rect, count: usize, at: usize) -> f32 {
    (body.left() + (at as f32 + 0.5) * body.width() / count.max(1) as f32).round()
}

fn axis_y(body: Rect, column: &Column, value: f64) -> f32 {
    body.bottom() - column.share(value) as f32 * body.height()
}

fn value_at(body: Rect, column: &Column, y: f32) -> f64 {
    column.at(f64::from((body.bottom() - y) / body.height().max(1.0)))
}

/// What was drawn last, and what of.
#[derive(Clone)]
struct Drawn {
    pool: Arc<Pool>,
    brushed: Arc<[bool]>,
    axes: Vec<String>,
    body: Rect,
    dark: bool,
    mesh: Arc<Mesh>,
}

fn drawn(ui: &Ui, many: &Many, body: Rect, columns: &[&Column]) -> Arc<Mesh> {
    let id = ui.scope_id().with("parallel");
    let theme = Theme::of(ui);
    let kept: Option<Drawn> = ui.data(|data| data.get_temp(id));
    if let Some(kept) = kept.filter(|kept| {
        Arc::ptr_eq(&kept.pool, &many.pool)
            && Arc::ptr_eq(&kept.brushed, &many.brushed)
            && (&kept.axes, kept.body, kept.dark) == (&many.axes, body, theme.dark)
    }) {
        return kept.mesh;
    }
    let mesh = Arc::new(lines(many, body, columns, &theme));
    let (pool, brushed) = (Arc::clone(&many.pool), Arc::clone(&many.brushed));
    let new = Drawn { pool, brushed, axes: many.axes.clone(), body, dark: theme.dark, mesh: Arc::clone(&mesh) };
    ui.data_mut(|data| data.insert_temp(id, new));
    mesh
}

/// All lines: the quietest first.
fn lines(many: &Many, body: Rect, columns: &[&Column], theme: &Theme) -> Mesh {
    let mut mesh = Mesh::default();
    for lit in [false, true] {
        for rare in [None, Some(false), Some(true)] {
            let rows: Vec<usize> = many
                .pool
                .rare
                .iter()
                .enumerate()
                .filter(|(row, of)| **of == rare && many.brushed.get(*row).copied().unwrap_or(true) == lit)
                .map(|(row, _)| row)
                .take(LINES_MOST)
                .collect();
            // The more lines, the fainter each: where they lie together shows. Few stay clear.
            let share = (4.5 / (rows.len().max(1) as f32).sqrt()).clamp(0.08, 0.9);
            let share = if lit { share } else { share * 0.5 };
            let share = if rare == Some(true) { (share * 2.0).min(0.9) } else { share };
            let color = theme::faded(mark_color(theme, rare, lit), share);
            for row in rows {
                trace(&mut mesh, body, columns, row, 1.0, color);
            }
        }
    }
    mesh
}

/// The line of one draw, as far as its values are known.
fn trace(mesh: &mut Mesh, body: Rect, columns: &[&Column], row: usize, width: f32, color: egui::Color32) {
    let at = |(place, column): (usize, &&Column)| {
        Some(pos2(axis_x(body, columns.len(), place), axis_y(body, column, column.value(row)?)))
    };
    let points: Vec<Option<egui::Pos2>> = columns.iter().enumerate().map(at).collect();
    for ends in points.windows(2) {
        if let [Some(a), Some(b)] = ends {
            line(mesh, [*a, *b], width, color);
        }
    }
}

/// One axis with its figures and its brush, under the pointer and the keys.
fn axis(ui: &Ui, body: Rect, (x, column): (f32, &Column), many: &Many, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let range = many.state.brush.range(&column.name);
    let strip = Rect::from_min_max(pos2(x - GRAB, body.top()), pos2(x + GRAB, body.bottom()));
    let id = ui.scope_id().with(("axis", &column.name));
    let response = ui.interact(strip, id, Sense::click_and_drag()).on_hover_cursor(CursorIcon::ResizeVertical);
    let figure = |value: f64| {
        let unit = if column.unit.is_empty() { String::new() } else { format!("{}{}", theme::THIN_SPACE, column.unit) };
        format!("{}{unit}", theme::figures(value))
    };
    let said = range.map_or_else(String::new, |[low, high]| format!(" from {} to {}", figure(low), figure(high)));
    super::named(&response, Role::Slider, &format!("Brush {}{said}", column.name));
    let painter = ui.painter();
    painter.vline(x, body.y_range(), (1.0, theme.weak));
    if let Some([low, high]) = range {
        let ends = [axis_y(body, column, high) - 1.0, axis_y(body, column, low) + 1.0];
        let rect = Rect::from_x_y_ranges(x - BRUSH..=x + BRUSH, ends[0]..=ends[1]);
        painter.rect_filled(rect, 1, theme::faded(theme.hover, 0.8));
        painter.rect_stroke(rect, 1, (1.0, theme.text), StrokeKind::Inside);
    }
    super::focus_ring(ui, &response, strip);
    for (at, anchor, value) in
        [(pos2(x, body.top() - 2.0), Align2::CENTER_BOTTOM, 1), (pos2(x, body.bottom() + 3.0), Align2::CENTER_TOP, 0)]
    {
        painter.text(at, anchor, figure(column.ends[value]), theme::mono(10.0), theme.weak);
    }
    let send = |range: Option<[f64; 2]>, out: &mut Outbox| {
        let brush = many.state.brush.clone().with(&column.name, range);
        if brush != many.state.brush {
            out.send(Message::Many(ManyAct::Brush(brush)));
        }
    };
    if response.dragged()
        && let Some((from, to)) = ui.input(|input| input.pointer.press_origin().zip(input.pointer.interact_pos()))
    {
        send(Some([value_at(body, column, from.y), value_at(body, column, to.y)]), out);
    } else if response.clicked() {
        // A click clears the axis; the keyboard's click begins a brush where there is none.
        let by_key = response.interact_pointer_pos().is_none();
        send((by_key && range.is_none()).then(|| middle(column)), out);
    } else if let Some((moved, grown)) = arrows(ui, &response) {
        send(Some(nudged(range.unwrap_or_else(|| middle(column)), column.ends, moved[1], grown[1])), out);
    }
    let _ = response.on_hover_text("Drag along the axis to brush · click to clear it · several axes must all hold");
}

/// The name of an axis; dragging it moves the axis.
fn head(ui: &Ui, area: Rect, (at, count): (usize, usize), column: &Column, many: &Many, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let pitch = area.width() / count.max(1) as f32;
    let x = axis_x(area, count, at);
    let rect = Rect::from_center_size(pos2(x, area.top() + 17.0), vec2(pitch - 6.0, 32.0));
    let id = ui.scope_id().with(("head", &column.name));
    let response = ui.interact(rect, id, Sense::click_and_drag()).on_hover_cursor(CursorIcon::Grab);
    super::named(&response, Role::Button, &format!("Axis {}", column.name));
    if response.hovered() || response.dragged() {
        ui.painter().rect_filled(rect, theme::CORNER, theme.raised);
    }
    super::focus_ring(ui, &response, rect);
    let font = theme::sans(theme::size::SMALL);
    let rows = in_two(&column.name, |text| {
        super::cut(ui, text, font.clone(), theme.text, f32::INFINITY).size().x <= rect.width()
    });
    let height = font.size + 3.0;
    for (row, text) in (0..).zip(&rows) {
        let galley = super::cut(ui, text, font.clone(), theme.text, rect.width());
        // One row stands at the figure, not above an empty one.
        let y = rect.bottom() - (rows.len() as f32 - row as f32) * height;
        ui.painter().galley(pos2(rect.center().x - galley.size().x / 2.0, y), galley, theme.text);
    }
    let to = if response.dragged() {
        let pointer = response.interact_pointer_pos().unwrap_or(rect.center());
        Some((((pointer.x - area.left()) / pitch).max(0.0) as usize).min(count.saturating_sub(1)))
    } else {
        arrows_across(ui, &response, at, count)
    };
    if let Some(axes) = to.and_then(|to| moved(&many.axes, at, to)) {
        out.send(Message::Many(ManyAct::Axes(axes)));
    }
    let _ =
        response.on_hover_text(format!("{}\nDrag to move the axis, or use the left and right arrow keys", column.name));
}

/// `name` in one row where it `fits`, else in two of about the same length, broken after an underscore or a space.
fn in_two(name: &str, fits: impl Fn(&str) -> bool) -> Vec<&str> {
    if fits(name) {
        return vec![name];
    }
    let breaks = name.char_indices().filter(|(_, letter)| "_ ".contains(*letter)).map(|(at, _)| name.split_at(at + 1));
    let longer = |(first, rest): &(&str, &str)| first.chars().count().max(rest.chars().count());
    let broken = breaks.filter(|(_, rest)| !rest.is_empty()).min_by_key(longer);
    broken.map_or_else(|| vec![name], |(first, rest)| vec![first, rest])
}

fn arrows_across(ui: &Ui, response: &egui::Response, at: usize, count: usize) -> Option<usize> {
    if !response.has_focus() {
        return None;
    }
    let filter = egui::EventFilter { horizontal_arrows: true, ..egui::EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::ArrowRight) {
        Some((at + 1).min(count.saturating_sub(1)))
    } else if pressed(Key::ArrowLeft) {
        Some(at.saturating_sub(1))
    } else {
        None
    }
}

/// `axes` with the one at `from` moved to `to`; `None` where that changes nothing.
fn moved(axes: &[String], from: usize, to: usize) -> Option<Vec<String>> {
    if from == to || from >= axes.len() || to >= axes.len() {
        return None;
    }
    let mut axes = axes.to_vec();
    let name = axes.remove(from);
    axes.insert(to, name);
    Some(axes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::many::ColumnKind;

    #[test]
    fn an_axis_moves_and_the_others_keep_their_order() {
        let axes = ["a", "b", "c", "d"].map(str::to_owned);
        assert_eq!(moved(&axes, 0, 2).expect("moves"), ["b", "c", "a", "d"]);
        assert_eq!(moved(&axes, 3, 0).expect("moves"), ["d", "a", "b", "c"]);
        assert!(moved(&axes, 1, 1).is_none() && moved(&axes, 9, 0).is_none(), "nothing to move");
    }

    #[test]
    fn long_names_take_two_rows() {
        let fits = |most: usize| move |text: &str| text.len() <= most;
        assert_eq!(in_two("tilt_deg", fits(9)), ["tilt_deg"]);
        assert_eq!(in_two("drop_to_contact_s", fits(9)), ["drop_to_", "contact_s"]);
        assert_eq!(in_two("canister_height_m", fits(16)), ["canister_", "height_m"], "no unit alone");
        assert_eq!(in_two("unbreakable", fits(5)), ["unbreakable"], "nowhere to break: it is cut");
    }

    #[test]
    fn a_line_ends_where_values_are_not_known() {
        let body = Rect::from_min_max(pos2(0.0, 0.0), pos2(300.0, 100.0));
        let column = |name: &str, values: &[f64]| Column::new(name, "", ColumnKind::Measure, Arc::from(values));
        let (a, b) = (column("a", &[0.0, 1.0]), column("b", &[5.0, 7.0]));
        let c = column("c", &[f64::NAN, 2.0]);
        let segments = |row| {
            let mut mesh = Mesh::default();
            trace(&mut mesh, body, &[&a, &b, &c], row, 1.0, theme::WHITE);
            mesh.vertices.len() / 4
        };
        assert_eq!((segments(0), segments(1)), (1, 2));
    }

    #[test]
    fn heights_and_values_are_each_others_inverse() {
        let body = Rect::from_min_max(pos2(0.0, 20.0), pos2(300.0, 220.0));
        let column = Column::new("a", "m", ColumnKind::Measure, Arc::from([-1.0, 3.0]));
        for value in [-1.0, 0.25, 3.0] {
            assert!((value_at(body, &column, axis_y(body, &column, value)) - value).abs() < 1e-5, "{value}");
        }
        assert!(axis_y(body, &column, 3.0) < axis_y(body, &column, -1.0), "large values are up");
    }
}
