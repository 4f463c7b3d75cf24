//! What the other workspaces, the tree, the tabs and the ledger show.

use std::sync::Arc;

use crate::app::icon;
use crate::app::view::{
    self, ExportView, Glyph, LedgerRow, LockView, Rule, RuleState, TabState, TreeNode, TrialView, VerdictState,
};
use crate::base::text::counted;
use crate::data::Origin;
use crate::family::{Family, Severity};
use crate::gate::{CheckState, Decision, LOCK_OPENED, Verdict};
use crate::ledger::Entry;
use crate::run::import::origin_word;
use crate::study::Study;

use super::document::Document;
use super::fill_compare::origin;
use super::intake::OPENING;
use super::tasks::is_reality;

/// Begins the node of a family whose file cannot be read.
pub(super) const UNREADABLE: &str = "unreadable:";

/// The tree: families, sets, seals, packs.
pub(super) fn tree(document: &Document) -> Vec<TreeNode> {
    let study = document.study();
    let heading = |label: &str, count: usize| node(0, label, label, "", &count.to_string(), Glyph::Idle, None);
    let mut rows = vec![heading("Families", study.families.len() + study.unreadable.len())];
    for (depth, family) in by_base(study) {
        let prepared = document.prepared_of(family);
        let findings = &prepared.findings;
        let glyph = match findings.iter().any(|finding| finding.severity == Severity::Error) {
            true => Glyph::Bad,
            false if findings.is_empty() => Glyph::Good,
            false => Glyph::Attention,
        };
        let detail = match (family.extends.is_some(), family.camera.sensor.is_some()) {
            (true, true) => "variant, sensor",
            (true, false) => "variant",
            (false, true) => "sensor",
            (false, false) => "",
        };
        rows.push(node(depth, &format!("family:{}", family.id), &family.title, icon::CUBE, detail, glyph, None));
    }
    for file in &study.unreadable {
        let id = format!("{UNREADABLE}{}", file.id);
        rows.push(node(1, &id, &file.id, icon::CUBE, "unreadable", Glyph::Bad, None));
    }
    rows.push(heading("Sets", study.sets.len()));
    for set in &study.sets {
        let sign = if set.origin == Origin::Synthetic { icon::STACK } else { icon::DATABASE };
        let detail = document.set(&set.name).map_or_else(String::new, |open| {
            let frames: u64 = open.episodes.iter().map(|episode| u64::from(episode.n_frames)).sum();
            format!("{frames} frames")
        });
        let failed = matches!(document.sets.get(&set.name), Some(Err(error)) if error != OPENING);
        let glyph = if failed { Glyph::Bad } else { Glyph::Idle };
        rows.push(node(1, &format!("set:{}", set.name), &set.name, sign, &detail, glyph, Some(origin(set.origin))));
        if is_reality(set.origin) {
            let held = if set.sealed.is_some() { (icon::LOCK, Glyph::Sealed) } else { (icon::EYE, Glyph::Attention) };
            let reference = counted(set.reference.len(), "episode");
            rows.push(node(
                2,
                &format!("reference:{}", set.name),
                "Reference",
                icon::EYE,
                &reference,
                Glyph::Idle,
                Some(origin(set.origin)),
            ));
            if !set.held.is_empty() {
                let (name, count) = (format!("held:{}", set.name), counted(set.held.len(), "episode"));
                rows.push(node(2, &name, "Held", held.0, &count, held.1, Some(origin(set.origin))));
            }
        }
    }
    if let Some((pack, checked)) = &document.pack {
        rows.push(heading("Packs", 1));
        let name = pack.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let glyph = match checked {
            Some(checked) if checked.ok() => Glyph::Good,
            Some(_) => Glyph::Bad,
            None => Glyph::Idle,
        };
        rows.push(node(1, "pack", &name, icon::PACKAGE, "", glyph, None));
    }
    rows
}

