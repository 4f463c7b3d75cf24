//! Lock: what is held, whether it leaks, the seal and its openings.

use eframe::egui::{Rect, Sense, Ui, pos2, vec2};

use super::{noted, padded, page, title};
use crate::app::{
    command::Command,
    icon,
    message::Outbox,
    theme::{self, Theme},
    view::LockView,
    widgets::{self, cell, cell_right, chip, underline},
};
use crate::base::text::counted;

/// The centre.
pub fn lock(ui: &mut Ui, view: &LockView, out: &mut Outbox) {
    if view.groups.is_empty() {
        let text = "Real data that only the gate may open is sealed here";
        widgets::empty::empty_primary(ui, icon::LOCK_KEY, text, Some(Command::OpenRealDataset), out);
        return;
    }
    let theme = Theme::of(ui);
    page(ui, |ui| {
        title(ui, &view.set, Some(view.origin), "Episodes are split whole: no episode has frames on both sides");
        if !view.note.is_empty() {
            noted(ui, icon::INFO, theme.weak, theme.body(&view.note));
            ui.add_space(8.0);
        }
        split(ui, view);
        ui.add_space(16.0);
        ui.label(theme.body("Leakage"));
        if view.leaks.is_empty() {
            noted(
                ui,
                icon::CHECK_CIRCLE,
                theme.text,
                theme.quiet(
                    "No episode lies on both sides; the gate compares digests, near twins are looked for when a set is taken in",
                ),
            );
        }
        for leak in &view.leaks {
            noted(ui, icon::WARNING, theme.rare, theme.body(leak));
        }
        ui.add_space(16.0);
        if let Some(root) = &view.root {
            sealed(ui, view, root);
            ui.add_space(theme::GRID);
            widgets::command_button(ui, Command::VerifySeal, out);
        } else if count(view, true).0 > 0 {
            offer_seal(ui, out);
        } else {
            let text = "Nothing of this set is held back: it can be looked at, and nothing is judged on it. Take recordings that \
                        nobody has seen in as another set.";
            noted(ui, icon::INFO, theme.text, theme.body(text));
        }
        ui.add_space(16.0);
        groups(ui, view);
    });
}

fn offer_seal(ui: &mut Ui, out: &mut Outbox) {
    let info = Command::SealSet.info();
    let text = format!("{}  Seal held half…", info.icon);
    if widgets::primary(ui, &text).on_hover_text(info.tooltip).clicked() {
        out.command(Command::SealSet);
    }
    let text = "Sealing cannot be undone. Files stay where they are; only their digests are signed.";
    ui.label(Theme::of(ui).caption(text));
}

fn count(view: &LockView, held: bool) -> (usize, u64) {
    let of = view.groups.iter().filter(|(_, _, is_held)| *is_held == held);
    (of.clone().count(), of.map(|(_, items, _)| items).sum())
}

fn split(ui: &mut Ui, view: &LockView) {
    let theme = Theme::of(ui);
    let (reference, held) = (count(view, false), count(view, true));
    let share = reference.1 as f32 / ((reference.1 + held.1).max(1)) as f32;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::hover());
    let middle = rect.left() + rect.width() * share.clamp(0.15, 0.85);
    // A set that is looked at whole has one half.
    let is_split = held.0 > 0;
    let left = Rect::from_min_max(rect.min, pos2(if is_split { middle - 2.0 } else { rect.right() }, rect.bottom()));
    let right = Rect::from_min_max(pos2(middle + 2.0, rect.top()), rect.max);
    ui.painter().rect_filled(left, theme::CORNER, theme::faded(theme.real, 0.22));
    if is_split {
        ui.painter().rect_filled(right, theme::CORNER, theme::faded(theme.sealed, 0.22));
        chip::hatch(ui.painter(), right, theme::faded(theme.sealed, 0.35));
    }
    let halves = [(left, "Reference", reference), (right, "Held", held)];
    for (area, word, (groups, items)) in halves.into_iter().take(1 + usize::from(is_split)) {
        let inner = area.shrink2(vec2(12.0, 6.0));
        let (top, below) = inner.split_top_bottom_at_fraction(0.5);
        cell(ui, top, word, theme::sans(theme::size::BODY), theme.text);
        let text = format!("{} · {} items", counted(groups, "episode"), theme::count(items));
        cell(ui, below, &text, theme::mono(theme::size::SMALL), theme.text);
    }
}

