//! The pages that ask about a family, done: which job answers what, what was answered, a fit that is taken.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::jobs::{JobEvent, JobMonitor};
use crate::app::lab::difference::Differences;
use crate::app::lab::estimate::Estimates;
use crate::app::lab::fit::Fits;
use crate::app::lab::{DifferenceAct, DifferenceChoice, EstimateAct, EstimateChoice, FitAct, FitChoice, LabAct, Page};
use crate::app::shell::Workspace;
use crate::base::Rgb;
use crate::family::Family;
use crate::run::coverage::{self, CoverageRequest};
use crate::run::estimate::{self, EstimateRequest};
use crate::run::fit::{self, ColumnSummary, FitRequest, Found};
use crate::run::match_camera::{RealPicture, Trial};
use crate::run::{RunError, Stamp};
use crate::sample::fit::USUAL_REFITS;
use crate::study::Study;

use super::document::Document;
use super::tasks::{Bench, Outcome, StudioJobs, is_reality};
use super::{Studio, stamp};

/// What a job of a page answered. A refusal is an answer: it stands on the page.
pub(super) enum LabOutcome {
    /// The columns of a real set.
    Columns(String, Result<Arc<[ColumnSummary]>, String>),
    /// Fits, and what the page shows of them.
    Fitted(FitRequest, FitAnswer),
    /// Estimates for this request, family and seed.
    Estimated(EstimateRequest, Arc<Family>, u64, Result<Arc<Estimates>, String>),
    /// Differences for this request and family.
    Differed(CoverageRequest, Arc<Family>, Result<Arc<Differences>, String>),
    /// A real picture was read, for the study in this folder.
    Picture(PathBuf, RealPicture, Result<Arc<Rgb>, String>),
    /// Exposure and balance, fitted to this.
    Lit(LitTo, Result<(Trial, Vec<String>), String>),
}

/// What an exposure is fitted to.
#[derive(Clone)]
pub(super) struct LitTo {
    /// The family.
    pub(super) family: Arc<Family>,
    /// The camera that is tried; `None` is the family's own.
    pub(super) trial: Option<Trial>,
    /// The real picture.
    pub(super) real: Arc<Rgb>,
}

/// A page's job: which one runs, and whether the last was stopped.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// The job's id.
    pub(super) id: Option<u64>,
    /// The person stopped the last one.
    pub(super) cancelled: bool,
}

impl Running {
    fn started(&mut self, id: u64) {
        *self = Self { id: Some(id), cancelled: false };
    }

    fn ended(&mut self, id: u64, cancelled: bool) {
        if self.id == Some(id) {
            *self = Self { id: None, cancelled };
        }
    }

    /// Its window is gone, and the job with it.
    fn cut_off(&mut self) {
        if self.id.take().is_some() {
            self.cancelled = true;
        }
    }
}

/// What a fit found, with what the page shows of it; or one sentence.
pub(super) type FitAnswer = Result<(Arc<Found>, Arc<Fits>), String>;

/// What a difference was asked about and found.
pub(super) type Differed = (CoverageRequest, Arc<Family>, Result<Arc<Differences>, String>);

/// Fits, as the study's window remembers them.
#[derive(Default)]
pub(super) struct FitState {
    /// What is chosen.
    pub(super) choice: FitChoice,
    /// The job.
    pub(super) running: Running,
    /// The last answer, to this request.
    pub(super) found: Option<(FitRequest, FitAnswer)>,
    /// Why the last fit that was to be taken was not.
    pub(super) refused: Option<String>,
}

/// Estimates of one family's event.
pub(super) struct Estimated {
    /// What was asked.
    pub(super) request: EstimateRequest,
    /// The family as it was.
    pub(super) family: Arc<Family>,
    /// The study's seed as it was.
    pub(super) seed: u64,
    /// The answer.
    pub(super) answer: Result<Arc<Estimates>, String>,
}

/// Estimates, as the study's window remembers them.
#[derive(Default)]
pub(super) struct EstimateState {
    /// What is chosen.
    pub(super) choice: EstimateChoice,
    /// The job.
    pub(super) running: Running,
    /// The last answer of each family, by its id.
    pub(super) found: BTreeMap<String, Estimated>,
}

