//! Whether families can be used: what `family` can tell alone, and what only the stage knows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::text::shortened;
use crate::base::{Monitor, Silent, files};
use crate::family::text::Outline;
use crate::family::validate::Prepared;
use crate::family::variant::{Shelf, Source, inherited_from, parse_with};
use crate::family::{self, Family, Finding, Severity, Variant};
use crate::ledger::Ledger;
use crate::sample::{SampleError, Sampler};
use crate::study::{Study, with_files};
use crate::world;

use super::fit::{self, Changed};
use super::place::{Place, Stamp};
use super::{RunError, camera, inside};

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
    findings_of(family, &Prepared::of(family))
}

/// As [`findings`], for a family that is prepared already.
pub fn findings_of(family: &Family, prepared: &Prepared) -> Vec<Finding> {
    let mut found = family::validate::validate_prepared(family, &world::vocabulary(family), prepared);
    found.extend(world::check(family, prepared));
    if found.iter().all(|finding| finding.severity != Severity::Error) {
        found.extend(camera::findings(family, prepared));
    }
    found
}

/// Checks a family whose file says `source`: everything in [`findings`], whether the requirements can be met, and where in
/// the file each finding is; what a variant has from a base is said to stand in the base's file in `folder`. Fits in `changed`
/// are told. Takes up to some seconds where the requirements contradict each other.
fn check(
    family: &Family,
    source: Option<(&str, &str)>,
    variants: &[&Variant],
    folder: &Path,
    changed: &[Changed],
) -> Checked {
    let mut found = findings(family);
    found.extend(fit::advice(family, changed));
    if found.iter().all(|finding| finding.severity != Severity::Error) {
        found.extend(contradiction(family));
        found.extend(inside::finding(family));
    }
    // What stops drawing comes first, so that it is told however much else there is.
    found.sort_by_key(|finding| finding.severity);
    let more = found.len().saturating_sub(MOST_TOLD);
    found.truncate(MOST_TOLD);
    let outline = source.filter(|_| !found.is_empty()).map(|(text, file)| (Outline::of(text), file));
    let placed = |mut finding: Finding| {
        finding.text = shortened(finding.text);
        if let Some(base) = inherited_from(family, &finding.field, variants) {
            let file = base_path(folder, base);
            finding.text.push_str(&format!(" (inherited: it stands in `{}`)", file.display()));
            return Placed { finding, place: None };
        }
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

/// Reads and checks one file; the bases of a variant are looked for beside it.
///
/// # Errors
/// When it cannot be read or is not a family; the sentence has line and column.
pub fn check_file(path: &Path) -> Result<Checked, RunError> {
    let source = Source { text: files::read_text(path)?, file: path.display().to_string() };
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let parsed = parse_with(&source, &Beside { folder: folder.clone() })?;
    let variants: Vec<&Variant> = parsed.variants.iter().collect();
    // In a study, families have a folder of their own, and what they name is beside that one.
    let study = if folder.ends_with("families") { folder.parent().unwrap_or(&folder) } else { &folder };
    let family = with_files(parsed.family, study);
    Ok(check(&family, Some((&source.text, &source.file)), &variants, &folder, &[]))
}

/// Checks every family of a study, and whether the real columns that nominals were fitted to are still the same.
///
/// # Errors
/// [`RunError::Stopped`] once the watcher asks.
pub fn check_study(place: &Place, study: &Study, monitor: &dyn Monitor) -> Result<Vec<Checked>, RunError> {
    let changed = fit::changed(place, study, &fit::comparable(study), monitor)?;
    let folder = place.folder.join("families");
    let one = |family: &Arc<Family>| {
        let file = base_path(&folder, &family.id);
        let source = files::read_text(&file).ok().map(|text| Source { text, file: file.display().to_string() });
        let variants = study.variants_of(&family.id);
        // Only a text that says this family has the places of its fields: it may have been changed meanwhile.
        let shelf = Beside { folder: folder.clone() };
        let source = source.filter(|source| parse_with(source, &shelf).is_ok_and(|read| read.family == **family));
        let said = source.as_ref().map(|source| (source.text.as_str(), source.file.as_str()));
        check(family, said, &variants, &folder, &changed)
    };
    Ok(study.families.iter().map(one).collect())
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
        if let Some(file) = study.unreadable.iter().find(|file| file.id == id) {
            return RunError::Request(file.why.clone());
        }
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
    fn nothing_is_wrong_with_what_is_shipped() {
        for (stem, _) in super::super::new::EXAMPLES {
            assert_eq!(findings(&super::super::new::example(stem).unwrap()), [], "{stem}");
        }
    }

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
            .map(|one| (one.finding.field, one.finding.text.contains("inherited")))
            .collect();
        assert!(texts.contains(&("clock.duration_s".to_owned(), false)), "{texts:?}");
        assert!(texts.contains(&("clock.frame_rate_hz".to_owned(), true)), "{texts:?}");
        let lost = write("lost.ron", &text.replace(stem, "tabletop_light_stop"));
        let error = check_file(&lost).unwrap_err().to_string();
        assert!(error.contains(&format!("did you mean `{stem}`?")), "{error}");
    }
}
