//! Stories about the stage in the preview: the hand looks round, pushes what it takes hold of, lets events begin, moves things,
//! and reads plots; what it does is asked of the studio, nothing happens while drawing.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{self, Key, Modifiers, PointerButton, Pos2, Rect, accesskit::Role, pos2, vec2};
use egui_kittest::{Harness, kittest::Queryable as _};
use worldproof::app::stage::{Eye, Handle, Plot, StageAct, StageView};
use worldproof::app::view::StudioView;
use worldproof::app::{Message, author::Face, widgets::picture::ViewState};
use worldproof::family::{Bound, Distribution, Entity, Family, Form, Parameter};
use worldproof::sample::Sampler;
use worldproof::sense::camera::lens::Lens;
use worldproof::world::{Act, Layer, Simulator};

use crate::author::{example, family, refresh, steps};
use crate::{Stage, drag, keep, open};

const WIDE: [f32; 2] = [1440.0, 900.0];
const TIME_S: f64 = 0.5;

/// The example with a box of its own, whose x a parameter says.
fn boxed() -> Family {
    let mut family = example();
    let nominal = Distribution::Uniform { low: 0.3, high: 0.5 };
    family.parameters.push(Parameter::new("crate_x_m", "m", &nominal));
    let size_m = [0.06, 0.06, 0.06].map(Bound::Number);
    let mut entity = Entity::new("crate", Form::Box { size_m }, [0.4, 0.22, 0.05]);
    entity.at_m[0] = Bound::Expression("crate_x_m".to_owned());
    family.entities.push(entity);
    family
}

/// What the studio's worker would have seen of it.
fn seen(view: &mut StudioView, live: bool) {
    let family = boxed();
    let draw = Sampler::new(&family, 7).expect("sound").draw_with(5, &BTreeMap::new()).expect("a draw");
    let mut drive = Simulator::new(&family).expect("sound").drive(&draw, &[]).expect("builds");
    drive.go_to(TIME_S).expect("stable");
    let (snapshot, _, marks) = drive.seen(TIME_S).expect("a state");
    let handles = drive.handles(&["canister"], TIME_S).into_iter();
    view.author.stage = StageView {
        snapshot: Some(snapshot),
        marks,
        layers: [Layer::Contacts, Layer::Tilt].into(),
        pace: 1.0,
        live: live.then(Vec::new),
        handles: handles.map(|(thing, pose, mass_kg)| Handle { thing, pose, mass_kg }).collect(),
        strongest_ns: 100.0,
        signals: [("canister_tilt_deg".to_owned(), "deg")].into(),
        ..StageView::default()
    };
    refresh(&mut view.author, &Arc::new(family));
    if let Some(inspected) = &mut view.author.inspected {
        inspected.values.extend(draw.values);
    }
}

fn stage(change: fn(&mut StudioView)) -> Stage {
    Stage { change: Some(change), ..Stage::default() }
}

/// Where the picture shows the world.
fn eye(harness: &Harness<'_, Stage>) -> Eye {
    let picture =
        harness.get_by(|node| node.role() == Role::Image && node.label().is_some_and(|name| name.contains("Colour")));
    let rect: Rect = picture.rect();
    let view = &harness.state().demo.as_ref().expect("drawn").view.author;
    let camera = view.stage.snapshot.as_ref().expect("seen").camera;
    Eye { camera, lens: Lens::PINHOLE, area: ViewState::default().rect_in(rect, [640, 480]) }
}

/// Where the canister stands on screen.
fn canister(harness: &Harness<'_, Stage>) -> Pos2 {
    let view = &harness.state().demo.as_ref().expect("drawn").view.author;
    let at = view.stage.handles[0].pose.expect("it is no robot").position;
    eye(harness).screen(at).expect("in sight")
}

fn asked(harness: &Harness<'_, Stage>) -> Vec<StageAct> {
    let acts = harness.state().messages.iter().filter_map(|message| match message {
        Message::Stage(act) => Some(act.clone()),
        _ => None,
    });
    acts.collect()
}

