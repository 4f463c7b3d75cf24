//! Judges a synthetic set: gathers what the gate asks for, lets it judge, keeps the verdict.

use std::path::PathBuf;

use crate::base::{Digest, Monitor, files};
use crate::data::{Item, Origin};
use crate::family::{Family, Severity};
use crate::gate::{GateInputs, SealInput, Verdict, judge};
use crate::ledger::{Entry, Ledger, LockedSet, SealReport};
use crate::study::{SetRef, Study};

use super::place::{Place, Stamp};
use super::synthetic::SetFile;
use super::{RunError, check, import, report, synthetic};

/// The policy card as questions and answers.
pub fn card(family: &Family) -> [(&'static str, &str); 4] {
    [
        ("Which rare event?", &family.card.rare_event),
        ("Which artefact would make the data dangerous?", &family.card.artefact),
        ("Which real probe would show it?", &family.card.real_probe),
        ("What makes us discard the data?", &family.card.discard_rule),
    ]
}

/// Where a verdict is kept.
fn verdict_file(place: &Place, real: &str, synthetic: &str) -> PathBuf {
    place.folder.join("gate").join(format!("{synthetic}--{real}.json"))
}

/// Judges `synthetic_name` on the sealed half of `real_name`.
///
/// # Errors
/// When a set is unknown or the ledger is broken. What speaks against the data is no error: it is in the verdict.
pub fn gate(
    place: &Place,
    study: &Study,
    real_name: &str,
    synthetic_name: &str,
    stamp: &Stamp,
    monitor: &dyn Monitor,
) -> Result<Verdict, RunError> {
    let real = import::set_ref(study, real_name)?;
    let made = import::set_ref(study, synthetic_name)?;
    import::expect_origin(real, &[Origin::Real, Origin::StandIn])?;
    import::expect_origin(made, &[Origin::Synthetic])?;
    let folder = place.resolve(&made.path);
    let lineage = SetFile::read(&folder)?.lineage;
    let family = lineage.family(&folder)?;
    // Advice stops nothing; everything else keeps a pack from being accepted.
    let findings: Vec<String> = check::findings(&family)
        .iter()
        .filter(|finding| finding.severity != Severity::Advice)
        .map(|finding| format!("{}: {}", finding.field, finding.text))
        .collect();
    let seal = Seal::load(place, real, monitor)?;
    monitor.step("Judging", 0, 1);
    let entries = Ledger::read(&place.ledger())?;
    let card = card(&family);
    let words = format!(
        "{} {}, seed {}, draws placed {}, {}",
        lineage.family,
        lineage.family_digest,
        lineage.study_seed,
        lineage.placed.method.words(),
        lineage.generator.adapter
    );
    let verdict = judge(&GateInputs {
        card: &card,
        findings: &findings,
        seal: seal.input(),
        reference: &seal.reference,
        lineage: Some(&words),
        plan: None,
        result: None,
        ledger: &entries,
        origin: real.origin,
        margin: study.gate.margin,
        discordance: study.gate.discordance,
        time: &stamp.time,
    });
    monitor.step("Judging", 1, 1);
    files::make_folder(&place.folder.join("gate"))?;
    let body = serde_json::json!({
        "real": real_name, "synthetic": synthetic_name, "decision": verdict.decision.word(), "reasons": verdict.reasons,
        "verdict": verdict_digest(&verdict)?, "made": set_digest(place, made)?,
    });
    // The entry comes first: a verdict that the ledger does not know is worth nothing.
    place.record(stamp, GATE_RUN, body)?;
    synthetic::write_json(&verdict_file(place, real_name, synthetic_name), &verdict)?;
    Ok(verdict)
}

/// The ledger's word for a judgement.
const GATE_RUN: &str = "gate.run";

fn verdict_digest(verdict: &Verdict) -> Result<String, RunError> {
    let text = serde_json::to_string(verdict).map_err(|err| RunError::Damaged(err.to_string()))?;
    Ok(Digest::of(text.as_bytes()).to_string())
}

/// Digest of what says which draws a synthetic set holds and where they come from.
fn set_digest(place: &Place, made: &SetRef) -> Result<String, RunError> {
    Ok(Digest::of(&files::read(&place.resolve(&made.path).join("set.json"))?).to_string())
}

/// Refuses a kept verdict that is not the ledger's last on this pair, or was given on another set of the same name.
///
/// # Errors
/// With the cure.
pub(super) fn expect_recorded(
    place: &Place,
    entries: &[Entry],
    real: &str,
    made: &SetRef,
    verdict: &Verdict,
) -> Result<(), RunError> {
    let of_pair = |entry: &&Entry| {
        entry.kind == GATE_RUN && entry.body["real"] == real && entry.body["synthetic"] == made.name.as_str()
    };
    let (verdict, now) = (verdict_digest(verdict)?, set_digest(place, made)?);
    match entries.iter().rev().find(of_pair) {
        Some(entry) if entry.body["verdict"] == verdict && entry.body["made"] == now => Ok(()),
        _ => Err(RunError::Request(format!(
            "the kept verdict on `{}` is not the one in the ledger, or the set changed since; run `worldproof gate {real} {}` again",
            made.name, made.name
        ))),
    }
}

/// The seal on a set as the gate wants to see it.
struct Seal {
    locked: Option<LockedSet>,
    broken: Option<String>,
    report: Option<SealReport>,
    reference: Vec<Item>,
}

impl Seal {
    fn load(place: &Place, real: &SetRef, monitor: &dyn Monitor) -> Result<Self, RunError> {
        let mut seal = Self { locked: None, broken: None, report: None, reference: Vec::new() };
        if real.sealed.is_none() {
            return Ok(seal);
        }
        // A disk that is not plugged in says nothing about the data: no verdict then.
        import::expect_present(place, real)?;
        match LockedSet::load(&place.folder, &real.name, &[place.keys()?.public()]) {
            Ok(locked) => seal.locked = Some(locked),
            Err(err) => seal.broken = Some(err.to_string()),
        }
        let look = |locked: Option<&LockedSet>| -> Result<(Option<SealReport>, Vec<Item>), RunError> {
            let set = import::open_set(place, real, monitor)?;
            let visible = import::visible_episodes(&set, real);
            let mut reference = set.items(&visible, monitor)?;
            let Some(locked) = locked else { return Ok((None, reference)) };
            let held = import::held_episodes(&set, real);
            let covered = set.items_as_sealed(&held, locked.items(), monitor)?;
            if !covered.late.is_empty() {
                // What was sealed without a camera is found again only without it.
                reference.extend(set.episodes_without(&visible, &covered.late, monitor)?);
            }
            Ok((Some(super::seal::report(locked, &covered)), reference))
        };
        match look(seal.locked.as_ref()) {
            Ok((report, reference)) => {
                seal.report = report;
                // Whole files may serve both halves; leakage is a matter of episodes.
                seal.reference = reference.into_iter().filter(|item| !item.is_shared()).collect();
            }
            Err(RunError::Stopped) => return Err(RunError::Stopped),
            Err(err) => seal.broken = Some(format!("the sealed set cannot be read any more: {err}")),
        }
        Ok(seal)
    }

    fn input(&self) -> SealInput<'_> {
        match (&self.locked, &self.broken) {
            (_, Some(words)) => SealInput::Broken(words),
            (Some(set), None) => SealInput::Locked { set, report: self.report.as_ref() },
            (None, None) => SealInput::None,
        }
    }
}

/// All kept verdicts with a few words on what was judged, in order of their names.
///
/// # Errors
/// When one is damaged.
pub fn verdicts(place: &Place) -> Result<Vec<(String, Verdict)>, RunError> {
    let read = |path: PathBuf| {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let pair = stem
            .split_once("--")
            .map_or(stem.clone(), |(made, real)| format!("`{made}` judged on the sealed half of `{real}`"));
        Ok((pair, synthetic::read_json(&path)?))
    };
    report::json_files(&place.folder.join("gate")).into_iter().map(read).collect()
}

/// The kept verdict on a pair; `None` where the gate has not run.
///
/// # Errors
/// When it is damaged.
pub fn kept_verdict(place: &Place, real: &str, made: &str) -> Result<Option<Verdict>, RunError> {
    let path = verdict_file(place, real, made);
    if path.exists() { Ok(Some(synthetic::read_json(&path)?)) } else { Ok(None) }
}
