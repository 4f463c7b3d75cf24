//! The stage under the preview: what the worker saw as plain values.

use std::sync::Arc;

use eframe::egui::TextureId;

use crate::app::channel;
use crate::app::stage::{Plot, Reading, StageView, thresholds, words};
use crate::app::view::{Origin, Picture, PictureState};
use crate::family::Family;
use crate::run::preview::Preview;
use crate::world::{self, Layer};

use super::document::Document;
use super::live::{FACES, LiveShown};
use super::settings::StageLook;

/// What is worked out once and stays while nothing that it comes from changes: a frame of the window only reads it.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Of a family as it is: its signals with their units.
    signals: Option<(Arc<Family>, Signals)>,
    /// Of a family, an episode as far as it has come, and the names that the person chose.
    plots: Option<Plotted>,
}

/// Signals by name with unit symbol.
type Signals = Arc<[(String, &'static str)]>;

/// Plots and what they come from.
#[derive(Debug)]
struct Plotted {
    family: Arc<Family>,
    preview: Arc<Preview>,
    chosen: Vec<String>,
    plots: Arc<[Plot]>,
}

impl Kept {
    fn signals(&mut self, family: &Arc<Family>) -> Signals {
        if let Some((of, signals)) = &self.signals
            && Arc::ptr_eq(of, family)
        {
            return Arc::clone(signals);
        }
        let all = world::vocabulary(family).signals.into_iter().map(|(name, unit)| (name.into_owned(), unit));
        let signals: Arc<[_]> = all.filter(|(name, _)| name != "time_s").collect();
        self.signals = Some((Arc::clone(family), Arc::clone(&signals)));
        signals
    }

    fn plots(&mut self, family: &Arc<Family>, preview: &Arc<Preview>, chosen: &[String]) -> Arc<[Plot]> {
        if let Some(kept) = &self.plots
            && Arc::ptr_eq(&kept.family, family)
            && Arc::ptr_eq(&kept.preview, preview)
            && kept.chosen == chosen
        {
            return Arc::clone(&kept.plots);
        }
        let signals = self.signals(family);
        let one = |name: &String| {
            let unit = signals.iter().find(|(known, _)| known == name)?.1;
            plot(family, preview, name, unit)
        };
        let plots: Arc<[Plot]> = chosen.iter().filter_map(one).collect();
        let (family, preview, chosen) = (Arc::clone(family), Arc::clone(preview), chosen.to_vec());
        self.plots = Some(Plotted { family, preview, chosen, plots: Arc::clone(&plots) });
        plots
    }
}

/// What the pane shows of the stage, `shown` being the last picture of the document's family.
pub(super) fn stage(document: &Document, shown: Option<&LiveShown>, look: &StageLook, kept: &mut Kept) -> StageView {
    let (Some(family), Some(shown)) = (document.shown_family(), shown) else { return StageView::default() };
    let live = document.stage.live.as_ref();
    let event = |at: usize| family.events.get(at).map(|event| event.name.as_str());
    let layers = Layer::ALL.into_iter().filter(|(_, words)| look.layers.contains(*words));
    let chosen = look.signals.get(&family.id).map_or(&[][..], Vec::as_slice);
    StageView {
        snapshot: Some(Arc::clone(&shown.now)),
        marks: Arc::clone(&shown.marks),
        layers: layers.map(|(layer, _)| layer).collect(),
        free: document.stage.orbit.is_some(),
        through_sensor: family.camera.sensor.is_some().then_some(document.stage.through_sensor),
        pace: document.stage.pace,
        live: live.map(|live| live.deeds.iter().map(|deed| (deed.at_s(), words(&deed.act, event))).collect()),
        handles: Arc::clone(&shown.handles),
        strongest_ns: world::strongest_push_ns(&family.stage).unwrap_or(0.0),
        plots: kept.plots(family, &shown.preview, chosen),
        signals: kept.signals(family),
        by_hand: document.pinned().clone(),
        reading: Reading::default(),
        clouds: None,
    }
}

/// What is read off the picture `shown`; `texture` knows the uploaded pictures by name.
pub(super) fn reading(
    document: &Document,
    shown: Option<&LiveShown>,
    look: &StageLook,
    texture: impl Fn(&str) -> Option<TextureId>,
) -> Reading {
    let key =
        |at: usize| shown.and_then(|shown| shown.coloured(at)).map(|one| Arc::clone(&one.key)).unwrap_or_default();
    let second = |shown: &LiveShown| {
        let one = shown.coloured(1)?;
        Some(Picture {
            texture: Some((texture(FACES[1])?, shown.size)),
            origin: Origin::Synthetic,
            channel: channel::word(one.channel).to_owned(),
            caption: String::new(),
            state: PictureState::Ready,
            pixels: Some(Arc::clone(&one.pixels)),
        })
    };
    Reading {
        keys: [key(0), key(1)],
        second: shown.and_then(second),
        second_channel: document.second,
        look: look.look,
        exact: shown.and_then(|shown| shown.exact.clone()),
        layers: look.label_layers(),
        strokes: shown.map(|shown| Arc::clone(&shown.strokes)).unwrap_or_default(),
        events: shown.map(|shown| Arc::clone(&shown.events)).unwrap_or_default(),
        developed: None,
        took: Vec::new(),
        adapter: String::new(),
    }
}

fn plot(family: &Family, preview: &Preview, name: &str, unit: &'static str) -> Option<Plot> {
    let signals = &preview.episode.signals;
    let (times, values) = (signals.get("time_s")?, signals.get(name)?);
    let points = times.iter().zip(values).map(|(time_s, value)| [*time_s, *value]).collect();
    let thresholds = thresholds::thresholds(family, &preview.draw.values, name);
    Some(Plot { name: name.to_owned(), unit, points, thresholds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_are_made_once_until_what_they_come_from_changes() {
        let dir = tempfile::tempdir().expect("temp dir");
        let document = Document::fresh(dir.path());
        let family = Arc::clone(document.shown_family().expect("a family"));
        let preview = Arc::new(document.scene().expect("a family").simulate(0).expect("simulates"));
        let (mut kept, chosen) = (Kept::default(), vec!["canister_tilt_deg".to_owned()]);
        let first = kept.plots(&family, &preview, &chosen);
        assert!(first.len() == 1 && first[0].points.len() > 10, "{first:?}");
        assert!(Arc::ptr_eq(&first, &kept.plots(&family, &preview, &chosen)), "nothing has changed");
        assert!(kept.plots(&family, &preview, &[]).is_empty(), "another choice");
        let again = Arc::new(document.scene().expect("a family").simulate(1).expect("simulates"));
        assert_ne!(kept.plots(&family, &again, &chosen)[0].points, first[0].points, "another draw");
        let changed = Arc::new(Family { events: Vec::new(), ..(*family).clone() });
        assert!(!Arc::ptr_eq(&kept.signals(&family), &kept.signals(&changed)), "another family");
    }
}
