//! `new`, `check`.

use anyhow::Result;
use serde_json::json;

use crate::family::Severity;
use crate::run::{self, Place};

use super::args::{Check, New};
use super::output::{Outcome, shell};
use super::progress::Progress;

/// `worldproof new`.
pub(super) fn new(args: &New) -> Result<Outcome> {
    let place = Place { folder: args.folder.clone(), keys_folder: run::person::keys_folder() };
    let study = run::new::new(&place, args.seed, &super::stamp(&args.common))?;
    let families: Vec<&str> = study.families.iter().map(|family| family.id.as_str()).collect();
    let folder = shell(&args.folder);
    let text = format!(
        "made the study {folder} with the families: {}\nnext: worldproof draw {} --study {folder}",
        families.join(", "),
        families[0]
    );
    Ok(Outcome::done(text, json!({ "study": args.folder, "seed": args.seed, "families": families })))
}

/// `worldproof check`: exit code 1 where a family has errors or its file cannot be read.
pub(super) fn check(args: &Check) -> Result<Outcome> {
    let mut text = String::new();
    let mut unreadable: Vec<serde_json::Value> = Vec::new();
    let mut ledger = serde_json::Value::Null;
    let checked = if let Some(file) = &args.file {
        vec![run::check::check_file(file)?]
    } else {
        let (place, study, stamp) = super::open_with(&args.common, |file| {
            text.push_str(&format!("{}: cannot be read\n  error: {}\n", file.id, file.why));
            unreadable.push(json!({ "family": file.id, "digest": null, "usable": false, "findings": [{
                "field": null, "text": file.why, "blocks": "drawing", "file": null, "line": null, "column": null
            }], "more": 0 }));
        })?;
        let found = run::check::ledger(&place, args.recover, &stamp)?;
        text.push_str(&found.text());
        ledger = json!({ "entries": found.entries, "fingerprint": found.fingerprint, "fragment": found.fragment });
        let progress = Progress::new(args.common.quiet);
        let checked = run::check::check_study(&place, &study, &progress)?;
        progress.finish();
        checked
    };
    for family in &checked {
        let word = if family.usable() { "ok" } else { "has errors" };
        text.push_str(&format!("{} ({}): {word}\n", family.family, &family.digest[..8]));
        for placed in &family.findings {
            text.push_str(&format!("  {}: {placed}\n", stops(placed.finding.severity).0));
        }
        if family.more > 0 {
            text.push_str(&format!("  and {} more\n", family.more));
        }
    }
    let code = u8::from(!unreadable.is_empty() || !checked.iter().all(run::check::Checked::usable));
    let readable = checked
        .iter()
        .map(|family| json!({ "family": family.family, "digest": family.digest, "usable": family.usable(), "findings": family.findings.iter().map(finding_json).collect::<Vec<_>>(), "more": family.more }));
    let entries: Vec<serde_json::Value> = readable.chain(unreadable).collect();
    Ok(Outcome { text, json: json!({ "ledger": ledger, "families": entries }), code })
}

/// How much a finding stops: the word for people, and what it blocks for programs.
fn stops(severity: Severity) -> (&'static str, Option<&'static str>) {
    match severity {
        Severity::Error => ("error", Some("drawing")),
        Severity::BlocksExport => ("blocks export", Some("export")),
        Severity::Advice => ("advice", None),
    }
}

fn finding_json(placed: &run::check::Placed) -> serde_json::Value {
    let (place, finding) = (placed.place.as_ref(), &placed.finding);
    json!({
        "field": finding.field,
        "text": finding.text,
        "blocks": stops(finding.severity).1,
        "file": place.map(|place| &place.file),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
    })
}
