//! An open study with what the window remembers of it: selections, the play head, findings that were computed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use crate::app::author::Boundary;
use crate::app::many::{self, ManyState};
use crate::app::stage::StageState;
use crate::base::Digest;
use crate::data::{Origin, Set};
use crate::family::{Family, Fitted};
use crate::gate::Verdict;
use crate::ledger::{Entry, Ledger, LedgerError};
use crate::render::Channel;
use crate::run::compare::Comparison;
use crate::run::fit::{self, Changed};
use crate::run::verify::PackChecked;
use crate::run::{Place, RunError, gate};
use crate::study::{Again, Edit, History, SetRef, Study};

use super::act_files::Looked;
use super::beside::Beside;
use super::findings::Findings;
use super::intake::OPENING;
use super::lab::LabState;
use super::live::Scene;
use super::map::MapState;
use super::prepared::{Cache, Prepared};

/// The open study.
pub(super) struct Document {
    /// Its folder and the keys.
    pub(super) place: Place,
    /// What can be undone, as it is now and as it was.
    history: History<Moment>,
    /// The study as it lies on disk.
    pub(super) saved: Arc<Study>,
    /// The ledger, or why it cannot be read.
    pub(super) ledger: Result<Vec<Entry>, LedgerError>,
    /// The draw that is looked at.
    pub(super) draw: u64,
    /// The first draw of the contact sheet.
    pub(super) sheet_from: u64,
    /// What is seen of many draws.
    pub(super) many: ManyState,
    /// The family that `many` names columns of.
    many_of: String,
    /// The selected parameter.
    pub(super) parameter: Option<String>,
    /// The shown channel.
    pub(super) channel: Channel,
    /// What a second picture beside it shows.
    pub(super) second: Channel,
    /// Play head of the preview in seconds.
    pub(super) time_s: f64,
    /// Frames a second of time; negative plays backwards, 0 holds.
    pub(super) speed: f64,
    /// The real set's name.
    pub(super) real: Option<String>,
    /// The synthetic set's name.
    pub(super) synthetic: Option<String>,
    /// Opened sets.
    pub(super) sets: BTreeMap<String, Result<Arc<Set>, String>>,
    /// What is held beside what in Compare.
    pub(super) beside: Beside,
    /// The shown pair.
    pub(super) pair: usize,
    /// Play head of the pair as a share of its time.
    pub(super) pair_share: f64,
    /// The last comparison of the two compared sets.
    pub(super) comparison: Option<Arc<Comparison>>,
    /// What a person chose on its map.
    pub(super) map: MapState,
    /// What was found out about single sets.
    pub(super) findings: Findings,
    /// The selected drift metric.
    pub(super) metric: Option<String>,
    /// The kept verdict on the two chosen sets.
    pub(super) verdict: Option<Verdict>,
    /// The last pack and what its verification found.
    pub(super) pack: Option<(PathBuf, Option<PackChecked>)>,
    /// The LeRobot set that was written last, since the study is open.
    pub(super) lerobot: Option<PathBuf>,
    /// Both sides of the boundary that was found last, of which family.
    pub(super) boundary: Option<(String, Boundary)>,
    /// Which camera looks at the stage, and what a person does to it.
    pub(super) stage: StageState,
    /// What is asked about families, and the answers.
    pub(super) lab: LabState,
    /// The file that was chosen last and could not be taken in: the family, the thing that it was for, and why.
    pub(super) refused: Option<(String, String, String)>,
    /// How the files beside the families looked on disk when they were looked at last.
    pub(super) looked: Looked,
    /// The shown family, prepared.
    prepared: Cache,
    /// The study whose fits were looked at last, and those fits.
    fits: (Option<Arc<Study>>, Vec<Fitted>),
}

/// What undo goes back to: the study, and what the person set by hand and which draws they pinned on which family.
#[derive(Clone)]
struct Moment {
    study: Arc<Study>,
    family: String,
    pinned: BTreeMap<String, f64>,
    pins: Vec<u64>,
}

impl Document {
    /// A new study with the families that ship, in a folder of a test's own.
    #[cfg(test)]
    pub(super) fn fresh(dir: &Path) -> Self {
        let place = Place { folder: dir.join("study"), keys_folder: dir.join("keys") };
        crate::run::new::new(&place, 1, &crate::run::person::stamp(Some("tester"))).expect("a study");
        Self::open(&place.folder, place.keys_folder.clone()).expect("opens")
    }

