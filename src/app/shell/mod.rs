//! The window: top bar, tree, workspace, inspector, ledger drawer, overlays. Panels go before they squeeze.

mod overlay;
mod top_bar;
mod tree;

use eframe::egui::{self, Frame, Margin, Panel, Ui};

use super::{
    author::InspectorState,
    command::{self, Command},
    lab::{LabLook, Page, matching::Laid},
    many::Face,
    message::{Message, Outbox},
    panes::{self, instrument::Instrument},
    stage,
    theme::{self, Theme},
    view::StudioView,
    widgets::{self, compare::CompareState, compare::Mode, picture::ViewState},
};

/// One of the five workspaces, in pipeline order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Workspace {
    /// Write families.
    #[default]
    Author,
    /// Hold synthetic beside real.
    Compare,
    /// Seal.
    Lock,
    /// Run the arms.
    Trial,
    /// Gate and packs.
    Export,
}

impl Workspace {
    /// All, with the command that shows each.
    pub const ALL: [(Self, Command); 5] = [
        (Self::Author, Command::Author),
        (Self::Compare, Command::Compare),
        (Self::Lock, Command::Lock),
        (Self::Trial, Command::Trial),
        (Self::Export, Command::Export),
    ];
}

/// An overlay over the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlay {
    /// None.
    #[default]
    None,
    /// Command palette.
    Palette,
    /// All keys.
    Shortcuts,
    /// Version, adapter, licences.
    About,
}

/// What belongs to the window and not to the study: which workspace, what is folded away, where one zoomed to.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Shown workspace.
    pub workspace: Workspace,
    /// Overlay.
    pub overlay: Overlay,
    /// Query of the palette.
    pub query: String,
    /// Selected row of the palette.
    pub picked: usize,
    /// What was typed behind the palette's keys before its field was there.
    pub waiting: Vec<egui::Event>,
    /// Search in the tree.
    pub search: String,
    /// Left panel open.
    pub left: bool,
    /// Right panel open.
    pub right: bool,
    /// Ledger drawer open.
    pub ledger: bool,
    /// Zoom of the preview.
    pub preview: ViewState,
    /// How the preview is read.
    pub instrument: Instrument,
    /// What is shown of a family at the right.
    pub inspector: InspectorState,
    /// The page of Author that is shown, and how.
    pub lab: LabLook,
    /// Compare set-up.
    pub compare: CompareState,
}

impl Default for Shell {
    fn default() -> Self {
        Self {
            workspace: Workspace::Author,
            overlay: Overlay::None,
            query: String::new(),
            picked: 0,
            waiting: Vec::new(),
            search: String::new(),
            left: true,
            right: true,
            ledger: false,
            preview: ViewState::default(),
            instrument: Instrument::default(),
            inspector: InspectorState::default(),
            lab: LabLook::default(),
            compare: CompareState::default(),
        }
    }
}

