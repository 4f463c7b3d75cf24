//! The dialog that asks for values. Keyboard first: the first field has the focus, Enter does it, Escape leaves.

use eframe::egui::{self, Id, Key, Modifiers, RichText, Ui, vec2};

use crate::app::{
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::{Field, FieldKind, Form},
};
use crate::base::text::in_sentence_case;

/// Passes in which a dialog that has just opened asks for the focus: its first pass only measures.
pub(super) const SETTLE: u64 = 3;

/// Draws `form`. Its values live in the study's window state: each change is sent, the next pass shows it.
pub fn form(ctx: &egui::Context, form: &Form, out: &mut Outbox) {
    let fresh = age(ctx, &form.title) < SETTLE;
    let n_missing = form.fields.iter().filter(|field| !field.missing.is_empty()).count();
    grow(ctx, form.fields.len() + form.lines.len() + n_missing + usize::from(form.error.is_some()));
    // An open list takes Enter and Escape for itself.
    let listing = egui::Popup::is_any_open(ctx);
    let width = (ctx.content_rect().width() - 96.0).min(480.0);
    let modal = egui::Modal::new(Id::unique("form")).frame(super::dialog_frame(ctx)).show(ctx, |ui| {
        let theme = Theme::of(ui);
        ui.set_width(width);
        ui.label(theme.title(&form.title));
        for line in &form.lines {
            ui.add(egui::Label::new(theme.quiet(line)).wrap());
        }
        let height = room(ui, form, width);
        let mut acted = false;
        egui::ScrollArea::vertical().id_salt("fields").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
            for (at, field) in form.fields.iter().enumerate() {
                acted |= self::field(ui, (at, field), fresh && at == 0, out);
            }
        });
        if let Some(error) = &form.error {
            ui.add_space(12.0);
            ui.horizontal_top(|ui| {
                ui.label(RichText::new(icon::WARNING_CIRCLE).color(theme.rare));
                ui.add(egui::Label::new(theme.body(in_sentence_case(error))).wrap());
            });
        }
        ui.add_space(16.0);
        acted | buttons(ui, form, out)
    });
    let (enter, escape) = ctx.input_mut(|input| {
        let enter = input.consume_key(Modifiers::NONE, Key::Enter);
        (enter, input.consume_key(Modifiers::NONE, Key::Escape))
    });
    if listing || egui::Popup::is_any_open(ctx) {
        return;
    }
    // A click beside the dialog must not throw away what was typed: only Escape and Cancel leave.
    if escape {
        out.send(Message::Decline);
    } else if enter && !modal.inner {
        out.send(Message::Confirm);
    }
}

/// How high the fields may be so that the whole dialog stays in the window: below them come the complaint and the buttons.
fn room(ui: &Ui, form: &Form, width: f32) -> f32 {
    /// Buttons, the frame's margins, and some of the window above and below.
    const REST: f32 = 124.0;
    let complaint = form.error.clone().map_or(0.0, |error| {
        let color = Theme::of(ui).text;
        16.0 + ui.painter().layout(error, theme::sans(theme::size::BODY), color, width - 32.0).size().y
    });
    (ui.ctx().content_rect().height() - ui.min_rect().height() - complaint - REST).max(96.0)
}

/// How many passes a dialog with this title has been open without a break.
pub(super) fn age(ctx: &egui::Context, title: &str) -> u64 {
    let (id, now) = (Id::unique("dialog age"), ctx.cumulative_pass_nr());
    ctx.data_mut(|data| {
        let (since, last, open): (u64, u64, String) = data.get_temp(id).unwrap_or_default();
        let since = if open == title && now <= last + 1 { since } else { now };
        data.insert_temp(id, (since, now, title.to_owned()));
        now - since
    })
}

/// A dialog takes its new height step by step after fields or sentences came or went: it draws until it has.
fn grow(ctx: &egui::Context, n_parts: usize) {
    /// Enough for any number of them.
    const PASSES: u64 = 16;
    let (id, now) = (Id::unique("form fields"), ctx.cumulative_pass_nr());
    let since = ctx.data_mut(|data| {
        let (n, since): (usize, u64) = data.get_temp(id).unwrap_or_default();
        let since = if n == n_parts { since } else { now };
        data.insert_temp(id, (n_parts, since));
        since
    });
    if now - since < PASSES {
        ctx.request_repaint();
    }
}

