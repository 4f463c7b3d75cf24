//! Stories about the page that matches a real camera: the picture is dragged, numbers are typed, points are clicked.

use eframe::egui::{Key, Modifiers, PointerButton, Pos2, accesskit::Role, vec2};
use egui_kittest::{Harness, kittest::Queryable as _};
use glam::{DVec2, DVec3};
use worldproof::app::{
    Message,
    lab::{
        LabAct, Page,
        matching::{Adding, Laid, MatchAct, MatchView, PairShown},
    },
    shell::Workspace,
    view::StudioView,
};
use worldproof::base::Pose;
use worldproof::run::match_camera::{RealPicture, Trial};
use worldproof::world::Camera;

use crate::{Stage, drag, open, screen, shown};

fn own() -> Trial {
    let pose = Pose::looking_at(DVec3::new(-0.4, 0.1, 0.6), DVec3::new(0.4, 0.0, 0.1));
    Trial::of(&Camera::with_vertical_fov(640, 480, 50.0, pose))
}

/// A match in the making: two points, one of them far off.
fn fill(view: &mut StudioView) {
    let (texture, size) = view.author.preview.texture.expect("the demo has one");
    let pair = |x: f64, off: f64| PairShown {
        point: Some(DVec2::new(x + off, 120.0)),
        pixel: DVec2::new(x, 120.0),
        off_px: off,
    };
    view.lab.matching = MatchView {
        real: Some((texture, size)),
        source: Some(RealPicture::File("camera/with a very long name of a folder/frame_000123.png".into())),
        synthetic: Some(texture),
        trial: Some((Trial { ev: 0.4, ..own() }.turned([2.0, 0.0, 0.0]), own())),
        ahead_m: 0.8,
        focal_px: 515.0,
        pairs: vec![pair(80.0, 1.5), pair(200.0, 24.0)],
        said: vec!["Pose from 6 pairs: 0.42 px between points and pixels (root mean square)".into()],
        refused: Some("only 31 % of the picture agrees with one exposure, so that it is not determined".into()),
        moment: "Held against draw 5 at 0.70 s".into(),
        ..MatchView::default()
    };
}

fn stage(change: fn(&mut StudioView)) -> Stage {
    let mut stage = Stage { change: Some(change), ..shown(Workspace::Author) };
    stage.shell.lab.page = Page::Match;
    stage
}

fn acts(harness: &Harness<'_, Stage>) -> Vec<MatchAct> {
    let messages = &harness.state().messages;
    let act = |message: &Message| match message {
        Message::Lab(LabAct::Match(act)) => Some(act.clone()),
        _ => None,
    };
    messages.iter().filter_map(act).collect()
}

fn middle(harness: &Harness<'_, Stage>) -> Pos2 {
    harness.get_by_role_and_label(Role::Image, "Real and synthetic picture").rect().center()
}

fn tried(harness: &Harness<'_, Stage>) -> Option<Trial> {
    acts(harness).into_iter().rev().find_map(|act| match act {
        MatchAct::Try(trial, _) => Some(trial),
        _ => None,
    })
}

#[test]
fn the_page_is_drawn_filled_and_empty() {
    screen("match", || stage(fill));
    screen("match-empty", || stage(|_| {}));
    screen("match-add", || {
        stage(|view| {
            fill(view);
            view.lab.matching.adding = Adding::Point;
        })
    });
}

#[test]
fn without_a_picture_one_can_be_chosen() {
    let mut harness = open([1024.0, 700.0], true, stage(|_| {}));
    let buttons: Vec<_> = harness.get_all_by_label_contains("Choose a picture").collect();
    buttons.last().expect("the button in the middle").click();
    harness.run_steps(2);
    assert_eq!(acts(&harness), [MatchAct::Choose]);
}

#[test]
fn a_drag_turns_shift_moves_and_arrows_do_the_same() {
    let mut harness = open([1440.0, 900.0], true, stage(fill));
    let (at, before) = (middle(&harness), Trial { ev: 0.4, ..own() }.turned([2.0, 0.0, 0.0]));
    drag(&mut harness, PointerButton::Primary, at, at + vec2(60.0, 0.0));
    let turned = tried(&harness).expect("a drag turns");
    assert!(turned.eye_m == before.eye_m && turned.heading_deg > before.heading_deg, "to the left: {turned:?}");
    harness.state_mut().messages.clear();
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    harness.run_steps(2);
    let moved = tried(&harness).expect("the picture has the focus after the drag");
    assert!(moved.eye_m != before.eye_m && (moved.heading_deg - before.heading_deg).abs() < 1e-9, "{moved:?}");
    harness.state_mut().messages.clear();
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    let right = tried(&harness).expect("an arrow turns");
    assert!(right.heading_deg < before.heading_deg && right.eye_m == before.eye_m, "to the right: {right:?}");
}

#[test]
fn clicks_add_points_and_escape_leaves() {
    let adding = stage(|view| {
        fill(view);
        view.lab.matching.adding = Adding::Pixel(DVec3::ONE);
    });
    let mut harness = open([1440.0, 900.0], true, adding);
    let at = middle(&harness);
    harness.drag_at(at);
    harness.run_steps(1);
    harness.drop_at(at);
    harness.run_steps(2);
    let [width, height] = harness.state().demo.as_ref().expect("drawn").view.lab.matching.real.expect("one").1;
    let [MatchAct::At(pixel)] = acts(&harness)[..] else { panic!("{:?}", acts(&harness)) };
    assert!(pixel.distance(DVec2::new(f64::from(width), f64::from(height)) * 0.5) < 1.0, "the middle: {pixel}");
    harness.state_mut().messages.clear();
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    assert_eq!(acts(&harness), [MatchAct::Add(false)]);
}

#[test]
fn buttons_ask_for_fits_and_are_off_where_they_make_no_sense() {
    let mut harness = open([1440.0, 1200.0], true, stage(fill));
    for label in ["Fit exposure and balance", "Save to the family", "Remove point 2", "Fit the pose"] {
        harness.get_by_label(label).click();
        harness.run_steps(2);
    }
    let expected = [MatchAct::FitLight, MatchAct::Save, MatchAct::Remove(1)];
    assert_eq!(acts(&harness), expected, "two points tell no pose");
    harness.key_press(Key::W);
    harness.run_steps(2);
    assert_eq!(harness.state().shell.lab.matching.laid, Laid::Wipe, "W wipes here, too");
    assert_eq!(harness.state().shell.workspace, Workspace::Author);
}

#[test]
fn a_wipe_has_the_divider_that_others_have() {
    let mut harness = open([1440.0, 900.0], true, stage(fill));
    harness.key_press(Key::W);
    harness.run_steps(2);
    let look = |harness: &Harness<'_, Stage>| harness.state().shell.lab.matching.divider;
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(2);
    let moved = look(&harness);
    assert!(moved < 0.5 && acts(&harness).is_empty(), "it has the keyboard, not the camera: {moved}");
    let grip = harness.get_by_role_and_label(Role::Slider, "Wipe divider").rect().center();
    drag(&mut harness, PointerButton::Primary, grip, grip + vec2(90.0, 0.0));
    assert!(look(&harness) > moved + 0.05 && acts(&harness).is_empty(), "{}", look(&harness));
}
