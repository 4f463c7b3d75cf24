//! Scenario families: one named failure mode, its parameters with distributions, its requirements, events and measures,
//! and the policy card that says what would make the data dangerous.
//!
//! A family is data. Loading one does no IO here ([`text::parse`] takes the text), runs no code and cannot loop. This
//! module knows nothing of worlds: whether a slot name exists on a stage is checked by `world`.

mod compile;
pub mod distribution;
pub mod edit;
pub mod expression;
pub mod measure;
mod scan;
pub mod text;
pub mod validate;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};

pub use distribution::{Distribution, Law, Weighted};
pub use edit::saved_text;
pub use expression::{Expression, ExpressionError};
pub use measure::{MeasureError, Measures, Outcome};
pub use text::{FamilyError, canonical, parse};
pub use validate::{Finding, Severity, validate};

/// A scenario family, as its file says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Lower-case identifier, the file's stem; part of every random stream's name.
    pub id: String,
    /// For people, in sentence case.
    pub title: String,
    /// Raised by hand when the meaning changes.
    pub version: u32,
    /// Free tags: failure mode, domain, layer.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Mandatory before export.
    pub card: PolicyCard,
    /// The stage by name (`"tabletop"`).
    pub stage: String,
    /// What the stage's named slots are set to: a number, or a parameter's name. Slots left out keep the stage's default.
    #[serde(default)]
    pub scene: BTreeMap<String, Bound>,
    /// The picture.
    pub camera: CameraSpec,
    /// Length and rate.
    pub clock: Clock,
    /// In the order of the file.
    pub parameters: Vec<Parameter>,
    /// Draws that violate one are drawn again.
    #[serde(default)]
    pub requirements: Vec<Requirement>,
    /// What happens during the episode.
    #[serde(default)]
    pub events: Vec<Event>,
    /// What is measured on the finished episode.
    pub measures: Vec<Measure>,
    /// The name of the measure that says whether the rare event happened (> 0.5 means yes).
    pub rare_event: String,
}

/// The family's four answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyCard {
    /// What happens rarely and matters.
    pub rare_event: String,
    /// What in the generated data could teach something wrong.
    pub artefact: String,
    /// Which real measurement would show it.
    pub real_probe: String,
    /// What makes us throw the data away.
    pub discard_rule: String,
}

/// A number, or the name of the parameter that supplies it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Bound {
    /// The same in every draw.
    Number(f64),
    /// Taken from the draw.
    Parameter(String),
}

impl Bound {
    /// Its value in a draw; `None` where the draw lacks the parameter.
    pub fn value(&self, values: &BTreeMap<String, f64>) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Parameter(name) => values.get(name).copied(),
        }
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BoundVisitor)
    }
}

/// By hand, because serde's own error for an untagged enum says neither what was found nor what was expected.
struct BoundVisitor;

impl Visitor<'_> for BoundVisitor {
    type Value = Bound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a parameter's name in quotes")
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Bound, E> {
        Ok(Bound::Number(number))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Bound, E> {
        Ok(Bound::Number(number as f64))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Bound, E> {
        Ok(Bound::Number(number as f64))
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Bound, E> {
        Ok(Bound::Parameter(name.to_owned()))
    }
}

/// Picture size and view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraSpec {
    /// Pixels in a row.
    pub width_px: u32,
    /// Rows.
    pub height_px: u32,
    /// Full vertical angle of view, in degrees.
    pub vertical_fov_deg: Bound,
    /// Where the camera stands: x, y, z in metres in the stage's frame.
    pub eye_m: [Bound; 3],
    /// What it looks at: x, y, z in metres.
    pub target_m: [Bound; 3],
    /// Roll about the optical axis in degrees, clockwise in the picture.
    #[serde(default = "zero")]
    pub roll_deg: Bound,
    /// Exposure compensation in stops, added to the stage's exposure.
    #[serde(default = "zero")]
    pub exposure_ev: Bound,
}

fn zero() -> Bound {
    Bound::Number(0.0)
}

/// Length and rate of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Length in seconds.
    pub duration_s: f64,
    /// Recorded states (and frames) per second.
    pub frame_rate_hz: f64,
}

impl Clock {
    /// Number of recorded states: one at time 0, then one each period up to the duration.
    pub fn n_frames(&self) -> usize {
        // Half a period of tolerance: 2.5 s at 30 Hz is 76 states whatever the rounding.
        (self.duration_s * self.frame_rate_hz + 0.5) as usize + 1
    }
}

/// A named quantity that is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Lower-case identifier; part of its random stream's name.
    pub name: String,
    /// Unit symbol (`"m"`, `"s"`, `"lx"`, `""` for a pure number).
    pub unit: String,
    /// What a change of it means.
    pub role: Role,
    /// One sentence for people.
    #[serde(default)]
    pub about: String,
    /// How it is distributed in reality.
    pub nominal: Distribution,
    /// How we draw it; the nominal where left out.
    #[serde(default)]
    pub proposal: Option<Distribution>,
}

impl Parameter {
    /// The distribution that draws come from.
    pub fn drawn_from(&self) -> &Distribution {
        self.proposal.as_ref().unwrap_or(&self.nominal)
    }
}

/// What a parameter's change means. Causes are kept apart from nuisances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Brings the failure about.
    Cause,
    /// Varies in reality and must not matter.
    Nuisance,
    /// Belongs to the camera, not to the world.
    Sensor,
}

/// A condition that every draw meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Identifier for counts and messages.
    pub name: String,
    /// An expression over parameters that is true or false.
    pub that: String,
    /// Why.
    #[serde(default)]
    pub because: String,
}

/// Something that happens at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Identifier.
    pub name: String,
    /// When it starts, in seconds.
    pub at_s: Bound,
    /// How long the change takes, in seconds; 0 is a step.
    #[serde(default = "zero")]
    pub over_s: Bound,
    /// What changes.
    pub action: Action,
}

/// What an event changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Action {
    /// Multiplies all light by this factor (from 1 before the event).
    ScaleLight {
        /// The factor after the event; 0.1 leaves a tenth.
        to: Bound,
    },
}

/// A number taken from the finished episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Identifier.
    pub name: String,
    /// Unit symbol.
    #[serde(default)]
    pub unit: String,
    /// An expression over the episode's summary quantities (`canister_tilt_max_deg`, …), the parameters and earlier
    /// measures; true counts as 1.
    pub is: String,
    /// What it means.
    #[serde(default)]
    pub about: String,
}

impl Family {
    /// The parameter called `name`.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The digest of the canonical text: equal for families that mean the same, whatever their layout or comments.
    pub fn digest(&self) -> crate::base::Digest {
        crate::base::Digest::of(canonical(self).as_bytes())
    }
}
