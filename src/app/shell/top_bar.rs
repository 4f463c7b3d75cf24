//! Menus, workspace tabs, jobs.

use eframe::egui::{self, MenuBar, Panel, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::{Shell, Workspace, bar_frame};
use crate::app::{
    command::{Command, Menu},
    icon,
    jobs::JobLine,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::{Adapter, StudioView},
    widgets::{self, chip, progress},
};

const HEIGHT: f32 = 40.0;
const TAB: f32 = 100.0;

pub(super) fn top_bar(ui: &mut Ui, view: &StudioView, shell: &Shell, out: &mut Outbox) {
    Panel::top("top").frame(bar_frame(ui)).exact_size(HEIGHT).show(ui, |ui| {
        let bar = ui.max_rect();
        let middle = if view.study.is_some() {
            tabs(ui, bar, view, shell, out)
        } else {
            Rect::from_min_max(bar.center_top(), bar.center_bottom())
        };
        let left = Rect::from_min_max(bar.min, pos2(middle.left() - 8.0, bar.max.y));
        ui.scope_builder(egui::UiBuilder::new().max_rect(left), |ui| menus(ui, view, out));
        let right = Rect::from_min_max(pos2(middle.right() + 8.0, bar.min.y), bar.max);
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        ui.scope_builder(egui::UiBuilder::new().max_rect(right).layout(layout), |ui| state(ui, view, out));
    });
}

fn menus(ui: &mut Ui, view: &StudioView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.horizontal_centered(|ui| {
        if ui.available_width() > 330.0 {
            ui.add_space(4.0);
            ui.label(theme.body("Worldproof"));
            ui.add_space(4.0);
        }
        MenuBar::new().ui(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.spacing_mut().button_padding = vec2(6.0, 4.0);
            for menu in Menu::ALL {
                ui.menu_button(theme.quiet(menu.label()), |ui| menu_items(ui, menu, out));
            }
            if let Some(study) = view.study.as_ref().filter(|_| ui.available_width() > 48.0) {
                ui.add_space(8.0);
                let mark = if view.unsaved { " •" } else { "" };
                let label = egui::Label::new(theme.caption(format!("{study}{mark}"))).truncate();
                ui.add(label).on_hover_text(if view.unsaved {
                    "This study has edits that are not saved"
                } else {
                    "Saved"
                });
            }
        });
    });
}

fn menu_items(ui: &mut Ui, menu: Menu, out: &mut Outbox) {
    ui.set_min_width(240.0);
    for command in Command::in_menu(menu) {
        let info = command.info();
        let theme = Theme::of(ui);
        let text = format!("{}  {}", info.icon, info.label);
        let button = egui::Button::new(text).shortcut_text(theme.caption(command.keys_text()));
        if ui.add(button).on_hover_text(info.tooltip).clicked() {
            out.command(command);
            ui.close();
        }
    }
}

fn tabs(ui: &mut Ui, bar: Rect, view: &StudioView, shell: &Shell, out: &mut Outbox) -> Rect {
    let theme = Theme::of(ui);
    // Narrow windows give the tabs less, and the menus keep their place.
    let each = if bar.width() < 1200.0 { TAB - 12.0 } else { TAB };
    let width = each * Workspace::ALL.len() as f32;
    let left = (bar.center().x - width / 2.0).max(bar.left() + 272.0);
    let all = Rect::from_min_size(pos2(left, bar.top()), vec2(width, bar.height()));
    for (at, (workspace, command)) in Workspace::ALL.into_iter().enumerate() {
        let min = pos2(all.left() + at as f32 * each, all.top());
        let rect = Rect::from_min_size(min, vec2(each, all.height()));
        let info = command.info();
        let response = ui.interact(rect, ui.scope_id().with(("tab", info.label)), Sense::click());
        widgets::named(&response, Role::Tab, info.label);
        let on = shell.workspace == workspace;
        if response.hovered() && !on {
            ui.painter().rect_filled(rect.shrink2(vec2(2.0, 6.0)), theme::CORNER, theme.raised);
        }
        let tab = view.tabs.get(at);
        let (sign, color) = chip::glyph(&theme, tab.map(|tab| tab.glyph).unwrap_or_default());
        let text = if on { theme.text } else { theme.weak };
        let galley = widgets::cut(ui, info.label, theme::sans(theme::size::BODY), text, rect.width() - 28.0);
        let start = rect.center().x - galley.size().x / 2.0 - 10.0;
        chip::paint_icon(ui, pos2(start + 7.0, rect.center().y), sign, theme::size::BODY, color);
        ui.painter().galley(pos2(start + 20.0, rect.center().y - galley.size().y / 2.0), galley, text);
        if on {
            let line = Rect::from_min_max(
                pos2(rect.left() + 8.0, rect.bottom() - 2.0),
                pos2(rect.right() - 8.0, rect.bottom()),
            );
            ui.painter().rect_filled(line, 0, theme.text);
        }
        if response.clicked() {
            out.command(command);
        }
        let told = tab.map_or("", |tab| tab.text.as_str());
        let _ = response.on_hover_text(format!("{} · {}\n{told}", info.tooltip, command.keys_text()));
    }
    all
}

