//! Stories of what looks at all frames of a comparison: the map with its colours and its lasso, the probe's evidence, the swap.

use std::sync::Arc;

use eframe::egui::{accesskit::Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use worldproof::app::Message;
use worldproof::app::message::CompareAct;
use worldproof::app::shell::Workspace;
use worldproof::app::view::{LassoView, MapColour, MapLayout, ShadeKey, Shades, StudioView};
use worldproof::app::widgets::compare::Mode;
use worldproof::base::processor;
use worldproof::run::compare::MapDot;

use crate::{Stage, changed, open, screen, shown};

/// What the person asked for, but for pictures under the pointer.
fn asked(harness: &Harness<'_, Stage>) -> Vec<CompareAct> {
    let of = |message: &Message| match message {
        Message::Compare(CompareAct::Peek(_)) => None,
        Message::Compare(act) => Some(act.clone()),
        _ => None,
    };
    harness.state().messages.iter().filter_map(of).collect()
}

fn coloured(view: &mut StudioView) {
    let scatter = &mut view.compare.scatter;
    let light = MapColour::Condition("light".into());
    scatter.offered = [MapColour::Side, light.clone(), MapColour::Feature(0)].into();
    scatter.by = light;
    let of_dot = (0..scatter.dots.len()).map(|at| [Some(0), Some(1), None][at % 3]).collect();
    let count = scatter.dots.len() / 3;
    let values = vec![("bright, with a name that is longer than its place".into(), count), ("dim".into(), count)];
    scatter.shades = Arc::new(Shades { of_dot, key: ShadeKey::Values(values) });
}

fn lassoed(view: &mut StudioView) {
    coloured(view);
    let inside = (0..view.compare.scatter.dots.len()).map(|at| at < 40).collect();
    let about = "40 of 160 frames, 5 of 24 pairs".into();
    view.compare.scatter.lasso = Some(LassoView { inside, about });
}

/// The map in the middle of the window.
fn large(change: fn(&mut StudioView)) -> Stage {
    let mut stage = changed(Workspace::Compare, change);
    stage.shell.compare.frames.large = true;
    stage
}

#[test]
fn the_map_takes_the_pictures_place_and_is_coloured_by_anything() {
    let mut harness = open([1440.0, 900.0], true, changed(Workspace::Compare, coloured));
    harness.get_by_label("Map").click();
    harness.run_steps(3);
    assert!(harness.state().shell.compare.frames.large, "in the middle");
    harness.get_by_label("Neighbours").click();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::ComboBox, "Dots coloured by").click();
    harness.run_steps(3);
    harness.get_by_label("luminance_mean").click();
    harness.run_steps(3);
    harness.get_by_label_contains("dim ·").click();
    harness.run_steps(2);
    let expected = [
        CompareAct::Layout(MapLayout::Neighbours),
        CompareAct::ColourBy(MapColour::Feature(0)),
        CompareAct::LassoValue(1),
    ];
    assert_eq!(asked(&harness), expected);
    harness.get_by_label("Wipe").click();
    harness.run_steps(2);
    let compare = harness.state().shell.compare;
    assert!(!compare.frames.large && compare.mode == Mode::Wipe, "a way to show pictures brings them back");
}

#[test]
fn a_lasso_is_thrown_by_hand_and_let_go() {
    let mut harness = open([1440.0, 900.0], true, large(lassoed));
    harness.get_by_role_and_label(Role::Button, "Lasso").click();
    harness.run_steps(2);
    let map = harness.get_by_role_and_label(Role::Figure, "Map of frames").rect();
    let middle = map.center();
    harness.drag_at(middle);
    harness.run_steps(2);
    for by in [vec2(60.0, 0.0), vec2(60.0, 60.0), vec2(0.0, 60.0)] {
        harness.hover_at(middle + by);
        harness.run_steps(2);
    }
    harness.drop_at(middle + vec2(0.0, 60.0));
    harness.run_steps(2);
    let acts = asked(&harness);
    let Some(CompareAct::Lasso(Some(outline))) = acts.last() else { panic!("{acts:?}") };
    assert!(outline.len() >= 4, "{outline:?}");
    harness.get_by_label("Show all").click();
    harness.run_steps(2);
    assert_eq!(asked(&harness).last(), Some(&CompareAct::Lasso(None)));
}

#[test]
fn a_parameter_is_swapped_from_the_list() {
    let mut harness = open([1440.0, 2400.0], true, shown(Workspace::Compare));
    harness.get_by_role_and_label(Role::ComboBox, "Swap a parameter").click();
    harness.run_steps(3);
    harness.get_by_label("friction").click();
    harness.run_steps(2);
    assert_eq!(asked(&harness), [CompareAct::Swap("friction".into())]);
}

#[test]
fn evidence_and_maps_are_drawn() {
    let evidence = |hidden: bool, change: fn(&mut StudioView)| {
        let mut stage = changed(Workspace::Compare, change);
        (stage.shell.compare.mode, stage.shell.compare.hidden) = (Mode::Evidence, hidden);
        stage
    };
    screen("compare-evidence", || evidence(false, |_| ()));
    screen("compare-hidden", || evidence(true, |_| ()));
    screen("compare-unprobed", || evidence(false, |view| view.compare.evidence = None));
    screen("compare-map", || large(coloured));
    screen("compare-map-lasso", || large(lassoed));
    screen("compare-map-many", || large(many));
}

/// A hundred thousand dots on a scale.
fn many(view: &mut StudioView) {
    let dot = |at: u32| {
        let (turn, side) = (f64::from(at) * 0.61, at as usize % 2);
        let out = f64::from(at % 997) / 997.0 + 0.4 * side as f64;
        MapDot { side, episode: u64::from(at / 250), frame: at % 250, at: [out * turn.cos(), out * turn.sin()] }
    };
    let scatter = &mut view.compare.scatter;
    scatter.dots = (0..100_000).map(dot).collect();
    scatter.by = MapColour::Feature(0);
    let of_dot = (0..100_000_u32).map(|at| Some((at % 256) as u8)).collect();
    scatter.shades = Arc::new(Shades { of_dot, key: ShadeKey::Scale([0.1, 0.9]) });
}

#[test]
fn a_hundred_thousand_dots_cost_little_while_nothing_moves() {
    let mut harness = open([1440.0, 900.0], true, large(many));
    let map = harness.get_by_role_and_label(Role::Figure, "Map of frames").rect();
    let still = each_ms(&mut harness, |_, _| ());
    let hovered = each_ms(&mut harness, |harness, at| harness.hover_at(map.center() + vec2(at as f32, 0.0)));
    println!("100,000 dots: {still:.1} ms a frame while nothing moves, {hovered:.1} ms under the pointer");
    // Our crate is built for quick builds, and the machine may be busy.
    assert!(still < 80.0 && hovered < 120.0, "{still:.1} and {hovered:.1} ms");
}

/// Processor milliseconds of a frame of the window, after `act`.
fn each_ms(harness: &mut Harness<'_, Stage>, act: impl Fn(&Harness<'_, Stage>, u32)) -> f64 {
    const FRAMES: u32 = 20;
    let before = processor::process_s().expect("Linux");
    for at in 0..FRAMES {
        act(harness, at);
        harness.run_steps(1);
    }
    1e3 * (processor::process_s().expect("Linux") - before) / f64::from(FRAMES)
}
