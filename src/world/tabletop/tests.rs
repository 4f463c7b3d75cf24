//! The tabletop as families see it: what mechanics says of a grasp, and who keeps away from whom.

use std::collections::BTreeMap;

use crate::base::Silent;
use crate::family::{Action, Bound, Clock, Entity, Event, Family, Form};
use crate::sample::Draw;
use crate::world::{Episode, simulate};

fn draw() -> Draw {
    Draw { index: 0, refused: 0, values: BTreeMap::new(), ln_weight: 0.0 }
}

fn family(duration_s: f64, slots: &[(&str, f64)]) -> Family {
    let mut family = Family::new("grasp", "Grasp", "tabletop");
    family.scene = slots.iter().map(|(name, value)| ((*name).to_owned(), Bound::Number(*value))).collect();
    family.clock = Clock { duration_s, frame_rate_hz: 60.0 };
    family.rare_event = "dropped > 0.5".to_owned();
    family
}

fn run(duration_s: f64, slots: &[(&str, f64)]) -> Episode {
    simulate(&family(duration_s, slots), &draw(), &Silent).unwrap()
}

/// A grasp of a canister of some mass and friction in the middle of its height, with a force, and a slow lift.
fn grasp(mass_kg: f64, friction: f64, force_n: f64, more: &[(&str, f64)]) -> Episode {
    let slots = [
        ("canister_mass_kg", mass_kg),
        ("canister_friction", friction),
        ("canister_fill", 1.0),
        ("canister_height_m", 0.2),
        ("reach_height_m", 0.1),
        ("grip_close", 1.0),
        ("grip_force_n", force_n),
        ("lift_height_m", 0.08),
        ("lift_speed_m_s", 0.1),
        ("distractor_count", 0.0),
    ];
    run(4.0, &[&slots[..], more].concat())
}

fn slips(episode: &Episode) -> bool {
    episode.summary["grasp_slip_max_m"] > 0.02
}

#[test]
fn what_is_grasped_slips_where_coulomb_says() {
    let mut worst = 0.0_f64;
    for mass_kg in [0.15, 0.4, 1.2] {
        for friction in [0.2, 0.45, 0.9] {
            // 2 μ N = m (g + a): a of 0.08 m in 0.8 s is 0.72 m/s² at most. The hand's friction is 0.7, means are geometric.
            let expected_n = mass_kg * (9.81 + 0.72) / (2.0 * libm::sqrt(0.7 * friction));
            let (mut low, mut high) = (0.6 * expected_n, 1.6 * expected_n);
            assert!(slips(&grasp(mass_kg, friction, low, &[])), "{mass_kg} kg, {friction}: {low} N must not hold");
            assert!(!slips(&grasp(mass_kg, friction, high, &[])), "{mass_kg} kg, {friction}: {high} N must hold");
            for _ in 0..6 {
                let middle = 0.5 * (low + high);
                if slips(&grasp(mass_kg, friction, middle, &[])) { low = middle } else { high = middle }
            }
            let off = 0.5 * (low + high) / expected_n - 1.0;
            worst = if off.abs() > worst.abs() { off } else { worst };
        }
    }
    assert!(worst.abs() < 0.1, "the threshold is off by {worst}");
}

#[test]
fn a_faster_lift_needs_more_force() {
    // 0.08 m at 0.5 m/s: 5.77 · 0.08 / 0.16² = 18 m/s² at most, so nearly three times the weight.
    let (mass_kg, friction) = (0.4, 0.45);
    let force_n = 1.4 * mass_kg * 9.81 / (2.0 * libm::sqrt(0.7 * friction));
    let slow = grasp(mass_kg, friction, force_n, &[]);
    let fast = grasp(mass_kg, friction, force_n, &[("lift_speed_m_s", 0.5)]);
    assert!(slow.summary["lifted"] == 1.0 && slow.summary["grasp_slip_max_m"] < 0.005, "{:?}", slow.summary);
    assert!(fast.summary["grasp_slip_max_m"] > 0.01, "{:?}", fast.summary);
    let (slow, fast) = (slow.summary["grasp_friction_use_max"], fast.summary["grasp_friction_use_max"]);
    assert!((0.65..0.85).contains(&slow) && fast > 1.2, "{slow} {fast}");
}

