//! The stage in the preview: the picture with what is drawn over it, and what the hand does: look round, push, move things.
//!
//! Left drag moves the flat picture, turns the free camera, or in a live run pushes what it begins on; with the middle button
//! it turns in any case, with shift it shifts. The wheel goes nearer, a double click frames what is under the pointer.

use eframe::egui::{self, CursorIcon, PointerButton, Pos2, Rect, Response, Ui, pos2, vec2};
use glam::DVec3;

use crate::app::{
    author::{Face, InspectorState},
    command::Command,
    icon,
    message::{Message, Outbox},
    panes::instrument::{self, Instrument},
    stage::{By, CloudView, Eye, Handle, StageAct, StageView, impulse_ns, labels::LabelLayer, live_keys, record},
    theme::{self, Theme},
    view::AuthorView,
    widgets::{
        self, clouds, gizmo, marks,
        picture::{self, ViewState},
    },
};
use crate::world::{Layer, Mark, Snapshot};

/// What a drag that has begun does.
#[derive(Clone)]
enum Held {
    /// Moves the flat picture.
    Picture,
    /// Turns the free camera.
    Turn,
    /// Shifts the free camera.
    Shift,
    /// Pushes a thing at a point of the world.
    Push(Handle, DVec3),
}

/// A shorter drag is no push, in points.
const NO_PUSH: f32 = 6.0;

/// The picture of the stage in `rect`.
pub fn stage(
    ui: &mut Ui,
    rect: Rect,
    (view, state): (&AuthorView, &mut ViewState),
    (inspector, instrument): (&mut InspectorState, &mut Instrument),
    out: &mut Outbox,
) {
    let stage = &view.stage;
    let (Some(snapshot), Some((_, size))) = (&stage.snapshot, view.preview.texture) else {
        picture::picture(ui, rect, &view.preview, state, out);
        return;
    };
    let all = rect;
    let (rect, _) = instrument::places(instrument, &stage.reading, all);
    if stage.free {
        // What the free camera sees fills the view: it goes nearer itself.
        state.fit();
    }
    let mut asked = Outbox::default();
    let response = picture::steered(ui, (rect, &view.preview), state, out, |ui, response, size, state| {
        let eye = Eye { camera: snapshot.camera, lens: stage.reading.lens(), area: state.rect_in(rect, size) };
        if !hand(ui, response, (stage, snapshot, &eye), &mut asked) {
            picture::steer(ui, response, (rect, size), None, state);
        }
    });
    out.messages.append(&mut asked.messages);
    let other = instrument::second(ui, all, (&stage.reading, size), (instrument, state), out);
    let eye = Eye { camera: snapshot.camera, lens: stage.reading.lens(), area: state.rect_in(rect, size) };
    let painter = ui.painter_at(rect);
    let shown: Vec<&Mark> = stage.marks.iter().filter(|mark| stage.layers.contains(&mark.layer)).collect();
    if let Some(view) = &stage.clouds {
        clouds::paint(ui, &painter, &eye, (view, response.hover_pos()));
    }
    marks::paint(&painter, &Theme::of(ui), &eye, (&shown, response.hover_pos()));
    push(ui, &response, (stage, &eye), rect, out);
    point(&response, (snapshot, &eye), out);
    if let Some(inspected) = &view.inspected {
        select(&response, (snapshot, &eye), inspected, inspector);
        gizmo::gizmo(ui, (rect, &eye), (stage, snapshot), (inspected, inspector), out);
    }
    instrument::over(ui, all, (view, &snapshot.camera), (instrument, state), (&response, other.as_ref()), out);
    bar(ui, all, (view, instrument), out);
}

/// Whether the hand did something to the stage, so that the flat picture stays as it is.
fn hand(ui: &Ui, response: &Response, (stage, snapshot, eye): (&StageView, &Snapshot, &Eye), out: &mut Outbox) -> bool {
    let id = response.id.with("held");
    if response.drag_started() {
        let held = begun(ui, response, (stage, snapshot, eye));
        if matches!(held, Held::Push(..)) {
            out.send(Message::Stage(StageAct::Aim(true)));
        }
        ui.data_mut(|data| data.insert_temp(id, held));
    }
    let held = if response.dragged() { ui.data(|data| data.get_temp::<Held>(id)) } else { None };
    let by = response.drag_delta() / eye.area.height().max(1.0);
    match held {
        Some(Held::Turn) => out.send(Message::Stage(StageAct::Turn(by.into()))),
        Some(Held::Shift) => out.send(Message::Stage(StageAct::Shift(by.into()))),
        Some(Held::Push(..)) => {}
        None if stage.free => look(ui, response, (snapshot, eye), out),
        Some(Held::Picture) | None => return false,
    }
    true
}

