//! `new`, `check`, `draw`.

use anyhow::Result;
use serde_json::json;

use crate::family::Severity;
use crate::run::{self, Place};

use super::args::{Check, Draw, New};
use super::output::{self, Outcome, number, shell, table};
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
        study.families.iter().map(|family| run::check::check_in(&study, family)).collect()
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
    let text = format!(
        "{}{} draws of {} candidates; effective sample size {}\n",
        draw_table(&drawn, &titles),
        drawn.draws.len(),
        drawn.candidates,
        number(drawn.effective)
    );
    let entry = |draw: &crate::sample::Draw| json!({ "index": draw.index, "refused": draw.refused, "ln_weight": draw.ln_weight, "values": draw.values });
    let draws: Vec<serde_json::Value> = drawn.draws.iter().map(entry).collect();
    let json = json!({ "family": args.family, "draws": draws, "candidates": drawn.candidates, "refused_by": drawn.refused_by, "effective_sample_size": drawn.effective });
    Ok(Outcome::done(text, json))
}

/// Rows are draws where that fits the window; else rows are parameters and the draws stand side by side, in blocks.
fn draw_table(drawn: &run::draw::Drawn, titles: &[String]) -> String {
    let width = output::width();
    let cell = |draw: &crate::sample::Draw, name: &String| {
        draw.values.get(name).map_or_else(String::new, |value| number(*value))
    };
    let head: Vec<&str> = ["draw", "ln weight"].into_iter().chain(titles.iter().map(String::as_str)).collect();
    let row = |draw: &crate::sample::Draw| {
        let values = drawn.parameters.iter().map(|name| cell(draw, name));
        [draw.index.to_string(), number(draw.ln_weight)].into_iter().chain(values).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = drawn.draws.iter().map(row).collect();
    let wide = table(&head, &rows);
    if wide.lines().all(|line| line.chars().count() <= width) {
        return wide;
    }
    let name_width = head.iter().map(|title| title.chars().count()).max().unwrap_or(0);
    // A number takes at most nine characters and a gap of two.
    let columns = (width.saturating_sub(name_width) / 11).max(1);
    let mut text = String::new();
    for block in rows.chunks(columns) {
        let titled: Vec<&str> =
            ["parameter"].into_iter().chain(block.iter().filter_map(|row| row.first()).map(String::as_str)).collect();
        let turned: Vec<Vec<String>> = head
            .iter()
            .enumerate()
            .skip(1)
            .map(|(at, title)| {
                let values = block.iter().map(|row| row.get(at).cloned().unwrap_or_default());
                std::iter::once((*title).to_owned()).chain(values).collect()
            })
            .collect();
        text.push_str(&table(&titled, &turned));
        text.push('\n');
    }
    text
}