#[test]
fn a_reflex_that_is_quick_enough_saves_what_slips() {
    let force_n = 0.8 * 0.4 * 9.81 / (2.0 * libm::sqrt(0.7 * 0.45));
    let end = |gain: f64, delay_s: f64| {
        let reflex = [("slip_gain_n_m", gain), ("reaction_delay_s", delay_s), ("grip_force_max_n", 25.0)];
        grasp(0.4, 0.45, force_n, &reflex).summary
    };
    let (none, quick, slow) = (end(0.0, 0.05), end(800.0, 0.05), end(800.0, 1.0));
    assert_eq!(none["lifted"], 0.0, "{none:?}");
    assert!(quick["lifted"] == 1.0 && quick["grasp_slip_max_m"] < 0.03, "{quick:?}");
    assert!(slow["grasp_slip_max_m"] > 2.0 * quick["grasp_slip_max_m"], "{slow:?}");
    assert!(quick["grip_force_max_n"] > 1.2 * force_n && quick["grip_force_max_n"] < 27.0, "{quick:?}");
}

#[test]
fn a_hand_without_a_lift_or_force_does_as_before() {
    let plain = run(2.5, &[("grip_close", 1.0), ("distractor_count", 0.0)]);
    assert!(plain.summary["lifted"] == 0.0 && plain.summary["canister_lift_max_m"] < 0.005, "{:?}", plain.summary);
    assert_eq!((plain.summary["human_separation_min_m"], plain.summary["light_step_ev"]), (10.0, 0.0));
}

/// A hand that reaches from the far side to where the robot's hand goes.
fn reach_in(more: &[(&str, f64)]) -> Episode {
    let slots = [
        ("human_hand", 1.0),
        ("human_start_s", 0.2),
        ("human_speed_m_s", 0.9),
        ("human_from_deg", 20.0),
        ("human_x_m", 0.32),
        ("human_y_m", -0.05),
        ("human_z_m", 0.12),
        ("reach_speed_m_s", 0.3),
        ("distractor_count", 0.0),
        ("canister_y_m", 0.09),
    ];
    run(3.0, &[&slots[..], more].concat())
}

#[test]
fn a_robot_that_keeps_away_stops_in_time_and_goes_on() {
    let blind = reach_in(&[]);
    let guarded = reach_in(&[("separation_stop_m", 0.1), ("reaction_delay_s", 0.05), ("approach_speed_m_s", 1.0)]);
    let late = reach_in(&[("separation_stop_m", 0.1), ("reaction_delay_s", 0.9), ("approach_speed_m_s", 0.0)]);
    assert!(blind.summary["human_contact_force_max_n"] > 10.0, "{:?}", blind.summary);
    assert!(blind.signals["arm_pace"].iter().all(|pace| *pace == 1.0), "nothing slows it");
    let pace = &guarded.signals["arm_pace"];
    assert!(pace.iter().any(|pace| *pace < 1e-9), "it stands: {pace:?}");
    assert!(pace.last().is_some_and(|pace| *pace > 0.9), "it goes on when the hand has gone: {pace:?}");
    let speed = |episode: &Episode| episode.summary["human_contact_speed_m_s"];
    assert!(speed(&guarded) < speed(&blind), "{:?}", guarded.summary);
    let stands = |episode: &Episode| episode.signals["arm_pace"].iter().position(|pace| *pace < 0.5);
    let (early, late) = (stands(&guarded).unwrap(), stands(&late).unwrap_or(usize::MAX));
    assert!(early + 20 < late, "the reaction time counts: {early} {late}");
}

