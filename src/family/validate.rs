//! Whether a family that parses also makes sense: every finding names the field, what is wrong and what to write.
//!
//! It knows no world: whether a slot or a thing exists on the stage is checked by `world`, and what can be measured comes
//! in as a [`Vocabulary`].

use std::collections::BTreeSet;
use std::sync::Arc;

use super::distribution::{heavy_weights, uncovered};
use super::expression::{Expression, is_reserved};
use super::measure::Vocabulary;
use super::plan::{From, Inputs, Plan};
use super::{Bound, Distribution, Family, Mapped, Measures};
use crate::base::text::did_you_mean;
use crate::base::{StreamKey, Unit};

/// Longest episode in seconds.
pub const LONGEST_DURATION_S: f64 = 600.0;

/// Highest rate of frames per second.
pub const HIGHEST_FRAME_RATE_HZ: f64 = 240.0;

/// Smallest and largest picture in pixels a side.
pub const PICTURE_SIDE_PX: std::ops::RangeInclusive<u32> = 16..=4096;

/// Most parameters, derived quantities, places, requirements, events and measures of one kind.
pub const MOST_OF_A_KIND: usize = 1_000;

/// Coordinates that a place can have, in metres.
const ANYWHERE: (f64, f64, &str) = (-1e6, 1e6, "m");

/// Draws that are tried where a range cannot be told from the distributions.
const PROBES: u64 = 256;

/// How much a finding stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be drawn, or what is drawn would be wrong.
    Error,
    /// Drawing and looking are fine; exporting is not.
    BlocksExport,
    /// Worth knowing; stops nothing.
    Advice,
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

/// A family prepared once for everyone who checks it or draws from it.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The plan, or everything that stands in its way.
    pub plan: Result<Arc<Plan>, Vec<Finding>>,
    /// What the plan's draws show, or the first of them that cannot be computed; `None` without a plan.
    pub ranges: Option<Result<Ranges, String>>,
}

impl Prepared {
    /// Prepares `family` and tries some draws.
    pub fn of(family: &Family) -> Self {
        Self::after(family, None)
    }

    /// The same, the quicker the less differs from `before`: numbers that are drawn as they were there are taken from there.
    pub fn after(family: &Family, before: Option<&Self>) -> Self {
        let plan = Plan::new(family).map(Arc::new);
        let known = before.and_then(|before| before.ranges.as_ref()?.as_ref().ok());
        let ranges = plan.as_ref().ok().map(|plan| Ranges::of(plan, &family.id, known));
        Self { plan, ranges }
    }
}

/// Everything wrong with `family`, in the order of the file as far as one thing can be told without the other. Measures may
/// use the draw's columns, earlier measures and what `vocabulary` lists.
pub fn validate(family: &Family, vocabulary: &Vocabulary) -> Vec<Finding> {
    validate_prepared(family, vocabulary, &Prepared::of(family))
}

/// As [`validate()`], for a family that is prepared already.
pub fn validate_prepared(family: &Family, vocabulary: &Vocabulary, prepared: &Prepared) -> Vec<Finding> {
    let mut check = Check { family, findings: Vec::new() };
    check.identity();
    check.card();
    check.clock();
    let many = too_many(family);
    if !many.is_empty() {
        check.findings.extend(many);
        return check.findings;
    }
    check.names(vocabulary);
    match (&prepared.plan, &prepared.ranges) {
        (Err(findings), _) => check.findings.extend(findings.iter().cloned()),
        (Ok(plan), Some(Ok(ranges))) => check.planned(plan, ranges),
        (Ok(_), Some(Err(text))) => check.error("parameters", text.clone()),
        (Ok(_), None) => {}
    }
    check.measures(vocabulary);
    check.mapping(vocabulary);
    check.coverage();
    check.findings
}

