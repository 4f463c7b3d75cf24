//! The checklist and the rule that turns it into a verdict.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, CheckState, Decision, PLAN_REGISTERED, TRIAL_RESULT, Verdict};
use crate::data::{Item, Origin};
use crate::ledger::{Entry, LockedSet, SHARED_GROUP, SealReport, Timestamp};
use crate::trial::{Plan, TrialResult};

/// What is known of the seal.
#[derive(Clone, Copy, Debug)]
pub enum SealInput<'a> {
    /// Nothing is sealed.
    None,
    /// A seal exists and does not hold; the error's words.
    Broken(&'a str),
    /// A seal whose signature holds. `report` is `None` where the sealed files could not be looked at.
    Locked {
        /// The sealed set.
        set: &'a LockedSet,
        /// The comparison with the files as they are now.
        report: Option<&'a SealReport>,
    },
}

/// Everything that the verdict depends on.
#[derive(Clone, Copy, Debug)]
pub struct GateInputs<'a> {
    /// The policy card: question and answer, in order.
    pub card: &'a [(&'a str, &'a str)],
    /// What validation found wrong with the family, one sentence each.
    pub findings: &'a [String],
    /// The seal.
    pub seal: SealInput<'a>,
    /// The items that people and learners may see.
    pub reference: &'a [Item],
    /// The synthetic data's declared lineage (family digest, seed, software); `None` where it is not declared.
    pub lineage: Option<&'a str>,
    /// The plan.
    pub plan: Option<&'a Plan>,
    /// The plan's result.
    pub result: Option<&'a TrialResult>,
    /// The ledger, verified.
    pub ledger: &'a [Entry],
    /// Where the set that is judged on comes from, as the study knows it; counts where no seal says so.
    pub origin: Origin,
    /// The margin to plan for where no plan is registered, as a share.
    pub margin: f64,
    /// The share of groups on which two learners are expected to disagree, where no result says.
    pub discordance: f64,
    /// When.
    pub time: &'a Timestamp,
}

/// Real groups needed to show non-inferiority within `margin` at one-sided 5 % with 80 % power, when the two learners
/// disagree on a share `discordance` of the groups. `None` where the numbers are not shares above 0.
pub fn needed_groups(margin: f64, discordance: f64) -> Option<u64> {
    if !(margin > 0.0 && margin < 1.0 && discordance > 0.0 && discordance <= 1.0) {
        return None;
    }
    // Normal quantiles of 0.95 and 0.80.
    let z = 1.644_853_627 + 0.841_621_234;
    Some((z * z * discordance / (margin * margin)).ceil() as u64)
}

/// The verdict over `inputs`.
pub fn judge(inputs: &GateInputs<'_>) -> Verdict {
    let registered = plan_registered(inputs);
    let mut checks = vec![card(inputs), family(inputs)];
    checks.extend(seal_checks(inputs));
    checks.extend([groups(inputs), leakage(inputs), lineage(inputs), registered]);
    checks.extend([attempts(inputs), superiority(inputs), transfer(inputs)]);
    let decision = decide(inputs, &checks);
    let stand_in = inputs.origin == Origin::StandIn
        || matches!(inputs.seal, SealInput::Locked { set, .. } if set.origin() == Origin::StandIn);
    let plan = inputs.plan.and_then(|plan| plan.digest().ok()).map(|digest| digest.to_string());
    let reasons = reasons(decision, &checks);
    Verdict { decision, needed: needed(inputs, &checks), reasons, checks, plan, stand_in, time: inputs.time.clone() }
}

