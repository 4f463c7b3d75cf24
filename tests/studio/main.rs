//! The studio without a window: every screen from demo values in both themes, and stories by accessible names.
//!
//! With `STUDIO_PICTURES=<folder>` each screen is also written there as a PNG.

#![expect(clippy::expect_used, reason = "a test that cannot be set up must fail loudly")]

mod author;
mod compare;
mod demo;
mod event;
mod family;
mod hard;
mod instrument;
mod lab;
mod many;
mod map;
mod matching;
mod stage;

use std::sync::Arc;

use eframe::egui::{self, Key, Modifiers, PointerButton, Pos2, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use worldproof::app::{
    Command, Message, Outbox, Shell,
    author::Face,
    many::{ManyAct, Tile},
    shell::{Overlay, Workspace},
    shell_ui, theme,
    view::{Field, FieldKind, StudioView},
    widgets::compare::Mode,
};
use worldproof::{family::Family, study::History};

/// What a story looks at: the demo values, the window's own state, and what was asked for.
#[derive(Default)]
struct Stage {
    demo: Option<demo::Demo>,
    shell: Shell,
    commands: Vec<Command>,
    messages: Vec<Message>,
    change: Option<fn(&mut StudioView)>,
    copied: String,
    /// Done to the lower panel before the story begins.
    many: Vec<ManyAct>,
    /// All tiles, also those that a brush leaves out.
    tiles: Vec<Tile>,
    /// Steps of undo of the family that the inspector edits.
    history: Option<History<Arc<Family>>>,
}

/// Presses `button` at `from`, goes to `to` in three steps and lets go.
fn drag(harness: &mut Harness<'_, Stage>, button: PointerButton, from: Pos2, to: Pos2) {
    harness.hover_at(from);
    harness.run_steps(1);
    let press = |pos, pressed| egui::Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE };
    harness.event(press(from, true));
    harness.run_steps(1);
    for share in [0.3, 0.6, 1.0] {
        harness.hover_at(from + (to - from) * share);
        harness.run_steps(1);
    }
    harness.event(press(to, false));
    harness.run_steps(2);
}

fn ui(ui: &mut egui::Ui, stage: &mut Stage) {
    if stage.demo.is_none() {
        theme::install(ui.ctx());
        let mut demo = demo::demo(ui.ctx());
        if let Some(change) = stage.change {
            change(&mut demo.view);
        }
        author::inspect(&mut demo.view);
        stage.tiles.clone_from(&demo.view.author.sheet.tiles);
        for act in stage.many.drain(..) {
            many::apply(&mut demo.view, &stage.tiles, act);
        }
        stage.demo = Some(demo);
        // Fonts count from the next pass on.
        ui.ctx().request_repaint();
        return;
    }
    let Some(demo) = &mut stage.demo else { return };
    let mut out = Outbox::default();
    // The harness leaves a margin that a real window does not have.
    let whole = egui::UiBuilder::new().max_rect(ui.ctx().content_rect());
    ui.scope_builder(whole, |ui| {
        ui.set_clip_rect(ui.ctx().content_rect());
        shell_ui(ui, &demo.view, &mut stage.shell, &mut out);
    });
    ui.output(|output| {
        for command in &output.commands {
            if let egui::OutputCommand::CopyText(text) = command {
                stage.copied.clone_from(text);
            }
        }
    });
    for command in out.commands {
        stage.shell.apply(command, ui.ctx());
        many::command(&mut demo.view, &stage.tiles, command);
        stage.commands.push(command);
    }
    for message in out.messages {
        match message {
            Message::Many(act) => many::apply(&mut demo.view, &stage.tiles, act),
            other => {
                apply(&mut demo.view, &other);
                author::apply(&mut demo.view, &mut stage.history, &other);
                stage.messages.push(other);
            }
        }
    }
}

