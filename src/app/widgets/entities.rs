//! The things that a family adds to its scene: a list, and of the opened one everything that can be said about it.

use eframe::egui::{self, Ui, accesskit::Role};

use super::field;
use super::thing::{self, Act, Head, Label, send};
use crate::app::{
    author::{Change, Fault, Inspected, InspectorState, check_entity_name, free},
    command::Command,
    icon,
    message::{Message, Outbox},
    theme::Theme,
};
use crate::family::{Bound, Entity, Finish, Form, RigJoint};
use crate::world;

/// The kinds of shape by their words.
const FORMS: [&str; 9] = ["Box", "Sphere", "Cylinder", "Capsule", "Cone", "Model", "Rig", "Lamp", "Dome"];
/// Whether it moves.
const MOVES: [&str; 2] = ["Stands still", "Moves"];
/// How a rig stands.
const STANDS: [&str; 2] = ["Fixed", "Free"];

/// Draws the things of the inspected family.
pub fn entities(ui: &mut Ui, inspected: &Inspected, state: &mut InspectorState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let family = &inspected.family;
    ui.add_space(20.0);
    ui.label(theme.body("Things of your own"));
    let told = "Beside the stage's: events act on them, measures read what is recorded of them";
    ui.add(egui::Label::new(theme.caption(told)).wrap());
    for (at, entity) in family.entities.iter().enumerate() {
        ui.push_id(("entity", at), |ui| one(ui, inspected, (at, entity), state, out));
    }
    if thing::add(ui, "Add thing") {
        let name = free("thing", |name| check_entity_name(family, name).is_ok());
        let [low, high] = world::footprint(&family.stage).unwrap_or([[0.0, -0.5], [1.0, 0.5]]);
        // A tenth of what there is to stand on, above its middle, so that it touches nothing and falls into place.
        let side = crate::app::author::nice(0.1 * (high[0] - low[0]).min(high[1] - low[1]), 1.0);
        let at =
            [0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1]), 5.0 * side].map(|x| crate::app::author::nice(x, 1.0));
        let shape = Form::Box { size_m: [side; 3].map(Bound::Number) };
        let new = Entity { mass_kg: Some(Bound::Number(0.5)), ..Entity::new(&name, shape, at) };
        send(out, Change::PutEntity(family.entities.len(), Box::new(new)), None);
        state.entity = Some(name);
    }
}

fn one(
    ui: &mut Ui,
    inspected: &Inspected,
    (at, entity): (usize, &Entity),
    state: &mut InspectorState,
    out: &mut Outbox,
) {
    let name = entity.name.as_str();
    let put = |new: Entity| Change::PutEntity(at, Box::new(new));
    thing::follow(ui, state.entity.as_deref(), name);
    let head = Head { list: "entities", noun: "Thing", name, value: "" };
    match thing::head(ui, inspected, &head, |text| check_entity_name(&inspected.family, text), out) {
        Some(Act::Rename(wrote)) => {
            if state.entity.as_deref() == Some(name) {
                state.entity = Some(wrote.text.clone());
            }
            send(out, put(Entity { name: wrote.text, ..entity.clone() }), Some(wrote.gesture));
        }
        Some(Act::Remove) => send(out, Change::RemoveEntity(at), None),
        None => {}
    }
    let open = state.entity.as_deref() == Some(name);
    let moves = match &entity.shape {
        Form::Rig { fixed: true, .. } => "fixed",
        Form::Rig { fixed: false, .. } => "free",
        Form::Dome { .. } => "all round",
        _ if entity.mass_kg.is_some() => "moves",
        _ => "stands still",
    };
    let sign = if open { icon::MINUS } else { icon::PLUS };
    let words = format!("{sign} {}, {moves}", word_of(&entity.shape));
    let response = ui.add(egui::Button::new(Theme::of(ui).caption(words)).frame_when_inactive(false));
    super::named(&response, Role::Button, &format!("{} {name}", if open { "Fold" } else { "Show" }));
    if response.clicked() {
        state.entity = (!open).then(|| name.to_owned());
    }
    if open && let Some((new, gesture)) = sheet(ui, inspected, (at, entity), out) {
        send(out, put(new), gesture);
    }
    // What is wrong with its file stands at the field where that is shown.
    let of_file = if open { OF_FILE } else { "nothing" };
    thing::told_but(ui, inspected, &format!("entities[{at}]"), of_file);
}

