//! A family's own things: they weigh, slide, bounce and are told of as their numbers say.

use std::collections::BTreeMap;

use super::criticality::balance::GRAVITY_M_S2;
use super::mesh::gltf::tests::{cube, square};
use super::{Class, Episode, Shape, WorldError, check, simulate, vocabulary};
use crate::base::Silent;
use crate::family::validate::Prepared;
use crate::family::{Action, Bound, Entity, Event, Family, Files, Form, Measure};
use crate::sample::Draw;

fn draw() -> Draw {
    Draw { index: 0, refused: 0, values: BTreeMap::new(), ln_weight: 0.0 }
}

/// A second on the floor of the balance stage, with these things beside the robot.
fn family(entities: Vec<Entity>) -> Family {
    let mut family = Family::new("things", "Things", "balance");
    family.scene.insert("floor_friction".to_owned(), Bound::Number(0.4));
    family.entities = entities;
    family.clock.duration_s = 1.0;
    family.rare_event = "fallen > 0.5".to_owned();
    family
}

fn ran(entities: Vec<Entity>) -> Result<Episode, WorldError> {
    simulate(&family(entities), &draw(), &Silent)
}

/// A crate of 40 x 30 x 20 cm beside the robot whose underside is `over_m` above the floor.
fn carton(over_m: f64) -> Entity {
    let size_m = [0.4, 0.3, 0.2].map(Bound::Number);
    Entity {
        mass_kg: Some(Bound::Number(5.0)),
        ..Entity::new("carton", Form::Box { size_m }, [1.5, 0.0, 0.1 + over_m])
    }
}

fn wrong(entities: Vec<Entity>) -> String {
    ran(entities).expect_err("refused").to_string()
}

#[test]
fn a_thing_slides_as_far_as_friction_lets_it_and_presses_with_its_weight() {
    let speed = 1.0;
    let mut pushed = carton(0.0);
    pushed.velocity_m_s[0] = Bound::Number(speed);
    pushed.friction = Bound::Number(0.4);
    let episode = ran(vec![pushed]).unwrap();
    let (x, force) = (&episode.signals["carton_x_m"], &episode.signals["carton_force_n"]);
    let slid = x.last().unwrap() - 1.5;
    // Both frictions are 0.4 and so is their geometric mean.
    let expected = speed * speed / (2.0 * 0.4 * GRAVITY_M_S2);
    assert!((slid / expected - 1.0).abs() < 0.05, "slid {slid} m, v²/(2μg) is {expected} m");
    assert!((force.last().unwrap() / (5.0 * GRAVITY_M_S2) - 1.0).abs() < 0.02, "{force:?}");
    assert!(episode.signals["carton_tilt_deg"].iter().all(|tilt| *tilt < 1.0));
    assert!(episode.signals["carton_speed_m_s"].last().unwrap().abs() < 1e-3);
    let seen = episode.snapshots[0].bodies.iter().find(|body| &*body.name == "carton").unwrap();
    assert_eq!(seen.class, Class::Clutter, "labelled, by its name");
    assert!(episode.tracks.iter().any(|track| &*track.thing == "carton" && track.poses.len() == x.len()));
}

#[test]
fn a_ball_bounces_as_high_as_its_restitution_says() {
    let ball = |restitution: f64| Entity {
        mass_kg: Some(Bound::Number(0.4)),
        // Two things have the mean of theirs, and the floor has none.
        restitution: Bound::Number(restitution),
        ..Entity::new("ball", Form::Sphere { radius_m: Bound::Number(0.1) }, [1.5, 0.0, 0.6])
    };
    let rise = |restitution: f64| {
        let heights = ran(vec![ball(restitution)]).unwrap().signals["ball_z_m"].clone();
        let landed = heights.iter().position(|z| *z < 0.15).unwrap();
        heights[landed..].iter().fold(0.0_f64, |most, z| most.max(*z)) - 0.1
    };
    // The ball falls 0.5 m and rises by the square of the share of speed that is kept.
    for (restitution, share) in [(1.0, 0.5), (0.6, 0.3)] {
        let expected = 0.5 * share * share;
        assert!(
            (rise(restitution) / expected - 1.0).abs() < 0.1,
            "{restitution}: {} m of {expected} m",
            rise(restitution)
        );
    }
    assert!(rise(0.0) < 0.03);
}

