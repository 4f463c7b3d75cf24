//! The screens: one file per workspace, and the welcome. Each draws its part of [`super::view`] and pushes to an outbox.

pub mod author;
pub mod compare;
pub mod export;
pub mod inspector;
pub mod instrument;
pub mod lab;
pub mod lock;
pub mod many;
mod parameter;
pub mod stage;
pub mod trial;
pub mod welcome;

use eframe::egui::{self, Frame, Margin, Panel, Ui};

use super::{
    theme::{self, Theme},
    view::Origin,
    widgets,
};

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

/// A title with a line of quiet text under it; the badge says where the data in question comes from.
fn title(ui: &mut Ui, text: &str, origin: Option<Origin>, under: &str) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), theme::INPUT), egui::Sense::hover());
    let room = rect.with_max_x(rect.right() - 96.0);
    let end = widgets::cell(ui, room, text, theme::sans(theme::size::TITLE), theme.text);
    if let Some(origin) = origin {
        let at = egui::pos2(end + 12.0, rect.center().y - 10.0);
        let badge = widgets::chip::paint_badge(ui.painter(), at, origin);
        let told = match origin {
            Origin::Real => "Recorded data",
            Origin::Synthetic => "Rendered data",
            Origin::StandIn => "Rendered, but standing where real data belongs: no verdict on it counts for reality",
        };
        let _ = ui.interact(badge, ui.scope_id().with("origin"), egui::Sense::hover()).on_hover_text(told);
    }
    ui.add(egui::Label::new(theme.quiet(under)).wrap());
    ui.add_space(3.0 * theme::GRID);
}

/// A line with a sign before it, wrapping beside the sign.
fn noted(ui: &mut Ui, sign: &str, color: egui::Color32, text: egui::RichText) {
    ui.horizontal_top(|ui| {
        ui.label(egui::RichText::new(sign).color(color));
        ui.add(egui::Label::new(text).wrap());
    });
}
