//! `README.md`: a dataset card that hubs can read, with the verdict at its head.

use super::{Manifest, RealSet};
use crate::data::Origin;
use crate::family::Family;
use crate::gate::{CheckState, Verdict};
use crate::sample::Placed;

/// The line that `verify` looks for.
pub(super) fn verdict_line(verdict: &Verdict) -> String {
    let stamp = if verdict.stand_in { " (STAND-IN: no real data judged this)" } else { "" };
    format!("# Verdict: {}{stamp}", verdict.decision.word())
}

/// How the draws were placed and what they are worth: the lines that `verify` looks for.
pub(super) fn placed_lines(placed: &Placed) -> String {
    placed.sentences().iter().fold(String::new(), |text, sentence| text + "- " + &plain(sentence) + "\n")
}

/// The card's text.
pub(super) fn render(manifest: &Manifest, family: &Family, verdict: &Verdict) -> String {
    let mut text = yaml(manifest, family, verdict);
    text.push_str(&format!("\n{}\n\n", verdict_line(verdict)));
    for reason in &verdict.reasons {
        text.push_str(&format!("- {}\n", plain(reason)));
    }
    if !verdict.needed.is_empty() {
        text.push_str("\nStill needed:\n\n");
        verdict.needed.iter().for_each(|need| text.push_str(&format!("- {}\n", plain(need))));
    }
    text.push_str(&format!("\n## {}\n\n", plain(&family.title)));
    text.push_str("Every picture here was generated. None was recorded by a camera.\n\n");
    let card = &family.card;
    text.push_str("| Question | Answer |\n| --- | --- |\n");
    for (question, answer) in [
        ("What happens rarely and matters", &card.rare_event),
        ("What in the data could teach something wrong", &card.artefact),
        ("Which real measurement would show it", &card.real_probe),
        ("What makes us throw the data away", &card.discard_rule),
    ] {
        text.push_str(&format!("| {question} | {} |\n", cell(answer)));
    }
    text.push_str(&composition(manifest));
    text.push_str(&format!("\n## How the draws were placed\n\n{}", placed_lines(&manifest.placed())));
    text.push_str(
        "\n## The gate\n\n| Check | State | Measured | Demanded | Evidence |\n| --- | --- | --- | --- | --- |\n",
    );
    for check in &verdict.checks {
        let state = match check.state {
            CheckState::Pass => "pass",
            CheckState::Fail => "FAIL",
            CheckState::Missing => "missing",
            CheckState::NotApplicable => "not applicable",
        };
        let [measured, threshold] = [&check.measured, &check.threshold].map(|field| field.as_deref().unwrap_or("–"));
        let cells = [&check.name, state, measured, threshold, &check.evidence].map(cell).join(" | ");
        text.push_str(&format!("| {cells} |\n"));
    }
    text.push_str(
        "\n## Check it\n\n`sha256sum -c digests.txt` checks every file; `pack.note` signs the Merkle root over the ",
    );
    text.push_str(&format!("lines of that list with the key\n`{}`.\n", manifest.key));
    text
}

fn yaml(manifest: &Manifest, family: &Family, verdict: &Verdict) -> String {
    let size = match manifest.counts.frames {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        _ => "n>1M",
    };
    let stamp = if verdict.stand_in { "- stand-in\n" } else { "" };
    format!(
        "---\npretty_name: {}\nlicense: {}\ntags:\n- synthetic\n- robotics\n- verdict-{}\n{stamp}task_categories:\n\
         - image-segmentation\n- object-detection\nannotations_creators:\n- machine-generated\nsource_datasets:\n- original\n\
         size_categories:\n- {size}\nconfigs:\n- config_name: draws\n  data_files: draws.parquet\n---\n",
        quoted(&family.title),
        quoted(&manifest.license),
        verdict.decision.word().to_lowercase(),
    )
}

fn composition(manifest: &Manifest) -> String {
    let counts = manifest.counts;
    let classes: Vec<String> =
        manifest.classes.iter().map(|class| format!("{} ({})", plain(&class.name), class.id)).collect();
    let judged = match &manifest.real_set {
        None => "nothing is sealed".to_owned(),
        Some(RealSet { seal, root, origin }) => {
            let stamp = if *origin == Origin::StandIn { ", a STAND-IN" } else { "" };
            format!("seal `{seal}`, root {}{stamp}", root.get(..8).unwrap_or(root))
        }
    };
    format!(
        "\n## Composition\n\n- {} draws, {} of them with the rare event; {} frames; {} labels\n- Classes: {}\n\
         - Family `{}` version {}, digest {}\n- Study {}, seed {}\n- Made by {} on {} ({}, {})\n- Judged on: {judged}\n\
         - Digital source type: {}\n",
        counts.draws,
        counts.rare,
        counts.frames,
        counts.labels,
        classes.join(", "),
        manifest.family.id,
        manifest.family.version,
        manifest.family.digest.get(..8).unwrap_or(""),
        plain(&manifest.study),
        manifest.seed,
        plain(&manifest.software),
        plain(&manifest.renderer.adapter),
        plain(&manifest.renderer.driver),
        plain(&manifest.renderer.backend),
        manifest.digital_source_type,
    )
}

/// One line: a title with a line break must not start a heading of its own.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cell(text: &str) -> String {
    plain(text).replace('|', "\\|")
}

/// JSON strings are YAML strings.
fn quoted(text: &str) -> String {
    serde_json::Value::from(plain(text)).to_string()
}
