//! What the person wants, done: commands without a value, messages with one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui;

use crate::app::shell::Workspace;
use crate::app::view::Banner;
use crate::app::{Command, Message, channel};
use crate::base::files::FileError;
use crate::run::match_camera::RealPicture;
use crate::run::{Place, new};
use crate::study::Study;

use super::compare_form;
use super::dialog::{self, Dialog, Leaving};
use super::document::Document;
use super::fill_rest;
use super::generate_form;
use super::lerobot;
use super::live::LiveShown;
use super::settings::Settings;
use super::tasks::{self, Picking, Purpose, is_reality};
use super::{EXAMPLE_DRAW, EXAMPLE_SEED, Studio, live, stamp};
use super::{act_author, act_stage};

impl Studio {
    /// Does a command that is not the window's own.
    pub(super) fn command(&mut self, command: Command, ctx: &egui::Context) {
        match command {
            Command::NewStudy if self.document.as_ref().is_some_and(Document::is_unsaved) => {
                self.dialog = Some(Dialog::leave(Leaving::New));
            }
            Command::NewStudy => self.dialog = Some(Dialog::new_study(Settings::new_folder("study"))),
            Command::Open => self.dialog = Some(Dialog::open_study(self.settings.recent(0))),
            Command::OpenRecent => self.open_recent(0),
            Command::Save => self.save_study(),
            Command::SaveAs => self.dialog = Some(Dialog::save_as(Settings::new_folder("study"))),
            Command::OpenRealDataset => self.ask_for_real(""),
            Command::VerifyPack => self.verify_pack(),
            Command::Quit => self.leave(Leaving::Quit, ctx),
            Command::Undo | Command::Redo => self.undo(command == Command::Undo),
            Command::ResetParameter => self.reset_selected(),
            Command::ResetAll => {
                if let Some(document) = &mut self.document {
                    document.unpin_values();
                }
            }
            Command::PlayPause => self.shuttle(|speed| if speed == 0.0 { 1.0 } else { 0.0 }),
            Command::Hold => self.shuttle(|_| 0.0),
            Command::ShuttleOn => self.shuttle(|speed| if speed > 0.0 { (speed * 2.0).min(8.0) } else { 1.0 }),
            Command::ShuttleBack => self.shuttle(|speed| if speed < 0.0 { (speed * 2.0).max(-8.0) } else { -1.0 }),
            Command::StepOn => self.step(1.0),
            Command::StepBack => self.step(-1.0),
            Command::StepOnTen => self.step(10.0),
            Command::StepBackTen => self.step(-10.0),
            Command::NextDraw => self.go_to_draw(1),
            Command::PreviousDraw => self.go_to_draw(-1),
            Command::ToBoundary => self.seek_boundary(),
            Command::OtherSide => self.other_side(),
            Command::ReadFilesAgain => self.read_files_again(),
            Command::NextPairs | Command::PreviousPairs | Command::FlagPair | Command::SwapSides => {
                self.pair_command(command);
            }
            Command::SayCondition => self.ask_for_condition(),
            Command::NewVariant => {
                self.dialog = self.document.as_ref().and_then(Dialog::new_variant);
                if self.dialog.is_none() {
                    self.status = "Open a study with a family first".to_owned();
                }
            }
            Command::NextSheetView
            | Command::MoreDraws
            | Command::BrushedOnly
            | Command::ClearBrush
            | Command::PinDraw
            | Command::ComparePins => self.many_command(command),
            Command::FreeCamera
            | Command::ThroughSensor
            | Command::Sweeps
            | Command::NextChannel
            | Command::LiveRun
            | Command::TakeBackDeed
            | Command::RecordFamily
            | Command::Slower
            | Command::Faster => self.stage_command(command),
            other => self.pipeline(other),
        }
    }

