//! What is held beside what in the Compare workspace: the two sets, their cameras, how episodes are matched, and what a person
//! does about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::app::channel::Map;
use crate::app::command::Command;
use crate::app::jobs::Wake;
use crate::app::latest::Latest;
use crate::app::message::CompareAct;
use crate::app::shell::Workspace;
use crate::app::view::Form;
use crate::app::widgets::compare::{CompareState, Mode};
use crate::base::{Monitor, Note};
use crate::data::{ColumnInfo, Set};
use crate::run::annotations;
use crate::run::compare::{CompareRequest, Measuring};
use crate::run::compare_report::{self, PageRequest};
use crate::run::conditions::{self, Conditions, Said};
use crate::run::import;
use crate::run::pairing::{self, EpisodePair, FrameAt, MatchBy, Moment, Pairing, Side, TimeLock};
use crate::run::place::Place;
use crate::study::{Edit, PairRemark, SetRef};

use super::dialog::{self, Dialog};
use super::document::Document;
use super::pairs::{PairAsk, SideAsk};
use super::{Studio, tasks};

/// Names of the textures of both sides.
pub(super) const SIDES: [&str; 2] = ["reference", "other"];

/// How a picture of the difference is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct DifferenceLook {
    gain_bits: u32,
    /// The heat map's colours; `None` for the difference of each channel.
    pub(super) map: Option<Map>,
}

impl DifferenceLook {
    /// What `state` shows; `None` where it shows no difference.
    pub(super) fn of(state: &CompareState) -> Option<Self> {
        let map = match state.mode {
            Mode::Difference => None,
            Mode::Heat => Some(state.map),
            _ => return None,
        };
        Some(Self { gain_bits: state.gain.to_bits(), map })
    }
}

/// Pairs on a page: so many thumbnails are drawn at once.
pub(super) const PAGE: usize = 48;

/// What a person chose; lives with the open study and is no part of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Beside {
    /// The sets' names, where they are others than the chosen real and synthetic one.
    pub(super) sets: [Option<String>; 2],
    /// Positions of the cameras.
    pub(super) cameras: [usize; 2],
    /// How episodes are matched.
    pub(super) by: MatchBy,
    /// What time is locked by.
    pub(super) lock: TimeLock,
    /// The signals that were chosen; an empty name is none, and nothing chosen leaves it to the studio.
    pub(super) signals: [Option<String>; 2],
    /// What was asked last: how closely sets are compared, and on what.
    pub(super) measuring: Measuring,
}

/// One side of a question for pairs.
#[derive(Clone)]
struct Asked {
    set: Arc<Set>,
    set_ref: SetRef,
    camera: usize,
}

/// Which sets are to be paired, and how.
#[derive(Clone)]
pub(super) struct PairingAsk {
    place: Place,
    sides: [Asked; 2],
    by: MatchBy,
}

impl PairingAsk {
    /// Whether it asks what `document` needs to know now: looked at in every frame of the window, so nothing is copied. Where looks do
    /// not count, the camera does not matter.
    fn is_of(&self, document: &Document) -> bool {
        let compared = document.compared();
        let same = |at: usize| {
            let (asked, Some(set_ref)) = (&self.sides[at], compared[at]) else { return false };
            document.set(&set_ref.name).is_some_and(|set| Arc::ptr_eq(set, &asked.set))
                && asked.set_ref == *set_ref
                && (asked.camera == document.camera_of(at) || self.by != MatchBy::Nearest)
        };
        self.by == document.beside.by && same(0) && same(1)
    }
}

/// The pairs, and under which conditions there are some.
pub(super) struct PairingShown {
    ask: PairingAsk,
    pub(super) pairing: Result<Arc<Pairing>, String>,
    pub(super) shared: Vec<String>,
    /// What is known of the episodes of both sides.
    pub(super) conditions: [Arc<Conditions>; 2],
}

/// The worker.
pub(super) type Pairer = Latest<PairingAsk, PairingShown>;

/// Hears that a newer question waits; what it is told of single frames is told again where they are shown.
struct Until<'a>(&'a AtomicBool);