    /// Opens the study in `folder`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn open(folder: &Path, keys_folder: PathBuf) -> Result<Self, RunError> {
        let place = Place { folder: folder.to_owned(), keys_folder };
        let study = Study::load(folder)?;
        let family = study.families.first().map(|family| family.id.clone()).unwrap_or_default();
        let saved = Arc::new(study);
        let first =
            Moment { study: Arc::clone(&saved), family: family.clone(), pinned: BTreeMap::new(), pins: Vec::new() };
        let history = History::new(first);
        let mut document = Self {
            ledger: Ledger::read(&place.ledger()),
            saved,
            place,
            history,
            draw: 0,
            sheet_from: 0,
            many: ManyState::default(),
            many_of: family,
            parameter: None,
            channel: Channel::Colour,
            second: Channel::Depth,
            time_s: 0.0,
            speed: 0.0,
            real: None,
            synthetic: None,
            sets: BTreeMap::new(),
            beside: Beside::default(),
            pair: 0,
            pair_share: 0.5,
            comparison: None,
            map: MapState::default(),
            findings: Findings::default(),
            metric: None,
            verdict: None,
            pack: None,
            lerobot: None,
            boundary: None,
            stage: StageState::default(),
            lab: LabState::default(),
            refused: None,
            looked: Looked::new(),
            prepared: Cache::default(),
            fits: (None, Vec::new()),
        };
        document.looked = super::act_files::look(&document);
        document.choose_sets();
        document.pack = document.newest_pack().map(|pack| (pack, None));
        Ok(document)
    }

    /// The study as it is now.
    pub(super) fn study(&self) -> &Arc<Study> {
        &self.history.current().study
    }

    /// Id of the shown family.
    pub(super) fn family(&self) -> &str {
        &self.history.current().family
    }

    /// Values set by hand.
    pub(super) fn pinned(&self) -> &BTreeMap<String, f64> {
        &self.history.current().pinned
    }

    /// Pinned draws, oldest first.
    pub(super) fn pins(&self) -> &[u64] {
        &self.history.current().pins
    }

    /// The shown family.
    pub(super) fn shown_family(&self) -> Option<&Arc<Family>> {
        self.study().family(self.family())
    }

    /// The shown family, prepared for drawing.
    pub(super) fn prepared(&self) -> Option<Rc<Prepared>> {
        self.shown_family().map(|family| self.prepared_of(family))
    }

    /// A family of the study, prepared.
    pub(super) fn prepared_of(&self, family: &Arc<Family>) -> Rc<Prepared> {
        self.prepared.of(family, self.study())
    }

    /// The fits to compare with their data, where the study has others than at the last call.
    pub(super) fn fits_to_compare(&mut self) -> Option<Vec<Fitted>> {
        if self.fits.0.as_ref().is_some_and(|before| Arc::ptr_eq(before, self.study())) {
            return None;
        }
        let now = fit::comparable(self.study());
        self.fits.0 = Some(Arc::clone(self.study()));
        if now == self.fits.1 {
            return None;
        }
        self.fits.1.clone_from(&now);
        Some(now)
    }

    /// Takes in which fits' data have changed since.
    pub(super) fn tell_changed(&mut self, changed: Vec<Changed>) {
        self.prepared.tell(changed);
    }

    /// What the live workers start from.
    pub(super) fn scene(&self) -> Option<Scene> {
        let prepared = self.prepared()?;
        Some(Scene::new(Arc::clone(&prepared.previewer), self.pinned().clone()))
    }

    /// The chosen real set.
    pub(super) fn real_ref(&self) -> Option<&SetRef> {
        self.study().set(self.real.as_deref()?)
    }

    /// The chosen synthetic set.
    pub(super) fn synthetic_ref(&self) -> Option<&SetRef> {
        self.study().set(self.synthetic.as_deref()?)
    }

    /// The opened set called `name`.
    pub(super) fn set(&self, name: &str) -> Option<&Arc<Set>> {
        self.sets.get(name)?.as_ref().ok()
    }

    /// The window that it was shown in is gone, with its jobs: what they were to bring is wanted anew.
    pub(super) fn cut_off(&mut self) {
        self.sets.retain(|_, set| set.as_ref().err().is_none_or(|why| why != OPENING));
        self.lab.cut_off();
    }

    /// Whether there are edits that are not on disk.
    pub(super) fn is_unsaved(&self) -> bool {
        !Arc::ptr_eq(&self.saved, self.study()) && self.saved != *self.study()
    }

    /// Applies an edit as one step of the history; a whole `gesture` is one step.
    ///
    /// # Errors
    /// When it does not apply; nothing has changed then.
    pub(super) fn edit(&mut self, edit: Edit, gesture: Option<u64>) -> Result<(), RunError> {
        self.edit_as(edit.label(), edit, gesture)
    }

    /// As [`Self::edit`], under words of its own.
    ///
    /// # Errors
    /// As there.
    pub(super) fn edit_as(&mut self, label: String, edit: Edit, gesture: Option<u64>) -> Result<(), RunError> {
        let mut study = (**self.study()).clone();
        study.apply(edit)?;
        study.read_beside(&self.place.folder);
        let moment = Moment { study: Arc::new(study), ..self.history.current().clone() };
        self.history.push(label, gesture, moment);
        Ok(())
    }

    /// Reads the files of all families again, as they lie on disk now: outside of undo, it is true of every moment. The paths of
    /// what has changed.
    pub(super) fn read_again(&mut self) -> BTreeSet<String> {
        let folder = self.place.folder.clone();
        let mut again = Again::default();
        let mut renewed = |study: &Arc<Study>| {
            let mut new = (**study).clone();
            again.renew(&mut new, &folder);
            let same = new.families.iter().zip(&study.families).all(|(new, old)| Arc::ptr_eq(new, old));
            if same { Arc::clone(study) } else { Arc::new(new) }
        };
        // One study that is saved and shown stays one.
        let mut known = vec![(Arc::clone(&self.saved), renewed(&self.saved))];
        self.history.rewrite(|moment| {
            let found = known.iter().find(|(before, _)| Arc::ptr_eq(before, &moment.study));
            if let Some((_, after)) = found {
                moment.study = Arc::clone(after);
                return;
            }
            let after = renewed(&moment.study);
            known.push((std::mem::replace(&mut moment.study, Arc::clone(&after)), after));
        });
        if let Some((_, saved)) = known.first() {
            self.saved = Arc::clone(saved);
        }
        again.changed()
    }

    /// Sets or clears a value by hand, as a step of `gesture`.
    pub(super) fn pin(&mut self, parameter: &str, value: Option<f64>, gesture: u64) {
        let mut moment = self.history.current().clone();
        match value {
            Some(value) => moment.pinned.insert(parameter.to_owned(), value),
            None => moment.pinned.remove(parameter),
        };
        self.history.push(format!("Set {parameter}"), Some(gesture), moment);
    }

    /// Sets many values by hand, as one step.
    pub(super) fn pin_all(&mut self, label: &str, values: &BTreeMap<String, f64>) {
        let mut moment = self.history.current().clone();
        moment.pinned.extend(values.iter().map(|(name, value)| (name.clone(), *value)));
        self.history.push(label, None, moment);
    }

    /// Lets the draw choose all values again, as one step.
    pub(super) fn unpin_values(&mut self) {
        if !self.pinned().is_empty() {
            let moment = Moment { pinned: BTreeMap::new(), ..self.history.current().clone() };
            self.history.push("Reset all values", None, moment);
        }
    }

    /// Takes a renamed parameter's selection and its value set by hand along, within the step that renamed it.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if self.parameter.as_deref() == Some(from) {
            self.parameter = Some(to.to_owned());
        }
        self.history.amend(|moment| {
            if let Some(value) = moment.pinned.remove(from) {
                moment.pinned.insert(to.to_owned(), value);
            }
        });
    }

    /// Pins `draw`, or lets it go; true where it is pinned now. One step of the history.
    ///
    /// # Errors
    /// When too many are pinned.
    pub(super) fn toggle_pin(&mut self, draw: u64) -> Result<bool, String> {
        let mut moment = self.history.current().clone();
        moment.pins = many::toggled(&moment.pins, draw)?;
        let pinned = moment.pins.contains(&draw);
        let label = if pinned { format!("Pin draw {draw}") } else { format!("Let draw {draw} go") };
        self.history.push(label, None, moment);
        Ok(pinned)
    }

    /// Lets all pinned draws go, as one step of the history.
    pub(super) fn unpin_all(&mut self) {
        if !self.pins().is_empty() {
            let moment = Moment { pins: Vec::new(), ..self.history.current().clone() };
            self.history.push("Let all pins go", None, moment);
        }
    }

    /// Turns the contact sheet to where the shown draw is.
    pub(super) fn look_at_draw(&mut self) {
        self.sheet_from = self.draw / self.many.size * self.many.size;
    }

    /// Forgets what does not fit the shown family and the pins as they are: undo brings either back without asking.
    pub(super) fn settle_many(&mut self) {
        if self.many_of != self.family() {
            self.many_of = self.family().to_owned();
            self.many.forget_names();
        }
        if let Some(pair) = self.many.compared
            && !pair.iter().all(|pin| self.pins().contains(pin))
        {
            self.many.compared = None;
        }
    }

    /// Shows another family; values set by hand and pins belonged to the one before.
    pub(super) fn show_family(&mut self, id: &str) {
        if self.family() != id {
            let study = Arc::clone(self.study());
            let moment = Moment { study, family: id.to_owned(), pinned: BTreeMap::new(), pins: Vec::new() };
            self.history.push("Show another family", None, moment);
            self.parameter = None;
        }
    }

    /// Adds a family and shows it, as one step of the history.
    ///
    /// # Errors
    /// When it does not fit into the study.
    pub(super) fn add_family(&mut self, family: Family) -> Result<(), RunError> {
        let mut study = (**self.study()).clone();
        let id = family.id.clone();
        study.apply(Edit::PutFamily(Arc::new(family)))?;
        study.read_beside(&self.place.folder);
        let moment = Moment { study: Arc::new(study), family: id.clone(), pinned: BTreeMap::new(), pins: Vec::new() };
        self.history.push(format!("Add family {id}"), None, moment);
        self.parameter = None;
        Ok(())
    }

    /// Adds a family and shows it with values set by hand, as one step of the history.
    ///
    /// # Errors
    /// When it does not fit into the study.
    pub(super) fn add_recorded(&mut self, family: Family, pinned: BTreeMap<String, f64>) -> Result<(), RunError> {
        let mut study = (**self.study()).clone();
        let id = family.id.clone();
        study.apply(Edit::PutFamily(Arc::new(family)))?;
        let moment = Moment { study: Arc::new(study), family: id.clone(), pinned, pins: Vec::new() };
        self.history.push(format!("Record family {id}"), None, moment);
        self.parameter = None;
        Ok(())
    }

    /// Takes the last step back; its name, `None` where there is none.
    pub(super) fn undo(&mut self) -> Option<String> {
        self.history.undo()
    }

    /// Does the last step again that was taken back.
    pub(super) fn redo(&mut self) -> Option<String> {
        self.history.redo()
    }

    /// Applies what an act did to the study on disk, and nothing else: edits that the person has not saved stay unsaved, and
    /// what another program saved meanwhile stays too.
    ///
    /// # Errors
    /// When it does not apply or the disk refuses.
    pub(super) fn keep(&mut self, edit: &Edit) -> Result<(), RunError> {
        let mut on_disk = Study::load(&self.place.folder)?;
        on_disk.apply(edit.clone())?;
        on_disk.save(&self.place.folder)?;
        let mut saved = (*self.saved).clone();
        saved.apply(edit.clone())?;
        saved.read_beside(&self.place.folder);
        self.saved = Arc::new(saved);
        // An act is outside of undo: it is true of every moment.
        self.history.rewrite(|moment| {
            let mut study = (*moment.study).clone();
            if study.apply(edit.clone()).is_ok() {
                study.read_beside(&self.place.folder);
                moment.study = Arc::new(study);
            }
        });
        self.refresh();
        Ok(())
    }

    /// Writes the study.
    ///
    /// # Errors
    /// When the disk refuses, or another program (an editor, the command line) changed the study since it was opened; the
    /// files are then as before.
    pub(super) fn save(&mut self) -> Result<(), RunError> {
        if Study::load(&self.place.folder)? != *self.saved {
            let wrong = "another program changed the study on disk while it was open here; keep your edits with Save as…, or open \
                         the study again";
            return Err(RunError::Request(wrong.to_owned()));
        }
        self.study().save(&self.place.folder)?;
        self.saved = Arc::clone(self.study());
        Ok(())
    }

    /// Reads again what acts have written: ledger, verdict.
    pub(super) fn refresh(&mut self) {
        self.ledger = Ledger::read(&self.place.ledger());
        self.choose_sets();
    }

    /// Keeps a sensible choice of sets, and the verdict that belongs to it.
    pub(super) fn choose_sets(&mut self) {
        let study = Arc::clone(self.study());
        let named = |name: &Option<String>| name.as_deref().and_then(|name| study.set(name));
        if named(&self.real).is_none() {
            self.real = study.sets.iter().rev().find(|set| set.origin != Origin::Synthetic).map(|set| set.name.clone());
        }
        if named(&self.synthetic).is_none() {
            self.synthetic =
                study.sets.iter().rev().find(|set| set.origin == Origin::Synthetic).map(|set| set.name.clone());
        }
        self.verdict = match (&self.real, &self.synthetic) {
            (Some(real), Some(made)) => gate::kept_verdict(&self.place, real, made).ok().flatten(),
            _ => None,
        };
        // A set that is gone leaves its side to the choice above.
        for side in &mut self.beside.sets {
            *side = side.take().filter(|name| study.set(name).is_some());
        }
        self.forget_comparison();
    }

    /// Forgets the comparison where it is not of the two compared sets.
    pub(super) fn forget_comparison(&mut self) {
        let names = self.compared().map(|set| set.map(|set| set.name.as_str()));
        let cameras = [self.camera_of(0), self.camera_of(1)];
        // What was measured through another camera says nothing of the pictures that are shown.
        let stale = self.comparison.as_ref().is_some_and(|found| {
            let others = found.names.iter().zip(names).any(|(of, now)| now != Some(of.as_str()));
            others || found.cameras != cameras || !self.is_still_of(found)
        });
        if stale {
            self.comparison = None;
            self.map = MapState::default();
        }
        self.load_kept_comparison();
    }

    /// Last entry's hash, short.
    pub(super) fn fingerprint(&self) -> String {
        let last = self.ledger.as_ref().ok().and_then(|entries| entries.last());
        last.map_or_else(String::new, |entry: &Entry| Digest::short(&entry.hash))
    }

    /// The pack that was written last, by its folder's time.
    fn newest_pack(&self) -> Option<PathBuf> {
        let entries = std::fs::read_dir(self.place.packs()).ok()?.flatten();
        let packs = entries.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "pack"));
        packs.max_by_key(|entry| entry.metadata().and_then(|data| data.modified()).ok()).map(|entry| entry.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{new, person};

    #[test]
    fn one_gesture_is_one_step_and_acts_stay() {
        let dir = tempfile::tempdir().expect("temp dir");
        let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
        new::new(&place, 1, &person::stamp(Some("tester"))).expect("a study");
        let mut document = Document::open(&place.folder, place.keys_folder.clone()).expect("opens");
        for (gesture, value) in [(1, 0.1), (1, 0.2), (2, 0.9)] {
            document.pin("canister_fill", Some(value), gesture);
        }
        document.edit(Edit::Rename("another".to_owned()), None).expect("edit");
        document.keep(&Edit::SetSeed(9)).expect("an act");
        assert!(document.is_unsaved(), "the act is on disk, the rename is not");
        assert_eq!(Study::load(&place.folder).expect("loads").seed, 9, "written at once");
        document.undo().expect("the rename");
        assert_eq!(document.pinned()["canister_fill"], 0.9, "pins are as they were");
        document.undo().expect("second gesture");
        assert_eq!(document.pinned()["canister_fill"], 0.2, "before it");
        document.undo().expect("first gesture");
        assert!(document.pinned().is_empty() && document.undo().is_none(), "nothing more");
        assert_eq!(document.study().seed, 9, "the act is outside of undo");
        // What a second program saves meanwhile is not overwritten.
        let mut other = Study::load(&place.folder).expect("loads");
        other.apply(Edit::SetNotes("by hand".to_owned())).expect("edit");
        other.save(&place.folder).expect("saved elsewhere");
        assert!(document.save().expect_err("changed").to_string().contains("another program"), "says so");
        document.keep(&Edit::SetSeed(10)).expect("acts go on");
        let on_disk = Study::load(&place.folder).expect("loads");
        assert_eq!((on_disk.seed, on_disk.notes.as_str()), (10, "by hand"), "both are there");
        document.redo().expect("on again");
        assert_eq!(document.pinned()["canister_fill"], 0.2, "the whole gesture");
    }

    #[test]
    fn each_pin_is_a_step_and_a_comparison_ends_with_its_pins() {
        let dir = tempfile::tempdir().expect("temp dir");
        let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
        new::new(&place, 1, &person::stamp(Some("tester"))).expect("a study");
        let mut document = Document::open(&place.folder, place.keys_folder.clone()).expect("opens");
        for draw in [4, 9, 4] {
            document.toggle_pin(draw).expect("room");
        }
        assert_eq!(document.pins(), [9], "the second press lets go");
        assert!(!document.is_unsaved(), "a pin is no edit of the study");
        assert_eq!(document.undo().as_deref(), Some("Let draw 4 go"));
        assert_eq!(document.pins(), [4, 9]);
        document.many.compared = Some([4, 9]);
        document.settle_many();
        assert_eq!(document.many.compared, Some([4, 9]), "both are pinned");
        assert_eq!(document.undo().as_deref(), Some("Pin draw 9"));
        document.settle_many();
        assert_eq!((document.pins(), document.many.compared), (&[4][..], None));
        document.many.size = 64;
        document.draw = 130;
        document.look_at_draw();
        assert_eq!(document.sheet_from, 128, "the sheet that holds it");
    }
}
