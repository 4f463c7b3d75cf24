//! Export: the verdict, the gate's checklist, formats.

use eframe::egui::Ui;

use super::{padded, page, title};
use crate::app::{
    command::Command,
    icon,
    message::Outbox,
    theme::Theme,
    view::{ExportView, VerdictState},
    widgets::{self, checklist},
};

/// The centre.
pub fn export(ui: &mut Ui, view: &ExportView, out: &mut Outbox) {
    page(ui, |ui| {
        title(ui, "Gate", "Every rule was written down before the lock was opened");
        checklist::verdict(ui, view.verdict, &view.reason);
        ui.add_space(16.0);
        checklist::checklist(ui, &view.rules, out);
        ui.add_space(16.0);
        let command = if view.verdict == VerdictState::Open { Command::RunGate } else { Command::ExportPack };
        let info = command.info();
        ui.horizontal(|ui| {
            if widgets::primary(ui, &format!("{}  {}", info.icon, info.label)).on_hover_text(info.tooltip).clicked() {
                out.command(command);
            }
            if !matches!(view.verdict, VerdictState::Open | VerdictState::Accept) {
                let theme = Theme::of(ui);
                ui.label(theme.caption("The pack will say in its name, manifest and card that it was not accepted"));
            }
        });
    });
}

/// The right side: what the pack will hold.
pub fn inspector(ui: &mut Ui, view: &ExportView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    padded(ui, |ui| {
        ui.label(theme.body("Pack"));
        ui.add_space(4.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        for (name, value) in &view.facts {
            widgets::fact(ui, name, value);
        }
        ui.spacing_mut().item_spacing.y = 4.0;
        widgets::heading(ui, "Formats");
        for (name, about, chosen) in &view.formats {
            let sign = if *chosen { icon::CHECK_CIRCLE } else { icon::CIRCLE };
            ui.horizontal(|ui| {
                ui.label(theme.quiet(sign));
                ui.label(theme.body(name));
            });
            ui.label(theme.caption(about));
            ui.add_space(4.0);
        }
        ui.add_space(8.0);
        let info = Command::VerifyPack.info();
        if ui.button(format!("{}  {}", info.icon, info.label)).on_hover_text(info.tooltip).clicked() {
            out.command(Command::VerifyPack);
        }
    });
}