/// What the studio does with messages that a story watches.
fn apply(view: &mut StudioView, message: &Message) {
    match message {
        Message::SetField { at, text } => {
            if let Some(field) = view.form.as_mut().and_then(|form| form.fields.get_mut(*at)) {
                field.value.clone_from(text);
            }
        }
        Message::Confirm | Message::Decline => (view.form, view.confirm) = (None, None),
        Message::Seek(to_s) => (view.author.timeline.now_s, view.compare.timeline.now_s) = (*to_s, *to_s),
        Message::SelectDraw(draw) => view.author.sheet.selected = Some(*draw),
        Message::Lab(act) => lab::apply(view, act),
        Message::SelectParameter(name) => {
            view.author.selected = Some(name.clone()).filter(|name| !name.is_empty());
        }
        _ => {}
    }
}

fn open(size: [f32; 2], dark: bool, stage: Stage) -> Harness<'static, Stage> {
    let theme = if dark { egui::Theme::Dark } else { egui::Theme::Light };
    let builder =
        Harness::builder().with_size(vec2(size[0], size[1])).with_theme(theme).with_os(egui::os::OperatingSystem::Nix);
    let mut harness = builder.wgpu().build_ui_state(ui, stage);
    harness.run_steps(4);
    harness
}

fn shown(workspace: Workspace) -> Stage {
    Stage { shell: Shell { workspace, ..Shell::default() }, ..Stage::default() }
}

/// Writes `image` where pictures are wanted.
fn keep(image: &image::RgbaImage, name: &str) {
    if let Ok(folder) = std::env::var("STUDIO_PICTURES") {
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        image.save(path).expect("the folder exists");
    }
}

/// Draws a screen in the narrow window and the dark theme; where pictures are wanted, in all windows and both themes.
fn screen(name: &str, make: impl Fn() -> Stage) {
    let all = std::env::var_os("STUDIO_PICTURES").is_some();
    for (dark, theme) in [(true, "dark"), (false, "light")].into_iter().take(if all { 2 } else { 1 }) {
        let sizes = [[1024.0, 700.0], [1440.0, 900.0], [1920.0, 1080.0]];
        for size in sizes.into_iter().take(if all { 3 } else { 1 }) {
            let mut harness = open(size, dark, make());
            harness.check_accessibility();
            let image = harness.render().expect("a Vulkan adapter, software is enough");
            assert_eq!(image.width(), size[0] as u32, "{name}: width");
            let first = *image.get_pixel(2, 2);
            let varied = image.pixels().filter(|pixel| **pixel != first).count();
            assert!(varied > 20_000, "{name} is blank");
            keep(&image, &format!("{name}-{theme}-{}", size[0]));
        }
    }
}

#[test]
fn workspaces_are_drawn() {
    screen("author", || shown(Workspace::Author));
    screen("compare", || shown(Workspace::Compare));
    screen("lock", || shown(Workspace::Lock));
    screen("trial", || shown(Workspace::Trial));
    screen("export", || shown(Workspace::Export));
}

#[test]
fn welcome_and_overlays_are_drawn() {
    screen("welcome", || Stage { change: Some(|view| view.study = None), ..Stage::default() });
    screen("wipe", || {
        let mut stage = shown(Workspace::Compare);
        stage.shell.compare.mode = Mode::Wipe;
        stage.shell.ledger = true;
        stage.change = Some(|view| view.banner = Some(hard::banner()));
        stage
    });
    for (name, overlay) in [("palette", Overlay::Palette), ("shortcuts", Overlay::Shortcuts), ("about", Overlay::About)]
    {
        screen(name, || {
            let mut stage = shown(Workspace::Author);
            stage.shell.overlay = overlay;
            stage
        });
    }
}

fn field<'a>(harness: &'a Harness<'_, Stage>, label: &'a str) -> egui_kittest::Node<'a> {
    harness.get_by_role_and_label(egui::accesskit::Role::TextInput, label)
}

fn changed(workspace: Workspace, change: fn(&mut StudioView)) -> Stage {
    Stage { change: Some(change), ..shown(workspace) }
}