fn state(ui: &mut Ui, view: &StudioView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.x = 4.0;
    let sign = if theme.dark { icon::SUN } else { icon::MOON };
    if widgets::icon_button(ui, sign, Command::ToggleTheme.info().label).clicked() {
        out.command(Command::ToggleTheme);
    }
    if let Some(job) = view.jobs.first() {
        if widgets::icon_button(ui, icon::X, "Cancel job").clicked() {
            out.send(Message::CancelJob(job.id));
        }
        first_job(ui, job, &view.jobs, out);
    } else {
        adapter(ui, &view.adapter);
    }
}

/// What draws; with a sign and a cure where it is the processor.
fn adapter(ui: &mut Ui, adapter: &Adapter) {
    let theme = Theme::of(ui);
    let told = if adapter.software {
        "The processor draws, many times slower than a GPU would. Install the driver of your GPU; where there are several, \
         WGPU_ADAPTER_NAME chooses one by a part of its name."
    } else {
        "The GPU that draws and renders"
    };
    let text = if adapter.software {
        theme.caption(format!("{}  {} · software", icon::WARNING, adapter.name)).color(theme.rare)
    } else {
        theme.caption(&adapter.name)
    };
    ui.add(egui::Label::new(text).truncate()).on_hover_text(format!("{}\n{told}", adapter.line()));
}

/// The first job small; a click lists all.
fn first_job(ui: &mut Ui, job: &JobLine, all: &[JobLine], out: &mut Outbox) {
    let theme = Theme::of(ui);
    let width = (ui.available_width() - 8.0).clamp(48.0, 260.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 28.0), Sense::click());
    widgets::named(&response, Role::ProgressIndicator, &format!("{} job", job.title));
    let more = if all.len() > 1 { format!(" +{}", all.len() - 1) } else { String::new() };
    let share = progress::share_of(job);
    let stage = progress::stage_of(job);
    let text = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + 20.0));
    widgets::cell_right(ui, text, &format!("{share}{more}"), theme::mono(theme::size::SMALL), theme.text);
    let left = text.with_max_x(rect.right() - 64.0);
    widgets::cell(ui, left, stage, theme::sans(theme::size::SMALL), theme.weak);
    progress::rail(ui, rect, job);
    egui::Popup::menu(&response).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).width(400.0).show(
        |ui| {
            for job in all {
                listed(ui, job, out);
            }
        },
    );
    let _ = response.on_hover_text(format!("{}\n{}\nClick to see all jobs", job.title, progress::counted(job)));
}

/// A job of the list: what, how far, how long, cancel.
fn listed(ui: &mut Ui, job: &JobLine, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::hover());
    let rect = rect.shrink2(vec2(8.0, 2.0));
    let text = rect.with_max_x(rect.right() - 32.0);
    let at = |row: f32| {
        let top = rect.top() + row * 20.0;
        Rect::from_min_max(pos2(text.left(), top), pos2(text.right(), top + 20.0))
    };
    widgets::cell_right(ui, at(0.0), &progress::share_of(job), theme::mono(theme::size::SMALL), theme.text);
    let title = at(0.0).with_max_x(text.right() - 56.0);
    widgets::cell(ui, title, &job.title, theme::sans(theme::size::BODY), theme.text);
    let line = progress::line(job);
    widgets::cell(ui, at(1.0), &line, theme::sans(theme::size::SMALL), theme.weak);
    progress::rail(ui, text, job);
    let button = Rect::from_center_size(pos2(rect.right() - 12.0, rect.center().y), vec2(theme::ROW, theme::ROW));
    let name = format!("Cancel {}", job.title);
    if !job.stopping && widgets::icon_button_in(ui, button, icon::X, &name).on_hover_text(&name).clicked() {
        out.send(Message::CancelJob(job.id));
    }
}