fn sealed(ui: &mut Ui, view: &LockView, root: &str) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 64.0), Sense::hover());
    ui.painter().rect_filled(rect, theme::CORNER, theme.raised);
    chip::paint_icon(ui, rect.left_center() + vec2(32.0, 0.0), icon::LOCK, 28.0, theme.sealed);
    chip::paint_sealed(ui.painter(), pos2(rect.right() - 80.0, rect.center().y - 10.0));
    let text = Rect::from_min_max(pos2(rect.left() + 64.0, rect.top() + 8.0), rect.max - vec2(96.0, 8.0));
    let (top, below) = text.split_top_bottom_at_fraction(0.5);
    cell(
        ui,
        top,
        "Sealed: only the gate can open it, and each opening is written down",
        theme::sans(theme::size::BODY),
        theme.text,
    );
    cell(ui, below, &format!("root {root} · signed by {}", view.signer), theme::mono(theme::size::SMALL), theme.weak);
}

fn groups(ui: &mut Ui, view: &LockView) {
    let theme = Theme::of(ui);
    ui.label(theme.body("Episodes"));
    ui.add_space(theme::GRID);
    ui.spacing_mut().item_spacing.y = 0.0;
    for (name, items, held) in &view.groups {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
        let (sign, word, color) =
            if *held { (icon::LOCK, "Held", theme.sealed) } else { (icon::EYE, "Reference", theme.real) };
        chip::paint_icon(ui, rect.left_center() + vec2(10.0, 0.0), sign, theme::size::BODY, color);
        let state = rect.with_min_x(rect.left() + 28.0).with_max_x(rect.left() + 112.0);
        cell(ui, state, word, theme::sans(theme::size::SMALL), theme.weak);
        let label = rect.with_min_x(rect.left() + 116.0).with_max_x(rect.right() - 96.0);
        cell(ui, label, name, theme::mono(theme::size::SMALL), theme.text);
        cell_right(
            ui,
            rect.with_max_x(rect.right() - 8.0),
            &format!("{} items", theme::count(*items)),
            theme::mono(theme::size::SMALL),
            theme.weak,
        );
        underline(ui, rect);
    }
}

/// The right side: openings and budget.
pub fn inspector(ui: &mut Ui, view: &LockView) {
    let theme = Theme::of(ui);
    padded(ui, |ui| {
        ui.label(theme.body("Openings"));
        if view.root.is_none() && view.openings.is_empty() {
            ui.label(theme.caption("Nothing is sealed yet"));
            return;
        }
        let used = view.openings.len() as u64;
        ui.label(theme.caption(format!("{used} of {} used · every opening spends from the error budget", view.budget)));
        ui.add_space(8.0);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 8.0), Sense::hover());
        let each = rect.width() / view.budget.max(1) as f32;
        for at in 0..view.budget.min(64) {
            let min = pos2(rect.left() + at as f32 * each, rect.top());
            let color = if at < used { theme.sealed } else { theme.raised };
            ui.painter().rect_filled(Rect::from_min_size(min, vec2((each - 2.0).max(1.0), 8.0)), 2, color);
        }
        ui.add_space(8.0);
        if view.openings.is_empty() {
            ui.label(theme.quiet("Nobody has opened it"));
        }
        for (time, purpose, who) in &view.openings {
            widgets::heading(ui, time);
            ui.label(theme.body(purpose));
            ui.label(theme.caption(who));
        }
    });
}