    /// The commands that ask before an act or start one.
    fn pipeline(&mut self, command: Command) {
        let Some(document) = &self.document else {
            self.status = "Open a study first".to_owned();
            return;
        };
        let pair = document.real.clone().zip(document.synthetic.clone());
        let bench = self.bench(document);
        match (command, pair) {
            (Command::GenerateSet, _) => {
                let pool = self.live.pool.as_ref().ok().and_then(|pool| pool.shown(document.family()));
                self.dialog = Dialog::generate(document, pool.as_deref());
            }
            (Command::SealSet, _) => match Dialog::seal(document) {
                Some(dialog) => self.dialog = Some(dialog),
                None => self.status = "The chosen real set has no held half that could be sealed".to_owned(),
            },
            (Command::Report, _) => tasks::write_report(&mut self.jobs, bench),
            (Command::ShowPack, _) => self.show_pack(),
            (Command::ExportLerobot, _) => self.ask_for_lerobot(),
            (Command::VerifySeal, _) => match document.real_ref().filter(|set| set.sealed.is_some()) {
                Some(set) => tasks::verify_seal(&mut self.jobs, bench, &set.name),
                None => self.status = "Nothing is sealed yet".to_owned(),
            },
            (Command::ComparePage, _) => self.write_page(),
            (Command::AuditSet, _) => self.audit_set(),
            (Command::FindTwins, _) => self.find_twins(),
            (Command::RunCompare, _) => self.compare_sets(),
            (Command::CompareHow, _) => {
                self.dialog = Some(Dialog::CompareHow(compare_form::form(document.measuring()), Vec::new()));
            }
            (Command::ExportPack, Some(_)) if document.verdict.is_some() => self.dialog = Dialog::export(document),
            // Without a verdict there is nothing to export yet: the gate comes first.
            (Command::RunGate | Command::ExportPack, Some(_)) => self.dialog = Dialog::gate(document),
            (Command::RunGate | Command::ExportPack, None) => {
                self.status = "Take in a real set and generate a synthetic one first".to_owned();
            }
            _ => {}
        }
    }

    /// Does a message.
    pub(super) fn message(&mut self, message: Message, ctx: &egui::Context) {
        match message {
            Message::OpenExample(_) => self.open_example(),
            Message::OpenRecent(at) => self.open_recent(at),
            Message::CancelJob(id) => self.jobs.cancel(id),
            Message::DismissBanner => self.banner = None,
            Message::SetField { at, text } => {
                if let Some(dialog) = &mut self.dialog {
                    dialog.set_field(at, text);
                }
            }
            Message::BrowseField(at) => {
                let endings = self.dialog.as_mut().and_then(|dialog| dialog.endings(at));
                let title = if endings.is_some() { "Choose a file" } else { "Choose a folder" };
                let picking = Picking { endings, ..Picking::folder(title, None) };
                tasks::pick(&mut self.jobs, Purpose::Field(at), picking, self.picker.clone());
            }
            Message::PickFile(thing) => self.pick_file(thing),
            Message::PickCalibration => self.pick_calibration(),
            Message::TakeColumns(set) => self.take_columns(set),
            Message::Seek(time_s) if self.shell.workspace == Workspace::Compare => self.seek_pair(time_s),
            Message::Compare(act) => self.beside(act),
            Message::Many(act) => self.many(act),
            Message::Lab(act) => self.lab(act),
            Message::Stage(act) => self.stage(act),
            // What may be refused for a good reason says so in the status line, not across the window.
            Message::Change { .. } | Message::Inherit { .. } => {
                let presses = self.n_presses;
                let Some(document) = &mut self.document else { return };
                if let Err(why) = apply(document, message, presses) {
                    self.status = why;
                }
            }
            Message::Confirm => self.confirm(ctx),
            Message::Decline => self.dialog = None,
            other => {
                let presses = self.n_presses;
                let Some(document) = &mut self.document else { return };
                if let Err(error) = apply(document, other, presses) {
                    self.complain(error);
                }
                self.draw_pairs();
            }
        }
    }

    fn confirm(&mut self, ctx: &egui::Context) {
        let Some(mut dialog) = self.dialog.take() else { return };
        let Err(error) = self.confirmed(&dialog, ctx) else { return };
        match dialog.form_mut() {
            Some(form) => {
                form.error = Some(error);
                self.dialog = Some(dialog);
            }
            None => self.complain(error),
        }
    }