/// Families in the study's order, each variant below its base, with their depths from 1.
fn by_base(study: &Study) -> Vec<(usize, &Arc<Family>)> {
    fn below<'a>(study: &'a Study, base: Option<&str>, depth: usize, rows: &mut Vec<(usize, &'a Arc<Family>)>) {
        // A base that the study lacks cannot be above; loading refuses circles.
        let of = |family: &&Arc<Family>| family.extends.as_deref().filter(|id| study.family(id).is_some()) == base;
        for family in study.families.iter().filter(of) {
            rows.push((depth, family));
            below(study, Some(&family.id), depth + 1, rows);
        }
    }
    let mut rows = Vec::new();
    below(study, None, 1, &mut rows);
    rows
}

fn node(
    depth: usize,
    id: &str,
    label: &str,
    icon: &'static str,
    detail: &str,
    glyph: Glyph,
    origin: Option<view::Origin>,
) -> TreeNode {
    TreeNode { id: id.to_owned(), label: label.to_owned(), icon, detail: detail.to_owned(), depth, glyph, origin }
}

/// State of the five tabs.
pub(super) fn tabs(document: &Document) -> [TabState; 5] {
    let tab = |glyph, text: String| TabState { glyph, text };
    let is_error = |finding: &crate::family::Finding| finding.severity == Severity::Error;
    let is_broken = |family: &&Arc<Family>| document.prepared_of(family).findings.iter().any(is_error);
    let broken = document.study().families.iter().filter(is_broken).count();
    let author = match (document.study().families.len(), broken) {
        (0, _) => tab(Glyph::Idle, "No family yet".to_owned()),
        (n, 0) => tab(Glyph::Good, format!("{n} families without errors")),
        (_, n) => tab(Glyph::Bad, format!("{n} families have errors")),
    };
    let compare = match &document.comparison {
        None => tab(Glyph::Idle, "Not compared yet".to_owned()),
        Some(found) if found.distance.p < 0.05 => {
            tab(Glyph::Attention, "The sets differ by more than chance".to_owned())
        }
        Some(_) => tab(Glyph::Good, "No difference beyond chance was found".to_owned()),
    };
    let lock = match document.real_ref() {
        None => tab(Glyph::Idle, "No real set yet".to_owned()),
        Some(set) if set.sealed.is_some() => tab(Glyph::Sealed, format!("The held half of {} is sealed", set.name)),
        Some(set) if set.held.is_empty() => tab(Glyph::Idle, format!("Nothing of {} is held back", set.name)),
        Some(set) => tab(Glyph::Attention, format!("The held half of {} is not sealed", set.name)),
    };
    let export = match document.verdict.as_ref().map(|verdict| verdict.decision) {
        None => tab(Glyph::Idle, "Not judged yet".to_owned()),
        Some(Decision::Accept) => tab(Glyph::Good, "ACCEPT".to_owned()),
        Some(Decision::Reject) => tab(Glyph::Bad, "REJECT".to_owned()),
        Some(Decision::Inconclusive) => tab(Glyph::Attention, "INCONCLUSIVE".to_owned()),
    };
    [author, compare, lock, tab(Glyph::Idle, "No trial is registered".to_owned()), export]
}

/// The Lock workspace.
pub(super) fn lock(document: &Document) -> LockView {
    let Some(set) = document.real_ref() else { return LockView::default() };
    let open = document.set(&set.name);
    let items = |id: &u64| {
        open.and_then(|open| open.position(*id))
            .map_or(0, |at| open.map_or(0, |open| u64::from(open.episodes[at].n_frames)))
    };
    let mut groups: Vec<(u64, bool)> = set.reference.iter().map(|id| (*id, false)).collect();
    groups.extend(set.held.iter().map(|id| (*id, true)));
    groups.sort_unstable();
    let left_out = open.map_or(0, |open| open.episodes.iter().filter(|episode| episode.missing.is_some()).count());
    let note = if left_out > 0 {
        format!("{left_out} episodes of the set cannot be read and are in neither half.")
    } else {
        String::new()
    };
    LockView {
        set: set.name.clone(),
        groups: groups.iter().map(|(id, held)| (format!("episode {id}"), items(id), *held)).collect(),
        leaks: leaks(document),
        root: set.sealed.as_deref().map(|root| root.chars().take(16).collect()),
        signer: signer(document, &set.name),
        openings: openings(document, &set.name),
        budget: u64::from(document.study().gate.attempts),
        origin: origin(set.origin),
        note,
    }
}

