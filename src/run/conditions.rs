//! What is known of a set's episodes that panels can be matched on: their number, their task, whether the rare event came, and
//! what a table or list of the set or a person said of them (light, camera, operator); a person has the last word.
//!
//! Read, never guessed: an episode of which nothing was said has no value, and is matched with none. Deliberately not here: the
//! pictures themselves.

mod derive;

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Monitor, Note};
use crate::data::{Origin, Set};
use crate::study::{Edit, SetRef, Study};

use super::synthetic::{EpisodeFile, episode_folder};
use super::{Place, RunError, import};

pub use derive::derive;

/// The value of each condition, by its name and then by episode id.
pub type Conditions = BTreeMap<String, BTreeMap<u64, String>>;

/// The episode's number, which for a generated set is its draw: two sets of one family match draw by draw.
pub const NUMBER: &str = "number";
/// The text of the task.
pub const TASK: &str = "task";
/// Whether the family's rare event came; of generated sets.
pub const OUTCOME: &str = "outcome";

/// What is known of the visible episodes of `set`. An episode whose file cannot be read is a note and has no outcome.
pub fn conditions(place: &Place, set: &Set, set_ref: &SetRef, monitor: &dyn Monitor) -> Conditions {
    let mut all = Conditions::new();
    let mut say = |name: &str, id: u64, value: String| {
        all.entry(name.to_owned()).or_default().insert(id, value);
    };
    // What is held is not spoken of, whoever asks, and of what cannot be read nothing is known.
    let visible: Vec<_> = import::visible_episodes(set, set_ref).into_iter().map(|at| &set.episodes[at]).collect();
    for episode in &visible {
        say(NUMBER, episode.id, episode.id.to_string());
        if !episode.task.is_empty() {
            say(TASK, episode.id, episode.task.clone());
        }
    }
    for (name, values) in set.known.iter().filter(|(name, _)| ![NUMBER, OUTCOME].contains(&name.as_str())) {
        for (id, value) in values {
            say(name, *id, value.clone());
        }
    }
    if set_ref.origin != Origin::Real {
        let folder = place.resolve(&set_ref.path);
        let mut unread = 0_u64;
        for episode in &visible {
            match EpisodeFile::read(&episode_folder(&folder, episode.id)) {
                Ok(file) => say(OUTCOME, episode.id, if file.rare { "rare" } else { "not rare" }.to_owned()),
                Err(_) => unread += 1,
            }
        }
        if unread > 0 {
            let text = format!("the outcome of {unread} draws cannot be read; they are matched with none on it");
            monitor.note(Note::new(&set_ref.name, text));
        }
    }
    for (name, values) in &set_ref.conditions {
        for (value, episodes) in values {
            for id in episodes {
                say(name, *id, value.clone());
            }
        }
    }
    let visible: BTreeSet<u64> = visible.iter().map(|episode| episode.id).collect();
    for values in all.values_mut() {
        values.retain(|id, _| visible.contains(id));
    }
    all.retain(|_, values| !values.is_empty());
    all
}

/// What a person says of some episodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The condition (`light`).
    pub name: String,
    /// Its value (`dim`); empty takes back what was said of these episodes.
    pub value: String,
    /// Episode ids.
    pub episodes: BTreeSet<u64>,
}

impl Said {
    /// Reads `light=dim:0,3,7-12`; without the part behind the colon, or with `all` there, it is said of `all` episodes. A value that
    /// has a colon itself needs that part: `time=12:00:all`.
    ///
    /// # Errors
    /// When it does not read so, or could be read in two ways.
    pub fn read(text: &str, all: impl IntoIterator<Item = u64>) -> Result<Self, RunError> {
        let (name, rest) = text.split_once('=').ok_or_else(|| wrong(&format!("`{text}` has no `=`")))?;
        let Some((value, list)) = rest.rsplit_once(':') else { return Self::of(name, rest, ALL, all) };
        if is_time(value, list) {
            let number = list.trim().parse::<u64>().unwrap_or_default();
            return Err(RunError::Request(format!(
                "`{text}` may say `{rest}` of all episodes, or `{value}` of episode {number}; write `{name}={rest}:{ALL}` for the one and \
                 `{name}={value}:{number}-{number}` for the other"
            )));
        }
        Self::of(name, value, list, all)
    }

