//! The long acts as jobs: each calls the same function of `run` as the command line does.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::author::Boundary;
use crate::app::jobs::Jobs;
use crate::base::{Monitor, Note, Rgb};
use crate::data::{Origin, Set};
use crate::family::{Fitted, Mapping};
use crate::gate::Verdict;
use crate::render::Gpu;
use crate::run::audit::{self, AuditRequest, Audited};
use crate::run::compare::{self, CompareRequest, Comparison, Neighbourhood};
use crate::run::compare_report::{self, PageRequest};
use crate::run::export::{self, ExportRequest, Exported};
use crate::run::fit::{self, Changed};
use crate::run::generate::{self, GenerateRequest, Generated};
use crate::run::generator::{Generator, Look, Procedural};
use crate::run::import::{self, ImportRequest, Imported};
use crate::run::pairing::FrameAt;
use crate::run::seal::{self, Sealed, Verified};
use crate::run::swap::{self, SwapRequest, Swapped};
use crate::run::twins::{self, PictureId};
use crate::run::verify::{self, PackChecked};
use crate::run::{Place, RunError, Stamp, gate, lerobot, report};
use crate::study::{SetRef, Study};

use super::findings::{Dated, Twinned};

/// What came of a job.
pub(super) enum Outcome {
    /// A synthetic set stands.
    Generated(Box<Generated>),
    /// A real set was taken in.
    Imported(Box<Imported>),
    /// A set was opened for looking.
    Opened(String, Arc<Set>),
    /// A set could not be opened: name and sentence.
    OpenFailed(String, String),
    /// A path was chosen in the system's dialog, or none.
    Picked(Purpose, Option<PathBuf>),
    /// A set was looked through for shortcuts.
    Audited(Box<Dated<Audited>>),
    /// Sets were looked through for pictures that they repeat.
    Twins(Vec<Dated<Twinned>>),
    /// A parameter was exchanged among draws.
    Swapped(Box<Dated<Swapped>>),
    /// The map of a comparison was laid out by neighbourhood, where it has frames enough.
    LaidOut(Arc<Comparison>, Option<Neighbourhood>),
    /// Two sets were compared.
    Compared(Box<Comparison>),
    /// The held half was sealed.
    Sealed(Sealed),
    /// A seal was checked.
    SealChecked(String, Verified),
    /// The gate spoke.
    Judged(Box<Verdict>),
    /// A pack stands.
    Exported(Box<Exported>),
    /// A LeRobot set of a pack of the study in this folder stands.
    Lerobot(PathBuf, lerobot::Pictured),
    /// A pack was checked.
    PackVerified(PathBuf, PackChecked),
    /// The report stands.
    Reported(PathBuf),
    /// The boundary of the rare event in the family with this id.
    Bounded(String, Arc<Boundary>),
    /// Which fits' data have changed since.
    FitsCompared(Vec<Changed>),
    /// An answer to a question about a family.
    Lab(super::lab::LabOutcome),
    /// Models, rigs and panoramas were taken into the study, or not.
    Brought(Box<super::act_files::Bringing>),
    /// The columns of a real set, for the family with this id of the study in this folder.
    Columns(PathBuf, String, Box<Mapping>),
    /// Small pictures of pairs.
    Thumbnails(String, Vec<Rgb>),
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outcome")
    }
}

/// What a chosen path is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A pack to verify.
    VerifyPack,
    /// Field `n` of the open form.
    Field(usize),
    /// What a thing of a family is made of: the family's id, the thing's name.
    Thing(String, String),
    /// A real camera's picture, to match a camera to.
    RealPicture,
    /// A calibration for the camera of the family with this id.
    Calibration(String),
}

