//! What a world says of itself against what is known of it another way.

use std::collections::BTreeMap;

use glam::DVec3;

use super::facts::{AreaKind, LineKind, Phase, Skeleton};
use super::{Class, Episode, Facts, Shape, Simulator, Snapshot};
use crate::base::Silent;
use crate::family::{Bound, Family};
use crate::sample::Sampler;

fn family(name: &str, scene: &[(&str, f64)]) -> Family {
    let path = format!("{}/scenarios/{name}.ron", env!("CARGO_MANIFEST_DIR"));
    let mut family = crate::family::parse(&std::fs::read_to_string(&path).unwrap(), name).unwrap();
    family.scene.extend(scene.iter().map(|(slot, value)| ((*slot).to_owned(), Bound::Number(*value))));
    family
}

fn episode(family: &Family) -> Episode {
    let draw = Sampler::new(family, 5).unwrap().draw_with(0, &BTreeMap::new()).unwrap();
    Simulator::new(family).unwrap().episode(&draw, &Silent).unwrap()
}

fn instance(snapshot: &Snapshot, name: &str) -> u16 {
    snapshot.bodies.iter().find(|body| *body.name == *name).unwrap_or_else(|| panic!("no {name}")).instance
}

fn skeleton<'a>(facts: &'a Facts, snapshot: &Snapshot, name: &str) -> &'a Skeleton {
    let instance = instance(snapshot, name);
    facts.skeletons.iter().find(|skeleton| skeleton.instance == instance).unwrap_or_else(|| panic!("{name}: no points"))
}

fn point(skeleton: &Skeleton, name: &str) -> DVec3 {
    let at = skeleton.bones.names.iter().position(|known| known == name).unwrap_or_else(|| panic!("no point {name}"));
    skeleton.at[at]
}

#[test]
fn an_arms_points_are_those_of_its_joint_angles() {
    let episode = episode(&family("tabletop_light_step", &[]));
    let column = |name: &str, at: usize| episode.signals[name][at];
    for (at, (facts, snapshot)) in episode.facts.iter().zip(&episode.snapshots).enumerate().step_by(5) {
        let arm = skeleton(facts, snapshot, "right_arm");
        // Forward kinematics written down anew: Ry(pitch) Rx(roll) along the upper arm, then the elbow's bend about y.
        let shoulder = DVec3::new(-0.08, -0.17, 0.30);
        let angle = |name: &str| column(&format!("right_{name}_rad"), at);
        let (pitch, roll, yaw) = (angle("shoulder_pitch"), angle("shoulder_roll"), angle("shoulder_yaw"));
        let turned = glam::DQuat::from_rotation_y(pitch)
            * glam::DQuat::from_rotation_x(roll)
            * glam::DQuat::from_rotation_z(yaw);
        let elbow = shoulder + turned * DVec3::new(0.0, 0.0, -0.28);
        let wrist = elbow + turned * glam::DQuat::from_rotation_y(-angle("elbow")) * DVec3::new(0.0, 0.0, -0.27);
        for (name, expected) in [("shoulder", shoulder), ("elbow", elbow), ("wrist", wrist)] {
            let off_m = point(arm, name).distance(expected);
            assert!(off_m < 1e-6, "{name} at state {at} is off by {off_m} m");
        }
        let hand = DVec3::new(column("right_hand_x_m", at), column("right_hand_y_m", at), column("right_hand_z_m", at));
        assert!(point(arm, "wrist").distance(hand) < 1e-6, "the recorded hand is the wrist");
        let canister = skeleton(facts, snapshot, "canister");
        let middle = 0.5 * (point(canister, "top") + point(canister, "bottom"));
        let recorded = ["x", "y", "z"].map(|axis| column(&format!("canister_{axis}_m"), at));
        assert!(middle.distance(DVec3::from_array(recorded)) < 1e-9);
    }
}