/// What a drag does that begins now.
fn begun(ui: &Ui, response: &Response, (stage, snapshot, eye): (&StageView, &Snapshot, &Eye)) -> Held {
    let shift = ui.input(|input| input.modifiers.shift);
    let middle = response.dragged_by(PointerButton::Middle);
    let right = response.dragged_by(PointerButton::Secondary);
    if (middle || stage.free) && (shift || right) {
        return Held::Shift;
    }
    if middle {
        return Held::Turn;
    }
    let from = ui.input(|input| input.pointer.press_origin());
    if let Some((handle, at)) = from.filter(|_| stage.live.is_some()).and_then(|at| pushable(stage, snapshot, eye, at))
    {
        return Held::Push(handle, at);
    }
    if stage.free { Held::Turn } else { Held::Picture }
}

/// The thing under `at` that can be pushed, and where in the world it is struck.
fn pushable(stage: &StageView, snapshot: &Snapshot, eye: &Eye, at: Pos2) -> Option<(Handle, DVec3)> {
    let (from, along) = eye.ray(at);
    let (body, distance_m) = snapshot.struck(from, along)?;
    let name = &snapshot.bodies.get(body)?.name;
    let handle = stage.handles.iter().find(|handle| handle.thing == **name)?;
    Some((handle.clone(), from + along * distance_m))
}

/// Wheel and double click of the free camera.
fn look(ui: &Ui, response: &Response, (snapshot, eye): (&Snapshot, &Eye), out: &mut Outbox) {
    let Some(at) = response.hover_pos() else { return };
    let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
    let factor = pinch * (wheel / 240.0).exp2();
    if (factor - 1.0).abs() > f32::EPSILON {
        out.send(Message::Stage(StageAct::Near(factor)));
    }
    let (from, along) = eye.ray(at);
    if response.double_clicked()
        && let Some((body, distance_m)) = snapshot.struck(from, along)
    {
        let reach_m = snapshot.bodies.get(body).map_or(0.5, |body| reach_m(&body.shape));
        // Large things (floors, walls) are gone to where they were clicked.
        let away_m = if reach_m > 2.0 { 0.5 * distance_m } else { 4.0 * reach_m };
        let target = match snapshot.bodies.get(body) {
            Some(body) if reach_m <= 2.0 => body.pose.position,
            _ => from + along * distance_m,
        };
        out.send(Message::Stage(StageAct::Frame(target, away_m)));
    }
}

/// How far a shape reaches from its middle, in metres.
fn reach_m(shape: &crate::world::Shape) -> f64 {
    use crate::world::Shape;
    match shape {
        Shape::Box { half, .. } => half.length(),
        Shape::Sphere { radius } => *radius,
        Shape::Cylinder { radius, half_height, .. } | Shape::Capsule { radius, half_height } => radius + half_height,
        Shape::Cone { bottom, top, half_height } => bottom.max(*top) + half_height,
        Shape::Mesh(mesh) => mesh.half_extents_m().length(),
    }
}

/// A push that is aimed: its arrow and its number; when the hand lets go, the push. A drag that ends otherwise (Escape, another
/// window) pushes nothing.
fn push(ui: &Ui, response: &Response, (stage, eye): (&StageView, &Eye), rect: Rect, out: &mut Outbox) {
    let id = response.id.with("held");
    let Some(Held::Push(handle, struck)) = ui.data(|data| data.get_temp::<Held>(id)) else {
        let over = response.hover_pos().filter(|_| stage.live.is_some());
        let thing = over.zip(stage.snapshot.as_ref()).and_then(|(at, seen)| pushable(stage, seen, eye, at));
        if thing.is_some() {
            ui.set_cursor_icon(CursorIcon::Grab);
        }
        return;
    };
    if !response.dragged() && !response.drag_stopped() {
        // The pane was not drawn while the hand let go.
        ui.data_mut(|data| data.remove::<Held>(id));
        out.send(Message::Stage(StageAct::Aim(false)));
        return;
    }
    let (Some(from), Some(to)) = (eye.screen(struck), response.interact_pointer_pos()) else { return };
    let drag = to - from;
    let strength = impulse_ns(handle.mass_kg, f64::from(drag.length() / eye.area.height().max(1.0)));
    let along = eye.across(drag);
    // No axis may be pushed harder than events may push it.
    let strength = strength.min(record::WITHIN * stage.strongest_ns / along.abs().max_element().max(1e-9));
    let painter = ui.painter_at(rect);
    if drag.length() >= NO_PUSH {
        marks::arrow(&painter, from, drag, theme::WHITE);
        let on = if handle.pose.is_none() { "torso of " } else { "" };
        let said = format!("{}  on {on}{}", theme::shown(strength, "N s"), handle.thing.replace('_', " "));
        marks::number(&painter, to, &said);
    }
    if response.drag_stopped() {
        ui.data_mut(|data| data.remove::<Held>(id));
        let let_go = ui.input(|input| input.pointer.any_released());
        if drag.length() >= NO_PUSH && let_go {
            let at = handle.pose.map(|pose| pose.inverse().point(struck));
            out.send(Message::Stage(StageAct::Act(record::push(&handle.thing, at, along * strength))));
        }
        out.send(Message::Stage(StageAct::Aim(false)));
    }
}

