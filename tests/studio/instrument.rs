//! Stories about reading the preview: legends that agree with values, the probe, labels, a second channel, frame times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use eframe::egui::{self, Key as Press, Modifiers, PointerButton, Pos2, Rect, accesskit::Role, vec2};
use egui_kittest::{Harness, kittest::Queryable as _};
use glam::DVec2;
use worldproof::app::channel::{Exact, Key, Look, Probe, Spread, paint};
use worldproof::app::panes::instrument::Split;
use worldproof::app::shell::Workspace;
use worldproof::app::stage::clouds::{Cloud, Clouds, Spot};
use worldproof::app::stage::labels::{Ink, LabelLayer, Labelled, Stroke, strokes};
use worldproof::app::stage::{By, CloudView, Developed, Eye, Reading, StageAct, StageView};
use worldproof::app::view::{Adapter, Picture, StudioView};
use worldproof::app::widgets::{frame_times::Took, picture::ViewState};
use worldproof::app::{Command, Message, Shell};
use worldproof::base::Rgb;
use worldproof::render::{Channel, Frame, Gpu, Renderer, Wanted};
use worldproof::sample::Sampler;
use worldproof::sense::camera::lens::Lens;
use worldproof::sense::label::Labels;
use worldproof::world::{Facts, Simulator};

use crate::author::example;
use crate::{Stage, drag, keep, open, shown};

const WIDE: [f32; 2] = [1600.0, 1000.0];
const SMALL: [f32; 2] = [1000.0, 700.0];

/// What the studio's worker reads back of the example.
fn exact() -> Arc<Exact> {
    static READ: OnceLock<Arc<Exact>> = OnceLock::new();
    let read = || {
        let family = example();
        let draw = Sampler::new(&family, 7).expect("sound").draw_with(5, &BTreeMap::new()).expect("a draw");
        let mut drive = Simulator::new(&family).expect("sound").drive(&draw, &[]).expect("builds");
        drive.go_to(0.5).expect("stable");
        let (now, next, _) = drive.seen(0.3).expect("a state");
        let mut renderer = Renderer::new(&Gpu::headless().expect("a graphics driver")).expect("draws");
        let mut frame = Frame::empty();
        let wanted = Wanted { linear: true, albedo: true };
        let extra = renderer.frame_with(&mut frame, &now, next.as_deref(), wanted).expect("drawn");
        Arc::new(Exact::new(frame, (extra.albedo, extra.linear), now))
    };
    Arc::clone(READ.get_or_init(read))
}

fn key(channel: Channel, spread: Spread) -> Arc<Key> {
    Arc::new(Key::of(channel, &exact(), &Look { spread, ..Look::default() }))
}

/// The view with the picture's `channel`, and what is read off it.
fn reads(view: &mut StudioView, channel: Channel) {
    let exact = exact();
    let labels = Labels::of(&exact.frame, (&exact.snapshot, Lens::PINHOLE), &Facts::default(), None);
    let labelled = Labelled { labels, events: Vec::new() };
    let key = key(channel, Spread::Log);
    view.author.preview.channel = worldproof::app::channel::word(channel).to_owned();
    view.author.preview.pixels = Some(Arc::new(key.paint(&exact)));
    let second = Picture { channel: "Depth".to_owned(), ..view.author.preview.clone() };
    view.author.stage = StageView {
        snapshot: Some(Arc::clone(&exact.snapshot)),
        pace: 1.0,
        reading: Reading {
            keys: [key, self::key(Channel::Depth, Spread::Inverse)],
            second: Some(second),
            second_channel: Channel::Depth,
            layers: [LabelLayer::Boxes].into(),
            strokes: strokes(LabelLayer::Solids, &labelled, &exact).into(),
            events: ["light step: changes, at 0.41 s, 40 % done".to_owned()].into(),
            took: (0..90)
                .map(|at| Took { simulate_ms: 0.4, render_ms: 9.0 + (at % 7) as f32, colour_ms: 2.0 })
                .collect(),
            adapter: "llvmpipe · software · Mesa · vulkan".to_owned(),
            exact: Some(exact),
            ..Reading::default()
        },
        ..StageView::default()
    };
}

