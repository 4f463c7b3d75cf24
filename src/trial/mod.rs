//! Matched evaluations: the plan that is registered before any result, and the result's file.
//!
//! Nothing here trains or evaluates. A plan is a promise: which arms are compared, on which metric, by which margin, how
//! often. Its digest goes into the ledger (`gate::register`) before a result may count.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::base::Digest;
use crate::base::files::{FileError, make_folder, read_text, write_whole};

/// Why a plan or result cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// Reading or writing failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not what it should be.
    #[error("{file}, line {line}, column {column}: {what}")]
    Text {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// A field of the plan makes no sense.
    #[error("the plan's `{field}` {what}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong and what was expected.
        what: String,
    },
}

/// What a learner is trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Arm {
    /// The real reference data.
    RealOnly,
    /// Real data repeated and augmented to the size and mix of the mixed arm: the fair opponent.
    RealResampled,
    /// Synthetic data alone.
    SyntheticOnly,
    /// Real and synthetic together.
    Mixed,
}

/// A registered promise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name, also its folder under `trials/`.
    pub name: String,
    /// What is compared; the real-resampled and mixed arms are needed.
    pub arms: Vec<Arm>,
    /// The metric that the family is meant to improve on sealed real data.
    pub metric: String,
    /// The metric that must not get worse.
    pub transfer_metric: String,
    /// The largest loss of the transfer metric that still counts as none, as a share (0.05 is five points).
    pub margin: f64,
    /// The error that is accepted over all attempts together.
    pub alpha: f64,
    /// How often the sealed set may be asked.
    pub attempts: u32,
    /// What is independent: `episode`, `session`, …
    pub group_unit: String,
}

/// An estimate over groups with its one-sided bound, mixed minus the other arm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The mean difference.
    pub difference: f64,
    /// The lower one-sided bound at the plan's alpha per attempt.
    pub lower: f64,
    /// The upper one-sided bound.
    pub upper: f64,
}

/// What an evaluation on the sealed set gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialResult {
    /// The plan's digest.
    pub plan: String,
    /// Independent groups that were evaluated.
    pub groups: u64,
    /// The plan's metric, mixed minus real-resampled.
    pub intended: Comparison,
    /// The plan's transfer metric, mixed minus real-only.
    pub transfer: Comparison,
    /// Share of groups on which exactly one of mixed and real-only is right.
    pub discordance: f64,
}

impl Plan {
    /// Checks that the plan can be kept.
    ///
    /// # Errors
    /// With the first field that makes no sense.
    pub fn check(&self) -> Result<(), TrialError> {
        let fail = |field, what: String| Err(TrialError::Field { field, what });
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if self.name.is_empty() || !self.name.chars().all(plain) {
            return fail("name", format!("is `{}`; use letters, digits, `-` and `_`", self.name));
        }
        for arm in [Arm::RealResampled, Arm::Mixed] {
            if !self.arms.contains(&arm) {
                return fail("arms", format!("lacks {arm:?}, without which nothing can be shown"));
            }
        }
        for (field, text) in
            [("metric", &self.metric), ("transfer_metric", &self.transfer_metric), ("group_unit", &self.group_unit)]
        {
            if text.trim().is_empty() {
                return fail(field, "is empty; name it before the trial".to_owned());
            }
        }
        for (field, value) in [("margin", self.margin), ("alpha", self.alpha)] {
            if !(value > 0.0 && value < 0.5) {
                return fail(field, format!("is {value}; it must lie between 0 and 0.5"));
            }
        }
        if self.attempts == 0 {
            return fail("attempts", "is 0; allow at least one".to_owned());
        }
        Ok(())
    }

    /// The digest of the plan's meaning, whatever its file's layout.
    ///
    /// # Errors
    /// When the plan cannot be written as text.
    pub fn digest(&self) -> Result<Digest, TrialError> {
        Ok(Digest::of(
            &serde_json::to_vec(self).map_err(|err| TrialError::Field { field: "name", what: err.to_string() })?,
        ))
    }

    /// Reads a `plan.ron`.
    ///
    /// # Errors
    /// With file, line and column, or the field that makes no sense.
    pub fn load(path: &Path) -> Result<Self, TrialError> {
        let plan: Self = ron::from_str(&read_text(path)?).map_err(|err| TrialError::Text {
            file: path.display().to_string(),
            line: err.span.start.line,
            column: err.span.start.col,
            what: err.code.to_string(),
        })?;
        plan.check()?;
        Ok(plan)
    }

    /// Writes `plan.ron` into `folder`, which is made where needed.
    ///
    /// # Errors
    /// When the plan makes no sense or the file cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), TrialError> {
        self.check()?;
        let text = ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default())
            .map_err(|err| TrialError::Field { field: "name", what: err.to_string() })?;
        make_folder(folder)?;
        Ok(write_whole(&folder.join("plan.ron"), format!("{text}\n").as_bytes())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            name: "lid-tilt-1".to_owned(),
            arms: vec![Arm::RealOnly, Arm::RealResampled, Arm::Mixed],
            metric: "recall of tipped canisters".to_owned(),
            transfer_metric: "mean accuracy".to_owned(),
            margin: 0.05,
            alpha: 0.05,
            attempts: 3,
            group_unit: "episode".to_owned(),
        }
    }

    #[test]
    fn a_plan_survives_its_file_and_its_digest_follows_its_meaning() {
        let dir = tempfile::tempdir().expect("temp dir");
        let folder = dir.path().join("trials/lid-tilt-1");
        plan().save(&folder).expect("save");
        let path = folder.join("plan.ron");
        let loaded = Plan::load(&path).expect("load");
        assert_eq!(loaded, plan(), "round trip");
        let text = format!("// a comment\n{}", read_text(&path).expect("read"));
        write_whole(&path, text.as_bytes()).expect("write");
        let commented = Plan::load(&path).expect("load").digest().expect("digest");
        assert_eq!(commented, plan().digest().expect("digest"), "comments mean nothing");
        let looser = Plan { margin: 0.06, ..plan() };
        assert_ne!(looser.digest().expect("digest"), commented, "another promise");
    }

    #[test]
    fn plans_that_cannot_be_kept_are_refused_by_field() {
        let bad = [
            (Plan { margin: 0.0, ..plan() }, "margin"),
            (Plan { alpha: f64::NAN, ..plan() }, "alpha"),
            (Plan { attempts: 0, ..plan() }, "attempts"),
            (Plan { arms: vec![Arm::Mixed], ..plan() }, "arms"),
            (Plan { metric: " ".to_owned(), ..plan() }, "metric"),
            (Plan { name: "../x".to_owned(), ..plan() }, "name"),
        ];
        for (plan, field) in bad {
            let err = plan.check().expect_err(field).to_string();
            assert!(err.contains(field), "{err}");
        }
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("plan.ron");
        write_whole(&path, b"(\n  name: \"x\",\n  nonsense: 1,\n)").expect("write");
        let err = Plan::load(&path).expect_err("unknown field").to_string();
        assert!(err.contains("plan.ron, line 3"), "{err}");
    }
}
