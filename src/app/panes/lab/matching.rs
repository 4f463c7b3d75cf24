//! The page that matches a real camera: both pictures over each other, what is tried, the pairs, the fits.
//!
//! Left drag turns the camera so that what is under the hand follows, with shift it moves it, with the right button it rolls; with
//! the middle button the picture moves, the wheel zooms it. With the focus on the picture, the arrows turn and Shift moves.

use eframe::egui::{
    self, Align2, CursorIcon, Frame, Key, Margin, Modifiers, PointerButton, Pos2, Rect, Response, Sense, Ui,
    accesskit::Role, pos2, vec2,
};
use glam::{DVec2, DVec3};

use super::{choose_set, label, room};
use crate::app::{
    command::Command,
    icon,
    lab::{
        LabAct,
        matching::{Adding, Laid, MatchAct, MatchLook, MatchView},
    },
    message::{Message, Outbox},
    theme::{self, Theme},
    widgets::{
        self, divider, field,
        number::{self, Scrub, Scrubbed},
        picture,
    },
};
use crate::base::text::in_sentence_case;
use crate::run::match_camera::{MOST_EV, Trial, VIEW_DEG};

/// Width of the numbers beside the picture.
const SIDE: f32 = 232.0;
/// What an arrow turns, in degrees, and moves, as a share of what lies ahead.
const ARROW: (f64, f64) = (0.5, 0.005);

fn send(out: &mut Outbox, act: MatchAct) {
    out.send(Message::Lab(LabAct::Match(act)));
}

/// Draws the page.
pub(super) fn matching(ui: &mut Ui, view: &MatchView, look: &mut MatchLook, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let frame = Frame::new().fill(theme.panel).inner_margin(Margin { left: 12, right: 8, top: 4, bottom: 8 });
    egui::Panel::right("match side").frame(frame).exact_size(SIDE).resizable(false).show(ui, |ui| {
        if let Some(trial) = &view.trial {
            let frame = Frame::new().fill(theme.panel).inner_margin(Margin { top: 8, ..Margin::ZERO });
            egui::Panel::bottom("match ends").frame(frame).resizable(false).show(ui, |ui| ends(ui, view, trial, out));
        }
        widgets::contained(ui, |ui| {
            egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| side(ui, view, look, out));
        });
    });
    let Some((_, size)) = view.real else {
        nothing(ui, view, out);
        return;
    };
    bar(ui, look);
    let rect = ui.available_rect_before_wrap();
    pictures(ui, rect, (view, size), look, out);
}

/// What stands where no real picture is chosen.
fn nothing(ui: &mut Ui, view: &MatchView, out: &mut Outbox) {
    let words = match (&view.refused, view.busy) {
        (Some(why), _) => in_sentence_case(why),
        (None, Some(busy)) => format!("{busy}…"),
        (None, None) => "A picture of the real camera goes here: choose it, or drop it on the window".to_owned(),
    };
    widgets::empty::empty(ui, icon::VIDEO_CAMERA, &words, None, out);
    ui.vertical_centered(|ui| {
        ui.add_space(8.0);
        if widgets::primary(ui, "Choose a picture…").clicked() {
            send(out, MatchAct::Choose);
        }
    });
}

/// How both lie over each other.
fn bar(ui: &mut Ui, look: &mut MatchLook) {
    let frame = Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::symmetric(8, 0));
    egui::Panel::top("match bar").frame(frame).exact_size(32.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for (laid, words) in Laid::ALL {
                if widgets::choice(ui, look.laid == laid, words).clicked() {
                    look.lay(laid);
                }
            }
            if look.laid == Laid::Overlay {
                ui.add_space(8.0);
                ui.spacing_mut().slider_width = 96.0;
                let named = ui.label(Theme::of(ui).caption("Opacity  "));
                ui.add(egui::Slider::new(&mut look.opacity, 0.0..=1.0).show_value(false)).labelled_by(named.id);
            }
        });
    });
}

