//! A number that is scrubbed: drag changes it (Shift fine, Ctrl coarse), a double click types, a right click resets. With the
//! focus, the arrows change it at the same paces and Enter types.

use eframe::egui::{
    self, CursorIcon, Id, Key, Rect, Sense, Ui,
    accesskit::Role,
    pos2,
    text::{CCursor, CCursorRange},
    vec2,
};

use super::{cell, cell_right};
use crate::app::theme::{self, Theme};

/// What is shown and in which bounds.
#[derive(Clone, Copy, Debug)]
pub struct Scrub<'a> {
    /// Accessible name.
    pub name: &'a str,
    /// Unit.
    pub unit: &'a str,
    /// Value now.
    pub value: f64,
    /// Bounds; a drag of 200 points crosses them.
    pub range: [f64; 2],
    /// Decimals.
    pub decimals: usize,
}

/// What the person did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scrubbed {
    /// New value; the number counts gestures of this window.
    Set(f64, u64),
    /// Back to nominal.
    Reset,
}

#[derive(Clone, Default)]
struct State {
    typed: Option<String>,
    gesture: u64,
}

/// Draws `scrub` in `rect`.
pub fn scrub(ui: &mut Ui, rect: Rect, scrub: &Scrub<'_>) -> Option<Scrubbed> {
    let theme = Theme::of(ui);
    let id = ui.scope_id().with(("scrub", scrub.name));
    let mut state: State = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    if state.typed.is_some() {
        return typed(ui, rect, id, state, scrub);
    }
    let response = ui.interact(rect, id, Sense::click_and_drag()).on_hover_cursor(CursorIcon::ResizeHorizontal);
    let shown = format!("{:.*}", scrub.decimals, scrub.value);
    let told = format!("{} {} {}", scrub.name, shown, scrub.unit);
    response.widget_info(|| egui::WidgetInfo::labeled(Role::SpinButton, true, &told));
    paint(ui, rect, &theme, &shown, scrub.unit, response.hovered() || response.dragged());

    let mut out = None;
    if response.drag_started() || response.gained_focus() {
        state.gesture += 1;
    }
    if response.dragged() && response.drag_delta().x != 0.0 {
        let pace = ui.input(|input| pace(input.modifiers));
        let value = dragged(scrub.value, f64::from(response.drag_delta().x), pace, scrub.range);
        out = Some(Scrubbed::Set(value, state.gesture));
    }
    let (steps, enter) = keys(ui, &response);
    if steps != 0.0 {
        let pace = ui.input(|input| pace(input.modifiers));
        // A press is a hundredth of the range.
        out = Some(Scrubbed::Set(dragged(scrub.value, 2.0 * steps, pace, scrub.range), state.gesture));
    }
    if response.double_clicked() || enter {
        state.typed = Some(shown);
    }
    super::focus_ring(ui, &response, rect);
    if response.secondary_clicked() {
        out = Some(Scrubbed::Reset);
    }
    let _ = response.on_hover_text(
        "Drag, or arrows: change · Shift fine · Ctrl coarse · double-click or Enter: type · right-click: reset",
    );
    ui.data_mut(|data| data.insert_temp(id, state));
    out
}

/// Arrow presses on a number that has the focus, up positive; whether Enter was pressed.
fn keys(ui: &Ui, response: &egui::Response) -> (f64, bool) {
    if !response.has_focus() {
        return (0.0, false);
    }
    let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    ui.input_mut(|input| {
        let modifiers = input.modifiers;
        let mut pressed = |key| f64::from(u8::from(input.consume_key(modifiers, key)));
        let steps =
            pressed(Key::ArrowRight) + pressed(Key::ArrowUp) - pressed(Key::ArrowLeft) - pressed(Key::ArrowDown);
        (steps, input.consume_key(egui::Modifiers::NONE, Key::Enter))
    })
}

fn pace(modifiers: egui::Modifiers) -> f64 {
    match (modifiers.shift, modifiers.command) {
        (true, _) => 0.1,
        (false, true) => 5.0,
        _ => 1.0,
    }
}

/// `value` after a drag of `points` at `pace`, kept within `range`. Unbounded ranges move by the value's own size.
pub fn dragged(value: f64, points: f64, pace: f64, range: [f64; 2]) -> f64 {
    let width = range[1] - range[0];
    let width = if width.is_finite() && width > 0.0 { width } else { value.abs().max(1.0) };
    (value + points * pace * width / 200.0).max(range[0]).min(range[1])
}

fn paint(ui: &Ui, rect: Rect, theme: &Theme, shown: &str, unit: &str, lit: bool) {
    if lit {
        ui.painter().rect_filled(rect, theme::CORNER, theme.hover);
    }
    // The unit has a column of its own, so that the figures of a table stand under each other.
    let inner = rect.shrink2(vec2(4.0, 0.0));
    let split = inner.right() - (inner.width() * 0.38).min(40.0);
    let number = Rect::from_min_max(inner.min, pos2(split, inner.max.y));
    cell_right(ui, number, shown, theme::mono(theme::size::SMALL), theme.text);
    let unit_rect = Rect::from_min_max(pos2(split + 3.0, inner.min.y), inner.max);
    cell(ui, unit_rect, unit, theme::sans(theme::size::SMALL), theme.weak);
}

fn typed(ui: &mut Ui, rect: Rect, id: Id, mut state: State, scrub: &Scrub<'_>) -> Option<Scrubbed> {
    let mut text = state.typed.take().unwrap_or_default();
    let edit = egui::TextEdit::singleline(&mut text)
        .id(id.with("typed"))
        .font(theme::mono(theme::size::SMALL))
        .desired_width(rect.width())
        .min_size(rect.size())
        .align(egui::Align2::LEFT_CENTER);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    let output = edit.show(&mut child);
    let response = output.response.response.accessible_name(scrub.name);
    if !response.has_focus() && !response.lost_focus() {
        response.request_focus();
        // Typing replaces.
        let mut edit = output.state;
        let all = CCursorRange::two(CCursor::new(0), CCursor::new(text.chars().count()));
        edit.cursor.set_char_range(Some(all));
        edit.store(ui.ctx(), response.id);
    }
    let mut out = None;
    if response.lost_focus() {
        if ui.input(|input| input.key_pressed(Key::Enter) || input.key_pressed(Key::Escape)) {
            // The keyboard stays where it was.
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let taken = !ui.input(|input| input.key_pressed(Key::Escape));
        if let (true, Ok(value)) = (taken, text.trim().replace(',', ".").parse::<f64>()) {
            state.gesture += 1;
            out = Some(Scrubbed::Set(value.max(scrub.range[0]).min(scrub.range[1]), state.gesture));
        }
    } else {
        state.typed = Some(text);
    }
    ui.data_mut(|data| data.insert_temp(id, state));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_crosses_the_range_in_200_points_and_stays_inside() {
        assert_eq!(dragged(0.0, 100.0, 1.0, [0.0, 2.0]), 1.0);
        assert_eq!(dragged(0.0, 100.0, 0.1, [0.0, 2.0]), 0.1);
        assert_eq!(dragged(0.0, 900.0, 1.0, [0.0, 2.0]), 2.0);
        assert_eq!(dragged(4.0, 50.0, 1.0, [f64::NEG_INFINITY, f64::INFINITY]), 5.0);
    }
}
