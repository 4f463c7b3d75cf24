//! The table of parameters: role, name, both densities, value.

use eframe::egui::{self, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::{
    cell, cell_right, chip, distribution,
    number::{self, Scrub, Scrubbed},
    underline,
};
use crate::app::{
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::Parameter,
};

/// Draws `parameters` over the width of `ui`, scrolling where they are many.
pub fn parameters(ui: &mut Ui, parameters: &[Parameter], selected: Option<&str>, out: &mut Outbox) {
    ui.spacing_mut().item_spacing.y = 0.0;
    header(ui);
    egui::ScrollArea::vertical().id_salt("parameters").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for parameter in parameters {
            row(ui, parameter, selected == Some(parameter.name.as_str()), out);
        }
    });
}

/// Role, name, sparkline and value of a row.
fn columns(rect: Rect) -> [Rect; 4] {
    let at = |from: f32, to: f32| Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom()));
    let (left, right) = (rect.left() + 8.0, rect.right() - 4.0);
    let role = if rect.width() > 380.0 { 92.0 } else { 22.0 };
    let value = 104.0;
    let spark = (rect.width() * 0.24).clamp(56.0, 120.0);
    [
        at(left, left + role),
        at(left + role, right - value - spark - 8.0),
        at(right - value - spark, right - value - 4.0),
        at(right - value, right),
    ]
}

fn header(ui: &mut Ui) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
    let font = theme::sans(theme::size::SMALL);
    let [role, name, spark, value] = columns(rect);
    cell(ui, role.with_max_x(name.left()), if role.width() > 40.0 { "Role" } else { "" }, font.clone(), theme.weak);
    cell(ui, name, "Parameter", font.clone(), theme.weak);
    cell(ui, spark, "Density", font.clone(), theme.weak);
    cell_right(ui, value.with_max_x(value.right() - 43.0), "Value", font, theme.weak);
    underline(ui, rect);
}

fn row(ui: &mut Ui, parameter: &Parameter, selected: bool, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    let (sign, word) = chip::role(parameter.role);
    super::named(&response, Role::Row, &format!("Parameter {}", parameter.name));
    if selected || response.hovered() {
        ui.painter().rect_filled(rect, 0, if selected { theme.hover } else { theme.raised });
    }
    let [role, name, spark, value] = columns(rect);
    chip::paint_icon(ui, role.left_center() + vec2(7.0, 0.0), sign, theme::size::BODY, theme.weak);
    if role.width() > 40.0 {
        let word_at = role.with_min_x(role.left() + 20.0);
        cell(ui, word_at, word, theme::sans(theme::size::SMALL), theme.weak);
    }
    let room = if parameter.finding.is_some() { name.with_max_x(name.right() - 20.0) } else { name };
    let end = cell(ui, room, &parameter.name, theme::sans(theme::size::BODY), theme.text);
    if parameter.finding.is_some() {
        chip::paint_icon(ui, pos2(end + 10.0, rect.center().y), icon::WARNING, theme::size::BODY, theme.rare);
    }
    super::focus_ring(ui, &response, rect);
    distribution::spark(ui, spark.shrink2(vec2(0.0, 3.0)), parameter);
    if response.clicked() {
        // A click on the selected row lets it go.
        out.send(Message::SelectParameter(if selected { String::new() } else { parameter.name.clone() }));
    }
    let about = parameter.finding.as_ref().unwrap_or(&parameter.about);
    let _ = response.on_hover_text(format!("{} · {word}\n{about}", parameter.name));
    value_of(ui, value.shrink2(vec2(0.0, 2.0)), parameter, out);
    underline(ui, rect);
}

/// The value of `parameter` as a scrub field in `rect`.
pub fn value_of(ui: &mut Ui, rect: Rect, parameter: &Parameter, out: &mut Outbox) {
    let scrub = Scrub {
        name: &parameter.name,
        unit: &parameter.unit,
        value: parameter.value,
        range: parameter.range,
        decimals: parameter.decimals,
    };
    let name = parameter.name.clone();
    match number::scrub(ui, rect, &scrub) {
        Some(Scrubbed::Set(value, gesture)) => out.send(Message::SetValue { parameter: name, value, gesture }),
        Some(Scrubbed::Reset) => out.send(Message::ResetValue { parameter: name }),
        None => {}
    }
}
