//! Stories about the pages that ask about a family: what reality says of a parameter, how probable the rare event is, what one
//! set covers that another does not.

use std::sync::Arc;

use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use worldproof::app::{
    Command, Message,
    jobs::{JobLine, Step},
    lab::{
        Answer, BEFORE_EDIT, ColumnsState, DifferenceAct, DifferenceChoice, DifferenceView, EstimateAct,
        EstimateChoice, EstimateView, FitAct, FitChoice, FitView, LabAct, LabView, Page, SetChoice,
        difference::{Differences, PAGE, Tuple},
        estimate::{self, Estimates},
        fit::Fits,
    },
    many::Brush,
    shell::Workspace,
    view::{Origin, StudioView},
};
use worldproof::base::Silent;
use worldproof::run::estimate::Estimator;
use worldproof::run::fit::{ColumnSummary, Found};
use worldproof::sample::coverage::{Columns, common_factors, pair_cells};
use worldproof::sample::fit::{Settings, fit};

use crate::{Stage, author, field, keep, open, screen, shown};

/// The pages with an answer each.
pub(crate) fn demo() -> LabView {
    LabView { fit: fit_view(), estimate: estimate_view(), difference: difference_view(), ..LabView::default() }
}

/// What the studio does with what is chosen on a page.
pub(crate) fn apply(view: &mut StudioView, act: &LabAct) {
    match act {
        LabAct::Fit(act) => view.lab.fit.choice.apply(act),
        LabAct::Estimate(act) => view.lab.estimate.choice.apply(act),
        LabAct::Difference(act) => view.lab.difference.choice.apply(act),
        LabAct::Match(_) => {}
    }
}

fn sets() -> Vec<SetChoice> {
    let set = |name: &str, origin| SetChoice { name: name.to_owned(), origin };
    vec![set("kitchen_teleop", Origin::Real), set("kitchen_reference_rendered", Origin::StandIn)]
}

fn columns() -> Arc<[ColumnSummary]> {
    let column = |at: usize| ColumnSummary {
        name: format!("observation.state[{at}]"),
        label: (at % 3 != 2).then(|| ["kLeftShoulderPitch", "kLeftElbow"][at % 3].to_owned() + &at.to_string()),
        unit: None,
        n: 2388,
        low: -0.52 - at as f64 * 0.07,
        high: 1.31,
    };
    let length =
        ColumnSummary { name: "episode_length".into(), label: None, unit: Some("s"), n: 8, low: 9.1, high: 12.4 };
    (0..26).map(column).chain([length]).collect()
}

fn found() -> Found {
    let bell = |at: u64| {
        let unit = |shift: u64| ((at + shift) as f64 * 0.618_033_988_75).fract();
        (0..6).map(|part| unit(part * 97 + part * part)).sum::<f64>() * 0.21 - 0.3
    };
    let values: Vec<f64> = (0..600).map(bell).collect();
    let episodes: Vec<u64> = (0..600).map(|at| at / 60).collect();
    let settings = Settings { candidates: &[], full_turn: None, seed: 1, refits: 39 };
    let fits = fit(&values, Some(&episodes), &settings, &Silent).expect("enough values");
    let (column, unit) = ("observation.state[4]".to_owned(), Some("rad".to_owned()));
    Found { origin: worldproof::data::Origin::Real, column, unit, fits, digest: String::new(), taken: None }
}

fn fit_view() -> FitView {
    FitView {
        parameter: Some(("Push speed".into(), "rad".into())),
        parameters: vec!["Push speed".into(), "Tray friction".into()],
        sets: sets(),
        columns: ColumnsState::Known(columns()),
        choice: FitChoice {
            set: Some("kitchen_teleop".into()),
            column: Some("observation.state[4]".into()),
            ..FitChoice::default()
        },
        answer: Answer::Found { shown: Arc::new(Fits::of(&found())), stale: "" },
        refused: None,
        taken: None,
    }
}

