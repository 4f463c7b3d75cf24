//! The studio's state and loop: takes in what workers and jobs finished, fills the view, draws it, applies what the person
//! wants. It decides nothing that the command line would decide otherwise: acts are calls of `run`.

mod accepted;
mod act;
mod act_author;
mod act_files;
mod act_many;
mod act_stage;
mod beside;
mod clouds;
mod compare_form;
mod developed;
mod dialog;
mod document;
mod evidence;
mod exact;
mod fill_author;
mod fill_compare;
mod fill_lab;
mod fill_many;
mod fill_rest;
mod fill_stage;
mod findings;
#[cfg(test)]
mod frame_tests;
mod generate_form;
mod intake;
mod lab;
mod lerobot;
mod live;
mod looks;
mod map;
mod matching;
mod open;
mod pairs;
mod pool;
mod prepared;
mod reopen;
mod sensor;
mod settings;
mod sheet;
mod tasks;
mod textures;
mod tour;

pub use open::{Launch, open};

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui;
use eframe::egui_wgpu::RenderState;

use crate::app::channel::Shows;
use crate::app::jobs::{Jobs, Wake};
use crate::app::many::Face;
use crate::app::stage::Reading;
use crate::app::view::{self, Adapter, Banner, StudioView};
use crate::app::widgets::frame_times::Took;
use crate::app::{Outbox, Shell, shell_ui};
use crate::family::Fitted;
use crate::render::Gpu;
use crate::run::preview::Previewer;
use crate::run::{Stamp, new, person};

use accepted::LiveAccepted;
use beside::{DifferenceLook, Pairer, PairingAsk, SIDES};
use dialog::Dialog;
use document::Document;
use evidence::{EvidenceAsk, Prober};
use fill_author::{Known, PreviewState};
use fill_compare::PairTextures;
use fill_many::Masked;
use live::{Image, LiveAsk, LivePreview, LiveShown, Scene, SharedRenderer};
use map::{Peeker, Shaded};
use pairs::{PairAsk, PairLoader};
use pool::LivePool;
use settings::Settings;
use sheet::{LiveSheet, SheetAsk};
use tasks::{Bench, StudioJobs};
use textures::{NativeTextures, Uploads};
use tour::Tour;

/// The example study's seed.
const EXAMPLE_SEED: u64 = 7;
/// The draw that the example opens with: the rare event happens in it.
const EXAMPLE_DRAW: u64 = 5;

/// Width of a compared pin's picture in pixels.
const PIN_PX: u32 = 512;

/// The window's program.
pub struct Studio {
    shell: Shell,
    view: StudioView,
    document: Option<Document>,
    dialog: Option<Dialog>,
    settings: Settings,
    jobs: StudioJobs,
    live: Live,
    banner: Option<Banner>,
    status: String,
    tour: Option<Tour>,
    keys_folder: PathBuf,
    /// Asks for paths.
    picker: tasks::Picker,
    /// Counts the pointer's presses: what one press does is one step of undo.
    n_presses: u64,
    /// The person said that unsaved edits may go.
    may_close: bool,
    /// The device was lost: why, and whether the theme is dark. The next window takes over.
    hands_over: Option<(String, bool)>,
    /// Where it finds what it takes.
    slot: reopen::Slot,
    /// After so many seconds a test wants the device to be lost.
    loses_after_s: Option<f64>,
    /// Counts frames of the window's life; work that can wait does.
    n_frames: u64,
}

/// What runs beside the window, and what it last showed.
struct Live {
    gpu: Gpu,
    preview: Result<LivePreview, String>,
    sheet: Result<LiveSheet, String>,
    /// The two pins that are compared, drawn larger.
    pins: Result<LiveSheet, String>,
    pool: Result<LivePool, String>,
    accepted: Result<LiveAccepted, String>,
    masked: Masked,
    pairs: Result<PairLoader, String>,
    pairer: Result<Pairer, String>,
    peeker: Result<Peeker, String>,
    prober: Result<Prober, String>,
    asked_evidence: Option<EvidenceAsk>,
    /// The colours of the map of frames.
    shaded: Option<Shaded>,
    /// The last picture that could be drawn: it stays while a newer one cannot.
    good: Option<LiveShown>,
    /// What the last pictures took, the newest last.
    took: VecDeque<Took>,
    native: NativeTextures,
    uploads: Uploads,
    asked: Option<LiveAsk>,
    asked_sheet: Option<SheetAsk>,
    asked_pins: Option<SheetAsk>,
    asked_pool: Option<Scene>,
    asked_accepted: Option<Scene>,
    asked_pair: Option<PairAsk>,
    asked_pairing: Option<PairingAsk>,
    /// The pair that the uploaded difference belongs to, and how it was made.
    difference: Option<(PairAsk, DifferenceLook)>,
    thumbnails: Option<(String, usize)>,
    /// The shown moment as the camera's sensor makes it.
    developed: developed::LiveDeveloped,
    /// What lidars and radars of the shown draw met.
    sweeps: clouds::LiveSweeps,
    /// What a tried camera sees.
    matching: matching::LiveMatch,
    /// What all of them draw with.
    renderer: SharedRenderer,
    /// What is shown of the stage and need not be worked out every frame.
    stage: fill_stage::Kept,
}

