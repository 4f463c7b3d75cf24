//! Time: play head, frame ticks, contact spans, events as blocks and diamonds that can be moved.

use eframe::egui::{self, CursorIcon, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::distribution::Axis;
use crate::app::{
    command::Command,
    icon,
    message::{EventPart, Message, Outbox},
    theme::{self, Theme},
    view::{Came, Timeline, TimelineEvent},
};

/// Height that [`timeline`] takes, in points: less where nothing happens but time.
pub fn height_of(timeline: &Timeline) -> f32 {
    if is_low(timeline) {
        return 40.0;
    }
    84.0 + EVENT * rows(timeline).into_iter().max().unwrap_or(0) as f32
}

/// Whether it is one row: nothing happens on it.
pub fn is_low(timeline: &Timeline) -> bool {
    timeline.events.is_empty() && timeline.contacts.is_empty()
}

/// Draws `timeline` over the width of `ui`; the index in the family of an event that was clicked.
pub fn timeline(ui: &mut Ui, timeline: &Timeline, out: &mut Outbox) -> Option<usize> {
    let theme = Theme::of(ui);
    let height = height_of(timeline);
    let low = is_low(timeline);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let buttons = Rect::from_min_size(rect.min, vec2(if low { 280.0 } else { 112.0 }, height));
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
    let mut clicked = None;
    for (row, event) in rows(timeline).into_iter().zip(&timeline.events) {
        clicked = self::event(ui, &axis, lane, (row, event), out).or(clicked);
    }
    let x = axis.x(timeline.now_s);
    ui.painter().vline(x, egui::Rangef::new(lane.top() + 14.0, lane.bottom() - 4.0), (1.5, theme.text));
    ui.painter().circle_filled(pos2(x, lane.top() + 16.0), 5.0, theme.text);
    clicked
}

/// `time_s` moved to the nearest frame.
pub(in crate::app) fn on_frame(time_s: f64, timeline: &Timeline) -> f64 {
    if timeline.rate_hz > 0.0 { (time_s * timeline.rate_hz).round() / timeline.rate_hz } else { time_s }
}

fn transport(ui: &mut Ui, rect: Rect, timeline: &Timeline, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let low = rect.height() < 60.0;
    let figures = |ui: &mut Ui| {
        ui.add_space(if low { 8.0 } else { 15.0 });
        ui.label(theme.value(theme::with_unit(timeline.now_s, 2, "s")));
        let frame = (timeline.now_s * timeline.rate_hz).round();
        ui.add_space(6.0);
        ui.label(theme.caption(format!("{frame:.0}")).monospace()).on_hover_text("Frame");
    };
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
        ui.add_space(6.0);
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

/// Touches, one thin row for each thing that touches, with its name before its first.
fn contacts(ui: &Ui, theme: &Theme, axis: &Axis, lane: Rect, timeline: &Timeline) {
    let y = lane.bottom() - 12.0;
    ui.painter().hline(lane.x_range(), y, theme.separator());
    let mut things: Vec<&str> = Vec::new();
    for touch in &timeline.contacts {
        if !things.contains(&touch.thing.as_str()) {
            things.push(&touch.thing);
        }
        let row = things.iter().position(|thing| *thing == touch.thing).unwrap_or(0).min(2) as f32;
        let (from, to) = (axis.x(touch.span_s[0]), axis.x(touch.span_s[1]));
        let top = y - 3.0 + 5.0 * row;
        ui.painter().rect_filled(
            Rect::from_min_max(pos2(from, top), pos2(to.max(from + 1.0), top + 4.0)),
            2,
            theme.weak,
        );
    }
    if things.is_empty() {
        return;
    }
    let words = format!("contact: {}", things.join(", "));
    let text = ui.painter().layout_no_wrap(words, theme::sans(10.0), theme.weak);
    ui.painter().galley(pos2(lane.left(), y - 16.0), text, theme.weak);
}

/// Rows of events below each other at most.
const ROWS: usize = 4;
/// Height of a row of events.
const EVENT: f32 = 22.0;

/// The row of each event: those that lie near each other in time stand below each other.
fn rows(timeline: &Timeline) -> Vec<usize> {
    // A label takes about a fifth of the lane, a long one a hundredth and a half for each letter; none is wider than half.
    let label_s = |event: &TimelineEvent| {
        let said = event.when.as_ref().map_or(0, |when| when.len() + 24);
        (0.013 * (event.label.len() + said) as f64).clamp(0.2, 0.55) * timeline.length_s
    };
    let mut ends = [f64::NEG_INFINITY; ROWS];
    let place = |event: &TimelineEvent| {
        let row = ends.iter().position(|end| *end <= event.start_s).unwrap_or(ROWS - 1);
        if let Some(end) = ends.get_mut(row) {
            let (until_s, label_s) = (event.end_s.unwrap_or(event.start_s), label_s(event));
            // A label that its block cannot hold stands behind it.
            *end = if until_s - event.start_s >= label_s { until_s } else { until_s + label_s };
        }
        row
    };
    timeline.events.iter().map(place).collect()
}

/// An event in `row`; its index in the family where it was clicked.
fn event(
    ui: &mut Ui,
    axis: &Axis,
    lane: Rect,
    (row, event): (usize, &TimelineEvent),
    out: &mut Outbox,
) -> Option<usize> {
    let theme = Theme::of(ui);
    let middle = lane.top() + 38.0 + EVENT * row as f32;
    let x = axis.x(event.start_s);
    let rect = match event.end_s {
        Some(end_s) => Rect::from_min_max(pos2(x, middle - 9.0), pos2(axis.x(end_s).max(x + 6.0), middle + 9.0)),
        None if event.came != Came::Yes => Rect::from_min_size(pos2(lane.left(), middle - 7.0), vec2(18.0, 14.0)),
        None => Rect::from_center_size(pos2(x, middle), vec2(14.0, 14.0)),
    };
    let id = ui.scope_id().with(("event", event.index));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let sentence = said(event);
    super::named(&response, Role::Slider, &sentence);
    let lit = response.hovered() || response.dragged() || response.has_focus();
    mark(ui, &theme, rect, (event, lit));
    super::focus_ring(ui, &response, rect.expand(2.0));
    label(ui, lane, rect, middle, event);
    if let Some(end_s) = event.end_s.filter(|_| event.movable) {
        stretch(ui, axis, rect, (event, end_s), out);
    }
    let response = response.on_hover_text(sentence);
    if event.movable {
        let by_s = moved(ui, &response, axis);
        if let Some((by_s, gesture)) = by_s {
            let to_s = (event.start_s + by_s).max(0.0);
            out.send(Message::MoveEvent { event: event.index, part: EventPart::Start, to_s, gesture });
        }
    }
    let clicked = response.clicked().then_some(event.index);
    let _ = response.on_hover_cursor(if event.movable { CursorIcon::Grab } else { CursorIcon::Default });
    clicked
}

/// What an event is and when it comes, in words.
fn said(event: &TimelineEvent) -> String {
    let at = theme::with_unit(event.start_s, 2, "s");
    match (&event.when, event.came) {
        (None, _) => format!("{} · {at}", event.label),
        (Some(when), Came::Yes) => format!("{} when {when} · began at {at} in this draw", event.label),
        (Some(when), Came::No) => format!("{} when {when} · not in this draw", event.label),
        (Some(when), Came::Unknown) => format!("{} when {when}", event.label),
    }
}

/// A block for what takes time, a diamond for an instant; dashed where it does not come, an outline where a condition
/// brought it.
fn mark(ui: &Ui, theme: &Theme, rect: Rect, (event, lit): (&TimelineEvent, bool)) {
    let fill = if lit { theme.hover } else { theme.raised };
    if event.came != Came::Yes {
        let ink = if event.came == Came::No { theme.weak } else { theme.faint };
        let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
        ui.painter().rect_filled(rect, 0, if lit { theme.hover } else { theme::CLEAR });
        ui.painter().extend(egui::Shape::dashed_line(&corners, (1.0, ink), 3.0, 3.0));
        return;
    }
    if event.end_s.is_some() {
        let edge = if event.when.is_some() { theme.rare } else { theme.faint };
        ui.painter().rect(rect, theme::CORNER, fill, (1.0, edge), egui::StrokeKind::Inside);
        return;
    }
    let points = [vec2(0.0, -7.0), vec2(7.0, 0.0), vec2(0.0, 7.0), vec2(-7.0, 0.0)].map(|by| rect.center() + by);
    let fill = if event.when.is_some() { theme.panel } else { theme.rare };
    ui.painter().add(egui::Shape::convex_polygon(points.to_vec(), fill, egui::Stroke::new(1.5, theme.rare)));
}

/// By how many seconds an event is dragged, or moved with the arrows.
fn moved(ui: &Ui, response: &egui::Response, axis: &Axis) -> Option<(f64, u64)> {
    let gesture = super::field::drag_gesture(ui, response);
    if response.dragged() && response.drag_delta().x != 0.0 {
        return Some((axis.span(response.drag_delta().x), gesture));
    }
    if !response.has_focus() {
        return None;
    }
    let filter = egui::EventFilter { horizontal_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let keys = [egui::Key::ArrowRight, egui::Key::ArrowLeft];
    let [on, back] = ui.input_mut(|input| keys.map(|key| input.consume_key(egui::Modifiers::NONE, key)));
    let by_s = 0.01 * (f64::from(u8::from(on)) - f64::from(u8::from(back)));
    // Each press is a step of its own.
    (by_s != 0.0).then(|| (by_s, ui.ctx().cumulative_pass_nr().wrapping_add(response.id.value())))
}

/// The right edge: how long the change takes.
fn stretch(ui: &mut Ui, axis: &Axis, rect: Rect, (event, end_s): (&TimelineEvent, f64), out: &mut Outbox) {
    let edge = Rect::from_min_max(pos2(rect.right() - 3.0, rect.top()), pos2(rect.right() + 5.0, rect.bottom()));
    let response = ui.interact(edge, ui.scope_id().with(("end", event.index)), Sense::click_and_drag());
    super::named(&response, Role::Slider, &format!("End of {}", event.label));
    super::focus_ring(ui, &response, edge);
    if let Some((by_s, gesture)) = moved(ui, &response, axis) {
        let to_s = (end_s + by_s - event.start_s).max(0.0);
        out.send(Message::MoveEvent { event: event.index, part: EventPart::Length, to_s, gesture });
    }
    let _ = response.on_hover_cursor(CursorIcon::ResizeHorizontal).on_hover_text("Drag: how long the change takes");
}

/// The label inside its block where it fits, else beside it where there is room: never cut by its own block.
fn label(ui: &Ui, lane: Rect, rect: Rect, middle: f32, event: &TimelineEvent) {
    let theme = Theme::of(ui);
    let (text, ink) = match (&event.when, event.came) {
        (None, _) => (event.label.clone(), theme.text),
        (Some(when), Came::No) => (format!("{} when {when}, not in this draw", event.label), theme.weak),
        (Some(when), _) => (format!("{} when {when}", event.label), theme.text),
    };
    let galley = super::cut(ui, &text, theme::sans(theme::size::SMALL), ink, 320.0);
    let wide = galley.size().x;
    let left = match () {
        () if event.end_s.is_some() && wide + 12.0 <= rect.width() => rect.left() + 6.0,
        () if rect.right() + 6.0 + wide < lane.right() => rect.right() + 6.0,
        () => (rect.left() - 6.0 - wide).max(lane.left()),
    };
    ui.painter().galley(pos2(left, middle - galley.size().y / 2.0), galley, ink);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_near_each_other_stand_below_each_other() {
        let event = |start_s: f64, end_s| TimelineEvent {
            label: "e".to_owned(),
            start_s,
            end_s,
            movable: true,
            index: 0,
            when: None,
            came: Came::Yes,
        };
        let events = vec![event(0.0, Some(1.0)), event(0.9, None), event(1.0, None), event(5.0, None)];
        let timeline = Timeline { length_s: 10.0, events, ..Timeline::default() };
        assert_eq!(rows(&timeline), [0, 1, 2, 0]);
        assert!(
            height_of(&timeline)
                > height_of(&Timeline { length_s: 10.0, events: vec![event(0.0, None)], ..Timeline::default() })
        );
    }
}