/// Whether a name can stand in expressions and stream names: a lower-case letter, then letters, digits and `_`, at most 64.
pub fn is_identifier(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A finding for every kind of thing of which there are so many that the rest could not be checked in a moment.
pub(super) fn too_many(family: &Family) -> Vec<Finding> {
    let counts = [
        ("parameters", family.parameters.len()),
        ("places", family.places.len()),
        ("derived", family.derived.len()),
        ("correlations", family.correlations.len()),
        ("requirements", family.requirements.len()),
        ("coverage", family.coverage.len()),
        ("entities", family.entities.len()),
        ("sensors", family.sensors.len()),
        ("events", family.events.len()),
        ("measures", family.measures.len()),
        ("regions", family.regions.len()),
        ("scene", family.scene.len()),
    ];
    let finding = |field: &str, text: String| Finding { severity: Severity::Error, field: field.to_owned(), text };
    let many = counts.into_iter().filter(|(_, count)| *count > MOST_OF_A_KIND);
    let text = |count| format!("there are {count}, but at most {MOST_OF_A_KIND} can be; split the family");
    let mut found: Vec<Finding> = many.map(|(field, count)| finding(field, text(count))).collect();
    let n_cases = n_cases(family);
    if n_cases > MOST_OF_A_KIND {
        let text = format!(
            "the distributions have {n_cases} cases in all, but at most {MOST_OF_A_KIND} can be; write what they say as an \
             expression, or split the family"
        );
        found.push(finding("parameters", text));
    }
    found
}

/// Cases of all distributions: each condition is parsed whenever the family is prepared, and asked in every draw.
fn n_cases(family: &Family) -> usize {
    let parameters = family.parameters.iter().map(|parameter| (&parameter.nominal, &parameter.proposal));
    let spreads = family.places.iter().flat_map(|place| [&place.along, &place.across, &place.up]);
    let both = parameters.chain(spreads.map(|spread| (&spread.nominal, &spread.proposal)));
    both.map(|(nominal, proposal)| nominal.n_cases() + proposal.as_ref().map_or(0, Distribution::n_cases)).sum()
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
                    "`{name}` is not an identifier; write at most 64 lower-case letters, digits and _, beginning with a letter"
                ),
            );
        } else if is_reserved(name) {
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
        for (field, text) in family.taxonomy.iter().flat_map(super::Taxonomy::findings) {
            self.error(format!("taxonomy.{field}"), text);
        }
    }

    fn card(&mut self) {
        let card = &self.family.card;
        let answers = [
            ("card.rare_event", &card.rare_event, "say what happens rarely and matters"),
            ("card.artefact", &card.artefact, "say what in the generated data could teach something wrong"),
            ("card.real_probe", &card.real_probe, "say which real measurement would show it"),
            ("card.discard_rule", &card.discard_rule, "say what makes us throw the data away"),
        ];
        for (field, answer, cure) in answers {
            if answer.trim().is_empty() {
                let text = format!("the policy card's answer is empty; {cure}");
                self.findings.push(Finding { severity: Severity::BlocksExport, field: field.to_owned(), text });
            }
        }
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

    fn unit(&mut self, field: String, symbol: &str) {
        if let Err(text) = Unit::parse(symbol) {
            self.error(field, format!("{text}; use a symbol such as m, s, kg, deg, km/h, or \"\""));
        }
    }

    /// Every name that an expression can read is an identifier and stands once.
    fn names(&mut self, vocabulary: &Vocabulary) {
        let family = self.family;
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut once = |check: &mut Self, field: String, name: &str| {
            check.identifier(field.clone(), name);
            if !seen.insert(name.to_owned()) {
                check.error(field, format!("the name `{name}` stands twice; rename one"));
            }
        };
        for (at, parameter) in family.parameters.iter().enumerate() {
            once(self, format!("parameters[{at}].name"), &parameter.name);
            self.unit(format!("parameters[{at}].unit"), &parameter.unit);
            let reach = parameter.fitted.as_ref().map(|fitted| (fitted.low, fitted.high));
            // Written so that NaN is refused, too.
            if let Some((low, high)) = reach.filter(|(low, high)| !(low <= high && (high - low).is_finite())) {
                let text = format!("the real data reach from {low} to {high}; give their smallest and largest value");
                self.error(format!("parameters[{at}].fitted"), text);
            }
        }
        for (at, place) in family.places.iter().enumerate() {
            once(self, format!("places[{at}].name"), &place.name);
            let region = family.regions.get(&place.on);
            let shares = region.map_or(&[][..], super::Region::shares).iter().copied();
            let gives = region.map_or(&[][..], super::Region::gives).iter().map(|(ending, _)| *ending);
            for ending in shares.chain(gives) {
                once(self, format!("places[{at}].name"), &format!("{}_{ending}", place.name));
            }
        }
        for (at, derived) in family.derived.iter().enumerate() {
            once(self, format!("derived[{at}].name"), &derived.name);
            self.unit(format!("derived[{at}].unit"), &derived.unit);
        }
        for (at, measure) in family.measures.iter().enumerate() {
            let field = format!("measures[{at}].name");
            if vocabulary.summary.iter().any(|(name, _)| *name == measure.name) {
                let text = format!("`{}` is already a quantity of the stage's episodes; rename it", measure.name);
                self.error(field.clone(), text);
            }
            once(self, field, &measure.name);
            self.unit(format!("measures[{at}].unit"), &measure.unit);
        }
        self.other_names();
    }

    /// Names that only messages and streams use.
    fn other_names(&mut self) {
        let family = self.family;
        let kinds = [
            ("requirements", family.requirements.iter().map(|one| one.name.as_str()).collect::<Vec<_>>()),
            ("entities", family.entities.iter().map(|one| one.name.as_str()).collect()),
            ("sensors", family.sensors.iter().map(|one| one.name.as_str()).collect()),
            ("events", family.events.iter().map(|one| one.name.as_str()).collect()),
        ];
        for (kind, names) in kinds {
            let mut seen = BTreeSet::new();
            for (at, name) in names.into_iter().enumerate() {
                let field = format!("{kind}[{at}].name");
                self.identifier(field.clone(), name);
                if !seen.insert(name) {
                    self.error(field, format!("the name `{name}` stands twice; rename one"));
                }
            }
        }
        for (name, region) in &family.regions {
            self.identifier(format!("regions.{name}"), name);
            if let Some(text) = region.fault() {
                self.error(format!("regions.{name}"), text);
            }
        }
    }

    /// What can be told once everything is prepared.
    fn planned(&mut self, plan: &Plan, ranges: &Ranges) {
        self.proposals(plan, ranges);
        self.regions(ranges);
        self.camera(ranges);
        self.events(ranges);
    }

    /// Whether every proposal draws whatever its nominal does, and without weights that run away.
    fn proposals(&mut self, plan: &Plan, ranges: &Ranges) {
        for (at, parameter) in plan.columns().drawn.iter().enumerate() {
            if parameter.proposal.is_none() {
                continue;
            }
            let field = format!("parameters[{at}].proposal");
            let fixed = plan.nominal(at).zip(plan.drawn_from(at));
            let laws: Vec<_> = match fixed {
                Some((nominal, proposal)) => vec![(nominal.clone(), proposal.clone())],
                None => ranges.laws(at),
            };
            if let Some(gap) = laws.iter().find_map(|(nominal, proposal)| uncovered(nominal, proposal)) {
                let text = format!(
                    "the proposal never draws {gap}, where the nominal has probability: every weighted number would be \
                     wrong; widen the proposal, or narrow the nominal"
                );
                self.error(field, text);
            } else if let Some(text) = laws.iter().find_map(|(nominal, proposal)| heavy_weights(nominal, proposal)) {
                self.findings.push(Finding { severity: Severity::Advice, field, text });
            }
        }
    }

    /// A bound whose every possible value must lie in a range.
    fn within(
        &mut self,
        ranges: &Ranges,
        field: &str,
        bound: &Bound,
        (low, high, symbol): (f64, f64, &str),
        what: &str,
    ) {
        match ranges.range(bound, symbol) {
            Err(text) => self.error(field, text),
            Ok((from, to)) if from < low || to > high => {
                self.error(field, outside((from, to), (low, high), symbol, what));
            }
            Ok(_) => {}
        }
    }

    fn regions(&mut self, ranges: &Ranges) {
        let family = self.family;
        for (name, region) in &family.regions {
            for (part, symbol, bound) in region.bounds() {
                let (allowed, what) = match part.as_str() {
                    "inner_m" | "outer_m" | "width_m" => ((0.0, ANYWHERE.1, symbol), "a length"),
                    _ if symbol == "deg" => ((-360.0, 720.0, symbol), "a direction"),
                    _ => (ANYWHERE, "a coordinate"),
                };
                self.within(ranges, &format!("regions.{name}.{part}"), bound, allowed, what);
            }
        }
    }

    fn camera(&mut self, ranges: &Ranges) {
        let camera = &self.family.camera;
        for (field, side) in [("camera.width_px", camera.width_px), ("camera.height_px", camera.height_px)] {
            if !PICTURE_SIDE_PX.contains(&side) {
                let (least, most) = (PICTURE_SIDE_PX.start(), PICTURE_SIDE_PX.end());
                self.error(field, format!("{side} pixels; choose {least} to {most}"));
            }
        }
        let fov = &camera.vertical_fov_deg;
        self.within(ranges, "camera.vertical_fov_deg", fov, (1.0, 170.0, "deg"), "the angle of view");
        for (name, vector) in [("eye_m", &camera.eye_m), ("target_m", &camera.target_m)] {
            for (bound, axis) in vector.iter().zip(["x", "y", "z"]) {
                self.within(ranges, &format!("camera.{name}.{axis}"), bound, ANYWHERE, "a coordinate");
            }
        }
        if camera.eye_m == camera.target_m {
            self.error("camera.target_m", "the camera looks at the point where it stands; move the target");
        }
        self.within(ranges, "camera.roll_deg", &camera.roll_deg, (-360.0, 360.0, "deg"), "the roll");
        let exposure = &camera.exposure_ev;
        self.within(ranges, "camera.exposure_ev", exposure, (-20.0, 20.0, "EV"), "the exposure compensation");
        let Some(sensor) = &camera.sensor else { return };
        for (path, allowed, bound) in sensor.numbers() {
            let range = (allowed.low, allowed.high, allowed.unit);
            self.within(ranges, &format!("camera.sensor.{path}"), bound, range, allowed.what);
        }
        for (field, text) in sensor.faults() {
            self.error(format!("camera.sensor.{field}"), text);
        }
    }

    fn events(&mut self, ranges: &Ranges) {
        let family = self.family;
        let duration_s = family.clock.duration_s;
        let length = (0.0, LONGEST_DURATION_S, "s");
        for (at, event) in family.events.iter().enumerate() {
            let field = |part: &str| format!("events[{at}].{part}");
            match (&event.at_s, &event.when) {
                (Some(at_s), None) => {
                    self.within(ranges, &field("at_s"), at_s, (0.0, duration_s, "s"), "the event's time");
                }
                // Its names are the stage's to know.
                (None, Some(_)) => {}
                (None, None) => self.error(field("at_s"), "the event never starts; give it `at_s`, or `when`"),
                (Some(_), Some(_)) => self.error(field("when"), "the event has both `at_s` and `when`; keep one"),
            }
            self.within(ranges, &field("delay_s"), &event.delay_s, length, "the event's delay");
            self.within(ranges, &field("over_s"), &event.over_s, length, "the event's length");
            if let Some(for_s) = &event.for_s {
                self.within(ranges, &field("for_s"), for_s, length, "how long the event holds");
            }
            if let super::Action::ScaleLight { to } = &event.action {
                self.within(ranges, &field("action.to"), to, (0.0, 1000.0, ""), "the factor of the light");
                continue;
            }
            if let super::Action::ScaleLamp { to, flicker_hz, .. } = &event.action {
                self.within(ranges, &field("action.to"), to, (0.0, 1000.0, ""), "the factor of the lamp");
                self.within(ranges, &field("action.flicker_hz"), flicker_hz, (0.0, 1000.0, "Hz"), "the flicker");
                continue;
            }
            for (part, symbol, bound) in event.action.bounds() {
                self.within(ranges, &field(&format!("action.{part}")), bound, (-1e6, 1e6, symbol), "the number");
            }
        }
    }

    fn measures(&mut self, vocabulary: &Vocabulary) {
        let family = self.family;
        for fault in Measures::compile(family, vocabulary).err().into_iter().flatten() {
            match fault.at {
                Some(at) => self.error(format!("measures[{at}].is"), fault.error.to_string()),
                // A rare event that is a broken measure was told with the measure.
                None if family.measures.iter().any(|measure| measure.name == family.rare_event) => {}
                None => {
                    self.error("rare_event", format!("{}; name the measure that is 1 when it happened", fault.error));
                }
            }
        }
    }
}

