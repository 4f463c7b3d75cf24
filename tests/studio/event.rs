//! Stories about events: every field of the inspector, triggers, where they stand on the timeline; and about densities that are
//! drawn, logarithmic, or edited by keyboard alone.

use eframe::egui::{self, Key, Modifiers, Pos2, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use worldproof::app::{
    Message,
    author::Face,
    view::{Came, TimelineEvent},
};
use worldproof::family::{Action, Bound, Distribution, Easing};

use crate::author::{family, nominal, real, stage, steps, write};
use crate::{Stage, keep, open, shown};

const TALL: [f32; 2] = [1440.0, 1400.0];

fn pick(harness: &mut Harness<'_, Stage>, list: &str, word: &str) {
    harness.get_by_role_and_label(Role::ComboBox, list).click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, word).click();
    harness.run_steps(3);
}

fn editing() -> Stage {
    let mut stage = stage(Face::Events);
    stage.shell.inspector.event = Some(0);
    stage
}

fn number(value: f64) -> Bound {
    Bound::Number(value)
}

#[test]
fn every_part_of_an_events_time_is_typed() {
    let mut harness = open(TALL, true, editing());
    write(&mut harness, "Event name", "Light Drop", Key::Enter);
    assert!(harness.query_by_label_contains("lower-case letters").is_some());
    write(&mut harness, "Event name", "blackout", Key::Enter);
    write(&mut harness, "At", "0.4 + drop_time_s", Key::Enter);
    write(&mut harness, "Delay", "100 ms", Key::Enter);
    write(&mut harness, "Over", "2 kg", Key::Enter);
    assert!(harness.query_by_label_contains("kg").is_some(), "a mass is no time");
    write(&mut harness, "Over", "0.3", Key::Enter);
    pick(&mut harness, "Easing", "Smooth");
    write(&mut harness, "For", "0.5", Key::Enter);
    write(&mut harness, "Factor", "0.25", Key::Enter);
    let event = family(&harness).events[0].clone();
    assert_eq!((event.name.as_str(), event.easing), ("blackout", Easing::Smooth));
    assert_eq!(event.at_s, Some(Bound::Expression("0.4 + drop_time_s".to_owned())));
    assert_eq!((event.delay_s, event.over_s, event.for_s), (number(0.1), number(0.3), Some(number(0.5))));
    assert_eq!(event.action, Action::ScaleLight { to: number(0.25) });
    write(&mut harness, "For", "", Key::Enter);
    assert_eq!(family(&harness).events[0].for_s, None, "for good");
    assert_eq!(steps(&mut harness), 8, "one step each");
}

#[test]
fn every_action_has_its_fields() {
    let mut harness = open(TALL, true, editing());
    pick(&mut harness, "Action", "Set a slot");
    pick(&mut harness, "Slot", "reach_height_m");
    write(&mut harness, "To", "8 cm", Key::Enter);
    let slot = |harness: &Harness<'_, Stage>| family(harness).events[0].action.clone();
    assert_eq!(slot(&harness), Action::Set { slot: "reach_height_m".to_owned(), to: number(0.08) });
    assert!(harness.query_by_label_contains("0.05 to 0.28 m").is_some(), "its range is told");
    write(&mut harness, "To", "0.9", Key::Enter);
    assert!(harness.query_by_label_contains("must lie within 0.05 to 0.28 m").is_some(), "and held");
    for (word, fields) in [
        ("Move a thing", &["By x", "By y", "By z"][..]),
        ("Push a thing", &["Impulse x", "Impulse y", "Impulse z"]),
        ("Let a thing appear", &["Place x", "Place y", "Place z", "Velocity x", "Velocity y", "Velocity z"]),
    ] {
        pick(&mut harness, "Action", word);
        for (at, name) in fields.iter().enumerate() {
            write(&mut harness, name, &format!("0.{}", at + 1), Key::Enter);
        }
        let bounds = family(&harness).events[0].action.bounds().len();
        assert_eq!(bounds, fields.len());
        let action = slot(&harness);
        let values: Vec<&Bound> = action.bounds().into_iter().map(|(_, _, bound)| bound).collect();
        for (at, bound) in values.into_iter().enumerate() {
            assert_eq!(*bound, number((at + 1) as f64 / 10.0), "{word} {}", fields[at]);
        }
    }
    pick(&mut harness, "Thing", "carton");
    assert!(matches!(slot(&harness), Action::Spawn { kind, .. } if kind == "carton"));
    // Another event pushes what this one lets appear: a new name follows, and it cannot go.
    harness.get_by_label("Add event").click();
    harness.run_steps(3);
    pick(&mut harness, "Action", "Push a thing");
    pick(&mut harness, "Thing", "light_drop");
    harness.get_by_label("Event light_drop").click();
    harness.run_steps(3);
    write(&mut harness, "Event name", "box_in", Key::Enter);
    assert!(matches!(&family(&harness).events[1].action, Action::Push { entity, .. } if entity == "box_in"));
    harness.get_by_label_contains("Remove box_in").click();
    harness.run_steps(3);
    let status = harness.state().demo.as_ref().expect("drawn").view.status.clone();
    assert!(status.contains("`event_1` moves `box_in`; change it first"), "{status}");
}

