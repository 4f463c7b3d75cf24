//! Every act without a value, in one flat list. Menus, palette, keyboard and the shortcut sheet are loops over it.

use eframe::egui::{Event, Key, KeyboardShortcut, Modifiers};

use super::icon;

/// A menu of the top bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// Studies, real data, packs.
    File,
    /// Undo and parameters.
    Edit,
    /// Workspaces and pictures.
    View,
    /// Time, draws and the pipeline.
    Run,
    /// Help.
    Help,
}

impl Menu {
    /// All menus in the order of the bar.
    pub const ALL: [Self; 5] = [Self::File, Self::Edit, Self::View, Self::Run, Self::Help];

    /// The word in the bar.
    pub fn label(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::View => "View",
            Self::Run => "Run",
            Self::Help => "Help",
        }
    }
}

/// What is said about a command.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// Sentence case; `…` where a dialog follows.
    pub label: &'static str,
    /// One sentence.
    pub tooltip: &'static str,
    /// Keys.
    pub shortcut: Option<KeyboardShortcut>,
    /// From [`icon`].
    pub icon: &'static str,
    /// Where it stands.
    pub menu: Menu,
}

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const SHIFT: Modifiers = Modifiers::SHIFT;

const fn keys(modifiers: Modifiers, key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(modifiers, key)
}

macro_rules! commands {
    ($($name:ident: $menu:ident, $icon:ident, $shortcut:expr, $label:literal, $tooltip:literal;)*) => {
        /// An act without a value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Command {
            $(#[doc = $tooltip] $name,)*
        }

        impl Command {
            /// All commands, in menu order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Label, tooltip, keys, icon and menu.
            pub fn info(self) -> Info {
                match self {
                    $(Self::$name => Info {
                        label: $label, tooltip: $tooltip, shortcut: $shortcut, icon: icon::$icon, menu: Menu::$menu,
                    },)*
                }
            }
        }
    };
}