#[test]
fn separation_and_sight_are_known_at_the_first_state() {
    let episode = reach_in(&[("occluder_height_m", 0.45), ("occluder_width_m", 0.5), ("occluder_x_m", 0.16)]);
    let first = |name: &str| episode.signals[name][0];
    assert!((0.3..1.0).contains(&first("human_separation_m")), "{}", first("human_separation_m"));
    assert!(first("canister_visible") < 0.05, "{}", first("canister_visible"));
    assert!((first("table_light") - (0.55 * libm::sin(52_f64.to_radians()) + 0.45)).abs() < 1e-9);
    assert!(reach_in(&[]).signals["canister_visible"][0] > 0.9);
}

#[test]
fn a_thing_of_the_family_hides_the_canister_from_the_first_state_on() {
    let first = |present: bool, hides: bool| {
        let mut family = family(0.5, &[("distractor_count", 0.0)]);
        if present {
            // A plate a little before the camera, above the arms.
            let size_m = [0.01, 0.16, 0.14].map(Bound::Number);
            let at_m = [0.1, if hides { 0.02 } else { 1.5 }, 0.42];
            family.entities = vec![Entity::new("screen", Form::Box { size_m }, at_m)];
        }
        let episode = simulate(&family, &draw(), &Silent).unwrap();
        (episode.signals["canister_visible"][0], episode.summary["canister_visible_min"])
    };
    assert!(first(false, false).0 > 0.9 && first(true, false).0 > 0.9);
    let (visible, least) = first(true, true);
    assert!(visible < 0.05 && least < 0.05, "{visible} {least}");
    // What an event lets appear later hides nothing yet.
    let mut family = family(0.5, &[("distractor_count", 0.0)]);
    let at = |x: f64, y: f64, z: f64| [x, y, z].map(Bound::Number);
    let spawn = Action::Spawn { kind: "carton".to_owned(), at_m: at(0.2, 0.0, 0.28), velocity_m_s: at(0.0, 0.0, 0.0) };
    family.events =
        (0..4).map(|number| Event::at(&format!("carton_{number}"), Bound::Number(0.4), spawn.clone())).collect();
    assert!(simulate(&family, &draw(), &Silent).unwrap().signals["canister_visible"][0] > 0.9);
}

#[test]
fn a_hand_that_is_told_to_open_lets_go_and_can_close_again() {
    let slots = [
        ("canister_mass_kg", 0.4),
        ("canister_friction", 0.9),
        ("grip_close", 1.0),
        ("grip_force_n", 12.0),
        ("grip_force_max_n", 60.0),
        ("slip_gain_n_m", 2000.0),
        ("lift_height_m", 0.08),
        ("reach_height_m", 0.1),
        ("distractor_count", 0.0),
    ];
    let mut family = family(5.0, &slots);
    let open = Action::Set { slot: "grip_close".to_owned(), to: Bound::Number(0.0) };
    let mut event = Event::at("open", Bound::Number(4.0), open);
    let held = simulate(&family, &draw(), &Silent).unwrap();
    assert!(held.summary["lifted"] == 1.0 && held.summary["dropped"] == 0.0, "{:?}", held.summary);
    family.events = vec![event.clone()];
    let opened = simulate(&family, &draw(), &Silent).unwrap();
    let of = |name: &str| &opened.signals[name];
    let (before, after, last) = (238, 270, of("time_s").len() - 1);
    assert!(of("grip_force_n")[before] > 10.0 && of("canister_lift_m")[before] > 0.07, "it has it");
    assert!(of("grip_close_command")[after] == 0.0 && of("grip_force_command_n")[after] == 0.0);
    assert!(of("grip_force_n")[after] < 0.5, "half a second later nothing presses: {}", of("grip_force_n")[after]);
    assert!(of("right_fingers_bend")[last] < 0.05 && of("right_thumb_bend")[last] < 0.05, "it is open");
    assert!(opened.summary["dropped"] == 1.0 && of("canister_lift_m")[last] < 0.03, "{:?}", opened.summary);
    let (slips, slipped) = (held.summary["grasp_slip_max_m"], opened.summary["grasp_slip_max_m"]);
    assert!(
        slipped < slips + 0.002,
        "what is let go on purpose does not slip: {slipped} m, {slips} m where it is held"
    );
    // Told to close again before it has lifted, it has it in the end.
    event.at_s = Some(Bound::Number(1.6));
    event.for_s = Some(Bound::Number(0.3));
    family.events = vec![event];
    let again = simulate(&family, &draw(), &Silent).unwrap();
    let force = &again.signals["grip_force_n"];
    assert!(again.signals["grip_close_command"].windows(2).any(|pair| pair[0] > pair[1]), "it was opened");
    assert!(force.last().is_some_and(|force| *force > 8.0), "{:?}", again.summary);
    let told = again.signals["grip_force_command_n"].last().copied().unwrap_or_default();
    assert!(told < 30.0, "and it does not grip harder for having let go: {told} N");
}

