//! `draw`, `simulate`, `estimate`, `coverage`: numbers of a family, without a picture.

use anyhow::{Result, bail};
use serde_json::json;

use crate::run::draw::{DrawRequest, Drawn};
use crate::run::estimate::{EstimateRequest, Estimated, Estimator};
use crate::run::{self};
use crate::sample::rare::Estimate;
use crate::sample::{Draw as OneDraw, ln_weight};

use super::args::{Coverage, Draw, Estimate as EstimateArguments, EstimatorWord, Simulate};
use super::output::{self, Outcome, number, table};
use super::progress::Progress;

/// `worldproof draw`.
pub(super) fn draw(args: &Draw) -> Result<Outcome> {
    let (_, study, _) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let placement = args.placing.choice().placement(args.count)?;
    let request = DrawRequest { family: args.family.clone(), from: args.from, count: args.count, placement };
    let drawn = match &args.parquet {
        Some(path) => run::draw::draw_to(&study, &request, path, &progress)?,
        None => run::draw::draw(&study, &request, &progress)?,
    };
    progress.finish();
    let titles: Vec<String> = drawn
        .columns
        .iter()
        .zip(&drawn.units)
        .map(|(name, unit)| if unit.is_empty() { name.clone() } else { format!("{name} [{unit}]") })
        .collect();
    let mut text = match &args.parquet {
        Some(path) => format!("wrote {}\n", output::shell(path)),
        None => draw_table(&drawn, &titles),
    };
    text.push_str(&summary_line(&drawn));
    let entry = |draw: &OneDraw| {
        let ln_weight = ln_weight::value(draw.ln_weight);
        json!({ "index": draw.index, "refused": draw.refused, "ln_weight": ln_weight, "values": draw.values })
    };
    let draws: Vec<serde_json::Value> = drawn.draws.iter().map(entry).collect();
    let json = json!({
        "family": args.family, "draws": draws, "drawn": drawn.summary.drawn, "candidates": drawn.summary.candidates,
        "acceptance": drawn.summary.acceptance(), "refused_by": drawn.summary.refused_by,
        "effective_sample_size": drawn.effective, "remarks": drawn.remarks, "extrapolated": drawn.extrapolated,
        "parquet": args.parquet,
    });
    Ok(Outcome::done(text, json))
}

fn summary_line(drawn: &Drawn) -> String {
    let summary = &drawn.summary;
    let mut text = format!(
        "{} draws of {} candidates, acceptance {:.1} %",
        summary.drawn,
        summary.candidates,
        100.0 * summary.acceptance()
    );
    if let Some(effective) = drawn.effective {
        text.push_str(&format!("; effective sample size {}", number(effective)));
    }
    text.push('\n');
    for (name, count) in summary.refused_by.iter().filter(|(_, count)| **count > 0) {
        text.push_str(&format!("  `{name}` refused {count}\n"));
    }
    for (name, count) in &drawn.extrapolated {
        text.push_str(&format!("  {count} draws lie beyond the real data that `{name}` was fitted to\n"));
    }
    for remark in &drawn.remarks {
        text.push_str(&format!("note: {remark}\n"));
    }
    text
}

