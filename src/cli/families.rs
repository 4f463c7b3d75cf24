//! `new`, `check`.

use anyhow::Result;
use serde_json::json;

use crate::family::Severity;
use crate::run::{self, Place};

use super::args::{Check, New};
use super::output::{Outcome, shell};

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

/// `worldproof check`: exit code 1 where a family has errors.
pub(super) fn check(args: &Check) -> Result<Outcome> {
    let mut text = String::new();
    let mut ledger = serde_json::Value::Null;
    let checked = if let Some(file) = &args.file {
        vec![run::check::check_file(file)?]
    } else {
        let (place, study, stamp) = super::open(&args.common)?;
        let found = run::check::ledger(&place, args.recover, &stamp)?;
        text.push_str(&found.text());
        ledger = json!({ "entries": found.entries, "fingerprint": found.fingerprint, "fragment": found.fragment });
        study.families.iter().map(|family| run::check::check(family)).collect()
    };
    for family in &checked {
        let word = if family.usable() { "ok" } else { "has errors" };
        text.push_str(&format!("{} ({}): {word}\n", family.family, &family.digest[..8]));
        for finding in &family.findings {
            let severity = if finding.severity == Severity::Error { "error" } else { "blocks export" };
            text.push_str(&format!("  {severity}: {}: {}\n", finding.field, finding.text));
        }
    }
    let findings = |family: &run::check::Checked| -> Vec<serde_json::Value> {
        let entry = |finding: &crate::family::Finding| json!({ "field": finding.field, "text": finding.text, "blocks": if finding.severity == Severity::Error { "drawing" } else { "export" } });
        family.findings.iter().map(entry).collect()
    };
    let entries: Vec<serde_json::Value> = checked
        .iter()
        .map(|family| json!({ "family": family.family, "digest": family.digest, "usable": family.usable(), "findings": findings(family) }))
        .collect();
    let code = u8::from(!checked.iter().all(run::check::Checked::usable));
    Ok(Outcome { text, json: json!({ "ledger": ledger, "families": entries }), code })
}