/// The part that findings on a file are about.
const OF_FILE: &str = "shape.file";

fn word_of(form: &Form) -> &'static str {
    let at = match form {
        Form::Box { .. } => 0,
        Form::Sphere { .. } => 1,
        Form::Cylinder { .. } => 2,
        Form::Capsule { .. } => 3,
        Form::Cone { .. } => 4,
        Form::Model { .. } => 5,
        Form::Rig { .. } => 6,
        Form::Lamp { .. } => 7,
        Form::Dome { .. } => 8,
    };
    FORMS.get(at).copied().unwrap_or_default()
}

/// A shape of the kind with this word that is about as large as `form` is.
fn like(word: &str, form: &Form) -> Form {
    let [wide, high] = match form {
        Form::Box { size_m: [x, _, z] } => [half(x), z.clone()],
        Form::Sphere { radius_m } | Form::Lamp { radius_m, .. } => [radius_m.clone(), double(radius_m)],
        Form::Cylinder { radius_m, height_m } | Form::Capsule { radius_m, height_m } => {
            [radius_m.clone(), height_m.clone()]
        }
        Form::Cone { bottom_m, height_m, .. } => [bottom_m.clone(), height_m.clone()],
        Form::Model { .. } | Form::Rig { .. } | Form::Dome { .. } => [0.1, 0.2].map(Bound::Number),
    };
    match word {
        "Sphere" => Form::Sphere { radius_m: wide },
        "Cylinder" => Form::Cylinder { radius_m: wide, height_m: high },
        "Capsule" => Form::Capsule { radius_m: wide, height_m: high },
        "Cone" => Form::Cone { top_m: half(&wide), bottom_m: wide, height_m: high },
        "Model" => Form::Model { file: String::new(), scale: Bound::Number(1.0) },
        "Rig" => Form::rig(""),
        "Dome" => Form::dome(""),
        "Lamp" => {
            let mut lamp = Form::lamp(0.5);
            if let Form::Lamp { radius_m, .. } = &mut lamp {
                *radius_m = wide;
            }
            lamp
        }
        _ => Form::Box { size_m: [double(&wide), double(&wide), high] },
    }
}

fn half(bound: &Bound) -> Bound {
    scaled(bound, 0.5)
}

fn double(bound: &Bound) -> Bound {
    scaled(bound, 2.0)
}

/// A number is scaled, what is bound to the draw stays bound to it.
fn scaled(bound: &Bound, factor: f64) -> Bound {
    match bound {
        Bound::Number(number) => Bound::Number(factor * number),
        Bound::Quantity(quantity) => {
            let mut quantity = quantity.clone();
            quantity.number *= factor;
            Bound::Quantity(quantity)
        }
        Bound::Expression(text) => Bound::Expression(format!("{factor} * ({text})")),
    }
}

