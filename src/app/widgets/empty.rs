//! What stands where nothing is yet: an icon, one sentence, one next act.

use eframe::egui::{Align, Layout, Ui, UiBuilder};

use crate::app::{
    command::Command,
    message::Outbox,
    theme::{self, Theme},
};

/// Fills the rest of `ui` with `icon`, `sentence` and a quiet button for `act`.
pub fn empty(ui: &mut Ui, icon: &str, sentence: &str, act: Option<Command>, out: &mut Outbox) {
    fill(ui, (icon, sentence), |ui| {
        if let Some(command) = act {
            ui.add_space(2.0 * theme::GRID);
            super::command_button(ui, command, out);
        }
    });
}

/// The same with the screen's one primary button.
pub fn empty_primary(ui: &mut Ui, icon: &str, sentence: &str, act: Option<Command>, out: &mut Outbox) {
    fill(ui, (icon, sentence), |ui| {
        if let Some(command) = act {
            ui.add_space(2.0 * theme::GRID);
            if super::primary(ui, command.info().label).on_hover_text(command.info().tooltip).clicked() {
                out.command(command);
            }
        }
    });
}

fn fill(ui: &mut Ui, (icon, sentence): (&str, &str), act: impl FnOnce(&mut Ui)) {
    let theme = Theme::of(ui);
    let rect = ui.available_rect_before_wrap();
    let layout = Layout::top_down(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(rect).layout(layout), |ui| {
        ui.add_space((rect.height() / 2.0 - 56.0).max(4.0));
        ui.label(theme.quiet(icon).size(theme::size::HERO));
        ui.add_space(theme::GRID);
        ui.label(theme.quiet(sentence));
        act(ui);
    });
}
