//! `new`, `check`, `draw`.

use anyhow::Result;
use serde_json::json;

use crate::family::Severity;
use crate::run::{self, Place};

use super::args::{Check, Draw, New};
use super::output::{Outcome, number, table};
use super::progress::Progress;

/// `worldproof new`.
pub(super) fn new(args: &New) -> Result<Outcome> {
    let place = Place { folder: args.folder.clone(), keys_folder: run::person::keys_folder() };
    let study = run::new::new(&place, args.seed, &super::stamp(&args.common))?;
    let families: Vec<&str> = study.families.iter().map(|family| family.id.as_str()).collect();
    let folder = args.folder.display();
    let text = format!(
        "made the study `{folder}` with the families: {}\nnext: worldproof draw {} --study {folder}",
        families.join(", "),
        families[0]
    );
    Ok(Outcome::done(text, json!({ "study": args.folder, "seed": args.seed, "families": families })))
}

/// `worldproof check`: exit code 1 where a family has errors.
pub(super) fn check(args: &Check) -> Result<Outcome> {
    let mut text = String::new();
    let checked = match &args.file {
        Some(file) => vec![run::check::check_file(file)?],
        None => {
            let (place, study, stamp) = super::open(&args.common)?;
            text.push_str(&run::check::ledger(&place, args.recover, &stamp)?);
            study.families.iter().map(|family| run::check::check(family)).collect()
        }
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
    Ok(Outcome { text, json: json!({ "families": entries }), code })
}

/// `worldproof draw`.
pub(super) fn draw(args: &Draw) -> Result<Outcome> {
    let (_, study, _) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let drawn = run::draw::draw(&study, &args.family, args.from, args.count, &progress)?;
    progress.finish();
    let titles: Vec<String> = drawn
        .parameters
        .iter()
        .zip(&drawn.units)
        .map(|(name, unit)| if unit.is_empty() { name.clone() } else { format!("{name} [{unit}]") })
        .collect();
    let head: Vec<&str> = ["draw", "ln weight"].into_iter().chain(titles.iter().map(String::as_str)).collect();
    let row = |draw: &crate::sample::Draw| {
        let values =
            drawn.parameters.iter().map(|name| draw.values.get(name).map_or_else(String::new, |value| number(*value)));
        [draw.index.to_string(), number(draw.ln_weight)].into_iter().chain(values).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = drawn.draws.iter().map(row).collect();
    let text = format!(
        "{}{} draws of {} candidates; effective sample size {}\n",
        table(&head, &rows),
        drawn.draws.len(),
        drawn.candidates,
        number(drawn.effective)
    );
    let entry = |draw: &crate::sample::Draw| json!({ "index": draw.index, "refused": draw.refused, "ln_weight": draw.ln_weight, "values": draw.values });
    let draws: Vec<serde_json::Value> = drawn.draws.iter().map(entry).collect();
    let json = json!({ "family": args.family, "draws": draws, "candidates": drawn.candidates, "refused_by": drawn.refused_by, "effective_sample_size": drawn.effective });
    Ok(Outcome::done(text, json))
}
