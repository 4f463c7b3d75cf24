//! The pages that ask about a family, in the centre of Author: the strip that leads back, and what all pages share.

mod difference;
mod estimate;
mod fit;
mod matching;

use eframe::egui::{self, Frame, Margin, Sense, Ui, accesskit::Role, vec2};

use crate::app::{
    command::Command,
    icon,
    lab::{Answer, LabLook, LabView, Page, SetChoice},
    message::Outbox,
    theme::{self, Theme},
    widgets::{self, chip, progress, thing::choose},
};
use crate::base::text::in_sentence_case;

/// The centre, while a page that asks is shown.
pub fn lab(ui: &mut Ui, view: &LabView, look: &mut LabLook, out: &mut Outbox) {
    strip(ui, look, out);
    egui::CentralPanel::no_frame().frame(Frame::new().fill(Theme::of(ui).panel)).show(ui, |ui| {
        widgets::contained(ui, |ui| match look.page {
            Page::Preview => {}
            Page::Fit => fit::fit(ui, &view.fit, look, out),
            Page::Estimate => estimate::estimate(ui, &view.estimate, out),
            Page::Match => matching::matching(ui, &view.matching, &mut look.matching, out),
            Page::Difference => difference::difference(ui, &view.difference, &mut look.lists, out),
        });
    });
}

/// The pages as tabs; at the right the way back.
fn strip(ui: &mut Ui, look: &mut LabLook, out: &mut Outbox) {
    let left = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (page, word) in Page::ASKING {
            let response = widgets::choice(ui, look.page == page, word);
            widgets::named(&response, Role::Tab, word);
            if response.clicked() {
                look.page = page;
            }
        }
    };
    super::strip(ui, "lab strip", left, |ui| {
        let name = "Back to the preview";
        if widgets::icon_button(ui, icon::X, name).on_hover_text("1 leads back too").clicked() {
            out.command(Command::Author);
        }
    });
}

/// The two parts of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// What is asked.
    Choices,
    /// What came of it.
    Found,
}

/// The choices of a page at the left, what came of them at the right.
fn split(ui: &mut Ui, wide: f32, mut draw: impl FnMut(&mut Ui, Part)) {
    let theme = Theme::of(ui);
    let frame = Frame::new().fill(theme.panel).inner_margin(Margin::symmetric(12, 8));
    egui::Panel::left("choices").frame(frame).exact_size(wide).resizable(false).show(ui, |ui| {
        widgets::contained(ui, |ui| draw(ui, Part::Choices));
    });
    let frame = Frame::new().fill(theme.panel).inner_margin(Margin { left: 16, right: 12, top: 8, bottom: 8 });
    egui::CentralPanel::no_frame().frame(frame).show(ui, |ui| {
        widgets::contained(ui, |ui| draw(ui, Part::Found));
    });
}

/// A caption over what it names.
fn label(ui: &mut Ui, text: &str) {
    ui.add_space(2.0 * theme::GRID);
    ui.label(Theme::of(ui).caption(text));
}

/// One of several sets, with what each is.
fn choose_set(ui: &mut Ui, name: &str, now: Option<&str>, sets: &[SetChoice], first: Option<&str>) -> Option<String> {
    let words: Vec<String> = sets.iter().map(words_of).collect();
    let all: Vec<&str> = first.into_iter().chain(words.iter().map(String::as_str)).collect();
    let shown = now.and_then(|now| sets.iter().position(|set| set.name == now)).and_then(|at| words.get(at));
    let shown = shown.map(String::as_str).or(first).unwrap_or("Choose a set");
    let chosen = choose(ui, name, shown, &all)?;
    let at = words.iter().position(|word| *word == chosen);
    Some(at.and_then(|at| sets.get(at)).map_or_else(String::new, |set| set.name.clone()))
}

/// `"kitchen · stand-in"`.
fn words_of(set: &SetChoice) -> String {
    format!("{} · {}", set.name, chip::origin_badge(set.origin).0.to_lowercase())
}

/// What stands where there is no answer: the job, or why there is none. True if there is one to show.
fn is_there<T>(ui: &mut Ui, answer: &Answer<T>, (sign, nothing): (&str, &str), out: &mut Outbox) -> bool {
    let theme = Theme::of(ui);
    match answer {
        Answer::Found { .. } => return true,
        Answer::Running(job) => {
            ui.add_space(2.0 * theme::GRID);
            progress::progress(ui, job, out);
        }
        Answer::None => widgets::empty::empty(ui, sign, nothing, None, out),
        Answer::Cancelled => widgets::empty::empty(ui, icon::X_CIRCLE, "Cancelled: nothing was kept", None, out),
        Answer::Refused(why) => {
            ui.add_space(2.0 * theme::GRID);
            super::noted(ui, icon::WARNING_CIRCLE, theme.rare, theme.body(in_sentence_case(why)));
        }
    }
    false
}

/// Says what has changed since an answer was found.
fn stale(ui: &mut Ui, what: &str) {
    if what.is_empty() {
        return;
    }
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::INPUT), Sense::hover());
    ui.painter().rect_filled(rect, theme::CORNER, theme.raised);
    chip::paint_icon(ui, rect.left_center() + vec2(16.0, 0.0), icon::WARNING, theme::size::BODY, theme.text);
    let words = format!("What stands below is {what}");
    widgets::cell(ui, rect.with_min_x(rect.left() + 32.0), &words, theme::sans(theme::size::BODY), theme.text);
    widgets::named(&response, Role::Status, &words);
    ui.add_space(theme::GRID);
}

/// How wide what is asked is drawn: as wide as a choice.
fn room(ui: &Ui) -> f32 {
    (ui.available_width() - 8.0).max(48.0)
}

/// A small button that copies a text.
fn copy(ui: &mut Ui, (word, name): (&str, &str), text: impl FnOnce() -> String) {
    let label = Theme::of(ui).caption(format!("{}  {word}", icon::COPY));
    let response = ui.add(egui::Button::new(label).frame_when_inactive(false));
    widgets::named(&response, Role::Button, name);
    if response.on_hover_text(name).clicked() {
        ui.copy_text(text());
    }
}

/// The button that asks, as wide as its column.
fn ask(ui: &mut Ui, text: &str, why_not: Option<&str>) -> bool {
    let theme = Theme::of(ui);
    let size = vec2(room(ui), theme::INPUT);
    let ink = egui::RichText::new(text).color(theme.on_primary);
    let button = egui::Button::new(ink).fill(theme.primary);
    let response = ui.add_enabled_ui(why_not.is_none(), |ui| ui.add_sized(size, button)).inner;
    widgets::focus_ring(ui, &response, response.rect.expand(2.0));
    match why_not {
        Some(why) => {
            ui.add(egui::Label::new(theme.caption(why)).wrap());
            false
        }
        None => response.clicked(),
    }
}
