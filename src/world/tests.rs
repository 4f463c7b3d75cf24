//! Tests of the world: the same bytes on every run, contact, tipping, and what a family may ask of the stage.

use std::collections::BTreeMap;

use glam::DVec3;

use super::*;
use crate::base::Silent;
use crate::family::{Action, Bound, Clock, Distribution, Event, Family, Measure, Parameter};
use crate::sample::Draw;

/// A signal of a world now.
fn signal(world: &World, name: &str) -> f64 {
    let at = vocabulary(&family()).signals.iter().position(|(known, _)| known == name).unwrap();
    world.signals()[at]
}

fn family() -> Family {
    Family {
        measures: vec![Measure {
            name: "tipped".to_owned(),
            unit: String::new(),
            is: "canister_tilt_max_deg > 45.0".to_owned(),
            about: String::new(),
        }],
        rare_event: "tipped".to_owned(),
        ..Family::new("knock", "Knock", "tabletop")
    }
}

fn draw() -> Draw {
    Draw { index: 0, refused: 0, values: BTreeMap::new(), ln_weight: 0.0 }
}

/// A family with constants in its slots.
fn with(slots: &[(&str, f64)]) -> Family {
    let mut family = family();
    family.scene = slots.iter().map(|(name, value)| ((*name).to_owned(), Bound::Number(*value))).collect();
    family
}

fn run(slots: &[(&str, f64)]) -> Episode {
    simulate(&with(slots), &draw(), &Silent).unwrap()
}

fn faults(family: &Family) -> Vec<crate::family::Finding> {
    check(family, &crate::family::validate::Prepared::of(family))
}

#[test]
fn a_canister_that_nothing_touches_stays() {
    let episode = run(&[("reach_offset_y_m", -0.12), ("distractor_count", 0.0)]);
    for (name, column) in &episode.signals {
        if ["canister_x_m", "canister_y_m", "canister_z_m"].contains(&name.as_str()) {
            let moved = column.iter().fold(0.0_f64, |most, value| most.max((value - column[0]).abs()));
            assert!(moved < 5e-4, "{name} moved {moved} m");
        }
    }
    assert_eq!(episode.summary["hand_canister_contact_s"], -1.0);
    assert!(episode.summary["canister_tilt_max_deg"] < 0.2, "{}", episode.summary["canister_tilt_max_deg"]);
    let weight = &episode.contacts[0];
    assert_eq!((weight.a.as_str(), weight.b.as_str()), ("table", "canister"));
    assert!((weight.force_max_n - 0.25 * 9.81).abs() < 0.5, "weight {} N", weight.force_max_n);
    assert_eq!(weight.end_s, 2.5, "still standing");
    assert!(!episode.rare);
}

#[test]
fn a_sliding_canister_slows_by_friction_times_gravity() {
    let family = with(&[
        ("canister_height_m", 0.08),
        ("canister_radius_m", 0.048),
        ("canister_friction", 0.25),
        ("table_friction", 0.36),
        ("distractor_count", 0.0),
        ("reach_offset_y_m", -0.12),
    ]);
    let mut world = World::build(&family, &draw()).unwrap();
    (0..12).for_each(|_| world.step().unwrap());
    let handle = world.engine.body("canister").unwrap();
    world.engine.physics.bodies.get_mut(handle).unwrap().set_linvel(DVec3::new(0.8, 0.0, 0.0), true);
    let speed = |world: &World| world.engine.physics.bodies.get(handle).unwrap().linvel().length();
    (0..12).for_each(|_| world.step().unwrap());
    let first = speed(&world);
    (0..36).for_each(|_| world.step().unwrap());
    let slowing = (first - speed(&world)) / (36.0 / PHYSICS_RATE_HZ);
    // The geometric mean of 0.25 and 0.36 is 0.3.
    assert!((slowing / (0.3 * 9.81) - 1.0).abs() < 0.04, "slows by {slowing} m/s2, expected {}", 0.3 * 9.81);
}

