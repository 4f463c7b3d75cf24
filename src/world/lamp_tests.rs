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
