//! Columns under a real set's names: what a family calls the signals of its episodes when they lie beside real ones.
//!
//! A robot's data sets name their columns (`observation.state`, `action`) and the elements of each. A mapping says how every
//! element follows from what a recorded state holds and from the draw; it reads nothing that comes later in the episode,
//! since a column that knew the outcome would be a shortcut. It writes no files and knows no stage.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::columns::push;
use super::expression::{Expression, ExpressionError, Formula, Scope};
use super::measure::{MeasureError, Vocabulary};
use super::{Columns, Family};
use crate::base::Unit;

/// Most elements of all columns together.
const MOST_ELEMENTS: usize = 1_000;

/// Columns that number the rows of every set and are written without being asked for.
pub const NUMBERING: [&str; 5] = ["timestamp", "frame_index", "episode_index", "index", "task_index"];

/// How episodes are told in the columns of a real set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The robot as the real set calls it (`"Unitree_G1_Inspire"`); sets of different robots do not mix.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub robot: String,
    /// What the robot is told to do, as the real set says it; the family's title where it is left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub task: String,
    /// The columns in order.
    pub features: Vec<Feature>,
}

/// A column: one row of numbers for each recorded state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// The column's name (`"observation.state"`).
    pub name: String,
    /// Its numbers in order.
    pub elements: Vec<Element>,
}

/// One number of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// As the real set calls it (`"kRightElbow"`).
    pub name: String,
    /// The unit that the real set has it in; what `is` gives is converted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// An expression over the signals of one recorded state and the draw's columns; a signal comes before a parameter of the
    /// same name.
    pub is: String,
}

/// What is wrong with a mapping: the field and a sentence.
pub(super) type Fault = (String, String);

impl Mapping {
    /// What can be told without compiling: names that a set cannot have, columns without elements.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut say = |field: String, text: String| faults.push((field, text));
        if self.features.is_empty() {
            say("mapping.features".to_owned(), "there is no column; name one, or leave `mapping` out".to_owned());
        }
        let count: usize = self.features.iter().map(|feature| feature.elements.len()).sum();
        if count > MOST_ELEMENTS {
            let text = format!("the columns have {count} elements, but at most {MOST_ELEMENTS} can be");
            say("mapping.features".to_owned(), text);
        }
        let mut seen = BTreeSet::new();
        for (at, feature) in self.features.iter().enumerate() {
            let field = format!("mapping.features[{at}]");
            if let Some(text) = column_fault(&feature.name) {
                say(format!("{field}.name"), text);
            }
            if !seen.insert(feature.name.as_str()) {
                say(format!("{field}.name"), format!("the column `{}` stands twice; rename one", feature.name));
            }
            if feature.elements.is_empty() {
                say(format!("{field}.elements"), "the column has no elements; name at least one".to_owned());
            }
            let mut names = BTreeSet::new();
            for (place, element) in feature.elements.iter().enumerate() {
                let field = format!("{field}.elements[{place}].name");
                if element.name.trim().is_empty() {
                    say(field, "the element has no name; write the real set's".to_owned());
                } else if !names.insert(element.name.as_str()) {
                    say(field, format!("the element `{}` stands twice in `{}`", element.name, feature.name));
                }
            }
        }
        faults
    }
}

/// Why a set cannot have a column of numbers that is called so.
pub fn column_fault(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if name.is_empty() || name.len() > 100 || !name.chars().all(plain) {
        return Some(format!("`{name}` cannot name a column; write 1 to 100 letters, digits, `_`, `.` or `-`"));
    }
    if NUMBERING.contains(&name) {
        return Some(format!("every set has `{name}` already: it numbers the rows; rename the column"));
    }
    // LeRobot takes every column with this word for pictures, and their statistics have another shape.
    name.contains("image").then(|| format!("`{name}` would be read as pictures, for its `image`; rename the column"))
}

/// What an element may read: the draw's numbers, then the signals of one state, which hide them.
pub fn scope(family: &Family, vocabulary: &Vocabulary) -> Scope {
    let mut scope = Columns::of(family).scope();
    for (name, unit) in &vocabulary.signals {
        push(&mut scope, name, unit);
    }
    scope
}

impl Mapping {
    /// These columns, with what `before` says elements of the same column and name are; empty where it says nothing.
    #[must_use]
    pub fn filled(mut self, before: Option<&Self>) -> Self {
        let features = before.map_or(&[][..], |before| &before.features);
        for feature in &mut self.features {
            let Some(known) = features.iter().find(|known| known.name == feature.name) else { continue };
            for element in &mut feature.elements {
                if let Some(same) = known.elements.iter().find(|known| known.name == element.name) {
                    element.clone_from(same);
                }
            }
        }
        if let Some(before) = before.filter(|before| !before.task.is_empty()) {
            self.task.clone_from(&before.task);
        }
        self
    }
}

