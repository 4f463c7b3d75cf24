//! Time: play head, frame ticks, contact spans, events as blocks and diamonds that can be moved.

use eframe::egui::{self, CursorIcon, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::distribution::Axis;
use crate::app::{
    command::Command,
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::{Timeline, TimelineEvent},
};

/// Height that [`timeline`] takes, in points: less where nothing happens but time.
pub fn height_of(timeline: &Timeline) -> f32 {
    if timeline.events.is_empty() && timeline.contacts.is_empty() { 40.0 } else { 84.0 }
}

/// Draws `timeline` over the width of `ui`.
pub fn timeline(ui: &mut Ui, timeline: &Timeline, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let height = height_of(timeline);
    let low = height < 60.0;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let buttons = Rect::from_min_size(rect.min, vec2(if low { 200.0 } else { 112.0 }, height));
    transport(ui, buttons, timeline, out);
    let lane = Rect::from_min_max(pos2(buttons.right() + 8.0, rect.top()), rect.max - vec2(12.0, 0.0));
    let axis = Axis::new(lane, [0.0, timeline.length_s.max(0.001)]);
    ruler(ui, &theme, &axis, lane, timeline);
    let at = Rect::from_min_max(lane.min, pos2(lane.right(), lane.top() + 24.0));
    let response = ui.interact(at.expand2(vec2(6.0, 0.0)), ui.scope_id().with("time"), Sense::click_and_drag());
    super::named(&response, Role::Slider, "Time cursor");
    if let Some(pointer) = response.interact_pointer_pos() {
        out.send(Message::Seek(on_frame(axis.value(pointer.x), timeline)));
    }
    if !low {
        contacts(ui, &theme, &axis, lane, timeline);
    }
    for (index, event) in timeline.events.iter().enumerate() {
        self::event(ui, &axis, lane, (index, event), out);
    }
    let x = axis.x(timeline.now_s);
    ui.painter().vline(x, egui::Rangef::new(lane.top() + 14.0, lane.bottom() - 4.0), (1.5, theme.text));
    ui.painter().circle_filled(pos2(x, lane.top() + 16.0), 5.0, theme.text);
}

/// `time_s` moved to the nearest frame.
fn on_frame(time_s: f64, timeline: &Timeline) -> f64 {
    if timeline.rate_hz > 0.0 { (time_s * timeline.rate_hz).round() / timeline.rate_hz } else { time_s }
}

fn transport(ui: &mut Ui, rect: Rect, timeline: &Timeline, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let low = rect.height() < 60.0;
    let figures = |ui: &mut Ui| {
        ui.add_space(8.0);
        ui.label(theme.value(theme::with_unit(timeline.now_s, 2, "s")));
        let frame = (timeline.now_s * timeline.rate_hz).round();
        ui.label(theme.caption(format!("{frame:.0}")).monospace()).on_hover_text("Frame");
    };
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
        ui.add_space(if low { 6.0 } else { 12.0 });
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.add_space(8.0);
            let play = if timeline.playing { icon::PAUSE } else { icon::PLAY };
            let all = [
                (icon::SKIP_BACK, Command::StepBack),
                (play, Command::PlayPause),
                (icon::SKIP_FORWARD, Command::StepOn),
            ];
            for (icon, command) in all {
                if super::icon_button(ui, icon, command.info().label).clicked() {
                    out.command(command);
                }
            }
            if low {
                figures(ui);
            }
        });
        if !low {
            ui.horizontal(figures);
        }
    });
}

