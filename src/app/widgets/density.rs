//! A parameter's two densities with a handle for every number of one of them; points come and go with a double click, and in
//! draw mode the pointer paints a density.
//!
//! While something is pulled the picture's frame stands still, so that what is pulled stays under the pointer.

use eframe::egui::{self, Color32, CursorIcon, Key, Pos2, Rect, Response, Sense, Ui, accesskit::Role, pos2, vec2};

use super::{
    distribution::Axis,
    field,
    thing::{self, Label},
};
use crate::app::{
    author::{Grip, InspectorState, Selected, Side, drawn, grip},
    theme::{self, Theme},
};
use crate::family::{Bound, Distribution, written};

/// A new distribution for the side whose handles are shown, and the gesture that it belongs to; none is a step of its own.
pub type Reshaped = (Distribution<Bound>, Option<u64>);

/// What the picture needs beside the selected parameter.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// Both sides.
    pub selected: &'a Selected,
    /// Values in simulated draws: with the rare event, and without.
    pub marks: &'a [Vec<f64>; 2],
    /// The parameter's unit.
    pub unit: &'a str,
    /// Its value in the shown draw.
    pub value: f64,
    /// Whether it has a proposal of its own.
    pub has_proposal: bool,
    /// Only to be looked at: a proposal that is the nominal has no numbers of its own.
    pub locked: bool,
}

/// Between which values and up to which height the densities are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Frame {
    range: [f64; 2],
    top: f64,
    logarithmic: bool,
}

/// How far down a logarithmic scale reaches.
const DECADES: f64 = 6.0;

impl Frame {
    fn of(selected: &Selected, logarithmic: bool) -> Self {
        let heights = selected.sides.iter().flat_map(|side| &side.curve).map(|[_, y]| *y);
        // A pole would press everything else flat.
        let mut all: Vec<f64> = heights.collect();
        all.sort_by(f64::total_cmp);
        let (top, usual) = (all.last().copied().unwrap_or(1.0), all.get(all.len() * 9 / 10).copied().unwrap_or(1.0));
        let top = if selected.sides.iter().any(|side| side.law.as_ref().is_some_and(crate::family::Law::is_discrete)) {
            top
        } else {
            top.min(12.0 * usual.max(1e-300))
        };
        Self { range: selected.range, top: top.max(f64::MIN_POSITIVE) * 1.08, logarithmic }
    }

    /// Screen y of a height over `rect`.
    fn y(&self, rect: Rect, height: f64) -> f32 {
        let share = if self.logarithmic { 1.0 + (height / self.top).log10() / DECADES } else { height / self.top };
        rect.bottom() - share.clamp(0.0, 1.0) as f32 * rect.height()
    }

    /// The height at a screen y.
    fn height(&self, rect: Rect, y: f32) -> f64 {
        let share = f64::from((rect.bottom() - y) / rect.height().max(1.0)).clamp(0.0, 1.0);
        if self.logarithmic { self.top * 10.0_f64.powf((share - 1.0) * DECADES) } else { share * self.top }
    }
}

/// Draws the picture with the handles; what the person made of the distribution.
pub fn editor(ui: &mut Ui, picture: &Picture<'_>, state: &InspectorState, height: f32) -> Option<Reshaped> {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let plot = Rect::from_min_max(rect.min + vec2(8.0, 18.0), rect.max - vec2(8.0, 26.0));
    let held = ui.scope_id().with("held frame");
    let frame: Option<Frame> = ui.data(|data| data.get_temp(held));
    let down = ui.input(|input| input.pointer.any_down());
    let frame = frame.filter(|_| down).unwrap_or_else(|| Frame::of(picture.selected, state.logarithmic));
    let axis = Axis::new(plot, frame.range);
    paint(ui, &theme, (rect, plot), (&axis, frame), picture);
    let side_at = usize::from(state.on_proposal && picture.has_proposal);
    let side = picture.selected.sides.get(side_at)?;
    let color = if side_at == 1 { theme.synthetic } else { theme.nominal };
    let background = ui.interact(plot, ui.scope_id().with("density"), Sense::click_and_drag());
    super::named(
        &background,
        Role::Image,
        if side_at == 1 { "Density of the proposal" } else { "Density of the nominal" },
    );
    let reshaped = if picture.locked {
        None
    } else if state.drawing {
        paint_density(ui, &background, (&axis, frame, plot), side, color)
    } else {
        let pulled = handles(ui, (&axis, frame, plot), picture, side, color);
        pulled.or_else(|| add_point(&background, (&axis, frame, plot), side))
    };
    if down && (reshaped.is_some() || ui.ctx().dragged_id().is_some()) {
        ui.data_mut(|data| data.insert_temp(held, frame));
    } else if !down {
        ui.data_mut(|data| data.remove::<Frame>(held));
    }
    reshaped
}

