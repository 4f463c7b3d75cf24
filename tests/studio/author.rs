//! Stories about the Author inspector: the person types, pulls and breaks things; the family changes in steps of undo.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{Key, Modifiers, accesskit::Role, vec2};
use egui_kittest::{Harness, kittest::Queryable as _};
use worldproof::app::{
    Message,
    author::{self, Change, Face, List, Question},
    message::EventPart,
    shell::Workspace,
    view::{self, AuthorView, ParameterRole, StudioView},
};
use worldproof::family::{self, Bound, Columns, Distribution, Family, Finding, Fitted, Requirement};
use worldproof::run::fit::{Changed, advice};
use worldproof::study::History;

use crate::{Stage, keep, open, screen, shown};

/// The example's id: where it is shown, everything is computed from it.
const EXAMPLE: &str = "tabletop_light_step";

pub(crate) fn example() -> Family {
    let text = include_str!("../../scenarios/tabletop_light_step.ron");
    family::parse(text, EXAMPLE).expect("ships with the program")
}

/// A family that has the demo's parameters.
fn stand_in(parameters: &[view::Parameter]) -> Family {
    let mut made = Family::new("demo", "Demo", "tabletop");
    made.parameters = parameters
        .iter()
        .enumerate()
        .map(|(at, parameter)| {
            let sd = (parameter.range[1] - parameter.range[0]) / 12.0;
            let bell = |mean: f64, sd: f64| Distribution::Normal { mean, sd };
            let mut own = family::Parameter::new(&parameter.name, &parameter.unit, &bell(parameter.nominal_value, sd));
            own.proposal = Some(family::written(&bell(parameter.nominal_value + 1.6 * sd, 1.3 * sd)));
            own.layer = family::Layer::ALL.get(at / 2 + 2).copied();
            own
        })
        .collect();
    made.events =
        vec![family::Event::at("glare", Bound::Number(1.0), family::Action::ScaleLight { to: Bound::Number(2.0) })];
    made
}

/// Fills what the inspector shows, from the family that is there.
pub(crate) fn inspect(view: &mut StudioView) {
    if view.author.parameters.is_empty() && view.author.inspected.is_none() {
        return;
    }
    let family = match &view.author.inspected {
        Some(inspected) => Arc::clone(&inspected.family),
        None => Arc::new(stand_in(&view.author.parameters)),
    };
    refresh(&mut view.author, &family);
}

pub(crate) fn refresh(author: &mut AuthorView, family: &Arc<Family>) {
    let is_example = family.id == EXAMPLE;
    let findings: Arc<[Finding]> =
        if is_example { worldproof::run::check::findings(family).into() } else { Arc::new([]) };
    let medians = |parameter: &family::Parameter| {
        let law =
            author::laws_of(parameter, &Columns::of(family).scope(), &[]).map_or(f64::NAN, |(law, _)| law.median());
        (parameter.name.clone(), law)
    };
    let values: BTreeMap<String, f64> = if is_example {
        family.parameters.iter().map(medians).collect()
    } else {
        author.parameters.iter().map(|parameter| (parameter.name.clone(), parameter.value)).collect()
    };
    if is_example {
        author.parameters = family.parameters.iter().map(|own| shown_of(own, family, &findings, &values)).collect();
        let mine = |finding: &&Finding| Face::of_field(&finding.field).is_none();
        author.findings = findings.iter().filter(mine).map(|finding| finding.text.clone()).collect();
    }
    let real = author.inspected.as_ref().and_then(|before| before.real.clone());
    let inspected = author::inspect(Question {
        family,
        findings: &findings,
        values,
        measured: BTreeMap::new(),
        begun: author.inspected.as_ref().map(|before| before.begun.clone()).unwrap_or_default(),
        selected: author.selected.as_deref(),
        acceptance: is_example.then(|| accepted(family)).flatten(),
        rare: Some(author::RareShare { n: 512, of_draws: 0.21, of_reality: Some(0.004) }),
        marks: Default::default(),
        inherited: author.inspected.as_ref().and_then(|before| before.inherited.clone()),
    });
    author.inspected = Some(author::Inspected { real, ..inspected });
}

