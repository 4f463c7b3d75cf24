//! The screens: one file per workspace, and the welcome. Each draws its part of [`super::view`] and pushes to an outbox.

pub mod author;
pub mod compare;
pub mod export;
pub mod lock;
pub mod trial;
pub mod welcome;

use eframe::egui::{self, Frame, Margin, Panel, Ui};

use super::theme::{self, Theme};

/// A strip above a pane: title at the left, what `right` draws at the right.
fn strip(ui: &mut Ui, id: &str, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    let frame = Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::symmetric(12, 0));
    Panel::top(id).frame(frame).exact_size(36.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            left(ui);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), right);
        });
    });
}

/// The content of an inspector, with room at its sides.
fn padded(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    egui::ScrollArea::vertical().id_salt("padded").auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(Margin::symmetric(12, 8)).show(ui, content);
    });
}

/// A page of the centre: a readable column, not the whole width of a large screen.
fn page(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    Frame::new().fill(Theme::of(ui).panel).show(ui, |ui| {
        egui::ScrollArea::vertical().id_salt("page").auto_shrink(false).show(ui, |ui| {
            let side = ((ui.available_width() - 960.0) / 2.0).clamp(16.0, 120.0);
            Frame::new().inner_margin(Margin::symmetric(side as i8, 16)).show(ui, |ui| {
                ui.set_width(ui.available_width().min(960.0));
                content(ui);
            });
        });
    });
}

/// A title with a line of quiet text under it.
fn title(ui: &mut Ui, text: &str, under: &str) {
    let theme = Theme::of(ui);
    ui.label(theme.title(text));
    ui.label(theme.quiet(under));
    ui.add_space(3.0 * theme::GRID);
}