#[test]
fn a_falling_canister_falls_freely() {
    let mut world = World::build(&with(&[("reach_offset_y_m", -0.12)]), &draw()).unwrap();
    let handle = world.engine.body("canister").unwrap();
    let body = world.engine.physics.bodies.get_mut(handle).unwrap();
    body.set_translation(DVec3::new(0.34, 0.03, 1.0), true);
    (0..72).for_each(|_| world.step().unwrap());
    let fallen = 1.0 - world.engine.pose(handle).position.z;
    // Half g t² at 0.3 s, within one step's speed.
    assert!((fallen - 0.5 * 9.81 * 0.09).abs() < 9.81 * 0.3 / PHYSICS_RATE_HZ, "fell {fallen} m");
}

#[test]
fn a_leaning_canister_falls_beyond_its_critical_angle_only() {
    // Full: the centre of mass is 115 mm up, the radius 37 mm. Half full: 0.35 of the height, 80.5 mm.
    for (fill, up_m) in [(1.0, 0.115), (0.5, 0.0805)] {
        let critical_deg = libm::atan(0.037 / up_m).to_degrees();
        for lean_deg in [critical_deg - 2.0, critical_deg + 2.0] {
            let family = with(&[("canister_fill", fill), ("reach_offset_y_m", -0.12), ("distractor_count", 0.0)]);
            let mut world = World::build(&family, &draw()).unwrap();
            let handle = world.engine.body("canister").unwrap();
            let rotation = glam::DQuat::from_mat3(&body::turn(1, lean_deg.to_radians()));
            // The lower edge of its base lies on the table.
            let middle = DVec3::new(0.35, 0.03, 0.0) - rotation * DVec3::new(0.037, 0.0, -0.115);
            let pose = body::rapier_pose(&crate::base::Pose { position: middle, rotation });
            world.engine.physics.bodies.get_mut(handle).unwrap().set_position(pose, true);
            (0..360).for_each(|_| world.step().unwrap());
            let (end, falls) = (signal(&world, "canister_tilt_deg"), lean_deg > critical_deg);
            assert!(if falls { end > 60.0 } else { end < 3.0 }, "leaning {lean_deg} of {critical_deg}: ends at {end}");
        }
    }
}

#[test]
fn a_stopped_watcher_and_a_bad_measure_end_the_episode() {
    struct Stop;
    impl crate::base::Monitor for Stop {
        fn step(&self, _stage: &str, _done: u64, _total: u64) {}
        fn note(&self, _note: crate::base::Note) {}
        fn stopped(&self) -> bool {
            true
        }
    }
    assert_eq!(simulate(&family(), &draw(), &Stop).unwrap_err(), WorldError::Stopped);
    let mut wrong = family();
    wrong.measures[0].is = "canister_lilt_max_deg > 45.0".to_owned();
    let message = simulate(&wrong, &draw(), &Silent).unwrap_err().to_string();
    assert!(message.contains("`tipped`"), "{message}");
    wrong = family();
    wrong.rare_event = "spilled".to_owned();
    assert!(simulate(&wrong, &draw(), &Silent).unwrap_err().to_string().contains("`spilled`"));
}

#[test]
fn a_slow_low_push_slides_and_a_fast_high_push_tips() {
    let push = [("reach_offset_y_m", 0.06), ("distractor_count", 0.0)];
    let low = [("reach_speed_m_s", 0.2), ("reach_height_m", 0.06), ("canister_mass_kg", 0.5), ("canister_fill", 0.5)];
    let slid = run(&[&push[..], &low[..], &[("table_friction", 0.2), ("canister_friction", 0.2)]].concat());
    assert!(slid.summary["canister_tilt_max_deg"] < 10.0, "{:?}", slid.summary);
    assert!(slid.summary["canister_shift_m"] > 0.02, "{:?}", slid.summary);
    let high = [("reach_speed_m_s", 1.2), ("reach_height_m", 0.19), ("canister_mass_kg", 0.1), ("canister_fill", 1.0)];
    let tipped = run(&[&push[..], &high[..]].concat());
    assert!(tipped.summary["canister_tilt_max_deg"] > 45.0, "{:?}", tipped.summary);
    assert!(tipped.rare && tipped.measures["tipped"] == 1.0);
    let touch_s = tipped.summary["hand_canister_contact_s"];
    assert!(touch_s > 0.2 && tipped.summary["hand_speed_at_contact_m_s"] > 0.1, "{:?}", tipped.summary);
    let touch = tipped.contacts.iter().find(|contact| contact.a == "canister" && contact.b == "right_arm").unwrap();
    assert!((touch.begin_s - touch_s).abs() < 1e-9 && touch.force_max_n > 0.0, "{touch:?}");
}