#[test]
fn what_has_no_mass_stays_and_holds_others_up() {
    let shelf = Entity::new("shelf", Form::Box { size_m: [0.6, 0.6, 0.1].map(Bound::Number) }, [1.5, 0.0, 0.5]);
    let mut on_it = carton(0.55);
    on_it.turn_deg[2] = Bound::Number(30.0);
    let episode = ran(vec![shelf, on_it]).unwrap();
    assert!((episode.signals["carton_z_m"].last().unwrap() - 0.65).abs() < 0.005, "on the shelf");
    assert!(!episode.signals.contains_key("shelf_x_m"), "what cannot move is not recorded");
    assert!(episode.contacts.iter().any(|touch| touch.a == "shelf" && touch.b == "carton"));
}

#[test]
fn events_conditions_and_measures_reach_a_familys_own_things() {
    let mut family = family(vec![carton(0.0)]);
    let impulse_ns = [0.0, 10.0, 0.0].map(Bound::Number);
    family.events = vec![Event::at(
        "kick",
        Bound::Number(0.3),
        Action::Push { entity: "carton".to_owned(), impulse_ns, at_m: None },
    )];
    let mut dark = Event::at("dark", Bound::Number(0.0), Action::ScaleLight { to: Bound::Number(0.1) });
    (dark.at_s, dark.when) = (None, Some("carton_speed_m_s > 1".to_owned()));
    family.events.push(dark);
    family.measures = vec![Measure {
        name: "top_speed".to_owned(),
        unit: "m/s".to_owned(),
        is: "peak(carton_speed_m_s)".to_owned(),
        about: String::new(),
    }];
    let read = crate::family::parse(&crate::family::canonical(&family), "things.ron").unwrap();
    assert_eq!(read, family, "a file keeps it");
    let prepared = Prepared::of(&family);
    assert_eq!(
        crate::family::validate::validate_prepared(&family, &vocabulary(&family), &prepared).len(),
        4,
        "the card's"
    );
    assert!(check(&family, &prepared).is_empty(), "{:?}", check(&family, &prepared));
    let episode = simulate(&family, &draw(), &Silent).unwrap();
    let top = episode.measures["top_speed"];
    assert!((1.5..2.01).contains(&top), "10 N s on 5 kg: {top} m/s");
    assert!(episode.events[1].at_s.is_some_and(|at| (0.29..0.35).contains(&at)), "{:?}", episode.events);
}

#[test]
fn nonsense_is_refused_in_a_sentence_before_anything_moves() {
    assert_eq!(
        wrong(vec![carton(-0.04)]),
        "the thing \"carton\": it starts 40.0 mm deep in `floor`; move one of them so that they are apart"
    );
    let weightless = Entity { mass_kg: Some(Bound::Number(0.0)), ..carton(0.0) };
    assert!(wrong(vec![weightless]).contains("entities[0].mass_kg is 0 kg, which is outside its range 0.0001"));
    let named = |name: &str| Entity { name: name.to_owned(), ..carton(0.0) };
    assert!(wrong(vec![named("floor")]).contains("the stage has a thing of this name"));
    let mut odd = carton(0.0);
    odd.look.pattern = "Wod".to_owned();
    assert!(
        wrong(vec![odd.clone()]).contains("there is no pattern `Wod` (did you mean `Wood`?)"),
        "{}",
        wrong(vec![odd.clone()])
    );
    odd.at_m[0] = Bound::Expression("carton_place_m".to_owned());
    assert!(wrong(vec![odd.clone()]).contains("carton_place_m"));
    let mut family = family(vec![odd, named("humanoid"), named("left_foot")]);
    family.entities[0].at_m[0] = Bound::Number(1000.0);
    let found: Vec<String> =
        check(&family, &Prepared::of(&family)).iter().map(|one| format!("{}: {}", one.field, one.text)).collect();
    for part in [
        "entities[0].at_m.x: at_m.x is 1000 m, but must lie within -100 to 100 m",
        "entities[0].look.pattern: there is no pattern",
        "entities[1].name: `humanoid` is a thing of the stage",
        "entities[2].name: `left_foot` is what quantities of the stage are called by",
    ] {
        assert!(found.iter().any(|text| text.starts_with(part)), "{part} in {found:#?}");
    }
}

/// `family` with these files beside it.
fn with_files(mut family: Family, all: &[(&str, Vec<u8>)]) -> Family {
    let read = |path: &str| Ok(all.iter().find(|(known, _)| *known == path).map(|(_, bytes)| bytes.clone()));
    family.files = Files::read(family.file_names(), &read);
    family
}