#[test]
fn a_trigger_is_chosen_mistyped_and_mended() {
    let mut harness = open(TALL, true, editing());
    harness.get_by_role_and_label(Role::Button, "When").click();
    harness.run_steps(3);
    assert_eq!((family(&harness).events[0].at_s.clone(), family(&harness).events[0].when.is_some()), (None, true));
    write(&mut harness, "When", "hand_canister_distanse_m < 0.1", Key::Enter);
    assert!(harness.query_by_label_contains("did you mean `hand_canister_distance_m`").is_some());
    write(&mut harness, "When", "hand_canister_distance_m", Key::Enter);
    assert!(harness.query_by_label_contains("compare it").is_some(), "a number is no condition");
    write(&mut harness, "When", "hand_canister_distance_m < 0.1", Key::Enter);
    assert_eq!(family(&harness).events[0].when.as_deref(), Some("hand_canister_distance_m < 0.1"));
    harness.get_by_role_and_label(Role::Button, "At a time").click();
    harness.run_steps(3);
    assert_eq!(family(&harness).events[0].when, None, "and back to a time");
    assert_eq!(steps(&mut harness), 3);
}

#[test]
fn a_triggered_event_stands_where_it_began_or_says_that_it_did_not() {
    let mut stage = shown(worldproof::app::shell::Workspace::Author);
    stage.change = Some(|view| {
        let event = |label: &str, start_s, end_s, came| TimelineEvent {
            label: label.into(),
            start_s,
            end_s,
            movable: false,
            index: 0,
            when: Some("hand_gap_m < 0.1".into()),
            came,
        };
        view.author.timeline.events = vec![
            event("near", 1.25, Some(1.75), Came::Yes),
            TimelineEvent { index: 1, ..event("spill", 0.0, None, Came::No) },
            TimelineEvent { index: 2, ..event("blink", 0.0, None, Came::Unknown) },
        ];
    });
    let mut harness = open([1440.0, 900.0], true, stage);
    let near = harness.get_by_label("near when hand_gap_m < 0.1 · began at 1.25\u{2009}s in this draw").rect();
    let lane = harness.get_by_label("Time cursor").rect();
    let share = (near.left() - lane.left() - 6.0) / (lane.width() - 12.0);
    assert!((share - 1.25 / 4.0).abs() < 0.01, "{share}");
    let spill = harness.get_by_label("spill when hand_gap_m < 0.1 · not in this draw").rect();
    assert!((spill.left() - lane.left()).abs() < 12.0, "at the left: {spill:?}");
    assert!(harness.query_by_label("blink when hand_gap_m < 0.1").is_some(), "claims nothing");
    keep(&harness.render().expect("an adapter"), "timeline-triggered");
    harness.get_by_label("spill when hand_gap_m < 0.1 · not in this draw").click();
    harness.run_steps(2);
    assert_eq!(harness.state().shell.inspector.event, Some(1), "a click leads to its fields");
}

/// The plot of the density editor.
fn plot(harness: &Harness<'_, Stage>) -> egui::Rect {
    harness.get_by_label("Density of the nominal").rect()
}

#[test]
fn a_density_is_drawn_with_the_pointer_in_one_step() {
    let mut harness = open([1440.0, 1000.0], true, stage(Face::Parameters));
    harness.get_by_role_and_label(Role::Button, "Draw").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("mean handle").is_none(), "no handle stands in the way");
    let rect = plot(&harness);
    let at = |share_x: f32, share_y: f32| {
        Pos2::new(rect.left() + share_x * rect.width(), rect.top() + share_y * rect.height())
    };
    harness.drag_at(at(0.2, 0.9));
    harness.run_steps(1);
    for step in 1..=8 {
        let share = 0.2 + 0.07 * step as f32;
        harness.hover_at(at(share, 0.9 - 0.1 * step as f32));
        harness.run_steps(1);
    }
    harness.drop_at(at(0.76, 0.1));
    harness.run_steps(2);
    let Distribution::Drawn(points) = nominal(&harness, "reach_height_m") else { panic!("drawn") };
    let height = |share: f64| points[(share * (points.len() - 1) as f64).round() as usize].1.clone();
    let height = |share| if let Bound::Number(y) = height(share) { y } else { f64::NAN };
    assert!(height(0.3) < height(0.5) && height(0.5) < height(0.7), "it rises as the pointer did: {points:?}");
    assert_eq!(steps(&mut harness), 1, "one stroke");
}