#[test]
fn a_grasp_holds_without_tipping() {
    let episode = run(&[("grip_close", 1.0), ("distractor_count", 0.0), ("reach_speed_m_s", 0.4)]);
    assert!(episode.summary["canister_tilt_max_deg"] < 12.0, "{:?}", episode.summary);
    assert!(episode.summary["hand_canister_contact_s"] > 0.5, "{:?}", episode.summary);
    assert!(episode.summary["canister_shift_m"] < 0.03, "{:?}", episode.summary);
}

#[test]
fn the_same_draw_gives_the_same_episode_on_any_thread() {
    let slots = [("distractor_count", 4.0), ("reach_offset_y_m", 0.05), ("reach_speed_m_s", 0.8)];
    let first = run(&slots);
    std::thread::scope(|scope| {
        let others: Vec<_> = (0..3).map(|_| scope.spawn(|| run(&slots))).collect();
        for other in others {
            assert!(other.join().unwrap() == first, "another episode");
        }
    });
    assert_eq!(first.snapshots.len(), 76);
    assert!(first.signals.values().all(|column| column.len() == 76), "columns are aligned");
    let mut stepped = World::build(&with(&slots), &draw()).unwrap();
    (0..PHYSICS_RATE_HZ as u64).for_each(|_| stepped.step().unwrap());
    assert_eq!(stepped.snapshot(), first.snapshots[30], "what is stepped by hand is what the episode records");
    assert!(
        vocabulary(&family()).summary.iter().map(|(name, _)| &**name).eq(first.summary.keys().map(String::as_str)),
        "{:?}",
        first.summary
    );
    for (name, unit) in vocabulary(&family()).summary.iter().chain(&vocabulary(&family()).signals) {
        assert!(crate::base::Unit::parse(unit).is_ok(), "{name}: {unit}");
    }
}

#[test]
fn a_rate_that_does_not_divide_the_physics_takes_the_nearest_step() {
    let mut family = with(&[("distractor_count", 0.0)]);
    family.clock = Clock { duration_s: 0.4, frame_rate_hz: 50.0 };
    let episode = simulate(&family, &draw(), &Silent).unwrap();
    assert_eq!(episode.snapshots.len(), 21);
    for (frame, snapshot) in episode.snapshots.iter().enumerate() {
        let off = (snapshot.time_s - frame as f64 / 50.0).abs();
        assert!(off <= 0.5 / PHYSICS_RATE_HZ + 1e-12, "frame {frame} is {off} s off");
    }
    family.clock.frame_rate_hz = 0.0;
    let refused = simulate(&family, &draw(), &Silent).unwrap_err().to_string();
    assert!(refused.contains("clock.frame_rate_hz is 0 Hz"), "{refused}");
}

#[test]
fn light_follows_its_events() {
    let mut family = family();
    family.parameters.push(Parameter::new("drop_s", "s", &Distribution::Constant(1.0)));
    let blackout = Action::ScaleLight { to: Bound::Number(0.2) };
    let over_s = Bound::Quantity(crate::base::Quantity::parse("500 ms").unwrap().unwrap());
    family.events = vec![Event { over_s, ..Event::at("blackout", Bound::Expression("drop_s".to_owned()), blackout) }];
    let mut draw = draw();
    draw.values.insert("drop_s".to_owned(), 1.0);
    let episode = simulate(&family, &draw, &Silent).unwrap();
    let level = &episode.signals["light_level"];
    for (frame, expected) in [(0, 1.0), (30, 1.0), (36, 0.68), (45, 0.2), (75, 0.2)] {
        assert!((level[frame] - expected).abs() < 1e-12, "frame {frame}: {}", level[frame]);
        let sky = f64::from(episode.snapshots[frame].light.sky[1]);
        assert!((sky - 0.45 * expected).abs() < 1e-6, "frame {frame}: sky {sky}");
    }
    assert_eq!((episode.summary["light_drop_s"], episode.summary["light_min"]), (1.0, 0.2));
}

