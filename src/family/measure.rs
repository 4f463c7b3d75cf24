//! A family's measures over a finished episode: expressions over the draw, the episode's summary and earlier measures.
//!
//! It knows no episode: the summary comes in as named numbers.

use std::collections::BTreeMap;

use super::{Expression, ExpressionError, Family};

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
    /// `rare_event` names no measure.
    #[error("family `{family}`: `rare_event` names `{name}`, which is no measure; name one of the measures")]
    NoRareEvent {
        /// The family's id.
        family: String,
        /// The name.
        name: String,
    },
}

impl MeasureError {
    fn new(family: &str, measure: &str, text: &str, error: &ExpressionError) -> Self {
        let (family, measure) = (family.to_owned(), measure.to_owned());
        Self::Expression { family, measure, text: format!("`{text}`, {error}") }
    }
}

/// What the measures say of one episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Every measure's value in its unit; true is 1.
    pub measures: BTreeMap<String, f64>,
    /// Whether the rare event happened.
    pub rare: bool,
}

/// A family's measures, compiled once.
#[derive(Clone, Debug)]
pub struct Measures {
    family: String,
    compiled: Vec<(String, Expression)>,
    rare_event: String,
}

impl Measures {
    /// Compiles the measures of `family`.
    ///
    /// # Errors
    /// The first measure that does not compile, or a `rare_event` that names none.
    pub fn new(family: &Family) -> Result<Self, MeasureError> {
        let compiled = |measure: &super::Measure| match Expression::compile(&measure.is) {
            Ok(expression) => Ok((measure.name.clone(), expression)),
            Err(error) => Err(MeasureError::new(&family.id, &measure.name, &measure.is, &error)),
        };
        let compiled = family.measures.iter().map(compiled).collect::<Result<Vec<_>, _>>()?;
        if !compiled.iter().any(|(name, _)| *name == family.rare_event) {
            return Err(MeasureError::NoRareEvent { family: family.id.clone(), name: family.rare_event.clone() });
        }
        Ok(Self { family: family.id.clone(), compiled, rare_event: family.rare_event.clone() })
    }

    /// The measures of an episode with the draw's `values` and the episode's `summary`.
    ///
    /// # Errors
    /// The first measure that reads a name without a value or is not finite.
    pub fn outcome(
        &self,
        values: &BTreeMap<String, f64>,
        summary: &BTreeMap<String, f64>,
    ) -> Result<Outcome, MeasureError> {
        let mut known = values.clone();
        known.extend(summary.iter().map(|(name, value)| (name.clone(), *value)));
        let mut measures = BTreeMap::new();
        for (name, expression) in &self.compiled {
            let value = expression
                .eval_number(&known)
                .map_err(|error| MeasureError::new(&self.family, name, expression.text(), &error))?;
            known.insert(name.clone(), value);
            measures.insert(name.clone(), value);
        }
        let rare = measures.get(&self.rare_event).is_some_and(|value| *value > 0.5);
        Ok(Outcome { measures, rare })
    }
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

    #[test]
    fn measures_build_on_draw_summary_and_earlier_measures() {
        let family = family(
            r#"(name: "tipped", is: "tilt_deg > limit"), (name: "both", is: "tipped > 0.5 ? tilt_deg - limit : -1")"#,
        );
        let measures = Measures::new(&family).unwrap();
        let outcome = measures.outcome(&named(&[("limit", 45.0)]), &named(&[("tilt_deg", 50.0)])).unwrap();
        assert_eq!(outcome, Outcome { measures: named(&[("tipped", 1.0), ("both", 5.0)]), rare: true });
        let outcome = measures.outcome(&named(&[("limit", 45.0)]), &named(&[("tilt_deg", 45.0)])).unwrap();
        assert_eq!(outcome, Outcome { measures: named(&[("tipped", 0.0), ("both", -1.0)]), rare: false });
        let error = measures.outcome(&named(&[]), &named(&[("tilt_deg", 50.0)])).unwrap_err();
        assert!(error.to_string().contains("measure `tipped`: `tilt_deg > limit`, column 12: `limit`"), "{error}");
    }

    #[test]
    fn a_rare_event_without_a_measure_is_refused() {
        let error = Measures::new(&family(r#"(name: "other", is: "1 > 0")"#)).unwrap_err();
        assert!(error.to_string().contains("`tipped`"), "{error}");
        assert!(Measures::new(&family(r#"(name: "tipped", is: "1 >")"#)).is_err(), "does not compile");
    }
}