#[test]
fn points_of_people_and_robots_lie_in_what_is_seen_of_them() {
    let walks = [("pedestrian", 1.0), ("cyclist", 1.0)];
    let road = episode(&family("road_dart_out", &walks));
    let stands = episode(&family("balance_push", &[]));
    let (state, near) = (road.snapshots.len() / 2, 0.12);
    for (episode, state, name, count) in
        [(&road, state, "pedestrian", 14), (&road, state, "cyclist", 22), (&stands, 10, "humanoid", 18)]
    {
        let (facts, snapshot) = (&episode.facts[state], &episode.snapshots[state]);
        let skeleton = skeleton(facts, snapshot, name);
        assert!(skeleton.at.len() >= count, "{name}: {:?}", skeleton.bones.names);
        let mut names = skeleton.bones.names.clone();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), skeleton.at.len(), "{name}: names are unique");
        let trees = if name == "cyclist" { 2 } else { 1 };
        assert_eq!(skeleton.bones.edges.len(), skeleton.at.len() - trees, "{name}: a tree each for whom and what");
        for (point, known) in skeleton.at.iter().zip(&skeleton.bones.names) {
            let of = |body: &&super::Body| body.instance == skeleton.instance;
            let apart_m = |body: &super::Body| {
                let local = body.pose.inverse().point(*point).abs();
                (local - body.shape.half_extents_m()).max(DVec3::ZERO).length()
            };
            let nearest = snapshot.bodies.iter().filter(of).map(apart_m).fold(f64::INFINITY, f64::min);
            assert!(nearest < near, "{name}: {known} is {nearest} m away from every part");
        }
    }
    let walker = skeleton(&road.facts[state], &road.snapshots[state], "pedestrian");
    let high = |name: &str| point(walker, name).z;
    assert!(high("head") > high("left_shoulder") && high("left_shoulder") > high("left_hip"), "upright");
    assert!(high("left_hip") > high("left_knee") && high("left_knee") > high("left_ankle"), "upright");
    let thigh_m = point(walker, "left_hip").distance(point(walker, "left_knee"));
    let shank_m = point(walker, "left_knee").distance(point(walker, "left_ankle"));
    assert!((thigh_m / shank_m - 0.43 / 0.39).abs() < 1e-6, "{thigh_m} {shank_m}: a limb does not stretch");
}

#[test]
fn points_of_vehicles_and_bicycles_go_where_their_wheels_go() {
    let scene = [("cyclist", 1.0), ("parked_count", 2.0), ("traffic_count", 4.0)];
    let (street, motorway) = (episode(&family("road_dart_out", &scene)), episode(&family("road_cut_in", &[])));
    let (mut oncoming, mut steered) = (0, false);
    let all = [&street, &motorway].map(|episode| episode.facts.iter().zip(&episode.snapshots).step_by(4));
    for (facts, snapshot) in all.into_iter().flatten() {
        let vehicles = facts.skeletons.iter().filter(|skeleton| skeleton.bones.names.len() == 24);
        for vehicle in vehicles {
            let (left, right) = (point(vehicle, "rear_wheel_left"), point(vehicle, "rear_wheel_right"));
            let ahead = point(vehicle, "central_up_left") - point(vehicle, "rear_up_left");
            assert!(ahead.cross(left - right).z > 0.1, "left is on the left of what drives");
            oncoming += usize::from(ahead.x < 0.0);
            // The middle of a rim's outer end, wherever the wheel has been turned to.
            let own = |body: &&super::Body| body.instance == vehicle.instance;
            let rims = snapshot.bodies.iter().filter(own).filter_map(|body| match body.shape {
                Shape::Cylinder { half_height, .. } if (half_height - 0.114).abs() < 1e-9 => Some((body, half_height)),
                _ => None,
            });
            let ends: Vec<DVec3> = rims
                .flat_map(|(body, half_m)| [1.0, -1.0].map(|side| body.pose.point(DVec3::Z * (side * half_m))))
                .collect();
            assert_eq!(ends.len(), 8);
            for name in ["front_wheel_left", "front_wheel_right", "rear_wheel_left", "rear_wheel_right"] {
                let at = point(vehicle, name);
                assert!(ends.iter().any(|end| end.distance(at) < 1e-9), "{name} is on no rim");
            }
            let axle = point(vehicle, "front_wheel_left") - point(vehicle, "front_wheel_right");
            steered |= axle.normalize().cross((left - right).normalize()).length() > 1e-4;
        }
        if snapshot.bodies.iter().all(|body| body.class != Class::Cyclist) {
            continue;
        }
        let cyclist = skeleton(facts, snapshot, "cyclist");
        let wheelbase_m = point(cyclist, "front_wheel").distance(point(cyclist, "rear_wheel"));
        assert!((wheelbase_m - 1.04).abs() < 1e-9, "{wheelbase_m}");
        let crank_m = point(cyclist, "left_pedal").distance(point(cyclist, "right_pedal"));
        assert!((crank_m - libm::hypot(0.34, 0.31)).abs() < 1e-9, "two cranks, and both pedals' ends: {crank_m}");
    }
    assert!(oncoming > 0 && steered, "{oncoming} oncoming");
}