commands! {
    NewStudy: File, FILE_PLUS, Some(keys(CTRL, Key::N)), "New study…", "Make an empty study in a folder.";
    Open: File, FOLDER_OPEN, Some(keys(CTRL, Key::O)), "Open…", "Open a study folder.";
    OpenRecent: File, CLOCK_COUNTER_CLOCKWISE, Some(keys(CTRL_SHIFT, Key::O)), "Open recent", "Open the study that was open last.";
    Save: File, FLOPPY_DISK, Some(keys(CTRL, Key::S)), "Save", "Write the study to its folder.";
    SaveAs: File, FLOPPY_DISK, Some(keys(CTRL_SHIFT, Key::S)), "Save as…", "Write the study to another folder.";
    ReadFilesAgain: File, RESET, None, "Read files again", "Read the models, rigs and panoramas of the study's families again, as they lie on disk now.";
    OpenRealDataset: File, DATABASE, Some(keys(CTRL, Key::I)), "Open real dataset…", "Read real data into this study; its files stay where they are.";
    ExportPack: File, EXPORT, Some(keys(CTRL, Key::E)), "Export pack…", "Write a scenario pack with its verdict.";
    ExportLerobot: File, DATABASE, None, "LeRobot set of the pack…", "Write the pack that was exported last as a LeRobot set with its pictures.";
    VerifyPack: File, SHIELD_CHECK, None, "Verify pack…", "Check a pack's digests, signature and ledger.";
    Quit: File, SIGN_OUT, Some(keys(CTRL, Key::Q)), "Quit", "Close the studio.";

    Undo: Edit, ARROW_U_UP_LEFT, Some(keys(CTRL, Key::Z)), "Undo", "Take back the last edit; seals and exports stay.";
    Redo: Edit, ARROW_U_UP_RIGHT, Some(keys(CTRL_SHIFT, Key::Z)), "Redo", "Do the edit again that was taken back.";
    ResetParameter: Edit, RESET, Some(keys(NONE, Key::Backspace)), "Reset parameter", "Let the draw choose the selected parameter again.";
    ResetAll: Edit, RESET, Some(keys(SHIFT, Key::Backspace)), "Reset all values", "Let the draw choose every value again that was set by hand.";
    NewVariant: Edit, TREE_STRUCTURE, Some(keys(CTRL_SHIFT, Key::N)), "New variant…", "Make a family that is the shown one but for what you change.";
    CopyPlot: Edit, COPY, Some(keys(CTRL_SHIFT, Key::C)), "Copy plot as CSV", "Copy the numbers of the shown plot.";

    Author: View, SLIDERS, Some(keys(NONE, Key::Num1)), "Author", "Write scenario families and watch them.";
    Compare: View, COLUMNS, Some(keys(NONE, Key::Num2)), "Compare", "Hold synthetic beside real.";
    Lock: View, LOCK_KEY, Some(keys(NONE, Key::Num3)), "Lock", "Seal real data that only the gate may open.";
    Trial: View, FLASK, Some(keys(NONE, Key::Num4)), "Trial", "See the registered trial and its arms.";
    Export: View, PACKAGE, Some(keys(NONE, Key::Num5)), "Export", "Pass the gate and write packs.";
    Fit: View, FRAME_CORNERS, Some(keys(NONE, Key::F)), "Fit", "Show the whole picture.";
    ActualSize: View, MAGNIFYING_GLASS, Some(keys(SHIFT, Key::F)), "1:1", "Show one picture pixel per screen pixel.";
    SideBySide: View, COLUMNS, Some(keys(NONE, Key::S)), "Side by side", "Show both next to each other.";
    Wipe: View, SPLIT_HORIZONTAL, Some(keys(NONE, Key::W)), "Wipe", "Move a divider between the two.";
    Blink: View, EYE, Some(keys(NONE, Key::B)), "Blink", "Switch between the two in place; while held, show the other one.";
    Overlay: View, INTERSECT, Some(keys(NONE, Key::O)), "Overlay", "Lay one over the other, half transparent.";
    Difference: View, PLUS_MINUS, Some(keys(NONE, Key::D)), "Difference", "Show the absolute difference per channel.";
    HeatMap: View, CHART_SCATTER, Some(keys(SHIFT, Key::D)), "Heat map", "Show the absolute difference of luminance in colours.";
    Labels: View, TAG, Some(keys(SHIFT, Key::L)), "Labels", "Lay what is written about the things in a frame over both pictures.";
    NextSheetView: View, SQUARES_FOUR, Some(keys(NONE, Key::V)), "Next sheet view", "Show many draws as pictures, scatter matrix, parallel lines or coverage.";
    MoreDraws: View, GRID_NINE, Some(keys(SHIFT, Key::V)), "More draws on the sheet", "Show the next larger contact sheet, from 16 to 256 draws; after the largest the smallest.";
    BrushedOnly: View, FUNNEL, Some(keys(SHIFT, Key::B)), "Brushed draws only", "Leave what is not brushed out of the contact sheet, or show it again.";
    ClearBrush: View, X, Some(keys(NONE, Key::Escape)), "Clear brush", "Let all draws count again.";
    FreeCamera: View, VIDEO_CAMERA, Some(keys(NONE, Key::C)), "Free camera", "Look at the stage from anywhere, or through the family's camera again.";
    ThroughSensor: View, CIRCLE_HALF, Some(keys(SHIFT, Key::C)), "Through the sensor", "Show the picture as a generated set has it, with lens, exposure, noise and coding, while time stands.";
    NextChannel: View, STACK, Some(keys(NONE, Key::H)), "Next channel", "Show the preview's next channel: colour, depth, instances, normals, flow, albedo, classes.";
    SplitView: View, SPLIT_HORIZONTAL, Some(keys(NONE, Key::Y)), "Split view", "Show a second channel in the preview: with a divider, then side by side, then not.";
    Probe: View, CROSSHAIR, Some(keys(NONE, Key::I)), "Probe", "Read all channels of the pixel under the pointer; also while Alt is held.";
    Sweeps: View, CIRCLE_DASHED, Some(keys(NONE, Key::G)), "Lidar and radar", "Show the newest whole sweep of each lidar and radar over the preview.";
    FrameTimes: View, CHART_SCATTER, Some(keys(NONE, Key::T)), "Frame times", "Show what the last pictures of the preview took, and what draws them.";
    ToggleLedger: View, NOTEBOOK, Some(keys(CTRL, Key::L)), "Ledger", "Show or hide the ledger drawer.";
    ToggleLeft: View, TREE_STRUCTURE, Some(keys(CTRL, Key::B)), "Navigator", "Show or hide the tree on the left.";
    ToggleInspector: View, SIDEBAR_SIMPLE, Some(keys(CTRL_SHIFT, Key::B)), "Inspector", "Show or hide the inspector on the right.";
    ToggleTheme: View, SUN, Some(keys(CTRL_SHIFT, Key::T)), "Light or dark", "Switch between the light and the dark theme.";

    PlayPause: Run, PLAY, Some(keys(NONE, Key::Space)), "Play or pause", "Play the episode or hold it.";
    ShuttleBack: Run, REWIND, Some(keys(NONE, Key::J)), "Play backwards", "Play the episode backwards; press again for twice the speed.";
    Hold: Run, PAUSE, Some(keys(NONE, Key::K)), "Hold", "Hold the episode.";
    ShuttleOn: Run, FAST_FORWARD, Some(keys(NONE, Key::L)), "Play forwards", "Play the episode; press again for twice the speed.";
    StepOn: Run, SKIP_FORWARD, Some(keys(NONE, Key::ArrowRight)), "Next frame", "Show the next frame.";
    StepBack: Run, SKIP_BACK, Some(keys(NONE, Key::ArrowLeft)), "Previous frame", "Show the frame before.";
    StepOnTen: Run, FAST_FORWARD, Some(keys(SHIFT, Key::ArrowRight)), "Ten frames on", "Show the frame ten later.";
    StepBackTen: Run, REWIND, Some(keys(SHIFT, Key::ArrowLeft)), "Ten frames back", "Show the frame ten earlier.";
    Slower: Run, MINUS, Some(keys(NONE, Key::OpenBracket)), "Slow motion", "Show the episode slower.";
    Faster: Run, PLUS, Some(keys(NONE, Key::CloseBracket)), "Quicker motion", "Show the episode faster.";
    LiveRun: Run, LIGHTNING, Some(keys(NONE, Key::R)), "Drive live", "Run the shown draw by hand: push things, let events begin with the number keys; or end that.";
    TakeBackDeed: Run, ARROW_U_UP_LEFT, Some(keys(SHIFT, Key::Delete)), "Take last deed back", "Forget what was done last in the live run.";
    RecordFamily: Run, FILE_PLUS, Some(keys(SHIFT, Key::R)), "Record as family", "Make a variant in which what was done live are events with parameters.";
    NextDraw: Run, DICE_FIVE, Some(keys(NONE, Key::N)), "Next draw", "Show the family's next draw.";
    PreviousDraw: Run, DICE_FIVE, Some(keys(SHIFT, Key::N)), "Previous draw", "Show the family's draw before this.";
    NextPairs: Run, SKIP_FORWARD, Some(keys(NONE, Key::PageDown)), "Next page of pairs", "Show the next page of pairs.";
    PreviousPairs: Run, SKIP_BACK, Some(keys(NONE, Key::PageUp)), "Previous page of pairs", "Show the page of pairs before.";
    FlagPair: Run, FLAG, Some(keys(NONE, Key::M)), "Flag pair", "Flag the two frames that are held beside each other, or take the flag away.";
    SwapSides: Run, ARROWS_LEFT_RIGHT, Some(keys(SHIFT, Key::S)), "Swap sides", "Let the other set be the reference.";
    SayCondition: Run, TAG, None, "Say a condition…", "Say what the light or the camera was in some episodes, so that sets can be matched on it.";
    PinDraw: Run, PUSH_PIN, Some(keys(NONE, Key::P)), "Pin draw", "Pin the shown draw, or let it go; up to eight stay marked.";
    ComparePins: Run, COLUMNS, Some(keys(SHIFT, Key::P)), "Compare pins", "Hold the two draws that were pinned last side by side.";
    ToBoundary: Run, CROSSHAIR, Some(keys(NONE, Key::X)), "Take me to the boundary", "Search between the shown draw and the nearest one with the other outcome, until almost nothing is between them.";
    OtherSide: Run, ARROWS_LEFT_RIGHT, Some(keys(SHIFT, Key::X)), "Other side of the boundary", "Show the other side of the boundary that was found.";
    FitToReality: Run, CHART_SCATTER, Some(keys(CTRL_SHIFT, Key::F)), "Fit to reality…", "Fit distributions to a column of a real set and take one as the selected parameter's nominal.";
    EstimateRare: Run, SCALES, Some(keys(CTRL_SHIFT, Key::E)), "Estimate rare event…", "Estimate how probable the rare event is in reality, by up to four methods.";
    CoverageDifference: Run, INTERSECT, Some(keys(CTRL_SHIFT, Key::D)), "Coverage difference…", "Count which combinations of values one set holds and another lacks.";
    MatchCamera: Run, VIDEO_CAMERA, Some(keys(CTRL_SHIFT, Key::M)), "Match a camera…", "Lay a real picture over the preview and move the camera until both agree.";
    GenerateSet: Run, STACK, Some(keys(CTRL, Key::G)), "Generate set…", "Render many draws into a synthetic set.";
    RunCompare: Run, CHART_SCATTER, Some(keys(CTRL, Key::D)), "Compare sets", "Measure the drift between the two chosen sets.";
    CompareHow: Run, SLIDERS, None, "How sets are compared…", "Choose frames, permutations and what distances are taken on: the built-in features or a network of yours.";
    AuditSet: Run, FUNNEL, None, "Audit shortcuts", "Look for what gives an outcome of the other set away without being its cause.";
    FindTwins: Run, COPY, None, "Find twins", "Look for pictures that the two sets repeat, and that both halves of a split have.";
    ComparePage: Run, NOTEBOOK, Some(keys(CTRL_SHIFT, Key::R)), "Write comparison page", "Write the comparison of the two sets, its pairs and remarks as one page that opens in any browser.";
    SealSet: Run, LOCK, None, "Seal…", "Seal the held half of the chosen real set.";
    VerifySeal: Run, SEAL_CHECK, None, "Verify seal", "Check that the held files are still those that were sealed.";
    RunGate: Run, SCALES, None, "Run gate…", "Open the lock once and judge; this writes to the ledger.";
    Report: Run, NOTEBOOK, Some(keys(CTRL, Key::R)), "Write report", "Write what was found to report.html in the study.";
    ShowPack: Run, FOLDER_OPEN, None, "Open pack folder", "Show the pack that was written last in the file manager.";

    Palette: Help, COMMAND, Some(keys(CTRL, Key::P)), "Command palette", "Find any command by name.";
    Shortcuts: Help, KEYBOARD, Some(keys(SHIFT, Key::Questionmark)), "Keyboard shortcuts", "Show all keys.";
    About: Help, INFO, None, "About Worldproof", "Version, adapter and licences.";
}

