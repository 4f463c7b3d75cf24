//! Which two sets, through which cameras, matched how, locked by what.

use eframe::egui::{
    Align, Color32, ComboBox, Frame, Layout, Margin, Panel, RichText, Spinner, Ui, accesskit::Role, vec2,
};

use crate::app::{
    command::Command,
    icon,
    message::{CompareAct, Message, Outbox},
    theme::{self, Theme},
    view::{CompareView, Matching, SideChoice},
    widgets::{self, chip},
};
use crate::run::pairing::{MatchBy, TimeLock};

/// The strip with both sides and what matches them.
pub(super) fn choices(ui: &mut Ui, view: &CompareView, out: &mut Outbox) {
    let frame = Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::symmetric(12, 0));
    Panel::top("compare choices").frame(frame).exact_size(36.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            // What a name may take: two sets and their cameras share the strip with the matching.
            let room = ((ui.available_width() - 420.0) / 2.0).clamp(88.0, 320.0);
            side(ui, &view.sides, 0, room, out);
            if widgets::icon_button(ui, icon::ARROWS_LEFT_RIGHT, Command::SwapSides.info().label).clicked() {
                out.command(Command::SwapSides);
            }
            side(ui, &view.sides, 1, room, out);
            matched(ui, &view.matching, out);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| locks(ui, &view.matching, out));
        });
    });
}

/// The color of a side: that of its origin, and of two of one origin plain text for the second.
pub(super) fn side_color(theme: &Theme, sides: &[SideChoice; 2], side: usize) -> Color32 {
    match (sides[0].origin(), sides[side].origin()) {
        (one, Some(other)) if side == 0 || one != Some(other) => chip::origin_color(theme, other),
        _ => theme.text,
    }
}

fn side(ui: &mut Ui, sides: &[SideChoice; 2], at: usize, room: f32, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let choice = &sides[at];
    let shown = if choice.set.is_empty() { "No set" } else { &choice.set };
    let has_cameras = choice.cameras.len() > 1;
    let width = if has_cameras { room * 0.6 } else { room };
    let list = List { role: ["Reference set", "Other set"][at], shown, color: side_color(&theme, sides, at), width };
    list.show(ui, |ui| {
        for (name, origin) in &choice.sets {
            let text = RichText::new(name).color(chip::origin_color(&theme, *origin));
            if ui.selectable_label(*name == choice.set, text).clicked() {
                out.send(Message::Compare(CompareAct::Set(at, name.clone())));
            }
        }
        if choice.sets.is_empty() {
            ui.label(theme.caption("The study has no sets yet"));
        }
    });
    if has_cameras {
        let shown = choice.cameras.get(choice.camera).map_or("", String::as_str);
        let role = ["Camera of the reference", "Camera of the other"][at];
        List { role, shown, color: theme.weak, width: (room * 0.4).max(96.0) }.show(ui, |ui| {
            for (position, name) in choice.cameras.iter().enumerate() {
                if ui.selectable_label(position == choice.camera, name).clicked() {
                    out.send(Message::Compare(CompareAct::Camera(at, position)));
                }
            }
        });
    }
}

/// A folded list: what it is for, what is chosen, and how wide it may be at the most.
struct List<'a> {
    role: &'a str,
    shown: &'a str,
    color: Color32,
    width: f32,
}

impl List<'_> {
    fn show(&self, ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
        /// What the arrow and the margins take.
        const AROUND: f32 = 36.0;
        let font = theme::sans(theme::size::SMALL);
        let own = ui.painter().layout_no_wrap(self.shown.to_owned(), font, Color32::PLACEHOLDER).size().x;
        let width = self.width.min(own + AROUND).max(2.0 * AROUND);
        let text = RichText::new(self.shown).color(self.color).size(theme::size::SMALL);
        // The list itself would take all the room there is for a long name.
        let size = vec2(width, ui.available_height());
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_max_width(width);
            let list = ComboBox::from_id_salt(self.role).selected_text(text).width(width).truncate();
            let chosen = list.show_ui(ui, content);
            widgets::named(&chosen.response, Role::ComboBox, self.role);
            chosen.response.on_hover_text(format!("{}: {}", self.role, self.shown));
        });
    }
}

fn matched(ui: &mut Ui, matching: &Matching, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.label(theme.caption("matched by"));
    let word = word_of(&matching.by);
    List { role: "Matched by", shown: &word, color: theme.text, width: 120.0 }.show(ui, |ui| {
        let conditions = matching.conditions.iter().cloned().map(MatchBy::Condition);
        for by in [MatchBy::Order, MatchBy::Nearest].into_iter().chain(conditions) {
            let said = ui.selectable_label(by == matching.by, word_of(&by));
            if said.on_hover_text(about(&by)).clicked() {
                out.send(Message::Compare(CompareAct::Match(by)));
            }
        }
        ui.separator();
        let say = Command::SayCondition.info();
        if ui.selectable_label(false, format!("{} {}", say.icon, say.label)).on_hover_text(say.tooltip).clicked() {
            out.command(Command::SayCondition);
        }
    });
    if !matching.busy.is_empty() {
        ui.add(Spinner::new().size(14.0)).on_hover_text(&matching.busy);
    }
}

fn word_of(by: &MatchBy) -> String {
    match by {
        MatchBy::Order => "Order".to_owned(),
        MatchBy::Nearest => "Looks".to_owned(),
        MatchBy::Condition(name) => crate::base::text::in_sentence_case(name),
    }
}

fn about(by: &MatchBy) -> String {
    match by {
        MatchBy::Order => "The first episode beside the first; the shorter side repeats".to_owned(),
        MatchBy::Nearest => "Each frame beside the one of the other set that looks most like it".to_owned(),
        MatchBy::Condition(name) => format!("Episodes with the same {name} beside each other"),
    }
}

/// What time is locked by.
fn locks(ui: &mut Ui, matching: &Matching, out: &mut Outbox) {
    // Frames that were matched by looks have no time in common.
    if matching.by == MatchBy::Nearest || ui.available_width() < 132.0 {
        return;
    }
    let choices = [
        (TimeLock::Seconds, "Seconds", "Both at the same second; the shorter episode waits at its end"),
        (
            TimeLock::Phase,
            "Phase",
            "Both at the same share of their episodes: beginnings, middles and ends face each other",
        ),
    ];
    for (lock, word, about) in choices {
        if widgets::choice(ui, matching.lock == lock, word).on_hover_text(about).clicked() {
            out.send(Message::Compare(CompareAct::Lock(lock)));
        }
    }
    if ui.available_width() > 64.0 {
        ui.label(Theme::of(ui).caption("locked by"));
    }
}

/// Which page of pairs is shown, with a button at each side.
pub(super) fn pages(ui: &mut Ui, matching: &Matching, out: &mut Outbox) {
    let Some([page, of]) = matching.page else { return };
    // From the right.
    for (sign, command) in [(icon::SKIP_FORWARD, Command::NextPairs), (icon::SKIP_BACK, Command::PreviousPairs)] {
        if widgets::icon_button(ui, sign, command.info().label).clicked() {
            out.command(command);
        }
    }
    ui.label(Theme::of(ui).caption(format!("page {page} of {of}")));
}
