//! Every check can fail, and only a full row of passes is ACCEPT.

use std::path::Path;

use super::*;
use crate::data::Origin;
use crate::ledger::{Keys, SealReport, SealRequest, seal};
use crate::trial::{Arm, Comparison, TrialResult};

const CARD: [(&str, &str); 4] = [("rare event", "a"), ("artefact", "b"), ("real probe", "c"), ("discard rule", "d")];

fn time() -> Timestamp {
    Timestamp::from_unix_s(0)
}

fn item(n: u8, group: &str) -> Item {
    Item { name: format!("{n}.png"), size: 1, sha256: [n; 32], group: group.to_owned() }
}

fn held() -> Vec<Item> {
    (0..4).map(|n| item(n, "held")).collect()
}

fn plan() -> Plan {
    Plan {
        name: "p".to_owned(),
        arms: vec![Arm::RealOnly, Arm::RealResampled, Arm::Mixed],
        metric: "recall".to_owned(),
        transfer_metric: "accuracy".to_owned(),
        margin: 0.05,
        alpha: 0.05,
        attempts: 1,
        group_unit: "episode".to_owned(),
    }
}

fn result(plan: &Plan) -> TrialResult {
    TrialResult {
        plan: plan.digest().expect("digest").to_string(),
        groups: 300,
        intended: Comparison { difference: 0.2, lower: 0.1, upper: 0.3 },
        transfer: Comparison { difference: 0.0, lower: -0.02, upper: 0.02 },
        discordance: 0.1,
    }
}

/// A study in which everything passes, with handles to spoil each part.
struct Case {
    _dir: tempfile::TempDir,
    locked: LockedSet,
    report: SealReport,
    ledger: Ledger,
    reference: Vec<Item>,
    plan: Option<Plan>,
    result: Option<TrialResult>,
}

fn case(origin: Origin) -> Case {
    let dir = tempfile::tempdir().expect("temp dir");
    let keys = Keys::from_seed("ada", [1; 32]).expect("key");
    let items = held();
    let request = SealRequest { name: "s", set_path: "/real", set_digest: "d", origin, held: &[0], items: &items };
    let locked = seal(dir.path(), &request, &keys, time()).expect("seal");
    let mut ledger = Ledger::open(&dir.path().join("ledger.jsonl")).expect("ledger");
    ledger.append(time(), "ada", "seal.made", locked.ledger_body()).expect("append");
    let plan = plan();
    register(&plan, &mut ledger, time(), "ada").expect("register");
    let result = result(&plan);
    record(&mut ledger, &result);
    let report = locked.verify(&items);
    let reference = vec![item(9, "seen")];
    Case { _dir: dir, locked, report, ledger, reference, plan: Some(plan), result: Some(result) }
}

fn record(ledger: &mut Ledger, result: &TrialResult) {
    let body = serde_json::json!({"plan": result.plan, "result": result});
    ledger.append(time(), "ada", TRIAL_RESULT, body).expect("append");
}