/// Accept needs every check; reject needs something shown: a failed check that is not mere ineligibility.
fn decide(inputs: &GateInputs<'_>, checks: &[Check]) -> Decision {
    let good = |check: &Check| matches!(check.state, CheckState::Pass | CheckState::NotApplicable);
    if checks.iter().all(good) {
        return Decision::Accept;
    }
    let shown = |check: &&Check| check.state == CheckState::Fail && !UNDECIDED.contains(&check.name.as_str());
    let harmful = inputs.plan.zip(inputs.result).is_some_and(|(plan, result)| {
        trial_counts(inputs) && (result.intended.upper < 0.0 || result.transfer.upper < -plan.margin)
    });
    if harmful || checks.iter().any(|check| shown(&check)) { Decision::Reject } else { Decision::Inconclusive }
}

/// Checks whose failure proves nothing against the data: it only cannot be accepted on this evidence.
const UNDECIDED: [&str; 4] = [REAL, SUPERIORITY, TRANSFER, ATTEMPTS];
const REAL: &str = "Real set is real";
const SUPERIORITY: &str = "Helps on the intended metric";
const TRANSFER: &str = "Costs nothing elsewhere";
const ATTEMPTS: &str = "Attempts left";

fn check(name: &str, rule: &str, state: CheckState, evidence: impl Into<String>) -> Check {
    Check {
        name: name.to_owned(),
        rule: rule.to_owned(),
        measured: None,
        threshold: None,
        state,
        evidence: evidence.into(),
    }
}

fn with(mut check: Check, measured: impl Into<String>, threshold: impl Into<String>) -> Check {
    check.measured = Some(measured.into());
    check.threshold = Some(threshold.into());
    check
}

fn state(passed: bool) -> CheckState {
    if passed { CheckState::Pass } else { CheckState::Fail }
}

fn card(inputs: &GateInputs<'_>) -> Check {
    let empty: Vec<&str> = inputs.card.iter().filter(|(_, answer)| answer.trim().is_empty()).map(|(q, _)| *q).collect();
    let n = inputs.card.len();
    let complete = n > 0 && empty.is_empty();
    let evidence =
        if complete { "every question has an answer".to_owned() } else { format!("unanswered: {}", empty.join(", ")) };
    let rule = "every question of the policy card is answered";
    // An unfinished card is work to do, not proof against the data.
    let state = if complete { CheckState::Pass } else { CheckState::Missing };
    with(check("Policy card is complete", rule, state, evidence), (n - empty.len()).to_string(), n.to_string())
}

fn family(inputs: &GateInputs<'_>) -> Check {
    let n = inputs.findings.len();
    let evidence = if n == 0 { "validation found nothing".to_owned() } else { inputs.findings.join("; ") };
    with(check("Family is valid", "validation finds nothing", state(n == 0), evidence), n.to_string(), "0")
}

fn seal_checks(inputs: &GateInputs<'_>) -> Vec<Check> {
    let exists = "a seal over held real items, signed by a key you know";
    let same = "every sealed item is there, unchanged, and nothing was added";
    let real = "the sealed items were recorded by a camera";
    let (seal_name, same_name) = ("Seal holds", "Sealed bytes are unchanged");
    let (set, report) = match inputs.seal {
        SealInput::None => {
            let none = "nothing is sealed; split and seal a real set";
            return [(seal_name, exists), (same_name, same), (REAL, real)]
                .map(|(name, rule)| check(name, rule, CheckState::Missing, none))
                .to_vec();
        }
        SealInput::Broken(words) => {
            return vec![
                check(seal_name, exists, CheckState::Fail, words),
                check(same_name, same, CheckState::Missing, "cannot be told without a seal that holds"),
                check(REAL, real, CheckState::Missing, "cannot be told without a seal that holds"),
            ];
        }
        SealInput::Locked { set, report } => (set, report),
    };
    vec![signature(inputs, set, seal_name, exists), unchanged(report, same_name, same), is_real(set, real)]
}