/// Everything that can be said of a thing beside its name; the thing with what was said, and its gesture.
fn sheet(
    ui: &mut Ui,
    inspected: &Inspected,
    (place, entity): (usize, &Entity),
    out: &mut Outbox,
) -> Option<(Entity, Option<u64>)> {
    let name = entity.name.as_str();
    let mut changed = None;
    if let Some(word) = thing::choice(ui, (&format!("Shape of {name}"), "Shape"), word_of(&entity.shape), &FORMS) {
        let shape = like(&word, &entity.shape);
        let mass_kg = entity.mass_kg.clone().filter(|_| shape.has_mass());
        changed = Some((Entity { shape, mass_kg, ..entity.clone() }, None));
    }
    let is_dome = matches!(entity.shape, Form::Dome { .. });
    changed = file(ui, inspected, (place, entity), out).or(changed);
    changed = beside(ui, inspected, entity).or(changed);
    if entity.shape.has_mass() {
        let now = usize::from(entity.mass_kg.is_some());
        let now = MOVES.get(now).copied().unwrap_or_default();
        if let Some(word) = thing::choice(ui, (&format!("Whether {name} moves"), "Physics"), now, &MOVES) {
            let mass_kg = (word == MOVES[1]).then_some(Bound::Number(0.5));
            changed = Some((Entity { mass_kg, ..entity.clone() }, None));
        }
    }
    if !is_dome && let Some(look) = pattern(ui, entity) {
        changed = Some((Entity { look, ..entity.clone() }, None));
    }
    for (at, (part, (.., unit), bound)) in entity.bounds().into_iter().enumerate() {
        if is_idle(entity, &part, bound) {
            continue;
        }
        let words = if is_dome && part == "shape.strength" { "Strength".to_owned() } else { words_of(&part, unit) };
        let label = Label { name: &format!("{name} {words}"), words: &words, unit, hint: "a number, or an expression" };
        if let Some((bound, gesture)) = thing::bound(ui, &label, bound, &inspected.scope) {
            let mut new = entity.clone();
            if let Some(place) = new.bounds_mut().into_iter().nth(at) {
                *place = bound;
            }
            changed = Some((new, Some(gesture)));
        }
    }
    changed
}

/// What the pattern of a model or a rig is called that has its file's colours.
const FILE_LOOK: &str = "As in its file";

/// The pattern of a thing; its new look.
fn pattern(ui: &mut Ui, entity: &Entity) -> Option<Finish> {
    let mut patterns: Vec<&str> = world::Surface::ALL.into_iter().map(world::Surface::name).collect();
    let (of_file, look) = (matches!(entity.shape, Form::Model { .. } | Form::Rig { .. }), &entity.look);
    if of_file {
        patterns.insert(0, FILE_LOOK);
    }
    let now = if of_file && look.is_plain() { FILE_LOOK } else { &look.pattern };
    let chosen = thing::choice(ui, (&format!("Pattern of {}", entity.name), "Pattern"), now, &patterns)?;
    if chosen == FILE_LOOK {
        return Some(Finish::default());
    }
    let mut new = Finish { pattern: chosen, ..look.clone() };
    if of_file && new.is_plain() {
        // A grey of its own is another than the one that says nothing.
        new.colour = [0.6; 3].map(Bound::Number);
    }
    Some(new)
}

/// Whether a number says nothing where it stands: the look of what has its file's colours, the velocity of a rig that is
/// fixed, the place of what is all round, the time of a controller that has none. What is written all the same can be seen
/// and taken back.
fn is_idle(entity: &Entity, part: &str, bound: &Bound) -> bool {
    let mut prefixes = Vec::new();
    if matches!(entity.shape, Form::Model { .. } | Form::Rig { .. }) && entity.look.is_plain() {
        prefixes.push("look.");
    }
    if let Form::Rig { fixed, controller, .. } = &entity.shape {
        prefixes.extend(fixed.then_some("velocity_m_s"));
        if controller != "follow" {
            prefixes.extend(["shape.from_s", "shape.over_s"]);
        }
    }
    if let Form::Dome { .. } = &entity.shape {
        prefixes.extend(["at_m", "turn_deg.x", "turn_deg.y", "velocity_m_s", "friction", "restitution", "look."]);
    }
    let usual = Entity::new(&entity.name, Form::rig(""), [0.0; 3]);
    let is_usual = usual.bounds().into_iter().any(|(known, _, usual)| known == part && usual == bound);
    is_usual && prefixes.iter().any(|prefix| part.starts_with(prefix))
}

