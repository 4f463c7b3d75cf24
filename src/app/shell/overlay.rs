//! Command palette and shortcut sheet.

use eframe::egui::{self, Align2, Area, Frame, Id, Key, Margin, Modifiers, Order, Sense, Ui, accesskit::Role, vec2};

use super::{Overlay, Shell};
use crate::app::{
    command::{self, Command, Menu},
    message::Outbox,
    theme::{self, Theme},
    view::StudioView,
    widgets::{self, cell, cell_right, chip},
};

pub(super) fn overlay(ctx: &egui::Context, view: &StudioView, shell: &mut Shell, out: &mut Outbox) {
    match shell.overlay {
        Overlay::None => return,
        Overlay::Palette => palette(ctx, shell, out),
        Overlay::Shortcuts => shortcuts(ctx, shell),
        Overlay::About => about(ctx, &view.adapter.line(), shell),
    }
    if ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        shell.overlay = Overlay::None;
    }
}

fn query_id() -> Id {
    Id::unique("palette query")
}

/// Gives the palette's field the focus before anything of this pass is read; true once it was drawn and takes letters.
pub(super) fn takes_letters(ctx: &egui::Context) -> bool {
    if !ctx.memory(|memory| memory.has_focus(query_id())) {
        ctx.memory_mut(|memory| memory.request_focus(query_id()));
    }
    egui::text_edit::TextEditState::load(ctx, query_id()).is_some()
}

fn palette(ctx: &egui::Context, shell: &mut Shell, out: &mut Outbox) {
    let (down, up, enter) = ctx.input_mut(|input| {
        let key = |input: &mut egui::InputState, key| input.consume_key(Modifiers::NONE, key);
        (key(input, Key::ArrowDown), key(input, Key::ArrowUp), key(input, Key::Enter))
    });
    let mut chosen = None;
    let area = Area::new(Id::unique("palette")).order(Order::Foreground).anchor(Align2::CENTER_TOP, vec2(0.0, 72.0));
    let shown = area.show(ctx, |ui| {
        sheet(ui).show(ui, |ui| {
            ui.set_width(520.0);
            let edit = egui::TextEdit::singleline(&mut shell.query).id(query_id()).hint_text("Find a command");
            let edit = edit.desired_width(f32::INFINITY);
            let response = ui.add(edit.margin(Margin::symmetric(8, 6))).accessible_name("Find a command");
            if response.changed() {
                shell.picked = 0;
            }
            // Only now: a slow pass brings a query and Enter together.
            let found = command::find(&shell.query);
            if down {
                shell.picked = (shell.picked + 1).min(found.len().saturating_sub(1));
            }
            if up {
                shell.picked = shell.picked.saturating_sub(1);
            }
            chosen = found.get(shell.picked).copied().filter(|_| enter);
            ui.add_space(4.0);
            ui.spacing_mut().item_spacing.y = 0.0;
            egui::ScrollArea::vertical().max_height(12.0 * theme::INPUT).show(ui, |ui| {
                for (at, command) in found.iter().enumerate() {
                    let picked = at == shell.picked;
                    let response = palette_row(ui, *command, picked);
                    if picked && (up || down) {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() {
                        chosen = Some(*command);
                    }
                }
            });
            if found.is_empty() {
                ui.label(Theme::of(ui).quiet("No command has these letters"));
            }
        });
    });
    let outside = shown.response.clicked_elsewhere();
    if chosen.is_some() || outside {
        shell.overlay = Overlay::None;
    }
    out.commands.extend(chosen);
}

fn sheet(ui: &Ui) -> Frame {
    Frame::popup(ui.style()).inner_margin(Margin::same(12))
}

fn palette_row(ui: &mut Ui, command: Command, picked: bool) -> egui::Response {
    let theme = Theme::of(ui);
    let info = command.info();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::INPUT), Sense::click());
    widgets::named(&response, Role::MenuItem, info.label);
    if picked || response.hovered() {
        ui.painter().rect_filled(rect, theme::CORNER, if picked { theme.hover } else { theme.raised });
    }
    chip::paint_icon(ui, rect.left_center() + vec2(16.0, 0.0), info.icon, theme::size::BODY, theme.weak);
    let text = rect.with_min_x(rect.left() + 34.0);
    let end = cell(ui, text, info.label, theme::sans(theme::size::BODY), theme.text);
    cell_right(
        ui,
        rect.with_max_x(rect.right() - 8.0),
        &command.keys_text(),
        theme::mono(theme::size::SMALL),
        theme.weak,
    );
    let menu = text.with_min_x(end + 8.0);
    cell(ui, menu, info.menu.label(), theme::sans(theme::size::SMALL), theme.faint);
    response
}

