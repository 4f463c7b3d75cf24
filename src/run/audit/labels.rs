//! Labels of a recorded set as outcomes: what people wrote about its pictures may be given away by how they look, too.
//!
//! Told by episode, as everything in the audit: the class of its pictures, where all that are labelled have one, and of boxes whether
//! a class is in any of them; where nothing is written nobody may have looked, so that such episodes say neither. Deliberately not
//! here: chance within an episode, whose pictures are near copies of each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Monitor, Note};
use crate::data::{DataError, Set};
use crate::drift::audit::{Outcome, Values};
use crate::run::RunError;
use crate::run::compare::{Measuring, spaced};
use crate::run::unread::Unread;

/// What the outcome of whole pictures is called.
const CLASS: &str = "label";
/// More classes of boxes take long, and every one of them makes chance stricter for all.
const MOST_CLASSES: usize = 12;

/// What is written about the pictures of an episode that are looked at.
#[derive(Default)]
struct Written {
    /// Classes of whole pictures.
    whole: BTreeSet<usize>,
    /// Classes of boxes.
    boxed: BTreeSet<usize>,
}

/// The outcomes that labels tell of the episodes `ids`; none of a set without labels.
///
/// # Errors
/// When the watcher wanted the end. Labels that cannot be read are a note.
pub(super) fn outcomes(
    set: &Set,
    (ids, camera): (&[u64], usize),
    monitor: &dyn Monitor,
) -> Result<Vec<Outcome>, RunError> {
    if set.classes.is_empty() {
        return Ok(Vec::new());
    }
    let (mut all, mut unread): (Vec<Option<Written>>, Unread) = (Vec::new(), Unread::default());
    for (done, id) in ids.iter().enumerate() {
        monitor.step("Reading labels", done as u64, ids.len() as u64);
        if monitor.stopped() {
            return Err(RunError::Stopped);
        }
        all.push(match set.position(*id).map(|at| written(set, camera, at)) {
            Some(Ok(written)) => Some(written),
            Some(Err(DataError::Stopped)) => return Err(RunError::Stopped),
            Some(Err(err)) => {
                unread.add(*id, err);
                None
            }
            None => None,
        });
    }
    unread.tell_labels(&set.name, monitor);
    let mut boxed = presences(set, &all);
    if boxed.len() > MOST_CLASSES {
        let text = format!(
            "{} classes of boxes are left out of the audit: the {MOST_CLASSES} that divide the episodes most evenly are looked at.",
            boxed.len() - MOST_CLASSES
        );
        monitor.note(Note::new(&set.name, text));
        boxed.truncate(MOST_CLASSES);
    }
    Ok(classes(set, &all).into_iter().chain(boxed).collect())
}

fn written(set: &Set, camera: usize, episode: usize) -> Result<Written, DataError> {
    let mut written = Written::default();
    for frame in spaced(set.episodes[episode].n_frames, Measuring::default().frames) {
        for label in set.labels(camera, episode, frame)? {
            let kind = if label.bounds_px.is_some() { &mut written.boxed } else { &mut written.whole };
            kind.insert(label.class);
        }
    }
    Ok(written)
}

/// The class of whole pictures, where episodes differ in it.
fn classes(set: &Set, all: &[Option<Written>]) -> Option<Outcome> {
    let one = |written: &Option<Written>| match written.as_ref().map(|written| &written.whole) {
        Some(whole) if whole.len() == 1 => whole.first().copied(),
        _ => None,
    };
    let of_episode: Vec<Option<usize>> = all.iter().map(one).collect();
    let used: BTreeSet<usize> = of_episode.iter().flatten().copied().collect();
    let levels: BTreeMap<usize, usize> = used.iter().enumerate().map(|(level, class)| (*class, level)).collect();
    let names = used.iter().filter_map(|class| set.classes.get(*class).cloned()).collect();
    let of_draw = of_episode.into_iter().map(|class| levels.get(&class?).copied()).collect();
    (used.len() > 1).then(|| Outcome { name: CLASS.to_owned(), values: Values::Levels { names, of_draw } })
}

/// For each class of boxes that some episodes have and others lack, whether it is there: those that divide the episodes most evenly
/// first.
fn presences(set: &Set, all: &[Option<Written>]) -> Vec<Outcome> {
    let one = |(class, name): (usize, &String)| {
        let has = |written: &Option<Written>| {
            let written = written.as_ref()?;
            let is_labelled = !written.boxed.is_empty() || !written.whole.is_empty();
            is_labelled.then(|| usize::from(written.boxed.contains(&class)))
        };
        let of_draw: Vec<Option<usize>> = all.iter().map(has).collect();
        let count = |level: usize| of_draw.iter().filter(|of| **of == Some(level)).count();
        let fewer = count(0).min(count(1));
        let names = vec![format!("without {name}"), format!("with {name}")];
        let outcome = Outcome { name: format!("{CLASS} {name}"), values: Values::Levels { names, of_draw } };
        (fewer > 0).then_some((fewer, outcome))
    };
    let mut found: Vec<(usize, Outcome)> = set.classes.iter().enumerate().filter_map(one).collect();
    found.sort_by_key(|(fewer, _)| std::cmp::Reverse(*fewer));
    found.into_iter().map(|(_, outcome)| outcome).collect()
}
