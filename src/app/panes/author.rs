//! Author: the preview, time, many draws; parameters and their densities at the right.

use eframe::egui::{self, Frame, Margin, Panel, Ui};

use super::strip;
use crate::app::{
    command::Command,
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::{AuthorView, Parameter},
    widgets::{self, contact_sheet, distribution, picture, picture::ViewState, table, timeline},
};

/// The centre.
pub fn author(ui: &mut Ui, view: &AuthorView, state: &mut ViewState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    strip(
        ui,
        "author strip",
        |ui| {
            ui.label(theme.body(&view.family)).on_hover_text(&view.about);
            for channel in &view.channels {
                let on = view.preview.channel.starts_with(channel.as_str());
                if widgets::choice(ui, on, channel).clicked() {
                    out.send(Message::ShowChannel(channel.clone()));
                }
            }
        },
        |_| {},
    );
    let height = ui.available_height();
    let frame = Frame::new().fill(theme.panel);
    let sheet = (height * 0.3).clamp(120.0, 260.0);
    Panel::bottom("sheet").frame(frame).resizable(true).default_size(sheet).min_size(96.0).show(ui, |ui| {
        Frame::new().inner_margin(Margin::symmetric(12, 4)).show(ui, |ui| many(ui, view, out));
    });
    Panel::bottom("timeline").frame(frame).exact_size(timeline::HEIGHT).show(ui, |ui| {
        timeline::timeline(ui, &view.timeline, out);
    });
    let rect = ui.available_rect_before_wrap();
    picture::picture(ui, rect, &view.preview, state, out);
}

fn many(ui: &mut Ui, view: &AuthorView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.label(theme.quiet("Draws"));
        ui.add(egui::Label::new(theme.caption(&view.sheet.summary)).truncate());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let info = Command::GenerateSet.info();
            let text = theme.caption(format!("{}  {}", info.icon, info.label)).color(theme.text);
            if ui.button(text).on_hover_text(info.tooltip).clicked() {
                out.command(Command::GenerateSet);
            }
        });
    });
    if view.sheet.tiles.is_empty() {
        widgets::empty::empty(ui, icon::IMAGES, "Draws of this family appear here", Some(Command::NextDraw), out);
    } else {
        contact_sheet::contact_sheet(ui, &view.sheet, 116.0, out);
    }
}

/// The right side.
pub fn inspector(ui: &mut Ui, view: &AuthorView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let selected = view.parameters.iter().find(|parameter| view.selected.as_deref() == Some(parameter.name.as_str()));
    let editor = if selected.is_some() { 296.0_f32.min(ui.available_height() * 0.55) } else { 64.0 };
    let frame = Frame::new().fill(theme.panel).inner_margin(Margin::symmetric(12, 8));
    Panel::bottom("editor").frame(frame).exact_size(editor).show(ui, |ui| match selected {
        Some(parameter) => edit(ui, parameter, out),
        None => {
            ui.label(theme.quiet("Select a parameter to see its densities"));
        }
    });
    for finding in &view.findings {
        Frame::new().inner_margin(Margin::symmetric(12, 6)).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.label(egui::RichText::new(icon::WARNING).color(theme.rare));
                ui.label(theme.quiet(finding));
            });
        });
    }
    table::parameters(ui, &view.parameters, view.selected.as_deref(), out);
}

fn edit(ui: &mut Ui, parameter: &Parameter, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        let (sign, word) = widgets::chip::role(parameter.role);
        ui.label(theme.body(&parameter.name));
        ui.label(theme.caption(format!("{sign} {word}")));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::icon_button(ui, icon::RESET, "Reset to nominal").clicked() {
                out.send(Message::ResetValue { parameter: parameter.name.clone() });
            }
        });
    });
    ui.add(egui::Label::new(theme.caption(&parameter.about)).wrap());
    ui.add_space(theme::GRID);
    let height = (ui.available_height() - 3.0 * theme::ROW - 16.0).clamp(80.0, 160.0);
    if let Some(range) = distribution::editor(ui, parameter, height) {
        out.send(Message::SetProposal { parameter: parameter.name.clone(), range });
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let number = |value: f64| theme::with_unit(value, parameter.decimals, &parameter.unit);
    widgets::fact(ui, "Value in this draw", &number(parameter.value));
    let [low, high] = parameter.handles;
    widgets::fact(ui, "Proposal", &format!("{} – {}", number(low), number(high)));
    widgets::fact(ui, "Nominal value", &number(parameter.nominal_value));
}