#[test]
fn instances_are_in_order_and_one_a_thing() {
    for seed in 0..12 {
        let slots = [("distractor_count", 4.0), ("distractor_seed", f64::from(seed))];
        let world = World::build(&with(&slots), &draw()).unwrap();
        let bodies = world.snapshot().bodies;
        let mut names: BTreeMap<u16, &str> = BTreeMap::new();
        let mut last = 1;
        for body in &bodies {
            assert!(body.instance == last || body.instance == last + 1, "order at {}", body.name);
            last = body.instance;
            assert_eq!(*names.entry(body.instance).or_insert(&body.name), &*body.name, "one name an instance");
        }
        let mut unique: Vec<&str> = names.values().copied().collect();
        assert_eq!(unique[..4], ["table", "canister", "right_arm", "left_arm"]);
        let clutter = names.len() - 8;
        assert!((1..=4).contains(&clutter), "{clutter} distractors");
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), names.len(), "names are unique");
    }
}

#[test]
fn the_arms_never_start_inside_the_canister() {
    for (x, y) in [(0.24, -0.04), (0.24, 0.10), (0.44, -0.04), (0.44, 0.10), (0.32, 0.10)] {
        let thick = [("canister_radius_m", 0.048), ("canister_height_m", 0.30), ("reach_offset_y_m", -0.12)];
        let family = with(&[&thick[..], &[("canister_x_m", x), ("canister_y_m", y)]].concat());
        let mut world = World::build(&family, &draw()).unwrap();
        (0..24).for_each(|_| world.step().unwrap());
        let contacts = world.engine.contacts();
        let arms = contacts.iter().filter(|contact| contact.b.ends_with("_arm")).count();
        assert_eq!(arms, 0, "canister at {x}, {y}: {contacts:?}");
    }
}

#[test]
fn one_more_distractor_moves_no_other() {
    let bodies = |count: f64| {
        let family = with(&[("distractor_count", count), ("distractor_seed", 9.0)]);
        let all = World::build(&family, &draw()).unwrap().snapshot().bodies;
        all.into_iter().filter(|body| body.class == Class::Clutter).collect::<Vec<_>>()
    };
    let (two, three) = (bodies(2.0), bodies(3.0));
    assert!(two.len() < three.len() && two[..] == three[..two.len()]);
}

#[test]
fn the_camera_sees_the_canister_and_rolls_clockwise() {
    let mut family = family();
    let camera = World::build(&family, &draw()).unwrap().snapshot().camera;
    let (pixel, depth) = camera.project(DVec3::new(0.34, 0.03, 0.115));
    assert!((100.0..540.0).contains(&pixel.x) && (50.0..430.0).contains(&pixel.y) && depth > 0.3, "{pixel}");
    family.camera.roll_deg = Bound::Number(20.0);
    let rolled = World::build(&family, &draw()).unwrap().snapshot().camera;
    let above = |camera: &Camera| camera.project(DVec3::new(0.5, 0.02, 0.05)).0 - camera.centre_px;
    assert!(above(&rolled).x > above(&camera).x + 5.0, "what is up turns to the right");
}