/// One field; true if its button was pressed.
fn field(ui: &mut Ui, (at, field): (usize, &Field), focus: bool, out: &mut Outbox) -> bool {
    let theme = Theme::of(ui);
    ui.add_space(12.0);
    let label = ui.label(theme.caption(&field.label));
    ui.add_space(-2.0);
    if let FieldKind::Choice(words) = &field.kind {
        let all: Vec<&str> = words.iter().map(String::as_str).collect();
        let size = (ui.available_width(), theme::size::BODY);
        let choose = |ui: &mut Ui| {
            // As high as the fields above it.
            ui.spacing_mut().interact_size.y = theme::INPUT;
            super::thing::choose_in(ui, &field.label, &field.value, &all, size)
        };
        if let Some(text) = ui.scope(choose).inner {
            out.send(Message::SetField { at, text });
        }
        return false;
    }
    let mut acted = false;
    ui.horizontal(|ui| {
        let unit = super::cut(ui, &field.unit, theme::sans(theme::size::BODY), theme.weak, 96.0);
        let beside = match field.kind {
            FieldKind::Path | FieldKind::File(..) => theme::INPUT + 4.0,
            _ if field.unit.is_empty() => 0.0,
            _ => unit.size().x + 8.0,
        };
        ui.spacing_mut().item_spacing.x = 4.0;
        let mut text = field.value.clone();
        let font = if field.kind == FieldKind::Text { theme::sans(theme::size::BODY) } else { theme::mono(13.0) };
        let edit = egui::TextEdit::singleline(&mut text)
            .id_salt(("field", at))
            .font(font)
            .hint_text(&field.hint)
            .align(egui::Align2::LEFT_CENTER)
            .margin(egui::Margin::symmetric(8, 5));
        let size = vec2(ui.available_width() - beside, theme::INPUT);
        let response = ui.add_sized(size, edit.min_size(size)).labelled_by(label.id);
        if focus {
            response.request_focus();
        }
        if response.changed() {
            out.send(Message::SetField { at, text });
        }
        if matches!(field.kind, FieldKind::Path | FieldKind::File(..)) {
            let name = format!("Choose {}", field.label.to_lowercase());
            let (rect, _) = ui.allocate_exact_size(vec2(theme::INPUT, theme::INPUT), egui::Sense::hover());
            ui.painter().rect_filled(rect, theme::CORNER, theme.raised);
            if super::icon_button_in(ui, rect, icon::FOLDER_OPEN, &name).on_hover_text(&name).clicked() {
                out.send(Message::BrowseField(at));
                acted = true;
            }
        } else if !field.unit.is_empty() {
            ui.add_space(2.0);
            ui.label(theme.quiet(&field.unit));
        }
    });
    if !field.missing.is_empty() {
        ui.add(egui::Label::new(theme.caption(&field.missing).color(theme.rare)).wrap());
    }
    acted
}

/// The act and the way out; true if one was pressed.
fn buttons(ui: &mut Ui, form: &Form, out: &mut Outbox) -> bool {
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let size = vec2(ui.available_width(), theme::INPUT);
    let mut acted = false;
    ui.allocate_ui_with_layout(size, layout, |ui| {
        // The primary button stands at the right and is reached first by the tab key.
        let missing = form.fields.iter().find(|field| !field.missing.is_empty());
        let can = egui::UiBuilder::new();
        let can = if missing.is_some() { can.disabled() } else { can };
        let mut act = ui.scope_builder(can, |ui| super::primary(ui, &form.act)).inner;
        if let Some(field) = missing {
            act = act.on_disabled_hover_text(format!("{}: {}", field.label, field.missing));
        }
        if act.clicked() {
            out.send(Message::Confirm);
            acted = true;
        }
        if ui.add(egui::Button::new("Cancel").min_size(vec2(0.0, theme::INPUT))).clicked() {
            out.send(Message::Decline);
            acted = true;
        }
    });
    acted
}