fn shortcuts(ctx: &egui::Context, shell: &mut Shell) {
    let modal = egui::Modal::new(Id::unique("shortcuts")).frame(widgets::dialog_frame(ctx)).show(ctx, |ui| {
        let theme = Theme::of(ui);
        ui.set_width((ctx.content_rect().width() - 96.0).min(860.0));
        ui.label(theme.title("Keyboard shortcuts"));
        ui.add_space(8.0);
        let height = (ctx.content_rect().height() - 160.0).min(560.0);
        egui::ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 32.0;
            ui.columns(3, |columns| {
                // File and Edit share the first column, Run and Help the last: about the same height each.
                for (at, menu) in [(0, Menu::File), (0, Menu::Edit), (1, Menu::View), (2, Menu::Run), (2, Menu::Help)] {
                    if let Some(ui) = columns.get_mut(at) {
                        menu_keys(ui, menu);
                    }
                }
            });
        });
    });
    if modal.should_close() {
        shell.overlay = Overlay::None;
    }
}

fn menu_keys(ui: &mut Ui, menu: Menu) {
    let theme = Theme::of(ui);
    widgets::heading(ui, menu.label());
    ui.spacing_mut().item_spacing.y = 0.0;
    for command in Command::in_menu(menu).filter(|command| command.info().shortcut.is_some()) {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
        cell(
            ui,
            rect.with_max_x(rect.right() - 96.0),
            command.info().label,
            theme::sans(theme::size::BODY),
            theme.text,
        );
        cell_right(ui, rect, &command.keys_text(), theme::mono(theme::size::SMALL), theme.weak);
        let _ = response.on_hover_text(command.info().tooltip);
    }
}

/// What is drawn with: name, licence. Their full texts lie beside the fonts in `assets/fonts`.
const FONTS: [(&str, &str); 5] = [
    ("Inter", "SIL Open Font License 1.1"),
    ("Phosphor icons", "MIT"),
    ("Hack", "MIT and Bitstream Vera"),
    ("Ubuntu Light", "Ubuntu Font Licence 1.0"),
    ("Noto Emoji", "SIL Open Font License 1.1"),
];

fn about(ctx: &egui::Context, adapter: &str, shell: &mut Shell) {
    let modal = egui::Modal::new(Id::unique("about")).frame(widgets::dialog_frame(ctx)).show(ctx, |ui| {
        let theme = Theme::of(ui);
        ui.set_width((ctx.content_rect().width() - 96.0).min(440.0));
        ui.label(theme.title("Worldproof"));
        ui.label(theme.quiet("Rare events, proven on real data"));
        ui.add_space(8.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        widgets::fact(ui, "Version", env!("CARGO_PKG_VERSION"));
        widgets::fact(ui, "Adapter", adapter);
        widgets::fact(ui, "System", &format!("{} · {}", std::env::consts::OS, std::env::consts::ARCH));
        widgets::fact(ui, "Licence", env!("CARGO_PKG_LICENSE"));
        widgets::heading(ui, "Fonts");
        for (name, licence) in FONTS {
            widgets::fact(ui, name, licence);
        }
    });
    if modal.should_close() {
        shell.overlay = Overlay::None;
    }
}