/// What is to appear by its key appears where the pointer is, if it is over the picture and over something.
fn point(response: &Response, (snapshot, eye): (&Snapshot, &Eye), out: &mut Outbox) {
    let Some(at) = response.hover_pos() else { return };
    for message in &mut out.messages {
        if let Message::Stage(StageAct::Appear(_, place @ None)) = message {
            let (from, along) = eye.ray(at);
            *place = snapshot.struck(from, along).map(|(_, away_m)| from + along * away_m);
        }
    }
}

/// A click on a thing that handles can move opens it in the inspector.
fn select(
    response: &Response,
    (snapshot, eye): (&Snapshot, &Eye),
    inspected: &crate::app::author::Inspected,
    inspector: &mut InspectorState,
) {
    let Some(at) = response.interact_pointer_pos().filter(|_| response.clicked()) else { return };
    let (from, along) = eye.ray(at);
    let Some(body) = snapshot.struck(from, along).and_then(|(body, _)| snapshot.bodies.get(body)) else { return };
    let own = inspected.family.entities.iter().find(|entity| entity.name == *body.name).map(|own| own.name.as_str());
    let placed = || gizmo::held(&inspected.family.stage, snapshot).find(|placed| placed.is_called(&body.name));
    if let Some(name) = own.or_else(|| placed().map(|placed| placed.thing)) {
        (inspector.face, inspector.entity) = (Face::Scene, Some(name.to_owned()));
    }
}

/// Which camera looks, what is drawn, what is plotted, and the live run: at the upper right of the picture.
fn bar(ui: &mut Ui, rect: Rect, (view, instrument): (&AuthorView, &Instrument), out: &mut Outbox) {
    let stage = &view.stage;
    let theme = Theme::of(ui);
    // Signs alone where words find no room beside the picture's badge and channel: how much they take is known once they
    // were drawn.
    let words = ui.scope_id().with(("bar", stage.through_sensor.is_some()));
    let room = rect.right() - 16.0 - picture::labels_end(ui.painter(), rect, &view.preview);
    let narrow = ui.data(|data| data.get_temp::<f32>(words)).is_some_and(|width| width > room);
    let place = Rect::from_min_max(pos2(rect.left() + 160.0, rect.top() + 6.0), rect.right_top() + vec2(-8.0, 34.0));
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let drawn = ui.scope_builder(egui::UiBuilder::new().max_rect(place).layout(layout), |ui| {
        let bar = egui::Frame::new().fill(theme.panel).corner_radius(theme::CORNER).show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let mut toggle = |ui: &mut Ui, on: bool, icon: &str, command: Command| {
                let label = command.info().label;
                let text = if narrow { icon.to_owned() } else { format!("{icon}  {label}") };
                let response = widgets::choice(ui, on, &text);
                widgets::named(&response, egui::accesskit::Role::Button, label);
                let keys = command.keys_text();
                if response.on_hover_text(format!("{} ({keys})", command.info().tooltip)).clicked() {
                    out.command(command);
                }
            };
            toggle(ui, stage.live.is_some(), icon::LIGHTNING, Command::LiveRun);
            toggle(ui, stage.free, icon::VIDEO_CAMERA, Command::FreeCamera);
            if let Some(on) = stage.through_sensor {
                toggle(ui, on, icon::CIRCLE_HALF, Command::ThroughSensor);
            }
            toggle(ui, instrument.split.is_some(), icon::SPLIT_HORIZONTAL, Command::SplitView);
            toggle(ui, instrument.probe, icon::CROSSHAIR, Command::Probe);
            layers(ui, stage, out);
            plotted(ui, stage, out);
        });
        bar.response.rect.width()
    });
    if !narrow {
        ui.data_mut(|data| data.insert_temp(words, drawn.inner));
        if drawn.inner > room {
            ui.ctx().request_discard("the bar's words found no room");
        }
    }
    if let Some(deeds) = &stage.live {
        live(ui, rect, (view, deeds), out);
    }
}

