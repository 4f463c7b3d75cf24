//! What a person can change in a study, one value each.

use std::sync::Arc;

use super::{GateSettings, PairRemark, SetRef, Study, StudyError, Unreadable};
use crate::family::Family;
use crate::family::variant::is_id;

/// A change. Coarse on purpose: a whole family or set is put in place of the earlier one.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Adds the family, or replaces the one with its id.
    PutFamily(Arc<Family>),
    /// Lets a part of the variant with this id be its base's again: list and key as [`crate::family::variant::Own`] names it.
    Inherit(String, &'static str, String),
    /// Removes a family by id.
    RemoveFamily(String),
    /// Adds the set, or replaces the one with its name.
    PutSet(SetRef),
    /// Removes a set by name.
    RemoveSet(String),
    /// Sets the gate's settings.
    SetGate(GateSettings),
    /// Names the study.
    Rename(String),
    /// Sets the seed.
    SetSeed(u64),
    /// Sets the notes.
    SetNotes(String),
    /// Adds the remark, or replaces the one about the same two frames; without flag and text it is removed.
    PutRemark(PairRemark),
}

impl Edit {
    /// A few words for the undo menu, in sentence case.
    pub fn label(&self) -> String {
        match self {
            Self::PutFamily(family) => format!("Edit family {}", family.id),
            Self::Inherit(id, list, key) => format!("Take {list} {key} of {id} from its base").replace("  ", " "),
            Self::RemoveFamily(id) => format!("Remove family {id}"),
            Self::PutSet(set) => format!("Edit set {}", set.name),
            Self::RemoveSet(name) => format!("Remove set {name}"),
            Self::SetGate(_) => "Edit gate settings".to_owned(),
            Self::Rename(name) => format!("Rename study to {name}"),
            Self::SetSeed(seed) => format!("Set seed to {seed}"),
            Self::SetNotes(_) => "Edit notes".to_owned(),
            Self::PutRemark(remark) => format!("Remark on episodes {} and {}", remark.episodes[0], remark.episodes[1]),
        }
    }
}

impl Study {
    /// Applies `edit`. On an error nothing has changed.
    ///
    /// # Errors
    /// When the edit names something that is not there, would break a seal, or makes no sense.
    pub fn apply(&mut self, edit: Edit) -> Result<(), StudyError> {
        match edit {
            Edit::PutFamily(family) => self.put_family(&family)?,
            Edit::Inherit(id, list, key) => self.inherit(&id, list, &key)?,
            Edit::RemoveFamily(id) => {
                let at = self.families.iter().position(|family| family.id == id);
                let at = at.ok_or_else(|| StudyError::content(format!("family {id}"), "it is not in the study"))?;
                self.check_unused(&id)?;
                self.families.remove(at);
                self.variants.remove(&id);
            }
            Edit::PutSet(set) => self.put_set(set)?,
            Edit::RemoveSet(name) => {
                let at = self.sets.iter().position(|set| set.name == name);
                let at = at.ok_or_else(|| StudyError::content(format!("set {name}"), "it is not in the study"))?;
                if self.set(&name).is_some_and(|set| set.sealed.is_some()) {
                    return Err(StudyError::content(
                        format!("set {name}"),
                        "it is sealed; sealed sets stay in the study",
                    ));
                }
                self.sets.remove(at);
                self.remarks.retain(|remark| !remark.sets.contains(&name));
            }
            Edit::SetGate(gate) => {
                check_gate(&gate)?;
                self.gate = gate;
            }
            Edit::Rename(name) if name.trim().is_empty() => {
                return Err(StudyError::content("the study's name", "it is empty; type at least one letter"));
            }
            Edit::Rename(name) => self.name = name,
            Edit::SetSeed(seed) => self.seed = seed,
            Edit::SetNotes(notes) => self.notes = notes,
            Edit::PutRemark(remark) => self.put_remark(remark)?,
        }
        Ok(())
    }

    fn put_family(&mut self, family: &Arc<Family>) -> Result<(), StudyError> {
        check_id(&family.id)?;
        if let Some(Unreadable { id, why }) = self.unreadable.iter().find(|file| file.id == family.id) {
            let what = format!(
                "a file of this name cannot be read ({why}); mend it and open the study again, or choose another id"
            );
            return Err(StudyError::content(format!("family {id}"), what));
        }
        let mut next = self.clone();
        match next.families.iter_mut().find(|other| other.id == family.id) {
            Some(place) => *place = Arc::clone(family),
            None => next.families.push(Arc::clone(family)),
        }
        next.follow(family)?;
        *self = next;
        Ok(())
    }

    fn put_remark(&mut self, remark: PairRemark) -> Result<(), StudyError> {
        if let Some(name) = remark.sets.iter().find(|name| self.set(name).is_none()) {
            return Err(StudyError::content(format!("set {name}"), "it is not in the study"));
        }
        let says_something = remark.flagged || !remark.text.trim().is_empty();
        match self.remarks.iter().position(|other| other.is_about(&remark)) {
            Some(at) if says_something => self.remarks[at] = remark,
            Some(at) => drop(self.remarks.remove(at)),
            None if says_something => self.remarks.push(remark),
            None => {}
        }
        Ok(())
    }

    fn put_set(&mut self, set: SetRef) -> Result<(), StudyError> {
        let about = || format!("set {}", set.name);
        if set.name.trim().is_empty() {
            return Err(StudyError::content("a set's name", "it is empty; name the set"));
        }
        if let Some(both) = set.held.iter().find(|episode| set.reference.contains(episode)) {
            return Err(StudyError::content(about(), format!("episode {both} is both held and reference; keep one")));
        }
        let Some(place) = self.sets.iter_mut().find(|other| other.name == set.name) else {
            self.sets.push(set);
            return Ok(());
        };
        // Media may move to another drive, and what people call the light is no part of a seal; what was sealed may not change.
        let same = SetRef { path: set.path.clone(), conditions: set.conditions.clone(), ..place.clone() } == set;
        if place.sealed.is_some() && !same {
            return Err(StudyError::content(about(), "it is sealed; only its path and its conditions can change"));
        }
        *place = set;
        Ok(())
    }
}

/// A family's id is its file's stem.
pub(super) fn check_id(id: &str) -> Result<(), StudyError> {
    if is_id(id) {
        return Ok(());
    }
    Err(StudyError::content(format!("family {id}"), "an id is 1 to 100 lower-case letters, digits, `-` or `_`"))
}

pub(super) fn check_gate(gate: &GateSettings) -> Result<(), StudyError> {
    let shares = [("margin", gate.margin), ("alpha", gate.alpha), ("discordance", gate.discordance)];
    for (field, value) in shares {
        if !(value > 0.0 && value < 1.0) {
            return Err(StudyError::content(
                format!("gate.{field}"),
                format!("it is {value}; it must lie between 0 and 1"),
            ));
        }
    }
    if gate.attempts == 0 {
        return Err(StudyError::content("gate.attempts", "it is 0; allow at least one"));
    }
    Ok(())
}