/// A family's mapping, compiled once.
#[derive(Clone, Debug)]
pub struct Mapped {
    family: String,
    signals: Vec<String>,
    columns: Vec<String>,
    features: Vec<Vec<(String, Formula)>>,
}

impl Mapped {
    /// Compiles the mapping of `family` over what `vocabulary` lists; nothing where the family has none.
    ///
    /// # Errors
    /// The first element that does not compile, or whose unit does not fit.
    pub fn new(family: &Family, vocabulary: &Vocabulary) -> Result<Option<Self>, MeasureError> {
        let Some(mapping) = &family.mapping else { return Ok(None) };
        match Self::compile(family, mapping, vocabulary) {
            Ok(mapped) => Ok(Some(mapped)),
            Err(faults) => {
                let (field, text) = faults.into_iter().next().unwrap_or_default();
                Err(MeasureError::Mapping { family: family.id.clone(), field, text })
            }
        }
    }

    /// As [`Self::new`], with every fault.
    pub(super) fn compile(family: &Family, mapping: &Mapping, vocabulary: &Vocabulary) -> Result<Self, Vec<Fault>> {
        let draw = Columns::of(family);
        let scope = scope(family, vocabulary);
        let mut faults = mapping.faults();
        let mut features = Vec::with_capacity(mapping.features.len());
        for (at, feature) in mapping.features.iter().enumerate() {
            let mut compiled = Vec::with_capacity(feature.elements.len());
            for (place, element) in feature.elements.iter().enumerate() {
                let field = |part: &str| format!("mapping.features[{at}].elements[{place}].{part}");
                if let Err(text) = Unit::parse(&element.unit) {
                    faults.push((field("unit"), text));
                    continue;
                }
                if element.is.trim().is_empty() {
                    let text = format!("say how `{}` follows from the signals of a state", element.name);
                    faults.push((field("is"), text));
                    continue;
                }
                match element.formula(&scope) {
                    Ok(formula) => compiled.push((element.name.clone(), formula)),
                    Err(error) => faults.push((field("is"), error.to_string())),
                }
            }
            features.push(compiled);
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            family: family.id.clone(),
            signals: vocabulary.signals.iter().map(|(name, _)| name.clone().into_owned()).collect(),
            columns: draw.names().map(str::to_owned).collect(),
            features,
        })
    }

    /// The columns of an episode with the draw's `values` and the recorded `signals`: for each the numbers of the first
    /// state, then those of the next.
    ///
    /// # Errors
    /// An element that is not finite in some state; a quantity that the episode lacks.
    pub fn rows(
        &self,
        values: &BTreeMap<String, f64>,
        signals: &BTreeMap<String, Vec<f64>>,
    ) -> Result<Vec<Vec<f64>>, MeasureError> {
        let missing = |name: &String| MeasureError::Missing { family: self.family.clone(), name: name.clone() };
        let mut row: Vec<f64> = Vec::with_capacity(self.columns.len() + self.signals.len());
        for name in &self.columns {
            row.push(*values.get(name).ok_or_else(|| missing(name))?);
        }
        let recorded: Vec<&Vec<f64>> =
            self.signals.iter().map(|name| signals.get(name).ok_or_else(|| missing(name))).collect::<Result<_, _>>()?;
        let n_states = recorded.iter().map(|column| column.len()).min().unwrap_or_default();
        let mut all = vec![Vec::new(); self.features.len()];
        for state in 0..n_states {
            row.truncate(self.columns.len());
            row.extend(recorded.iter().filter_map(|column| column.get(state)));
            for (feature, out) in self.features.iter().zip(&mut all) {
                for (name, formula) in feature {
                    out.push(formula.number(&row).map_err(|error| self.wrong(name, state, &error))?);
                }
            }
        }
        Ok(all)
    }

    fn wrong(&self, element: &str, state: usize, error: &ExpressionError) -> MeasureError {
        let field = format!("element `{element}` in state {state}");
        MeasureError::Mapping { family: self.family.clone(), field, text: error.to_string() }
    }
}