fn paint(ui: &Ui, theme: &Theme, (rect, plot): (Rect, Rect), (axis, frame): (&Axis, Frame), picture: &Picture<'_>) {
    let painter = ui.painter_at(rect);
    let selected = picture.selected;
    let tails = tails(selected);
    if let Some(ends) = tails {
        let [low, high] = ends.map(|value| axis.x(value).clamp(plot.left(), plot.right()));
        for tail in [plot.with_max_x(low), plot.with_min_x(high)] {
            if tail.width() > 1.0 {
                painter.rect_filled(tail, 0, theme::faded(theme.rare, 0.10));
            }
        }
    }
    let colors = [theme.nominal, theme.synthetic];
    let n_sides = if picture.has_proposal { 2 } else { 1 };
    for (side, color) in selected.sides.iter().zip(colors).take(n_sides) {
        let line: Vec<Pos2> = side.curve.iter().map(|[x, y]| pos2(axis.x(*x), frame.y(plot, *y))).collect();
        super::distribution::fill(&painter, &line, plot.bottom(), color, 0.22);
    }
    painter.hline(plot.x_range(), plot.bottom(), theme.separator());
    // Draws with the rare event below the axis in its colour, the others quietly under them.
    for (values, color, length) in [(&picture.marks[1], theme.faint, 4.0), (&picture.marks[0], theme.rare, 6.0)] {
        for value in values {
            let x = axis.x(*value);
            painter.vline(x, egui::Rangef::new(plot.bottom() + 1.0, plot.bottom() + 1.0 + length), (1.0, color));
        }
    }
    let x = axis.x(picture.value);
    painter.vline(x, plot.y_range(), (1.5, theme.text));
    ticks(&painter, theme, plot, frame, picture.unit);
    let font = theme::sans(theme::size::SMALL);
    let mut at = rect.min + vec2(8.0, 0.0);
    let scale = if frame.logarithmic { "log density" } else { "" };
    let words = [
        ("Nominal", theme.nominal),
        (if picture.has_proposal { "Proposal" } else { "" }, theme.synthetic),
        (if tails.is_some() { "Beyond 1 %" } else { "" }, theme.rare),
        (scale, theme.weak),
    ];
    for (word, color) in words.into_iter().filter(|(word, _)| !word.is_empty()) {
        at.x = painter.text(at, egui::Align2::LEFT_TOP, word, font.clone(), color).right() + 12.0;
    }
}

/// Beyond which values the nominal's outer hundredths lie; `None` where it is a single value.
fn tails(selected: &Selected) -> Option<[f64; 2]> {
    let nominal = selected.sides[0].law.as_ref()?;
    let ends = [nominal.quantile(0.01), nominal.upper_quantile(0.01)];
    (ends[0] < ends[1]).then_some(ends)
}

fn ticks(painter: &egui::Painter, theme: &Theme, plot: Rect, frame: Frame, unit: &str) {
    let [low, high] = frame.range;
    let places = [
        (low, plot.left(), egui::Align2::LEFT_TOP),
        (f64::midpoint(low, high), plot.center().x, egui::Align2::CENTER_TOP),
        (high, plot.right(), egui::Align2::RIGHT_TOP),
    ];
    for (value, x, anchor) in places {
        let text = theme::figures(value);
        let text = if value == high && !unit.is_empty() { format!("{text}{}{unit}", theme::THIN_SPACE) } else { text };
        painter.text(pos2(x, plot.bottom() + 10.0), anchor, text, theme::mono(10.0), theme.weak);
    }
}

/// Where in the file's distribution a path of the shown one stands.
fn full_path(side: &Side, path: &str) -> String {
    match (side.chosen.is_empty(), path.is_empty()) {
        (true, _) => path.to_owned(),
        (_, true) => side.chosen.clone(),
        _ if path.starts_with('[') => format!("{}{path}", side.chosen),
        _ => format!("{}.{path}", side.chosen),
    }
}

