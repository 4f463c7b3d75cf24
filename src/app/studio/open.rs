//! Opens the window.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use eframe::WgpuConfiguration;
use eframe::egui::{self, ViewportBuilder};
use eframe::egui_wgpu::WgpuSetup;

use crate::app::theme;

use super::Studio;
use super::reopen;
use super::settings::Settings;
use super::tour::Tour;

/// How the window begins.
#[derive(Clone, Debug)]
pub struct Launch {
    /// A study to open, or a dataset to take in.
    pub path: Option<PathBuf>,
    /// Print the milliseconds to the first painted frame, then close.
    pub profile_startup: bool,
    /// Save a picture of every workspace into this folder, then close.
    pub tour: Option<PathBuf>,
    /// Size in points, `1440x900`.
    pub size: String,
    /// Begin in the light theme.
    pub light: bool,
}

/// Opens the studio and returns when its window is closed.
///
/// # Errors
/// When there is no display or no graphics driver; one sentence with the cure.
pub fn open(arguments: &Launch) -> anyhow::Result<()> {
    let started = Instant::now();
    let size = parse_size(&arguments.size)?;
    let slot = reopen::Slot::default();
    for _ in 0..WINDOWS {
        let tour = Tour::new(arguments, started);
        if let Err(err) = window(arguments, size, tour, &slot) {
            return Err(rescued(&slot, explain(&err)));
        }
        if slot.borrow().is_none() {
            return Ok(());
        }
    }
    Err(rescued(&slot, anyhow!("the graphics device was lost {WINDOWS} times; update its driver")))
}

/// Windows that are opened one after another: a device that is lost in each of them is none.
const WINDOWS: usize = 9;

/// `err`, and where unsaved edits are now.
fn rescued(slot: &reopen::Slot, err: anyhow::Error) -> anyhow::Error {
    match reopen::rescue(slot) {
        Ok(None) => err,
        Ok(Some(folder)) => anyhow!("{err}. Unsaved edits were written to {}", folder.display()),
        Err(why) => anyhow!("{err}. Unsaved edits could not be written ({why})"),
    }
}

/// One window, from its opening to its end. It takes from `slot` what the one before has left, and leaves there what the next needs.
fn window(arguments: &Launch, size: [f32; 2], tour: Option<Tour>, slot: &reopen::Slot) -> eframe::Result {
    let viewport = ViewportBuilder::default()
        .with_title("Worldproof")
        .with_app_id("worldproof")
        .with_inner_size(size)
        .with_min_inner_size([800.0, 560.0]);
    let picture_run = arguments.tour.is_some() || arguments.profile_startup;
    let usual = eframe::NativeOptions::default();
    let options = eframe::NativeOptions {
        viewport,
        // Pictures of the window must not depend on what an earlier run left.
        persist_window: !picture_run,
        // No file at all: nothing is read and nothing can be kept.
        persistence_path: picture_run.then(PathBuf::new),
        wgpu_options: with_large_buffers(usual.wgpu_options),
        ..usual
    };
    let (arguments, slot) = (arguments.clone(), Rc::clone(slot));
    eframe::run_native(
        "worldproof",
        options,
        Box::new(move |creation| {
            let ctx = &creation.egui_ctx;
            theme::install(ctx);
            ctx.set_theme(if arguments.light { egui::Theme::Light } else { egui::Theme::Dark });
            let state = creation.wgpu_render_state.as_ref().ok_or("the window has no graphics device")?;
            let settings = if picture_run { Settings::default() } else { Settings::load(creation.storage) };
            let mut studio = Studio::new(ctx, state, settings, tour);
            let carried = slot.borrow_mut().take();
            studio.slot = slot;
            match (carried, &arguments.path) {
                (Some(carried), _) => studio.take_over(carried, ctx),
                (None, Some(path)) => open_first(&mut studio, path),
                (None, None) => {}
            }
            Ok(Box::new(studio))
        }),
    )
}

/// egui's own choice of a device, with buffers as large as it has: every channel of a picture lies in one.
fn with_large_buffers(mut options: WgpuConfiguration) -> WgpuConfiguration {
    if let WgpuSetup::CreateNew(new) = &mut options.wgpu_setup {
        let usual = Arc::clone(&new.device_descriptor);
        new.device_descriptor = Arc::new(move |adapter| {
            let mut described = usual(adapter);
            described.required_limits.max_buffer_size = adapter.limits().max_buffer_size;
            described
        });
    }
    options
}

fn open_first(studio: &mut Studio, path: &Path) {
    if path.join("study.ron").is_file() || !path.exists() {
        studio.open_study(path);
    } else {
        studio.dropped(vec![path.to_owned()]);
    }
}

fn parse_size(text: &str) -> anyhow::Result<[f32; 2]> {
    let parts =
        text.split_once('x').with_context(|| format!("--size is WIDTHxHEIGHT, for example 1440x900, not `{text}`"))?;
    let number = |part: &str| part.parse::<f32>().ok().filter(|value| (320.0..=16_384.0).contains(value));
    match (number(parts.0), number(parts.1)) {
        (Some(width), Some(height)) => Ok([width, height]),
        _ => Err(anyhow!("--size takes points between 320 and 16384, for example 1440x900, not `{text}`")),
    }
}

/// eframe's errors in one sentence with a cure.
fn explain(err: &eframe::Error) -> anyhow::Error {
    let text = err.to_string();
    let lower = text.to_lowercase();
    if ["display", "wayland", "x11", "event loop"].iter().any(|word| lower.contains(word)) {
        return anyhow!(
            "no window could be opened ({text}); start the studio on a desktop, or use the command line (worldproof --help)"
        );
    }
    anyhow!(
        "no window could be drawn ({text}); install a Vulkan driver (on Debian and Ubuntu: apt install mesa-vulkan-drivers), \
         or use the command line (worldproof --help)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_parse_or_say_how() {
        assert_eq!(parse_size("1440x900").expect("size"), [1440.0, 900.0], "points");
        for bad in ["", "1440", "x", "0x0", "axb", "99999x1"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
