//! What the stage, the things beside it, its camera and its clock are set to: a number with a unit, or an expression over the draw, for each slot.

use eframe::egui::Ui;

use super::thing::{self, LABEL, Label, send};
use super::{cell, cut};
use crate::app::{
    author::{Change, Fault, Inspected, InspectorState, typed},
    icon,
    message::Outbox,
    theme::{self, Theme},
};
use crate::family::validate::{HIGHEST_FRAME_RATE_HZ, LONGEST_DURATION_S, PICTURE_SIDE_PX};
use crate::family::{Bound, CameraSpec, Clock};
use crate::world::{self, Slot};

/// Draws the scene of the inspected family.
pub fn scene(ui: &mut Ui, inspected: &Inspected, state: &mut InspectorState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.label(theme.body(format!("Stage {}", inspected.family.stage)));
    ui.add(eframe::egui::Label::new(theme.caption("An empty slot keeps the stage's default, which it shows")).wrap());
    thing::told(ui, inspected, "stage");
    let slots = world::slots(&inspected.family.stage);
    let opened = state.entity.as_deref();
    for slot in slots {
        // A thing of the stage is said by the first of its slots.
        let placed = world::placed(&inspected.family.stage).iter();
        let says = |placed: &&world::Placed| placed.along.into_iter().flatten().next() == Some(slot.name);
        if let Some(placed) = placed.clone().find(says) {
            thing::follow(ui, opened, placed.thing);
        }
        self::slot(ui, inspected, slot, out);
    }
    let unknown = inspected.family.scene.keys().filter(|name| !slots.iter().any(|slot| slot.name == **name));
    for name in unknown {
        ui.horizontal(|ui| {
            ui.label(theme.body(name));
            if super::icon_button(ui, icon::X, &format!("Remove {name}")).clicked() {
                send(out, Change::SetSlot(name.clone(), None), None);
            }
        });
        thing::told(ui, inspected, &format!("scene.{name}"));
    }
    super::entities::entities(ui, inspected, state, out);
    camera(ui, inspected, out);
    clock(ui, inspected, out);
}

fn slot(ui: &mut Ui, inspected: &Inspected, slot: &Slot, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let bound = inspected.family.scene.get(slot.name);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let room = ui.available_width() - if inspected.inherited.is_some() { theme::ROW } else { 0.0 };
        let (rect, response) = ui.allocate_exact_size(eframe::egui::vec2(room, 18.0), eframe::egui::Sense::hover());
        // The unit stands behind the field.
        let words = slot.name.trim_end_matches(&format!("_{}", slot.unit.replace('/', "_"))).replace('_', " ");
        // What a variant merely inherits is quieter than what it says itself.
        let inherited = inspected.inherited.as_ref().is_some_and(|one| one.own("scene", slot.name).is_none());
        let ink = if inherited { theme.weak } else { theme.text };
        let end = cell(ui, rect, &words, theme::sans(theme::size::SMALL), ink);
        let range = format!("{} to {} {}", typed::plain(slot.low), typed::plain(slot.high), slot.unit);
        let range = cut(ui, range.trim_end(), theme::mono(10.0), theme.weak, (rect.right() - end - 8.0).max(1.0));
        let at = eframe::egui::pos2(rect.right() - range.size().x, rect.center().y - 0.5 * range.size().y);
        ui.painter().galley(at, range, theme.weak);
        let _ = response.on_hover_text(slot.about);
        thing::own(ui, inspected, ("scene", slot.name), out);
    });
    let text = bound.map_or_else(String::new, typed::written);
    let hint = typed::plain(slot.default);
    let label = Label { name: slot.name, words: "", unit: slot.unit, hint: &hint };
    let read = |text: &str| match text.trim() {
        "" => Ok(None),
        text => typed::bound(text, slot.unit, &inspected.scope).map(Some),
    };
    if let Some((new, gesture)) = thing::wide(ui, &label, &text, read) {
        send(out, Change::SetSlot(slot.name.to_owned(), new), Some(gesture));
    }
    thing::told(ui, inspected, &format!("scene.{}", slot.name));
}