impl Monitor for Until<'_> {
    fn step(&self, _stage: &str, _done: u64, _total: u64) {}
    fn note(&self, _note: Note) {}
    fn stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Starts the worker.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn pairer(wake: Wake) -> Result<Pairer, String> {
    // A file a draw is read for what came of it: once, and not at every other way of matching.
    let mut kept: [Option<(Asked, Arc<Conditions>)>; 2] = [None, None];
    let work = move |ask: PairingAsk, stop: &AtomicBool| {
        for (kept, side) in kept.iter_mut().zip(&ask.sides) {
            if !kept.as_ref().is_some_and(|(of, _)| Arc::ptr_eq(&of.set, &side.set) && of.set_ref == side.set_ref) {
                let known = conditions::conditions(&ask.place, &side.set, &side.set_ref, &Until(stop));
                *kept = Some((side.clone(), Arc::new(known)));
            }
        }
        let [Some((_, one)), Some((_, two))] = &kept else { return None };
        let sides = sides_of(&ask.sides, [one, two]);
        let pairing = match pairing::pair_up(sides, &ask.by, &Until(stop)) {
            Err(_) if stop.load(Ordering::Relaxed) => return None,
            found => found.map(Arc::new).map_err(|err| err.to_string()),
        };
        let shared = pairing::shared(sides);
        let conditions = [Arc::clone(one), Arc::clone(two)];
        Some(PairingShown { ask, pairing, shared, conditions })
    };
    Latest::new("pairing", wake, work).map_err(|err| format!("the system gave no thread for the pairs: {err}"))
}

fn sides_of<'a>(asked: &'a [Asked; 2], known: [&'a Conditions; 2]) -> [Side<'a>; 2] {
    [0, 1].map(|at| Side {
        set: &asked[at].set,
        set_ref: &asked[at].set_ref,
        camera: asked[at].camera,
        conditions: known[at],
    })
}

impl Document {
    /// Both sides' sets, the reference first: those that were chosen here, else the chosen real and synthetic one. Without a
    /// synthetic set two real ones stand beside each other.
    pub(super) fn compared(&self) -> [Option<&SetRef>; 2] {
        let study = self.study();
        let chosen = self.beside.sets.each_ref().map(|name| name.as_deref().and_then(|name| study.set(name)));
        let reference = chosen[0].or_else(|| self.real_ref()).or_else(|| self.synthetic_ref());
        let taken = |set: &&SetRef| reference.is_none_or(|reference| reference.name != set.name);
        let other = chosen[1]
            .or_else(|| self.synthetic_ref())
            .or_else(|| self.real_ref())
            .filter(taken)
            .or_else(|| study.sets.iter().rev().find(taken));
        [reference, other]
    }

    /// How the two sets are compared: as they were before, else as was asked last.
    pub(super) fn measuring(&self) -> &Measuring {
        let before = self.comparison.as_ref().and_then(|found| found.measuring.as_ref());
        before.unwrap_or(&self.beside.measuring)
    }

    /// The camera of a side; the first where the set has not so many.
    pub(super) fn camera_of(&self, side: usize) -> usize {
        let set = self.compared()[side].and_then(|set| self.set(&set.name));
        let cameras = set.map_or(0, |set| set.cameras.len());
        Some(self.beside.cameras[side]).filter(|camera| *camera < cameras).unwrap_or(0)
    }

    /// The signals of a side by name, with the column and the component that each is.
    pub(super) fn signals_of(&self, side: usize) -> Vec<(String, String, usize)> {
        let set = self.compared()[side].and_then(|set| self.set(&set.name));
        let of_column = |column: &ColumnInfo| -> Vec<(String, String, usize)> {
            (0..column.names.len()).map(|at| (column.whole_name(at), column.name.clone(), at)).collect()
        };
        set.map_or_else(Vec::new, |set| set.columns.iter().flat_map(of_column).collect())
    }

    /// Name, column and component of the shown signal of a side. Nothing chosen, it is the one that differs most, else the first
    /// that both sides have, or the first.
    pub(super) fn signal_of(&self, side: usize) -> Option<(String, String, usize)> {
        let offered = self.signals_of(side);
        if let Some(name) = &self.beside.signals[side] {
            return offered.into_iter().find(|(own, _, _)| own == name);
        }
        let differs = self.comparison.as_deref().map_or(&[][..], |found| &found.signals.signals);
        let most = differs.iter().find_map(|one| offered.iter().find(|(own, _, _)| *own == one.name));
        if let Some(most) = most {
            return Some(most.clone());
        }
        let others = self.signals_of(1 - side);
        let is_shared = |one: &&(String, String, usize)| others.iter().any(|other| other.0 == one.0);
        offered.iter().find(is_shared).or(offered.first()).cloned()
    }

