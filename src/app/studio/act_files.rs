//! Files that things are made of: chosen in the system's dialog, dropped on the window, and read again when they were changed
//! outside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use eframe::egui;

use crate::app::author::{self, Face};
use crate::base::Monitor as _;
use crate::family::Form;
use crate::run::bring::{self, Brought};
use crate::study::bring::{MODELS, PANORAMAS, RIGS, is_thing};

use super::document::Document;
use super::tasks::{self, Outcome, Picking, Purpose, StudioJobs};
use super::{Studio, act_author};

/// How files looked on disk: when they were changed last and how long they are, by their paths in the study.
pub(super) type Looked = BTreeMap<String, Option<(Option<SystemTime>, u64)>>;

/// What was brought for a thing of a family: the family's id, the thing, and what came of it.
pub(super) struct Bringing {
    /// The family that was shown.
    pub(super) family: String,
    /// The thing whose file was chosen, and why it cannot be used or what it is.
    pub(super) chosen: Option<(String, Result<Brought, String>)>,
    /// What was dropped on the window.
    pub(super) dropped: Vec<Brought>,
    /// What of it cannot be used, and why.
    pub(super) refused: Option<String>,
    /// The study's folder.
    pub(super) folder: PathBuf,
}

impl Studio {
    /// Asks for the file of the thing called `name`.
    pub(super) fn pick_file(&mut self, name: String) {
        let Some(document) = &self.document else { return };
        let Some(family) = document.shown_family() else { return };
        let Some(entity) = family.entities.iter().find(|entity| entity.name == name) else { return };
        let (what, endings): (_, &'static [&'static str]) = match entity.shape {
            Form::Rig { .. } => ("Robot", &RIGS),
            Form::Dome { .. } => ("Panorama", &PANORAMAS),
            _ => ("Model", &MODELS),
        };
        let from = Some(document.place.folder.clone());
        let picking = Picking { title: "Choose a file", from, endings: Some((what, endings)) };
        let purpose = Purpose::Thing(document.family().to_owned(), name);
        tasks::pick(&mut self.jobs, purpose, picking, self.picker.clone());
    }

    /// Takes a chosen file in.
    pub(super) fn take_file(&mut self, family: String, name: String, path: PathBuf) {
        let Some(document) = &self.document else { return };
        bring_chosen(&mut self.jobs, document.place.folder.clone(), (family, name), path);
    }

    /// Makes things of the models, rigs and panoramas among what was dropped; the other paths.
    pub(super) fn drop_things(&mut self, paths: Vec<PathBuf>) -> Vec<PathBuf> {
        let (things, others): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_file() && is_thing(path));
        if things.is_empty() {
            return others;
        }
        let Some(document) = self.document.as_ref().filter(|document| document.shown_family().is_some()) else {
            self.status = "Open a study with a family first: what you drop becomes a thing on its stage".to_owned();
            return others;
        };
        if self.jobs.is_running("bring") {
            self.status = "What was dropped before is still being taken in; drop it again after that".to_owned();
            return others;
        }
        bring_dropped(&mut self.jobs, document.place.folder.clone(), document.family().to_owned(), things);
        others
    }

    /// Puts what was brought into its family, and opens the thing in the inspector.
    pub(super) fn brought(&mut self, bringing: Bringing) {
        let Some(document) = &mut self.document else { return };
        let told = put(document, bringing);
        if let Some(thing) = told.thing {
            (self.shell.inspector.face, self.shell.inspector.entity) = (Face::Scene, Some(thing));
        }
        if let Some(status) = told.status {
            self.status = status;
        }
    }

    /// Looks for files that were changed outside when the window gets the focus back.
    pub(super) fn look_at_files(&mut self, ctx: &egui::Context) {
        let back = |event: &egui::Event| matches!(event, egui::Event::WindowFocused(true));
        if ctx.input(|input| input.events.iter().any(back))
            && let Some(status) = self.document.as_mut().and_then(|document| read_again(document, false))
        {
            self.status = status;
        }
    }

    /// Reads all files again, whether they look changed or not.
    pub(super) fn read_files_again(&mut self) {
        let Some(document) = &mut self.document else { return };
        let none = || "The models, rigs and panoramas of this study are as they were".to_owned();
        self.status = read_again(document, true).unwrap_or_else(none);
    }
}