#[test]
fn wrong_values_are_named() {
    let message = |family: &Family, draw: &Draw| World::build(family, draw).unwrap_err().to_string();
    let heavy = message(&with(&[("canister_mass_kg", 9.0)]), &draw());
    assert!(heavy.contains("scene.canister_mass_kg is 9 kg") && heavy.contains("0.02 to 2 kg"), "{heavy}");
    let nan = message(&with(&[("reach_speed_m_s", f64::NAN)]), &draw());
    assert!(nan.contains("scene.reach_speed_m_s is NaN"), "{nan}");
    let typo = message(&with(&[("canister_mas_kg", 0.2)]), &draw());
    assert!(typo.contains("did you mean `canister_mass_kg`?"), "{typo}");
    let mut bound = family();
    bound.scene.insert("canister_x_m".to_owned(), Bound::Expression("x".to_owned()));
    let missing = message(&bound, &draw());
    assert!(missing.contains("canister_x_m") && missing.contains("\"x\""), "{missing}");
    let mut moon = family();
    moon.stage = "moon".to_owned();
    assert_eq!(faults(&moon).len(), 1);
    assert!(message(&moon, &draw()).contains("\"moon\""));
}

#[test]
fn the_check_finds_what_building_would_refuse() {
    assert_eq!(faults(&family()), []);
    let mut bad = with(&[("canister_mas_kg", 0.2), ("canister_fill", 2.0), ("canister_y_m", f64::NAN)]);
    let wide = Distribution::Uniform { low: 0.1, high: 5.0 };
    bad.parameters.push(Parameter::new("speed", "m/s", &wide));
    bad.scene.insert("reach_speed_m_s".to_owned(), Bound::Expression("speed".to_owned()));
    let findings = faults(&bad);
    let fields: Vec<&str> = findings.iter().map(|finding| finding.field.as_str()).collect();
    assert_eq!(
        fields,
        ["scene.canister_fill", "scene.canister_mas_kg", "scene.canister_y_m", "scene.reach_speed_m_s"],
        "{findings:?}"
    );
}

#[test]
fn between_a_tenth_and_a_half_of_wide_draws_tip() {
    use crate::base::StreamKey;
    let key = StreamKey::new(4, "knock");
    let mut tipped = 0;
    let mut touched = 0;
    for at in 0..60 {
        let between = |name: &str, low: f64, high: f64| low + (high - low) * key.unit(name, at);
        let slots = [
            ("canister_mass_kg", between("mass", 0.1, 0.6)),
            ("reach_height_m", between("height", 0.08, 0.20)),
            ("reach_speed_m_s", between("speed", 0.2, 1.2)),
            ("reach_offset_y_m", between("offset", -0.05, 0.05)),
        ];
        let episode = run(&slots);
        tipped += u32::from(episode.rare);
        touched += u32::from(episode.summary["hand_canister_contact_s"] >= 0.0);
    }
    assert!((6..=30).contains(&tipped), "{tipped} of 60 tipped");
    assert!(touched > tipped, "{touched} of 60 touched, {tipped} tipped: not every touch tips");
}

fn number(value: f64) -> Bound {
    Bound::Number(value)
}

fn happening(events: Vec<Event>, slots: &[(&str, f64)]) -> (Family, Episode) {
    let mut family = with(slots);
    family.events = events;
    assert_eq!(faults(&family), [], "the stage can do this");
    let episode = simulate(&family, &draw(), &Silent).unwrap();
    (family, episode)
}

#[test]
fn an_event_waits_for_its_condition_and_happens_once() {
    let dim = Action::ScaleLight { to: number(0.25) };
    let event = Event {
        at_s: None,
        when: Some("hand_canister_distance_m < 0.2 && time_s > 0.1".to_owned()),
        delay_s: number(0.1),
        for_s: Some(number(0.5)),
        ..Event::at("near", number(0.0), dim)
    };
    let (_, episode) = happening(vec![event], &[("distractor_count", 0.0)]);
    let near = episode.signals["hand_canister_distance_m"].iter().position(|gap| *gap < 0.2).expect("comes near");
    let dark = episode.signals["light_level"].iter().position(|level| *level < 0.5).expect("goes dark");
    let (near_s, dark_s) = (episode.signals["time_s"][near], episode.signals["time_s"][dark]);
    assert!((dark_s - near_s - 0.1).abs() < 0.05, "near at {near_s}, dark at {dark_s}");
    let dark_frames = episode.signals["light_level"].iter().filter(|level| **level < 0.5).count();
    assert!((14..=16).contains(&dark_frames), "half a second, once: {dark_frames}");
}