    /// What the worker is asked for where both sets are open.
    fn pairing_ask(&self) -> Option<PairingAsk> {
        let [reference, other] = self.compared();
        let side = |at: usize, set_ref: &SetRef| {
            let set = Arc::clone(self.set(&set_ref.name)?);
            Some(Asked { set, set_ref: set_ref.clone(), camera: self.camera_of(at) })
        };
        let sides = [side(0, reference?)?, side(1, other?)?];
        Some(PairingAsk { place: self.place.clone(), sides, by: self.beside.by.clone() })
    }

    /// The shown pair and where both sides are.
    pub(super) fn shown_pair<'a>(&self, pairing: &'a Pairing) -> Option<(&'a EpisodePair, Moment)> {
        let pair = pairing.pairs.get(self.pair)?;
        Some((pair, pair.at(self.open_sides()?, self.pair_share, self.beside.lock)))
    }

    /// Both open sets.
    pub(super) fn open_sides(&self) -> Option<[&Set; 2]> {
        let [reference, other] = self.compared();
        Some([&**self.set(&reference?.name)?, &**self.set(&other?.name)?])
    }

    /// What is written about the two frames that `moment` shows; an empty remark where nothing is.
    pub(super) fn remark_at(&self, moment: &Moment) -> Option<PairRemark> {
        let [reference, other] = self.compared();
        let sets = self.open_sides()?;
        let id = |side: usize| sets[side].episodes.get(moment.frames[side].episode).map(|episode| episode.id);
        let empty = PairRemark {
            sets: [reference?.name.clone(), other?.name.clone()],
            episodes: [id(0)?, id(1)?],
            frames: moment.frames.map(|at| at.frame),
            flagged: false,
            text: String::new(),
        };
        Some(self.study().remarks.iter().find(|remark| remark.is_about(&empty)).cloned().unwrap_or(empty))
    }

    /// What was written about pairs of the two sets.
    pub(super) fn remarks(&self) -> Vec<&PairRemark> {
        let [Some(reference), Some(other)] = self.compared() else { return Vec::new() };
        self.study().remarks_on(&reference.name, &other.name).collect()
    }
}

impl Studio {
    /// The pairs of the sets that are chosen now; `None` while they are still being matched.
    pub(super) fn pairing(&self) -> Option<&PairingShown> {
        let document = self.document.as_ref()?;
        let shown = self.live.pairer.as_ref().ok()?.last()?;
        shown.ask.is_of(document).then_some(shown)
    }

    /// The pairs, where there are some.
    pub(super) fn paired(&self) -> Option<Arc<Pairing>> {
        self.pairing().and_then(|shown| shown.pairing.as_ref().ok()).map(Arc::clone)
    }

    /// Asks for the pairs and for the shown pair's pictures, where they were not asked for.
    pub(super) fn ask_pair(&mut self) {
        let Some(document) = &self.document else { return };
        if !self.live.asked_pairing.as_ref().is_some_and(|before| before.is_of(document))
            && let Some(ask) = document.pairing_ask()
        {
            if let Ok(pairer) = &mut self.live.pairer {
                pairer.ask(ask.clone());
            }
            self.live.asked_pairing = Some(ask);
        }
        let pairing = self.paired();
        let Some(document) = &self.document else { return };
        let moment = pairing.as_deref().and_then(|pairing| document.shown_pair(pairing)).map(|(_, moment)| moment);
        let ask: PairAsk = [0, 1].map(|side| {
            let set_ref = document.compared()[side]?;
            let set = Arc::clone(document.set(&set_ref.name)?);
            // A side alone shows its first episode.
            let first = || {
                let episode = import::visible_episodes(&set, set_ref).first().copied()?;
                Some(FrameAt { episode, frame: pairing::frame_at(&set, episode, document.pair_share) })
            };
            let FrameAt { episode, frame } = moment.map(|moment| moment.frames[side]).or_else(first)?;
            let column = document.signal_of(side).map(|(_, column, _)| column);
            let annotated = self.shell.compare.labels && annotations::are_possible(&set);
            Some(SideAsk { set, camera: document.camera_of(side), episode, frame, column, annotated })
        });
        if self.live.asked_pair.as_ref() != Some(&ask) && ask.iter().any(Option::is_some) {
            if let Ok(loader) = &mut self.live.pairs {
                loader.ask(ask.clone());
            }
            self.live.asked_pair = Some(ask);
        }
    }

