//! What a robot, prop or panorama that was brought into the study becomes in a family: a new thing on the stage, or the
//! shape of one that is there.

use super::{Change, check_entity_name, free, nice};
use crate::family::{Bound, Entity, Family, Form};
use crate::run::bring::Brought;
use crate::world;

/// A model whose file has larger numbers than this is in millimetres, however long the stage.
const LARGEST_M: f64 = 30.0;

/// The change that gives `family` a thing made of what was brought: the one called `to`, or a new one. And the thing's name,
/// and what a person is told.
///
/// # Errors
/// A sentence: there is no such thing any more.
pub fn brought(family: &Family, brought: &Brought, to: Option<&str>) -> Result<(Change, String, String), String> {
    let file = brought.form.file().unwrap_or_default();
    // A scene has one dome: another panorama is its picture from then on.
    let is_dome = |entity: &&Entity| matches!((&entity.shape, &brought.form), (Form::Dome { .. }, Form::Dome { .. }));
    let dome = || family.entities.iter().find(is_dome).map(|entity| entity.name.as_str());
    let Some(name) = to.or_else(dome) else { return Ok(added(family, brought)) };
    let at = family.entities.iter().position(|entity| entity.name == name);
    let Some((at, entity)) = at.and_then(|at| Some((at, family.entities.get(at)?))) else {
        return Err(format!("{file} is in the study, but there is no thing `{name}` any more"));
    };
    let mut shape = entity.shape.clone();
    match (&mut shape, &brought.form) {
        (Form::Model { file, .. }, Form::Model { file: new, .. })
        | (Form::Dome { file, .. }, Form::Dome { file: new, .. })
        | (Form::Rig { file, .. }, Form::Rig { file: new, .. }) => file.clone_from(new),
        (shape, new) => new.clone_into(shape),
    }
    let mass_kg = entity.mass_kg.clone().filter(|_| shape.has_mass());
    let new = Entity { shape, mass_kg, ..entity.clone() };
    Ok((Change::PutEntity(at, Box::new(new)), name.to_owned(), format!("{name} is made of {file}")))
}

/// A new thing in the middle of the stage: a model above it, so that it touches nothing and falls into place, a rig on it.
fn added(family: &Family, brought: &Brought) -> (Change, String, String) {
    let file = brought.form.file().unwrap_or_default();
    let stem = file.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("thing", |(stem, _)| stem);
    let name = free(&identifier(stem), |name| check_entity_name(family, name).is_ok());
    if let Form::Dome { .. } = &brought.form {
        let shape = Form::Dome { file: file.to_owned(), strength: sky_strength(family) };
        let new = Entity::new(&name, shape, [0.0; 3]);
        let said = format!("{file} is all round now, as {name}, as bright as the sky was");
        return (Change::PutEntity(family.entities.len(), Box::new(new)), name, said);
    }
    let [low, high] = world::footprint(&family.stage).unwrap_or([[0.0, -0.5], [1.0, 0.5]]);
    let middle = [0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1])];
    let (narrow, wide) = ((high[0] - low[0]).min(high[1] - low[1]), (high[0] - low[0]).max(high[1] - low[1]));
    let (mut shape, mut told, mut z) = (brought.form.clone(), String::new(), 0.0);
    if let (Form::Model { scale, .. }, Some([low_m, high_m])) = (&mut shape, brought.extent_m) {
        let mut factor = 1.0;
        if (high_m - low_m).max_element() > wide.min(LARGEST_M) {
            factor = 0.001;
            told = " at scale 0.001, for its file seems to be in millimetres".to_owned();
        }
        *scale = Bound::Number(factor);
        z = 0.4 * narrow - factor * low_m.z;
    }
    let mass_kg = brought.extent_m.map(|_| Bound::Number(0.5));
    let at = [middle[0], middle[1], z].map(|at| nice(at, 1.0));
    let new = Entity { mass_kg, ..Entity::new(&name, shape, at) };
    let said = format!("Added {name} from {file}{told}");
    (Change::PutEntity(family.entities.len(), Box::new(new)), name, said)
}

