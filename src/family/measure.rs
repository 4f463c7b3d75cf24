//! A family's measures over a finished episode: expressions over the draw, the episode's summary, what it recorded, and
//! earlier measures.
//!
//! It knows no episode and no stage: what there is to measure comes in as a [`Vocabulary`], its numbers by name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::columns::push;
use super::expression::{Expression, ExpressionError, Formula, Scope, Series};
use super::{Columns, Family};

/// What a stage's episodes can be asked for, as names with unit symbols.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// One number an episode, followed at every physics step.
    pub summary: Vec<Named>,
    /// One number a recorded state.
    pub signals: Vec<Named>,
    /// What an event's condition may read while the world steps.
    pub live: Vec<Named>,
}

impl Vocabulary {
    /// That of fixed lists.
    pub fn of(summary: Fixed<'_>, signals: Fixed<'_>, live: Fixed<'_>) -> Self {
        Self { summary: named(summary), signals: named(signals), live: named(live) }
    }
}

/// A fixed list of names with unit symbols.
pub type Fixed<'a> = &'a [(&'static str, &'static str)];

/// A quantity's name and the symbol of its unit.
pub type Named = (Cow<'static, str>, &'static str);

/// The quantities of a fixed list.
pub fn named(all: Fixed<'_>) -> Vec<Named> {
    all.iter().map(|(name, unit)| (Cow::Borrowed(*name), *unit)).collect()
}

/// Why a measure has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// The measure's expression does not compile, reads a name without a value, or is not finite.
    #[error("family `{family}`, measure `{measure}`: {text}")]
    Expression {
        /// The family's id.
        family: String,
        /// The measure's name.
        measure: String,
        /// Its expression, the column and what is wrong.
        text: String,
    },
    /// An element of the mapping does not compile, or is not finite.
    #[error("family `{family}`, {field}: {text}")]
    Mapping {
        /// The family's id.
        family: String,
        /// The field, or the element and the state.
        field: String,
        /// What is wrong.
        text: String,
    },
    /// The episode lacks a quantity that measures are written over.
    #[error("family `{family}`: the episode has no `{name}`; simulate it again with this version")]
    Missing {
        /// The family's id.
        family: String,
        /// The quantity.
        name: String,
    },
}

/// What the measures say of one episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Every measure's value in its unit; true is 1.
    pub measures: BTreeMap<String, f64>,
    /// Whether the rare event happened.
    pub rare: bool,
    /// How far it is from happening, or how deep in it: at or above 0 where it happened.
    pub margin: f64,
}

/// A family's measures, compiled once.
#[derive(Clone, Debug)]
pub struct Measures {
    family: String,
    /// Columns of the draw, then the summary's quantities; measures follow.
    scalars: Vec<String>,
    signals: Vec<String>,
    compiled: Vec<(String, Formula)>,
    rare_text: String,
    rare: Formula,
}

impl Measures {
    /// Compiles the measures of `family` and its rare event over what `vocabulary` lists.
    ///
    /// # Errors
    /// The first that does not compile or whose units do not fit.
    pub fn new(family: &Family, vocabulary: &Vocabulary) -> Result<Self, MeasureError> {
        Self::compile(family, vocabulary).map_err(|faults| match faults.into_iter().next() {
            Some(Fault { at, text, error }) => {
                let name =
                    at.and_then(|at| family.measures.get(at)).map_or("rare_event", |measure| measure.name.as_str());
                wrong(&family.id, name, &text, &error)
            }
            None => MeasureError::Missing { family: family.id.clone(), name: "rare_event".to_owned() },
        })
    }

    /// As [`Self::new`], with every fault.
    pub(super) fn compile(family: &Family, vocabulary: &Vocabulary) -> Result<Self, Vec<Fault>> {
        let columns = Columns::of(family);
        let mut scope = columns.scope();
        let mut scalars: Vec<String> = columns.names().map(str::to_owned).collect();
        for (name, unit) in &vocabulary.summary {
            push(&mut scope, name, unit);
            scalars.push(name.clone().into_owned());
        }
        for (name, unit) in &vocabulary.signals {
            // Stages give units; one that is none would be found by their own tests.
            let _pure = scope.push_series(name, unit);
        }
        let mut faults = Vec::new();
        let mut compiled = Vec::with_capacity(family.measures.len());
        for (at, measure) in family.measures.iter().enumerate() {
            match Expression::compile(&measure.is).and_then(|expression| expression.bind_in(&scope, &measure.unit)) {
                Ok(formula) => compiled.push((measure.name.clone(), formula)),
                Err(error) => faults.push(Fault { at: Some(at), text: measure.is.clone(), error }),
            }
            push(&mut scope, &measure.name, &measure.unit);
        }
        let rare = rare_formula(family, &scope);
        let rare = rare.map_err(|error| faults.push(Fault { at: None, text: family.rare_event.clone(), error }));
        let Some(rare) = rare.ok().filter(|_| faults.is_empty()) else { return Err(faults) };
        Ok(Self {
            family: family.id.clone(),
            scalars,
            signals: vocabulary.signals.iter().map(|(name, _)| name.clone().into_owned()).collect(),
            compiled,
            rare_text: family.rare_event.clone(),
            rare,
        })
    }