#[test]
fn events_push_move_and_spawn_things() {
    let still = [("reach_speed_m_s", 0.05), ("distractor_count", 0.0)];
    let push = |impulse: f64| Action::Push {
        entity: "canister".to_owned(),
        impulse_ns: [number(0.0), number(impulse), number(0.0)],
        at_m: None,
    };
    // 0.25 kg at rest: 0.2 N·s give 0.8 m/s.
    let (_, hit) = happening(vec![Event::at("hit", number(0.5), push(0.2))], &still);
    let speed = hit.signals["canister_speed_m_s"][16];
    assert!((0.5..0.9).contains(&speed), "{speed} m/s");
    assert!(hit.summary["canister_shift_m"] > 0.02, "{:?}", hit.summary);

    let lift = Action::Move { entity: "canister".to_owned(), by_m: [number(0.0), number(0.0), number(0.1)] };
    let event = Event { over_s: number(0.5), ..Event::at("lift", number(0.5), lift) };
    let (_, lifted) = happening(vec![event], &still);
    let height = |frame: usize| lifted.signals["canister_z_m"][frame] - lifted.signals["canister_z_m"][0];
    assert!((height(22) - 0.05).abs() < 0.01 && (height(30) - 0.1).abs() < 0.01, "{} {}", height(22), height(30));
    assert!(height(75) < 0.02, "let go, it falls back: {}", height(75));

    let ball = Action::Spawn {
        kind: "ball".to_owned(),
        at_m: [number(0.45), number(0.03), number(0.05)],
        velocity_m_s: [number(-1.5), number(0.0), number(0.0)],
    };
    let (_, rolled) = happening(vec![Event::at("ball_in", number(1.0), ball)], &still);
    let seen = |frame: usize| rolled.snapshots[frame].bodies.iter().any(|body| &*body.name == "ball_in");
    assert!(!seen(29) && seen(31), "it appears at its time");
    assert!(rolled.contacts.iter().any(|touch| touch.a == "canister" && touch.b == "ball_in"), "{:?}", rolled.contacts);
}

#[test]
fn events_set_friction_and_set_points() {
    let ice = Action::Set { slot: "table_friction".to_owned(), to: number(0.0) };
    let stop = Action::Set { slot: "reach_speed_m_s".to_owned(), to: number(0.0) };
    let push = Action::Push {
        entity: "canister".to_owned(),
        impulse_ns: [number(0.0), number(0.05), number(0.0)],
        at_m: None,
    };
    let slots = [("reach_speed_m_s", 0.4), ("distractor_count", 0.0), ("canister_height_m", 0.1)];
    let later = |name: &str, action: Action| Event::at(name, number(0.3), action);
    let (_, rough) = happening(vec![later("push", push.clone()), later("stop", stop.clone())], &slots);
    let (_, slid) = happening(vec![later("push", push), later("stop", stop), later("ice", ice)], &slots);
    assert!(
        slid.summary["canister_shift_m"] > 3.0 * rough.summary["canister_shift_m"],
        "{:?} {:?}",
        slid.summary,
        rough.summary
    );
    let hand = &rough.signals["right_hand_x_m"];
    assert!((hand[75] - hand[15]).abs() < 1e-9, "the hand stands still after its set-point fell to 0");
}

#[test]
fn events_that_the_stage_cannot_do_are_found() {
    let mut family = family();
    let broken = [
        (Action::Set { slot: "canister_mass_kg".to_owned(), to: number(1.0) }, "action.slot", "cannot change during"),
        (Action::Set { slot: "sun_strength".to_owned(), to: number(9.0) }, "action.to", "within 0 to 3"),
        (
            Action::Push { entity: "canster".to_owned(), impulse_ns: [(); 3].map(|()| number(0.0)), at_m: None },
            "action.entity",
            "did you mean `canister`?",
        ),
        (
            Action::Spawn {
                kind: "bal".to_owned(),
                at_m: [(); 3].map(|()| number(0.0)),
                velocity_m_s: [(); 3].map(|()| number(0.0)),
            },
            "action.kind",
            "did you mean `ball`?",
        ),
    ];
    for (action, field, part) in broken {
        family.events = vec![Event::at("e", number(0.0), action)];
        let findings = faults(&family);
        assert!(findings.len() == 1 && findings[0].field == format!("events[0].{field}"), "{findings:?}");
        assert!(findings[0].text.contains(part), "{findings:?}");
        if field != "action.to" {
            assert!(World::build(&family, &draw()).unwrap_err().to_string().contains(part), "building says the same");
        }
    }
    let wait = Event {
        at_s: None,
        when: Some("tim_s > 1".to_owned()),
        ..Event::at("e", number(0.0), Action::ScaleLight { to: number(1.0) })
    };
    family.events = vec![wait];
    assert!(faults(&family)[0].text.contains("did you mean `time_s`?"), "{:?}", faults(&family));
}