impl Element {
    fn formula(&self, scope: &Scope) -> Result<Formula, ExpressionError> {
        Expression::compile(&self.is)?.bind_in(scope, &self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::super::measure::family_measuring;
    use super::*;

    fn family(features: &str) -> Family {
        let mut family = family_measuring(r#"(name: "tipped", is: "false")"#);
        family.parameters.push(super::super::Parameter {
            name: "mass_g".to_owned(),
            unit: "g".to_owned(),
            role: super::super::Role::Cause,
            about: String::new(),
            layer: None,
            nominal: super::super::Distribution::Constant(super::super::Bound::Number(1.0)),
            proposal: None,
            fitted: None,
        });
        family.mapping = Some(ron::from_str(&format!("(features: [{features}])")).expect("mapping"));
        family
    }

    fn vocabulary() -> Vocabulary {
        Vocabulary::of(&[("end_m", "m")], &[("time_s", "s"), ("elbow_rad", "rad")], &[])
    }

    fn rows(features: &str) -> Result<Vec<Vec<f64>>, MeasureError> {
        let signals =
            [("time_s".to_owned(), vec![0.0, 0.1, 0.2]), ("elbow_rad".to_owned(), vec![0.0, 1.0, -2.0])].into();
        let mapped = Mapped::new(&family(features), &vocabulary())?.expect("a mapping");
        mapped.rows(&[("mass_g".to_owned(), 250.0)].into(), &signals)
    }

    #[test]
    fn elements_follow_from_the_state_and_the_draw_in_the_real_sets_units() {
        let text = r#"(name: "observation.state", elements: [
                (name: "elbow", unit: "rad", is: "1.5 - elbow_rad"),
                (name: "elbow_in_degrees", unit: "deg", is: "elbow_rad"),
                (name: "load", unit: "kg", is: "mass_g")]),
            (name: "action", elements: [(name: "closed", is: "elbow_rad > 0.5 ? 1 : 0")])"#;
        let found = rows(text).unwrap();
        let degrees = [0.0, 1.0_f64.to_degrees(), -2.0_f64.to_degrees()];
        let state = vec![1.5, degrees[0], 0.25, 0.5, degrees[1], 0.25, 3.5, degrees[2], 0.25];
        assert_eq!(found.len(), 2);
        for (a, b) in found[0].iter().zip(&state) {
            assert!((a - b).abs() < 1e-12, "{found:?}");
        }
        assert_eq!(found[1], [0.0, 1.0, 0.0]);
    }

    #[test]
    fn names_that_are_taken_over_keep_what_is_written_already() {
        let element =
            |name: &str, is: &str| Element { name: name.to_owned(), unit: "rad".to_owned(), is: is.to_owned() };
        let mapping = |task: &str, elements: &[Element]| Mapping {
            robot: task.to_owned(),
            task: task.to_owned(),
            features: vec![Feature { name: "action".to_owned(), elements: elements.to_vec() }],
        };
        let own = mapping("own", &[element("a", "1"), element("gone", "2")]);
        let names = mapping("", &[element("b", ""), element("a", "")]);
        let filled = names.clone().filled(Some(&own));
        assert_eq!((filled.robot.as_str(), filled.task.as_str()), ("", "own"));
        assert_eq!(filled.features[0].elements, [element("b", ""), element("a", "1")]);
        assert_eq!(names.clone().filled(None), names);
    }

    #[test]
    fn what_a_set_cannot_have_is_said_with_its_field() {
        let one =
            |name: &str, is: &str| format!(r#"(name: "{name}", elements: [(name: "a", unit: "rad", is: "{is}")])"#);
        for (features, part) in [
            (one("a/b", "0"), "features[0].name: `a/b` cannot name a column"),
            (one("timestamp", "0"), "numbers the rows"),
            (one("observation.images.x", "0"), "would be read as pictures"),
            (
                one("s", "elbo_rad"),
                "elements[0].is: column 1: `elbo_rad` has no value here (did you mean `elbow_rad`?)",
            ),
            (one("s", "time_s"), "gives s, but rad is needed"),
            // The outcome comes after the state.
            (one("s", "end_m"), "`end_m` has no value here"),
            (one("s", "peak(elbow_rad)"), "column"),
            (format!("{0}, {0}", one("s", "0")), "features[1].name: the column `s` stands twice"),
            (r#"(name: "s", elements: [])"#.to_owned(), "has no elements"),
            (
                r#"(name: "s", elements: [(name: "a", is: "1"), (name: "a", is: "1")])"#.to_owned(),
                "`a` stands twice in `s`",
            ),
            (r#"(name: "s", elements: [(name: "a", unit: "furlong", is: "1")])"#.to_owned(), "elements[0].unit"),
            (one("s", "elbow_rad * (elbow_rad / elbow_rad)"), "element `a` in state 0"),
            (one("s", " "), "say how `a` follows"),
            (String::new(), "there is no column"),
        ] {
            let error = rows(&features).unwrap_err().to_string();
            assert!(error.contains(part), "{features}: {error}");
        }
    }
}
