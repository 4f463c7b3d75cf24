//! Stories about everything in a family beside its parameters: places, quantities, scene, goals, words, what a variant has.

use std::sync::Arc;

use eframe::egui::{Key, accesskit::Role, vec2};
use egui_kittest::{Harness, kittest::Queryable as _};
use worldproof::app::{
    Message,
    author::{Face, Inherited},
    view::StudioView,
};
use worldproof::family::{Bound, Family, Place, Region, canonical, parse, saved_text, text};

use crate::author::{example, family, real, refresh, stage, steps, write};
use crate::event::double_click;
use crate::{Stage, keep, open, screen};

/// A tall window: everything of a face is in sight.
const TALL: [f32; 2] = [1440.0, 1800.0];

fn click(harness: &mut Harness<'_, Stage>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

fn pick(harness: &mut Harness<'_, Stage>, list: &str, word: &str) {
    harness.get_by_role_and_label(Role::ComboBox, list).click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, word).click();
    harness.run_steps(3);
}

fn status(harness: &Harness<'_, Stage>) -> String {
    harness.state().demo.as_ref().expect("drawn").view.status.clone()
}

/// Undo and redo lead through the same families, and what is saved reads back equal.
fn check_history(harness: &mut Harness<'_, Stage>, n_steps: usize) {
    let last = family(harness);
    let source = include_str!("../../scenarios/tabletop_light_step.ron");
    assert_eq!(parse(&saved_text(&last, source), "saved").as_ref(), Ok(&*last), "reload equal");
    assert_eq!(parse(&canonical(&last), "whole").as_ref(), Ok(&*last), "written anew, too");
    assert_eq!(steps(harness), n_steps, "one step a gesture");
    let history = harness.state_mut().history.as_mut().expect("steps");
    assert_eq!(**history.current(), example(), "all taken back");
    let again = std::iter::from_fn(|| history.redo()).count();
    assert_eq!((again, &**history.current()), (n_steps, &*last), "all done again");
}

#[test]
fn a_region_is_added_pulled_and_turned_into_another_kind() {
    let mut harness = open(TALL, true, stage(Face::Places));
    click(&mut harness, "Add region");
    assert!(matches!(family(&harness).regions["region"], Region::Surface { .. }));
    pick(&mut harness, "Kind of region", "Ring");
    let before = family(&harness).regions["region"].clone();
    let at = harness.get_by_label("outer radius handle").rect().center();
    harness.drag_at(at);
    harness.run_steps(1);
    for by in [-6.0, -12.0, -20.0] {
        harness.hover_at(at + vec2(by, by));
        harness.run_steps(1);
    }
    harness.drop_at(at + vec2(-20.0, -20.0));
    harness.run_steps(2);
    let outer = |region: &Region| match region {
        Region::Ring { outer_m: Bound::Number(outer), .. } => *outer,
        other => panic!("{other:?}"),
    };
    let pulled = family(&harness).regions["region"].clone();
    assert!(outer(&pulled) != outer(&before), "{before:?} {pulled:?}");
    harness.get_by_label("centre handle").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowUp);
    harness.run_steps(2);
    let Region::Ring { centre_m, .. } = &family(&harness).regions["region"] else { panic!("a ring") };
    let Region::Ring { centre_m: stood, .. } = &pulled else { panic!("a ring") };
    let x = |centre: &[Bound; 3]| if let Bound::Number(x) = centre[0] { x } else { f64::NAN };
    assert!((x(centre_m) - x(stood) - 0.01).abs() < 1e-9, "a centimetre away: {centre_m:?} {stood:?}");
    // Round the canister: its centre is that of a parameter.
    write(&mut harness, "region centre x", "canister_x_m", Key::Enter);
    write(&mut harness, "region centre y", "canister_y", Key::Enter);
    assert!(harness.query_by_label_contains("did you mean `canister_y_m`").is_some(), "at the field");
    keep(&harness.render().expect("an adapter"), "region-ring");
    write(&mut harness, "region centre y", "canister_y_m", Key::Enter);
    check_history(&mut harness, 6);
}

