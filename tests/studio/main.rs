//! The studio without a window: every screen from demo values in both themes, and stories by accessible names.
//!
//! With `STUDIO_PICTURES=<folder>` each screen is also written there as a PNG.

#![expect(clippy::expect_used, reason = "a test that cannot be set up must fail loudly")]

mod demo;

use eframe::egui::{self, Key, Modifiers, vec2};
use egui_kittest::{Harness, kittest::Queryable as _};
use worldproof::app::{
    Command, Message, Outbox, Shell,
    shell::{Overlay, Workspace},
    shell_ui, theme,
    widgets::compare::Mode,
};

/// What a story looks at: the demo values, the window's own state, and what was asked for.
#[derive(Default)]
struct Stage {
    demo: Option<demo::Demo>,
    shell: Shell,
    commands: Vec<Command>,
    messages: Vec<Message>,
    change: Option<fn(&mut worldproof::app::view::StudioView)>,
}

fn ui(ui: &mut egui::Ui, stage: &mut Stage) {
    if stage.demo.is_none() {
        theme::install(ui.ctx());
        let mut demo = demo::demo(ui.ctx());
        if let Some(change) = stage.change {
            change(&mut demo.view);
        }
        stage.demo = Some(demo);
        // Fonts count from the next pass on.
        ui.ctx().request_repaint();
        return;
    }
    let Some(demo) = &stage.demo else { return };
    let mut out = Outbox::default();
    // The harness leaves a margin that a real window does not have.
    let whole = egui::UiBuilder::new().max_rect(ui.ctx().content_rect());
    ui.scope_builder(whole, |ui| {
        ui.set_clip_rect(ui.ctx().content_rect());
        shell_ui(ui, &demo.view, &mut stage.shell, &mut out);
    });
    for command in out.commands {
        stage.shell.apply(command, ui.ctx());
        stage.commands.push(command);
    }
    stage.messages.extend(out.messages);
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

fn screen(name: &str, make: impl Fn() -> Stage) {
    for (dark, theme) in [(true, "dark"), (false, "light")] {
        for size in [[1440.0, 900.0], [1024.0, 700.0]] {
            let mut harness = open(size, dark, make());
            harness.check_accessibility();
            let image = harness.render().expect("a Vulkan adapter, software is enough");
            assert_eq!(image.width(), size[0] as u32, "{name}: width");
            let first = *image.get_pixel(2, 2);
            let varied = image.pixels().filter(|pixel| **pixel != first).count();
            assert!(varied > 20_000, "{name} is blank");
            if let Ok(folder) = std::env::var("STUDIO_PICTURES") {
                let path = std::path::Path::new(&folder).join(format!("{name}-{theme}-{}.png", size[0]));
                image.save(path).expect("the folder exists");
            }
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
        stage.change = Some(|view| view.banner = Some(demo::banner()));
        stage
    });
    for (name, overlay) in [("palette", Overlay::Palette), ("shortcuts", Overlay::Shortcuts)] {
        screen(name, || {
            let mut stage = shown(Workspace::Author);
            stage.shell.overlay = overlay;
            stage
        });
    }
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
            view.confirm = Some(worldproof::app::view::Confirm {
                title: "Seal 3 744 held items".into(),
                lines: vec!["Their digests are signed with bench key.".into(), "This cannot be undone.".into()],
                act: "Seal now".into(),
            });
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
