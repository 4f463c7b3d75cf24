//! How two sets differ in what was recorded beside the pictures: states, actions, and, of generated sets, when things touch and what
//! was drawn.
//!
//! Only what both sets have under one name is held against each other: whether `x` of one robot is `x` of another nobody can tell
//! from numbers. Each component is looked at as it is and as it changes, because dynamics may differ where places do not.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::text::listed;
use crate::base::{Monitor, Note};
use crate::data::{DataError, Origin, Set, Signal};
use crate::drift::{self, Column, FeatureDifference};
use crate::study::SetRef;

use super::spaced;
use crate::run::synthetic::{EpisodeFile, SetFile, episode_folder};
use crate::run::{Place, RunError, import};

/// Moments of each episode: enough for its shape, few enough that long episodes do not outweigh the count of episodes.
const MOMENTS: u32 = 64;

/// How signals, touches and parameters differ, or why that cannot be told.
#[derive(Clone, Debug, Default)]
pub struct SignalDrift {
    /// Each component and its change per second: those told from chance first, then by effect.
    pub signals: Vec<FeatureDifference>,
    /// Touches of two generated sets: how many, and when the first begins in the draws that have one.
    pub touches: Vec<FeatureDifference>,
    /// Parameters of two sets that were drawn from one family, a value a draw.
    pub parameters: Vec<FeatureDifference>,
    /// What was left out, each with the reason.
    pub left_out: Vec<String>,
}

impl SignalDrift {
    /// The signal that differs most beyond chance, and what differs in shape alone, in words; nothing where chance explains them all.
    pub(super) fn sentences(&self, reference: &str, other: &str) -> Vec<String> {
        let kinds = [("signals", &self.signals), ("touches", &self.touches), ("parameters", &self.parameters)];
        let shapes = kinds.into_iter().filter_map(|(kind, of)| drift::shape_sentence(of, [reference, other], kind));
        self.of_means(reference, other).into_iter().chain(shapes).collect()
    }

    fn of_means(&self, reference: &str, other: &str) -> Option<String> {
        let beyond = |one: &&FeatureDifference| one.is_told();
        let found = self.signals.iter().find(beyond)?;
        let count = self.signals.iter().filter(beyond).count();
        let way = if found.effect > 0.0 { "above" } else { "below" };
        Some(format!(
            "Of {} signals {count} differ beyond chance; most of all `{}`, where {other} lies {:.1} standard deviations {way} {reference}.",
            self.signals.len(),
            found.name,
            found.effect.abs()
        ))
    }
}

/// A set that is looked at.
pub(super) struct Looked<'a> {
    pub(super) set: &'a Set,
    pub(super) set_ref: &'a SetRef,
    /// Episodes that repeat others.
    pub(super) copies: &'a BTreeMap<u64, u64>,
}

/// Rows of one side, and the episode that each is of.
#[derive(Default)]
struct Rows {
    rows: Vec<Vec<f64>>,
    groups: Vec<u64>,
}

impl Rows {
    fn side(&self) -> drift::Side<'_> {
        drift::Side { rows: &self.rows, groups: &self.groups }
    }
}

/// A component that both sets have.
struct Component {
    column: String,
    at: [usize; 2],
    name: String,
}