fn stage(change: fn(&mut StudioView)) -> Stage {
    Stage { change: Some(change), ..shown(Workspace::Author) }
}

fn picture(harness: &Harness<'_, Stage>, word: &str) -> Rect {
    let named = |name: String| name.starts_with("SYNTHETIC") && name.contains(word);
    harness.get_by(|node| node.role() == Role::Image && node.label().is_some_and(&named)).rect()
}

fn asked(harness: &Harness<'_, Stage>) -> Vec<StageAct> {
    let acts = harness.state().messages.iter().filter_map(|message| match message {
        Message::Stage(act) => Some(act.clone()),
        _ => None,
    });
    acts.collect()
}

#[test]
fn a_legend_on_screen_has_the_pictures_colours_at_its_numbers() {
    for dark in [true, false] {
        let mut harness = open(WIDE, dark, stage(|view| reads(view, Channel::Depth)));
        let rect = picture(&harness, "Depth");
        let Key::Depth(map, scale) = *key(Channel::Depth, Spread::Log) else { panic!("a scale") };
        let image = harness.render().expect("an adapter");
        // The middle of the legend's bar, whose foot stands above the caption.
        let (x, foot, high) = (rect.left() + 8.0 + 8.0 + 7.0, rect.bottom() - 36.0 - 8.0 - 5.0, 122.0);
        for depth_m in scale.ticks(0.1) {
            // Not on the very ends, which are blended with the plate.
            let share = scale.share(depth_m).clamp(0.03, 0.97);
            let at = image.get_pixel(x as u32, (foot - share * high) as u32).0;
            // A screen pixel is a row of the bar, give or take one.
            let meant = [-1.0, 0.0, 1.0].map(|row| paint::depth_colour(map, &scale, scale.value(share + row / high)));
            let apart = |meant: &[u8; 3]| at.iter().zip(meant).map(|(a, b)| a.abs_diff(*b)).max();
            let fits = meant.iter().any(|meant| apart(meant) <= Some(4));
            assert!(fits, "{depth_m} m: {at:?} on screen, {meant:?} in the picture");
        }
        keep(&image, if dark { "legend-depth-dark" } else { "legend-depth-light" });
    }
}

#[test]
fn every_channel_has_a_legend_in_a_small_window() {
    type Change = fn(&mut StudioView);
    let changes: [(&str, Change); 6] = [
        ("Depth", |view| reads(view, Channel::Depth)),
        ("Instances", |view| reads(view, Channel::Instance)),
        ("Classes", |view| reads(view, Channel::Class)),
        ("Normals", |view| reads(view, Channel::Normal)),
        ("Flow", |view| reads(view, Channel::Flow)),
        ("Albedo", |view| reads(view, Channel::Albedo)),
    ];
    for (word, change) in changes {
        let mut harness = open(SMALL, word != "Flow", stage(change));
        let rect = picture(&harness, word);
        let image = harness.render().expect("an adapter");
        let corner = |x: f32, y: f32| image.get_pixel((rect.left() + x) as u32, (rect.bottom() - y) as u32).0;
        // A dark plate lies where the picture or its surround would be.
        assert!(corner(11.0, 40.0)[..3].iter().all(|part| *part < 90), "{word}: {:?}", corner(11.0, 40.0));
        keep(&image, &format!("legend-{word}"));
    }
}

#[test]
fn the_probe_tells_and_copies_what_the_frame_holds() {
    let mut story = stage(|view| reads(view, Channel::Depth));
    story.shell.instrument.probe = true;
    let mut harness = open(WIDE, true, story);
    let rect = picture(&harness, "Depth");
    let at = rect.center() + vec2(31.0, 17.0);
    harness.hover_at(at);
    harness.run_steps(3);
    let pixel = ViewState::default().pixel_at(at, rect, [640, 480]).expect("in the picture");
    assert_eq!(harness.state().shell.preview.probe, Some(pixel));
    harness.event(egui::Event::Copy);
    harness.run_steps(1);
    let expected = Probe::at(&exact(), pixel).expect("inside").text();
    assert_eq!(harness.state().copied, expected);
    assert!(expected.contains("depth\t") && expected.contains("flow\t"), "{expected}");
    keep(&harness.render().expect("an adapter"), "probe");
}

