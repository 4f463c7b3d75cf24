//! The shown moment as the camera's sensor makes it: the very picture that a generated set has, drawn while time stands.
//!
//! It takes far longer than the preview's own picture, which is shown until it is there and while anything moves.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use eframe::egui;

use crate::app::jobs::Wake;
use crate::app::lab::Page;
use crate::app::latest::Latest;
use crate::app::shell::Workspace;
use crate::app::stage::Developed;
use crate::app::theme;
use crate::app::view::PictureState;
use crate::render::{Channel, Renderer, Wanted};
use crate::run::RunError;
use crate::run::generator::{Filming, Look};
use crate::run::preview::Preview;
use crate::sense::camera::lens::Lens;

use super::Studio;
use super::live::{Scene, SharedRenderer};

/// Which moment is to be developed.
#[derive(Clone)]
pub(super) struct DevelopAsk {
    scene: Scene,
    index: u64,
    time_s: f64,
}

impl DevelopAsk {
    fn same(&self, other: &Self) -> bool {
        self.scene.same(&other.scene) && self.index == other.index && self.time_s == other.time_s
    }
}

/// What came of it.
type Answer = (DevelopAsk, Result<Developed, String>);

/// The worker with what it was asked last; its thread begins when it is first needed.
#[derive(Default)]
pub(super) struct LiveDeveloped {
    worker: Option<Result<Latest<DevelopAsk, Answer>, String>>,
    asked: Option<DevelopAsk>,
}

/// Develops moments; keeps the last episode.
#[derive(Default)]
struct Darkroom {
    filming: Option<(u64, Filming)>,
    kept: Option<(Scene, u64, Preview)>,
}

impl Darkroom {
    /// Draws and simulates what `ask` shows, unless it is there.
    fn prepare(&mut self, ask: &DevelopAsk) -> Result<(), RunError> {
        if self.kept.as_ref().is_none_or(|(scene, index, _)| !scene.same(&ask.scene) || *index != ask.index) {
            self.kept = Some((ask.scene.clone(), ask.index, ask.scene.simulate(ask.index)?));
        }
        Ok(())
    }

    /// The picture of the asked moment.
    fn develop(&mut self, renderer: &mut Renderer, ask: &DevelopAsk) -> Result<Developed, RunError> {
        let Some((_, _, preview)) = &self.kept else { return Err(RunError::Stopped) };
        let seed = ask.scene.previewer.study_seed();
        let known = self.filming.take().filter(|(of, _)| *of == seed);
        let (_, filming) = self.filming.insert(known.unwrap_or_else(|| (seed, Filming::new(Look::Family, seed))));
        let states = &preview.episode.snapshots;
        let at = states.partition_point(|state| state.time_s <= ask.time_s + 1e-6).saturating_sub(1);
        let of = (&*ask.scene.family, &preview.draw);
        let (frame, _) = filming.frame_with(renderer, of, (&preview.episode, at), Wanted::default())?;
        let lens = preview.episode.sensor.as_deref().map_or(Lens::PINHOLE, Lens::of);
        Ok(Developed { pixels: Arc::new(frame.colour), lens })
    }
}

fn worker(shared: &SharedRenderer, wake: Wake) -> Result<Latest<DevelopAsk, Answer>, String> {
    let (shared, mut darkroom) = (shared.clone(), Darkroom::default());
    let work = move |ask: DevelopAsk, _: &AtomicBool| {
        let mut developed = None;
        let done = darkroom.prepare(&ask).and_then(|()| {
            shared.with(|renderer| {
                developed = Some(darkroom.develop(renderer, &ask)?);
                Ok(())
            })
        });
        let developed = done.and_then(|()| developed.ok_or(RunError::Stopped));
        Some((ask, developed.map_err(|error| error.to_string())))
    };
    Latest::new("developed", wake, work).map_err(|error| format!("the system gave no thread for it: {error}"))
}

impl Studio {
    /// What is to be developed now; `None` while anything moves or something else is looked at.
    fn to_develop(&self) -> Option<DevelopAsk> {
        let document = self.document.as_ref().filter(|document| document.stage.through_sensor)?;
        let is_seen = self.shell.workspace == Workspace::Author && self.shell.lab.page == Page::Preview;
        let rests = document.speed == 0.0 && document.stage.orbit.is_none() && document.stage.live.is_none();
        let is_filmed = document.shown_family().is_some_and(|family| family.camera.sensor.is_some());
        let shows = is_seen && rests && is_filmed && document.channel == Channel::Colour;
        let scene = document.scene().filter(|_| shows)?;
        Some(DevelopAsk { scene, index: document.draw, time_s: document.time_s })
    }