fn estimates() -> Estimates {
    let row = |method: Estimator, answer: Option<[f64; 3]>, hits, evaluations| estimate::Row {
        method: method.words(),
        answer,
        interval: "exact (Clopper–Pearson)",
        hits: Some(hits),
        evaluations,
        refused: None,
        notes: Vec::new(),
    };
    let mut rows = vec![
        row(Estimator::Crude, Some([0.0, 0.0, 9.2e-4]), (0, 0.0), 4000),
        row(Estimator::Importance, None, (12, 3.1), 4000),
        row(Estimator::CrossEntropy, Some([1.9e-4, 1.4e-4, 2.6e-4]), (812, 164.0), 3600),
        row(Estimator::Subset, Some([2.3e-4, 0.9e-4, 5.1e-4]), (6100, 22.0), 3920),
    ];
    rows[0].notes = vec!["no draw hit: only the upper end says something".into()];
    rows[1].refused = Some(
        "the hits are worth 3.1 equal ones and a trustworthy interval needs 10; draw about 8903 more, or move the proposal"
            .into(),
    );
    let (event, head) = ("tipped".to_owned(), "at most 4 000 simulated episodes for each method".to_owned());
    Estimates { event, head, confidence: 0.95, rows, json: "{}".into() }
}

fn estimate_view() -> EstimateView {
    EstimateView {
        family: Some(Arc::new(author::example())),
        choice: EstimateChoice::default(),
        answer: Answer::Found { shown: Arc::new(estimates()), stale: "" },
        of_draws: Some((108, 512)),
        has_proposals: true,
    }
}

fn differences() -> Differences {
    let tuple = |at: u64, side: &str| Tuple {
        words: format!("push_speed_m_s {}.{at}–{at}.5 m/s and {side} < 0.{at}", at % 7),
        rows: 60 - at,
        brush: Brush::default().with("Push speed", Some([0.2, 0.2 + at as f64 / 100.0])),
    };
    let [ours, theirs] = tables();
    let factors = common_factors(&[&ours, &theirs], &[], 5).expect("both have them");
    Differences {
        names: ["draws of the family".into(), "kitchen_teleop".into()],
        rows_are: ["draws of the family".into(), "frames of kitchen_teleop".into()],
        strength: 2,
        both: 61,
        only: [118, 23],
        neither: 48,
        rows: [[200, 164], [2388, 91]],
        against_reality: true,
        lists: [(0..45).map(|at| tuple(at, "tray_friction")).collect(), (0..23).map(|at| tuple(at, "glare")).collect()],
        notes: vec!["3 values lie outside all buckets.".into()],
        cells: pair_cells([&ours, &theirs], &factors, &Silent).expect("counted"),
        factors,
    }
}

/// Two tables that share three quantities; what either lacks is known from how they are made.
fn tables() -> [Columns; 2] {
    let made = |rows_are: &str, n: usize, of: [fn(usize) -> f64; 3]| {
        let mut table = Columns::new("row", rows_are);
        for ((name, unit), value) in
            [("push_speed_m_s", "m/s"), ("tray_friction", ""), ("glare", "")].into_iter().zip(of)
        {
            table.push(name, unit, (0..n).map(value).collect()).expect("one length");
        }
        table
    };
    let ours: [fn(usize) -> f64; 3] = [|at| [0.2, 0.4, 0.6][at % 3], |at| [0.1, 0.3][at % 2], |_| 0.0];
    let theirs: [fn(usize) -> f64; 3] = [|at| [0.4, 0.8][at % 2], |at| [0.1, 0.3, 0.5][at % 3], |_| 1.0];
    [made("draws", 200, ours), made("frames", 240, theirs)]
}