#[test]
fn hard_cases_are_drawn() {
    screen("form", || changed(Workspace::Author, |view| view.form = Some(hard::form())));
    screen("confirm", || changed(Workspace::Lock, |view| view.confirm = Some(hard::confirm())));
    screen("card", || {
        let mut stage = shown(Workspace::Author);
        stage.shell.inspector.face = Face::Card;
        stage
    });
    screen("loading", || changed(Workspace::Author, hard::loading));
    screen("failed", || changed(Workspace::Compare, hard::failed));
    screen("long", || {
        let mut stage = changed(Workspace::Author, hard::long);
        stage.shell.ledger = true;
        stage
    });
    screen("magnified", || {
        let mut stage = shown(Workspace::Compare);
        stage.shell.compare.view.scale = 6.0;
        stage
    });
    screen("blink", || {
        let mut stage = shown(Workspace::Compare);
        (stage.shell.compare.mode, stage.shell.compare.blinked) = (Mode::Blink, true);
        stage
    });
    screen("busy", || changed(Workspace::Author, hard::busy));
    screen("long-compare", || changed(Workspace::Compare, hard::long));
    screen("long-lock", || changed(Workspace::Lock, hard::long));
    screen("long-export", || changed(Workspace::Export, hard::long));
    for (name, workspace) in [
        ("empty-author", Workspace::Author),
        ("empty-compare", Workspace::Compare),
        ("empty-lock", Workspace::Lock),
        ("empty-trial", Workspace::Trial),
        ("empty-export", Workspace::Export),
    ] {
        screen(name, || changed(workspace, hard::empty));
    }
}

#[test]
fn the_parameter_behind_a_difference_is_one_click_away() {
    let mut stage = shown(Workspace::Compare);
    stage.shell.inspector.face = Face::Sensor;
    let mut harness = open([1440.0, 900.0], true, stage);
    harness.get_by_label("Open light_after").click();
    harness.run_steps(3);
    let sent = Message::OpenParameter { family: "tabletop_light_step".into(), parameter: "light_after".into() };
    assert!(harness.state().messages.contains(&sent), "{:?}", harness.state().messages);
    let shell = &harness.state().shell;
    assert_eq!((shell.workspace, shell.inspector.face), (Workspace::Author, Face::Parameters));
}

#[test]
fn a_form_is_filled_and_sent_by_keyboard_alone() {
    let mut harness = open([1440.0, 900.0], true, changed(Workspace::Author, |view| view.form = Some(hard::form())));
    assert!(field(&harness, "Name").is_focused(), "the first field has the focus");
    field(&harness, "Name").type_text("-2");
    harness.run_steps(2);
    harness.key_press(Key::Tab);
    harness.run_steps(2);
    assert!(field(&harness, "Draws").is_focused(), "tab goes on");
    harness.key_press(Key::W);
    harness.run_steps(1);
    assert!(harness.state().commands.is_empty(), "a dialog owns the keyboard");
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    let messages = &harness.state().messages;
    assert!(messages.contains(&Message::SetField { at: 0, text: "wet-tray-7-2".into() }), "{messages:?}");
    assert_eq!(messages.last(), Some(&Message::Confirm));
    assert!(harness.query_by_label("Generate").is_none(), "it is gone");
}

#[test]
fn a_choice_in_a_form_is_made_by_keyboard_without_sending_the_form() {
    let with_choice = |view: &mut StudioView| {
        let mut form = hard::form();
        let words = ["Independent", "Sobol points", "Grid"].map(str::to_owned).to_vec();
        let kind = FieldKind::Choice(words);
        form.fields.push(Field { label: "Method".into(), value: "Independent".into(), kind, ..Field::default() });
        view.form = Some(form);
    };
    let mut harness = open([1100.0, 720.0], true, changed(Workspace::Author, with_choice));
    let list = |harness: &Harness<'_, Stage>| harness.query_by_label("Sobol points").is_some();
    harness.get_by_role_and_label(egui::accesskit::Role::ComboBox, "Method").focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert!(list(&harness), "the list is open");
    assert!(
        !harness.state().messages.contains(&Message::Confirm),
        "Enter opened the list: {:?}",
        harness.state().messages
    );
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(!list(&harness) && harness.query_by_label("Generate").is_some(), "Escape closes the list, not the form");
    harness.get_by_role_and_label(egui::accesskit::Role::ComboBox, "Method").click();
    harness.run_steps(3);
    harness.get_by_label("Sobol points").click();
    harness.run_steps(3);
    let messages = &harness.state().messages;
    assert!(messages.contains(&Message::SetField { at: 4, text: "Sobol points".into() }), "{messages:?}");
    assert!(!messages.contains(&Message::Confirm) && !messages.contains(&Message::Decline), "{messages:?}");
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert_eq!(harness.state().messages.last(), Some(&Message::Confirm), "with the list shut Enter sends");
}