/// Differences, as the study's window remembers them.
#[derive(Default)]
pub(super) struct DifferenceState {
    /// What is chosen.
    pub(super) choice: DifferenceChoice,
    /// The job.
    pub(super) running: Running,
    /// The last answer, to this request about this family.
    pub(super) found: Option<Differed>,
}

/// What is asked and was answered.
#[derive(Default)]
pub(super) struct LabState {
    /// Columns of real sets, by name.
    pub(super) columns: BTreeMap<String, Result<Arc<[ColumnSummary]>, String>>,
    /// The set whose columns are being read.
    reading: Option<(String, u64)>,
    /// Fits.
    pub(super) fit: FitState,
    /// Estimates.
    pub(super) estimate: EstimateState,
    /// Differences.
    pub(super) difference: DifferenceState,
    /// A camera's match.
    pub(super) matching: super::matching::Matching,
}

impl LabState {
    /// A job ended, however.
    pub(super) fn ended(&mut self, event: &JobEvent<Outcome>) {
        let (JobEvent::Done { id, .. } | JobEvent::Failed { id, .. } | JobEvent::Cancelled { id, .. }) = event;
        let cancelled = matches!(event, JobEvent::Cancelled { .. });
        for running in [&mut self.fit.running, &mut self.estimate.running, &mut self.difference.running] {
            running.ended(*id, cancelled);
        }
        self.matching.reading.take_if(|reading| *reading == *id);
        if let Some((set, _)) = self.reading.take_if(|(_, reading)| *reading == *id) {
            // An answer replaces this; without one the set is not asked again and again.
            let why = "its columns were not read to the end; choose it again".to_owned();
            self.columns.entry(set).or_insert(Err(why));
        }
    }

    /// All jobs are gone with their window, and another one's have the same numbers.
    pub(super) fn cut_off(&mut self) {
        for running in [&mut self.fit.running, &mut self.estimate.running, &mut self.difference.running] {
            running.cut_off();
        }
        (self.reading, self.matching.reading) = (None, None);
    }

    /// Takes an answer in; a sentence for the status line.
    pub(super) fn take_in(&mut self, answer: LabOutcome) -> Option<String> {
        match answer {
            LabOutcome::Columns(set, columns) => {
                let status = columns.as_ref().map(|columns| format!("{set}: {} columns", columns.len())).ok();
                self.columns.insert(set, columns);
                status
            }
            LabOutcome::Fitted(request, answer) => {
                let status = answer.as_ref().map(|(_, fits)| format!("Fitted {} distributions", fits.rows.len())).ok();
                (self.fit.found, self.fit.refused) = (Some((request, answer)), None);
                status
            }
            LabOutcome::Estimated(request, family, seed, answer) => {
                let status = answer.as_ref().map(|found| format!("Estimated {}", found.event)).ok();
                self.estimate.found.insert(family.id.clone(), Estimated { request, family, seed, answer });
                status
            }
            LabOutcome::Differed(request, family, answer) => {
                self.difference.found = Some((request, family, answer));
                Some("Counted what both sides cover".to_owned())
            }
            // Taken in by the window, which shows the picture, and by the document.
            LabOutcome::Picture(..) | LabOutcome::Lit(..) => None,
        }
    }

    /// The set called `name` is another one now.
    pub(super) fn forget_set(&mut self, name: &str) {
        self.columns.remove(name);
        if self.fit.found.as_ref().is_some_and(|(request, _)| request.set == name) {
            self.fit.found = None;
        }
        let of = |request: &CoverageRequest| [&request.set, &request.against].contains(&&Some(name.to_owned()));
        if self.difference.found.as_ref().is_some_and(|(request, ..)| of(request)) {
            self.difference.found = None;
        }
    }
}

/// The set whose fits are looked for: the chosen one, else the window's real set.
pub(super) fn fit_set(document: &Document) -> Option<&str> {
    let chosen = document.lab.fit.choice.set.as_deref().or(document.real.as_deref());
    chosen.filter(|name| document.study().set(name).is_some_and(|set| is_reality(set.origin)))
}

/// What would be asked of `run` now; `None` while something is not chosen.
pub(super) fn fit_request(document: &Document) -> Option<FitRequest> {
    let choice = &document.lab.fit.choice;
    let family = document.shown_family()?;
    let parameter = document.parameter.as_deref().and_then(|name| family.parameter(name));
    Some(FitRequest {
        set: fit_set(document)?.to_owned(),
        column: choice.column.clone()?,
        target: parameter.map(|parameter| (family.id.clone(), parameter.name.clone())),
        unit: Some(choice.unit.clone()).filter(|unit| !unit.is_empty()),
        take: None,
        refits: USUAL_REFITS,
    })
}