fn difference_view() -> DifferenceView {
    let synthetic = vec![SetChoice { name: "wet_tray_1".into(), origin: Origin::Synthetic }];
    DifferenceView {
        sets: sets().into_iter().chain(synthetic.clone()).collect(),
        synthetic,
        names: ["push_speed_m_s", "tray_friction", "a_parameter_with_quite_a_long_name_deg"].map(String::from).into(),
        columns: ColumnsState::Known(columns()),
        against_reality: true,
        choice: DifferenceChoice {
            against: Some("kitchen_teleop".into()),
            pairs: vec![("push_speed_m_s".into(), "observation.state[4]".into())],
            ..DifferenceChoice::default()
        },
        answer: Answer::Found { shown: Arc::new(differences()), stale: "" },
    }
}

fn at(page: Page, change: Option<fn(&mut StudioView)>) -> Stage {
    let mut stage = Stage { change, ..shown(Workspace::Author) };
    stage.shell.lab.page = page;
    stage
}

fn job() -> JobLine {
    let step = Step { stage: "Cross-entropy · weighing draws".into(), done: 1600, total: 4000 };
    JobLine { id: 7, title: "Estimating".into(), step, share: Some(0.4), left_s: Some(42.0), stopping: false, notes: 0 }
}

fn lab_acts(harness: &Harness<'_, Stage>) -> Vec<LabAct> {
    let act = |message: &Message| match message {
        Message::Lab(act) => Some(act.clone()),
        _ => None,
    };
    harness.state().messages.iter().filter_map(act).collect()
}

#[test]
fn pages_are_drawn() {
    screen("lab-fit", || at(Page::Fit, None));
    screen("lab-estimate", || at(Page::Estimate, None));
    screen("lab-difference", || at(Page::Difference, None));
    screen("lab-fit-long", || {
        at(
            Page::Fit,
            Some(|view| {
                let fit = &mut view.lab.fit;
                let long = "a_parameter_with_a_name_that_no_one_would_choose_but_someone_will_deg".to_owned();
                fit.parameter = Some((long, "deg".into()));
                let mut fits = Fits::of(&found());
                fits.column = "observation.images.wrist_left.some.very.long.signal.name.with.parts[12]".into();
                fits.stand_in = true;
                fit.answer = Answer::Found { shown: Arc::new(fits), stale: "" };
                fit.refused =
                    Some("`x` is now in deg, but the fits are in rad; fit again, and then take what was found".into());
            }),
        )
    });
    screen("lab-estimate-running", || {
        at(Page::Estimate, Some(|view| view.lab.estimate.answer = Answer::Running(job())))
    });
    screen("lab-estimate-stale", || {
        at(
            Page::Estimate,
            Some(|view| {
                view.lab.estimate.answer = Answer::Found { shown: Arc::new(estimates()), stale: BEFORE_EDIT };
            }),
        )
    });
    for (name, page) in [("fit", Page::Fit), ("estimate", Page::Estimate), ("difference", Page::Difference)] {
        screen(&format!("lab-{name}-empty"), || {
            at(
                page,
                Some(|view| {
                    view.lab = LabView::default();
                }),
            )
        });
        screen(&format!("lab-{name}-none"), || {
            at(
                page,
                Some(|view| {
                    view.lab.fit.answer =
                        Answer::Refused("`still` of `kitchen`: every value is 1; there is nothing to fit".into());
                    view.lab.estimate.answer = Answer::None;
                    view.lab.difference.answer = Answer::Cancelled;
                }),
            )
        });
    }
}

