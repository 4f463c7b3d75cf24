//! The study's report: one HTML file that stands alone, with the verdict first and the evidence under it.

use std::path::{Path, PathBuf};

use crate::base::{Monitor, Note, Rgb, files};
use crate::data::{Origin, Set};
use crate::gate::{CheckState, Decision, Verdict};
use crate::ledger::Ledger;
use crate::study::{SetRef, Study};

use super::compare::{ComparisonFile, DifferenceEntry, DistanceEntry, spaced};
use super::place::{Place, Stamp};
use super::report_html::{badge, band, contact_sheet, curves, elements, escape, inline, mono, page, table};
use super::synthetic::SetFile;
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
    if study.sets.iter().any(|set| set.origin == Origin::StandIn) {
        body.push_str(STAND_IN);
    }
    let verdicts = gate::verdicts(place)?;
    if verdicts.is_empty() {
        body.push_str(
            "<p class=\"verdict\">No verdict yet</p>\n<p class=\"soft\">The gate has not judged a synthetic set.</p>\n",
        );
    }
    for (pair, verdict) in verdicts {
        body.push_str(&verdict_section(&pair, &verdict));
    }
    body.push_str("<h2>Sets</h2>\n<p class=\"soft\">One frame from the middle of each visible episode; held episodes are never shown.</p>\n");
    for set in &study.sets {
        body.push_str(&set_section(place, set, monitor)?);
    }
    body.push_str(&drift_section(place)?);
    for family in &study.families {
        body.push_str(&family_section(family));
    }
    body.push_str(&ledger_section(place)?);
    files::write_whole(out, page(&format!("{}: Worldproof report", study.name), &body).as_bytes())?;
    monitor.step("Writing the report", 1, 1);
    Ok(out.to_owned())
}

/// Stands above everything else where no camera recorded the judging set.
const STAND_IN: &str = "<p class=\"banner\">STAND-IN: the set in the role of real data was rendered by this program. \
    Nothing in this report is proof about the real world, and no verdict on it can be ACCEPT.</p>\n";

fn verdict_section(pair: &str, verdict: &Verdict) -> String {
    let icon = match verdict.decision {
        Decision::Accept => "✓",
        Decision::Reject => "✕",
        Decision::Inconclusive => "?",
    };
    let stamp = if verdict.stand_in { badge("standin", "STAND-IN") } else { String::new() };
    let mut text = format!(
        "<div class=\"verdict {}\">{icon} {} {stamp}</div>\n<p class=\"soft\">{}, {}</p>\n",
        verdict.decision.word().to_lowercase(),
        verdict.decision.word(),
        escape(pair),
        verdict.time
    );
    let list = |items: &[String]| elements("li", items);
    text.push_str(&format!("<ul>{}</ul>", list(&verdict.reasons)));
    if !verdict.needed.is_empty() {
        text.push_str(&format!("<p>What it would take:</p><ul>{}</ul>", list(&verdict.needed)));
    }
    let cell = |value: &Option<String>| escape(value.as_deref().unwrap_or("–"));
    let row = |check: &crate::gate::Check| {
        vec![
            state(check.state),
            escape(&check.name),
            cell(&check.measured),
            cell(&check.threshold),
            escape(&check.evidence),
        ]
    };
    let rows: Vec<Vec<String>> = verdict.checks.iter().map(row).collect();
    text + &table(&["State", "Check", "Measured", "Threshold", "Evidence"], &rows)
}

fn state(state: CheckState) -> String {
    let (kind, icon) = match state {
        CheckState::Pass => ("pass", "✓"),
        CheckState::Fail => ("fail", "✕"),
        CheckState::Missing => ("missing", "?"),
        CheckState::NotApplicable => ("missing", "–"),
    };
    format!("<span class=\"state {kind}\">{icon}\u{a0}{}</span>", state.word())
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
    let plan = crate::family::Plan::new(family).ok();
    let parameter = |(at, parameter): (usize, &crate::family::Parameter)| {
        let law = plan.as_ref().and_then(|plan| plan.drawn_from(at));
        let range = law.map_or_else(
            || "depends on others".to_owned(),
            |law| match law.support() {
                (low, high) if low == high => low.to_string(),
                (low, high) => format!("{low} to {high}"),
            },
        );
        let unit = if parameter.unit.is_empty() { "–" } else { &parameter.unit };
        vec![mono(&parameter.name), format!("{:?}", parameter.role), escape(unit), range, escape(&parameter.about)]
    };
    let parameters: Vec<Vec<String>> = family.parameters.iter().enumerate().map(parameter).collect();
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
    let mut text = format!("<h3>{} {} {sealed}</h3>\n", escape(&set_ref.name), origin_badge(set_ref.origin));
    match import::open_set(place, set_ref, monitor) {
        Ok(set) => {
            text.push_str(&format!("<p class=\"soft\">{}</p>\n", set_facts(&set, set_ref)));
            if set_ref.origin == Origin::Synthetic {
                let placed = SetFile::read(&place.resolve(&set_ref.path))?.lineage.placed;
                text.push_str(&format!("<p class=\"soft\">{}</p>\n", escape(&placed.sentences().join(" "))));
            }
            if let Some(sheet) = contact_sheet(&glimpses(&set, set_ref, monitor), 6, 168) {
                text.push_str(&inline(&sheet, &format!("frames of {}", set_ref.name))?);
            }
        }
        Err(err) => text.push_str(&format!("<p class=\"banner\">{}</p>\n", escape(&err.to_string()))),
    }
    Ok(text)
}