#[test]
fn a_thing_is_pushed_where_it_is_taken_hold_of_and_along_the_drag() {
    let mut harness = open(WIDE, true, stage(|view| seen(view, true)));
    let from = canister(&harness);
    drag(&mut harness, PointerButton::Primary, from, from + vec2(90.0, 0.0));
    let acts = asked(&harness);
    assert!(matches!(acts.as_slice(), [StageAct::Aim(true), StageAct::Act(_), StageAct::Aim(false)]), "{acts:?}");
    let StageAct::Act(Act::Push { thing, at, impulse_ns }) = &acts[1] else { panic!("a push: {acts:?}") };
    let right = eye(&harness).across(vec2(1.0, 0.0));
    assert_eq!(thing, "canister");
    assert!(impulse_ns.normalize().dot(right) > 0.999 && impulse_ns.length() > 0.02, "{impulse_ns}");
    assert!(at.is_some_and(|at| at.length() < 0.2), "on the canister, in its own frame: {at:?}");
    // A nudge that is hardly a drag pushes nothing; beside every thing the flat picture moves.
    drag(&mut harness, PointerButton::Primary, from, from + vec2(0.0, 4.0));
    assert!(!asked(&harness)[3..].iter().any(|act| matches!(act, StageAct::Act(_))), "{:?}", asked(&harness));
}

#[test]
fn without_a_live_run_nothing_is_pushed_and_the_middle_button_turns() {
    let mut harness = open(WIDE, true, stage(|view| seen(view, false)));
    let from = canister(&harness);
    drag(&mut harness, PointerButton::Middle, from, from + vec2(60.0, 30.0));
    let turned: f32 = asked(&harness).iter().map(|act| if let StageAct::Turn([x, _]) = act { *x } else { 0.0 }).sum();
    assert!((turned - 60.0 / eye(&harness).area.height()).abs() < 0.02, "{turned}");
    let before = asked(&harness).len();
    drag(&mut harness, PointerButton::Primary, from, from + vec2(60.0, 0.0));
    assert_eq!(asked(&harness).len(), before, "the flat picture moved");
}

#[test]
fn number_keys_let_events_begin_in_a_live_run_only() {
    for live in [true, false] {
        let make =
            if live { |view: &mut StudioView| seen(view, true) } else { |view: &mut StudioView| seen(view, false) };
        let mut harness = open(WIDE, true, stage(make));
        harness.key_press(Key::Num1);
        harness.run_steps(2);
        assert_eq!(asked(&harness).contains(&StageAct::Act(Act::Begin(0))), live);
        harness.key_press(Key::Num2);
        harness.run_steps(2);
        let compares = harness.state().shell.workspace == worldproof::app::shell::Workspace::Compare;
        assert_eq!(compares, !live, "the keys behind the events lead nowhere either");
    }
}

#[test]
fn a_thing_appears_by_the_key_behind_the_events_where_the_pointer_is() {
    let mut harness = open(WIDE, true, stage(|view| seen(view, true)));
    assert_eq!(family(&harness).events.len(), 1, "so 2 is the first kind");
    let at = canister(&harness);
    harness.hover_at(at);
    harness.run_steps(2);
    harness.key_press(Key::Num2);
    harness.run_steps(2);
    let appears = asked(&harness).into_iter().find_map(|act| match act {
        StageAct::Appear(kind, place) => Some((kind, place)),
        _ => None,
    });
    let (kind, place) = appears.expect("the key of the first kind");
    let place = place.expect("the canister is under the pointer");
    let view = &harness.state().demo.as_ref().expect("drawn").view.author;
    let canister = view.stage.handles[0].pose.expect("it is no robot").position;
    assert!(kind == "box" && place.distance(canister) < 0.2, "{kind} {place} {canister}");
    // By its button: in the middle of the picture, which the studio knows.
    harness.get_by_label_contains("a new ball").click();
    harness.run_steps(2);
    assert!(asked(&harness).contains(&StageAct::Appear("ball", None)), "{:?}", asked(&harness));
}

#[test]
fn escape_takes_a_push_back_that_is_aimed() {
    let mut harness = open(WIDE, true, stage(|view| seen(view, true)));
    let from = canister(&harness);
    harness.hover_at(from);
    harness.run_steps(1);
    let press = |pos, pressed| {
        let button = PointerButton::Primary;
        egui::Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE }
    };
    harness.event(press(from, true));
    harness.run_steps(1);
    for by in [30.0, 90.0] {
        harness.hover_at(from + vec2(by, 0.0));
        harness.run_steps(1);
    }
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    harness.event(press(from + vec2(90.0, 0.0), false));
    harness.run_steps(2);
    let acts = asked(&harness);
    assert!(matches!(acts.as_slice(), [StageAct::Aim(true), StageAct::Aim(false)]), "{acts:?}");
}