#[test]
fn a_parameter_is_fitted_looked_at_and_taken() {
    let mut harness = open([1440.0, 900.0], true, shown(Workspace::Author));
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::F);
    harness.run_steps(3);
    assert_eq!(harness.state().shell.lab.page, Page::Fit, "the keys lead there");
    field(&harness, "Find a column").focus();
    harness.run_steps(2);
    field(&harness, "Find a column").type_text("length");
    harness.run_steps(3);
    harness.get_by_label_contains("episode_length: 9.10 to 12.4").click();
    harness.run_steps(2);
    harness.get_by_label("Fit").click();
    harness.run_steps(2);
    let chosen = LabAct::Fit(FitAct::Column("episode_length".into()));
    assert_eq!(lab_acts(&harness), [chosen, LabAct::Fit(FitAct::Run)]);
    harness.get_by_label_contains("LogNormal: ").click();
    harness.run_steps(2);
    assert!(harness.query_by_label("Quantiles of the data against LogNormal").is_some(), "it is looked at");
    harness.get_by_label("Take LogNormal").click();
    harness.run_steps(2);
    assert_eq!(lab_acts(&harness).last(), Some(&LabAct::Fit(FitAct::Take("LogNormal".into()))));
    harness.get_by_label("Copy fits as CSV").click();
    harness.run_steps(2);
    assert!(harness.state().copied.starts_with("distribution,numbers,"), "{}", harness.state().copied);
}

#[test]
fn a_column_unit_is_read_before_it_counts() {
    let mut harness = open([1100.0, 720.0], false, at(Page::Fit, None));
    let unit = |harness: &mut Harness<'_, Stage>, text: &str| {
        field(harness, "Unit of the column").focus();
        harness.run_steps(2);
        field(harness, "Unit of the column").type_text(text);
        harness.run_steps(2);
        harness.key_press(Key::Enter);
        harness.run_steps(2);
    };
    unit(&mut harness, "parrots");
    assert!(lab_acts(&harness).is_empty(), "no unit: {:?}", lab_acts(&harness));
    unit(&mut harness, "deg");
    assert_eq!(lab_acts(&harness), [LabAct::Fit(FitAct::Unit("deg".into()))]);
}

#[test]
fn without_a_real_set_the_page_leads_to_one() {
    let mut harness = open([1100.0, 720.0], true, at(Page::Fit, Some(|view| view.lab = LabView::default())));
    harness.get_by_label("Open real dataset…").click();
    harness.run_steps(2);
    assert_eq!(harness.state().commands, [Command::OpenRealDataset]);
}

#[test]
fn estimates_are_asked_shown_and_refused_in_words() {
    let mut harness = open([1100.0, 720.0], true, shown(Workspace::Author));
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::E);
    harness.run_steps(3);
    harness.get_by_label("Crude Monte Carlo").click();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "99\u{2009}%").click();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "Estimate").click();
    harness.run_steps(2);
    let asked = [
        LabAct::Estimate(EstimateAct::Toggle(Estimator::Crude)),
        LabAct::Estimate(EstimateAct::Confidence(0.99)),
        LabAct::Estimate(EstimateAct::Run),
    ];
    assert_eq!(lab_acts(&harness), asked);
    assert!(harness.query_by_label_contains("Crude Monte Carlo: < 9.2e−4 no hit: an upper end").is_some());
    assert!(harness.query_by_label_contains("Importance sampling: no number: The hits are worth 3.1").is_some());
    assert!(harness.query_by_label_contains("Cross-entropy: 1.9e−4 1.4e−4 – 2.6e−4").is_some());
    assert!(harness.query_by_label_contains("Draws of the proposals: 0.211").is_some());
    harness.get_by_label("Copy estimates as CSV").click();
    harness.run_steps(2);
    let copied = &harness.state().copied;
    assert!(copied.contains("importance sampling,,,,0.95,12,3.1,4000"), "no refused number: {copied}");
}

#[test]
fn a_budget_must_be_a_number_that_makes_sense() {
    let mut harness = open([1440.0, 900.0], true, at(Page::Estimate, None));
    for (text, acts) in [("12", 0), ("20000", 1)] {
        field(&harness, "Most evaluations").focus();
        harness.run_steps(2);
        field(&harness, "Most evaluations").type_text(text);
        harness.run_steps(2);
        harness.key_press(Key::Enter);
        harness.run_steps(2);
        assert_eq!(lab_acts(&harness).len(), acts, "{text}");
    }
    assert_eq!(lab_acts(&harness), [LabAct::Estimate(EstimateAct::Budget(Some(20_000)))]);
}