    /// Draws the thumbnails of the shown page of pairs where they are others.
    pub(super) fn draw_pairs(&mut self) {
        let Some(pairing) = self.paired() else { return };
        let Some(document) = &self.document else { return };
        let [Some(reference), Some(other)] = document.compared() else { return };
        let (Some(one), Some(two)) = (document.set(&reference.name), document.set(&other.name)) else { return };
        let (one, two) = (Arc::clone(one), Arc::clone(two));
        let cameras = [document.camera_of(0), document.camera_of(1)];
        let list = document.pair_list(&pairing);
        let page = list.page_of(document.pair).filter_map(|at| pairing.pairs.get(at));
        let moments: Vec<_> = page.map(|pair| pair.at([&one, &two], 0.5, TimeLock::Phase).frames).collect();
        let key = format!("{}|{}|{cameras:?}|{moments:?}", reference.name, other.name);
        if self.live.thumbnails.as_ref().is_some_and(|(of, _)| *of == key) || self.jobs.is_running("thumbnails") {
            return;
        }
        self.live.uploads.forget("pair ");
        self.live.thumbnails = None;
        tasks::thumbnails(&mut self.jobs, key, moments, ([one, two], cameras));
    }

    /// Does what the person wants of the workspace.
    pub(super) fn beside(&mut self, act: CompareAct) {
        let pairing = self.paired();
        let Some(document) = &mut self.document else { return };
        match act {
            CompareAct::Set(side, name) => {
                // Both sides of one set would differ in nothing: they change places.
                let names = document.compared().map(|set| set.map(|set| set.name.clone()));
                if names[1 - side].as_deref() == Some(name.as_str()) {
                    self.swap_sides();
                } else {
                    document.beside.sets[side] = Some(name);
                    (document.beside.cameras[side], document.beside.signals[side]) = (0, None);
                    document.pair = 0;
                    document.forget_comparison();
                }
            }
            CompareAct::Camera(side, camera) => {
                document.beside.cameras[side] = camera;
                document.findings.forget_camera();
                document.forget_comparison();
            }
            CompareAct::Match(by) => {
                document.beside.by = by;
                document.pair = 0;
            }
            CompareAct::Lock(lock) => document.beside.lock = lock,
            CompareAct::Signal(side, name) => document.beside.signals[side] = Some(name),
            CompareAct::Remark { flagged, text, gesture } => self.remark(pairing.as_deref(), Some(gesture), |remark| {
                (remark.flagged, remark.text) = (flagged, text);
            }),
            CompareAct::ShowFrame { side, episode, frame } => {
                self.show_frame(pairing.as_deref(), (side, episode, frame));
            }
            CompareAct::Swap(parameter) => self.swap(parameter),
            CompareAct::Layout(layout) => self.lay_map_out(layout),
            CompareAct::ColourBy(by) => document.map.by = by,
            CompareAct::Lasso(outline) => self.throw_lasso(outline.as_deref()),
            CompareAct::LassoValue(value) => self.lasso_value(value),
            CompareAct::Peek(dot) => return self.peek(dot),
            CompareAct::ShowRemark(at) => {
                let remark = document.remarks().get(at).map(|remark| (*remark).clone());
                self.show_remark(pairing.as_deref(), remark);
            }
        }
        self.draw_pairs();
    }

    /// Does what is done with the shown pairs; what is not seen is neither flagged nor turned.
    pub(super) fn pair_command(&mut self, command: Command) {
        if self.shell.workspace != Workspace::Compare {
            self.status = format!("{}: go to Compare first", command.info().label);
            return;
        }
        match command {
            Command::NextPairs => self.turn_pairs(1),
            Command::PreviousPairs => self.turn_pairs(-1),
            Command::FlagPair => self.flag_pair(),
            Command::SwapSides => {
                self.swap_sides();
                self.draw_pairs();
            }
            _ => {}
        }
    }