#[test]
fn what_slides_by_hides_the_canister_for_a_while() {
    let slots = [
        ("occluder_height_m", 0.45),
        ("occluder_width_m", 0.2),
        ("occluder_x_m", 0.17),
        ("occluder_y_m", -0.4),
        ("occluder_speed_m_s", 0.6),
        ("reach_offset_y_m", -0.12),
        ("reach_speed_m_s", 0.1),
        ("distractor_count", 0.0),
    ];
    let episode = run(2.0, &slots);
    let visible = &episode.signals["canister_visible"];
    assert!(visible[0] > 0.9 && visible[visible.len() - 1] > 0.9, "{visible:?}");
    assert!(episode.summary["canister_visible_min"] < 0.05, "{:?}", episode.summary);
    let hidden_s = episode.summary["occluded_before_contact_s"];
    // 0.2 m wide and a little wider in perspective, at 0.6 m/s.
    assert!((0.15..0.6).contains(&hidden_s), "{hidden_s} s");
}

#[test]
fn commands_lead_where_the_hand_goes_and_rates_are_the_joints() {
    let slots = [("grip_close", 1.0), ("grip_force_n", 12.0), ("grip_delay_s", 0.1), ("lift_height_m", 0.08)];
    let mut family = family(4.0, &slots);
    family.clock.frame_rate_hz = 240.0;
    let episode = simulate(&family, &draw(), &Silent).unwrap();
    let of = |name: &str| &episode.signals[name];
    let (last, from) = (of("time_s").len() - 1, 1);
    for axis in ["x", "y", "z"] {
        let (goal, hand) = (of(&format!("right_hand_goal_{axis}_m")), of(&format!("right_hand_{axis}_m")));
        assert!((goal[last] - hand[last]).abs() < 1e-3, "{axis}: told {}, is at {}", goal[last], hand[last]);
    }
    let (goal, hand) = (of("right_hand_goal_x_m"), of("right_hand_x_m"));
    assert!(goal[from] - hand[from] > 0.02, "it is told from the start: {} {}", goal[from], hand[from]);
    for name in super::arm::JOINT_NAMES {
        let stem = name.strip_suffix("_rad").unwrap();
        let rates = of(&format!("{stem}_rad_s"));
        let turned: f64 = rates[1..].iter().sum::<f64>() / 240.0;
        assert!((turned - (of(name)[last] - of(name)[0])).abs() < 1e-9, "{name}: {turned}");
        assert_eq!(of(&format!("{stem}_target_rad")), of(name), "the arm follows exactly");
    }
    let (close, force) = (of("grip_close_command"), of("grip_force_command_n"));
    let closes = close.iter().position(|close| *close == 1.0).unwrap();
    assert!(closes > 24 && of("right_fingers_bend")[closes - 1] == 0.0, "not before it has arrived: {closes}");
    assert!(force[closes - 1] == 0.0 && force[closes] == 12.0 && force[last] == 12.0, "{}", force[last]);
    assert!(of("right_fingers_bend")[last] > 0.1 && of("right_thumb_bend")[last] > 0.1);
    let reflex = [("slip_gain_n_m", 2000.0), ("canister_mass_kg", 1.5), ("canister_friction", 0.3)];
    let slipping = run(4.0, &[&slots[..], &reflex].concat());
    let most = slipping.signals["grip_force_command_n"].iter().fold(0.0_f64, |most, force| most.max(*force));
    assert!(most > 14.0, "the reflex tells it to press harder: {most} N");
}