impl Shell {
    /// Does what concerns only the window; true if `command` was such a one. The studio calls this before its own.
    pub fn apply(&mut self, command: Command, ctx: &egui::Context) -> bool {
        match command {
            // Once more leads back from a page that asks.
            Command::Author if self.workspace == Workspace::Author => self.lab.page = Page::Preview,
            Command::Author => self.workspace = Workspace::Author,
            Command::FitToReality => self.ask(Page::Fit),
            Command::EstimateRare => self.ask(Page::Estimate),
            Command::CoverageDifference => self.ask(Page::Difference),
            Command::MatchCamera => self.ask(Page::Match),
            Command::Compare => self.workspace = Workspace::Compare,
            Command::Lock => self.workspace = Workspace::Lock,
            Command::Trial => self.workspace = Workspace::Trial,
            Command::Export => self.workspace = Workspace::Export,
            Command::ToggleLedger => self.ledger = !self.ledger,
            Command::ToggleLeft => self.left = !self.left,
            Command::ToggleInspector => self.right = !self.right,
            Command::Palette => self.open(Overlay::Palette),
            Command::Shortcuts => self.open(Overlay::Shortcuts),
            Command::About => self.open(Overlay::About),
            // Done while drawing, where the numbers are.
            Command::CopyPlot => {}
            Command::ToggleTheme => {
                let dark = ctx.global_style().visuals.dark_mode;
                ctx.set_theme(if dark { egui::Theme::Light } else { egui::Theme::Dark });
            }
            Command::Fit => self.view().fit(),
            Command::ActualSize => {
                let pixels_per_point = ctx.pixels_per_point();
                self.view().actual_size(pixels_per_point);
            }
            Command::Probe => self.read(|instrument| instrument.probe = !instrument.probe),
            Command::SplitView => self.read(Instrument::turn_split),
            Command::FrameTimes => self.read(|instrument| instrument.times = !instrument.times),
            Command::SideBySide => self.compare_as(Mode::SideBySide),
            Command::Wipe => self.compare_as(Mode::Wipe),
            Command::Overlay => self.compare_as(Mode::Overlay),
            Command::Difference => self.compare_as(Mode::Difference),
            Command::HeatMap => self.compare_as(Mode::Heat),
            Command::Labels => {
                // Where they are not seen they are not turned off.
                self.compare.labels = !self.compare.labels || self.workspace != Workspace::Compare;
                self.workspace = Workspace::Compare;
            }
            Command::Blink => {
                // The first press enters the mode; each further one switches the picture.
                if self.compare.mode == Mode::Blink {
                    self.compare.blinked = !self.compare.blinked;
                    self.compare.blink_since_s = Some(ctx.input(|input| input.time));
                }
                self.compare_as(Mode::Blink);
            }
            _ => return false,
        }
        true
    }

    /// Changes how the preview is read, and shows it.
    fn read(&mut self, change: impl FnOnce(&mut Instrument)) {
        self.ask(Page::Preview);
        change(&mut self.instrument);
    }

    fn ask(&mut self, page: Page) {
        (self.workspace, self.lab.page) = (Workspace::Author, page);
    }

    /// Goes where a parameter is shown, if one is to be opened.
    fn follow(&mut self, out: &Outbox) {
        if out.messages.iter().any(|message| matches!(message, Message::OpenParameter { .. })) {
            self.ask(Page::Preview);
            self.inspector.face = super::author::Face::Parameters;
        }
    }

    fn open(&mut self, overlay: Overlay) {
        self.overlay = if self.overlay == overlay { Overlay::None } else { overlay };
        self.query.clear();
        self.picked = 0;
        if self.overlay == Overlay::None {
            self.waiting.clear();
        }
    }

    fn view(&mut self) -> &mut ViewState {
        match (self.workspace, self.lab.page) {
            (Workspace::Compare, _) => &mut self.compare.view,
            (Workspace::Author, Page::Match) => &mut self.lab.matching.view,
            _ => &mut self.preview,
        }
    }

    fn compare_as(&mut self, mode: Mode) {
        let laid = match mode {
            Mode::Wipe => Some(Laid::Wipe),
            Mode::Overlay => Some(Laid::Overlay),
            Mode::Difference => Some(Laid::Difference),
            Mode::SideBySide | Mode::Blink | Mode::Heat | Mode::Evidence => None,
        };
        if let Some(laid) = laid.filter(|_| self.workspace == Workspace::Author && self.lab.page == Page::Match) {
            self.lab.matching.lay(laid);
            return;
        }
        self.compare.take_divider = mode == Mode::Wipe;
        self.workspace = Workspace::Compare;
        self.compare.mode = mode;
    }
}

/// Draws the whole window from `view` and collects in `out` what the person wants, keys included.
pub fn shell_ui(ui: &mut Ui, view: &StudioView, shell: &mut Shell, out: &mut Outbox) {
    // A dialog owns the keyboard.
    if view.confirm.is_none() && view.form.is_none() {
        keys(ui.ctx(), view, shell, out);
    }
    release_blink(ui, &mut shell.compare);
    top_bar::top_bar(ui, view, shell, out);
    if let Some(banner) = &view.banner {
        Panel::top("banner").frame(bar_frame(ui)).exact_size(36.0).show(ui, |ui| {
            widgets::banner::banner(ui, banner, out);
        });
    }
    status(ui, view, shell, out);
    if view.study.is_some() {
        workspace(ui, view, shell, out);
    } else {
        panes::welcome::welcome(ui, &view.welcome, out);
    }
    overlay::overlay(ui.ctx(), view, shell, out);
    // One dialog at a time, so that a key means one thing.
    if let Some(confirm) = &view.confirm {
        widgets::banner::confirm(ui.ctx(), confirm, out);
    } else if let Some(form) = &view.form {
        widgets::form::form(ui.ctx(), form, out);
    }
    escape(ui, view, shell, out);
    if out.commands.contains(&Command::CopyPlot)
        && let Some(csv) = plot_csv(view, shell)
    {
        ui.copy_text(csv);
    }
}