fn signature(inputs: &GateInputs<'_>, set: &LockedSet, name: &str, rule: &str) -> Check {
    let root = set.root();
    let entry = inputs.ledger.iter().find(|entry| entry.kind == "seal.made" && entry.body["root"] == root);
    let key = set.key();
    let (state, evidence) = match (entry, set.key_is_trusted()) {
        (Some(entry), true) => (CheckState::Pass, format!("signed by {key}, ledger entry {}", entry.seq)),
        (None, _) => (CheckState::Fail, "the ledger has no entry for this seal; seal the set in this study".to_owned()),
        (Some(_), false) => {
            (CheckState::Missing, format!("signed by {key}, which you do not know; ask its owner and add the key"))
        }
    };
    with(check(name, rule, state, evidence), format!("root {}", root.get(..8).unwrap_or(&root)), "a known key")
}

fn unchanged(report: Option<&SealReport>, name: &str, rule: &str) -> Check {
    let Some(report) = report else {
        let evidence = "the sealed files were not looked at; connect their drive and verify the seal";
        return check(name, rule, CheckState::Missing, evidence);
    };
    let n = report.differences().count();
    let mut words: Vec<&str> = report.differences().take(5).map(|difference| difference.text.as_str()).collect();
    let more = format!("and {} more", n.saturating_sub(5));
    if n > 5 {
        words.push(&more);
    }
    let mut evidence = if n == 0 { format!("{} items compared", report.unchanged) } else { words.join("; ") };
    for text in &report.unsealed {
        evidence.push_str("; ");
        evidence.push_str(text);
    }
    let mut outcome = state(n == 0);
    if n == 0 && !report.unsealed.is_empty() {
        // What was sealed is untouched. Whether a trial looked at what was not, nobody can tell.
        outcome = CheckState::Missing;
        evidence.push_str("; move these files away, or take the set in and seal it under a new name");
    }
    if report.only_shared_differs() {
        // Not shown to be wrong: another episode in the same file may have changed. Not shown to be right either.
        outcome = CheckState::Missing;
        evidence.push_str("; no sealed episode's own content changed, restore these files or seal under a new name");
    }
    with(check(name, rule, outcome, evidence), format!("{n} differences"), "0")
}

fn is_real(set: &LockedSet, rule: &str) -> Check {
    let (state, evidence) = match set.origin() {
        Origin::Real => (CheckState::Pass, "declared real at intake and sealed as such"),
        Origin::StandIn => (
            CheckState::Fail,
            "the set is a STAND-IN that was generated for a demonstration; it proves nothing about reality, bring real data",
        ),
        Origin::Synthetic => (CheckState::Fail, "the set is synthetic; seal a real one"),
    };
    let origin = match set.origin() {
        Origin::Real => "REAL",
        Origin::Synthetic => "SYNTHETIC",
        Origin::StandIn => "STAND-IN",
    };
    with(check(REAL, rule, state, evidence), origin.to_owned(), "REAL")
}

fn locked<'a>(inputs: &GateInputs<'a>) -> Option<&'a LockedSet> {
    match inputs.seal {
        SealInput::Locked { set, .. } => Some(set),
        SealInput::None | SealInput::Broken(_) => None,
    }
}

fn groups(inputs: &GateInputs<'_>) -> Check {
    let (name, rule) = ("Split by group", "no group has items on both sides");
    let Some(set) = locked(inputs) else { return check(name, rule, CheckState::Missing, "nothing is sealed") };
    if inputs.reference.is_empty() {
        return check(name, rule, CheckState::Missing, "there are no reference items to compare with");
    }
    let held = set.groups();
    let both: BTreeSet<&str> =
        inputs.reference.iter().map(|item| item.group.as_str()).filter(|group| held.contains(group)).collect();
    let shown = both.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    let evidence = if both.is_empty() {
        format!("{} held groups, none of them in the reference half", held.len())
    } else {
        format!("on both sides: {shown}; split again by group and seal under a new name")
    };
    with(check(name, rule, state(both.is_empty()), evidence), format!("{} shared", both.len()), "0")
}

