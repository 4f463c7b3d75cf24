//! The balance stage as families see it.

use std::collections::BTreeMap;

use crate::base::Silent;
use crate::family::{Action, Bound, Distribution, Event, Family, Parameter};
use crate::sample::{Draw, Sampler};
use crate::world::{Episode, Simulator, WorldError, check, simulate, vocabulary};

/// An episode of 2.5 s on a floor of some friction with a push ahead at 0.5 s.
fn pushed(impulse_ns: f64, slots: &[(&str, f64)]) -> Result<Episode, WorldError> {
    simulate(&family(impulse_ns, slots), &draw(), &Silent)
}

fn draw() -> Draw {
    Draw { index: 0, refused: 0, values: BTreeMap::new(), ln_weight: 0.0 }
}

fn family(impulse_ns: f64, slots: &[(&str, f64)]) -> Family {
    let mut family = Family::new("push", "Push", "balance");
    family.scene = slots.iter().map(|(name, value)| ((*name).to_owned(), Bound::Number(*value))).collect();
    family.clock.duration_s = 2.5;
    let number = Bound::Number;
    let push =
        Action::Push { entity: "humanoid".to_owned(), impulse_ns: [impulse_ns, 0.0, 0.0].map(number), at_m: None };
    family.events = vec![Event::at("push", number(0.5), push)];
    family.rare_event = "fallen > 0.5".to_owned();
    family
}

#[test]
fn it_stands_steps_and_falls_as_it_is_pushed_and_as_it_may() {
    let calm = pushed(0.0, &[]).unwrap();
    assert!(
        !calm.rare && calm.summary["steps_taken"] == 0.0 && calm.summary["foot_slip_max_m"] < 0.02,
        "{:?}",
        calm.summary
    );
    // Who stands keeps the capture point near the middle of soles of 20 cm: almost half of that is left to the nearest edge.
    let calmly = &calm.signals["margin_m"];
    assert!(
        calmly.iter().all(|margin| (0.08..0.1).contains(margin)) && calm.summary["margin_min_m"] > 0.08,
        "{calmly:?}"
    );
    let stepped = pushed(16.0, &[]).unwrap();
    assert!(!stepped.rare && stepped.summary["steps_taken"] >= 1.0, "{:?}", stepped.summary);
    assert!(stepped.summary["margin_min_m"] < 0.0, "the capture point left the soles: {:?}", stepped.summary);
    let held = pushed(16.0, &[("strategy", 0.0)]).unwrap();
    assert!(held.rare && held.summary["time_to_fall_s"] > 0.5, "stiff: {:?}", held.summary);
    let struck = pushed(60.0, &[]).unwrap();
    assert!(struck.rare && struck.summary["torso_tilt_max_deg"] > 45.0, "{:?}", struck.summary);
}

#[test]
fn a_step_onto_ice_slides_and_one_beside_it_does_not() {
    let ice = [("patch_friction", 0.02), ("patch_x_m", 0.45), ("patch_half_m", 0.3)];
    let slid = pushed(16.0, &ice).unwrap();
    let beside = pushed(16.0, &[("patch_friction", 0.02), ("patch_x_m", -1.5), ("patch_half_m", 0.3)]).unwrap();
    let slip = |episode: &Episode| episode.summary["foot_slip_max_m"];
    assert!(slid.rare || slip(&slid) > slip(&beside) + 0.1, "{:?} {:?}", slid.summary, beside.summary);
    assert!(!beside.rare, "{:?}", beside.summary);
}

#[test]
fn who_stands_uses_little_friction_who_steps_more_and_who_slides_all() {
    let uses = |episode: &Episode| {
        ["left", "right"].map(|side| episode.signals[&format!("{side}_foot_friction_use")].clone()).concat()
    };
    let most = |episode: &Episode| uses(episode).into_iter().fold(0.0, f64::max);
    let calm = pushed(0.0, &[]).unwrap();
    // Once it is put down.
    let calmly =
        ["left", "right"].map(|side| calm.signals[&format!("{side}_foot_friction_use")][15..].to_vec()).concat();
    assert!(calmly.iter().all(|used| (0.0..0.15).contains(used)), "{calmly:?}");
    let stepped = pushed(16.0, &[]).unwrap();
    assert!(most(&stepped) > 0.3, "{:?}", stepped.summary);
    // The same forces on a floor with a third of the friction: more of it is used.
    let smooth = pushed(8.0, &[("floor_friction", 0.25), ("sole_friction", 0.25)]).unwrap();
    let rough = pushed(8.0, &[("floor_friction", 0.75), ("sole_friction", 0.75)]).unwrap();
    let ratio = smooth.summary["foot_friction_use_max"] / rough.summary["foot_friction_use_max"];
    assert!((1.5..3.2).contains(&ratio), "{ratio}");
    let slid = pushed(16.0, &[("floor_friction", 0.05), ("sole_friction", 0.1)]).unwrap();
    assert!(slid.summary["foot_friction_use_max"] > 0.99, "{:?}", slid.summary);
    for episode in [&calm, &stepped, &smooth, &rough, &slid] {
        assert!(uses(episode).iter().all(|used| (0.0..=1.0 + 1e-9).contains(used)), "Coulomb's law");
        let summed = episode.summary["foot_friction_use_max"];
        assert!(summed >= most(episode) - 1e-12 || episode.rare, "{summed} {}", most(episode));
        // A foot in the air uses none.
        for side in ["left", "right"] {
            let of = |name: &str| &episode.signals[&format!("{side}_foot_{name}")];
            let lifted = of("load_n").iter().zip(of("friction_use")).filter(|(load, _)| **load < 20.0);
            assert!(lifted.into_iter().all(|(_, used)| *used == 0.0), "{side}");
        }
    }
}

