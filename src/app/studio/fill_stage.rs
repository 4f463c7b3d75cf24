//! The stage under the preview: what the worker saw as plain values.

use std::sync::Arc;

use crate::app::stage::{Plot, StageView, thresholds, words};
use crate::world::{self, Layer};

use super::document::Document;
use super::live::LiveShown;
use super::settings::StageLook;

/// What the pane shows of the stage, `shown` being the last picture of the document's family.
pub(super) fn stage(document: &Document, shown: Option<&LiveShown>, look: &StageLook) -> StageView {
    let (Some(family), Some(shown)) = (document.shown_family(), shown) else { return StageView::default() };
    let events: Vec<String> = family.events.iter().map(|event| event.name.clone()).collect();
    let live = document.stage.live.as_ref();
    let layers = Layer::ALL.into_iter().filter(|(_, words)| look.layers.contains(*words));
    let signals = world::vocabulary(family).signals.into_iter().map(|(name, unit)| (name.into_owned(), unit));
    let signals: Vec<(String, &'static str)> = signals.filter(|(name, _)| name != "time_s").collect();
    let chosen = look.signals.get(&family.id).map_or(&[][..], Vec::as_slice);
    let plots = chosen.iter().filter_map(|name| {
        let unit = signals.iter().find(|(known, _)| known == name)?.1;
        plot(document, shown, name, unit)
    });
    StageView {
        snapshot: Some(Arc::clone(&shown.now)),
        marks: Arc::clone(&shown.marks),
        layers: layers.map(|(layer, _)| layer).collect(),
        free: document.stage.orbit.is_some(),
        pace: document.stage.pace,
        live: live.map(|live| live.deeds.iter().map(|deed| (deed.at_s(), words(&deed.act, &events))).collect()),
        handles: Arc::clone(&shown.handles),
        strongest_ns: world::strongest_push_ns(&family.stage).unwrap_or(0.0),
        plots: plots.collect(),
        signals,
    }
}

fn plot(document: &Document, shown: &LiveShown, name: &str, unit: &'static str) -> Option<Plot> {
    let signals = &shown.preview.episode.signals;
    let (times, values) = (signals.get("time_s")?, signals.get(name)?);
    let points = times.iter().zip(values).map(|(time_s, value)| [*time_s, *value]).collect();
    let family = document.shown_family()?;
    let thresholds = thresholds::thresholds(family, &shown.preview.draw.values, name);
    Some(Plot { name: name.to_owned(), unit, points, thresholds })
}
