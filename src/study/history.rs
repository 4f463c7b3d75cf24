//! Undo and redo as named snapshots of any value that is cheap to clone (a study's families are shared, so one costs little).
//!
//! It knows what is done and undone, not what may be: acts that no undo takes back (a seal, a set on disk) are written into
//! every snapshot with [`History::rewrite`].

use std::collections::VecDeque;

/// The most steps that can be undone.
const CAP: usize = 200;

#[derive(Clone, Debug)]
struct Snapshot<T> {
    label: String,
    gesture: Option<u64>,
    state: T,
}

/// The snapshots and where we stand in them.
#[derive(Clone, Debug)]
pub struct History<T> {
    /// Never empty; the first one's label is not shown.
    snapshots: VecDeque<Snapshot<T>>,
    cursor: usize,
    current: T,
}

impl<T: Clone> History<T> {
    /// A history that starts with `state`.
    pub fn new(state: T) -> Self {
        let first = Snapshot { label: String::new(), gesture: None, state: state.clone() };
        Self { snapshots: VecDeque::from([first]), cursor: 0, current: state }
    }

    /// The state as it is.
    pub fn current(&self) -> &T {
        &self.current
    }

    /// Takes `state` as the new one under `label`. Pushes with the same `gesture` (one drag of a slider) merge into one
    /// step. What was undone can no longer be redone.
    pub fn push(&mut self, label: impl Into<String>, gesture: Option<u64>, state: T) {
        self.snapshots.truncate(self.cursor + 1);
        self.current = state.clone();
        let next = Snapshot { label: label.into(), gesture, state };
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

    /// Changes the newest state within its own step.
    pub fn amend(&mut self, change: impl FnOnce(&mut T)) {
        change(&mut self.current);
        if let Some(snapshot) = self.snapshots.get_mut(self.cursor) {
            snapshot.state = self.current.clone();
        }
    }

    /// Changes the state as it is, as it was and as it can be again: for what no undo takes back.
    pub fn rewrite(&mut self, mut change: impl FnMut(&mut T)) {
        for snapshot in &mut self.snapshots {
            change(&mut snapshot.state);
        }
        change(&mut self.current);
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
        self.cursor = cursor;
        self.current = snapshot.state.clone();
    }
}
