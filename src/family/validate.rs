//! Whether a family that parses also makes sense: every finding names the field, what is wrong and what to write.
//!
//! It knows no world: whether a slot exists on the stage is checked by `world`, and the episode's summary quantities come
//! in as an argument.

use std::collections::BTreeSet;

use super::distribution::{full_turn, uncovered};
use super::expression::{Expression, Kind};
use super::text::did_you_mean;
use super::{Action, Bound, Family, Law};

/// Longest episode in seconds.
pub const LONGEST_DURATION_S: f64 = 600.0;

/// Highest rate of frames per second.
pub const HIGHEST_FRAME_RATE_HZ: f64 = 240.0;

/// Smallest and largest picture in pixels a side.
pub const PICTURE_SIDE_PX: std::ops::RangeInclusive<u32> = 16..=4096;

/// The unit symbols that a parameter or measure may carry; `""` is a pure number.
pub const UNITS: [&str; 38] = [
    "", "%", "m", "mm", "cm", "km", "m2", "m3", "s", "ms", "min", "h", "1/s", "Hz", "m/s", "km/h", "m/s2", "kg", "g",
    "kg/m3", "N", "Nm", "N/m", "Pa", "J", "W", "deg", "rad", "deg/s", "rad/s", "lx", "lm", "cd", "cd/m2", "EV", "ev",
    "K", "px",
];

/// How much a finding stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be drawn, or what is drawn would be wrong.
    Error,
    /// Drawing and looking are fine; exporting is not.
    BlocksExport,
}

/// Something wrong with a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it stops.
    pub severity: Severity,
    /// The field (`"parameters[2].nominal"`).
    pub field: String,
    /// What is wrong and what was expected.
    pub text: String,
}

/// Everything wrong with `family`, in the order of the file. Measures may use the parameters, earlier measures and
/// `summary_names`, the quantities that the stage's episodes are summed up in.
pub fn validate(family: &Family, summary_names: &[&str]) -> Vec<Finding> {
    let mut check = Check { family, findings: Vec::new() };
    check.identity();
    check.card();
    check.scene();
    check.camera();
    check.clock();
    check.parameters();
    check.requirements();
    check.events();
    check.measures(summary_names);
    check.findings
}