/// What the requirements do to the example's candidates.
fn accepted(family: &Family) -> Option<Arc<author::Acceptance>> {
    let plan = family::Plan::new(family).ok()?;
    author::acceptance((&family.id, &plan), 7, &|| false).map(Arc::new)
}

fn shown_of(
    own: &family::Parameter,
    family: &Family,
    findings: &[Finding],
    values: &BTreeMap<String, f64>,
) -> view::Parameter {
    let laws = author::laws_of(own, &Columns::of(family).scope(), &[]);
    let at = family.parameters.iter().position(|other| other.name == own.name).expect("its own");
    let range = laws.as_ref().map_or([0.0, 1.0], |(law, _)| law.shown_range().into());
    let curve = |law: &family::Law| author::curve(law, range, 97);
    view::Parameter {
        name: own.name.clone(),
        unit: own.unit.clone(),
        role: ParameterRole::Cause,
        value: values[&own.name],
        nominal_value: values[&own.name],
        range,
        decimals: 3,
        nominal: laws.as_ref().map_or_else(Vec::new, |(law, _)| curve(law)).into(),
        proposal: laws.as_ref().map_or_else(Vec::new, |(_, law)| curve(law)).into(),
        about: own.about.clone(),
        finding: findings
            .iter()
            .find(|found| found.field.starts_with(&format!("parameters[{at}].")))
            .map(|found| found.text.clone()),
    }
}

/// What the studio does with the inspector's messages: one gesture is one step.
pub(crate) fn apply(view: &mut StudioView, history: &mut Option<History<Arc<Family>>>, message: &Message) {
    let Some(inspected) = &view.author.inspected else { return };
    let mut family = Arc::clone(&inspected.family);
    let history = history.get_or_insert_with(|| History::new(Arc::clone(&family)));
    if let Message::Change { change, gesture } = message {
        match change.apply(&family) {
            Ok(changed) => {
                family = Arc::new(changed);
                history.push("Edit", *gesture, Arc::clone(&family));
            }
            Err(why) => view.status = why,
        }
    }
    if matches!(message, Message::Change { .. } | Message::SelectParameter(_)) {
        refresh(&mut view.author, &family);
    }
}

pub(crate) fn real(view: &mut StudioView) {
    view.author.selected = Some("reach_height_m".into());
    refresh(&mut view.author, &Arc::new(example()));
}

pub(crate) fn stage(face: Face) -> Stage {
    let mut stage = Stage { change: Some(real), ..shown(Workspace::Author) };
    stage.shell.inspector.face = face;
    stage
}

pub(crate) fn family(harness: &Harness<'_, Stage>) -> Arc<Family> {
    let view = &harness.state().demo.as_ref().expect("drawn").view;
    Arc::clone(&view.author.inspected.as_ref().expect("a family").family)
}

pub(crate) fn nominal(harness: &Harness<'_, Stage>, name: &str) -> Distribution<Bound> {
    family(harness).parameter(name).expect("there").nominal.clone()
}

/// How many steps of undo there are.
pub(crate) fn steps(harness: &mut Harness<'_, Stage>) -> usize {
    let history = harness.state_mut().history.as_mut().expect("something happened");
    std::iter::from_fn(|| history.undo()).count()
}

/// Types into the field called `name`, as a person does who comes with the tab key.
pub(crate) fn write(harness: &mut Harness<'_, Stage>, name: &str, text: &str, end: Key) {
    harness.get_by_role_and_label(Role::TextInput, name).focus();
    harness.run_steps(2);
    if text.is_empty() {
        // All of it is selected.
        harness.key_press(Key::Delete);
    } else {
        harness.get_by_role_and_label(Role::TextInput, name).type_text(text);
    }
    harness.run_steps(2);
    harness.key_press(end);
    harness.run_steps(3);
}

