//! `study.ron` and `families/*.ron`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};

use super::edit::{check_gate, check_id};
use super::{GateSettings, PairRemark, SetRef, Study, StudyError, Unreadable};
use crate::base::files::{FileError, make_folder, read_text, write_whole};
use crate::family::variant::{Parsed, Source, parse_with};
use crate::family::{Said, said_text, text};

const FORMAT: &str = "worldproof study 1";

/// `study.ron`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StudyFile {
    format: String,
    name: String,
    seed: u64,
    /// The families' order. A family file that is not listed was added by hand and comes last.
    #[serde(default)]
    families: Vec<String>,
    #[serde(default)]
    sets: Vec<SetRef>,
    #[serde(default)]
    gate: GateSettings,
    #[serde(default)]
    notes: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<PairRemark>,
}

fn options() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME)
}

fn study_path(folder: &Path) -> PathBuf {
    folder.join("study.ron")
}

fn family_path(folder: &Path, id: &str) -> PathBuf {
    folder.join("families").join(format!("{id}.ron"))
}

fn parse_study(path: &Path) -> Result<StudyFile, StudyError> {
    let source = read_text(path)?;
    let place = |line, column, what| StudyError::Text { file: path.display().to_string(), line, column, what };
    let file: StudyFile = options()
        .from_str(source.strip_prefix('\u{feff}').unwrap_or(&source))
        .map_err(|err| place(err.span.start.line, err.span.start.col, err.code.to_string()))?;
    if file.format == FORMAT {
        return Ok(file);
    }
    Err(place(1, 1, format!("the format `{}` is not known to this version, expected `{FORMAT}`", file.format)))
}

/// The text of the file in `path`.
fn source(path: &Path) -> Result<Source, StudyError> {
    Ok(Source { text: read_text(path)?, file: path.display().to_string() })
}

/// The whole family in `path`, whose bases are on `shelf`.
fn read_family(path: &Path, shelf: &BTreeMap<String, Source>) -> Result<Parsed, StudyError> {
    let (_, source) = read_said(path)?;
    Ok(parse_with(&source, shelf)?)
}

/// What the family's file in `path` says, which must be called like it; with its text.
fn read_said(path: &Path) -> Result<(Said, Source), StudyError> {
    let source = source(path)?;
    let said = text::read(&source.text, &source.file)?;
    check_id(said.id())?;
    if path.file_stem().is_some_and(|stem| *stem == *said.id()) {
        return Ok((said, source));
    }
    Err(StudyError::content(source.file, format!("it holds the family `{0}`; call the file `{0}.ron`", said.id())))
}

/// The `*.ron` files of `families/` by stem; none where the folder is missing.
fn family_files(folder: &Path) -> Result<BTreeMap<String, PathBuf>, StudyError> {
    let folder = folder.join("families");
    let fail = |err| FileError::new("list", &folder, err);
    let entries = match std::fs::read_dir(&folder) {
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries.map_err(fail)?,
    };
    let mut files = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(fail)?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if path.extension().is_some_and(|extension| extension == "ron") && !hidden {
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            files.insert(stem, path);
        }
    }
    Ok(files)
}

impl Study {
    /// Starts a study in `folder`, which is made where needed.
    ///
    /// # Errors
    /// When there is a study already, the name is empty, or the folder cannot be written.
    pub fn create(folder: &Path, name: &str, seed: u64) -> Result<Self, StudyError> {
        if study_path(folder).exists() {
            return Err(StudyError::Exists(format!("`{}`", folder.display())));
        }
        if name.trim().is_empty() {
            return Err(StudyError::content("the study's name", "it is empty; type at least one letter"));
        }
        let study = Self {
            name: name.to_owned(),
            seed,
            families: Vec::new(),
            variants: BTreeMap::new(),
            unreadable: Vec::new(),
            sets: Vec::new(),
            gate: GateSettings::default(),
            notes: String::new(),
            remarks: Vec::new(),
        };
        study.save(folder)?;
        Ok(study)
    }