    /// Lets the other set be the reference.
    fn swap_sides(&mut self) {
        let Some(document) = &mut self.document else { return };
        let [reference, other] = document.compared().map(|set| set.map(|set| set.name.clone()));
        if reference.is_some() && other.is_some() {
            document.beside.sets = [other, reference];
            document.beside.cameras.reverse();
            document.beside.signals.reverse();
            document.pair = 0;
            document.forget_comparison();
        }
    }

    /// Flags the shown pair, or takes the flag away.
    fn flag_pair(&mut self) {
        let pairing = self.paired();
        self.remark(pairing.as_deref(), None, |remark| remark.flagged = !remark.flagged);
    }

    fn remark(&mut self, pairing: Option<&Pairing>, gesture: Option<u64>, change: impl FnOnce(&mut PairRemark)) {
        let Some(document) = &mut self.document else { return };
        let shown = pairing.and_then(|pairing| document.shown_pair(pairing)).map(|(_, moment)| moment);
        let Some(mut remark) = shown.and_then(|moment| document.remark_at(&moment)) else {
            self.status = "There is no pair to write about yet".to_owned();
            return;
        };
        change(&mut remark);
        let about = format!("{:?} {:?}", remark.episodes, remark.frames);
        let gesture = gesture.map(|gesture| super::act::gesture_of(&about, gesture));
        if let Err(err) = document.edit(Edit::PutRemark(remark), gesture) {
            self.status = err.to_string();
        }
    }

    /// Goes to the pair that a remark is about, where there still is one.
    fn show_remark(&mut self, pairing: Option<&Pairing>, remark: Option<PairRemark>) {
        let (Some(document), Some(remark)) = (&mut self.document, remark) else { return };
        let Some(pairing) = pairing else { return };
        let Some(sets) = document.open_sides() else { return };
        let at = [0, 1].map(|side| sets[side].position(remark.episodes[side]));
        let is_it = |pair: &EpisodePair| {
            at[0] == Some(pair.episodes[0])
                && (at[1] == Some(pair.episodes[1])
                    || pair.nearest.iter().any(|near| at[1] == Some(near.other.episode)))
        };
        let Some(found) = pairing.pairs.iter().position(is_it) else {
            let how = document.beside.by.word();
            self.status =
                format!("Matched by {how}, these two episodes do not stand beside each other; match them by order");
            return;
        };
        let share = pairing.pairs[found].share_of(sets, (0, remark.frames[0]), document.beside.lock);
        (document.pair, document.pair_share, document.speed) = (found, share, 0.0);
    }

    /// Goes to the first pair with this episode on this side, at this frame.
    fn show_frame(&mut self, pairing: Option<&Pairing>, (side, episode, frame): (usize, u64, u32)) {
        let (Some(document), Some(pairing)) = (&mut self.document, pairing) else { return };
        let Some(sets) = document.open_sides() else { return };
        let at = sets[side].position(episode);
        // What is shown already stays, if it is of that episode.
        let mut shown = std::iter::once(document.pair).chain(0..pairing.pairs.len());
        let is_it = |pair: &usize| pairing.pairs.get(*pair).is_some_and(|pair| at == Some(pair.episodes[side]));
        let Some(found) = shown.find(is_it) else {
            self.status = format!("Episode {episode} stands in no pair as they are matched now; match them by order");
            return;
        };
        let share = pairing.pairs[found].share_of(sets, (side, frame), document.beside.lock);
        (document.pair, document.pair_share, document.speed) = (found, share, 0.0);
    }

    /// Goes `by` pairs on, round and round.
    pub(super) fn go_to_pair(&mut self, by: i64) {
        if let (Some(pairing), Some(document)) = (self.paired(), &mut self.document) {
            let list = document.pair_list(&pairing);
            let place = (list.place(document.pair) as i64 + by).rem_euclid(list.len().max(1) as i64);
            document.pair = list.at(place as usize).unwrap_or(document.pair);
        }
        self.draw_pairs();
    }