#[test]
fn a_place_is_put_on_a_region_read_elsewhere_and_renamed() {
    let mut harness = open(TALL, true, stage(Face::Places));
    assert!(harness.query_by_label("Add place").is_none(), "a place lies on a region");
    click(&mut harness, "Add region");
    click(&mut harness, "Add place");
    assert_eq!(family(&harness).places, [Place::new("place", "region")]);
    write(&mut harness, "Nominal of place along", "Beta(alpha: 2, beta: 2, low: 0, high: 1)", Key::Tab);
    write(&mut harness, "Nominal of place across", "Normal(mean: 0.5)", Key::Tab);
    assert!(harness.query_by_label_contains("sd").is_some(), "what is missing is said");
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    write(&mut harness, "Region region", "shelf", Key::Enter);
    assert_eq!(family(&harness).places[0].on, "shelf", "the place follows its region");
    click(&mut harness, "Scene");
    write(&mut harness, "table_tone", "0.2 + 0.1 * place_along", Key::Enter);
    click(&mut harness, "Places");
    click(&mut harness, "Remove place");
    assert!(status(&harness).contains("`place_along` is used by the scene's `table_tone`"), "{}", status(&harness));
    click(&mut harness, "Remove shelf");
    assert!(status(&harness).contains("the place `place` lies on `shelf`"), "{}", status(&harness));
    write(&mut harness, "Place place", "cup", Key::Enter);
    assert_eq!(family(&harness).scene["table_tone"], Bound::Expression("0.2 + 0.1 * cup_along".to_owned()));
    assert!(worldproof::run::check::findings(&family(&harness)).is_empty(), "and the family is sound");
    check_history(&mut harness, 6);
}

#[test]
fn a_lane_has_points() {
    let mut harness = open(TALL, true, stage(Face::Places));
    click(&mut harness, "Add region");
    pick(&mut harness, "Kind of region", "Lane");
    click(&mut harness, "Add point");
    write(&mut harness, "region point 2", "0.6, 10 cm", Key::Enter);
    assert!(harness.query_by_label_contains("three numbers").is_some());
    write(&mut harness, "region point 2", "0.6, 10 cm, 0", Key::Enter);
    let Region::Lane { points_m, .. } = family(&harness).regions["region"].clone() else { panic!("a lane") };
    assert_eq!((points_m.len(), points_m[2]), (3, [0.6, 0.1, 0.0]));
    write(&mut harness, "region width", "-1", Key::Enter);
    assert!(harness.query_by_label_contains("must lie within 0").is_some(), "a finding stands at the region");
    click(&mut harness, "Remove last point");
    check_history(&mut harness, 6);
}

#[test]
fn a_point_is_put_between_two_others_by_keyboard_and_on_the_map() {
    let mut harness = open(TALL, true, stage(Face::Places));
    let points = |harness: &Harness<'_, Stage>| match &family(harness).regions["region"] {
        Region::Lane { points_m, .. } => points_m.clone(),
        other => panic!("{other:?}"),
    };
    click(&mut harness, "Add region");
    pick(&mut harness, "Kind of region", "Lane");
    let [a, b] = points(&harness)[..] else { panic!("two points") };
    assert!(harness.query_by_label("Insert after region point 1").is_none(), "nothing follows the last");
    harness.get_by_label("Insert after region point 0").focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    let now = points(&harness);
    assert_eq!((now.len(), now[0], now[2]), (3, a, b), "between them: {now:?}");
    assert!((now[1][0] - 0.5 * (a[0] + b[0])).abs() < 1e-3, "halfway: {now:?}");
    let [from, to] = ["point 1 handle", "point 2 handle"].map(|name| harness.get_by_label(name).rect().center());
    let middle = from + 0.5 * (to - from);
    double_click(&mut harness, middle);
    let last = points(&harness);
    assert_eq!((last.len(), last[1], last[3]), (4, now[1], b), "on the second piece: {last:?}");
    keep(&harness.render().expect("an adapter"), "region-lane");
    check_history(&mut harness, 4);
}