    /// Asks for the shown moment once time stands, and takes its picture in.
    pub(super) fn settle_developed(&mut self, ctx: &egui::Context) {
        let Some(ask) = self.to_develop().filter(|_| !ctx.input(|input| input.pointer.any_down())) else { return };
        let (shared, repaint) = (&self.live.renderer, ctx.clone());
        let live = &mut self.live.developed;
        let worker = live.worker.get_or_insert_with(|| worker(shared, Arc::new(move || repaint.request_repaint())));
        let Ok(worker) = worker else { return };
        if live.asked.as_ref().is_none_or(|before| !before.same(&ask)) {
            worker.ask(ask.clone());
            live.asked = Some(ask);
        }
        if worker.poll()
            && let Some((_, Ok(developed))) = worker.last()
        {
            self.live.uploads.put(ctx, "developed", theme::color_image(&developed.pixels));
        }
    }

    /// Shows the developed picture in place of the preview's, where it is of the same moment.
    pub(super) fn fill_developed(&mut self) {
        let Some(ask) = self.to_develop() else { return };
        let picture = &mut self.view.author.preview;
        let last = match &self.live.developed.worker {
            Some(Ok(worker)) => worker.last(),
            Some(Err(why)) => {
                picture.state = PictureState::Failed(why.clone());
                return;
            }
            None => None,
        };
        match last.filter(|(of, _)| of.same(&ask)).map(|(_, developed)| developed) {
            None => picture.state = PictureState::Loading("Through the sensor".to_owned()),
            Some(Err(why)) => picture.state = PictureState::Failed(why.clone()),
            Some(Ok(developed)) => {
                let Some(id) = self.live.uploads.id("developed") else { return };
                let pixels = &developed.pixels;
                picture.texture = Some((id, [pixels.width, pixels.height]));
                picture.pixels = Some(Arc::clone(pixels));
                picture.channel.push_str(" through the sensor");
                self.view.author.stage.reading.developed = Some(developed.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;
    use crate::family::sensor_model::{Auto, BrownConrady, Coding, Noise, SensorModel};
    use crate::family::{Bound, Family};
    use crate::render::Gpu;
    use crate::run::generator::{Generator as _, Procedural};
    use crate::study::Edit;

    #[test]
    fn it_is_the_picture_that_generate_writes() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        let mut family: Family = (**document.shown_family().expect("a family")).clone();
        (family.camera.width_px, family.camera.height_px, family.clock.duration_s) = (96, 72, 0.3);
        family.camera.sensor = Some(Box::new(SensorModel {
            brown_conrady: Some(BrownConrady { k1: Bound::Number(-0.2), ..BrownConrady::default() }),
            auto: Some(Auto::default()),
            noise: Some(Noise::default()),
            coding: Some(Coding { jpeg_quality: Bound::Number(70.0), ..Coding::default() }),
            ..SensorModel::default()
        }));
        document.edit(Edit::PutFamily(Arc::new(family)), None).expect("fits");
        let scene = document.scene().expect("a family");
        let gpu = Gpu::headless().expect("a graphics driver");
        let mut generator = Procedural::new(&gpu, Look::Family, scene.previewer.study_seed()).expect("a generator");
        let (mut renderer, mut darkroom) = (Renderer::new(&gpu).expect("a renderer"), Darkroom::default());
        for (index, at) in [(3, 4), (3, 0), (1, 4)] {
            let preview = scene.simulate(index).expect("simulates");
            let wanted = generator.frame(&scene.family, &preview.draw, &preview.episode, at).expect("a frame");
            // Between two recorded states, the one before is shown.
            let time_s = preview.episode.snapshots[at].time_s + 0.01;
            let ask = DevelopAsk { scene: scene.clone(), index, time_s };
            darkroom.prepare(&ask).expect("simulates");
            let shown = darkroom.develop(&mut renderer, &ask).expect("a picture");
            assert_eq!(*shown.pixels, wanted.colour, "draw {index}, state {at}");
            assert_eq!(shown.lens, Lens::brown_conrady([-0.2, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0; 2]));
        }
    }
}
