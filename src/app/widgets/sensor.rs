//! The camera beside its pose: its parts, each with a switch and the numbers that it has, and a real camera's calibration.

use eframe::egui::{self, Sense, Ui, pos2, vec2};

use super::thing::{self, Label, send};
use super::{cell, cut};
use crate::app::{
    author::{
        Change, Inspected,
        sensor::{self, PARTS, TONES},
        typed,
    },
    command::Command,
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
};
use crate::base::text::in_sentence_case;
use crate::family::sensor_model::{Allowed, GAMMA, SensorModel, Tone, words_of};
use crate::family::{Bound, CameraSpec};

/// Draws the sensor of the inspected family.
pub fn sensor(ui: &mut Ui, inspected: &Inspected, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.label(theme.body("Sensor"));
        if inspected.inherited.as_ref().is_some_and(|inherited| inherited.own("camera", "sensor").is_some()) {
            thing::own(ui, inspected, ("camera", "sensor"), out);
        }
    });
    let words = "Lens, exposure, noise and coding of generated pictures; without any the camera is ideal";
    ui.add(egui::Label::new(theme.caption(words)).wrap());
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        let button = |words: &str| egui::Button::new(words.to_owned()).min_size(vec2(0.0, theme::INPUT));
        let take = ui.add(button(&format!("{}  Take in a calibration…", icon::FOLDER_OPEN)));
        if take
            .on_hover_text("OpenCV YAML, ROS camera_info or LeRobot's info.json; dropped on the window too")
            .clicked()
        {
            out.send(Message::PickCalibration);
        }
        let info = Command::MatchCamera.info();
        if ui.add(button(&format!("{}  {}", info.icon, info.label))).on_hover_text(info.tooltip).clicked() {
            out.command(Command::MatchCamera);
        }
    });
    let camera = &inspected.family.camera;
    let none = SensorModel::<Bound>::default();
    let model = camera.sensor.as_deref().unwrap_or(&none);
    for (name, words, about) in PARTS {
        part(ui, inspected, (model, name), (words, about), out);
        if name == "balance" {
            tone(ui, inspected, model, out);
        }
    }
}

fn put(out: &mut Outbox, camera: CameraSpec, gesture: Option<u64>) {
    send(out, Change::SetCamera(Box::new(camera)), gesture);
}

/// A part with its switch; its numbers while it is on.
fn part(
    ui: &mut Ui,
    inspected: &Inspected,
    (model, name): (&SensorModel, &str),
    (words, about): (&str, &str),
    out: &mut Outbox,
) {
    let camera = &inspected.family.camera;
    ui.add_space(6.0);
    let mut on = model.has(name);
    if ui.checkbox(&mut on, words).on_hover_text(about).changed() {
        let shown = |bound: &Bound| bound.shown(&inspected.values);
        put(out, sensor::switched(camera, name, on, shown), None);
    }
    let prefix = format!("{name}.");
    let mut plain = SensorModel::<Bound>::default();
    plain.switch(name, true);
    let defaults: Vec<f64> =
        plain.numbers().into_iter().map(|(.., number)| number.shown(&inspected.values).unwrap_or(0.0)).collect();
    let own = model.numbers().into_iter().enumerate().filter(|(_, (path, ..))| path.starts_with(&prefix));
    for ((at, (path, allowed, bound)), default) in own.zip(defaults) {
        number(ui, inspected, (at, &path, &allowed), (bound, default), out);
    }
    thing::told(ui, inspected, &format!("camera.sensor.{name}"));
}

/// A number of a part: what it is and its range above, the field below. An empty field has the default.
fn number(
    ui: &mut Ui,
    inspected: &Inspected,
    (at, path, allowed): (usize, &str, &Allowed),
    (bound, default): (&Bound, f64),
    out: &mut Outbox,
) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let words = in_sentence_case(allowed.what.trim_start_matches("the "));
    let range = cut(ui, &sensor::range(allowed), theme::mono(10.0), theme.faint, 0.45 * rect.width());
    let room = rect.with_max_x(rect.right() - range.size().x - 8.0);
    cell(ui, room, &words, theme::sans(theme::size::SMALL), theme.weak);
    let place = pos2(rect.right() - range.size().x, rect.center().y - 0.5 * range.size().y);
    ui.painter().galley(place, range, theme.faint);
    let _ = response.on_hover_text(&words);
    let camera = &inspected.family.camera;
    let choices = words_of(path);
    // What stands for one of a few things is chosen by its word; the field below takes an expression.
    if let (Bound::Number(now), false) = (bound, choices.is_empty()) {
        let now = choices.get(now.round() as usize).copied().unwrap_or_default();
        let chosen = thing::choose(ui, &format!("{words} by name"), now, choices);
        if let Some(chosen) = chosen.and_then(|chosen| choices.iter().position(|word| **word == *chosen)) {
            put(out, sensor::numbered(camera, at, &Bound::Number(chosen as f64)), None);
        }
    }
    let is_default = *bound == Bound::Number(default);
    let text = if is_default { String::new() } else { typed::written(bound) };
    let hint = typed::plain(default);
    let label = Label { name: path, words: "", unit: allowed.unit, hint: &hint };
    let read = |text: &str| match text.trim() {
        "" => Ok(Bound::Number(default)),
        text => sensor::read(text, allowed, &inspected.scope),
    };
    if let Some((new, gesture)) = thing::wide(ui, &label, &text, read) {
        put(out, sensor::numbered(camera, at, &new), Some(gesture));
    }
}

/// The tone curve, and what it has of numbers.
fn tone(ui: &mut Ui, inspected: &Inspected, model: &SensorModel, out: &mut Outbox) {
    let camera = &inspected.family.camera;
    ui.add_space(6.0);
    let now = TONES.get(sensor::tone_at(&model.tone)).copied().unwrap_or_default();
    if let Some(chosen) = thing::choice(ui, ("Tone curve", "Tone curve"), now, &TONES)
        && let Some(at) = TONES.iter().position(|word| *word == chosen)
    {
        put(out, sensor::toned(camera, at), None);
    }
    match &model.tone {
        Tone::Gamma(gamma) => {
            let label = Label { name: "Gamma", words: "Gamma", unit: "", hint: "2.2" };
            let read = |text: &str| sensor::read(text, &GAMMA, &inspected.scope);
            if let Some((gamma, gesture)) = thing::typed(ui, &label, (&typed::written(gamma), false), read) {
                put(out, sensor::with_tone(camera, Tone::Gamma(gamma)), Some(gesture));
            }
        }
        Tone::Points(points) => {
            let label = Label { name: "Points of the tone curve", words: "", unit: "", hint: "0:0, 0.18:0.46, 1:1" };
            let read = |text: &str| sensor::points(text, &inspected.scope);
            if let Some((points, gesture)) = thing::wide(ui, &label, &sensor::points_text(points), read) {
                put(out, sensor::with_tone(camera, Tone::Points(points)), Some(gesture));
            }
        }
        Tone::Renderer | Tone::Linear | Tone::Srgb => {}
    }
    thing::told(ui, inspected, "camera.sensor.tone");
}