/// Both pictures, the pairs over them, and what the hand does.
fn pictures(ui: &mut Ui, rect: Rect, (view, size): (&MatchView, [u32; 2]), look: &mut MatchLook, out: &mut Outbox) {
    let response = ui.interact(rect, ui.scope_id().with("matched"), Sense::click_and_drag());
    widgets::named(&response, Role::Image, "Real and synthetic picture");
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    ui.painter().rect_filled(rect, 0, Theme::of(ui).surround);
    if paint(ui, rect, (view, size), look) {
        out.command(Command::PlayPause);
    }
    let area = look.view.rect_in(rect, size);
    marks(ui, rect, (view, area, size));
    if view.adding == Adding::No {
        if let Some((trial, own)) = &view.trial {
            hand(ui, &response, (view, area, size), trial, out);
            keys(ui, &response, view, (trial, own), out);
        }
    } else {
        ui.set_cursor_icon(if response.hovered() { CursorIcon::Crosshair } else { CursorIcon::Default });
        if let Some(at) = response.interact_pointer_pos().filter(|_| response.clicked()) {
            send(out, MatchAct::At(pixel_of(at, area, size)));
        }
    }
    picture::steer(ui, &response, (rect, size), Some(PointerButton::Middle), &mut look.view);
    let ring = response.has_focus();
    if ring {
        ui.painter_at(rect).rect_stroke(rect.shrink(1.0), 0, (1.0, Theme::of(ui).text), egui::StrokeKind::Inside);
    }
    told(ui, rect, view);
}

/// Both pictures; true if space was pressed while the divider between them has the focus: it still plays.
fn paint(ui: &mut Ui, rect: Rect, (view, size): (&MatchView, [u32; 2]), look: &mut MatchLook) -> bool {
    let Some((real, _)) = view.real else { return false };
    let painter = ui.painter_at(rect);
    let area = look.view.rect_in(rect, size);
    // While a pair is added, only the picture that is to be clicked in is shown.
    let synthetic = view.synthetic.filter(|_| !matches!(view.adding, Adding::Pixel(_)));
    let under = if view.adding == Adding::Point { synthetic.unwrap_or(real) } else { real };
    picture::paint_texture(&painter, area, under, theme::WHITE);
    let Some(synthetic) = synthetic.filter(|_| view.adding == Adding::No) else { return false };
    match look.laid {
        Laid::Overlay => picture::paint_texture(&painter, area, synthetic, theme::faded(theme::WHITE, look.opacity)),
        Laid::Wipe => {
            let divided = divider::moved(ui, rect, &mut look.divider, &mut look.take_divider);
            let right = ui.painter_at(rect.with_min_x(divided.x));
            picture::paint_texture(&right, area, synthetic, theme::WHITE);
            divider::paint(ui, rect, &divided);
            return divided.plays;
        }
        Laid::Difference | Laid::Edges => {
            if let Some(laid) = view.laid {
                picture::paint_texture(&painter, area, laid, theme::WHITE);
            }
        }
    }
    false
}

/// The pairs: a circle where the tried camera shows the point, a cross where the real picture does.
fn marks(ui: &Ui, rect: Rect, (view, area, size): (&MatchView, Rect, [u32; 2])) {
    let painter = ui.painter_at(rect);
    for (number, pair) in view.pairs.iter().enumerate() {
        let pixel = screen_of(pair.pixel, area, size);
        for (wide, color) in [(3.5, theme::INK), (1.5, theme::BADGE_REAL)] {
            painter.line_segment([pixel - vec2(6.0, 0.0), pixel + vec2(6.0, 0.0)], (wide, color));
            painter.line_segment([pixel - vec2(0.0, 6.0), pixel + vec2(0.0, 6.0)], (wide, color));
        }
        if let Some(point) = pair.point {
            let point = screen_of(point, area, size);
            painter.line_segment([pixel, point], (1.0, theme::WHITE));
            painter.circle_stroke(point, 5.0, (3.5, theme::INK));
            painter.circle_stroke(point, 5.0, (1.5, theme::BADGE_SYNTHETIC));
        }
        let at = pixel + vec2(8.0, -8.0);
        let font = theme::mono(theme::size::SMALL);
        painter.text(at + vec2(1.0, 1.0), Align2::LEFT_BOTTOM, number + 1, font.clone(), theme::INK);
        painter.text(at, Align2::LEFT_BOTTOM, number + 1, font, theme::WHITE);
    }
}

