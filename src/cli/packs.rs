//! `gate`, `export`, `verify`, `report`, `demo`.

use anyhow::Result;
use serde_json::json;

use crate::gate::{Decision, Verdict};
use crate::render::Gpu;
use crate::run::demo::{Demo as Finished, DemoRequest};
use crate::run::export::ExportRequest;
use crate::run::import::origin_word;
use crate::run::lerobot::{Beside, PackRequest};
use crate::run::verify::PackChecked;
use crate::run::{self, Place};

use super::args::{Demo, Export, Gate, Lerobot, Report, Verify};
use super::output::{Outcome, shell, table};
use super::progress::Progress;
use super::sets::comparison_text;

/// 0 accepted, 1 rejected, 3 inconclusive.
fn code(decision: Decision) -> u8 {
    match decision {
        Decision::Accept => 0,
        Decision::Reject => 1,
        Decision::Inconclusive => 3,
    }
}

fn verdict_text(verdict: &Verdict) -> String {
    let row = |check: &crate::gate::Check| {
        let part = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        vec![
            check.state.word().to_owned(),
            check.name.clone(),
            part(&check.measured),
            part(&check.threshold),
            check.evidence.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = verdict.checks.iter().map(row).collect();
    let stamp = if verdict.stand_in { " (STAND-IN: no real data judged this)" } else { "" };
    let mut text = format!("{}{stamp}\n", verdict.decision.word());
    verdict.reasons.iter().for_each(|reason| text.push_str(&format!("  {reason}\n")));
    if !verdict.needed.is_empty() {
        text.push_str("what it would take:\n");
        verdict.needed.iter().for_each(|needed| text.push_str(&format!("  {needed}\n")));
    }
    text + "\n" + &table(&["state", "check", "measured", "threshold", "evidence"], &rows)
}

fn verdict_json(verdict: &Verdict) -> serde_json::Value {
    serde_json::to_value(verdict).unwrap_or_else(|err| json!({ "error": err.to_string() }))
}

/// `worldproof gate`.
pub(super) fn gate(args: &Gate) -> Result<Outcome> {
    let (place, study, stamp) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let verdict = run::gate::gate(&place, &study, &args.real, &args.synthetic, &stamp, &progress)?;
    progress.finish();
    Ok(Outcome { text: verdict_text(&verdict), json: verdict_json(&verdict), code: code(verdict.decision) })
}

/// `worldproof export`: the exit code is the verdict's, as the pack carries it.
pub(super) fn export(args: &Export) -> Result<Outcome> {
    let (place, study, stamp) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let request = ExportRequest {
        real: args.real.clone(),
        synthetic: args.synthetic.clone(),
        name: args.name.clone().unwrap_or_else(|| args.synthetic.clone()),
    };
    let exported = run::export::export(&place, &study, &request, &stamp, &progress)?;
    progress.finish();
    let word = exported.verdict.decision.word();
    let stamp = if exported.verdict.stand_in { " and STAND-IN" } else { "" };
    let text = format!(
        "wrote the pack {}\n{} draws, {} frames, stamped {word}{stamp}\nnext: worldproof verify {}",
        shell(&exported.pack),
        exported.n_draws,
        exported.n_frames,
        shell(&exported.pack)
    );
    let json = json!({ "pack": exported.pack, "draws": exported.n_draws, "frames": exported.n_frames, "decision": word, "stand_in": exported.verdict.stand_in });
    Ok(Outcome { text, json, code: code(exported.verdict.decision) })
}

fn checked_text(checked: &PackChecked) -> String {
    let row = |check: &run::verify::PackCheck| {
        vec![if check.ok { "ok" } else { "FAILED" }.to_owned(), check.name.clone(), check.detail.clone()]
    };
    let rows: Vec<Vec<String>> = checked.checks.iter().map(row).collect();
    let word = if checked.ok() { "the pack is whole" } else { "the pack is NOT whole" };
    format!("{}{word}\n", table(&["", "check", "found"], &rows))
}

fn checked_json(checked: &PackChecked) -> serde_json::Value {
    let entry = |check: &run::verify::PackCheck| json!({ "name": check.name, "ok": check.ok, "found": check.detail });
    json!({ "ok": checked.ok(), "checks": checked.checks.iter().map(entry).collect::<Vec<_>>() })
}

/// `worldproof lerobot`.
pub(super) fn lerobot(args: &Lerobot) -> Result<Outcome> {
    let progress = Progress::new(args.common.quiet);
    let mut beside = Vec::new();
    for name in &args.channels {
        let one = Beside::named(name).map_err(anyhow::Error::msg)?;
        if !beside.contains(&one) {
            beside.push(one);
        }
    }
    let request = PackRequest { pack: args.pack.clone(), camera: args.camera.clone(), beside };
    let made = run::lerobot::of_pack(&request, &args.out, &progress)?;
    progress.finish();
    let (n_episodes, n_rows) = (made.n_episodes, made.n_rows);
    let text =
        format!("{n_episodes} episodes, {n_rows} rows with pictures, {}\nin {}", made.verdict, shell(&made.folder));
    let json = json!({ "folder": made.folder, "verdict": made.verdict, "episodes": n_episodes, "rows": n_rows });
    Ok(Outcome::done(text, json))
}

/// `worldproof verify`: exit code 1 where a check fails.
pub(super) fn verify(args: &Verify) -> Result<Outcome> {
    let progress = Progress::new(args.common.quiet);
    let place = Place { folder: args.common.study.clone(), keys_folder: run::person::keys_folder() };
    let gpu = if args.render > 0 { Some(Gpu::headless()?) } else { None };
    let checked = run::verify::verify(&place, &args.pack, args.render, gpu.as_ref(), &progress)?;
    progress.finish();
    Ok(Outcome { text: checked_text(&checked), json: checked_json(&checked), code: u8::from(!checked.ok()) })
}

/// `worldproof report`.
pub(super) fn report(args: &Report) -> Result<Outcome> {
    let (place, study, stamp) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let out = args.out.clone().unwrap_or_else(|| place.folder.join("report.html"));
    let file = run::report::report(&place, &study, &out, &stamp, &progress)?;
    progress.finish();
    Ok(Outcome::done(format!("wrote {}", file.display()), json!({ "report": file })))
}

/// `worldproof demo`: the exit code is the verdict's.
pub(super) fn demo(args: &Demo) -> Result<Outcome> {
    let progress = Progress::new(args.common.quiet);
    let place = Place { folder: args.out.clone(), keys_folder: run::person::keys_folder() };
    let request = DemoRequest { real: args.real.clone(), draws: args.draws, seed: 7 };
    let done = run::demo::demo(&place, &request, &super::stamp(&args.common), &progress)?;
    progress.finish();
    // A pack of ours that does not verify is an error of ours, not the gate's no.
    let code = if done.checked.ok() { code(done.verdict.decision) } else { 2 };
    let json = json!({
        "study": args.out, "origin": origin_word(done.imported.set.origin), "draws": done.generated.n_draws,
        "frames": done.generated.n_frames, "rare": done.generated.n_rare, "kid": done.comparison.distance.value,
        "decision": done.verdict.decision.word(), "pack": done.pack, "verified": done.checked.ok(), "report": done.report,
    });
    Ok(Outcome { text: demo_text(&done), json, code })
}

fn demo_text(done: &Finished) -> String {
    let set = &done.imported.set;
    format!(
        "set taken in: {} ({}, {}), {} episodes, {} of them held\nsynthetic: {} draws, {} frames, {} with the rare event\n\n{}\n{}\n{}\npack:   {}\nreport: {}\n",
        done.imported.name,
        origin_word(set.origin),
        set.format,
        set.episodes.len(),
        done.imported.held.len(),
        done.generated.n_draws,
        done.generated.n_frames,
        done.generated.n_rare,
        comparison_text(&done.comparison),
        verdict_text(&done.verdict),
        checked_text(&done.checked),
        done.pack.display(),
        done.report.display()
    )
}