#[test]
fn boxes_have_their_corners_and_balls_have_none() {
    let (mut boxes, mut balls) = (0, 0);
    for seed in 1..5 {
        let scene = [("distractor_count", 4.0), ("distractor_seed", f64::from(seed))];
        let episode = episode(&family("tabletop_light_step", &scene));
        let (facts, snapshot) = (&episode.facts[3], &episode.snapshots[3]);
        for body in snapshot.bodies.iter().filter(|body| body.class == Class::Clutter) {
            let known = facts.skeletons.iter().find(|skeleton| skeleton.instance == body.instance);
            match body.shape {
                Shape::Box { half, round } if body.name.starts_with("box") => {
                    boxes += 1;
                    // On the rounding: as far from its middle as its radius.
                    let sign = DVec3::new(1.0, -1.0, 1.0);
                    let expected = body.pose.point((half - round) * sign + sign.normalize() * round);
                    assert!(point(known.unwrap(), "front_right_top").distance(expected) < 1e-12);
                    assert_eq!((known.unwrap().at.len(), known.unwrap().bones.edges.len()), (8, 12));
                }
                Shape::Sphere { .. } => {
                    balls += 1;
                    assert!(known.is_none());
                }
                _ => {}
            }
        }
    }
    assert!(boxes > 0 && balls > 0, "{boxes} boxes, {balls} balls");
}

#[test]
fn what_stands_presses_with_its_weight_where_it_stands() {
    let episode = episode(&family("tabletop_light_step", &[("canister_mass_kg", 0.8)]));
    // Before the hand comes.
    let (facts, snapshot) = (&episode.facts[5], &episode.snapshots[5]);
    let canister = instance(snapshot, "canister");
    let on_table = facts.contacts.iter().find(|pressing| pressing.b.1 == canister && &*pressing.a.0 == "table");
    let pressing = on_table.unwrap_or_else(|| panic!("{:?}", facts.contacts));
    assert!((pressing.normal_n.z / (0.8 * 9.81) - 1.0).abs() < 0.02, "{:?}", pressing.normal_n);
    let total_n: f64 = pressing.points.iter().map(|(_, force_n)| force_n).sum();
    assert!((total_n - pressing.normal_n.z).abs() < 0.01 * total_n);
    let body = snapshot.bodies.iter().find(|body| body.instance == canister).unwrap();
    assert!(pressing.at.truncate().distance(body.pose.position.truncate()) < 0.02 && pressing.at.z.abs() < 1e-3);
}