impl Command {
    /// The commands of `menu`.
    pub fn in_menu(menu: Menu) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |command| command.info().menu == menu)
    }

    /// Keys as people write them (`"Ctrl+Shift+Z"`); empty where there are none.
    pub fn keys_text(self) -> String {
        match self {
            Self::Shortcuts => "?".to_owned(),
            _ => self.info().shortcut.map_or_else(String::new, text_of),
        }
    }

    /// True if a held key does it again and again.
    pub fn repeats(self) -> bool {
        use Command::{
            NextDraw, NextPairs, PreviousDraw, PreviousPairs, Redo, StepBack, StepBackTen, StepOn, StepOnTen, Undo,
        };
        matches!(
            self,
            StepOn
                | StepBack
                | StepOnTen
                | StepBackTen
                | NextDraw
                | PreviousDraw
                | NextPairs
                | PreviousPairs
                | Undo
                | Redo
        )
    }

    /// Where `query` is found in the label: higher is better, `None` where a letter is missing. Letters must appear in
    /// order; those at the start of a word and those in a run count more.
    pub fn score(self, query: &str) -> Option<i32> {
        fuzzy(query, self.info().label)
    }
}

fn text_of(keys: KeyboardShortcut) -> String {
    let mut text = String::new();
    if keys.modifiers.command {
        text.push_str("Ctrl+");
    }
    if keys.modifiers.shift {
        text.push_str("Shift+");
    }
    let key = match keys.logical_key {
        Key::ArrowLeft => "←",
        Key::ArrowRight => "→",
        other => other.name(),
    };
    text + key
}