fn verdict(case: &Case, spoil: impl FnOnce(&mut GateInputs<'_>)) -> Verdict {
    let now = time();
    let mut inputs = GateInputs {
        card: &CARD,
        findings: &[],
        seal: SealInput::Locked { set: &case.locked, report: Some(&case.report) },
        reference: &case.reference,
        lineage: Some("family a1b2, seed 7"),
        plan: case.plan.as_ref(),
        result: case.result.as_ref(),
        ledger: case.ledger.entries(),
        origin: case.locked.origin(),
        margin: 0.05,
        discordance: 0.1,
        time: &now,
    };
    spoil(&mut inputs);
    judge(&inputs)
}

#[test]
fn a_full_row_of_passes_is_accept_and_a_stand_in_never_is() {
    let real = case(Origin::Real);
    let accepted = verdict(&real, |_| {});
    assert_eq!(accepted.decision, Decision::Accept, "{:?}", accepted.reasons);
    assert!(!accepted.stand_in && accepted.plan.is_some(), "{accepted:?}");
    for origin in [Origin::StandIn, Origin::Synthetic] {
        let fake = verdict(&case(origin), |_| {});
        assert_eq!(fake.decision, Decision::Inconclusive, "{origin:?}");
        assert_eq!(fake.stand_in, origin == Origin::StandIn, "stamped");
        assert!(fake.needed.iter().any(|text| text.contains("camera")), "{:?}", fake.needed);
    }
    let text = verdict(&case(Origin::StandIn), |_| {}).reasons.join("\n");
    assert!(text.contains("STAND-IN") && text.contains("proves nothing about reality"), "{text}");
}

#[test]
fn what_came_after_the_seal_breaks_nothing_and_proves_nothing() {
    let mut late = case(Origin::Real);
    late.report.unsealed.push("2 files of the camera `front` are not under the seal".to_owned());
    let judged = verdict(&late, |_| {});
    assert_eq!(judged.decision, Decision::Inconclusive, "{:?}", judged.reasons);
    let told = "4 items compared; 2 files of the camera `front` are not under the seal; move these files away";
    assert!(judged.checks.iter().any(|check| check.evidence.contains(told)), "{:?}", judged.checks);
}

#[test]
fn each_part_alone_keeps_accept_away() {
    let ok = case(Origin::Real);
    let open_card = [("rare event", " ")];
    let finding = ["parameters[0] has no unit".to_owned()];
    let twin = [item(2, "seen")];
    let neighbour = [item(7, "held")];
    let mut changed = held();
    changed[3].sha256[0] ^= 1;
    let changed = ok.locked.verify(&changed);
    let cases: [(&str, Decision, Verdict); 11] = [
        ("Policy card", Decision::Inconclusive, verdict(&ok, |i| i.card = leak(open_card))),
        ("Family", Decision::Reject, verdict(&ok, |i| i.findings = leak(finding))),
        ("Seal holds", Decision::Inconclusive, verdict(&ok, |i| i.seal = SealInput::None)),
        ("Seal holds", Decision::Reject, verdict(&ok, |i| i.seal = SealInput::Broken("changed"))),
        ("Split by group", Decision::Reject, verdict(&ok, |i| i.reference = leak(neighbour))),
        ("No leakage", Decision::Reject, verdict(&ok, |i| i.reference = leak(twin))),
        ("Lineage", Decision::Inconclusive, verdict(&ok, |i| i.lineage = None)),
        ("Plan came", Decision::Inconclusive, verdict(&ok, |i| i.plan = None)),
        ("Helps", Decision::Inconclusive, verdict(&ok, |i| i.result = None)),
        ("Seal holds", Decision::Reject, verdict(&ok, |i| i.ledger = &[])),
        ("Sealed bytes", Decision::Reject, {
            let mut spoiled = case(Origin::Real);
            spoiled.report = changed;
            verdict(&spoiled, |_| {})
        }),
    ];
    for (name, decision, verdict) in cases {
        assert_eq!(verdict.decision, decision, "{name}: {:?}", verdict.reasons);
        assert!(verdict.reasons.iter().any(|reason| reason.starts_with(name)), "{name}: {:?}", verdict.reasons);
        let listed = verdict.checks.iter().find(|check| check.name.starts_with(name)).expect("listed");
        assert_ne!(listed.state, CheckState::Pass, "{name}");
    }
}

#[test]
fn a_file_that_holds_both_halves_is_no_leak() {
    let mut now = case(Origin::Real);
    let dir = tempfile::tempdir().expect("temp dir");
    let keys = Keys::from_seed("ada", [1; 32]).expect("key");
    let shared = item(8, crate::ledger::SHARED_GROUP);
    let mut items = held();
    items.push(shared.clone());
    let origin = Origin::Real;
    let request = SealRequest { name: "s", set_path: "/real", set_digest: "d", origin, held: &[0], items: &items };
    now.locked = seal(dir.path(), &request, &keys, time()).expect("seal");
    now.report = now.locked.verify(&items);
    now.reference.push(shared);
    now.ledger.append(time(), "ada", "seal.made", now.locked.ledger_body()).expect("append");
    assert_eq!(verdict(&now, |_| {}).decision, Decision::Accept, "{:?}", verdict(&now, |_| {}).reasons);
    items[4].sha256[0] ^= 1;
    now.report = now.locked.verify(&items);
    let changed = verdict(&now, |_| {});
    assert_eq!(changed.decision, Decision::Inconclusive, "neither shown right nor wrong: {:?}", changed.reasons);
}

/// Inputs outlive the closure that spoils them.
fn leak<T, const N: usize>(values: [T; N]) -> &'static [T] {
    Box::leak(Box::new(values))
}