/// Whether a name can stand in expressions and stream names: a lower-case letter, then letters, digits and `_`, at most 64.
pub fn is_identifier(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

struct Check<'a> {
    family: &'a Family,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn error(&mut self, field: impl Into<String>, text: impl Into<String>) {
        self.findings.push(Finding { severity: Severity::Error, field: field.into(), text: text.into() });
    }

    fn identifier(&mut self, field: impl Into<String>, name: &str) {
        if !is_identifier(name) {
            self.error(
                field,
                format!(
                    "`{name}` is not an identifier; write lower-case letters, digits and _, beginning with a letter"
                ),
            );
        } else if RESERVED.contains(&name) {
            self.error(field, format!("`{name}` has a meaning in expressions; choose another name"));
        }
    }

    fn identity(&mut self) {
        let family = self.family;
        self.identifier("id", &family.id);
        self.identifier("stage", &family.stage);
        if family.title.trim().is_empty() {
            self.error("title", "the title is empty; write what the family is about in a few words");
        }
    }

    fn card(&mut self) {
        let card = &self.family.card;
        let answers = [
            ("card.rare_event", &card.rare_event, "say what happens rarely and matters"),
            ("card.artefact", &card.artefact, "say what in the generated data could teach something wrong"),
            ("card.real_probe", &card.real_probe, "say which real measurement would show it"),
            ("card.discard_rule", &card.discard_rule, "say what makes you throw the data away"),
        ];
        for (field, answer, cure) in answers {
            if answer.trim().is_empty() {
                let text = format!("the policy card's answer is empty; {cure}");
                self.findings.push(Finding { severity: Severity::BlocksExport, field: field.to_owned(), text });
            }
        }
    }

    fn scene(&mut self) {
        for (slot, bound) in &self.family.scene {
            self.bound(&format!("scene.{slot}"), bound);
        }
    }

    /// A number must be finite, a name must be a parameter's.
    fn bound(&mut self, field: &str, bound: &Bound) {
        match bound {
            Bound::Number(number) if !number.is_finite() => {
                self.error(field, format!("{number} is not a finite number"));
            }
            Bound::Parameter(name) if self.family.parameter(name).is_none() => {
                let hint = did_you_mean(name, self.family.parameters.iter().map(|parameter| parameter.name.as_str()));
                self.error(field, format!("no parameter is called `{name}`{hint}; add it, or write a number"));
            }
            Bound::Number(_) | Bound::Parameter(_) => {}
        }
    }

    /// A bound whose every possible value must lie in a range.
    fn bound_within(&mut self, field: &str, bound: &Bound, range: (f64, f64), what: &str) {
        self.bound(field, bound);
        let (low, high) = match bound {
            Bound::Number(number) => (*number, *number),
            Bound::Parameter(name) => match self.family.parameter(name) {
                Some(parameter) => match Law::new(parameter.drawn_from(), full_turn(&parameter.unit)) {
                    Ok(law) => law.support(),
                    // The parameter's own finding.
                    Err(_) => return,
                },
                None => return,
            },
        };
        if low.is_infinite() || high.is_infinite() {
            let text = format!(
                "{what} has no limit, but must lie within {} to {}; draw it from TruncatedNormal, or write \
                 Truncated(of: …, low: …, high: …)",
                range.0, range.1
            );
            return self.error(field, text);
        }
        if low < range.0 || high > range.1 {
            let got = if low == high { format!("{low}") } else { format!("{low} to {high}") };
            self.error(field, format!("{what} is {got}, but must lie within {} to {}", range.0, range.1));
        }
    }

    fn camera(&mut self) {
        let camera = &self.family.camera;
        for (field, side) in [("camera.width_px", camera.width_px), ("camera.height_px", camera.height_px)] {
            if !PICTURE_SIDE_PX.contains(&side) {
                let (least, most) = (PICTURE_SIDE_PX.start(), PICTURE_SIDE_PX.end());
                self.error(field, format!("{side} pixels; choose {least} to {most}"));
            }
        }
        self.bound_within("camera.vertical_fov_deg", &camera.vertical_fov_deg, (1.0, 170.0), "the angle of view");
        for (name, vector) in [("eye_m", &camera.eye_m), ("target_m", &camera.target_m)] {
            for (bound, axis) in vector.iter().zip(["x", "y", "z"]) {
                self.bound(&format!("camera.{name}.{axis}"), bound);
            }
        }
        if camera.eye_m == camera.target_m {
            self.error("camera.target_m", "the camera looks at the point where it stands; move the target");
        }
        self.bound("camera.roll_deg", &camera.roll_deg);
        self.bound_within("camera.exposure_ev", &camera.exposure_ev, (-20.0, 20.0), "the exposure compensation");
    }

    fn clock(&mut self) {
        let clock = &self.family.clock;
        // Written so that NaN is refused, too.
        if !(clock.duration_s > 0.0 && clock.duration_s <= LONGEST_DURATION_S) {
            let text = format!("{} s; choose above 0 and at most {LONGEST_DURATION_S} s", clock.duration_s);
            self.error("clock.duration_s", text);
        }
        if !(clock.frame_rate_hz > 0.0 && clock.frame_rate_hz <= HIGHEST_FRAME_RATE_HZ) {
            let text = format!("{} Hz; choose above 0 and at most {HIGHEST_FRAME_RATE_HZ} Hz", clock.frame_rate_hz);
            self.error("clock.frame_rate_hz", text);
        }
    }

    fn unit(&mut self, field: String, unit: &str) {
        if !UNITS.contains(&unit) {
            let hint = did_you_mean(unit, UNITS.iter().copied().filter(|known| !known.is_empty()));
            self.error(field, format!("unknown unit `{unit}`{hint}; use an SI symbol such as m, s, kg, deg, or \"\""));
        }
    }

    fn parameters(&mut self) {
        let mut seen = BTreeSet::new();
        for (index, parameter) in self.family.parameters.iter().enumerate() {
            let field = |part: &str| format!("parameters[{index}].{part}");
            self.identifier(field("name"), &parameter.name);
            if !seen.insert(&parameter.name) {
                self.error(field("name"), format!("the name `{}` stands twice; rename one", parameter.name));
            }
            self.unit(field("unit"), &parameter.unit);
            let turn = full_turn(&parameter.unit);
            let proposal = parameter.proposal.as_ref().map(|proposal| ("proposal", proposal));
            for (part, distribution) in [("nominal", &parameter.nominal)].into_iter().chain(proposal) {
                if let Err(text) = distribution.check_for(turn) {
                    self.error(field(part), text);
                }
            }
            let proposal = parameter.proposal.as_ref().and_then(|proposal| Law::new(proposal, turn).ok());
            if let (Ok(nominal), Some(proposal)) = (Law::new(&parameter.nominal, turn), proposal)
                && let Some(gap) = uncovered(&nominal, &proposal)
            {
                let text = format!(
                    "the proposal never draws {gap}, where the nominal has probability: every weighted number would be \
                     wrong; widen the proposal, or narrow the nominal"
                );
                self.error(field("proposal"), text);
            }
        }
    }

    fn requirements(&mut self) {
        let family = self.family;
        let known: Vec<&str> = family.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        let mut seen = BTreeSet::new();
        for (index, requirement) in family.requirements.iter().enumerate() {
            let name = format!("requirements[{index}].name");
            self.identifier(name.clone(), &requirement.name);
            if !seen.insert(&requirement.name) {
                self.error(name, format!("the name `{}` stands twice; rename one", requirement.name));
            }
            let field = format!("requirements[{index}].that");
            if let Some(expression) = self.expression(&field, &requirement.that, &known, "a parameter")
                && expression.kind() == Kind::Number
            {
                self.error(field, "expected a condition such as `x > 1`, but this is a number");
            }
        }
    }

    /// Compiles and checks that every name is known.
    fn expression(&mut self, field: &str, text: &str, known: &[&str], what: &str) -> Option<Expression> {
        let expression = match Expression::compile(text) {
            Ok(expression) => expression,
            Err(error) => {
                self.error(field, error.to_string());
                return None;
            }
        };
        for name in expression.variables() {
            if !known.contains(&name.as_str()) {
                let hint = did_you_mean(name, known.iter().copied());
                self.error(field, format!("`{name}` is not the name of {what}{hint}"));
            }
        }
        Some(expression)
    }

    fn events(&mut self) {
        let family = self.family;
        let duration_s = family.clock.duration_s;
        let mut seen = BTreeSet::new();
        for (index, event) in family.events.iter().enumerate() {
            let field = |part: &str| format!("events[{index}].{part}");
            self.identifier(field("name"), &event.name);
            if !seen.insert(&event.name) {
                self.error(field("name"), format!("the name `{}` stands twice; rename one", event.name));
            }
            self.bound_within(&field("at_s"), &event.at_s, (0.0, duration_s), "the event's time in seconds");
            self.bound_within(
                &field("over_s"),
                &event.over_s,
                (0.0, LONGEST_DURATION_S),
                "the event's length in seconds",
            );
            match &event.action {
                Action::ScaleLight { to } => {
                    self.bound_within(&field("action.to"), to, (0.0, 1000.0), "the factor of the light");
                }
            }
        }
    }

    fn measures(&mut self, summary_names: &[&str]) {
        let family = self.family;
        let parameters = family.parameters.iter().map(|parameter| parameter.name.as_str());
        let mut known: Vec<&str> = parameters.chain(summary_names.iter().copied()).collect();
        for (index, measure) in family.measures.iter().enumerate() {
            let field = |part: &str| format!("measures[{index}].{part}");
            self.identifier(field("name"), &measure.name);
            if known.contains(&measure.name.as_str()) {
                let text =
                    format!("`{}` is already a parameter, a summary quantity or a measure; rename it", measure.name);
                self.error(field("name"), text);
            }
            self.unit(field("unit"), &measure.unit);
            let what = "a parameter, a summary quantity or an earlier measure";
            self.expression(&field("is"), &measure.is, &known, what);
            known.push(&measure.name);
        }
        if !family.measures.iter().any(|measure| measure.name == family.rare_event) {
            let hint = did_you_mean(&family.rare_event, family.measures.iter().map(|measure| measure.name.as_str()));
            let text = format!(
                "no measure is called `{}`{hint}; name the measure that is 1 when it happened",
                family.rare_event
            );
            self.error("rare_event", text);
        }
    }
}