/// Format, size and split in one line.
fn set_facts(set: &Set, set_ref: &SetRef) -> String {
    let frames: u64 = set.episodes.iter().map(|episode| u64::from(episode.n_frames)).sum();
    let camera = set.cameras.first().map_or_else(String::new, |camera| {
        format!(", {} × {} pixels at {} Hz", camera.width, camera.height, trimmed(camera.fps))
    });
    let unreadable = set.episodes.iter().filter(|episode| episode.missing.is_some()).count();
    let unreadable = if unreadable == 0 { String::new() } else { format!(", {unreadable} of them cannot be read") };
    let split = if set_ref.origin == Origin::Synthetic {
        String::new()
    } else {
        format!("; {} episodes visible, {} held", set_ref.reference.len(), set_ref.held.len())
    };
    format!("{}, {} episodes{unreadable}, {frames} frames{camera}{split}", set.format, set.episodes.len())
}

/// At most two decimals, no needless zeros.
fn trimmed(value: f64) -> String {
    format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
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
        text.push_str(&finding(&synthetic::read_json(&path)?));
    }
    Ok(text)
}

/// A p-value is never 0.
fn chance(p: f64) -> String {
    if p < 0.001 { "below 0.001".to_owned() } else { format!("{p:.3}") }
}

/// One comparison: the sentence, the distance within its null band, histograms, the features that differ most.
fn finding(found: &ComparisonFile) -> String {
    let causes = found.causes.iter().map(|cause| cause.sentence.clone());
    let sentences = elements("p", &found.sentences.iter().cloned().chain(causes).collect::<Vec<_>>());
    let caveat =
        found.caveat.as_ref().map_or_else(String::new, |words| format!("<p class=\"soft\">{}</p>", escape(words)));
    let [low, high] = found.null_band;
    let mut text = format!(
        "<h2>Drift: {} {} against {} {}</h2>\n<p class=\"soft\">A diagnosis, never the acceptance test.</p>\n{sentences}\n\
         <p><b>{} {:.3}</b> (null band {low:.3} to {high:.3}, p {}) on features {}; {} frames of {} episodes \
         against {} of {}</p>\n{}{caveat}\n",
        escape(&found.other),
        origin_badge(found.other_origin),
        escape(&found.reference),
        origin_badge(found.reference_origin),
        escape(&found.metric),
        found.value,
        chance(found.p),
        mono(&found.features),
        found.frames[1],
        found.groups[1],
        found.frames[0],
        found.groups[0],
        band(found.value, found.null_band),
    );
    let one = |one: &DistanceEntry| {
        let between = |[low, high]: [f64; 2]| format!("{low:.3} to {high:.3}");
        let interval = one.interval.map_or_else(String::new, between);
        vec![escape(&one.metric), format!("{:.3}", one.value), interval, between(one.null_band), chance(one.p)]
    };
    let rows: Vec<Vec<String>> = found.distances.iter().map(one).collect();
    if !rows.is_empty() {
        text.push_str(&table(&["Distance", "Value", "95 % interval", "By chance", "p"], &rows));
    }
    text.push_str(&elements("p", &found.hidden));
    let [real, made] = &found.luminance;
    if !real.is_empty() && real.len() == made.len() {
        text.push_str(&curves(real, made));
    }
    let row = |one: &DifferenceEntry| {
        let effect = if one.effect_sd.abs() > 99.0 { "beyond 99".to_owned() } else { format!("{:+.1}", one.effect_sd) };
        vec![
            mono(&one.feature),
            format!("{:.4}", one.reference),
            format!("{:.4}", one.other),
            effect,
            format!("{:+.2}", one.cliffs_delta),
            chance(one.p_adjusted),
        ]
    };
    let rows: Vec<Vec<String>> = found.differences.iter().take(10).map(row).collect();
    if !rows.is_empty() {
        let head =
            ["Feature", "Reference mean", "Other mean", "Effect in σ of the reference", "Cliff’s δ", "Adjusted p"];
        text.push_str(&table(&head, &rows));
    }
    text
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
    let fingerprint = entries.last().map_or_else(|| "empty".to_owned(), |entry| entry.hash.to_string());
    Ok(format!(
        "<h2>Ledger</h2>\n<p class=\"soft\">{} entries, chain whole, fingerprint {}</p>\n{}",
        entries.len(),
        mono(&fingerprint),
        table(&["#", "Time", "Who", "What", "Detail", "Hash"], &rows)
    ))
}
