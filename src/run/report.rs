//! The study's report: one HTML file that stands alone, with the verdict first and the evidence under it.

use std::path::{Path, PathBuf};

use crate::base::{Monitor, Note, Rgb, files};
use crate::data::{Origin, Set};
use crate::gate::{Decision, Verdict};
use crate::ledger::Ledger;
use crate::study::{SetRef, Study};

use super::compare::{ComparisonFile, spaced};
use super::place::{Place, Stamp};
use super::report_html::{badge, contact_sheet, escape, inline, mono, page, table};
use super::{RunError, gate, import, synthetic};

/// Writes the report to `out`.
///
/// # Errors
/// When the ledger is broken or the disk refuses. A set that cannot be opened is said in its place.
pub fn report(
    place: &Place,
    study: &Study,
    out: &Path,
    stamp: &Stamp,
    monitor: &dyn Monitor,
) -> Result<PathBuf, RunError> {
    monitor.step("Writing the report", 0, 1);
    let mut body = format!(
        "<h1>{}</h1>\n<p class=\"soft\">Worldproof report, {}, by {}</p>\n",
        escape(&study.name),
        stamp.time,
        escape(&stamp.actor)
    );
    for (pair, verdict) in gate::verdicts(place)? {
        body.push_str(&verdict_section(&pair, &verdict));
    }
    for family in &study.families {
        body.push_str(&family_section(family));
    }
    body.push_str("<h2>Sets</h2>\n");
    for set in &study.sets {
        body.push_str(&set_section(place, set, monitor)?);
    }
    body.push_str(&drift_section(place)?);
    body.push_str(&ledger_section(place)?);
    files::write_whole(out, page(&format!("{}: Worldproof report", study.name), &body).as_bytes())?;
    monitor.step("Writing the report", 1, 1);
    Ok(out.to_owned())
}

fn verdict_section(pair: &str, verdict: &Verdict) -> String {
    let icon = match verdict.decision {
        Decision::Accept => "✓",
        Decision::Reject => "✕",
        Decision::Inconclusive => "?",
    };
    let mut text = format!(
        "<div class=\"verdict\">{icon} {}</div>\n<p class=\"soft\">{}</p>\n",
        verdict.decision.word(),
        escape(pair)
    );
    let list = |items: &[String]| items.iter().map(|item| format!("<li>{}</li>", escape(item))).collect::<String>();
    text.push_str(&format!("<ul>{}</ul>", list(&verdict.reasons)));
    if !verdict.needed.is_empty() {
        text.push_str(&format!("<p>What it would take:</p><ul>{}</ul>", list(&verdict.needed)));
    }
    let cell = |value: &Option<String>| escape(value.as_deref().unwrap_or("–"));
    let row = |check: &crate::gate::Check| {
        vec![
            check.state.word().to_owned(),
            escape(&check.name),
            cell(&check.measured),
            cell(&check.threshold),
            escape(&check.evidence),
        ]
    };
    let rows: Vec<Vec<String>> = verdict.checks.iter().map(row).collect();
    text + &table(&["State", "Check", "Measured", "Threshold", "Evidence"], &rows)
}

fn family_section(family: &crate::family::Family) -> String {
    let card = &family.card;
    let answers = [
        ("Rare event", &card.rare_event),
        ("Dangerous artefact", &card.artefact),
        ("Real probe", &card.real_probe),
        ("Discard rule", &card.discard_rule),
    ];
    let rows: Vec<Vec<String>> = answers.iter().map(|(name, text)| vec![(*name).to_owned(), escape(text)]).collect();
    let parameter = |parameter: &crate::family::Parameter| {
        let (low, high) = parameter.drawn_from().support();
        let unit = if parameter.unit.is_empty() { "–" } else { &parameter.unit };
        vec![
            mono(&parameter.name),
            format!("{:?}", parameter.role),
            escape(unit),
            format!("{low} to {high}"),
            escape(&parameter.about),
        ]
    };
    let parameters: Vec<Vec<String>> = family.parameters.iter().map(parameter).collect();
    format!(
        "<h2>Family: {}</h2>\n<p class=\"soft\">{} version {}, digest {}</p>\n{}{}",
        escape(&family.title),
        mono(&family.id),
        family.version,
        mono(&family.digest().short()),
        table(&["Policy card", ""], &rows),
        table(&["Parameter", "Role", "Unit", "Drawn from", "About"], &parameters)
    )
}

