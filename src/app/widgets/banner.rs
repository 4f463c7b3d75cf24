//! The error banner and the dialog before an act that cannot be undone.

use eframe::egui::{self, Id, Ui};

use crate::app::{
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::{Banner, Confirm},
};

/// One sentence, its cure and a button that takes it away.
pub fn banner(ui: &mut Ui, banner: &Banner, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.horizontal_centered(|ui| {
        ui.add_space(4.0);
        ui.label(egui::RichText::new(icon::WARNING).color(theme.rare).size(theme::size::TITLE));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if super::icon_button(ui, icon::X, "Dismiss").clicked() {
                out.send(Message::DismissBanner);
            }
            if let Some(cure) = banner.cure
                && ui.button(cure.info().label).clicked()
            {
                out.command(cure);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(theme.body(&banner.text)).truncate());
            });
        });
    });
}

/// Asks before an act that cannot be undone; says exactly what will happen.
pub fn confirm(ctx: &egui::Context, confirm: &Confirm, out: &mut Outbox) {
    let fresh = super::form::age(ctx, &confirm.title) < super::form::SETTLE;
    let width = (ctx.content_rect().width() - 96.0).min(440.0);
    let modal = egui::Modal::new(Id::unique("confirm")).frame(super::dialog_frame(ctx)).show(ctx, |ui| {
        let theme = Theme::of(ui);
        ui.set_width(width);
        ui.label(theme.title(&confirm.title));
        ui.add_space(8.0);
        for line in &confirm.lines {
            ui.horizontal_top(|ui| {
                ui.label(theme.quiet(icon::ARROW_RIGHT));
                ui.add(egui::Label::new(theme.body(line)).wrap());
            });
        }
        ui.add_space(16.0);
        let size = egui::vec2(ui.available_width(), theme::INPUT);
        ui.allocate_ui_with_layout(size, egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if super::primary(ui, &confirm.act).clicked() {
                out.send(Message::Confirm);
            }
            let cancel = ui.add(egui::Button::new("Cancel").min_size(egui::vec2(0.0, theme::INPUT)));
            // What cannot be undone is not one careless Enter away.
            if fresh {
                cancel.request_focus();
            }
            super::focus_ring(ui, &cancel, cancel.rect);
            if cancel.clicked() {
                out.send(Message::Decline);
            }
        });
    });
    if modal.should_close() {
        out.send(Message::Decline);
    }
}