#[test]
fn a_thing_of_the_stage_is_taken_hold_of_by_a_click_and_its_handle_edits_what_says_where_it_is() {
    let mut harness = open(WIDE, true, stage(|view| seen(view, false)));
    let at = canister(&harness);
    harness.hover_at(at);
    harness.run_steps(1);
    for pressed in [true, false] {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        harness.run_steps(1);
    }
    harness.run_steps(3);
    let inspector = &harness.state().shell.inspector;
    assert_eq!((inspector.face, inspector.entity.as_deref()), (Face::Scene, Some("canister")));
    let before = family(&harness).clone();
    let knob = harness.get_by_label("Move canister along y").rect().center();
    drag(&mut harness, PointerButton::Primary, knob, knob + vec2(-24.0, 0.0));
    let after = family(&harness).clone();
    // Whatever stands for the slot moved along: a number, or the nominal of its parameter, and nothing else.
    let said = |family: &Family| family.scene.get("canister_y_m").cloned();
    if let Some(name) = said(&before).as_ref().and_then(Bound::name) {
        let nominal = |family: &Family| family.parameter(name).expect("there").nominal.clone();
        assert!(said(&after) == said(&before) && nominal(&after) != nominal(&before), "{name}");
    } else {
        assert!(said(&after) != said(&before), "{:?}", said(&after));
    }
    assert_eq!(before.entities, after.entities);
    assert_eq!(steps(&mut harness), 1, "one drag");
    keep(&harness.render().expect("drawn"), "stage-own-handles");
}

#[test]
fn a_line_of_sight_is_green_where_it_is_free() {
    let green = |layers: [Layer; 1]| {
        let make = if layers == [Layer::Sight] {
            |view: &mut StudioView| {
                seen(view, false);
                view.author.stage.layers = [Layer::Sight].into();
            }
        } else {
            |view: &mut StudioView| seen(view, false)
        };
        let mut harness = open(WIDE, true, stage(make));
        let image = harness.render().expect("drawn");
        if layers == [Layer::Sight] {
            keep(&image, "stage-sight");
        }
        let seen = worldproof::app::theme::SEEN;
        let near = |(a, b): (u8, u8)| a.abs_diff(b) < 24;
        let is_green = |pixel: &[u8; 4]| [(pixel[0], seen.r()), (pixel[1], seen.g()), (pixel[2], seen.b())].map(near);
        image.pixels().filter(|pixel| is_green(&pixel.0) == [true; 3]).count()
    };
    assert!(green([Layer::Sight]) > 8 && green([Layer::Tilt]) == 0);
}

#[test]
fn overlays_and_signals_are_chosen_from_menus() {
    let mut harness = open(WIDE, true, stage(|view| seen(view, false)));
    harness.get_by_label_contains("Overlays").click();
    harness.run_steps(3);
    harness.get_by_label("Support polygon").click();
    harness.run_steps(2);
    assert!(asked(&harness).contains(&StageAct::Show(Layer::Support, true)), "{:?}", asked(&harness));
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    harness.get_by_label_contains("Signals").click();
    harness.run_steps(3);
    harness.get_by_label("canister_tilt_deg  (deg)").click();
    harness.run_steps(2);
    let plotted = StageAct::Plot("canister_tilt_deg".to_owned(), true);
    assert!(asked(&harness).contains(&plotted), "{:?}", asked(&harness));
}

#[test]
fn a_plot_is_linked_to_the_time_cursor() {
    let mut harness = open(
        WIDE,
        true,
        stage(|view| {
            seen(view, false);
            let points = (0..=42).map(|at| [f64::from(at) / 10.0, f64::from(at)]).collect();
            let thresholds = vec![(30.0, "tipped".to_owned())];
            view.author.stage.plots =
                [Plot { name: "canister_tilt_deg".to_owned(), unit: "deg", points, thresholds }].into();
        }),
    );
    let lane = harness.get_by_label("canister_tilt_deg over time").rect();
    let at = pos2(lane.left() + lane.width() * 0.25, lane.center().y);
    drag(&mut harness, PointerButton::Primary, at, at + vec2(2.0, 0.0));
    let view = &harness.state().demo.as_ref().expect("drawn").view.author;
    let share = view.timeline.now_s / view.timeline.length_s;
    assert!((share - 0.25).abs() < 0.03, "{share}");
    harness.get_by_label("Plot canister_tilt_deg no longer").click();
    harness.run_steps(2);
    assert!(asked(&harness).contains(&StageAct::Plot("canister_tilt_deg".to_owned(), false)));
    let image = harness.render().expect("drawn");
    keep(&image, "stage-plots");
}

