//! A text field that reads what is typed: a squiggle under the place of a fault, the sentence below, Escape reverts.
//!
//! What cannot be read stays in the field and changes nothing, so that no keystroke is lost and no broken value gets out.

use eframe::egui::{
    self, Event, FontId, Key, Rect, Response, Shape, Ui, Vec2, pos2, text::CCursor, text::CCursorRange, vec2,
};

use crate::app::{
    author::Fault,
    theme::{self, Theme},
};

/// What the field shows.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Accessible name.
    pub name: &'a str,
    /// What holds.
    pub text: &'a str,
    /// Shown while it is empty.
    pub hint: &'a str,
    /// Width and height.
    pub size: Vec2,
    /// Each keystroke that can be read counts, not only Enter.
    pub live: bool,
    /// Words rather than values.
    pub words: bool,
}

/// What the person wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrote {
    /// The text, which can be read.
    pub text: String,
    /// The same while one editing lasts: one step of undo.
    pub gesture: u64,
}

/// A field after a pass.
#[derive(Debug)]
pub struct Shown {
    /// Of the text edit.
    pub response: Response,
    /// What was written, if anything counts now.
    pub wrote: Option<Wrote>,
    /// What is wrong with what stands there.
    pub fault: Option<Fault>,
    /// The key that ended the editing.
    pub left_by: Option<Key>,
}

#[derive(Clone, Default)]
struct Draft {
    /// What stands in the field while it differs.
    text: Option<String>,
    /// What held when the editing began.
    began: String,
    gesture: u64,
}

/// Draws `field` under `id`; `check` says whether a text can be read.
pub fn field(ui: &mut Ui, id: egui::Id, field: &Field<'_>, check: impl Fn(&str) -> Result<(), Fault>) -> Shown {
    let mut draft: Draft = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let mut text = draft.text.clone().unwrap_or_else(|| field.text.to_owned());
    let font = if field.words { theme::sans(theme::size::SMALL) } else { theme::mono(theme::size::SMALL) };
    let output = show(ui, id, field, &mut text, font);
    let response = output.response.response;
    if response.gained_focus() {
        draft.began = field.text.to_owned();
        draft.gesture = ui.ctx().cumulative_pass_nr().wrapping_mul(31).wrapping_add(id.value());
        // Typing replaces.
        let mut state = output.state;
        let all = CCursorRange::two(CCursor::new(0), CCursor::new(text.chars().count()));
        state.cursor.set_char_range(Some(all));
        state.store(ui.ctx(), response.id);
    }
    let mut wrote = None;
    let checked = || check(&text);
    let mut fault = draft.text.as_ref().and_then(|_| checked().err());
    if response.changed() {
        fault = checked().err();
        draft.text = Some(text.clone());
        wrote = (field.live && fault.is_none()).then(|| text.clone());
    }
    let mut left_by = None;
    if response.lost_focus() {
        let keys = [Key::Escape, Key::Enter, Key::Tab, Key::ArrowDown, Key::ArrowUp];
        left_by = ui.input(|input| keys.into_iter().find(|key| input.key_pressed(*key)));
        if left_by == Some(Key::Escape) {
            wrote = (field.live && draft.began != field.text).then(|| draft.began.clone());
            (draft.text, fault) = (None, None);
        } else if fault.is_none() {
            wrote = draft.text.take().filter(|text| *text != field.text);
        }
    }
    let wrote = wrote.map(|text| Wrote { text, gesture: draft.gesture });
    if draft.text.is_some() && fault.is_none() && !response.has_focus() {
        draft.text = None;
    }
    ui.data_mut(|data| data.insert_temp(id, draft));
    if let Some(fault) = &fault {
        squiggle(ui, &output.galley, output.galley_pos, output.text_clip_rect, (fault.column, &text));
    }
    Shown { response, wrote, fault, left_by }
}