fn leakage(inputs: &GateInputs<'_>) -> Check {
    let (name, rule) = ("No leakage", "no held item has the same bytes as a reference item");
    let Some(set) = locked(inputs) else { return check(name, rule, CheckState::Missing, "nothing is sealed") };
    if inputs.reference.is_empty() {
        return check(name, rule, CheckState::Missing, "there are no reference items to compare with");
    }
    // A file that holds both halves is on both sides by design; its episodes are compared one by one.
    let own = |item: &&Item| item.group != SHARED_GROUP;
    let seen: BTreeMap<[u8; 32], &str> =
        inputs.reference.iter().filter(own).map(|item| (item.sha256, item.name.as_str())).collect();
    let same: Vec<String> = set
        .items()
        .iter()
        .filter(own)
        .filter_map(|item| seen.get(&item.sha256).map(|twin| format!("`{}` is `{twin}`", item.name)))
        .collect();
    let shown = same.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    let evidence = if same.is_empty() {
        let n = set.items().iter().filter(own).count();
        format!(
            "{n} held items compared with {} by digest; near twins are looked for when a set is taken in",
            seen.len()
        )
    } else {
        format!("{shown}; remove the twins, split again and seal under a new name")
    };
    with(check(name, rule, state(same.is_empty()), evidence), format!("{} identical", same.len()), "0")
}

fn lineage(inputs: &GateInputs<'_>) -> Check {
    let (name, rule) = ("Lineage is declared", "family, seed and software of the synthetic data are recorded");
    match inputs.lineage.filter(|text| !text.trim().is_empty()) {
        Some(text) => check(name, rule, CheckState::Pass, text),
        None => check(name, rule, CheckState::Missing, "it is not recorded; generate the set in this study"),
    }
}

fn entries_of<'a>(inputs: &GateInputs<'a>, kind: &str, key: &str) -> Vec<&'a Entry> {
    let Some(digest) = inputs.plan.and_then(|plan| plan.digest().ok()).map(|digest| digest.to_string()) else {
        return Vec::new();
    };
    inputs.ledger.iter().filter(|entry| entry.kind == kind && entry.body[key] == digest).collect()
}

fn plan_registered(inputs: &GateInputs<'_>) -> Check {
    let (name, rule) = ("Plan came before results", "the trial's plan is in the ledger before its first result");
    let Some(plan) = inputs.plan else {
        return check(name, rule, CheckState::Missing, "no trial is registered, so nothing can be shown yet");
    };
    let registered = entries_of(inputs, PLAN_REGISTERED, "digest").first().map(|entry| entry.seq);
    let first_result = entries_of(inputs, TRIAL_RESULT, "plan").first().map(|entry| entry.seq);
    match (registered, first_result) {
        (None, _) => {
            let evidence = format!("the plan `{}` is not in the ledger, or was changed since; register it", plan.name);
            check(name, rule, CheckState::Missing, evidence)
        }
        (Some(plan_at), Some(result_at)) if result_at < plan_at => {
            let evidence = format!("result entry {result_at} is older than plan entry {plan_at}; register a new plan");
            check(name, rule, CheckState::Fail, evidence)
        }
        (Some(plan_at), _) => check(name, rule, CheckState::Pass, format!("ledger entry {plan_at}")),
    }
}

/// Whether the result belongs to the registered plan, is in the ledger after it, and came within the plan's attempts.
fn trial_counts(inputs: &GateInputs<'_>) -> bool {
    let Some((plan, result)) = inputs.plan.zip(inputs.result) else { return false };
    let results = entries_of(inputs, TRIAL_RESULT, "plan");
    let recorded =
        results.iter().any(|entry| serde_json::to_value(result).is_ok_and(|value| entry.body["result"] == value));
    plan.digest().is_ok_and(|digest| digest.to_string() == result.plan)
        && recorded
        && plan_registered(inputs).state == CheckState::Pass
        && results.len() <= plan.attempts as usize
}

