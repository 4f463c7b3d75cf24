//! The studio's building blocks. Each draws plain values and answers with what the person did; none knows the study.

pub mod annotations;
pub mod banner;
pub mod chance;
pub mod checklist;
pub mod chip;
pub mod clouds;
pub mod columns;
pub mod compare;
pub mod contact_sheet;
pub mod correlation;
pub mod density;
pub mod distribution;
pub mod divider;
pub mod empty;
pub mod entities;
pub mod events;
pub mod evidence;
pub mod field;
pub mod fitted;
pub mod form;
pub mod frame_times;
pub mod frames_map;
pub mod gizmo;
pub mod goals;
pub mod heat;
pub mod histogram;
pub mod interval;
pub mod labels;
pub mod ledger;
pub mod legend;
pub mod marks;
pub mod matrix;
pub mod mesh;
pub mod number;
pub mod parallel;
pub mod picture;
pub mod places;
pub mod probe;
pub mod progress;
pub mod quantity;
pub mod region;
pub mod requirement;
pub mod scene;
pub mod sensor;
pub mod signals;
pub mod table;
pub mod thing;
pub mod timeline;
pub mod tree;
pub mod variant;
pub mod words;

use eframe::egui::{self, Rect, Response, Sense, Ui, accesskit::Role, pos2, vec2};

use super::{
    command::Command,
    message::Outbox,
    theme::{self, Theme},
};

/// A quiet button with an icon only; `name` is its tooltip and its accessible name.
pub fn icon_button(ui: &mut Ui, icon: &str, name: &str) -> Response {
    let button = egui::Button::new(icon).frame_when_inactive(false).min_size(vec2(theme::ROW, theme::ROW));
    let response = ui.add(button);
    response.widget_info(|| egui::WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_text(name)
}

/// The same in exactly `rect`, for rows whose height and width are given.
pub fn icon_button_in(ui: &mut Ui, rect: Rect, icon: &str, name: &str) -> Response {
    let theme = Theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(("icon", name)), Sense::click());
    named(&response, Role::Button, name);
    if response.hovered() {
        ui.painter().rect_filled(rect, theme::CORNER, theme.raised);
    }
    chip::paint_icon(ui, rect.center(), icon, theme::size::BODY, theme.weak);
    focus_ring(ui, &response, rect);
    response
}

/// Draws `content` in what is left of `ui` and takes exactly that: content that is too large never widens its panel.
pub fn contained(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let rect = ui.available_rect_before_wrap();
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    child.shrink_clip_rect(rect);
    content(&mut child);
    ui.advance_cursor_after_rect(rect);
}

/// At most `rows` rows of quiet text; the whole of it on hover.
pub fn rows(ui: &mut Ui, text: &str, rows: usize) {
    let theme = Theme::of(ui);
    let font = theme::sans(theme::size::SMALL);
    let mut job = egui::text::LayoutJob::simple(text.to_owned(), font, theme.weak, ui.available_width());
    job.wrap.max_rows = rows;
    let galley = ui.painter().layout_job(job);
    let cut = galley.elided;
    let response = ui.label(galley);
    if cut {
        response.on_hover_text(text);
    }
}

/// A two-state button of a row of choices.
pub fn choice(ui: &mut Ui, on: bool, text: &str) -> Response {
    let theme = Theme::of(ui);
    let color = if on { theme.text } else { theme.weak };
    let text = egui::RichText::new(text).size(theme::size::SMALL).color(color);
    let fill = if on { theme.hover } else { theme::CLEAR };
    ui.add(egui::Button::new(text).fill(fill).min_size(vec2(0.0, theme::ROW)))
}

/// The one primary button of a screen.
pub fn primary(ui: &mut Ui, text: &str) -> Response {
    let theme = Theme::of(ui);
    let text = egui::RichText::new(text).color(theme.on_primary);
    ui.add(egui::Button::new(text).fill(theme.primary).min_size(vec2(0.0, theme::INPUT)))
}

/// A quiet button for `command`: its icon, its label, its tooltip.
pub fn command_button(ui: &mut Ui, command: Command, out: &mut Outbox) {
    let info = command.info();
    let button = egui::Button::new(format!("{}  {}", info.icon, info.label)).min_size(vec2(0.0, theme::INPUT));
    let response = ui.add(button);
    // the sign is for the eye
    named(&response, Role::Button, info.label);
    if response.on_hover_text(info.tooltip).clicked() {
        out.command(command);
    }
}

/// A heading inside a panel: sentence case, quiet, with room above.
pub fn heading(ui: &mut Ui, text: &str) {
    let theme = Theme::of(ui);
    ui.add_space(2.0 * theme::GRID);
    ui.label(theme.caption(text));
    ui.add_space(theme::GRID);
}

/// The frame of a dialog: room on all sides.
pub fn dialog_frame(ctx: &egui::Context) -> egui::Frame {
    egui::Frame::popup(&ctx.global_style()).inner_margin(egui::Margin::same(20))
}

/// One line of name and value.
pub fn fact(ui: &mut Ui, name: &str, value: &str) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
    let name = cut(ui, name, theme::sans(theme::size::SMALL), theme.weak, rect.width() * 0.5);
    let left = rect.left_center() - vec2(0.0, name.size().y / 2.0);
    let used = name.size().x;
    ui.painter().galley(left, name, theme.weak);
    let value = cut(ui, value, theme::mono(theme::size::SMALL), theme.text, rect.width() - used - 12.0);
    let right = pos2(rect.right() - value.size().x, rect.center().y - value.size().y / 2.0);
    ui.painter().galley(right, value, theme.text);
}

/// `text` laid out in one row of at most `width` points, with an ellipsis where it does not fit.
pub fn cut(ui: &Ui, text: &str, font: egui::FontId, color: egui::Color32, width: f32) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(1.0));
    ui.painter().layout_job(job)
}

/// Paints `text` centred in height at the left of `rect`, cut to its width. Returns where it ended.
pub fn cell(ui: &Ui, rect: Rect, text: &str, font: egui::FontId, color: egui::Color32) -> f32 {
    let galley = cut(ui, text, font, color, rect.width());
    let at = pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
    let end = at.x + galley.size().x;
    ui.painter().galley(at, galley, color);
    end
}

/// Paints `text` centred in height at the right of `rect`.
pub fn cell_right(ui: &Ui, rect: Rect, text: &str, font: egui::FontId, color: egui::Color32) {
    let galley = cut(ui, text, font, color, rect.width());
    let at = pos2(rect.right() - galley.size().x, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
}

/// A one-pixel line under `rect`.
pub fn underline(ui: &Ui, rect: Rect) {
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Theme::of(ui).separator());
}

/// A line round `rect` while the keyboard's focus is on `response`.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = egui::Stroke::new(1.0, Theme::of(ui).text);
        ui.painter().rect_stroke(rect, theme::CORNER, stroke, egui::StrokeKind::Inside);
    }
}

/// Gives `response` a role and a name, so that a screen reader and a test find it.
pub fn named(response: &Response, role: Role, name: &str) {
    response.widget_info(|| egui::WidgetInfo::labeled(role, true, name));
}