impl Studio {
    /// A window without a study, on the device that it draws with.
    fn new(ctx: &egui::Context, state: &RenderState, settings: Settings, tour: Option<Tour>) -> Self {
        let repaint = ctx.clone();
        let wake: Wake = Arc::new(move || repaint.request_repaint());
        let gpu = Gpu::shared(&state.adapter, state.device.clone(), state.queue.clone());
        let renderer = SharedRenderer::new(&gpu);
        let live = Live {
            preview: live::live_preview(&renderer, Arc::clone(&wake)),
            sheet: LiveSheet::new("contact sheet", 1, &renderer, Arc::clone(&wake)),
            pins: LiveSheet::new("pins", 2, &renderer, Arc::clone(&wake)),
            pool: LivePool::new(Arc::clone(&wake)),
            accepted: accepted::live(Arc::clone(&wake)),
            masked: Masked::default(),
            pairs: pairs::pair_loader(Arc::clone(&wake)),
            pairer: beside::pairer(Arc::clone(&wake)),
            peeker: map::peeker(Arc::clone(&wake)),
            prober: evidence::prober(Arc::clone(&wake)),
            asked_evidence: None,
            shaded: None,
            good: None,
            took: VecDeque::new(),
            native: NativeTextures::new(state.clone()),
            uploads: Uploads::default(),
            asked: None,
            asked_sheet: None,
            asked_pins: None,
            asked_pool: None,
            asked_accepted: None,
            asked_pair: None,
            asked_pairing: None,
            difference: None,
            thumbnails: None,
            developed: developed::LiveDeveloped::default(),
            sweeps: clouds::LiveSweeps::default(),
            matching: matching::LiveMatch::default(),
            stage: fill_stage::Kept::default(),
            renderer,
            gpu,
        };
        Self {
            shell: Shell::default(),
            view: empty_view(adapter(&live.gpu)),
            document: None,
            dialog: None,
            settings,
            jobs: Jobs::new(wake),
            live,
            banner: None,
            status: "Open an example, a study or a real dataset".to_owned(),
            tour,
            keys_folder: person::keys_folder(),
            picker: tasks::system_picker(),
            n_presses: 0,
            may_close: false,
            hands_over: None,
            slot: reopen::Slot::default(),
            loses_after_s: reopen::loses_after_s(),
            n_frames: 0,
        }
    }

    /// What a job needs of the window.
    fn bench(&self, document: &Document) -> Bench {
        Bench {
            place: document.place.clone(),
            study: Arc::clone(document.study()),
            stamp: stamp(),
            gpu: self.live.gpu.clone(),
        }
    }

    /// Shows `text` across the window until it is read.
    fn complain(&mut self, text: impl Into<String>) {
        self.banner = Some(Banner { text: text.into(), cure: None });
    }

    /// Asks the workers for what the screen needs and has not asked for.
    fn ask(&mut self, pointer_down: bool) {
        let Some(document) = &mut self.document else {
            self.ask_welcome();
            return;
        };
        document.settle_many();
        act_stage::settle(document);
        if let Some(fits) = document.fits_to_compare() {
            self.compare_fits(fits);
        }
        let Some(document) = &self.document else { return };
        let Some(scene) = document.scene() else { return };
        let (orbit, deeds) = (document.stage.orbit, document.stage.live.as_ref().map(|live| Arc::clone(&live.deeds)));
        let instrument = &self.shell.instrument;
        let shows = Shows {
            channel: document.channel,
            second: instrument.split.map(|_| document.second),
            look: self.settings.stage.look,
            values: instrument.probes(),
            labels: self.settings.stage.label_layers(),
        };
        let ask = LiveAsk { scene, index: document.draw, time_s: document.time_s, shows, orbit, deeds };
        if self.live.asked.as_ref().is_none_or(|before| !before.same(&ask)) {
            if let Ok(preview) = &mut self.live.preview {
                preview.ask(ask.clone());
            }
            self.live.asked = Some(ask.clone());
        }
        if self.live.asked_accepted.as_ref().is_none_or(|before| !before.same(&ask.scene)) {
            if let Ok(accepted) = &mut self.live.accepted {
                accepted.ask(ask.scene.clone());
            }
            self.live.asked_accepted = Some(ask.scene.clone());
        }
        self.ask_many(ask.scene, pointer_down);
        self.ask_pair();
        self.shade_map();
        self.ask_evidence();
    }