#[test]
fn a_derived_quantity_is_written_renamed_where_it_is_read_and_kept_while_it_is() {
    let mut harness = open(TALL, true, stage(Face::Quantities));
    click(&mut harness, "Add derived quantity");
    write(&mut harness, "Unit of derived", "m", Key::Enter);
    write(&mut harness, "Expression of derived", "canister_height_m - canister_mass_kg", Key::Enter);
    assert!(harness.query_by_label_contains("kg").is_some(), "units do not fit");
    write(&mut harness, "Expression of derived", "canister_height_m - reach_height_m", Key::Enter);
    write(&mut harness, "Derived derived", "above_m", Key::Enter);
    write(&mut harness, "Derived above_m", "canister_fill", Key::Enter);
    assert!(harness.query_by_label_contains("`canister_fill` is taken").is_some());
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    click(&mut harness, "Requirements");
    write(&mut harness, "Condition of meets_the_side", "above_m > 0.02", Key::Enter);
    click(&mut harness, "Quantities");
    click(&mut harness, "Remove above_m");
    assert!(status(&harness).contains("used by requirement `meets_the_side`"), "{}", status(&harness));
    write(&mut harness, "Derived above_m", "over_m", Key::Enter);
    assert_eq!(family(&harness).requirements[1].that, "over_m > 0.02");
    keep(&harness.render().expect("an adapter"), "quantities");
    let shown = family(&harness).derived[0].clone();
    assert_eq!((shown.name.as_str(), shown.unit.as_str()), ("over_m", "m"));
    let last = family(&harness);
    assert!(worldproof::run::check::findings(&last).is_empty(), "sound");
}

#[test]
fn measures_and_the_rare_event_are_written_over_the_episode() {
    let mut harness = open([1440.0, 2600.0], true, stage(Face::Quantities));
    let before = family(&harness).measures.len();
    click(&mut harness, "Add measure");
    write(&mut harness, "Measure measure", "near_m", Key::Enter);
    write(&mut harness, "Unit of near_m", "m", Key::Enter);
    write(&mut harness, "Expression of near_m", "hand_canister_distance_m", Key::Enter);
    assert!(harness.query_by_label_contains("peak(").is_some(), "what changes over time is summed up");
    write(&mut harness, "Expression of near_m", "lowest(hand_canister_distance_m)", Key::Enter);
    write(&mut harness, "Rare event", "tipped > 0.5 && near_m < 0.05", Key::Enter);
    write(&mut harness, "Measure tipped", "fell", Key::Enter);
    let now = family(&harness);
    assert_eq!((now.measures.len(), now.rare_event.as_str()), (before + 1, "fell > 0.5 && near_m < 0.05"));
    click(&mut harness, "Remove near_m");
    assert!(status(&harness).contains("`near_m` is used by the rare event"), "{}", status(&harness));
    write(&mut harness, "Rare event", "", Key::Enter);
    assert!(harness.query_by_label_contains("write an expression").is_some());
    check_history(&mut harness, 6);
}

