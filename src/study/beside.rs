//! What lies in a study's folder beside its families and belongs to them: models and rigs.
//!
//! Read when the study is opened and when a family names other files than have been read for it. What is changed on disk
//! meanwhile is seen at the next opening.

use std::path::Path;
use std::sync::Arc;

use super::Study;
use crate::base::files::{FileError, make_folder, write_whole};
use crate::family::files::LARGEST_BYTES;
use crate::family::{Family, Files};

/// The files in `folder` that the things of `family` are made of. What is missing or cannot be read says so where it is used.
fn files_of(family: &Family, folder: &Path) -> Files {
    Files::read(family.file_names(), &|path| {
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
    family.files = files_of(&family, folder);
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
