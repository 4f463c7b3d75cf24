//! Lamps and weather of families, as snapshots carry them.

use std::collections::BTreeMap;

use glam::DVec3;

use super::simulate;
use crate::base::Silent;
use crate::family::{Action, Bound, Entity, Event, Family, Form};
use crate::sample::Draw;
use crate::world::Weather;

fn draw() -> Draw {
    Draw { index: 0, refused: 0, values: BTreeMap::new(), ln_weight: 0.0 }
}

fn family(stage: &str) -> Family {
    let mut family = Family::new("lit", "Lit", stage);
    family.clock.duration_s = 1.0;
    family.rare_event = "last(time_s) > 100.0".to_owned();
    family
}

#[test]
fn a_lamp_falls_with_its_light_and_events_dim_it() {
    let mut lantern = Entity::new("lantern", Form::lamp(0.8), [1.5, 0.5, 2.0]);
    lantern.mass_kg = Some(Bound::Number(1.0));
    lantern.look.colour = [1.0, 0.5, 0.25].map(Bound::Number);
    let mut balance = family("balance");
    balance.entities = vec![lantern];
    let dark = Action::ScaleLight { to: Bound::Number(0.5) };
    balance.events = vec![Event::at("dark", Bound::Number(0.5), dark)];
    let episode = simulate(&balance, &draw(), &Silent).expect("an episode");
    let (first, last) = (&episode.snapshots[0], episode.snapshots.last().expect("states"));
    let (before, after) = (&first.lamps[0], &last.lamps[0]);
    assert_eq!((&*before.name, before.position), ("lantern", DVec3::new(1.5, 0.5, 2.0)));
    assert_eq!(before.at_1_m, [0.8, 0.4, 0.2], "its colour times its strength");
    assert_eq!(after.at_1_m, [0.4, 0.2, 0.1], "half of it");
    assert!(after.position.z < 0.1, "it fell and lies on the floor: {}", after.position);
    let ball = last.bodies.iter().find(|body| &*body.name == "lantern").expect("seen");
    assert!((ball.pose.position - after.position).length() < 1e-12, "the light is where its ball is");
    let glow = (0.5 * 0.8 / (0.03 * 0.03)) as f32;
    assert!((ball.material.glow - glow).abs() < 0.1, "its ball dims with it: {}", ball.material.glow);
    assert_eq!(before.inner_rad, before.outer_rad, "all round there is no edge to fade at");
}

/// A panorama that is as bright below as above, in the bytes of a file.
fn hall() -> Vec<u8> {
    let mut file = Vec::new();
    let pixels = vec![image::Rgb([0.5_f32, 0.25, 0.25]); 64 * 32];
    image::codecs::hdr::HdrEncoder::new(&mut file).encode(&pixels, 64, 32).expect("in memory");
    file
}

#[test]
fn a_dome_stands_for_the_sky_and_events_dim_it() {
    let read = |path: &str| Ok((path == "places/hall.hdr").then(hall));
    let mut family = family("tabletop");
    let mut hall = Entity::new("hall", Form::dome("places/hall.hdr"), [0.0; 3]);
    hall.turn_deg[2] = Bound::Number(90.0);
    family.entities = vec![hall];
    family.events = vec![Event::at(
        "dims",
        Bound::Number(0.5),
        Action::ScaleLamp { lamp: "hall".to_owned(), to: Bound::Number(0.25), flicker_hz: Bound::Number(0.0) },
    )];
    family.files = crate::family::Files::read(family.file_names(), &read);
    let episode = simulate(&family, &draw(), &Silent).expect("an episode");
    let (first, last) = (&episode.snapshots[0], episode.snapshots.last().expect("states"));
    let (before, after) = (first.dome.as_ref().expect("a dome"), last.dome.as_ref().expect("still"));
    assert_eq!((before.turn_rad, before.strength, after.strength), (core::f64::consts::FRAC_PI_2, 1.0, 0.25));
    assert!(std::sync::Arc::ptr_eq(&before.panorama, &after.panorama), "read once");
    let [red, green, _] = first.light.sky;
    assert!((red / green - 2.0).abs() < 0.02 && (0.2126 * red + 0.7874 * green - 1.0).abs() < 0.01, "{red} {green}");
    assert!(first.bodies.iter().all(|body| &*body.name != "hall"), "nothing stands there");
    let text = crate::family::canonical(&family);
    assert_eq!(crate::family::parse(&text, "f.ron").expect("read").entities, family.entities, "a file keeps it");
    let refused = |change: &dyn Fn(&mut Family)| {
        let mut family = family.clone();
        change(&mut family);
        family.files = crate::family::Files::read(family.file_names(), &read);
        let told = simulate(&family, &draw(), &Silent).err().map(|error| error.to_string()).unwrap_or_default();
        let prepared = crate::family::validate::Prepared::of(&family);
        let found: Vec<String> = super::check(&family, &prepared).into_iter().map(|finding| finding.text).collect();
        (told, found.join("; "))
    };
    let (told, found) =
        refused(&|family| family.entities.push(Entity { name: "yard".to_owned(), ..family.entities[0].clone() }));
    assert!(told.contains("`hall` is a dome already") && found.contains("`hall` is a dome already"), "{told}: {found}");
    let (told, found) = refused(&|family| family.entities[0].turn_deg[0] = Bound::Number(10.0));
    assert!(told.contains("about z alone") && found.contains("about z alone"), "{told}: {found}");
    let (told, found) = refused(&|family| family.entities[0].shape = Form::dome("places/none.hdr"));
    assert!(told.contains("places/none.hdr was not found") && found.contains("was not found"), "{told}: {found}");
    let (told, found) = refused(&|family| family.entities[0].mass_kg = Some(Bound::Number(1.0)));
    assert!(told.contains("does not move") && found.contains("does not move"), "{told}: {found}");
}