/// See [`Command::score`].
pub fn fuzzy(query: &str, label: &str) -> Option<i32> {
    let label: Vec<char> = label.to_lowercase().chars().collect();
    let (mut at, mut score, mut run) = (0, 0, 0);
    for wanted in query.to_lowercase().chars().filter(|letter| !letter.is_whitespace()) {
        let found = label.iter().skip(at).position(|letter| *letter == wanted)?;
        run = if found == 0 { run + 1 } else { 0 };
        at += found;
        let starts_word = at == 0 || label.get(at - 1).is_some_and(|before| !before.is_alphanumeric());
        score += 1 + run * 2 + if starts_word { 4 } else { 0 } - found.min(4) as i32;
        at += 1;
    }
    Some(score * 4 - label.len() as i32 / 4)
}

/// Commands that fit `query`, best first; menu order decides ties.
pub fn find(query: &str) -> Vec<Command> {
    let mut found: Vec<(i32, Command)> =
        Command::ALL.iter().filter_map(|command| Some((command.score(query)?, *command))).collect();
    if !query.trim().is_empty() {
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    }
    found.into_iter().map(|(_, command)| command).collect()
}

fn first_press(event: &Event) -> Option<Key> {
    match event {
        Event::Key { key, pressed: true, repeat: false, .. } => Some(*key),
        _ => None,
    }
}