/// A heading whose parts can each go back to the base.
fn heading(ui: &mut Ui, inspected: &Inspected, (words, list): (&str, &'static str), keys: &[&str], out: &mut Outbox) {
    ui.add_space(20.0);
    ui.horizontal(|ui| {
        ui.label(Theme::of(ui).body(words));
        let own =
            |key: &&&str| inspected.inherited.as_ref().is_some_and(|inherited| inherited.own(list, key).is_some());
        for key in keys.iter().filter(own) {
            thing::own(ui, inspected, (list, key), out);
        }
    });
}

/// Where a number of the camera stands.
type PlaceOf = fn(&mut CameraSpec) -> &mut Bound;

fn camera(ui: &mut Ui, inspected: &Inspected, out: &mut Outbox) {
    let camera = &inspected.family.camera;
    let keys = ["width_px", "height_px", "vertical_fov_deg", "eye_m", "target_m", "on", "roll_deg", "exposure_ev"];
    heading(ui, inspected, ("Camera", "camera"), &keys, out);
    let mut put = |change: &dyn Fn(&mut CameraSpec), gesture: u64| {
        let mut new = camera.clone();
        change(&mut new);
        send(out, Change::SetCamera(Box::new(new)), Some(gesture));
    };
    for (at, (words, side)) in [("Width", camera.width_px), ("Height", camera.height_px)].into_iter().enumerate() {
        let label = Label { name: &format!("Picture {}", words.to_lowercase()), words, unit: "px", hint: "" };
        let read = |text: &str| typed::whole(text, *PICTURE_SIDE_PX.start(), *PICTURE_SIDE_PX.end());
        if let Some((side, gesture)) = thing::typed(ui, &label, (&side.to_string(), false), read) {
            put(&|new| *(if at == 0 { &mut new.width_px } else { &mut new.height_px }) = side, gesture);
        }
    }
    let numbers: [(&str, &str, &Bound, PlaceOf); 3] = [
        ("Angle of view", "deg", &camera.vertical_fov_deg, |camera| &mut camera.vertical_fov_deg),
        ("Roll", "deg", &camera.roll_deg, |camera| &mut camera.roll_deg),
        ("Exposure", "EV", &camera.exposure_ev, |camera| &mut camera.exposure_ev),
    ];
    for (words, unit, bound, place) in numbers {
        let label = Label { name: words, words, unit, hint: "a number, or an expression" };
        if let Some((bound, gesture)) = thing::bound(ui, &label, bound, &inspected.scope) {
            put(&|new| *place(new) = bound.clone(), gesture);
        }
    }
    for (at, (name, vector)) in [("Eye", &camera.eye_m), ("Looks at", &camera.target_m)].into_iter().enumerate() {
        for (axis, (letter, bound)) in ["x", "y", "z"].iter().zip(vector).enumerate() {
            let words = format!("{name} {letter}");
            let label = Label { name: &words, words: &words, unit: "m", hint: "a number, or an expression" };
            if let Some((bound, gesture)) = thing::bound(ui, &label, bound, &inspected.scope) {
                let set = |new: &mut CameraSpec| {
                    let all = if at == 0 { &mut new.eye_m } else { &mut new.target_m };
                    if let Some(slot) = all.get_mut(axis) {
                        slot.clone_from(&bound);
                    }
                };
                put(&set, gesture);
            }
        }
    }
    thing::told_where(ui, inspected, "camera.", |part| !part.starts_with("sensor"));
}

fn clock(ui: &mut Ui, inspected: &Inspected, out: &mut Outbox) {
    let clock = inspected.family.clock;
    heading(ui, inspected, ("Clock", "clock"), &["duration_s", "frame_rate_hz"], out);
    let positive = |most: f64, unit: &'static str| {
        move |text: &str| match typed::number(text, unit)? {
            number if number > 0.0 && number <= most => Ok(number),
            _ => Err(Fault::whole(format!("choose above 0 and at most {most} {unit}"))),
        }
    };
    let label = Label { name: "Length", words: "Length", unit: "s", hint: "" };
    let read = positive(LONGEST_DURATION_S, "s");
    if let Some((duration_s, gesture)) = thing::typed(ui, &label, (&typed::plain(clock.duration_s), false), read) {
        send(out, Change::SetClock(Clock { duration_s, ..clock }), Some(gesture));
    }
    let label = Label { name: "Frame rate", words: "Frame rate", unit: "Hz", hint: "" };
    let read = positive(HIGHEST_FRAME_RATE_HZ, "Hz");
    if let Some((frame_rate_hz, gesture)) = thing::typed(ui, &label, (&typed::plain(clock.frame_rate_hz), false), read)
    {
        send(out, Change::SetClock(Clock { frame_rate_hz, ..clock }), Some(gesture));
    }
    ui.horizontal(|ui| {
        ui.add_space(LABEL);
        ui.label(Theme::of(ui).caption(format!("{} recorded states", clock.n_frames())));
    });
    thing::told(ui, inspected, "clock.");
}
