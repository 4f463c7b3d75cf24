//! The road stage as families see it.

use std::collections::BTreeMap;

use crate::base::Silent;
use crate::family::{Action, Bound, Event, Family};
use crate::sample::Draw;
use crate::world::criticality::road::braking_distance_m;
use crate::world::{Episode, WorldError, check, simulate};

fn draw() -> Draw {
    Draw { index: 0, refused: 0, values: BTreeMap::new(), ln_weight: 0.0 }
}

fn family(duration_s: f64, slots: &[(&str, f64)]) -> Family {
    let mut family = Family::new("drive", "Drive", "road");
    family.scene = slots.iter().map(|(name, value)| ((*name).to_owned(), Bound::Number(*value))).collect();
    family.clock.duration_s = duration_s;
    family.rare_event = "collided > 0.5".to_owned();
    family
}

fn drive(duration_s: f64, slots: &[(&str, f64)]) -> Episode {
    simulate(&family(duration_s, slots), &draw(), &Silent).unwrap()
}

/// No errors of perception, motorway.
const CALM: [(&str, f64); 3] = [("gap_noise_m", 0.0), ("speed_noise_m_s", 0.0), ("motorway", 1.0)];

fn with(more: &[(&'static str, f64)]) -> Vec<(&'static str, f64)> {
    CALM.iter().chain(more).copied().collect()
}

/// A stop from `speed_m_s` on a road of `friction`, asked by something that stands near ahead.
fn stop(speed_m_s: f64, friction: f64) -> Episode {
    let (gap, ttc_s) = (1.1 * braking_distance_m(speed_m_s, friction) + 2.0, 5.0);
    drive(
        14.0,
        &with(&[
            ("ego_speed_m_s", speed_m_s),
            ("road_friction", friction),
            ("ego_reaction_s", 0.0),
            ("ego_brake_m_s2", 12.0),
            ("emergency_ttc_s", ttc_s),
            ("sensor_range_m", 300.0),
            ("lead", 1.0),
            ("lead_speed_m_s", 0.0),
            ("lead_gap_m", gap),
            ("ego_comfort_m_s2", 8.0),
        ]),
    )
}

#[test]
fn a_full_stop_takes_the_distance_that_friction_allows() {
    for (speed_m_s, friction) in [(14.0, 0.8), (14.0, 0.5), (20.0, 0.8), (9.0, 0.3)] {
        let episode = stop(speed_m_s, friction);
        let speeds = &episode.signals["ego_speed_m_s"];
        let stood = speeds.iter().position(|speed| *speed < 0.05).unwrap();
        let (from, to) = (episode.signals["ego_x_m"][1], episode.signals["ego_x_m"][stood]);
        // The lag of the brakes costs some hundredths of a second at the first speed.
        let expected = braking_distance_m(speed_m_s, friction) + 0.035 * speed_m_s;
        assert!(
            (to - from - expected).abs() < 0.05 * expected,
            "{speed_m_s} m/s, {friction}: {} {expected}",
            to - from
        );
        assert!(episode.summary["collided"] == 0.0 && episode.summary["stop_distance_m"] > 0.0);
        assert!(episode.summary["ego_brake_max_m_s2"] < 1.25 * friction * 9.81, "{:?}", episode.summary);
    }
    let distance = |friction: f64| stop(14.0, friction).summary["stop_distance_m"];
    assert!(distance(0.3) > 1.3 * distance(0.5) && distance(0.5) > 1.3 * distance(0.8), "less friction, a longer stop");
}

#[test]
fn it_keeps_the_models_gap_behind_a_steady_vehicle() {
    let slots = [
        ("ego_speed_m_s", 30.0),
        ("lead", 1.0),
        ("lead_speed_m_s", 22.0),
        ("lead_gap_m", 60.0),
        ("ego_time_gap_s", 1.5),
    ];
    let episode = drive(40.0, &with(&slots));
    let last = |name: &str| *episode.signals[name].last().unwrap();
    // Treiber et al., equation 4 at rest.
    let expected = (2.0 + 22.0 * 1.5) / libm::sqrt(1.0 - libm::pow(22.0 / 30.0, 4.0));
    assert!((last("ego_speed_m_s") - 22.0).abs() < 0.3, "{}", last("ego_speed_m_s"));
    assert!((last("lead_gap_m") - expected).abs() < 0.06 * expected, "{} {expected}", last("lead_gap_m"));
    assert!(last("ego_y_m").abs() < 0.05 && !episode.rare, "it keeps its lane");
}

#[test]
fn time_to_collision_is_the_analytic_one_at_constant_speeds() {
    let slots = [
        ("ego_speed_m_s", 25.0),
        ("lead", 1.0),
        ("lead_speed_m_s", 15.0),
        ("lead_gap_m", 90.0),
        // Blind: it drives on.
        ("sensor_range_m", 5.0),
        ("emergency_ttc_s", 0.0),
    ];
    let episode = drive(6.0, &with(&slots));
    for (time_s, ttc_s) in episode.signals["time_s"].iter().zip(&episode.signals["ttc_s"]).take(150) {
        let expected = (90.0 - 10.0 * time_s) / 10.0;
        assert!((ttc_s - expected).abs() < 0.12 + 0.01 * expected, "{time_s} s: {ttc_s} {expected}");
    }
}

/// Somebody steps out from behind parked vehicles 43 m ahead while the ego comes with 13.9 m/s.
fn steps_out(walks_s: f64, reaction_s: f64) -> Episode {
    let mut family = family(
        6.0,
        &[
            ("gap_noise_m", 0.0),
            ("speed_noise_m_s", 0.0),
            ("ego_reaction_s", reaction_s),
            ("pedestrian", 1.0),
            ("pedestrian_x_m", 45.0),
            ("pedestrian_y_m", -4.6),
            ("pedestrian_sway_m_s", 0.0),
            ("parked_count", 3.0),
            ("parked_van", 1.0),
            ("parked_x_m", 43.5),
        ],
    );
    let to = Bound::Number(2.2);
    let walk = Action::Set { slot: "pedestrian_speed_m_s".to_owned(), to };
    family.events = vec![Event::at("walk", Bound::Number(walks_s), walk)];
    simulate(&family, &draw(), &Silent).unwrap()
}

#[test]
fn who_steps_out_late_is_hit_and_who_steps_out_early_is_not() {
    let (early, late) = (steps_out(0.0, 0.3), steps_out(1.0, 0.3));
    assert!(!early.rare && early.summary["pet_s"] > 0.0, "{:?}", early.summary);
    assert!(late.rare && late.summary["impact_speed_m_s"] > 1.0, "{:?}", late.summary);
    let touch = late.contacts.iter().find(|touch| touch.a == "ego" && touch.b == "pedestrian");
    assert!(
        touch.is_some_and(|touch| (touch.begin_s - late.summary["collision_s"]).abs() < 0.02),
        "{:?}",
        late.contacts
    );
    assert!(late.summary["occluded_s"] > 0.1 && late.summary["pet_s"] <= 0.0, "{:?}", late.summary);
    // Behind the van nothing of it is seen, then all.
    let visible = &late.signals["pedestrian_visible"];
    assert!(visible[0] < 0.05 && visible.iter().any(|share| *share > 0.95), "{visible:?}");
}

#[test]
fn a_longer_reaction_never_softens_the_blow() {
    let impacts: Vec<f64> = [0.0, 0.1, 0.2, 0.4, 0.6, 1.0]
        .iter()
        .map(|reaction| steps_out(0.8, *reaction).summary["impact_speed_m_s"])
        .collect();
    assert!(impacts.windows(2).all(|pair| pair[1] >= pair[0] - 0.05), "{impacts:?}");
    assert!(impacts[5] > impacts[0] + 2.0, "{impacts:?}");
}

#[test]
fn a_struck_pedestrian_falls_and_a_heedful_one_stops() {
    let hit = steps_out(1.0, 1.0);
    let xs = &hit.signals["pedestrian_x_m"];
    assert!(xs[xs.len() - 1] > xs[0] + 2.0, "it is thrown ahead: {} {}", xs[0], xs[xs.len() - 1]);
    let walks = |heeds: f64| {
        let slots = [
            ("pedestrian", 1.0),
            ("pedestrian_x_m", 40.0),
            ("pedestrian_y_m", -4.0),
            ("pedestrian_speed_m_s", 1.0),
            ("pedestrian_heeds", heeds),
            ("pedestrian_reaction_s", 0.2),
            ("sensor_range_m", 5.0),
        ];
        drive(6.0, &slots).rare
    };
    assert!(walks(0.0) && !walks(1.0), "the ego is blind");
}

#[test]
fn a_vehicle_changes_lanes_as_an_event_tells_it() {
    let mut family = family(
        6.0,
        &with(&[
            ("ego_speed_m_s", 30.0),
            ("cutter", 1.0),
            ("cutter_gap_m", 25.0),
            ("cutter_speed_m_s", 29.0),
            ("ego_lane", 0.0),
        ]),
    );
    let come = Action::Set { slot: "cutter_shift".to_owned(), to: Bound::Number(1.0) };
    let mut event = Event::at("come", Bound::Number(0.5), come);
    event.over_s = Bound::Number(2.5);
    family.events = vec![event];
    let episode = simulate(&family, &draw(), &Silent).unwrap();
    let ys = &episode.signals["cutter_y_m"];
    assert!((ys[0] - 3.65).abs() < 1e-9 && ys[ys.len() - 1].abs() < 0.15, "{} {}", ys[0], ys[ys.len() - 1]);
    assert!(ys.iter().all(|y| *y > -0.4), "it does not swing far over");
    assert!(!episode.rare && episode.summary["rss_violation_s"] > 1.0, "{:?}", episode.summary);
    family.scene.insert("cutter_side".to_owned(), Bound::Number(-1.0));
    let error = simulate(&family, &draw(), &Silent).unwrap_err().to_string();
    assert!(error.contains("no lane to the right"), "{error}");
}

#[test]
fn the_same_draw_has_the_same_bits_and_all_is_finite() {
    let everybody = [
        ("lead", 1.0),
        ("pedestrian", 1.0),
        ("pedestrian_speed_m_s", 1.4),
        ("cyclist", 1.0),
        ("parked_count", 4.0),
        ("traffic_count", 3.0),
        ("tunnel_length_m", 60.0),
        ("gap_noise_m", 0.5),
    ];
    let one = drive(5.0, &everybody);
    assert_eq!(one, drive(5.0, &everybody), "the same bits");
    for (name, _) in super::words::SIGNALS {
        assert!(one.signals[*name].iter().all(|value| value.is_finite()), "{name}");
    }
    assert!(one.summary.values().all(|value| value.is_finite()), "{:?}", one.summary);
    let other: Vec<_> = everybody.iter().copied().chain([("noise_seed", 7.0)]).collect();
    assert_ne!(one.signals, drive(5.0, &other).signals, "other noise");
}

#[test]
fn events_on_nobody_and_cameras_on_nothing_are_refused_in_words() {
    let mut family = family(1.0, &[]);
    let impulse_ns = [1000.0, 0.0, 0.0].map(Bound::Number);
    let push = Action::Push { entity: "lead".to_owned(), impulse_ns, at_m: None };
    family.events = vec![Event::at("bump", Bound::Number(0.2), push)];
    let error = simulate(&family, &draw(), &Silent).unwrap_err();
    assert!(matches!(&error, WorldError::Event { text, .. } if text.contains("set `scene.lead` to 1")), "{error}");
    family.scene.insert("lead".to_owned(), Bound::Number(1.0));
    assert!(simulate(&family, &draw(), &Silent).is_ok());
    family.camera.on = Some("eggo".to_owned());
    let found = check(&family, &crate::family::validate::Prepared::of(&family));
    assert!(found.iter().any(|finding| finding.field == "camera.on" && finding.text.contains("`ego`")), "{found:?}");
    assert!(simulate(&family, &draw(), &Silent).unwrap_err().to_string().contains("camera.on"));
}

#[test]
fn a_camera_rides_with_what_it_is_on() {
    let mut family = family(2.0, &with(&[("ego_speed_m_s", 20.0)]));
    let point = |x: f64| [x, 0.0, 1.3].map(Bound::Number);
    (family.camera.eye_m, family.camera.target_m) = (point(0.4), point(10.0));
    family.camera.on = Some("ego".to_owned());
    let episode = simulate(&family, &draw(), &Silent).unwrap();
    let eyes: Vec<f64> = episode.snapshots.iter().map(|shot| shot.camera.world_from_camera.position.x).collect();
    for (eye, x) in eyes.iter().zip(&episode.signals["ego_x_m"]) {
        assert!((eye - x - 0.4).abs() < 0.05, "{eye} {x}");
    }
    assert!(eyes[eyes.len() - 1] > 39.0);
}

#[test]
fn the_ego_is_told_what_its_pedals_are_told() {
    let episode = stop(14.0, 0.8);
    let of = |name: &str| &episode.signals[name];
    let (throttle, brake, accel) = (of("ego_throttle_command"), of("ego_brake_command"), of("ego_accel_command_m_s2"));
    let emergency = of("ego_emergency").iter().position(|on| *on == 1.0).unwrap();
    assert!((brake[emergency] - 1.0).abs() < 1e-12 && (accel[emergency] + 12.0).abs() < 1e-12, "{}", brake[emergency]);
    assert!(throttle.iter().zip(brake).all(|(throttle, brake)| *throttle == 0.0 || *brake == 0.0), "never both");
    // The brakes follow with a first-order lag: they are behind on the way up.
    assert!(of("ego_brake")[emergency] < 0.6 && of("ego_brake")[emergency + 15] > 0.95);
    let alone = drive(4.0, &with(&[("ego_speed_m_s", 20.0)]));
    let speeds = &alone.signals["ego_speed_m_s"];
    assert!(alone.signals["ego_brake_command"].iter().all(|brake| *brake < 0.5), "nobody ahead: {speeds:?}");
    let steer = alone.signals["ego_steer_command_rad"].iter().fold(0.0_f64, |most, angle| most.max(angle.abs()));
    assert!(steer < 0.01 && alone.signals["ego_heading_rad"].iter().all(|angle| angle.abs() < 0.01), "{steer}");
}

/// Somebody on a bicycle beside parked cars, whom the ego passes along y = `line_m`; no errors and no swaying.
fn cycles(line_m: f64, more: &[(&'static str, f64)]) -> Family {
    let slots = [
        ("gap_noise_m", 0.0),
        ("speed_noise_m_s", 0.0),
        ("ego_speed_m_s", 12.0),
        ("ego_line_m", line_m),
        ("cyclist", 1.0),
        ("cyclist_x_m", 28.0),
        ("cyclist_y_m", -1.2),
        ("cyclist_sway_m", 0.0),
        ("parked_count", 3.0),
        ("parked_x_m", 50.0),
    ];
    family(6.0, &slots.into_iter().chain(more.iter().copied()).collect::<Vec<_>>())
}

/// The same, with a door that opens over 0.7 s once the cyclist is so far before it.
fn door_opens(line_m: f64, before_m: f64, more: &[(&'static str, f64)]) -> Episode {
    let mut family = cycles(line_m, more);
    let open = Action::Set { slot: "parked_door".to_owned(), to: Bound::Number(1.0) };
    let mut event = Event::at("open", Bound::Number(0.0), open);
    (event.at_s, event.when) = (None, Some(format!("cyclist_x_m + 0.9 > 47.45 - {before_m}")));
    event.over_s = Bound::Number(0.7);
    family.events = vec![event];
    simulate(&family, &draw(), &Silent).unwrap()
}

#[test]
fn the_ego_keeps_to_its_line_and_passes_with_the_room_that_is_left() {
    for line_m in [0.7, 1.5] {
        let episode = simulate(&cycles(line_m, &[]), &draw(), &Silent).unwrap();
        let ys = &episode.signals["ego_y_m"];
        assert!(ys.iter().all(|y| (y - line_m).abs() < 0.02), "{line_m}: {} {}", ys[0], ys[ys.len() - 1]);
        // Half the car's width and half the handlebar's lie between the lines.
        let room_m = line_m + 1.2 - 0.9 - 0.3;
        let passed_m = episode.summary["passing_min_m"];
        assert!((passed_m - room_m).abs() < 0.03, "{line_m}: {passed_m} {room_m}");
        assert_eq!((episode.summary["cyclist_pet_s"], episode.summary["cyclist_fell"]), (100.0, 0.0));
    }
}

#[test]
fn a_cyclist_swerves_round_a_door_into_who_passes_too_near() {
    let (near, wide) = (door_opens(0.5, 8.0, &[]), door_opens(2.2, 8.0, &[]));
    let highest = |episode: &Episode| episode.signals["cyclist_y_m"].iter().fold(f64::MIN, |most, y| most.max(*y));
    assert!(highest(&wide) > -0.45 && wide.summary["cyclist_fell"] == 0.0 && !wide.rare, "{:?}", wide.summary);
    assert!(near.summary["passing_min_m"] < 0.5 * wide.summary["passing_min_m"], "{:?}", near.summary);
    let open = &wide.signals["door_open"];
    assert!(open[0] == 0.0 && open[open.len() - 1] == 1.0);
    // Who can neither swerve nor brake rides into it, and lies on the road afterwards.
    let stuck = [("cyclist_lateral_m_s2", 0.2), ("cyclist_brakes_m_s2", 0.0)];
    let falls = door_opens(2.2, 3.0, &stuck);
    assert!(falls.summary["cyclist_fell"] == 1.0, "{:?}", falls.summary);
    assert!(falls.contacts.iter().any(|touch| touch.a == "door" || touch.b == "door"), "{:?}", falls.contacts);
    assert!(door_opens(2.2, 14.0, &[]).summary["cyclist_fell"] == 0.0, "who sees it early gets round");
}

#[test]
fn a_crossing_lies_from_kerb_to_kerb_and_nothing_is_painted_or_parked_on_it() {
    let slots = [("crossing_x_m", 40.0), ("crossing_width_m", 4.0), ("parked_count", 4.0), ("parked_x_m", 43.0)];
    let episode = drive(0.1, &slots);
    let of = |name: &'static str| {
        episode.snapshots[0].bodies.iter().filter(move |body| &*body.name == name).map(|body| {
            let crate::world::Shape::Box { half, .. } = &body.shape else { panic!("a slab") };
            (body.pose.position, *half)
        })
    };
    let stripes: Vec<_> = of("crossing").collect();
    // Two lanes of 3.3 m and two strips to park on of 2.3 m hold eleven stripes of half a metre.
    assert_eq!(stripes.len(), 11);
    assert!(stripes.iter().all(|(at, half)| at.x == 40.0 && half.x == 2.0 && (half.y - 0.25).abs() < 1e-9));
    assert!(stripes.windows(2).all(|pair| (pair[1].0.y - pair[0].0.y - 1.0).abs() < 1e-9));
    let (low, high) = (stripes[0].0.y - 0.25, stripes[10].0.y + 0.25);
    assert!(low >= -3.95 && high <= 7.25 && (low + 3.95 - (7.25 - high)).abs() < 1e-9, "in the middle: {low} {high}");
    assert!(of("markings").all(|(at, half)| at.x + half.x <= 38.0 + 1e-9 || at.x - half.x >= 42.0 - 1e-9));
    assert!(drive(0.1, &slots[2..]).snapshots[0].bodies.iter().all(|body| &*body.name != "crossing"));
    let front = |name: &str| {
        let parts = episode.snapshots[0].bodies.iter().filter(|body| &*body.name == name);
        parts.map(|body| body.pose.position.x).fold(f64::MIN, f64::max)
    };
    assert!(front("parked_1") < 38.0 && front("parked_1") > 37.0, "right before it: {}", front("parked_1"));
}

#[test]
fn crossings_of_motorways_and_doors_of_nothing_are_refused_in_words() {
    let refused = |slots: &[(&str, f64)]| simulate(&family(1.0, slots), &draw(), &Silent).unwrap_err().to_string();
    let crossing = refused(&[("motorway", 1.0), ("crossing_width_m", 3.0)]);
    assert!(crossing.contains("crossing_width_m") && crossing.contains("set `motorway` to 0"), "{crossing}");
    let door = refused(&[("parked_door", 0.5)]);
    assert!(door.contains("parked_door") && door.contains("set `parked_count` to 1"), "{door}");
}