/// Rows are draws where that fits the window; else rows are parameters and the draws stand side by side, in blocks.
fn draw_table(drawn: &Drawn, titles: &[String]) -> String {
    let width = output::width();
    let cell = |draw: &OneDraw, name: &String| draw.values.get(name).map_or_else(String::new, |value| number(*value));
    let head: Vec<&str> = ["draw", "ln weight"].into_iter().chain(titles.iter().map(String::as_str)).collect();
    let row = |draw: &OneDraw| {
        let values = drawn.columns.iter().map(|name| cell(draw, name));
        let ln_weight = if draw.ln_weight.is_nan() { "–".to_owned() } else { number(draw.ln_weight) };
        [draw.index.to_string(), ln_weight].into_iter().chain(values).collect::<Vec<_>>()
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

/// `worldproof simulate`.
pub(super) fn simulate(args: &Simulate) -> Result<Outcome> {
    let (place, study, _) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let like = match &args.like {
        Some(name) => Some(run::import::set_called(&place, &study, name, &progress)?),
        None => None,
    };
    let placement = args.placing.choice().placement(args.count)?;
    let request = DrawRequest { family: args.family.clone(), from: args.from, count: args.count, placement };
    let made = run::simulate::simulate(&study, &request, like.as_ref(), &args.out, &progress)?;
    progress.finish();
    let mut text = format!(
        "simulated {} draws of `{}`, {} with the rare event, {} recorded states\nin {}",
        made.n_draws,
        args.family,
        made.n_rare,
        made.n_states,
        output::shell(&made.folder)
    );
    if let Some(set) = &made.lerobot {
        text.push_str(&format!("\nas a LeRobot set: {}", output::shell(set)));
    }
    if made.n_left_out > 0 {
        text.push_str(&format!("\nnote: the requirements refuse {} draws; they are left out", made.n_left_out));
    }
    made.remarks.iter().for_each(|remark| text.push_str(&format!("\nnote: {remark}")));
    let json = json!({
        "family": args.family, "folder": made.folder, "draws": made.n_draws, "rare": made.n_rare,
        "states": made.n_states, "left_out": made.n_left_out, "lerobot": made.lerobot, "remarks": made.remarks,
    });
    Ok(Outcome::done(text, json))
}

/// `worldproof estimate`.
pub(super) fn estimate(args: &EstimateArguments) -> Result<Outcome> {
    let (_, study, _) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let asked = |word: &EstimatorWord| match word {
        EstimatorWord::Crude => Estimator::Crude,
        EstimatorWord::Importance => Estimator::Importance,
        EstimatorWord::CrossEntropy => Estimator::CrossEntropy,
        EstimatorWord::Subset => Estimator::Subset,
    };
    let estimators: Vec<Estimator> = args.methods.iter().map(asked).collect();
    let request = EstimateRequest {
        family: args.family.clone(),
        event: args.event.clone(),
        estimators: if estimators.is_empty() { Estimator::ALL.to_vec() } else { estimators },
        budget: args.budget,
        defensive: args.defensive,
        confidence: args.confidence,
    };
    let found = run::estimate::estimate(&study, &request, &progress)?;
    progress.finish();
    if let Some(path) = &args.parquet {
        run::estimate::write(&found, path)?;
    }
    Ok(Outcome::done(estimate_text(&found, args.confidence), run::estimate::json(&request, &found)))
}

fn estimate_text(found: &Estimated, confidence: f64) -> String {
    let what = if found.simulated { "episodes simulated" } else { "evaluations, nothing simulated" };
    let mut text =
        format!("P({}) under the nominal, given the requirements; at most {} {what} each\n", found.event, found.budget);
    let interval = format!("{:.0} % interval", 100.0 * confidence);
    let head = ["method", "probability", &interval, "hits", "effective hits", "evaluations"];
    let mut rows = Vec::new();
    let mut below = String::new();
    for (estimator, answer) in &found.answers {
        let words = estimator.words();
        match answer {
            Ok(estimate) => {
                rows.push(estimate_row(words, estimate));
                if let Err(refusal) = &estimate.answer {
                    below.push_str(&format!("{words}: no number: {refusal}\n"));
                }
                estimate.notes.iter().for_each(|note| below.push_str(&format!("{words}: {note}\n")));
            }
            Err(error) => below.push_str(&format!("{words}: {error}\n")),
        }
    }
    if !rows.is_empty() {
        text.push_str(&table(&head, &rows));
    }
    text + &below
}

fn estimate_row(words: &str, estimate: &Estimate) -> Vec<String> {
    let (probability, interval) = match &estimate.answer {
        Ok(answer) => (format!("{:.3e}", answer.probability), format!("{:.3e} to {:.3e}", answer.low, answer.high)),
        Err(_) => ("–".to_owned(), "–".to_owned()),
    };
    let effective = if estimate.ess_hits > 0.0 { format!("{:.0}", estimate.ess_hits) } else { "–".to_owned() };
    vec![
        words.to_owned(),
        probability,
        interval,
        estimate.hits.to_string(),
        effective,
        estimate.evaluations.to_string(),
    ]
}

/// `worldproof coverage`.
pub(super) fn coverage(args: &Coverage) -> Result<Outcome> {
    let (place, study, _) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let request = run::coverage::CoverageRequest {
        family: args.family.clone(),
        set: args.set.clone(),
        count: args.count,
        strength: args.strength,
        levels: args.levels,
        against: args.against.clone(),
        pairs: args.pairs.iter().map(|pair| parse_pair(pair)).collect::<Result<_>>()?,
    };
    let found = run::coverage::coverage(&place, &study, &request, &progress)?;
    progress.finish();
    if let Some(path) = &args.parquet {
        run::coverage::write(&found, path)?;
    }
    let mut text = String::new();
    let head = ["quantity", "buckets", "met", "expected", "holes"];
    let share = |share: f64| format!("{:.0} %", 100.0 * share);
    let rows: Vec<Vec<String>> = found
        .goals
        .iter()
        .map(|goal| {
            let expected = goal.expected_share().map_or_else(|| "–".to_owned(), share);
            vec![
                goal.of.clone(),
                goal.counts.len().to_string(),
                share(goal.share()),
                expected,
                goal.holes().len().to_string(),
            ]
        })
        .collect();
    text.push_str(&format!("{} {}\n", found.n_rows, found.rows_are));
    text.push_str(&table(&head, &rows));
    for goal in found.goals.iter().filter(|goal| goal.share() < 1.0) {
        goal.sentences().iter().for_each(|sentence| text.push_str(&format!("{sentence}\n")));
    }
    text.push('\n');
    for combined in &found.combinations {
        combined.sentences(args.most).iter().for_each(|sentence| text.push_str(&format!("{sentence}\n")));
    }
    for difference in &found.differences {
        text.push_str(&format!("\n{}\n", difference.title));
        difference.found.sentences(args.most).iter().for_each(|sentence| text.push_str(&format!("{sentence}\n")));
    }
    Ok(Outcome::done(text, run::coverage::json(&found, args.most)))
}

/// `reach_speed_m_s=observation.velocity[0]`.
fn parse_pair(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((name, column)) => Ok((name.trim().to_owned(), column.trim().to_owned())),
        None => bail!("--pair `{text}`: write PARAMETER=COLUMN, such as reach_speed_m_s=action[0]"),
    }
}