#[test]
fn a_push_at_the_shoulder_turns_it_and_one_at_the_middle_does_not() {
    let turned = |at_m: Option<[f64; 3]>| {
        let mut family = family(8.0, &[]);
        if let Action::Push { at_m: at, .. } = &mut family.events[0].action {
            *at = at_m.map(|at| at.map(Bound::Number));
        }
        let episode = simulate(&family, &draw(), &Silent).unwrap();
        // A tenth of a second after the push.
        episode.signals["left_hip_yaw_rad"][18] - episode.signals["right_hip_yaw_rad"][18]
    };
    let (middle, shoulder) = (turned(None), turned(Some([0.0, 0.25, 0.3])));
    assert!((shoulder - middle).abs() > 5.0 * middle.abs().max(1e-3), "{middle} {shoulder}");
}

#[test]
fn feet_are_told_apart_and_joints_are_recorded_as_the_file_names_them() {
    let episode = pushed(16.0, &[]).unwrap();
    for foot in ["left_foot", "right_foot"] {
        let touches: Vec<_> = episode.contacts.iter().filter(|touch| touch.b == foot && touch.a == "floor").collect();
        assert!(!touches.is_empty() && touches[0].begin_s < 0.05, "{foot}: {:?}", episode.contacts);
    }
    let lifted = episode.contacts.iter().filter(|touch| touch.b.ends_with("foot")).any(|touch| touch.begin_s > 0.5);
    assert!(lifted, "a step ends a touch and begins another: {:?}", episode.contacts);
    let rig = super::humanoid().unwrap();
    // Knees bend one way and hips pitch the other; a name that is given to another joint's column would show.
    for side in ["left", "right"] {
        let knee = &episode.signals[&format!("{side}_knee_rad")];
        let pitch = &episode.signals[&format!("{side}_hip_pitch_rad")];
        assert!(knee[1] > 0.2 && pitch[1] < -0.1, "{side}: knee {}, hip {}", knee[1], pitch[1]);
        assert!(episode.signals[&format!("{side}_elbow_rad")][1] <= 0.1, "{side} elbow");
    }
    assert_eq!(super::recorded(&rig).unwrap().len(), rig.joints.len(), "all of them");
    for (name, _) in vocabulary(&family(0.0, &[])).signals {
        assert!(episode.signals[&*name].iter().all(|value| value.is_finite()), "{name}");
    }
    let weight = episode.signals["left_foot_load_n"][5] + episode.signals["right_foot_load_n"][5];
    assert!((weight - 9.81 * rig.mass_kg()).abs() < 0.1 * weight, "the floor carries it: {weight} N");
}

#[test]
fn a_robot_is_pushed_and_not_carried_and_noise_is_keyed() {
    let mut family = family(10.0, &[("centre_noise_m", 0.01), ("noise_seed", 4.0)]);
    let one = simulate(&family, &draw(), &Silent).unwrap();
    assert_eq!(one, simulate(&family, &draw(), &Silent).unwrap(), "the same bits");
    family.scene.insert("noise_seed".to_owned(), Bound::Number(5.0));
    assert_ne!(one.signals, simulate(&family, &draw(), &Silent).unwrap().signals, "other noise");
    let by_m = [0.1, 0.0, 0.0].map(Bound::Number);
    family.events = vec![Event::at("lift", Bound::Number(0.5), Action::Move { entity: "humanoid".to_owned(), by_m })];
    let found = check(&family, &crate::family::validate::Prepared::of(&family));
    assert!(found.iter().any(|finding| finding.text.contains("only what events let appear")), "{found:?}");
    assert!(simulate(&family, &draw(), &Silent).is_err());
}

