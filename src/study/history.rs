//! Undo and redo as named snapshots. Families are shared between snapshots, so one costs little.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Study;

/// The most steps that can be undone.
const CAP: usize = 200;

#[derive(Clone, Debug)]
struct Snapshot {
    label: String,
    gesture: Option<u64>,
    study: Arc<Study>,
}

/// The snapshots and where we stand in them.
#[derive(Clone, Debug)]
pub struct History {
    /// Never empty; the first one's label is not shown.
    snapshots: VecDeque<Snapshot>,
    cursor: usize,
    current: Arc<Study>,
}

impl History {
    /// A history that starts with `study`.
    pub fn new(study: Study) -> Self {
        let current = Arc::new(study);
        let first = Snapshot { label: String::new(), gesture: None, study: Arc::clone(&current) };
        Self { snapshots: VecDeque::from([first]), cursor: 0, current }
    }

    /// The study as it is.
    pub fn current(&self) -> &Arc<Study> {
        &self.current
    }

    /// Takes `study` as the new state under `label`. Pushes with the same `gesture` (one drag of a slider) merge into one
    /// step. What was undone can no longer be redone.
    pub fn push(&mut self, label: impl Into<String>, gesture: Option<u64>, study: Study) {
        self.snapshots.truncate(self.cursor + 1);
        self.current = Arc::new(study);
        let next = Snapshot { label: label.into(), gesture, study: Arc::clone(&self.current) };
        let merges = gesture.is_some() && self.cursor > 0;
        match self.snapshots.back_mut() {
            Some(last) if merges && last.gesture == gesture => *last = next,
            _ => self.snapshots.push_back(next),
        }
        if self.snapshots.len() > CAP + 1 {
            self.snapshots.pop_front();
        }
        self.cursor = self.snapshots.len() - 1;
    }

    /// Goes one step back and gives its label; `None` at the start.
    pub fn undo(&mut self) -> Option<String> {
        let label = self.undo_label()?.to_owned();
        self.go(self.cursor - 1);
        Some(label)
    }

    /// Goes one step forward and gives its label; `None` at the end.
    pub fn redo(&mut self) -> Option<String> {
        let label = self.redo_label()?.to_owned();
        self.go(self.cursor + 1);
        Some(label)
    }

    /// What [`Self::undo`] would take back.
    pub fn undo_label(&self) -> Option<&str> {
        if self.cursor == 0 { None } else { self.snapshots.get(self.cursor).map(|snapshot| snapshot.label.as_str()) }
    }

    /// What [`Self::redo`] would bring back.
    pub fn redo_label(&self) -> Option<&str> {
        self.snapshots.get(self.cursor + 1).map(|snapshot| snapshot.label.as_str())
    }

    fn go(&mut self, cursor: usize) {
        let Some(snapshot) = self.snapshots.get_mut(cursor) else { return };
        // Merging into a step that was left and come back to would hide what happened in between.
        snapshot.gesture = None;
        let study = keep_seals(&snapshot.study, &self.current);
        self.cursor = cursor;
        self.current = study;
    }
}

/// `target` with every set that is sealed in `now` as it is now: sealing is never undone.
fn keep_seals(target: &Arc<Study>, now: &Study) -> Arc<Study> {
    let mut study = Arc::clone(target);
    for set in now.sets.iter().filter(|set| set.sealed.is_some()) {
        if study.set(&set.name) == Some(set) {
            continue;
        }
        let sets = &mut Arc::make_mut(&mut study).sets;
        match sets.iter_mut().find(|other| other.name == set.name) {
            Some(place) => *place = set.clone(),
            None => sets.push(set.clone()),
        }
    }
    study
}