/// The file of a model, a rig or a dome: its path, the system's dialog, what is wrong with it; the thing with another one, and the
/// gesture.
fn file(
    ui: &mut Ui,
    inspected: &Inspected,
    (at, entity): (usize, &Entity),
    out: &mut Outbox,
) -> Option<(Entity, Option<u64>)> {
    let name = entity.name.as_str();
    let mut shape = entity.shape.clone();
    let (file, hint) = match &mut shape {
        Form::Model { file, .. } => (file, "props/mug.glb"),
        Form::Rig { file, .. } => (file, "robots/arm.urdf"),
        Form::Dome { file, .. } => (file, "places/hall.hdr"),
        _ => return None,
    };
    let label = Label { name: &format!("File of {name}"), words: "File", unit: "", hint };
    let wrote = thing::words(ui, &label, &file.clone());
    ui.horizontal(|ui| {
        ui.add_space(thing::LABEL);
        let small = |words: &str| egui::Button::new(Theme::of(ui).caption(words).color(Theme::of(ui).text));
        let (choose, again) = (small("Choose…"), small("Read again"));
        let choose =
            ui.add(choose).on_hover_text("A file from anywhere: it is copied into the study with what it names");
        super::named(&choose, Role::Button, &format!("Choose file of {name}"));
        if choose.clicked() {
            out.send(Message::PickFile(name.to_owned()));
        }
        if !file.is_empty() {
            let again = ui.add(again).on_hover_text(Command::ReadFilesAgain.info().tooltip);
            super::named(&again, Role::Button, &format!("Read file of {name} again"));
            if again.clicked() {
                out.command(Command::ReadFilesAgain);
            }
        }
    });
    match inspected.refused.as_ref().filter(|(of, _)| of == name) {
        Some((_, why)) => field::told(ui, Some(&Fault::whole(why.clone()))),
        None if file.is_empty() => drop(ui.add(egui::Label::new(Theme::of(ui).caption(NO_FILE)).wrap())),
        None => thing::told(ui, inspected, &format!("entities[{at}].{OF_FILE}")),
    }
    if let Some([azimuth, elevation]) = world::sun_of(&inspected.family.files, &entity.shape) {
        let told = format!(
            "Its sun stands at azimuth {azimuth:.0}°, elevation {elevation:.0}°, before the turn. It is seen there; light and shadows \
             come from the stage's own sun"
        );
        ui.add(egui::Label::new(Theme::of(ui).caption(told)).wrap());
    }
    let (new, gesture) = wrote?;
    file.clone_from(&new);
    Some((Entity { shape, ..entity.clone() }, Some(gesture)))
}

/// What stands where no file was chosen yet.
const NO_FILE: &str = "Choose its file, or drop one on the window";

/// What is said of a rig alone: how it stands and what moves it; the thing with what was said, and its gesture.
fn beside(ui: &mut Ui, inspected: &Inspected, entity: &Entity) -> Option<(Entity, Option<u64>)> {
    let (name, mut shape) = (entity.name.as_str(), entity.shape.clone());
    if let Form::Rig { fixed, controller, joints, .. } = &mut shape {
        let now = STANDS.get(usize::from(!*fixed)).copied().unwrap_or_default();
        if let Some(word) = thing::choice(ui, (&format!("How {name} stands"), "Stands"), now, &STANDS) {
            *fixed = word == STANDS[0];
        }
        let label = format!("Controller of {name}");
        if let Some(word) = thing::choice(ui, (&label, "Controller"), &controller.clone(), &world::CONTROLLERS) {
            *controller = word;
        }
        let known = world::rig_joints(&inspected.family.files, entity);
        let sign = |joint: &str| if joints.contains_key(joint) { icon::MINUS } else { icon::PLUS };
        let words: Vec<String> = known.iter().map(|(joint, _)| format!("{} {joint}", sign(joint))).collect();
        let all: Vec<&str> = words.iter().map(String::as_str).collect();
        let told = format!("{} of {}", joints.len(), known.len());
        let chosen = thing::choice(ui, (&format!("Joints of {name}"), "Joints"), &told, &all);
        let at = chosen.and_then(|chosen| words.iter().position(|word| *word == chosen));
        if let Some((joint, unit)) = at.and_then(|at| known.get(at))
            && joints.remove(joint).is_none()
        {
            joints.insert(joint.clone(), at_rest(unit));
        }
    }
    (shape != entity.shape).then(|| (Entity { shape, ..entity.clone() }, None))
}