fn origin_badge(origin: Origin) -> String {
    let kind = match origin {
        Origin::Real => "real",
        Origin::Synthetic => "synthetic",
        Origin::StandIn => "standin",
    };
    badge(kind, import::origin_word(origin))
}

fn set_section(place: &Place, set_ref: &SetRef, monitor: &dyn Monitor) -> Result<String, RunError> {
    let sealed = if set_ref.sealed.is_some() { badge("sealed", "HELD HALF SEALED") } else { String::new() };
    let mut text = format!("<p>{} {} {sealed}</p>\n", mono(&set_ref.name), origin_badge(set_ref.origin));
    match import::open_set(place, set_ref, monitor) {
        Ok(set) => {
            text.push_str(&format!("<p class=\"soft\">{}, {} episodes</p>\n", set.format, set.episodes.len()));
            if let Some(sheet) = contact_sheet(&glimpses(&set, set_ref, monitor), 6, 160) {
                text.push_str(&inline(&sheet, &format!("frames of {}", set_ref.name))?);
            }
        }
        Err(err) => text.push_str(&format!("<p>{}</p>\n", escape(&err.to_string()))),
    }
    Ok(text)
}

/// One frame from the middle of each of up to twelve visible episodes.
fn glimpses(set: &Set, set_ref: &SetRef, monitor: &dyn Monitor) -> Vec<Rgb> {
    let mut found = Vec::new();
    for episode in import::visible_episodes(set, set_ref).into_iter().take(12) {
        for frame in spaced(set.episodes[episode].n_frames, 1) {
            match set.frame(0, episode, frame) {
                Ok(picture) => found.push((*picture).clone()),
                Err(err) => monitor.note(Note::new(&set_ref.name, err.to_string())),
            }
        }
    }
    found
}

fn drift_section(place: &Place) -> Result<String, RunError> {
    let mut text = String::new();
    for path in json_files(&place.folder.join("compare")) {
        let found: ComparisonFile = synthetic::read_json(&path)?;
        let sentences: String =
            found.sentences.iter().map(|sentence| format!("<li>{}</li>", escape(sentence))).collect();
        text.push_str(&format!(
            "<h2>Drift: {} against {} {}</h2>\n<p class=\"soft\">A diagnosis, never the acceptance test.</p>\n{}<ul>{sentences}</ul>\n",
            escape(&found.synthetic),
            escape(&found.real),
            origin_badge(found.real_origin),
            table(
                &["Metric", "Value", "Null band", "p", "Episodes", "Frames", "Features", "Caveat"],
                &[vec![
                    escape(&found.metric),
                    format!("{:.4}", found.value),
                    format!("{:.4} to {:.4}", found.null_band[0], found.null_band[1]),
                    format!("{:.3}", found.p),
                    format!("{} / {}", found.groups[0], found.groups[1]),
                    format!("{} / {}", found.frames[0], found.frames[1]),
                    mono(&found.features),
                    escape(found.caveat.as_deref().unwrap_or("–")),
                ]]
            )
        ));
    }
    Ok(text)
}

/// The `.json` files of a folder in order of their names; none where there is no folder.
pub(super) fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
    paths.sort();
    paths
}

fn ledger_section(place: &Place) -> Result<String, RunError> {
    let entries = Ledger::read(&place.ledger())?;
    let row = |entry: &crate::ledger::Entry| {
        let body = entry.body.to_string();
        let short: String = body.chars().take(160).collect();
        vec![
            entry.seq.to_string(),
            entry.time.to_string(),
            escape(&entry.actor),
            mono(&entry.kind),
            mono(&short),
            mono(&entry.hash.short()),
        ]
    };
    let rows: Vec<Vec<String>> = entries.iter().map(row).collect();
    Ok(format!("<h2>Ledger</h2>\n{}", table(&["#", "Time", "Who", "What", "Detail", "Hash"], &rows)))
}