/// A menu that stays while things in it are chosen.
fn menu(ui: &mut Ui, text: egui::RichText, content: impl FnOnce(&mut Ui)) {
    let stays = egui::containers::menu::MenuConfig::new().close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    egui::containers::menu::MenuButton::new(text).config(stays).ui(ui, content);
}

/// About as high as the list of all overlays is, in points.
const LIST: f32 = 600.0;

fn layers(ui: &mut Ui, stage: &StageView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    // In a low window the list scrolls.
    let room = (ui.ctx().content_rect().height() - 160.0).max(160.0);
    menu(ui, theme.caption(format!("{}  Overlays", icon::EYE)), |ui| {
        if room < LIST {
            ui.set_max_height(room);
            egui::ScrollArea::vertical().max_height(room).show(ui, |ui| overlays(ui, stage, out));
        } else {
            overlays(ui, stage, out);
        }
    });
}

fn overlays(ui: &mut Ui, stage: &StageView, out: &mut Outbox) {
    for (layer, words) in Layer::ALL {
        let mut on = stage.layers.contains(&layer);
        if ui.checkbox(&mut on, words).changed() {
            out.send(Message::Stage(StageAct::Show(layer, on)));
        }
    }
    widgets::heading(ui, "Labels, as they are written");
    for (layer, words) in LabelLayer::ALL {
        let mut on = stage.reading.layers.contains(&layer);
        if ui.checkbox(&mut on, words).changed() {
            out.send(Message::Stage(StageAct::Label(layer, on)));
        }
    }
    if let Some(view) = &stage.clouds {
        swept(ui, view, out);
    }
}

/// What lidars and radars met, and what its colours tell.
fn swept(ui: &mut Ui, view: &CloudView, out: &mut Outbox) {
    let info = Command::Sweeps.info();
    widgets::heading(ui, "Sensors");
    let mut on = view.on;
    let tip = format!("{} ({})", info.tooltip, Command::Sweeps.keys_text());
    if ui.checkbox(&mut on, info.label).on_hover_text(tip).changed() {
        out.send(Message::Stage(StageAct::Clouds(on)));
    }
    ui.add_enabled_ui(view.on, |ui| {
        for (by, words) in By::ALL {
            if ui.radio(view.by == by, words).clicked() {
                out.send(Message::Stage(StageAct::CloudsBy(by)));
            }
        }
    });
}

fn plotted(ui: &mut Ui, stage: &StageView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    menu(ui, theme.caption(format!("{}  Signals", icon::CHART_SCATTER)), |ui| {
        egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for (name, unit) in &*stage.signals {
                let mut on = stage.plots.iter().any(|plot| plot.name == *name);
                let words = if unit.is_empty() { name.clone() } else { format!("{name}  ({unit})") };
                if ui.checkbox(&mut on, words).changed() {
                    out.send(Message::Stage(StageAct::Plot(name.clone(), on)));
                }
            }
        });
    });
}

/// What a thing that appears does.
const APPEARS: &str = "Let one appear and fall: by its key under the pointer, by a click in the middle of the picture";

/// What was done in the live run, the keys of the events, and what can be made of it.
fn live(ui: &mut Ui, rect: Rect, (view, deeds): (&AuthorView, &[(f64, String)]), out: &mut Outbox) {
    let theme = Theme::of(ui);
    let place = Rect::from_min_max(pos2(rect.right() - 248.0, rect.top() + 40.0), rect.max - vec2(8.0, 40.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| {
        egui::Frame::new().fill(theme.panel).corner_radius(theme::CORNER).inner_margin(8).show(ui, |ui| {
            ui.set_width(ui.available_width());
            for (number, (words, act)) in live_keys(view.inspected.as_ref()).into_iter().enumerate() {
                let told = if matches!(act, StageAct::Appear(..)) { APPEARS } else { "Let it begin now" };
                if widgets::choice(ui, false, &format!("{}  {words}", number + 1)).on_hover_text(told).clicked() {
                    out.send(Message::Stage(act));
                }
            }
            if deeds.is_empty() {
                ui.label(theme.quiet("Drag a thing to push it"));
            }
            for (at_s, words) in deeds.iter().rev().take(6).rev() {
                ui.label(theme.caption(format!("{}  {words}", theme::with_unit(*at_s, 2, "s"))).color(theme.text));
            }
            if !deeds.is_empty() {
                ui.horizontal_wrapped(|ui| {
                    for command in [Command::RecordFamily, Command::TakeBackDeed] {
                        widgets::command_button(ui, command, out);
                    }
                });
            }
        });
    });
}
