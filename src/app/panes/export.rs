//! Export: the verdict, the gate's checklist, the pack.

use eframe::egui::{self, Ui};

use super::{noted, padded, page, title};
use crate::app::{
    command::Command,
    icon,
    message::Outbox,
    theme::{self, Theme},
    view::{ExportView, VerdictState},
    widgets::{self, checklist},
};

/// The centre.
pub fn export(ui: &mut Ui, view: &ExportView, out: &mut Outbox) {
    page(ui, |ui| {
        // Without rules nothing is sealed: there is no data yet whose origin could be told.
        let origin = (!view.rules.is_empty()).then_some(view.origin);
        title(ui, "Gate", origin, "What must hold before a pack can be accepted");
        checklist::verdict(ui, view.verdict, &view.reason);
        checklist::needed(ui, &view.needed);
        ui.add_space(16.0);
        if view.rules.is_empty() {
            ui.label(Theme::of(ui).quiet("The rules stand here once a real set is sealed"));
        } else {
            checklist::checklist(ui, &view.rules);
        }
        ui.add_space(16.0);
        let open = view.verdict == VerdictState::Open;
        let command = if open { Command::RunGate } else { Command::ExportPack };
        let info = command.info();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            if widgets::primary(ui, &format!("{}  {}", info.icon, info.label)).on_hover_text(info.tooltip).clicked() {
                out.command(command);
            }
            if !open {
                widgets::command_button(ui, Command::RunGate, out);
            }
            widgets::command_button(ui, Command::Report, out);
        });
        if !matches!(view.verdict, VerdictState::Open | VerdictState::Accept) {
            let theme = Theme::of(ui);
            ui.add_space(theme::GRID);
            ui.label(theme.caption("The pack will say in its name, manifest and card that it was not accepted"));
        }
    });
}

/// The right side: what the pack will hold, and the one that was written last.
pub fn inspector(ui: &mut Ui, view: &ExportView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    padded(ui, |ui| {
        ui.label(theme.body("Pack"));
        ui.add_space(theme::GRID);
        facts(ui, &view.facts);
        if !view.formats.is_empty() {
            widgets::heading(ui, "Contains");
        }
        for (name, about, _) in view.formats.iter().filter(|format| format.2) {
            ui.label(theme.body(name));
            ui.add(egui::Label::new(theme.caption(about)).wrap());
            ui.add_space(theme::GRID);
        }
        ui.add_space(8.0);
        if let Some(path) = &view.pack {
            written(ui, view, path, out);
        } else {
            widgets::heading(ui, "Written last");
            ui.label(theme.quiet("No pack of this study is written yet"));
            ui.add_space(8.0);
            widgets::command_button(ui, Command::VerifyPack, out);
        }
    });
}

fn facts(ui: &mut Ui, facts: &[(String, String)]) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (name, value) in facts {
            widgets::fact(ui, name, value);
        }
    });
}

/// What lies where, with a button that copies the path.
fn place(ui: &mut Ui, words: &str, path: &str) {
    let theme = Theme::of(ui);
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        ui.label(theme.caption(words));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::icon_button(ui, icon::COPY, "Copy path").clicked() {
                ui.copy_text(path.to_owned());
            }
        });
    });
    ui.add(egui::Label::new(theme.value(path)).wrap());
    ui.add_space(theme::GRID);
}

fn written(ui: &mut Ui, view: &ExportView, path: &str, out: &mut Outbox) {
    let ExportView { lerobot, checks, .. } = view;
    let theme = Theme::of(ui);
    place(ui, "Written last", path);
    ui.horizontal_wrapped(|ui| {
        let info = Command::ShowPack.info();
        let open = egui::Button::new(format!("{}  Open folder", info.icon)).min_size(egui::vec2(0.0, theme::INPUT));
        if ui.add(open).on_hover_text(info.tooltip).clicked() {
            out.command(Command::ShowPack);
        }
        widgets::command_button(ui, Command::VerifyPack, out);
        widgets::command_button(ui, Command::ExportLerobot, out);
    });
    if let Some(folder) = lerobot {
        place(ui, "LeRobot set", folder);
    }
    if checks.is_empty() {
        return;
    }
    widgets::heading(ui, "Verified");
    for (holds, what, detail) in checks {
        let (sign, color) = if *holds { (icon::CHECK_CIRCLE, theme.text) } else { (icon::X_CIRCLE, theme.rare) };
        noted(ui, sign, color, theme.body(what));
        if !detail.is_empty() {
            ui.horizontal_top(|ui| {
                ui.add_space(22.0);
                ui.add(egui::Label::new(theme.caption(detail)).wrap());
            });
        }
    }
}
