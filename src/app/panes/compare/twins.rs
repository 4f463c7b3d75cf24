//! Which pictures the two sets repeat: what was found, and the pairs that stand for most, a click away from the large picture.

use eframe::egui::{Label, Rect, Sense, TextureId, Ui, accesskit::Role, pos2, vec2};

use super::noted;
use crate::app::{
    command::Command,
    icon,
    message::{CompareAct, Message, Outbox},
    theme::{self, Theme},
    view::{CompareView, RepeatRow, SideChoice, TwinsView},
    widgets::{self, cell},
};

/// A pair of pictures in a row, and larger under the pointer.
const SMALL: [f32; 2] = [112.0, 42.0];
const LARGE: [f32; 2] = [512.0, 192.0];
/// Between its two halves.
const GAP: f32 = 2.0;

/// The section.
pub(super) fn twins(ui: &mut Ui, view: &CompareView, out: &mut Outbox) {
    if view.sides.iter().all(|side| side.set.is_empty()) {
        return;
    }
    let theme = Theme::of(ui);
    ui.add_space(16.0);
    if view.twins.iter().all(Option::is_none) {
        ui.label(theme.body("Twins"));
        not_yet(ui, "Whether the sets repeat pictures is not looked at yet", out);
        return;
    }
    let found = view.twins.iter().enumerate().filter_map(|(side, found)| Some((side, found.as_deref()?)));
    for (at, of_side) in found.enumerate() {
        if at > 0 {
            ui.add_space(12.0);
        }
        of_set(ui, of_side, out);
    }
    // A side that shows another set or another camera since.
    let is_new = |(side, found): &(&SideChoice, &Option<_>)| found.is_none() && !side.cameras.is_empty();
    if let Some((side, _)) = view.sides.iter().zip(&view.twins).find(is_new) {
        let camera = side.cameras.get(side.camera).filter(|_| side.cameras.len() > 1);
        let of_camera = camera.map_or_else(String::new, |camera| format!(" of {camera}"));
        ui.add_space(12.0);
        not_yet(ui, &format!("Whether {} repeats pictures{of_camera} is not looked at yet", side.set), out);
    }
}

/// What is not known yet, and the button that finds it.
fn not_yet(ui: &mut Ui, text: &str, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.add(Label::new(theme.caption(text)).wrap());
    ui.add_space(theme::GRID);
    widgets::command_button(ui, Command::FindTwins, out);
}

fn of_set(ui: &mut Ui, (side, found): (usize, &TwinsView), out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.add(Label::new(theme.body(format!("Twins in {}", found.set))).truncate());
    for (at, sentence) in found.told.iter().enumerate() {
        ui.add_space(theme::GRID);
        // The first counts; what follows is something to know before sealing.
        if at == 0 {
            ui.add(Label::new(theme.body(sentence)).wrap());
        } else {
            noted(ui, icon::INFO, theme.weak, theme.body(sentence));
        }
    }
    ui.add_space(theme::GRID);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for one in &found.rows {
            row(ui, (side, one), out);
        }
    });
    ui.add_space(theme::GRID);
    ui.add(Label::new(theme.caption(&found.about)).wrap());
}

fn row(ui: &mut Ui, (side, row): (usize, &RepeatRow), out: &mut Outbox) {
    let theme = Theme::of(ui);
    let sense = if row.frame.is_some() { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), SMALL[1] + 8.0), sense);
    let wide = rect.expand2(vec2(8.0, 0.0));
    if row.frame.is_some() {
        widgets::named(&response, Role::Button, &format!("Show {}", row.first));
        if response.hovered() {
            ui.painter().rect_filled(wide, theme::CORNER, theme.raised);
        }
        widgets::focus_ring(ui, &response, wide);
    }
    let picture = Rect::from_min_size(pos2(rect.left(), rect.top() + 4.0), vec2(SMALL[0], SMALL[1]));
    match row.texture {
        Some(texture) => halves(ui, texture, picture),
        None => drop(ui.painter().rect_filled(picture, theme::CORNER, theme.raised)),
    }
    let words = [(&row.first, theme.text), (&row.others, theme.weak)];
    for (line, (text, color)) in words.into_iter().enumerate() {
        let top = picture.top() + 3.0 + 18.0 * line as f32;
        let at = Rect::from_min_max(pos2(picture.right() + 8.0, top), pos2(rect.right(), top + 18.0));
        cell(ui, at, text, theme::sans(theme::size::SMALL), color);
    }
    if let (true, Some((episode, frame))) = (response.clicked(), row.frame) {
        out.send(Message::Compare(CompareAct::ShowFrame { side, episode, frame }));
    }
    response.on_hover_ui(|ui| {
        if let Some(texture) = row.texture {
            let (rect, _) = ui.allocate_exact_size(vec2(LARGE[0], LARGE[1]), Sense::hover());
            halves(ui, texture, rect);
        }
        ui.label(&row.first);
        ui.label(theme.caption(&row.others));
    });
}

/// Both pictures of `texture`, with room between them: twins would run into one.
fn halves(ui: &Ui, texture: TextureId, rect: Rect) {
    for (side, uv) in [[0.0, 0.5], [0.5, 1.0]].into_iter().enumerate() {
        let size = vec2((rect.width() - GAP) / 2.0, rect.height());
        let at = rect.min + vec2((size.x + GAP) * side as f32, 0.0);
        let uv = Rect::from_x_y_ranges(uv[0]..=uv[1], 0.0..=1.0);
        ui.painter().image(texture, Rect::from_min_size(at, size), uv, theme::WHITE);
    }
}