/// How bright the stage's sky is: white paper that lies level is as white under a dome of this strength.
fn sky_strength(family: &Family) -> Bound {
    let slot = world::slots(&family.stage).iter().find(|slot| slot.name == "sky_strength");
    let said = family.scene.get("sky_strength").cloned();
    said.or_else(|| slot.map(|slot| Bound::Number(slot.default))).unwrap_or(Bound::Number(1.0))
}

/// `text` as a name that things can have.
fn identifier(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_lowercase() || c.is_ascii_digit() && !name.is_empty() => name.push(c),
            _ if name.is_empty() || name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    if name.is_empty() { "thing".to_owned() } else { name.chars().take(40).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::DVec3;

    fn model(file: &str, high: f64) -> Brought {
        let form = Form::Model { file: file.to_owned(), scale: Bound::Number(1.0) };
        Brought { form, extent_m: Some([DVec3::new(0.0, 0.0, -0.1), DVec3::splat(high)]) }
    }

    #[test]
    fn a_dropped_file_becomes_a_thing_and_a_picked_one_changes_its_own() {
        let family = crate::run::new::example(crate::run::new::EXAMPLES[0].0).expect("ships with the program");
        let (change, name, _) = brought(&family, &model("props/My Mug (2).glb", 0.1), None).expect("a new thing");
        assert_eq!(name, "my_mug_2");
        let family = change.apply(&family).expect("fits");
        let Bound::Number(z) = family.entities[0].at_m[2] else { panic!("a number") };
        assert!(z > 0.2 && family.entities[0].mass_kg.is_some(), "it falls into place from {z}");
        let (change, name, told) = brought(&family, &model("props/My Mug (2).glb", 90.0), None).expect("another");
        assert!(name != "my_mug_2" && told.contains("millimetres"), "{name}: {told}");
        let family = change.apply(&family).expect("fits");
        assert!(matches!(&family.entities[1].shape, Form::Model { scale: Bound::Number(0.001), .. }));
        // Another file for the second keeps its scale; a rig in place of it weighs what its file says.
        let (change, ..) = brought(&family, &model("props/b.glb", 1.0), Some(&name)).expect("there");
        let Change::PutEntity(1, new) = change else { panic!("{change:?}") };
        assert!(matches!(&new.shape, Form::Model { scale: Bound::Number(0.001), file } if file == "props/b.glb"));
        let rig = Brought { form: Form::rig("robots/arm.urdf"), extent_m: None };
        let (change, ..) = brought(&family, &rig, Some(&name)).expect("there");
        let Change::PutEntity(1, new) = change else { panic!("{change:?}") };
        assert!(new.mass_kg.is_none() && new.shape.file() == Some("robots/arm.urdf"));
        let dome = |file: &str| Brought { form: Form::dome(file), extent_m: None };
        let (change, name, _) = brought(&family, &dome("places/hall.hdr"), None).expect("a dome");
        let Change::PutEntity(_, new) = &change else { panic!("{change:?}") };
        let dimmed = Form::Dome { file: "places/hall.hdr".to_owned(), strength: sky_strength(&family) };
        assert!(new.shape == dimmed && new.shape != Form::dome("places/hall.hdr"), "as bright as the sky: {new:?}");
        let family = change.apply(&family).expect("fits");
        let (change, again, told) = brought(&family, &dome("places/yard.hdr"), None).expect("another picture");
        assert!(name == "hall" && again == "hall" && told.contains("yard.hdr"), "{name} {again} {told}");
        let family = change.apply(&family).expect("fits");
        assert_eq!(family.entities.last().and_then(|dome| dome.shape.file()), Some("places/yard.hdr"));
        assert!(brought(&family, &rig, Some("gone")).expect_err("gone").contains("`gone`"));
        assert_eq!(identifier("42"), "thing");
    }
}