    /// The measures of an episode with the draw's `values`, the episode's `summary` and its recorded `signals`, among them
    /// `time_s`.
    ///
    /// # Errors
    /// The first measure that is not finite; a quantity that the episode lacks.
    pub fn outcome(
        &self,
        values: &BTreeMap<String, f64>,
        summary: &BTreeMap<String, f64>,
        signals: &BTreeMap<String, Vec<f64>>,
    ) -> Result<Outcome, MeasureError> {
        let missing = |name: &str| MeasureError::Missing { family: self.family.clone(), name: name.to_owned() };
        let mut row = Vec::with_capacity(self.scalars.len() + self.compiled.len());
        for name in &self.scalars {
            row.push(*summary.get(name).or_else(|| values.get(name)).ok_or_else(|| missing(name))?);
        }
        let mut recorded = Vec::with_capacity(self.signals.len());
        for name in &self.signals {
            recorded.push(signals.get(name).ok_or_else(|| missing(name))?.as_slice());
        }
        let times_s = signals.get("time_s").map_or(&[][..], Vec::as_slice);
        let series = Series { times_s, columns: &recorded };
        let mut measures = BTreeMap::new();
        for (name, formula) in &self.compiled {
            let about = |error| wrong(&self.family, name, "", &error);
            let value = formula.over(&row, series).map_err(about)?;
            row.push(value);
            measures.insert(name.clone(), value);
        }
        let about = |error| wrong(&self.family, "rare_event", &self.rare_text, &error);
        let margin = self.rare.margin_over(&row, series).map_err(about)?;
        let rare = self.rare.over(&row, series).map_err(about)? > 0.5;
        Ok(Outcome { measures, rare, margin })
    }
}

/// An expression that does not compile: the measure's index, or none for the rare event.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: Option<usize>,
    pub(super) text: String,
    pub(super) error: ExpressionError,
}

/// The rare event over the scope that ends with the measures. Where it is nothing but the name of a measure, that measure's
/// own expression is asked, so that its margin is a distance and not a half.
fn rare_formula(family: &Family, scope: &Scope) -> Result<Formula, ExpressionError> {
    let named = family.measures.iter().find(|measure| measure.name == family.rare_event.trim());
    let own = named.and_then(|measure| Expression::compile(&measure.is).ok());
    match own {
        Some(own) if own.kind() == super::expression::Kind::Truth => own.bind(scope),
        _ => Expression::compile(&family.rare_event)?.bind(scope),
    }
}

fn wrong(family: &str, measure: &str, text: &str, error: &ExpressionError) -> MeasureError {
    let text = if text.is_empty() { error.to_string() } else { format!("`{text}`, {error}") };
    MeasureError::Expression { family: family.to_owned(), measure: measure.to_owned(), text }
}

/// A small family with the measures `measures`, whose rare event is `tipped`.
#[cfg(test)]
pub(crate) fn family_measuring(measures: &str) -> Family {
    let text = r#"(
        id: "f", title: "A family", version: 1,
        card: (rare_event: "a", artefact: "b", real_probe: "c", discard_rule: "d"),
        stage: "tabletop",
        camera: (width_px: 64, height_px: 48, vertical_fov_deg: 57, eye_m: (0, 0, 1), target_m: (1, 0, 0)),
        clock: (duration_s: 1, frame_rate_hz: 30),
        parameters: [], measures: [MEASURES], rare_event: "tipped",
    )"#;
    super::parse(&text.replace("MEASURES", measures), "f.ron").expect("family")
}

#[cfg(test)]
mod tests {
    use super::{family_measuring as family, *};

    fn named(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    }

    fn vocabulary() -> Vocabulary {
        Vocabulary::of(&[("tilt_deg", "deg")], &[("time_s", "s"), ("gap_m", "m")], &[])
    }

    fn recorded() -> BTreeMap<String, Vec<f64>> {
        [("time_s".to_owned(), vec![0.0, 1.0, 2.0]), ("gap_m".to_owned(), vec![0.5, 0.1, 0.3])].into()
    }

    fn outcome(measures: &str, tilt_deg: f64) -> Result<Outcome, MeasureError> {
        let measures = Measures::new(&family(measures), &vocabulary())?;
        measures.outcome(&BTreeMap::new(), &named(&[("tilt_deg", tilt_deg)]), &recorded())
    }

    #[test]
    fn measures_build_on_summary_signals_and_earlier_measures() {
        let text = r#"(name: "tipped", is: "tilt_deg > 45"), (name: "over_deg", unit: "deg", is: "tipped > 0.5 ? tilt_deg - 45 : -1"),
            (name: "nearest_mm", unit: "mm", is: "lowest(gap_m)"), (name: "near_s", unit: "s", is: "time_when(gap_m < 0.2)")"#;
        let found = outcome(text, 50.0).unwrap();
        let expected = named(&[("tipped", 1.0), ("over_deg", 5.0), ("nearest_mm", 100.0), ("near_s", 1.0)]);
        assert_eq!(found, Outcome { measures: expected, rare: true, margin: 5.0 });
        let found = outcome(text, 44.0).unwrap();
        assert_eq!((found.rare, found.margin), (false, -1.0), "the margin is the distance in the measure's own terms");
    }

    #[test]
    fn what_cannot_be_measured_says_where() {
        for (text, part) in [
            (r#"(name: "tipped", is: "tilt_dg > 1")"#, "did you mean `tilt_deg`?"),
            (r#"(name: "tipped", is: "1 >")"#, "measure `tipped`: `1 >`, column"),
            (r#"(name: "tipped", is: "gap_m > 1")"#, "peak(gap_m)"),
            (r#"(name: "tipped", unit: "m", is: "tilt_deg")"#, "gives deg, but m is needed"),
            (r#"(name: "other", is: "1 > 0")"#, "`rare_event`: `tipped`"),
        ] {
            let error = outcome(text, 1.0).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        let measures = Measures::new(&family(r#"(name: "tipped", is: "tilt_deg > 1")"#), &vocabulary()).unwrap();
        let error = measures.outcome(&BTreeMap::new(), &BTreeMap::new(), &recorded()).unwrap_err();
        assert!(error.to_string().contains("has no `tilt_deg`"), "{error}");
    }
}