/// What a dialog asks for.
#[derive(Clone, Debug)]
pub(super) struct Picking {
    /// Over the dialog.
    pub(super) title: &'static str,
    /// Where it begins.
    pub(super) from: Option<PathBuf>,
    /// The file endings that fit and what they are called; `None` asks for a folder.
    pub(super) endings: Option<(&'static str, &'static [&'static str])>,
}

impl Picking {
    /// A folder.
    pub(super) fn folder(title: &'static str, from: Option<PathBuf>) -> Self {
        Self { title, from, endings: None }
    }
}

/// Shows a dialog and waits for its answer; a test brings its own.
pub(super) type Picker = Arc<dyn Fn(&Picking) -> Option<PathBuf> + Send + Sync>;

/// The system's own dialog.
pub(super) fn system_picker() -> Picker {
    Arc::new(|picking: &Picking| {
        let mut dialog = rfd::FileDialog::new().set_title(picking.title);
        if let Some(from) = &picking.from {
            dialog = dialog.set_directory(from);
        }
        match picking.endings {
            Some((what, endings)) => dialog.add_filter(what, endings).pick_file(),
            None => dialog.pick_folder(),
        }
    })
}

/// Asks for a path, on a thread of its own: the window goes on living.
pub(super) fn pick(jobs: &mut StudioJobs, purpose: Purpose, picking: Picking, picker: Picker) {
    jobs.start("dialog", picking.title, move |_| Ok(Outcome::Picked(purpose, picker(&picking))));
}

/// Everything a job needs of the window, copied: a job never touches the window's study.
#[derive(Clone)]
pub(super) struct Bench {
    /// The study's folder.
    pub(super) place: Place,
    /// The study as it was when the job began.
    pub(super) study: Arc<Study>,
    /// Who and when.
    pub(super) stamp: Stamp,
    /// The device.
    pub(super) gpu: Gpu,
}

/// The window's jobs.
pub(super) type StudioJobs = Jobs<Outcome>;

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands the error over")]
fn text(err: RunError) -> String {
    err.to_string()
}

/// Simulates and renders a set.
pub(super) fn generate(jobs: &mut StudioJobs, bench: Bench, request: GenerateRequest) {
    let title = format!("Generating {}", request.name);
    jobs.start("generate", title, move |monitor| {
        let make = || -> Result<Generated, RunError> {
            let mut generator = Procedural::new(&bench.gpu, Look::Family, bench.study.seed)?;
            generate::generate(&bench.place, &bench.study, &request, &mut generator, &bench.stamp, monitor)
        };
        make().map(|made| Outcome::Generated(Box::new(made))).map_err(text)
    });
}

/// Compares the columns that nominals were fitted to with what they were.
pub(super) fn compare_fits(jobs: &mut StudioJobs, bench: Bench, fits: Vec<Fitted>) {
    jobs.start("fits", "Comparing fits with their data", move |monitor| {
        fit::changed(&bench.place, &bench.study, &fits, monitor).map(Outcome::FitsCompared).map_err(text)
    });
}

/// Takes a real set in.
pub(super) fn import(jobs: &mut StudioJobs, bench: Bench, request: ImportRequest) {
    let title = format!("Taking in {}", request.path.display());
    jobs.start("import", title, move |monitor| {
        let done = import::import(&bench.place, &bench.study, &request, &bench.stamp, monitor);
        done.map(|imported| Outcome::Imported(Box::new(imported))).map_err(text)
    });
}

/// Opens a set for looking.
pub(super) fn open_set(jobs: &mut StudioJobs, place: &Place, set: &SetRef, kind: &'static str) {
    let (place, set, name) = (place.clone(), set.clone(), set.name.clone());
    jobs.start(kind, format!("Opening {name}"), move |monitor| {
        // Checked as everywhere: recordings that were added would move numbers, and what is held would be shown.
        Ok(match import::open_set(&place, &set, monitor) {
            Ok(set) => Outcome::Opened(name, Arc::new(set)),
            Err(err) => Outcome::OpenFailed(name, err.to_string()),
        })
    });
}

/// Measures the drift.
pub(super) fn compare(jobs: &mut StudioJobs, bench: Bench, request: CompareRequest) {
    let title = format!("Comparing {} with {}", request.other, request.reference);
    jobs.start("compare", title, move |monitor| {
        let found = compare::compare(&bench.place, &bench.study, &request, &bench.stamp, monitor);
        found.map(|found| Outcome::Compared(Box::new(found))).map_err(text)
    });
}

/// Seals the held half.
pub(super) fn seal(jobs: &mut StudioJobs, bench: Bench, real: &str) {
    let name = real.to_owned();
    jobs.start("seal", format!("Sealing {name}"), move |monitor| {
        seal::seal(&bench.place, &bench.study, &name, &bench.stamp, monitor).map(Outcome::Sealed).map_err(text)
    });
}

/// Reads every sealed byte again.
pub(super) fn verify_seal(jobs: &mut StudioJobs, bench: Bench, real: &str) {
    let name = real.to_owned();
    jobs.start("seal", format!("Verifying the seal on {name}"), move |monitor| {
        let found = seal::verify(&bench.place, &bench.study, &name, &bench.stamp, monitor).map_err(text)?;
        Ok(Outcome::SealChecked(name, found))
    });
}

/// Lets the gate judge.
pub(super) fn judge(jobs: &mut StudioJobs, bench: Bench, real: &str, synthetic: &str) {
    let (real, synthetic) = (real.to_owned(), synthetic.to_owned());
    jobs.start("gate", "Judging", move |monitor| {
        let verdict = gate::gate(&bench.place, &bench.study, &real, &synthetic, &bench.stamp, monitor);
        verdict.map(|verdict| Outcome::Judged(Box::new(verdict))).map_err(text)
    });
}

/// Writes a pack.
pub(super) fn export(jobs: &mut StudioJobs, bench: Bench, request: ExportRequest) {
    jobs.start("export", format!("Exporting {}", request.name), move |monitor| {
        let done = export::export(&bench.place, &bench.study, &request, &bench.stamp, monitor);
        done.map(|exported| Outcome::Exported(Box::new(exported))).map_err(text)
    });
}

/// Writes a pack as a LeRobot set.
pub(super) fn write_lerobot(jobs: &mut StudioJobs, bench: Bench, (request, out): (lerobot::PackRequest, PathBuf)) {
    jobs.start("lerobot", "Writing a LeRobot set", move |monitor| {
        let made = lerobot::of_pack(&request, &out, monitor);
        made.map(|made| Outcome::Lerobot(bench.place.folder, made)).map_err(text)
    });
}

/// Verifies a pack and renders two of its draws again.
pub(super) fn verify_pack(jobs: &mut StudioJobs, bench: Bench, pack: PathBuf) {
    jobs.start("verify", "Verifying the pack", move |monitor| {
        let checked = verify::verify(&bench.place, &pack, 2, Some(&bench.gpu), monitor).map_err(text)?;
        Ok(Outcome::PackVerified(pack, checked))
    });
}

/// Reads the names of a real set's columns for the family called so.
pub(super) fn take_columns(jobs: &mut StudioJobs, bench: Bench, set: String, family: String) {
    jobs.start("columns", "Reading columns", move |monitor| {
        let mapping = lerobot::columns_of(&bench.place, &bench.study, &set, monitor).map_err(text)?;
        Ok(Outcome::Columns(bench.place.folder, family, Box::new(mapping)))
    });
}

/// Writes the report.
pub(super) fn write_report(jobs: &mut StudioJobs, bench: Bench) {
    jobs.start("report", "Writing the report", move |monitor| {
        let out = bench.place.folder.join("report.html");
        report::report(&bench.place, &bench.study, &out, &bench.stamp, monitor).map(Outcome::Reported).map_err(text)
    });
}

/// Looks for shortcuts.
pub(super) fn audit(jobs: &mut StudioJobs, bench: Bench, set: &str, camera: usize) {
    let request = AuditRequest { camera, ..AuditRequest::of(set.to_owned()) };
    jobs.start("audit", format!("Auditing {set}"), move |monitor| {
        let look = || audit::audit(&bench.place, &bench.study, &request, &bench.stamp, monitor);
        let found = dated((&bench.place, &bench.study), &request.set, look);
        found.map(|found| Outcome::Audited(Box::new(found))).map_err(text)
    });
}

/// What `look` finds of the set called so, with what the set was before.
fn dated<T>(
    (place, study): (&Place, &Study),
    set: &str,
    look: impl FnOnce() -> Result<T, RunError>,
) -> Result<Dated<T>, RunError> {
    // Before anything is read: whatever is made anew from here on is another set.
    let identity = compare::identity(place, import::set_ref(study, set)?);
    Ok(Dated { found: look()?, identity })
}

/// Looks for pictures that the sets called so repeat, each through the camera at this position; one without pictures is passed over.
pub(super) fn find_twins(jobs: &mut StudioJobs, bench: Bench, sides: Vec<(String, usize)>) {
    let names: Vec<&str> = sides.iter().map(|(name, _)| name.as_str()).collect();
    let title = format!("Looking for twins in {}", names.join(" and "));
    jobs.start("twins", title, move |monitor| {
        let one = |(name, camera): &(String, usize)| {
            twinned((&bench.place, &bench.study), (name, *camera), monitor).transpose()
        };
        sides.iter().filter_map(one).collect::<Result<_, _>>().map(Outcome::Twins).map_err(text)
    });
}

/// Which pictures a set repeats through a camera, those it repeats most drawn beside one of their twins; what is held back is told of and
/// stays grey. `None` of a set without pictures.
pub(super) fn twinned(
    (place, study): (&Place, &Study),
    (name, camera): (&str, usize),
    monitor: &dyn Monitor,
) -> Result<Option<Dated<Twinned>>, RunError> {
    let set_ref = import::set_ref(study, name)?;
    let identity = compare::identity(place, set_ref);
    let set = import::open_set(place, set_ref, monitor)?;
    if set.cameras.is_empty() {
        return Ok(None);
    }
    let found = twins::by_looks(&set, set_ref, camera, monitor)?;
    let half = |one: PictureId| match set.position(one.episode) {
        Some(episode) if !set_ref.held.contains(&one.episode) => {
            small((&set, camera), FrameAt { episode, frame: one.frame }, TWIN_PX, monitor)
        }
        _ => grey(TWIN_PX),
    };
    let pictures = found.most_repeated.iter().map(|one| side_by_side(&half(one.picture), &half(one.twin))).collect();
    Ok(Some(Dated { found: Twinned { found, camera, pictures }, identity }))
}

/// Lays the map of a comparison out by neighbourhood.
pub(super) fn lay_map_out(jobs: &mut StudioJobs, found: Arc<Comparison>, seed: u64) {
    jobs.start("map", "Laying the map out by neighbourhood", move |monitor| {
        let Some(map) = &found.map else { return Ok(Outcome::LaidOut(Arc::clone(&found), None)) };
        let laid = map.neighbourhood(seed, monitor).map_err(text)?;
        Ok(Outcome::LaidOut(Arc::clone(&found), laid))
    });
}

/// Exchanges a parameter among draws of a set.
pub(super) fn swap(jobs: &mut StudioJobs, bench: Bench, request: SwapRequest) {
    jobs.start("audit", format!("Swapping {} in {}", request.parameter, request.set), move |monitor| {
        let make = || -> Result<Swapped, RunError> {
            let mut generator = Procedural::new(&bench.gpu, Look::Family, bench.study.seed)?;
            let made = (&mut generator as &mut dyn Generator, &bench.stamp);
            Ok(swap::swap(&bench.place, &bench.study, &request, made, monitor)?.0)
        };
        let found = dated((&bench.place, &bench.study), &request.set, make);
        found.map(|found| Outcome::Swapped(Box::new(found))).map_err(text)
    });
}

/// Writes a comparison as a page.
pub(super) fn write_page(jobs: &mut StudioJobs, bench: Bench, found: Arc<Comparison>, request: PageRequest) {
    jobs.start("report", "Writing the page", move |monitor| {
        let made = compare_report::write(&bench.place, &bench.study, &found, &request, &bench.stamp, monitor);
        made.map(Outcome::Reported).map_err(text)
    });
}

/// Width and height of one half of a pair's thumbnail.
const THUMBNAIL_PX: [u32; 2] = [96, 72];
/// Of one half of a pair of twins, which is looked at larger.
const TWIN_PX: [u32; 2] = [192, 144];

/// Small pictures of each pair: the reference left.
pub(super) fn thumbnails(
    jobs: &mut StudioJobs,
    key: String,
    moments: Vec<[FrameAt; 2]>,
    (sets, cameras): ([Arc<Set>; 2], [usize; 2]),
) {
    jobs.start("thumbnails", "Drawing the pairs", move |monitor| {
        let total = moments.len() as u64;
        let mut pictures = Vec::new();
        for (done, [one, two]) in moments.iter().enumerate() {
            monitor.step("Drawing the pairs", done as u64, total);
            if monitor.stopped() {
                return Err("stopped".to_owned());
            }
            let left = small((&sets[0], cameras[0]), *one, THUMBNAIL_PX, monitor);
            pictures.push(side_by_side(&left, &small((&sets[1], cameras[1]), *two, THUMBNAIL_PX, monitor)));
        }
        Ok(Outcome::Thumbnails(key, pictures))
    });
}

/// A frame of a camera made small, grey where it cannot be read.
fn small((set, camera): (&Set, usize), at: FrameAt, size_px: [u32; 2], monitor: &dyn Monitor) -> Rgb {
    match set.frame(camera, at.episode, at.frame) {
        Ok(picture) => picture.resized(size_px[0], size_px[1]),
        Err(err) => {
            monitor.note(Note::new(&set.name, err.to_string()));
            grey(size_px)
        }
    }
}

fn grey([width, height]: [u32; 2]) -> Rgb {
    let mut grey = Rgb::black(width, height);
    grey.bytes.fill(0x80);
    grey
}

fn side_by_side(left: &Rgb, right: &Rgb) -> Rgb {
    let mut out = Rgb::black(left.width + right.width, left.height);
    let row = left.width as usize * 3;
    for (y, target) in out.bytes.chunks_exact_mut(row * 2).enumerate() {
        target[..row].copy_from_slice(&left.bytes[y * row..][..row]);
        target[row..].copy_from_slice(&right.bytes[y * row..][..row]);
    }
    out
}

/// Whether a set is what a gate may judge on.
pub(super) fn is_reality(origin: Origin) -> bool {
    matches!(origin, Origin::Real | Origin::StandIn)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::app::jobs::JobEvent;
    use crate::app::studio::document::Document;
    use crate::family::Family;
    use crate::render::{Extra, Frame, Wanted};
    use crate::run::generator::{Generator, GeneratorInfo};
    use crate::run::method::Placement;
    use crate::run::{new, person};
    use crate::sample::Draw;
    use crate::world::Episode;

    /// No picture is asked for while a search runs.
    struct Never;

    impl Generator for Never {
        fn describe(&self) -> GeneratorInfo {
            let none = String::new;
            GeneratorInfo { kind: none(), adapter: none(), driver: none(), backend: none() }
        }

        fn frame_with(
            &mut self,
            _: &Family,
            _: &Draw,
            _: (&Episode, usize),
            _: Wanted,
        ) -> Result<(Frame, Extra), RunError> {
            Err(RunError::Request("a frame was asked for".to_owned()))
        }
    }

    #[test]
    fn a_methods_search_says_how_far_it_is_and_leaves_nothing_when_cancelled() {
        let dir = tempfile::tempdir().expect("temp dir");
        let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
        new::new(&place, 1, &person::stamp(Some("tester"))).expect("a study");
        let document = Document::open(&place.folder, place.keys_folder.clone()).expect("opens");
        let (study, stamp) = (Arc::clone(document.study()), person::stamp(Some("tester")));
        let request = GenerateRequest {
            family: study.families.first().expect("an example").id.clone(),
            name: "hard".to_owned(),
            count: 3,
            from: 0,
            every: 6,
            origin: Origin::Synthetic,
            placement: Placement::Subset { budget: 1_000_000 },
            channels: Vec::new(),
            controls: Vec::new(),
        };
        let target = place.set_folder(&request.name);
        let mut jobs = StudioJobs::new(Arc::new(|| {}));
        let id = jobs.start("generate", "Generating hard", move |monitor| {
            let made = generate::generate(&place, &study, &request, &mut Never, &stamp, monitor);
            made.map(|made| Outcome::Generated(Box::new(made))).map_err(text)
        });
        let mut wait = |mut seen: Box<dyn FnMut(&mut StudioJobs) -> bool + '_>| {
            let mut tries = 0;
            while !seen(&mut jobs) {
                assert!(tries < 6_000, "a minute is enough");
                tries += 1;
                std::thread::sleep(Duration::from_millis(10));
            }
        };
        wait(Box::new(|jobs| {
            let lines = jobs.lines();
            let line = lines.first().expect("it runs for long");
            line.step.done > 0 && line.share.is_some_and(|share| share > 0.0 && share < 1.0)
        }));
        wait(Box::new(|jobs| {
            jobs.cancel(id);
            let ended = jobs.poll();
            assert!(ended.iter().all(|event| matches!(event, JobEvent::Cancelled { .. })), "neither done nor failed");
            !ended.is_empty()
        }));
        assert!(!target.exists(), "nothing is left");
    }
}