/// Badges, what is on its way, and what the next click does.
fn told(ui: &Ui, rect: Rect, view: &MatchView) {
    let painter = ui.painter_at(rect);
    let next = match view.adding {
        Adding::No => "Drag turns · Shift moves · right button rolls · middle button and wheel: the picture",
        Adding::Point => "Click a point of the scene that the real picture shows too · Escape leaves",
        Adding::Pixel(_) => "Click the same point in the real picture · Escape leaves",
    };
    picture::on_picture(&painter, rect.left_bottom() + vec2(8.0, -8.0), Align2::LEFT_BOTTOM, next, false);
    let (synthetic, real) = (crate::app::view::Origin::Synthetic, view.origin);
    let shown: &[crate::app::view::Origin] = match view.adding {
        Adding::No => &[real, synthetic],
        Adding::Point => &[synthetic],
        Adding::Pixel(_) => &[real],
    };
    let mut at = rect.min + vec2(8.0, 8.0);
    for origin in shown {
        at.x = widgets::chip::paint_badge(&painter, at, *origin).right() + 4.0;
    }
    if let Some(busy) = view.busy {
        picture::on_picture(&painter, rect.right_top() + vec2(-8.0, 8.0), Align2::RIGHT_TOP, busy, false);
    }
}

fn pixel_of(at: Pos2, area: Rect, size: [u32; 2]) -> DVec2 {
    let share = (at - area.min) / area.size();
    DVec2::new(f64::from(share.x) * f64::from(size[0]), f64::from(share.y) * f64::from(size[1]))
}

fn screen_of(pixel: DVec2, area: Rect, size: [u32; 2]) -> Pos2 {
    let share = vec2(pixel.x as f32 / size[0].max(1) as f32, pixel.y as f32 / size[1].max(1) as f32);
    area.min + share * area.size()
}

/// Drags on the picture: the camera.
fn hand(
    ui: &Ui,
    response: &Response,
    (view, area, size): (&MatchView, Rect, [u32; 2]),
    trial: &Trial,
    out: &mut Outbox,
) {
    let gesture = field::drag_gesture(ui, response);
    let by = response.drag_delta();
    if !response.dragged() || by == egui::Vec2::ZERO {
        return;
    }
    let px = f64::from(size[0]) / f64::from(area.width().max(1.0));
    let by_px = DVec2::new(f64::from(by.x), f64::from(by.y)) * px;
    let (focal_px, shift) = (view.focal_px.max(1.0), ui.input(|input| input.modifiers.shift));
    let new = if response.dragged_by(PointerButton::Secondary) {
        trial.turned([0.0, 0.0, -by_px.x * 0.2])
    } else if response.dragged_by(PointerButton::Primary) && shift {
        let by_m = by_px * (view.ahead_m / focal_px);
        trial.moved(DVec3::new(-by_m.x, -by_m.y, 0.0))
    } else if response.dragged_by(PointerButton::Primary) {
        let turn = by_px.to_array().map(|px| -libm::atan(px / focal_px).to_degrees());
        trial.turned([turn[0], turn[1], 0.0])
    } else {
        return;
    };
    send(out, MatchAct::Try(new, gesture));
}