impl Check<'_> {
    fn mapping(&mut self, vocabulary: &Vocabulary) {
        let Some(mapping) = &self.family.mapping else { return };
        for (field, text) in Mapped::compile(self.family, mapping, vocabulary).err().into_iter().flatten() {
            // Draws and pictures need no mapping: one that is half written does not stand in their way.
            self.findings.push(Finding { severity: Severity::BlocksExport, field, text });
        }
    }

    fn coverage(&mut self) {
        let family = self.family;
        let columns = super::Columns::of(family);
        for (at, goal) in family.coverage.iter().enumerate() {
            let measures = family.measures.iter().map(|measure| measure.name.as_str());
            let known: Vec<&str> = columns.names().chain(measures).collect();
            if !known.contains(&goal.of.as_str()) {
                let hint = did_you_mean(&goal.of, known.iter().copied());
                self.error(format!("coverage[{at}].of"), format!("`{}` is no parameter or measure{hint}", goal.of));
            }
            if let Err(text) = goal.check() {
                self.error(format!("coverage[{at}]"), text);
            }
        }
    }
}

/// What lies outside what is allowed, and the cure.
pub fn outside((from, to): (f64, f64), (low, high): (f64, f64), symbol: &str, what: &str) -> String {
    let space = if symbol.is_empty() { "" } else { " " };
    if from.is_infinite() || to.is_infinite() {
        return format!(
            "{what} has no end in every draw, but must lie within {low} to {high}{space}{symbol}; cut the distribution off with \
             TruncatedNormal or Truncated"
        );
    }
    // Four figures, unless rounding would put the number on the other side of an end.
    let side = |number: f64| (number < low, number > high);
    let short = |number: f64| {
        let rounded = crate::base::text::four_figures(number);
        if side(rounded) == side(number) { rounded } else { number }
    };
    let got = if from == to { format!("{}", short(from)) } else { format!("{} to {}", short(from), short(to)) };
    format!("{what} is {got}{space}{symbol}, but must lie within {low} to {high}{space}{symbol}")
}

