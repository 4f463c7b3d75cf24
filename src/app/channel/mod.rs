//! A picture's channels as colours, and what the colours mean: one truth for the picture, its legend and the probe.
//!
//! Everything is worked out from the exact channels of one [`Frame`], never from colours, and without the graphics device.
//! What asks for frames is `studio`; what draws legends and cards is `widgets`.

pub mod map;
pub mod paint;
pub mod probe;
pub mod scale;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use map::Map;
pub use paint::{Key, Named};
pub use probe::Probe;
pub use scale::{Scale, Spread};

use crate::app::stage::labels::LabelLayer;
use crate::base::{Linear, Rgb};
use crate::render::{Channel, Frame};
use crate::world::{Class, Snapshot};

/// How channels are coloured, as the person chose it; kept between runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// The colours of depth.
    pub map: Map,
    /// How depth is spread over them.
    pub spread: Spread,
    /// The range of depth in metres; that of the picture where it is left out.
    pub depth_m: Option<[f32; 2]>,
    /// The speed of full colour in pixels; that of the picture where it is left out.
    pub flow_px: Option<f32>,
}

/// What of a picture is wanted beyond its colours on screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shows {
    /// What the picture shows.
    pub channel: Channel,
    /// What a second one beside it shows.
    pub second: Option<Channel>,
    /// How they are coloured.
    pub look: Look,
    /// The values of all pixels, for the probe.
    pub values: bool,
    /// The kinds of labels that are drawn over them.
    pub labels: BTreeSet<LabelLayer>,
}

impl Shows {
    /// Whether the device's own picture is all that is wanted.
    pub fn is_plain(&self) -> bool {
        let alone = self.second.is_none() && !self.values && self.labels.is_empty();
        alone && self.channel == Channel::Colour
    }

    /// The channels from left to right.
    pub fn channels(&self) -> impl Iterator<Item = Channel> {
        [Some(self.channel), self.second].into_iter().flatten()
    }
}

/// The channels of one picture as they were rendered.
#[derive(Debug)]
pub struct Exact {
    /// Colour, depth, ids, normals and flow.
    pub frame: Frame,
    /// The matter's own colour, as [`crate::render::Extra::albedo`].
    pub albedo: Option<Rgb>,
    /// Radiance before exposure and tone curve.
    pub linear: Option<Linear>,
    /// What it shows, through the camera that it was drawn with.
    pub snapshot: Arc<Snapshot>,
    /// Class and name by instance; where several shapes make one instance, the first names it.
    names: BTreeMap<u16, (Class, Arc<str>)>,
}

impl Exact {
    /// The channels of a picture of `snapshot`.
    pub fn new(frame: Frame, (albedo, linear): (Option<Rgb>, Option<Linear>), snapshot: Arc<Snapshot>) -> Self {
        let mut names = BTreeMap::new();
        for body in &snapshot.bodies {
            names.entry(body.instance).or_insert_with(|| (body.class, Arc::clone(&body.name)));
        }
        Self { frame, albedo, linear, snapshot, names }
    }

    /// Class and name of an instance; `None` for sky.
    pub fn thing(&self, instance: u16) -> Option<(Class, &str)> {
        self.names.get(&instance).map(|(class, name)| (*class, &**name))
    }
}

/// What a channel is called, in sentence case.
pub fn word(channel: Channel) -> &'static str {
    match channel {
        Channel::Colour => "Colour",
        Channel::Depth => "Depth",
        Channel::Instance => "Instances",
        Channel::Normal => "Normals",
        Channel::Flow => "Flow",
        Channel::Albedo => "Albedo",
        Channel::Class => "Classes",
    }
}

/// The channel that is called so.
pub fn called(word: &str) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| self::word(*channel) == word)
}
