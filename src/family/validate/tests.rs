//! Each mistake is found once, where it is.

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
        (name: "t", unit: "s", role: Cause, nominal: Uniform(low: 0, high: 2)),
        (name: "p", unit: "m", role: Cause, nominal: Uniform(low: 0, high: 2), proposal: Uniform(low: 0, high: 2)),
        (name: "n", unit: "", role: Nuisance, nominal: Choice([(value: 0, weight: 1), (value: 1, weight: 1)])),
    ],
    requirements: [(name: "r", that: "p + 0.2 * p > 0.1")],
    events: [(name: "e", at_s: "t", over_s: 0.1, action: ScaleLight(to: 0.1))],
    measures: [(name: "m", is: "tilt > 1"), (name: "k", unit: "deg", is: "tilt * (m + n)")],
    rare_event: "m",
)"#;

fn findings(text: &str) -> Vec<Finding> {
    let vocabulary = Vocabulary::of(&[("tilt", "deg")], &[], &[]);
    validate(&parse(text, "f.ron").unwrap(), &vocabulary)
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
        ("57.5", "\"pp\"", "camera.vertical_fov_deg", "did you mean `p`?"),
        ("57.5", "\"p\"", "camera.vertical_fov_deg", "gives m, but deg is needed"),
        ("57.5", "\"1 rad\"", "", ""),
        ("57.5", "inf", "camera.vertical_fov_deg", "finite"),
        ("at_s: \"t\"", "at_s: \"2 h\"", "events[0].at_s", "within 0 to 2.5"),
        ("at_s: \"t\"", "when: \"t > 1\", at_s: 1", "events[0].when", "keep one"),
        ("at_s: \"t\", ", "", "events[0].at_s", "never starts"),
        ("nominal: Uniform(low: 0, high: 2)),", "nominal: Normal(mean: 1, sd: 2)),", "events[0].at_s", "no end"),
        ("width_px: 64", "width_px: 8", "camera.width_px", "16 to 4096"),
        ("57.5", "0.1", "camera.vertical_fov_deg", "within 1 to 170"),
        ("target_m: (1, 0, 0)", "target_m: (0, 0, 1)", "camera.target_m", "move the target"),
        ("duration_s: 2.5", "duration_s: 601", "clock.duration_s", "600"),
        ("frame_rate_hz: 30", "frame_rate_hz: NaN", "clock.frame_rate_hz", "240"),
        ("(name: \"n\", unit: \"\"", "(name: \"n\", unit: \"kgs\"", "parameters[2].unit", "did you mean `kg`?"),
        (
            "proposal: Uniform(low: 0, high: 2)",
            "proposal: Uniform(low: 0.5, high: 1)",
            "parameters[1].proposal",
            "0 to 0.5 and 1 to 2",
        ),
        ("proposal: Uniform(low: 0, high: 2)", "proposal: Constant(1)", "parameters[1].proposal", "except 1"),
        (
            "nominal: Uniform(low: 0, high: 2), proposal",
            "nominal: Constant(1), proposal",
            "parameters[1].proposal",
            "exactly 1",
        ),
        (
            "(value: 1, weight: 1)])",
            "(value: 1, weight: 1)]), proposal: Choice([(value: 0, weight: 1)])",
            "parameters[2].proposal",
            "never draws 1,",
        ),
        ("(value: 1, weight: 1)", "(value: 1, weight: -1)", "parameters[2].nominal", "above 0"),
        ("p + 0.2 * p > 0.1", "p + nn > 0.1", "requirements[0].that", "did you mean `n`?"),
        ("p + 0.2 * p > 0.1", "p + n", "requirements[0].that", "condition"),
        ("p + 0.2 * p > 0.1", "p + > 1", "requirements[0].that", "column"),
        ("p + 0.2 * p > 0.1", "tilt > 1", "requirements[0].that", "has no value here"),
        ("at_s: \"t\"", "at_s: 3", "events[0].at_s", "within 0 to 2.5"),
        ("over_s: 0.1", "over_s: -1", "events[0].over_s", "within 0"),
        ("to: 0.1", "to: -1", "events[0].action.to", "factor"),
        ("name: \"m\"", "name: \"tilt\"", "measures[0].name", "already"),
        ("is: \"tilt > 1\"", "is: \"k > 1\"", "measures[0].is", "has no value here"),
        ("rare_event: \"m\",\n", "rare_event: \"mm\",\n", "rare_event", "did you mean `m`?"),
        ("(name: \"r\"", "(name: \"max\"", "requirements[0].name", "meaning in expressions"),
    ] {
        assert!(SOUND.contains(from), "{from}");
        let found = findings(&SOUND.replacen(from, to, 1));
        if field.is_empty() {
            assert_eq!(found, [], "{to} is fine");
            continue;
        }
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
    assert!(found.iter().any(|finding| finding.field == "parameters[2].name"), "{found:?}");
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

#[test]
fn cases_are_counted_through_cases_and_bounded() {
    let case = r#"(when: "t > 1", then: Cases(of: [(when: "t > 1.5", then: Constant(0))], otherwise: Constant(1)))"#;
    let with = |n: usize| {
        let cases = format!("Cases(of: [{}], otherwise: Constant(0))", vec![case; n].join(", "));
        SOUND.replace("Choice([(value: 0, weight: 1), (value: 1, weight: 1)])", &cases)
    };
    assert_eq!(findings(&with(500)), [], "1,000 with those inside");
    let found = findings(&with(501));
    let [finding] = found.as_slice() else { panic!("{found:?}") };
    assert!(finding.field == "parameters" && finding.text.contains("have 1002 cases"), "{finding:?}");
    assert!(Plan::new(&parse(&with(501), "f.ron").unwrap()).is_err(), "it is not prepared either");
}

#[test]
fn what_is_prepared_after_an_edit_is_what_is_prepared_anew() {
    let before = parse(SOUND, "f.ron").unwrap();
    let ready = Prepared::of(&before);
    let flat = |high: f64| crate::family::written(&Distribution::Uniform { low: 0.0, high });
    let edits: [fn(&mut Family); 4] = [
        |_| {},
        |family| family.parameters.swap(0, 1),
        |family| drop(family.parameters.pop()),
        |family| family.id = "another".to_owned(),
    ];
    let pulled = |family: &mut Family, at: usize| family.parameters[at].nominal = flat(1.25);
    let mut edited: Vec<Family> = edits.iter().map(|edit| changed(&before, edit)).collect();
    edited.extend((0..before.parameters.len()).map(|at| changed(&before, |family| pulled(family, at))));
    for family in edited {
        let (anew, after) = (Prepared::of(&family), Prepared::after(&family, Some(&ready)));
        let probes = |ready: &Prepared| match &ready.ranges {
            Some(Ok(ranges)) => Some(format!("{:?}", ranges.probes)),
            _ => None,
        };
        assert_eq!(probes(&anew), probes(&after), "the very same draws are tried");
        let vocabulary = Vocabulary::default();
        let findings = |ready| validate_prepared(&family, &vocabulary, ready);
        assert_eq!(findings(&anew), findings(&after));
    }
}

fn changed(family: &Family, edit: impl Fn(&mut Family)) -> Family {
    let mut family = family.clone();
    edit(&mut family);
    family
}