/// Whether the other side of a difference is real or stands in for it.
pub(super) fn is_against_reality(document: &Document) -> bool {
    let against = document.lab.difference.choice.against.as_deref();
    against.and_then(|name| document.study().set(name)).is_some_and(|set| is_reality(set.origin))
}

impl Studio {
    /// Reads the columns that the shown page needs and does not have yet.
    pub(super) fn settle_lab(&mut self) {
        let Some(document) = &self.document else { return };
        let wanted = match self.shell.lab.page {
            _ if self.shell.workspace != Workspace::Author => None,
            Page::Fit => fit_set(document),
            Page::Difference if is_against_reality(document) => document.lab.difference.choice.against.as_deref(),
            Page::Preview | Page::Estimate | Page::Difference | Page::Match => None,
        };
        let Some(set) = wanted.map(str::to_owned) else { return };
        let is_known = document.lab.columns.contains_key(&set);
        if is_known || document.lab.reading.as_ref().is_some_and(|(reading, _)| *reading == set) {
            return;
        }
        let bench = self.bench(document);
        let id = read_columns(&mut self.jobs, bench, set.clone());
        if let Some(document) = &mut self.document {
            document.lab.reading = Some((set, id));
        }
    }

    /// Does what the person wants on a page.
    pub(super) fn lab(&mut self, act: LabAct) {
        let Some(document) = &mut self.document else { return };
        match act {
            LabAct::Match(act) => self.match_act(act),
            LabAct::Fit(FitAct::Run) => self.start_fit(),
            LabAct::Fit(FitAct::Take(model)) => self.take_fit(&model),
            LabAct::Fit(act) => {
                if let FitAct::Set(set) = &act {
                    // What could not be read is tried again.
                    document.lab.columns.retain(|name, columns| name != set || columns.is_ok());
                }
                (document.lab.fit.refused, document.lab.fit.running.cancelled) = (None, false);
                document.lab.fit.choice.apply(&act);
            }
            LabAct::Estimate(EstimateAct::Run) => self.start_estimate(),
            LabAct::Estimate(act) => document.lab.estimate.choice.apply(&act),
            LabAct::Difference(DifferenceAct::Run) => self.start_difference(),
            LabAct::Difference(act) => {
                document.lab.difference.running.cancelled = false;
                document.lab.difference.choice.apply(&act);
            }
        }
    }

    fn start_fit(&mut self) {
        let Some(document) = &self.document else { return };
        let Some(request) = fit_request(document) else { return };
        let bench = self.bench(document);
        let title = format!("Fitting {}", request.column);
        let id = self.jobs.start("fit", title, move |monitor| {
            let found = fit::fit(&bench.place, &bench.study, &request, &bench.stamp, monitor);
            let found = told(found, monitor)?.map(|found| {
                let fits = Arc::new(Fits::of(&found));
                (Arc::new(found), fits)
            });
            Ok(Outcome::Lab(LabOutcome::Fitted(request, found)))
        });
        if let Some(document) = &mut self.document {
            document.lab.fit.running.started(id);
        }
    }

    /// Makes the fit called `model` the parameter's nominal: one step of undo.
    fn take_fit(&mut self, model: &str) {
        let Some(document) = &mut self.document else { return };
        match take(document, model, &stamp()) {
            Ok(()) => {
                let name = document.parameter.clone().unwrap_or_default();
                self.status = format!("{model} is the nominal of {name} now; Ctrl+Z takes it back");
                self.shell.inspector.on_proposal = false;
            }
            Err(why) => document.lab.fit.refused = Some(why),
        }
    }

    fn start_estimate(&mut self) {
        let Some(document) = &self.document else { return };
        let Some(family) = document.shown_family().cloned() else { return };
        let request = document.lab.estimate.choice.request(&family.id);
        let study = Arc::clone(document.study());
        let event = request.event.as_ref().unwrap_or(&family.rare_event);
        let id = self.jobs.start("estimate", format!("Estimating {event}"), move |monitor| {
            let answer = estimated(&study, &request, monitor)?;
            Ok(Outcome::Lab(LabOutcome::Estimated(request, family, study.seed, answer)))
        });
        if let Some(document) = &mut self.document {
            document.lab.estimate.running.started(id);
        }
    }