#[test]
fn without_a_trial_it_says_how_many_groups_are_needed() {
    let mut none = case(Origin::Real);
    (none.plan, none.result) = (None, None);
    let verdict = verdict(&none, |_| {});
    assert_eq!(verdict.decision, Decision::Inconclusive, "no trial");
    let reasons = verdict.reasons.join("\n");
    assert!(reasons.contains("no trial is registered"), "{reasons}");
    assert!(verdict.needed.iter().any(|text| text.contains("about 248 real groups") && text.contains("1 are sealed")));
}

#[test]
fn results_count_only_for_their_registered_plan_and_within_its_attempts() {
    let mut harmful = case(Origin::Real);
    let mut bad = result(&plan());
    bad.transfer = Comparison { difference: -0.2, lower: -0.3, upper: -0.1 };
    let fresh = |result: &TrialResult| {
        let mut new = case(Origin::Real);
        new.result = Some(result.clone());
        new
    };
    assert_eq!(verdict(&fresh(&bad), |_| {}).decision, Decision::Inconclusive, "a result outside the ledger is none");
    record(&mut harmful.ledger, &bad);
    harmful.result = Some(bad);
    let verdict_now = verdict(&harmful, |_| {});
    assert_eq!(verdict_now.decision, Decision::Inconclusive, "second answer of one allowed does not count");
    assert!(verdict_now.reasons.iter().any(|reason| reason.starts_with("Attempts left")), "{:?}", verdict_now.reasons);
    let mut two = harmful;
    two.plan = Some(Plan { attempts: 2, ..plan() });
    assert_eq!(verdict(&two, |_| {}).decision, Decision::Inconclusive, "changing the plan afterwards unregisters it");
}

#[test]
fn shown_harm_is_reject_and_a_weak_result_is_not() {
    for (lower, upper, decision) in [(-0.3, -0.1, Decision::Reject), (-0.3, 0.2, Decision::Inconclusive)] {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut now = case(Origin::Real);
        let mut ledger = Ledger::open(&dir.path().join("l.jsonl")).expect("ledger");
        ledger.append(time(), "ada", "seal.made", now.locked.ledger_body()).expect("append");
        register(&plan(), &mut ledger, time(), "ada").expect("register");
        let mut found = result(&plan());
        found.intended = Comparison { difference: -0.05, lower, upper };
        record(&mut ledger, &found);
        (now.ledger, now.result) = (ledger, Some(found));
        assert_eq!(verdict(&now, |_| {}).decision, decision, "upper bound {upper}");
    }
}

#[test]
fn needed_groups_are_the_published_ones() {
    for (margin, n) in [(0.02, 1546), (0.05, 248), (0.10, 62)] {
        assert_eq!(needed_groups(margin, 0.1), Some(n), "{margin}");
    }
    for (margin, q) in [(0.0, 0.1), (f64::NAN, 0.1), (0.05, 0.0), (0.05, 2.0)] {
        assert_eq!(needed_groups(margin, q), None, "{margin} {q}");
    }
}

#[test]
fn opening_writes_the_ledger_first_or_opens_nothing() {
    let mut now = case(Origin::Real);
    let before = now.ledger.entries().len();
    assert!(open(&now.locked, " ", &mut now.ledger, time(), "ada").is_err(), "no purpose");
    assert_eq!(now.ledger.entries().len(), before, "and no entry");
    let opened = open(&now.locked, "trial p", &mut now.ledger, time(), "ada").expect("open");
    assert_eq!((opened.entry() as usize, opened.items()), (before, held().as_slice()), "list with entry");
    assert_eq!(opened.set_path(), Path::new("/real"), "path");
    let entry = &now.ledger.entries()[before];
    assert_eq!((entry.kind.as_str(), &entry.body["purpose"]), (LOCK_OPENED, &serde_json::json!("trial p")), "kept");
    // Something else grows the file: the ledger refuses, and so does the gate.
    use std::io::Write as _;
    let mut file = std::fs::OpenOptions::new().append(true).open(now.ledger.path()).expect("file");
    file.write_all(b"x").expect("write");
    assert!(open(&now.locked, "again", &mut now.ledger, time(), "ada").is_err(), "nothing opened");
    assert!(register(&plan(), &mut now.ledger, time(), "ada").is_err(), "registered before");
}