/// 200 draws of a push and a floor: who falls was pushed harder and stood on less friction, beyond chance.
#[test]
fn falls_rise_with_the_impulse_and_drop_with_friction() {
    let mut family = family(0.0, &[]);
    family.scene.insert("floor_friction".to_owned(), Bound::Expression("mu".to_owned()));
    let hits = Distribution::Uniform { low: 0.0, high: 25.0 };
    let floor = Distribution::LogUniform { low: 0.02, high: 0.9 };
    family.parameters = vec![Parameter::new("hits_ns", "Ns", &hits), Parameter::new("mu", "", &floor)];
    let none = Bound::Number(0.0);
    let impulse_ns = [Bound::Expression("hits_ns".to_owned()), none.clone(), none];
    family.events[0].action = Action::Push { entity: "humanoid".to_owned(), impulse_ns, at_m: None };
    let (sampler, simulator) = (Sampler::new(&family, 11).unwrap(), Simulator::new(&family).unwrap());
    let ran: Vec<(Draw, bool)> = (0..200)
        .map(|index| sampler.draw(index).unwrap())
        .map(|draw| {
            let fell = simulator.measured(&draw, &Silent).unwrap().rare;
            (draw, fell)
        })
        .collect();
    let falls = ran.iter().filter(|(_, fell)| *fell).count();
    assert!((20..180).contains(&falls), "{falls} of 200 fall");
    // Mean of those who fell less mean of those who stood, in its standard errors: beyond 3 is not chance.
    let apart = |name: &str| {
        let of = |wanted: bool| {
            let values: Vec<f64> =
                ran.iter().filter(|(_, fell)| *fell == wanted).map(|(draw, _)| draw.values[name]).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
            (mean, squares / (values.len() * (values.len() - 1)) as f64)
        };
        let ((fell, fell_variance), (stood, stood_variance)) = (of(true), of(false));
        (fell - stood) / libm::sqrt(fell_variance + stood_variance)
    };
    println!("{falls} of 200 fall; impulse {:+.1}, friction {:+.1} standard errors", apart("hits_ns"), apart("mu"));
    assert!(apart("hits_ns") > 3.0, "falls rise with the impulse: {}", apart("hits_ns"));
    assert!(apart("mu") < -3.0, "falls drop with friction: {}", apart("mu"));
}

#[test]
fn commands_are_what_the_motors_were_told_and_rates_what_the_joints_did() {
    let quiet = [("centre_noise_m", 0.0), ("velocity_noise_m_s", 0.0)];
    let mut family = family(0.0, &quiet);
    family.clock.frame_rate_hz = 240.0;
    let episode = simulate(&family, &draw(), &Silent).unwrap();
    let rig = super::humanoid().unwrap();
    let last = episode.signals["time_s"].len() - 1;
    let pose = |link: usize| {
        let track = episode.tracks.iter().find(|track| *track.link == *rig.links[link].name).unwrap();
        track.poses[last]
    };
    for (joint, at) in
        rig.joints.iter().enumerate().filter(|(_, joint)| ["left_shoulder_roll", "left_elbow"].contains(&&*joint.name))
    {
        // What hangs on the joint, which stands still: its motor holds the moment of the weight about the joint's axis.
        let (mut hangs, mut moment_nm) = (vec![joint + 1], 0.0);
        for (other, below) in rig.joints.iter().enumerate() {
            if hangs.contains(&below.parent) {
                hangs.push(other + 1);
            }
        }
        let axis = pose(joint + 1).rotation * at.axis;
        for link in hangs {
            let arm = pose(link).point(rig.links[link].centre_m) - pose(joint + 1).position;
            let weight = glam::DVec3::NEG_Z * (rig.links[link].mass_kg * 9.81);
            moment_nm += arm.cross(weight).dot(axis);
        }
        let told = episode.signals[&format!("{}_torque_nm", at.name)][last];
        assert!((told + moment_nm).abs() < 0.02 * moment_nm.abs().max(1.0), "{}: {told} for {moment_nm}", at.name);
        let (target, is) = (
            episode.signals[&format!("{}_target_rad", at.name)][last],
            episode.signals[&format!("{}_rad", at.name)][last],
        );
        assert!((target - is - told / 60.0).abs() < 1e-4, "{}: the spring's stretch: {target}, {is}", at.name);
    }
    let pushed = pushed(16.0, &[]).unwrap();
    let (angle, rate) = (&pushed.signals["left_knee_rad"], &pushed.signals["left_knee_rad_s"]);
    let times = &pushed.signals["time_s"];
    // Simpson's rule on every other state of 30 a second.
    let turned: f64 = (0..angle.len() - 2)
        .step_by(2)
        .map(|at| (rate[at] + 4.0 * rate[at + 1] + rate[at + 2]) * (times[at + 2] - times[at]) / 6.0)
        .sum();
    let end = (angle.len() - 1) / 2 * 2;
    assert!(rate.iter().any(|rate| rate.abs() > 1.0), "a step bends the knee");
    assert!((turned - (angle[end] - angle[0])).abs() < 0.1, "{turned} rad of {}", angle[end] - angle[0]);
}
