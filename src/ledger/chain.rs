//! `ledger.jsonl`: one JSON object a line, each carrying the hash of the line before it.
//!
//! The hash is taken over the line's bytes up to its own `hash` field, so that nobody needs this program or a canonical
//! JSON form to check it. It is a record, not a lock: who can write the file can rewrite all of it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{LedgerError, Timestamp};
use crate::base::Digest;
use crate::base::files::{FileError, PathBufText, write_whole};

/// One thing that was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number, from 0.
    pub seq: u64,
    /// When.
    pub time: Timestamp,
    /// Who.
    pub actor: String,
    /// What, for example `seal.made`.
    pub kind: String,
    /// The details.
    pub body: Value,
    /// The hash of the line before; zeros for the first.
    pub prev: Digest,
    /// BLAKE3 over the line without this field.
    pub hash: Digest,
    /// The line as it stands in the file, without its line break.
    pub line: String,
}

/// The line without `hash`: field order is part of the format.
#[derive(Serialize)]
struct Hashed<'a> {
    seq: u64,
    time: &'a Timestamp,
    actor: &'a str,
    kind: &'a str,
    body: &'a Value,
    prev: String,
}

#[derive(Deserialize)]
struct Line {
    seq: u64,
    time: Timestamp,
    actor: String,
    kind: String,
    body: Value,
    prev: String,
}

/// An open ledger. It holds the file's advisory lock: one writer at a time, in this process too.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    file: File,
    entries: Vec<Entry>,
    length: u64,
    /// A failed write could not be taken back: the bytes after `length` are ours to cut.
    torn: bool,
}

impl Ledger {
    /// Opens the ledger at `path`, or starts an empty one, and checks the whole chain.
    ///
    /// # Errors
    /// [`LedgerError::HalfLine`] after a crash, [`LedgerError::Broken`] where a byte was changed, [`LedgerError::Busy`]
    /// where another writer has it, or a file fault.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let mut file = open_locked(path)?;
        let bytes = read_all(&mut file, path)?;
        let entries = parse_lines(&bytes, path)?;
        Ok(Self { path: path.to_owned(), file, entries, length: bytes.len() as u64, torn: false })
    }

    /// Reads and checks the chain without the lock, for those that only look.
    ///
    /// # Errors
    /// As [`Self::open`], except `Busy`; a missing file is an empty ledger.
    pub fn read(path: &Path) -> Result<Vec<Entry>, LedgerError> {
        match std::fs::read(path) {
            Ok(bytes) => parse_lines(&bytes, path),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(err) => Err(FileError::new("read", path, err).into()),
        }
    }

    /// Moves a half-written last line into `ledger.fragment-<n>.txt` beside the ledger, cuts it off and appends
    /// `ledger.recovered`. Also gives the fragment's path; `None` where there was nothing to recover.
    ///
    /// # Errors
    /// When the whole lines before the fragment do not verify (nothing is changed then), or a file fault.
    pub fn recover(path: &Path, time: Timestamp, actor: &str) -> Result<(Self, Option<PathBuf>), LedgerError> {
        let mut file = open_locked(path)?;
        let bytes = read_all(&mut file, path)?;
        let whole = whole_length(&bytes);
        let (kept, fragment) = bytes.split_at(whole);
        let entries = parse_lines(kept, path)?;
        let mut ledger = Self { path: path.to_owned(), file, entries, length: whole as u64, torn: false };
        if fragment.is_empty() {
            return Ok((ledger, None));
        }
        let beside = free_fragment_path(path);
        write_whole(&beside, fragment)?;
        let cut = ledger.file.set_len(ledger.length).and_then(|()| ledger.file.sync_all());
        cut.map_err(|err| FileError::new("cut", path, err))?;
        let name = beside.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let body = serde_json::json!({
            "fragment": name, "bytes": fragment.len(), "digest": Digest::of(fragment).to_string(),
        });
        ledger.append(time, actor, "ledger.recovered", body)?;
        Ok((ledger, Some(beside)))
    }

    /// Appends an entry: written and synced when this returns.
    ///
    /// # Errors
    /// On a full disk or another file fault; the file then ends where it ended before. Also when another program
    /// changed the file.
    pub fn append(&mut self, time: Timestamp, actor: &str, kind: &str, body: Value) -> Result<&Entry, LedgerError> {
        self.check_length()?;
        let seq = self.entries.len() as u64;
        let entry = make_entry(Line {
            seq,
            time,
            actor: actor.to_owned(),
            kind: kind.to_owned(),
            body,
            prev: self.fingerprint().to_string(),
        })
        .map_err(|what| self.broken(what))?;
        let mut bytes = entry.line.clone().into_bytes();
        bytes.push(b'\n');
        let mut store = &self.file;
        match append_or_undo(&mut store, self.length, &bytes) {
            Ok(()) => {}
            Err(Failed { cause, undone }) => {
                self.torn = !undone;
                return Err(FileError::new("write", &self.path, cause).into());
            }
        }
        self.length += bytes.len() as u64;
        self.entries.push(entry);
        self.entries.last().ok_or_else(|| self.broken("the entry is gone".to_owned()))
    }

    /// The hash of the last line; zeros for an empty ledger. It stands for the whole ledger.
    pub fn fingerprint(&self) -> Digest {
        self.entries.last().map_or(Digest([0; 32]), |entry| entry.hash)
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn check_length(&mut self) -> Result<(), LedgerError> {
        let fail = |err| FileError::new("write", &self.path, err);
        if self.torn {
            self.file.set_len(self.length).map_err(fail)?;
            self.torn = false;
        }
        let now = self.file.metadata().map_err(fail)?.len();
        if now == self.length { Ok(()) } else { Err(LedgerError::Changed(PathBufText(self.path.clone()))) }
    }

    fn broken(&self, what: String) -> LedgerError {
        LedgerError::Broken { path: PathBufText(self.path.clone()), line: self.entries.len() + 1, what }
    }
}

