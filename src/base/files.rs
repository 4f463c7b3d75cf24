//! Whole-file writes: a crash or a full disk leaves the old file (or folder) as it was.
//!
//! What is being written is called `.writing-…` and lies beside its target. A run that was killed leaves it behind;
//! [`sweep`] removes it at the next occasion and never touches what a living run still writes.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How everything unfinished is called at first.
const UNFINISHED: &str = ".writing-";
/// `.writing-x.lock` is held locked as long as its run fills the folder `.writing-x`.
const LOCK: &str = ".lock";
/// A single file is written in moments: one this old belongs to a run that died.
const DEAD_AFTER: Duration = Duration::from_hours(1);

/// An input or output fault with the path it happened to and a cure.
#[derive(Debug, thiserror::Error)]
#[error("could not {act} {path}: {}", words(.cause))]
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

/// What happened and what to do, in our words where we know the kind; the system's own words carry numbers and inner paths.
fn words(cause: &io::Error) -> String {
    use io::ErrorKind as Kind;
    let known = match cause.kind() {
        Kind::NotFound => "there is no such file or folder; check the path",
        Kind::PermissionDenied => "permission is denied; check who owns it and who may use it",
        Kind::StorageFull | Kind::QuotaExceeded => {
            "the disk is full; free some space and try again, earlier files are whole"
        }
        Kind::FileTooLarge => {
            "the system's limit on file sizes is reached; raise it and try again, earlier files are whole"
        }
        Kind::ReadOnlyFilesystem => "the disk is read-only; choose a folder that can be written",
        Kind::NotADirectory => "a file lies where a folder is expected; check the path",
        Kind::IsADirectory => "a folder lies where a file is expected; check the path",
        Kind::InvalidData => "it is not text; restore it from a copy",
        _ => return cause.to_string(),
    };
    known.to_owned()
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
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        let file = file.persist(path).map_err(|err| err.error)?;
        open_to_all(&file)?;
        sync_folder(folder)
    };
    attempt().map_err(|err| FileError::new("write", path, err))
}

/// A folder that is filled under a temporary name and appears at its final place only when whole.
/// Dropped unfinished, it vanishes; after a crash the next one beside it sweeps it away.
#[derive(Debug)]
pub struct FolderInProgress {
    temporary: tempfile::TempDir,
    target: PathBuf,
    /// An earlier folder at the target gives way.
    replaces: bool,
    /// Let go last, and by the system however the process ends: who can lock it knows that the folder is dead.
    _lock: tempfile::NamedTempFile,
}

impl FolderInProgress {
    /// Starts a folder that will stand at `target`, which must not exist yet.
    ///
    /// # Errors
    /// When `target` exists or its parent cannot be written.
    pub fn start(target: &Path) -> Result<Self, FileError> {
        Self::begin(target, false)
    }

    /// Starts a folder that takes the place of whatever stands at `target` once it is finished, and not before.
    ///
    /// # Errors
    /// When the parent cannot be written.
    pub fn replacing(target: &Path) -> Result<Self, FileError> {
        Self::begin(target, true)
    }

    fn begin(target: &Path, replaces: bool) -> Result<Self, FileError> {
        let fail = |err| FileError::new("make", target, err);
        if !replaces && target.exists() {
            let words = "it is there already; choose another name, or remove it if it is not needed";
            return Err(fail(io::Error::new(io::ErrorKind::AlreadyExists, words)));
        }
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        make_folder(parent)?;
        sweep(parent);
        let attempt = || -> io::Result<_> {
            let lock = tempfile::Builder::new().prefix(UNFINISHED).suffix(LOCK).tempfile_in(parent)?;
            lock.as_file().lock()?;
            // Only now the folder: no sweeper ever sees it with its lock free.
            let path = lock.path().with_extension("");
            let name = path.file_name().unwrap_or_default();
            Ok((tempfile::Builder::new().prefix(name).rand_bytes(0).tempdir_in(parent)?, lock))
        };
        let (temporary, lock) = attempt().map_err(fail)?;
        Ok(Self { temporary, target: target.to_owned(), replaces, _lock: lock })
    }

