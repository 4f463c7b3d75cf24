//! Seals the held half of a real set, and verifies a seal against the bytes on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::base::{Monitor, Note};
use crate::data::{Covered, Item, Origin, Set};
use crate::ledger::{Ledger, LockedSet, SealReport, SealRequest};
use crate::study::{Edit, SetRef, Study};

use super::place::{Place, Stamp};
use super::{RunError, import};

/// What was sealed.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Marks the set as sealed.
    pub edit: Edit,
    /// Held episodes.
    pub n_episodes: usize,
    /// Leaves of the tree.
    pub n_items: usize,
    /// Merkle root, hex.
    pub root: String,
    /// The signed note.
    pub note: PathBuf,
}

/// Whether sealed bytes are as they were.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Nothing changed.
    pub intact: bool,
    /// Items looked at.
    pub n_items: usize,
    /// Merkle root in the seal, hex.
    pub root: String,
    /// One a change.
    pub sentences: Vec<String>,
    /// What came after the seal and is not under it, one sentence a camera; it breaks nothing.
    pub unsealed: Vec<String>,
}

/// Seals the held half of the set called `name`. It cannot be undone.
///
/// # Errors
/// When the set is unknown, synthetic or sealed already, or a file cannot be read.
pub fn seal(
    place: &Place,
    study: &Study,
    name: &str,
    stamp: &Stamp,
    monitor: &dyn Monitor,
) -> Result<Sealed, RunError> {
    let set_ref = import::set_ref(study, name)?;
    import::expect_origin(set_ref, &[Origin::Real, Origin::StandIn])?;
    if set_ref.sealed.is_some() {
        return Err(RunError::Request(format!(
            "`{name}` is sealed already; `worldproof seal {name} --verify` checks it"
        )));
    }
    if set_ref.held.is_empty() {
        return Err(RunError::Request(format!(
            "nothing of `{name}` is held back: it was taken in to be looked at whole. Take more of its recordings in as another set, with \
             `--held 0.34`; what was seen already is no untouched validation set"
        )));
    }
    let set = import::open_set(place, set_ref, monitor)?;
    refuse_seen(place, (&set, set_ref))?;
    let episodes = import::held_episodes(&set, set_ref);
    expect_as_taken_in(set_ref, &set, &episodes, monitor)?;
    let items = set.items(&episodes, monitor)?;
    let keys = place.keys()?;
    let request = SealRequest {
        name,
        set_path: &set_ref.path,
        set_digest: set_ref.digest.as_deref().unwrap_or_default(),
        origin: set_ref.origin,
        held: &set_ref.held,
        items: &items,
    };
    let locked = match unrecorded(place, name, &items)? {
        Some(locked) => locked,
        None => crate::ledger::seal(&place.folder, &request, &keys, stamp.time.clone())?,
    };
    let known = Ledger::read(&place.ledger())?
        .iter()
        .any(|entry| entry.kind == "seal.made" && entry.body["root"] == locked.ledger_body()["root"]);
    if !known {
        place.record(stamp, "seal.made", locked.ledger_body())?;
    }
    let root = locked.root();
    let sealed = SetRef { sealed: Some(root.clone()), ..set_ref.clone() };
    Ok(Sealed {
        edit: Edit::PutSet(sealed),
        n_episodes: episodes.len(),
        n_items: items.len(),
        root,
        note: place.folder.join("seals").join(format!("{name}.note")),
    })
}

/// What was visible once is no untouched validation set: the ledger knows whether the same recordings were taken in before, under another
/// name and with other halves, and whether that set was removed since makes no difference.
fn refuse_seen(place: &Place, (set, set_ref): (&Set, &SetRef)) -> Result<(), RunError> {
    let Some(digest) = &set_ref.digest else { return Ok(()) };
    let held: BTreeSet<u64> = set_ref.held.iter().copied().collect();
    for entry in Ledger::read(&place.ledger())? {
        let body = &entry.body;
        let is_other = entry.kind == "set.imported" && body["set"] != set_ref.name.as_str();
        if !is_other || body["digest"] != digest.as_str() {
            continue;
        }
        let seen: Vec<u64> =
            body["reference"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_u64).collect();
        // Sorted into other episodes, what one of them shows may be in any of ours.
        let is_alike = body["episodes"].as_u64() == Some(set.episodes.len() as u64);
        let both =
            if is_alike { seen.iter().filter(|id| held.contains(id)).count() } else { seen.len().min(held.len()) };
        if both > 0 {
            return Err(RunError::Request(format!(
                "{both} of the {} episodes that `{}` holds back could be looked at in `{}`, which has the same files: what was seen is no untouched \
                 validation set. Take recordings in that nobody has seen",
                held.len(),
                set_ref.name,
                body["set"].as_str().unwrap_or_default()
            )));
        }
    }
    Ok(())
}