#[test]
fn what_is_missing_stands_at_its_field_and_says_why_the_act_waits() {
    let lacking = |view: &mut StudioView| {
        let mut form = hard::form();
        form.fields[0].missing = "Write which number tells the events apart".to_owned();
        view.form = Some(form);
    };
    let mut harness = open([1100.0, 720.0], true, changed(Workspace::Author, lacking));
    let told = |harness: &Harness<'_, Stage>| {
        harness.query_all_by_label_contains("Write which number tells the events apart").count()
    };
    assert_eq!(told(&harness), 1, "below the field");
    keep(&harness.render().expect("an adapter"), "form-missing");
    let act = harness.get_by_label("Generate");
    assert!(act.accesskit_node().is_disabled());
    act.hover();
    harness.run_steps(6);
    assert_eq!(told(&harness), 2, "and at the button");
    harness.get_by_label("Generate").click();
    harness.run_steps(2);
    assert!(!harness.state().messages.contains(&Message::Confirm), "{:?}", harness.state().messages);
}

#[test]
fn a_form_is_left_by_escape_and_browses_for_paths() {
    let mut harness = open([1024.0, 700.0], false, changed(Workspace::Author, |view| view.form = Some(hard::form())));
    harness.get_by_label("Choose folder").click();
    harness.run_steps(2);
    assert_eq!(harness.state().messages, [Message::BrowseField(3)]);
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    assert_eq!(harness.state().messages.last(), Some(&Message::Decline));
}

#[test]
fn the_timeline_of_compare_seeks() {
    let mut harness = open([1440.0, 900.0], true, shown(Workspace::Compare));
    let at = harness.get_by_label("Time cursor").rect().center();
    harness.drag_at(at);
    harness.run_steps(2);
    harness.drop_at(at);
    harness.run_steps(2);
    let sought = harness.state().messages.iter().find_map(|message| match message {
        Message::Seek(to_s) => Some(*to_s),
        _ => None,
    });
    assert!(sought.is_some_and(|to_s| (to_s - 2.0).abs() < 0.05), "the middle of four seconds: {sought:?}");
}

#[test]
fn magnified_pictures_say_so() {
    let mut stage = shown(Workspace::Compare);
    stage.shell.compare.view.scale = 6.0;
    let mut harness = open([1440.0, 900.0], true, stage);
    assert!(harness.state().shell.compare.view.magnified, "six screen pixels for one");
    harness.key_press(Key::F);
    harness.run_steps(2);
    assert!(!harness.state().shell.compare.view.magnified, "the whole picture fits at less than two");
}

#[test]
fn blink_toggles_on_a_tap_and_comes_back_after_a_hold() {
    let mut harness = open([1440.0, 900.0], true, shown(Workspace::Compare));
    let key = |pressed| egui::Event::Key {
        key: Key::B,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    let blinked = |harness: &Harness<'_, Stage>| harness.state().shell.compare.blinked;
    let tap = |harness: &mut Harness<'_, Stage>, steps| {
        harness.event(key(true));
        harness.run_steps(steps);
        let during = harness.state().shell.compare.blinked;
        harness.event(key(false));
        harness.run_steps(2);
        during
    };
    tap(&mut harness, 1);
    assert_eq!(harness.state().shell.compare.mode, Mode::Blink);
    assert!(!blinked(&harness), "the first press enters");
    assert!(tap(&mut harness, 1) && blinked(&harness), "a tap toggles and stays");
    assert!(!tap(&mut harness, 1) && !blinked(&harness), "and back");
    assert!(tap(&mut harness, 60) && !blinked(&harness), "a hold shows the other only while held");
}

