//! How a long task reports and how it is stopped, without knowing whether a person or a shell is watching.

/// A non-fatal problem: the task went on, and the person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The thing it is about: a file, an episode, a draw.
    pub about: String,
    /// What happened and what to do, in one sentence.
    pub text: String,
}

impl Note {
    /// A note on `about`.
    pub fn new(about: impl Into<String>, text: impl Into<String>) -> Self {
        Self { about: about.into(), text: text.into() }
    }
}

/// What a long task tells its watcher.
pub trait Monitor: Sync {
    /// `done` of `total` steps of `stage` are finished; `stage` is a few words in sentence case (`"Rendering frames"`).
    fn step(&self, stage: &str, done: u64, total: u64);
    /// Something was left out or is odd.
    fn note(&self, note: Note);
    /// True once the watcher wants the task to end; it then returns its module's `Stopped` error soon and leaves no half file.
    fn stopped(&self) -> bool;
}

/// Watches nothing and never stops.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Monitor for Silent {
    fn step(&self, _stage: &str, _done: u64, _total: u64) {}
    fn note(&self, _note: Note) {}
    fn stopped(&self) -> bool {
        false
    }
}

/// Watches nothing and wants the end at once.
#[cfg(test)]
pub(crate) struct Impatient;

#[cfg(test)]
impl Monitor for Impatient {
    fn step(&self, _stage: &str, _done: u64, _total: u64) {}
    fn note(&self, _note: Note) {}
    fn stopped(&self) -> bool {
        true
    }
}
