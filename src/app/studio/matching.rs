//! The page that matches a real camera, done: the worker that draws what is tried, the real picture, fits, the edit.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use eframe::egui;

use crate::app::jobs::Wake;
use crate::app::lab::Page;
use crate::app::lab::matching::{Adding, FrameSet, Laid, MatchAct, MatchState, MatchView, PairShown};
use crate::app::latest::Latest;
use crate::app::shell::Workspace;
use crate::app::{theme, view};
use crate::base::Rgb;
use crate::run::import::visible_episodes;
use crate::run::match_camera::{
    self, Pair, RealPicture, Scene, Synthetic, Trial, Viewer, edges, light_words, pose_words, why_no_light,
};
use crate::run::preview::Preview;

use super::document::Document;
use super::fill_compare::origin;
use super::lab::{LabOutcome, LitTo};
use super::live::{self, SharedRenderer};
use super::tasks::{self, Outcome, Picking, Purpose};
use super::{Studio, stamp};

/// Files that a real picture may be.
const PICTURES: [&str; 7] = ["png", "jpg", "jpeg", "bmp", "ppm", "pgm", "pnm"];
/// What a difference is multiplied by.
const GAIN: f32 = 4.0;
/// What the real picture is uploaded as.
pub(super) const REAL: &str = "match real";

/// The page's own part of the document.
#[derive(Default)]
pub(super) struct Matching {
    /// What is tried.
    pub(super) state: MatchState,
    /// The real picture, and where it comes from.
    pub(super) real: Option<(RealPicture, Arc<Rgb>)>,
    /// The job that reads a picture.
    pub(super) reading: Option<u64>,
    /// The family that is matched: another one begins anew.
    of: String,
}

/// What is to be seen.
#[derive(Clone)]
pub(super) struct MatchAsk {
    scene: live::Scene,
    index: u64,
    time_s: f64,
    real: Arc<Rgb>,
    laid: Laid,
    trial: Option<Trial>,
}

impl MatchAsk {
    /// Whether both are of the same moment in the same size.
    fn same_moment(&self, other: &Self) -> bool {
        self.scene.same(&other.scene)
            && self.index == other.index
            && self.time_s == other.time_s
            && (self.real.width, self.real.height) == (other.real.width, other.real.height)
    }

    fn same(&self, other: &Self) -> bool {
        self.same_moment(other)
            && Arc::ptr_eq(&self.real, &other.real)
            && self.laid == other.laid
            && self.trial == other.trial
    }
}

/// What was seen.
#[derive(Clone)]
pub(super) struct MatchShown {
    /// The question that it answers.
    ask: MatchAsk,
    scene: Arc<Scene>,
    synthetic: Synthetic,
    /// The difference, or the edges of both.
    laid: Option<Arc<egui::ColorImage>>,
}

/// The worker.
pub(super) type MatchWorker = Latest<MatchAsk, Result<MatchShown, String>>;

/// The worker with what it was asked last; its thread begins when the page is first shown.
#[derive(Default)]
pub(super) struct LiveMatch {
    worker: Option<Result<MatchWorker, String>>,
    asked: Option<MatchAsk>,
}

/// Starts the worker.
fn worker(shared: &SharedRenderer, wake: Wake) -> Result<MatchWorker, String> {
    let shared = shared.clone();
    let mut kept: Option<(MatchAsk, Arc<Scene>)> = None;
    // Another moment of the same draw is not simulated again.
    let mut episode: Option<(live::Scene, u64, Preview)> = None;
    let mut viewer = Viewer::default();
    let work = move |ask: MatchAsk, _: &AtomicBool| {
        let mut answer = || -> Result<MatchShown, crate::run::RunError> {
            let before = kept.take();
            let same = |before: &&(MatchAsk, Arc<Scene>)| before.0.same_moment(&ask);
            let scene = if let Some((_, scene)) = before.as_ref().filter(same) {
                Arc::clone(scene)
            } else {
                let known = episode.take().filter(|(scene, index, _)| scene.same(&ask.scene) && *index == ask.index);
                let (_, _, preview) = match known {
                    Some(known) => episode.insert(known),
                    None => episode.insert((ask.scene.clone(), ask.index, ask.scene.simulate(ask.index)?)),
                };
                let size_px = [ask.real.width, ask.real.height];
                Arc::new(Scene::new(&ask.scene.family, preview, ask.time_s, size_px)?)
            };
            kept = Some((ask.clone(), Arc::clone(&scene)));
            let trial = ask.trial.unwrap_or_else(|| scene.own());
            let mut seen = None;
            shared.with(|renderer| {
                seen = Some(viewer.see(renderer, &scene, &trial)?);
                Ok(())
            })?;
            let synthetic = seen.ok_or(crate::run::RunError::Stopped)?;
            let laid = laid(&ask, &synthetic.colour).map(Arc::new);
            Ok(MatchShown { scene, synthetic, laid, ask: ask.clone() })
        };
        Some(answer().map_err(|error| error.to_string()))
    };
    Latest::new("match", wake, work).map_err(|error| format!("the system gave no thread for the match: {error}"))
}