#[test]
fn an_estimate_of_an_edited_family_says_so() {
    let stale: fn(&mut StudioView) = |view| {
        view.lab.estimate.answer = Answer::Found { shown: Arc::new(estimates()), stale: BEFORE_EDIT };
    };
    let harness = open([1440.0, 900.0], true, at(Page::Estimate, Some(stale)));
    let said = "What stands below is of the family before your last edit";
    assert!(harness.query_by_role_and_label(Role::Status, said).is_some());
    assert!(harness.query_by_label_contains("Cross-entropy: 1.9e−4").is_some(), "it stays");
}

#[test]
fn a_running_estimate_is_watched_and_cancelled() {
    let running: fn(&mut StudioView) = |view| view.lab.estimate.answer = Answer::Running(job());
    let mut harness = open([1440.0, 900.0], true, at(Page::Estimate, Some(running)));
    assert!(harness.query_by_label("Estimating progress").is_some());
    harness.get_by_label("Cancel").click();
    harness.run_steps(2);
    assert_eq!(harness.state().messages, [Message::CancelJob(7)]);
    harness.get_by_role_and_label(Role::Button, "Estimate").click();
    harness.run_steps(2);
    assert!(lab_acts(&harness).is_empty(), "not twice at once");
}

#[test]
fn combinations_are_turned_sorted_and_brushed() {
    let mut harness = open([1440.0, 900.0], true, shown(Workspace::Author));
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    harness.run_steps(3);
    let figure = "Combinations: only draws of the family 118, both 61, only kitchen_teleop 23, neither 48";
    assert!(harness.query_by_label(figure).is_some());
    harness.get_by_label("Next page").click();
    harness.run_steps(2);
    assert_eq!(harness.state().shell.lab.lists.page, 1);
    assert!(harness.query_by_label_contains(&format!("{} rows", 60 - PAGE)).is_some(), "the next ones");
    harness.get_by_label("Order by name").click();
    harness.run_steps(2);
    assert_eq!(harness.state().shell.lab.lists.page, 0, "from the start");
    harness.get_by_label("Covered by nothing here").click();
    harness.run_steps(2);
    keep(&harness.render().expect("an adapter"), "lab-difference-other-side");
    harness.get_by_label_contains("push_speed_m_s 0.0–0.5 m/s and glare").click();
    harness.run_steps(3);
    assert_eq!(harness.state().shell.lab.page, Page::Preview, "where the draws are");
    assert!(!harness.state().demo.as_ref().expect("drawn").view.author.many.state.brush.is_empty(), "brushed");
}

#[test]
fn two_quantities_are_mapped_and_a_cell_is_brushed() {
    let mut harness = open([1100.0, 720.0], true, at(Page::Difference, None));
    harness.get_by_label("Map of two quantities").click();
    harness.run_steps(3);
    keep(&harness.render().expect("an adapter"), "lab-difference-map");
    // The pair with the most cells of one side only comes first.
    for told in [
        "push_speed_m_s 0.2 m/s and tray_friction 0.1: 34 draws of the family, 0 frames of kitchen_teleop",
        "push_speed_m_s 0.8 m/s and tray_friction 0.5: 0 draws of the family, 40 frames of kitchen_teleop",
        "push_speed_m_s 0.4 m/s and tray_friction 0.1: 33 draws of the family, 40 frames of kitchen_teleop",
        "push_speed_m_s 0.2 m/s and tray_friction 0.5: 0 draws of the family, 0 frames of kitchen_teleop",
    ] {
        assert!(harness.query_by_role_and_label(Role::Button, told).is_some(), "{told}");
    }
    harness.get_by_label("Copy cells as CSV").click();
    harness.run_steps(2);
    let cell = "push_speed_m_s 0.2 m/s,tray_friction 0.1,34,0";
    assert!(harness.state().copied.contains(cell), "{}", harness.state().copied);
    harness.get_by_role_and_label(Role::ComboBox, "Up").click();
    harness.run_steps(3);
    harness.get_by_label("glare").click();
    harness.run_steps(3);
    harness
        .get_by_label("push_speed_m_s 0.8 m/s and glare 1: 0 draws of the family, 120 frames of kitchen_teleop")
        .click();
    harness.run_steps(3);
    assert_eq!(harness.state().shell.lab.page, Page::Preview, "where the draws are");
    let brush = &harness.state().demo.as_ref().expect("drawn").view.author.many.state.brush;
    assert_eq!((brush.range("push_speed_m_s"), brush.range("glare")), (Some([0.8, 0.8]), Some([1.0, 1.0])));
}

