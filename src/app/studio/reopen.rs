//! A lost graphics device: the window is opened anew on a device that works, with everything that was in it.
//!
//! The window and the preview draw with one device, and `egui` cannot take another while a window lives. So the window closes,
//! hands what it holds to the next one, and that one says what happened. Nothing is written to disk unless no window can be
//! opened any more: then unsaved edits go into a study beside the one that was open.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use eframe::egui;

use crate::app::Shell;
use crate::app::theme;
use crate::app::view::Banner;

use super::Studio;
use super::act::copy_folder;
use super::document::Document;
use super::matching;
use super::settings::Settings;

/// Where a closing window leaves what the next one takes.
pub(super) type Slot = Rc<RefCell<Option<Carried>>>;

/// What goes from a window whose device was lost to the next.
pub(super) struct Carried {
    document: Option<Document>,
    shell: Shell,
    settings: Settings,
    dark: bool,
    why: String,
}

/// For tests of what a lost device leads to: after so many seconds, the first window gives its device up.
const LOSE_AFTER_S: &str = "WORLDPROOF_LOSE_DEVICE_AFTER_S";

impl Studio {
    /// Closes a window whose device was lost; true while it closes. It draws nothing meanwhile: `egui` would end the program.
    pub(super) fn guard_device(&mut self, ctx: &egui::Context) -> bool {
        let since_s = ctx.input(|input| input.time);
        if self.loses_after_s.is_some_and(|after_s| since_s > after_s) {
            self.loses_after_s = None;
            self.live.gpu.destroy();
        } else if self.loses_after_s.is_some() {
            ctx.request_repaint_after(std::time::Duration::from_millis(50));
        }
        let Some(why) = self.live.gpu.lost() else { return false };
        if self.hands_over.is_none() {
            self.hands_over = Some((why, ctx.global_style().visuals.dark_mode));
            self.may_close = true;
        }
        ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        ctx.request_repaint();
        true
    }

    /// Puts what the next window needs where it finds it; nothing where this one closes for good.
    pub(super) fn hand_over(&mut self) {
        let Some((why, dark)) = self.hands_over.take() else { return };
        let (shell, settings) = (std::mem::take(&mut self.shell), self.settings.clone());
        *self.slot.borrow_mut() = Some(Carried { document: self.document.take(), shell, settings, dark, why });
    }

    /// Goes on where the window before ended, and says why.
    pub(super) fn take_over(&mut self, carried: Carried, ctx: &egui::Context) {
        ctx.set_theme(if carried.dark { egui::Theme::Dark } else { egui::Theme::Light });
        (self.shell, self.settings, self.document) = (carried.shell, carried.settings, carried.document);
        self.loses_after_s = None;
        if let Some(document) = &mut self.document {
            document.cut_off();
            if let Some((_, real)) = &document.lab.matching.real {
                self.live.uploads.put(ctx, matching::REAL, theme::color_image(real));
            }
        }
        self.open_sets();
        self.draw_pairs();
        let text = format!(
            "The graphics device was lost ({}). The window was opened anew on {}: the study, unsaved edits and undo are as they were; \
             jobs that ran were stopped.",
            carried.why, self.view.adapter.name
        );
        self.banner = Some(Banner { text, cure: None });
    }
}

/// The seconds after which a test wants the device to be lost.
pub(super) fn loses_after_s() -> Option<f64> {
    std::env::var(LOSE_AFTER_S).ok()?.parse().ok()
}

/// Saves unsaved edits of what `slot` holds into a study beside the open one, where no window takes them; its folder.
///
/// # Errors
/// When the disk refuses.
pub(super) fn rescue(slot: &Slot) -> Result<Option<PathBuf>, String> {
    let Some(document) = slot.borrow_mut().take().and_then(|carried| carried.document) else { return Ok(None) };
    if !document.is_unsaved() {
        return Ok(None);
    }
    let folder = free(&document.place.folder);
    copy_folder(&document.place.folder, &folder).map_err(|err| err.to_string())?;
    document.study().save(&folder).map_err(|err| err.to_string())?;
    Ok(Some(folder))
}