/// What lies over the real picture where it is more than the synthetic one.
fn laid(ask: &MatchAsk, synthetic: &Rgb) -> Option<egui::ColorImage> {
    match ask.laid {
        Laid::Overlay | Laid::Wipe => None,
        Laid::Difference => crate::app::difference::difference_image(&ask.real, synthetic, GAIN),
        Laid::Edges => Some(both_edges(&ask.real, synthetic)),
    }
}

/// The real picture, dark, with its own edges and those of the synthetic one in their colours.
fn both_edges(real: &Rgb, synthetic: &Rgb) -> egui::ColorImage {
    let (own, made) = (edges(real), edges(synthetic));
    let [blue, orange] = [theme::BADGE_REAL, theme::BADGE_SYNTHETIC];
    let pixels = real.pixels().zip(own.iter().zip(&made)).map(|(under, (own, made))| match (own, made) {
        (0, 0) => {
            let [r, g, b] = under.map(|channel| channel / 3);
            egui::Color32::from_rgb(r, g, b)
        }
        (0, _) => orange,
        (_, 0) => blue,
        _ => theme::WHITE,
    });
    egui::ColorImage::new([real.width as usize, real.height as usize], pixels.collect())
}

impl LiveMatch {
    fn last(&self) -> Option<&Result<MatchShown, String>> {
        self.worker.as_ref()?.as_ref().ok()?.last()
    }

    /// The last picture, where it is of what is asked for now.
    fn current(&self) -> Option<&MatchShown> {
        let shown = self.last()?.as_ref().ok()?;
        self.asked.as_ref().is_some_and(|asked| asked.same(&shown.ask)).then_some(shown)
    }
}

impl Studio {
    fn is_matching(&self) -> bool {
        self.shell.workspace == Workspace::Author && self.shell.lab.page == Page::Match
    }

    /// Asks for what is tried, while the page is shown, and takes newer pictures in.
    pub(super) fn settle_match(&mut self, ctx: &egui::Context) {
        if !self.is_matching() {
            return;
        }
        let Some(document) = &mut self.document else { return };
        document.begin_match();
        let Some(scene) = document.scene() else { return };
        let matching = &document.lab.matching;
        let Some((_, real)) = &matching.real else { return };
        let ask = MatchAsk {
            scene,
            index: document.draw,
            time_s: document.time_s,
            real: Arc::clone(real),
            laid: self.shell.lab.matching.laid,
            trial: matching.state.trial(),
        };
        let live = &mut self.live.matching;
        let (shared, repaint) = (&self.live.renderer, ctx.clone());
        let worker = live.worker.get_or_insert_with(|| worker(shared, Arc::new(move || repaint.request_repaint())));
        let Ok(worker) = worker else { return };
        if live.asked.as_ref().is_none_or(|before| !before.same(&ask)) {
            worker.ask(ask.clone());
            live.asked = Some(ask);
        }
        if worker.poll()
            && let Some(Ok(shown)) = worker.last()
        {
            self.live.uploads.put(ctx, "match synthetic", theme::color_image(&shown.synthetic.colour));
            match &shown.laid {
                Some(laid) => drop(self.live.uploads.put(ctx, "match laid", (**laid).clone())),
                None => self.live.uploads.forget("match laid"),
            }
        }
    }

    /// Does what the person wants on the page.
    pub(super) fn match_act(&mut self, act: MatchAct) {
        let current = self.live.matching.current().cloned();
        let Some(document) = &mut self.document else { return };
        let state = &mut document.lab.matching.state;
        match act {
            MatchAct::Choose => self.choose_picture(),
            MatchAct::Frame(set, episode, frame, camera) => {
                self.read_real(RealPicture::Frame(set, episode, frame, camera));
            }
            MatchAct::Try(trial, gesture) => state.attempt(Some(trial), Some(gesture)),
            MatchAct::Add(on) => state.adding = if on { Adding::Point } else { Adding::No },
            MatchAct::At(pixel) => add_at(state, current.as_ref(), pixel),
            MatchAct::Remove(at) => state.remove(at),
            MatchAct::FitPose => fit_pose(state, current.as_ref()),
            MatchAct::FitLight => self.fit_light(current),
            MatchAct::Reset => {
                state.attempt(None, None);
                state.adding = Adding::No;
            }
            MatchAct::Save => self.save_match(current),
            MatchAct::Cancel => {
                document.lab.matching = Matching::default();
                self.shell.lab.page = Page::Preview;
            }
        }
    }