/// Arrows turn the camera, with Shift they move it; page up and down go nearer and away.
fn keys(ui: &Ui, response: &Response, view: &MatchView, (trial, own): (&Trial, &Trial), out: &mut Outbox) {
    if !response.has_focus() {
        return;
    }
    let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |modifiers: Modifiers, key: Key| ui.input_mut(|input| input.count_and_consume_key(modifiers, key));
    let way = |modifiers: Modifiers| {
        let by = |more: Key, less: Key| pressed(modifiers, more) as f64 - pressed(modifiers, less) as f64;
        DVec2::new(by(Key::ArrowRight, Key::ArrowLeft), by(Key::ArrowDown, Key::ArrowUp))
    };
    // Keys with a modifier first: without one they match with it too.
    let (moved, turned) = (way(Modifiers::SHIFT), way(Modifiers::NONE));
    let nearer = pressed(Modifiers::NONE, Key::PageUp) as f64 - pressed(Modifiers::NONE, Key::PageDown) as f64;
    let reset = pressed(Modifiers::NONE, Key::Home) > 0;
    let step_m = ARROW.1 * view.ahead_m;
    let new = trial
        .turned([turned.x * ARROW.0, turned.y * ARROW.0, 0.0])
        .moved(DVec3::new(moved.x, moved.y, 2.0 * nearer) * step_m);
    let new = if reset { Trial { ev: trial.ev, gains: trial.gains, ..*own } } else { new };
    if moved != DVec2::ZERO || turned != DVec2::ZERO || nearer != 0.0 || reset {
        send(out, MatchAct::Try(new, ui.ctx().cumulative_pass_nr().wrapping_mul(31)));
    }
}

/// Everything beside the picture.
fn side(ui: &mut Ui, view: &MatchView, look: &mut MatchLook, out: &mut Outbox) {
    source(ui, view, look, out);
    let Some((trial, own)) = &view.trial else { return };
    label(ui, "Camera");
    numbers(ui, view, (trial, own), out);
    label(ui, "Points");
    pairs(ui, view, out);
    label(ui, "Exposure and white balance");
    light(ui, view, (trial, own), out);
}

/// What came of the last fit, and the ways out: they stay in sight.
fn ends(ui: &mut Ui, view: &MatchView, (trial, own): &(Trial, Trial), out: &mut Outbox) {
    let theme = Theme::of(ui);
    for said in &view.said {
        ui.add(egui::Label::new(theme.caption(said).color(theme.text)).wrap());
    }
    if let Some(why) = &view.refused {
        ui.add_space(4.0);
        super::super::noted(
            ui,
            icon::WARNING_CIRCLE,
            theme.rare,
            theme.caption(in_sentence_case(why)).color(theme.text),
        );
    }
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        let is_new = trial != own;
        let saved = ui.add_enabled_ui(is_new, |ui| widgets::primary(ui, "Save to the family")).inner;
        if saved.on_disabled_hover_text("The camera is the family's own: nudge or fit it first").clicked() {
            send(out, MatchAct::Save);
        }
        if ui.add(egui::Button::new("Cancel").min_size(vec2(0.0, theme::INPUT))).clicked() {
            send(out, MatchAct::Cancel);
        }
    });
    let reset = egui::Button::new(theme.caption("Start again from the family's camera")).frame_when_inactive(false);
    if ui.add_enabled(trial != own || !view.pairs.is_empty(), reset).clicked() {
        send(out, MatchAct::Reset);
    }
}