#[test]
fn weather_is_what_the_scene_says_until_an_event_changes_it() {
    let mut road = family("road");
    assert_eq!(simulate(&road, &draw(), &Silent).expect("an episode").snapshots[0].weather, Weather::default());
    for (slot, value) in [("fog_visibility_m", 100.0), ("rain_mm_h", 12.0), ("wetness", 0.5)] {
        road.scene.insert(slot.to_owned(), Bound::Number(value));
    }
    let clears = Action::Set { slot: "fog_visibility_m".to_owned(), to: Bound::Number(20_000.0) };
    road.events = vec![Event::at("clears", Bound::Number(0.5), clears)];
    let episode = simulate(&road, &draw(), &Silent).expect("an episode");
    let (first, last) = (episode.snapshots[0].weather, episode.snapshots.last().expect("states").weather);
    assert!((first.fog_per_m - 0.039_12).abs() < 1e-5, "3.912 over 100 m: {}", first.fog_per_m);
    assert_eq!((first.rain_mm_h, first.wetness, first.puddles), (12.0, 0.5, 0.0));
    assert_eq!((last.fog_per_m, last.rain_mm_h), (0.0, 12.0));
}

#[test]
fn a_stage_without_its_lamps_is_as_it_was_and_with_them_they_are_things_that_shine() {
    let road = family("road");
    let plain = simulate(&road, &draw(), &Silent).expect("an episode");
    assert!(plain.snapshots[0].lamps.is_empty());
    let mut night = road.clone();
    for (slot, value) in [("street_lamps", 20.0), ("headlamps", 100.0), ("sun_strength", 0.0)] {
        night.scene.insert(slot.to_owned(), Bound::Number(value));
    }
    let lit = simulate(&night, &draw(), &Silent).expect("an episode");
    let (first, last) = (&lit.snapshots[0], lit.snapshots.last().expect("states"));
    let named = |start: &str| first.lamps.iter().filter(|lamp| lamp.name.starts_with(start)).count();
    assert_eq!((named("street_lamp_"), named("headlamp_"), first.lamps.len()), (18, 2, 20));
    let instances = |at: &crate::world::Snapshot, upto: usize| {
        at.bodies.iter().take(upto).map(|body| (body.instance, body.name.clone())).collect::<Vec<_>>()
    };
    let count = plain.snapshots[0].bodies.len();
    assert_eq!(instances(first, count), instances(&plain.snapshots[0], count), "what was there keeps its number");
    for (lamp, later) in first.lamps.iter().zip(&last.lamps) {
        let ball = first.bodies.iter().find(|body| body.name == lamp.name).expect("it is seen");
        assert!((ball.material.glow > 100.0) && ball.class == crate::world::Class::Background, "{}", lamp.name);
        let rides = lamp.name.starts_with("headlamp");
        assert_eq!((later.position - lamp.position).x > 5.0, rides, "{} moves with what carries it", lamp.name);
    }
    let head = first.bodies.iter().filter(|body| &*body.name == "trees").map(|body| body.pose.position);
    let near = |lamp: &crate::world::Lamp| head.clone().any(|at| at.distance(lamp.position) < 0.2);
    assert!(
        first.lamps.iter().filter(|lamp| lamp.name.starts_with("street")).all(near),
        "each hangs under its post's head"
    );
}