    /// Goes to the first pair of the page `by` pages on; the first and the last page are ends.
    fn turn_pairs(&mut self, by: i64) {
        if let (Some(pairing), Some(document)) = (self.paired(), &mut self.document) {
            let list = document.pair_list(&pairing);
            let page = (list.place(document.pair) / PAGE) as i64 + by;
            let first = usize::try_from(page).ok().and_then(|page| list.at(page * PAGE));
            document.pair = first.unwrap_or(document.pair);
        }
        self.draw_pairs();
    }

    /// Measures how the two sets differ in the way that is asked now, and from then on where nothing else is known.
    pub(super) fn compare_as_asked(&mut self, measuring: Measuring) {
        let Some(document) = &mut self.document else { return };
        document.beside.measuring = measuring.clone();
        self.compare_with(measuring);
    }

    /// Measures how the two sets differ as it was measured before.
    pub(super) fn compare_sets(&mut self) {
        let Some(document) = &self.document else { return };
        self.compare_with(document.measuring().clone());
    }

    fn compare_with(&mut self, measuring: Measuring) {
        let Some(document) = &self.document else { return };
        let [Some(reference), Some(other)] = document.compared().map(|set| set.map(|set| set.name.clone())) else {
            self.status = "Two sets are needed: take one in, or generate one".to_owned();
            return;
        };
        let cameras = [document.camera_of(0), document.camera_of(1)];
        let request = CompareRequest { reference, other, cameras, measuring };
        let bench = self.bench(document);
        tasks::compare(&mut self.jobs, bench, request);
    }

    /// Writes the comparison as a page, its pairs as they are matched here.
    pub(super) fn write_page(&mut self) {
        let Some(document) = &self.document else { return };
        let Some(found) = &document.comparison else {
            self.status = "Compare the two sets first; the page shows what was found".to_owned();
            return;
        };
        let request = PageRequest {
            by: document.beside.by.clone(),
            lock: document.beside.lock,
            share: document.pair_share,
            ..PageRequest::to(compare_report::default_file(&document.place, &found.names))
        };
        let (bench, found) = (self.bench(document), Arc::clone(found));
        tasks::write_page(&mut self.jobs, bench, found, request);
    }

    /// Asks what is to be said of which episodes.
    pub(super) fn ask_for_condition(&mut self) {
        let shown = self.view.compare.remark.is_some();
        let pairing = self.paired();
        let Some(document) = &self.document else { return };
        let sets: Vec<String> = document.compared().into_iter().flatten().map(|set| set.name.clone()).collect();
        let moment = pairing.as_deref().and_then(|pairing| document.shown_pair(pairing)).map(|(_, moment)| moment);
        let remark = moment.filter(|_| shown).and_then(|moment| document.remark_at(&moment));
        self.dialog = Dialog::condition(sets, remark.map_or(0, |remark| remark.episodes[0]));
        if self.dialog.is_none() {
            self.status = "Take in a set first, then say what is known of its episodes".to_owned();
        }
    }

    /// Keeps what the form says, as a step of the history.
    ///
    /// # Errors
    /// With a sentence where a field does not fit.
    pub(super) fn say_condition(&mut self, form: &Form) -> Result<(), String> {
        let document = self.document.as_mut().ok_or("Open a study first")?;
        let [name, condition, value, episodes] = [0, 1, 2, 3].map(|at| dialog::text_of(form, at));
        let set = document.set(&name).ok_or_else(|| format!("{name} is not open yet; try again in a moment"))?;
        let all = set.episodes.iter().map(|episode| episode.id);
        let said = Said::of(&condition, &value, &episodes, all).map_err(|err| err.to_string())?;
        let edit = conditions::say(document.study(), &name, set, &[said]).map_err(|err| err.to_string())?;
        document.edit_as(format!("Say {condition}"), edit, None).map_err(|err| err.to_string())
    }

    pub(super) fn seek_pair(&mut self, time_s: f64) {
        let length_s = self.view.compare.timeline.length_s;
        if let Some(document) = &mut self.document
            && length_s > 0.0
        {
            document.speed = 0.0;
            document.pair_share = (time_s / length_s).clamp(0.0, 1.0);
        }
    }
}

#[cfg(test)]
mod tests;