/// Which real picture, and what it is held against.
fn source(ui: &mut Ui, view: &MatchView, look: &mut MatchLook, out: &mut Outbox) {
    let theme = Theme::of(ui);
    label(ui, "Real picture");
    if let Some(source) = &view.source {
        let full = source.to_string();
        let short = full.rsplit(['/', '\\']).next().unwrap_or(&full).to_owned();
        ui.add(egui::Label::new(theme.caption(short).color(theme.text)).truncate()).on_hover_text(full);
    }
    let choose = egui::Button::new(format!("{}  Another picture…", icon::FOLDER_OPEN));
    if view.real.is_some() && ui.add(choose.min_size(vec2(room(ui), theme::INPUT))).clicked() {
        send(out, MatchAct::Choose);
    }
    if let Some(frames) = &view.frames {
        let sets = std::slice::from_ref(&frames.set);
        let _only = choose_set(ui, "Real set", Some(&frames.set.name), sets, None);
        let ids: Vec<String> = frames.episodes.iter().map(|(id, _)| format!("episode {id}")).collect();
        let all: Vec<&str> = ids.iter().map(String::as_str).collect();
        let at = frames.episodes.iter().position(|(id, _)| *id == look.frame.0).unwrap_or(0);
        let now = ids.get(at).map_or("no episode", String::as_str);
        let mut taken = false;
        if let Some(chosen) = widgets::thing::choose(ui, "Episode", now, &all)
            && let Some((id, _)) = ids.iter().position(|id| *id == chosen).and_then(|at| frames.episodes.get(at))
        {
            (look.frame, taken) = ((*id, look.frame.1), true);
        }
        let cameras: Vec<&str> = frames.cameras.iter().map(String::as_str).collect();
        let mut camera = look.camera.clone().filter(|name| frames.cameras.contains(name));
        if let [first, _, ..] = cameras.as_slice()
            && let Some(chosen) = widgets::thing::choose(ui, "Camera", camera.as_deref().unwrap_or(first), &cameras)
        {
            (camera, taken) = (Some(chosen), true);
            look.camera.clone_from(&camera);
        }
        let Some((id, count)) = frames.episodes.get(at).copied() else { return };
        let last = count.saturating_sub(1);
        let frame = f64::from(look.frame.1.min(last));
        let scrub = Scrub { name: "Frame", unit: "", value: frame, range: [0.0, f64::from(last)], decimals: 0 };
        match row(ui, "Frame", &scrub) {
            Some(Scrubbed::Set(value, _)) => (look.frame, taken) = ((id, libm::round(value) as u32), true),
            Some(Scrubbed::Reset) => (look.frame, taken) = ((id, 0), true),
            None => {}
        }
        let show = egui::Button::new("Take this frame").min_size(vec2(room(ui), theme::INPUT));
        if ui.add(show).clicked() || taken {
            let id = if taken { look.frame.0 } else { id };
            send(out, MatchAct::Frame(frames.set.name.clone(), id, look.frame.1.min(last), camera));
        }
    }
    ui.add(egui::Label::new(theme.caption(&view.moment)).wrap());
}

/// A number behind its words.
fn row(ui: &mut Ui, words: &str, scrub: &Scrub<'_>) -> Option<Scrubbed> {
    let (rect, _) = ui.allocate_exact_size(vec2(room(ui), theme::ROW), Sense::hover());
    let split = rect.left() + 0.5 * rect.width();
    let theme = Theme::of(ui);
    widgets::cell(ui, rect.with_max_x(split), words, theme::sans(theme::size::SMALL), theme.weak);
    number::scrub(ui, Rect::from_min_max(pos2(split, rect.top()), rect.max), scrub)
}

/// A number of the tried camera: its words, its unit, how far a drag of 200 points goes, its decimals and its limits.
struct Line {
    words: &'static str,
    unit: &'static str,
    reach: f64,
    decimals: usize,
    limits: [f64; 2],
    get: fn(&mut Trial) -> &mut f64,
}

const NO_LIMIT: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];

/// Where it stands and looks.
const PLACE: [Line; 6] = [
    Line { words: "Eye x", unit: "m", reach: 1.0, decimals: 3, limits: [-100.0, 100.0], get: |one| &mut one.eye_m.x },
    Line { words: "Eye y", unit: "m", reach: 1.0, decimals: 3, limits: [-100.0, 100.0], get: |one| &mut one.eye_m.y },
    Line { words: "Eye z", unit: "m", reach: 1.0, decimals: 3, limits: [-100.0, 100.0], get: |one| &mut one.eye_m.z },
    Line { words: "Heading", unit: "deg", reach: 40.0, decimals: 2, limits: NO_LIMIT, get: |one| &mut one.heading_deg },
    Line {
        words: "Pitch",
        unit: "deg",
        reach: 40.0,
        decimals: 2,
        limits: [-90.0, 90.0],
        get: |one| &mut one.pitch_deg,
    },
    Line {
        words: "Roll",
        unit: "deg",
        reach: 40.0,
        decimals: 2,
        limits: [-180.0, 180.0],
        get: |one| &mut one.roll_deg,
    },
];

const VIEW: Line = Line {
    words: "Angle of view",
    unit: "deg",
    reach: 20.0,
    decimals: 2,
    limits: VIEW_DEG,
    get: |one| &mut one.view_deg,
};