#[test]
fn faces_of_the_inspector_are_drawn() {
    for (name, face) in [
        ("parameters", Face::Parameters),
        ("correlation", Face::Correlation),
        ("requirements", Face::Requirements),
        ("events", Face::Events),
        ("places", Face::Places),
        ("quantities", Face::Quantities),
        ("scene", Face::Scene),
        ("sensor", Face::Sensor),
        ("goals", Face::Goals),
        ("columns", Face::Columns),
    ] {
        screen(&format!("inspector-{name}"), || stage(face));
    }
    screen("inspector-table", || {
        let mut stage = stage(Face::Parameters);
        stage.shell.inspector.list = List::Table;
        stage
    });
    screen("inspector-event", || {
        let mut stage = stage(Face::Events);
        stage.shell.inspector.event = Some(0);
        stage
    });
}

#[test]
fn a_number_with_its_unit_is_typed_into_the_table_and_enter_goes_down() {
    let mut stage = stage(Face::Parameters);
    stage.shell.inspector.list = List::Table;
    (stage.shell.right, stage.shell.left) = (true, false);
    let mut harness = open([1440.0, 1400.0], true, stage);
    write(&mut harness, "Nominal of reach_speed_m_s", "1.8 km/h", Key::Enter);
    assert_eq!(nominal(&harness, "reach_speed_m_s"), Distribution::Constant(Bound::Number(0.5)), "converted");
    let below = harness.get_by_role_and_label(Role::TextInput, "Nominal of reach_offset_y_m");
    assert!(below.is_focused(), "the next row");
    write(&mut harness, "Nominal of reach_speed_m_s", "Normal(mean: 0.4, sd: -1)", Key::Tab);
    assert!(harness.query_by_label_contains("sd is -1").is_some(), "a sentence under the cell");
    assert_eq!(nominal(&harness, "reach_speed_m_s"), Distribution::Constant(Bound::Number(0.5)), "nothing changed");
    keep(&harness.render().expect("an adapter"), "inspector-table-fault");
    harness.get_by_role_and_label(Role::TextInput, "Nominal of reach_speed_m_s").focus();
    harness.run_steps(2);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("sd is -1").is_none(), "Escape reverts");
    assert_eq!(steps(&mut harness), 1);
}

#[test]
fn another_kind_keeps_the_median() {
    let mut harness = open([1440.0, 1000.0], true, stage(Face::Parameters));
    harness.get_by_label("Kind of nominal").click();
    harness.run_steps(3);
    harness.get_by_label("Gamma").click();
    harness.run_steps(3);
    let now = nominal(&harness, "reach_height_m");
    assert!(matches!(now, Distribution::Gamma { .. }), "{now:?}");
    let numbers = now.try_map(&mut |_, bound| bound.shown(&BTreeMap::new()).ok_or(())).expect("numbers");
    assert!((numbers.median() - 0.1).abs() < 1e-3, "{}", numbers.median());
    assert_eq!(steps(&mut harness), 1);
}

#[test]
fn a_pulled_handle_is_one_step_of_undo() {
    let mut harness = open([1440.0, 1000.0], true, stage(Face::Parameters));
    let at = harness.get_by_label("mean handle").rect().center();
    harness.drag_at(at);
    harness.run_steps(1);
    for by in [8.0, 16.0, 30.0] {
        harness.hover_at(at + vec2(by, 0.0));
        harness.run_steps(1);
    }
    harness.drop_at(at + vec2(30.0, 0.0));
    harness.run_steps(2);
    let Distribution::TruncatedNormal { mean: Bound::Number(mean), sd: Bound::Number(sd), .. } =
        nominal(&harness, "reach_height_m")
    else {
        panic!("another kind");
    };
    assert!(mean > 0.105 && sd == 0.015, "the mean and nothing else: {mean} {sd}");
    let changes = harness.state().messages.iter().filter(|message| matches!(message, Message::Change { .. })).count();
    assert!(changes >= 2, "{changes} changes");
    assert_eq!(steps(&mut harness), 1, "in one step");
}