/// A folder beside `folder` that does not exist yet.
fn free(folder: &Path) -> PathBuf {
    let name = folder.file_name().map_or_else(|| "study".to_owned(), |name| name.to_string_lossy().into_owned());
    let beside = |number: usize| folder.with_file_name(format!("{name}-rescued-{number}"));
    (1..1000).map(beside).find(|folder| !folder.exists()).unwrap_or_else(|| beside(0))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::super::live::{Image, LiveAsk, LivePreview, Scene, SharedRenderer, live_preview};
    use super::*;
    use crate::app::channel::Shows;
    use crate::render::{Channel, Gpu};
    use crate::run::new;
    use crate::run::preview::Previewer;
    use crate::study::Edit;

    fn answer(preview: &mut LivePreview, ask: &LiveAsk) -> Result<Vec<u8>, String> {
        preview.ask(ask.clone());
        let until = Instant::now() + Duration::from_mins(1);
        while preview.is_stale() && Instant::now() < until {
            preview.poll();
            std::thread::sleep(Duration::from_millis(5));
        }
        let shown = preview.last().expect("an answer").as_ref().map_err(Clone::clone)?;
        let Image::Coloured(all) = &shown.image else { panic!("from memory") };
        Ok(all[0].pixels.bytes.clone())
    }

    #[test]
    fn a_lost_device_is_reported_and_another_draws_the_same() {
        let mut family = new::example("tabletop_light_step").expect("ships");
        (family.camera.width_px, family.camera.height_px) = (96, 72);
        let scene = Scene::new(Arc::new(Previewer::new(Arc::new(family), 7)), BTreeMap::new());
        let shows = Shows { channel: Channel::Depth, ..Shows::default() };
        let ask = LiveAsk { scene, index: 0, time_s: 0.2, shows, orbit: None, deeds: None };
        let gpu = Gpu::headless().expect("a graphics driver");
        let mut preview = live_preview(&SharedRenderer::new(&gpu), Arc::new(|| ())).expect("a thread");
        let first = answer(&mut preview, &ask).expect("drawn");
        assert_eq!(gpu.lost(), None);
        gpu.destroy();
        let later = LiveAsk { time_s: 0.4, ..ask.clone() };
        let refused = answer(&mut preview, &later).expect_err("nothing draws");
        assert!(refused.contains("graphics device"), "{refused}");
        assert!(gpu.lost().is_some_and(|why| !why.is_empty()));
        let again = Gpu::headless().expect("a graphics driver");
        let mut preview = live_preview(&SharedRenderer::new(&again), Arc::new(|| ())).expect("a thread");
        assert_eq!(answer(&mut preview, &ask).expect("drawn"), first);
        assert_eq!(again.lost(), None);
    }

    #[test]
    fn unsaved_edits_are_rescued_where_no_window_opens() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let mut family = (**document.shown_family().expect("a family")).clone();
        family.title = "Changed and not saved".to_owned();
        document.edit(Edit::PutFamily(Arc::new(family)), None).expect("edited");
        let (opened, id) = (document.place.folder.clone(), document.family().to_owned());
        let carried = |document| {
            let (shell, settings) = (Shell::default(), Settings::default());
            Some(Carried { document, shell, settings, dark: true, why: String::new() })
        };
        let slot: Slot = Rc::default();
        *slot.borrow_mut() = carried(Some(document));
        let folder = rescue(&slot).expect("written").expect("something was unsaved");
        let title = |folder: &Path| {
            let study = crate::study::Study::load(folder).expect("a study");
            study.family(&id).expect("is there").title.clone()
        };
        assert_eq!(title(&folder), "Changed and not saved");
        assert_ne!(title(&opened), "Changed and not saved", "the open one stays as it was");
        *slot.borrow_mut() = carried(Some(Document::open(&opened, dir.path().join("keys")).expect("opens")));
        assert_eq!(rescue(&slot), Ok(None), "nothing was unsaved");
    }
}
