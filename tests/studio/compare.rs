//! Stories of the Compare workspace: which sets, matched how, what is written about a pair.

use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::Queryable as _;
use worldproof::app::message::CompareAct;
use worldproof::app::shell::Workspace;
use worldproof::app::view::{CompareView, SignalLine, Timeline};
use worldproof::app::{Command, Message};
use worldproof::run::pairing::{MatchBy, TimeLock};

use crate::{Stage, changed, open, screen, shown};

fn asked(harness: &egui_kittest::Harness<'_, Stage>) -> Vec<CompareAct> {
    let of = |message: &Message| match message {
        Message::Compare(act) => Some(act.clone()),
        _ => None,
    };
    harness.state().messages.iter().filter_map(of).collect()
}

/// Unfolds the list called `list` and takes what is called `entry`.
fn choose(harness: &mut egui_kittest::Harness<'_, Stage>, list: &str, entry: &str) {
    harness.get_by_role_and_label(Role::ComboBox, list).click();
    harness.run_steps(3);
    harness.get_by_label(entry).click();
    harness.run_steps(3);
}

#[test]
fn any_two_sets_are_chosen_with_their_cameras() {
    let mut harness = open([1440.0, 900.0], true, shown(Workspace::Compare));
    choose(&mut harness, "Camera of the reference", "cam_wrist");
    harness.get_by_label("Swap sides").click();
    harness.run_steps(2);
    assert_eq!(asked(&harness), [CompareAct::Camera(0, 1)]);
    assert!(harness.state().commands.contains(&Command::SwapSides), "the arrows swap");
}

#[test]
fn episodes_are_matched_and_time_is_locked_as_the_person_says() {
    let mut harness = open([1440.0, 900.0], true, shown(Workspace::Compare));
    choose(&mut harness, "Matched by", "Looks");
    choose(&mut harness, "Matched by", "Light");
    harness.get_by_label("Seconds").click();
    harness.run_steps(2);
    let expected = [
        CompareAct::Match(MatchBy::Nearest),
        CompareAct::Match(MatchBy::Condition("light".to_owned())),
        CompareAct::Lock(TimeLock::Seconds),
    ];
    assert_eq!(asked(&harness), expected);
}

#[test]
fn frames_matched_by_looks_have_no_time_to_lock() {
    let by_looks = changed(Workspace::Compare, |view| view.compare.matching.by = MatchBy::Nearest);
    let harness = open([1440.0, 900.0], true, by_looks);
    assert!(harness.query_by_label("Seconds").is_none(), "nothing to choose");
}

#[test]
fn a_pair_is_flagged_and_written_about() {
    let mut harness = open([1440.0, 900.0], true, shown(Workspace::Compare));
    harness.key_press_modifiers(Modifiers::NONE, Key::M);
    harness.run_steps(2);
    assert!(harness.state().commands.contains(&Command::FlagPair), "M flags");
    let note = harness.get_by_role_and_label(Role::TextInput, "Note on this pair");
    note.focus();
    note.type_text("!");
    harness.run_steps(3);
    let wrote = |act: &CompareAct| matches!(act, CompareAct::Remark { flagged: true, text, .. } if text.contains('!'));
    assert!(asked(&harness).iter().any(wrote), "{:?}", asked(&harness));
    harness.get_by_label("Show episode 9 · frame 3 beside 4 · frame 3").click();
    harness.run_steps(2);
    assert_eq!(asked(&harness).last(), Some(&CompareAct::ShowRemark(1)), "a row leads to its pair");
}

#[test]
fn twins_are_looked_for_and_lead_to_their_pictures_but_for_those_held_back() {
    let unlooked = changed(Workspace::Compare, |view| view.compare.twins = [None, None]);
    let mut harness = open([1440.0, 2400.0], true, unlooked);
    harness.get_by_label("Find twins").click();
    harness.run_steps(2);
    assert!(harness.state().commands.contains(&Command::FindTwins));
    let mut harness = open([1440.0, 2400.0], true, shown(Workspace::Compare));
    harness.get_by_label("Show episode 31 · frame 60").click();
    harness.run_steps(2);
    assert_eq!(asked(&harness), [CompareAct::ShowFrame { side: 0, episode: 31, frame: 60 }]);
    assert!(harness.query_by_label("Show episode 44 · frame 60 (held back)").is_none());
}

#[test]
fn signals_are_chosen_and_lead_to_their_time() {
    let mut harness = open([1440.0, 900.0], true, shown(Workspace::Compare));
    choose(&mut harness, "Signal of the other", "state · wrist");
    assert_eq!(asked(&harness), [CompareAct::Signal(1, "state · wrist".to_owned())]);
    let lane = harness.get_by_role_and_label(Role::Slider, "Signals of both over time").rect();
    harness.drag_at(lane.center());
    harness.run_steps(2);
    harness.drop_at(lane.center());
    harness.run_steps(2);
    let seeks = |message: &Message| matches!(message, Message::Seek(time_s) if *time_s > 0.0);
    assert!(harness.state().messages.iter().any(seeks), "a click goes there");
}

#[test]
fn pages_of_pairs_turn_by_key_and_by_button() {
    let mut harness = open([1440.0, 900.0], true, shown(Workspace::Compare));
    harness.key_press_modifiers(Modifiers::NONE, Key::PageDown);
    harness.run_steps(2);
    harness.get_by_label("Previous page of pairs").click();
    harness.run_steps(2);
    let turns: Vec<Command> = harness.state().commands.clone();
    assert_eq!(turns, [Command::NextPairs, Command::PreviousPairs]);
}

#[test]
fn odd_states_are_drawn() {
    screen("compare-heat", || {
        let mut stage = shown(Workspace::Compare);
        stage.shell.compare.mode = worldproof::app::widgets::compare::Mode::Heat;
        stage
    });
    screen("compare-unmatched", || {
        changed(Workspace::Compare, |view| {
            view.compare.matching.failed =
                "of `kitchen` the condition `light` is not known (number, task is); choose another".into();
            view.compare.pairs.tiles.clear();
            view.compare.remark = None;
            view.compare.signals[1] =
                SignalLine { why: "episode 7: the file is cut short".into(), ..SignalLine::default() };
        })
    });
    screen("compare-bare", || {
        changed(Workspace::Compare, |view| {
            let CompareView { sides, remarks, remark, metrics, features, histograms, timeline, .. } = &mut view.compare;
            *sides = Default::default();
            (*remark, *timeline) = (None, Timeline::default());
            remarks.clear();
            metrics.clear();
            features.clear();
            histograms.clear();
        })
    });
}