#[test]
fn arrows_move_the_probe_while_the_pointer_rests_on_the_picture() {
    let mut story = stage(|view| reads(view, Channel::Depth));
    story.shell.instrument.probe = true;
    let mut harness = open(WIDE, true, story);
    let at = picture(&harness, "Depth").center();
    let first = |harness: &Harness<'_, Stage>| harness.state().shell.preview.probe.expect("in the picture");
    click(&mut harness, at);
    let [x, y] = first(&harness);
    harness.key_press(Press::ArrowRight);
    harness.run_steps(3);
    harness.key_press_modifiers(Modifiers::SHIFT, Press::ArrowDown);
    harness.run_steps(3);
    assert_eq!(first(&harness), [x + 1, y + 10]);
    harness.hover_at(at + vec2(40.0, 0.0));
    harness.run_steps(2);
    let [moved, row] = first(&harness);
    assert!(moved > x + 1 && row == y, "the pointer takes it again: {moved}, {row}");
}

#[test]
fn through_the_sensor_the_probe_tells_what_is_on_screen() {
    let mut story = stage(|view| {
        reads(view, Channel::Colour);
        let pixels = Arc::new(Rgb { width: 640, height: 480, bytes: [9, 8, 7].repeat(640 * 480) });
        let lens = Lens::brown_conrady([-0.3, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0; 2]);
        view.author.stage.reading.developed = Some(Developed { pixels, lens });
        view.author.stage.reading.strokes =
            [Stroke::Name { ink: Ink::Plain, at: DVec2::new(60.0, 60.0), text: "a corner".to_owned() }].into();
    });
    story.shell.instrument.probe = true;
    let mut harness = open(WIDE, true, story);
    let rect = picture(&harness, "Colour");
    let view = ViewState::default();
    let area = view.rect_in(rect, [640, 480]);
    let at = area.min + vec2(0.2, 0.7) * area.size();
    harness.hover_at(at);
    harness.run_steps(3);
    harness.event(egui::Event::Copy);
    harness.run_steps(1);
    let exact = exact();
    let pixel = view.pixel_at(at, rect, [640, 480]).expect("in the picture");
    let lens = Lens::brown_conrady([-0.3, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0; 2]);
    let eye = Eye { camera: exact.snapshot.camera, lens, area };
    let from = eye.pinhole_px(DVec2::from(pixel.map(f64::from)) + 0.5);
    assert!(from.expect("it sees it").distance(DVec2::from(pixel.map(f64::from))) > 5.0, "far from its own place");
    assert_eq!(harness.state().copied, Probe::through(&exact, (pixel, [9, 8, 7]), from).text());
    keep(&harness.render().expect("an adapter"), "probe-developed");
}

#[test]
fn on_the_right_of_a_wipe_the_probe_shows_the_second_channels_colour() {
    let mut story = stage(|view| reads(view, Channel::Instance));
    (story.shell.instrument.probe, story.shell.instrument.split) = (true, Some(Split::Wipe));
    let mut harness = open(WIDE, true, story);
    let rect = picture(&harness, "Instances");
    for (share, channel, spread) in [(0.4, Channel::Instance, Spread::Log), (0.6, Channel::Depth, Spread::Inverse)] {
        let at = rect.min + vec2(share, 0.55) * rect.size();
        harness.hover_at(at);
        harness.run_steps(3);
        let pixel = ViewState::default().pixel_at(at, rect, [640, 480]).expect("in the picture");
        let number = (pixel[1] * 640 + pixel[0]) as usize;
        let expected = key(channel, spread).colour(&exact(), number);
        let other = if channel == Channel::Depth { Channel::Instance } else { Channel::Depth };
        assert_ne!(expected, key(other, Spread::Inverse).colour(&exact(), number), "told apart");
        let image = harness.render().expect("an adapter");
        // The lower swatch of the card, wherever the card lies.
        let count = image.pixels().filter(|pixel| pixel.0[..3] == expected).count();
        assert!(count > 100 * 28, "{channel:?}: {count}");
    }
}