/// The commands whose keys were pressed. What is typed behind the palette's keys is its query: a slow pass brings both at
/// once, and it waits until the field is there.
fn keys(ctx: &egui::Context, view: &StudioView, shell: &mut Shell, out: &mut Outbox) {
    let in_palette = shell.overlay == Overlay::Palette;
    if in_palette && overlay::takes_letters(ctx) {
        let waiting = std::mem::take(&mut shell.waiting);
        ctx.input_mut(|input| drop(input.events.splice(0..0, waiting)));
    } else if let Some(from) = if in_palette { Some(0) } else { command::palette_asked(ctx) } {
        shell.waiting.extend(command::take_typed(ctx, from));
        ctx.request_repaint();
    }
    let live = view.author.stage.live.is_some() && shell.workspace == Workspace::Author;
    if live && !in_palette && !ctx.text_edit_focused() {
        event_keys(ctx, view, out);
    }
    for command in command::pressed(ctx, in_palette || ctx.text_edit_focused()) {
        out.command(command);
    }
}

/// In a live run the number keys let events begin, those behind them let things appear, and none leads to another workspace.
fn event_keys(ctx: &egui::Context, view: &StudioView, out: &mut Outbox) {
    use egui::Key::{Num1, Num2, Num3, Num4, Num5, Num6, Num7, Num8, Num9};
    for (at, key) in [Num1, Num2, Num3, Num4, Num5, Num6, Num7, Num8, Num9].into_iter().enumerate() {
        if ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key))
            && let Some((_, act)) = stage::live_keys(view.author.inspected.as_ref()).get(at)
        {
            out.send(Message::Stage(act.clone()));
        }
    }
}

/// Escape clears the brush, once nothing lies above that it would close.
fn escape(ui: &Ui, view: &StudioView, shell: &Shell, out: &mut Outbox) {
    let author = &view.author.many;
    let above = view.confirm.is_some()
        || view.form.is_some()
        || shell.overlay != Overlay::None
        || author.compared.is_some()
        || egui::Popup::is_any_open(ui.ctx());
    let idle = shell.workspace != Workspace::Author || author.state.brush.is_empty();
    if !above && !idle && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
        out.command(Command::ClearBrush);
    }
}

/// Blink held longer than this shows the other picture only while it is held.
const TAP_S: f64 = 0.25;

fn release_blink(ui: &Ui, compare: &mut CompareState) {
    let Some(since_s) = compare.blink_since_s else { return };
    let (held, now_s) = ui.input(|input| (input.key_down(egui::Key::B), input.time));
    if held {
        return;
    }
    compare.blink_since_s = None;
    if now_s - since_s > TAP_S {
        compare.blinked = !compare.blinked;
    }
}

/// The numbers behind the plot that is shown.
fn plot_csv(view: &StudioView, shell: &Shell) -> Option<String> {
    let lab = &view.lab;
    match shell.workspace {
        Workspace::Author if shell.lab.page != Page::Preview => match shell.lab.page {
            Page::Fit => lab.fit.answer.shown().map(crate::app::lab::fit::Fits::csv),
            Page::Estimate => lab.estimate.answer.shown().map(crate::app::lab::estimate::Estimates::csv),
            Page::Match | Page::Preview => None,
            Page::Difference => lab.difference.answer.shown().map(crate::app::lab::difference::Differences::csv),
        },
        Workspace::Author if view.author.many.state.face != Face::Sheet => {
            let many = &view.author.many;
            match &many.heat {
                Some(map) => Some(widgets::heat::csv(map)),
                None => Some(many.pool.csv(&many.brushed)),
            }
        }
        Workspace::Author => {
            let name = view.author.selected.as_deref()?;
            let parameter = view.author.parameters.iter().find(|parameter| parameter.name == name)?;
            Some(widgets::distribution::csv(parameter))
        }
        Workspace::Compare => view.compare.histograms.first().map(widgets::histogram::csv),
        Workspace::Lock | Workspace::Trial | Workspace::Export => None,
    }
}