#[test]
fn events_dim_one_lamp_of_the_stage_or_of_the_family_and_a_slot_all_of_a_kind() {
    let mut night = family("road");
    night.scene.insert("street_lamps".to_owned(), Bound::Number(10.0));
    night.entities = vec![Entity::new("lantern", Form::lamp(2.0), [8.0, 3.0, 1.0])];
    let lamp = |lamp: &str, to: f64| Action::ScaleLamp {
        lamp: lamp.to_owned(),
        to: Bound::Number(to),
        flicker_hz: Bound::Number(0.0),
    };
    let set = Action::Set { slot: "headlamps".to_owned(), to: Bound::Number(50.0) };
    night.events = vec![
        Event::at("out", Bound::Number(0.5), lamp("street_lamp_2", 0.0)),
        Event::at("half", Bound::Number(0.5), lamp("lantern", 0.5)),
        Event::at("on", Bound::Number(0.5), set),
    ];
    let episode = simulate(&night, &draw(), &Silent).expect("an episode");
    let strength = |at: usize, name: &str| {
        episode.snapshots[at].lamps.iter().find(|lamp| &*lamp.name == name).map(|lamp| lamp.at_1_m[0])
    };
    let last = episode.snapshots.len() - 1;
    assert_eq!((strength(0, "street_lamp_2"), strength(last, "street_lamp_2")), (Some(10.0), None), "it is out");
    assert_eq!((strength(0, "street_lamp_1"), strength(last, "street_lamp_1")), (Some(10.0), Some(10.0)));
    let lantern = [strength(0, "lantern"), strength(last, "lantern")].map(|strength| strength.expect("it is on"));
    assert!((lantern[1] / lantern[0] - 0.5).abs() < 1e-6, "{lantern:?}");
    assert_eq!((strength(0, "headlamp_1"), strength(last, "headlamp_1")), (None, Some(50.0)), "switched on later");
    let glow = |at: usize| {
        let body = episode.snapshots[at].bodies.iter().find(|body| &*body.name == "street_lamp_2");
        body.expect("it stays where it is").material.glow
    };
    assert!(glow(0) > 0.0 && glow(last) == 0.0);
    night.events = vec![Event::at("out", Bound::Number(0.5), lamp("street_lmp", 0.0))];
    let error = simulate(&night, &draw(), &Silent).expect_err("there is none").to_string();
    assert!(error.contains("did you mean `street_lamp`") && error.contains("lantern"), "{error}");
}

#[test]
fn a_tunnels_lamps_make_up_for_its_paint_and_only_64_are_kept() {
    let mut road = family("road");
    let scene = [("motorway", 1.0), ("tunnel_length_m", 400.0), ("tunnel_exit_m", 150.0), ("tunnel_light", 0.05)];
    for (slot, value) in scene.into_iter().chain([("tunnel_lamps", 2.0)]) {
        road.scene.insert(slot.to_owned(), Bound::Number(value));
    }
    let episode = simulate(&road, &draw(), &Silent).expect("an episode");
    let lamps = &episode.snapshots[0].lamps;
    assert_eq!(lamps.len(), 64);
    let deep = lamps.iter().find(|lamp| lamp.position.x.abs() < 5.0).expect("above the ego");
    assert!((deep.at_1_m[0] - 40.0).abs() < 1.0, "2 over 0.05: {:?}", deep.at_1_m);
    assert!(lamps.iter().all(|lamp| lamp.position.x > -180.0), "of 100 the far ones are left out");
}

#[test]
fn a_ring_of_lamps_gives_the_board_the_irradiance_it_is_told() {
    let mut board = family("inspection");
    for (slot, value) in [("ring_light", 0.7), ("ring_radius_mm", 50.0), ("ring_height_mm", 40.0)] {
        board.scene.insert(slot.to_owned(), Bound::Number(value));
    }
    board.rare_event = "last(time_s) > 100.0".to_owned();
    let episode = simulate(&board, &draw(), &Silent).expect("an episode");
    let lamps = &episode.snapshots[0].lamps;
    let middle = lamps.iter().map(|lamp| lamp.position).sum::<DVec3>() / 12.0 - DVec3::Z * 0.04;
    let arrives = |lamp: &crate::world::Lamp| {
        let to = lamp.position - middle;
        f64::from(lamp.at_1_m[0]) / to.length_squared() * to.z / to.length()
    };
    let sum: f64 = lamps.iter().map(arrives).sum();
    assert!(lamps.len() == 12 && (sum - 0.7).abs() < 1e-5 && middle.z.abs() < 1e-9, "{sum} at {middle}");
}

#[test]
fn rooms_have_steam_and_dust_and_a_board_has_dust() {
    for (stage, slots) in [
        ("tabletop", &["fog_visibility_m", "dust_visibility_m"][..]),
        ("balance", &["fog_visibility_m", "dust_visibility_m"]),
        ("inspection", &["dust_visibility_m"]),
    ] {
        let mut family = family(stage);
        let clear = simulate(&family, &draw(), &Silent).expect("an episode");
        assert_eq!(clear.snapshots[0].weather, Weather::default(), "{stage}");
        for slot in slots {
            family.scene.insert((*slot).to_owned(), Bound::Number(2.0));
        }
        let clears = Action::Set { slot: "dust_visibility_m".to_owned(), to: Bound::Number(20_000.0) };
        family.events = vec![Event::at("clears", Bound::Number(0.5), clears)];
        let episode = simulate(&family, &draw(), &Silent).expect("an episode");
        let (first, last) = (episode.snapshots[0].weather, episode.snapshots.last().expect("states").weather);
        assert!((first.dust_per_m - 1.956).abs() < 1e-3 && last.dust_per_m == 0.0, "{stage}: {first:?}");
        assert_eq!(first.fog_per_m > 0.0, slots.len() == 2, "{stage}");
        assert_eq!((first.rain_mm_h, first.wetness), (0.0, 0.0), "{stage}: it does not rain in rooms");
    }
}
