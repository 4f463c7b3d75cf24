//! Runs without a person: the start-up clock, and a walk through every workspace with a picture of each.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use eframe::egui::{self, ColorImage};

use crate::app::Command;
use crate::app::latest::Latest;
use crate::base::{Rgb, files, png};

use super::sheet::LiveSheet;
use super::{Launch, Studio};

/// What the window does by itself.
pub(super) struct Tour {
    started: Instant,
    profile: bool,
    folder: Option<PathBuf>,
    stop: usize,
    /// When the current stop's screen stood still first.
    settled: Option<Instant>,
    shot: Option<Arc<AtomicBool>>,
}

/// A picture's name and the commands that lead to it.
type Stop = (&'static str, &'static [Command]);

const STOPS: [Stop; 11] = [
    ("author", &[Command::Author]),
    ("author_depth", &[]),
    ("compare", &[Command::Compare, Command::RunCompare]),
    ("compare_wipe", &[Command::Wipe]),
    ("compare_difference", &[Command::Difference]),
    ("lock", &[Command::Lock]),
    ("trial", &[Command::Trial]),
    ("export", &[Command::Export, Command::VerifyPack]),
    ("ledger", &[Command::Author, Command::ToggleLedger]),
    ("palette", &[Command::ToggleLedger, Command::Palette]),
    ("author_light", &[Command::Palette, Command::ToggleTheme]),
];

/// How long a screen must stand still before its picture is taken.
const STILL: Duration = Duration::from_millis(600);
/// A stop that does not settle is taken as it is.
const PATIENCE: Duration = Duration::from_mins(1);

impl Tour {
    /// `None` where a person sits at the window.
    pub(super) fn new(arguments: &Launch, started: Instant) -> Option<Self> {
        let folder = arguments.tour.clone();
        let wanted = arguments.profile_startup || folder.is_some();
        let profile = arguments.profile_startup;
        wanted.then_some(Self { started, profile, folder, stop: 0, settled: None, shot: None })
    }
}

impl Studio {
    /// Takes the next step of the tour.
    pub(super) fn step_tour(&mut self, ctx: &egui::Context) {
        let Some(mut tour) = self.tour.take() else { return };
        if tour.profile {
            self.profile(&tour, ctx);
        } else if let Some(folder) = tour.folder.clone() {
            self.walk(&mut tour, &folder, ctx);
            ctx.request_repaint_after(Duration::from_millis(50));
        }
        self.tour = Some(tour);
    }

    /// The second frame begins once the first is on the screen.
    fn profile(&self, tour: &Tour, ctx: &egui::Context) {
        if self.n_frames == 2 {
            let report = serde_json::json!({ "first_frame_ms": tour.started.elapsed().as_millis() as u64 });
            say(&report.to_string());
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        ctx.request_repaint();
    }

    fn walk(&mut self, tour: &mut Tour, folder: &Path, ctx: &egui::Context) {
        let Some((name, commands)) = STOPS.get(tour.stop) else {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            return;
        };
        match (&tour.shot, tour.settled) {
            (Some(done), _) if done.load(Ordering::Acquire) => {
                tour.stop += 1;
                tour.settled = None;
                tour.shot = None;
            }
            (Some(_), _) => {}
            // Which draw to show is chosen from the contact sheet: it comes first.
            (None, None) if tour.stop == 0 && self.sheet_is_coming() && tour.started.elapsed() < PATIENCE => {}
            (None, None) => {
                for command in *commands {
                    if !self.shell.apply(*command, ctx) {
                        self.command(*command, ctx);
                    }
                }
                self.prepare(name);
                tour.settled = Some(Instant::now());
                tour.started = Instant::now();
            }
            (None, Some(since)) => {
                if self.is_busy() && tour.started.elapsed() < PATIENCE {
                    tour.settled = Some(Instant::now());
                } else if since.elapsed() > STILL {
                    tour.shot = Some(take_picture(ctx, folder.join(format!("{name}.png"))));
                }
            }
        }
    }

    fn sheet_is_coming(&self) -> bool {
        self.document.is_some() && self.live.sheet.as_ref().is_ok_and(LiveSheet::is_stale)
    }

    fn prepare(&mut self, name: &str) {
        let Some(document) = &mut self.document else { return };
        // Early in the episodes, before most lights have dropped.
        document.pair_share = 0.1;
        document.time_s = document.shown_family().map_or(0.0, |family| family.clock.duration_s * 0.36);
        document.channel =
            if name == "author_depth" { crate::render::Channel::Depth } else { crate::render::Channel::Colour };
        // The first draw of the sheet in which the rare event happens shows what the family is about.
        if let Some(rare) = self.view.author.sheet.tiles.iter().find(|tile| tile.tipped) {
            document.draw = rare.draw;
        }
        let first = document.shown_family().and_then(|family| family.parameters.iter().find(|p| p.proposal.is_some()));
        document.parameter = if name == "author_depth" { None } else { first.map(|parameter| parameter.name.clone()) };
    }

    fn is_busy(&self) -> bool {
        let live = &self.live;
        !self.jobs.lines().is_empty()
            || live.preview.as_ref().is_ok_and(Latest::is_stale)
            || live.sheet.as_ref().is_ok_and(LiveSheet::is_stale)
            || live.pairs.as_ref().is_ok_and(Latest::is_stale)
    }
}

/// Nobody sits at the window: the shell is told. A closed pipe has nobody to tell.
fn say(text: &str) {
    use std::io::Write as _;
    let _closed = writeln!(std::io::stdout(), "{text}");
}

/// Saves what the window shows; true once it is on disk (or could not be written, which is said).
fn take_picture(ctx: &egui::Context, path: PathBuf) -> Arc<AtomicBool> {
    let done = Arc::new(AtomicBool::new(false));
    let (flag, wake) = (Arc::clone(&done), ctx.clone());
    ctx.request_screenshot(move |image| {
        if let Err(error) = save(&image, &path) {
            say(&error);
        }
        flag.store(true, Ordering::Release);
        wake.request_repaint();
    });
    done
}

fn save(image: &ColorImage, path: &Path) -> Result<(), String> {
    let bytes = image.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    let [width, height] = image.size;
    let picture = Rgb::from_bytes(width as u32, height as u32, bytes).ok_or("the window gave no picture")?;
    let encoded = png::encode_rgb(&picture).map_err(|err| err.to_string())?;
    files::make_folder(path.parent().unwrap_or(Path::new("."))).map_err(|err| err.to_string())?;
    files::write_whole(path, &encoded).map_err(|err| err.to_string())
}
