//! Families whose event has a known probability, with and without requirements, proposals and soft requirements.

use std::sync::Arc;

use super::*;
use crate::base::Silent;
use crate::family::{Distribution, Parameter, Requirement, written};

const PHI_3: f64 = 1.349_898_031_630_094_5e-3;
const PHI_2: f64 = 2.275_013_194_817_921e-2;

/// Two normals; the event is beyond three sigma on their diagonal.
fn family() -> Family {
    let normal = Distribution::Normal { mean: 0.0, sd: 1.0 };
    let shifted = written(&Distribution::Normal { mean: 2.1, sd: 1.1 });
    let mut family = Family::new("diagonal", "Diagonal", "tabletop");
    family.card.rare_event = "far out".to_owned();
    for name in ["x", "y"] {
        family.parameters.push(Parameter { proposal: Some(shifted.clone()), ..Parameter::new(name, "m", &normal) });
    }
    family.rare_event = "(x + y) / sqrt(2) > 3".to_owned();
    family
}

fn study(family: Family) -> Study {
    Study {
        name: "s".to_owned(),
        seed: 11,
        families: vec![Arc::new(family)],
        sets: Vec::new(),
        gate: crate::study::GateSettings::default(),
        notes: String::new(),
        remarks: Vec::new(),
        variants: BTreeMap::new(),
        unreadable: Vec::new(),
    }
}

fn request(event: Option<&str>, budget: u64) -> EstimateRequest {
    EstimateRequest {
        family: "diagonal".to_owned(),
        event: event.map(str::to_owned),
        estimators: Estimator::ALL.to_vec(),
        budget: Some(budget),
        defensive: 0.1,
        confidence: 0.95,
    }
}

fn answers(family: Family, event: Option<&str>) -> Vec<(Estimator, rare::Answer)> {
    let found = estimate(&study(family), &request(event, 60_000), &Silent).unwrap();
    assert!(!found.simulated, "told from the values");
    // Where requirements leave few draws, the searches say so and give no number.
    let honest = |refusal: &str| refusal.contains("too few to learn from") || refusal.contains("the budget of 60000");
    let answer = |(estimator, found): (Estimator, Result<Estimate, RareError>)| match found.unwrap().answer {
        Err(refusal) if honest(&refusal) => None,
        answer => Some((estimator, answer.unwrap())),
    };
    let answers: Vec<_> = found.answers.into_iter().filter_map(answer).collect();
    assert!(answers.len() >= 2, "{answers:?}");
    answers
}

#[test]
fn all_estimators_agree_with_the_closed_form() {
    let all = answers(family(), None);
    assert_eq!(all.len(), 4, "none refuses");
    for (estimator, answer) in all {
        // A wider interval than 95 %, because four are looked at.
        let half = (answer.high - answer.low) * 0.9;
        assert!((answer.probability - PHI_3).abs() < half, "{estimator:?}: {answer:?}");
        assert!(answer.high < 3.0 * PHI_3, "not needlessly wide, {estimator:?}: {answer:?}");
    }
}

#[test]
fn requirements_condition_the_probability() {
    // P(u > 3 | u > 2) for the diagonal u.
    let mut conditioned = family();
    let diagonal = "(x + y) / sqrt(2) > 2".to_owned();
    conditioned.requirements.push(Requirement {
        name: "r".to_owned(),
        that: diagonal,
        probability: None,
        because: String::new(),
    });
    for (estimator, answer) in answers(conditioned.clone(), None) {
        let exact = PHI_3 / PHI_2;
        assert!(
            (answer.probability - exact).abs() < answer.high - answer.low,
            "{estimator:?}: {answer:?}, exact {exact}"
        );
    }
    // Asked for in half of the draws: (0.5 P(u>3) + 0.5 P(u>3)) / (0.5 P(u>2) + 0.5).
    conditioned.requirements[0].probability = Some(0.5);
    for (estimator, answer) in answers(conditioned, None) {
        let exact = PHI_3 / (0.5 * PHI_2 + 0.5);
        assert!(
            (answer.probability - exact).abs() < answer.high - answer.low,
            "{estimator:?}: {answer:?}, exact {exact}"
        );
    }
}

#[test]
fn another_event_can_be_asked_for_and_nonsense_cannot() {
    for (estimator, answer) in answers(family(), Some("x > 2")) {
        assert!((answer.probability - PHI_2).abs() < answer.high - answer.low, "{estimator:?}: {answer:?}");
    }
    let refusal =
        |event: &str| estimate(&study(family()), &request(Some(event), 1_000), &Silent).unwrap_err().to_string();
    assert!(refusal("xx > 2").contains("did you mean `x`?"), "{}", refusal("xx > 2"));
    assert!(refusal("x > ").contains("column"), "{}", refusal("x > "));
    let wrong = EstimateRequest { defensive: 0.0, ..request(None, 1_000) };
    assert!(estimate(&study(family()), &wrong, &Silent).unwrap_err().to_string().contains("such as 0.1"), "share");
}

#[test]
fn a_weighed_nominal_draw_has_the_weight_of_a_proposals() {
    let family = family();
    let problem = FamilyProblem::new(&family, None).unwrap();
    let (mut row, mut again) = ([0.0; 2], [0.0; 2]);
    let plan = problem.plan();
    let ln = plan.fill(Inputs::Scores(&[0.3, -0.4]), From::NominalWeighed, &[], &mut row).unwrap();
    // The proposal's score of the same value.
    let back = row.map(|value| (value - 2.1) / 1.1);
    let other = plan.fill(Inputs::Scores(&back), From::Proposal, &[], &mut again).unwrap();
    assert!((row[0] - again[0]).abs() < 1e-12 && (ln - other).abs() < 1e-12, "{row:?} {again:?} {ln} {other}");
}

#[test]
fn a_simulated_event_is_estimated_from_episodes() {
    let family = crate::run::new::example(crate::run::new::EXAMPLES[0].0).expect("ships with the program");
    let problem = FamilyProblem::new(&family, None).unwrap();
    assert!(problem.is_simulated());
    // The centre of the nominal does not tip, a fast high push does not reach the margin of the centre.
    let Outcome::Permitted { margin } = problem.evaluate(&vec![0.0; Problem::dimensions(&problem)]).unwrap() else {
        panic!("permitted")
    };
    assert!((-45.0..0.0).contains(&margin), "degrees to 45: {margin}");
    let names = ["tilt_deg".to_owned(), "reach_speed_m_s".to_owned()];
    let measured = problem.measured(&names).unwrap();
    let found = measured.evaluate(&vec![0.0; Problem::dimensions(&problem)]).unwrap();
    assert!((found.measures[0] - 45.0 - margin).abs() < 1e-9, "{found:?}");
    let wrong = ["tlt_deg".to_owned()];
    assert!(problem.measured(&wrong).unwrap_err().to_string().contains("did you mean `tilt_deg`?"));
}
