//! Conditions that follow from signals: `closed = peak(right_hand) > 0.5` is said of each episode by what was recorded in it.
//!
//! The language is the families' own ([`crate::family::expression`]): folds over time, numbers and comparisons. Names are those of the
//! set's signals with every other letter than `a` to `z`, digits and `_` as `_`; a component's own name serves where no other
//! signal has it.

use std::collections::{BTreeMap, BTreeSet};

use super::Said;
use crate::base::Monitor;
use crate::base::text::{did_you_mean, shortened};
use crate::data::{Set, Signal};
use crate::family::expression::Kind;
use crate::family::{Expression, Scope, Series};
use crate::run::{RunError, import};
use crate::study::SetRef;

/// A component of a column.
type Place = (String, usize);

/// Says of each visible episode of `set` whether `text` (`NAME=CONDITION`) holds in it: `yes` or `no`. Held episodes are not looked
/// at, and of one whose signals cannot be read, or give no number, nothing is said.
///
/// # Errors
/// When the text is no condition, names a signal that the set has not, or the watcher wanted the end.
pub fn derive(set: &Set, set_ref: &SetRef, text: &str, monitor: &dyn Monitor) -> Result<Vec<Said>, RunError> {
    let wrong = |what: String| RunError::Request(shortened(what));
    let how = "write it like `closed = peak(right_hand) > 0.5`";
    let (name, condition) = text.split_once('=').ok_or_else(|| wrong(format!("`{text}` has no `=`; {how}")))?;
    let (name, condition) = (name.trim(), condition.trim());
    let expression = Expression::compile(condition).map_err(|err| wrong(format!("`{condition}`: {err}; {how}")))?;
    if expression.kind() != Kind::Truth {
        let what =
            format!("`{condition}` is a number and no condition; compare it with one, such as `{condition} > 0.5`");
        return Err(wrong(what));
    }
    let places = places(set);
    let mut scope = Scope::default();
    let mut read = Vec::new();
    for name in expression.variables() {
        let Some(place) = places.get(name) else {
            let near = near(name, &places);
            let has: Vec<&str> = places.keys().map(String::as_str).take(12).collect();
            let has =
                if has.is_empty() { "it has no signals".to_owned() } else { format!("it has {} …", has.join(", ")) };
            return Err(wrong(format!("`{}` has no signal `{name}`{near}; {has}", set_ref.name)));
        };
        scope.push_series(name, "").map_err(wrong)?;
        read.push(place.clone());
    }
    let formula = expression.bind(&scope).map_err(|err| wrong(format!("`{condition}`: {err}")))?;
    let mut answers: BTreeMap<bool, BTreeSet<u64>> = BTreeMap::new();
    let mut unknown = 0_u64;
    let visible = import::visible_episodes(set, set_ref);
    for (done, episode) in visible.iter().enumerate() {
        monitor.step("Reading signals", done as u64, visible.len() as u64);
        if monitor.stopped() {
            return Err(RunError::Stopped);
        }
        let answer = recorded(set, *episode, &read).and_then(|(times_s, columns)| {
            let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            formula.over(&[], Series { times_s: &times_s, columns: &columns }).ok()
        });
        match answer {
            Some(answer) => drop(answers.entry(answer > 0.5).or_default().insert(set.episodes[*episode].id)),
            None => unknown += 1,
        }
    }
    if unknown > 0 {
        let text = format!("of {unknown} episodes nothing is said: their signals cannot be read or give no number");
        monitor.note(crate::base::Note::new(&set_ref.name, text));
    }
    let said = |(answer, episodes): (bool, BTreeSet<u64>)| Said {
        name: name.to_owned(),
        value: if answer { "yes" } else { "no" }.to_owned(),
        episodes,
    };
    Ok(answers.into_iter().map(said).collect())
}

/// What was probably meant: those whose last part is `name`, where several signals share it, else what is spelled like it.
fn near(name: &str, places: &BTreeMap<String, Place>) -> String {
    let end = format!("_{name}");
    let ends: Vec<String> = places.keys().filter(|key| key.ends_with(&end)).map(|key| format!("`{key}`")).collect();
    if ends.is_empty() {
        return did_you_mean(name, places.keys().map(String::as_str));
    }
    format!(" (did you mean {}?)", ends.join(" or "))
}

/// The signals by the names that an expression may read them under.
fn places(set: &Set) -> BTreeMap<String, Place> {
    let all = || set.columns.iter().flat_map(|column| (0..column.names.len()).map(move |at| (column, at)));
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    all().for_each(|(column, at)| *owners.entry(identifier(&column.names[at])).or_default() += 1);
    let mut found = BTreeMap::new();
    for (column, at) in all() {
        let place = (column.name.clone(), at);
        let own = identifier(&column.names[at]);
        if owners.get(&own) == Some(&1) {
            found.entry(own).or_insert_with(|| place.clone());
        }
        found.entry(identifier(&column.whole_name(at))).or_insert(place);
    }
    found
}