/// Two clicks; time runs in steps of a quarter of a second here.
pub(crate) fn double_click(harness: &mut Harness<'_, Stage>, at: Pos2) {
    harness.ctx.options_mut(|options| options.input_options.max_double_click_delay = 2.0);
    for pressed in [true, false, true, false] {
        harness.hover_at(at);
        harness.event(egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        harness.run_steps(1);
    }
    harness.run_steps(2);
}

#[test]
fn points_come_and_go_with_a_double_click() {
    let mut harness = open([1440.0, 1000.0], true, stage(Face::Parameters));
    write(&mut harness, "Nominal as text", "Drawn([(0.05, 0), (0.1, 1), (0.15, 0)])", Key::Enter);
    let count = |harness: &Harness<'_, Stage>| match nominal(harness, "reach_height_m") {
        Distribution::Drawn(points) => points.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(count(&harness), 3);
    let rect = plot(&harness);
    let at = Pos2::new(rect.left() + 0.3 * rect.width(), rect.top() + 0.15 * rect.height());
    double_click(&mut harness, at);
    assert_eq!(count(&harness), 4, "one more");
    let handle = harness
        .query_all_by_label_contains(" handle")
        .map(|node| node.rect().center())
        .min_by(|a, b| (*a - at).length().total_cmp(&(*b - at).length()))
        .expect("handles");
    // Far enough in time not to be a third click.
    harness.run_steps(60);
    double_click(&mut harness, handle);
    assert_eq!(count(&harness), 3, "and away");
    assert_eq!(steps(&mut harness), 3);
}

#[test]
fn tails_are_seen_on_a_logarithmic_scale() {
    let mut harness = open([1440.0, 1000.0], true, stage(Face::Parameters));
    let linear = harness.get_by_label("mean handle").rect().center().y;
    harness.get_by_role_and_label(Role::Button, "Log").click();
    harness.run_steps(3);
    assert!(harness.state().shell.inspector.logarithmic);
    let end = harness.get_by_label("sd handle").rect().center().y;
    harness.get_by_role_and_label(Role::Button, "Log").click();
    harness.run_steps(3);
    let back = harness.get_by_label("sd handle").rect().center().y;
    assert!(end < back - 10.0, "one sd out is little lower on a logarithmic scale: {end} {back} {linear}");
    assert!(harness.state().history.is_none(), "a look is no edit");
}

#[test]
fn a_value_is_edited_by_keyboard_alone() {
    let mut stage = stage(Face::Parameters);
    stage.change = Some(|view| {
        real(view);
        view.author.selected = None;
        let family = view.author.inspected.as_ref().map(|one| one.family.clone()).expect("real");
        crate::author::refresh(&mut view.author, &family);
    });
    let mut harness = open([1440.0, 1000.0], true, stage);
    let name = |harness: &Harness<'_, Stage>| {
        let mut all = harness.query_all_by_label_contains("canister_fill 0");
        use egui_kittest::kittest::NodeT as _;
        all.find_map(|node| node.accesskit_node().label()).expect("a spin button")
    };
    let scrub = name(&harness);
    harness.get_by_label(&scrub).focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowUp);
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::TextInput, "canister_fill").type_text("0.25");
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    let set: Vec<(f64, u64)> = harness
        .state()
        .messages
        .iter()
        .filter_map(|message| match message {
            Message::SetValue { parameter, value, gesture } if parameter == "canister_fill" => Some((*value, *gesture)),
            _ => None,
        })
        .collect();
    assert_eq!(set.len(), 3, "{set:?}");
    assert!(set[0].0 > 0.5 && set[2].0 == 0.25, "{set:?}");
    assert!(set[0].1 == set[1].1 && set[1].1 != set[2].1, "arrows are one gesture, what is typed another");
    assert!(harness.state().commands.is_empty(), "no frame was stepped: {:?}", harness.state().commands);
    assert!(harness.get_by_label(&name(&harness)).is_focused(), "the keyboard stays there");
}
