//! What is told while the frames of a set are read, episode by episode: progress once an episode, and what cannot be read in one line.
//!
//! Deliberately not here: whether the rest is enough. Whoever looks knows what it needs.

use crate::base::text::{counted, listed};
use crate::base::{Monitor, Note};
use crate::data::DataError;

/// Episodes that a note names.
const MOST_NAMED: usize = 5;

/// What could not be read: one damaged file must not cost the finding, and not a line each.
#[derive(Default)]
pub(super) struct Unread {
    frames: usize,
    /// Of which episodes, by their ids.
    episodes: Vec<u64>,
    first: Option<DataError>,
}

impl Unread {
    /// Adds a frame of the episode with this id; frames of an episode are added one after the other.
    pub(super) fn add(&mut self, episode: u64, err: DataError) {
        self.frames += 1;
        if self.episodes.last() != Some(&episode) {
            self.episodes.push(episode);
        }
        self.first.get_or_insert(err);
    }

    /// Notes them in one line: how many, of which episodes, and why the first is one of them.
    pub(super) fn tell(&self, set: &str, monitor: &dyn Monitor) {
        let Some(first) = &self.first else { return };
        let (frames, are) = (counted(self.frames, "frame"), if self.frames == 1 { "is" } else { "are" });
        monitor.note(Note::new(set, format!("{frames} {are} left out, of {}; the first: {first}.", self.named())));
    }

    /// As [`Self::tell`] where it is labels that could not be read, so that those of a whole episode are left out.
    pub(super) fn tell_labels(&self, set: &str, monitor: &dyn Monitor) {
        let Some(first) = &self.first else { return };
        monitor.note(Note::new(set, format!("The labels of {} are left out; the first: {first}.", self.named())));
    }

    /// `"episode 3"`, `"episodes 3, 7"`.
    fn named(&self) -> String {
        let episodes = if self.episodes.len() == 1 { "episode" } else { "episodes" };
        format!("{episodes} {}", listed(&self.episodes, MOST_NAMED))
    }
}

/// Asks whether to stop and hands notes on, but no steps: progress is counted in episodes.
pub(super) struct Quiet<'a>(pub(super) &'a dyn Monitor);

impl Monitor for Quiet<'_> {
    fn step(&self, _stage: &str, _done: u64, _total: u64) {}
    fn note(&self, note: Note) {
        self.0.note(note);
    }
    fn stopped(&self) -> bool {
        self.0.stopped()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);

    impl Monitor for Notes {
        fn step(&self, _stage: &str, _done: u64, _total: u64) {
            panic!("no steps are handed on");
        }
        fn note(&self, note: Note) {
            self.0.lock().unwrap().push(format!("{}: {}", note.about, note.text));
        }
        fn stopped(&self) -> bool {
            true
        }
    }

    /// What is told of frames, and of labels, of these episodes.
    fn told(episodes: &[u64]) -> Vec<String> {
        let (notes, mut unread) = (Notes::default(), Unread::default());
        for (at, episode) in episodes.iter().enumerate() {
            unread.add(*episode, DataError::Missing { episode: *episode, reason: format!("fault {at}") });
        }
        let quiet = Quiet(&notes);
        quiet.step("Reading", 0, 1);
        assert!(quiet.stopped(), "whether to stop is asked");
        unread.tell("takes", &quiet);
        unread.tell_labels("takes", &quiet);
        notes.0.into_inner().unwrap()
    }

    #[test]
    fn what_cannot_be_read_is_one_line_that_names_the_episodes_and_the_first_fault() {
        assert!(told(&[]).is_empty(), "nothing is told of nothing");
        let first = "the first: episode 3 cannot be read: fault 0.";
        assert_eq!(
            told(&[3]),
            [
                format!("takes: 1 frame is left out, of episode 3; {first}"),
                format!("takes: The labels of episode 3 are left out; {first}")
            ]
        );
        assert_eq!(told(&[3, 3, 7])[0], format!("takes: 3 frames are left out, of episodes 3, 7; {first}"));
        let many = told(&[3, 4, 5, 6, 7, 8, 8, 9]);
        assert_eq!(many[1], format!("takes: The labels of episodes 3, 4, 5, 6, 7 and 2 more are left out; {first}"));
    }
}