#[test]
fn another_event_is_read_before_it_counts() {
    let mut harness = open([1440.0, 900.0], true, at(Page::Estimate, None));
    let event = |harness: &mut Harness<'_, Stage>, text: &str| {
        field(harness, "Event").focus();
        harness.run_steps(2);
        field(harness, "Event").type_text(text);
        harness.run_steps(2);
    };
    event(&mut harness, "parrots > 3");
    assert!(harness.query_by_label_contains("parrots").is_some(), "what is wrong is said at once");
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert!(lab_acts(&harness).is_empty(), "{:?}", lab_acts(&harness));
    event(&mut harness, "tilt_deg > 60");
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    let asked = EstimateAct::Event("tabletop_light_step".into(), "tilt_deg > 60".into());
    assert_eq!(lab_acts(&harness), [LabAct::Estimate(asked)]);
}

#[test]
fn draws_of_the_proposals_stand_only_beside_the_event_that_they_were_asked_about() {
    let other: fn(&mut StudioView) = |view| {
        let shown = Estimates { event: "tilt_deg > 60".into(), ..estimates() };
        view.lab.estimate.answer = Answer::Found { shown: Arc::new(shown), stale: "" };
    };
    let harness = open([1440.0, 900.0], true, at(Page::Estimate, Some(other)));
    assert!(harness.query_by_label_contains("Cross-entropy: 1.9e−4").is_some());
    assert!(harness.query_by_label_contains("Draws of the proposals").is_none());
}

#[test]
fn a_real_set_needs_its_columns_named() {
    let bare: fn(&mut StudioView) = |view| view.lab.difference.choice.pairs.clear();
    let mut harness = open([1440.0, 900.0], true, at(Page::Difference, Some(bare)));
    harness.get_by_role_and_label(Role::Button, "Count").click();
    harness.run_steps(2);
    assert!(lab_acts(&harness).is_empty(), "nothing to count yet");
    harness.get_by_role_and_label(Role::ComboBox, "Column of tray_friction").click();
    harness.run_steps(3);
    harness.get_by_label("kLeftShoulderPitch3 · observation.state[3]").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Count").click();
    harness.run_steps(2);
    let paired = DifferenceAct::Pair("tray_friction".into(), Some("observation.state[3]".into()));
    assert_eq!(lab_acts(&harness), [LabAct::Difference(paired), LabAct::Difference(DifferenceAct::Run)]);
}

#[test]
fn one_leads_back_from_a_page() {
    let mut harness = open([1440.0, 900.0], true, at(Page::Estimate, None));
    harness.key_press(Key::Num1);
    harness.run_steps(2);
    assert_eq!(harness.state().shell.lab.page, Page::Preview);
    harness.get_by_label_contains("Estimate rare event…").scroll_to_me();
    harness.run_steps(3);
    harness.get_by_label_contains("Estimate rare event…").click();
    harness.run_steps(2);
    assert_eq!(harness.state().shell.lab.page, Page::Estimate, "from the parameter too");
}