#[test]
fn the_card_is_one_tab_away() {
    let mut harness = open([1440.0, 900.0], true, shown(Workspace::Author));
    assert!(harness.query_by_label("Policy card").is_none(), "a parameter is selected");
    harness.get_by_label("Card").click();
    harness.run_steps(2);
    assert!(harness.query_by_label("Policy card").is_some());
}

#[test]
fn the_shown_plot_is_copied_as_csv() {
    let mut harness = open([1440.0, 900.0], true, shown(Workspace::Compare));
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::C);
    harness.run_steps(2);
    let copied = &harness.state().copied;
    assert!(copied.starts_with("from,to,\"Real\",\"Synthetic\"\n"), "{copied}");
}

#[test]
fn every_job_can_be_cancelled_from_the_list() {
    let mut harness = open([1440.0, 900.0], true, changed(Workspace::Author, hard::busy));
    harness.get_by_label("Wet tray, seed 7 job").click();
    harness.run_steps(3);
    keep(&harness.render().expect("an adapter"), "jobs");
    harness.get_by_label("Cancel Read kitchen teleop").click();
    harness.run_steps(2);
    assert_eq!(harness.state().messages, [Message::CancelJob(2)]);
}

#[test]
fn without_a_trial_nothing_offers_to_run_one() {
    let mut harness = open([1440.0, 900.0], true, changed(Workspace::Trial, hard::empty));
    assert!(harness.query_by_label_contains("No trial is registered").is_some());
    assert!(harness.query_by_label("Run trial").is_none());
    harness.run_steps(1);
}

#[test]
fn keys_and_tabs_lead_to_workspaces() {
    let mut harness = open([1440.0, 900.0], true, Stage::default());
    harness.key_press(Key::Num3);
    harness.run_steps(2);
    assert_eq!(harness.state().shell.workspace, Workspace::Lock);
    harness.get_by_label("Trial").click();
    harness.run_steps(2);
    assert_eq!(harness.state().shell.workspace, Workspace::Trial);
    harness.key_press(Key::W);
    harness.run_steps(2);
    assert_eq!(harness.state().shell.compare.mode, Mode::Wipe);
    assert_eq!(harness.state().shell.workspace, Workspace::Compare);
}

#[test]
fn redo_is_not_taken_for_undo() {
    let mut harness = open([1440.0, 900.0], true, Stage::default());
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    harness.run_steps(2);
    assert_eq!(harness.state().commands, [Command::Redo]);
}

#[test]
fn the_palette_finds_and_runs() {
    let mut harness = open([1440.0, 900.0], true, Stage::default());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run_steps(3);
    harness.get_by_label("Find a command").type_text("verify pa");
    harness.run_steps(3);
    assert_eq!(harness.state().shell.query, "verify pa");
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert_eq!(harness.state().commands.last(), Some(&Command::VerifyPack));
    assert_eq!(harness.state().shell.overlay, Overlay::None, "it closes");
}

/// What one slow pass brings: the palette's keys, and what was typed right behind them.
fn palette_and(text: &str) -> Vec<egui::Event> {
    press(Key::P, Modifiers::COMMAND).into_iter().chain(text.chars().flat_map(letter)).collect()
}

/// A key going down and up again.
fn press(key: Key, modifiers: Modifiers) -> [egui::Event; 2] {
    [true, false].map(|pressed| egui::Event::Key { key, physical_key: None, pressed, repeat: false, modifiers })
}

fn letter(letter: char) -> Vec<egui::Event> {
    let key = Key::from_name(&letter.to_uppercase().to_string());
    let pressed = key.into_iter().flat_map(|key| press(key, Modifiers::NONE));
    pressed.chain([egui::Event::Text(letter.to_string())]).collect()
}

