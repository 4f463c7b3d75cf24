//! The preview's exact channels: read back once a picture, and coloured and labelled as often as the person looks otherwise.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::ColorImage;

use crate::app::channel::{Exact, Key};
use crate::app::stage::labels::{self, LabelLayer, Labelled, Stroke};
use crate::app::theme;
use crate::base::Rgb;
use crate::render::{Channel, Extra, Frame, Wanted};
use crate::run::RunError;
use crate::sense::camera::lens::Lens;
use crate::sense::label::Labels;
use crate::world::{Facts, Snapshot};

use super::live::{LiveAsk, SharedRenderer};

/// What labels are drawn as, and the events of the moment in words.
type Strokes = (Arc<[Stroke]>, Arc<[String]>);

/// One channel's picture from memory.
#[derive(Clone)]
pub(super) struct Coloured {
    /// What it shows.
    pub(super) channel: Channel,
    /// What its colours mean.
    pub(super) key: Arc<Key>,
    /// Its pixels.
    pub(super) pixels: Arc<Rgb>,
    /// The same for a texture.
    pub(super) image: Arc<ColorImage>,
}

impl Coloured {
    /// `channel` of `exact`, as `ask` wants it coloured.
    pub(super) fn new(channel: Channel, exact: &Exact, ask: &LiveAsk) -> Self {
        let key = Key::of(channel, exact, &ask.shows.look);
        let pixels = key.paint(exact);
        let image = Arc::new(theme::color_image(&pixels));
        Self { channel, key: Arc::new(key), pixels: Arc::new(pixels), image }
    }
}

/// The channels of the picture that was read back last, and its labels.
#[derive(Default)]
pub(super) struct Kept {
    of: Option<(LiveAsk, Arc<Exact>)>,
    /// With or without what hidden things cover.
    labels: Option<(bool, Labelled)>,
    /// What is drawn of them, for these layers.
    strokes: Option<(BTreeSet<LabelLayer>, Strokes)>,
}

impl Kept {
    /// The channels of what `ask` shows: `now`, and the state after it.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn exact(
        &mut self,
        shared: &SharedRenderer,
        ask: &LiveAsk,
        (now, next): (&Arc<Snapshot>, Option<&Snapshot>),
    ) -> Result<Arc<Exact>, RunError> {
        if let Some((of, exact)) = &self.of
            && of.same_picture(ask)
            && (exact.linear.is_some() || !ask.shows.values)
        {
            return Ok(Arc::clone(exact));
        }
        (self.labels, self.strokes) = (None, None);
        let (mut frame, mut extra) = (Frame::empty(), Extra::default());
        let wanted = Wanted { linear: ask.shows.values, albedo: true };
        shared.with(|renderer| {
            extra = renderer.frame_with(&mut frame, now, next, wanted)?;
            Ok(())
        })?;
        let exact = Arc::new(Exact::new(frame, (extra.albedo, extra.linear), Arc::clone(now)));
        self.of = Some((ask.clone(), Arc::clone(&exact)));
        Ok(exact)
    }

    /// What is drawn of the labels of that picture, which are those that `generate` writes of a pinhole's picture.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn labels(
        &mut self,
        shared: &SharedRenderer,
        ask: &LiveAsk,
        (exact, facts): (&Exact, &Facts),
    ) -> Result<Strokes, RunError> {
        let layers = &ask.shows.labels;
        if layers.is_empty() {
            return Ok(Default::default());
        }
        if let Some((of, strokes)) = &self.strokes
            && of == layers
        {
            return Ok(strokes.clone());
        }
        let wanted = layers.iter().any(|layer| layer.needs_covers());
        if self.labels.as_ref().is_none_or(|(has_covers, _)| wanted && !has_covers) {
            let mut covers = None;
            if wanted {
                shared.with(|renderer| {
                    covers = if renderer.can_cover() { Some(renderer.covers(&exact.snapshot)?) } else { None };
                    Ok(())
                })?;
            }
            let found = Labels::of(&exact.frame, (&exact.snapshot, Lens::PINHOLE), facts, covers.as_deref());
            self.labels = Some((wanted, Labelled { labels: found, events: facts.events.clone() }));
        }
        let Some((_, labelled)) = &self.labels else { return Ok(Default::default()) };
        let strokes = layers.iter().flat_map(|layer| labels::strokes(*layer, labelled, exact)).collect();
        let events = if layers.contains(&LabelLayer::Events) { labels::events(labelled) } else { Vec::new() };
        let strokes: Strokes = (strokes, events.into());
        self.strokes = Some((layers.clone(), strokes.clone()));
        Ok(strokes)
    }
}