    fn start_difference(&mut self) {
        let Some(document) = &self.document else { return };
        let Some(family) = document.shown_family().cloned() else { return };
        let Some(request) = document.lab.difference.choice.request(&family.id) else { return };
        let (bench, is_real) = (self.bench(document), is_against_reality(document));
        let id = self.jobs.start("difference", "Counting combinations", move |monitor| {
            let found = told(coverage::coverage(&bench.place, &bench.study, &request, monitor), monitor)?;
            let shown = found.and_then(|found| {
                Differences::of(&request, &found, is_real).ok_or_else(|| "nothing was compared".to_owned())
            });
            Ok(Outcome::Lab(LabOutcome::Differed(request, family, shown.map(Arc::new))))
        });
        if let Some(document) = &mut self.document {
            document.lab.difference.running.started(id);
        }
    }
}

/// Makes the fit called `model` the selected parameter's nominal, as one step of the history; the ledger keeps that it was.
fn take(document: &mut Document, model: &str, stamp: &Stamp) -> Result<(), String> {
    let taken = match (&document.lab.fit.found, fit_request(document)) {
        (Some((request, Ok((found, _)))), Some(now)) if *request == now => {
            fit::take(&document.place, document.study(), request, (found, model), stamp)
        }
        _ => return Err("What is chosen has changed since the fit; fit again".to_owned()),
    };
    let (_, edit) = taken.map_err(|err| err.to_string())?;
    document.edit(edit, None).map_err(|err| err.to_string())?;
    document.refresh();
    Ok(())
}

fn estimated(
    study: &Study,
    request: &EstimateRequest,
    monitor: &JobMonitor,
) -> Result<Result<Arc<Estimates>, String>, String> {
    let found = told(estimate::estimate(study, request, monitor), monitor)?;
    Ok(found.map(|found| Arc::new(Estimates::of(request, &found))))
}

fn read_columns(jobs: &mut StudioJobs, bench: Bench, set: String) -> u64 {
    jobs.start("columns", format!("Reading the columns of {set}"), move |monitor| {
        let columns = told(fit::columns(&bench.place, &bench.study, &set, monitor), monitor)?;
        Ok(Outcome::Lab(LabOutcome::Columns(set, columns.map(Into::into))))
    })
}