#[test]
fn lines_lie_where_the_paint_is_and_lanes_fill_the_asphalt() {
    for (name, lanes, lines) in [("road_dart_out", 2, 3), ("road_tunnel_glare", 3, 4)] {
        let episode = episode(&family(name, &[]));
        let (facts, snapshot) = (&episode.facts[0], &episode.snapshots[0]);
        let known = facts.lanes.as_ref().expect("a road");
        let painted = known.lines.iter().filter(|line| line.kind != LineKind::Edge);
        assert_eq!(painted.clone().count(), lines, "{name}");
        let mut slabs = 0;
        for body in snapshot.bodies.iter().filter(|body| &*body.name == "markings") {
            let half = body.shape.half_extents_m();
            let on = |line: &&super::facts::LaneLine| {
                let first = line.points[0];
                let along = body.pose.position.x - first.x;
                let held =
                    line.painted_m.iter().any(|[from, to]| along - half.x > from - 1e-9 && along + half.x < to + 1e-9);
                (body.pose.position.y - first.y).abs() < 1e-9 && (2.0 * half.y - line.width_m).abs() < 1e-9 && held
            };
            assert_eq!(painted.clone().filter(on).count(), 1, "{name}: paint at {}", body.pose.position);
            slabs += 1;
        }
        assert!(slabs > 10, "{name}: {slabs}");
        let own = known.areas.iter().filter(|area| area.kind == AreaKind::OwnLane).count();
        assert_eq!((own, known.areas.len()), (1, lanes + 2), "{name}: with what is beside the lanes");
        for pair in known.areas.windows(2) {
            assert_eq!(pair[0].along_across_m[1][1], pair[1].along_across_m[0][1], "{name}: no gap, no overlap");
        }
    }
}

#[test]
fn events_and_the_rare_event_are_told_as_they_come() {
    let family = family("tabletop_light_step", &[]);
    let simulator = Simulator::new(&family).unwrap();
    let sampler = Sampler::new(&family, 5).unwrap();
    let draw = sampler.draw_with(0, &BTreeMap::new()).unwrap();
    let episode = simulator.judged(&draw, &|_| true, &Silent).unwrap();
    let begun_s = episode.events[0].at_s.expect("the light drops");
    for (facts, snapshot) in episode.facts.iter().zip(&episode.snapshots) {
        let event = &facts.events[0];
        assert_eq!((event.kind, event.name.as_str()), ("light", family.events[0].name.as_str()));
        assert_eq!(event.phase == Phase::Waits, snapshot.time_s < begun_s, "{event:?} at {}", snapshot.time_s);
        assert!(event.phase != Phase::Waits || event.share == 0.0);
    }
    let last = episode.facts.last().unwrap().so_far.expect("the end is known");
    assert_eq!((last.rare, last.margin), (episode.rare, episode.margin), "at the end it is the episode's");
    // Some draw in which it happens: first it has not, in the end it has.
    let judged = |at: u64| simulator.judged(&sampler.draw(at).unwrap(), &|_| true, &Silent).unwrap();
    let rare = (0..40).map(judged).find(|one| one.rare);
    let told: Vec<Option<bool>> =
        rare.expect("a rare one").facts.iter().map(|facts| Some(facts.so_far?.rare)).collect();
    assert!(told[0] != Some(true) && *told.last().unwrap() == Some(true), "{told:?}");
    // Who asks at some states gets the same there, and the rest of the episode whoever asks.
    let some = simulator.judged(&draw, &|state| state % 7 == 3, &Silent).unwrap();
    for (at, (facts, all)) in some.facts.iter().zip(&episode.facts).enumerate() {
        assert_eq!(facts.so_far, all.so_far.filter(|_| at % 7 == 3), "state {at}");
    }
    let plain = |episode: &Episode| {
        let facts = episode.facts.iter().map(|facts| Facts { so_far: None, ..facts.clone() }).collect();
        Episode { facts, ..episode.clone() }
    };
    assert_eq!((plain(&some), plain(&episode)), (simulator.episode(&draw, &Silent).unwrap(), plain(&some)));
}