    /// Lets a job compare `fits` with their data.
    fn compare_fits(&mut self, fits: Vec<Fitted>) {
        let Some(document) = &mut self.document else { return };
        if fits.is_empty() {
            document.tell_changed(Vec::new());
        } else if let Some(document) = &self.document {
            let bench = self.bench(document);
            tasks::compare_fits(&mut self.jobs, bench, fits);
        }
    }

    /// Asks for the contact sheet, the compared pins and the values of many draws, each while it is looked at.
    fn ask_many(&mut self, scene: Scene, pointer_down: bool) {
        let Some(document) = &self.document else { return };
        let state = &document.many;
        let pool = self.live.pool.as_ref().ok().and_then(|pool| pool.shown(document.family()));
        let (_, mask) = self.live.masked.of(pool, &state.brush);
        let of = |draws: Vec<u64>, in_sight: &[u64], tile_px, whole| SheetAsk {
            scene: scene.clone(),
            draws: draws.into(),
            in_sight: in_sight.into(),
            time_s: document.time_s,
            tile_px,
            whole,
        };
        // While it plays, the sheets' time stands: so many pictures more a frame would halve the preview's rate.
        let holds = document.speed == 0.0;
        if state.face == Face::Sheet {
            let draws = fill_many::sheet_draws(document, &mask);
            let ask = of(draws, &state.visible, fill_many::tile_px(state.size), !pointer_down);
            if let Ok(sheet) = &mut self.live.sheet {
                sheet.ask_if_due(&mut self.live.asked_sheet, ask, holds);
            }
        }
        if let (Some(pair), Ok(pins)) = (state.compared, &mut self.live.pins) {
            pins.ask_if_due(&mut self.live.asked_pins, of(pair.to_vec(), &[], PIN_PX, true), holds);
        }
        let looked_at = state.face != Face::Sheet || !state.brush.is_empty() || document.parameter.is_some();
        let Ok(pool) = &mut self.live.pool else { return };
        pool.give_way(
            self.live.preview.as_ref().is_ok_and(LivePreview::is_stale)
                || self.live.sheet.as_ref().is_ok_and(LiveSheet::is_stale),
        );
        // While a slider is dragged the values of a moment ago stay.
        if looked_at && !pointer_down && self.live.asked_pool.as_ref().is_none_or(|before| !before.same(&scene)) {
            pool.ask(scene.clone());
            self.live.asked_pool = Some(scene);
        }
    }

    /// The welcome screen's card shows the example as it is: one picture, drawn once the window stands.
    fn ask_welcome(&mut self) {
        const FRAMES_FIRST: u64 = 2;
        if self.live.asked.is_some() || self.n_frames <= FRAMES_FIRST {
            return;
        }
        let Ok(family) = new::example(new::EXAMPLES[0].0) else { return };
        let previewer = Arc::new(Previewer::new(Arc::new(family), EXAMPLE_SEED));
        let scene = Scene::new(previewer, std::collections::BTreeMap::new());
        let shows = Shows::default();
        let ask = LiveAsk { scene, index: EXAMPLE_DRAW, time_s: 0.7, shows, orbit: None, deeds: None };
        if let Ok(preview) = &mut self.live.preview {
            preview.ask(ask.clone());
        }
        self.live.asked = Some(ask);
    }

