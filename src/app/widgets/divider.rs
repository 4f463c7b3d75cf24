//! A divider that is dragged across a picture, by the hand or with the arrow keys.

use eframe::egui::{self, CursorIcon, Key, Rect, Sense, Ui, accesskit::Role, pos2};

use crate::app::theme;

/// What happened to a divider.
#[derive(Clone, Copy, Debug)]
pub struct Divided {
    /// Where it stands on screen.
    pub x: f32,
    /// It has the keyboard's focus.
    pub focused: bool,
    /// Space was pressed while it had the focus: it still plays.
    pub plays: bool,
}

/// Lets the person move the divider at the share `divider` of `rect`; it takes the keyboard's focus where `take` says so. Painted
/// by [`paint`], after the pictures.
pub fn moved(ui: &mut Ui, rect: Rect, divider: &mut f32, take: &mut bool) -> Divided {
    let x = rect.left() + rect.width() * *divider;
    let grip = Rect::from_min_max(pos2(x - 8.0, rect.top()), pos2(x + 8.0, rect.bottom()));
    let response = ui.interact(grip, ui.scope_id().with("divider"), Sense::click_and_drag());
    super::named(&response, Role::Slider, "Wipe divider");
    let response = response.on_hover_cursor(CursorIcon::ResizeHorizontal);
    if response.clicked() || response.drag_started() || std::mem::take(take) {
        response.request_focus();
    }
    let mut by = response.drag_delta().x;
    let mut plays = false;
    if response.has_focus() {
        let filter = egui::EventFilter { horizontal_arrows: true, ..egui::EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        by += ui.input_mut(|input| {
            let right = input.consume_key(egui::Modifiers::NONE, Key::ArrowRight);
            let left = input.consume_key(egui::Modifiers::NONE, Key::ArrowLeft);
            plays = input.consume_key(egui::Modifiers::NONE, Key::Space);
            f32::from(i8::from(right) - i8::from(left)) * 8.0
        });
    }
    *divider = (*divider + by / rect.width().max(1.0)).clamp(0.0, 1.0);
    Divided { x, focused: response.has_focus(), plays }
}

/// Draws it over `rect`.
pub fn paint(ui: &Ui, rect: Rect, divided: &Divided) {
    ui.painter_at(rect).vline(divided.x, rect.y_range(), (2.0, theme::WHITE));
    let knob = pos2(divided.x, rect.center().y);
    ui.painter_at(rect).circle_filled(knob, 12.0, theme::WHITE);
    if divided.focused {
        ui.painter_at(rect).circle_stroke(knob, 15.0, (2.0, theme::WHITE));
    }
    super::chip::paint_icon(ui, knob, crate::app::icon::ARROWS_LEFT_RIGHT, theme::size::BODY, theme::INK);
}