#[test]
fn the_probe_is_there_while_its_key_is_held_and_by_its_command() {
    let mut harness = open(SMALL, false, stage(|view| reads(view, Channel::Colour)));
    let at = picture(&harness, "Colour").center();
    harness.hover_at(at);
    harness.run_steps(2);
    assert!(!harness.state().shell.instrument.probes());
    harness.event(egui::Event::ModifiersChanged(Modifiers::ALT));
    harness.run_steps(2);
    let instrument = harness.state().shell.instrument;
    assert!(instrument.held && instrument.probes() && !instrument.probe, "while Alt is held: {instrument:?}");
    harness.event(egui::Event::ModifiersChanged(Modifiers::NONE));
    harness.run_steps(2);
    assert!(!harness.state().shell.instrument.probes(), "let go");
    harness.key_press(Press::I);
    harness.run_steps(2);
    assert!(harness.state().shell.instrument.probe, "the command turns it on");
    keep(&harness.render().expect("an adapter"), "probe-small");
    harness.key_press(Press::I);
    harness.run_steps(2);
    assert!(!harness.state().shell.instrument.probes());
}

#[test]
fn a_divider_is_dragged_and_both_sides_have_their_legend() {
    let mut harness = open(WIDE, true, stage(|view| reads(view, Channel::Instance)));
    harness.key_press(Press::Y);
    harness.run_steps(3);
    assert_eq!(harness.state().shell.instrument.split, Some(Split::Wipe));
    let grip = harness.get_by_role_and_label(Role::Slider, "Wipe divider").rect();
    drag(&mut harness, PointerButton::Primary, grip.center() + vec2(0.0, 60.0), grip.center() + vec2(-120.0, 60.0));
    let divider = harness.state().shell.instrument.divider;
    assert!(divider > 0.2 && divider < 0.45, "{divider}");
    keep(&harness.render().expect("an adapter"), "split-wipe");
    let before = harness.state().shell.instrument.divider;
    harness.key_press(Press::ArrowRight);
    harness.run_steps(2);
    assert!(harness.state().shell.instrument.divider > before, "the keyboard moves it too");
    harness.key_press(Press::Y);
    harness.run_steps(3);
    assert_eq!(harness.state().shell.instrument.split, Some(Split::Beside));
    let (left, right) = (picture(&harness, "Instances"), picture(&harness, "Depth"));
    assert!((left.width() - right.width()).abs() < 1.0 && left.right() < right.left(), "{left} {right}");
    keep(&harness.render().expect("an adapter"), "split-beside");
}

#[test]
fn overlays_and_the_second_channel_are_asked_for() {
    let mut story = stage(|view| reads(view, Channel::Colour));
    story.shell.instrument.split = Some(Split::Wipe);
    let mut harness = open(WIDE, true, story);
    harness.get_by_role_and_label(Role::ComboBox, "Second channel").click();
    harness.run_steps(3);
    // The strip above the picture has one too.
    harness.get_all_by_label("Flow").find(|node| node.rect().top() > 90.0).expect("in the list").click();
    harness.run_steps(3);
    assert_eq!(asked(&harness), [StageAct::Second(Channel::Flow)]);
    harness.get_by_label_contains("Overlays").click();
    harness.run_steps(3);
    harness.get_by_label("3D boxes").click();
    harness.run_steps(2);
    assert!(asked(&harness).contains(&StageAct::Label(LabelLayer::Solids, true)), "{:?}", asked(&harness));
}