#[test]
fn slots_camera_and_clock_are_set_with_units() {
    let mut harness = open([1440.0, 2600.0], true, stage(Face::Scene));
    write(&mut harness, "table_friction", "", Key::Enter);
    assert!(!family(&harness).scene.contains_key("table_friction"), "back to the stage's default");
    write(&mut harness, "reach_speed_m_s", "1.8 km/h", Key::Enter);
    assert_eq!(family(&harness).scene["reach_speed_m_s"], Bound::Number(0.5), "converted");
    write(&mut harness, "sun_strength", "9", Key::Enter);
    assert!(harness.query_by_label_contains("must lie within 0 to 3").is_some(), "a sentence under the slot");
    write(&mut harness, "Picture width", "8", Key::Enter);
    assert!(harness.query_by_label_contains("whole number from 16 to 4096").is_some());
    write(&mut harness, "Picture width", "320", Key::Enter);
    write(&mut harness, "Eye z", "47 cm", Key::Enter);
    write(&mut harness, "Length", "2 min", Key::Enter);
    write(&mut harness, "Frame rate", "0", Key::Enter);
    assert!(harness.query_by_label_contains("choose above 0").is_some());
    let now = family(&harness);
    assert_eq!((now.camera.width_px, now.clock.duration_s), (320, 120.0));
    assert_eq!(now.camera.eye_m[2], Bound::Number(0.47));
    // A number out of range is kept, with its sentence: the mistake is seen and undone like any other.
    check_history(&mut harness, 6);
}

#[test]
fn a_sensor_is_switched_on_typed_and_refused_at_its_field() {
    let mut harness = open([1440.0, 2600.0], true, stage(Face::Sensor));
    let sensor = |harness: &Harness<'_, Stage>| family(harness).camera.sensor.clone();
    assert_eq!(sensor(&harness), None);
    click(&mut harness, "Noise");
    click(&mut harness, "Exposure");
    write(&mut harness, "noise.read_e", "3.5", Key::Enter);
    write(&mut harness, "exposure.time_s", "5 ms", Key::Enter);
    let own = sensor(&harness).expect("two parts");
    assert_eq!(own.noise.as_ref().map(|noise| noise.read_e.clone()), Some(Bound::Number(3.5)));
    assert_eq!(own.exposure.as_ref().map(|exposure| exposure.time_s.clone()), Some(Bound::Number(0.005)));
    write(&mut harness, "noise.bits", "17", Key::Enter);
    assert!(harness.query_by_label_contains("choose 1 to 16").is_some(), "the cure stands at the field");
    assert_eq!(sensor(&harness), Some(own), "and nothing has changed");
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    write(&mut harness, "exposure.iso", "50", Key::Enter);
    assert!(harness.query_by_label_contains("choose at least ISO 71").is_some(), "what is wrong together is a finding");
    write(&mut harness, "exposure.iso", "", Key::Enter);
    pick(&mut harness, "Tone curve", "Gamma");
    write(&mut harness, "Gamma", "1.8", Key::Enter);
    assert!(worldproof::run::check::findings(&family(&harness)).is_empty(), "the family is sound");
    click(&mut harness, "Noise");
    assert_eq!(sensor(&harness).map(|own| own.noise.is_some()), Some(false));
    check_history(&mut harness, 9);
}

#[test]
fn goals_say_their_buckets_in_three_ways() {
    let mut harness = open(TALL, true, stage(Face::Goals));
    click(&mut harness, "Add goal");
    let name = family(&harness).coverage[0].of.clone();
    pick(&mut harness, &format!("Buckets of {name}"), "Range and width");
    write(&mut harness, &format!("Every of {name}"), "9 m", Key::Enter);
    assert!(harness.query_by_label_contains("every is 9").is_some(), "wider than the range");
    write(&mut harness, &format!("Every of {name}"), "6 cm", Key::Enter);
    write(&mut harness, &format!("Target of {name}"), "0", Key::Enter);
    assert!(harness.query_by_label_contains("whole number from 1").is_some());
    write(&mut harness, &format!("Target of {name}"), "20", Key::Enter);
    assert!(harness.query_by_label_contains("3 buckets, 60 draws").is_some(), "what it asks for");
    pick(&mut harness, &format!("Buckets of {name}"), "Edges");
    write(&mut harness, &format!("Edges of {name}"), "0.24, 0.3, 0.42", Key::Enter);
    assert_eq!(family(&harness).coverage[0].buckets, Some(vec![0.24, 0.3, 0.42]));
    check_history(&mut harness, 6);
    click(&mut harness, &format!("Remove goal of {name}"));
    assert!(family(&harness).coverage.is_empty());
}