/// The key that the ledger names for a seal, without its long public half.
fn signer(document: &Document, seal: &str) -> String {
    let entries = document.ledger.iter().flatten();
    let mut made = entries.filter(|entry| entry.kind == "seal.made" && entry.body["seal"] == seal);
    let key = made.next_back().and_then(|entry| entry.body["key"].as_str()).unwrap_or_default();
    // `name+hash+public half`; base64 has plus signs of its own.
    key.splitn(3, '+').take(2).collect::<Vec<_>>().join("+")
}

/// What the gate's last look said about leakage.
fn leaks(document: &Document) -> Vec<String> {
    let checks = document.verdict.iter().flat_map(|verdict| &verdict.checks);
    let bad = checks.filter(|check| {
        ["No leakage", "Split by group"].contains(&check.name.as_str()) && check.state == CheckState::Fail
    });
    bad.map(|check| check.evidence.clone()).collect()
}

fn openings(document: &Document, seal: &str) -> Vec<(String, String, String)> {
    let entries = document.ledger.iter().flatten();
    let opened = entries.filter(|entry| entry.kind == LOCK_OPENED && entry.body["seal"] == seal);
    opened
        .map(|entry| {
            (entry.time.to_string(), entry.body["purpose"].as_str().unwrap_or_default().to_owned(), entry.actor.clone())
        })
        .collect()
}

/// The Trial workspace: what a trial would need. No trial can be run in this version.
pub(super) fn trial(document: &Document) -> TrialView {
    let gate = &document.study().gate;
    TrialView {
        plan: vec![
            ("Margin of the transfer metric".to_owned(), format!("{:.1} points", gate.margin * 100.0)),
            ("Accepted error over all attempts".to_owned(), format!("{:.0} %", gate.alpha * 100.0)),
            ("Attempts".to_owned(), gate.attempts.to_string()),
            ("Unit".to_owned(), "episode".to_owned()),
        ],
        registered: None,
        margin: gate.margin,
        ..TrialView::default()
    }
}

/// The Export workspace without a study.
pub(super) fn nothing() -> ExportView {
    ExportView {
        verdict: VerdictState::Open,
        reason: String::new(),
        rules: Vec::new(),
        formats: Vec::new(),
        facts: Vec::new(),
        needed: Vec::new(),
        origin: view::Origin::Real,
        pack: None,
        lerobot: None,
        checks: Vec::new(),
    }
}

/// The Export workspace.
pub(super) fn export(document: &Document) -> ExportView {
    let verdict = document.verdict.as_ref();
    let origin_of = document.real_ref().map_or(view::Origin::Real, |set| origin(set.origin));
    let (pack, checked) = document.pack.as_ref().map_or((None, None), |(pack, checked)| (Some(pack), checked.as_ref()));
    let checks = checked.map_or_else(Vec::new, |checked| {
        checked.checks.iter().map(|check| (check.ok, check.name.clone(), check.detail.clone())).collect()
    });
    ExportView {
        verdict: verdict.map_or(VerdictState::Open, |verdict| match verdict.decision {
            Decision::Accept => VerdictState::Accept,
            Decision::Reject => VerdictState::Reject,
            Decision::Inconclusive => VerdictState::Inconclusive,
        }),
        reason: verdict.map_or_else(|| before_verdict(document), reason),
        rules: verdict.map_or_else(Vec::new, |verdict| verdict.checks.iter().map(rule).collect()),
        formats: contents(),
        facts: facts(document),
        needed: verdict.map_or_else(Vec::new, |verdict| verdict.needed.clone()),
        origin: origin_of,
        pack: pack.map(|pack| pack.strip_prefix(&document.place.folder).unwrap_or(pack).display().to_string()),
        lerobot: document.lerobot.as_ref().map(|folder| folder.display().to_string()),
        checks,
    }
}