    /// What is said of the episodes in a `list` like `0,3,7-12`, or of `all`, which the list calls so.
    ///
    /// # Errors
    /// When the list does not read so.
    pub fn of(name: &str, value: &str, list: &str, all: impl IntoIterator<Item = u64>) -> Result<Self, RunError> {
        let said = |episodes| Self { name: name.trim().to_owned(), value: value.trim().to_owned(), episodes };
        if list.trim() == ALL {
            return Ok(said(all.into_iter().collect()));
        }
        if list.trim().is_empty() {
            return Err(wrong(&format!("`{name}={value}:` names no episodes behind its colon")));
        }
        let mut episodes = BTreeSet::new();
        for part in list.split(',') {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let number =
                |text: &str| text.trim().parse::<u64>().map_err(|_| wrong(&format!("`{part}` is no episode's number")));
            let (from, to) = (number(from)?, number(to)?);
            if to < from || to - from > 1_000_000 {
                return Err(wrong(&format!("`{part}` is no range of episodes")));
            }
            episodes.extend(from..=to);
        }
        Ok(said(episodes))
    }
}

/// What a list of episodes calls all of them.
const ALL: &str = "all";

fn wrong(what: &str) -> RunError {
    let how = "write it like `light=dim:0,3,7-12`, and where the value has a colon like `time=12:00:all`";
    RunError::Request(format!("{what}; {how}"))
}

/// Whether `list`, which would be one episode, are the minutes or seconds of a time that `value` ends with.
fn is_time(value: &str, list: &str) -> bool {
    let sixty = |text: &str| text.len() == 2 && text.parse::<u8>().is_ok_and(|number| number < 60);
    let before = value.trim_end().rsplit([':', ' ', 'T']).next().unwrap_or_default();
    let is_before = sixty(before) || (before.len() == 1 && before.parse::<u8>().is_ok());
    is_before && sixty(list.trim())
}

/// Keeps what a person says of episodes of the set called `name`: each then has this value and no other.
///
/// # Errors
/// When the condition is one that is read, or has no name, or an episode is not in the set.
pub fn say(study: &Study, name: &str, set: &Set, said: &[Said]) -> Result<Edit, RunError> {
    let mut changed = import::set_ref(study, name)?.clone();
    let known: BTreeSet<u64> = set.episodes.iter().map(|episode| episode.id).collect();
    for one in said {
        let refuse = |what: String| Err(RunError::Request(what));
        if one.name.is_empty() || one.name.chars().any(|letter| letter.is_whitespace() || letter == '`') {
            return refuse(format!("a condition's name is one word, and `{}` is not; call it `light`, say", one.name));
        }
        if ["order", "nearest"].contains(&one.name.as_str()) {
            return refuse(format!("`{}` is a way of matching and cannot be said; choose another name", one.name));
        }
        let is_read = match one.name.as_str() {
            NUMBER => true,
            TASK => set.episodes.iter().any(|episode| !episode.task.is_empty()),
            OUTCOME => changed.origin != Origin::Real,
            _ => false,
        };
        if is_read {
            return refuse(format!("`{}` is read from the set and cannot be said; choose another name", one.name));
        }
        if one.value.chars().count() > 80 || one.value.chars().any(char::is_control) {
            return refuse(format!("the value of `{}` is no short text of one line; shorten it", one.name));
        }
        let nothing_said = changed
            .conditions
            .get(&one.name)
            .is_none_or(|values| values.values().flatten().all(|id| !one.episodes.contains(id)));
        if one.value.is_empty() && nothing_said {
            return refuse(format!(
                "of these episodes nothing was said under `{}`, so nothing can be taken back",
                one.name
            ));
        }
        if let Some(id) = one.episodes.iter().find(|id| !known.contains(id)) {
            return refuse(format!("`{name}` has no episode {id}; it has {}", span(&known)));
        }
        let values = changed.conditions.entry(one.name.clone()).or_default();
        for episodes in values.values_mut() {
            episodes.retain(|id| !one.episodes.contains(id));
        }
        if !one.value.is_empty() {
            let episodes = values.entry(one.value.clone()).or_default();
            episodes.extend(&one.episodes);
            episodes.sort_unstable();
        }
        values.retain(|_, episodes| !episodes.is_empty());
    }
    changed.conditions.retain(|_, values| !values.is_empty());
    Ok(Edit::PutSet(changed))
}