/// Between which ends bounds lie, over all draws.
#[derive(Clone, Debug)]
pub struct Ranges {
    family: String,
    plan: Arc<Plan>,
    probes: Vec<Vec<f64>>,
}

impl Ranges {
    /// Tries some draws of `plan`. They are the same ones with and without `before`.
    ///
    /// # Errors
    /// The first draw that cannot be computed.
    fn of(plan: &Arc<Plan>, family: &str, before: Option<&Self>) -> Result<Self, String> {
        let purpose = StreamKey::new(0, family).purpose("probe");
        let before = before.filter(|before| before.family == family);
        let known = |at: usize| before.filter(|before| plan.draws_as(&before.plan, at));
        let known: Vec<Option<&Self>> = (0..plan.n_drawn()).map(known).collect();
        let mut probes = Vec::with_capacity(PROBES as usize);
        let (mut units, mut pinned) = (vec![0.0; plan.n_drawn()], vec![f64::NAN; plan.n_drawn()]);
        for probe in 0..PROBES {
            let mut stream = purpose.stream(probe);
            for (at, unit) in units.iter_mut().enumerate() {
                *unit = stream.next_unit();
                let there =
                    known.get(at).copied().flatten().and_then(|before| before.probes.get(probe as usize)?.get(at));
                if let (Some(there), Some(pin)) = (there, pinned.get_mut(at)) {
                    *pin = *there;
                }
            }
            let mut row = vec![0.0; plan.n_columns()];
            plan.fill(Inputs::Units(&units), From::Proposal, &pinned, &mut row).map_err(|error| error.to_string())?;
            probes.push(row);
        }
        Ok(Self { family: family.to_owned(), plan: Arc::clone(plan), probes })
    }