    fn choose_picture(&mut self) {
        let picking = Picking { title: "Choose a picture", from: None, endings: Some(("Picture", &PICTURES)) };
        tasks::pick(&mut self.jobs, Purpose::RealPicture, picking, self.picker.clone());
    }

    /// Whether `path` is a picture that the page takes, which is then shown.
    pub(super) fn drop_picture(&mut self, path: &Path) -> bool {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let is_picture = ending.is_some_and(|ending| PICTURES.contains(&ending.as_str())) && path.is_file();
        let takes = is_picture && self.is_matching() && self.document.is_some();
        if takes {
            self.read_real(RealPicture::File(path.to_owned()));
        }
        takes
    }

    /// Lets a job read a real picture.
    pub(super) fn read_real(&mut self, picture: RealPicture) {
        let Some(document) = &mut self.document else { return };
        let (place, study) = (document.place.clone(), Arc::clone(document.study()));
        let open = match &picture {
            RealPicture::Frame(set, ..) => document.set(set).map(Arc::clone),
            RealPicture::File(_) => None,
        };
        let folder = place.folder.clone();
        let id = self.jobs.start("match picture", "Reading a picture", move |monitor| {
            let read = match &open {
                Some(set) => match_camera::frame_of(set, &study, &picture),
                None => match_camera::real_picture(&place, &study, &picture, monitor),
            };
            let read = read.map(Arc::new).map_err(|error| error.to_string());
            Ok(Outcome::Lab(LabOutcome::Picture(folder, picture, read)))
        });
        document.lab.matching.reading = Some(id);
    }

    /// Lets a job fit exposure and balance.
    fn fit_light(&mut self, current: Option<MatchShown>) {
        let Some(shown) = current else { return };
        let MatchAsk { scene, trial, real, .. } = &shown.ask;
        let to = LitTo { family: Arc::clone(&scene.family), trial: *trial, real: Arc::clone(real) };
        self.jobs.start("match light", "Fitting exposure and white balance", move |_| {
            let fitted = shown.scene.fit_light(&shown.ask.real, &shown.synthetic);
            let told = fitted.map(|(trial, fit)| (trial, light_words(&fit))).map_err(|error| error.to_string());
            Ok(Outcome::Lab(LabOutcome::Lit(to, told)))
        });
    }

    /// Puts the tried camera into the family, as one step, and goes back to the preview.
    fn save_match(&mut self, current: Option<MatchShown>) {
        let Some(document) = &mut self.document else { return };
        let Some(shown) = current else {
            document.lab.matching.state.refused = Some("the picture is still on its way; save again then".to_owned());
            return;
        };
        let Some((source, _)) = &document.lab.matching.real else { return };
        let kept = match_camera::keep(&document.place, (&shown.scene, &shown.synthetic.trial), source, &stamp());
        let said = kept.and_then(|(edit, remarks)| {
            document.edit_as(format!("Match the camera of {}", shown.scene.family.id), edit, None)?;
            document.refresh();
            Ok(remarks)
        });
        match said {
            Ok(remarks) => {
                document.lab.matching = Matching::default();
                self.shell.lab.page = Page::Preview;
                let more = remarks.iter().fold(String::new(), |text, remark| text + "; " + remark);
                self.status = format!("The camera of {} is matched{more}", shown.scene.family.id);
            }
            Err(error) => document.lab.matching.state.refused = Some(error.to_string()),
        }
    }

    /// Undo and redo of the page come before those of the study; whether it did something.
    pub(super) fn undo_match(&mut self, back: bool) -> bool {
        if !self.is_matching() {
            return false;
        }
        let Some(document) = &mut self.document else { return false };
        let state = &mut document.lab.matching.state;
        let done = if back { state.undo() } else { state.redo() };
        if done {
            (if back { "Took back a step of the match" } else { "Did a step of the match again" })
                .clone_into(&mut self.status);
        }
        done
    }