fn show(
    ui: &mut Ui,
    id: egui::Id,
    field: &Field<'_>,
    text: &mut String,
    font: FontId,
) -> egui::text_edit::TextEditOutput {
    let hint = egui::RichText::new(field.hint).font(theme::sans(theme::size::SMALL)).color(Theme::of(ui).faint);
    let edit = egui::TextEdit::singleline(text)
        .id(id.with("edit"))
        .font(font)
        .hint_text(hint)
        .desired_width(field.size.x)
        .min_size(field.size)
        .align(egui::Align2::LEFT_CENTER)
        .margin(egui::Margin::symmetric(6, 2));
    let output = edit.show(ui);
    let _named = output.response.response.clone().accessible_name(field.name);
    output
}

/// A wavy line under the word at a column.
fn squiggle(ui: &Ui, galley: &egui::Galley, at: egui::Pos2, clip: Rect, (column, text): (usize, &str)) {
    let n_chars = text.chars().count();
    let begin = column.saturating_sub(1).min(n_chars.saturating_sub(1));
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let length = text.chars().skip(begin).take_while(|c| is_word(*c)).count().max(1);
    let x = |at: usize| galley.pos_from_cursor(CCursor::new(at)).left();
    let bottom = at.y + galley.pos_from_cursor(CCursor::new(begin)).bottom();
    let (from, to) = (at.x + x(begin), at.x + x((begin + length).min(n_chars)));
    let to = to.max(from + 8.0);
    let mut points = Vec::new();
    let mut step = 0;
    while from + 2.0 * step as f32 <= to {
        points.push(pos2(from + 2.0 * step as f32, bottom + if step % 2 == 0 { 0.0 } else { -2.0 }));
        step += 1;
    }
    ui.painter_at(clip.expand(3.0)).add(Shape::line(points, egui::Stroke::new(1.0, Theme::of(ui).rare)));
}

/// The sentence below a field at fault.
pub fn told(ui: &mut Ui, fault: Option<&Fault>) {
    if let Some(fault) = fault {
        let theme = Theme::of(ui);
        let text = egui::RichText::new(&fault.text).size(theme::size::SMALL).color(theme.rare);
        ui.add(egui::Label::new(text).wrap());
    }
}

/// A number that counts the drags of a widget: the same while one drag lasts.
pub fn drag_gesture(ui: &Ui, response: &Response) -> u64 {
    let id = response.id.with("gesture");
    if response.drag_started() {
        let gesture = ui.ctx().cumulative_pass_nr().wrapping_mul(31).wrapping_add(id.value());
        ui.data_mut(|data| data.insert_temp(id, gesture));
    }
    ui.data(|data| data.get_temp(id)).unwrap_or_default()
}

/// A label at the left and the field behind it, over the width of `ui`; the sentence of a fault below.
pub fn labelled(
    ui: &mut Ui,
    (label, unit, wide): (&str, &str, f32),
    field: &Field<'_>,
    check: impl Fn(&str) -> Result<(), Fault>,
) -> Option<Wrote> {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::INPUT), egui::Sense::hover());
    super::cell(ui, rect.with_max_x(rect.left() + wide - 6.0), label, theme::sans(theme::size::SMALL), theme.weak);
    let unit_wide = if unit.is_empty() { 0.0 } else { 44.0 };
    let inner = Rect::from_min_max(pos2(rect.left() + wide, rect.top() + 2.0), rect.max - vec2(unit_wide, 2.0));
    let id = ui.scope_id().with(("field", field.name));
    let size = inner.size();
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(inner));
    let shown = self::field(&mut child, id, &Field { size, ..*field }, check);
    if !unit.is_empty() {
        let place = Rect::from_min_max(pos2(inner.right() + 6.0, rect.top()), rect.max);
        super::cell(ui, place, unit, theme::sans(theme::size::SMALL), theme.weak);
    }
    told(ui, shown.fault.as_ref());
    shown.wrote
}

/// Takes arrow keys up and down out of the input, for fields that stand in rows: -1, 1, or 0 without one.
pub fn take_rows(ui: &Ui) -> i32 {
    ui.input_mut(|input| {
        let mut by = 0;
        input.events.retain(|event| match event {
            Event::Key { key: Key::ArrowDown, pressed, modifiers, .. } if modifiers.is_none() => {
                by += i32::from(*pressed);
                false
            }
            Event::Key { key: Key::ArrowUp, pressed, modifiers, .. } if modifiers.is_none() => {
                by -= i32::from(*pressed);
                false
            }
            _ => true,
        });
        by
    })
}