fn attempts(inputs: &GateInputs<'_>) -> Check {
    let rule = "the sealed set was not asked more often than the plan allows";
    let Some(plan) = inputs.plan else { return check(ATTEMPTS, rule, CheckState::Missing, "no trial is registered") };
    let used = entries_of(inputs, TRIAL_RESULT, "plan").len();
    let passed = used <= plan.attempts as usize;
    let evidence = if passed {
        "counted in the ledger"
    } else {
        "the set was asked too often; its answers no longer count, seal new real data"
    };
    with(check(ATTEMPTS, rule, state(passed), evidence), format!("{used} used"), format!("{} allowed", plan.attempts))
}

fn superiority(inputs: &GateInputs<'_>) -> Check {
    let rule = "on sealed real data, mixed beats real-resampled: the lower bound of the difference is above 0";
    let Some(result) = inputs.result.filter(|_| trial_counts(inputs)) else {
        return no_trial(inputs, SUPERIORITY, rule);
    };
    let found = result.intended;
    let evidence =
        format!("{} groups, difference {:+.3}, upper bound {:+.3}", result.groups, found.difference, found.upper);
    with(
        check(SUPERIORITY, rule, state(found.lower > 0.0), evidence),
        format!("lower bound {:+.3}", found.lower),
        "above 0",
    )
}

fn transfer(inputs: &GateInputs<'_>) -> Check {
    let rule = "on sealed real data, mixed loses less than the margin on the transfer metric";
    let counted = inputs.plan.zip(inputs.result).filter(|_| trial_counts(inputs));
    let Some((plan, result)) = counted else { return no_trial(inputs, TRANSFER, rule) };
    let found = result.transfer;
    let evidence =
        format!("{} groups, difference {:+.3}, upper bound {:+.3}", result.groups, found.difference, found.upper);
    let passed = found.lower > -plan.margin;
    let threshold = format!("above {:+.3}", -plan.margin);
    with(check(TRANSFER, rule, state(passed), evidence), format!("lower bound {:+.3}", found.lower), threshold)
}

fn no_trial(inputs: &GateInputs<'_>, name: &str, rule: &str) -> Check {
    let evidence = match (inputs.plan, inputs.result) {
        (None, _) => "no trial is registered",
        (Some(_), None) => "the registered trial has no result yet",
        (Some(_), Some(_)) => {
            "the result does not belong to the registered plan's entries in the ledger, so it does not count"
        }
    };
    check(name, rule, CheckState::Missing, evidence)
}

fn reasons(decision: Decision, checks: &[Check]) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    if decision == Decision::Accept {
        reasons.push("every check passed on sealed real data".to_owned());
    }
    let failed = |check: &&Check| check.state == CheckState::Fail;
    let missing = |check: &&Check| check.state == CheckState::Missing;
    let words = |check: &Check| format!("{}: {}", check.name, check.evidence);
    reasons.extend(checks.iter().filter(failed).map(words));
    reasons.extend(checks.iter().filter(missing).map(words));
    reasons
}

fn needed(inputs: &GateInputs<'_>, checks: &[Check]) -> Vec<String> {
    let open = |name: &str| checks.iter().any(|check| check.name == name && check.state != CheckState::Pass);
    let mut needed = Vec::new();
    if open(REAL) {
        needed.push("a sealed set that was recorded by a camera".to_owned());
    }
    if inputs.plan.is_none() {
        needed.push("a trial plan, registered before its results".to_owned());
    }
    if !open(SUPERIORITY) && !open(TRANSFER) {
        return needed;
    }
    let margin = inputs.plan.map_or(inputs.margin, |plan| plan.margin);
    let discordance = inputs.result.map_or(inputs.discordance, |result| result.discordance);
    if let Some(n) = needed_groups(margin, discordance) {
        let have = locked(inputs).map_or(0, |set| set.groups().len());
        needed.push(format!(
            "about {n} real groups (independent episodes or sessions) to rule out a loss of {:.1} points with 80 % power \
             if two learners disagree on {:.0} % of them; {have} are sealed",
            margin * 100.0,
            discordance * 100.0,
        ));
    }
    needed
}