fn reason(verdict: &Verdict) -> String {
    verdict.reasons.first().cloned().unwrap_or_default()
}

/// What stands before the gate can run.
fn before_verdict(document: &Document) -> String {
    match (document.real_ref(), document.synthetic_ref()) {
        (None, _) => "Take a real set in first: reality is the judge".to_owned(),
        (_, None) => "Generate a synthetic set first".to_owned(),
        (Some(real), _) if real.held.is_empty() => {
            format!("Nothing of {} is held back: it can be looked at, and nothing is judged on it", real.name)
        }
        (Some(real), Some(made)) if real.sealed.is_none() => {
            format!("Seal the held half of {} before {} is judged on it", real.name, made.name)
        }
        (Some(real), Some(made)) => format!("{} has not been judged on {} yet", made.name, real.name),
    }
}

fn rule(check: &crate::gate::Check) -> Rule {
    let part = |value: &Option<String>| value.clone().unwrap_or_default();
    Rule {
        name: check.name.clone(),
        state: match check.state {
            CheckState::Pass => RuleState::Passed,
            CheckState::Fail => RuleState::Failed,
            CheckState::Missing => RuleState::Pending,
            CheckState::NotApplicable => RuleState::Unclear,
        },
        measured: part(&check.measured),
        threshold: part(&check.threshold),
        evidence: format!("{}: {}", check.rule, check.evidence),
    }
}

fn contents() -> Vec<(String, String, bool)> {
    let parts = [
        ("Frames", "colour, depth in millimetres and instance ids as PNG"),
        ("annotations/coco.json", "boxes and masks in COCO form"),
        ("draws.parquet", "every draw with parameters, measures and weight"),
        ("verdict.json, README.md", "the verdict with its evidence, the policy card"),
        ("ledger_excerpt.jsonl", "what was done, hash-chained"),
        ("digests.txt, pack.note", "SHA-256 of every file and a signature over them"),
    ];
    parts.iter().map(|(name, about)| ((*name).to_owned(), (*about).to_owned(), true)).collect()
}

fn facts(document: &Document) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| facts.push((name.to_owned(), value));
    if let Some(set) = document.synthetic_ref() {
        fact("Synthetic set", set.name.clone());
        if let Some(open) = document.set(&set.name) {
            fact("Draws", open.episodes.len().to_string());
            fact("Frames", open.episodes.iter().map(|episode| u64::from(episode.n_frames)).sum::<u64>().to_string());
        }
    }
    if let Some(set) = document.real_ref() {
        fact("Judged on", format!("{} ({})", set.name, origin_word(set.origin)));
        fact("Held episodes", set.held.len().to_string());
    }
    fact("Study seed", document.study().seed.to_string());
    facts
}

/// The ledger's rows.
pub(super) fn ledger(document: &Document) -> Vec<LedgerRow> {
    let row = |entry: &Entry| LedgerRow {
        seq: entry.seq,
        time: entry.time.as_str().replace('T', " ").trim_end_matches('Z').to_owned(),
        kind: entry.kind.clone(),
        summary: summary(entry),
        hash: entry.hash.short(),
    };
    document.ledger.iter().flatten().map(row).collect()
}

/// The entry's plain values in one line.
fn summary(entry: &Entry) -> String {
    let Some(body) = entry.body.as_object() else { return String::new() };
    let value = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) if text.len() > 40 => text.chars().take(8).chain(['…']).collect(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => format!("{} items", items.len()),
        other => other.to_string(),
    };
    let parts = body.iter().map(|(name, of)| format!("{} {}", name.replace('_', " "), value(of)));
    format!("{} · {}", entry.actor, parts.collect::<Vec<_>>().join(" · "))
}