    /// Reads the study in `folder`. Families whose files cannot be read are kept as such, by name and reason.
    ///
    /// # Errors
    /// With file, line and column of the first fault in `study.ron`.
    pub fn load(folder: &Path) -> Result<Self, StudyError> {
        let path = study_path(folder);
        let file = parse_study(&path)?;
        check_gate(&file.gate)?;
        let found = family_files(folder)?;
        let mut listed = BTreeSet::new();
        if let Some(id) = file.families.iter().find(|id| !found.contains_key(*id) || !listed.insert(*id)) {
            let what =
                format!("it lists the family `{id}` twice or without a file; restore `families/{id}.ron` or unlist it");
            return Err(StudyError::content(path.display().to_string(), what));
        }
        let unlisted = found.keys().filter(|id| !listed.contains(id));
        let order: Vec<&String> = file.families.iter().chain(unlisted).collect();
        // A base that cannot be read stands here too, so that its variants say where its fault is.
        let shelf: BTreeMap<String, Source> =
            found.iter().filter_map(|(id, path)| Some((id.clone(), source(path).ok()?))).collect();
        let (mut families, mut variants, mut unreadable) = (Vec::new(), BTreeMap::new(), Vec::new());
        for (id, path) in order.into_iter().filter_map(|id| found.get_key_value(id)) {
            match read_family(path, &shelf) {
                Ok(parsed) => {
                    if let Some(variant) = parsed.variants.into_iter().next() {
                        variants.insert(variant.id.clone(), Arc::new(variant));
                    }
                    families.push(Arc::new(parsed.family));
                }
                Err(error) => unreadable.push(Unreadable { id: id.clone(), why: error.to_string() }),
            }
        }
        let StudyFile { name, seed, sets, gate, notes, remarks, .. } = file;
        let mut study = Self { name, seed, families, variants, unreadable, sets, gate, notes, remarks };
        study.read_beside(folder);
        Ok(study)
    }

    /// Writes what differs in meaning from the files in `folder`; a file that means the same keeps its text and comments,
    /// and an edited family keeps the comments around its values ([`said_text`]).
    /// A variant's file is written only where what it says itself has changed.
    /// Files that could not be read when the study was opened stay as they are.
    /// The file of a removed family is renamed to `<id>.ron.removed`; a file that could not be read is kept beside the new
    /// one as `.ron.unreadable`.
    ///
    /// # Errors
    /// When a file cannot be written; every file is then either old or new, none is half.
    pub fn save(&self, folder: &Path) -> Result<(), StudyError> {
        check_gate(&self.gate)?;
        make_folder(&folder.join("families"))?;
        for family in &self.families {
            check_id(&family.id)?;
            let path = family_path(folder, &family.id);
            let said = self.said(family)?;
            // A file that is missing or cannot be read means something else than this family.
            let before = read_said(&path).ok();
            if before.as_ref().map(|(said, _)| said) != Some(&said) {
                keep_unreadable(&path, before.is_none())?;
                let previous = before.map(|(_, source)| source.text).unwrap_or_default();
                write_whole(&path, said_text(&said, &previous).as_bytes())?;
            }
        }
        let file = StudyFile {
            format: FORMAT.to_owned(),
            name: self.name.clone(),
            seed: self.seed,
            families: self.ids().map(str::to_owned).collect(),
            sets: self.sets.clone(),
            gate: self.gate,
            notes: self.notes.clone(),
            remarks: self.remarks.clone(),
        };
        let path = study_path(folder);
        let before = parse_study(&path).ok();
        if before.as_ref() != Some(&file) {
            let layout = ron::ser::PrettyConfig::new().new_line("\n");
            let text = options()
                .to_string_pretty(&file, layout)
                .map_err(|err| StudyError::content(path.display().to_string(), err.to_string()))?;
            keep_unreadable(&path, before.is_none())?;
            write_whole(&path, format!("{text}\n").as_bytes())?;
        }
        // Last: a crash before this leaves an unlisted file, which is a family too many and not one too few.
        for id in before.into_iter().flat_map(|before| before.families) {
            if !self.ids().any(|there| there == id) && check_id(&id).is_ok() {
                set_aside(&family_path(folder, &id))?;
            }
        }
        Ok(())
    }
}

impl Study {
    /// The families' ids in the order that `study.ron` lists them in; those that cannot be read come last.
    fn ids(&self) -> impl Iterator<Item = &str> {
        let families = self.families.iter().map(|family| family.id.as_str());
        families.chain(self.unreadable.iter().map(|file| file.id.as_str()))
    }
}

/// A text that cannot be read may be someone's half-finished edit: it is kept as `.ron.unreadable`.
fn keep_unreadable(path: &Path, unreadable: bool) -> Result<(), StudyError> {
    if !unreadable || !path.exists() {
        return Ok(());
    }
    let aside = path.with_extension("ron.unreadable");
    Ok(std::fs::copy(path, &aside).map(|_bytes| ()).map_err(|err| FileError::new("write", &aside, err))?)
}

fn set_aside(path: &Path) -> Result<(), StudyError> {
    match std::fs::rename(path, path.with_extension("ron.removed")) {
        Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(FileError::new("rename", path, err).into()),
        _ => Ok(()),
    }
}