/// Lets a job take the file at `path` in, for a thing of a family.
pub(super) fn bring_chosen(jobs: &mut StudioJobs, folder: PathBuf, (family, name): (String, String), path: PathBuf) {
    jobs.start("bring one", "Taking a file in", move |_| {
        let brought = bring::bring(&folder, &path);
        let chosen = Some((name, brought));
        Ok(Outcome::Brought(Box::new(Bringing { family, chosen, dropped: Vec::new(), refused: None, folder })))
    });
}

/// Lets a job take in what was dropped.
pub(super) fn bring_dropped(jobs: &mut StudioJobs, folder: PathBuf, family: String, paths: Vec<PathBuf>) {
    jobs.start("bring", "Taking files in", move |monitor| {
        let (dropped, refused) = bring::bring_all(&folder, &paths, monitor);
        if monitor.stopped() && dropped.is_empty() {
            return Err("stopped".to_owned());
        }
        let refused = (!refused.is_empty()).then(|| refused.join("; "));
        Ok(Outcome::Brought(Box::new(Bringing { family, chosen: None, dropped, refused, folder })))
    });
}

/// What a person is told of what was brought.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The thing to be opened.
    pub(super) thing: Option<String>,
    /// For the status line.
    pub(super) status: Option<String>,
}

/// Puts what was brought into its family; each thing is a step of the history. Why a chosen file cannot be used stands at its
/// field until a thing changes.
pub(super) fn put(document: &mut Document, bringing: Bringing) -> Told {
    let mut told = Told::default();
    if bringing.folder != document.place.folder {
        return told;
    }
    if let Some((name, Err(why))) = &bringing.chosen
        && bringing.family != document.family()
    {
        told.status = Some(format!("{name}: {why}"));
        return told;
    }
    if bringing.family != document.family() {
        told.status = Some(format!("The files are in the study; {} is not shown any more", bringing.family));
        return told;
    }
    document.refused = None;
    let chosen = bringing.chosen.and_then(|(name, brought)| match brought {
        Ok(brought) => Some((brought, Some(name))),
        Err(why) => {
            told.status = Some(format!("{name}: {why}"));
            document.refused = Some((bringing.family.clone(), name, why));
            None
        }
    });
    for (brought, to) in chosen.into_iter().chain(bringing.dropped.into_iter().map(|brought| (brought, None))) {
        let Some(family) = document.shown_family().cloned() else { return told };
        let done = author::brought(&family, &brought, to.as_deref()).and_then(|(change, name, said)| {
            act_author::change_family(document, &change, None)?;
            Ok((name, said))
        });
        match done {
            Ok((name, said)) => (told.thing, told.status) = (Some(name), Some(said)),
            Err(why) => told.status = Some(why),
        }
    }
    if let Some(refused) = bringing.refused {
        let before = told.status.map_or_else(String::new, |said| format!("{said}; "));
        told.status = Some(before + &refused);
    }
    // What was taken in under a name that was known before has other bytes perhaps.
    let _seen = read_again(document, false);
    told
}

/// Reads the files of the study's families again where they look changed on disk since the last look, or `always`; what has
/// changed, in a sentence.
pub(super) fn read_again(document: &mut Document, always: bool) -> Option<String> {
    let looked = look(document);
    if looked == document.looked && !always {
        return None;
    }
    document.looked = looked;
    let changed = document.read_again();
    let first = changed.first()?;
    let more = if changed.len() > 1 { format!(" and {} more", changed.len() - 1) } else { String::new() };
    Some(format!("Read again, for it has changed: {first}{more}"))
}

