//! Welcome: three examples, real data, recent studies. One click to a moving preview.

use eframe::egui::{self, Frame, Rect, Sense, StrokeKind, Ui, UiBuilder, accesskit::Role, pos2, vec2};

use crate::app::{
    command::Command,
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::{ExampleCard, Origin, Welcome},
    widgets::{self, cell, chip, picture},
};

/// Fills the window.
pub fn welcome(ui: &mut Ui, view: &Welcome, out: &mut Outbox) {
    let theme = Theme::of(ui);
    egui::CentralPanel::no_frame().frame(Frame::new().fill(theme.panel)).show(ui, |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let full = ui.available_rect_before_wrap();
            let width = (full.width() - 64.0).min(1080.0);
            let left = full.center().x - width / 2.0;
            let column = Rect::from_min_max(pos2(left, full.top()), pos2(left + width, full.bottom()));
            ui.scope_builder(UiBuilder::new().max_rect(column), |ui| content(ui, view, out));
        });
    });
}

fn content(ui: &mut Ui, view: &Welcome, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.add_space(40.0);
    ui.label(theme.title("Rare events, proven on real data").size(theme::size::HERO));
    ui.label(theme.quiet("Write a failure as a family of draws, hold it beside reality, export only what helps"));
    ui.add_space(24.0);
    cards(ui, view, out);
    ui.add_space(24.0);
    ui.horizontal(|ui| {
        let real = Command::OpenRealDataset.info();
        if widgets::primary(ui, &format!("{}  {}", real.icon, real.label)).on_hover_text(real.tooltip).clicked() {
            out.command(Command::OpenRealDataset);
        }
        for command in [Command::NewStudy, Command::Open] {
            let info = command.info();
            let button = egui::Button::new(format!("{}  {}", info.icon, info.label)).min_size(vec2(0.0, theme::INPUT));
            if ui.add(button).on_hover_text(info.tooltip).clicked() {
                out.command(command);
            }
        }
    });
    ui.add_space(24.0);
    ui.label(theme.body("Recent studies"));
    ui.add_space(theme::GRID);
    if view.recents.is_empty() {
        ui.label(theme.quiet("None yet: open an example to start"));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    for (at, (name, folder)) in view.recents.iter().enumerate() {
        recent(ui, at, name, folder, out);
    }
    ui.add_space(24.0);
}

fn cards(ui: &mut Ui, view: &Welcome, out: &mut Outbox) {
    let gap = 16.0;
    // A single card does not grow over the window: what one can do next must stay in sight.
    let count = view.examples.len().max(3) as f32;
    let width = (ui.available_width() - gap * (count - 1.0)) / count;
    let height = width * 0.6 + 76.0;
    let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    for (at, example) in view.examples.iter().enumerate() {
        let min = pos2(row.left() + at as f32 * (width + gap), row.top());
        card(ui, Rect::from_min_size(min, vec2(width, height)), (at, example), out);
    }
}

fn card(ui: &mut Ui, rect: Rect, (at, example): (usize, &ExampleCard), out: &mut Outbox) {
    let theme = Theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(("example", at)), Sense::click());
    widgets::named(&response, Role::Button, &format!("Open example {}", example.title));
    let fill = if response.hovered() { theme.hover } else { theme.raised };
    ui.painter().rect_filled(rect, theme::CORNER, fill);
    let image = Rect::from_min_size(rect.min, vec2(rect.width(), rect.width() * 0.6));
    ui.painter().rect_filled(image, theme::CORNER, theme.surround);
    if let Some((texture, size)) = example.picture {
        let scale = (image.width() / size[0].max(1) as f32).max(image.height() / size[1].max(1) as f32);
        let fill = Rect::from_center_size(image.center(), vec2(size[0] as f32, size[1] as f32) * scale);
        picture::paint_texture(&ui.painter_at(image), fill, texture, theme::WHITE);
        chip::paint_badge(&ui.painter_at(image), image.min + vec2(8.0, 8.0), Origin::Synthetic);
    }
    let text = Rect::from_min_max(pos2(rect.left() + 12.0, image.bottom() + 10.0), rect.max - vec2(12.0, 10.0));
    let title = text.with_max_y(text.top() + 22.0);
    cell(ui, title, &example.title, theme::sans(theme::size::BODY), theme.text);
    let mut job =
        egui::text::LayoutJob::simple(example.text.clone(), theme::sans(theme::size::SMALL), theme.weak, text.width());
    job.wrap.max_rows = 2;
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(text.left(), title.bottom() + 2.0), galley, theme.weak);
    if response.hovered() || response.has_focus() {
        ui.painter().rect_stroke(rect, theme::CORNER, (1.0, theme.weak), StrokeKind::Inside);
    }
    if response.clicked() {
        out.send(Message::OpenExample(at));
    }
}

fn recent(ui: &mut Ui, at: usize, name: &str, folder: &str, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::INPUT), Sense::click());
    widgets::named(&response, Role::Button, &format!("Open {name}"));
    if response.hovered() {
        ui.painter().rect_filled(rect, theme::CORNER, theme.raised);
    }
    chip::paint_icon(
        ui,
        rect.left_center() + vec2(12.0, 0.0),
        icon::CLOCK_COUNTER_CLOCKWISE,
        theme::size::BODY,
        theme.weak,
    );
    let end = cell(ui, rect.with_min_x(rect.left() + 28.0), name, theme::sans(theme::size::BODY), theme.text);
    cell(ui, rect.with_min_x(end + 12.0), folder, theme::mono(theme::size::SMALL), theme.weak);
    widgets::underline(ui, rect);
    if response.clicked() {
        out.send(Message::OpenRecent(at));
    }
}