/// Where among this pass's events the palette's keys come to an end, if they were pressed.
pub fn palette_asked(ctx: &eframe::egui::Context) -> Option<usize> {
    let keys = Command::Palette.info().shortcut?;
    let opens = |event: &Event| match event {
        Event::Key { key, pressed: true, repeat: false, modifiers, .. } => {
            *key == keys.logical_key && modifiers.matches_logically(keys.modifiers)
        }
        _ => false,
    };
    ctx.input(|input| input.events.iter().position(opens)).map(|at| at + 1)
}

/// Takes what was typed in this pass out of it, from its event `from` on.
pub fn take_typed(ctx: &eframe::egui::Context, from: usize) -> Vec<Event> {
    let is_typed =
        |event: &Event| matches!(event, Event::Key { .. } | Event::Text(_) | Event::Paste(_) | Event::Ime(_));
    ctx.input_mut(|input| {
        let later = input.events.split_off(from.min(input.events.len()));
        let (typed, rest): (Vec<Event>, Vec<Event>) = later.into_iter().partition(is_typed);
        input.events.extend(rest);
        typed
    })
}

/// The commands whose keys were pressed this pass. Single letters are left to who is `typing`.
pub fn pressed(ctx: &eframe::egui::Context, typing: bool) -> Vec<Command> {
    // Arrows and space belong to a widget that has the focus.
    let held = ctx.egui_wants_keyboard_input();
    let mut all: Vec<(Command, KeyboardShortcut)> =
        Command::ALL.iter().filter_map(|command| Some((*command, command.info().shortcut?))).collect();
    // Keys with more modifiers first: egui takes `Ctrl+Shift+Z` for `Ctrl+Z` otherwise.
    all.sort_by_key(|(_, keys)| std::cmp::Reverse(u8::from(keys.modifiers.shift) + u8::from(keys.modifiers.command)));
    let mut out = Vec::new();
    let fresh: Vec<Key> = ctx.input(|input| input.events.iter().filter_map(first_press).collect());
    for (command, keys) in all {
        // Escape closes what lies above first: the window says when it is the brush's turn.
        if command == Command::ClearBrush {
            continue;
        }
        let widgets_own =
            matches!(keys.logical_key, Key::ArrowLeft | Key::ArrowRight | Key::Space | Key::PageUp | Key::PageDown);
        if (typing || held && widgets_own) && !keys.modifiers.command {
            continue;
        }
        let hit = ctx.input_mut(|input| {
            if command == Command::Shortcuts {
                // On most layouts `?` is typed with shift, on some without.
                input.consume_key(Modifiers::NONE, Key::Questionmark) || input.consume_shortcut(&keys)
            } else {
                input.consume_shortcut(&keys)
            }
        });
        // A held key steps on and on, but switches only once.
        if hit && (command.repeats() || fresh.contains(&keys.logical_key)) {
            out.push(command);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_keys() {
        for (at, one) in Command::ALL.iter().enumerate() {
            for other in &Command::ALL[at + 1..] {
                let (a, b) = (one.info(), other.info());
                assert!(a.shortcut.is_none() || a.shortcut != b.shortcut, "{one:?} and {other:?} share keys");
                assert!(a.label != b.label, "{one:?} and {other:?} share a label");
            }
        }
    }

    #[test]
    fn every_command_is_in_one_menu_and_in_the_palette() {
        let in_menus: usize = Menu::ALL.into_iter().map(|menu| Command::in_menu(menu).count()).sum();
        assert_eq!(in_menus, Command::ALL.len(), "menus hold all");
        for command in Command::ALL {
            let info = command.info();
            assert_eq!(find(info.label).first(), Some(command), "its own label finds {command:?} first");
            assert!(info.tooltip.ends_with('.'), "{command:?}: a tooltip is a sentence");
            assert!(!info.label.ends_with('.'), "{command:?}: a label is not");
        }
        assert_eq!(find("").len(), Command::ALL.len(), "no query shows all");
    }

    #[test]
    fn search_prefers_starts_of_words() {
        assert_eq!(find("gs").first(), Some(&Command::GenerateSet));
        assert_eq!(find("diff").first(), Some(&Command::Difference));
        assert!(find("zzzz").is_empty(), "nothing fits");
    }

    #[test]
    fn keys_are_written_as_people_write_them() {
        assert_eq!(Command::Redo.keys_text(), "Ctrl+Shift+Z");
        assert_eq!(Command::StepOnTen.keys_text(), "Shift+→");
        assert_eq!(Command::Shortcuts.keys_text(), "?");
        assert_eq!(Command::VerifyPack.keys_text(), "");
    }
}