/// Compares the signals of two sets.
///
/// # Errors
/// When the watcher wanted the end.
pub(super) fn compare(
    place: &Place,
    sides: [&Looked<'_>; 2],
    settings: &drift::Settings,
    monitor: &dyn Monitor,
) -> Result<SignalDrift, RunError> {
    let mut drift = SignalDrift::default();
    let components = shared(sides, &mut drift.left_out);
    if !components.is_empty() {
        let names: Vec<String> =
            components.iter().flat_map(|one| [one.name.clone(), format!("{} per s", one.name)]).collect();
        let rows = [rows(sides[0], 0, &components, monitor)?, rows(sides[1], 1, &components, monitor)?];
        drift.signals = differ(("Signals", &names), rows, settings, (&mut drift.left_out, monitor))?;
    }
    if sides.iter().all(|side| side.set_ref.origin != Origin::Real) {
        let draws = sides.map(|side| drawn(place, side));
        let touches = touches(&draws, sides.map(|side| side.set_ref.name.as_str()), &mut drift.left_out);
        drift.touches = told(drift::differences_of(&touches, settings, monitor), "Touches", &mut drift.left_out)?;
        let (names, rows) = parameters(place, sides, &draws);
        if !names.is_empty() {
            drift.parameters = differ(("Parameters", &names), rows, settings, (&mut drift.left_out, monitor))?;
        }
    }
    Ok(drift)
}

/// Components by column and name that both have; what only one has is told.
fn shared(sides: [&Looked<'_>; 2], left_out: &mut Vec<String>) -> Vec<Component> {
    let [one, two] = sides.map(|side| &side.set.columns);
    if one.is_empty() || two.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for column in one {
        let Some(other) = two.iter().find(|other| other.name == column.name) else { continue };
        for (at, name) in column.names.iter().enumerate() {
            if let Some(place) = other.names.iter().position(|other| other == name) {
                let name = column.whole_name(at);
                found.push(Component { column: column.name.clone(), at: [at, place], name });
            }
        }
    }
    if found.is_empty() {
        let [one, two] = sides.map(|side| {
            let names: Vec<&str> = side.set.columns.iter().map(|column| column.name.as_str()).take(4).collect();
            format!("`{}` ({}…)", side.set_ref.name, names.join(", "))
        });
        left_out.push(format!("Signals are not compared: {one} and {two} have no component of one name."));
    }
    found
}

/// Values and changes at evenly spaced moments of every visible episode.
fn rows(side: &Looked<'_>, which: usize, components: &[Component], monitor: &dyn Monitor) -> Result<Rows, RunError> {
    let mut out = Rows::default();
    let columns: BTreeSet<&str> = components.iter().map(|one| one.column.as_str()).collect();
    for episode in import::visible_episodes(side.set, side.set_ref) {
        if monitor.stopped() {
            return Err(RunError::Stopped);
        }
        if side.copies.contains_key(&side.set.episodes[episode].id) {
            continue;
        }
        let read: Result<BTreeMap<&str, Signal>, DataError> =
            columns.iter().map(|column| Ok((*column, side.set.signal(episode, column)?))).collect();
        let signals = match read {
            Ok(signals) => signals,
            Err(DataError::Stopped) => return Err(RunError::Stopped),
            Err(err) => {
                monitor.note(Note::new(&side.set_ref.name, format!("An episode's signals are left out: {err}.")));
                continue;
            }
        };
        let length = signals.values().map(|signal| signal.rows.len()).max().unwrap_or(0) as u32;
        for moment in spaced(length, MOMENTS) {
            let share = f64::from(moment) / f64::from(length.saturating_sub(1).max(1));
            let row: Vec<f64> =
                components.iter().flat_map(|one| at(&signals[one.column.as_str()], one.at[which], share)).collect();
            out.rows.push(row);
            out.groups.push(side.set.episodes[episode].id);
        }
    }
    Ok(out)
}

/// The value where `share` of the signal has passed, and its change per second there; NaN where it has none.
fn at(signal: &Signal, component: usize, share: f64) -> [f64; 2] {
    let last = signal.rows.len().saturating_sub(1);
    let here = ((share * last as f64 + 0.5) as usize).min(last);
    let value =
        |row: usize| signal.rows.get(row).and_then(|row| row.get(component)).map_or(f64::NAN, |v| f64::from(*v));
    let time = |row: usize| signal.timestamps_s.get(row).copied().unwrap_or(f64::NAN);
    let (before, after) = (here.saturating_sub(1), (here + 1).min(last));
    let passed_s = time(after) - time(before);
    let change = if passed_s > 0.0 { (value(after) - value(before)) / passed_s } else { 0.0 };
    [value(here), change]
}

/// What is known of each draw that may be looked at, where its file can be read.
fn drawn(place: &Place, side: &Looked<'_>) -> Vec<EpisodeFile> {
    let folder = place.resolve(&side.set_ref.path);
    let ids = import::visible_episodes(side.set, side.set_ref).into_iter().map(|at| side.set.episodes[at].id);
    ids.filter_map(|id| EpisodeFile::read(&episode_folder(&folder, id)).ok()).collect()
}

/// Touches of each draw: how often each two things touched, and when they first did in the draws where they do.
fn touches(draws: &[Vec<EpisodeFile>; 2], names: [&str; 2], left_out: &mut Vec<String>) -> Vec<Column> {
    /// Of two things by their names: how often, and when first.
    type Touched = BTreeMap<String, (f64, f64)>;
    let touched = |file: &EpisodeFile| {
        let mut touched = Touched::new();
        for contact in &file.contacts {
            let mut pair = [contact.a.as_str(), contact.b.as_str()];
            pair.sort_unstable();
            let entry = touched.entry(pair.join(" – ")).or_insert((0.0, f64::INFINITY));
            *entry = (entry.0 + 1.0, entry.1.min(contact.begin_s));
        }
        (file.draw, touched)
    };
    let draws = draws.each_ref().map(|files| files.iter().map(touched).collect::<Vec<_>>());
    let pairs: BTreeSet<&String> = draws.iter().flatten().flat_map(|(_, touched)| touched.keys()).collect();
    let column = |name: String, value: &dyn Fn(&Touched) -> Option<f64>| {
        let mut column = Column { name, ..Column::default() };
        for (side, draws) in draws.iter().enumerate() {
            for (id, touched) in draws {
                let Some(value) = value(touched) else { continue };
                column.values[side].push(value);
                column.groups[side].push(*id);
            }
        }
        column
    };
    let mut columns = Vec::new();
    let (mut some, mut seldom) = (Vec::new(), Vec::new());
    for pair in pairs {
        columns.push(column(format!("touches of {pair}"), &|touched| Some(touched.get(pair).map_or(0.0, |one| one.0))));
        let first = column(String::new(), &|touched| touched.get(pair).map(|one| one.1));
        let of = [0, 1].map(|side| (first.values[side].len(), draws[side].len()));
        if of.iter().any(|(touching, _)| *touching < 2) {
            let side = usize::from(of[0].0 >= 2);
            seldom.push(format!("{pair} ({} of {} draws of `{}`)", of[side].0, of[side].1, names[side]));
            continue;
        }
        let name = format!("first touch of {pair} at s");
        if of.iter().any(|(touching, all)| touching < all) {
            let [(one, all), (two, both)] = of;
            some.push(format!("{pair} ({one} of {all} of `{}`, {two} of {both} of `{}`)", names[0], names[1]));
        }
        columns.push(Column { name, ..first });
    }
    if !some.is_empty() {
        left_out.push(format!("First touches are compared among the draws that have one: {}.", listed(&some, 3)));
    }
    if !seldom.is_empty() {
        left_out.push(format!(
            "When things first touch is not compared where fewer than two draws have it: {}.",
            listed(&seldom, 3)
        ));
    }
    // What never varies tells nothing, and would be one more to adjust for.
    columns.retain(|column| {
        column.values.iter().flatten().any(|value| Some(value) != column.values.iter().flatten().next())
    });
    columns
}

/// What was drawn, where both sets are of one family: two families may mean two things by one name.
fn parameters(place: &Place, sides: [&Looked<'_>; 2], draws: &[Vec<EpisodeFile>; 2]) -> (Vec<String>, [Rows; 2]) {
    let family = |side: &Looked<'_>| SetFile::read(&place.resolve(&side.set_ref.path)).map(|file| file.lineage.family);
    let [Ok(one), Ok(two)] = sides.map(family) else { return Default::default() };
    if one != two {
        return Default::default();
    }
    let first = draws.iter().flatten().next().map(|file| file.values.keys().cloned().collect::<Vec<_>>());
    // What a damaged file or another version of the family lacks is not guessed.
    let has_all = |name: &String| draws.iter().flatten().all(|file| file.values.contains_key(name));
    let names: Vec<String> = first.unwrap_or_default().into_iter().filter(has_all).collect();
    let rows = draws.each_ref().map(|files| Rows {
        rows: files.iter().map(|file| names.iter().map(|name| file.values[name]).collect()).collect(),
        groups: files.iter().map(|file| file.draw).collect(),
    });
    (names, rows)
}

/// The differences of what is a number on both sides; what never is, or never changes on either, is left out.
fn differ(
    (what, names): (&str, &[String]),
    rows: [Rows; 2],
    settings: &drift::Settings,
    (left_out, monitor): (&mut Vec<String>, &dyn Monitor),
) -> Result<Vec<FeatureDifference>, RunError> {
    let column = |at: usize| rows.iter().flat_map(move |side| side.rows.iter().map(move |row| row[at]));
    let mut kept = Vec::new();
    let mut no_number = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if column(at).any(|value| !value.is_finite()) {
            no_number.push(name.as_str());
        } else if column(at).any(|value| Some(value) != column(at).next()) {
            kept.push(at);
        }
    }
    if let Some(first) = no_number.first() {
        left_out
            .push(format!("{what} with values that are no numbers are not compared, {}: {first}…", no_number.len()));
    }
    let kept_names: Vec<&str> = kept.iter().map(|at| names[*at].as_str()).collect();
    let [x, y] = rows.map(|side| {
        let rows = side.rows.into_iter().map(|row| kept.iter().map(|at| row[*at]).collect()).collect();
        Rows { rows, groups: side.groups }
    });
    if kept.is_empty() {
        return Ok(Vec::new());
    }
    told(drift::differences(&x.side(), &y.side(), &kept_names, settings, monitor), what, left_out)
}

/// What was found; why nothing was, where chance cannot be told.
fn told(
    found: Result<Vec<FeatureDifference>, drift::DriftError>,
    what: &str,
    left_out: &mut Vec<String>,
) -> Result<Vec<FeatureDifference>, RunError> {
    match found {
        Ok(found) => Ok(found),
        Err(drift::DriftError::Stopped) => Err(RunError::Stopped),
        Err(err) => {
            left_out.push(format!("{what} are not compared: {err}."));
            Ok(Vec::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(values: &[f32], step_s: f64) -> Signal {
        Signal {
            names: vec!["x".to_owned()],
            rows: values.iter().map(|value| vec![*value]).collect(),
            timestamps_s: (0..values.len()).map(|at| at as f64 * step_s).collect(),
        }
    }

    #[test]
    fn a_moment_has_its_value_and_its_change_per_second() {
        let ramp = signal(&[0.0, 1.0, 2.0, 3.0, 4.0], 0.5);
        assert_eq!(at(&ramp, 0, 0.5), [2.0, 2.0], "in the middle");
        assert_eq!(at(&ramp, 0, 1.0), [4.0, 2.0], "one-sided at the end");
        assert_eq!(at(&signal(&[7.0], 0.5), 0, 0.3), [7.0, 0.0], "one row does not change");
        assert!(at(&ramp, 1, 0.5)[0].is_nan(), "no such component");
    }

    #[test]
    fn only_what_changes_and_is_a_number_is_compared() {
        let side = |offset: f64| {
            let row = |at: u64| vec![at as f64 + offset, 1.0, if at == 3 { f64::NAN } else { 0.0 }];
            Rows { rows: (0..40).map(row).collect(), groups: (0..40).map(|at| at / 4).collect() }
        };
        let names = ["moves", "stands", "breaks"].map(str::to_owned);
        let settings = drift::Settings { permutations: 199, seed: 1 };
        let mut left_out = Vec::new();
        let quiet = crate::base::Silent;
        let found = differ(("Signals", &names), [side(0.0), side(50.0)], &settings, (&mut left_out, &quiet)).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].name == "moves" && found[0].p_adjusted < 0.01 && found[0].shape.cliffs_delta.value == 1.0,
            "{found:?}"
        );
        assert!(left_out.iter().any(|one| one.contains("breaks")), "{left_out:?}");
    }

    /// A draw in which the hand touches the cup at each of these times.
    fn draw(id: u64, times_s: &[f64]) -> EpisodeFile {
        let contacts: Vec<String> = times_s
            .iter()
            .map(|at| {
                format!(r#"{{"a": "hand", "b": "cup", "begin_s": {at}, "end_s": {}, "force_max_n": 1.0}}"#, at + 0.1)
            })
            .collect();
        let text = format!(
            r#"{{"draw": {id}, "refused": 0, "ln_weight": 0.0, "values": {{}}, "measures": {{}}, "summary": {{}}, "rare": false,
                "states": [], "contacts": [{}], "instances": []}}"#,
            contacts.join(",")
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn first_touches_are_compared_among_the_draws_that_have_one() {
        let one: Vec<EpisodeFile> =
            (0..12).map(|at| draw(at, &[1.0 + 0.01 * at as f64][..usize::from(at % 3 != 0)])).collect();
        let two: Vec<EpisodeFile> = (0..12).map(|at| draw(at, &[3.0 + 0.01 * at as f64, 4.0])).collect();
        let mut left_out = Vec::new();
        let columns = touches(&[one.clone(), two.clone()], ["one", "two"], &mut left_out);
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["touches of cup – hand", "first touch of cup – hand at s"], "{left_out:?}");
        assert!(left_out[0].contains("cup – hand (8 of 12 of `one`, 12 of 12 of `two`)"), "{left_out:?}");
        left_out.clear();
        let found = drift::differences_of(&columns, &drift::Settings::default(), &crate::base::Silent).unwrap();
        let first = found.iter().find(|one| one.name.starts_with("first")).unwrap();
        assert!((first.mean_x - 1.06).abs() < 0.02 && (first.mean_y - 3.06).abs() < 0.02, "{first:?}");
        assert!(first.p_adjusted < 0.01, "{first:?}");
        // of one draw alone nothing can be said but how often
        let once: Vec<EpisodeFile> = (0..12).map(|at| draw(at, &[1.0][..usize::from(at == 3)])).collect();
        let columns = touches(&[once.clone(), two.clone()], ["one", "two"], &mut left_out);
        assert_eq!(columns.len(), 1);
        assert!(left_out[0].contains("cup – hand (1 of 12 draws of `one`)"), "{left_out:?}");
        left_out.clear();
        touches(&[two, once], ["two", "one"], &mut left_out);
        assert!(left_out[0].contains("1 of 12 draws of `one`"), "{left_out:?}");
        // things that always touch once, at one time, tell nothing
        let still: Vec<EpisodeFile> = (0..4).map(|at| draw(at, &[1.0])).collect();
        assert!(touches(&[still.clone(), still], ["a", "b"], &mut left_out).is_empty());
    }
}