/// A lidar that has met every eighth pixel of the picture, and a radar with a detection and a false alarm.
fn swept(view: &mut StudioView) {
    reads(view, Channel::Colour);
    let exact = exact();
    let pixels = (0..480).step_by(8).flat_map(|v| (0..640).step_by(8).map(move |u| [u, v]));
    let spots = pixels.filter_map(|pixel| {
        let surface = Probe::at(&exact, pixel)?.surface?;
        let (at_m, instance) = (surface.world_m, surface.instance);
        Some(Spot { at_m, range_m: surface.depth_m as f32, intensity: Some(0.3), speed_m_s: None, instance })
    });
    let lidar = Cloud { sensor: "top_lidar".to_owned(), times_s: [0.2, 0.3], spots: spots.collect() };
    let radar = |pixel, instance| {
        let surface = Probe::at(&exact, pixel).expect("inside").surface.expect("not sky");
        let at_m = surface.world_m;
        Spot { at_m, range_m: surface.depth_m as f32, intensity: None, speed_m_s: Some(-1.25), instance }
    };
    let radar = Cloud {
        sensor: "radar".to_owned(),
        times_s: [0.3; 2],
        spots: vec![radar([320, 300], 2), radar([200, 340], 0)],
    };
    let clouds = Clouds::new(vec![lidar, radar]);
    view.author.stage.clouds = Some(CloudView {
        on: true,
        said: clouds.all.iter().map(Cloud::words).collect(),
        shown: Some(Arc::new(clouds)),
        by: By::Range,
    });
}

#[test]
fn sweeps_lie_over_the_picture_in_the_colours_of_their_legend() {
    for (size, dark) in [(WIDE, true), (SMALL, false)] {
        let mut harness = open(size, dark, stage(swept));
        let image = harness.render().expect("an adapter");
        let demo = harness.state().demo.as_ref().expect("drawn");
        let view = demo.view.author.stage.clouds.clone().expect("there");
        let clouds = view.shown.expect("there");
        let colours: BTreeSet<[u8; 3]> =
            clouds.all[0].spots.iter().map(|spot| clouds.colour(By::Range, spot)).collect();
        let painted = image.pixels().filter(|pixel| colours.contains(&[pixel.0[0], pixel.0[1], pixel.0[2]])).count();
        // A square is two and a half points wide; names, plates and the picture's edge hide some.
        assert!(painted > clouds.all[0].spots.len() * 3, "{painted} of {}", clouds.all[0].spots.len());
        keep(&image, &format!("sweeps-{}", size[0]));
    }
}

#[test]
fn sweeps_are_chosen_in_the_overlays_menu_where_there_are_sensors() {
    let mut harness = open(WIDE, true, stage(swept));
    harness.key_press(Press::G);
    harness.run_steps(2);
    assert_eq!(harness.state().commands.last(), Some(&Command::Sweeps));
    harness.get_by_label_contains("Overlays").click();
    harness.run_steps(3);
    harness.get_by_label("By instance").click();
    harness.run_steps(2);
    harness.get_by_label("Lidar and radar").click();
    harness.run_steps(2);
    assert_eq!(asked(&harness), [StageAct::CloudsBy(By::Instance), StageAct::Clouds(false)]);
    let mut harness = open(WIDE, true, stage(|view| reads(view, Channel::Colour)));
    harness.get_by_label_contains("Overlays").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("3D boxes").is_some() && harness.query_by_label("Lidar and radar").is_none());
}

#[test]
fn frame_times_and_a_software_adapter_are_told() {
    let mut story = stage(|view| {
        reads(view, Channel::Colour);
        view.jobs.clear();
        view.adapter = Adapter { software: true, ..Adapter::from("llvmpipe") };
    });
    story.shell = Shell { workspace: Workspace::Author, ..Shell::default() };
    let mut harness = open(WIDE, true, story);
    let plain = harness.render().expect("an adapter");
    harness.key_press(Press::T);
    harness.run_steps(3);
    assert!(harness.state().shell.instrument.times);
    let graph = harness.render().expect("an adapter");
    let changed = plain.pixels().zip(graph.pixels()).filter(|(a, b)| a != b).count();
    assert!(changed > 8_000, "a graph: {changed}");
    assert!(harness.query_by_label_contains("llvmpipe · software").is_some());
    keep(&graph, "frame-times");
}

fn click(harness: &mut Harness<'_, Stage>, at: Pos2) {
    harness.hover_at(at);
    harness.run_steps(1);
    for pressed in [true, false] {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        harness.run_steps(2);
    }
}
