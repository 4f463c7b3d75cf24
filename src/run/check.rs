//! Whether families can be used: what `family` can tell alone, and what only the stage knows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::text::shortened;
use crate::base::{Silent, files};
use crate::family::text::Outline;
use crate::family::{self, Family, Finding, Severity};
use crate::ledger::Ledger;
use crate::sample::{SampleError, Sampler};
use crate::study::Study;
use crate::world;

use super::RunError;
use super::place::{Place, Stamp};

/// Most findings that are told of one family; nobody mends more at a time.
const MOST_TOLD: usize = 100;

/// Candidates for one draw above which a person is told that the requirements leave little.
const MANY_CANDIDATES: u32 = 2_000;

/// One family's findings.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The family's id.
    pub family: String,
    /// Digest of its canonical text.
    pub digest: String,
    /// What is wrong; empty is good.
    pub findings: Vec<Placed>,
    /// How many more there are.
    pub more: usize,
}

/// A finding, and where in the family's file it is.
#[derive(Clone, Debug)]
pub struct Placed {
    /// What is wrong.
    pub finding: Finding,
    /// Where; `None` where there is no text that says what the family says.
    pub place: Option<InFile>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFile {
    /// The file.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters from 1.
    pub column: usize,
}

impl std::fmt::Display for Placed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(InFile { file, line, column }) = &self.place {
            write!(f, "{file}:{line}:{column}: ")?;
        }
        write!(f, "in `{}`: {}", self.finding.field, self.finding.text)
    }
}

impl Checked {
    /// Whether draws can be made.
    pub fn usable(&self) -> bool {
        self.findings.iter().all(|placed| placed.finding.severity != Severity::Error)
    }
}

/// All findings on a family.
pub fn findings(family: &Family) -> Vec<Finding> {
    let mut found = family::validate::validate(family, &world::vocabulary(&family.stage));
    found.extend(world::check(family));
    found
}

/// Checks a family whose file says `source`: everything in [`findings`], whether the requirements can be met, and where in
/// the file each finding is. Takes up to some seconds where the requirements contradict each other.
fn check(family: &Family, source: Option<(&str, &str)>) -> Checked {
    let mut found = findings(family);
    if found.iter().all(|finding| finding.severity != Severity::Error) {
        found.extend(contradiction(family));
    }
    // What stops drawing comes first, so that it is told however much else there is.
    found.sort_by_key(|finding| finding.severity);
    let more = found.len().saturating_sub(MOST_TOLD);
    found.truncate(MOST_TOLD);
    let outline = source.filter(|_| !found.is_empty()).map(|(text, file)| (Outline::of(text), file));
    let placed = |mut finding: Finding| {
        finding.text = shortened(finding.text);
        let place = outline.as_ref().map(|(outline, file)| {
            let (line, column) = outline.place(&finding.field);
            InFile { file: (*file).to_owned(), line, column }
        });
        Placed { finding, place }
    };
    let findings = found.into_iter().map(placed).collect();
    Checked { family: family.id.clone(), digest: family.digest().to_string(), findings, more }
}

/// Requirements that no candidate meets, or hardly one: what [`findings`] cannot tell without drawing.
fn contradiction(family: &Family) -> Option<Finding> {
    let about = |severity, at: Option<usize>, text| {
        let field = at.map_or_else(|| "requirements".to_owned(), |at| format!("requirements[{at}].that"));
        Some(Finding { severity, field, text })
    };
    let sampler = Sampler::new(family, 0).ok()?;
    match sampler.draws(0..1, &Silent) {
        Ok(drawn) => {
            let tries = drawn.summary.candidates as u32;
            let (name, count) = drawn.summary.refused_by.iter().max_by_key(|(_, count)| **count)?;
            let at = family.requirements.iter().position(|requirement| requirement.name == *name)?;
            let percent = 100.0 * (1.0 - *count as f64 / f64::from(tries));
            let text = format!(
                "{tries} candidates were tried before one met all requirements; this one is met by the smallest share, \
                 {percent:.2} %: loosen it, or move the proposals of what it reads"
            );
            (tries > MANY_CANDIDATES).then(|| about(Severity::Advice, Some(at), text))?
        }
        Err(SampleError::Unmet(text)) => {
            let at = sampler.hardest(0, MANY_CANDIDATES).ok().flatten();
            about(Severity::Error, at, text)
        }
        // A distribution or a requirement that has no value in some draws.
        Err(error) => {
            Some(Finding { severity: Severity::Error, field: "parameters".to_owned(), text: error.to_string() })
        }
    }
}