#[test]
fn the_hands_goal_moves_while_it_is_on_its_way_and_without_a_jump() {
    let set = |slot: &str, to: f64| Action::Set { slot: slot.to_owned(), to: number(to) };
    let slots = [("reach_speed_m_s", 0.5), ("reach_height_m", 0.12), ("distractor_count", 0.0), ("canister_y_m", 0.1)];
    let events = vec![
        Event::at("lower", number(0.4), set("reach_height_m", 0.08)),
        Event::at("miss", number(0.4), set("reach_offset_y_m", -0.12)),
    ];
    let (family, moved) = happening(events, &slots);
    let straight = run(&slots);
    let there = run(&[("reach_height_m", 0.08), ("reach_offset_y_m", -0.12), slots[0], slots[2], slots[3]]);
    for (axis, tolerance) in [("right_hand_y_m", 1e-3), ("right_hand_z_m", 1e-3)] {
        let [moved, straight, there] = [&moved, &straight, &there].map(|episode| &episode.signals[axis]);
        assert_eq!(moved[..12], straight[..12], "{axis}: nothing before the event");
        assert!((moved[75] - there[75]).abs() < tolerance, "{axis}: {} and {}", moved[75], there[75]);
        assert!((moved[75] - straight[75]).abs() > 0.03, "{axis}: it did move");
    }
    let mut world = World::build(&family, &draw()).unwrap();
    let hand = |world: &World| DVec3::from_slice(&world.signals()[8..11]);
    let (mut at, mut speed) = (hand(&world), DVec3::ZERO);
    for _ in 0..600 {
        world.step().unwrap();
        let (now, before) = (hand(&world), speed);
        speed = (now - at) * PHYSICS_RATE_HZ;
        at = now;
        // A jump of the set-point by 13 cm in one step would be 30 m/s.
        assert!(speed.distance(before) < 0.1, "{} m/s in one step at {} s", speed.distance(before), world.time_s());
    }
}

#[test]
fn an_episode_says_which_events_came_and_when() {
    let light = |to: f64| Action::ScaleLight { to: number(to) };
    let when = |name: &str, text: &str| Event {
        at_s: None,
        when: Some(text.to_owned()),
        ..Event::at(name, number(0.0), light(0.5))
    };
    let delayed = Event { delay_s: number(0.25), ..when("near", "time_s >= 1") };
    let late = Event { delay_s: number(2.0), ..when("late", "time_s >= 1") };
    let events = vec![Event::at("early", number(0.5), light(0.5)), delayed, late, when("never", "canister_z_m > 9")];
    let (_, episode) = happening(events, &[("distractor_count", 0.0)]);
    let told: Vec<(&str, Option<f64>)> = episode.events.iter().map(|one| (one.name.as_str(), one.at_s)).collect();
    assert_eq!((told[0], told[2], told[3]), (("early", Some(0.5)), ("late", None), ("never", None)), "{told:?}");
    // In the step after the condition first holds.
    assert!(told[1].1.is_some_and(|at_s| (at_s - 1.25).abs() < 2.5 / PHYSICS_RATE_HZ), "{told:?}");
    let level = &episode.signals["light_level"];
    assert!(level[37] == 0.5 && level[39] == 0.25, "and the light says the same: {:?}", &level[36..40]);
}
