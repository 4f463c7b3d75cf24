//! Author: the preview, time, many draws; parameters and their densities at the right.

use eframe::egui::{self, Frame, Margin, Panel, Ui};

use super::strip;
use crate::app::{
    icon,
    many::Face,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::{AuthorView, Parameter},
    widgets::{self, distribution, picture, picture::ViewState, table, timeline},
};

/// The centre.
pub fn author(ui: &mut Ui, view: &AuthorView, state: &mut ViewState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let wide = ui.available_width();
    strip(
        ui,
        "author strip",
        |ui| {
            let title = widgets::cut(ui, &view.family, theme::sans(theme::size::BODY), theme.text, wide * 0.3);
            ui.label(title).on_hover_text(format!("{}\n{}", view.family, view.about));
            ui.add_space(4.0);
            ui.spacing_mut().item_spacing.x = 0.0;
            for channel in &view.channels {
                let on = view.preview.channel.starts_with(channel.as_str());
                if widgets::choice(ui, on, channel).clicked() {
                    out.send(Message::ShowChannel(channel.clone()));
                }
            }
            ui.add_space(16.0);
        },
        |ui| {
            ui.add(egui::Label::new(theme.caption(&view.outcome).color(theme.text)).truncate());
        },
    );
    let height = ui.available_height();
    let frame = Frame::new().fill(theme.panel);
    // Pictures are read at a glance, plots need room, and a low window has little of it: each keeps the height that the
    // person gave it there.
    let (id, share, most) = match (view.many.state.face, height > 640.0) {
        (Face::Sheet, true) => ("sheet", 0.36, 300.0),
        (Face::Sheet, false) => ("low sheet", 0.36, 300.0),
        (_, true) => ("plots", 0.5, 520.0),
        (_, false) => ("low plots", 0.5, 520.0),
    };
    let lower = (height * share).clamp(140.0, most);
    Panel::bottom(id).frame(frame).resizable(true).default_size(lower).min_size(112.0).show(ui, |ui| {
        Frame::new().inner_margin(Margin::symmetric(12, 4)).show(ui, |ui| {
            // Empty at first, the panel must not shrink to its sentence.
            ui.set_min_height(ui.available_height());
            widgets::contained(ui, |ui| super::many::many(ui, view, out));
        });
    });
    if view.timeline.length_s > 0.0 {
        Panel::bottom("timeline").frame(frame).exact_size(timeline::height_of(&view.timeline)).show(ui, |ui| {
            timeline::timeline(ui, &view.timeline, out);
        });
    }
    let rect = ui.available_rect_before_wrap();
    picture::picture(ui, rect, &view.preview, state, out);
}

/// The right side.
pub fn inspector(ui: &mut Ui, view: &AuthorView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let selected = view.parameters.iter().find(|parameter| view.selected.as_deref() == Some(parameter.name.as_str()));
    let full = ui.available_height();
    let editor = if selected.is_some() { 296.0_f32.min(full * 0.55) } else { (full * 0.5).max(160.0) };
    let side = if selected.is_some() { 12 } else { 0 };
    let frame = Frame::new().fill(theme.panel).inner_margin(Margin::symmetric(side, if side > 0 { 8 } else { 0 }));
    Panel::bottom("editor").frame(frame).exact_size(editor).show(ui, |ui| match selected {
        Some(parameter) => widgets::contained(ui, |ui| edit(ui, parameter, out)),
        None => card(ui, view),
    });
    for finding in &view.findings {
        Frame::new().inner_margin(Margin::symmetric(12, 6)).show(ui, |ui| {
            super::noted(ui, icon::WARNING, theme.rare, theme.body(finding));
        });
    }
    if view.parameters.is_empty() {
        widgets::empty::empty(ui, icon::SLIDERS, "Parameters of the family stand here", None, out);
        return;
    }
    table::parameters(ui, &view.parameters, view.selected.as_deref(), out);
}

/// What the family answers for, and what it asks of every draw.
fn card(ui: &mut Ui, view: &AuthorView) {
    let theme = Theme::of(ui);
    super::padded(ui, |ui| {
        ui.label(theme.body("Policy card"));
        if !view.parameters.is_empty() {
            ui.label(theme.caption("Select a parameter to see its densities instead"));
        }
        if view.card.is_empty() {
            ui.label(theme.quiet("Not answered yet: the gate asks for it"));
        }
        for (question, answer) in &view.card {
            widgets::heading(ui, question);
            let missing = answer.trim().is_empty();
            let text = if missing { theme.quiet("Not answered yet") } else { theme.body(answer) };
            ui.add(egui::Label::new(text).wrap());
        }
        if !view.requirements.is_empty() {
            ui.add_space(12.0);
            ui.label(theme.body("Requirements"));
            ui.label(theme.caption("A draw that breaks one is drawn again"));
        }
        for (name, expression) in &view.requirements {
            widgets::heading(ui, name);
            ui.add(egui::Label::new(theme.value(expression)).wrap());
        }
    });
}

fn edit(ui: &mut Ui, parameter: &Parameter, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        let (sign, word) = widgets::chip::role(parameter.role);
        let room = (ui.available_width() - 140.0).max(64.0);
        let name = widgets::cut(ui, &parameter.name, theme::sans(theme::size::BODY), theme.text, room);
        ui.label(name).on_hover_text(&parameter.name);
        ui.label(theme.caption(format!("{sign} {word}")));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::icon_button(ui, icon::X, "Show the policy card").clicked() {
                out.send(Message::SelectParameter(String::new()));
            }
            if widgets::icon_button(ui, icon::RESET, "Let the draw choose again").clicked() {
                out.send(Message::ResetValue { parameter: parameter.name.clone() });
            }
        });
    });
    widgets::rows(ui, &parameter.about, 2);
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
