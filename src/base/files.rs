//! Whole-file writes: a crash or a full disk leaves the old file (or folder) as it was.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// An input or output fault with the path it happened to and a cure.
#[derive(Debug, thiserror::Error)]
#[error("could not {act} {path}: {cause}{}", cure(.cause))]
pub struct FileError {
    /// What was tried: `"read"`, `"write"`, …
    pub act: &'static str,
    /// The file or folder.
    pub path: PathBufText,
    /// What the system said.
    #[source]
    pub cause: io::Error,
}

/// A path that prints itself in back quotes.
#[derive(Clone, Debug)]
pub struct PathBufText(pub PathBuf);

impl std::fmt::Display for PathBufText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`", self.0.display())
    }
}

impl FileError {
    /// Wraps `cause`.
    pub fn new(act: &'static str, path: &Path, cause: io::Error) -> Self {
        Self { act, path: PathBufText(path.to_owned()), cause }
    }
}

fn cure(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::NotFound => "; check the path",
        io::ErrorKind::PermissionDenied => "; check who owns it",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free some space and try again, the earlier file is whole"
        }
        io::ErrorKind::ReadOnlyFilesystem => "; choose a folder that can be written",
        _ => "",
    }
}

/// Reads a whole file.
///
/// # Errors
/// With the path, when it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(|err| FileError::new("read", path, err))
}

/// Reads a whole text file.
///
/// # Errors
/// With the path, when it cannot be read or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    fs::read_to_string(path).map_err(|err| FileError::new("read", path, err))
}

/// Makes a folder and its parents.
///
/// # Errors
/// With the path, when it cannot be made.
pub fn make_folder(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|err| FileError::new("make the folder", path, err))
}

/// Replaces the file at `path` by `bytes`: written beside it, synced, renamed.
///
/// # Errors
/// With the path; the earlier file is then untouched.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let attempt = || -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        let file = file.persist(path).map_err(|err| err.error)?;
        open_to_all(&file)?;
        sync_folder(folder)
    };
    attempt().map_err(|err| FileError::new("write", path, err))
}

/// A folder that is filled under a temporary name and appears at its final place only when whole.
/// Dropped unfinished, it vanishes.
#[derive(Debug)]
pub struct FolderInProgress {
    temporary: tempfile::TempDir,
    target: PathBuf,
}

impl FolderInProgress {
    /// Starts a folder that will stand at `target`, which must not exist yet.
    ///
    /// # Errors
    /// When `target` exists or its parent cannot be written.
    pub fn start(target: &Path) -> Result<Self, FileError> {
        if target.exists() {
            let cause =
                io::Error::new(io::ErrorKind::AlreadyExists, "it exists already; choose another name or remove it");
            return Err(FileError::new("make", target, cause));
        }
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        make_folder(parent)?;
        let temporary = tempfile::Builder::new()
            .prefix(".writing-")
            .tempdir_in(parent)
            .map_err(|err| FileError::new("make", target, err))?;
        Ok(Self { temporary, target: target.to_owned() })
    }

    /// Where to write for now.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Moves the folder to its final place.
    ///
    /// # Errors
    /// When the rename fails; nothing is left then.
    pub fn finish(self) -> Result<PathBuf, FileError> {
        let fail = |err| FileError::new("finish", &self.target, err);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(self.temporary.path(), fs::Permissions::from_mode(0o755)).map_err(fail)?;
        }
        fs::rename(self.temporary.path(), &self.target).map_err(fail)?;
        // The temporary folder has become the target: keep it.
        let _moved = self.temporary.keep();
        Ok(self.target)
    }
}

/// Temporary files are private to their owner; what users keep follows the usual mode.
#[cfg(unix)]
fn open_to_all(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

/// Temporary files are not private here.
#[cfg(not(unix))]
fn open_to_all(_: &File) -> io::Result<()> {
    Ok(())
}

/// Makes a rename last through a power cut.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_names_the_path_and_keeps_the_old_file() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("a.txt");
        write_whole(&path, b"one").expect("first write");
        write_whole(&path, b"two").expect("second write");
        assert_eq!(fs::read(&path).expect("read"), b"two", "replaced");
        let err = write_whole(&dir.path().join("no/such/b.txt"), b"x").expect_err("no folder");
        assert!(err.to_string().contains("no/such/b.txt"), "{err}");
        assert_eq!(fs::read_dir(dir.path()).expect("list").count(), 1, "no temporary file left");
    }

    #[test]
    fn a_folder_appears_only_when_finished() {
        let dir = tempfile::tempdir().expect("temp dir");
        let target = dir.path().join("pack");
        let folder = FolderInProgress::start(&target).expect("start");
        fs::write(folder.path().join("x"), b"1").expect("write inside");
        assert!(!target.exists(), "not yet");
        drop(folder);
        assert_eq!(fs::read_dir(dir.path()).expect("list").count(), 0, "dropped: nothing left");
        let folder = FolderInProgress::start(&target).expect("start again");
        folder.finish().expect("finish");
        assert!(target.is_dir(), "there now");
        assert!(FolderInProgress::start(&target).is_err(), "never over an existing folder");
    }
}