fn span(ids: &BTreeSet<u64>) -> String {
    match (ids.first(), ids.last()) {
        (Some(first), Some(last)) => format!("{} from {first} to {last}", ids.len()),
        _ => "none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Silent;
    use crate::ledger::Timestamp;
    use crate::run::Stamp;

    fn read(text: &str) -> Result<Said, String> {
        Said::read(text, 0..3).map_err(|err| err.to_string())
    }

    #[test]
    fn what_is_said_is_read_as_it_is_typed() {
        let said = read("light=very dim:0, 3,7-9").expect("well said");
        assert_eq!((said.name.as_str(), said.value.as_str()), ("light", "very dim"));
        assert_eq!(said.episodes.into_iter().collect::<Vec<_>>(), [0, 3, 7, 8, 9]);
        assert_eq!(read("light=dim").expect("of all").episodes.len(), 3, "without a list all are meant");
        for wrong in ["light", "light=dim:x", "light=dim:3-1", "light=dim:", "light=dim:0-99999999999"] {
            let why = read(wrong).expect_err(wrong);
            assert!(why.contains("light=dim:0,3,7-12"), "{why}");
        }
    }

    #[test]
    fn a_time_of_day_is_no_list_of_episodes() {
        for (text, [all, one]) in [
            ("time=12:00", ["`time=12:00:all`", "`time=12:0-0`"]),
            ("time=9:30", ["`time=9:30:all`", "`time=9:30-30`"]),
            ("time=12:00:07", ["`time=12:00:07:all`", "`time=12:00:7-7`"]),
            ("at=2024-05-01T12:45", ["`at=2024-05-01T12:45:all`", "`at=2024-05-01T12:45-45`"]),
        ] {
            let why = read(text).expect_err(text);
            assert!(why.contains(all) && why.contains(one), "{why}");
        }
        let said = read("time=12:00:all").expect("of all");
        assert_eq!((said.value.as_str(), said.episodes.len()), ("12:00", 3));
        let said = read("time=12:00:1-2").expect("of two");
        assert_eq!((said.value.as_str(), said.episodes.len()), ("12:00", 2));
        let said = read("bay=12:0-0").expect("of one");
        assert_eq!((said.value.as_str(), said.episodes), ("12", BTreeSet::from([0])));
        assert_eq!(read("bay=12:3").expect("no minutes").episodes, BTreeSet::from([3]));
        assert_eq!(read("light=dim:12").expect("no hour").episodes, BTreeSet::from([12]));
        assert_eq!(read("bay=12:60").expect("no minute").episodes, BTreeSet::from([60]));
        assert!(read("note=left: high").expect_err("no list").contains("time=12:00:all"), "with the cure");
        let said = Said::of("time", "12:00", "7", []).expect("in fields of its own nothing is in doubt");
        assert_eq!((said.value.as_str(), said.episodes), ("12:00", BTreeSet::from([7])));
    }

    #[test]
    fn an_episode_keeps_the_value_that_was_said_last() {
        let dir = tempfile::tempdir().unwrap();
        for take in 0..4 {
            let folder = dir.path().join(format!("takes/take_{take}"));
            std::fs::create_dir_all(&folder).unwrap();
            let picture = crate::base::png::encode_rgb(&crate::base::Rgb::black(8, 8)).unwrap();
            std::fs::write(folder.join("0.png"), picture).unwrap();
        }
        let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
        let stamp = Stamp { time: Timestamp::from_unix_s(0), actor: "tester".to_owned() };
        let mut study = crate::run::new::new(&place, 1, &stamp).unwrap();
        let request = import::ImportRequest::of(dir.path().join("takes"), 0.25);
        let imported = import::import(&place, &study, &request, &stamp, &Silent).unwrap();
        study.apply(imported.edit).unwrap();
        let mut told = |texts: &[&str]| {
            let said: Vec<Said> = texts.iter().map(|text| Said::read(text, 0..4).unwrap()).collect();
            let edit = say(&study, "takes", &imported.set, &said).map_err(|err| err.to_string())?;
            study.apply(edit).unwrap();
            let set_ref = SetRef { held: Vec::new(), ..study.set("takes").unwrap().clone() };
            Ok::<_, String>(conditions(&place, &imported.set, &set_ref, &Silent))
        };
        let known = told(&["light=dim", "light=bright:1-2"]).unwrap();
        let light: Vec<(u64, &str)> = known["light"].iter().map(|(id, value)| (*id, value.as_str())).collect();
        assert_eq!(light, [(0, "dim"), (1, "bright"), (2, "bright"), (3, "dim")]);
        assert_eq!(known[TASK][&3], "take_3", "the folder's name is its task");
        assert_eq!(known[NUMBER][&3], "3");
        let known = told(&["light=:0-2"]).unwrap();
        assert_eq!(known["light"].len(), 1, "what was said is taken back");
        for (wrong, part) in [("task=pour", "is read"), ("light=dim:9", "no episode 9"), ("a b=1", "one word")] {
            let why = told(&[wrong]).unwrap_err();
            assert!(why.contains(part), "{wrong}: {why}");
        }
        let held = SetRef { held: vec![1, 3], ..study.set("takes").unwrap().clone() };
        for (name, values) in conditions(&place, &imported.set, &held, &Silent) {
            assert!(!values.contains_key(&1) && !values.contains_key(&3), "{name} speaks of what is held");
        }
    }
}