#[test]
fn a_handle_is_moved_by_the_arrows_too() {
    let mut harness = open([1440.0, 1000.0], true, stage(Face::Parameters));
    harness.get_by_label("sd handle").focus();
    harness.run_steps(2);
    for _ in 0..3 {
        harness.key_press(Key::ArrowRight);
        harness.run_steps(2);
    }
    let Distribution::TruncatedNormal { sd: Bound::Number(sd), .. } = nominal(&harness, "reach_height_m") else {
        panic!("another kind")
    };
    assert!(sd > 0.016, "wider: {sd}");
    assert!(harness.state().commands.is_empty(), "no frame is stepped");
}

#[test]
fn a_broken_requirement_says_what_is_wrong_and_changes_nothing() {
    let mut harness = open([1440.0, 1000.0], true, stage(Face::Requirements));
    assert!(harness.query_by_label_contains("of candidates are accepted").is_some());
    let before = family(&harness);
    write(&mut harness, "Condition of meets_the_side", "reach_heigth_m <= 0.1", Key::Enter);
    assert!(harness.query_by_label_contains("did you mean `reach_height_m`").is_some());
    keep(&harness.render().expect("an adapter"), "inspector-requirement-fault");
    assert_eq!(family(&harness), before, "nothing changed");
    write(&mut harness, "Condition of meets_the_side", "reach_height_m > 5", Key::Enter);
    assert_eq!(family(&harness).requirements[1].that, "reach_height_m > 5");
    assert!(harness.query_by_label_contains("Nothing is accepted").is_some(), "and how near the nearest came");
    harness.get_by_label("Remove meets_the_side").click();
    harness.run_steps(3);
    assert_eq!(family(&harness).requirements.len(), before.requirements.len() - 1);
}

#[test]
fn an_impossible_matrix_is_refused_with_the_cure() {
    let mut stage = stage(Face::Correlation);
    stage.change = Some(|view| {
        let mut family = example();
        let pair = |a: &str, b: &str, rho| family::Correlation { a: a.into(), b: b.into(), rho };
        let [fill, mass, height] = ["canister_fill", "canister_mass_kg", "canister_height_m"];
        family.correlations = vec![pair(fill, mass, 0.9), pair(mass, height, 0.9), pair(fill, height, 0.7)];
        refresh(&mut view.author, &Arc::new(family));
    });
    stage.shell.inspector.pair = Some(["canister_height_m".into(), "canister_fill".into()]);
    let mut harness = open([1440.0, 1000.0], true, stage);
    assert!(harness.query_by_label_contains("positive definite").is_none(), "possible so far");
    keep(&harness.render().expect("an adapter"), "inspector-correlated");
    write(&mut harness, "Correlation", "-0.9", Key::Enter);
    assert_eq!(family(&harness).correlations[2].rho, -0.9);
    assert!(harness.query_by_label_contains("multiply every rho by").is_some(), "the cure");
    keep(&harness.render().expect("an adapter"), "inspector-impossible");
    write(&mut harness, "Correlation", "2", Key::Enter);
    assert!(harness.query_by_label_contains("without the ends").is_some(), "not even typed");
}

#[test]
fn an_event_is_dragged_and_stretched_on_the_timeline() {
    let mut harness = open([1440.0, 1000.0], true, shown(Workspace::Author));
    let label = harness.get_by_label_contains("End of").rect().center();
    harness.drag_at(label);
    harness.run_steps(1);
    harness.hover_at(label + vec2(40.0, 0.0));
    harness.run_steps(1);
    harness.drop_at(label + vec2(40.0, 0.0));
    harness.run_steps(2);
    let parts: Vec<(EventPart, f64, u64)> = harness
        .state()
        .messages
        .iter()
        .filter_map(|message| match message {
            Message::MoveEvent { part, to_s, gesture, .. } => Some((*part, *to_s, *gesture)),
            _ => None,
        })
        .collect();
    assert!(parts.iter().all(|(part, ..)| *part == EventPart::Length) && !parts.is_empty(), "{parts:?}");
    assert!(parts.iter().all(|(.., gesture)| *gesture == parts[0].2), "one gesture");
}