#[test]
fn letters_typed_right_behind_the_palettes_keys_are_its_query() {
    let mut harness = open([1440.0, 900.0], true, Stage::default());
    // All in one pass, and more in the next one, before the palette was ever drawn.
    harness.input_mut().events.extend(palette_and("ver"));
    harness.step();
    harness.input_mut().events.extend(letter('n'));
    harness.step();
    harness.run_steps(2);
    assert_eq!(harness.state().commands, [Command::Palette], "no letter was a shortcut");
    assert_eq!(harness.state().shell.query, "vern", "and none was lost");
    harness.input_mut().events.extend(palette_and(""));
    harness.run_steps(2);
    assert_eq!(harness.state().shell.overlay, Overlay::None, "the keys close it again");
    harness.key_press(Key::N);
    harness.run_steps(2);
    assert_eq!(harness.state().commands.last(), Some(&Command::NextDraw), "a shortcut again");
}

#[test]
fn a_command_is_found_and_run_within_one_slow_pass() {
    let mut harness = open([1440.0, 900.0], true, Stage::default());
    let enter = press(Key::Enter, Modifiers::NONE);
    harness.input_mut().events.extend(palette_and("verify pack").into_iter().chain(enter));
    harness.run_steps(4);
    assert_eq!(harness.state().commands, [Command::Palette, Command::VerifyPack]);
}

#[test]
fn a_drag_scrubs_a_parameter_in_one_gesture() {
    let mut harness = open([1440.0, 900.0], true, Stage::default());
    let at = harness.get_by_label_contains("Push speed 0.64").rect().center();
    harness.drag_at(at);
    harness.run_steps(1);
    for by in [20.0, 40.0] {
        harness.hover_at(at + vec2(by, 0.0));
        harness.run_steps(1);
    }
    harness.drop_at(at + vec2(40.0, 0.0));
    harness.run_steps(1);
    let gestures: Vec<u64> = harness
        .state()
        .messages
        .iter()
        .filter_map(|message| match message {
            Message::SetValue { parameter, value, gesture } if parameter == "Push speed" && *value > 0.64 => {
                Some(*gesture)
            }
            _ => None,
        })
        .collect();
    assert!(!gestures.is_empty(), "{:?}", harness.state().messages);
    assert!(gestures.iter().all(|gesture| *gesture == gestures[0]), "one gesture: {gestures:?}");
}

#[test]
fn irreversible_acts_are_confirmed_by_word() {
    let stage = Stage {
        change: Some(|view| {
            view.confirm = Some(hard::confirm());
        }),
        ..Stage::default()
    };
    let mut harness = open([1024.0, 700.0], true, stage);
    harness.get_by_label("Seal now").click();
    harness.run_steps(2);
    assert_eq!(harness.state().messages, [Message::Confirm]);
}

#[test]
fn arrows_move_the_divider_while_it_has_the_focus() {
    let mut stage = shown(Workspace::Compare);
    stage.shell.compare.mode = Mode::Wipe;
    let mut harness = open([1440.0, 900.0], true, stage);
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    assert_eq!(harness.state().commands, [Command::StepOn], "without focus they step");
    harness.get_by_label("Wipe divider").focus();
    harness.run_steps(2);
    for _ in 0..3 {
        harness.key_press(Key::ArrowRight);
        harness.run_steps(1);
    }
    assert!(harness.state().shell.compare.divider > 0.52, "{}", harness.state().shell.compare.divider);
    assert_eq!(harness.state().commands.len(), 1, "no step while it has the focus");
}

#[test]
fn the_wipe_key_hands_the_arrows_to_the_divider_and_space_still_plays() {
    let mut harness = open([1440.0, 900.0], true, shown(Workspace::Compare));
    harness.key_press(Key::W);
    harness.run_steps(3);
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(2);
    assert!(harness.state().shell.compare.divider < 0.5, "{}", harness.state().shell.compare.divider);
    harness.key_press(Key::Space);
    harness.run_steps(2);
    assert_eq!(harness.state().commands, [Command::Wipe, Command::PlayPause]);
}

#[test]
fn what_is_too_wide_never_widens_the_inspector() {
    let mut harness = open([1440.0, 900.0], true, changed(Workspace::Compare, hard::long));
    let width = |harness: &Harness<'_, Stage>| harness.get_by_label("Time cursor").rect().width();
    let before = width(&harness);
    harness.run_steps(6);
    assert_eq!(width(&harness), before);
}