    /// The smallest and largest number of `bound` in the unit called `symbol`: exact for numbers and for parameters whose
    /// distribution is fixed, else what some draws showed.
    ///
    /// # Errors
    /// A unit that does not fit, an unknown name, a number that is not finite.
    pub fn range(&self, bound: &Bound, symbol: &str) -> Result<(f64, f64), String> {
        let bounded = bound.bind(self.plan.scope(), symbol).map_err(|error| error.to_string())?;
        if let Bound::Number(number) = bound
            && !number.is_finite()
        {
            return Err(format!("{number} is not a finite number"));
        }
        let same_unit = bound.name().is_some_and(|name| self.plan.scope().symbol(name) == Some(symbol));
        if let Some(at) = bound.name().filter(|_| same_unit).and_then(|name| self.plan.columns().position(name))
            && let Some(law) = self.plan.drawn_from(at)
        {
            return Ok(law.support());
        }
        let mut range = (f64::INFINITY, f64::NEG_INFINITY);
        for row in &self.probes {
            let number = bounded.number(row).map_err(|error| error.to_string())?;
            range = (range.0.min(number), range.1.max(number));
        }
        Ok(range)
    }

    /// Nominal and proposal of a parameter, in some draws.
    fn laws(&self, at: usize) -> Vec<(super::distribution::Law, super::distribution::Law)> {
        let both = |row: &Vec<f64>| self.plan.nominal_given(at, row).ok().zip(self.plan.drawn_from_given(at, row).ok());
        self.probes.iter().take(32).filter_map(both).collect()
    }
}

/// Whether `text` is an expression over `family`'s draws and the stage's live quantities that an event may wait for.
///
/// # Errors
/// What is wrong, with the column.
pub fn trigger(family: &Family, vocabulary: &Vocabulary, text: &str) -> Result<super::Formula, String> {
    let mut scope = super::Columns::of(family).scope();
    for (name, symbol) in &vocabulary.live {
        super::columns::push(&mut scope, name, symbol);
    }
    let expression = Expression::compile(text).map_err(|error| error.to_string())?;
    if expression.kind() == super::expression::Kind::Number {
        return Err("expected a condition such as `time_s > 1`, but this is a number".to_owned());
    }
    expression.bind(&scope).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