/// `name` as an expression can write it: runs of what is no letter, digit or `_` are one `_`.
fn identifier(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            text.push(letter);
        } else if !text.ends_with('_') {
            text.push('_');
        }
    }
    let text = text.trim_matches('_').to_owned();
    if text.starts_with(|letter: char| letter.is_ascii_digit()) { format!("_{text}") } else { text }
}

/// The components `read` of an episode at the times of the first of them; `None` where one cannot be read.
fn recorded(set: &Set, episode: usize, read: &[Place]) -> Option<(Vec<f64>, Vec<Vec<f64>>)> {
    let mut signals: BTreeMap<&str, Signal> = BTreeMap::new();
    for (column, _) in read {
        if !signals.contains_key(column.as_str()) {
            signals.insert(column, set.signal(episode, column).ok()?);
        }
    }
    let Some((first, _)) = read.first() else { return Some((vec![0.0], Vec::new())) };
    let times_s = signals.get(first.as_str())?.timestamps_s.clone();
    let column = |(column, at): &Place| -> Option<Vec<f64>> {
        let signal = signals.get(column.as_str())?;
        // The last value at or before each time, before the first one the first.
        let row = |time_s: &f64| signal.timestamps_s.partition_point(|own| own <= time_s).saturating_sub(1);
        times_s.iter().map(|time_s| signal.rows.get(row(time_s))?.get(*at).map(|value| f64::from(*value))).collect()
    };
    let columns = read.iter().map(column).collect::<Option<Vec<_>>>()?;
    (!times_s.is_empty()).then_some((times_s, columns))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Rgb, Silent, png};
    use crate::data::Origin;

    /// A generated set of four draws whose signal `hand grip` peaks at 0.2 times the draw's number.
    fn made(dir: &std::path::Path) -> (Set, SetRef) {
        let mut episodes = Vec::new();
        for id in 0..4_u64 {
            let folder = dir.join(format!("episodes/{id:06}"));
            std::fs::create_dir_all(folder.join("colour")).unwrap();
            for frame in 0..3 {
                let picture = png::encode_rgb(&Rgb::black(2, 2)).unwrap();
                std::fs::write(folder.join(format!("colour/{frame:06}.png")), picture).unwrap();
            }
            let signals = serde_json::json!({ "hand grip": [0.0, 0.2 * id as f64, 0.1], "still": [1.0, 1.0, 1.0] });
            std::fs::write(folder.join("signals.json"), signals.to_string()).unwrap();
            episodes.push(serde_json::json!({ "id": id, "frames": 3 }));
        }
        let index = serde_json::json!({
            "format": "worldproof set 1", "name": "takes", "origin": "StandIn", "fps": 10.0, "width": 2, "height": 2,
            "camera": "head", "episodes": episodes,
        });
        std::fs::write(dir.join("set.json"), index.to_string()).unwrap();
        let set_ref = SetRef {
            name: "takes".to_owned(),
            path: dir.display().to_string(),
            digest: None,
            origin: Origin::StandIn,
            held: vec![2],
            reference: vec![0, 1, 3],
            sealed: None,
            listing: None,
            conditions: BTreeMap::new(),
            folders: crate::data::Folders::default(),
        };
        (Set::open(dir, &Silent).unwrap(), set_ref)
    }

    #[test]
    fn each_visible_episode_is_told_by_what_was_recorded_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let (set, set_ref) = made(dir.path());
        let said = derive(&set, &set_ref, "closed = peak(hand_grip) > 0.3 && last(still) == 1", &Silent).unwrap();
        let of = |value: &str| said.iter().find(|one| one.value == value).map(|one| one.episodes.clone());
        assert_eq!(of("no"), Some(BTreeSet::from([0, 1])));
        assert_eq!(of("yes"), Some(BTreeSet::from([3])), "2 is held and not looked at");
    }

    #[test]
    fn what_cannot_be_told_is_refused_with_the_cure() {
        let dir = tempfile::tempdir().unwrap();
        let (set, set_ref) = made(dir.path());
        let cases = [
            ("closed", "no `=`"),
            ("closed = peak(hand_gripp) > 1", "did you mean `hand_grip`"),
            ("closed = peak(hand_grip)", "compare it with one"),
            ("closed = hand_grip > 1", "hand_grip"),
            ("closed = peak(", "column"),
        ];
        for (text, part) in cases {
            let why = derive(&set, &set_ref, text, &Silent).expect_err(text).to_string();
            assert!(why.contains(part), "{text}: {why}");
        }
    }

    #[test]
    fn a_name_that_two_signals_share_is_told_with_both() {
        let key = |name: &str| (name.to_owned(), (name.to_owned(), 0));
        let places = BTreeMap::from(["action_wrist", "state_wrist", "elbow"].map(key));
        assert_eq!(near("wrist", &places), " (did you mean `action_wrist` or `state_wrist`?)");
        assert_eq!(near("elbw", &places), " (did you mean `elbow`?)");
    }

    #[test]
    fn names_are_those_that_an_expression_can_write() {
        assert_eq!(identifier("/joint_states.position · arm-1"), "joint_states_position_arm_1");
        assert_eq!(identifier("0.x"), "_0_x");
    }
}