fn handles(
    ui: &mut Ui,
    (axis, frame, plot): (&Axis, Frame, Rect),
    picture: &Picture<'_>,
    side: &Side,
    color: Color32,
) -> Option<Reshaped> {
    let numbers = side.numbers.as_ref().ok()?;
    let turn = picture.selected.full_turn;
    let bounds = grip::places(&side.written);
    let is_number = |path: &str| {
        let path = full_path(side, path);
        bounds.iter().any(|(place, bound)| place.path == path && bound.is_constant())
    };
    let mut out = None;
    let bernoulli = matches!(numbers, Distribution::Bernoulli { .. });
    for (at, grip) in grip::grips(numbers, turn).into_iter().enumerate().filter(|(_, grip)| grip.x.is_finite()) {
        let paths = grip.across.iter().map(|(path, _)| path).chain(grip.up.iter().map(|(path, _)| path));
        let free = paths.clone().all(|path| is_number(path));
        let height = match (&grip.up, &side.law) {
            (Some(_), Some(law)) => law.density(grip.x),
            // Ends stand on the axis, what shapes the curve on the curve.
            (None, Some(law)) if !is_end(&grip) => law.density(grip.x),
            _ => 0.0,
        };
        let centre = pos2(
            axis.x(grip.x).clamp(plot.left(), plot.right()),
            frame.y(plot, if height.is_finite() { height } else { frame.top }),
        );
        let hit = Rect::from_center_size(centre, vec2(14.0, 18.0));
        let sense = if free { Sense::click_and_drag() } else { Sense::hover() };
        let response = ui.interact(hit, ui.scope_id().with(("grip", at)), sense);
        let name = format!("{} handle", grip.name);
        super::named(&response, Role::Slider, &name);
        let lit = response.hovered() || response.dragged() || response.has_focus();
        let fill = if free { Theme::of(ui).panel } else { color };
        ui.painter().circle(centre, if lit { 6.0 } else { 4.5 }, fill, (2.0, color));
        super::focus_ring(ui, &response, hit);
        out = out.or_else(|| moved(ui, &response, (axis, frame, plot), picture, side, (&grip, bernoulli)));
        if response.double_clicked() && side.chosen.is_empty() {
            out = out.or_else(|| grip::removed(&side.written, &grip).map(|new| (new, None)));
        }
        hint(response, &grip, free, picture.unit);
    }
    out
}

fn is_end(grip: &Grip) -> bool {
    let name = grip.name.as_str();
    name.ends_with("low") || name.ends_with("high") || name.contains("edges[") || name.contains("quantiles[")
}

fn hint(response: Response, grip: &Grip, free: bool, unit: &str) {
    let x = theme::figures(grip.x);
    let how =
        if free { "drag, or focus and use the arrows" } else { "computed from other parameters: change its field" };
    let response = response.on_hover_text(format!("{}: {x}{}{unit} · {how}", grip.name, theme::THIN_SPACE));
    let cursor = match (&grip.across, &grip.up) {
        (Some(_), Some(_)) => CursorIcon::Grab,
        (None, Some(_)) => CursorIcon::ResizeVertical,
        _ => CursorIcon::ResizeHorizontal,
    };
    let _ = response.on_hover_cursor(cursor);
}

/// What a drag of a handle, or an arrow key on it, makes of the distribution.
fn moved(
    ui: &Ui,
    response: &Response,
    (axis, frame, plot): (&Axis, Frame, Rect),
    picture: &Picture<'_>,
    side: &Side,
    (grip, bernoulli): (&Grip, bool),
) -> Option<Reshaped> {
    let numbers = side.numbers.as_ref().ok()?;
    let gesture = field::drag_gesture(ui, response);
    let width = frame.range[1] - frame.range[0];
    let height = side.law.as_ref().map_or(0.0, |law| law.density(grip.x));
    let (to, gesture) = if let (true, Some(pointer)) =
        (response.dragged() && response.drag_delta() != vec2(0.0, 0.0), response.interact_pointer_pos())
    {
        (([axis.value(pointer.x), frame.height(plot, pointer.y)]), gesture)
    } else {
        let by = arrows(ui, response)?;
        // One editing lasts as long as the handle keeps the focus.
        let kept = response.id.with("focus gesture");
        (
            [grip.x + f64::from(by.x) * width, height + f64::from(by.y) * frame.top],
            kept.value().wrapping_add(focus_since(ui, response)),
        )
    };
    let y = if bernoulli { to[1] } else { to[1].max(0.0) };
    let changes = grip::pulled(numbers, grip, [to[0], y], width, picture.selected.full_turn);
    let changes: Vec<(String, Bound)> =
        changes.into_iter().map(|(path, number)| (full_path(side, &path), Bound::Number(number))).collect();
    let new = grip::with(&side.written, &changes);
    (new != side.written).then_some((new, Some(gesture)))
}

/// Since which pass a handle has had the focus.
fn focus_since(ui: &Ui, response: &Response) -> u64 {
    let id = response.id.with("focused since");
    let now = ui.ctx().cumulative_pass_nr();
    if response.gained_focus() {
        ui.data_mut(|data| data.insert_temp(id, now));
    }
    ui.data(|data| data.get_temp(id)).unwrap_or(now)
}