    /// Fills the view from what there is.
    fn fill(&mut self) {
        self.view.jobs = self.jobs.lines();
        self.view.banner.clone_from(&self.banner);
        self.view.confirm = self.dialog.as_ref().and_then(Dialog::confirm);
        self.view.form = self.dialog.as_mut().and_then(Dialog::form_mut).cloned();
        self.view.status.clone_from(&self.status);
        let Some(document) = &self.document else {
            let thumbnail = preview_state(&mut self.live, None).shown.map(|(_, texture, size, _)| (texture, size));
            self.view.welcome = self.settings.welcome(thumbnail);
            self.view.study = None;
            return;
        };
        self.view.study = Some(document.study().name.clone());
        self.view.unsaved = document.is_unsaved();
        self.view.tabs = fill_rest::tabs(document);
        self.view.tree = fill_rest::tree(document);
        self.view.ledger = fill_rest::ledger(document);
        self.view.fingerprint = document.fingerprint();
        self.view.lock = fill_rest::lock(document);
        self.view.trial = fill_rest::trial(document);
        self.view.export = fill_rest::export(document);
        let many = self.live.many(document);
        let known = self.live.known(document);
        let preview = preview_state(&mut self.live, Some(document.family()));
        self.view.author = fill_author::author(document, &preview, many, &known);
        let shown = self.live.good.as_ref().filter(|shown| shown.ask.scene.family.id == document.family());
        self.view.author.stage = fill_stage::stage(document, shown, &self.settings.stage, &mut self.live.stage);
        let took = if self.shell.instrument.times { self.live.took.iter().copied().collect() } else { Vec::new() };
        let second = |name: &str| self.live.uploads.id(name);
        let reading = fill_stage::reading(document, shown, &self.settings.stage, second);
        self.view.author.stage.reading = Reading { took, adapter: self.view.adapter.line(), ..reading };
        self.view.author.preview.pixels = shown.and_then(|shown| shown.coloured(0)).map(|one| Arc::clone(&one.pixels));
        self.view.lab = fill_lab::lab(document, &self.view.jobs, known.pool.as_deref());
        self.view.lab.matching = self.fill_match();
        let textures = self.live.pair_textures(DifferenceLook::of(&self.shell.compare));
        let shown = self.live.pairs.as_ref().ok().and_then(PairLoader::last);
        let busy = self.live.pairer.as_ref().is_ok_and(Pairer::is_stale);
        let (shaded, peek) = (self.live.shaded.as_ref(), self.peeked());
        let (pairing, evidence) = (self.pairing(), self.evidence());
        let known = fill_compare::Known { pairing, shown, busy, shaded, peek, evidence };
        let compare = fill_compare::compare(document, &known, textures, &self.live.thumbnail_ids());
        self.view.compare = compare;
        self.fill_developed();
        self.fill_sweeps();
    }
}

/// The preview's last answer, where it is of `family` (or of any).
fn preview_state<'a>(live: &'a mut Live, family: Option<&str>) -> PreviewState<'a> {
    match &live.preview {
        Err(error) => PreviewState { shown: None, error: Some(error), stale: false, inside: None },
        Ok(worker) => {
            let answer = worker.last();
            let error = answer.and_then(|answer| answer.as_ref().err()).map(String::as_str);
            let good = live.good.as_ref();
            let good = good.filter(|shown| family.is_none_or(|family| shown.ask.scene.family.id == family));
            let shown = good.and_then(|shown| {
                let texture = match &shown.image {
                    Image::Drawn(view, key) => live.native.id(*key, view),
                    Image::Coloured(_) => live.uploads.id(live::FACES[0])?,
                };
                Some((&*shown.preview, texture, shown.size, shown.ask.time_s))
            });
            let inside = good.and_then(|shown| shown.inside.as_deref());
            PreviewState { shown, error, stale: worker.is_stale(), inside }
        }
    }
}

impl Live {
    /// The last picture, where it is of the draw that `document` shows: what a person acts on.
    fn acted_on(&self, document: &Document) -> Option<&LiveShown> {
        self.good.as_ref().filter(|shown| shown.is_of(document.family(), document.draw))
    }

    /// What is known of many draws of the shown family.
    fn known(&self, document: &Document) -> Known {
        let pool = self.pool.as_ref().ok().and_then(|pool| pool.shown(document.family()));
        let last = self.accepted.as_ref().ok().and_then(|worker| worker.last());
        let last = last.filter(|accepted| accepted.family == document.family());
        // Given values set by hand, weights are no longer those of reality.
        let weighted = last.filter(|_| document.pinned().is_empty());
        Known {
            pool,
            acceptance: last.map(|accepted| Arc::clone(&accepted.found)),
            ln_weights: weighted.map_or_else(Arc::default, |accepted| Arc::clone(&accepted.ln_weights)),
        }
    }

