//! Whether families can be used: what `family` can tell alone, and what only the stage knows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::files;
use crate::family::variant::{Shelf, Source, inherited_from, parse_with};
use crate::family::{self, Family, Finding, Severity, Variant};
use crate::ledger::Ledger;
use crate::study::Study;
use crate::world;

use super::RunError;
use super::place::{Place, Stamp};

/// One family's findings.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The family's id.
    pub family: String,
    /// Digest of its canonical text.
    pub digest: String,
    /// What is wrong; empty is good.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// Whether draws can be made.
    pub fn usable(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }
}

/// All findings on a family.
pub fn findings(family: &Family) -> Vec<Finding> {
    let mut found = family::validate::validate(family, &world::vocabulary(&family.stage));
    found.extend(world::check(family));
    found
}

/// Checks a parsed family.
pub fn check(family: &Family) -> Checked {
    check_over(family, &[], Path::new(""))
}

/// Checks a family of a study; what a variant has from a base is said to stand in the base's file.
pub fn check_in(study: &Study, family: &Family) -> Checked {
    check_over(family, &study.variants_of(&family.id), Path::new("families"))
}

/// Checks a family whose bases lie in `folder`.
fn check_over(family: &Family, variants: &[&Variant], folder: &Path) -> Checked {
    let mut findings = findings(family);
    for finding in &mut findings {
        if let Some(base) = inherited_from(family, &finding.field, variants) {
            let file = base_path(folder, base);
            finding.text.push_str(&format!(" (inherited: it stands in `{}`)", file.display()));
        }
    }
    Checked { family: family.id.clone(), digest: family.digest().to_string(), findings }
}

/// Reads and checks one file; the bases of a variant are looked for beside it.
///
/// # Errors
/// When it cannot be read or is not a family; the sentence has line and column.
pub fn check_file(path: &Path) -> Result<Checked, RunError> {
    let source = Source { text: files::read_text(path)?, file: path.display().to_string() };
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let parsed = parse_with(&source, &Beside { folder: folder.clone() })?;
    Ok(check_over(&parsed.family, &parsed.variants.iter().collect::<Vec<_>>(), &folder))
}

/// The families in one folder, read when they are asked for.
struct Beside {
    folder: PathBuf,
}

fn base_path(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.ron"))
}

impl Shelf for Beside {
    fn source(&self, id: &str) -> Result<Option<Source>, String> {
        let path = base_path(&self.folder, id);
        if !path.exists() {
            return Ok(None);
        }
        let text = files::read_text(&path).map_err(|error| error.to_string())?;
        Ok(Some(Source { text, file: path.display().to_string() }))
    }

    fn ids(&self) -> Vec<String> {
        let folder = if self.folder.as_os_str().is_empty() { Path::new(".") } else { &self.folder };
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let families = files.filter(|path| path.extension().is_some_and(|extension| extension == "ron"));
        let mut ids: Vec<String> =
            families.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect();
        ids.sort();
        ids
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::files::write_whole;

    #[test]
    fn a_file_finds_its_base_beside_it_and_findings_name_the_file_that_they_stand_in() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            write_whole(&dir.path().join(name), text.as_bytes()).unwrap();
            dir.path().join(name)
        };
        let (stem, base) = super::super::new::EXAMPLES[0];
        write(&format!("{stem}.ron"), base);
        let text = format!("(id: \"bright\", title: \"Bright\", extends: \"{stem}\", clock: (duration_s: 3))");
        let file = write("bright.ron", &text);
        let found = check_file(&file).unwrap();
        assert!(found.usable() && found.findings.is_empty(), "{:?}", found.findings);
        assert_ne!(found.digest, check_file(&dir.path().join(format!("{stem}.ron"))).unwrap().digest);

        // One mistake of its own, one of the base's.
        write(&format!("{stem}.ron"), &base.replace("frame_rate_hz: 30", "frame_rate_hz: 3000"));
        let file = write("bright.ron", &text.replace("duration_s: 3", "duration_s: -3"));
        let texts: Vec<(String, bool)> = check_file(&file)
            .unwrap()
            .findings
            .into_iter()
            .map(|one| (one.field, one.text.contains("inherited")))
            .collect();
        assert!(texts.contains(&("clock.duration_s".to_owned(), false)), "{texts:?}");
        assert!(texts.contains(&("clock.frame_rate_hz".to_owned(), true)), "{texts:?}");
        let lost = write("lost.ron", &text.replace(stem, "tabletop_light_stop"));
        let error = check_file(&lost).unwrap_err().to_string();
        assert!(error.contains(&format!("did you mean `{stem}`?")), "{error}");
    }
}
