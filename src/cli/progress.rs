//! Progress and notes on standard error, so that standard output stays clean for pipes.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::base::{Monitor, Note};

/// Prints a line that rewrites itself on a terminal, and a line a stage elsewhere.
#[derive(Debug)]
pub struct Progress {
    quiet: bool,
    terminal: bool,
    last: Mutex<Last>,
}

#[derive(Debug)]
struct Last {
    stage: String,
    printed: Instant,
    open_line: bool,
}

impl Progress {
    /// Silent but for notes where `quiet`.
    pub fn new(quiet: bool) -> Self {
        let last = Last { stage: String::new(), printed: Instant::now(), open_line: false };
        Self { quiet, terminal: std::io::stderr().is_terminal(), last: Mutex::new(last) }
    }

    /// Ends an open line.
    pub fn finish(&self) {
        if let Ok(mut last) = self.last.lock()
            && last.open_line
        {
            last.open_line = false;
            write_line("\n");
        }
    }
}

/// Standard error may be closed; there is nobody left to tell then.
fn write_line(text: &str) {
    let _closed = std::io::stderr().write_all(text.as_bytes());
}

impl Drop for Progress {
    /// An error must not stand behind a half-finished line.
    fn drop(&mut self) {
        self.finish();
    }
}

impl Monitor for Progress {
    fn step(&self, stage: &str, done: u64, total: u64) {
        let Ok(mut last) = self.last.lock() else { return };
        let new_stage = last.stage != stage;
        let due = new_stage || done >= total || last.printed.elapsed() > Duration::from_millis(100);
        if self.quiet || !due || (!self.terminal && !new_stage) {
            return;
        }
        if last.open_line && new_stage {
            write_line("\n");
        }
        let text = if total > 1 { format!("{stage} {done}/{total}") } else { stage.to_owned() };
        write_line(&if self.terminal { format!("\r{text}\x1b[K") } else { format!("{stage} …\n") });
        *last = Last { stage: stage.to_owned(), printed: Instant::now(), open_line: self.terminal };
    }

    fn note(&self, note: Note) {
        self.finish();
        write_line(&format!("note: {}: {}\n", note.about, note.text));
    }

    fn stopped(&self) -> bool {
        false
    }
}
