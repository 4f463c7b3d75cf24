//! What lies in a study's folder beside its families and belongs to them: models, rigs and panoramas.
//!
//! Read when the study is opened, when a family names other files than have been read for it, and when somebody asks for it
//! ([`Again`]).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::Study;
use crate::base::files::{FileError, make_folder, write_whole};
use crate::family::files::LARGEST_BYTES;
use crate::family::{Family, Files};

/// The files in `folder` called `names` and what they name. What is missing or cannot be read says so where it is used.
pub(super) fn read<'a>(names: impl IntoIterator<Item = &'a str>, folder: &Path) -> Files {
    Files::read(names, &|path| {
        let path = folder.join(path);
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FileError::new("read", &path, error).to_string()),
            Ok(about) if !about.is_file() => return Ok(None),
            Ok(about) if about.len() > LARGEST_BYTES => {
                let (has, most) = (about.len() >> 20, LARGEST_BYTES >> 20);
                return Err(format!("the file `{}` has {has} MB; simplify it to at most {most} MB", path.display()));
            }
            Ok(_) => {}
        }
        std::fs::read(&path).map(Some).map_err(|error| FileError::new("read", &path, error).to_string())
    })
}

/// `family` with the files that lie in `folder`.
pub fn with_files(mut family: Family, folder: &Path) -> Family {
    family.files = read(family.file_names(), folder);
    family
}

/// Writes the files of `family` under `folder`, so that [`with_files`] finds them there.
///
/// # Errors
/// When the disk refuses.
pub fn write_files(family: &Family, folder: &Path) -> Result<(), FileError> {
    for (path, bytes, _) in family.files.iter() {
        let path = folder.join(path);
        make_folder(path.parent().unwrap_or(folder))?;
        write_whole(&path, bytes)?;
    }
    Ok(())
}

/// Reads the files of families again: those of families that name the same ones once, however many moments of a history have them.
#[derive(Debug, Default)]
pub struct Again {
    read: BTreeMap<BTreeSet<String>, Files>,
    /// Families that were read again, before and after.
    renewed: Vec<(Arc<Family>, Arc<Family>)>,
}

impl Again {
    /// The paths of what has changed on disk, among the files of all that was renewed.
    pub fn changed(&self) -> BTreeSet<String> {
        let digests = |family: &Family| -> BTreeSet<_> {
            family.files.iter().map(|(path, _, digest)| (path.to_owned(), digest)).collect()
        };
        let differ = |(before, after): &(Arc<Family>, Arc<Family>)| {
            let (before, after) = (digests(before), digests(after));
            before.symmetric_difference(&after).map(|(path, _)| path.clone()).collect::<Vec<_>>()
        };
        self.renewed.iter().flat_map(differ).collect()
    }

    /// The study with its families' files as they lie in `folder` now; a family of which none has changed stays what it is.
    pub fn renew(&mut self, study: &mut Study, folder: &Path) {
        for family in &mut study.families {
            if let Some(after) = self.of(family, folder) {
                *family = after;
            }
        }
    }

    fn of(&mut self, family: &Arc<Family>, folder: &Path) -> Option<Arc<Family>> {
        if let Some((_, after)) = self.renewed.iter().find(|(before, _)| Arc::ptr_eq(before, family)) {
            return Some(Arc::clone(after));
        }
        let names: BTreeSet<String> = family.file_names().map(str::to_owned).collect();
        if names.is_empty() {
            return None;
        }
        let files = self.read.entry(names).or_insert_with(|| read(family.file_names(), folder));
        if files.same_bytes(&family.files) {
            return None;
        }
        let after = Arc::new(Family { files: files.clone(), ..(**family).clone() });
        self.renewed.push((Arc::clone(family), Arc::clone(&after)));
        Some(after)
    }
}

impl Study {
    /// Reads the files in `folder` for families that name others than have been read for them.
    pub fn read_beside(&mut self, folder: &Path) {
        for family in &mut self.families {
            if !family.files.are_of(family.file_names()) {
                *family = Arc::new(with_files((**family).clone(), folder));
            }
        }
    }
}