fn open_locked(path: &Path) -> Result<File, LedgerError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|err| FileError::new("open", path, err))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LedgerError::Busy(PathBufText(path.to_owned()))),
        Err(TryLockError::Error(err)) => Err(FileError::new("lock", path, err).into()),
    }
}

fn read_all(file: &mut File, path: &Path) -> Result<Vec<u8>, LedgerError> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|err| FileError::new("read", path, err))?;
    Ok(bytes)
}

/// Bytes up to and with the last line break.
fn whole_length(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

fn free_fragment_path(ledger: &Path) -> PathBuf {
    let mut n = 1_u64;
    loop {
        let path = ledger.with_file_name(format!("ledger.fragment-{n}.txt"));
        if !path.exists() {
            return path;
        }
        n += 1;
    }
}

/// Where a ledger's bytes go; a trait so that tests can fill the disk at any byte.
trait Store {
    fn write_at_end(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Store for &File {
    fn write_at_end(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(at))?;
        self.write_all(bytes)?;
        self.sync_all()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.sync_all()
    }
}

struct Failed {
    cause: io::Error,
    undone: bool,
}

fn append_or_undo(store: &mut impl Store, length: u64, bytes: &[u8]) -> Result<(), Failed> {
    store.write_at_end(length, bytes).map_err(|cause| Failed { cause, undone: store.cut(length).is_ok() })
}

fn make_entry(line: Line) -> Result<Entry, String> {
    let prev = line.prev.parse::<Digest>()?;
    let hashed = Hashed {
        seq: line.seq,
        time: &line.time,
        actor: &line.actor,
        kind: &line.kind,
        body: &line.body,
        prev: line.prev.clone(),
    };
    let text = serde_json::to_string(&hashed).map_err(|err| err.to_string())?;
    let hash = Digest::of(text.as_bytes());
    let start = text.strip_suffix('}').unwrap_or(&text);
    let full = format!("{start},\"hash\":\"{hash}\"}}");
    let Line { seq, time, actor, kind, body, .. } = line;
    Ok(Entry { seq, time, actor, kind, body, prev, hash, line: full })
}

/// Parses and checks a whole chain that starts at entry 0; `path` is for messages only.
///
/// # Errors
/// [`LedgerError::HalfLine`] or [`LedgerError::Broken`] with the line's number.
pub fn parse_lines(bytes: &[u8], path: &Path) -> Result<Vec<Entry>, LedgerError> {
    let whole = whole_length(bytes);
    let (kept, fragment) = bytes.split_at(whole);
    let mut entries: Vec<Entry> = Vec::new();
    for (at, raw) in kept.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
        let broken = |what| LedgerError::Broken { path: PathBufText(path.to_owned()), line: at + 1, what };
        let entry = parse_line(raw).map_err(broken)?;
        if entry.seq != at as u64 {
            return Err(broken(format!("entry {} stands where entry {at} belongs", entry.seq)));
        }
        if entry.prev != entries.last().map_or(Digest([0; 32]), |last| last.hash) {
            return Err(broken("it does not follow the line before it".to_owned()));
        }
        entries.push(entry);
    }
    if fragment.is_empty() {
        return Ok(entries);
    }
    Err(LedgerError::HalfLine { path: PathBufText(path.to_owned()), line: entries.len() + 1, kept: entries.len() })
}

impl Entry {
    /// Reads one line (without its line break) and checks it against its own hash; its place in a chain is not checked.
    ///
    /// # Errors
    /// In words: what does not fit.
    pub fn parse(line: &str) -> Result<Self, String> {
        parse_line(line.as_bytes())
    }
}

/// Checks one line against its own hash.
fn parse_line(raw: &[u8]) -> Result<Entry, String> {
    let text = std::str::from_utf8(raw).map_err(|_| "it is not text".to_owned())?;
    const MARK: &str = ",\"hash\":\"";
    let at = text.len().checked_sub(MARK.len() + 64 + 2).ok_or("it is too short for an entry")?;
    let (start, tail) = text.split_at_checked(at).ok_or("its end is not a hash")?;
    let hash_text = tail.strip_prefix(MARK).and_then(|rest| rest.strip_suffix("\"}")).ok_or("its end is not a hash")?;
    let hash = Digest::of(format!("{start}}}").as_bytes());
    // Compared as text: upper-case digits would be another line with the same meaning.
    if hash.to_string() != hash_text {
        return Err("its content does not fit its hash".to_owned());
    }
    let line: Line = serde_json::from_str(text).map_err(|err| format!("it is not an entry: {err}"))?;
    let prev = line.prev.parse::<Digest>()?;
    let Line { seq, time, actor, kind, body, .. } = line;
    Ok(Entry { seq, time, actor, kind, body, prev, hash, line: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_unix_s(1_795_215_360)
    }

    fn filled(dir: &Path) -> PathBuf {
        let path = dir.join("ledger.jsonl");
        let mut ledger = Ledger::open(&path).expect("new ledger");
        for (kind, value) in [("set.imported", 0.1), ("seal.made", 2.0), ("gate.run", -3e-9)] {
            let body = serde_json::json!({"name": "kitchen \"ö\"\n", "value": value});
            ledger.append(now(), "ada", kind, body).expect("append");
        }
        path
    }

    #[test]
    fn entries_survive_reopening_and_one_writer_holds_the_file() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = filled(dir.path());
        let ledger = Ledger::open(&path).expect("reopen");
        assert_eq!(ledger.entries().len(), 3, "all entries");
        assert_eq!(ledger.entries()[2].body["value"], serde_json::json!(-3e-9), "floats survive");
        assert_eq!(ledger.entries()[1].prev, ledger.entries()[0].hash, "chained");
        assert_eq!(ledger.fingerprint(), ledger.entries()[2].hash, "fingerprint");
        assert!(matches!(Ledger::open(&path), Err(LedgerError::Busy(_))), "second writer is refused");
        assert_eq!(Ledger::read(&path).expect("readers need no lock"), ledger.entries(), "same entries");
        drop(ledger);
        assert!(Ledger::open(&path).is_ok(), "free again");
    }

    #[test]
    fn every_changed_byte_is_found_with_its_line() {
        let dir = tempfile::tempdir().expect("temp dir");
        let bytes = std::fs::read(filled(dir.path())).expect("read");
        let mut line = 1;
        for at in 0..bytes.len() {
            for change in [0x01, 0x20, 0x80] {
                let mut bad = bytes.clone();
                bad[at] ^= change;
                match parse_lines(&bad, Path::new("l")) {
                    Err(LedgerError::Broken { line: found, .. }) => assert_eq!(found, line, "byte {at}"),
                    Err(LedgerError::HalfLine { .. }) => assert_eq!(at + 1, bytes.len(), "only the last line break"),
                    other => panic!("byte {at} ^ {change}: {other:?}"),
                }
            }
            line += usize::from(bytes[at] == b'\n');
        }
    }

    #[test]
    fn removed_swapped_and_doubled_lines_are_found() {
        let dir = tempfile::tempdir().expect("temp dir");
        let text = std::fs::read_to_string(filled(dir.path())).expect("read");
        let lines: Vec<&str> = text.lines().collect();
        for (order, bad_line) in [(vec![1, 2], 1), (vec![0, 2], 2), (vec![0, 2, 1], 2), (vec![0, 0, 1], 2)] {
            let bad = order.iter().fold(String::new(), |text, at| text + lines[*at] + "\n");
            let err = parse_lines(bad.as_bytes(), Path::new("l")).expect_err("reordered");
            assert!(matches!(err, LedgerError::Broken { line, .. } if line == bad_line), "{order:?}: {err}");
        }
    }

    #[test]
    fn a_half_line_is_its_own_state_and_can_be_recovered() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = filled(dir.path());
        let bytes = std::fs::read(&path).expect("read");
        let last_start = whole_length(&bytes[..bytes.len() - 1]);
        for end in [last_start + 1, last_start + 40, bytes.len() - 1] {
            File::create(&path).expect("rewrite").write_all(&bytes[..end]).expect("write");
            let err = Ledger::open(&path).expect_err("half line");
            assert!(matches!(err, LedgerError::HalfLine { line: 3, kept: 2, .. }), "{err}");
            let (ledger, fragment) = Ledger::recover(&path, now(), "ada").expect("recover");
            let fragment = fragment.expect("fragment kept");
            assert_eq!(std::fs::read(&fragment).expect("fragment"), &bytes[last_start..end], "moved, not lost");
            assert_eq!(ledger.entries().last().map(|entry| entry.kind.as_str()), Some("ledger.recovered"), "said");
            drop(ledger);
            assert_eq!(Ledger::open(&path).expect("whole again").entries().len(), 3, "two kept, one added");
        }
        assert_eq!(Ledger::recover(&path, now(), "ada").expect("nothing to do").1, None, "no fragment");
        let mut bad = bytes[..bytes.len() - 5].to_vec();
        bad[10] ^= 1;
        File::create(&path).expect("rewrite").write_all(&bad).expect("write");
        assert!(Ledger::recover(&path, now(), "ada").is_err(), "a broken chain is not a half line");
        assert_eq!(std::fs::read(&path).expect("read"), bad, "and is left alone");
    }

    /// Takes `room` bytes, then says that the disk is full.
    struct Small {
        bytes: Vec<u8>,
        room: usize,
    }

    impl Store for Small {
        fn write_at_end(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
            assert_eq!(at as usize, self.bytes.len(), "writes only at the end");
            let fits = bytes.len().min(self.room);
            self.bytes.extend(&bytes[..fits]);
            if fits == bytes.len() { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
        }

        fn cut(&mut self, length: u64) -> io::Result<()> {
            self.bytes.truncate(length as usize);
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_leaves_the_file_whole() {
        for room in 0..6 {
            let mut store = Small { bytes: b"old\n".to_vec(), room };
            let result = append_or_undo(&mut store, 4, b"new..\n");
            assert!(result.is_err_and(|failed| failed.undone), "{room} bytes of room");
            assert_eq!(store.bytes, b"old\n", "{room}");
        }
        let mut store = Small { bytes: b"old\n".to_vec(), room: 6 };
        assert!(append_or_undo(&mut store, 4, b"new..\n").is_ok(), "fits");
    }

    /// With `TMPDIR` on a file system of some hundred kilobytes.
    #[test]
    #[ignore = "needs a small disk as TMPDIR"]
    fn a_really_full_disk_leaves_the_file_whole() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("ledger.jsonl");
        let mut ledger = Ledger::open(&path).expect("open");
        let body = Value::from("x".repeat(5000));
        let full = (0..10_000).find_map(|_| ledger.append(now(), "ada", "x", body.clone()).err());
        let full = full.expect("the disk is small").to_string();
        assert!(full.contains("free some space"), "{full}");
        let kept = ledger.entries().to_vec();
        drop(ledger);
        let mut ledger = Ledger::open(&path).expect("whole");
        assert_eq!(ledger.entries(), kept, "all that was said to be written, and nothing else");
        ledger.append(now(), "ada", "x", Value::Null).expect("a small entry fits still");
    }

    #[test]
    fn a_write_by_another_program_is_noticed() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = filled(dir.path());
        let mut ledger = Ledger::open(&path).expect("open");
        OpenOptions::new().append(true).open(&path).expect("other").write_all(b"{}\n").expect("write");
        let err = ledger.append(now(), "ada", "x", Value::Null).expect_err("changed");
        assert!(matches!(err, LedgerError::Changed(_)), "{err}");
    }
}
