//! Robots of users' own: they swing, hold, sag and move as physics, their files and their controllers say.

use std::collections::BTreeMap;

use super::criticality::balance::GRAVITY_M_S2;
use super::{Class, Episode, check, simulate};
use crate::base::Silent;
use crate::family::validate::Prepared;
use crate::family::{Action, Bound, Distribution, Entity, Event, Family, Files, Form, Parameter, RigJoint};
use crate::sample::Draw;

type Beside<'a> = &'a [(&'a str, Vec<u8>)];

fn draw() -> Draw {
    Draw { index: 0, refused: 0, values: BTreeMap::from([("a0".to_owned(), 0.4)]), ln_weight: 0.0 }
}

/// The table with this rig well above it.
fn family(shape: Form, duration_s: f64, beside: Beside<'_>) -> Family {
    let mut family = Family::new("rigs", "Rigs", "tabletop");
    family.entities = vec![Entity::new("arm", shape, [0.0, 2.0, 3.0])];
    family.clock.duration_s = duration_s;
    family.clock.frame_rate_hz = 60.0;
    family.parameters = vec![Parameter::new("a0", "rad", &Distribution::Uniform { low: 0.0, high: 1.0 })];
    let read = |path: &str| Ok(beside.iter().find(|(known, _)| *known == path).map(|(_, bytes)| bytes.clone()));
    family.files = Files::read(family.file_names(), &read);
    family
}

/// A rig with this controller whose joints start and go there.
fn rig(controller: &str, joints: &[(&str, f64, Option<f64>)]) -> Form {
    let mut form = Form::rig("robots/arm.urdf");
    if let Form::Rig { controller: named, joints: all, .. } = &mut form {
        controller.clone_into(named);
        for (name, start, to) in joints {
            let joint = RigJoint {
                start_rad: Some(Bound::Number(*start)),
                to_rad: to.map(Bound::Number),
                ..RigJoint::default()
            };
            all.insert((*name).to_owned(), joint);
        }
    }
    form
}

/// Two uniform rods of 1 kg and `LONG_M` that hang on a hook without a mass and turn about y; `limit` is that of both.
fn two_rods(limit: &str) -> Vec<(&'static str, Vec<u8>)> {
    let across = LONG_M * LONG_M / 12.0;
    let link = |name: &str| {
        format!(
            r#"<link name="{name}"><inertial><origin xyz="0 0 {}"/><mass value="1"/><inertia ixx="{across}" iyy="{across}"
                izz="0.0001" ixy="0" ixz="0" iyz="0"/></inertial>
                <visual><origin xyz="0 0 {0}"/><geometry><box size="0.03 0.03 {LONG_M}"/></geometry></visual></link>"#,
            -0.5 * LONG_M
        )
    };
    let joint = |name: &str, parent: &str, child: &str, z: f64| {
        format!(
            r#"<joint name="{name}" type="revolute"><parent link="{parent}"/><child link="{child}"/>
            <origin xyz="0 0 {z}"/><axis xyz="0 1 0"/><limit {limit}/></joint>"#
        )
    };
    let text = format!(
        "<robot name=\"rods\"><link name=\"hook\"/>{}{}{}{}</robot>",
        link("upper"),
        link("lower"),
        joint("Shoulder-1", "hook", "upper", 0.0),
        joint("elbow", "upper", "lower", -LONG_M)
    );
    vec![("robots/arm.urdf", text.into_bytes())]
}

const LONG_M: f64 = 0.5;
const FREE: &str = r#"lower="-3" upper="3" effort="100" velocity="10""#;

fn ran(shape: Form, duration_s: f64, beside: Beside<'_>) -> Episode {
    simulate(&family(shape, duration_s, beside), &draw(), &Silent).expect("simulates")
}

fn largest(all: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    all.iter().map(|number| of(*number)).fold(0.0, f64::max)
}

#[test]
fn a_pendulum_swings_with_the_period_of_its_inertia() {
    let text = r#"<robot name="pendulum"><link name="world"/>
        <link name="rod"><inertial><origin xyz="0 0 -0.5"/><mass value="3"/>
        <inertia ixx="0.25" iyy="0.25" izz="0.001" ixy="0" ixz="0" iyz="0"/></inertial></link>
        <joint name="pivot" type="continuous"><parent link="world"/><child link="rod"/><axis xyz="0 1 0"/></joint></robot>"#;
    let beside = [("robots/arm.urdf", text.as_bytes().to_vec())];
    let episode = ran(rig("limp", &[("pivot", 0.1, None)]), 6.0, &beside);
    let angle = &episode.signals["arm_pivot_rad"];
    assert_eq!(angle[0], 0.1);
    // Where it passes through 0, between states.
    let crossing = |(at, pair): (usize, &[f64])| {
        (pair[0] * pair[1] < 0.0).then(|| (at as f64 + pair[0] / (pair[0] - pair[1])) / 60.0)
    };
    let times: Vec<f64> = angle.windows(2).enumerate().filter_map(crossing).collect();
    let period = 2.0 * (times.last().unwrap() - times[0]) / (times.len() - 1) as f64;
    // T = 2π √(I / (m g l)) of a rod of 1 m about its end, larger by 1 + θ²/16 at θ = 0.1 rad.
    let expected = std::f64::consts::TAU * (1.0 / (3.0 * GRAVITY_M_S2 * 0.5)).sqrt() * (1.0 + 0.01 / 16.0);
    assert!((period / expected - 1.0).abs() < 0.02, "{period} s, a physical pendulum has {expected} s");
    let swing = angle[angle.len() - 80..].iter().fold(0.0_f64, |most, angle| most.max(angle.abs()));
    assert!((swing / 0.1 - 1.0).abs() < 0.1, "nothing takes its energy: {swing} rad");
    assert!(!episode.signals.contains_key("arm_pivot_command_rad"), "nobody commands it");
}

#[test]
fn a_held_arm_stays_unless_its_torque_is_too_small() {
    let joints = [("Shoulder-1", 0.9, None), ("elbow", -0.5, None)];
    let held = ran(rig("hold", &joints), 1.5, &two_rods(FREE));
    for (name, start) in [("arm_shoulder_1_rad", 0.9), ("arm_elbow_rad", -0.5)] {
        let off = largest(&held.signals[name], |angle| (angle - start).abs());
        assert!(off < 0.005, "{name} is {off} rad off");
    }
    assert_eq!(held.signals["arm_elbow_command_rad"][10], -0.5);
    // The shoulder needs 2 kg · g · about 0.4 m, of which 2 N m are a third.
    let weak = ran(rig("hold", &joints), 1.5, &two_rods(&FREE.replace("\"100\"", "\"2\"")));
    let sagged = 0.9 - weak.signals["arm_shoulder_1_rad"].last().unwrap();
    assert!(sagged.abs() > 0.2, "{sagged} rad");
}

#[test]
fn limits_of_position_and_speed_are_kept() {
    let narrow = FREE.replace("\"-3\"", "\"0.2\"");
    let limp = ran(rig("limp", &[("Shoulder-1", 1.0, None)]), 2.0, &two_rods(&narrow));
    let angle = &limp.signals["arm_shoulder_1_rad"];
    let low = angle.iter().copied().fold(1.0, f64::min);
    assert!((0.15..0.3).contains(&low), "it falls on its limit and stays there: {low}");
    assert_eq!(limp.signals["arm_elbow_rad"][0], 0.2, "what is not written starts within its limits");
    // Too fast a way: the joint goes at its speed and comes late.
    let slow = two_rods(&FREE.replace("\"10\"", "\"0.5\""));
    let mut way = rig("follow", &[("Shoulder-1", 0.0, Some(1.0))]);
    if let Form::Rig { over_s, .. } = &mut way {
        *over_s = Bound::Number(0.2);
    }
    let episode = ran(way, 3.0, &slow);
    let (angle, rate) = (&episode.signals["arm_shoulder_1_rad"], &episode.signals["arm_shoulder_1_rad_s"]);
    let fastest = largest(rate, f64::abs);
    assert!((0.48..0.525).contains(&fastest), "{fastest} rad/s");
    assert!(angle[60] < 0.55 && (angle.last().unwrap() - 1.0).abs() < 0.01, "{} rad after 1 s", angle[60]);
}

#[test]
fn a_followed_way_is_followed_in_its_time() {
    let mut way = rig("follow", &[("Shoulder-1", 0.0, Some(1.2)), ("elbow", 0.0, None)]);
    if let Form::Rig { from_s, over_s, joints, .. } = &mut way {
        (*from_s, *over_s) = (Bound::Number(0.5), Bound::Number(1.0));
        joints.get_mut("elbow").unwrap().start_rad = Some(Bound::Expression("a0".to_owned()));
    }
    let episode = ran(way, 2.0, &two_rods(FREE));
    let (angle, command) = (&episode.signals["arm_shoulder_1_rad"], &episode.signals["arm_shoulder_1_command_rad"]);
    assert!(angle[29].abs() < 0.005 && (angle[60] - 0.6).abs() < 0.03, "half way after half its time: {}", angle[60]);
    assert!((angle[95] - 1.2).abs() < 0.02, "{}", angle[95]);
    let off = angle.iter().zip(command).map(|(angle, command)| (angle - command).abs()).fold(0.0, f64::max);
    assert!(off < 0.03, "{off} rad behind its command");
    let elbow = &episode.signals["arm_elbow_rad"];
    assert!(elbow[0] == 0.4 && largest(elbow, |angle| (angle - 0.4).abs()) < 0.02, "bound to the draw");
}

/// A post and an arm with a mesh each, as robots' descriptions come.
fn with_meshes() -> Vec<(&'static str, Vec<u8>)> {
    let inertial =
        r#"<inertial><mass value="2"/><inertia ixx="0.02" iyy="0.02" izz="0.02" ixy="0" ixz="0" iyz="0"/></inertial>"#;
    let mesh = |file: &str| {
        let geometry = format!("<geometry><mesh filename=\"{file}\" scale=\"0.001 0.001 0.001\"/></geometry>");
        format!("<visual>{geometry}</visual><collision>{geometry}</collision>")
    };
    let text = format!(
        r#"<robot name="my_arm"><link name="base_link">{}</link><link name="turret">{inertial}{}</link>
        <joint name="turn" type="revolute"><parent link="base_link"/><child link="turret"/><origin xyz="0 0 0.2"/>
        <axis xyz="0 0 1"/><limit lower="-2" upper="2" effort="20" velocity="2"/></joint></robot>"#,
        mesh("package://my_arm/meshes/base.stl"),
        mesh("../meshes/turret.STL"),
    );
    vec![
        ("robots/my_arm/urdf/arm.urdf", text.into_bytes()),
        ("robots/my_arm/meshes/base.stl", block(100.0)),
        ("robots/my_arm/meshes/turret.STL", block(80.0)),
    ]
}

/// A block of this side in millimetres as binary STL.
fn block(side_mm: f32) -> Vec<u8> {
    let corner = |at: u32| [at & 1, at >> 1 & 1, at >> 2 & 1].map(|bit| (bit as f32 - 0.5) * side_mm);
    let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let mut bytes = vec![0; 80];
    bytes.extend(12_u32.to_le_bytes());
    for [a, b, c] in quads.iter().flat_map(|[a, b, c, d]| [[*a, *b, *c], [*a, *c, *d]]) {
        bytes.extend([0; 12]);
        for number in [a, b, c].into_iter().flat_map(corner) {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend([0; 2]);
    }
    bytes
}

#[test]
fn an_arm_with_meshes_stands_is_labelled_and_its_files_are_the_familys() {
    let form = || Form::rig("robots/my_arm/urdf/arm.urdf");
    let files = with_meshes();
    let episode = ran(form(), 0.2, &files);
    let bodies: Vec<_> = episode.snapshots[0].bodies.iter().filter(|body| &*body.name == "arm").collect();
    assert!(bodies.len() == 2 && bodies.iter().all(|body| body.class == Class::Robot), "{bodies:?}");
    let same = family(form(), 0.2, &files).digest();
    let mut edited = with_meshes();
    edited[2].1 = block(81.0);
    assert_ne!(family(form(), 0.2, &edited).digest(), same, "an edited mesh is another family");
    let told = told(&family(form(), 0.2, &files[..2]));
    assert!(
        told.starts_with(
            "entities[0].shape.file: robots/my_arm/urdf/arm.urdf line 1: the mesh ../meshes/turret.STL was"
        ),
        "{told}"
    );
}

/// The one finding on a family; building it says the same.
fn told(family: &Family) -> String {
    let found = check(family, &Prepared::of(family));
    let [finding] = &found[..] else { panic!("{found:?}") };
    let (field, text) = (&finding.field, &finding.text);
    assert!(simulate(family, &draw(), &Silent).is_err(), "building it is refused too: {field}: {text}");
    format!("{field}: {text}")
}

#[test]
fn what_cannot_be_is_refused_in_a_sentence_before_anything_moves() {
    let refused = |form: Form, limit: &str| told(&family(form, 1.0, &two_rods(limit)));
    assert_eq!(
        refused(rig("hold", &[("elbw", 0.0, None)]), FREE),
        "entities[0].shape.joints.elbw: the rig \"rods\" has no joint \"elbw\" (did you mean `elbow`?); it has \
         Shoulder-1, elbow"
    );
    let beyond = refused(rig("hold", &[("elbow", 3.5, None)]), FREE);
    assert!(beyond.starts_with("entities[0].shape.joints.elbow.start_rad: "), "{beyond}");
    assert!(beyond.contains("-3 to 3 rad"), "{beyond}");
    assert!(refused(rig("holt", &[]), FREE).contains("no controller `holt` (did you mean `hold`?)"));
    assert!(refused(rig("follow", &[]), FREE).contains("`follow` has nowhere to go"));
    assert!(refused(rig("balance", &[]), FREE).contains("fixed to the world"));
    let mut standing = rig("balance", &[]);
    if let Form::Rig { fixed, .. } = &mut standing {
        *fixed = false;
    }
    let hook = r#"<link name="hook"/>"#;
    let massive = r#"<link name="hook"><inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0"
        iyz="0"/></inertial></link>"#;
    let mut heavy = two_rods(FREE);
    heavy[0].1 = String::from_utf8(heavy[0].1.clone()).unwrap().replace(hook, massive).into_bytes();
    let legs = told(&family(standing.clone(), 1.0, &heavy));
    assert!(legs.contains("shape.controller: `balance` needs two legs: the rig \"rods\" cannot stand"), "{legs}");
    assert!(told(&family(standing, 1.0, &two_rods(FREE))).contains("link \"hook\" moves and has no mass"));
    assert!(refused(rig("hold", &[]), &FREE.replace("\"-3\"", "\"4\"")).contains("are reversed"));
    let sliding = RigJoint { start_m: Some(Bound::Number(0.1)), ..RigJoint::default() };
    let mut odd = rig("hold", &[]);
    if let Form::Rig { joints, .. } = &mut odd {
        joints.insert("elbow".to_owned(), sliding);
    }
    assert!(refused(odd, FREE).contains("the joint \"elbow\" turns; write `start_rad`"));
    let mut weighed = family(rig("hold", &[]), 1.0, &two_rods(FREE));
    weighed.entities[0].mass_kg = Some(Bound::Number(3.0));
    assert!(told(&weighed).contains("leave `mass_kg` out"));
    let mut sunk = family(Form::rig("robots/my_arm/urdf/arm.urdf"), 1.0, &with_meshes());
    sunk.entities[0].at_m = [0.3, 0.0, -0.2].map(Bound::Number);
    let error = simulate(&sunk, &draw(), &Silent).expect_err("refused").to_string();
    assert!(error.contains("link \"turret\" of \"my_arm\" starts") && error.contains("mm deep in `"), "{error}");
}

/// A ball of 2 kg with a top on it, free, in the air of the balance stage.
fn thrown() -> Family {
    let inertial =
        r#"<inertial><mass value="2"/><inertia ixx="0.02" iyy="0.02" izz="0.02" ixy="0" ixz="0" iyz="0"/></inertial>"#;
    let ball = r#"<geometry><sphere radius="0.1"/></geometry>"#;
    let text = format!(
        r#"<robot name="ball"><link name="ball">{inertial}<visual>{ball}</visual><collision>{ball}</collision></link>
        <link name="top">{inertial}</link><joint name="spin" type="continuous"><parent link="ball"/><child link="top"/>
        <axis xyz="0 0 1"/></joint></robot>"#
    );
    let mut form = rig("limp", &[]);
    if let Form::Rig { fixed, .. } = &mut form {
        *fixed = false;
    }
    let mut family = family(form, 1.0, &[("robots/arm.urdf", text.into_bytes())]);
    family.stage = "balance".to_owned();
    family.entities[0].at_m = [1.5, 0.0, 0.6].map(Bound::Number);
    family
}

#[test]
fn a_free_rig_starts_with_its_velocity_bounces_and_is_painted_as_it_is_told() {
    let mut family = thrown();
    let run = |family: &Family| simulate(family, &draw(), &Silent).expect("simulates");
    let dull = run(&family);
    family.entities[0].velocity_m_s = [0.5, 0.25, 0.0].map(Bound::Number);
    // Two things have the mean of theirs, and the floor's is 0.
    family.entities[0].restitution = Bound::Number(1.0);
    family.entities[0].look.colour = [1.0, 0.0, 0.0].map(Bound::Number);
    let lively = run(&family);
    let of = |episode: &Episode, name: &str| episode.signals[&format!("arm_{name}")].clone();
    assert!((of(&lively, "speed_m_s")[0] - libm::hypot(0.5, 0.25)).abs() < 1e-12, "at time 0");
    assert!((of(&lively, "x_m")[15] - 1.5 - 0.125).abs() < 0.01 && (of(&lively, "y_m")[15] - 0.0625).abs() < 0.01);
    let bounce = |episode: &Episode| of(episode, "z_m")[25..].iter().copied().fold(0.0, f64::max) - 0.1;
    // It falls 0.5 m, and half of its speed brings it up a quarter of that.
    assert!(
        bounce(&dull) < 0.01 && (bounce(&lively) / 0.125 - 1.0).abs() < 0.15,
        "{} {}",
        bounce(&dull),
        bounce(&lively)
    );
    let colour = |episode: &Episode| {
        episode.snapshots[0].bodies.iter().find(|body| &*body.name == "arm").map(|body| body.material.colour)
    };
    assert!(colour(&dull) != colour(&lively) && colour(&lively) == Some([1.0, 0.0, 0.0]), "{:?}", colour(&lively));
    let mut pinned = thrown();
    pinned.entities[0].velocity_m_s[0] = Bound::Number(1.0);
    if let Form::Rig { fixed, .. } = &mut pinned.entities[0].shape {
        *fixed = true;
    }
    assert_eq!(
        told(&pinned),
        "entities[0].velocity_m_s: a rig that is fixed to the world does not move; write `fixed: false`, or leave \
         `velocity_m_s` out"
    );
    let mut odd = thrown();
    odd.entities[0].look.pattern = "Wod".to_owned();
    assert!(told(&odd).contains("there is no pattern `Wod` (did you mean `Wood`?)"));
}

#[test]
fn a_rig_is_pushed_at_its_middle_or_where_the_push_says() {
    let turned = |at_m: Option<[f64; 3]>| {
        let mut family = thrown();
        family.entities[0].at_m[2] = Bound::Number(6.0);
        let impulse_ns = [0.4, 0.0, 0.0].map(Bound::Number);
        let at_m = at_m.map(|at| at.map(Bound::Number));
        let push = Action::Push { entity: "arm".to_owned(), impulse_ns, at_m };
        family.events = vec![Event::at("push", Bound::Number(0.1), push)];
        simulate(&family, &draw(), &Silent).expect("simulates").signals["arm_tilt_deg"][36]
    };
    // 0.4 N s, 0.1 m above the middle of 0.04 kg m²: 1 rad/s for half a second.
    let (middle, above) = (turned(None), turned(Some([0.0, 0.0, 0.1])));
    assert!(middle < 1e-6 && (above / 0.5_f64.to_degrees() - 1.0).abs() < 0.05, "{middle} {above}");
}

#[test]
fn a_joint_that_mimics_follows_its_leader_whatever_moves_that() {
    let mimics = |limit: &str| {
        let mut files = two_rods(limit);
        let text = String::from_utf8(files[0].1.clone()).unwrap();
        let (before, after) = text.rsplit_once("</joint>").unwrap();
        files[0].1 = format!("{before}<mimic joint=\"Shoulder-1\" multiplier=\"-1.5\" offset=\"0.2\"/></joint>{after}")
            .into_bytes();
        files
    };
    let files = mimics(&FREE.replace("-3", "-1").replace("\"3\"", "\"1.8\""));
    // The elbow's own limits must hold what it follows to.
    let refused = told(&family(rig("hold", &[]), 1.0, &files));
    assert!(
        refused.contains("joint \"elbow\" mimics \"Shoulder-1\" and would go from -2.5 to 1.7, beyond"),
        "{refused}"
    );
    let wide = |limit: &str| {
        let text = String::from_utf8(mimics(FREE)[0].1.clone()).unwrap();
        // The leader's limits are the first.
        vec![("robots/arm.urdf", text.replacen(FREE, limit, 1).into_bytes())]
    };
    let files = wide(r#"lower="-1" upper="1.2" effort="100" velocity="10""#);
    let off = |episode: &Episode, from: usize| {
        let (leader, follower) = (&episode.signals["arm_shoulder_1_rad"], &episode.signals["arm_elbow_rad"]);
        let pairs = leader.iter().zip(follower).skip(from);
        pairs.map(|(leader, follower)| (follower - (0.2 - 1.5 * leader)).abs()).fold(0.0, f64::max)
    };
    let mut way = rig("follow", &[("Shoulder-1", 0.0, Some(1.0))]);
    let moved = ran(way.clone(), 2.0, &files);
    assert!(off(&moved, 0) < 2e-3, "{} rad", off(&moved, 0));
    let (shoulder, command) = (&moved.signals["arm_shoulder_1_rad"], &moved.signals["arm_elbow_command_rad"]);
    assert!((shoulder.last().unwrap() - 1.0).abs() < 0.01, "both weights are carried: {:?}", shoulder.last());
    assert!((command.last().unwrap() - (0.2 - 1.5)).abs() < 1e-12 && command[0] == 0.2, "{:?}", command.last());
    let limp = ran(rig("limp", &[("Shoulder-1", 0.9, None)]), 1.0, &files);
    assert!(off(&limp, 0) < 2e-3 && limp.signals["arm_shoulder_1_rad"][40] < 0.8, "{} rad", off(&limp, 0));
    if let Form::Rig { joints, .. } = &mut way {
        joints.insert("elbow".to_owned(), RigJoint { start_rad: Some(Bound::Number(0.3)), ..RigJoint::default() });
    }
    let led = told(&family(way, 1.0, &files));
    assert!(
        led.starts_with("entities[0].shape.joints.elbow: the joint \"elbow\" mimics \"Shoulder-1\" and goes"),
        "{led}"
    );
}

#[test]
fn a_humanoid_that_is_brought_along_keeps_its_balance_and_falls_without() {
    let text = include_bytes!("../../assets/rigs/humanoid.urdf");
    let beside = [("robots/arm.urdf", text.to_vec())];
    let ended = |controller: &str| {
        let mut form = rig(controller, &[]);
        if let Form::Rig { fixed, .. } = &mut form {
            *fixed = false;
        }
        let mut family = family(form, 2.0, &beside);
        family.stage = "balance".to_owned();
        // Without a controller its legs are straight and longer.
        let hips_m = if controller == "limp" { 0.74 } else { 0.68 };
        family.entities[0].at_m = [0.0, 1.5, hips_m].map(Bound::Number);
        let episode = simulate(&family, &draw(), &Silent).expect("simulates");
        *episode.signals["arm_z_m"].last().unwrap()
    };
    let (stands, falls) = (ended("balance"), ended("limp"));
    assert!((stands - 0.68).abs() < 0.03, "its hips are {stands} m up");
    assert!(falls < 0.4, "{falls}");
}
