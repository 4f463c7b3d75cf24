//! The form of a set to generate: what is asked for follows from the chosen method.

use crate::app::author::nice;
use crate::app::many::Pool;
use crate::app::view::{Field, FieldKind, Form};
use crate::base::text::in_sentence_case;
use crate::family::goal::BUCKETS_DEFAULT;
use crate::family::{Family, Role};
use crate::run::estimate::FamilyProblem;
use crate::run::generate::{self, Control, ExtraChannel, GenerateRequest};
use crate::run::method::{self, Choice, Setting, Way};

use super::dialog::{field, form as plain_form, number_of, text_of};

/// Where the control pictures stand among the fields.
const CONTROLS_AT: usize = 4;
/// Where the channels beyond the usual stand among the fields.
const CHANNELS_AT: usize = 5;
/// Where the method stands among the fields; its numbers follow.
const METHOD_AT: usize = 6;

/// What a yes or no is asked with.
const NO_YES: [&str; 2] = ["No", "Yes"];

/// Most quantities that tell events apart.
const AXES_MOST: usize = 3;

/// The form for a set called `name` of draws from `from` on; `axes` is what suggests itself to tell events apart.
pub(super) fn form(name: String, from: u64, axes: &str) -> Form {
    let ways = Way::ALL.iter().map(|way| way.title().to_owned()).collect();
    let fields = vec![
        field("Name", name, "Letters, digits, - and _", "", FieldKind::Text),
        field("Draws", "16".to_owned(), "One episode each", "", FieldKind::Number),
        field("First draw", from.to_string(), "Draw 7 is draw 7 in every set of the method", "", FieldKind::Number),
        field("Keep every nth frame", "6".to_owned(), "1 keeps all", "", FieldKind::Number),
        field(
            "Control pictures",
            String::new(),
            "edge, blur:low, depth, seg; none where left empty",
            "",
            FieldKind::Text,
        ),
        field(
            "Channels beside colour, depth and instances",
            String::new(),
            "class, normal, flow, albedo, linear; none where left empty",
            "",
            FieldKind::Text,
        ),
        field("Method", Way::Independent.title().to_owned(), "", "", FieldKind::Choice(ways)),
    ];
    let mut form = plain_form("Generate set", &[], fields, "Generate");
    settle(&mut form, axes);
    form
}

/// The quantity that tells `family`'s events apart best, as its field takes it: the first goal of coverage, else the first
/// measure that varies in `pool`, else the first cause. Empty where none has a range.
pub(super) fn told_apart(family: &Family, pool: Option<&Pool>) -> String {
    let Ok(problem) = FamilyProblem::new(family, None) else { return String::new() };
    let plan = problem.plan();
    let is_measured = |name: &str| problem.is_simulated() && family.measures.iter().any(|one| one.name == name);
    let goal = family.coverage.iter().find_map(|goal| {
        let edges = goal.edges().filter(|_| is_measured(&goal.of) || plan.columns().position(&goal.of).is_some())?;
        Some(format!("{}:{}:{}:{}", goal.of, edges.first()?, edges.last()?, edges.len() - 1))
    });
    let measure = || {
        let varies = |name: &str| pool?.column(name).filter(|column| !column.is_constant() && !column.is_yes_or_no());
        family.measures.iter().filter(|one| is_measured(&one.name)).find_map(|one| {
            let [low, high] = varies(&one.name)?.ends;
            axis(&one.name, (low, high))
        })
    };
    let cause = || {
        let causes = family.parameters.iter().enumerate().filter(|(_, one)| one.role == Role::Cause);
        causes
            .filter_map(|(at, one)| Some((one, plan.drawn_from(at)?)))
            .find_map(|(one, law)| axis(&one.name, law.shown_range()))
    };
    goal.or_else(measure).or_else(cause).unwrap_or_default()
}

/// An axis over a range whose ends are moved outwards to few digits; `None` where there is no range.
fn axis(name: &str, (low, high): (f64, f64)) -> Option<String> {
    let width = high - low;
    if !(width > 0.0 && width.is_finite()) {
        return None;
    }
    let step = libm::pow(10.0, libm::floor(libm::log10(width)) - 1.0);
    // What is on a step but for rounding stays there.
    let (from, to) = (libm::floor(low / step + 1e-6) * step, libm::ceil(high / step - 1e-6) * step);
    Some(format!("{name}:{}:{}:{BUCKETS_DEFAULT}", nice(from, width), nice(to, width)))
}