/// How bright and which colour.
const LIGHT: [Line; 3] = [
    Line {
        words: "Brighter by",
        unit: "EV",
        reach: 4.0,
        decimals: 2,
        limits: [-MOST_EV, MOST_EV],
        get: |one| &mut one.ev,
    },
    Line { words: "Red ×", unit: "", reach: 1.0, decimals: 3, limits: [0.05, 20.0], get: |one| &mut one.gains[0] },
    Line { words: "Blue ×", unit: "", reach: 1.0, decimals: 3, limits: [0.05, 20.0], get: |one| &mut one.gains[2] },
];

fn line(ui: &mut Ui, line: &Line, (trial, own): (&Trial, &Trial), out: &mut Outbox) {
    let (mut new, mut plain) = (*trial, *own);
    let value = *(line.get)(&mut new);
    // The range moves along, so that a drag is as fine wherever the number stands.
    let range = [(value - line.reach).max(line.limits[0]), (value + line.reach).min(line.limits[1])];
    let scrub = Scrub { name: line.words, unit: line.unit, value, range, decimals: line.decimals };
    let (value, gesture) = match row(ui, line.words, &scrub) {
        Some(Scrubbed::Set(value, gesture)) => (value, gesture),
        Some(Scrubbed::Reset) => (*(line.get)(&mut plain), ui.ctx().cumulative_pass_nr()),
        None => return,
    };
    *(line.get)(&mut new) = value;
    let id = egui::Id::unique(line.words).value();
    send(out, MatchAct::Try(new, gesture.wrapping_mul(31).wrapping_add(id)));
}

fn numbers(ui: &mut Ui, view: &MatchView, trial: (&Trial, &Trial), out: &mut Outbox) {
    for one in &PLACE {
        line(ui, one, trial, out);
    }
    if view.is_calibrated {
        ui.add(egui::Label::new(Theme::of(ui).caption("The focal length is calibrated and stays")).wrap());
    } else {
        line(ui, &VIEW, trial, out);
    }
}

fn pairs(ui: &mut Ui, view: &MatchView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    for (at, pair) in view.pairs.iter().enumerate() {
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(room(ui) - 32.0, theme::ROW), Sense::hover());
            let words = format!("{}   {:.0}, {:.0}", at + 1, pair.pixel.x, pair.pixel.y);
            widgets::cell(ui, rect, &words, theme::mono(theme::size::SMALL), theme.text);
            let off =
                if pair.off_px.is_finite() { theme::with_unit(pair.off_px, 1, "px") } else { "not seen".to_owned() };
            widgets::cell_right(ui, rect, &off, theme::mono(theme::size::SMALL), theme.weak);
            if widgets::icon_button(ui, icon::X, &format!("Remove point {}", at + 1)).clicked() {
                send(out, MatchAct::Remove(at));
            }
        });
    }
    let adding = view.adding != Adding::No;
    let words = if adding { "Stop adding" } else { "Add a point" };
    let button = egui::Button::new(format!("{}  {words}", if adding { icon::X } else { icon::CROSSHAIR }));
    let can = view.real.is_some() && view.synthetic.is_some();
    if ui.add_enabled(can, button.min_size(vec2(room(ui), theme::INPUT))).clicked() {
        send(out, MatchAct::Add(!adding));
    }
    if adding && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        send(out, MatchAct::Add(false));
    }
    let button = egui::Button::new("Fit the pose").min_size(vec2(room(ui), theme::INPUT));
    let why = "Four points at least, not all on one line: six or more say how well the pose is known";
    if ui.add_enabled(view.pairs.len() >= 4, button).on_disabled_hover_text(why).clicked() {
        send(out, MatchAct::FitPose);
    }
}

fn light(ui: &mut Ui, view: &MatchView, trial: (&Trial, &Trial), out: &mut Outbox) {
    if let Some(why) = &view.no_light {
        ui.add(egui::Label::new(Theme::of(ui).caption(in_sentence_case(why))).wrap());
        return;
    }
    for one in &LIGHT {
        line(ui, one, trial, out);
    }
    let button = egui::Button::new("Fit exposure and balance").min_size(vec2(room(ui), theme::INPUT));
    let can = view.real.is_some() && view.busy.is_none();
    if ui.add_enabled(can, button).on_hover_text("From the parts of both pictures that agree").clicked() {
        send(out, MatchAct::FitLight);
    }
}