/// A seal says what was taken in: recordings that changed in between are refused.
fn expect_as_taken_in(set_ref: &SetRef, set: &Set, episodes: &[usize], monitor: &dyn Monitor) -> Result<(), RunError> {
    let mut same = episodes.len() == set_ref.held.len();
    if let Some(was) = &set_ref.digest {
        same &= set.content_digest(monitor)?.to_string() == *was;
    }
    if same {
        return Ok(());
    }
    Err(RunError::Request(format!(
        "`{}` is not as it was when it was taken in; restore its files, or take it in under another name",
        set_ref.name
    )))
}

/// A seal that stands on disk although the study does not know it: the run that made it ended too early. It counts where it
/// is signed with our key and holds exactly `items`; anything else is refused where the seal is made.
fn unrecorded(place: &Place, name: &str, items: &[Item]) -> Result<Option<LockedSet>, RunError> {
    if !place.folder.join("seals").join(format!("{name}.note")).exists() {
        return Ok(None);
    }
    let locked = LockedSet::load(&place.folder, name, &[place.keys()?.public()])?;
    let ours = locked.key_is_trusted() && locked.verify(items).is_whole();
    Ok(ours.then_some(locked))
}

/// Reads every sealed byte again. What came since is noted.
///
/// # Errors
/// When there is no seal, its signature does not hold, or the set cannot be opened at all.
pub fn verify(
    place: &Place,
    study: &Study,
    name: &str,
    stamp: &Stamp,
    monitor: &dyn Monitor,
) -> Result<Verified, RunError> {
    let set_ref = import::set_ref(study, name)?;
    import::expect_present(place, set_ref)?;
    let locked = LockedSet::load(&place.folder, name, &[place.keys()?.public()])?;
    let verified = compare_with_disk(place, set_ref, &locked, monitor)?;
    for text in &verified.unsealed {
        monitor.note(Note::new(name, format!("{text}.")));
    }
    let body = serde_json::json!({
        "set": name, "root": verified.root, "intact": verified.intact, "changes": verified.sentences, "unsealed": verified.unsealed,
    });
    place.record(stamp, "seal.verified", body)?;
    Ok(verified)
}

/// What of a locked set is no longer as it was. A set that does not even open counts as changed.
pub(super) fn compare_with_disk(
    place: &Place,
    set_ref: &SetRef,
    locked: &LockedSet,
    monitor: &dyn Monitor,
) -> Result<Verified, RunError> {
    let root = locked.root();
    let read = || -> Result<_, RunError> {
        let set = import::open_set(place, set_ref, monitor)?;
        Ok(set.items_as_sealed(&import::held_episodes(&set, set_ref), locked.items(), monitor)?)
    };
    match read() {
        Ok(covered) => {
            let report = report(locked, &covered);
            let sentences = report.differences().map(|difference| difference.text.clone()).collect();
            let (intact, n_items) = (report.is_whole(), covered.items.len());
            Ok(Verified { intact, n_items, root, sentences, unsealed: report.unsealed })
        }
        Err(RunError::Stopped) => Err(RunError::Stopped),
        Err(err) => Ok(Verified {
            intact: false,
            n_items: 0,
            root,
            sentences: vec![format!("the sealed set cannot be read any more: {err}")],
            unsealed: Vec::new(),
        }),
    }
}

/// What of a locked set is not as it was, and what came since.
pub(super) fn report(locked: &LockedSet, covered: &Covered) -> SealReport {
    SealReport { unsealed: unsealed(&covered.late), ..locked.verify(&covered.items) }
}

fn unsealed(late: &BTreeMap<String, usize>) -> Vec<String> {
    let one = |(camera, count): (&String, &usize)| match count {
        1 => format!("1 file of the camera `{camera}` was not there when it was sealed and is not under the seal"),
        count => {
            format!(
                "{count} files of the camera `{camera}` were not there when it was sealed and are not under the seal"
            )
        }
    };
    late.iter().map(one).collect()
}

#[cfg(test)]
mod tests;
