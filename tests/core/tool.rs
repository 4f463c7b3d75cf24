//! Runs the binary and makes small data.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;
use worldproof::base::{Rgb, StreamKey, png, processor};

/// How long something takes: this thread's processor time, since a wall clock also counts what other programs take of the machine;
/// the wall clock where the system does not tell.
pub(crate) struct Stopwatch(Option<f64>, Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(processor::thread_s(), Instant::now())
    }

    /// Seconds since the start.
    pub(crate) fn spent_s(&self) -> f64 {
        let worked_s = processor::thread_s().zip(self.0).map(|(now_s, from_s)| now_s - from_s);
        worked_s.unwrap_or_else(|| self.1.elapsed().as_secs_f64())
    }
}

/// A finished run of the binary.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The one JSON object on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|err| panic!("{err}\n{}\n{}", self.stdout, self.stderr))
    }
}

/// Runs a command to its end.
pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A study's folder with its own keys.
pub(crate) struct Bench {
    pub(crate) dir: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("temp dir") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn study(&self) -> PathBuf {
        self.path("study")
    }

    /// Runs `worldproof words` (split at spaces) on the study.
    pub(crate) fn run(&self, words: &str) -> Ran {
        self.run_args(&words.split(' ').collect::<Vec<_>>())
    }

    pub(crate) fn run_args(&self, args: &[&str]) -> Ran {
        ran(self.command(env!("CARGO_BIN_EXE_worldproof")).args(args))
    }

    /// `program` in this bench's folder, with its keys.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.dir.path())
            .env("WORLDPROOF_KEYS", self.path("keys"))
            .env("WORLDPROOF_ACTOR", "tester");
        command
    }

    /// Runs `worldproof words` under the shell's `limit`, e.g. `ulimit -f 8` (file sizes in KiB).
    #[cfg(unix)]
    pub(crate) fn run_limited(&self, limit: &str, words: &str) -> Ran {
        // Without the trap the system would end the process at the limit instead of refusing the write.
        let line = format!("trap '' XFSZ; {limit}; exec \"$0\" {words}");
        ran(self.command("bash").args(["-c", &line, env!("CARGO_BIN_EXE_worldproof")]))
    }

    /// As [`Self::run`], and it must end with `code`.
    pub(crate) fn expect(&self, code: i32, words: &str) -> Ran {
        let ran = self.run(words);
        assert_eq!(ran.code, code, "worldproof {words}\n{}\n{}", ran.stdout, ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "no panic reaches the user: {}", ran.stderr);
        ran
    }

    /// Every file of a folder with its bytes.
    pub(crate) fn snapshot(&self, name: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let read = |path: PathBuf| (path.clone(), std::fs::read(&path).expect("read"));
        walk(&self.path(name)).into_iter().map(read).collect()
    }

    /// What lies in a folder of the study, hidden things included.
    pub(crate) fn left(&self, name: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.study().join(name)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// A folder of `episodes` x `frames` noisy pictures that plays a recorded set.
    pub(crate) fn pictures(&self, name: &str, episodes: u32, frames: u32) -> PathBuf {
        let root = self.path(name);
        for episode in 0..episodes {
            let folder = root.join(format!("take_{episode}"));
            std::fs::create_dir_all(&folder).expect("folder");
            for frame in 0..frames {
                let bytes = png::encode_rgb(&noise(episode, frame)).expect("png");
                std::fs::write(folder.join(format!("{frame:04}.png")), bytes).expect("write");
            }
        }
        root
    }
}

fn noise(episode: u32, frame: u32) -> Rgb {
    let mut stream = StreamKey::new(u64::from(episode), "pictures").stream("noise", u64::from(frame));
    let base = 60 + episode * 10;
    let bytes = (0..64 * 48 * 3).map(|_| (base + stream.next_below(80) as u32) as u8).collect();
    Rgb::from_bytes(64, 48, bytes).expect("size")
}

/// Flips one bit in the middle of a file.
pub(crate) fn flip_byte(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).expect("write");
}

/// Real data beside the repository; `None`, with a word, where there is none.
pub(crate) fn real(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/real");
    let root = std::env::var_os("WORLDPROOF_REAL").map_or(beside, PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return path.canonicalize().ok();
    }
    eprintln!("passed over: no real data at {}; set WORLDPROOF_REAL to the folder that holds `{name}`", path.display());
    None
}

/// Every file below a folder.
pub(crate) fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder).expect("folder").flatten().map(|entry| entry.path()) {
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("folder");
    for entry in std::fs::read_dir(from).expect("folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            // Bytes only: a read-only source must not make a read-only copy.
            std::fs::write(&target, std::fs::read(entry.path()).expect("read")).expect("write");
        }
    }
}
