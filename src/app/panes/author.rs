//! Author: the preview, time, many draws. What stands at the right is `inspector`.

use eframe::egui::{self, Frame, Margin, Panel, Ui};

use super::{instrument::Instrument, strip};
use crate::app::{
    author::InspectorState,
    many::Face,
    message::{Message, Outbox},
    stage::{PACES, StageAct},
    theme::{self, Theme},
    view::AuthorView,
    widgets::{self, picture::ViewState, signals, timeline},
};

/// The centre.
pub fn author(
    ui: &mut Ui,
    view: &AuthorView,
    (state, instrument): (&mut ViewState, &mut Instrument),
    inspector: &mut InspectorState,
    out: &mut Outbox,
) {
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
    let plots = &view.stage.plots;
    if !plots.is_empty() {
        Panel::bottom("signals").frame(frame).exact_size(signals::height_of(plots)).show(ui, |ui| {
            signals::signals(ui, plots, &view.timeline, out);
        });
    }
    if view.timeline.length_s > 0.0 {
        Panel::bottom("timeline").frame(frame).exact_size(timeline::height_of(&view.timeline)).show(ui, |ui| {
            if let Some(event) = timeline::timeline(ui, &view.timeline, out) {
                (inspector.face, inspector.event) = (crate::app::author::Face::Events, Some(event));
            }
            if view.stage.snapshot.is_some() {
                let beside = timeline::is_low(&view.timeline);
                let at =
                    ui.min_rect().left_top() + if beside { egui::vec2(196.0, 10.0) } else { egui::vec2(14.0, 57.0) };
                pace(ui, egui::Rect::from_min_size(at, egui::vec2(100.0, 20.0)), view.stage.pace, out);
            }
        });
    }
    let rect = ui.available_rect_before_wrap();
    super::stage::stage(ui, rect, (view, state), (inspector, instrument), out);
}

/// How fast time passes, beside or below the buttons that let it.
fn pace(ui: &mut Ui, rect: egui::Rect, now: f64, out: &mut Outbox) {
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        let words = |pace: f64| format!("{pace}×");
        let shown = Theme::of(ui).caption(words(now));
        let chosen = egui::ComboBox::from_id_salt("pace").selected_text(shown).width(64.0).show_ui(ui, |ui| {
            for pace in PACES {
                if ui.selectable_label(pace == now, words(pace)).clicked() {
                    out.send(Message::Stage(StageAct::Pace(pace)));
                }
            }
        });
        widgets::named(&chosen.response, egui::accesskit::Role::ComboBox, "Speed of time");
        let _ = chosen.response.on_hover_text("How fast time passes ([ and ])");
    });
}