    /// What the page shows.
    pub(super) fn fill_match(&self) -> MatchView {
        let Some(document) = self.document.as_ref().filter(|_| self.is_matching()) else { return MatchView::default() };
        let (matching, live) = (&document.lab.matching, &self.live.matching);
        let shown = live.last().and_then(|last| last.as_ref().ok()).filter(|_| matching.real.is_some());
        let failed = live.last().and_then(|last| last.as_ref().err());
        let failed = failed.or_else(|| live.worker.as_ref().and_then(|worker| worker.as_ref().err()));
        let is_late = matching.real.is_some() && live.current().is_none() && failed.is_none();
        let state = &matching.state;
        let mut view = MatchView {
            source: matching.real.as_ref().map(|(source, _)| source.clone()),
            origin: matching.real.as_ref().map(|(source, _)| origin_of(document, source)).unwrap_or_default(),
            adding: state.adding,
            said: state.said.clone(),
            refused: state.refused.clone().or_else(|| failed.cloned().filter(|_| matching.real.is_some())),
            busy: if matching.reading.is_some() { Some("Reading the picture") } else { is_late.then_some("Drawing") },
            frames: frames(document),
            moment: format!("Held against draw {} at {}", document.draw, theme::with_unit(document.time_s, 2, "s")),
            ..MatchView::default()
        };
        if let Some((_, real)) = &matching.real {
            view.real = self.live.uploads.id(REAL).map(|id| (id, [real.width, real.height]));
        }
        if let Some(MatchShown { scene, synthetic, ask, .. }) = shown {
            let trial = state.trial().unwrap_or_else(|| scene.own());
            let off = scene.residuals_px(&trial, state.pairs()).into_iter();
            let pair = |(pair, off_px): (&Pair, f64)| PairShown {
                point: scene.project(&trial, pair.point_m),
                pixel: pair.pixel,
                off_px,
            };
            view.pairs = state.pairs().iter().zip(off).map(pair).collect();
            let camera = scene.camera(&trial);
            let middle = synthetic.point_m(camera.centre_px);
            view.ahead_m = middle.map_or(1.0, |point| point.distance(camera.world_from_camera.position));
            view.focal_px = camera.focal_px.y;
            view.is_calibrated = scene.is_calibrated();
            view.no_light = why_no_light(&scene.family);
            view.synthetic = self.live.uploads.id("match synthetic");
            view.laid = self.live.uploads.id("match laid").filter(|_| ask.laid == self.shell.lab.matching.laid);
            view.trial = Some((trial, scene.own()));
        }
        view
    }

    /// Takes a real picture in that a job has read for the study in `folder`.
    pub(super) fn take_in_picture(
        &mut self,
        ctx: &egui::Context,
        (folder, picture): (&Path, RealPicture),
        read: Result<Arc<Rgb>, String>,
    ) {
        let Some(document) = self.document.as_mut().filter(|document| document.place.folder == folder) else { return };
        if let Ok(real) = &read {
            self.live.uploads.put(ctx, REAL, theme::color_image(real));
        }
        document.lab.matching.take_in(picture, read);
    }
}

impl Matching {
    /// Takes a real picture in, or why there is none.
    fn take_in(&mut self, picture: RealPicture, read: Result<Arc<Rgb>, String>) {
        match read {
            Ok(real) => {
                self.state.turn_to_picture();
                self.real = Some((picture, real));
            }
            Err(why) => self.state.refused = Some(why),
        }
    }
}

impl Document {
    /// A match of another family begins anew.
    fn begin_match(&mut self) {
        if self.lab.matching.of != self.family() {
            let family = self.family().to_owned();
            let Matching { real, reading, .. } = std::mem::take(&mut self.lab.matching);
            self.lab.matching = Matching { real, reading, of: family, state: MatchState::default() };
        }
    }

    /// Takes a fitted exposure in, where what it was fitted to is what the page shows.
    pub(super) fn lit(&mut self, to: &LitTo, told: Result<(Trial, Vec<String>), String>) {
        let is_shown = self.shown_family().is_some_and(|family| Arc::ptr_eq(family, &to.family));
        let Matching { state, real, .. } = &mut self.lab.matching;
        // A match that has ended asks for nothing.
        let Some((_, real)) = real else { return };
        let fits = is_shown && state.trial() == to.trial && Arc::ptr_eq(real, &to.real);
        match told {
            Ok((trial, said)) if fits => {
                state.attempt(Some(trial), None);
                state.said = said;
            }
            Ok(_) => {
                let why = "the camera or the picture was changed meanwhile; fit the exposure again";
                state.refused = Some(why.to_owned());
            }
            Err(why) => state.refused = Some(why),
        }
    }
}