/// Asks for the chosen method's numbers, keeping those that were typed, and says what its draws are worth.
pub(super) fn settle(form: &mut Form, axes: &str) {
    let way = way_of(form);
    let typed = form.fields.split_off((METHOD_AT + 1).min(form.fields.len()));
    for setting in way.takes() {
        let fresh = field_of(*setting, axes);
        let kept = typed.iter().find(|field| field.label == fresh.label);
        let mut field = kept.cloned().unwrap_or(fresh);
        if *setting == Setting::Axes {
            field.missing = missing_axes(&field.value);
        }
        form.fields.push(field);
    }
    if let Some(field) = form.fields.get_mut(CONTROLS_AT) {
        field.missing = controls(&field.value).err().unwrap_or_default();
    }
    if let Some(field) = form.fields.get_mut(CHANNELS_AT) {
        field.missing = channels(&field.value).err().unwrap_or_default();
    }
    let is_search = way.takes().contains(&Setting::Budget);
    let from = if is_search { "what the search finds" } else { "the proposals" };
    form.lines = vec![
        "Simulates and renders draws of this family into a synthetic set in the study's folder.".to_owned(),
        format!("Values pinned by hand do not count: draws come from {from}."),
        format!("{}. {}", way.about(), way.worth()),
    ];
    if is_search {
        let line = "The search runs first, an episode an evaluation where the event needs one. It can be cancelled.";
        form.lines.push(line.to_owned());
    }
}

/// What is missing of the quantities that tell events apart; empty where nothing is.
fn missing_axes(text: &str) -> String {
    let parts = listed(text, &[',', ';']);
    match parts.iter().find_map(|part| method::axis(part).err()) {
        Some(error) => in_sentence_case(&error.to_string()),
        None if parts.is_empty() => {
            "Write which number tells one event from another, as name:lowest:highest:bins; tilt_deg:0:90:18 is one"
                .to_owned()
        }
        None if parts.len() > AXES_MOST => format!("These are {} quantities; keep at most {AXES_MOST}", parts.len()),
        None => String::new(),
    }
}