/// Reads and checks one file.
///
/// # Errors
/// When it cannot be read or is not a family; the sentence has line and column.
pub fn check_file(path: &Path) -> Result<Checked, RunError> {
    let text = files::read_text(path)?;
    let file = path.display().to_string();
    Ok(check(&family::text::parse(&text, &file)?, Some((&text, &file))))
}

/// Checks every family of a study.
pub fn check_study(place: &Place, study: &Study) -> Vec<Checked> {
    let one = |family: &Arc<Family>| {
        let path = place.folder.join("families").join(format!("{}.ron", family.id));
        let file = path.display().to_string();
        // Only a text that says all of the family by itself has the places of its fields.
        let text = files::read_text(&path).ok();
        let text = text.filter(|text| family::text::parse(text, &file).is_ok_and(|read| read == **family));
        check(family, text.as_ref().map(|text| (text.as_str(), file.as_str())))
    };
    study.families.iter().map(one).collect()
}

/// A ledger whose chain is whole.
#[derive(Clone, Debug)]
pub struct LedgerChecked {
    /// Entries in it.
    pub entries: usize,
    /// The last entry's hash, shortened; `empty` where there is none.
    pub fingerprint: String,
    /// Where a half-written line was put.
    pub fragment: Option<PathBuf>,
}

impl LedgerChecked {
    /// For people.
    pub fn text(&self) -> String {
        let fragment = self.fragment.as_ref().map_or_else(String::new, |path| {
            format!("recovered the ledger; the half-written line is kept in `{}`\n", path.display())
        });
        format!("{fragment}ledger: {} entries, chain whole, fingerprint {}\n", self.entries, self.fingerprint)
    }
}

/// Verifies the study's ledger, and with `recover` mends one that ends in a half-written line.
///
/// # Errors
/// When the chain is broken, or ends in half a line and `recover` is false.
pub fn ledger(place: &Place, recover: bool, stamp: &Stamp) -> Result<LedgerChecked, RunError> {
    let mut fragment = None;
    if recover {
        fragment = Ledger::recover(&place.ledger(), stamp.time.clone(), &stamp.actor)?.1;
    }
    let entries = Ledger::read(&place.ledger())?;
    let fingerprint = entries.last().map_or_else(|| "empty".to_owned(), |entry| entry.hash.short());
    Ok(LedgerChecked { entries: entries.len(), fingerprint, fragment })
}

/// The family called `id`.
///
/// # Errors
/// When the study has none; the sentence lists what it has.
pub fn family(study: &Study, id: &str) -> Result<Arc<Family>, RunError> {
    study.families.iter().find(|family| family.id == id).cloned().ok_or_else(|| {
        let names: Vec<&str> = study.families.iter().map(|family| family.id.as_str()).collect();
        RunError::Request(format!("the study has no family `{id}`; it has: {}", names.join(", ")))
    })
}

/// The family called `id`, without errors.
///
/// # Errors
/// When there is none or it has errors; the first is in the sentence.
pub fn usable_family(study: &Study, id: &str) -> Result<Arc<Family>, RunError> {
    let family = family(study, id)?;
    match findings(&family).into_iter().find(|finding| finding.severity == Severity::Error) {
        None => Ok(family),
        Some(first) => Err(RunError::Request(format!("family `{id}`, {}: {}", first.field, first.text))),
    }
}