/// A refusal is an answer that the page shows; only being stopped ends the job without one.
fn told<T>(found: Result<T, RunError>, monitor: &JobMonitor) -> Result<Result<T, String>, String> {
    use crate::base::Monitor as _;
    match found {
        Err(err) if matches!(err, RunError::Stopped) || monitor.stopped() => Err(err.to_string()),
        found => Ok(found.map_err(|err| err.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::intake::OPENING;
    use super::*;
    use crate::base::{Rgb, Silent, png};
    use crate::data::Origin;
    use crate::run::{Place, new, person};
    use crate::study::{Edit, SetRef};

    /// A study with a stand-in whose `x_mm` is fitted for the canister's place.
    fn document(dir: &Path) -> Document {
        let place = Place { folder: dir.join("study"), keys_folder: dir.join("keys") };
        new::new(&place, 1, &person::stamp(Some("tester"))).expect("a study");
        let root = dir.join("takes");
        let mut episodes = Vec::new();
        for id in 0..9_u64 {
            let folder = root.join(format!("episodes/{id:06}"));
            std::fs::create_dir_all(folder.join("colour")).expect("a folder");
            let pixels = png::encode_rgb(&Rgb::black(2, 2)).expect("a picture");
            std::fs::write(folder.join("colour/000007.png"), pixels).expect("written");
            let x_mm: Vec<f64> = (0..8_u64).map(|at| 300.0 + ((id * 8 + at) as f64 * 0.618).fract() * 40.0).collect();
            let signals = serde_json::json!({ "x_mm": x_mm }).to_string();
            std::fs::write(folder.join("signals.json"), signals).expect("written");
            episodes.push(serde_json::json!({ "id": id, "frames": 8 }));
        }
        let index = serde_json::json!({
            "format": "worldproof set 1", "name": "takes", "origin": "StandIn", "fps": 30.0, "width": 2, "height": 2,
            "camera": "head", "episodes": episodes,
        });
        std::fs::write(root.join("set.json"), index.to_string()).expect("written");
        let mut document = Document::open(&place.folder, place.keys_folder.clone()).expect("opens");
        let set = SetRef {
            name: "takes".to_owned(),
            path: root.display().to_string(),
            digest: None,
            origin: Origin::StandIn,
            held: vec![8],
            reference: (0..8).collect(),
            sealed: None,
            listing: None,
            conditions: BTreeMap::new(),
            folders: crate::data::Folders::default(),
        };
        document.keep(&Edit::PutSet(set)).expect("taken in");
        document.parameter = Some("canister_x_m".to_owned());
        for act in [FitAct::Column("x_mm".to_owned()), FitAct::Unit("mm".to_owned())] {
            document.lab.fit.choice.apply(&act);
        }
        document
    }

    fn fit_now(document: &mut Document) {
        let request = FitRequest { refits: 19, ..fit_request(document).expect("all is chosen") };
        let stamp = person::stamp(Some("tester"));
        let found = fit::fit(&document.place, document.study(), &request, &stamp, &Silent).expect("fits");
        let fits = Arc::new(Fits::of(&found));
        let request = FitRequest { refits: USUAL_REFITS, ..request };
        document.lab.take_in(LabOutcome::Fitted(request, Ok((Arc::new(found), fits))));
    }

    #[test]
    fn a_fit_is_taken_as_one_step_with_where_it_comes_from() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = document(dir.path());
        let before = Arc::clone(document.shown_family().expect("a family"));
        fit_now(&mut document);
        let stamp = person::stamp(Some("tester"));
        take(&mut document, "Uniform", &stamp).expect("taken");
        let own = document.shown_family().and_then(|family| family.parameter("canister_x_m")).expect("there").clone();
        let fitted = own.fitted.expect("says where from");
        assert_eq!(
            (fitted.set.as_str(), fitted.column.as_str(), fitted.n),
            ("takes", "x_mm", 64),
            "the held one is out"
        );
        assert!(fitted.low >= 0.3 && fitted.high <= 0.34, "metres: {fitted:?}");
        assert!(fitted.judged.starts_with("STAND-IN"), "{}", fitted.judged);
        document.undo().expect("one step");
        assert_eq!(**document.shown_family().expect("a family"), *before, "as it was");
        assert!(document.undo().is_none(), "one step only");
    }

    #[test]
    fn a_fit_of_something_else_is_not_taken() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = document(dir.path());
        let stamp = person::stamp(Some("tester"));
        assert!(take(&mut document, "Uniform", &stamp).is_err(), "nothing was fitted");
        fit_now(&mut document);
        let refused = take(&mut document, "Nonsense", &stamp).expect_err("no such fit");
        assert!(refused.contains("none of the fits"), "{refused}");
        document.parameter = Some("drop_time_s".to_owned());
        let refused = take(&mut document, "Uniform", &stamp).expect_err("fitted for another parameter");
        assert!(refused.contains("fit again"), "{refused}");
        assert!(document.undo().is_none(), "nothing changed");
    }

    #[test]
    fn what_is_stopped_is_told_apart_from_what_is_refused() {
        let mut running = Running::default();
        running.started(4);
        running.ended(3, true);
        assert_eq!((running.id, running.cancelled), (Some(4), false), "another job");
        running.ended(4, true);
        assert_eq!((running.id, running.cancelled), (None, true));
        running.started(5);
        assert!(!running.cancelled, "asked anew");
    }

    #[test]
    fn a_window_that_takes_over_waits_for_no_job_of_the_one_before() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = document(dir.path());
        document.lab.fit.running.started(3);
        (document.lab.reading, document.lab.matching.reading) = (Some(("takes".to_owned(), 4)), Some(5));
        let opened = Err("no such folder".to_owned());
        document.sets = [("cut off".to_owned(), Err(OPENING.to_owned())), ("broken".to_owned(), opened)].into();
        document.cut_off();
        let running = |running: &Running| (running.id, running.cancelled);
        assert_eq!(running(&document.lab.fit.running), (None, true));
        assert_eq!(running(&document.lab.estimate.running), (None, false), "none ran");
        assert_eq!((&document.lab.reading, document.lab.matching.reading), (&None, None));
        let names: Vec<&String> = document.sets.keys().collect();
        assert_eq!(names, ["broken"], "the other one is opened again");
    }
}