/// Words of the expression language, which no name may take.
const RESERVED: [&str; 31] = [
    "abs",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "exp",
    "false",
    "for",
    "function",
    "has",
    "hypot",
    "if",
    "import",
    "in",
    "let",
    "ln",
    "loop",
    "max",
    "min",
    "namespace",
    "null",
    "package",
    "return",
    "sqrt",
    "true",
    "var",
    "void",
    "while",
    "inf",
    "nan",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::parse;

    const SOUND: &str = r#"(
        id: "f", title: "A family", version: 1,
        card: (rare_event: "a", artefact: "b", real_probe: "c", discard_rule: "d"),
        stage: "tabletop",
        scene: {"slot": "p"},
        camera: (width_px: 64, height_px: 48, vertical_fov_deg: 57.5, eye_m: (0, 0, 1), target_m: (1, 0, 0)),
        clock: (duration_s: 2.5, frame_rate_hz: 30),
        parameters: [
            (name: "p", unit: "m", role: Cause, nominal: Uniform(low: 0, high: 2), proposal: Uniform(low: 0, high: 2)),
            (name: "n", unit: "", role: Nuisance, nominal: Choice([(value: 0, weight: 1), (value: 1, weight: 1)])),
        ],
        requirements: [(name: "r", that: "p + n > 0.1")],
        events: [(name: "e", at_s: "p", over_s: 0.1, action: ScaleLight(to: 0.1))],
        measures: [(name: "m", is: "tilt > 1"), (name: "k", unit: "deg", is: "m + tilt + p")],
        rare_event: "m",
    )"#;

    fn findings(text: &str) -> Vec<Finding> {
        validate(&parse(text, "f.ron").unwrap(), &["tilt"])
    }

    #[test]
    fn a_sound_family_has_no_findings() {
        assert_eq!(findings(SOUND), []);
    }

    #[test]
    fn each_mistake_is_found_once_where_it_is() {
        for (from, to, field, part) in [
            ("id: \"f\"", "id: \"F 1\"", "id", "identifier"),
            ("title: \"A family\"", "title: \" \"", "title", "empty"),
            ("\"slot\": \"p\"", "\"slot\": \"pp\"", "scene.slot", "did you mean `p`?"),
            ("\"slot\": \"p\"", "\"slot\": inf", "scene.slot", "finite"),
            ("width_px: 64", "width_px: 8", "camera.width_px", "16 to 4096"),
            ("57.5", "0.1", "camera.vertical_fov_deg", "within 1 to 170"),
            ("target_m: (1, 0, 0)", "target_m: (0, 0, 1)", "camera.target_m", "move the target"),
            ("duration_s: 2.5", "duration_s: 601", "clock.duration_s", "600"),
            ("frame_rate_hz: 30", "frame_rate_hz: NaN", "clock.frame_rate_hz", "240"),
            ("(name: \"n\", unit: \"\"", "(name: \"n\", unit: \"kgs\"", "parameters[1].unit", "did you mean `kg`?"),
            (
                "proposal: Uniform(low: 0, high: 2)",
                "proposal: Uniform(low: 0.5, high: 1)",
                "parameters[0].proposal",
                "0 to 0.5 and 1 to 2",
            ),
            ("proposal: Uniform(low: 0, high: 2)", "proposal: Constant(1)", "parameters[0].proposal", "except 1"),
            (
                "nominal: Uniform(low: 0, high: 2), proposal",
                "nominal: Constant(1), proposal",
                "parameters[0].proposal",
                "exactly 1",
            ),
            (
                "(value: 1, weight: 1)])",
                "(value: 1, weight: 1)]), proposal: Choice([(value: 0, weight: 1)])",
                "parameters[1].proposal",
                "never draws 1,",
            ),
            ("(value: 1, weight: 1)", "(value: 1, weight: -1)", "parameters[1].nominal", "above 0"),
            ("p + n > 0.1", "p + nn > 0.1", "requirements[0].that", "did you mean `n`?"),
            ("p + n > 0.1", "p + n", "requirements[0].that", "condition"),
            ("p + n > 0.1", "p + > 1", "requirements[0].that", "column"),
            ("p + n > 0.1", "tilt > 1", "requirements[0].that", "not the name of a parameter"),
            ("at_s: \"p\"", "at_s: 3", "events[0].at_s", "within 0 to 2.5"),
            ("over_s: 0.1", "over_s: -1", "events[0].over_s", "within 0"),
            ("to: 0.1", "to: -1", "events[0].action.to", "factor"),
            ("name: \"m\"", "name: \"tilt\"", "measures[0].name", "already"),
            ("is: \"tilt > 1\"", "is: \"k > 1\"", "measures[0].is", "earlier measure"),
            ("rare_event: \"m\",\n", "rare_event: \"mm\",\n", "rare_event", "did you mean `m`?"),
            ("(name: \"r\"", "(name: \"max\"", "requirements[0].name", "meaning in expressions"),
        ] {
            assert!(SOUND.contains(from), "{from}");
            let found = findings(&SOUND.replacen(from, to, 1));
            let hit = found.iter().find(|finding| finding.field == field);
            let hit = hit.unwrap_or_else(|| panic!("{to}: {found:?}"));
            assert!(hit.text.contains(part) && hit.severity == Severity::Error, "{to}: {hit:?}");
            // Renaming a measure also breaks what names it.
            assert!(found.len() == 1 || to.contains("tilt\""), "{to}: {found:?}");
        }
    }

    #[test]
    fn names_that_stand_twice_are_found() {
        let found = findings(&SOUND.replace("name: \"n\"", "name: \"p\"").replace("p + n", "p + p"));
        assert!(found.iter().any(|finding| finding.field == "parameters[1].name"), "{found:?}");
    }

    #[test]
    fn an_event_may_not_start_after_the_end_for_any_draw() {
        let found = findings(&SOUND.replace("duration_s: 2.5", "duration_s: 1.5"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].text.contains("0 to 2"), "{found:?}");
    }

    #[test]
    fn an_unanswered_card_blocks_the_export_only() {
        let found = findings(&SOUND.replace("real_probe: \"c\"", "real_probe: \"  \""));
        let [finding] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((finding.severity, finding.field.as_str()), (Severity::BlocksExport, "card.real_probe"));
    }
}