/// A joint whose start and goal can be typed.
fn at_rest(unit: &str) -> RigJoint {
    let zero = || Some(Bound::Number(0.0));
    if unit == "m" {
        RigJoint { start_m: zero(), to_m: zero(), ..RigJoint::default() }
    } else {
        RigJoint { start_rad: zero(), to_rad: zero(), ..RigJoint::default() }
    }
}

/// `"shape.radius_m"` as a person reads it before a field with its unit: `"Radius"`.
fn words_of(part: &str, unit: &str) -> String {
    if let Some((joint, field)) = part.strip_prefix("shape.joints.").and_then(|rest| rest.rsplit_once('.')) {
        return format!("{joint} {}", field.strip_suffix(&format!("_{unit}")).unwrap_or(field));
    }
    if part == "shape.scale" {
        return "Scale".to_owned();
    }
    let plain = part.trim_start_matches("shape.").trim_start_matches("look.");
    let (plain, axis) = plain.split_once('.').map_or((plain, ""), |(plain, axis)| (plain, axis));
    let stem = plain.strip_suffix(&format!("_{}", unit.replace('/', "_"))).unwrap_or(plain);
    let stem = match stem {
        "at" => "Place",
        "turn" => "Turn",
        "from" => "Moves from",
        "over" => "Moves for",
        "strength" => "Strength at 1 m",
        "cone" => "Half angle",
        "soft" => "Soft edge",
        "scale" => "Pattern size",
        other => other,
    };
    let colour = matches!(stem, "colour" | "second");
    let axis = match (colour, axis) {
        (true, "x") => "red",
        (true, "y") => "green",
        (true, "z") => "blue",
        (_, axis) => axis,
    };
    let mut words = format!("{stem} {axis}").trim_end().to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_words_and_every_shape_is_reached_from_every_other() {
        let said = |part: &str, unit: &str| words_of(part, unit);
        assert_eq!(said("at_m.x", "m"), "Place x");
        assert_eq!(said("velocity_m_s.z", "m/s"), "Velocity z");
        assert_eq!(said("shape.radius_m", "m"), "Radius");
        assert_eq!(said("look.colour.y", ""), "Colour green");
        assert_eq!(said("mass_kg", "kg"), "Mass");
        assert_eq!(
            (said("shape.scale", ""), said("look.scale_m", "m")),
            ("Scale".to_owned(), "Pattern size".to_owned())
        );
        assert_eq!(said("shape.joints.Elbow-1.start_rad", "rad"), "Elbow-1 start");
        for from in FORMS {
            let form = like(from, &Form::Sphere { radius_m: Bound::Number(0.1) });
            assert_eq!(word_of(&form), from);
            for to in FORMS {
                let entity = Entity::new("thing", like(to, &form), [0.0; 3]);
                let lengths: Vec<f64> = entity
                    .bounds()
                    .into_iter()
                    .filter(|(part, (.., unit), _)| part.starts_with("shape.") && *unit == "m")
                    .filter_map(|(_, _, bound)| match bound {
                        Bound::Number(number) => Some(*number),
                        _ => None,
                    })
                    .collect();
                assert!(
                    word_of(&entity.shape) == to && lengths.iter().all(|length| (0.05..=0.21).contains(length)),
                    "{from} {to} {lengths:?}"
                );
            }
        }
    }
}