/// By which share of the picture the arrow keys move a handle that has the focus; Shift moves finely.
fn arrows(ui: &Ui, response: &Response) -> Option<egui::Vec2> {
    if !response.has_focus() {
        return None;
    }
    let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let by = ui.input_mut(|input| {
        let step = if input.modifiers.shift { 0.001 } else { 0.01 };
        let mods = if input.modifiers.shift { egui::Modifiers::SHIFT } else { egui::Modifiers::NONE };
        let mut by = |plus, minus| {
            step * (f32::from(u8::from(input.consume_key(mods, plus)))
                - f32::from(u8::from(input.consume_key(mods, minus))))
        };
        vec2(by(Key::ArrowRight, Key::ArrowLeft), by(Key::ArrowUp, Key::ArrowDown))
    });
    (by != vec2(0.0, 0.0)).then_some(by)
}

fn add_point(response: &Response, (axis, frame, plot): (&Axis, Frame, Rect), side: &Side) -> Option<Reshaped> {
    let at = response.interact_pointer_pos().filter(|_| response.double_clicked() && side.chosen.is_empty())?;
    let width = frame.range[1] - frame.range[0];
    let x = crate::app::author::nice(axis.value(at.x), 0.1 * width);
    let new = grip::added(&side.written, side.numbers.as_ref().ok()?, x, frame.height(plot, at.y))?;
    Some((new, None))
}

/// Columns that a pointer paints.
const COLUMNS: usize = 48;

/// Paints a density with the pointer: what is painted is shown as it is painted, and counts as relative heights.
fn paint_density(
    ui: &Ui,
    response: &Response,
    (axis, frame, plot): (&Axis, Frame, Rect),
    side: &Side,
    color: Color32,
) -> Option<Reshaped> {
    let id = response.id.with("painted");
    let gesture = field::drag_gesture(ui, response);
    let step = (frame.range[1] - frame.range[0]) / COLUMNS as f64;
    let xs: Vec<f64> = (0..=COLUMNS).map(|at| frame.range[0] + at as f64 * step).collect();
    if response.drag_started() {
        let law = side.law.as_ref()?;
        let points = drawn(law, &xs);
        let top = side.curve.iter().map(|[_, y]| *y).fold(0.0, f64::max);
        let heights: Vec<f64> = points.iter().map(|(_, y)| y * top).collect();
        ui.data_mut(|data| data.insert_temp(id, heights));
    }
    let _ = response.clone().on_hover_cursor(CursorIcon::Crosshair);
    let mut heights: Vec<f64> = ui.data(|data| data.get_temp(id)).filter(|_| response.dragged())?;
    let to = response.interact_pointer_pos()?;
    let from = to - response.drag_delta();
    let column = |x: f32| (((axis.value(x) - frame.range[0]) / step).round().max(0.0) as usize).min(COLUMNS);
    let (first, last) = (column(from.x), column(to.x));
    for at in first.min(last)..=first.max(last) {
        let share = if last == first { 1.0 } else { (at as f32 - first as f32) / (last as f32 - first as f32) };
        if let Some(slot) = heights.get_mut(at) {
            *slot = frame.height(plot, from.y + share * (to.y - from.y));
        }
    }
    let line: Vec<Pos2> = xs.iter().zip(&heights).map(|(x, y)| pos2(axis.x(*x), frame.y(plot, *y))).collect();
    ui.painter_at(plot).add(egui::Shape::line(line, egui::Stroke::new(2.0, color)));
    let top = heights.iter().copied().fold(0.0, f64::max);
    let points = xs.iter().zip(&heights).map(|(x, y)| {
        (crate::app::author::nice(*x, 0.1 * (frame.range[1] - frame.range[0])), (1e3 * y / top).round() / 1e3)
    });
    let painted = Distribution::Drawn(points.collect());
    ui.data_mut(|data| data.insert_temp(id, heights));
    (top > 0.0).then(|| (written(&painted), Some(gesture)))
}

/// A field for every number of a side, with units.
pub fn numbers(ui: &mut Ui, side: &Side, unit: &str, scope: &crate::family::Scope) -> Option<Reshaped> {
    let mut out = None;
    let all = grip::places(&side.written);
    /// More than these are a list to be pulled or written as text.
    const MOST: usize = 16;
    if all.len() > MOST {
        ui.label(
            Theme::of(ui).caption(format!("{} numbers: pull them in the picture, or write them below", all.len())),
        );
        return None;
    }
    for (place, bound) in all {
        let symbol = if place.kind == crate::family::distribution::NumberKind::Pure { "" } else { unit };
        let name = if place.path.is_empty() { "value" } else { place.path.as_str() };
        let label = Label { name, words: name, unit: symbol, hint: "a number, or an expression" };
        if let Some((bound, gesture)) = thing::bound(ui, &label, &bound, scope) {
            out = Some((grip::with(&side.written, &[(place.path.clone(), bound)]), Some(gesture)));
        }
    }
    out
}