#[test]
fn columns_of_a_real_set_are_written_element_by_element() {
    let mut harness = open(TALL, true, stage(Face::Columns));
    let before = family(&harness).mapping.clone().expect("the example has a mapping");
    let of = |what: &str, element: &str| format!("{what} of {element} in observation.state");
    write(&mut harness, &of("Expression", "kRightElbow"), "right_elbw_rad", Key::Enter);
    assert!(harness.query_by_label_contains("did you mean `right_elbow_rad`?").is_some(), "a sentence under the row");
    write(&mut harness, &of("Expression", "kRightElbow"), "canister_fill", Key::Enter);
    assert!(harness.query_by_label_contains("but rad is needed").is_some(), "the unit is the column's");
    write(&mut harness, &of("Expression", "kRightElbow"), "-right_elbow_rad", Key::Enter);
    write(&mut harness, &of("Unit", "kRightElbow"), "deg", Key::Enter);
    write(&mut harness, &of("Name", "kRightElbow"), "kLeftElbow", Key::Enter);
    assert!(harness.query_by_label_contains("another element is called so").is_some());
    write(&mut harness, &of("Name", "kRightElbow"), "elbow", Key::Enter);
    write(&mut harness, "Column action", "observation.state", Key::Enter);
    assert!(harness.query_by_label_contains("another column is called so").is_some());
    write(&mut harness, "Column action", "action.joints", Key::Enter);
    let now = family(&harness).mapping.clone().expect("still there");
    let elbow = &now.features[0].elements[10];
    assert_eq!((elbow.name.as_str(), elbow.unit.as_str(), elbow.is.as_str()), ("elbow", "deg", "-right_elbow_rad"));
    assert_eq!((now.features[1].name.as_str(), now.robot.as_str()), ("action.joints", before.robot.as_str()));
    check_history(&mut harness, 4);
    click(&mut harness, "Remove column action.joints");
    click(&mut harness, "Remove column observation.state");
    assert!(family(&harness).mapping.is_none(), "without columns there is no mapping");
    assert!(harness.query_by_label_contains("Import a real set to take its columns").is_some());
    click(&mut harness, "Add column");
    assert_eq!(family(&harness).mapping.clone().expect("a new one").features[0].name, "observation.state");
}

#[test]
fn the_real_sets_columns_are_asked_for_by_its_name() {
    let has_real = |view: &mut StudioView| {
        real(view);
        view.author.inspected.as_mut().expect("a family").real = Some("kitchen".to_owned());
    };
    let mut harness = open(TALL, true, Stage { change: Some(has_real), ..stage(Face::Columns) });
    click(&mut harness, "Take the columns of kitchen");
    assert_eq!(
        harness.state().messages.last(),
        Some(&Message::TakeColumns("kitchen".to_owned())),
        "asked of the studio"
    );
}

#[test]
fn words_are_found_ticked_and_taken_away() {
    let mut harness = open([1440.0, 2400.0], true, stage(Face::Card));
    click(&mut harness, "What goes wrong");
    harness.get_by_role_and_label(Role::CheckBox, "slip").click();
    harness.run_steps(3);
    let failures = || ["slip", "tip_over"];
    let of = |harness: &Harness<'_, Stage>| family(harness).taxonomy.clone().expect("words").failure;
    assert!(failures().iter().all(|word| of(&harness).contains(&(*word).to_owned())), "{:?}", of(&harness));
    harness.get_by_label("Find a word").focus();
    harness.run_steps(2);
    harness.get_by_label("Find a word").type_text("glare");
    harness.run_steps(3);
    assert!(harness.query_by_role_and_label(Role::CheckBox, "slip").is_none(), "what does not fit is gone");
    harness.get_by_role_and_label(Role::CheckBox, "environment.illumination.glare").click();
    harness.run_steps(3);
    write(&mut harness, "Tags", "kitchen, night  shift,", Key::Enter);
    assert_eq!(family(&harness).tags, ["kitchen", "night shift"]);
    write(&mut harness, "Title", "  ", Key::Enter);
    assert!(harness.query_by_label_contains("in a few words").is_some());
    write(&mut harness, "Title", "The light drops", Key::Enter);
    check_history(&mut harness, 4);
}

