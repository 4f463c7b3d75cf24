//! The gate: the one way to open a [`LockedSet`], and the verdict.
//!
//! [`judge`] is pure: the same inputs give the same verdict. It never rounds a missing answer up to a pass. [`open`]
//! cannot hand out sealed items without appending to the ledger first.

mod checks;

pub use checks::{GateInputs, SealInput, judge, needed_groups};

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::data::Item;
use crate::ledger::{Entry, Ledger, LedgerError, LockedSet, Timestamp};
use crate::trial::{Plan, TrialError};

/// The ledger's word for a registered plan.
pub const PLAN_REGISTERED: &str = "plan.registered";
/// The ledger's word for an opened lock.
pub const LOCK_OPENED: &str = "lock.opened";
/// The ledger's word for a trial's result.
pub const TRIAL_RESULT: &str = "trial.result";

/// Why the gate did not do it.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The ledger refused the entry, so nothing was opened.
    #[error("nothing was opened or registered, because the ledger could not be written: {0}")]
    Ledger(#[from] LedgerError),
    /// The plan makes no sense.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// The plan was registered before.
    #[error("this plan was registered before, as entry {0} of the ledger; it counts from then")]
    Registered(u64),
    /// No purpose was given.
    #[error("say what the sealed set `{0}` is opened for; the ledger keeps it")]
    Purpose(String),
}

/// The outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Decision {
    /// Every check passed.
    Accept,
    /// Something is shown to be wrong or harmful.
    Reject,
    /// Neither is shown.
    Inconclusive,
}

impl Decision {
    /// In capitals, as it is stamped.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::Reject => "REJECT",
            Self::Inconclusive => "INCONCLUSIVE",
        }
    }
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CheckState {
    /// Met.
    Pass,
    /// Violated.
    Fail,
    /// Nothing to judge by yet.
    Missing,
    /// Does not concern this pack.
    NotApplicable,
}

impl CheckState {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Missing => "missing",
            Self::NotApplicable => "not applicable",
        }
    }
}

/// One line of the gate's checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// A few words in sentence case.
    pub name: String,
    /// What is demanded.
    pub rule: String,
    /// What was found, with its unit.
    pub measured: Option<String>,
    /// What it is compared with.
    pub threshold: Option<String>,
    /// The outcome.
    pub state: CheckState,
    /// Where that comes from, and the cure where it did not pass.
    pub evidence: String,
}

/// What the gate says, with everything it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The outcome.
    pub decision: Decision,
    /// The checklist, in its fixed order.
    pub checks: Vec<Check>,
    /// Why, in plain sentences.
    pub reasons: Vec<String>,
    /// What would change it.
    pub needed: Vec<String>,
    /// The registered plan's digest in hex.
    pub plan: Option<String>,
    /// Whether the sealed set only plays the part of a real one.
    pub stand_in: bool,
    /// When it was judged.
    pub time: Timestamp,
}

impl Verdict {
    /// Whether the decision fits the checklist: ACCEPT needs a pass or "not applicable" on every line, and no stand-in.
    pub fn is_earned(&self) -> bool {
        let good = |check: &Check| matches!(check.state, CheckState::Pass | CheckState::NotApplicable);
        self.decision != Decision::Accept || (!self.stand_in && !self.checks.is_empty() && self.checks.iter().all(good))
    }
}

/// A sealed set, opened. It exists only together with its ledger entry.
#[derive(Debug)]
pub struct OpenedSet {
    entry: u64,
    set_path: PathBuf,
    held: Vec<u64>,
    items: Vec<Item>,
}

impl OpenedSet {
    /// The number of its `lock.opened` entry.
    pub fn entry(&self) -> u64 {
        self.entry
    }

    /// Where the set's media lie, as the study wrote it.
    pub fn set_path(&self) -> &std::path::Path {
        &self.set_path
    }

    /// The held episodes.
    pub fn held(&self) -> &[u64] {
        &self.held
    }

    /// The held items with the digests they had when sealed.
    pub fn items(&self) -> &[Item] {
        &self.items
    }
}

/// Opens `locked` for `purpose`: appends `lock.opened` and only then hands out the list.
///
/// # Errors
/// When no purpose is given or the ledger cannot be written; nothing is opened then.
pub fn open(
    locked: &LockedSet,
    purpose: &str,
    ledger: &mut Ledger,
    time: Timestamp,
    actor: &str,
) -> Result<OpenedSet, GateError> {
    if purpose.trim().is_empty() {
        return Err(GateError::Purpose(locked.name().to_owned()));
    }
    let body = serde_json::json!({
        "seal": locked.name(), "root": locked.root(), "items": locked.n_items(), "purpose": purpose,
    });
    let entry = ledger.append(time, actor, LOCK_OPENED, body)?.seq;
    Ok(OpenedSet {
        entry,
        set_path: PathBuf::from(locked.set_path()),
        held: locked.held().to_vec(),
        items: locked.items().to_vec(),
    })
}

/// Registers `plan` in the ledger: results count from this entry on.
///
/// # Errors
/// When the plan makes no sense, is registered already, or the ledger cannot be written.
pub fn register(plan: &Plan, ledger: &mut Ledger, time: Timestamp, actor: &str) -> Result<Entry, GateError> {
    plan.check()?;
    if let Some(entry) = registration(plan, ledger.entries())? {
        return Err(GateError::Registered(entry.seq));
    }
    let body = serde_json::json!({
        "plan": plan.name, "digest": plan.digest()?.to_string(), "metric": plan.metric,
        "transfer_metric": plan.transfer_metric, "margin": plan.margin, "alpha": plan.alpha, "attempts": plan.attempts,
    });
    Ok(ledger.append(time, actor, PLAN_REGISTERED, body)?.clone())
}

/// The entry that registered `plan`.
///
/// # Errors
/// When the plan has no digest.
pub fn registration<'a>(plan: &Plan, entries: &'a [Entry]) -> Result<Option<&'a Entry>, GateError> {
    let digest = plan.digest()?.to_string();
    Ok(entries.iter().find(|entry| entry.kind == PLAN_REGISTERED && entry.body["digest"] == digest))
}

#[cfg(test)]
mod tests;
