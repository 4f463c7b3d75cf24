//! The gate's rules as a checklist, and the verdict above it. Icon and word tell; colour repeats.

use eframe::egui::{self, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::{cell, cell_right, chip, underline};
use crate::app::{
    icon,
    theme::{self, Theme},
    view::{Rule, VerdictState},
};

/// The verdict: icon and word, then why.
pub fn verdict(ui: &mut Ui, state: VerdictState, reason: &str) {
    let theme = Theme::of(ui);
    let (sign, word, color) = chip::verdict(&theme, state);
    let width = (ui.available_width() - 80.0).max(1.0);
    let font = theme::sans(theme::size::BODY);
    let why = ui.painter().layout(reason.to_owned(), font, theme.weak, width);
    let size = vec2(ui.available_width(), 52.0 + why.size().y);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(rect, theme::CORNER, theme.raised);
    let bar = Rect::from_min_size(rect.min, vec2(4.0, rect.height()));
    ui.painter().rect_filled(bar, 2, color);
    chip::paint_icon(ui, rect.left_center() + vec2(36.0, 0.0), sign, 32.0, color);
    let left = rect.left() + 64.0;
    let top = Rect::from_min_max(pos2(left, rect.top() + 10.0), pos2(rect.right() - 16.0, rect.top() + 38.0));
    cell(ui, top, word, theme::sans(theme::size::HERO), theme.text);
    ui.painter().galley(pos2(left, rect.top() + 42.0), why, theme.weak);
}

/// What it would take, under the verdict; nothing where nothing is missing.
pub fn needed(ui: &mut Ui, lines: &[String]) {
    let theme = Theme::of(ui);
    if lines.is_empty() {
        return;
    }
    super::heading(ui, "What it would take");
    for line in lines {
        ui.horizontal_top(|ui| {
            ui.add_space(4.0);
            ui.label(theme.quiet(icon::ARROW_RIGHT));
            ui.add(egui::Label::new(theme.body(line)).wrap());
        });
    }
}

/// The rules; a click opens a rule's evidence.
pub fn checklist(ui: &mut Ui, rules: &[Rule]) {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    header(ui, &theme);
    for rule in rules {
        row(ui, rule);
    }
}

fn columns(rect: Rect) -> [Rect; 4] {
    let right = rect.right() - 8.0;
    let number = (rect.width() * 0.19).clamp(80.0, 150.0);
    let at = |from: f32, to: f32| Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom()));
    let state = rect.left() + 116.0;
    [
        at(rect.left() + 8.0, state),
        at(state + 4.0, right - 2.0 * number - 8.0),
        at(right - 2.0 * number, right - number - 8.0),
        at(right - number, right),
    ]
}

fn header(ui: &mut Ui, theme: &Theme) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
    let font = theme::sans(theme::size::SMALL);
    let [state, name, measured, threshold] = columns(rect);
    cell(ui, state, "State", font.clone(), theme.weak);
    cell(ui, name, "Rule", font.clone(), theme.weak);
    cell_right(ui, measured, "Measured", font.clone(), theme.weak);
    cell_right(ui, threshold, "Threshold", font, theme.weak);
    underline(ui, rect);
}

fn row(ui: &mut Ui, rule: &Rule) {
    let theme = Theme::of(ui);
    let id = ui.scope_id().with(("rule", rule.name.as_str()));
    let mut open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::click());
    let (sign, word, color) = chip::rule(&theme, rule.state);
    super::named(&response, Role::Button, &format!("{}: {word}", rule.name));
    if response.hovered() {
        ui.painter().rect_filled(rect, 0, theme.hover);
    }
    let [state, name, measured, threshold] = columns(rect);
    let caret = if open { icon::MINUS } else { icon::PLUS };
    chip::paint_icon(ui, state.left_center() + vec2(6.0, 0.0), caret, theme::size::SMALL, theme.faint);
    chip::paint_icon(ui, state.left_center() + vec2(26.0, 0.0), sign, theme::size::TITLE, color);
    let text = theme::sans(theme::size::BODY);
    cell(ui, state.with_min_x(state.left() + 42.0), word, text.clone(), theme.text);
    cell(ui, name, &rule.name, text, theme.text);
    cell_right(ui, measured, &rule.measured, theme::mono(theme::size::SMALL), theme.text);
    cell_right(ui, threshold, &rule.threshold, theme::mono(theme::size::SMALL), theme.weak);
    underline(ui, rect);
    super::focus_ring(ui, &response, rect);
    if response.clicked() {
        open = !open;
        ui.data_mut(|data| data.insert_temp(id, open));
    }
    if open {
        egui::Frame::new().inner_margin(egui::Margin { left: 50, right: 8, top: 8, bottom: 12 }).show(ui, |ui| {
            ui.label(theme.quiet(&rule.evidence));
        });
    }
}