/// The parts of a text that stand between these marks.
fn listed(text: &str, marks: &[char]) -> Vec<String> {
    text.split(marks).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn field_of(setting: Setting, axes: &str) -> Field {
    let number = |label: &str, value: String, hint: &str| field(label, value, hint, "", FieldKind::Number);
    match setting {
        Setting::Levels => number("Levels", method::LEVELS.to_string(), "Of a continuous parameter"),
        Setting::Strength => number("Parameters combined", method::STRENGTH.to_string(), "2 are pairs"),
        Setting::Points => number("Points of a hypercube", String::new(), "As many as draws where left empty"),
        Setting::Budget => number("Most evaluations", method::BUDGET.to_string(), "Of the search"),
        Setting::SeedRows => {
            field("Rows to begin with", String::new(), "speed=3,mass=0.2; speed=5", "", FieldKind::Text)
        }
        Setting::Axes => {
            field("Told apart by", axes.to_owned(), "tilt_deg:0:90:18, name:low:high:bins", "", FieldKind::Text)
        }
        Setting::Tails => {
            let words = NO_YES.map(str::to_owned).to_vec();
            field("Also near the ends", words[0].clone(), "", "", FieldKind::Choice(words))
        }
    }
}

fn way_of(form: &Form) -> Way {
    let title = text_of(form, METHOD_AT);
    Way::ALL.into_iter().find(|way| way.title() == title).unwrap_or_default()
}

/// The request that a form makes.
///
/// # Errors
/// When a number does not parse or does not suit the method.
pub(super) fn request(family: &str, form: &Form) -> Result<GenerateRequest, String> {
    let count = number_of(form, 1)?;
    let placement = choice(form)?.placement(count).map_err(|error| error.to_string())?;
    Ok(GenerateRequest {
        family: family.to_owned(),
        name: text_of(form, 0),
        count,
        from: number_of(form, 2)?,
        every: number_of(form, 3)?,
        origin: crate::data::Origin::Synthetic,
        placement,
        channels: channels(&text_of(form, CHANNELS_AT))?,
        controls: controls(&text_of(form, CONTROLS_AT))?,
    })
}

/// The control pictures that a text asks for, each kind once.
fn controls(text: &str) -> Result<Vec<Control>, String> {
    let mut all: Vec<Control> = Vec::new();
    for part in listed(text, &[',', ';', ' ']) {
        let control = generate::control(&part).map_err(|error| in_sentence_case(&error.to_string()))?;
        if all.iter().any(|known| known.name() == control.name()) {
            return Err(format!("{} is asked for twice; keep one of them", control.name()));
        }
        all.push(control);
    }
    Ok(all)
}

/// The channels that a text asks for beyond those that every set has.
fn channels(text: &str) -> Result<Vec<ExtraChannel>, String> {
    generate::channels(&listed(text, &[',', ';', ' '])).map_err(|error| in_sentence_case(&error.to_string()))
}

fn choice(form: &Form) -> Result<Choice, String> {
    let way = way_of(form);
    let mut choice = Choice { way, ..Choice::default() };
    for (at, setting) in (METHOD_AT + 1..).zip(way.takes()) {
        let text = text_of(form, at);
        match setting {
            Setting::Levels => choice.levels = Some(number_of(form, at)?),
            Setting::Strength => choice.strength = Some(number_of(form, at)?),
            Setting::Budget => choice.budget = Some(number_of(form, at)?),
            Setting::Points if text.is_empty() => {}
            Setting::Points => choice.points = Some(number_of(form, at)?),
            Setting::Tails => choice.tails = text == NO_YES[1],
            Setting::SeedRows => choice.seed_rows = listed(&text, &[';']),
            Setting::Axes => choice.axes = listed(&text, &[',', ';']),
        }
    }
    Ok(choice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::method::Placement;
    use crate::sample::Method;

    fn chosen(way: Way) -> Form {
        let mut form = form("s".to_owned(), 3, "");
        way.title().clone_into(&mut form.fields[METHOD_AT].value);
        settle(&mut form, "");
        form
    }

    #[test]
    fn every_method_asks_for_its_numbers_and_says_what_its_draws_are_worth() {
        for way in Way::ALL {
            let mut form = chosen(way);
            assert_eq!(form.fields.len(), METHOD_AT + 1 + way.takes().len(), "{way:?}");
            assert!(form.lines.iter().any(|line| line.contains(way.about()) && line.contains(way.worth())), "{way:?}");
            if let Some(at) = way.takes().iter().position(|setting| *setting == Setting::Axes) {
                let at = METHOD_AT + 1 + at;
                assert!(request("f", &form).unwrap_err().contains("NAME:LOW:HIGH:BINS"), "{way:?}");
                for (text, part) in [
                    ("", "Write which number"),
                    ("tilt_deg:0", "cannot be read"),
                    ("a:0:1:2, b:0:1:2, c:0:1:2, d:0:1:2", "at most 3"),
                    ("tilt_deg:0:90:18, fill:0:1:4", ""),
                ] {
                    form.fields[at].value = text.to_owned();
                    settle(&mut form, "");
                    let missing = &form.fields[at].missing;
                    assert!(missing.contains(part) && missing.is_empty() == part.is_empty(), "{text}: {missing}");
                }
            }
            let request = request("f", &form).unwrap_or_else(|error| panic!("{way:?}: {error}"));
            assert_eq!((request.count, request.from, request.every), (16, 3, 6), "{way:?}");
            let is_search = !matches!(request.placement, Placement::Method(_));
            assert_eq!(form.lines.len(), if is_search { 4 } else { 3 }, "{way:?}");
        }
    }

    #[test]
    fn control_pictures_are_asked_for_by_their_names() {
        let mut form = chosen(Way::Independent);
        assert_eq!(request("f", &form).expect("none").controls, []);
        for (text, part) in [("edge:low, depth seg", ""), ("egde", "edge"), ("blur, blur:low", "asked for twice")] {
            text.clone_into(&mut form.fields[CONTROLS_AT].value);
            settle(&mut form, "");
            let missing = &form.fields[CONTROLS_AT].missing;
            assert!(missing.contains(part) && missing.is_empty() == part.is_empty(), "{text}: {missing}");
            let asked = request("f", &form).map(|request| request.controls.iter().map(|one| one.text()).collect());
            assert_eq!(asked.ok(), part.is_empty().then(|| vec!["edge:low".to_owned(), "depth".into(), "seg".into()]));
        }
    }

    #[test]
    fn channels_are_asked_for_by_their_names() {
        let mut form = chosen(Way::Independent);
        assert_eq!(request("f", &form).expect("none").channels, []);
        form.fields[CHANNELS_AT].value = "flow, class".to_owned();
        settle(&mut form, "");
        assert_eq!(form.fields[CHANNELS_AT].missing, "");
        assert_eq!(request("f", &form).expect("two").channels.len(), 2);
        form.fields[CHANNELS_AT].value = "flo".to_owned();
        settle(&mut form, "");
        assert!(form.fields[CHANNELS_AT].missing.contains("flo"), "{}", form.fields[CHANNELS_AT].missing);
        assert!(request("f", &form).is_err());
    }

    #[test]
    fn typed_numbers_stay_with_their_name_and_reach_the_request() {
        let mut form = chosen(Way::Pairwise);
        for (at, text) in [(1, "4"), (2, "3"), (3, "x=1,y=2; x=5")] {
            text.clone_into(&mut form.fields[METHOD_AT + at].value);
        }
        let Placement::Method(method) = request("f", &form).expect("good").placement else { panic!("a method") };
        let row = |pairs: &[(&str, f64)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let seeds = vec![row(&[("x", 1.0), ("y", 2.0)]), row(&[("x", 5.0)])];
        assert_eq!(method, Method::Covering { strength: 3, levels: 4, seeds });
        Way::Grid.title().clone_into(&mut form.fields[METHOD_AT].value);
        settle(&mut form, "");
        let Placement::Method(method) = request("f", &form).expect("good").placement else { panic!("a method") };
        assert_eq!(method, Method::Grid { levels: 4 }, "the levels stay");
        form.fields[METHOD_AT + 1].value = "some".to_owned();
        assert!(request("f", &form).unwrap_err().contains("Levels"), "names the field");
    }

    #[test]
    fn what_tells_events_apart_suggests_itself_and_can_be_read() {
        let mut family = crate::run::new::example(crate::run::new::EXAMPLES[0].0).expect("ships with the program");
        let column = |name: &str, values: [f64; 3]| {
            crate::app::many::Column::new(name, "", crate::app::many::ColumnKind::Measure, values.into())
        };
        let pool = Pool {
            columns: vec![column("tipped", [0.0, 1.0, 0.0]), column("tilt_deg", [0.31, 87.2, 4.0])],
            ..Pool::default()
        };
        family.coverage.clear();
        assert_eq!(told_apart(&family, Some(&pool)), "tilt_deg:0:88:10", "the first measure that is no yes or no");
        let cause = told_apart(&family, None);
        let name = cause.split(':').next().expect("a name").to_owned();
        let of = family.parameters.iter().find(|one| one.name == name).expect("a parameter");
        assert!(of.role == Role::Cause && missing_axes(&cause).is_empty(), "{cause}");
        let range = Some((0.0, 90.0));
        let goal = crate::family::Goal { of: "tilt_deg".to_owned(), range, every: Some(5.0), buckets: None, target: 1 };
        family.coverage.push(goal);
        assert_eq!(told_apart(&family, Some(&pool)), "tilt_deg:0:90:18", "a goal says it itself");
        let mut form = form("s".to_owned(), 0, "tilt_deg:0:90:18");
        Way::Diverse.title().clone_into(&mut form.fields[METHOD_AT].value);
        settle(&mut form, "tilt_deg:0:90:18");
        assert!(form.fields.iter().all(|field| field.missing.is_empty()));
        assert!(request("f", &form).is_ok(), "as it is suggested");
    }
}