    /// Where to write for now.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Moves the folder to its final place.
    ///
    /// # Errors
    /// When the rename fails; nothing is left then but what stood there before.
    pub fn finish(self) -> Result<PathBuf, FileError> {
        let fail = |err| FileError::new("finish", &self.target, err);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(self.temporary.path(), fs::Permissions::from_mode(0o755)).map_err(fail)?;
        }
        // A name of this run alone, under which an earlier folder waits until the new one stands.
        let aside = self.temporary.path().with_extension("old");
        let has_earlier = self.replaces && self.target.exists();
        if has_earlier {
            fs::rename(&self.target, &aside).map_err(fail)?;
        }
        if let Err(err) = fs::rename(self.temporary.path(), &self.target) {
            if has_earlier {
                let _back = fs::rename(&aside, &self.target);
            }
            return Err(fail(err));
        }
        if has_earlier {
            // What cannot be removed is swept away by the next folder that is begun beside it.
            let _swept_later = fs::remove_dir_all(&aside);
        }
        // The temporary folder has become the target: keep it.
        let _moved = self.temporary.keep();
        Ok(self.target)
    }
}

/// Removes from `folder` what dead runs left half-written. What cannot be removed is left for the next time: this never fails.
pub fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            continue;
        }
        let path = entry.path();
        let age =
            entry.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed().unwrap_or_default());
        let old = age.is_ok_and(|age| age > DEAD_AFTER);
        let _kept_for_later = match path.extension() {
            Some(ending) if *ending == LOCK[1..] => sweep_folder(&path, old),
            // Its lock decides.
            _ if path.is_dir() && path.with_extension(&LOCK[1..]).exists() => Ok(()),
            _ if !old => Ok(()),
            _ if path.is_dir() => fs::remove_dir_all(&path),
            _ => fs::remove_file(&path),
        };
    }
}

/// Removes the folder that `lock` stands for, where nobody holds the lock. A lock without a folder may be about to get one.
fn sweep_folder(lock: &Path, old: bool) -> io::Result<()> {
    let folder = lock.with_extension("");
    let file = File::open(lock)?;
    if (!old && !folder.exists()) || file.try_lock().is_err() {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::remove_file(lock)
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

    #[test]
    fn what_a_dead_run_left_is_swept_and_what_lives_stays() {
        let dir = tempfile::tempdir().expect("temp dir");
        let living = FolderInProgress::start(&dir.path().join("living")).expect("start");
        fs::write(living.path().join("x"), b"1").expect("write inside");
        // As a killed run leaves it: the folder and its lock, which nobody holds.
        fs::create_dir(dir.path().join(".writing-dead")).expect("folder");
        fs::write(dir.path().join(".writing-dead/x"), b"1").expect("half");
        fs::write(dir.path().join(".writing-dead.lock"), b"").expect("lock");
        fs::write(dir.path().join(".writing-file"), b"1").expect("a file that may still be written");
        let other = FolderInProgress::start(&dir.path().join("other")).expect("start");
        assert!(!dir.path().join(".writing-dead").exists(), "dead folder");
        assert!(!dir.path().join(".writing-dead.lock").exists(), "dead lock");
        assert!(dir.path().join(".writing-file").exists(), "young file");
        let file = File::options().write(true).open(dir.path().join(".writing-file")).expect("open");
        file.set_modified(std::time::SystemTime::now() - 2 * DEAD_AFTER).expect("age");
        sweep(dir.path());
        assert!(!dir.path().join(".writing-file").exists(), "old file");
        living.finish().expect("finish");
        other.finish().expect("finish");
        let mut names: Vec<_> =
            fs::read_dir(dir.path()).expect("list").flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        assert_eq!(names, ["living", "other"], "nothing else is left");
        assert!(dir.path().join("living/x").exists(), "whole");
    }
}