fn ruler(ui: &Ui, theme: &Theme, axis: &Axis, lane: Rect, timeline: &Timeline) {
    let painter = ui.painter();
    painter.hline(lane.x_range(), lane.top() + 24.0, theme.separator());
    let frames = (timeline.length_s * timeline.rate_hz).round() as u64;
    let each = (frames / (lane.width() / 6.0).max(1.0) as u64).max(1);
    for frame in (0..=frames).step_by(each as usize) {
        let x = axis.x(frame as f64 / timeline.rate_hz.max(1e-9));
        painter.vline(x, egui::Rangef::new(lane.top() + 20.0, lane.top() + 24.0), theme.separator());
    }
    let step = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];
    let wide = |step: &&f64| (axis.x(**step) - axis.x(0.0)) > 64.0;
    let step = step.iter().find(wide).copied().unwrap_or(60.0);
    let count = (timeline.length_s / step).floor() as u64;
    for at in 0..=count {
        let time = at as f64 * step;
        let text = theme::with_unit(time, usize::from(step < 1.0), "s");
        let anchor = match axis.x(time) {
            x if x < lane.left() + 16.0 => egui::Align2::LEFT_TOP,
            x if x > lane.right() - 16.0 => egui::Align2::RIGHT_TOP,
            _ => egui::Align2::CENTER_TOP,
        };
        painter.text(pos2(axis.x(time), lane.top() + 2.0), anchor, text, theme::mono(10.0), theme.weak);
    }
}

fn contacts(ui: &Ui, theme: &Theme, axis: &Axis, lane: Rect, timeline: &Timeline) {
    let y = lane.bottom() - 12.0;
    ui.painter().hline(lane.x_range(), y, theme.separator());
    for [from, to] in &timeline.contacts {
        let span = Rect::from_min_max(pos2(axis.x(*from), y - 3.0), pos2(axis.x(*to), y + 3.0));
        ui.painter().rect_filled(span, 2, theme.weak);
    }
    if timeline.contacts.is_empty() {
        return;
    }
    let text = ui.painter().layout_no_wrap("contact".to_owned(), theme::sans(10.0), theme.weak);
    ui.painter().galley(pos2(lane.left(), y - 15.0), text, theme.weak);
}

fn event(ui: &mut Ui, axis: &Axis, lane: Rect, (index, event): (usize, &TimelineEvent), out: &mut Outbox) {
    let theme = Theme::of(ui);
    let middle = lane.top() + 38.0;
    let x = axis.x(event.start_s);
    let galley = super::cut(ui, &event.label, theme::sans(theme::size::SMALL), theme.text, 140.0);
    let rect = match event.end_s {
        Some(end_s) => Rect::from_min_max(pos2(x, middle - 10.0), pos2(axis.x(end_s).max(x + 4.0), middle + 10.0)),
        None => Rect::from_center_size(pos2(x, middle), vec2(14.0, 14.0)),
    };
    let sense = if event.movable { Sense::click_and_drag() } else { Sense::hover() };
    let response = ui.interact(rect, ui.scope_id().with(("event", index)), sense);
    super::named(&response, Role::Slider, &event.label);
    let fill = if response.hovered() || response.dragged() { theme.hover } else { theme.raised };
    if event.end_s.is_some() {
        ui.painter().rect(rect, theme::CORNER, fill, (1.0, theme.faint), egui::StrokeKind::Inside);
        let clip = ui.painter_at(rect.shrink2(vec2(6.0, 0.0)));
        clip.galley(pos2(rect.left() + 6.0, middle - galley.size().y / 2.0), galley, theme.text);
    } else {
        let points = [vec2(0.0, -7.0), vec2(7.0, 0.0), vec2(0.0, 7.0), vec2(-7.0, 0.0)].map(|by| rect.center() + by);
        ui.painter().add(egui::Shape::convex_polygon(points.to_vec(), theme.rare, egui::Stroke::NONE));
        let beside = if x + 16.0 + galley.size().x < lane.right() { x + 11.0 } else { x - 11.0 - galley.size().x };
        ui.painter().galley(pos2(beside, middle - galley.size().y / 2.0), galley, theme.text);
    }
    let response = response.on_hover_text(format!("{} · {}", event.label, theme::with_unit(event.start_s, 2, "s")));
    if response.dragged() {
        let by = axis.value(x + response.drag_delta().x) - axis.value(x);
        out.send(Message::MoveEvent { event: index, at_s: (event.start_s + by).max(0.0) });
    }
    if event.movable {
        let _ = response.on_hover_cursor(CursorIcon::Grab);
    }
}