pub(crate) fn bar_frame(ui: &Ui) -> Frame {
    Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::symmetric(8, 0))
}

/// A panel's frame: no margin, so that rows reach its edges.
pub(crate) fn panel_frame(ui: &Ui) -> Frame {
    Frame::new().fill(Theme::of(ui).panel)
}

fn status(ui: &mut Ui, view: &StudioView, shell: &mut Shell, out: &mut Outbox) {
    Panel::bottom("status").frame(bar_frame(ui)).exact_size(theme::INPUT).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            let theme = Theme::of(ui);
            let caret = if shell.ledger { super::icon::MINUS } else { super::icon::PLUS };
            let last = view.ledger.last().map_or_else(String::new, |row| format!("#{} {}", row.seq, row.kind));
            let text = theme.caption(format!("{caret} {} Ledger  {last}", super::icon::NOTEBOOK));
            let button = egui::Button::new(text).frame_when_inactive(false).truncate();
            if view.study.is_some() && ui.add(button).on_hover_text(Command::ToggleLedger.info().tooltip).clicked() {
                out.command(Command::ToggleLedger);
            }
            if view.study.is_some() && !view.fingerprint.is_empty() {
                let text = format!("{} {}", super::icon::FINGERPRINT, view.fingerprint);
                ui.label(theme.caption(text).monospace()).on_hover_text("Hash of the ledger's last entry");
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(theme.caption(&view.status)).truncate());
            });
        });
    });
    if shell.ledger && view.study.is_some() {
        Panel::bottom("ledger").frame(panel_frame(ui)).resizable(true).default_size(144.0).min_size(96.0).show(
            ui,
            |ui| {
                widgets::ledger::ledger(ui, &view.ledger);
            },
        );
    }
}

fn workspace(ui: &mut Ui, view: &StudioView, shell: &mut Shell, out: &mut Outbox) {
    let width = ui.available_width();
    // The tree goes first: the tabs and the palette reach everything that it does.
    if shell.left && width >= 1200.0 {
        Panel::left("tree").frame(panel_frame(ui)).default_size(232.0).size_range(160.0..=360.0).show(ui, |ui| {
            widgets::contained(ui, |ui| tree::tree(ui, view, shell, out));
        });
    }
    if shell.right && width >= 900.0 {
        let inspector = if width >= 1400.0 { 368.0 } else { 312.0 };
        Panel::right("inspector").frame(panel_frame(ui)).default_size(inspector).size_range(240.0..=560.0).show(
            ui,
            |ui| {
                widgets::contained(ui, |ui| match shell.workspace {
                    Workspace::Author => panes::inspector::inspector(ui, &view.author, &mut shell.inspector, out),
                    Workspace::Compare => {
                        panes::compare::inspector(ui, &view.compare, &mut shell.compare, out);
                        shell.follow(out);
                    }
                    Workspace::Lock => panes::lock::inspector(ui, &view.lock),
                    Workspace::Trial => panes::trial::inspector(ui, &view.trial),
                    Workspace::Export => panes::export::inspector(ui, &view.export, out),
                });
            },
        );
    }
    egui::CentralPanel::no_frame().frame(Frame::new().fill(Theme::of(ui).canvas)).show(ui, |ui| {
        match shell.workspace {
            Workspace::Author => {
                if shell.lab.page == Page::Preview {
                    let looks = (&mut shell.preview, &mut shell.instrument);
                    panes::author::author(ui, &view.author, looks, &mut shell.inspector, out);
                } else {
                    panes::lab::lab(ui, &view.lab, &mut shell.lab, out);
                }
            }
            Workspace::Compare => panes::compare::compare(ui, &view.compare, &mut shell.compare, out),
            Workspace::Lock => panes::lock::lock(ui, &view.lock, out),
            Workspace::Trial => panes::trial::trial(ui, &view.trial),
            Workspace::Export => panes::export::export(ui, &view.export, out),
        }
    });
}