/// How the files of the study's families look on disk.
pub(super) fn look(document: &Document) -> Looked {
    let seen = |path: &str| {
        let about = std::fs::metadata(document.place.folder.join(Path::new(path))).ok()?;
        Some((about.modified().ok(), about.len()))
    };
    let families = document.study().families.iter();
    let paths = families.flat_map(|family| {
        let read = family.files.iter().map(|(path, ..)| path);
        read.chain(family.file_names())
    });
    let mut looked = Looked::new();
    for path in paths {
        if !looked.contains_key(path) {
            looked.insert(path.to_owned(), seen(path));
        }
    }
    looked
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::app::jobs::JobEvent;
    use crate::family::Severity;

    /// A box of 6 cm as an OBJ file, so many times as large.
    fn cube(size: f64) -> String {
        let mut text = String::new();
        for corner in 0..8 {
            let part = |bit: i32| if corner >> bit & 1 == 1 { 0.03 * size } else { -0.03 * size };
            text.push_str(&format!("v {} {} {}\n", part(0), part(1), part(2)));
        }
        for [a, b, c, d] in [[1, 3, 4, 2], [5, 6, 8, 7], [1, 2, 6, 5], [3, 7, 8, 4], [1, 5, 7, 3], [2, 4, 8, 6]] {
            text.push_str(&format!("f {a} {b} {c}\nf {a} {c} {d}\n"));
        }
        text
    }

    fn wait(jobs: &mut StudioJobs) -> Outcome {
        for _ in 0..1000 {
            match jobs.poll().pop() {
                Some(JobEvent::Done { outcome, .. }) => return outcome,
                Some(JobEvent::Failed { error, .. }) => panic!("{error}"),
                Some(JobEvent::Cancelled { .. }) => panic!("cancelled"),
                None => {}
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("ten seconds are enough");
    }

    fn errors(document: &Document) -> Vec<String> {
        let prepared = document.prepared().expect("a family");
        let all = prepared.findings.iter().filter(|finding| finding.severity == Severity::Error);
        all.map(|finding| format!("{}: {}", finding.field, finding.text)).collect()
    }

    #[test]
    fn a_file_is_picked_copied_and_edited_outside() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let family = document.family().to_owned();
        let mut jobs = StudioJobs::new(Arc::new(|| {}));
        // Dropped: a thing of its own.
        let file = dir.path().join("Cube.obj");
        std::fs::write(&file, cube(1.0)).expect("written");
        bring_dropped(&mut jobs, document.place.folder.clone(), family.clone(), vec![file.clone()]);
        let Outcome::Brought(bringing) = wait(&mut jobs) else { panic!("files") };
        let told = put(&mut document, *bringing);
        assert_eq!((told.thing.as_deref(), document.refused.is_some()), (Some("cube"), false), "{told:?}");
        assert!(document.place.folder.join("props/Cube.obj").is_file() && errors(&document).is_empty());
        document.scene().expect("a family").simulate(0).expect("it stands on the stage");
        // Picked through the dialog, here one that answers at once: what is no model says so at its field.
        let broken = dir.path().join("broken.obj");
        std::fs::write(&broken, "v 0 0 0\nf 1 1 1\n").expect("written");
        let answer = broken.clone();
        let picker: tasks::Picker = Arc::new(move |picking: &Picking| {
            assert_eq!(picking.endings.map(|(_, endings)| endings.contains(&"obj")), Some(true));
            Some(answer.clone())
        });
        let purpose = Purpose::Thing(family.clone(), "cube".to_owned());
        let picking = Picking { title: "Choose a file", from: None, endings: Some(("Model", &MODELS)) };
        tasks::pick(&mut jobs, purpose, picking, picker);
        let Outcome::Picked(Purpose::Thing(of, name), Some(path)) = wait(&mut jobs) else { panic!("a path") };
        bring_chosen(&mut jobs, document.place.folder.clone(), (of, name), path);
        let Outcome::Brought(bringing) = wait(&mut jobs) else { panic!("files") };
        put(&mut document, *bringing);
        let (_, thing, why) = document.refused.clone().expect("refused");
        assert!(thing == "cube" && why.contains("broken.obj"), "{why}");
        assert!(!document.place.folder.join("props/broken.obj").exists(), "and nothing is copied");
        assert_eq!(document.undo().as_deref(), Some("Add thing cube"));
        document.redo().expect("again");
        // Edited outside: seen without opening the study again, in every moment of the history.
        assert_eq!(read_again(&mut document, true), None, "nothing has changed");
        let before = Arc::clone(document.shown_family().expect("a family"));
        std::fs::write(document.place.folder.join("props/Cube.obj"), cube(2.0)).expect("written");
        let said = read_again(&mut document, false).expect("another length and time");
        assert!(said.contains("props/Cube.obj"), "{said}");
        let after = document.shown_family().expect("a family");
        assert!(!Arc::ptr_eq(&before, after) && before.digest() != after.digest());
        assert!(document.is_unsaved() && document.undo().is_some(), "no step of its own");
        std::fs::remove_file(document.place.folder.join("props/Cube.obj")).expect("gone");
        document.redo().expect("the thing");
        read_again(&mut document, false).expect("gone, and said");
        assert!(errors(&document).iter().any(|text| text.contains("props/Cube.obj was not found")));
    }
}
