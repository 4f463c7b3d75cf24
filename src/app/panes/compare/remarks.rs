//! What a person writes about the pair, and what was written about others: flags and notes that stay with the study.

use eframe::egui::{Sense, TextEdit, Ui, accesskit::Role, vec2};

use crate::app::{
    command::Command,
    icon,
    message::{CompareAct, Message, Outbox},
    theme::{self, Theme},
    view::{CompareView, RemarkRow},
    widgets::{self, cell},
};

/// The shown pair's remark, and the rows of all others.
pub(super) fn remarks(ui: &mut Ui, view: &CompareView, out: &mut Outbox) {
    let Some(remark) = &view.remark else { return };
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        let on = remark.flagged;
        let text = theme.body(icon::FLAG).color(if on { theme.on_primary } else { theme.weak });
        let fill = if on { theme.primary } else { theme::CLEAR };
        let flag = ui.add(eframe::egui::Button::new(text).fill(fill).min_size(vec2(theme::INPUT, theme::INPUT)));
        let name = if on { "Take the flag away" } else { Command::FlagPair.info().label };
        widgets::named(&flag, Role::Button, name);
        if flag.on_hover_text(format!("{name} (M)")).clicked() {
            out.command(Command::FlagPair);
        }
        let mut text = remark.text.clone();
        let edit = TextEdit::singleline(&mut text).hint_text("Note on this pair").desired_width(f32::INFINITY);
        let field = ui.add(edit.margin(eframe::egui::Margin::symmetric(8, 5)));
        widgets::named(&field, Role::TextInput, "Note on this pair");
        // One visit of the field is one step of undo.
        let comes = u64::from(field.gained_focus());
        let gesture = ui.data_mut(|data| {
            let visits: &mut u64 = data.get_temp_mut_or_default(field.id);
            *visits += comes;
            *visits
        });
        if field.changed() {
            out.send(Message::Compare(CompareAct::Remark { flagged: remark.flagged, text, gesture }));
        }
    });
    for (at, row) in view.remarks.iter().enumerate() {
        self::row(ui, (at, row), out);
    }
    ui.add_space(12.0);
}

fn row(ui: &mut Ui, (at, row): (usize, &RemarkRow), out: &mut Outbox) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    widgets::named(&response, Role::Button, &format!("Show {}", row.about));
    let wide = rect.expand2(vec2(8.0, 0.0));
    if row.shown || response.hovered() {
        ui.painter().rect_filled(wide, theme::CORNER, if row.shown { theme.hover } else { theme.raised });
    }
    if row.flagged {
        let at = eframe::egui::pos2(rect.left() + 7.0, rect.center().y);
        widgets::chip::paint_icon(ui, at, icon::FLAG, theme::size::SMALL, theme.text);
    }
    let words = if row.text.is_empty() { &row.about } else { &row.text };
    let color = if row.text.is_empty() { theme.weak } else { theme.text };
    cell(ui, rect.with_min_x(rect.left() + 20.0), words, theme::sans(theme::size::SMALL), color);
    widgets::focus_ring(ui, &response, wide);
    if response.clicked() {
        out.send(Message::Compare(CompareAct::ShowRemark(at)));
    }
    let text = if row.text.is_empty() { String::new() } else { format!("\n{}", row.text) };
    response.on_hover_text(format!("{}{text}", row.about));
}