#[test]
fn a_thing_of_ones_own_is_moved_by_its_handles_and_one_drag_is_one_step() {
    let mut story = stage(|view| seen(view, false));
    story.shell.inspector.face = Face::Scene;
    story.shell.inspector.entity = Some("crate".to_owned());
    let mut harness = open(WIDE, true, story);
    let knob = harness.get_by_label("Move crate along y").rect().center();
    drag(&mut harness, PointerButton::Primary, knob, knob + vec2(-40.0, 0.0));
    let Bound::Number(y) = family(&harness).entities[0].at_m[1] else { panic!("a number") };
    assert!((y - 0.22).abs() > 0.01, "{y}");
    assert_eq!(steps(&mut harness), 1, "one drag");
    // What a parameter says moves the parameter's nominal, as a whole.
    let mut story = stage(|view| seen(view, false));
    story.shell.inspector.face = Face::Scene;
    story.shell.inspector.entity = Some("crate".to_owned());
    let mut harness = open(WIDE, true, story);
    let knob = harness.get_by_label("Move crate along x").rect().center();
    drag(&mut harness, PointerButton::Primary, knob, knob + vec2(0.0, -40.0));
    let nominal = crate::author::nominal(&harness, "crate_x_m");
    let Distribution::Uniform { low: Bound::Number(low), high: Bound::Number(high) } = nominal else {
        panic!("{nominal:?}")
    };
    assert!((low - 0.3).abs() > 0.01 && (high - low - 0.2).abs() < 1e-9, "{low} {high}");
    assert_eq!(family(&harness).entities[0].at_m[0], Bound::Expression("crate_x_m".to_owned()), "still bound");
    keep(&harness.render().expect("drawn"), "stage-handles");
}

/// A model whose file is not there, and a rig.
fn filed(view: &mut StudioView) {
    seen(view, false);
    let mut family = boxed();
    let model = Form::Model { file: "props/mug.glb".to_owned(), scale: Bound::Number(1.0) };
    family.entities.push(Entity::new("mug", model, [0.3, 0.3, 0.1]));
    family.entities.push(Entity::new("arm", Form::rig("robots/arm.urdf"), [0.5, 0.3, 0.0]));
    refresh(&mut view.author, &Arc::new(family));
}

#[test]
fn the_file_of_a_thing_is_chosen_and_what_is_wrong_with_it_stands_there() {
    const TALL: [f32; 2] = [1440.0, 2400.0];
    let open_at = |name: &str, change: fn(&mut StudioView)| {
        let mut story = stage(change);
        story.shell.inspector.face = Face::Scene;
        story.shell.inspector.entity = Some(name.to_owned());
        open(TALL, true, story)
    };
    let mut harness = open_at("mug", filed);
    assert!(harness.query_by_label_contains("props/mug.glb").is_some(), "it was not found, and that is said");
    assert!(harness.query_by_label("Pattern of mug").is_some() && harness.query_by_label("mug Colour red").is_none());
    harness.get_by_label("Choose file of mug").click();
    harness.run_steps(2);
    harness.get_by_label("Read file of mug again").click();
    harness.run_steps(2);
    assert!(harness.state().messages.contains(&Message::PickFile("mug".to_owned())));
    assert!(harness.state().commands.contains(&worldproof::app::Command::ReadFilesAgain));
    // A rig that is fixed looks as its file says until it is painted, and does not start moving.
    let harness = open_at("arm", filed);
    for words in ["arm Roughness", "arm Velocity x", "Whether arm moves"] {
        assert!(harness.query_by_label(words).is_none(), "{words}");
    }
    for words in ["Pattern of arm", "arm Friction", "arm Restitution"] {
        assert!(harness.query_by_label(words).is_some(), "{words}");
    }
    let refused = |view: &mut StudioView| {
        filed(view);
        if let Some(inspected) = &mut view.author.inspected {
            inspected.refused = Some(("mug".to_owned(), "`my.glb` has no triangle; export it again".to_owned()));
        }
    };
    // `inspect` fills anew what the story begins with.
    let mut harness = open_at("mug", filed);
    if let Some(demo) = &mut harness.state_mut().demo {
        refused(&mut demo.view);
    }
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("`my.glb` has no triangle").is_some());
    keep(&harness.render().expect("drawn"), "stage-file");
}