/// A click while a pair is added.
fn add_at(state: &mut MatchState, shown: Option<&MatchShown>, pixel: glam::DVec2) {
    state.refused = None;
    match state.adding {
        Adding::No => {}
        Adding::Point => match shown.map(|shown| shown.synthetic.point_m(pixel)) {
            Some(Some(point_m)) => state.adding = Adding::Pixel(point_m),
            Some(None) => {
                state.refused = Some("there is nothing but sky; click something that stands there".to_owned());
            }
            None => state.refused = Some("the picture is still on its way; click again then".to_owned()),
        },
        Adding::Pixel(point_m) => {
            state.add(Pair { point_m, pixel });
            state.adding = Adding::Point;
        }
    }
}

fn fit_pose(state: &mut MatchState, shown: Option<&MatchShown>) {
    let Some(shown) = shown else {
        state.refused = Some("the picture is still on its way; fit again then".to_owned());
        return;
    };
    let pairs = state.pairs().to_vec();
    match shown.scene.fit_pose(&shown.synthetic.trial, &pairs) {
        Ok((trial, fit)) => {
            state.attempt(Some(trial), None);
            (state.said, state.adding) = (pose_words(&fit, pairs.len()), Adding::No);
        }
        Err(why) => (state.said, state.refused) = (Vec::new(), Some(why.to_string())),
    }
}

/// A file is what the person says it is; a set says it itself, and one that is gone claims nothing.
fn origin_of(document: &Document, source: &RealPicture) -> view::Origin {
    match source {
        RealPicture::File(_) => view::Origin::Real,
        RealPicture::Frame(set, ..) => document.set(set).map_or_else(Default::default, |set| origin(set.origin)),
    }
}

/// The frames of the chosen real set that may be looked at.
fn frames(document: &Document) -> Option<FrameSet> {
    let reference = document.real_ref()?;
    let set = document.set(&reference.name)?;
    let visible = visible_episodes(set, reference);
    let episodes: Vec<(u64, u32)> =
        visible.iter().filter_map(|at| set.episodes.get(*at)).map(|one| (one.id, one.n_frames)).collect();
    let choice = crate::app::lab::SetChoice { name: reference.name.clone(), origin: origin(reference.origin) };
    let cameras = set.cameras.iter().map(|camera| camera.name.clone()).collect();
    (!episodes.is_empty()).then(|| FrameSet { set: choice, episodes: episodes.into(), cameras })
}

#[cfg(test)]
mod tests {
    use glam::DVec3;

    use super::*;
    use crate::base::Pose;
    use crate::study::Edit;
    use crate::world::Camera;

    fn picture(document: &mut Document) -> Arc<Rgb> {
        let real = Arc::new(Rgb::black(2, 2));
        document.lab.matching.take_in(RealPicture::File("real.png".into()), Ok(Arc::clone(&real)));
        real
    }

    #[test]
    fn an_exposure_is_taken_only_for_the_camera_and_the_picture_that_it_was_fitted_to() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let real = picture(&mut document);
        let pose = Pose::looking_at(DVec3::new(-0.4, 0.1, 0.6), DVec3::ZERO);
        let own = Trial::of(&Camera::with_vertical_fov(640, 480, 50.0, pose));
        let (tried, fitted) = (own.turned([2.0, 0.0, 0.0]), Trial { ev: 1.0, ..own });
        let told = || Ok((fitted, vec!["+1 EV".to_owned()]));
        let family = Arc::clone(document.shown_family().expect("a family"));
        let to = |trial, real: &Arc<Rgb>| LitTo { family: Arc::clone(&family), trial, real: Arc::clone(real) };
        let after = |document: &mut Document, to: &LitTo| {
            document.lab.matching.state.refused = None;
            document.lit(to, told());
            let state = &document.lab.matching.state;
            (state.trial(), state.refused.is_some())
        };
        // Reset while the job ran: nothing is tried any more.
        assert_eq!(after(&mut document, &to(Some(tried), &real)), (None, true));
        let newer = picture(&mut document);
        assert_eq!(after(&mut document, &to(None, &real)), (None, true), "fitted to the picture before");
        assert_eq!(after(&mut document, &to(None, &newer)), (Some(fitted), false));
        assert_eq!(after(&mut document, &to(Some(fitted), &newer)), (Some(fitted), false));
        // The family is another one now, and then the match has ended.
        let mut changed = (*family).clone();
        changed.title.push('!');
        document.edit(Edit::PutFamily(Arc::new(changed)), None).expect("edited");
        document.lab.matching.state.attempt(None, None);
        assert_eq!(after(&mut document, &to(None, &newer)), (None, true));
        document.lab.matching = Matching::default();
        assert_eq!(after(&mut document, &to(None, &newer)), (None, false));
    }
}