#[test]
fn what_is_used_is_not_removed_and_names_its_users() {
    let mut harness = open([1440.0, 1000.0], true, stage(Face::Parameters));
    harness.get_by_label("Remove parameter").click();
    harness.run_steps(3);
    let status = harness.state().demo.as_ref().expect("drawn").view.status.clone();
    assert!(status.contains("meets_the_side"), "{status}");
    harness.get_by_label("Duplicate parameter").click();
    harness.run_steps(3);
    assert!(family(&harness).parameter("reach_height_m_2").is_some());
    assert!(
        matches!(harness.state().messages.last(), Some(Message::Change { change, .. }) if matches!(**change, Change::AddParameter(..)))
    );
}

#[test]
fn a_broken_family_still_shows_its_densities() {
    let mut stage = stage(Face::Parameters);
    stage.change = Some(|view| {
        let mut family = example();
        family.requirements.push(Requirement {
            name: "bad".into(),
            that: "nothing_here > 1".into(),
            probability: None,
            because: String::new(),
        });
        view.author.selected = Some("reach_height_m".into());
        refresh(&mut view.author, &Arc::new(family));
    });
    let mut harness = open([1100.0, 720.0], false, stage);
    assert!(harness.query_by_label("mean handle").is_some(), "its own numbers are sound");
    harness.key_press_modifiers(Modifiers::NONE, Key::F);
    harness.get_by_label("Requirements, 1 to mend").click();
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("`nothing_here` has no value").is_some());
    keep(&harness.render().expect("an adapter"), "inspector-broken");
}

#[test]
fn a_fit_whose_data_changed_is_advised_on_beside_its_parameter() {
    let mut harness = open([1440.0, 900.0], true, stage(Face::Parameters));
    let fitted = Fitted {
        set: "kitchen".into(),
        column: "action[0]".into(),
        n: 64,
        low: 0.1,
        high: 0.2,
        digest: String::new(),
        judged: "KS D 0.1".into(),
    };
    let mut family = example();
    let own = family.parameters.iter_mut().find(|own| own.name == "reach_height_m").expect("there");
    own.fitted = Some(fitted.clone());
    let text = "was fitted to `action[0]` of `kitchen`, and its reference half has changed since".to_owned();
    // As the studio puts its list of findings together.
    let advice = advice(&family, &[Changed { fitted, text }]);
    let demo = harness.state_mut().demo.as_mut().expect("drawn");
    let inspected = demo.view.author.inspected.as_mut().expect("a family");
    (inspected.family, inspected.findings) = (Arc::new(family), advice.into());
    harness.run_steps(3);
    let said =
        "Advice: `reach_height_m` was fitted to `action[0]` of `kitchen`, and its reference half has changed since";
    assert!(harness.query_by_label(said).is_some(), "beside the parameter that is looked at");
    keep(&harness.render().expect("an adapter"), "author-fit-advice");
}

#[test]
fn measures_keep_to_the_width_of_the_inspector() {
    let harness = open([1100.0, 720.0], true, stage(Face::Quantities));
    let family = family(&harness);
    let right =
        |name: &str| harness.get_by_role_and_label(Role::TextInput, &format!("Expression of {name}")).rect().right();
    let all: Vec<f32> = family.measures.iter().map(|measure| right(&measure.name)).collect();
    assert!(all.len() > 2 && all.iter().all(|edge| (edge - all[0]).abs() < 0.5 && *edge < 1100.0 - 8.0), "{all:?}");
}