/// The example as the base of a variant that changes a little.
fn dusk(view: &mut StudioView) {
    real(view);
    let base = Arc::new(example());
    let text = r#"(id: "tabletop_light_step", title: "At dusk", extends: "tabletop_light_step",
        scene: {"sun_strength": 0.1}, parameters: [(name: "canister_fill", role: Nuisance, nominal: Constant(0.5))],
        without: ["requirements.drop_finishes"])"#;
    let Ok(worldproof::family::Said::Variant(variant)) = text::read(text, "dusk") else { return };
    let merged = Arc::new(variant.over(&base).expect("fits"));
    let inspected = view.author.inspected.as_mut().expect("real");
    inspected.inherited = Some(Arc::new(Inherited { own: variant.own(&base), base }));
    refresh(&mut view.author, &merged);
}

fn variant(face: Face) -> Stage {
    Stage { change: Some(dusk), ..stage(face) }
}

#[test]
fn a_variant_says_whose_it_is_and_goes_back_part_by_part() {
    screen("variant", || variant(Face::Parameters));
    let mut harness = open([1440.0, 1000.0], true, variant(Face::Parameters));
    harness.get_by_label("Variant of tabletop_light_step, changes 3 parts").click();
    harness.run_steps(3);
    keep(&harness.render().expect("an adapter"), "variant-parts");
    for row in ["Changed scene.sun_strength", "Changed parameters.canister_fill", "Left out requirements.drop_finishes"]
    {
        assert!(harness.query_by_label(row).is_some(), "{row}");
    }
    click(&mut harness, "Bring requirements.drop_finishes of tabletop_light_step back");
    let back = Message::Inherit { list: "requirements", key: "drop_finishes".to_owned() };
    assert_eq!(harness.state().messages.last(), Some(&back));
    click(&mut harness, "Take nominal of canister_fill from tabletop_light_step again");
    let back = Message::Inherit { list: "parameters", key: "canister_fill.nominal".to_owned() };
    assert_eq!(harness.state().messages.last(), Some(&back), "one field alone");
    click(&mut harness, "Changed parameters.canister_fill");
    assert_eq!(harness.state().shell.inspector.face, Face::Parameters, "to where it is edited");
    assert_eq!(harness.state().messages.last(), Some(&Message::SelectParameter("canister_fill".to_owned())));
    click(&mut harness, "Take canister_fill from tabletop_light_step again");
    let back = Message::Inherit { list: "parameters", key: "canister_fill".to_owned() };
    assert_eq!(harness.state().messages.last(), Some(&back));
    let plain = open([1440.0, 1000.0], true, stage(Face::Parameters));
    assert!(plain.query_by_label_contains("Variant of").is_none(), "a family of its own has no base");
}

#[test]
fn an_empty_family_says_what_goes_where() {
    let empty = |face| {
        let mut stage = stage(face);
        stage.change = Some(|view| refresh(&mut view.author, &Arc::new(Family::new("f", "F", "tabletop"))));
        stage
    };
    for (face, word) in [
        (Face::Places, "Add a region first"),
        (Face::Quantities, "Add measure"),
        (Face::Goals, "Without a goal"),
        (Face::Scene, "Stage tabletop"),
    ] {
        let harness = open([1100.0, 720.0], false, empty(face));
        assert!(harness.query_by_label_contains(word).is_some(), "{word}");
    }
}