    /// Starts what the dialog asked for.
    fn confirmed(&mut self, dialog: &Dialog, ctx: &egui::Context) -> Result<(), String> {
        let bench = self.document.as_ref().map(|document| self.bench(document));
        match (dialog, bench) {
            (Dialog::NewStudy(form), _) => {
                let folder = PathBuf::from(dialog::text_of(form, 0));
                self.make_study(&folder, dialog::number_of(form, 1)?)?;
            }
            (Dialog::Condition(form), Some(_)) => self.say_condition(form)?,
            (Dialog::CompareHow(form, _), Some(_)) => self.compare_as_asked(compare_form::measuring(form)?),
            (Dialog::OpenStudy(form), _) => {
                let folder = PathBuf::from(dialog::text_of(form, 0));
                if !folder.join("study.ron").is_file() {
                    return Err(format!("Folder: there is no study in `{}`", folder.display()));
                }
                self.leave_to_open(&folder);
            }
            (Dialog::NewVariant(base, form), Some(_)) => {
                let Some(document) = &mut self.document else { return Ok(()) };
                act_author::new_variant(document, base, &dialog::text_of(form, 0), &dialog::text_of(form, 1))?;
                self.status = format!("Made a variant of {base}");
            }
            (Dialog::SaveAs(form), Some(_)) => self.save_as(&PathBuf::from(dialog::text_of(form, 0)))?,
            (Dialog::Generate(of, form), Some(bench)) => {
                tasks::generate(&mut self.jobs, bench, generate_form::request(&of.family, form)?);
            }
            (Dialog::Import(form), Some(bench)) => tasks::import(&mut self.jobs, bench, dialog::import_request(form)?),
            (Dialog::Export(real, made, form), Some(bench)) => {
                tasks::export(&mut self.jobs, bench, dialog::export_request(real, made, form));
            }
            (Dialog::Lerobot(pack, form), Some(bench)) => {
                tasks::write_lerobot(&mut self.jobs, bench, lerobot::request(pack, form)?);
            }
            (Dialog::Calibration(family, file, form), Some(_)) => {
                self.calibrate_with(family.clone(), file.clone(), Some(dialog::text_of(form, 0)))?;
            }
            (Dialog::Seal(name, _), Some(bench)) => tasks::seal(&mut self.jobs, bench, name),
            (Dialog::Gate(real, made, _), Some(bench)) => tasks::judge(&mut self.jobs, bench, real, made),
            (Dialog::Leave(Leaving::Quit, _), _) => {
                self.may_close = true;
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            (Dialog::Leave(Leaving::Open(folder), _), _) => self.open_study(folder),
            (Dialog::Leave(Leaving::New, _), _) => {
                self.dialog = Some(Dialog::new_study(Settings::new_folder("study")));
            }
            (_, None) => return Err("Open a study first".to_owned()),
        }
        Ok(())
    }

    fn make_study(&mut self, folder: &Path, seed: u64) -> Result<(), String> {
        if folder.as_os_str().is_empty() {
            return Err("Folder: choose where the study shall lie".to_owned());
        }
        let place = Place { folder: folder.to_owned(), keys_folder: self.keys_folder.clone() };
        new::new(&place, seed, &stamp()).map_err(|err| err.to_string())?;
        self.open_study(folder);
        Ok(())
    }

    /// Opens the study in `folder` in place of the shown one.
    pub(super) fn open_study(&mut self, folder: &Path) {
        // What a job makes belongs to the study that it began in.
        if let Some(job) = self.jobs.lines().first() {
            self.complain(format!(
                "{} is still running; wait for it or cancel it before another study opens",
                job.title
            ));
            return;
        }
        match Document::open(folder, self.keys_folder.clone()) {
            Ok(mut document) => {
                document.many = self.settings.many();
                self.settings.remember(folder, &document.study().name);
                self.status = format!("Opened {}", document.study().name);
                self.banner = unreadable(document.study()).or_else(|| {
                    document.ledger.as_ref().err().map(|error| Banner { text: error.to_string(), cure: None })
                });
                self.document = Some(document);
                self.live.asked = None;
                self.live.asked_sheet = None;
                self.live.asked_pins = None;
                self.live.asked_pool = None;
                self.live.asked_accepted = None;
                self.live.asked_pair = None;
                self.live.difference = None;
                self.live.thumbnails = None;
                self.open_sets();
            }
            Err(err) => self.complain(err.to_string()),
        }
    }

    /// Makes things of models, rigs and panoramas, opens a study or takes data in, whatever was dropped.
    pub(super) fn dropped(&mut self, paths: Vec<PathBuf>) {
        if let Some(path) = self.drop_things(paths).first() {
            self.dropped_one(path);
        }
    }

    fn dropped_one(&mut self, path: &Path) {
        if self.drop_picture(path) || self.drop_calibration(path) {
            return;
        }
        if path.join("study.ron").is_file() {
            self.leave_to_open(path);
        } else if path.join("pack.json").is_file() {
            self.picked(Purpose::VerifyPack, path.to_owned());
        } else {
            self.ask_for_real(&path.display().to_string());
        }
    }

    fn ask_for_real(&mut self, path: &str) {
        if self.document.is_none() {
            // Data needs a study to belong to: one is made beside the examples.
            if let Err(error) = self.make_study(&PathBuf::from(Settings::new_folder("study")), 1) {
                self.complain(error);
                return;
            }
        }
        self.dialog = Some(Dialog::import(path));
    }

    /// A path came from the system's dialog.
    pub(super) fn picked(&mut self, purpose: Purpose, path: PathBuf) {
        match purpose {
            Purpose::VerifyPack => match self.document.as_ref().map(|document| self.bench(document)) {
                Some(bench) => tasks::verify_pack(&mut self.jobs, bench, path),
                None => self.status = "Open a study first".to_owned(),
            },
            Purpose::Field(at) => {
                if let Some(dialog) = &mut self.dialog {
                    dialog.set_field(at, path.display().to_string());
                }
            }
            Purpose::Thing(family, name) => self.take_file(family, name, path),
            Purpose::RealPicture => self.read_real(RealPicture::File(path)),
            Purpose::Calibration(family) => self.calibrate(family, path),
        }
    }

    fn leave_to_open(&mut self, folder: &Path) {
        if self.document.as_ref().is_some_and(Document::is_unsaved) {
            self.dialog = Some(Dialog::leave(Leaving::Open(folder.to_owned())));
        } else {
            self.open_study(folder);
        }
    }

    fn leave(&mut self, to: Leaving, ctx: &egui::Context) {
        if self.document.as_ref().is_some_and(Document::is_unsaved) {
            self.dialog = Some(Dialog::leave(to));
        } else {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    /// The window's own close button asks as `Quit` does.
    pub(super) fn guard_close(&mut self, ctx: &egui::Context) {
        let asked = ctx.input(|input| input.viewport().close_requested());
        if asked && !self.may_close && self.document.as_ref().is_some_and(Document::is_unsaved) {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.dialog = Some(Dialog::leave(Leaving::Quit));
        }
    }

    fn open_example(&mut self) {
        let folder = PathBuf::from(Settings::example_folder());
        if !folder.join("study.ron").is_file()
            && let Err(error) = self.make_study(&folder, EXAMPLE_SEED)
        {
            self.complain(error);
            return;
        }
        self.open_study(&folder);
        if let Some(document) = &mut self.document {
            document.draw = EXAMPLE_DRAW;
            document.speed = 1.0;
        }
    }

    fn open_recent(&mut self, at: usize) {
        match self.settings.recent(at) {
            Some(folder) => self.leave_to_open(&folder),
            None => self.status = "No study was open before".to_owned(),
        }
    }

    fn save_study(&mut self) {
        let Some(document) = &mut self.document else { return };
        match document.save() {
            Ok(()) => self.status = "Saved".to_owned(),
            Err(err) => self.complain(err.to_string()),
        }
    }

    fn save_as(&mut self, folder: &Path) -> Result<(), String> {
        let Some(document) = &self.document else { return Ok(()) };
        if folder.as_os_str().is_empty() || folder.join("study.ron").exists() {
            return Err("Folder: choose one that does not hold a study".to_owned());
        }
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if whole(folder).starts_with(whole(&document.place.folder)) {
            return Err("Folder: choose one outside the study".to_owned());
        }
        copy_folder(&document.place.folder, folder).map_err(|err| err.to_string())?;
        // The edits go into the copy only; the study that was open stays as it is on disk.
        document.study().save(folder).map_err(|err| err.to_string())?;
        self.open_study(folder);
        Ok(())
    }

    fn undo(&mut self, back: bool) {
        if self.undo_match(back) {
            return;
        }
        let Some(document) = &mut self.document else { return };
        let label = if back { document.undo() } else { document.redo() };
        let (done, nothing) =
            if back { ("Took back", "Nothing to take back") } else { ("Did again", "Nothing to do again") };
        self.status = label.map_or_else(|| nothing.to_owned(), |label| format!("{done}: {label}"));
        document.choose_sets();
    }

    fn reset_selected(&mut self) {
        if let Some(document) = &mut self.document
            && let Some(parameter) = document.parameter.clone()
        {
            let gesture = gesture_of("reset", self.n_frames);
            document.pin(&parameter, None, gesture);
        }
    }

    fn verify_pack(&mut self) {
        let Some(document) = &self.document else {
            self.status = "Open a study first".to_owned();
            return;
        };
        if let Some((pack, _)) = &document.pack {
            let (bench, pack) = (self.bench(document), pack.clone());
            tasks::verify_pack(&mut self.jobs, bench, pack);
            return;
        }
        let picking = Picking::folder("Verify a pack", Some(document.place.packs()));
        tasks::pick(&mut self.jobs, Purpose::VerifyPack, picking, self.picker.clone());
    }

    fn show_pack(&mut self) {
        let Some((pack, _)) = self.document.as_ref().and_then(|document| document.pack.as_ref()) else { return };
        // The system's file manager; a machine without one says so.
        if let Err(err) = std::process::Command::new("xdg-open").arg(pack).spawn() {
            self.status = format!("The folder is {}; it could not be opened from here ({err})", pack.display());
        }
    }

    fn shuttle(&mut self, speed: impl Fn(f64) -> f64) {
        if let Some(document) = &mut self.document {
            document.speed = speed(document.speed);
        }
    }

    fn step(&mut self, frames: f64) {
        let Some(document) = &mut self.document else { return };
        document.speed = 0.0;
        let Some(clock) = document.shown_family().map(|family| family.clock) else { return };
        document.time_s = (document.time_s + frames / clock.frame_rate_hz).min(clock.duration_s).max(0.0);
        let n_frames = self.view.compare.timeline.length_s * self.view.compare.timeline.rate_hz;
        if n_frames > 0.0 {
            document.pair_share = (document.pair_share + frames / n_frames).clamp(0.0, 1.0);
        }
    }

    fn go_to_draw(&mut self, by: i64) {
        if self.shell.workspace == Workspace::Compare {
            self.go_to_pair(by);
            return;
        }
        let Some(document) = &mut self.document else { return };
        document.draw = document.draw.saturating_add_signed(by);
        document.look_at_draw();
    }

    /// Moves the play head with the window's time.
    pub(super) fn play(&mut self, ctx: &egui::Context) {
        let shown_s = self.document.as_ref().and_then(|document| self.live.acted_on(document)).map(LiveShown::time_s);
        let Some(document) = &mut self.document else { return };
        let Some(clock) = document.shown_family().map(|family| family.clock) else { return };
        let holds = ctx.input(|input| input.pointer.any_down());
        document.stage.settle_aim(holds && self.shell.workspace == Workspace::Author);
        if document.speed == 0.0 || document.stage.aiming {
            return;
        }
        // A machine that draws slowly skips states rather than time.
        let passed = f64::from(ctx.input(|input| input.unstable_dt.min(0.25))) * document.speed * document.stage.pace;
        act_stage::pass(document, passed, &clock, shown_s);
        let length_s = self.view.compare.timeline.length_s;
        if length_s > 0.0 {
            document.pair_share = (document.pair_share + passed / length_s).rem_euclid(1.0);
        }
        // The preview's worker wakes the window when its picture is there; until then another frame would only cost it time.
        let drawing = self.live.preview.as_ref().is_ok_and(live::LivePreview::is_stale);
        let period_s = 1.0 / clock.frame_rate_hz.clamp(10.0, 60.0);
        ctx.request_repaint_after(std::time::Duration::from_secs_f64(if drawing { 0.25 } else { period_s }));
    }
}

/// A message that changes only the document. `presses` counts the pointer's presses: what one press does is one step.
pub(super) fn apply(document: &mut Document, message: Message, presses: u64) -> Result<(), String> {
    match message {
        Message::SelectNode(id) => {
            if let Some(name) = id.strip_prefix(fill_rest::UNREADABLE) {
                let file = document.study().unreadable.iter().find(|file| file.id == name);
                return file.map_or(Ok(()), |file| Err(file.why.clone()));
            }
            select_node(document, &id);
        }
        Message::OpenParameter { family, parameter } => {
            document.show_family(&family);
            document.parameter = Some(parameter);
        }
        Message::SelectParameter(name) => {
            document.parameter = (!name.is_empty()).then_some(name);
        }
        // Each number counts its own gestures: the parameter's name tells them apart.
        Message::SetValue { parameter, value, gesture } => {
            document.pin(&parameter, Some(value), gesture_of(&parameter, gesture));
        }
        Message::ResetValue { parameter } => document.pin(&parameter, None, gesture_of("reset", presses)),
        Message::Inherit { list, key } => return act_author::inherit(document, list, key),
        Message::Change { change, gesture } => return act_author::change_family(document, &change, gesture),
        Message::MoveEvent { event, part, to_s, gesture } => {
            return act_author::move_event(document, (event, part), to_s, gesture);
        }
        Message::Seek(time_s) => {
            document.speed = 0.0;
            document.time_s = time_s;
        }
        Message::SelectDraw(draw) => document.draw = draw,
        Message::SelectPair(pair) => document.pair = pair,
        Message::SelectMetric(id) => document.metric = Some(id).filter(|id| document.metric.as_ref() != Some(id)),
        Message::ShowChannel(word) => {
            document.channel = channel::called(&word).unwrap_or_default();
        }
        _ => {}
    }
    Ok(())
}

/// What a person is told of the families that could not be read.
fn unreadable(study: &Study) -> Option<Banner> {
    let [first, others @ ..] = study.unreadable.as_slice() else { return None };
    let more = if others.is_empty() { String::new() } else { format!(" ({} more in the tree)", others.len()) };
    Some(Banner { text: format!("The family {} is left out: {}{more}", first.id, first.why), cure: None })
}

fn select_node(document: &mut Document, id: &str) {
    if let Some(family) = id.strip_prefix("family:") {
        document.show_family(family);
    } else if let Some(name) =
        id.strip_prefix("set:").or_else(|| id.strip_prefix("reference:")).or_else(|| id.strip_prefix("held:"))
    {
        let study = Arc::clone(document.study());
        let Some(set) = study.set(name) else { return };
        let choice = if is_reality(set.origin) { &mut document.real } else { &mut document.synthetic };
        *choice = Some(name.to_owned());
        // The tree's choice is Compare's too.
        document.beside.sets = [None, None];
        document.pair = 0;
        document.choose_sets();
    }
}

/// A number for the `count`th gesture on the thing called `name`.
pub(super) fn gesture_of(name: &str, count: u64) -> u64 {
    let name = name.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(1_099_511_628_211).wrapping_add(u64::from(byte)));
    name.wrapping_add(count)
}

/// Copies a folder into one that may exist but holds none of its files.
pub(super) fn copy_folder(from: &Path, to: &Path) -> Result<(), FileError> {
    crate::base::files::make_folder(to)?;
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |err| FileError::new("copy", &path, err)
    };
    for entry in std::fs::read_dir(from).map_err(fail(from))? {
        let path = entry.map_err(fail(from))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            std::fs::copy(&path, &target).map_err(fail(&path))?;
        }
    }
    Ok(())
}