/// A model of 2 kg whose origin is `over_m` above the floor.
fn model(file: &str, scale: f64, over_m: f64) -> Entity {
    let shape = Form::Model { file: file.to_owned(), scale: Bound::Number(scale) };
    Entity { mass_kg: Some(Bound::Number(2.0)), ..Entity::new("prop", shape, [1.5, 0.0, over_m]) }
}

#[test]
fn a_model_stands_on_its_hull_in_its_own_colours_at_its_scale() {
    let cube = [("props/cube.glb", cube(0.1))];
    let family = with_files(family(vec![model("props/cube.glb", 2.0, 0.3)]), &cube);
    let episode = simulate(&family, &draw(), &Silent).unwrap();
    let last = |name: &str| *episode.signals[&format!("prop_{name}")].last().unwrap();
    // Its origin is in the middle of its lower face, so it comes to rest at height 0.
    assert!(last("z_m").abs() < 1e-3 && last("tilt_deg") < 0.5, "{} m, {}°", last("z_m"), last("tilt_deg"));
    assert!((last("force_n") / (2.0 * GRAVITY_M_S2) - 1.0).abs() < 0.02, "{} N", last("force_n"));
    // It falls for √(2h/g) = 0.247 s before it touches.
    let fall = episode.contacts.iter().find(|touch| touch.a == "prop" || touch.b == "prop").unwrap().begin_s;
    assert!((fall - 0.247).abs() < 0.01, "{fall} s");
    let body = episode.snapshots[0].bodies.iter().find(|body| &*body.name == "prop").unwrap();
    assert_eq!(body.material.colour, [0.9, 0.1, 0.2], "the file's");
    let Shape::Mesh(mesh) = &body.shape else { panic!("a mesh") };
    assert!((mesh.half_extents_m().z - 0.2).abs() < 1e-6, "twice its file's size");
    let mut painted = family.clone();
    painted.entities[0].look.colour = [0.0, 1.0, 0.0].map(Bound::Number);
    let episode = simulate(&painted, &draw(), &Silent).unwrap();
    let body = episode.snapshots[0].bodies.iter().find(|body| &*body.name == "prop").unwrap();
    assert_eq!(body.material.colour, [0.0, 1.0, 0.0], "painted over");
}

#[test]
fn an_edited_model_is_another_family_and_a_bad_one_is_named_before_anything_moves() {
    let plain = family(vec![model("props/cube.glb", 1.0, 0.3)]);
    let digest = |side: f32| with_files(plain.clone(), &[("props/cube.glb", cube(side))]).digest();
    assert_eq!(digest(0.1), digest(0.1));
    assert_ne!(digest(0.1), digest(0.11), "an edited file");
    assert_ne!(digest(0.1), plain.digest(), "a file that is not there");
    let told = |entity: Entity, all: &[(&str, Vec<u8>)]| {
        let family = with_files(family(vec![entity]), all);
        let found = check(&family, &Prepared::of(&family));
        let told = simulate(&family, &draw(), &Silent).expect_err("refused").to_string();
        let [finding] = &found[..] else { panic!("{found:?}") };
        assert!(told.contains(&finding.text), "building says the same: {told}");
        format!("{}: {}", finding.field, finding.text)
    };
    let cubes = [("props/cube.glb", cube(0.1))];
    assert_eq!(
        told(model("props/cub.glb", 1.0, 0.3), &cubes),
        "entities[0].shape.file: the file props/cub.glb was not found; put it there in the study's folder"
    );
    assert!(told(model("../cube.glb", 1.0, 0.3), &cubes).contains("`../cube.glb` is no file in the study's folder"));
    let large = told(model("props/cube.glb", 5000.0, 0.3), &cubes);
    assert!(large.starts_with("entities[0].shape.scale: it is 500.0"), "{large}");
    assert!(large.contains("a file in millimetres needs scale 0.001"), "{large}");
    let square = [("s.gltf", square("").into_bytes())];
    assert!(told(model("s.gltf", 1.0, 0.3), &square).contains("is flat and cannot be touched"));
    let cut = [("c.glb", cube(0.1)[..200].to_vec())];
    assert!(told(model("c.glb", 1.0, 0.3), &cut).contains("shape.file: the model c.glb: it cannot be read"));
    let sunk = with_files(family(vec![model("props/cube.glb", 1.0, -0.05)]), &cubes);
    let error = simulate(&sunk, &draw(), &Silent).expect_err("refused").to_string();
    assert!(error.contains("it starts 50.0 mm deep in `floor`"), "{error}");
}