    /// The contact sheet and what else is seen of many draws.
    fn many(&mut self, document: &Document) -> (view::ContactSheet, view::Many) {
        let pool = self.pool.as_ref().ok().and_then(|pool| pool.shown(document.family()));
        let (pool, mask) = self.masked.of(pool, &document.many.brush);
        let mut drawn = |sheet: &Result<LiveSheet, String>| -> Option<(Arc<sheet::Board>, Option<egui::TextureId>)> {
            let board = sheet.as_ref().ok()?.board();
            let atlas = board.atlas.as_ref().map(|(view, key)| self.native.only(*key, view));
            Some((board, atlas))
        };
        let mut tiles = match drawn(&self.sheet) {
            Some((board, atlas)) => fill_many::sheet(document, &board, atlas, &mask),
            None => view::ContactSheet::default(),
        };
        if let Some(error) = self.sheet.as_ref().map_or_else(|error| Some(error.as_str()), LiveSheet::error) {
            tiles.summary = error.to_owned();
        }
        let compared = drawn(&self.pins).and_then(|(board, atlas)| fill_many::compared(document, &board, atlas));
        (tiles, fill_many::many(document, pool, mask, compared))
    }

    /// The shown pair's textures; the difference is made when the pair or its look changed.
    fn pair_textures(&mut self, look: Option<DifferenceLook>) -> PairTextures {
        let shown = self.pairs.as_ref().ok().and_then(PairLoader::last);
        let sides = [0, 1].map(|side| {
            let is_there = shown.is_some_and(|shown| matches!(shown.sides[side], Some(Ok(_))));
            if is_there { self.uploads.id(SIDES[side]) } else { None }
        });
        let current = self
            .difference
            .as_ref()
            .is_some_and(|(pair, of)| Some(*of) == look && shown.is_some_and(|shown| shown.ask == *pair));
        let difference = if current { self.uploads.id("difference") } else { None };
        PairTextures { sides, difference }
    }

    fn thumbnail_ids(&self) -> Vec<egui::TextureId> {
        let count = self.thumbnails.as_ref().map_or(0, |(_, count)| *count);
        (0..count).filter_map(|at| self.uploads.id(&format!("pair {at}"))).collect()
    }
}

/// Now, by the person whose account this is: the one place of the studio where the clock is read for a record.
fn stamp() -> Stamp {
    person::stamp(None)
}

/// What draws, in words.
fn adapter(gpu: &Gpu) -> Adapter {
    let about = [gpu.driver_text(), gpu.backend_name()].join(" · ");
    Adapter { name: gpu.adapter_name(), about, software: gpu.is_software() }
}

fn empty_view(adapter: Adapter) -> StudioView {
    StudioView {
        study: None,
        unsaved: false,
        adapter,
        jobs: Vec::new(),
        tabs: Default::default(),
        tree: Vec::new(),
        selected_node: None,
        ledger: Vec::new(),
        fingerprint: String::new(),
        status: String::new(),
        banner: None,
        confirm: None,
        form: None,
        welcome: view::Welcome::default(),
        author: fill_author::nothing(),
        lab: crate::app::lab::LabView::default(),
        compare: fill_compare::nothing(),
        lock: view::LockView::default(),
        trial: view::TrialView::default(),
        export: fill_rest::nothing(),
    }
}

impl eframe::App for Studio {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if self.guard_device(ctx) {
            return;
        }
        self.n_frames += 1;
        self.n_presses += u64::from(ctx.input(|input| input.pointer.any_pressed()));
        self.take_in(ctx);
        self.play(ctx);
        let dropped = |input: &egui::InputState| {
            input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect::<Vec<_>>()
        };
        let dropped = ctx.input(dropped);
        if !dropped.is_empty() {
            self.dropped(dropped);
        }
        self.look_at_files(ctx);
        self.guard_close(ctx);
        self.ask(ctx.input(|input| input.pointer.any_down()));
        self.settle_lab();
        self.settle_match(ctx);
        self.settle_developed(ctx);
        self.settle_sweeps(ctx);
        self.step_tour(ctx);
        self.fill();
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if self.hands_over.is_some() {
            return;
        }
        let mut out = Outbox::default();
        shell_ui(ui, &self.view, &mut self.shell, &mut out);
        let ctx = ui.ctx().clone();
        for command in out.commands {
            if !self.shell.apply(command, &ctx) {
                self.command(command, &ctx);
            }
        }
        for message in out.messages {
            self.message(message, &ctx);
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.settings.store(storage);
    }

    fn on_exit(&mut self) {
        self.jobs.shut_down(std::time::Duration::from_secs(3));
        self.hand_over();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Silent;

    #[test]
    fn the_example_opens_with_the_rare_event() {
        let family = new::example(new::EXAMPLES[0].0).expect("ships with the program");
        let previewer = Previewer::new(Arc::new(family), EXAMPLE_SEED);
        let preview = previewer.preview(EXAMPLE_DRAW, &std::collections::BTreeMap::new(), &Silent);
        assert!(preview.expect("simulates").episode.rare, "choose another EXAMPLE_DRAW");
    }
}
